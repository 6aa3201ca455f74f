"""Reads YAML and JSON files the way Pulumi's CLI does: `yes`, `12:30` and dates are strings, as keys too."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from ..graph.values import is_list, is_object
from .source import SourceError

_SCALARS: Final = (
    ("null", r"~|null|Null|NULL|", "~nN\0"),
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?(?:0|[1-9][0-9_]*|0o?[0-7_]+|0x[0-9a-fA-F_]+|0b[01_]+)", "-+0123456789"),
    ("float", r"[-+]?(?:\.[0-9]+|[0-9][0-9_]*(?:\.[0-9_]*)?)(?:[eE][-+]?[0-9]+)?", "-+.0123456789"),
    ("merge", r"<<", "<"),
)
"""Tag, pattern and first characters of the scalars that are not strings."""
_SHOWN: Final = 60
"""How many characters of a key a message shows."""
MAX_DEPTH: Final = 100
MAX_VALUES: Final = 100_000
"""How many values a document may contain, aliases followed: a few lines of aliases can expand to gigabytes."""


class _Loader(yaml.SafeLoader):
    """Reads the core schema of YAML 1.2, where PyYAML reads 1.1, and rejects duplicate keys, as Pulumi does."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - PyYAML's own

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - PyYAML's signature
        """Construct a mapping. Raises MarkedYAMLError for a duplicate key."""
        seen: set[str] = set()
        for key, _ in node.value:
            name = str(key.value)
            if name in seen and name != "<<":
                raise yaml.MarkedYAMLError(problem=f"{name!r} is a duplicate key", problem_mark=key.start_mark)
            seen.add(name)
        return super().construct_mapping(node, deep)


for _tag, _pattern, _firsts in _SCALARS:
    _first = [each.strip("\0") for each in _firsts]
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"), _first)  # pyright: ignore[reportUnknownMemberType]


def read(file: Path) -> Any:
    """The document in a file. Raises SourceError if it cannot be read."""
    try:
        document = yaml.load(file.read_text(encoding="utf-8"), _Loader)  # noqa: S506 - it is a safe loader
    except RecursionError as error:
        raise SourceError(f"{file} cannot be read: it is nested too deeply") from error
    except yaml.MarkedYAMLError as error:  # the error itself quotes the line, which may hold a secret
        line = f" in line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise SourceError(f"{file} cannot be read: {error.problem}{line}") from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValueError) as error:
        raise SourceError(f"{file} cannot be read: {' '.join(str(error).split())}") from error
    if not _is_bounded(document):
        raise SourceError(
            f"{file} cannot be read: it has more than {MAX_VALUES:,} values or {MAX_DEPTH} levels, aliases followed"
        )
    return document


def parsed(text: str) -> Any:
    """The JSON document in a string. Raises ValueError, also for what Pulumi never writes: duplicate keys and NaN.

    Of two values for one key, one reader sees the first and another the last, so either may hide something.
    """
    return json.loads(text, object_pairs_hook=_object, parse_constant=_reject_constant)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{twice[:_SHOWN]!r} is a duplicate key")
    return found


def _reject_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a number in JSON")


def _is_bounded(document: Any) -> bool:
    level, count = [document], 0
    for _ in range(MAX_DEPTH):
        level = [
            child for each in level for child in (each.values() if is_object(each) else each if is_list(each) else ())
        ]
        count += len(level)
        if count > MAX_VALUES or not level:
            return count <= MAX_VALUES
    return False


def mapping(value: Any, path: str) -> Mapping[str, Any]:
    """A map with strings as keys, empty for `None`. Raises SourceError for any other value; `path` names it there."""
    match value:
        case None:
            return {}
        case {**fields}:
            return {str(key): item for key, item in fields.items()}
        case _:
            raise SourceError(f"{path} must be a map")


def lines(file: Path, key: str) -> dict[str, int]:
    """The line of each key in the map that a document contains under `key`, of a file that `read` accepts."""
    root = yaml.compose(file.read_text(encoding="utf-8"), _Loader)
    found: Any = next((value for name, value in root.value if name.value == key), None) if root else None
    entries: Any = found.value if isinstance(found, yaml.MappingNode) else ()
    return {str(name.value): name.start_mark.line + 1 for name, _ in entries}
