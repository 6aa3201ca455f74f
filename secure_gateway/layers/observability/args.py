"""What a caller may write about logs, metrics, traces and alarms, and what is decided from it."""

import re
from dataclasses import dataclass
from typing import Required, TypedDict

import pulumi

from ...problems import spell
from ...reader import Reader

RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
"""The days that CloudWatch Logs takes for PutRetentionPolicy."""

EXECUTION_LOG_LEVELS = ("ERROR", "INFO", "OFF")


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
    """When to alarm. Defaults to alarms on 5XX rate, 4XX rate, p99 latency and traffic spikes."""

    topic_arn: pulumi.Input[str]
    """ARN of an SNS topic of yours that alarms notify. If it is encrypted, its key must admit
    `cloudwatch.amazonaws.com`; `alias/aws/sns` cannot. Defaults to a topic made here."""

    alarm_emails: list[str]
    """Mail addresses that the topic made here notifies; each must confirm the mail that AWS sends. Defaults to none."""

    dashboard: bool
    """A CloudWatch dashboard of the stage. Defaults to true."""


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


@dataclass(frozen=True, kw_only=True)
class AlarmsSpec:
    """`AlarmsArgs`, decided."""

    waived: str | None
    server_error_rate_percent: float
    client_error_rate_percent: float
    latency_p99_ms: int
    traffic_spike_band: float
    period_seconds: int
    evaluation_periods: int
    datapoints_to_alarm: int

    @classmethod
    def parse(cls, reader: Reader) -> "AlarmsSpec":
        """Decide thresholds, and how long they must be exceeded."""
        period = reader.integer("period_seconds", 300, low=60, high=3600, unit="seconds")
        if period % 60:
            reader.refuse("period_seconds", "a multiple of 60: API Gateway reports once a minute", given=period)
        periods = reader.integer("evaluation_periods", 3, low=1, high=24)
        datapoints = reader.integer("datapoints_to_alarm", min(2, periods), low=1, high=24)
        if datapoints > periods:
            allowed = f"at most {spell('evaluation_periods')}, which is {periods}"
            reader.refuse("datapoints_to_alarm", allowed, given=datapoints)
        return cls(
            waived=reader.waived(),
            server_error_rate_percent=_percent(reader, "server_error_rate_percent", 1),
            client_error_rate_percent=_percent(reader, "client_error_rate_percent", 20),
            latency_p99_ms=reader.integer("latency_p99_ms", 5000, low=1, high=900_000, unit="milliseconds"),
            traffic_spike_band=reader.number(
                "traffic_spike_band", 3, low=0, high=20, above=True, unit="standard deviations"
            ),
            period_seconds=period,
            evaluation_periods=periods,
            datapoints_to_alarm=datapoints,
        )

    def posture(self) -> tuple[str, ...]:
        """When the alarms go off."""
        if self.waived:
            return (f"no alarms: {self.waived}",)
        how_long = f"{self.datapoints_to_alarm} of {self.evaluation_periods} periods of {self.period_seconds} s"
        return (
            f"alarm on 5XX above {self.server_error_rate_percent:g} % of requests",
            f"alarm on 4XX above {self.client_error_rate_percent:g} % of requests",
            f"alarm on p99 latency above {self.latency_p99_ms:,} ms",
            f"alarm on traffic above its usual band of {self.traffic_spike_band:g} standard deviations",
            f"alarms go off after {how_long}",
        )


def _percent(reader: Reader, name: str, default: float) -> float:
    return reader.number(name, default, low=0, high=99, above=True, unit="percent")


