"""Request validation: required parameters, bodies against models, content types."""

import json
from dataclasses import replace
from typing import Any

import pytest
from graphs import api as rest_api
from graphs import changed, integration, made, method, web_acl
from jsonschema import Draft4Validator

from policypack.ask.evaluate import walks
from policypack.ask.request import Request
from policypack.ask.schemas import Schema, fit, fit_without_body
from policypack.ask.walk import Passage, Walk
from policypack.graph.graph import Graph, Resource
from policypack.graph.values import UNKNOWN
from policypack.patterns.addresses import Address
from policypack.readers.asked import Asked
from policypack.readers.stack import build

ORDER = {
    "type": "object",
    "required": ["item"],
    "additionalProperties": False,
    "properties": {"item": {"type": "string", "pattern": "^[a-z]+$"}, "quantity": {"type": "integer", "minimum": 1}},
}
POST = Request(
    method="POST",
    path="/orders",
    address=Address(4, 0xCB007107),
    country="DE",
    headers=(("content-type", "application/json"),),
)
PLAIN = replace(POST, headers=())


def model(schema: Any = ORDER, name: str = "Order", **inputs: Any) -> Resource:
    written = schema if schema is UNKNOWN else json.dumps(schema)
    return made("apigateway/model:Model", name, restApi="shop-id", name=name, schema=written, **inputs)


def validator(*, body: Any = True, parameters: Any = True) -> Resource:
    return made(
        "apigateway/requestValidator:RequestValidator",
        "v",
        id_="v-id",
        restApi="shop-id",
        validateRequestBody=body,
        validateRequestParameters=parameters,
    )


def declared(request: Request, *more: Resource, models: Any = None, parameters: Any = None, **inputs: Any) -> Walk:
    """The way to a method that is a resource."""
    given = {"requestModels": models, "requestParameters": parameters, "requestValidatorId": "v-id", **inputs}
    of_method = method(verb="POST", authorization="NONE", **{k: v for k, v in given.items() if v is not None})
    return through(changed(of_method, *more, acl=web_acl()), request)


def imported(request: Request, operation: Any, **root: Any) -> Walk:
    """The way to a method of a document."""
    body = {
        "openapi": "3.0.1",
        "paths": {"/orders": {"post": {"x-amazon-apigateway-auth": {"type": "NONE"}, **operation}}},
        "x-amazon-apigateway-request-validator": "all",
        "x-amazon-apigateway-request-validators": {
            "all": {"validateRequestBody": True, "validateRequestParameters": True},
        },
        **root,
    }
    return through(changed(api=rest_api(body=json.dumps(body)), acl=web_acl(), method=None), request)


def through(resources: list[Resource], request: Request) -> Walk:
    graph = Graph([each for each in resources if each])
    found = [walk for api in Asked(graph).of(build(graph)) for walk in walks(api, request)]
    return next(each for each in found if each.entry.kind == "execute-api")


def result(walk: Walk) -> Any:
    """The status code and the message that the caller receives, or the passage."""
    return (walk.response.status, walk.response.body) if walk.response else walk.passage


INVALID_BODY = (400, '{"message":"Invalid request body"}')


def missing(*names: str) -> tuple[int, str]:
    return 400, f'{{"message":"Missing required request parameters: [{", ".join(names)}]"}}'


BODIES = [
    ('{"item": "book", "quantity": 2}', Passage.PASSES),
    ('{"item": "book"}', Passage.PASSES),
    ('{"quantity": 2}', INVALID_BODY),
    ('{"item": "book", "quantity": 0}', INVALID_BODY),
    ('{"item": "Book"}', INVALID_BODY),
    ('{"item": "book", "more": 1}', INVALID_BODY),
    ('"book"', INVALID_BODY),
    ("no JSON", INVALID_BODY),
    ("", INVALID_BODY),
]


