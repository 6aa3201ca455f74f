"""Checks settings against their JSON schema: the part of it that policies use, with words for people."""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from ..graph.values import is_list, is_object

_TYPES: Final[Mapping[str, type | tuple[type, ...]]] = {
    "array": list,
    "string": str,
    "boolean": bool,
    "number": (int, float),
    "integer": int,
    "object": Mapping,
}


def mistakes(schema: Mapping[str, Any], value: Any, place: str) -> Iterator[str]:
    """Each mistake of a value: where, what was given and what is allowed."""
    kind = schema.get("type", "")
    whole = int(value) if isinstance(value, float) and value.is_integer() else value  # the wire sends floats
    wrong_truth = isinstance(value, bool) and kind != "boolean"
    if kind and (wrong_truth or not isinstance(whole, _TYPES[kind])):
        yield f"{place}: given {_shown(value)}; allowed: {_named(kind)}"
    elif "enum" in schema and value not in schema["enum"]:
        allowed = ", ".join(map(str, schema["enum"]))
        yield f"{place}: given {_shown(value)}; allowed: {allowed}{nearest(str(value), map(str, schema['enum']))}"
    elif isinstance(whole, int | float):
        yield from _out_of_bounds(schema, whole, place)
    elif isinstance(value, str) and len(value.strip()) < schema.get("minLength", 0):
        yield f"{place}: given nothing; allowed: a text"
    elif is_list(value):
        for index, item in enumerate(value):
            yield from mistakes(schema.get("items", {}), item, f"{place}[{index}]")
    elif is_object(value):
        yield from _of_fields(schema, value, place)


def nearest(name: str, names: Iterable[str]) -> str:
    """The name that was meant, as the end of a message; nothing where none is near."""
    close = difflib.get_close_matches(name, list(names), n=1, cutoff=0.6)
    return f"; did you mean {close[0]!r}?" if close else ""


def _out_of_bounds(schema: Mapping[str, Any], value: float, place: str) -> Iterator[str]:
    least, most = schema.get("minimum"), schema.get("maximum")
    if (least is not None and value < least) or (most is not None and value > most):
        bounds = [f"{least} at least"] if least is not None else []
        bounds += [f"{most} at most"] if most is not None else []
        yield f"{place}: given {value}; allowed: {', '.join(bounds)}"


def _of_fields(schema: Mapping[str, Any], value: Mapping[str, Any], place: str) -> Iterator[str]:
    known: Mapping[str, Any] = schema.get("properties", {})
    for name in schema.get("required", ()):
        if name not in value:
            yield f"{place}.{name}: given nothing; allowed: {_named(known[name].get('type', 'value'))}"
    for name, item in value.items():
        if name in known:
            yield from mistakes(known[name], item, f"{place}.{name}")
        elif schema.get("additionalProperties") is False:
            yield f"{place}.{name}: not known here{nearest(name, known)}"


def _named(kind: str) -> str:
    words = {"string": "a text", "array": "a list", "boolean": "true or false", "integer": "a whole number"}
    return words.get(kind, f"an {kind}" if kind == "object" else f"a {kind}")


def _shown(value: Any) -> str:
    return repr(value) if isinstance(value, str | int | float | None) else f"a {type(value).__name__}"
