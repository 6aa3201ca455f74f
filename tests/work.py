"""How much work a function does: a number that does not depend on the machine, unlike its time."""

import sys
from collections.abc import Callable


def lines(function: Callable[[], object]) -> int:
    """The number of lines of Python that a function runs in this thread; each turn of a loop counts.

    What a C function does counts as one line, so this does not see how long a regular expression searches.
    """
    found = 0

    def trace(_frame: object, event: str, _argument: object) -> object:
        nonlocal found
        found += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        function()
    finally:
        sys.settrace(before)
    return found


def growth(work: Callable[[int], object], size: int) -> float:
    """By how much the work grows from a size to twice the size: 2 if it is proportional to it, 4 if to its square."""
    work(2 * size)  # what is loaded once is no work
    return lines(lambda: work(2 * size)) / lines(lambda: work(size))
