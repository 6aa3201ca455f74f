"""Decides what a validation expression of an authorizer lets through, by trying strings.

API Gateway compares the token with the expression before it invokes the authorizer's function. For a user pool, it
compares the id of the app client that the token was issued to
(https://docs.aws.amazon.com/apigateway/latest/api/API_CreateAuthorizer.html).
"""

import re
from collections.abc import Sequence
from typing import Final

from ..model.fact import Fact

_MALFORMED: Final = (
    "x" * 24,
    "7" * 24,
    "no token, only a sentence",
    "<>&%$!?;:@#^~`|{}[]()",
    "Grüße aus Zürich, Ωmega",
)
"""Strings that no kind of token looks like; an expression that accepts all of them accepts everything of a length."""
_CLIENTS: Final = (
    "1h57kf5cpq17m0eml12EXAMPLE".lower(),
    "a" * 26,
    "0123456789abcdefghijklmnop",
    "7" * 26,
    "zyxwvutsrq" * 2,
)
"""Strings that look like the ids of app clients."""
_JAVA_CLASSES: Final = {
    r"\p{Alnum}": "[A-Za-z0-9]",
    r"\p{Alpha}": "[A-Za-z]",
    r"\p{ASCII}": r"[\x00-\x7f]",
    r"\p{Digit}": "[0-9]",
    r"\p{Graph}": "[!-~]",
    r"\p{L}": "[^\\W\\d_]",
    r"\p{Print}": "[ -~]",
    r"\p{Punct}": r"[!-/:-@\[-`{-~]",
    r"\p{Lower}": "[a-z]",
    r"\p{Upper}": "[A-Z]",
    r"\p{N}": r"\d",
    r"\p{Nd}": r"\d",
    r"\P{Cntrl}": r"[^\x00-\x1f\x7f]",
}
"""Character classes of Java, whose expressions API Gateway takes, in the spelling of Python."""
_LONGEST: Final = 1_000
"""Characters of an expression; a longer one is not tried."""


def accepts_any_token(expression: str) -> Fact:
    """Whether an expression lets every string through, however little it looks like a token."""
    return _accepts(expression, _MALFORMED)


def accepts_any_client(expression: str) -> Fact:
    """Whether an expression lets the id of every app client through."""
    return _accepts(expression, _CLIENTS)


def _accepts(expression: str, strings: Sequence[str]) -> Fact:
    found = _compiled(expression)
    if found is None:
        return Fact.unknown("what its validation expression lets through cannot be evaluated")
    return Fact.of(all(found.fullmatch(each) for each in strings))


def _compiled(expression: str) -> re.Pattern[str] | None:
    if len(expression) > _LONGEST:
        return None
    for java, python in _JAVA_CLASSES.items():
        expression = expression.replace(java, python)
    try:
        return re.compile(expression)
    except (re.error, OverflowError, RecursionError):
        return None
