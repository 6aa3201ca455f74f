"""A custom domain with mutual TLS for a stage that was built without this component.

Settings: `domain`, `zone_id` (its Route 53 hosted zone) and `ca_file` (the certificates of the clients' CAs). If the
zone is in another account, `dns_profile` names the AWS profile that may change its records.
"""

import json

import pulumi
from pulumi_aws import Provider, apigateway

from secure_gateway.layers.tls import Tls, records_through

config = pulumi.Config()

# An existing API. It is reachable through the domain only, and has the same TLS policy.
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
api = apigateway.RestApi(
    "orders",
    body=json.dumps(document),
    endpoint_configuration={"types": "REGIONAL"},
    disable_execute_api_endpoint=True,
    security_policy="TLS_1_2",
)
deployment = apigateway.Deployment("orders", rest_api=api.id, triggers={"body": json.dumps(document)})
stage = apigateway.Stage("orders", rest_api=api.id, deployment=deployment.id, stage_name="live")

# The domain leads to the stage only after everything in `depends_on` exists, so list all that protects the stage.
opts = pulumi.ResourceOptions(depends_on=[stage])
if profile := config.get("dns_profile"):
    dns = Provider("dns", profile=profile)
    opts = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(transformations=[records_through(dns)]))
tls = Tls(
    "orders",
    {
        "domain": {"name": config.require("domain"), "zone_id": config.require("zone_id")},
        "mutual_tls": {"ca_file": config.require("ca_file")},
        "api_id": api.id,
        "stage_name": stage.stage_name,
    },
    opts,
)
pulumi.export("url", tls.url)
