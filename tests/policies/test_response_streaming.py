"""Routes whose responses are streamed: what the pack says of their functions, permissions and time-outs.

https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html
"""

import json

import judged
import pulumi
import pytest
from pulumi_aws import apigateway, lambda_

from policypack.model.findings import Status
from secure_gateway import SecureGateway
from secure_gateway.testing import deploy

ARN = "arn:aws:lambda:eu-west-1:123456789012:function:orders"
STREAMED = f"arn:aws:apigateway:eu-west-1:lambda:path/2021-11-15/functions/{ARN}/response-streaming-invocations"
BUFFERED = f"arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/{ARN}/invocations"
STREAM = {"responseTransferMode": "STREAM"}


def findings(program, status=Status.VIOLATION):
    return {each.policy for each in judged.findings(deploy(program), status)}


def gateway(**integration):
    streaming = {"function": "orders", "response_transfer_mode": "STREAM", **integration}
    routes = [{"path": "/orders", "method": "GET", "integration": streaming}]
    return SecureGateway("shop", routes=routes, functions={"orders": ARN}, network={"allow_cidrs": ["203.0.113.0/24"]})


@pytest.mark.parametrize("timeout", [29_000, 900_000])
def test_a_gateway_that_streams_passes(timeout):
    assert findings(lambda: gateway(timeout_ms=timeout)) == set()
    assert findings(lambda: gateway(timeout_ms=timeout), Status.UNDECIDED) == set()


def own(uri, permission=None, **integration):
    """An API of another team whose route invokes a function."""
    called = {"type": "aws_proxy", "httpMethod": "POST", "uri": uri, **integration}
    route = {"security": [{"iam": []}], "responses": {}, "x-amazon-apigateway-integration": called}
    schemes = {
        "iam": {"type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": "awsSigv4"}
    }
    document = {
        "openapi": "3.0.1",
        "info": {"title": "o", "version": "1"},
        "paths": {"/orders": {"get": route}},
        "components": {"securitySchemes": schemes},
    }

    def program():
        api = apigateway.RestApi("api", body=json.dumps(document))
        source = pulumi.Output.concat(api.execution_arn, "/*/GET/orders")
        given = {"source_arn": source, "principal": "apigateway.amazonaws.com", **(permission or {})}
        lambda_.Permission("call", action="lambda:InvokeFunction", function=ARN, **given)

    return program


CLOSED, OPEN = {}, {"principal": "*", "source_arn": None}


@pytest.mark.parametrize(("uri", "mode"), [(BUFFERED, {}), (STREAMED, STREAM)], ids=["buffered", "streamed"])
@pytest.mark.parametrize("permission", [CLOSED, OPEN], ids=["this-api", "everybody"])
def test_the_permission_of_a_streamed_function_counts_as_that_of_another(uri, mode, permission):
    found = findings(own(uri, permission, **mode))
    plain = findings(own(BUFFERED, permission))

    assert found == plain
    assert any("function" in each for each in found - findings(own(uri, **mode))) is bool(permission)


def test_a_streamed_route_without_authorization_is_found():
    def program():
        body = json.dumps(
            {
                "openapi": "3.0.1",
                "info": {"title": "o", "version": "1"},
                "paths": {
                    "/orders": {
                        "get": {
                            "responses": {},
                            "x-amazon-apigateway-integration": {
                                "type": "aws_proxy",
                                "httpMethod": "POST",
                                "uri": STREAMED,
                                **STREAM,
                            },
                        }
                    }
                },
            }
        )
        apigateway.RestApi("api", body=body)

    assert "auth-methods-authenticated" in findings(program)
