"""Reads deployments: whether a change of the API reaches its stages."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from ...graph.children import OF_REST_API, Children
from ...graph.graph import Graph, Resource
from ...graph.resource_types import REST_DEPLOYMENT, REST_STAGE
from ...graph.values import UNKNOWN, items
from ...model.api import Deployment
from ...model.fact import Fact

_NATIVE: Final = "aws-native:"
_NEAR: Final = 3
"""Steps that dependencies are followed: a deployment waits for integrations, and they for their methods."""


class Deployments:
    """The deployments of a graph, by API."""

    def __init__(self, graph: Graph) -> None:
        """Sort them once."""
        self._graph = graph
        self._deployments = Children(graph, REST_DEPLOYMENT, *OF_REST_API)
        self._stages = Children(graph, REST_STAGE, *OF_REST_API)

    def _of(self, api: Resource) -> Iterator[Resource]:
        """The deployments of an API; one of an unknown API belongs to that of the stages that use it."""
        yield from self._deployments.of(api)
        if self._deployments.of_unknown_parent:
            stages = self._stages.of(api)
            used = [self._graph.target(stage, "deployment", REST_DEPLOYMENT) for stage in stages]
            urns = {each.urn for each in used if isinstance(each, Resource)}
            yield from (each for each in self._deployments.of_unknown_parent if each.urn in urns)

    def of(self, api: Resource, parts: Iterable[Resource]) -> Iterator[Deployment]:
        """Those of an API; `parts` are its methods and integrations that are resources of their own."""
        needed = {each.urn for each in parts}
        for each in self._of(api):
            triggers = each.inputs.get("triggers")
            reached = self._reached(each) if needed else set[str]()
            yield Deployment(
                urn=each.urn,
                label=f"deployment {each.name}",
                follows=_follows(each, triggers),
                gap="has no triggers: later changes never reach its stages",
                waits=Fact.YES if needed <= reached else Fact.NO,
            )

    def _reached(self, deployment: Resource) -> set[str]:
        """What it waits for, a few steps deep."""
        reached, edge = set[str](), [deployment]
        for _ in range(_NEAR):
            near = {urn for each in edge for urn in _dependencies(each)} - reached
            reached |= near
            edge = [each for each in map(self._graph.by_urn, near) if each is not None]
        return reached


def _follows(deployment: Resource, triggers: Any) -> Fact:
    """Whether triggers make a new one; CloudFormation has none, a new one takes a new name."""
    if triggers is UNKNOWN or items(triggers or None):
        return Fact.YES
    return Fact.UNKNOWN if _NATIVE in deployment.urn else Fact.NO


def _dependencies(resource: Resource) -> set[str]:
    return set(resource.dependencies).union(*resource.property_dependencies.values())
