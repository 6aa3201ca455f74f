"""YAML and JSON files as Pulumi's CLI reads them: `yes`, `12:30` and dates are texts, keys too."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from .source import SourceError

_SCALARS: Final = (
    ("null", r"~|null|Null|NULL|", "~nN\0"),
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?(?:0|[1-9][0-9_]*|0o?[0-7_]+|0x[0-9a-fA-F_]+|0b[01_]+)", "-+0123456789"),
    ("float", r"[-+]?(?:\.[0-9]+|[0-9][0-9_]*(?:\.[0-9_]*)?)(?:[eE][-+]?[0-9]+)?", "-+.0123456789"),
    ("merge", r"<<", "<"),
)
"""Tag, pattern and first characters of what is not a text."""


class _Loader(yaml.SafeLoader):
    """YAML's core schema of version 1.2, of which PyYAML reads 1.1."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - PyYAML's own


for _tag, _pattern, _firsts in _SCALARS:
    _first = [each.strip("\0") for each in _firsts]
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"), _first)  # pyright: ignore[reportUnknownMemberType]


def read(file: Path) -> Any:
    """The document of a file. Raises SourceError if it cannot be read."""
    try:
        return yaml.load(file.read_text(encoding="utf-8"), _Loader)  # noqa: S506 - it is a safe loader
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValueError) as error:
        raise SourceError(f"{file} cannot be read: {' '.join(str(error).split())}") from error


def mapping(value: Any, where: str) -> Mapping[str, Any]:
    """A mapping with texts for keys, empty where there is nothing. Raises SourceError if it is something else."""
    match value:
        case None:
            return {}
        case {**fields}:
            return {str(key): item for key, item in fields.items()}
        case _:
            raise SourceError(f"{where} must be a mapping")
