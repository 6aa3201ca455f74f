"""The routes of a REST API: those of a document, and those of resources. Both become the same objects.

Schemes are compared by what they are, since an export names them as it likes.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from ..graph import resource_types as types
from ..graph.graph import Resource
from ..graph.recorded import value_of
from ..graph.values import UNKNOWN, is_object, items, read, text
from ..readers.yaml_text import YamlError
from ..readers.yaml_text import read as read_yaml

Route = Mapping[str, Any]
"""What protects a route and where it leads, by aspect."""
_EXTENSION: Final = "x-amazon-apigateway-"
_ANY: Final = f"{_EXTENSION}any-method"
_METHODS: Final = frozenset({"get", "put", "post", "delete", "options", "head", "patch", _ANY})
_AUTHORIZER: Final = ("authorizerUri", "providerARNs", "identitySource", "authorizerResultTtlInSeconds")
_INTEGRATION: Final = ("type", "uri", "httpMethod", "connectionId", "credentials")
_DEEPEST: Final = 200
_CACHED: Final = 300
"""Seconds for which results of an authorizer are cached if nothing is given."""
ASPECTS: Final = {"authorization": "auth", "apiKey": "keys", "validator": "api", "integration": "api"}
"""The layer of each aspect of a route."""


def document(written: Any, names: Mapping[str, str]) -> Mapping[str, Any] | None:
    """A document, with the placeholders of an import replaced; None if it cannot be read."""
    if is_object(written):
        written = json.dumps(written)
    if not isinstance(written, str):
        return None
    for name, value in names.items():
        written = written.replace(f"${{AWS::{name}}}", value)
    try:
        found = json.loads(written) if written.lstrip().startswith("{") else read_yaml(written, _DEEPEST)
    except (ValueError, RecursionError, YamlError):
        return None
    return found if is_object(found) else None


def of_document(found: Mapping[str, Any]) -> dict[str, Route]:
    """The routes of an OpenAPI document, by `GET /path`."""
    return dict(_of_document(found))


def _of_document(found: Mapping[str, Any]) -> Iterator[tuple[str, Route]]:
    schemes: Mapping[str, Any] = (
        read(found, "components", "securitySchemes") or read(found, "securityDefinitions") or {}
    )
    validators: Mapping[str, Any] = found.get(f"{_EXTENSION}request-validators") or {}
    for path, item in _members(found.get("paths")):
        for method, operation in _members(item):
            if method.lower() in _METHODS and is_object(operation):
                name = "ANY" if method == _ANY else method.upper()
                validator = operation.get(f"{_EXTENSION}request-validator", found.get(f"{_EXTENSION}request-validator"))
                yield (
                    f"{name} {path}",
                    {
                        **_security(operation.get("security") or (), schemes),
                        "validator": validators.get(validator),
                        "integration": _integration(operation.get(f"{_EXTENSION}integration")),
                    },
                )


def _members(value: Any) -> list[tuple[str, Any]]:
    return list(value.items()) if is_object(value) else []


def _security(required: Sequence[Any], schemes: Mapping[str, Any]) -> Route:
    authorization: dict[str, Any] = {}
    key = False
    for requirement in required:
        for name, scopes in _members(requirement):
            scheme: Mapping[str, Any] = schemes.get(name) or {}
            given = scheme.get(f"{_EXTENSION}authorizer")
            if is_object(given):
                authorization = {**authorizer(given, scheme), "scopes": list(scopes or ())}
            elif scheme.get(f"{_EXTENSION}authtype") == "awsSigv4":
                authorization = {"type": "iam"}
            elif text(scheme.get("name")).lower() == "x-api-key":
                key = True
    return {"authorization": authorization or None, "apiKey": key}


def authorizer(given: Mapping[str, Any], scheme: Mapping[str, Any]) -> dict[str, Any]:
    """An authorizer, as a document or a resource spells it."""
    found = {name: given.get(name) for name in _AUTHORIZER}
    kind = text(given.get("type")).lower()
    source = found["identitySource"]
    if source is not UNKNOWN:
        named = text(source) or f"method.request.header.{scheme.get('name')}"
        source = sorted(each.strip().lower() for each in named.split(","))
    ttl = found["authorizerResultTtlInSeconds"]
    return {
        **found,
        "type": kind,
        "identitySource": source,
        "authorizerResultTtlInSeconds": _CACHED if ttl is None else ttl,
    }


def _integration(given: Any) -> Any:
    if not is_object(given):
        return None
    found = {name: given.get(name) for name in _INTEGRATION}
    return {
        **found,
        "type": text(found["type"]).lower().replace("_", ""),
        "httpMethod": None if text(found["type"]).lower() == "mock" else found["httpMethod"],
    }


def of_resources(api: Resource, resources: Sequence[Resource]) -> dict[str, Route] | None:
    """The routes that methods of the stack are; None if they refer to what is not in the state."""
    own = [each for each in resources if value_of(each, "restApi") == api.id]
    paths: dict[Any, Any] = {
        value_of(each, "id"): value_of(each, "path") for each in own if each.type == types.REST_RESOURCE
    }
    paths[value_of(api, "rootResourceId")] = "/"
    authorizers = {each.id: each for each in own if each.type == types.REST_AUTHORIZER}
    validators = {each.id: each for each in own if each.type == types.REQUEST_VALIDATOR}
    integrations = {
        (value_of(each, "resourceId"), value_of(each, "httpMethod")): each
        for each in own
        if each.type == types.REST_INTEGRATION
    }
    found: dict[str, Route] = {}
    for each in (one for one in own if one.type == types.REST_METHOD):
        path, method = paths.get(value_of(each, "resourceId")), value_of(each, "httpMethod")
        if not isinstance(path, str):
            return None
        integration = integrations.get((value_of(each, "resourceId"), method))
        found[f"{method} {path}"] = {
            "authorization": _authorization(each, authorizers),
            "apiKey": _flag(value_of(each, "apiKeyRequired")),
            "validator": _validator(validators.get(value_of(each, "requestValidatorId"))),
            "integration": None
            if integration is None
            else _integration(
                {
                    "type": value_of(integration, "type"),
                    "uri": value_of(integration, "uri"),
                    "httpMethod": value_of(integration, "integrationHttpMethod"),
                    "connectionId": value_of(integration, "connectionId"),
                    "credentials": value_of(integration, "credentials"),
                }
            ),
        }
    return found


def _flag(value: Any) -> Any:
    return value if value is UNKNOWN else bool(value)


def _authorization(method: Resource, authorizers: Mapping[Any, Resource]) -> Any:
    kind = value_of(method, "authorization")
    if kind == "AWS_IAM":
        return {"type": "iam"}
    if kind in {"NONE", None}:
        return None
    made = authorizers.get(value_of(method, "authorizerId"))
    if made is None:
        return UNKNOWN
    given = {name: None if found == "" else found for name in _AUTHORIZER for found in [value_of(made, name)]} | {
        "type": value_of(made, "type"),
        "providerARNs": value_of(made, "providerArns"),
        "authorizerResultTtlInSeconds": value_of(made, "authorizerResultTtlInSeconds"),
    }
    return {**authorizer(given, {"name": "Authorization"}), "scopes": items(value_of(method, "authorizationScopes"))}


def _validator(made: Resource | None) -> Any:
    names = ("validateRequestBody", "validateRequestParameters")
    return {name: value_of(made, name) for name in names} if made else None
