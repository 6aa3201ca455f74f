"""Observability: logs that are written, metrics of every method, alarms that can go off."""

import json

import pytest
from graphs import (
    ARN,
    LOG,
    UNDECIDED,
    VIOLATION,
    VISIBLE,
    alarm,
    changed,
    findings,
    made,
    method,
    settings,
    stage,
    statuses,
    waf_log,
    web_acl,
)

from policypack.graph.values import UNKNOWN
from policypack.layers import POLICIES

LOGGED, TRACEABLE = "observability-access-logs-enabled", "observability-access-logs-have-request-id"
EXECUTIONS, UNTRACED = "observability-execution-logs-enabled", "observability-data-trace-disabled"
MEASURED, ALARMS = "observability-metrics-enabled", "observability-stages-have-alarms"
GROUP = "arn:aws:logs:eu-west-1:123456789012:log-group:x"


@pytest.mark.parametrize("policy_id", [rule.id for rule in POLICIES if rule.layer == "observability"])
def test_an_observed_stage_passes(policy_id):
    assert findings(policy_id, changed()) == []


@pytest.mark.parametrize("log", [None, {}, {"format": "$context.requestId"}, {"destinationArn": ""}])
def test_a_stage_without_access_log_is_found(log):
    assert findings(LOGGED, changed(stage=stage(accessLogSettings=log))) == [
        (VIOLATION, "stage live writes no access log")
    ]


def test_a_destination_to_come_is_a_destination():
    log = {"destinationArn": UNKNOWN, "format": "$context.requestId"}

    assert findings(LOGGED, changed(stage=stage(accessLogSettings=log))) == []
    assert statuses(LOGGED, changed(stage=stage(accessLogSettings=UNKNOWN))) == [UNDECIDED]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("$context.requestId", []),
        ("$context.extendedRequestId", []),
        ("$context.identity.sourceIp", [VIOLATION]),
        (None, [VIOLATION]),
        (UNKNOWN, [UNDECIDED]),
    ],
)
def test_each_line_names_its_request(line, expected):
    log = {"destinationArn": GROUP, "format": line}

    assert statuses(TRACEABLE, changed(stage=stage(accessLogSettings=log))) == expected


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        pytest.param(settings(loggingLevel="INFO"), [], id="info"),
        pytest.param(settings(loggingLevel="OFF"), [VIOLATION], id="off"),
        pytest.param(settings(loggingLevel=None), [VIOLATION], id="left-out"),
        pytest.param(settings(loggingLevel=UNKNOWN), [UNDECIDED], id="unknown"),
        pytest.param(None, [VIOLATION], id="no-settings"),
        pytest.param(settings(stage_name="test"), [VIOLATION], id="of-another-stage"),
        pytest.param(settings("orders/GET", loggingLevel="ERROR"), [VIOLATION], id="of-one-route"),
    ],
)
def test_errors_of_every_method_are_logged(part, expected):
    assert statuses(EXECUTIONS, changed(settings=part)) == expected


def test_one_route_may_not_be_silenced():
    assert statuses(EXECUTIONS, changed(settings("orders/GET", loggingLevel="OFF"))) == [VIOLATION]
    assert statuses(MEASURED, changed(settings("orders/GET", metricsEnabled=False))) == [VIOLATION]


@pytest.mark.parametrize(
    "part",
    [
        pytest.param({"settings": settings(dataTraceEnabled=True)}, id="everywhere"),
        pytest.param({"trace": settings("orders/GET", dataTraceEnabled=True)}, id="on-one-route"),
    ],
)
def test_data_trace_is_found(part):
    assert findings(UNTRACED, changed(**part)) == [
        (VIOLATION, "stage live logs whole requests and responses (data trace)")
    ]


def test_data_trace_left_out_is_off():
    assert findings(UNTRACED, changed(settings=settings(dataTraceEnabled=None))) == []
    assert findings(UNTRACED, changed(settings=None)) == []
    assert statuses(UNTRACED, changed(settings=settings(dataTraceEnabled=UNKNOWN))) == [UNDECIDED]


