"""Reads which metrics an alarm watches, and how CloudWatch names those of API Gateway and AWS WAF."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from ...graph.aws_native import named
from ...graph.graph import Resource
from ...graph.values import (
    UNKNOWN,
    is_object,
    items,
    read,
    text,
)

GATEWAY: Final = "AWS/ApiGateway"
WAF: Final = "AWS/WAFV2"
NAMESPACES: Final = {name.lower(): name for name in (GATEWAY, WAF)}
DIMENSIONS: Final = ("ApiName", "ApiId", "WebACL")
"""Those that say which API or web ACL is meant."""


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric that an alarm watches."""

    alarm: Resource
    source: str
    """The input that its dimensions stand in."""
    namespace: Any
    name: Any
    dimensions: Any
    statistic: Any
    period: Any
    alone: bool
    """Whether the alarm compares this metric itself, and not what is computed from it."""
    id: str = ""
    """How expressions of the alarm call it."""
    unit: Any = None


def metrics_of(alarm: Resource) -> Iterator[Metric]:
    """The metrics of API Gateway and AWS WAF, and those that may be."""
    given = alarm.inputs
    if _ours(given.get("namespace")):
        yield Metric(
            alarm,
            "dimensions",
            given["namespace"],
            given.get("metricName"),
            named(given.get("dimensions")),
            given.get("statistic", given.get("extendedStatistic")),
            given.get("period"),
            alone=True,
            unit=given.get("unit"),
        )
    source = "metricQueries" if "metricQueries" in given else "metrics"
    queries = items(given.get(source))
    for query in queries:
        beside = read(query, "metricStat", "metric")  # as CloudFormation has it
        metric = beside if beside is not None else read(query, "metric")
        if metric is UNKNOWN:
            yield Metric(alarm, source, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, alone=False)
        elif is_object(metric) and _ours(metric.get("namespace")):
            told = metric if "stat" in metric else read(query, "metricStat")
            yield Metric(
                alarm,
                source,
                metric["namespace"],
                metric.get("metricName"),
                named(metric.get("dimensions")),
                read(told, "stat"),
                read(told, "period"),
                alone=len(queries) == 1,
                id=text(read(query, "id")),
                unit=read(told, "unit"),
            )


def _ours(namespace: Any) -> bool:
    return namespace is UNKNOWN or text(namespace).lower() in NAMESPACES
