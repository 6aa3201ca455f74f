"""The result of an evaluation: findings, checks and a summary of each gateway."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from .model.verdict import Severity


class Status(StrEnum):
    """The outcome of a finding or of a check."""

    PASS = "pass"  # noqa: S105 - a status, not a password
    VIOLATION = "violation"
    UNDECIDED = "undecided"
    KNOWN = "known"
    """A violation that a baseline contains."""
    WAIVED = "waived"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """A verdict that needs attention: a violation, an undecided fact, or a known or waived violation."""

    policy: str
    layer: str
    severity: Severity
    status: Status
    urn: str
    message: str
    fix: str
    subject: str = ""
    """What it is about within the resource, such as `GET /orders`; empty if it is about the whole resource. Policy, URN
    and subject identify a finding, whatever its message says."""
    gateway: str = ""
    """The URN of the gateway that the finding is about; empty for a resource that belongs to no gateway."""
    location: str = ""
    """File and line at which the program declares the resource, such as `__main__.py:12`; empty if unknown."""
    component: str = ""
    """The outermost component that contains the resource, such as `SecureGateway shop`; empty if there is none."""
    waiver: str = ""
    """Why a known or waived finding does not fail: of a waived one the reason, owner and end of the waiver."""
    owner: str = ""
    """Who is responsible for the waiver; empty if it names nobody."""

    @property
    def identity(self) -> tuple[str, str, str]:
        """Policy, URN and subject. It stays the same when messages are reworded or resources get new physical names."""
        return self.policy, self.urn, self.subject


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """The result of one policy for one gateway."""

    policy: str
    layer: str
    gateway: str
    status: Status
    read: int
    """How many subjects the policy evaluated. With none the status is `NOT_APPLICABLE`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class GatewaySummary:
    """What is known of one gateway."""

    urn: str
    name: str
    kind: str
    """`REST`, `HTTP` or `WEBSOCKET`."""
    routes: int
    """How many routes it has."""
    stages: tuple[str, ...]
    domains: tuple[str, ...]
    layers: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """By layer, one short line for each protection that is in force."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Coverage:
    """How many resources were read, and how many were not."""

    read: int = 0
    """Those of a type that the pack reads."""
    not_applicable: int = 0
    """Those that can change no gateway: their type is harmless, or they refer to none."""
    not_read: int = 0
    """Those that may change a gateway, but cannot be read. A finding says why."""
    of_api_gateway: int = 0
    """Those of API Gateway, whether read or not."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """The result of evaluating one or several graphs."""

    gateways: tuple[GatewaySummary, ...] = ()
    checks: tuple[Check, ...] = ()
    findings: tuple[Finding, ...] = ()
    coverage: Coverage = field(default_factory=Coverage)
    mistakes: tuple[str, ...] = ()
    """Mistakes in waivers that only the evaluated resources show."""

    def count(self, status: Status) -> int:
        """How many findings have a status."""
        return sum(finding.status is status for finding in self.findings)


ATTENTION: Final = (Status.VIOLATION, Status.UNDECIDED, Status.KNOWN, Status.WAIVED)
"""The statuses of findings, the most important first."""
SUPPRESSED: Final = (Status.KNOWN, Status.WAIVED)
"""The statuses of findings that do not fail, whatever their level."""

Config = Mapping[str, Mapping[str, Any]]
"""Settings by policy id, with their defaults filled in."""
