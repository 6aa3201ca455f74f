"""Reads routes and the authorizers that they use, for REST, HTTP and WebSocket APIs alike."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ..graph.graph import EXTERNAL, External, Graph, Resource
from ..graph.resource_types import REST_API_BODY
from ..graph.values import UNKNOWN, Unknown, read, text
from ..model.auth import Authorizer, Route
from ..model.fact import Fact
from . import authorizers
from . import openapi as bodies
from .authorizers import Functions
from .validation_expressions import accepts_any_client

WRITE_METHODS: Final = frozenset({"POST", "PUT", "PATCH", "DELETE", "ANY"})
_TYPES: Final[Mapping[str, frozenset[str]]] = {
    "lambda": frozenset({"TOKEN", "REQUEST", ""}),
    "cognito": frozenset({"COGNITO_USER_POOLS"}),
    "jwt": frozenset({"JWT"}),
}
"""By a route's authorization, the types of authorizers that it can use; an empty type means TOKEN."""

_AUTHORIZER_NOT_HERE: Final = (
    "the authorizer that it names is not among the evaluated resources, although its API is, so it may not exist"
)


@dataclass(frozen=True, slots=True)
class Document:
    """An OpenAPI body, and the resource that has it."""

    resource: Resource
    body: Any
    """A Body, UNKNOWN, or None if there is none or it is invalid."""
    error: str = ""
    """Why it is invalid; empty if it is valid."""


@dataclass(frozen=True, slots=True)
class Documents:
    """All bodies of one API, in the order in which they are imported."""

    all: Sequence[Document]

    @property
    def readable(self) -> Iterator[tuple[Resource, bodies.Body]]:
        """The valid ones."""
        return ((each.resource, each.body) for each in self.all if isinstance(each.body, bodies.Body))

    @property
    def root(self) -> Mapping[str, Any]:
        """The root of the body that is imported last, and so applies."""
        roots = [body.root for _, body in self.readable]
        return roots[-1] if roots else {}

    def setting(self, api: Resource, name: str, within: Any) -> Any:
        """What applies of an input of an API and of `within`, which its body says of the same; None if neither has it.

        The provider writes the inputs after the body of the API itself. What a RestApiPut imports comes later still.
        """
        own = api.inputs.get(name)
        imported_later = any(each.resource.type == REST_API_BODY for each in self.all[-1:])
        first, second = (within, own) if imported_later else (own, within)
        return second if first is None else first

    @property
    def any_unknown(self) -> bool:
        """Whether at least one is unknown."""
        return any(each.body is UNKNOWN for each in self.all)

    @property
    def known(self) -> Fact:
        """Whether all are known; NO if one is invalid."""
        invalid = next((each.error for each in self.all if each.error), "")
        return Fact.of(
            False if invalid else None if self.any_unknown else True,
            no=f"has a body that cannot be read: {invalid}",
            unknown="its body contains a value that is known only after deployment",
        )


NO_DOCUMENTS: Final = Documents(())
"""Of a domain, or of an API that has no body."""


def document(resource: Resource, *, rest: bool) -> Document:
    """The body of a resource, or why it is invalid."""
    try:
        return Document(resource, bodies.parse(resource.inputs.get("body"), rest=rest))
    except bodies.BodyError as error:
        return Document(resource, None, str(error))


def authenticated(authorization: str, *, authorizer_id: Any = None) -> Fact:
    """Whether a route with an authorization needs credentials; `authorizer_id` is what the route refers to."""
    ignored = authorization == "none" and authorizer_id is not None
    return Fact.of(
        {"none": False, "unknown": None}.get(authorization, True),
        no="refers to an authorizer, but its authorization NONE ignores it" if ignored else bodies.NO_CREDENTIALS,
        unknown=bodies.AUTHORIZATION_UNKNOWN,
    )


