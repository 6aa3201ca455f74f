"""The built-in authorizer: a function with what it needs and no more, connected to its routes; its archive."""

import importlib.util
import json
import zipfile
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace

import pulumi
import pytest
from certificates import certificate
from uv import find_uv_bin

from secure_gateway import ArgsError, SecureGateway
from secure_gateway.authorizer import log, shipped
from secure_gateway.authorizer.cached import Notice
from secure_gateway.authorizer.config import read
from secure_gateway.authorizer.decide import Decision
from secure_gateway.layers.auth import Auth
from secure_gateway.layers.auth import archive as archives
from secure_gateway.layers.auth.archive import Archive, PackagingError
from secure_gateway.testing import UNKNOWN, deploy, value

STORE = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:keys-AbCdEf"
PARAMETER = "arn:aws:ssm:eu-west-1:123456789012:parameter/cdn"
ISSUED = "arn:aws:acm:eu-west-1:123456789012:certificate/abc"
KEY = "arn:aws:kms:eu-west-1:123456789012:key/abc"
POOL = "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_abc"
ISSUER = {"issuer": "https://issuer.example.com", "audiences": ["orders-api"]}
JWT = {"jwt": {"issuers": [ISSUER]}}
ROUTES = [
    {"path": "/orders", "method": "GET", "scopes": ["orders/read"]},
    {"path": "/orders", "method": "POST", "scopes": ["orders/write"]},
    {"path": "/me"},
]


def args(builtin=None, routes=None, **more):
    return {
        "default_integration": {"url": "https://backend.example.com"},
        "network": {"waived": "a test"},
        "routes": routes or ROUTES,
        "auth": {"authorizers": {"users": {"builtin": builtin or {"validators": {"users": JWT}}}}},
        **more,
    }


def gateway(builtin=None, routes=None, *, preview=False, **more):
    return deploy(lambda: SecureGateway("api", args(builtin, routes, **more)), preview=preview)


def config(made):
    return json.loads(made.one("Function").inputs["environment"]["variables"]["SECURE_GATEWAY_AUTHORIZER"])


def scheme(made):
    return json.loads(made.one("RestApiPut").inputs["body"])["components"]["securitySchemes"]["users"]


def refused(builtin=None, routes=None, **more):
    with pytest.raises(ArgsError) as raised:
        gateway(builtin, routes, **more)
    return {problem.path: problem.message for problem in raised.value.problems}


# What is made


def test_the_function_knows_its_routes_and_their_scopes():
    made = gateway()

    assert config(made)["routes"] == {
        "ANY /me": {},
        "GET /orders": {"scopes": ["orders/read"]},
        "POST /orders": {"scopes": ["orders/write"]},
    }
    assert read(json.dumps(config(made))).routes["GET /orders"].scopes == {"orders/read"}


def test_the_function_is_as_it_should_be():
    made = gateway()
    function = made.one("Function")

    assert function.inputs["runtime"] == "python3.12"
    assert function.inputs["architectures"] == ["arm64"]
    assert function.inputs["handler"] == "secure_gateway.authorizer.handler.handler"
    assert function.inputs["tracingConfig"] == {"mode": "Active"}
    assert function.inputs["kmsKeyArn"] == made.one("Key", "api-users").outputs["arn"]
    assert function.inputs["name"] == "api-users-dev"
    assert "vpcConfig" not in function.inputs
    assert "reservedConcurrentExecutions" not in function.inputs


TIMES = {
    "one issuer": ({"users": JWT}, [["users"]], 3),
    "tokens of the same header": ({"users": JWT, "staff": JWT}, [["users"], ["staff"]], 3),
    "tokens of two headers": (
        {"users": JWT, "staff": {"jwt": {"issuers": [ISSUER], "header": "x-staff"}}},
        [["users", "staff"]],
        5,
    ),
    "alternatives with headers of their own": (
        {"users": JWT, "cdn": {"shared_secret": {"store": PARAMETER}}, "k": {"api_key": {"store": STORE}}},
        [["users"], ["cdn"], ["k"]],
        3,
    ),
    "stores of one header": (
        {name: {"api_key": {"store": STORE}} for name in "abc"},
        [[name] for name in "abc"],
        7,
    ),
}


