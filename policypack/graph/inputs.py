"""What the pack knows of the inputs of the resource types that it reads.

`inputs.json` lists them by type: those that the pack reads, what AWS computes, what cannot weaken a gateway with the
reason, and what may weaken one although the pack does not read it. An input in none of these lists is new to the pack.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, TypedDict

_FILE: Final = Path(__file__).with_suffix(".json")


class _Harmless(TypedDict):
    reason: str
    inputs: Mapping[str, str]


class _Undecided(TypedDict):
    reason: str
    layers: list[str]
    inputs: Mapping[str, str]


class _Table(TypedDict):
    """Names are separated by spaces; types are those of pulumi-aws, without `aws:`."""

    every: str
    """What resources of many types have, and only names or describes them."""
    instructions: Mapping[str, str]
    """Inputs about how the provider creates a resource; AWS does not return them."""
    read: Mapping[str, str]
    computed: Mapping[str, str]
    harmless: list[_Harmless]
    undecided: list[_Undecided]


@dataclass(frozen=True, slots=True)
class NotReadInput:
    """Why an input that the pack does not read may weaken a gateway."""

    reason: str
    layers: frozenset[str]


def passed(type_: str) -> frozenset[str]:
    """The inputs of a type that the pack reads or that cannot weaken a gateway; none for other types."""
    return _passed().get(type_, frozenset())


def returned(type_: str, name: str) -> bool:
    """Whether AWS returns an input of a type, so that outputs without it show that AWS does not have it."""
    return name not in _table()["instructions"].get(type_.removeprefix("aws:"), "").split()


def not_read(type_: str) -> Mapping[str, NotReadInput]:
    """The inputs of a type that may weaken a gateway although the pack does not read them."""
    return _not_read().get(type_, {})


@cache
def _table() -> _Table:
    return json.loads(_FILE.read_text("utf-8"))


@cache
def _passed() -> Mapping[str, frozenset[str]]:
    table = _table()
    every = frozenset(table["every"].split())
    found: dict[str, set[str]] = {}
    for names in (table["read"], table["computed"], *(group["inputs"] for group in table["harmless"])):
        for type_, each in names.items():
            found.setdefault(f"aws:{type_}", set()).update(each.split())
    return {type_: every | names for type_, names in found.items()}


@cache
def _not_read() -> Mapping[str, Mapping[str, NotReadInput]]:
    found: dict[str, dict[str, NotReadInput]] = {}
    for group in _table()["undecided"]:
        why = NotReadInput(group["reason"], frozenset(group["layers"]))
        for type_, names in group["inputs"].items():
            found.setdefault(f"aws:{type_}", {}).update(dict.fromkeys(names.split(), why))
    return found
