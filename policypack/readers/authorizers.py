"""Reads authorizers, whether they are resources or security schemes of a body."""

import math
import re
from collections import defaultdict
from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Any, Final

from ..graph.graph import Graph, Resource
from ..graph.resource_types import APIS, FUNCTION, FUNCTION_ALIAS, FUNCTION_PERMISSION, USER_POOL
from ..graph.values import (
    UNKNOWN,
    is_object,
    items,
    read,
    text,
)
from ..model.auth import Authorizer
from ..model.fact import Fact, every, negate, some
from .cognito import is_user_pool
from .identity_sources import identity_sources
from .property_facts import is_true
from .public_issuers import chooses_audience
from .validation_expressions import accepts_any_token

_API_GATEWAY: Final = "apigateway.amazonaws.com"
_ARN: Final = re.compile(
    r"arn:(?:[\w-]+|\$\{AWS::\w+\}):lambda:(?:[\w-]*|\$\{AWS::\w+\}):(?:\d*|\$\{AWS::\w+\}):function:([\w-]+)"
)
"""In documents, variables of API Gateway's import may name the partition, the region and the account."""
_FUNCTION_NAME: Final = re.compile(r"^arn:.*:function:([^/]+)/(?:invocations|response-streaming-invocations)$")
_POOL_NAME: Final = re.compile(r"^arn:.*:userpool/(.+)$")
_API_OF_ARN: Final = re.compile(r"arn:[^:]+:execute-api:[^:]*:[^:]*:([^/]+)/?(.*)", re.DOTALL)
_DEFAULT_TTL: Final = 300
"""For how many seconds a REST API caches an authorizer's decisions by default."""
_RESPONSES_UNKNOWN: Final = "its `enableSimpleResponses` is known only after deployment"
_HTTP_TYPES: Final = {"JWT": "jwt", "REQUEST": "request"}
_REST_TYPES: Final = {"TOKEN": "token", "REQUEST": "request", "COGNITO_USER_POOLS": "cognito", "JWT": "jwt"}


class Functions:
    """The Lambda functions of a graph, and which of them API Gateway may invoke."""

    def __init__(self, graph: Graph) -> None:
        """Index the permissions by function."""
        self.graph = graph
        self._by_name: dict[str, Resource] = {}
        for each in graph.of_type(FUNCTION):
            for name in (each.inputs.get("name"), each.outputs.get("name"), each.id):
                if isinstance(name, str):
                    self._by_name[name] = each
        self._permissions: dict[str, list[Resource]] = defaultdict(list)
        self._any_unknown = False
        """Whether there is a permission of an unknown function."""
        for each in graph.of_type(FUNCTION_PERMISSION):
            if each.inputs.get("principal") in (_API_GATEWAY, UNKNOWN):
                self._add(each)

    def _add(self, permission: Resource) -> None:
        target: Any = self.graph.target(permission, "function", FUNCTION, FUNCTION_ALIAS)
        if isinstance(target, Resource) and target.type == FUNCTION_ALIAS:
            target = self.graph.target(target, "functionName", FUNCTION)
        if not isinstance(target, Resource):
            target = self._named(permission.inputs.get("function")) or target
        if isinstance(target, Resource):
            self._permissions[target.urn].append(permission)
        self._any_unknown |= target is UNKNOWN

    def of(self, authorizer: Resource, name: str, uri: Any) -> Resource | None:
        """The function of an authorizer, which has it in an input; None if it is external or unknown."""
        if uri is UNKNOWN:
            found = self.graph.dependencies(authorizer, name, FUNCTION)
            return found[0] if len(found) == 1 else None
        return self._named(uri) if isinstance(uri, str) else None

    def _named(self, value: Any) -> Resource | None:
        found = _ARN.search(text(value))
        return self._by_name.get(found[1] if found else text(value))

    def invocable(self, authorizer: Resource, name: str, uri: Any, api: Resource) -> Fact:
        """Whether API Gateway may invoke the function of an authorizer; YES if the function is external."""
        function = self.of(authorizer, name, uri)
        if function is None:
            return Fact.YES
        granted = (self._covers(each, api) for each in self._permissions.get(function.urn, ()))
        return some(*granted, Fact.of(None if self._any_unknown else False)).because(
            no="uses a Lambda function that API Gateway has no permission to invoke",
            unknown="whether API Gateway may invoke its Lambda function is known only after deployment",
        )

    def _covers(self, permission: Resource, api: Resource) -> Fact:
        source = permission.inputs.get("sourceArn")
        if source is UNKNOWN:
            apis = self.graph.dependencies(permission, "sourceArn", *APIS)
            return Fact.of(not apis or api in apis)
        match = _API_OF_ARN.match(text(source))
        if match is None:
            return Fact.of(not text(source))
        owner = text(api.id)
        if owner and not fnmatchcase(owner, match[1]):
            return Fact.NO
        return Fact.of(fnmatchcase("authorizers/id", match[2]) or match[2].startswith("authorizers/"))


