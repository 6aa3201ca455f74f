"""Names that programs and state files gave, made harmless: whoever names a resource must not write our reports."""

import re
import unicodedata
from typing import Final

_TURNING: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""What changes the direction of the text after it, and with it what the text seems to say."""
_UNSEEN: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})
_MARKDOWN: Final = re.compile(r"([\\`*_{}\[\]!|~])")


_COMMAND: Final = re.compile(r"(?<!\S):(?=:)|#(?=#(?:\[|vso\[))")
"""How a line of output begins that CI systems obey: `::add-mask::`, `##vso[task.setvariable ...]`."""


def visible(text: str) -> str:
    r"""The text with control characters, line ends and the like spelled out, such as `\x1b`."""
    if not (text.isascii() and text.isprintable()):
        text = "".join(each.encode("unicode_escape").decode("ascii") if _hidden(each) else each for each in text)
    return _COMMAND.sub(lambda found: f"\\x{ord(found[0]):02x}", text)


def markdown(text: str) -> str:
    """The text as it is, in Markdown that may hold HTML and mentions."""
    plain = visible(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _MARKDOWN.sub(r"\\\1", plain).replace("@", "@&#8203;")


def code(text: str) -> str:
    """The text as a span of code, in Markdown."""
    plain = visible(text)
    longest = max((len(run) for run in re.findall(r"`+", plain)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if plain.startswith("`") or plain.endswith("`") else ""
    return f"{fence}{pad}{plain}{pad}{fence}".replace("|", "\\|")


def _hidden(character: str) -> bool:
    return character in _TURNING or unicodedata.category(character) in _UNSEEN
