"""Options of the API as a whole: caching, compression, media types, schemas, quotas. Shapes only: AWS is not asked."""

import json

import pytest

from secure_gateway import ArgsError, SecureGateway
from secure_gateway.testing import deploy

MINIMAL = {
    "routes": [{"path": "/orders/{id}", "method": "GET"}],
    "default_integration": {"url": "https://backend.example.com"},
    "network": {"waived": "a test"},
}
USERS = {"authorizers": {"users": {"cognito": {"identifier": "orders", "scopes": {"read": "See orders"}}}}}
CACHED = {"cache": {"routes": {"GET /orders/{id}": {"ttl_seconds": 60, "query": ["view"]}}}}
INTEGRATION = "x-amazon-apigateway-integration"


def gateway(args=None, **kwargs):
    return deploy(lambda: SecureGateway("api", {**MINIMAL, **(args or {})}), **kwargs)


def document(made):
    return json.loads(made.one("RestApiPut").inputs["body"])


def operation(made, path="/orders/{id}", method="get"):
    return document(made)["paths"][path][method]


def problems(args):
    with pytest.raises(ArgsError) as caught:
        gateway(args)
    return {each.path for each in caught.value.problems}


def test_kept_answers_are_encrypted_and_told_apart_by_caller():
    made = gateway({**CACHED, "auth": USERS})
    settings = {each.inputs["methodPath"]: each.inputs["settings"] for each in made.of("MethodSettings")}
    stage, kept = made.one("Stage").inputs, operation(made)

    assert (stage["cacheClusterEnabled"], stage["cacheClusterSize"]) == (True, "0.5")
    assert settings["orders/{id}/GET"]["cachingEnabled"] is True
    assert settings["orders/{id}/GET"]["cacheDataEncrypted"] is True
    assert settings["orders/{id}/GET"]["requireAuthorizationForCacheControl"] is True
    assert settings["orders/{id}/GET"]["cacheTtlInSeconds"] == 60
    assert settings["orders/{id}/GET"]["loggingLevel"] == settings["*/*"]["loggingLevel"]
    assert "cachingEnabled" not in settings["*/*"]
    assert kept[INTEGRATION]["cacheKeyParameters"] == [
        "method.request.header.Authorization",
        "method.request.path.id",
        "method.request.querystring.view",
    ]
    # What is part of the key must be declared.
    assert {"Authorization", "id", "view"} <= {each["name"] for each in kept["parameters"]}


KEYED = {"plans": {"gold": {"rate": 50, "burst": 100}}, "keys": {"acme": {"plan": "gold"}}}


@pytest.mark.parametrize(
    ("args", "key"),
    [
        pytest.param(
            {
                "auth": {
                    "authorizers": {
                        "mine": {"function": {"function": "f", "identity_sources": ["method.request.header.X-Token"]}}
                    }
                }
            },
            "method.request.header.X-Token",
            id="function",
        ),
        pytest.param(
            {"auth": USERS, "routes": [{"path": "/orders/{id}", "method": "GET", "api_key": True}], "keys": KEYED},
            "method.request.header.x-api-key",
            id="api-key",
        ),
        pytest.param(
            {"auth": USERS, "cors": {"allow_origins": ["https://a.example.com"]}},
            "method.request.header.Origin",
            id="cors",
        ),
        pytest.param(
            {"auth": USERS, "routes": [{"path": "/orders/{id}", "method": "GET", "required_query": ["page"]}]},
            "method.request.querystring.page",
            id="required-query",
        ),
    ],
)
def test_whatever_an_answer_depends_on_is_part_of_its_key(args, key):
    assert key in operation(gateway({**CACHED, **args}))[INTEGRATION]["cacheKeyParameters"]


def test_a_cache_of_one_stage_is_not_that_of_another():
    made = gateway({"auth": USERS, "stages": {"test": CACHED}})
    sizes = {each.inputs["stageName"]: each.inputs.get("cacheClusterSize") for each in made.of("Stage")}

    assert sizes == {"live": None, "test": "0.5"}
    assert operation(made)[INTEGRATION]["cacheKeyParameters"]


def test_a_new_cache_key_forces_a_deployment():
    old, new = gateway({"auth": USERS}), gateway({"auth": USERS, **CACHED})

    assert old.one("Deployment").inputs != new.one("Deployment").inputs


