"""Mutants that the pack does not notice, and why that is right: reads and validates `equivalent.yaml`.

`README.md` explains the format of that file and the language of its patterns.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from policypack.graph.values import is_list, is_object
from policypack.sources import documents

FILE: Final = Path(__file__).with_name("equivalent.yaml")
OPERATORS: Final = frozenset(
    {
        *("removed", "dropped", "weaker", "unknown", "emptied", "garbled", "other", "zero", "negative", "huge"),
        *("turned on", "turned off", "led elsewhere", "re-pointed", "exchanged"),
    }
)
"""How a mutant differs from its base."""
_END: Final = re.compile(rf"(?:\*\*|[ {{|](?:{'|'.join(sorted(OPERATORS))}))\}}*$")
_FIELDS: Final = {"meaning", "may_be_caught", "reasons"}
_PREVIEWS: Final = "minimal|recommended|partner|internal|authorizer|openapi"
_WORDS: Final = {
    "ALARM[": "{MetricAlarm|Alarm}[",
    "OURS": f"{{{_PREVIEWS}|recommended, deployed}}",
    "PREVIEWS": f"{{{_PREVIEWS}}}",
}


@dataclass(frozen=True, order=True)
class Explanation:
    """Why it is right that mutants of a pattern are not noticed."""

    kind: str
    why: str
    pattern: str


class TableError(Exception):
    """The table is not as `README.md` says; the message names the path."""


def parse(table: Any) -> tuple[dict[str, str], frozenset[str], tuple[Explanation, ...]]:
    """The meaning of each kind, the kinds of which no mutant may be caught, and all explanations."""
    meanings: dict[str, str] = {}
    tight: set[str] = set()
    found: list[Explanation] = []
    for kind, entry in _object(table, "the table").items():
        fields = _object(entry, kind)
        if set(fields) != _FIELDS:
            raise TableError(f"{kind}: its fields are not {', '.join(sorted(_FIELDS))}")
        meaning, may_be_caught = fields["meaning"], fields["may_be_caught"]
        if not isinstance(meaning, str) or not meaning:
            raise TableError(f"{kind}.meaning: is not a string")
        if not isinstance(may_be_caught, bool):
            raise TableError(f"{kind}.may_be_caught: is neither true nor false")
        meanings[kind] = meaning
        tight |= set() if may_be_caught else {kind}
        for why, patterns in _object(fields["reasons"], f"{kind}.reasons").items():
            found += [Explanation(kind, why, each) for each in _patterns(patterns, f"{kind}.reasons.{why}")]
    seen: set[str] = set()
    for each in found:
        if each.pattern in seen:
            raise TableError(f"{each.kind}.reasons.{each.why}: {each.pattern!r} is there twice")
        seen.add(each.pattern)
    return meanings, frozenset(tight), tuple(found)


def _object(value: Any, path: str) -> Mapping[str, Any]:
    if not is_object(value) or not value:
        raise TableError(f"{path}: is not an object, or is empty")
    return value


def _patterns(value: Any, path: str) -> Iterator[str]:
    if not is_list(value) or not value:
        raise TableError(f"{path}: is not a list, or is empty")
    for each in value:
        if not isinstance(each, str) or not _is_balanced(each):
            raise TableError(f"{path}: {each!r} is not a pattern")
        if not _END.search(each):
            raise TableError(f"{path}: {each!r} ends with no operator")
        yield each


def _is_balanced(pattern: str) -> bool:
    depth = 0
    for each in pattern:
        depth += {"{": 1, "}": -1}.get(each, 0)
        if depth < 0 or (each == "|" and depth == 0):
            return False
    return depth == 0


def every() -> tuple[Explanation, ...]:
    """All explanations."""
    return _EVERY


def explanations(base: str, kind: str) -> list[Explanation]:
    """Why it is right that a mutant of a base is not noticed; empty if nothing explains it."""
    return [each for each in _EVERY if _fits(each.pattern, base, kind)]


def _fits(pattern: str, base: str, kind: str) -> bool:
    about, found, rest = pattern.partition(": ")
    if not found:
        return _compiled(pattern).fullmatch(kind) is not None
    return _compiled(about).fullmatch(base) is not None and _compiled(rest).fullmatch(kind) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    words = {"**": ".*", "*": "[^. ]*", "{": "(?:", "|": "|", "}": ")"}
    written = re.sub(r"METHOD(?!\[)", "METHOD[*]", pattern)
    for word, meant in _WORDS.items():
        written = written.replace(word, meant)
    parts: list[str] = re.findall(r"\*\*|.", written)
    return re.compile("".join(words[each] if each in words else re.escape(each) for each in parts))


KINDS, TIGHT, _EVERY = parse(documents.read(FILE))
"""The kinds of explanations with their meanings; the kinds that a caught mutant contradicts."""
