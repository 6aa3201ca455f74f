"""Auth: who gets in without credentials, however the method is declared."""

import json
from dataclasses import replace

import native_graphs
import pytest
from graphs import (
    ORDERS_FUNCTION,
    UNDECIDED,
    URN,
    VIOLATION,
    api,
    changed,
    findings,
    integration,
    made,
    method,
    permission_for,
    stage,
    statuses,
)
from http_graphs import distribution, http_api
from native_graphs import SOUND, evaluated, native, native_statuses, outcome
from provider_parts import BARE_NATIVE_API

from policypack.graph.values import UNKNOWN

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


def authorizer(name="tokens", kind="TOKEN", **inputs):
    return made("apigateway/authorizer:Authorizer", name, restApi="shop-id", type=kind, **inputs)


GUARDED = {
    "iam": changed(),
    "custom": changed(authorizer(), method=method(authorization="CUSTOM", authorizerId="tokens-id")),
    "cognito": changed(
        authorizer(kind="COGNITO_USER_POOLS"),
        method=method(authorization="COGNITO_USER_POOLS", authorizerId="tokens-id"),
    ),
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

    assert found == (VIOLATION, "DELETE /orders accepts requests without credentials")


def test_one_open_method_among_many_is_found():
    assert statuses(AUTHENTICATED, changed(method("POST"), method("PUT", "NONE"))) == [VIOLATION]


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
    assert findings(USED, idle) == [(VIOLATION, "authorizer idle is used by no method")]


def test_an_idle_authorizer_of_a_body_is_found():
    assert findings(USED, body({"security": [{"sigv4": []}]})) == [
        (VIOLATION, "authorizer tokens is used by no method")
    ]


def test_an_authorizer_referred_to_by_a_value_to_come_is_followed_by_its_edge():
    tokens = authorizer()
    guarded = method(authorization="CUSTOM", authorizerId=UNKNOWN, edges=[("authorizerId", tokens)])

    assert findings(USED, changed(tokens, method=guarded)) == []
    assert findings(EXIST, changed(tokens, method=guarded)) == []


def test_findings_point_at_the_method():
    from policypack.evaluation.evaluate import evaluate
    from policypack.graph.graph import Graph

    report = evaluate(Graph(changed(method=method("POST", "NONE"))))
    (found,) = [each for each in report.findings if each.policy == AUTHENTICATED]

    assert found.urn == f"{URN}aws:apigateway/method:Method::orders-post"
    assert found.gateway == f"{URN}aws:apigateway/restApi:RestApi::shop"


CACHED, BRIEF, FILTERED = (
    "auth-authorizer-cache-keyed-by-caller",
    "auth-authorizer-cache-ttl-limited",
    "auth-token-validation-expression-set",
)
INVOCABLE, AUDIENCE = "auth-authorizers-invocable", "auth-jwt-audience-named"
CARRIED, SCOPES = "auth-tokens-sent-securely", "auth-write-methods-require-scopes"


def asking(**inputs):
    return changed(authorizer(kind="REQUEST", **inputs))


KEYS = {
    "header": ({"identitySource": "method.request.header.Authorization"}, []),
    "several": ({"identitySource": "context.path, method.request.querystring.token"}, []),
    "address": ({"identitySource": "context.identity.sourceIp"}, [VIOLATION]),
    "network": ({"identitySource": "context.identity.vpcId,context.identity.vpceId"}, [VIOLATION]),
    "forwarded": ({"identitySource": "method.request.header.X-Forwarded-For"}, [VIOLATION]),
    "request-id": ({"identitySource": "method.request.header.X-Request-Id"}, [VIOLATION]),
    "multivalue": ({"identitySource": "method.request.multivalueheader.X-Forwarded-For"}, [VIOLATION]),
    "address-and-token": ({"identitySource": "context.identity.sourceIp,method.request.header.Authorization"}, []),
    "api-key": ({"identitySource": "context.identity.apiKey"}, []),
    "certificate": ({"identitySource": "context.identity.clientCert.clientCertPem"}, []),
    "header-of-its-own": ({"identitySource": "method.request.header.X-Shop"}, [UNDECIDED]),
    **{
        name: ({"identitySource": f"method.request.header.{name}"}, wanted)
        for names, wanted in (
            (
                "X-Partner-Token accesstoken X-Api-Key Cookie X-Signature X-Session-Id X-Auth jwt X-OIDC-Data",
                [],
            ),
            ("X-Version X-Tenant X-Device X-Token-Type X-Region userid X-Key-Id X-Plan X-Customer", [UNDECIDED]),
            ("X-Idempotency-Key X-Page-Token nexttoken X-CSRF-Token X-Cache-Key Accept X-Amzn-Trace-Id", [VIOLATION]),
        )
        for name in names.split()
    },
    "query": ({"identitySource": "method.request.querystring.v"}, [UNDECIDED]),
    "position": ({"identitySource": "method.request.querystring.exclusiveStartKey"}, [VIOLATION]),
    "api-key-id": ({"identitySource": "context.identity.apiKeyId"}, [VIOLATION]),
    "route": ({"identitySource": "context.resourcePath,context.httpMethod"}, [VIOLATION]),
    "the-provider's-default": ({}, []),
    "never-kept": ({"identitySource": "context.path", "authorizerResultTtlInSeconds": 0}, []),
    "path": ({"identitySource": "context.path"}, [VIOLATION]),
    "host": ({"identitySource": "method.request.header.Host, context.path"}, [VIOLATION]),
    "client": ({"identitySource": "method.request.header.User-Agent"}, [VIOLATION]),
    "client-and-caller": ({"identitySource": "method.request.header.Host,method.request.header.X-Token"}, []),
    "stage-variable": ({"identitySource": "stageVariables.tenant"}, [VIOLATION]),
    "none": ({"identitySource": ""}, [VIOLATION]),
    "later": ({"identitySource": UNKNOWN}, [UNDECIDED]),
    "perhaps-kept": ({"identitySource": "context.path", "authorizerResultTtlInSeconds": UNKNOWN}, [UNDECIDED]),
}


@pytest.mark.parametrize(("inputs", "wanted"), KEYS.values(), ids=KEYS)
def test_decisions_on_one_caller_do_not_count_for_another(inputs, wanted):
    assert statuses(CACHED, asking(**inputs)) == wanted


def test_tokens_are_read_from_a_header_that_can_hold_them():
    token = authorizer(kind="TOKEN", identitySource="method.request.header.User-Agent")
    tenant = authorizer(kind="TOKEN", identitySource="method.request.header.X-Tenant")

    assert statuses(CACHED, changed(token)) == [VIOLATION]
    assert statuses(CACHED, changed(tenant)) == [UNDECIDED]
    assert findings(CACHED, changed(replace(token, inputs={**token.inputs, "authorizerResultTtlInSeconds": 0}))) == []


def test_a_body_s_authorizers_keep_decisions_too():
    request = {"type": "request", "authorizerUri": "arn:x", "authorizerResultTtlInSeconds": 3600}
    schemes = {"tokens": {**SIGV4, "x-amazon-apigateway-authtype": "custom", "x-amazon-apigateway-authorizer": request}}
    resources = body({"security": [{"tokens": []}]}, schemes)

    assert statuses(CACHED, resources) == [VIOLATION]
    assert statuses(BRIEF, resources) == [VIOLATION]


def test_decisions_are_kept_briefly():
    assert findings(BRIEF, asking()) == []
    assert statuses(BRIEF, asking(authorizerResultTtlInSeconds=3600)) == [VIOLATION]
    assert findings(BRIEF, asking(authorizerResultTtlInSeconds=3600), most_seconds=3600) == []
    assert statuses(BRIEF, asking(authorizerResultTtlInSeconds=UNKNOWN)) == [UNDECIDED]


@pytest.mark.parametrize(
    ("expression", "wanted"),
    [
        *(
            (each, [])
            for each in ("^Bearer .+$", r"^[\w-]+\.[\w-]+\.[\w-]+$", "[A-Za-z0-9]{32}", r"\S+", r"\p{Alnum}+")
        ),
        *(
            (each, [VIOLATION])
            for each in ("", ".*", "^.+$", "(?s).*", r"[\s\S]*", "(.|x)*", ".{8,}", "^$|.+", "(?i)^.*$")
        ),
        *((each, [UNDECIDED]) for each in (r"\p{IsGreek}+", "[")),
    ],
)
def test_malformed_tokens_are_refused_before_the_function(expression, wanted):
    assert statuses(FILTERED, changed(authorizer(identityValidationExpression=expression))) == wanted


def test_only_tokens_are_filtered():
    assert statuses(FILTERED, changed(authorizer())) == [VIOLATION]
    assert findings(FILTERED, changed(authorizer(identityValidationExpression=UNKNOWN))) == []
    assert findings(FILTERED, asking()) == []


FUNCTION_ARN = "arn:aws:lambda:eu-west-1:1:function:check"
FUNCTION = made("lambda/function:Function", "check", name="check", arn=FUNCTION_ARN)
URI = f"arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/{FUNCTION_ARN}/invocations"
EXECUTE = "arn:aws:execute-api:eu-west-1:123456789012:"


def permission(source=None, function="check", **inputs):
    given = {"principal": "apigateway.amazonaws.com", "function": function, "sourceArn": source, **inputs}
    return made(
        "lambda/permission:Permission", "check", **{key: item for key, item in given.items() if item is not None}
    )


GRANTS = {
    "whole-api": (permission(f"{EXECUTE}shop-id/*"), []),
    "authorizers": (permission(f"{EXECUTE}shop-id/authorizers/*"), []),
    "one-authorizer": (permission(f"{EXECUTE}shop-id/authorizers/abc"), []),
    "from-anywhere": (permission(), []),
    "source-to-come": (permission(UNKNOWN), []),
    "by-arn": (permission(f"{EXECUTE}shop-id/*/*", "arn:aws:lambda:eu-west-1:1:function:check"), []),
    "one-route": (permission(f"{EXECUTE}shop-id/live/GET/orders"), [VIOLATION]),
    "another-api": (permission(f"{EXECUTE}other-id/*"), [VIOLATION]),
    "another-service": (permission(principal="sns.amazonaws.com"), [VIOLATION]),
    "another-function": (permission(function="other"), [VIOLATION]),
    "function-to-come": (permission(function=UNKNOWN), [UNDECIDED]),
}


@pytest.mark.parametrize(("grant", "wanted"), GRANTS.values(), ids=GRANTS)
def test_api_gateway_may_ask_the_function(grant, wanted):
    assert statuses(INVOCABLE, changed(FUNCTION, grant, authorizer(authorizerUri=URI))) == wanted


def test_credentials_or_a_function_from_elsewhere_need_no_permission_here():
    own = authorizer(authorizerUri=URI, authorizerCredentials="arn:aws:iam::123456789012:role/call")

    assert findings(INVOCABLE, changed(FUNCTION, own)) == []
    assert findings(INVOCABLE, changed(authorizer(authorizerUri=URI))) == []
    assert statuses(INVOCABLE, changed(FUNCTION, authorizer(authorizerUri=URI))) == [VIOLATION]


def test_a_function_known_by_its_edge_alone_is_followed():
    own = authorizer(authorizerUri=UNKNOWN, edges=[("authorizerUri", FUNCTION)])

    assert statuses(INVOCABLE, changed(FUNCTION, own)) == [VIOLATION]
    assert findings(INVOCABLE, changed(FUNCTION, own, permission())) == []


def jwt(**inputs):
    kept = {"audiences": ["shop"], "issuer": "https://issuer.example.com"}
    source = inputs.pop("identitySources", ["$request.header.Authorization"])
    return [
        made("apigatewayv2/api:Api", "shop", protocolType="HTTP"),
        made(
            "apigatewayv2/authorizer:Authorizer",
            "users",
            apiId="shop-id",
            authorizerType="JWT",
            identitySources=source,
            jwtConfiguration={**kept, **inputs},
        ),
    ]


def test_a_jwt_authorizer_names_its_audience():
    assert findings(AUDIENCE, jwt()) == []
    assert findings(AUDIENCE, jwt(audiences=[UNKNOWN])) == []
    assert statuses(AUDIENCE, jwt(audiences=[])) == [VIOLATION]
    assert statuses(AUDIENCE, jwt(audiences=UNKNOWN)) == [UNDECIDED]


@pytest.mark.parametrize(
    ("issuer", "expected"),
    [
        ("https://token.actions.githubusercontent.com", [VIOLATION]),
        ("https://GitLab.com/", [VIOLATION]),
        ("https://app.terraform.io", [VIOLATION]),
        ("https://gitlab.example.com", []),
        ("https://oidc.circleci.com/org/4a8a3f6a", []),  # its audience is the organization
        ("https://accounts.google.com", []),  # its audience is an application that people sign in to
        ("https://token.actions.githubusercontent.com.example.com", []),
    ],
)
def test_an_audience_says_nothing_where_everyone_chooses_it(issuer, expected):
    scheme = {
        "type": "oauth2",
        "x-amazon-apigateway-authorizer": {
            "type": "jwt",
            "identitySource": "$request.header.Authorization",
            "jwtConfiguration": {"issuer": issuer, "audience": ["shop"]},
        },
    }
    body = {"openapi": "3.0.1", "paths": {}, "components": {"securitySchemes": {"jwt": scheme}}}
    native_jwt = native(
        "apigateway:Authorizer",
        "jwt",
        restApiId="shop-id",
        type="JWT",
        jwtConfiguration={"issuers": [{"issuer": issuer, "audiences": ["shop"]}]},
    )

    assert statuses(AUDIENCE, jwt(issuer=issuer)) == expected
    assert statuses(AUDIENCE, [made("apigatewayv2/api:Api", "shop", protocolType="HTTP", body=body)]) == expected
    assert statuses(AUDIENCE, changed(native_jwt)) == expected


def test_tokens_travel_in_headers_and_keys_over_https():
    assert findings(CARRIED, jwt()) == []
    assert statuses(CARRIED, jwt(issuer="http://issuer.example.com")) == [VIOLATION]
    assert statuses(CARRIED, jwt(identitySources=["$request.querystring.token"])) == [VIOLATION]
    assert statuses(CARRIED, jwt(identitySources=UNKNOWN)) == [UNDECIDED]


def cognito(verb="POST", scopes=None, **inputs):
    pool = authorizer(kind="COGNITO_USER_POOLS", **inputs)
    given = {"authorizationScopes": scopes} if scopes is not None else {}
    return changed(pool, method=method(verb, "COGNITO_USER_POOLS", authorizerId="tokens-id", **given))


def test_what_changes_something_asks_for_a_scope():
    assert statuses(SCOPES, cognito()) == [VIOLATION]
    assert statuses(SCOPES, cognito("ANY")) == [VIOLATION]
    assert findings(SCOPES, cognito("GET")) == []
    assert findings(SCOPES, cognito(scopes=["orders/write"])) == []
    assert findings(SCOPES, cognito(identityValidationExpression="^client$")) == []
    assert statuses(SCOPES, cognito(scopes=UNKNOWN)) == [UNDECIDED]


SIGN_IN = ("openid", "email", "phone", "profile", "aws.cognito.signin.user.admin", "OpenID")


@pytest.mark.parametrize("scope", SIGN_IN)
def test_a_scope_of_every_user_is_none(scope):
    assert statuses(SCOPES, cognito(scopes=[scope])) == [VIOLATION]
    assert statuses(SCOPES, cognito(scopes=["orders/write", scope])) == [VIOLATION]  # one of them is enough
    assert statuses(SCOPES, changing(scopes=[scope])) == [VIOLATION]


@pytest.mark.parametrize("expression", [".*", "[a-z0-9]+", r"^\w{20,40}$"])
def test_an_expression_that_every_client_meets_lists_none(expression):
    assert statuses(SCOPES, cognito(identityValidationExpression=expression)) == [VIOLATION]


POOL = made("cognito/userPool:UserPool", "users")
POOL_ISSUER = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_A1b2C3d4E"


def changing(key="DELETE /orders", *, scopes=None, issuer=POOL_ISSUER, edges=(), **inputs):
    api, users = jwt(issuer=issuer)
    users = replace(users, property_dependencies={"jwtConfiguration": frozenset(each.urn for each in edges)})
    route = {"apiId": "shop-id", "routeKey": key, "authorizationType": "JWT", "authorizerId": "users-id", **inputs}
    return [api, users, *edges, made("apigatewayv2/route:Route", "r", authorizationScopes=scopes, **route)]


def test_jwt_authorizers_of_a_user_pool_are_asked_for_scopes():
    assert statuses(SCOPES, changing()) == [VIOLATION]
    assert statuses(SCOPES, changing("$default")) == [VIOLATION]
    assert statuses(SCOPES, changing(issuer=UNKNOWN, edges=[POOL])) == [VIOLATION]
    assert statuses(SCOPES, changing(issuer=UNKNOWN)) == [UNDECIDED]
    assert statuses(SCOPES, changing(authorizerId="elsewhere")) == [UNDECIDED]
    assert statuses(SCOPES, changing(scopes=UNKNOWN)) == [UNDECIDED]
    assert findings(SCOPES, changing(scopes=["orders/write"])) == []
    assert findings(SCOPES, changing("GET /orders")) == []
    assert findings(SCOPES, changing(issuer="https://issuer.example.com")) == []


@pytest.mark.parametrize("rest", [True, False])
def test_schemes_of_a_body_that_trust_a_user_pool_are_asked_for_scopes(rest):
    scheme = {
        "type": "oauth2",
        "x-amazon-apigateway-authorizer": {
            "type": "jwt",
            "identitySource": "$request.header.Authorization",
            "jwtConfiguration": {"issuer": POOL_ISSUER, "audience": ["shop"]},
        },
    }
    if rest:
        scheme = {
            "type": "apiKey",
            "name": "Authorization",
            "in": "header",
            "x-amazon-apigateway-authtype": "cognito_user_pools",
            "x-amazon-apigateway-authorizer": {"type": "cognito_user_pools", "providerARNs": ["arn:x"]},
        }
    for scopes, wanted in (([], [VIOLATION]), (["openid"], [VIOLATION]), (["orders/write"], [])):
        paths = {"/orders": {"post": {"security": [{"users": scopes}]}}}
        document = json.dumps({"paths": paths, "components": {"securitySchemes": {"users": scheme}}})
        kind = "apigateway/restApi:RestApi" if rest else "apigatewayv2/api:Api"
        given = {} if rest else {"protocolType": "HTTP"}
        assert statuses(SCOPES, [made(kind, "shop", body=document, **given)]) == wanted


SIMPLE = "auth-simple-responses-cached-by-route"


def simple(*keys, **inputs):
    kept = {"enableSimpleResponses": True, "authorizerResultTtlInSeconds": 60, "authorizerType": "REQUEST"}
    sources = {"identitySources": ["$request.header.Authorization"]}
    routes = [
        made("apigatewayv2/route:Route", f"r{place}", apiId="shop-id", routeKey=key, authorizationType="CUSTOM")
        for place, key in enumerate(keys or ("GET /orders", "DELETE /orders"))
    ]
    return [
        made("apigatewayv2/api:Api", "shop", protocolType="HTTP"),
        made("apigatewayv2/authorizer:Authorizer", "users", apiId="shop-id", **{**kept, **sources, **inputs}),
        *(replace(each, inputs={**each.inputs, "authorizerId": "users-id"}) for each in routes),
    ]


def test_a_simple_yes_opens_only_the_route_it_was_given_for():
    assert findings(SIMPLE, simple()) == [
        (
            VIOLATION,
            "authorizer users caches a simple yes without the route: it then opens every route of the authorizer",
        )
    ]
    by_route = ["$request.header.Authorization", "$context.routeKey"]
    assert findings(SIMPLE, simple(identitySources=by_route)) == []
    assert findings(SIMPLE, simple(authorizerResultTtlInSeconds=0)) == []
    assert findings(SIMPLE, simple(enableSimpleResponses=False)) == []
    assert findings(SIMPLE, simple("ANY /orders")) == []
    assert statuses(SIMPLE, simple(identitySources=UNKNOWN)) == [UNDECIDED]
    assert statuses(SIMPLE, simple(enableSimpleResponses=UNKNOWN)) == [UNDECIDED]
    assert statuses(SIMPLE, simple(authorizerResultTtlInSeconds=UNKNOWN)) == [UNDECIDED]


@pytest.mark.parametrize(("source", "wanted"), [("", [VIOLATION]), (", $context.routeKey", [])])
def test_a_simple_yes_of_a_scheme_is_read_too(source, wanted):
    authorizer = {
        "type": "request",
        "authorizerUri": "arn:x",
        "authorizerPayloadFormatVersion": "2.0",
        "enableSimpleResponses": True,
        "authorizerResultTtlInSeconds": 60,
        "identitySource": f"$request.header.Authorization{source}",
    }
    scheme = {"type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authorizer": authorizer}
    operation = {"security": [{"callers": []}]}
    document = {
        "paths": {"/orders": {"get": operation, "post": operation}},
        "components": {"securitySchemes": {"callers": scheme}},
    }
    resources = [made("apigatewayv2/api:Api", "shop", protocolType="HTTP", body=json.dumps(document))]

    assert statuses(SIMPLE, resources) == wanted


LENT = "auth-credentials-sent-by-callers"
OWN = {"name": "x-origin", "value": "1f2e3d4c5b6a"}
AUTHORIZATION = {"name": "Authorization", "value": "something"}
ENDPOINT = "h-id.execute-api.eu-west-1.amazonaws.com"
BY_CERTIFICATE = {"viewerMtlsConfig": {"mode": "required"}}


def behind(*headers, sources=("$request.header.Authorization", "$request.header.x-origin"), kind="REQUEST", **inputs):
    behavior = {"targetOriginId": "api", **inputs.pop("behavior", {})}
    given = {"authorizerType": kind, "identitySources": list(sources) if sources is not UNKNOWN else UNKNOWN}
    way = {"authorizationType": "CUSTOM" if kind == "REQUEST" else "JWT", "authorizerId": "users-id"}
    return [
        http_api(),
        made("apigatewayv2/authorizer:Authorizer", "users", apiId="h-id", **given),
        made("apigatewayv2/route:Route", "r", apiId="h-id", routeKey="GET /orders", **way),
        distribution(
            "h-id.execute-api.eu-west-1.amazonaws.com", headers=headers, defaultCacheBehavior=behavior, **inputs
        ),
    ]


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (behind(OWN), []),
        (behind(), []),
        (behind(OWN, AUTHORIZATION), [VIOLATION]),
        (behind(AUTHORIZATION, sources=["$request.header.Authorization"], kind="JWT"), [VIOLATION]),
        (behind(OWN, sources=["$request.header.x-origin"]), [VIOLATION]),
        (behind(OWN, sources=["$request.header.x-origin", "$request.querystring.token"]), []),
        (behind(OWN, sources=["$request.header.Authorization"], kind="JWT"), []),
        (behind(AUTHORIZATION, sources=UNKNOWN), [UNDECIDED]),
        (behind(AUTHORIZATION, sources=[]), [UNDECIDED]),
        (behind(OWN, AUTHORIZATION, behavior={"trustedKeyGroups": ["k"]}), []),
        (behind(OWN, AUTHORIZATION, behavior={"lambdaFunctionAssociations": [{"eventType": "x"}]}), [UNDECIDED]),
        (behind(OWN, AUTHORIZATION, **BY_CERTIFICATE), []),
    ],
)
def test_a_distribution_adds_no_credential_of_its_own(resources, expected):
    assert statuses(LENT, resources) == expected


