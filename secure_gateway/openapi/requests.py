"""What a document says about the requests and responses of an operation, in the dialect that REST import takes."""

import re
from typing import Any, Final

from ..routes import PARAMETER as PARAMETER_NAME
from ..routes import WITHOUT_BODY, parameters
from ..validation.json_values import is_object
from ..validation.problems import join, listing, suggest
from .members import DOCUMENTATION, MEDIA_TYPE, PARAMETER, REQUEST_BODY
from .objects import Entry, Node, Objects
from .pointers import is_reference
from .schemas import Schemas

_LOCATIONS: Final = ("path", "query", "header")
_PARAMETER_TYPES: Final = ("string", "number", "integer", "boolean", "array")
_NOT_VALIDATED: Final = "API Gateway checks only that a parameter is present"


class Requests:
    """Reads parameters, request bodies and the statuses of responses."""

    def __init__(self, objects: Objects, schemas: Schemas) -> None:
        """Of one document."""
        self._objects = objects
        self._schemas = schemas
        self._problems = objects.problems
        self._dropped = objects.dropped

    def definition(self, method: str, path: str, item: Node, operation: Node) -> dict[str, Any]:
        """The operation without `security` and integration."""
        described = {key: self._objects.string(operation, key) for key in ("operationId", "summary", "description")}
        definition: dict[str, Any] = {key: each for key, each in described.items() if each is not None}
        definition["responses"] = self._responses(operation)
        declared = self._parameters(item, operation, path)
        if declared:
            definition["parameters"] = declared
        where = operation.at("requestBody")
        body = self._body(operation.get("requestBody"), where) if "requestBody" in operation.fields else {}
        if body and method in WITHOUT_BODY:
            self._dropped.add(where, "such a request has no body")
        elif body:
            definition["requestBody"] = body
        return definition

    def _responses(self, operation: Node) -> dict[str, Any]:
        """Only statuses: the backend's response is passed on as it is, whatever its schema."""
        where = operation.at("responses")
        found = self._objects.entries(operation.get("responses"), where, "a map of responses")
        kept = sorted(each.name for each in found if re.fullmatch(r"[1-5]\d\d", each.name))
        if any(each.name not in kept and not each.name.startswith("x-") for each in found):
            self._dropped.add(where, "default and ranges")
        for each in found:
            if each.name.startswith("x-"):
                self._objects.extension(each)
            elif each.name in kept:
                # Most have only a description, which nobody misses.
                is_described = is_object(each.value) and list(each.value) == ["description"]
                reason = DOCUMENTATION if is_described else "the backend's responses are passed on unchanged"
                self._dropped.add(each.path, reason)
        return {code: {"description": f"Status {code}"} for code in kept} or {"200": {"description": "Status 200"}}

    def _parameters(self, item: Node, operation: Node, template: str) -> list[dict[str, Any]]:
        """What AWS knows of a parameter; the operation's own replaces the path's of the same name."""
        found: dict[tuple[str, str], dict[str, Any]] = {}
        for node in (item, operation):
            own: dict[tuple[str, str], str] = {}
            for each in self._objects.items(node.get("parameters"), node.at("parameters"), "a list of parameters"):
                parameter = self._parameter(each, template)
                if parameter is None:
                    continue
                key = parameter["in"], parameter["name"]
                if key in own:
                    message = f"is declared twice: `{own[key]}` has the same `name` and `in`"
                    self._problems.add(each.path, message)
                own[key] = each.path
                found[key] = parameter
        return [found[key] for key in sorted(found)]

    def _parameter(self, entry: Entry, template: str) -> dict[str, Any] | None:
        node = self._objects.object(entry.value, entry.path, PARAMETER)
        name, where = node.get("name"), node.get("in")
        is_required = self._objects.flag(node, "required")
        kind = self._type(node)
        if where == "cookie":
            self._dropped.add(entry.path, "cookie")
        elif not node.fields:
            pass  # it is no parameter, or a reference that leads nowhere
        elif not isinstance(name, str) or where not in _LOCATIONS:
            message = f"expected a parameter with a `name`, and with an `in` that is one of {listing(_LOCATIONS)}"
            self._problems.add(entry.path, message)
        elif where == "path" and name not in parameters(template):
            predicate = f"is not a parameter of {template!r}{suggest(name, parameters(template))}"
            self._problems.reject(entry.path, name, predicate)
        elif not re.fullmatch(PARAMETER_NAME, name):
            self._odd_parameter(entry.path, name, required=is_required)
        else:
            return {
                "name": name,
                "in": str(where),
                "required": where == "path" or is_required,
                "schema": {"type": kind if kind in _PARAMETER_TYPES else "string"},
            }
        return None

    def _type(self, parameter: Node) -> Any:
        """The type of a parameter's values, which AWS notes and does not check."""
        for each in self._objects.entries(parameter.get("content"), parameter.at("content"), "a map of media types"):
            self._dropped.add(each.path, _NOT_VALIDATED)
        schema = self._schema(parameter)
        if schema is None:
            return None
        if isinstance(schema, bool):
            self._dropped.add(parameter.at("schema"), _NOT_VALIDATED)
            return None
        if is_reference(schema):
            for name in schema.keys() - {"$ref"}:
                self._dropped.add(join(parameter.at("schema"), str(name)), _NOT_VALIDATED)
            schema = {"$ref": schema["$ref"]}
        entries = self._objects.entries(schema, parameter.at("schema"), "a schema, which is an object")
        for each in entries:
            if each.name != "type":
                self._dropped.add(each.path, _NOT_VALIDATED)
        return next((each.value for each in entries if each.name == "type"), None)

    def _schema(self, owner: Node) -> Any:
        """The schema of a media type or parameter. A key without a value, an easy mistake in YAML, is rejected."""
        schema = owner.get("schema")
        if schema is None and "schema" in owner.fields:
            self._problems.mismatch(owner.at("schema"), "a schema, which is an object", None)
        return schema

    def _odd_parameter(self, path: str, name: str, *, required: bool) -> None:
        """API Gateway passes a parameter of any name on, but declares none of such a name."""
        if required:
            predicate = "must consist of letters, digits and ._$-, since API Gateway checks no other required parameter"
            self._problems.reject(path, name, predicate)
        else:
            self._dropped.add(path, "its name")

    def _body(self, body: Any, path: str) -> dict[str, Any]:
        node = self._objects.object(body, path, REQUEST_BODY)
        if node.fields and node.get("content") is None:
            self._problems.add(node.at("content"), "required: a request body has media types")
        content: dict[str, Any] = {}
        is_required = self._objects.flag(node, "required")
        entries = self._objects.entries(node.get("content"), node.at("content"), "a map of media types")
        for each in sorted(entries, key=lambda entry: entry.name):
            media = self._objects.object(each.value, each.path, MEDIA_TYPE)
            schema = self._schema(media)
            if schema is not None and not _is_json(each.name):
                self._dropped.add(media.at("schema"), "only JSON is checked")
                schema = None
            # A model of a wildcard is asked of no request; `$default` is asked of all without one of their own.
            kind = "$default" if "*" in each.name else each.name
            content[kind] = {} if schema is None else {"schema": self._schemas.convert(schema, media.at("schema"))}
        checked = [media for media, each in content.items() if each]
        if len(checked) == 1 == len(content):
            # A body of another media type would pass unchecked.
            content["$default"] = content[checked[0]]
        return {"required": is_required, "content": content} if content else {}


def _is_json(media: str) -> bool:
    kind = media.partition(";")[0].strip().lower()
    return kind == "application/json" or kind.endswith("+json") or kind in {"*/*", "application/*", "$default"}
