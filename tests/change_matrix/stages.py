"""The options of further stages, canaries, stage variables, and of own documents."""

import json

from valid_args import written

from change_matrix import ABSENT, PRESENT, Group, Option
from change_matrix.bases import API, PLAIN, REASON, ROUTE, SERVED, STAGE, UNWATCHED, arn

TEST = f"{API}/stages/test"
VARIABLE = {"url": "https://${stageVariables.host}"}


def document(word: str) -> dict[str, object]:
    """An OpenAPI document with one operation."""
    operation = {
        "operationId": "getDoc",
        "summary": word,
        "security": [{"login": []}],
        "responses": {"200": {"description": word}},
    }
    return {
        "openapi": "3.0.1",
        "info": {"title": "Doc", "version": "1"},
        "paths": {f"/{word}": {"get": operation}, "/doc": {"post": {**operation, "operationId": "postDoc"}}},
        "components": {"securitySchemes": {"login": {"type": "apiKey", "name": "X-Login", "in": "header"}}},
    }


TWO = {"functions": {"orders": "orders"}, "default_integration": {"function": "orders"}}
AUTH = {
    "auth": {
        "authorizers": {"own": {"function": {"function": "tokens"}}, "other": {"function": {"function": "tokens-2"}}},
        "default": "own",
    }
}

