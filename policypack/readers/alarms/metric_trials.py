"""Tries metric math: evaluates an expression on many possible values of its metrics.

Covered are the functions of https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html that
compute something from metrics that are given; an expression that searches for metrics cannot be tried.
"""

import ast
import math
import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from statistics import fmean, pstdev
from typing import Final

Number = float | None
"""A value; None where there is no data."""
Series = tuple[Number, ...]
"""The values of a metric at consecutive points in time."""
Value = Number | Series | list[Series]
"""A scalar, a time series or several time series."""

POINTS: Final = 4
_TRIALS: Final = 240
_MAX_LENGTH: Final = 1_024
"""Characters of an expression; CloudWatch accepts no more."""
_DEEPEST: Final = 20
"""Expressions that refer to one another."""
_OPERATORS: Final = (
    (re.compile(r"&&|\bAND\b", re.IGNORECASE), " and "),
    (re.compile(r"\|\||\bOR\b", re.IGNORECASE), " or "),
    (re.compile(r"\^"), "**"),
)
_STRINGS: Final = re.compile(r"""("[^"]*"|'[^']*')""")
_CLOCK: Final = {"DATE": (1, 31), "DAY": (1, 7), "HOUR": (0, 23), "MINUTE": (0, 59), "MONTH": (1, 12)}
_ARITHMETIC: Final[Mapping[type[ast.AST], Callable[[float, float], float]]] = {
    ast.Add: lambda first, second: first + second,
    ast.Sub: lambda first, second: first - second,
    ast.Mult: lambda first, second: first * second,
    ast.Div: lambda first, second: first / second,
    ast.Mod: lambda first, second: first % second,
    ast.Pow: math.pow,
    ast.Gt: lambda first, second: first > second,
    ast.GtE: lambda first, second: first >= second,
    ast.Lt: lambda first, second: first < second,
    ast.LtE: lambda first, second: first <= second,
    ast.Eq: lambda first, second: first == second,
    ast.NotEq: lambda first, second: first != second,
    ast.And: lambda first, second: bool(first) and bool(second),
    ast.Or: lambda first, second: bool(first) or bool(second),
}
_SINGLE: Final[Mapping[str, Callable[[float], float]]] = {
    "ABS": math.fabs,
    "CEIL": lambda value: float(math.ceil(value)),
    "FLOOR": lambda value: float(math.floor(value)),
    "LOG": math.log,
    "LOG10": math.log10,
}
_STATISTICS: Final[Mapping[str, Callable[[Sequence[float]], float]]] = {
    "AVG": fmean,
    "MAX": max,
    "MIN": min,
    "STDDEV": pstdev,
    "SUM": math.fsum,
}
_ERRORS: Final = (ArithmeticError, ValueError)


