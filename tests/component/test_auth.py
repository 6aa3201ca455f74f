"""Auth: every route has its authorizer in the document, and each authorizer has what it needs to work."""

import json

import pulumi
import pytest

from secure_gateway import ArgsError, SecureGateway
from secure_gateway.layers.auth import Auth
from secure_gateway.testing import deploy, value

BASE = {"default_integration": {"url": "https://backend.example.com"}, "network": {"waived": "a test"}}
ORDERS = [{"path": "/orders", "method": "GET"}]
POOL = "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_abc"
FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:verify"
ALL_MADE = {"UserPoolClient": {"clientSecret": "s3cr3t"}}


def gateway(auth=None, routes=None, **more):
    args = {**BASE, "routes": routes or ORDERS, **more, **({"auth": auth} if auth else {})}
    return deploy(lambda: SecureGateway("api", args), outputs=ALL_MADE)


def document(made):
    return json.loads(made.one("RestApiPut").inputs["body"])


def security(made, path="/orders", method="get"):
    return document(made)["paths"][path][method]["security"]


def scheme(made, name):
    return document(made)["components"]["securitySchemes"][name]


def only(kind, **fields):
    return {"authorizers": {"users": {kind: fields}}}


def test_left_out_means_signed_requests():
    made = gateway()

    assert security(made) == [{"sigv4": []}]
    assert scheme(made, "sigv4")["x-amazon-apigateway-authtype"] == "awsSigv4"


def test_the_only_authorizer_is_the_default():
    assert security(gateway(only("cognito"))) == [{"users": ["users/call"]}]


COGNITOS_OWN = ["aws.cognito.signin.user.admin", "email", "openid", "phone", "profile"]


@pytest.mark.parametrize("pool", [{"pool_arns": [POOL], "identifier": "shop"}, {"identifier": "shop"}], ids=str)
def test_scopes_of_cognito_itself_have_no_prefix(pool):
    routes = [{**ORDERS[0], "scopes": [*COGNITOS_OWN, *(["read"] if "pool_arns" in pool else ["call"])]}]
    found = security(gateway(only("cognito", **pool), routes))

    assert found == [{"users": [*COGNITOS_OWN, "shop/read" if "pool_arns" in pool else "shop/call"]}]


def test_scopes_of_cognito_itself_have_no_prefix_in_a_document():
    operation = {
        "security": [{"login": ["openid"]}, {"login": ["read"]}],
        "responses": {"200": {"description": "done"}},
    }
    flows = {"authorizationCode": {"authorizationUrl": "https://a.example.com", "tokenUrl": "https://a.example.com"}}
    login = {
        "type": "oauth2",
        "flows": {"authorizationCode": {**flows["authorizationCode"], "scopes": {"read": "See"}}},
    }
    described = {
        "openapi": "3.0.3",
        "info": {"title": "shop", "version": "1"},
        "paths": {"/orders": {"get": operation}},
        "components": {"securitySchemes": {"login": login}},
    }
    auth = only("cognito", pool_arns=[POOL], identifier="shop")
    args = {**BASE, "openapi": {"document": described, "security_schemes": {"login": "users"}}, "auth": auth}
    made = deploy(lambda: SecureGateway("api", args))

    assert security(made) == [{"users": ["openid", "shop/read"]}]


def test_clients_request_scopes_of_cognito_itself():
    app = {"callback_urls": ["https://app.example.com"], "scopes": ["call", "profile", "openid"]}
    made = gateway(only("cognito", domain_prefix="shop", clients={"app": app}))

    assert sorted(made.one("UserPoolClient").inputs["allowedOauthScopes"]) == [
        "email",
        "openid",
        "profile",
        "users/call",
    ]


def test_an_existing_pool_s_routes_accept_a_scope_of_cognito_itself():
    auth = only("cognito", pool_arns=[POOL], scopes={"openid": "Signed in"})

    assert security(gateway(auth)) == [{"users": ["openid"]}]


def invoke_arn(function, path="2015-03-31", call="invocations"):
    return f"arn:aws:apigateway:eu-west-1:lambda:path/{path}/functions/{function}/{call}"


@pytest.mark.parametrize("function", [FUNCTION, f"{FUNCTION}:live"])
@pytest.mark.parametrize("known", [True, False], ids=["string", "output"])
def test_the_invoke_arn_of_a_function_stands_for_the_function(function, known):
    def program(form):
        given = form(function) if known else pulumi.Output.from_input(form(function))
        return SecureGateway("api", {**BASE, "routes": ORDERS, "auth": only("function", function=given)})

    def made(form):
        deployed = deploy(lambda: program(form))
        return deployed.one("RestApi").inputs, [each.inputs for each in deployed.of("Permission")]

    assert made(invoke_arn) == made(str)


STREAMING = invoke_arn(FUNCTION, "2021-11-15", "response-streaming-invocations")


