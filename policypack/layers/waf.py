"""WAF: malicious requests are blocked before they reach a stage."""

import re
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet

from ..model.auth import IdentitySource
from ..model.fact import Fact, every, negate, some
from ..model.gateway import Gateway
from ..model.stack import Stack
from ..model.verdict import Severity, Verdict
from ..model.waf import RateLimit, WafRule, WebAcl
from ..web_acl import Route, Statement
from .policy import Layer, Settings

WAF = Layer("waf", "WAF protection")
_DOCS = "https://docs.aws.amazon.com/waf/latest/developerguide/"
_MAY_BE_EXTERNAL = {
    "elsewhere": {
        "type": "boolean",
        "default": False,
        "description": "What is missing may be in another stack: it is undecided rather than a violation.",
    }
}
_FIVE_MINUTES = 300
_PARAMETER = re.compile(r"\{[^}]*\}")
_API_KEY_HEADER = "header.x-api-key"


def _acls(gateway: Gateway) -> Sequence[WebAcl]:
    """The evaluated web ACLs in front of a gateway, each once."""
    found = (stage.web_acl for stage in (*gateway.stages, *gateway.named_stages))
    return tuple({acl.urn: acl for acl in found if acl is not None}.values())


def _credentials_shown(gateway: Gateway, settings: Settings, hidden: AbstractSet[str]) -> tuple[list[str], Fact]:
    """The parameters that are not hidden, and whether they contain credentials of this API."""
    used = [each for each in gateway.authorizers if not each.used.is_no]
    sources = [source for each in used for source in each.identity_sources if _is_logged(source)]
    credentials = {f"header.{name.lower()}" for name in settings["headers"]}
    credentials |= {_single(each.parameter) for each in sources if each.identifies_caller.is_yes}
    shown = {each for each in credentials if not _is_hidden(each, hidden)}
    uses_keys = _uses_api_keys(gateway)
    if uses_keys.is_no:
        shown -= {_API_KEY_HEADER}
    unknown = [
        *(negate(each.identity_sources_known) for each in used),
        *(each.identifies_caller for each in sources if not _is_hidden(_single(each.parameter), hidden)),
    ]
    found = uses_keys if shown == {_API_KEY_HEADER} else Fact.of(bool(shown))
    return [_described(each) for each in sorted(shown)], some(found, *unknown)


def _is_logged(source: IdentitySource) -> bool:
    """Whether AWS WAF logs what an authorizer reads: headers and the query string."""
    return _single(source.parameter).startswith(("header.", "querystring."))


def _is_hidden(parameter: str, hidden: AbstractSet[str]) -> bool:
    return not {parameter, parameter.partition(".")[0]}.isdisjoint(hidden)


def _single(parameter: str) -> str:
    """A request parameter by the name of its single value: `header.x`, `querystring.x`."""
    return parameter.removeprefix("multivalue")


def _described(parameter: str) -> str:
    kind, _, name = parameter.partition(".")
    return name if kind == "header" else f"the query parameter {name}"


def _uses_api_keys(gateway: Gateway) -> Fact:
    """Whether a route requires an API key, or has a Lambda authorizer that may read one.

    A TOKEN authorizer receives only its token.
    """
    kinds = {each.kind for each in gateway.authorizers}
    only_tokens = "token" in kinds and kinds.isdisjoint({"request", "unknown"})
    may_read_keys = {"lambda": Fact.of(not only_tokens), "unknown": Fact.UNKNOWN}
    facts = (some(route.requires_api_key, may_read_keys.get(route.authorization, Fact.NO)) for route in gateway.routes)
    found = some(*facts, Fact.NO if gateway.routes_known.is_yes else Fact.UNKNOWN)
    return Fact(found.value).because(unknown="whether its API uses API keys is known only after deployment")


@WAF.policy(
    severity=Severity.HIGH,
    fix=(
        "Associate a regional web ACL with the stage (`WebAclAssociation`). Put an HTTP or WebSocket API behind a "
        "CloudFront distribution with {webAclId}. SecureGateway associates a web ACL unless `waf` is waived."
    ),
    references=(
        "fsbp:APIGateway.4",
        "owasp-api-2023:API4",
        "nist-800-53-r5:AC-4(21)",
        "pci-dss-4.0:6.4.2",
        "https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-control-access-aws-waf.html",
    ),
    config=_MAY_BE_EXTERNAL,
)
def stages_have_web_acl(gateway: Gateway, settings: Settings) -> Iterator[Verdict]:
    """Every stage is behind a web ACL.

    Without a web ACL, injection attempts and floods reach the API unfiltered. One stage without a web ACL lets callers
    bypass those of the other stages. A web ACL in another stack counts: its association shows that it exists, although
    its rules cannot be evaluated. AWS WAF does not support HTTP and WebSocket APIs; they need a CloudFront distribution
    with a web ACL in front of them.
    """
    for stage in gateway.stages:
        behind = stage.behind_web_acl
        if behind.is_no and settings["elsewhere"]:
            behind = Fact.unknown("a web ACL in another stack may be in front of it")
        yield stage.verdict(
            behind,
            no="is reachable without a web ACL",
            unknown="whether a web ACL is in front of it is known only after deployment",
        )


