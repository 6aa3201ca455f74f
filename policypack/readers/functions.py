"""Reads references to Lambda functions, in every form that AWS accepts.

A function is named by its name, by a name with an alias or version, by a partial ARN (`ACCOUNT:function:NAME`), by an
ARN, by the URI under which API Gateway invokes it, or by its own URL. An OpenAPI document contains such references in
its text.

https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from ..graph.graph import Graph, Resource
from ..graph.resource_types import FUNCTION, FUNCTION_ALIAS, FUNCTION_URL
from ..graph.values import UNKNOWN, is_list, is_object, text

_NAME: Final = r"[\w-]+"
_REFERENCE: Final = re.compile(
    rf"(?:(?:arn:[\w-]+:lambda:(?P<region>[\w-]*):)?(?P<account>\d*):)?(?:function:)?(?P<name>{_NAME})"
    rf"(?::(?:\$LATEST|{_NAME}))?"
)
_ARN: Final = re.compile(rf"arn:[\w-]+:lambda:[\w-]*:\d*:function:{_NAME}(?![\w-]*[*?$])")
_INVOKED: Final = re.compile(r"/functions/([^/\s\"']+)/")
"""A function in the URI of an integration: `...:lambda:path/2015-03-31/functions/ARN/invocations`."""
_URL: Final = re.compile(r"([a-z0-9]+)\.lambda-url\.", re.IGNORECASE)
_STAGE_VARIABLE: Final = "${stageVariables."


@dataclass(frozen=True, slots=True)
class Reference:
    """A function that is named, but is not among the evaluated resources."""

    name: str
    account: str = ""
    """Empty if the reference leaves it out, as is the region."""
    region: str = ""

    def may_be(self, other: "Reference") -> bool:
        """Whether both can name the same function."""
        return self.name == other.name and _agree(self.account, other.account) and _agree(self.region, other.region)


Function: TypeAlias = str | Reference
"""The URN of a function of the graph, or a reference to an external one."""


def _agree(one: str, other: str) -> bool:
    return one == other or not one or not other


def reference(written: str) -> Reference | None:
    """The function that a name, partial ARN or ARN names; None for any other string."""
    found = _REFERENCE.fullmatch(written)
    return Reference(found["name"], found["account"] or "", found["region"] or "") if found else None


class FunctionReferences:
    """Resolves the references of a graph to functions."""

    def __init__(self, graph: Graph) -> None:
        """Index the functions by name, and their URLs by host, once."""
        self._graph = graph
        self._by_name: dict[str, list[tuple[Reference, str]]] = defaultdict(list)
        self._urls: dict[str, Resource] = {}
        for function in graph.of_type(FUNCTION):
            arn = reference(text(function.outputs.get("arn"))) or Reference("")
            written = (arn.name, function.inputs.get("name"), function.outputs.get("name"), function.id)
            for name in {known.name for each in written if (known := reference(text(each)))}:
                self._by_name[name].append((Reference(name, arn.account, arn.region), function.urn))
        for url in graph.of_type(FUNCTION_URL):
            found = _URL.search(text(url.outputs.get("functionUrl")))
            if found:
                self._urls[found[1].lower()] = url

    def called(self, caller: Resource, name: str) -> tuple[set[Function], bool]:
        """The functions that an input of a caller names anywhere inside it, and whether these are all."""
        value = caller.inputs.get(name)
        found = set(self._written(value))
        if not _has_unknown(value):
            return found, True
        found |= set(self._computed_from(caller, name))
        # An unknown value that is computed from other resources alone names no function of the graph.
        return found, bool(caller.property_dependencies.get(name))

    def named(self, resource: Resource, name: str) -> Function | None:
        """The function that an input names as a whole, as permissions and URLs do; None if that is unknown."""
        value = resource.inputs.get(name)
        if isinstance(value, str):
            known = reference(value)
            return Reference(value) if known is None else self.resolved(known)
        found = set(self._computed_from(resource, name))
        return found.pop() if len(found) == 1 else None

    def resolved(self, named: Reference) -> Function:
        """The function of the graph that a reference names, if it names exactly one; else the reference itself."""
        possible = [(known, urn) for known, urn in self._by_name.get(named.name, ()) if known.may_be(named)]
        exact = {urn for known, urn in possible if known == named}
        found = exact if len(exact) == 1 else {urn for _, urn in possible}
        return found.pop() if len(found) == 1 else named

    def _written(self, value: Any) -> Iterator[Function]:
        for written in strings(value):
            for each in (*_INVOKED.findall(written), *_ARN.findall(written)):
                known = reference(each)
                if known is not None:
                    yield self.resolved(known)
            for host in _URL.findall(written):
                url = self._urls.get(host.lower())
                function = None if url is None else self.named(url, "functionName")
                if function is not None:
                    yield function

    def _computed_from(self, resource: Resource, name: str) -> Iterator[Function]:
        """The functions that an unknown input is computed from: directly, by an alias or by a URL."""
        yield from (each.urn for each in self._graph.dependencies(resource, name, FUNCTION))
        for each in self._graph.dependencies(resource, name, FUNCTION_ALIAS, FUNCTION_URL):
            function = self.named(each, "functionName")
            if function is not None:
                yield function


def chosen_by_stage(value: Any) -> bool:
    """Whether a stage variable decides which function a value names."""
    return any(_STAGE_VARIABLE in each for written in strings(value) for each in _INVOKED.findall(written))


def strings(value: Any) -> Iterator[str]:
    """All strings inside a value."""
    if isinstance(value, str):
        yield value
    elif is_object(value):
        for each in value.values():
            yield from strings(each)
    elif is_list(value):
        for each in value:
            yield from strings(each)


def _has_unknown(value: Any) -> bool:
    if is_object(value):
        return any(map(_has_unknown, value.values()))
    return any(map(_has_unknown, value)) if is_list(value) else value is UNKNOWN
