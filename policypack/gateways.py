"""From the graph to the model: the only place that knows how Pulumi's providers spell an API."""

from collections.abc import Mapping
from typing import Any, Final

from . import endpoints
from .authorizers import Functions
from .domains import Domains
from .findings import Answer
from .graph import UNKNOWN, Graph, Resource, text
from .http_apis import HttpApis
from .model import Estate, Gateway
from .plans import keys, plans
from .policy_sources import Policies
from .rest_routes import RestRoutes
from .stages import API, Stages
from .user_pools import pools

_KEY_SOURCE: Final = "x-amazon-apigateway-api-key-source"


def build(graph: Graph) -> Estate:
    """Read every gateway of the graph."""
    return _Reader(graph).estate()


class _Reader:
    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._stages = Stages(graph)
        functions = Functions(graph)
        self._routes = RestRoutes(graph, functions)
        self._policies = Policies(graph)
        self._domains = Domains(graph)
        self._http_apis = HttpApis(graph, functions, self._domains)

    def estate(self) -> Estate:
        return Estate(
            gateways=(*(self._gateway(api) for api in self._graph.of_type(API)), *self._http_apis.gateways()),
            domains=self._domains.all,
            api_keys=tuple(keys(self._graph)),
            usage_plans=tuple(plans(self._graph)),
            user_pools=tuple(pools(self._graph)),
            alarms=self._stages.surroundings.alarms.every(),
            classic_acls=self._stages.surroundings.classic_acls,
        )

    def _gateway(self, api: Resource) -> Gateway:
        documents = self._routes.documents(api)
        root, unread = documents.root, documents.unread
        routes = self._routes.routes(api, documents)
        private = endpoints.private(api)
        name = api.inputs.get("name", api.outputs.get("name", UNKNOWN))
        stages = tuple(self._stages.of(api, name))
        return Gateway(
            urn=api.urn,
            label=f"API {text(name) or api.name}",
            name=text(name) or api.name,
            kind="REST",
            private=private,
            routes_read=documents.read,
            routes_unread=documents.why_unread,
            routes=tuple(routes),
            authorizers=tuple(self._routes.authorizers(api, documents)),
            policy=self._policies.of(
                api, root, routes=routes, stages=[stage.name for stage in stages], private=private, unread=unread
            ),
            modern_tls=endpoints.modern_tls(api, root, private, unread=unread),
            default_endpoint_off=endpoints.off(api, root, unread=unread),
            stages=stages,
            domains=self._domains.of(api),
            takes_keys_from_authorizer=_takes_keys_from_authorizer(api, root),
        )


def _takes_keys_from_authorizer(api: Resource, root: Mapping[str, Any]) -> Answer:
    source = api.inputs.get("apiKeySource", root.get(_KEY_SOURCE))
    if source is UNKNOWN:
        return Answer.NOT_YET
    return Answer.YES if text(source).upper() == "AUTHORIZER" else Answer.NO
