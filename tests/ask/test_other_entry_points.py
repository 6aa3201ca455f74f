"""CloudFront distributions, private custom domains and WebSocket APIs as entry points."""

from dataclasses import replace
from typing import Any

import pytest
from graphs import EVERYTHING, changed, made, method, policy_document, waf_rule, web_acl
from graphs import api as rest_api
from http_graphs import EDGE, SECRET, distribution, http_api, v2_stage

from policypack.ask.callers import callers
from policypack.ask.evaluate import takes, walks
from policypack.ask.request import Given, Identity, Request
from policypack.ask.walk import Passage, Walk
from policypack.graph.graph import Graph, Resource
from policypack.graph.values import UNKNOWN
from policypack.patterns.addresses import Address
from policypack.readers.asked import Asked
from policypack.readers.stack import build

GET = Request(path="/orders", ordinary=True, address=Address(4, 0xCB007107), country="DE")
ORDERS = made("apigatewayv2/route:Route", "orders", apiId="h-id", routeKey="GET /orders")
BEHAVIOR = {"targetOriginId": "api", "allowedMethods": ["GET", "HEAD"], "viewerProtocolPolicy": "https-only"}
BLOCK_DE = waf_rule("de", {"geoMatchStatement": {"countryCodes": ["DE"]}})


def asked(resources: list[Resource], request: Request, kind: str) -> list[Walk]:
    graph = Graph(resources)
    apis = [api for api in Asked(graph).of(build(graph)) if takes(api, request)]
    return [walk for api in apis for walk in walks(api, request) if walk.entry.kind == kind]


def through_cloudfront(request: Request = GET, *more: Resource, path: Any = "/live", **inputs: Any) -> list[Walk]:
    given: dict[str, Any] = {"defaultCacheBehavior": BEHAVIOR, "aliases": ["shop.example.com"], **inputs}
    edge = distribution("h-id.execute-api.eu-west-1.amazonaws.com", **given)
    (origin,) = edge.inputs["origins"]
    edge = replace(edge, inputs={**edge.inputs, "origins": [{**origin, "originPath": path}]})
    return asked([http_api(), v2_stage(), ORDERS, edge, *more], request, "cloudfront")


def edge_acl(*rules: Any) -> Resource:
    made_ = web_acl(*rules, scope="CLOUDFRONT")
    return replace(made_, outputs={"arn": EDGE})


def outcome(walk: Walk) -> tuple[str, str, int | None]:
    stop = walk.stop
    return walk.passage.value, stop.name if stop else "", walk.response.status if walk.response else None


PASSES = ("passes", "", None)
UNDECIDED = ("unknown", "", None)
MUTUAL = {"viewerMtlsConfig": {"mode": "required"}}
CERTIFICATE = {"viewerCertificate": {"acmCertificateArn": "x", "minimumProtocolVersion": "TLSv1.2_2021"}}


@pytest.mark.parametrize(
    ("request_", "rules", "inputs", "expected"),
    [
        (GET, [], {}, PASSES),
        (GET, [BLOCK_DE], {}, ("stopped", "CloudFront web ACL", 403)),
        (replace(GET, country="FR"), [BLOCK_DE], {}, PASSES),
        (replace(GET, country=None), [BLOCK_DE], {}, ("unknown", "", None)),
        (replace(GET, method="POST"), [], {}, ("stopped", "CloudFront", 403)),
        (replace(GET, path="/nothing"), [], {}, ("stopped", "route", 404)),
        (GET, [], MUTUAL, ("stopped", "CloudFront mutual TLS", None)),
        (replace(GET, certificate=Given.INVALID), [], MUTUAL, ("stopped", "CloudFront mutual TLS", None)),
        (replace(GET, certificate=Given.VALID), [], MUTUAL, PASSES),
        (replace(GET, tls="1.1"), [], CERTIFICATE, ("stopped", "CloudFront TLS", None)),
        (replace(GET, tls="1.1"), [], {}, PASSES),
        (replace(GET, vpc_endpoint="vpce-1"), [], {}, ("stopped", "CloudFront", None)),
        (GET, [], {"defaultCacheBehavior": {**BEHAVIOR, "trustedKeyGroups": ["k"]}}, ("unknown", "", None)),
        (
            GET,
            [],
            {"defaultCacheBehavior": {**BEHAVIOR, "functionAssociations": [{"functionArn": "f"}]}},
            ("unknown", "", None),
        ),
    ],
)
def test_a_distribution_is_an_entry_point(
    request_: Request, rules: list[Any], inputs: Any, expected: tuple[str, str, int | None]
) -> None:
    (walk,) = through_cloudfront(request_, edge_acl(*rules), **inputs)

    assert outcome(walk) == expected, walk
    assert walk.entry.url == f"https://shop.example.com{request_.path}"


