"""Observability: logs that are written, metrics of every method, alarms that can go off."""

import pytest
from graphs import UNDECIDED, VIOLATION, alarm, changed, findings, settings, stage, statuses

from policypack.graph import UNKNOWN

LOGGED, TRACEABLE = "observability-access-logged", "observability-access-logs-traceable"
EXECUTIONS, UNTRACED = "observability-executions-logged", "observability-data-untraced"
MEASURED, ALARMS = "observability-methods-measured", "observability-alarms-set"
GROUP = "arn:aws:logs:eu-west-1:123456789012:log-group:x"
EVERY = (LOGGED, TRACEABLE, EXECUTIONS, UNTRACED, MEASURED, ALARMS)


@pytest.mark.parametrize("policy_id", EVERY)
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
        (VIOLATION, "stage live logs whole requests and answers (data trace)")
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
