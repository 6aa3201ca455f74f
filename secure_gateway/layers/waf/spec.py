"""The spec that `WafArgs` is parsed into: the rules, their order and their capacity."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import get_args

import pulumi

from ...aws_facts import LEAST_RETENTION_DAYS, RETENTION_DAYS
from ...choices import BodyInspectionKb, LoggedRequests, OversizeHandling, Sensitivity
from ...request_credentials import NONE, Credentials
from ...validation.arns import check_kms_key, check_waf_log_destination, check_web_acl
from ...validation.cidrs import by_family, refuse_wide
from ...validation.exceptions import Exceptions, listed
from ...validation.fields import boolean, leaf, one_of, options, parses, string, strings, whole_number
from ...validation.problems import plural, suggest
from ...validation.reader import Reader
from .args import (
    ForwardedIpArgs,
    LabelRuleArgs,
    ManagedGroupArgs,
    RateLimitArgs,
    RateRuleArgs,
    ResponseArgs,
    RuleGroupArgs,
    WafArgs,
)
from .catalogue import MANAGED_GROUPS, MAY_COUNT
from .reading import (
    DEFAULT_GROUPS,
    LABEL_RULES,
    PRIORITIES,
    RATE_RULES,
    RULE_GROUPS,
    SECRET_HEADERS,
    check_lists,
    check_secret_argument,
    check_secret_header,
    countries,
    managed_groups,
    named_rules,
)
from .rule_specs import (
    CAPACITY,
    ForwardedIpSpec,
    LabelRuleSpec,
    ManagedGroupSpec,
    RateLimitSpec,
    ResponseSpec,
    RuleGroupSpec,
    ranges,
)

INSPECTION_KB: tuple[int, ...] = get_args(BodyInspectionKb)
"""How much of a body AWS inspects for API Gateway."""
BASE_CAPACITY = 1_500
"""Web ACL capacity units that the base price covers."""
_BASIC_GROUPS = DEFAULT_GROUPS[:2]
"""The groups against current attacks that every web ACL needs."""
_MOST_REQUESTS = 10_000
"""Requests of one caller in five minutes above which a rate limit stops no flood."""
_MAX_RATE_LIMITS = 9
_MAX_BODIES_BYTES = 51_200
# AWS's prices in capacity units. For SQL injection (scripts): 20 (40) for each of path, query arguments, JSON body and
# cookies, 10 more for all query arguments, twice as much for JSON, and 10 for each of the two text transformations.
_SQL_INJECTION = {"LOW": 190, "HIGH": 240}
_CROSS_SITE_SCRIPTING = 290


@parses(WafArgs)
@dataclass(frozen=True, kw_only=True)
class WafSpec:
    """`WafArgs`, validated, with defaults filled in."""

    waived: str | None
    acl_arn: pulumi.Input[str] | None = leaf(check=check_web_acl, values="ARN")
    acl_metric_name: str = string(
        pattern=r"[A-Za-z0-9_-]{1,255}", expected="a name of letters, digits, hyphens and underscores"
    )
    rate_limit: RateLimitSpec
    rate_limits: Mapping[str, RateLimitSpec]
    sql_injection: bool = boolean(default=True)
    sql_injection_sensitivity: str = string("LOW", choices=get_args(Sensitivity))
    cross_site_scripting: bool = boolean(default=True)
    oversize_handling: str = string("CONTINUE", choices=get_args(OversizeHandling))
    body_inspection_kb: int = one_of(16, INSPECTION_KB, unit="KB")
    managed_groups: Mapping[str, ManagedGroupSpec]
    rule_groups: Mapping[str, RuleGroupSpec]
    label_rules: Mapping[str, LabelRuleSpec]
    block_countries: tuple[str, ...] = countries()
    allow_countries: tuple[str, ...] = countries()
    block_cidrs: tuple[str, ...] = ranges()
    allow_cidrs: tuple[str, ...] = ranges()
    forwarded_ip: ForwardedIpSpec | None
    count: tuple[str, ...] = ()
    count_all: str = string(expected="the reason why nothing is blocked")
    responses: Mapping[str, ResponseSpec] = field(default_factory=dict[str, ResponseSpec])
    secret_headers: tuple[str, ...] = strings(check=check_secret_header, values="names in lower case")
    secret_query_arguments: tuple[str, ...] = strings(check=check_secret_argument, values="names in lower case")
    sampled_requests: bool = boolean(default=False)
    log_requests: str = string("ALL", choices=get_args(LoggedRequests))
    log_destination_arn: pulumi.Input[str] | None = leaf(check=check_waf_log_destination, values="ARN")
    log_retention_days: int = one_of(365, RETENTION_DAYS, unit="days")
    kms_key_arn: pulumi.Input[str] | None = leaf(check=check_kms_key, values="ARN")
    max_capacity: int = whole_number(CAPACITY, low=1, high=CAPACITY, unit="capacity units")
    credentials: Credentials = NONE
    """Where the requests to the gateway's own routes carry credentials."""
    exceptions: Mapping[str, str] = field(default_factory=dict[str, str])
    """Why options have values that the policy pack reports."""

    @classmethod
    def parse(cls, reader: Reader) -> "WafSpec":
        """Parse the rules; with a web ACL of the caller's own there are none."""
        forwarded = reader.child("forwarded_ip", ForwardedIpArgs)
        spec = cls(
            **options(cls, reader),
            waived=reader.waived(),
            rate_limit=RateLimitSpec.parse(reader.child_or_empty("rate_limit", RateLimitArgs)),
            rate_limits={k: RateLimitSpec.parse_rule(v) for k, v in named_rules(reader, "rate_limits", RateRuleArgs)},
            managed_groups=managed_groups(reader),
            rule_groups={k: RuleGroupSpec.parse(v) for k, v in named_rules(reader, "rule_groups", RuleGroupArgs)},
            label_rules={k: LabelRuleSpec.parse(v) for k, v in named_rules(reader, "label_rules", LabelRuleArgs)},
            forwarded_ip=ForwardedIpSpec.parse(forwarded) if forwarded else None,
        )
        spec = replace(spec, count=reader.strings("count", choices=spec.rules))
        spec = replace(spec, responses=_responses(spec, reader))
        _check(spec, reader)
        return replace(spec, exceptions=_exceptions(spec, reader))

    @property
    def capacities(self) -> dict[str, int]:
        """Capacity units of each rule, in the order of evaluation, as far as AWS documents them."""
        # For an address in a header AWS asks the same for the position that is used here.
        made: dict[str, int | None] = {
            "blocked-addresses": len(by_family(self.block_cidrs)) or None,
            "other-proxies": len(by_family(self.forwarded_ip.proxies)) if self.forwarded_ip else None,
            "no-forwarded-address": 1 if self.forwarded_ip else None,
            "other-addresses": len(by_family(self.allow_cidrs)) or None,
            "blocked-countries": 1 if self.block_countries else None,
            "other-countries": 1 if self.allow_countries else None,
            "rate-limit": self.rate_limit.capacity,
            "sql-injection": _SQL_INJECTION[self.sql_injection_sensitivity] if self.sql_injection else None,
            "cross-site-scripting": _CROSS_SITE_SCRIPTING if self.cross_site_scripting else None,
            **{name: group.capacity for name, group in self.managed_groups.items()},
            **{f"rate-limit-{name}": rule.capacity for name, rule in self.rate_limits.items()},
            **{f"group-{name}": group.capacity for name, group in self.rule_groups.items()},
            **{f"label-{name}": rule.capacity for name, rule in self.label_rules.items()},
        }
        priorities = self.priorities
        return {name: made[name] or 0 for name in priorities if made.get(name) is not None}

    @property
    def priorities(self) -> dict[str, int]:
        """The priority of every rule that may be created; the lowest is evaluated first."""
        own = {
            **{f"rate-limit-{name}": RATE_RULES + place for place, name in enumerate(sorted(self.rate_limits))},
            **{f"group-{name}": RULE_GROUPS + place for place, name in enumerate(sorted(self.rule_groups))},
            **{f"label-{name}": LABEL_RULES + place for place, name in enumerate(sorted(self.label_rules))},
        }
        return dict(sorted({**PRIORITIES, **own}.items(), key=lambda each: each[1]))

    @property
    def rules(self) -> tuple[str, ...]:
        """Names of the rules of a web ACL that is created here, in the order of evaluation; at least one."""
        return tuple(self.capacities)

    @property
    def capacity(self) -> int:
        """Web ACL capacity units of all rules together."""
        return sum(self.capacities.values())

    def is_group(self, rule: str) -> bool:
        """Whether a rule is a group's, whose rules have actions of their own."""
        return rule in MANAGED_GROUPS or rule in {f"group-{name}" for name in self.rule_groups}

    def counts(self, rule: str) -> bool:
        """Whether a rule only counts."""
        return bool(self.count_all) or rule in self.count

    @property
    def hidden_headers(self) -> tuple[str, ...]:
        """Headers that are neither logged nor sampled."""
        return tuple(sorted({*SECRET_HEADERS, *self.secret_headers, *self.credentials.headers}))

    @property
    def hidden_query_arguments(self) -> tuple[str, ...]:
        """Query arguments that are neither logged nor sampled."""
        return tuple(sorted({*self.secret_query_arguments, *self.credentials.query_arguments}))

    def names(self, prefix: str) -> list[tuple[str, str]]:
        """The resources that are named after the component, with their names in the program."""
        if self.waived or self.acl_arn is not None:
            return []
        lists = {
            "blocked": self.block_cidrs,
            "admitted": self.allow_cidrs,
            "proxies": self.forwarded_ip.proxies if self.forwarded_ip else (),
        }
        sets = [(what, family) for what, ranges in lists.items() for family in by_family(ranges)]
        return [("wafv2.WebAcl", prefix), *(("wafv2.IpSet", f"{prefix}-{what}-{family}") for what, family in sets)]

    @property
    def metric_known(self) -> bool:
        """Whether it is known under which name the web ACL reports to CloudWatch."""
        return not self.waived and (self.acl_arn is None or bool(self.acl_metric_name))

    def posture(self) -> tuple[str, ...]:
        """What is blocked, and what only counted."""
        if self.acl_arn is not None:
            return ("web ACL: one of yours, whose rules are not known here",)
        who = f", read from {self.forwarded_ip.header}" if self.forwarded_ip else ""
        proxies = self.forwarded_ip.proxies if self.forwarded_ip else ()
        where = "in path, query, body and cookies"
        lines = {
            "blocked-addresses": f"addresses blocked: {', '.join(self.block_cidrs)}",
            "other-proxies": f"senders blocked except {', '.join(proxies)}",
            "no-forwarded-address": "requests without a forwarded address blocked",
            "other-addresses": f"addresses blocked except {', '.join(self.allow_cidrs)}",
            "blocked-countries": f"countries blocked: {', '.join(self.block_countries)}",
            "other-countries": f"countries blocked except {', '.join(self.allow_countries)}",
            "rate-limit": f"rate limit: {self.rate_limit}{who}",
            "sql-injection": f"SQL injection blocked {where}, sensitivity {self.sql_injection_sensitivity}",
            "cross-site-scripting": f"cross-site scripting blocked {where}",
            **{name: str(group) for name, group in self.managed_groups.items()},
            **{f"rate-limit-{name}": f"rate limit {name}: {rule}" for name, rule in self.rate_limits.items()},
            **{f"group-{name}": f"rule group {name} of yours" for name in self.rule_groups},
            **{f"label-{name}": f"label {rule.label} blocked{rule.scope}" for name, rule in self.label_rules.items()},
        }
        extra = f"; AWS charges for those above {BASE_CAPACITY:,}" if self.capacity > BASE_CAPACITY else ""
        stored = (
            f" retained {self.log_retention_days} days"
            if self.log_destination_arn is None
            else " at a destination of yours"
        )
        matched = ", blocked and counted requests only" if self.log_requests == "MATCHED" else ""
        return (
            f"web ACL: {len(self.rules)} rules, about {self.capacity:,} of {CAPACITY:,} capacity units{extra}",
            *([f"nothing is blocked: {self.count_all}"] if self.count_all else []),
            *(lines[name] + (" (only counted)" if self.counts(name) else "") for name in self.rules),
            *(["sampled requests stored for three hours"] if self.sampled_requests else []),
            f"web ACL log{stored}{matched}, without {self._hidden}",
            *listed(self.exceptions),
        )

    @property
    def _hidden(self) -> str:
        headers, arguments = ", ".join(self.hidden_headers), ", ".join(self.hidden_query_arguments)
        return f"{headers} and the query arguments {arguments}" if arguments else headers