@pytest.mark.parametrize("where", ["functions", "authorizer"])
def test_the_invoke_arn_for_streaming_is_rejected(where):
    def args(given):
        if where == "authorizer":
            return {**BASE, "routes": ORDERS, "auth": only("function", function=given)}
        functions = {"functions": {"orders": given}, "default_integration": {"function": "orders"}}
        return {**BASE, "routes": ORDERS, **functions}

    path = "functions.orders" if where == "functions" else "auth.authorizers.users.function.function"
    with pytest.raises(ArgsError, match=f"{path}: .* for response streaming"):
        deploy(lambda: SecureGateway("api", args(STREAMING)))
    with pytest.raises(ValueError, match=f"{path}: .* for response streaming"):
        deploy(lambda: SecureGateway("api", args(pulumi.Output.from_input(STREAMING))))


def test_a_route_chooses_among_authorizers():
    routes = [{"path": "/a", "method": "GET"}, {"path": "/b", "method": "GET", "auth": "iam"}]
    made = gateway(only("function", function=FUNCTION), routes)

    assert security(made, "/a") == [{"users": []}]
    assert security(made, "/b") == [{"sigv4": []}]


def test_a_public_route_has_no_security_and_its_reason_in_the_posture():
    routes = [*ORDERS, {"path": "/health", "method": "GET", "public": "load balancers ask"}]
    made = gateway(routes=routes)

    assert security(made, "/health") == []
    assert "public GET /health: load balancers ask" in value(made.result.posture)["auth"]["enforced"]
    assert security(made) == [{"sigv4": []}]


# Cognito


def test_a_route_without_scopes_takes_any_of_the_authorizers():
    auth = only("cognito", identifier="orders", scopes={"read": "See", "write": "Place"})
    routes = [{"path": "/a", "method": "GET"}, {"path": "/b", "method": "GET", "scopes": ["read"]}]
    made = gateway(auth, routes)

    assert security(made, "/a") == [{"users": ["orders/read", "orders/write"]}]
    assert security(made, "/b") == [{"users": ["orders/read"]}]


def test_the_pool_is_hardened():
    pool = gateway(only("cognito")).one("UserPool").inputs

    assert pool["adminCreateUserConfig"] == {"allowAdminCreateUserOnly": True}
    assert pool["passwordPolicy"]["minimumLength"] == 12
    assert pool["mfaConfiguration"] == "ON"
    assert pool["softwareTokenMfaConfiguration"] == {"enabled": True}
    assert pool["deletionProtection"] == "ACTIVE"
    assert pool["usernameConfiguration"] == {"caseSensitive": False}


def test_the_document_names_the_pool_by_a_stage_variable():
    made = gateway(only("cognito"))
    (provider,) = scheme(made, "users")["x-amazon-apigateway-authorizer"]["providerARNs"]

    assert provider.endswith(":userpool/${stageVariables.pool_users}")
    assert made.one("Stage").inputs["variables"] == {"pool_users": made.one("UserPool").id}


def test_the_resource_server_has_the_scopes_and_clients_wait_for_it():
    machine = {"machine": True, "scopes": ["read"]}
    auth = only("cognito", identifier="orders", scopes={"read": "See"}, domain_prefix="shop", clients={"jobs": machine})
    made = gateway(auth)
    server, client = made.one("ResourceServer"), made.one("UserPoolClient")

    assert server.inputs["scopes"] == [{"scopeName": "read", "scopeDescription": "See"}]
    assert client.depends_on(server)
    assert client.inputs["allowedOauthScopes"] == ["orders/read"]
    assert client.inputs["allowedOauthFlows"] == ["client_credentials"]
    assert client.inputs["generateSecret"] is True
    assert client.inputs["preventUserExistenceErrors"] == "ENABLED"
    assert made.one("UserPoolDomain").inputs["domain"] == "shop"


def test_a_browser_application_has_no_secret_and_no_implicit_flow():
    auth = only("cognito", domain_prefix="shop", clients={"web": {"callback_urls": ["https://shop.example.com"]}})
    client = gateway(auth).one("UserPoolClient").inputs

    assert client["generateSecret"] is False
    assert client["allowedOauthFlows"] == ["code"]
    assert "ALLOW_USER_PASSWORD_AUTH" not in client["explicitAuthFlows"]


def test_adopted_pools_bring_everything():
    made = gateway(only("cognito", pool_arns=[POOL, pulumi.Output.from_input(f"{POOL}2")], scopes={"read": "See"}))
    arns = scheme(made, "users")["x-amazon-apigateway-authorizer"]["providerARNs"]

    assert arns[0] == POOL
    assert arns[1].endswith("${stageVariables.pool_users_1}")
    assert made.one("Stage").inputs["variables"] == {"pool_users_1": "eu-west-1_abc2"}
    assert made.of("UserPool") == []


def test_an_adopted_pool_of_another_region_is_refused_once_it_is_known():
    other = pulumi.Output.from_input(POOL.replace("eu-west-1:", "us-east-1:"))

    with pytest.raises(ValueError, match="is not a pool of eu-west-1:123456789012"):
        gateway(only("cognito", pool_arns=[other], scopes={"read": "See"}))


