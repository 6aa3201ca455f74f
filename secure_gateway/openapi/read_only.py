"""Which properties are read-only, and which a schema requires, whichever of the schemas of one value say so.

In OpenAPI 3.0 `required` counts for a read-only property in responses only, so requests need not have it.
https://spec.openapis.org/oas/v3.0.3#fixed-fields-20 (`readOnly`)
"""

from collections.abc import Iterator, Mapping
from typing import Any

from ..validation.json_values import is_list, is_object
from .pointers import Pointers, is_reference


class ReadOnly:
    """Looks through references and compositions, and remembers what it found."""

    def __init__(self, pointers: Pointers) -> None:
        """Nothing is looked at before someone asks."""
        self._pointers = pointers.silent()
        self._names: dict[int, frozenset[str]] = {}
        self._required: dict[int, frozenset[str]] = {}

    def names(self, schema: Any) -> frozenset[str]:
        """The properties of a value that are read-only, according to a schema and all that it is composed of."""
        found = self._names.get(id(schema))
        if found is None:
            found = frozenset(
                str(name)
                for part in self._parts(schema, "allOf")
                for name, each in self._properties(part).items()
                if self._is_read_only(each)
            )
            self._names[id(schema)] = found
        return found

    def required(self, schema: Any) -> frozenset[str]:
        """The properties that a schema requires of a value, or something that it is composed of."""
        found = self._required.get(id(schema))
        if found is None:
            parts = self._parts(schema, "allOf", "anyOf", "oneOf")
            listed = (each.get("required") for each in parts)
            found = frozenset(str(name) for names in listed if is_list(names) for name in names)
            self._required[id(schema)] = found
        return found

    def _properties(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        properties = self._pointers.resolve(schema.get("properties"), "").value
        return properties if is_object(properties) else {}

    def _is_read_only(self, schema: Any) -> bool:
        return any(each.get("readOnly") is True for each in self._parts(schema, "allOf"))

    def _parts(self, schema: Any, *compositions: str) -> Iterator[Mapping[str, Any]]:
        """A schema, and all that are applied to the same value by reference or composition."""
        waiting, seen = [schema], set[int]()
        while waiting:
            each = waiting.pop()
            if is_reference(each):
                each = self._pointers.resolve(each, "").value
            if not is_object(each) or id(each) in seen:
                continue
            seen.add(id(each))
            yield each
            for key in compositions:
                parts = each.get(key)
                waiting += parts if is_list(parts) else []
