"""From text, file or object to a plain document of bounded size, or a mistake."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from ..validation.json_values import is_object, normalised
from ..validation.problems import shown
from ..validation.reader import Reader
from . import yaml_text

LARGEST: Final = 6 * 1024 * 1024
"""Bytes of an API definition that AWS accepts."""


def load(reader: Reader) -> Mapping[str, Any] | None:
    """The document; None where it is none, and then the reader's problems say why."""
    kind = reader.exactly_one("text", "file", "document")
    if kind is None:
        return None
    value = reader.get("document") if kind == "document" else _parsed(reader, kind)
    if value is None:
        return None
    if not is_object(value):
        reader.add(kind, f"expected an OpenAPI document, which is an object, got {shown(value)}")
        return None
    return normalised(value) if reader.is_json(value, reader.at(kind)) else None


def _parsed(reader: Reader, kind: str) -> Any:
    text = reader.string(kind, expected="the path of a file" if kind == "file" else "a string")
    if kind == "file" and text:
        try:
            text = Path(text).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reader.reject("file", f"cannot be read as UTF-8 text from {Path.cwd().name}/ ({type(error).__name__})")
            return None
    if not text:
        return None
    if len(text.encode()) > LARGEST:
        reader.add(kind, f"has {len(text.encode()):,} bytes, but AWS accepts at most 6 MB")
        return None
    try:
        return _parsed_text(text)
    except (ValueError, RecursionError) as error:
        reader.add(kind, f"is neither JSON nor YAML ({_brief(error)})")
        return None


def _parsed_text(text: str) -> Any:
    if text.lstrip()[:1] in {"{", "["}:
        try:
            return json.loads(text, object_pairs_hook=_once)
        except json.JSONDecodeError as error:
            # YAML may begin like this too; what is not even that was meant to be JSON.
            try:
                return yaml_text.read(text)
            except ValueError:
                raise error from None
    return yaml_text.read(text)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"{key!r} is given twice")
        found[key] = value
    return found


def _brief(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:120]
