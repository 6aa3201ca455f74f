"""A resource policy for an API that was built of single resources: callers of two offices, and of one organisation.

Settings: `account` (the own one) and `organization` (`o-...`).
"""

import pulumi
from pulumi_aws import apigateway

from secure_gateway.layers.network import Network

config = pulumi.Config()

# What somebody built before: one method, whose callers sign.
api = apigateway.RestApi("stock", endpoint_configuration={"types": "REGIONAL"})
method = apigateway.Method(
    "stock-get", rest_api=api.id, resource_id=api.root_resource_id, http_method="GET", authorization="AWS_IAM"
)
integration = apigateway.Integration(
    "stock-get",
    rest_api=api.id,
    resource_id=api.root_resource_id,
    http_method=method.http_method,
    type="HTTP_PROXY",
    integration_http_method="GET",
    uri="https://stock.example.com",
)

# The layer. An API with a `body` would take `network.policy` as its document's `x-amazon-apigateway-policy` instead.
network = Network(
    "stock",
    {
        "api_id": api.id,
        "execution_arn": api.execution_arn,
        "auth_kinds": ["iam"],
        "account": config.require("account"),
        "allow_organizations": [config.require("organization")],
        "allow_cidrs": ["203.0.113.0/24", "198.51.100.0/24"],
    },
)

# A policy counts from the next deployment on.
deployment = apigateway.Deployment(
    "stock",
    rest_api=api.id,
    triggers={"policy": network.policy},
    opts=pulumi.ResourceOptions(depends_on=[integration, network]),
)
apigateway.Stage("stock", rest_api=api.id, deployment=deployment.id, stage_name="live")
pulumi.export("policy", network.policy)