CODES = {
    "another path": ("request.uri = '/v1' + request.uri;", []),
    "another header": ("request.headers['x-country'] = {value: 'x'};", []),
    "reads the header": ("if (request.headers.authorization) { return request; }", []),
    "the header": ("request.headers['authorization'] = {value: 'Bearer x'};", [UNDECIDED]),
    "the header as a property": ("request.headers.authorization = {value: token};", [UNDECIDED]),
    "in capitals": ('request.headers [ "Authorization" ] = {value: token};', [UNDECIDED]),
    "a computed header": ("request.headers[name] = {value: token};", [UNDECIDED]),
    "all headers": ("request.headers = {...request.headers, authorization: token};", [UNDECIDED]),
    "by assign": ("Object.assign(request.headers, lent);", [UNDECIDED]),
    "unknown": (UNKNOWN, [UNDECIDED]),
}


@pytest.mark.parametrize(("code", "expected"), CODES.values(), ids=CODES)
@pytest.mark.parametrize("event", ["viewer-request", "viewer-response"])
def test_a_function_of_a_distribution_adds_no_credential_of_its_own(code, expected, event):
    function = made(
        "cloudfront/function:Function", "edge", id_="edge", code=code, arn="arn:aws:cloudfront::1:function/edge"
    )
    runs = {"functionAssociations": [{"eventType": event, "functionArn": "arn:aws:cloudfront::1:function/edge"}]}

    assert statuses(LENT, [*behind(OWN, behavior=runs), function]) == (expected if event == "viewer-request" else [])


