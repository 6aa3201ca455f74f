"""Strings for the solver."""

from typing import Final

import z3

PRINTABLE: Final = z3.Range(" ", "~")
"""One character of a header or path."""
_NO_COLON: Final = z3.Union(z3.Range(" ", "9"), z3.Range(";", "~"))
_ARN_PARTS: Final = 6


def same(value: z3.SeqRef, text: str) -> z3.BoolRef:
    """Whether a value is a string."""
    return value == z3.StringVal(text)


def same_in_any_case(value: z3.SeqRef, text: str) -> z3.BoolRef:
    """Whether a value is a string, whatever the case of its letters."""
    return z3.InRe(value, joined([either_case(each) for each in text]))


def like(value: z3.SeqRef, pattern: str) -> z3.BoolRef:
    """Whether a value matches a pattern with `*` and `?`."""
    return z3.InRe(value, _pattern(pattern, PRINTABLE))


def arn_like(value: z3.SeqRef, pattern: str) -> z3.BoolRef:
    """Whether an ARN matches a pattern part by part: in all but the last, a wildcard stands for no colon."""
    parts = pattern.split(":", _ARN_PARTS - 1)
    found: list[z3.ReRef] = []
    for index, part in enumerate(parts):
        found += [z3.Re(":")] if index else []
        found.append(_pattern(part, PRINTABLE if index == _ARN_PARTS - 1 else _NO_COLON))
    return z3.InRe(value, joined(found))


def _pattern(pattern: str, wild: z3.ReRef) -> z3.ReRef:
    special = {"*": z3.Star(wild), "?": wild}
    return joined([special[each] if each in special else z3.Re(each) for each in pattern])


def either_case(letter: str) -> z3.ReRef:
    """A letter in upper or lower case."""
    if letter.lower() == letter.upper():
        return z3.Re(letter)
    return z3.Union(z3.Re(letter.lower()), z3.Re(letter.upper()))


def joined(parts: list[z3.ReRef]) -> z3.ReRef:
    """Regular expressions one after another."""
    if not parts:
        return z3.Re("")
    return parts[0] if len(parts) == 1 else z3.Concat(*parts)


def one_of(parts: list[z3.ReRef]) -> z3.ReRef:
    """Any one of several regular expressions."""
    return parts[0] if len(parts) == 1 else z3.Union(*parts)
