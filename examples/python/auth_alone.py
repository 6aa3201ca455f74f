"""Sign-in for an API that was built from single resources: a hardened user pool with a client, for one of its methods.

Setting: `domain_prefix`, the prefix of the hosted sign-in page, unique in the region.
"""

import pulumi
from pulumi_aws import apigateway

from secure_gateway.layers.auth import Auth

config = pulumi.Config()

# The existing API.
api = apigateway.RestApi("orders", endpoint_configuration={"types": "REGIONAL"})
orders = apigateway.Resource("orders", rest_api=api.id, parent_id=api.root_resource_id, path_part="orders")

# The layer, and the resources that attach it to the API.
auth = Auth(
    "orders",
    {
        "execution_arn": api.execution_arn,
        "authorizers": {
            "customers": {
                "cognito": {
                    "identifier": "orders",
                    "scopes": {"read": "See orders"},
                    "domain_prefix": config.require("domain_prefix"),
                    "clients": {"web": {"callback_urls": ["https://shop.example.com"]}},
                    "mfa": "ON",
                }
            }
        },
    },
)
authorizer = apigateway.Authorizer(
    "customers",
    rest_api=api.id,
    type="COGNITO_USER_POOLS",
    provider_arns=[auth.user_pool_arns.apply(lambda arns: arns["customers"])],
)
apigateway.Method(
    "orders-get",
    rest_api=api.id,
    resource_id=orders.id,
    http_method="GET",
    authorization="COGNITO_USER_POOLS",
    authorizer_id=authorizer.id,
    # With a scope, API Gateway accepts access tokens. Without one it would accept every ID token of the pool.
    authorization_scopes=["orders/read"],
)
pulumi.export("client_ids", auth.user_pool_client_ids)
pulumi.export("sign_in", auth.sign_in_urls)
