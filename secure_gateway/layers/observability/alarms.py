"""Alarms on a REST stage: on its metrics, on entries of its access log, and on the metrics of its web ACL."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws import cloudwatch

from .spec import AlarmsSpec, composite_name

NAMESPACE = "AWS/ApiGateway"
LOG_NAMESPACE = "SecureGateway"
"""The namespace of the metrics that count entries of access logs."""
WAF_NAMESPACE = "AWS/WAFV2"

LOG_METRICS = {
    # Requests that the web ACL blocks have a metric of their own, and say nothing about authorizers.
    "auth-failures": (
        "AuthFailures",
        '{ (($.status = "401") || ($.status = "403")) && ($.wafResponseCode != "WAF_BLOCK") }',
    ),
    "throttled": ("Throttled", '{ $.status = "429" }'),
}
"""By alarm: the metric, and the pattern of the entries of the access log that it counts."""

_FEW = 10
"""How many denied requests in a period are no attack, whatever their share."""

Dimensions = Mapping[str, pulumi.Input[str]]


@dataclass(frozen=True, kw_only=True)
class Watched:
    """The dimensions of the metrics that the alarms of a stage read."""

    stage: Dimensions
    """Dimensions of the stage's own metrics."""
    log: Dimensions | None
    """Dimensions of the metrics that count entries of the access log; None if nothing is counted."""
    web_acl: Dimensions | None
    """Dimensions of the web ACL's metrics; None if they are not known."""


def log_metrics(
    name: str, group_name: pulumi.Input[str], opts: pulumi.ResourceOptions
) -> list[cloudwatch.LogMetricFilter]:
    """Create the metric filters that count in the access log what API Gateway has no metric for, by API and stage."""
    return [
        cloudwatch.LogMetricFilter(
            f"{name}-{what}",
            log_group_name=group_name,
            pattern=pattern,
            metric_transformation={
                "namespace": LOG_NAMESPACE,
                "name": metric,
                "value": "1",
                "unit": "Count",
                "dimensions": {"ApiId": "$.apiId", "Stage": "$.stage"},
            },
            opts=opts,
        )
        for what, (metric, pattern) in LOG_METRICS.items()
    ]


def alarms(
    name: str,
    spec: AlarmsSpec,
    watched: Watched,
    actions: Sequence[pulumi.Input[str]],
    topic_arn: pulumi.Input[str] | None,
    opts: pulumi.ResourceOptions,
) -> dict[str, cloudwatch.MetricAlarm]:
    """Create the alarms, by what they watch.

    A stage without traffic reports nothing, and nothing is wrong with that: missing data never triggers an alarm.
    """
    return {
        what: cloudwatch.MetricAlarm(
            f"{name}-{what}",
            evaluation_periods=spec.evaluation_periods,
            datapoints_to_alarm=spec.datapoints_to_alarm,
            treat_missing_data="notBreaching",
            # The composite alarm notifies for all of them.
            **({} if spec.composite else _actions(actions, topic_arn)),
            **settings,
            opts=opts,
        )
        for what, settings in _settings(spec, watched).items()
    }


def composite(
    name: str,
    made: Mapping[str, cloudwatch.MetricAlarm],
    actions: Sequence[pulumi.Input[str]],
    topic_arn: pulumi.Input[str] | None,
    opts: pulumi.ResourceOptions,
) -> cloudwatch.CompositeAlarm:
    """Create the alarm that is on while any other alarm is on."""
    names = pulumi.Output.all(*(each.name for each in made.values()))
    return cloudwatch.CompositeAlarm(
        f"{name}-unwell",
        alarm_name=composite_name(name),
        alarm_description="The gateway is unwell: at least one of its alarms is on",
        alarm_rule=names.apply(lambda known: " OR ".join(f'ALARM("{each}")' for each in known)),
        **_actions(actions, topic_arn),
        opts=opts,
    )


def _actions(actions: Sequence[pulumi.Input[str]], topic_arn: pulumi.Input[str] | None) -> dict[str, Any]:
    """All actions start when an alarm goes off; only the topic is notified when it clears."""
    if topic_arn is None:
        return {"alarm_actions": list(actions)}
    return {"alarm_actions": [topic_arn, *actions], "ok_actions": [topic_arn]}


