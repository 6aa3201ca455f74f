"""Reads everything in a graph into the model: each API with its stages and all that protects it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from ..graph.graph import Graph, Resource
from ..graph.resource_types import REST_API
from ..graph.values import UNKNOWN, text
from ..model.auth import Route
from ..model.fact import Fact
from ..model.gateway import Gateway, Stage
from ..model.network import ResourcePolicy
from ..model.stack import Stack
from . import endpoints
from .authorizers import Functions
from .cognito import pools
from .domains import Domains
from .function_access import FunctionAccess
from .http.apis import HttpApis
from .integrations import certified
from .resource_policies import ResourcePolicies
from .rest.integrations import RestIntegrations
from .rest.paths import Paths
from .rest.requests import Handler
from .rest.routes import RestRoutes
from .rest.stages import Stages
from .stage_context import StageContext
from .usage_plans import keys, plans
from .vpc_endpoints import VpcEndpoints

_KEY_SOURCE: Final = "x-amazon-apigateway-api-key-source"


def build(graph: Graph) -> Stack:
    """Read every gateway of the graph."""
    return _Reader(graph).stack()


class _Reader:
    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._surroundings = StageContext(graph)
        self._stages = Stages(graph, self._surroundings)
        functions = Functions(graph)
        paths = Paths(graph)
        integrations = RestIntegrations(graph, paths)
        self._routes = RestRoutes(graph, functions, paths, integrations)
        self._resource_policies = ResourcePolicies(graph)
        self._handler = Handler(graph, self._stages, paths, integrations)
        self._domains = Domains(graph)
        self._http_apis = HttpApis(graph, functions, self._domains, self._surroundings)

    def stack(self) -> Stack:
        functions = FunctionAccess(self._graph)
        return Stack(
            gateways=(
                *(self._gateway(api) for api in self._graph.of_type(REST_API)),
                *self._http_apis.gateways(),
                *(self._external_apis() if self._graph.whole else ()),
            ),
            domains=self._domains.all,
            api_keys=tuple(keys(self._graph)),
            usage_plans=tuple(plans(self._graph)),
            user_pools=tuple(pools(self._graph)),
            alarms=self._surroundings.alarms.all(),
            classic_acls=self._surroundings.classic_acls,
            permissions=functions.permissions(),
            function_urls=functions.urls(),
            vpc_endpoints=VpcEndpoints(self._graph).all(),
        )

    def _external_apis(self) -> Iterator[Gateway]:
        """The APIs that are not among the evaluated resources, of which routes or stages are."""
        routes, stages = dict(self._routes.of_external_apis()), dict(self._stages.of_external_apis())
        for name in {**routes, **stages}:
            yield _external_api("REST", name, routes.get(name, []), stages.get(name, []))
        routes, stages = (
            dict(self._http_apis.routes_of_external_apis()),
            dict(self._http_apis.stages_of_external_apis()),
        )
        for name in {**routes, **stages}:
            yield _external_api("HTTP", name, routes.get(name, []), stages.get(name, []))

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
            handling=self._handler.of(api, root, routes),
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
                body_unknown=body_unknown,
            ),
            security_policy=endpoints.api_security_policy(api, root, private, body_unknown=body_unknown),
            strict_access_mode=endpoints.strict_access_mode(api, root),
            default_endpoint_off=endpoints.disabled(api, root, body_unknown=body_unknown),
            stages=stages,
            domains=self._domains.of(api),
            shows_certificate=certified(self._stages.resources(api)),
            distributions=self._surroundings.distributions(api),
            key_source_is_authorizer=_key_source_is_authorizer(api, root),
        )


def _external_api(kind: str, name: str, routes: Sequence[Route], stages: Sequence[Stage]) -> Gateway:
    """An API that is not among the evaluated resources, although some of its parts are; the rest is unknown."""
    label = f"API {name} of another stack" if name else "an API known only after deployment"
    urn = [*routes, *stages][0].urn
    open_to_internet = dict.fromkeys((each.label for each in routes), Fact.UNKNOWN) if kind == "REST" else {}
    return Gateway(
        urn=urn,
        label=label,
        name=name or "known only after deployment",
        kind=kind,
        private=Fact.UNKNOWN,
        routes_known=Fact.YES,
        routes=tuple(routes),
        authorizers=(),
        resource_policy=ResourcePolicy(urn=urn, label=label, attached=Fact.UNKNOWN, open_to_internet=open_to_internet),
        endpoint_type="REGIONAL" if kind == "HTTP" else "",
        security_policy=endpoints.security_policy("TLS_1_2" if kind == "HTTP" else UNKNOWN),
        strict_access_mode=Fact.YES if kind == "HTTP" else Fact.UNKNOWN,
        default_endpoint_off=Fact.UNKNOWN,
        stages=tuple(stages),
        domains=(),
        key_source_is_authorizer=Fact.NO,
    )


def _key_source_is_authorizer(api: Resource, root: Mapping[str, Any]) -> Fact:
    source = api.inputs.get("apiKeySource", root.get(_KEY_SOURCE))
    return Fact.of(
        None if source is UNKNOWN else text(source).upper() == "AUTHORIZER",
        unknown="its API key source is known only after deployment",
    )
