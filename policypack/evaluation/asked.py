"""Reads a target, and evaluates the way of a request through its gateways."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..ask.api import Api
from ..ask.evaluate import has_route, walks
from ..ask.request import Request
from ..ask.walk import Walk
from ..graph.external_apis import completed
from ..graph.graph import Graph, Resource
from ..graph.normalised import normalised
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
        with_route = [each for each in self.apis if has_route(each, request)]
        return [walk for api in with_route or self.apis for walk in walks(api, request)]


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
