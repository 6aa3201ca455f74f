"""The steps of a CloudFront distribution whose origin is an API.

https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RequestAndResponseBehaviorCustomOrigin.html
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from . import firewall
from .api import Api
from .entry_points import Behavior, Distributed
from .request import Given, Request
from .responses import GatewayResponses
from .walk import AUTH, NETWORK, TLS, WAF, Response, Step, passes, stopped, unknown

_CLOSED: Final = Response(status=None, note="the connection is closed during the TLS handshake")
_FORBIDDEN: Final = Response(status=403, note="CloudFront itself responds with an HTML page")
_NAME: Final = "CloudFront"


def at_origin(request: Request, distributed: Distributed) -> Request:
    """The request as CloudFront sends it to the API: from an address of CloudFront, and with its headers."""
    own = dict(distributed.headers)
    kept = tuple((name, value) for name, value in request.headers if name not in own)
    return replace(
        request,
        headers=(*kept, *distributed.headers),
        address=None,
        country=None,
        vpc_endpoint="",
        certificate=None,
        tls="1.2",
    )


def steps(api: Api, distributed: Distributed, request: Request, origin_path: str) -> Iterator[Step]:
    """What the distribution does with a request for a path at the origin."""
    at = {"urn": distributed.distribution.urn}
    path = distributed.viewer_path(origin_path)
    behavior = distributed.behavior(path) if path else None
    if request.vpc_endpoint:
        reason = "CloudFront is reached from the internet, not through a VPC endpoint"
        yield stopped(_NAME, NETWORK, reason, Response(status=None), **at)
    elif path is None or behavior is None:
        yield unknown(_NAME, NETWORK, "which path of the distribution leads here is unknown", **at)
    elif not behavior.leads_here.is_yes:
        yield unknown(_NAME, NETWORK, behavior.leads_here.reason or "whether it leads here is unknown", **at)
    else:
        yield passes(_NAME, NETWORK, f"the cache behavior {behavior.pattern} leads to this stage", **at)
    yield from _tls(distributed, request)
    yield _web_acl(distributed, request, path or request.path, api.responses)
    if behavior is not None:
        yield from _behavior(behavior, request, distributed)


def _tls(distributed: Distributed, request: Request) -> Iterator[Step]:
    at, modern = {"urn": distributed.distribution.urn}, distributed.distribution.modern_tls
    if request.tls < "1.2" and modern.is_yes:
        yield stopped("CloudFront TLS", TLS, "it requires TLS 1.2 or newer", _CLOSED, **at)
    elif request.tls < "1.2" and modern.is_unknown:
        yield unknown("CloudFront TLS", TLS, modern.reason or "its TLS versions are unknown", **at)
    else:
        yield passes("CloudFront TLS", TLS, "it accepts the TLS version", **at)
    required, given, name = distributed.requires_certificate, request.certificate, "CloudFront mutual TLS"
    if required.is_unknown:
        yield unknown(name, TLS, "whether it requires a client certificate is unknown", **at)
    elif required.is_yes and given is None:
        yield stopped(name, TLS, "it has no client certificate", _CLOSED, **at)
    elif required.is_yes and given is Given.INVALID:
        yield stopped(name, TLS, "the truststore does not trust its certificate", _CLOSED, **at)
    elif required.is_yes and given is not Given.VALID:
        yield unknown(name, TLS, "whether the truststore trusts its certificate is unknown", **at)


def _web_acl(distributed: Distributed, request: Request, path: str, responses: GatewayResponses) -> Step:
    name, distribution = "CloudFront web ACL", distributed.distribution
    if distribution.has_web_acl.is_no:
        return passes(name, WAF, "the distribution has none", urn=distribution.urn)
    if distribution.web_acl is None or not distribution.web_acl_known.is_yes or distribution.has_web_acl.is_unknown:
        reason = distribution.web_acl_known.reason or "its rules are in another stack"
        return unknown(name, WAF, reason, urn=distribution.urn)
    found = firewall.step(distribution.web_acl, request, path, responses)
    blocked = found.response is not None and found.response.kind == "WAF_FILTERED"
    return replace(found, name=name, response=_FORBIDDEN if blocked else found.response)


def _behavior(behavior: Behavior, request: Request, distributed: Distributed) -> Iterator[Step]:
    at = {"urn": distributed.distribution.urn, "subject": f"cache behavior {behavior.pattern}"}
    if behavior.methods is not None and request.method not in behavior.methods:
        yield stopped(_NAME, NETWORK, f"the cache behavior does not accept {request.method}", _FORBIDDEN, **at)
    if behavior.methods is None:
        yield unknown(_NAME, NETWORK, "which methods the cache behavior accepts is unknown", **at)
    if not behavior.asks_for_signature.is_no:
        reason = "whether it has a signed URL or a signed cookie is not given"
        yield unknown("CloudFront signature", AUTH, reason, **at)
    if not behavior.runs_code.is_no:
        yield unknown("CloudFront function", NETWORK, "what its functions do with the request is not evaluated", **at)
    credentials = request.token or request.key or request.principal or request.headers
    if credentials and not behavior.forwards_credentials.is_yes:
        reason = "whether the distribution forwards the headers of the request is unknown"
        yield unknown("CloudFront forwarding", AUTH, reason, **at)
