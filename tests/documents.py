"""OpenAPI documents of any kind, sound and broken, as a strategy; and an oracle of who may call what they become."""

from collections.abc import Iterator, Mapping
from typing import Any

from hypothesis import strategies as st

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "x-amazon-apigateway-any-method")
AUTHTYPE = "x-amazon-apigateway-authtype"

SECURITY = st.sampled_from(
    [
        *(
            [{"users": ["shop/read"]}],
            [{"users": []}],
            [{"login": []}],
            [{"sigv4": []}],
            [{"key": []}],
            [{"nobody": []}],
        ),
        *(
            [{"users": [], "key": []}],
            [{"users": []}, {"key": []}],
            [{"users": []}, {"sigv4": []}],
            [{}],
            [{"users": []}, {}],
        ),
        *([], None, {}, "users", ["users"], [{"users": "shop/read"}], [{"users": None}], [[]]),
    ]
)
PATHS = st.sampled_from(
    [
        *("/", "/a", "/a/{id}", "/a/{id}/b", "/{proxy+}", "/a/{rest+}", "/b.c", "/a-b/{x-y}", "/A", "/ping"),
        *("a", "", "//", "/a//b", "/a/{id}.json", "/{a}{b}", "/{a+}/b", "/é", "/a b", "/a?x=1", "/{}", "/a/", "x-own"),
    ]
)
REFERENCES = st.sampled_from(
    [
        *("#/components/schemas/Item", "#/components/schemas/Loop", "#/components/schemas/No", "#/paths/~1a", "#"),
        *("other.yaml#/X", "https://example.com/x.json", "#/components/parameters/Page", "#/components/schemas/a~1b"),
        *("#/components/pathItems/P", "#/components/requestBodies/Body", 7, None, "#/components/parameters/Round"),
    ]
).map(lambda reference: {"$ref": reference})
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | st.text(max_size=8)
JUNK = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=6), inner, max_size=2),
    max_leaves=4,
)
TYPES = st.sampled_from(["string", "integer", "object", "array", "null", ["string", "null"], "file", 7, None])
SCHEMAS = st.recursive(
    st.one_of(
        REFERENCES,
        st.fixed_dictionaries(
            {}, optional={"type": TYPES, "nullable": SCALARS, "enum": JUNK, "format": st.just("int32")}
        ),
        st.sampled_from(
            [{}, True, False, {"const": 1}, {"minimum": 1, "exclusiveMinimum": True}, {"exclusiveMaximum": 5}]
        ),
        st.sampled_from([{"$defs": {}}, {"if": {}}, {"patternProperties": {}}, {"type": "string", "pattern": "["}]),
    ),
    lambda inner: st.fixed_dictionaries(
        {},
        optional={
            "type": TYPES,
            "properties": st.dictionaries(st.sampled_from(["a", "b", "x-y", "$ref"]), inner, max_size=2),
            "items": inner,
            "allOf": st.lists(inner, max_size=2),
            "oneOf": inner,
            "not": inner,
            "additionalProperties": inner,
            "required": st.sampled_from([["a"], [], "a", [1]]),
            "description": st.text(max_size=5),
        },
    ),
    max_leaves=4,
)
PARAMETERS = st.one_of(
    REFERENCES,
    st.fixed_dictionaries(
        {"name": st.sampled_from(["id", "page", "X-Of", "a[b]", "proxy", "rest", "", 7])},
        optional={
            "in": st.sampled_from(["path", "query", "header", "cookie", "body", None]),
            "required": SCALARS,
            "schema": SCHEMAS,
        },
    ),
    JUNK,
)
MEDIA = st.sampled_from(["application/json", "application/*+json", "text/plain", "*/*", "application/xml", "", "json"])
BODIES = st.one_of(
    REFERENCES,
    JUNK,
    st.fixed_dictionaries(
        {"content": st.dictionaries(MEDIA, st.fixed_dictionaries({}, optional={"schema": SCHEMAS}), max_size=2)},
        optional={"required": SCALARS},
    ),
)
INTEGRATIONS = st.one_of(
    JUNK,
    st.fixed_dictionaries(
        {"type": st.sampled_from(["http_proxy", "HTTP", "mock", "aws_proxy", "aws", "own", None])},
        optional={
            "uri": st.sampled_from(["https://b.example.com", "http://b.example.com", "arn:aws:apigateway:x", 7]),
            "httpMethod": st.sampled_from(["GET", "POST", "any", None]),
            "responses": st.sampled_from([{"default": {"statusCode": "200"}}, {}, None]),
            "requestParameters": JUNK,
            "tlsConfig": st.sampled_from([{"insecureSkipVerification": True}, {}]),
            "connectionType": st.sampled_from(["INTERNET", "VPC_LINK"]),
        },
    ),
)
OPERATIONS = st.fixed_dictionaries(
    {},
    optional={
        "security": SECURITY,
        "operationId": st.sampled_from(["one", "two", "", 7, None]),
        "summary": SCALARS,
        "parameters": st.lists(PARAMETERS, max_size=2) | JUNK,
        "requestBody": BODIES,
        "responses": st.sampled_from(
            [{"200": {"description": "x"}}, {"default": {}}, {}, None, [], {"2XX": {}}, {200: {}}]
        ),
        "x-amazon-apigateway-auth": st.sampled_from(
            [{"type": "NONE"}, {"type": "AWS_IAM"}, {"type": "aws_iam"}, {}, "x"]
        ),
        "x-amazon-apigateway-integration": INTEGRATIONS,
        "x-amazon-apigateway-request-validator": st.just("none"),
        "deprecated": st.booleans(),
        "callbacks": JUNK,
    },
)
ITEMS = st.one_of(
    REFERENCES,
    JUNK,
    st.dictionaries(
        st.sampled_from(
            [*METHODS, "GET", "Post", "trace", "query", "X-Amazon-Apigateway-Any-Method", "parameters", "servers"]
        ),
        OPERATIONS | JUNK,
        min_size=1,
        max_size=3,
    ),
)
SCHEMES = {
    "users": {"type": "oauth2", "flows": {}},
    "login": {"type": "http", "scheme": "bearer"},
    "sigv4": {"type": "apiKey", "name": "Authorization", "in": "header", AUTHTYPE: "awsSigv4"},
    "key": {"type": "apiKey", "name": "X-API-Key", "in": "header"},
}
COMPONENTS = st.fixed_dictionaries(
    {"securitySchemes": st.sampled_from([SCHEMES, SCHEMES, {}, None, {"users": 7}])},
    optional={
        "schemas": st.fixed_dictionaries(
            {"Item": SCHEMAS, "Loop": st.just({"properties": {"next": {"$ref": "#/components/schemas/Loop"}}})},
            optional={"a/b": SCHEMAS},
        )
        | JUNK,
        "parameters": st.fixed_dictionaries(
            {"Page": PARAMETERS, "Round": st.just({"$ref": "#/components/parameters/Round"})}
        )
        | JUNK,
        "requestBodies": st.fixed_dictionaries({"Body": BODIES}),
        "pathItems": st.fixed_dictionaries({"P": ITEMS}),
    },
)
DOCUMENTS = st.fixed_dictionaries(
    {
        "openapi": st.sampled_from(["3.0.0", "3.0.3", "3.1.0", "3.1.0", "3.0", "2.0", 3, None, "3.2.0"]),
        "info": st.sampled_from([{"title": "x", "version": "1"}, {}, None, {"title": 7, "version": None}]),
        "paths": st.dictionaries(PATHS, ITEMS, min_size=1, max_size=3) | JUNK,
    },
    optional={
        "components": COMPONENTS | JUNK,
        "security": SECURITY,
        "servers": JUNK,
        "tags": JUNK,
        "x-amazon-apigateway-policy": JUNK,
        "x-own": JUNK,
        "webhooks": JUNK,
    },
)


