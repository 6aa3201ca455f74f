"""The options of the built-in authorizer."""

from change_matrix import ABSENT, Among, Containing, Group, Option
from change_matrix.bases import API, PLAIN, ROUTE, arn

B = "auth.authorizers.own.builtin"
FUNCTION = "functions/shop-own-minimal"
CONFIG = "functions/*/Environment/Variables/SECURE_GATEWAY_AUTHORIZER"
VALIDATORS = f"{CONFIG}/validators"
STORE = arn("secretsmanager", "secret:{}-AbCdEf")
BOUNDARY = "arn:aws:iam::123456789012:policy/{}"
KEY, SIGNED = f"{B}.validators.key.api_key", f"{B}.validators.signed.signature"
JWT = f"{B}.validators.tokens.jwt"
ISSUER = f"{JWT}.issuers.0"
ISSUERS = f"{VALIDATORS}/tokens/jwt/issuers/*"
POOL = arn("cognito-idp", "userpool/us-east-1_aaaa{}")
LOG = "logs/groups/*shop-own-minimal"


def stored(name: str, kind: str) -> list[Option]:
    """What each validator with a store has."""
    path, there = f"{B}.validators.{name}.{kind}", f"{VALIDATORS}/{name}/{kind}"
    return [
        Option(f"{path}.store", STORE.format(f"{name}-one"), STORE.format(f"{name}-two"), f"{there}/store"),
        Option(f"{path}.header", f"x-own-{name}", f"x-new-{name}", f"{there}/header"),
        Option(f"{path}.refresh_seconds", 60, 600, f"{there}/refresh_seconds"),
        Option(f"{path}.stale_seconds", 1200, 1800, f"{there}/stale_seconds"),
    ]


