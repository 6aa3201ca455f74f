"""Compliant gateways as others write them, with pulumi-aws and without the component: the pack finds nothing.

Each runs twice: at the first preview, where nothing that AWS makes is known, and as deployed. Mocks play AWS's part.
"""

import json

import judged
import pulumi
import pytest
from pulumi_aws import apigateway, apigatewayv2, cloudwatch, cognito, ec2, lambda_, wafv2

from policypack.model.findings import Status
from secure_gateway.testing import deploy

OFFICE = "203.0.113.0/24"


ROLE = "arn:aws:iam::123456789012:role/shop"


KEY = "arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555"


LINE = {
    "requestId": "$context.requestId",
    "ip": "$context.identity.sourceIp",
    "user": "$context.authorizer.principalId",
    "caller": "$context.identity.userArn",
    "status": "$context.status",
    "refused": "$context.authorizer.error",
    "waf": "$context.wafResponseCode",
}


VISIBLE = {"cloudwatch_metrics_enabled": True, "sampled_requests_enabled": False}


def office_only(**more):
    """Let in whoever the authorizers let in, but nobody from elsewhere."""
    statement = {"Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*"}
    elsewhere = {"NotIpAddress": {"aws:SourceIp": [OFFICE]}}
    both = [{**statement, "Effect": "Allow"}, {**statement, "Effect": "Deny", "Condition": elsewhere}]
    return {"Version": "2012-10-17", "Statement": both, **more}


def function(name):
    return lambda_.Function(name, role=ROLE, runtime="python3.12", handler="main.handle", code=pulumi.AssetArchive({}))


def invocable(name, called, api):
    """Leave for one API."""
    lambda_.Permission(
        name,
        action="lambda:InvokeFunction",
        function=called.name,
        principal="apigateway.amazonaws.com",
        source_arn=pulumi.Output.concat(api.execution_arn, "/*/*"),
    )


def log_group(name="access"):
    return cloudwatch.LogGroup(name, retention_in_days=365, kms_key_id=KEY)


def stage(api, deployment, log, name="live", **more):
    """A stage with its settings."""
    made = apigateway.Stage(
        name,
        rest_api=api.id,
        deployment=deployment.id,
        stage_name=name,
        xray_tracing_enabled=True,
        access_log_settings={"destination_arn": log.arn, "format": json.dumps(LINE)},
        **more,
    )
    apigateway.MethodSettings(
        name,
        rest_api=api.id,
        stage_name=made.stage_name,
        method_path="*/*",
        settings={
            "metrics_enabled": True,
            "logging_level": "ERROR",
            "data_trace_enabled": False,
            "throttling_rate_limit": 50,
            "throttling_burst_limit": 100,
        },
    )
    return made


def web_acl(name="front"):
    """A web ACL with a log and an alarm."""
    groups = ("AWSManagedRulesCommonRuleSet", "AWSManagedRulesKnownBadInputsRuleSet")
    rules = [
        {
            "name": group,
            "priority": place,
            "override_action": {"none": {}},
            "statement": {"managed_rule_group_statement": {"name": group, "vendor_name": "AWS"}},
            "visibility_config": {**VISIBLE, "metric_name": group},
        }
        for place, group in enumerate(groups)
    ]
    flood = {
        "name": "flood",
        "priority": 9,
        "action": {"block": {}},
        "statement": {"rate_based_statement": {"limit": 1_000, "aggregate_key_type": "IP"}},
        "visibility_config": {**VISIBLE, "metric_name": "flood"},
    }
    acl = wafv2.WebAcl(
        name,
        scope="REGIONAL",
        default_action={"allow": {}},
        rules=[*rules, flood],
        visibility_config={**VISIBLE, "metric_name": name},
    )
    log = cloudwatch.LogGroup(f"waf-{name}", name=f"aws-waf-logs-{name}", retention_in_days=365, kms_key_id=KEY)
    wafv2.WebAclLoggingConfiguration(
        name,
        resource_arn=acl.arn,
        log_destination_configs=[log.arn],
        redacted_fields=[{"single_header": {"name": header}} for header in ("authorization", "cookie", "x-api-key")],
    )
    dimensions = {"WebACL": name, "Rule": "ALL", "Region": "eu-west-1"}
    alarm(f"{name}-blocked", "AWS/WAFV2", "BlockedRequests", dimensions)
    return acl


def alarm(name, namespace, metric, dimensions, statistic="Sum", **more):
    topic = "arn:aws:sns:eu-west-1:123456789012:trouble"
    cloudwatch.MetricAlarm(
        name,
        namespace=namespace,
        metric_name=metric,
        dimensions=dimensions,
        **({"extended_statistic": "p99"} if statistic == "p99" else {"statistic": statistic}),
        comparison_operator="GreaterThanThreshold",
        threshold=5_000 if statistic == "p99" else 10,
        period=300,
        evaluation_periods=2,
        treat_missing_data="notBreaching",
        alarm_actions=[topic],
        **more,
    )


