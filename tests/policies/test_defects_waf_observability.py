"""Holes that peers were shown and most of them missed, each found by the right rule, in pulumi-aws and in aws-native.

The numbers are those of the list of probed defects. Nothing of the resources is executed: this shows what the pack
reads, not what AWS does.
"""

import json
from dataclasses import dataclass
from typing import Any

import pytest
from graphs import ACL_ARN, ARN, LOG, URN, VISIBLE

from policypack.evaluation.evaluate import evaluate
from policypack.findings import Status
from policypack.graph.graph import Graph, Resource

GROUP = "arn:aws:logs:eu-west-1:123456789012:log-group:"
REDACTED = ("authorization", "cookie", "x-api-key")


def made(type_: str, label: str, /, *, arn: str = "", ids: dict[str, str] | None = None, **inputs: Any) -> Resource:
    outputs = {**(ids or {}), **({"arn": arn} if arn else {})}
    return Resource(
        urn=f"{URN}{type_}::{label}", type=type_, name=label, id=f"{label}-id", inputs=inputs, outputs=outputs
    )


@dataclass(frozen=True)
class Classic:
    """Parts of a gateway as pulumi-aws spells them."""

    name = "aws"

    def api(self) -> list[Resource]:
        return [
            made("aws:apigateway/restApi:RestApi", "shop", name="shop"),
            made("aws:apigateway/resource:Resource", "orders", restApi="shop-id", parentId="root", pathPart="orders"),
            made(
                "aws:apigateway/method:Method",
                "get",
                restApi="shop-id",
                resourceId="orders-id",
                httpMethod="GET",
                authorization="AWS_IAM",
            ),
        ]

    def stage(self, name: str = "live", line: str = LOG, settings: Any = None) -> list[Resource]:
        whole = {"*/*": {"loggingLevel": "ERROR", "metricsEnabled": True, "dataTraceEnabled": False}}
        return [
            made(
                "aws:apigateway/stage:Stage",
                name,
                arn=ARN.replace("/live", f"/{name}"),
                restApi="shop-id",
                stageName=name,
                accessLogSettings={"destinationArn": GROUP + "x", "format": line},
            ),
            *(
                made(
                    "aws:apigateway/methodSettings:MethodSettings",
                    f"{name}-{path}",
                    restApi="shop-id",
                    stageName=name,
                    methodPath=path,
                    settings=values,
                )
                for path, values in (settings or whole).items()
            ),
        ]

    def acl(self, *rules: Any) -> list[Resource]:
        return [
            made(
                "aws:wafv2/webAcl:WebAcl",
                "shop",
                arn=ACL_ARN,
                name="shop",
                scope="REGIONAL",
                defaultAction={"allow": {}},
                rules=list(rules),
                visibilityConfig=VISIBLE,
            ),
            made("aws:wafv2/webAclAssociation:WebAclAssociation", "shop", resourceArn=ARN, webAclArn=ACL_ARN),
        ]

    def log(self, headers: tuple[str, ...]) -> Resource:
        return made(
            "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration",
            "shop",
            resourceArn=ACL_ARN,
            logDestinationConfigs=[GROUP + "aws-waf-logs-shop"],
            redactedFields=[{"singleHeader": {"name": each}} for each in headers],
        )

    def alarm(self, metric: str, **dimensions: str) -> Resource:
        return made(
            "aws:cloudwatch/metricAlarm:MetricAlarm",
            metric,
            namespace="AWS/ApiGateway",
            metricName=metric,
            dimensions=dimensions,
            statistic="Sum",
            alarmActions=["arn:aws:sns:eu-west-1:123456789012:x"],
        )

    def reply(self, headers: dict[str, str]) -> Resource:
        return made(
            "aws:apigateway/integrationResponse:IntegrationResponse",
            "get",
            restApi="shop-id",
            resourceId="orders-id",
            httpMethod="GET",
            statusCode="200",
            responseParameters=headers,
        )


