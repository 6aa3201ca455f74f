"""Observability: alarms that exist, can go off and notify someone."""

import json
from dataclasses import replace
from typing import Any

import pytest
from graphs import UNDECIDED, VIOLATION, alarm, api, changed, findings, made, settings, stage, statuses, web_acl
from http_graphs import http_api, read_stages, v2_stage, with_dimensions
from native_graphs import SOUND, native
from provider_parts import PROVIDERS, statuses_with

from policypack.evaluation.evaluate import evaluate
from policypack.graph.graph import Graph, Resource
from policypack.graph.values import UNKNOWN
from policypack.model.fact import Fact

GO_OFF, SET, BLOCKS = (
    "observability-alarms-can-go-off",
    "observability-stages-have-alarms",
    "observability-web-acl-blocks-have-alarm",
)
NAMED = {"ApiName": "shop", "Stage": "live"}


def math_alarm(expression, threshold=5, operator="GreaterThanThreshold", *, stat="Sum", **more):
    """An alarm on what is computed from 5XXError (`e`), Count (`n`) and Latency (`t`)."""
    watched = (("e", "5XXError", stat), ("n", "Count", stat), ("t", "Latency", "p99"))
    queries = [
        {
            "id": id_,
            "returnData": False,
            "metric": {
                "namespace": "AWS/ApiGateway",
                "metricName": name,
                "dimensions": NAMED,
                "period": 60,
                "stat": how,
            },
        }
        for id_, name, how in watched
    ]
    told = {"id": "x", "expression": expression, "returnData": True}
    own = {"namespace": None, "metricName": None, "dimensions": None, "statistic": None}
    return alarm(
        "math",
        **own,
        **{"metricQueries": [*queries, told], "threshold": threshold, "comparisonOperator": operator, **more},
    )


CONSTANT = (
    *("e * 0", "e - e", "MIN([e, 0])", "e * TIME_SERIES(0)", "e AND 0", "e && 0", "IF(e > 5, 0, 0)", "0 / n", "e ^ 0"),
    *("METRICS('e') * 0", "MAX([e, n]) - MAX([n, e])", "ABS(e) * -1", "IF(e > 1000000000000, e, 0)", "SUM(e) - SUM(e)"),
    *("(e > 3) OR (n > 3)", "FLOOR(e / n)", "METRIC_COUNT(METRICS())", "PERIOD(e) - 60", "middle * 0", "DIFF(e) * 0"),
    "MAX([e, 10])",  # always above
)
CHANGING = (
    *("e", "FILL(e, 0)", "FILL(e, REPEAT)", "e + n", "SUM([e, n])", "MAX([e, 1])", "RATE(e) * 60", "middle"),
    *("IF(n > 10, 100 * e / n, 0)", "(e > 3) * 10", "RUNNING_SUM(e)", "IF(HOUR(e) < 8, 0, e)", "100 * e / n"),
    *("ANOMALY_DETECTION_BAND(e)", "IF(e > 2 AND e < 4, 10, 0)", "IF(100 * e / n > 5 && 100 * e / n < 6, 10, 0)"),
    *("STDDEV(METRICS())", "CEIL(e / 3)", "LOG10(e) * 5", "e - LAST(METRICS('n')) + n", "-e + 2 * e", "own + e"),
    "SEARCH('{AWS/x} y', 'Sum')",
)


def usual(expression, **more):
    """The same alarm as people write it: only the query that the alarm compares says that it returns data."""
    watching = math_alarm(expression, **more)
    (*metrics, told) = watching.inputs["metricQueries"]
    others = [
        {"id": "middle", "expression": "e + 1"},
        {"id": "own", "metric": {"namespace": "Shop", "metricName": "x"}},
    ]
    plain = [{key: item for key, item in each.items() if key != "returnData"} for each in (*metrics, *others)]
    return replace(watching, inputs={**watching.inputs, "metricQueries": [told, *plain]})


