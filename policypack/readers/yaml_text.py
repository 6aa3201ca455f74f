"""Reads the YAML of API definitions as JSON: with the scalars of JSON, string keys, and no key twice.

OpenAPI limits YAML to what JSON can express (https://spec.openapis.org/oas/v3.0.3#format). PyYAML's own loaders read
`on`, `12:30` and `2024-01-01` as a boolean, a number and a date.
"""

import re
from typing import Any, Final

import yaml

from ..graph.values import is_list, is_object

MOST: Final = 500_000
"""Values that a definition may contain, aliases followed: a few lines of aliases can expand to gigabytes."""
_FASTEST: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_SCALARS: Final = (
    ("null", r"~|null|Null|NULL|", "~nN\0"),
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?(?:0|[1-9][0-9]*)", "-+0123456789"),
    ("float", r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.inf|\.nan", "-+.0123456789"),
    ("merge", r"<<", "<"),
)
"""Tag, pattern and first characters of the scalars that are not strings."""
_CORE: Final = "tag:yaml.org,2002:"


class YamlError(ValueError):
    """A string that is not YAML, or more than JSON can express; the message says why, and quotes no value."""


class _Loader(_FASTEST):
    """Constructs what JSON can express, and nothing else."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - PyYAML's own
    yaml_constructors: dict[str | None, Any] = {}  # noqa: RUF012 - PyYAML's own

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[str, Any]:  # noqa: FBT001, FBT002 - PyYAML's signature
        """Construct a map with string keys. Raises YamlError for a duplicate key."""
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise YamlError("it has a key that is no string")
            if str(key.value) in seen:
                raise YamlError(f"it has the key `{str(key.value)[:60]}` twice in one object")
            seen.add(str(key.value))
        self.flatten_mapping(node)
        return {str(key.value): self.construct_object(value, deep=deep) for key, value in node.value}


def read(text: str, deepest: int) -> Any:
    """The only document of a string, nested no deeper than `deepest` levels. Raises YamlError."""
    try:
        _check_depth(text, deepest)
        document = yaml.load(text, _Loader)  # noqa: S506 - it constructs plain values only
    except RecursionError as error:
        raise YamlError("it is nested too deeply") from error
    except YamlError:
        raise
    except (yaml.YAMLError, ValueError) as error:
        raise YamlError("it is neither JSON nor YAML") from error
    if _is_too_large(document, deepest):
        raise YamlError(f"it contains more than {MOST:,} values or {deepest} levels, aliases followed")
    return document


def _check_depth(text: str, deepest: int) -> None:
    """Refuse, before anything is built, what would overflow a stack."""
    depth = 0
    for event in yaml.parse(text, Loader=_FASTEST):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > deepest:
            raise YamlError(f"it is nested more than {deepest} levels deep")


def _is_too_large(document: Any, deepest: int) -> bool:
    level, count = [document], 0
    for _ in range(deepest + 1):
        following: list[Any] = []
        for each in level:
            following += each.values() if is_object(each) else each if is_list(each) else ()
            if count + len(following) > MOST:
                return True
        count += len(following)
        level = following
        if not level:
            return False
    return True


def _scalar(_loader: Any, node: Any) -> Any:
    """A scalar whose tag was found or is given; a tag that does not fit its value has no meaning."""
    tag, value = node.tag.removeprefix(_CORE), str(node.value)
    if tag in {"str", "merge"}:
        return value
    if not isinstance(node, yaml.ScalarNode) or not any(
        re.fullmatch(pattern, value) for kind, pattern, _ in _SCALARS if kind == tag or (tag, kind) == ("float", "int")
    ):
        raise YamlError("it has a tag that does not fit its value")
    match tag:
        case "null":
            return None
        case "bool":
            return value.lower() == "true"
        case "int":
            return int(value)
        case _:
            return float(value.replace(".", "", 1) if value.lstrip("-+") in {".inf", ".nan"} else value)


def _rejected(_loader: Any, _node: Any) -> Any:
    raise YamlError("it has a tag that has no meaning in JSON")


for _tag, _pattern, _firsts in _SCALARS:
    _first = [each.strip("\0") for each in _firsts]
    _Loader.add_implicit_resolver(f"{_CORE}{_tag}", re.compile(f"^(?:{_pattern})$"), _first)
for _tag in ("str", "null", "bool", "int", "float", "merge"):
    _Loader.add_constructor(f"{_CORE}{_tag}", _scalar)
for _tag in ("seq", "map"):
    _Loader.add_constructor(f"{_CORE}{_tag}", _FASTEST.yaml_constructors[f"{_CORE}{_tag}"])
_Loader.add_constructor(None, _rejected)
