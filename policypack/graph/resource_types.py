"""Every resource type that the pack reads, as pulumi-aws spells it, by AWS service.

`aws_native` says which types of the aws-native provider stand for them.
"""

from collections.abc import Sequence
from typing import Final, cast

# API Gateway: REST APIs
REST_API: Final = "aws:apigateway/restApi:RestApi"
REST_API_BODY: Final = "aws:apigateway/restApiPut:RestApiPut"
"""An OpenAPI document that is imported into a REST API after the API's own."""
REST_API_POLICY: Final = "aws:apigateway/restApiPolicy:RestApiPolicy"
"""The resource policy of a REST API, as a resource of its own."""
REST_RESOURCE: Final = "aws:apigateway/resource:Resource"
"""One segment of a path, which methods belong to."""
REST_METHOD: Final = "aws:apigateway/method:Method"
REST_INTEGRATION: Final = "aws:apigateway/integration:Integration"
REST_INTEGRATION_RESPONSE: Final = "aws:apigateway/integrationResponse:IntegrationResponse"
REST_AUTHORIZER: Final = "aws:apigateway/authorizer:Authorizer"
REST_STAGE: Final = "aws:apigateway/stage:Stage"
REST_DEPLOYMENT: Final = "aws:apigateway/deployment:Deployment"
"""Before pulumi-aws 7, a deployment with a `stageName` also creates a stage."""
REST_MODEL: Final = "aws:apigateway/model:Model"
METHOD_SETTINGS: Final = "aws:apigateway/methodSettings:MethodSettings"
REQUEST_VALIDATOR: Final = "aws:apigateway/requestValidator:RequestValidator"
GATEWAY_RESPONSE: Final = "aws:apigateway/response:Response"
API_KEY: Final = "aws:apigateway/apiKey:ApiKey"
USAGE_PLAN: Final = "aws:apigateway/usagePlan:UsagePlan"
USAGE_PLAN_KEY: Final = "aws:apigateway/usagePlanKey:UsagePlanKey"
"""Adds an API key to a usage plan."""
REST_DOMAIN: Final = "aws:apigateway/domainName:DomainName"
"""A custom domain of REST APIs, edge-optimized and private ones included."""
BASE_PATH_MAPPING: Final = "aws:apigateway/basePathMapping:BasePathMapping"
"""Maps a path of a custom domain to a stage of a REST API."""
DOMAIN_ACCESS_ASSOCIATION: Final = "aws:apigateway/domainNameAccessAssociation:DomainNameAccessAssociation"
"""Lets a VPC endpoint reach a private custom domain."""
REST_VPC_LINK: Final = "aws:apigateway/vpcLink:VpcLink"
CLIENT_CERTIFICATE: Final = "aws:apigateway/clientCertificate:ClientCertificate"
"""What a stage proves its identity to backends with."""
API_GATEWAY_ACCOUNT: Final = "aws:apigateway/account:Account"
"""The settings of API Gateway for an account and region, such as the role that writes logs."""

# API Gateway: HTTP and WebSocket APIs
HTTP_API: Final = "aws:apigatewayv2/api:Api"
"""An HTTP or WebSocket API; `protocolType` says which."""
HTTP_ROUTE: Final = "aws:apigatewayv2/route:Route"
HTTP_INTEGRATION: Final = "aws:apigatewayv2/integration:Integration"
HTTP_AUTHORIZER: Final = "aws:apigatewayv2/authorizer:Authorizer"
HTTP_STAGE: Final = "aws:apigatewayv2/stage:Stage"
HTTP_DEPLOYMENT: Final = "aws:apigatewayv2/deployment:Deployment"
HTTP_DOMAIN: Final = "aws:apigatewayv2/domainName:DomainName"
"""A regional custom domain, of APIs of every kind."""
API_MAPPING: Final = "aws:apigatewayv2/apiMapping:ApiMapping"
"""Maps a path of a custom domain to a stage of an API of any kind."""
ROUTING_RULE: Final = "aws:apigatewayv2/routingRule:RoutingRule"
"""Routes requests of a custom domain to stages by their path and headers."""
HTTP_VPC_LINK: Final = "aws:apigatewayv2/vpcLink:VpcLink"

# Bedrock AgentCore
AGENT_GATEWAY: Final = "aws:bedrock/agentcoreGateway:AgentcoreGateway"
"""Offers APIs and functions as tools to AI agents, and calls them with credentials of its own."""
AGENT_GATEWAY_TARGET: Final = "aws:bedrock/agentcoreGatewayTarget:AgentcoreGatewayTarget"
"""What a gateway of AgentCore calls, such as a stage of a REST API."""

