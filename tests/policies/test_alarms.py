"""Alarms that cannot go off, whatever they are made of, and those of which that is not known."""

import pytest
from graphs import UNDECIDED, VIOLATION, alarm, api, changed, findings, made, stage, statuses, web_acl
from native_graphs import SOUND, native

from policypack.evaluation.evaluate import evaluate
from policypack.graph.graph import Graph
from policypack.graph.values import UNKNOWN

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
        (math_alarm("RATE(e)", -(10**9)), []),
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
