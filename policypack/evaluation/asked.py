"""Reads a target, and evaluates the way of a request through its gateways."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..ask.api import Api
from ..ask.callers import Callers, callers
from ..ask.evaluate import has_route, takes, walks
from ..ask.request import Request
from ..ask.walk import Walk
from ..graph.external_apis import completed
from ..graph.graph import Graph, Resource
from ..graph.normalised import normalised
from ..graph.values import UNKNOWN, is_list, is_object
from ..readers.asked import Asked
from ..readers.stack import build
from ..redaction.redact import Redactor
from ..sources import target


@dataclass(frozen=True, slots=True)
class AskedStack:
    """The gateways of a stack, ready for questions."""

    apis: tuple[Api, ...]
    locations: Mapping[str, str]
    """Where the program declares each resource, by URN."""
    redacted: Redactor

    def walks(self, request: Request) -> Sequence[Walk]:
        """The way of the request through every entry point of the APIs that have a route for it, else of all."""
        of_kind = [each for each in self.apis if takes(each, request)]
        with_route = [each for each in of_kind if has_route(each, request)]
        return [walk for api in with_route or of_kind for walk in walks(api, request)]

    def callers(self, route: str = "") -> Sequence[Callers]:
        """The callers that reach the routes of the APIs, or one route such as `GET /orders/{id}`."""
        return [found for api in self.apis for found in callers(api, route)]

    @property
    def routes(self) -> Sequence[str]:
        """The routes of all APIs."""
        return list(dict.fromkeys(each.label for api in self.apis for each in api.gateway.routes))

    @property
    def unknown_routes(self) -> Sequence[tuple[str, str]]:
        """The APIs of which routes are unknown, and why."""
        return [
            (each.gateway.label, each.gateway.routes_known.reason or "its routes are known only after deployment")
            for each in self.apis
            if not each.gateway.routes_known.is_yes
        ]


def load(given: str, *, stack: str | None = None) -> AskedStack:
    """Read a target. Raises SourceError if it cannot be read."""
    return of_resources(target.load(given, stack=stack).resources)


def of_resources(resources: Sequence[Resource]) -> AskedStack:
    """The gateways of resources."""
    graph = completed(normalised(Graph(resources)))
    return AskedStack(
        tuple(Asked(graph).of(build(graph))),
        {each.urn: each.location for each in graph.resources if each.location},
        Redactor(text for each in graph.resources for text in each.secrets),
    )


def of_registered(resources: Sequence[Mapping[str, Any]], *, unknown: object) -> AskedStack:
    """The gateways of what a program registered.

    Each resource is a map with the fields of `Resource`, and `unknown` stands for what is known only after deployment.
    """

    def plain(value: Any) -> Any:
        if value is unknown:
            return UNKNOWN
        if is_object(value):
            return {key: plain(item) for key, item in value.items()}
        return [plain(item) for item in value] if is_list(value) else value

    return of_resources([_resource({name: plain(value) for name, value in each.items()}) for each in resources])


def _resource(given: Mapping[str, Any]) -> Resource:
    return Resource(
        urn=given["urn"],
        type=given["type"],
        name=given["name"],
        id=given["id"] or UNKNOWN,
        parent=given["parent"],
        inputs=given["inputs"],
        outputs=given["outputs"],
        custom=given["custom"],
        dependencies=given["dependencies"],
        property_dependencies=given["property_dependencies"],
    )
