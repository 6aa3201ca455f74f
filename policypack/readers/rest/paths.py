"""Finds the path of a method or integration of a REST API that is a resource of its own."""

from typing import Any, NamedTuple

from ...graph.graph import EXTERNAL, Graph, Resource
from ...graph.resource_types import REST_API, REST_RESOURCE
from ...graph.values import UNKNOWN, text
from .. import openapi


class MethodKey(NamedTuple):
    """What a method has in common with its integration and integration responses."""

    api: str
    """The URN of its API; empty if that is not in the graph."""
    resource: str
    """The URN of its API Gateway resource, or the id of one that is not in the graph."""
    method: str
    """The HTTP method in upper case; `ANY` for all."""


def http_method(declared: Resource) -> str:
    """The HTTP method of a method or integration, in upper case; `ANY` for all."""
    return text(declared.inputs.get("httpMethod")).upper() or "ANY"


def method_unknown(declared: Resource) -> bool:
    """Whether the HTTP method of a method or integration is known only after deployment."""
    return declared.inputs.get("httpMethod") is UNKNOWN


class Paths:
    """The paths of a graph's REST APIs, each looked up once."""

    def __init__(self, graph: Graph) -> None:
        """Look nothing up yet."""
        self._graph = graph
        self._paths: dict[str, str] = {}

    def key(self, declared: Resource) -> MethodKey:
        """The key of a method, of an integration or of an integration response."""
        api = self._graph.target(declared, "restApi", REST_API)
        resource = self._graph.target(declared, "resourceId", REST_RESOURCE)
        name = resource.urn if isinstance(resource, Resource) else text(declared.inputs.get("resourceId"))
        return MethodKey(api.urn if isinstance(api, Resource) else "", name, http_method(declared))

    def path(self, declared: Resource) -> str:
        """The path of a method; the root if its API Gateway resource is not in the graph, but its API is."""
        resource = self._graph.target(declared, "resourceId", REST_RESOURCE)
        if isinstance(resource, Resource):
            return self._path(resource)
        if not self._graph.whole:
            return f"({declared.type.rpartition(':')[2].lower()} {declared.name})"
        api = self._graph.target(declared, "restApi", REST_API)
        declared_here = isinstance(api, Resource) and not self._graph.is_external(api)
        return "/" if declared_here or resource is not EXTERNAL else f"(resource {declared.inputs['resourceId']})"

    def is_known(self, declared: Resource, api: Resource) -> bool:
        """Whether the path and the HTTP method of a method of an API are known."""
        reference: Any = declared
        name = "resourceId"
        for _ in range(openapi.DEEPEST):
            target = self._graph.target(reference, name, REST_RESOURCE)
            if not isinstance(target, Resource):
                return not method_unknown(declared) and self._is_root(reference, name, api)
            if not isinstance(target.inputs.get("pathPart"), str):
                return False
            reference, name = target, "parentId"
        return False

    def _is_root(self, reference: Resource, name: str, api: Resource) -> bool:
        """Whether an input may be taken for the id of an API's root."""
        value, root = reference.inputs.get(name), api.outputs.get("rootResourceId")
        if value is UNKNOWN:
            return api in self._graph.dependencies(reference, name, REST_API)
        return not isinstance(root, str) or value == root

    def _path(self, resource: Resource) -> str:
        climbed: list[Resource] = []
        parent: Any = resource
        while isinstance(parent, Resource) and parent.urn not in self._paths and len(climbed) < openapi.DEEPEST:
            climbed.append(parent)
            parent = self._graph.target(parent, "parentId", REST_RESOURCE)
        path = self._paths.get(parent.urn, "") if isinstance(parent, Resource) else ""
        for each in reversed(climbed):
            path = f"{path}/{text(each.inputs.get('pathPart')) or each.name}"
            self._paths[each.urn] = path
        return path
