"""What aws-native declares is judged as what pulumi-aws declares, and findings point at it."""

from dataclasses import replace

import pytest
from graphs import ACL_ARN, ARN, BAD_INPUTS, BLOCKING, COMMON, EVERYTHING, LOG, OFFICE, URN, VISIBLE, changed

from policypack.graph import UNKNOWN, Graph, Resource
from policypack.judge import judge
from policypack.native import translated


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


def judged(*more, **parts):
    return judge(Graph([each for each in {**SOUND, **parts}.values() if each is not None] + list(more)))


def outcome(report):
    return {(each.policy, each.status.value): each.message for each in report.findings}


def test_the_sound_gateway_keeps_every_promise_whichever_provider_declares_it():
    assert outcome(judged()) == outcome(judge(Graph(changed())))


SAME_FLAW = {
    "open-method": ({"method": method(authorization="NONE")}, "auth-methods-authenticated"),
    "key-alone": ({"method": method(authorization="NONE", apiKeyRequired=True)}, "auth-keys-never-standalone"),
    "body": ({"api": api(body={"openapi": "3.0.1", "paths": {"/x": {"get": {}}}})}, "auth-methods-authenticated"),
    "unlimited": ({"stage": stage(methodSettings=None)}, "keys-stages-throttled"),
    "no-access-log": ({"stage": stage(accessLogSetting=None)}, "observability-access-logged"),
    "no-acl": ({"association": None}, "waf-stages-behind-acl"),
    "open-policy": ({"api": api(policy={"Statement": [EVERYTHING]})}, "network-callers-restricted"),
}


@pytest.mark.parametrize(("parts", "policy"), SAME_FLAW.values(), ids=SAME_FLAW)
def test_flaws_are_found_and_point_at_the_native_resource(parts, policy):
    found = [each for each in judged(**parts).findings if each.policy == policy]

    assert [each.status.value for each in found] == ["violation"]
    assert all("::aws-native:" in each.urn for each in found)


def test_a_body_in_a_bucket_is_undecided():
    found = outcome(judged(api=api(bodyS3Location={"bucket": "b", "key": "k"}), method=None))

    assert ("auth-methods-authenticated", "undecided") in found


def test_references_known_by_edges_alone_are_followed():
    guarded = method(authorization="CUSTOM", authorizerId=UNKNOWN)
    tokens = native("apigateway:Authorizer", "tokens", restApiId="shop-id", type="TOKEN", id_=UNKNOWN)
    guarded = replace(guarded, property_dependencies={"authorizerId": frozenset({tokens.urn})})

    assert ("auth-authorizers-used", "violation") not in outcome(judged(tokens, method=guarded))


def test_the_integration_inside_a_method_makes_a_preflight():
    preflight = method("OPTIONS", "NONE", integration={"type": "MOCK"})

    assert outcome(judged(preflight)) == outcome(judged())


SHAPES = {
    "usage-plan": (
        native(
            "apigateway:UsagePlan",
            "gold",
            usagePlanName="gold",
            quota={"limit": 1},
            throttle={"rateLimit": 1},
            apiStages=[{"apiId": "a", "stage": "s", "throttle": {"/x/GET": {"rateLimit": 2}}}],
        ),
        "aws:apigateway/usagePlan:UsagePlan",
        {
            "name": "gold",
            "quotaSettings": {"limit": 1},
            "throttleSettings": {"rateLimit": 1},
            "apiStages": [
                {
                    "apiId": "a",
                    "stage": "s",
                    "throttle": {"/x/GET": {"rateLimit": 2}},
                    "throttles": [{"path": "/x/GET", "rateLimit": 2}],
                }
            ],
        },
    ),
    "unknown-plan": (
        native("apigateway:UsagePlan", "gold", apiStages=UNKNOWN, throttle=UNKNOWN),
        "aws:apigateway/usagePlan:UsagePlan",
        {"apiStages": UNKNOWN, "throttleSettings": UNKNOWN},
    ),
    "deployment-with-a-stage": (
        native(
            "apigateway:Deployment",
            "first",
            restApiId="a",
            stageName="live",
            stageDescription={"tracingEnabled": True, "loggingLevel": "ERROR", "throttlingRateLimit": 5},
        ),
        "aws:apigateway/deployment:Deployment",
        {
            "restApi": "a",
            "stageName": "live",
            "xrayTracingEnabled": True,
            "loggingLevel": "ERROR",
            "throttlingRateLimit": 5,
            "methodSettings": [
                {"resourcePath": "/*", "httpMethod": "*", "loggingLevel": "ERROR", "throttlingRateLimit": 5}
            ],
        },
    ),
    "key": (native("apigateway:ApiKey", "acme"), "aws:apigateway/apiKey:ApiKey", {"enabled": False}),
    "user-pool": (
        native("cognito:UserPool", "users", policies={"passwordPolicy": {"minimumLength": 8}}),
        "aws:cognito/userPool:UserPool",
        {"passwordPolicy": {"minimumLength": 8}},
    ),
    "authorizer-2": (
        native(
            "apigatewayv2:Authorizer", "jwt", identitySource=["$x"], jwtConfiguration={"audience": ["a"], "issuer": "i"}
        ),
        "aws:apigatewayv2/authorizer:Authorizer",
        {"identitySources": ["$x"], "jwtConfiguration": {"audiences": ["a"], "issuer": "i"}},
    ),
    "stage-2": (
        native("apigatewayv2:Stage", "s", stageName="$default"),
        "aws:apigatewayv2/stage:Stage",
        {"name": "$default"},
    ),
    "bucket": (
        native("s3:Bucket", "b", bucketName="b", versioningConfiguration={"status": "Suspended"}),
        "aws:s3/bucket:Bucket",
        {"bucket": "b", "versioning": {"enabled": False}},
    ),
    "distribution": (
        native(
            "cloudfront:Distribution",
            "front",
            distributionConfig={
                "webAclId": "acl",
                "origins": [
                    {"id": "o", "domainName": "d", "originCustomHeaders": [{"headerName": "n", "headerValue": "v"}]}
                ],
            },
        ),
        "aws:cloudfront/distribution:Distribution",
        {
            "webAclId": "acl",
            "origins": [{"originId": "o", "domainName": "d", "customHeaders": [{"name": "n", "value": "v"}]}],
        },
    ),
    "log-group": (
        native("logs:LogGroup", "g", logGroupName="g", retentionInDays=7),
        "aws:cloudwatch/logGroup:LogGroup",
        {"name": "g", "retentionInDays": 7},
    ),
    "another-kind": (native("sns:Topic", "t", topicName="t"), "aws-native:sns:Topic", {"topicName": "t"}),
}


@pytest.mark.parametrize(("resource", "type_", "inputs"), SHAPES.values(), ids=SHAPES)
def test_shapes_become_those_of_pulumi_aws(resource, type_, inputs):
    (twin,) = translated(Graph([resource])).resources

    assert (twin.urn, twin.type, twin.inputs) == (resource.urn, type_, inputs)


def test_edges_and_ignored_changes_follow_their_properties():
    group = native("logs:LogGroup", "g")
    declared = replace(stage(edges=[("accessLogSetting", group)]), ignore_changes=("accessLogSetting.format",))
    (twin,) = translated(Graph([declared])).resources

    assert twin.property_dependencies == {"accessLogSettings": frozenset({group.urn})}
    assert twin.ignore_changes == ("accessLogSettings.format",)


def test_a_graph_without_native_resources_stays_itself():
    graph = Graph(changed())

    assert translated(graph) is graph