def test_an_adopted_pool_takes_the_scopes_that_a_route_names():
    made = gateway(only("cognito", pool_arns=[POOL]), [{**ORDERS[0], "scopes": ["shop/read"]}])

    assert security(made) == [{"users": ["shop/read"]}]


def test_id_tokens_are_taken_of_the_named_clients_alone():
    made = gateway(only("cognito", pool_arns=[POOL], id_token_clients=["7abc", "1xyz"]))

    assert scheme(made, "users")["x-amazon-apigateway-authorizer"]["identityValidationExpression"] == "^(1xyz|7abc)$"
    assert security(made) == [{"users": []}]


POOL_OPTIONS = {
    "tier": ({"tier": "LITE"}, {"userPoolTier": "LITE"}),
    "tier-named": ({"tier": "ESSENTIALS"}, {"userPoolTier": "ESSENTIALS"}),
    "threats": (
        {"threat_protection": "AUDIT"},
        {"userPoolTier": "PLUS", "userPoolAddOns": {"advancedSecurityMode": "AUDIT"}},
    ),
    "mfa-on": (
        {"mfa": "ON"},
        {"mfaConfiguration": "ON", "softwareTokenMfaConfiguration": {"enabled": True}},
    ),
    "mfa-off": (
        {"mfa": "OFF", "exceptions": {"mfa": "a test"}},
        {"mfaConfiguration": "OFF"},
    ),
    "email": ({"sign_in": "EMAIL"}, {"usernameAttributes": ["email"]}),
    "self-sign-up": ({"self_sign_up": True}, {"adminCreateUserConfig": {"allowAdminCreateUserOnly": False}}),
    "unprotected": (
        {"deletion_protection": False, "exceptions": {"deletion_protection": "a test"}},
        {"deletionProtection": "INACTIVE"},
    ),
    "ses": (
        {"ses_identity_arn": "arn:aws:ses:eu-west-1:123456789012:identity/example.com"},
        {
            "emailConfiguration": {
                "emailSendingAccount": "DEVELOPER",
                "sourceArn": "arn:aws:ses:eu-west-1:123456789012:identity/example.com",
            }
        },
    ),
    "passwords": (
        {"password_length": 16, "password_history": 5, "temporary_password_days": 1},
        {
            "passwordPolicy": {
                "minimumLength": 16,
                "requireLowercase": True,
                "requireUppercase": True,
                "requireNumbers": True,
                "requireSymbols": True,
                "temporaryPasswordValidityDays": 1,
                "passwordHistorySize": 5,
            }
        },
    ),
}


@pytest.mark.parametrize(("given", "expected"), POOL_OPTIONS.values(), ids=POOL_OPTIONS)
def test_an_option_reaches_the_pool(given, expected):
    pool = gateway(only("cognito", **given)).one("UserPool").inputs

    assert {name: pool[name] for name in expected} == expected


def test_enforced_threat_protection_says_what_it_does():
    made = gateway(only("cognito", threat_protection="ENFORCED"))
    risk = made.one("RiskConfiguration").inputs

    assert risk["userPoolId"] == made.one("UserPool").id
    assert risk["compromisedCredentialsRiskConfiguration"]["actions"]["eventAction"] == "BLOCK"
    assert risk["accountTakeoverRiskConfiguration"]["actions"]["highAction"]["eventAction"] == "BLOCK"
    assert gateway(only("cognito", threat_protection="AUDIT")).of("RiskConfiguration") == []


def test_people_are_told_of_refused_sign_ins_where_somebody_sends_it():
    sender = "arn:aws:ses:eu-west-1:123456789012:identity/shop.example.com"
    silent = gateway(only("cognito", threat_protection="ENFORCED")).one("RiskConfiguration").inputs
    made = gateway(only("cognito", threat_protection="ENFORCED", ses_identity_arn=sender))
    told = made.one("RiskConfiguration").inputs["accountTakeoverRiskConfiguration"]

    assert told["notifyConfiguration"] == {"sourceArn": sender}
    assert (told["actions"]["highAction"]["notify"], told["actions"]["mediumAction"]["notify"]) == (True, True)
    assert silent["accountTakeoverRiskConfiguration"]["actions"]["highAction"]["notify"] is False


