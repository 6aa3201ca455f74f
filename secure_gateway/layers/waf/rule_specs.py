"""What is decided about each rule that has settings of its own."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from ...validation.arns import check_rule_group
from ...validation.cidrs import cidrs, refuse_wide
from ...validation.problems import Shown, join, listing, spell
from ...validation.reader import Reader
from .catalogue import MANAGED_GROUPS

WINDOWS = (60, 120, 300, 600)
"""Seconds that a rate-based rule may look back."""

CAPACITY = 5_000
"""Web ACL capacity units that AWS grants one web ACL."""

_STATUSES = (400, 401, 403, 404, 405, 408, 409, *range(411, 417), 421, 429, *range(500, 506))
IP_SET_RANGES = 10_000
"""Address ranges of one family that AWS grants one IP set."""
_MAX_KEYS = 5
_MAX_BODY_BYTES = 4_096

_PLAIN_KEYS = ("ip", "asn", "method", "path", "query-string")
_NAMED_KEYS = ("header", "cookie", "query", "label")

# AWS's prices in capacity units: of a rate-based rule, of each key beside the address, and of the beginning of a path
# with its two text transformations.
_RATE_LIMIT, _CUSTOM_KEY, _PATH_PREFIX = 2, 30, 22


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
        """As the posture tells it."""
        only = f" on {', '.join(self.prefixes)}" if self.prefixes else ""
        return only + (f" except on {', '.join(self.excepted)}" if self.excepted else "")


def _scope(reader: Reader, *, excepting: bool = False) -> Scope:
    excepted = reader.texts("except_path_prefixes", check=_check_prefix) if excepting else ()
    return Scope(prefixes=reader.texts("path_prefixes", check=_check_prefix), excepted=excepted)


def _check_prefix(prefix: str) -> str | None:
    return None if re.fullmatch(r"/[\x21-\x7e]{0,199}", prefix) else "the beginning of a path, such as '/live/login'"


@dataclass(frozen=True, kw_only=True)
class RateLimitSpec:
    """`RateLimitArgs` or `RateRuleArgs`, decided."""

    requests: int
    window_seconds: int
    keys: tuple[str, ...] = ("ip",)
    scope: Scope = Scope()

    @classmethod
    def parse(cls, reader: Reader) -> "RateLimitSpec":
        """Check the limit of an address against what AWS takes."""
        return cls(requests=_requests(reader), window_seconds=_window(reader))

    @classmethod
    def parse_rule(cls, reader: Reader) -> "RateLimitSpec":
        """Check a further limit: whom it tells apart, and where."""
        keys = reader.texts("keys", ("ip",), check=_check_rate_key)
        scope = _scope(reader)
        if len(keys) > _MAX_KEYS:
            reader.refuse("keys", f"at most {_MAX_KEYS}", given=len(keys))
        if reader.get("keys") in ([], ()) and not scope.prefixes:
            allowed = f"at least one, or {spell('path_prefixes')}: else one limit would hold for all callers together"
            reader.refuse("keys", allowed, given=Shown("an empty list"))
        return cls(requests=_requests(reader), window_seconds=_window(reader), keys=keys, scope=scope)

    @property
    def capacity(self) -> int:
        """Capacity units of the rule."""
        custom = 0 if self.keys in ((), ("ip",)) else _CUSTOM_KEY * len(self.keys)
        return _RATE_LIMIT + custom + self.scope.capacity

    def __str__(self) -> str:
        """As the posture tells it."""
        who = f"by {', '.join(self.keys)}" if self.keys else "from all together"
        if self.keys == ("ip",):
            who = "from one address"
        return f"{self.requests:,} requests in {self.window_seconds} s {who}{self.scope}"


def _requests(reader: Reader) -> int:
    return reader.integer("requests", 1000, low=10, high=2_000_000_000, unit="requests")


def _window(reader: Reader) -> int:
    window = reader.integer("window_seconds", 300, low=min(WINDOWS), high=max(WINDOWS), unit="seconds")
    if window not in WINDOWS:
        reader.refuse("window_seconds", f"one of {', '.join(map(str, WINDOWS))}", given=window)
    return window


def _check_rate_key(key: str) -> str | None:
    kind, _, name = key.partition(":")
    if key in _PLAIN_KEYS or (kind in _NAMED_KEYS and re.fullmatch(r"[A-Za-z0-9_.:-]{1,64}", name)):
        # AWS takes a namespace only with its colon at the end.
        return "a namespace that ends with ':'" if kind == "label" and not name.endswith(":") else None
    return f"one of {listing(_PLAIN_KEYS)}, or one of {', '.join(_NAMED_KEYS)} with a name, such as 'header:x-tenant'"


@dataclass(frozen=True, kw_only=True)
class ManagedGroupSpec:
    """`ManagedGroupArgs`, decided."""

    name: str
    version: str = ""
    counted: tuple[str, ...] = ()
    scope: Scope = Scope()

    @classmethod
    def parse(cls, name: str, reader: Reader | None) -> "ManagedGroupSpec":
        """Decide which of the group's rules only count."""
        group = MANAGED_GROUPS[name]
        if reader is None:
            return cls(name=name, counted=group.counted)
        count = reader.texts("count", choices=group.rules)
        block = reader.texts("block", choices=group.rules)
        for each in sorted({*block} - {*group.counted}):
            reader.refuse("block", f"rules that only count here by default: {listing(group.counted)}", given=each)
        for each in sorted({*count} & {*block}):
            reader.refuse("count", f"no rule that is in {reader.at('block')} too", given=each)
        return cls(
            name=name,
            version=reader.text("version", pattern=r"[A-Za-z0-9_#.-]{1,64}", allowed="a version such as Version_1.20"),
            counted=tuple(sorted(({*group.counted} - {*block}) | {*count})),
            scope=_scope(reader),
        )

    @property
    def capacity(self) -> int:
        """Capacity units of the group and its scope."""
        return MANAGED_GROUPS[self.name].capacity + self.scope.capacity

    def __str__(self) -> str:
        """As the posture tells it."""
        version = f" {self.version}" if self.version else ""
        counted = f", of which {', '.join(self.counted)} only count" if self.counted else ""
        return f"managed rule group {self.name}{version}{self.scope}{counted}"


