"""Searches for a request with which a web ACL does something certain.

The search chooses a value for one component of a request after another. It evaluates the web ACL while the other
components are open, and stops as soon as they no longer matter.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from .components import Component, Option
from .statements import Leaf
from .truth import Truth

_BUDGET: Final = 5_000
"""Evaluations of one search."""
_STATEMENTS: Final = 200_000
"""Statements that one search evaluates, about."""

Goal = Callable[[Callable[[Leaf], Truth]], Truth]
"""Whether the goal is reached, for what is known of the statements."""


@dataclass(frozen=True, slots=True)
class Found:
    """The result of a search."""

    reached: Truth
    """Whether some request reaches the goal; None if that is unknown."""
    options: tuple[Option, ...] = ()
    """The values that do."""


def search(goal: Goal, components: Sequence[Component], fixed: Sequence[Option] = ()) -> Found:
    """Whether some request reaches a goal, of which some components are fixed."""
    chosen: dict[Leaf, Truth] = {}
    for each in fixed:
        chosen.update(each.holds)
    statements = sum(len(each.options[0].holds) for each in components if each.options)
    return _Search(goal, statements).choose(chosen, tuple(components), tuple(fixed))


class _Search:
    def __init__(self, goal: Goal, statements: int) -> None:
        self._goal = goal
        self._left = min(_BUDGET, _STATEMENTS // max(statements, 1))

    def choose(
        self, chosen: dict[Leaf, Truth], components: tuple[Component, ...], options: tuple[Option, ...]
    ) -> Found:
        self._left -= 1
        if self._left < 0:
            return Found(None)
        reached = self._goal(chosen.get)
        if reached is not None or not components:
            return Found(reached, options if reached else ())
        unknown = not components[0].complete and self.choose(chosen, components[1:], options).reached is not False
        for each in components[0].options:
            found = self.choose({**chosen, **each.holds}, components[1:], (*options, each))
            if found.reached:
                return found
            unknown |= found.reached is None
        return Found(None if unknown else False)
