"""The document: routes, integrations, validators, CORS; exact, and the same for the same spec."""

import airspeed
import pulumi
import pytest

from secure_gateway.cors import CorsArgs, CorsSpec
from secure_gateway.fragment import Fragment
from secure_gateway.openapi.document import ANY_METHOD, INTEGRATION, Content, build, variables
from secure_gateway.routes import IntegrationSpec, MockSpec, RouteSpec, parameters, slug
from secure_gateway.validation.problems import Problems
from secure_gateway.validation.reader import Reader

PARTITION_LAMBDA = "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/"


def content(*routes, **kwargs):
    whole = {
        "title": "api",
        "description": "",
        "routes": routes,
        "securities": {route.key: [{"sigv4": []}] for route in routes},
        "functions": {},
        "plain_arns": False,
        "cors": None,
    }
    return Content(**{**whole, **kwargs})


def route(place="/a", method="GET", **integration):
    spec = IntegrationSpec(**(integration or {"url": "https://backend.example.com"}))
    return RouteSpec(path=place, method=method, args_path="routes[0]", authorizer="iam", integration=spec)


def integration(document, path, method="get"):
    return document["paths"][path][method][INTEGRATION]


@pytest.mark.parametrize(
    ("path", "own", "uri", "names"),
    [
        pytest.param("/", "", "https://b.example.com", (), id="root"),
        pytest.param("/a/{id}", "", "https://b.example.com/a/{id}", ("id",), id="parameter"),
        pytest.param("/{proxy+}", "", "https://b.example.com/{proxy}", ("proxy",), id="greedy"),
        pytest.param("/a/{id}", "/v2/{id}", "https://b.example.com/v2/{id}", ("id",), id="own-path"),
    ],
)
def test_the_path_is_appended_to_the_backend(path, own, uri, names):
    built = integration(build(content(route(path, url="https://b.example.com/", path=own)), []), path)

    assert built["uri"] == uri
    assert built.get("requestParameters", {}) == {
        f"integration.request.path.{name}": f"method.request.path.{name}" for name in names
    }


def test_a_backend_known_after_deployment_goes_through_a_stage_variable():
    url = pulumi.Output.from_input("https://b.example.com/v1/")
    whole = content(route("/a/{id}", url=url, vpc_link_id=pulumi.Output.from_input("l"), variable="x"))
    built = integration(build(whole, []), "/a/{id}")

    assert built["uri"] == "https://${stageVariables.url_x}/a/{id}"
    assert built["connectionId"] == "${stageVariables.link_x}"
    assert set(variables(whole, {})) == {"url_x", "link_x"}


@pytest.mark.parametrize(
    ("function", "uri"),
    [
        pytest.param(
            "orders:live",
            "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:orders:live",
            id="name",
        ),
        pytest.param("arn:aws:lambda:x:1:function:o", "arn:aws:lambda:x:1:function:o", id="arn"),
    ],
)
def test_a_function_known_beforehand_is_named(function, uri):
    built = integration(build(content(route(function="f"), functions={"f": function}), []), "/a")

    assert built["uri"] == f"{PARTITION_LAMBDA}{uri}/invocations"
    assert built["httpMethod"] == "POST"


def test_a_mock_declares_the_status_it_answers_with():
    document = build(content(route(mock=MockSpec(status=202, body="{}"))), [])
    operation = document["paths"]["/a"]["get"]

    assert operation[INTEGRATION]["responses"]["default"]["statusCode"] == "202"
    assert "202" in operation["responses"]


