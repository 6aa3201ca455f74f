"""Who can call from where: a policy asked about kinds of callers, for each method of an API.

How AWS joins a policy with the method's own authorization:
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final

from ..graph.values import Unknown
from ..model.fact import Fact, every, negate, some
from .addresses import Origin, Ranges, origins, too_many
from .conditions import (
    ACTION,
    glob,
    invokes,
    listed,
    speaks_of,
)
from .document import Document, Names, Statement
from .requests import ADDRESS, NETWORK_KEYS, Place, Request

_ALL: Final = frozenset({"*", "execute-api:/*", "execute-api:/*/*/*"})
_ACTIONS: Final = (ACTION, "execute-api:invalidatecache")
"""What callers of a REST API do."""
_MOST: Final = 20_000
"""Methods of all stages that are told apart; what comes after is undecided."""
_LONGEST_LIST: Final = 300
"""Resources that fit a policy as large as AWS takes."""
_WILD: Final = re.compile(r"[*?]")
_BEFORE_PATH: Final = 3
"""Places where the path may begin in a resource: its `*` may stand for stage and verb, too."""
_IDENTITY: Final = 5
"""Parts of an ARN before what it names."""


@dataclass(frozen=True, slots=True)
class Call:
    """A method of an API, as somebody calls it."""

    label: str
    """Such as `GET /orders`."""
    how: str
    """How it authenticates: `iam`, `cognito`, `lambda`, `jwt`, `none` or `unknown`."""
    place: Place


@dataclass(frozen=True, slots=True)
class Decision:
    """What a policy says to a request."""

    allows: Fact
    denies: Fact

    @property
    def admits(self) -> Fact:
        """Whether it lets the request in."""
        return every(self.allows, negate(self.denies))

    @property
    def is_silent(self) -> Fact:
        """Whether it says nothing."""
        return every(negate(self.allows), negate(self.denies))


Covers = tuple[Fact, ...]
"""For each statement, whether it speaks of calling a method."""


class Access:
    """A policy on an API with its methods."""

    def __init__(self, document: Document, calls: Iterable[Call], api: str = "") -> None:
        """Sort the methods by the statements that speak of them.

        `api` is the API's execute-api ARN; its id alone, or nothing, where that is all that is known.
        """
        self._statements = document.statements
        self._calls: dict[tuple[Covers, str], list[str]] = defaultdict(list)
        whole = self._whole()
        unsure = (Fact.UNKNOWN,) * len(self._statements)
        seen: dict[Place, Covers] = {}
        for count, call in enumerate(calls):
            covers = whole or seen.get(call.place) or (unsure if count >= _MOST else None)
            if covers is None:
                covers = seen[call.place] = tuple(_covers(each, call.place, api) for each in self._statements)
            self._calls[covers, call.how].append(call.label)
        told_apart = [
            each.ranges if each.ranges.spans[4] or each.ranges.spans[6] else Ranges(each.values)
            for each in document.conditions()
            if each.key == ADDRESS
        ]
        self._origins = origins(told_apart)
        self._lists = any(_by_place(each, deny=False, negated=False) for each in self._statements)
        self._refusals = [_refuses_outside(each) for each in self._statements]

    def _whole(self) -> Covers:
        """For each statement, whether it speaks of every method, where each does of all or of none."""
        plain = (isinstance(each, Statement) and isinstance(each.resources, Names) for each in self._statements)
        if not all(plain):
            return ()
        names_all = (
            not each.resources.but and not _ALL.isdisjoint(v for v in each.resources.values if isinstance(v, str))
            for each in self._statements
            if isinstance(each, Statement) and isinstance(each.resources, Names)
        )
        if not all(names_all):
            return ()
        return tuple(invokes(each.actions) for each in self._statements if isinstance(each, Statement))

    def from_anywhere(self) -> dict[str, Fact]:
        """By method, whether a caller that nobody named is let in from most of the internet."""
        return self._by_label(lambda covers, how: self._widely(covers, how, lambda decision: decision.admits))

    def strangers_sign(self, private: Fact = Fact.NO) -> dict[str, Fact]:
        """By method with IAM, whether any AWS account may call from most of the internet.

        Of a private API, through a VPC endpoint that nobody named: nobody reaches it otherwise.
        """
        stranger = Request(signer="stranger")

        def signs(covers: Covers, _: str) -> Fact:
            if private.is_yes:
                return self._decide(covers, replace(stranger, door="stranger")).admits
            return self._reach(covers, stranger, lambda decision: decision.admits)

        return self._by_label(signs, {"iam"})

    def silent_outside(self) -> dict[str, Fact]:
        """By method for which silence is consent, whether a list of allowed places lets in everybody else, too."""
        if not self._lists and not any(self._refusals):
            return {}
        callers = {"iam": Request(signer="anyone", eager=False), "lambda": Request(eager=False)}

        def silent(covers: Covers, how: str) -> Fact:
            if not self._lists and not any(map(_means, self._refusals, covers)):
                return Fact.NO
            return self._reach(covers, callers[how], lambda decision: decision.is_silent)

        return self._by_label(silent, set(callers))

    def through_any_endpoint(self) -> dict[str, Fact]:
        """By method of a private API, whether a VPC endpoint that nobody named leads to it."""
        return self._by_label(self._through_endpoint)

    def to_somebody(self, private: Fact) -> dict[str, Fact]:
        """By method, whether anybody at all is let in: through VPC endpoints, where the API is private."""
        ways = [] if private.is_no else [Request(door="anyone")]
        ways += [] if private.is_yes else [Request(origin=each.address) for each in self._origins]
        return self._by_label(lambda covers, how: self._somebody(covers, how, ways, private))

    @property
    def shuts_out_insiders(self) -> bool:
        """Whether a Deny names places with the operator of an Allow: it keeps out those, and nobody else."""
        return any(_by_place(each, deny=True, negated=False) for each in self._statements)

    def _by_label(self, evaluate: Callable[[Covers, str], Fact], kinds: set[str] | None = None) -> dict[str, Fact]:
        found: dict[str, list[Fact]] = defaultdict(list)
        for (covers, how), labels in self._calls.items():
            if kinds is None or how in kinds:
                answer = evaluate(covers, how)
                for label in labels:
                    found[label].append(answer)
        return {label: some(*answers) for label, answers in found.items()}

    def _widely(self, covers: Covers, how: str, test: Callable[[Decision], Fact]) -> Fact:
        signers = {"iam": ("stranger",), "unknown": ("", "stranger")}.get(how, ("",))
        answers = {self._reach(covers, Request(signer=signer), test) for signer in signers}
        return answers.pop() if len(answers) == 1 else Fact.UNKNOWN

    def _reach(self, covers: Covers, caller: Request, test: Callable[[Decision], Fact]) -> Fact:
        """Whether a test holds for more of the internet than anybody's own addresses."""
        sure, perhaps = list[Origin](), list[Origin]()
        for origin in self._origins:
            answer = test(self._decide(covers, replace(caller, origin=origin.address)))
            if not answer.is_no:
                perhaps.append(origin)
            if answer.is_yes:
                sure.append(origin)
        return Fact.YES if too_many(sure) else Fact.UNKNOWN if too_many(perhaps) else Fact.NO

    def _through_endpoint(self, covers: Covers, how: str) -> Fact:
        signers = {"iam": ("anyone",), "unknown": ("", "anyone")}.get(how, ("",))
        return some(*(self._decide(covers, Request(signer=each, door="stranger")).admits for each in signers))

    def _somebody(self, covers: Covers, how: str, ways: Iterable[Request], private: Fact) -> Fact:
        signers = {"iam": ("anyone",), "unknown": ("", "anyone")}.get(how, ("",))
        # Silence is consent for callers of the authorizer's or the account's own.
        quiet = how in {"iam", "lambda", "unknown"} and not private.is_yes
        decisions = (self._decide(covers, replace(way, signer=signer)) for way in ways for signer in signers)
        return some(*(negate(each.denies) if quiet else each.admits for each in decisions))

    def _decide(self, covers: Covers, request: Request) -> Decision:
        allows, denies = [Fact.NO], [Fact.NO]
        for statement, covered in zip(self._statements, covers, strict=True):
            if isinstance(statement, Unknown) or isinstance(statement.deny, Unknown):
                allows.append(every(covered, Fact.UNKNOWN))
                denies.append(every(covered, Fact.UNKNOWN))
            elif not covered.is_no:
                answer = every(covered, speaks_of(statement, request, wanted=request.eager and not statement.deny))
                (denies if statement.deny else allows).append(answer)
        return Decision(some(*allows), some(*denies))