def test_every_method_is_measured():
    assert statuses(MEASURED, changed(settings=None)) == [VIOLATION]
    assert statuses(MEASURED, changed(settings=settings(metricsEnabled=False))) == [VIOLATION]
    assert statuses(MEASURED, changed(settings=settings(metricsEnabled=UNKNOWN))) == [UNDECIDED]


def of(**dimensions):
    return {"dimensions": dimensions}


SILENT = {
    "no-alarm": None,
    "case": alarm("5xxError"),
    "namespace": alarm("5XXError", namespace="AWS/APIGateway"),
    "api-id-as-dimension": alarm("5XXError", **of(ApiId="shop-id", Stage="live")),
    "another-api": alarm("5XXError", **of(ApiName="other", Stage="live")),
    "another-stage": alarm("5XXError", **of(ApiName="shop", Stage="test")),
    "no-dimensions": alarm("5XXError", dimensions=None),
    "one-method-alone": alarm("5XXError", **of(ApiName="shop", Stage="live", Resource="/orders", Method="GET")),
    "switched-off": alarm("5XXError", actionsEnabled=False),
}


@pytest.mark.parametrize("errors", SILENT.values(), ids=SILENT)
def test_an_alarm_that_cannot_go_off_is_no_alarm(errors):
    assert findings(ALARMS, changed(errors=errors)) == [
        (VIOLATION, "stage live has no alarm on server errors (5XXError)")
    ]


def test_one_sign_beside_server_errors_is_enough():
    for sign in ("4XXError", "Latency", "IntegrationLatency", "Count"):
        assert findings(ALARMS, changed(latency=alarm(sign))) == []
    assert statuses(ALARMS, changed(latency=None)) == [VIOLATION]


def test_an_alarm_on_all_stages_watches_each():
    assert findings(ALARMS, changed(errors=alarm("5XXError", **of(ApiName="shop")))) == []


def test_a_metric_in_a_query_counts():
    metric = {"namespace": "AWS/ApiGateway", "metricName": "Count", "dimensions": {"ApiName": "shop", "Stage": "live"}}
    spike = alarm(
        "spike", namespace=None, metricName=None, dimensions=None, metricQueries=[{"id": "m", "metric": metric}]
    )

    assert findings(ALARMS, changed(latency=spike)) == []


def test_an_alarm_on_a_name_to_come_is_followed_by_its_edge():
    api = changed()[0]
    named = of(ApiName=UNKNOWN, Stage="live")

    assert findings(ALARMS, changed(errors=alarm("5XXError", edges=[("dimensions", api)], **named))) == []
    assert statuses(ALARMS, changed(errors=alarm("5XXError", **named))) == [UNDECIDED]


def test_settings_of_one_method_stand_alone():
    # What they leave out is AWS's default, off.
    cached = settings("orders/GET", cachingEnabled=True)

    assert findings(EXECUTIONS, changed(cached)) == [
        (VIOLATION, "stage live does not log the errors of all methods: orders/GET turns logging off")
    ]
    assert statuses(MEASURED, changed(cached)) == [VIOLATION]
    whole = settings("orders/GET", metricsEnabled=True, loggingLevel="ERROR")
    assert findings(EXECUTIONS, changed(whole)) == findings(MEASURED, changed(whole)) == []


def test_settings_may_stand_in_the_stage_itself():
    def listed(**values):
        entry = {"httpMethod": "*", "resourcePath": "/*", **values}
        return changed(stage=stage(methodSettings=[entry]), settings=None)

    logged = listed(loggingLevel="INFO", metricsEnabled=True, dataTraceEnabled=False)
    assert findings(EXECUTIONS, logged) == findings(MEASURED, logged) == findings(UNTRACED, logged) == []
    assert statuses(EXECUTIONS, listed(loggingLevel="INFO", resourcePath="/~1orders")) == [VIOLATION]
    assert statuses(UNTRACED, listed(dataTraceEnabled=True)) == [VIOLATION]


ARRIVE, COMPLETE, EXPLAINED = (
    "observability-access-log-destinations-valid",
    "observability-access-logs-complete",
    "observability-access-logs-explain-denials",
)
DISCREET, STRUCTURED = "observability-access-logs-without-secrets", "observability-access-logs-structured"


