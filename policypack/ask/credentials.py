"""The steps of the authorizer, the signature and the API key.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-control-access-to-api.html
"""

import re
from collections.abc import Iterator
from typing import Final

from ..model.auth import Authorizer, Route
from ..model.gateway import Stage
from .api import Api
from .request import Given, Identity, Request
from .shipped import Arrival
from .shipped import step as decided
from .walk import AUTH, KEYS, Response, Step, passes, stopped, unknown

_VALIDITY: Final = "whether the token is valid depends on its signature and the issuer's keys"
_FUNCTION: Final = "what the function decides is unknown"
_KEY_HEADER: Final = "x-api-key"


def authorizer(api: Api, request: Request, route: Route, arrival: Arrival | None = None) -> Step:
    """What the authorization of a route makes of credentials; `arrival` is where they arrive at a REST API."""
    at = {"urn": route.urn, "subject": route.subject}
    way = route.authorization
    if way == "none":
        return passes("authorizer", AUTH, "the route requires no credentials", **at)
    if way == "unknown":
        return unknown("authorizer", AUTH, "the authorization of the route is unknown", **at)
    if way == "iam":
        return _signature(api, request, route)
    found = api.gateway.authorizers_of(route)
    used = found[0] if len(found) == 1 else None
    missing = _missing(api, request, used)
    where = {"urn": used.urn, "subject": used.subject} if used else at
    if missing:
        return stopped("authorizer", AUTH, missing, api.responses.of("UNAUTHORIZED"), **where)
    if used and used.invocable.is_no:
        failed = api.responses.of("AUTHORIZER_CONFIGURATION_ERROR")
        return stopped("authorizer", AUTH, f"the authorizer {used.invocable.reason}", failed, **where)
    if request.token is Given.VALID:
        return passes("authorizer", AUTH, "it has what the authorizer accepts", **where)
    if request.token is Given.INVALID and way == "lambda":
        return stopped("authorizer", AUTH, "the function does not accept it", _rejected(api), **where)
    if request.token is Given.INVALID:
        return stopped("authorizer", AUTH, "its token is not valid", api.responses.of("UNAUTHORIZED"), **where)
    shipped = api.shipped.get(used.id) if used else None
    if shipped is not None and arrival is not None:
        return decided(shipped, request, route, arrival, api.responses, where)
    return unknown("authorizer", AUTH, _FUNCTION if way == "lambda" else _VALIDITY, **where)


def _rejected(api: Api) -> Response:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html."""
    unauthorized, denied = api.responses.of("UNAUTHORIZED"), api.responses.of("ACCESS_DENIED")
    return Response(
        status=None,
        note=f"{unauthorized.status or 'UNAUTHORIZED'} if the function raises `Unauthorized`, "
        f"{denied.status or 'ACCESS_DENIED'} if it denies",
    )


def _signature(api: Api, request: Request, route: Route) -> Step:
    at = {"urn": route.urn, "subject": route.subject}
    if request.principal:
        return passes("signature", AUTH, f"{request.principal} signed it", **at)
    if request.header("authorization"):
        return unknown("signature", AUTH, "who signed it, and whether the signature is valid, is unknown", **at)
    return stopped("signature", AUTH, "it is not signed", api.responses.of("MISSING_AUTHENTICATION_TOKEN"), **at)


def permission(api: Api, request: Request, route: Route) -> Step:
    """For a route of an HTTP API with IAM authorization: only the caller's own policies decide, in the API's account.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-access-control-iam.html
    """
    at = {"urn": route.urn, "subject": route.subject}
    denied = api.responses.of("ACCESS_DENIED")
    if api.account and request.account and api.account != request.account:
        return stopped("permission", AUTH, "a principal of another account cannot be allowed", denied, **at)
    if request.identity is Identity.ALLOW:
        if not api.account:
            return unknown("permission", AUTH, "whether the API belongs to the principal's account is unknown", **at)
        return passes("permission", AUTH, "the principal's own policies allow the request", **at)
    if request.identity is Identity.UNKNOWN:
        return unknown("permission", AUTH, f"what the IAM policies of {request.principal} say is not given", **at)
    return stopped("permission", AUTH, "the principal's own policies do not allow the request", denied, **at)


def _missing(api: Api, request: Request, used: Authorizer | None) -> str:
    """What the authorizer needs and the request does not have, so that API Gateway rejects it by itself."""
    if used is None or request.token is Given.VALID or not used.identity_sources_known.is_yes:
        return ""
    # Without a cache, a REQUEST authorizer of a REST API is invoked whatever is missing.
    if used.kind == "request" and api.gateway.kind == "REST" and not used.caches.is_yes:
        return ""
    absent = (each.parameter for each in used.identity_sources if not _has(request, each.parameter))
    missing = next((f"{each.replace('.', ' ', 1)} is missing" for each in absent), "")
    return missing or _malformed(request, used)


def _malformed(request: Request, used: Authorizer) -> str:
    """A token in which nothing matches the expression of a TOKEN authorizer: its function is not invoked.

    https://docs.aws.amazon.com/apigateway/latest/api/API_CreateAuthorizer.html
    """
    header = next((each.parameter.partition(".")[2] for each in used.identity_sources), "")
    try:
        matches = re.search(used.token_expression, request.header(header) or "") is not None
    except (re.error, RecursionError):
        # An expression of Java may be none of Python.
        return ""
    return "" if matches else "its token does not match the validation expression"


def _has(request: Request, parameter: str) -> bool:
    """Whether a request has an identity source; what is not a header or a part of the query string counts as there."""
    kind, _, name = parameter.partition(".")
    if kind == "header":
        return bool(request.header(name))
    if kind == "querystring":
        pairs = (each.partition("=") for each in request.query.split("&"))
        return any(key.lower() == name and value for key, _, value in pairs)
    return True


def api_key(api: Api, request: Request, route: Route, stage: Stage | None = None) -> Iterator[Step]:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-setup-api-key-with-console.html."""
    if api.gateway.kind == "HTTP" or route.requires_api_key.is_no:
        return
    at, rejected = {"urn": route.urn, "subject": route.subject}, api.responses.of("INVALID_API_KEY")
    if route.requires_api_key.is_unknown:
        yield unknown("API key", KEYS, "whether the route requires an API key is unknown", **at)
    elif stage is not None and stage.has_usage_plan.is_no:
        yield stopped("API key", KEYS, "no usage plan applies to the stage, so no API key is valid", rejected, **at)
    elif request.key is Given.VALID:
        yield passes("API key", KEYS, "it has a key of a usage plan of the stage", **at)
    elif request.key is Given.INVALID:
        yield stopped("API key", KEYS, "its API key is not one of the stage", rejected, **at)
    elif not api.gateway.key_source_is_authorizer.is_no:
        yield unknown("API key", KEYS, "which API key the authorizer returns is unknown", **at)
    elif request.header(_KEY_HEADER):
        yield unknown("API key", KEYS, "whether the key belongs to a usage plan of the stage is unknown", **at)
    else:
        yield stopped("API key", KEYS, "the route requires an API key", rejected, **at)