WEB = {"callback_urls": ["https://shop.example.com"]}
CLIENT_OPTIONS = {
    "times": (
        {**WEB, "access_token_minutes": 5, "id_token_minutes": 10, "refresh_token_hours": 8, "sign_in_minutes": 5},
        {
            "accessTokenValidity": 5,
            "idTokenValidity": 10,
            "refreshTokenValidity": 8,
            "authSessionValidity": 5,
            "tokenValidityUnits": {"accessToken": "minutes", "idToken": "minutes", "refreshToken": "hours"},
        },
    ),
    "times-left-out": (WEB, {"accessTokenValidity": 60, "idTokenValidity": 60, "refreshTokenValidity": 720}),
    "confidential": ({**WEB, "confidential": True}, {"generateSecret": True, "allowedOauthFlows": ["code"]}),
    "rotation": (
        {**WEB, "rotate_refresh_tokens": True},
        {
            "refreshTokenRotation": {"feature": "ENABLED", "retryGracePeriodSeconds": 10},
            "explicitAuthFlows": ["ALLOW_USER_SRP_AUTH"],
        },
    ),
    "mobile": ({"callback_urls": ["shop://signed-in"]}, {"callbackUrls": ["shop://signed-in"]}),
}


@pytest.mark.parametrize(("given", "expected"), CLIENT_OPTIONS.values(), ids=CLIENT_OPTIONS)
def test_an_option_reaches_the_client(given, expected):
    client = gateway(only("cognito", domain_prefix="shop", clients={"web": given})).one("UserPoolClient").inputs

    assert {name: client[name] for name in expected} == expected


def test_the_hosted_endpoint_is_told():
    made = gateway(only("cognito", domain_prefix="shop"))

    assert value(made.result.sign_in_urls) == {"users": "https://shop.auth.eu-west-1.amazoncognito.com"}


CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/0"


def test_a_domain_of_ones_own_is_made_and_pointed_at():
    domain = {"name": "login.example.com", "certificate_arn": CERTIFICATE, "zone_id": "Z1"}
    made = deploy(
        lambda: SecureGateway("api", {**BASE, "routes": ORDERS, "auth": only("cognito", domain=domain)}),
        outputs={"UserPoolDomain": {"cloudfrontDistribution": "d1.example.net", "cloudfrontDistributionZoneId": "Z2"}},
    )
    (alias,) = made.one("Record").inputs["aliases"]

    assert made.one("UserPoolDomain").inputs["certificateArn"] == CERTIFICATE
    assert (alias["name"], alias["zoneId"]) == ("d1.example.net", "Z2")
    assert made.one("Record").inputs["name"] == "login.example.com"
    assert value(made.result.sign_in_urls) == {"users": "https://login.example.com"}
    assert value(made.result.sign_in_targets) == {"users": "d1.example.net"}


# Lambda authorizers


def test_a_request_authorizer_by_default_keeps_no_answer():
    made = gateway(only("function", function=FUNCTION))
    authorizer = scheme(made, "users")["x-amazon-apigateway-authorizer"]

    assert authorizer == {
        "type": "request",
        "authorizerUri": "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/"
        f"{FUNCTION}/invocations",
        "authorizerResultTtlInSeconds": 0,
        "identitySource": "method.request.header.Authorization",
    }


def test_a_token_authorizer_reads_its_header_and_checks_its_form():
    made = gateway(
        only("function", function="verify", type="TOKEN", identity_sources=["method.request.header.X-Token"])
    )
    found = scheme(made, "users")

    assert found["name"] == "X-Token"
    assert found["x-amazon-apigateway-authorizer"]["type"] == "token"
    assert found["x-amazon-apigateway-authorizer"]["identityValidationExpression"].startswith("^Bearer ")


CACHED = {
    "covering": {"covers_all_routes": True},
    "by-path": {"identity_sources": ["method.request.header.Authorization", "context.httpMethod", "context.path"]},
    "by-query": {"identity_sources": ["method.request.querystring.token"], "covers_all_routes": True},
}


@pytest.mark.parametrize("more", CACHED.values(), ids=CACHED)
def test_an_answer_is_kept_only_where_it_cannot_count_for_the_wrong_route(more):
    made = gateway(only("function", function="verify", ttl_seconds=60, **more))

    assert scheme(made, "users")["x-amazon-apigateway-authorizer"]["authorizerResultTtlInSeconds"] == 60


def test_authorizers_of_several_kinds_stand_side_by_side():
    auth = {
        "authorizers": {
            "people": {"cognito": {}},
            "staff": {"cognito": {"pool_arns": [POOL], "id_token_clients": ["7abc"]}},
            "partners": {"function": {"function": "verify", "type": "TOKEN"}},
            "devices": {"function": {"function": "device", "identity_sources": ["method.request.header.X-Device"]}},
        },
        "default": "people",
    }
    names = ("people", "staff", "partners", "devices", "iam")
    made = gateway(auth, [{"path": f"/{name}", "method": "GET", "auth": name} for name in names])
    guards = {name: next(iter(security(made, f"/{name}")[0])) for name in names}

    assert guards == {**{name: name for name in names}, "iam": "sigv4"}
    assert {scheme(made, each)["x-amazon-apigateway-authtype"] for each in guards.values()} == {
        "cognito_user_pools",
        "custom",
        "awsSigv4",
    }
    assert len(made.of("Permission")) == 2


