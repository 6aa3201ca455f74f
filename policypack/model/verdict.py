"""A policy's result for one subject."""

from dataclasses import dataclass
from enum import StrEnum

from .fact import Answer


class Severity(StrEnum):
    """How much a violation matters, in the words of the policy protocol."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One rule's answer about one subject (a route, a stage, a domain ...)."""

    urn: str
    answer: Answer
    message: str = ""
    """Subject and what is wrong (NO), or what would decide it (NOT_YET); never a value that may be secret."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """Something a rule can give a verdict on."""

    urn: str
    label: str
    """How messages name it, such as `GET /orders` or `stage live`."""

    def verdict(self, answer: Answer, *, no: str, not_yet: str) -> Verdict:
        """Answer about this subject, with the words for the case."""
        words = {Answer.YES: "", Answer.NO: f"{self.label} {no}", Answer.NOT_YET: f"{self.label}: {not_yet}"}
        return Verdict(self.urn, answer, words[answer])
