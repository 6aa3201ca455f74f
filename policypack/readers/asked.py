"""Reads the values that decide on a single request, next to the model of the gateways."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any, Final

from ..ask.api import Api
from ..ask.entry_points import Mapped, NoPolicy, Policy, UnknownPolicy
from ..ask.responses import GatewayResponses, Override
from ..graph.children_by_parent import OF_HTTP_API, Children
from ..graph.graph import Graph, Resource
from ..graph.resource_types import (
    API_MAPPING,
    APIS,
    BASE_PATH_MAPPING,
    DOMAIN_ACCESS_ASSOCIATION,
    DOMAINS,
    GATEWAY_RESPONSE,
    HTTP_ROUTE,
    REST_API,
    REST_API_BODY,
    REST_API_POLICY,
    ROUTING_RULE,
    STAGES,
    VPC_ENDPOINT,
    VPC_ENDPOINT_POLICY,
)
from ..graph.values import UNKNOWN, is_object, items, read, text
from ..model.fact import Fact
from ..model.gateway import Gateway
from ..model.stack import Stack
from ..resource_policy import Document, PolicyError, parse
from .asked_distributions import distributed
from .described_requests import DescribedRequests
from .routes import Documents, document
from .shipped_authorizers import ShippedAuthorizers

_ACCOUNT: Final = re.compile(r"arn:[\w-]+:execute-api:[\w-]+:(\d{12}):")
_MAPPINGS: Final = {
    BASE_PATH_MAPPING: ("restApi", "basePath", "stageName"),
    API_MAPPING: ("apiId", "apiMappingKey", "stage"),
}
"""By type of mapping, the inputs that name the API, the base path and the stage."""
_KEY_UNKNOWN: Final = Fact.unknown("the key of a route is known only after deployment")
_BODY_POLICY: Final = "x-amazon-apigateway-policy"
_BODY_CORS: Final = "x-amazon-apigateway-cors"
_BODY_RESPONSES: Final = "x-amazon-apigateway-gateway-responses"


class Asked:
    """The APIs of a graph, from the point of view of requests."""

    def __init__(self, graph: Graph) -> None:
        """Sort policies, bodies and gateway responses by API, once."""
        self._graph = graph
        self._policies = Children(graph, REST_API_POLICY, "restApiId", REST_API)
        self._bodies = Children(graph, REST_API_BODY, "restApiId", REST_API)
        self._responses = Children(graph, GATEWAY_RESPONSE, "restApiId", REST_API)
        self._routes = Children(graph, HTTP_ROUTE, *OF_HTTP_API)
        self._described = DescribedRequests(graph)
        self._shipped = ShippedAuthorizers(graph)

    def of(self, stack: Stack) -> Iterator[Api]:
        """Every API of a stack that is among its resources."""
        for gateway in stack.gateways:
            resource = self._graph.by_urn(gateway.urn)
            if resource is not None and not gateway.external and gateway.kind:
                yield self._api(self._with_known_routes(gateway, resource), resource)

    def _with_known_routes(self, gateway: Gateway, api: Resource) -> Gateway:
        """The gateway, whose routes are not all known if the key of one is known only after deployment."""
        keys = (each.inputs.get("routeKey") for each in self._routes.of(api))
        return replace(gateway, routes_known=_KEY_UNKNOWN) if UNKNOWN in keys else gateway

    def _api(self, gateway: Gateway, api: Resource) -> Api:
        rest = gateway.kind == "REST"
        documents = Documents([document(each, rest=rest) for each in (api, *(self._bodies.of(api) if rest else ()))])
        mapped = tuple(self._mapped(gateway, api))
        arn = text(api.outputs.get("executionArn"))
        account = _ACCOUNT.match(arn)
        return Api(
            gateway=gateway,
            id=text(api.id),
            arn=arn or text(api.id),
            account=account[1] if account else "",
            policy=self._policy(api, documents) if rest else NoPolicy(),
            mapped=mapped,
            distributed=tuple(distributed(self._graph, gateway, api, mapped)),
            endpoint_policies=self._endpoints,
            preflights=_preflights(api, documents) if gateway.kind == "HTTP" else Fact.NO,
            shipped=self._shipped.of(gateway, documents) if rest else {},
            described=self._described.of(api, documents.root) if rest else {},
            responses=GatewayResponses(gateway.kind, self._overrides(api, documents.root) if rest else {}),
        )

    def _mapped(self, gateway: Gateway, api: Resource) -> Iterator[Mapped]:
        """The mappings of custom domains to the API; of a domain that only a routing rule leads through, no more."""
        by_urn, seen = {each.urn: each for each in gateway.domains}, set[str]()
        for type_, (reference, path, stage) in _MAPPINGS.items():
            for each in self._graph.of_type(type_):
                if self._graph.target(each, reference, *APIS) is not api:
                    continue
                found = next((one for one in (self._domain(each), each) if one and one.urn in by_urn), None)
                if found is None:
                    continue
                seen.add(found.urn)
                name = self._stage_name(each, stage)
                yield Mapped(
                    domain=by_urn[found.urn],
                    name=text(found.inputs.get("domainName")),
                    base_path=_base_path(each, path),
                    stage=name,
                    other_base_paths=frozenset(self._base_paths(each)),
                    policy=_parsed(found.inputs.get("policy")),
                    endpoints=self._associated.get(found.urn, frozenset()),
                )
        for each in gateway.domains:
            if each.urn not in seen or self._has_rules(each.urn):
                yield Mapped(domain=each, name="", base_path=None, stage=None, by_rule=True)

    def _base_paths(self, mapping: Resource) -> Iterator[str | None]:
        """The base paths of the other mappings of the same domain."""
        own = self._domain_key(mapping)
        for type_, (_, path, _) in _MAPPINGS.items():
            for each in self._graph.of_type(type_):
                if each is not mapping and own and self._domain_key(each) == own:
                    yield _base_path(each, path)

    def _domain_key(self, mapping: Resource) -> str:
        """The URN of the domain of a mapping, or the known name of an external one; empty if it is unknown."""
        domain = self._domain(mapping)
        return domain.urn if domain else text(mapping.inputs.get("domainName"))

    def _has_rules(self, domain: str) -> bool:
        """Whether routing rules may lead requests for a domain elsewhere than its mappings say."""
        rules = (self._domain(each) for each in self._graph.of_type(ROUTING_RULE) if items(each.inputs.get("actions")))
        return any(each is None or each.urn == domain for each in rules)

    def _domain(self, mapping: Resource) -> Resource | None:
        for name in ("domainNameId", "domainName", "domainNameArn"):
            if name in mapping.inputs:
                found = self._graph.target(mapping, name, *DOMAINS)
                return found if isinstance(found, Resource) else None
        return None

    def _stage_name(self, mapping: Resource, name: str) -> str | None:
        """The stage of a mapping: empty if callers choose it, None if it is unknown."""
        written = mapping.inputs.get(name)
        if written is not UNKNOWN:
            return text(written)
        stages = self._graph.dependencies(mapping, name, *STAGES)
        names = {each.inputs.get("stageName", each.inputs.get("name")) for each in stages if len(stages) == 1}
        found = next(iter(names), None)
        return found if isinstance(found, str) else None

    def _policy(self, api: Resource, documents: Documents) -> Policy:
        separate = self._policies.of(api)
        written = separate[-1].inputs.get("policy") if separate else api.inputs.get("policy")
        if written is None:
            written = UNKNOWN if documents.any_unknown else documents.root.get(_BODY_POLICY)
        return _parsed(written)

    @cached_property
    def _endpoints(self) -> dict[str, Policy]:
        """The policy of each VPC endpoint whose id is known."""
        separate = Children(self._graph, VPC_ENDPOINT_POLICY, "vpcEndpointId", VPC_ENDPOINT)
        found: dict[str, Policy] = {}
        for each in self._graph.of_type(VPC_ENDPOINT):
            own = [one.inputs.get("policy") for one in separate.of(each)]
            if isinstance(each.id, str) and each.id:
                found[each.id] = _parsed(own[-1] if own else each.inputs.get("policy"))
        return found

    @cached_property
    def _associated(self) -> dict[str, frozenset[str]]:
        """By the URN of a private domain, the VPC endpoints that may reach it."""
        found: dict[str, frozenset[str]] = {}
        for each in self._graph.of_type(DOMAIN_ACCESS_ASSOCIATION):
            domain = self._graph.target(each, "domainNameArn", *DOMAINS)
            source = each.inputs.get("accessAssociationSource")
            endpoint = self._graph.target(each, "accessAssociationSource", VPC_ENDPOINT)
            name = text(endpoint.id) if isinstance(endpoint, Resource) else text(source)
            if isinstance(domain, Resource) and name:
                found[domain.urn] = found.get(domain.urn, frozenset()) | {name}
        return found

    def _overrides(self, api: Resource, root: Mapping[str, Any]) -> dict[str, Override]:
        in_body = root.get(_BODY_RESPONSES)
        found = {str(kind): _override(each) for kind, each in in_body.items()} if is_object(in_body) else {}
        return found | {
            text(each.inputs.get("responseType")): _override(each.inputs) for each in self._responses.of(api)
        }


def _preflights(api: Resource, documents: Documents) -> Fact:
    """Whether CORS settings make an HTTP API respond to preflights."""
    given = (api.inputs.get("corsConfiguration"), documents.root.get(_BODY_CORS))
    values = [value for each in given if is_object(each) for value in each.values()]
    if any(each is not UNKNOWN and bool(each) for each in values):
        return Fact.YES
    return Fact.UNKNOWN if UNKNOWN in (*given, *values) or documents.any_unknown else Fact.NO


def _parsed(written: Any) -> Policy:
    try:
        found = parse(written)
    except PolicyError:
        return UnknownPolicy()
    return found if isinstance(found, Document) else NoPolicy() if found is None else UnknownPolicy()


def _base_path(mapping: Resource, name: str) -> str | None:
    """Without slashes; empty for the root, None if it is unknown."""
    given = mapping.inputs.get(name)
    return None if given is UNKNOWN else text(given).strip("/").replace("(none)", "")


def _override(given: Any) -> Override:
    status, templates = read(given, "statusCode"), read(given, "responseTemplates")
    template = read(templates, "application/json")
    code = int(status) if isinstance(status, str | int) and str(status).isdigit() else None
    return Override(code, text(template) or None, known=UNKNOWN not in (status, templates, template))
