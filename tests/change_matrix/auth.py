"""The options of the layer `auth`."""

from change_matrix import ABSENT, Among, Containing, Group, Option
from change_matrix.bases import API, OPERATION, PLAIN, REASON, ROUTE, arn

POOL = "pools/shop-people"
WEB = f"{POOL}/clients/shop-people-web"
SERVICE = f"{POOL}/clients/shop-people-service"
P = "auth.authorizers.people.cognito"
F = "auth.authorizers.own.function"
AUTHORIZER = f"{API}/authorizers/own"
MAIL = arn("ses", "identity/{}.example.com")
POOL_ARN = arn("cognito-idp", "userpool/us-east-1_aaaa{}")
LOGIN_CERTIFICATE = arn("acm", "certificate/{}")
OTHERS = {
    "routes": [
        ROUTE,
        {"path": "/iam", "method": "GET", "auth": "iam"},
        {"path": "/iam", "method": "POST", "auth": "iam"},
    ]
}
WAIVED = {"exceptions": {"deletion_protection": REASON}, "deletion_protection": False}
CLIENT = f"{P}.clients.web"

GROUPS = [
    Group(
        "auth-cognito",
        {
            **PLAIN,
            f"{P}.identifier": "orders",
            f"{P}.domain_prefix": "shop-one",
            f"{P}.tier": "PLUS",
            f"{CLIENT}.callback_urls": ["https://app.example.com/back"],
        },
        [
            Option(
                "routes.0.scopes",
                ["orders/read"],
                ["orders/write"],
                f"{OPERATION}/security/*/people/*",
                (["orders/read"], ["orders/write"]),
            ),
            Option(
                f"{P}.scopes",
                {"read": "See", "write": "Order"},
                {"read": "See orders", "write": "Order"},
                f"{POOL}/servers/orders/Scopes/*/ScopeDescription",
                (["See", "Order"], ["See orders", "Order"]),
            ),
            Option(f"{P}.deletion_protection", True, False, f"{POOL}/DeletionProtection", ("ACTIVE", "INACTIVE")),
            Option(f"{P}.mfa", "ON", "OPTIONAL", f"{POOL}/MfaConfiguration"),
            Option(f"{P}.password_length", 12, 14, f"{POOL}/Policies/PasswordPolicy/MinimumLength"),
            Option(f"{P}.password_history", 0, 5, f"{POOL}/Policies/PasswordPolicy/PasswordHistorySize"),
            Option(
                f"{P}.temporary_password_days", 3, 5, f"{POOL}/Policies/PasswordPolicy/TemporaryPasswordValidityDays"
            ),
            Option(
                f"{P}.self_sign_up",
                False,
                True,
                f"{POOL}/AdminCreateUserConfig/AllowAdminCreateUserOnly",
                (True, ABSENT),
            ),
            Option(f"{P}.ses_identity_arn", MAIL.format("a"), MAIL.format("b"), f"{POOL}/EmailConfiguration/SourceArn"),
            Option(f"{P}.threat_protection", "AUDIT", "ENFORCED", f"{POOL}/UserPoolAddOns/AdvancedSecurityMode"),
            Option(f"{CLIENT}.access_token_minutes", 60, 30, f"{WEB}/AccessTokenValidity"),
            Option(f"{CLIENT}.id_token_minutes", 60, 40, f"{WEB}/IdTokenValidity"),
            Option(f"{CLIENT}.refresh_token_hours", 720, 48, f"{WEB}/RefreshTokenValidity"),
            Option(
                f"{CLIENT}.rotate_refresh_tokens",
                False,
                True,
                f"{WEB}/RefreshTokenRotation/Feature",
                (ABSENT, "ENABLED"),
            ),
            Option(f"{CLIENT}.sign_in_minutes", 3, 5, f"{WEB}/AuthSessionValidity"),
            Option(
                f"{CLIENT}.logout_urls",
                ["https://app.example.com/bye"],
                ["https://app.example.com/out"],
                f"{WEB}/LogoutURLs/*",
                (["https://app.example.com/bye"], ["https://app.example.com/out"]),
            ),
            Option(
                f"{P}.clients.service.scopes",
                ["read"],
                ["write"],
                f"{SERVICE}/AllowedOAuthScopes/*",
                (["orders/read"], ["orders/write"]),
            ),
        ],
        with_a={"routes.0": ROUTE, f"{P}.clients.service.machine": True},
        with_b={
            "routes.0": ROUTE,
            f"{P}.clients.service.machine": True,
            f"{P}.exceptions": {"mfa": REASON, "deletion_protection": REASON},
        },
    ),
    Group(
        "auth-cognito-replaced",
        {**PLAIN, f"{P}.deletion_protection": False, f"{P}.exceptions": {"deletion_protection": REASON}},
        [
            Option(f"{P}.identifier", "orders", "shop", f"{POOL}/servers/*/Identifier"),
            Option(f"{P}.domain_prefix", "shop-one", "shop-two", f"{POOL}/Domain"),
            Option(f"{P}.sign_in", "USERNAME", "EMAIL", f"{POOL}/UsernameAttributes/*", (ABSENT, ["email"])),
            Option(f"{P}.tier", "ESSENTIALS", "PLUS", f"{POOL}/UserPoolTier"),
            Option(
                f"{CLIENT}.callback_urls",
                ["https://a.example.com/back"],
                ["https://b.example.com/back"],
                f"{WEB}/CallbackURLs/*",
                (["https://a.example.com/back"], ["https://b.example.com/back"]),
            ),
            Option(f"{CLIENT}.confidential", False, True, f"{WEB}/secret"),
            Option(
                f"{CLIENT}.scopes",
                ["call"],
                ["call", "phone"],
                f"{WEB}/AllowedOAuthScopes/*",
                (["openid", "email", "orders/call"], ["openid", "email", "phone", "shop/call"]),
            ),
            Option(
                f"{P}.clients.other.machine",
                True,
                False,
                f"{POOL}/clients/shop-people-other/AllowedOAuthFlows/*",
                (["client_credentials"], ["code"]),
            ),
        ],
        with_b={f"{P}.clients.other.callback_urls": ["https://c.example.com/back"]},
    ),
    Group(
        "auth-cognito-domain",
        {**PLAIN, f"{P}.deletion_protection": False, f"{P}.exceptions": {"deletion_protection": REASON}},
        [
            Option(f"{P}.domain.name", "login.example.com", "sign-in.example.com", f"{POOL}/CustomDomain"),
            Option(
                f"{P}.domain.certificate_arn",
                LOGIN_CERTIFICATE.format("one"),
                LOGIN_CERTIFICATE.format("two"),
                f"{POOL}/domain/DomainDescription/CustomDomainConfig/CertificateArn",
            ),
            Option(f"{P}.domain.zone_id", "$zone$", ABSENT, "records/login.example.com*/alias", (True, ABSENT)),
        ],
    ),
    Group(
        "auth-cognito-existing",
        PLAIN,
        [
            Option(
                f"{P}.pool_arns",
                [POOL_ARN.format(1)],
                [POOL_ARN.format(2)],
                f"{API}/authorizers/people/providerARNs/*",
                ([POOL_ARN.format(1)], [POOL_ARN.format(2)]),
            ),
            Option(
                f"{P}.id_token_clients",
                ["client1"],
                ["client2"],
                f"{API}/authorizers/people/*xpression",
                (Containing("client1"), Containing("client2")),
            ),
        ],
    ),
    Group(
        "auth-function",
        {**PLAIN, **OTHERS, "auth.default": "own"},
        [
            Option(
                f"{F}.function",
                "tokens",
                "tokens-2",
                f"{AUTHORIZER}/authorizerUri",
                (Containing(":function:tokens/"), Containing(":function:tokens-2/")),
            ),
            Option(
                f"{F}.identity_sources",
                ["method.request.header.X-One"],
                ["method.request.header.X-Two"],
                f"{AUTHORIZER}/identitySource",
                ("method.request.header.X-One", "method.request.header.X-Two"),
            ),
            Option(f"{F}.ttl_seconds", 60, 120, f"{AUTHORIZER}/authorizerResultTtlInSeconds"),
            Option(
                "auth.aws_gateway_responses", False, True, f"{API}/responses/ACCESS_DENIED/statusCode", ("403", ABSENT)
            ),
            Option(
                "auth.invoke_policies.readers",
                ["GET /iam"],
                ["POST /iam"],
                "iam/policies/shop-readers/Statement/*",
                (Among("/GET/iam"), Among("/POST/iam")),
            ),
        ],
        with_a={f"{F}.covers_all_routes": True},
        with_b={f"{F}.covers_all_routes": True},
    ),
    Group(
        "auth-function-type",
        {**PLAIN, **OTHERS},
        [
            Option(f"{F}.type", "REQUEST", "TOKEN", f"{AUTHORIZER}/type"),
            Option(
                f"{F}.validation_expression", ABSENT, "^Bearer [a-z]+$", f"{AUTHORIZER}/identityValidationExpression"
            ),
            Option("auth.default", "own", "iam", f"{OPERATION}/security/*/sigv4", (ABSENT, [[]])),
        ],
        with_a={f"{F}.function": "tokens", "routes.3": {"path": "/own", "method": "GET", "auth": "own"}},
        with_b={f"{F}.function": "tokens", "routes.3": {"path": "/own", "method": "GET", "auth": "own"}},
    ),
]
