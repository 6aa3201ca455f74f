"""What API Gateway itself responds when it stops a request.

REST: https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from .walk import Response

_DEFAULTS: Final[Mapping[str, tuple[int, str]]] = {
    "ACCESS_DENIED": (403, "Forbidden"),
    "API_CONFIGURATION_ERROR": (500, "Internal server error"),
    "AUTHORIZER_CONFIGURATION_ERROR": (500, "Internal server error"),
    "AUTHORIZER_FAILURE": (500, "Internal server error"),
    "BAD_REQUEST_BODY": (400, "Invalid request body"),
    "BAD_REQUEST_PARAMETERS": (400, "Missing required request parameters"),
    "EXPIRED_TOKEN": (403, "The security token included in the request is expired"),
    "INVALID_API_KEY": (403, "Forbidden"),
    "INVALID_SIGNATURE": (403, "The request signature we calculated does not match the signature you provided"),
    "MISSING_AUTHENTICATION_TOKEN": (403, "Missing Authentication Token"),
    "QUOTA_EXCEEDED": (429, "Limit Exceeded"),
    "RESOURCE_NOT_FOUND": (404, "Not Found"),
    "THROTTLED": (429, "Too Many Requests"),
    "UNAUTHORIZED": (401, "Unauthorized"),
    "UNSUPPORTED_MEDIA_TYPE": (415, "Unsupported Media Type"),
    "WAF_FILTERED": (403, "Forbidden"),
}
_OF_HTTP_API: Final = {
    "MISSING_AUTHENTICATION_TOKEN": (403, "Forbidden"),
    "RESOURCE_NOT_FOUND": (404, "Not Found"),
}
"""HTTP APIs have the same responses except for these, and none of them can be changed."""
_NO_ROUTE: Final = {"REST": "MISSING_AUTHENTICATION_TOKEN", "HTTP": "RESOURCE_NOT_FOUND"}


@dataclass(frozen=True, slots=True)
class Override:
    """A gateway response that the API changes."""

    status: int | None
    """None if it leaves the status code as it is, or if that is unknown."""
    template: str | None
    """Of JSON responses; None if it leaves the body as it is."""
    known: bool = True
    """Whether both can be read."""


def _none() -> Mapping[str, Override]:
    return {}


@dataclass(frozen=True, slots=True)
class GatewayResponses:
    """The responses of one API."""

    kind: str
    """`REST`, `HTTP` or `WEBSOCKET`."""
    overrides: Mapping[str, Override] = field(default_factory=_none)
    """By type, such as `ACCESS_DENIED`, or `DEFAULT_4XX` for every type that has none of its own."""

    def of(self, kind: str, message: str = "") -> Response:
        """The response of a type; `message` is the error message, if it is not that of the type."""
        status, usual = _DEFAULTS[kind] if self.kind == "REST" else _OF_HTTP_API.get(kind, _DEFAULTS[kind])
        message = message or usual
        family = "DEFAULT_4XX" if status < 500 else "DEFAULT_5XX"  # noqa: PLR2004
        own = self.overrides.get(kind) or self.overrides.get(family)
        body = json.dumps({"message": message}, separators=(",", ":"))
        if own is None or self.kind != "REST":
            return Response(status=status, body=body, kind=kind)
        if not own.known:
            return Response(status=None, kind=kind, note="its gateway response is known only after deployment")
        if own.template is not None:
            body = (
                own.template.replace("$context.error.messageString", json.dumps(message))
                .replace("$context.error.message", message)
                .replace("$context.error.responseType", kind)
            )
        return Response(status=own.status or status, body=body, kind=kind)

    def no_route(self) -> Response:
        """The response to a request that no route matches."""
        return self.of(_NO_ROUTE.get(self.kind, "RESOURCE_NOT_FOUND"))

    def disabled(self) -> Response:
        """The response of an execute-api endpoint that is disabled.

        REST: https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-disable-default-endpoint.html
        HTTP: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-disable-default-endpoint.html
        """
        return self.of("ACCESS_DENIED" if self.kind == "REST" else "RESOURCE_NOT_FOUND")