@pytest.mark.parametrize(
    ("expression", "expected"), [*((each, [VIOLATION]) for each in CONSTANT), *((each, []) for each in CHANGING)]
)
def test_an_expression_that_never_passes_its_threshold_is_found(expression, expected):
    found = [statuses(GO_OFF, changed(usual(expression))), statuses(GO_OFF, changed(math_alarm(expression)))]

    assert found[0] == expected
    assert "middle" in expression or "own" in expression or found[1] == expected


def test_an_alarm_on_an_anomaly_detection_band_has_two_queries_that_return_data():
    watching = math_alarm("ANOMALY_DETECTION_BAND(e, 2)", None, "GreaterThanUpperThreshold", thresholdMetricId="x")
    queries = [{**each, "returnData": True} for each in watching.inputs["metricQueries"]]

    assert findings(GO_OFF, changed(replace(watching, inputs={**watching.inputs, "metricQueries": queries}))) == []


@pytest.mark.parametrize("threshold", [2_900_000, 30_200])
def test_an_alarm_above_what_the_stage_lets_through_is_found(threshold):
    limited = settings(throttlingRateLimit=100, throttlingBurstLimit=200)
    unlimited = settings(throttlingRateLimit=-1, throttlingBurstLimit=-1)

    def errors(**inputs):
        return alarm("5XXError", dimensions=NAMED, period=300, **{"threshold": threshold, **inputs})

    assert statuses(GO_OFF, changed(errors(), settings=limited)) == [VIOLATION]
    assert findings(GO_OFF, changed(errors(threshold=30_199), settings=limited)) == []
    assert findings(GO_OFF, changed(errors(), settings=unlimited)) == []
    assert findings(GO_OFF, changed(errors(statistic="Average", threshold=0.5), settings=limited)) == []
    # Throttled requests count as requests and as client errors.
    for name in ("Count", "4XXError"):
        watching = alarm(name, dimensions=NAMED, period=300, threshold=threshold)
        assert findings(GO_OFF, changed(watching, settings=limited)) == []


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ("arn:aws:sns:eu-west-1:123456789012:trouble", []),
        ("arn:aws:ssm:eu-west-1:123456789012:opsitem:1", []),
        ("arn:aws:lambda:eu-west-1:123456789012:function:page", []),
        ("arn:aws:automate:eu-west-1:ec2:stop", [VIOLATION]),
        ("arn:aws:autoscaling:eu-west-1:123456789012:scalingPolicy:x:autoScalingGroupName/y:policyName/z", [VIOLATION]),
        ("", [VIOLATION]),
    ],
)
def test_an_action_that_notifies_no_one_is_none(action, expected):
    found = statuses("observability-alarms-notify", changed(alarm("5XXError", dimensions=NAMED, alarmActions=[action])))

    assert found == expected


@pytest.mark.parametrize(
    ("watching", "expected"),
    [
        (math_alarm("100 * e / n"), []),
        (math_alarm("IF(n > 10, 100 * FILL(e, 0) / n, 0)"), []),
        (math_alarm("100 * (1 - e / n)", 99, "LessThanThreshold"), []),
        (math_alarm("e / n", 5), [VIOLATION]),
        (math_alarm("100 * e / n", 101), [VIOLATION]),
        (math_alarm("100 * e / n", 100, "GreaterThanOrEqualToThreshold"), []),
        (math_alarm("100 * e / n", 100), [VIOLATION]),
        (math_alarm("100 * e / n", -1), [VIOLATION]),
        (math_alarm("100 * e / n", 5, "LessThanThreshold"), [VIOLATION]),
        (math_alarm("e + t", 5, "LessThanThreshold"), [VIOLATION]),
        (math_alarm("100 * (1 - e / n)", 99), [VIOLATION]),
        (math_alarm("-e", -5, "LessThanThreshold"), []),
        (math_alarm("MAX(e, t)", 10**15), [VIOLATION]),
        (math_alarm("n", 0, "LessThanThreshold"), [VIOLATION]),
        (math_alarm("e > 10", 1), [VIOLATION]),
        (math_alarm("e > 10", 0), []),
        (math_alarm("RATE(e)", -(10**9)), [VIOLATION]),
        (math_alarm("100 * e / n AND", 10**9), []),
        (math_alarm("e / other", 10**9), []),
        (math_alarm("100 * e / n", 5, "GreaterThanUpperThreshold", thresholdMetricId="x"), []),
        (math_alarm("100 * e / n", UNKNOWN), [UNDECIDED]),
        (math_alarm("100 * e / n", 5, UNKNOWN), [UNDECIDED]),
        (math_alarm("100 * e / n", stat=UNKNOWN), [UNDECIDED]),
    ],
)
def test_what_an_alarm_computes_can_pass_its_threshold_when_something_is_wrong(watching, expected):
    assert statuses(GO_OFF, changed(watching)) == expected


