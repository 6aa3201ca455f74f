"""The specs of the rules that have settings of their own."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import get_args

import pulumi

from ...choices import BlockedResponseStatus, BlockedResponseType, WindowSeconds
from ...validation.arns import check_rule_group
from ...validation.cidrs import cidrs, refuse_wide
from ...validation.fields import (
    custom,
    leaf_map,
    one_of,
    options,
    parses,
    required_leaf,
    string,
    strings,
    whole_number,
)
from ...validation.problems import join, listing, plural, spell
from ...validation.reader import Reader, matching
from .args import (
    ForwardedIpArgs,
    LabelRuleArgs,
    ManagedGroupArgs,
    RateLimitArgs,
    RateRuleArgs,
    ResponseArgs,
    RuleGroupArgs,
)
from .catalogue import MANAGED_GROUPS

WINDOWS: tuple[int, ...] = get_args(WindowSeconds)
"""Seconds that a rate-based rule may look back."""

CAPACITY = 5_000
"""Web ACL capacity units that AWS grants one web ACL."""

_STATUSES: tuple[int, ...] = get_args(BlockedResponseStatus)
IP_SET_RANGES = 10_000
"""Address ranges of one family that AWS grants one IP set."""
_MAX_KEYS = 5
_MAX_BODY_BYTES = 4_096

_PLAIN_KEYS = ("ip", "asn", "method", "path", "query-string")
_NAMED_KEYS = ("header", "cookie", "query", "label")

# AWS's prices in capacity units: of a rate-based rule, of each key beside the address, and of the beginning of a path
# with its two text transformations.
_RATE_LIMIT, _CUSTOM_KEY, _PATH_PREFIX = 2, 30, 22


def ranges() -> tuple[str, ...]:
    """Declare a list of address ranges that goes into IP sets."""
    values = f"IPv4 and IPv6 ranges, no `/0`, at most {IP_SET_RANGES:,} of each family"
    return custom((), values=values, reading=lambda reader, name: cidrs(reader, name, most=IP_SET_RANGES))


@dataclass(frozen=True, kw_only=True)
class Scope:
    """Which paths a rule looks at: those that begin in one way and not in another."""

    prefixes: tuple[str, ...] = ()
    excepted: tuple[str, ...] = ()

    @property
    def capacity(self) -> int:
        """Capacity units of the comparison."""
        return _PATH_PREFIX * (len(self.prefixes) + len(self.excepted))

    def __str__(self) -> str:
        """In the words of the posture."""
        only = f" on {', '.join(self.prefixes)}" if self.prefixes else ""
        return only + (f" except on {', '.join(self.excepted)}" if self.excepted else "")


def _scope(reader: Reader, *, excepting: bool = False) -> Scope:
    excepted = reader.strings("except_path_prefixes", check=_check_prefix) if excepting else ()
    return Scope(prefixes=reader.strings("path_prefixes", check=_check_prefix), excepted=excepted)


_check_prefix = matching(r"/[\x21-\x7e]{0,199}", "the beginning of a path, such as '/live/login'")


def _check_rate_key(key: str) -> str | None:
    kind, _, name = key.partition(":")
    if key in _PLAIN_KEYS or (kind in _NAMED_KEYS and re.fullmatch(r"[A-Za-z0-9_.:-]{1,64}", name)):
        # AWS accepts a namespace only with its colon at the end.
        return "must end with ':', as a namespace does" if kind == "label" and not name.endswith(":") else None
    named = ", ".join(_NAMED_KEYS)
    return f"is neither one of {listing(_PLAIN_KEYS)} nor one of {named} with a name, such as 'header:x-tenant'"


@parses(RateLimitArgs, RateRuleArgs)
@dataclass(frozen=True, kw_only=True)
class RateLimitSpec:
    """`RateLimitArgs` or `RateRuleArgs`, validated, with defaults filled in."""

    requests: int = whole_number(1_000, low=10, high=2_000_000_000, unit="requests")
    window_seconds: int = one_of(300, WINDOWS, unit="seconds")
    keys: tuple[str, ...] = strings(
        ("ip",),
        check=_check_rate_key,
        values=", ".join([*(f"`{each}`" for each in _PLAIN_KEYS), *(f"`{each}:NAME`" for each in _NAMED_KEYS)]),
    )
    scope: Scope = Scope()

    @classmethod
    def parse(cls, reader: Reader) -> "RateLimitSpec":
        """Check the limit of an address against what AWS accepts."""
        return cls(**options(cls, reader))

    @classmethod
    def parse_rule(cls, reader: Reader) -> "RateLimitSpec":
        """Parse a further limit: what it counts by, and on which paths."""
        spec = cls(**options(cls, reader), scope=_scope(reader))
        if len(spec.keys) > _MAX_KEYS:
            reader.add("keys", f"lists {plural(len(spec.keys), 'key')}, but AWS accepts at most {_MAX_KEYS}")
        if reader.is_empty("keys") and not spec.scope.prefixes:
            message = (
                f"must not be empty unless `{spell('path_prefixes')}` is given: one limit would apply to all callers "
                "of the API together"
            )
            reader.add("keys", message)
        return spec

    @property
    def capacity(self) -> int:
        """Capacity units of the rule."""
        custom = 0 if self.keys in ((), ("ip",)) else _CUSTOM_KEY * len(self.keys)
        return _RATE_LIMIT + custom + self.scope.capacity

    def __str__(self) -> str:
        """In the words of the posture."""
        who = f"by {', '.join(self.keys)}" if self.keys else "from all together"
        if self.keys == ("ip",):
            who = "from one address"
        return f"{self.requests:,} requests in {self.window_seconds} s {who}{self.scope}"


@parses(ManagedGroupArgs)
@dataclass(frozen=True, kw_only=True)
class ManagedGroupSpec:
    """`ManagedGroupArgs`, validated, with defaults filled in."""

    name: str
    version: str = string(pattern=r"[A-Za-z0-9_#.-]{1,64}", expected="a version such as Version_1.20")
    counted: tuple[str, ...] = ()
    scope: Scope = Scope()

    @classmethod
    def parse(cls, name: str, reader: Reader | None) -> "ManagedGroupSpec":
        """Decide which of the group's rules only count."""
        group = MANAGED_GROUPS[name]
        if reader is None:
            return cls(name=name, counted=group.counted)
        count = reader.strings("count", choices=group.rules)
        block = reader.strings("block", choices=group.rules)
        for each in sorted({*block} - {*group.counted}):
            reader.reject("block", f"blocks by default: only {listing(group.counted)} can be listed here", value=each)
        for each in sorted({*count} & {*block}):
            reader.reject("count", f"is in `{reader.at('block')}` too", value=each)
        return cls(
            name=name,
            **options(cls, reader),
            counted=tuple(sorted(({*group.counted} - {*block}) | {*count})),
            scope=_scope(reader),
        )

    @property
    def capacity(self) -> int:
        """Capacity units of the group and its scope."""
        return MANAGED_GROUPS[self.name].capacity + self.scope.capacity

    def __str__(self) -> str:
        """In the words of the posture."""
        version = f" {self.version}" if self.version else ""
        counted = f", of which {', '.join(self.counted)} only count" if self.counted else ""
        return f"managed rule group {self.name}{version}{self.scope}{counted}"


