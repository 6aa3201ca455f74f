"""Escapes names from programs and state files, so that the name of a resource cannot inject anything into a report."""

import re
import unicodedata
from typing import Final

_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
"""Unicode categories of characters that are invisible, change the direction of text, or are not allowed in XML."""
_MARKDOWN: Final = re.compile(r"([\\`*_{}\[\]!|~])")
_COMMAND: Final = re.compile(r"(?<!\S):(?=:)|#(?=#(?:\[|vso\[))|<(?=\{%)")
"""How commands to CI systems and Pulumi's CLI begin: `::add-mask::`, `##vso[task.setvariable ...]`, `<{%reset%}>`."""
_MARKS: Final = ("::", "##", "<{%")
"""What a string with such a command contains."""


def visible(text: str) -> str:
    r"""The string with control characters, line breaks and the like written out, such as `\x1b`."""
    if not (text.isascii() and text.isprintable()):
        text = "".join(
            each.encode("unicode_escape").decode("ascii") if unicodedata.category(each) in _INVISIBLE else each
            for each in text
        )
    if not any(mark in text for mark in _MARKS):  # most strings: a search is faster than the expression
        return text
    return _COMMAND.sub(lambda found: f"\\x{ord(found[0]):02x}", text)


def markdown(text: str) -> str:
    """The string as literal text in Markdown: without HTML, formatting and mentions."""
    plain = visible(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _MARKDOWN.sub(r"\\\1", plain).replace("@", "@&#8203;")


def code(text: str) -> str:
    """The string as a code span in Markdown."""
    plain = visible(text)
    longest = max((len(run) for run in re.findall(r"`+", plain)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if plain.startswith("`") or plain.endswith("`") else ""
    return f"{fence}{pad}{plain}{pad}{fence}".replace("|", "\\|")