def logging(line=LOG, target=GROUP):
    return stage(accessLogSettings={"destinationArn": target, "format": line})


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (GROUP, []),
        (GROUP + ":*", []),
        ("arn:aws:firehose:eu-west-1:123456789012:deliverystream/amazon-apigateway-shop", []),
        ("arn:aws:firehose:eu-west-1:123456789012:deliverystream/shop", [VIOLATION]),
        ("arn:aws:s3:::shop-logs", [VIOLATION]),
        ("/aws/apigateway/shop", [VIOLATION]),
        (GROUP + ":log-stream:one", [VIOLATION]),
        (UNKNOWN, []),
    ],
)
def test_a_destination_that_api_gateway_refuses_is_found(target, expected):
    assert statuses(ARRIVE, changed(stage=logging(target=target))) == expected


@pytest.mark.parametrize(("name", "expected"), [("amazon-apigateway-x", []), ("x", [VIOLATION]), (None, [UNDECIDED])])
def test_the_name_of_a_stream_to_come_is_read_where_it_is_declared(name, expected):
    stream = made("kinesis/firehoseDeliveryStream:FirehoseDeliveryStream", "x", name=name)
    log = {"destinationArn": UNKNOWN, "format": LOG}
    to_come = made(
        "apigateway/stage:Stage",
        "live",
        restApi="shop-id",
        stageName="live",
        accessLogSettings=log,
        edges=[("accessLogSettings", stream)],
    )

    assert statuses(ARRIVE, changed(stream, stage=to_come)) == expected


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("$context.status $context.identity.userArn", "the source address"),
        ("$context.identity.sourceIp $context.identity.userArn", "the status"),
        ("$context.identity.sourceIp $context.status $context.identity.userAgent", "the caller"),
        ("$context.requestId", "the source address, the status and the caller"),
    ],
)
def test_a_line_says_from_where_who_and_with_what_outcome(line, words):
    assert findings(COMPLETE, changed(stage=logging(line))) == [(VIOLATION, f"stage live logs lines without {words}")]


def test_nobody_is_named_where_nobody_is_known():
    line = "$context.identity.sourceIp $context.status"

    assert findings(COMPLETE, changed(stage=logging(line), method=method(authorization="NONE"))) == []
    assert statuses(COMPLETE, changed(stage=logging(UNKNOWN))) == [UNDECIDED]


def test_a_line_tells_who_refused():
    line = "$context.identity.sourceIp $context.status"

    ((status, message),) = findings(EXPLAINED, changed(stage=logging(line)))
    assert (status, message) == (VIOLATION, "stage live logs lines without the web ACL's response")
    unfiltered = {"acl": None, "association": None, "acl_log": None}
    assert findings(EXPLAINED, changed(stage=logging(line), **unfiltered)) == []
    asked = method(authorization="CUSTOM", authorizerId="x")
    assert statuses(EXPLAINED, changed(stage=logging(line), method=asked, **unfiltered)) == [VIOLATION]
    assert findings(EXPLAINED, changed(stage=logging("$context.authorizer.error"), method=asked, **unfiltered)) == []


LEAKING = (
    "$context.identity.apiKey",
    "$context.authorizer.claims",
    "$context.authorizer.access_token",
    "$context.identity.clientCert.clientCertPem",
    "$input.body",
    "$request.header.Authorization",
    "$context.requestOverride.header.Authorization",
)


@pytest.mark.parametrize("variable", LEAKING)
def test_credentials_in_an_access_log_are_found(variable):
    line = json.dumps({"id": "$context.requestId", "leak": variable})

    assert findings(DISCREET, changed(stage=logging(line))) == [(VIOLATION, f"stage live logs {variable}")]


