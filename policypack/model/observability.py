"""Access logs, log groups and alarms."""

from dataclasses import dataclass

from .fact import Fact
from .verdict import Subject


@dataclass(frozen=True, kw_only=True, slots=True)
class LogGroup(Subject):
    """A log group of CloudWatch Logs that a gateway writes to."""

    retention_days: float | None
    """How many days it retains events: infinity if they never expire, None if unknown."""
    encrypted: Fact
    """Whether it has a KMS key of the account. CloudWatch Logs encrypts with a key of its own in any case."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Alarm(Subject):
    """A CloudWatch alarm on metrics of API Gateway or AWS WAF."""

    can_go_off: Fact
    """Whether its metrics are reported, and whether its threshold separates a problem from normal operation."""
    api: str = ""
    """The URN of the API whose server errors it counts, if its threshold is a number of them; empty otherwise."""
    stage: str = ""
    """The name of the stage that it watches; empty for all stages of that API."""
    errors_needed: float = 0
    """With how many server errors in `seconds` it goes off at the latest."""
    seconds: float = 0
    notifies: Fact
    """Whether someone is notified, by the alarm itself, by a composite alarm or by an EventBridge rule."""
    goes_off_without_requests: Fact
    """Whether it goes off when there are no requests at all, because missing data counts as breaching."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AlarmTopic(Subject):
    """An SNS topic that alarms publish to."""

    delivers: Fact
    """Whether it has a subscription."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AccessLog:
    """The access log of a stage."""

    written: Fact
    """Whether the stage has a destination for it."""
    destination_valid: Fact
    """Whether API Gateway can write to that destination; YES if there is none."""
    format_known: Fact
    """Whether the format of its lines is known: YES or UNKNOWN."""
    variables: frozenset[str]
    """The `$context` variables that each line contains, without `$context.`."""
    sensitive: tuple[str, ...]
    """The variables of the format that contain credentials or personal data, as written."""
    form: str
    """`json`, `xml`, `csv`, `clf` or `text`; empty if there is no format."""