_OF_A_GIVEN_ACL = ("acl_arn", "acl_metric_name", "waived")


def _responses(spec: WafSpec, reader: Reader) -> dict[str, ResponseSpec]:
    own = [name for name in spec.rules if not spec.is_group(name)]
    responses: dict[str, ResponseSpec] = {}
    for name, child in reader.child_map("responses", ResponseArgs).items():
        responses[name] = ResponseSpec.parse(child)
        if name not in own:
            reader.problems.reject(child.path, name, f"is not a rule that itself blocks requests{suggest(name, own)}")
        elif name in spec.count:
            reader.problems.reject(
                child.path, name, f"is in `{reader.at('count')}`: a rule that only counts blocks nobody"
            )
    total = sum(len(each.body.encode()) for each in responses.values())
    if total > _MAX_BODIES_BYTES:
        reader.add(
            "responses", f"the bodies have {total:,} bytes together, but AWS accepts at most {_MAX_BODIES_BYTES:,}"
        )
    return responses


def _check(spec: WafSpec, reader: Reader) -> None:
    if reader.has("acl_arn"):
        for name in reader.given(*(each for each in WafArgs.__annotations__ if each not in _OF_A_GIVEN_ACL)):
            reader.conflict(name, reader.at("acl_arn"), "that web ACL has its own rules and logs")
        return
    if reader.has("acl_metric_name"):
        reader.requires(
            "acl_metric_name", "acl_arn", reason="the metric name of the web ACL that is created here is known"
        )
    if len(spec.rate_limits) > _MAX_RATE_LIMITS:
        message = (
            f"has {plural(len(spec.rate_limits), 'rate limit')}, but at most {_MAX_RATE_LIMITS} are allowed: AWS's "
            "quota is 10 rate-based rules in a web ACL"
        )
        reader.add("rate_limits", message)
    check_lists(reader)
    refuse_wide(reader, "allow_cidrs", spec.allow_cidrs)
    if spec.forwarded_ip:
        refuse_wide(reader.child_or_empty("forwarded_ip", ForwardedIpArgs), "proxies", spec.forwarded_ip.proxies)
    _check_idle(spec, reader)
    _check_capacity(spec, reader)