@pytest.mark.parametrize(
    "variable",
    [
        "$context.identity.apiKeyId",
        "$context.authorizer.claims.sub",
        "$context.authorizer.claims.token_use",
        "$context.authorizer.principalId",
        "$context.identity.clientCert.subjectDN",
    ],
)
def test_what_names_a_caller_is_no_credential(variable):
    assert findings(DISCREET, changed(stage=logging(f"$context.requestId {variable}"))) == []


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('{"status": $context.status}', []),  # an unquoted number is JSON all the same
        (LOG, []),
        ("<request id='$context.requestId'/>", ["xml"]),
        ("$context.identity.sourceIp,$context.status", ["csv"]),
        ('$context.identity.sourceIp - [$context.requestTime] "$context.httpMethod" $context.status', ["clf"]),
        ("$context.requestId $context.status", ["text"]),
    ],
)
def test_a_line_can_be_searched_by_field(line, expected):
    assert [
        message.split(" as ")[1].split(" instead")[0]
        for _, message in findings(STRUCTURED, changed(stage=logging(line)))
    ] == expected
    if expected:
        assert findings(STRUCTURED, changed(stage=logging(line)), forms=expected) == []


KEPT, ENCRYPTED = "observability-log-retention-sufficient", "observability-logs-encrypted"


def log_group(name="x", **inputs):
    given = {key: value for key, value in inputs.items() if value is not None}
    return made("cloudwatch/logGroup:LogGroup", name, name=name, arn=GROUP[:-1] + name, **given)


@pytest.mark.parametrize(
    ("days", "expected"), [(None, []), (0, []), (365, []), (90, []), (30, [VIOLATION]), (UNKNOWN, [UNDECIDED])]
)
def test_logs_are_kept_long_enough(days, expected):
    assert statuses(KEPT, changed(log_group(retentionInDays=days, kmsKeyId="key"))) == expected


def test_logs_may_have_to_expire():
    assert statuses(KEPT, changed(log_group()), must_expire=True) == [VIOLATION]
    assert findings(KEPT, changed(log_group(retentionInDays=365)), must_expire=True) == []
    assert statuses(KEPT, changed(log_group(retentionInDays=90)), days=365) == [VIOLATION]


def test_the_groups_of_the_execution_log_and_of_the_web_acl_count_too():
    execution = log_group("API-Gateway-Execution-Logs_shop-id/live", retentionInDays=7)
    waf = log_group("aws-waf-logs-shop", retentionInDays=7)

    assert len(findings(KEPT, changed(execution, waf))) == 2
    assert findings(KEPT, changed(log_group("API-Gateway-Execution-Logs_other/live", retentionInDays=7))) == []


def test_a_log_group_without_a_key_is_found():
    assert findings(ENCRYPTED, changed(log_group())) == [(VIOLATION, "log group x has no KMS key")]
    assert findings(ENCRYPTED, changed(log_group(kmsKeyId=UNKNOWN))) == []  # a key to come is a key
    assert findings(ENCRYPTED, changed(log_group("another"))) == []


def test_requests_are_traced():
    traced = "observability-xray-enabled"

    assert statuses(traced, changed(stage=stage(xrayTracingEnabled=None))) == [VIOLATION]
    assert statuses(traced, changed(stage=stage(xrayTracingEnabled=UNKNOWN))) == [UNDECIDED]


def test_a_region_without_logging_role_is_found():
    role = "observability-logging-role-set"

    assert findings(role, changed()) == []  # another stack sets it
    assert statuses(role, changed(made("apigateway/account:Account", "a"))) == [VIOLATION]
    assert statuses(role, changed(made("apigateway/account:Account", "a", cloudwatchRoleArn=""))) == [VIOLATION]
    assert findings(role, changed(made("apigateway/account:Account", "a", cloudwatchRoleArn=UNKNOWN))) == []


GO_OFF, NOTIFY, QUIET = (
    "observability-alarms-can-go-off",
    "observability-alarms-notify",
    "observability-alarms-missing-data-not-breaching",
)
BY_ID = of(ApiId="shop-id", Stage="live")
NEVER = {
    "case": (alarm("5xxError"), "it is spelled 5XXError"),
    "no-metric": (alarm("Errors"), "has no metric Errors"),
    "namespace": (alarm("5XXError", namespace="AWS/APIGateway"), "spelled AWS/ApiGateway"),
    "rest-by-id": (alarm("5XXError", **BY_ID), "reported under ApiName (and Stage), never under ApiId, Stage"),
    "http-by-name": (alarm("5xx"), "reported under ApiId (and Stage)"),
    "stage-alone": (alarm("Count", **of(Stage="live")), "never under Stage"),
    "no-dimension": (alarm("Latency", dimensions=None), "never without a dimension"),
    "id-as-name": (alarm("5XXError", **of(ApiName="shop-id", Stage="live")), "ApiName contains the API's id"),
    "share-above-one": (alarm("5XXError", statistic="Average", threshold=5), "a share between 0 and 1"),
    "samples": (alarm("5XXError", statistic="SampleCount"), "counts requests, not errors"),
    "average-of-count": (alarm("Count", statistic="Average", threshold=1000), "always 1"),
    "acl-name": (
        alarm("BlockedRequests", namespace="AWS/WAFV2", **of(WebACL="shop-acl", Rule="ALL", Region="eu-west-1")),
        "metric_name",
    ),
    "acl-without-region": (
        alarm("BlockedRequests", namespace="AWS/WAFV2", **of(WebACL="shop", Rule="ALL")),
        "Region is missing",
    ),
}


