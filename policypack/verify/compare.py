"""Compares two spellings of a value: that of the state, as pulumi-aws writes it, and that of AWS.

Names differ in case and number, blocks are lists of one item, maps are lists of pairs, and lists have no order. What is
false, zero or empty is the same as what is absent. JSON in strings is compared by its meaning.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ..graph.values import UNKNOWN, is_list, is_object

_NUMBER: Final = re.compile(r"-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,9})?")
_EXECUTE_API: Final = re.compile(r"arn:aws[\w-]*:execute-api:[\w*-]*:[\w*]*:[\w*]+/")
_ROOT: Final = re.compile(r"arn:aws[\w-]*:iam::([0-9]{12}):root")
_IDENTITIES: Final = ("name", "key", "id", "fieldtype", "priority")
_LONGEST: Final = 120


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """One value that differs."""

    path: tuple[str, ...]
    recorded: Any
    """The value in the state; UNKNOWN if it is an encrypted secret."""
    held: Any
    """The value in AWS."""

    @property
    def is_unknown(self) -> bool:
        """Whether the values cannot be compared."""
        return self.recorded is UNKNOWN

    def described(self, *, hidden: bool = False) -> str:
        """The difference as a predicate. `hidden` leaves the values out, since they may be secret."""
        where = ".".join(self.path)
        if hidden or not (_is_short(self.recorded) and _is_short(self.held)):
            return f"has another {where} in AWS than in the state"
        return f"has {where} {_shown(self.held)} in AWS, and {_shown(self.recorded)} in the state"


def differences(recorded: Any, held: Any, path: tuple[str, ...] = ()) -> Iterator[Difference]:
    """What differs between a value of the state and one of AWS."""
    yield from _compared(canonical(recorded), canonical(held), path)


def canonical(value: Any) -> Any:
    """A value in the spelling in which two of them are compared."""
    if isinstance(value, bytes):
        value = value.decode("utf-8", errors="replace")
    if isinstance(value, str):
        return _of_string(value)
    if is_object(value):
        return _of_object(value)
    if is_list(value):
        items = [canonical(each) for each in value]
        pairs = _as_map(items)
        if pairs is not None:
            return pairs
        return items[0] if len(items) == 1 else sorted(items, key=_order)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _of_object(value: Mapping[str, Any]) -> Mapping[str, Any]:
    """An object without empty members. An empty object that is the only member is a choice, such as `{"block": {}}`."""
    members = {_name(key): each for key, item in value.items() if not _is_empty(each := canonical(item))}
    filled = {key: each for key, each in members.items() if each != {}}
    return filled or members


def _compared(recorded: Any, held: Any, path: tuple[str, ...]) -> Iterator[Difference]:
    if recorded is UNKNOWN:
        yield Difference(path=path, recorded=recorded, held=held)
        return
    recorded, held = _alike(recorded, held)
    if is_object(recorded) and is_object(held):
        if recorded.keys() != held.keys() and {} in (*recorded.values(), *held.values()):  # another choice
            yield Difference(path=path, recorded=_choice(recorded), held=_choice(held))
            return
        for name in sorted({*recorded, *held}):
            yield from _compared(recorded.get(name), held.get(name), (*path, name))
    elif is_list(recorded) and is_list(held) and (key := _identity([*recorded, *held])):
        ours, theirs = ({str(each[key]): each for each in many} for many in (recorded, held))
        for name in sorted({*ours, *theirs}):
            yield from _compared(ours.get(name), theirs.get(name), (*path, name))
    elif recorded != held and not (_is_nothing(recorded) and _is_nothing(held)):
        yield Difference(path=path, recorded=recorded, held=held)


def _alike(recorded: Any, held: Any) -> tuple[Any, Any]:
    """Both values as lists, or neither: a list of one item is the same as that item."""
    if is_list(recorded) and held is not None and not is_list(held):
        return recorded, [held]
    if is_list(held) and recorded is not None and not is_list(recorded):
        return [recorded], held
    return recorded, held


def _identity(items: Sequence[Any]) -> str:
    """The field that identifies the objects of two lists; empty if there is none."""
    if not items or not all(map(is_object, items)):
        return ""
    for name in _IDENTITIES:
        if all(isinstance(each.get(name), str | int) for each in items):
            return name
    return ""


def _as_map(items: Sequence[Any]) -> Mapping[str, Any] | None:
    """A list of names with values, or of keys with objects, as a map; None if it is another list."""
    if not items or not all(map(is_object, items)):
        return None
    if all(each.keys() == {"name", "value"} for each in items):
        return {_name(str(each["name"])): each["value"] for each in items}
    for key in ("path", "routekey"):
        if all(isinstance(each.get(key), str) for each in items):
            return {_name(each[key]): {k: v for k, v in each.items() if k != key} for each in items}
    if all("key" in each and "content" in each for each in items):
        return {_name(str(each["key"])): {k: v for k, v in each.items() if k != "key"} for each in items}
    return None


def _name(name: str) -> str:
    plain = re.sub(r"[^a-z0-9*/$.]", "", name.lower())
    return f"{plain[:-3]}y" if plain.endswith("ies") else plain.removesuffix("s")


def _is_empty(value: Any) -> bool:
    return value is None or (value is not UNKNOWN and not is_object(value) and not value)


def _is_nothing(value: Any) -> bool:
    return _is_empty(value) or value == {}


def _order(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=str)


def _of_string(value: str) -> Any:
    if value in {"true", "false"}:
        return value == "true"
    if _NUMBER.fullmatch(value):
        number = float(value)
        return int(number) if number.is_integer() else number
    text = value.strip()
    if text[:1] in {"{", "["}:
        try:
            return _of_document(json.loads(text))
        except (ValueError, RecursionError):
            return text
    return text.removesuffix(":*") if text.startswith("arn:") else text


def _of_document(value: Any) -> Any:
    """A JSON document, such as a policy, in which a list of one item is that item."""
    if is_object(value):
        if list(value) == ["AWS"] and value["AWS"] in ("*", ["*"]):
            return "*"
        return {str(key): _of_document(item) for key, item in value.items()}
    if is_list(value):
        items = sorted(map(_of_document, value), key=_order)
        return items[0] if len(items) == 1 else items
    if isinstance(value, str):
        return _ROOT.sub(r"\1", _EXECUTE_API.sub("execute-api:/", value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def policy(value: Any) -> Any:
    """A policy, given as an object or as JSON with or without escapes, as the JSON of its meaning."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            try:
                value = json.loads(value.replace('\\"', '"').replace("\\/", "/"))
            except ValueError:
                return value
    return json.dumps(value) if value else None


def _choice(value: Mapping[str, Any]) -> Any:
    return next(iter(value)) if len(value) == 1 else value


def _is_short(value: Any) -> bool:
    return value is None or isinstance(value, bool | int | float) or (isinstance(value, str) and len(value) <= _LONGEST)


def _shown(value: Any) -> str:
    return "no value" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