GROUPS = [
    Group(
        "auth-builtin",
        PLAIN,
        [
            *stored("key", "api_key"),
            *stored("shared", "shared_secret"),
            *stored("signed", "signature"),
            Option(f"{SIGNED}.window_seconds", 100, 200, f"{VALIDATORS}/signed/signature/window_seconds"),
            Option(
                f"{SIGNED}.hosts",
                ["a.example.com"],
                ["b.example.com"],
                f"{VALIDATORS}/signed/signature/hosts/*",
                (["a.example.com"], ["b.example.com"]),
            ),
            Option(
                f"{SIGNED}.signed_headers",
                ["x-one"],
                ["x-two"],
                f"{VALIDATORS}/signed/signature/signed_headers/*",
                (["x-one"], ["x-two"]),
            ),
            Option(
                f"{SIGNED}.accept_v1_until",
                "2099-01-01",
                "2099-02-01",
                f"{VALIDATORS}/signed/signature/v1_until",
                (4070995200, 4073673600),
            ),
            Option(
                f"{B}.require",
                [["key", "shared"], ["signed"]],
                [["key"], ["shared", "signed"]],
                f"{CONFIG}/require/0/*",
                (["key", "shared"], ["key"]),
            ),
            Option(
                f"{B}.route_require",
                {"GET /orders": [["key"]]},
                {"GET /orders": [["signed"]]},
                f"{CONFIG}/routes/GET /orders/require/*",
                (["key"], ["signed"]),
            ),
            Option(f"{B}.runtime", "python3.12", "python3.13", f"{FUNCTION}/Runtime"),
            Option(f"{B}.architecture", "arm64", "x86_64", f"{FUNCTION}/Architectures/*", (["arm64"], ["x86_64"])),
            Option(
                "permissions_boundary_arn",
                BOUNDARY.format("one"),
                BOUNDARY.format("two"),
                "iam/roles/shop-own*/PermissionsBoundary/PermissionsBoundaryArn",
            ),
            Option(f"{B}.memory_mb", 512, 256, f"{FUNCTION}/MemorySize"),
            Option(f"{B}.timeout_seconds", 15, 20, f"{FUNCTION}/Timeout"),
            Option(f"{B}.reserved_concurrency", 5, 10, f"{FUNCTION}/reserved"),
            Option(f"{B}.kms_key_arn", arn("kms", "key/one"), arn("kms", "key/two"), f"{FUNCTION}/KMSKeyArn"),
            Option(
                f"{B}.store_key_arns",
                [arn("kms", "key/three")],
                [arn("kms", "key/four")],
                "iam/roles/shop-own*/inline/*/Resource*",
                (Among("key/three"), Among("key/four")),
            ),
            Option(f"{B}.retention_days", 90, 180, f"{LOG}/retentionInDays"),
            Option(
                f"{B}.vpc.subnet_ids",
                ["$vpc_subnet_a$"],
                ["$vpc_subnet_b$"],
                f"{FUNCTION}/VpcConfig/SubnetIds/*",
                (["$vpc_subnet_a$"], ["$vpc_subnet_b$"]),
            ),
            Option(
                f"{B}.vpc.security_group_ids",
                ["$vpc_group_a$"],
                ["$vpc_group_b$"],
                f"{FUNCTION}/VpcConfig/SecurityGroupIds/*",
                (["<vpc-a>"], ["<vpc-b>"]),
            ),
        ],
        with_a={"routes": [ROUTE, {"path": "/all", "method": "GET"}]},
        with_b={"routes": [ROUTE, {"path": "/all", "method": "GET"}]},
    ),
    Group(
        "auth-builtin-tokens",
        PLAIN,
        [
            Option(f"{ISSUER}.issuer", "https://one.example.com", "https://two.example.com", f"{ISSUERS}/issuer"),
            Option(
                f"{ISSUER}.jwks_url",
                "https://one.example.com/keys",
                "https://two.example.com/keys",
                f"{ISSUERS}/jwks_url",
            ),
            Option(f"{ISSUER}.audiences", ["a"], ["b"], f"{ISSUERS}/audiences/*", (["a"], ["b"])),
            Option(f"{ISSUER}.algorithms", ["RS256"], ["ES256"], f"{ISSUERS}/algorithms/*", (["RS256"], ["ES256"])),
            Option(
                f"{ISSUER}.required_claims",
                {"tier": ["gold"]},
                {"tier": ["silver"]},
                f"{ISSUERS}/required_claims/tier/*",
                (["gold"], ["silver"]),
            ),
            Option(f"{ISSUER}.leeway_seconds", 10, 20, f"{ISSUERS}/leeway_seconds"),
            Option(f"{ISSUER}.principal_claim", "user", "client_id", f"{ISSUERS}/principal_claim"),
            Option(f"{ISSUER}.scope_claim", "scp", "scope", f"{ISSUERS}/scope_claim"),
            Option(f"{ISSUER}.tenant_claim", "tenant", "org", f"{ISSUERS}/tenant_claim"),
            Option(f"{ISSUER}.keys_fresh_seconds", 300, 600, f"{ISSUERS}/keys_fresh_seconds"),
            Option(f"{ISSUER}.keys_stale_seconds", 1200, 1800, f"{ISSUERS}/keys_stale_seconds"),
            Option(f"{ISSUER}.require_at_jwt", False, True, f"{ISSUERS}/require_at_jwt", (ABSENT, True)),
            Option(f"{JWT}.header", "authorization", "x-token", f"{VALIDATORS}/tokens/jwt/header"),
            Option(f"{B}.ttl_seconds", 60, 120, f"{API}/authorizers/own/authorizerResultTtlInSeconds"),
            Option(f"{B}.type", "REQUEST", "TOKEN", f"{API}/authorizers/own/type"),
            Option(
                f"{B}.function_name",
                "first-name",
                "second-name",
                f"{API}/authorizers/own/authorizerUri",
                (Containing("first-name"), Containing("second-name")),
            ),
        ],
    ),
    Group(
        "auth-builtin-pool",
        PLAIN,
        [
            Option(
                f"{ISSUER}.user_pool_arn",
                POOL.format(1),
                POOL.format(2),
                f"{ISSUERS}/*",
                (Among("aaaa1"), Among("aaaa2")),
            ),
            Option(f"{ISSUER}.client_ids", ["a"], ["b"], f"{ISSUERS}/client_ids/*", (["a"], ["b"])),
            Option(f"{ISSUER}.token_use", "access", "id", f"{ISSUERS}/token_use", (ABSENT, "id")),
        ],
    ),
    Group(
        "auth-builtin-certificates",
        {
            **PLAIN,
            "tls": {
                "domain": {"name": "api.example.com", "certificate_arn": arn("acm", "certificate/1")},
                "mutual_tls": {"truststore_uri": "s3://trust/ca.pem", "truststore_version": "1"},
            },
        },
        [
            Option(
                f"{B}.validators.own.client_certificate.subjects",
                ["CN=one"],
                ["CN=two"],
                f"{VALIDATORS}/own/client_certificate/subjects/*",
                (["CN=one"], ["CN=two"]),
            ),
            Option(
                f"{B}.validators.own.client_certificate.issuers",
                ["CN=CA"],
                ["CN=CB"],
                f"{VALIDATORS}/own/client_certificate/issuers/*",
                (["CN=CA"], ["CN=CB"]),
            ),
            Option(
                f"{B}.validators.own.client_certificate.fingerprints",
                ["ab" * 32],
                ["cd" * 32],
                f"{VALIDATORS}/own/client_certificate/fingerprints/*",
                (["ab" * 32], ["cd" * 32]),
            ),
        ],
    ),
    Group(
        "auth-builtin-usage",
        {
            **PLAIN,
            "routes": [{**ROUTE, "api_key": True}],
            "keys": {"plans": {"gold": {"rate": 5, "burst": 9}}, "keys": {"acme": {"plan": "gold"}}},
        },
        [
            Option(f"{B}.returns_api_key", False, True, f"{API}/apiKeySource", ("HEADER", "AUTHORIZER")),
        ],
        with_a={f"{KEY}.store": STORE.format("keys"), f"{KEY}.header": "x-own-key"},
        with_b={f"{KEY}.store": STORE.format("keys"), f"{KEY}.header": "x-own-key", "keys.source": "AUTHORIZER"},
    ),
]
