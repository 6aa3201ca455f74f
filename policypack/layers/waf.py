"""WAF: malicious requests are filtered before they reach a stage."""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet

from ..model.fact import Fact, every, negate, some
from ..model.gateway import Gateway, Stage
from ..model.stack import Stack
from ..model.verdict import Severity, Verdict
from ..model.waf import WafRule, WafScope, WebAcl
from .policy import Layer, Settings

WAF = Layer("waf", "WAF protection")
_DOCS = "https://docs.aws.amazon.com/waf/latest/developerguide/"
_GATEWAY = "https://docs.aws.amazon.com/apigateway/latest/developerguide/"
_ELSEWHERE = {
    "elsewhere": {
        "type": "boolean",
        "default": False,
        "description": "Another stack may hold it: what is absent here is undecided rather than a violation.",
    }
}
_LATER = "its rules are known only after deployment"
_FIVE_MINUTES = 300
_KEY = "x-api-key"


def _acls(gateway: Gateway) -> Sequence[WebAcl]:
    """The ACLs before a gateway that are among the evaluated resources, each once."""
    found = (stage.web_acl for stage in gateway.stages)
    return tuple({acl.urn: acl for acl in found if acl is not None}.values())


def _credentials(gateway: Gateway, settings: Settings, hidden: AbstractSet[str]) -> tuple[list[str], Fact]:
    """The headers that are shown, and whether they hold credentials: a key's, where the API may ask for one."""
    shown = {name.lower() for name in settings["headers"]} - hidden
    keys = _takes_keys(gateway)
    if keys.is_no:
        shown -= {_KEY}
    unsure = shown == {_KEY} and keys.is_unknown
    return sorted(shown), Fact.UNKNOWN if unsure else Fact.YES if shown else Fact.NO


def _takes_keys(gateway: Gateway) -> Fact:
    """Whether a method takes an API key, or has a Lambda authorizer that may read one: a TOKEN one reads its token."""
    kinds = {each.kind for each in gateway.authorizers}
    tokens_alone = "token" in kinds and kinds.isdisjoint({"request", "unknown"})
    ways = {"lambda": Fact.NO if tokens_alone else Fact.YES, "unknown": Fact.UNKNOWN}
    asked = (some(route.api_key, ways.get(route.how, Fact.NO)) for route in gateway.routes)
    return some(*asked, Fact.NO if gateway.routes_read.is_yes else Fact.UNKNOWN)


def _absent(answer: Fact, settings: Settings) -> Fact:
    return Fact.UNKNOWN if answer.is_no and settings["elsewhere"] else answer


@WAF.policy(
    severity=Severity.HIGH,
    fix=(
        "Associate a regional web ACL with the stage (`WebAclAssociation`); put an HTTP or WebSocket API behind a "
        "CloudFront distribution with `web_acl_id`. SecureGateway does the former unless `waf` is waived."
    ),
    references=(
        "fsbp:APIGateway.4",
        "owasp-api-2023:API4",
        "nist-800-53-r5:AC-4(21)",
        "pci-dss-4.0:6.4.2",
        "https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-control-access-aws-waf.html",
    ),
    config=_ELSEWHERE,
)
def stages_have_web_acl(gateway: Gateway, settings: Settings) -> Iterator[Verdict]:
    """Every stage is behind a web ACL.

    Without one, injection attempts and floods reach the API unfiltered. One bare stage beside a protected one is a way
    round it. An ACL of another stack counts: that it is there can be seen, what it does cannot. AWS WAF takes no HTTP
    or WebSocket API: those need a CloudFront distribution with a web ACL before them.
    """
    for stage in gateway.stages:
        yield stage.verdict(
            _absent(stage.behind_web_acl, settings),
            no=f"is reachable without a web ACL{_because(stage)}",
            unknown="whether a web ACL stands before it is known only after deployment, or in another stack",
        )


def _because(stage: Stage) -> str:
    return f": {stage.web_acl_gap}" if stage.web_acl_gap else ""


