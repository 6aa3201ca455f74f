"""Reads the rules of web ACLs and rule groups, whoever spells them.

pulumi-aws writes `rateBasedStatement`, a rule document `RateBasedStatement`, aws-native `cloudWatchMetricsEnabled`:
AWS knows one name for each, so keys are compared in lower case.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from ...graph.graph import Graph, Resource
from ...graph.resource_types import IP_SET, RULE_GROUP
from ...graph.values import (
    UNKNOWN,
    is_list,
    is_object,
    items,
    read,
    text,
)
from ...model.fact import Fact, every, some
from ...model.waf import RateLimit, WafRule, WafScope

_DEEPEST: Final = 50
"""Levels of nesting that are read; AWS takes fewer."""
_STOPPING: Final = frozenset({"block", "captcha", "challenge"})
_CALLER_KEYS: Final = frozenset({"ip", "forwardedip", "labelnamespace", "asn"})
"""Custom keys of a rate-based rule that a caller does not choose freely."""
_FEW: Final = frozenset({"httpmethod"})
"""Custom keys with so few values that choosing among them makes few callers of one."""
_EVERY_PATH: Final = frozenset({"^/", "/", "^/.*", "^/.*$", "^", ".*", "^.*$"})
"""Regular expressions that all paths match."""
_WINDOW: Final = 300
"""Seconds that AWS looks back unless told otherwise."""


def folded(value: Any, depth: int = _DEEPEST) -> Any:
    """A value whose objects have their keys in lower case; what is nested deeper than AWS takes is left out."""
    if is_object(value):
        return {str(key).lower(): folded(item, depth - 1) for key, item in value.items()} if depth else {}
    if is_list(value):
        return [folded(item, depth - 1) for item in value] if depth else []
    return value


def written_rules(resource: Resource, text_name: str) -> Any:
    """The rules of an ACL or a group, keys in lower case: UNKNOWN where they are, nothing where they are broken."""
    document = resource.inputs.get(text_name)
    if document is None:
        rules = resource.inputs.get("rules")
        return UNKNOWN if rules is UNKNOWN else folded(items(rules))
    if document is UNKNOWN:
        return UNKNOWN
    try:
        return folded(items(json.loads(text(document))))
    except (ValueError, RecursionError):
        return []


class RuleReader:
    """Reads rules, following them to the IP sets and rule groups of the graph."""

    def __init__(self, graph: Graph) -> None:
        """Index nothing: each rule names what it needs."""
        self._graph = graph
        self._groups: dict[str, tuple[WafRule, ...] | None] = {}

    def read(self, rule: Any, owner: Resource, label: str, source: str = "rules") -> WafRule:
        """One rule of an ACL; `source` is the input of `owner` that it stands in."""
        name = text(read(rule, "name")) or text(read(rule, "rulename"))
        statement = read(rule, "statement")
        managed = _first(read(statement, "managedrulegroupstatement"), read(rule, "managedrulegroup"))
        group = _first(read(statement, "rulegroupreferencestatement"), read(rule, "rulegroupreference"))
        asked = managed if managed is not None else group
        stops, allows, counts = self._effect(rule, statement, asked, group, owner, source)
        rate = read(statement, "ratebasedstatement")
        return WafRule(
            urn=owner.urn,
            label=f"rule {name or 'without a name'} of {label}",
            name=name,
            priority=_number(read(rule, "priority")),
            stops=stops,
            allows=allows,
            counts=counts,
            managed_group=text(read(managed, "name")) if is_object(managed) else "",
            vendor=text(read(managed, "vendorname")) if is_object(managed) else "",
            group_stops=stops if is_object(group) else None,
            scope=_scope(read(asked, "scopedownstatement")),
            softened=tuple(sorted(_softened(asked))),
            softened_read=_softened_read(asked),
            rate=None if not is_object(rate) else self._rate(rate, owner, source),
            matches_listed=_matches_listed(statement),
            matches_other_senders=_matches_other_senders(statement),
            matches_unlisted=is_object(read(statement, "notstatement", "statement", "ipsetreferencestatement")),
            waves_oversized=_oversized(statement, "no_match"),
            continues_oversized=_oversized(statement, "continue"),
            labels=bool(items(read(rule, "rulelabels"))),
            measured=visible(rule, "cloudwatchmetricsenabled"),
            sampled=visible(rule, "sampledrequestsenabled"),
        )

    def asks_outside(self, rule: Any, owner: Resource, source: str = "rules") -> bool:
        """Whether a rule asks a rule group that is not among the evaluated resources, or something known only later."""
        managed = _first(read(rule, "statement", "managedrulegroupstatement"), read(rule, "managedrulegroup"))
        if UNKNOWN in (managed, read(managed, "name"), read(rule, "statement", "ratebasedstatement")):
            return True
        group = _first(read(rule, "statement", "rulegroupreferencestatement"), read(rule, "rulegroupreference"))
        return group is not None and not isinstance(self._group(group, owner, source), Resource)

    def _effect(
        self, rule: Any, statement: Any, asked: Any, group: Any, owner: Resource, source: str
    ) -> tuple[Fact, Fact, Fact]:
        if rule is UNKNOWN or statement is UNKNOWN:
            return Fact.UNKNOWN, Fact.UNKNOWN, Fact.UNKNOWN
        action, override = _action(read(rule, "action")), _action(read(rule, "overrideaction"))
        if action is UNKNOWN or override is UNKNOWN or asked is UNKNOWN:
            return Fact.UNKNOWN, Fact.UNKNOWN, Fact.UNKNOWN
        if asked is not None:
            if "count" in override:
                return Fact.NO, Fact.NO, Fact.YES
            stops, allows = (Fact.YES, Fact.NO) if group is None else self._inside(group, owner, source)
            return every(stops, self.reachable(read(asked, "scopedownstatement"), owner, source)), allows, Fact.NO
        reachable = self.reachable(statement, owner, source)
        return (
            every(_yes(bool(action & _STOPPING)), reachable),
            every(_yes("allow" in action), reachable),
            _yes("count" in action),
        )

    def _group(self, reference: Any, owner: Resource, source: str) -> Any:
        return self._graph.follow(owner, source, read(reference, "arn"), RULE_GROUP)

    def _inside(self, reference: Any, owner: Resource, source: str) -> tuple[Fact, Fact]:
        """Whether a rule group stops anything, and lets anything in; one from elsewhere is taken to stop.

        Its owner put it there. Overrides take the place of its rules' own actions.
        """
        group = self._group(reference, owner, source)
        if not isinstance(group, Resource):
            return Fact.YES, Fact.NO
        rules, instead = self._rules_of(group), _overrides(reference)
        if rules is None or _softened_read(reference).is_unknown:
            return Fact.UNKNOWN, Fact.UNKNOWN
        return (
            some(
                *(_yes(bool(instead[each.name] & _STOPPING)) if each.name in instead else each.stops for each in rules)
            ),
            some(*(_yes("allow" in instead[each.name]) if each.name in instead else each.allows for each in rules)),
        )

    def _rules_of(self, group: Resource) -> tuple[WafRule, ...] | None:
        """The rules of a group of the graph; None where they are known only later."""
        if group.urn not in self._groups:
            self._groups[group.urn] = None  # a group that names itself is refused by AWS
            rules = written_rules(group, "rulesJson")
            if rules is not UNKNOWN:
                self._groups[group.urn] = tuple(self.read(each, group, group.name) for each in rules)
        return self._groups[group.urn]

    def _rate(self, statement: Mapping[str, Any], owner: Resource, source: str) -> RateLimit:
        window = statement.get("evaluationwindowsec")
        return RateLimit(
            limit=_number(statement.get("limit")),
            window=_WINDOW if window is None else _number(window),
            bound_to_callers=_bound(statement),
            by_forwarded="forwardedip" in _counted_by(statement) <= _CALLER_KEYS | _FEW,
            reachable=self.reachable(statement.get("scopedownstatement"), owner, source),
            label_namespaces=tuple(_label_namespaces(statement)),
            scope=_scope(statement.get("scopedownstatement")),
        )

    def reachable(self, statement: Any, owner: Resource, source: str) -> Fact:
        """Whether a statement can match anything at all; AWS accepts those that cannot."""
        if statement is UNKNOWN:
            return Fact.UNKNOWN
        if not is_object(statement):
            return Fact.YES
        return every(*(self._can_match(kind, body, owner, source) for kind, body in statement.items()))

    def _can_match(self, kind: str, body: Any, owner: Resource, source: str) -> Fact:
        if body is UNKNOWN:
            return Fact.UNKNOWN
        if kind == "andstatement":
            parts = [each for each in items(read(body, "statements")) if is_object(each)]
            denied = [read(each, "notstatement", "statement") for each in parts]
            if any(each in parts for each in denied if each is not None and each is not UNKNOWN):
                return Fact.NO
            return every(*(self.reachable(each, owner, source) for each in parts))
        if kind == "orstatement":
            return some(*(self.reachable(each, owner, source) for each in items(read(body, "statements"))))
        if kind == "ratebasedstatement":
            return self.reachable(read(body, "scopedownstatement"), owner, source)
        if kind == "ipsetreferencestatement":
            return self._holds_addresses(body, owner, source)
        return _yes(kind != "geomatchstatement" or read(body, "countrycodes") != [])

    def _holds_addresses(self, reference: Any, owner: Resource, source: str) -> Fact:
        """Whether an IP set holds anything; one from elsewhere is taken to."""
        found = self._graph.follow(owner, source, read(reference, "arn"), IP_SET)
        if not isinstance(found, Resource):
            return Fact.YES
        addresses = found.inputs.get("addresses")
        return Fact.UNKNOWN if addresses is UNKNOWN else _yes(bool(items(addresses)))


def _matches_listed(statement: Any) -> bool:
    parts = [statement, *items(read(statement, "andstatement", "statements"))]
    return any(is_object(read(each, "ipsetreferencestatement")) for each in parts)


def _matches_other_senders(statement: Any) -> bool:
    inner = read(statement, "notstatement", "statement")
    parts = items(read(inner, "orstatement", "statements")) or [inner]
    sets = [read(each, "ipsetreferencestatement") for each in parts]
    return all(is_object(each) and each.get("ipsetforwardedipconfig") is None for each in sets)


def visible(rule: Any, name: str) -> Fact:
    """A flag of a visibility configuration, which AWS requires of rules and ACLs alike."""
    if rule is UNKNOWN:
        return Fact.UNKNOWN
    value = read(rule, "visibilityconfig", name)
    return Fact.UNKNOWN if value is UNKNOWN else _yes(value is True)


def _first(*values: Any) -> Any:
    return next((value for value in values if value is not None), None)


def _yes(holds: bool) -> Fact:  # noqa: FBT001 - a predicate's own value
    return Fact.YES if holds else Fact.NO


def _number(value: Any) -> float | None:
    """A known number; documents may write it as a text."""
    try:
        return float(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else None
    except ValueError:
        return None


def _action(value: Any) -> Any:
    """The names of an action: a text, or the object whose key is the name."""
    if value is UNKNOWN:
        return UNKNOWN
    if isinstance(value, str):
        return {value.lower()}
    return {key for key, item in value.items() if item is not None} if is_object(value) else set[str]()


def _softened(group: Any) -> Iterator[str]:
    return (name for name, action in _overrides(group).items() if action & {"count", "allow"})


def _overrides(group: Any) -> dict[str, set[str]]:
    """What the known rules of a group do instead of their own actions, by their names."""
    found = {text(read(each, "name")): {"count"} for each in items(read(group, "excludedrules"))}
    for each in items(read(group, "ruleactionoverrides")):
        action = _action(read(each, "actiontouse"))
        if action is not UNKNOWN:
            found[text(read(each, "name"))] = action
    found.pop("", None)  # known only later
    return found


def _softened_read(group: Any) -> Fact:
    """Whether the overrides of a group are known, down to names and actions."""
    if group is UNKNOWN:
        return Fact.UNKNOWN
    listed = [*items(read(group, "excludedrules")), *items(read(group, "ruleactionoverrides"))]
    unread = any(UNKNOWN in (each, read(each, "name"), _action(read(each, "actiontouse"))) for each in listed)
    return Fact.UNKNOWN if unread else Fact.YES


def _bound(statement: Mapping[str, Any]) -> Fact:
    """Whether requests are counted by what a caller cannot choose.

    A forwarded address is what the caller writes, and AWS does not count requests that leave the header out.
    """
    keys, trusted = statement.get("customkeys"), _CALLER_KEYS - {"forwardedip"}
    counted = _counted_by(statement)
    if not counted <= trusted | _FEW:
        return Fact.NO  # AWS counts by all keys together: one of the caller's choice suffices
    if UNKNOWN in (statement.get("aggregatekeytype"), keys, *items(keys)):
        return Fact.UNKNOWN
    return _yes(bool(counted & trusted))


def _label_namespaces(statement: Mapping[str, Any]) -> Iterator[str]:
    """The namespaces of the labels that a rate-based rule counts by."""
    if "labelnamespace" in _counted_by(statement):
        for each in items(statement.get("customkeys")):
            if read(each, "labelnamespace") is not None:
                yield text(read(each, "labelnamespace", "namespace"))


def _counted_by(statement: Mapping[str, Any]) -> set[str]:
    """The keys of a rate-based rule, by their names in its document."""
    kind = statement.get("aggregatekeytype")
    if kind != "CUSTOM_KEYS":
        return {"forwardedip" if kind == "FORWARDED_IP" else "ip"}
    keys = [each for each in items(statement.get("customkeys")) if is_object(each)]
    return {key for each in keys for key, item in each.items() if item is not None}


def _scope(statement: Any) -> WafScope:
    return WafScope(covers_all=_covers_all(statement), beginning=_beginning(statement))


def _covers_all(statement: Any) -> Fact:
    """Whether a scope-down leaves hardly anything out: an exception does, a description of what is meant does not."""
    if statement is UNKNOWN:
        return Fact.UNKNOWN
    if not is_object(statement):
        return Fact.YES
    return every(*(_leaves_little_out(kind, body) for kind, body in statement.items() if body is not None))


def _leaves_little_out(kind: str, body: Any) -> Fact:
    if body is UNKNOWN:
        return Fact.UNKNOWN
    if kind == "notstatement":
        return _yes(not _matches_every_path(read(body, "statement")))
    parts = [_covers_all(each) for each in items(read(body, "statements"))]
    if kind in {"andstatement", "orstatement"}:
        return every(*parts) if kind == "andstatement" else some(*parts)
    beginning = _beginning({kind: body})
    return _yes(beginning == "/") if beginning else Fact.NO


def _matches_every_path(statement: Any) -> bool:
    any_of = items(read(statement, "orstatement", "statements")) if is_object(statement) else ()
    return _beginning(statement) == "/" or any(_matches_every_path(each) for each in any_of)


def _beginning(statement: Any) -> str:
    """How a statement wants a path to begin, where that is all it asks."""
    pattern = read(statement, "regexmatchstatement")
    if is_object(pattern) and read(pattern, "fieldtomatch", "uripath") is not None and len(statement) == 1:
        return "/" if text(read(pattern, "regexstring")) in _EVERY_PATH else ""
    asked = read(statement, "bytematchstatement")
    by_path = (
        read(asked, "fieldtomatch", "uripath") is not None and read(asked, "positionalconstraint") == "STARTS_WITH"
    )
    return text(read(asked, "searchstring")) if by_path and is_object(statement) and len(statement) == 1 else ""


def _oversized(statement: Any, handling: str) -> Fact:
    """Whether a statement inspects bodies and handles those that are too long in a certain way."""
    return _yes(any(_handles(each, handling) for each in _fields(statement)))


def _handles(field: Any, handling: str) -> bool:
    for name in ("body", "jsonbody"):
        body = read(field, name)
        if is_object(body):
            given = body.get("oversizehandling")
            return given is not UNKNOWN and (text(given).lower() or "continue") == handling
    return False


def _fields(statement: Any) -> Iterator[Any]:
    """Every part of a request that a statement looks at."""
    yield from _walk(statement, lambda each: each.get("fieldtomatch"))


def _walk(value: Any, pick: Callable[[Mapping[str, Any]], Any]) -> Iterator[Any]:
    if is_object(value):
        found = pick(value)
        if is_object(found):
            yield found
        for item in value.values():
            yield from _walk(item, pick)
    elif is_list(value):
        for item in value:
            yield from _walk(item, pick)
