"""From text, file or object to a plain document of bounded size, or a mistake."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from ..validation.problems import shown
from ..validation.reader import Reader, is_object, normalised

LARGEST: Final = 6 * 1024 * 1024
"""Bytes of an API definition that AWS takes."""


_SCALARS: Final = (
    ("null", r"~|null|Null|NULL|", "~nN\0"),
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?(?:0|[1-9][0-9]*)", "-+0123456789"),
    ("float", r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.inf|\.nan", "-+.0123456789"),
    ("merge", r"<<", "<"),
)
"""Tag, pattern and first characters of what is not a text."""


class _Loader(yaml.SafeLoader):
    """Safe YAML with the scalars of JSON, as OpenAPI wants it; a key given twice is refused: the second would win.

    PyYAML's own would make dates of `2024-01-01`, seconds of `12:30:00` and booleans of `no`, an answer in an enum.
    """

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - PyYAML's own

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - PyYAML's signature
        """Refuse duplicates, then construct as usual."""
        seen: set[str] = set()
        for key, _ in node.value:
            name = str(key.value)
            if name in seen and name != "<<":
                raise yaml.YAMLError(f"line {key.start_mark.line + 1}: {name!r} is given twice")
            seen.add(name)
        return super().construct_mapping(node, deep)


for _tag, _pattern, _firsts in _SCALARS:
    _first = [each.strip("\0") for each in _firsts]
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"), _first)  # pyright: ignore[reportUnknownMemberType]


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
            reader.reject("file", f"cannot be read as a text file from {Path.cwd().name}/ ({type(error).__name__})")
            return None
    if not text:
        return None
    if len(text.encode()) > LARGEST:
        reader.add(kind, f"has {len(text.encode()):,} bytes, but AWS takes at most 6 MB")
        return None
    try:
        return json.loads(text, object_pairs_hook=_once) if text.lstrip()[:1] in {"{", "["} else _yaml(text)
    except (ValueError, yaml.YAMLError, RecursionError) as error:
        reader.add(kind, f"is neither JSON nor YAML ({_brief(error)})")
        return None


def _yaml(text: str) -> Any:
    return yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader, and stricter


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"{key!r} is given twice")
        found[key] = value
    return found


def _brief(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:120]
