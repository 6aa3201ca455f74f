"""Finds where in a REST API a method or integration stands that is a resource of its own."""

from typing import Any

from ...graph.graph import EXTERNAL, Graph, Resource
from ...graph.resource_types import REST_API, REST_RESOURCE
from ...graph.values import UNKNOWN, text
from .. import openapi as bodies


def verb_of(declared: Resource) -> str:
    """The verb of a method or integration, in upper case; `ANY` for all."""
    return text(declared.inputs.get("httpMethod")).upper() or "ANY"


def unplaced(declared: Resource) -> bool:
    """Whether only deployment tells which verb it is for."""
    return declared.inputs.get("httpMethod") is UNKNOWN


class Paths:
    """The paths of a graph's REST APIs, each looked up once."""

    def __init__(self, graph: Graph) -> None:
        """Nothing was looked up yet."""
        self._graph = graph
        self._paths: dict[str, str] = {}

    def place(self, declared: Resource) -> tuple[str, str, str]:
        """What joins a method with its integration: API, resource and verb."""
        api = self._graph.target(declared, "restApi", REST_API)
        where = self._graph.target(declared, "resourceId", REST_RESOURCE)
        name = where.urn if isinstance(where, Resource) else text(declared.inputs.get("resourceId"))
        return api.urn if isinstance(api, Resource) else "", name, verb_of(declared)

    def of(self, declared: Resource) -> str:
        """Its path; the root where its resource is none of the graph."""
        where = self._graph.target(declared, "resourceId", REST_RESOURCE)
        return self._path(where) if isinstance(where, Resource) else "/"

    def elsewhere(self, declared: Resource) -> str:
        """Its path under an API of another stack, where its resource may be, too."""
        where = self._graph.target(declared, "resourceId", REST_RESOURCE)
        return f"(resource {declared.inputs['resourceId']})" if where is EXTERNAL else self.of(declared)

    def _path(self, resource: Resource) -> str:
        climbed: list[Resource] = []
        where: Any = resource
        while isinstance(where, Resource) and where.urn not in self._paths and len(climbed) < bodies.DEEPEST:
            climbed.append(where)
            where = self._graph.target(where, "parentId", REST_RESOURCE)
        path = self._paths.get(where.urn, "") if isinstance(where, Resource) else ""
        for each in reversed(climbed):
            path = f"{path}/{text(each.inputs.get('pathPart')) or each.name}"
            self._paths[each.urn] = path
        return path
