"""Which strings a set of patterns distinguishes, with an example of each."""

from .automaton import Automaton, Chars, Choice, Node, Repeat, Sequence, any_of, contains, glob, literal
from .regex import UnsupportedPatternError, parse
from .examples import View, Examples, examples

__all__ = [
    "Automaton",
    "Chars",
    "Choice",
    "Node",
    "Repeat",
    "Sequence",
    "UnsupportedPatternError",
    "View",
    "Examples",
    "any_of",
    "contains",
    "glob",
    "literal",
    "parse",
    "examples",
]
