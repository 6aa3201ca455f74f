"""Reads the VPC endpoints through which callers reach private APIs."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network
from typing import Any, Final

from ..graph.children_by_parent import Children
from ..graph.graph import Graph, Resource, Target
from ..graph.resource_types import (
    DOMAIN_ACCESS_ASSOCIATION,
    REST_API,
    REST_API_POLICY,
    REST_STAGE,
    SECURITY_GROUP,
    SECURITY_GROUP_ASSOCIATION,
    SECURITY_GROUP_INGRESS_RULE,
    SECURITY_GROUP_RULE,
    VPC_ENDPOINT,
    VPC_ENDPOINT_POLICY,
)
from ..graph.values import UNKNOWN, is_object, items, text
from ..model.fact import Fact, every, negate
from ..model.network import VpcEndpoint
from ..resource_policy import (
    Access,
    Document,
    Method,
    MethodResource,
    PolicyError,
    parse,
)

_APIS: Final = (REST_API, REST_STAGE)
_ENDPOINT_INPUTS: Final = {
    REST_API: "endpointConfiguration",
    REST_API_POLICY: "policy",
    DOMAIN_ACCESS_ASSOCIATION: "accessAssociationSource",
}
"""The inputs by which resources of API Gateway name VPC endpoints."""
_LISTS: Final = ("prefixListIds", "sourcePrefixListId")
"""The inputs of a rule inside a security group by which it names prefix lists, which are not read."""
_RANGES: Final = ("cidrBlocks", "ipv6CidrBlocks", "cidrIpv4", "cidrIp", "cidrIpv6")


class VpcEndpoints:
    """The VPC endpoints for API Gateway in a graph."""

    def __init__(self, graph: Graph) -> None:
        """Keep the graph; security groups and their rules are read only if there is an endpoint."""
        self._graph = graph

    @cached_property
    def _policies(self) -> Children:
        return Children(self._graph, VPC_ENDPOINT_POLICY, "vpcEndpointId", VPC_ENDPOINT)

    @cached_property
    def _rules(self) -> Children:
        return Children(
            self._graph, (SECURITY_GROUP_INGRESS_RULE, SECURITY_GROUP_RULE), "securityGroupId", SECURITY_GROUP
        )

    @cached_property
    def _associations(self) -> Children:
        return Children(self._graph, SECURITY_GROUP_ASSOCIATION, "vpcEndpointId", VPC_ENDPOINT)

    def _associated(self, endpoint: Resource) -> list[Target]:
        """The security groups that associations give to an endpoint."""
        associations = self._associations.of(endpoint)
        return [self._graph.target(each, "securityGroupId", SECURITY_GROUP) for each in associations]

    def all(self) -> tuple[VpcEndpoint, ...]:
        """Every endpoint whose service is execute-api."""
        return tuple(
            VpcEndpoint(
                urn=each.urn,
                label=f"VPC endpoint {each.name}",
                scoped=self._scoped(each),
                not_public=every(self._groups_known(each), self._not_public(list(self._groups(each)))),
            )
            for each in self._graph.of_type(VPC_ENDPOINT)
            if self._for_gateways(each)
        )

    def _for_gateways(self, endpoint: Resource) -> bool:
        """Whether its service is API Gateway. If the service is unknown, an API that names the endpoint shows it."""
        service = endpoint.inputs.get("serviceName")
        return endpoint.urn in self._named if service is UNKNOWN else text(service).endswith(".execute-api")

    @cached_property
    def _named(self) -> set[str]:
        named = (
            each
            for type_, name in _ENDPOINT_INPUTS.items()
            for resource in self._graph.of_type(type_)
            for each in self._graph.dependencies(resource, name, VPC_ENDPOINT)
        )
        return {each.urn for each in named}

    def _scoped(self, endpoint: Resource) -> Fact:
        """Whether its own policy names the APIs that it leads to; by default it leads to all APIs of the region."""
        separate = self._policies.of(endpoint)
        written = separate[-1].inputs.get("policy") if separate else endpoint.inputs.get("policy")
        try:
            document = parse(written)
        except PolicyError:
            return Fact.YES  # AWS rejects it
        if document is UNKNOWN:
            # An unknown policy that was computed from an API names that API.
            resource = separate[-1] if separate else endpoint
            return Fact.YES if self._graph.dependencies(resource, "policy", *_APIS) else Fact.UNKNOWN
        if not isinstance(document, Document):
            return Fact.NO
        # An API that no policy names, called by anyone in the VPC.
        method = Method("", "iam", MethodResource("stage", "GET", "x"))
        return negate(Access(document, [method], _UNNAMED_API).satisfiable(private=Fact.YES)[""])

    def _groups(self, endpoint: Resource) -> Iterator[Resource]:
        ids = endpoint.inputs.get("securityGroupIds")
        for each in items(ids):
            found = self._graph.named(each, SECURITY_GROUP) if isinstance(each, str) else []
            yield from found
        if ids is UNKNOWN or UNKNOWN in items(ids):
            yield from self._graph.dependencies(endpoint, "securityGroupIds", SECURITY_GROUP)
        yield from (each for each in self._associated(endpoint) if isinstance(each, Resource))

    def _groups_known(self, endpoint: Resource) -> Fact:
        """Whether its security groups are known, or known to be external."""
        ids = endpoint.inputs.get("securityGroupIds")
        unknown = ids is UNKNOWN or UNKNOWN in items(ids)
        edges = endpoint.property_dependencies.get("securityGroupIds")
        associated = UNKNOWN in self._associated(endpoint)
        return Fact.UNKNOWN if associated or (unknown and not edges) else Fact.YES

    def _not_public(self, groups: Sequence[Resource]) -> Fact:
        """Whether the rules of all groups together do not let in every address of an IP version."""
        rules: list[Any] = []
        for group in groups:
            rules += items(group.inputs.get("ingress"))
            rules += [each.inputs for each in self._rules.of(group) if _is_ingress(each)]
        sources = [value for rule in rules if is_object(rule) for name in _RANGES for value in items(rule.get(name))]
        if _are_everything(each for each in sources if isinstance(each, str)):
            return Fact.NO
        inside = [each for group in groups for each in items(group.inputs.get("ingress")) if is_object(each)]
        if any(each.get(name) for each in inside for name in _LISTS if each.get(name) is not UNKNOWN):
            return Fact.unknown("it accepts connections from a prefix list, which may contain every address")
        return Fact.UNKNOWN if UNKNOWN in sources or UNKNOWN in rules else Fact.YES


def _are_everything(ranges: Iterable[str]) -> bool:
    """Whether the ranges together cover every address of an IP version."""
    found = [network for each in ranges if (network := _network(each))]
    versions = (
        collapse_addresses(each for each in found if isinstance(each, IPv4Network)),
        collapse_addresses(each for each in found if isinstance(each, IPv6Network)),
    )
    return any(each.prefixlen == 0 for joined in versions for each in joined)


def _network(written: str) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(written.strip(), strict=False)
    except ValueError:
        return None


_UNNAMED_API: Final = "arn:aws:execute-api:eu-west-1:998877665544:f1e2d3c4b5"


def _is_ingress(rule: Resource) -> bool:
    return rule.type == SECURITY_GROUP_INGRESS_RULE or rule.inputs.get("type") == "ingress"