@WAF.policy(
    severity=Severity.HIGH,
    fix="Give the web ACL rules that block, or take rules and managed groups out of count mode.",
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
            "description": "A web ACL of another stack is undecided, since its rules are not among what is evaluated.",
        }
    },
)
def web_acls_block(gateway: Gateway, settings: Settings) -> Iterator[Verdict]:
    """The web ACL in front of a stage blocks something.

    An ACL without rules, or with rules that only count, lets everything through unless it blocks by default. So does a
    rule that blocks what nothing can match, such as an empty IP set.
    """
    for acl in _acls(gateway):
        yield acl.verdict(acl.filters, no="blocks nothing", unknown=_LATER)
    for stage in gateway.stages:
        asked = settings["must_be_read"] or stage.web_acl_unread
        if asked and stage.behind_web_acl.is_yes and stage.web_acl is None:
            where = "known only later" if stage.web_acl_unread else "declared elsewhere"
            yield stage.verdict(Fact.UNKNOWN, no="", unknown=f"its web ACL is {where}, and cannot be read")


@WAF.policy(
    severity=Severity.HIGH,
    fix="Set the group's override_action to none, once its count metrics show that no honest request matches.",
    references=("owasp-api-2023:API8", "nist-800-53-r5:SC-7", f"{_DOCS}web-acl-rule-group-override-options.html"),
    config={
        "may_count": {
            "type": "array",
            "default": [],
            "items": {"type": "string"},
            "description": "Names of rules, or of managed groups, that may stay in count mode.",
        }
    },
)
def rule_groups_block(gateway: Gateway, settings: Settings) -> Iterator[Verdict]:
    """Policy groups block what they find.

    In count mode a group reports attacks and lets them in; it looks on every dashboard like a group in force.
    """
    allowed = set(settings["may_count"])
    for acl in _acls(gateway):
        for rule in acl.rules:
            if rule.managed_group and not {rule.name, rule.managed_group} & allowed:
                answer = Fact.NO if rule.counts.is_yes else Fact.UNKNOWN if _unsure(rule) else Fact.YES
                yield rule.verdict(answer, no=f"only counts what {rule.managed_group} finds", unknown=_LATER)
            elif rule.group_stops is not None and rule.name not in allowed:
                counts = rule.counts.is_yes
                words = "only counts what its rule group finds" if counts else "asks a rule group that blocks nothing"
                yield rule.verdict(rule.group_stops, no=words, unknown=_LATER)


def _unsure(rule: WafRule) -> bool:
    return rule.counts.is_unknown


@WAF.policy(
    severity=Severity.LOW,
    fix="Set the rule's action to block, let it label what later rules act on, or name it in `may_count`.",
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
    """A rule of one's own acts on what it finds.

    One that counts, and labels nothing for later rules to act on, stands in the list of protections and stops nobody.
    """
    allowed = set(settings["may_count"])
    for acl in _acls(gateway):
        for rule in acl.rules:
            own = not rule.managed_group and rule.group_stops is None
            if own and not rule.labels and rule.name not in allowed:
                yield rule.verdict(negate(rule.counts), no="only counts what it finds", unknown=_LATER)


@WAF.policy(
    severity=Severity.MEDIUM,
    fix="Remove the override of the rule, or narrow it to the requests that it is wrong about with a scope-down.",
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
            "description": "Rules that may be overridden: by default those that refuse what honest API clients send.",
        }
    },
)
def group_rules_not_overridden(gateway: Gateway, settings: Settings) -> Iterator[Verdict]:
    """No important rule of a group is turned to count or allow.

    An override of one rule is the quiet way to switch a protection off: the group is still there, and still blocks.
    """
    allowed = set(settings["may_count"])
    for acl in _acls(gateway):
        for rule in acl.rules:
            if rule.managed_group or rule.group_stops is not None:
                loose = [name for name in rule.softened if name not in allowed]
                yield rule.verdict(
                    Fact.NO if loose else rule.softened_read,
                    no=f"overrides {', '.join(loose)} of {rule.managed_group or 'its rule group'} to count or allow",
                    unknown=_LATER,
                )


