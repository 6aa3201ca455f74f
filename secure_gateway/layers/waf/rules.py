"""The rules of a web ACL made here, as AWS WAF takes them."""

from collections.abc import Sequence
from typing import Any

import pulumi
from pulumi_aws import wafv2

from .catalogue import MANAGED_GROUPS
from .rule_specs import ForwardedIpSpec, ManagedGroupSpec, RateLimitSpec, ResponseSpec, Scope
from .spec import WafSpec

Statement = dict[str, Any]
"""A statement in the provider's words. Typed loosely: the provider has each shape again for every level of nesting."""

Sets = Sequence[pulumi.Input[str]]
"""The ARNs of the IP sets of one list, one for each IP family."""


def rules(spec: WafSpec, *, blocked: Sets, admitted: Sets, proxies: Sets) -> list[wafv2.WebAclRuleArgsDict]:
    """Rules by priority.

    No rule allows: AWS asks no further rule then, so that an address on a list could inject and flood at will.
    """
    forwarded = spec.forwarded_ip
    statements: dict[str, Statement] = {
        "blocked-addresses": _addresses(blocked, forwarded),
        "other-proxies": _not(_addresses(proxies, None)),
        "no-forwarded-address": _not(_has_header(forwarded.header)) if forwarded else {},
        "other-addresses": _not(_addresses(admitted, forwarded, negated=True)),
        "blocked-countries": _countries(spec.block_countries, forwarded),
        "other-countries": _not(_countries(spec.allow_countries, forwarded, negated=True)),
        "rate-limit": _rate_limit(spec.rate_limit, forwarded),
        "sql-injection": _sql_injection(spec),
        "cross-site-scripting": _cross_site_scripting(spec),
        **{name: _managed(group) for name, group in spec.managed_groups.items()},
        **{f"rate-limit-{name}": _rate_limit(rule, forwarded) for name, rule in spec.rate_limits.items()},
        **{f"group-{name}": {"rule_group_reference_statement": {"arn": g.arn}} for name, g in spec.rule_groups.items()},
        **{f"label-{name}": _labelled(rule.label, rule.scope) for name, rule in spec.label_rules.items()},
    }
    return [_rule(spec, name, statements[name]) for name in spec.rules]


def bodies(spec: WafSpec) -> list[wafv2.WebAclCustomResponseBodyArgsDict]:
    """The bodies of custom responses, by the name of their rule."""
    return [
        {"key": name, "content": response.body, "content_type": response.content_type}
        for name, response in sorted(spec.responses.items())
        if response.body
    ]


def _rule(spec: WafSpec, name: str, statement: Statement) -> wafv2.WebAclRuleArgsDict:
    counts = spec.counts(name)
    rule: dict[str, Any] = {
        "name": name,
        "priority": spec.priorities[name],
        "statement": statement,
        "visibility_config": {
            "cloudwatch_metrics_enabled": True,
            "metric_name": name,
            "sampled_requests_enabled": spec.sampled_requests,
        },
    }
    # AWS accepts exactly one of the two: a group's rules have actions of their own.
    if spec.is_group(name):
        rule["override_action"] = {"count": {}} if counts else {"none": {}}
    else:
        rule["action"] = {"count": {}} if counts else {"block": _block(name, spec.responses.get(name))}
    return rule  # pyright: ignore[reportReturnType] - assembled from loosely typed statements


def _block(name: str, response: ResponseSpec | None) -> dict[str, Any]:
    if response is None:
        return {}
    custom: dict[str, Any] = {"response_code": response.status}
    if response.body:
        custom["custom_response_body_key"] = name
    if response.headers:
        custom["response_headers"] = [{"name": k, "value": v} for k, v in sorted(response.headers.items())]
    return {"custom_response": custom}


def _managed(group: ManagedGroupSpec) -> Statement:
    statement: Statement = {"vendor_name": "AWS", "name": group.name}
    if group.version:
        statement["version"] = group.version
    if config := MANAGED_GROUPS[group.name].config:
        statement["managed_rule_group_configs"] = [dict(config)]
    if group.counted:
        statement["rule_action_overrides"] = [{"name": each, "action_to_use": {"count": {}}} for each in group.counted]
    if scope := _in_scope(group.scope):
        statement["scope_down_statement"] = scope
    return {"managed_rule_group_statement": statement}


def _labelled(label: str, scope: Scope) -> Statement:
    match: Statement = {"label_match_statement": {"scope": "LABEL", "key": label}}
    within = _in_scope(scope)
    return _all(match, within) if within else match


# Paths


def _in_scope(scope: Scope) -> Statement | None:
    """A request to one of the paths and none of the exceptions; nothing where all paths are meant."""
    only = _any(*map(_begins, scope.prefixes)) if scope.prefixes else None
    without = _not(_any(*map(_begins, scope.excepted))) if scope.excepted else None
    return _all(only, without) if only and without else only or without


