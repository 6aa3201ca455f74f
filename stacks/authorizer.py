"""The built-in Lambda authorizer: tokens from an OIDC provider for people, API keys for partners."""

from typing import cast

import pulumi
from pulumi_aws import secretsmanager

from secure_gateway import SecureGateway
from secure_gateway.choices import Architecture

config = pulumi.Config()

# Store the output of `python -m secure_gateway.authorizer new-key` in this secret. It contains hashes, never keys.
keys = secretsmanager.Secret("partner-keys", description="Salted hashes of partners' API keys")

gateway = SecureGateway(
    "shop",
    {
        "routes": [
            {"path": "/orders", "method": "GET", "scopes": ["orders/read"]},
            {"path": "/orders", "method": "POST", "scopes": ["orders/write"]},
            {"path": "/orders/{id}", "method": "GET", "scopes": ["orders/read"]},
            {"path": "/profile", "method": "GET"},
        ],
        "default_integration": {"url": "https://backend.example.com"},
        "auth": {
            "authorizers": {
                "callers": {
                    "builtin": {
                        "validators": {
                            "people": {
                                "jwt": {
                                    "issuers": [
                                        {
                                            "issuer": "https://login.example.com",
                                            "audiences": ["https://api.example.com"],
                                        }
                                    ]
                                }
                            },
                            "partners": {"api_key": {"store": keys.arn}},
                        },
                        "require": [["people"], ["partners"]],
                        "route_require": {"GET /profile": [["people"]]},
                        "architecture": cast(
                            "Architecture", config.get("architecture") or "arm64"
                        ),  # checked when the program runs
                        "reserved_concurrency": 50,
                    }
                }
            }
        },
        "network": {"allow_cidrs": ["203.0.113.0/24"]},
    },
)
pulumi.export("url", gateway.url)
pulumi.export("posture", gateway.posture)
