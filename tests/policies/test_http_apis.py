"""HTTP and WebSocket APIs: their own ways to be open, and what is right for them alone."""

import json

import pytest
from graphs import UNDECIDED, VIOLATION, findings, made, statuses

from policypack.evaluation.evaluate import evaluate, evaluate_resource
from policypack.graph.graph import Graph
from policypack.graph.values import UNKNOWN

AUTHENTICATED, STANDALONE = "auth-methods-authenticated", "auth-keys-never-standalone"
EXIST, USED = "auth-authorizers-exist", "auth-authorizers-used"
HEADER = "$request.header.Authorization"


def api(kind="HTTP", **inputs):
    return made("apigatewayv2/api:Api", "shop", protocolType=kind, name="shop", **inputs)


def route(key, how=None, **inputs):
    given = {"authorizationType": how, **inputs}
    return made(
        "apigatewayv2/route:Route",
        key,
        apiId="shop-id",
        routeKey=key,
        **{name: value for name, value in given.items() if value is not None},
    )


def authorizer(kind="JWT", name="users", **inputs):
    jwt = {"audiences": ["shop"], "issuer": "https://issuer.example.com"} if kind == "JWT" else None
    kept = {"apiId": "shop-id", "authorizerType": kind, "identitySources": [HEADER], "jwtConfiguration": jwt}
    given = {key: value for key, value in {**kept, **inputs}.items() if value is not None}
    return made("apigatewayv2/authorizer:Authorizer", name, **given)


def stage(name="$default", **inputs):
    return made("apigatewayv2/stage:Stage", name, apiId="shop-id", name=name, **inputs)


def body(operation, root=None, schemes=None, verb="get"):
    jwt = {
        "type": "oauth2",
        "x-amazon-apigateway-authorizer": {
            "type": "jwt",
            "identitySource": HEADER,
            "jwtConfiguration": {"issuer": "https://issuer.example.com", "audience": ["shop"]},
        },
    }
    document = {
        "openapi": "3.0.1",
        "paths": {"/orders": {verb: operation}},
        "components": {"securitySchemes": {"users": jwt} if schemes is None else schemes},
        **(root or {}),
    }
    return [api(body=json.dumps(document))]


JWT_ROUTE = route("GET /orders", "JWT", authorizerId="users-id")
GUARDED = {
    "jwt": [api(), authorizer(), JWT_ROUTE],
    "iam": [api(), route("$default", "AWS_IAM")],
    "lambda": [api(), authorizer("REQUEST"), route("ANY /{proxy+}", "CUSTOM", authorizerId="users-id")],
    "body": body({"security": [{"users": []}]}),
    "preflight-that-the-api-answers": [api(corsConfiguration={"allowOrigins": ["*"]}), route("OPTIONS /{proxy+}")],
    "preflight-of-origins-to-come": [api(corsConfiguration={"allowOrigins": UNKNOWN}), route("OPTIONS /{proxy+}")],
    "websocket": [api("WEBSOCKET"), route("$connect", "AWS_IAM"), route("$default"), route("send", "NONE")],
}


@pytest.mark.parametrize("resources", GUARDED.values(), ids=GUARDED)
def test_a_guarded_route_passes(resources):
    assert findings(AUTHENTICATED, resources) == []
    assert findings(EXIST, resources) == []


OPEN = {
    "left-out": ([api(), route("GET /orders")], "GET /orders accepts requests without credentials"),
    "default": ([api(), route("$default", "NONE")], "$default accepts requests without credentials"),
    "authorizer-not-asked": (
        [api(), authorizer(), route("GET /orders", "NONE", authorizerId="users-id")],
        "refers to an authorizer, but its authorization NONE ignores it",
    ),
    "options-with-a-backend": ([api(), route("OPTIONS /orders")], "OPTIONS /orders accepts requests"),
    "options-beside-cors-that-says-nothing": ([api(corsConfiguration={}), route("OPTIONS /orders")], "OPTIONS /orders"),
    "one-call": ([api(target="https://backend.example.com")], "$default accepts requests without credentials"),
    "one-call-with-a-key": ([api(target="https://x.example", routeKey="GET /x")], "GET /x accepts requests"),
    "body": (body({}), "GET /orders accepts requests without credentials"),
    "body-empty": (body({"security": []}, root={"security": [{"users": []}]}), "GET /orders accepts requests"),
    "body-scheme-without-authorizer": (
        body({"security": [{"users": []}]}, schemes={"users": {"type": "http", "scheme": "bearer"}}),
        "import makes no authorizer",
    ),
    "body-key": (
        body({"security": [{"key": []}]}, schemes={"key": {"type": "apiKey", "in": "header", "name": "x-api-key"}}),
        "import makes no authorizer",  # HTTP APIs have no keys
    ),
    "connect": ([api("WEBSOCKET"), route("$connect")], "$connect accepts requests without credentials"),
    "no-connect-at-all": ([api("WEBSOCKET"), route("$default")], "there is no such route"),
}


@pytest.mark.parametrize(("resources", "words"), OPEN.values(), ids=OPEN)
def test_an_open_route_is_found(resources, words):
    ((status, message),) = findings(AUTHENTICATED, resources)

    assert status == VIOLATION
    assert words in message


