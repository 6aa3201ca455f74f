"""API keys and usage plans."""

from dataclasses import dataclass

from .fact import Answer
from .verdict import Subject


@dataclass(frozen=True, kw_only=True, slots=True)
class ApiKey(Subject):
    """An API key."""

    counted: Answer
    """Whether a usage plan counts it."""
    generated: Answer
    """Whether nobody wrote its value down."""
    enabled: Answer


@dataclass(frozen=True, kw_only=True, slots=True)
class UsagePlan(Subject):
    """A usage plan."""

    throttles: Answer
    """Whether rate and burst of each key are limited."""
    counts: Answer
    """Whether each key has a quota."""
    covers: Answer
    """Whether it holds for a stage."""
    apis: frozenset[str]
    """The gateways of the stages that it holds for; empty where one of them is not among the judged resources."""
    lets_calls_in: Answer
    """Whether no limit of it is zero, which refuses every call."""
