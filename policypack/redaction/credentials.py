"""Recognizes credentials in plain strings by their name or shape, and never repeats their values."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from ..graph.values import UNKNOWN, is_object, text
from ..model.fact import Fact

_NAME: Final = re.compile(
    r"(?:^|[^a-z])(?:password|passwd|pwd|secret|token|api_?key|private_?key|secret_?key|access_?key|credentials?)$",
    re.IGNORECASE,
)
_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
SHAPES: Final = r"""
    \b(?:AKIA|ASIA)[0-9A-Z]{16}\b                     # AWS access key ids
    | \beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.                  # JSON web tokens
    | \bgh[pousr]_[0-9A-Za-z]{20,} | \bgithub_pat_\w{20,} | \bglpat-[\w-]{20,}
    | \bxox[abprs]-[\w-]{10,} | \b[sr]k_live_\w{10,} | \bAIza[\w-]{35}
    | -----BEGIN[ ]?\w*[ ]?PRIVATE
    | ://[^/\s:@]+:[^/\s:@]+@                         # user and password in a URL
"""
"""How well-known kinds of credentials begin, as a verbose regular expression."""
_SHAPE: Final = re.compile(SHAPES, re.VERBOSE)
_REFERENCE: Final = re.compile(r"arn:|/|https?:|\$\{|\{\{resolve:|ssm:|secretsmanager:")
"""How a string begins that only refers to a stored secret, or is a path or URL."""
_MIN_LENGTH: Final = 6


def _credentials(variables: Any) -> Iterator[tuple[str, Fact]]:
    """The names of the variables that are credentials, or may be: a variable with such a name and an unknown value."""
    for name, value in variables.items() if is_object(variables) else ():
        named = bool(_NAME.search(_CAMEL.sub("_", name)))
        if value is UNKNOWN and named:
            yield name, Fact.UNKNOWN
        elif _SHAPE.search(text(value)) or (named and _is_literal(text(value))):
            yield name, Fact.YES


def credential_names(*groups: Mapping[str, Any] | Any) -> tuple[tuple[str, ...], Fact]:
    """The names of the variables that are credentials, and whether all variables are known well enough to decide.

    Each group is a map of variables, or unknown.
    """
    found = [each for group in groups for each in _credentials(group)]
    unknown = UNKNOWN in groups or any(fact.is_unknown for _, fact in found)
    certain = tuple(sorted({name for name, fact in found if fact.is_yes}))
    return certain, Fact.UNKNOWN if unknown else Fact.YES


def _is_literal(value: str) -> bool:
    return len(value) >= _MIN_LENGTH and not _REFERENCE.match(value)
