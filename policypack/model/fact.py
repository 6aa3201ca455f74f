"""A fact: yes, no or unknown, with the reason; and the three-valued logic that every reader and policy uses."""

from dataclasses import dataclass, field
from enum import Enum
from typing import ClassVar, Final


class Tristate(Enum):
    """Yes, no or unknown."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"

    def __bool__(self) -> bool:
        """Raise TypeError: `not value` would take UNKNOWN for NO."""
        message = "a Tristate has no truth value; compare it with `is`"
        raise TypeError(message)


@dataclass(frozen=True, slots=True)
class Fact:
    """Whether something holds, and why.

    The reason completes a sentence about the subject. For NO it is a predicate (`is not throttled`), for UNKNOWN a
    clause (`its throttling is known only after deployment`). It is empty where the policy itself states the reason.
    """

    value: Tristate
    reason: str = field(default="", compare=False)
    """Facts with equal values are equal, whatever their reasons."""

    YES: ClassVar["Fact"]
    NO: ClassVar["Fact"]
    UNKNOWN: ClassVar["Fact"]
    """The three values without a reason."""

    def __bool__(self) -> bool:
        """Raise TypeError: `not fact` would take unknown for no."""
        message = "a Fact has no truth value; use is_yes, is_no or is_unknown"
        raise TypeError(message)

    @staticmethod
    def of(holds: bool | None, no: str = "", unknown: str = "") -> "Fact":  # noqa: FBT001 - the value itself
        """YES for True, NO for False and UNKNOWN for None, with the reason for the latter two."""
        return Fact.unknown(unknown) if holds is None else Fact.YES if holds else Fact.no(no)

    @staticmethod
    def no(reason: str) -> "Fact":
        """NO with a reason."""
        return Fact(Tristate.NO, reason) if reason else Fact.NO

    @staticmethod
    def unknown(reason: str) -> "Fact":
        """UNKNOWN with a reason, which says what would decide it."""
        return Fact(Tristate.UNKNOWN, reason) if reason else Fact.UNKNOWN

    @property
    def is_yes(self) -> bool:
        """Whether it certainly holds."""
        return self.value is Tristate.YES

    @property
    def is_no(self) -> bool:
        """Whether it certainly does not hold."""
        return self.value is Tristate.NO

    @property
    def is_unknown(self) -> bool:
        """Whether it depends on something unknown."""
        return self.value is Tristate.UNKNOWN

    def because(self, *, no: str = "", unknown: str = "") -> "Fact":
        """The same fact with a reason for NO or UNKNOWN, unless it has one already."""
        if self.reason or self.is_yes:
            return self
        return Fact.no(no) if self.is_no else Fact.unknown(unknown)


Fact.YES = Fact(Tristate.YES)
Fact.NO = Fact(Tristate.NO)
Fact.UNKNOWN = Fact(Tristate.UNKNOWN)

_OPPOSITE: Final = {Tristate.YES: Tristate.NO, Tristate.NO: Tristate.YES, Tristate.UNKNOWN: Tristate.UNKNOWN}


def negate(fact: Fact) -> Fact:
    """NO for YES, YES for NO, UNKNOWN for UNKNOWN; the reason stays."""
    return Fact(_OPPOSITE[fact.value], fact.reason)


def every(*facts: Fact) -> Fact:
    """YES if all hold, NO if any does not, else UNKNOWN; with the reason of the fact that decides."""
    return _decisive(facts, Tristate.NO, Fact.YES)


def every_listed(*facts: Fact) -> Fact:
    """The same as `every`, but NO comes with the reasons of all facts that do not hold."""
    reasons = " and ".join(each.reason for each in facts if each.is_no and each.reason)
    found = every(*facts)
    return Fact.no(reasons) if found.is_no else found


def some(*facts: Fact) -> Fact:
    """YES if any holds, UNKNOWN if any may hold, else NO; with the reason of the fact that decides."""
    return _decisive(facts, Tristate.YES, next((each for each in facts if each.reason), Fact.NO))


def _decisive(facts: tuple[Fact, ...], value: Tristate, otherwise: Fact) -> Fact:
    """The first fact with a value, else the first that is unknown, else `otherwise`."""
    unknown: Fact | None = None
    for each in facts:
        if each.value is value:
            return each
        if unknown is None and each.value is Tristate.UNKNOWN:
            unknown = each
    return otherwise if unknown is None else unknown
