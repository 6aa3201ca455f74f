"""The spec that `ObservabilityArgs` is parsed into."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import get_args

import pulumi

from ...aws_facts import LEAST_RETENTION_DAYS, RETENTION_DAYS
from ...choices import ExecutionLogLevel, LogClass
from ...validation.arns import check_access_log_stream, check_alarm_action, check_kms_key, check_topic
from ...validation.exceptions import Exceptions, listed
from ...validation.fields import (
    boolean,
    leaf,
    leaves,
    number,
    one_of,
    optional_whole_number,
    options,
    parses,
    string,
    strings,
    whole_number,
)
from ...validation.problems import plural, spell
from ...validation.reader import Reader, matching
from .access_log import access_log_fields
from .args import AlarmsArgs, ObservabilityArgs

_MAX_ACTIONS = 5
_MOST_REQUESTS = 1_000_000_000
_HIGHEST_RATE = 1_000_000
"""Requests per second that no API receives: an alarm above them could never go off."""

EXECUTION_LOG_LEVELS: tuple[str, ...] = get_args(ExecutionLogLevel)

_check_email = matching(r"[^@\s]+@[^@\s]+\.[^@\s]+", "an email address")


def percent(default: float) -> float:
    """Declare a share of requests above which to alarm."""
    return number(default, low=0, high=99, above=True, unit="percent")


@parses(AlarmsArgs)
@dataclass(frozen=True, kw_only=True)
class AlarmsSpec:
    """`AlarmsArgs`, validated, with defaults filled in."""

    waived: str | None
    server_error_rate_percent: float = percent(1)
    client_error_rate_percent: float = percent(20)
    latency_p99_ms: int = whole_number(5_000, low=1, high=900_000, unit="milliseconds")
    traffic_spike_band: float = number(3, low=0, high=20, above=True, unit="standard deviations")
    traffic_spike_requests: int | None = optional_whole_number(low=1, high=_MOST_REQUESTS, unit="requests")
    auth_failure_rate_percent: float = percent(10)
    throttled_rate_percent: float = percent(5)
    log_alarms_waived: str = string(expected="the reason why denied and throttled requests alarm nobody")
    waf_blocked_requests: int = whole_number(1_000, low=1, high=_MOST_REQUESTS, unit="requests")
    composite: bool = boolean(default=False)
    period_seconds: int = whole_number(300, low=60, high=3_600, unit="seconds")
    evaluation_periods: int = whole_number(3, low=1, high=24)
    datapoints_to_alarm: int

    @classmethod
    def parse(cls, reader: Reader) -> "AlarmsSpec":
        """Decide thresholds, and how long they must be exceeded."""
        plain = options(cls, reader)
        usual = min(2, plain["evaluation_periods"])
        spec = cls(
            **plain,
            waived=reader.waived(),
            datapoints_to_alarm=reader.integer("datapoints_to_alarm", usual, low=1, high=24),
        )
        _check_alarms(spec, reader)
        return spec

    def posture(self, *, web_acl: bool) -> tuple[str, ...]:
        """When the alarms go off."""
        if self.waived:
            return (f"no alarms: {self.waived}",)
        how_long = f"{self.datapoints_to_alarm} of {self.evaluation_periods} periods of {self.period_seconds} s"
        return (
            f"alarm on 5XX above {self.server_error_rate_percent:g} % of requests",
            f"alarm on 4XX above {self.client_error_rate_percent:g} % of requests",
            f"alarm on p99 latency above {self.latency_p99_ms:,} ms",
            f"alarm on traffic above {self._spike}",
            *self._log_alarms,
            *([f"alarm on more than {self.waf_blocked_requests:,} requests blocked in a period"] if web_acl else []),
            f"alarms go off after {how_long}",
        )

    @property
    def _spike(self) -> str:
        if self.traffic_spike_requests:
            return f"{self.traffic_spike_requests:,} requests in a period"
        return f"its usual band of {self.traffic_spike_band:g} standard deviations"

    @property
    def _log_alarms(self) -> tuple[str, ...]:
        if self.log_alarms_waived:
            return (f"no alarm on denied and throttled requests: {self.log_alarms_waived}",)
        return (
            f"alarm on 401 and 403 above {self.auth_failure_rate_percent:g} % of requests",
            f"alarm on 429 above {self.throttled_rate_percent:g} % of requests",
        )


@parses(ObservabilityArgs)
@dataclass(frozen=True, kw_only=True)
class ObservabilitySpec:
    """`ObservabilityArgs`, validated, with defaults filled in."""

    waived: str | None
    retention_days: int = one_of(365, RETENTION_DAYS, unit="days")
    log_class: str = string("STANDARD", choices=get_args(LogClass))
    firehose_arn: pulumi.Input[str] | None = leaf(check=check_access_log_stream, values="ARN")
    access_log_fields: Mapping[str, str]
    encrypt: bool = boolean(default=True)
    kms_key_arn: pulumi.Input[str] | None = leaf(check=check_kms_key, values="ARN")
    execution_log_level: str = string("ERROR", choices=EXECUTION_LOG_LEVELS)
    method_metrics: bool = boolean(default=True)
    tracing: bool
    alarms: AlarmsSpec
    topic_arn: pulumi.Input[str] | None = leaf(check=check_topic, values="ARN")
    alarm_emails: tuple[str, ...] = strings(check=_check_email)
    alarm_action_arns: tuple[pulumi.Input[str], ...] = leaves(check=check_alarm_action)
    dashboard: bool = boolean(default=True)
    saved_queries: bool = boolean(default=True)
    exceptions: Mapping[str, str] = field(default_factory=dict[str, str])
    """Why options have values that the policy pack reports."""

    @classmethod
    def parse(cls, reader: Reader) -> "ObservabilitySpec":
        """Decide what is recorded; a waived layer records nothing."""
        waived = reader.waived()
        spec = cls(
            **options(cls, reader),
            waived=waived,
            access_log_fields=access_log_fields(reader),
            tracing=reader.boolean("tracing", default=waived is None),
            alarms=AlarmsSpec.parse(reader.child_or_empty("alarms", AlarmsArgs)),
        )
        _check(spec, reader)
        _check_logs(spec, reader)
        return replace(spec, exceptions=_exceptions(spec, reader))

    @property
    def counts_log(self) -> bool:
        """Whether CloudWatch can count entries of the access log."""
        return self.firehose_arn is None and self.log_class == "STANDARD"

    @property
    def alarmed(self) -> bool:
        """Whether there are alarms."""
        return not self.waived and not self.alarms.waived

    @property
    def makes_key(self) -> bool:
        """Whether logs and topic are encrypted with a key that is created here."""
        return self.encrypt and self.kms_key_arn is None

    @property
    def makes_topic(self) -> bool:
        """Whether the alarms notify a topic that is created here."""
        only_actions = self.alarm_action_arns and not self.alarm_emails
        return not self.alarms.waived and self.topic_arn is None and not only_actions

    def names(self, prefix: str) -> list[tuple[str, str]]:
        """The resources that are named after the component, with their names in the program."""
        if self.waived:
            return []
        of_stack = f"{_sanitized(prefix)}-{pulumi.get_stack()}"
        found = [("sns.Topic", f"{prefix}-alarms")] if self.makes_topic else []
        if self.alarmed:
            found += [("cloudwatch.MetricAlarm", f"{prefix}-auth-failures")]
            if self.counts_log and not self.alarms.log_alarms_waived:
                found += [("cloudwatch.LogMetricFilter", f"{prefix}-auth-failures")]
            if self.alarms.composite:
                found += [("cloudwatch.CompositeAlarm", composite_name(prefix))]
        return [*found, *([("cloudwatch.Dashboard", f"{of_stack}-")] if self.dashboard else [])]

    def method_settings(self) -> dict[str, bool | str]:
        """The method settings of a stage that belong to this layer, which throttling does not."""
        if self.waived:
            return {}
        return {
            "metrics_enabled": self.method_metrics,
            "logging_level": self.execution_log_level,
            "data_trace_enabled": False,
        }

    def posture(self, *, web_acl: bool = False) -> tuple[str, ...]:
        """What is recorded, and who is notified; `web_acl` says whether the web ACL's metric is known."""
        key = "a KMS key" if self.encrypt else "a key that AWS owns"
        execution = "off" if self.execution_log_level == "OFF" else self.execution_log_level
        stored = f"retained {self.retention_days} days, encrypted with {key}"
        where = "to a Firehose stream of the caller's" if self.firehose_arn is not None else stored
        return (
            f"access log: one line of JSON a request, {where}",
            f"execution log: {execution}, data trace off",
            f"metrics of {'each method' if self.method_metrics else 'the stage'}",
            *(["X-Ray tracing"] if self.tracing else []),
            *self.alarms.posture(web_acl=web_acl),
            *([f"alarms notify {self._notified}"] if not self.alarms.waived else []),
            *(["dashboard"] if self.dashboard else []),
            *listed(self.exceptions),
        )

    @property
    def _notified(self) -> str:
        topic = f"a topic made here, mail to {len(self.alarm_emails)}" if self.makes_topic else "the caller's own topic"
        topics = [topic] if self.makes_topic or self.topic_arn is not None else []
        count = len(self.alarm_action_arns)
        return " and ".join([*topics, *([f"{count} actions of the caller's"] if count else [])])


