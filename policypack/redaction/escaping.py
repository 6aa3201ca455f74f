"""Names that programs and state files gave, made harmless: whoever names a resource must not write our reports."""

import re
import unicodedata
from typing import Final

_UNSEEN: Final = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
"""Categories of what cannot be seen, turns the direction of the text after it, or belongs into no XML document."""
_MARKDOWN: Final = re.compile(r"([\\`*_{}\[\]!|~])")


_COMMAND: Final = re.compile(r"(?<!\S):(?=:)|#(?=#(?:\[|vso\[))|<(?=\{%)")
"""What CI systems and Pulumi's CLI obey: `::add-mask::`, `##vso[task.setvariable ...]`, `<{%reset%}>`."""


def visible(text: str) -> str:
    r"""The text with control characters, line ends and the like spelled out, such as `\x1b`."""
    if not (text.isascii() and text.isprintable()):
        text = "".join(
            each.encode("unicode_escape").decode("ascii") if unicodedata.category(each) in _UNSEEN else each
            for each in text
        )
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
