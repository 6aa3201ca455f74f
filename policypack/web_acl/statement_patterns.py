"""The strings that match a statement about a component of a request, as a pattern."""

from functools import lru_cache
from typing import Final

from ..patterns import Node, UnsupportedPatternError, any_of, literal, parse
from ..patterns import Sequence as InOrder
from ..patterns.automaton import ANYTHING, Chars, Repeat
from .statements import ByteMatch, Position, RegexMatch, SizeMatch, Text

MAX_SIZE: Final = 40
"""Sizes that are part of a pattern; strings are padded to reach larger ones."""
_NOT_WORD: Final = Chars(((48, 57), (65, 90), (95, 95), (97, 122)), negated=True)
_BEFORE_WORD: Final = any_of([InOrder(()), InOrder((ANYTHING, _NOT_WORD))])
_AFTER_WORD: Final = any_of([InOrder(()), InOrder((_NOT_WORD, ANYTHING))])


@lru_cache(maxsize=256)
def pattern(leaf: Text) -> Node | None:
    """The strings that match a statement after its transformations, as a pattern; None if there is no such pattern."""
    if isinstance(leaf, ByteMatch):
        return _positioned(leaf)
    if isinstance(leaf, RegexMatch):
        try:
            return any_of([parse(each) for each in leaf.expressions])
        except UnsupportedPatternError:
            return None
    return _sized(leaf) if leaf.size <= MAX_SIZE else any_of([])


def _positioned(leaf: ByteMatch) -> Node:
    value = literal(leaf.value)
    return {
        Position.EXACTLY: value,
        Position.STARTS_WITH: InOrder((value, ANYTHING)),
        Position.ENDS_WITH: InOrder((ANYTHING, value)),
        Position.CONTAINS: InOrder((ANYTHING, value, ANYTHING)),
        Position.CONTAINS_WORD: InOrder((_BEFORE_WORD, value, _AFTER_WORD)),
    }[leaf.position]


_ONE: Final = Chars((), negated=True)


def _sized(leaf: SizeMatch) -> Node:
    size = leaf.size
    up_to, below = Repeat(_ONE, 0, size), Repeat(_ONE, 0, max(size - 1, 0))
    least = {"GE": size, "GT": size + 1}.get(leaf.operator)
    if least is not None:
        return Repeat(_ONE, least)
    if leaf.operator == "LE":
        return up_to
    if leaf.operator == "LT":
        return below if size else any_of([])
    if leaf.operator == "EQ":
        return Repeat(_ONE, size, size)
    return any_of([Repeat(_ONE, size + 1), *([below] if size else [])])
