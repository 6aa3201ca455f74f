"""A gateway that needs no backend: mocks behind the built-in authorizer, a function of its own, keys and validation."""

import json

import pulumi
from pulumi_aws import iam, lambda_, secretsmanager

from secure_gateway import SecureGateway

OWN = """
def handler(event, context):
    token = event["authorizationToken"]
    if token == "Bearer a.b.unauthorized":
        raise Exception("Unauthorized")
    if token == "Bearer a.b.failure":
        raise Exception("a mistake")
    effect = "Allow" if token == "Bearer a.b.good" else "Deny"
    statement = {"Effect": effect, "Action": "execute-api:Invoke", "Resource": event["methodArn"]}
    return {"principalId": "p", "policyDocument": {"Version": "2012-10-17", "Statement": [statement]}}
"""
role = iam.Role(
    "own",
    assume_role_policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
            ],
        }
    ),
)
own = lambda_.Function(
    "own",
    name="own",
    runtime="python3.12",
    handler="index.handler",
    role=role.arn,
    code=pulumi.AssetArchive({"index.py": pulumi.StringAsset(OWN)}),
)
secret = secretsmanager.Secret("cdn", name="cdn")
SCHEMA = {"type": "object", "required": ["count"], "properties": {"count": {"type": "integer", "minimum": 1}}}


def answered(status, body=""):
    return {"mock": {"status": status, "body": body} if body else {"status": status}}


gateway = SecureGateway(
    "shop",
    {
        "routes": [
            {"path": "/status", "method": "GET", "public": "monitoring", "integration": answered(200, '{"up": true}')},
            {"path": "/orders/{id}", "method": "GET", "auth": "cdn", "integration": answered(200)},
            {"path": "/orders/latest", "method": "GET", "auth": "own", "integration": answered(203)},
            {
                "path": "/orders",
                "method": "POST",
                "auth": "own",
                "body_schema": SCHEMA,
                "required_query": ["dry"],
                "required_headers": ["x-tenant"],
                "integration": answered(201),
            },
            {"path": "/partners/{id+}", "method": "ANY", "auth": "cdn", "api_key": True, "integration": answered(202)},
            {"path": "/me", "method": "GET", "auth": "people", "integration": answered(200)},
            {"path": "/report", "method": "GET", "auth": "iam", "integration": answered(200)},
        ],
        "auth": {
            "default": "cdn",
            "authorizers": {
                "cdn": {
                    "builtin": {
                        "validators": {"cdn": {"shared_secret": {"store": secret.arn}}},
                        "architecture": "x86_64",
                    }
                },
                "people": {
                    "builtin": {
                        "validators": {
                            "people": {"jwt": {"issuers": [{"issuer": "https://127.0.0.1:1", "audiences": ["api"]}]}}
                        },
                        "architecture": "x86_64",
                    }
                },
                "own": {"function": {"function": "own", "type": "TOKEN", "ttl_seconds": 0}},
            },
        },
        "keys": {"plans": {"gold": {"rate": 50, "burst": 100}}, "keys": {"acme": {"plan": "gold"}}},
        "network": {"waived": "a test of what comes after it"},
        "waf": {"waived": "a test of what comes after it"},
    },
)
pulumi.export("secret", secret.arn)