GROUPS = [
    Group(
        "stages",
        {
            **PLAIN,
            **TWO,
            "auth": {"authorizers": {"own": {"function": {"function": "tokens"}}}},
            "tls": {
                "security_policy": "TLS_1_2",
                "domain": {"name": "api.example.com", "certificate_arn": arn("acm", "certificate/1")},
            },
            "routes": [ROUTE, {"path": "/doc", "method": "GET"}],
        },
        [
            Option("variables", {"flavour": "one"}, {"flavour": "two"}, f"{STAGE}/variables/flavour", ("one", "two")),
            Option("canary.percent", 10, 20, f"{STAGE}/canarySettings/percentTraffic"),
            Option(
                "canary.functions",
                {"orders": "orders-2"},
                {"orders": "tokens-2"},
                f"{STAGE}/canarySettings/stageVariableOverrides/function_orders",
                ("orders-2", "tokens-2"),
            ),
            Option(
                "canary.variables",
                {"flavour": "new"},
                {"flavour": "newer"},
                f"{STAGE}/canarySettings/stageVariableOverrides/flavour",
                ("new", "newer"),
            ),
            Option(
                "stages.test.base_path",
                "test",
                "beta",
                "domains/api.example.com/paths/beta",
                (ABSENT, "<shop-minimal>/test"),
            ),
            Option(
                "stages.test.functions",
                {"orders": "orders-2"},
                {"orders": "tokens"},
                f"{TEST}/variables/function_orders",
                ("orders-2", "tokens"),
            ),
            Option(
                "stages.test.variables",
                {"flavour": "three"},
                {"flavour": "four"},
                f"{TEST}/variables/flavour",
                ("three", "four"),
            ),
            Option(
                "stages.test.canary",
                {"percent": 10, "variables": {"flavour": "x"}},
                {"percent": 30, "variables": {"flavour": "y"}},
                f"{TEST}/canarySettings/percentTraffic",
                (10, 30),
            ),
            Option(
                "stages.test.cache",
                {"routes": {"GET /orders": {}}},
                {"routes": {"GET /doc": {}}},
                f"{TEST}/methodSettings/doc/GET/cachingEnabled",
                (ABSENT, True),
            ),
            Option(
                "stages.test.keys",
                {"rate": 50},
                {"rate": 40},
                f"{TEST}/methodSettings/[*]/[*]/throttlingRateLimit",
                (50, 40),
            ),
        ],
    ),
    Group(
        "stages-layers",
        {**UNWATCHED, "waf": {"waived": REASON}},
        [
            Option(
                "stages.test.waf",
                {"rate_limit": {"requests": 500}},
                {"rate_limit": {"requests": 400}},
                "waf/acls/shop-test/Rules/rate-limit/*/Limit",
                (500, 400),
            ),
            Option(
                "stages.test.observability",
                {"retention_days": 365},
                {"retention_days": 731},
                "logs/groups/*API*/retentionInDays",
                (365, 731),
            ),
            Option(
                "stages.test.tls",
                {
                    "domain": {"name": "test.example.com", "certificate_arn": arn("acm", "certificate/1")},
                    "keep_default_endpoint": REASON,
                },
                {
                    "domain": {"name": "test.example.com", "certificate_arn": arn("acm", "certificate/2")},
                    "keep_default_endpoint": REASON,
                },
                "domains/test.example.com/regionalCertificateArn",
                (arn("acm", "certificate/1"), arn("acm", "certificate/2")),
            ),
        ],
        with_a={
            "tls": {
                "security_policy": "TLS_1_2",
                "domain": {"name": "api.example.com", "certificate_arn": arn("acm", "certificate/1")},
                "keep_default_endpoint": REASON,
            }
        },
        with_b={
            "tls": {
                "security_policy": "TLS_1_2",
                "domain": {"name": "api.example.com", "certificate_arn": arn("acm", "certificate/1")},
                "keep_default_endpoint": REASON,
            }
        },
    ),
    Group(
        "document",
        {**PLAIN, **AUTH, "keys": {"plans": {"gold": {"rate": 5, "burst": 9}}, "keys": {"acme": {"plan": "gold"}}}},
        [
            Option(
                "openapi.document",
                document("one"),
                document("two"),
                f"{API}/methods/GET /two/httpMethod",
                (ABSENT, "GET"),
            ),
            Option(
                "openapi.security_schemes",
                {"login": "own"},
                {"login": "other"},
                f"{SERVED}/paths/*/get/security/*/other",
                (ABSENT, PRESENT),
            ),
            Option(
                "integrations",
                {"getDoc": {"mock": {"status": 200}}},
                {"getDoc": {"mock": {"status": 202}}},
                f"{SERVED}/paths/*/get/*/responses/default/statusCode",
                ("200", "202"),
            ),
            Option("openapi.operations.getDoc.api_key", False, True, f"{API}/methods/GET /*/apiKeyRequired"),
        ],
        with_a={
            "routes": [
                {"path": "/other", "method": "POST", "auth": "other"},
                {"path": "/own", "method": "POST", "auth": "own", "api_key": True},
            ]
        },
        with_b={
            "routes": [
                {"path": "/other", "method": "POST", "auth": "other"},
                {"path": "/own", "method": "POST", "auth": "own", "api_key": True},
            ]
        },
    ),
    Group(
        "document-file",
        {
            **PLAIN,
            "routes": [{"path": "/put", "method": "PUT"}],
            "auth": {"authorizers": {"own": {"cognito": {"scopes": {"read": "See", "write": "Order"}}}}},
            "openapi.security_schemes": {"login": "own"},
        },
        [
            Option(
                "openapi.file",
                written(json.dumps(document("one"))),
                written(json.dumps(document("two"))),
                f"{API}/methods/GET /two/httpMethod",
                (ABSENT, "GET"),
            ),
            Option(
                "openapi.operations.getDoc.scopes",
                ["read"],
                ["write"],
                f"{SERVED}/paths/*/get/security/*/own/*",
                (["own/read"], ["own/write"]),
            ),
            Option(
                "openapi.operations.postDoc.public",
                ABSENT,
                REASON,
                f"{API}/methods/POST /doc/authorizationType",
                ("COGNITO_USER_POOLS", "NONE"),
            ),
        ],
    ),
    Group(
        "document-text",
        {**PLAIN, **AUTH, "openapi.security_schemes": {"login": "own"}},
        [
            Option(
                "openapi.text",
                json.dumps(document("one")),
                json.dumps(document("two")),
                f"{API}/methods/GET /two/httpMethod",
                (ABSENT, "GET"),
            ),
            Option(
                "openapi.operations.getDoc.auth",
                "own",
                "other",
                f"{SERVED}/paths/*/get/security/*/other",
                (ABSENT, PRESENT),
            ),
        ],
        with_a={
            "routes": [
                {"path": "/other", "method": "POST", "auth": "other"},
                {"path": "/own", "method": "POST", "auth": "own"},
            ]
        },
        with_b={
            "routes": [
                {"path": "/other", "method": "POST", "auth": "other"},
                {"path": "/own", "method": "POST", "auth": "own"},
            ]
        },
    ),
]
