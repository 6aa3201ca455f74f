"""Integrations that a document defines itself: permissions, quotas, and targets that no caller chooses."""

import pytest
from own_document import changed, gateway, problems

from secure_gateway import SecureGateway
from secure_gateway.testing import deploy

OWN = ("paths", "/orders", "get", "x-amazon-apigateway-integration")
LAMBDA = "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/{}/invocations"
STREAM = "arn:aws:apigateway:eu-west-1:lambda:path/2021-11-15/functions/{}/response-streaming-invocations"
ARN = "arn:aws:lambda:eu-west-1:123456789012:function:check"
OWN_ARN = "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:"
CALLED = {"type": "aws_proxy", "httpMethod": "POST"}
ROLE = {"credentials": "arn:aws:iam::123456789012:role/backend"}


def made(integration, args=None, **openapi):
    whole = {
        "openapi": {"document": changed(*OWN, to=integration), **openapi},
        "default_integration": {"url": "https://backend.example.com"},
        "network": {"waived": "a test"},
        **(args or {}),
    }
    return deploy(lambda: SecureGateway("api", whole))


def permissions(integration, args=None, **openapi):
    inputs = [each.inputs for each in made(integration, args, **openapi).of("Permission")]
    return sorted((each["function"], each.get("qualifier"), each["sourceArn"].split("/", 1)[1]) for each in inputs)


VARIABLES = {"variables": {"name": "check", "alias": "live"}}
PERMITTED = {
    "arn": (LAMBDA.format(ARN), {}, (ARN, None)),
    "alias": (LAMBDA.format(f"{ARN}:live"), {}, (ARN, "live")),
    "streaming": (STREAM.format(ARN), {}, (ARN, None)),
    "name": (LAMBDA.format("check"), {}, ("check", None)),
    "own-account": (LAMBDA.format(f"{OWN_ARN}check"), {}, ("check", None)),
    "own-account-alias": (LAMBDA.format(f"{OWN_ARN}check:live"), {}, ("check", "live")),
    "variable-alias": (LAMBDA.format(ARN + ":${stageVariables.alias}"), VARIABLES, (ARN, "live")),
    "variable-name": (LAMBDA.format(OWN_ARN + "${stageVariables.name}"), VARIABLES, ("check", None)),
    "variable-name-and-alias": (
        LAMBDA.format(OWN_ARN + "${stageVariables.name}"),
        {"variables": {"name": "check:live"}},
        ("check", "live"),
    ),
    "variables-of-a-literal-arn": (
        LAMBDA.format("arn:aws:lambda:eu-west-1:123456789012:function:${stageVariables.name}"),
        VARIABLES,
        (ARN, None),
    ),
    "cross-account": (
        LAMBDA.format(ARN.replace("123456789012", "999999999999")),
        {},
        (ARN.replace("123456789012", "999999999999"), None),
    ),
}


@pytest.mark.parametrize("kind", ["aws_proxy", "AWS_PROXY"])
@pytest.mark.parametrize(("uri", "args", "expected"), PERMITTED.values(), ids=PERMITTED)
def test_a_function_of_the_document_may_be_invoked_by_each_stage(uri, args, expected, kind):
    mode = {"responseTransferMode": "STREAM"} if "streaming" in uri else {}
    found = permissions({**CALLED, "type": kind, "uri": uri, **mode}, {**args, "stages": {"test": {}}})

    assert [each[:2] for each in found] == [expected, expected]
    assert [each[2] for each in found] == ["live/*/*", "test/*/*"]


def test_a_custom_integration_needs_a_permission_too():
    uri = LAMBDA.format(ARN)
    integration = {**CALLED, "type": "aws", "uri": uri, "responses": {"default": {"statusCode": "200"}}}

    assert permissions(integration)


def test_a_canary_with_variables_of_its_own_may_invoke_its_function():
    args = {"variables": {"alias": "live"}, "canary": {"percent": 10, "variables": {"alias": "next"}}}
    found = permissions({**CALLED, "uri": LAMBDA.format(ARN + ":${stageVariables.alias}")}, args)

    assert [each[:2] for each in found] == [(ARN, "live"), (ARN, "next")]


