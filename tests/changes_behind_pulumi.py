"""Changes of AWS behind Pulumi's back: one function each, of the stack whose state and clients it gets."""

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Deployed:
    """A stack that is deployed to the local AWS: its resources in the state, and clients."""

    resources: list[dict[str, Any]]
    client: Callable[[str], Any]

    def ids(self, class_: str, name: str = "") -> list[str]:
        return [each["id"] for each in self.resources if each["type"].endswith(f":{class_}") and name in each["urn"]]

    def of(self, class_: str, name: str = "") -> dict[str, Any]:
        found = [each for each in self.resources if each["type"].endswith(f":{class_}") and name in each["urn"]]
        return {**found[0].get("outputs", {}), "id": found[0]["id"]}


def patch(path: str, value: Any, op: str = "replace") -> list[dict[str, Any]]:
    return [{"op": op, "path": path, "value": str(value)}]


def stage(path, value, op="replace"):
    def change(it):
        made = it.of("Stage")
        it.client("apigateway").update_stage(
            restApiId=made["restApi"], stageName=made["stageName"], patchOperations=patch(path, value, op)
        )

    return change


def rest_api(path, value):
    return lambda it: it.client("apigateway").update_rest_api(
        restApiId=it.of("RestApi")["id"], patchOperations=patch(path, value)
    )


def deployed(change):
    """A change of the API, and a new deployment that the stage serves."""

    def both(it):
        gateway, made = it.client("apigateway"), it.of("Stage")
        change(it, gateway, made["restApi"])
        new = gateway.create_deployment(restApiId=made["restApi"])["id"]
        operations = patch("/deploymentId", new)
        gateway.update_stage(restApiId=made["restApi"], stageName=made["stageName"], patchOperations=operations)

    return both


def resource(gateway, api, path):
    return next(each["id"] for each in gateway.get_resources(restApiId=api)["items"] if each["path"] == path)


def open_route(_it, gateway, api):
    found = resource(gateway, api, "/orders")
    gateway.put_method(restApiId=api, resourceId=found, httpMethod="DELETE", authorizationType="NONE")
    gateway.put_integration(restApiId=api, resourceId=found, httpMethod="DELETE", type="MOCK")


def method(path, name, **settings):
    def change(_it, gateway, api):
        found = resource(gateway, api, path)
        before = gateway.get_method(restApiId=api, resourceId=found, httpMethod=name)
        integration = before["methodIntegration"]
        given = {"authorizationType": "NONE", **settings}
        if given.pop("keep", False):
            names = ("authorizationType", "authorizerId", "authorizationScopes", "requestValidatorId")
            given = {one: before[one] for one in names if before.get(one)} | {
                one: value for one, value in settings.items() if one != "keep"
            }
        given = {one: value for one, value in given.items() if value is not None}
        gateway.put_method(restApiId=api, resourceId=found, httpMethod=name, **given)
        gateway.put_integration(
            restApiId=api,
            resourceId=found,
            httpMethod=name,
            type=integration["type"],
            uri=integration["uri"],
            integrationHttpMethod=integration["httpMethod"],
        )

    return change


def removed_route(_it, gateway, api):
    gateway.delete_method(restApiId=api, resourceId=resource(gateway, api, "/reports"), httpMethod="GET")


def redirected(_it, gateway, api):
    found = resource(gateway, api, "/orders/{id}")
    gateway.put_integration(
        restApiId=api,
        resourceId=found,
        httpMethod="GET",
        type="HTTP_PROXY",
        integrationHttpMethod="GET",
        uri="https://elsewhere.example.com",
    )


def open_policy(_it, gateway, api):
    statement = {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "*"}
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    gateway.update_rest_api(restApiId=api, patchOperations=patch("/policy", text))


