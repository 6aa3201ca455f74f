"""Access logs contain what an investigation needs, and no secrets."""

from collections.abc import Iterator, Mapping

from ...model.auth import Route
from ...model.fact import Fact
from ...model.gateway import Gateway
from ...model.observability import AccessLog
from ...model.verdict import Severity, Verdict
from ..policy import Settings
from .layer import DOCS, OBSERVABILITY

_CALLER = ("identity.", "authorizer.")
_NO_CALLER = ("identity.sourceIp", "identity.userAgent", "authorizer.error", "authorizer.status", "authorizer.latency")
"""Variables of `identity` and `authorizer` that do not identify the caller."""
_WEB_ACL_RESULT = frozenset({"wafResponseCode", "waf.status", "waf.error", "webaclArn"})
_ERRORS = frozenset(
    {"authorizer.error", "authorize.error", "authenticate.error", "error.message", "error.responseType"}
)


@OBSERVABILITY.policy(
    severity=Severity.HIGH,
    fix="Give the stage {accessLogSettings} with the ARN of a log group. SecureGateway does so.",
    references=("fsbp:APIGateway.9", "nist-800-53-r5:AU-12", "cis-aws-7:4.10", f"{DOCS}set-up-logging.html"),
    single_resource=True,
)
def access_logs_enabled(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """Every stage writes an access log.

    After an incident, the access log is the only record of who called what, and from where.
    """
    for stage in gateway.stages:
        yield stage.verdict(stage.access_log.written)


@OBSERVABILITY.policy(
    severity=Severity.MEDIUM,
    fix=(
        "Give the ARN of a log group or, for a REST or WebSocket API, of a Firehose stream whose name begins with "
        "amazon-apigateway-."
    ),
    references=(f"{DOCS}apigateway-logging-to-kinesis.html",),
    single_resource=True,
)
def access_log_destinations_valid(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """Every access log has a destination that API Gateway can write to.

    Any other destination makes the deployment fail at the stage, when most resources already exist. The ARN of a log
    group may end with `:*`.
    """
    for stage in gateway.stages:
        if stage.access_log.written.is_yes:
            yield stage.verdict(stage.access_log.destination_valid)


@OBSERVABILITY.policy(
    severity=Severity.MEDIUM,
    fix="Add $context.requestId to the format, or $context.extendedRequestId, which callers cannot choose.",
    references=("nist-800-53-r5:AU-3", f"{DOCS}api-gateway-mapping-template-reference.html"),
    single_resource=True,
)
def access_logs_have_request_id(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """Each line of an access log contains a request id.

    Without it, a line cannot be matched with the execution log, a trace or a customer's complaint.
    """
    for stage in gateway.stages:
        log = stage.access_log
        if log.written.is_yes:
            yield stage.verdict(
                _contains(log, {"a request id": bool(log.variables & {"requestId", "extendedRequestId"})})
            )


@OBSERVABILITY.policy(
    severity=Severity.MEDIUM,
    fix=(
        "Log $context.identity.sourceIp, $context.status, and the caller: $context.identity.userArn, "
        "$context.authorizer.principalId or a single claim such as $context.authorizer.claims.sub."
    ),
    references=("nist-800-53-r5:AU-3", "pci-dss-4.0:10.2.2", f"{DOCS}api-gateway-mapping-template-reference.html"),
)
def access_logs_complete(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """Each line of an access log contains the source address, the caller and the status.

    They are the first things to find out after an incident. The caller is required only if a route authenticates its
    callers.
    """
    authenticates = any(route.authenticated.is_yes for route in gateway.routes)
    for stage in gateway.stages:
        log = stage.access_log
        if log.written.is_yes:
            parts = {
                "the source address": "identity.sourceIp" in log.variables,
                "the status": "status" in log.variables,
                "the caller": not authenticates or any(_identifies_caller(each) for each in log.variables),
            }
            yield stage.verdict(_contains(log, parts))


def _identifies_caller(variable: str) -> bool:
    return variable.startswith(_CALLER) and variable not in _NO_CALLER


def _contains(log: AccessLog, parts: Mapping[str, bool]) -> Fact:
    """Whether each line of a log has all parts, given by their names."""
    missing = [name for name, present in parts.items() if not present]
    *first, last = missing or [""]
    listed = f"{', '.join(first)} and {last}" if first else last
    return _by_format(log, Fact.of(not missing, no=f"logs lines without {listed}"))


def _by_format(log: AccessLog, fact: Fact) -> Fact:
    """A fact about the format of a log, which is UNKNOWN if the format is."""
    return fact if log.format_known.is_yes else log.format_known


@OBSERVABILITY.policy(
    severity=Severity.LOW,
    fix="Log $context.wafResponseCode, and $context.authorizer.error or $context.error.message.",
    references=("nist-800-53-r5:AU-3", f"{DOCS}api-gateway-mapping-template-reference.html"),
)
def access_logs_explain_denials(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """Each line of an access log shows what denied a request.

    A web ACL, an authorizer and a resource policy all respond with 403. Without their variables in the log, a wave of
    denied requests cannot be distinguished from an attack.
    """
    authorizes = any(_has_authorizer(route) for route in gateway.routes)
    for stage in gateway.stages:
        log = stage.access_log
        if log.written.is_yes:
            has_web_acl = gateway.kind == "REST" and stage.behind_web_acl.is_yes
            parts = {
                "the web ACL's response": not has_web_acl or bool(log.variables & _WEB_ACL_RESULT),
                "the authorizer's error": not authorizes or bool(log.variables & _ERRORS),
            }
            yield stage.verdict(_contains(log, parts))


def _has_authorizer(route: Route) -> bool:
    return route.authorization in {"lambda", "cognito", "jwt"}


@OBSERVABILITY.policy(
    severity=Severity.HIGH,
    fix=(
        "Log $context.identity.apiKeyId instead of the API key, and single claims such as "
        "$context.authorizer.claims.sub instead of all claims."
    ),
    references=("owasp-api-2023:API8", "cwe:532", f"{DOCS}set-up-logging.html"),
    single_resource=True,
)
def access_logs_without_secrets(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """No access log contains credentials or complete sets of claims.

    `$context.identity.apiKey` is the API key itself. What an authorizer returns under a name that ends in token,
    bearer, key, secret, password or the like is a credential, too. Many more people can read a log than may call the
    API.
    """
    for stage in gateway.stages:
        log = stage.access_log
        if log.written.is_yes:
            yield stage.verdict(_by_format(log, Fact.of(not log.sensitive, no=f"logs {', '.join(log.sensitive)}")))


@OBSERVABILITY.policy(
    severity=Severity.LOW,
    fix="Write the format as one line of JSON, with every variable in quotes.",
    references=("nist-800-53-r5:AU-6(1)", f"{DOCS}set-up-logging.html"),
    config={
        "forms": {
            "type": "array",
            "default": ["json"],
            "items": {"type": "string", "enum": ["json", "xml", "csv", "clf", "text"]},
            "description": "The forms that a line may have.",
        }
    },
    single_resource=True,
)
def access_logs_structured(gateway: Gateway, settings: Settings) -> Iterator[Verdict]:
    """Access logs can be searched by field.

    CloudWatch Logs discovers the fields of JSON automatically. In other forms, a caller's user agent can shift or forge
    fields.
    """
    for stage in gateway.stages:
        log = stage.access_log
        if log.written.is_yes and (log.form or log.format_known.is_unknown):
            allowed = " or ".join(settings["forms"])
            fact = Fact.of(log.form in settings["forms"], no=f"logs lines as {log.form} instead of {allowed}")
            yield stage.verdict(_by_format(log, fact))
