"""Reads the routes and authorizers of REST APIs, whether they are resources or part of a body."""

from typing import Final

from ...graph.children_by_parent import OF_REST_API, Children
from ...graph.graph import Graph, Resource
from ...graph.resource_types import REST_API, REST_API_BODY, REST_AUTHORIZER, REST_METHOD
from ...graph.values import UNKNOWN, text
from ...model.auth import Authorizer, Route
from ...model.fact import Fact, every
from .. import authorizers
from ..authorizers import Functions
from ..method_settings import Methods, key
from ..openapi import RESPONDS_WITH_DATA, known_scopes, requires_scope
from ..preflights import has_headers_only
from ..property_facts import is_true
from ..routes import (
    WRITE_METHODS,
    Documents,
    authenticated,
    document,
    limits_clients,
    of_body,
    of_schemes,
    required_authorizer,
    usage,
)
from .integrations import RestIntegrations
from .paths import Paths, http_method, method_unknown

_AUTHORIZATION: Final = {"AWS_IAM": "iam", "CUSTOM": "lambda", "COGNITO_USER_POOLS": "cognito", "JWT": "jwt"}


class RestRoutes:
    """The methods, integrations and authorizers of a graph, by API."""

    def __init__(self, graph: Graph, functions: Functions, paths: Paths, integrations: RestIntegrations) -> None:
        """Sort everything by API, once."""
        self._graph = graph
        self._functions = functions
        self._paths = paths
        self._methods = Children(graph, REST_METHOD, *OF_REST_API)
        self._authorizers = Children(graph, REST_AUTHORIZER, *OF_REST_API)
        self._bodies = Children(graph, REST_API_BODY, "restApiId", REST_API)
        self._integrations = integrations

    def documents(self, api: Resource) -> Documents:
        """The bodies of an API."""
        return Documents([document(each, rest=True) for each in (api, *self._bodies.of(api))])

    def routes(self, api: Resource, documents: Documents) -> list[Route]:
        """The routes of an API."""
        declared = [self._route(each, api) for each in self._methods.of(api)]
        return [*(route for resource, body in documents.readable for route in of_body(resource, body)), *declared]

    def methods(self, api: Resource, documents: Documents) -> Methods:
        """The methods of an API, as the settings of its stages name them."""
        keys: dict[str, str] = {}
        for _, body in documents.readable:
            keys |= {key(each.path, each.method): f"{each.method} {each.path}" for each in body.operations}
        declared = self._methods.of(api)
        named = [each for each in declared if self._paths.is_known(each, api)]
        for each in named:
            path, method = self._paths.path(each), http_method(each)
            keys[key(path, method)] = f"{method} {path}"
        all_named = len(named) == len(declared) and not self._methods.of_unknown_parent
        return Methods(keys, every(documents.known, Fact.of(True if all_named else None)))

    def of_unknown_apis(self) -> list[Route]:
        """The routes of which only deployment shows to which API they belong."""
        return [self._route(each, None) for each in self._methods.without_parent]

    def authorizers(self, api: Resource, documents: Documents) -> list[Authorizer]:
        """The authorizers of an API."""
        methods = self._methods.of(api)
        used = usage(self._graph, methods, REST_AUTHORIZER, more=documents.any_unknown)
        found = [authorizers.of_rest_api(each, api, used(each), self._functions) for each in self._authorizers.of(api)]
        for resource, body in documents.readable:
            found += of_schemes(resource, body, api, self._functions, rest=True)
        return found

    def _may_be_preflight(self, method: Resource) -> bool:
        """Whether it is known only after deployment that a method is not a preflight."""
        key = self._paths.key(method)
        if not self._graph.whole:  # its integration is not in the graph
            return method_unknown(method) or key.method == "OPTIONS"
        if method_unknown(method):
            return self._integrations.has_mock(key)
        return key.method == "OPTIONS" and self._integrations.may_be_mock(key)

    def _route(self, method: Resource, api: Resource | None) -> Route:
        given = method.inputs.get("authorization")
        authorization = "unknown" if given is UNKNOWN else _AUTHORIZATION.get(text(given).upper(), "none")
        name = http_method(method)
        exists, authorizer = required_authorizer(self._graph, method, authorization, REST_AUTHORIZER, "restApi", api)
        key = self._paths.key(method)
        mock = name == "OPTIONS" and authorization == "none" and self._integrations.is_mock(key)
        headers_only = has_headers_only(self._integrations.responses(key)) if mock else Fact.NO
        undecided = authorization == "none" and not mock and self._may_be_preflight(method)
        open_ = authenticated(authorization, authorizer_id=method.inputs.get("authorizerId"))
        if undecided or headers_only.is_unknown:
            open_ = Fact.unknown("whether it is a CORS preflight is known only after deployment")
        elif mock and headers_only.is_no:
            open_ = Fact.no(RESPONDS_WITH_DATA)
        return Route(
            urn=method.urn,
            label=f"{name} {self._paths.path(method)}",
            authorization=authorization,
            authenticated=open_,
            requires_api_key=is_true(method.inputs.get("apiKeyRequired")),
            authorizer_exists=exists,
            requires_scope=_requires_scope(method, authorization, authorizer),
            writes=name in WRITE_METHODS,
            is_preflight=headers_only.is_yes,
            supports_authorization=True,
            scopes=known_scopes(method.inputs.get("authorizationScopes")),
            authorizer_ids=frozenset({authorizer.urn} if authorizer else ()),
        )


def _requires_scope(method: Resource, authorization: str, authorizer: Resource | None) -> Fact:
    """Whether a token needs a scope, or must be issued to an app client that the authorizer lists."""
    if authorization not in {"cognito", "jwt"}:
        return Fact.YES
    found = requires_scope(method.inputs.get("authorizationScopes"))
    if authorization == "jwt" or not found.is_no:
        return found
    if authorizer is None:
        return Fact.unknown(
            "whether its authorizer, which is not evaluated, accepts only listed app clients is unknown"
        )
    return Fact.YES if limits_clients(authorizer.inputs.get("identityValidationExpression")) else found
