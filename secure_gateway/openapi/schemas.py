"""Schemas of request bodies, from OpenAPI 3.0 and 3.1 to the models of API Gateway (JSON schema draft 4).

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from ..problems import Problems, Shown, join
from ..reader import is_list, is_object

PREFIX: Final = "#/components/schemas/"
_ANNOTATIONS: Final = frozenset(
    {
        *("title", "example", "examples", "default", "deprecated", "readOnly", "writeOnly", "xml", "externalDocs"),
        *("discriminator", "$schema", "$id", "$comment", "contentMediaType", "contentEncoding"),
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
            self._problems.add(place, given=Shown("no schema"), allowed="a schema, which is an object")
            return {}
        fields = {str(key): value for key, value in schema.items()}
        if "$ref" in fields:
            return self._referring(fields, place)
        for key in sorted(_UNSUPPORTED & fields.keys()):
            self._problems.add(
                join(place, key), given=key, allowed="a schema without it: API Gateway's models cannot check it"
            )
        self.unchecked += [join(place, key) for key in sorted(_UNCHECKED & fields.keys())]
        kept = {
            key: value
            for key, value in fields.items()
            if key not in _ANNOTATIONS | _UNSUPPORTED and not key.startswith("x-")
        }
        return self._nullable(self._bounded(self._nested(kept, place)))

    def _nested(self, fields: dict[str, Any], place: str) -> dict[str, Any]:
        for key in _LISTS:
            if isinstance(fields.get(key), list):
                path = join(place, key)
                fields[key] = [self.convert(each, f"{path}[{i}]") for i, each in enumerate(fields[key])]
        for key in ("not", "items", "additionalProperties"):
            if key in fields and not (key == "additionalProperties" and isinstance(fields[key], bool)):
                fields[key] = self.convert(fields[key], join(place, key))
        properties = fields.get("properties")
        if is_object(properties):
            path = join(place, "properties")
            fields["properties"] = {str(k): self.convert(v, join(path, str(k))) for k, v in properties.items()}
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
            allowed = f"a reference to a schema of this document ({PREFIX}...): nothing else is fetched"
            self._problems.add(join(place, "$ref"), given=reference, allowed=allowed)
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