# Certificate Manager
CERTIFICATE: Final = "aws:acm/certificate:Certificate"
CERTIFICATE_VALIDATION: Final = "aws:acm/certificateValidation:CertificateValidation"
"""Waits until a certificate is issued."""

# CloudFront
DISTRIBUTION: Final = "aws:cloudfront/distribution:Distribution"
CLOUDFRONT_FUNCTION: Final = "aws:cloudfront/function:Function"
"""Code that a distribution runs for each request."""

# CloudWatch, CloudWatch Logs and EventBridge
LOG_GROUP: Final = "aws:cloudwatch/logGroup:LogGroup"
LOG_RESOURCE_POLICY: Final = "aws:cloudwatch/logResourcePolicy:LogResourcePolicy"
METRIC_ALARM: Final = "aws:cloudwatch/metricAlarm:MetricAlarm"
ALARM_MUTE_RULE: Final = "aws:cloudwatch/alarmMuteRule:AlarmMuteRule"
"""Suppresses the actions of alarms at certain times."""
COMPOSITE_ALARM: Final = "aws:cloudwatch/compositeAlarm:CompositeAlarm"
EVENT_API_DESTINATION: Final = "aws:cloudwatch/eventApiDestination:EventApiDestination"
"""An HTTPS address that an EventBridge rule or a pipe calls, with credentials of its own."""
EVENT_BUS: Final = "aws:cloudwatch/eventBus:EventBus"
EVENT_BUS_POLICY: Final = "aws:cloudwatch/eventBusPolicy:EventBusPolicy"
EVENT_PERMISSION: Final = "aws:cloudwatch/eventPermission:EventPermission"
"""One statement of the policy of an event bus."""
EVENT_RULE: Final = "aws:cloudwatch/eventRule:EventRule"
EVENT_TARGET: Final = "aws:cloudwatch/eventTarget:EventTarget"

# Cognito
USER_POOL: Final = "aws:cognito/userPool:UserPool"
USER_POOL_CLIENT: Final = "aws:cognito/userPoolClient:UserPoolClient"
MANAGED_USER_POOL_CLIENT: Final = "aws:cognito/managedUserPoolClient:ManagedUserPoolClient"
"""An app client that another service of AWS created."""
RISK_CONFIGURATION: Final = "aws:cognito/riskConfiguration:RiskConfiguration"
"""What threat protection does about risky sign-ins."""
RESOURCE_SERVER: Final = "aws:cognito/resourceServer:ResourceServer"
"""Defines the OAuth scopes of a user pool."""
IDENTITY_POOL: Final = "aws:cognito/identityPool:IdentityPool"
IDENTITY_POOL_ROLES: Final = "aws:cognito/identityPoolRoleAttachment:IdentityPoolRoleAttachment"
"""The roles that an identity pool gives to its users and to guests."""

# EC2 and VPC
VPC_ENDPOINT: Final = "aws:ec2/vpcEndpoint:VpcEndpoint"
VPC_ENDPOINT_POLICY: Final = "aws:ec2/vpcEndpointPolicy:VpcEndpointPolicy"
SECURITY_GROUP: Final = "aws:ec2/securityGroup:SecurityGroup"
SECURITY_GROUP_RULE: Final = "aws:ec2/securityGroupRule:SecurityGroupRule"
"""The older form of a rule, for ingress and egress."""
SECURITY_GROUP_INGRESS_RULE: Final = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
SECURITY_GROUP_ASSOCIATION: Final = "aws:ec2/securityGroupAssociation:SecurityGroupAssociation"
"""Adds a security group to a VPC endpoint."""

# IAM
IAM_ROLE: Final = "aws:iam/role:Role"
IAM_ROLE_POLICY: Final = "aws:iam/rolePolicy:RolePolicy"
IAM_ROLE_POLICY_ATTACHMENT: Final = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
IAM_POLICY: Final = "aws:iam/policy:Policy"
IAM_POLICY_ATTACHMENT: Final = "aws:iam/policyAttachment:PolicyAttachment"
"""Attaches a policy to several roles, users and groups."""

# Kinesis
DATA_STREAM: Final = "aws:kinesis/stream:Stream"
DATA_STREAM_POLICY: Final = "aws:kinesis/resourcePolicy:ResourcePolicy"
"""The policy of a stream, or of a consumer of one."""
DELIVERY_STREAM: Final = "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream"

# KMS
KMS_KEY: Final = "aws:kms/key:Key"
KMS_KEY_POLICY: Final = "aws:kms/keyPolicy:KeyPolicy"
KMS_ALIAS: Final = "aws:kms/alias:Alias"

