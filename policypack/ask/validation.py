"""The steps of request validation and of the content type.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/integration-passthrough-behaviors.html
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

from ..model.auth import Route
from ..model.fact import Fact
from .request import Request
from .responses import GatewayResponses
from .schemas import Fit, Schema, fit, fit_without_body
from .walk import API, Step, passes, stopped, unknown

_JSON: Final = "application/json"
"""The content type that API Gateway assumes for a request without one."""
_ANY_TYPE: Final = "$default"
_ORDINARY: Final = "it is taken to have what the route describes"


@dataclass(frozen=True, kw_only=True, slots=True)
class Described:
    """What a method of a REST API requires of requests."""

    checks_parameters: Fact
    checks_body: Fact
    """Whether its request validator checks them."""
    required: frozenset[str] | None
    """The required headers and query parameters, such as `header.x-tenant`; None if unknown."""
    models: Mapping[str, Schema | None] | None
    """By content type, the schema of the body, or None for one that is unknown; None if all are."""
    content_types: frozenset[str] | None = frozenset()
    """Those for which the integration has a mapping template; None if unknown."""
    passthrough: str = "WHEN_NO_MATCH"
    """What the integration does with other content types; empty if unknown."""


def steps(described: Described, request: Request, route: Route, responses: GatewayResponses) -> Iterator[Step]:
    """What API Gateway makes of the parameters, the body and the content type of a request."""
    at = {"urn": route.urn, "subject": route.subject}
    checked = [_parameters(described, request), _body(described, request)]
    bad = responses.of("BAD_REQUEST_PARAMETERS", f"Missing required request parameters: [{checked[0].reason}]")
    stops = [(checked[0], bad, "without a required parameter: "), (checked[1], responses.of("BAD_REQUEST_BODY"), "")]
    for found, response, prefix in stops:
        if found.fits is False:
            yield stopped("validation", API, f"{prefix}{found.reason}", response, **at)
            return
    open_ = next((each for each in checked if each.fits is None), None)
    if open_ is not None:
        yield unknown("validation", API, open_.reason, **at)
    elif not described.checks_parameters.is_no or not described.checks_body.is_no:
        reason = _ORDINARY if _ORDINARY in {each.reason for each in checked} else "it has what the route describes"
        yield passes("validation", API, reason, **at)


def _parameters(described: Described, request: Request) -> Fit:
    """Whether a request has the required parameters; if not, the reason lists the missing ones."""
    if described.checks_parameters.is_no or described.required == frozenset():
        return Fit(fits=True)
    if described.required is None:
        if request.ordinary:
            return Fit(fits=True, reason=_ORDINARY)
        return Fit(fits=None, reason="which parameters it requires is known only after deployment")
    blank = {each for each in described.required if _value(request, each) == ""}
    absent = {each for each in described.required if _value(request, each) is None}
    if absent and request.ordinary:
        absent = set[str]()
        assumed = True
    else:
        assumed = False
    missing = ", ".join(sorted(each.partition(".")[2] for each in blank | absent))
    if not missing:
        return Fit(fits=True, reason=_ORDINARY if assumed else "")
    if described.checks_parameters.is_unknown:
        return Fit(fits=None, reason=f"whether its validator requires {missing} is unknown")
    return Fit(fits=False, reason=missing)


def _value(request: Request, parameter: str) -> str | None:
    """The value of a parameter without blanks around it; None if the request does not have it."""
    kind, _, name = parameter.partition(".")
    if kind == "header":
        found = request.header(name)
    else:
        pairs = parse_qsl(request.query, keep_blank_values=True)
        # AWS processes the names of query parameters in a case-sensitive way.
        found = next((value for key, value in pairs if key == name), None)
    return None if found is None else found.strip()


def _body(described: Described, request: Request) -> Fit:
    if described.checks_body.is_no or described.models == {}:
        return Fit(fits=True)
    if request.ordinary and not request.body:
        return Fit(fits=True, reason=_ORDINARY)
    if described.models is None:
        return Fit(fits=None, reason="the models of its body are known only after deployment")
    kind = content_type(request)
    if kind not in described.models and _ANY_TYPE not in described.models:
        # No model, no validation: AWS forwards the request.
        return Fit(fits=True)
    schema = described.models.get(kind, described.models.get(_ANY_TYPE))
    if schema is None:
        return Fit(fits=None, reason="the model of its body is not among the resources")
    found = fit(schema, request.body) if request.body else fit_without_body(schema)
    if found.fits is False and described.checks_body.is_unknown:
        return Fit(fits=None, reason=f"{found.reason}, and whether its validator checks that is unknown")
    return found


def content_type(request: Request) -> str:
    """The media type of a request, without parameters such as a character set."""
    given = request.header("content-type")
    return given.partition(";")[0].strip().lower() if given else _JSON


def media_type(described: Described, request: Request, route: Route, responses: GatewayResponses) -> Iterator[Step]:
    """Whether the integration takes a request of this content type."""
    at = {"urn": route.urn, "subject": route.subject}
    if described.passthrough == "WHEN_NO_MATCH" or (
        described.content_types is not None and _mapped(described, request)
    ):
        return
    if not described.passthrough or described.content_types is None:
        if not request.ordinary:
            reason = "which content types the integration takes is known only after deployment"
            yield unknown("content type", API, reason, **at)
        return
    if described.passthrough == "WHEN_NO_TEMPLATES" and not described.content_types:
        return
    reason = f"the integration has no mapping template for {content_type(request)}"
    yield stopped("content type", API, reason, responses.of("UNSUPPORTED_MEDIA_TYPE"), **at)


def _mapped(described: Described, request: Request) -> bool:
    types = described.content_types or frozenset()
    return content_type(request) in types or (bool(types) and request.ordinary and not request.header("content-type"))
