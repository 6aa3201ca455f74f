"""Which entry point leads to a stage, what its responses are, and what is uncertain about a path."""

from dataclasses import replace
from typing import Any

import pytest
from graphs import api as rest_api
from graphs import changed, made, mapping, method, policy_document, usage_plan
from http_graphs import http_api, v2_stage

from policypack.ask.evaluate import walks
from policypack.ask.request import Given, Identity, Request
from policypack.ask.walk import Passage, Walk
from policypack.graph.graph import Graph, Resource
from policypack.patterns.addresses import Address
from policypack.readers.asked import Asked
from policypack.readers.stack import build

INSIDE = Address(4, 0xCB007107)
ROLE = "arn:aws:iam::111122223333:role/reader"
CALLER = Request(
    method="GET", path="/orders", ordinary=True, address=INSIDE, country="DE", principal=ROLE, identity=Identity.ALLOW
)


def asked(resources: list[Resource], request: Request) -> list[Walk]:
    graph = Graph(resources)
    return [walk for api in Asked(graph).of(build(graph)) for walk in walks(api, request)]


def at_endpoint(request: Request = CALLER, *more: Any, **parts: Any) -> Walk:
    found = asked(changed(*more, **parts), request)
    return next(each for each in found if each.entry.kind == "execute-api")


def at_http(request: Request, *more: Resource, **inputs: Any) -> Walk:
    (walk,) = asked([http_api(**inputs), v2_stage(), *more], request)
    return walk


def route(key: str, **inputs: Any) -> Resource:
    return made("apigatewayv2/route:Route", key, apiId="h-id", routeKey=key, **inputs)


def received(walk: Walk) -> tuple[int | None, str]:
    assert walk.response, walk
    return walk.response.status, walk.response.body


def test_a_disabled_endpoint_has_another_response_in_each_kind_of_api() -> None:
    rest = at_endpoint(api=rest_api(disableExecuteApiEndpoint=True))
    http = at_http(CALLER, route("GET /orders"), disableExecuteApiEndpoint=True)

    assert received(rest) == (403, '{"message":"Forbidden"}')
    assert received(http) == (404, '{"message":"Not Found"}')


@pytest.mark.parametrize(
    ("identity", "principal", "passage"),
    [
        (Identity.DENY, ROLE, Passage.STOPPED),
        (Identity.SILENT, ROLE, Passage.STOPPED),
        (Identity.UNKNOWN, ROLE, Passage.UNKNOWN),
        (Identity.ALLOW, ROLE, Passage.UNKNOWN),
        (Identity.ALLOW, "", Passage.STOPPED),
    ],
)
def test_an_http_api_with_iam_asks_the_principal_s_own_policies(
    identity: Identity, principal: str, passage: Passage
) -> None:
    request = replace(CALLER, identity=identity, principal=principal)
    found = at_http(request, route("GET /orders", authorizationType="AWS_IAM"))

    assert found.passage is passage, found


def test_the_most_lenient_of_several_possible_routes_counts() -> None:
    iam, open_ = route("GET /orders", authorizationType="AWS_IAM"), route("ANY /{proxy+}")
    unsigned = replace(CALLER, principal="")

    assert at_http(unsigned, iam, open_).passage is Passage.STOPPED
    found = at_http(replace(unsigned, path="/orders/"), iam, open_)
    assert (found.passage, found.route) == (Passage.UNKNOWN, "ANY /{proxy+}")


@pytest.mark.parametrize("path", ["/orders/", "//orders", "/orders%2F", "/x/../orders", "/orders//"])
def test_what_aws_does_not_document_about_paths_is_unknown(path: str) -> None:
    found = at_endpoint(replace(CALLER, path=path))

    assert found.passage is Passage.UNKNOWN, found
    assert "AWS does not document" in found.unless[0].reason


@pytest.mark.parametrize(
    ("key", "headers", "passage"),
    [
        (None, (), Passage.STOPPED),
        (Given.INVALID, (), Passage.STOPPED),
        (Given.VALID, (), Passage.PASSES),
        (None, (("x-api-key", "abc"),), Passage.UNKNOWN),
    ],
)
def test_an_api_key(key: Given | None, headers: tuple[tuple[str, str], ...], passage: Passage) -> None:
    request = replace(CALLER, key=key, headers=headers)

    assert at_endpoint(request, method=method(apiKeyRequired=True), plan=usage_plan()).passage is passage


def test_the_longest_base_path_takes_the_request() -> None:
    root, longer = mapping(), mapping()
    root = replace(root, inputs={**root.inputs, "stageName": "live"})
    longer = replace(longer, urn="urn:pulumi:dev::shop::mapping::v1", inputs={**root.inputs, "basePath": "orders"})
    found = asked(changed(longer, mapping=root), CALLER)

    assert [each.entry.url for each in found if each.entry.kind == "domain"] == [
        "https://api.example.com/orders/orders"
    ]


ENDPOINT = "vpce-0123456789abcdef0"
OTHERS = {
    "Effect": "Allow",
    "Principal": "*",
    "Action": "execute-api:Invoke",
    "Resource": "arn:aws:execute-api:eu-west-1:123456789012:other-id/*",
}


@pytest.mark.parametrize(
    ("via", "policy", "passage"),
    [
        (ENDPOINT, None, Passage.PASSES),
        (ENDPOINT, policy_document(OTHERS), Passage.STOPPED),
        ("vpce-00000000000000000", None, Passage.UNKNOWN),
        ("", None, Passage.STOPPED),
    ],
)
def test_the_policy_of_a_vpc_endpoint_decides_too(via: str, policy: Any, passage: Passage) -> None:
    allow = policy_document({**OTHERS, "Resource": "execute-api:/*"})
    api = rest_api(endpointConfiguration={"types": "PRIVATE"}, policy=allow)
    endpoint = made("ec2/vpcEndpoint:VpcEndpoint", "e", id_=ENDPOINT, serviceName="execute-api", policy=policy)
    request = replace(CALLER, vpc_endpoint=via)

    assert at_endpoint(request, endpoint, api=api).passage is passage


def test_a_vpc_endpoint_leads_to_private_apis_only() -> None:
    assert at_endpoint(replace(CALLER, vpc_endpoint=ENDPOINT)).passage is Passage.STOPPED


def test_limits() -> None:
    found = at_endpoint(replace(CALLER, over_limit=True))

    assert found.stop
    assert found.stop.layer in {"waf", "keys"}
