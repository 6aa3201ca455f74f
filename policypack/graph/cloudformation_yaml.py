"""Reads CloudFormation templates, in JSON or in YAML with the short forms of functions, such as `!GetAtt Api.Id`."""

import json
from collections.abc import Mapping
from typing import Any, Final

import yaml

from .values import UNKNOWN, is_deeper, is_object

LARGEST: Final = 2 * 1024 * 1024
"""Bytes of a template that are read; AWS accepts 1 MB."""
DEEPEST: Final = 200
"""Levels of nesting; more is no template."""
_PLAIN: Final = frozenset({"Ref", "Condition"})
"""Functions whose long form has no `Fn::`."""


class TemplateError(ValueError):
    """A template that cannot be read; the message says why, as a clause."""


def parsed(value: Any) -> Mapping[str, Any]:
    """The template that a string or object is. Raises TemplateError if it cannot be read."""
    if value is UNKNOWN:
        raise TemplateError("its template is known only after deployment")
    try:
        document = value if is_object(value) else _document(value)
    except (yaml.YAMLError, ValueError, TypeError, OverflowError, RecursionError) as error:
        if isinstance(error, TemplateError):
            raise
        raise TemplateError("its template is neither JSON nor YAML") from error
    if not is_object(document):
        raise TemplateError("its template is no object")
    if is_deeper(document, DEEPEST):
        raise TemplateError(f"its template is nested more than {DEEPEST} levels deep")
    return document


def _document(value: Any) -> Any:
    if not isinstance(value, str):
        raise TemplateError("its template is neither a string nor an object")
    if len(value) > LARGEST:
        raise TemplateError("its template is larger than AWS accepts")
    try:
        return json.loads(value)
    except ValueError:
        _check_events(value)
        return yaml.load(value, Loader=_Loader)  # noqa: S506 - a safe loader


def _check_events(value: str) -> None:
    """Reject, before anything is built, what a few lines can expand to gigabytes."""
    depth = 0
    for event in yaml.parse(value, Loader=yaml.SafeLoader):
        if isinstance(event, yaml.AliasEvent):
            raise TemplateError("its template uses YAML aliases")
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise TemplateError(f"its template is nested more than {DEEPEST} levels deep")


class _Loader(yaml.SafeLoader):
    """A safe loader that knows the short forms of functions, and keeps dates as the strings that they are."""


def _function(loader: _Loader, suffix: str, node: Any) -> Any:
    if isinstance(node, yaml.ScalarNode):
        argument: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        argument = loader.construct_sequence(node, deep=True)
    else:
        argument = loader.construct_mapping(node, deep=True)
    return {suffix if suffix in _PLAIN else f"Fn::{suffix}": argument}


_Loader.add_multi_constructor("!", _function)  # pyright: ignore[reportUnknownMemberType]
_Loader.add_constructor("tag:yaml.org,2002:timestamp", yaml.SafeLoader.construct_yaml_str)  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
