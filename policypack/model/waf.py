"""Web ACLs, their rules and logs, and the CloudFront distributions that carry them."""

from dataclasses import dataclass

from .fact import Fact, every, negate, some
from .observability import LogGroup
from .verdict import Subject


@dataclass(frozen=True, kw_only=True, slots=True)
class WafScope:
    """What a scope-down statement leaves for a rule to look at."""

    covers_all: Fact
    """Whether hardly anything is left out, and it is not some requests alone."""
    beginning: str
    """How the paths begin that are looked at, where nothing else is asked; empty otherwise."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RateLimit:
    """What a rate-based rule counts, and up to where."""

    limit: float | None
    """Requests in a window above which it acts; None where it is known only later."""
    window: float | None
    """Seconds that it looks back; None where it is known only later."""
    bound_to_callers: Fact
    """Whether a caller cannot choose the key that its requests are counted under."""
    by_forwarded: bool
    """Whether it counts by the address that a header tells, which only proxies can be trusted with."""
    reachable: Fact
    """Whether its scope-down statement can match anything."""
    label_namespaces: tuple[str, ...]
    """Whose labels it counts by, which requests have only where an earlier rule sets them."""
    scope: WafScope
    """What it counts."""


@dataclass(frozen=True, kw_only=True, slots=True)
class WafRule(Subject):
    """A rule of a web ACL."""

    name: str
    priority: float | None
    """Its place in the order of rules, lowest first; None where it is known only later."""
    stops: Fact
    """Whether it blocks, or challenges, what it matches."""
    allows: Fact
    """Whether it lets in what it matches, so that no later rule sees it."""
    counts: Fact
    """Whether it only counts what it would stop."""
    managed_group: str
    """The name of the managed group that it asks; empty for a rule of any other kind."""
    vendor: str
    """Who manages that group."""
    group_stops: Fact | None
    """Where it asks a rule group of the owner's own: whether that stops anything."""
    scope: WafScope
    """Which requests its group is asked about."""
    softened: tuple[str, ...]
    """The rules of its group that are overridden to count or allow."""
    softened_read: Fact
    """Whether all of its overrides are known."""
    rate: RateLimit | None
    """Where it is a rate-based rule."""
    matches_other_senders: bool = False
    """Whether it matches whoever sends from an address that no list holds, whatever a header tells."""
    matches_listed: bool = False
    """Whether it matches nobody but callers with an address of a list."""
    matches_unlisted: bool = False
    """Whether it matches every caller without an address of a list."""
    waves_oversized: Fact
    """Whether it inspects bodies and says that one too long for inspection does not match."""
    continues_oversized: Fact
    """Whether it inspects the beginning alone of a body too long for inspection."""
    labels: bool
    """Whether it labels what it matches, for later rules to act on."""
    measured: Fact
    """Whether it has metrics of its own."""
    sampled: Fact
    """Whether AWS keeps samples of the requests that it matches."""


@dataclass(frozen=True, kw_only=True, slots=True)
class WafLog:
    """The log of a web ACL."""

    written: Fact
    drops_blocks: Fact
    """Whether its filter leaves out requests that were blocked."""
    redacted: frozenset[str]
    """Headers, in lower case, whose values it does not show."""
    redaction_read: Fact
    """Whether those headers are known."""
    well_named: Fact
    """Whether its destination has the name that AWS asks for."""
    group: LogGroup | None
    """Its log group, where that is among the evaluated resources."""


@dataclass(frozen=True, kw_only=True, slots=True)
class WebAcl(Subject):
    """A web ACL in front of a stage."""

    filters: Fact
    """Whether some rule or the default action blocks anything."""
    blocks_by_default: Fact = Fact.NO
    """Whether it blocks what no rule lets in."""
    rules_read: Fact
    """Whether all of its rules are known."""
    rules: tuple[WafRule, ...]
    """By priority, as far as it is known."""
    unread_groups: bool
    """Whether it asks rule groups of its owner that are not among the evaluated resources."""
    log: WafLog
    measured: Fact
    """Whether it has metrics of its own."""
    sampled: Fact
    """Whether AWS keeps samples of the requests that no rule matches."""
    protected_headers: frozenset[str]
    """Headers, in lower case, that its data protection hides in logs and samples alike."""
    alarmed: Fact
    """Whether an alarm watches what it blocks."""
    summary: str

    @property
    def admits_listed_only(self) -> Fact:
        """Whether callers get through it only from addresses of a list."""
        let_in = (Fact.YES if each.matches_listed else negate(each.allows) for each in self.rules)
        return some(
            every(self.blocks_by_default, self.rules_read, *let_in),
            *(each.stops for each in self.rules if each.matches_unlisted),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Front(Subject):
    """A CloudFront distribution before an API."""

    filtered: Fact
    """Whether it has a web ACL."""
    web_acl: WebAcl | None
    """The ACL, where it is among the evaluated resources."""
    unread: bool
    """Whether nothing tells which ACL that is."""
    proves_itself: Fact
    """Whether it sends the API a header of its own, by which an authorizer can tell that nobody went round it."""
    headers: frozenset[str]
    """The known names of such headers, in lower case."""
    encrypted: Fact
    """Whether callers reach it over HTTPS only."""
    modern_tls: Fact
    """Whether TLS 1.2 is the least that it speaks."""
