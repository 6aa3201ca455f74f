"""What the pack cannot read is undecided in the layers that it may change, and never passes in silence."""

from dataclasses import replace

import native_graphs
import pytest
from graphs import (
    ARN,
    UNDECIDED,
    VIOLATION,
    api,
    association,
    changed,
    findings,
    integration,
    made,
    mapping,
    method,
    policy,
    settings,
    sound,
    stage,
    statuses,
    web_acl,
)
from graphs import EVERYTHING as EVERYBODY
from native_graphs import native

from policypack.evaluation.evaluate import evaluate
from policypack.graph.graph import Graph
from policypack.graph.values import UNKNOWN
from policypack.model.findings import Status

ELSEWHERE = "z9y8x7w6v5"
HTTP = made("apigatewayv2/api:Api", "web", id_="web-id", name="web", protocolType="HTTP")


def undecided(resources):
    """Layer and message of what the pack could not read."""
    report = evaluate(Graph(resources))
    read = [each for each in report.findings if each.policy.endswith("-everything-read")]
    assert {each.status for each in read} <= {Status.UNDECIDED}
    return {(each.layer, each.message) for each in read}


def layers(resources):
    return {layer for layer, _ in undecided(resources)}


def plan(stage_name="live", api_id="shop-id"):
    return made(
        "apigateway/usagePlan:UsagePlan",
        "plan",
        apiStages=[{"apiId": api_id, "stage": stage_name}],
        throttleSettings={"rateLimit": 10, "burstLimit": 5},
    )


def api_mapping(stage_name="live", api_id="shop-id"):
    return made(
        "apigatewayv2/apiMapping:ApiMapping", "map", apiId=api_id, domainName="api.example.com", stage=stage_name
    )


def routing_rule(stage_name="live", api_id="shop-id"):
    invoke = {"invokeApi": {"apiId": api_id, "stage": stage_name}}
    return made("apigatewayv2/routingRule:RoutingRule", "rule", actions=[invoke], priority=1)


def base_path(stage_name="live", api_id="shop-id"):
    given = {**mapping().inputs, "restApi": api_id, "stageName": stage_name}
    return replace(mapping(), inputs=given)


def agent_target(stage_name="live", api_id="shop-id"):
    configuration = {"mcp": {"apiGateway": {"restApiId": api_id, "stage": stage_name}}}
    return made("bedrock/agentcoreGatewayTarget:AgentcoreGatewayTarget", "tool", targetConfiguration=configuration)


NAMING = {
    "usage plan": plan,
    "API mapping": api_mapping,
    "base path mapping": base_path,
    "routing rule": routing_rule,
    "agent": agent_target,
    "settings": lambda stage_name: settings(stage_name=stage_name),
}
OF_STAGE = {"keys", "waf", "observability"}


@pytest.mark.parametrize("naming", NAMING.values(), ids=NAMING)
def test_a_stage_that_is_only_named_is_undecided(naming):
    without = changed(stage=None, settings=None, association=None)

    assert layers([*without, naming("live")]) >= OF_STAGE
    assert layers(without) == set()


@pytest.mark.parametrize("naming", NAMING.values(), ids=NAMING)
def test_a_stage_that_is_declared_may_be_named(naming):
    assert not layers(changed(naming("live"))) & OF_STAGE
    assert layers(changed(naming("other"))) >= OF_STAGE
    assert not layers(changed(naming("other"), stage=stage(UNKNOWN))) & OF_STAGE


def test_an_association_names_a_stage_and_filters_its_requests():
    resources = changed(stage=None, settings=None)

    assert layers(resources) == {"keys", "observability"}
    weak = [*changed(stage=None, settings=None, acl=web_acl()), association()]
    assert statuses("waf-web-acls-block", weak) != []


