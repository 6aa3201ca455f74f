"""Reads whether a service of AWS may invoke the functions that alarms and topics name.

- https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions-Lambda.html
- https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html
"""

from collections import defaultdict
from functools import cached_property
from typing import Any, Final

from ...graph.graph import Graph, Resource
from ...graph.resource_types import FUNCTION_PERMISSION
from ...graph.values import UNKNOWN
from ...model.fact import Fact
from ..functions import Function, FunctionReferences, reference

_EVERYONE: Final = "*"


class Invocations:
    """The permissions of the functions of a graph."""

    def __init__(self, graph: Graph) -> None:
        """Keep the graph; permissions are read only if an alarm or topic names a function."""
        self._graph = graph

    @cached_property
    def _references(self) -> FunctionReferences:
        return FunctionReferences(self._graph)

    @cached_property
    def _principals(self) -> dict[Function | None, set[Any]]:
        """Who may invoke each function; None stands for permissions whose function is unknown."""
        found: dict[Function | None, set[Any]] = defaultdict(set)
        for each in self._graph.of_type(FUNCTION_PERMISSION):
            found[self._references.named(each, "function")].add(each.inputs.get("principal"))
        return found

    def function(self, value: Any, resource: Resource, name: str) -> str:
        """The URN of the function of the graph that a value inside an input names; empty if it names none."""
        found = set(self._references.called(resource, name)[0]) if value is UNKNOWN else {self._resolved(value)}
        found = {each for each in found if isinstance(each, str)}
        return found.pop() if len(found) == 1 else ""

    def _resolved(self, value: Any) -> Function | None:
        named = reference(value) if isinstance(value, str) and ":lambda:" in value else None
        return None if named is None else self._references.resolved(named)

    def lets_in(self, function: str, service: str) -> Fact:
        """Whether a permission lets a service invoke a function."""
        given = self._principals.get(function, set())
        if given & {service, _EVERYONE}:
            return Fact.YES
        return Fact.of(None if UNKNOWN in given or self._principals.get(None) else False)
