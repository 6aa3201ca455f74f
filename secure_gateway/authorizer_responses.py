"""Responses for your own Lambda authorizer (REST, `TOKEN` or `REQUEST`) that are safe with wildcards and caching.

API Gateway applies a cached response to every route of the authorizer, and a `*` in a policy matches `/` too. So a
response that allows the called route only denies the caller's next route, and `orders/*` also allows
`orders/7/refunds`. The responses built here allow all routes that a caller may use, and deny the others that their
wildcards would match.

This file needs the standard library only: deploy it next to your function's code, as
`FileAsset(secure_gateway.authorizer_responses.__file__)`.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html
"""

import json
import re
from collections.abc import Collection, Mapping
from functools import cache
from typing import Any, NamedTuple, NotRequired, TypedDict

_METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
_ROUTE = re.compile(rf"(ANY|{'|'.join(_METHODS)}) (/\S*)")
_LONGEST_ARN = 512
"""Characters of a resource that API Gateway reads."""

_LONGEST_POLICY = 8_192
_EMPTY_SEGMENT = "*//*"
"""Every path with an empty segment."""


class AuthorizerResponse(TypedDict):
    """What a Lambda authorizer returns."""

    principalId: str
    policyDocument: dict[str, Any]
    context: dict[str, Any]
    usageIdentifierKey: NotRequired[str]


class Unauthorized(Exception):  # noqa: N818 - named after the response
    """The credentials are missing, wrong or expired: API Gateway responds with 401 and caches nothing."""

    def __init__(self) -> None:
        """Use the one message for which API Gateway responds with 401; any other error becomes a 500."""
        super().__init__("Unauthorized")


def allow(
    event: Mapping[str, Any],
    principal: str,
    routes: Collection[str] | None = None,
    *,
    known: Collection[str] = (),
    context: Mapping[str, Any] | None = None,
    api_key: str | None = None,
) -> AuthorizerResponse:
    """Allow a caller `routes` (`METHOD /path`, as the API declares them, such as `GET /orders/{id}`).

    `known` lists all routes of the authorizer: those that a wildcard in `routes` would also match are denied. Without
    `routes`, only the called route is allowed: then disable caching (`ttl_seconds` 0), or add `context.httpMethod` and
    `context.path` to the identity sources, next to the caller's header.

    `context` (strings, numbers and booleans) is passed to the integration and the access log. `api_key` is the value of
    the API key that the request counts against, for an API whose key source is `AUTHORIZER`.

    Raises `ValueError` for a response that API Gateway would turn into a 500, and if wildcards cannot distinguish two
    routes.
    """
    document = policy(str(event["methodArn"]), routes, known)
    return _response(document, principal, context, api_key)


def deny(event: Mapping[str, Any], principal: str, *, context: Mapping[str, Any] | None = None) -> AuthorizerResponse:
    """Deny a caller every route, with 403; while the response is cached, it keeps denying them."""
    return _response(policy(str(event["methodArn"]), ()), principal, context, None)


def policy(arn: str, routes: Collection[str] | None, known: Collection[str] = ()) -> dict[str, Any]:
    """The policy document of such a response, for the ARN of a request (`methodArn`, or `routeArn` of an HTTP API).

    Raises `ValueError` as `allow` does.
    """
    stage = "/".join(arn.split("/", 2)[:2])
    if routes is None:
        called = arn.split("/", 2)[2]
        # The path is the caller's: a `*` in it would be a wildcard in the policy.
        return _policy(stage, [] if re.search(r"[*?$]", called) else [called], [])
    allowed = [_Route.read(each) for each in sorted(set(routes))]
    others = [_Route.read(each) for each in sorted(set(known) - set(routes))]
    denied = [each for each in others if any(one.opens(each) for one in allowed)]
    for refused in denied:
        for one in allowed:
            if refused.opens(one):
                message = (
                    f"{one.key!r} cannot be allowed while {refused.key!r} is denied, since `*` matches `/` too; "
                    "allow the called route only, with context.path among the identity sources"
                )
                raise ValueError(message)
    slashes = [each for each in others if each in denied or any(one.opens_slash(each) for one in allowed)]
    opened = [pattern for each in allowed for pattern in each.patterns]
    closed = [pattern for each in denied for pattern in each.patterns]
    closed += [pattern for each in slashes for pattern in each.slash_patterns if not _covered(pattern, closed)]
    # Whether API Gateway drops an empty segment before it chooses a route is not documented.
    closed += [_EMPTY_SEGMENT] if closed else []
    # API Gateway sends a path with a slash at its end to the same route. If another route could take it, or if not all
    # routes are known, it stays denied.
    safe = [each for each in allowed if known and not any(other.takes_slash(each) for other in others)]
    more = [pattern for each in safe for pattern in each.slash_patterns if not _covered(pattern, opened)]
    document = _policy(stage, [*opened, *more], closed)
    return document if len(json.dumps(document)) <= _LONGEST_POLICY else _policy(stage, opened, closed)


def resources(route: str) -> tuple[str, ...]:
    """A route in the form of an IAM policy, below a stage: `GET/orders/*`; ANY becomes one entry per method."""
    return _Route.read(route).patterns


def opens(route: str, other: str) -> bool:
    """Whether a policy for one route also allows calls of another, since `*` matches `/` too."""
    return _Route.read(route).opens(_Route.read(other))


def _covered(pattern: str, others: Collection[str]) -> bool:
    """Whether the pattern of a path with a slash at its end needs no entry of its own."""
    return any(each.endswith("*") and pattern.startswith(each[:-1]) for each in others)


