"""Options that would do nothing, or not what they say, are refused; those that do are taken."""

import json

import pulumi
import pytest

from secure_gateway import ArgsError, SecureGateway
from secure_gateway.testing import deploy

MINIMAL = {
    "routes": [{"path": "/orders", "method": "GET"}],
    "default_integration": {"url": "https://backend.example.com"},
    "network": {"allow_cidrs": ["203.0.113.0/24"]},
}
CALLED = {"default_integration": {"function": "orders"}, "functions": {"orders": "orders:live"}}
KEYED = {"routes": [{"path": "/orders", "method": "GET", "api_key": True}]}
HALVES = ["0.0.0.0/1", "128.0.0.0/1"]
VPC = {"vpc_id": "vpc-0123456789abcdef0", "subnet_ids": ["subnet-0123456789abcdef0"]}
BUILTIN = {"validators": {"key": {"api_key": {"store": "arn:aws:ssm:eu-west-1:123456789012:parameter/x"}}}}


def gateway(args):
    return deploy(lambda: SecureGateway("api", {**MINIMAL, **args}))


def problems(args):
    with pytest.raises(ArgsError) as caught:
        gateway(args)
    return {each.path: each.message for each in caught.value.problems}


def planned(plan, **keys):
    return {**KEYED, "keys": {"plans": {"gold": plan}, "keys": {"acme": {"plan": "gold"}}, **keys}}


def mock(**given):
    return {"default_integration": {"mock": given}}


REFUSED = {
    "waf-allows-all": ({"waf": {"allow_cidrs": HALVES}}, "waf.allow_cidrs"),
    "waf-allows-all-of-ipv6": ({"waf": {"allow_cidrs": ["::/1", "8000::/1"]}}, "waf.allow_cidrs"),
    "waf-allows-most": ({"waf": {"allow_cidrs": ["0.0.0.0/1", "128.0.0.0/2"]}}, "waf.allow_cidrs"),
    "all-are-proxies": ({"waf": {"forwarded_ip": {"proxies": HALVES}}}, "waf.forwarded_ip.proxies"),
    "network-allows-all": ({"network": {"allow_cidrs": HALVES}}, "network.allow_cidrs"),
    "endpoint-takes-all": (
        {"network": {"private": {"vpc": {**VPC, "client_cidrs": HALVES}}}},
        "network.private.vpc.client_cidrs",
    ),
    "canary-without-anything": ({"canary": {"functions": {}}}, "canary"),
    "canary-of-the-same-function": (
        {**CALLED, "canary": {"functions": {"orders": "orders:live"}}},
        "canary.functions.orders",
    ),
    "canary-of-the-same-variable": (
        {**CALLED, "variables": {"flavour": "old"}, "canary": {"variables": {"flavour": "old"}}},
        "canary.variables.flavour",
    ),
    "media-types-of-no-schema": ({"body_media_types": ["application/json"]}, "body_media_types"),
    "variables-that-nobody-reads": ({"variables": {"flavour": "old"}}, "variables"),
    "variables-of-a-stage-that-nobody-reads": (
        {"stages": {"test": {"variables": {"flavour": "old"}}}},
        "stages.test.variables",
    ),
    "route-above-the-stage": (
        {"keys": {"rate": 10, "burst": 10, "route_throttles": {"GET /orders": {"rate": 11, "burst": 10}}}},
        'keys.route_throttles["GET /orders"].rate',
    ),
    "route-above-the-default": (
        {"keys": {"route_throttles": {"GET /orders": {"rate": 1, "burst": 1_001}}}},
        'keys.route_throttles["GET /orders"].burst',
    ),
    "plan-above-the-stage": (planned({"rate": 501, "burst": 1}), "keys.plans.gold.rate"),
    "route-above-the-plan": (
        planned({"rate": 5, "burst": 5, "route_throttles": {"GET /orders": {"rate": 6, "burst": 5}}}),
        'keys.plans.gold.route_throttles["GET /orders"].rate',
    ),
    "mock-type-without-body": (mock(content_type="text/html"), "default_integration.mock.content_type"),
    "mock-of-no-type": (mock(body="x", content_type="html"), "default_integration.mock.content_type"),
    "builtin-answers-unasked-keys": (
        {"auth": {"authorizers": {"own": {"builtin": {**BUILTIN, "returns_api_key": True}}}}},
        "auth.authorizers.own.builtin.returns_api_key",
    ),
    "quota-of-nothing": (planned({"quota": {"limit": 0, "period": "DAY", "offset": 3}}), "keys.plans.gold.quota.limit"),
}


