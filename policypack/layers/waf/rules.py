"""The rules of a web ACL block malicious requests."""

from collections.abc import Iterator

from ...model.fact import Fact, negate
from ...model.gateway import Gateway
from ...model.verdict import Severity, Verdict
from ..policy import Settings
from .layer import DOCS, WAF, web_acls


@WAF.policy(
    severity=Severity.HIGH,
    fix="Add rules that block to the web ACL, or take rules and managed rule groups out of count mode.",
    references=(
        "fsbp:WAF.10",
        "owasp-api-2023:API8",
        "nist-800-53-r5:SC-7",
        "pci-dss-4.0:6.4.2",
        f"{DOCS}web-acl.html",
    ),
    config={
        "must_be_read": {
            "type": "boolean",
            "default": False,
            "description": "A web ACL in another stack is undecided, because its rules cannot be evaluated.",
        }
    },
)
def web_acls_block(gateway: Gateway, settings: Settings) -> Iterator[Verdict]:
    """The web ACL of a stage blocks requests.

    A web ACL without rules, or with rules that only count, lets all requests through unless it blocks by default. So
    does a rule that can match nothing, for example because its IP set is empty.
    """
    for acl in web_acls(gateway):
        yield acl.verdict(acl.blocks)
    for stage in gateway.stages:
        known = stage.web_acl_known
        if known.is_yes and settings["must_be_read"]:
            known = Fact.unknown("its web ACL is in another stack, and cannot be evaluated")
        if known.is_unknown and stage.behind_web_acl.is_yes and stage.web_acl is None:
            yield stage.verdict(known)


@WAF.policy(
    severity=Severity.HIGH,
    fix="Set {overrideAction} of the rule to none, once its metrics show that no legitimate request matches.",
    references=("owasp-api-2023:API8", "nist-800-53-r5:SC-7", f"{DOCS}web-acl-rule-group-override-options.html"),
    config={
        "may_count": {
            "type": "array",
            "default": [],
            "items": {"type": "string"},
            "description": "Names of rules, or of managed rule groups, that may stay in count mode.",
        }
    },
)
def rule_groups_block(gateway: Gateway, settings: Settings) -> Iterator[Verdict]:
    """Rule groups block the requests that they match.

    A rule group in count mode reports attacks and lets them through, yet it appears on every dashboard as if it were
    in force.
    """
    allowed = set(settings["may_count"])
    for acl in web_acls(gateway):
        for rule in acl.rules:
            if rule.managed_group and not {rule.name, rule.managed_group} & allowed:
                yield rule.verdict(
                    negate(rule.counts), no=f"only counts the requests that {rule.managed_group} matches"
                )
            elif rule.own_group_blocks is not None and rule.name not in allowed:
                yield rule.verdict(rule.own_group_blocks)


@WAF.policy(
    severity=Severity.LOW,
    fix="Set the rule's action to block, let it add labels for later rules, or name it in `may_count`.",
    references=("owasp-api-2023:API8", "nist-800-53-r5:SC-7", f"{DOCS}waf-rule-action.html"),
    config={
        "may_count": {
            "type": "array",
            "default": [],
            "items": {"type": "string"},
            "description": "Names of rules that only measure.",
        }
    },
)
def own_rules_block(gateway: Gateway, settings: Settings) -> Iterator[Verdict]:
    """Rules of your own act on the requests that they match.

    A rule that only counts, and adds no label for later rules, looks like a protection and blocks nobody.
    """
    allowed = set(settings["may_count"])
    for acl in web_acls(gateway):
        for rule in acl.rules:
            own = not rule.managed_group and rule.own_group_blocks is None
            if own and not rule.adds_labels and rule.name not in allowed:
                yield rule.verdict(negate(rule.counts), no="only counts the requests that it matches")


@WAF.policy(
    severity=Severity.MEDIUM,
    fix="Remove the override, or exclude the requests that the rule wrongly matches with a scope-down statement.",
    references=("owasp-api-2023:API8", f"{DOCS}web-acl-rule-group-override-options.html"),
    config={
        "may_count": {
            "type": "array",
            "default": [
                "NoUserAgent_HEADER",
                "SizeRestrictions_BODY",
                "SizeRestrictions_QUERYSTRING",
                "HostingProviderIPList",
                "CategoryHttpLibrary",
                "SignalNonBrowserUserAgent",
            ],
            "items": {"type": "string"},
            "description": (
                "Rules that may be overridden; by default those that block what legitimate API clients send."
            ),
        }
    },
)
def group_rules_not_overridden(gateway: Gateway, settings: Settings) -> Iterator[Verdict]:
    """No important rule of a rule group is overridden to count or allow.

    An override disables one rule without leaving a trace in the list of rules: the rule group is still there, and still
    blocks other requests.
    """
    allowed = set(settings["may_count"])
    for acl in web_acls(gateway):
        for rule in acl.rules:
            if rule.managed_group or rule.own_group_blocks is not None:
                softened = [name for name in rule.softened_rules if name not in allowed]
                group = rule.managed_group or "its rule group"
                yield rule.verdict(
                    Fact.no(f"overrides {', '.join(softened)} of {group} to count or allow")
                    if softened
                    else rule.overrides_known
                )


@WAF.policy(
    severity=Severity.MEDIUM,
    fix="Give Allow rules the last priorities, or write the exception as a scope-down statement of the blocking rule.",
    references=("owasp-api-2023:API8", f"{DOCS}web-acl-processing-order.html"),
)
def allow_rules_last(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """No rule allows requests before the blocking rules have inspected them.

    Allow ends the evaluation, so the requests that it matches may contain attacks and arrive at any rate. An office
    address in such a rule is as good as a key, and addresses are shared, rented and forged in headers.
    """
    for acl in web_acls(gateway):
        blocking = [rule.priority for rule in acl.rules if not rule.blocks.is_no and rule.priority is not None]
        last = max(blocking, default=None)
        for rule in acl.rules:
            if not rule.allows.is_no and last is not None and rule.priority is not None:
                yield rule.verdict(
                    negate(rule.allows) if rule.priority < last else Fact.YES,
                    no="allows requests before the rules that would block them",
                )


@WAF.policy(
    severity=Severity.MEDIUM,
    fix=(
        "Set {oversizeHandling}, {invalidFallbackBehavior} and {fallbackBehavior} to MATCH in rules that block, and to "
        "NO_MATCH in rules that allow; or set {oversizeHandling} to CONTINUE, with a {sizeConstraintStatement} that "
        "blocks what is longer."
    ),
    references=("owasp-api-2023:API8", f"{DOCS}waf-oversize-request-components.html"),
    config={
        "beginning_suffices": {
            "type": "boolean",
            "default": True,
            "description": "Whether a rule may inspect only the beginning of what is too long.",
        }
    },
)
def oversized_bodies_handled(gateway: Gateway, settings: Settings) -> Iterator[Verdict]:
    """What is too long or too malformed to inspect does not bypass the rules.

    By default AWS WAF inspects the first 16 KB of a body, and API Gateway accepts 10 MB. NO_MATCH lets through every
    attack that follows 16 KB of spaces, 200 headers or a misplaced comma. In a rule that allows requests, MATCH does.
    """
    for acl in web_acls(gateway):
        for rule in acl.rules:
            if rule.blocks.is_no and rule.allows.is_no:
                continue
            passed = [*rule.uninspected, *(() if settings["beginning_suffices"] else rule.truncated)]
            yield rule.verdict(
                Fact.no(f"lets through {' and '.join(dict.fromkeys(passed))}, without inspecting it")
                if passed
                else rule.uninspected_known
            )