def watched(api, live, label=""):
    dimensions = {"ApiName": api.name, "Stage": live.stage_name}
    for metric, statistic in (("5XXError", "Sum"), ("Latency", "p99")):
        alarm(f"{label}{metric}", "AWS/ApiGateway", metric, dimensions, statistic)


def behind(acl, *stages):
    for number, each in enumerate(stages):
        wafv2.WebAclAssociation(f"front-{number}", resource_arn=each.arn, web_acl_arn=acl.arn)


def rest_api(name="shop", **more):
    return apigateway.RestApi(
        name,
        name=name,
        security_policy="TLS_1_2",
        endpoint_configuration={"types": "REGIONAL"},
        **more,
    )


def routed(api, authorization, handler, verb="GET", **more):
    """One route of resources of its own, and the deployment that waits for it."""
    path = apigateway.Resource("orders", rest_api=api.id, parent_id=api.root_resource_id, path_part="orders")
    method = apigateway.Method(
        "orders", rest_api=api.id, resource_id=path.id, http_method=verb, authorization=authorization, **more
    )
    integration = apigateway.Integration(
        "orders",
        rest_api=api.id,
        resource_id=path.id,
        http_method=method.http_method,
        integration_http_method="POST",
        type="AWS_PROXY",
        uri=handler.invoke_arn,
    )
    return path, method, integration


def deployed(api, *parts, **triggers):
    return apigateway.Deployment(
        "now",
        rest_api=api.id,
        triggers={"all": pulumi.Output.json_dumps([each.id for each in parts]), **triggers},
        opts=pulumi.ResourceOptions(depends_on=list(parts)),
    )


# The programs.


def cognito_route_by_route():
    api = rest_api(policy=json.dumps(office_only()))
    pool = cognito.UserPool(
        "people",
        mfa_configuration="ON",
        software_token_mfa_configuration={"enabled": True},
        user_pool_add_ons={"advanced_security_mode": "ENFORCED"},
        deletion_protection="ACTIVE",
    )
    people = apigateway.Authorizer(
        "people", rest_api=api.id, type="COGNITO_USER_POOLS", provider_arns=[pool.arn], name="people"
    )
    handler = function("orders")
    invocable("orders", handler, api)
    parts = routed(
        api, "COGNITO_USER_POOLS", handler, "POST", authorizer_id=people.id, authorization_scopes=["shop/write"]
    )
    live = stage(api, deployed(api, *parts), log_group())
    behind(web_acl(), live)
    watched(api, live)


def token_authorizer_with_a_role():
    api = rest_api(policy=json.dumps(office_only()))
    tokens = apigateway.Authorizer(
        "tokens",
        rest_api=api.id,
        type="TOKEN",
        authorizer_uri=function("tokens").invoke_arn,
        authorizer_credentials="arn:aws:iam::123456789012:role/invoke-tokens",
        identity_source="method.request.header.Authorization",
        identity_validation_expression="^Bearer [A-Za-z0-9._-]+$",
        authorizer_result_ttl_in_seconds=0,
    )
    handler = function("orders")
    invocable("orders", handler, api)
    parts = routed(api, "CUSTOM", handler, authorizer_id=tokens.id)
    live = stage(api, deployed(api, *parts), log_group())
    behind(web_acl(), live)
    watched(api, live)


def signed_calls_in_a_body_of_outputs():
    handler = function("orders")
    integration = {
        "type": "aws_proxy",
        "httpMethod": "POST",
        "uri": handler.invoke_arn,
    }
    scheme = {
        "type": "apiKey",
        "name": "Authorization",
        "in": "header",
        "x-amazon-apigateway-authtype": "awsSigv4",
    }
    operation = {"security": [{"sigv4": []}], "x-amazon-apigateway-integration": integration}
    body = pulumi.Output.json_dumps(
        {
            "openapi": "3.0.1",
            "info": {"title": "shop", "version": "1"},
            "paths": {"/orders": {"get": operation, "post": operation}},
            "components": {"securitySchemes": {"sigv4": scheme}},
            "x-amazon-apigateway-policy": office_only(
                Statement=[
                    {
                        "Effect": "Deny",
                        "Principal": "*",
                        "Action": "execute-api:Invoke",
                        "Resource": "execute-api:/*",
                        "Condition": {"NotIpAddress": {"aws:SourceIp": [OFFICE]}},
                    }
                ]
            ),
        }
    )
    api = rest_api(body=body)
    invocable("orders", handler, api)
    now = apigateway.Deployment("now", rest_api=api.id, triggers={"body": api.body})
    live = stage(api, now, log_group())
    behind(web_acl(), live)
    watched(api, live)


