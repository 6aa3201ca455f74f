"""The steps of a WebSocket API: credentials when a connection opens, and the route of each message.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-keys-connect-disconnect.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-control-access.html
"""

from collections.abc import Iterator
from typing import Final

from ..model.auth import Route
from . import credentials
from .api import Api
from .request import Request
from .walk import API, KEYS, Response, Step, passes, stopped, unknown

CONNECT: Final = "$connect"
_DISCONNECT: Final = "$disconnect"
_DEFAULT: Final = "$default"
_NO_ROUTE: Final = Response(
    status=None, body='{"message":"Forbidden"}', note="as a message of the connection, which stays open"
)


def chosen(api: Api, request: Request) -> Route | None:
    """The route of a message, or of an event of the connection; None if no known route has the key."""
    by_key = {each.label: each for each in api.gateway.routes}
    found = by_key.get(request.route_key)
    return found or (None if request.route_key in {CONNECT, _DISCONNECT} else by_key.get(_DEFAULT))


def steps(api: Api, request: Request) -> Iterator[Step]:
    """What happens until the message reaches its route."""
    yield from _connect(api, request)
    if request.route_key == CONNECT:
        return
    found, known = chosen(api, request), api.gateway.routes_known
    urn = api.gateway.urn
    if found is not None and (known.is_yes or found.label == request.route_key):
        yield passes("route", API, f"{found.label} matches", urn=found.urn, subject=found.subject)
        if not found.requires_api_key.is_no:
            reason = "AWS documents API keys for $connect only"
            yield unknown("API key", KEYS, reason, urn=found.urn, subject=found.subject)
    elif not known.is_yes:
        yield unknown("route", API, known.reason or "whether a route matches is unknown", urn=urn)
    elif request.route_key == _DISCONNECT:
        yield passes("route", API, "there is no $disconnect route, so no backend hears of it", urn=urn)
    else:
        yield stopped("route", API, "no route has this key, and there is no $default route", _NO_ROUTE, urn=urn)


def _connect(api: Api, request: Request) -> Iterator[Step]:
    """Only $connect can require credentials; they count for the whole connection."""
    found = next((each for each in api.gateway.routes if each.label == CONNECT), None)
    if found is None:
        reason = "there is no $connect route, so every connection is accepted"
        known = api.gateway.routes_known.is_yes
        yield (passes if known else unknown)("connect", API, reason if known else "its routes are unknown")
        return
    yield passes("connect", API, f"{CONNECT} handles the connection", urn=found.urn, subject=found.subject)
    yield credentials.authorizer(api, request, found)
    if found.authorization == "iam" and request.principal:
        yield credentials.permission(api, request, found)
    yield from credentials.api_key(api, request, found)