def test_only_this_apis_authorizers_may_invoke_the_function():
    made = gateway(only("function", function=FUNCTION))
    permission = made.one("Permission").inputs

    assert permission["function"] == FUNCTION
    assert permission["principal"] == "apigateway.amazonaws.com"
    assert permission["sourceArn"] == f"{made.one('RestApi').outputs['executionArn']}/authorizers/*"


def test_a_function_to_come_is_named_so_that_the_document_is_known():
    function = pulumi.Output.from_input(FUNCTION)
    made = gateway(only("function", function=function, function_name="verify"))
    uri = scheme(made, "users")["x-amazon-apigateway-authorizer"]["authorizerUri"]

    assert uri.endswith(":function:verify/invocations")
    with pytest.raises(ValueError, match="function_name: 'other' is not the name"):
        gateway(only("function", function=function, function_name="other"))


# Errors that API Gateway answers itself


def errors(made):
    return document(made).get("x-amazon-apigateway-gateway-responses", {})


def test_refusals_tell_nothing_of_the_account_the_signature_or_the_route():
    found = errors(gateway())
    texts = {kind: each["responseTemplates"]["application/json"] for kind, each in found.items()}
    silent = {kind: text for kind, text in texts.items() if "$context.error" not in text}

    assert {"DEFAULT_4XX", "DEFAULT_5XX", "ACCESS_DENIED", "INVALID_SIGNATURE", "UNAUTHORIZED"} <= set(silent)
    assert set(texts) - set(silent) == {"BAD_REQUEST_BODY", "BAD_REQUEST_PARAMETERS"}
    # Which of key, signature, token and route was wrong is not told.
    forbidden = [kind for kind, each in found.items() if each.get("statusCode") == "403"]
    assert {texts[kind] for kind in forbidden} == {'{"message":"Forbidden","requestId":"$context.requestId"}'}
    assert {"EXPIRED_TOKEN", "INVALID_API_KEY", "MISSING_AUTHENTICATION_TOKEN", "WAF_FILTERED"} < set(forbidden)
    assert all(json.loads(text.replace("$context.error.messageString", '"x"'))["message"] for text in texts.values())


def test_a_default_answer_changes_no_status():
    found = errors(gateway())

    assert "statusCode" not in found["DEFAULT_4XX"] | found["DEFAULT_5XX"]


def test_refusals_are_not_kept_and_carry_the_browsers_origin():
    found = errors(gateway(cors={"allow_origins": ["https://shop.example.com"]}))
    headers = [each["responseParameters"] for each in found.values()]

    assert {each["gatewayresponse.header.Cache-Control"] for each in headers} == {"'no-store'"}
    assert {each["gatewayresponse.header.Access-Control-Allow-Origin"] for each in headers} == {
        "'https://shop.example.com'"
    }


def test_aws_own_texts_are_given_on_request():
    assert errors(gateway({"aws_gateway_responses": True})) == {}


# IAM


def test_an_invoke_policy_grants_its_routes_and_no_others():
    routes = [{"path": "/orders/{id}", "method": "GET"}, {"path": "/all", "method": "ANY"}]
    made = gateway({"invoke_policies": {"readers": ["GET /orders/{id}", "ANY /all"]}}, routes)
    (statement,) = json.loads(made.one("Policy").inputs["policy"])["Statement"]

    assert statement["Action"] == "execute-api:Invoke"
    stage = made.one("Stage").outputs["executionArn"]
    methods = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
    # Method and stage by name: a `*` in their place would cross into other paths.
    assert statement["Resource"] == [*(f"{stage}/{each}/all" for each in methods), f"{stage}/GET/orders/*"]
    assert json.loads(value(made.result.invoke_policy_documents)["readers"])["Statement"] == [statement]


def test_an_invoke_policy_names_every_stage_of_the_api():
    made = gateway({"invoke_policies": {"readers": ["GET /orders"]}}, stages={"next": {}})
    (statement,) = json.loads(made.one("Policy").inputs["policy"])["Statement"]

    assert [each.split("/", 1)[1] for each in statement["Resource"]] == ["live/GET/orders", "next/GET/orders"]


