"""Reads the events of API Gateway: TOKEN and REQUEST of REST APIs, payload formats 1.0 and 2.0 of HTTP APIs.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
"""

import re
from collections.abc import Mapping
from operator import itemgetter
from typing import Any
from urllib.parse import quote, unquote, unquote_to_bytes

from . import reasons
from .cached import Notice
from .reasons import Denied
from .shapes import is_list, is_object, is_strings

LONGEST_CREDENTIAL = 8_192
"""Characters of a header's value that are read. API Gateway accepts 10,240 bytes of headers altogether."""


class Request:
    """The request that an event describes."""

    __slots__ = ("arn", "event", "http", "method", "notices", "path", "route", "simple_format", "token")

    def __init__(self, event: Mapping[str, Any]) -> None:
        """Read the fields that every event of its type must have.

        Raises `Denied`.
        """
        self.event = event
        self.notices: list[Notice] = []
        version = event.get("version")
        self.simple_format = version == "2.0"
        self.http = version is not None
        self.token = event.get("type") == "TOKEN"
        arn = event.get("routeArn" if self.simple_format else "methodArn")
        if not isinstance(arn, str) or not _is_arn(arn):
            raise Denied(reasons.EVENT)
        self.arn = arn
        self.method = self.path = self.route = ""
        if self.simple_format:
            self._read_http_2()
        elif not self.token:
            self._read_request()

    def _read_request(self) -> None:
        method, resource, path = self.event.get("httpMethod"), self.event.get("resource"), self.event.get("path")
        if not (isinstance(method, str) and isinstance(resource, str) and isinstance(path, str)):
            raise Denied(reasons.EVENT)
        self.method, self.path = method, path
        self.route = resource if resource == "$default" or " " in resource else f"{method} {resource}"

    def _read_http_2(self) -> None:
        route, context = self.event.get("routeKey"), self.event.get("requestContext")
        http = context.get("http") if is_object(context) else None
        method = http.get("method") if is_object(http) else None
        path = self.event.get("rawPath")
        if not (isinstance(route, str) and isinstance(method, str) and isinstance(path, str)):
            raise Denied(reasons.EVENT)
        self.method, self.path, self.route = method, path, route

    def header(self, name: str, *, empty: bool = False) -> str:
        """The only value of a header, by its lower-case name; `empty` allows a header without a value.

        Raises `Denied` if the header is missing, repeated or too long.
        """
        value = self.event.get("authorizationToken") if self.token else self._header(name)
        if value is None or (value == "" and not empty):
            raise Denied(reasons.MISSING)
        if not isinstance(value, str):
            raise Denied(reasons.EVENT)
        if len(value) > LONGEST_CREDENTIAL:
            raise Denied(reasons.OVERSIZE)
        return value

    def _header(self, name: str) -> object:
        headers, several = self.event.get("headers"), self.event.get("multiValueHeaders")
        if not is_object(headers):
            raise Denied(reasons.MISSING if headers is None else reasons.EVENT)
        found = _named(headers, name) + (self._cookies() if name == "cookie" else [])
        if len(found) > 1:
            raise Denied(reasons.DUPLICATE)
        if several is not None:
            if not is_object(several):
                raise Denied(reasons.EVENT)
            values = [each for value in _named(several, name) for each in _list(value)]
            if len(values) > 1:
                raise Denied(reasons.DUPLICATE)
            if values != found:
                raise Denied(reasons.EVENT)
        return found[0] if found else None

    def _cookies(self) -> list[str]:
        """The value of the header `cookie` in payload format 2.0, which moves it out of `headers`."""
        cookies: object = self.event.get("cookies") if self.simple_format else None
        if cookies and not is_strings(cookies):
            raise Denied(reasons.EVENT)
        return ["; ".join(cookies)] if is_strings(cookies) and cookies else []

    def has_header(self, name: str) -> bool:
        """Whether the request has a header, by its lower-case name."""
        headers, several = self.event.get("headers"), self.event.get("multiValueHeaders")
        named = any(is_object(each) and bool(_named(each, name)) for each in (headers, several))
        return named or (name == "cookie" and bool(self._cookies()))

    @property
    def called_path(self) -> str:
        """The path without the stage. The events of an HTTP API have the name of a named stage in front of it.

        https://github.com/aws-powertools/powertools-lambda-python/issues/621
        """
        prefix, path = f"/{self.stage}", self.path
        if not self.http or self.stage == "$default" or not f"{path}/".startswith(f"{prefix}/"):
            return path
        shorter = path.removeprefix(prefix) or "/"
        whole, part = (belongs(self.route, each) for each in (path, shorter))
        if whole != part:
            return path if whole else shorter
        # The route takes both. The ARN has the path that was called, without the stage.
        called = "/" + "".join(self.arn.split("/", 3)[3:])
        return path if unquote(path) == unquote(called) else shorter

    def query(self, *, by_value: bool = False) -> str:
        """The query in canonical form: pairs joined by `&`, names and values percent-encoded (RFC 3986).

        The pairs are sorted by name; the values of one name stay in the order of the request, or are sorted too.

        Raises `Denied` for a query that API Gateway, the client and the backend could read differently.
        """
        pairs = self._raw_pairs() if self.simple_format else self._pairs()
        try:
            encoded = [(quote(key, safe="-._~"), quote(value, safe="-._~")) for key, value in pairs]
        except UnicodeEncodeError:
            raise Denied(reasons.MALFORMED, "query") from None
        encoded.sort(key=None if by_value else itemgetter(0))
        return "&".join(f"{key}={value}" for key, value in encoded)

    def _raw_pairs(self) -> list[tuple[str, str]]:
        raw = self.event.get("rawQueryString") or ""
        if not isinstance(raw, str):
            raise Denied(reasons.EVENT)
        pairs = [each.partition("=") for each in raw.split("&")] if raw else []
        # `+` is a space to some readers; a name without `=` or an empty pair is dropped by some.
        if "+" in raw or any(not (key and separator) for key, separator, _ in pairs):
            raise Denied(reasons.MALFORMED, "query")
        try:
            return [(_decoded(key), _decoded(value)) for key, _, value in pairs]
        except ValueError:
            raise Denied(reasons.MALFORMED, "query") from None

    def _pairs(self) -> list[tuple[str, str]]:
        single: object = self.event.get("queryStringParameters") or {}
        several: object = self.event.get("multiValueQueryStringParameters") or {}
        if not is_object(single) or not is_object(several):
            raise Denied(reasons.EVENT)
        pairs = [(key, value) for key, values in several.items() for value in _list(values)]
        if any(not isinstance(value, str) for _, value in pairs):
            raise Denied(reasons.EVENT)
        # API Gateway sends both; a value in one of them alone would not be signed.
        if any((key, value) not in pairs for key, value in single.items()):
            raise Denied(reasons.EVENT)
        return pairs

    @property
    def host(self) -> str:
        """The host name that the client called, in lower case, as API Gateway reports it.

        Raises `Denied` if the event has none.
        """
        context = self.event.get("requestContext")
        domain = context.get("domainName") if is_object(context) else None
        host = domain if isinstance(domain, str) and domain else self.header("host")
        if not host.isascii():
            raise Denied(reasons.EVENT)
        return host.lower()

    @property
    def api(self) -> str:
        """The id of the API."""
        return self.arn.split(":", 5)[5].split("/", 1)[0]

    @property
    def stage(self) -> str:
        """The name of the stage."""
        return self.arn.split(":", 5)[5].split("/", 2)[1]

    def certificate(self) -> Mapping[str, Any]:
        """The client's certificate, which API Gateway has verified.

        Raises `Denied` if there is none.
        """
        context = self.event.get("requestContext")
        name = "authentication" if self.simple_format else "identity"
        holder = context.get(name) if is_object(context) else None
        certificate = holder.get("clientCert") if is_object(holder) else None
        if not is_object(certificate):
            raise Denied(reasons.MISSING)
        return certificate

    @property
    def id(self) -> str:
        """API Gateway's id of the request, or an empty string."""
        context = self.event.get("requestContext")
        given = context.get("requestId") if is_object(context) else ""
        return given if isinstance(given, str) else ""


