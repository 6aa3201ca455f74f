"""Finds what AWS held otherwise than the program declares, if no policy can evaluate what it held."""

from collections.abc import Iterator
from typing import Any, Final

from ..graph.graph import Graph, Resource
from ..graph.harmless import is_of_api_gateway
from ..graph.layers_of_types import layers_of
from ..graph.resource_types import HTTP_AUTHORIZER, HTTP_STAGE, READ, REST_AUTHORIZER, REST_STAGE
from ..model.stack import NotRead
from .functions import strings

_LAYERS: Final = dict.fromkeys((REST_AUTHORIZER, HTTP_AUTHORIZER), frozenset({"auth"}))
_EVALUATED: Final = frozenset({(REST_STAGE, "deployment"), (HTTP_STAGE, "deploymentId")})
"""References whose external targets a policy reports."""


def changed_in_aws(graph: Graph) -> Iterator[NotRead]:
    """The inputs that AWS no longer holds, or that led to other resources than evaluated ones, at the last refresh."""
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
    """Whether an input leads to an evaluated resource, and what AWS held in its place does not."""
    if held is None or (resource.type, name) in _EVALUATED:
        return False
    declared = set(strings(resource.inputs.get(name)))
    others = set(strings(held)) - declared
    return any(graph.named(each, *READ) for each in declared) and any(
        each.startswith("arn:") and not graph.named(each, *READ) for each in others
    )