def _begins(prefix: str) -> Statement:
    return {
        "byte_match_statement": {
            "field_to_match": {"uri_path": {}},
            "positional_constraint": "STARTS_WITH",
            "search_string": prefix,
            # So that no spelling of a path leads past the rule, or into an exception.
            "text_transformations": [{"priority": 0, "type": "URL_DECODE"}, {"priority": 1, "type": "NORMALIZE_PATH"}],
        }
    }


# Addresses and countries


def _addresses(set_arns: Sets, forwarded: ForwardedIpSpec | None, *, negated: bool = False) -> Statement:
    """A request from one of the sets."""
    where = {"ip_set_forwarded_ip_config": {**_header(forwarded, negated=negated), "position": "FIRST"}}
    config = where if forwarded else {}
    return _any(*({"ip_set_reference_statement": {"arn": each, **config}} for each in set_arns)) if set_arns else {}


def _countries(codes: Sequence[str], forwarded: ForwardedIpSpec | None, *, negated: bool = False) -> Statement:
    config = {"forwarded_ip_config": _header(forwarded, negated=negated)} if forwarded else {}
    return {"geo_match_statement": {"country_codes": list(codes), **config}}


def _header(forwarded: ForwardedIpSpec | None, *, negated: bool = False) -> dict[str, str]:
    """The header with the address. A value that is not an address must be blocked, within a `NOT` statement too."""
    fallback = "NO_MATCH" if negated else "MATCH"
    return {"header_name": forwarded.header if forwarded else "", "fallback_behavior": fallback}


def _has_header(name: str) -> Statement:
    """A request with the header: AWS skips every rule that reads an address from one that is absent."""
    return {
        "size_constraint_statement": {
            "field_to_match": {"single_header": {"name": name.lower()}},
            "comparison_operator": "GE",
            "size": 1,
            "text_transformations": [{"priority": 0, "type": "NONE"}],
        }
    }


# Rates

_AGGREGATES = {"asn": "asn", "method": "http_method", "path": "uri_path", "query-string": "query_string"}
_NAMED_AGGREGATES = {"header": "header", "cookie": "cookie", "query": "query_argument"}
# AWS demands at least one transformation for what a client writes.
_AS_IT_IS = [{"priority": 0, "type": "NONE"}]


def _rate_limit(spec: RateLimitSpec, forwarded: ForwardedIpSpec | None) -> Statement:
    statement: Statement = {"limit": spec.requests, "evaluation_window_sec": spec.window_seconds}
    if not spec.keys:
        statement["aggregate_key_type"] = "CONSTANT"
    elif spec.keys == ("ip",):
        statement["aggregate_key_type"] = "FORWARDED_IP" if forwarded else "IP"
    else:
        statement["aggregate_key_type"] = "CUSTOM_KEYS"
        statement["custom_keys"] = [_aggregate(key, forwarded) for key in spec.keys]
    if forwarded and "ip" in spec.keys:
        statement["forwarded_ip_config"] = _header(forwarded)
    if scope := _in_scope(spec.scope):
        statement["scope_down_statement"] = scope
    return {"rate_based_statement": statement}


def _aggregate(key: str, forwarded: ForwardedIpSpec | None) -> dict[str, Any]:
    kind, _, name = key.partition(":")
    if kind == "ip":
        return {"forwarded_ip" if forwarded else "ip": {}}
    if kind == "label":
        return {"label_namespace": {"namespace": name}}
    if kind in _NAMED_AGGREGATES:
        return {_NAMED_AGGREGATES[kind]: {"name": name, "text_transformations": _AS_IT_IS}}
    return {_AGGREGATES[kind]: {} if kind in ("asn", "method") else {"text_transformations": _AS_IT_IS}}


# What a request carries


def _sql_injection(spec: WafSpec) -> Statement:
    level = spec.sql_injection_sensitivity
    settings = {"sensitivity_level": level, "text_transformations": _DECODED}
    return _any(*({"sqli_match_statement": {"field_to_match": part, **settings}} for part in _parts(spec)))


def _cross_site_scripting(spec: WafSpec) -> Statement:
    settings = {"text_transformations": _DECODED}
    return _any(*({"xss_match_statement": {"field_to_match": part, **settings}} for part in _parts(spec)))


# URL encoding first: what it hides may be HTML entities.
_DECODED = [{"priority": 0, "type": "URL_DECODE"}, {"priority": 1, "type": "HTML_ENTITY_DECODE"}]


def _parts(spec: WafSpec) -> list[Statement]:
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


# Logic


def _not(statement: Statement) -> Statement:
    return {"not_statement": {"statement": statement}}


def _any(*statements: Statement) -> Statement:
    """At least one; AWS's "or" takes two statements or more."""
    return statements[0] if len(statements) == 1 else {"or_statement": {"statements": list(statements)}}


def _all(*statements: Statement) -> Statement:
    return {"and_statement": {"statements": list(statements)}}
