"""Reads which metrics of API Gateway and AWS WAF an alarm watches."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ...graph.aws_native_shapes import named
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
"""The dimensions that identify an API or a web ACL."""


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric that an alarm watches."""

    alarm: Resource
    source: str
    """The input of the alarm that contains its dimensions."""
    namespace: Any
    name: Any
    dimensions: Any
    statistic: Any
    period: Any
    compared_directly: bool
    """Whether the alarm compares the metric itself with its threshold, not the value of an expression."""
    id: str = ""
    """Its id in expressions of the alarm."""
    unit: Any = None
    account: Any = None
    """The account that reports it, if it is given."""


def metrics_of(alarm: Resource) -> Iterator[Metric]:
    """The metrics of an alarm that are, or may be, of API Gateway or AWS WAF."""
    given = alarm.inputs
    if _is_relevant(given.get("namespace")):
        yield Metric(
            alarm,
            "dimensions",
            given["namespace"],
            given.get("metricName"),
            named(given.get("dimensions")),
            given.get("statistic", given.get("extendedStatistic")),
            given.get("period"),
            compared_directly=True,
            unit=given.get("unit"),
        )
    source = "metricQueries"
    queries = items(given.get(source))
    compared = returned(queries)
    for query in queries:
        nested = read(query, "metricStat", "metric")  # the spelling of CloudFormation
        metric = nested if nested is not None else read(query, "metric")
        if metric is UNKNOWN:
            yield Metric(alarm, source, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, compared_directly=False)
        elif is_object(metric) and _is_relevant(metric.get("namespace")):
            stat = metric if "stat" in metric else read(query, "metricStat")
            yield Metric(
                alarm,
                source,
                metric["namespace"],
                metric.get("metricName"),
                named(metric.get("dimensions")),
                read(stat, "stat"),
                read(stat, "period"),
                compared_directly=query is compared,
                id=text(read(query, "id")),
                unit=read(stat, "unit"),
                account=read(query, "accountId"),
            )


def returned(queries: Sequence[Any]) -> Any:
    """The query whose value an alarm compares, because it returns data; None if none does, UNKNOWN if that is unknown.

    A query without `returnData` returns none if another one does: Terraform sends false then.
    """
    flags = [read(each, "returnData") for each in queries]
    chosen = [each for each, flag in zip(queries, flags, strict=True) if flag is True]
    if chosen or UNKNOWN in flags:
        # With an anomaly detection band, the metric and the band both return data.
        return UNKNOWN if UNKNOWN in flags else chosen[0] if len(chosen) == 1 else None
    left_out = [each for each, flag in zip(queries, flags, strict=True) if flag is None]
    if len(left_out) > 1:  # CloudWatch rejects several
        expressions = [each for each in left_out if text(read(each, "expression"))]
        return expressions[0] if len(expressions) == 1 else None
    return left_out[0] if left_out else None


def _is_relevant(namespace: Any) -> bool:
    return namespace is UNKNOWN or text(namespace).lower() in NAMESPACES