@pytest.mark.parametrize(
    ("dimensions", "expected"),
    [
        (NAMED, []),
        ({"ApiName": "shop"}, []),
        ({"ApiName": "shop", "Stage": "test"}, [VIOLATION]),
        ({"ApiName": "elsewhere", "Stage": "live"}, [UNDECIDED]),
        ({"ApiName": UNKNOWN, "Stage": "live"}, []),
    ],
)
def test_an_alarm_names_an_api_and_a_stage_that_are_there(dimensions, expected):
    assert statuses(GO_OFF, changed(more=alarm("4XXError", dimensions=dimensions))) == expected
    listed = [{"name": name, "value": value} for name, value in dimensions.items()]
    twin = native("cloudwatch:Alarm", "more", **{**SOUND["errors"].inputs, "dimensions": listed})
    report = evaluate(Graph([*SOUND.values(), twin]))
    assert [each.status.value for each in report.findings if each.policy == GO_OFF] == expected


def test_a_stage_that_a_deployment_or_nobody_here_makes_is_not_missed():
    other = alarm("4XXError", dimensions={"ApiName": "shop", "Stage": "test"})

    assert statuses(GO_OFF, [api(), stage(UNKNOWN), other]) == [UNDECIDED]
    assert statuses(GO_OFF, [api(), other]) == []
    assert statuses(GO_OFF, [other]) == []
    made_here = made("apigateway/deployment:Deployment", "test", restApi="shop-id", stageName="test")
    assert statuses(GO_OFF, changed(made_here, more=other)) == []


@pytest.mark.parametrize(
    ("dimensions", "expected"),
    [
        ({"WebACL": "shop", "Rule": "ALL", "Region": "eu-west-1"}, []),
        ({"WebACL": "shop", "Rule": "shop", "Region": "eu-west-1"}, []),
        ({"WebACL": "shop", "Rule": "Default_Action", "Region": UNKNOWN}, []),
        ({"WebACL": "shop", "Rule": "no-such-rule", "Region": "eu-west-1"}, [VIOLATION]),
        ({"WebACL": "shop", "Rule": "ALL", "Region": "eu-central-1"}, [VIOLATION]),
        ({"WebACL": "of-another-stack", "Rule": "ALL", "Region": "eu-west-1"}, [UNDECIDED]),
    ],
)
def test_an_alarm_names_a_web_acl_and_a_rule_that_are_there(dimensions, expected):
    watching = alarm("CountedRequests", namespace="AWS/WAFV2", dimensions=dimensions)

    assert statuses(GO_OFF, changed(more=watching)) == expected
    assert statuses(GO_OFF, [watching]) == []


def test_a_rule_that_may_stand_apart_is_not_missed():
    dimensions = {"WebACL": "shop", "Rule": "apart", "Region": "eu-west-1"}
    apart = made("wafv2/webAclRule:WebAclRule", "apart", webAclArn=UNKNOWN)
    watching = alarm("BlockedRequests", namespace="AWS/WAFV2", dimensions=dimensions)

    assert statuses(GO_OFF, changed(apart, more=watching)) == []
    assert statuses(GO_OFF, changed(more=watching, acl=web_acl(rules=UNKNOWN))) == []