def test_a_cache_behavior_may_lead_elsewhere() -> None:
    other = {"pathPattern": "/orders*", **BEHAVIOR, "targetOriginId": "bucket"}

    assert through_cloudfront(GET, orderedCacheBehaviors=[other]) == []


def test_an_origin_of_a_group_may_get_the_request() -> None:
    group = {"originId": "both", "members": [{"originId": "api"}, {"originId": "bucket"}]}
    (walk,) = through_cloudfront(originGroups=[group], defaultCacheBehavior={**BEHAVIOR, "targetOriginId": "both"})

    assert walk.unless[0].name == "CloudFront"


def test_the_origin_path_chooses_the_stage() -> None:
    assert through_cloudfront(path="/test") == []
    (walk,) = through_cloudfront(path="")
    assert walk.entry.url == "https://shop.example.com/live/orders"


def test_the_api_sees_an_address_of_cloudfront_and_the_header_of_the_origin() -> None:
    office = {**EVERYTHING, "Condition": {"IpAddress": {"aws:SourceIp": ["203.0.113.0/24"]}}}
    secret = {
        "searchString": SECRET,
        "positionalConstraint": "EXACTLY",
        "fieldToMatch": {"singleHeader": {"name": "x-origin"}},
        "textTransformations": [{"priority": 0, "type": "NONE"}],
    }
    rule = waf_rule("secret", {"byteMatchStatement": secret}, action={"allow": {}})
    domain = "shop-id.execute-api.eu-west-1.amazonaws.com"
    behavior = {**BEHAVIOR, "originRequestPolicyId": "b689b0a8-53d0-40ab-baf2-66738e2966ac"}
    edge = distribution(domain, webAclId=None, defaultCacheBehavior=behavior)
    edge = replace(
        edge, inputs={**edge.inputs, "origins": [{**each, "originPath": "/live"} for each in edge.inputs["origins"]]}
    )
    closed = {"acl": web_acl(rule, defaultAction={"block": {}}), "method": method(authorization="NONE")}
    open_api = {"api": rest_api(policy=policy_document(EVERYTHING)), **closed}

    (walk,) = asked(changed(edge, **open_api), GET, "cloudfront")
    assert walk.passage is Passage.PASSES, walk
    (direct,) = asked(changed(edge, **open_api), GET, "execute-api")
    assert outcome(direct) == ("stopped", "web ACL", 403)
    (walk,) = asked(changed(edge, **{**open_api, "api": rest_api(policy=policy_document(office))}), GET, "cloudfront")
    assert walk.passage is Passage.UNKNOWN
    assert [each.name for each in walk.unless] == ["resource policy"]


ENDPOINT = "vpce-0123456789abcdef0"
INSIDE = {**EVERYTHING, "Effect": "Deny", "Condition": {"StringNotEquals": {"aws:SourceVpce": ENDPOINT}}}


@pytest.mark.parametrize(
    ("via", "policy", "associated", "expected"),
    [
        (ENDPOINT, policy_document(EVERYTHING, INSIDE), True, PASSES),
        (ENDPOINT, policy_document(EVERYTHING, INSIDE), False, ("unknown", "", None)),
        (ENDPOINT, None, True, ("stopped", "domain policy", 403)),
        ("vpce-00000000000000000", policy_document(EVERYTHING, INSIDE), True, ("stopped", "domain policy", 403)),
        ("", policy_document(EVERYTHING), True, ("stopped", "name", None)),
    ],
)
def test_a_private_domain_lets_in_the_vpc_endpoints_that_its_policy_allows(
    via: str, policy: Any, *, associated: bool, expected: tuple[str, str, int | None]
) -> None:
    domain = made(
        "apigateway/domainName:DomainName",
        "private.example.com",
        domainName="private.example.com",
        endpointConfiguration={"types": "PRIVATE"},
        policy=policy,
        arn="arn:aws:apigateway:eu-west-1:123456789012:/domainnames/private.example.com+abc",
    )
    mapped = made(
        "apigateway/basePathMapping:BasePathMapping",
        "private",
        restApi="shop-id",
        domainName="private.example.com",
        stageName="live",
    )
    access = made(
        "apigateway/domainNameAccessAssociation:DomainNameAccessAssociation",
        "a",
        domainNameArn=domain.outputs["arn"],
        accessAssociationSource=ENDPOINT,
    )
    endpoints = [
        made("ec2/vpcEndpoint:VpcEndpoint", each, id_=each, serviceName="execute-api")
        for each in (ENDPOINT, "vpce-00000000000000000")
    ]
    api = rest_api(endpointConfiguration={"types": "PRIVATE"}, policy=policy_document(EVERYTHING))
    more = [domain, mapped, *endpoints, *([access] if associated else [])]
    resources = changed(*more, api=api, acl=web_acl(), method=method(authorization="NONE"))
    (walk,) = asked(resources, replace(GET, vpc_endpoint=via), "domain")

    assert outcome(walk) == expected, walk


