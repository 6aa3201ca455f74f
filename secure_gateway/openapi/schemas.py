"""Schemas of request bodies, from OpenAPI 3.0 and 3.1 to the models of API Gateway (JSON schema draft 4).

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from ..validation.problems import Problems, join, listing, suggest
from ..validation.reader import is_list, is_object

PREFIX: Final = "#/components/schemas/"
_ANNOTATIONS: Final = frozenset(
    {
        *("title", "example", "examples", "default", "deprecated", "readOnly", "writeOnly", "xml", "externalDocs"),
        *("discriminator", "$schema", "$id", "id", "$comment", "contentMediaType", "contentEncoding"),
    }
)
"""Keywords that check nothing, or that AWS does not know and that forbid nothing."""
_UNSUPPORTED: Final = frozenset(
    {
        *("$defs", "$anchor", "$dynamicRef", "$dynamicAnchor", "prefixItems", "unevaluatedProperties", "if", "then"),
        *("unevaluatedItems", "else", "patternProperties", "dependentSchemas", "dependentRequired", "contains"),
        *("minContains", "maxContains", "propertyNames", "contentSchema"),
    }
)
"""Keywords that forbid something which AWS's models could not forbid."""
_UNCHECKED: Final = frozenset({"exclusiveMinimum", "exclusiveMaximum", "minItems", "maxItems"})
"""AWS: \"not supported\", and \"not included in simple request validation\"."""
_LISTS: Final = ("allOf", "anyOf", "oneOf")
_IGNORED_FORMATS: Final = frozenset({"int32", "int64", "float", "double"})


_TYPES: Final = ("array", "boolean", "integer", "null", "number", "object", "string")


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_type(value: Any) -> bool:
    return all(each in _TYPES for each in value) and bool(value) if is_list(value) else value in _TYPES


def _are_names(value: Any) -> bool:
    return is_list(value) and all(isinstance(each, str) for each in value) and len(set(value)) == len(value)


def _are_choices(value: Any) -> bool:
    return is_list(value) and len(value) > 0


_FORM = tuple[str, Callable[[Any], bool]]
_COUNT: Final[_FORM] = "a whole number, 0 or more", _is_count
_NUMBER: Final[_FORM] = "a number", _is_number
_FLAG: Final[_FORM] = "true or false", lambda value: isinstance(value, bool)
_BOUND: Final[_FORM] = "a number, or in draft 4 true or false", lambda value: isinstance(value, int | float)
_TEXT: Final[_FORM] = "a string", lambda value: isinstance(value, str)
_ANY: Final[_FORM] = "anything", lambda _: True
_OBJECT: Final[_FORM] = "an object", is_object
_SOME: Final[_FORM] = "a list that is not empty", _are_choices
_FORMS: Final[Mapping[str, _FORM]] = {
    "type": (f"one of {listing(_TYPES)}, or a list of them", _is_type),
    **dict.fromkeys(("properties", "definitions", "dependencies"), _OBJECT),
    **dict.fromkeys(("allOf", "anyOf", "oneOf", "enum"), _SOME),
    **dict.fromkeys(("items", "not", "additionalProperties", "const"), _ANY),
    **dict.fromkeys(("minimum", "maximum"), _NUMBER),
    **dict.fromkeys(("exclusiveMinimum", "exclusiveMaximum"), _BOUND),
    "multipleOf": ("a number above 0", lambda value: _is_number(value) and value > 0),
    **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"), _COUNT),
    **dict.fromkeys(("uniqueItems", "nullable"), _FLAG),
    **dict.fromkeys(("pattern", "format", "description"), _TEXT),
    "required": ("a list of names, each once", _are_names),
}
"""By keyword that is left after conversion, what is allowed and whether a value is."""


