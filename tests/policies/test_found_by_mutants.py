"""Weakenings that the mutation proof showed to go unnoticed."""

import pytest
from graphs import UNDECIDED, VIOLATION, alarm, changed, findings, method, settings, stage, statuses

from policypack.graph import UNKNOWN, Graph
from policypack.judge import judge


@pytest.mark.parametrize("api", [UNKNOWN, "another-stacks"])
def test_a_stage_of_an_api_from_elsewhere_is_judged(api):
    said = findings("observability-access-logged", [stage(restApi=api, accessLogSettings=None)])

    assert said == [(VIOLATION, "stage live writes no access log")]
    assert statuses("observability-access-logged", [stage(restApi=api)]) == []
    assert statuses("observability-alarms-set", [stage(restApi=api)]) == [UNDECIDED]


def test_settings_find_the_stage_of_an_api_from_elsewhere():
    of = {"restApi": "another-stacks"}
    limits = settings()
    limits.inputs.update(of)

    assert statuses("keys-stages-throttled", [stage(**of), limits]) == []
    assert statuses("keys-stages-throttled", [stage(**of)]) == [VIOLATION]


def test_settings_for_a_path_still_to_come_decide_nothing():
    assert statuses("keys-stages-throttled", changed(settings=settings(UNKNOWN, throttlingRateLimit=1))) == [UNDECIDED]


def test_a_limit_that_no_api_reaches_is_none():
    assert statuses("keys-stages-throttled", changed(settings=settings(throttlingRateLimit=2_000_000_000))) == [
        VIOLATION
    ]


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


def test_a_permission_of_a_wrong_shape_breaks_nothing():
    wrong = method()
    object.__setattr__(wrong, "type", "aws:lambda/permission:Permission")
    wrong.inputs.update(action={"count": {}}, principal=["*"])

    judge(Graph([wrong]))
