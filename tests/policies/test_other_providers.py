"""Resources of other providers that change a gateway are undecided; those that call one are silent."""

import pytest
from graphs import ORDERS_FUNCTION, URN, changed, made, permission_for

from policypack.evaluation.evaluate import evaluate
from policypack.graph.graph import Graph, Resource
from policypack.graph.layers_of_types import EVERY_LAYER
from policypack.graph.values import UNKNOWN


def other(type_, **inputs):
    return Resource(urn=f"{URN}{type_}::x", type=type_, name="x", id="x", inputs=inputs)


def undecided(*resources):
    report = evaluate(Graph(changed(*resources)))
    return {each.layer for each in report.findings if each.policy.endswith("-everything-read")}


CONTROLLERS = [
    "kubernetes:apigatewayv2.services.k8s.aws/v1alpha1:API",
    "kubernetes:apigateway.services.k8s.aws/v1alpha1:RestAPI",
    "kubernetes:apigatewayv2.aws.upbound.io/v1beta1:Route",
    "kubernetes:apigateway.aws.m.upbound.io/v1beta1:Method",
    "kubernetes:apigateway.aws.crossplane.io/v1alpha1:RestAPI",
]


@pytest.mark.parametrize("type_", CONTROLLERS)
def test_a_controller_that_makes_a_part_of_a_gateway_is_undecided(type_):
    assert undecided(other(type_, spec={"name": "x"})) == EVERY_LAYER


COMMANDS = [
    ("aws apigateway update-method --rest-api-id a --http-method POST", EVERY_LAYER),
    ("aws --region eu-west-1 apigatewayv2 delete-authorizer --api-id a", EVERY_LAYER),
    ("set -e; aws wafv2 disassociate-web-acl --resource-arn x", {"waf"}),
    ("aws cognito-idp update-user-pool-client --user-pool-id x", {"auth"}),
    ("aws lambda add-permission --principal '*'", {"auth", "network"}),
    ("aws --profile ops cloudwatch disable-alarm-actions --alarm-names x", {"observability"}),
    ("aws logs put-retention-policy --retention-in-days 1", {"observability"}),
    ("aws lambda update-function-code --function-name x", set()),
    ("aws apigateway get-rest-apis", set()),
    ("aws s3 sync dist s3://site", set()),
    ("curl https://shop-id.execute-api.eu-west-1.amazonaws.com/live/health", set()),
    (UNKNOWN, set()),
]


@pytest.mark.parametrize(("script", "layers"), COMMANDS)
@pytest.mark.parametrize(("type_", "name"), [("command:local:Command", "create"), ("command:remote:Command", "update")])
def test_a_command_that_changes_a_gateway_is_undecided(type_, name, script, layers):
    assert undecided(other(type_, **{name: script})) == layers


def test_a_command_that_runs_when_a_stack_is_destroyed_is_silent():
    assert undecided(other("command:local:Command", delete="aws apigateway delete-rest-api --rest-api-id a")) == set()


@pytest.mark.parametrize("type_", ["pulumi-nodejs:dynamic:Resource", "pulumi-python:dynamic/shop:Door"])
def test_a_dynamic_resource_that_refers_to_a_gateway_is_undecided(type_):
    assert undecided(other(type_, api="shop-id")) == {"auth", "network"}
    assert undecided(other(type_, api="another")) == set()


CLIENTS = [
    ("random:index/randomPassword:RandomPassword", {"keepers": {"api": "shop-id"}}),
    ("cloudflare:index/record:Record", {"content": "shop-id.execute-api.eu-west-1.amazonaws.com"}),
    ("kubernetes:core/v1:ConfigMap", {"data": {"url": "https://shop-id.execute-api.eu-west-1.amazonaws.com/live"}}),
    ("kubernetes:gateway.networking.k8s.io/v1:HTTPRoute", {"spec": {"host": "shop-id"}}),
    ("github:index/actionsSecret:ActionsSecret", {"plaintextValue": "shop-id"}),
]


@pytest.mark.parametrize(("type_", "inputs"), CLIENTS)
def test_a_client_of_a_gateway_is_silent(type_, inputs):
    assert undecided(other(type_, **inputs)) == set()


@pytest.mark.parametrize(
    ("type_", "inputs"),
    [
        ("iot/topicRule:TopicRule", {"lambda": {"functionArn": ORDERS_FUNCTION.outputs["arn"]}}),
        ("ses/receiptRule:ReceiptRule", {"lambdaActions": [{"functionArn": ORDERS_FUNCTION.outputs["arn"]}]}),
    ],
)
def test_a_source_of_events_that_the_pack_does_not_read_is_undecided(type_, inputs):
    behind = permission_for(
        "apigateway.amazonaws.com", sourceArn="arn:aws:execute-api:eu-west-1:123456789012:shop-id/*"
    )

    assert undecided(ORDERS_FUNCTION, behind, made(type_, "x", **inputs)) == {"network"}
    assert undecided(made(type_, "x", **inputs)) == set()