@WAF.policy(
    severity=Severity.HIGH,
    fix="Add rules that block to the web ACL, or take rules and managed rule groups out of count mode.",
    references=(
        "fsbp:WAF.10",
        "owasp-api-2023:API8",
        "nist-800-53-r5:SC-7",
        "pci-dss-4.0:6.4.2",
        f"{_DOCS}web-acl.html",
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
    for acl in _acls(gateway):
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
    references=("owasp-api-2023:API8", "nist-800-53-r5:SC-7", f"{_DOCS}web-acl-rule-group-override-options.html"),
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
    for acl in _acls(gateway):
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
    references=("owasp-api-2023:API8", "nist-800-53-r5:SC-7", f"{_DOCS}waf-rule-action.html"),
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
    for acl in _acls(gateway):
        for rule in acl.rules:
            own = not rule.managed_group and rule.own_group_blocks is None
            if own and not rule.adds_labels and rule.name not in allowed:
                yield rule.verdict(negate(rule.counts), no="only counts the requests that it matches")


@WAF.policy(
    severity=Severity.MEDIUM,
    fix="Remove the override, or exclude the requests that the rule wrongly matches with a scope-down statement.",
    references=("owasp-api-2023:API8", f"{_DOCS}web-acl-rule-group-override-options.html"),
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
    for acl in _acls(gateway):
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
    fix=(
        "Add the managed rule groups AWSManagedRulesCommonRuleSet and AWSManagedRulesKnownBadInputsRuleSet, or name "
        "the ones that you require in `groups`."
    ),
    references=(
        "owasp-api-2023:API8",
        "pci-dss-4.0:6.4.2",
        f"{_DOCS}aws-managed-rule-groups-list.html",
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
    for acl in _acls(gateway):
        inspects_all = [(rule, _inspects_all_requests(gateway, acl, rule)) for rule in acl.rules]
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


def _inspects_all_requests(gateway: Gateway, acl: WebAcl, rule: WafRule) -> Fact:
    """Whether a rule's managed rule group inspects all requests; a rule that may block is assumed to."""
    return Fact.NO if rule.blocks.is_no else _covers_all(gateway, acl, rule, rule.scope_down)


def _covers_all(gateway: Gateway, acl: WebAcl, rule: WafRule, scope_down: Statement) -> Fact:
    return acl.inspects_all(rule, scope_down, _routes(gateway), gateway.routes_known)


def _routes(gateway: Gateway) -> list[Route]:
    """The routes as callers write them: with or without the stage's name."""
    found: list[Route] = []
    for each in gateway.routes:
        method, _, written = each.label.partition(" ")
        path = _PARAMETER.sub("zq", written)
        if not each.is_preflight and path.startswith("/"):
            found.append(Route(method, (path, *(f"/{stage.name}{path}" for stage in gateway.stages))))
    return found


def _for_all_requests(acl: WebAcl, missing: Sequence[str]) -> str:
    used = any(rule.managed_group in missing and not rule.blocks.is_no for rule in acl.rules)
    return " for all requests" if used else ""


@WAF.policy(
    severity=Severity.MEDIUM,
    fix="Add a rate-based rule with action block, aggregated by IP, with a limit that legitimate callers do not reach.",
    references=("owasp-api-2023:API4", "nist-800-53-r5:SC-5", f"{_DOCS}waf-rule-statement-type-rate-based.html"),
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
    for acl in _acls(gateway):
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
    covers_all = _covers_all(gateway, acl, rule, limit.scope_down)
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


@WAF.policy(
    severity=Severity.MEDIUM,
    fix="Give Allow rules the last priorities, or write the exception as a scope-down statement of the blocking rule.",
    references=("owasp-api-2023:API8", f"{_DOCS}web-acl-processing-order.html"),
)
def allow_rules_last(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """No rule allows requests before the blocking rules have inspected them.

    Allow ends the evaluation, so the requests that it matches may contain attacks and arrive at any rate. An office
    address in such a rule is as good as a key, and addresses are shared, rented and forged in headers.
    """
    for acl in _acls(gateway):
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
    fix="Add a `WebAclLoggingConfiguration` for the web ACL.",
    references=(
        "fsbp:WAF.11",
        "nist-800-53-r5:AU-12",
        "pci-dss-4.0:10.2.1",
        f"{_DOCS}logging.html",
    ),
    config=_MAY_BE_EXTERNAL,
)
def logging_enabled(gateway: Gateway, settings: Settings) -> Iterator[Verdict]:
    """The web ACL writes a log.

    Without a log nobody can distinguish attacks from false alarms, and rules stay in count mode for ever.
    """
    for acl in _acls(gateway):
        written = acl.log.written
        if written.is_no and settings["elsewhere"]:
            written = Fact.unknown("its logging configuration may be in another stack")
        yield acl.verdict(written, no="writes no log")


@WAF.policy(
    severity=Severity.HIGH,
    fix=(
        "Redact the headers ({redactedFields} with {singleHeader}) and the {queryString}, or hide them in both logs "
        "and samples with the web ACL's {dataProtectionConfig}."
    ),
    references=("owasp-api-2023:API8", "cwe:532", f"{_DOCS}logging-management-configure.html"),
    config={
        "headers": {
            "type": "array",
            "default": ["authorization", "cookie", "x-api-key"],
            "items": {"type": "string"},
            "description": "Headers whose values the log must not show, in addition to what authorizers read.",
        }
    },
)
def logs_redacted(gateway: Gateway, settings: Settings) -> Iterator[Verdict]:
    """The web ACL's log shows no credentials.

    AWS WAF logs every header and the query string of every request, so whoever can read the log could call the API as
    any of its callers. What the authorizers of the API read counts, in addition to the configured headers. `x-api-key`
    matters only if a route requires an API key, or has a Lambda authorizer that may read one.
    """
    for acl in _acls(gateway):
        if acl.log.written.is_yes:
            hidden = acl.log.redacted | acl.protected
            shown, are_credentials = _credentials_shown(gateway, settings, hidden)
            yield acl.verdict(
                negate(every(are_credentials, acl.log.redaction_known, acl.protection_known)),
                no=f"logs the values of {', '.join(shown)}",
            )


@WAF.policy(
    severity=Severity.MEDIUM,
    fix="Let the logging filter keep blocked requests; drop allowed requests, if anything.",
    references=("nist-800-53-r5:AU-3", f"{_DOCS}logging-management-configure.html"),
)
def logs_include_blocks(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """The web ACL's log includes blocked requests.

    A logging filter that drops BLOCK leaves a log of legitimate requests only. One that drops the label of a blocking
    rule leaves out what that rule blocks.
    """
    for acl in _acls(gateway):
        if acl.log.written.is_yes:
            yield acl.verdict(negate(acl.log.drops_blocked), no="drops blocked requests from its log")


@WAF.policy(
    severity=Severity.MEDIUM,
    fix="Name the log group, bucket or stream `aws-waf-logs-…`, in the web ACL's own region and account.",
    references=(f"{_DOCS}logging-destinations.html",),
)
def log_destinations_valid(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """The web ACL logs to a destination that AWS WAF accepts.

    AWS accepts only destinations whose name begins with `aws-waf-logs-`, and rejects others as "not a valid ARN".
    """
    for acl in _acls(gateway):
        if acl.log.written.is_yes:
            yield acl.verdict(acl.log.destination_valid)


@WAF.policy(
    severity=Severity.MEDIUM,
    fix="Set {cloudwatchMetricsEnabled} to true in the {visibilityConfig} of the web ACL and of every rule.",
    references=("fsbp:WAF.12", "pci-dss-4.0:10.2.1", f"{_DOCS}monitoring-cloudwatch.html"),
)
def metrics_enabled(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """The web ACL and all of its rules publish metrics.

    Without metrics, no alarm reports an attack, and none reports a rule that blocks customers.
    """
    for acl in _acls(gateway):
        for each in (acl, *acl.rules):
            yield each.verdict(each.has_metrics, no="publishes no metrics")


@WAF.policy(
    severity=Severity.LOW,
    fix=(
        "Hide the headers with the web ACL's {dataProtectionConfig}, which also applies to samples, or set "
        "{sampledRequestsEnabled} to false."
    ),
    references=("cwe:532", f"{_DOCS}web-acl-testing-view-sample.html"),
    config={
        "headers": {
            "type": "array",
            "default": ["authorization", "cookie", "x-api-key"],
            "items": {"type": "string"},
            "description": "Headers whose values samples must not show, in addition to what authorizers read.",
        }
    },
)
def samples_redacted(gateway: Gateway, settings: Settings) -> Iterator[Verdict]:
    """Sampled requests show no credentials.

    AWS stores samples for three hours, with all headers, and shows them to everybody who may read the web ACL.
    Redaction of the log does not apply to samples.
    """
    for acl in _acls(gateway):
        shown, are_credentials = _credentials_shown(gateway, settings, acl.protected)
        for each in (acl, *acl.rules):
            yield each.verdict(
                negate(every(are_credentials, each.sampled, acl.protection_known)),
                no=f"samples requests with the values of {', '.join(shown)}",
            )


@WAF.policy(
    severity=Severity.MEDIUM,
    fix=(
        "Set {oversizeHandling}, {invalidFallbackBehavior} and {fallbackBehavior} to MATCH in rules that block, and to "
        "NO_MATCH in rules that allow; or set {oversizeHandling} to CONTINUE, with a {sizeConstraintStatement} that "
        "blocks what is longer."
    ),
    references=("owasp-api-2023:API8", f"{_DOCS}waf-oversize-request-components.html"),
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

    By default AWS WAF inspects the first 16 KB of a body, and API Gateway accepts 10 MB. NO_MATCH lets every attack
    through that follows 16 KB of spaces, 200 headers or a misplaced comma. In a rule that allows requests, MATCH does.
    """
    for acl in _acls(gateway):
        for rule in acl.rules:
            if rule.blocks.is_no and rule.allows.is_no:
                continue
            passed = [*rule.uninspected, *(() if settings["beginning_suffices"] else rule.truncated)]
            yield rule.verdict(
                Fact.no(f"lets through {' and '.join(dict.fromkeys(passed))}, without inspecting it")
                if passed
                else rule.uninspected_known
            )


@WAF.stack_policy(
    severity=Severity.MEDIUM,
    fix="Move to AWS WAF (`wafv2`); AWS has a migration that recreates the rules.",
    references=("owasp-api-2023:API8", f"{_DOCS}waf-classic-migration.html"),
    single_resource=True,
)
def classic_unused(stack: Stack, _settings: Settings) -> Iterator[Verdict]:
    """Nothing uses WAF Classic.

    AWS ended its support in September 2025. It has neither AWS's managed rule groups nor tokens.
    """
    for each in stack.classic_acls:
        yield each.verdict(Fact.NO, no="is no longer supported by AWS, and must move to AWS WAF")


@WAF.policy(
    severity=Severity.MEDIUM,
    fix=(
        "Let the distribution send a secret header ({customHeaders} of the origin) that a Lambda authorizer of the "
        "API requires. A REST API may instead allow only CloudFront's addresses in its resource policy."
    ),
    references=(
        "owasp-api-2023:API8",
        "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/add-origin-custom-headers.html",
    ),
)
def cloudfront_not_bypassable(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """Callers cannot bypass the CloudFront distribution whose web ACL protects an API.

    AWS WAF does not support HTTP and WebSocket APIs, so CloudFront filters their requests. The API's own endpoint, and
    a custom domain that is the origin, stay open to everybody who knows their address, unless a Lambda authorizer
    requires the secret header of the distribution. That it does so is assumed, because its code is not evaluated. If
    the cache key of its decisions lacks that header, a cached decision lets in callers who bypass the distribution.
    """
    for stage in gateway.stages:
        if stage.distribution is not None:
            restricted = gateway.resource_policy.restricts if gateway.kind == "REST" else Fact.NO
            required = every(
                stage.distribution.sends_secret_header,
                gateway.lambda_authorizer_everywhere,
                gateway.caches_by_secret_header(stage.distribution),
            )
            yield stage.verdict(
                Fact(some(required, gateway.private, restricted).value),
                no=f"relies on the web ACL of {stage.distribution.label}, and accepts callers who bypass it",
                unknown="whether callers can bypass its distribution is known only after deployment",
            )


@WAF.stack_policy(
    severity=Severity.MEDIUM,
    fix="Associate a regional web ACL with the gateway of AgentCore (`WebAclAssociation`).",
    references=(
        "owasp-api-2023:API4",
        "https://docs.aws.amazon.com/waf/latest/developerguide/how-aws-waf-works-resources.html",
    ),
)
def agent_gateways_have_web_acl(stack: Stack, _settings: Settings) -> Iterator[Verdict]:
    """A gateway of Bedrock AgentCore that calls an API has a web ACL of its own.

    The API's web ACL sees the addresses of AgentCore instead of those of the callers, so it can neither limit the rate
    of one caller nor know its address.
    """
    for each in stack.agent_gateways:
        yield each.verdict(
            each.has_web_acl,
            no="calls an API, and is reachable without a web ACL",
            unknown="whether a web ACL is associated with it is known only after deployment",
        )
