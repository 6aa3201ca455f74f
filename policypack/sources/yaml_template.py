"""Reads what a program in YAML mentions: types, functions and names of properties, and the lines of its resources."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ..graph.values import is_object
from . import documents
from .source import SourceError

FILES: Final = ("Main.json", "Main.yaml", "Pulumi.yaml")
"""Where Pulumi's language host for YAML looks for the program, in this order."""
_TOKEN: Final = re.compile(r"(?:fn::)?([\w-]+(?::[\w./-]+){1,2})")
"""A type or a function, such as `aws:apigateway:RestApi`. `fn::aws:ec2:getVpc` calls a function."""
_NAME: Final = re.compile(r"[A-Za-z_$][\w$-]*")
_NAMING: Final = frozenset({"properties", "state", "arguments"})
"""Keys of maps whose own keys are names of properties; so are those of a function that is called as `fn::aws:...`."""
_REFERENCE: Final = re.compile(r"\$\{([^}]*)\}")
_PROPERTY: Final = re.compile(r"[.\"']([A-Za-z_$][\w$-]*)")
"""A property inside a reference, such as `arn` in `${topic.arn}`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Template:
    """What a program mentions, wherever it does."""

    file: Path
    tokens: frozenset[str]
    """What may be a type or a function."""
    names: frozenset[str]
    """What may be the name of a property."""
    lines: Mapping[tuple[str, str], int]
    """The line of each resource, by its name and the class in its type, such as `RestApi` in lower case."""


def read(directory: Path) -> Template:
    """The program in a folder. Raises SourceError if there is none, or if it cannot be read."""
    file = next((each for name in FILES if (each := directory / name).is_file()), None)
    if file is None:
        raise SourceError(f"{directory} contains no program in YAML: it must be in one of {', '.join(FILES)}")
    program = documents.mapping(documents.read(file), str(file))
    strings = frozenset(_strings(program))
    references = {word for each in strings for inside in _REFERENCE.findall(each) for word in _PROPERTY.findall(inside)}
    variables: Any = program.get("variables")
    shared = variables.values() if is_object(variables) else ()  # maps that are properties as a whole
    named = {*_names(program), *(name for each in shared for name in _names({"properties": each}))}
    return Template(
        file=file,
        tokens=frozenset(match[1] for each in strings if (match := _TOKEN.fullmatch(each))),
        names=frozenset(each for each in {*named, *references} if _NAME.fullmatch(each)),
        lines=_lines(file, program.get("resources")),
    )


def class_of(type_: str) -> str:
    """The class in a type, in lower case, since programs in YAML may spell the rest of a type in several ways."""
    return type_.rpartition(":")[2].lower()


def _strings(value: Any) -> Iterator[str]:
    """Every string inside a value, including the keys of maps."""
    match value:
        case str():
            yield value
        case {**fields}:
            for key, item in fields.items():
                yield str(key)
                yield from _strings(item)
        case [*items]:
            for item in items:
                yield from _strings(item)
        case _:
            pass


def _names(value: Any) -> Iterator[str]:
    """The names of properties that a value sets or asks for."""
    match value:
        case {**fields}:
            for key, item in fields.items():
                named = str(key).lower()
                if is_object(item) and (named in _NAMING or named.startswith("fn::")):
                    yield from map(str, item)
                elif named == "return":
                    yield str(item)
                yield from _names(item)
        case [*items]:
            for item in items:
                yield from _names(item)
        case _:
            pass


def _lines(file: Path, resources: Any) -> dict[tuple[str, str], int]:
    lines = documents.lines(file, "resources")
    found: dict[tuple[str, str], int] = {}
    for key, declared in documents.mapping(resources, f"{file}: resources").items():
        match declared:
            case {"type": str(type_), **others}:
                found[str(others.get("name") or key), class_of(type_)] = lines.get(key, 0)
            case _:
                pass  # the language host rejects it
    return found