@pytest.mark.parametrize(("validators", "require", "least"), TIMES.values(), ids=TIMES)
def test_the_time_limit_is_longer_than_issuers_and_stores_may_take(validators, require, least):
    given = {"validators": validators, "require": require}
    routes = [{"path": "/orders", "method": "GET"}]

    assert gateway({**given, "timeout_seconds": least}, routes).one("Function").inputs["timeout"] == least
    if least > 3:
        message = refused({**given, "timeout_seconds": least - 1}, routes)[f"{HOME}.timeout_seconds"]
        assert message.startswith(f"must be at least {least}: ")


def test_its_settings_reach_it():
    settings = {
        "validators": {"users": JWT},
        "function_name": "gate",
        "runtime": "python3.13",
        "architecture": "x86_64",
        "memory_mb": 1024,
        "timeout_seconds": 5,
        "reserved_concurrency": 20,
        "retention_days": 30,
        "exceptions": {"retention_days": "a test"},
        "kms_key_arn": KEY,
        "vpc": {"subnet_ids": ["subnet-1"], "security_group_ids": ["sg-1"]},
    }
    made = gateway(settings)
    function = made.one("Function").inputs

    assert (function["name"], function["runtime"], function["architectures"]) == ("gate", "python3.13", ["x86_64"])
    assert (function["memorySize"], function["timeout"], function["reservedConcurrentExecutions"]) == (1024, 5, 20)
    assert function["kmsKeyArn"] == KEY
    assert function["vpcConfig"] == {"subnetIds": ["subnet-1"], "securityGroupIds": ["sg-1"]}
    log = made.one("LogGroup", "api-users").inputs
    assert (log["name"], log["retentionInDays"], log["kmsKeyId"]) == ("/aws/lambda/gate", 30, KEY)
    assert not [each for each in made.of("Key") if each.name == "api-users"]
    assert "gate/invocations" in scheme(made)["x-amazon-apigateway-authorizer"]["authorizerUri"]


def allowed(made):
    policy = json.loads(made.one("RolePolicy", "api-users").inputs["policy"])
    return {action: each["Resource"] for each in policy["Statement"] for action in each["Action"]}


def test_the_role_may_do_what_the_function_needs_and_no_more():
    made = gateway()
    log = "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/api-users-dev:*"

    assert allowed(made) == {
        "logs:CreateLogStream": [log],
        "logs:PutLogEvents": [log],
        "xray:PutTraceSegments": ["*"],
        "xray:PutTelemetryRecords": ["*"],
        "kms:Decrypt": [made.one("Key", "api-users").outputs["arn"]],
    }


def test_the_role_may_read_the_stores_that_are_configured():
    validators = {"keys": {"api_key": {"store": STORE}}, "cdn": {"shared_secret": {"store": PARAMETER}}}
    routes = [{"path": "/orders"}]
    may = allowed(gateway({"validators": validators, "require": [["cdn", "keys"]], "store_key_arns": [KEY]}, routes))

    assert may["secretsmanager:GetSecretValue"] == [STORE]
    assert may["ssm:GetParameter"] == [PARAMETER]
    assert KEY in may["kms:Decrypt"]
    vpc = {"subnet_ids": ["subnet-1"], "security_group_ids": ["sg-1"]}
    assert "ec2:CreateNetworkInterface" in allowed(gateway({"validators": {"users": JWT}, "vpc": vpc}))


def test_log_and_rights_are_there_before_the_function():
    made = gateway()
    function = made.one("Function")

    assert function.depends_on(made.one("LogGroup", "api-users"))
    assert function.depends_on(made.one("RolePolicy", "api-users"))


def test_the_key_lets_the_log_of_this_function_encrypt():
    policy = json.loads(gateway().one("Key", "api-users").inputs["policy"])
    (log,) = [each for each in policy["Statement"] if each["Sid"] == "LogEncrypts"]

    assert log["Principal"] == {"Service": "logs.eu-west-1.amazonaws.com"}
    assert log["Condition"]["ArnEquals"]["kms:EncryptionContext:aws:logs:arn"].endswith("/aws/lambda/api-users-dev")


def test_only_this_apis_authorizers_may_invoke_it():
    made = gateway()
    permission = made.one("Permission", "api-users")

    assert permission.inputs["sourceArn"].endswith("/authorizers/*")
    assert permission.inputs["principal"] == "apigateway.amazonaws.com"
    assert permission.depends_on(made.one("Function"))