def test_a_function_at_the_edge_whose_code_is_not_read_is_undecided():
    runs = {
        "lambdaFunctionAssociations": [
            {"eventType": "origin-request", "lambdaArn": "arn:aws:lambda:us-east-1:1:function:x:1"}
        ]
    }

    assert statuses(LENT, behind(OWN, behavior=runs)) == [UNDECIDED]


MISFITS = {
    "kind": (
        changed(authorizer(), method=method(authorization="COGNITO_USER_POOLS", authorizerId="tokens-id")),
        "of type TOKEN",
    ),
    "api": (
        changed(
            made("apigateway/restApi:RestApi", "other"),
            made("apigateway/authorizer:Authorizer", "tokens", restApi="other-id"),
            method=method(authorization="CUSTOM", authorizerId="tokens-id"),
        ),
        "of another API",
    ),
}


@pytest.mark.parametrize(("resources", "words"), MISFITS.values(), ids=MISFITS)
def test_an_authorizer_that_does_not_fit_is_found(resources, words):
    ((status, message),) = findings(EXIST, resources)

    assert status == VIOLATION
    assert words in message


def test_an_authorizer_that_nobody_asks_is_no_login():
    resources = changed(authorizer(), method=method(authorization="NONE", authorizerId="tokens-id"))
    ((status, message),) = findings(AUTHENTICATED, resources)

    assert status == VIOLATION
    assert "its authorization NONE ignores it" in message


