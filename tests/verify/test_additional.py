"""What AWS has in addition to a stack, with faked responses."""

import json

import pytest

from policypack.graph.graph import Graph, Resource
from policypack.verify.additional import LISTINGS
from policypack.verify.aws import AbsentError, Call, NotAskedError, cached
from policypack.verify.table import ROWS
from policypack.verify.verify import verified

URN = "urn:pulumi:live::shop::"
ARN = "arn:aws:lambda:us-east-1:123456789012:function:orders"


def made(type_, id_, label="it", **outputs):
    return Resource(urn=f"{URN}{type_}::{label}", type=type_, name=label, id=id_, outputs=outputs)


API = made("aws:apigateway/restApi:RestApi", "api1")
HTTP_API = made("aws:apigatewayv2/api:Api", "h1")
DOMAIN = made("aws:apigateway/domainName:DomainName", "api.example.com", domainName="api.example.com")
HTTP_DOMAIN = made("aws:apigatewayv2/domainName:DomainName", "api.example.com", domainName="api.example.com")
MAPPING = made(
    "aws:apigateway/basePathMapping:BasePathMapping", "m1", domainName="api.example.com", basePath="v1", restApi="api1"
)
API_MAPPING = made(
    "aws:apigatewayv2/apiMapping:ApiMapping", "m2", domainName="api.example.com", apiMappingKey="v2", apiId="h1"
)
STAGE = made("aws:apigateway/stage:Stage", "s1", restApi="api1", stageName="live")
HTTP_STAGE = made("aws:apigatewayv2/stage:Stage", "live", apiId="h1", name="live")
SETTINGS = made(
    "aws:apigateway/methodSettings:MethodSettings", "ms", restApi="api1", stageName="live", methodPath="orders/GET"
)
PLAN = made("aws:apigateway/usagePlan:UsagePlan", "p1", apiStages=[{"apiId": "api1", "stage": "live"}])
PLAN_KEY = made("aws:apigateway/usagePlanKey:UsagePlanKey", "k1", usagePlanId="p1", keyId="k1")
ROUTE = made("aws:apigatewayv2/route:Route", "r1", apiId="h1", routeKey="GET /orders")
FUNCTION = made("aws:lambda/function:Function", "orders", name="orders", arn=ARN)
PERMISSION = made("aws:lambda/permission:Permission", "gw", function=ARN, statementId="gw")
POOL = made("aws:cognito/userPool:UserPool", "us-east-1_abc")
CLIENT = made("aws:cognito/userPoolClient:UserPoolClient", "c1", userPoolId="us-east-1_abc")
PROVIDER = made("aws:cognito/identityProvider:IdentityProvider", "i", userPoolId="us-east-1_abc", providerName="Corp")