def test_the_document_is_known_at_the_first_preview():
    made = gateway(preview=True)

    assert made.one("RestApiPut").inputs["body"] != UNKNOWN
    assert "function:api-users-dev/invocations" in scheme(made)["x-amazon-apigateway-authorizer"]["authorizerUri"]


def test_issuers_and_stores_may_come_from_other_resources():
    issuer = {"user_pool_arn": POOL, "client_ids": [pulumi.Output.from_input("app-1")]}
    validators = {
        "users": {"jwt": {"issuers": [issuer]}},
        "keys": {"api_key": {"store": pulumi.Output.from_input(STORE)}},
    }
    made = gateway({"validators": validators, "require": [["users"], ["keys"]]})
    whole = read(json.dumps(config(made)))

    assert whole.validators["users"].issuers[
        "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_abc"
    ].client_ids == {"app-1"}
    assert whole.validators["keys"].store.arn == STORE


def test_a_long_configuration_goes_into_the_archive():
    routes = [{"path": f"/a-resource-of-some-length/{number}", "scopes": ["orders/read"]} for number in range(100)]
    made = gateway(None, routes)

    assert "environment" not in made.one("Function").inputs


def test_the_posture_tells_what_is_checked():
    lines = value(gateway().result.posture)["auth"]["enforced"]

    assert "users: built-in authorizer, REQUEST, users of users (jwt); decisions cached 0 s" in lines


def test_the_operations_name_it_without_scopes():
    body = json.loads(gateway().one("RestApiPut").inputs["body"])

    assert body["paths"]["/orders"]["get"]["security"] == [{"users": []}]


def test_the_layer_alone_is_told_its_routes():
    layer = {
        "execution_arn": "arn:aws:execute-api:eu-west-1:123456789012:abc",
        "authorizers": {"users": {"builtin": {"validators": {"users": JWT}}}},
        "builtin_routes": {"users": {"GET /orders": ["orders/read"]}},
    }
    made = deploy(lambda: Auth("own", layer))
    assert config(made)["routes"] == {"GET /orders": {"scopes": ["orders/read"]}}

    for routes in ({}, {"users": {}}, {"user": {"GET /orders": []}}, {"users": {"GET /orders": []}, "x": {}}):
        with pytest.raises(ArgsError, match=r"builtin_routes|users"):
            deploy(lambda routes=routes: Auth("own", {**layer, "builtin_routes": routes}))


# The cache (aws-facts 4.3)


def test_what_a_request_must_have_is_asked_before_the_function_runs():
    validators = {"cdn": {"shared_secret": {"store": STORE}}, "users": JWT, "keys": {"api_key": {"store": STORE}}}

    def sources(require):
        settings = {"validators": {name: validators[name] for way in require for name in way}, "require": require}
        return scheme(gateway(settings))["x-amazon-apigateway-authorizer"].get("identitySource")

    assert sources([["users"]]) == "method.request.header.authorization"
    assert sources([["cdn", "users"]]) == "method.request.header.authorization, method.request.header.x-origin-secret"
    assert sources([["cdn", "users"], ["cdn", "keys"]]) == "method.request.header.x-origin-secret"
    assert sources([["users"], ["keys"]]) is None


def test_a_kept_answer_names_all_that_the_caller_may_call():
    made = gateway({"validators": {"users": JWT}, "ttl_seconds": 300})

    assert config(made)["cached"] is True
    assert scheme(made)["x-amazon-apigateway-authorizer"]["authorizerResultTtlInSeconds"] == 300
    assert config(gateway())["cached"] is False


def test_a_token_authorizer_reads_its_header():
    settings = {"validators": {"users": {"jwt": {"issuers": [ISSUER], "header": "x-token"}}}, "type": "TOKEN"}
    made = scheme(gateway(settings))

    assert (made["name"], made["x-amazon-apigateway-authorizer"]["type"]) == ("x-token", "token")
    assert made["x-amazon-apigateway-authorizer"]["identityValidationExpression"].startswith("^[Bb]earer ")


