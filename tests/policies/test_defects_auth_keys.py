"""Defects that other tools were measured to miss, by their numbers: each is found by its rule, with both providers."""

import json
from dataclasses import replace

import pytest
from graphs import URN, VIOLATION, made, settings, statuses
from graphs import api as rest_api
from graphs import method as rest_method
from graphs import stage as rest_stage

from policypack.graph.graph import Resource

PATH = made("apigateway/resource:Resource", "orders", restApi="shop-id", parentId="root", pathPart="{proxy+}")


def native(type_, label, /, *, outputs=None, **inputs):
    return Resource(
        urn=f"{URN}aws-native:{type_}::{label}",
        type=f"aws-native:{type_}",
        name=label,
        id=f"{label}-id",
        inputs=inputs,
        outputs=outputs or {},
    )


REST = native("apigateway:RestApi", "shop", outputs={"restApiId": "shop-id"}, name="shop")
NATIVE_PATH = native(
    "apigateway:Resource",
    "orders",
    outputs={"resourceId": "orders-id"},
    restApiId="shop-id",
    parentId="root",
    pathPart="{proxy+}",
)


def native_method(verb="GET", **inputs):
    return native("apigateway:Method", "orders", restApiId="shop-id", resourceId="orders-id", httpMethod=verb, **inputs)


def http(kind="HTTP", **inputs):
    return made("apigatewayv2/api:Api", "shop", protocolType=kind, name="shop", **inputs)


def native_http(kind="HTTP", **inputs):
    return native("apigatewayv2:Api", "shop", outputs={"apiId": "shop-id"}, protocolType=kind, name="shop", **inputs)


def route(key, **inputs):
    return made("apigatewayv2/route:Route", key, apiId="shop-id", routeKey=key, **inputs)


def native_route(key, **inputs):
    return native("apigatewayv2:Route", key, apiId="shop-id", routeKey=key, **inputs)


OPEN_BODY = {"openapi": "3.0.1", "paths": {"/orders": {"get": {"responses": {}}}}}
GUARDED_BY = {"authorization": "CUSTOM", "authorizerId": "tokens-id"}
JWT = {"issuer": "https://issuer.example.com"}
PLAIN_KEY = "abcdefghij0123456789"