@WAF.policy(
    severity=Severity.MEDIUM,
    fix=(
        "Add the managed groups AWSManagedRulesCommonRuleSet and AWSManagedRulesKnownBadInputsRuleSet, or name in "
        "`groups` those that you ask for."
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
            "description": "Managed rule groups that every web ACL asks.",
        }
    },
)
def managed_rules_included(gateway: Gateway, settings: Settings) -> Iterator[Verdict]:
    """The web ACL asks rule groups that know current attacks.

    A rate limit alone lets a single injection or Log4j request through, and so does a group that a scope-down narrows
    to some requests alone; exceptions are fine. Another vendor's group counts in place of AWS's; a rule group of one's
    own that is not evaluated here may do so.
    """
    for acl in _acls(gateway):
        asks = [(rule, _asks_of_all(gateway, rule)) for rule in acl.rules]
        foreign = some(*(answer for rule, answer in asks if rule.vendor not in {"", "AWS"}))
        by_name = {
            name: some(foreign, *(answer for rule, answer in asks if rule.managed_group == name))
            for name in settings["groups"]
        }
        missing = [name for name, answer in by_name.items() if answer.is_no]
        unread = acl.unread_groups or not acl.rules_read.is_yes
        answer = Fact.UNKNOWN if missing and unread else every(*by_name.values())
        yield acl.verdict(
            answer,
            no=f"does not ask {' nor '.join(missing)}{_narrowed(acl, missing)}",
            unknown="whether its rules know current attacks cannot be read here",
        )


def _asks_of_all(gateway: Gateway, rule: WafRule) -> Fact:
    """Whether a rule asks its managed group about all requests; one that may be in force is taken to be."""
    return Fact.NO if rule.stops.is_no else _covers(gateway, rule.scope)


def _covers(gateway: Gateway, scope: WafScope) -> Fact:
    return _begins_all(gateway, scope.beginning) if scope.beginning else scope.covers_all


def _narrowed(acl: WebAcl, missing: Sequence[str]) -> str:
    some_alone = any(rule.managed_group in missing and not rule.stops.is_no for rule in acl.rules)
    return " about all requests" if some_alone else ""


@WAF.policy(
    severity=Severity.MEDIUM,
    fix="Add a rate-based rule with action block, aggregated by IP, and a limit that honest callers do not reach.",
    references=("owasp-api-2023:API4", "nist-800-53-r5:SC-5", f"{_DOCS}waf-rule-statement-type-rate-based.html"),
    config={
        "requests": {
            "type": "number",
            "default": 10_000,
            "description": "The most requests that one caller may send in five minutes.",
        }
    },
)
def callers_rate_limited(gateway: Gateway, settings: Settings) -> Iterator[Verdict]:
    """A web ACL slows down a caller that floods.

    A rate-based rule must block, at a limit that a flood reaches, whatever is flooded, counted by what the caller
    cannot choose: a header of its own makes every request a new caller, and so does a forwarded address, unless an
    earlier rule blocks all senders but the proxies that write it. Of several keys every one must be such.
    """
    for acl in _acls(gateway):
        most = settings["requests"]
        answers = [_limits(gateway, acl, rule, most) for rule in acl.rules if rule.rate is not None]
        if any(answer.is_yes for answer, _ in answers):
            answer, words = Fact.YES, ""
        elif any(answer.is_unknown for answer, _ in answers) or not acl.rules_read.is_yes:
            answer, words = Fact.UNKNOWN, ""
        elif not answers:
            answer, words = (Fact.UNKNOWN if acl.unread_groups else Fact.NO), "has no rate-based rule"
        else:
            answer, words = Fact.NO, "; ".join(words for _, words in answers)
        yield acl.verdict(answer, no=words, unknown="whether it limits the rate of callers cannot be read here")


