"""Reads the parts of APIs that are not among the evaluated resources; what the API itself decides is unknown."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from ..graph.graph import Resource
from ..model.api import Handling
from ..model.auth import Authorizer, Route
from ..model.fact import Fact
from ..model.gateway import Gateway, Stage
from ..model.network import ResourcePolicy
from ..model.tls import Domain, SecurityPolicy
from . import endpoints

_POLICY: Final = Fact.unknown("its resource policy is in another stack")
_ENDPOINT: Final = Fact.unknown("its execute-api endpoint is configured in another stack")
_ROUTES: Final = Fact.unknown("its other routes are in another stack")


def external_gateway(
    api: Resource,
    kind: str,
    *,
    routes: Sequence[Route],
    stages: Sequence[Stage],
    named_stages: Sequence[Stage] = (),
    authorizers: Sequence[Authorizer] = (),
    handling: Handling | None = None,
    domains: Sequence[Domain] = (),
    resource_policy: ResourcePolicy | None = None,
) -> Gateway:
    """The gateway of an external API, made of those of its parts that are evaluated."""
    label = f"API {api.name} of another stack" if api.name else "an API known only after deployment"
    open_to_internet = dict.fromkeys((each.label for each in routes), _POLICY) if kind == "REST" else {}
    no_policy = ResourcePolicy(urn=api.urn, label=label, attached=_POLICY, open_to_internet=open_to_internet)
    return Gateway(
        urn=api.urn,
        api=api.urn,
        label=label,
        name=api.name or "known only after deployment",
        kind=kind,
        external=True,
        private=Fact.UNKNOWN,
        routes_known=Fact.YES if routes else _ROUTES,
        routes=tuple(routes),
        authorizers=tuple(authorizers),
        resource_policy=replace(resource_policy, label=label) if resource_policy else no_policy,
        endpoint_type="REGIONAL" if kind == "HTTP" else "",
        security_policy=endpoints.security_policy("TLS_1_2") if kind == "HTTP" else SecurityPolicy(known=_ENDPOINT),
        strict_access_mode=Fact.YES if kind == "HTTP" else _ENDPOINT,
        default_endpoint_off=_ENDPOINT,
        stages=tuple(stages),
        named_stages=tuple(named_stages),
        handling=handling or Handling(),
        domains=tuple(domains),
        key_source_is_authorizer=Fact.NO,
    )


def gateway_of_unknown_apis(kind: str, routes: Sequence[Route], stages: Sequence[Stage]) -> Gateway | None:
    """The gateway of parts of which only deployment shows to which API they belong; None if there are none."""
    if not routes and not stages:
        return None
    api = Resource(urn=[*routes, *stages][0].urn, type="", name="")
    return external_gateway(api, kind, routes=routes, stages=stages)


def located(gateway: Gateway, urn: str) -> Gateway:
    """The gateway of an external API, reported at one of its parts: the API itself has no URN."""
    policy = gateway.resource_policy
    at_api = policy.urn == gateway.urn
    return replace(gateway, urn=urn, resource_policy=replace(policy, urn=urn) if at_api else policy)