def of_rest_api(resource: Resource, api: Resource, used: Fact, functions: Functions) -> Authorizer:
    """An authorizer that is a resource of a REST API."""
    given = resource.inputs
    kind = (
        "unknown"
        if given.get("type") is UNKNOWN
        else _REST_TYPES.get(text(given.get("type")).upper() or "TOKEN", "unknown")
    )
    # The provider fills in the header. CloudFormation does not, which an empty string shows here.
    sources = _split(given.get("identitySource", "method.request.header.Authorization"))
    parts, parts_known = identity_sources(sources)
    return Authorizer(
        urn=resource.urn,
        id=resource.urn,
        label=_label(resource),
        used=used,
        kind=kind,
        cache_ttl=_seconds(given.get("authorizerResultTtlInSeconds"), _DEFAULT_TTL),
        identity_sources=parts,
        identity_sources_known=parts_known,
        validates_token_format=_validates_token_format(given.get("identityValidationExpression")),
        token_expression=text(given.get("identityValidationExpression")) if kind == "token" else "",
        invocable=_invocable(kind, given.get("authorizerCredentials"), resource, "authorizerUri", functions, api),
        requires_audience=_audiences_named(read(given.get("jwtConfiguration"), "issuers")),
        issuer_uses_https=Fact.YES,
        trusts_user_pool=Fact.YES
        if kind == "cognito"
        else is_user_pool(functions.graph, resource, "jwtConfiguration", read(given.get("jwtConfiguration"), "issuer")),
        token_in_header=_in_header(sources),
        trusts=(
            *_trusted(functions.graph, resource, "providerArns", given.get("providerArns"), USER_POOL),
            *_trusted(functions.graph, resource, "authorizerUri", given.get("authorizerUri"), FUNCTION),
            *_trusted_issuer(functions.graph, resource, given.get("jwtConfiguration")),
            *_expected(given.get("identityValidationExpression")),
        ),
    )


def of_http_api(resource: Resource, api: Resource, used: Fact, functions: Functions) -> Authorizer:
    """An authorizer that is a resource of an HTTP or WebSocket API."""
    given = resource.inputs
    kind = _HTTP_TYPES.get(text(given.get("authorizerType")).upper(), "unknown")
    sources, jwt = given.get("identitySources"), given.get("jwtConfiguration")
    socket = text(api.inputs.get("protocolType")).upper() == "WEBSOCKET"
    parts, parts_known = identity_sources(sources)
    return Authorizer(
        urn=resource.urn,
        id=resource.urn,
        label=_label(resource),
        used=used,
        kind=kind,
        # A WebSocket API never caches decisions.
        cache_ttl=0
        if socket
        else _seconds(given.get("authorizerResultTtlInSeconds"), _DEFAULT_TTL if _has_any(sources) else 0),
        simple_responses=is_true(given.get("enableSimpleResponses"), unknown=_RESPONSES_UNKNOWN),
        identity_sources=parts,
        identity_sources_known=parts_known,
        validates_token_format=Fact.YES,
        invocable=_invocable(kind, given.get("authorizerCredentialsArn"), resource, "authorizerUri", functions, api),
        requires_audience=_requires_audience(read(jwt, "audiences"), read(jwt, "issuer")),
        issuer_uses_https=_uses_https(read(jwt, "issuer")),
        trusts_user_pool=is_user_pool(functions.graph, resource, "jwtConfiguration", read(jwt, "issuer")),
        token_in_header=_in_header(sources),
        trusts=(
            *_trusted(functions.graph, resource, "authorizerUri", given.get("authorizerUri"), FUNCTION),
            *_trusted_issuer(functions.graph, resource, jwt),
        ),
    )


