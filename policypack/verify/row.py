"""How one resource type is verified: the call that asks AWS, and the properties of the state that the response has."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..graph.values import read, text

Recorded = Mapping[str, Any]
"""The properties of a resource in the state, with its id as `id`."""


def _whole(recorded: Recorded, held: Any) -> Any:
    del recorded
    return held


def _nothing(held: Any) -> Mapping[str, str]:
    del held
    return {}


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """How a resource type is verified."""

    layer: str
    service: str
    operation: str
    params: Callable[[Recorded], Mapping[str, Any]]
    """The parameters of the operation."""
    properties: Mapping[str, str]
    """By property of the state, its path in the response; empty if it has the same name there."""
    find: Callable[[Recorded, Any], Any] = _whole
    """What describes the resource in the response; None if AWS does not have it."""
    layers: Mapping[str, str] = field(default_factory=dict[str, str])
    """The layers of properties that belong to another one than the type."""
    hidden: frozenset[str] = frozenset()
    """The properties whose values may be secret, and so are not in messages."""
    recent: frozenset[str] = frozenset()
    """The properties that older versions of boto3 and of the provider lack: they are compared if both have them."""
    read_as: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict[str, Callable[[Any], Any]])
    """By property, what both values are converted by before they are compared."""
    unreadable: Callable[[Any], Mapping[str, str]] = _nothing
    """The properties that a response lacks although AWS has them, each with the reason."""
    together: frozenset[str] = frozenset()
    """The properties of which none is compared if `ignoreChanges` has one."""


# The parameters of calls


def of(**names: str) -> Callable[[Recorded], Mapping[str, Any]]:
    """Parameters that are properties of the state: `restApiId="restApi"`."""
    return lambda recorded: {name: recorded.get(property_) for name, property_ in names.items()}


def domain(recorded: Recorded) -> Mapping[str, Any]:
    """The parameters that name a domain; a private one has an id, too."""
    id_ = text(recorded.get("domainNameId"))
    return {"domainName": recorded.get("domainName"), **({"domainNameId": id_} if id_ else {})}


def web_acl(recorded: Recorded) -> Mapping[str, Any]:
    """The parameters that name a web ACL, a rule group or a set of AWS WAF."""
    return {"Name": recorded.get("name"), "Id": recorded.get("id"), "Scope": text(recorded.get("scope")) or "REGIONAL"}


def base_path(recorded: Recorded) -> Mapping[str, Any]:
    """The parameters that name a base path mapping; AWS writes `(none)` for the root."""
    return {**domain(recorded), "basePath": text(recorded.get("basePath")) or "(none)"}


def of_http_api(name: str, key: str) -> Callable[[Recorded], Mapping[str, Any]]:
    """The parameters that name a part of an HTTP or WebSocket API: `name` is its own, with the property `key`."""
    return lambda recorded: {"ApiId": recorded.get("apiId"), name: recorded.get(key)}


def function_of_permission(recorded: Recorded) -> Mapping[str, Any]:
    """The parameters that name the function of a permission, or its alias or version."""
    qualifier = text(recorded.get("qualifier"))
    return {"FunctionName": recorded.get("function"), **({"Qualifier": qualifier} if qualifier else {})}


# Properties, and what describes a resource in a response


def same(*names: str, **renamed: str) -> Mapping[str, str]:
    """Properties that have the same name in the response, and others with their path there."""
    return {**dict.fromkeys(names, ""), **renamed}


def at(*path: str) -> Callable[[Recorded, Any], Any]:
    """What is at a path of the response."""
    return lambda _recorded, held: read(held, *path)


def listed(name: str, key: str, property_: str) -> Callable[[Recorded, Any], Any]:
    """The item of the list `name` whose field `key` is a property of the state."""
    return lambda recorded, held: next(
        (each for each in held.get(name) or () if each.get(key) == recorded.get(property_)), None
    )
