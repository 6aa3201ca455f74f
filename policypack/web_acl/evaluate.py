"""Evaluates a web ACL for a request: which rule decides, which labels it gets, what is counted and what is unknown.

https://docs.aws.amazon.com/waf/latest/developerguide/web-acl-processing-order.html
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from .match import match
from .request import Request
from .statements import (
    ANY_RESPONSE,
    Acl,
    Action,
    CustomResponse,
    Either,
    Every,
    Group,
    LabelMatch,
    Leaf,
    Not,
    Opaque,
    Rule,
    Statement,
)
from .truth import Truth, both, either, opposite

MANAGED: Final = "awswaf:managed:"
"""What the labels of managed rule groups begin with."""
_ENDING: Final = frozenset({Action.ALLOW, Action.BLOCK, Action.CAPTCHA, Action.CHALLENGE, Action.UNKNOWN})
Match = Callable[[Leaf], Truth]
"""Whether a request matches a statement that is not made of others."""


@dataclass(frozen=True, slots=True)
class Ending:
    """One way in which the evaluation may end."""

    action: Action
    rule: str
    """The name of the rule that decides; empty for the default action."""
    response: CustomResponse | None = None
    """What a request that is blocked gets; None for a 403."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a web ACL does with a request."""

    endings: tuple[Ending, ...]
    """The ways in which the evaluation may end; one if it is certain."""
    labels: frozenset[str]
    """The labels that the request certainly has at its end."""
    counted: tuple[str, ...]
    """The rules that only count the request."""
    unknowns: tuple[str, ...]
    """Why the outcome is uncertain, as clauses."""

    @property
    def passes(self) -> Truth:
        """Whether the request reaches what the web ACL protects; a CAPTCHA or a challenge is in its way."""
        found = {None if each.action is Action.UNKNOWN else each.action is Action.ALLOW for each in self.endings}
        return found.pop() if len(found) == 1 else None

    @property
    def action(self) -> Action:
        """What happens, or UNKNOWN."""
        found = {each.action for each in self.endings}
        return found.pop() if len(found) == 1 else Action.UNKNOWN

    @property
    def rule(self) -> str:
        """The rule that decides, if it is certain; empty for the default action."""
        return self.endings[0].rule if len(self.endings) == 1 else ""

    @property
    def response(self) -> CustomResponse | None:
        """What a request that is blocked gets; None for a 403."""
        found = {each.response for each in self.endings}
        return found.pop() if len(found) == 1 else ANY_RESPONSE


def evaluate(acl: Acl, request: Request) -> Outcome:
    """What a web ACL does with a request."""
    return outcome(acl, lambda leaf: match(leaf, request, acl.body_limit), has_token=request.has_token)


def outcome(acl: Acl, matches: Match, *, has_token: bool = False) -> Outcome:
    """What a web ACL does with a request that matches certain statements."""
    walk = Walk(matches, has_token=has_token)
    ended = walk.through(acl.rules)
    endings = list(walk.endings)
    if not acl.known:
        walk.unknowns.append("its rules are known only after deployment")
        endings.append(Ending(Action.UNKNOWN, ""))
    if not ended:
        endings.append(Ending(acl.default, "", acl.response))
    certain = frozenset(label for label, has in walk.labels.items() if has)
    return Outcome(tuple(endings), certain, tuple(walk.counted), tuple(dict.fromkeys(walk.unknowns)))


