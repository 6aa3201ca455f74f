"""Mutants that weaken nothing, each group with its reason: what the pack rightly says nothing about."""

from fnmatch import fnmatchcase
from typing import Final

EXPLAINED: Final[dict[str, str]] = {}
"""By a pattern over `Type.path operator`, why nothing is weaker."""


def matches(pattern: str, kind: str) -> bool:
    """Whether a pattern is about a mutant; `[]` stands for itself."""
    return fnmatchcase(kind.replace("[]", "()"), pattern.replace("[]", "()"))