class Schemas:
    """Converts schemas, and keeps those of the components that are referred to, under names that AWS takes."""

    def __init__(self, components: Mapping[str, Any], place: str, problems: Problems) -> None:
        """Nothing is converted before something refers to it."""
        self._components = components
        self._place = place
        self._problems = problems
        self._names: dict[str, str] = {}
        self.kept: dict[str, Any] = {}
        self.unchecked: list[str] = []
        """Places of keywords that AWS takes and does not check."""

    @property
    def referred(self) -> frozenset[str]:
        """The components that something refers to, by their own names."""
        return frozenset(self._names)

    def convert(self, schema: Any, place: str) -> dict[str, Any]:
        """A schema in AWS's dialect; what cannot be said in it is a mistake at its place."""
        if isinstance(schema, bool):
            return {} if schema else {"not": {}}
        if not is_object(schema):
            self._problems.mismatch(place, "a schema, which is an object", schema)
            return {}
        fields = {str(key): value for key, value in schema.items()}
        if "$ref" in fields:
            return self._referring(fields, place)
        for key in sorted(_UNSUPPORTED & fields.keys()):
            self._problems.add(join(place, key), "API Gateway's models cannot check this keyword")
        self.unchecked += [join(place, key) for key in sorted(_UNCHECKED & fields.keys())]
        kept = {
            key: value
            for key, value in fields.items()
            if key not in _ANNOTATIONS | _UNSUPPORTED and not key.startswith("x-")
        }
        sound = {key: value for key, value in kept.items() if self._is_sound(key, value, place)}
        return self._nullable(self._bounded(self._nested(sound, place)))

    def _is_sound(self, key: str, value: Any, place: str) -> bool:
        """Whether AWS knows a keyword and takes its value; what not is a mistake at its place."""
        form = _FORMS.get(key)
        if form is None:
            message = f"is no keyword of JSON schema that API Gateway's models know{suggest(key, _FORMS)}"
            self._problems.add(join(place, key), message)
            return False
        expected, takes = form
        if not takes(value):
            self._problems.mismatch(join(place, key), expected, value)
        return takes(value)

    def _nested(self, fields: dict[str, Any], place: str) -> dict[str, Any]:
        for key in _LISTS:
            if isinstance(fields.get(key), list):
                path = join(place, key)
                fields[key] = [self.convert(each, f"{path}[{i}]") for i, each in enumerate(fields[key])]
        for key in ("not", "items", "additionalProperties"):
            if key in fields and not (key == "additionalProperties" and isinstance(fields[key], bool)):
                fields[key] = self.convert(fields[key], join(place, key))
        for key in ("properties", "definitions", "dependencies"):
            named, path = fields.get(key), join(place, key)
            if is_object(named):
                fields[key] = {
                    name: list(each)
                    if key == "dependencies" and _are_names(each)
                    else self.convert(each, join(path, name))
                    for name, each in ((str(name), each) for name, each in named.items())
                }
        return fields

    @staticmethod
    def _bounded(fields: dict[str, Any]) -> dict[str, Any]:
        """OpenAPI 3.1's numbers of exclusive bounds become draft 4's flags, and `const` an `enum`."""
        for side in ("Minimum", "Maximum"):
            exclusive, plain = f"exclusive{side}", side.lower()
            bound = fields.get(exclusive)
            if isinstance(bound, int | float) and not isinstance(bound, bool):
                other = fields.get(plain)
                tighter = max if side == "Minimum" else min
                fields[plain] = bound if other is None else tighter(bound, other)
                fields[exclusive] = fields[plain] == bound
            if fields.get("type") == "integer" and fields.get(exclusive) is True and isinstance(fields.get(plain), int):
                # The same without the flag, which AWS would not heed.
                fields[plain] += 1 if side == "Minimum" else -1
                del fields[exclusive]
        if "const" in fields:
            fields["enum"] = [fields.pop("const")]
        if fields.get("required") == []:
            del fields["required"]  # draft 4 takes none that is empty
        if fields.get("format") in _IGNORED_FORMATS:
            del fields["format"]
        return fields

    @staticmethod
    def _nullable(fields: dict[str, Any]) -> dict[str, Any]:
        """AWS knows no `nullable`: null is one more alternative."""
        types = fields.get("type")
        null = fields.pop("nullable", False) is True
        if not is_list(types):
            return {"anyOf": [fields, {"enum": [None]}]} if null else fields
        rest = {key: value for key, value in fields.items() if key != "type"}
        alternatives: list[dict[str, Any]] = [{"type": each, **rest} for each in types if each != "null"]
        if "null" in types or null:
            alternatives.append({"enum": [None]})
        return alternatives[0] if len(alternatives) == 1 else {"anyOf": alternatives}

    def _referring(self, fields: Mapping[str, Any], place: str) -> dict[str, Any]:
        reference = {"$ref": f"{PREFIX}{self._named(str(fields['$ref']), place)}"}
        beside = {
            key: value for key, value in fields.items() if key not in _ANNOTATIONS | {"$ref", "description", "summary"}
        }
        return {"allOf": [reference, self.convert(beside, place)]} if beside else reference

    def _named(self, reference: str, place: str) -> str:
        """The new name of a component; converted when it is first referred to, so circles end."""
        name = reference.removeprefix(PREFIX).replace("~1", "/").replace("~0", "~")
        if not reference.startswith(PREFIX) or name not in self._components:
            predicate = f"is not a reference to a schema of this document ({PREFIX}...): nothing else is fetched"
            self._problems.reject(join(place, "$ref"), reference, predicate)
            return "Unknown"
        if name not in self._names:
            plain = re.sub(r"[^A-Za-z0-9]", "", name) or "Model"
            taken = set(self._names.values())
            new = next(
                each for each in (plain, *(f"{plain}{n}" for n in range(2, len(taken) + 3))) if each not in taken
            )
            self._names[name] = new
            self.kept[new] = {}
            self.kept[new] = self.convert(self._components[name], join(self._place, name))
        return self._names[name]