@pytest.mark.parametrize(("body", "expected"), BODIES)
def test_a_body_is_compared_with_its_model(body: str, expected: Any) -> None:
    request = replace(POST, body=body)
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}}
    components = {"schemas": {"Order": ORDER}}

    assert result(declared(request, model(), validator(), models={"application/json": "Order"})) == expected
    assert result(imported(request, {"requestBody": {"content": content}}, components=components)) == expected
    shared = {"requestBodies": {"New": {"content": content}}, **components}
    assert (
        result(imported(request, {"requestBody": {"$ref": "#/components/requestBodies/New"}}, components=shared))
        == expected
    )
    swagger = {"parameters": [{"in": "body", "name": "o", "schema": {"$ref": "#/definitions/Order"}}]}
    assert result(imported(request, swagger, openapi=None, swagger="2.0", definitions={"Order": ORDER})) == expected


@pytest.mark.parametrize(
    ("kind", "models", "expected"),
    [
        ("text/plain", {"application/json": "Order"}, Passage.PASSES),
        ("text/plain", {"$default": "Order"}, INVALID_BODY),
        ("application/json; charset=utf-8", {"application/json": "Order"}, INVALID_BODY),
        ("", {"application/json": "Order"}, INVALID_BODY),
        ("application/json", {"application/json": "Empty"}, Passage.PASSES),
        ("application/json", {"application/json": "InAnotherStack"}, Passage.UNKNOWN),
        ("application/json", UNKNOWN, Passage.UNKNOWN),
    ],
)
def test_the_content_type_chooses_the_model(kind: str, models: Any, expected: Any) -> None:
    request = replace(POST, body="{}", headers=(("content-type", kind),))
    assert result(declared(request, model(), validator(), models=models)) == expected


def test_a_model_may_refer_to_another() -> None:
    url = "https://apigateway.amazonaws.com/restapis/shop-id/models/Order"
    orders = model({"type": "array", "items": {"$ref": url}}, "Orders")
    for body, expected in (('[{"item": "a"}]', Passage.PASSES), ("[{}]", INVALID_BODY)):
        found = declared(replace(POST, body=body), model(), orders, validator(), models={"application/json": "Orders"})
        assert result(found) == expected
    lost = model({"$ref": url.replace("Order", "Lost")}, "Lost")
    found = declared(replace(POST, body="{}"), lost, validator(), models={"application/json": "Lost"})
    assert found.passage is Passage.UNKNOWN


PARAMETERS = {
    "method.request.header.X-Tenant": True,
    "method.request.querystring.page": True,
    "method.request.header.X-Trace": False,
    "method.request.path.id": True,
}


@pytest.mark.parametrize(
    ("headers", "query", "expected"),
    [
        ((("x-tenant", "a"),), "page=1", Passage.PASSES),
        ((("x-tenant", "a"),), "", missing("page")),
        ((), "page=1", missing("x-tenant")),
        ((("x-tenant", "  "),), "page=", missing("page", "x-tenant")),
        ((("x-tenant", "a"),), "Page=1", missing("page")),
    ],
)
def test_required_parameters_must_be_there_and_not_blank(headers: Any, query: str, expected: Any) -> None:
    request = replace(POST, headers=headers, query=query)
    operation = {
        "parameters": [
            {"in": "header", "name": "X-Tenant", "required": True},
            {"$ref": "#/components/parameters/Page"},
            {"in": "header", "name": "X-Trace"},
        ]
    }
    page = {"parameters": {"Page": {"in": "query", "name": "page", "required": True}}}

    assert result(declared(request, validator(), parameters=PARAMETERS)) == expected
    assert result(imported(request, operation, components=page)) == expected


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        (validator(parameters=False), Passage.PASSES),
        (validator(parameters=UNKNOWN), Passage.UNKNOWN),
        (validator(), missing("page", "x-tenant")),
    ],
)
def test_only_what_the_validator_checks_counts(own: Resource, expected: Any) -> None:
    assert result(declared(PLAIN, own, parameters=PARAMETERS)) == expected
    assert declared(PLAIN, parameters=PARAMETERS, requestValidatorId=None).passage is Passage.PASSES


def test_an_ordinary_request_has_what_it_does_not_show() -> None:
    ordinary = replace(PLAIN, ordinary=True)
    everything = {"models": {"application/json": "Order"}, "parameters": PARAMETERS}

    assert declared(ordinary, model(), validator(), **everything).passage is Passage.PASSES
    assert result(declared(replace(ordinary, body="{}"), model(), validator(), **everything)) == INVALID_BODY
    blank = replace(ordinary, headers=(("x-tenant", ""),))
    assert result(declared(blank, model(), validator(), **everything)) == missing("x-tenant")


