"""Translates resources of the aws-native provider into those of pulumi-aws; only this module knows how they differ.

All readers read pulumi-aws only. URNs, dependencies and locations remain those of the resource that the program
declares, so a finding points at that resource. Properties that both providers spell alike stay as they are.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from . import aws_native_shapes as shapes
from . import resource_types as types
from .aws_native_shapes import Inputs
from .graph import Resource
from .values import (
    UNKNOWN,
    is_object,
    items,
)

PREFIX: Final = "aws-native:"

_Reshape = Callable[[Inputs], Inputs]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Twin:
    """The pulumi-aws resource that a native resource is translated into."""

    type: str
    names: Mapping[str, str] = field(default_factory=dict[str, str])
    """The native names of properties, with their names in pulumi-aws where they differ."""
    id: str = ""
    """The output that other resources refer to it by, since its Pulumi id may consist of several parts."""
    reshape: _Reshape | None = None
    """Changes inputs whose shape differs; it gets them under their names in pulumi-aws."""
    inner: Mapping[str, str] = field(default_factory=dict[str, str])
    """Inputs that `reshape` creates, with the input that each is created from and depends on."""


def is_translated(type_: str) -> bool:
    """Whether resources of a type are translated into those of pulumi-aws."""
    return type_.removeprefix(PREFIX) in _TWINS


def translated(resource: Resource) -> Iterator[Resource]:
    """The pulumi-aws resources that a native resource is translated into; any other resource as it is."""
    twin = _TWINS.get(resource.type.removeprefix(PREFIX)) if resource.type.startswith(PREFIX) else None
    if twin is None:
        yield resource
        return
    inputs = shapes.rename(resource.inputs, twin.names)
    outputs = shapes.rename(resource.outputs, twin.names)
    edges = dict(shapes.rename(resource.property_dependencies, twin.names))
    if twin.reshape is not None:
        inputs = twin.reshape(inputs)
        edges = {**{name: edges[source] for name, source in twin.inner.items() if source in edges}, **edges}
    made = replace(
        resource,
        type=twin.type,
        inputs=inputs,
        outputs=outputs,
        id=resource.outputs.get(twin.id, resource.id) if twin.id else resource.id,
        property_dependencies=edges,
        declared_as=_declared_as(twin, resource.declared_as),
        native=True,
    )
    yield made
    if resource.type == f"{PREFIX}apigateway:Method":
        yield from _integration(made)


def _declared_as(twin: _Twin, declared: Mapping[str, frozenset[str]]) -> Mapping[str, frozenset[str]]:
    """The inputs of the twin that each native input becomes, where that is not the input of its own name.

    `declared` is the same for the native inputs, if these are not what the program declares.
    """
    found: dict[str, set[str]] = {}
    for native, name in (*twin.names.items(), *((source, name) for name, source in twin.inner.items())):
        found.setdefault(native, {native}).add(name)
    natives = {native: frozenset(names) for native, names in found.items()}
    through = {
        name: frozenset(one for each in inputs for one in natives.get(each, (each,)))
        for name, inputs in declared.items()
    }
    return {**natives, **through}


def _integration(method: Resource) -> Iterator[Resource]:
    """The integration and its integration responses, which are properties of a native method."""
    given = method.inputs.get("integration")
    if given is None:
        return
    identity = {name: method.inputs[name] for name in ("restApi", "resourceId", "httpMethod") if name in method.inputs}
    inside = method.property_dependencies.get("integration", frozenset())
    values: Inputs = {"type": UNKNOWN}
    if is_object(given):
        values = shapes.rename(given, {"timeoutInMillis": "timeoutMilliseconds"})
    yield replace(
        method,
        type=types.REST_INTEGRATION,
        inputs={**values, **identity},
        property_dependencies={**dict.fromkeys(values, inside), **method.property_dependencies},
        declared_as={"integration": frozenset(values)},
    )
    for response in items(values.get("integrationResponses")):
        if is_object(response):
            yield replace(
                method,
                type=types.REST_INTEGRATION_RESPONSE,
                inputs={**response, **identity},
                property_dependencies={**dict.fromkeys(response, inside), **method.property_dependencies},
                declared_as={"integration": frozenset(response)},
            )


_API_NAME: Final = {"restApiId": "restApi"}
_STAGE_DESCRIPTION: Final = dict.fromkeys((*shapes.STAGE_NAMES.values(), "methodSettings"), "stageDescription")
_TWINS: Final[Mapping[str, _Twin]] = {
    "apigateway:RestApi": _Twin(
        type=types.REST_API,
        names={"apiKeySourceType": "apiKeySource", "mode": "putRestApiMode"},
        id="restApiId",
        reshape=shapes.rest_api,
        inner={"body": "bodyS3Location"},
    ),
    "apigateway:Resource": _Twin(type=types.REST_RESOURCE, names=_API_NAME, id="resourceId"),
    "apigateway:Method": _Twin(type=types.REST_METHOD, names={**_API_NAME, "authorizationType": "authorization"}),
    "apigateway:Authorizer": _Twin(
        type=types.REST_AUTHORIZER, names=_API_NAME, id="authorizerId", reshape=shapes.authorizer
    ),
    "apigateway:Deployment": _Twin(
        type=types.REST_DEPLOYMENT,
        names=_API_NAME,
        id="deploymentId",
        reshape=shapes.deployment,
        inner=_STAGE_DESCRIPTION,
    ),
    "apigateway:Stage": _Twin(
        type=types.REST_STAGE, names={**_API_NAME, **shapes.STAGE_NAMES, "deploymentId": "deployment"}
    ),
    "apigateway:UsagePlan": _Twin(
        type=types.USAGE_PLAN,
        names={"usagePlanName": "name", "quota": "quotaSettings", "throttle": "throttleSettings"},
        reshape=shapes.usage_plan,
    ),
    "apigateway:UsagePlanKey": _Twin(type=types.USAGE_PLAN_KEY),
    "apigateway:ApiKey": _Twin(type=types.API_KEY, id="apiKeyId", reshape=shapes.api_key),
    "apigateway:DomainName": _Twin(type=types.REST_DOMAIN),
    "apigateway:DomainNameV2": _Twin(type=types.REST_DOMAIN, names={"domainNameArn": "arn"}),
    "apigateway:BasePathMapping": _Twin(type=types.BASE_PATH_MAPPING, names={**_API_NAME, "stage": "stageName"}),
    "apigateway:BasePathMappingV2": _Twin(
        type=types.BASE_PATH_MAPPING,
        names={**_API_NAME, "stage": "stageName", "domainNameArn": "domainName"},
    ),
    "apigateway:DomainNameAccessAssociation": _Twin(type=types.DOMAIN_ACCESS_ASSOCIATION),
    "apigateway:GatewayResponse": _Twin(type=types.GATEWAY_RESPONSE),
    "apigateway:RequestValidator": _Twin(type=types.REQUEST_VALIDATOR, names=_API_NAME, id="requestValidatorId"),
    "apigateway:Model": _Twin(type=types.REST_MODEL, names=_API_NAME),
    "apigateway:Account": _Twin(type=types.API_GATEWAY_ACCOUNT, names={"cloudWatchRoleArn": "cloudwatchRoleArn"}),
    "apigateway:VpcLink": _Twin(
        type=types.REST_VPC_LINK, names={"targetArns": "targetArn"}, id="vpcLinkId", reshape=shapes.vpc_link
    ),
    "apigateway:ClientCertificate": _Twin(type=types.CLIENT_CERTIFICATE, id="clientCertificateId"),
    "apigatewayv2:Api": _Twin(
        type=types.HTTP_API, id="apiId", reshape=shapes.http_api, inner={"body": "bodyS3Location"}
    ),
    "apigatewayv2:Route": _Twin(type=types.HTTP_ROUTE, id="routeId"),
    "apigatewayv2:Integration": _Twin(
        type=types.HTTP_INTEGRATION,
        names={"timeoutInMillis": "timeoutMilliseconds"},
        id="integrationId",
    ),
    "apigatewayv2:Authorizer": _Twin(
        type=types.HTTP_AUTHORIZER,
        names={"identitySource": "identitySources"},
        id="authorizerId",
        reshape=shapes.v2_authorizer,
    ),
    "apigatewayv2:Stage": _Twin(type=types.HTTP_STAGE, names={"stageName": "name"}, reshape=shapes.v2_stage),
    "apigatewayv2:Deployment": _Twin(type=types.HTTP_DEPLOYMENT, id="deploymentId"),
    "apigatewayv2:DomainName": _Twin(
        type=types.HTTP_DOMAIN,
        names={"domainNameConfigurations": "domainNameConfiguration"},
        reshape=shapes.v2_domain,
    ),
    "apigatewayv2:ApiMapping": _Twin(type=types.API_MAPPING),
    "apigatewayv2:RoutingRule": _Twin(type=types.ROUTING_RULE),
    "apigatewayv2:VpcLink": _Twin(type=types.HTTP_VPC_LINK),
    "bedrockagentcore:Gateway": _Twin(type=types.AGENT_GATEWAY, id="gatewayIdentifier"),
    "bedrockagentcore:GatewayTarget": _Twin(
        type=types.AGENT_GATEWAY_TARGET,
        names={"credentialProviderConfigurations": "credentialProviderConfiguration"},
        reshape=shapes.agent_target,
    ),
    "wafv2:WebAcl": _Twin(type=types.WEB_ACL),
    "wafv2:WebAclAssociation": _Twin(type=types.WEB_ACL_ASSOCIATION),
    "wafv2:LoggingConfiguration": _Twin(type=types.WEB_ACL_LOGGING),
    "wafv2:IpSet": _Twin(type=types.IP_SET),
    "wafv2:RuleGroup": _Twin(type=types.RULE_GROUP),
    "wafv2:RegexPatternSet": _Twin(type=types.REGEX_PATTERN_SET),
    "logs:LogGroup": _Twin(type=types.LOG_GROUP, names={"logGroupName": "name"}),
    "logs:ResourcePolicy": _Twin(type=types.LOG_RESOURCE_POLICY),
    "cloudwatch:Alarm": _Twin(
        type=types.METRIC_ALARM,
        names={"alarmName": "name", "metrics": "metricQueries"},
        reshape=shapes.alarm,
    ),
    "cloudwatch:CompositeAlarm": _Twin(type=types.COMPOSITE_ALARM),
    "lambda:Function": _Twin(
        type=types.FUNCTION,
        names={"functionName": "name"},
    ),
    "lambda:Alias": _Twin(type=types.FUNCTION_ALIAS, names={"aliasArn": "arn"}),
    "lambda:Version": _Twin(type=types.FUNCTION_ALIAS, names={"functionArn": "arn"}),
    "lambda:Permission": _Twin(type=types.FUNCTION_PERMISSION, names={"functionName": "function"}),
    "lambda:ResourcePolicy": _Twin(type=types.FUNCTION_RESOURCE_POLICY, names={"policyDocument": "policy"}),
    "lambda:Url": _Twin(
        type=types.FUNCTION_URL,
        names={"targetFunctionArn": "functionName", "authType": "authorizationType"},
    ),
    "cognito:UserPool": _Twin(
        type=types.USER_POOL,
        names={"userPoolName": "name"},
        id="userPoolId",
        reshape=shapes.user_pool,
        inner={"passwordPolicy": "policies", "signInPolicy": "policies"},
    ),
    "cognito:UserPoolClient": _Twin(
        type=types.USER_POOL_CLIENT,
        names={
            "clientName": "name",
            "allowedOAuthFlows": "allowedOauthFlows",
            "allowedOAuthScopes": "allowedOauthScopes",
            "allowedOAuthFlowsUserPoolClient": "allowedOauthFlowsUserPoolClient",
        },
        id="clientId",
    ),
    "cognito:UserPoolRiskConfigurationAttachment": _Twin(type=types.RISK_CONFIGURATION),
    "cognito:UserPoolResourceServer": _Twin(type=types.RESOURCE_SERVER),
    "cognito:IdentityPool": _Twin(type=types.IDENTITY_POOL),
    "cognito:IdentityPoolRoleAttachment": _Twin(type=types.IDENTITY_POOL_ROLES),
    "iam:Role": _Twin(
        type=types.IAM_ROLE,
        names={"roleName": "name", "assumeRolePolicyDocument": "assumeRolePolicy", "policies": "inlinePolicies"},
        reshape=shapes.role,
    ),
    "iam:RolePolicy": _Twin(
        type=types.IAM_ROLE_POLICY, names={"roleName": "role", "policyName": "name", "policyDocument": "policy"}
    ),
    "iam:Policy": _Twin(type=types.IAM_POLICY, names={"policyName": "name", "policyDocument": "policy"}),
    "iam:ManagedPolicy": _Twin(
        type=types.IAM_POLICY, names={"managedPolicyName": "name", "policyDocument": "policy", "policyArn": "arn"}
    ),
    "ec2:VpcEndpoint": _Twin(type=types.VPC_ENDPOINT, names={"policyDocument": "policy"}),
    "ec2:SecurityGroup": _Twin(type=types.SECURITY_GROUP, names={"securityGroupIngress": "ingress"}, id="groupId"),
    "ec2:SecurityGroupIngress": _Twin(
        type=types.SECURITY_GROUP_INGRESS_RULE,
        names={"groupId": "securityGroupId", "cidrIp": "cidrIpv4", "cidrIpv6": "cidrIpv6"},
    ),
    "cloudfront:Distribution": _Twin(
        type=types.DISTRIBUTION,
        reshape=shapes.distribution,
        inner=dict.fromkeys(shapes.DISTRIBUTION_INPUTS, "distributionConfig"),
    ),
    "cloudfront:Function": _Twin(type=types.CLOUDFRONT_FUNCTION, names={"functionCode": "code", "functionArn": "arn"}),
    "kinesis:Stream": _Twin(type=types.DATA_STREAM),
    "kinesis:ResourcePolicy": _Twin(type=types.DATA_STREAM_POLICY, names={"resourcePolicy": "policy"}),
    "kinesisfirehose:DeliveryStream": _Twin(type=types.DELIVERY_STREAM, names={"deliveryStreamName": "name"}),
    "s3:Bucket": _Twin(
        type=types.BUCKET,
        names={"bucketName": "bucket", "versioningConfiguration": "versioning"},
        reshape=shapes.bucket,
        inner={"acl": "accessControl"},
    ),
    "s3:BucketPolicy": _Twin(type=types.BUCKET_POLICY, names={"policyDocument": "policy"}),
    "sns:Topic": _Twin(type=types.TOPIC, names={"topicName": "name", "topicArn": "arn"}),
    "sns:TopicInlinePolicy": _Twin(type=types.TOPIC_POLICY, names={"topicArn": "arn", "policyDocument": "policy"}),
    "sns:TopicPolicy": _Twin(type=types.TOPIC_POLICY, names={"topics": "arn", "policyDocument": "policy"}),
    "sns:Subscription": _Twin(type=types.TOPIC_SUBSCRIPTION, names={"topicArn": "topic"}),
    "sqs:Queue": _Twin(type=types.QUEUE, names={"queueName": "name"}),
    "sqs:QueuePolicy": _Twin(type=types.QUEUE_POLICY, names={"queues": "queueUrl", "policyDocument": "policy"}),
    "sqs:QueueInlinePolicy": _Twin(type=types.QUEUE_POLICY, names={"queue": "queueUrl", "policyDocument": "policy"}),
    "lambda:EventSourceMapping": _Twin(type=types.EVENT_SOURCE_MAPPING),
    "events:ApiDestination": _Twin(type=types.EVENT_API_DESTINATION),
    "events:EventBus": _Twin(type=types.EVENT_BUS),
    "events:Rule": _Twin(type=types.EVENT_RULE),
    "events:EventBusPolicy": _Twin(type=types.EVENT_BUS_POLICY, reshape=shapes.event_bus_policy),
    "pipes:Pipe": _Twin(type=types.PIPE),
    "kms:Key": _Twin(type=types.KMS_KEY, names={"keyPolicy": "policy"}),
    "kms:Alias": _Twin(type=types.KMS_ALIAS, names={"aliasName": "name"}),
    "certificatemanager:Certificate": _Twin(type=types.CERTIFICATE),
    "route53:RecordSet": _Twin(type=types.DNS_RECORD),
}
