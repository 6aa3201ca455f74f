"""A web ACL for a stage that was built without this component."""

import json

import pulumi
from pulumi_aws import apigateway

from secure_gateway.layers.waf import Waf

# An existing API.
document = {
    "openapi": "3.0.1",
    "info": {"title": "orders", "version": "1"},
    "paths": {
        "/orders": {
            "get": {
                "x-amazon-apigateway-auth": {"type": "AWS_IAM"},
                "x-amazon-apigateway-integration": {
                    "type": "http_proxy",
                    "httpMethod": "GET",
                    "uri": "https://backend.example.com/orders",
                },
            }
        }
    },
}
api = apigateway.RestApi("orders", body=json.dumps(document), endpoint_configuration={"types": "REGIONAL"})
deployment = apigateway.Deployment("orders", rest_api=api.id, triggers={"body": json.dumps(document)})

# The stage depends on the web ACL, so that a destroy deletes the stage first, together with the association.
waf = Waf(
    "orders",
    {
        "rate_limit": {"requests": 500, "window_seconds": 60},
        "rate_limits": {"tenants": {"requests": 5_000, "keys": ["header:x-tenant"]}},
        "block_countries": ["KP"],
        "responses": {"rate-limit": {"status": 429, "body": '{"message": "slow down"}'}},
    },
)
stage = apigateway.Stage(
    "orders",
    rest_api=api.id,
    deployment=deployment.id,
    stage_name="live",
    opts=pulumi.ResourceOptions(depends_on=waf.resources),
)
waf.protect(stage.arn)
pulumi.export("url", stage.invoke_url)
