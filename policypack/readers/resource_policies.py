"""Reads the resource policy of an API, wherever it is declared, and evaluates whom it lets in."""

import re
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ..graph.children_by_parent import OF_REST_API, Children
from ..graph.graph import Graph, Resource
from ..graph.resource_types import REST_API, REST_API_BODY, REST_API_POLICY, REST_DEPLOYMENT
from ..graph.values import UNKNOWN, text
from ..model.auth import Route
from ..model.fact import Fact, every
from ..model.network import ResourcePolicy
from ..resource_policy import (
    Access,
    Document,
    Method,
    MethodResource,
    PolicyError,
    parse,
    resource_paths,
)

_BODY_POLICY: Final = "x-amazon-apigateway-policy"
_PARAMETER: Final = re.compile(r"\{[^}]*\}")
_GREEDY: Final = re.compile(r"\{[^}]*\+\}$")
_METHODS: Final = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS")
_UNKNOWN: Final = Fact.unknown("its resource policy is known only after deployment")
_ANY_ROUTE: Final = "any route"
_MAX_DEPENDENCIES: Final = 2_000
"""How many resources are followed in search of a dependency."""


@dataclass(frozen=True, slots=True)
class _Written:
    value: Any
    urn: str


class ResourcePolicies:
    """The resource policies of a graph, by API."""

    def __init__(self, graph: Graph) -> None:
        """Sort what is declared separately from the APIs by API, once."""
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
        otherwise: Fact | None,
    ) -> ResourcePolicy:
        """The resource policy of an API, or its absence.

        `root` is the API's body; `otherwise` says why a policy may be where it cannot be read, such as in an unknown
        body: it decides if none is declared.
        """
        written = self._written(api, root)
        label = f"API {text(api.inputs.get('name')) or api.name}"
        survives, deployed = self._survives_imports(api, root), self._deployed(api)
        absent, rejected = Fact.no("has no resource policy"), False
        try:
            document = parse(written.value)
        except PolicyError as error:
            document, rejected = None, True
            absent = Fact.no(f"has a resource policy that AWS rejects: {error}")
        if isinstance(document, Document):
            methods = _methods(routes, stages, resource_paths(document))
            access = Access(document, methods, _arn(api))
            return ResourcePolicy(
                urn=written.urn,
                label=label,
                attached=Fact.YES,
                open_to_internet=access.open_to_internet(),
                open_to_any_account=access.open_to_any_account(private),
                allow_list_bypassed=access.allow_list_bypassed(private),
                open_to_any_vpc_endpoint=access.open_to_any_vpc_endpoint(),
                satisfiable=access.satisfiable(private),
                has_inverted_deny=access.has_inverted_deny,
                survives_imports=survives,
                deployed=deployed,
            )
        labels = [each.label for each in routes if not each.is_preflight] or [_ANY_ROUTE]
        decisive = _UNKNOWN if document is UNKNOWN else None if rejected else otherwise
        is_open = dict.fromkeys(labels, Fact.YES if decisive is None else decisive)
        return ResourcePolicy(
            urn=written.urn,
            label=label,
            attached=absent if decisive is None else decisive,
            open_to_internet=is_open,
            open_to_any_vpc_endpoint=is_open,
            survives_imports=survives,
            deployed=deployed,
        )

    def _written(self, api: Resource, root: Mapping[str, Any]) -> _Written:
        """The policy in effect: a separate one is written last; an input overrides the body, but not a RestApiPut's."""
        for each in reversed(self._separate.of(api)):
            return _Written(each.inputs.get("policy"), each.urn)
        inline = api.inputs.get("policy")
        if inline is not None and not (self._puts.of(api) and root.get(_BODY_POLICY) is not None):
            return _Written(inline, api.urn)
        return _Written(root.get(_BODY_POLICY), api.urn)

    def _survives_imports(self, api: Resource, root: Mapping[str, Any]) -> Fact:
        """Whether the next change of the API leaves its policy as it is; the reason says what overwrites it."""
        separate, puts = self._separate.of(api), self._puts.of(api)
        merged = api.inputs.get("putRestApiMode") == "merge"
        if separate and api.inputs.get("body") is not None and not merged:
            return Fact.no("has a body and a separate RestApiPolicy: the next change of the body removes the policy")
        if separate and puts:
            return Fact.no("has a RestApiPut and a separate RestApiPolicy: the next import removes the policy")
        if separate and api.inputs.get("policy") is not None:
            return Fact.no("has one policy on the API and another in a RestApiPolicy: each overwrites the other")
        if len(separate) > 1:
            return Fact.no("has several RestApiPolicy resources: each overwrites the others")
        if puts and api.inputs.get("policy") is not None and _BODY_POLICY not in root:
            return Fact.no("has a RestApiPut and a policy on the API: the next import removes the policy")
        return Fact.YES

    def _deployed(self, api: Resource) -> Fact:
        """Whether each deployment waits for a separate policy; otherwise it may be created before."""
        policies = {each.urn for each in self._separate.of(api)}
        deployments = self._deployments.of(api) if policies else ()
        return every(
            *(
                Fact.of(
                    self._created_after(each, policies),
                    no=f"has a separate RestApiPolicy that its deployment {each.name} does not depend on",
                )
                for each in deployments
            )
        )

    def _created_after(self, resource: Resource, others: set[str]) -> bool:
        """Whether a resource depends on others, directly or through a chain of dependencies."""
        found: set[str] = set()
        queue = deque([resource])
        while queue and len(found) < _MAX_DEPENDENCIES and not others <= found:
            each = queue.popleft()
            urns = each.dependencies.union(*each.property_dependencies.values(), [each.parent] if each.parent else [])
            new = urns - found
            found |= new
            queue += [known for known in map(self._graph.by_urn, new) if known is not None]
        return others <= found


