"""Reads the rules of web ACLs and rule groups in every spelling.

pulumi-aws writes `rateBasedStatement`, a JSON rule document `RateBasedStatement`, and aws-native
`cloudWatchMetricsEnabled`. The names differ only in letter case, so keys are compared in lower case.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
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
from ...model.waf import RateLimit, ScopeDown, WafRule
from .uninspected import Uninspected, uninspected

_MAX_DEPTH: Final = 50
"""Levels of nesting that are read; AWS accepts fewer."""
_BLOCKING: Final = frozenset({"block", "captcha", "challenge"})
"""Actions that block a request or make its caller prove something first."""
_CALLER_KEYS: Final = frozenset({"ip", "forwardedip", "labelnamespace", "asn"})
"""Custom keys of a rate-based rule that a caller cannot choose freely."""
_FEW_VALUES: Final = frozenset({"httpmethod"})
"""Custom keys with so few values that a caller gains little by varying them."""
_EVERY_PATH: Final = frozenset({"^/", "/", "^/.*", "^/.*$", "^", ".*", "^.*$"})
"""Regular expressions that match all paths."""
_DEFAULT_WINDOW: Final = 300
"""AWS's default evaluation window in seconds."""
_UNKNOWN_RULE: Final = Fact.unknown("what it matches is known only after deployment")
_UNKNOWN_ACTION: Final = Fact.unknown("its action is known only after deployment")
_UNKNOWN_GROUP: Final = Fact.unknown("the rules of its rule group are known only after deployment")
_UNKNOWN_OVERRIDES: Final = Fact.unknown("the overrides of its rule group are known only after deployment")
_UNKNOWN_ADDRESSES: Final = Fact.unknown("the addresses of its IP set are known only after deployment")
_UNKNOWN_VISIBILITY: Final = Fact.unknown("its visibility_config is known only after deployment")
_UNKNOWN_SCOPE: Final = Fact.unknown("its scope-down statement is known only after deployment")
_MATCHES_NOTHING: Final = Fact.no("matches no request")


def lower_keys(value: Any, depth: int = _MAX_DEPTH) -> Any:
    """A copy whose objects have their keys in lower case, without what is nested too deeply for AWS."""
    if is_object(value):
        return {str(key).lower(): lower_keys(item, depth - 1) for key, item in value.items()} if depth else {}
    if is_list(value):
        return [lower_keys(item, depth - 1) for item in value] if depth else []
    return value


def declared_rules(resource: Resource, json_input: str) -> Any:
    """The rules of a web ACL or rule group, keys in lower case: UNKNOWN if unknown, empty if the JSON is invalid.

    `json_input` names the input that may hold the rules as a JSON string.
    """
    document = resource.inputs.get(json_input)
    if document is None:
        rules = resource.inputs.get("rules")
        return UNKNOWN if rules is UNKNOWN else lower_keys(items(rules))
    if document is UNKNOWN:
        return UNKNOWN
    try:
        return lower_keys(items(json.loads(text(document))))
    except (ValueError, RecursionError):
        return []


@dataclass(frozen=True, slots=True)
class _Effect:
    """What a rule, or the rules of a rule group, do with matching requests."""

    blocks: Fact
    allows: Fact
    counts: Fact = Fact.NO


