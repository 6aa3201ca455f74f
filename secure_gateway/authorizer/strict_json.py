"""Parses JSON strictly: a repeated name is an error, and so are `NaN` and `Infinity`.

Parsers disagree about which of two equal names counts, so a reviewer and the function could read different documents.
https://www.rfc-editor.org/rfc/rfc8259#section-4
"""

import json
from typing import Any


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


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant)


def parse(document: str | bytes) -> Any:
    """The value of a document, which is UTF-8 if it is bytes.

    Raises `ValueError`.
    """
    return _DECODER.decode(document.decode("utf-8") if isinstance(document, bytes) else document)
