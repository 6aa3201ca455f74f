"""Managed rule groups inspect all requests."""

from collections.abc import Iterator, Sequence

from ...model.fact import Fact, every, some
from ...model.gateway import Gateway
from ...model.verdict import Severity, Verdict
from ...model.waf import WafRule, WebAcl
from ..policy import Settings
from .layer import DOCS, WAF, inspects_all_requests, web_acls


@WAF.policy(
    severity=Severity.MEDIUM,
    fix=(
        "Add the managed rule groups AWSManagedRulesCommonRuleSet and AWSManagedRulesKnownBadInputsRuleSet, or name "
        "the ones that you require in `groups`."
    ),
    references=(
        "owasp-api-2023:API8",
        "pci-dss-4.0:6.4.2",
        f"{DOCS}aws-managed-rule-groups-list.html",
    ),
    config={
        "groups": {
            "type": "array",
            "default": ["AWSManagedRulesCommonRuleSet", "AWSManagedRulesKnownBadInputsRuleSet"],
            "items": {"type": "string"},
            "description": "Managed rule groups that every web ACL uses.",
        }
    },
)
def managed_rules_included(gateway: Gateway, settings: Settings) -> Iterator[Verdict]:
    """The web ACL uses managed rule groups that detect current attacks.

    A rate limit alone lets a single injection or Log4j request through. So does a rule group that a scope-down
    statement limits to some of the requests; exceptions for a few requests are fine. A rule group of another vendor
    counts in place of AWS's. A rule group of your own that is not evaluated here may count, too.
    """
    for acl in web_acls(gateway):
        inspects_all = [(rule, _group_inspects_all(gateway, acl, rule)) for rule in acl.rules]
        other_vendor = some(*(fact for rule, fact in inspects_all if rule.vendor not in {"", "AWS"}))
        by_group = {
            name: some(other_vendor, *(fact for rule, fact in inspects_all if rule.managed_group == name))
            for name in settings["groups"]
        }
        missing = [name for name, fact in by_group.items() if fact.is_no]
        known = every(acl.rules_known, acl.groups_known)
        if missing and known.is_unknown:
            yield acl.verdict(known)
        else:
            yield acl.verdict(
                Fact(every(*by_group.values()).value),
                no=f"does not use {' or '.join(missing)}{_for_all_requests(acl, missing)}",
                unknown="whether its managed rule groups inspect all requests is known only after deployment",
            )


def _group_inspects_all(gateway: Gateway, acl: WebAcl, rule: WafRule) -> Fact:
    """Whether a rule's managed rule group inspects all requests; a rule that may block is assumed to."""
    return Fact.NO if rule.blocks.is_no else inspects_all_requests(gateway, acl, rule, rule.scope_down)


def _for_all_requests(acl: WebAcl, missing: Sequence[str]) -> str:
    used = any(rule.managed_group in missing and not rule.blocks.is_no for rule in acl.rules)
    return " for all requests" if used else ""