def test_what_settings_say_of_a_stage_that_is_only_named_is_evaluated():
    traced = changed(stage=None, settings=settings(dataTraceEnabled=True))

    assert statuses("observability-data-trace-disabled", traced) == [VIOLATION]
    assert statuses("keys-stage-limits-not-zero", changed(stage=None, settings=settings(throttlingRateLimit=0))) == [
        VIOLATION
    ]


def test_a_mapping_to_all_stages_names_none():
    assert layers(changed(mapping(), stage=None, settings=None, association=None)) == set()


def test_an_http_api_that_is_created_in_one_call_has_a_stage():
    quick = replace(HTTP, inputs={**HTTP.inputs, "target": "https://example.com"})

    assert not layers([quick, api_mapping("$default", "web-id")]) & OF_STAGE
    assert layers([quick, api_mapping("live", "web-id")]) >= OF_STAGE
    assert layers([HTTP, api_mapping("$default", "web-id")]) >= OF_STAGE


def test_a_stage_of_aws_native_may_be_only_named():
    named = native("apigatewayv2:ApiMapping", "map", apiId="shop-id", domainName="api.example.com", stage="live")
    resources = [native_graphs.api(), native_graphs.PATH, native_graphs.method(), named]

    assert layers(resources) >= OF_STAGE
    assert not layers([*resources, native_graphs.stage()]) & OF_STAGE


def elsewhere(type_, label, **inputs):
    """A part of a REST API of another stack."""
    reference = "restApiId" if type_.split(":")[1] in {"RestApiPolicy", "RestApiPut", "Response"} else "restApi"
    return made(f"apigateway/{type_}", label, **{reference: ELSEWHERE}, **inputs)


def web(type_, label, **inputs):
    """A part of an HTTP API of another stack."""
    return made(f"apigatewayv2/{type_}", label, apiId=ELSEWHERE, **inputs)


REFLECTED = {
    "method.response.header.Access-Control-Allow-Origin": "method.request.header.Origin",
    "method.response.header.Access-Control-Allow-Credentials": "'true'",
}
WRONG_IN_ITSELF = {
    "data trace": (
        "observability-data-trace-disabled",
        [
            elsewhere(
                "methodSettings:MethodSettings",
                "s",
                stageName="live",
                methodPath="*/*",
                settings={"dataTraceEnabled": True},
            )
        ],
    ),
    "resource policy": (
        "network-callers-restricted",
        [elsewhere("restApiPolicy:RestApiPolicy", "p", policy=policy(EVERYBODY))],
    ),
    "http backend": (
        "tls-backends-encrypted",
        [
            elsewhere(
                "integration:Integration",
                "i",
                resourceId="r",
                httpMethod="GET",
                type="HTTP_PROXY",
                uri="http://a.example.com",
            )
        ],
    ),
    "http backend of an HTTP API": (
        "tls-backends-encrypted",
        [web("integration:Integration", "i", integrationType="HTTP_PROXY", integrationUri="http://a.example.com")],
    ),
    "reflected origin": (
        "auth-cors-credentials-named-origins",
        [
            elsewhere(
                "response:Response",
                "r",
                responseType="DEFAULT_4XX",
                responseParameters={
                    "gatewayresponse.header.Access-Control-Allow-Origin": "method.request.header.Origin",
                    "gatewayresponse.header.Access-Control-Allow-Credentials": "'true'",
                },
            )
        ],
    ),
    "open method": (
        "auth-methods-authenticated",
        [elsewhere("method:Method", "m", resourceId="r", httpMethod="GET", authorization="NONE")],
    ),
    "open route": ("auth-methods-authenticated", [web("route:Route", "r", routeKey="GET /orders")]),
}


@pytest.mark.parametrize(("policy_id", "resources"), WRONG_IN_ITSELF.values(), ids=WRONG_IN_ITSELF)
def test_what_is_wrong_with_a_part_of_another_stacks_api_is_reported(policy_id, resources):
    assert VIOLATION in statuses(policy_id, resources)
    for_none = [replace(each, inputs={**each.inputs}, urn=f"{each.urn}-2") for each in resources]
    # Next to an API of the stack itself, too.
    assert VIOLATION in statuses(policy_id, changed(*for_none))


