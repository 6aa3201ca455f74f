"""Observability: what happened can be found out, and somebody is told."""

from collections.abc import Iterator

from ..model.auth import Route
from ..model.fact import Fact, negate
from ..model.gateway import Gateway
from ..model.stack import Stack
from ..model.verdict import Severity, Verdict
from .policy import Layer, Settings

OBSERVABILITY = Layer("observability", "Logging and monitoring")
_DOCS = "https://docs.aws.amazon.com/apigateway/latest/developerguide/"
_CLOUDWATCH = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/"
_ELSEWHERE = {
    "elsewhere": {
        "type": "boolean",
        "default": False,
        "description": "Another stack may hold alarms: what is absent here is undecided rather than a violation.",
    }
}
_LATER = "the format of its access log is known only later"
_WHO = ("identity.", "authorizer.")
_NOBODY = ("identity.sourceIp", "identity.userAgent", "authorizer.error", "authorizer.status", "authorizer.latency")
"""Variables of identity and authorizer that name nobody."""
_REFUSALS = ("authorizer.error", "authorize.error", "authenticate.error", "error.message", "error.responseType")


@OBSERVABILITY.policy(
    severity=Severity.HIGH,
    fix="Give the stage `access_log_settings` with the ARN of a log group. SecureGateway does so.",
    references=("fsbp:APIGateway.9", "nist-800-53-r5:AU-12", "cis-aws-7:4.10", f"{_DOCS}set-up-logging.html"),
    single_resource=True,
)
def access_logs_enabled(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """Every stage writes an access log.

    After an incident it is the only record of who called what, and from where.
    """
    for stage in gateway.stages:
        yield stage.verdict(
            stage.access_log.written, no="writes no access log", unknown="its log settings are known only later"
        )


@OBSERVABILITY.policy(
    severity=Severity.MEDIUM,
    fix=(
        "Give the ARN of a log group, or (REST and WebSocket) of a Firehose stream whose name begins with "
        "amazon-apigateway-."
    ),
    references=(f"{_DOCS}apigateway-logging-to-kinesis.html",),
    single_resource=True,
)
def access_log_destinations_valid(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """Each access log goes where API Gateway can write.

    Another name or kind of destination is refused at deployment, after everything else was made. The `:*` that the ARN
    of a log group may end with does no harm.
    """
    for stage in gateway.stages:
        log = stage.access_log
        if log.written.is_yes:
            yield stage.verdict(
                Fact.NO if log.destination_flaw else log.destination_read,
                no=f"has an access log that API Gateway refuses: {log.destination_flaw}",
                unknown="the destination of its access log is known only after deployment",
            )


@OBSERVABILITY.policy(
    severity=Severity.MEDIUM,
    fix="Put $context.requestId or, since callers can choose that one, $context.extendedRequestId into the format.",
    references=("nist-800-53-r5:AU-3", f"{_DOCS}api-gateway-mapping-template-reference.html"),
    single_resource=True,
)
def access_logs_have_request_id(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """Each line of an access log names its request.

    Without the request's id a line cannot be joined with the execution log, a trace, or a customer's complaint.
    """
    for stage in gateway.stages:
        log = stage.access_log
        if log.written.is_yes:
            named = log.variables & {"requestId", "extendedRequestId"}
            yield stage.verdict(
                _holds(log.format_read, bool(named)), no="logs lines without a request id", unknown=_LATER
            )


@OBSERVABILITY.policy(
    severity=Severity.MEDIUM,
    fix=(
        "Log $context.identity.sourceIp, $context.status, and who called: $context.identity.userArn, "
        "$context.authorizer.principalId or one claim such as $context.authorizer.claims.sub."
    ),
    references=("nist-800-53-r5:AU-3", "pci-dss-4.0:10.2.2", f"{_DOCS}api-gateway-mapping-template-reference.html"),
)
def access_logs_complete(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """Each line of an access log says from where, who, and with what outcome.

    These are the first three questions after an incident. Who called is asked where some route knows its callers.
    """
    known = any(route.authenticated.is_yes for route in gateway.routes)
    for stage in gateway.stages:
        log = stage.access_log
        if log.written.is_yes:
            parts = {
                "the source address": "identity.sourceIp" in log.variables,
                "the status": "status" in log.variables,
                "who called": not known or any(_names(variable) for variable in log.variables),
            }
            missing = [part for part, there in parts.items() if not there]
            yield stage.verdict(
                _holds(log.format_read, not missing), no=f"logs lines without {', '.join(missing)}", unknown=_LATER
            )


def _names(variable: str) -> bool:
    return variable.startswith(_WHO) and variable not in _NOBODY


def _holds(read: Fact, holds: bool) -> Fact:  # noqa: FBT001 - a predicate's own value
    return read if not read.is_yes else Fact.YES if holds else Fact.NO


@OBSERVABILITY.policy(
    severity=Severity.LOW,
    fix="Log $context.wafResponseCode, and $context.authorizer.error or $context.error.message.",
    references=("nist-800-53-r5:AU-3", f"{_DOCS}api-gateway-mapping-template-reference.html"),
)
def access_logs_explain_denials(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """An access log tells who refused a request.

    The web ACL, an authorizer and a resource policy all answer 403. Without their variables a wave of refusals cannot
    be told from an attack.
    """
    asks = any(_asks_somebody(route) for route in gateway.routes)
    for stage in gateway.stages:
        log = stage.access_log
        if log.written.is_yes:
            waf = gateway.kind == "REST" and stage.behind_web_acl.is_yes
            parts = {
                "the web ACL's answer": not waf
                or bool(log.variables & {"wafResponseCode", "waf.status", "waf.error", "webaclArn"}),
                "the authorizer's error": not asks or bool(log.variables & set(_REFUSALS)),
            }
            missing = [part for part, there in parts.items() if not there]
            yield stage.verdict(
                _holds(log.format_read, not missing), no=f"logs lines without {', '.join(missing)}", unknown=_LATER
            )


def _asks_somebody(route: Route) -> bool:
    return route.how in {"lambda", "cognito", "jwt"}


@OBSERVABILITY.policy(
    severity=Severity.HIGH,
    fix=(
        "Log $context.identity.apiKeyId in place of the key, and single claims such as $context.authorizer.claims.sub "
        "in place of whole ones."
    ),
    references=("owasp-api-2023:API8", "cwe:532", f"{_DOCS}set-up-logging.html"),
    single_resource=True,
)
def access_logs_without_secrets(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """An access log holds no credentials and no whole claims.

    `$context.identity.apiKey` is the key itself. A log is read by many more people than may call the API.
    """
    for stage in gateway.stages:
        log = stage.access_log
        if log.written.is_yes:
            yield stage.verdict(
                _holds(log.format_read, not log.leaks), no=f"logs {', '.join(log.leaks)}", unknown=_LATER
            )


@OBSERVABILITY.policy(
    severity=Severity.LOW,
    fix="Write the format as one line of JSON, every variable in quotes.",
    references=("nist-800-53-r5:AU-6(1)", f"{_DOCS}set-up-logging.html"),
    config={
        "forms": {
            "type": "array",
            "default": ["json"],
            "items": {"type": "string", "enum": ["json", "xml", "csv", "clf", "text"]},
            "description": "Forms that a line may have.",
        }
    },
    single_resource=True,
)
def access_logs_structured(gateway: Gateway, settings: Settings) -> Iterator[Verdict]:
    """Lines of an access log can be searched by field.

    CloudWatch reads the fields of JSON by itself. In other forms a caller's user agent may shift or forge fields.
    """
    for stage in gateway.stages:
        log = stage.access_log
        if log.written.is_yes and (log.form or not log.format_read.is_yes):
            allowed = ", ".join(settings["forms"])
            yield stage.verdict(
                _holds(log.format_read, log.form in settings["forms"]),
                no=f"logs lines as {log.form}, and not as {allowed}",
                unknown=_LATER,
            )


@OBSERVABILITY.policy(
    severity=Severity.MEDIUM,
    fix="Set the log group's retention_in_days.",
    references=(
        "nist-800-53-r5:AU-11",
        "pci-dss-4.0:10.5.1",
        "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html",
    ),
    config={
        "days": {
            "type": "number",
            "default": 90,
            "description": "The least days that logs are kept: 90 is what PCI DSS wants at hand, 365 what FSBP checks.",
        },
        "must_expire": {
            "type": "boolean",
            "default": False,
            "description": "Whether logs that are kept for ever are a violation, as data protection rules may have it.",
        },
    },
)
def log_retention_sufficient(gateway: Gateway, settings: Settings) -> Iterator[Verdict]:
    """Logs are kept long enough to look back.

    Intruders are found weeks after they came in. Without a retention, CloudWatch keeps logs for ever.
    """
    waf = [stage.web_acl.log.group for stage in gateway.stages if stage.web_acl and stage.web_acl.log.group]
    groups = {each.urn: each for stage in gateway.stages for each in (*stage.log_groups, *waf)}
    for group in groups.values():
        days, for_ever = group.retention_days, group.retention_days == float("inf")
        short = days is not None and days < settings["days"]
        answer = Fact.UNKNOWN if days is None else Fact.NO if short else Fact.YES
        if for_ever and settings["must_expire"]:
            answer = Fact.NO
        words = "for ever" if for_ever else f"for {days:g} days" if days is not None else ""
        yield group.verdict(answer, no=f"keeps logs {words}", unknown="its retention is known only later")


@OBSERVABILITY.policy(
    severity=Severity.LOW,
    fix="Set the log group's kms_key_id to a key whose policy admits CloudWatch Logs.",
    references=(
        "nist-800-53-r5:SC-28",
        "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html",
    ),
)
def logs_encrypted(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """A stage's logs are encrypted with a key of the account.

    CloudWatch encrypts them anyway; with a key of one's own, reading takes a second permission and can be revoked.
    """
    groups = {each.urn: each for stage in gateway.stages for each in stage.log_groups}
    for group in groups.values():
        yield group.verdict(group.encrypted, no="has no KMS key", unknown="its KMS key is known only later")


@OBSERVABILITY.policy(
    severity=Severity.MEDIUM,
    fix="Give the stage `MethodSettings` for `*/*` with logging_level ERROR or INFO.",
    references=("fsbp:APIGateway.1", "nist-800-53-r5:AU-2", "pci-dss-4.0:10.2.1", f"{_DOCS}set-up-logging.html"),
)
def execution_logs_enabled(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """Errors of every method are logged.

    The access log tells that a call failed; the execution log tells why. Settings of one method stand alone: what they
    leave out is off. HTTP APIs have no execution log.
    """
    for stage in gateway.stages if gateway.kind != "HTTP" else ():
        silent = f": {', '.join(stage.unlogged_paths)} turn it off" if stage.unlogged_paths else ""
        yield stage.verdict(
            stage.execution_logged,
            no=f"does not log the errors of all methods{silent}",
            unknown="its method settings are known only later",
        )


@OBSERVABILITY.policy(
    severity=Severity.HIGH,
    fix="Set data_trace_enabled to false.",
    references=("owasp-api-2023:API8", "cwe:532", f"{_DOCS}set-up-logging.html"),
)
def data_trace_disabled(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """No stage logs whole requests and answers.

    Data trace writes tokens, keys and personal data into a log in plain text.
    """
    for stage in gateway.stages:
        yield stage.verdict(
            negate(stage.data_traced),
            no="logs whole requests and answers (data trace)",
            unknown="its method settings are known only later",
        )


@OBSERVABILITY.policy(
    severity=Severity.MEDIUM,
    fix="Give the stage `MethodSettings` for `*/*` with metrics_enabled.",
    references=("nist-800-53-r5:CA-7", f"{_DOCS}api-gateway-metrics-and-dimensions.html"),
)
def metrics_enabled(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """Every method has metrics.

    One failing method does not show in the sum of a busy API.
    """
    for stage in gateway.stages:
        yield stage.verdict(
            stage.measured, no="does not measure all methods", unknown="its method settings are known only later"
        )


@OBSERVABILITY.policy(
    severity=Severity.LOW,
    fix="Set xray_tracing_enabled to true.",
    references=("fsbp:APIGateway.3", "nist-800-53-r5:CA-7", f"{_DOCS}apigateway-xray.html"),
    single_resource=True,
)
def xray_enabled(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """X-Ray follows requests through every stage of a REST API.

    A trace shows in which service a slow or failed request was lost. HTTP and WebSocket APIs have no tracing.
    """
    for stage in gateway.stages if gateway.kind == "REST" else ():
        yield stage.verdict(stage.traced, no="has no X-Ray tracing", unknown="whether it is traced is known only later")


@OBSERVABILITY.policy(
    severity=Severity.MEDIUM,
    fix="Give `Account` a cloudwatch_role_arn whose role API Gateway may assume.",
    references=("nist-800-53-r5:AU-12", f"{_DOCS}set-up-logging.html"),
)
def logging_role_set(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """API Gateway has a role to write logs with.

    One setting of account and region serves all REST and WebSocket APIs. An `Account` without a role takes it away from
    all of them, and no stage with logs can be deployed. Where no `Account` is declared, another stack sets it.
    """
    for stage in gateway.stages if gateway.kind != "HTTP" else ():
        if stage.access_log.written.is_yes or stage.execution_logged.is_yes:
            yield stage.verdict(
                stage.logging_role,
                no="writes logs, and `Account` takes the role away that it writes them with",
                unknown="the role is known only later",
            )


@OBSERVABILITY.policy(
    severity=Severity.MEDIUM,
    fix=(
        "Add CloudWatch alarms of AWS/ApiGateway on server errors and on one more sign. A REST API: 5XXError, and "
        "Latency, 4XXError or Count, by ApiName (the API's name) and Stage. An HTTP API: 5xx, and Latency, 4xx or "
        "Count; a WebSocket API: ExecutionError, and ClientError or MessageCount; both by ApiId and Stage. Names are "
        "case-sensitive."
    ),
    references=("nist-800-53-r5:SI-4", f"{_DOCS}api-gateway-metrics-and-dimensions.html"),
    config=_ELSEWHERE,
)
def stages_have_alarms(gateway: Gateway, settings: Settings) -> Iterator[Verdict]:
    """Trouble on a stage raises alarms that can go off.

    An alarm on a dimension that API Gateway does not report under stays silent for ever, and no error says so.
    """
    for stage in gateway.stages:
        missing = " and ".join(stage.alarms_missing)
        absent = stage.alarms.is_no and settings["elsewhere"]
        yield stage.verdict(
            Fact.UNKNOWN if absent else stage.alarms,
            no=f"has no alarm on {missing}",
            unknown=f"whether an alarm watches {missing} is known only after deployment, or in another stack",
        )


@OBSERVABILITY.policy(
    severity=Severity.LOW,
    fix="Add an alarm on AWS/WAFV2 BlockedRequests (Sum), by WebACL (its metric's name), Policy and Region.",
    references=("nist-800-53-r5:SI-4", "https://docs.aws.amazon.com/waf/latest/developerguide/waf-metrics.html"),
    config=_ELSEWHERE,
)
def web_acl_blocks_have_alarm(gateway: Gateway, settings: Settings) -> Iterator[Verdict]:
    """An alarm watches what the web ACL blocks.

    A sudden rise is an attack under way, or a new rule that refuses customers. Either wants a person.
    """
    acls = {stage.web_acl.urn: stage.web_acl for stage in gateway.stages if stage.web_acl is not None}
    for acl in acls.values():
        absent = acl.alarmed.is_no and settings["elsewhere"]
        yield acl.verdict(
            Fact.UNKNOWN if absent else acl.alarmed,
            no="blocks without an alarm",
            unknown="whether an alarm watches it is known only after deployment, or in another stack",
        )


@OBSERVABILITY.stack_policy(
    severity=Severity.MEDIUM,
    fix="Take metric, dimensions and statistic from AWS's table, letter by letter.",
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

    CloudWatch takes an alarm on a metric that nobody reports, shows it as healthy, and never says a word.
    """
    for alarm in stack.alarms:
        yield alarm.verdict(
            alarm.can_go_off,
            no=f"can never go off: {alarm.flaw}",
            unknown="what it watches is known only after deployment, or in another stack",
        )


@OBSERVABILITY.stack_policy(
    severity=Severity.MEDIUM,
    fix="Set alarm_actions, and actions_enabled to true, or name the alarm in a composite alarm that has actions.",
    references=("nist-800-53-r5:IR-4", f"{_CLOUDWATCH}AlarmThatSendsEmail.html"),
)
def alarms_notify(stack: Stack, _settings: Settings) -> Iterator[Verdict]:
    """Every alarm on API Gateway or AWS WAF tells somebody.

    An alarm without actions is a colour on a page that nobody looks at. One that makes a composite alarm go off tells
    through that; an EventBridge rule on CloudWatch's alarm changes that has a target tells too. A topic under
    `alias/aws/sns` never hears of it: CloudWatch may not use that key.
    """
    for alarm in stack.alarms:
        yield alarm.verdict(alarm.notifies, no="tells nobody", unknown="its actions are known only later")


@OBSERVABILITY.stack_policy(
    severity=Severity.LOW,
    fix="Set treat_missing_data to notBreaching.",
    references=(f"{_CLOUDWATCH}AlarmThatSendsEmail.html#alarms-and-missing-data",),
)
def alarms_missing_data_not_breaching(stack: Stack, _settings: Settings) -> Iterator[Verdict]:
    """An alarm on errors keeps quiet while nobody calls.

    Without requests there are no metrics. If missing data is breaching, every quiet hour is an alarm, and alarms that
    cry without cause are switched off.
    """
    for alarm in stack.alarms:
        yield alarm.verdict(
            negate(alarm.cries_in_silence),
            no="goes off when there are no requests",
            unknown="how it treats missing data is known only later",
        )
