"""Reads routes from OpenAPI bodies, for REST, HTTP and WebSocket APIs alike."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ..graph.graph import EXTERNAL, Graph, Resource
from ..graph.values import UNKNOWN, read, text
from ..model.auth import Authorizer, Route
from ..model.fact import Fact
from . import authorizers
from . import openapi as bodies
from .authorizers import GUARDS, Functions

_UNREADABLE: Final = "its body holds a value known only after deployment"
AUTHENTICATED: Final = {"none": Fact.NO, "unknown": Fact.UNKNOWN}
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
    def read(self) -> Fact:
        """Whether all are known."""
        broken = any(each.problem for each in self.all)
        return Fact.NO if broken else Fact.UNKNOWN if self.unread else Fact.YES

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


def open_words(route: Resource, how: str) -> str:
    """Why a route that is a resource takes calls without credentials."""
    if how == "none" and route.inputs.get("authorizerId") is not None:
        return "names an authorizer, and its authorization NONE says not to ask it"
    return "takes calls without credentials" if how == "none" else "its authorization is known only later"


def connection(
    graph: Graph, route: Resource, how: str, type_: str, api_input: str, api: Resource | None
) -> tuple[Fact, str, Resource | None]:
    """Whether the authorizer that a route needs is there and fits, what is wrong with it, and which it is."""
    if how not in GUARDS:
        return Fact.YES, "", None
    authorizer = graph.target(route, "authorizerId", type_)
    if authorizer is None:
        return Fact.NO, "asks for an authorizer and names none", None
    if not isinstance(authorizer, Resource):
        return (Fact.YES if authorizer is EXTERNAL else Fact.UNKNOWN), "", None
    home = graph.target(authorizer, api_input, api.type) if api else None
    strange = home is EXTERNAL and api is not None and isinstance(api.id, str)
    if api and (strange or (isinstance(home, Resource) and home.urn != api.urn)):
        return Fact.NO, "names an authorizer of another API", authorizer
    kind = text(authorizer.inputs.get("type", authorizer.inputs.get("authorizerType"))).upper()
    fits = {"lambda": {"TOKEN", "REQUEST", ""}, "cognito": {"COGNITO_USER_POOLS"}, "jwt": {"JWT"}}[how]
    unknown = UNKNOWN in (authorizer.inputs.get("type"), authorizer.inputs.get("authorizerType"))
    if not unknown and kind not in fits:
        return (
            Fact.NO,
            f"names an authorizer of the type {kind or 'TOKEN'}, which its own type does not ask",
            authorizer,
        )
    return Fact.YES, "", authorizer


def usage(graph: Graph, routes: Sequence[Resource], type_: str, *, doubt: bool = False) -> Callable[[Resource], Fact]:
    """Tells of an authorizer whether one of the routes names it."""
    targets = [graph.target(each, "authorizerId", type_) for each in routes]
    used = {each.urn for each in targets if isinstance(each, Resource)}
    otherwise = Fact.UNKNOWN if doubt or any(each is UNKNOWN for each in targets) else Fact.NO
    return lambda authorizer: Fact.YES if authorizer.urn in used else otherwise


def of_body(where: Resource, body: bodies.Body, *, cors: bool = False) -> Iterator[Route]:
    """The routes of a body; `cors` if API Gateway answers preflights itself, whatever the body says."""
    for each in body.operations:
        named = [body.schemes.get(name) for name in each.schemes]
        pinned = any(_pinned(scheme) for scheme in named)
        scoped = Fact.YES if each.how != "cognito" or pinned else each.scoped
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
        used = Fact.YES if name in named else Fact.UNKNOWN if doubt else Fact.NO
        yield authorizers.of_scheme(name, body.schemes[name], where, api, used, functions, rest=rest)
