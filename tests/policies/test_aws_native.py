"""aws-native resources are evaluated as those of pulumi-aws are, and findings point at them."""

from dataclasses import replace

import pytest
from graphs import EVERYTHING, changed
from native_graphs import api, evaluated, method, native, outcome, stage

from policypack.evaluation.evaluate import evaluate
from policypack.graph.graph import Graph
from policypack.graph.normalised import normalised
from policypack.graph.values import UNKNOWN


def test_the_sound_gateway_keeps_every_promise_whichever_provider_declares_it():
    assert outcome(evaluated()) == outcome(evaluate(Graph(changed())))


SAME_FLAW = {
    "open-method": ({"method": method(authorization="NONE")}, "auth-methods-authenticated"),
    "key-alone": ({"method": method(authorization="NONE", apiKeyRequired=True)}, "auth-keys-never-standalone"),
    "body": ({"api": api(body={"openapi": "3.0.1", "paths": {"/x": {"get": {}}}})}, "auth-methods-authenticated"),
    "unlimited": ({"stage": stage(methodSettings=None)}, "keys-stages-throttled"),
    "no-access-log": ({"stage": stage(accessLogSetting=None)}, "observability-access-logs-enabled"),
    "no-acl": ({"association": None}, "waf-stages-have-web-acl"),
    "open-policy": ({"api": api(policy={"Statement": [EVERYTHING]})}, "network-callers-restricted"),
}


@pytest.mark.parametrize(("parts", "policy"), SAME_FLAW.values(), ids=SAME_FLAW)
def test_flaws_are_found_and_point_at_the_native_resource(parts, policy):
    found = [each for each in evaluated(**parts).findings if each.policy == policy]

    assert [each.status.value for each in found] == ["violation"]
    assert all("::aws-native:" in each.urn for each in found)


def test_the_integration_inside_a_method_makes_a_preflight():
    preflight = method("OPTIONS", "NONE", integration={"type": "MOCK"})

    assert outcome(evaluated(preflight)) == outcome(evaluated())


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
    "another-kind": (
        native("ecr:Repository", "r", repositoryName="r"),
        "aws-native:ecr:Repository",
        {"repositoryName": "r"},
    ),
}


@pytest.mark.parametrize(("resource", "type_", "inputs"), SHAPES.values(), ids=SHAPES)
def test_shapes_become_those_of_pulumi_aws(resource, type_, inputs):
    (twin,) = normalised(Graph([resource])).resources

    assert (twin.urn, twin.type, twin.inputs) == (resource.urn, type_, inputs)


def test_edges_and_ignored_changes_follow_their_properties():
    group = native("logs:LogGroup", "g")
    declared = replace(stage(edges=[("accessLogSetting", group)]), ignore_changes=("accessLogSetting.format",))
    (twin,) = normalised(Graph([declared])).resources

    assert twin.property_dependencies == {"accessLogSettings": frozenset({group.urn})}
    assert twin.ignore_changes == ("accessLogSetting.format",)  # as the program says it
    assert twin.declared_as["accessLogSetting"] == {"accessLogSetting", "accessLogSettings"}


def test_a_graph_without_native_resources_stays_itself():
    graph = Graph(changed())

    assert normalised(graph) is graph


def test_spellings_of_cloudformation_are_read():
    """Readers know the names of pulumi-aws only; those of CloudFormation are translated."""
    overrides = {"stageVariableOverrides": {"db_password": "hunter2hunter2"}}
    metric = {"metric": {"namespace": "AWS/ApiGateway", "metricName": "5XXError"}, "stat": "Sum", "period": 300}
    computed = native(
        "cloudwatch:Alarm",
        "computed",
        alarmName="computed",
        comparisonOperator="GreaterThanThreshold",
        threshold=-1,
        metrics=[{"id": "errors", "metricStat": metric}],
    )
    account = native("apigateway:Account", "account", cloudWatchRoleArn="")

    found = outcome(evaluated(account, computed, stage=stage(canarySetting=overrides, tracingEnabled=False)))

    assert ("observability-logging-role-set", "violation") in found
    assert ("auth-stage-variables-without-secrets", "violation") in found
    assert ("observability-xray-enabled", "violation") in found
    assert any("computed" in message for message in found.values())