SOUND_SCHEMAS = st.recursive(
    st.sampled_from(
        [
            *({}, True, {"type": "string"}, {"type": ["integer", "null"]}, {"const": 1}, {"enum": ["a", None]}),
            *({"type": "string", "nullable": True}, {"type": "integer", "format": "int64", "exclusiveMinimum": 3}),
            *({"$ref": "#/components/schemas/Item"}, {"$ref": "#/components/schemas/Loop", "description": "x"}),
        ]
    ),
    lambda inner: st.one_of(
        st.fixed_dictionaries({"type": st.just("array"), "items": inner}),
        st.fixed_dictionaries({"anyOf": st.lists(inner, min_size=1, max_size=2)}),
        st.fixed_dictionaries(
            {
                "type": st.just("object"),
                "properties": st.dictionaries(st.sampled_from(["a", "b-c"]), inner, max_size=2),
            },
            optional={"additionalProperties": st.sampled_from([False]) | inner, "required": st.just(["a"])},
        ),
    ),
    max_leaves=4,
)
SOUND_OPERATIONS = st.fixed_dictionaries(
    {
        "responses": st.sampled_from(
            [{"200": {"description": "x"}}, {"201": {"description": "x"}, "default": {"description": "y"}}]
        )
    },
    optional={
        "security": st.sampled_from(
            [[{"users": ["shop/read"]}], [{"users": []}], [{"sigv4": []}], [{"login": []}], [{"users": ["write"]}]]
        ),
        "summary": st.text(max_size=8),
        "parameters": st.lists(
            st.sampled_from(
                [
                    {"$ref": "#/components/parameters/Page"},
                    {"name": "X-Of", "in": "header", "schema": {"type": "string"}, "required": True},
                    {"name": "seen", "in": "cookie", "schema": {"type": "string"}},
                    {"name": "a[b]", "in": "query", "schema": {"type": "string"}},
                ]
            ),
            max_size=2,
            unique_by=repr,
        ),
        "requestBody": st.fixed_dictionaries(
            {
                "content": st.dictionaries(
                    st.sampled_from(["application/json", "application/merge-patch+json", "text/plain", "*/*"]),
                    st.fixed_dictionaries({"schema": SOUND_SCHEMAS}),
                    min_size=1,
                    max_size=2,
                )
            },
            optional={"required": st.booleans()},
        ),
        "x-amazon-apigateway-auth": st.just({"type": "aws_iam"}),
        "x-amazon-apigateway-integration": st.sampled_from(
            [
                {"type": "http_proxy", "httpMethod": "GET", "uri": "https://b.example.com"},
                {
                    "type": "mock",
                    "requestTemplates": {"application/json": "{}"},
                    "responses": {"default": {"statusCode": "200"}},
                },
            ]
        ),
    },
)
HTTP_METHODS = st.sampled_from([*METHODS, "GET"])
SOUND_PATHS = st.sampled_from(["/", "/a", "/a/{id}", "/a/{id}/b", "/files/{proxy+}", "/b.c", "/x:y,z"])