@dataclass(frozen=True, kw_only=True)
class RuleGroupSpec:
    """`RuleGroupArgs`, decided."""

    arn: pulumi.Input[str]
    capacity: int

    @classmethod
    def parse(cls, reader: Reader) -> "RuleGroupSpec":
        """Check what AWS would refuse."""
        return cls(
            arn=reader.leaf("arn", check=check_rule_group) or "",
            capacity=reader.integer("capacity", 0, low=1, high=CAPACITY, unit="capacity units"),
        )


@dataclass(frozen=True, kw_only=True)
class LabelRuleSpec:
    """`LabelRuleArgs`, decided."""

    label: str
    scope: Scope

    @classmethod
    def parse(cls, reader: Reader) -> "LabelRuleSpec":
        """Check the label's form; whether any rule puts it is not known here."""
        label = reader.text(
            "label",
            pattern=r"[A-Za-z0-9_-]+(:[A-Za-z0-9_-]+)*",
            allowed="a label, such as awswaf:managed:aws:core-rule-set:SizeRestrictions_Body",
        )
        return cls(label=label, scope=_scope(reader, excepting=True))

    @property
    def capacity(self) -> int:
        """Capacity units of the rule."""
        return 1 + self.scope.capacity


@dataclass(frozen=True, kw_only=True)
class ForwardedIpSpec:
    """`ForwardedIpArgs`, decided."""

    header: str
    proxies: tuple[str, ...]

    @classmethod
    def parse(cls, reader: Reader) -> "ForwardedIpSpec":
        """A header is believed only from proxies that are named."""
        proxies = cidrs(reader, "proxies", most=IP_SET_RANGES)
        refuse_wide(reader, "proxies", proxies)
        if reader.get("proxies") in ([], ()):
            reader.refuse("proxies", "at least one: anybody can write a header", given=Shown("an empty list"))
        return cls(
            header=reader.text(
                "header", "X-Forwarded-For", pattern=r"[A-Za-z0-9-]{1,64}", allowed="the name of a header"
            ),
            proxies=proxies,
        )


@dataclass(frozen=True, kw_only=True)
class ResponseSpec:
    """`ResponseArgs`, decided."""

    status: int
    body: str
    content_type: str
    headers: Mapping[str, pulumi.Input[str]]

    @classmethod
    def parse(cls, reader: Reader) -> "ResponseSpec":
        """Check what AWS would refuse, and a body that is not what it claims."""
        status = reader.integer("status", 403, low=400, high=505)
        if status not in _STATUSES:
            reader.refuse("status", f"one that AWS WAF takes: {', '.join(map(str, _STATUSES))}", given=status)
        body = reader.text("body")
        kind = reader.text("content_type", "APPLICATION_JSON", choices=("APPLICATION_JSON", "TEXT_HTML", "TEXT_PLAIN"))
        if len(body.encode()) > _MAX_BODY_BYTES:
            reader.refuse("body", f"at most {_MAX_BODY_BYTES:,} bytes", given=Shown(f"{len(body.encode()):,} bytes"))
        if body and kind == "APPLICATION_JSON" and not _is_json(body):
            reader.refuse("body", f"JSON, or another {spell('content_type')}")
        if not body and reader.has("content_type"):
            reader.refuse("content_type", f"nothing without {spell('body')}")
        headers = reader.named_leaves("headers")
        for name in headers:
            if name.lower() == "content-type" or not re.fullmatch(r"[A-Za-z0-9-]{1,64}", name):
                allowed = f"the name of a header; that of the body is {spell('content_type')}"
                reader.problems.add(join(reader.at("headers"), name), given=name, allowed=allowed)
        return cls(status=status, body=body, content_type=kind, headers=headers)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def choice(reader: Reader, name: str, choices: Sequence[int], default: int, unit: str) -> int:
    """A whole number that is one of a few."""
    number = reader.integer(name, default, low=min(choices), high=max(choices), unit=unit)
    if number not in choices:
        reader.refuse(name, f"one that AWS takes: {', '.join(map(str, choices))}", given=number)
    return number
