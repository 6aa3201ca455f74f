"""Reads web ACLs, their associations with stages, and their rules."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ... import web_acl
from ...graph.children_by_parent import Children
from ...graph.graph import EXTERNAL, Graph, Resource
from ...graph.resource_types import (
    APIS,
    CLASSIC_GLOBAL_WEB_ACL,
    CLASSIC_REGIONAL_WEB_ACL,
    CLASSIC_WEB_ACL_ASSOCIATION,
    DISTRIBUTION,
    HTTP_STAGE,
    REST_DEPLOYMENT,
    REST_STAGE,
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
from ...model.fact import Fact, Tristate, every, some
from ...model.verdict import Subject
from ...model.waf import Distribution, WafRule, WebAcl
from ..alarms.alarms import Alarms
from ..stage_index import StageIndex, stage_of_arn
from .custom_responses import custom_response
from .logs import WafLogs
from .rules import RuleReader, declared_rules, lower_keys, visibility_flag

_CLASSIC: Final = (CLASSIC_REGIONAL_WEB_ACL, CLASSIC_GLOBAL_WEB_ACL, CLASSIC_WEB_ACL_ASSOCIATION)
_GLOBAL: Final = ":global/webacl/"
_RANK: Final = {Tristate.NO: 0, Tristate.UNKNOWN: 1, Tristate.YES: 2}
_METRICS: Final = "cloudwatchmetricsenabled"
_SAMPLES: Final = "sampledrequestsenabled"

_PROTECTED_FIELDS: Final = {
    "SINGLE_HEADER": "header",
    "SINGLE_QUERY_ARGUMENT": "querystring",
    "QUERY_STRING": "querystring",
}

NO_ACL: Final = "is reachable without a web ACL"
_FOR_CLOUDFRONT: Final = f"{NO_ACL}: the one associated with it has the scope CLOUDFRONT, which AWS rejects for stages"
_FOR_REST_ONLY: Final = f"{NO_ACL}: AWS WAF supports stages of REST APIs only, and rejects this association"
UNKNOWN_ACL: Final = Fact.unknown("its web ACL is known only after deployment, and cannot be evaluated")
_UNKNOWN_ASSOCIATION: Final = Fact.unknown("whether a web ACL is associated with it is known only after deployment")
_UNKNOWN_RULES: Final = Fact.unknown("its rules are known only after deployment")


@dataclass(frozen=True, slots=True)
class StageProtection:
    """The web ACL that filters the requests of a stage."""

    behind_web_acl: Fact
    web_acl: WebAcl | None = None
    """The web ACL, if it is among the evaluated resources."""
    web_acl_known: Fact = Fact.YES
    """Whether it is known which web ACL that is."""
    distribution: Distribution | None = None
    """The distribution that has the web ACL, unless the web ACL is associated with the stage itself."""


class WebAcls:
    """The web ACLs of a graph and the stages that they are associated with."""

    def __init__(
        self,
        graph: Graph,
        stages: StageIndex,
        alarms: Alarms,
    ) -> None:
        """Index associations, rules and logs."""
        self._graph = graph
        self._alarms = alarms
        self._logs = WafLogs(graph)
        self._rules = RuleReader(graph)
        self._separate_rules = Children(graph, (WEB_ACL_RULE, WEB_ACL_RULE_GROUP), "webAclArn", WEB_ACL)
        self._read_acls: dict[str, WebAcl] = {}
        self._by_stage: dict[str, list[StageProtection]] = defaultdict(list)
        self._of_named: dict[tuple[str, str], list[StageProtection]] = defaultdict(list)
        """What protects stages that are only named, by the id of their API and their name."""
        self._possible_stages: set[str] = set()
        """URNs of stages that an association with an unknown ARN may be about."""
        self._any_stage_possible = False
        """Whether an association may be about any stage."""
        for association in graph.of_type(WEB_ACL_ASSOCIATION, CLASSIC_WEB_ACL_ASSOCIATION):
            self._associate(association, stages)

    def _associate(self, association: Resource, stages: StageIndex) -> None:
        arn = association.inputs.get("resourceArn")
        stage = stages.of_arn(arn) or self._graph.target(association, "resourceArn", *STAGES)
        if isinstance(stage, Resource):
            rejected = StageProtection(Fact.no(_FOR_REST_ONLY))
            found = rejected if stage.type == HTTP_STAGE else self._protection(association)
            self._by_stage[stage.urn].append(found)
        elif stage is UNKNOWN:
            self._associate_unknown(association, stages)
        else:
            self._possible_stages |= {each.urn for each in stages.possible(arn)}
            named = stage_of_arn(arn)
            if named is not None:
                self._of_named[named].append(self._protection(association))

    def _associate_unknown(self, association: Resource, stages: StageIndex) -> None:
        """Note which stages an association may be about, according to what its unknown ARN was computed from."""
        possible = self._graph.dependencies(association, "resourceArn", *STAGES)
        for api in self._graph.dependencies(association, "resourceArn", *APIS):
            possible += stages.by_api.get(api.urn, ())
        edges = association.property_dependencies.get("resourceArn", frozenset())
        known = [each for each in map(self._graph.by_urn, edges) if each is not None]
        self._possible_stages |= {stage.urn for stage in possible}
        # An ARN computed only from, say, a load balancer or a user pool is theirs.
        of_another_service = bool(known) and all(each.type.startswith(("aws:", "aws-native:")) for each in known)
        self._any_stage_possible |= not possible and not of_another_service

    def of(self, stage: Resource) -> StageProtection:
        """What protects a stage. Of several associations AWS retains one, so the weakest is assumed."""
        if stage.urn in self._by_stage:
            return min(self._by_stage[stage.urn], key=_strength)
        named = self._of_named.get((text(stage.inputs.get("restApi")), text(stage.inputs.get("stageName"))))
        if named is not None:
            return min(named, key=_strength)
        # AWS WAF supports stages of REST APIs only, whatever an unknown ARN turns out to be.
        supported = stage.type in (REST_STAGE, REST_DEPLOYMENT)
        unknown = supported and (self._any_stage_possible or stage.urn in self._possible_stages)
        return StageProtection(_UNKNOWN_ASSOCIATION if unknown else Fact.NO)

    def read(self, acl: Resource) -> WebAcl:
        """A web ACL of the graph, read once even if several stages use it."""
        if acl.urn not in self._read_acls:
            self._read_acls[acl.urn] = self._read(acl)
        return self._read_acls[acl.urn]

    def _protection(self, association: Resource) -> StageProtection:
        acl = self._graph.target(association, "webAclArn", WEB_ACL)
        if acl is None:
            # An association of WAF Classic refers to its web ACL by `webAclId`; the rules of Classic are not read.
            return StageProtection(Fact.of(association.inputs.get("webAclId") is not None))
        if isinstance(acl, Resource):
            scope = acl.inputs.get("scope")
            if scope is UNKNOWN:
                return StageProtection(
                    Fact.unknown("whether its web ACL has the scope REGIONAL is known only after deployment"),
                    self.read(acl),
                )
            for_cloudfront = text(scope).upper() == "CLOUDFRONT"
            return StageProtection(Fact.of(not for_cloudfront, no=_FOR_CLOUDFRONT), self.read(acl))
        if acl is EXTERNAL and _GLOBAL in text(association.inputs.get("webAclArn")):
            return StageProtection(Fact.no(_FOR_CLOUDFRONT))
        return StageProtection(Fact.YES, web_acl_known=UNKNOWN_ACL if acl is UNKNOWN else Fact.YES)

    def _read(self, acl: Resource) -> WebAcl:
        label = f"web ACL {text(acl.inputs.get('name')) or acl.name}"
        declared = declared_rules(acl, "ruleJson")
        rules = [] if declared is UNKNOWN else [self._rules.read(each, acl, label) for each in declared]
        groups = [] if declared is UNKNOWN else [self._rules.group_known(each, acl) for each in declared]
        for each in self._separate_rules.of(acl):
            rules.append(self._rules.read(lower_keys(each.inputs), each, label, _source(each)))
            groups.append(self._rules.group_known(lower_keys(each.inputs), each, _source(each)))
        unknown = declared is UNKNOWN or UNKNOWN in declared or bool(self._separate_rules.of_unknown_parent)
        own = lower_keys({"visibilityConfig": acl.inputs.get("visibilityConfig")})
        blocks_by_default = Fact.of("block" in _keys(acl.inputs.get("defaultAction")))
        facts = [*(each.blocks for each in rules), blocks_by_default, Fact.UNKNOWN if unknown else Fact.NO]
        ordered = tuple(sorted(rules, key=lambda rule: rule.priority if rule.priority is not None else -1))
        return WebAcl(
            urn=acl.urn,
            label=label,
            blocks=Fact(some(*facts).value).because(no="blocks nothing", unknown=_UNKNOWN_RULES.reason),
            blocks_by_default=blocks_by_default,
            rules_known=_UNKNOWN_RULES if unknown else Fact.YES,
            rules=ordered,
            evaluated=web_acl.Acl(
                tuple(each.evaluated for each in ordered),
                web_acl.Action.BLOCK if blocks_by_default.is_yes else web_acl.Action.ALLOW,
                custom_response(lower_keys(acl.inputs.get("defaultAction")), acl),
                known=not unknown,
                body_limit=_body_limit(acl.inputs.get("associationConfig")),
            ),
            groups_known=every(*groups),
            log=self._logs.of(acl, rules),
            has_metrics=visibility_flag(own, _METRICS),
            sampled=visibility_flag(own, _SAMPLES),
            protected=frozenset(_protected(acl.inputs.get("dataProtectionConfig"))),
            protection_known=_protection_known(acl.inputs.get("dataProtectionConfig")),
            alarmed=self._alarms.on_blocks(acl),
            summary=_summary(label, rules, blocks_by_default),
        )


def _body_limit(configuration: Any) -> int:
    """How many bytes of a body are inspected: 16 KB, unless more are paid for."""
    body = read(lower_keys(configuration), "requestbody")
    limits = [each.get("defaultsizeinspectionlimit") for one in items(body) for each in _objects(one)]
    sizes = [int(size) for each in limits for size in [text(each).removeprefix("KB_")] if size.isdigit()]
    return max(sizes, default=16) * 1024


def _objects(value: Any) -> list[Any]:
    return [each for one in value.values() for each in items(one) if is_object(each)] if is_object(value) else []


def _summary(label: str, rules: Sequence[WafRule], blocks_by_default: Fact) -> str:
    blocking = sum(each.blocks.is_yes for each in rules)
    default = ", blocks by default" if blocks_by_default.is_yes else ""
    return f"{label}: {len(rules)} {'rule' if len(rules) == 1 else 'rules'}, {blocking} blocking{default}"


def _strength(protection: StageProtection) -> tuple[int, int, int]:
    """How much a web ACL protects; one that cannot be read is assumed to block."""
    acl = protection.web_acl
    blocks = Fact.YES if acl is None else acl.blocks
    blocking = [each for each in acl.rules if each.blocks.is_yes] if acl else []
    return _RANK[protection.behind_web_acl.value], _RANK[blocks.value], len(blocking)


def classic_acls(graph: Graph) -> tuple[Subject, ...]:
    """The web ACLs and associations of WAF Classic in a graph, and the distributions that use one by its id."""
    own = [Subject(urn=each.urn, label=f"WAF Classic's {each.name}") for each in graph.of_type(*_CLASSIC)]
    used = [
        Subject(urn=each.urn, label=f"WAF Classic in front of distribution {each.name}")
        for each in graph.of_type(DISTRIBUTION)
        if is_classic(each, graph)
    ]
    return (*own, *used)


def is_classic(distribution: Resource, graph: Graph) -> bool:
    """Whether the web ACL of a distribution is one of WAF Classic: named by its id, or by an ARN of the service `waf`.

    https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_DistributionConfig.html
    """
    name = distribution.inputs.get("webAclId")
    if name is UNKNOWN:
        return bool(graph.dependencies(distribution, "webAclId", CLASSIC_GLOBAL_WEB_ACL))
    return (bool(text(name)) and not text(name).startswith("arn:")) or ":waf::" in text(name)


def _source(rule: Resource) -> str:
    """The input of a separate rule resource that contains its references."""
    return "statement" if rule.type == WEB_ACL_RULE else "ruleGroupReference"


def _keys(value: Any) -> set[str]:
    if isinstance(value, str):
        return {value.lower()}
    return {str(key).lower() for key, item in value.items() if item is not None} if is_object(value) else set()


def _protected(configuration: Any) -> Iterator[str]:
    """What data protection hides. A field without keys stands for all of its keys."""
    for each in items(read(lower_keys(configuration), "dataprotections")):
        parameter = _PROTECTED_FIELDS.get(text(read(each, "field", "fieldtype")))
        keys = items(read(each, "field", "fieldkeys"))
        if parameter and not keys:
            yield parameter
        if parameter:
            yield from (f"{parameter}.{text(key).lower()}" for key in keys)


def _protection_known(configuration: Any) -> Fact:
    listed = items(read(lower_keys(configuration), "dataprotections"))
    values = [one for each in listed for one in (each, read(each, "field"), read(each, "field", "fieldtype"))]
    values += [key for each in listed for key in items(read(each, "field", "fieldkeys"))]
    return Fact.of(
        None if UNKNOWN in (configuration, *values) else True,
        unknown="what its data protection hides is known only after deployment",
    )
