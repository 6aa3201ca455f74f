"""Parses regular expressions into patterns: the common subset of Perl's syntax that AWS WAF accepts.

https://docs.aws.amazon.com/waf/latest/developerguide/waf-regex-pattern-support.html
"""

from typing import Final

from .automaton import ANYTHING, Chars, Choice, Node, Repeat, Sequence, char, size

_MAX_REPEATS: Final = 200
"""Repetitions that are written out."""
_MAX_DEPTH: Final = 30
_MAX_LENGTH: Final = 2_000
_MAX_STATES: Final = 3_000
"""Of an automaton. AWS WAF accepts 200 characters, but not every document is one that AWS accepts."""
_DIGITS: Final = ((48, 57),)
_WORD: Final = (*_DIGITS, (65, 90), (95, 95), (97, 122))
_SPACE: Final = ((9, 13), (32, 32))
_CLASSES: Final = {
    "d": Chars(_DIGITS),
    "D": Chars(_DIGITS, negated=True),
    "w": Chars(_WORD),
    "W": Chars(_WORD, negated=True),
    "s": Chars(_SPACE),
    "S": Chars(_SPACE, negated=True),
}
_ESCAPES: Final = {"n": "\n", "r": "\r", "t": "\t", "f": "\f", "v": "\v"}
_QUANTIFIERS: Final[dict[str, tuple[int, int | None]]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}


class UnsupportedPatternError(ValueError):
    """A regular expression that has no pattern here, such as one with look-ahead or back-references."""


def parse(expression: str, *, ignore_case: bool = False) -> Node:
    """The strings in which a regular expression finds a match.

    Raises UnsupportedPatternError.
    """
    if expression.startswith("(?i)"):
        expression, ignore_case = expression[4:], True
    if len(expression) > _MAX_LENGTH:
        raise UnsupportedPatternError(expression)
    found = _Parser(expression, ignore_case=ignore_case).search()
    if size(found) > _MAX_STATES:
        raise UnsupportedPatternError(expression)
    return found


class _Parser:
    def __init__(self, expression: str, *, ignore_case: bool) -> None:
        self._text = expression
        self._index = 0
        self._ignore_case = ignore_case

    def search(self) -> Node:
        """The whole expression, found anywhere, unless its alternatives are anchored."""
        found: list[Node] = []
        while True:
            found.append(self._anchored())
            if not self._take("|"):
                break
        if self._index < len(self._text):
            raise UnsupportedPatternError(self._text)
        return found[0] if len(found) == 1 else Choice(tuple(found))

    def _anchored(self) -> Node:
        parts: list[Node] = [] if self._take("^") else [ANYTHING]
        parts += self._sequence(0)
        return Sequence((*parts, *([] if self._take("$") else [ANYTHING])))

    def _sequence(self, depth: int) -> list[Node]:
        parts: list[Node] = []
        while self._index < len(self._text) and self._text[self._index] not in "|)$":
            parts.append(self._quantified(self._atom(depth)))
        return parts

    def _alternatives(self, depth: int) -> Node:
        found: list[Node] = [Sequence(tuple(self._sequence(depth)))]
        while self._take("|"):
            found.append(Sequence(tuple(self._sequence(depth))))
        return found[0] if len(found) == 1 else Choice(tuple(found))

    def _atom(self, depth: int) -> Node:
        each = self._next()
        if each == "(":
            return self._group(depth)
        if each == "[":
            return self._set()
        if each == ".":
            return Chars(((10, 10),), negated=True)
        if each == "\\":
            found = self._escape()
            return found if isinstance(found, Chars) else self._cased(found)
        if each in "*+?{^":
            raise UnsupportedPatternError(self._text)
        return self._cased(each)

    def _group(self, depth: int) -> Node:
        if depth > _MAX_DEPTH:
            raise UnsupportedPatternError(self._text)
        if self._take("?") and not self._take(":"):
            raise UnsupportedPatternError(self._text)
        found = self._alternatives(depth + 1)
        if not self._take(")"):
            raise UnsupportedPatternError(self._text)
        return found

    def _quantified(self, part: Node) -> Node:
        quantifier = self._text[self._index : self._index + 1]
        if quantifier in _QUANTIFIERS:
            self._index += 1
            least, most = _QUANTIFIERS[quantifier]
        elif quantifier == "{":
            least, most = self._bounds()
        else:
            return part
        self._take("?")  # a lazy quantifier matches the same strings
        if self._text[self._index : self._index + 1] in {"*", "+", "{"} or max(least, most or 0) > _MAX_REPEATS:
            raise UnsupportedPatternError(self._text)
        return Repeat(part, least, most)

    def _bounds(self) -> tuple[int, int | None]:
        end = self._text.find("}", self._index)
        first, comma, last = self._text[self._index + 1 : end].partition(",")
        if end < 0 or not first.isdigit() or not (last.isdigit() or not last):
            raise UnsupportedPatternError(self._text)
        self._index = end + 1
        return int(first), int(last) if last else None if comma else int(first)

    def _escape(self) -> Chars | str:
        each = self._next()
        if each in _CLASSES:
            return _CLASSES[each]
        if each in _ESCAPES:
            return _ESCAPES[each]
        if each == "x":
            code = self._next() + self._next()
            try:
                return chr(int(code, 16))
            except ValueError as error:
                raise UnsupportedPatternError(self._text) from error
        if each.isalnum():
            raise UnsupportedPatternError(self._text)
        return each

    def _set(self) -> Chars:
        negated = self._take("^")
        ranges: list[tuple[int, int]] = []
        first = True
        while first or not self._take("]"):
            first = False
            low = self._member()
            if isinstance(low, Chars):
                if low.negated:
                    raise UnsupportedPatternError(self._text)
                ranges += low.ranges
                continue
            high = low
            if (
                self._text[self._index : self._index + 1] == "-"
                and self._text[self._index + 1 : self._index + 2] != "]"
            ):
                self._index += 1
                last = self._member()
                if isinstance(last, Chars):
                    raise UnsupportedPatternError(self._text)
                high = last
            ranges.append((ord(low), ord(high)))
        if self._ignore_case:
            ranges = [each for pair in ranges for each in (pair, *_other_case(*pair))]
        return Chars(tuple(ranges), negated)

    def _member(self) -> Chars | str:
        each = self._next()
        if each == "\\":
            return self._escape()
        if each == "[" and self._text[self._index : self._index + 1] == ":":
            raise UnsupportedPatternError(self._text)
        return each

    def _cased(self, each: str) -> Chars:
        if self._ignore_case and each.isascii() and each.isalpha():
            return Chars(tuple((ord(one), ord(one)) for one in (each.lower(), each.upper())))
        return char(each)

    def _next(self) -> str:
        if self._index >= len(self._text):
            raise UnsupportedPatternError(self._text)
        self._index += 1
        return self._text[self._index - 1]

    def _take(self, each: str) -> bool:
        found = self._text[self._index : self._index + 1] == each
        self._index += found
        return found


def _other_case(first: int, last: int) -> list[tuple[int, int]]:
    """The letters of a range in the other case."""
    upper = (max(first, 65), min(last, 90))
    lower = (max(first, 97), min(last, 122))
    return [(low + shift, high + shift) for (low, high), shift in ((upper, 32), (lower, -32)) if low <= high]


__all__ = ["UnsupportedPatternError", "parse"]
