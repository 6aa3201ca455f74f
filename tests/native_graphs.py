"""The small sound gateway of `graphs`, as aws-native declares it."""

from graphs import ACL_ARN, ARN, BAD_INPUTS, BLOCKING, COMMON, EVERYTHING, LOG, OFFICE, URN, VISIBLE

from policypack.evaluation.evaluate import evaluate
from policypack.graph.graph import Graph, Resource


def native(type_, label, /, *, id_=None, edges=(), outputs=None, **inputs):
    return Resource(
        urn=f"{URN}aws-native:{type_}::{label}",
        type=f"aws-native:{type_}",
        name=label,
        id=f"{label}-id" if id_ is None else id_,
        inputs={key: item for key, item in inputs.items() if item is not None},
        outputs=outputs or {},
        property_dependencies={key: frozenset({target.urn}) for key, target in edges},
    )


def api(**inputs):
    kept = {
        "name": "shop",
        "policy": {"Version": "2012-10-17", "Statement": [EVERYTHING, OFFICE]},
        "securityPolicy": "TLS_1_2",
    }
    return native("apigateway:RestApi", "shop", outputs={"restApiId": "shop-id"}, **{**kept, **inputs})


PATH = native(
    "apigateway:Resource",
    "orders",
    id_="shop-id|orders-id",
    outputs={"resourceId": "orders-id"},
    restApiId="shop-id",
    parentId="root",
    pathPart="orders",
)


def method(verb="GET", authorization="AWS_IAM", **inputs):
    return native(
        "apigateway:Method",
        f"orders-{verb.lower()}",
        restApiId="shop-id",
        resourceId="orders-id",
        httpMethod=verb,
        authorizationType=authorization,
        **inputs,
    )


def stage(name="live", **inputs):
    kept = {
        "restApiId": "shop-id",
        "stageName": name,
        "tracingEnabled": True,
        "accessLogSetting": {"destinationArn": "arn:aws:logs:eu-west-1:123456789012:log-group:x", "format": LOG},
        "methodSettings": [
            {
                "httpMethod": "*",
                "resourcePath": "/*",
                "metricsEnabled": True,
                "loggingLevel": "ERROR",
                "throttlingRateLimit": 100,
                "throttlingBurstLimit": 200,
            }
        ],
    }
    return native("apigateway:Stage", name, **{**kept, **inputs})


def alarm(metric, namespace="AWS/ApiGateway", **dimensions):
    watched = dimensions or {"ApiName": "shop", "Stage": "live"}
    return native(
        "cloudwatch:Alarm",
        metric,
        alarmName=metric,
        namespace=namespace,
        metricName=metric,
        dimensions=[{"name": name, "value": value} for name, value in watched.items()],
        statistic="Sum",
        comparisonOperator="GreaterThanThreshold",
        threshold=5,
        period=300,
        alarmActions=["arn:aws:sns:eu-west-1:123456789012:trouble"],
    )


SOUND = {
    "api": api(),
    "path": PATH,
    "method": method(integration={"type": "AWS_PROXY", "integrationHttpMethod": "POST"}),
    "stage": stage(),
    "acl": native(
        "wafv2:WebAcl",
        "shop",
        name="shop",
        outputs={"arn": ACL_ARN},
        scope="REGIONAL",
        defaultAction={"allow": {}},
        visibilityConfig=VISIBLE,
        rules=[BLOCKING, COMMON, BAD_INPUTS],
    ),
    "acl_log": native(
        "wafv2:LoggingConfiguration",
        "shop",
        resourceArn=ACL_ARN,
        logDestinationConfigs=["arn:aws:logs:eu-west-1:123456789012:log-group:aws-waf-logs-shop"],
        redactedFields=[{"singleHeader": {"name": name}} for name in ("authorization", "cookie", "x-api-key")],
    ),
    "association": native("wafv2:WebAclAssociation", "shop", resourceArn=ARN, webAclArn=ACL_ARN),
    "errors": alarm("5XXError"),
    "latency": alarm("Latency"),
    "blocked": alarm("BlockedRequests", "AWS/WAFV2", WebACL="shop", Rule="ALL", Region="eu-west-1"),
}


def evaluated(*more, **parts):
    """The report on the gateway with parts replaced (or, for None, left out), and more resources next to it."""
    return evaluate(Graph([each for each in {**SOUND, **parts}.values() if each is not None] + list(more)))


def outcome(report):
    return {(each.policy, each.status.value): each.message for each in report.findings}


def native_statuses(policy_id, *more, **parts):
    """The same as `graphs.statuses`, of the gateway that aws-native declares."""
    return [each.status.value for each in evaluated(*more, **parts).findings if each.policy == policy_id]