OPTIONS = {
    "at+jwt": (
        {"jwt": {"issuers": [{**ISSUER, "require_at_jwt": True}]}},
        lambda read: read.issuers[ISSUER["issuer"]].require_at_jwt,
        True,
    ),
    "booleans": (
        {"jwt": {"issuers": [{**ISSUER, "required_claims": {"email_verified": [True, "true"], "org": []}}]}},
        lambda read: dict(read.issuers[ISSUER["issuer"]].required_claims),
        {"email_verified": {True, "true"}, "org": frozenset()},
    ),
    "stale keys of an issuer": (
        {"jwt": {"issuers": [{**ISSUER, "keys_stale_seconds": 0}]}},
        lambda read: read.issuers[ISSUER["issuer"]].keys_stale,
        0,
    ),
    "a stale store of keys": ({"api_key": {"store": STORE, "stale_seconds": 0}}, lambda read: read.store.stale, 0),
    "a stale store of secrets": (
        {"shared_secret": {"store": STORE, "stale_seconds": 60, "refresh_seconds": 30}},
        lambda read: (read.store.refresh, read.store.stale),
        (30, 60),
    ),
    "a stale store of signers": ({"signature": {"store": STORE}}, lambda read: read.store.stale, 3_600),
    "hosts": (
        {"signature": {"store": STORE, "hosts": ["api.example.com"]}},
        lambda read: read.hosts,
        ("api.example.com",),
    ),
    "signed headers": (
        {"signature": {"store": STORE, "signed_headers": ["content-type"]}},
        lambda read: read.signed_headers,
        {"content-type"},
    ),
    "version 1": (
        {"signature": {"store": STORE, "accept_v1_until": "2027-02-28"}},
        lambda read: read.v1_until,
        int(datetime(2027, 3, 1, tzinfo=UTC).timestamp()),
    ),
    "version 1 never": ({"signature": {"store": STORE}}, lambda read: read.v1_until, 0),
}


@pytest.mark.parametrize(("validator", "option", "expected"), OPTIONS.values(), ids=OPTIONS)
def test_the_options_of_a_validator_reach_the_function(validator, option, expected):
    made = gateway({"validators": {"v": validator}}, [{"path": "/orders"}])

    assert option(read(json.dumps(config(made))).validators["v"]) == expected


def test_defaults_need_no_space_in_the_environment():
    made = gateway({"validators": {"s": {"signature": {"store": STORE}}}}, [{"path": "/orders"}])

    assert set(config(made)["validators"]["s"]["signature"]) == {"header", "store", "refresh_seconds", "window_seconds"}


def test_rows_of_a_table_belong_to_a_caller_of_one_issuer():
    table = {
        "arn": "arn:aws:dynamodb:eu-west-1:123456789012:table/orders",
        "action": "GetItem",
        "attributes": {"owner": "caller", "id": "path.id"},
    }
    routes = [{"path": "/orders/{id}", "method": "GET", "integration": {"table": table}}]
    body = json.loads(gateway(None, routes, default_integration=None).one("RestApiPut").inputs["body"])
    template = body["paths"]["/orders/{id}"]["get"]["x-amazon-apigateway-integration"]["requestTemplates"]

    assert "$context.authorizer.caller" in json.dumps(template)
    assert "principalId" not in json.dumps(template)


def dashboard(made):
    return json.loads(made.one("Dashboard").inputs["dashboardBody"])["widgets"]


def test_the_dashboard_shows_what_the_authorizer_decides():
    widgets = dashboard(gateway({"validators": {"users": JWT}, "function_name": "gate"}))
    lines = [each for widget in widgets for each in widget["properties"].get("metrics", []) if "gate" in str(each)]
    (search,) = [each[0]["expression"] for each in lines if isinstance(each[0], dict)]

    assert "## Authorizer gate: what it decides" in [each["properties"].get("markdown") for each in widgets]
    assert search == (
        "SEARCH('{SecureGateway/Authorizer,Authorizer,Reason} Authorizer=\"gate\" MetricName=\"Denied\"', 'Sum', 300)"
    )
    assert {(each[1], *each[2:4]) for each in lines if not isinstance(each[0], dict)} == {
        (metric, "Authorizer", "gate") for metric in ("Allowed", "Denied", "Latency", "Stale", "SourceFailures")
    }
    assert {each[0] for each in lines if not isinstance(each[0], dict)} == {log.NAMESPACE}


