"""Compliant gateways written by hand, as another team would declare them: nothing of SecureGateway's own ways.

At their first preview: what is computed is unknown, and its edges say from what.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any, Final

from policypack.graph.values import UNKNOWN, is_list, is_object
from policypack.graph.graph import Resource

_ASSUME: Final = "arn:aws:iam::123456789012:role/gateway"
_TOPIC: Final = "arn:aws:sns:eu-west-1:123456789012:trouble"
_LOG: Final = json.dumps(
    {
        "id": "$context.requestId",
        "ip": "$context.identity.sourceIp",
        "user": "$context.identity.userArn",
        "status": "$context.status",
        "waf": "$context.wafResponseCode",
        "refused": "$context.authorizer.error",
    }
)
_VISIBLE: Final = {"cloudwatchMetricsEnabled": True, "metricName": "shop", "sampledRequestsEnabled": False}


class _Stack:
    """Resources as they are declared; an input that is a resource, or holds one, is computed from it."""

    def __init__(self, name: str) -> None:
        self.made: list[Resource] = []
        self.name = name
        """Of the gateway, and of the project that declares it."""

    def add(self, type_: str, label: str, /, *, after: Iterable[Resource] = (), **inputs: Any) -> Resource:
        """A resource; `after` are those that it waits for without using them."""
        edges = {name: frozenset(each.urn for each in _resources(value)) for name, value in inputs.items()}
        resource = Resource(
            urn=f"urn:pulumi:dev::{self.name}::aws:{type_}::{label}",
            type=f"aws:{type_}",
            name=label,
            id=UNKNOWN,
            inputs={name: _unknown(value) for name, value in inputs.items()},
            dependencies=frozenset(each.urn for each in after),
            property_dependencies={name: urns for name, urns in edges.items() if urns},
        )
        self.made.append(resource)
        return resource


def _resources(value: Any) -> Iterator[Resource]:
    if isinstance(value, Resource):
        yield value
    elif is_object(value) or is_list(value):
        for each in value.values() if is_object(value) else value:
            yield from _resources(each)


def _unknown(value: Any) -> Any:
    if isinstance(value, Resource):
        return UNKNOWN
    if is_object(value):
        return {key: _unknown(item) for key, item in value.items()}
    return [_unknown(item) for item in value] if is_list(value) else value


def _rule(name: str, priority: int, statement: Any, **more: Any) -> dict[str, Any]:
    action: dict[str, Any] = {} if "overrideAction" in more else {"action": {"block": {}}}
    visible = {**_VISIBLE, "metricName": name}
    return {"name": name, "priority": priority, "statement": statement, "visibilityConfig": visible, **action, **more}


def _managed(name: str, priority: int) -> dict[str, Any]:
    statement = {"managedRuleGroupStatement": {"name": name, "vendorName": "AWS"}}
    return _rule(name, priority, statement, overrideAction={"none": {}})


def _rules(*more: Any) -> list[Any]:
    return [
        _rule("rate", 1, {"rateBasedStatement": {"limit": 1000, "aggregateKeyType": "IP"}}),
        *more,
        _managed("AWSManagedRulesCommonRuleSet", 10),
        _managed("AWSManagedRulesKnownBadInputsRuleSet", 11),
    ]


def _alarm(
    stack: _Stack, name: str, dimensions: Any, *, namespace: str | None = "AWS/ApiGateway", **inputs: Any
) -> None:
    given: dict[str, Any] = {
        "metricName": name,
        "dimensions": dimensions,
        "namespace": namespace,
        "period": 300,
        "statistic": "Sum",
    }
    compared: dict[str, Any] = {"comparisonOperator": "GreaterThanThreshold", "threshold": 5, "evaluationPeriods": 3}
    told: dict[str, Any] = {"treatMissingData": "notBreaching", "alarmActions": [_TOPIC]}
    stack.add("cloudwatch/metricAlarm:MetricAlarm", name, name=name, **{**given, **compared, **told, **inputs})


def _share(api: Any) -> list[Any]:
    """Queries for the share of requests that fail."""
    metrics = (("e", "5XXError"), ("n", "Count"))
    dimensions = {"ApiName": api, "Stage": "live"}
    return [
        *(
            {
                "id": id_,
                "returnData": False,
                "metric": {
                    "namespace": "AWS/ApiGateway",
                    "metricName": name,
                    "dimensions": dimensions,
                    "period": 300,
                    "stat": "Sum",
                },
            }
            for id_, name in metrics
        ),
        {"id": "share", "expression": "IF(n > 10, 100 * e / n, 0)", "returnData": True, "label": "Percent"},
    ]


def _function(stack: _Stack, name: str, api: Resource, role: Resource) -> Resource:
    function = stack.add("lambda/function:Function", name, role=role, handler="index.handler", runtime="python3.12")
    stack.add(
        "lambda/permission:Permission",
        name,
        action="lambda:InvokeFunction",
        function=function,
        principal="apigateway.amazonaws.com",
        sourceArn=api,
    )
    return function


def _log_group(stack: _Stack, label: str, name: str) -> Resource:
    return stack.add(
        "cloudwatch/logGroup:LogGroup", label, name=name, retentionInDays=365, kmsKeyId="arn:aws:kms:eu-west-1:1:key/k"
    )


def rest(name: str = "shop") -> list[Resource]:
    """A REST API of single methods with everything beside it: users, keys, cache, a domain with client certificates."""
    stack = _Stack(name)
    add = stack.add
    gateway = partial(_gateway, add)
    api = gateway(
        "restApi:RestApi",
        "shop",
        name=name,
        endpointConfiguration={"types": "REGIONAL"},
        disableExecuteApiEndpoint=True,
        securityPolicy="TLS_1_2",
        apiKeySource="HEADER",
    )
    role = add("iam/role:Role", "functions", name="functions")
    orders, verify = (_function(stack, name, api, role) for name in ("orders", "verify"))
    pool = add(
        "cognito/userPool:UserPool",
        "users",
        name="users",
        mfaConfiguration="ON",
        softwareTokenMfaConfiguration={"enabled": True},
        passwordPolicy={
            "minimumLength": 12,
            "requireLowercase": True,
            "requireUppercase": True,
            "requireNumbers": True,
            "requireSymbols": True,
            "temporaryPasswordValidityDays": 3,
        },
        userPoolAddOns={"advancedSecurityMode": "ENFORCED"},
        deletionProtection="ACTIVE",
    )
    add(
        "cognito/userPoolClient:UserPoolClient",
        "shop",
        userPoolId=pool,
        preventUserExistenceErrors="ENABLED",
        enableTokenRevocation=True,
        explicitAuthFlows=["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    )
    users = gateway(
        "authorizer:Authorizer", "users", restApi=api, type="COGNITO_USER_POOLS", providerArns=[pool], name="users"
    )
    partners = gateway(
        "authorizer:Authorizer",
        "partners",
        restApi=api,
        name="partners",
        type="REQUEST",
        authorizerUri=verify,
        identitySource="method.request.header.Authorization",
        authorizerResultTtlInSeconds=60,
    )
    path = gateway("resource:Resource", "orders", restApi=api, parentId=api, pathPart="orders")
    item = gateway("resource:Resource", "item", restApi=api, parentId=path, pathPart="{id}")
    validator = gateway(
        "requestValidator:RequestValidator",
        "whole",
        restApi=api,
        validateRequestBody=True,
        validateRequestParameters=True,
    )
    scoped = {"authorization": "COGNITO_USER_POOLS", "authorizerId": users}
    called = [
        _method(
            gateway,
            api,
            path,
            "GET",
            {"type": "AWS_PROXY", "integrationHttpMethod": "POST", "uri": orders, "cacheKeyParameters": [_HEADER]},
            authorizationScopes=["orders/read"],
            requestParameters={_HEADER: True},
            requestValidatorId=validator,
            **scoped,
        ),
        _method(
            gateway,
            api,
            path,
            "POST",
            {"type": "AWS_PROXY", "integrationHttpMethod": "POST", "uri": orders},
            authorizationScopes=["orders/write"],
            apiKeyRequired=True,
            requestModels={"application/json": "Order"},
            requestValidatorId=validator,
            **scoped,
        ),
        _method(
            gateway,
            api,
            item,
            "GET",
            {
                "type": "HTTP_PROXY",
                "integrationHttpMethod": "GET",
                "uri": "https://${stageVariables.host}/orders/{id}",
                "requestParameters": {"integration.request.path.id": "method.request.path.id"},
            },
            authorization="CUSTOM",
            authorizerId=partners,
            requestParameters={"method.request.path.id": True},
        ),
        _method(gateway, api, path, "OPTIONS", {"type": "MOCK"}, authorization="NONE"),
    ]
    gateway(
        "integrationResponse:IntegrationResponse",
        "preflight",
        restApi=api,
        resourceId=path,
        httpMethod="OPTIONS",
        statusCode="200",
        responseParameters={
            "method.response.header.Access-Control-Allow-Origin": "'https://shop.example.com'",
            "method.response.header.Access-Control-Allow-Credentials": "'true'",
        },
    )
    gateway(
        "response:Response",
        "refused",
        restApiId=api,
        responseType="ACCESS_DENIED",
        responseTemplates={"application/json": '{"message": "refused"}'},
    )
    closed = gateway(
        "restApiPolicy:RestApiPolicy",
        "shop",
        restApiId=api,
        policy=_policy(
            {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*"},
            {
                "Effect": "Deny",
                "Principal": "*",
                "Action": "execute-api:Invoke",
                "Resource": "execute-api:/*",
                "Condition": {"NotIpAddress": {"aws:SourceIp": ["203.0.113.0/24"]}},
            },
        ),
    )
    deployment = gateway(
        "deployment:Deployment",
        "shop",
        restApi=api,
        triggers={"redeployment": "5c0f"},
        after=[each for pair in called for each in pair] + [closed],
    )
    log = _log_group(stack, "access", f"/aws/apigateway/{stack.name}")
    stage = gateway(
        "stage:Stage",
        "live",
        restApi=api,
        deployment=deployment,
        stageName="live",
        xrayTracingEnabled=True,
        cacheClusterEnabled=True,
        cacheClusterSize="0.5",
        variables={"host": "orders.example.com"},
        accessLogSettings={"destinationArn": log, "format": _LOG},
    )
    _settings(gateway, api, stage, "*/*", cachingEnabled=False)
    _settings(gateway, api, stage, "orders/GET", cachingEnabled=True, cacheDataEncrypted=True)
    add("apigateway/account:Account", "account", cloudwatchRoleArn=_ASSUME)
    plan = gateway(
        "usagePlan:UsagePlan",
        "partners",
        name="partners",
        apiStages=[{"apiId": api, "stage": stage}],
        throttleSettings={"rateLimit": 10, "burstLimit": 20},
        quotaSettings={"limit": 1000, "period": "DAY"},
    )
    key = gateway("apiKey:ApiKey", "acme", name="acme", enabled=True)
    gateway("usagePlanKey:UsagePlanKey", "acme", keyId=key, keyType="API_KEY", usagePlanId=plan)
    _front_door(stack, stage)
    _domain(stack, api, stage)
    of_stage = {"ApiName": name, "Stage": "live"}
    bare = {"metricName": None, "period": None, "statistic": None}
    _alarm(stack, "errors", None, namespace=None, **{**bare, "metricQueries": _share(name), "threshold": 1})
    _alarm(stack, "Latency", of_stage, statistic=None, extendedStatistic="p99", threshold=3000)
    by_acl = {"WebACL": name, "Rule": "ALL", "Region": "eu-west-1"}
    _alarm(stack, "BlockedRequests", by_acl, namespace="AWS/WAFV2", alarmActions=None)
    add(
        "cloudwatch/compositeAlarm:CompositeAlarm",
        "trouble",
        alarmName="trouble",
        alarmRule='ALARM("BlockedRequests")',
        alarmActions=[_TOPIC],
    )
    return _given(stack.made)


_HEADER: Final = "method.request.header.Authorization"


def _gateway(add: Any, type_: str, label: str, /, **inputs: Any) -> Resource:
    found: Resource = add(f"apigateway/{type_}", label, **inputs)
    return found


def _given(resources: Iterable[Resource]) -> list[Resource]:
    """Resources without the inputs that are None: a program leaves those out."""
    return [
        replace(each, inputs={name: value for name, value in each.inputs.items() if value is not None})
        for each in resources
    ]


def _method(
    gateway: Any, api: Resource, path: Resource, verb: str, integration: dict[str, Any], **inputs: Any
) -> tuple[Resource, Resource]:
    label, place = f"{path.name}-{verb.lower()}", {"restApi": api, "resourceId": path, "httpMethod": verb}
    method = gateway("method:Method", label, **place, **inputs)
    return method, gateway("integration:Integration", label, **place, **integration)


def _settings(gateway: Any, api: Resource, stage: Resource, path: str, **more: Any) -> None:
    limits = {"throttlingRateLimit": 100, "throttlingBurstLimit": 200}
    logged = {"metricsEnabled": True, "loggingLevel": "ERROR", "dataTraceEnabled": False}
    settings = {**limits, **logged, **more}
    gateway(
        "methodSettings:MethodSettings",
        path.replace("/", "-"),
        restApi=api,
        stageName=stage,
        methodPath=path,
        settings=settings,
    )


def _policy(*statements: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def _front_door(stack: _Stack, stage: Resource) -> None:
    """A web ACL before a stage, its log, and a list of addresses that it blocks."""
    blocked = stack.add(
        "wafv2/ipSet:IpSet", "blocked", scope="REGIONAL", ipAddressVersion="IPV4", addresses=["192.0.2.44/32"]
    )
    acl = stack.add(
        "wafv2/webAcl:WebAcl",
        "shop",
        name=stack.name,
        scope="REGIONAL",
        defaultAction={"allow": {}},
        visibilityConfig={**_VISIBLE, "metricName": stack.name},
        rules=_rules(_rule("blocked", 2, {"ipSetReferenceStatement": {"arn": blocked}})),
    )
    stack.add("wafv2/webAclAssociation:WebAclAssociation", "shop", resourceArn=stage, webAclArn=acl)
    stack.add(
        "wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration",
        "shop",
        resourceArn=acl,
        logDestinationConfigs=[_log_group(stack, "waf", f"aws-waf-logs-{stack.name}")],
        redactedFields=[{"singleHeader": {"name": each}} for each in ("authorization", "cookie", "x-api-key")],
        loggingFilter={
            "defaultBehavior": "DROP",
            "filters": [
                {
                    "behavior": "KEEP",
                    "requirement": "MEETS_ANY",
                    "conditions": [{"actionCondition": {"action": "BLOCK"}}],
                }
            ],
        },
    )


def _domain(stack: _Stack, api: Resource, stage: Resource) -> None:
    """A domain that asks for client certificates."""
    trust = stack.add("s3/bucket:Bucket", "trust", bucket=f"{stack.name}-trust", versioning={"enabled": True})
    switches = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
    stack.add(
        "s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "trust", bucket=trust, **dict.fromkeys(switches, True)
    )
    certificate = stack.add(
        "acm/certificate:Certificate",
        "shop",
        domainName=f"{stack.name}.example.com",
        validationMethod="DNS",
        keyAlgorithm="EC_prime256v1",
    )
    domain = stack.add(
        "apigateway/domainName:DomainName",
        "shop",
        domainName=f"{stack.name}.example.com",
        regionalCertificateArn=certificate,
        endpointConfiguration={"types": "REGIONAL"},
        securityPolicy="TLS_1_2",
        mutualTlsAuthentication={"truststoreUri": f"s3://{stack.name}-trust/ca.pem", "truststoreVersion": "3"},
    )
    stack.add("apigateway/basePathMapping:BasePathMapping", "shop", restApi=api, domainName=domain, stageName=stage)


def _edge(stack: _Stack, api: Resource) -> None:
    """CloudFront with a web ACL before an HTTP or WebSocket API; it shows the API a secret."""
    acl = stack.add(
        "wafv2/webAcl:WebAcl",
        "edge",
        name=f"{stack.name}-edge",
        scope="CLOUDFRONT",
        defaultAction={"allow": {}},
        visibilityConfig={**_VISIBLE, "metricName": f"{stack.name}-edge"},
        rules=_rules(),
    )
    stack.add(
        "wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration",
        "edge",
        resourceArn=acl,
        logDestinationConfigs=[_log_group(stack, "waf", f"aws-waf-logs-{stack.name}-edge")],
        redactedFields=[{"singleHeader": {"name": each}} for each in ("authorization", "cookie", "x-api-key")],
    )
    secret = stack.add("random/randomPassword:RandomPassword", "secret", length=40)
    stack.add(
        "cloudfront/distribution:Distribution",
        "edge",
        enabled=True,
        webAclId=acl,
        origins=[{"originId": "api", "domainName": api, "customHeaders": [{"name": "x-from-edge", "value": secret}]}],
        defaultCacheBehavior={"targetOriginId": "api", "viewerProtocolPolicy": "https-only"},
        viewerCertificate={
            "acmCertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/1",
            "minimumProtocolVersion": "TLSv1.2_2021",
        },
    )
    _alarm(stack, "BlockedRequests", {"WebACL": f"{stack.name}-edge", "Rule": "ALL"}, namespace="AWS/WAFV2")


def _v2(kind: str, name: str = "shop", **inputs: Any) -> tuple[_Stack, Resource]:
    stack = _Stack(name)
    api = stack.add("apigatewayv2/api:Api", "shop", name=name, protocolType=kind, **inputs)
    log = _log_group(stack, "access", f"/aws/apigateway/{stack.name}")
    level = {"loggingLevel": "ERROR", "dataTraceEnabled": False} if kind == "WEBSOCKET" else {}
    stack.add(
        "apigatewayv2/stage:Stage",
        "live",
        apiId=api,
        name="live",
        autoDeploy=True,
        accessLogSettings={"destinationArn": log, "format": _LOG},
        defaultRouteSettings={
            "detailedMetricsEnabled": True,
            "throttlingRateLimit": 100,
            "throttlingBurstLimit": 200,
            **level,
        },
    )
    if kind == "WEBSOCKET":
        stack.add("apigateway/account:Account", "account", cloudwatchRoleArn=_ASSUME)
    _edge(stack, api)
    signs = ("5xx", "4xx") if kind == "HTTP" else ("ExecutionError", "ClientError")
    for sign in signs:
        _alarm(stack, sign, {"ApiId": api, "Stage": "live"})
    return stack, api


def _asking(stack: _Stack, api: Resource, verify: Resource, headers: str) -> Resource:
    """An authorizer that compares the secret header of the distribution; `headers` is how sources name headers."""
    return stack.add(
        "apigatewayv2/authorizer:Authorizer",
        "edge",
        apiId=api,
        authorizerType="REQUEST",
        authorizerUri=verify,
        identitySources=[f"{headers}.Authorization", f"{headers}.x-from-edge"],
        authorizerResultTtlInSeconds=0,
        authorizerPayloadFormatVersion="2.0",
        name="edge",
    )


def http(name: str = "shop") -> list[Resource]:
    """An HTTP API behind CloudFront, whose secret a Lambda authorizer asks for."""
    stack, api = _v2(
        "HTTP", name, corsConfiguration={"allowOrigins": ["https://shop.example.com"], "allowCredentials": True}
    )
    role = stack.add("iam/role:Role", "functions", name="functions")
    orders, verify = (_function(stack, name, api, role) for name in ("orders", "verify"))
    authorizer = _asking(stack, api, verify, "$request.header")
    link = stack.add("apigatewayv2/vpcLink:VpcLink", "shop", name="shop", subnetIds=["subnet-1"], securityGroupIds=[])
    integrations: dict[str, dict[str, Any]] = {
        "orders": {"integrationType": "AWS_PROXY", "integrationUri": orders, "payloadFormatVersion": "2.0"},
        "stock": {
            "integrationType": "HTTP_PROXY",
            "integrationMethod": "ANY",
            "connectionType": "VPC_LINK",
            "connectionId": link,
            "integrationUri": "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/net/stock/1/2",
            "tlsConfig": {"serverNameToVerify": "stock.example.com"},
        },
    }
    for path, given in integrations.items():
        target = stack.add("apigatewayv2/integration:Integration", path, apiId=api, **given)
        stack.add(
            "apigatewayv2/route:Route",
            path,
            apiId=api,
            routeKey=f"GET /{path}",
            authorizationType="CUSTOM",
            authorizerId=authorizer,
            target=target,
        )
    return _given(stack.made)


def http_with_tokens() -> list[Resource]:
    """An HTTP API for the whole internet, whose routes take the tokens of an identity provider."""
    stack, api = _v2("HTTP", disableExecuteApiEndpoint=False)
    users = stack.add(
        "apigatewayv2/authorizer:Authorizer",
        "users",
        apiId=api,
        name="users",
        authorizerType="JWT",
        identitySources=["$request.header.Authorization"],
        jwtConfiguration={"issuer": "https://login.example.com", "audiences": ["shop"]},
    )
    backend = stack.add(
        "apigatewayv2/integration:Integration",
        "orders",
        apiId=api,
        integrationType="HTTP_PROXY",
        integrationMethod="ANY",
        integrationUri="https://orders.example.com/{proxy}",
    )
    stack.add(
        "apigatewayv2/route:Route",
        "orders",
        apiId=api,
        routeKey="ANY /orders/{proxy+}",
        authorizationType="JWT",
        authorizerId=users,
        authorizationScopes=["orders"],
        target=backend,
    )
    return _given(stack.made)


def socket() -> list[Resource]:
    """A WebSocket API behind CloudFront: `$connect` carries the login."""
    stack, api = _v2("WEBSOCKET", routeSelectionExpression="$request.body.action")
    role = stack.add("iam/role:Role", "functions", name="functions")
    orders, verify = (_function(stack, name, api, role) for name in ("orders", "verify"))
    authorizer = _asking(stack, api, verify, "route.request.header")
    target = stack.add(
        "apigatewayv2/integration:Integration",
        "orders",
        apiId=api,
        integrationType="AWS_PROXY",
        integrationMethod="POST",
        integrationUri=orders,
    )
    login: dict[str, Any] = {"authorizationType": "CUSTOM", "authorizerId": authorizer}
    routes: dict[str, dict[str, Any]] = {"$connect": login, "$disconnect": {}, "send": {}}
    for key, more in routes.items():
        stack.add("apigatewayv2/route:Route", key, apiId=api, routeKey=key, target=target, **more)
    return _given(stack.made)
