"""Reads YAML as JSON: the scalars of JSON, no duplicate keys, nothing that builds an object of another type.

PyYAML's loaders make dates of `2024-01-01`, seconds of `12:30:00` and booleans of `no`, take the second of two equal
keys, and need seconds for a document of 3 MB. So only its parser is used, the one in C where the platform has it.
"""

import re
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from ..validation.json_values import DEEPEST, is_list

_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_CORE: Final = "tag:yaml.org,2002:"
_CONSTANTS: Final = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER: Final = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NOT_FINITE: Final = re.compile(r"[-+]?\.inf|\.nan")
_MERGE: Final = "<<"


class YamlError(ValueError):
    """The string is not YAML, or contains what JSON cannot express; the message names the line."""


def read(text: str) -> Any:
    """The only document of a string. Raises YamlError."""
    try:
        return _Builder().build(text)
    except yaml.MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        raise YamlError(f"{line}{error.problem}") from error
    except yaml.YAMLError as error:
        raise YamlError((str(error).splitlines() or ["unreadable"])[0]) from error


@dataclass
class _Collection:
    """A map or list that is being read."""

    value: dict[str, Any] | list[Any]
    anchor: str | None
    key: str | None = None
    is_merge: bool = False
    merged: list[Any] = field(default_factory=list[Any])


class _Builder:
    """Builds values from the parser's events, without recursion."""

    def __init__(self) -> None:
        self._open: list[_Collection] = []
        self._anchors: dict[str, Any] = {}
        self._documents: list[Any] = []

    def build(self, text: str) -> Any:
        for event in yaml.parse(text, Loader=_LOADER):
            if isinstance(event, yaml.ScalarEvent):
                self._scalar(event)
            elif isinstance(event, yaml.CollectionStartEvent):
                self._start(event)
            elif isinstance(event, yaml.CollectionEndEvent):
                self._end(event)
            elif isinstance(event, yaml.AliasEvent):
                self._alias(event)
            elif isinstance(event, yaml.DocumentStartEvent) and self._documents:
                raise _wrong(event, "a second document begins")
        return self._documents[0] if self._documents else None

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        here = self._open[-1] if self._open else None
        if here is not None and isinstance(here.value, dict) and here.key is None:
            if event.anchor is not None:
                self._anchors[event.anchor] = event.value
            self._key(here, event)
            return
        value = _scalar(event)
        if event.anchor is not None:
            self._anchors[event.anchor] = value
        self._add(value, event)

    def _key(self, here: _Collection, event: yaml.ScalarEvent) -> None:
        here.is_merge = event.value == _MERGE and event.implicit[0] and not event.style
        here.key = str(event.value)
        if here.key in here.value or (here.is_merge and here.merged):
            raise _wrong(event, f"{here.key!r} is given twice")

    def _start(self, event: Any) -> None:
        is_map = isinstance(event, yaml.MappingStartEvent)
        if event.tag not in (None, "!", f"{_CORE}{'map' if is_map else 'seq'}"):
            raise _wrong(event, f"the tag {event.tag!r} has no meaning in JSON")
        self._require_key(event)
        self._open.append(_Collection(value={} if is_map else [], anchor=event.anchor))
        if len(self._open) > DEEPEST:
            raise _wrong(event, f"nested more than {DEEPEST} levels deep")

    def _end(self, event: Any) -> None:
        done = self._open.pop()
        if isinstance(done.value, dict):
            # Keys of the map itself count more than merged ones, and earlier merged ones more than later ones.
            for each in done.merged:
                done.value.update({key: value for key, value in each.items() if key not in done.value})
        if done.anchor is not None:
            self._anchors[done.anchor] = done.value
        self._add(done.value, event)

    def _alias(self, event: yaml.AliasEvent) -> None:
        if event.anchor not in self._anchors:
            raise _wrong(event, f"the alias {event.anchor!r} names nothing, or contains itself")
        self._require_key(event)
        self._add(self._anchors[event.anchor], event)

    def _require_key(self, event: Any) -> None:
        here = self._open[-1] if self._open else None
        if here is not None and isinstance(here.value, dict) and here.key is None:
            raise _wrong(event, "a key must be a string")

    def _add(self, value: Any, event: Any) -> None:
        here = self._open[-1] if self._open else None
        if here is None:
            self._documents.append(value)
        elif isinstance(here.value, list):
            here.value.append(value)
        elif here.is_merge:
            merged = list(value) if is_list(value) else [value]
            if not all(isinstance(each, dict) for each in merged):
                raise _wrong(event, "`<<` must be followed by a map, or a list of maps")
            here.merged += merged
            here.key, here.is_merge = None, False
        else:
            here.value[here.key or ""] = value
            here.key = None


def _scalar(event: yaml.ScalarEvent) -> Any:
    value, tag = str(event.value), event.tag
    if tag is None and not event.implicit[0]:
        return value  # quoted, or a block
    if tag in ("!", f"{_CORE}str"):
        return value
    resolved = _resolved(value)
    if tag is None:
        return resolved
    kinds: dict[str, type | tuple[type, ...]] = {"null": type(None), "bool": bool, "int": int, "float": (int, float)}
    kind = kinds.get(tag.removeprefix(_CORE))
    if kind is None or not isinstance(resolved, kind) or (isinstance(resolved, bool) and kind is not bool):
        raise _wrong(event, f"the tag {tag!r} has no meaning in JSON, or does not fit the value")
    return float(resolved) if tag == f"{_CORE}float" else resolved


def _resolved(value: str) -> Any:
    """What a plain scalar means."""
    if value in _CONSTANTS:
        return _CONSTANTS[value]
    if value[0] not in "-+.0123456789":
        return value
    if _INTEGER.fullmatch(value):
        return int(value)
    if _FLOAT.fullmatch(value):
        return float(value)
    return float(value.replace(".", "", 1)) if _NOT_FINITE.fullmatch(value) else value


def _wrong(event: Any, what: str) -> YamlError:
    mark = event.start_mark
    return YamlError(f"line {mark.line + 1}: {what}" if mark else what)