def _limits(gateway: Gateway, acl: WebAcl, rule: WafRule, most: float) -> tuple[Fact, str]:
    """Whether a rate-based rule limits callers, and why not."""
    if rule.rate is None:
        return Fact.NO, ""
    name, rate = f"its rate-based rule {rule.name}".rstrip(), rule.rate
    if rule.counts.is_yes:
        return Fact.NO, f"{name} only counts"
    if rate.reachable.is_no:
        return Fact.NO, f"{name} is narrowed to what nothing can match"
    if rule.stops.is_no:
        return Fact.NO, f"{name} does not block"
    bound = some(rate.bound_to_callers, _from_proxies(acl, rule)) if rate.by_forwarded else rate.bound_to_callers
    if bound.is_no:
        return Fact.NO, f"{name} counts by what callers choose themselves"
    labelled = every(*(_labelled(acl, rule, namespace) for namespace in rate.label_namespaces))
    if labelled.is_no:
        return Fact.NO, f"{name} counts by a label that no earlier rule sets"
    covers = _covers(gateway, rate.scope)
    if covers.is_no:
        return Fact.NO, f"{name} counts some requests alone"
    if rate.limit is None or rate.window is None:
        return Fact.UNKNOWN, ""
    in_five_minutes = rate.limit * _FIVE_MINUTES / max(rate.window, 1)
    if in_five_minutes > most:
        return Fact.NO, f"{name} lets {in_five_minutes:,.0f} requests through in five minutes"
    return every(rule.stops, rate.reachable, bound, labelled, covers), ""


def _from_proxies(acl: WebAcl, rule: WafRule) -> Fact:
    """Whether earlier rules let none but listed senders through, whose headers can then be believed."""
    earlier = [each for each in acl.rules if each.matches_other_senders and _before(each, rule)]
    return some(*(each.stops for each in earlier))


def _labelled(acl: WebAcl, rule: WafRule, namespace: str) -> Fact:
    """Whether an earlier rule may set labels of a namespace: managed groups label under `awswaf:managed:`."""
    managed = namespace.startswith("awswaf:managed:")
    setters = [
        each
        for each in acl.rules
        if (each.managed_group if managed or not namespace else each.labels or each.group_stops is not None)
    ]
    later = any(each.priority is None or rule.priority is None for each in setters) or not acl.rules_read.is_yes
    return some(
        *(Fact.YES for each in setters if _before(each, rule)),
        Fact.UNKNOWN if later or not namespace else Fact.NO,
    )


def _before(one: WafRule, other: WafRule) -> bool:
    return one.priority is not None and other.priority is not None and one.priority < other.priority


def _begins_all(gateway: Gateway, beginning: str) -> Fact:
    """Whether the paths of all routes begin so, as callers write them: after a stage's name, or under a domain."""
    paths = [route.label.partition(" ")[2] for route in gateway.routes]
    written = [path for each in paths for path in (each, *(f"/{stage.name}{each}" for stage in gateway.stages))]
    begun = [each for each in written if each.startswith(beginning)]
    unread = not gateway.routes_read.is_yes or any(not each.startswith("/") for each in paths)
    if paths and len(begun) < len(paths):
        return Fact.NO
    return Fact.UNKNOWN if unread or not paths else Fact.YES


