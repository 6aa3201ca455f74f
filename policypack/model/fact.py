"""Yes, no or unknown: the three-valued logic that every policy is written in."""

from enum import Enum


class Answer(Enum):
    """Whether a promise holds. There is no truth value: compare with `is`."""

    YES = "yes"
    NO = "no"
    NOT_YET = "not yet"

    def __bool__(self) -> bool:
        """Refuse: `not answer` would take NOT_YET for NO."""
        message = "compare an Answer with `is`"
        raise TypeError(message)


def every(*answers: Answer) -> Answer:
    """YES if all are, NO if any is, else NOT_YET."""
    if Answer.NO in answers:
        return Answer.NO
    return Answer.NOT_YET if Answer.NOT_YET in answers else Answer.YES


def some(*answers: Answer) -> Answer:
    """YES if any is, NOT_YET if any may be, else NO."""
    if Answer.YES in answers:
        return Answer.YES
    return Answer.NOT_YET if Answer.NOT_YET in answers else Answer.NO


def opposite(answer: Answer) -> Answer:
    """NO for YES and YES for NO."""
    return {Answer.YES: Answer.NO, Answer.NO: Answer.YES}.get(answer, Answer.NOT_YET)