@pytest.mark.parametrize(("args", "place"), REFUSED.values(), ids=REFUSED)
def test_what_does_nothing_is_refused_once(args, place):
    assert list(problems(args)) == [place]


def test_stages_may_throttle_below_the_plans_that_they_take_over():
    made = gateway({**planned({"rate": 50, "burst": 50}), "stages": {"test": {"keys": {"rate": 5, "burst": 5}}}})

    assert len(made.of("UsagePlan")) == 2


def test_aws_may_have_raised_the_quota_of_authorizers():
    names = [f"a{number}" for number in range(11)]
    auth = {"default": "a0", "authorizers": {name: {"function": {"function": "f"}} for name in names}}
    routes = [{"path": f"/{name}", "auth": name} for name in names]

    assert "auth.authorizers" in problems({"auth": auth, "routes": routes})
    assert gateway({"auth": auth, "routes": routes, "quotas": {"authorizers": 11}}).resources


def test_a_whole_arn_may_be_of_another_account():
    foreign = "arn:aws:lambda:us-east-1:210987654321:function:orders"

    def program():
        functions = {"orders": pulumi.Output.from_input(foreign)}
        return SecureGateway("api", {**MINIMAL, **CALLED, "functions": functions, "plain_arns": True})

    made = deploy(program)
    (permission,) = made.of("Permission")
    assert permission.inputs["function"] == foreign
    assert foreign in json.dumps(made.document)
    with pytest.raises(ValueError, match="a function of eu-west-1:123456789012"):
        deploy(
            lambda: SecureGateway(
                "api", {**MINIMAL, **CALLED, "functions": {"orders": pulumi.Output.from_input(foreign)}}
            )
        )


def test_no_header_may_be_sent_across_origins():
    document = gateway({"cors": {"allow_origins": ["https://a.example.com"], "allow_headers": []}}).document
    answer = document["paths"]["/orders"]["options"]["x-amazon-apigateway-integration"]["responses"]["default"]

    assert "method.response.header.Access-Control-Allow-Headers" not in answer["responseParameters"]


def test_a_mock_answers_no_body_of_a_type_that_it_cannot_read():
    document = gateway(mock(status=204)).document

    assert document["paths"]["/orders"]["get"]["x-amazon-apigateway-integration"]["passthroughBehavior"] == "never"


def test_an_address_that_no_stage_variable_holds_is_told():
    def program():
        url = pulumi.Output.from_input("https://b.example.com/a%20b")
        SecureGateway("api", {**MINIMAL, "default_integration": {"url": url}})

    with pytest.raises(ValueError, match="does not fit a stage variable"):
        deploy(program)


def test_what_was_probably_meant_leads_a_long_list():
    methods = [{"path": "/", "method": "get"}]
    groups = {"managed_groups": ["CommonRuleSet"]}
    found = problems({"waff": {}, "waf": groups, "routes": methods})

    assert found["waff"] == "unknown field; did you mean 'waf'?"
    assert found["waf.managed_groups[0]"].startswith(
        "'CommonRuleSet' is unknown; did you mean 'AWSManagedRulesCommonRuleSet'? Expected one of 'AWS"
    )
    assert found["routes[0].method"].endswith(", got 'get'; did you mean 'GET'?")
