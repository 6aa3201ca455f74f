"""What AWS has in addition to a stack: mappings, stages, keys, permissions and so on of a resource of the state.

One listing for each kind. Something additional may belong to another stack, so it is a difference only if the state has
others of its kind. A base path is one if it leads to an API of the state.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from ..graph import resource_types as types
from ..graph.values import is_object, items, read, text
from ..readers.functions import reference
from .row import Recorded, domain, of

Alone: TypeAlias = Literal["undecided", "different", "not compared"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """One thing that AWS has."""

    key: str
    """What identifies it among those of its parent."""
    label: str
    more: str = ""
    """What a message adds: where it leads, whom it lets in."""
    api: str = ""
    """The id of the API that it leads to; empty for a kind that leads to none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Listing:
    """How the things of one kind are listed, and which of them the state has."""

    parent: str
    """The resource type that they belong to."""
    kind: str
    """In the plural, for messages."""
    layer: str
    service: str
    operation: str
    params: Callable[[Recorded], Mapping[str, Any]]
    held: Callable[[Recorded, Mapping[str, Any]], Iterator[Item]]
    """The things in the response for a parent."""
    recorded: Mapping[str, Callable[[Recorded, Recorded], str | None]]
    """By resource type, the key of a resource of the state if it belongs to a parent."""
    reason: Callable[[Recorded], str] = lambda _parent: ""
    """Why a parent cannot be compared; empty if it can."""
    alone: Alone = "undecided"
    """What it means that AWS has some, and the state none. `undecided`: another stack may have them. `different`: they
    are parts of their parent. `not compared`: the parent does not belong to a gateway."""


def _child(parent: str, key: str, own: str = "id") -> Callable[[Recorded, Recorded], str | None]:
    """The key of resources whose property `parent` names the parent, which the parent has as `own`."""
    return lambda owner, child: text(child.get(key)) if child.get(parent) == owner.get(own) else None


# Mappings of a domain


def _base_paths(_domain: Recorded, response: Mapping[str, Any]) -> Iterator[Item]:
    for each in items(response.get("items")):
        path = text(each.get("basePath"))
        yield _mapping("" if path == "(none)" else path, text(each.get("restApiId")), text(each.get("stage")))


def _api_mappings(_domain: Recorded, response: Mapping[str, Any]) -> Iterator[Item]:
    for each in items(response.get("Items")):
        yield _mapping(text(each.get("ApiMappingKey")), text(each.get("ApiId")), text(each.get("Stage")))


def _mapping(path: str, api: str, stage: str) -> Item:
    return Item(key=path, label=f"base path /{path}", more=f", and leads to stage {stage or '*'} of API {api}", api=api)


_MAPPINGS: Final = {
    types.BASE_PATH_MAPPING: _child("domainName", "basePath", "domainName"),
    types.API_MAPPING: _child("domainName", "apiMappingKey", "domainName"),
}


# Stages, plans and keys


def _stages(name: str, field: str) -> Callable[[Recorded, Mapping[str, Any]], Iterator[Item]]:
    def held(_api: Recorded, response: Mapping[str, Any]) -> Iterator[Item]:
        for each in items(response.get(name)):
            stage = text(each.get(field))
            yield Item(key=stage, label=f"stage {stage}")

    return held


def _settings(_stage: Recorded, response: Mapping[str, Any]) -> Iterator[Item]:
    found: Mapping[str, Any] = response.get("methodSettings") or {}
    for path in found:
        yield Item(key=_method_path(path), label=f"method settings of {_method_path(path)}")


def _method_path(path: str) -> str:
    """A method path, which AWS escapes, as the provider writes it."""
    return path.replace("~1", "/").strip("/")


def _own_settings(stage: Recorded, settings: Recorded) -> str | None:
    same = all(settings.get(name) == stage.get(name) for name in ("restApi", "stageName"))
    return _method_path(text(settings.get("methodPath"))) if same else None


def _plans(api: Recorded, response: Mapping[str, Any]) -> Iterator[Item]:
    for each in items(response.get("items")):
        stages = [text(one.get("stage")) for one in items(each.get("apiStages")) if one.get("apiId") == api["id"]]
        if stages:
            name = text(each.get("name")) or text(each.get("id"))
            yield Item(key=text(each.get("id")), label=f"usage plan {name}", more=f", and is a plan of {stages[0]}")


def _plan(api: Recorded, plan: Recorded) -> str | None:
    uses = any(each.get("apiId") == api.get("id") for each in items(plan.get("apiStages")))
    return text(plan.get("id")) if uses else None


def _keys(_plan: Recorded, response: Mapping[str, Any]) -> Iterator[Item]:
    for each in items(response.get("items")):
        yield Item(key=text(each.get("id")), label=f"API key {text(each.get('name')) or each.get('id')}")


# Routes of HTTP and WebSocket APIs


def _routes(_api: Recorded, response: Mapping[str, Any]) -> Iterator[Item]:
    for each in items(response.get("Items")):
        is_open = each.get("AuthorizationType") in {None, "NONE"}
        more = ", and accepts requests without credentials" if is_open else ""
        yield Item(key=text(each.get("RouteId")), label=text(each.get("RouteKey")), more=more)


def _from_document(api: Recorded) -> str:
    found = api.get("body") or api.get("target")
    return "routes that come from its document or `target` are not compared" if found else ""


