"""Tells by name and shape whether a plain text holds a credential. The text itself is never repeated."""

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
    | ://[^/\s:@]+:[^/\s:@]+@                         # user and password in an address
"""
"""How credentials begin that are known by their shape, as a verbose pattern."""
_SHAPE: Final = re.compile(SHAPES, re.VERBOSE)
_REFERENCE: Final = re.compile(r"arn:|/|https?:|\$\{|\{\{resolve:|ssm:|secretsmanager:")
"""What a text begins with that only tells where a secret is kept."""
_SHORTEST: Final = 6


def credentials(variables: Any) -> Iterator[tuple[str, Fact]]:
    """The variables that look like credentials, by name, and whether they certainly do."""
    for name, value in variables.items() if is_object(variables) else ():
        named = bool(_NAME.search(_CAMEL.sub("_", name)))
        if value is UNKNOWN:
            if named:
                yield name, Fact.UNKNOWN
        elif _SHAPE.search(text(value)) or (named and _is_literal(text(value))):
            yield name, Fact.YES


def names(*groups: Mapping[str, Any] | Any) -> tuple[tuple[str, ...], Fact]:
    """The names of those that certainly are credentials, and whether all variables could be read."""
    found = [each for group in groups for each in credentials(group)]
    unread = UNKNOWN in groups or any(answer.is_unknown for _, answer in found)
    certain = tuple(sorted({name for name, answer in found if answer.is_yes}))
    return certain, Fact.UNKNOWN if unread else Fact.YES


def _is_literal(value: str) -> bool:
    return len(value) >= _SHORTEST and not _REFERENCE.match(value)
