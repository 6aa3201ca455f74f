"""What is compared of each resource type: how AWS is asked, and which properties of the state are in the response.

One row for each type. A property is found in the response by its name, whatever its case, unless the row says where.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from ..graph import resource_types as types
from ..graph.values import is_list, is_object, read, text
from . import functions
from .additional import Recorded, domain
from .compare import policy


def _whole(recorded: Recorded, held: Any) -> Any:
    del recorded
    return held


def _nothing(held: Any) -> Mapping[str, str]:
    del held
    return {}


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """How a resource type is verified."""

    layer: str
    service: str
    operation: str
    params: Callable[[Recorded], Mapping[str, Any]]
    """The parameters of the operation."""
    properties: Mapping[str, str]
    """By property of the state, its path in the response; empty if it has the same name there."""
    find: Callable[[Recorded, Any], Any] = _whole
    """What describes the resource in the response; None if AWS does not have it."""
    layers: Mapping[str, str] = field(default_factory=dict[str, str])
    """The layers of properties that belong to another one than the type."""
    hidden: frozenset[str] = frozenset()
    """The properties whose values may be secret, and so are not in messages."""
    recent: frozenset[str] = frozenset()
    """The properties that older versions of boto3 and of the provider lack: they are compared if both have them."""
    read_as: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict[str, Callable[[Any], Any]])
    """By property, what both values are converted by before they are compared."""
    unreadable: Callable[[Any], Mapping[str, str]] = _nothing
    """The properties that a response lacks although AWS has them, each with the reason."""
    together: frozenset[str] = frozenset()
    """The properties of which none is compared if `ignoreChanges` has one."""


def _of(**names: str) -> Callable[[Recorded], Mapping[str, Any]]:
    """Parameters that are properties of the state: `restApiId="restApi"`."""
    return lambda recorded: {name: recorded.get(property_) for name, property_ in names.items()}


def _same(*names: str, **renamed: str) -> Mapping[str, str]:
    return {**dict.fromkeys(names, ""), **renamed}


def _at(*path: str) -> Callable[[Recorded, Any], Any]:
    return lambda _recorded, held: read(held, *path)


def _listed(at: str, key: str, property_: str) -> Callable[[Recorded, Any], Any]:
    """The item of a list whose field is a property of the state."""
    return lambda recorded, held: next(
        (each for each in held.get(at) or () if each.get(key) == recorded.get(property_)), None
    )


def _web_acl(recorded: Recorded) -> Mapping[str, Any]:
    return {"Name": recorded.get("name"), "Id": recorded.get("id"), "Scope": text(recorded.get("scope")) or "REGIONAL"}


def _base_path(recorded: Recorded) -> Mapping[str, Any]:
    return {**domain(recorded), "basePath": text(recorded.get("basePath")) or "(none)"}


def _method_settings(recorded: Recorded, held: Any) -> Any:
    """The settings of a method; AWS escapes slashes in its path."""
    path = text(recorded.get("methodPath"))
    found: Mapping[str, Any] = read(held, "methodSettings") or {}
    return {"settings": found.get(path) or found.get("/" + path.replace("/", "~1", path.count("/") - 1)) or {}}


def _alarm(recorded: Recorded, held: Any) -> Any:
    return (
        next(iter([*(held.get("MetricAlarms") or ()), *(held.get("CompositeAlarms") or ())]), None)
        if recorded
        else None
    )


def _queries(value: Any) -> Any:
    """The metrics of an alarm, each as one object without nesting."""
    if not is_list(value):
        return value
    flat: list[dict[str, Any]] = []
    for each in value:
        inner: Mapping[str, Any] = each.get("MetricStat") or each.get("metric") or {}
        metric: Mapping[str, Any] = inner.get("Metric") or {}
        outer = {name: one for name, one in each.items() if name not in {"MetricStat", "metric"}}
        flat.append({**outer, **{name: one for name, one in inner.items() if name != "Metric"}, **metric})
    return flat


def _permission(recorded: Recorded, held: Any) -> Any:
    """The statement of a function's policy that a permission is."""
    document = read(held, "Policy")
    if not isinstance(document, str):
        return None
    for each in json.loads(document).get("Statement") or ():
        if each.get("Sid") == recorded.get("statementId"):
            given: Mapping[str, Mapping[str, Any]] = each.get("Condition") or {}
            conditions = {key.lower(): one for operator in given.values() for key, one in operator.items()}
            principal = each.get("Principal")
            return {
                "action": each.get("Action"),
                "principal": next(iter(principal.values()), None) if is_object(principal) else principal,
                "sourceArn": conditions.get("aws:sourcearn"),
                "sourceAccount": conditions.get("aws:sourceaccount"),
                "principalOrgId": conditions.get("aws:principalorgid"),
            }
    return None


