"""Own documents: what is converted, dropped, refused and decided otherwise; and what AWS would say of the result."""

import copy
import json

import aws_import
import pytest
import yaml
from openapi_spec_validator import OpenAPIV30SpecValidator
from own_document import PLAIN, USERS, changed, gateway, problems

from secure_gateway import SecureGateway
from secure_gateway.openapi import yaml_text
from secure_gateway.testing import deploy

KEYED = {"plans": {"gold": {"rate": 50, "burst": 100}}, "keys": {"acme": {"plan": "gold"}}}


def parameters(*given):
    return changed("paths", "/orders", "get", "parameters", to=list(given))


def schema(to):
    return changed("components", "schemas", "Order", "properties", "item", to=to)


CONVERTED = {
    "nullable": ({"type": "string", "nullable": True}, {"anyOf": [{"type": "string"}, {"enum": [None]}]}),
    "list-of-types": ({"type": ["string", "null"]}, {"anyOf": [{"type": "string"}, {"enum": [None]}]}),
    "const": ({"const": 3}, {"enum": [3]}),
    "format-of-number": ({"type": "integer", "format": "int64"}, {"type": "integer"}),
    "format-of-text": ({"type": "string", "format": "date"}, {"type": "string", "format": "date"}),
    "one-of": (
        {"oneOf": [{"type": "string"}], "discriminator": {"propertyName": "x"}},
        {"oneOf": [{"type": "string"}]},
    ),
    "exclusive-integer": ({"type": "integer", "exclusiveMinimum": 3}, {"type": "integer", "minimum": 4}),
    "exclusive-flag": ({"type": "integer", "maximum": 3, "exclusiveMaximum": True}, {"type": "integer", "maximum": 2}),
    "annotations": ({"type": "string", "example": "x", "default": "y", "deprecated": True}, {"type": "string"}),
}


@pytest.mark.parametrize(("given", "expected"), CONVERTED.values(), ids=CONVERTED)
def test_schemas_are_converted(given, expected):
    document, _ = gateway(schema(given))

    assert document["components"]["schemas"]["Order"]["properties"]["item"] == expected


DROPPED = {
    "servers": (changed("servers", to=[{"url": "https://x.example.com"}]), "openapi.servers"),
    "webhooks": (changed("webhooks", to={"paid": {}}), "openapi.webhooks"),
    "callbacks": (
        changed("paths", "/orders", "get", "callbacks", to={"paid": {}}),
        'openapi.paths["/orders"].get.callbacks',
    ),
    "cookie": (
        parameters({"name": "session", "in": "cookie", "schema": {"type": "string"}}),
        'openapi.paths["/orders"].get.parameters[0] (cookie)',
    ),
    "odd-name": (
        parameters({"name": "filter[id]", "in": "query", "schema": {"type": "string"}}),
        'openapi.paths["/orders"].get.parameters[0] (its name)',
    ),
    "body-of-get": (
        changed("paths", "/orders", "get", "requestBody", to={"content": {"application/json": {}}}),
        'openapi.paths["/orders"].get.requestBody (such a request has no body)',
    ),
    "form": (
        changed(
            "paths",
            "/orders",
            "post",
            "requestBody",
            to={"content": {"text/csv": {"schema": {"type": "object"}}}},
        ),
        'openapi.paths["/orders"].post.requestBody.content["text/csv"].schema (only JSON is checked)',
    ),
    "unchecked": (
        schema({"type": "array", "items": {"type": "string"}, "maxItems": 3}),
        "openapi.components.schemas.Order.properties.item.maxItems (API Gateway does not check it)",
    ),
    "validators": (
        changed("x-amazon-apigateway-request-validator", to="none"),
        "openapi.x-amazon-apigateway-request-validator",
    ),
}


@pytest.mark.parametrize(("given", "place"), DROPPED.values(), ids=DROPPED)
def test_what_means_nothing_is_dropped_and_told(given, place):
    document, dropped = gateway(given)

    assert place in dropped
    assert aws_import.problems(document) == []


