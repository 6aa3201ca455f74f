"""Reads deployments: whether a change of the API reaches its stages."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from ...graph.children_by_parent import OF_REST_API, Children
from ...graph.graph import EXTERNAL, Graph, Resource
from ...graph.resource_types import REST_DEPLOYMENT, REST_STAGE
from ...graph.values import UNKNOWN, items, read
from ...model.api import Deployment
from ...model.fact import Fact, every

_STEPS: Final = 3
"""How far dependencies are followed: a deployment depends on integrations, and they depend on methods."""


class Deployments:
    """The deployments of the REST APIs of a graph."""

    def __init__(self, graph: Graph) -> None:
        """Sort deployments and stages by API."""
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
        """The deployments of an API; `parts` are those of its methods and integrations that are resources."""
        needed = {each.urn for each in parts}
        for each in self._of(api):
            reached = self._reached(each) if needed else set[str]()
            yield Deployment(
                urn=each.urn,
                label=f"deployment {each.name}",
                follows_changes=follows_changes(each, no="has no triggers: later changes never reach its stages"),
                waits_for_methods=Fact.of(needed <= reached, no="does not depend on all methods of its API"),
            )

    def _reached(self, deployment: Resource) -> set[str]:
        """The URNs that a deployment depends on, a few steps deep."""
        reached, edge = set[str](), [deployment]
        for _ in range(_STEPS):
            near = {urn for each in edge for urn in _dependencies(each)} - reached
            reached |= near
            edge = [each for each in map(self._graph.by_urn, near) if each is not None]
        return reached


def follows_changes(deployment: Resource, *, no: str) -> Fact | None:
    """Whether its triggers create a new deployment; `no` is the reason where it has none.

    None for aws-native, which has no triggers: there only a new resource name brings a new deployment.
    """
    if deployment.native:
        return None
    triggers = deployment.inputs.get("triggers")
    return Fact.of(triggers is UNKNOWN or bool(items(triggers or None)), no=no)


def _dependencies(resource: Resource) -> set[str]:
    return set(resource.dependencies).union(*resource.property_dependencies.values())


def serves_declared(graph: Graph, stage: Resource, *, type_: str, inputs: Mapping[str, tuple[str, ...]]) -> Fact:
    """Whether a stage serves deployments of the graph only; an unknown id is that of one that the program creates.

    `inputs` are those that name a deployment, by what serves it, each as a path; `type_` is the type of deployments.
    """
    targets = {
        served_by: graph.follow(stage, name, read(stage.inputs.get(name), *inner), type_)
        for served_by, (name, *inner) in inputs.items()
    }
    return every(
        *(
            Fact.unknown(f"the deployment that {served_by} serves is not among the evaluated resources")
            for served_by, target in targets.items()
            if target is EXTERNAL
        )
    )
