"""What a caller may write about the web ACL, and what is decided from it."""

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypedDict

import pulumi

from ...problems import Shown, spell
from ...reader import Reader
from .catalogue import COUNTRIES, MANAGED_GROUPS

RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
"""The days that CloudWatch Logs takes for PutRetentionPolicy."""

WINDOWS = (60, 120, 300, 600)
"""Seconds that a rate-based rule may look back."""

CAPACITY = 5_000
"""Web ACL capacity units that AWS grants one web ACL."""

_DEFAULT_GROUPS = (
    "AWSManagedRulesCommonRuleSet",
    "AWSManagedRulesKnownBadInputsRuleSet",
    "AWSManagedRulesAmazonIpReputationList",
)
_MAX_RANGES = 10_000

# Who may call at all, then how often, then with what. The gaps are for rules to come: a rule keeps its priority
# whatever else is on.
PRIORITIES = {
    "blocked-addresses": 0,
    "other-addresses": 10,
    "blocked-countries": 20,
    "other-countries": 30,
    "rate-limit": 40,
    "sql-injection": 50,
    "cross-site-scripting": 60,
    **{group: 100 + 10 * place for place, group in enumerate(MANAGED_GROUPS)},
}
"""Every rule that can be made, and when it is asked, lowest first."""

# AWS's prices for each of path, query arguments, JSON body and cookies: 20 (40) for one, 10 more for all query
# arguments, twice as much for JSON, and 10 for each of the two text transformations.
_CAPACITIES = {
    "blocked-countries": 1,
    "other-countries": 1,
    "rate-limit": 2,
    "sql-injection": 190,
    "cross-site-scripting": 290,
    **{name: group.capacity for name, group in MANAGED_GROUPS.items()},
}


class RateLimitArgs(TypedDict, total=False):
    """How often one address may call."""

    requests: int
    """Requests of one source address in each window above which it is blocked (AWS's `limit`), 10 to 2,000,000,000.
    Defaults to 1,000."""

    window_seconds: int
    """Seconds that are looked back (AWS's `evaluationWindowSec`): 60, 120, 300 or 600. Defaults to 300."""


class WafArgs(TypedDict, total=False):
    """Which requests may reach the API. What a rule matches is blocked with 403, all else passes on."""

    waived: str
    """The reason why there is no web ACL."""

    acl_arn: pulumi.Input[str]
    """ARN of a regional web ACL of yours, in the same region and account, with rules and logs of its own; no other
    option beside it. Defaults to a web ACL made here."""

    rate_limit: RateLimitArgs
    """How often one address may call. Defaults to 1,000 requests in 300 seconds."""

    sql_injection: bool
    """Block what looks like SQL in path, query arguments, body or cookies (AWS's sensitivity `LOW`). Defaults to
    true."""

    cross_site_scripting: bool
    """Block what looks like a script in path, query arguments, body or cookies. Defaults to true."""

    oversize_handling: str
    """What the two rules above do with a body longer than AWS inspects (16 KB): `CONTINUE` inspects its beginning,
    `MATCH` blocks it. Defaults to `CONTINUE`."""

    managed_groups: list[str]
    """Names of AWS's managed rule groups. Defaults to AWSManagedRulesCommonRuleSet,
    AWSManagedRulesKnownBadInputsRuleSet and AWSManagedRulesAmazonIpReputationList."""

    block_countries: list[str]
    """Countries whose addresses are blocked, ISO 3166 alpha-2 in upper case. Defaults to none."""

    allow_countries: list[str]
    """The only countries whose addresses may call; not together with `block_countries`. Defaults to all."""

    block_cidrs: list[str]
    """Address ranges, IPv4 or IPv6, that are blocked. Defaults to none."""

    allow_cidrs: list[str]
    """The only address ranges, IPv4 or IPv6, that may call; the other rules hold for them too. Defaults to all."""

    count: list[str]
    """Names of rules that only count what they would block, to try them out. Defaults to none."""

    log_retention_days: int
    """Days that the web ACL's log is kept, one of those that CloudWatch Logs takes (1 to 3,653). Defaults to 365."""

    kms_key_arn: pulumi.Input[str]
    """ARN of a symmetric KMS key of yours for the log, in the same region. Its policy must admit
    `logs.<region>.amazonaws.com`. Defaults to a key that AWS owns."""


class WafLayerArgs(WafArgs, total=False):
    """`WafArgs`, and the stage that is protected."""

    stage_arn: pulumi.Input[str]
    """ARN of the stage of a REST API. Defaults to none: `protect` puts the web ACL before a stage later."""


