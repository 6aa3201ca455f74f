"""Waivers: who decided to live with a violation, why, and until when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiver:
    """A decision about one policy and the resources whose URN matches."""

    policy: str
    urn: str
    """A glob, such as `*::aws:apigateway/stage:Stage::legacy`."""
    reason: str
    owner: str = ""
    until: date | None = None
    """The last day that it holds."""


def waiver(waivers: Sequence[Waiver], policy: str, urn: str) -> Waiver | None:
    """The waiver of a policy for a resource; one without an end, or with the latest, counts."""
    found = [each for each in waivers if each.policy == policy and fnmatchcase(urn, each.urn)]
    return max(found, key=lambda each: each.until or date.max, default=None)


def expired(waiver: Waiver, today: date) -> bool:
    """Whether a waiver no longer holds."""
    return waiver.until is not None and waiver.until < today
