"""Reads HTTP and WebSocket APIs: routes, authorizers, bodies, and what one call makes."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from ...graph.children_by_parent import OF_HTTP_API, Children
from ...graph.graph import Graph, Resource
from ...graph.resource_types import HTTP_API, HTTP_AUTHORIZER, HTTP_ROUTE
from ...graph.values import UNKNOWN, is_object, text
from ...model.auth import Authorizer, Route
from ...model.fact import Fact, every
from ...model.gateway import Gateway
from ...model.network import ResourcePolicy
from .. import authorizers, endpoints
from ..authorizers import Functions
from ..domains import Domains
from ..external_apis import external_gateway, gateway_of_unknown_apis
from ..integrations import certified
from ..method_settings import Methods
from ..openapi import NO_CREDENTIALS, known_scopes, requires_scope
from ..property_facts import is_true
from ..routes import (
    NO_DOCUMENTS,
    WRITE_METHODS,
    Document,
    Documents,
    authenticated,
    document,
    of_body,
    of_schemes,
    required_authorizer,
    usage,
)
from ..stage_context import StageContext
from .requests import HttpHandlingReader
from .stages import DEFAULT, HttpStages

_AUTHORIZATION: Final = {"AWS_IAM": "iam", "JWT": "jwt", "CUSTOM": "lambda"}
_CONNECT: Final = "$connect"
_BODY_CORS: Final = "x-amazon-apigateway-cors"


class HttpApis:
    """The HTTP and WebSocket APIs of a graph."""

    def __init__(self, graph: Graph, functions: Functions, domains: Domains, context: StageContext) -> None:
        """Sort everything by API, once."""
        self._graph = graph
        self._functions = functions
        self._domains = domains
        self._context = context
        self._stages = HttpStages(graph, context)
        self._handling = HttpHandlingReader(graph, self._stages)
        self._routes = Children(graph, HTTP_ROUTE, *OF_HTTP_API)
        self._authorizers = Children(graph, HTTP_AUTHORIZER, *OF_HTTP_API)

    def gateways(self) -> Iterator[Gateway]:
        """All of them."""
        for api in self._graph.of_type(HTTP_API):
            yield self._gateway(api)

    def external_gateway(self, api: Resource) -> Gateway:
        """The parts of an API that is not among the evaluated resources."""
        routes = self._external_routes(self._routes.of(api))
        return external_gateway(
            api,
            "HTTP",
            routes=routes,
            stages=self._stages.of_external_api(api),
            authorizers=self._all_authorizers(api, NO_DOCUMENTS),
            handling=self._handling.of(api, {}),
            domains=self._domains.of(api),
        )

    def gateway_of_unknown_apis(self) -> Gateway | None:
        """The parts of which only deployment shows to which API they belong; None if there are none."""
        routes = self._external_routes(self._routes.without_parent)
        return gateway_of_unknown_apis("HTTP", routes, self._stages.of_unknown_apis())

    def _external_routes(self, routes: Sequence[Resource]) -> list[Route]:
        keys = {text(each.inputs.get("routeKey")) for each in routes}
        # Of an API of an unknown kind, a key that is no method and path is a WebSocket's.
        kind = "WEBSOCKET" if any(map(_of_socket, keys)) else "HTTP"
        read = [(each, self._route(each, None, kind, cors=False)) for each in routes]
        if kind == "WEBSOCKET":
            return [route for _, route in read]
        return [_of_either_kind(each, route) if keys <= {DEFAULT, ""} else _of_http_api(route) for each, route in read]

    def _gateway(self, api: Resource) -> Gateway:
        kind = self._kind(api)
        documents = Documents([document(api, rest=False) if kind == "HTTP" else Document(api, None)])
        name = text(api.inputs.get("name")) or api.name
        label = f"API {name}"
        return Gateway(
            urn=api.urn,
            label=label,
            name=name,
            kind=kind,
            handling=self._handling.of(api, documents.root),
            private=Fact.NO,
            routes_known=documents.known,
            routes=tuple(self._all_routes(api, kind, documents)),
            authorizers=tuple(self._all_authorizers(api, documents)),
            resource_policy=ResourcePolicy(urn=api.urn, label=label, attached=Fact.no("has no resource policy")),
            security_policy=endpoints.security_policy("TLS_1_2"),  # the minimum of every HTTP and WebSocket API
            strict_access_mode=Fact.YES,
            default_endpoint_off=endpoints.disabled(api, documents),
            stages=tuple(self._stages.of(api, kind, self._named_routes(api, documents))),
            domains=self._domains.of(api),
            shows_certificate=certified(self._stages.resources(api)),
            distributions=self._context.distributions(api),
            more_distributions=self._context.more_distributions,
            key_source_is_authorizer=Fact.NO,
        )

    def _kind(self, api: Resource) -> str:
        """What an API is; one of a protocol to come is what its routes are."""
        protocol = api.inputs.get("protocolType")
        keys = (text(each.inputs.get("routeKey")) for each in self._routes.of(api))
        socket = any(map(_of_socket, keys)) if protocol is UNKNOWN else text(protocol).upper() == "WEBSOCKET"
        return "WEBSOCKET" if socket else "HTTP"

    def _named_routes(self, api: Resource, documents: Documents) -> Methods:
        """The routes of an API by their keys, as the settings of its stages name them."""
        declared = [each.inputs.get("routeKey") for each in self._routes.of(api)]
        if api.inputs.get("target") is not None:
            declared.append(api.inputs.get("routeKey", DEFAULT))
        in_bodies = [each.label for resource, body in documents.readable for each in of_body(resource, body)]
        keys = {each: each for each in (*in_bodies, *declared) if isinstance(each, str)}
        all_named = UNKNOWN not in declared and not self._routes.of_unknown_parent
        return Methods(keys, every(documents.known, Fact.of(True if all_named else None)))

    def _all_routes(self, api: Resource, kind: str, documents: Documents) -> Iterator[Route]:
        # The import of a body takes its CORS settings too.
        given = (api.inputs.get("corsConfiguration"), documents.root.get(_BODY_CORS))
        cors = kind == "HTTP" and any(map(_responds_to_preflights, given))
        for resource, body in documents.readable:
            yield from of_body(resource, body, cors=cors)
        routes = self._routes.of(api)
        for route in routes:
            yield self._route(route, api, kind, cors=cors)
        key = text(api.inputs.get("routeKey")) or DEFAULT
        # The route that API Gateway creates for a target may be overridden by a resource.
        overridden = any(each.inputs.get("routeKey") == key for each in routes) or not self._graph.whole
        if api.inputs.get("target") is not None and not overridden:
            reason = f"{NO_CREDENTIALS}: an API that is created in one call (`target`) has no authorizer on its route"
            yield _implied(api, key, Fact.no(reason))
        if kind == "WEBSOCKET" and routes and not any(each.inputs.get("routeKey") == _CONNECT for each in routes):
            of_unknown_key = any(each.inputs.get("routeKey") is UNKNOWN for each in routes)
            unknown = of_unknown_key or bool(self._routes.of_unknown_parent)
            connects = Fact.of(
                None if unknown else False,
                no="accepts connections without credentials: there is no such route, and no other can require them",
                unknown="whether there is such a route is known only after deployment",
            )
            yield _implied(api, _CONNECT, connects)

    def _route(self, route: Resource, api: Resource | None, kind: str, *, cors: bool) -> Route:
        given = route.inputs.get("authorizationType")
        authorization = "unknown" if given is UNKNOWN else _AUTHORIZATION.get(text(given).upper(), "none")
        label = text(route.inputs.get("routeKey")) or route.name
        http_method = label.partition(" ")[0]
        exists, authorizer = required_authorizer(self._graph, route, authorization, HTTP_AUTHORIZER, "apiId", api)
        return Route(
            urn=route.urn,
            label=label,
            authorization=authorization,
            authenticated=authenticated(authorization, authorizer_id=route.inputs.get("authorizerId")),
            # HTTP APIs have no API keys.
            requires_api_key=is_true(route.inputs.get("apiKeyRequired")) if kind == "WEBSOCKET" else Fact.NO,
            authorizer_exists=exists,
            requires_scope=requires_scope(route.inputs.get("authorizationScopes"))
            if authorization == "jwt"
            else Fact.YES,
            writes=http_method in WRITE_METHODS or label == DEFAULT,
            is_preflight=cors and http_method == "OPTIONS" and authorization == "none",
            supports_authorization=kind == "HTTP" or label == _CONNECT,
            scopes=known_scopes(route.inputs.get("authorizationScopes")),
            authorizer_ids=frozenset({authorizer.urn} if authorizer else ()),
        )

    def _all_authorizers(self, api: Resource, documents: Documents) -> list[Authorizer]:
        routes = self._routes.of(api)
        used = usage(self._graph, routes, HTTP_AUTHORIZER, more=bool(self._routes.of_unknown_parent))
        found = [authorizers.of_http_api(each, api, used(each), self._functions) for each in self._authorizers.of(api)]
        for resource, body in documents.readable:
            found += of_schemes(resource, body, api, self._functions, rest=False)
        return found


def _responds_to_preflights(cors: Any) -> bool:
    """Whether API Gateway itself responds to preflights because of CORS settings; empty ones do nothing."""
    return cors is UNKNOWN or (is_object(cors) and any(each is UNKNOWN or each for each in cors.values()))


def _of_socket(key: str) -> bool:
    """Whether a route's key is one of WebSocket APIs alone: no method and path."""
    return bool(key) and " " not in key and key != DEFAULT


