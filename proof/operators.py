"""Breaks one resource in every systematic way: each input is dropped, weakened, made unknown or led elsewhere."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from policypack.graph.values import UNKNOWN, is_list, is_object, read
from policypack.graph.graph import Resource

Broken = tuple[str, str, Resource]
"""The path that was broken, the operator, and the resource after it."""

WEAKER: Final[Mapping[str, Any]] = {
    "Access-Control-Allow-Origin": "'*'",
    "Action": "execute-api:ManageConnections",
    "Effect": "Allow",
    "Principal": "*",
    "action": {"count": {}},
    "advancedSecurityMode": "OFF",
    "apiKeySource": "AUTHORIZER",
    "authorization": "NONE",
    "authorizationType": "NONE",
    "aws:SourceIp[]": "0.0.0.0/0",
    "behavior": "DROP",
    "cidrIpv4": "0.0.0.0/0",
    "comparisonOperator": "LessThanThreshold",
    "deletionProtection": "INACTIVE",
    "endpointAccessMode": "BASIC",
    "explicitAuthFlows[]": "ALLOW_USER_PASSWORD_AUTH",
    "identitySource": "context.path",
    "identitySources[]": "$request.querystring.token",
    "keyAlgorithm": "RSA_1024",
    "loggingLevel": "OFF",
    "message": "$context.error.validationErrorString",
    "mfaConfiguration": "OFF",
    "minimumProtocolVersion": "TLSv1",
    "overrideAction": {"count": {}},
    "preventUserExistenceErrors": "LEGACY",
    "principal": "*",
    "scope": "CLOUDFRONT",
    "securityPolicy": "TLS_1_0",
    "security_policy": "TLS_1_0",
    "sourceArn": "arn:aws:execute-api:*:*:*",
    "viewerProtocolPolicy": "allow-all",
}
"""By property, a value that is worse than that of compliant gateways and that AWS accepts."""
_SECURITY: Final = re.compile(r"security\[[^\]]*\]$")
_HUGE: Final = 2_000_000_000
_MARKED: Final = re.compile(r"\[[^\]]*\]$")


def broken(resource: Resource, names: Sequence[str]) -> Iterator[Broken]:
    """The resource with one of the named inputs broken, for each input and each way to break it."""
    for name in names:
        value = resource.inputs[name]
        edges = {key: urns for key, urns in resource.property_dependencies.items() if key != name}
        others = {key: item for key, item in resource.inputs.items() if key != name}
        yield name, "dropped", replace(resource, inputs=others, property_dependencies=edges)
        if resource.property_dependencies.get(name):
            elsewhere = {**resource.inputs, name: _elsewhere(value)}
            yield name, "led elsewhere", replace(resource, inputs=elsewhere, property_dependencies=edges)
        for path, operator, item in _Values(value).broken(value, name):
            kept = edges if operator == "unknown" or value is UNKNOWN else resource.property_dependencies
            yield path, operator, replace(resource, inputs={**resource.inputs, name: item}, property_dependencies=kept)


def repointed(resource: Resource, names: Sequence[str], others: Sequence[Resource]) -> Iterator[Broken]:
    """The resource with a reference led to another resource of the same type, for each of its references."""
    for name in names:
        urns = resource.property_dependencies.get(name, frozenset())
        for urn in sorted(urns):
            for other in _likes(urn, urns, others):
                swapped = {**resource.property_dependencies, name: urns - {urn} | {other.urn}}
                yield f"{name}<{_short(other.type)}>", "re-pointed", replace(resource, property_dependencies=swapped)
        for known in others if not urns else ():
            ids = _identities(known)
            for other in _likes(known.urn, urns, others) if _holds(resource.inputs[name], ids) else ():
                ours = {mine: theirs for mine, theirs in zip(ids, _identities(other), strict=True) if mine and theirs}
                value = _renamed(resource.inputs[name], ours)
                inputs = {**resource.inputs, name: value}
                if value != resource.inputs[name]:
                    yield f"{name}<{_short(other.type)}>", "re-pointed", replace(resource, inputs=inputs)


def swapped(first: Resource, second: Resource, names: Sequence[str]) -> Iterator[tuple[str, Resource, Resource]]:
    """Two resources of one type with one input exchanged, for each input in which they differ."""
    for name in names:
        pairs = [(each.inputs.get(name), each.property_dependencies.get(name)) for each in (first, second)]
        if pairs[0] != pairs[1]:
            yield name, _given(first, name, *pairs[1]), _given(second, name, *pairs[0])


def _given(resource: Resource, name: str, value: Any, urns: frozenset[str] | None) -> Resource:
    inputs = {key: item for key, item in resource.inputs.items() if key != name}
    edges = {key: item for key, item in resource.property_dependencies.items() if key != name}
    return replace(
        resource,
        inputs=inputs if value is None else {**inputs, name: value},
        property_dependencies={**edges, name: urns} if urns else edges,
    )


def _short(type_: str) -> str:
    return type_.rpartition(":")[2]


def _likes(urn: str, but: frozenset[str], others: Sequence[Resource]) -> list[Resource]:
    """The last other resource of the same type, as a list that is empty if there is none."""
    type_ = next((each.type for each in others if each.urn == urn), "")
    return [each for each in others if each.type == type_ and each.urn not in but | {urn}][-1:]


def _identities(resource: Resource) -> list[str]:
    values = [resource.id, *(resource.outputs.get(name) for name in ("arn", "executionArn", "name"))]
    return [value if isinstance(value, str) and len(value) > 1 else "" for value in values]


def _holds(value: Any, ids: Sequence[str]) -> bool:
    written = json.dumps(value, default=str)
    return any(f'"{each}"' in written for each in ids if each)


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return names.get(value, value)
    if is_object(value):
        return {key: _renamed(item, names) for key, item in value.items()}
    return [_renamed(item, names) for item in value] if is_list(value) else value


def _elsewhere(value: Any) -> Any:
    """The value with every string, and everything unknown, replaced by a name that is not in the graph."""
    if value is UNKNOWN:
        return "elsewhere"
    if is_object(value):
        return {key: _elsewhere(item) for key, item in value.items()}
    if is_list(value):
        return [_elsewhere(item) for item in value]
    return "elsewhere" if isinstance(value, str) and not is_object(document(value)) else value


class _Values:
    """The values that one input may be broken into."""

    def __init__(self, value: Any) -> None:
        whole = document(value) if isinstance(value, str) else value
        self._schemes = dict(_schemes(whole))

    def broken(self, value: Any, path: str, *, known: bool = True) -> Iterator[tuple[str, str, Any]]:
        """The value broken at each path inside it; nothing is made unknown inside a JSON string (`known=False`)."""
        name = path.rpartition(".")[2]
        weaker = _weaker(value, name)
        if weaker is not None and weaker != value:
            yield path, "weaker", weaker
        if value is UNKNOWN:
            return
        if known:
            yield path, "unknown", UNKNOWN
        if is_object(value):
            for key, item in value.items():
                inside = f"{path}.{key}{self._mark_of(path, key)}"
                yield inside, "dropped", {each: other for each, other in value.items() if each != key}
                for place, operator, changed in self.broken(item, inside, known=known):
                    yield place, operator, {**value, key: changed}
        elif is_list(value):
            for index, item in enumerate(value):
                inside = f"{path}[{self._mark(item, name)}]"
                yield inside, "dropped", [*value[:index], *value[index + 1 :]]
                for place, operator, changed in self.broken(item, inside, known=known):
                    yield place, operator, [*value[:index], changed, *value[index + 1 :]]
        elif isinstance(value, str) and is_object(parsed := document(value)):
            yield path, "emptied", "{}"
            yield path, "garbled", value[:-1]
            for place, operator, changed in self.broken(parsed, path, known=False):
                yield place, operator, json.dumps(changed)
        else:
            yield from ((path, operator, changed) for operator, changed in _leaves(value))

    def _mark_of(self, path: str, key: str) -> str:
        """The kind of a security scheme: a change that breaks one kind may mean nothing for another."""
        scheme = path.endswith("securitySchemes") or _SECURITY.search(path) is not None
        return f"[{self._schemes[key]}]" if scheme and key in self._schemes else ""

    def _mark(self, item: Any, name: str) -> str:
        """What distinguishes an item of a list from others: a change that weakens an Allow strengthens a Deny."""
        if isinstance(item, str):
            return item if name in {"redactedFields", "fieldKeys"} else ""
        if not is_object(item):
            return ""
        if name == "security":
            return " ".join(sorted({self._schemes.get(key, "") for key in item}))
        if "singleHeader" in item:
            return str(item["singleHeader"]["name"])
        if "expression" in item:
            return "math"
        if name == "dimensions" and set(item) == {"name", "value"}:
            return str(item["name"])
        if is_object(item.get("metric")):
            return "gateway" if str(item["metric"].get("namespace")).startswith("AWS/") else "own"
        return _mark_of_rule(item.get("statement")) or str(item.get("Effect", ""))


def _mark_of_rule(statement: Any) -> str:
    if not is_object(statement):
        return ""
    if "rateBasedStatement" in statement:
        return "rate"
    return str(statement.get("managedRuleGroupStatement", {}).get("name", "own"))


def _schemes(whole: Any) -> Iterator[tuple[str, str]]:
    """The names of the security schemes of an API definition, with the kind of each."""
    found = read(whole, "components", "securitySchemes")
    for name, scheme in found.items() if is_object(found) else ():
        own = "iam" if read(scheme, "x-amazon-apigateway-authtype") else "key"
        kind = read(scheme, "x-amazon-apigateway-authorizer", "type") or own
        yield name, str(kind).replace("cognito_user_pools", "cognito")


def document(value: Any) -> Any:
    """The content of a JSON string; None for any other value."""
    try:
        return json.loads(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _weaker(value: Any, name: str) -> Any:
    bare = _MARKED.sub("[]", name)
    found = WEAKER.get(bare)
    if found is None and isinstance(value, str) and value.startswith("https://"):
        return f"http://{value.removeprefix('https://')}"
    fits = value is UNKNOWN or isinstance(value, str) if isinstance(found, str) else is_object(value)
    return found if fits else None


def _leaves(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, bool):
        yield "turned off" if value else "turned on", not value
    elif isinstance(value, int | float):
        yield from (("zero", 0), ("negative", -1), ("huge", _HUGE))
    elif isinstance(value, str):
        yield "other", "other"
