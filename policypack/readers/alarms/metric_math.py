"""Reads metric math as far as a person does at a glance: what values it can have, and what makes them rise.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

import ast
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

_LONGEST: Final = 1_024
"""Characters; CloudWatch takes no more."""
_NOTHING: Final = frozenset[str]()


@dataclass(frozen=True, slots=True)
class Reach:
    """The values that an expression can have."""

    low: float
    high: float
    rises: frozenset[str] = _NOTHING
    """The metrics that make it larger, by their names at CloudWatch."""
    falls: frozenset[str] = _NOTHING
    """Those that make it smaller."""
    part: float = 0
    """Where it counts some of the requests: how often each of them at most."""
    whole: bool = False
    """Whether it counts all requests."""


def reach(expression: str, metrics: Mapping[str, Reach]) -> Reach | None:
    """What an expression over metrics, by their ids, can be; None where it is not as simple as that."""
    try:
        return _of(ast.parse(expression.strip()[:_LONGEST], mode="eval").body, metrics)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _of(node: ast.expr, metrics: Mapping[str, Reach]) -> Reach | None:
    match node:
        case ast.Constant(value=bool()):
            return None
        case ast.Constant(value=int() | float() as value):
            return Reach(value, value)
        case ast.Name(id=name):
            return metrics.get(name)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            inner = _of(operand, metrics)
            return inner and _less(Reach(0, 0), inner)
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


def _called(name: str, given: list[ast.expr], metrics: Mapping[str, Reach]) -> Reach | None:
    # A condition picks one of two values; what it asks for does not bound them.
    read = [_of(each, metrics) for each in (given[1:] if name == "IF" else given)]
    parts = [each for each in read if each is not None]
    if name not in {"IF", "FILL", "MAX", "MIN"} or not parts or len(parts) < len(read):
        return None
    return Reach(
        min(each.low for each in parts),
        max(each.high for each in parts),
        frozenset[str]().union(*(each.rises for each in parts)),
        frozenset[str]().union(*(each.falls for each in parts)),
        part=parts[0].part if name == "FILL" else 0,
        whole=name == "FILL" and parts[0].whole,
    )


def _both(first: Reach, operator: ast.operator, second: Reach) -> Reach | None:
    match operator:
        case ast.Add():
            return Reach(
                first.low + second.low,
                first.high + second.high,
                first.rises | second.rises,
                first.falls | second.falls,
                part=first.part + second.part if first.part and second.part else 0,
            )
        case ast.Sub():
            return _less(first, second)
        case ast.Mult() if first.low >= 0 and second.low >= 0:
            return Reach(
                first.low * second.low,
                math.inf if math.inf in (first.high, second.high) else first.high * second.high,
                first.rises | second.rises,
                first.falls | second.falls,
                part=_scaled(first.part, second) or _scaled(second.part, first),
            )
        case ast.Div() if first.low >= 0 and second.low >= 0:
            low = first.low / second.high if second.high else 0
            high = first.high / second.low if second.low else math.inf
            high = first.part if first.part and second.whole else high
            return Reach(low, high, first.rises | second.falls, first.falls | second.rises)
        case _:
            return None


def _scaled(part: float, by: Reach) -> float:
    return part * by.high if by.low == by.high else 0


def _less(first: Reach, second: Reach) -> Reach:
    return Reach(
        first.low - second.high, first.high - second.low, first.rises | second.falls, first.falls | second.rises
    )
