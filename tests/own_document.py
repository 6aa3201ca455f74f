"""A small OpenAPI document of a user, with one thing changed, and what a gateway makes of it."""

import copy
from typing import Any

import pytest

from secure_gateway import ArgsError, SecureGateway
from secure_gateway.testing import deploy, value

USERS: dict[str, Any] = {
    "authorizers": {"users": {"cognito": {"identifier": "shop", "scopes": {"read": "See", "write": "Place"}}}}
}
PLAIN: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "Orders", "version": "2"},
    "paths": {
        "/orders": {
            "get": {"operationId": "list", "responses": {"200": {"description": "All"}}},
            "post": {
                "operationId": "place",
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}},
                },
                "responses": {"201": {"description": "Placed"}},
            },
        }
    },
    "components": {"schemas": {"Order": {"type": "object", "required": ["item"], "properties": {"item": {}}}}},
}


def changed(*path: str, to: Any) -> dict[str, Any]:
    """The document with one value changed."""
    document = copy.deepcopy(PLAIN)
    place: Any = document
    for name in path[:-1]:
        place = place.setdefault(name, {})
    place[path[-1]] = to
    return document


def gateway(document: Any, args: Any = None, **openapi: Any) -> tuple[Any, list[str]]:
    """What AWS would import, and what was left out."""
    whole: dict[str, Any] = {
        "openapi": {"document": document, **openapi},
        "default_integration": {"url": "https://backend.example.com"},
        "network": {"waived": "a test"},
        **(args or {}),
    }
    args_of_gateway: Any = whole
    made = deploy(lambda: SecureGateway("api", args_of_gateway).openapi_dropped)
    return made.document, value(made.result)


def problems(document: Any, args: Any = None, **openapi: Any) -> dict[str, str]:
    """The mistakes that were found, by path."""
    with pytest.raises(ArgsError) as caught:
        gateway(document, args, **openapi)
    return {each.path: each.message for each in caught.value.problems}