def _arn(api: Resource) -> str:
    """The execute-api ARN of an API, or only its id if no more is known."""
    return text(api.outputs.get("executionArn")) or text(api.id)


def _methods(routes: Sequence[Route], stages: Sequence[str], paths: Collection[Sequence[str]] = ()) -> Iterator[Method]:
    """The methods of each route on each stage, except CORS preflights; one placeholder if no route is known.

    `paths` are the paths that the policy names: below a greedy path parameter, each is a method of its own.
    """
    called = [each for each in routes if not each.is_preflight]
    declared = {each.label.partition(" ")[2] for each in called}
    reached = {path: [_plain(path), *_below_greedy(path, paths, declared)] for path in declared}
    for stage in stages or ("stage",):
        for route in called:
            name, _, path = route.label.partition(" ")
            for method in _METHODS if name == "ANY" else (name,):
                for each in reached[path]:
                    yield Method(route.label, route.authorization, MethodResource(stage, method, each))
        if not called:
            yield Method(_ANY_ROUTE, "unknown", MethodResource(stage, "GET", "x"))


def _plain(path: str) -> str:
    """A path with a value for each parameter, without the leading slash."""
    return _PARAMETER.sub("x", path).removeprefix("/")


def _below_greedy(path: str, named: Collection[Sequence[str]], declared: Iterable[str]) -> list[str]:
    """The paths below a greedy parameter that the policy names and that no more specific route handles."""
    if not named or not _GREEDY.search(path):
        return []
    prefix = _plain(path).split("/")[:-1]
    below = {"/".join([*prefix, *each[len(prefix) :]]) for each in named if len(each) > len(prefix)}
    specific = [_matching(each) for each in declared if not _GREEDY.search(each) or each.count("/") > path.count("/")]
    return sorted(each for each in below - {_plain(path)} if not any(one.fullmatch(each) for one in specific))


def _matching(path: str) -> re.Pattern[str]:
    """Matches the paths that a route handles."""
    parts = path.removeprefix("/").split("/")
    return re.compile(
        "/".join(".+" if _GREEDY.search(each) else "[^/]+" if "{" in each else re.escape(each) for each in parts)
    )