@dataclass(frozen=True, kw_only=True)
class RateLimitSpec:
    """`RateLimitArgs`, decided."""

    requests: int
    window_seconds: int

    @classmethod
    def parse(cls, reader: Reader) -> "RateLimitSpec":
        """Check both against what AWS takes."""
        window = reader.integer("window_seconds", 300, low=min(WINDOWS), high=max(WINDOWS), unit="seconds")
        if window not in WINDOWS:
            reader.refuse("window_seconds", f"one of {', '.join(map(str, WINDOWS))}", given=window)
        return cls(
            requests=reader.integer("requests", 1000, low=10, high=2_000_000_000, unit="requests"),
            window_seconds=window,
        )


@dataclass(frozen=True, kw_only=True)
class WafSpec:
    """`WafArgs`, decided."""

    waived: str | None
    acl_arn: pulumi.Input[str] | None
    rate_limit: RateLimitSpec
    sql_injection: bool
    cross_site_scripting: bool
    oversize_handling: str
    managed_groups: tuple[str, ...]
    block_countries: tuple[str, ...]
    allow_countries: tuple[str, ...]
    block_cidrs: tuple[str, ...]
    allow_cidrs: tuple[str, ...]
    count: tuple[str, ...]
    log_retention_days: int
    kms_key_arn: pulumi.Input[str] | None

    @classmethod
    def parse(cls, reader: Reader) -> "WafSpec":
        """Decide the rules; a web ACL of the caller's leaves nothing to decide."""
        waived = reader.waived()
        rate_limit = reader.child("rate_limit", RateLimitArgs)
        retention = reader.integer("log_retention_days", 365, low=1, high=3653, unit="days")
        if retention not in RETENTION_DAYS:
            allowed = f"a retention that CloudWatch Logs takes: {', '.join(map(str, RETENTION_DAYS))}"
            reader.refuse("log_retention_days", allowed, given=retention)
        spec = cls(
            waived=waived,
            acl_arn=reader.leaf("acl_arn", check=_check_acl),
            rate_limit=RateLimitSpec.parse(
                rate_limit or Reader({}, RateLimitArgs, reader.at("rate_limit"), reader.problems)
            ),
            sql_injection=reader.flag("sql_injection", default=True),
            cross_site_scripting=reader.flag("cross_site_scripting", default=True),
            oversize_handling=reader.text("oversize_handling", "CONTINUE", choices=("CONTINUE", "MATCH")),
            managed_groups=reader.texts("managed_groups", _DEFAULT_GROUPS, choices=MANAGED_GROUPS),
            block_countries=_countries(reader, "block_countries"),
            allow_countries=_countries(reader, "allow_countries"),
            block_cidrs=_cidrs(reader, "block_cidrs"),
            allow_cidrs=_cidrs(reader, "allow_cidrs"),
            count=(),
            log_retention_days=retention,
            kms_key_arn=reader.leaf("kms_key_arn", check=_check_key),
        )
        spec._check(reader)
        return replace(spec, count=reader.texts("count", choices=spec.rules))

    def _check(self, reader: Reader) -> None:
        if reader.has("acl_arn"):
            others = (each for each in WafArgs.__annotations__ if each not in ("acl_arn", "waived"))
            for name in reader.given(*others):
                allowed = f"nothing beside {reader.at('acl_arn')}: that web ACL has rules and logs of its own"
                reader.refuse(name, allowed, given=Shown("a value"))
            return
        if reader.has("block_countries") and reader.has("allow_countries"):
            reader.refuse("block_countries", f"nothing beside {reader.at('allow_countries')}")
        for name in ("allow_cidrs", "allow_countries"):
            # Nobody or everybody: an empty list does not say which.
            if reader.get(name) in ([], ()):
                reader.refuse(name, "at least one, or leave it out", given=Shown("an empty list"))
        if reader.has("oversize_handling") and not (self.sql_injection or self.cross_site_scripting):
            allowed = f"nothing without {spell('sql_injection')} or {spell('cross_site_scripting')}"
            reader.refuse("oversize_handling", allowed)

    @property
    def rules(self) -> tuple[str, ...]:
        """Names of the rules of a web ACL made here, in the order they are asked; never none."""
        made = {
            "blocked-addresses": bool(self.block_cidrs),
            "other-addresses": bool(self.allow_cidrs),
            "blocked-countries": bool(self.block_countries),
            "other-countries": bool(self.allow_countries),
            "rate-limit": True,
            "sql-injection": self.sql_injection,
            "cross-site-scripting": self.cross_site_scripting,
            **dict.fromkeys(self.managed_groups, True),
        }
        return tuple(name for name in PRIORITIES if made.get(name))

    @property
    def capacity(self) -> int:
        """Web ACL capacity units of the rules, as far as AWS's tables tell."""
        sets = len(by_family(self.block_cidrs)) + len(by_family(self.allow_cidrs))
        return sets + sum(_CAPACITIES.get(name, 0) for name in self.rules)

    def posture(self) -> tuple[str, ...]:
        """What is blocked, and what only counted."""
        if self.acl_arn is not None:
            return ("web ACL: one of yours, whose rules are not known here",)
        limit = f"{self.rate_limit.requests:,} requests in {self.rate_limit.window_seconds} s from one address"
        lines = {
            "blocked-addresses": f"addresses blocked: {', '.join(self.block_cidrs)}",
            "other-addresses": f"addresses blocked except {', '.join(self.allow_cidrs)}",
            "blocked-countries": f"countries blocked: {', '.join(self.block_countries)}",
            "other-countries": f"countries blocked except {', '.join(self.allow_countries)}",
            "rate-limit": f"rate limit: {limit}",
            "sql-injection": "SQL injection blocked in path, query, body and cookies",
            "cross-site-scripting": "cross-site scripting blocked in path, query, body and cookies",
            **{group: f"managed rule group {group}" for group in self.managed_groups},
        }
        only = dict.fromkeys(self.count, " (only counted)")
        return (
            f"web ACL: {len(self.rules)} rules, about {self.capacity:,} of {CAPACITY:,} capacity units",
            *(lines[name] + only.get(name, "") for name in self.rules),
            f"web ACL log kept {self.log_retention_days} days, without authorization, cookie and x-api-key",
        )


