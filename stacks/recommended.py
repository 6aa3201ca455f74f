"""All six layers configured, with Lambda backends, and a partner with an API key and a quota.

Set `domain` and `zone_id` to use a custom domain, and `ses_identity_arn` to send the users' email from it.
"""

import json

import pulumi
from pulumi_aws import iam, lambda_

from secure_gateway import SecureGateway, SecureGatewayArgs
from secure_gateway.layers.auth.cognito import CognitoArgs

config = pulumi.Config()

HANDLER = """
def handler(event, context):
    return {"statusCode": 200, "headers": {"content-type": "application/json"}, "body": '{"orders": []}'}
"""

role = iam.Role(
    "orders",
    assume_role_policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
            ],
        }
    ),
)
iam.RolePolicyAttachment(
    "orders", role=role.name, policy_arn="arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
)
orders, reports, verify = (
    lambda_.Function(
        name,
        # The API's document contains the name of the Lambda authorizer's function, so the name is chosen here.
        name="partner-tokens" if name == "verify" else None,
        runtime="python3.12",
        handler="index.handler",
        role=role.arn,
        code=pulumi.AssetArchive({"index.py": pulumi.StringAsset(HANDLER)}),
    )
    for name in ("orders", "reports", "verify")
)

customers: CognitoArgs = {
    "identifier": "orders",
    "scopes": {"read": "See orders", "write": "Place orders"},
    "threat_protection": "ENFORCED",
}
if sender := config.get("ses_identity_arn"):
    customers["ses_identity_arn"] = sender

args: SecureGatewayArgs = {
    "description": "Orders of the shop",
    "functions": {"orders": orders.arn, "reports": reports.arn},
    "default_integration": {"function": "orders"},
    "routes": [
        {"path": "/orders", "method": "GET", "scopes": ["orders/read"]},
        {
            "path": "/orders",
            "method": "POST",
            "scopes": ["orders/write"],
            "body_schema": {
                "type": "object",
                "required": ["item", "quantity"],
                "properties": {"item": {"type": "string"}, "quantity": {"type": "integer"}},
            },
        },
        {"path": "/orders/{id}", "method": "GET", "scopes": ["orders/read"]},
        {"path": "/partners/orders", "method": "POST", "auth": "partners", "api_key": True},
        {"path": "/reports", "method": "GET", "auth": "iam", "integration": {"function": "reports"}},
    ],
    "auth": {
        "default": "customers",
        "authorizers": {
            "customers": {"cognito": customers},
            "partners": {"function": {"function": verify.arn, "function_name": "partner-tokens", "type": "TOKEN"}},
        },
        "invoke_policies": {"reporting": ["GET /reports"]},
    },
    "keys": {
        "rate": 200,
        "burst": 400,
        "plans": {"partner": {"rate": 20, "burst": 40, "quota": {"limit": 10_000, "period": "DAY"}}},
        "keys": {"acme": {"plan": "partner"}},
    },
    "network": {"allow_cidrs": ["203.0.113.0/24", "198.51.100.0/24", "2001:db8:1234::/48"]},
    "waf": {
        "rate_limit": {"requests": 1000, "window_seconds": 300},
        "block_countries": ["KP"],
        "block_cidrs": ["192.0.2.44/32"],
    },
    "observability": {"retention_days": 365},
    "cors": {"allow_origins": ["https://shop.example.com"]},
}
domain, zone_id = config.get("domain"), config.get("zone_id")
if domain and zone_id:
    args["tls"] = {"domain": {"name": domain, "zone_id": zone_id}}

gateway = SecureGateway("orders", args)
pulumi.export("url", gateway.url)
pulumi.export("posture", gateway.posture)
pulumi.export("api_keys", gateway.api_key_values)
pulumi.export("user_pool_client_ids", gateway.user_pool_client_ids)
