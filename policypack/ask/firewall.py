"""The step of the web ACL, rule by rule.

https://docs.aws.amazon.com/waf/latest/developerguide/web-acl-processing-order.html
"""

from dataclasses import replace

from ..model.waf import WebAcl
from ..web_acl import Action, Outcome
from ..web_acl import Request as WebRequest
from ..web_acl.evaluate import outcome
from ..web_acl.match import match
from ..web_acl.statements import Leaf, Opaque, OverLimit
from ..web_acl.truth import Truth
from .request import Request
from .responses import GatewayResponses
from .walk import WAF, Passage, Response, Step, passes, unknown

NAME = "web ACL"
CUSTOM = "custom response"
"""In place of a type of gateway response, a response that a rule of AWS WAF has."""


def step(acl: WebAcl, request: Request, path: str, responses: GatewayResponses) -> Step:
    """What a web ACL does with a request. `path` is the path as the caller writes it."""
    seen = WebRequest(
        method=request.method,
        path=path,
        query=request.query,
        headers=request.headers,
        body=request.body,
        address=request.address,
        country=request.country,
        ja3=None,
        ja4=None,
    )

    def matches(leaf: Leaf) -> Truth:
        if isinstance(leaf, OverLimit):
            return request.over_limit
        if request.ordinary and isinstance(leaf, Opaque) and not leaf.unknown:
            return False
        return match(leaf, seen, acl.evaluated.body_limit)

    return _step(acl, outcome(acl.evaluated, matches), responses)


def _step(acl: WebAcl, found: Outcome, responses: GatewayResponses) -> Step:
    by = f"rule {found.rule}" if found.rule else "the default action"
    details = (
        *(f"rule {each} counts it" for each in found.counted),
        *(f"it has the label {each}" for each in sorted(found.labels)),
    )
    urn = next((each.urn for each in acl.rules if each.name == found.rule), acl.urn) if found.rule else acl.urn
    subject = by if found.rule else ""
    if found.passes is True:
        made = passes(NAME, WAF, f"{by} allows it", urn=urn, subject=subject)
    elif found.passes is False:
        made = Step(
            name=NAME,
            layer=WAF,
            passage=Passage.STOPPED,
            reason=_stopping(found, by),
            urn=urn,
            subject=subject,
            response=_response(found, responses),
        )
    else:
        made = unknown(NAME, WAF, "; ".join(found.unknowns) or "which rule decides is unknown", urn=acl.urn)
    return Step(
        name=made.name,
        layer=made.layer,
        passage=made.passage,
        reason=made.reason,
        urn=made.urn,
        subject=made.subject,
        response=made.response,
        details=details,
    )


def _stopping(found: Outcome, by: str) -> str:
    if found.action is Action.BLOCK and len(found.endings) == 1:
        return f"{by} blocks it"
    if len(found.endings) == 1:
        return f"{by} demands a {found.action.value} first"
    return f"one of the rules {', '.join(each.rule or 'by default' for each in found.endings)} stops it"


def _response(found: Outcome, responses: GatewayResponses) -> Response:
    if found.action is Action.BLOCK:
        usual, custom = responses.of("WAF_FILTERED"), found.response
        if custom is None:
            return usual
        if custom.status is None:
            return replace(usual, note="a custom response of the rule replaces it")
        note = "what its body contains is unknown" if custom.body is None else ""
        return Response(status=custom.status, body=custom.body or "", kind=CUSTOM, note=note)
    return Response(status=None, note="AWS WAF itself responds with the CAPTCHA or challenge")