def http_api_with_jwt():
    api = apigatewayv2.Api("shop", protocol_type="HTTP", disable_execute_api_endpoint=True)
    handler = function("orders")
    invocable("orders", handler, api)
    users = apigatewayv2.Authorizer(
        "users",
        api_id=api.id,
        authorizer_type="JWT",
        identity_sources=["$request.header.Authorization"],
        jwt_configuration={"audiences": ["shop"], "issuer": "https://issuer.example.com"},
    )
    integration = apigatewayv2.Integration(
        "orders",
        api_id=api.id,
        integration_type="AWS_PROXY",
        integration_uri=handler.invoke_arn,
        payload_format_version="2.0",
    )
    apigatewayv2.Route(
        "orders",
        api_id=api.id,
        route_key="GET /orders",
        target=pulumi.Output.concat("integrations/", integration.id),
        authorization_type="JWT",
        authorizer_id=users.id,
    )
    live = of_version_2(api, "$default")
    domain = apigatewayv2.DomainName(
        "api",
        domain_name="api.example.com",
        domain_name_configuration={
            "certificate_arn": "arn:aws:acm:eu-west-1:123456789012:certificate/1",
            "endpoint_type": "REGIONAL",
            "security_policy": "TLS_1_2",
        },
    )
    apigatewayv2.ApiMapping("api", api_id=api.id, domain_name=domain.id, stage=live.name)


def of_version_2(api, name):
    line = {
        "requestId": "$context.requestId",
        "ip": "$context.identity.sourceIp",
        "user": "$context.authorizer.principalId",
        "claims": "$context.authorizer.claims.sub",
        "status": "$context.status",
        "refused": "$context.authorizer.error",
    }
    live = apigatewayv2.Stage(
        "live",
        api_id=api.id,
        name=name,
        auto_deploy=True,
        access_log_settings={"destination_arn": log_group().arn, "format": json.dumps(line)},
        default_route_settings={
            "throttling_rate_limit": 50,
            "throttling_burst_limit": 100,
            "detailed_metrics_enabled": True,
            **({"logging_level": "ERROR"} if name != "$default" else {}),
        },
    )
    dimensions = {"ApiId": api.id, "Stage": live.name}
    metrics = (
        (("5xx", "Sum"), ("Latency", "p99"))
        if name == "$default"
        else (("ExecutionError", "Sum"), ("IntegrationLatency", "p99"))
    )
    for metric, statistic in metrics:
        alarm(metric, "AWS/ApiGateway", metric, dimensions, statistic)
    return live


def websocket_api():
    api = apigatewayv2.Api("chat", protocol_type="WEBSOCKET", route_selection_expression="$request.body.action")
    handler = function("chat")
    invocable("chat", handler, api)
    integration = apigatewayv2.Integration(
        "chat", api_id=api.id, integration_type="AWS_PROXY", integration_uri=handler.invoke_arn
    )
    target = pulumi.Output.concat("integrations/", integration.id)
    apigatewayv2.Route("connect", api_id=api.id, route_key="$connect", authorization_type="AWS_IAM", target=target)
    apigatewayv2.Route("say", api_id=api.id, route_key="say", target=target)
    of_version_2(api, "live")


def private_api():
    group = ec2.SecurityGroup(
        "clients",
        vpc_id="vpc-0123456789abcdef0",
        ingress=[{"protocol": "tcp", "from_port": 443, "to_port": 443, "cidr_blocks": ["10.0.0.0/16"]}],
    )
    door = ec2.VpcEndpoint(
        "door",
        vpc_id="vpc-0123456789abcdef0",
        service_name="com.amazonaws.eu-west-1.execute-api",
        vpc_endpoint_type="Interface",
        security_group_ids=[group.id],
    )
    statement = {"Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*"}
    elsewhere = {"StringNotEquals": {"aws:SourceVpce": door.id}}
    policy = pulumi.Output.json_dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {**statement, "Effect": "Allow"},
                {**statement, "Effect": "Deny", "Condition": elsewhere},
            ],
        }
    )
    api = apigateway.RestApi(
        "inside",
        name="inside",
        policy=policy,
        security_policy="TLS_1_2",
        endpoint_configuration={"types": "PRIVATE", "vpc_endpoint_ids": [door.id]},
    )
    ec2.VpcEndpointPolicy(
        "door",
        vpc_endpoint_id=door.id,
        policy=pulumi.Output.json_dumps(
            {
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": "*",
                        "Action": "execute-api:Invoke",
                        "Resource": pulumi.Output.concat(api.execution_arn, "/*"),
                    }
                ]
            }
        ),
    )
    handler = function("orders")
    invocable("orders", handler, api)
    tokens = apigateway.Authorizer(
        "tokens",
        rest_api=api.id,
        type="REQUEST",
        authorizer_uri=function("tokens").invoke_arn,
        authorizer_credentials="arn:aws:iam::123456789012:role/invoke-tokens",
        identity_source="method.request.header.Authorization",
        authorizer_result_ttl_in_seconds=0,
    )
    parts = routed(api, "CUSTOM", handler, authorizer_id=tokens.id)
    live = stage(api, deployed(api, *parts, policy=api.policy), log_group())
    behind(web_acl(), live)
    watched(api, live)


