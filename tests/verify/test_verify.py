"""`gateway-policy verify` with faked responses of AWS; `tests/engine/test_verify.py` has a local AWS."""

import json
import re
import sys
from base64 import b64encode
from dataclasses import replace
from pathlib import Path

import pytest
from changes_behind_pulumi import CHANGES

from policypack import cli
from policypack.graph import resource_types as types
from policypack.graph.graph import Graph, Resource
from policypack.graph.values import UNKNOWN
from policypack.sources.source import SourceError
from policypack.verify import aws
from policypack.verify.aws import AbsentError, Aws, Call, NotAskedError, cached
from policypack.verify.command import load
from policypack.verify.compare import differences, policy
from policypack.verify.functions import authorizers
from policypack.verify.routes import of_resources
from policypack.verify.verify import actions, verified

PAGE = Path(__file__).parents[2] / "docs" / "verify.md"
ACTION = re.compile(r'"([a-z0-9-]+:[A-Za-z]+)"')
ARN = "arn:aws:wafv2:us-east-1:123456789012:regional/ipset/office/1"
GROUP = "arn:aws:logs:us-east-1:123456789012:log-group:access"
URN = "urn:pulumi:live::shop::"

STATE = {
    "aws:apigateway/restApi:RestApi": ("api1", {"executionArn": "arn:aws:execute-api:us-east-1:123456789012:api1"}),
    "aws:apigateway/stage:Stage": (
        "ags-api1-live",
        {
            "restApi": "api1",
            "stageName": "live",
            "deployment": "d1",
            "accessLogSettings": {"destinationArn": GROUP, "format": '{"id": "$context.requestId"}'},
            "variables": {"table": "secret-1"},
        },
    ),
    "aws:wafv2/ipSet:IpSet": (
        "1",
        {"arn": ARN, "name": "office", "scope": "REGIONAL", "addresses": ["192.0.2.0/24", "198.51.100.0/24"]},
    ),
}
BODY = {
    "openapi": "3.0.1",
    "paths": {"/orders": {"get": {"security": [{"mine": []}]}}},
    "components": {"securitySchemes": {"mine": {"x-amazon-apigateway-authtype": "awsSigv4"}}},
}
EXPORT = {
    **BODY,
    "paths": {"/orders": {"get": {"security": [{"sigv4": []}]}}},
    "components": {"securitySchemes": {"sigv4": {"x-amazon-apigateway-authtype": "awsSigv4"}}},
}
HELD = {
    "get_caller_identity": {"Account": "123456789012"},
    "get_rest_api": {},
    "get_stage": {
        "deploymentId": "d1",
        "accessLogSettings": {"destinationArn": f"{GROUP}:*", "format": '{"id":"$context.requestId"}'},
        "variables": {"table": "secret-1"},
    },
    "get_ip_set": {"IPSet": {"Addresses": ["198.51.100.0/24", "192.0.2.0/24"]}},
    "get_export": {"body": EXPORT},
    "get_stages": {"item": [{"stageName": "live"}]},
    "get_usage_plans": {"items": []},
}


@pytest.fixture
def state(tmp_path):
    stack = {"urn": f"{URN}pulumi:pulumi:Stack::shop-live", "type": "pulumi:pulumi:Stack"}
    own = [
        {"urn": f"{URN}{type_}::it", "type": type_, "custom": True, "id": id_, "inputs": {}, "outputs": outputs}
        for type_, (id_, outputs) in STATE.items()
    ]
    own[0]["inputs"] = own[0]["outputs"] = {**own[0]["outputs"], "body": json.dumps(BODY)}
    file = tmp_path / "state.json"
    file.write_text(json.dumps({"version": 3, "deployment": {"resources": [stack, *own]}}))
    return file


def asked(changes=None):
    held = {**HELD, **(changes or {})}

    def ask(call: Call):
        found = held[call.operation]
        if isinstance(found, Exception):
            raise found
        return found

    return ask


