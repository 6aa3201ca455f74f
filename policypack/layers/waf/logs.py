"""Web ACLs write logs, metrics and samples, and these show no credentials."""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from ...model.auth import IdentitySource
from ...model.fact import Fact, every, negate, some
from ...model.gateway import Gateway
from ...model.verdict import Severity, Verdict
from ...model.waf import WebAcl
from ..policy import Settings
from .layer import DOCS, MAY_BE_EXTERNAL, WAF, web_acls

_API_KEY_HEADER = "header.x-api-key"


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


def _added_by_cloudfront(gateway: Gateway, acl: WebAcl) -> AbstractSet[str]:
    """The headers that CloudFront adds to requests after the web ACL of a distribution has inspected them.

    It replaces those of the same name that viewers send.
    https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/add-origin-custom-headers.html
    """
    stages = [each for each in (*gateway.stages, *gateway.named_stages) if each.web_acl and each.web_acl.urn == acl.urn]
    added = [each.distribution.added_headers if each.distribution else frozenset[str]() for each in stages]
    return {f"header.{name}" for name in added[0].intersection(*added)} if added else frozenset()


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
    severity=Severity.MEDIUM,
    fix="Add a `WebAclLoggingConfiguration` for the web ACL.",
    references=(
        "fsbp:WAF.11",
        "nist-800-53-r5:AU-12",
        "pci-dss-4.0:10.2.1",
        f"{DOCS}logging.html",
    ),
    config=MAY_BE_EXTERNAL,
)
def logging_enabled(gateway: Gateway, settings: Settings) -> Iterator[Verdict]:
    """The web ACL writes a log.

    Without a log nobody can distinguish attacks from false alarms, and rules stay in count mode forever.
    """
    for acl in web_acls(gateway):
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
    references=("owasp-api-2023:API8", "cwe:532", f"{DOCS}logging-management-configure.html"),
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
    for acl in web_acls(gateway):
        if acl.log.written.is_yes:
            hidden = acl.log.redacted | acl.protected | _added_by_cloudfront(gateway, acl)
            shown, are_credentials = _credentials_shown(gateway, settings, hidden)
            yield acl.verdict(
                negate(every(are_credentials, acl.log.redaction_known, acl.protection_known)),
                no=f"logs the values of {', '.join(shown)}",
            )


@WAF.policy(
    severity=Severity.MEDIUM,
    fix="Let the logging filter keep blocked requests; drop allowed requests, if anything.",
    references=("nist-800-53-r5:AU-3", f"{DOCS}logging-management-configure.html"),
)
def logs_include_blocks(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """The web ACL's log includes blocked requests.

    A logging filter that drops BLOCK leaves a log of legitimate requests only. One that drops the label of a blocking
    rule leaves out what that rule blocks.
    """
    for acl in web_acls(gateway):
        if acl.log.written.is_yes:
            yield acl.verdict(negate(acl.log.drops_blocked), no="drops blocked requests from its log")


@WAF.policy(
    severity=Severity.MEDIUM,
    fix="Name the log group, bucket or stream `aws-waf-logs-…`, in the web ACL's own region and account.",
    references=(f"{DOCS}logging-destinations.html",),
)
def log_destinations_valid(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """The web ACL logs to a destination that AWS WAF accepts.

    AWS accepts only destinations whose name begins with `aws-waf-logs-`, and rejects others as "not a valid ARN".
    """
    for acl in web_acls(gateway):
        if acl.log.written.is_yes:
            yield acl.verdict(acl.log.destination_valid)


@WAF.policy(
    severity=Severity.MEDIUM,
    fix="Set {cloudwatchMetricsEnabled} to true in the {visibilityConfig} of the web ACL and of every rule.",
    references=("fsbp:WAF.12", "pci-dss-4.0:10.2.1", f"{DOCS}monitoring-cloudwatch.html"),
)
def metrics_enabled(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """The web ACL and all of its rules publish metrics.

    Without metrics, no alarm reports an attack, and none reports a rule that blocks customers.
    """
    for acl in web_acls(gateway):
        for each in (acl, *acl.rules):
            yield each.verdict(each.has_metrics, no="publishes no metrics")


@WAF.policy(
    severity=Severity.LOW,
    fix=(
        "Hide the headers with the web ACL's {dataProtectionConfig}, which also applies to samples, or set "
        "{sampledRequestsEnabled} to false."
    ),
    references=("cwe:532", f"{DOCS}web-acl-testing-view-sample.html"),
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
    for acl in web_acls(gateway):
        shown, are_credentials = _credentials_shown(
            gateway, settings, acl.protected | _added_by_cloudfront(gateway, acl)
        )
        for each in (acl, *acl.rules):
            yield each.verdict(
                negate(every(are_credentials, each.sampled, acl.protection_known)),
                no=f"samples requests with the values of {', '.join(shown)}",
            )
