"""Web ACLs, their rules and logs, and the CloudFront distributions that use them."""

from collections.abc import Sequence
from dataclasses import dataclass

from ..web_acl import Acl, Route, Rule, Statement, inspects_all, open_to_internet, reachable_from_internet
from ..web_acl.truth import Truth, opposite
from .fact import Fact
from .observability import LogGroup
from .verdict import Subject


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
    scope_down: Statement
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
    scope_down: Statement
    """Which requests its rule group inspects."""
    softened_rules: tuple[str, ...]
    """The rules of its rule group that are overridden to count or allow."""
    overrides_known: Fact
    """Whether all overrides of its rule group are known."""
    rate_limit: RateLimit | None
    """For a rate-based rule."""
    evaluated: Rule
    """The rule as the evaluator of web ACLs takes it."""
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
    evaluated: Acl
    """The web ACL as its evaluator takes it; its rules are in the order of `rules`."""
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
        """Whether it lets through only callers from certain addresses, which are not most of the internet."""
        return _fact(opposite(open_to_internet(self.evaluated)), "whom it lets through is known only after deployment")

    def only_proxies_reach(self, rule: WafRule) -> Fact:
        """Whether earlier rules block all senders except certain addresses, so that their headers are reliable."""
        reached = reachable_from_internet(self.evaluated, self.rules.index(rule))
        return _fact(opposite(reached), "which senders earlier rules block is known only after deployment")

    def inspects_all(self, rule: WafRule, statement: Statement, routes: Sequence[Route], routes_known: Fact) -> Fact:
        """Whether a rule with a scope-down statement inspects the requests of all routes, with few exceptions."""
        found = inspects_all(
            self.evaluated, self.rules.index(rule), statement, routes, routes_known=routes_known.is_yes
        )
        return _fact(found, "which requests it inspects is known only after deployment")


def _fact(found: Truth, unknown: str) -> Fact:
    return Fact.of(found, unknown=unknown)


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
    added_headers: frozenset[str]
    """The known names of all headers that it adds, in lower case."""
    code_headers: frozenset[str] = frozenset()
    """The headers, in lower case, that its functions certainly set or may set, as far as their code can be read."""
    code_read: Fact = Fact.YES
    """Whether it runs no function whose code cannot be read: YES or UNKNOWN."""
    authenticates_viewers: Fact = Fact.NO
    """Whether it serves only viewers that prove themselves: by a signed URL or cookie, or by a client certificate."""
    https_only: Fact
    """Whether callers can reach it only over HTTPS."""
    modern_tls: Fact
    """Whether it requires at least TLS 1.2."""
