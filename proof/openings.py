"""Inserts openings into compliant gateways, and counts what the policy pack notices.

`openings.yaml` is the table. Where `mutants.py` takes something away, this adds something: a resource, a statement, a
rule, a permission or a setting. `make mutants` inserts every opening into every base in every spelling.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Final

import mutants
import yaml
from policypack.graph.graph import Resource
from policypack.graph.values import UNKNOWN, is_list, is_object
from respelled import RESPELLINGS

TABLE: Final = Path(__file__).with_name("openings.yaml")
BASES: Final = tuple(each for each in mutants.BASES if each != "by hand, aws-native")
"""Those in the spelling of the table; a respelling makes one of aws-native of each."""
PLAIN: Final = "as in the table"
_TYPES: Final[Mapping[str, tuple[str, ...]]] = {
    "api": ("apigateway/restApi:RestApi",),
    "http": ("apigatewayv2/api:Api",),
    "path": ("apigateway/resource:Resource",),
    "stage": ("apigateway/stage:Stage",),
    "function": ("lambda/function:Function",),
    "pool": ("cognito/userPool:UserPool",),
    "restAuthorizer": ("apigateway/authorizer:Authorizer",),
}
"""What a reference of the table means."""
_IN_DOCUMENTS: Final = {
    "disableExecuteApiEndpoint": "servers",
    "policy": "x-amazon-apigateway-policy",
    "securityPolicy": "x-amazon-apigateway-security-policy",
}
"""By input of an API, the member of its document that says the same."""


@dataclass(frozen=True, kw_only=True)
class Opening:
    """An entry of the table."""

    name: str
    reason: str
    layers: frozenset[str]
    add: Mapping[str, Mapping[str, Any]]
    set: Mapping[str, Any]
    held: Mapping[str, Any]
    """What AWS held in place of inputs at the last refresh."""
    harmless: Mapping[str, str]
    """The bases that it does not weaken, each with the reason."""


@cache
def table() -> tuple[Opening, ...]:
    """Every opening."""
    listed: list[dict[str, Any]] = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    return tuple(
        Opening(
            name=each["name"],
            reason=each["reason"],
            layers=frozenset(each["layers"]),
            add=each.get("add", {}),
            set=each.get("set", {}),
            held=each.get("held", {}),
            harmless=each.get("except", {}),
        )
        for each in listed
    )


def opened(base: Sequence[Resource], opening: Opening) -> list[Resource] | None:
    """The base with an opening; None if the base has nothing of the kind that it is about."""
    found = list(base)
    for type_, inputs in opening.add.items():
        added = _added(found, type_, inputs)
        if added is None:
            return None
        found.append(added)
    for path, value in opening.set.items():
        type_, _, inside = path.partition(".")
        places = [place for place, each in enumerate(found) if each.type == f"aws:{type_}"]
        if not places or (type_ == "apigatewayv2/api:Api" and any(map(_is_socket, found))):
            return None
        for place in places:
            found[place] = _with(found[place], inside, value)
        if type_ == "apigateway/restApi:RestApi":
            found = [_without(each, inside) for each in found]
    for path, value in opening.held.items():
        type_, _, name = path.partition(".")
        places = [place for place, each in enumerate(found) if each.type == f"aws:{type_}"]
        if not places:
            return None
        for place in places:
            found[place] = replace(found[place], held={name: value})
    return found


def _without(resource: Resource, name: str) -> Resource:
    """A document that is imported later, without what it says of an input of its API: that would apply."""
    body = resource.inputs.get("body")
    if resource.type != "aws:apigateway/restApiPut:RestApiPut" or not isinstance(body, str):
        return resource
    members = {key: each for key, each in json.loads(body).items() if key != _IN_DOCUMENTS.get(name)}
    return replace(resource, inputs={**resource.inputs, "body": json.dumps(members)})


def _added(base: Sequence[Resource], type_: str, inputs: Mapping[str, Any]) -> Resource | None:
    edges: dict[str, frozenset[str]] = {}
    values: dict[str, Any] = {}
    for name, value in inputs.items():
        found: list[Resource] = []
        values[name] = _resolved(base, value, found)
        if values[name] is None:
            return None
        if found:
            edges[name] = frozenset(each.urn for each in found)
    plain, _, number = type_.partition("#")
    project = base[0].urn.split("::")[1]
    name = f"opening{number}"
    return Resource(
        urn=f"urn:pulumi:dev::{project}::aws:{plain}::{name}",
        type=f"aws:{plain}",
        name=name,
        id=f"{name}-id",
        inputs=values,
        property_dependencies=edges,
    )


def _resolved(base: Sequence[Resource], value: Any, found: list[Resource]) -> Any:
    """A value with its references; None if the base has no such resource."""
    if isinstance(value, str) and value.startswith("@"):
        property_ = ""
        if value == "@added":
            target = base[-1] if "Authorizer" in base[-1].type else base[-2]
        else:
            kind, _, property_ = value[1:].partition(".")
            types = {f"aws:{each}" for each in _TYPES[kind]}
            targets = [each for each in base if each.type in types and not _is_socket(each)]
            if not targets:
                return None
            target = targets[0]
        if value == "@stage" and isinstance(target.inputs.get("stageName"), str):
            return target.inputs["stageName"]
        found.append(target)
        given = target.outputs.get(property_) if property_ else target.id
        return given if isinstance(given, str) else UNKNOWN
    if is_object(value):
        inner = {key: _resolved(base, each, found) for key, each in value.items()}
        return None if None in inner.values() else inner
    if is_list(value):
        items = [_resolved(base, each, found) for each in value]
        return None if None in items else items
    return value


def _is_socket(resource: Resource) -> bool:
    """Whether a resource is a WebSocket API, which has other routes."""
    return resource.inputs.get("protocolType") == "WEBSOCKET"


def _with(resource: Resource, path: str, value: Any) -> Resource:
    name, more, rest = path.partition("[].")
    appended = name.endswith("+")
    name = name.removesuffix("+")
    given = resource.inputs.get(name)
    if more and is_list(given):
        value = [{**each, rest: value} if is_object(each) else each for each in given]
    elif appended:
        value = [*(given if is_list(given) else []), value]
    edges = {key: urns for key, urns in resource.property_dependencies.items() if more or appended or key != name}
    return replace(resource, inputs={**resource.inputs, name: value}, property_dependencies=edges)


def noticed(base: str, opening: Opening, spelling: str) -> bool | None:
    """Whether the pack notices an opening in the right layer; None if it does not fit the base."""
    resources = opened(mutants.base(base), opening)
    # What AWS held is compared before a resource is translated, so respelling it would test nothing else.
    if resources is None or base in opening.harmless or (opening.held and spelling != PLAIN):
        return None
    return bool(opening.layers & {layer for layer, _ in _found(resources, spelling) - _before(base, spelling)})


@cache
def _before(base: str, spelling: str) -> Counter[tuple[str, str]]:
    return _found(mutants.base(base), spelling)


def _found(resources: Sequence[Resource], spelling: str) -> Counter[tuple[str, str]]:
    """The layer and message of each finding; URNs differ between spellings."""
    spelled = resources if spelling == PLAIN else RESPELLINGS[spelling](resources)
    return Counter((each.layer, each.message) for each in mutants.said(spelled).values())


def insertions(bases: Sequence[str], spellings: Sequence[str]) -> Iterator[tuple[bool, str]]:
    """Each opening in each base and spelling that it fits: whether it is noticed, and what it is."""
    for base in bases:
        for opening in table():
            for spelling in spellings:
                found = noticed(base, opening, spelling)
                if found is not None:
                    yield found, f"{base}, {spelling}: {opening.name}"


def main() -> int:
    """Print how many openings are noticed, and each that is not."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--base", choices=BASES, action="append")
    parser.add_argument("--spelling", choices=[PLAIN, *RESPELLINGS], action="append")
    chosen = parser.parse_args()
    tally: Counter[bool] = Counter()
    for found, what in insertions(chosen.base or BASES, chosen.spelling or [PLAIN, *RESPELLINGS]):
        tally[found] += 1
        if not found:
            print(f"silent  {what}")
    print(f"{len(table())} openings: {tally[True]} noticed, {tally[False]} silent")
    return 1 if tally[False] else 0


if __name__ == "__main__":
    sys.exit(main())
