"""Text transformations: what a component becomes before it is compared.

https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-statement-transformation.html
"""

import base64
import binascii
import html
import posixpath
import re
from collections.abc import Callable, Sequence
from typing import Final
from urllib.parse import unquote_plus

_UNICODE: Final = re.compile(r"%u([0-9a-fA-F]{4})")
_COMMENTS: Final = re.compile(r"/\*.*?(\*/|$)", re.DOTALL)
_CMD_DELETED: Final = re.compile(r"[\\\"'^]")
_CMD_SPACES: Final = re.compile(r"[,;\s]+")
_CMD_BEFORE: Final = re.compile(r"\s+([/(])")


def _decoded(decode: Callable[[str], bytes]) -> Callable[[str], str | None]:
    def apply(value: str) -> str | None:
        try:
            return decode(value).decode("latin-1")
        except (ValueError, binascii.Error):
            return None

    return apply


def _unicode(value: str) -> str:
    return unquote_plus(_UNICODE.sub(lambda found: chr(int(found[1], 16)), value), encoding="latin-1")


def _normalized(value: str) -> str:
    found = posixpath.normpath(value) if value else value
    return found + "/" if value.endswith("/") and not found.endswith("/") else found


def _command_line(value: str) -> str:
    return _CMD_BEFORE.sub(r"\1", _CMD_SPACES.sub(" ", _CMD_DELETED.sub("", value))).lower()


_EXACT: Final[dict[str, Callable[[str], str | None]]] = {
    "NONE": str,
    "LOWERCASE": str.lower,
    "URL_DECODE": lambda value: unquote_plus(value, encoding="latin-1"),
    "URL_DECODE_UNI": _unicode,
    "HTML_ENTITY_DECODE": html.unescape,
    "COMPRESS_WHITE_SPACE": lambda value: re.sub(r"[\s\xa0]+", " ", value),
    "REMOVE_NULLS": lambda value: value.replace("\0", ""),
    "REPLACE_NULLS": lambda value: value.replace("\0", " "),
    "REPLACE_COMMENTS": lambda value: _COMMENTS.sub(" ", value),
    "NORMALIZE_PATH": _normalized,
    "NORMALIZE_PATH_WIN": lambda value: _normalized(value.replace("\\", "/")),
    "CMD_LINE": _command_line,
    "BASE64_DECODE": _decoded(lambda value: base64.b64decode(value, validate=True)),
    "HEX_DECODE": _decoded(bytes.fromhex),
}
_UNCHANGED_WITHOUT: Final = {
    "JS_DECODE": "\\",
    "CSS_DECODE": "\\",
    "ESCAPE_SEQ_DECODE": "\\",
    "SQL_HEX_DECODE": "0x",
    "BASE64_DECODE_EXT": "",
}
"""Transformations that leave a string as it is unless it contains this."""


def transform(chain: Sequence[str], value: str) -> str | None:
    """A string after transformations; None if one of them cannot be applied here."""
    found: str | None = value
    for each in chain:
        if found is None:
            return None
        if each in _EXACT:
            found = _EXACT[each](found)
        elif each == "UTF8_TO_UNICODE" and found.isascii():
            continue
        elif not (each in _UNCHANGED_WITHOUT and _UNCHANGED_WITHOUT[each] and _UNCHANGED_WITHOUT[each] not in found):
            return None
    return found


LETTER_BY_LETTER: Final = frozenset(
    {"NONE", "LOWERCASE", "URL_DECODE", "URL_DECODE_UNI", "HTML_ENTITY_DECODE", "REMOVE_NULLS", "REPLACE_NULLS"}
)
"""Transformations that turn each character, or each encoded character, into another by itself."""


def encoded(chain: Sequence[str], letter: str) -> list[str]:
    """Longer ways to write a character, which a transformation turns into it."""
    found: list[str] = []
    if "URL_DECODE" in chain or "URL_DECODE_UNI" in chain:
        found.append(f"%{ord(letter):02x}")
    if "HTML_ENTITY_DECODE" in chain:
        found.append(f"&#{ord(letter)};")
    return found