@pytest.mark.parametrize(
    ("kind", "templates", "behavior", "status"),
    [
        ("AWS", {"application/json": "{}"}, "NEVER", None),
        ("AWS", {"application/xml": "{}"}, "NEVER", 415),
        ("AWS", {}, "NEVER", 415),
        ("HTTP", {"application/xml": "{}"}, "WHEN_NO_TEMPLATES", 415),
        ("HTTP", {}, "WHEN_NO_TEMPLATES", None),
        ("HTTP", {"application/xml": "{}"}, "WHEN_NO_MATCH", None),
        ("HTTP", {"application/xml": "{}"}, None, None),
        ("AWS_PROXY", {}, "NEVER", None),
        ("MOCK", {"application/xml": "{}"}, "NEVER", 415),
    ],
)
def test_passthrough_behaviour_of_content_types(kind: str, templates: Any, behavior: Any, status: int | None) -> None:
    given = {"requestTemplates": templates, "passthroughBehavior": behavior}
    own = integration("POST", kind)
    own = replace(own, inputs={**own.inputs, **{key: value for key, value in given.items() if value is not None}})
    walk = declared(POST, own, requestValidatorId=None)

    assert (walk.response.status if walk.response else None) == status, walk


UNCERTAIN = [
    ({"type": "string", "format": "email"}, '"a@b.de"'),
    ({"type": "string", "nullable": True}, "null"),
    ({"type": "integer"}, "1.0"),
    ({"minimum": 1, "exclusiveMinimum": True}, "1"),
    ({"type": "string", "pattern": "(?=a)b"}, '"b"'),
    ({"not": {"type": "string", "format": "email"}}, '"a@b.de"'),
    ({"$ref": "https://example.com/order.json"}, "{}"),
    ({"properties": {"a": UNKNOWN}}, '{"a": 1}'),
    ({"type": UNKNOWN}, "1"),
]


@pytest.mark.parametrize(("schema", "body"), UNCERTAIN)
def test_what_aws_does_not_document_is_unknown(schema: Any, body: str) -> None:
    found = fit(Schema(schema), body)

    assert found.fits is None
    assert found.reason


def test_an_import_drops_the_lengths_of_lists() -> None:
    schema = {"type": "array", "minItems": 1}

    assert fit(Schema(schema), "[]").fits is False
    assert fit(Schema(schema, imported=True), "[]").fits is None
    assert fit(Schema(schema, imported=True), "{}").fits is False


def test_what_is_uncertain_hides_no_certain_violation() -> None:
    schema = {"properties": {"mail": {"format": "email"}, "age": {"minimum": 1, "exclusiveMinimum": True}}}

    assert fit(Schema(schema), '{"mail": "x", "age": 0}').fits is False
    assert fit(Schema(schema), '{"mail": 1, "age": 2}').fits is True


@pytest.mark.parametrize(("schema", "expected"), [(ORDER, False), ({}, True), ({"type": "object"}, None)])
def test_a_missing_body_is_certain_only_if_no_reading_makes_a_difference(schema: Any, *, expected: bool | None) -> None:
    assert fit_without_body(Schema(schema)).fits is expected


def test_documented_keywords_agree_with_the_library() -> None:
    schemas = [
        ORDER,
        {"oneOf": [{"type": "string"}, {"maxLength": 2}]},
        {"allOf": [{"required": ["a"]}, {"required": ["b"]}]},
        {"anyOf": [{"enum": [1, "x"]}, {"type": "array", "uniqueItems": True, "maxItems": 2}]},
        {"not": {"type": "null"}},
        {"type": ["integer", "null"], "multipleOf": 3, "maximum": 9},
        {"type": "object", "additionalProperties": {"type": "boolean"}, "minProperties": 1},
    ]
    values: list[Any] = [None, True, 1, 9, 12, "x", "xyz", [], [1, 1], [1, 2, 3], {}, {"a": 1, "b": 2}, {"a": True}]
    for schema in schemas:
        for value in values:
            library: Any = Draft4Validator(schema)  # its types are incomplete
            expected = library.is_valid(value)
            assert fit(Schema(schema), json.dumps(value)).fits is expected, (schema, value)
