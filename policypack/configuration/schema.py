"""Validates settings against their JSON schema, as far as policies use it, with messages for people."""

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
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


def mistakes(schema: Mapping[str, Any], value: Any, path: str) -> Iterator[str]:
    """A message for each mistake in a value: its path and what is wrong."""
    kind = schema.get("type", "")
    whole = int(value) if isinstance(value, float) and value.is_integer() else value  # the engine sends floats
    unexpected_bool = isinstance(value, bool) and kind != "boolean"  # for Python, True is an int
    if "anyOf" in schema:
        yield from _of_any(schema["anyOf"], value, path)
    elif kind and (unexpected_bool or not isinstance(whole, _TYPES[kind])):
        yield f"{path}: expected {_named(kind)}, got {_shown(value)}"
    elif "enum" in schema and value not in schema["enum"]:
        allowed = ", ".join(map(str, schema["enum"]))
        yield f"{path}: expected one of {allowed}, got {_shown(value)}{nearest(str(value), map(str, schema['enum']))}"
    elif isinstance(whole, int | float):
        yield from _out_of_bounds(schema, whole, path)
    elif isinstance(value, str) and len(value.strip()) < schema.get("minLength", 0):
        yield f"{path}: must not be empty"
    elif isinstance(value, str) and not re.search(schema.get("pattern", ""), value):
        yield f"{path}: expected {schema['title']}, got {_shown(value)}"
    elif is_list(value):
        for index, item in enumerate(value):
            yield from mistakes(schema.get("items", {}), item, f"{path}[{index}]")
    elif is_object(value):
        yield from _of_fields(schema, value, path)


def _of_any(schemas: Sequence[Mapping[str, Any]], value: Any, path: str) -> Iterator[str]:
    """The mistakes by the schema of the value's type; each of the schemas is for another type."""
    own = [each for each in schemas if not isinstance(value, bool) and isinstance(value, _TYPES[each["type"]])]
    if own:
        yield from mistakes(own[0], value, path)
    else:
        yield f"{path}: expected {' or '.join(_named(each['type']) for each in schemas)}, got {_shown(value)}"


def nearest(name: str, names: Iterable[str]) -> str:
    """A suggestion of the name that was probably meant, as the end of a message; empty if no name is similar."""
    close = difflib.get_close_matches(name, list(names), n=1, cutoff=0.6)
    return f"; did you mean {close[0]!r}?" if close else ""


def _out_of_bounds(schema: Mapping[str, Any], value: float, path: str) -> Iterator[str]:
    least, most = schema.get("minimum"), schema.get("maximum")
    if (least is not None and value < least) or (most is not None and value > most):
        bounds = [f"at least {least}"] if least is not None else []
        bounds += [f"at most {most}"] if most is not None else []
        yield f"{path}: expected {' and '.join(bounds)}, got {value}"


def _of_fields(schema: Mapping[str, Any], value: Mapping[str, Any], path: str) -> Iterator[str]:
    known: Mapping[str, Any] = schema.get("properties", {})
    for name in schema.get("required", ()):
        if name not in value:
            yield f"{path}.{name}: this field is required"
    for name, item in value.items():
        if name in known:
            yield from mistakes(known[name], item, f"{path}.{name}")
        elif schema.get("additionalProperties") is False:
            yield f"{path}.{name}: unknown field{nearest(name, known)}"
        elif is_object(others := schema.get("additionalProperties")):
            yield from mistakes(others, item, f"{path}.{name}")


def _named(kind: str) -> str:
    names = {"array": "a list", "boolean": "true or false", "integer": "a whole number", "object": "an object"}
    return names.get(kind, f"a {kind}")


def _shown(value: Any) -> str:
    if isinstance(value, str | int | float | None):
        return repr(value)
    return "an object" if is_object(value) else "a list"