def _exceptions(spec: WafSpec, reader: Reader) -> Mapping[str, str]:
    """Why options have values that the policy pack reports; a web ACL that only counts has its own reason."""
    exceptions = Exceptions(reader)
    if reader.has("acl_arn") or spec.waived:
        return exceptions.checked()
    in_five_minutes = spec.rate_limit.requests * 300 / spec.rate_limit.window_seconds
    if in_five_minutes > _MOST_REQUESTS and not spec.counts("rate-limit"):
        message = f"allows {in_five_minutes:,.0f} requests in five minutes, more than {_MOST_REQUESTS:,}"
        exceptions.require(reader.child_or_empty("rate_limit", RateLimitArgs), "requests", message)
    missing = [name for name in _BASIC_GROUPS if name not in spec.managed_groups]
    if missing and not spec.count_all:
        exceptions.require(reader, "managed_groups", f"lacks {' and '.join(missing)}, which block current attacks")
    if spec.count:
        exceptions.require(reader, "count", f"lets through the requests that {', '.join(spec.count)} should block")
    for name, child in reader.child_map("managed_group_settings", ManagedGroupArgs).items():
        _check_group(name, child, spec, exceptions)
    if spec.log_destination_arn is None and spec.log_retention_days < LEAST_RETENTION_DAYS:
        message = f"is less than the {LEAST_RETENTION_DAYS} days that an investigation needs"
        exceptions.require(reader, "log_retention_days", message)
    return exceptions.checked()


