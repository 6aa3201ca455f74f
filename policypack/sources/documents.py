"""YAML and JSON files as Pulumi's CLI reads them: `yes`, `12:30` and dates are texts, keys too."""

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
"""Tag, pattern and first characters of what is not a text."""


DEEPEST: Final = 100
MOST: Final = 100_000
"""Values that a document may hold, aliases followed: a few lines of those can stand for gigabytes."""


class _Loader(yaml.SafeLoader):
    """YAML's core schema of version 1.2, of which PyYAML reads 1.1; a key given twice is refused, as Pulumi does."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - PyYAML's own

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - PyYAML's signature
        """Refuse duplicates, then construct as usual."""
        seen: set[str] = set()
        for key, _ in node.value:
            name = str(key.value)
            if name in seen and name != "<<":
                raise yaml.MarkedYAMLError(problem=f"{name!r} is given twice", problem_mark=key.start_mark)
            seen.add(name)
        return super().construct_mapping(node, deep)


for _tag, _pattern, _firsts in _SCALARS:
    _first = [each.strip("\0") for each in _firsts]
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"), _first)  # pyright: ignore[reportUnknownMemberType]


def read(file: Path) -> Any:
    """The document of a file. Raises SourceError if it cannot be read."""
    try:
        document = yaml.load(file.read_text(encoding="utf-8"), _Loader)  # noqa: S506 - it is a safe loader
    except RecursionError as error:
        raise SourceError(f"{file} cannot be read: it is nested too deeply") from error
    except yaml.MarkedYAMLError as error:  # its own text quotes the line, which may hold a secret
        line = f" in line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise SourceError(f"{file} cannot be read: {error.problem}{line}") from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValueError) as error:
        raise SourceError(f"{file} cannot be read: {' '.join(str(error).split())}") from error
    if not _is_bounded(document):
        raise SourceError(
            f"{file} cannot be read: it holds more than {MOST:,} values or {DEEPEST} levels, aliases followed"
        )
    return document


def _is_bounded(document: Any) -> bool:
    level, count = [document], 0
    for _ in range(DEEPEST):
        level = [
            child for each in level for child in (each.values() if is_object(each) else each if is_list(each) else ())
        ]
        count += len(level)
        if count > MOST or not level:
            return count <= MOST
    return False


def mapping(value: Any, where: str) -> Mapping[str, Any]:
    """A mapping with texts for keys, empty where there is nothing. Raises SourceError if it is something else."""
    match value:
        case None:
            return {}
        case {**fields}:
            return {str(key): item for key, item in fields.items()}
        case _:
            raise SourceError(f"{where} must be a mapping")