def _settings(spec: AlarmsSpec, watched: Watched) -> dict[str, dict[str, Any]]:
    period = spec.period_seconds
    settings = {
        "server-errors": _above(
            NAMESPACE,
            watched.stage,
            period,
            metric_name="5XXError",
            statistic="Average",
            # The average of 0 and 1 over all requests is the share that failed.
            threshold=spec.server_error_rate_percent / 100,
            alarm_description=f"More than {spec.server_error_rate_percent:g} % of requests get a 5XX response",
        ),
        "client-errors": _above(
            NAMESPACE,
            watched.stage,
            period,
            metric_name="4XXError",
            statistic="Average",
            threshold=spec.client_error_rate_percent / 100,
            alarm_description=f"More than {spec.client_error_rate_percent:g} % of requests get a 4XX response",
        ),
        "latency": _above(
            NAMESPACE,
            watched.stage,
            period,
            metric_name="Latency",
            extended_statistic="p99",
            threshold=float(spec.latency_p99_ms),
            # The p99 of a few requests is their maximum, which says little.
            evaluate_low_sample_count_percentiles="ignore",
            alarm_description=f"One request in a hundred takes longer than {spec.latency_p99_ms:,} ms",
        ),
        "traffic-spike": _spike(spec, watched.stage),
    }
    if watched.log is not None:
        limits = {"auth-failures": spec.auth_failure_rate_percent, "throttled": spec.throttled_rate_percent}
        outcomes = {"auth-failures": "denied with 401 or 403", "throttled": "throttled with 429"}
        for what, (metric, _) in LOG_METRICS.items():
            settings[what] = _share(metric, limits[what], outcomes[what], watched.log, watched.stage, period)
    if watched.web_acl is not None:
        settings["waf-blocked"] = _above(
            WAF_NAMESPACE,
            watched.web_acl,
            period,
            metric_name="BlockedRequests",
            statistic="Sum",
            threshold=float(spec.waf_blocked_requests),
            alarm_description=f"The web ACL blocks more than {spec.waf_blocked_requests:,} requests in {period} s",
        )
    return settings


def _above(namespace: str, dimensions: Dimensions, period: int, **settings: Any) -> dict[str, Any]:
    return {
        "namespace": namespace,
        "dimensions": dict(dimensions),
        "period": period,
        "comparison_operator": "GreaterThanThreshold",
        **settings,
    }


def _sum(name: str, namespace: str, metric: str, dimensions: Dimensions, period: int, *, shown: bool) -> dict[str, Any]:
    return {
        "id": name,
        "metric": {
            "namespace": namespace,
            "metric_name": metric,
            "dimensions": dict(dimensions),
            "period": period,
            "stat": "Sum",
        },
        "return_data": shown,
    }


def _share(
    metric: str, percent: float, outcome: str, log: Dimensions, stage: Dimensions, period: int
) -> dict[str, Any]:
    """The share of requests that the access log counts as denied; a period without requests has no value."""
    return {
        "metric_queries": [
            _sum("refused", LOG_NAMESPACE, metric, log, period, shown=False),
            _sum("requests", NAMESPACE, "Count", stage, period, shown=False),
            {
                "id": "share",
                "expression": f"IF(refused > {_FEW}, 100 * refused / requests, 0)",
                "label": f"Percent of requests {outcome}",
                "return_data": True,
            },
        ],
        "threshold": percent,
        "comparison_operator": "GreaterThanThreshold",
        "alarm_description": f"More than {percent:g} % of requests, and more than {_FEW} in {period} s, are {outcome}",
    }


def _spike(spec: AlarmsSpec, stage: Dimensions) -> dict[str, Any]:
    period = spec.period_seconds
    if spec.traffic_spike_requests:
        return _above(
            NAMESPACE,
            stage,
            period,
            metric_name="Count",
            statistic="Sum",
            threshold=float(spec.traffic_spike_requests),
            alarm_description=f"More than {spec.traffic_spike_requests:,} requests in {period} s",
        )
    return {
        "metric_queries": [
            _sum("requests", NAMESPACE, "Count", stage, period, shown=True),
            {
                "id": "band",
                "expression": f"ANOMALY_DETECTION_BAND(requests, {spec.traffic_spike_band:g})",
                "label": "Usual number of requests",
                "return_data": True,
            },
        ],
        "threshold_metric_id": "band",
        "comparison_operator": "GreaterThanUpperThreshold",
        "alarm_description": "More requests than usual at this time",
    }