REFUSED = {
    "unknown-name": (None, [{**ORDERS[0], "auth": "user"}], "routes[0].auth: expected 'iam', got 'user'"),
    "near-name": (only("cognito"), [{**ORDERS[0], "auth": "user"}], "did you mean 'users'?"),
    "public-and-auth": (
        None,
        [{**ORDERS[0], "public": "x", "auth": "iam"}],
        "cannot be combined with `routes[0].public`",
    ),
    "public-and-key": (
        None,
        [{**ORDERS[0], "public": "x", "api_key": True}],
        "requires an authorizer: a key identifies a client but does not authenticate one",
    ),
    "public-without-reason": (None, [{**ORDERS[0], "public": " "}], "routes[0].public"),
    "unused": (only("cognito"), [{**ORDERS[0], "auth": "iam"}], "no route uses this authorizer"),
    "no-default": (
        {"authorizers": {"a": {"cognito": {}}, "b": {"cognito": {}}}},
        None,
        "auth.default: required with 2 authorizers; one of 'a', 'b', 'iam'",
    ),
    "both-kinds": ({"authorizers": {"a": {"cognito": {}, "function": {"function": "f"}}}}, None, "exactly one of"),
    "built-in-name": (
        {"authorizers": {"iam": {"cognito": {}}}},
        None,
        "'iam' is not a name of letters, digits and underscores other than the built-in 'iam'",
    ),
    "unknown-scope": (
        only("cognito", scopes={"read": "See"}),
        [{**ORDERS[0], "scopes": ["raed"]}],
        "did you mean 'users/read'?",
    ),
    "scopes-without-cognito": (
        None,
        [{**ORDERS[0], "scopes": ["read"]}],
        "requires a Cognito authorizer, or a built-in one with tokens or keys: others know no scopes",
    ),
    "no-scopes": (only("cognito", scopes={}), None, "at least one scope"),
    "a-scope-of-cognito-itself": (
        only("cognito", scopes={"openid": "Sign in"}),
        None,
        "auth.authorizers.users.cognito.scopes.openid: 'openid' is a scope of Cognito itself",
    ),
    "a-machine-with-a-scope-of-users": (
        only("cognito", domain_prefix="shop", clients={"jobs": {"machine": True, "scopes": ["call", "openid"]}}),
        None,
        "clients.jobs.scopes: 'openid' is a scope of users, which Cognito issues to no machine",
    ),
    "client-of-both-kinds": (
        only("cognito", domain_prefix="d", clients={"c": {"machine": True, "callback_urls": ["https://a.example"]}}),
        None,
        "expected exactly one of `machine` true and `callback_urls`",
    ),
    "client-without-domain": (
        only("cognito", clients={"c": {"machine": True}}),
        None,
        "auth.authorizers.users.cognito.domain_prefix",
    ),
    "plain-http-callback": (
        only("cognito", domain_prefix="d", clients={"c": {"callback_urls": ["http://shop.example.com"]}}),
        None,
        (
            "'http://shop.example.com' is not an https:// URL, http://localhost, or a URL with "
            "an application's own scheme"
        ),
    ),
    "adopted-and-hardened": (only("cognito", pool_arns=[POOL], mfa="ON"), None, "an adopted pool has its own"),
    "two-headers-for-a-token": (
        only("function", function="f", type="TOKEN", identity_sources=["context.path"]),
        None,
        "exactly one header for a TOKEN authorizer",
    ),
    "cache-without-key": (
        only("function", function="f", ttl_seconds=60, identity_sources=[]),
        None,
        (
            "must contain a header or query parameter with the caller's credential if `ttl_seconds` is set: the "
            "sources are the cache key"
        ),
    ),
    "cache-for-every-route": (
        only("function", function="f", ttl_seconds=60),
        None,
        "secure_gateway.authorizer_responses.allow",
    ),
    "cache-by-method-alone": (
        only("function", function="f", ttl_seconds=60, identity_sources=["context.httpMethod"]),
        None,
        (
            "must contain a header or query parameter with the caller's credential if `ttl_seconds` is set: the "
            "sources are the cache key"
        ),
    ),
    "cache-by-route-for-every-caller": (
        only("function", function="f", ttl_seconds=60, identity_sources=["context.httpMethod", "context.path"]),
        None,
        (
            "must contain a header or query parameter with the caller's credential if `ttl_seconds` is set: the "
            "sources are the cache key"
        ),
    ),
    "cache-by-address": (
        only(
            "function",
            function="f",
            ttl_seconds=60,
            identity_sources=["context.identity.sourceIp", "stageVariables.x"],
            covers_all_routes=True,
        ),
        None,
        "auth.authorizers.users.function.identity_sources",
    ),
    "cover-without-cache": (
        only("function", function="f", covers_all_routes=True),
        None,
        "requires `ttl_seconds`: no response is cached",
    ),
    "adopted-without-scopes": (
        only("cognito", pool_arns=[POOL]),
        None,
        "routes[0].scopes: required unless the authorizer has `scopes`: a method without any accepts every ID token",
    ),
    "id-tokens-of-an-own-pool": (
        only("cognito", id_token_clients=["7abc"]),
        None,
        "requires `pool_arns`: a pool created here issues access tokens",
    ),
    "id-tokens-with-scopes": (
        only("cognito", pool_arns=[POOL], id_token_clients=["7abc"]),
        [{**ORDERS[0], "scopes": ["read"]}],
        "ID tokens have no scopes",
    ),
    "threats-without-plus": (
        only("cognito", tier="LITE", threat_protection="AUDIT"),
        None,
        "must be 'PLUS' with `auth.authorizers.users.cognito.threat_protection`, or left out",
    ),
    "threats-without-mfa": (only("cognito", mfa="OFF", threat_protection="ENFORCED"), None, "'OPTIONAL' or 'ON'"),
    "history-with-lite": (
        only("cognito", tier="LITE", password_history=1),
        None,
        "must be 0 with the tier 'LITE', which keeps no history",
    ),
    "two-domains": (
        only("cognito", domain_prefix="d", domain={"name": "a.example.com", "certificate_arn": CERTIFICATE}),
        None,
        "cannot be combined with `auth.authorizers.users.cognito.domain`: a pool has one of them",
    ),
    "certificate-elsewhere": (
        only(
            "cognito",
            domain={"name": "a.example.com", "certificate_arn": CERTIFICATE.replace("us-east-1", "eu-west-1")},
        ),
        None,
        "an ACM certificate in us-east-1",
    ),
    "machine-with-a-session": (
        only("cognito", domain_prefix="d", clients={"c": {"machine": True, "refresh_token_hours": 8}}),
        None,
        "requires `callback_urls`: a machine gets access tokens only, always with a secret",
    ),
    "session-shorter-than-its-tokens": (
        only("cognito", domain_prefix="d", clients={"c": {**WEB, "refresh_token_hours": 1}}),
        None,
        "must be longer than the 60 minutes of the other tokens",
    ),
    "implicit-plain-http": (
        only("cognito", domain_prefix="d", clients={"c": {**WEB, "logout_urls": ["http://a.example"]}}),
        None,
        "'http://a.example' is not an https:// URL, http://localhost, or a URL with an application's own scheme",
    ),
    "policy-that-opens-more": (
        {"invoke_policies": {"p": ["GET /orders/{id}"]}},
        [{"path": "/orders/{id}", "method": "GET"}, {"path": "/orders/{id}/refunds", "method": "GET"}],
        (
            "'GET /orders/{id}' also opens 'GET /orders/{id}/refunds', since `*` matches `/` in "
            "a policy: list these routes too"
        ),
    ),
    "key-that-nothing-reads": (
        only("function", function="f", returns_api_key=True),
        None,
        "requires `keys.source` 'AUTHORIZER'",
    ),
    "ttl": (only("function", function="f", ttl_seconds=4000), None, "a whole number from 0 to 3,600 seconds"),
    "no-function": (only("function"), None, "auth.authorizers.users.function.function: this field is required"),
    "invoke-policy-of-a-route-without-iam": (
        {**only("cognito"), "invoke_policies": {"p": ["GET /orders"]}},
        None,
        "'GET /orders' is a route whose auth is not 'iam': an IAM policy has no effect on it",
    ),
    "invoke-policy-of-no-route": ({"invoke_policies": {"p": ["GET /order"]}}, None, "did you mean 'GET /orders'?"),
}


