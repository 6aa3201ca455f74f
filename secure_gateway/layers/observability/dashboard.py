"""The dashboard of a REST stage."""

import json
import re
from collections.abc import Sequence
from typing import Any

import pulumi
from pulumi_aws import cloudwatch

from .alarms import NAMESPACE

_METRIC = {"width": 12, "height": 6}


def dashboard(
    name: str,
    api_id: pulumi.Input[str],
    execution_arn: pulumi.Input[str],
    dimensions: dict[str, pulumi.Input[str]],
    alarm_arns: Sequence[pulumi.Input[str]],
    *,
    opts: pulumi.ResourceOptions,
) -> cloudwatch.Dashboard:
    """Make the dashboard.

    Dashboards are global in an account, and a name that exists is overwritten without a word: the API's id makes it
    the gateway's own.
    """
    stack = pulumi.get_stack()
    body = pulumi.Output.all(execution_arn, dimensions, pulumi.Output.all(*alarm_arns)).apply(
        lambda known: json.dumps(_body(known[0].split(":")[3], known[1], known[2]))
    )
    return cloudwatch.Dashboard(
        name,
        dashboard_name=pulumi.Output.concat(re.sub(r"[^A-Za-z0-9_-]", "-", f"{name}-{stack}-"), api_id),
        dashboard_body=body,
        opts=opts,
    )


def _body(region: str, dimensions: dict[str, str], alarm_arns: Sequence[str]) -> dict[str, Any]:
    where = [part for dimension in sorted(dimensions.items()) for part in dimension]

    def graph(title: str, *metrics: tuple[str, str, str]) -> dict[str, Any]:
        lines = [[NAMESPACE, metric, *where, {"stat": stat, "label": label}] for metric, stat, label in metrics]
        properties = {"title": title, "metrics": lines, "region": region, "period": 300, "view": "timeSeries"}
        return {"type": "metric", **_METRIC, "properties": properties}

    state = {"type": "alarm", "width": 24, "height": 3, "properties": {"title": "Alarms", "alarms": list(alarm_arns)}}
    return {
        "widgets": [
            *([state] if alarm_arns else []),
            graph("Requests", ("Count", "Sum", "requests")),
            graph(
                "Share of requests refused or failed", ("5XXError", "Average", "5XX"), ("4XXError", "Average", "4XX")
            ),
            graph("Latency, ms", ("Latency", "p50", "p50"), ("Latency", "p90", "p90"), ("Latency", "p99", "p99")),
            graph(
                "Latency of the backend, ms", ("IntegrationLatency", "p50", "p50"), ("IntegrationLatency", "p99", "p99")
            ),
        ]
    }
