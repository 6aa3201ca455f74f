"""From text, file or object to a plain document of bounded size, or a mistake."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from ..problems import Shown
from ..reader import Reader, is_object, normalised

LARGEST: Final = 6 * 1024 * 1024
"""Bytes of an API definition that AWS takes."""


class _Loader(yaml.SafeLoader):
    """Safe YAML that refuses a key given twice: the second would silently win."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - PyYAML's signature
        """Refuse duplicates, then construct as usual."""
        seen: set[str] = set()
        for key, _ in node.value:
            name = str(key.value)
            if name in seen and name != "<<":
                raise yaml.YAMLError(f"line {key.start_mark.line + 1}: {name!r} is given twice")
            seen.add(name)
        return super().construct_mapping(node, deep)


def load(reader: Reader) -> Mapping[str, Any] | None:
    """The document; None where it is none, and then the reader's problems say why."""
    kind = reader.exactly_one("text", "file", "document")
    if kind is None:
        return None
    value = reader.get("document") if kind == "document" else _parsed(reader, kind)
    if value is None:
        return None
    if not is_object(value):
        reader.refuse(kind, "an OpenAPI document, which is an object", given=Shown(f"a {type(value).__name__}"))
        return None
    return normalised(value) if reader.is_json(value, reader.at(kind)) else None


def _parsed(reader: Reader, kind: str) -> Any:
    text = reader.text(kind, allowed="the path of a file" if kind == "file" else "a text")
    if kind == "file" and text:
        try:
            text = Path(text).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reader.refuse("file", f"a readable text file ({type(error).__name__}, seen from {Path.cwd().name}/)")
            return None
    if not text:
        return None
    if len(text.encode()) > LARGEST:
        reader.refuse(kind, "at most 6 MB, which is what AWS takes", given=Shown(f"{len(text.encode()):,} bytes"))
        return None
    try:
        return json.loads(text, object_pairs_hook=_once) if text.lstrip()[:1] in {"{", "["} else _yaml(text)
    except (ValueError, yaml.YAMLError, RecursionError) as error:
        reader.refuse(kind, "JSON or YAML", given=Shown(f"what is neither ({_brief(error)})"))
        return None


_Loader.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
"""Without dates, which are texts in JSON."""


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
