"""Schemas of request bodies, from OpenAPI 3.0 and 3.1 to the models of API Gateway (JSON schema draft 4).

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
"""

import json
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from ..validation.json_values import is_list, is_object
from ..validation.problems import Problems, join, listing, nearest
from .dropped import Dropped
from .members import DOCUMENTATION, EXTENSION
from .pointers import Pointers, Target, is_reference
from .read_only import ReadOnly

PREFIX: Final = "#/components/schemas/"
_ANNOTATIONS: Final = frozenset(
    {
        *("title", "example", "examples", "default", "deprecated", "readOnly", "writeOnly", "xml", "externalDocs"),
        *("discriminator", "$schema", "$id", "id", "$comment", "contentMediaType", "contentEncoding"),
        *("$anchor", "$dynamicAnchor", "$recursiveAnchor", "$vocabulary"),
    }
)
"""Keywords that check nothing, or that AWS does not know and that forbid nothing."""
UNSUPPORTED: Final = frozenset(
    {
        *("$dynamicRef", "$recursiveRef", "prefixItems", "unevaluatedProperties", "if", "then"),
        *("unevaluatedItems", "else", "patternProperties", "dependentSchemas", "dependentRequired", "contains"),
        *("minContains", "maxContains", "propertyNames", "contentSchema"),
    }
)
"""Keywords that forbid something which AWS's models could not forbid."""
_DEFINITIONS: Final = frozenset({"$defs"})
"""Keywords that forbid nothing themselves."""
_SOMETIMES_EMPTY: Final = ("allOf", "anyOf", "oneOf", "enum")
_DROPPED: Final = _ANNOTATIONS | UNSUPPORTED | _DEFINITIONS
_LONGEST_NAME: Final = 60
"""Characters of a model's name, where the document gives it none."""
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


def check_unchecked(keyword: str) -> str | None:
    """What is wrong with a keyword that API Gateway allegedly cannot check."""
    if keyword in _FORMS or keyword == "$ref":
        return "is a keyword that API Gateway checks"
    return "checks nothing and needs no entry" if keyword in _ANNOTATIONS | _DEFINITIONS else None


