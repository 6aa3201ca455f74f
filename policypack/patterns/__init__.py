"""Which strings a set of patterns distinguishes, with an example of each."""

from .automaton import Automaton, Chars, Choice, Node, Repeat, Sequence, any_of, contains, glob, literal, size
from .examples import Examples, View, examples
from .regex import UnsupportedPatternError, parse

__all__ = [
    "Automaton",
    "Chars",
    "Choice",
    "Examples",
    "Node",
    "Repeat",
    "Sequence",
    "UnsupportedPatternError",
    "View",
    "any_of",
    "contains",
    "examples",
    "glob",
    "literal",
    "parse",
    "size",
]
