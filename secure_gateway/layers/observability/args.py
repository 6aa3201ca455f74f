"""What a caller may write about logs, metrics, traces and alarms."""

from typing import Required, TypedDict

import pulumi


class AlarmsArgs(TypedDict, total=False):
    """When the gateway is unwell. Each alarm compares one CloudWatch metric of the stage, period by period."""

    waived: str
    """The reason why there are no alarms."""

    server_error_rate_percent: float
    """Percent of requests answered 5XX (metric `5XXError`, Average) above which to alarm, more than 0 to 99. Defaults
    to 1."""

    client_error_rate_percent: float
    """Percent of requests answered 4XX (metric `4XXError`, Average) above which to alarm, more than 0 to 99. It counts
    what authorizers, WAF, plans and throttles refuse. Defaults to 20."""

    latency_p99_ms: int
    """Milliseconds (metric `Latency`, p99: receiving a request to returning its answer, integration included) above
    which to alarm, 1 to 900,000. Defaults to 5,000."""

    traffic_spike_band: float
    """Width of the anomaly detection band around the usual number of requests (metric `Count`, Sum), in standard
    deviations, more than 0 to 20; above the band is a spike. AWS learns for up to two weeks. Defaults to 3."""

    traffic_spike_requests: int
    """Requests in a period (metric `Count`, Sum) above which to alarm, at least 1, in place of the band. Defaults to
    the band."""

    auth_failure_rate_percent: float
    """Percent of requests refused with 401 or 403 (counted in the access log, without those that the web ACL blocked)
    above which to alarm, more than 0 to 99; ten or fewer in a period never do. Defaults to 10."""

    throttled_rate_percent: float
    """Percent of requests answered 429 (counted in the access log) above which to alarm, more than 0 to 99; ten or
    fewer in a period never do. Defaults to 5."""

    log_alarms_waived: str
    """The reason why there are no alarms on refused and throttled requests, which CloudWatch counts only in a log group
    of class `STANDARD`."""

    waf_blocked_requests: int
    """Requests in a period that the web ACL blocks (metric `BlockedRequests`, Sum) above which to alarm, at least 1.
    Defaults to 1,000; there is no such alarm where the web ACL's metric is not known."""

    composite: bool
    """One alarm that goes off while any of the others does, and which alone notifies, 0.50 USD a month. Defaults to
    false."""

    period_seconds: int
    """Length of a period: a multiple of 60, 60 to 3,600. Defaults to 300."""

    evaluation_periods: int
    """Number of recent periods that are looked at, 1 to 24. Defaults to 3."""

    datapoints_to_alarm: int
    """Number of them that must be above the threshold. Defaults to 2, or to `evaluation_periods` if that is less."""


class ObservabilityArgs(TypedDict, total=False):
    """What is recorded: access and execution logs, metrics, traces; and who is told."""

    waived: str
    """The reason why nothing is recorded."""

    retention_days: int
    """Days that logs are kept, one of those that CloudWatch Logs takes (1 to 3,653). Defaults to 365."""

    log_class: str
    """Class of the access log's group: `STANDARD`, or `INFREQUENT_ACCESS`, which costs half as much to write and
    takes no metric filters, so that `alarms.log_alarms_waived` must say why. Changing it replaces the group. Defaults
    to `STANDARD`."""

    firehose_arn: pulumi.Input[str]
    """ARN of an Amazon Data Firehose stream of yours for the access log, in place of a log group; AWS demands that its
    name begins with `amazon-apigateway-`; `alarms.log_alarms_waived` must say why. Defaults to a log group made
    here."""

    access_log_fields: dict[str, str]
    """Further fields of the access log: a `$context` variable of AWS by the field's name, such as
    `{"tenant": "$context.authorizer.tenant"}`. Variables that hold a secret are refused. Defaults to none."""

    encrypt: bool
    """Encrypt logs and alarm topic with a KMS key of the account, 1 USD a month if it is made here. False leaves the
    logs under a key that AWS owns, and the topic without KMS encryption. Defaults to true."""

    kms_key_arn: pulumi.Input[str]
    """ARN of a symmetric KMS key of yours, in the same region. Its policy must admit `logs.<region>.amazonaws.com`, and
    `cloudwatch.amazonaws.com` if the alarm topic is made here. Defaults to a key made here."""

    execution_log_level: str
    """`ERROR`, `INFO` or `OFF`: what API Gateway logs about its own steps. Bodies and headers (data trace) are never
    logged. Defaults to `ERROR`."""

    method_metrics: bool
    """CloudWatch metrics for each method beside those of the stage; AWS bills each as a custom metric. Defaults to
    true."""

    tracing: bool
    """Active tracing of the stage with AWS X-Ray. Defaults to true."""

    alarms: AlarmsArgs
    """When to alarm. Defaults to alarms on 5XX, 4XX, refused and throttled requests, on p99 latency, traffic spikes and
    what the web ACL blocks."""

    topic_arn: pulumi.Input[str]
    """ARN of an SNS topic of yours that alarms notify. If it is encrypted, its key must admit
    `cloudwatch.amazonaws.com`; `alias/aws/sns` cannot. Defaults to a topic made here."""

    alarm_emails: list[str]
    """Mail addresses that the topic made here notifies; each must confirm the mail that AWS sends. Defaults to none."""

    alarm_action_arns: list[pulumi.Input[str]]
    """ARNs of what else an alarm starts, at most five with the topic: SNS topics, Lambda functions that admit
    `lambda.alarms.cloudwatch.amazonaws.com`, Systems Manager OpsItems and incidents. Given without `topic_arn` and
    `alarm_emails`, no topic is made. Defaults to none."""

    dashboard: bool
    """A CloudWatch dashboard of the stage, with a row for each layer. Defaults to true."""

    saved_queries: bool
    """Queries of CloudWatch Logs Insights on the access log, one for each layer. Defaults to true."""


class ObservabilityLayerArgs(ObservabilityArgs, total=False):
    """`ObservabilityArgs`, and the API whose stage is observed. All of it is made before the stage."""

    api_id: Required[pulumi.Input[str]]
    """Id of the REST API."""

    api_name: Required[pulumi.Input[str]]
    """Name of the REST API, the `ApiName` dimension of its metrics."""

    execution_arn: Required[pulumi.Input[str]]
    """Execution ARN of the REST API, without stage or route: it tells partition, region and account."""

    stage_name: Required[pulumi.Input[str]]
    """Name that the stage will have."""

    web_acl_metric: pulumi.Input[str]
    """Name under which the stage's web ACL reports to CloudWatch (`metric_name` of `Waf`). Defaults to none: neither
    alarm nor dashboard shows the web ACL then."""
