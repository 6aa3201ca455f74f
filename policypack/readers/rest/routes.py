"""Reads the routes and authorizers of REST APIs, whether they are resources or stand in a body."""

from collections.abc import Iterator
from typing import Final

from ...graph.children import OF_REST_API, Children
from ...graph.graph import Graph, Resource
from ...graph.resource_types import REST_API, REST_API_BODY, REST_AUTHORIZER, REST_METHOD
from ...graph.values import UNKNOWN, items, text
from ...model.auth import Authorizer, Route
from ...model.fact import Fact
from .. import authorizers
from ..authorizers import Functions
from ..routes import (
    AUTHENTICATED,
    CHANGING,
    Documents,
    connection,
    document,
    of_body,
    of_schemes,
    open_words,
    usage,
)
from .integrations import RestIntegrations
from .paths import Paths, http_method, method_unknown

_HOW: Final = {"AWS_IAM": "iam", "CUSTOM": "lambda", "COGNITO_USER_POOLS": "cognito", "JWT": "jwt"}


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
        return [*(route for where, body in documents.readable for route in of_body(where, body)), *declared]

    def elsewhere(self) -> Iterator[tuple[str, list[Route]]]:
        """The routes of APIs that are not among the evaluated resources, by what is known of the API's id."""
        for name, methods in self._methods.without_parent.items():
            yield name, [self._route(each, None) for each in methods]

    def authorizers(self, api: Resource, documents: Documents) -> list[Authorizer]:
        """The authorizers of an API."""
        methods = self._methods.of(api)
        used = usage(self._graph, methods, REST_AUTHORIZER, doubt=documents.unread)
        found = [authorizers.of_rest(each, api, used(each), self._functions) for each in self._authorizers.of(api)]
        for where, body in documents.readable:
            found += of_schemes(where, body, api, self._functions, rest=True)
        return found

    def _perhaps_preflight(self, method: Resource) -> bool:
        """Whether only deployment tells that a method is no preflight."""
        key = self._paths.key(method)
        if method_unknown(method):
            return self._integrations.has_mock(key)
        return key.method == "OPTIONS" and self._integrations.may_be_mock(key)

    def _route(self, method: Resource, api: Resource | None) -> Route:
        written = method.inputs.get("authorization")
        how = "unknown" if written is UNKNOWN else _HOW.get(text(written).upper(), "none")
        verb, key = http_method(method), method.inputs.get("apiKeyRequired")
        connected, fault, authorizer = connection(self._graph, method, how, REST_AUTHORIZER, "restApi", api)
        preflight = verb == "OPTIONS" and how == "none" and self._integrations.is_mock(self._paths.key(method))
        perhaps = how == "none" and not preflight and self._perhaps_preflight(method)
        return Route(
            urn=method.urn,
            label=f"{verb} {self._paths.path(method) if api else self._paths.external_path(method)}",
            authenticated=Fact.UNKNOWN if perhaps else AUTHENTICATED.get(how, Fact.YES),
            gap="whether it is a preflight is known only later" if perhaps else open_words(method, how),
            how=how,
            api_key=Fact.UNKNOWN if key is UNKNOWN else Fact.YES if key is True else Fact.NO,
            connected=connected,
            fault=fault,
            scoped=_scoped(method, how, authorizer),
            changes=verb in CHANGING,
            preflight=preflight,
            entry=True,
        )


def _scoped(method: Resource, how: str, authorizer: Resource | None) -> Fact:
    """Whether a token must carry a scope, or be made for a client that the authorizer names."""
    if how != "cognito":
        return Fact.YES
    scopes = method.inputs.get("authorizationScopes")
    pinned = authorizer is not None and authorizer.inputs.get("identityValidationExpression") is not None
    if pinned or (scopes is not UNKNOWN and items(scopes)):
        return Fact.YES
    # An authorizer from elsewhere may name its clients.
    return Fact.UNKNOWN if scopes is UNKNOWN or authorizer is None else Fact.NO
