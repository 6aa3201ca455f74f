"""Stages log errors, publish metrics and traces, and serve a deployment that is evaluated."""

from collections.abc import Iterator

from ...model.fact import negate
from ...model.gateway import Gateway
from ...model.verdict import Severity, Verdict
from ..policy import Settings
from .layer import DOCS, OBSERVABILITY


@OBSERVABILITY.policy(
    severity=Severity.MEDIUM,
    fix="Give the stage `MethodSettings` for `*/*` with {loggingLevel} ERROR or INFO.",
    references=("fsbp:APIGateway.1", "nist-800-53-r5:AU-2", "pci-dss-4.0:10.2.1", f"{DOCS}set-up-logging.html"),
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
    references=("owasp-api-2023:API8", "cwe:532", f"{DOCS}set-up-logging.html"),
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
    references=("nist-800-53-r5:CA-7", f"{DOCS}api-gateway-metrics-and-dimensions.html"),
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
    references=("fsbp:APIGateway.3", "nist-800-53-r5:CA-7", f"{DOCS}apigateway-xray.html"),
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
    references=("nist-800-53-r5:AU-12", f"{DOCS}set-up-logging.html"),
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
    fix="Give the stage, and its canary, the {deployment} that the program declares.",
    references=("owasp-api-2023:API9", "nist-800-53-r5:CM-3", f"{DOCS}how-to-deploy-api.html"),
)
def stages_serve_declared_deployment(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """Every stage serves a deployment that is evaluated.

    A deployment is a snapshot of its API. If a stage, or its canary, names a deployment by a literal id, nothing shows
    what that snapshot contains: methods without an authorizer, an older resource policy.
    """
    for stage in gateway.stages:
        yield stage.verdict(stage.serves_declared_deployment)
