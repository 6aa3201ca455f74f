"""Questions about a web ACL, each for all requests at once."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from ..patterns.addresses import exceed_allow_list
from .components import METHODS, Component, Option, components
from .evaluate import MANAGED, Walk, outcome
from .match import match
from .request import Request
from .search import Goal, search
from .statements import Acl, Action, LabelMatch, Leaf, Opaque, OverLimit, Rule, Statement, label_leaf, leaves
from .truth import Truth, both, opposite

_MOST_EXEMPT_COUNTRIES: Final = 10
"""How many countries, or autonomous systems, may be exempt from a rule that inspects all requests."""


@dataclass(frozen=True, slots=True)
class Route:
    """A route of an API, as AWS WAF sees its requests."""

    method: str
    """`ANY` for all."""
    paths: tuple[str, ...]
    """The ways to write its path: with and without the stage's name."""


def can_match(statement: Statement) -> Truth:
    """Whether any request at all matches a statement. Any label may be present, and an external IP set is not empty."""
    found = [each for each in leaves(statement) if not isinstance(each, LabelMatch)]
    labels = [each for each in leaves(statement) if isinstance(each, LabelMatch)]
    parts = [*map(_with_external, components(found, _BODY_LIMIT)), *map(_label_component, dict.fromkeys(labels))]

    def goal(held: Callable[[Leaf], Truth]) -> Truth:
        return _WithLabels(held).holds(statement)

    return search(goal, parts).reached


_BODY_LIMIT: Final = 16_384


class _WithLabels(Walk):
    """Evaluates a statement by itself: labels are chosen like any other component."""

    def __init__(self, held: Callable[[Leaf], Truth]) -> None:
        super().__init__(held)

    def _labelled(self, statement: LabelMatch) -> Truth:
        return self.matches(label_leaf(statement))


def _with_external(component: Component) -> Component:
    leaf = next(iter(component.options[0].holds), None)
    if not (isinstance(leaf, Opaque) and leaf.external):
        return component
    options = tuple(Option({leaf: value}) for value in (False, True))
    return Component(component.name, options, complete=True, of_caller=False)


def _label_component(statement: LabelMatch) -> Component:
    leaf = label_leaf(statement)
    options = tuple(Option({leaf: value}) for value in (False, True))
    return Component(f"label {statement.key}", options, complete=True, of_caller=False)


def _rule_leaves(rules: Iterable[Rule]) -> Iterator[Leaf]:
    """Everything that decides what rules do."""
    for rule in rules:
        for each in leaves(rule.statement):
            if not isinstance(each, LabelMatch):
                yield each
            elif each.key.startswith(MANAGED):
                yield label_leaf(each)
        if rule.group is not None:
            yield from _rule_leaves(rule.group.rules or ())
            if rule.group.rules is None:
                yield Opaque(f"group {rule.group.name}", rule.group.reason)


def passing(acl: Acl) -> Truth:
    """Whether any request passes a web ACL, from anywhere."""
    found = components(_rule_leaves(acl.rules), acl.body_limit)
    return search(_passes(acl), found).reached


def _passes(acl: Acl) -> Goal:
    return lambda held: outcome(acl, held).passes


def open_to_internet(acl: Acl) -> Truth:
    """Whether requests from more addresses than an allow list contains pass a web ACL.

    Preflights do not count. Managed rule groups are taken not to match: they block attacks, not callers.
    """
    return _from_most_addresses(acl, _passes(acl), acl.rules)


def reachable_from_internet(acl: Acl, index: int) -> Truth:
    """Whether requests from more addresses than an allow list contains reach a rule of a web ACL."""
    earlier = acl.rules[:index]

    def goal(held: Callable[[Leaf], Truth]) -> Truth:
        walk = Walk(held)
        return False if walk.through(earlier) else None if walk.endings else True

    return _from_most_addresses(acl, goal, earlier)


def _from_most_addresses(acl: Acl, goal: Goal, rules: Sequence[Rule]) -> Truth:
    found = components(_rule_leaves(rules), acl.body_limit)
    addresses = next((each for each in found if each.name == "address"), None)
    rest = [_without_preflights(_unmatched(each)) for each in found if each is not addresses]
    if addresses is None:
        return search(goal, rest).reached
    facts = [(each.group, search(goal, rest, [each]).reached) for each in addresses.options if each.group]
    if exceed_allow_list(group for group, reached in facts if reached):
        return True
    return None if exceed_allow_list(group for group, reached in facts if reached is not False) else False


def _unmatched(component: Component) -> Component:
    """What managed rule groups and rate limits match does not keep ordinary callers out."""
    leaf = next(iter(component.options[0].holds), None) if component.options else None
    benign = isinstance(leaf, OverLimit) or (isinstance(leaf, Opaque) and not leaf.unknown)
    if not benign or (isinstance(leaf, Opaque) and leaf.name.startswith("label ")):
        return component
    return Component(component.name, component.options[:1], component.complete, component.of_caller)


def _without_preflights(component: Component) -> Component:
    if component.name != "method":
        return component
    options = tuple(each for each in component.options if each.request and each.request.method != "OPTIONS")
    return Component(component.name, options, component.complete, component.of_caller)


