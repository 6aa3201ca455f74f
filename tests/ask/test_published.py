"""Questions whose response AWS documents: which step stops the request, and with which status code."""

from dataclasses import replace
from typing import Any

import pytest
from graphs import EVERYTHING, changed, made, method, policy, usage_plan, waf_rule, web_acl
from graphs import api as rest_api
from http_graphs import http_api, v2_stage

from policypack.ask.evaluate import walks
from policypack.ask.request import Given, Identity, Request
from policypack.ask.walk import Passage
from policypack.graph.graph import Graph, Resource
from policypack.patterns.addresses import Address
from policypack.readers.asked import Asked
from policypack.readers.stack import build

GET = Request(path="/orders", ordinary=True, address=Address(4, 0xCB007107), country="DE")
ROLE = replace(GET, principal="arn:aws:iam::123456789012:role/reader", identity=Identity.ALLOW)
OTHER = replace(ROLE, principal="arn:aws:iam::444455556666:role/reader")
OPEN = {"method": method(authorization="NONE")}
SILENT = {**EVERYTHING, "Resource": "execute-api:/other/*"}
DENY = {**EVERYTHING, "Effect": "Deny"}
POOL = "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_abc"
LAMBDA = "arn:aws:lambda:eu-west-1:123456789012:function:f"
FUNCTION = f"arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/{LAMBDA}/invocations"


def owned(**inputs: Any) -> Resource:
    """The API, whose account is known."""
    return replace(rest_api(**inputs), outputs={"executionArn": "arn:aws:execute-api:eu-west-1:123456789012:shop-id"})


def authorizer(kind: str, **inputs: Any) -> Resource:
    return made("apigateway/authorizer:Authorizer", "a", id_="a-id", restApi="shop-id", type=kind, **inputs)


COGNITO = authorizer("COGNITO_USER_POOLS", providerArns=[POOL], identitySource="method.request.header.Authorization")
TOKEN = authorizer("TOKEN", authorizerUri=FUNCTION, identitySource="method.request.header.Authorization")


def with_cognito(*statements: Any) -> dict[str, Any]:
    api = rest_api(policy=policy(*statements) if statements else None)
    return {"api": api, "method": method(authorization="COGNITO_USER_POOLS", authorizerId="a-id"), "more": COGNITO}


def with_lambda(*statements: Any) -> dict[str, Any]:
    api = rest_api(policy=policy(*statements) if statements else None)
    return {"api": api, "method": method(authorization="CUSTOM", authorizerId="a-id"), "more": TOKEN}


def acl(*rules: Any, default: str = "allow") -> dict[str, Any]:
    return {**OPEN, "acl": web_acl(*rules, defaultAction={default: {}})}


DE = {"geoMatchStatement": {"countryCodes": ["DE"]}}
ACME = {"labelMatchStatement": {"scope": "LABEL", "key": "acme"}}


def rule(name: str, statement: Any, priority: int, action: str, **more: Any) -> dict[str, Any]:
    return waf_rule(name, statement, priority=priority, action={action: {}}, **more)