def statements(*sids):
    caller = {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Principal": {"AWS": "*"}}
    return {"Policy": json.dumps({"Statement": [{**caller, "Sid": sid} for sid in sids]})}


def plan(id_, api):
    return {"id": id_, "name": f"plan-{id_}", "apiStages": [{"apiId": api, "stage": "live"}]}


CASES = {
    "get_base_path_mappings": (
        DOMAIN,
        MAPPING,
        {"items": [{"basePath": "v1", "restApiId": "api1"}]},
        {"items": [{"basePath": "(none)", "restApiId": "api1", "stage": "live"}]},
        "base path / is in AWS and not in the state, and leads to stage live of API api1",
    ),
    "get_api_mappings": (
        HTTP_DOMAIN,
        API_MAPPING,
        {"Items": [{"ApiMappingKey": "v2", "ApiId": "h1"}]},
        {"Items": [{"ApiMappingKey": "a/b", "ApiId": "h1", "Stage": "live"}]},
        "base path /a/b is in AWS and not in the state, and leads to stage live of API h1",
    ),
    "get_stages": (
        API,
        STAGE,
        {"item": [{"stageName": "live"}]},
        {"item": [{"stageName": "debug"}]},
        "stage debug is in AWS and not in the state",
    ),
    "get_stages of HTTP": (
        HTTP_API,
        HTTP_STAGE,
        {"Items": [{"StageName": "live"}]},
        {"Items": [{"StageName": "$default"}]},
        "stage $default is in AWS and not in the state",
    ),
    "get_stage": (
        STAGE,
        SETTINGS,
        {"methodSettings": {"orders/GET": {}}},
        {"methodSettings": {"~1orders~1{id}/POST": {}}},
        "method settings of orders/{id}/POST is in AWS and not in the state",
    ),
    "get_usage_plans": (
        API,
        PLAN,
        {"items": [plan("p1", "api1"), plan("other", "api2")]},
        {"items": [plan("p2", "api1")]},
        "usage plan plan-p2 is in AWS and not in the state, and is a plan of live",
    ),
    "get_usage_plan_keys": (
        PLAN,
        PLAN_KEY,
        {"items": [{"id": "k1", "name": "ours", "value": "secret-1"}]},
        {"items": [{"id": "k2", "name": "guest", "value": "secret-2"}]},
        "API key guest is in AWS and not in the state",
    ),
    "get_routes": (
        HTTP_API,
        ROUTE,
        {"Items": [{"RouteId": "r1", "RouteKey": "GET /orders"}]},
        {"Items": [{"RouteId": "r2", "RouteKey": "GET /all", "AuthorizationType": "NONE"}]},
        "GET /all is in AWS and not in the state, and accepts requests without credentials",
    ),
    "get_policy": (
        FUNCTION,
        PERMISSION,
        statements("gw"),
        statements("anyone"),
        "permission anyone is in AWS and not in the state, and permits * to call lambda:InvokeFunction",
    ),
    "list_user_pool_clients": (
        POOL,
        CLIENT,
        {"UserPoolClients": [{"ClientId": "c1", "ClientName": "web"}]},
        {"UserPoolClients": [{"ClientId": "c2", "ClientName": "guest"}]},
        "app client guest is in AWS and not in the state",
    ),
    "list_identity_providers": (
        POOL,
        PROVIDER,
        {"Providers": [{"ProviderName": "Corp"}]},
        {"Providers": [{"ProviderName": "Elsewhere"}]},
        "identity provider Elsewhere is in AWS and not in the state, and its users can sign in",
    ),
}
"""By operation: the parent, what belongs to it, the response for an equal stack, what is additional, the message."""
ALONE = {"get_stage": "no", "list_identity_providers": "no", "get_policy": ""} | dict.fromkeys(
    ("get_base_path_mappings", "get_api_mappings"), "no"
)
"""What something additional is if the state has none of its kind; undecided if it is not in here."""


def of_listing(name):
    """The responses of AWS for a case; what no case is about is equal to the state."""
    operation = name.partition(" ")[0]
    return operation, CASES[name]


def joined(one, other):
    return {
        key: {**value, **other[key]}
        if isinstance(value, dict)
        else [*value, *other[key]]
        if isinstance(value, list)
        else json.dumps({"Statement": [*json.loads(value)["Statement"], *json.loads(other[key])["Statement"]]})
        for key, value in one.items()
    }


def found(resources, operation, response, others=()):
    def ask(call: Call):
        if call.operation == "get_caller_identity":
            return {}
        if call.operation != operation:
            raise AbsentError("nothing")
        if isinstance(response, Exception):
            raise response
        return response

    result = verified(Graph(resources), cached(ask), [Graph(each) for each in others])
    additional = [
        each for each in result.verified if "not in the state" in each.same.reason or "none in" in each.same.reason
    ]
    return [(each.same, f"{each.label} {each.same.reason}") for each in additional]


def test_every_listing_has_a_case():
    assert sorted((CASES[name][0].type, name.partition(" ")[0]) for name in CASES) == sorted(
        (each.parent, each.operation) for each in LISTINGS
    )
    assert {each.parent for each in LISTINGS} <= {*ROWS, FUNCTION.type}


@pytest.mark.parametrize("name", CASES)
def test_what_aws_has_in_addition_is_found(name):
    operation, (parent, child, same, more, words) = of_listing(name)
    resources = [parent, child, API, HTTP_API]
    resources = list({each.urn: each for each in resources}.values())
    assert found(resources, operation, same) == []
    ((fact, text),) = found(resources, operation, joined(same, more))
    assert text == words
    assert fact.is_no
    assert "secret" not in text


@pytest.mark.parametrize("name", CASES)
def test_what_another_given_state_has_is_not_additional(name):
    operation, (parent, child, _, more, _) = of_listing(name)
    key = {
        "basePath": "",
        "apiMappingKey": "a/b",
        "stageName": "debug",
        "methodPath": "orders/{id}/POST",
        "keyId": "k2",
        "statementId": "anyone",
        "providerName": "Elsewhere",
    }
    ids = {PLAN.type: "p2", ROUTE.type: "r2", CLIENT.type: "c2"}
    outputs = {property_: key.get(property_, value) for property_, value in child.outputs.items()}
    if child is HTTP_STAGE:
        outputs["name"] = "$default"
    if child is SETTINGS:
        outputs["stageName"] = "live"
    other = made(child.type, ids.get(child.type, child.id), **outputs)
    assert found([parent, child, API, HTTP_API], operation, more, [[other]]) == []


@pytest.mark.parametrize("name", CASES)
def test_if_the_state_has_none_another_stack_may_have_them(name):
    operation, (parent, _, _, more, _) = of_listing(name)
    resources = [parent] if parent in (API, HTTP_API) else [parent, API, HTTP_API]
    facts = found(resources, operation, more)
    expected = ALONE.get(name, "undecided")
    assert ["no" if fact.is_no else "undecided" for fact, _ in facts] == ([expected] if expected else [])


@pytest.mark.parametrize("parent", [DOMAIN, HTTP_DOMAIN])
def test_a_base_path_that_leads_to_an_api_of_no_given_state_is_undecided(parent):
    operation = "get_base_path_mappings" if parent is DOMAIN else "get_api_mappings"
    held = {
        "items": [{"basePath": "billing", "restApiId": "b1"}],
        "Items": [{"ApiMappingKey": "billing", "ApiId": "b1"}],
    }
    ((fact, text),) = found([parent, API], operation, held)
    assert not fact.is_no
    assert text.endswith("and leads to stage * of API b1, which is in no given state")
    assert found([parent, API], operation, held, [[made(API.type, "b1")]])[0][0].is_no


def test_the_default_stage_of_an_api_with_a_target_is_its_own():
    api = made(HTTP_API.type, "h1", target=ARN)
    assert found([api, HTTP_STAGE], "get_stages", {"Items": [{"StageName": "$default"}]}) == []


@pytest.mark.parametrize("name", CASES)
def test_what_cannot_be_listed_is_undecided_and_never_equal(name):
    operation, (parent, child, *_) = of_listing(name)

    def ask(call: Call):
        if call.operation == operation:
            raise NotAskedError("AWS denied the call")
        raise AbsentError("nothing")

    result = verified(Graph([parent, child]), lambda call: {} if call.service == "sts" else ask(call))
    undecided = [each for each in result.verified if each.subject.startswith("additional")]
    assert "AWS denied the call" in [each.same.reason for each in undecided]


@pytest.mark.parametrize("function", ["orders", ARN, f"{ARN}:live", "123456789012:function:orders"])
def test_a_permission_belongs_to_its_function_however_it_is_named(function):
    own = made(PERMISSION.type, "gw", function=function, statementId="gw")
    assert found([FUNCTION, own], "get_policy", statements("gw")) == []