def _exceptions(spec: ObservabilitySpec, reader: Reader) -> Mapping[str, str]:
    """Why options have values that the policy pack reports; a layer that is off has its own reason."""
    exceptions = Exceptions(reader)
    if spec.waived:
        return exceptions.checked()
    logs_here = spec.firehose_arn is None or spec.execution_log_level != "OFF"
    if logs_here and spec.retention_days < LEAST_RETENTION_DAYS:
        message = f"is less than the {LEAST_RETENTION_DAYS} days that an investigation needs"
        exceptions.require(reader, "retention_days", message)
    if not spec.encrypt and logs_here:
        exceptions.require(reader, "encrypt", "leaves the logs without a KMS key of the account")
    if not spec.method_metrics:
        exceptions.require(reader, "method_metrics", "leaves the methods without metrics")
    if not spec.tracing:
        exceptions.require(reader, "tracing", "leaves requests without X-Ray traces")
    if spec.execution_log_level == "OFF":
        exceptions.require(reader, "execution_log_level", "leaves the stage without execution logs")
    return exceptions.checked()


def composite_name(name: str) -> str:
    """The name of a composite alarm in AWS, which identifies it, so the provider cannot generate it.

    It contains the project: the alarm of another one with the same name would be overwritten without an error.
    """
    return re.sub(r"[^A-Za-z0-9_.-]", "-", f"{name}-{pulumi.get_project()}-{pulumi.get_stack()}-unwell")


