"""Responses of AWS WAF, preflights, and authorizers that are not invoked."""

from dataclasses import replace
from typing import Any

import pytest
from graphs import api as rest_api
from graphs import association, changed, made, method, waf_rule, web_acl
from http_graphs import http_api, v2_stage

from policypack.ask.evaluate import walks
from policypack.ask.request import Request
from policypack.ask.walk import Passage, Walk
from policypack.evaluation.asked import of_resources
from policypack.graph.graph import Resource
from policypack.graph.values import UNKNOWN

GET = Request(path="/orders", ordinary=True)
OPEN = {"api": rest_api(policy=None), "method": method(authorization="NONE")}
BODIES = [{"key": "sorry", "content": "try later", "contentType": "TEXT_PLAIN"}]
GROUP_ARN = "arn:aws:wafv2:eu-west-1:123456789012:regional/rulegroup/g/1"


def asked(resources: list[Resource], request: Request = GET) -> Walk:
    (walk,) = (walk for api in of_resources(resources).apis for walk in walks(api, request))
    return walk


def blocked(response: Any = None, name: str = "orders") -> Any:
    custom = {} if response is None else {"customResponse": response}
    statement = {
        "byteMatchStatement": {
            "searchString": "/live/orders",
            "positionalConstraint": "EXACTLY",
            "fieldToMatch": {"uriPath": {}},
            "textTransformations": [{"priority": 0, "type": "NONE"}],
        }
    }
    return waf_rule(name, statement, action={"block": custom})


def behind(*rules: Any, more: tuple[Resource, ...] = (), **inputs: Any) -> Walk:
    acl = web_acl(*rules, customResponseBodies=BODIES, **inputs)
    return asked(changed(*more, **OPEN, acl=acl, association=association()))


def received(walk: Walk) -> tuple[int | None, str]:
    assert walk.response
    return walk.response.status, walk.response.body


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        (None, (403, '{"message":"Forbidden"}')),
        ({"responseCode": 429}, (429, "")),
        ({"responseCode": 503, "customResponseBodyKey": "sorry"}, (503, "try later")),
        ({"responseCode": 503, "customResponseBodyKey": UNKNOWN}, (503, "")),
        (UNKNOWN, (403, '{"message":"Forbidden"}')),
    ],
)
def test_a_rule_may_have_a_response_of_its_own(response: Any, expected: tuple[int, str]) -> None:
    walk = behind(blocked(response))

    assert received(walk) == expected
    assert walk.response
    assert bool(walk.response.note) is ("unknown" in str(response))


def test_the_default_action_may_have_a_response_of_its_own() -> None:
    assert received(behind(defaultAction={"block": {"customResponse": {"responseCode": 404}}})) == (404, "")


def test_the_override_of_a_rule_in_a_group_has_its_own_response() -> None:
    group = made("wafv2/ruleGroup:RuleGroup", "g", arn=GROUP_ARN, rules=[blocked({"responseCode": 400}, "inner")])
    override = {"name": "inner", "actionToUse": {"block": {"customResponse": {"responseCode": 429}}}}

    def through(**more: Any) -> Walk:
        statement = {"ruleGroupReferenceStatement": {"arn": GROUP_ARN, **more}}
        return behind(waf_rule("g", statement, overrideAction={"none": {}}), more=(group,))

    assert received(through()) == (400, "")
    assert received(through(ruleActionOverrides=[override])) == (429, "")


ORDERS = made("apigatewayv2/route:Route", "orders", apiId="h-id", routeKey="GET /orders")
PREFLIGHT = replace(GET, method="OPTIONS")


@pytest.mark.parametrize(
    ("cors", "result"),
    [
        ({"allowOrigins": ["https://a.example.com"]}, ("stopped", "CORS", 204)),
        ({"allowOrigins": UNKNOWN}, ("unknown", "", None)),
        (UNKNOWN, ("unknown", "", None)),
        ({}, ("stopped", "route", 404)),
        (None, ("stopped", "route", 404)),
    ],
)
def test_an_http_api_responds_to_preflights_without_a_route(cors: Any, result: tuple[str, str, int | None]) -> None:
    walk = asked([http_api(corsConfiguration=cors), v2_stage(), ORDERS], PREFLIGHT)

    assert (walk.passage.value, walk.stop.name if walk.stop else "", walk.response and walk.response.status) == result
    assert asked([http_api(corsConfiguration=cors), v2_stage(), ORDERS]).passage is Passage.PASSES


FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:check"
URI = f"arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/{FUNCTION}/invocations"
CUSTOM = method(authorization="CUSTOM", authorizerId="check-id")


def guarded(token: str, *more: Resource, **inputs: Any) -> tuple[str, int | None]:
    given = {"restApi": "shop-id", "type": "TOKEN", "authorizerUri": URI, **inputs}
    authorizer = made("apigateway/authorizer:Authorizer", "check", **given)
    resources = changed(authorizer, *more, api=rest_api(policy=None), method=CUSTOM, acl=None, association=None)
    walk = asked(resources, replace(GET, headers=(("authorization", token),)))
    return walk.passage.value, walk.response.status if walk.response else None


@pytest.mark.parametrize(
    ("token", "expression", "expected"),
    [
        ("Bearer abc", "^Bearer [a-z]+$", ("unknown", None)),
        ("Basic abc", "^Bearer [a-z]+$", ("stopped", 401)),
        ("Basic abc", "(?<", ("unknown", None)),
        ("Basic abc", UNKNOWN, ("unknown", None)),
    ],
)
def test_a_token_that_the_expression_rejects_reaches_no_function(
    token: str, expression: Any, expected: tuple[str, int | None]
) -> None:
    assert guarded(token, identityValidationExpression=expression) == expected


def test_a_function_that_api_gateway_may_not_invoke_lets_nobody_in() -> None:
    function = made("lambda/function:Function", "check", arn=FUNCTION, name="check")
    allowed = made(
        "lambda/permission:Permission", "p", function="check", principal="apigateway.amazonaws.com", action="x"
    )

    assert guarded("a", function) == ("stopped", 500)
    assert guarded("a", function, allowed) == ("unknown", None)
    assert guarded("a") == ("unknown", None)


@pytest.mark.parametrize("path", ["/%6Frders", "/orders%2F", "/%2Forders"])
def test_whether_a_path_is_decoded_before_a_route_is_chosen_is_unknown(path: str) -> None:
    assert asked(changed(**OPEN, acl=None, association=None), replace(GET, path=path)).passage is Passage.UNKNOWN


def test_an_encoded_character_in_a_parameter_changes_no_route() -> None:
    child = made("apigateway/resource:Resource", "one", restApi="shop-id", parentId="orders-id", pathPart="{id}")
    inputs = {"restApi": "shop-id", "resourceId": "one-id", "httpMethod": "GET", "authorization": "NONE"}
    one = made("apigateway/method:Method", "one", **inputs)
    resources = changed(child, one, **OPEN, acl=None, association=None)

    assert asked(resources, replace(GET, path="/orders/a%20b")).passage is Passage.PASSES
    assert asked(resources, replace(GET, path="/orders/a%2Fb")).passage is Passage.UNKNOWN