NONE_NEEDED = {
    "role": {**CALLED, **ROLE, "uri": LAMBDA.format(ARN)},
    "queue": {
        "type": "aws",
        "httpMethod": "POST",
        **ROLE,
        "uri": "arn:aws:apigateway:eu-west-1:sqs:path/123456789012/orders",
        "requestTemplates": {"application/json": "Action=SendMessage&MessageBody=$input.body"},
        "passthroughBehavior": "never",
        "responses": {"default": {"statusCode": "200"}},
    },
    "mock": {"type": "mock", "responses": {"default": {"statusCode": "200"}}},
    "http": {"type": "http_proxy", "httpMethod": "GET", "uri": "https://lambda.example.com/functions/x/invocations"},
}


@pytest.mark.parametrize("integration", NONE_NEEDED.values(), ids=NONE_NEEDED)
def test_what_needs_no_permission_gets_none(integration):
    assert permissions(integration) == []


def test_a_function_that_permits_the_api_already_gets_no_permission():
    integration = {**CALLED, "uri": LAMBDA.format(f"{ARN}:live")}

    assert permissions(integration, permitted_functions=[ARN]) == []
    assert permissions(integration, permitted_functions=[f"{ARN}:live"]) == []
    assert "openapi.permitted_functions[0]" in problems(changed(*OWN, to=integration), permitted_functions=["other"])


@pytest.mark.parametrize(
    "uri",
    [
        "${stageVariables.uri}",
        LAMBDA.format("${stageVariables.region}:x:y"),
        LAMBDA.format("arn:aws:lambda:${stageVariables.region}:123456789012:function:check"),
    ],
)
def test_a_function_that_is_not_named_is_told(uri):
    args = {"variables": {"uri": "x", "region": "eu-west-1"}}
    used = {name: each for name, each in args["variables"].items() if name in uri}
    _, dropped = gateway(changed(*OWN, to={**CALLED, "uri": uri}), {"variables": used})

    assert any("integration.uri (no permission to invoke it is created" in each for each in dropped)


STREAMED = {"responseTransferMode": "STREAM", "uri": STREAM.format(ARN)}
URL = "https://backend.example.com"
HTTP = {"httpMethod": "GET", "uri": URL}


@pytest.mark.parametrize(
    ("integration", "where"),
    [
        ({**CALLED, **STREAMED}, ""),
        ({**CALLED, **STREAMED, "responseTransferMode": "stream"}, ""),
        ({**HTTP, "type": "http_proxy", "responseTransferMode": "STREAM"}, ""),
        ({**HTTP, "type": "HTTP_PROXY", "responseTransferMode": "BUFFERED"}, ""),
        ({**CALLED, **STREAMED, "uri": STREAM.format("${stageVariables.f}")}, ""),
        ({**CALLED, "uri": LAMBDA.format(ARN), "responseTransferMode": "STREAM"}, "uri"),
        ({**CALLED, "uri": STREAM.format(ARN)}, "responseTransferMode"),
        ({**CALLED, **STREAMED, "responseTransferMode": "BUFFERED"}, "responseTransferMode"),
        ({**HTTP, "type": "http", "responseTransferMode": "STREAM"}, "responseTransferMode"),
        ({"type": "mock", "responseTransferMode": "STREAM"}, "responseTransferMode"),
        ({**CALLED, **STREAMED, "type": "aws", **ROLE}, "responseTransferMode"),
    ],
)
def test_only_proxied_responses_are_streamed_and_functions_from_their_streaming_address(integration, where):
    given = changed(*OWN, to=integration)
    args = {"variables": {"f": "orders"}} if "stageVariables" in str(integration) else {}
    if where:
        assert [each.rpartition(".")[2] for each in problems(given, args)] == [where]
    else:
        gateway(given, args)