def _sanitized(name: str) -> str:
    """A name as dashboards and composite alarms have it."""
    return re.sub(r"[^A-Za-z0-9_-]", "-", name)


def _check_alarms(spec: AlarmsSpec, reader: Reader) -> None:
    period, periods = spec.period_seconds, spec.evaluation_periods
    if period % 60:
        reader.reject("period_seconds", "is not a multiple of 60: API Gateway reports once a minute", value=period)
    if spec.datapoints_to_alarm > periods:
        predicate = f"is more than `{spell('evaluation_periods')}`, which is {periods}"
        reader.reject("datapoints_to_alarm", predicate, value=spec.datapoints_to_alarm)
    if reader.has("traffic_spike_requests") and reader.has("traffic_spike_band"):
        reader.conflict("traffic_spike_band", reader.at("traffic_spike_requests"))
    for name in reader.given("traffic_spike_requests", "waf_blocked_requests"):
        most = _HIGHEST_RATE * period
        if (getattr(spec, name) or 0) > most:
            reader.reject(name, f"is more than any API receives in a period of {period} s: at most {most:,}")
    if reader.has("log_alarms_waived"):
        for name in reader.given("auth_failure_rate_percent", "throttled_rate_percent"):
            reader.conflict(name, reader.at("log_alarms_waived"))


def _check(spec: ObservabilitySpec, reader: Reader) -> None:
    if not spec.encrypt and reader.has("kms_key_arn"):
        reader.add("kms_key_arn", f"has no effect, since `{reader.at('encrypt')}` is false")
    if spec.alarms.waived:
        for name in reader.given("topic_arn", "alarm_emails", "alarm_action_arns"):
            reader.conflict(name, f"{reader.at('alarms')}.waived", "there are no alarms to report")
    elif reader.has("topic_arn") and reader.has("alarm_emails"):
        reader.conflict("alarm_emails", reader.at("topic_arn"), "subscribe the addresses to that topic")
    most = _MAX_ACTIONS - (1 if spec.makes_topic or spec.topic_arn is not None else 0)
    if len(spec.alarm_action_arns) > most:
        message = (
            f"lists {plural(len(spec.alarm_action_arns), 'action')}, but at most {most} are allowed: AWS accepts "
            f"{_MAX_ACTIONS} actions for an alarm, the topic among them"
        )
        reader.add("alarm_action_arns", message)


def _check_logs(spec: ObservabilitySpec, reader: Reader) -> None:
    if reader.has("firehose_arn"):
        for name in reader.given("log_class", "saved_queries"):
            reader.conflict(name, reader.at("firehose_arn"), "there is no log group")
    if spec.counts_log or spec.alarms.waived or spec.alarms.log_alarms_waived or spec.waived:
        return
    name = "firehose_arn" if reader.has("firehose_arn") else "log_class"
    reason = f"{reader.at('alarms')}.{spell('log_alarms_waived')}"
    message = (
        "alarms on denied requests need a log group of class 'STANDARD', which takes metric filters: use one, or "
        f"give the reason in `{reason}`"
    )
    reader.add(name, message)