def two_stages_under_two_domains():
    api = rest_api(policy=json.dumps(office_only()), disable_execute_api_endpoint=True)
    handler = function("orders")
    invocable("orders", handler, api)
    parts = routed(api, "AWS_IAM", handler)
    now, log, acl = deployed(api, *parts), log_group(), web_acl()
    stages = {name: stage(api, now, log, name) for name in ("live", "test")}
    behind(acl, *stages.values())
    for name, each in stages.items():
        watched(api, each, name)
        domain = apigateway.DomainName(
            name,
            domain_name=f"{name}.example.com",
            regional_certificate_arn="arn:aws:acm:eu-west-1:123456789012:certificate/1",
            security_policy="TLS_1_2",
            endpoint_configuration={"types": "REGIONAL"},
        )
        apigateway.BasePathMapping(name, rest_api=api.id, stage_name=each.stage_name, domain_name=domain.domain_name)


def body_of(*paths):
    scheme = {"type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": "awsSigv4"}
    integration = {"type": "http_proxy", "httpMethod": "GET", "uri": "https://backend.example.com"}
    operation = {
        "security": [{"sigv4": []}],
        "responses": {"200": {"description": "yes"}},
        "x-amazon-apigateway-integration": integration,
    }
    refusal = {"Effect": "Deny", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*"}
    return json.dumps(
        {
            "openapi": "3.0.1",
            "info": {"title": "shop", "version": "1"},
            "paths": {path: {"get": operation} for path in paths},
            "components": {"securitySchemes": {"sigv4": scheme}},
            "x-amazon-apigateway-policy": {
                "Version": "2012-10-17",
                "Statement": [{**refusal, "Condition": {"NotIpAddress": {"aws:SourceIp": [OFFICE]}}}],
            },
        }
    )


def from_body(name, body, **more):
    api = rest_api(name, body=body, **more)
    return api, apigateway.Deployment(name, rest_api=api.id, triggers={"body": api.body})


def three_apis_share_web_acl_and_log():
    log, stages = log_group(), []
    for name in ("orders", "items", "users"):
        api, now = from_body(name, body_of(f"/{name}"))
        stages.append(stage(api, now, log, f"{name}-live"))
        watched(api, stages[-1], name)
    behind(web_acl(), *stages)


def web_acl_key_and_domain_of_another_stack():
    platform = pulumi.StackReference("acme/platform/prod")
    api, now = from_body("shop", body_of("/orders", "/items"), disable_execute_api_endpoint=True)
    log = cloudwatch.LogGroup("access", retention_in_days=365, kms_key_id=platform.get_output("key"))
    live = stage(api, now, log)
    wafv2.WebAclAssociation("front", resource_arn=live.arn, web_acl_arn=platform.get_output("acl"))
    watched(api, live)
    apigateway.BasePathMapping(
        "api", rest_api=api.id, stage_name=live.stage_name, domain_name=platform.get_output("domain")
    )


ARN = "arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/platform/11111111-2222-3333-4444-555555555555"


STACKS = {"acme/platform/prod": {"key": KEY, "acl": ARN, "domain": "api.example.com"}}


NO_WAF = {"waf-stages-have-web-acl", "network-http-apis-not-public"}
"""What AWS does not offer for HTTP and WebSocket APIs, and the pack therefore asks for in front of them."""


PROGRAMS = {
    cognito_route_by_route: set(),
    token_authorizer_with_a_role: set(),
    signed_calls_in_a_body_of_outputs: set(),
    http_api_with_jwt: NO_WAF,
    websocket_api: NO_WAF,
    private_api: set(),
    two_stages_under_two_domains: set(),
    three_apis_share_web_acl_and_log: set(),
    web_acl_key_and_domain_of_another_stack: set(),
}


@pytest.mark.parametrize(("program", "expected"), PROGRAMS.items(), ids=lambda each: getattr(each, "__name__", ""))
def test_nothing_is_violated_before_or_after_the_first_deployment(program, expected):
    before, after = deploy(program, preview=True), deploy(program, stacks=STACKS)

    assert len(judged.report(before).gateways) == len(before.of("RestApi")) + len(before.of("Api"))
    assert {each.policy for each in judged.findings(before, Status.VIOLATION)} == expected
    assert {each.policy for each in judged.findings(after, Status.VIOLATION)} == expected
    assert judged.findings(after, Status.UNDECIDED) == []
