"""Translates resources that name a type of CloudFormation's and give its properties into those of aws-native.

They are `aws.cloudcontrol.Resource`, whose properties are a JSON document, and aws-native's `ExtensionResource`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from .cloudformation_names import as_inputs, native_type_of
from .graph import NotReadable, Resource
from .layers_of_types import EVERY_LAYER, layers_of
from .resource_types import CLOUD_CONTROL
from .values import UNKNOWN, is_list, is_object

EXTENSION: Final = "aws-native:index:ExtensionResource"


@dataclass(frozen=True, slots=True)
class _Form:
    """The inputs and outputs that hold the parts of a resource."""

    type: str
    properties: str
    state: str
    """The output that holds the properties and attributes of the deployed resource."""


_FORMS: Final = {
    CLOUD_CONTROL: _Form("typeName", "desiredState", "properties"),
    EXTENSION: _Form("type", "properties", "outputs"),
}


def translated(resource: Resource) -> Resource | NotReadable | None:
    """The resource in aws-native's form, why it cannot be read, or None if it changes no gateway.

    A resource of any other type stays as it is.
    """
    form = _FORMS.get(resource.type)
    if form is None:
        return resource
    given = {**resource.outputs, **resource.inputs}
    name = given.get(form.type)
    if not isinstance(name, str):
        return _not_readable(resource, "which type of resource it is cannot be read", EVERY_LAYER)
    type_ = native_type_of(name)
    if type_ is None or not layers_of(type_):
        return None
    label = f"{name} {resource.name}"
    properties, state = _object(given.get(form.properties)), _object(resource.outputs.get(form.state))
    if properties is None and state is None:
        return _not_readable(resource, f"its `{form.properties}` cannot be read", layers_of(type_), label)
    inside = resource.property_dependencies.get(form.properties, frozenset())
    inputs = as_inputs(properties or {})
    return replace(
        resource,
        type=type_,
        inputs=inputs,
        outputs=as_inputs(state or {}),
        property_dependencies=dict.fromkeys(inputs, inside) if inside else {},
        declared_as={form.properties: frozenset({form.properties, *inputs})},
        secrets=resource.secrets | strings(properties) if resource.secrets else resource.secrets,
    )


def _not_readable(resource: Resource, reason: str, layers: frozenset[str], label: str = "") -> NotReadable:
    label = label or f"{resource.type.rpartition(':')[2]} {resource.name}"
    return NotReadable(urn=resource.urn, label=label, reason=reason, layers=layers)


def _object(value: Any) -> Mapping[str, Any] | None:
    """An object, also in a JSON document; None if it cannot be read."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return None
    return value if is_object(value) else None


def strings(value: Any) -> frozenset[str]:
    """Every string in a value: if the document that it comes from is secret, so is each of them."""
    if isinstance(value, str):
        return frozenset({value})
    if value is UNKNOWN or not (is_object(value) or is_list(value)):
        return frozenset()
    return frozenset(each for item in (value.values() if is_object(value) else value) for each in strings(item))