def _check_group(name: str, reader: Reader, spec: WafSpec, exceptions: Exceptions) -> None:
    """A managed rule group that inspects or blocks less than the policy pack expects needs a reason."""
    group = spec.managed_groups.get(name)
    if group is None:
        return
    counted = sorted({*group.counted} - MAY_COUNT)
    if counted:
        exceptions.require(reader, "count", f"lets through the requests that {', '.join(counted)} should block")
    if group.scope.prefixes and "/" not in group.scope.prefixes and name in _BASIC_GROUPS and not spec.counts(name):
        exceptions.require(reader, "path_prefixes", "lets attacks on all other paths through")


def _check_idle(spec: WafSpec, reader: Reader) -> None:
    """Refuse settings of what is not there."""
    if not spec.sql_injection and reader.has("sql_injection_sensitivity"):
        reader.requires("sql_injection_sensitivity", "sql_injection")
    if reader.has("oversize_handling") and not (spec.sql_injection or spec.cross_site_scripting):
        reader.requires("oversize_handling", "sql_injection", "cross_site_scripting")
    if spec.count_all:
        for name in reader.given("count", "responses"):
            reader.conflict(name, reader.at("count_all"), "no rule blocks")
    if reader.has("log_destination_arn"):
        for name in reader.given("log_retention_days", "kms_key_arn"):
            reader.conflict(name, reader.at("log_destination_arn"), "configure that destination itself")


def _check_capacity(spec: WafSpec, reader: Reader) -> None:
    if spec.capacity <= spec.max_capacity:
        return
    name = "max_capacity" if reader.has("max_capacity") else "managed_groups"
    largest = sorted(spec.capacities.items(), key=lambda each: -each[1])[:3]
    parts = ", ".join(f"{rule} ({units:,})" for rule, units in largest)
    message = (
        f"the rules need about {spec.capacity:,} capacity units, but at most {spec.max_capacity:,} are allowed; the "
        f"largest are {parts}"
    )
    reader.add(name, message)