KEYED = {"method": method(authorization="NONE", apiKeyRequired=True)}
PLAN = {**KEYED, "more": usage_plan(), "acl": web_acl(defaultAction={"allow": {}})}
WITH_KEY = replace(GET, key=Given.VALID)
VALID, INVALID = replace(GET, token=Given.VALID), replace(GET, token=Given.INVALID)
REST: list[tuple[str, Request, dict[str, Any], tuple[str, int | None]]] = [
    ("no route", replace(GET, path="/nothing"), OPEN, ("route", 403)),
    ("no such method", replace(GET, method="PUT"), OPEN, ("route", 403)),
    ("open", GET, OPEN, ("", None)),
    ("IAM unsigned", GET, {}, ("signature", 403)),
    ("IAM allow, no policy", ROLE, {"api": owned(policy=None)}, ("", None)),
    ("IAM allow, no policy, account unknown", ROLE, {"api": rest_api(policy=None)}, ("unknown", None)),
    ("IAM allow, no policy, other account", OTHER, {"api": owned(policy=None)}, ("resource policy", 403)),
    ("IAM allow, policy allows, other account", OTHER, {"api": owned(policy=policy(EVERYTHING))}, ("", None)),
    (
        "IAM silent, no policy",
        replace(ROLE, identity=Identity.SILENT),
        {"api": rest_api(policy=None)},
        ("resource policy", 403),
    ),
    ("IAM allow, policy silent", ROLE, {"api": owned(policy=policy(SILENT))}, ("", None)),
    ("IAM allow, policy denies", ROLE, {"api": rest_api(policy=policy(EVERYTHING, DENY))}, ("resource policy", 403)),
    ("NONE, policy silent", GET, {**OPEN, "api": rest_api(policy=policy(SILENT))}, ("resource policy", 403)),
    ("NONE, policy denies", GET, {**OPEN, "api": rest_api(policy=policy(DENY))}, ("resource policy", 403)),
    ("Cognito, no token", GET, with_cognito(), ("authorizer", 401)),
    (
        "Cognito, invalid token",
        replace(INVALID, headers=(("authorization", "x"),)),
        with_cognito(),
        ("authorizer", 401),
    ),
    ("Cognito, valid, no policy", VALID, with_cognito(), ("", None)),
    ("Cognito, valid, silent policy", VALID, with_cognito(SILENT), ("resource policy", 403)),
    ("Cognito, valid, allowing policy", VALID, with_cognito(EVERYTHING), ("", None)),
    ("Lambda, no token", GET, with_lambda(), ("authorizer", 401)),
    ("Lambda, valid, silent policy", VALID, with_lambda(SILENT), ("", None)),
    ("Lambda, deny before the function", GET, with_lambda(EVERYTHING, DENY), ("resource policy", 403)),
    ("Lambda, valid, denied", VALID, with_lambda(EVERYTHING, DENY), ("resource policy", 403)),
    ("key missing", GET, PLAN, ("API key", 403)),
    ("key valid", WITH_KEY, PLAN, ("", None)),
    ("key invalid", replace(GET, key=Given.INVALID), PLAN, ("API key", 403)),
    ("key in a header", replace(GET, headers=(("x-api-key", "abc"),)), PLAN, ("unknown", None)),
    ("key of no plan of the stage", WITH_KEY, KEYED, ("API key", 403)),
    ("key where none is required", replace(GET, key=Given.INVALID), OPEN, ("", None)),
    ("more than the plan allows", replace(WITH_KEY, over_limit=True), PLAN, ("throttle", 429)),
    ("key missing, more than the plan allows", replace(GET, over_limit=True), PLAN, ("API key", 403)),
    ("authorizer before the key", GET, {"method": method(apiKeyRequired=True)}, ("signature", 403)),
    ("web ACL before a missing route", replace(GET, path="/no"), acl(rule("de", DE, 0, "block")), ("web ACL", 403)),
    ("allow ends the evaluation", GET, acl(rule("a", DE, 0, "allow"), rule("b", DE, 1, "block")), ("", None)),
    ("priority counts, not order", GET, acl(rule("b", DE, 1, "block"), rule("a", DE, 0, "allow")), ("", None)),
    ("count goes on", GET, acl(rule("a", DE, 0, "count"), rule("b", DE, 1, "block")), ("web ACL", 403)),
    ("default block", GET, acl(default="block"), ("web ACL", 403)),
    (
        "labels of counted rules",
        GET,
        acl(rule("a", DE, 0, "count", ruleLabels=[{"name": "acme"}]), rule("b", ACME, 1, "block")),
        ("web ACL", 403),
    ),
    (
        "web ACL before the policy",
        GET,
        {**acl(rule("a", DE, 0, "allow")), "api": rest_api(policy=policy(DENY))},
        ("resource policy", 403),
    ),
    ("CAPTCHA", GET, acl(rule("a", DE, 0, "captcha")), ("web ACL", None)),
    ("TLS 1.0", replace(GET, tls="1.0"), OPEN, ("TLS", None)),
    ("disabled endpoint", GET, {**OPEN, "api": rest_api(disableExecuteApiEndpoint=True)}, ("name", 403)),
    (
        "private from the internet",
        GET,
        {**OPEN, "api": rest_api(endpointConfiguration={"types": "PRIVATE"})},
        ("name", None),
    ),
]
HTTP: list[tuple[str, Request, dict[str, Any], tuple[str, int | None]]] = [
    ("no route", replace(GET, path="/nothing"), {"routeKey": "GET /orders"}, ("route", 404)),
    ("no such method", replace(GET, method="PUT"), {"routeKey": "GET /orders"}, ("route", 404)),
    ("default route", replace(GET, path="/nothing"), {"routeKey": "$default"}, ("", None)),
    ("ANY", replace(GET, method="PUT"), {"routeKey": "ANY /orders"}, ("", None)),
    ("greedy", replace(GET, path="/a/b"), {"routeKey": "GET /{proxy+}"}, ("", None)),
    ("parameter is one segment", replace(GET, path="/orders/7/x"), {"routeKey": "GET /orders/{id}"}, ("route", 404)),
    ("IAM unsigned", GET, {"routeKey": "GET /orders", "authorizationType": "AWS_IAM"}, ("signature", 403)),
    ("paths are case sensitive", replace(GET, path="/Orders"), {"routeKey": "GET /orders"}, ("route", 404)),
]


def stop(resources: list[Resource], request: Request) -> tuple[str, int | None]:
    graph = Graph(resources)
    found = [walk for api in Asked(graph).of(build(graph)) for walk in walks(api, request)]
    walk = next(each for each in found if each.entry.kind == "execute-api")
    return (
        walk.stop.name if walk.stop else "" if walk.passage is Passage.PASSES else "unknown",
        walk.response.status if walk.response else None,
    )


@pytest.mark.parametrize(("request_", "parts", "expected"), [each[1:] for each in REST], ids=[each[0] for each in REST])
def test_a_rest_api_stops_it_where_aws_does(
    request_: Request, parts: dict[str, Any], expected: tuple[str, int | None]
) -> None:
    more = [parts[each] for each in ("more",) if each in parts]
    assert stop(changed(*more, **{k: v for k, v in parts.items() if k != "more"}), request_) == expected


@pytest.mark.parametrize(("request_", "route", "expected"), [each[1:] for each in HTTP], ids=[each[0] for each in HTTP])
def test_an_http_api_stops_it_where_aws_does(
    request_: Request, route: dict[str, Any], expected: tuple[str, int | None]
) -> None:
    one = made("apigatewayv2/route:Route", "r", apiId="h-id", **route)
    assert stop([http_api(), v2_stage(), one], request_) == expected
