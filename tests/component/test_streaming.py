"""Responses that are passed on as they arrive.

https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html
"""

import pulumi
import pytest
from aws_import import problems as import_problems
from pulumi_aws import lambda_

from secure_gateway import ArgsError, SecureGateway
from secure_gateway.parse import parse
from secure_gateway.testing import deploy

ARN = "arn:aws:lambda:eu-west-1:123456789012:function:orders"
STREAM = {"response_transfer_mode": "STREAM"}
OWN_ARN = "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:"
STREAMING = (
    "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2021-11-15/functions/%s/response-streaming-invocations"
)


def args(integration, **more):
    functions = {"functions": {"orders": more.pop("function", "orders")}} if "function" in integration else {}
    route = {"path": "/orders", "method": "GET", "integration": integration}
    return {"routes": [route], "network": {"waived": "a test"}, **functions, **more}


def integration_of(integration, **more):
    made = deploy(lambda: SecureGateway("shop", args(integration, **more)))
    assert import_problems(made.document) == []
    return made.document["paths"]["/orders"]["get"]["x-amazon-apigateway-integration"], made


def messages(integration, **more):
    with pytest.raises(ArgsError) as caught:
        parse("shop", args(integration, **more))
    return {each.path: each.message for each in caught.value.problems}


@pytest.mark.parametrize("name", ["orders", "orders:live", ARN, f"{ARN}:live"])
def test_a_function_is_invoked_at_its_streaming_address_with_one_permission(name):
    made, gateway = integration_of({"function": "orders", **STREAM, "timeout_ms": 900_000}, function=name)
    permission = gateway.one("Permission").inputs

    assert made["uri"] == STREAMING % (name if name.startswith("arn:") else OWN_ARN + name)
    assert (made["type"], made["responseTransferMode"], made["timeoutInMillis"]) == ("aws_proxy", "STREAM", 900_000)
    # AWS asks for the permission of a plain invocation.
    assert permission["action"] == "lambda:InvokeFunction"
    assert permission.get("qualifier") == ("live" if name.endswith("live") else None)


def test_a_function_of_the_program_is_named_by_a_stage_variable():
    def program():
        function = lambda_.Function("orders", role="arn:aws:iam::123456789012:role/orders", runtime="nodejs22.x")
        SecureGateway("shop", args({"function": "orders", **STREAM}, function=function.arn))

    made = deploy(program, preview=True)
    uri = made.document["paths"]["/orders"]["get"]["x-amazon-apigateway-integration"]["uri"]

    assert uri == STREAMING % (OWN_ARN + "${stageVariables.function_orders}")


def test_with_plain_arns_the_address_is_the_functions_own():
    def program():
        function = lambda_.Function("orders", role="arn:aws:iam::123456789012:role/orders", runtime="nodejs22.x")
        SecureGateway("shop", args({"function": "orders", **STREAM}, function=function.arn, plain_arns=True))

    made = deploy(program)
    uri = made.document["paths"]["/orders"]["get"]["x-amazon-apigateway-integration"]["uri"]

    assert uri == STREAMING % made.one("Function", "orders").outputs["arn"]


@pytest.mark.parametrize("more", [{}, {"vpc_link_id": "link-1"}])
def test_the_response_of_a_url_is_streamed_also_through_a_vpc_link(more):
    made, _ = integration_of({"url": "https://orders.example.com", **STREAM, "timeout_ms": 600_000, **more})

    assert (made["type"], made["responseTransferMode"], made["timeoutInMillis"]) == ("http_proxy", "STREAM", 600_000)


def test_buffered_is_the_default_and_needs_no_member():
    own, _ = integration_of({"url": "https://orders.example.com", "response_transfer_mode": "BUFFERED"})
    default, _ = integration_of({"url": "https://orders.example.com"})

    assert own == default
    assert "responseTransferMode" not in own


QUEUE = {"queue": {"arn": "arn:aws:sqs:eu-west-1:123456789012:orders"}}


@pytest.mark.parametrize("backend", [{"mock": {}}, QUEUE], ids=["mock", "queue"])
def test_only_functions_and_urls_stream(backend):
    found = messages({**backend, **STREAM})

    assert "requires `function` or `url`" in found["routes[0].integration.response_transfer_mode"]


@pytest.mark.parametrize(
    ("mode", "timeout"), [("BUFFERED", 29_001), ("STREAM", 900_001), ("STREAM", 49), (None, 60_000)]
)
def test_only_streams_may_take_fifteen_minutes(mode, timeout):
    backend = {"url": "https://orders.example.com", "timeout_ms": timeout}
    found = messages(backend if mode is None else {**backend, "response_transfer_mode": mode})

    assert list(found) == ["routes[0].integration.timeout_ms"]


@pytest.mark.parametrize("value", ["stream", "STREAMED", True, 1, ["STREAM"], {}])
def test_another_mode_is_rejected(value):
    found = messages({"url": "https://orders.example.com", "response_transfer_mode": value})

    assert list(found) == ["routes[0].integration.response_transfer_mode"]


def test_a_mode_must_be_known_before_deployment():
    def program():
        later = pulumi.Output.from_input("STREAM")
        SecureGateway("shop", args({"url": "https://orders.example.com", "response_transfer_mode": later}))

    with pytest.raises(ArgsError, match="response_transfer_mode"):
        deploy(program)


def test_a_streamed_response_is_not_cached():
    auth = {"authorizers": {"users": {"cognito": {}}}}
    cache = {"routes": {"GET /orders": {}}}
    backend = {"url": "https://orders.example.com"}

    assert (
        "caches no response that it streams"
        in messages({**backend, **STREAM}, auth=auth, cache=cache)['cache.routes["GET /orders"]']
    )
    parse("shop", args(backend, auth=auth, cache=cache))


def test_compression_needs_a_response_that_is_not_streamed():
    backend = {"url": "https://orders.example.com", **STREAM}
    given = args(backend, minimum_compression_size=1_000)

    assert "every route streams" in messages(backend, minimum_compression_size=1_000)["minimum_compression_size"]
    parse("shop", {**given, "routes": [*given["routes"], {"path": "/health", "integration": {"mock": {}}}]})


def test_the_default_integration_and_operations_of_a_document_stream_too():
    operations = {"get": {"operationId": "list", "responses": {"200": {"description": "the orders"}}}}
    document = {"openapi": "3.0.1", "info": {"title": "o", "version": "1"}, "paths": {"/orders": operations}}
    backend = {"url": "https://orders.example.com", **STREAM}
    shared = {"openapi": {"document": document}, "network": {"waived": "a test"}}
    for given in ({"integrations": {"list": backend}}, {"default_integration": backend}):
        made = deploy(lambda given=given: SecureGateway("shop", {**shared, **given}))
        integration = made.document["paths"]["/orders"]["get"]["x-amazon-apigateway-integration"]

        assert integration["responseTransferMode"] == "STREAM"