@dataclass(frozen=True, kw_only=True)
class ObservabilitySpec:
    """`ObservabilityArgs`, decided."""

    waived: str | None
    retention_days: int
    encrypt: bool
    kms_key_arn: pulumi.Input[str] | None
    execution_log_level: str
    method_metrics: bool
    tracing: bool
    alarms: AlarmsSpec
    topic_arn: pulumi.Input[str] | None
    alarm_emails: tuple[str, ...]
    dashboard: bool

    @classmethod
    def parse(cls, reader: Reader) -> "ObservabilitySpec":
        """Decide what is recorded; a waived layer records nothing."""
        waived = reader.waived()
        retention = reader.integer("retention_days", 365, low=1, high=3653, unit="days")
        if retention not in RETENTION_DAYS:
            allowed = f"a retention that CloudWatch Logs takes: {', '.join(map(str, RETENTION_DAYS))}"
            reader.refuse("retention_days", allowed, given=retention)
        spec = cls(
            waived=waived,
            retention_days=retention,
            encrypt=reader.flag("encrypt", default=True),
            kms_key_arn=reader.leaf("kms_key_arn", check=_check_key),
            execution_log_level=reader.text("execution_log_level", "ERROR", choices=EXECUTION_LOG_LEVELS),
            method_metrics=reader.flag("method_metrics", default=True),
            tracing=reader.flag("tracing", default=waived is None),
            alarms=AlarmsSpec.parse(
                reader.child("alarms", AlarmsArgs) or Reader({}, AlarmsArgs, reader.at("alarms"), reader.problems)
            ),
            topic_arn=reader.leaf("topic_arn", check=_check_topic),
            alarm_emails=reader.texts("alarm_emails", check=_check_email),
            dashboard=reader.flag("dashboard", default=True),
        )
        spec._check(reader)
        return spec

    def _check(self, reader: Reader) -> None:
        if not self.encrypt and reader.has("kms_key_arn"):
            reader.refuse("kms_key_arn", f"nothing beside {reader.at('encrypt')} = false")
        if self.alarms.waived:
            for name in reader.given("topic_arn", "alarm_emails"):
                reader.refuse(name, f"nothing beside {reader.at('alarms')}.waived: there is nothing to tell")
        elif reader.has("topic_arn") and reader.has("alarm_emails"):
            reader.refuse("alarm_emails", f"nothing beside {reader.at('topic_arn')}: subscribe them to that topic")

    @property
    def makes_key(self) -> bool:
        """Whether logs and topic are encrypted with a key that is made here."""
        return self.encrypt and self.kms_key_arn is None

    @property
    def makes_topic(self) -> bool:
        """Whether the alarms notify a topic that is made here."""
        return not self.alarms.waived and self.topic_arn is None

    def method_settings(self) -> dict[str, bool | str]:
        """The layer's part of a stage's method settings; throttling is not its own."""
        if self.waived:
            return {}
        return {
            "metrics_enabled": self.method_metrics,
            "logging_level": self.execution_log_level,
            "data_trace_enabled": False,
        }

    def posture(self) -> tuple[str, ...]:
        """What is recorded, and who is told."""
        key = "a KMS key" if self.encrypt else "a key that AWS owns"
        execution = "off" if self.execution_log_level == "OFF" else self.execution_log_level
        told = f"a topic made here, mail to {len(self.alarm_emails)}" if self.makes_topic else "the caller's own topic"
        return (
            f"access log: one line of JSON a request, kept {self.retention_days} days, encrypted with {key}",
            f"execution log: {execution}, data trace off",
            f"metrics of {'each method' if self.method_metrics else 'the stage'}",
            *(["X-Ray tracing"] if self.tracing else []),
            *self.alarms.posture(),
            *([f"alarms notify {told}"] if not self.alarms.waived else []),
            *(["dashboard"] if self.dashboard else []),
        )


def check_execution_arn(arn: str) -> str | None:
    """Say what is allowed, where a text is not the execution ARN of an API."""
    pattern = r"arn:aws[a-z-]*:execute-api:[a-z0-9-]+:\d{12}:[A-Za-z0-9]+"
    allowed = "the execution ARN of an API, such as arn:aws:execute-api:<region>:<account>:<api>"
    return None if re.fullmatch(pattern, arn) else allowed


def _check_key(arn: str) -> str | None:
    pattern = r"arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key/[A-Za-z0-9-]+"
    allowed = "the ARN of a KMS key, such as arn:aws:kms:<region>:<account>:key/<id>"
    return None if re.fullmatch(pattern, arn) else allowed


def _check_topic(arn: str) -> str | None:
    pattern = r"arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]+"
    allowed = "the ARN of a standard topic, such as arn:aws:sns:<region>:<account>:<name>"
    return None if re.fullmatch(pattern, arn) else allowed


def _check_email(address: str) -> str | None:
    return None if re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", address) else "a mail address"