class Schemas:
    """Converts schemas, and keeps those that are referred to, under names that AWS accepts."""

    def __init__(
        self,
        pointers: Pointers,
        problems: Problems,
        dropped: Dropped,
        *,
        is_openapi_3_0: bool = False,
        unchecked: Collection[str] = (),
        option: str = "",
    ) -> None:
        """Nothing is converted before something refers to it.

        In OpenAPI 3.0 a request need not have read-only properties, and nothing next to a `$ref` counts. `unchecked`
        are keywords that may be left out although they forbid something, as the user says in `option`.
        """
        self._unchecked = frozenset(unchecked)
        self._option = option
        self._pointers = pointers
        self._problems = problems
        self._dropped = dropped
        self._is_openapi_3_0 = is_openapi_3_0
        self._read_only = ReadOnly(pointers)
        self._names: dict[tuple[str, frozenset[str] | None], str] = {}
        self._waiting: list[tuple[str, Target, frozenset[str] | None]] = []
        self._applied: dict[str, set[tuple[str, str]]] = {}
        self._converting = ""
        self.models: dict[str, Any] = {}
        self.left_unchecked: set[str] = set()
        self.read: set[str] = set()
        """Paths of what references led to."""

    def convert(self, schema: Any, path: str) -> dict[str, Any]:
        """A schema in AWS's dialect; what that cannot express is a mistake at its path."""
        converted = self._convert(schema, path, frozenset() if self._is_openapi_3_0 else None)
        # Not where they are referred to: a chain of components may be longer than any stack.
        while self._waiting:
            name, target, sent = self._waiting.pop()
            self._converting = name
            self.models[name] = self._convert(target.value, target.path, sent, applied=True)
            self._converting = ""
        return converted

    def refuse_circles(self) -> None:
        """A schema that applies itself to the same value validates nothing, and AWS cannot import it."""
        for name in self._applied:
            waiting, met = list(self._applied[name]), set[str]()
            while waiting:
                following, path = waiting.pop()
                if following == name:
                    self._problems.add(path, "makes the schema a part of itself: no value could be validated")
                    break
                if following not in met:
                    met.add(following)
                    waiting += self._applied.get(following, ())

    def _convert(
        self, schema: Any, path: str, unsent: frozenset[str] | None, *, applied: bool = False
    ) -> dict[str, Any]:
        """`unsent` are the read-only properties that other schemas of the value name; None if they do not matter."""
        if isinstance(schema, bool):
            return {} if schema else {"not": {}}
        if not is_object(schema):
            self._problems.mismatch(path, "a schema, which is an object", schema)
            return {}
        fields = {str(key): value for key, value in schema.items()}
        if is_reference(schema):
            self.read.add(path)
            return self._referring(fields, path, unsent, applied=applied)
        self._refuse_base(fields, path)
        for key in sorted(fields):
            self._drop(key, join(path, key))
        ignored = _DROPPED | self._unchecked
        kept = {key: value for key, value in fields.items() if key not in ignored and not key.startswith("x-")}
        sound = {key: value for key, value in kept.items() if self._is_sound(key, value, path)}
        if unsent is not None:
            unsent |= self._read_only.names(schema)
            if "required" in sound:
                sound["required"] = [name for name in sound["required"] if name not in unsent]
        return self._nullable(self._bounded(self._nested(sound, path, unsent, applied=applied)))

    def _drop(self, key: str, path: str) -> None:
        if key in _ANNOTATIONS:
            self._dropped.add(path, DOCUMENTATION)
        elif key in _DEFINITIONS:
            self._dropped.add(path, "definitions, which are read where something refers to them")
        elif key in _UNCHECKED:
            self._dropped.add(path, "API Gateway does not check it")
        elif key.startswith("x-"):
            self._dropped.add(path, EXTENSION)
        elif key in self._unchecked:
            self.left_unchecked.add(key)
            self._dropped.add(path, "API Gateway cannot check it")
        elif key in UNSUPPORTED:
            remedy = f": if the backend checks it, list it in `{self._option}`" if self._option else ""
            self._problems.add(path, f"API Gateway's models cannot check this keyword{remedy}")

    def _refuse_base(self, fields: Mapping[str, Any], path: str) -> None:
        """`$id` changes what the references below it mean; AWS knows no such thing."""
        for key in ("$id", "id"):
            if isinstance(fields.get(key), str) and '"$ref"' in json.dumps(fields, default=str):
                self._problems.add(join(path, key), "changes what each `$ref` below it refers to: remove it")

    def _is_sound(self, key: str, value: Any, path: str) -> bool:
        """Whether AWS knows a keyword and takes its value; what not is a mistake at its path."""
        form = _FORMS.get(key)
        if form is None:
            message = f"is no keyword of JSON schema that API Gateway's models know{nearest(key, _FORMS)}"
            self._problems.add(join(path, key), message)
            return False
        expected, takes = form
        if value == [] and key in _SOMETIMES_EMPTY:
            self._problems.add(join(path, key), "must not be empty")
            return False
        if not takes(value):
            self._problems.mismatch(join(path, key), expected, value)
        return takes(value)

    def _nested(
        self, fields: dict[str, Any], path: str, unsent: frozenset[str] | None, *, applied: bool
    ) -> dict[str, Any]:
        fresh: frozenset[str] | None = None if unsent is None else frozenset()
        for key in _LISTS:
            if isinstance(fields.get(key), list):
                where = join(path, key)
                fields[key] = [
                    self._convert(each, f"{where}[{i}]", unsent, applied=applied) for i, each in enumerate(fields[key])
                ]
        if "not" in fields:
            # A name less in what is forbidden would forbid more.
            fields["not"] = self._convert(fields["not"], join(path, "not"), None, applied=applied)
        for key in ("items", "additionalProperties"):
            if key in fields and not (key == "additionalProperties" and isinstance(fields[key], bool)):
                fields[key] = self._convert(fields[key], join(path, key), fresh)
        for key in ("properties", "definitions", "dependencies"):
            if key in fields:
                target = self._pointers.resolve(fields[key], join(path, key))
                self.read.add(target.path)
                fields[key] = self._named_schemas(key, target, fresh)
        return fields

    def _named_schemas(self, key: str, target: Target, unsent: frozenset[str] | None) -> dict[str, Any]:
        if not is_object(target.value):
            return {}
        return {
            str(name): list(each)
            if key == "dependencies" and _are_names(each)
            else self._convert(each, join(target.path, str(name)), unsent)
            for name, each in target.value.items()
        }

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

    def _referring(
        self, fields: dict[str, Any], path: str, unsent: frozenset[str] | None, *, applied: bool
    ) -> dict[str, Any]:
        reference = {"$ref": f"{PREFIX}{self._named(fields.pop('$ref'), path, unsent, applied=applied)}"}
        beside: dict[str, Any] = {}
        for key, value in fields.items():
            where = join(path, key)
            if key in _ANNOTATIONS | {"description", "summary"}:
                self._dropped.add(where, DOCUMENTATION)
            elif self._is_openapi_3_0:
                self._dropped.add(where, "OpenAPI 3.0 ignores what is next to a `$ref`")
            else:
                beside[key] = value
        if not beside:
            return reference
        converted = self._convert(beside, path, unsent, applied=applied)
        return {"allOf": [reference, converted]} if converted else reference

    def _named(self, reference: str, path: str, unsent: frozenset[str] | None, *, applied: bool) -> str:
        """The new name of a schema of the document, which is converted once, however often it is referred to."""
        target = self._last(reference, path)
        if target is None:
            return "Unknown"
        if unsent:
            # What others call read-only matters to a schema that requires it.
            unsent &= self._read_only.required(target.value)
        key = target.path, unsent
        if key not in self._names:
            self.read.add(target.path)
            name = self._new_name(target)
            self._names[key] = name
            self.models[name] = {}
            self._waiting.append((name, target, unsent))
        if applied and self._converting:
            self._applied.setdefault(self._converting, set()).add((self._names[key], join(path, "$ref")))
        return self._names[key]

    def _last(self, reference: str, path: str) -> Target | None:
        """What a reference leads to at last: a schema that is another reference and nothing else is no model."""
        target = self._pointers.follow(reference, path)
        while target is not None and is_reference(target.value) and len(target.value) == 1:
            self.read.add(target.path)
            target = self._pointers.follow(target.value["$ref"], target.path)
        return target

    def _new_name(self, target: Target) -> str:
        """Letters and digits, from the last steps of the pointer; the component's own name where it is one."""
        tokens = target.tokens or ()
        if tokens[:2] == ("components", "schemas"):
            tokens = tokens[2:]
        words = [re.sub(r"[^A-Za-z0-9]", "", each) for each in tokens]
        plain = "".join(words if len(words) == 1 else [each[:1].upper() + each[1:] for each in words])
        plain = plain[-_LONGEST_NAME:] if len(tokens) > 1 else plain
        plain = plain or "Model"
        taken = self.models.keys()
        return next(each for each in (plain, *(f"{plain}{n}" for n in range(2, len(taken) + 3))) if each not in taken)