def test_metrics_of_the_dashboard_are_those_of_the_log_line():
    notices = [Notice(stale=True, source="s", detail="d")]
    line = json.loads(log.line("gate", Decision("allowed", {}, notices=notices), at=0, seconds=0))
    logged = {
        (directive["Namespace"], metric["Name"])
        for directive in line["_aws"]["CloudWatchMetrics"]
        if ["Authorizer"] in directive["Dimensions"]
        for metric in directive["Metrics"]
    }
    widgets = dashboard(gateway({"validators": {"users": JWT}, "function_name": "gate"}))
    shown = {
        (each[0], each[1])
        for widget in widgets
        for each in widget["properties"].get("metrics", [])
        if each[0] == log.NAMESPACE
    }

    assert shown == logged


def test_without_a_built_in_authorizer_the_dashboard_has_no_row_for_one():
    made = deploy(
        lambda: SecureGateway(
            "api",
            {
                "default_integration": {"url": "https://backend.example.com"},
                "network": {"waived": "a test"},
                "routes": [{"path": "/orders"}],
            },
        )
    )

    assert not any("Authorizer" in str(each) for each in dashboard(made))


CDN = {"shared_secret": {"store": STORE}}
SIGNED = {"signature": {"store": STORE}}
CERTIFIED = {"client_certificate": {"subjects": ["CN=a"]}}
PLAIN = [{"path": "/orders"}]
HOME = "auth.authorizers.users.builtin"
REFUSED = {
    "no validator": ({"validators": {}}, None, "validators"),
    "an unknown kind": ({"validators": {"users": {"jwt2": {}}}}, None, "validators.users.jwt2"),
    "two kinds": ({"validators": {"users": {**JWT, **CDN}}}, None, "validators.users"),
    "several and no require": ({"validators": {"users": JWT, "cdn": CDN}}, PLAIN, "require"),
    "a validator that nothing requires": (
        {"validators": {"users": JWT, "cdn": CDN}, "require": [["users"]]},
        None,
        "validators.cdn",
    ),
    "an unknown validator": ({"validators": {"users": JWT}, "require": [["user"]]}, None, "require[0]"),
    "an empty way": ({"validators": {"users": JWT}, "require": [[]]}, None, "require"),
    "require of another form": ({"validators": {"users": JWT}, "require": ["users"]}, None, "require"),
    "a route that is none": (
        {"validators": {"users": JWT}, "route_require": {"GET /other": [["users"]]}},
        None,
        'route_require["GET /other"]',
    ),
    "an issuer over http": (
        {"validators": {"users": {"jwt": {"issuers": [{**ISSUER, "issuer": "http://issuer.example.com"}]}}}},
        None,
        "validators.users.jwt.issuers[0].issuer",
    ),
    "tokens for anybody": (
        {"validators": {"users": {"jwt": {"issuers": [{"issuer": ISSUER["issuer"]}]}}}},
        None,
        "validators.users.jwt.issuers[0]",
    ),
    "a symmetric algorithm": (
        {"validators": {"users": {"jwt": {"issuers": [{**ISSUER, "algorithms": ["HS256"]}]}}}},
        None,
        "validators.users.jwt.issuers[0].algorithms[0]",
    ),
    "an issuer twice": ({"validators": {"users": {"jwt": {"issuers": [ISSUER, ISSUER]}}}}, None, ""),
    "a store that is none": (
        {"validators": {"k": {"api_key": {"store": "keys"}}}},
        PLAIN,
        "validators.k.api_key.store",
    ),
    "a header in capitals": (
        {"validators": {"k": {"api_key": {"store": STORE, "header": "X-Key"}}}},
        PLAIN,
        "validators.k.api_key.header",
    ),
    "a certificate of any kind": (
        {"validators": {"k": {"client_certificate": {}}}},
        PLAIN,
        "validators.k.client_certificate",
    ),
    "certificates without mutual TLS": ({"validators": {"k": CERTIFIED}}, PLAIN, "validators"),
    "kept answers to signed requests": ({"validators": {"k": SIGNED}, "ttl_seconds": 60}, PLAIN, "ttl_seconds"),
    "kept answers to certificates": ({"validators": {"k": CERTIFIED}, "ttl_seconds": 60}, PLAIN, "ttl_seconds"),
    "kept answers of one of two headers": (
        {"validators": {"users": JWT, "cdn": CDN}, "require": [["users"], ["cdn"]], "ttl_seconds": 60},
        PLAIN,
        "ttl_seconds",
    ),
    "kept answers where routes differ": (
        {
            "validators": {"users": JWT, "cdn": CDN},
            "require": [["users", "cdn"]],
            "route_require": {"ANY /orders": [["cdn"]]},
            "ttl_seconds": 60,
        },
        PLAIN,
        "ttl_seconds",
    ),
    "kept answers that no policy can express": (
        {"validators": {"users": JWT}, "ttl_seconds": 60},
        [{"path": "/v/{x}", "method": "GET", "scopes": ["x"]}, {"path": "/{all+}", "scopes": ["y"]}],
        "ttl_seconds",
    ),
    "kept answers of more than 8 KB": (
        {"validators": {"users": JWT}, "ttl_seconds": 60},
        [{"path": f"/orders/{number}", "scopes": ["x"]} for number in range(60)],
        "ttl_seconds",
    ),
    "less time than two stores may take": (
        {
            "validators": {"k": {"api_key": {"store": STORE}}, "cdn": CDN},
            "require": [["cdn", "k"]],
            "timeout_seconds": 4,
        },
        PLAIN,
        "timeout_seconds",
    ),
    "less time than an issuer may take": (
        {"validators": {"users": JWT, "cdn": CDN}, "require": [["users", "cdn"]], "timeout_seconds": 3},
        PLAIN,
        "timeout_seconds",
    ),
    "less time than the stores of one header may take": (
        {
            "validators": {name: {"api_key": {"store": STORE}} for name in "abcde"},
            "require": [[name] for name in "abcde"],
        },
        PLAIN,
        "timeout_seconds",
    ),
    "TOKEN for keys": ({"validators": {"k": {"api_key": {"store": STORE}}}, "type": "TOKEN"}, PLAIN, "type"),
    "an unknown type": ({"validators": {"users": JWT}, "type": "token"}, None, "type"),
    "at+jwt for ID tokens": (
        {"validators": {"users": {"jwt": {"issuers": [{**ISSUER, "token_use": "id", "require_at_jwt": True}]}}}},
        None,
        "validators.users.jwt.issuers[0].require_at_jwt",
    ),
    "a claim with a number": (
        {"validators": {"users": {"jwt": {"issuers": [{**ISSUER, "required_claims": {"level": [1]}}]}}}},
        None,
        "validators.users.jwt.issuers[0].required_claims.level",
    ),
    "a claim with an empty string": (
        {"validators": {"users": {"jwt": {"issuers": [{**ISSUER, "required_claims": {"level": [""]}}]}}}},
        None,
        "validators.users.jwt.issuers[0].required_claims.level",
    ),
    "a store that is stale for ever": (
        {"validators": {"k": {"api_key": {"store": STORE, "stale_seconds": 86_401}}}},
        PLAIN,
        "validators.k.api_key.stale_seconds",
    ),
    **{
        f"a last day {day!r}": (
            {"validators": {"k": {"signature": {"store": STORE, "accept_v1_until": day}}}},
            PLAIN,
            "validators.k.signature.accept_v1_until",
        )
        for day in (
            "2027-02-30",
            "30.06.2027",
            "20270630",
            "1790000000",
            "2027-06-30T00:00:00",
            "1969-12-31",
            "9999-12-31",
        )
    },
    "a host with a path": (
        {"validators": {"k": {"signature": {"store": STORE, "hosts": ["api.example.com/x"]}}}},
        PLAIN,
        "validators.k.signature.hosts[0]",
    ),
    "six hosts": (
        {"validators": {"k": {"signature": {"store": STORE, "hosts": [f"{each}.example.com" for each in "abcdef"]}}}},
        PLAIN,
        "validators.k.signature.hosts",
    ),
    "a signed header in capitals": (
        {"validators": {"k": {"signature": {"store": STORE, "signed_headers": ["Content-Type"]}}}},
        PLAIN,
        "validators.k.signature.signed_headers[0]",
    ),
    "a retention that CloudWatch has not": (
        {"validators": {"users": JWT}, "retention_days": 31},
        None,
        "retention_days",
    ),
    "an old runtime": ({"validators": {"users": JWT}, "runtime": "python3.11"}, None, "runtime"),
    "an unknown architecture": ({"validators": {"users": JWT}, "architecture": "arm"}, None, "architecture"),
    "a key that is none": ({"validators": {"users": JWT}, "kms_key_arn": "alias/x"}, None, "kms_key_arn"),
    "a VPC without subnets": (
        {"validators": {"users": JWT}, "vpc": {"subnet_ids": [], "security_group_ids": ["sg-1"]}},
        None,
        "vpc",
    ),
    "a validator that is no string": ({"validators": {"users": JWT}, "require": [[{"a": 1}]]}, None, "require[0]"),
    "usage keys without keys": ({"validators": {"users": JWT}, "returns_api_key": True}, None, "returns_api_key"),
    "a misspelt field": ({"validators": {"users": JWT}, "memory": 128}, None, "memory"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused(case):
    builtin, routes, place = REFUSED[case]
    path = f"{HOME}.{place}" if place and not place.startswith("[") else HOME

    assert path in refused(builtin, routes)


def test_one_header_holds_one_key():
    plan = {"plans": {"gold": {"rate": 5, "burst": 5}}, "keys": {"acme": {"plan": "gold"}}}
    routes = [{"path": "/orders", "api_key": True}]
    builtin = {"validators": {"keys": {"api_key": {"store": STORE}}}}

    assert f"{HOME}.validators" in refused(builtin, routes, keys=plan)
    own = {"validators": {"keys": {"api_key": {"store": STORE, "header": "x-partner-key"}}}}
    assert gateway(own, routes, keys=plan).one("Function")
    counted = {**builtin, "returns_api_key": True}
    assert gateway(counted, routes, keys={**plan, "source": "AUTHORIZER"}).one("Function")


def test_scopes_need_a_validator_that_knows_them():
    routes = [{"path": "/orders", "scopes": ["x"]}]

    assert "routes[0].scopes" in refused({"validators": {"cdn": CDN}}, routes)


# The archive

KINDS = [(architecture, runtime) for architecture in ("arm64", "x86_64") for runtime in ("python3.12",)]


def test_the_digest_covers_every_input(monkeypatch, tmp_path):
    one = Archive(runtime="python3.12", architecture="arm64")
    others = [
        Archive(runtime="python3.13", architecture="arm64"),
        Archive(runtime="python3.12", architecture="x86_64"),
        Archive(runtime="python3.12", architecture="arm64", config="{}"),
    ]
    digests = {each.digest for each in (one, *others)}
    lock = tmp_path / "lock"
    lock.write_bytes(shipped.LOCK.read_bytes() + b"#")
    monkeypatch.setattr(shipped, "LOCK", lock)

    assert len(digests | {one.digest}) == 5


def test_mocks_make_no_archive(monkeypatch):
    monkeypatch.setattr(archives, "_run", lambda _: pytest.fail("an installer was run"))
    code = gateway().one("Function").inputs["code"]
    digest = Archive(runtime="python3.12", architecture="arm64").digest

    assert code["assets"]["archive.sha256"]["text"] == digest


FILES = {
    "lib/__init__.py": "x = 1",
    "lib/native.so": "ELF",
    "a-1.dist-info/RECORD": "changes",
    "a-1.dist-info/METADATA": "m",
}


@pytest.fixture(params=["pip", "uv"])
def installer(request, monkeypatch):
    """The only installer that there is."""
    has_pip = importlib.util.find_spec("pip") is not None
    monkeypatch.setattr(archives.importlib.util, "find_spec", lambda _: request.param == "pip")
    monkeypatch.setattr(archives.shutil, "which", lambda _: find_uv_bin() if request.param == "uv" else None)
    return SimpleNamespace(name=request.param, is_here=has_pip or request.param == "uv")


@pytest.fixture
def calls(installer, monkeypatch):
    """The commands that fetch dependencies; each brings one package of FILES."""
    commands = []

    def run(command):
        commands.append(command)
        if installer.name == "uv":
            folder = Path(command[command.index("--target") + 1])
            for name, content in FILES.items():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).write_text(content)
            return
        folder = Path(command[command.index("-d") + 1])
        folder.mkdir(parents=True)
        with zipfile.ZipFile(folder / "a-1-py3-none-any.whl", "w", zipfile.ZIP_DEFLATED) as wheel:
            for name, content in FILES.items():
                wheel.writestr(name, content)

    monkeypatch.setattr(archives, "_run", run)
    return commands


def test_the_same_inputs_make_the_same_bytes(calls, tmp_path):
    one = Archive(runtime="python3.12", architecture="x86_64")
    files = [one.build(tmp_path / home) for home in ("a", "b")]
    again = one.build(tmp_path / "a")

    assert len({sha256(each.read_bytes()).hexdigest() for each in files}) == 1
    assert again == files[0]
    assert len(calls) == 2, "once for each cache"
    with zipfile.ZipFile(files[0]) as made:
        names = made.namelist()
        assert names == sorted(names)
        assert "lib/native.so" in names
        assert "secure_gateway/authorizer/handler.py" in names
        assert not [each for each in names if "__main__" in each or "RECORD" in each or "__pycache__" in each]
        assert {each.date_time for each in made.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_wheels_are_those_of_the_functions_platform(calls, installer, tmp_path):
    Archive(runtime="python3.13", architecture="arm64").build(tmp_path)
    (command,) = calls
    platform = {"pip": ("--platform", "manylinux2014_aarch64"), "uv": ("--python-platform", "aarch64-manylinux2014")}
    option, expected = platform[installer.name]

    assert command[command.index(option) + 1] == expected
    assert command[command.index("--python-version") + 1] == "3.13"
    assert {"--only-binary=:all:", "--require-hashes", "--no-deps"} <= set(command)


def test_dependencies_are_fetched_once_for_a_lock(calls, tmp_path):
    for text in ("", "{}", '{"a": 1}'):
        Archive(runtime="python3.12", architecture="arm64", config=text).build(tmp_path)

    assert len(calls) == 1


def test_an_archive_that_cannot_be_made_says_why(installer, monkeypatch, tmp_path):
    if not installer.is_here:
        pytest.skip(f"no {installer.name}")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))
    one = Archive(runtime="python3.12", architecture="arm64")
    with pytest.raises(PackagingError, match=r"(?s)needs pip or uv.*(No matching distribution|No solution found)"):
        one.build(tmp_path / "cache")
    assert not list((tmp_path / "cache").glob("*.zip"))