def _principal(value: Any) -> Any:
    """An account is the same as the ARN of its root."""
    return text(value).removeprefix("arn:aws:iam::").removesuffix(":root") if isinstance(value, str) else value


def _http_domain(_recorded: Recorded, held: Any) -> Any:
    """A domain of HTTP APIs with its one configuration."""
    configurations: Sequence[Mapping[str, Any]] = held.get("DomainNameConfigurations") or ()
    return {**held, **(configurations[0] if configurations else {})}


def _types(value: Any) -> Any:
    return value.get("types") if is_object(value) else value


def _v2(name: str, key: str) -> Callable[[Recorded], Mapping[str, Any]]:
    return lambda recorded: {"ApiId": recorded.get("apiId"), name: recorded.get(key)}


_FUNCTION_OF_PERMISSION: Final = _of(FunctionName="function")


def _get_policy(recorded: Recorded) -> Mapping[str, Any]:
    qualifier = text(recorded.get("qualifier"))
    return {**_FUNCTION_OF_PERMISSION(recorded), **({"Qualifier": qualifier} if qualifier else {})}


_LOGS: Final = {"accessLogSettings": "observability", "xrayTracingEnabled": "observability"}

ROWS: Final[Mapping[str, Row]] = {
    types.REST_API: Row(
        layer="network",
        service="apigateway",
        operation="get_rest_api",
        params=_of(restApiId="id"),
        properties=_same(
            *("apiKeySource", "binaryMediaTypes", "disableExecuteApiEndpoint", "endpointConfiguration"),
            *("minimumCompressionSize", "policy", "endpointAccessMode", "securityPolicy"),
        ),
        layers={
            "apiKeySource": "keys",
            "binaryMediaTypes": "api",
            "minimumCompressionSize": "api",
            "disableExecuteApiEndpoint": "tls",
            "endpointAccessMode": "tls",
            "securityPolicy": "tls",
        },
        recent=frozenset({"endpointAccessMode", "securityPolicy"}),
        read_as={"policy": policy},
    ),
    types.REST_API_POLICY: Row(
        layer="network",
        service="apigateway",
        operation="get_rest_api",
        params=_of(restApiId="restApiId"),
        properties=_same("policy"),
        read_as={"policy": policy},
    ),
    types.REST_STAGE: Row(
        layer="api",
        service="apigateway",
        operation="get_stage",
        params=_of(restApiId="restApi", stageName="stageName"),
        properties=_same(
            *("accessLogSettings", "cacheClusterEnabled", "clientCertificateId", "variables"),
            deployment="deploymentId",
            xrayTracingEnabled="tracingEnabled",
        ),
        layers=_LOGS,
        hidden=frozenset({"variables"}),
    ),
    types.METHOD_SETTINGS: Row(
        layer="keys",
        service="apigateway",
        operation="get_stage",
        params=_of(restApiId="restApi", stageName="stageName"),
        find=_method_settings,
        properties=_same("settings"),
        layers={
            **dict.fromkeys(("loggingLevel", "metricsEnabled", "dataTraceEnabled"), "observability"),
            **dict.fromkeys(("cachingEnabled", "cacheDataEncrypted", "cacheTtlInSeconds"), "api"),
        },
    ),
    types.REST_AUTHORIZER: Row(
        layer="auth",
        service="apigateway",
        operation="get_authorizer",
        params=_of(restApiId="restApi", authorizerId="id"),
        properties=_same(
            *("authorizerResultTtlInSeconds", "authorizerUri", "identitySource", "identityValidationExpression"),
            *("type", "authorizerCredentials", "providerArns"),
        ),
    ),
    types.REQUEST_VALIDATOR: Row(
        layer="api",
        service="apigateway",
        operation="get_request_validator",
        params=_of(restApiId="restApi", requestValidatorId="id"),
        properties=_same("validateRequestBody", "validateRequestParameters"),
    ),
    types.API_KEY: Row(
        layer="keys",
        service="apigateway",
        operation="get_api_key",
        params=_of(apiKey="id"),
        properties=_same("enabled"),
    ),
    types.USAGE_PLAN: Row(
        layer="keys",
        service="apigateway",
        operation="get_usage_plan",
        params=_of(usagePlanId="id"),
        properties=_same("apiStages", quotaSettings="quota", throttleSettings="throttle"),
    ),
    types.USAGE_PLAN_KEY: Row(
        layer="keys",
        service="apigateway",
        operation="get_usage_plan_key",
        params=_of(usagePlanId="usagePlanId", keyId="keyId"),
        properties={},
    ),
    types.REST_DOMAIN: Row(
        layer="tls",
        service="apigateway",
        operation="get_domain_name",
        params=domain,
        properties=_same(
            *("securityPolicy", "mutualTlsAuthentication", "certificateArn", "regionalCertificateArn"),
            *("endpointConfiguration", "ownershipVerificationCertificateArn", "endpointAccessMode", "policy"),
        ),
        recent=frozenset({"endpointAccessMode"}),
        read_as={"policy": policy, "endpointConfiguration": _types},
    ),
    types.BASE_PATH_MAPPING: Row(
        layer="tls",
        service="apigateway",
        operation="get_base_path_mapping",
        params=_base_path,
        properties=_same(restApi="restApiId", stageName="stage"),
    ),
    types.API_GATEWAY_ACCOUNT: Row(
        layer="observability",
        service="apigateway",
        operation="get_account",
        params=lambda _recorded: {},
        properties=_same("cloudwatchRoleArn"),
    ),
    types.HTTP_API: Row(
        layer="api",
        service="apigatewayv2",
        operation="get_api",
        params=_of(ApiId="id"),
        properties=_same("corsConfiguration", "disableExecuteApiEndpoint", "routeSelectionExpression"),
        layers={"disableExecuteApiEndpoint": "tls"},
    ),
    types.HTTP_ROUTE: Row(
        layer="auth",
        service="apigatewayv2",
        operation="get_route",
        params=_v2("RouteId", "id"),
        properties=_same(
            *("apiKeyRequired", "authorizationScopes", "authorizationType", "authorizerId", "routeKey", "target"),
        ),
        layers={"apiKeyRequired": "keys", "target": "api"},
    ),
    types.HTTP_AUTHORIZER: Row(
        layer="auth",
        service="apigatewayv2",
        operation="get_authorizer",
        params=_v2("AuthorizerId", "id"),
        properties=_same(
            *("authorizerType", "authorizerUri", "jwtConfiguration", "enableSimpleResponses"),
            *("authorizerPayloadFormatVersion", "authorizerResultTtlInSeconds", "authorizerCredentialsArn"),
            identitySources="IdentitySource",
        ),
    ),
    types.HTTP_INTEGRATION: Row(
        layer="api",
        service="apigatewayv2",
        operation="get_integration",
        params=_v2("IntegrationId", "id"),
        properties=_same("integrationType", "integrationUri", "connectionId", "connectionType", "tlsConfig"),
        hidden=frozenset({"integrationUri"}),
    ),
    types.HTTP_STAGE: Row(
        layer="api",
        service="apigatewayv2",
        operation="get_stage",
        params=_v2("StageName", "name"),
        properties=_same(
            *("accessLogSettings", "autoDeploy", "defaultRouteSettings", "routeSettings", "stageVariables"),
            "clientCertificateId",
        ),
        layers={"accessLogSettings": "observability", "defaultRouteSettings": "keys", "routeSettings": "keys"},
        hidden=frozenset({"stageVariables"}),
    ),
    types.HTTP_DOMAIN: Row(
        layer="tls",
        service="apigatewayv2",
        operation="get_domain_name",
        params=_of(DomainName="domainName"),
        find=_http_domain,
        properties=_same(
            "mutualTlsAuthentication",
            **{
                "domainNameConfiguration.certificateArn": "CertificateArn",
                "domainNameConfiguration.securityPolicy": "SecurityPolicy",
                "domainNameConfiguration.endpointType": "EndpointType",
            },
        ),
    ),
    types.API_MAPPING: Row(
        layer="tls",
        service="apigatewayv2",
        operation="get_api_mapping",
        params=_of(ApiMappingId="id", DomainName="domainName"),
        properties=_same("apiId", "apiMappingKey", "stage"),
    ),
    types.WEB_ACL: Row(
        layer="waf",
        service="wafv2",
        operation="get_web_acl",
        params=_web_acl,
        find=_at("WebACL"),
        properties=_same(
            *("defaultAction", "rules", "visibilityConfig", "customResponseBodies", "associationConfig"),
            *("captchaConfig", "challengeConfig", "tokenDomains", "dataProtectionConfig"),
        ),
        hidden=frozenset({"searchstring"}),
    ),
    types.WEB_ACL_ASSOCIATION: Row(
        layer="waf",
        service="wafv2",
        operation="get_web_acl_for_resource",
        params=_of(ResourceArn="resourceArn"),
        find=_at("WebACL"),
        properties=_same(webAclArn="ARN"),
    ),
    types.WEB_ACL_LOGGING: Row(
        layer="waf",
        service="wafv2",
        operation="get_logging_configuration",
        params=_of(ResourceArn="resourceArn"),
        find=_at("LoggingConfiguration"),
        properties=_same("logDestinationConfigs", "loggingFilter", "redactedFields"),
    ),
    types.IP_SET: Row(
        layer="waf",
        service="wafv2",
        operation="get_ip_set",
        params=_web_acl,
        find=_at("IPSet"),
        properties=_same("addresses", "ipAddressVersion"),
    ),
    types.REGEX_PATTERN_SET: Row(
        layer="waf",
        service="wafv2",
        operation="get_regex_pattern_set",
        params=_web_acl,
        find=_at("RegexPatternSet"),
        properties=_same(regularExpressions="RegularExpressionList"),
    ),
    types.RULE_GROUP: Row(
        layer="waf",
        service="wafv2",
        operation="get_rule_group",
        params=_web_acl,
        find=_at("RuleGroup"),
        properties=_same("rules", "customResponseBodies"),
        hidden=frozenset({"searchstring"}),
    ),
    types.LOG_GROUP: Row(
        layer="observability",
        service="logs",
        operation="describe_log_groups",
        params=_of(logGroupNamePrefix="name"),
        find=_listed("logGroups", "logGroupName", "name"),
        properties=_same("kmsKeyId", "retentionInDays"),
    ),
    types.METRIC_ALARM: Row(
        layer="observability",
        service="cloudwatch",
        operation="describe_alarms",
        params=lambda recorded: {"AlarmNames": [recorded.get("name")], "AlarmTypes": ["MetricAlarm"]},
        find=_alarm,
        properties=_same(
            *("actionsEnabled", "alarmActions", "okActions", "insufficientDataActions", "comparisonOperator"),
            *("datapointsToAlarm", "dimensions", "evaluationPeriods", "extendedStatistic", "metricName", "namespace"),
            *("period", "statistic", "threshold", "thresholdMetricId", "treatMissingData"),
            metricQueries="Metrics",
        ),
        read_as={"metricQueries": _queries, "treatMissingData": lambda value: value or "missing"},
    ),
    types.COMPOSITE_ALARM: Row(
        layer="observability",
        service="cloudwatch",
        operation="describe_alarms",
        params=lambda recorded: {"AlarmNames": [recorded.get("alarmName")], "AlarmTypes": ["CompositeAlarm"]},
        find=_alarm,
        properties=_same("actionsEnabled", "alarmActions", "okActions", "alarmRule"),
    ),
    types.USER_POOL: Row(
        layer="auth",
        service="cognito-idp",
        operation="describe_user_pool",
        params=_of(UserPoolId="id"),
        find=_at("UserPool"),
        properties=_same(
            *("mfaConfiguration", "deletionProtection"),
            **{
                "passwordPolicy": "Policies.PasswordPolicy",
                "adminCreateUserConfig.allowAdminCreateUserOnly": "AdminCreateUserConfig.AllowAdminCreateUserOnly",
                "userPoolAddOns.advancedSecurityMode": "UserPoolAddOns.AdvancedSecurityMode",
            },
        ),
    ),
    types.USER_POOL_CLIENT: Row(
        layer="auth",
        service="cognito-idp",
        operation="describe_user_pool_client",
        params=_of(UserPoolId="userPoolId", ClientId="id"),
        find=_at("UserPoolClient"),
        properties=_same(
            *("explicitAuthFlows", "preventUserExistenceErrors", "enableTokenRevocation"),
            allowedOauthFlows="AllowedOAuthFlows",
            allowedOauthScopes="AllowedOAuthScopes",
            allowedOauthFlowsUserPoolClient="AllowedOAuthFlowsUserPoolClient",
            callbackUrls="CallbackURLs",
            logoutUrls="LogoutURLs",
        ),
    ),
    types.FUNCTION: Row(
        layer="auth",
        service="lambda",
        operation="get_function_configuration",
        params=_of(FunctionName="name"),
        find=functions.settings,
        properties=_same(
            *("architectures", "codeSha256", "environment", "handler", "kmsKeyArn", "layers", "role", "runtime"),
            "sourceCodeHash",
        ),
        hidden=frozenset({"environment"}),
        recent=frozenset({"codeSha256"}),
        unreadable=functions.unreadable,
        together=functions.CODE,
    ),
    types.FUNCTION_PERMISSION: Row(
        layer="network",
        service="lambda",
        operation="get_policy",
        params=_get_policy,
        find=_permission,
        properties=_same("action", "principal", "sourceArn", "sourceAccount", "principalOrgId"),
        read_as={"principal": _principal},
    ),
    types.CERTIFICATE: Row(
        layer="tls",
        service="acm",
        operation="describe_certificate",
        params=_of(CertificateArn="id"),
        find=_at("Certificate"),
        properties=_same("domainName", "subjectAlternativeNames"),
    ),
}
"""By resource type, how it is verified."""
