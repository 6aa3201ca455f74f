"""Reads whether an alarm on metric math can go off, and whether it goes off only if there is a problem.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataQuery.html
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from ...graph.graph import Resource
from ...graph.values import UNKNOWN, is_object, items, read, text
from ...model.fact import Fact
from .alarm_state import (
    ABOVE,
    BELOW,
    COUNTS,
    ERRORS,
    LATENCIES,
    MAX_LATENCY,
    MAX_RATE,
    NORMAL,
    RATES,
    is_number,
    seconds,
)
from .metric_math import Range, range_of
from .metric_trials import Input, UntriableError, tried
from .metrics import Metric, returned

_BELOW_BAND: Final = "LessThanLowerThreshold"
_BAND: Final = re.compile(r"ANOMALY_DETECTION_BAND\([^,()]*,\s*(\d+(?:\.\d+)?)\s*\)", re.IGNORECASE)
_WIDE_BAND: Final = 20
"""Standard deviations. CloudWatch proposes 2."""
_FREE: Final = 1e9
"""The largest value of a metric of another service."""


def math_can_breach(alarm: Resource, metrics: Sequence[Metric]) -> Fact:
    """Whether the value of an alarm's expression passes its threshold if there is a problem, and only then.

    YES if the expression searches for metrics or is too complex. The reason of NO is a clause.
    """
    queries = list(items(alarm.inputs.get("metricQueries")))
    compared = returned(queries)
    threshold, operator = alarm.inputs.get("threshold"), text(alarm.inputs.get("comparisonOperator"))
    if alarm.inputs.get("thresholdMetricId") is not None:
        return _band_can_be_left(operator, queries, metrics)
    if compared is UNKNOWN:
        return Fact.unknown("which of its queries it compares is known only after deployment")
    expression = text(read(compared, "expression"))
    if not expression or not is_number(threshold) or operator not in ABOVE | BELOW:
        return Fact.YES
    ranges = {each.id: _range(each) for each in metrics if each.id and each.statistic is not UNKNOWN}
    found = range_of(expression, ranges)
    inverted = _inverted(found, operator) if found else frozenset[str]()
    if inverted and inverted <= ERRORS | LATENCIES:
        verb = "is" if len(inverted) == 1 else "are"
        return Fact.no(f"it goes off when {' and '.join(sorted(inverted))} {verb} low, {NORMAL}")
    bounds = (found.low, found.high) if found else None
    by_bounds = _crosses(bounds, threshold, operator) if bounds else Fact.YES
    if by_bounds.is_no:
        return by_bounds
    bounds = _tried(expression, queries, metrics, threshold)
    return _crosses(bounds, threshold, operator) if bounds else Fact.YES


def _band_can_be_left(operator: str, queries: Sequence[Any], metrics: Sequence[Metric]) -> Fact:
    """Whether a metric leaves the band of anomaly detection if there is a problem. The band moves with the metric."""
    named = {text(each.name) for each in metrics}
    if operator == _BELOW_BAND and named and named <= ERRORS | LATENCIES:
        return Fact.no(f"it goes off when {' and '.join(sorted(named))} is unusually low, {NORMAL}")
    found = (_BAND.search(text(read(each, "expression"))) for each in queries)
    widths = [float(each[1]) for each in found if each]
    if any(width > _WIDE_BAND for width in widths):
        return Fact.unknown(
            f"whether its metric ever leaves a band of {max(widths):g} standard deviations is not known here"
        )
    return Fact.YES


def _inverted(found: Range, operator: str) -> frozenset[str]:
    """The metrics that let an alarm go off when they are low."""
    return found.falls - found.rises if operator in ABOVE else found.rises - found.falls


def _crosses(bounds: tuple[float, float], threshold: float, operator: str) -> Fact:
    """Whether values between two bounds can be on both sides of a threshold."""
    above = operator in ABOVE
    low, high = bounds
    farthest, nearest = (high, low) if above else (low, high)
    sign, side = (1, "above") if above else (-1, "below")
    out_of_reach = sign * (threshold - farthest)
    if out_of_reach > 0 or (out_of_reach == 0 and "OrEqual" not in operator):
        return Fact.no(f"the value of its expression is never {side} {threshold:g}")
    passed = sign * (nearest - threshold)
    if passed > 0 or (passed == 0 and "OrEqual" in operator):
        return Fact.no(f"the value of its expression is always {side} {threshold:g}, so the alarm is always on")
    return Fact.YES


def _tried(
    expression: str, queries: Sequence[Any], metrics: Sequence[Metric], threshold: float
) -> tuple[float, float] | None:
    """The smallest and the largest value that an expression has in many trials; None if it cannot be tried."""
    inputs = _inputs(queries, metrics)
    others = {text(read(each, "id")): text(read(each, "expression")) for each in queries}
    if inputs is None:
        return None
    try:
        values = tried(expression, {name: each for name, each in others.items() if name and each}, inputs, threshold)
    except UntriableError:
        return None
    return (min(values), max(values)) if values else None


def _inputs(queries: Sequence[Any], metrics: Sequence[Metric]) -> Mapping[str, Input] | None:
    """The metrics of all queries by id; None if one is unknown."""
    of_gateway = {each.id: each for each in metrics if each.id}
    counts = {
        str(each.dimensions): each.id
        for each in metrics
        if each.id and text(each.name) == "Count" and text(each.statistic) in COUNTS
    }
    found: dict[str, Input] = {}
    for query in queries:
        name = text(read(query, "id"))
        if not is_object(query) or read(query, "id") is UNKNOWN or read(query, "expression") is UNKNOWN:
            return None
        metric = of_gateway.get(name)
        if metric is not None:
            whole = counts.get(str(metric.dimensions), "") if text(metric.name) in ERRORS else ""
            counted = text(metric.statistic) == "Sum" and whole != name
            high, period = _range(metric).high, seconds(metric)
            found[name] = Input(high=high, part_of=whole if counted else "", period=period)
        elif not text(query.get("expression")):
            found[name] = Input(high=_FREE)
    return found


def _range(metric: Metric) -> Range:
    """The values that a metric can have, by its statistic."""
    name, statistic = text(metric.name), text(metric.statistic)
    counted = statistic in COUNTS
    high = MAX_RATE * seconds(metric)
    if not counted and name in RATES:
        high = 1
    elif not counted and name in LATENCIES:
        high = MAX_LATENCY
    per_request = float(statistic == "Sum" and name in ERRORS)
    return Range(0, high, frozenset({name}), per_request=per_request, counts_all=counted and name == "Count")
