"""Turns declared inputs of pulumi-aws into what its provider sends to AWS; only this module knows how they differ.

Terraform's provider, which pulumi-aws is built on, does not send an empty string, fills in defaults, and sends the
whole of a block that is given in part. Readers then read what reaches AWS, and an absent input has AWS's own default.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from . import provider_tables
from . import resource_types as types
from .graph import Resource
from .values import UNKNOWN, is_list, is_object, items

_SENT_EMPTY: Final = frozenset(
    {
        # https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/apigateway/authorizer.go
        (types.REST_AUTHORIZER, "identitySource"),
        (types.API_GATEWAY_ACCOUNT, "cloudwatchRoleArn"),
    }
)
"""Inputs whose empty string the provider sends: it removes the value instead of leaving AWS's default."""
_IDENTITY: Final = frozenset({"id", "arn", "urn"})
"""The outputs that only identify a resource."""
_MAPS: Final = frozenset(
    {
        *("tags", "tagsAll", "variables", "stageVariables", "stageVariableOverrides", "triggers", "environment"),
        *("requestParameters", "responseParameters", "requestTemplates", "responseTemplates", "requestModels"),
        *("responseModels", "parameters", "dimensions", "supportedLoginProviders", "body", "policy"),
    }
)
"""Inputs that are maps or documents of the user, whose empty strings are values."""
_V2_SETTINGS: Final = {
    "dataTraceEnabled": False,
    "detailedMetricsEnabled": False,
    "throttlingBurstLimit": 0,
    "throttlingRateLimit": 0,
}
"""What the provider sends for settings of routes that a given block leaves out. A limit of 0 rejects every request."""
_METHOD_SETTINGS: Final = {"throttlingBurstLimit": -1, "throttlingRateLimit": -1}
"""The same for the settings of methods: -1 turns throttling off."""


def as_sent(resource: Resource) -> Resource:
    """A resource with the inputs that reach AWS; the same resource if they are those that it declares."""
    if resource.type not in types.READ:
        return resource
    inputs = _without_empty(resource.type, resource.inputs)
    fill = _FILLED.get(resource.type)
    filled = inputs if fill is None else fill(inputs)
    return resource if filled == resource.inputs else replace(resource, inputs=filled)


def by_outputs(resource: Resource) -> Resource:
    """A resource that was read, imported or discovered, and so has outputs alone: with these as its inputs.

    The outputs of a resource that was read are complete, so what they leave out is unset, unless every such resource
    has it. If they only identify the resource, all the rest is unknown.
    """
    if resource.inputs or not resource.custom:
        return resource
    unknown = provider_tables.required(resource.type)
    if resource.outputs and not resource.outputs.keys() - _IDENTITY:
        unknown = [*unknown, *provider_tables.optional(resource.type)]
    if not resource.outputs and not unknown:
        return resource
    return replace(resource, inputs={**dict.fromkeys(unknown, UNKNOWN), **resource.outputs})


def with_one_stage_per_name(resources: list[Resource]) -> list[Resource]:
    """The resources, in which no deployment creates a stage that a resource of its own declares."""
    deployments = [each for each in resources if each.type == types.REST_DEPLOYMENT and each.inputs.get("stageName")]
    if not deployments:
        return resources
    declared = {_stage(each) for each in resources if each.type == types.REST_STAGE}
    created_twice = {id(each) for each in deployments if _stage(each) in declared}
    return [_without_stage(each) if id(each) in created_twice else each for each in resources]


def _stage(resource: Resource) -> tuple[Any, Any]:
    """The API and the name of a stage, as far as they can be compared; None instead of a name that is unknown."""
    name, api = resource.inputs.get("stageName"), resource.inputs.get("restApi")
    known = api if isinstance(api, str) else resource.property_dependencies.get("restApi", frozenset())
    return (known, name) if isinstance(name, str) and known else (resource.urn, resource.type)


def _without_stage(deployment: Resource) -> Resource:
    inputs = {name: value for name, value in deployment.inputs.items() if name != "stageName"}
    return replace(deployment, inputs=inputs)


def _without_empty(type_: str, inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    """Inputs without empty strings, also those inside blocks; the same ones if there are none."""
    if not _has_empty(inputs):
        return inputs
    sent = {name: inputs[name] for name in inputs if (type_, name) in _SENT_EMPTY}
    return {**_emptied(inputs), **sent}


def _is_empty(value: Any) -> bool:
    return isinstance(value, str) and not value


def _has_empty(value: Any) -> bool:
    if is_object(value):
        return any(_is_empty(each) or (name not in _MAPS and _has_empty(each)) for name, each in value.items())
    return is_list(value) and any(is_object(each) and _has_empty(each) for each in value)


def _emptied(value: Any) -> Any:
    """A block without its empty strings. A list of strings keeps them: the provider sends each of its items."""
    if is_object(value):
        kept = {name: each for name, each in value.items() if not _is_empty(each)}
        return {name: each if name in _MAPS else _emptied(each) for name, each in kept.items()}
    return [_emptied(each) for each in value] if is_list(value) else value


def _filled(value: Any, defaults: Mapping[str, Any]) -> Any:
    """A block with what the provider sends for the settings that it leaves out."""
    if is_list(value):  # in Terraform's state, it is a list of one block
        value = next(iter(items(value)), None)
    if not is_object(value):
        return value
    return {**defaults, **{name: each for name, each in value.items() if each is not None}}


def _http_stage(inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    given = inputs.get("defaultRouteSettings"), inputs.get("routeSettings")
    if given == (None, None):
        return inputs
    routes = given[1] if given[1] is UNKNOWN else [_filled(each, _V2_SETTINGS) for each in items(given[1])]
    return {**inputs, "defaultRouteSettings": _filled(given[0], _V2_SETTINGS), "routeSettings": routes}


def _method_settings(inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**inputs, "settings": _filled(inputs.get("settings"), _METHOD_SETTINGS)}


_FILLED: Final[Mapping[str, Callable[[Mapping[str, Any]], Mapping[str, Any]]]] = {
    types.HTTP_STAGE: _http_stage,
    types.METHOD_SETTINGS: _method_settings,
}