LATER = {
    "authorization": [api(), route("GET /orders", UNKNOWN)],
    "body": [api(body=UNKNOWN)],
    "root-security": body({}, root={"security": [{"users": []}]}),
    "route-of-an-api-to-come": [
        api("WEBSOCKET"),
        route("$default"),
        made("apigatewayv2/route:Route", "other", apiId=UNKNOWN, routeKey="$connect", authorizationType="AWS_IAM"),
    ],
}


@pytest.mark.parametrize("resources", LATER.values(), ids=LATER)
def test_what_is_not_known_yet_is_undecided(resources):
    assert statuses(AUTHENTICATED, resources) == [UNDECIDED]


UNFIT = {
    "none": ([api(), route("GET /x", "JWT")], "refers to none"),
    "another-kind": ([api(), authorizer("REQUEST"), JWT_ROUTE], "of type REQUEST"),
    "another-api": (
        [api(), made("apigatewayv2/api:Api", "other", protocolType="HTTP"), authorizer(apiId="other-id"), JWT_ROUTE],
        "of another API",
    ),
    "undefined-scheme": (body({"security": [{"nobody": []}]}), "does not define"),
}


@pytest.mark.parametrize(("resources", "words"), UNFIT.values(), ids=UNFIT)
def test_an_authorizer_that_does_not_fit_is_found(resources, words):
    ((status, message),) = findings(EXIST, resources)

    assert status == VIOLATION
    assert words in message


def test_an_authorizer_to_come_or_from_elsewhere_is_undecided_and_with_its_api_it_is_believed():
    assert statuses(EXIST, [api(), route("GET /x", "JWT", authorizerId=UNKNOWN)]) == [UNDECIDED]
    assert statuses(EXIST, [api(), route("GET /x", "JWT", authorizerId="elsewhere")]) == [UNDECIDED]
    assert findings(EXIST, [route("GET /x", "JWT", authorizerId="elsewhere")]) == []


def test_a_key_of_a_websocket_is_no_login_and_one_of_an_http_api_is_nothing():
    assert statuses(STANDALONE, [api("WEBSOCKET"), route("$connect", apiKeyRequired=True)]) == [VIOLATION]
    assert findings(STANDALONE, [api(), route("GET /x", apiKeyRequired=True)]) == []
    assert statuses(AUTHENTICATED, [api(), route("GET /x", apiKeyRequired=True)]) == [VIOLATION]


def test_an_idle_authorizer_is_found():
    assert statuses(USED, [api(), authorizer()]) == [VIOLATION]
    assert findings(USED, [api(), authorizer(), JWT_ROUTE]) == []


SETTINGS = {
    "sound": ({}, []),
    "rate-of-zero": ({"defaultRouteSettings": {"throttlingBurstLimit": 10}}, []),  # which another policy reports
    "unlimited-burst": (
        {"defaultRouteSettings": {"throttlingBurstLimit": -1, "throttlingRateLimit": 5}},
        [VIOLATION],
    ),
    "none": ({"defaultRouteSettings": None}, [VIOLATION]),
    "lifted": ({"routeSettings": [{"routeKey": "GET /x", "throttlingRateLimit": -1}]}, [VIOLATION]),
    "later": ({"defaultRouteSettings": UNKNOWN}, [UNDECIDED]),
}


@pytest.mark.parametrize(("inputs", "wanted"), SETTINGS.values(), ids=SETTINGS)
def test_throttling_stands_in_the_default_route_settings(inputs, wanted):
    kept = {"defaultRouteSettings": {"throttlingBurstLimit": 10, "throttlingRateLimit": 5}}

    assert statuses("keys-stages-throttled", [api(), stage(**{**kept, **inputs})]) == wanted


def test_an_api_made_in_one_call_has_a_stage():
    report = evaluate(Graph([api(target="https://backend.example.com")]))

    assert [(each.kind, each.stages) for each in report.gateways] == [("HTTP", ("$default",))]
    assert statuses("keys-stages-throttled", [api(target="https://backend.example.com")]) == [VIOLATION]


def test_what_only_rest_apis_can_have_is_not_asked_for():
    report = evaluate(Graph([api(), authorizer(), JWT_ROUTE, stage()]))
    found = {each.policy for each in report.findings}

    assert not found & {
        *("network-callers-restricted", "tls-endpoints-minimum-version", "observability-execution-logs-enabled"),
        *("observability-xray-enabled", "observability-logging-role-set", "keys-stages-have-usage-plan"),
    }


def test_routes_of_an_api_of_another_stack_are_judged():
    assert statuses(AUTHENTICATED, [route("GET /x")]) == [VIOLATION]
    assert findings(AUTHENTICATED, [route("GET /x", "AWS_IAM")]) == []
    assert findings(AUTHENTICATED, [route("$connect", "AWS_IAM"), route("$default")]) == []
    assert statuses(AUTHENTICATED, [route("$default")]) == [UNDECIDED]


def test_a_route_by_itself_is_not_blocked_for_what_comes_later():
    """A resource is seen alone before it is made; its API and its integration may be there and may not."""
    for resource in (route("OPTIONS /x"), route("$default"), api("WEBSOCKET")):
        assert evaluate_resource(resource).findings == ()
    for resource in (route("GET /x"), route("$connect")):
        assert [each.policy for each in evaluate_resource(resource).findings] == [AUTHENTICATED]


def test_a_report_does_not_speak_of_a_policy_that_http_apis_cannot_have():
    (summary,) = evaluate(Graph([api(), stage()])).gateways

    assert summary.layers["network"] == ()
