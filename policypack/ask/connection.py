"""The steps before a request reaches the API: the name that its sender connects to, TLS and mutual TLS."""

from collections.abc import Iterator
from typing import Final

from ..model.fact import Fact
from ..model.tls import SecurityPolicy
from ..resource_policy import Document, MethodResource
from ..resource_policy.decide import Result, decide
from ..resource_policy.document import Statement
from .api import Api
from .entry_points import Mapped, NoPolicy
from .policies import caller
from .request import Given, Request
from .walk import NETWORK, TLS, Passage, Response, Step, passes, stopped, unknown

_CLOSED: Final = Response(status=None, note="the connection is closed during the TLS handshake")


def through_endpoint(api: Api, request: Request) -> Iterator[Step]:
    """The steps of the execute-api endpoint."""
    yield _name(api, request)
    yield _version(api.gateway.security_policy, request, api.gateway.urn)


def through_domain(api: Api, request: Request, mapped: Mapped) -> Iterator[Step]:
    """The steps of a custom domain."""
    domain, urn = mapped.domain, mapped.domain.urn
    uncertain = mapped.by_rule or mapped.base_path is None or mapped.stage is None
    if uncertain or (None in mapped.other_base_paths and not taken(mapped, request)):
        reason = "the base path, the stage or the routing rule that leads here is unknown"
        yield unknown("name", TLS, reason, urn=urn)
    elif domain.private.is_yes and not request.vpc_endpoint:
        closed = Response(status=None, note="its name leads to a VPC endpoint")
        yield stopped("name", NETWORK, "the domain is private: only VPC endpoints lead to it", closed, urn=urn)
    elif domain.private.is_unknown:
        yield unknown("name", NETWORK, "whether the domain is private is unknown", urn=urn)
    elif domain.private.is_no and request.vpc_endpoint:
        reason = "the domain is public, and which route its name takes in a VPC depends on the DNS of the VPC"
        yield unknown("name", NETWORK, reason, urn=urn)
    else:
        yield passes("name", TLS, "the domain leads to this stage", urn=urn)
    if domain.private.is_yes and request.vpc_endpoint:
        yield from _private(api, request, mapped)
    # A domain and an API each have a security policy, and a request must satisfy both.
    for step in (
        _version(domain.security_policy, request, urn),
        _version(api.gateway.security_policy, request, api.gateway.urn),
    ):
        if step.passage is not Passage.PASSES:
            yield step
    yield _certificate(api, request, mapped)


def _private(api: Api, request: Request, mapped: Mapped) -> Iterator[Step]:
    """Which VPC endpoints reach a private domain: those with an access association, if its policy allows them.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-private-custom-domains-associations.html
    """
    urn, name = mapped.domain.urn, "domain policy"
    if request.vpc_endpoint not in mapped.endpoints:
        reason = f"no access association of {request.vpc_endpoint} with the domain is among the resources"
        yield unknown("access association", NETWORK, reason, urn=urn)
    denied = api.responses.of("ACCESS_DENIED")
    if isinstance(mapped.policy, NoPolicy):
        yield stopped(name, NETWORK, "without a policy, a private domain denies everything", denied, urn=urn)
    elif not isinstance(mapped.policy, Document):
        yield unknown(name, NETWORK, "what the policy of the domain contains is unknown", urn=urn)
    else:
        resource = MethodResource(mapped.stage or "", request.method, request.path.removeprefix("/"))
        found = decide(mapped.policy, caller(request, "none"), resource, api.arn)
        if found.denies.is_yes:
            yield stopped(name, NETWORK, f"statement {(found.denying or 0) + 1} denies the request", denied, urn=urn)
        elif found.allows.is_yes and found.denies.is_no:
            yield passes(name, NETWORK, f"statement {(found.allowing or 0) + 1} allows the request", urn=urn)
        elif found.allows.is_no and found.denies.is_no and not _names_domains(mapped.policy):
            yield stopped(name, NETWORK, "no statement allows the request", denied, urn=urn)
        else:
            reason = next((each.reason for each in (found.denies, found.allows) if _open(each)), "")
            yield unknown(name, NETWORK, reason or "what its statements apply to is not evaluated", urn=urn)


def _names_domains(policy: Document) -> bool:
    """Whether a statement applies to ARNs of domains, which are not compared with requests."""
    return any(not isinstance(each, Statement) or "domainnames" in str(each.resources) for each in policy.statements)


