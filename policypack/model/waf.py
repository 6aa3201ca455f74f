"""Web ACLs, their rules and logs, and the CloudFront distributions that use them."""

from dataclasses import dataclass

from .fact import Fact, every, negate, some
from .observability import LogGroup
from .verdict import Subject


@dataclass(frozen=True, kw_only=True, slots=True)
class ScopeDown:
    """Which requests a scope-down statement leaves for a rule to inspect."""

    covers_all: Fact
    """Whether the rule inspects all requests with few exceptions, rather than a chosen part of them."""
    path_prefix: str
    """The prefix that it requires of the path, if that is its only condition; otherwise empty."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RateLimit:
    """What a rate-based rule counts, and its limit."""

    limit: float | None
    """Requests in one evaluation window, above which the rule acts; None if unknown."""
    window: float | None
    """The evaluation window in seconds; None if unknown."""
    keyed_by_caller: Fact
    """Whether callers cannot choose the aggregation key under which the rule counts their requests."""
    uses_forwarded_address: bool
    """Whether it counts by the address in a header, which is reliable only if a proxy wrote it."""
    can_match: Fact
    """Whether its scope-down statement can match any request."""
    label_namespaces: tuple[str, ...]
    """The namespaces of the labels that it counts by. Requests have these labels only if an earlier rule adds them."""
    scope_down: ScopeDown
    """Which requests it counts."""


@dataclass(frozen=True, kw_only=True, slots=True)
class WafRule(Subject):
    """A rule of a web ACL."""

    name: str
    priority: float | None
    """AWS WAF evaluates rules in ascending order of priority; None if unknown."""
    blocks: Fact
    """Whether it blocks or challenges the requests that it matches."""
    allows: Fact
    """Whether it allows the requests that it matches, so that no later rule inspects them."""
    counts: Fact
    """Whether it only counts the requests that it would otherwise block."""
    managed_group: str
    """The name of the managed rule group that it uses; empty for any other rule."""
    vendor: str
    """The vendor of that group."""
    own_group_blocks: Fact | None
    """Whether the customer's own rule group that it refers to blocks anything; None for any other rule."""
    scope_down: ScopeDown
    """Which requests its rule group inspects."""
    softened_rules: tuple[str, ...]
    """The rules of its rule group that are overridden to count or allow."""
    overrides_known: Fact
    """Whether all overrides of its rule group are known."""
    rate_limit: RateLimit | None
    """For a rate-based rule."""
    matches_only_listed: bool = False
    """Whether it matches only callers whose address is in an IP set."""
    matches_all_unlisted: bool = False
    """Whether it matches all callers whose address is in no IP set."""
    matches_all_unlisted_senders: bool = False
    """Whether it matches every request that arrives from an address in no IP set, whatever its headers contain."""
    uninspected: tuple[str, ...]
    """What it lets through without having inspected it: what it blocks only if it can inspect it, or allows even if it
    cannot."""
    truncated: tuple[str, ...]
    """Of what it inspects only the beginning, if it is too long (`CONTINUE`)."""
    uninspected_known: Fact
    """Whether it is known how it treats what it cannot inspect."""
    adds_labels: bool
    """Whether it labels the requests that it matches, for later rules to act on."""
    blocked_labels: tuple[str, ...]
    """The labels of its own that requests have which it blocks."""
    has_metrics: Fact
    """Whether it publishes metrics of its own."""
    sampled: Fact
    """Whether AWS stores samples of the requests that it matches."""


@dataclass(frozen=True, kw_only=True, slots=True)
class WafLog:
    """The log of a web ACL."""

    written: Fact
    """Whether the web ACL has a log destination."""
    drops_blocked: Fact
    """Whether the logging filter drops blocked requests."""
    redacted: frozenset[str]
    """What the log does not show: parameters in lower case such as `header.cookie`, and `querystring` for all of it."""
    redaction_known: Fact
    """Whether all redacted fields are known."""
    destination_valid: Fact
    """Whether the name of its destination has the prefix that AWS WAF requires."""
    log_group: LogGroup | None
    """Its log group, if that is among the evaluated resources."""


@dataclass(frozen=True, kw_only=True, slots=True)
class WebAcl(Subject):
    """A web ACL in front of a stage."""

    blocks: Fact
    """Whether any rule, or the default action, blocks requests."""
    blocks_by_default: Fact = Fact.NO
    """Whether it blocks the requests that no rule allows."""
    rules_known: Fact
    """Whether all of its rules are known."""
    rules: tuple[WafRule, ...]
    """The known rules, by priority."""
    groups_known: Fact
    """Whether all rule groups that it uses are AWS's, or among the evaluated resources."""
    log: WafLog
    has_metrics: Fact
    """Whether it publishes metrics of its own."""
    sampled: Fact
    """Whether AWS stores samples of the requests that no rule matches."""
    protected: frozenset[str]
    """What its data protection hides in both logs and samples: parameters in lower case such as `header.cookie`, and
    `header` or `querystring` for all of them."""
    protection_known: Fact
    """Whether all of that is known."""
    alarmed: Fact
    """Whether an alarm watches the number of blocked requests."""
    summary: str
    """One line for the reports."""

    @property
    def admits_listed_only(self) -> Fact:
        """Whether it lets through only callers whose address is in an IP set."""
        listed_only = (Fact.YES if each.matches_only_listed else negate(each.allows) for each in self.rules)
        return some(
            every(self.blocks_by_default, self.rules_known, *listed_only),
            *(each.blocks for each in self.rules if each.matches_all_unlisted),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Distribution(Subject):
    """A CloudFront distribution whose origin is an API."""

    has_web_acl: Fact
    web_acl: WebAcl | None
    """Its web ACL, if that is among the evaluated resources."""
    web_acl_known: Fact
    """Whether it is known which web ACL it has."""
    sends_secret_header: Fact
    """Whether it adds a header to requests for the API, which proves to an authorizer that nobody bypassed it."""
    secret_headers: frozenset[str]
    """The known names of these headers, in lower case."""
    https_only: Fact
    """Whether callers can reach it only over HTTPS."""
    modern_tls: Fact
    """Whether it requires at least TLS 1.2."""