def acl(edit):
    def change(it):
        waf, made = it.client("wafv2"), it.of("WebAcl")
        about = {"Name": made["name"], "Id": made["id"], "Scope": made["scope"]}
        read = waf.get_web_acl(**about)
        held = {
            name: read["WebACL"][name]
            for name in ("DefaultAction", "Rules", "VisibilityConfig", "DataProtectionConfig")
            if name in read["WebACL"]
        }
        edit(held)
        waf.update_web_acl(**about, **held, LockToken=read["LockToken"])

    return change


def rule(name, edit):
    def change(held):
        edit(next(each for each in held["Rules"] if each["Name"] == name))

    return acl(change)


def alarm(**settings):
    def change(it):
        cloudwatch, made = it.client("cloudwatch"), it.of("MetricAlarm", "server-errors")
        (held,) = cloudwatch.describe_alarms(AlarmNames=[made["name"]])["MetricAlarms"]
        names = (
            *("AlarmName", "AlarmActions", "OKActions", "MetricName", "Namespace", "Statistic", "Dimensions"),
            *("Period", "EvaluationPeriods", "DatapointsToAlarm", "Threshold", "ComparisonOperator"),
            *("TreatMissingData", "ActionsEnabled", "AlarmDescription"),
        )
        given = {name: held[name] for name in names if held.get(name) is not None}
        cloudwatch.put_metric_alarm(**{**given, **settings})

    return change


def plan(path, value):
    return lambda it: it.client("apigateway").update_usage_plan(
        usagePlanId=it.of("UsagePlan")["id"], patchOperations=patch(path, value)
    )


def without_key(it):
    made = it.of("UsagePlanKey")
    it.client("apigateway").delete_usage_plan_key(usagePlanId=made["usagePlanId"], keyId=made["keyId"])


def domain(path, value):
    return lambda it: it.client("apigateway").update_domain_name(
        domainName=it.of("DomainName")["domainName"], patchOperations=patch(path, value)
    )


def v2(operation, class_, id_, name="", **settings):
    def change(it):
        made = it.of(class_, name)
        given = {"ApiId": made["apiId"], id_: made["name"] if id_ == "StageName" else made["id"]}
        getattr(it.client("apigatewayv2"), operation)(**given, **settings)

    return change


def pool(**settings):
    return lambda it: it.client("cognito-idp").update_user_pool(UserPoolId=it.of("UserPool")["id"], **settings)


def app_client(**settings):
    def change(it):
        made = it.of("UserPoolClient")
        it.client("cognito-idp").update_user_pool_client(UserPoolId=made["userPoolId"], ClientId=made["id"], **settings)

    return change


def without_permission(it):
    made = it.of("Permission")
    it.client("lambda").remove_permission(FunctionName=made["function"], StatementId=made["statementId"])


def extra_http_route(it):
    made = it.of("Api", "::http")
    it.client("apigatewayv2").create_route(ApiId=made["id"], RouteKey="GET /admin", AuthorizationType="NONE")


def moved_mapping(it):
    gateway, made = it.client("apigateway"), it.of("BasePathMapping")
    gateway.delete_base_path_mapping(domainName=made["domainName"], basePath="(none)")


def other_ip_set(it):
    waf, made = it.client("wafv2"), it.of("IpSet")
    about = {"Name": made["name"], "Id": made["id"], "Scope": made["scope"]}
    token = waf.get_ip_set(**about)["LockToken"]
    waf.update_ip_set(**about, LockToken=token, Addresses=["0.0.0.0/1"])


def wide_log(it):
    waf, made = it.client("wafv2"), it.of("WebAclLoggingConfiguration")
    held = waf.get_logging_configuration(ResourceArn=made["resourceArn"])["LoggingConfiguration"]
    waf.put_logging_configuration(LoggingConfiguration={**held, "RedactedFields": []})


def extra_mapping(it):
    """A base path that bypasses nothing but the declared paths: the same stage under another path."""
    made = it.of("BasePathMapping")
    it.client("apigateway").create_base_path_mapping(
        domainName=made["domainName"], basePath="old", restApiId=made["restApi"], stage=made["stageName"]
    )