def test_path_parameters_are_declared_once():
    definition = {"parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}]}
    own = RouteSpec(
        path="/a/{id}", method="GET", args_path="x", integration=IntegrationSpec(mock=MockSpec()), definition=definition
    )
    operation = build(content(own), [])["paths"]["/a/{id}"]["get"]

    assert operation["parameters"] == definition["parameters"]


def test_every_operation_carries_its_own_security_and_validator():
    document = build(content(route("/a"), route("/b", "ANY")), [])
    operations = [document["paths"]["/a"]["get"], document["paths"]["/b"][ANY_METHOD]]

    assert all(each["security"] == [{"sigv4": []}] for each in operations)
    assert all(each["x-amazon-apigateway-request-validator"] == "all" for each in operations)
    assert "security" not in document


def test_fragments_add_schemes_and_root_members():
    fragment = Fragment(
        security_schemes={"s": {"type": "apiKey"}}, root={"x-amazon-apigateway-policy": {"Version": "1"}}
    )
    document = build(content(route(), components={"schemas": {"A": {}}, "securitySchemes": {"theirs": {}}}), [fragment])

    assert document["components"] == {"schemas": {"A": {}}, "securitySchemes": {"s": {"type": "apiKey"}}}
    assert document["x-amazon-apigateway-policy"] == {"Version": "1"}


def cors(**args):
    problems = Problems()
    return CorsSpec.parse(Reader(args, CorsArgs, "cors", problems)), problems


def test_preflight_is_a_mock_that_anybody_may_call():
    spec, _ = cors(allow_origins=["https://app.example.com"])
    document = build(content(route("/a"), route("/a", "POST"), cors=spec), [])
    preflight = document["paths"]["/a"]["options"]
    headers = preflight[INTEGRATION]["responses"]["default"]["responseParameters"]

    assert preflight["security"] == []
    assert preflight[INTEGRATION]["type"] == "mock"
    assert headers["method.response.header.Access-Control-Allow-Origin"] == "'https://app.example.com'"
    assert headers["method.response.header.Access-Control-Allow-Methods"] == "'GET,POST,OPTIONS'"
    assert document["x-amazon-apigateway-gateway-responses"].keys() == {"DEFAULT_4XX", "DEFAULT_5XX"}


def test_several_origins_are_echoed_only_from_the_list():
    spec, _ = cors(allow_origins=["https://a.example.com", "https://b.example.com"])
    answer = spec.preflight(("GET",))[INTEGRATION]["responses"]["default"]

    assert "method.response.header.Access-Control-Allow-Origin" not in answer["responseParameters"]
    assert answer["responseTemplates"]["application/json"].count('$origin == "https://') == 2


@pytest.mark.parametrize(
    ("args", "path"),
    [
        pytest.param({"allow_origins": []}, "cors.allow_origins", id="none"),
        pytest.param({"allow_origins": ["http://a.example.com"]}, "cors.allow_origins[0]", id="http"),
        pytest.param({"allow_origins": ["https://a.example.com/x"]}, "cors.allow_origins[0]", id="path"),
        pytest.param({"allow_origins": ["*", "https://a.example.com"]}, "cors.allow_origins", id="star-and-more"),
        pytest.param({"allow_origins": ["*"], "allow_credentials": True}, "cors.allow_credentials", id="credentials"),
    ],
)
def test_unsafe_cors_is_refused(args, path):
    _, problems = cors(**args)

    assert [each.path for each in problems.found] == [path]


def test_parameters_and_slugs():
    assert parameters("/a/{id}/{proxy+}") == ("id", "proxy")
    assert slug("default") == "default"
    assert slug("GET /a") != slug("GET /a/") != slug("get /a")


TWO = ["https://a.example.com", "https://b.example.com"]


@pytest.mark.parametrize(
    ("origin", "named"),
    [("https://b.example.com", True), ("https://b.example.com.evil.example", False), ("null", False), (None, False)],
)
def test_a_preflight_names_the_callers_origin_only_if_it_is_listed(origin, named):
    spec, _ = cors(allow_origins=TWO)
    template = spec.preflight(("GET",))[INTEGRATION]["responses"]["default"]["responseTemplates"]["application/json"]
    headers = {}

    class Request:
        def params(self):
            return {"header": {"Origin": origin} if origin else {}}

    # Velocity reads no hyphens in a path; AWS's engine does.
    text = template.replace("header.Access-Control-Allow-Origin", "header.allowed")
    airspeed.Template(text).merge({"input": Request(), "context": {"responseOverride": {"header": headers}}})

    assert headers == ({"allowed": origin} if named else {})


def test_errors_name_any_origin_of_several_but_never_with_credentials():
    spec, _ = cors(allow_origins=TWO, allow_credentials=True)
    for response in spec.gateway_responses().values():
        assert response["responseParameters"] == {
            "gatewayresponse.header.Access-Control-Allow-Origin": "method.request.header.Origin",
            "gatewayresponse.header.Vary": "'Origin'",
        }


def test_errors_name_the_only_origin_with_its_credentials():
    spec, _ = cors(allow_origins=TWO[:1], allow_credentials=True, expose_headers=["x-request-id"])

    assert spec.gateway_responses()["DEFAULT_4XX"]["responseParameters"] == {
        "gatewayresponse.header.Access-Control-Allow-Credentials": "'true'",
        "gatewayresponse.header.Access-Control-Allow-Origin": "'https://a.example.com'",
        "gatewayresponse.header.Access-Control-Expose-Headers": "'x-request-id'",
    }


def test_mapped_answers_carry_the_origin_too():
    spec, _ = cors(allow_origins=TWO[:1])
    built = build(content(route(mock=MockSpec()), cors=spec), [])["paths"]["/a"]["get"]
    name = "Access-Control-Allow-Origin"

    assert built[INTEGRATION]["responses"]["default"]["responseParameters"] == {
        f"method.response.header.{name}": "'https://a.example.com'"
    }
    assert name in built["responses"]["200"]["headers"]
