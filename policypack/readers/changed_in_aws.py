"""Finds what AWS held otherwise than the program declares, if no policy can evaluate what it held."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from ..graph.graph import Graph, Resource
from ..graph.harmless import is_of_api_gateway
from ..graph.layers_of_types import layers_of
from ..graph.policy_statements import statements
from ..graph.resource_types import (
    HTTP_AUTHORIZER,
    HTTP_STAGE,
    READ,
    REST_API,
    REST_API_BODY,
    REST_API_POLICY,
    REST_AUTHORIZER,
    REST_STAGE,
)
from ..graph.values import UNKNOWN, read
from ..model.stack import NotRead
from .functions import strings

_LAYERS: Final[Mapping[str, frozenset[str]]] = dict.fromkeys((REST_AUTHORIZER, HTTP_AUTHORIZER), frozenset({"auth"}))
_EVALUATED: Final = frozenset({(REST_STAGE, "deployment"), (HTTP_STAGE, "deploymentId")})
"""References whose external targets a policy reports."""


def changed_in_aws(graph: Graph) -> Iterator[NotRead]:
    """The inputs that AWS no longer holds, or that led to other resources than evaluated ones, at the last refresh."""
    yield from _other_policies(graph)
    for each in graph.resources:
        if not each.held:
            continue
        removed = sorted(name for name, value in each.held.items() if value is None)
        if removed and is_of_api_gateway(each.type):
            reason = f"the program declares `{'`, `'.join(removed)}`, and AWS did not have it at the last refresh"
            yield _not_read(each, removed, reason)
        led = sorted(name for name, value in each.held.items() if _leads_away(graph, each, name, value))
        if led and layers_of(each.type):
            reason = (
                f"at the last refresh, `{'`, `'.join(led)}` named a resource that is not among the evaluated ones, and "
                "the program declares another"
            )
            yield _not_read(each, led, reason)


def _other_policies(graph: Graph) -> Iterator[NotRead]:
    """The REST APIs without an input for their policy, whose policy in AWS is another than that of their body."""
    separate = [graph.target(each, "restApiId", REST_API) for each in graph.of_type(REST_API_POLICY, REST_API_BODY)]
    for api in graph.of_type(REST_API):
        held = api.outputs.get("policy")
        asked = isinstance(held, str) and held and api.inputs and api.inputs.get("policy") is None
        if not asked or any(each is api or each is UNKNOWN for each in separate):
            continue
        written = _policy_of_body(api.inputs.get("body"))
        if written is not UNKNOWN and _meaning(written) != _meaning(held):
            reason = "at the last refresh, it had another resource policy than the program declares"
            yield replace(_not_read(api, ["policy"], reason), layers=frozenset({"network", "auth"}), gateway=api.urn)


def _policy_of_body(body: Any) -> Any:
    """The resource policy in a body; None if it has none, UNKNOWN if that cannot be read here."""
    if isinstance(body, str):
        try:
            body = json.loads(body)
        except (ValueError, RecursionError):
            return UNKNOWN
    return read(body, "x-amazon-apigateway-policy")


def _meaning(policy: Any) -> Any:
    """What the statements of a policy say, apart from their resources, in which AWS completes ARNs."""
    found = statements(policy)
    if not isinstance(found, list):
        return UNKNOWN
    return {
        (
            each.allows,
            str(each.principal),
            tuple(sorted(map(str, each.actions))),
            tuple(
                sorted(
                    (key, operator, tuple(sorted(map(str, values))))
                    for key, (operator, values) in each.conditions.items()
                )
            ),
        )
        for each in found
    }


def _not_read(resource: Resource, names: list[str], reason: str) -> NotRead:
    kind = resource.type.rpartition(":")[2]
    return NotRead(
        urn=resource.urn,
        label=f"{kind} {resource.name}",
        subject=f"{kind} {resource.name} {' '.join(names)}",
        layers=_LAYERS.get(resource.type, layers_of(resource.type)),
        reason=reason,
    )


def _leads_away(graph: Graph, resource: Resource, name: str, held: Any) -> bool:
    """Whether an input leads to an evaluated resource, and what AWS held instead does not."""
    if held is None or (resource.type, name) in _EVALUATED:
        return False
    declared = set(strings(resource.inputs.get(name)))
    others = set(strings(held)) - declared
    leads = any(graph.named(each, *READ) for each in declared) or bool(graph.dependencies(resource, name, *READ))
    return leads and any(each.startswith("arn:") and not graph.named(each, *READ) for each in others)
