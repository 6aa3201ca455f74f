"""Pulumi's property values as they travel: plain JSON values, with marked objects for what JSON has no word for."""

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
"""What stands for a value that is not known yet."""

Properties = Mapping[str, Any]


def upgrade(properties: Properties, dependencies: Mapping[str, AbstractSet[str]]) -> dict[str, Any]:
    """Secrets, unknowns and what depends on a resource as output values: what a transform is given."""
    return {
        key: _with_dependencies(_upgraded(value), dependencies.get(key, frozenset()))
        for key, value in properties.items()
    }


def downgrade(properties: Properties) -> dict[str, Any]:
    """Output values back to secrets, unknowns and plain values."""
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
    """A value where each text that holds an unknown inside is unknown as a whole.

    A secure setting is given to the program as the mark of an unknown; what the program builds around it
    ("Bearer ...") cannot be read either.
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
