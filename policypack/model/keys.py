"""API keys and usage plans."""

from dataclasses import dataclass

from .fact import Fact
from .verdict import Subject


@dataclass(frozen=True, kw_only=True, slots=True)
class ApiKey(Subject):
    """An API key."""

    counted: Fact
    """Whether a usage plan counts it."""
    generated: Fact
    """Whether nobody wrote its value down."""
    enabled: Fact


@dataclass(frozen=True, kw_only=True, slots=True)
class UsagePlan(Subject):
    """A usage plan."""

    throttles: Fact
    """Whether rate and burst of each key are limited."""
    counts: Fact
    """Whether each key has a quota."""
    covers: Fact
    """Whether it holds for a stage."""
    apis: frozenset[str]
    """The gateways of the stages that it holds for; empty where one of them is not among the evaluated resources."""
    lets_calls_in: Fact
    """Whether no limit of it is zero, which refuses every call."""
