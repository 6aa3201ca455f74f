"""API keys and usage plans."""

from dataclasses import dataclass

from .fact import Fact
from .verdict import Subject


@dataclass(frozen=True, kw_only=True, slots=True)
class ApiKey(Subject):
    """An API key."""

    in_usage_plan: Fact
    """Whether it belongs to a usage plan."""
    value_generated: Fact
    """Whether its value is not written in the program: AWS or another resource generates it, or it is a secret."""
    enabled: Fact
    """Whether API Gateway accepts it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class UsagePlan(Subject):
    """A usage plan."""

    throttled: Fact
    """Whether both the rate and the burst of each API key are limited, for all methods."""
    has_quota: Fact
    """Whether each API key has a quota low enough to be reached."""
    has_stages: Fact
    """Whether it applies to at least one stage."""
    apis: frozenset[str]
    """URNs of the APIs of its stages; empty if one of these APIs is not among the evaluated resources."""
    allows_requests: Fact
    """Whether none of its limits is zero. A limit of zero rejects every request."""