def test_equal_paths_of_unresolved_resources_are_kept_apart():
    """The mock of one OPTIONS makes no preflight of another, though neither's path can be told."""
    mocked = made(
        "apigateway/integration:Integration", "a", restApi="shop-id", resourceId="a", httpMethod="OPTIONS", type="MOCK"
    )
    bare = made(
        "apigateway/method:Method", "b", restApi="shop-id", resourceId="b", httpMethod="OPTIONS", authorization="NONE"
    )

    assert statuses(AUTHENTICATED, changed(mocked, bare)) == [VIOLATION]


FACTOR, PASSWORDS, THREATS = "auth-user-pool-mfa", "auth-user-pool-passwords-strong", "auth-user-pool-threat-protection"
UNDELETABLE, CLIENTS = "auth-user-pool-deletion-protection", "auth-user-pool-clients-hardened"
POOL_ARN = "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_abc"


def pool(*clients, **inputs):
    own = made("cognito/userPool:UserPool", "users", id_="eu-west-1_abc", arn=POOL_ARN, **{"name": "users", **inputs})
    return changed(own, authorizer(kind="COGNITO_USER_POOLS", providerArns=[POOL_ARN]), *clients)


def client(**inputs):
    kept = {"preventUserExistenceErrors": "ENABLED", "explicitAuthFlows": ["ALLOW_USER_SRP_AUTH"]}
    return made("cognito/userPoolClient:UserPoolClient", "app", userPoolId="eu-west-1_abc", **{**kept, **inputs})