def found(state, changes=None):
    result = verified(Graph(load(str(state), None).resources), cached(asked(changes)))
    return [f"{each.layer}: {each.label} {each.same.reason}" for each in result.verified if not each.same.is_yes]


def test_what_aws_holds_in_another_spelling_is_no_difference(state):
    assert found(state) == []


CHANGED = [
    ({"get_ip_set": {"IPSet": {"Addresses": ["0.0.0.0/1", "192.0.2.0/24"]}}}, "waf: IpSet it has another addresses"),
    ({"get_ip_set": AbsentError("gone")}, "waf: IpSet it is not in AWS"),
    ({"get_ip_set": NotAskedError("needs wafv2:GetIPSet")}, "waf: IpSet it needs wafv2:GetIPSet"),
    ({"get_stage": {**HELD["get_stage"], "deploymentId": "d2"}}, "deployment d2 in AWS, and d1 in the state"),
    ({"get_export": {"body": {**EXPORT, "paths": {}}}}, "auth: GET /orders is not served"),
    (
        {"get_export": {"body": {**EXPORT, "paths": {**EXPORT["paths"], "/all": {"get": {}}}}}},
        "auth: GET /all is in AWS and not in the state, and accepts requests without credentials",
    ),
    (
        {"get_export": {"body": {**EXPORT, "paths": {"/orders": {"get": {}}}}}},
        "auth: GET /orders has another authorization in AWS than in the state",
    ),
]


@pytest.mark.parametrize(("changes", "words"), CHANGED)
def test_a_difference_is_found(state, changes, words):
    assert any(words in each for each in found(state, changes))


def test_a_value_that_may_be_secret_is_not_in_the_message(state):
    (only,) = found(state, {"get_stage": {**HELD["get_stage"], "variables": {"table": "secret-2"}}})
    assert "variables" in only
    assert "secret" not in only


def test_credentials_of_another_account_compare_nothing(state):
    with pytest.raises(SourceError, match="of account 999999999999"):
        found(state, {"get_caller_identity": {"Account": "999999999999"}})


@pytest.mark.parametrize("form", ["terminal", "json", "sarif", "junit", "markdown", "github", "html"])
@pytest.mark.parametrize(
    ("changes", "code"),
    [({}, 0), ({"get_ip_set": AbsentError("gone")}, 1), ({"get_ip_set": NotAskedError("needs wafv2:GetIPSet")}, 2)],
)
def test_the_exit_code_says_whether_all_was_compared(state, monkeypatch, capsys, form, changes, code):
    monkeypatch.setattr(aws, "Aws", lambda: asked(changes))
    assert cli.main(["verify", str(state), "--format", form]) == code
    assert form == "html" or not code or "waf-verified" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("changes", "differences", "undecided"),
    [({}, 0, 0), ({"get_ip_set": AbsentError("gone")}, 1, 0), ({"get_ip_set": NotAskedError("needs more")}, 0, 1)],
)
def test_the_result_is_noted_in_a_file(state, tmp_path, monkeypatch, changes, differences, undecided):
    monkeypatch.setattr(aws, "Aws", lambda: asked(changes))
    file = tmp_path / "verified.json"
    file.write_text(json.dumps({"version": 1, "stacks": {"other/live": {"at": "before"}}}))
    cli.main(["verify", str(state), "--record", str(file)])

    written = json.loads(file.read_text())
    assert written["version"] == 1
    assert written["stacks"]["other/live"] == {"at": "before"}
    result = written["stacks"]["shop/live"]
    assert (result["differences"], result["undecided"]) == (differences, undecided)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", result["at"])


@pytest.mark.parametrize(("name", "text"), [("other.json", "[]"), ("no/folder.json", None)])
def test_a_file_that_is_no_record_is_not_overwritten(state, tmp_path, monkeypatch, capsys, name, text):
    monkeypatch.setattr(aws, "Aws", asked)
    file = tmp_path / name
    if text is not None:
        file.write_text(text)
    assert cli.main(["verify", str(state), "--record", str(file)]) == 2
    assert name in capsys.readouterr().err
    assert text is None or file.read_text() == text


