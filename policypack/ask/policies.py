"""The step of the resource policy, before and after that of the authorizer.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html
"""

from typing import Final

from ..graph.values import UNKNOWN
from ..model.fact import Fact
from ..resource_policy import Document, MethodResource
from ..resource_policy.candidates import ABSENT, Candidate
from ..resource_policy.decide import Caller, Result, decide
from .api import Api
from .entry_points import NoPolicy
from .request import Identity, Request
from .tables import Says, outcomes, possible
from .walk import AUTH, NETWORK, Response, Step, passes, stopped, unknown

NAME: Final = "resource policy"
_IDENTITY: Final = {
    Identity.ALLOW: (Says.ALLOW,),
    Identity.DENY: (Says.DENY,),
    Identity.SILENT: (Says.SILENT,),
    Identity.UNKNOWN: tuple(Says),
}


def caller(request: Request, authorization: str) -> Caller:
    """The sender as a resource policy sees it. Only a method with IAM authorization has a principal."""
    signed = request.principal if authorization == "iam" else ""
    address: Candidate = UNKNOWN if request.address is None else request.address
    private = bool(request.vpc_endpoint)
    keys: dict[str, Candidate] = {
        "aws:sourceip": ABSENT if private else address,
        "aws:vpcsourceip": address if private else ABSENT,
        "aws:sourcevpce": request.vpc_endpoint or ABSENT,
        "aws:sourcevpc": (request.vpc or UNKNOWN) if private else ABSENT,
        "aws:useragent": request.header("user-agent") or ABSENT,
        "aws:referer": request.header("referer") or ABSENT,
    }
    if not private:
        keys |= dict.fromkeys(("aws:sourcevpcarn", "aws:vpceaccount", "aws:vpceorgid", "aws:vpceorgpaths"), ABSENT)
    if signed:
        keys["aws:principalaccount"] = request.account
        keys["aws:principalorgid"] = request.organization or UNKNOWN
        if ":assumed-role/" not in signed:
            keys["aws:principalarn"] = signed
    return Caller(principal=signed, account=request.account if signed else "", keys=keys)


def result(api: Api, request: Request, authorization: str, resource: MethodResource) -> Result | None:
    """What the policy says; None if the API has none."""
    if isinstance(api.policy, NoPolicy):
        return None
    if not isinstance(api.policy, Document):
        return Result(Fact.UNKNOWN, Fact.UNKNOWN)
    return decide(api.policy, caller(request, authorization), resource, api.arn)


def step(api: Api, request: Request, authorization: str, found: Result | None, *, accepted: bool = True) -> Step:
    """The step in which the resource policy decides together with what the caller's own policies say."""
    urn, layer = api.gateway.resource_policy.urn, AUTH if authorization == "iam" else NETWORK
    says = [None] if found is None else list(possible(found.allows, found.denies))
    own = _IDENTITY[request.identity] if authorization == "iam" else (Says.ALLOW,) if accepted else tuple(Says)
    if authorization == "iam" and not accepted:
        own = tuple(Says)
    ways = ["cognito", "lambda"] if authorization == "jwt" else [authorization]
    admitted = {one for way in ways for one in outcomes(way, own, says, _same_account(api, request, authorization))}
    subject = _statement(found)
    if admitted == {True}:
        reason = "there is none" if found is None else _admitting_reason(found, authorization)
        return passes(NAME, layer, reason, urn=urn, subject=subject)
    if admitted == {False}:
        return stopped(
            NAME, layer, _stopping_reason(found, authorization), _denied(api, request, found), urn=urn, subject=subject
        )
    return unknown(NAME, layer, _missing(found, request, authorization), urn=urn, subject=subject)


def explicit_denial(api: Api, request: Request, found: Result | None) -> Step | None:
    """The first phase of a method with a Lambda authorizer: a denial stops the request before the function runs."""
    if found is None or found.denies.is_no:
        return None
    urn = api.gateway.resource_policy.urn
    if found.denies.is_yes:
        subject = _statement(found)
        return stopped(
            NAME, NETWORK, f"{subject} denies the request", _denied(api, request, found), urn=urn, subject=subject
        )
    return unknown(NAME, NETWORK, found.denies.reason or "what it contains is unknown", urn=urn)


def _same_account(api: Api, request: Request, authorization: str) -> tuple[bool, ...]:
    if authorization != "iam":
        return (True,)
    return (api.account == request.account,) if api.account and request.account else (True, False)


def _statement(found: Result | None) -> str:
    if found is None:
        return ""
    position = found.denying if found.denying is not None else found.allowing
    return "" if position is None else f"statement {position + 1}"


def _admitting_reason(found: Result, authorization: str) -> str:
    if found.allows.is_yes:
        return f"{_statement(found)} allows the request"
    decides = "the caller's own policies allow it" if authorization == "iam" else "the authorizer accepts it"
    return f"no statement denies the request, and {decides}"


def _stopping_reason(found: Result | None, authorization: str) -> str:
    if found is None:
        return "the caller's own policies do not allow the request"
    if found.denies.is_yes:
        return f"{_statement(found)} denies the request"
    return "no statement allows the request" + (", and the caller needs one" if authorization == "iam" else "")


def _missing(found: Result | None, request: Request, authorization: str) -> str:
    facts = [each.reason for each in (() if found is None else (found.denies, found.allows)) if each.is_unknown]
    if facts:
        return facts[0] or "whether there is one, or what it contains, is unknown"
    if authorization == "iam" and request.identity is Identity.UNKNOWN:
        return f"what the IAM policies of {request.principal} say is not given"
    if authorization == "iam":
        return f"whether the API belongs to the account of {request.principal} is unknown"
    return "AWS does not document how it combines with this authorization"


def _denied(api: Api, request: Request, found: Result | None) -> Response:
    explicit = found is not None and found.denies.is_yes
    who = request.principal or "anonymous"
    message = f"User: {who} is not authorized to perform: execute-api:Invoke" + (" with an explicit deny" * explicit)
    response = api.responses.of("ACCESS_DENIED", message)
    return Response(
        status=response.status,
        body=response.body,
        kind=response.kind,
        note="API Gateway adds the ARN of the method to the message",
    )