@pytest.mark.parametrize(("silent", "words"), NEVER.values(), ids=NEVER)
def test_an_alarm_that_can_never_go_off_says_why(silent, words):
    resources = changed(acl=web_acl(name="shop-acl"), errors=None, latency=silent, blocked=None)
    ((status, message),) = findings(GO_OFF, resources)

    assert status == VIOLATION
    assert words in message


COULD = {
    "rate": alarm("5XXError", statistic="Average", threshold=0.05),
    "sum": alarm("4XXError"),
    "percentile": alarm("Latency", statistic=None, extendedStatistic="p99", threshold=3000),
    "http": alarm("5xx", **BY_ID),
    "socket": alarm("ExecutionError", **BY_ID),
    "one-method": alarm("5XXError", **of(ApiName="shop", Stage="live", Resource="/orders", Method="GET")),
    "acl": alarm("BlockedRequests", namespace="AWS/WAFV2", **of(WebACL="shop", Rule="ALL", Region="eu-west-1")),
    "of-another-service": alarm("Errors", namespace="AWS/Lambda"),
}


@pytest.mark.parametrize("sound", COULD.values(), ids=COULD)
def test_an_alarm_that_can_go_off_passes(sound):
    assert findings(GO_OFF, changed(errors=None, latency=sound, blocked=None)) == []


def test_an_alarm_on_a_metric_known_later_is_undecided():
    assert statuses(GO_OFF, changed(more=alarm(UNKNOWN))) == [UNDECIDED]


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ({"alarmActions": []}, [VIOLATION]),
        ({"alarmActions": None}, [VIOLATION]),
        ({"actionsEnabled": False}, [VIOLATION]),
        ({"alarmActions": UNKNOWN}, [UNDECIDED]),
        ({"alarmActions": [UNKNOWN]}, []),
    ],
)
def test_an_alarm_that_tells_nobody_is_found(part, expected):
    assert statuses(NOTIFY, changed(more=alarm("4XXError", name="many", **part))) == expected


def composite(rule="ALARM(many) OR ALARM('other')", actions=("arn:aws:sns:eu-west-1:123456789012:x",), **more):
    return made("cloudwatch/compositeAlarm:CompositeAlarm", "both", alarmRule=rule, alarmActions=list(actions), **more)


def test_a_composite_alarm_tells_for_those_it_names():
    mute = alarm("4XXError", name="many", alarmActions=[])

    assert findings(NOTIFY, changed(composite(), more=mute)) == []
    by_edge = composite(UNKNOWN, edges=[("alarmRule", mute)])
    assert findings(NOTIFY, changed(by_edge, more=mute)) == []
    assert statuses(NOTIFY, changed(composite(actions=()), more=mute)) == [VIOLATION]
    assert statuses(NOTIFY, changed(composite("ALARM(other)"), more=mute)) == [VIOLATION]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("ALARM(many) AND ALARM(other)", []),
        ("NOT OK(many)", []),
        ('(ALARM("many") OR FALSE) AND NOT ALARM("deploying")', []),
        ("AT_LEAST(1, ALARM, (ALARM(many), ALARM(other)))", []),
        ("ALARM(many) AND FALSE", [VIOLATION]),
        ("NOT ALARM(many)", [VIOLATION]),
        ("ALARM(other) AND NOT ALARM(many)", [VIOLATION]),
        ("ALARM(many) OR TRUE", [VIOLATION]),
    ],
)
def test_a_composite_alarm_tells_for_those_that_make_it_go_off(rule, expected):
    mute = alarm("4XXError", name="many", alarmActions=[])

    assert statuses(NOTIFY, changed(composite(rule), more=mute)) == expected
    by_edge_too = composite(rule, edges=[("alarmRule", mute)])
    assert statuses(NOTIFY, changed(by_edge_too, more=mute)) == expected