def _of_either_kind(declared: Resource, route: Route) -> Route:
    """A route that may belong to a WebSocket API, where `$connect` requires the credentials: `$default` by itself."""
    if not route.authenticated.is_no:
        return route
    if declared.inputs.get("routeKey") is UNKNOWN:
        return replace(route, authenticated=Fact.unknown("its route key is known only after deployment"))
    reason = "only another stack shows whether its API is a WebSocket API, where $connect requires the credentials"
    return replace(route, authenticated=Fact.unknown(reason))


def _of_http_api(route: Route) -> Route:
    """A route of an external HTTP API, which may respond to CORS preflights itself."""
    if not route.authenticated.is_no or not route.label.startswith("OPTIONS "):
        return route
    return replace(route, authenticated=Fact.unknown("only another stack shows whether it is a CORS preflight"))


def _implied(api: Resource, label: str, authenticated: Fact) -> Route:
    """A route that API Gateway has although no resource declares it."""
    return Route(
        urn=api.urn,
        label=label,
        subject=label,
        authorization="none" if authenticated.is_no else "unknown",
        authenticated=authenticated,
        requires_api_key=Fact.NO,
        authorizer_exists=Fact.YES,
        requires_scope=Fact.YES,
        writes=True,
        is_preflight=False,
        supports_authorization=True,
    )
