"""Translates resources that keep Terraform's types and names into those of pulumi-aws.

Such resources come from pulumi-terraform-module (`NAME:tf:aws_api_gateway_method`), from Terraform's own state in
Pulumi Cloud (`pulumi:terraform:aws_api_gateway_method`), and from a provider that Pulumi bridges when the program runs
(`aws:index/apiGatewayMethod:ApiGatewayMethod`), which spells properties in camel case.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache, lru_cache
from typing import Any, Final

from . import provider_tables
from .cloudformation_names import FREE_FORM, native_type
from .graph import Resource
from .provider_tables import Attribute
from .resource_types import APIS, HTTP_API, REST_API
from .values import UNKNOWN, is_list, is_object

_TYPE: Final = re.compile(r"[\w-]+:(?:tf|terraform):(?P<provider>aws|awscc)_(?P<name>[a-z0-9_]+)")
_BRIDGED: Final = re.compile(r"(?P<provider>aws|awscc):index/(?P<name>\w+):\w+")
_NAME: Final = re.compile(r"[a-z][a-z0-9_]*")
_CLOUD_CONTROL: Final = "awscc"
"""Terraform's provider of CloudFormation's types."""
_TOP: Final = ""
_NOTHING: Final[Attribute] = {}
_PARENTS: Final = (("restApi", REST_API), ("restApiId", REST_API), ("apiId", HTTP_API))
"""The inputs by which parts of an API refer to it."""


def translated(resource: Resource) -> Resource:
    """The resource in pulumi-aws's form; in aws-native's, if Terraform's Cloud Control provider manages it.

    Any other resource, or one of a type that the pack does not know, stays as it is.
    """
    provider, name = _provider_and_name(resource.type)
    if provider == _CLOUD_CONTROL:
        return _of_cloud_control(resource, name)
    type_ = provider_tables.by_terraform_type().get(name.replace("_", "").lower()) if name else None
    if type_ is None:
        return resource
    inputs, outputs = _block(type_, _TOP, resource.inputs), _block(type_, _TOP, resource.outputs)
    names = {name: _attribute(type_, _TOP, name)[1] for name in {**resource.inputs, **resource.outputs}}
    return replace(
        resource,
        type=type_,
        inputs=inputs,
        outputs=outputs,
        property_dependencies={names.get(name, name): urns for name, urns in resource.property_dependencies.items()},
        declared_as={name: frozenset({name, became}) for name, became in names.items()},
    )


@lru_cache(maxsize=4096)
def _provider_and_name(type_: str) -> tuple[str, str]:
    """The provider and the name of a type of Terraform's; two empty strings for other types."""
    match = _TYPE.fullmatch(type_) or _BRIDGED.fullmatch(type_)
    return (match["provider"], match["name"]) if match else ("", "")


def is_part_of_module(resource: Resource) -> bool:
    """Whether a resource has Terraform's type and names."""
    return bool(_provider_and_name(resource.type)[0])


def with_parents(resources: Sequence[Resource]) -> list[Resource]:
    """The resources, in which the parts of the only API of a module are computed from it if its id is unknown.

    A module's resources have no edges, and before the first deployment no ids.
    """
    apis: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for each in resources:
        if each.type in APIS:
            apis[(*_module(each), each.type)].append(each.urn)
    return [_with_parent(each, apis) if _module(each)[0] else each for each in resources]


def _module(resource: Resource) -> tuple[str, str]:
    """What the resources of one module have in common: their package and their parent; empty for other resources."""
    declared = resource.urn.split("::")[2].rpartition("$")[2] if resource.urn.count("::") > 2 else ""  # noqa: PLR2004
    match = _TYPE.fullmatch(declared)
    return (declared[: match.start("provider")], resource.parent) if match else ("", "")


def _with_parent(resource: Resource, apis: Mapping[tuple[str, str, str], Sequence[str]]) -> Resource:
    edges: dict[str, frozenset[str]] = {}
    for name, type_ in _PARENTS:
        found = apis.get((*_module(resource), type_), ())
        if resource.inputs.get(name) is UNKNOWN and name not in resource.property_dependencies and len(found) == 1:
            edges[name] = frozenset(found)
    return replace(resource, property_dependencies={**resource.property_dependencies, **edges}) if edges else resource


def _of_cloud_control(resource: Resource, name: str) -> Resource:
    type_ = native_type("AWS", *_service_and_type(name))
    names = {each: _camel(each) for each in {**resource.inputs, **resource.outputs}}
    return replace(
        resource,
        type=type_,
        inputs=_camel_keys(resource.inputs),
        outputs=_camel_keys(resource.outputs),
        property_dependencies={names.get(each, each): urns for each, urns in resource.property_dependencies.items()},
        declared_as={each: frozenset({each, became}) for each, became in names.items()},
    )


def _service_and_type(name: str) -> tuple[str, str]:
    """The service and the type in a name such as `apigateway_rest_api` or `apigatewayRestApi`."""
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    service, _, type_ = snake.partition("_")
    return service, "".join(part.capitalize() for part in type_.split("_"))


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part[:1].upper() + part[1:] for part in rest)


def _camel_keys(value: Any) -> Any:
    """A value with every attribute in camel case. Keys that users choose, such as header names, stay as they are."""
    if is_object(value):
        named = {_camel(key) if _NAME.fullmatch(key) else key: each for key, each in value.items() if each is not None}
        return {key: each if key in FREE_FORM else _camel_keys(each) for key, each in named.items()}
    return [_camel_keys(each) for each in value] if is_list(value) else value


@cache
def _attributes(type_: str) -> Mapping[str, Mapping[str, tuple[str, Attribute]]]:
    """By block, the attributes by every name that they may have: Terraform's, and what a bridge makes of it."""
    found: dict[str, dict[str, tuple[str, Attribute]]] = {}
    for block, attributes in provider_tables.types()[type_]["names"].items():
        names = found.setdefault(block, {})
        for name, attribute in attributes.items():
            camel = _camel(name)
            for spelled in (f"{camel}es", f"{camel}s", camel, attribute.get("is", camel), name):
                names[spelled] = name, attribute
    return found


def _attribute(type_: str, block: str, name: str) -> tuple[str, str, Attribute]:
    """Terraform's name of an attribute of a block, pulumi-aws's name, and what else pulumi-aws does to it."""
    plain, attribute = _attributes(type_).get(block, {}).get(name, (name, _NOTHING))
    return plain, attribute.get("is", _camel(plain)), attribute


def _block(type_: str, block: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes of a block with pulumi-aws's names and shapes; Terraform's `null` is unset."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        plain, became, attribute = _attribute(type_, block, str(name))
        shaped = _shaped(type_, plain, attribute, value)
        if shaped is not None:
            found[became] = shaped
    return found


def _shaped(type_: str, name: str, attribute: Attribute, value: Any) -> Any:
    if value is None or value is UNKNOWN:
        return value
    items = list(value) if is_list(value) else [value]
    if attribute.get("block"):
        items = [_block(type_, name, each) if is_object(each) else each for each in items]
    if attribute.get("one"):
        return next(iter(items), None)
    return items if is_list(value) else next(iter(items))
