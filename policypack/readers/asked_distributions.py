"""Reads CloudFront distributions in front of an API from the point of view of a single request."""

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from ..ask.entry_points import Behavior, Distributed, Mapped
from ..graph.graph import Graph, Resource
from ..graph.values import UNKNOWN, is_object, items, read, text
from ..model.fact import Fact
from ..model.gateway import Gateway

_EXECUTE_API: Final = re.compile(r"([\w-]+)\.execute-api\.", re.IGNORECASE)
_FORWARDS: Final = frozenset({"b689b0a8-53d0-40ab-baf2-66738e2966ac", "216adef6-5c7f-47e4-b989-5492eafa07d3"})
"""AWS's origin request policies AllViewerExceptHostHeader and AllViewer.
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-origin-request-policies.html
"""
_CODE: Final = ("functionAssociations", "lambdaFunctionAssociations")
_SIGNERS: Final = ("trustedKeyGroups", "trustedSigners")


def distributed(graph: Graph, gateway: Gateway, api: Resource, mapped: Sequence[Mapped]) -> Iterator[Distributed]:
    """The distributions in front of an API: once for each of their origins that leads to it."""
    by_urn = {each.urn: each for each in gateway.distributions}
    for urn, distribution in by_urn.items():
        resource = graph.by_urn(urn)
        if resource is None:
            continue
        origins = [each for each in items(resource.inputs.get("origins")) if is_object(each)]
        for origin in origins:
            found = _target(origin, api, mapped, alone=len(origins) == 1)
            if found is False:
                continue
            path = origin.get("originPath")
            yield Distributed(
                distribution=distribution,
                name=_host(resource),
                origin_path=None if path is UNKNOWN or found is None else text(path).rstrip("/"),
                mapped=found if isinstance(found, Mapped) else None,
                behaviors=tuple(_behaviors(resource, origin.get("originId"), certain=found is not None)),
                headers=tuple(_headers(origin)),
                requires_certificate=_requires_certificate(resource),
            )


def _target(origin: Any, api: Resource, mapped: Sequence[Mapped], *, alone: bool) -> Mapped | bool | None:
    """What an origin is: a domain of the API, True for its execute-api endpoint, False for neither; None if unknown."""
    domain = origin.get("domainName")
    if not isinstance(domain, str):
        # The distribution is known to lead to the API, so its only origin is the API.
        return True if alone and not mapped else None
    found = _EXECUTE_API.search(domain)
    if found:
        return found[1] == text(api.id)
    return next((each for each in mapped if each.name and each.name.lower() == domain.lower()), False)


def _host(resource: Resource) -> str:
    aliases = [each for each in items(resource.inputs.get("aliases")) if isinstance(each, str)]
    return aliases[0] if aliases else text(resource.outputs.get("domainName"))


def _headers(origin: Any) -> Iterator[tuple[str, str]]:
    for each in items(origin.get("customHeaders")):
        name, value = read(each, "name"), read(each, "value")
        if isinstance(name, str) and isinstance(value, str):
            yield name.lower(), value


def _behaviors(resource: Resource, origin: Any, *, certain: bool) -> Iterator[Behavior]:
    ordered = items(resource.inputs.get("orderedCacheBehaviors"))
    groups = _groups_with(resource, origin)
    for each in (*ordered, resource.inputs.get("defaultCacheBehavior")):
        pattern = "*" if each is resource.inputs.get("defaultCacheBehavior") else read(each, "pathPattern")
        methods, target = read(each, "allowedMethods"), read(each, "targetOriginId")
        undecided = not certain or UNKNOWN in (target, origin, pattern) or target in groups
        yield Behavior(
            pattern=text(pattern) or "*",
            leads_here=Fact.of(
                None if undecided else target == origin,
                unknown="whether the origin of the cache behavior is this API is unknown",
            ),
            methods=frozenset(map(text, items(methods))) if methods is not UNKNOWN and items(methods) else None,
            runs_code=_any(read(each, name) for name in _CODE),
            asks_for_signature=_any(read(each, name) for name in _SIGNERS),
            forwards_credentials=_forwards(each),
        )


def _groups_with(resource: Resource, origin: Any) -> set[Any]:
    """The ids of the origin groups with an origin: which of its origins gets a request depends on the others."""
    return {
        read(each, "originId")
        for each in items(resource.inputs.get("originGroups"))
        if any(read(one, "originId") == origin for one in items(read(each, "members")))
    }


def _any(given: Iterator[Any]) -> Fact:
    found = list(given)
    if any(each is not UNKNOWN and items(each) for each in found):
        return Fact.YES
    return Fact.of(None if UNKNOWN in found else False)


def _forwards(behavior: Any) -> Fact:
    if text(read(behavior, "originRequestPolicyId")) in _FORWARDS:
        return Fact.YES
    headers = items(read(behavior, "forwardedValues", "headers"))
    return Fact.YES if "*" in headers else Fact.UNKNOWN


def _requires_certificate(resource: Resource) -> Fact:
    mode = read(resource.inputs.get("viewerMtlsConfig"), "mode")
    return Fact.of(None if mode is UNKNOWN else text(mode).lower() == "required")