@WAF.policy(
    severity=Severity.MEDIUM,
    fix="Ask Allow rules last, or write the exception as a scope-down of the rule that is wrong.",
    references=("owasp-api-2023:API8", f"{_DOCS}web-acl-processing-order.html"),
)
def allow_rules_last(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """No rule lets requests in before others have seen them.

    Allow ends the evaluation: what it matches may inject and flood at will. An office address on such a list is as good
    as a key, and addresses are shared, rented and forged in headers.
    """
    for acl in _acls(gateway):
        stopping = [rule.priority for rule in acl.rules if not rule.stops.is_no and rule.priority is not None]
        last = max(stopping, default=None)
        for rule in acl.rules:
            if not rule.allows.is_no and last is not None and rule.priority is not None:
                yield rule.verdict(
                    negate(rule.allows) if rule.priority < last else Fact.YES,
                    no="allows requests before the rules that would block them",
                    unknown=_LATER,
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
    config=_ELSEWHERE,
)
def logging_enabled(gateway: Gateway, settings: Settings) -> Iterator[Verdict]:
    """The web ACL writes a log.

    Without it nobody can tell an attack from a false alarm, and rules stay in count mode for ever.
    """
    for acl in _acls(gateway):
        yield acl.verdict(
            _absent(acl.log.written, settings),
            no="writes no log",
            unknown="whether it writes a log is known only later",
        )


@WAF.policy(
    severity=Severity.HIGH,
    fix=(
        "Redact the headers (`redacted_fields` with `single_header`), or hide them in logs and samples alike with the "
        "web ACL's `data_protection_config`."
    ),
    references=("owasp-api-2023:API8", "cwe:532", f"{_DOCS}logging-management-configure.html"),
    config={
        "headers": {
            "type": "array",
            "default": ["authorization", "cookie", "x-api-key"],
            "items": {"type": "string"},
            "description": "Headers whose values the log must not show.",
        }
    },
)
def logs_redacted(gateway: Gateway, settings: Settings) -> Iterator[Verdict]:
    """The web ACL's log does not show credentials.

    AWS WAF logs every header of every request. Whoever may read the log may otherwise call as anybody. `x-api-key` is
    asked for only where a method takes keys, or a Lambda authorizer may read them.
    """
    for acl in _acls(gateway):
        if acl.log.written.is_yes:
            shown, telling = _credentials(gateway, settings, acl.log.redacted | acl.protected_headers)
            unread = not telling.is_no and not acl.log.redaction_read.is_yes
            answer = Fact.UNKNOWN if unread else negate(telling)
            yield acl.verdict(
                answer,
                no=f"logs the values of {', '.join(shown)}",
                unknown="which credentials its log shows is known only later",
            )


@WAF.policy(
    severity=Severity.MEDIUM,
    fix="Let the logging filter keep what was blocked; drop what was allowed, if anything.",
    references=("nist-800-53-r5:AU-3", f"{_DOCS}logging-management-configure.html"),
)
def logs_include_blocks(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """The web ACL's log holds what was blocked.

    A filter that drops BLOCK leaves a log of honest requests, and none of attacks.
    """
    for acl in _acls(gateway):
        if acl.log.written.is_yes:
            answer = negate(acl.log.drops_blocks)
            yield acl.verdict(
                answer, no="drops what it blocked from its log", unknown="its logging filter is known only later"
            )


@WAF.policy(
    severity=Severity.MEDIUM,
    fix="Name the log group, bucket or stream `aws-waf-logs-…`, in the region and account of the web ACL.",
    references=(f"{_DOCS}logging-destinations.html",),
)
def log_destinations_valid(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """The web ACL's log goes where AWS WAF can write.

    AWS takes only destinations whose name begins with `aws-waf-logs-`, and refuses others as "not a valid ARN".
    """
    for acl in _acls(gateway):
        if acl.log.written.is_yes:
            yield acl.verdict(
                acl.log.well_named,
                no="logs to a destination whose name does not begin with aws-waf-logs-",
                unknown="the name of its log's destination is known only after deployment",
            )


@WAF.policy(
    severity=Severity.MEDIUM,
    fix="Set cloudwatch_metrics_enabled to true in the visibility_config of the web ACL and of every rule.",
    references=("fsbp:WAF.12", "pci-dss-4.0:10.2.1", f"{_DOCS}monitoring-cloudwatch.html"),
)
def metrics_enabled(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """The web ACL and all of its rules report metrics.

    Without metrics no alarm tells of an attack, and none that a rule refuses customers.
    """
    for acl in _acls(gateway):
        for each in (acl, *acl.rules):
            yield each.verdict(
                each.measured, no="reports no metrics", unknown="its visibility_config is known only later"
            )


@WAF.policy(
    severity=Severity.LOW,
    fix=(
        "Hide the headers with the web ACL's `data_protection_config`, which covers samples too, or set "
        "sampled_requests_enabled to false."
    ),
    references=("cwe:532", f"{_DOCS}web-acl-testing-view-sample.html"),
    config={
        "headers": {
            "type": "array",
            "default": ["authorization", "cookie", "x-api-key"],
            "items": {"type": "string"},
            "description": "Headers whose values samples must not show.",
        }
    },
)
def samples_redacted(gateway: Gateway, settings: Settings) -> Iterator[Verdict]:
    """Samples of requests do not show credentials.

    AWS keeps samples for three hours, with all headers, for everybody who may read the web ACL. Redaction of the log
    does not touch them.
    """
    for acl in _acls(gateway):
        shown, telling = _credentials(gateway, settings, acl.protected_headers)
        for each in (acl, *acl.rules):
            yield each.verdict(
                negate(every(telling, each.sampled)),
                no=f"samples requests with their {', '.join(shown)}",
                unknown="its visibility_config is known only later",
            )


@WAF.policy(
    severity=Severity.MEDIUM,
    fix="Set oversize_handling to MATCH, or to CONTINUE with a size_constraint_statement that blocks longer bodies.",
    references=("owasp-api-2023:API8", f"{_DOCS}waf-oversize-request-components.html"),
    config={
        "beginning_suffices": {
            "type": "boolean",
            "default": True,
            "description": "Whether a rule may inspect the beginning alone of a body that is too long.",
        }
    },
)
def oversized_bodies_handled(gateway: Gateway, settings: Settings) -> Iterator[Verdict]:
    """A body too long for inspection is not waved through.

    AWS WAF inspects 16 KB of a body unless told otherwise, and API Gateway takes 10 MB. NO_MATCH lets every attack pass
    that stands behind 16 KB of spaces.
    """
    for acl in _acls(gateway):
        for rule in acl.rules:
            if rule.stops.is_no:
                continue
            beginning = rule.continues_oversized.is_yes and not settings["beginning_suffices"]
            yield rule.verdict(
                Fact.NO if rule.waves_oversized.is_yes or beginning else Fact.YES,
                no="lets a body pass that is too long for inspection",
                unknown=_LATER,
            )


@WAF.stack_policy(
    severity=Severity.MEDIUM,
    fix="Move to AWS WAF (`wafv2`); AWS has a migration that makes the rules anew.",
    references=("owasp-api-2023:API8", f"{_DOCS}waf-classic-migration.html"),
    single_resource=True,
)
def classic_unused(stack: Stack, _settings: Settings) -> Iterator[Verdict]:
    """Nothing relies on WAF Classic.

    AWS ended its support in September 2025. It knows no managed rule groups of AWS and no tokens.
    """
    for each in stack.classic_acls:
        yield each.verdict(Fact.NO, no="stands in the way of AWS WAF: its support has ended", unknown="")


@WAF.policy(
    severity=Severity.MEDIUM,
    fix=(
        "Let the distribution send a secret header (`custom_headers` of the origin) that a Lambda authorizer of the "
        "API asks for; a REST API may instead admit CloudFront's addresses alone by its resource policy."
    ),
    references=(
        "owasp-api-2023:API8",
        "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/add-origin-custom-headers.html",
    ),
)
def cloudfront_not_bypassable(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """Nobody gets round the distribution whose web ACL an API relies on.

    AWS WAF takes no HTTP or WebSocket API, so they are filtered in CloudFront. The API's own address, and a custom
    domain that is the origin, stay open to everybody who knows them. Only a Lambda authorizer can ask for the header;
    that it does is taken on trust. Answers that it keeps under a key without that header let in whoever goes round it.
    """
    for stage in gateway.stages:
        if stage.front is not None:
            restricted = gateway.resource_policy.restricts if gateway.kind == "REST" else Fact.NO
            asked = every(stage.front.proves_itself, gateway.checks_fronts, gateway.asks_each_time(stage.front))
            yield stage.verdict(
                some(asked, gateway.private, restricted),
                no=f"relies on the web ACL of {stage.front.label}, and answers whoever goes round it",
                unknown="what its distribution sends is known only later",
            )
