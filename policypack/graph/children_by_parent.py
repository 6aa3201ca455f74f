"""Sorts resources by the resource that they belong to, such as methods by their API."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from .graph import Graph, Resource
from .resource_types import HTTP_API, REST_API
from .values import UNKNOWN

OF_REST_API: Final = ("restApi", REST_API)
"""How the parts of a REST API refer to it: by which input, and to which type of resource."""
OF_HTTP_API: Final = ("apiId", HTTP_API)
"""How the parts of an HTTP or WebSocket API refer to it."""


class Children:
    """The resources of some types, sorted by the resource that one of their inputs refers to: their parent."""

    def __init__(self, graph: Graph, types: str | Sequence[str], reference: str, *parents: str) -> None:
        """Sort the resources of `types` by the resource of a type in `parents` that their input `reference` names."""
        self._by_parent: dict[str, list[Resource]] = defaultdict(list)
        without_parent: list[Resource] = []
        of_unknown_parent: list[Resource] = []
        for child in graph.of_type(*([types] if isinstance(types, str) else types)):
            parent = graph.target(child, reference, *parents)
            if isinstance(parent, Resource):
                self._by_parent[parent.urn].append(child)
            else:
                without_parent.append(child)
            if parent is UNKNOWN:
                of_unknown_parent.append(child)
        self.without_parent: Sequence[Resource] = without_parent
        """Those whose parent cannot be followed: an unknown one, or none at all."""
        self.of_unknown_parent: Sequence[Resource] = of_unknown_parent
        """Those of which only deployment shows whose they are."""

    def of(self, parent: Resource) -> Sequence[Resource]:
        """The children of a resource, in the order of the graph."""
        return self._by_parent.get(parent.urn, ())
