"""Observability: requests and errors are logged, traced and measured, and alarms notify someone."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from ..model.auth import Route
from ..model.fact import Fact, every, negate
from ..model.gateway import Gateway
from ..model.observability import AccessLog, Alarm
from ..model.stack import Stack
from ..model.verdict import Severity, Verdict
from ..model.wording import amount
from .policy import Layer, Settings

OBSERVABILITY = Layer("observability", "Logging and monitoring")
_DOCS = "https://docs.aws.amazon.com/apigateway/latest/developerguide/"
_CLOUDWATCH = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/"
_EXTERNAL_ALARMS = {
    "elsewhere": {
        "type": "boolean",
        "default": False,
        "description": "Whether another stack may declare alarms. A missing alarm is then undecided, not a violation.",
    }
}
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
    references=("fsbp:APIGateway.9", "nist-800-53-r5:AU-12", "cis-aws-7:4.10", f"{_DOCS}set-up-logging.html"),
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
    references=(f"{_DOCS}apigateway-logging-to-kinesis.html",),
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
    references=("nist-800-53-r5:AU-3", f"{_DOCS}api-gateway-mapping-template-reference.html"),
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
    references=("nist-800-53-r5:AU-3", "pci-dss-4.0:10.2.2", f"{_DOCS}api-gateway-mapping-template-reference.html"),
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
    references=("nist-800-53-r5:AU-3", f"{_DOCS}api-gateway-mapping-template-reference.html"),
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
    references=("owasp-api-2023:API8", "cwe:532", f"{_DOCS}set-up-logging.html"),
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
    references=("nist-800-53-r5:AU-6(1)", f"{_DOCS}set-up-logging.html"),
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


@OBSERVABILITY.policy(
    severity=Severity.MEDIUM,
    fix="Set the log group's {retentionInDays}.",
    references=(
        "nist-800-53-r5:AU-11",
        "pci-dss-4.0:10.5.1",
        "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html",
    ),
    config={
        "days": {
            "type": "number",
            "default": 90,
            "description": (
                "The minimum retention in days. PCI DSS requires 90 to be immediately available; FSBP checks for 365."
            ),
        },
        "must_expire": {
            "type": "boolean",
            "default": False,
            "description": "Whether logs that never expire are a violation, as data protection rules may require.",
        },
    },
)
def log_retention_sufficient(gateway: Gateway, settings: Settings) -> Iterator[Verdict]:
    """Logs are retained long enough to investigate an incident.

    Intruders are often discovered weeks after they came in. Without a retention setting, logs in CloudWatch never
    expire.
    """
    waf = [stage.web_acl.log.log_group for stage in gateway.stages if stage.web_acl and stage.web_acl.log.log_group]
    groups = {each.urn: each for stage in gateway.stages for each in (*stage.log_groups, *waf)}
    for group in groups.values():
        yield group.verdict(_retention_sufficient(group.retention_days, settings))


def _retention_sufficient(days: float | None, settings: Settings) -> Fact:
    if days is None:
        return Fact.unknown("its retention is known only after deployment")
    if days == float("inf"):
        return Fact.of(not settings["must_expire"], no="retains logs indefinitely")
    short = days < settings["days"]
    return Fact.of(not short, no=f"retains logs for {days:g} {'day' if days == 1 else 'days'}")


@OBSERVABILITY.policy(
    severity=Severity.LOW,
    fix="Set the log group's {kmsKeyId} to a key whose policy allows CloudWatch Logs to use it.",
    references=(
        "nist-800-53-r5:SC-28",
        "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html",
    ),
)
def logs_encrypted(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """The logs of a stage are encrypted with a KMS key of the account.

    CloudWatch Logs encrypts them in any case. With your own key, reading them requires a second permission, which can
    be revoked.
    """
    groups = {each.urn: each for stage in gateway.stages for each in stage.log_groups}
    for group in groups.values():
        yield group.verdict(group.encrypted)


@OBSERVABILITY.policy(
    severity=Severity.MEDIUM,
    fix="Give the stage `MethodSettings` for `*/*` with {loggingLevel} ERROR or INFO.",
    references=("fsbp:APIGateway.1", "nist-800-53-r5:AU-2", "pci-dss-4.0:10.2.1", f"{_DOCS}set-up-logging.html"),
)
def execution_logs_enabled(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """Errors of every method are logged.

    The access log shows that a request failed, and the execution log why. Settings of a single method do not inherit
    from `*/*`: what they leave out is off. HTTP APIs have no execution log.
    """
    for stage in gateway.stages if gateway.kind != "HTTP" else ():
        yield stage.verdict(stage.execution_logged)


@OBSERVABILITY.policy(
    severity=Severity.HIGH,
    fix="Set {dataTraceEnabled} to false.",
    references=("owasp-api-2023:API8", "cwe:532", f"{_DOCS}set-up-logging.html"),
    single_resource=True,
)
def data_trace_disabled(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """No stage logs whole requests and responses.

    Data trace writes tokens, keys and personal data to a log in plain text.
    """
    for stage in (*gateway.stages, *gateway.named_stages):
        yield stage.verdict(
            negate(stage.data_traced),
            no="logs whole requests and responses (data trace)",
            unknown="its method settings are known only after deployment",
        )


@OBSERVABILITY.policy(
    severity=Severity.MEDIUM,
    fix="Give the stage `MethodSettings` for `*/*` with {metricsEnabled}.",
    references=("nist-800-53-r5:CA-7", f"{_DOCS}api-gateway-metrics-and-dimensions.html"),
)
def metrics_enabled(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """Every method has detailed metrics.

    In the totals of a busy API, a single failing method is not visible.
    """
    for stage in gateway.stages:
        yield stage.verdict(
            stage.has_detailed_metrics,
            no="does not publish metrics for all methods",
            unknown="its method settings are known only after deployment",
        )


@OBSERVABILITY.policy(
    severity=Severity.LOW,
    fix="Set {xrayTracingEnabled} to true.",
    references=("fsbp:APIGateway.3", "nist-800-53-r5:CA-7", f"{_DOCS}apigateway-xray.html"),
    single_resource=True,
)
def xray_enabled(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """X-Ray traces requests through every stage of a REST API.

    A trace shows which service made a request slow or let it fail. HTTP and WebSocket APIs do not support tracing.
    """
    for stage in gateway.stages if gateway.kind == "REST" else ():
        yield stage.verdict(stage.traced)


@OBSERVABILITY.policy(
    severity=Severity.MEDIUM,
    fix="Give `Account` a {cloudwatchRoleArn} whose role API Gateway may assume.",
    references=("nist-800-53-r5:AU-12", f"{_DOCS}set-up-logging.html"),
)
def logging_role_set(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """API Gateway has a role to write logs with, which it may assume.

    One setting of the account applies to all REST and WebSocket APIs in a region. An `Account` without a role removes
    it from all of them, and stages with logs can no longer be deployed. Without an `Account`, another stack is assumed
    to set the role.
    """
    for stage in gateway.stages if gateway.kind != "HTTP" else ():
        if stage.access_log.written.is_yes or stage.execution_logged.is_yes:
            yield stage.verdict(stage.logging_role)


@OBSERVABILITY.policy(
    severity=Severity.MEDIUM,
    fix=(
        "Add CloudWatch alarms in the namespace AWS/ApiGateway on server errors and on at least one other signal. For "
        "a REST API: 5XXError, and Latency, 4XXError or Count, with the dimensions ApiName (the API's name) and Stage. "
        "For an HTTP API: 5xx, and Latency, 4xx or Count; for a WebSocket API: ExecutionError, and ClientError or "
        "MessageCount; both with ApiId and Stage. Names are case-sensitive."
    ),
    references=("nist-800-53-r5:SI-4", f"{_DOCS}api-gateway-metrics-and-dimensions.html"),
    config=_EXTERNAL_ALARMS,
)
def stages_have_alarms(gateway: Gateway, settings: Settings) -> Iterator[Verdict]:
    """Every stage has alarms that go off when something is wrong.

    An alarm on dimensions that API Gateway does not report never goes off, and no error says so.
    """
    for stage in gateway.stages:
        yield stage.verdict(_unless_external(stage.alarms, settings))


@OBSERVABILITY.policy(
    severity=Severity.LOW,
    fix="Add an alarm on AWS/WAFV2 BlockedRequests (Sum), by WebACL (its metric's name), Rule and Region.",
    references=("nist-800-53-r5:SI-4", "https://docs.aws.amazon.com/waf/latest/developerguide/waf-metrics.html"),
    config=_EXTERNAL_ALARMS,
)
def web_acl_blocks_have_alarm(gateway: Gateway, settings: Settings) -> Iterator[Verdict]:
    """An alarm watches how many requests the web ACL blocks.

    A sudden increase means an attack, or a new rule that blocks customers. Both require attention.
    """
    acls = {stage.web_acl.urn: stage.web_acl for stage in gateway.stages if stage.web_acl is not None}
    for acl in acls.values():
        yield acl.verdict(_unless_external(acl.alarmed, settings))


def _unless_external(alarmed: Fact, settings: Settings) -> Fact:
    """UNKNOWN instead of NO, if another stack may declare the alarm."""
    external = alarmed.is_no and settings["elsewhere"]
    return Fact.unknown(f"it {alarmed.reason}, unless another stack declares one") if external else alarmed


@OBSERVABILITY.stack_policy(
    severity=Severity.MEDIUM,
    fix="Copy metric, dimensions and statistic from AWS's table. Names are case-sensitive.",
    references=(
        "nist-800-53-r5:SI-4",
        f"{_DOCS}api-gateway-metrics-and-dimensions.html",
        f"{_DOCS}http-api-metrics.html",
        "https://docs.aws.amazon.com/waf/latest/developerguide/waf-metrics.html",
    ),
    single_resource=True,
)
def alarms_can_go_off(stack: Stack, _settings: Settings) -> Iterator[Verdict]:
    """Every alarm on API Gateway or AWS WAF can go off.

    CloudWatch accepts an alarm on a metric that is never reported, or not in the alarm's region and account, on an
    expression whose value never changes, or with more errors than the limits of the stage let through. It shows such an
    alarm as healthy, and never warns.
    Expressions that search for metrics are not evaluated.
    """
    gateways = {gateway.urn: gateway for gateway in stack.gateways}
    for alarm in stack.alarms:
        yield alarm.verdict(every(alarm.can_go_off, _within_limits(alarm, gateways.get(alarm.api))))


def _within_limits(alarm: Alarm, gateway: Gateway | None) -> Fact:
    """Whether the limits of its stages let through as many requests as must fail for an alarm to go off."""
    if gateway is None:
        return Fact.YES
    stages = tuple(each for each in gateway.stages if alarm.stage in {"", each.name})
    most = replace(gateway, stages=stages).most_requests(alarm.seconds)
    if most is None or most >= alarm.errors_needed:
        return Fact.YES
    most_requests, period = amount(most, "request"), amount(alarm.seconds, "second")
    return Fact.no(f"never goes off: the stage lets at most {most_requests} through in {period}")


@OBSERVABILITY.stack_policy(
    severity=Severity.MEDIUM,
    fix="Set {alarmActions}, and {actionsEnabled} to true, or name the alarm in a composite alarm that has actions.",
    references=("nist-800-53-r5:IR-4", f"{_CLOUDWATCH}AlarmThatSendsEmail.html"),
)
def alarms_notify(stack: Stack, _settings: Settings) -> Iterator[Verdict]:
    """Every alarm on API Gateway or AWS WAF notifies someone.

    An alarm without actions is only a colour on a page that nobody looks at. The actions of a composite alarm count if
    the alarm makes it go off, and so does an EventBridge rule with a target that matches state changes of the alarm. A
    topic encrypted with `alias/aws/sns` does not count, because CloudWatch may not use that key. An `AlarmMuteRule`
    leaves it undecided, because its schedule is not read.
    """
    for alarm in stack.alarms:
        yield alarm.verdict(alarm.notifies)


@OBSERVABILITY.stack_policy(
    severity=Severity.LOW,
    fix="Set {treatMissingData} to notBreaching.",
    references=(f"{_CLOUDWATCH}AlarmThatSendsEmail.html#alarms-and-missing-data",),
)
def alarms_missing_data_not_breaching(stack: Stack, _settings: Settings) -> Iterator[Verdict]:
    """No alarm on errors goes off because there are no requests.

    Without requests there are no metrics. If missing data is breaching, the alarm goes off in every quiet hour, and
    alarms that go off without cause are soon ignored.
    """
    for alarm in stack.alarms:
        yield alarm.verdict(negate(alarm.goes_off_without_requests), no="goes off when there are no requests")


@OBSERVABILITY.policy(
    severity=Severity.MEDIUM,
    fix="Give the stage, and its canary, the {deployment} that the program declares.",
    references=("owasp-api-2023:API9", "nist-800-53-r5:CM-3", f"{_DOCS}how-to-deploy-api.html"),
)
def stages_serve_declared_deployment(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """Every stage serves a deployment that is evaluated.

    A deployment is a snapshot of its API. If a stage, or its canary, names a deployment by a literal id, nothing shows
    what that snapshot contains: methods without an authorizer, an older resource policy.
    """
    for stage in gateway.stages:
        yield stage.verdict(stage.serves_declared_deployment)
