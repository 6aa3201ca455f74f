"""The rules of a web ACL made here, as AWS WAF takes them."""

from collections.abc import Sequence
from typing import Any

import pulumi
from pulumi_aws import wafv2

from .args import PRIORITIES, RateLimitSpec, WafSpec
from .catalogue import MANAGED_GROUPS


def rules(
    spec: WafSpec, blocked: Sequence[pulumi.Input[str]], admitted: Sequence[pulumi.Input[str]]
) -> list[wafv2.WebAclRuleArgsDict]:
    """Rules by priority; `blocked` and `admitted` are the ARNs of the IP sets, one for each IP family.

    No rule allows: AWS asks no further rule then, so that an address on a list could inject and flood at will.
    """
    statements = {
        "blocked-addresses": _addresses(blocked),
        "other-addresses": _not(_addresses(admitted)),
        "blocked-countries": _countries(spec.block_countries),
        "other-countries": _not(_countries(spec.allow_countries)),
        "rate-limit": _rate_limit(spec.rate_limit),
        "sql-injection": _sql_injection(spec),
        "cross-site-scripting": _cross_site_scripting(spec),
        **{group: _managed(group) for group in spec.managed_groups},
    }
    return [_rule(name, statements[name], counts=name in spec.count) for name in spec.rules]


def _rule(name: str, statement: wafv2.WebAclRuleStatementArgsDict, *, counts: bool) -> wafv2.WebAclRuleArgsDict:
    rule: wafv2.WebAclRuleArgsDict = {
        "name": name,
        "priority": PRIORITIES[name],
        "statement": statement,
        "visibility_config": {
            "cloudwatch_metrics_enabled": True,
            "metric_name": name,
            "sampled_requests_enabled": False,
        },
    }
    # AWS takes exactly one of the two: a group's rules have actions of their own.
    if name in MANAGED_GROUPS:
        rule["override_action"] = {"count": {}} if counts else {"none": {}}
    else:
        rule["action"] = {"count": {}} if counts else {"block": {}}
    return rule


def _managed(group: str) -> wafv2.WebAclRuleStatementArgsDict:
    statement: wafv2.WebAclRuleStatementManagedRuleGroupStatementArgsDict = {"vendor_name": "AWS", "name": group}
    if counted := MANAGED_GROUPS[group].counted:
        statement["rule_action_overrides"] = [{"name": each, "action_to_use": {"count": {}}} for each in counted]
    return {"managed_rule_group_statement": statement}


def _addresses(set_arns: Sequence[pulumi.Input[str]]) -> wafv2.WebAclRuleStatementArgsDict:
    """A request from one of the sets; AWS's "or" takes two statements or more."""
    sets: list[wafv2.WebAclRuleStatementArgsDict] = [{"ip_set_reference_statement": {"arn": each}} for each in set_arns]
    return sets[0] if len(sets) == 1 else {"or_statement": {"statements": sets}}


def _countries(codes: Sequence[str]) -> wafv2.WebAclRuleStatementArgsDict:
    return {"geo_match_statement": {"country_codes": list(codes)}}


def _not(statement: wafv2.WebAclRuleStatementArgsDict) -> wafv2.WebAclRuleStatementArgsDict:
    return {"not_statement": {"statement": statement}}


def _rate_limit(spec: RateLimitSpec) -> wafv2.WebAclRuleStatementArgsDict:
    return {
        "rate_based_statement": {
            "aggregate_key_type": "IP",
            "limit": spec.requests,
            "evaluation_window_sec": spec.window_seconds,
        }
    }


def _sql_injection(spec: WafSpec) -> wafv2.WebAclRuleStatementArgsDict:
    statements: list[wafv2.WebAclRuleStatementArgsDict] = [
        {
            "sqli_match_statement": {
                "field_to_match": part,
                "sensitivity_level": "LOW",
                "text_transformations": _DECODED,
            }
        }
        for part in _parts(spec)
    ]
    return {"or_statement": {"statements": statements}}


def _cross_site_scripting(spec: WafSpec) -> wafv2.WebAclRuleStatementArgsDict:
    statements: list[wafv2.WebAclRuleStatementArgsDict] = [
        {"xss_match_statement": {"field_to_match": part, "text_transformations": _DECODED}} for part in _parts(spec)
    ]
    return {"or_statement": {"statements": statements}}


# URL encoding first: what it hides may be HTML entities. Typed loosely, as the parts below: the provider has the same
# shapes once for each kind of statement.
_DECODED: list[Any] = [{"priority": 0, "type": "URL_DECODE"}, {"priority": 1, "type": "HTML_ENTITY_DECODE"}]


def _parts(spec: WafSpec) -> list[Any]:
    """Every part of a request that a client may fill."""
    return [
        {"uri_path": {}},
        {"all_query_arguments": {}},
        {
            "json_body": {
                "match_pattern": {"all": {}},
                "match_scope": "ALL",
                # What is no JSON is inspected too, as text.
                "invalid_fallback_behavior": "EVALUATE_AS_STRING",
                "oversize_handling": spec.oversize_handling,
            }
        },
        # API Gateway takes headers of 10 KB in all, AWS inspects 8 KB of cookies: no honest client sends more.
        {"cookies": {"match_patterns": [{"all": {}}], "match_scope": "ALL", "oversize_handling": "MATCH"}},
    ]
