"""An insecure API with plain pulumi-aws, of the kind that is built in a hurry. Never deploy it: no layer is secure.

Two methods need no authorization, a third uses an API key as its only authentication, any address may call, there is no
web ACL, no log and no throttling, and both the domain and the API accept TLS 1.0.
"""

import json

import pulumi
from pulumi_aws import apigateway, iam, lambda_

role = iam.Role(
    "app",
    assume_role_policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
            ],
        }
    ),
)
app = lambda_.Function(
    "app",
    runtime="python3.12",
    handler="index.handler",
    role=role.arn,
    code=pulumi.AssetArchive({"index.py": pulumi.StringAsset("def handler(event, context): return {}")}),
)
api = apigateway.RestApi(
    "shop",
    endpoint_configuration={"types": "REGIONAL"},
    policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*"}
            ],
        }
    ),
)
lambda_.Permission(
    "app",
    action="lambda:InvokeFunction",
    function=app.name,
    principal="apigateway.amazonaws.com",
    source_arn=pulumi.Output.concat(api.execution_arn, "/*/*/*"),
)
orders = apigateway.Resource("orders", rest_api=api.id, parent_id=api.root_resource_id, path_part="orders")

integrations: list[pulumi.Resource] = []
for method, authorization, key in (("GET", "NONE", False), ("POST", "NONE", True), ("DELETE", "NONE", False)):
    name = f"orders-{method.lower()}"
    declared = apigateway.Method(
        name,
        rest_api=api.id,
        resource_id=orders.id,
        http_method=method,
        authorization=authorization,
        api_key_required=key,
    )
    integrations.append(
        apigateway.Integration(
            name,
            rest_api=api.id,
            resource_id=orders.id,
            http_method=declared.http_method,
            integration_http_method="POST",
            type="AWS_PROXY",
            uri=app.invoke_arn,
        )
    )
deployment = apigateway.Deployment("shop", rest_api=api.id, opts=pulumi.ResourceOptions(depends_on=integrations))
stage = apigateway.Stage("prod", rest_api=api.id, deployment=deployment.id, stage_name="prod")
apigateway.ApiKey("mobile-app")

domain = apigateway.DomainName(
    "shop",
    domain_name="api.example.com",
    regional_certificate_arn="arn:aws:acm:eu-west-1:123456789012:certificate/11111111-2222-3333-4444-555555555555",
    endpoint_configuration={"types": "REGIONAL"},
    security_policy="TLS_1_0",
)
apigateway.BasePathMapping("shop", rest_api=api.id, stage_name=stage.stage_name, domain_name=domain.domain_name)
pulumi.export("url", stage.invoke_url)