def test_an_alarm_that_goes_off_when_little_is_blocked_watches_no_attack():
    falling = alarm(
        "BlockedRequests",
        namespace="AWS/WAFV2",
        dimensions={"WebACL": "shop", "Rule": "ALL", "Region": "eu-west-1"},
        comparisonOperator="LessThanThreshold",
    )

    assert statuses(BLOCKS, changed(blocked=falling)) == [VIOLATION]


@pytest.mark.parametrize(
    ("part", "policy"),
    [
        ({"api": api(name=UNKNOWN)}, SET),
        ({"errors": alarm("5XXError", namespace=UNKNOWN)}, SET),
        ({"errors": alarm("5XXError", namespace=UNKNOWN, dimensions=UNKNOWN)}, SET),
        ({"errors": alarm("5XXError", namespace=None, dimensions=None, metricQueries=UNKNOWN)}, SET),
        ({"errors": alarm("5XXError", namespace=None, dimensions=None, metricQueries=[{"metric": UNKNOWN}])}, SET),
        ({"stage": stage(UNKNOWN)}, SET),
        ({"acl": web_acl(visibilityConfig=UNKNOWN)}, BLOCKS),
        ({"acl": web_acl(visibilityConfig={"metricName": UNKNOWN})}, BLOCKS),
    ],
)
def test_a_name_still_to_come_is_no_violation(part, policy):
    assert statuses(policy, changed(**part)) == [UNDECIDED]


def test_an_alarm_of_a_namespace_to_come_is_judged_if_it_names_an_api():
    assert statuses(GO_OFF, changed(more=alarm("4XXError", namespace=UNKNOWN))) == [UNDECIDED]
    assert statuses(GO_OFF, changed(more=alarm("Errors", namespace=UNKNOWN, dimensions={"FunctionName": "x"}))) == []


def test_an_api_that_pulumi_names_is_watched_by_no_alarm_on_a_name_of_its_own():
    assert statuses(SET, changed(api=api(name=None))) == [VIOLATION]


def test_an_alarm_on_a_stage_to_come_is_of_the_stage_that_it_was_computed_from():
    test = stage("test")
    watching = {"dimensions": {"ApiName": "shop", "Stage": UNKNOWN}, "edges": [("dimensions", test)]}
    parts = {"errors": alarm("5XXError", **watching), "latency": alarm("Latency", **watching)}

    said = findings(SET, changed(test, **parts))

    assert [message.partition(" has")[0] for _, message in said] == ["stage live"]


# Defects that other tools were measured to miss; the numbers are those of the list of probed defects.
def watched(p: Any, **dimensions: str) -> list[Resource]:
    return [p.alarm("5XXError", **dimensions), p.alarm("Latency", ApiName="shop", Stage="live")]


DEFECTS = {
    "13-rest-alarm-by-id": (
        "observability-alarms-can-go-off",
        lambda p: watched(p, ApiId="shop-id", Stage="live"),
        lambda p: watched(p, ApiName="shop", Stage="live"),
    ),
    "13-stage-without-alarm": (
        "observability-stages-have-alarms",
        lambda p: watched(p, ApiId="shop-id", Stage="live"),
        lambda p: watched(p, ApiName="shop", Stage="live"),
    ),
}


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda each: each.name)
@pytest.mark.parametrize(("policy_id", "defect", "fixed"), DEFECTS.values(), ids=DEFECTS)
def test_a_defect_is_found_and_gone_when_fixed(provider, policy_id, defect, fixed):
    assert statuses_with(provider, policy_id, defect) == [VIOLATION]
    assert statuses_with(provider, policy_id, fixed) == []


SILENT = {
    "no-alarm": None,
    "case": alarm("5xxError"),
    "namespace": alarm("5XXError", namespace="AWS/APIGateway"),
    "api-id-as-dimension": alarm("5XXError", **with_dimensions(ApiId="shop-id", Stage="live")),
    "another-api": alarm("5XXError", **with_dimensions(ApiName="other", Stage="live")),
    "another-stage": alarm("5XXError", **with_dimensions(ApiName="shop", Stage="test")),
    "no-dimensions": alarm("5XXError", dimensions=None),
    "one-method-alone": alarm(
        "5XXError", **with_dimensions(ApiName="shop", Stage="live", Resource="/orders", Method="GET")
    ),
    "switched-off": alarm("5XXError", actionsEnabled=False),
}


