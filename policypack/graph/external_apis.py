"""Finds the APIs that parts of the graph belong to, but that are not in the graph themselves."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from .graph import Graph, Resource
from .resource_types import (
    GATEWAY_RESPONSE,
    HTTP_API,
    HTTP_AUTHORIZER,
    HTTP_DEPLOYMENT,
    HTTP_INTEGRATION,
    HTTP_ROUTE,
    HTTP_STAGE,
    METHOD_SETTINGS,
    REST_API,
    REST_API_BODY,
    REST_API_POLICY,
    REST_AUTHORIZER,
    REST_DEPLOYMENT,
    REST_INTEGRATION,
    REST_INTEGRATION_RESPONSE,
    REST_METHOD,
    REST_STAGE,
)
from .values import text

PARTS_OF_REST_APIS: Final = {
    REST_METHOD: "restApi",
    REST_STAGE: "restApi",
    REST_API_POLICY: "restApiId",
    REST_API_BODY: "restApiId",
    METHOD_SETTINGS: "restApi",
    REST_INTEGRATION: "restApi",
    REST_INTEGRATION_RESPONSE: "restApi",
    REST_AUTHORIZER: "restApi",
    GATEWAY_RESPONSE: "restApiId",
    REST_DEPLOYMENT: "restApi",
}
"""What decides how a REST API is protected, with the input by which it refers to its API; the most telling first."""
PARTS_OF_HTTP_APIS: Final = {
    HTTP_ROUTE: "apiId",
    HTTP_STAGE: "apiId",
    HTTP_INTEGRATION: "apiId",
    HTTP_AUTHORIZER: "apiId",
    HTTP_DEPLOYMENT: "apiId",
}
"""The same for HTTP and WebSocket APIs."""
_UNKNOWN_API: Final = "(known only after deployment)"


def completed(graph: Graph) -> Graph:
    """The graph in which references to external APIs can be followed; the same graph if there is none.

    In a graph that is not whole, a part of an unknown API is taken for one of an external API, too.
    """
    if not graph.whole:
        graph = Graph(map(_of_some_api, graph.resources), whole=False)
    apis = [Resource(urn=f"{type_}::{id_}", type=type_, name=id_, id=id_) for type_, id_ in parts(graph)]
    return Graph(graph.resources, whole=graph.whole, not_readable=graph.not_readable, external=apis) if apis else graph


def _of_some_api(resource: Resource) -> Resource:
    name = PARTS_OF_REST_APIS.get(resource.type) or PARTS_OF_HTTP_APIS.get(resource.type)
    if name is None or text(resource.inputs.get(name)):
        return resource
    return replace(resource, inputs={**resource.inputs, name: _UNKNOWN_API})


def parts(graph: Graph) -> Mapping[tuple[str, str], list[Resource]]:
    """The parts of external APIs, by the type and id of the API."""
    found: dict[tuple[str, str], list[Resource]] = defaultdict(list)
    for type_, names in ((REST_API, PARTS_OF_REST_APIS), (HTTP_API, PARTS_OF_HTTP_APIS)):
        for part_type, name in names.items():
            for part in graph.of_type(part_type):
                id_ = text(part.inputs.get(name))
                if id_ and not any(not graph.is_external(each) for each in graph.named(id_, type_)):
                    found[type_, id_].append(part)
    return found
