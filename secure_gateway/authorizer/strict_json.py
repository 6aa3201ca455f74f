"""Parses JSON strictly: a repeated name is an error, and so are `NaN`, `Infinity` and numbers that no float can hold.

Parsers disagree about which of two equal names counts, so a reviewer and the function could read different documents.
https://www.rfc-editor.org/rfc/rfc8259#section-4
"""

import json
from typing import Any

_MOST_DIGITS = 100
_INFINITE = float("inf")


class RepeatedNameError(ValueError):
    """An object has a name twice; the message contains the name, so it must not be logged for secret documents."""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    unique = dict(pairs)
    if len(unique) != len(pairs):
        names = [name for name, _ in pairs]
        repeated = next(name for name in names if names.count(name) > 1)
        message = f"{repeated!r} is repeated"
        raise RepeatedNameError(message)
    return unique


def _no_constant(name: str) -> float:
    message = f"{name} is not JSON"
    raise ValueError(message)


def _finite(number: str) -> float:
    value = float(number)
    if abs(value) == _INFINITE:
        raise ValueError("a number is too large")
    return value


def _bounded(digits: str) -> float:
    # Python refuses to convert numbers of more than 4,300 digits.
    return int(digits) if len(digits) <= _MOST_DIGITS else float(digits)


_STRICT = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=_finite)
_DOCUMENT = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant, parse_int=_bounded)


def parse(document: str | bytes) -> Any:
    """The value of a token's part or of a configuration, which is UTF-8 if it is bytes.

    Raises `ValueError`.
    """
    return _STRICT.decode(document.decode("utf-8") if isinstance(document, bytes) else document)


def parse_document(document: str | bytes) -> Any:
    """The value of a document with records of several owners, such as a store or a key set.

    A number that is too large becomes infinity, so that it disables the record that contains it and no other one. A
    byte order mark is skipped.

    Raises `ValueError`.
    """
    text = document.decode("utf-8") if isinstance(document, bytes) else document
    return _DOCUMENT.decode(text.removeprefix("\ufeff"))
