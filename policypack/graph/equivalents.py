"""Translates resources of pulumi-aws that say the same as resources of another type, which readers read."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, Final

from . import resource_types as types
from .graph import Resource
from .policy_statements import EVERYONE, Statement, statements
from .values import UNKNOWN, is_object

_CLIENT_SETTINGS: Final = (
    *("explicitAuthFlows", "allowedOauthFlows", "allowedOauthScopes", "allowedOauthFlowsUserPoolClient"),
    *("preventUserExistenceErrors", "enableTokenRevocation", "callbackUrls", "logoutUrls"),
)
_NARROWS: Final = {
    "aws:sourcearn": "sourceArn",
    "aws:sourceaccount": "sourceAccount",
    "aws:principalorgid": "principalOrgId",
    "lambda:functionurlauthtype": "functionUrlAuthType",
    "lambda:eventsourcetoken": "eventSourceToken",
}
"""The condition keys that `Permission` has an input for."""
_POSITIVE: Final = frozenset({"stringequals", "stringlike", "arnequals", "arnlike"})
OVERRIDES: Final = "aws-native:apigatewayv2:ApiGatewayManagedOverrides"
"""Settings of the route, integration and stage that API Gateway created for an API with a `target`."""
_DEFAULT: Final = "$default"


def translated(resource: Resource) -> Iterator[Resource]:
    """The resources that say the same; any other resource as it is."""
    if resource.type == types.MANAGED_USER_POOL_CLIENT:
        # It manages an app client that exists already, and keeps the settings that it leaves out.
        left = {name: resource.outputs.get(name, UNKNOWN) for name in _CLIENT_SETTINGS}
        yield replace(resource, type=types.USER_POOL_CLIENT, inputs={**left, **resource.inputs})
    elif resource.type == types.FUNCTION_RESOURCE_POLICY:
        yield from _permissions(resource)
    else:
        yield resource


def _permissions(resource: Resource) -> Iterator[Resource]:
    """The permissions of a function's whole policy."""
    found = statements(resource.inputs.get("policy"))
    edges = {
        "function": resource.property_dependencies.get("resourceArn", frozenset()),
        **dict.fromkeys(("sourceArn", "principal"), resource.property_dependencies.get("policy", frozenset())),
    }
    function = {"function": resource.inputs.get("resourceArn")}
    if not isinstance(found, list):
        unknown = {**function, "action": UNKNOWN, "principal": UNKNOWN}
        yield replace(resource, type=types.FUNCTION_PERMISSION, inputs=unknown, property_dependencies=edges)
        return
    denies = any(not each.allows for each in found)
    for statement in found:
        for place, values in enumerate(_grants(statement, denies=denies) if statement.allows else ()):
            yield replace(
                resource,
                type=types.FUNCTION_PERMISSION,
                name=f"{resource.name}[{statement.name}]" + (f"[{place}]" if place else ""),
                inputs={**function, **values},
                property_dependencies={name: urns for name, urns in edges.items() if urns},
                declared_as={
                    "policy": frozenset({"action", "principal", *_NARROWS.values()}),
                    "resourceArn": frozenset({"function"}),
                },
            )


def _grants(statement: Statement, *, denies: bool) -> Iterator[dict[str, Any]]:
    """What a statement grants, as inputs of permissions.

    What else narrows it down, such as a Deny or another condition, makes a principal that is everyone unknown.
    """
    narrowed: dict[str, Any] = {}
    more = denies or not statement.conditions_known
    for key, (operator, values) in statement.conditions.items():
        name = _NARROWS.get(key)
        if name and operator in _POSITIVE and values:
            narrowed[name] = values
        else:
            more = True
    principal = UNKNOWN if more and statement.principal == EVERYONE else statement.principal
    sources = narrowed.pop("sourceArn", (None,))
    for action in statement.actions:
        for source in sources:
            given = {name: values[0] for name, values in narrowed.items()}
            named = {"sourceArn": source} if source is not None else {}
            yield {"action": _as_written(action), "principal": principal, **given, **named}


def _as_written(action: Any) -> Any:
    return _ACTIONS.get(action, action) if isinstance(action, str) else UNKNOWN


_ACTIONS: Final = {each.lower(): each for each in ("lambda:InvokeFunction", "lambda:InvokeFunctionUrl")}


def with_overrides(resources: list[Resource]) -> list[Resource]:
    """The resources, with routes and stages of their own where an API's created ones are overridden."""
    overrides = [each for each in resources if each.type == OVERRIDES]
    if not overrides:
        return resources
    apis = [each for each in resources if each.type == types.HTTP_API]
    made = [part for each in overrides for part in _overridden(each, apis)]
    return [*(each for each in resources if each.type != OVERRIDES), *made]


def _overridden(override: Resource, apis: Iterable[Resource]) -> Iterator[Resource]:
    given, edges = override.inputs, override.property_dependencies
    id_, named = given.get("apiId"), edges.get("apiId", frozenset())
    found = next((each for each in apis if each.urn in named or (isinstance(id_, str) and each.id == id_)), None)
    key = found.inputs.get("routeKey", _DEFAULT) if found else UNKNOWN
    parts = (
        ("route", types.HTTP_ROUTE, {"routeKey": key}),
        ("stage", types.HTTP_STAGE, {"name": _DEFAULT, "autoDeploy": True}),
        ("integration", types.HTTP_INTEGRATION, {"integrationType": "HTTP_PROXY"}),
    )
    for name, type_, fixed in parts:
        settings = given.get(name)
        if is_object(settings) or settings is UNKNOWN:
            inside = dict.fromkeys(settings, edges.get(name, frozenset())) if is_object(settings) else {}
            unknown = dict.fromkeys(_UNKNOWN_PARTS.get(name, ()), UNKNOWN)
            yield replace(
                override,
                type=type_,
                inputs={**fixed, **(settings if is_object(settings) else unknown), "apiId": id_},
                property_dependencies={**{key: urns for key, urns in inside.items() if urns}, "apiId": named},
                declared_as={name: frozenset(settings if is_object(settings) else unknown)},
            )


_UNKNOWN_PARTS: Final = {
    "route": ("authorizationType", "authorizerId", "authorizationScopes"),
    "stage": ("accessLogSettings", "defaultRouteSettings", "routeSettings", "stageVariables"),
}
"""What is unknown of a part whose settings are unknown as a whole."""