def test_the_cache_of_a_stage_of_another_stacks_api_is_evaluated():
    resources = [
        elsewhere("stage:Stage", "live", stageName="live", cacheClusterEnabled=True),
        elsewhere(
            "methodSettings:MethodSettings",
            "settings",
            stageName="live",
            methodPath="*/*",
            settings={"cachingEnabled": True, "cacheDataEncrypted": False},
        ),
    ]

    assert statuses("auth-response-cache-encrypted", resources) == [VIOLATION]
    assert statuses("auth-response-cache-keyed-by-caller", resources) == [UNDECIDED]


def test_sound_parts_of_another_stacks_api_are_not_accused():
    parts = [
        elsewhere("method:Method", "m", resourceId="r", httpMethod="GET", authorization="AWS_IAM"),
        elsewhere(
            "integration:Integration", "i", resourceId="r", httpMethod="GET", type="HTTP", uri="https://a.example.com"
        ),
        elsewhere(
            "methodSettings:MethodSettings", "s", stageName="live", methodPath="*/*", settings={"loggingLevel": "ERROR"}
        ),
    ]

    assert [each.message for each in evaluate(Graph(parts)).findings if each.status is Status.VIOLATION] == []


def test_an_external_api_is_one_gateway_whatever_is_known_of_it():
    parts = [
        elsewhere("method:Method", "m", resourceId="r", httpMethod="GET", authorization="AWS_IAM"),
        elsewhere("stage:Stage", "live", stageName="live"),
        elsewhere("restApiPolicy:RestApiPolicy", "p", policy=policy(EVERYBODY)),
    ]
    report = evaluate(Graph(parts))

    assert [(each.kind, each.urn) for each in report.gateways] == [("REST", parts[0].urn)]
    assert {each.gateway for each in report.findings if each.layer in {"auth", "network"}} <= {parts[0].urn}


def test_texts_say_where_a_policy_is_and_not_that_it_is_still_to_come():
    reported = [each.message for each in evaluate(Graph([elsewhere("method:Method", "m", httpMethod="GET")])).findings]

    assert not [each for each in reported if "known only after deployment" in each]
    assert any("in another stack" in each for each in reported)


PRIVATE = {"types": "PRIVATE"}


def test_aws_refuses_a_private_api_without_a_policy():
    refused = changed(api=api(endpointConfiguration=PRIVATE, policy=None))

    assert [text for _, text in findings("network-policy-satisfiable", refused)] == [
        "API shop is private, and AWS refuses to deploy it: it has no resource policy"
    ]
    assert statuses("network-private-apis-restricted", refused) == []
    unknown = changed(api=api(endpointConfiguration={"types": UNKNOWN}, policy=None))
    assert statuses("network-policy-satisfiable", unknown) == [UNDECIDED]


def test_a_policy_may_be_in_an_unknown_body():
    resources = changed(api=api(body=UNKNOWN, policy=None), method=None)

    assert [text for _, text in findings("network-callers-restricted", resources)] == [
        "API shop: whether its body has a resource policy is known only after deployment"
    ]


@pytest.mark.parametrize("arn", [UNKNOWN, ARN.replace("shop-id", "web-id").replace("restapis", "apis")])
def test_no_association_protects_an_http_stage(arn):
    served = made("apigatewayv2/stage:Stage", "live", apiId="web-id", name="live")

    assert statuses("waf-stages-have-web-acl", [HTTP, served, association(arn)]) == [VIOLATION]


def test_the_default_route_has_one_label():
    for path in ("$default", "/$default"):
        body = {"openapi": "3.0.1", "paths": {path: {"x-amazon-apigateway-any-method": {}}}}
        report = evaluate(Graph([replace(HTTP, inputs={**HTTP.inputs, "body": body})]))

        opened = [each.subject for each in report.findings if each.policy == "auth-methods-authenticated"]
        assert opened == ["$default"]