ALARM_CHANGES = {"source": ["aws.cloudwatch"], "detail-type": ["CloudWatch Alarm State Change"]}


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (ALARM_CHANGES, []),
        ({**ALARM_CHANGES, "detail": {"state": {"value": ["ALARM"]}, "alarmName": ["many"]}}, []),
        ({**ALARM_CHANGES, "detail": {"alarmName": [{"prefix": "ma"}]}}, [UNDECIDED]),
        ({**ALARM_CHANGES, "resources": ["arn:x"]}, [UNDECIDED]),
        (UNKNOWN, [UNDECIDED]),
        ({**ALARM_CHANGES, "detail": {"alarmName": ["other"]}}, [VIOLATION]),
        ({**ALARM_CHANGES, "detail": {"state": {"value": ["OK"]}}}, [VIOLATION]),
        ({"source": ["aws.ec2"]}, [VIOLATION]),
        ({}, [VIOLATION]),
    ],
)
def test_an_event_rule_tells_of_alarms(pattern, expected):
    written = pattern if pattern is UNKNOWN else json.dumps(pattern)
    mute = alarm("4XXError", name="many", alarmActions=[])
    rule = made("cloudwatch/eventRule:EventRule", "changes", name="changes", eventPattern=written)
    target = made("cloudwatch/eventTarget:EventTarget", "people", rule="changes", arn="arn:aws:sns:x")

    assert statuses(NOTIFY, changed(rule, target, more=mute)) == expected
    assert statuses(NOTIFY, changed(rule, more=mute)) == [VIOLATION]
    off = made("cloudwatch/eventRule:EventRule", "changes", name="changes", eventPattern=written, state="DISABLED")
    assert statuses(NOTIFY, changed(off, target, more=mute)) == [VIOLATION]


@pytest.mark.parametrize(
    ("metric", "unit", "expected"),
    [
        ("4XXError", "Count", []),
        ("IntegrationLatency", "Milliseconds", []),
        ("4XXError", "Percent", [VIOLATION]),
        ("IntegrationLatency", "Seconds", [VIOLATION]),
        ("Count", "Milliseconds", [VIOLATION]),
    ],
)
def test_an_alarm_asks_for_the_unit_of_its_metric(metric, unit, expected):
    assert statuses(GO_OFF, changed(more=alarm(metric, unit=unit, threshold=1, statistic="Sum"))) == expected


@pytest.mark.parametrize(
    ("key", "expected"), [(None, []), ("alias/ours", []), (UNKNOWN, []), ("alias/aws/sns", [VIOLATION])]
)
def test_a_topic_that_cloudwatch_cannot_publish_to_tells_nobody(key, expected):
    topic = made("sns/topic:Topic", "deaf", arn="arn:aws:sns:eu-west-1:123456789012:deaf", kmsMasterKeyId=key)
    by_name = alarm("4XXError", alarmActions=["arn:aws:sns:eu-west-1:123456789012:deaf"])
    by_edge = alarm("4XXError", alarmActions=[UNKNOWN], edges=[("alarmActions", topic)])

    assert statuses(NOTIFY, changed(topic, more=by_name)) == expected
    assert statuses(NOTIFY, changed(topic, more=by_edge)) == expected
    beside = alarm("4XXError", alarmActions=["arn:aws:sns:eu-west-1:123456789012:deaf", "arn:aws:lambda:x"])
    assert findings(NOTIFY, changed(topic, more=beside)) == []


def test_an_alarm_that_cries_at_night_is_found():
    crying = alarm("5XXError", treatMissingData="breaching")
    vanished = alarm("Count", treatMissingData="breaching", comparisonOperator="LessThanThreshold")

    assert statuses(QUIET, changed(more=crying)) == [VIOLATION]
    assert statuses(QUIET, changed(more=alarm("5XXError", treatMissingData=UNKNOWN))) == [UNDECIDED]
    assert findings(QUIET, changed(more=vanished)) == []