@dataclass(frozen=True)
class Native:
    """The same parts as aws-native, and so CloudFormation, spells them."""

    name = "aws-native"

    def api(self) -> list[Resource]:
        integration = {"type": "HTTP_PROXY", "uri": "https://backend.example.com"}
        return [
            made("aws-native:apigateway:RestApi", "shop", ids={"restApiId": "shop-id"}, name="shop"),
            made(
                "aws-native:apigateway:Resource",
                "orders",
                ids={"resourceId": "orders-id"},
                restApiId="shop-id",
                parentId="root",
                pathPart="orders",
            ),
            made(
                "aws-native:apigateway:Method",
                "get",
                restApiId="shop-id",
                resourceId="orders-id",
                httpMethod="GET",
                authorizationType="AWS_IAM",
                integration=integration,
            ),
        ]

    def stage(self, name: str = "live", line: str = LOG, settings: Any = None) -> list[Resource]:
        whole = {"*/*": {"loggingLevel": "ERROR", "metricsEnabled": True, "dataTraceEnabled": False}}
        listed = [
            {"resourcePath": f"/{path.rpartition('/')[0]}", "httpMethod": path.rpartition("/")[2], **values}
            for path, values in (settings or whole).items()
        ]
        return [
            made(
                "aws-native:apigateway:Stage",
                name,
                restApiId="shop-id",
                stageName=name,
                accessLogSetting={"destinationArn": GROUP + "x", "format": line},
                methodSettings=listed,
            )
        ]

    def acl(self, *rules: Any) -> list[Resource]:
        visible = {"cloudWatchMetricsEnabled": True, "metricName": "shop", "sampledRequestsEnabled": False}
        spelled = [{**rule, "visibilityConfig": visible} for rule in rules]
        return [
            made(
                "aws-native:wafv2:WebAcl",
                "shop",
                arn=ACL_ARN,
                name="shop",
                scope="REGIONAL",
                defaultAction={"allow": {}},
                rules=spelled,
                visibilityConfig=visible,
            ),
            made("aws-native:wafv2:WebAclAssociation", "shop", resourceArn=ARN, webAclArn=ACL_ARN),
        ]

    def log(self, headers: tuple[str, ...]) -> Resource:
        return made(
            "aws-native:wafv2:LoggingConfiguration",
            "shop",
            resourceArn=ACL_ARN,
            logDestinationConfigs=[GROUP + "aws-waf-logs-shop"],
            redactedFields=[{"singleHeader": {"name": each}} for each in headers],
        )

    def alarm(self, metric: str, **dimensions: str) -> Resource:
        return made(
            "aws-native:cloudwatch:Alarm",
            metric,
            namespace="AWS/ApiGateway",
            metricName=metric,
            dimensions=[{"name": name, "value": value} for name, value in dimensions.items()],
            statistic="Sum",
            alarmActions=["arn:aws:sns:eu-west-1:123456789012:x"],
        )

    def reply(self, headers: dict[str, str]) -> Resource:
        return made(
            "aws-native:apigateway:Method",
            "put",
            restApiId="shop-id",
            resourceId="orders-id",
            httpMethod="PUT",
            authorizationType="AWS_IAM",
            integration={
                "type": "MOCK",
                "integrationResponses": [{"statusCode": "200", "responseParameters": headers}],
            },
        )


def rule(name: str, statement: Any, **more: Any) -> dict[str, Any]:
    return {"name": name, "priority": 1, "statement": statement, "visibilityConfig": VISIBLE, **more}


def common(override: str) -> dict[str, Any]:
    group = {"vendorName": "AWS", "name": "AWSManagedRulesCommonRuleSet"}
    return rule("common", {"managedRuleGroupStatement": group}, overrideAction={override: {}})


def rate(limit: int, action: str) -> dict[str, Any]:
    statement = {"rateBasedStatement": {"limit": limit, "aggregateKeyType": "IP"}}
    return rule("rate", statement, action={action: {}})


ORDERS = {"loggingLevel": "ERROR", "metricsEnabled": True, "dataTraceEnabled": False}
LEAKING = json.dumps({"id": "$context.requestId", "key": "$context.identity.apiKey", "c": "$context.authorizer.claims"})


def cors(origin: str) -> dict[str, str]:
    return {
        "method.response.header.Access-Control-Allow-Origin": f"'{origin}'",
        "method.response.header.Access-Control-Allow-Credentials": "'true'",
    }


def watched(p: Any, **dimensions: str) -> list[Resource]:
    return [p.alarm("5XXError", **dimensions), p.alarm("Latency", ApiName="shop", Stage="live")]


