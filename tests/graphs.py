"""A small gateway made of plain pulumi-aws resources that keeps every promise; tests change one part of it."""

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any

from policypack.evaluation.evaluate import evaluate
from policypack.graph.graph import Graph, Resource
from policypack.model.findings import Status

URN = "urn:pulumi:dev::shop::"
ARN = "arn:aws:apigateway:eu-west-1::/restapis/shop-id/stages/live"
ACL_ARN = "arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/shop/1"
LOG = json.dumps(
    {
        "id": "$context.requestId",
        "ip": "$context.identity.sourceIp",
        "user": "$context.identity.userArn",
        "status": "$context.status",
        "waf": "$context.wafResponseCode",
        "refused": "$context.authorizer.error",
    }
)
EVERYTHING = {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*"}
OFFICE = {**EVERYTHING, "Effect": "Deny", "Condition": {"NotIpAddress": {"aws:SourceIp": ["203.0.113.0/24"]}}}


def made(
    type_: str, label: str, /, *, id_: Any = "", edges: Iterable[tuple[str, Resource]] = (), **inputs: Any
) -> Resource:
    """A resource of `aws:<type>`; `edges` are inputs computed from other resources."""
    outputs = {key: inputs.pop(key) for key in ("arn",) if key in inputs}
    return Resource(
        urn=f"{URN}aws:{type_}::{label}",
        type=f"aws:{type_}",
        name=label,
        id=id_ or f"{label}-id",
        inputs=inputs,
        outputs=outputs,
        property_dependencies={key: frozenset({target.urn}) for key, target in edges},
    )


def policy_document(*statements: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def policy(*statements: Any) -> str:
    return json.dumps(policy_document(*statements))


def api(**inputs: Any) -> Resource:
    kept = {"name": "shop", "policy": policy(EVERYTHING, OFFICE), "securityPolicy": "TLS_1_2"}
    given = {key: item for key, item in {**kept, **inputs}.items() if item is not None}
    return made("apigateway/restApi:RestApi", "shop", **given)


PATH = made("apigateway/resource:Resource", "orders", restApi="shop-id", parentId="root", pathPart="orders")


def method(verb: str = "GET", authorization: Any = "AWS_IAM", **inputs: Any) -> Resource:
    return made(
        "apigateway/method:Method",
        f"orders-{verb.lower()}",
        restApi="shop-id",
        resourceId="orders-id",
        httpMethod=verb,
        authorization=authorization,
        **inputs,
    )


def integration(verb: str, kind: str = "AWS_PROXY") -> Resource:
    return made(
        "apigateway/integration:Integration",
        f"orders-{verb.lower()}",
        restApi="shop-id",
        resourceId="orders-id",
        httpMethod=verb,
        type=kind,
    )


def stage(name: Any = "live", **inputs) -> Resource:
    kept = {
        "restApi": "shop-id",
        "stageName": name,
        "arn": ARN.replace("/live", f"/{name}"),
        "xrayTracingEnabled": True,
        "accessLogSettings": {"destinationArn": "arn:aws:logs:eu-west-1:123456789012:log-group:x", "format": LOG},
    }
    given = {key: item for key, item in {**kept, **inputs}.items() if item is not None}
    return made("apigateway/stage:Stage", name if isinstance(name, str) else "live", **given)


def usage_plan() -> Resource:
    stages = [{"apiId": "shop-id", "stage": "live"}]
    limits = {"rateLimit": 5, "burstLimit": 5}
    return made("apigateway/usagePlan:UsagePlan", "gold", apiStages=stages, throttleSettings=limits)


def settings(path: str = "*/*", stage_name: Any = "live", **changes: Any) -> Resource:
    kept = {
        "metricsEnabled": True,
        "loggingLevel": "ERROR",
        "dataTraceEnabled": False,
        "throttlingRateLimit": 100,
        "throttlingBurstLimit": 200,
    }
    values = {
        key: item for key, item in ({**kept, **changes} if path == "*/*" else changes).items() if item is not None
    }
    return made(
        "apigateway/methodSettings:MethodSettings",
        f"{stage_name}-{path}",
        restApi="shop-id",
        stageName=stage_name,
        methodPath=path,
        settings=values,
    )


ORDERS_FUNCTION = made(
    "lambda/function:Function", "orders", arn="arn:aws:lambda:eu-west-1:123456789012:function:orders"
)


def permission_for(principal: Any, **inputs) -> Resource:
    """The permission to call `ORDERS_FUNCTION`."""
    given = {"function": "orders-id", "action": "lambda:InvokeFunction", "principal": principal, **inputs}
    return made("lambda/permission:Permission", "orders", **given)


VISIBLE = {"cloudwatchMetricsEnabled": True, "metricName": "shop", "sampledRequestsEnabled": False}


def waf_rule(name: str, statement: Any, **more: Any) -> dict[str, Any]:
    """A rule of a web ACL; blocks unless told otherwise."""
    action = {} if "overrideAction" in more else {"action": {"block": {}}}
    return {"name": name, "priority": 0, "statement": statement, "visibilityConfig": VISIBLE, **action, **more}


def managed(name: str, **more: Any) -> dict[str, Any]:
    """A rule that asks a managed group and lets it decide."""
    group = {"name": name, "vendorName": "AWS", **more.pop("group", {})}
    return waf_rule(
        name, {"managedRuleGroupStatement": group}, **{"priority": 10, "overrideAction": {"none": {}}, **more}
    )


BLOCKING = waf_rule("rate", {"rateBasedStatement": {"limit": 1000, "aggregateKeyType": "IP"}})
COMMON, BAD_INPUTS = managed("AWSManagedRulesCommonRuleSet"), managed("AWSManagedRulesKnownBadInputsRuleSet")


def web_acl(*rules: Any, **inputs: Any) -> Resource:
    kept = {"name": "shop", "arn": ACL_ARN, "scope": "REGIONAL", "defaultAction": {"allow": {}}}
    given = {**kept, "visibilityConfig": VISIBLE, "rules": list(rules), **inputs}
    return made("wafv2/webAcl:WebAcl", "shop", **given)


def waf_log(*, edges: Iterable[tuple[str, Resource]] = (), **inputs) -> Resource:
    kept = {
        "resourceArn": ACL_ARN,
        "logDestinationConfigs": ["arn:aws:logs:eu-west-1:123456789012:log-group:aws-waf-logs-shop"],
        "redactedFields": [{"singleHeader": {"name": name}} for name in ("authorization", "cookie", "x-api-key")],
    }
    return made(
        "wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration", "shop", edges=edges, **{**kept, **inputs}
    )


def association(resource: Any = ARN, acl: Any = ACL_ARN, **more: Any) -> Resource:
    return made("wafv2/webAclAssociation:WebAclAssociation", "shop", resourceArn=resource, webAclArn=acl, **more)


def alarm(metric: str, **inputs: Any) -> Resource:
    kept = {
        "namespace": "AWS/ApiGateway",
        "metricName": metric,
        "dimensions": {"ApiName": "shop", "Stage": "live"},
        "statistic": "Sum",
        "comparisonOperator": "GreaterThanThreshold",
        "threshold": 5,
        "period": 300,
        "alarmActions": ["arn:aws:sns:eu-west-1:123456789012:trouble"],
    }
    return made("cloudwatch/metricAlarm:MetricAlarm", metric, **{**kept, **inputs})


def domain(name: str = "api.example.com", **inputs: Any) -> Resource:
    return made("apigateway/domainName:DomainName", name, domainName=name, **inputs)


def mapping(name: str = "api.example.com") -> Resource:
    return made("apigateway/basePathMapping:BasePathMapping", name, restApi="shop-id", domainName=name)


def sound() -> dict[str, Resource]:
    """Every part of the gateway, by what it is."""
    return {
        "api": api(),
        "path": PATH,
        "method": method(),
        "stage": stage(),
        "settings": settings(),
        "acl": web_acl(BLOCKING, COMMON, BAD_INPUTS),
        "acl_log": waf_log(),
        "association": association(),
        "errors": alarm("5XXError"),
        "latency": alarm("Latency"),
        "blocked": alarm(
            "BlockedRequests",
            namespace="AWS/WAFV2",
            dimensions={"WebACL": "shop", "Rule": "ALL", "Region": "eu-west-1"},
        ),
    }


def changed(*more: Resource, **parts: Resource | None) -> list[Resource]:
    """The sound gateway with parts replaced (or, for None, left out), and more resources beside it."""
    return [each for each in {**sound(), **parts}.values() if each is not None] + list(more)


def findings(policy_id: str, resources: Iterable[Resource], **config) -> list[tuple[str, str]]:
    """The verdicts of one policy that somebody must read: status and message."""
    report = evaluate(Graph(resources), {policy_id: config} if config else None)
    assert policy_id in {check.policy for check in report.checks}
    repeated = [key for key, count in Counter(each.identity for each in report.findings).items() if count > 1]
    assert not repeated, repeated
    return [(each.status.value, each.message) for each in report.findings if each.policy == policy_id]


def statuses(policy_id: str, resources: Iterable[Resource], **config) -> list[str]:
    """Their statuses alone."""
    return [status for status, _ in findings(policy_id, resources, **config)]


VIOLATION, UNDECIDED = Status.VIOLATION.value, Status.UNDECIDED.value
