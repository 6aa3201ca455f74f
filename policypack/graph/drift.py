"""Compares what a program declares with what AWS held when the state file was last written.

The outputs of a resource in a state file are what AWS returned at its last update or refresh. If they differ from the
inputs, the resource was changed without Pulumi.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from .graph import Graph, Resource
from .inputs import passed, returned
from .resource_types import HTTP_API, READ, REST_STAGE
from .values import UNKNOWN, is_list, is_object

_OTHER_FORMS: Final = ("aws-native:",)
_ADDED: Final = {
    REST_STAGE: ("canarySettings",),
    "aws-native:apigateway:Stage": ("canarySetting",),
    HTTP_API: ("corsConfiguration",),
    "aws-native:apigatewayv2:Api": ("corsConfiguration",),
}
"""Inputs that AWS never fills in by itself, so that it holds what someone set although the program leaves it out."""
_TERRAFORM: Final = ":tf:"


def held(type_: str, inputs: Mapping[str, Any], outputs: Mapping[str, Any]) -> dict[str, Any]:
    """The declared inputs of a resource that AWS held otherwise, with what it held; None for those that were unset.

    Most inputs that the program leaves out are not compared: AWS fills in many values by itself.
    """
    if not inputs or not outputs:
        return {}
    known = passed(type_) if type_ in READ else None
    if known is None and not (type_.startswith(_OTHER_FORMS) or _TERRAFORM in type_):
        return {}
    found: dict[str, Any] = {}
    for name, value in inputs.items():
        if known is not None and name not in known:
            continue
        output = outputs.get(name)
        if value is None or value == output:
            continue
        # Outputs of aws-native lack what its provider only writes.
        if output is None and (known is None or not returned(type_, name)):
            continue
        if _differ(value, output):
            found[name] = _merged(value, output)
    added = {name: outputs.get(name) for name in _ADDED.get(type_, ()) if inputs.get(name) is None}
    return found | {name: value for name, value in added.items() if is_object(value) and value}


def with_held(resource: Resource) -> Resource:
    """A resource with what AWS held at its last update or refresh, as far as that is not what the program declares."""
    found = held(resource.type, resource.inputs, resource.outputs)
    return replace(resource, held=found) if found else resource


def as_held(graph: Graph) -> Graph | None:
    """A graph with what AWS held in place of what the program declares; None if that is the same."""
    if not any(each.held for each in graph.resources):
        return None
    return Graph(map(_as_held, graph.resources), whole=graph.whole, not_readable=graph.not_readable)


def _as_held(resource: Resource) -> Resource:
    if not resource.held:
        return resource
    inputs = {**resource.inputs, **resource.held}
    return replace(resource, inputs={name: value for name, value in inputs.items() if value is not None})


def _is_unset(value: Any) -> bool:
    """Whether a value says as much as none. An empty object says which of several it is, such as `block`."""
    if is_list(value):
        return all(map(_is_unset, value))
    return value is not UNKNOWN and (value is None or value is False or value == "")


def _merged(declared: Any, output: Any) -> Any:
    """An output, in which what is unknown, such as an encrypted secret, is what the program declares."""
    if output is UNKNOWN:
        return declared
    if is_object(output):
        inside: Mapping[str, Any] = declared if is_object(declared) else {}
        return {name: _merged(inside.get(name, UNKNOWN), value) for name, value in output.items()}
    if is_list(output):
        same = is_list(declared) and len(declared) == len(output)
        return [_merged(declared[index] if same else UNKNOWN, value) for index, value in enumerate(output)]
    return output


def _differ(declared: Any, output: Any) -> bool:
    """Whether an output says something else than the input. Lists have no order, and a single item may be no list."""
    if UNKNOWN in (declared, output) or (_is_unset(declared) and _is_unset(output)):
        return False
    if is_list(declared) or is_list(output):
        one, other = (list(each) if is_list(each) else [each] for each in (declared, output))
        rest = [each for each in other if not _is_unset(each)]
        for each in (item for item in one if not _is_unset(item)):
            found = next((index for index, item in enumerate(rest) if not _differ(each, item)), None)
            if found is None:
                return True
            rest.pop(found)
        return bool(rest)
    if is_object(declared) and is_object(output):
        added = (value for name, value in output.items() if name not in declared)
        return any(each is True for each in added) or any(
            _differ(value, output.get(name)) for name, value in declared.items()
        )
    return _comparable(declared) != _comparable(output)


def _comparable(value: Any) -> Any:
    if isinstance(value, str):
        stripped = value.strip()
        if stripped.startswith(("{", "[")):
            try:
                return json.dumps(json.loads(stripped), sort_keys=True)
            except (ValueError, RecursionError):
                return value
        return stripped.lower()
    if is_object(value):
        return json.dumps(value, sort_keys=True, default=str)
    return str(value).lower()
