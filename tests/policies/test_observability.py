"""Observability: logs that are written and complete, metrics of every method, tracing."""

import json

import pytest
from graphs import (
    ARN,
    LOG,
    UNDECIDED,
    VIOLATION,
    VISIBLE,
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
from http_graphs import ROUTE_SETTINGS, http_api, observed, read_stages, v2_stage
from provider_parts import CLASSIC, PROVIDERS, statuses_with

from policypack.graph.values import UNKNOWN
from policypack.layers import POLICIES
from policypack.model.fact import Fact

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
        pytest.param(settings("orders/GET", loggingLevel="ERROR"), [], id="of-the-only-method"),
        pytest.param(settings("orders/POST", loggingLevel="ERROR"), [VIOLATION], id="of-another-method"),
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


def test_settings_of_one_method_stand_alone():
    # What they leave out is AWS's default, off.
    cached = settings("orders/GET", cachingEnabled=True)

    assert findings(EXECUTIONS, changed(cached)) == [(VIOLATION, "stage live does not log the errors of GET /orders")]
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


def test_a_log_group_of_class_delivery_keeps_events_for_two_days():
    assert statuses(KEPT, changed(log_group(retentionInDays=365, logGroupClass="DELIVERY"))) == [VIOLATION]
    assert statuses(KEPT, changed(log_group(retentionInDays=365, logGroupClass="INFREQUENT_ACCESS"))) == []


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


@pytest.mark.parametrize(
    ("trust", "expected"),
    [
        ({"Service": "apigateway.amazonaws.com"}, []),
        ({"Service": ["lambda.amazonaws.com", "apigateway.amazonaws.com"]}, []),
        ({"Service": "lambda.amazonaws.com"}, [VIOLATION]),
        ({"AWS": "arn:aws:iam::123456789012:root"}, [VIOLATION]),
        (UNKNOWN, []),
    ],
)
def test_a_logging_role_that_api_gateway_may_not_assume_is_found(trust, expected):
    statement = {"Effect": "Allow", "Principal": trust, "Action": "sts:AssumeRole"}
    write = "arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"
    role = made(
        "iam/role:Role",
        "logs",
        arn="arn:aws:iam::123456789012:role/logs",
        assumeRolePolicy={"Statement": [statement]},
        managedPolicyArns=[write],
    )
    account = made("apigateway/account:Account", "a", cloudwatchRoleArn="arn:aws:iam::123456789012:role/logs")

    assert statuses("observability-logging-role-set", changed(role, account)) == expected


def test_the_log_of_a_web_acl_counts_by_its_edge():
    waf = made("cloudwatch/logGroup:LogGroup", "waf", retentionInDays=1)
    log = waf_log(logDestinationConfigs=[UNKNOWN], edges=[("logDestinationConfigs", waf)])

    assert statuses(KEPT, changed(waf, acl_log=log, acl=web_acl(visibilityConfig=VISIBLE))) == [VIOLATION]


@pytest.mark.parametrize("part", ["stage", "settings"])
def test_settings_of_a_stage_whose_name_is_to_come_are_undecided(part):
    parts = {"stage": stage(UNKNOWN, arn=ARN) if part == "stage" else stage(), "settings": settings()}
    if part == "settings":
        parts["settings"].inputs["stageName"] = UNKNOWN

    assert statuses("observability-execution-logs-enabled", changed(**parts)) == [UNDECIDED]
    assert statuses("keys-stages-throttled", changed(**parts)) == [UNDECIDED]


# Defects that other tools were measured to miss; the numbers are those of the list of probed defects.
ALL_ON = {"loggingLevel": "ERROR", "metricsEnabled": True, "dataTraceEnabled": False}
LEAKING_LINE = json.dumps(
    {"id": "$context.requestId", "key": "$context.identity.apiKey", "c": "$context.authorizer.claims"}
)
DEFECTS = {
    "20-data-trace": (
        "observability-data-trace-disabled",
        lambda p: p.stage(settings={"*/*": {**ALL_ON, "dataTraceEnabled": True}}),
        lambda p: p.stage(),
    ),
    "21-logs-of-one-path-alone": (
        "observability-execution-logs-enabled",
        lambda p: p.stage(settings={"orders/POST": ALL_ON}),
        lambda p: p.stage(settings={"*/*": ALL_ON}),
    ),
    "21-one-path-turned-off": (
        "observability-execution-logs-enabled",
        lambda p: p.stage(settings={"*/*": ALL_ON, "orders/GET": {**ALL_ON, "loggingLevel": "OFF"}}),
        lambda p: p.stage(settings={"*/*": ALL_ON, "orders/GET": ALL_ON}),
    ),
    "22-access-log-with-key-and-claims": (
        "observability-access-logs-without-secrets",
        lambda p: p.stage(line=LEAKING_LINE),
        lambda p: p.stage(),
    ),
}


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda each: each.name)
@pytest.mark.parametrize(("policy_id", "defect", "fixed"), DEFECTS.values(), ids=DEFECTS)
def test_a_defect_is_found_and_gone_when_fixed(provider, policy_id, defect, fixed):
    assert statuses_with(provider, policy_id, defect) == [VIOLATION]
    assert statuses_with(provider, policy_id, fixed) == []


# False alarms of other tools.
FALSE_ALARMS = {
    # JSON.parse on the format fails numbers without quotes.
    "unquoted-number": ("observability-access-logs-structured", CLASSIC.stage(line='{"status": $context.status}')),
    # A key's id is no key.
    "key-id": ("observability-access-logs-without-secrets", CLASSIC.stage(line='{"k": "$context.identity.apiKeyId"}')),
    # Deployments fail without the account's role, but another stack may set it.
    "no-account": ("observability-logging-role-set", []),
    # KICS reads method settings as a map alone.
    "settings-as-list": ("observability-execution-logs-enabled", CLASSIC.stage(settings={"*/*": [ALL_ON]})),
}