@pytest.mark.parametrize(
    ("timeout", "args", "more", "right"),
    [
        (29_000, {}, {}, True),
        (29_001, {}, {}, False),
        (60_000, {"quotas": {"integration_timeout_ms": 60_000}}, {}, True),
        (60_001, {"quotas": {"integration_timeout_ms": 60_000}}, {}, False),
        (600_000, {}, STREAMED, True),
        (900_001, {}, STREAMED, False),
        (49, {}, {}, False),
        ("1000", {}, {}, False),
        (True, {}, {}, False),
    ],
)
def test_quotas_hold_for_integrations_of_the_document(timeout, args, more, right):
    given = changed(*OWN, to={**CALLED, "uri": LAMBDA.format(ARN), "timeoutInMillis": timeout, **more})
    if right:
        gateway(given, args)
    else:
        (where,) = problems(given, args)
        assert where.endswith("timeoutInMillis")


FROM_QUERY = "method.request.querystring.h"
AWS = "arn:aws:apigateway:eu-west-1:"
TEMPLATE = '{"TableName": "orders", "Key": {"id": {"S": "$input.params(\'h\')"}}}'


def calling(uri, source=None, **members):
    """The document with an AWS integration whose placeholder `h` is filled from `source`."""
    integration = {
        "type": "aws",
        "httpMethod": "POST",
        "uri": AWS + uri,
        **ROLE,
        "responses": {"default": {"statusCode": "200"}},
        **members,
    }
    if source:
        integration["requestParameters"] = {
            "integration.request.path.h": source,
            **members.get("requestParameters", {}),
        }
    given = changed(*OWN, to=integration)
    given["paths"]["/orders"]["get"]["parameters"] = [{"name": "h", "in": "query", "schema": {"type": "string"}}]
    return given


def templated(template, **members):
    return {"requestTemplates": {"application/json": template}, "passthroughBehavior": "never", **members}


TABLE = "dynamodb:action/GetItem"
CHOSEN = {
    "action": calling("dynamodb:action/{h}", FROM_QUERY),
    "service": calling("{h}:action/GetItem", FROM_QUERY),
    "bucket": calling("s3:path/{h}/key", FROM_QUERY),
    "bucket-as-host": calling("{h}.s3:path/key", FROM_QUERY),
    "queue": calling("sqs:path/123456789012/{h}", FROM_QUERY),
    "account": calling("sqs:path/{h}/orders", FROM_QUERY),
    "function": calling("lambda:path/2015-03-31/functions/{h}/invocations", FROM_QUERY),
    "agent": calling("s3:path/{h}/key", "context.identity.userAgent"),
    "unfilled": calling("s3:path/{h}/key"),
    "header": calling(
        TABLE, None, requestParameters={"integration.request.header.X-Amz-Target": FROM_QUERY}, **templated(TEMPLATE)
    ),
    "copy": calling(
        "s3:path/b/k", None, requestParameters={"integration.request.header.x-amz-copy-source": FROM_QUERY}
    ),
    "query": calling("sqs:path/", None, requestParameters={"integration.request.querystring.QueueUrl": FROM_QUERY}),
    "table": calling(TABLE, None, **templated('{"TableName": "$input.params(\'h\')"}')),
    "table-by-variable": calling(
        TABLE, None, **templated('#set($t = $input.path("$.table"))\n#set($u = "x-$t")\n{"TableName":"${u}"}')
    ),
    "table-unquoted": calling(TABLE, None, **templated('{"TableName": $input.json("$.table")}')),
    "whole-body": calling(TABLE, None, **templated("$input.json('$')")),
    "machine": calling(
        "states:action/StartExecution", None, **templated('{"stateMachineArn": "$input.params().header.get(\'m\')"}')
    ),
    "queue-in-form": calling(
        "sqs:action/SendMessage", None, **templated("Action=SendMessage&QueueUrl=$input.params('h')")
    ),
    "action-in-form": calling("sqs:path/1/q", None, **templated("Action=$input.params('h')&MessageBody=x")),
    "any-action-of-a-queue": calling("sqs:path/1/q"),
    "batch": calling(
        "dynamodb:action/BatchWriteItem", None, **templated('{"RequestItems": {"$input.params(\'h\')": []}}')
    ),
    "overridden-header": calling(
        "events:action/PutEvents",
        None,
        **templated('#set($context.requestOverride.header.X-Amz-Target = $input.params("h"))\n{"Entries": []}'),
    ),
    "overridden-bucket": calling(
        "s3:path/{h}/k", "'bucket'", **templated('#set($context.requestOverride.path.h = $input.params("h"))')
    ),
    "passed-on": calling(TABLE),
    "passed-on-for-another-type": calling(
        TABLE, None, requestTemplates={"application/json": TEMPLATE}, passthroughBehavior="WHEN_NO_MATCH"
    ),
}