DEFECTS = {
    "01-operation-of-a-body-without-security": (
        "auth-methods-authenticated",
        [rest_api(body=json.dumps(OPEN_BODY))],
        [replace(REST, inputs={"name": "shop", "body": OPEN_BODY})],
    ),
    "02-any-proxy-without-authorization": (
        "auth-methods-authenticated",
        [rest_api(), PATH, rest_method("ANY", "NONE")],
        [REST, NATIVE_PATH, native_method("ANY", authorizationType="NONE")],
    ),
    "03-key-alone": (
        "auth-keys-never-standalone",
        [rest_api(), PATH, rest_method("GET", "NONE", apiKeyRequired=True)],
        [REST, NATIVE_PATH, native_method(authorizationType="NONE", apiKeyRequired=True)],
    ),
    "06-request-authorizer-keeps-answers-without-identity-source": (
        "auth-authorizer-cache-keyed-by-caller",
        [
            rest_api(),
            made(
                "apigateway/authorizer:Authorizer",
                "tokens",
                restApi="shop-id",
                type="REQUEST",
                identitySource="",
                authorizerResultTtlInSeconds=3600,
            ),
        ],
        [
            REST,
            native(
                "apigateway:Authorizer",
                "tokens",
                restApiId="shop-id",
                type="REQUEST",
                authorizerResultTtlInSeconds=3600,
            ),
        ],
    ),
    "14-plan-that-limits-nothing": (
        "keys-plans-have-limits",
        [made("apigateway/usagePlan:UsagePlan", "gold", apiStages=[{"apiId": "shop-id", "stage": "live"}])],
        [native("apigateway:UsagePlan", "gold", apiStages=[{"apiId": "shop-id", "stage": "live"}])],
    ),
    "15-key-without-plan": (
        "keys-keys-in-usage-plan",
        [made("apigateway/apiKey:ApiKey", "acme", value=PLAIN_KEY)],
        [native("apigateway:ApiKey", "acme", value=PLAIN_KEY, enabled=True)],
    ),
    "15-key-written-down": (
        "keys-key-values-generated",
        [made("apigateway/apiKey:ApiKey", "acme", value=PLAIN_KEY)],
        [native("apigateway:ApiKey", "acme", value=PLAIN_KEY, enabled=True)],
    ),
    "16-jwt-without-audience": (
        "auth-jwt-audience-named",
        [
            http(),
            made(
                "apigatewayv2/authorizer:Authorizer",
                "users",
                apiId="shop-id",
                authorizerType="JWT",
                identitySources=["$request.header.Authorization"],
                jwtConfiguration=JWT,
            ),
        ],
        [
            native_http(),
            native(
                "apigatewayv2:Authorizer",
                "users",
                apiId="shop-id",
                authorizerType="JWT",
                identitySource=["$request.header.Authorization"],
                jwtConfiguration=JWT,
            ),
        ],
    ),
    "18-api-made-in-one-call": (
        "auth-methods-authenticated",
        [http(target="arn:aws:lambda:eu-west-1:123456789012:function:shop")],
        [native_http(target="arn:aws:lambda:eu-west-1:123456789012:function:shop")],
    ),
    "19-connect-without-login": (
        "auth-methods-authenticated",
        [http("WEBSOCKET"), route("$connect", authorizationType="NONE"), route("$default")],
        [native_http("WEBSOCKET"), native_route("$connect", authorizationType="NONE"), native_route("$default")],
    ),
    "25-custom-without-authorizer": (
        "auth-authorizers-exist",
        [rest_api(), PATH, rest_method("GET", "CUSTOM")],
        [REST, NATIVE_PATH, native_method(authorizationType="CUSTOM")],
    ),
    "26-cognito-without-scopes": (
        "auth-write-methods-require-scopes",
        [
            rest_api(),
            PATH,
            made("apigateway/authorizer:Authorizer", "tokens", restApi="shop-id", type="COGNITO_USER_POOLS"),
            rest_method("POST", "COGNITO_USER_POOLS", authorizerId="tokens-id"),
        ],
        [
            REST,
            NATIVE_PATH,
            native(
                "apigateway:Authorizer",
                "tokens",
                outputs={"authorizerId": "tokens-id"},
                restApiId="shop-id",
                type="COGNITO_USER_POOLS",
            ),
            native_method("POST", authorizationType="COGNITO_USER_POOLS", authorizerId="tokens-id"),
        ],
    ),
    "27-throttling-off": (
        "keys-stages-throttled",
        [rest_api(), rest_stage(), settings(throttlingRateLimit=-1, throttlingBurstLimit=-1)],
        [
            REST,
            native(
                "apigateway:Stage",
                "live",
                restApiId="shop-id",
                stageName="live",
                methodSettings=[
                    {
                        "httpMethod": "*",
                        "resourcePath": "/*",
                        "throttlingRateLimit": -1,
                        "throttlingBurstLimit": -1,
                    }
                ],
            ),
        ],
    ),
}
CASES = {
    f"{name}-{provider}": (policy, resources)
    for name, (policy, classic, twin) in DEFECTS.items()
    for provider, resources in (("aws", classic), ("aws-native", twin))
}


@pytest.mark.parametrize(("policy", "resources"), CASES.values(), ids=CASES)
def test_it_is_found(policy, resources):
    assert statuses(policy, resources) == [VIOLATION]


def test_the_value_of_a_key_is_never_repeated():
    from policypack.evaluation.evaluate import evaluate
    from policypack.graph.graph import Graph

    report = evaluate(Graph([made("apigateway/apiKey:ApiKey", "acme", value=PLAIN_KEY)]))

    assert report.findings
    assert PLAIN_KEY not in str(report)