def by_family(cidrs: Sequence[str]) -> dict[str, list[str]]:
    """Address ranges by IP family, as IP sets hold them."""
    families: dict[str, list[str]] = {}
    for each in cidrs:
        families.setdefault(f"ipv{ipaddress.ip_network(each).version}", []).append(each)
    return dict(sorted(families.items()))


def _countries(reader: Reader, name: str) -> tuple[str, ...]:
    return tuple(sorted(reader.texts(name, check=_check_country)))


def _check_country(country: str) -> str | None:
    if country in COUNTRIES:
        return None
    meant = f"; did you mean {country.upper()!r}?" if country.upper() in COUNTRIES else ""
    return f"the code of a country as ISO 3166 alpha-2 has it, such as 'DE' or 'GB'{meant}"


def _cidrs(reader: Reader, name: str) -> tuple[str, ...]:
    """Address ranges in their one spelling, sorted."""
    ranges = {str(ipaddress.ip_network(each)) for each in reader.texts(name, check=_check_cidr)}
    for family, each in by_family(sorted(ranges)).items():
        if len(each) > _MAX_RANGES:
            reader.refuse(name, f"at most {_MAX_RANGES:,} {family} ranges (AWS's quota of an IP set)", given=len(each))
    return tuple(sorted(ranges))


def _check_cidr(cidr: str) -> str | None:
    example = "an address range such as 203.0.113.0/24 or 2001:db8::/32"
    try:
        network = ipaddress.ip_network(cidr, strict=False)
    except ValueError:
        return example
    if "%" in cidr:
        return f"{example}, without a zone"
    if network.prefixlen == 0:
        return "a range of less than all addresses: AWS takes no /0"
    if ipaddress.ip_interface(cidr).ip != network.network_address:
        return f"the first address of a range; did you mean {str(network)!r}?"
    return None


def _check_acl(arn: str) -> str | None:
    pattern = r"arn:aws[a-z-]*:wafv2:[a-z0-9-]+:\d{12}:regional/webacl/[\w-]{1,128}/[\w-]{1,36}"
    allowed = "the ARN of a regional web ACL, such as arn:aws:wafv2:<region>:<account>:regional/webacl/<name>/<id>"
    return None if re.fullmatch(pattern, arn) else allowed


def _check_key(arn: str) -> str | None:
    pattern = r"arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key/[A-Za-z0-9-]+"
    return (
        None if re.fullmatch(pattern, arn) else "the ARN of a KMS key, such as arn:aws:kms:<region>:<account>:key/<id>"
    )


def check_stage(arn: str) -> str | None:
    """What is allowed, where a text is no ARN of a REST API's stage."""
    pattern = r"arn:aws[a-z-]*:apigateway:[a-z0-9-]+::/restapis/[a-z0-9]+/stages/\w+"
    allowed = "the ARN of a stage of a REST API, such as arn:aws:apigateway:<region>::/restapis/<id>/stages/<name>"
    return None if re.fullmatch(pattern, arn) else allowed