def test_without_boto3_one_line_says_what_to_install(state, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "boto3", None)
    assert cli.main(["verify", str(state)]) == 2
    assert capsys.readouterr().err == "gateway-policy: verify needs boto3: pip install 'gateway-policy[verify]'\n"
    with pytest.raises(SourceError):
        Aws()


@pytest.mark.parametrize(
    ("recorded", "held", "same"),
    [
        ({"block": {}}, {"Block": {}}, True),
        ({"block": {}}, {"Allow": {}}, False),
        ({"block": {}}, {"Block": {"CustomResponse": {"ResponseCode": 429}}}, False),
        ("5.0", 5, True),
        (["a", "b"], ["b", "a"], True),
        (["a"], "a", True),
        (None, [], True),
        (None, {}, True),
        (None, {"ScopeDown": {"x": 1}}, False),
        ([{"name": "ApiId", "value": "1"}], {"ApiId": "1"}, True),
        (policy('{"Statement": [{"Action": ["a"]}]}'), policy({"Statement": {"Action": "a"}}), True),
        (policy('{"Statement": {"Effect": "Deny"}}'), policy({"Statement": {"Effect": "Allow"}}), False),
    ],
)
def test_values_are_compared_by_their_meaning(recorded, held, same):
    assert (list(differences(recorded, held)) == []) is same


def test_the_documented_policy_has_the_actions_of_all_calls():
    assert set(ACTION.findall(PAGE.read_text())) == actions()
    assert sum(map(len, CHANGES.values())) >= 40


def failed(code, status):
    return {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}


class ClientError(Exception):
    def __init__(self, response):
        super().__init__("a value that may be secret")
        self.response = response


@pytest.mark.parametrize(
    ("response", "kind", "words"),
    [
        (failed("AccessDeniedException", 403), NotAskedError, "the credentials need wafv2:GetWebACL"),
        (failed("Throttling", 400), NotAskedError, "wafv2:GetWebACL failed with Throttling"),
        (failed("TooManyRequestsException", 429), NotAskedError, "failed with TooManyRequestsException"),
        (failed("InternalFailure", 500), NotAskedError, "failed with InternalFailure"),
        (failed("WAFNonexistentItemException", 400), AbsentError, "WAFNonexistentItemException"),
        (failed("NotFoundException", 404), AbsentError, "NotFoundException"),
        (failed("ExpiredTokenException", 403), SourceError, "does not accept the credentials"),
        (None, NotAskedError, "wafv2:GetWebACL failed with ClientError"),
        ({}, NotAskedError, "wafv2:GetWebACL failed with ClientError"),
    ],
)
def test_a_call_that_fails_is_never_taken_for_an_equal_value(monkeypatch, response, kind, words):
    def raising(*_):
        raise ClientError(response)

    monkeypatch.setattr(Aws, "client", raising)
    with pytest.raises(kind, match=words) as found:
        Aws()(Call(service="wafv2", operation="get_web_acl", region="us-east-1", params={}))
    assert "secret" not in str(found.value)


def http_api(*routes, **inputs):
    made = Resource(urn=f"{URN}aws:apigatewayv2/api:Api::http", type="aws:apigatewayv2/api:Api", name="http", id="h1")
    return Graph([replace(made, inputs=inputs, outputs=inputs), *routes])


HELD_ROUTES = {
    "get_api": {},
    "get_stages": {"Items": []},
    "get_route": {"RouteKey": "GET /orders", "AuthorizationType": "AWS_IAM"},
    "get_routes": {"Items": [{"RouteId": "r1", "RouteKey": "GET /orders"}, {"RouteId": "r2", "RouteKey": "GET /all"}]},
}
OWN_ROUTE = Resource(
    urn=f"{URN}aws:apigatewayv2/route:Route::orders",
    type="aws:apigatewayv2/route:Route",
    name="orders",
    id="r1",
    outputs={"apiId": "h1", "routeKey": "GET /orders", "authorizationType": "AWS_IAM"},
)