def _is_arn(value: str) -> bool:
    """Whether a string names a request: `arn:aws:execute-api:<region>:<account>:<api>/<stage>/<method>/<path>`."""
    parts = value.split(":", 5)
    if len(parts) != 6 or parts[0] != "arn" or parts[2] != "execute-api":  # noqa: PLR2004 - parts of an ARN
        return False
    api, _, rest = parts[5].partition("/")
    stage, _, called = rest.partition("/")
    # A policy is written for the stage, so a wildcard there would allow more than this request.
    before = value.removesuffix(called).removesuffix("/$default/")
    wild = "*" in before or "?" in before or "$" in before
    return parts[1].startswith("aws") and api.isalnum() and bool(stage and called) and not wild


def _named(headers: Mapping[str, Any], name: str) -> list[Any]:
    length = len(name)
    # Some characters that are not ASCII have an ASCII letter in lower case, such as the Kelvin sign.
    return [headers[key] for key in headers if len(key) == length and key.lower() == name and key.isascii()]


def _list(values: object) -> list[Any]:
    if not is_list(values):
        raise Denied(reasons.EVENT)
    return values


def belongs(route: str, path: str) -> bool:
    """Whether a route (`METHOD /path`, or `$default`) takes a path."""
    declared = route.partition(" ")[2]
    pieces = (re.escape(each) for each in re.split(r"\{[^}]+\}", declared))
    wild = (".+" if each.endswith("+}") else "[^/]+" for each in re.findall(r"\{[^}]+\}", declared))
    pattern = "".join(piece + next(wild, "") for piece in pieces)
    return not declared or re.fullmatch(f"{pattern}/?", path, re.DOTALL) is not None


def _decoded(value: str) -> str:
    """A percent-encoded string.

    Raises `ValueError` for bytes that are not UTF-8, and for a `%` that encodes nothing.
    """
    if "%" in value and not re.fullmatch(r"(?:[^%]|%[0-9A-Fa-f]{2})*", value):
        raise ValueError("not percent-encoded")
    return unquote_to_bytes(value).decode("utf-8")