def extra_stage(it):
    made = it.of("Stage")
    it.client("apigateway").create_stage(restApiId=made["restApi"], stageName="debug", deploymentId=made["deployment"])


def key_in_plan(it):
    gateway = it.client("apigateway")
    key = gateway.create_api_key(name="guest", value="0123456789abcdefghijklmnop", enabled=True)["id"]
    gateway.create_usage_plan_key(usagePlanId=it.of("UsagePlan")["id"], keyId=key, keyType="API_KEY")


def extra_plan(it):
    made = it.of("Stage")
    stages = [{"apiId": made["restApi"], "stage": made["stageName"]}]
    it.client("apigateway").create_usage_plan(name="unlimited", apiStages=stages)


def extra_permission(it):
    it.client("lambda").add_permission(
        FunctionName=it.of("Permission")["function"],
        StatementId="anyone",
        Action="lambda:InvokeFunction",
        Principal="*",
    )


def extra_client(it):
    it.client("cognito-idp").create_user_pool_client(UserPoolId=it.of("UserPool")["id"], ClientName="guest")


def extra_identity_provider(it):
    it.client("cognito-idp").create_identity_provider(
        UserPoolId=it.of("UserPool")["id"],
        ProviderName="Elsewhere",
        ProviderType="OIDC",
        ProviderDetails={"client_id": "guest", "oidc_issuer": "https://elsewhere.example.com"},
    )


def extra_api_mapping(it):
    made = it.of("ApiMapping")
    it.client("apigatewayv2").create_api_mapping(
        ApiId=made["apiId"], DomainName=made["domainName"], Stage=made["stage"], ApiMappingKey="old"
    )


def extra_http_stage(it):
    it.client("apigatewayv2").create_stage(ApiId=it.of("Api", "::http")["id"], StageName="debug", AutoDeploy=True)


def function(**settings):
    return lambda it: it.client("lambda").update_function_configuration(
        FunctionName=it.of("Function")["name"], **settings
    )


def archive(name, text):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as opened:
        opened.writestr(name, text)
    return made.getvalue()


def other_code(it):
    it.client("lambda").update_function_code(
        FunctionName=it.of("Function")["name"], ZipFile=archive("index.py", "def handler(event, context): ...")
    )