@pytest.mark.parametrize(
    ("graph", "words"),
    [
        (http_api(), "it has routes in AWS, and none in the state"),
        (http_api(body="{}"), "routes that come from its document or `target` are not compared"),
        (
            http_api(target="arn:aws:lambda:us-east-1:123456789012:function:f"),
            "routes that come from its document or `target` are not compared",
        ),
        (http_api(OWN_ROUTE), "is in AWS and not in the state, and accepts requests without credentials"),
    ],
)
def test_routes_of_an_http_api_that_the_state_does_not_have_are_never_passed_over(graph, words):
    result = verified(graph, cached(asked(HELD_ROUTES)))
    assert [each.same.reason for each in result.verified if not each.same.is_yes] == [words]


def test_a_stage_whose_api_has_no_routes_in_the_state_is_undecided(state):
    written = json.loads(state.read_text())
    for each in written["deployment"]["resources"]:
        each.get("outputs", {}).pop("body", None)
        each.get("inputs", {}).pop("body", None)
    state.write_text(json.dumps(written))
    assert found(state) == ["auth: Stage it the state has neither a document nor methods of its API"]


def test_a_property_that_is_encrypted_in_the_state_is_unknown_and_not_different():
    def resource(type_, id_, **inputs):
        return Resource(urn=f"{URN}{type_}::{id_}", type=type_, name=id_, id=id_, inputs={"restApi": "api1", **inputs})

    api = resource(types.REST_API, "api1")
    path = resource(types.REST_RESOURCE, "r1", path="/orders")
    check = resource(types.REST_AUTHORIZER, "a1", type="TOKEN", authorizerUri=UNKNOWN, identitySource=UNKNOWN)
    method = resource(
        types.REST_METHOD,
        "m1",
        resourceId="r1",
        httpMethod="GET",
        apiKeyRequired=UNKNOWN,
        authorization="CUSTOM",
        authorizerId="a1",
    )

    routes = of_resources(api, [api, path, check, method])

    assert routes is not None
    found = routes["GET /orders"]
    assert found["apiKey"] is UNKNOWN
    assert found["authorization"]["identitySource"] is found["authorization"]["authorizerUri"] is UNKNOWN


FUNCTION = "aws:lambda/function:Function"
FUNCTION_ARN = "arn:aws:lambda:us-east-1:123456789012:function:door"
INVOKED = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{FUNCTION_ARN}/invocations"
DIGEST = b"\x00" * 32
ARCHIVE = {"4dabf18193072939515e22adb298388d": "0def7320c3a5731c473e5ecbe6d01bc7", "hash": DIGEST.hex()}
IN_STATE = {
    "name": "door",
    "handler": "index.handler",
    "role": "arn:aws:iam::123456789012:role/door",
    "runtime": "python3.13",
    "environment": {"variables": {"ISSUER": "https://login.example.com"}},
    "layers": [],
    "code": {**ARCHIVE, "path": "door.zip"},
    "sourceCodeHash": DIGEST.hex(),
    "codeSha256": b64encode(DIGEST).decode(),
}
IN_AWS = {
    "Handler": "index.handler",
    "Role": "arn:aws:iam::123456789012:role/door",
    "Runtime": "python3.13",
    "Environment": {"Variables": {"ISSUER": "https://login.example.com"}},
    "CodeSha256": b64encode(DIGEST).decode(),
}
LAYER = "arn:aws:lambda:us-east-1:123456789012:layer:tracing:1"
OTHER_CODE = b64encode(b"\x01" * 32).decode()


def door(held, authorizer_uri=INVOKED, ignored=(), **properties):
    """What is found of a function that the authorizer of an HTTP API invokes."""
    inputs = {"apiId": "h1", "authorizerType": "REQUEST", "authorizerUri": authorizer_uri}
    made = Resource(
        urn=f"{URN}aws:apigatewayv2/authorizer:Authorizer::door",
        type="aws:apigatewayv2/authorizer:Authorizer",
        name="door",
        id="a1",
        inputs=inputs,
        outputs=inputs,
    )
    function = Resource(
        urn=f"{URN}{FUNCTION}::door",
        type=FUNCTION,
        name="door",
        id="door",
        outputs={**IN_STATE, **properties},
        ignore_changes=ignored,
    )
    calls = {
        "get_authorizer": {"AuthorizerType": "REQUEST", "AuthorizerUri": authorizer_uri},
        "get_function_configuration": held,
        "get_policy": AbsentError("none"),
    }
    result = verified(Graph([made, function]), cached(asked(calls)))
    return [f"{each.layer}: {each.same.reason}" for each in result.verified if not each.same.is_yes], result