class RuleReader:
    """Reads rules, and follows their references to the IP sets and rule groups of the graph."""

    def __init__(self, graph: Graph) -> None:
        """Prepare the cache of rule groups."""
        self._graph = graph
        self._groups: dict[str, tuple[WafRule, ...] | None] = {}

    def read(self, rule: Any, owner: Resource, label: str, source: str = "rules") -> WafRule:
        """One rule of a web ACL or rule group; `source` is the input of `owner` that contains it."""
        name = text(read(rule, "name")) or text(read(rule, "rulename"))
        statement = read(rule, "statement")
        managed, own = _managed_group(rule), _own_group(rule)
        group = managed if managed is not None else own
        effect = self._effect(rule, statement, group, own, owner, source)
        rate = read(statement, "ratebasedstatement")
        inspects = self._uninspected(statement, effect, own, owner, source)
        return WafRule(
            urn=owner.urn,
            label=f"rule {name or 'without a name'} of {label}",
            subject=f"rule {name}",
            name=name,
            priority=_number(read(rule, "priority")),
            blocks=effect.blocks,
            allows=effect.allows,
            counts=effect.counts,
            managed_group=text(read(managed, "name")) if is_object(managed) else "",
            vendor=text(read(managed, "vendorname")) if is_object(managed) else "",
            own_group_blocks=effect.blocks if is_object(own) else None,
            scope_down=_scope_down(read(group, "scopedownstatement")),
            softened_rules=tuple(sorted(_softened(group))),
            overrides_known=_overrides_known(group),
            rate_limit=None if not is_object(rate) else self._rate_limit(rate, owner, source),
            matches_only_listed=_matches_only_listed(statement),
            matches_all_unlisted=is_object(read(statement, "notstatement", "statement", "ipsetreferencestatement")),
            matches_all_unlisted_senders=_matches_all_unlisted_senders(statement),
            uninspected=inspects.passed,
            truncated=inspects.truncated,
            uninspected_known=inspects.known,
            adds_labels=bool(items(read(rule, "rulelabels"))),
            blocked_labels=tuple(self._blocked_labels(rule, effect.blocks, own, owner, source)),
            has_metrics=visibility_flag(rule, "cloudwatchmetricsenabled"),
            sampled=visibility_flag(rule, "sampledrequestsenabled"),
        )

    def group_known(self, rule: Any, owner: Resource, source: str = "rules") -> Fact:
        """Whether a rule uses no rule group, one of AWS's, or one that is among the evaluated resources."""
        managed = _managed_group(rule)
        if UNKNOWN in (managed, read(managed, "name"), read(rule, "statement", "ratebasedstatement")):
            return Fact.unknown("which rule groups it uses is known only after deployment")
        own = _own_group(rule)
        if own is None or isinstance(self._group(own, owner, source), Resource):
            return Fact.YES
        return Fact.unknown("it uses a rule group that is known only after deployment, or in another stack")

    def _effect(self, rule: Any, statement: Any, group: Any, own: Any, owner: Resource, source: str) -> _Effect:
        if rule is UNKNOWN or statement is UNKNOWN:
            return _Effect(_UNKNOWN_RULE, _UNKNOWN_RULE, _UNKNOWN_RULE)
        action, override = _action(read(rule, "action")), _action(read(rule, "overrideaction"))
        if action is UNKNOWN or override is UNKNOWN or group is UNKNOWN:
            return _Effect(_UNKNOWN_ACTION, _UNKNOWN_ACTION, _UNKNOWN_ACTION)
        if group is not None:
            if "count" in override:
                return _Effect(Fact.no("only counts the requests that its rule group matches"), Fact.NO, Fact.YES)
            effect = _Effect(Fact.YES, Fact.NO) if own is None else self._effect_of_group(own, owner, source)
            can_match = self._can_match(read(group, "scopedownstatement"), owner, source)
            return _Effect(every(effect.blocks, can_match), effect.allows)
        can_match = self._can_match(statement, owner, source)
        return _Effect(
            every(Fact.of(bool(action & _BLOCKING)), can_match),
            every(Fact.of("allow" in action), can_match),
            Fact.of("count" in action),
        )

    def _uninspected(self, statement: Any, effect: _Effect, own: Any, owner: Resource, source: str) -> Uninspected:
        """What a rule lets through uninspected; the rules of a rule group of the graph count as those that use it."""
        found = uninspected(statement, allows=effect.blocks.is_no and not effect.allows.is_no)
        group = None if own is None else self._group(own, owner, source)
        rules = self._rules_of(group) or () if isinstance(group, Resource) else ()
        concerned = [each for each in rules if not (each.blocks.is_no and each.allows.is_no)]
        return Uninspected(
            passed=tuple(dict.fromkeys([*found.passed, *(what for each in concerned for what in each.uninspected)])),
            truncated=tuple(
                dict.fromkeys([*found.truncated, *(what for each in concerned for what in each.truncated)])
            ),
            known=every(found.known, *(each.uninspected_known for each in concerned)),
        )

    def _blocked_labels(self, rule: Any, blocks: Fact, own: Any, owner: Resource, source: str) -> Iterator[str]:
        """The labels of what a rule, or a rule of its rule group, blocks."""
        if not blocks.is_no:
            yield from (text(read(each, "name")) for each in items(read(rule, "rulelabels")))
            group = None if own is None else self._group(own, owner, source)
            for each in self._rules_of(group) or () if isinstance(group, Resource) else ():
                yield from each.blocked_labels

    def _group(self, reference: Any, owner: Resource, source: str) -> Any:
        return self._graph.follow(owner, source, read(reference, "arn"), RULE_GROUP)

    def _effect_of_group(self, reference: Any, owner: Resource, source: str) -> _Effect:
        """What a rule group does. One in another stack is assumed to block, because that is what it is there for.

        Overrides replace the actions of its rules.
        """
        group = self._group(reference, owner, source)
        if not isinstance(group, Resource):
            return _Effect(Fact.YES, Fact.NO)
        rules, overrides = self._rules_of(group), _overrides(reference)
        if rules is None:
            return _Effect(_UNKNOWN_GROUP, _UNKNOWN_GROUP)
        if _overrides_known(reference).is_unknown:
            return _Effect(_UNKNOWN_OVERRIDES, _UNKNOWN_OVERRIDES)
        blocks = (
            Fact.of(bool(overrides[each.name] & _BLOCKING)) if each.name in overrides else each.blocks for each in rules
        )
        allows = (Fact.of("allow" in overrides[each.name]) if each.name in overrides else each.allows for each in rules)
        return _Effect(
            Fact(some(*blocks).value).because(
                no="refers to a rule group that blocks nothing",
                unknown="whether its rule group blocks requests is known only after deployment",
            ),
            Fact(some(*allows).value).because(
                unknown="whether its rule group allows requests is known only after deployment"
            ),
        )

    def _rules_of(self, group: Resource) -> tuple[WafRule, ...] | None:
        """The rules of a rule group of the graph; None if unknown."""
        if group.urn not in self._groups:
            self._groups[group.urn] = None  # ends the recursion if a group refers to itself, which AWS rejects
            rules = declared_rules(group, "rulesJson")
            if rules is not UNKNOWN:
                self._groups[group.urn] = tuple(self.read(each, group, group.name) for each in rules)
        return self._groups[group.urn]

    def _rate_limit(self, statement: Mapping[str, Any], owner: Resource, source: str) -> RateLimit:
        window = statement.get("evaluationwindowsec")
        scope_down = statement.get("scopedownstatement")
        return RateLimit(
            limit=_number(statement.get("limit")),
            window=_DEFAULT_WINDOW if window is None else _number(window),
            keyed_by_caller=_keyed_by_caller(statement),
            uses_forwarded_address="forwardedip" in _aggregation_keys(statement) <= _CALLER_KEYS | _FEW_VALUES,
            can_match=self._can_match(scope_down, owner, source),
            label_namespaces=tuple(_label_namespaces(statement)),
            scope_down=_scope_down(scope_down),
        )

    def _can_match(self, statement: Any, owner: Resource, source: str) -> Fact:
        """Whether a statement can match any request; AWS accepts statements that cannot."""
        if statement is UNKNOWN:
            return _UNKNOWN_RULE
        if not is_object(statement):
            return Fact.YES
        return every(*(self._part_can_match(kind, body, owner, source) for kind, body in statement.items()))

    def _part_can_match(self, kind: str, body: Any, owner: Resource, source: str) -> Fact:
        if body is UNKNOWN:
            return _UNKNOWN_RULE
        if kind == "andstatement":
            parts = [each for each in items(read(body, "statements")) if is_object(each)]
            negated = [read(each, "notstatement", "statement") for each in parts]
            if any(each in parts for each in negated if each is not None and each is not UNKNOWN):
                return _MATCHES_NOTHING
            return every(*(self._can_match(each, owner, source) for each in parts))
        if kind == "orstatement":
            parts = items(read(body, "statements"))
            return some(*(self._can_match(each, owner, source) for each in parts)).because(no=_MATCHES_NOTHING.reason)
        if kind == "ratebasedstatement":
            return self._can_match(read(body, "scopedownstatement"), owner, source)
        if kind == "ipsetreferencestatement":
            return self._has_addresses(body, owner, source)
        no_country = kind == "geomatchstatement" and read(body, "countrycodes") == []
        return _MATCHES_NOTHING if no_country else Fact.YES

    def _has_addresses(self, reference: Any, owner: Resource, source: str) -> Fact:
        """Whether an IP set contains addresses. One in another stack is assumed to."""
        found = self._graph.follow(owner, source, read(reference, "arn"), IP_SET)
        if not isinstance(found, Resource):
            return Fact.YES
        addresses = found.inputs.get("addresses")
        if addresses is UNKNOWN:
            return _UNKNOWN_ADDRESSES
        return Fact.of(bool(items(addresses)), no="matches no request, because its IP set is empty")


