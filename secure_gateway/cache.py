"""Caches of API Gateway: responses of chosen routes are cached, encrypted, and never reused for another caller.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-caching.html
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Required, TypedDict

from .cors import CorsSpec
from .layers.auth import AuthSpec
from .routes import RouteSpec, parameters
from .validation.fields import custom, options, parses, strings, whole_number
from .validation.problems import Problems, join, listing, suggest
from .validation.reader import Reader, matching

_SIZES = ("0.5", "1.6", "6.1", "13.5", "28.4", "58.2", "118", "237")
_HEADER = "method.request.header."
_QUERY = "method.request.querystring."
_PATH = "method.request.path."


class CachedRouteArgs(TypedDict, total=False):
    """How long the responses of one route are cached, and what they depend on in addition to path and caller."""

    ttl_seconds: int
    """Time until a cached response expires."""

    query: list[str]
    """Query parameters on which the response depends. Two requests that differ only in another parameter get the same
    response. Defaults to those that the route declares."""

    headers: list[str]
    """Headers on which the response depends, such as `Accept-Language`. Defaults to those that the route declares."""


class CacheArgs(TypedDict, total=False):
    """The cache of a stage, which AWS bills by the hour and creates in about four minutes."""

    routes: Required[Mapping[str, CachedRouteArgs]]
    """The routes whose responses are cached, by `GET /path`; `{}` takes all defaults."""

    size_gb: float
    """Size of the cache."""


_check_name = matching(r"[A-Za-z0-9_.\-]+", "the name of a parameter")


@parses(CachedRouteArgs)
@dataclass(frozen=True, kw_only=True)
class CachedRouteSpec:
    """`CachedRouteArgs`, validated, with defaults filled in."""

    ttl_seconds: int = whole_number(300, low=1, high=3_600, unit="seconds")
    query: tuple[str, ...] = strings(check=_check_name)
    headers: tuple[str, ...] = strings(check=_check_name)

    def settings(self) -> dict[str, Any]:
        """The method settings of the route. Only callers who may invalidate the cache can bypass it."""
        return {
            "caching_enabled": True,
            "cache_ttl_in_seconds": self.ttl_seconds,
            "cache_data_encrypted": True,
            "require_authorization_for_cache_control": True,
            "unauthorized_cache_control_header_strategy": "SUCCEED_WITH_RESPONSE_HEADER",
        }


def _size(reader: Reader, name: str) -> str:
    """The size as the stage's `cacheClusterSize` spells it."""
    size = f"{reader.number(name, 0.5, low=0.5, high=237, unit='GB'):g}"
    if size not in _SIZES:
        reader.mismatch(name, f"one of {', '.join(_SIZES)} GB")
    return size


@parses(CacheArgs)
@dataclass(frozen=True, kw_only=True)
class CacheSpec:
    """`CacheArgs`, validated, with defaults filled in."""

    args_path: str
    size_gb: str = custom("0.5", values=f"{', '.join(_SIZES[:-1])} or {_SIZES[-1]} GB", reading=_size)
    routes: Mapping[str, CachedRouteSpec]

    @classmethod
    def parse(cls, reader: Reader) -> "CacheSpec":
        """Check size and names; which routes may be cached is checked once all routes are known."""
        entries = reader.child_map("routes", CachedRouteArgs)
        routes = {key: CachedRouteSpec(**options(CachedRouteSpec, each)) for key, each in entries.items()}
        if reader.has("routes") and not routes:
            reader.add("routes", "must list at least one route")
        return cls(**options(cls, reader), args_path=reader.path, routes=routes)

    def posture(self) -> str:
        """Which routes are cached."""
        return f"cache: {listing(self.routes)}, encrypted, by path, caller and declared parameters"


def check(cache: CacheSpec, routes: Collection[RouteSpec], auth: AuthSpec, problems: Problems, *, mtls: bool) -> None:
    """Reject caches that could return one caller's response to another."""
    by_key = {route.key: route for route in routes}
    for key in cache.routes:
        place = join(f"{cache.args_path}.routes", key)
        route = by_key.get(key)
        if route is None:
            problems.reject(place, key, f"is not a route{suggest(key, by_key)}")
        elif route.method != "GET":
            problems.reject(place, key, "is not a GET route: no other response may be cached")
        elif route.integration.streams:
            problems.add(place, "cannot be cached: API Gateway caches no response that it streams")
        elif route.authorizer and identity(auth, route.authorizer) is None:
            message = (
                f"cannot be cached behind the authorizer {route.authorizer!r}: the caller's identity must come from "
                "headers or query parameters, which become part of the cache's key (an IAM signature differs in every "
                "request)"
            )
            problems.add(place, message)
        elif route.public and mtls:
            message = (
                "cannot be cached as a public route behind mutual TLS: a client certificate cannot be part of the "
                "cache's key"
            )
            problems.add(place, message)


def identity(auth: AuthSpec, authorizer: str) -> tuple[str, ...] | None:
    """The request parameters that identify the caller, as cache keys name them; None if a key cannot contain them."""
    kind = auth.kind(authorizer)
    if kind == "cognito":
        return (f"{_HEADER}Authorization",)
    if kind != "function" or authorizer not in auth.functions:
        return None
    sources = auth.functions[authorizer].identity_sources
    return sources if sources and all(each.startswith((_HEADER, _QUERY)) for each in sources) else None


def cache_keys(
    caches: Collection[CacheSpec], routes: Collection[RouteSpec], auth: AuthSpec, cors: CorsSpec | None
) -> dict[str, tuple[str, ...]]:
    """By route, the cache key parameters of all stages together, since all stages serve one document."""
    found: dict[str, tuple[str, ...]] = {}
    for route in routes:
        cached = [cache.routes[route.key] for cache in caches if route.key in cache.routes]
        if not cached:
            continue
        declared = route.definition.get("parameters", ())
        keys = {
            *(identity(auth, route.authorizer) or () if route.authorizer else ()),
            *([f"{_HEADER}x-api-key"] if route.api_key else []),
            *([f"{_HEADER}Origin"] if cors else []),
            *(f"{_PATH}{name}" for name in parameters(route.path)),
            *(f"{_QUERY}{name}" for each in cached for name in each.query),
            *(f"{_HEADER}{name}" for each in cached for name in each.headers),
            *(f"{_QUERY}{name}" for name in route.required_query),
            *(f"{_HEADER}{name}" for name in route.required_headers),
            *(f"{_QUERY}{each['name']}" for each in declared if each["in"] == "query"),
            *(f"{_HEADER}{each['name']}" for each in declared if each["in"] == "header"),
        }
        found[route.key] = tuple(sorted(keys))
    return found
