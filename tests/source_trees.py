"""The syntax trees of this repository's modules, each parsed once.

Until Python 3.11.8, `ast.parse` raises SystemError ("AST constructor recursion depth mismatch") if the garbage
collector runs in the middle and a finalizer logs an exception, because the traceback parses source as well
(python/cpython#106905). Which test was then the victim was a matter of chance, so the collector is paused.
"""

import ast
from functools import cache
from pathlib import Path

from policypack.graph.gc_pause import paused


@cache
def tree_of(path: Path) -> ast.Module:
    """The tree of a module; callers do not change it."""
    return parsed(path.read_text("utf-8"))


def parsed(source: str) -> ast.Module:
    with paused():
        return ast.parse(source)
