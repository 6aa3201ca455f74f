"""Reads property paths as Pulumi's engine does, such as the items of `ignoreChanges`.

`root`, `root.nested`, `root["nested"]`, `["root with a ."][0]` and `root.list[*]` are all paths, and one property has
several spellings (https://www.pulumi.com/docs/iac/concepts/resources/options/ignorechanges/).
"""

import re
from typing import Final

EVERY: Final = "*"
"""The segment that stands for all properties, or for all items of a list."""
_SEGMENT: Final = re.compile(
    r"""
    \.?  \[ \s* (?: "(?P<quoted> (?: \\. | [^"\\] )* )" | (?P<index> \d+ | \* ) ) \s* \]
    | \.? (?P<plain> [^.\[\]]+ )
    """,
    re.VERBOSE,
)


def segments(path: str) -> tuple[str, ...]:
    """The segments of a path, in order; the index of a list as its digits. A path that is none is one segment."""
    found: list[str] = []
    at = 0
    while at < len(path):
        match = _SEGMENT.match(path, at)
        if match is None:
            return (path,)
        quoted = match["quoted"]
        found.append(re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else match["index"] or match["plain"])
        at = match.end()
    return tuple(found)


def root(path: str) -> str:
    """The property that a path begins with; `*` for all of them."""
    return next(iter(segments(path)), path)
