"""What identifies each resource of the component in AWS, and what makes the provider replace it."""

from dataclasses import dataclass

GENERATED = frozenset({"(generated)"})
"""AWS or the provider chooses another id or name for each."""


@dataclass(frozen=True)
class Row:
    """What identifies a resource in AWS, and which inputs of it the provider changes only by replacing it.

    `replaced_by` holds only what the component sets; asked of the provider's own plans.
    """

    key: frozenset[str]
    replaced_by: frozenset[str]
    overwrites: bool = False
    """Whether creating it over an existing one changes that one, so that it must never be deleted."""

    @property
    def collides(self) -> bool:
        """Whether a successor can have the key of what it replaces."""
        return self.key != GENERATED and not self.replaced_by <= self.key


def row(key, replaced_by="", **options):
    return Row(GENERATED if key == "*" else frozenset(key.split()), frozenset(replaced_by.split()), **options)


TABLE = {
    "acm.Certificate": row("*", "domainName keyAlgorithm certificateAuthorityArn validationMethod"),
    "acm.CertificateValidation": row("certificateArn validationRecordFqdns", "certificateArn validationRecordFqdns"),
    "apigateway.Account": row("region", overwrites=True),
    "apigateway.ApiKey": row("value", "value"),
    "apigateway.BasePathMapping": row("domainName basePath", "domainName"),
    "apigateway.Deployment": row("*", "restApi triggers"),
    "apigateway.DomainName": row("domainName", "domainName"),
    "apigateway.DomainNameAccessAssociation": row(
        "domainNameArn accessAssociationSource", "domainNameArn accessAssociationSource"
    ),
    "apigateway.MethodSettings": row("restApi stageName methodPath", "restApi stageName methodPath"),
    "apigateway.RestApi": row("*"),
    "apigateway.RestApiPut": row("*", "restApiId body triggers failOnWarnings"),
    "apigateway.RestApiPolicy": row("restApiId", "restApiId"),
    "apigateway.Stage": row("restApi stageName", "restApi stageName"),
    "apigateway.UsagePlan": row("*"),
    "apigateway.UsagePlanKey": row("keyId", "keyId usagePlanId"),
    "apigatewayv2.RoutingRule": row("domainName priority", "domainName"),
    "apigatewayv2.VpcLink": row("*", "subnetIds securityGroupIds"),
    "cloudwatch.CompositeAlarm": row("alarmName", "alarmName"),
    "cloudwatch.Dashboard": row("dashboardName", "dashboardName"),
    "cloudwatch.LogGroup": row("name", "name logGroupClass"),
    "cloudwatch.LogMetricFilter": row("*", "logGroupName"),
    "cloudwatch.MetricAlarm": row("*"),
    "cloudwatch.QueryDefinition": row("*"),
    "cognito.ResourceServer": row("userPoolId identifier", "userPoolId identifier"),
    "cognito.RiskConfiguration": row("userPoolId", "userPoolId"),
    "cognito.UserPool": row("*", "usernameAttributes usernameConfiguration"),
    "cognito.UserPoolClient": row("*", "userPoolId generateSecret"),
    "cognito.UserPoolDomain": row("domain", "domain userPoolId"),
    "ec2.SecurityGroup": row("*", "vpcId description"),
    "ec2.VpcEndpoint": row("*", "vpcId serviceName vpcEndpointType"),
    "ec2.VpcEndpointPolicy": row("vpcEndpointId", "vpcEndpointId"),
    "iam.Policy": row("*"),
    "iam.Role": row("*"),
    "iam.RolePolicy": row("*", "role"),
    "iam.RolePolicyAttachment": row("role policyArn", "role policyArn", overwrites=True),
    "kms.Key": row("*"),
    "lambda.Function": row("name", "name"),
    "lambda.Permission": row("*", "action function principal qualifier sourceArn"),
    "route53.Record": row("zoneId name type", "zoneId name"),
    "s3.Bucket": row("*"),
    "s3.BucketObjectv2": row("bucket key", "bucket key"),
    "s3.BucketOwnershipControls": row("bucket", "bucket"),
    "s3.BucketPolicy": row("bucket", "bucket"),
    "s3.BucketPublicAccessBlock": row("bucket", "bucket"),
    "s3.BucketServerSideEncryptionConfiguration": row("bucket", "bucket"),
    "s3.BucketVersioning": row("bucket", "bucket"),
    "sns.Topic": row("*"),
    "sns.TopicPolicy": row("arn", "arn"),
    "sns.TopicSubscription": row("topic protocol endpoint", "topic protocol endpoint"),
    "vpc.SecurityGroupEgressRule": row("securityGroupId cidrIpv4 cidrIpv6", "securityGroupId"),
    "vpc.SecurityGroupIngressRule": row("securityGroupId cidrIpv4 cidrIpv6", "securityGroupId"),
    "wafv2.IpSet": row("*", "ipAddressVersion scope"),
    "wafv2.WebAcl": row("*", "scope"),
    "wafv2.WebAclAssociation": row("resourceArn", "resourceArn webAclArn", overwrites=True),
    "wafv2.WebAclLoggingConfiguration": row("resourceArn", "resourceArn logDestinationConfigs"),
}
"""A pool has one prefix domain and one domain of its own, which is narrower than the key that its row names."""


def short(token):
    module, _, name = token.removeprefix("aws:").partition("/")
    return f"{module}.{name.partition(':')[2]}"
