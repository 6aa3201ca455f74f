"""Reads authorizers, whether they are resources or security schemes of a body: what they check, keep and may invoke."""

import math
import re
from collections import defaultdict
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any, Final

from ..graph.graph import Graph, Resource
from ..graph.resource_types import APIS, FUNCTION, FUNCTION_ALIAS, FUNCTION_PERMISSION
from ..graph.values import (
    UNKNOWN,
    is_object,
    items,
    read,
    text,
)
from ..model.auth import Authorizer
from ..model.fact import Fact, every, some

_GATEWAY: Final = "apigateway.amazonaws.com"
_ARN: Final = re.compile(r"arn:[\w-]+:lambda:[\w-]*:\d*:function:([\w-]+)")
_API_OF_ARN: Final = re.compile(r"arn:[^:]+:execute-api:[^:]*:[^:]*:([^/]+)/?(.*)", re.DOTALL)
_SECONDS: Final = 300
"""How long REST APIs keep an authorizer's answer unless told otherwise."""
_OF_CALLER: Final = (
    *("method.request.header.", "method.request.querystring.", "method.request.multivalue"),
    *("$request.header.", "$request.querystring.", "route.request.header.", "route.request.querystring."),
    *("context.identity.", "$context.identity."),
)
"""What an identity source begins with that tells one caller from another."""
_OF_CLIENTS: Final = frozenset(
    {
        *("accept", "accept-encoding", "accept-language", "content-length", "content-type", "host", "origin"),
        *("cache-control", "connection", "date", "forwarded", "pragma", "referer", "user-agent", "via"),
        *("true-client-ip", "x-client-ip", "x-real-ip", "x-requested-with"),
        *("correlation-id", "request-id", "traceparent", "tracestate", "x-amz-cf-id", "x-amz-date"),
        *("x-amzn-requestid", "x-amzn-trace-id", "x-correlation-id", "x-request-id", "x-trace-id"),
    }
)
"""Headers that callers share or make up: they speak of clients, of the way and of the request, and prove nobody."""
_OF_THE_WAY: Final = ("cf-", "cloudfront-", "sec-", "x-b3-", "x-forwarded-")
"""What other such headers begin with."""
_OF_PLACES: Final = ("sourceip", "useragent", "vpcid", "vpceid")
"""What the context knows of a caller's place and client, which others share."""
_V2_KINDS: Final = {"JWT": "jwt", "REQUEST": "request"}
_KINDS: Final = {"TOKEN": "token", "REQUEST": "request", "COGNITO_USER_POOLS": "cognito", "JWT": "jwt"}
GUARDS: Final[Mapping[str, frozenset[str]]] = {
    "lambda": frozenset({"token", "request", "unknown"}),
    "cognito": frozenset({"cognito", "unknown"}),
    "jwt": frozenset({"jwt", "unknown"}),
}
"""By a route's kind of authorization, the kinds of authorizers that fit it."""


class Functions:
    """The functions of a graph, and which of them API Gateway may invoke."""

    def __init__(self, graph: Graph) -> None:
        """Sort the permissions by function, once."""
        self._graph = graph
        self._by_name: dict[str, Resource] = {}
        for each in graph.of_type(FUNCTION):
            for name in (each.inputs.get("name"), each.outputs.get("name"), each.id):
                if isinstance(name, str):
                    self._by_name[name] = each
        self._permissions: dict[str, list[Resource]] = defaultdict(list)
        self._loose = False
        for each in graph.of_type(FUNCTION_PERMISSION):
            if each.inputs.get("principal") in (_GATEWAY, UNKNOWN):
                self._sort(each)

    def _sort(self, permission: Resource) -> None:
        target: Any = self._graph.target(permission, "function", FUNCTION, FUNCTION_ALIAS)
        if isinstance(target, Resource) and target.type == FUNCTION_ALIAS:
            target = self._graph.target(target, "functionName", FUNCTION)
        if not isinstance(target, Resource):
            target = self._named(permission.inputs.get("function")) or target
        if isinstance(target, Resource):
            self._permissions[target.urn].append(permission)
        self._loose |= target is UNKNOWN

    def _named(self, value: Any) -> Resource | None:
        found = _ARN.search(text(value))
        return self._by_name.get(found[1] if found else text(value))

    def invocable(self, authorizer: Resource, name: str, uri: Any, api: Resource) -> Fact:
        """Whether API Gateway may ask the function of an authorizer; YES where the function is external."""
        function = self._named(uri) if isinstance(uri, str) else None
        if uri is UNKNOWN:
            found = self._graph.dependencies(authorizer, name, FUNCTION)
            function = found[0] if len(found) == 1 else None
        if function is None:
            return Fact.YES
        granted = (self._covers(each, api) for each in self._permissions.get(function.urn, ()))
        return some(*granted, Fact.UNKNOWN if self._loose else Fact.NO)

    def _covers(self, permission: Resource, api: Resource) -> Fact:
        source = permission.inputs.get("sourceArn")
        if source is UNKNOWN:
            apis = self._graph.dependencies(permission, "sourceArn", *APIS)
            return Fact.NO if apis and api not in apis else Fact.YES
        match = _API_OF_ARN.match(text(source))
        if match is None:
            return Fact.YES if not text(source) else Fact.NO
        owner = text(api.id)
        if owner and not fnmatchcase(owner, match[1]):
            return Fact.NO
        return Fact.YES if fnmatchcase("authorizers/id", match[2]) or match[2].startswith("authorizers/") else Fact.NO


