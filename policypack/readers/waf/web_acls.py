"""Reads web ACLs: what stands in front of a stage, and what it does there."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from ...graph.children import Children
from ...graph.graph import EXTERNAL, Graph, Resource
from ...graph.resource_types import (
    APIS,
    CLASSIC_GLOBAL_WEB_ACL,
    CLASSIC_REGIONAL_WEB_ACL,
    CLASSIC_WEB_ACL_ASSOCIATION,
    HTTP_STAGE,
    STAGES,
    WEB_ACL,
    WEB_ACL_ASSOCIATION,
    WEB_ACL_RULE,
    WEB_ACL_RULE_GROUP,
)
from ...graph.values import (
    UNKNOWN,
    is_object,
    items,
    read,
    text,
)
from ...model.fact import Fact, Tristate, some
from ...model.verdict import Subject
from ...model.waf import Front, WafRule, WebAcl
from ..alarms.alarms import Alarms
from ..stage_index import StageIndex
from .logs import WafLogs
from .rules import RuleReader, folded, visible, written_rules

_CLASSIC: Final = (CLASSIC_REGIONAL_WEB_ACL, CLASSIC_GLOBAL_WEB_ACL, CLASSIC_WEB_ACL_ASSOCIATION)
_GLOBAL: Final = ":global/webacl/"
_ORDER: Final = {Tristate.NO: 0, Tristate.UNKNOWN: 1, Tristate.YES: 2}
_MEASURED: Final = "cloudwatchmetricsenabled"
_SAMPLED: Final = "sampledrequestsenabled"


@dataclass(frozen=True, slots=True)
class Cover:
    """What associations make of a stage."""

    behind: Fact
    acl: WebAcl | None = None
    """The ACL, where it is among the evaluated resources."""
    why: str = ""
    """Why an association that is there does not help."""
    front: Front | None = None
    """The distribution that the ACL belongs to, if it is no association."""
    unread: bool = False
    """Whether nothing tells which ACL it is."""


_REFUSED: Final = Cover(Fact.NO, None, "AWS WAF takes stages of REST APIs only, and refuses this association")


class WebAcls:
    """The associations of a graph, by the stage that they stand before."""

    def __init__(
        self,
        graph: Graph,
        stages: StageIndex,
        alarms: Alarms,
    ) -> None:
        """Match associations, rules and logs once."""
        self._graph = graph
        self._alarms = alarms
        self._logs = WafLogs(graph)
        self._rules = RuleReader(graph)
        self._separate = Children(graph, (WEB_ACL_RULE, WEB_ACL_RULE_GROUP), "webAclArn", WEB_ACL)
        self._read_acls: dict[str, WebAcl] = {}
        self._by_stage: dict[str, list[Cover]] = defaultdict(list)
        self._perhaps: set[str] = set()
        self._loose = False
        for association in graph.of_type(WEB_ACL_ASSOCIATION, CLASSIC_WEB_ACL_ASSOCIATION):
            stage = stages.of_arn(association.inputs.get("resourceArn")) or graph.target(
                association, "resourceArn", *STAGES
            )
            if isinstance(stage, Resource):
                self._by_stage[stage.urn].append(_REFUSED if stage.type == HTTP_STAGE else self._cover(association))
            elif stage is UNKNOWN:
                self._suspect(association, stages)
            else:
                self._perhaps |= {each.urn for each in stages.perhaps(association.inputs.get("resourceArn"))}

    def _suspect(self, association: Resource, stages: StageIndex) -> None:
        """Keep in mind which stages an association may protect, going by what its unknown ARN was computed from."""
        near = self._graph.dependencies(association, "resourceArn", *STAGES)
        for api in self._graph.dependencies(association, "resourceArn", *APIS):
            near += stages.by_api.get(api.urn, ())
        edges = association.property_dependencies.get("resourceArn", frozenset())
        known = [each for each in map(self._graph.by_urn, edges) if each is not None]
        self._perhaps |= {stage.urn for stage in near}
        # What was computed from a load balancer or a user pool alone leads there.
        elsewhere = bool(known) and all(each.type.startswith(("aws:", "aws-native:")) for each in known)
        self._loose |= not near and not elsewhere

    def of(self, stage: Resource) -> Cover:
        """What stands before a stage; of several associations AWS keeps one, which may be the weakest."""
        if stage.urn in self._by_stage:
            return min(self._by_stage[stage.urn], key=_strength)
        return Cover(Fact.UNKNOWN if self._loose or stage.urn in self._perhaps else Fact.NO)

    def read(self, acl: Resource) -> WebAcl:
        """An ACL of the graph, read once however many stages it stands before."""
        if acl.urn not in self._read_acls:
            self._read_acls[acl.urn] = self._read(acl)
        return self._read_acls[acl.urn]

    def _cover(self, association: Resource) -> Cover:
        acl = self._graph.target(association, "webAclArn", WEB_ACL)
        if acl is None:
            # WAF Classic names its ACL by `webAclId`; its rules are not read.
            return Cover(Fact.NO if association.inputs.get("webAclId") is None else Fact.YES)
        if isinstance(acl, Resource):
            if acl.inputs.get("scope") is UNKNOWN:
                return Cover(Fact.UNKNOWN, self.read(acl))
            if text(acl.inputs.get("scope")).upper() == "CLOUDFRONT":
                return Cover(Fact.NO, self.read(acl), "its web ACL has the scope CLOUDFRONT, which AWS refuses there")
            return Cover(Fact.YES, self.read(acl))
        if acl is EXTERNAL and _GLOBAL in text(association.inputs.get("webAclArn")):
            return Cover(Fact.NO, None, "its web ACL has the scope CLOUDFRONT, which AWS refuses there")
        return Cover(Fact.YES, unread=acl is UNKNOWN)

    def _read(self, acl: Resource) -> WebAcl:
        label = f"web ACL {text(acl.inputs.get('name')) or acl.name}"
        written = written_rules(acl, "ruleJson")
        rules = [] if written is UNKNOWN else [self._rules.read(each, acl, label) for each in written]
        outside = written is not UNKNOWN and any(self._rules.asks_outside(each, acl) for each in written)
        for each in self._separate.of(acl):
            rules.append(self._separate_rule(each, label))
            outside |= self._rules.asks_outside(folded(each.inputs), each, _source(each))
        own = folded({"visibilityConfig": acl.inputs.get("visibilityConfig")})
        blocks = "block" in _keys(acl.inputs.get("defaultAction"))
        answers = [*(each.stops for each in rules), *([Fact.YES] if blocks else [])]
        unread = written is UNKNOWN or UNKNOWN in written or bool(self._separate.of_unknown_parent)
        if unread:
            answers.append(Fact.UNKNOWN)
        blocking = sum(each.is_yes for each in answers)
        return WebAcl(
            urn=acl.urn,
            label=label,
            filters=some(*answers),
            blocks_by_default=Fact.YES if blocks else Fact.NO,
            rules_read=Fact.UNKNOWN if unread else Fact.YES,
            rules=tuple(sorted(rules, key=lambda rule: rule.priority if rule.priority is not None else -1)),
            unread_groups=outside,
            log=self._logs.of(acl),
            measured=visible(own, _MEASURED),
            sampled=visible(own, _SAMPLED),
            protected_headers=frozenset(_protected(acl.inputs.get("dataProtectionConfig"))),
            alarmed=self._alarms.on_blocks(acl),
            summary=f"{label}: {len(answers)} rules, {blocking} of them block",
        )

    def _separate_rule(self, rule: Resource, label: str) -> WafRule:
        return self._rules.read(folded(rule.inputs), rule, label, _source(rule))


def _strength(cover: Cover) -> tuple[int, int, int]:
    """By how much a cover protects; what cannot be read is taken to filter."""
    filters = Fact.YES if cover.acl is None else cover.acl.filters
    stopping = [each for each in cover.acl.rules if each.stops.is_yes] if cover.acl else []
    return _ORDER[cover.behind.value], _ORDER[filters.value], len(stopping)


def classic_acls(graph: Graph) -> tuple[Subject, ...]:
    """What a graph holds of WAF Classic."""
    return tuple(Subject(urn=each.urn, label=f"WAF Classic's {each.name}") for each in graph.of_type(*_CLASSIC))


def _source(rule: Resource) -> str:
    """The input of a rule's own resource that its references stand in."""
    return "statement" if rule.type == WEB_ACL_RULE else "ruleGroupReference"


def _keys(value: Any) -> set[str]:
    if isinstance(value, str):
        return {value.lower()}
    return {str(key).lower() for key, item in value.items() if item is not None} if is_object(value) else set()


def _protected(configuration: Any) -> Iterator[str]:
    for each in items(read(folded(configuration), "dataprotections")):
        if read(each, "field", "fieldtype") == "SINGLE_HEADER":
            yield from (text(key).lower() for key in items(read(each, "field", "fieldkeys")))