def taken(mapped: Mapped, request: Request) -> bool:
    """Whether another mapping of the domain takes the request: the one with the longest base path does.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mappings.html
    """
    own = f"{mapped.base_path}/" if mapped.base_path else ""
    path = f"{own}{mapped.stage or '?'}{request.path}" if mapped.stage == "" else f"{own}{request.path.lstrip('/')}"
    longer = (each for each in mapped.other_base_paths if each and len(each) > len(mapped.base_path or ""))
    return any(f"{path}/".startswith(f"{each}/") for each in longer)


def _name(api: Api, request: Request) -> Step:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-disable-default-endpoint.html."""
    gateway, via = api.gateway, request.vpc_endpoint
    if gateway.default_endpoint_off.is_yes:
        response = api.responses.disabled()
        return stopped("name", TLS, "the execute-api endpoint is disabled", response, urn=gateway.urn)
    if gateway.private.is_yes and not via:
        closed = Response(status=None, note="its name cannot be resolved on the internet")
        return stopped("name", NETWORK, "the API is private: only VPC endpoints lead to it", closed, urn=gateway.urn)
    if gateway.private.is_no and via:
        reason = "a VPC endpoint leads to private APIs only, and this one is not private"
        return stopped("name", NETWORK, reason, api.responses.of("ACCESS_DENIED"), urn=gateway.urn)
    if gateway.default_endpoint_off.is_unknown:
        return unknown("name", TLS, "whether the execute-api endpoint is disabled is unknown", urn=gateway.urn)
    if gateway.private.is_unknown:
        return unknown("name", NETWORK, "whether the API is private is unknown", urn=gateway.urn)
    return passes("name", TLS, "the execute-api endpoint is enabled", urn=gateway.urn)


def _version(policy: SecurityPolicy, request: Request, urn: str) -> Step:
    if not policy.known.is_yes:
        return unknown("TLS", TLS, policy.known.reason or "its security policy is unknown", urn=urn)
    if request.tls < policy.minimum_version:
        return stopped("TLS", TLS, f"it requires TLS {policy.minimum_version} or newer", _CLOSED, urn=urn)
    return passes("TLS", TLS, f"it accepts TLS {policy.minimum_version} and newer", urn=urn)


def _certificate(api: Api, request: Request, mapped: Mapped) -> Step:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mutual-tls.html."""
    required, urn, given = mapped.domain.mutual_tls, mapped.domain.urn, request.certificate
    if required.is_no:
        return passes("mutual TLS", TLS, "the domain asks for no client certificate", urn=urn)
    if required.is_unknown:
        return unknown("mutual TLS", TLS, "whether the domain requires a client certificate is unknown", urn=urn)
    if given is None:
        return stopped("mutual TLS", TLS, "it has no client certificate", _CLOSED, urn=urn)
    if given is Given.VALID:
        return passes("mutual TLS", TLS, "the truststore trusts its certificate", urn=urn)
    if given is Given.INVALID:
        response = api.responses.of("ACCESS_DENIED")
        return stopped("mutual TLS", TLS, "the truststore does not trust its certificate", response, urn=urn)
    return unknown("mutual TLS", TLS, "whether the truststore trusts its certificate is unknown", urn=urn)


def endpoint_policy(api: Api, request: Request, resource: MethodResource, *, signed: bool) -> Step:
    """What the policy of the VPC endpoint that the request comes through decides.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-vpc-endpoint-policies.html
    """
    name, urn = "VPC endpoint policy", api.gateway.urn
    policy = api.endpoint_policies.get(request.vpc_endpoint)
    if policy is None:
        return unknown(name, NETWORK, f"{request.vpc_endpoint} is not among the resources", urn=urn)
    if isinstance(policy, NoPolicy):
        return passes(name, NETWORK, "the endpoint has none, and lets every request pass", urn=urn)
    if not isinstance(policy, Document):
        return unknown(name, NETWORK, "what the policy of the endpoint contains is unknown", urn=urn)
    found: Result = decide(policy, caller(request, "iam" if signed else "none"), resource, api.arn)
    if found.denies.is_yes or (found.allows.is_no and not found.denies.is_yes):
        reason = "a statement denies the request" if found.denies.is_yes else "no statement allows the request"
        return stopped(name, NETWORK, reason, api.responses.of("ACCESS_DENIED"), urn=urn)
    if found.allows.is_yes and found.denies.is_no:
        return passes(name, NETWORK, f"statement {(found.allowing or 0) + 1} allows the request", urn=urn)
    reason = next((each.reason for each in (found.denies, found.allows) if _open(each)), "")
    return unknown(name, NETWORK, reason or "whether it allows the request is unknown", urn=urn)


def _open(fact: Fact) -> bool:
    return fact.is_unknown and bool(fact.reason)
