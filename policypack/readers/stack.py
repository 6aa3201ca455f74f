"""Reads everything in a graph into the model: each API with its stages and all that protects it."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from ..graph.external_apis import parts
from ..graph.graph import Graph, Resource
from ..graph.resource_types import REST_API
from ..graph.values import UNKNOWN, text
from ..model.fact import Fact
from ..model.gateway import Gateway
from ..model.stack import Stack
from . import endpoints
from .agent_gateways import AgentGateways
from .authorizers import Functions
from .caller_roles import caller_roles
from .cognito import pools
from .domains import Domains
from .event_sources import EventSources
from .external_apis import external_gateway, gateway_of_unknown_apis, located
from .function_access import FunctionAccess
from .http.apis import HttpApis
from .integrations import certified
from .not_read import NotReadResources
from .resource_policies import ResourcePolicies
from .rest.integrations import RestIntegrations
from .rest.paths import Paths
from .rest.requests import HandlingReader
from .rest.routes import RestRoutes
from .rest.stages import Stages
from .routes import Documents
from .stage_context import StageContext
from .usage_plans import keys, plans
from .vpc_endpoints import VpcEndpoints

_IN_UNKNOWN_BODY: Final = Fact.unknown("whether its body has a resource policy is known only after deployment")
_KEY_SOURCE: Final = "x-amazon-apigateway-api-key-source"


def build(graph: Graph) -> Stack:
    """Read every gateway of the graph."""
    return _Reader(graph).stack()


class _Reader:
    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._context = StageContext(graph)
        self._stages = Stages(graph, self._context)
        functions = Functions(graph)
        paths = Paths(graph)
        integrations = RestIntegrations(graph, paths)
        self._routes = RestRoutes(graph, functions, paths, integrations)
        self._resource_policies = ResourcePolicies(graph)
        self._handling = HandlingReader(graph, self._stages, paths, integrations)
        self._domains = Domains(graph)
        self._http_apis = HttpApis(graph, functions, self._domains, self._context)

    def stack(self) -> Stack:
        functions = FunctionAccess(self._graph)
        stack = self._stack(functions)
        not_read = NotReadResources(self._graph, self._context, functions).of(stack)
        roles = caller_roles(self._graph, stack.gateways)
        return replace(stack, not_read=tuple(not_read), caller_roles=tuple(roles))

    def _stack(self, functions: FunctionAccess) -> Stack:
        return Stack(
            gateways=(
                *(self._gateway(api) for api in self._graph.of_type(REST_API)),
                *self._http_apis.gateways(),
                *self._external_apis(),
            ),
            domains=self._domains.all,
            api_keys=tuple(keys(self._graph)),
            usage_plans=tuple(plans(self._graph)),
            user_pools=tuple(pools(self._graph)),
            alarms=self._context.alarms.all(),
            alarm_topics=self._context.alarms.topics_without_subscription(),
            classic_acls=self._context.classic_acls,
            permissions=functions.permissions(),
            function_urls=functions.urls(),
            event_sources=EventSources(self._graph, functions).all(),
            agent_gateways=tuple(AgentGateways(self._graph, functions).all()),
            vpc_endpoints=VpcEndpoints(self._graph).all(),
        )

    def _external_apis(self) -> Iterator[Gateway]:
        """The APIs that are not among the evaluated resources, of which parts are."""
        of_external = parts(self._graph)
        for api in self._graph.external:
            if isinstance(api.id, str):
                read = self._external_rest_api if api.type == REST_API else self._http_apis.external_gateway
                yield located(read(api), of_external[api.type, api.id][0].urn)
        of_unknown = gateway_of_unknown_apis("REST", self._routes.of_unknown_apis(), self._stages.of_unknown_apis())
        yield from (each for each in (of_unknown, self._http_apis.gateway_of_unknown_apis()) if each is not None)

    def _external_rest_api(self, api: Resource) -> Gateway:
        documents = self._routes.documents(api)
        routes = self._routes.routes(api, documents)
        stages = self._stages.of_external_api(api)
        return external_gateway(
            api,
            "REST",
            routes=routes,
            stages=stages,
            named_stages=tuple(self._stages.of_named(api)),
            authorizers=self._routes.authorizers(api, documents),
            handling=self._handling.of(api, documents.root, routes, all_methods_known=False),
            domains=self._domains.of(api),
            resource_policy=self._resource_policies.of(
                api,
                documents.root,
                routes=routes,
                stages=[stage.name for stage in stages],
                private=Fact.UNKNOWN,
                otherwise=Fact.unknown("its resource policy is in another stack"),
            ),
        )

    def _gateway(self, api: Resource) -> Gateway:
        documents = self._routes.documents(api)
        root, body_unknown = documents.root, documents.any_unknown
        routes = self._routes.routes(api, documents)
        private = endpoints.private(api)
        name = api.inputs.get("name", api.outputs.get("name"))
        stages = tuple(self._stages.of(api, name, self._routes.methods(api, documents)))
        return Gateway(
            urn=api.urn,
            label=f"API {text(name) or api.name}",
            name=text(name) or api.name,
            kind="REST",
            handling=self._handling.of(api, root, routes, all_methods_known=documents.known.is_yes),
            private=private,
            endpoint_type=endpoints.endpoint_type(api),
            routes_known=documents.known,
            routes=tuple(routes),
            authorizers=tuple(self._routes.authorizers(api, documents)),
            resource_policy=self._resource_policies.of(
                api,
                root,
                routes=routes,
                stages=[stage.name for stage in stages],
                private=private,
                otherwise=_IN_UNKNOWN_BODY if body_unknown else None,
            ),
            security_policy=endpoints.api_security_policy(api, documents, private),
            strict_access_mode=endpoints.strict_access_mode(api, documents),
            default_endpoint_off=endpoints.disabled(api, documents),
            stages=stages,
            named_stages=tuple(self._stages.of_named(api)),
            domains=self._domains.of(api),
            shows_certificate=certified(self._stages.resources(api)),
            distributions=self._context.distributions(api),
            key_source_is_authorizer=_key_source_is_authorizer(api, documents),
        )


def _key_source_is_authorizer(api: Resource, documents: Documents) -> Fact:
    source = documents.setting(api, "apiKeySource", documents.root.get(_KEY_SOURCE))
    return Fact.of(
        None if source is UNKNOWN else text(source).upper() == "AUTHORIZER",
        unknown="its API key source is known only after deployment",
    )