def _policy(stage: str, allowed: Collection[str], denied: Collection[str]) -> dict[str, Any]:
    statements = [
        {
            "Effect": effect,
            "Action": "execute-api:Invoke",
            "Resource": [f"{stage}/{each}" for each in patterns],
        }
        for effect, patterns in (("Allow", allowed), ("Deny", denied if allowed else ["*"]))
        if patterns
    ]
    for resource in (each for statement in statements for each in statement["Resource"]):
        if len(resource) > _LONGEST_ARN:
            message = f"a resource has {len(resource):,} characters, but AWS accepts at most {_LONGEST_ARN:,}"
            raise ValueError(message)
    return {"Version": "2012-10-17", "Statement": statements}


def _response(
    document: dict[str, Any], principal: str, context: Mapping[str, Any] | None, api_key: str | None
) -> AuthorizerResponse:
    if not principal:
        raise ValueError("principal: required; API Gateway needs one")
    for name, value in (context or {}).items():
        if not isinstance(value, str | int | float):
            message = f"context.{name}: expected a string, a number or a boolean, got {type(value).__name__}"
            raise ValueError(message)  # noqa: TRY004 - one kind of error for every wrong value
    response: AuthorizerResponse = {
        "principalId": principal,
        "policyDocument": document,
        "context": dict(context or {}),
    }
    return response if api_key is None else {**response, "usageIdentifierKey": api_key}


class _Route(NamedTuple):
    """A declared route: `GET /orders/{id}`, or `ANY /files/{path+}`."""

    method: str
    path: str

    @classmethod
    def read(cls, key: str) -> "_Route":
        found = _ROUTE.fullmatch(key)
        if found is None or re.search(r"[*?$]", key):
            message = f"{key!r} is not a route of the form METHOD /path, as the API declares it"
            raise ValueError(message)
        return cls(found[1], found[2])

    @property
    def key(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def patterns(self) -> tuple[str, ...]:
        """The route as a policy names it below a stage; every method by its name, since `*` matches `/` there too."""
        methods = _METHODS if self.method == "ANY" else (self.method,)
        return tuple(f"{method}{re.sub(r'{[^}]+}', '*', self.path)}" for method in methods)

    @property
    def slash_patterns(self) -> tuple[str, ...]:
        """The same for its paths with a slash at their end, which API Gateway may send to the same route."""
        return () if self.path == "/" else tuple(f"{each}/" for each in self.patterns)

    def opens_slash(self, other: "_Route") -> bool:
        """Whether this route's pattern also matches another's paths with a slash at their end: `*` matches nothing."""
        return (
            (self.method in ("ANY", other.method) or other.method == "ANY")
            and "{" in self.path
            and _meets(_tokens(f"{other.path}/"), re.sub(r"{[^}]+}", "*", self.path))
        )

    def takes_slash(self, other: "_Route") -> bool:
        """Whether API Gateway might send another's paths with a slash at their end here, to a greedy parameter."""
        if not self.path.endswith("+}") or (self.method not in ("ANY", other.method) and other.method != "ANY"):
            return False
        pattern = re.sub(r"{[^}]+}", "*", f"{other.path}/")
        # The greedy parameter might also be empty.
        return any(_meets(_tokens(each), pattern) for each in (self.path, self.path.rpartition("{")[0]))

    def opens(self, other: "_Route") -> bool:
        """Whether this route's pattern also matches requests that API Gateway sends to another."""
        if self.method not in ("ANY", other.method) and other.method != "ANY":
            return False
        mine, others = self.path.split("/"), other.path.split("/")
        if len(mine) != len(others) or other.path.endswith("+}") or self.path.endswith("+}"):
            # In a path of its own length a pattern's `*` stands for one segment, so there this route comes first.
            return "{" in self.path and _meets(_tokens(other.path), re.sub(r"{[^}]+}", "*", self.path))
        for one, its in zip(mine, others, strict=True):
            if one != its and not one.startswith("{"):
                # A literal segment comes before a parameter.
                return False
            if one.startswith("{") and not its.startswith("{"):
                return all(a == b or "{" in (a[:1], b[:1]) for a, b in zip(mine, others, strict=True))
        return self.method == "ANY" != other.method


def _tokens(path: str) -> tuple[str, ...]:
    """Characters of a path; `{}` for one or more of a segment, `{+}` for one or more of any."""
    parts = re.split(r"({[^}]+})", path)
    return tuple(
        token
        for part in parts
        for token in (["{+}" if part.endswith("+}") else "{}"] if part.startswith("{") else list(part))
    )


def _meets(tokens: tuple[str, ...], pattern: str) -> bool:
    """Whether some path of the tokens matches the pattern."""

    @cache
    def meet(at: int, star: int, *, begun: bool) -> bool:
        if at == len(tokens):
            return pattern[star:].strip("*") == ""
        piece = tokens[at]
        wild = piece in ("{}", "{+}")
        if wild and begun and meet(at + 1, star, begun=False):
            return True
        if star == len(pattern):
            return False
        character = pattern[star]
        if character == "*":
            if meet(at, star + 1, begun=begun):
                return True
            # The star takes one character of the piece, and stays.
            return meet(at, star, begun=True) if wild and not begun else not wild and meet(at + 1, star, begun=False)
        if wild:
            return (piece == "{+}" or character != "/") and meet(at, star + 1, begun=True)
        return piece == character and meet(at + 1, star + 1, begun=False)

    return meet(0, 0, begun=False)
