"""Finds the stages that resources name, although none of the evaluated resources declares them."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from ..graph.graph import Graph, Resource
from ..graph.resource_types import (
    AGENT_GATEWAY_TARGET,
    API_MAPPING,
    APIS,
    BASE_PATH_MAPPING,
    CLASSIC_WEB_ACL_ASSOCIATION,
    HTTP_API,
    METHOD_SETTINGS,
    ROUTING_RULE,
    STAGES,
    USAGE_PLAN,
    WEB_ACL_ASSOCIATION,
)
from ..graph.values import UNKNOWN, items, read, text
from .stage_index import StageIndex, stage_of_arn

DEFAULT: Final = "$default"
UNKNOWN_NAME: Final = "known only after deployment"


@dataclass(frozen=True, kw_only=True, slots=True)
class NamedStage:
    """A stage that is named, but not declared."""

    name: str
    """Empty if it is unknown."""
    by: Resource
    """What names it."""


class NamedStages:
    """The stages that resources of a graph name, but that none declares, by API."""

    def __init__(self, graph: Graph, stages: StageIndex) -> None:
        """Follow everything that names a stage, once."""
        self._graph = graph
        self._declared = stages.names
        self._named: dict[str, dict[str, NamedStage]] = defaultdict(dict)
        for by, name, api, stage in self._names():
            self._add(by, name, api, stage)

    def of(self, api: Resource) -> list[NamedStage]:
        """The stages of an API that are named, but not declared."""
        return list(self._named.get(api.urn, {}).values())

    def _names(self) -> Iterator[tuple[Resource, str, Any, Any]]:
        """Each resource that names a stage, by which input, with the API and the stage that it names."""
        for plan in self._graph.of_type(USAGE_PLAN):
            for each in items(plan.inputs.get("apiStages")):
                yield plan, "apiStages", read(each, "apiId"), read(each, "stage")
        for type_, api, stage in (
            (API_MAPPING, "apiId", "stage"),
            (BASE_PATH_MAPPING, "restApi", "stageName"),
            (METHOD_SETTINGS, "restApi", "stageName"),
        ):
            for each in self._graph.of_type(type_):
                yield each, api, each.inputs.get(api), each.inputs.get(stage)
        for rule in self._graph.of_type(ROUTING_RULE):
            for action in items(rule.inputs.get("actions")):
                for each in (*items(read(action, "invokeApi")), *items(read(action, "invokeApis"))):
                    yield rule, "actions", read(each, "apiId"), read(each, "stage")
        for association in self._graph.of_type(WEB_ACL_ASSOCIATION, CLASSIC_WEB_ACL_ASSOCIATION):
            named = stage_of_arn(association.inputs.get("resourceArn"))
            if named is not None:
                yield association, "resourceArn", *named
        for target in self._graph.of_type(AGENT_GATEWAY_TARGET):
            api = read(target.inputs.get("targetConfiguration"), "mcp", "apiGateway")
            yield target, "targetConfiguration", read(api, "restApiId"), read(api, "stage")

    def _add(self, by: Resource, name: str, api: Any, stage: Any) -> None:
        found = self._graph.follow(by, name, api, *APIS)
        if not isinstance(found, Resource) or stage is None or stage == "":
            return
        declared = self._declared.get(found.urn, [])
        # A declared stage whose name is unknown may be the one that is named.
        if stage in declared or UNKNOWN in declared or None in declared:
            return
        if found.type == HTTP_API and found.inputs.get("target") is not None and stage in (DEFAULT, UNKNOWN):
            return  # the API itself creates the stage
        if stage is UNKNOWN and (declared or self._refers_to_stage(by)):
            return
        self._named[found.urn].setdefault(text(stage), NamedStage(name=text(stage), by=by))

    def _refers_to_stage(self, by: Resource) -> bool:
        return any(self._graph.dependencies(by, name, *STAGES) for name in by.property_dependencies)