@pytest.mark.parametrize(("policy_id", "parts"), FALSE_ALARMS.values(), ids=FALSE_ALARMS)
def test_a_false_alarm_of_other_tools_is_not_repeated(policy_id, parts):
    assert statuses_with(CLASSIC, policy_id, lambda _: parts) == []


def test_the_stage_of_a_quick_api_is_read():
    (stage,) = read_stages(http_api(target="arn:aws:lambda:eu-west-1:123456789012:function:x"))

    assert stage.name == "$default"
    assert stage.access_log.written == NO
    assert stage.throttled == NO


def test_settings_of_all_routes_are_read():
    (stage,) = read_stages(http_api("WEBSOCKET"), v2_stage(defaultRouteSettings=ROUTE_SETTINGS))

    assert (stage.execution_logged, stage.has_detailed_metrics, stage.throttled, stage.data_traced) == (
        YES,
        YES,
        YES,
        NO,
    )
    (later,) = read_stages(http_api("WEBSOCKET"), v2_stage(defaultRouteSettings=UNKNOWN))
    assert (later.execution_logged, later.has_detailed_metrics, later.throttled) == (NOT_YET, NOT_YET, NOT_YET)
    (absent,) = read_stages(http_api("WEBSOCKET"), v2_stage())
    assert (absent.execution_logged, absent.has_detailed_metrics, absent.throttled) == (NO, NO, NO)


SILENCED = {"loggingLevel": "OFF", "dataTraceEnabled": True}


@pytest.mark.parametrize(
    "single",
    [[{"routeKey": "$connect", **SILENCED}], {"$connect": SILENCED}],
    ids=["list", "by-route"],
)
def test_settings_of_one_route_are_read_and_inherit_the_rest(single):
    (stage,) = read_stages(http_api("WEBSOCKET"), v2_stage(defaultRouteSettings=ROUTE_SETTINGS, routeSettings=single))

    assert (stage.execution_logged, stage.data_traced, stage.has_detailed_metrics) == (NO, YES, YES)
    assert stage.execution_logged.reason == "does not log the errors of $connect"


YES, NO, NOT_YET = Fact.YES, Fact.NO, Fact.UNKNOWN


def test_access_logs_of_an_http_api_go_to_cloudwatch_alone():
    stream = "arn:aws:firehose:eu-west-1:123456789012:deliverystream/amazon-apigateway-x"
    (stage,) = read_stages(http_api(), v2_stage(accessLogSettings={"destinationArn": stream, "format": LOG}))
    assert stage.access_log.destination_valid == NO
    (stage,) = read_stages(http_api("WEBSOCKET"), v2_stage(accessLogSettings={"destinationArn": stream, "format": LOG}))
    assert stage.access_log.destination_valid == YES


@pytest.mark.parametrize("kind", ["HTTP", "WEBSOCKET"])
@pytest.mark.parametrize("policy_id", [rule.id for rule in POLICIES if rule.layer == "observability"])
def test_a_well_observed_http_or_websocket_api_passes(policy_id, kind):
    assert findings(policy_id, observed(kind)) == []


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("HTTP", []), ("WEBSOCKET", [VIOLATION])],
)
def test_an_http_api_has_no_execution_log(kind, expected):
    # It cannot have one: asking for it is asking for what AWS refuses.
    assert statuses("observability-execution-logs-enabled", observed(kind, loggingLevel="OFF")) == expected


# Found by mutation of the pack: without this test a weaker policy passed unnoticed.
@pytest.mark.parametrize("api", [UNKNOWN, "another-stacks"])
def test_a_stage_of_an_api_from_elsewhere_is_judged(api):
    said = findings("observability-access-logs-enabled", [stage(restApi=api, accessLogSettings=None)])

    assert said == [(VIOLATION, "stage live writes no access log")]
    assert statuses("observability-access-logs-enabled", [stage(restApi=api)]) == []
    assert statuses("observability-stages-have-alarms", [stage(restApi=api)]) == [UNDECIDED]


@pytest.mark.parametrize("home", ["another-stacks", UNKNOWN])
def test_a_stage_of_an_http_api_from_elsewhere_is_judged(home):
    bare = made("apigatewayv2/stage:Stage", "live", apiId=home, name="live")

    assert statuses("observability-access-logs-enabled", [bare]) == [VIOLATION]
    assert statuses("keys-stages-throttled", [bare]) == [VIOLATION]
    assert statuses("waf-stages-have-web-acl", [bare]) == [UNDECIDED]


SECRET = (
    *("bearer", "apiKey", "accessToken", "api_key", "clientSecret", "password", "credential", "token", "rawJwt", "jwt"),
    *("session_token", "signature", "claims.refresh_token", "partner_secret", "auth_cookie"),
)
HARMLESS = (
    *("tenant", "principalId", "tokenUse", "token_use", "apiKeyId", "keyId", "claims.sub", "plan", "error", "status"),
    *("latency", "tokenExpiry", "nextPageToken", "monkey", "integrationLatency"),
)
NAMED = {**dict.fromkeys(SECRET, True), **dict.fromkeys(HARMLESS, False)}


@pytest.mark.parametrize(("name", "secret"), NAMED.items())
def test_what_an_authorizer_returns_is_read_by_its_name(name, secret):
    line = json.dumps({"id": "$context.requestId", "x": f"$context.authorizer.{name}"})
    log = {"destinationArn": "arn:aws:logs:eu-west-1:123456789012:log-group:shop", "format": line}

    found = statuses("observability-access-logs-without-secrets", changed(stage=stage(accessLogSettings=log)))

    assert found == ([VIOLATION] if secret else [])