AUTHORIZER = made(
    "apigatewayv2/authorizer:Authorizer",
    "a",
    id_="a-id",
    apiId="h-id",
    authorizerType="REQUEST",
    identitySources=["route.request.querystring.token"],
)


def key(name: str, **inputs: Any) -> Resource:
    return made("apigatewayv2/route:Route", name, apiId="h-id", routeKey=name, **inputs)


CUSTOM = {"authorizationType": "CUSTOM", "authorizerId": "a-id"}
SEND = Request(path="", route_key="send", ordinary=True)
CONNECT = replace(SEND, route_key="$connect")
SIGNED = replace(SEND, principal="arn:aws:iam::123456789012:role/r", identity=Identity.ALLOW)


@pytest.mark.parametrize(
    ("request_", "routes", "expected"),
    [
        (CONNECT, [key("$connect")], PASSES),
        (SEND, [key("$connect"), key("send")], PASSES),
        (SEND, [key("send")], PASSES),
        (SEND, [key("$connect"), key("$default")], PASSES),
        (SEND, [key("$connect"), key("other")], ("stopped", "route", None)),
        (SEND, [key("$connect"), replace(key("other"), inputs={"apiId": "h-id", "routeKey": UNKNOWN})], UNDECIDED),
        (CONNECT, [key("$connect", **CUSTOM)], ("stopped", "authorizer", 401)),
        (SEND, [key("$connect", **CUSTOM), key("send")], ("stopped", "authorizer", 401)),
        (replace(SEND, query="token=x"), [key("$connect", **CUSTOM), key("send")], ("unknown", "", None)),
        (replace(SEND, token=Given.VALID), [key("$connect", **CUSTOM), key("send")], PASSES),
        (
            replace(CONNECT, token=Given.INVALID, query="token=x"),
            [key("$connect", **CUSTOM)],
            ("stopped", "authorizer", None),
        ),
        (CONNECT, [key("$connect", authorizationType="AWS_IAM")], ("stopped", "signature", 403)),
        (SIGNED, [key("$connect", authorizationType="AWS_IAM"), key("send")], ("unknown", "", None)),
        (CONNECT, [key("$connect", apiKeyRequired=True)], ("stopped", "API key", 403)),
        (replace(CONNECT, key=Given.VALID), [key("$connect", apiKeyRequired=True)], PASSES),
    ],
)
def test_a_websocket_api_decides_when_the_connection_opens(
    request_: Request, routes: list[Resource], expected: tuple[str, str, int | None]
) -> None:
    (walk,) = asked([http_api("WEBSOCKET"), v2_stage(), AUTHORIZER, *routes], request_, "execute-api")

    assert outcome(walk) == expected, walk
    assert walk.entry.url.startswith("wss://")


def test_the_callers_of_a_message_need_what_the_connection_requires() -> None:
    resources = [http_api("WEBSOCKET"), v2_stage(), AUTHORIZER, key("$connect", **CUSTOM), key("send")]
    graph = Graph(resources)
    rows = [row for api in Asked(graph).of(build(graph)) for row in callers(api)]

    assert [(each.route, each.certain, each.credentials) for each in rows] == [
        ("$connect", True, ("what authorizer a accepts",)),
        ("send", True, ("what authorizer a accepts",)),
    ]
    assert {each.url for each in rows} == {"wss://h-id.execute-api.<region>.amazonaws.com/live"}


def test_the_callers_of_a_distribution_are_those_that_its_web_acl_lets_in() -> None:
    edge = distribution("h-id.execute-api.eu-west-1.amazonaws.com", defaultCacheBehavior=BEHAVIOR)
    edge = replace(
        edge, inputs={**edge.inputs, "origins": [{**each, "originPath": "/live"} for each in edge.inputs["origins"]]}
    )
    graph = Graph([http_api(), v2_stage(), ORDERS, edge, edge_acl(BLOCK_DE)])
    rows = [row for api in Asked(graph).of(build(graph)) for row in callers(api)]

    assert [(each.entry.partition(",")[0], each.countries) for each in rows if each.certain] == [
        ("execute-api endpoint", ""),
        ("distribution edge", "every country except DE"),
    ]
