"""An API that is described by its own OpenAPI 3.1 document, which names an authorizer for each operation."""

from pathlib import Path

import pulumi

from secure_gateway import SecureGateway

gateway = SecureGateway(
    "shop",
    {
        "openapi": {
            "file": str(Path(__file__).with_name("orders.openapi.yaml")),
            "security_schemes": {"company": "iam"},
        },
        "integrations": {"dailyReport": {"url": "https://reports.example.com"}},
        "default_integration": {"url": "https://orders.example.com"},
        "auth": {
            "default": "customers",
            "authorizers": {
                "customers": {
                    "cognito": {
                        "identifier": "orders",
                        "scopes": {"read": "See orders", "write": "Place orders"},
                        "threat_protection": "ENFORCED",
                    }
                }
            },
        },
        "network": {"allow_cidrs": ["203.0.113.0/24"]},
    },
)
pulumi.export("url", gateway.url)
pulumi.export("left_out", gateway.openapi_dropped)