def of_security_scheme(
    name: str, scheme: Any, resource: Resource, api: Resource, used: Fact, functions: Functions, *, rest: bool
) -> Authorizer:
    """An authorizer that is a security scheme of the body of a resource."""
    given = read(scheme, "x-amazon-apigateway-authorizer")
    kinds = {"cognito_user_pools": "cognito", "token": "token", "request": "request", "jwt": "jwt"}
    kind = kinds.get(text(read(given, "type")).lower() or "token", "unknown")
    header = f"method.request.header.{text(read(scheme, 'name'))}" if read(scheme, "in") == "header" else None
    sources = _split(read(given, "identitySource"))
    if kind in {"token", "cognito"} and not _has_any(sources):
        sources = header
    parts, parts_known = identity_sources(sources)
    jwt = read(given, "jwtConfiguration")
    audience, issuer = read(jwt, "audience"), read(jwt, "issuer")
    issuer = read(scheme, "openIdConnectUrl") if issuer is None or issuer == "" else issuer
    # A REST API may trust several issuers.
    issuers = [each for each in items(read(jwt, "issuers")) if is_object(each)]
    return Authorizer(
        urn=resource.urn,
        id=scheme_id(resource, name),
        label=f"authorizer {name}",
        subject=f"authorizer {name}",
        used=used,
        kind=kind,
        cache_ttl=_seconds(
            read(given, "authorizerResultTtlInSeconds"), _DEFAULT_TTL if rest or _has_any(sources) else 0
        ),
        simple_responses=Fact.NO if rest else is_true(read(given, "enableSimpleResponses"), unknown=_RESPONSES_UNKNOWN),
        identity_sources=parts,
        identity_sources_known=parts_known,
        validates_token_format=_validates_token_format(read(given, "identityValidationExpression")),
        token_expression=text(read(given, "identityValidationExpression")) if kind == "token" else "",
        invocable=_may_invoke(
            kind, read(given, "authorizerCredentials"), resource, "body", read(given, "authorizerUri"), functions, api
        ),
        requires_audience=_audiences_named(issuers) if issuers else _requires_audience(audience, issuer),
        issuer_uses_https=every(*(_uses_https(each.get("issuer")) for each in issuers))
        if issuers
        else _uses_https(issuer),
        trusts_user_pool=Fact.YES
        if kind == "cognito"
        else some(*(is_user_pool(functions.graph, resource, "body", each) for each in (issuer, *_issuers(issuers)))),
        token_in_header=_in_header(sources),
        trusts=(
            *_trusted(functions.graph, resource, "body", read(given, "providerARNs")),
            *_trusted(functions.graph, resource, "body", read(given, "authorizerUri")),
            *_trusted(functions.graph, resource, "body", [issuer, *_issuers(issuers)]),
            *_audiences(audience, *(each.get("audiences") for each in issuers)),
            *_expected(read(given, "identityValidationExpression")),
        ),
    )


def _trusted(graph: Graph, resource: Resource, name: str, value: Any, *types: str) -> tuple[str, ...]:
    """What a property names, as people call it; where it is unknown, the resources that it comes from."""
    given = [value] if value is UNKNOWN or isinstance(value, str) else items(value)
    if UNKNOWN in given:
        return tuple(each.name for each in graph.dependencies(resource, name, *types)) if types else ()
    named = [text(each) for each in given if text(each)]
    return tuple(_FUNCTION_NAME.sub(r"function \1", _POOL_NAME.sub(r"user pool \1", each)) for each in named)


