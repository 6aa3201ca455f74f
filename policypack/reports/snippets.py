"""How to fix a violation in Pulumi: written once in snippets.yaml, and rendered in Python, TypeScript and YAML.

The entry of a policy is a list of resources and comments. Resources are named as in the TypeScript SDK
(`aws.wafv2.WebAcl: {scope: REGIONAL, ...}`). A policy about the configuration has a part of the pack's configuration
instead, under `config`. `${...}` is an expression, and `$json` is an object that is written as a JSON string.
"""

import json
import re
import textwrap
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from ..graph.values import is_list, is_object
from ..model.languages import Language, spelled

PYTHON: Final = "python"
TYPESCRIPT: Final = "typescript"
YAML: Final = "yaml"
CONFIG: Final = "config"
JSON: Final = "$json"
WIDTH: Final = 88
"""The width up to which a value stays on one line."""
_EXPRESSION: Final = re.compile(r"\$\{(.+)\}")
_PROPERTY: Final = re.compile(r"[a-z][A-Za-z0-9]*")


def of(policy: str) -> dict[str, str]:
    """The snippets of a policy by language, or under `config`; empty if it has none."""
    entry = written().get(policy)
    if entry is None:
        return {}
    if is_object(entry):
        return {CONFIG: json.dumps(entry[CONFIG], indent=2)}
    return {
        PYTHON: _rendered(entry, _Python()),
        TYPESCRIPT: _rendered(entry, _TypeScript()),
        YAML: _as_yaml(entry),
    }


@cache
def written() -> Mapping[str, Any]:
    """The entries of snippets.yaml, by policy."""
    return yaml.safe_load(Path(__file__).with_name("snippets.yaml").read_text("utf-8"))


class _Python:
    language = Language.PYTHON
    comment = "#"
    literals: Mapping[Any, str] = {True: "True", False: "False", None: "None"}

    def resource(self, class_: str, name: str, fields: str) -> str:
        return f'{class_.replace(".lambda.", ".lambda_.")}(\n    "{name}",\n{fields})'

    def argument(self, key: str, value: str) -> str:
        return f"{self.property(key)}={value}"

    def key(self, key: str) -> str:
        return json.dumps(self.property(key))

    def property(self, key: str) -> str:
        return Language.PYTHON.spell(key) if _PROPERTY.fullmatch(key) else key

    def expression(self, text: str) -> str:
        return ".".join(map(self.property, text.split(".")))

    def as_json(self, value: str) -> str:
        return f"json.dumps({value})"


class _TypeScript:
    language = Language.NODEJS
    comment = "//"
    literals: Mapping[Any, str] = {True: "true", False: "false", None: "null"}

    def resource(self, class_: str, name: str, fields: str) -> str:
        return f'new {class_}("{name}", {{\n{fields}}});'

    def argument(self, key: str, value: str) -> str:
        return f"{self.key(key)}: {value}"

    def key(self, key: str) -> str:
        return key if re.fullmatch(r"[A-Za-z_]\w*", key) else json.dumps(key)

    def expression(self, text: str) -> str:
        return text

    def as_json(self, value: str) -> str:
        return f"JSON.stringify({value})"


_Language = _Python | _TypeScript


def _rendered(entry: Sequence[Any], language: _Language) -> str:
    parts: list[str] = []
    for each in entry:
        if is_object(each):
            ((class_, arguments),) = each.items()
            lines = [f"    {language.argument(key, _value(value, language, 1))},\n" for key, value in arguments.items()]
            parts.append(language.resource(class_, "shop", "".join(lines)))
        else:
            parts.append(f"{language.comment} {spelled(each, language.language)}")
    return "\n".join(parts)


def _value(value: Any, language: _Language, depth: int, *, verbatim: bool = False) -> str:
    """A value on one line if it fits, else with one line for each member. `verbatim` keys are data, not properties."""
    if is_object(value) and JSON in value:
        return language.as_json(_value(value[JSON], language, depth, verbatim=True))
    if isinstance(value, bool) or value is None:
        return language.literals[value]
    if is_object(value):
        names = {key: json.dumps(key) if verbatim else language.key(key) for key in value}
        members = [
            f"{names[key]}: {_value(item, language, depth + 1, verbatim=verbatim)}" for key, item in value.items()
        ]
        return _bracketed("{}", members, depth, pad=" " if isinstance(language, _TypeScript) else "")
    if is_list(value):
        return _bracketed("[]", [_value(item, language, depth + 1, verbatim=verbatim) for item in value], depth)
    expression = _EXPRESSION.fullmatch(str(value))
    return language.expression(expression[1]) if expression else json.dumps(value)


def _bracketed(brackets: str, members: Sequence[str], depth: int, pad: str = "") -> str:
    left, right = brackets
    line = f"{left}{pad}{', '.join(members)}{pad}{right}" if members else brackets
    if len(line) + 4 * depth <= WIDTH and "\n" not in line:
        return line
    inner = "".join(f"{'    ' * (depth + 1)}{member},\n" for member in members)
    return f"{left}\n{inner}{'    ' * depth}{right}"


def _as_yaml(entry: Sequence[Any]) -> str:
    """The section `resources` of a Pulumi.yaml; a comment comes before its resource."""
    lines: list[str] = []
    resources = False
    for each in entry:
        if is_object(each):
            ((class_, arguments),) = each.items()
            lines += [] if resources else ["resources:"]
            resources = True
            simple = class_.rsplit(".", 1)[1]
            resource = {
                simple[:1].lower() + simple[1:]: {"type": class_.replace(".", ":"), "properties": _yaml(arguments)}
            }
            dumped = yaml.safe_dump(resource, sort_keys=False, width=WIDTH, allow_unicode=True)
            lines += textwrap.indent(dumped, "  ").splitlines()
        else:
            lines.append(f"{'  ' if resources else ''}# {spelled(each, Language.YAML)}")
    return "\n".join(lines)


def _yaml(value: Any) -> Any:
    """A value with the function that writes JSON in place of its call."""
    if is_object(value):
        if JSON in value:
            return {"fn::toJSON": _yaml(value[JSON])}
        return {key: _yaml(item) for key, item in value.items()}
    return [_yaml(item) for item in value] if is_list(value) else value