def of_rest(resource: Resource, api: Resource, used: Fact, functions: Functions) -> Authorizer:
    """An authorizer that is a resource of a REST API."""
    given = resource.inputs
    kind = (
        "unknown" if given.get("type") is UNKNOWN else _KINDS.get(text(given.get("type")).upper() or "TOKEN", "unknown")
    )
    # The provider fills in the header; CloudFormation does not, and says so by an empty text here.
    source = given.get("identitySource", "method.request.header.Authorization")
    return Authorizer(
        urn=resource.urn,
        label=_label(resource),
        used=used,
        kind=kind,
        cache_seconds=_seconds(given.get("authorizerResultTtlInSeconds"), _SECONDS),
        tells_callers_apart=_tells_apart(_listed(source)),
        key_headers=_key_headers(_listed(source)),
        prefilters=_given(given.get("identityValidationExpression")),
        invocable=_invocable(kind, given.get("authorizerCredentials"), resource, "authorizerUri", functions, api),
        audience=Fact.YES,
        issuer_encrypted=Fact.YES,
        token_in_header=_in_header(_listed(source)),
    )


def of_v2(resource: Resource, api: Resource, used: Fact, functions: Functions) -> Authorizer:
    """An authorizer that is a resource of an HTTP or WebSocket API."""
    given = resource.inputs
    kind = _V2_KINDS.get(text(given.get("authorizerType")).upper(), "unknown")
    sources, jwt = given.get("identitySources"), given.get("jwtConfiguration")
    cached = 0 if text(api.inputs.get("protocolType")).upper() == "WEBSOCKET" or not _some(sources) else _SECONDS
    return Authorizer(
        urn=resource.urn,
        label=_label(resource),
        used=used,
        kind=kind,
        cache_seconds=_seconds(given.get("authorizerResultTtlInSeconds"), cached),
        tells_callers_apart=_tells_apart(sources),
        key_headers=_key_headers(sources),
        prefilters=Fact.YES,
        invocable=_invocable(kind, given.get("authorizerCredentialsArn"), resource, "authorizerUri", functions, api),
        audience=_named(read(jwt, "audiences")),
        issuer_encrypted=_https(read(jwt, "issuer")),
        token_in_header=_in_header(sources),
    )