@pytest.mark.parametrize(
    ("held", "properties", "words"),
    [
        (IN_AWS, {}, []),
        ({**IN_AWS, "Layers": []}, {}, []),
        ({**IN_AWS, "Layers": [{"Arn": LAYER, "CodeSize": 3}]}, {"layers": [LAYER]}, []),
        ({**IN_AWS, "Environment": {"Variables": {}}}, {"environment": None}, []),
        ({**IN_AWS, "Environment": {"Variables": {"issuer": "https://x"}}}, {}, ["has another environment"] * 2),
        (IN_AWS, {"environment": {"variables": UNKNOWN}}, ["the state does not show its environment"]),
        (IN_AWS, {"environment": {"variables": {"ISSUER": UNKNOWN}}}, ["the state does not show its environment"]),
        (IN_AWS, {"environment": UNKNOWN}, ["the state does not show its environment"]),
        ({**IN_AWS, "Handler": "other.handler"}, {}, ["has handler other.handler in AWS"]),
        ({**IN_AWS, "Layers": [{"Arn": "arn:aws:lambda:us-east-1:1:layer:x:1"}]}, {}, ["has another layers"]),
        ({**IN_AWS, "Environment": {"Variables": {"ISSUER": "https://x"}}}, {}, ["has another environment"]),
        ({**IN_AWS, "Environment": {"Error": {"ErrorCode": "AccessDenied"}}}, {}, ["did not return its environment"]),
        ({**IN_AWS, "CodeSha256": OTHER_CODE}, {}, ["has codeSha256", "has sourceCodeHash"]),
        # An update of the code that failed: older providers have recorded what was to be uploaded.
        ({**IN_AWS, "CodeSha256": OTHER_CODE}, {"codeSha256": OTHER_CODE}, ["has sourceCodeHash"]),
        # The hash of a folder, or one of the user's own, is not that of the code in AWS.
        (IN_AWS, {"code": {**ARCHIVE, "path": "door"}, "sourceCodeHash": "1"}, []),
        (IN_AWS, {"sourceCodeHash": "my-own"}, []),
        (IN_AWS, {"code": None, "sourceCodeHash": None, "codeSha256": None}, []),
        (AbsentError("gone"), {}, ["is not in AWS"]),
    ],
)
def test_the_function_of_an_authorizer_is_compared(held, properties, words):
    reasons, _ = door(held, **properties)
    assert len(reasons) == len(words)
    assert all(word in reason for word, reason in zip(words, reasons, strict=True))
    assert not any("https://" in each for each in reasons)


@pytest.mark.parametrize("ignored", ["code", "sourceCodeHash", "s3Key"])
def test_code_that_something_else_deploys_is_not_compared(ignored):
    reasons, _ = door({**IN_AWS, "CodeSha256": OTHER_CODE}, ignored=(ignored,))
    assert reasons == []


def test_functions_that_decide_nothing_are_listed_as_not_verified():
    reasons, result = door({**IN_AWS, "Handler": "other"}, authorizer_uri=INVOKED.replace("door", "other"))
    assert reasons == []
    assert result.not_compared == {FUNCTION: 1}


def test_the_authorizers_of_a_document_are_known():
    scheme = {"x-amazon-apigateway-authorizer": {"type": "request", "authorizerUri": INVOKED}}
    for body in (
        json.dumps({"components": {"securitySchemes": {"door": scheme}}}),
        json.dumps({"securityDefinitions": {"door": scheme}}),
    ):
        assert authorizers(http_api(body=body)) == {"door"}