def risks(compromised="BLOCK", takeover="BLOCK"):
    return made(
        "cognito/riskConfiguration:RiskConfiguration",
        "risks",
        userPoolId="eu-west-1_abc",
        compromisedCredentialsRiskConfiguration={"actions": {"eventAction": compromised}},
        accountTakeoverRiskConfiguration={"actions": {"highAction": {"eventAction": takeover}}},
    )


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (risks(), []),
        (risks(takeover="MFA_REQUIRED"), []),
        (risks(compromised="NO_ACTION"), [VIOLATION]),
        (risks(takeover="NO_ACTION"), [VIOLATION]),
        (risks(takeover=UNKNOWN), [UNDECIDED]),
    ],
)
def test_threat_protection_acts_on_high_risks(given, expected):
    assert statuses(THREATS, pool(given, userPoolAddOns={"advancedSecurityMode": "ENFORCED"})) == expected


MACHINE = client(allowedOauthFlows=["client_credentials"])
WEAK = {"minimumLength": 6, "requireLowercase": True}
STRONG = {
    "minimumLength": 12,
    **dict.fromkeys(("requireLowercase", "requireUppercase", "requireNumbers", "requireSymbols"), True),
}
POOLS = {
    "factor": (FACTOR, pool(), [VIOLATION]),
    "factor-on": (FACTOR, pool(mfaConfiguration="ON"), []),
    "factor-optional": (FACTOR, pool(mfaConfiguration="OPTIONAL"), [VIOLATION]),
    "factor-later": (FACTOR, pool(mfaConfiguration=UNKNOWN), [UNDECIDED]),
    "factor-of-programs": (FACTOR, pool(MACHINE), []),
    "passwords-of-aws": (PASSWORDS, pool(), []),
    "passwords-weak": (PASSWORDS, pool(passwordPolicy=WEAK), [VIOLATION]),
    "passwords-strong": (PASSWORDS, pool(passwordPolicy=STRONG), []),
    "passwords-temporary": (
        PASSWORDS,
        pool(passwordPolicy={**STRONG, "temporaryPasswordValidityDays": 90}),
        [VIOLATION],
    ),
    "passwords-later": (PASSWORDS, pool(passwordPolicy=UNKNOWN), [UNDECIDED]),
    "threats": (THREATS, pool(userPoolAddOns={"advancedSecurityMode": "AUDIT"}), [VIOLATION]),
    "threats-met": (THREATS, pool(userPoolAddOns={"advancedSecurityMode": "ENFORCED"}), []),
    "threats-later": (THREATS, pool(userPoolAddOns=UNKNOWN), [UNDECIDED]),
    "deletion": (UNDELETABLE, pool(), [VIOLATION]),
    "deletion-protected": (UNDELETABLE, pool(deletionProtection="ACTIVE"), []),
    "deletion-later": (UNDELETABLE, pool(deletionProtection=UNKNOWN), [UNDECIDED]),
    "client": (CLIENTS, pool(client()), []),
    "client-of-programs": (CLIENTS, pool(client(allowedOauthFlows=["client_credentials"])), []),
    "client-passwords": (CLIENTS, pool(client(explicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"])), [VIOLATION]),
    "client-implicit": (CLIENTS, pool(client(allowedOauthFlows=["implicit"])), [VIOLATION]),
    "client-tells": (CLIENTS, pool(client(preventUserExistenceErrors="LEGACY")), [VIOLATION]),
    "client-unrevoked": (CLIENTS, pool(client(enableTokenRevocation=False)), [VIOLATION]),
    "client-later": (CLIENTS, pool(client(explicitAuthFlows=UNKNOWN)), [UNDECIDED]),
}


@pytest.mark.parametrize(("policy", "resources", "wanted"), POOLS.values(), ids=POOLS)
def test_user_pools_before_an_api_are_hardened(policy, resources, wanted):
    assert statuses(policy, resources) == wanted


def test_a_user_pool_that_no_authorizer_trusts_is_not_judged():
    alone = made("cognito/userPool:UserPool", "users", id_="eu-west-1_abc", arn=POOL_ARN)

    assert findings(UNDELETABLE, changed(alone)) == []


def test_a_user_pool_is_known_by_an_edge_and_by_an_issuer_too():
    own = made("cognito/userPool:UserPool", "users", id_="eu-west-1_abc")
    by_edge = authorizer(kind="COGNITO_USER_POOLS", providerArns=[UNKNOWN], edges=[("providerArns", own)])
    by_issuer = jwt(issuer="https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_abc")

    assert statuses(UNDELETABLE, changed(own, by_edge)) == [VIOLATION]
    assert statuses(UNDELETABLE, [own, *by_issuer]) == [VIOLATION]


def test_methods_of_an_api_of_another_stack_are_judged_and_nothing_is_made_up_of_that_api():
    """An API's own settings stand in its own stack, so here they are undecided."""
    from policypack.evaluation.evaluate import evaluate
    from policypack.graph.graph import Graph

    report = evaluate(Graph([method("GET", "NONE"), method("POST")]))
    violated = [each.message for each in report.findings if each.status.value == VIOLATION]

    assert violated == ["GET (resource orders-id) accepts requests without credentials"]
    assert [each.name for each in report.gateways] == ["shop-id"]


def test_a_rest_api_s_own_jwt_authorizer_names_the_audience_of_each_issuer():
    def trusting(*issuers):
        jwt = {"type": "jwt", "identitySource": "method.request.header.Authorization"}
        scheme = {**SIGV4, "x-amazon-apigateway-authtype": "jwt"}
        scheme["x-amazon-apigateway-authorizer"] = {**jwt, "jwtConfiguration": {"issuers": list(issuers)}}
        return body({"security": [{"users": []}]}, {"users": scheme})

    named = {"issuer": "https://one.example.com", "audiences": ["shop"]}

    assert findings(AUDIENCE, trusting(named)) == []
    assert statuses(AUDIENCE, trusting(named, {"issuer": "https://two.example.com"})) == [VIOLATION]
    assert statuses(CARRIED, trusting({**named, "issuer": "http://one.example.com"})) == [VIOLATION]


def in_document(arn, *, known=True, **stage_inputs):
    scheme = {
        "type": "apiKey",
        "name": "Authorization",
        "in": "header",
        "x-amazon-apigateway-authtype": "cognito_user_pools",
    }
    scheme["x-amazon-apigateway-authorizer"] = {"type": "cognito_user_pools", "providerARNs": [arn]}
    get = {"security": [{"users": ["shop/read"]}]}
    document = {"openapi": "3.0.1", "paths": {"/": {"get": get}}, "components": {"securitySchemes": {"users": scheme}}}
    users = made("cognito/userPool:UserPool", "users", id_="eu-west-1_abc")
    users = users if known else replace(users, id=UNKNOWN)
    parts = {"api": api(body=json.dumps(document)), "path": None, "method": None, "stage": stage(**stage_inputs)}
    if not known:
        parts["stage"] = replace(parts["stage"], property_dependencies={"variables": frozenset({users.urn})})
    return changed(users, **parts)


VARIABLE = POOL_ARN.replace("eu-west-1_abc", "${stageVariables.pool}")


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (in_document(POOL_ARN), [VIOLATION]),
        (in_document(VARIABLE, variables={"pool": "eu-west-1_abc"}), [VIOLATION]),
        (in_document(VARIABLE, known=False, variables={"pool": UNKNOWN}), [VIOLATION]),
        (in_document(POOL_ARN.replace("abc", "other"), variables={"pool": "eu-west-1_abc"}), []),
    ],
    ids=["by-arn", "by-variable", "by-variable-later", "another-pool"],
)
def test_a_pool_that_a_document_names_is_judged(resources, expected):
    assert statuses(UNDELETABLE, resources) == expected


# Defects that other tools were measured to miss; the numbers are those of the list of probed defects.
PATH = made("apigateway/resource:Resource", "orders", restApi="shop-id", parentId="root", pathPart="{proxy+}")
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
JWT = {"issuer": "https://issuer.example.com"}
DEFECTS = {
    "01-operation-of-a-body-without-security": (
        "auth-methods-authenticated",
        [api(body=json.dumps(OPEN_BODY))],
        [replace(BARE_NATIVE_API, inputs={"name": "shop", "body": OPEN_BODY})],
    ),
    "02-any-proxy-without-authorization": (
        "auth-methods-authenticated",
        [api(), PATH, method("ANY", "NONE")],
        [BARE_NATIVE_API, NATIVE_PATH, native_method("ANY", authorizationType="NONE")],
    ),
    "03-key-alone": (
        "auth-keys-never-standalone",
        [api(), PATH, method("GET", "NONE", apiKeyRequired=True)],
        [BARE_NATIVE_API, NATIVE_PATH, native_method(authorizationType="NONE", apiKeyRequired=True)],
    ),
    "06-request-authorizer-keeps-answers-without-identity-source": (
        "auth-authorizer-cache-keyed-by-caller",
        [
            api(),
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
            BARE_NATIVE_API,
            native(
                "apigateway:Authorizer",
                "tokens",
                restApiId="shop-id",
                type="REQUEST",
                authorizerResultTtlInSeconds=3600,
            ),
        ],
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
        [api(), PATH, method("GET", "CUSTOM")],
        [BARE_NATIVE_API, NATIVE_PATH, native_method(authorizationType="CUSTOM")],
    ),
    "26-cognito-without-scopes": (
        "auth-write-methods-require-scopes",
        [
            api(),
            PATH,
            made("apigateway/authorizer:Authorizer", "tokens", restApi="shop-id", type="COGNITO_USER_POOLS"),
            method("POST", "COGNITO_USER_POOLS", authorizerId="tokens-id"),
        ],
        [
            BARE_NATIVE_API,
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
}
DEFECTS_BY_PROVIDER = {
    f"{name}-{provider}": (policy, resources)
    for name, (policy, classic, twin) in DEFECTS.items()
    for provider, resources in (("aws", classic), ("aws-native", twin))
}


@pytest.mark.parametrize(("policy", "resources"), DEFECTS_BY_PROVIDER.values(), ids=DEFECTS_BY_PROVIDER)
def test_a_defect_is_found_whichever_provider_declares_it(policy, resources):
    assert statuses(policy, resources) == [VIOLATION]


# Mistakes that other tools are known for, each with the thread or rule that shows it.
PER_OPERATION = {
    "openapi": "3.0.1",
    "paths": {"/orders": {"get": {"security": [{"sigv4": []}]}}},
    "components": {"securitySchemes": {"sigv4": SIGV4}},
}
SOCKET = made("apigatewayv2/api:Api", "socket", protocolType="WEBSOCKET", name="socket")


def message(key, **inputs):
    return made("apigatewayv2/route:Route", key, apiId="socket-id", routeKey=key, **inputs)


TOKENS = made("apigateway/authorizer:Authorizer", "tokens", restApi="shop-id", type="TOKEN")
MISTAKES = {
    # A key taken for a login (checkov CKV_AWS_59 since checkov#960, trivy AWS-0004).
    "key-is-no-login": (STANDALONE, changed(method=method("GET", "NONE", apiKeyRequired=True)), [VIOLATION]),
    # A method other than OPTIONS that is never looked at (CKV2_AWS_70).
    "post-is-looked-at": (AUTHENTICATED, changed(method=method("POST", "NONE")), [VIOLATION]),
    # Preflights flagged (cdk-nag#1815, cfn_nag#396, kics#7557), or every OPTIONS exempt.
    "preflight": (AUTHENTICATED, changed(method("OPTIONS", "NONE"), integration("OPTIONS", "MOCK")), []),
    "options-of-a-backend": (AUTHENTICATED, changed(method("OPTIONS", "NONE"), integration("OPTIONS")), [VIOLATION]),
    # Security of each operation not seen, the root's asked for (checkov#5157).
    "security-per-operation": (AUTHENTICATED, changed(api=api(body=json.dumps(PER_OPERATION)), method=None), []),
    "security-of-the-root": (
        AUTHENTICATED,
        changed(
            api=api(body=json.dumps({"openapi": "3.0.1", "paths": {"/x": {"get": {}}}, "security": [{"sigv4": []}]})),
            method=None,
        ),
        [VIOLATION],
    ),
    # An authorizer that exists is enough (KICS 0a96ce49, prowler), and an API with IAM alone fails.
    "unused-authorizer": (AUTHENTICATED, changed(TOKENS, method=method("GET", "NONE")), [VIOLATION]),
    "unused-authorizer-is-told": (USED, changed(TOKENS), [VIOLATION]),
    "iam-alone": (AUTHENTICATED, changed(), []),
    # IAM and Lambda are not Cognito (cdk-nag COG4).
    "no-cognito": (
        AUTHENTICATED,
        changed(TOKENS, method=method(authorization="CUSTOM", authorizerId="tokens-id")),
        [],
    ),
    # Every route of a WebSocket API asked for a login (cnspec#3697).
    "messages-of-a-connection": (
        AUTHENTICATED,
        changed(SOCKET, message("$connect", authorizationType="AWS_IAM"), message("$default"), message("send")),
        [],
    ),
}


@pytest.mark.parametrize(("policy", "resources", "wanted"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_of_other_tools_is_not_repeated(policy, resources, wanted):
    assert statuses(policy, resources) == wanted


# Found by mutation of the pack: without this test a weaker policy passed unnoticed.
@pytest.mark.parametrize(("type_", "expected"), [("apiKey", []), ("oauth2", [VIOLATION]), (None, [VIOLATION])])
def test_import_makes_an_authorizer_of_api_key_schemes_alone(type_, expected):
    scheme = {
        "type": type_,
        "name": "Authorization",
        "in": "header",
        "x-amazon-apigateway-authtype": "custom",
        "x-amazon-apigateway-authorizer": {"type": "token"},
    }
    document = {
        "openapi": "3.0.1",
        "paths": {"/orders": {"get": {"security": [{"tokens": []}]}}},
        "components": {"securitySchemes": {"tokens": {key: each for key, each in scheme.items() if each is not None}}},
    }
    authenticated = "auth-methods-authenticated"

    assert statuses(authenticated, changed(api=api(body=json.dumps(document)), method=None)) == expected
    assert native_statuses(authenticated, api=native_graphs.api(body=document), method=SOUND["path"]) == expected
    document["components"]["securitySchemes"]["tokens"]["type"] = UNKNOWN
    assert native_statuses(authenticated, api=native_graphs.api(body=document), method=SOUND["path"]) == [UNDECIDED]


TYPED_SCHEMES = {
    "lambda": ({"type": "token"}, "custom"),
    "request": ({"type": "request"}, "custom"),
    "user pool": ({"type": "cognito_user_pools"}, "cognito_user_pools"),
}


def secured(form, authorizer, authtype):
    """A document of one route with one security scheme."""
    scheme = {"type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authorizer": authorizer}
    given = scheme if authtype is None else {**scheme, "x-amazon-apigateway-authtype": authtype}
    schemes = {"tokens": given}
    version = {"swagger": "2.0", "securityDefinitions": schemes}
    if form == "openapi":
        version = {"openapi": "3.0.1", "components": {"securitySchemes": schemes}}
    return json.dumps({**version, "paths": {"/orders": {"get": {"security": [{"tokens": ["orders/read"]}]}}}})


@pytest.mark.parametrize("form", ["swagger", "openapi"])
@pytest.mark.parametrize(("authorizer", "authtype"), TYPED_SCHEMES.values(), ids=TYPED_SCHEMES)
def test_without_an_authtype_it_is_undecided_whether_import_makes_an_authorizer(form, authorizer, authtype):
    authenticated = "auth-methods-authenticated"

    def found(given):
        return statuses(authenticated, changed(api=api(body=secured(form, authorizer, given)), method=None))

    assert found(authtype) == []
    assert found(None) == [UNDECIDED]
    assert found("") == [UNDECIDED]


def test_an_http_api_needs_no_authtype():
    scheme = {
        "type": "oauth2",
        "x-amazon-apigateway-authorizer": {
            "type": "jwt",
            "identitySource": "$request.header.Authorization",
            "jwtConfiguration": {"issuer": "https://id.example.com", "audience": ["orders"]},
        },
    }
    paths = {"/orders": {"get": {"security": [{"tokens": []}]}}}
    body = {"openapi": "3.0.1", "components": {"securitySchemes": {"tokens": scheme}}, "paths": paths}
    declared = made("apigatewayv2/api:Api", "orders", name="orders", protocolType="HTTP", body=json.dumps(body))

    assert statuses("auth-methods-authenticated", [declared]) == []


def test_an_authorizers_function_that_another_api_may_ask_is_found():
    tokens = made(
        "apigateway/authorizer:Authorizer",
        "tokens",
        restApi="shop-id",
        authorizerUri=UNKNOWN,
        edges=[("authorizerUri", ORDERS_FUNCTION)],
    )
    other = made("apigatewayv2/api:Api", "other", protocolType="HTTP", name="other")
    invocable = "auth-authorizers-invocable"

    def asked(home):
        granted = permission_for("apigateway.amazonaws.com", sourceArn=UNKNOWN)
        granted = replace(granted, property_dependencies={"sourceArn": frozenset({home.urn})})
        return statuses(invocable, changed(ORDERS_FUNCTION, tokens, other, granted))

    assert asked(api()) == []
    assert asked(other) == [VIOLATION]


def test_an_authorizer_of_an_api_elsewhere_guards_no_method_here():
    guarded = method(authorization="CUSTOM", authorizerId="tokens-id")
    exist = "auth-authorizers-exist"

    def with_home(home):
        return changed(made("apigateway/authorizer:Authorizer", "tokens", restApi=home, type="TOKEN"), method=guarded)

    assert statuses(exist, with_home("shop-id")) == []
    assert statuses(exist, with_home("another-id")) == [VIOLATION]
    assert statuses(exist, with_home(UNKNOWN)) == []


def test_a_body_in_a_bucket_is_undecided():
    found = outcome(evaluated(api=native_graphs.api(bodyS3Location={"bucket": "b", "key": "k"}), method=None))

    assert ("auth-methods-authenticated", "undecided") in found


def test_references_known_by_edges_alone_are_followed():
    guarded = native_graphs.method(authorization="CUSTOM", authorizerId=UNKNOWN)
    tokens = native("apigateway:Authorizer", "tokens", restApiId="shop-id", type="TOKEN", id_=UNKNOWN)
    guarded = replace(guarded, property_dependencies={"authorizerId": frozenset({tokens.urn})})

    assert ("auth-authorizers-used", "violation") not in outcome(evaluated(tokens, method=guarded))
