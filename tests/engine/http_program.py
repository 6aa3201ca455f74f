"""An HTTP API and a WebSocket API without the component."""

import json

import pulumi
from pulumi_aws import acm, apigateway, apigatewayv2, cloudwatch, cognito, iam, lambda_, sns, wafv2

role = iam.Role(
    "fn",
    assume_role_policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
            ],
        }
    ),
)
fn = lambda_.Function(
    "fn",
    runtime="python3.12",
    handler="index.handler",
    role=role.arn,
    code=pulumi.AssetArchive({"index.py": pulumi.StringAsset("def handler(e, c): return {}")}),
)
pool = cognito.UserPool("users")
client = cognito.UserPoolClient(
    "web", user_pool_id=pool.id, explicit_auth_flows=["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
)
logs = cloudwatch.LogGroup("access", retention_in_days=30)
api = apigatewayv2.Api(
    "http",
    protocol_type="HTTP",
    disable_execute_api_endpoint=True,
    cors_configuration={
        "allow_origins": ["https://b.example.com", "https://a.example.com"],
        "allow_methods": ["GET", "POST"],
        "max_age": 300,
    },
)
auth = apigatewayv2.Authorizer(
    "jwt",
    api_id=api.id,
    authorizer_type="JWT",
    identity_sources=["$request.header.Authorization"],
    jwt_configuration={"audiences": [client.id], "issuer": pool.endpoint.apply(lambda e: "https://" + e)},
)
integ = apigatewayv2.Integration(
    "fn", api_id=api.id, integration_type="AWS_PROXY", integration_uri=fn.arn, payload_format_version="2.0"
)
apigatewayv2.Route(
    "get",
    api_id=api.id,
    route_key="GET /orders",
    authorization_type="JWT",
    authorizer_id=auth.id,
    authorization_scopes=["b", "a"],
    target=integ.id.apply(lambda i: f"integrations/{i}"),
)
apigatewayv2.Route(
    "post",
    api_id=api.id,
    route_key="POST /orders",
    authorization_type="AWS_IAM",
    target=integ.id.apply(lambda i: f"integrations/{i}"),
)
stage = apigatewayv2.Stage(
    "live",
    api_id=api.id,
    name="live",
    auto_deploy=True,
    stage_variables={"fn": "one"},
    default_route_settings={
        "throttling_burst_limit": 20,
        "throttling_rate_limit": 10,
        "detailed_metrics_enabled": True,
    },
    route_settings=[{"route_key": "GET /orders", "throttling_burst_limit": 5, "throttling_rate_limit": 2.5}],
    access_log_settings={
        "destination_arn": logs.arn,
        "format": json.dumps({"id": "$context.requestId", "ip": "$context.identity.sourceIp"}),
    },
)
lambda_.Permission(
    "gw",
    function=fn.name,
    action="lambda:InvokeFunction",
    principal="apigateway.amazonaws.com",
    source_arn=api.execution_arn.apply(lambda a: a + "/*/*"),
)
cert = acm.Certificate("cert", domain_name="http.example.com", validation_method="DNS")
domain = apigatewayv2.DomainName(
    "d",
    domain_name="http.example.com",
    domain_name_configuration={"certificate_arn": cert.arn, "endpoint_type": "REGIONAL", "security_policy": "TLS_1_2"},
)
apigatewayv2.ApiMapping("m", api_id=api.id, domain_name=domain.id, stage=stage.id, api_mapping_key="v1")
topic = sns.Topic("t")
cloudwatch.MetricAlarm(
    "errors",
    alarm_actions=[topic.arn],
    comparison_operator="GreaterThanThreshold",
    evaluation_periods=1,
    metric_name="5xx",
    namespace="AWS/ApiGateway",
    period=60,
    statistic="Sum",
    threshold=5,
    dimensions={"ApiId": api.id},
)
ws = apigatewayv2.Api("ws", protocol_type="WEBSOCKET", route_selection_expression="$request.body.action")
wsi = apigatewayv2.Integration("wsfn", api_id=ws.id, integration_type="AWS_PROXY", integration_uri=fn.invoke_arn)
apigatewayv2.Route(
    "connect",
    api_id=ws.id,
    route_key="$connect",
    authorization_type="AWS_IAM",
    target=wsi.id.apply(lambda i: f"integrations/{i}"),
)
apigatewayv2.Stage("wslive", api_id=ws.id, name="live", auto_deploy=True)
# A classic REST API from single resources
rest = apigateway.RestApi(
    "rest",
    description="by hand",
    endpoint_configuration={"types": "REGIONAL"},
    policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "*"}],
        }
    ),
)
res = apigateway.Resource("orders", rest_api=rest.id, parent_id=rest.root_resource_id, path_part="orders")
rauth = apigateway.Authorizer("pool", rest_api=rest.id, type="COGNITO_USER_POOLS", provider_arns=[pool.arn])
validator = apigateway.RequestValidator(
    "all", rest_api=rest.id, validate_request_body=True, validate_request_parameters=True
)
method = apigateway.Method(
    "get",
    rest_api=rest.id,
    resource_id=res.id,
    http_method="GET",
    authorization="COGNITO_USER_POOLS",
    authorizer_id=rauth.id,
    request_validator_id=validator.id,
    request_parameters={"method.request.querystring.id": True},
    api_key_required=True,
)
integration = apigateway.Integration(
    "get",
    rest_api=rest.id,
    resource_id=res.id,
    http_method=method.http_method,
    type="AWS_PROXY",
    integration_http_method="POST",
    uri=fn.invoke_arn,
)
dep = apigateway.Deployment(
    "d", rest_api=rest.id, triggers={"x": "1"}, opts=pulumi.ResourceOptions(depends_on=[integration])
)
rstage = apigateway.Stage("rlive", rest_api=rest.id, deployment=dep.id, stage_name="live", variables={"a": "b"})
apigateway.MethodSettings(
    "all",
    rest_api=rest.id,
    stage_name=rstage.stage_name,
    method_path="*/*",
    settings={
        "metrics_enabled": True,
        "throttling_rate_limit": 10,
        "throttling_burst_limit": 5,
        "logging_level": "ERROR",
    },
)
ips = wafv2.IpSet("ips", scope="REGIONAL", ip_address_version="IPV4", addresses=["192.0.2.0/24", "198.51.100.0/24"])
acl = wafv2.WebAcl(
    "acl",
    scope="REGIONAL",
    default_action={"allow": {}},
    visibility_config={"cloudwatch_metrics_enabled": True, "metric_name": "acl", "sampled_requests_enabled": True},
    rules=[
        {
            "name": "ips",
            "priority": 1,
            "action": {"block": {}},
            "statement": {"ip_set_reference_statement": {"arn": ips.arn}},
            "visibility_config": {
                "cloudwatch_metrics_enabled": True,
                "metric_name": "ips",
                "sampled_requests_enabled": True,
            },
        },
        {
            "name": "common",
            "priority": 2,
            "override_action": {"none": {}},
            "statement": {
                "managed_rule_group_statement": {
                    "name": "AWSManagedRulesCommonRuleSet",
                    "vendor_name": "AWS",
                    "rule_action_overrides": [{"name": "SizeRestrictions_BODY", "action_to_use": {"count": {}}}],
                }
            },
            "visibility_config": {
                "cloudwatch_metrics_enabled": True,
                "metric_name": "common",
                "sampled_requests_enabled": True,
            },
        },
    ],
)
wafv2.WebAclAssociation("a", resource_arn=rstage.arn, web_acl_arn=acl.arn)
key = apigateway.ApiKey("k", value="0123456789abcdef0123456789")
plan = apigateway.UsagePlan(
    "p",
    api_stages=[
        {
            "api_id": rest.id,
            "stage": rstage.stage_name,
            "throttles": [{"path": "/orders/GET", "burst_limit": 3, "rate_limit": 2}],
        }
    ],
    throttle_settings={"burst_limit": 5, "rate_limit": 10},
    quota_settings={"limit": 100, "period": "DAY"},
)
apigateway.UsagePlanKey("pk", key_id=key.id, key_type="API_KEY", usage_plan_id=plan.id)
rdomain = apigateway.DomainName(
    "rd",
    domain_name="rest.example.com",
    regional_certificate_arn=cert.arn,
    endpoint_configuration={"types": "REGIONAL"},
    security_policy="TLS_1_2",
)
apigateway.BasePathMapping(
    "rm", rest_api=rest.id, stage_name=rstage.stage_name, domain_name=rdomain.domain_name, base_path="v1"
)
