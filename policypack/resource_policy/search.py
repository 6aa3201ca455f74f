"""Searches the values of condition keys for a request on which a policy has a certain effect."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from ..graph.values import Unknown
from ..model.fact import Fact, every, negate, some
from .candidates import Candidates
from .conditions import UNKNOWN_VALUE, holds, principals_match
from .document import Condition, Statement
from .requests import ADDRESS, Request

_BUDGET: Final = 4_000
"""Decisions that are made for one kind of request."""
_TOO_MANY: Final = Fact.unknown("its resource policy has more combinations of conditions than the pack evaluates")

_Held = Mapping[int, Fact]
"""By the identity of a condition, whether it holds."""


@dataclass(frozen=True, slots=True)
class Decision:
    """The effects of a policy on a request."""

    allows: Fact
    denies: Fact

    @property
    def admits(self) -> Fact:
        """Whether the policy by itself lets the request in."""
        return every(self.allows, negate(self.denies))

    @property
    def is_implicit(self) -> Fact:
        """Whether no statement applies: what AWS calls an implicit deny."""
        return every(negate(self.allows), negate(self.denies))


Test = Callable[[Decision], Fact]


@dataclass(frozen=True, slots=True)
class _Key:
    """What the values of a key make of its conditions."""

    held: tuple[_Held, ...]
    """One for each way in which the conditions can hold together."""
    complete: bool


class Search:
    """The requests of a kind of caller, as the conditions of a policy distinguish them."""

    def __init__(self, statements: Sequence[Statement | Unknown]) -> None:
        """Sort the conditions by key, because the values of a key decide all of its conditions at once."""
        self._statements = statements
        self._by_key: dict[str, list[Condition]] = defaultdict(list)
        for statement in statements:
            for each in statement.conditions if isinstance(statement, Statement) else ():
                if isinstance(each, Condition):
                    self._by_key[each.key].append(each)
        self._cache: dict[tuple[Request, str], _Key] = {}

    def any(self, coverage: Sequence[Fact], request: Request, test: Test) -> Fact:
        """Whether a test holds for some request of the kind. `coverage` says which statements cover its method."""
        concerned = [
            each
            for each, covers in zip(self._statements, coverage, strict=True)
            if not covers.is_no and isinstance(each, Statement)
        ]
        used = dict.fromkeys(c.key for each in concerned for c in each.conditions if isinstance(c, Condition))
        keys = [self._key(request, each) for each in used]
        relevant = {id(c) for each in concerned for c in each.conditions}
        choices = [_distinct(each.held, relevant) for each in keys]
        found = _Walk(self._statements, coverage, request, test).run(choices)
        if found.is_no and not all(each.complete for each in keys):
            return _TOO_MANY
        return found

    def _key(self, request: Request, key: str) -> _Key:
        asked = request if key == ADDRESS else replace(request, address=None, best_case=True)
        found = self._cache.get((asked, key))
        if found is None:
            conditions = self._by_key[key]
            candidates: Candidates = asked.candidates(key, _different(conditions))
            held = [{id(each): holds(each, value) for each in conditions} for value in candidates.values]
            found = _Key(tuple(held), candidates.complete)
            self._cache[asked, key] = found
        return found


def _different(conditions: Iterable[Condition]) -> list[Condition]:
    """The conditions without repetitions."""
    seen = {(each.operator, each.values): each for each in conditions}
    return list(seen.values())


def _distinct(held: Iterable[_Held], relevant: set[int]) -> list[_Held]:
    """The ways in which the relevant conditions can hold, each once."""
    found: dict[tuple[Fact, ...], _Held] = {}
    for each in held:
        kept = {condition: fact for condition, fact in each.items() if condition in relevant}
        found.setdefault(tuple(kept.values()), kept)
    return list(found.values())


class _Walk:
    """Chooses a value for one key after another until the test is decided."""

    def __init__(
        self, statements: Sequence[Statement | Unknown], coverage: Sequence[Fact], request: Request, test: Test
    ) -> None:
        self._concerned = [
            (statement, covers, _principals(statement, request))
            for statement, covers in zip(statements, coverage, strict=True)
            if not covers.is_no
        ]
        self._test = test
        self._left = _BUDGET

    def run(self, choices: Sequence[Sequence[_Held]]) -> Fact:
        """Whether the test holds for some combination of the choices."""
        if not all(choices):
            return Fact.NO  # there is no such request
        fixed: dict[int, Fact] = {}
        for each in choices:
            if len(each) == 1:
                fixed.update(each[0])
        return self._choose(fixed, [each for each in choices if len(each) > 1])

    def _choose(self, chosen: dict[int, Fact], choices: Sequence[Sequence[_Held]]) -> Fact:
        fact = self._test(self._decide(chosen))
        if not choices or not fact.is_unknown:
            return fact
        unknown: Fact | None = None
        for each in choices[0]:
            self._left -= 1
            if self._left < 0:
                return _TOO_MANY
            found = self._choose({**chosen, **each}, choices[1:])
            if found.is_yes:
                return found
            if found.is_unknown:
                unknown = found
        return Fact.NO if unknown is None else unknown

    def _decide(self, chosen: Mapping[int, Fact]) -> Decision:
        """The decision while the conditions that are not chosen are open."""
        allows, denies = [Fact.NO], [Fact.NO]
        for statement, covers, principals in self._concerned:
            if isinstance(statement, Unknown) or isinstance(statement.deny, Unknown):
                allows.append(every(covers, UNKNOWN_VALUE))
                denies.append(every(covers, UNKNOWN_VALUE))
                continue
            conditions = (
                UNKNOWN_VALUE if isinstance(each, Unknown) else chosen.get(id(each), Fact.UNKNOWN)
                for each in statement.conditions
            )
            (denies if statement.deny else allows).append(every(covers, principals, *conditions))
        return Decision(some(*allows), some(*denies))


def _principals(statement: Statement | Unknown, request: Request) -> Fact:
    if isinstance(statement, Unknown) or isinstance(statement.deny, Unknown):
        return UNKNOWN_VALUE
    return principals_match(statement.principals, request, listed=request.best_case and not statement.deny)
