"""A resource policy for an API built from single resources: callers in two offices, and of one organisation.

Settings: `account` (your own account) and `organization` (`o-...`).
"""

import pulumi
from pulumi_aws import apigateway

from secure_gateway.layers.network import Network

config = pulumi.Config()

# The existing API: one method with IAM authorization.
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

# The layer. For an API with a `body`, put `network.policy` into its document as `x-amazon-apigateway-policy` instead.
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

# A resource policy takes effect with the next deployment.
deployment = apigateway.Deployment(
    "stock",
    rest_api=api.id,
    triggers={"policy": network.policy},
    opts=pulumi.ResourceOptions(depends_on=[integration, network]),
)
apigateway.Stage("stock", rest_api=api.id, deployment=deployment.id, stage_name="live")
pulumi.export("policy", network.policy)