# Lambda
FUNCTION: Final = "aws:lambda/function:Function"
FUNCTION_ALIAS: Final = "aws:lambda/alias:Alias"
FUNCTION_PERMISSION: Final = "aws:lambda/permission:Permission"
FUNCTION_RESOURCE_POLICY: Final = "aws:lambda/resourcePolicy:ResourcePolicy"
"""All permissions of a function, as one policy."""
FUNCTION_URL: Final = "aws:lambda/functionUrl:FunctionUrl"
EVENT_SOURCE_MAPPING: Final = "aws:lambda/eventSourceMapping:EventSourceMapping"
"""Invokes a function with the messages of a queue or stream."""

# EventBridge Pipes
PIPE: Final = "aws:pipes/pipe:Pipe"
"""Sends the messages of a queue or stream to a target."""

# Route 53
DNS_RECORD: Final = "aws:route53/record:Record"

# S3; pulumi-aws 6 names several of these with a V2
BUCKETS: Final = ("aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2")
BUCKET: Final = BUCKETS[0]
BUCKET_OBJECTS: Final = ("aws:s3/bucketObjectv2:BucketObjectv2", "aws:s3/bucketObject:BucketObject")
BUCKET_VERSIONINGS: Final = ("aws:s3/bucketVersioning:BucketVersioning", "aws:s3/bucketVersioningV2:BucketVersioningV2")
BUCKET_ACLS: Final = ("aws:s3/bucketAcl:BucketAcl", "aws:s3/bucketAclV2:BucketAclV2")
BUCKET_POLICY: Final = "aws:s3/bucketPolicy:BucketPolicy"
BUCKET_PUBLIC_ACCESS_BLOCK: Final = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"

BUCKET_NOTIFICATION: Final = "aws:s3/bucketNotification:BucketNotification"
"""What a bucket invokes when objects are written."""

# SNS and SQS
TOPIC: Final = "aws:sns/topic:Topic"
TOPIC_POLICY: Final = "aws:sns/topicPolicy:TopicPolicy"
TOPIC_SUBSCRIPTION: Final = "aws:sns/topicSubscription:TopicSubscription"
QUEUE: Final = "aws:sqs/queue:Queue"
QUEUE_POLICY: Final = "aws:sqs/queuePolicy:QueuePolicy"

# WAF
WEB_ACL: Final = "aws:wafv2/webAcl:WebAcl"
WEB_ACL_RULE: Final = "aws:wafv2/webAclRule:WebAclRule"
"""One rule of a web ACL, as a resource of its own."""
WEB_ACL_RULE_GROUP: Final = "aws:wafv2/webAclRuleGroupAssociation:WebAclRuleGroupAssociation"
"""Adds a rule group to a web ACL."""
WEB_ACL_ASSOCIATION: Final = "aws:wafv2/webAclAssociation:WebAclAssociation"
"""Puts a web ACL in front of a stage."""
WEB_ACL_LOGGING: Final = "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration"
RULE_GROUP: Final = "aws:wafv2/ruleGroup:RuleGroup"
IP_SET: Final = "aws:wafv2/ipSet:IpSet"
REGEX_PATTERN_SET: Final = "aws:wafv2/regexPatternSet:RegexPatternSet"

# WAF Classic, whose rules the pack does not read
CLASSIC_REGIONAL_WEB_ACL: Final = "aws:wafregional/webAcl:WebAcl"
CLASSIC_GLOBAL_WEB_ACL: Final = "aws:waf/webAcl:WebAcl"
CLASSIC_WEB_ACL_ASSOCIATION: Final = "aws:wafregional/webAclAssociation:WebAclAssociation"

APIS: Final = (REST_API, HTTP_API)
STAGES: Final = (REST_STAGE, REST_DEPLOYMENT, HTTP_STAGE)
"""What creates a stage."""
DOMAINS: Final = (REST_DOMAIN, HTTP_DOMAIN)

_NAMED: Final[tuple[object, ...]] = tuple(globals().values())
READ: Final = frozenset(
    each
    for each in (
        *_NAMED,
        *(one for many in _NAMED if isinstance(many, tuple) for one in cast("Sequence[object]", many)),
    )
    if isinstance(each, str) and each.startswith("aws")
)
"""All of them."""

# What only the comparison with AWS looks at
IDENTITY_PROVIDER: Final = "aws:cognito/identityProvider:IdentityProvider"

# What holds resources in another form; `normalised` replaces it by them
CLOUD_CONTROL: Final = "aws:cloudcontrol/resource:Resource"
CLOUDFORMATION_STACKS: Final = ("aws:cloudformation/stack:Stack", "aws:cloudformation/stackSet:StackSet")
SERVERLESS_APPLICATION: Final = "aws:serverlessrepository/cloudFormationStack:CloudFormationStack"
"""An application of the Serverless Application Repository, whose template is not among its inputs."""
