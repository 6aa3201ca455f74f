"""Patterns of strings as nondeterministic automata, whose sets of states are bit masks."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final


@dataclass(frozen=True, slots=True)
class Chars:
    """One character out of a set."""

    ranges: tuple[tuple[int, int], ...]
    """First and last code point of each range."""
    negated: bool = False
    """Whether it matches the characters outside the ranges instead."""

    def __contains__(self, char: str) -> bool:
        """Whether a character is in the set."""
        code = ord(char)
        return any(first <= code <= last for first, last in self.ranges) is not self.negated


@dataclass(frozen=True, slots=True)
class Sequence:
    """Patterns one after another."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """Any one of several patterns."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """A pattern several times."""

    part: "Node"
    least: int = 0
    most: int | None = None
    """None for no limit."""


Node = Chars | Sequence | Choice | Repeat

_STARS: Final = re.compile(r"\*+")
ANY: Final = Chars((), negated=True)
ANYTHING: Final = Repeat(ANY)


def char(code: str) -> Chars:
    """One certain character."""
    return Chars(((ord(code), ord(code)),))


def literal(value: str) -> Sequence:
    """Exactly a string."""
    return Sequence(tuple(map(char, value)))


def contains(value: str) -> Sequence:
    """All strings that contain a string."""
    return Sequence((ANYTHING, literal(value), ANYTHING))


def any_of(parts: Iterable[Node]) -> Choice:
    """Any one of several patterns."""
    return Choice(tuple(parts))


def glob(pattern: str, wild: Chars = ANY) -> Sequence:
    """A pattern of IAM: `*` stands for any characters, `?` for one; `wild` is what they may stand for."""
    special = {"*": Repeat(wild), "?": wild}
    once = _STARS.sub("*", pattern)
    return Sequence(tuple(special.get(each) or char(each) for each in once))


def size(node: Node) -> int:
    """About how many states the automaton of a pattern has."""
    if isinstance(node, Chars):
        return 1
    if isinstance(node, Repeat):
        return (size(node.part) + 1) * max(node.least, node.most or 0, 1)
    return sum(map(size, node.parts)) + len(node.parts)


class Automaton:
    """Reads a string character by character."""

    def __init__(self, node: Node) -> None:
        """Translate a pattern."""
        self._sets: dict[Chars, int] = {}
        self._edges: list[list[tuple[int, int]]] = []
        self._free: list[list[int]] = []
        first, last = self._state(), self._state()
        self._add(node, first, last)
        self._closures = [self._closure(each) for each in range(len(self._edges))]
        self._steps: dict[tuple[int, str], int] = {}
        self._by_character: dict[str, list[int]] = {}
        self._accepting = 1 << last
        self.start = self._closures[first]
        """The states before the first character, as a bit mask."""
        self.size = len(self._edges)
        """How many states it has."""

    def step(self, states: int, character: str) -> int:
        """The states after one more character."""
        key = (states, character)
        found = self._steps.get(key)
        if found is None:
            found, after = 0, self._after(character)
            for each in _bits(states):
                found |= after[each]
            self._steps[key] = found
        return found

    def _after(self, character: str) -> list[int]:
        """For each state, the states after one more character."""
        found = self._by_character.get(character)
        if found is None:
            contained = [character in each for each in self._sets]
            found = [0] * self.size
            for state, edges in enumerate(self._edges):
                for index, target in edges:
                    if contained[index]:
                        found[state] |= self._closures[target]
            self._by_character[character] = found
        return found

    def run(self, states: int, text: str) -> int:
        """The states after several more characters."""
        for each in text:
            states = self.step(states, each)
        return states

    def accepts(self, states: int) -> bool:
        """Whether what was read so far matches the whole pattern."""
        return bool(states & self._accepting)

    def matches(self, text: str) -> bool:
        """Whether a string matches the whole pattern."""
        return self.accepts(self.run(self.start, text))

    def sets(self) -> Iterable[Chars]:
        """The sets of characters that it distinguishes, each once."""
        return self._sets.keys()

    def _state(self) -> int:
        self._edges.append([])
        self._free.append([])
        return len(self._edges) - 1

    def _add(self, node: Node, source: int, target: int) -> None:
        if isinstance(node, Chars):
            self._edges[source].append((self._sets.setdefault(node, len(self._sets)), target))
        elif isinstance(node, Choice):
            for each in node.parts:
                self._add(each, source, target)
        elif isinstance(node, Sequence):
            for each in node.parts:
                after = self._state()
                self._add(each, source, after)
                source = after
            self._free[source].append(target)
        else:
            self._repeat(node, source, target)

    def _repeat(self, node: Repeat, source: int, target: int) -> None:
        for _ in range(node.least):
            after = self._state()
            self._add(node.part, source, after)
            source = after
        if node.most is None:
            inside, after = self._state(), self._state()
            self._free[source].append(inside)
            self._add(node.part, inside, after)
            self._free[after].append(inside)
            self._free[inside].append(target)
            return
        for _ in range(node.most - node.least):
            self._free[source].append(target)
            after = self._state()
            self._add(node.part, source, after)
            source = after
        self._free[source].append(target)

    def _closure(self, state: int) -> int:
        seen, queue = 1 << state, [state]
        while queue:
            for each in self._free[queue.pop()]:
                if not seen >> each & 1:
                    seen |= 1 << each
                    queue.append(each)
        return seen


@lru_cache(maxsize=8192)
def _bits(states: int) -> tuple[int, ...]:
    found: list[int] = []
    while states:
        lowest = states & -states
        found.append(lowest.bit_length() - 1)
        states ^= lowest
    return tuple(found)
