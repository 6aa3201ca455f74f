"""Auth: who gets in without credentials, however the method is declared."""

import json

import pytest
from graphs import UNDECIDED, URN, VIOLATION, api, changed, findings, integration, made, method, statuses

from policypack.graph import UNKNOWN

AUTHENTICATED, STANDALONE = "auth-methods-authenticated", "auth-keys-never-standalone"
EXIST, USED = "auth-authorizers-exist", "auth-authorizers-used"
SIGV4 = {"type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": "awsSigv4"}
LAMBDA = {**SIGV4, "x-amazon-apigateway-authtype": "custom", "x-amazon-apigateway-authorizer": {"type": "token"}}
KEY = {"type": "apiKey", "name": "x-api-key", "in": "header"}
SCHEMES = {"sigv4": SIGV4, "tokens": LAMBDA, "key": KEY, "oidc": {"type": "openIdConnect"}}


def body(operation, schemes=None, root=None, verb="get"):
    document = {
        "openapi": "3.0.1",
        "paths": {"/orders": {verb: operation}},
        "components": {"securitySchemes": SCHEMES if schemes is None else schemes},
        **(root or {}),
    }
    return changed(api=api(body=json.dumps(document)), method=None, path=None)


def swagger(operation):
    document = {"swagger": "2.0", "paths": {"/orders": {"get": operation}}, "securityDefinitions": SCHEMES}
    return changed(api=api(body=json.dumps(document)), method=None, path=None)


def authorizer(name="tokens"):
    return made("apigateway/authorizer:Authorizer", name, restApi="shop-id")


GUARDED = {
    "iam": changed(),
    "custom": changed(authorizer(), method=method(authorization="CUSTOM", authorizerId="tokens-id")),
    "cognito": changed(authorizer(), method=method(authorization="COGNITO_USER_POOLS", authorizerId="tokens-id")),
    "preflight": changed(method("OPTIONS", "NONE"), integration("OPTIONS", "MOCK")),
    "body-iam": body({"security": [{"sigv4": []}]}),
    "body-lambda": body({"security": [{"tokens": []}]}),
    "body-lambda-and-key": body({"security": [{"tokens": []}, {"key": []}]}),
    "body-own-auth": body({"x-amazon-apigateway-auth": {"type": "aws_iam"}}),
    "body-swagger-2": swagger({"security": [{"sigv4": []}]}),
    "body-preflight": body({"x-amazon-apigateway-integration": {"type": "mock"}}, verb="options"),
}


@pytest.mark.parametrize("resources", GUARDED.values(), ids=GUARDED)
def test_a_guarded_method_passes(resources):
    assert findings(AUTHENTICATED, resources) == []
    assert findings(STANDALONE, resources) == []
    assert findings(EXIST, resources) == []


OPEN = {
    "none": changed(method=method(authorization="NONE")),
    "left-out": changed(method=method(authorization=None)),
    "options-with-a-backend": changed(method("OPTIONS", "NONE"), integration("OPTIONS")),
    "body": body({}),
    "body-empty-security": body({"security": []}),
    "body-empty-requirement": body({"security": [{}]}),
    "body-root-security": body({}, root={"security": [{"sigv4": []}]}),
    "body-scheme-that-import-drops": body({"security": [{"oidc": []}]}),
    "body-any-method": body({}, verb="x-amazon-apigateway-any-method"),
    "body-swagger-2": swagger({}),
}


@pytest.mark.parametrize("resources", OPEN.values(), ids=OPEN)
def test_an_open_method_is_found(resources):
    assert statuses(AUTHENTICATED, resources) == [VIOLATION]


def test_the_message_names_method_and_path():
    (found,) = findings(AUTHENTICATED, changed(method=method("DELETE", "NONE")))

    assert found == (VIOLATION, "DELETE /orders takes calls without credentials")


def test_one_open_method_among_many_is_found():
    assert statuses(AUTHENTICATED, changed(method("POST"), method("PUT", "NONE"))) == [VIOLATION]


def test_routes_may_be_public_by_the_setting():
    resources = changed(method=method(authorization="NONE"))

    assert findings(AUTHENTICATED, resources, public=["GET /orders"]) == []
    assert statuses(AUTHENTICATED, resources, public=["POST /orders"]) == [VIOLATION]


@pytest.mark.parametrize(
    "resources",
    [
        pytest.param(changed(method=method(authorization=UNKNOWN)), id="authorization"),
        pytest.param(changed(api=api(body=UNKNOWN), method=None), id="body"),
    ],
)
def test_what_is_not_known_yet_is_undecided(resources):
    assert statuses(AUTHENTICATED, resources) == [UNDECIDED]


BROKEN = {
    "no-json": ("{", "neither JSON nor YAML"),
    "list": ("[]", "no object"),
    "aliases": ("a: &x [1]\nb: *x\n", "aliases"),
    "deep": (json.dumps(json.loads("[" * 500 + "]" * 500)).join(['{"a": ', "}"]), "deep"),
}


@pytest.mark.parametrize(("text", "words"), BROKEN.values(), ids=BROKEN)
def test_a_body_that_cannot_be_read_is_no_pass(text, words):
    ((status, message),) = findings(AUTHENTICATED, changed(api=api(body=text), method=None))

    assert status == VIOLATION
    assert words in message


KEY_ALONE = {
    "method": changed(method=method(authorization="NONE", apiKeyRequired=True)),
    "body": body({"security": [{"key": []}]}),
}


@pytest.mark.parametrize("resources", KEY_ALONE.values(), ids=KEY_ALONE)
def test_a_key_is_no_login(resources):
    assert statuses(STANDALONE, resources) == [VIOLATION]
    # One hole is told once.
    assert findings(AUTHENTICATED, resources) == []


UNCONNECTED = {
    "custom": changed(method=method(authorization="CUSTOM")),
    "cognito": changed(method=method(authorization="COGNITO_USER_POOLS")),
    "undefined-scheme": body({"security": [{"sigv4": []}, {"nobody": []}]}),
}


@pytest.mark.parametrize("resources", UNCONNECTED.values(), ids=UNCONNECTED)
def test_an_authorizer_that_does_not_exist_is_found(resources):
    assert statuses(EXIST, resources) == [VIOLATION]


def test_an_authorizer_that_no_method_uses_is_found():
    used = changed(authorizer(), method=method(authorization="CUSTOM", authorizerId="tokens-id"))
    idle = changed(authorizer("idle"))

    assert findings(USED, used) == []
    assert findings(USED, idle) == [(VIOLATION, "authorizer idle guards no method")]


def test_an_idle_authorizer_of_a_body_is_found():
    assert findings(USED, body({"security": [{"sigv4": []}]})) == [(VIOLATION, "authorizer tokens guards no method")]


def test_an_authorizer_referred_to_by_a_value_to_come_is_followed_by_its_edge():
    tokens = authorizer()
    guarded = method(authorization="CUSTOM", authorizerId=UNKNOWN, edges=[("authorizerId", tokens)])

    assert findings(USED, changed(tokens, method=guarded)) == []
    assert findings(EXIST, changed(tokens, method=guarded)) == []


def test_findings_point_at_the_method():
    from policypack.graph import Graph
    from policypack.judge import judge

    report = judge(Graph(changed(method=method("POST", "NONE"))))
    (found,) = [each for each in report.findings if each.policy == AUTHENTICATED]

    assert found.urn == f"{URN}aws:apigateway/method:Method::orders-post"
    assert found.gateway == f"{URN}aws:apigateway/restApi:RestApi::shop"
