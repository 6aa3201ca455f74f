"""The built-in authorizer of the package `secure_gateway`: its own code decides on the event that API Gateway sends it.

That package does the evaluation if it is installed and if its code is what the stack deploys. Neither package depends
on the other, so it is looked up by name, and plain values pass between the two.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-input.html
"""

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl

from ..model.auth import Route
from .request import Request
from .responses import GatewayResponses
from .walk import AUTH, Response, Step, passes, stopped, unknown

HANDLER: Final = "secure_gateway.authorizer.handler.handler"
"""The handler of the function that the package deploys."""
VARIABLE: Final = "SECURE_GATEWAY_AUTHORIZER"
"""The environment variable of the function that has its configuration."""
_PACKAGE: Final = "secure_gateway.authorizer.asked"
_NAME: Final = "authorizer"
_UNKNOWN_ARN: Final = "arn:aws:execute-api:region:000000000000:api"


@dataclass(frozen=True, kw_only=True, slots=True)
class Shipped:
    """The function of a built-in authorizer."""

    configuration: str | None
    """JSON; None if it is known only after deployment, or is in an archive that is not on this machine."""
    bundled: bool
    """Whether the archive has the configuration."""
    digest: str
    """The hash by which the package knows the archive; empty if it is unknown."""
    runtime: str
    architecture: str
    token: bool
    """Whether API Gateway sends one header, and not the whole request."""
    header: str = ""
    """That header."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Arrival:
    """Where a request arrives."""

    stage: str
    host: str
    """The name that the caller connects to; empty if it is known only after deployment."""
    base_path: str
    """Of the custom domain, with a slash in front; empty for none."""
    arn: str
    """The execute-api ARN of the API; empty if it is known only after deployment."""
    mutual_tls: bool
    """Whether API Gateway may see a client certificate."""


def step(
    shipped: Shipped,
    request: Request,
    route: Route,
    arrival: Arrival,
    responses: GatewayResponses,
    at: Mapping[str, str],
) -> Step:
    """What the function makes of a request; `at` are the URN and the subject of the authorizer."""
    if shipped.configuration is None or not shipped.digest:
        what = "code" if not shipped.digest else "configuration"
        return unknown(_NAME, AUTH, f"what the function decides depends on its {what}, which is unknown", **at)
    try:
        package: Any = importlib.import_module(_PACKAGE)
    except ImportError:
        reason = "the built-in authorizer decides: install the package `secure-gateway` next to this one to ask it"
        return unknown(_NAME, AUTH, reason, **at)
    try:
        found: Mapping[str, Any] = package.asked(_question(shipped, request, route, arrival))
    except ValueError as error:
        reason = f"its configuration is not valid, so it denies every request: {error}"
        return stopped(_NAME, AUTH, reason, responses.of("UNAUTHORIZED"), **at)
    if found.get("other_code"):
        reason = "the stack deploys the code of another version of `secure-gateway` than the one that is installed"
        return unknown(_NAME, AUTH, reason, **at)
    decisions = found["decisions"]
    allowed = {each["status"] == 200 for each in decisions}  # noqa: PLR2004 - HTTP's number for success
    if allowed == {True}:
        return passes(_NAME, AUTH, "the built-in authorizer accepts its credentials", **at)
    if allowed == {True, False}:
        missing = " and ".join(_described(each) for each in found["missing"])
        return unknown(_NAME, AUTH, f"what the built-in authorizer decides depends on {missing}", **at)
    # Of several cases, the first takes what is missing to be wrong.
    reasons = dict.fromkeys(_reason(each) for each in (decisions[1:] or decisions))
    return stopped(
        _NAME,
        AUTH,
        f"the built-in authorizer denies it: {'; or '.join(reasons)}",
        _response({each["status"] for each in decisions}, responses),
        **at,
    )


def _described(missing: str) -> str:
    if missing.startswith("https:"):
        return f"the keys of {missing}, which are not given (--document)"
    if missing.startswith("arn:"):
        return f"the document in {missing}, which is not given (--document)"
    return f"the {missing}, which is unknown"


def _reason(decision: Mapping[str, Any]) -> str:
    about = f", {decision['detail']}" if decision["detail"] else ""
    return f"{decision['meaning']} ({decision['reason']}{about})"


def _response(statuses: set[int], responses: GatewayResponses) -> Response:
    unauthorized, denied = responses.of("UNAUTHORIZED"), responses.of("ACCESS_DENIED")
    if statuses == {401}:
        return unauthorized
    if statuses == {403}:
        note = "the message of the body is one that API Gateway chooses"
        return Response(status=denied.status, kind=denied.kind, note=denied.note or note)
    return Response(status=None, note=f"{unauthorized.status or 401} or {denied.status or 403}")


def _question(shipped: Shipped, request: Request, route: Route, arrival: Arrival) -> dict[str, Any]:
    return {
        "configuration": shipped.configuration,
        "runtime": shipped.runtime,
        "architecture": shipped.architecture,
        "bundled": shipped.bundled,
        "digest": shipped.digest,
        "event": _event(shipped, request, route, arrival),
        "documents": dict(request.documents),
        "at": request.at,
        "certificate_unknown": request.certificate is not None and arrival.mutual_tls,
        "address_known": bool(arrival.host and arrival.arn),
    }


def _event(shipped: Shipped, request: Request, route: Route, arrival: Arrival) -> dict[str, Any]:
    arn = f"{arrival.arn or _UNKNOWN_ARN}/{arrival.stage}/{request.method}{request.path}"
    if shipped.token:
        return {"type": "TOKEN", "methodArn": arn, "authorizationToken": request.header(shipped.header)}
    pairs = parse_qsl(request.query, keep_blank_values=True)
    resource = route.label.partition(" ")[2]
    path = f"{arrival.base_path}{request.path}"
    return {
        "type": "REQUEST",
        "methodArn": arn,
        "resource": resource,
        "path": path,
        "httpMethod": request.method,
        "headers": dict(request.headers),
        "multiValueHeaders": _several(request.headers),
        "queryStringParameters": dict(pairs),
        "multiValueQueryStringParameters": _several(pairs),
        "requestContext": {
            "resourcePath": resource,
            "httpMethod": request.method,
            "path": path,
            "stage": arrival.stage,
            "domainName": arrival.host,
            "identity": {"clientCert": None},
        },
    }


def _several(pairs: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found