@pytest.mark.parametrize("errors", SILENT.values(), ids=SILENT)
def test_an_alarm_that_cannot_go_off_is_no_alarm(errors):
    assert findings(SET, changed(errors=errors)) == [(VIOLATION, "stage live has no alarm on server errors (5XXError)")]


def test_one_sign_beside_server_errors_is_enough():
    for sign in ("4XXError", "Latency", "IntegrationLatency", "Count"):
        assert findings(SET, changed(latency=alarm(sign))) == []
    assert statuses(SET, changed(latency=None)) == [VIOLATION]


def test_an_alarm_on_all_stages_watches_each():
    assert findings(SET, changed(errors=alarm("5XXError", **with_dimensions(ApiName="shop")))) == []


def test_a_metric_in_a_query_counts():
    metric = {"namespace": "AWS/ApiGateway", "metricName": "Count", "dimensions": {"ApiName": "shop", "Stage": "live"}}
    spike = alarm(
        "spike", namespace=None, metricName=None, dimensions=None, metricQueries=[{"id": "m", "metric": metric}]
    )

    assert findings(SET, changed(latency=spike)) == []


def test_an_alarm_on_a_name_to_come_is_followed_by_its_edge():
    api = changed()[0]
    named = with_dimensions(ApiName=UNKNOWN, Stage="live")

    assert findings(SET, changed(errors=alarm("5XXError", edges=[("dimensions", api)], **named))) == []
    assert statuses(SET, changed(errors=alarm("5XXError", **named))) == [UNDECIDED]


NOTIFY, QUIET = (
    "observability-alarms-notify",
    "observability-alarms-missing-data-not-breaching",
)
BY_ID = with_dimensions(ApiId="shop-id", Stage="live")


def without(resource, name):
    return replace(resource, inputs={key: item for key, item in resource.inputs.items() if key != name})