@st.composite
def sound(draw: Any) -> dict[str, Any]:
    """A document that means something, in one of the ways that people write it."""
    paths = draw(
        st.dictionaries(
            SOUND_PATHS, st.dictionaries(HTTP_METHODS, SOUND_OPERATIONS, min_size=1, max_size=3), min_size=1, max_size=3
        )
    )
    for path, item in paths.items():
        if "GET" in item and "get" in item:
            del item["GET"]
        if "{id}" in path and draw(st.booleans()):
            item["parameters"] = [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}]
    page = {"name": "page", "in": "query", "schema": {"type": "integer"}}
    made = {
        "openapi": draw(st.sampled_from(["3.0.3", "3.1.0"])),
        "info": {"title": "Shop", "version": "1"},
        "paths": paths,
        "components": {
            "securitySchemes": SCHEMES,
            "parameters": {"Page": page},
            "schemas": {
                "Item": draw(SOUND_SCHEMAS),
                "Loop": {"properties": {"next": {"$ref": "#/components/schemas/Loop"}}},
            },
        },
    }
    if draw(st.booleans()):
        made["security"] = draw(st.sampled_from([[{"users": []}], [{"sigv4": []}], [{"users": ["shop/read"]}]]))
    return made


def declared(document: Any) -> Iterator[str]:
    """The operations that a document means, `METHOD /path`, whatever else is wrong with it."""
    paths = document.get("paths") if isinstance(document, Mapping) else None
    for path, item in paths.items() if isinstance(paths, Mapping) else ():
        for method in item if isinstance(item, Mapping) else ():
            if isinstance(method, str) and method.lower() in METHODS:
                yield f"{'ANY' if method.lower().startswith('x-') else method.upper()} {path}"


def open_operations(document: Mapping[str, Any]) -> Iterator[str]:
    """The operations that somebody without credentials may call, read as REST import documents it.

    An operation's own `security` counts and nothing else; a scheme is a login if it names the authorizer's type, and
    that must be a real authorizer or a signature.
    """
    schemes = document["components"]["securitySchemes"]
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method == "parameters":
                continue
            named = [name for each in operation.get("security") or [] for name in each]
            logins = [name for name in named if _is_login(schemes.get(name))]
            if not logins or operation.get("x-amazon-apigateway-auth", {}).get("type", "").upper() == "NONE":
                yield f"{method} {path}"


def _is_login(scheme: Any) -> bool:
    if not isinstance(scheme, Mapping) or not scheme.get(AUTHTYPE):
        return False
    authorizer = scheme.get("x-amazon-apigateway-authorizer", {})
    return scheme[AUTHTYPE] == "awsSigv4" or bool(authorizer.get("providerARNs") or authorizer.get("authorizerUri"))
