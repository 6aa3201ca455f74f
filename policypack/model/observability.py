"""Access logs, log groups and alarms."""

from dataclasses import dataclass

from .fact import Fact
from .verdict import Subject


@dataclass(frozen=True, kw_only=True, slots=True)
class LogGroup(Subject):
    """A group of CloudWatch Logs that a gateway writes to."""

    retention_days: float | None
    """Days that it keeps events, infinity for ever; None where it is known only later."""
    encrypted: Fact
    """Whether with a KMS key of the account; CloudWatch's own key is always there."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Alarm(Subject):
    """A CloudWatch alarm on metrics of API Gateway or AWS WAF."""

    can_go_off: Fact
    """Whether its metrics are ever reported with the values it waits for."""
    flaw: str
    """Why not."""
    notifies: Fact
    """Whether somebody is told, by itself or by a composite alarm."""
    cries_in_silence: Fact
    """Whether it goes off when there are no requests at all."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AccessLog:
    """The access log of a stage."""

    written: Fact
    """Whether the stage has a destination for it."""
    format_read: Fact
    """Whether the format of its lines is known."""
    variables: frozenset[str]
    """The `$context` variables that each line holds, without `$context.`."""
    leaks: tuple[str, ...]
    """Those that hold credentials or personal data."""
    form: str
    """`json`, `xml`, `csv`, `clf` or `text`; empty where there is no format."""
    destination_flaw: str
    """Why API Gateway refuses its destination."""
    destination_read: Fact
    """Whether that destination is known well enough to tell."""