def test_an_archive_without_an_installer_says_so(monkeypatch, tmp_path):
    one = Archive(runtime="python3.12", architecture="arm64")
    monkeypatch.setattr(archives.importlib.util, "find_spec", lambda _: None)
    monkeypatch.setattr(archives.shutil, "which", lambda _: None)
    with pytest.raises(PackagingError, match=r"neither pip .* nor uv"):
        one.build(tmp_path / "cache")


def test_a_preview_goes_on_without_an_archive_and_an_update_does_not(monkeypatch):
    def cannot(_):
        raise PackagingError("no network")

    said = []
    monkeypatch.setattr(archives, "_has_engine", lambda: True)
    monkeypatch.setattr(Archive, "build", cannot)
    monkeypatch.setattr(archives.pulumi.log, "warn", said.append)
    monkeypatch.setattr(archives.pulumi.runtime, "is_dry_run", lambda: True)
    one = Archive(runtime="python3.12", architecture="arm64")

    assert one.code().assets["archive.sha256"].text == one.digest
    assert "no network" in said[0]
    monkeypatch.setattr(archives.pulumi.runtime, "is_dry_run", lambda: False)
    with pytest.raises(PackagingError):
        one.code()


def test_a_cache_that_cannot_be_written_says_so(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(PackagingError, match="cannot be written"):
        Archive(runtime="python3.12", architecture="arm64").build(tmp_path / "file")


def test_the_lock_pins_every_dependency_by_hash():
    text = archives.LOCK.read_text("utf-8")
    pinned = [line for line in text.splitlines() if line and not line.startswith(("#", " "))]

    assert {line.split("==")[0] for line in pinned} == {"cffi", "cryptography", "joserfc", "pycparser"}
    assert all(line.endswith("\\") for line in pinned)


def test_certificates_reach_a_stage_under_a_base_path_of_the_domain():
    made = gateway(
        {"validators": {"c": CERTIFIED}},
        PLAIN,
        tls={"domain": {"name": "api.example.com", "certificate_arn": ISSUED}, "mutual_tls": {"ca_pem": certificate()}},
        stages={"test": {"base_path": "test"}},
    )

    assert {each.inputs["stageName"] for each in made.of("Stage")} == {"live", "test"}
