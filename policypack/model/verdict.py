"""A policy's result for one subject."""

from dataclasses import dataclass
from enum import StrEnum

from .fact import Fact, Tristate


class Severity(StrEnum):
    """How serious a violation is; the values are those of Pulumi's policy protocol."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of one policy for one subject, such as a route or a stage."""

    urn: str
    result: Tristate
    message: str = ""
    """The subject and what is wrong with it, or what would decide it. It never contains a value that may be secret."""
    label: str = ""
    """How messages name the subject."""
    subject: str = ""
    """What it is about within the resource; see `Subject.subject`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """Something that a policy can evaluate."""

    urn: str
    label: str
    """How messages name it, such as `GET /orders` or `stage live`."""
    subject: str = ""
    """What distinguishes it from other subjects with the same URN, such as `GET /orders` of an OpenAPI document or
    `rule limit` of a web ACL; empty if it is the whole resource. It contains no physical name and no message text, so
    that it stays the same from one version to the next."""

    def verdict(self, fact: Fact, *, no: str = "", unknown: str = "") -> Verdict:
        """A verdict on this subject.

        The message contains the fact's own reason if it has one; else the predicate `no` (`is not throttled`) or the
        clause `unknown` (`its throttling is known only after deployment`).
        """
        if fact.is_yes:
            return Verdict(self.urn, fact.value, label=self.label, subject=self.subject)
        message = f"{self.label} {fact.reason or no}" if fact.is_no else f"{self.label}: {fact.reason or unknown}"
        return Verdict(self.urn, fact.value, message, self.label, self.subject)
