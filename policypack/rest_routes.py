"""Reads the routes and authorizers of REST APIs, whether they are resources or stand in a body."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from . import authorizers, bodies
from .authorizers import GUARDS, Functions
from .findings import Answer
from .graph import OUTSIDE, UNKNOWN, Graph, Resource, items, read, text
from .model import Authorizer, Route
from .rest_paths import Paths, unplaced, verb_of
from .stages import API

_METHOD: Final = "aws:apigateway/method:Method"
_INTEGRATION: Final = "aws:apigateway/integration:Integration"
_PUT: Final = "aws:apigateway/restApiPut:RestApiPut"
_HOW: Final = {"AWS_IAM": "iam", "CUSTOM": "lambda", "COGNITO_USER_POOLS": "cognito", "JWT": "jwt"}
_UNREADABLE: Final = "its body holds a value known only after deployment"
AUTHENTICATED: Final = {"none": Answer.NO, "unknown": Answer.NOT_YET}
"""By what a route asks callers for; everything else is YES."""
CHANGING: Final = frozenset({"POST", "PUT", "PATCH", "DELETE", "ANY"})
"""Verbs that change something."""


@dataclass(frozen=True, slots=True)
class Document:
    """A body, and the resource that it stands in."""

    where: Resource
    body: Any
    """A Body, UNKNOWN, or None where it is broken."""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Documents:
    """All bodies of one API; the last is imported last."""

    all: Sequence[Document]

    @property
    def readable(self) -> Iterator[tuple[Resource, bodies.Body]]:
        """Those that can be read."""
        return ((each.where, each.body) for each in self.all if isinstance(each.body, bodies.Body))

    @property
    def root(self) -> Mapping[str, Any]:
        """The root of the body that holds."""
        roots = [body.root for _, body in self.readable]
        return roots[-1] if roots else {}

    @property
    def unread(self) -> bool:
        """Whether one is known only later."""
        return any(each.body is UNKNOWN for each in self.all)

    @property
    def read(self) -> Answer:
        """Whether all are known."""
        broken = any(each.problem for each in self.all)
        return Answer.NO if broken else Answer.NOT_YET if self.unread else Answer.YES

    @property
    def why_unread(self) -> str:
        """Why not, where they are not."""
        return next((f"its body cannot be read: {each.problem}" for each in self.all if each.problem), _UNREADABLE)


def document(where: Resource, *, rest: bool) -> Document:
    """The body that a resource holds, or why it is broken."""
    try:
        return Document(where, bodies.parse(where.inputs.get("body"), rest=rest))
    except bodies.BodyError as error:
        return Document(where, None, str(error))


class RestRoutes:
    """The methods, integrations and authorizers of a graph, by API."""

    def __init__(self, graph: Graph, functions: Functions, paths: Paths) -> None:
        """Sort everything by API, once."""
        self._graph = graph
        self._functions = functions
        self._paths = paths
        self._methods = self._by_api(_METHOD)
        self._foreign = foreign(graph, _METHOD, "restApi", API)
        self._authorizers = self._by_api(authorizers.REST)
        self._puts = self._by_api(_PUT, "restApiId")
        self._mocks: set[tuple[str, str, str]] = set()
        self._later: set[str] = set()
        """The APIs with integrations of which only deployment tells where they belong, or what they are."""
        for each in graph.of_type(_INTEGRATION):
            if text(each.inputs.get("type")).upper() == "MOCK":
                self._mocks.add(paths.place(each))
            if unplaced(each) or each.inputs.get("type") is UNKNOWN:
                self._later.add(paths.place(each)[0])

    def _by_api(self, type_: str, name: str = "restApi") -> dict[str, list[Resource]]:
        found: dict[str, list[Resource]] = defaultdict(list)
        for each in self._graph.of_type(type_):
            api = self._graph.target(each, name, API)
            if isinstance(api, Resource):
                found[api.urn].append(each)
        return found

    def documents(self, api: Resource) -> Documents:
        """The bodies of an API."""
        return Documents([document(each, rest=True) for each in (api, *self._puts.get(api.urn, ()))])

    def routes(self, api: Resource, documents: Documents) -> list[Route]:
        """The routes of an API."""
        declared = [self._route(each, api) for each in self._methods.get(api.urn, ())]
        return [*(route for where, body in documents.readable for route in of_body(where, body)), *declared]

    def elsewhere(self) -> Iterator[tuple[str, list[Route]]]:
        """The routes of APIs that are not among the judged resources, by what is known of the API's id."""
        for name, methods in self._foreign.items():
            yield name, [self._route(each, None) for each in methods]

    def authorizers(self, api: Resource, documents: Documents) -> list[Authorizer]:
        """The authorizers of an API."""
        methods = self._methods.get(api.urn, ())
        used = usage(self._graph, methods, authorizers.REST, doubt=documents.unread)
        found = [
            authorizers.of_rest(each, api, used(each), self._functions) for each in self._authorizers.get(api.urn, ())
        ]
        for where, body in documents.readable:
            found += of_schemes(where, body, api, self._functions, rest=True)
        return found

    def _perhaps_preflight(self, method: Resource) -> bool:
        """Whether only deployment tells that a method is no preflight."""
        place = self._paths.place(method)
        if unplaced(method):
            return any(each[:2] == place[:2] for each in self._mocks)
        return verb_of(method) == "OPTIONS" and place[0] in self._later

    def _route(self, method: Resource, api: Resource | None) -> Route:
        written = method.inputs.get("authorization")
        how = "unknown" if written is UNKNOWN else _HOW.get(text(written).upper(), "none")
        verb, key = verb_of(method), method.inputs.get("apiKeyRequired")
        connected, fault, authorizer = connection(self._graph, method, how, authorizers.REST, "restApi", api)
        preflight = verb == "OPTIONS" and how == "none" and self._paths.place(method) in self._mocks
        perhaps = how == "none" and not preflight and self._perhaps_preflight(method)
        return Route(
            urn=method.urn,
            label=f"{verb} {self._paths.of(method) if api else self._paths.elsewhere(method)}",
            authenticated=Answer.NOT_YET if perhaps else AUTHENTICATED.get(how, Answer.YES),
            gap="whether it is a preflight is known only later" if perhaps else open_words(method, how),
            how=how,
            api_key=Answer.NOT_YET if key is UNKNOWN else Answer.YES if key is True else Answer.NO,
            connected=connected,
            fault=fault,
            scoped=_scoped(method, how, authorizer),
            changes=verb in CHANGING,
            preflight=preflight,
            entry=True,
        )


