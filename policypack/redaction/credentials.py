"""Recognizes credentials in plain strings by their name or shape, and never repeats their values."""

import base64
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from ..graph.values import UNKNOWN, is_object, text
from ..model.fact import Fact
from .credential_names import is_chosen_secret, is_secret_key

SHAPES: Final = r"""
    \b(?:                                             # once for all of these, which is several times faster
        (?:AKIA|ASIA)[0-9A-Z]{16}\b                   # AWS access key ids
        | eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.                # JSON web tokens
        | gh[pousr]_[0-9A-Za-z]{20,} | github_pat_\w{20,} | glpat-[\w-]{20,}
        | xox[abprs]-[\w-]{10,} | [sr]k_live_\w{10,} | AIza[\w-]{35}
        | Bearer[ ]+(?=[\w.~+/-]*\d)[\w.~+/-]{16,}
    )
    | -----BEGIN[ ]?\w*[ ]?PRIVATE
    | ://[^/\s:@]+:[^/\s:@]+@                         # user and password in a URL
"""
"""How well-known kinds of credentials begin, as a verbose regular expression."""
_SHAPE: Final = re.compile(SHAPES, re.VERBOSE)
_BASIC: Final = re.compile(r"\bBasic +([A-Za-z0-9+/]{4,}={0,2})")
_REFERENCE: Final = re.compile(r"arn:|/|https?:|\$\{|\{\{resolve:|ssm:|secretsmanager:")
"""How a string begins that only refers to a stored secret, or is a path or URL."""
_WORD: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
_EXAMPLE: Final = re.compile(
    r"example|sample|mock|dummy|fake|placeholder|redacted|your[-_ ]|<|\*{3}|x{4}", re.IGNORECASE
)
_MIN_LENGTH: Final = 6


def has_credential(value: str) -> bool:
    """Whether a string contains what has the shape of a credential."""
    return _SHAPE.search(value) is not None or any(_is_user_and_password(each) for each in _BASIC.findall(value))


def is_credential(name: str, value: str) -> bool:
    """Whether a value is a credential, by its shape, or by its name if it is a constant that is no plain word."""
    if has_credential(value):
        return True
    word = _WORD.fullmatch(value) is not None and not is_chosen_secret(name)
    return is_secret_key(name) and _is_literal(value) and not word and _EXAMPLE.search(value) is None


def credential_names(*groups: Mapping[str, Any] | Any) -> tuple[tuple[str, ...], Fact]:
    """The names of the variables that are credentials, and whether all variables are known well enough to decide.

    Each group is a map of variables, or unknown.
    """
    found = [each for group in groups for each in _credentials(group)]
    unknown = UNKNOWN in groups or any(fact.is_unknown for _, fact in found)
    certain = tuple(sorted({name for name, fact in found if fact.is_yes}))
    return certain, Fact.UNKNOWN if unknown else Fact.YES


def _credentials(variables: Any) -> Iterator[tuple[str, Fact]]:
    """The names of the variables that are credentials, or may be: a variable with such a name and an unknown value."""
    for name, value in variables.items() if is_object(variables) else ():
        if value is UNKNOWN and is_secret_key(name):
            yield name, Fact.UNKNOWN
        elif is_credential(name, text(value)):
            yield name, Fact.YES


def _is_user_and_password(encoded: str) -> bool:
    try:
        return ":" in base64.b64decode(encoded, validate=True).decode("utf-8")
    except ValueError:
        return False


def _is_literal(value: str) -> bool:
    return len(value) >= _MIN_LENGTH and not _REFERENCE.match(value)
