"""Reads identity sources: which parts of a request an authorizer reads, and which of them identify the caller.

https://docs.aws.amazon.com/apigateway/latest/developerguide/configure-api-gateway-lambda-authorization.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
"""

import re
from collections.abc import Iterable
from typing import Any, Final

from ..graph.values import UNKNOWN, items, text
from ..model.auth import IdentitySource
from ..model.fact import Fact
from ..redaction.credential_names import identifies_session, is_other_key

_PREFIX: Final = re.compile(r"^\$?(?:\{)?(?:(?:method|route|integration)\.)?(?:request\.)?", re.IGNORECASE)
_MULTIPLE: Final = re.compile(r"^multivalue(?=header|querystring)", re.IGNORECASE)
_ANONYMOUS_HEADERS: Final = frozenset(
    {
        *("accept", "accept-encoding", "accept-language", "content-length", "content-type", "host", "origin"),
        *("cache-control", "connection", "date", "forwarded", "pragma", "referer", "user-agent", "via"),
        *("true-client-ip", "x-client-ip", "x-real-ip", "x-requested-with"),
        *("correlation-id", "request-id", "traceparent", "tracestate", "x-amz-cf-id", "x-amz-date"),
        *("x-amzn-requestid", "x-amzn-trace-id", "x-correlation-id", "x-request-id", "x-trace-id"),
    }
)
"""Headers that callers share or choose freely: they describe software and networks, and identify no one."""
_ANONYMOUS_HEADER_PREFIXES: Final = ("cf-", "cloudfront-", "sec-", "x-b3-", "x-forwarded-")
"""Prefixes of further headers that identify no one."""
_PARTS: Final = {"header": "header", "querystring": "query parameter", "cookie": "cookie"}
"""The parts of a request that can hold a credential, and how messages name them."""
_CERTIFICATES: Final = "context.identity.clientcert."
_OF_CALLER: Final = frozenset({"context.identity.apikey"})
"""Context variables, in lower case, that identify the caller before an authorizer has run."""
_SOURCES_UNKNOWN: Final = "its identity sources are known only after deployment"


def identity_sources(listed: Any) -> tuple[tuple[IdentitySource, ...], Fact]:
    """The known identity sources of an authorizer, and whether all are known: YES or UNKNOWN."""
    given = [] if listed is UNKNOWN else items(listed)
    known = not (listed is UNKNOWN or UNKNOWN in given)
    names = [_plain(text(each)) for each in given if text(each)]
    sources = tuple(IdentitySource(parameter=each.lower(), identifies_caller=identifies_caller(each)) for each in names)
    return sources, Fact.of(True if known else None, unknown=_SOURCES_UNKNOWN)


def parameter(expression: str) -> str:
    """What an expression reads, in one spelling for all kinds of APIs.

    For example `header.x-token`, `querystring.token`, `context.identity.sourceip` or `path`.
    """
    return _plain(expression).lower()


def _plain(expression: str) -> str:
    """The same, with the capitals of the name, which separate its words."""
    return _MULTIPLE.sub("", _PREFIX.sub("", expression.strip().rstrip("}"), count=1))


def parameters(expressions: Iterable[Any]) -> frozenset[str]:
    """What the known ones of some expressions read."""
    return frozenset(parameter(text(each)) for each in expressions if text(each))


def identifies_caller(name: str) -> Fact:
    """Whether a part of a request, such as `header.X-Token`, identifies the caller: it can be a credential.

    What a caller writes freely and what is the same for many identifies no one. Any other name is unknown.
    """
    part, _, rest = name.partition(".")
    part, lowered = part.lower(), rest.lower()
    if part == "context":
        return Fact.of(name.lower() in _OF_CALLER or name.lower().startswith(_CERTIFICATES))
    if part not in _PARTS or not rest:
        return Fact.NO
    if part == "header" and (lowered in _ANONYMOUS_HEADERS or lowered.startswith(_ANONYMOUS_HEADER_PREFIXES)):
        return Fact.NO
    if identifies_session(rest):
        return Fact.YES
    if is_other_key(rest):
        return Fact.NO
    return Fact.unknown(f"whether the {_PARTS[part]} {rest} is a credential that identifies the caller is unknown")
