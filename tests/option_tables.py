"""Writes the option tables of the pages in `docs/layers`, from the args' docstrings and the specs' declarations.

    python tests/option_tables.py

A page marks a table with `<!-- options of WafArgs -->` and `<!-- end of options -->`. A nested object gets its rows in
the same table, unless the page has a table of its own for it, or for what it extends.
`<!-- options of AlarmsArgs below alarms -->` begins the names of a table with `alarms.`.
"""

import inspect
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, is_typeddict

from pulumi.provider.experimental.analyzer import Analyzer
from valid_args import hints

from secure_gateway.provider import COMPONENTS, Provider, args_of, bases
from secure_gateway.validation import fields

ROOT = Path(__file__).parents[1]
PAGES = sorted((ROOT / "docs").rglob("*.md"))
TABLE = re.compile(
    r"<!-- options of (?P<shape>\w+)(?: below (?P<prefix>\S+))? -->\n.*?<!-- end of options -->", re.DOTALL
)
_DEFAULT = re.compile(r"(?:^|(?<=\. ))Defaults to (?P<default>.*?)\.(?= |$)")
_TYPES = {bool: "boolean", str: "string", int: "whole number", float: "number", Any: "any value"}


@cache
def analyzer() -> Analyzer:
    return Provider().analyzer


@cache
def shapes() -> Mapping[str, type]:
    """The TypedDicts that args are made of, by name."""
    found: dict[str, type] = {}
    waiting = [args_of(each) for each in COMPONENTS]
    while waiting:
        shape = waiting.pop()
        if shape.__name__ not in found:
            found[shape.__name__] = shape
            waiting += [*bases(shape), *filter(None, map(nested_shape, hints(shape).values()))]
    return found


def plain(hint: Any) -> Any:
    """A hint without the Outputs of `pulumi.Input`."""
    if get_origin(hint) is Union or type(hint).__name__ == "UnionType":
        return next((each for each in get_args(hint) if each in (str, int, float, bool)), hint)
    return hint


def nested_shape(hint: Any) -> type | None:
    hint = plain(hint)
    if is_typeddict(hint):
        return hint
    return next((each for each in get_args(hint) if is_typeddict(each)), None)


def type_text(hint: Any) -> str:
    hint = plain(hint)
    if is_typeddict(hint):
        return "object"
    if get_origin(hint) is Literal:
        return type_text(type(get_args(hint)[0]))
    if get_origin(hint) is Mapping:
        return "map"
    if get_origin(hint) in (Sequence, list):
        inner = type_text(get_args(hint)[0])
        return f"list of {inner}s" if inner in ("string", "object") else "list"
    return _TYPES.get(hint, "string")


def rows(shape: type, prefix: str, own_tables: set[str]) -> Iterator[tuple[str, str, str, str]]:
    """Name, meaning, values and default of each option, nested ones after their object."""
    required = getattr(shape, "__required_keys__", frozenset())
    shown = {name for base in bases(shape) if base.__name__ in own_tables for name in hints(base)}
    for name, hint in hints(shape).items():
        if name in shown:
            continue
        meaning = docstring(shape, name)
        found = _DEFAULT.search(meaning)
        option = declared(shape, name)
        values = option.values if option else type_text(hint)
        default = (fields.default_text(option) if option else "") or (found["default"] if found else "")
        if name in required:
            default = "required"
        text = _DEFAULT.sub("", meaning).strip().removesuffix(".")
        yield f"{prefix}{name}", text, values, default
        nested = nested_shape(hint)
        if nested and nested.__name__ not in own_tables:
            below = {Mapping: f"{prefix}{name}.<name>.", Sequence: f"{prefix}{name}[]."}
            yield from rows(nested, below.get(get_origin(plain(hint)), f"{prefix}{name}."), own_tables)


def docstring(shape: type, name: str) -> str:
    for each in (shape, *bases(shape)):
        if text := analyzer().get_docstring(each, name):
            return " ".join(inspect.cleandoc(text).split())
    raise LookupError(f"{shape.__name__}.{name} has no docstring")


def declared(shape: type, name: str) -> Any:
    return next(filter(None, (fields.declared(each, name) for each in (shape, *bases(shape)))), None)


def table(shape: str, prefix: str, own_tables: set[str]) -> str:
    lines = ["| option | meaning | values | default |", "|---|---|---|---|"]
    for name, *cells in rows(shapes()[shape], prefix, own_tables):
        escaped = (each.replace("|", "\\|") for each in cells)
        lines.append(f"| `{name}` | {' | '.join(escaped)} |")
    return "\n".join(lines)


def written(text: str) -> str:
    """A page with its tables as they should be."""
    own_tables = {each["shape"] for each in TABLE.finditer(text)}

    def fill(found: re.Match[str]) -> str:
        prefix = f"{found['prefix']}." if found["prefix"] else ""
        begin = found[0].partition("\n")[0]
        return f"{begin}\n{table(found['shape'], prefix, own_tables)}\n<!-- end of options -->"

    return TABLE.sub(fill, text)


def main() -> None:
    for path in PAGES:
        text = path.read_text("utf-8")
        if (new := written(text)) != text:
            path.write_text(new, "utf-8")


if __name__ == "__main__":
    main()