@pytest.mark.parametrize(
    ("args", "path"),
    [
        pytest.param({}, 'cache.routes["GET /orders/{id}"]', id="signed-requests"),
        pytest.param(
            {
                "auth": {
                    "authorizers": {
                        "mine": {"function": {"function": "f", "identity_sources": ["context.identity.sourceIp"]}}
                    }
                }
            },
            'cache.routes["GET /orders/{id}"]',
            id="identity-that-is-no-key",
        ),
        pytest.param({"cache": {"routes": {"GET /x": {}}}}, 'cache.routes["GET /x"]', id="unknown-route"),
        pytest.param({"cache": {"routes": {}}}, "cache.routes", id="no-route"),
        pytest.param({"cache": {"routes": {"GET /orders/{id}": {}}, "size_gb": 3}}, "cache.size_gb", id="size"),
        pytest.param(
            {
                "routes": [{"path": "/orders/{id}", "method": "POST"}],
                "cache": {"routes": {"POST /orders/{id}": {}}},
            },
            'cache.routes["POST /orders/{id}"]',
            id="post",
        ),
        pytest.param(
            {
                "routes": [{"path": "/orders/{id}", "method": "GET", "public": "a test"}],
                "tls": {
                    "domain": {"name": "api.example.com", "zone_id": "Z1"},
                    "mutual_tls": {"ca_file": "stacks/partner-ca.pem"},
                },
            },
            'cache.routes["GET /orders/{id}"]',
            id="mutual-tls",
        ),
    ],
)
def test_answers_that_could_reach_another_caller_are_not_kept(args, path):
    assert path in problems({**CACHED, **args})


@pytest.mark.parametrize(
    ("args", "member", "argument", "value"),
    [
        pytest.param(
            {"minimum_compression_size": 1024},
            "x-amazon-apigateway-minimum-compression-size",
            "minimumCompressionSize",
            (1024, "1024"),
            id="compression",
        ),
        pytest.param(
            {"minimum_compression_size": 0},
            "x-amazon-apigateway-minimum-compression-size",
            "minimumCompressionSize",
            (0, "0"),
            id="compression-of-all",
        ),
        pytest.param(
            {"binary_media_types": ["image/png"]},
            "x-amazon-apigateway-binary-media-types",
            "binaryMediaTypes",
            (["image/png"], ["image/png"]),
            id="binary",
        ),
    ],
)
def test_options_of_the_api_stand_in_document_and_argument_and_redeploy(args, member, argument, value):
    old, new = gateway(), gateway(args)

    assert (document(new)[member], new.one("RestApi").inputs[argument]) == value
    assert member not in document(old)
    assert argument not in old.one("RestApi").inputs
    assert old.one("Deployment").inputs != new.one("Deployment").inputs


def test_templates_see_text_where_bodies_are_bytes():
    args = {
        "default_integration": {"mock": {}},
        "binary_media_types": ["*/*"],
        "cors": {"allow_origins": ["https://a.example.com"]},
    }
    made = gateway(args)

    assert operation(made)[INTEGRATION]["contentHandling"] == "CONVERT_TO_TEXT"
    assert operation(made, method="options")[INTEGRATION]["contentHandling"] == "CONVERT_TO_TEXT"


def post(**route):
    return {"path": "/orders", "method": "POST", **route}


ORDER = {"type": "object", "required": ["item"], "properties": {"item": {"$ref": "#/components/schemas/Item"}}}
SCHEMAS = {"Order": ORDER, "Item": {"type": "string", "nullable": True}}


def test_schemas_are_declared_once_and_no_media_type_escapes_them():
    reference = {"$ref": "#/components/schemas/Order"}
    made = gateway({"routes": [post(body_schema=reference)], "schemas": SCHEMAS})
    body = operation(made, "/orders", "post")["requestBody"]

    assert body == {
        "required": True,
        "content": {"application/json": {"schema": reference}, "$default": {"schema": reference}},
    }
    assert document(made)["components"]["schemas"] == {
        "Order": ORDER,
        "Item": {"anyOf": [{"type": "string"}, {"enum": [None]}]},
    }


