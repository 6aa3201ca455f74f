"""Mutants that nothing notices, and why that is right: what they leave is no weaker, or nothing that the pack promises.

A pattern is a mutant's kind, `Type.path operator`, with `*` for anything in one part of a path, `**` for anything at all,
and `{a|b}` for either; one that begins with names of bases and `: ` is about those alone. Capital words stand for names: `METHOD` for an operation of a body,
`PREFLIGHT` for an OPTIONS one, `SCHEME[kind]` for a security scheme, `REFUSAL` for a gateway response, `ALARM[metric]`
for an alarm of either provider; `OURS` for the bases that SecureGateway declares, `PREVIEWS` for those not deployed. A
pattern must fit some mutant that nothing notices; of most kinds, none that is caught (`TIGHT`).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

KINDS: Final = {
    "text": "for people only; what refers to it does so by its value, which is broken for itself",
    "gone": "what is not there serves nobody, or belongs to something that is not judged here",
    "refused": "AWS or the provider refuses it, so it is never deployed",
    "default": "it says what AWS does, or what a value beside it says, without it",
    "stricter": "it lets in less, keeps longer, or goes off earlier",
    "covered": "something else protects as well, and still does",
    "any": "it is unknown, and every value that it may turn out to have keeps the promise",
    "owner": "another choice, which the pack leaves to the owner",
}
"""The kinds of reasons."""
TIGHT: Final = frozenset(KINDS) - {"gone", "refused", "stricter"}
"""Those that a caught mutant contradicts; what AWS refuses, or lets nobody in, the pack may notice as well."""


@dataclass(frozen=True, order=True)
class Explanation:
    """Why mutants of a pattern are rightly not noticed."""

    kind: str
    why: str
    pattern: str


EXPLAINED: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "text": {
        "A name": (
            "{ApiKey|Authorizer|Function|IpSet|Policy|QueryDefinition|ResourceServer|Role|Topic|UsagePlan|UserPool|WebAcl"
            "|v2.Api|v2.Authorizer|v2.VpcLink}.name **",
            "ALARM[{4XXError|5XXError|4xx|5xx|ClientError|ExecutionError|band|math}].{name|alarmName} **",
            "ALARM[Latency].{name|alarmName} {dropped|other|unknown}",
            "Alarm[*].alarmName **",
            "recommended, deployed: MetricAlarm[Latency].name exchanged",
            "{an HTTP API|an HTTP API with JWT|a WebSocket API}: MetricAlarm[BlockedRequests].name **",
            "WebAcl.rules[*].{name|visibilityConfig.metricName} **",
            "QueryDefinition.name<*> re-pointed",
        ),
        "A description": (
            "RestApi.body.info**",
            "RestApi.body.openapi **",
            "RestApi.body METHOD.{operationId|summary} **",
            "RestApi.body PREFLIGHT.responses.CODE.description **",
            "MetricAlarm[*].metricQueries[math].label **",
            "RestApi.body.x-policy.Statement[*].Sid **",
        ),
    },
    "gone": {
        "Nobody is served by what is not declared, nor let in": (
            "{ApiKey|Deployment|Resource|Stage|UserPoolClient|v2.Integration|v2.Stage|v2.VpcLink|WebAcl|IpSet|RandomPassword"
            "|BasePathMapping|Certificate|CertificateValidation|DomainName|Record|VpcEndpoint|Function|ResourceServer|UserPool"
            "|Policy|Role|RolePolicy|RolePolicyAttachment|Secret|aws|Bucket|BucketObjectv2|SecurityGroup"
            "|SecurityGroupIngressRule}. removed",
            "RestApi.body {METHOD|PATH|PREFLIGHT} dropped",
            "minimal: RestApi.body.paths dropped",
            "{Method[*]|v2.Route|Permission[*]}. removed",
            "Method[*].{httpMethod|resourceId|restApi} **",
            "Method[*].resourceId<*> re-pointed",
            "Resource.{parentId|pathPart|restApiId} **",
            "Resource.parentId<*> re-pointed",
            "v2.Route.routeKey **",
        ),
        "What is named is declared elsewhere, and made there": (
            "{LogGroup[*]|Topic|TopicPolicy|Key|Account|RequestValidator}. removed",
            "Method[*].{requestValidatorId|authorizerId} led elsewhere",
            "v2.Route.authorizerId led elsewhere",
        ),
        "A dashboard, a query or a counter of log lines protects nothing": (
            "{Dashboard|LogMetricFilter|QueryDefinition}. removed",
        ),
        "What leads elsewhere is judged there": (
            "BasePathMapping.{domainName|restApi} **",
            "BasePathMapping.{domainName|restApi}<*> re-pointed",
            "{v2.Authorizer|v2.Stage|v2.Integration}.apiId {dropped|led elsewhere}",
            "{v2.Stage|v2.Integration}.apiId<Api> re-pointed",
            "UserPoolClient.userPoolId {dropped|led elsewhere}",
            "UserPoolClient.userPoolId<UserPool> re-pointed",
            "{CertificateValidation.certificateArn|BucketObjectv2.bucket|BucketPublicAccessBlock.bucket} led elsewhere",
            "{CertificateValidation.certificateArn|BucketObjectv2.bucket|BucketPublicAccessBlock.bucket}<*> re-pointed",
            "DomainName.regionalCertificateArn<Certificate> re-pointed",
            "SecurityGroupIngressRule.securityGroupId led elsewhere",
            "{Response.restApiId|IntegrationResponse.restApi} led elsewhere",
            "IntegrationResponse.resourceId led elsewhere",
            "{Response.restApiId|IntegrationResponse.restApi|IntegrationResponse.resourceId}<*> re-pointed",
            "UsagePlanKey.keyId {exchanged|re-pointed}",
            "recommended, deployed: UsagePlanKey.keyId<ApiKey> re-pointed",
            "VpcEndpoint.securityGroupIds led elsewhere",
        ),
        "A bucket that is not known to be the truststore's is not judged": (
            "Bucket.bucket {dropped|other|unknown}",
            "by hand, in full: DomainName.mutualTlsAuthentication.truststoreUri other",
        ),
        "A record or a certificate of another name": (
            "Record.name **",
            "Record.name<*> re-pointed",
            "Certificate.domainName **",
            "DomainName.domainName {other|unknown}",
        ),
    },
    "refused": {
        "Something required is left out": (
            "{Authorizer|IntegrationResponse|Deployment|Stage|Integration}.restApi dropped",
            "Stage.restApiId dropped",
            "{IntegrationResponse|Integration}.{resourceId|httpMethod} dropped",
            "Integration.type dropped",
            "MethodSettings[*].{stageName|methodPath|restApi} dropped",
            "Method[*].authorization dropped",
            "Response.{restApiId|responseType} dropped",
            "{DomainName.domainName|DomainName.mutualTlsAuthentication.truststoreUri} dropped",
            "DomainName.endpointConfiguration.types dropped",
            "RestApi.endpointConfiguration.types dropped",
            "Permission[*].{action|function|principal} dropped",
            "{BucketObjectv2|BucketPublicAccessBlock}.bucket dropped",
            "CertificateValidation.certificateArn dropped",
            "SecurityGroupIngressRule.securityGroupId dropped",
            "UsagePlan.apiStages[].{apiId|stage} dropped",
            "UsagePlan.quotaSettings.{limit|period} dropped",
            "{Distribution.enabled|Distribution.origins[].{domainName|originId}} dropped",
            "Distribution.origins[].customHeaders[].{name|value} dropped",
            "Distribution.defaultCacheBehavior.targetOriginId dropped",
            "v2.{Authorizer.authorizerType|Api.protocolType|Integration.integrationType} dropped",
            "WebAcl.{scope|defaultAction} dropped",
            "WebAcl.rules[*].{priority|statement} dropped",
            "WebAcl.rules[*].statement.managedRuleGroupStatement.vendorName dropped",
            "WebAcl.{rules[*].|}visibilityConfig.sampledRequestsEnabled dropped",
            "WebAcl.dataProtectionConfig.dataProtections[].{action|field} dropped",
            "WebAcl.dataProtectionConfig.dataProtections[].field.fieldType dropped",
            "WebAclLoggingConfiguration.loggingFilter.{defaultBehavior|filters[].behavior|filters[].requirement} dropped",
            "TopicPolicy.arn dropped",
        ),
        "Something is left out that AWS asks for beside what is there": (
            "ALARM[*].{comparisonOperator|statistic|extendedStatistic|period|threshold|namespace} dropped",
            "Alarm[*].dimensions[*].{name|value} dropped",
            "MetricAlarm[*].metricQueries dropped",
            "MetricAlarm[*].metricQueries[*] dropped",
            "MetricAlarm[*].metricQueries[*].{id|metric|expression|returnData} dropped",
            "MetricAlarm[*].metricQueries[*].metric.{period|stat|namespace} dropped",
            "Authorizer.{authorizerUri|providerArns} dropped",
            "Authorizer.providerArns[] dropped",
            "v2.Authorizer.{authorizerUri|identitySources} dropped",
            "v2.Authorizer.identitySources[] dropped",
            "v2.Integration.{connectionType|integrationUri} dropped",
            "{Integration.uri|Method[*].integration|Method[*].integration.{type|integrationHttpMethod}} dropped",
            "Integration. removed",
            "an HTTP API with JWT: Distribution.origins[] dropped",
            "Integration.{resourceId|restApi} led elsewhere",
            "Integration.{resourceId|restApi}<*> re-pointed",
            "Integration.{httpMethod|type} other",
            "DomainName.{regionalCertificateArn|endpointConfiguration} dropped",
            "Distribution.viewerCertificate.acmCertificateArn dropped",
            "IntegrationResponse.httpMethod other",
            "RestApi.body METHOD.responses**",
            "RestApi.body METHOD.x-integration dropped",
            "RestApi.body METHOD.x-integration.{type|uri|httpMethod|connectionType} dropped",
            "RestApi.body SCHEME[*].{in|name} dropped",
            "RestApi.body SCHEME[{cognito|token|request}].x-authtype dropped",
            "RestApi.body SCHEME[*].x-authorizer.{type|authorizerUri|providerARNs} dropped",
            "RestApi.body SCHEME[*].x-authorizer.providerARNs[] dropped",
            "RestApi.body.components.schemas dropped",
            "RestApi.policy.Statement[Allow].{Action|Principal|Resource} dropped",
            "RestApi.body.x-policy.Statement[Deny].Resource dropped",
            "SecurityGroupIngressRule.cidrIpv4 dropped",
            "WebAcl.defaultAction.allow dropped",
            "WebAcl.rules[*].{action|overrideAction} dropped",
            "WebAcl.rules[*].{action.block|overrideAction.none} dropped",
            "WebAcl.rules[*].statement.managedRuleGroupStatement dropped",
            "WebAcl.rules[*].statement.managedRuleGroupStatement.ruleActionOverrides[].{name|actionToUse|actionToUse.count} dropped",
            "WebAcl.dataProtectionConfig.dataProtections dropped",
            "*LoggingConfiguration.redactedFields[*].singleHeader{|.name} dropped",
        ),
        "AWS has no such word": (
            "ALARM[*].{comparisonOperator|statistic} other",
            "RestApi.{endpointAccessMode|putRestApiMode|securityPolicy|apiKeySource} other",
            "{RestApi|DomainName}.endpointConfiguration.types other",
            "RestApi.endpointConfiguration.ipAddressType other",
            "UsagePlan.quotaSettings.period other",
            "Certificate.keyAlgorithm other",
            "UserPoolClient.explicitAuthFlows[] other",
            "UserPoolClient.preventUserExistenceErrors other",
            "v2.Integration.{connectionType|integrationType} other",
            "v2.Api.protocolType other",
            "Response.responseType other",
            "WebAcl.scope other",
            "WebAcl.rules[rate].statement.rateBasedStatement.aggregateKeyType other",
            "WebAcl.dataProtectionConfig.dataProtections[].action other",
            "WebAcl.dataProtectionConfig.dataProtections[].field.fieldType other",
            "WebAclLoggingConfiguration.loggingFilter.{defaultBehavior|filters[].behavior|filters[].requirement} other",
        ),
        "AWS has no such number": (
            "WebAcl.rules[*].priority negative",
            "WebAcl.rules[rate].statement.rateBasedStatement.limit {zero|negative}",
            "UserPool.passwordPolicy.minimumLength huge",
            "UserPool.passwordPolicy.temporaryPasswordValidityDays negative",
        ),
        "AWS's documentation has no such word or number": (
            "ALARM[*].treatMissingData other",
            "Method[*].authorization other",
            "RestApi.body.x-api-key-source other",
            "ALARM[*].extendedStatistic other",
            "ALARM[*].period {zero|negative|huge}",
            "ALARM[band].comparisonOperator weaker",
            "MetricAlarm[*].metricQueries[*].metric.period {zero|negative|huge}",
            "MetricAlarm[*].metricQueries[*].metric.{namespace|stat} other",
            "WebAcl.rules[rate].statement.rateBasedStatement.evaluationWindowSec huge",
            "LogGroup[*].retentionInDays huge",
            "UsagePlan.quotaSettings.{limit negative|offset negative|offset huge}",
            "{Authorizer|v2.Authorizer|RestApi.body SCHEME[token].x-authorizer}.authorizerResultTtlInSeconds negative",
            "RestApi.body METHOD.x-integration.timeoutInMillis {huge|negative|zero}",
            "RestApi.body METHOD.x-integration.{type|httpMethod|connectionType} other",
            "Method[*].integration.{type|integrationHttpMethod} other",
            "RestApi.body SCHEME[{cognito|token|request}].x-authtype other",
            "RestApi.body SCHEME[*].in other",
            "VpcEndpoint.serviceName {dropped|other}",
        ),
        "It names nothing: no ARN, address, or id of what is there": (
            "MetricAlarm[*].metricQueries[*].id other",
            "MetricAlarm[math].metricQueries[math].expression other",
            "MetricAlarm[band].metricQueries[math].expression other",
            "MetricAlarm[own].metricQueries[math].expression other",
            "MetricAlarm[math].metricQueries[*].returnData {turned on|turned off}",
            "MetricAlarm[own].metricQueries[*].returnData {turned on|turned off}",
            "MetricAlarm[band].metricQueries[*].returnData turned off",
            "{Integration.uri|v2.Integration.integrationUri} {other|led elsewhere}",
            "{Authorizer|v2.Authorizer}.authorizerUri led elsewhere",
            "Authorizer.{restApi|providerArns} led elsewhere",
            "v2.Authorizer.identitySources[] other",
            "RestApi.body METHOD.x-integration.uri other",
            "RestApi.body SCHEME[*].x-authorizer.authorizerUri other",
            "RestApi.body SCHEME[cognito].x-authorizer.providerARNs[] other",
            "RestApi.policy.Statement[Allow].{Action|Principal|Resource} other",
            "RestApi.body.x-policy.Statement[Deny].Resource other",
            "{Account.cloudwatchRoleArn|LogGroup[*].kmsKeyId|TopicPolicy.arn} {other|led elsewhere}",
            "DomainName.{regionalCertificateArn|mutualTlsAuthentication} led elsewhere",
            "Distribution.{webAclId led elsewhere|viewerCertificate.acmCertificateArn other}",
            "Distribution.{defaultCacheBehavior.targetOriginId|origins[].originId} other",
            "ALARM[*].alarmActions{ led elsewhere|[] other}",
            "CompositeAlarm.alarmActions[] other",
            "Permission[*].{function|principal} {other|led elsewhere}",
            "Deployment.restApi {led elsewhere|other}",
            "Deployment.restApi<RestApi> re-pointed",
            "UsagePlan.apiStages led elsewhere",
            "UsagePlan.apiStages[].stage other",
            "VpcEndpointPolicy.policy led elsewhere",
            "WebAcl.rules[*].statement.managedRuleGroupStatement.vendorName other",
            "by hand, in full: WebAcl.rules led elsewhere",
            "WebAclAssociation.webAclArn led elsewhere",
            "IpSet.addresses[] other",
            "SecurityGroupIngressRule.cidrIpv4 other",
            "Integration.uri exchanged",
        ),
    },
    "default": {
        "It is AWS's or the provider's default": (
            "ApiKey.enabled dropped",
            "Authorizer.identitySource dropped",
            "Certificate.keyAlgorithm dropped",
            "DomainName.securityPolicy dropped",
            "{minimal|recommended|authorizer|openapi|recommended, deployed}: RestApi.disableExecuteApiEndpoint dropped",
            "an HTTP API with JWT: v2.Api.disableExecuteApiEndpoint dropped",
            "RestApi.endpointAccessMode dropped",
            "RestApi.putRestApiMode dropped",
            "RestApi.endpointConfiguration.ipAddressType dropped",
            "RestApi.{apiKeySource|body.x-api-key-source} dropped",
            "RestApi.body PREFLIGHT.security dropped",
            "RestApi.body METHOD.x-integration.timeoutInMillis dropped",
            "MethodSettings[*].settings.dataTraceEnabled dropped",
            "MethodSettings[all].settings.cachingEnabled dropped",
            "v2.Stage.defaultRouteSettings.dataTraceEnabled dropped",
            "MetricAlarm[*].treatMissingData dropped",
            "WebAcl.rules[rate].statement.rateBasedStatement.{evaluationWindowSec|aggregateKeyType} dropped",
            "WebAclLoggingConfiguration.loggingFilter dropped",
            "UsagePlan.quotaSettings.offset {dropped|zero}",
            "UserPoolClient.{enableTokenRevocation|explicitAuthFlows} dropped",
            "UserPoolClient.explicitAuthFlows[] dropped",
            "v2.Integration.tlsConfig.serverNameToVerify dropped",
            "VpcEndpoint.securityGroupIds{|[]} dropped",
            "{BucketPublicAccessBlock|BucketOwnershipControls|BucketServerSideEncryptionConfiguration}. removed",
        ),
        "AWS's default, or what the body says, is another, and as good for the rules": (
            "internal: RestApi.{securityPolicy|disableExecuteApiEndpoint} dropped",
            "{Authorizer|RestApi.body SCHEME[token].x-authorizer}.authorizerResultTtlInSeconds dropped",
            "a WebSocket API: v2.Authorizer.authorizerResultTtlInSeconds dropped",
            "UserPool.passwordPolicy{|.minimumLength|.temporaryPasswordValidityDays} dropped",
        ),
        "The value beside it decides; what it was computed from tells nothing more": (
            "MetricAlarm[*].dimensions<RestApi> re-pointed",
            "MetricAlarm[*].metricQueries<RestApi> re-pointed",
            "recommended, deployed: {MethodSettings[all].{stageName|restApi}|Stage.restApi}<*> re-pointed",
            "recommended, deployed: MethodSettings[all].restApi unknown",
            "PREVIEWS: MethodSettings[all].stageName<Stage> re-pointed",
            "recommended, deployed: UsagePlan.apiStages<{RestApi|Stage}> re-pointed",
            "{recommended|partner}: UsagePlan.apiStages<Stage> re-pointed",
            "recommended, deployed: {WebAclAssociation.{resourceArn|webAclArn}|WebAclLoggingConfiguration.resourceArn}<*> "
            "re-pointed",
        ),
        "A date of the policy's language; no condition or variable of it needs the newer one": (
            "{RestApi.policy|RestApi.body.x-policy|RestApiPolicy.policy}.Version {dropped|other|unknown}",
        ),
        "Rules that only block may be asked in any order": ("WebAcl.rules[*].priority {huge|zero}",),
    },
    "stricter": {
        "A decision is kept for no time, or for an expression that nothing fits": (
            "{Authorizer|v2.Authorizer|RestApi.body SCHEME[*].x-authorizer}.authorizerResultTtlInSeconds zero",
            "RestApi.body SCHEME[token].x-authorizer.identityValidationExpression other",
        ),
        "No token has such a scope": (
            "RestApi.body METHOD.security[cognito].SCHEME[] other",
            "Method[*].authorizationScopes[] other",
        ),
        "Nobody is at the place that is allowed instead": (
            "RestApi.body.x-policy.Statement[Allow].Resource[] {dropped|other}",
            "RestApi.body.x-policy.Statement[Deny].Condition.NotIpAddress.aws:SourceIp[] {dropped|other}",
            "RestApi.policy.Statement[Allow] dropped",
            "RestApi.policy.Statement[Allow].Action weaker",
        ),
        "The endpoint is off": ("{RestApi|v2.Api}.disableExecuteApiEndpoint turned on",),
        "What fills an address is missing: the call fails": (
            "Stage.variables.pool_customers {dropped|other}",
            "openapi: Stage.variables dropped",
        ),
        "No rule of the group is overridden": (
            "WebAcl.rules[AWSManagedRulesCommonRuleSet].statement.managedRuleGroupStatement.ruleActionOverrides{|[]} dropped",
        ),
        "Nothing is kept in the cache": (
            "MethodSettings[one]. removed",
            "MethodSettings[one].{methodPath|restApi|stageName} {other|led elsewhere|unknown}",
            "MethodSettings[one].{stageName|restApi}<*> re-pointed",
            "MethodSettings[one].settings.cachingEnabled {dropped|turned off|unknown}",
            "Stage.cacheClusterEnabled {dropped|turned off}",
        ),
        "It goes off at the first": ("ALARM[*].threshold zero",),
        "Temporary passwords hold for no day": ("UserPool.passwordPolicy.temporaryPasswordValidityDays zero",),
        "No browser of another origin is let in": (
            "IntegrationResponse. removed",
            "IntegrationResponse.responseParameters dropped",
            "IntegrationResponse.responseParameters.method.response.header.NAME {dropped|other}",
            "v2.Api.corsConfiguration dropped",
            "v2.Api.corsConfiguration.{allowCredentials|allowOrigins} {dropped|turned off}",
            "v2.Api.corsConfiguration.allowOrigins[] {dropped|other}",
        ),
    },
    "covered": {
        "The headers are hidden by the log and by the web ACL, or no method takes keys": (
            "WebAcl.dataProtectionConfig {dropped|unknown}",
            "WebAcl.dataProtectionConfig.dataProtections[] dropped",
            "WebAcl.dataProtectionConfig.dataProtections[].field.fieldKeys dropped",
            "WebAcl.dataProtectionConfig.dataProtections[].field.fieldKeys[*] {dropped|other}",
            "WebAcl.dataProtectionConfig.dataProtections{|[]} unknown",
            "WebAcl.dataProtectionConfig.dataProtections[].{action|field} unknown",
            "WebAcl.dataProtectionConfig.dataProtections[].field.{fieldType|fieldKeys|fieldKeys[*]} unknown",
            "OURS: WebAclLoggingConfiguration.redactedFields {dropped|unknown}",
            "OURS: WebAclLoggingConfiguration.redactedFields[*] {dropped|unknown}",
            "OURS: WebAclLoggingConfiguration.redactedFields[*].singleHeader{|.name} {other|unknown}",
            "{by hand|by hand, aws-native|an HTTP API with JWT}: *LoggingConfiguration.redactedFields[x-api-key] "
            "{dropped|unknown}",
            "{by hand|by hand, aws-native|an HTTP API with JWT}: *LoggingConfiguration.redactedFields[x-api-key]"
            ".singleHeader{|.name} "
            "{other|unknown}",
        ),
        "Samples show no more than the protection of data lets them": (
            "OURS: WebAcl.{rules[*].|}visibilityConfig.sampledRequestsEnabled {turned on|unknown}",
        ),
        "A plan has a rate and a quota; one of them will do": (
            "UsagePlan.throttleSettings {dropped|exchanged}",
            "UsagePlan.throttleSettings.{rateLimit|burstLimit} {dropped|negative|huge}",
            "UsagePlan.quotaSettings {dropped|exchanged}",
            "UsagePlan.quotaSettings.limit huge",
        ),
        "Every method needs a key, and every plan limits those": (
            "partner: MethodSettings[all].settings.throttling{Rate|Burst}Limit {dropped|huge|negative}",
            "partner: UsagePlan. removed",
            "partner: UsagePlan.apiStages<RestApi> re-pointed",
        ),
        "The endpoint is off, whatever it would speak": (
            "{partner|by hand, in full}: RestApi.securityPolicy {dropped|unknown|weaker}",
        ),
        "The policy names the VPC endpoint; its own address is a convenience": (
            "RestApi.endpointConfiguration.vpcEndpointIds dropped",
        ),
        "The source is one API, of which AWS tells nobody else's call": ("Permission[other].principal weaker",),
        "The route with IAM is not among the allowed resources": (
            "{recommended|openapi|recommended, deployed}: RestApi.body.x-policy.Statement[Allow].Condition{|.Null"
            "|.Null.aws:PrincipalAccount} dropped",
        ),
        "The validator of the document, or of the method, still checks": (
            "{RestApi.body|RestApi.body METHOD}.x-request-validator dropped",
            "{minimal|partner|authorizer|openapi}: RestApi.body.x-request-validator other",
        ),
        "Other alarms watch the stage for errors and for another sign": (
            "MetricAlarm[{4XXError|own|band}]. removed",
            "{OURS|by hand, in full}: MetricAlarm[Latency]. removed",
            "{OURS|by hand, in full}: MetricAlarm[{4XXError|Latency}].namespace other",
            "{by hand|by hand, aws-native|an HTTP API|an HTTP API with JWT|a WebSocket API}: "
            "ALARM[{5XXError|5xx|ExecutionError}].metricName exchanged",
            "MetricAlarm[{band|own}].metricQueries {unknown|led elsewhere}",
            "MetricAlarm[*].metricQueries[*] unknown",
            "MetricAlarm[*].metricQueries[*].metric unknown",
            "MetricAlarm[{4XXError|Latency}].dimensions.{ApiName|Stage} unknown",
            "MetricAlarm[{band|own|math}].metricQueries[gateway].metric.dimensions.{ApiName|Stage} unknown",
        ),
        "A line of the access log has another field that tells as much, or more than the pack asks for": (
            "Stage.accessLogSettings.format.{accountId|apiId|apiKeyId|authenticateError|authenticateStatus|authorizeError"
            "|authorizeStatus|authorizerError|authorizerLatency|authorizerRequestId|authorizerStatus|basePathMatched|caller"
            "|cipherSuite|clientCertSerial|clientCertSubject|clientId|domainName|errorMessage|errorType|extendedRequestId"
            "|httpMethod|integrationError|integrationLatency|integrationRequestId|integrationServiceStatus"
            "|integrationStatus|path|principalId|principalOrgId|protocol|requestId|requestTimeEpoch|resourcePath"
            "|responseLatency|responseLength|stage|sub|tlsVersion|userAgent|userArn|validationError|wafError|wafLatency"
            "|wafResponseCode|wafStatus|webaclArn|xrayTraceId} {dropped|other}",
            "{by hand|by hand, aws-native}: Stage.{accessLogSetting|accessLogSettings}.format.refused {dropped|other}",
            "v2.Stage.accessLogSettings.format.waf {dropped|other}",
        ),
    },
    "any": {
        "What is still to come is there": (
            "{Account.cloudwatchRoleArn|LogGroup[*].kmsKeyId} unknown",
            "{ALARM[*]|CompositeAlarm}.alarmActions[] unknown",
            "Stage.{accessLogSetting|accessLogSettings}.destinationArn unknown",
            "Deployment.triggers {unknown|led elsewhere}",
            "Deployment.triggers.redeployment {unknown|other}",
            "Authorizer.providerArns unknown",
            "v2.Authorizer.jwtConfiguration.{audiences[]|issuer} unknown",
            "DomainName.mutualTlsAuthentication.truststoreVersion {unknown|other}",
        ),
        "Another deployment, or none, holds what is judged by itself": ("Deployment.restApi unknown",),
        "Whichever word or number it is, the rules hold": (
            "{Authorizer.type|v2.Authorizer.authorizerType|v2.Api.protocolType|Integration.type|Integration.httpMethod} unknown",
            "{an HTTP API|a WebSocket API}: {WebAcl.scope|v2.Authorizer.identitySources|v2.Authorizer.identitySources[]} unknown",
            "Alarm[BlockedRequests].dimensions[*].value unknown",
            "{minimal|recommended|internal|authorizer|openapi|recommended, deployed|by hand, in full}: "
            "RestApi.disableExecuteApiEndpoint unknown",
            "RestApi.{endpointAccessMode|putRestApiMode} unknown",
            "RestApi.apiKeySource {unknown|weaker}",
            "{RestApi|DomainName}.endpointConfiguration{|.types} unknown",
            "RestApi.endpointConfiguration.ipAddressType unknown",
            "RestApi.policy.Statement[Allow]{|.Action|.Effect|.Principal|.Resource} unknown",
            "ALARM[*].period {unknown|exchanged}",
            "MetricAlarm[*].metricQueries[*].metric.period unknown",
            "MetricAlarm[own].metricQueries[own].metric.stat unknown",
            "MetricAlarm[*].metricQueries[*].{id|expression|returnData} unknown",
            "MetricAlarm[BlockedRequests].dimensions.{Region|Rule} unknown",
            "UsagePlan.quotaSettings.{offset|period} unknown",
            "VpcEndpoint.serviceName unknown",
            "v2.Integration.{connectionType|integrationType|integrationUri|tlsConfig.serverNameToVerify} unknown",
            "IpSet.addresses{|[]} unknown",
            "WebAcl.defaultAction{|.allow} unknown",
            "WebAcl.rules[*].{priority|action.block|overrideAction.none} unknown",
            "WebAcl.rules[*].statement.managedRuleGroupStatement.vendorName unknown",
            "WebAcl.rules[*].statement.managedRuleGroupStatement.ruleActionOverrides[].actionToUse.count unknown",
            "WebAclLoggingConfiguration.loggingFilter.{defaultBehavior|filters[].requirement} unknown",
            "an HTTP API with JWT: {WebAcl.scope|Distribution.enabled} unknown",
            "Distribution.{defaultCacheBehavior.targetOriginId|viewerCertificate.acmCertificateArn} unknown",
            "Stage.cacheClusterEnabled unknown",
            "Integration.requestParameters{|.integration.request.path.id} unknown",
            "IntegrationResponse.{httpMethod|responseParameters} unknown",
            "Response.responseType unknown",
            "Method[*].integration.integrationHttpMethod unknown",
            "Permission[*].function unknown",
            "TopicPolicy.arn unknown",
        ),
    },
    "owner": {
        "An alarm's topic may have any key that CloudWatch can use, or none": (
            "Topic.kmsMasterKeyId {dropped|led elsewhere|other|unknown}",
            "Topic.kmsMasterKeyId<Key> re-pointed",
        ),
        "What a method declares of its requests and answers; what it declares is checked": (
            "RestApi.body {METHOD|PREFLIGHT}.parameters**",
            "RestApi.body METHOD.requestBody**",
            "RestApi.body SCHEMA **",
            "RestApi.body METHOD.x-integration.requestParameters**",
            "Method[*].{requestModels|requestParameters}** {dropped|other|unknown|turned off}",
            "Method[read].requestParameters exchanged",
            "Integration.requestParameters{|.integration.request.path.id} {dropped|other|exchanged}",
            "RestApi.body VALIDATOR.validateRequestParameters {dropped|turned off}",
            "{minimal|partner|authorizer}: RestApi.body VALIDATOR.validateRequestBody {dropped|turned off}",
            "Method[*].requestValidatorId<RequestValidator> re-pointed",
        ),
        "What API Gateway answers itself, and to preflights": (
            "RestApi.body PREFLIGHT.responses{|.CODE|.CODE.headers**} **",
            "RestApi.body PREFLIGHT.x-integration.{passthroughBehavior|requestTemplates|responses}**",
            "RestApi.body REFUSAL dropped",
            "RestApi.body REFUSAL.{responseParameters|statusCode}** **",
            "RestApi.body REFUSAL.responseTemplates** {dropped|emptied|garbled|other}",
            "RestApi.body.x-gateway-responses dropped",
            "Response. removed",
            "Response.responseTemplates** {dropped|emptied|garbled|other}",
        ),
        "Which backend is called": (
            "Integration.uri<Function> re-pointed",
            "v2.Integration.integrationUri{<Function> re-pointed| exchanged}",
            "v2.Integration.tlsConfig.serverNameToVerify other",
            "Stage.variables {led elsewhere|exchanged}",
            "Stage.variables<*> re-pointed",
            "Stage.variables.{function_orders|function_reports|host} {other|unknown}",
        ),
        "Whose tokens count, and whether reading needs a scope": (
            "Authorizer.providerArns<UserPool> re-pointed",
            "Authorizer.providerArns exchanged",
            "RestApi.body SCHEME[{iam|cognito|token|request}].name other",
            "RestApi.body METHOD[read].security[cognito].SCHEME[] dropped",
            "Method[read].authorizationScopes{|[]} {dropped|exchanged|unknown}",
            "Method[change].authorizationScopes[] unknown",
            "{an HTTP API|a WebSocket API}: v2.Authorizer.identitySources[] weaker",
            "v2.Authorizer.jwtConfiguration.audiences[] other",
            "Stage.variables.pool_customers unknown",
        ),
        "Which of the methods need a key": (
            "partner: RestApi.body METHOD.security[key] dropped",
            "Method[*].apiKeyRequired exchanged",
            "partner: UsagePlan.apiStages[].stage unknown",
        ),
        "The endpoint's type, names and ways in; its policy, TLS and routes are judged": (
            "RestApi.endpointConfiguration dropped",
            "OURS: RestApi.name dropped",
            "DomainName.mutualTlsAuthentication dropped",
            "v2.Api.corsConfiguration.allowOrigins[] weaker",
        ),
        "A function that API Gateway may not ask answers 500; another API of the owner's may ask it": (
            "Permission[*].function exchanged",
            "Permission[other].function<Function> re-pointed",
            "Permission[*].sourceArn exchanged",
            "Permission[other].sourceArn<{Api|RestApi|Function}> re-pointed",
            "VpcEndpointPolicy.policy<RestApi> re-pointed",
        ),
        "Which log keeps it, how long, and under which key": (
            "LogGroup[*].retentionInDays {dropped|zero}",
            "LogGroup[*].kmsKeyId<Key> re-pointed",
            "LogGroup[waf].kmsKeyId dropped",
            "LogGroup[{access|execution}].name {dropped|exchanged|led elsewhere|other|unknown}",
            "recommended, deployed: LogGroup[waf].name {dropped|other|unknown}",
            "LogGroup[{access|execution}].name<RestApi> re-pointed",
            "{Stage|v2.Stage}.accessLogSettings<LogGroup> re-pointed",
            "WebAclLoggingConfiguration.logDestinationConfigs<LogGroup> re-pointed",
        ),
        "A rule beyond those that the pack asks for (rate, common, known bad inputs), and what it looks for": (
            "WebAcl.rules[{own|AWSManagedRulesAmazonIpReputationList}] dropped",
            "WebAcl.rules[own].statement.** **",
            "WebAcl.rules[AWSManagedRulesAmazonIpReputationList].statement.managedRuleGroupStatement.name **",
            "WebAcl.rules<IpSet> re-pointed",
            "IpSet.addresses{|[]} dropped",
        ),
        "What is watched beside, and how alarms on the owner's own metrics compare": (
            "MetricAlarm[*].dimensions.Stage dropped",
            "Alarm[*].dimensions[Stage] dropped",
            "MetricAlarm[*].metricQueries[gateway].metric.dimensions.Stage dropped",
            "MetricAlarm[own].metricQueries[own].metric.{metricName|dimensions}** **",
            "MetricAlarm[own].comparisonOperator {weaker|exchanged}",
            "MetricAlarm[own].threshold {huge|negative}",
            "MetricAlarm[{band|own}].metricQueries exchanged",
            "MetricAlarm[band].{comparisonOperator|treatMissingData|alarmActions} exchanged",
            "MetricAlarm[*].{extendedStatistic|comparisonOperator|threshold} exchanged",
            "MetricAlarm[{4XXError|5XXError}].statistic exchanged",
            "{an HTTP API|an HTTP API with JWT|a WebSocket API}: MetricAlarm[BlockedRequests].dimensions.Rule {other|dropped}",
            "by hand, in full: MetricAlarm[BlockedRequests].dimensions.Region other",
            "Alarm[BlockedRequests].dimensions[Rule].name other",
        ),
        "Which secret a distribution shows, under which name; that the authorizer asks for it is taken on trust": (
            "Distribution.origins<RandomPassword> re-pointed",
            "Distribution.origins[].customHeaders[].name other",
            "an HTTP API with JWT: Distribution.origins[].customHeaders{|[]} dropped",
            "Distribution.webAclId<WebAcl> re-pointed",
        ),
        "A web ACL of another stack is judged with that stack": ("WebAclAssociation.webAclArn other",),
        "How many old passwords a pool remembers, and what it does about risks beside what it enforces": (
            "UserPool.passwordPolicy.passwordHistorySize {dropped|unknown}",
            "RiskConfiguration. removed",
        ),
        "Who may read the truststore's bucket": ("BucketPolicy. removed",),
    },
}
"""By kind and reason, the patterns of mutants."""


def every() -> tuple[Explanation, ...]:
    """All of them."""
    return _EVERY


def explanations(base: str, kind: str) -> list[Explanation]:
    """Why a mutant of a base is rightly not noticed: nothing, where that is not explained."""
    return [each for each in _EVERY if _fits(each.pattern, base, kind)]


_PREVIEWS: Final = "minimal|recommended|partner|internal|authorizer|openapi"
_WORDS: Final = {
    "ALARM[": "{MetricAlarm|Alarm}[",
    "OURS": f"{{{_PREVIEWS}|recommended, deployed}}",
    "PREVIEWS": f"{{{_PREVIEWS}}}",
}
_EVERY: Final = tuple(
    Explanation(kind, why, pattern)
    for kind, reasons in EXPLAINED.items()
    for why, patterns in reasons.items()
    for pattern in patterns
)


def _fits(pattern: str, base: str, kind: str) -> bool:
    about, found, rest = pattern.partition(": ")
    if not found:
        return _compiled(pattern).fullmatch(kind) is not None
    return _compiled(about).fullmatch(base) is not None and _compiled(rest).fullmatch(kind) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    words = {"**": ".*", "*": "[^. ]*", "{": "(?:", "|": "|", "}": ")"}
    written = re.sub(r"METHOD(?!\[)", "METHOD[*]", pattern)
    for word, meant in _WORDS.items():
        written = written.replace(word, meant)
    parts: list[str] = re.findall(r"\*\*|.", written)
    return re.compile("".join(words[each] if each in words else re.escape(each) for each in parts))