@pytest.mark.parametrize("document", CHOSEN.values(), ids=CHOSEN)
def test_no_caller_chooses_what_a_role_acts_on(document):
    found = problems(document)

    assert all("x-amazon-apigateway-integration." in where for where in found)
    assert "choose" in str(found)
    gateway(document, operations={"list": {"target_from_request": "operators may"}})


FIXED = {
    "object": calling("s3:path/bucket/{h}", FROM_QUERY),
    "object-of-a-host": calling("bucket.s3:path/{h}", FROM_QUERY),
    "constant": calling("s3:path/{h}/key", "'bucket'"),
    "tenant": calling("s3:path/{h}/key", "context.authorizer.claims.tenant"),
    "account": calling("sqs:path/{h}/orders", "context.accountId", **templated("Action=SendMessage&MessageBody=x")),
    "key": calling(TABLE, None, **templated(TEMPLATE)),
    "templates-only": calling(TABLE, None, **templated(TEMPLATE, passthroughBehavior="when_no_templates")),
    "table-of-the-stage": calling(TABLE, None, **templated('{"TableName": "${stageVariables.table}"}')),
    "table-by-variable": calling(TABLE, None, **templated('#set($t = "orders")\n{"TableName":"$t"}')),
    "input-of-a-machine": calling(
        "states:action/StartExecution",
        None,
        **templated(
            '{"stateMachineArn": "arn:aws:states:x:1:stateMachine:m", "input": "$util.escapeJavaScript($input.body)"}'
        ),
    ),
    "items-of-a-batch": calling(
        "dynamodb:action/BatchWriteItem",
        None,
        **templated(
            '{"RequestItems": {"orders": [#foreach($e in $input.path("$")){"Item": {"id": {"S": "$e.id"}}}#end]}}'
        ),
    ),
    "overridden-key": calling(
        "s3:path/bucket/{h}", "'x'", **templated('#set($context.requestOverride.path.h = $input.params("h"))')
    ),
    "message": calling("sqs:path/123456789012/q", None, **templated("Action=SendMessage&MessageBody=$input.body")),
}


def test_a_reason_that_excuses_nothing_is_refused():
    operations = {"list": {"target_from_request": "x"}}

    assert "openapi.operations.list.target_from_request" in problems(FIXED["object"], operations=operations)


@pytest.mark.parametrize("document", FIXED.values(), ids=FIXED)
def test_what_a_caller_may_fill_in_is_taken(document):
    gateway(document, {"variables": {"table": "orders"}} if "stageVariables" in str(document) else None)


@pytest.mark.parametrize(
    ("source", "right"), [(FROM_QUERY, False), ("'b.example.com'", True), ("context.domainName", True)]
)
def test_no_caller_chooses_the_host_header(source, right):
    given = calling("x", None)
    given["paths"]["/orders"]["get"]["x-amazon-apigateway-integration"] = {
        "type": "http_proxy",
        "httpMethod": "GET",
        "uri": "https://b.example.com",
        "requestParameters": {"integration.request.header.Host": source},
    }
    if right:
        gateway(given)
    else:
        # No reason makes this safe.
        assert "header Host" in str(problems(given, operations={"list": {"target_from_request": "x"}}))
