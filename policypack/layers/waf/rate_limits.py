"""Rate-based rules limit the request rate of each caller."""

from collections.abc import Iterator

from ...model.fact import Fact, every, negate, some
from ...model.gateway import Gateway
from ...model.verdict import Severity, Verdict
from ...model.waf import RateLimit, WafRule, WebAcl
from ..policy import Settings
from .layer import DOCS, WAF, inspects_all_requests, web_acls

_FIVE_MINUTES = 300


@WAF.policy(
    severity=Severity.MEDIUM,
    fix="Add a rate-based rule with action block, aggregated by IP, with a limit that legitimate callers do not reach.",
    references=("owasp-api-2023:API4", "nist-800-53-r5:SC-5", f"{DOCS}waf-rule-statement-type-rate-based.html"),
    config={
        "requests": {
            "type": "number",
            "default": 10_000,
            "description": "The maximum number of requests that one caller may send in five minutes.",
        }
    },
)
def callers_rate_limited(gateway: Gateway, settings: Settings) -> Iterator[Verdict]:
    """The web ACL limits the request rate of each caller.

    At least one rate-based rule must block, have a limit that a flood exceeds, and count all requests under a key that
    callers cannot choose. A header that callers set makes every request look like one of a new caller. So does a
    forwarded address, unless an earlier rule blocks all senders except the proxies that write it. AWS counts by the
    combination of all keys, so none of them may be one that callers choose.
    """
    for acl in web_acls(gateway):
        limits = [_limits_callers(gateway, acl, rule, rule.rate_limit, settings["requests"]) for rule in acl.rules]
        facts = [each for each in limits if each is not None]
        known = acl.rules_known if facts else every(acl.rules_known, acl.groups_known)
        limited = some(*facts, negate(known))
        if limited.is_no and facts:
            limited = Fact.no(f"has no effective rate limit: {'; '.join(each.reason for each in facts)}")
        yield acl.verdict(limited, no="has no rate-based rule")


def _limits_callers(
    gateway: Gateway, acl: WebAcl, rule: WafRule, limit: RateLimit | None, maximum: float
) -> Fact | None:
    """Whether a rate-based rule limits the request rate of each caller; None for any other rule."""
    if limit is None:
        return None
    name = f"rule {rule.name or 'without a name'}"
    if rule.counts.is_yes:
        return Fact.no(f"{name} only counts")
    if limit.can_match.is_no:
        return Fact.no(f"{name} has a scope-down statement that nothing can match")
    if rule.blocks.is_no:
        return Fact.no(f"{name} does not block")
    keyed = limit.keyed_by_caller
    if limit.uses_forwarded_address:
        keyed = some(keyed, acl.only_proxies_reach(rule))
    if keyed.is_no:
        return Fact.no(f"{name} counts requests by a key that callers choose")
    labelled = every(*(_labelled_before(acl, rule, namespace) for namespace in limit.label_namespaces))
    if labelled.is_no:
        return Fact.no(f"{name} counts by a label that no earlier rule adds")
    covers_all = inspects_all_requests(gateway, acl, rule, limit.scope_down)
    if covers_all.is_no:
        return Fact.no(f"{name} counts only some of the requests")
    unknown = Fact.unknown(f"whether its {name} limits the request rate of each caller is known only after deployment")
    if limit.limit is None or limit.window is None:
        return unknown
    in_five_minutes = limit.limit * _FIVE_MINUTES / max(limit.window, 1)
    if in_five_minutes > maximum:
        return Fact.no(f"{name} allows {in_five_minutes:,.0f} requests in five minutes")
    holds = every(rule.blocks, limit.can_match, keyed, labelled, covers_all)
    return Fact.YES if holds.is_yes else unknown


def _labelled_before(acl: WebAcl, rule: WafRule, namespace: str) -> Fact:
    """Whether an earlier rule may add labels of a namespace. Labels of managed groups begin with `awswaf:managed:`."""
    managed = namespace.startswith("awswaf:managed:")
    labelling = [
        each
        for each in acl.rules
        if (each.managed_group if managed or not namespace else each.adds_labels or each.own_group_blocks is not None)
    ]
    order_unknown = any(each.priority is None or rule.priority is None for each in labelling)
    unknown = order_unknown or not acl.rules_known.is_yes or not namespace
    return some(
        *(Fact.YES for each in labelling if _is_before(each, rule)),
        Fact.UNKNOWN if unknown else Fact.NO,
    )


def _is_before(one: WafRule, other: WafRule) -> bool:
    return one.priority is not None and other.priority is not None and one.priority < other.priority