def of_scheme(
    name: str, scheme: Any, where: Resource, api: Resource, used: Fact, functions: Functions, *, rest: bool
) -> Authorizer:
    """An authorizer that is a security scheme of a body; `where` holds the body."""
    given = read(scheme, "x-amazon-apigateway-authorizer")
    kinds = {"cognito_user_pools": "cognito", "token": "token", "request": "request", "jwt": "jwt"}
    kind = kinds.get(text(read(given, "type")).lower() or "token", "unknown")
    header = f"method.request.header.{text(read(scheme, 'name'))}" if read(scheme, "in") == "header" else None
    sources = _listed(read(given, "identitySource"))
    if kind == "token" and not _some(sources):
        sources = header
    jwt = read(given, "jwtConfiguration")
    audience, issuer = read(jwt, "audience"), read(jwt, "issuer")
    issuer = read(scheme, "openIdConnectUrl") if issuer is None or issuer == "" else issuer
    several = [each for each in items(read(jwt, "issuers")) if is_object(each)]  # a REST API may trust several
    return Authorizer(
        urn=where.urn,
        label=f"authorizer {name}",
        used=used,
        kind=kind,
        cache_seconds=_seconds(read(given, "authorizerResultTtlInSeconds"), _SECONDS if rest or _some(sources) else 0),
        tells_callers_apart=_tells_apart(sources),
        key_headers=_key_headers(sources),
        prefilters=_given(read(given, "identityValidationExpression")),
        invocable=_may_invoke(
            kind, read(given, "authorizerCredentials"), where, "body", read(given, "authorizerUri"), functions, api
        ),
        audience=every(*(_named(each.get("audiences")) for each in several)) if several else _named(audience),
        issuer_encrypted=every(*(_https(each.get("issuer")) for each in several)) if several else _https(issuer),
        token_in_header=_in_header(sources),
    )


def _label(resource: Resource) -> str:
    return f"authorizer {text(resource.inputs.get('name')) or resource.name}"


def _some(sources: Any) -> bool:
    return sources is UNKNOWN or bool(items(sources))


def _listed(source: Any) -> Any:
    """Identity sources of a REST API, which one text lists."""
    if isinstance(source, str):
        return [each.strip() for each in source.split(",") if each.strip()]
    return source


def _tells_apart(sources: Any) -> Fact:
    """Whether something of the caller is part of the key that answers are kept under."""
    if sources is UNKNOWN:
        return Fact.UNKNOWN
    return some(*(_is_of_caller(each) for each in items(sources)))


def _key_headers(sources: Any) -> frozenset[str] | None:
    if sources is UNKNOWN or UNKNOWN in items(sources):
        return None
    named = [text(each).lower().partition(".header.")[2] for each in items(sources)]
    return frozenset(each for each in named if each)


def _is_of_caller(source: Any) -> Fact:
    if source is UNKNOWN:
        return Fact.UNKNOWN
    named = text(source).lower()
    if not named.startswith(_OF_CALLER):
        return Fact.NO
    where, _, name = named.rpartition(".")
    if where.endswith("header"):
        return Fact.NO if name in _OF_CLIENTS or name.startswith(_OF_THE_WAY) else Fact.YES
    return Fact.NO if where.endswith("context.identity") and name in _OF_PLACES else Fact.YES


def _in_header(sources: Any) -> Fact:
    if sources is UNKNOWN or UNKNOWN in items(sources):
        return Fact.UNKNOWN
    return Fact.NO if any("querystring" in text(each).lower() for each in items(sources)) else Fact.YES


def _seconds(value: Any, default: float) -> float | None:
    if value is None:
        return default
    try:
        seconds = math.nan if value is UNKNOWN else float(value)
    except (TypeError, ValueError):
        return None
    return None if math.isnan(seconds) else seconds


def _given(value: Any) -> Fact:
    return Fact.YES if value is UNKNOWN or text(value) else Fact.NO


def _named(values: Any) -> Fact:
    """Whether a list names something; a name still to come is one."""
    if values is UNKNOWN:
        return Fact.UNKNOWN
    return Fact.YES if any(each is UNKNOWN or text(each) for each in items(values)) else Fact.NO


def _https(issuer: Any) -> Fact:
    if issuer is UNKNOWN:
        return Fact.YES  # a pool still to come; API Gateway refuses an issuer that it cannot read
    return Fact.YES if text(issuer).lower().startswith("https://") else Fact.NO


def _invocable(kind: str, credentials: Any, resource: Resource, name: str, functions: Functions, api: Resource) -> Fact:
    return _may_invoke(kind, credentials, resource, name, resource.inputs.get(name), functions, api)


def _may_invoke(
    kind: str, credentials: Any, resource: Resource, name: str, uri: Any, functions: Functions, api: Resource
) -> Fact:
    if kind not in {"token", "request"} or _given(credentials).is_yes:
        return Fact.YES
    return functions.invocable(resource, name, uri, api)
