"""Arguments of the observability layer."""

from collections.abc import Mapping, Sequence
from typing import Required, TypedDict

import pulumi

from ...choices import ExecutionLogLevel, LogClass, RetentionDays


class AlarmsArgs(TypedDict, total=False):
    """When to notify. Each alarm compares one metric of the stage with a threshold, period by period."""

    waived: str
    """The reason why there are no alarms; no topic is created either. Defaults to none."""

    server_error_rate_percent: float
    """Percent of requests with a 5XX response (`5XXError`, Average) above which to alarm."""

    client_error_rate_percent: float
    """Percent of requests with a 4XX response (`4XXError`, Average) above which to alarm; includes requests that
    authorizers, WAF, usage plans and throttling deny."""

    latency_p99_ms: int
    """Milliseconds from receiving a request to returning its response, including the integration (`Latency`, p99),
    above which to alarm."""

    traffic_spike_band: float
    """Width of CloudWatch's `ANOMALY_DETECTION_BAND` around the usual number of requests (`Count`, Sum); more requests
    than the band are a spike. AWS learns the usual number for up to two weeks."""

    traffic_spike_requests: int
    """Requests in a period (`Count`, Sum) above which to alarm: a fixed number instead of the band. Defaults to the
    band."""

    auth_failure_rate_percent: float
    """Percent of requests with the response 401 or 403, counted in the access log without those that the web ACL
    blocked, above which to alarm; ten or fewer in a period never trigger the alarm."""

    throttled_rate_percent: float
    """Percent of requests with the response 429, counted in the access log, above which to alarm; ten or fewer in a
    period never trigger the alarm."""

    log_alarms_waived: str
    """The reason why there are no alarms on denied and throttled requests, which CloudWatch counts only in a log group
    of class `STANDARD`. Defaults to none."""

    waf_blocked_requests: int
    """Requests in a period that the web ACL blocks (`BlockedRequests`, Sum) above which to alarm, if the metric name of
    the web ACL is known. The alarm on a web ACL that several stages share belongs to the gateway's own stage."""

    composite: bool
    """One alarm `<name>-<project>-<stack>-unwell` that is in alarm state while any other alarm is, and that alone sends
    notifications; it costs 0.50 USD a month."""

    period_seconds: int
    """Length of a period, in whole minutes."""

    evaluation_periods: int
    """Number of recent periods that are evaluated."""

    datapoints_to_alarm: int
    """How many of them must be above the threshold, at most `evaluation_periods`. Defaults to 2, or
    `evaluation_periods` if that is less."""


class ObservabilityArgs(TypedDict, total=False):
    """What is recorded about each request, and who is notified: access and execution logs, metrics, traces, alarms."""

    waived: str
    """The reason why nothing is recorded; excludes all other options. Defaults to none."""

    retention_days: RetentionDays
    """How many days CloudWatch Logs stores both logs."""

    log_class: LogClass
    """Class of the access log's group. `INFREQUENT_ACCESS` costs half as much per GB ingested, but does not support
    metric filters, so `alarms.log_alarms_waived` is required. Changing the class replaces the group."""

    firehose_arn: pulumi.Input[str]
    """ARN of your own Amazon Data Firehose stream for the access log, instead of a log group. AWS requires that its
    name begins with `amazon-apigateway-`. `alarms.log_alarms_waived` is required, since nothing is counted. Defaults to
    a log group created here."""

    access_log_fields: Mapping[str, str]
    """Further fields of the access log: one of AWS's `$context` variables by a name of your choice, such as
    `{"tenant": "$context.authorizer.tenant"}`. Variables that contain secrets or that AWS does not know are rejected.
    Defaults to none."""

    encrypt: bool
    """Encrypt logs and alarm topic with a KMS key of the account. If false, the logs are encrypted with a key that AWS
    owns, and the topic has no KMS encryption. A key that is created here costs 1 USD a month."""

    kms_key_arn: pulumi.Input[str]
    """ARN of your own symmetric KMS key, not of an alias, in the same region. Its key policy must admit
    `logs.<region>.amazonaws.com`, and also `cloudwatch.amazonaws.com` if the alarm topic is created here. Defaults to a
    key created here, rotated yearly."""

    execution_log_level: ExecutionLogLevel
    """What API Gateway logs about its own processing (AWS's `loggingLevel`). Bodies and headers (data trace) are never
    logged."""

    method_metrics: bool
    """CloudWatch metrics for each method (AWS's `metricsEnabled`), in addition to those of the stage, which always
    exist. AWS bills each as a custom metric."""

    tracing: bool
    """Active tracing of the stage with AWS X-Ray (`tracingEnabled`). Defaults to true."""

    alarms: AlarmsArgs
    """When to notify. Defaults to alarms on 5XX, 4XX, denied and throttled requests, on p99 latency, traffic spikes and
    requests that the web ACL blocks."""

    topic_arn: pulumi.Input[str]
    """ARN of your own standard SNS topic that the alarms notify. If it is encrypted, the policy of its key must admit
    `cloudwatch.amazonaws.com`; that of `alias/aws/sns` cannot. Defaults to a topic created here."""

    alarm_emails: list[str]
    """Email addresses that are subscribed to the topic created here; each must confirm the email that AWS sends.
    Defaults to none."""

    alarm_action_arns: Sequence[pulumi.Input[str]]
    """ARNs of further alarm actions, at most five including the topic: SNS topics, Lambda functions that admit
    `lambda.alarms.cloudwatch.amazonaws.com`, Systems Manager OpsItems and incidents. If these are given, but neither
    `topic_arn` nor `alarm_emails`, no topic is created. Defaults to none."""

    exceptions: Mapping[str, str]
    """Reasons for values that the policy pack reports, by option: `retention_days` below 90, `encrypt`,
    `method_metrics` or `tracing` false, `execution_log_level` `OFF`. Required for such a value, and shown in the
    posture. Defaults to none."""

    dashboard: bool
    """A CloudWatch dashboard for the stage, with a row for each layer."""

    saved_queries: bool
    """CloudWatch Logs Insights queries on the access log, one for each layer, in the folder
    `<name>-<stack>/<stage>`."""


class ObservabilityLayerArgs(ObservabilityArgs, total=False):
    """`ObservabilityArgs`, and the API whose stage is observed. Everything is created before the stage."""

    api_id: Required[pulumi.Input[str]]
    """Id of the REST API."""

    api_name: Required[pulumi.Input[str]]
    """Name of the REST API, the `ApiName` dimension of its metrics."""

    execution_arn: Required[pulumi.Input[str]]
    """Execution ARN of the REST API, without stage or route; partition, region and account are read from it."""

    stage_name: Required[pulumi.Input[str]]
    """Name that the stage will have."""

    web_acl_metric: pulumi.Input[str]
    """Name under which the stage's web ACL reports to CloudWatch (`metric_name` of `Waf`). Defaults to none: then
    neither alarm nor dashboard shows the web ACL."""

    authorizer_functions: Sequence[pulumi.Input[str]]
    """Names of the functions of built-in Lambda authorizers that guard the stage; the dashboard has a row for each.
    Defaults to none."""