REFUSED = {
    "swagger": ({"swagger": "2.0"}, "openapi.swagger"),
    "trace": (changed("paths", "/orders", "trace", to={}), 'openapi.paths["/orders"].trace'),
    "partial-segment": (changed("paths", "/a{b}", to={"get": {}}), 'openapi.paths["/a{b}"]'),
    "remote-reference": (
        schema({"$ref": "https://example.com/schema.json"}),
        "openapi.components.schemas.Order.properties.item.$ref",
    ),
    "if-then": (schema({"if": {}, "then": {}}), "openapi.components.schemas.Order.properties.item.if"),
    "equal-ids": (
        changed("paths", "/x", to={"get": {"operationId": "list"}}),
        'openapi.paths["/x"].get.operationId',
    ),
    "parameter-of-no-path": (
        parameters({"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}),
        'openapi.paths["/orders"].get.parameters[0]',
    ),
    "odd-required-name": (
        parameters({"name": "ids[]", "in": "query", "required": True, "schema": {"type": "string"}}),
        'openapi.paths["/orders"].get.parameters[0]',
    ),
    "open": (changed("paths", "/orders", "get", "security", to=[]), 'openapi.paths["/orders"].get.security'),
    "plain-http": (
        changed(
            "paths",
            "/orders",
            "get",
            "x-amazon-apigateway-integration",
            to={"type": "http_proxy", "httpMethod": "GET", "uri": "http://b.example.com"},
        ),
        'openapi.paths["/orders"].get.x-amazon-apigateway-integration.uri',
    ),
    "unverified-backend": (
        changed(
            "paths",
            "/orders",
            "get",
            "x-amazon-apigateway-integration",
            to={
                "type": "http_proxy",
                "httpMethod": "GET",
                "uri": "https://b.example.com",
                "tlsConfig": {"insecureSkipVerification": True},
            },
        ),
        'openapi.paths["/orders"].get.x-amazon-apigateway-integration.tlsConfig.insecureSkipVerification',
    ),
    "function-by-get": (
        changed(
            "paths",
            "/orders",
            "get",
            "x-amazon-apigateway-integration",
            to={"type": "aws_proxy", "httpMethod": "GET", "uri": "arn:x"},
        ),
        'openapi.paths["/orders"].get.x-amazon-apigateway-integration.httpMethod',
    ),
    "variable-of-no-stage": (
        changed(
            "paths",
            "/orders",
            "get",
            "x-amazon-apigateway-integration",
            to={"type": "http_proxy", "httpMethod": "GET", "uri": "https://${stageVariables.host}/x"},
        ),
        "variables.host",
    ),
    "siblings": (
        changed("paths", to={"/a/{id}": {"get": {}}, "/a/{proxy+}": {"get": {}}}),
        'openapi.paths["/a/{proxy+}"].get.path',
    ),
    **{
        name: (changed(name, to={}), f"openapi.{name}")
        for name in (
            "x-amazon-apigateway-policy",
            "x-amazon-apigateway-gateway-responses",
            "x-amazon-apigateway-api-key-source",
            "x-amazon-apigateway-cors",
        )
    },
}


@pytest.mark.parametrize(("given", "place"), REFUSED.values(), ids=REFUSED)
def test_what_would_be_lost_or_fail_is_refused_where_it_stands(given, place):
    assert place in problems(given)


def test_types_of_parameters_in_3_1_are_read():
    given = parameters({"name": "page", "in": "query", "schema": {"type": ["integer", "null"]}})
    document, _ = gateway({**given, "openapi": "3.1.0"})

    assert document["paths"]["/orders"]["get"]["parameters"][0]["schema"] == {"type": "string"}


def test_references_to_parameters_bodies_and_items_are_followed():
    document = copy.deepcopy(PLAIN)
    document["components"] |= {
        "parameters": {"page": {"name": "page", "in": "query", "schema": {"type": "integer"}}},
        "requestBodies": {"order": PLAIN["paths"]["/orders"]["post"]["requestBody"]},
    }
    document["paths"]["/orders"]["parameters"] = [{"$ref": "#/components/parameters/page"}]
    document["paths"]["/orders"]["post"]["requestBody"] = {"$ref": "#/components/requestBodies/order"}
    built, _ = gateway(document)

    assert [each["name"] for each in built["paths"]["/orders"]["post"]["parameters"]] == ["page"]
    assert built["paths"]["/orders"]["post"]["requestBody"]["required"] is True


def test_no_media_type_escapes_the_schema():
    document, _ = gateway(PLAIN)
    content = document["paths"]["/orders"]["post"]["requestBody"]["content"]

    assert content["$default"] == content["application/json"]


def backend(uri, source=None):
    """The document with a backend whose placeholder `h` is filled from `source`."""
    given = parameters({"name": "h", "in": "query", "schema": {"type": "string"}})
    integration = {"type": "http_proxy", "httpMethod": "GET", "uri": uri}
    if source:
        integration["requestParameters"] = {"integration.request.path.h": source}
    given["paths"]["/orders"]["get"]["x-amazon-apigateway-integration"] = integration
    return given


@pytest.mark.parametrize(
    ("uri", "source"),
    [
        ("https://{h}/x", "method.request.querystring.h"),
        ("https://{h}", "method.request.querystring.h"),
        ("HTTPS://a.{h}.example.com:443?x", "context.identity.sourceIp"),
        ("https://b.example.com:{h}/x", "method.request.querystring.h"),
        ("https://b.example.com@{h}#/x", "method.request.querystring.h"),
        ("https://${context.domainName}/x", None),
        ("https://{h}/x", None),
    ],
)
def test_no_request_chooses_the_host_of_its_backend(uri, source):
    where = 'openapi.paths["/orders"].get.x-amazon-apigateway-integration.uri'
    assert "must have a fixed host" in problems(backend(uri, source))[where]


@pytest.mark.parametrize(
    ("uri", "source"),
    [
        ("https://b.example.com/{h}", "method.request.querystring.h"),
        ("https://b.example.com?x={h}", "method.request.querystring.h"),
        ("https://{h}/x", "'b.example.com'"),
    ],
)
def test_a_request_may_choose_what_follows_the_host(uri, source):
    document, _ = gateway(backend(uri, source))

    assert document["paths"]["/orders"]["get"]["x-amazon-apigateway-integration"]["uri"] == uri


SECURED = changed("paths", "/orders", "get", "security", to=[])


def test_overrides_decide_in_place_of_the_document():
    operations = {
        "list": {"public": "a catalogue"},
        "POST /orders": {"auth": "users", "scopes": ["write"], "api_key": True},
    }
    document, _ = gateway(SECURED, {"auth": USERS, "keys": KEYED}, operations=operations)
    item = document["paths"]["/orders"]

    assert item["get"]["security"] == []
    assert item["post"]["security"] == [{"users": ["shop/write"]}, {"api_key": []}]
    assert aws_import.problems(document, frozenset({"GET /orders"})) == []
    assert aws_import.problems(document) == ["GET /orders: public"]


KEY_TOO = {"customers": [], "client": []}
CLIENT = {"type": "apiKey", "name": "x-api-key", "in": "header"}


@pytest.mark.parametrize(
    ("operation", "operations"),
    [
        pytest.param({"security": [KEY_TOO]}, {"list": {"auth": "iam"}}, id="decided-otherwise"),
        pytest.param({"security": [{"client": []}], "x-amazon-apigateway-auth": {"type": "AWS_IAM"}}, {}, id="own-iam"),
    ],
)
def test_an_api_key_that_the_document_asks_for_is_still_asked_for(operation, operations):
    document = copy.deepcopy(PLAIN)
    document["paths"]["/orders"]["get"] |= operation
    document.setdefault("components", {})["securitySchemes"] = {"customers": CLIENT | {"name": "x"}, "client": CLIENT}
    made, _ = gateway(document, {"keys": KEYED}, operations=operations)

    assert made["paths"]["/orders"]["get"]["security"] == [{"sigv4": []}, {"api_key": []}]


def test_a_security_scheme_stands_for_an_authorizer_by_its_name():
    found = problems(PLAIN, security_schemes={"login": {"a": 1}})

    assert "openapi.security_schemes.login" in found


@pytest.mark.parametrize(
    ("operations", "place"),
    [
        pytest.param({"lst": {"auth": "iam"}}, "openapi.operations.lst", id="unknown"),
        pytest.param({"list": {"auth": "nobody"}}, "openapi.operations.list.auth", id="authorizer"),
        pytest.param({"list": {"public": "x", "auth": "iam"}}, "openapi.operations.list.auth", id="public-and-auth"),
        pytest.param({"list": {"public": "x", "api_key": True}}, "openapi.operations.list.api_key", id="key-alone"),
        pytest.param({"list": {}, "GET /orders": {}}, 'openapi.operations["GET /orders"]', id="one-operation-twice"),
    ],
)
def test_overrides_are_checked(operations, place):
    assert place in problems(PLAIN, operations=operations)


ALL = {
    "cors": {"allow_origins": ["https://a.example.com", "https://b.example.com"], "allow_credentials": True},
    "binary_media_types": ["image/*"],
    "minimum_compression_size": 0,
}
ARGS = {
    "url": {"default_integration": {"url": "https://b.example.com"}},
    "mock": {"default_integration": {"mock": {"status": 201, "body": "{}"}}},
    "function": {"functions": {"f": "orders"}, "default_integration": {"function": "f"}},
    "queue": {"default_integration": {"queue": {"arn": "arn:aws:sqs:eu-west-1:123456789012:q"}}},
    "bus": {
        "default_integration": {
            "event_bus": {
                "arn": "arn:aws:events:eu-west-1:123456789012:event-bus/b",
                "source": "shop",
                "detail_type": "x",
            }
        }
    },
    "machine": {
        "default_integration": {
            "state_machine": {"arn": "arn:aws:states:eu-west-1:123456789012:stateMachine:m", "wait": True}
        }
    },
    "table": {
        "default_integration": {
            "table": {
                "arn": "arn:aws:dynamodb:eu-west-1:123456789012:table/t",
                "action": "PutItem",
                "attributes": {"id": "query.id", "lang": "header.Accept-Language", "owner": "caller"},
                "partition_key": "id",
            }
        }
    },
}
CACHE = {"cache": {"routes": {"GET /things/{id}": {"query": ["view"], "headers": ["Accept-Language"]}}}}
ROUTES = [
    {"path": "/things/{id}", "method": "GET"},
    {"path": "/things", "method": "POST", "body_schema": {"type": "object"}, "required_query": ["x"]},
    {"path": "/rest/{proxy+}"},
]


@pytest.mark.parametrize("backend", ARGS.values(), ids=ARGS)
@pytest.mark.parametrize("options", [{}, ALL, CACHE, {**ALL, **CACHE}], ids=["plain", "all", "cache", "all-and-cache"])
def test_aws_takes_what_is_rendered(backend, options):
    args = {"routes": ROUTES, "auth": USERS, "network": {"allow_cidrs": ["203.0.113.0/24"]}, **backend, **options}
    made = deploy(lambda: SecureGateway("api", args))
    document = json.loads(made.one("RestApiPut").inputs["body"])

    assert aws_import.problems(document) == []
    # The specification knows no greedy parameters, and no way to say that `{proxy+}` is one.
    plain = json.loads(json.dumps(document).replace("{proxy+}", "{proxy}"))
    assert [each.message for each in OpenAPIV30SpecValidator(plain).iter_errors()] == []


def test_the_checker_can_fail():
    document, _ = gateway(PLAIN)
    operation = document["paths"]["/orders"]["get"]

    def broken(change):
        found = copy.deepcopy(document)
        change(found, found["paths"]["/orders"]["get"])
        return aws_import.problems(found)

    assert aws_import.problems(document) == []
    assert operation["security"]
    assert broken(lambda _, get: get.pop("security"))
    assert broken(lambda _, get: get.update(security=[]))
    assert broken(lambda _, get: get.update(security=[{"nobody": []}]))
    assert broken(lambda _, get: get.pop("x-amazon-apigateway-integration"))
    assert broken(lambda whole, _: whole.update(openapi="3.1.0"))
    assert broken(lambda whole, _: whole.update(security=[{"sigv4": []}]))
    assert broken(lambda whole, _: whole["paths"].update({"/a{b}": {}}))
    assert broken(lambda whole, _: whole["components"]["schemas"]["Order"].update({"if": {}}))


BODY = ("paths", "/orders", "post", "requestBody", "content", "application/json", "schema")
OWN = ("paths", "/orders", "get", "x-amazon-apigateway-integration")
HTTP = {
    "type": "http",
    "httpMethod": "GET",
    "uri": "https://b.example.com",
    "responses": {"default": {"statusCode": 404}},
}


@pytest.mark.parametrize(
    ("path", "to", "place"),
    [
        (BODY, {"properties": []}, ".schema.properties"),
        (BODY, {"type": "text"}, ".schema.type"),
        (BODY, {"required": "item"}, ".schema.required"),
        (BODY, {"minLength": -1}, ".schema.minLength"),
        (BODY, {"anyOf": []}, ".schema.anyOf"),
        (BODY, {"propertes": {}}, ".schema.propertes"),
        (BODY, {"minimum": float("nan")}, ".schema.minimum"),
        (BODY, {"enum": [object()]}, ".schema.enum[0]"),
        (BODY, {"description": "\ud800"}, ".schema.description"),
        (OWN, {**HTTP, "responses": {"default": {"statusCode": 0}}}, ".responses.default.statusCode"),
        (OWN, {**HTTP, "responses": []}, ".responses"),
        (OWN, {**HTTP, "type": "aws"}, ".uri"),
        (OWN, {**HTTP, "requestTemplates": {"application/json": {}}}, ".requestTemplates"),
        (OWN, {**HTTP, "requestParameters": {"x": "method.request.header.X-Of"}}, ".requestParameters.x"),
    ],
)
def test_what_aws_would_refuse_in_the_middle_of_a_deployment_is_refused_with_its_place(path, to, place):
    (found,) = problems(changed(*path, to=to))

    assert found.endswith(place)


def test_answers_of_an_own_integration_are_declared_with_their_headers():
    answer = {"statusCode": 404, "responseParameters": {"method.response.header.X-Of": "'a'"}}
    document, _ = gateway(changed(*OWN, to={**HTTP, "responses": {"default": answer}}))

    assert aws_import.problems(document) == []
    assert set(document["paths"]["/orders"]["get"]["responses"]) == {"200", "404"}


def test_dates_are_texts():
    text = yaml.safe_dump(changed(*BODY, to={"enum": ["2020-01-01"]})).replace("'2020-01-01'", "2020-01-01")
    from_object, _ = gateway(yaml.safe_load(text))
    args = {"openapi": {"text": text}, "default_integration": {"mock": {}}, "network": {"waived": "a test"}}
    from_text = json.loads(deploy(lambda: SecureGateway("api", args)).one("RestApiPut").inputs["body"])

    for each in (from_object, from_text):
        assert '"enum": ["2020-01-01"]' in json.dumps(each["paths"]["/orders"])


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("no", "no"),
        ("on", "on"),
        ("2024-01-01", "2024-01-01"),
        ("12:30:00", "12:30:00"),
        ("017", 17.0),
        ("1_000", "1_000"),
        ("true", True),
        ("~", None),
        ("12", 12),
        ("-1.5e3", -1500.0),
        ("'12'", "12"),
    ],
)
def test_scalars_are_those_of_json(written, value):
    """As OpenAPI wants its YAML: else an enum would lose its `no`, and callers who send it would be refused."""
    assert yaml_text.read(f"a: {written}") == {"a": value}


@pytest.mark.parametrize("declared", ["application/json", "*/*"])
def test_bodies_may_be_validated_by_named_media_types_alone(declared):
    body = {"content": {declared: {"schema": {"type": "object"}}}}
    given = changed("paths", "/orders", "post", "requestBody", to=body)
    routes = [{"path": "/own", "method": "POST", "body_schema": {"type": "object"}}]
    names = ["application/json", "application/merge-patch+json"]
    document, _ = gateway(given, {"body_media_types": names, "routes": routes})

    for path in ("/orders", "/own"):
        content = document["paths"][path]["post"]["requestBody"]["content"]
        assert set(content) == set(names)
        assert all("schema" in each for each in content.values())
    assert "body_media_types[0]" in problems(given, {"body_media_types": ["application/*"]})
