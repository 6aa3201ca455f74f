"""Reads which resource policy an API has, out of the places where it may stand, and whom it lets in."""

import re
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ..graph.children import OF_REST_API, Children
from ..graph.graph import Graph, Resource
from ..graph.resource_types import REST_API, REST_API_BODY, REST_API_POLICY, REST_DEPLOYMENT
from ..graph.values import UNKNOWN, text
from ..model.auth import Route
from ..model.fact import Fact, every
from ..model.network import ResourcePolicy
from ..resource_policy import (
    Access,
    Call,
    Document,
    Place,
    PolicyError,
    parse,
    shapes,
)

_BODY_POLICY: Final = "x-amazon-apigateway-policy"
_PARAMETER: Final = re.compile(r"\{[^}]*\}")
_GREEDY: Final = re.compile(r"\{[^}]*\+\}$")
_VERBS: Final = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS")
_ANY_ROUTE: Final = "any route"
_FARTHEST: Final = 2_000
"""Resources followed in search of a dependency."""


@dataclass(frozen=True, slots=True)
class _Written:
    value: Any
    urn: str


class Policies:
    """The resource policies of a graph, by API."""

    def __init__(self, graph: Graph) -> None:
        """Sort what stands apart from the APIs by API, once."""
        self._graph = graph
        self._separate = Children(graph, REST_API_POLICY, "restApiId", REST_API)
        self._puts = Children(graph, REST_API_BODY, "restApiId", REST_API)
        self._deployments = Children(graph, REST_DEPLOYMENT, *OF_REST_API)

    def of(
        self,
        api: Resource,
        root: Mapping[str, Any],
        *,
        routes: Sequence[Route],
        stages: Sequence[str],
        private: Fact,
        unread: bool,
    ) -> ResourcePolicy:
        """The policy of an API, with the root of its body and its routes; or that there is none."""
        written = self._written(api, root, unread=unread)
        problem = ""
        try:
            document = parse(written.value)
        except PolicyError as error:
            document, problem = None, str(error)
        access = None
        if isinstance(document, Document):
            access = Access(document, _calls(routes, stages, shapes(document)), _arn(api))
        labels = [each.label for each in routes if not each.preflight] or [_ANY_ROUTE]
        unclear = dict.fromkeys(labels, Fact.YES if document is None else Fact.UNKNOWN)
        contested = self._contested(api, root)
        return ResourcePolicy(
            urn=written.urn,
            label=f"API {text(api.inputs.get('name')) or api.name}",
            written=Fact.YES if access else Fact.NO if document is None else Fact.UNKNOWN,
            problem=problem,
            from_anywhere=access.from_anywhere() if access else unclear,
            to_any_account=access.strangers_sign(private) if access else {},
            past_its_list=access.silent_outside() if access else {},
            through_any_endpoint=access.through_any_endpoint() if access else unclear,
            to_somebody=access.to_somebody(private) if access else {},
            shuts_out_insiders=access.shuts_out_insiders if access else False,
            survives=Fact.NO if contested else Fact.YES,
            contested=contested,
            deployed=self._deployed(api),
        )

    def _written(self, api: Resource, root: Mapping[str, Any], *, unread: bool) -> _Written:
        """The policy that holds: one of its own is written last, and an argument wins over the body."""
        for each in reversed(self._separate.of(api)):
            return _Written(each.inputs.get("policy"), each.urn)
        inline = api.inputs.get("policy")
        if inline is not None:
            return _Written(inline, api.urn)
        return _Written(UNKNOWN if unread else root.get(_BODY_POLICY), api.urn)

    def _contested(self, api: Resource, root: Mapping[str, Any]) -> str:
        separate, puts = self._separate.of(api), self._puts.of(api)
        merged = api.inputs.get("putRestApiMode") == "merge"
        if separate and api.inputs.get("body") is not None and not merged:
            return "has its policy in a separate resource beside a body: the next change of the body wipes it"
        if separate and puts:
            return "has its policy in a separate resource beside a RestApiPut: the next import wipes it"
        if separate and api.inputs.get("policy") is not None:
            return "has one policy on the API and another in a separate resource: each overwrites the other"
        if len(separate) > 1:
            return "has several policies in separate resources: each overwrites the others"
        if puts and api.inputs.get("policy") is not None and _BODY_POLICY not in root:
            return "has its policy on the API beside a RestApiPut: the next import wipes it"
        return ""

    def _deployed(self, api: Resource) -> Fact:
        """Whether each deployment waits for a policy that stands apart; else it may be taken before."""
        wanted = {each.urn for each in self._separate.of(api)}
        if not wanted:
            return Fact.YES
        waits = (self._comes_after(each, wanted) for each in self._deployments.of(api))
        return every(*(Fact.YES if each else Fact.NO for each in waits))

    def _comes_after(self, resource: Resource, wanted: set[str]) -> bool:
        """Whether a resource is made after others, by whatever chain of dependencies."""
        found: set[str] = set()
        ahead = deque([resource])
        while ahead and len(found) < _FARTHEST and not wanted <= found:
            each = ahead.popleft()
            urns = each.dependencies.union(*each.property_dependencies.values(), [each.parent] if each.parent else [])
            fresh = urns - found
            found |= fresh
            ahead += [known for known in map(self._graph.by_urn, fresh) if known is not None]
        return wanted <= found


def _arn(api: Resource) -> str:
    """The execute-api ARN of an API, or its id alone while that is all that is known."""
    return text(api.outputs.get("executionArn")) or text(api.id)


def _calls(routes: Sequence[Route], stages: Sequence[str], shapes_: Collection[Sequence[str]] = ()) -> Iterator[Call]:
    """Each route as callers reach it, preflights apart; one of any kind where no route is known."""
    called = [each for each in routes if not each.preflight]
    written = {each.label.partition(" ")[2] for each in called}
    reached = {path: [_plain(path), *_deeper(path, shapes_, written)] for path in written}
    for stage in stages or ("stage",):
        for route in called:
            verb, _, path = route.label.partition(" ")
            for method in _VERBS if verb == "ANY" else (verb,):
                for each in reached[path]:
                    yield Call(route.label, route.how, Place(stage, method, each))
        if not called:
            yield Call(_ANY_ROUTE, "unknown", Place(stage, "GET", "x"))


def _plain(path: str) -> str:
    return _PARAMETER.sub("x", path).removeprefix("/")


def _deeper(path: str, shapes_: Collection[Sequence[str]], written: Iterable[str]) -> list[str]:
    """The paths under a greedy parameter that a policy may speak of, and that no narrower route answers."""
    if not shapes_ or not _GREEDY.search(path):
        return []
    before = _plain(path).split("/")[:-1]
    fitted = {"/".join([*before, *each[len(before) :]]) for each in shapes_ if len(each) > len(before)}
    narrower = [_matching(each) for each in written if not _GREEDY.search(each) or each.count("/") > path.count("/")]
    return sorted(each for each in fitted - {_plain(path)} if not any(one.fullmatch(each) for one in narrower))


def _matching(path: str) -> re.Pattern[str]:
    parts = path.removeprefix("/").split("/")
    return re.compile(
        "/".join(".+" if _GREEDY.search(each) else "[^/]+" if "{" in each else re.escape(each) for each in parts)
    )
