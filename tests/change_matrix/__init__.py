"""What AWS must hold after each option of a gateway has changed: one line of data per option.

A `Group` is a gateway whose options change together: all have their first values (A), then all their second ones (B),
then A again. Each `Option` says where AWS holds it, as a path of `aws_side.flat`, and what is there. The expectations
are written from AWS's API, not from what the component registers. `tests/engine/test_change_matrix.py` deploys the
groups; `tests/component/test_change_matrix.py` fails if an option is neither in a group nor in `NO_CALL`.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Final, get_args, get_origin, is_typeddict

from aws_side import matching
from valid_args import hints

from secure_gateway.args import SecureGatewayArgs

ABSENT: Final = type("Absent", (), {"__repr__": lambda _: "ABSENT"})()
"""An option that is not given, or a path that AWS does not have."""
PRESENT: Final = type("Present", (), {"__repr__": lambda _: "PRESENT"})()
"""Any value."""


@dataclass(frozen=True)
class Containing:
    """A value that contains a text."""

    text: str


@dataclass(frozen=True)
class Among:
    """A text that is part of one of several values."""

    text: str


@dataclass(frozen=True)
class Option:
    """One option: its path in the args, its two values, and where AWS holds what."""

    path: str
    a: Any
    b: Any
    where: str
    """A path of `aws_side.flat`, in which `*` stands for any text."""
    holds: tuple[Any, Any] = (..., ...)
    """What is there with A and with B: a value, a list of the values at several paths, `ABSENT`, `PRESENT`,
    `Containing` or `Among`; `...` is the option's own value."""

    def expected(self) -> tuple[Any, Any]:
        """What AWS has with A and with B."""
        first, second = self.holds
        return self.a if first is ... else first, self.b if second is ... else second


@dataclass(frozen=True)
class Group:
    """Options that change in one deployment."""

    name: str
    base: Mapping[str, Any]
    """What stays the same: top-level args, or paths such as `waf.count`."""
    options: Sequence[Option]
    with_a: Mapping[str, Any] = field(default_factory=dict[str, Any])
    with_b: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What an option needs next to it, by path."""
    stays: Mapping[str, str] = field(default_factory=dict[str, str])
    """What the way back to A leaves different, by pattern, with the reason."""

    def args(self, which: str) -> dict[str, Any]:
        """The args with every option's value `a` or `b`."""
        made: dict[str, Any] = {}
        for path, value in {**self.base, **(self.with_a if which == "a" else self.with_b)}.items():
            put(made, path, value)
        for option in self.options:
            put(made, option.path, getattr(option, which))
        return made

    def reason_to_stay(self, option: Option) -> str:
        """Why the way back to A leaves the option's value B in AWS; empty if it does not."""
        return next((reason for pattern, reason in self.stays.items() if fnmatchcase(option.where, pattern)), "")

    def wrong(self, which: str, values: Mapping[str, Any], *, again: bool = False) -> dict[str, str]:
        """The options whose value AWS does not have, each with what it has."""
        found: dict[str, str] = {}
        for option in self.options:
            if again and self.reason_to_stay(option):
                continue
            expected = option.expected()[which == "b"]
            there = matching(values, option.where)
            if not agrees(expected, there):
                shown = {path: there[path] for path in list(there)[:6]}
                found[option.path] = f"{option.where}: expected {expected!r}, AWS has {shown}"
        return found


def agrees(expected: Any, there: Mapping[str, Any]) -> bool:
    """Whether the values at some paths are those that are expected."""
    found = list(there.values())
    if expected is ABSENT:
        return all(each in (None, [], "") for each in found)
    if expected is PRESENT:
        return any(each is not None for each in found)
    if isinstance(expected, list):
        return ordered(found) == ordered(expected)
    if isinstance(expected, Containing):
        return bool(found) and all(expected.text in str(each) for each in found)
    if isinstance(expected, Among):
        return any(expected.text in str(each) for each in found)
    return bool(found) and all(each == expected for each in found)


def ordered(values: list[Any]) -> list[str]:
    """The values as JSON, in an order of their own."""
    return sorted(json.dumps(each, sort_keys=True, default=str) for each in values)


def put(args: dict[str, Any], path: str, value: Any) -> None:
    """Set what is at a path; lists grow as needed."""
    if value is ABSENT:
        return
    at: Any = args
    names = path.split(".")
    for name, after in zip(names, [*names[1:], ""], strict=True):
        key: Any = name
        if isinstance(at, list):
            key = int(name)
            at.extend({} for _ in range(key + 1 - len(at)))
        if not after:
            at[key] = deepcopy(value)
        elif isinstance(at, list):
            at = at[key]
        else:
            at = at.setdefault(key, [] if after.isdigit() else {})


def owners(path: str) -> Iterator[tuple[str, str]]:
    """The fields on the way to a path, as (TypedDict, field): the containers, then the option."""
    hint: Any = SecureGatewayArgs
    for name in path.split("."):
        hint = _inside(hint)
        if is_typeddict(hint):
            yield hint.__name__, name
            hint = hints(hint)[name]
        else:  # a name in a map, or an index of a list
            hint = get_args(hint)[-1]


def _inside(hint: Any) -> Any:
    """The TypedDict, map or list among the alternatives of a hint."""
    if is_typeddict(hint) or get_origin(hint) in (Mapping, Sequence, dict, list):
        return hint
    return next(each for each in map(_inside, get_args(hint)) if each is not None) if get_args(hint) else None
