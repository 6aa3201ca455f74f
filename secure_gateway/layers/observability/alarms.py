"""Alarms on the metrics of a REST stage, and the topic that they notify."""

import json
from typing import Any

import pulumi
from pulumi_aws import cloudwatch, sns

from .args import AlarmsSpec, ObservabilitySpec

NAMESPACE = "AWS/ApiGateway"


def alarms(
    name: str,
    spec: AlarmsSpec,
    dimensions: dict[str, pulumi.Input[str]],
    topic_arn: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> dict[str, cloudwatch.MetricAlarm]:
    """Make the alarms, by what they watch.

    A stage without traffic reports nothing, which is no fault: missing data never alarms.
    """
    return {
        what: cloudwatch.MetricAlarm(
            f"{name}-{what}",
            evaluation_periods=spec.evaluation_periods,
            datapoints_to_alarm=spec.datapoints_to_alarm,
            treat_missing_data="notBreaching",
            alarm_actions=[topic_arn],
            ok_actions=[topic_arn],
            **settings,
            opts=opts,
        )
        for what, settings in {
            "server-errors": _above(
                spec,
                dimensions,
                metric_name="5XXError",
                statistic="Average",
                # The average of 0 and 1 over all requests is the share that failed.
                threshold=spec.server_error_rate_percent / 100,
                alarm_description=f"More than {spec.server_error_rate_percent:g} % of requests are answered 5XX",
            ),
            "client-errors": _above(
                spec,
                dimensions,
                metric_name="4XXError",
                statistic="Average",
                threshold=spec.client_error_rate_percent / 100,
                alarm_description=f"More than {spec.client_error_rate_percent:g} % of requests are answered 4XX",
            ),
            "latency": _above(
                spec,
                dimensions,
                metric_name="Latency",
                extended_statistic="p99",
                threshold=float(spec.latency_p99_ms),
                # A p99 of a handful of requests is their maximum, and says little.
                evaluate_low_sample_count_percentiles="ignore",
                alarm_description=f"One request in a hundred takes longer than {spec.latency_p99_ms:,} ms",
            ),
            "traffic-spike": _spike(spec, dimensions),
        }.items()
    }


def _above(spec: AlarmsSpec, dimensions: dict[str, pulumi.Input[str]], **settings: Any) -> dict[str, Any]:
    return {
        "namespace": NAMESPACE,
        "dimensions": dimensions,
        "period": spec.period_seconds,
        "comparison_operator": "GreaterThanThreshold",
        **settings,
    }


def _spike(spec: AlarmsSpec, dimensions: dict[str, pulumi.Input[str]]) -> dict[str, Any]:
    requests: cloudwatch.MetricAlarmMetricQueryArgsDict = {
        "id": "requests",
        "metric": {
            "namespace": NAMESPACE,
            "metric_name": "Count",
            "dimensions": dimensions,
            "period": spec.period_seconds,
            "stat": "Sum",
        },
        "return_data": True,
    }
    band: cloudwatch.MetricAlarmMetricQueryArgsDict = {
        "id": "band",
        "expression": f"ANOMALY_DETECTION_BAND(requests, {spec.traffic_spike_band:g})",
        "label": "Usual number of requests",
        "return_data": True,
    }
    return {
        "metric_queries": [requests, band],
        "threshold_metric_id": "band",
        "comparison_operator": "GreaterThanUpperThreshold",
        "alarm_description": "More requests than usual at this time",
    }


def topic(
    name: str,
    spec: ObservabilitySpec,
    key_arn: pulumi.Input[str] | None,
    execution_arn: pulumi.Output[str],
    opts: pulumi.ResourceOptions,
) -> sns.Topic:
    """Make the topic that alarms of this account, and nobody else's, may publish to."""
    made = sns.Topic(f"{name}-alarms", kms_master_key_id=key_arn, opts=opts)
    policy = pulumi.Output.all(made.arn, execution_arn).apply(lambda both: json.dumps(_topic_policy(both[0], both[1])))
    sns.TopicPolicy(f"{name}-alarms", arn=made.arn, policy=policy, opts=opts)
    for address in spec.alarm_emails:
        sns.TopicSubscription(f"{name}-alarms-{address}", topic=made.arn, protocol="email", endpoint=address, opts=opts)
    return made


def _topic_policy(topic_arn: str, execution_arn: str) -> dict[str, Any]:
    account = execution_arn.split(":")[4]
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "AlarmsPublish",
                "Effect": "Allow",
                "Principal": {"Service": "cloudwatch.amazonaws.com"},
                "Action": "sns:Publish",
                "Resource": topic_arn,
                "Condition": {"StringEquals": {"aws:SourceAccount": account}},
            },
            {
                "Sid": "OnlyEncrypted",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "sns:Publish",
                "Resource": topic_arn,
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            },
        ],
    }
