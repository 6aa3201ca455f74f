"""Observability: what happened can be found out, and somebody is told."""

from collections.abc import Iterator

from ..findings import Answer, Severity, Verdict
from ..model import Gateway
from ..rules import Layer, Settings

OBSERVABILITY = Layer("observability", "Logging and monitoring")
_DOCS = "https://docs.aws.amazon.com/apigateway/latest/developerguide/"
_FLIPPED = {Answer.YES: Answer.NO, Answer.NO: Answer.YES, Answer.NOT_YET: Answer.NOT_YET}


@OBSERVABILITY.rule(
    severity=Severity.HIGH,
    fix="Give the stage `access_log_settings` with the ARN of a log group. SecureGateway does so.",
    references=("fsbp:APIGateway.9", "nist-800-53-r5:AU-12", "cis-aws-7:4.10", f"{_DOCS}set-up-logging.html"),
    alone=True,
)
def access_logged(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """Every stage writes an access log.

    After an incident it is the only record of who called what, and from where.
    """
    for stage in gateway.stages:
        yield stage.verdict(
            stage.access_log.written, no="writes no access log", not_yet="its log settings are known only later"
        )


@OBSERVABILITY.rule(
    severity=Severity.MEDIUM,
    fix="Put $context.requestId or, since callers can choose that one, $context.extendedRequestId into the format.",
    references=("nist-800-53-r5:AU-3", f"{_DOCS}api-gateway-mapping-template-reference.html"),
    alone=True,
)
def access_logs_traceable(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """Each line of an access log names its request.

    Without the request's id a line cannot be joined with the execution log, a trace, or a customer's complaint.
    """
    for stage in gateway.stages:
        if stage.access_log.written is Answer.YES:
            yield stage.verdict(
                stage.access_log.identifies,
                no="logs lines without a request id",
                not_yet="the format of its access log is known only later",
            )


@OBSERVABILITY.rule(
    severity=Severity.MEDIUM,
    fix="Give the stage `MethodSettings` for `*/*` with logging_level ERROR or INFO.",
    references=("fsbp:APIGateway.1", "nist-800-53-r5:AU-2", f"{_DOCS}set-up-logging.html"),
)
def executions_logged(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """Errors of every method are logged.

    The access log tells that a call failed; the execution log tells why.
    """
    for stage in gateway.stages:
        yield stage.verdict(
            stage.execution_logged,
            no="does not log the errors of all methods",
            not_yet="its method settings are known only later",
        )


@OBSERVABILITY.rule(
    severity=Severity.HIGH,
    fix="Set data_trace_enabled to false.",
    references=("owasp-api-2023:API8", "cwe:532", f"{_DOCS}set-up-logging.html"),
)
def data_untraced(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """No stage logs whole requests and answers.

    Data trace writes tokens, keys and personal data into a log in plain text.
    """
    for stage in gateway.stages:
        yield stage.verdict(
            _FLIPPED[stage.data_traced],
            no="logs whole requests and answers (data trace)",
            not_yet="its method settings are known only later",
        )


@OBSERVABILITY.rule(
    severity=Severity.MEDIUM,
    fix="Give the stage `MethodSettings` for `*/*` with metrics_enabled.",
    references=("nist-800-53-r5:CA-7", f"{_DOCS}api-gateway-metrics-and-dimensions.html"),
)
def methods_measured(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """Every method has metrics.

    One failing method does not show in the sum of a busy API.
    """
    for stage in gateway.stages:
        yield stage.verdict(
            stage.measured, no="does not measure all methods", not_yet="its method settings are known only later"
        )


@OBSERVABILITY.rule(
    severity=Severity.MEDIUM,
    fix=(
        "Add CloudWatch alarms on AWS/ApiGateway 5XXError and on one of Latency, 4XXError and Count, with dimensions "
        "ApiName (the API's name) and Stage; names are case-sensitive, and a REST API never reports under ApiId."
    ),
    references=("nist-800-53-r5:SI-4", f"{_DOCS}api-gateway-metrics-and-dimensions.html"),
)
def alarms_set(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """Trouble on a stage raises alarms that can go off.

    An alarm on a dimension that API Gateway does not report under stays silent for ever, and no error says so.
    """
    for stage in gateway.stages:
        missing = " and ".join(stage.alarms_missing)
        yield stage.verdict(
            stage.alarms,
            no=f"has no alarm on {missing}",
            not_yet=f"whether an alarm watches {missing} is known only after deployment",
        )