def test_a_sound_gateway_leaves_nothing_undecided():
    assert (
        undecided(changed(integration("GET"), method(), **{k: v for k, v in sound().items() if k != "method"})) == set()
    )


SERVES = "observability-stages-serve-declared-deployment"
DEPLOYMENT = made(
    "apigateway/deployment:Deployment", "deployment", id_="dep1", restApi="shop-id", triggers={"redeploy": "1"}
)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, []),
        ({"deployment": "dep1"}, []),
        ({"deployment": "old123"}, [UNDECIDED]),
        ({"deployment": UNKNOWN}, []),
        ({"deployment": "dep1", "canarySettings": {"deploymentId": "dep1", "percentTraffic": 5}}, []),
        ({"deployment": "dep1", "canarySettings": {"deploymentId": "old123", "percentTraffic": 100}}, [UNDECIDED]),
        ({"deployment": "dep1", "canarySettings": {"percentTraffic": 5}}, []),
    ],
)
def test_a_deployment_that_is_not_declared_is_undecided(given, expected):
    assert statuses(SERVES, changed(DEPLOYMENT, stage=stage(**given))) == expected


@pytest.mark.parametrize(("deployment", "expected"), [("web-dep", []), ("old123", [UNDECIDED]), (None, [])])
def test_an_http_stage_serves_a_declared_deployment(deployment, expected):
    declared = made("apigatewayv2/deployment:Deployment", "d", id_="web-dep", apiId="web-id")
    served = made("apigatewayv2/stage:Stage", "live", apiId="web-id", name="live", deploymentId=deployment)

    assert statuses(SERVES, [HTTP, declared, served]) == expected


def test_a_stage_of_aws_native_serves_a_declared_deployment():
    declared = native("apigateway:Deployment", "d", outputs={"deploymentId": "dep1"}, restApiId="shop-id")
    resources = [native_graphs.api(), native_graphs.PATH, native_graphs.method(), declared]

    assert statuses(SERVES, [*resources, native_graphs.stage(deploymentId="dep1")]) == []
    assert statuses(SERVES, [*resources, native_graphs.stage(deploymentId="old123")]) == [UNDECIDED]
    assert statuses("api-deployments-follow-changes", resources) == []


def test_a_report_counts_what_was_read_and_what_was_not():
    harmless = made("dynamodb/table:Table", "orders")
    door = made("appsync/dataSource:DataSource", "door", httpConfig={"endpoint": "https://shop-id.execute-api.x.com"})
    sound_one = changed()

    def counted(*more):
        coverage = evaluate(Graph([*sound_one, *more])).coverage
        return coverage.read, coverage.not_applicable, coverage.not_read

    assert counted() == (len(sound_one), 0, 0)
    assert counted(harmless) == (len(sound_one), 1, 0)
    assert counted(door) == (len(sound_one), 0, 1)


def test_no_gateway_is_only_reported_if_nothing_belongs_to_one():
    assert evaluate(Graph([made("dynamodb/table:Table", "orders")])).coverage.of_api_gateway == 0
    assert evaluate(Graph([plan()])).coverage.of_api_gateway == 1


def test_a_load_balancer_in_front_of_a_vpc_endpoint_is_undecided():
    endpoint = made(
        "ec2/vpcEndpoint:VpcEndpoint", "door", id_="vpce-1", serviceName="com.amazonaws.eu-west-1.execute-api"
    )
    endpoint = replace(
        endpoint, outputs={"subnetConfigurations": [{"ipv4": "10.0.0.10"}], "networkInterfaceIds": ["eni-1"]}
    )

    def attached(address):
        return made("lb/targetGroupAttachment:TargetGroupAttachment", "front", targetId=address, port=443)

    assert layers(changed(endpoint, attached("10.0.0.10"))) == {"network"}
    assert layers(changed(endpoint, attached("eni-1"))) == {"network"}
    assert layers(changed(endpoint, attached("10.0.0.11"))) == set()