def _by_place(statement: Statement | Unknown, *, deny: bool, negated: bool) -> bool:
    """Whether a statement speaks of places, and of all others if `negated`."""
    return (
        isinstance(statement, Statement)
        and statement.deny is deny
        and any(
            not isinstance(c, Unknown) and c.key in NETWORK_KEYS and c.negated is negated for c in statement.conditions
        )
    )


def _refuses_outside(statement: Statement | Unknown) -> str:
    """Whether a Deny is meant for callers from elsewhere: `calls`, or `idle` if it names no action that an API has."""
    if not isinstance(statement, Statement) or not _by_place(statement, deny=True, negated=True):
        return ""
    known = some(*(listed(statement.actions, lambda value, a=each: glob(value.lower(), a)) for each in _ACTIONS))
    return "idle" if known.is_no else "calls"


def _means(refusal: str, covers: Fact) -> bool:
    return refusal == "idle" or (refusal == "calls" and not covers.is_no)


def _covers(statement: Statement | Unknown, place: Place, api: str) -> Fact:
    if isinstance(statement, Unknown):
        return Fact.UNKNOWN
    return every(invokes(statement.actions), listed(statement.resources, lambda pattern: names(pattern, place, api)))


def shapes(document: Document) -> set[tuple[str, ...]]:
    """The paths that the resources of a policy speak of, segment by segment, with `x` for what is open."""
    patterns = {
        value
        for each in document.statements
        if isinstance(each, Statement) and isinstance(each.resources, Names)
        for value in each.resources.values
        if isinstance(value, str)
    }
    parts = [_WILD.sub("x", each).split("/")[1:] for each in sorted(patterns)[:_LONGEST_LIST]]
    return {tuple(each[start:]) for each in parts for start in range(min(len(each), _BEFORE_PATH))}


def names(pattern: str, place: Place, api: str) -> bool:
    """Whether a resource of a policy includes a method; what is not known of the API's ARN is taken as meant."""
    if pattern == "*":
        return True
    if pattern.startswith("execute-api:/"):
        return glob(pattern.removeprefix("execute-api:/"), str(place))
    parts = pattern.split(":", _IDENTITY)
    if len(parts) <= _IDENTITY:
        whole = api if ":" in api else f"arn:aws:execute-api:region:account:{api or 'api'}"
        return pattern.endswith("*") and glob(pattern, f"{whole}/{place}")
    known = api.split(":", _IDENTITY)
    if len(known) > _IDENTITY:
        return glob(pattern, f"{api}/{place}")
    name, slash, tail = parts[_IDENTITY].partition("/")
    if not glob(parts[2], "execute-api") or (api and not glob(name, api)):
        return False
    return glob(tail, str(place)) if slash else parts[_IDENTITY].endswith("*")