# Permissions of functions


def _statements(_function: Recorded, response: Mapping[str, Any]) -> Iterator[Item]:
    document = response.get("Policy")
    for each in items(read(json.loads(document), "Statement")) if isinstance(document, str) else ():
        principal = each.get("Principal")
        caller = next(iter(principal.values()), None) if is_object(principal) else principal
        sid = text(each.get("Sid"))
        more = f", and permits {caller} to call {each.get('Action')}"
        yield Item(key=sid, label=f"permission {sid}", more=more)


def _own_permission(function: Recorded, permission: Recorded) -> str | None:
    named = reference(text(permission.get("function")))
    own = reference(text(function.get("arn"))) or reference(text(function.get("name")))
    if named is None or own is None or not named.may_be(own) or permission.get("qualifier"):
        return None
    return text(permission.get("statementId"))


# User pools


def _clients(_pool: Recorded, response: Mapping[str, Any]) -> Iterator[Item]:
    for each in items(response.get("UserPoolClients")):
        yield Item(key=text(each.get("ClientId")), label=f"app client {each.get('ClientName')}")


def _identity_providers(_pool: Recorded, response: Mapping[str, Any]) -> Iterator[Item]:
    for each in items(response.get("Providers")):
        name = text(each.get("ProviderName"))
        yield Item(key=name, label=f"identity provider {name}", more=", and its users can sign in")


_POOL_CLIENT: Final = _child("userPoolId", "id")

LISTINGS: Final[Sequence[Listing]] = (
    Listing(
        parent=types.REST_DOMAIN,
        kind="base paths",
        layer="tls",
        service="apigateway",
        operation="get_base_path_mappings",
        params=domain,
        held=_base_paths,
        recorded=_MAPPINGS,
    ),
    Listing(
        parent=types.HTTP_DOMAIN,
        kind="base paths",
        layer="tls",
        service="apigatewayv2",
        operation="get_api_mappings",
        params=of(DomainName="domainName"),
        held=_api_mappings,
        recorded=_MAPPINGS,
    ),
    Listing(
        parent=types.REST_API,
        kind="stages",
        layer="api",
        service="apigateway",
        operation="get_stages",
        params=of(restApiId="id"),
        held=_stages("item", "stageName"),
        recorded={
            types.REST_STAGE: _child("restApi", "stageName"),
            types.REST_DEPLOYMENT: _child("restApi", "stageName"),
        },
    ),
    Listing(
        parent=types.HTTP_API,
        kind="stages",
        layer="api",
        service="apigatewayv2",
        operation="get_stages",
        params=of(ApiId="id"),
        held=_stages("Items", "StageName"),
        recorded={
            types.HTTP_STAGE: _child("apiId", "name"),
            # AWS makes this stage itself for an API with a target.
            types.HTTP_API: lambda api, made: (
                "$default" if made.get("id") == api.get("id") and api.get("target") else None
            ),
        },
    ),
    Listing(
        parent=types.REST_STAGE,
        kind="method settings",
        layer="keys",
        service="apigateway",
        operation="get_stage",
        params=of(restApiId="restApi", stageName="stageName"),
        held=_settings,
        recorded={types.METHOD_SETTINGS: _own_settings},
        alone="different",
    ),
    Listing(
        parent=types.REST_API,
        kind="usage plans",
        layer="keys",
        service="apigateway",
        operation="get_usage_plans",
        params=lambda _api: {},
        held=_plans,
        recorded={types.USAGE_PLAN: _plan},
    ),
    Listing(
        parent=types.USAGE_PLAN,
        kind="API keys",
        layer="keys",
        service="apigateway",
        operation="get_usage_plan_keys",
        params=of(usagePlanId="id"),
        held=_keys,
        recorded={types.USAGE_PLAN_KEY: _child("usagePlanId", "keyId")},
    ),
    Listing(
        parent=types.HTTP_API,
        kind="routes",
        layer="auth",
        service="apigatewayv2",
        operation="get_routes",
        params=of(ApiId="id"),
        held=_routes,
        recorded={types.HTTP_ROUTE: _child("apiId", "id")},
        reason=_from_document,
    ),
    Listing(
        parent=types.FUNCTION,
        kind="permissions",
        layer="network",
        service="lambda",
        operation="get_policy",
        params=of(FunctionName="name"),
        held=_statements,
        recorded={types.FUNCTION_PERMISSION: _own_permission},
        alone="not compared",
    ),
    Listing(
        parent=types.USER_POOL,
        kind="app clients",
        layer="auth",
        service="cognito-idp",
        operation="list_user_pool_clients",
        params=of(UserPoolId="id"),
        held=_clients,
        recorded={types.USER_POOL_CLIENT: _POOL_CLIENT, types.MANAGED_USER_POOL_CLIENT: _POOL_CLIENT},
    ),
    Listing(
        parent=types.USER_POOL,
        kind="identity providers",
        layer="auth",
        service="cognito-idp",
        operation="list_identity_providers",
        params=of(UserPoolId="id"),
        held=_identity_providers,
        recorded={types.IDENTITY_PROVIDER: _child("userPoolId", "providerName")},
        alone="different",
    ),
)
"""Every kind of which AWS may have more than the state."""
