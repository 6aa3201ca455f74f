"""Whom a resource policy lets in: the policy is evaluated for kinds of callers, for each method of an API.

How AWS combines a resource policy with the authorization of a method:
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Final

from ..graph.values import Unknown
from ..model.fact import Fact, every, negate, some
from ..patterns.addresses import Ranges, exceed_allow_list, partition_internet
from .conditions import INVOKE, UNKNOWN_VALUE, covers_invoke, glob, includes
from .document import Document, Patterns, Statement
from .requests import ADDRESS, NETWORK_KEYS, MethodResource, Request, Which
from .search import Decision, Search, Test

_EVERY_METHOD: Final = frozenset({"*", "execute-api:/*", "execute-api:/*/*/*"})
_ACTIONS: Final = (INVOKE, "execute-api:invalidatecache")
"""What callers of a REST API do."""
_MAX_METHODS: Final = 20_000
"""How many methods of all stages are evaluated; the others are undecided."""
_MAX_RESOURCES: Final = 300
"""How many resources fit into the largest policy that AWS accepts."""
_WILDCARD: Final = re.compile(r"[*?]")
_PATH_STARTS: Final = 3
"""At how many segments of a resource its path may begin: a `*` may match stage and method, too."""
_ARN_PREFIX: Final = 5
"""Parts of an ARN before the resource."""
_TOO_MANY_METHODS: Final = Fact.unknown("it has more methods than the pack evaluates")


@dataclass(frozen=True, slots=True)
class Method:
    """A method of a stage, with the authorization of its route."""

    label: str
    """The route, such as `GET /orders`."""
    authorization: str
    """`iam`, `cognito`, `lambda`, `jwt`, `none` or `unknown`."""
    resource: MethodResource


class _ListDeny(Enum):
    """Whether a Deny is meant to enforce an allow list, that is, to deny all callers outside it."""

    NO = auto()
    YES = auto()
    WITHOUT_ACTION = auto()
    """It is, but none of its actions is one of API Gateway."""


Coverage = tuple[Fact, ...]
"""For each statement, whether its actions and resources include calling a method."""


class Access:
    """Whom a policy lets in to the methods of an API."""

    def __init__(self, document: Document, methods: Iterable[Method], api: str = "") -> None:
        """Group the methods by the statements that cover them.

        `api` is the API's execute-api ARN, or only its id, or empty if neither is known.
        """
        self._statements = document.statements
        self._search = Search(document.statements)
        self._labels: dict[tuple[Coverage, str], list[str]] = defaultdict(list)
        common = self._common_coverage()
        unknown = (_TOO_MANY_METHODS,) * len(self._statements)
        seen: dict[MethodResource, Coverage] = {}
        for count, method in enumerate(methods):
            coverage = common or seen.get(method.resource) or (unknown if count >= _MAX_METHODS else None)
            if coverage is None:
                coverage = tuple(_covers(each, method.resource, api) for each in self._statements)
                seen[method.resource] = coverage
            self._labels[coverage, method.authorization].append(method.label)
        self._groups = partition_internet(
            [
                each.ranges if each.ranges.spans[4] or each.ranges.spans[6] else Ranges(each.values)
                for each in document.conditions()
                if each.key == ADDRESS
            ]
        )
        self._has_allow_list = any(_has_network_condition(each, deny=False, negated=False) for each in self._statements)
        self._list_denies = [_list_deny(each) for each in self._statements]

    def _common_coverage(self) -> Coverage:
        """The coverage of every method, if each statement covers all methods or none; else empty."""
        plain = (isinstance(each, Statement) and isinstance(each.resources, Patterns) for each in self._statements)
        if not all(plain):
            return ()
        include_all = (
            not each.resources.excluded
            and not _EVERY_METHOD.isdisjoint(v for v in each.resources.values if isinstance(v, str))
            for each in self._statements
            if isinstance(each, Statement) and isinstance(each.resources, Patterns)
        )
        if not all(include_all):
            return ()
        return tuple(covers_invoke(each.actions) for each in self._statements if isinstance(each, Statement))

    def open_to_internet(self) -> dict[str, Fact]:
        """By route, whether a caller that the policy does not name is let in from most of the internet."""
        return self._by_route(self._is_open)

    def open_to_any_account(self, private: Fact = Fact.NO) -> dict[str, Fact]:
        """By route with IAM, whether every AWS account can call it from most of the internet.

        A private API is called through a VPC endpoint that the policy does not name instead.
        """
        caller = Request(principal=Which.UNNAMED)

        def is_open(coverage: Coverage, _: str) -> Fact:
            if private.is_yes:
                return self._search.any(coverage, replace(caller, vpc_endpoint=Which.UNNAMED), _admits)
            return self._from_most_addresses(coverage, caller, _admits)

        return self._by_route(is_open, {"iam"})

    def allow_list_bypassed(self, private: Fact = Fact.NO) -> dict[str, Fact]:
        """By route on which an implicit deny lets in authorized callers, whether it does so outside the allow list.

        The allow list of a private API names VPC endpoints or VPCs instead of addresses.
        """
        if not self._has_allow_list and all(each is _ListDeny.NO for each in self._list_denies):
            return {}
        callers = {"iam": Request(principal=Which.ACCEPTED, best_case=False), "lambda": Request(best_case=False)}

        def is_bypassed(coverage: Coverage, authorization: str) -> Fact:
            if not self._has_allow_list and not any(map(_is_meant_for, self._list_denies, coverage)):
                return Fact.NO
            if private.is_yes:
                caller = replace(callers[authorization], vpc_endpoint=Which.UNNAMED)
                return self._search.any(coverage, caller, _is_implicit)
            return self._from_most_addresses(coverage, callers[authorization], _is_implicit)

        return self._by_route(is_bypassed, set(callers))

    def open_to_any_vpc_endpoint(self) -> dict[str, Fact]:
        """By route of a private API, whether a VPC endpoint that the policy does not name reaches it."""
        return self._by_route(self._through_unnamed_endpoint)

    def satisfiable(self, private: Fact) -> dict[str, Fact]:
        """By route, whether any caller at all is let in; callers of a private API come through VPC endpoints."""
        requests = [] if private.is_no else [Request(vpc_endpoint=Which.ACCEPTED)]
        requests += [] if private.is_yes else [Request(address=each.sample) for each in self._groups]

        def admits_any(coverage: Coverage, authorization: str) -> Fact:
            # An implicit deny lets in callers whom the authorizer or the API's own account allows.
            implicit = authorization in {"iam", "lambda", "unknown"} and not private.is_yes
            principals = _principals(authorization, Which.ACCEPTED)
            test = _not_denied if implicit else _admits
            return some(
                *(self._search.any(coverage, replace(r, principal=p), test) for r in requests for p in principals)
            )

        return self._by_route(admits_any)

    @property
    def has_inverted_deny(self) -> bool:
        """Whether a Deny uses the operator of an Allow: it denies the listed callers and nobody else."""
        return any(_has_network_condition(each, deny=True, negated=False) for each in self._statements)

    def _by_route(
        self, evaluate: Callable[[Coverage, str], Fact], authorizations: set[str] | None = None
    ) -> dict[str, Fact]:
        found: dict[str, list[Fact]] = defaultdict(list)
        for (coverage, authorization), labels in self._labels.items():
            if authorizations is None or authorization in authorizations:
                fact = evaluate(coverage, authorization)
                for label in labels:
                    found[label].append(fact)
        return {label: some(*facts) for label, facts in found.items()}

    def _is_open(self, coverage: Coverage, authorization: str) -> Fact:
        facts = {
            self._from_most_addresses(coverage, Request(principal=each), _admits)
            for each in _principals(authorization, Which.UNNAMED)
        }
        return facts.pop() if len(facts) == 1 else Fact.unknown("the authorization of a route is unknown")

    def _from_most_addresses(self, coverage: Coverage, caller: Request, test: Test) -> Fact:
        """Whether a test holds for more addresses of the internet than an allow list of known callers has."""
        facts = [
            (each, self._search.any(coverage, replace(caller, address=each.sample), test)) for each in self._groups
        ]
        if exceed_allow_list(group for group, fact in facts if fact.is_yes):
            return Fact.YES
        if exceed_allow_list(group for group, fact in facts if not fact.is_no):
            return next((fact for _, fact in facts if fact.is_unknown), Fact.UNKNOWN)
        return Fact.NO

    def _through_unnamed_endpoint(self, coverage: Coverage, authorization: str) -> Fact:
        requests = (
            Request(principal=p, vpc_endpoint=Which.UNNAMED) for p in _principals(authorization, Which.ACCEPTED)
        )
        return some(*(self._search.any(coverage, each, _admits) for each in requests))


def _admits(decision: Decision) -> Fact:
    return decision.admits


def _is_implicit(decision: Decision) -> Fact:
    return decision.is_implicit


def _not_denied(decision: Decision) -> Fact:
    return negate(decision.denies)


def _principals(authorization: str, signed: Which) -> tuple[Which | None, ...]:
    """The principals of requests to a route: only requests with IAM authorization are signed."""
    return {"iam": (signed,), "unknown": (None, signed)}.get(authorization, (None,))


def _has_network_condition(statement: Statement | Unknown, *, deny: bool, negated: bool) -> bool:
    """Whether a statement applies to listed addresses, VPCs or VPC endpoints; if `negated`, to all others."""
    return (
        isinstance(statement, Statement)
        and statement.deny is deny
        and any(
            not isinstance(c, Unknown) and c.key in NETWORK_KEYS and c.negated is negated for c in statement.conditions
        )
    )


def _list_deny(statement: Statement | Unknown) -> _ListDeny:
    if not isinstance(statement, Statement) or not _has_network_condition(statement, deny=True, negated=True):
        return _ListDeny.NO
    known = some(*(includes(statement.actions, lambda value, a=each: glob(value.lower(), a)) for each in _ACTIONS))
    return _ListDeny.WITHOUT_ACTION if known.is_no else _ListDeny.YES


def _is_meant_for(deny: _ListDeny, covers: Fact) -> bool:
    """Whether a Deny is meant to enforce an allow list on a method, of which `covers` is its coverage."""
    return deny is _ListDeny.WITHOUT_ACTION or (deny is _ListDeny.YES and not covers.is_no)


def _covers(statement: Statement | Unknown, resource: MethodResource, api: str) -> Fact:
    if isinstance(statement, Unknown):
        return UNKNOWN_VALUE
    included = includes(statement.resources, lambda pattern: matches(pattern, resource, api))
    return every(covers_invoke(statement.actions), included)


def resource_paths(document: Document) -> set[tuple[str, ...]]:
    """The paths in the resources of a policy, as segments, with `x` for each wildcard."""
    patterns = {
        value
        for each in document.statements
        if isinstance(each, Statement) and isinstance(each.resources, Patterns)
        for value in each.resources.values
        if isinstance(value, str)
    }
    parts = [_WILDCARD.sub("x", each).split("/")[1:] for each in sorted(patterns)[:_MAX_RESOURCES]]
    return {tuple(each[start:]) for each in parts for start in range(min(len(each), _PATH_STARTS))}


def matches(pattern: str, resource: MethodResource, api: str) -> bool:
    """Whether a resource of a policy includes a method. Parts of the API's ARN that are not known match."""
    if pattern == "*":
        return True
    if pattern.startswith("execute-api:/"):
        return glob(pattern.removeprefix("execute-api:/"), str(resource))
    parts = pattern.split(":", _ARN_PREFIX)
    if len(parts) <= _ARN_PREFIX:
        arn = api if ":" in api else f"arn:aws:execute-api:region:account:{api or 'api'}"
        return pattern.endswith("*") and glob(pattern, f"{arn}/{resource}")
    known = api.split(":", _ARN_PREFIX)
    if len(known) > _ARN_PREFIX:
        return glob(pattern, f"{api}/{resource}")
    name, slash, tail = parts[_ARN_PREFIX].partition("/")
    if not glob(parts[2], "execute-api") or (api and not glob(name, api)):
        return False
    return glob(tail, str(resource)) if slash else parts[_ARN_PREFIX].endswith("*")
