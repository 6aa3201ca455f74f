"""Reads simple metric math: which values an expression can have, and which metrics raise or lower them.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

import ast
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

_MAX_LENGTH: Final = 1_024
"""Characters; CloudWatch accepts no more."""
_NO_METRICS: Final = frozenset[str]()


@dataclass(frozen=True, slots=True)
class Range:
    """The values that an expression can have."""

    low: float
    high: float
    rises: frozenset[str] = _NO_METRICS
    """The names of the metrics that make it larger."""
    falls: frozenset[str] = _NO_METRICS
    """The names of the metrics that make it smaller."""
    per_request: float = 0
    """If it counts some of the requests, the most that each adds to it; else 0."""
    counts_all: bool = False
    """Whether it counts all requests."""


def range_of(expression: str, metrics: Mapping[str, Range]) -> Range | None:
    """The range of an expression, given those of its metrics by id; None if the expression is not that simple."""
    try:
        return _of(ast.parse(expression.strip()[:_MAX_LENGTH], mode="eval").body, metrics)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _of(node: ast.expr, metrics: Mapping[str, Range]) -> Range | None:
    match node:
        case ast.Constant(value=bool()):
            return None
        case ast.Constant(value=int() | float() as value):
            return Range(value, value)
        case ast.Name(id=name):
            return metrics.get(name)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            inner = _of(operand, metrics)
            return inner and _less(Range(0, 0), inner)
        case ast.BinOp(left=left, op=operator, right=right):
            first, second = _of(left, metrics), _of(right, metrics)
            return None if first is None or second is None else _both(first, operator, second)
        case ast.Compare(left=left, ops=[ast.Gt() | ast.GtE()], comparators=[right]):
            first, second = _of(left, metrics), _of(right, metrics)
            return None if first is None or second is None else replace(_less(first, second), low=0, high=1)
        case ast.Call(func=ast.Name(id=name), args=given):
            return _called(name.upper(), given, metrics)
        case _:
            return None


def _called(name: str, given: list[ast.expr], metrics: Mapping[str, Range]) -> Range | None:
    # A condition selects one of two values and does not limit either of them.
    ranges = [_of(each, metrics) for each in (given[1:] if name == "IF" else given)]
    known = [each for each in ranges if each is not None]
    if name not in {"IF", "FILL", "MAX", "MIN"} or not known or len(known) < len(ranges):
        return None
    return Range(
        min(each.low for each in known),
        max(each.high for each in known),
        frozenset[str]().union(*(each.rises for each in known)),
        frozenset[str]().union(*(each.falls for each in known)),
        per_request=known[0].per_request if name == "FILL" else 0,
        counts_all=name == "FILL" and known[0].counts_all,
    )


def _both(first: Range, operator: ast.operator, second: Range) -> Range | None:
    match operator:
        case ast.Add():
            return Range(
                first.low + second.low,
                first.high + second.high,
                first.rises | second.rises,
                first.falls | second.falls,
                per_request=first.per_request + second.per_request if first.per_request and second.per_request else 0,
            )
        case ast.Sub():
            return _less(first, second)
        case ast.Mult() if first.low >= 0 and second.low >= 0:
            return Range(
                first.low * second.low,
                math.inf if math.inf in (first.high, second.high) else first.high * second.high,
                first.rises | second.rises,
                first.falls | second.falls,
                per_request=_scaled(first.per_request, second) or _scaled(second.per_request, first),
            )
        case ast.Div() if first.low >= 0 and second.low >= 0:
            low = first.low / second.high if second.high else 0
            high = first.high / second.low if second.low else math.inf
            high = first.per_request if first.per_request and second.counts_all else high
            return Range(low, high, first.rises | second.falls, first.falls | second.rises)
        case _:
            return None


def _scaled(per_request: float, by: Range) -> float:
    return per_request * by.high if by.low == by.high else 0


def _less(first: Range, second: Range) -> Range:
    return Range(
        first.low - second.high, first.high - second.low, first.rises | second.falls, first.falls | second.rises
    )
