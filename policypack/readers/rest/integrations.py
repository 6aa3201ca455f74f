"""Finds the integration of a method of a REST API, where both are resources of their own."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from ...graph.children_by_parent import OF_REST_API, Children
from ...graph.graph import Graph, Resource
from ...graph.resource_types import REST_INTEGRATION, REST_INTEGRATION_RESPONSE
from ...graph.values import UNKNOWN, text
from .paths import MethodKey, Paths, method_unknown


class RestIntegrations:
    """The integrations of a graph's REST APIs that are resources."""

    def __init__(self, graph: Graph, paths: Paths) -> None:
        """Sort them by their API and by their method."""
        self._by_api = Children(graph, REST_INTEGRATION, *OF_REST_API)
        self._by_method: dict[MethodKey, Resource] = {}
        self._mocks: set[MethodKey] = set()
        self._method_unknown: set[str] = set()
        self._type_unknown: set[str] = set()
        self._responses: dict[MethodKey, list[Resource]] = defaultdict(list)
        for each in graph.of_type(REST_INTEGRATION_RESPONSE):
            self._responses[paths.key(each)].append(each)
        for each in graph.of_type(REST_INTEGRATION):
            key = paths.key(each)
            kind: Any = each.inputs.get("type")
            self._by_method[key] = each
            if text(kind).upper() == "MOCK":
                self._mocks.add(key)
            if method_unknown(each):
                self._method_unknown.add(key.api)
            if kind is UNKNOWN:
                self._type_unknown.add(key.api)

    def of(self, api: Resource) -> Sequence[Resource]:
        """The integrations of an API."""
        return self._by_api.of(api)

    def of_method(self, key: MethodKey) -> Resource | None:
        """The integration of a method."""
        return self._by_method.get(key)

    def responses(self, key: MethodKey) -> tuple[Mapping[str, Any], ...]:
        """The integration responses of a method."""
        return tuple(each.inputs for each in self._responses.get(key, ()))

    def method_unknown(self, key: MethodKey) -> bool:
        """Whether the API of a method has an integration whose method is unknown."""
        return key.api in self._method_unknown

    def is_mock(self, key: MethodKey) -> bool:
        """Whether API Gateway itself responds to a method."""
        return key in self._mocks

    def may_be_mock(self, key: MethodKey) -> bool:
        """Whether an integration that is not known well enough may make it so."""
        return key.api in self._method_unknown | self._type_unknown

    def has_mock(self, key: MethodKey) -> bool:
        """Whether API Gateway itself responds to any method of the same resource."""
        return any(each.api == key.api and each.resource == key.resource for each in self._mocks)