def test_an_inline_schema_is_written_once():
    made = gateway({"routes": [post(body_schema={"type": "object", "maxProperties": 3})]})
    body = operation(made, "/orders", "post")["requestBody"]["content"]
    (name,) = {each["schema"]["$ref"].rsplit("/", 1)[-1] for each in body.values()}

    assert name.isalnum()
    assert document(made)["components"]["schemas"] == {name: {"type": "object", "maxProperties": 3}}


@pytest.mark.parametrize(
    ("args", "path"),
    [
        pytest.param({"schemas": SCHEMAS}, "schemas.Order", id="unused"),
        pytest.param({"schemas": {"an order": {}}}, 'schemas["an order"]', id="name"),
        pytest.param(
            {"routes": [post(body_schema={"$ref": "#/components/schemas/X"})]},
            "routes[0].body_schema.$ref",
            id="unknown",
        ),
        pytest.param(
            {"routes": [post(body_schema={"properties": {"a": {"if": {}}}})]},
            "routes[0].body_schema.properties.a.if",
            id="beyond-draft-4",
        ),
        pytest.param(
            {"routes": [{"path": "/x", "method": "GET", "body_schema": {}}]}, "routes[0].body_schema", id="body-of-get"
        ),
        pytest.param({"minimum_compression_size": -1}, "minimum_compression_size", id="compression"),
        pytest.param({"binary_media_types": ["png"]}, "binary_media_types[0]", id="media-type"),
        pytest.param(
            {"routes": [{"path": f"/a{n}/b{n}", "method": "GET"} for n in range(150)]}, "routes", id="resources"
        ),
        pytest.param({"stages": {f"s{n}": {} for n in range(10)}}, "stages", id="stages"),
        pytest.param(
            {"default_integration": {"url": "https://b.example.com", "timeout_ms": 30_000}},
            "default_integration.timeout_ms",
            id="timeout",
        ),
        pytest.param(
            {"routes": [post(body_schema={"enum": ["x" * 100] * 70_000})]}, "routes", id="document-of-7-megabytes"
        ),
        pytest.param({"variables": {f"v{n}": "x" for n in range(101)}}, "variables", id="variables"),
        pytest.param(
            {
                "routes": [{"path": "/a", "method": "OPTIONS"}],
                "cors": {"allow_origins": ["https://a.example.com"]},
            },
            "routes[0]",
            id="options-beside-cors",
        ),
    ],
)
def test_what_is_refused(args, path):
    assert path in problems(args)


def test_raised_quotas_are_believed():
    args = {
        "quotas": {"integration_timeout_ms": 60_000, "resources": 400},
        "default_integration": {"url": "https://b.example.com", "timeout_ms": 60_000},
        "routes": [{"path": f"/a{n}", "method": "GET"} for n in range(350)],
    }

    assert operation(gateway(args), "/a0")[INTEGRATION]["timeoutInMillis"] == 60_000


def test_three_and_three_hundred_routes_make_the_same_number_of_resources():
    few, many = (gateway({"routes": [{"path": f"/a{n}", "method": "GET"} for n in range(count)]}) for count in (3, 299))

    assert len(few.resources) == len(many.resources)


@pytest.mark.parametrize(
    ("route", "path"),
    [
        ({"required_headers": ["x bad"]}, "routes[0].required_headers[0]"),
        ({"required_query": ["it's"]}, "routes[0].required_query[0]"),
        (
            {"integration": {"url": "https://backend.example.com", "path": "/{other}"}},
            "routes[0].integration.path",
        ),
        ({"integration": {"url": "https://user:word@backend.example.com"}}, "routes[0].integration.url"),
    ],
)
def test_what_rest_import_would_refuse_or_show_to_everybody_is_refused(route, path):
    assert problems({"routes": [{"path": "/orders/{id}", "method": "GET", **route}]}) == {path}


def test_no_refusal_shows_the_password_of_a_url():
    with pytest.raises(ArgsError) as caught:
        gateway({"default_integration": {"url": "https://user:word@backend.example.com"}})

    assert "word@" not in str(caught.value)


def test_keys_of_schemas_may_be_numbers_as_in_yaml():
    assert problems({"schemas": {1: {"type": "object"}}}) == {"schemas.1"}