class UntriableError(ValueError):
    """An expression that cannot be tried."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Input:
    """A metric of an expression."""

    high: float
    """The largest value that it can have; the smallest is 0."""
    part_of: str = ""
    """The id of the metric that counts all requests, of which this one counts some; empty if there is none."""
    period: float = 60


def tried(returned: str, expressions: Mapping[str, str], inputs: Mapping[str, Input], near: float) -> list[float]:
    """The values that an expression has in many trials; `near` is the threshold that they are compared with.

    `expressions` are those that it may refer to, by id. Raises UntriableError.
    """
    parsed = {name: _parsed(each) for name, each in {**expressions, "": returned}.items()}
    constants = sorted({abs(each) for tree in parsed.values() for each in _constants(tree)} | {abs(near)})
    found: list[float] = []
    for values in _worlds(inputs, constants):
        result = _Trial(parsed, inputs, values).value(parsed[""], 0)
        for series in result if isinstance(result, list) else [result if isinstance(result, tuple) else (result,)]:
            found += [each for each in series if each is not None and not math.isnan(each)]
    return found


def _parsed(expression: str) -> ast.expr:
    parts = _STRINGS.split(expression.strip()[:_MAX_LENGTH])
    for place in range(0, len(parts), 2):
        for pattern, word in _OPERATORS:
            parts[place] = pattern.sub(word, parts[place])
    try:
        return ast.parse("".join(parts).strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise UntriableError from error


def _constants(tree: ast.expr) -> Iterator[float]:
    for each in ast.walk(tree):
        if isinstance(each, ast.Constant) and isinstance(each.value, int | float):
            yield float(each.value)


def _worlds(inputs: Mapping[str, Input], constants: Sequence[float]) -> Iterator[Mapping[str, Series]]:
    """Values of the metrics: all low, all high, one high at a time, and random ones near the constants."""
    levels = {name: _levels(each, constants) for name, each in inputs.items()}
    yield dict.fromkeys(inputs, (0.0,) * POINTS)
    yield {name: (each.high,) * POINTS for name, each in inputs.items()}
    for high in inputs:
        for low in (0.0, 1.0):
            yield _consistent(
                inputs, {name: ((each.high if name == high else low),) * POINTS for name, each in inputs.items()}
            )
    chance = random.Random(1)  # noqa: S311 - a choice, not a secret
    for trial in range(_TRIALS):
        same = trial % 2 == 0
        values: dict[str, Series] = {}
        for name, of_metric in levels.items():
            values[name] = tuple(
                (chance.choice(of_metric),) * POINTS if same else (chance.choice(of_metric) for _ in range(POINTS))
            )
        if trial % 3 == 1:
            values = _shares(inputs, values, chance.choice([*constants, *(each / 100 for each in constants), 0.5]))
        if trial % 5 == 4:  # noqa: PLR2004 - a fifth of them has gaps
            values = {
                name: tuple(None if chance.random() < 0.5 else each for each in series)  # noqa: PLR2004
                for name, series in values.items()
            }
        yield _consistent(inputs, values)


def _shares(inputs: Mapping[str, Input], values: Mapping[str, Series], share: float) -> dict[str, Series]:
    """The values, with a share of all requests instead of the numbers of some."""
    found = dict(values)
    for name, each in inputs.items():
        for of in values.get(each.part_of, ()) if share <= 1 else ():
            found[name] = (None if of is None else of * share,) * POINTS
    return found


def _consistent(inputs: Mapping[str, Input], values: Mapping[str, Series]) -> Mapping[str, Series]:
    """The values, with no more errors than requests."""
    found = dict(values)
    for name, each in inputs.items():
        whole = values.get(each.part_of)
        if whole is not None:
            pairs = zip(values[name], whole, strict=True)
            found[name] = tuple(part if part is None or of is None else min(part, of) for part, of in pairs)
    return found


def _levels(of: Input, constants: Sequence[float]) -> list[float]:
    near = [value + step for value in constants for step in (-1, -0.01, 0, 0.01, 1)]
    near += [value * factor for value in constants for factor in (0.01, 0.1, 0.5, 2, 10)]
    found = {0.0, 1.0, of.high, of.high / 2, of.high / 10, *near}
    return sorted(each for each in found if 0 <= each <= of.high) or [0.0]  # a limit below zero lets nothing in


class _Trial:
    """One evaluation."""

    def __init__(
        self, expressions: Mapping[str, ast.expr], inputs: Mapping[str, Input], values: Mapping[str, Series]
    ) -> None:
        self._expressions = expressions
        self._inputs = inputs
        self._values = values
        self._chance = random.Random(str(values))  # noqa: S311 - any time may come

    def value(self, node: ast.expr, depth: int) -> Value:
        match node:
            case ast.Constant(value=bool()):
                raise UntriableError
            case ast.Constant(value=int() | float() as constant):
                return float(constant)
            case ast.Name(id=name):
                return self._named(name, depth)
            case ast.List(elts=elements):
                return [each for element in elements for each in _listed(self.value(element, depth))]
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return _each(_negated, self.value(operand, depth))
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self.value(operand, depth)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _ARITHMETIC:
                return _each(_ARITHMETIC[type(op)], self.value(left, depth), self.value(right, depth))
            case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _ARITHMETIC:
                return _each(_ARITHMETIC[type(op)], self.value(left, depth), self.value(right, depth))
            case ast.BoolOp(op=op, values=operands):
                first, *rest = (self.value(each, depth) for each in operands)
                for each in rest:
                    first = _each(_ARITHMETIC[type(op)], first, each)
                return first
            case ast.Call(func=ast.Name(id=name), args=given, keywords=[]):
                return self._called(name.upper(), given, depth)
            case _:
                raise UntriableError

    def _named(self, name: str, depth: int) -> Value:
        if name in self._values:
            return self._values[name]
        if name not in self._expressions or depth >= _DEEPEST:
            raise UntriableError
        return self.value(self._expressions[name], depth + 1)

    def _called(self, name: str, given: list[ast.expr], depth: int) -> Value:
        if name == "METRICS":
            begin = given[0].value if given and isinstance(given[0], ast.Constant) else ""
            return [series for key, series in self._values.items() if key.startswith(str(begin))]
        if not given:
            raise UntriableError
        if name == "FILL" and len(given) == 2:  # noqa: PLR2004 - the metric, and what fills its gaps
            filler = 0.0 if isinstance(given[1], ast.Name) else self.value(given[1], depth)
            return _filled(self.value(given[0], depth), filler)
        values = [self.value(each, depth) for each in given]
        first = values[0]
        if name == "IF" and len(values) in {2, 3}:
            return _chosen(first, values[1], values[2] if len(values) > 2 else None)  # noqa: PLR2004
        if name in _SINGLE:
            return _each(_SINGLE[name], first)
        if name in _STATISTICS:
            return _statistic(_STATISTICS[name], values)
        if name in _CLOCK:
            return _each(partial(self._time, *_CLOCK[name]), first)
        return self._of_series(name, first)

    def _time(self, low: int, high: int, _at: float) -> float:
        return float(self._chance.randint(low, high))

    def _of_series(self, name: str, first: Value) -> Value:
        match name:
            case "TIME_SERIES":
                return (first,) * POINTS if not isinstance(first, tuple | list) else first
            case "PERIOD":
                return min((each.period for each in self._inputs.values()), default=60.0)
            case "DIFF" | "RATE":
                seconds = 1.0 if name == "DIFF" else min((e.period for e in self._inputs.values()), default=60.0)
                return _mapped(first, lambda series: _differences(series, seconds))
            case "RUNNING_SUM":
                return _mapped(first, _running_sum)
            case "METRIC_COUNT":
                return float(len(_listed(first)))
            case "DATAPOINT_COUNT":
                return float(sum(each is not None for series in _listed(first) for each in series))
            case "FIRST" | "LAST" if isinstance(first, list) and first:
                return first[0 if name == "FIRST" else -1]
            case "REMOVE_EMPTY" | "SORT":
                return first
            case _:
                raise UntriableError


def _negated(value: float) -> float:
    return -value


def _listed(value: Value) -> list[Series]:
    if isinstance(value, list):
        return value
    return [value if isinstance(value, tuple) else (value,) * POINTS]


def _each(function: Callable[..., float], *values: Value) -> Value:
    """A function applied point by point; without data it has no value."""
    if any(isinstance(each, list) for each in values):
        lists = [_listed(each) for each in values]
        length = max(map(len, lists))
        rows = [each if len(each) == length else each[:1] * length for each in lists]
        return [_as_series(_each(function, *row)) for row in zip(*rows, strict=True)]
    if any(isinstance(each, tuple) for each in values):
        rows = [_listed(each)[0] for each in values]
        return tuple(_point(function, point) for point in zip(*rows, strict=True))
    return _point(function, [each for each in values if not isinstance(each, tuple | list)])


def _point(function: Callable[..., float], point: Sequence[Number]) -> Number:
    if None in point:
        return None
    try:
        found = function(*point)
    except _ERRORS:
        return None
    return float(found) if isinstance(found, int | float) else None


def _as_series(value: Value) -> Series:
    return _listed(value)[0]


def _mapped(value: Value, function: Callable[[Series], Series]) -> Value:
    if isinstance(value, list):
        return [function(each) for each in value]
    return function(_as_series(value))


def _filled(value: Value, filler: Value) -> Value:
    if isinstance(value, list):
        return [_as_series(_filled(each, filler)) for each in value]
    pairs = zip(_as_series(value), _as_series(filler), strict=True)
    return tuple(other if each is None else each for each, other in pairs)


def _chosen(condition: Value, first: Value, second: Value) -> Value:
    rows = zip(_as_series(condition), _as_series(first), _as_series(second), strict=True)
    return tuple(None if test is None else one if test else other for test, one, other in rows)


def _statistic(function: Callable[[Sequence[float]], float], values: list[Value]) -> Value:
    """Of several series or of a list, point by point; of one series, its value over time."""
    if len(values) == 1 and not isinstance(values[0], list):
        known = [each for each in _as_series(values[0]) if each is not None]
        return function(known) if known else None
    series = [each for value in values for each in _listed(value)]
    points = ([each for each in point if each is not None] for point in zip(*series, strict=True))
    return tuple(function(point) if point else None for point in points)


def _differences(series: Series, seconds: float) -> Series:
    steps = (
        None if before is None or after is None else (after - before) / seconds for before, after in pairwise(series)
    )
    return (None, *steps)


def _running_sum(series: Series) -> Series:
    found: list[Number] = []
    total = 0.0
    for each in series:
        total += each or 0
        found.append(total)
    return tuple(found)