@dataclass(slots=True)
class Walk:
    """The evaluation of rules one after another."""

    matches: Match
    has_token: bool = False
    labels: dict[str, Truth] = field(default_factory=dict[str, Truth])
    """The labels of the request; `awswaf:managed:` stands for all those of managed rule groups."""
    endings: list[Ending] = field(default_factory=list[Ending])
    counted: list[str] = field(default_factory=list[str])
    unknowns: list[str] = field(default_factory=list[str])

    def through(self, rules: Sequence[Rule]) -> bool:
        """Evaluate rules; whether the evaluation certainly ends in one of them."""
        return any(self._rule(each) for each in rules)

    def holds(self, statement: Statement) -> Truth:
        """Whether the request matches a statement."""
        if isinstance(statement, Every):
            return both(map(self.holds, statement.parts))
        if isinstance(statement, Either):
            return either(map(self.holds, statement.parts))
        if isinstance(statement, Not):
            return opposite(self.holds(statement.part))
        if isinstance(statement, LabelMatch):
            return self._labelled(statement)
        return self.matches(statement)

    def _rule(self, rule: Rule) -> bool:
        matched = self.holds(rule.statement)
        if matched is False:
            return False
        if matched is None:
            self._explain(rule.statement, rule)
        if rule.group is not None:
            return self._group(rule, rule.group, matched)
        self._label(rule.labels, matched)
        if rule.action not in _ENDING or (self.has_token and rule.action in {Action.CAPTCHA, Action.CHALLENGE}):
            self.counted.append(rule.name)
            return False
        self.endings.append(Ending(rule.action, rule.name, rule.response))
        return matched is True and rule.action is not Action.UNKNOWN

    def _group(self, rule: Rule, group: Group, inspects: Truth) -> bool:
        if group.rules is None:
            return self._opaque_group(rule, group, inspects)
        inner = Walk(self.matches, has_token=self.has_token, labels=dict(self.labels))
        ended = inner.through(group.rules)
        certain = inspects is True and (ended or len(inner.endings) == 0)
        for label, has in inner.labels.items():
            if self.labels.get(label) is not True:
                # Rules after one that may have ended the group may not have been reached.
                self.labels[label] = has if certain and len(inner.endings) <= 1 else None if has is not False else False
        self._label(rule.labels, inspects if ended else None if inner.endings else False)
        self.unknowns += inner.unknowns
        self.counted += inner.counted
        if group.counts:
            self.counted += [rule.name] if inner.endings else []
            return False
        self.endings += [replace(each, rule=rule.name) for each in inner.endings]
        return ended and inspects is True

    def _opaque_group(self, rule: Rule, group: Group, inspects: Truth) -> bool:
        matched = both([inspects, self.matches(Opaque(f"group {group.name}", group.reason))])
        self.labels.setdefault(MANAGED, None)
        self._label(rule.labels, matched)
        if matched is False:
            return False
        if matched is None:
            self.unknowns.append(group.reason)
        if group.counts:
            self.counted.append(rule.name)
            return False
        self.endings.append(Ending(Action.UNKNOWN if group.may_allow else Action.BLOCK, rule.name, ANY_RESPONSE))
        return matched is True

    def _label(self, labels: Sequence[str], matched: Truth) -> None:
        for each in labels:
            if matched is not False and self.labels.get(each) is not True:
                self.labels[each] = matched

    def _labelled(self, statement: LabelMatch) -> Truth:
        found = [has for label, has in self.labels.items() if _has_label(label, statement)]
        if statement.key.startswith(MANAGED) and MANAGED in self.labels:
            found.append(
                self.matches(Opaque(f"label {statement.key}", "which labels a managed rule group adds varies"))
            )
        return either(found)

    def _explain(self, statement: Statement, rule: Rule) -> None:
        reasons = [each.reason for each in _opaque(statement) if self.matches(each) is None]
        self.unknowns += reasons or [f"whether rule {rule.name} matches is unknown"]


def _opaque(statement: Statement) -> list[Opaque]:
    if isinstance(statement, Every | Either):
        return [found for each in statement.parts for found in _opaque(each)]
    if isinstance(statement, Not):
        return _opaque(statement.part)
    return [statement] if isinstance(statement, Opaque) else []


def _has_label(label: str, statement: LabelMatch) -> bool:
    """Whether a label, or its namespace, is what a statement looks for.

    https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-statement-type-label-match.html
    """
    parts, wanted = label.split(":"), statement.key.rstrip(":").split(":")
    if not statement.namespace:
        return _written(wanted) == parts[-len(_written(wanted)) :]
    names, wanted = parts[:-1], _written(wanted)
    return any(names[start : start + len(wanted)] == wanted for start in range(len(names) - len(wanted) + 1))


def _written(parts: list[str]) -> list[str]:
    """A label without the prefix that AWS WAF puts before it: `awswaf:<account>:webacl:<name>:`."""
    own = len(parts) > _PREFIX and parts[0] == "awswaf" and parts[2] in {"webacl", "rulegroup"}
    return parts[_PREFIX:] if own else parts


_PREFIX: Final = 4
