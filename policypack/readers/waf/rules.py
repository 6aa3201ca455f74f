"""Reads the rules of web ACLs and rule groups in every spelling.

pulumi-aws writes `rateBasedStatement`, a JSON rule document `RateBasedStatement`, and aws-native
`cloudWatchMetricsEnabled`. The names differ only in letter case, so keys are compared in lower case.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from ... import web_acl
from ...graph.graph import Graph, Resource
from ...graph.resource_types import RULE_GROUP
from ...graph.values import (
    UNKNOWN,
    is_list,
    is_object,
    items,
    read,
    text,
)
from ...model.fact import Fact, every, some
from ...model.waf import RateLimit, WafRule
from ...web_acl import Statement, can_match
from ...web_acl.statements import AddressMatch, Opaque, leaves
from .custom_responses import custom_response
from .statements import StatementReader
from .uninspected import Uninspected, uninspected

_MAX_DEPTH: Final = 50
"""Levels of nesting that are read; AWS accepts fewer."""
_BLOCKING: Final = frozenset({"block", "captcha", "challenge"})
"""Actions that block a request or make its caller prove something first."""
_CALLER_KEYS: Final = frozenset({"ip", "forwardedip", "labelnamespace", "asn"})
"""Custom keys of a rate-based rule that a caller cannot choose freely."""
_FEW_VALUES: Final = frozenset({"httpmethod"})
"""Custom keys with so few values that a caller gains little by varying them."""
_DEFAULT_WINDOW: Final = 300
"""AWS's default evaluation window in seconds."""
_UNKNOWN_RULE: Final = Fact.unknown("what it matches is known only after deployment")
_UNKNOWN_ACTION: Final = Fact.unknown("its action is known only after deployment")
_UNKNOWN_GROUP: Final = Fact.unknown("the rules of its rule group are known only after deployment")
_UNKNOWN_OVERRIDES: Final = Fact.unknown("the overrides of its rule group are known only after deployment")
_UNKNOWN_VISIBILITY: Final = Fact.unknown("its visibility_config is known only after deployment")


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
        self._statements = StatementReader(graph)
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
            scope_down=self._statements.read(read(group, "scopedownstatement"), owner, source),
            evaluated=self._evaluated(rule, name, owner, source),
            softened_rules=tuple(sorted(_softened(group))),
            overrides_known=_overrides_known(group),
            rate_limit=None if not is_object(rate) else self._rate_limit(rate, owner, source),
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
            can_match = _matches_any(self._statements.read(read(group, "scopedownstatement"), owner, source))
            return _Effect(every(effect.blocks, can_match), effect.allows)
        can_match = _matches_any(self._statements.read(statement, owner, source))
        return _Effect(
            every(Fact.of(bool(action & _BLOCKING)), can_match),
            every(Fact.of("allow" in action), can_match),
            Fact.of("count" in action),
        )

    def _evaluated(self, rule: Any, name: str, owner: Resource, source: str) -> web_acl.Rule:
        """The rule as the evaluator of web ACLs takes it."""
        labels = tuple(text(read(each, "name")) for each in items(read(rule, "rulelabels")))
        managed, own = _managed_group(rule), _own_group(rule)
        group = managed if managed is not None else own
        if group is None:
            statement = self._statements.read(
                read(rule, "statement") if rule is not UNKNOWN else rule, owner, source, name
            )
            action = read(rule, "action")
            return web_acl.Rule(name, statement, _one_action(action), labels, custom_response(action, owner))
        override = _action(read(rule, "overrideaction"))
        inspects = self._statements.read(read(group, "scopedownstatement"), owner, source)
        counts = override is not UNKNOWN and "count" in override
        return web_acl.Rule(
            name, inspects, labels=labels, group=self._group_of(group, own, owner, source, counts=counts)
        )

    def _group_of(self, group: Any, own: Any, owner: Resource, source: str, *, counts: bool) -> web_acl.Group:
        overrides = _overrides(group)
        found = None if own is None else self._group(own, owner, source)
        rules = self._rules_of(found) if isinstance(found, Resource) else None
        if rules is None or _overrides_known(group).is_unknown:
            name = text(read(group, "name")) or text(read(group, "arn"))
            allows = any("allow" in each for each in overrides.values())
            reason = f"what rule group {name or 'known only after deployment'} matches varies"
            return web_acl.Group(name, None, counts, may_allow=allows, reason=reason)
        responses = {
            text(read(each, "name")): custom_response(read(each, "actiontouse"), owner)
            for each in items(read(group, "ruleactionoverrides"))
        }
        evaluated = [
            replace(each.evaluated, action=_known_action(overrides[each.name]), response=responses.get(each.name))
            if each.name in overrides
            else each.evaluated
            for each in sorted(rules, key=lambda one: one.priority if one.priority is not None else -1)
        ]
        return web_acl.Group(text(read(group, "arn")), tuple(evaluated), counts)

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
        scope_down = self._statements.read(statement.get("scopedownstatement"), owner, source)
        return RateLimit(
            limit=_number(statement.get("limit")),
            window=_DEFAULT_WINDOW if window is None else _number(window),
            keyed_by_caller=_keyed_by_caller(statement),
            uses_forwarded_address="forwardedip" in _aggregation_keys(statement) <= _CALLER_KEYS | _FEW_VALUES,
            can_match=_matches_any(scope_down),
            label_namespaces=tuple(_label_namespaces(statement)),
            scope_down=scope_down,
        )


def _managed_group(rule: Any) -> Any:
    return _first(read(rule, "statement", "managedrulegroupstatement"), read(rule, "managedrulegroup"))


def _own_group(rule: Any) -> Any:
    return _first(read(rule, "statement", "rulegroupreferencestatement"), read(rule, "rulegroupreference"))


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


def _one_action(value: Any) -> web_acl.Action:
    return _known_action(_action(value))


def _known_action(found: Any) -> web_acl.Action:
    known = [] if found is UNKNOWN else [each for each in web_acl.Action if each.value in found]
    return known[0] if len(known) == 1 else web_acl.Action.UNKNOWN


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


def _matches_any(statement: Statement) -> Fact:
    """Whether a statement can match any request; AWS accepts statements that cannot."""
    found = can_match(statement)
    parts = list(leaves(statement))
    if found is None:
        reasons = [each.reason for each in parts if isinstance(each, Opaque) and each.unknown]
        return Fact.unknown(reasons[0] if reasons else "whether it can match any request is unknown")
    is_empty = any(isinstance(each, AddressMatch) and not any(each.ranges.spans.values()) for each in parts)
    return Fact.of(found, no="matches no request, because its IP set is empty" if is_empty else "matches no request")
