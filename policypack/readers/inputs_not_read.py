"""Finds inputs that the pack does not read, on resources that belong to a gateway.

Inputs of types that are read end in one of three ways: a reader reads them, they are known to be harmless, or they are
undecided (`graph/inputs.json`). Inputs of a newer provider, which the table does not have, are undecided as well.
"""

from collections.abc import Collection, Iterator
from typing import Final

from ..graph.graph import Graph, Resource
from ..graph.inputs import not_read, passed
from ..graph.layers_of_types import layers_of
from ..graph.resource_types import READ, SECURITY_GROUP_RULE
from ..graph.values import UNKNOWN, is_list, is_object
from ..model.stack import NotRead, Stack

_API_GATEWAY: Final = ("aws:apigateway/", "aws:apigatewayv2/")
_HOPS: Final = 2
"""How far a resource may be from one that is evaluated: a rule of the security group of a VPC endpoint is two away."""

_FILLED_BY_AWS: Final = frozenset({"grants", "accessControlPolicy"})
"""What every bucket has in the end, so that it says nothing if a resource is known by its outputs, with its `id`."""


def inputs_not_read(graph: Graph, stack: Stack, behind: Collection[str]) -> Iterator[NotRead]:
    """The inputs that the pack does not read, and that may change a gateway. `behind` are URNs of what gateways use."""
    found = [(each, names) for each in graph.resources if each.type in READ and (names := _names(each))]
    if not found:
        return
    near = _near(graph, stack, behind)
    for resource, names in found:
        if resource.type.startswith(_API_GATEWAY) or resource.urn in near:
            for name in names:
                yield _not_read(resource, name)


def _names(resource: Resource) -> list[str]:
    """The inputs of a resource that are set, neither read nor known to be harmless, and of pulumi-aws.

    aws-native and CloudFormation spell many inputs in another way, so only those that the table has count there.
    """
    table = passed(resource.type)
    names = resource.inputs.keys() - table
    if not names or not table:
        return []
    known = not_read(resource.type)
    return sorted(
        each
        for each in names
        if (each in known or not (resource.native or each.startswith("_")))
        and _is_set(resource.inputs[each])
        and not (each in _FILLED_BY_AWS and "id" in resource.inputs)
        and not (resource.type == SECURITY_GROUP_RULE and resource.inputs.get("type") == "egress")
    )


def _is_set(value: object) -> bool:
    if is_object(value):
        return any(map(_is_set, value.values()))
    if is_list(value):
        return any(map(_is_set, value))
    return value is UNKNOWN or value not in (None, "", False)


def _not_read(resource: Resource, name: str) -> NotRead:
    kind = resource.type.rpartition(":")[2]
    why = not_read(resource.type).get(name)
    return NotRead(
        urn=resource.urn,
        label=f"{kind} {resource.name}",
        subject=f"{kind} {resource.name} {name}",
        layers=why.layers if why else layers_of(resource.type),
        reason=f"its `{name}` is not read" + (f", and {why.reason}" if why else ", and is not known to be harmless"),
    )


def _near(graph: Graph, stack: Stack, behind: Collection[str]) -> Collection[str]:
    """The URNs of the resources that are evaluated, and of those that refer to them or that they refer to."""
    links: dict[str, set[str]] = {}
    for each in graph.resources:
        if each.type in READ:
            for urn in _referred(each):
                links.setdefault(each.urn, set()).add(urn)
                links.setdefault(urn, set()).add(each.urn)
    parts = (*stack.vpc_endpoints, *stack.agent_gateways, *stack.user_pools, *stack.alarms)
    near = {each.urn for each in parts} | set(behind)
    near |= {each.urn for each in graph.resources if each.type.startswith(_API_GATEWAY)}
    edge = near
    for _ in range(_HOPS):
        edge = {urn for each in edge for urn in links.get(each, ())} - near
        near = near | edge
    return near


def _referred(resource: Resource) -> set[str]:
    """The URNs of the resources that a resource is computed from."""
    edges = resource.property_dependencies.values() or (resource.dependencies,)
    return {urn for urns in edges for urn in urns}
