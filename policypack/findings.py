"""What a rule answers, and what a run reports."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from .model.verdict import Severity


class Status(StrEnum):
    """The outcome of a finding or of a check."""

    PASS = "pass"  # noqa: S105 - a status, not a password
    VIOLATION = "violation"
    UNDECIDED = "undecided"
    WAIVED = "waived"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """A verdict that somebody must read: violated, undecided or waived."""

    policy: str
    layer: str
    severity: Severity
    status: Status
    urn: str
    message: str
    fix: str
    gateway: str = ""
    """The URN of the gateway it was found on; empty for a resource bound to none."""
    location: str = ""
    component: str = ""
    """The outermost component that it was found in, such as `SecureGateway shop`."""
    waiver: str = ""
    """The reason of the waiver, with its owner and end, for a waived finding."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """One rule on one gateway: its outcome, and how many subjects it read, so that silence means something."""

    policy: str
    layer: str
    gateway: str
    status: Status
    read: int


@dataclass(frozen=True, kw_only=True, slots=True)
class GatewaySummary:
    """What was read of one gateway."""

    urn: str
    name: str
    kind: str
    routes: int
    stages: tuple[str, ...]
    domains: tuple[str, ...]
    layers: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """By layer, one short line for each thing found in force, for the reports."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """The outcome of evaluating one graph."""

    gateways: tuple[GatewaySummary, ...] = ()
    checks: tuple[Check, ...] = ()
    findings: tuple[Finding, ...] = ()

    def count(self, status: Status) -> int:
        """How many findings have a status."""
        return sum(finding.status is status for finding in self.findings)


Config = Mapping[str, Mapping[str, Any]]
"""Settings by policy id, defaults already filled in."""