def inspects_all(acl: Acl, index: int, statement: Statement, routes: Sequence[Route], *, routes_known: bool) -> Truth:
    """Whether a rule inspects the requests of all routes, with few exceptions that callers do not choose.

    `statement` is the scope-down statement of the rule. A route is an exception if callers can write a request for it
    that does not match the statement.
    """
    if next(leaves(statement), None) is None:
        return _WithLabels(lambda _: None).holds(statement)
    inspection = _Inspection(acl, index, statement)
    fresh = inspection.complete(Route("ANY", ("/zq",)), 0)
    if not routes:
        return None if fresh is False and inspection.depends_on_path() else fresh
    spellings = max(len(each.paths) for each in routes)
    covered = [_by_path(inspection, routes, spelling) for spelling in range(spellings)]
    if fresh is False:
        # It inspects certain paths only, which must be those of all routes.
        results = [both(each.values()) for each in covered]
        best = True if True in results else None if None in results else False
        return None if best and not routes_known else best
    worst: Truth = True
    for each in covered:
        uninspected = sum(value is False for value in each.values())
        if uninspected * 2 > len(each):
            return False
        if uninspected == 0 and None in each.values():
            worst = None
    return None if fresh is None else worst


def _by_path(inspection: "_Inspection", routes: Sequence[Route], spelling: int) -> dict[str, Truth]:
    found: dict[str, list[Truth]] = {}
    for each in routes:
        path = each.paths[min(spelling, len(each.paths) - 1)]
        found.setdefault(path, []).append(inspection.complete(each, spelling))
    return {path: both(values) for path, values in found.items()}


class _Inspection:
    """Which requests a rule with a scope-down statement inspects."""

    def __init__(self, acl: Acl, index: int, statement: Statement) -> None:
        self._acl = acl
        self._index = index
        self._statement = statement
        labels = any(isinstance(each, LabelMatch) for each in leaves(statement))
        self._earlier = acl.rules[:index] if labels else ()
        own = Rule("", statement, Action.COUNT)
        self._components = components(_rule_leaves([*self._earlier, own]), acl.body_limit)
        self._results: dict[tuple[Truth, ...], Truth] = {}

    def depends_on_path(self) -> bool:
        """Whether the rule inspects all requests of some path."""
        return any(
            self._for_all_callers([option]) is not False
            for each in self._components
            if each.name == "path"
            for option in each.options
        )

    def complete(self, route: Route, spelling: int) -> Truth:
        """Whether the rule inspects all requests of a route that callers can write."""
        path = route.paths[min(spelling, len(route.paths) - 1)]
        methods = (
            [each for each in METHODS if each not in {"OPTIONS", "HEAD"}] if route.method == "ANY" else [route.method]
        )
        return both(self._of(Request(method=each, path=path)) for each in methods)

    def _of(self, request: Request) -> Truth:
        fixed: list[Option] = []
        for each in self._components:
            if each.name in {"method", "path"}:
                leaves_of = next(iter(each.options)).holds
                fixed.append(Option({leaf: match(leaf, request, self._acl.body_limit) for leaf in leaves_of}))
        key = tuple(value for option in fixed for value in option.holds.values())
        if key not in self._results:
            self._results[key] = self._for_all_callers(fixed)
        return self._results[key]

    def _for_all_callers(self, fixed: Sequence[Option]) -> Truth:
        """Whether requests are inspected whoever sends them, except for few addresses and countries."""
        origins = [each for each in self._components if each.name in {"address", "country", "ASN"}]
        if not origins:
            return self._whatever_callers_write(fixed)
        first = next((each for each in origins if each.name == "address"), origins[0])
        results = [(option, self._from(option, first, origins, fixed)) for option in first.options]
        return _for_most(first, results)

    def _from(self, option: Option, first: Component, origins: Sequence[Component], fixed: Sequence[Option]) -> Truth:
        others = [each for each in origins if each is not first]
        if not others:
            return self._whatever_callers_write([*fixed, option])
        (second, *rest) = others
        usual = [each.options[0] for each in rest]
        results = [(each, self._whatever_callers_write([*fixed, option, each, *usual])) for each in second.options]
        return _for_most(second, results)

    def _whatever_callers_write(self, fixed: Sequence[Option]) -> Truth:
        chosen = [each for each in self._components if each.of_caller]
        usual = [
            each.options[0]
            for each in self._components
            if not each.of_caller and each.name not in {"method", "path", "address", "country", "ASN"}
        ]
        # Whether something looks like an attack stays open.
        written = [each for each in chosen if not each.name.startswith("content ")]
        return opposite(search(self._uninspected, written, [*fixed, *usual]).reached)

    def _uninspected(self, held: Callable[[Leaf], Truth]) -> Truth:
        walk = Walk(held)
        walk.through(self._earlier)
        return opposite(walk.holds(self._statement))


def _for_most(component: Component, results: Sequence[tuple[Option, Truth]]) -> Truth:
    """Whether something holds for all values of a component except for few."""
    if component.name == "address":
        if exceed_allow_list(option.group for option, holds in results if holds is False and option.group):
            return False
        unknown = exceed_allow_list(option.group for option, holds in results if holds is not True and option.group)
        return None if unknown else True
    other = results[0][1]
    exempt = sum(option.weight for option, holds in results if holds is False)
    return False if other is False or exempt > _MOST_EXEMPT_COUNTRIES else other
