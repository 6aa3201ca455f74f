"""Parts of a gateway: `Classic` and `classic_*` as pulumi-aws declares them, `Native` and `native_*` as aws-native."""

import json
from dataclasses import dataclass
from typing import Any

from graphs import ACL_ARN, ARN, LOG, VISIBLE, made, policy_document
from native_graphs import native

from policypack.evaluation.evaluate import evaluate
from policypack.graph.graph import Graph, Resource

LOG_GROUP = "arn:aws:logs:eu-west-1:123456789012:log-group:"


def classic_api(*statements, kind="REGIONAL", **more):
    given = {"policy": json.dumps(policy_document(*statements))} if statements else {}
    types = {"types": kind}
    return made("apigateway/restApi:RestApi", "shop", name="shop", endpointConfiguration=types, **given, **more)


def native_api(*statements, kind="REGIONAL", **more):
    given = {"policy": policy_document(*statements)} if statements else {}
    types = {"types": [kind]}
    outputs = {"restApiId": "shop-id"}
    return native(
        "apigateway:RestApi", "shop", outputs=outputs, name="shop", endpointConfiguration=types, **given, **more
    )


CLASSIC_PATH = made("apigateway/resource:Resource", "orders", restApi="shop-id", parentId="root", pathPart="orders")


def classic_method(uri):
    place = {"restApi": "shop-id", "resourceId": "orders-id", "httpMethod": "GET"}
    return [
        CLASSIC_PATH,
        made("apigateway/method:Method", "m", **place, authorization="AWS_IAM"),
        made("apigateway/integration:Integration", "i", **place, type="HTTP_PROXY", uri=uri),
    ]


def native_method(uri):
    given = {"type": "HTTP_PROXY", "uri": uri, "integrationHttpMethod": "GET"}
    place = {"restApiId": "shop-id", "resourceId": "orders-id", "httpMethod": "GET"}
    return [native("apigateway:Method", "m", **place, authorizationType="AWS_IAM", integration=given)]


@dataclass(frozen=True)
class Classic:
    """Parts of a gateway as pulumi-aws spells them."""

    name = "aws"

    def api(self) -> list[Resource]:
        return [
            made("apigateway/restApi:RestApi", "shop", name="shop"),
            made("apigateway/resource:Resource", "orders", restApi="shop-id", parentId="root", pathPart="orders"),
            made(
                "apigateway/method:Method",
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
                "apigateway/stage:Stage",
                name,
                arn=ARN.replace("/live", f"/{name}"),
                restApi="shop-id",
                stageName=name,
                accessLogSettings={"destinationArn": LOG_GROUP + "x", "format": line},
            ),
            *(
                made(
                    "apigateway/methodSettings:MethodSettings",
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
                "wafv2/webAcl:WebAcl",
                "shop",
                arn=ACL_ARN,
                name="shop",
                scope="REGIONAL",
                defaultAction={"allow": {}},
                rules=list(rules),
                visibilityConfig=VISIBLE,
            ),
            made("wafv2/webAclAssociation:WebAclAssociation", "shop", resourceArn=ARN, webAclArn=ACL_ARN),
        ]

    def log(self, headers: tuple[str, ...]) -> Resource:
        return made(
            "wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration",
            "shop",
            resourceArn=ACL_ARN,
            logDestinationConfigs=[LOG_GROUP + "aws-waf-logs-shop"],
            redactedFields=[{"singleHeader": {"name": each}} for each in headers],
        )

    def alarm(self, metric: str, **dimensions: str) -> Resource:
        return made(
            "cloudwatch/metricAlarm:MetricAlarm",
            metric,
            namespace="AWS/ApiGateway",
            metricName=metric,
            dimensions=dimensions,
            statistic="Sum",
            alarmActions=["arn:aws:sns:eu-west-1:123456789012:x"],
        )

    def reply(self, headers: dict[str, str]) -> Resource:
        return made(
            "apigateway/integrationResponse:IntegrationResponse",
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
            native("apigateway:RestApi", "shop", outputs={"restApiId": "shop-id"}, name="shop"),
            native(
                "apigateway:Resource",
                "orders",
                outputs={"resourceId": "orders-id"},
                restApiId="shop-id",
                parentId="root",
                pathPart="orders",
            ),
            native(
                "apigateway:Method",
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
            native(
                "apigateway:Stage",
                name,
                restApiId="shop-id",
                stageName=name,
                accessLogSetting={"destinationArn": LOG_GROUP + "x", "format": line},
                methodSettings=listed,
            )
        ]

    def acl(self, *rules: Any) -> list[Resource]:
        visible = {"cloudWatchMetricsEnabled": True, "metricName": "shop", "sampledRequestsEnabled": False}
        spelled = [{**rule, "visibilityConfig": visible} for rule in rules]
        return [
            native(
                "wafv2:WebAcl",
                "shop",
                outputs={"arn": ACL_ARN},
                name="shop",
                scope="REGIONAL",
                defaultAction={"allow": {}},
                rules=spelled,
                visibilityConfig=visible,
            ),
            native("wafv2:WebAclAssociation", "shop", resourceArn=ARN, webAclArn=ACL_ARN),
        ]

    def log(self, headers: tuple[str, ...]) -> Resource:
        return native(
            "wafv2:LoggingConfiguration",
            "shop",
            resourceArn=ACL_ARN,
            logDestinationConfigs=[LOG_GROUP + "aws-waf-logs-shop"],
            redactedFields=[{"singleHeader": {"name": each}} for each in headers],
        )

    def alarm(self, metric: str, **dimensions: str) -> Resource:
        return native(
            "cloudwatch:Alarm",
            metric,
            namespace="AWS/ApiGateway",
            metricName=metric,
            dimensions=[{"name": name, "value": value} for name, value in dimensions.items()],
            statistic="Sum",
            alarmActions=["arn:aws:sns:eu-west-1:123456789012:x"],
        )

    def reply(self, headers: dict[str, str]) -> Resource:
        return native(
            "apigateway:Method",
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


CLASSIC = Classic()
PROVIDERS = [Classic(), Native()]


def statuses_with(provider: Any, policy_id: str, parts: Any) -> list[str]:
    own = parts(provider)
    live = [] if any(each.urn.endswith("Stage::live") for each in own) else provider.stage()
    report = evaluate(Graph([*provider.api(), *live, *own]))
    assert policy_id in {check.policy for check in report.checks}
    return [each.status.value for each in report.findings if each.policy == policy_id]


BARE_NATIVE_API = native("apigateway:RestApi", "shop", outputs={"restApiId": "shop-id"}, name="shop")