def required_authorizer(
    graph: Graph, route: Resource, authorization: str, type_: str, api_input: str, api: Resource | None
) -> tuple[Fact, Resource | None]:
    """Whether the authorizer that a route requires exists and has the right type, and which one it is."""
    if authorization not in _TYPES:
        return Fact.YES, None
    authorizer = graph.target(route, "authorizerId", type_)
    if authorizer is None:
        return Fact.no("requires an authorizer, but refers to none"), None
    if not isinstance(authorizer, Resource):
        return _of_unknown_authorizer(graph, authorizer, api), None
    home = graph.target(authorizer, api_input, api.type) if api else None
    home = EXTERNAL if isinstance(home, Resource) and graph.is_external(home) and home is not api else home
    external = home is EXTERNAL and api is not None and isinstance(api.id, str)
    if api and (external or (isinstance(home, Resource) and home.urn != api.urn)):
        return Fact.no("refers to an authorizer of another API"), authorizer
    given = authorizer.inputs.get("type", authorizer.inputs.get("authorizerType"))
    unknown = UNKNOWN in (authorizer.inputs.get("type"), authorizer.inputs.get("authorizerType"))
    if not unknown and text(given).upper() not in _TYPES[authorization]:
        kind = text(given).upper() or "TOKEN"
        return Fact.no(f"refers to an authorizer of type {kind}, which does not match its authorization"), authorizer
    return Fact.YES, authorizer


def _of_unknown_authorizer(graph: Graph, authorizer: External | Unknown, api: Resource | None) -> Fact:
    """Whether an authorizer exists that is unknown or not among the evaluated resources."""
    if authorizer is UNKNOWN:
        return Fact.unknown("which authorizer it uses is known only after deployment")
    # An API and its authorizers belong together, so one that is not where its API is may not exist.
    here = api is not None and graph.whole and not graph.is_external(api)
    return Fact.of(None if here else True, unknown=_AUTHORIZER_NOT_HERE)


def usage(graph: Graph, routes: Sequence[Resource], type_: str, *, more: bool = False) -> Callable[[Resource], Fact]:
    """A function that says whether one of the routes uses an authorizer; `more` if there may be other routes."""
    targets = [graph.target(each, "authorizerId", type_) for each in routes]
    used = {each.urn for each in targets if isinstance(each, Resource)}
    otherwise = None if more or any(each is UNKNOWN for each in targets) else False
    return lambda authorizer: _used(True if authorizer.urn in used else otherwise)


def _used(holds: bool | None) -> Fact:  # noqa: FBT001 - the value itself
    return Fact.of(holds, no="is used by no method", unknown="whether a method uses it is known only after deployment")


def of_body(resource: Resource, body: bodies.Body, *, cors: bool = False) -> Iterator[Route]:
    """The routes of a body; `cors` if API Gateway itself responds to preflights, whatever the body says."""
    for each in body.operations:
        named = [body.schemes.get(name) for name in each.schemes]
        any_token = each.authorization == "cognito" and not any(map(_limits_clients, named))
        yield Route(
            urn=resource.urn,
            label=_label(each),
            subject=_label(each),
            authorization=each.authorization,
            authenticated=each.authenticated,
            requires_api_key=each.requires_api_key,
            authorizer_exists=each.authorizer_exists,
            requires_scope=each.requires_scope if each.authorization == "jwt" or any_token else Fact.YES,
            writes=each.method in WRITE_METHODS,
            is_preflight=each.is_preflight or (cors and each.method == "OPTIONS" and each.authorization == "none"),
            supports_authorization=True,
            scopes=each.scopes,
            authorizer_ids=frozenset(authorizers.scheme_id(resource, name) for name in each.schemes),
        )


def _label(operation: bodies.Operation) -> str:
    return bodies.route_key(operation.method, operation.path)


def _limits_clients(scheme: Any) -> bool:
    return limits_clients(read(scheme, bodies.AUTHORIZER, "identityValidationExpression"))


def limits_clients(expression: Any) -> bool:
    """Whether a validation expression of a Cognito authorizer accepts only some app clients' tokens."""
    return expression is UNKNOWN or (bool(text(expression)) and not accepts_any_client(text(expression)).is_yes)


def of_schemes(
    resource: Resource, body: bodies.Body, api: Resource, functions: Functions, *, rest: bool
) -> Iterator[Authorizer]:
    """The authorizers of a body."""
    named = {scheme for operation in body.operations for scheme in operation.schemes}
    otherwise = None if any(operation.authorization == "unknown" for operation in body.operations) else False
    for name in sorted(body.authorizers):
        used = _used(True if name in named else otherwise)
        yield authorizers.of_security_scheme(name, body.schemes[name], resource, api, used, functions, rest=rest)