DEFECTS: dict[str, tuple[str, Any, Any]] = {
    "04-common-rules-in-count": (
        "waf-rule-groups-block",
        lambda p: p.acl(common("count")),
        lambda p: p.acl(common("none")),
    ),
    "05-rate-of-two-billion": (
        "waf-callers-rate-limited",
        lambda p: p.acl(rate(2_000_000_000, "block")),
        lambda p: p.acl(rate(1_000, "block")),
    ),
    "05-rate-in-count": (
        "waf-callers-rate-limited",
        lambda p: p.acl(rate(1_000, "count")),
        lambda p: p.acl(rate(1_000, "block")),
    ),
    "13-rest-alarm-by-id": (
        "observability-alarms-can-go-off",
        lambda p: watched(p, ApiId="shop-id", Stage="live"),
        lambda p: watched(p, ApiName="shop", Stage="live"),
    ),
    "13-stage-without-alarm": (
        "observability-stages-have-alarms",
        lambda p: watched(p, ApiId="shop-id", Stage="live"),
        lambda p: watched(p, ApiName="shop", Stage="live"),
    ),
    "17-every-origin-with-credentials": (
        "api-cors-credentials-named-origins",
        lambda p: [p.reply(cors("*"))],
        lambda p: [p.reply(cors("https://shop.example.com"))],
    ),
    "20-data-trace": (
        "observability-data-trace-disabled",
        lambda p: p.stage(settings={"*/*": {**ORDERS, "dataTraceEnabled": True}}),
        lambda p: p.stage(),
    ),
    "21-logs-of-one-path-alone": (
        "observability-execution-logs-enabled",
        lambda p: p.stage(settings={"orders/GET": ORDERS}),
        lambda p: p.stage(settings={"*/*": ORDERS}),
    ),
    "21-one-path-turned-off": (
        "observability-execution-logs-enabled",
        lambda p: p.stage(settings={"*/*": ORDERS, "orders/GET": {**ORDERS, "loggingLevel": "OFF"}}),
        lambda p: p.stage(settings={"*/*": ORDERS, "orders/GET": ORDERS}),
    ),
    "22-access-log-with-key-and-claims": (
        "observability-access-logs-without-secrets",
        lambda p: p.stage(line=LEAKING),
        lambda p: p.stage(),
    ),
    "23-second-stage-bare": (
        "waf-stages-have-web-acl",
        lambda p: [*p.acl(rate(1_000, "block")), *p.stage("test")],
        lambda p: p.acl(rate(1_000, "block")),
    ),
    "30-web-acl-log-unredacted": (
        "waf-logs-redacted",
        lambda p: [*p.acl(), p.log(())],
        lambda p: [*p.acl(), p.log(REDACTED)],
    ),
}


def found(provider: Any, policy_id: str, parts: Any) -> list[str]:
    own = parts(provider)
    live = [] if any(each.urn.endswith("Stage::live") for each in own) else provider.stage()
    report = evaluate(Graph([*provider.api(), *live, *own]))
    assert policy_id in {check.policy for check in report.checks}
    return [each.status.value for each in report.findings if each.policy == policy_id]


@pytest.mark.parametrize("provider", [Classic(), Native()], ids=lambda each: each.name)
@pytest.mark.parametrize(("policy_id", "defect", "mended"), DEFECTS.values(), ids=DEFECTS)
def test_a_defect_is_found_by_its_rule_and_gone_when_mended(provider, policy_id, defect, mended):
    assert found(provider, policy_id, defect) == [Status.VIOLATION.value]
    assert found(provider, policy_id, mended) == []


CLASSIC = Classic()
SOUND: dict[str, tuple[str, list[Resource]]] = {
    # CKV2_AWS_77 fails every stage whose web ACL is in another stack.
    "acl-of-another-stack": ("waf-stages-have-web-acl", CLASSIC.acl(rate(1_000, "block"))[1:]),
    # AWSGuard and AWS Config want a cache, and fail where there is none.
    "no-cache": ("api-response-cache-encrypted", []),
    # cdk-nag's APIG2 and CKV2_AWS_53 want a validator on every method, preflights included.
    "no-validator": ("api-requests-validated", []),
    # JSON.parse on the format fails numbers without quotes.
    "unquoted-number": ("observability-access-logs-structured", CLASSIC.stage(line='{"status": $context.status}')),
    # A key's id is no key.
    "key-id": ("observability-access-logs-without-secrets", CLASSIC.stage(line='{"k": "$context.identity.apiKeyId"}')),
    # Deployments fail without the account's role, but another stack may set it.
    "no-account": ("observability-logging-role-set", []),
    # KICS reads method settings as a map alone.
    "settings-as-list": ("observability-execution-logs-enabled", CLASSIC.stage(settings={"*/*": [ORDERS]})),
}


@pytest.mark.parametrize(("policy_id", "parts"), SOUND.values(), ids=SOUND)
def test_what_others_cry_wolf_about_passes(policy_id, parts):
    assert found(CLASSIC, policy_id, lambda _: parts) == []


MISSED: dict[str, tuple[str, list[Resource]]] = {
    # HashiCorp's rule walks associations, and passes a stage that has none.
    "no-association-at-all": ("waf-stages-have-web-acl", []),
    # CKV_AWS_342 takes a managed group for an action, whatever its override.
    "counting-group": ("waf-web-acls-block", CLASSIC.acl(common("count"))),
    # cfn-guard's rule for WAF logs is an empty file.
    "no-waf-log": ("waf-logging-enabled", CLASSIC.acl(rate(1_000, "block"))),
}


@pytest.mark.parametrize(("policy_id", "parts"), MISSED.values(), ids=MISSED)
def test_what_others_miss_is_found(policy_id, parts):
    assert found(CLASSIC, policy_id, lambda _: parts) == [Status.VIOLATION.value]