def _trusted_issuer(graph: Graph, resource: Resource, jwt: Any) -> tuple[str, ...]:
    issuer = _trusted(graph, resource, "jwtConfiguration", read(jwt, "issuer"), USER_POOL)
    return (*issuer, *_audiences(read(jwt, "audiences")))


def _audiences(*listed: Any) -> tuple[str, ...]:
    named = [
        text(each) for one in listed if one is not UNKNOWN for each in ([one] if isinstance(one, str) else items(one))
    ]
    return tuple(f"audience {each}" for each in sorted(filter(None, named)))


def _expected(expression: Any) -> tuple[str, ...]:
    """The pattern that tokens must match."""
    return (f"pattern {text(expression)}",) if text(expression) else ()


def _issuers(listed: Sequence[Any]) -> list[Any]:
    return [each.get("issuer") for each in listed]


def scheme_id(resource: Resource, name: str) -> str:
    """The id of the authorizer that is the security scheme of that name in the body of a resource."""
    return f"{resource.urn}#{name}"


def _label(resource: Resource) -> str:
    return f"authorizer {text(resource.inputs.get('name')) or resource.name}"


def _has_any(sources: Any) -> bool:
    return sources is UNKNOWN or bool(items(sources))


def _split(source: Any) -> Any:
    """The identity sources of a REST API, which come as a comma-separated string."""
    if isinstance(source, str):
        return [each.strip() for each in source.split(",") if each.strip()]
    return source


def _in_header(sources: Any) -> Fact:
    return Fact.of(
        None
        if sources is UNKNOWN or UNKNOWN in items(sources)
        else all("querystring" not in text(each).lower() for each in items(sources)),
        no="reads the token from the query string",
        unknown="its identity sources are known only after deployment",
    )


def _seconds(value: Any, default: float) -> float | None:
    if value is None:
        return default
    try:
        seconds = math.nan if value is UNKNOWN else float(value)
    except (TypeError, ValueError):
        return None
    return None if math.isnan(seconds) else seconds


def _is_given(value: Any) -> bool:
    return value is UNKNOWN or bool(text(value))


def _validates_token_format(expression: Any) -> Fact:
    if expression is UNKNOWN:
        return Fact.YES
    if not text(expression):
        return Fact.no("invokes its function for malformed tokens too: it has no validation expression")
    return negate(accepts_any_token(text(expression))).because(
        no="invokes its function for malformed tokens too: its validation expression lets every string through"
    )


def _audiences_named(issuers: Any) -> Fact:
    """Whether tokens of each of the issuers of a REST API's authorizer need a listed audience."""
    listed = (each for each in items(issuers) if is_object(each))
    return every(*(_requires_audience(each.get("audiences"), each.get("issuer")) for each in listed))


def _requires_audience(audiences: Any, issuer: Any) -> Fact:
    """Whether a list contains an audience, even if its value is unknown, that not everyone may have in a token."""
    host = chooses_audience(issuer)
    if host:
        return Fact.no(f"accepts tokens that everyone gets from {host} for every audience")
    return Fact.of(
        None if audiences is UNKNOWN else any(map(_is_given, items(audiences))),
        no="accepts tokens that were issued for any audience",
        unknown="its audiences are known only after deployment",
    )


def _uses_https(issuer: Any) -> Fact:
    # An unknown issuer is a pool that is yet to be created, and API Gateway rejects an issuer that it cannot read.
    return Fact.of(
        issuer is UNKNOWN or text(issuer).lower().startswith("https://"), no="has an issuer whose address is not HTTPS"
    )


def _invocable(kind: str, credentials: Any, resource: Resource, name: str, functions: Functions, api: Resource) -> Fact:
    return _may_invoke(kind, credentials, resource, name, resource.inputs.get(name), functions, api)


def _may_invoke(
    kind: str, credentials: Any, resource: Resource, name: str, uri: Any, functions: Functions, api: Resource
) -> Fact:
    if kind not in {"token", "request"} or _is_given(credentials):
        return Fact.YES
    return functions.invocable(resource, name, uri, api)