@parses(RuleGroupArgs)
@dataclass(frozen=True, kw_only=True)
class RuleGroupSpec:
    """`RuleGroupArgs`, validated, with defaults filled in."""

    arn: pulumi.Input[str] = required_leaf(check=check_rule_group, values="ARN")
    capacity: int = whole_number(1, low=1, high=CAPACITY, unit="capacity units")

    @classmethod
    def parse(cls, reader: Reader) -> "RuleGroupSpec":
        """Check what AWS would reject."""
        return cls(**options(cls, reader))


@parses(LabelRuleArgs)
@dataclass(frozen=True, kw_only=True)
class LabelRuleSpec:
    """`LabelRuleArgs`, validated, with defaults filled in."""

    label: str = string(
        pattern=r"[A-Za-z0-9_-]+(:[A-Za-z0-9_-]+)*",
        expected="a label, such as awswaf:managed:aws:core-rule-set:SizeRestrictions_Body",
    )
    scope: Scope = Scope()

    @classmethod
    def parse(cls, reader: Reader) -> "LabelRuleSpec":
        """Check the label's form; whether any rule puts it is not known here."""
        return cls(**options(cls, reader), scope=_scope(reader, excepting=True))

    @property
    def capacity(self) -> int:
        """Capacity units of the rule."""
        return 1 + self.scope.capacity


@parses(ForwardedIpArgs)
@dataclass(frozen=True, kw_only=True)
class ForwardedIpSpec:
    """`ForwardedIpArgs`, validated, with defaults filled in."""

    header: str = string("X-Forwarded-For", pattern=r"[A-Za-z0-9-]{1,64}", expected="the name of a header")
    proxies: tuple[str, ...] = ranges()

    @classmethod
    def parse(cls, reader: Reader) -> "ForwardedIpSpec":
        """A header is believed only from proxies that are named."""
        spec = cls(**options(cls, reader))
        refuse_wide(reader, "proxies", spec.proxies)
        if reader.is_empty("proxies"):
            reader.add("proxies", "must list at least one range: otherwise anybody could write the header")
        return spec


@parses(ResponseArgs)
@dataclass(frozen=True, kw_only=True)
class ResponseSpec:
    """`ResponseArgs`, validated, with defaults filled in."""

    status: int = one_of(403, _STATUSES)
    body: str = string()
    content_type: str = string("APPLICATION_JSON", choices=get_args(BlockedResponseType))
    headers: Mapping[str, pulumi.Input[str]] = leaf_map()

    @classmethod
    def parse(cls, reader: Reader) -> "ResponseSpec":
        """Check what AWS would refuse, and a body that is not what it claims."""
        spec = cls(**options(cls, reader))
        body = spec.body
        if len(body.encode()) > _MAX_BODY_BYTES:
            reader.add("body", f"has {len(body.encode()):,} bytes, but AWS accepts at most {_MAX_BODY_BYTES:,}")
        if body and spec.content_type == "APPLICATION_JSON" and not _is_json(body):
            reader.add("body", f"is not JSON: correct it, or choose another `{spell('content_type')}`")
        if not body and reader.has("content_type"):
            reader.requires("content_type", "body")
        for name in spec.headers:
            if name.lower() == "content-type" or not re.fullmatch(r"[A-Za-z0-9-]{1,64}", name):
                predicate = (
                    f"is not the name of a header that may be set (for Content-Type use `{spell('content_type')}`)"
                )
                reader.problems.reject(join(reader.at("headers"), name), name, predicate)
        return spec


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