CHANGES: dict[str, list[tuple[str, Callable[[Deployed], Any], str, str]]] = {
    "authorizer": [
        (
            "another environment",
            function(Environment={"Variables": {"SECURE_GATEWAY_AUTHORIZER": "{}"}}),
            "auth",
            "env",
        ),
        ("another handler", function(Handler="index.handler"), "auth", "has handler index.handler"),
        ("another role", function(Role="arn:aws:iam::123456789012:role/functions"), "auth", "has role"),
        ("another runtime", function(Runtime="python3.9"), "auth", "has runtime python3.9"),
        ("other code", other_code, "auth", "sourceCodeHash"),
    ],
    "recommended": [
        ("another deployment is served", deployed(lambda *_: None), "api", "deployment"),
        ("an open route", deployed(open_route), "auth", "DELETE /orders is in AWS"),
        ("a route without its authorizer", deployed(method("/orders", "GET")), "auth", "GET /orders has another auth"),
        ("a route is gone", deployed(removed_route), "auth", "GET /reports is not served"),
        ("another backend", deployed(redirected), "api", "GET /orders/{id} has another integration"),
        (
            "a route without its validator",
            deployed(method("/orders", "POST", keep=True, requestValidatorId=None)),
            "api",
            "POST /orders has another validator",
        ),
        (
            "a route without its key",
            deployed(method("/partners/orders", "POST", keep=True)),
            "keys",
            "POST /partners/orders has another apiKey",
        ),
        ("an open resource policy", deployed(open_policy), "network", "another resource policy"),
        ("no throttling", stage("/*/*/throttling/rateLimit", 100000), "keys", "throttlingratelimit 100000"),
        ("a higher burst", stage("/*/*/throttling/burstLimit", 4999), "keys", "throttlingburstlimit 4999"),
        ("no execution log", stage("/*/*/logging/loglevel", "OFF"), "observability", "logginglevel"),
        ("bodies in the log", stage("/*/*/logging/dataTrace", "true"), "observability", "datatrace"),
        ("no metrics", stage("/*/*/metrics/enabled", "false"), "observability", "metricsenabled"),
        (
            "another access log",
            stage("/accessLogSettings/destinationArn", "arn:aws:logs:us-east-1:123456789012:log-group:other"),
            "observability",
            "accessLogSettings",
        ),
        ("a shorter access log", stage("/accessLogSettings/format", "$context.requestId"), "observability", "format"),
        ("no tracing", stage("/tracingEnabled", "false"), "observability", "xrayTracingEnabled"),
        ("another variable", stage("/variables/function_orders", "other"), "api", "variables"),
        ("a plan with a higher rate", plan("/throttle/rateLimit", 5000), "keys", "ratelimit 5000"),
        ("a plan with a higher quota", plan("/quota/limit", 999999), "keys", "limit 999999"),
        ("a key without its plan", without_key, "keys", "is not in AWS"),
        (
            "a disabled key",
            lambda it: it.client("apigateway").update_api_key(
                apiKey=it.of("ApiKey")["id"], patchOperations=patch("/enabled", "false")
            ),
            "keys",
            "enabled",
        ),
        (
            "a rule that counts",
            rule("blocked-countries", lambda each: each.update(Action={"Count": {}})),
            "waf",
            "blocked-countries.action count",
        ),
        (
            "a group that counts",
            rule("AWSManagedRulesCommonRuleSet", lambda each: each.update(OverrideAction={"Count": {}})),
            "waf",
            "AWSManagedRulesCommonRuleSet.overrideaction count",
        ),
        (
            "a higher rate limit",
            rule("rate-limit", lambda each: each["Statement"]["RateBasedStatement"].update(Limit=90000)),
            "waf",
            "90000",
        ),
        (
            "a rate limit with a scope",
            rule(
                "rate-limit",
                lambda each: each["Statement"]["RateBasedStatement"].update(
                    ScopeDownStatement={"GeoMatchStatement": {"CountryCodes": ["KP"]}}
                ),
            ),
            "waf",
            "scopedown",
        ),
        (
            "a rule is gone",
            acl(lambda held: held["Rules"].pop(next(i for i, e in enumerate(held["Rules"]) if "sql" in e["Name"]))),
            "waf",
            "sql-injection",
        ),
        (
            "another default action",
            acl(lambda held: held.update(DefaultAction={"Block": {}})),
            "waf",
            "defaultAction block",
        ),
        (
            "no association",
            lambda it: it.client("wafv2").disassociate_web_acl(ResourceArn=it.of("WebAclAssociation")["resourceArn"]),
            "waf",
            "WebAclAssociation",
        ),
        (
            "no log of the web ACL",
            lambda it: it.client("wafv2").delete_logging_configuration(
                ResourceArn=it.of("WebAclLoggingConfiguration")["resourceArn"]
            ),
            "waf",
            "WebAclLoggingConfiguration",
        ),
        ("another set of addresses", other_ip_set, "waf", "addresses"),
        ("an alarm without actions", alarm(AlarmActions=[]), "observability", "alarmActions"),
        ("an alarm with another threshold", alarm(Threshold=0.9), "observability", "threshold 0.9"),
        (
            "an alarm is switched off",
            lambda it: it.client("cloudwatch").disable_alarm_actions(
                AlarmNames=[it.of("MetricAlarm", "latency")["name"]]
            ),
            "observability",
            "actionsEnabled",
        ),
        (
            "an alarm is gone",
            lambda it: it.client("cloudwatch").delete_alarms(AlarmNames=[it.of("MetricAlarm", "throttled")["name"]]),
            "observability",
            "throttled is not in AWS",
        ),
        (
            "a shorter retention",
            lambda it: it.client("logs").put_retention_policy(
                logGroupName=it.of("LogGroup")["name"], retentionInDays=1
            ),
            "observability",
            "retentionInDays 1",
        ),
        ("a permission is gone", without_permission, "network", "Permission"),
        ("another stage", extra_stage, "api", "stage debug is in AWS and not in the state"),
        (
            "no throttling of one method",
            stage("/~1orders/GET/throttling/rateLimit", 100000),
            "keys",
            "method settings of orders/GET is in AWS",
        ),
        ("another plan", extra_plan, "keys", "usage plan unlimited is in AWS"),
        ("another key in a plan", key_in_plan, "keys", "API key guest is in AWS"),
        ("another caller of a function", extra_permission, "network", "permits * to call lambda:InvokeFunction"),
        ("an app client", extra_client, "auth", "it has app clients in AWS, and none in the state"),
        ("another identity provider", extra_identity_provider, "auth", "identity provider Elsewhere is in AWS"),
        ("older TLS of the endpoint", rest_api("/securityPolicy", "TLS_1_0"), "tls", "securityPolicy TLS_1_0"),
        ("no second factor", pool(MfaConfiguration="OFF"), "auth", "mfaConfiguration"),
    ],
    "partner": [
        ("the default endpoint", rest_api("/disableExecuteApiEndpoint", "false"), "tls", "disableExecuteApiEndpoint"),
        ("older TLS", domain("/securityPolicy", "TLS_1_0"), "tls", "securityPolicy TLS_1_0"),
        ("another version of the truststore", domain("/mutualTlsAuthentication/truststoreVersion", "v0"), "tls", "v0"),
        (
            "no mutual TLS",
            domain("/mutualTlsAuthentication/truststoreUri", ""),
            "tls",
            "mutualTlsAuthentication",
        ),
        (
            "another certificate",
            domain("/regionalCertificateArn", "arn:aws:acm:us-east-1:123456789012:certificate/other"),
            "tls",
            "certificate/other",
        ),
        ("another base path", extra_mapping, "tls", "base path /old is in AWS and not in the state, and leads to"),
        ("no mapping", moved_mapping, "tls", "BasePathMapping"),
    ],
    "http": [
        ("another app client", extra_client, "auth", "app client guest is in AWS"),
        ("another stage", extra_http_stage, "api", "stage debug is in AWS and not in the state"),
        ("another base path", extra_api_mapping, "tls", "base path /old is in AWS and not in the state"),
        (
            "a client with passwords",
            app_client(ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"]),
            "auth",
            "explicitAuthFlows",
        ),
        ("an open route", extra_http_route, "auth", "GET /admin is in AWS"),
        (
            "a route without its authorizer",
            v2("update_route", "Route", "RouteId", "::get", AuthorizationType="NONE"),
            "auth",
            "authorizationType NONE",
        ),
        (
            "another issuer",
            v2(
                "update_authorizer",
                "Authorizer",
                "AuthorizerId",
                "::jwt",
                JwtConfiguration={"Audience": ["anyone"], "Issuer": "https://issuer.example.com"},
            ),
            "auth",
            "https://issuer.example.com",
        ),
        (
            "no throttling",
            v2(
                "update_stage",
                "Stage",
                "StageName",
                "::live",
                DefaultRouteSettings={"DetailedMetricsEnabled": True, "ThrottlingRateLimit": 9000},
            ),
            "keys",
            "9000",
        ),
        (
            "every origin",
            lambda it: it.client("apigatewayv2").update_api(
                ApiId=it.of("Api", "::http")["id"], CorsConfiguration={"AllowOrigins": ["*"]}
            ),
            "api",
            "corsConfiguration",
        ),
        (
            "the default endpoint",
            lambda it: it.client("apigatewayv2").update_api(
                ApiId=it.of("Api", "::http")["id"], DisableExecuteApiEndpoint=False
            ),
            "tls",
            "disableExecuteApiEndpoint",
        ),
    ],
}
"""By stack: what is changed, how, and in which layer a finding says what."""
