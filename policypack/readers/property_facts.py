"""Facts about the value of one property."""

from typing import Any

from ..graph.values import UNKNOWN
from ..model.fact import Fact


def is_true(value: Any, *, no: str = "", unknown: str = "") -> Fact:
    """Whether a value is `true`. UNKNOWN if the value is unknown; NO if it is absent."""
    return Fact.of(None if value is UNKNOWN else value is True, no, unknown)


def is_one_of(value: Any, *wanted: Any, no: str = "", unknown: str = "") -> Fact:
    """Whether a value equals one of those wanted. UNKNOWN if the value is unknown; NO if it is absent."""
    return Fact.of(None if value is UNKNOWN else value in wanted, no, unknown)