def _managed_group(rule: Any) -> Any:
    return _first(read(rule, "statement", "managedrulegroupstatement"), read(rule, "managedrulegroup"))


def _own_group(rule: Any) -> Any:
    return _first(read(rule, "statement", "rulegroupreferencestatement"), read(rule, "rulegroupreference"))


def _matches_only_listed(statement: Any) -> bool:
    parts = [statement, *items(read(statement, "andstatement", "statements"))]
    return any(is_object(read(each, "ipsetreferencestatement")) for each in parts)


def _matches_all_unlisted_senders(statement: Any) -> bool:
    inner = read(statement, "notstatement", "statement")
    parts = items(read(inner, "orstatement", "statements")) or [inner]
    sets = [read(each, "ipsetreferencestatement") for each in parts]
    return all(is_object(each) and each.get("ipsetforwardedipconfig") is None for each in sets)


def visibility_flag(rule: Any, name: str) -> Fact:
    """A flag of the visibility configuration, which AWS requires of rules and web ACLs."""
    value = read(rule, "visibilityconfig", name)
    return _UNKNOWN_VISIBILITY if value is UNKNOWN else Fact.of(value is True)


def _first(*values: Any) -> Any:
    return next((value for value in values if value is not None), None)


def _number(value: Any) -> float | None:
    """A known number; JSON documents may write it as a string."""
    try:
        return float(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else None
    except ValueError:
        return None


def _action(value: Any) -> Any:
    """The name of an action, as a set: written as a string, or as the key of an object."""
    if value is UNKNOWN:
        return UNKNOWN
    if isinstance(value, str):
        return {value.lower()}
    return {key for key, item in value.items() if item is not None} if is_object(value) else set[str]()


def _softened(group: Any) -> Iterator[str]:
    return (name for name, action in _overrides(group).items() if action & {"count", "allow"})


def _overrides(group: Any) -> dict[str, set[str]]:
    """The actions that replace those of a rule group's rules, by rule name."""
    found = {text(read(each, "name")): {"count"} for each in items(read(group, "excludedrules"))}
    for each in items(read(group, "ruleactionoverrides")):
        action = _action(read(each, "actiontouse"))
        if action is not UNKNOWN:
            found[text(read(each, "name"))] = action
    found.pop("", None)  # an unknown name
    return found


def _overrides_known(group: Any) -> Fact:
    """Whether the overrides of a rule group are known, including names and actions."""
    if group is UNKNOWN:
        return _UNKNOWN_OVERRIDES
    listed = [*items(read(group, "excludedrules")), *items(read(group, "ruleactionoverrides"))]
    unknown = any(UNKNOWN in (each, read(each, "name"), _action(read(each, "actiontouse"))) for each in listed)
    return _UNKNOWN_OVERRIDES if unknown else Fact.YES


def _keyed_by_caller(statement: Mapping[str, Any]) -> Fact:
    """Whether a rate-based rule counts requests under a key that callers cannot choose.

    Callers write a forwarded address themselves, and AWS does not count requests without the header.
    """
    keys, reliable = statement.get("customkeys"), _CALLER_KEYS - {"forwardedip"}
    aggregation_keys = _aggregation_keys(statement)
    if not aggregation_keys <= reliable | _FEW_VALUES:
        return Fact.NO  # AWS counts by the combination of all keys, so one that callers choose is enough
    if UNKNOWN in (statement.get("aggregatekeytype"), keys, *items(keys)):
        return Fact.UNKNOWN
    return Fact.of(bool(aggregation_keys & reliable))


def _label_namespaces(statement: Mapping[str, Any]) -> Iterator[str]:
    """The namespaces of the labels that a rate-based rule counts by."""
    if "labelnamespace" in _aggregation_keys(statement):
        for each in items(statement.get("customkeys")):
            if read(each, "labelnamespace") is not None:
                yield text(read(each, "labelnamespace", "namespace"))


def _aggregation_keys(statement: Mapping[str, Any]) -> set[str]:
    """The names of the keys that a rate-based rule counts by, in lower case."""
    kind = statement.get("aggregatekeytype")
    if kind != "CUSTOM_KEYS":
        return {"forwardedip" if kind == "FORWARDED_IP" else "ip"}
    keys = [each for each in items(statement.get("customkeys")) if is_object(each)]
    return {key for each in keys for key, item in each.items() if item is not None}


def _scope_down(statement: Any) -> ScopeDown:
    return ScopeDown(covers_all=_covers_all(statement), path_prefix=_path_prefix(statement))


def _covers_all(statement: Any) -> Fact:
    """Whether a scope-down statement makes exceptions only, rather than choosing some requests."""
    if statement is UNKNOWN:
        return _UNKNOWN_SCOPE
    if not is_object(statement):
        return Fact.YES
    return every(*(_part_covers_all(kind, body) for kind, body in statement.items() if body is not None))


def _part_covers_all(kind: str, body: Any) -> Fact:
    if body is UNKNOWN:
        return _UNKNOWN_SCOPE
    if kind == "notstatement":
        return Fact.of(not _matches_every_path(read(body, "statement")))
    parts = [_covers_all(each) for each in items(read(body, "statements"))]
    if kind in {"andstatement", "orstatement"}:
        return every(*parts) if kind == "andstatement" else some(*parts)
    return Fact.of(_path_prefix({kind: body}) == "/")


def _matches_every_path(statement: Any) -> bool:
    any_of = items(read(statement, "orstatement", "statements")) if is_object(statement) else ()
    return _path_prefix(statement) == "/" or any(_matches_every_path(each) for each in any_of)


def _path_prefix(statement: Any) -> str:
    """The prefix that a statement requires of the path, if that is its only condition; otherwise empty."""
    if not is_object(statement) or len(statement) != 1:
        return ""
    pattern = read(statement, "regexmatchstatement")
    if is_object(pattern) and read(pattern, "fieldtomatch", "uripath") is not None:
        return "/" if text(read(pattern, "regexstring")) in _EVERY_PATH else ""
    match = read(statement, "bytematchstatement")
    on_path = read(match, "fieldtomatch", "uripath") is not None
    return text(read(match, "searchstring")) if on_path and read(match, "positionalconstraint") == "STARTS_WITH" else ""