NEVER = {
    "case": (alarm("5xxError"), "it is spelled 5XXError"),
    "no-metric": (alarm("Errors"), "has no metric Errors"),
    "namespace": (alarm("5XXError", namespace="AWS/APIGateway"), "spelled AWS/ApiGateway"),
    "rest-by-id": (alarm("5XXError", **BY_ID), "reported under ApiName (and Stage), never under ApiId, Stage"),
    "http-by-name": (alarm("5xx"), "reported under ApiId (and Stage)"),
    "stage-alone": (alarm("Count", **with_dimensions(Stage="live")), "never under Stage"),
    "no-dimension": (alarm("Latency", dimensions=None), "never without a dimension"),
    "id-as-name": (
        alarm("5XXError", **with_dimensions(ApiName="shop-id", Stage="live")),
        "ApiName contains the API's id",
    ),
    "share-above-one": (alarm("5XXError", statistic="Average", threshold=5), "a share between 0 and 1"),
    "samples": (alarm("5XXError", statistic="SampleCount"), "counts requests, not errors"),
    "lowest": (alarm("5XXError", statistic="Minimum", threshold=0.5), "stays 0 unless most requests fail"),
    "low-percentile": (
        without(alarm("5XXError", extendedStatistic="p10", threshold=0.5), "statistic"),
        "stays 0 unless most requests fail",
    ),
    "average-of-count": (alarm("Count", statistic="Average", threshold=1000), "always 1"),
    "acl-name": (
        alarm(
            "BlockedRequests",
            namespace="AWS/WAFV2",
            **with_dimensions(WebACL="shop-acl", Rule="ALL", Region="eu-west-1"),
        ),
        "metric_name",
    ),
    "acl-without-region": (
        alarm("BlockedRequests", namespace="AWS/WAFV2", **with_dimensions(WebACL="shop", Rule="ALL")),
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
    "one-method": alarm("5XXError", **with_dimensions(ApiName="shop", Stage="live", Resource="/orders", Method="GET")),
    "acl": alarm(
        "BlockedRequests", namespace="AWS/WAFV2", **with_dimensions(WebACL="shop", Rule="ALL", Region="eu-west-1")
    ),
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
    people = made("sns/topicSubscription:TopicSubscription", "people", topic="deaf-id", protocol="email")

    assert statuses(NOTIFY, changed(topic, people, more=by_name)) == expected
    assert statuses(NOTIFY, changed(topic, people, more=by_edge)) == expected
    beside = alarm("4XXError", alarmActions=["arn:aws:sns:eu-west-1:123456789012:deaf", "arn:aws:lambda:x"])
    assert findings(NOTIFY, changed(topic, people, more=beside)) == []


def test_an_alarm_that_cries_at_night_is_found():
    crying = alarm("5XXError", treatMissingData="breaching")
    vanished = alarm("Count", treatMissingData="breaching", comparisonOperator="LessThanThreshold")

    assert statuses(QUIET, changed(more=crying)) == [VIOLATION]
    assert statuses(QUIET, changed(more=alarm("5XXError", treatMissingData=UNKNOWN))) == [UNDECIDED]
    assert findings(QUIET, changed(more=vanished)) == []


def test_an_alarm_may_be_in_another_stack():
    assert statuses(SET, changed(errors=None), elsewhere=True) == [UNDECIDED]
    assert findings(SET, changed(), elsewhere=True) == []


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
    assert findings(SET, changed(errors=query(everywhere))) == []
    assert statuses(SET, changed(errors=query(f"{everywhere} WHERE ApiName = 'other'"))) == [VIOLATION]
    for right in ("ApiName = 'shop'", "ApiName != 'other'", "ApiName='shop' AND Stage='live' GROUP BY Method"):
        assert findings(SET, changed(errors=query(f"{everywhere} WHERE {right}"))) == [], right
    for wrong in ("ApiName = 'workshop'", "ApiName != 'shop'", "ApiName = 'shop' AND Stage = 'test'"):
        assert statuses(SET, changed(errors=query(f"{everywhere} WHERE {wrong}"))) == [VIOLATION], wrong
    never = query(everywhere, threshold=-1, comparisonOperator="LessThanThreshold")
    assert statuses(SET, changed(errors=never)) == [VIOLATION]


def test_an_anomaly_alarm_watches_the_metric_of_its_band():
    metric = {
        "namespace": "AWS/ApiGateway",
        "metricName": "Count",
        "stat": "Sum",
        "dimensions": with_dimensions(ApiName="shop")["dimensions"],
    }
    queries = [{"id": "m", "metric": metric}, {"id": "band", "expression": "ANOMALY_DETECTION_BAND(m, 2)"}]
    spike = alarm(
        "spike", namespace=None, metricName=None, dimensions=None, metricQueries=queries, thresholdMetricId="band"
    )

    assert findings(SET, changed(latency=spike)) == []
    assert findings(GO_OFF, changed(latency=spike)) == []


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


YES, NO, NOT_YET = Fact.YES, Fact.NO, Fact.UNKNOWN


@pytest.mark.parametrize(
    ("kind", "errors", "sign", "wrong"),
    [("HTTP", "5xx", "4xx", "5XXError"), ("WEBSOCKET", "ExecutionError", "ClientError", "5xx")],
)
def test_alarms_of_http_and_websocket_apis_go_by_id(kind, errors, sign, wrong):
    where = with_dimensions(ApiId="h-id", Stage="live")
    (stage,) = read_stages(http_api(kind), v2_stage(), alarm(errors, **where), alarm(sign, **where))
    assert stage.alarms == YES

    (stage,) = read_stages(http_api(kind), v2_stage(), alarm(wrong, **where), alarm(sign, **where))
    assert stage.alarms == NO
    assert stage.alarms.reason.startswith("has no alarm on server errors")

    by_name = with_dimensions(ApiName="h", Stage="live")
    (stage,) = read_stages(http_api(kind), v2_stage(), alarm(errors, **by_name), alarm(sign, **by_name))
    assert stage.alarms == NO


# Found by mutation of the pack: without this test a weaker policy passed unnoticed.
@pytest.mark.parametrize(
    ("metric", "change", "expected"),
    [
        ("5XXError", {}, []),
        ("5XXError", {"threshold": 0}, []),
        ("5XXError", {"threshold": -1}, [VIOLATION]),
        ("5XXError", {"threshold": 0, "comparisonOperator": "GreaterThanOrEqualToThreshold"}, [VIOLATION]),
        ("5XXError", {"threshold": 10**12}, [VIOLATION]),
        ("5XXError", {"threshold": UNKNOWN}, [UNDECIDED]),
        ("5XXError", {"comparisonOperator": "LessThanThreshold"}, [VIOLATION]),
        ("Count", {"comparisonOperator": "LessThanThreshold", "threshold": 1}, []),
        ("Count", {"comparisonOperator": "LessThanThreshold", "threshold": 0}, [VIOLATION]),
        ("Latency", {"statistic": "Average", "threshold": 2_000_000}, [VIOLATION]),
    ],
)
def test_an_alarm_can_go_off_and_is_not_always_on(metric, change, expected):
    assert (
        statuses("observability-alarms-can-go-off", changed(errors=alarm(metric, **change), latency=None)) == expected
    )


def test_what_a_composite_alarm_does_later_is_undecided():
    mute = alarm("4XXError", name="many", alarmActions=[])
    notify = "observability-alarms-notify"

    def told(**inputs):
        given = {
            "alarmName": "all",
            "alarmRule": "ALARM(many)",
            "alarmActions": ["arn:aws:sns:eu-west-1:1:x"],
            **inputs,
        }
        return statuses(notify, changed(made("cloudwatch/compositeAlarm:CompositeAlarm", "all", **given), more=mute))

    assert told() == []
    assert told(alarmRule=UNKNOWN) == [UNDECIDED]
    assert told(alarmActions=UNKNOWN) == [UNDECIDED]
    assert told(alarmRule="ALARM(other)") == [VIOLATION]


ELSEWHERE = {"executionArn": "arn:aws:execute-api:eu-west-1:123456789012:shop-id"}
SHOP = replace(api(), outputs={**api().outputs, **ELSEWHERE})
WATCHED = {"metric": {"namespace": "AWS/ApiGateway", "metricName": "5XXError", "dimensions": NAMED, "stat": "Sum"}}


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ({}, []),
        ({"region": "eu-west-1"}, []),
        ({"region": "us-west-2"}, [VIOLATION]),
        ({"arn": "arn:aws:cloudwatch:us-west-2:123456789012:alarm:5xx"}, [VIOLATION]),
        ({"namespace": None, "metricQueries": [{"id": "e", "accountId": "123456789012", **WATCHED}]}, []),
        ({"namespace": None, "metricQueries": [{"id": "e", "accountId": "999999999999", **WATCHED}]}, [VIOLATION]),
    ],
)
def test_an_alarm_watches_the_region_and_account_of_its_api(inputs, expected):
    others = [each for each in changed() if each.type not in (SHOP.type, alarm("5XXError").type)]
    resources = [*others, SHOP, alarm("5XXError", **inputs), alarm("4XXError")]

    assert statuses(GO_OFF, resources) == expected


@pytest.mark.parametrize(
    ("targets", "expected"),
    [(["5xx"], [UNDECIDED]), (["another"], []), (UNKNOWN, [UNDECIDED])],
)
def test_whether_a_muted_alarm_notifies_someone_is_undecided(targets, expected):
    muted = alarm("5XXError", name="5xx")
    edges = [("muteTargets", muted)] if targets is UNKNOWN else []
    mute = made("cloudwatch/alarmMuteRule:AlarmMuteRule", "nightly", edges=edges, muteTargets={"alarmNames": targets})
    resources = [each for each in changed() if each.urn != muted.urn]

    assert statuses("observability-alarms-notify", [*resources, muted, mute]) == expected
