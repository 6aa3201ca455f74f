"""An API for the company network only: private, and reachable through an interface endpoint in one VPC.

Settings: `vpc_id`, `subnet_ids` (a list), `client_cidr` (who may open a connection), `account` (your own account, whose
callers need the IAM policy that is created here) and `backend`.
"""

import pulumi

from secure_gateway import SecureGateway

config = pulumi.Config()

gateway = SecureGateway(
    "internal",
    {
        "description": "Stock levels, for services of the company",
        "default_integration": {"url": config.require("backend")},
        "routes": [{"path": "/stock/{item}", "method": "GET"}, {"path": "/stock/{item}", "method": "PUT"}],
        "auth": {"invoke_policies": {"readers": ["GET /stock/{item}"]}},
        "network": {
            "account": config.require("account"),
            "private": {
                "vpc": {
                    "vpc_id": config.require("vpc_id"),
                    "subnet_ids": config.require_object("subnet_ids"),
                    "client_cidrs": [config.require("client_cidr")],
                }
            },
        },
    },
)
pulumi.export("url", gateway.url)