def test_an_alarm_may_be_in_another_stack():
    assert statuses(ALARMS, changed(errors=None), elsewhere=True) == [UNDECIDED]
    assert findings(ALARMS, changed(), elsewhere=True) == []


def test_a_query_over_all_apis_watches_each():
    def query(expression, **more):
        return alarm(
            "all",
            namespace=None,
            metricName=None,
            dimensions=None,
            metricQueries=[{"id": "q", "expression": expression}],
            **more,
        )

    everywhere = 'SELECT MAX("5XXError") FROM SCHEMA("AWS/ApiGateway", ApiName)'
    assert findings(ALARMS, changed(errors=query(everywhere))) == []
    assert statuses(ALARMS, changed(errors=query(f"{everywhere} WHERE ApiName = 'other'"))) == [VIOLATION]
    for right in ("ApiName = 'shop'", "ApiName != 'other'", "ApiName='shop' AND Stage='live' GROUP BY Method"):
        assert findings(ALARMS, changed(errors=query(f"{everywhere} WHERE {right}"))) == [], right
    for wrong in ("ApiName = 'workshop'", "ApiName != 'shop'", "ApiName = 'shop' AND Stage = 'test'"):
        assert statuses(ALARMS, changed(errors=query(f"{everywhere} WHERE {wrong}"))) == [VIOLATION], wrong
    never = query(everywhere, threshold=-1, comparisonOperator="LessThanThreshold")
    assert statuses(ALARMS, changed(errors=never)) == [VIOLATION]


def test_an_anomaly_alarm_watches_the_metric_of_its_band():
    metric = {
        "namespace": "AWS/ApiGateway",
        "metricName": "Count",
        "stat": "Sum",
        "dimensions": of(ApiName="shop")["dimensions"],
    }
    queries = [{"id": "m", "metric": metric}, {"id": "band", "expression": "ANOMALY_DETECTION_BAND(m, 2)"}]
    spike = alarm(
        "spike", namespace=None, metricName=None, dimensions=None, metricQueries=queries, thresholdMetricId="band"
    )

    assert findings(ALARMS, changed(latency=spike)) == []
    assert findings(GO_OFF, changed(latency=spike)) == []


def test_the_log_of_a_web_acl_counts_by_its_edge():
    waf = made("cloudwatch/logGroup:LogGroup", "waf", retentionInDays=1)
    log = waf_log(logDestinationConfigs=[UNKNOWN], edges=[("logDestinationConfigs", waf)])

    assert statuses(KEPT, changed(waf, acl_log=log, acl=web_acl(visibilityConfig=VISIBLE))) == [VIOLATION]


def test_an_alarm_watches_what_is_blocked():
    watched = "observability-web-acl-blocks-have-alarm"

    def blocked(**dimensions):
        return alarm("BlockedRequests", namespace="AWS/WAFV2", dimensions=dimensions)

    assert statuses(watched, changed(blocked=None)) == [VIOLATION]
    assert statuses(watched, changed(blocked=None), elsewhere=True) == [UNDECIDED]
    assert statuses(watched, changed(blocked=blocked(WebACL="other", Rule="ALL", Region="eu-west-1"))) == [VIOLATION]
    assert statuses(watched, changed(blocked=blocked(WebACL="shop", Rule="ALL"))) == [VIOLATION]
    assert statuses(watched, changed(blocked=alarm("BlockedRequests", namespace="AWS/WAFV2", dimensions=UNKNOWN))) == [
        UNDECIDED
    ]


@pytest.mark.parametrize("part", ["stage", "settings"])
def test_settings_of_a_stage_whose_name_is_to_come_are_undecided(part):
    parts = {"stage": stage(UNKNOWN, arn=ARN) if part == "stage" else stage(), "settings": settings()}
    if part == "settings":
        parts["settings"].inputs["stageName"] = UNKNOWN

    assert statuses("observability-execution-logs-enabled", changed(**parts)) == [UNDECIDED]
    assert statuses("keys-stages-throttled", changed(**parts)) == [UNDECIDED]