def open_words(route: Resource, how: str) -> str:
    """Why a route that is a resource takes calls without credentials."""
    if how == "none" and route.inputs.get("authorizerId") is not None:
        return "names an authorizer, and its authorization NONE says not to ask it"
    return "takes calls without credentials" if how == "none" else "its authorization is known only later"


def foreign(graph: Graph, type_: str, name: str, api_type: str) -> Mapping[str, list[Resource]]:
    """The resources of a type whose API is elsewhere, by its id; those of unknown ids together."""
    found: dict[str, list[Resource]] = defaultdict(list)
    for each in graph.of_type(type_):
        if not isinstance(graph.target(each, name, api_type), Resource):
            found[text(each.inputs.get(name))].append(each)
    return found


def connection(
    graph: Graph, route: Resource, how: str, type_: str, api_input: str, api: Resource | None
) -> tuple[Answer, str, Resource | None]:
    """Whether the authorizer that a route needs is there and fits, what is wrong with it, and which it is."""
    if how not in GUARDS:
        return Answer.YES, "", None
    authorizer = graph.target(route, "authorizerId", type_)
    if authorizer is None:
        return Answer.NO, "asks for an authorizer and names none", None
    if not isinstance(authorizer, Resource):
        return (Answer.YES if authorizer is OUTSIDE else Answer.NOT_YET), "", None
    home = graph.target(authorizer, api_input, api.type) if api else None
    strange = home is OUTSIDE and api is not None and isinstance(api.id, str)
    if api and (strange or (isinstance(home, Resource) and home.urn != api.urn)):
        return Answer.NO, "names an authorizer of another API", authorizer
    kind = text(authorizer.inputs.get("type", authorizer.inputs.get("authorizerType"))).upper()
    fits = {"lambda": {"TOKEN", "REQUEST", ""}, "cognito": {"COGNITO_USER_POOLS"}, "jwt": {"JWT"}}[how]
    unknown = UNKNOWN in (authorizer.inputs.get("type"), authorizer.inputs.get("authorizerType"))
    if not unknown and kind not in fits:
        return (
            Answer.NO,
            f"names an authorizer of the type {kind or 'TOKEN'}, which its own type does not ask",
            authorizer,
        )
    return Answer.YES, "", authorizer


def usage(graph: Graph, routes: Sequence[Resource], type_: str, *, doubt: bool = False) -> Callable[[Resource], Answer]:
    """Tells of an authorizer whether one of the routes names it."""
    targets = [graph.target(each, "authorizerId", type_) for each in routes]
    used = {each.urn for each in targets if isinstance(each, Resource)}
    otherwise = Answer.NOT_YET if doubt or any(each is UNKNOWN for each in targets) else Answer.NO
    return lambda authorizer: Answer.YES if authorizer.urn in used else otherwise


def _scoped(method: Resource, how: str, authorizer: Resource | None) -> Answer:
    """Whether a token must carry a scope, or be made for a client that the authorizer names."""
    if how != "cognito":
        return Answer.YES
    scopes = method.inputs.get("authorizationScopes")
    pinned = authorizer is not None and authorizer.inputs.get("identityValidationExpression") is not None
    if pinned or (scopes is not UNKNOWN and items(scopes)):
        return Answer.YES
    # An authorizer from elsewhere may name its clients.
    return Answer.NOT_YET if scopes is UNKNOWN or authorizer is None else Answer.NO


def of_body(where: Resource, body: bodies.Body, *, cors: bool = False) -> Iterator[Route]:
    """The routes of a body; `cors` if API Gateway answers preflights itself, whatever the body says."""
    for each in body.operations:
        named = [body.schemes.get(name) for name in each.schemes]
        pinned = any(_pinned(scheme) for scheme in named)
        scoped = Answer.YES if each.how != "cognito" or pinned else each.scoped
        yield Route(
            urn=where.urn,
            label=f"{each.method} {each.path}" if each.path != "/$default" else "$default",
            authenticated=each.authenticated,
            gap=each.gap,
            how=each.how,
            api_key=each.api_key,
            connected=each.connected,
            fault="requires a security scheme that the document does not define",
            scoped=scoped,
            changes=each.method in CHANGING,
            preflight=each.preflight or (cors and each.method == "OPTIONS" and each.how == "none"),
            entry=True,
        )


def _pinned(scheme: Any) -> bool:
    return read(scheme, bodies.AUTHORIZER, "identityValidationExpression") is not None


def of_schemes(
    where: Resource, body: bodies.Body, api: Resource, functions: Functions, *, rest: bool
) -> Iterator[Authorizer]:
    """The authorizers of a body."""
    named = {scheme for operation in body.operations for scheme in operation.schemes}
    doubt = any(operation.how == "unknown" for operation in body.operations)
    for name in sorted(body.authorizers):
        used = Answer.YES if name in named else Answer.NOT_YET if doubt else Answer.NO
        yield authorizers.of_scheme(name, body.schemes[name], where, api, used, functions, rest=rest)
