"""A fact: yes, no or unknown, with the reason. The three-valued logic of every reader and policy is here."""

from dataclasses import dataclass, field
from enum import Enum
from typing import ClassVar, Final


class Tristate(Enum):
    """Yes, no or unknown."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"

    def __bool__(self) -> bool:
        """Refuse: `not value` would take UNKNOWN for NO."""
        message = "a Tristate has no truth value; compare it with `is`"
        raise TypeError(message)


@dataclass(frozen=True, slots=True)
class Fact:
    """Whether something holds, and why.

    The reason completes a sentence about the subject. Of NO it is a predicate (`is not throttled`), of UNKNOWN a clause
    (`its throttling is known only after deployment`). It is empty where the policy itself has the words.
    """

    value: Tristate
    reason: str = field(default="", compare=False)
    """Not compared: facts are equal if their values are."""

    YES: ClassVar["Fact"]
    NO: ClassVar["Fact"]
    UNKNOWN: ClassVar["Fact"]
    """The three values without a reason."""

    def __bool__(self) -> bool:
        """Refuse: `not fact` would take unknown for no."""
        message = "a Fact has no truth value; use is_yes, is_no or is_unknown"
        raise TypeError(message)

    @staticmethod
    def of(holds: bool, no: str = "") -> "Fact":  # noqa: FBT001 - the value itself
        """YES or NO, and in the latter case why."""
        return Fact.YES if holds else Fact.no(no)

    @staticmethod
    def no(reason: str) -> "Fact":
        """NO, with the reason."""
        return Fact(Tristate.NO, reason) if reason else Fact.NO

    @staticmethod
    def unknown(reason: str) -> "Fact":
        """UNKNOWN, with what would decide it."""
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
        """Whether nobody can tell yet."""
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
