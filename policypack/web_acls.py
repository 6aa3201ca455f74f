"""Reads web ACLs: what stands in front of a stage, and whether it filters."""

import json
from collections.abc import Mapping
from typing import Any, Final

from .findings import Answer
from .graph import OUTSIDE, UNKNOWN, Graph, Resource, is_object, items, read, text
from .model import WebAcl, some

ACL: Final = "aws:wafv2/webAcl:WebAcl"
_RULE: Final = "aws:wafv2/webAclRule:WebAclRule"
_RULE_GROUP: Final = "aws:wafv2/webAclRuleGroupAssociation:WebAclRuleGroupAssociation"
_ASSOCIATION: Final = "aws:wafv2/webAclAssociation:WebAclAssociation"
_CLASSIC_ASSOCIATION: Final = "aws:wafregional/webAclAssociation:WebAclAssociation"
_STOPPING: Final = frozenset({"block", "captcha", "challenge"})


class WebAcls:
    """The associations of a graph, by the stage that they stand before."""

    def __init__(self, graph: Graph, stages: Mapping[str, Resource], stage_type: str) -> None:
        """Match once; `stages` holds stages by the ARN that could be written by hand."""
        self._graph = graph
        self._by_stage: dict[str, tuple[Answer, WebAcl | None]] = {}
        self._loose = False
        for association in graph.of_type(_ASSOCIATION, _CLASSIC_ASSOCIATION):
            written = stages.get(text(association.inputs.get("resourceArn")))
            stage = written or graph.target(association, "resourceArn", stage_type)
            if isinstance(stage, Resource):
                self._by_stage[stage.urn] = self._acl(association)
            elif stage is UNKNOWN:
                self._loose = True

    def of(self, stage: Resource) -> tuple[Answer, WebAcl | None]:
        """Whether an ACL stands before a stage, and which, if it is judged too."""
        # An association that leads nowhere we can see may lead to this stage.
        return self._by_stage.get(stage.urn, (Answer.NOT_YET if self._loose else Answer.NO, None))

    def _acl(self, association: Resource) -> tuple[Answer, WebAcl | None]:
        acl = self._graph.target(association, "webAclArn", ACL)
        if acl is None:
            # WAF Classic names its ACL by `webAclId`; AWS has closed it to new users, its rules are not read.
            return (Answer.YES if association.inputs.get("webAclId") is not None else Answer.NO), None
        if acl is OUTSIDE or acl is UNKNOWN or not isinstance(acl, Resource):
            return Answer.YES, None
        return Answer.YES, self._read(acl)

    def _read(self, acl: Resource) -> WebAcl:
        rules = _rules(acl)
        separate = [
            each
            for each in self._graph.of_type(_RULE, _RULE_GROUP)
            if self._graph.target(each, "webAclArn", ACL) is acl
        ]
        answers = [] if rules is UNKNOWN else [_stops(rule) for rule in items(rules)]
        answers += [_stops(each.inputs) for each in separate]
        if rules is UNKNOWN:
            answers.append(Answer.NOT_YET)
        if "block" in _keys(acl.inputs.get("defaultAction")):
            answers.append(Answer.YES)
        count = len(answers)
        blocking = sum(each is Answer.YES for each in answers)
        label = f"web ACL {text(acl.inputs.get('name')) or acl.name}"
        return WebAcl(
            urn=acl.urn,
            label=label,
            filters=some(*answers),
            summary=f"{label}: {count} rules, {blocking} of them block",
        )


def _rules(acl: Resource) -> Any:
    if "ruleJson" in acl.inputs:
        written = acl.inputs["ruleJson"]
        try:
            return UNKNOWN if written is UNKNOWN else items(json.loads(text(written)))
        except ValueError:
            return []
    rules = acl.inputs.get("rules")
    return UNKNOWN if rules is UNKNOWN else items(rules)


def _stops(rule: Any) -> Answer:
    """Whether a rule blocks what it matches; one that only counts is an observer."""
    if rule is UNKNOWN:
        return Answer.NOT_YET
    action, override = (
        _lower(read(rule, "action"), read(rule, "Action")),
        _lower(read(rule, "overrideAction"), read(rule, "OverrideAction")),
    )
    if UNKNOWN in (action, override):
        return Answer.NOT_YET
    group = any(read(rule, name) is not None for name in ("managedRuleGroup", "ruleGroupReference"))
    if action & _STOPPING or "none" in override or (group and "count" not in override):
        return Answer.YES
    return Answer.NO


def _lower(*values: Any) -> Any:
    given = next((value for value in values if value is not None), None)
    return UNKNOWN if given is UNKNOWN else _keys(given)


def _keys(value: Any) -> set[str]:
    if isinstance(value, str):
        return {value.lower()}
    return {str(key).lower() for key in value} if is_object(value) else set()
