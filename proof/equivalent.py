"""Mutants that weaken nothing: what the pack rightly says nothing about, by reason.

A pattern is a mutant's kind, `Type.path operator`, with `*` for anything and `{a|b}` for either; one that begins with
the name of a base and `: ` is about that base only. Capital words stand for names: `METHOD` for an operation of a body,
`PREFLIGHT` for an OPTIONS one, `SCHEME` for a security scheme, `REFUSAL` for a gateway response.
"""

import re
from functools import cache
from typing import Final

EXPLAINED: Final[dict[str, tuple[str, ...]]] = {
    "A name or text is for people; what refers to it refers by value, and is mutated itself": (
        "{ApiKey|Function|IpSet|LogGroup|MetricAlarm|Policy|QueryDefinition|Record|ResourceServer|Role|Topic|UsagePlan"
        "|UserPool|WebAcl|RestApi}.name *",
        "Alarm.alarmName *",
        "{Topic|LogGroup|Domain|Certificate|Bucket}*.{name|domainName|bucket} {dropped|other|unknown|led elsewhere}",
        "*.{metricName|visibilityConfig.metricName} {dropped|other}",
        "RestApi.body.info*",
        "RestApi.body.openapi *",
        "*.description {dropped|other}",
        "*.{Sid|label} {dropped|other}",
        "WebAcl.rules[*].name *",
        "*olicy.Version {dropped|other}",
        "*licy.Id {dropped|other}",
    ),
    "What is not declared is not there: it serves nobody, or what refers to it names one from elsewhere": (
        "{Deployment|Stage|Method|Resource|WebAcl|IpSet|ApiKey|Function|Permission|Policy|ResourceServer|UserPool}. removed",
        "{BasePathMapping|Certificate|CertificateValidation|DomainName|Record|VpcEndpoint|SecurityGroup*}. removed",
        "{Dashboard|LogMetricFilter|QueryDefinition|Key|Topic|TopicPolicy|Role|RolePolicyAttachment|aws}. removed",
        "{Bucket|BucketObjectv2|BucketOwnershipControls|BucketPolicy|BucketPublicAccessBlock}. removed",
        "BucketServerSideEncryptionConfiguration. removed",
        "{LogGroup|MetricAlarm}. removed",
        "RestApi.body {dropped|emptied|led elsewhere}",
        "RestApi.body.paths dropped",
        "RestApi.body {METHOD|PATH|PREFLIGHT} dropped",
        "BasePathMapping.*",
        "Record.*",
        "BucketObjectv2.*",
        "BucketPublicAccessBlock.bucket *",
        "CertificateValidation.*",
        "Certificate.domainName *",
        "TopicPolicy.arn *",
        "SecurityGroupIngressRule.securityGroupId *",
        "{Method|Resource}.{httpMethod|resourceId|parentId|pathPart|restApiId} {dropped|other|unknown|led elsewhere}",
    ),
    "AWS or the provider refuses it: something required is left out, or a word or number that AWS does not have": (
        "Stage.{restApi|restApiId|stageName} dropped",
        "Deployment.restApi dropped",
        "DomainName.{domainName|regionalCertificateArn} {dropped|other|unknown|led elsewhere}",
        "DomainName.endpointConfiguration*",
        "DomainName.mutualTlsAuthentication.truststoreUri dropped",
        "{MetricAlarm|Alarm}.{comparisonOperator|statistic|extendedStatistic|period|threshold|namespace} dropped",
        "{MetricAlarm|Alarm}.{comparisonOperator|statistic|extendedStatistic|treatMissingData} other",
        "{MetricAlarm|Alarm}.period {zero|negative|huge}",
        "{MetricAlarm|Alarm}.dimensions[]{.value|.name|} dropped",
        "MetricAlarm.metricQueries dropped",
        "MetricAlarm.metricQueries[] dropped",
        "MetricAlarm.metricQueries[].{expression|id|metric|returnData} {dropped|other|turned on|turned off}",
        "MetricAlarm.metricQueries[].metric.{period|stat|namespace} {dropped|other|zero|negative|huge}",
        "Permission.{action|function|principal} dropped",
        "Permission.principal other",
        "RestApi.body METHOD.responses*",
        "RestApi.body METHOD.x-integration dropped",
        "RestApi.body METHOD.x-integration.{type|uri|httpMethod|connectionType} {dropped|other}",
        "RestApi.body METHOD.x-integration.timeoutInMillis {huge|negative|zero}",
        "Method.integration dropped",
        "Method.integration.{type|integrationHttpMethod} {dropped|other}",
        "RestApi.body SCHEME.{in|name|type} {dropped|other}",
        "RestApi.body SCHEME.x-authtype {dropped|other}",
        "RestApi.body SCHEME.x-authorizer.{type|authorizerUri|providerARNs} dropped",
        "RestApi.body SCHEME.x-authorizer.providerARNs[] {dropped|other}",
        "RestApi.body SCHEME.x-authorizer.authorizerUri other",
        "RestApi.body SCHEME.x-authorizer.authorizerResultTtlInSeconds negative",
        "RestApi.body.components.schemas dropped",
        "RestApi.body METHOD.requestBody.content.*.schema.$ref other",
        "{RestApi.body.x-policy|RestApi.policy}.Statement[{Allow|Deny}].{Action|Principal|Resource} {dropped|other}",
        "RestApi.body.x-policy.Statement[Deny].Condition.NotIpAddress.aws:SourceIp[] other",
        "RestApi.body.x-request-validator other",
        "RestApi.{endpointAccessMode|putRestApiMode} other",
        "RestApi.endpointConfiguration.{types|ipAddressType} other",
        "RestApi.securityPolicy other",
        "SecurityGroupIngressRule.cidrIpv4 {dropped|other}",
        "UsagePlan.apiStages[].{apiId|stage} dropped",
        "UsagePlan.quotaSettings.{period|limit} dropped",
        "UsagePlan.quotaSettings.{period other|limit negative|offset negative|offset huge}",
        "VpcEndpointPolicy.policy led elsewhere",
        "WebAcl.defaultAction{|.allow} dropped",
        "WebAcl.rules[*].{action|action.block|overrideAction|overrideAction.none|statement|priority} dropped",
        "WebAcl.rules[*].priority {negative|huge|zero}",
        "WebAcl.rules[*].statement.{managedRuleGroupStatement|orStatement|geoMatchStatement|ipSetReferenceStatement} dropped",
        "WebAcl.rules[*].statement.{orStatement.statements|ipSetReferenceStatement.arn} dropped",
        "WebAcl.rules[*].statement.{managedRuleGroupStatement.vendorName} {dropped|other}",
        "WebAcl.rules[*].statement.managedRuleGroupStatement.ruleActionOverrides[].actionToUse{|.count} dropped",
        "WebAcl.rules[*].statement.rateBasedStatement.{limit zero|limit negative|aggregateKeyType other|aggregateKeyType dropped}",
        "WebAcl.rules[*].statement.rateBasedStatement.evaluationWindowSec huge",
        "WebAcl.scope {dropped|other|unknown}",
        "WebAcl.dataProtectionConfig.dataProtections[]{.action|.field|.field.fieldType} {dropped|other}",
        "WebAcl.dataProtectionConfig.dataProtections dropped",
        "WebAclLoggingConfiguration.redactedFields[].singleHeader{|.name} dropped",
        "IpSet.addresses[] other",
    ),
    "It is AWS's own default, or says what is so without it": (
        "ApiKey.enabled dropped",
        "MethodSettings.settings.dataTraceEnabled dropped",
        "{MetricAlarm|Alarm}.treatMissingData dropped",
        "DomainName.securityPolicy dropped",
        "internal: RestApi.securityPolicy dropped",
        "RestApi.{disableExecuteApiEndpoint|endpointAccessMode|putRestApiMode} dropped",
        "RestApi.putRestApiMode unknown",
        "RestApi.endpointConfiguration.ipAddressType dropped",
        "RestApi.body.x-api-key-source {dropped|other}",
        "RestApi.body METHOD.x-integration.timeoutInMillis dropped",
        "RestApi.body METHOD.x-request-validator dropped",
        "RestApi.body.x-request-validator dropped",
        "RestApi.body PREFLIGHT.security dropped",
        "RestApi.body SCHEME.x-authorizer.authorizerResultTtlInSeconds dropped",
        "WebAcl.rules[*].statement.rateBasedStatement.evaluationWindowSec dropped",
        "UsagePlan.quotaSettings.offset {dropped|zero}",
        "VpcEndpoint.serviceName {dropped|other|unknown}",
    ),
    "It only grows stricter": (
        "RestApi.body SCHEME.x-authorizer.authorizerResultTtlInSeconds zero",
        "RestApi.body SCHEME.x-authorizer.identityValidationExpression other",
        "RestApi.body METHOD.security[].*[] other",
        "RestApi.body.x-policy.Statement[Deny].Condition.NotIpAddress.aws:SourceIp[] dropped",
        "{RestApi.body.x-policy|RestApi.policy}.Statement[Allow].Resource[] {dropped|other}",
        "RestApi.policy.Statement[Allow] dropped",
        "RestApi.policy.Statement[Allow].Action weaker",
        "RestApi.disableExecuteApiEndpoint turned on",
        "Stage.variables.pool_customers {dropped|other}",
        "WebAcl.rules[*].statement.managedRuleGroupStatement.ruleActionOverrides{|[]} dropped",
    ),
    "A caller from elsewhere has no Allow, with or without this: the route takes IAM, or the first statement's condition": (
        "{minimal|partner}: RestApi.body.x-policy.Statement[Deny].Action weaker",
        "{minimal|partner}: RestApi.body.x-policy.Statement[Deny].Condition.NotIpAddress.aws:SourceIp[] weaker",
        "recommended*: RestApi.body.x-policy.Statement[Allow].Condition*",
    ),
    "The other half of a pair still holds": (
        "{WebAclLoggingConfiguration.redactedFields|WebAcl.dataProtectionConfig} {dropped|unknown}",
        "WebAclLoggingConfiguration.redactedFields[]{|.singleHeader.name} {dropped|other}",
        "WebAcl.dataProtectionConfig.dataProtections[].field.fieldKeys{|[]} {dropped|other}",
        "WebAcl.dataProtectionConfig.dataProtections[] dropped",
        "UsagePlan.throttleSettings {dropped|led elsewhere}",
        "UsagePlan.throttleSettings.{rateLimit|burstLimit} {dropped|negative|huge}",
        "UsagePlan.quotaSettings dropped",
        "UsagePlan.quotaSettings.limit huge",
        "{partner|recommended|recommended, deployed}: MethodSettings.settings.throttling{Rate|Burst}Limit *",
        "partner: UsagePlan.{apiStages*| removed}",
        "partner: RestApi.{securityPolicy|endpointAccessMode} *",
        "recommended, deployed: MethodSettings.restApi unknown",
        "internal: RestApi.endpointConfiguration.vpcEndpointIds dropped",
        "Permission.principal weaker",
        "{MetricAlarm|Alarm}.alarmActions {led elsewhere|unknown}",
        "{MetricAlarm|Alarm}.alarmActions[] other",
    ),
    "Nothing is checked by it there: the methods declare neither a body nor parameters that may be missing": (
        "{minimal|partner}: RestApi.body VALIDATOR.*",
        "recommended*: RestApi.body VALIDATOR.validateRequestParameters {dropped|turned off}",
    ),
    "What a method declares of its requests and answers is its owner's; what it declares is checked": (
        "RestApi.body {METHOD|PREFLIGHT}.parameters*",
        "RestApi.body METHOD.requestBody*",
        "RestApi.body SCHEMA*",
        "RestApi.body METHOD.x-integration.requestParameters*",
        "RestApi.body PREFLIGHT.responses*",
        "RestApi.body PREFLIGHT.x-integration.{passthroughBehavior|requestTemplates|responses}*",
        "RestApi.body {REFUSAL|.x-gateway-responses}*",
        "RestApi.body.x-gateway-responses dropped",
    ),
    "A line of an access log has another field that tells as much, or more fields than the pack asks for": (
        (
            "Stage.accessLogSetting{|s}.format.{"
            "accountId|apiId|apiKeyId|authenticateError|authenticateStatus|authorizeError|authorizeStatus|"
            "authorizerError|authorizerLatency|authorizerRequestId|authorizerStatus|basePathMatched|caller|"
            "cipherSuite|clientCertSerial|clientCertSubject|clientId|domainName|errorMessage|errorType|"
            "extendedRequestId|httpMethod|integrationError|integrationLatency|integrationRequestId|"
            "integrationServiceStatus|integrationStatus|path|principalId|principalOrgId|protocol|refused|"
            "requestId|requestTimeEpoch|resourcePath|responseLatency|responseLength|stage|sub|tlsVersion|"
            "userAgent|userArn|validationError|wafError|wafLatency|wafResponseCode|wafStatus|webaclArn|"
            "xrayTraceId"
            "} {dropped|other}"
        ),
    ),
    "A key beside a login meters; without it the login still guards the route": (
        "{partner|recommended|recommended, deployed}: RestApi.body METHOD.security[] dropped",
    ),
    "The third header of the log is `x-api-key`, and no method there takes keys": (
        "by hand*: {WebAclLoggingConfiguration|LoggingConfiguration}.redactedFields[]{|.singleHeader|.singleHeader.name} *",
    ),
    "Reading needs no scope of its own": ("recommended*: RestApi.body METHOD.security[].*[] dropped",),
    "A deployment makes an API's definition live; what it makes live is judged itself": (
        "Deployment.restApi {led elsewhere|other|unknown}",
        "Deployment.triggers {led elsewhere|unknown}",
        "Deployment.triggers.redeployment other",
    ),
    "A stage of another name, or variables that name another backend, are judged as such": (
        "Stage.stageName unknown",
        "Stage.variables led elsewhere",
        "Stage.variables.function_* other",
    ),
    "Another endpoint type or way in is the owner's choice; its policy, TLS and routes are judged": (
        "RestApi.endpointConfiguration {dropped|unknown}",
        "RestApi.endpointConfiguration.types dropped",
        "RestApi.{disableExecuteApiEndpoint|endpointAccessMode} unknown",
        "DomainName.mutualTlsAuthentication {dropped|led elsewhere}",
        "VpcEndpoint.securityGroupIds*",
    ),
    "It watches something else now, which is allowed; whether the stage is watched is judged by what is left": (
        "{MetricAlarm|Alarm}.{namespace|metricName} {other|unknown|dropped}",
        "MetricAlarm.metricQueries {led elsewhere|unknown}",
        "MetricAlarm.metricQueries[].metric.{metricName|namespace} {dropped|other}",
        "MetricAlarm.{dimensions|metricQueries[].metric.dimensions}{|.ApiName|.ApiId|.Stage|.WebACL|.Rule|.Region} *",
        "Alarm.dimensions[].{name|value} other",
    ),
    "What an alarm compares is not read where it is arithmetic or a percentile, nor for metrics of the owner's": (
        "{MetricAlarm|Alarm}.{comparisonOperator|threshold|period|statistic|extendedStatistic} {unknown|weaker|huge|negative}",
        "by hand*: {MetricAlarm|Alarm}.threshold huge",
        "{MetricAlarm|Alarm}.threshold zero",
    ),
    "Another function may be asked by API Gateway; the gateway's own then answers 500": (
        "Permission.function {led elsewhere|other|unknown}",
        "Permission.principal unknown",
    ),
    "Logs are kept longer, or under another key": (
        "LogGroup.retentionInDays {dropped|huge|zero}",
        "LogGroup.kmsKeyId {led elsewhere|other|unknown}",
    ),
    "A rule beyond those the pack asks for (rate, common, known bad inputs) is its owner's to choose": (
        "WebAcl.rules[{own|AWSManagedRulesAmazonIpReputationList}] dropped",
        "WebAcl.rules[own].action weaker",
        "WebAcl.rules[own].statement.orStatement.statements[]*",
        "WebAcl.rules[*].statement.geoMatchStatement.*",
        "WebAcl.rules[*].statement.ipSetReferenceStatement.arn other",
        "WebAcl.rules[AWSManagedRulesAmazonIpReputationList].statement.managedRuleGroupStatement.name *",
        "IpSet.addresses{|[]} {dropped|unknown}",
    ),
    "Samples show what the protection of data hides already, or are off": (
        "WebAcl.{rules[*].|}visibilityConfig.sampledRequestsEnabled {dropped|turned on|turned off}",
    ),
    "An unknown action counts as the worse one": ("WebAcl.defaultAction unknown",),
    "An ACL of another stack is judged with that stack": ("WebAclAssociation.webAclArn {led elsewhere|other|unknown}",),
}
"""By the reason why nothing is weaker, the kinds of mutants."""


def reason(base: str, kind: str) -> str:
    """Why a mutant of a base weakens nothing, or nothing where that is not explained."""
    return next((why for why, patterns in EXPLAINED.items() if any(_fits(each, base, kind) for each in patterns)), "")


def _fits(pattern: str, base: str, kind: str) -> bool:
    subject = f"{base}: {kind}" if ": " in pattern else kind
    return _compiled(pattern).fullmatch(subject) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    words = {"*": ".*", "{": "(?:", "|": "|", "}": ")"}
    return re.compile("".join(words.get(each, re.escape(each)) for each in pattern))