@pytest.mark.parametrize(("auth", "routes", "words"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused(auth, routes, words):
    with pytest.raises(ArgsError) as refused:
        gateway(auth, routes)

    assert words in str(refused.value)


def test_all_mistakes_come_in_one_message():
    routes = [{**ORDERS[0], "auth": "nobody"}, {"path": "/b", "method": "FETCH"}]

    with pytest.raises(ArgsError) as refused:
        gateway(only("cognito", mfa="MAYBE"), routes)

    text = str(refused.value)
    assert all(place in text for place in ("routes[0].auth", "routes[1].method", "auth.authorizers.users.cognito.mfa"))


def test_invoke_policies_of_the_layer_alone_need_their_stages():
    args = {"execution_arn": "arn:aws:execute-api:eu-west-1:1:a", "invoke_policies": {"p": ["GET /a"]}}

    with pytest.raises(ArgsError, match="stage_names: required with `invoke_policies`"):
        deploy(lambda: Auth("alone", args))


def test_the_layer_alone_gives_ids_and_secrets():
    args = {
        **only("cognito", domain_prefix="shop", clients={"jobs": {"machine": True}}),
        "execution_arn": "arn:aws:execute-api:eu-west-1:123456789012:abc",
    }
    made = deploy(lambda: Auth("alone", args), outputs=ALL_MADE)

    assert value(made.result.user_pool_ids) == {"users": made.one("UserPool").id}
    assert value(made.result.user_pool_client_ids) == {"users/jobs": made.one("UserPoolClient").id}
    assert value(made.result.user_pool_client_secrets) == {"users/jobs": "s3cr3t"}


# What logs must not show: derived from what the authorizers read.


def hidden(auth, routes=None, **more):
    made = gateway(auth, routes, **more)
    protected = made.one("WebAcl").inputs["dataProtectionConfig"]["dataProtections"]
    found = {each["field"]["fieldType"]: set(each["field"]["fieldKeys"]) for each in protected}
    redacted = {
        each["singleHeader"]["name"] for each in made.one("WebAclLoggingConfiguration").inputs["redactedFields"]
    }
    assert redacted == found["SINGLE_HEADER"]
    return redacted - {"authorization", "cookie", "x-api-key"}, found.get("SINGLE_QUERY_ARGUMENT", set())


STORE = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:callers-Ab12Cd"
ISSUER = {"issuer": "https://login.example.com", "audiences": ["orders"]}
HEADER = "method.request.header."
SIGNED_QUERY = {"x-amz-credential", "x-amz-security-token", "x-amz-signature"}
READ = {
    "cognito": (only("cognito"), set(), set()),
    "function": (only("function", function=FUNCTION), set(), set()),
    "token": (
        only("function", function=FUNCTION, type="TOKEN", identity_sources=[f"{HEADER}X-Token"]),
        {"x-token"},
        set(),
    ),
    "request": (
        only(
            "function",
            function=FUNCTION,
            identity_sources=[
                f"{HEADER}X-Session",
                "method.request.querystring.Access_Token",
                f"{HEADER}User-Agent",
                "context.httpMethod",
            ],
        ),
        {"x-session"},
        {"access_token"},
    ),
    "secret": (only("builtin", validators={"cdn": {"shared_secret": {"store": STORE}}}), {"x-origin-secret"}, set()),
    "alternatives": (
        only(
            "builtin",
            validators={
                "people": {"jwt": {"issuers": [ISSUER], "header": "x-access-token"}},
                "partners": {"api_key": {"store": STORE, "header": "x-partner-key"}},
                "machines": {"signature": {"store": STORE}},
            },
            require=[["people"], ["partners"], ["machines"]],
        ),
        {"x-access-token", "x-partner-key", "x-signature"},
        set(),
    ),
    "iam": (None, {"x-amz-security-token"}, SIGNED_QUERY),
}


@pytest.mark.parametrize(("auth", "headers", "query"), READ.values(), ids=READ)
def test_logs_of_the_web_acl_show_no_credential_that_authorizers_read(auth, headers, query):
    assert hidden(auth) == (headers, query)


def test_credentials_of_all_authorizers_and_of_every_stage_are_hidden():
    authorizers = {"own": {"function": {"function": FUNCTION, "identity_sources": [f"{HEADER}X-Own"]}}}
    routes = [*ORDERS, {"path": "/signed", "method": "GET", "auth": "iam"}]
    args = {
        "auth": {"authorizers": authorizers, "default": "own"},
        "waf": {"secret_headers": ["x-more"], "secret_query_arguments": ["sid"]},
    }
    stages = {"test": {"waf": {"sampled_requests": True}}}
    made = deploy(lambda: SecureGateway("api", {**BASE, **args, "routes": routes, "stages": stages}))

    for acl in made.of("WebAcl"):
        headers, query = (each["field"]["fieldKeys"] for each in acl.inputs["dataProtectionConfig"]["dataProtections"])
        assert {"x-own", "x-more", "x-amz-security-token"} <= set(headers)
        assert set(query) == {"sid", *SIGNED_QUERY}
    assert len(made.of("WebAcl")) == 2


def test_self_sign_up_is_in_the_posture():
    lines = value(gateway(only("cognito", self_sign_up=True)).result.posture)["auth"]["enforced"]

    assert any("anyone can sign up" in line for line in lines)


LONG = {
    "function": only("function", function=FUNCTION, ttl_seconds=301, covers_all_routes=True),
    "builtin": only("builtin", validators={"cdn": {"shared_secret": {"store": STORE}}}, ttl_seconds=3_600),
}


@pytest.mark.parametrize("kind", LONG)
def test_decisions_that_are_cached_for_long_need_a_reason(kind):
    path = f"auth.authorizers.users.{kind}"
    with pytest.raises(ArgsError, match=f"{path}.ttl_seconds: caches decisions longer than 300 seconds"):
        gateway(LONG[kind])
    fields = {**LONG[kind]["authorizers"]["users"][kind], "exceptions": {"ttl_seconds": "slow to decide"}}
    lines = value(gateway(only(kind, **fields)).result.posture)["auth"]["enforced"]
    assert any("exception for ttl_seconds: slow to decide" in line for line in lines)


@pytest.mark.parametrize("weaker", [{"mfa": "OPTIONAL"}, {"temporary_password_days": 8}], ids=str)
def test_a_weaker_pool_needs_a_reason(weaker):
    (option,) = weaker
    with pytest.raises(ArgsError, match=f"auth.authorizers.users.cognito.{option}: lets .* add"):
        gateway(only("cognito", **weaker))
    gateway(only("cognito", **weaker, exceptions={option: "a test"}))
    with pytest.raises(ArgsError, match=f"exceptions.{option}: no reason is needed"):
        gateway(only("cognito", exceptions={option: "a test"}))


def test_a_pool_that_can_be_deleted_needs_no_reason_and_the_posture_says_so():
    """It is a step of every destroy: AWS deletes no protected pool."""
    for given in ({}, {"exceptions": {"deletion_protection": "a test"}}):
        made = gateway(only("cognito", deletion_protection=False, **given))
        (line,) = (each for each in value(made.result.posture)["auth"]["enforced"] if "Cognito" in each)
        assert "the pool can be deleted" in line
    with pytest.raises(ArgsError, match="deletion_protection: no reason is needed"):
        gateway(only("cognito", exceptions={"deletion_protection": "a test"}))
