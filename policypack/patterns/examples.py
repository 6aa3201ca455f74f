"""One string for each way in which a set of patterns can match or not: the strings that they distinguish.

The product of the automata is searched breadth first, so each string is among the shortest of its way. Characters that
no pattern distinguishes are represented by one of them.
"""

import string
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from .automaton import Automaton

_BUDGET: Final = 3_000
"""States of the product that are searched."""
_STEPS: Final = 60_000
"""States of single automata that are searched, about."""
_MAX_STATES: Final = 6_000
"""States of all automata together, above which nothing is searched."""
PRINTABLE: Final = "zqxj7" + "".join(chr(each) for each in range(33, 127)) + " "
"""Characters that requests contain; the first are those that represent others."""


@dataclass(frozen=True, slots=True)
class View:
    """A pattern, and what a string becomes before the pattern is applied."""

    automaton: Automaton
    transform: Callable[[str], str] = str


@dataclass(frozen=True, slots=True)
class Examples:
    """The strings that patterns distinguish."""

    by_match: Mapping[tuple[bool, ...], str]
    """By which of the patterns match: one string."""
    complete: bool
    """Whether there is no other way in which the patterns can match."""


def examples(
    views: Sequence[View],
    *,
    begins: str = "",
    alphabet: Iterable[str] = PRINTABLE,
    symbols: Iterable[str] = (),
    budget: int = _BUDGET,
) -> Examples:
    """The strings over an alphabet that the patterns distinguish, all of which begin with `begins`.

    `symbols` are longer strings, such as `%2f`, that a transformation turns into something else.
    """
    if sum(each.automaton.size for each in views) > _MAX_STATES:
        return Examples({}, complete=False)
    most = min(budget, _STEPS // max(len(views), 1))
    letters = [*_representatives(views, alphabet), *symbols]
    transformed = [[each.transform(letter) for letter in letters] for each in views]
    start = tuple(each.automaton.run(each.automaton.start, each.transform(begins)) for each in views)
    found: dict[tuple[bool, ...], str] = {}
    seen, queue = set[tuple[int, ...]](), deque([(start, begins)])
    while queue:
        states, word = queue.popleft()
        if word:  # a header or an id has at least one character
            matches = tuple(each.automaton.accepts(state) for each, state in zip(views, states, strict=True))
            found.setdefault(matches, word)
        for index, letter in enumerate(letters):
            after = tuple(
                view.automaton.run(state, inputs[index])
                for view, state, inputs in zip(views, states, transformed, strict=True)
            )
            if after not in seen:
                if len(seen) >= most:
                    return Examples(found, complete=False)
                seen.add(after)
                queue.append((after, word + letter))
    return Examples(found, complete=True)


def _representatives(views: Sequence[View], alphabet: Iterable[str]) -> list[str]:
    """One character of each set of characters that no pattern distinguishes."""
    sets = [(view.transform, chars) for view in views for chars in view.automaton.sets()]
    written = {chr(first) for _, chars in sets for first, last in chars.ranges if first == last}
    found: dict[tuple[bool, ...], str] = {}
    for each in dict.fromkeys([*alphabet, *sorted(written - set(string.printable))]):
        signature = tuple(len(new := transform(each)) == 1 and new in chars for transform, chars in sets)
        found.setdefault(signature, each)
    return list(found.values())
