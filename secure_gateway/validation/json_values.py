"""Values that JSON can express, as args, documents and other Pulumi languages hold them."""

import math
import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final, TypeGuard

import pulumi

from .problems import join, shown


def is_object(value: object) -> TypeGuard[Mapping[str, Any]]:
    """Whether a value is an object or a map."""
    return isinstance(value, Mapping)


def is_list(value: object) -> TypeGuard[Sequence[Any]]:
    """Whether a value is a list."""
    return isinstance(value, list | tuple)


DEEPEST: Final = 100
"""Levels that a free-form value may be nested."""
MOST: Final = 500_000
"""Values that one may hold, YAML aliases followed: a few lines of those can stand for gigabytes."""
_LARGEST: Final = 2**1023


def json_mistake(value: Any, path: str, *, outputs: bool = False) -> tuple[str, str] | None:
    """Where a value is not what JSON can express: the path, and what is wrong there.

    With `outputs`, an Output may stand anywhere inside.
    """
    waiting: list[tuple[Any, tuple[Any, ...], int]] = [(value, (), 0)]
    count = 0
    while waiting:
        each, trail, depth = waiting.pop()
        count += 1
        if count > MOST:
            return path, f"holds more than {MOST:,} values, with YAML aliases followed"
        if depth > DEEPEST:
            return path, f"is nested more than {DEEPEST} levels deep"
        if is_object(each):
            strange = [key for key in each if isinstance(key, str) and not is_unicode(key)]
            waiting += [(item, (trail, str(key)), depth + 1) for key, item in each.items()]
        elif is_list(each):
            strange = []
            waiting += [(item, (trail, index), depth + 1) for index, item in enumerate(each)]
        else:
            strange = [] if _is_scalar(each) or (outputs and isinstance(each, pulumi.Output)) else [each]
        if strange:
            return _path(path, trail), _unusual(strange[0])
    return None


def _is_scalar(value: object) -> bool:
    if isinstance(value, str):
        return is_unicode(value)
    if isinstance(value, int | float):
        return math.isfinite(value) if isinstance(value, float) else abs(value) < _LARGEST
    return value is None or isinstance(value, date)


def is_unicode(value: str) -> bool:
    """Whether UTF-8 can write it: half of a surrogate pair is no character."""
    return value.isascii() or not re.search("[\ud800-\udfff]", value)


def _unusual(value: object) -> str:
    if isinstance(value, str):
        return "contains half of a surrogate pair, which is no Unicode character"
    if isinstance(value, int | float):
        return "JSON cannot hold a number of this size"
    return f"expected a value that JSON can express, known before deployment, got {shown(value)}"


def _path(path: str, trail: tuple[Any, ...]) -> str:
    steps: list[Any] = []
    while trail:
        trail, step = trail
        steps.append(step)
    for step in reversed(steps):
        path = f"{path}[{step}]" if isinstance(step, int) else join(path, step)
    return path


def normalised(value: Any) -> Any:
    """Whole floats as integers, dates and keys as strings, as JSON has them, at every depth."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, date):
        return value.isoformat()
    if is_object(value):
        return {str(key): normalised(item) for key, item in value.items()}
    if is_list(value):
        return [normalised(item) for item in value]
    return value
