"""Pulumi's property values in wire format: JSON values, with tagged objects for what JSON cannot express."""

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from typing import Any, Final

from ..graph.values import (
    OUTPUT_VALUE,
    RESOURCE_REFERENCE,
    SECRET,
    SIGNATURE,
    UNKNOWNS,
)

UNKNOWN: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""The string that stands for an unknown value."""

Properties = Mapping[str, Any]


def upgrade(properties: Properties, dependencies: Mapping[str, AbstractSet[str]]) -> dict[str, Any]:
    """Properties as a transform receives them: secrets, unknowns and values with dependencies become output values."""
    return {
        key: _with_dependencies(_upgraded(value), dependencies.get(key, frozenset()))
        for key, value in properties.items()
    }


def downgrade(properties: Properties) -> dict[str, Any]:
    """Properties as they were before `upgrade`: output values become secrets, unknowns and plain values."""
    return {key: _downgraded(value) for key, value in properties.items()}


def dependencies_of(value: Any) -> frozenset[str]:
    """The URNs that the output values inside a value depend on."""
    match value:
        case {**fields} if fields.get(SIGNATURE) == OUTPUT_VALUE:
            return frozenset(fields.get("dependencies", ())) | dependencies_of(fields.get("value"))
        case {**fields}:
            return frozenset[str]().union(*map(dependencies_of, fields.values()))
        case [*items]:
            return frozenset[str]().union(*map(dependencies_of, items))
        case _:
            return frozenset()


def blurred(value: Any) -> Any:
    """A value in which each string that contains an unknown becomes unknown as a whole.

    The program receives a secure setting as the string that stands for an unknown. A string that the program builds
    from it, such as `Bearer ...`, is unknown too.
    """
    if isinstance(value, str):
        return UNKNOWN if any(mark in value for mark in UNKNOWNS) else value
    return _each(value, blurred)


def has_unknown(value: Any) -> bool:
    """Whether a value, or anything inside it, is unknown."""
    match value:
        case str():
            return value in UNKNOWNS
        case {**fields}:
            return any(map(has_unknown, fields.values()))
        case [*items]:
            return any(map(has_unknown, items))
        case _:
            return False


def _each(value: Any, change: Callable[[Any], Any]) -> Any:
    match value:
        case {**fields}:
            return {key: change(item) for key, item in fields.items()}
        case [*items]:
            return [change(item) for item in items]
        case _:
            return value


def _upgraded(value: Any) -> Any:
    match value:
        case str() if value in UNKNOWNS:
            return {SIGNATURE: OUTPUT_VALUE}
        case {"value": inner, **fields} if fields.get(SIGNATURE) == SECRET:
            known = {} if isinstance(inner, str) and inner in UNKNOWNS else {"value": _upgraded(inner)}
            return {SIGNATURE: OUTPUT_VALUE, "secret": True, **known}
        case {**fields} if fields.get(SIGNATURE) in (RESOURCE_REFERENCE, OUTPUT_VALUE):
            return fields
        case _:
            return _each(value, _upgraded)


def _with_dependencies(value: Any, urns: AbstractSet[str]) -> Any:
    if urns <= dependencies_of(value):
        return value
    match value:
        case {**fields} if fields.get(SIGNATURE) == OUTPUT_VALUE:
            return {**fields, "dependencies": sorted({*fields.get("dependencies", ()), *urns})}
        case _:
            return {SIGNATURE: OUTPUT_VALUE, "value": value, "dependencies": sorted(urns)}


def _downgraded(value: Any) -> Any:
    match value:
        case {**fields} if fields.get(SIGNATURE) == OUTPUT_VALUE:
            inner = _downgraded(fields["value"]) if "value" in fields else UNKNOWN
            return {SIGNATURE: SECRET, "value": inner} if fields.get("secret") else inner
        case _:
            return _each(value, _downgraded)
