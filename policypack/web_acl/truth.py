"""Truth with three values: None is unknown."""

from collections.abc import Iterable

Truth = bool | None


def both(values: Iterable[Truth]) -> Truth:
    """Whether all hold."""
    found: Truth = True
    for each in values:
        if each is False:
            return False
        if each is None:
            found = None
    return found


def either(values: Iterable[Truth]) -> Truth:
    """Whether any holds."""
    return opposite(both(opposite(each) for each in values))


def opposite(value: Truth) -> Truth:
    """Whether it does not hold."""
    return None if value is None else not value
