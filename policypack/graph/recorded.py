"""What a source records of a deployed resource: its outputs, and as far as they lack something, its inputs."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from .graph import Resource
from .values import UNKNOWN, is_list, is_object, text

_REGION: Final = re.compile(r"arn:aws[\w-]*:[\w-]+:([\w-]+):")


def deployed(resource: Resource, declared: Resource | None) -> Resource:
    """A resource of which only outputs were given, with its id, and with the inputs and secrets that were declared.

    Without a declaration, because the program only reads the resource or because it is no target of the operation, its
    outputs are all that is known of its inputs.
    """
    return replace(
        resource,
        id=resource.outputs.get("id", UNKNOWN),
        inputs=resource.outputs if declared is None else declared.inputs,
        secrets=resource.secrets if declared is None else resource.secrets | declared.secrets,
    )


def properties_of(resource: Resource) -> Mapping[str, Any]:
    """The properties in a state file: outputs, which were deployed, take precedence over inputs that can be read."""
    if resource.native:
        return {**resource.inputs, "id": _native_id(resource)}
    declared = {name: value for name, value in resource.inputs.items() if value is not UNKNOWN}
    return {**declared, **resource.outputs, "id": resource.id}


def _native_id(resource: Resource) -> Any:
    """The id of a resource of CloudFormation, whose identifier may consist of several, such as `API|ROUTE`."""
    if not isinstance(resource.id, str) or "|" not in resource.id:
        return resource.id
    declared = [each for each in resource.inputs.values() if isinstance(each, str)]
    own = [part for part in resource.id.split("|") if part not in declared]
    return own[0] if len(own) == 1 else UNKNOWN


def value_of(resource: Resource, name: str) -> Any:
    """One property in a state file; UNKNOWN if it cannot be read, None if there is none."""
    return properties_of(resource).get(name, resource.inputs.get(name))


def arns_of(resource: Resource) -> list[str]:
    """The ARNs that AWS gave a resource."""
    given = (text(resource.outputs.get(name)) for name in ("arn", "executionArn"))
    return [each for each in given if each]


def region_of(resource: Resource) -> str:
    """The region that a resource is in; empty if its state does not show it."""
    if text(resource.inputs.get("scope") or resource.outputs.get("scope")) == "CLOUDFRONT":
        return "us-east-1"
    given = text(resource.outputs.get("region") or resource.inputs.get("region"))
    names = (resource.outputs.get("arn"), resource.outputs.get("resourceArn"), resource.id)
    found = next(filter(None, (_REGION.match(text(each)) for each in names)), None)
    return given or (found[1] if found else "")


def tags_of(resource: Resource) -> Iterator[tuple[str, str]]:
    """The declared tags, by key, whether they are a map or, as in aws-native, a list of objects."""
    given = resource.inputs.get("tags")
    if is_object(given):
        yield from ((key, text(value)) for key, value in given.items())
    elif is_list(given):
        yield from ((text(each.get("key")), text(each.get("value"))) for each in given if is_object(each))
