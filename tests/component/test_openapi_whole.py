"""An own document is read whole: references anywhere, unknown members, what `security` and `readOnly` mean."""

import copy

import pytest
from own_document import PLAIN, USERS, changed, gateway, problems

from secure_gateway import ArgsError
from secure_gateway.openapi.dropped import Dropped
from secure_gateway.validation.problems import Gathering, Problems

GET, POST = ("paths", "/orders", "get"), ("paths", "/orders", "post")
SCHEMA = (*POST, "requestBody", "content", "application/json", "schema")
FILE = {"$ref": "other.yaml#/X"}


def whole():
    """A document with every object that is read."""
    document = copy.deepcopy(PLAIN)
    document["security"] = [{"login": ["read"]}]
    document["servers"] = [{"url": "https://x.example.com"}]
    document["paths"]["/orders"]["parameters"] = [{"name": "page", "in": "query", "schema": {"type": "integer"}}]
    document["paths"]["/orders"]["get"] |= {
        "security": [{"login": ["read"]}],
        "x-amazon-apigateway-integration": {
            "type": "http",
            "httpMethod": "GET",
            "uri": "https://b.example.com",
            "requestParameters": {"integration.request.querystring.p": "method.request.querystring.page"},
            "requestTemplates": {"application/json": "{}"},
            "tlsConfig": {"serverNameToVerify": "b.example.com"},
            "responses": {"default": {"statusCode": "200", "responseParameters": {}}},
        },
    }
    document["components"]["schemas"]["Order"] = {
        "type": "object",
        "required": ["item"],
        "properties": {"item": {"type": "string"}, "lines": {"type": "array", "items": {"type": "string"}}},
        "allOf": [{"minProperties": 1}],
    }
    document["components"]["securitySchemes"] = {"login": {"type": "oauth2", "flows": {}}}
    return document


ARGS = {"auth": USERS}
OPTIONS = {"security_schemes": {"login": "users"}}
OBJECTS = [
    (*GET,),
    ("paths",),
    ("paths", "/orders"),
    ("paths", "/orders", "parameters", 0),
    ("paths", "/orders", "parameters", 0, "schema"),
    (*POST, "requestBody"),
    (*POST, "requestBody", "content"),
    (*POST, "requestBody", "content", "application/json"),
    SCHEMA,
    (*GET, "security", 0),
    (*GET, "x-amazon-apigateway-integration"),
    (*GET, "x-amazon-apigateway-integration", "requestParameters"),
    (*GET, "x-amazon-apigateway-integration", "requestTemplates"),
    (*GET, "x-amazon-apigateway-integration", "tlsConfig"),
    (*GET, "x-amazon-apigateway-integration", "responses"),
    (*GET, "x-amazon-apigateway-integration", "responses", "default"),
    ("servers", 0),
    ("info",),
    ("components",),
    ("components", "schemas"),
    ("components", "schemas", "Order"),
    ("components", "schemas", "Order", "properties"),
    ("components", "schemas", "Order", "properties", "item"),
    ("components", "schemas", "Order", "allOf", 0),
    ("components", "securitySchemes"),
    ("components", "securitySchemes", "login"),
]


def at(document, path):
    for step in path:
        document = document[step]
    return document


def replaced(path, to):
    document = whole()
    at(document, path[:-1])[path[-1]] = to
    return document


def inlined(value, root):
    """A built document with its models where they are referred to."""
    if isinstance(value, dict):
        if set(value) == {"$ref"}:
            return inlined(root["components"]["schemas"][value["$ref"].rpartition("/")[2]], root)
        return {key: inlined(each, root) for key, each in value.items()}
    return [inlined(each, root) for each in value] if isinstance(value, list) else value


@pytest.mark.parametrize("path", OBJECTS, ids=lambda path: "/".join(map(str, path)))
def test_a_reference_to_another_file_is_refused_where_it_is(path):
    found = problems(replaced(path, FILE), ARGS, **OPTIONS)

    assert any(where.endswith(".$ref") and "nothing is fetched" in message for where, message in found.items())


@pytest.mark.parametrize("path", OBJECTS, ids=lambda path: "/".join(map(str, path)))
def test_a_reference_to_an_equal_object_builds_the_same_gateway(path):
    document = replaced(path, {"$ref": "#/x-moved/here"})
    document["x-moved"] = {"here": at(whole(), path)}
    built, _ = gateway(document, ARGS, **OPTIONS)
    expected, _ = gateway(whole(), ARGS, **OPTIONS)

    assert inlined(built["paths"], built) == inlined(expected["paths"], expected)


@pytest.mark.parametrize("path", [(), *OBJECTS], ids=lambda path: "/".join(map(str, path)))
def test_an_unknown_member_is_refused_or_told(path):
    document = whole()
    is_map = path[-1:] in {("requestParameters",), ("requestTemplates",)}
    at(document, path)["x-amazon-apigateway-unknown"] = "1" if is_map else {"a": 1}
    if path[-1:] == ("properties",):
        return  # it is the name of a property
    try:
        _, dropped = gateway(document, ARGS, **OPTIONS)
        named = str(dropped)
    except ArgsError as error:
        named = str(error)
    assert "x-amazon-apigateway-unknown" in named


def test_extensions_of_others_are_told():
    _, dropped = gateway(changed(*GET, "x-own", to=1))

    assert 'openapi.paths["/orders"].get.x-own (an extension that API Gateway does not know)' in dropped


@pytest.mark.parametrize(
    ("path", "member", "hint"),
    [
        (GET, "requstBody", "requestBody"),
        ((*POST, "requestBody"), "contents", "content"),
        ((*POST, "requestBody", "content", "application/json"), "shema", "schema"),
        (("paths", "/orders"), "query", ""),
        ((), "path", "paths"),
    ],
)
def test_a_misspelt_member_is_refused_with_the_nearest_one(path, member, hint):
    (message,) = problems(changed(*path, member, to={})).values()

    assert "is no member of" in message
    assert hint in message


@pytest.mark.parametrize(
    "reference",
    [
        "#/components/schemas/T/properties/x",
        "#/components/schemas/T/allOf/0",
        "#/paths/~1b/post/requestBody/content/application~1json/schema",
        "#/paths/~1b/post/requestBody/content/application%2Fjson".replace("%2F", "~1") + "/schema",
        "#/components/schemas/T/%70roperties/x",
        "#/components/schemas/Alias",
        "#/components/schemas/Alias/allOf/0",
        "#/x-own/list/1",
    ],
)
def test_pointers_lead_anywhere_in_the_document(reference):
    body = {"required": ["q"], "type": "object"}
    document = changed(*SCHEMA, to={"$ref": reference})
    document["components"]["schemas"] |= {
        "T": {"properties": {"x": body}, "allOf": [body]},
        "Through": {"$ref": "#/components/schemas/T/properties/x"},
        "Alias": {"allOf": [body], "required": ["q"]},
    }
    document["x-own"] = {"list": [{}, body]}
    document["paths"]["/b"] = {"post": {"requestBody": {"content": {"application/json": {"schema": body}}}}}
    built, _ = gateway(document)
    content = built["paths"]["/orders"]["post"]["requestBody"]["content"]

    assert inlined(content["application/json"]["schema"], built)["required"] == ["q"]


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("#/components/schemas/Odrer", "did you mean 'Order'"),
        ("#/components/schemas/Order/allOf/7", "leads nowhere"),
        ("#Order", "must be a JSON Pointer"),
        ("#/components/schemas/Round", "refers to itself"),
        ("#/components/schemas/Ring", "refers to itself"),
        ("https://example.com/x.json", "nothing is fetched"),
        ("", "nothing is fetched"),
    ],
)
def test_a_reference_that_leads_nowhere_says_why(reference, message):
    document = changed(*SCHEMA, to={"$ref": reference})
    document["components"]["schemas"] |= {
        "Round": {"$ref": "#/components/schemas/Round"},
        "Ring": {"$ref": "#/components/schemas/Back"},
        "Back": {"$ref": "#/components/schemas/Ring"},
    }
    ((where, found),) = problems(document).items()

    assert where.endswith("schema.$ref")
    assert message in found


def test_a_schema_that_is_a_part_of_itself_is_refused_but_may_contain_itself():
    circle = changed("components", "schemas", "Order", to={"allOf": [{"$ref": "#/components/schemas/Order"}]})
    tree = changed(
        "components", "schemas", "Order", to={"properties": {"next": {"$ref": "#/components/schemas/Order"}}}
    )

    assert "a part of itself" in str(problems(circle))
    gateway(tree)


def test_a_chain_of_components_may_be_longer_than_a_stack():
    document = copy.deepcopy(PLAIN)
    document["components"]["schemas"] = {
        "Order": {"properties": {"next": {"$ref": "#/components/schemas/S0"}}},
        **{f"S{i}": {"properties": {"next": {"$ref": f"#/components/schemas/S{i + 1}"}}} for i in range(2_000)},
        "S2000": {"type": "string"},
    }
    built, _ = gateway(document)

    assert len(built["components"]["schemas"]) == 2_002


def test_members_next_to_the_reference_of_a_path_item_count():
    document = changed("paths", "/a", to={"$ref": "#/components/pathItems/A", "get": {"operationId": "own"}})
    document["components"]["pathItems"] = {"A": {"post": {"operationId": "shared"}}}
    built, _ = gateway(document)

    assert {"get", "post"} <= set(built["paths"]["/a"])
    document["components"]["pathItems"]["A"]["get"] = {"operationId": "other"}
    assert "is defined twice" in str(problems(document))


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_members_next_to_the_reference_of_a_schema_mean_what_the_version_says(version):
    document = changed(*SCHEMA, to={"$ref": "#/components/schemas/Order", "required": ["more"]})
    built, dropped = gateway({**document, "openapi": version})
    schema = built["paths"]["/orders"]["post"]["requestBody"]["content"]["application/json"]["schema"]

    assert ("allOf" in schema) == (version == "3.1.0")
    assert any("next to a `$ref`" in each for each in dropped) == (version == "3.0.3")


def test_components_that_nothing_refers_to_are_told():
    document = changed("components", "schemas", "Unused", to={"type": "string"})
    document["components"] |= {"parameters": {"P": {}}, "responses": {"R": {}}}
    _, dropped = gateway(document)

    assert "openapi.components.schemas.Unused (no operation uses it)" in dropped
    assert "openapi.components.parameters.P (no operation uses it)" in dropped
    assert any(each.startswith("openapi.components.responses") for each in dropped)


def test_components_that_lead_to_others_are_used():
    document = changed(*POST, "requestBody", to={"$ref": "#/components/requestBodies/A"})
    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/First"}}}}
    document["components"]["requestBodies"] = {"A": {"$ref": "#/components/requestBodies/B"}, "B": body}
    document["components"]["schemas"] |= {"First": {"$ref": "#/components/schemas/Order"}}
    _, dropped = gateway(document)

    assert not any("no operation uses it" in each for each in dropped)


def test_what_api_gateway_does_not_check_of_a_parameter_is_told():
    given = {"name": "page", "in": "query", "schema": {"type": "integer", "minimum": 1}}
    _, dropped = gateway(changed(*GET, "parameters", to=[given]))

    assert any("parameters[0].schema.minimum" in each for each in dropped)


SCHEMES = {
    "oauth": {"type": "oauth2", "flows": {}},
    "bearer": {"type": "http", "scheme": "bearer"},
    "key": {"type": "apiKey", "in": "header", "name": "x-api-key"},
}
KEYED = {"keys": {"plans": {"gold": {"rate": 5, "burst": 9}}, "keys": {"acme": {"plan": "gold"}}}}
MAPPED = {"security_schemes": {"oauth": "users", "bearer": "users"}}


def requiring(security, *, root=False):
    document = changed(*(("security",) if root else (*GET, "security")), to=security)
    document["components"]["securitySchemes"] = SCHEMES
    return document


MEANT = {
    "either-scope": ([{"oauth": ["read"]}, {"oauth": ["write"]}], ["shop/read", "shop/write"]),
    "a-login-alone-suffices": ([{"oauth": ["read"]}, {"oauth": []}], ["shop/read", "shop/write"]),
    "the-larger-is-idle": ([{"oauth": ["read"]}, {"oauth": ["read", "write"]}], ["shop/read"]),
    "two-schemes-one-scope": ([{"oauth": ["read"]}, {"bearer": ["write"]}], ["shop/read", "shop/write"]),
    "both-schemes-one-scope": ([{"oauth": ["read"], "bearer": []}], ["shop/read"]),
}


@pytest.mark.parametrize("root", [False, True], ids=["operation", "document"])
@pytest.mark.parametrize(("security", "scopes"), MEANT.values(), ids=MEANT)
def test_alternatives_of_scopes_are_any_of_them(security, scopes, root):
    built, _ = gateway(requiring(security, root=root), ARGS, **MAPPED)

    assert built["paths"]["/orders"]["get"]["security"] == [{"users": scopes}]


LOST = {
    "all-scopes": [{"oauth": ["read", "write"]}],
    "all-scopes-of-two": [{"oauth": ["read"], "bearer": ["write"]}],
    "all-or-one": [{"oauth": ["read", "write"]}, {"oauth": ["admin"]}],
    "login-or-key": [{"oauth": ["read"]}, {"key": []}],
    "optional": [{"oauth": ["read"]}, {}],
    "no-list": {"oauth": ["read"]},
    "scopes-in-a-string": [{"oauth": "read"}],
}


@pytest.mark.parametrize("root", [False, True], ids=["operation", "document"])
@pytest.mark.parametrize("security", LOST.values(), ids=LOST)
def test_what_would_mean_something_else_is_refused(security, root):
    found = problems(requiring(security, root=root), {**ARGS, **(KEYED if "key" in str(security) else {})}, **MAPPED)

    assert all(".security" in each for each in found), found


def test_the_meaning_of_api_gateway_can_be_accepted():
    security = [{"oauth": ["read", "write"]}, {"key": []}]
    built, _ = gateway(requiring(security), {**ARGS, **KEYED}, **MAPPED, security_meaning="aws")
    expected = [{"users": ["shop/read", "shop/write"]}, {"api_key": []}]

    assert built["paths"]["/orders"]["get"]["security"] == expected


def test_an_override_decides_what_cannot_be_expressed():
    operations = {"list": {"scopes": ["read"], "api_key": False}}
    security = [{"oauth": ["read", "write"]}, {"key": []}]
    built, _ = gateway(requiring(security), ARGS, **MAPPED, operations=operations)

    assert built["paths"]["/orders"]["get"]["security"] == [{"users": ["shop/read"]}]


FUNCTION = {"authorizers": {"own": {"function": {"function": "arn:aws:lambda:eu-west-1:123456789012:function:check"}}}}


def many():
    document = copy.deepcopy(PLAIN)
    for number in range(40):
        document["paths"][f"/r{number}"] = {"get": {"security": [{"oauth": ["read", "write"]}]}}
    document["components"]["securitySchemes"] = SCHEMES
    return document


def test_one_cause_is_one_message_with_the_number_of_its_places():
    (message,) = problems(many(), {"auth": FUNCTION}, security_schemes={"oauth": "own"}).values()

    assert "openapi.function_scopes: ['oauth']" in message


def test_a_function_may_check_the_scopes():
    options = {"security_schemes": {"oauth": "own"}, "function_scopes": ["oauth"]}
    built, dropped = gateway(many(), {"auth": FUNCTION}, **options)

    assert built["paths"]["/r7"]["get"]["security"] == [{"own": []}]
    assert any("37 more (the function of the Lambda authorizer checks the scopes)" in each for each in dropped)


@pytest.mark.parametrize(
    ("option", "value"),
    [("function_scopes", "oauth"), ("unchecked_keywords", "prefixItems"), ("permitted_functions", "f")],
)
def test_an_option_that_does_nothing_is_refused(option, value):
    document = requiring([{"oauth": []}])
    found = problems(document, {"auth": FUNCTION}, security_schemes={"oauth": "own"}, **{option: [value]})

    assert f"openapi.{option}[0]" in found


@pytest.mark.parametrize("scheme", ["nobody", "bearer", "oauth"])
def test_only_schemes_of_lambda_authorizers_have_scopes_that_a_function_checks(scheme):
    found = problems(requiring([{"oauth": ["read"]}]), ARGS, **MAPPED, function_scopes=[scheme])

    assert "openapi.function_scopes[0]" in found


def test_the_same_mistake_is_gathered_and_others_are_not():
    found = Problems()
    gathering = Gathering(found)
    for path in ("a", "b", "b", "c", "d", "e"):
        gathering.add(path, "is wrong")
    gathering.add("a", "is missing")

    assert [str(each) for each in found.found] == [
        "a: is wrong (the same in 4 other paths: b, c, d and 1 more)",
        "a: is missing",
    ]


def test_what_is_left_out_is_listed_and_counted():
    dropped = Dropped()
    for number in range(5):
        dropped.add(f"p{number}", "why")
    dropped.add("q", member="tags")

    assert dropped.lines() == ("p0 (why)", "p1 (why)", "p2 and 2 more (why)", "q")


ID = {"type": "string", "readOnly": True}
READ_ONLY = {
    "itself": ({"required": ["id", "x"], "properties": {"id": ID}}, ["x"]),
    "only": ({"required": ["id"], "properties": {"id": ID}}, None),
    "referred": ({"required": ["id", "x"], "properties": {"id": {"$ref": "#/components/schemas/Id"}}}, ["x"]),
    "wrapped": ({"required": ["id", "x"], "properties": {"id": {"allOf": [{}, ID]}}}, ["x"]),
    "writable": ({"required": ["id"], "properties": {"id": {**ID, "readOnly": False}}}, ["id"]),
    "elsewhere": ({"allOf": [{"$ref": "#/components/schemas/Base"}], "required": ["id", "x"]}, ["x"]),
}


@pytest.mark.parametrize("version", ["3.0.0", "3.1.0"])
@pytest.mark.parametrize(("schema", "required"), READ_ONLY.values(), ids=READ_ONLY)
@pytest.mark.parametrize("nested", ["", "items", "additionalProperties", "property"])
def test_requests_need_no_read_only_properties_in_3_0(schema, required, version, nested):
    given = {"": schema, "property": {"properties": {"p": schema}}}.get(nested, {nested: schema})
    document = {**changed(*SCHEMA, to=given), "openapi": version}
    document["components"]["schemas"] |= {"Id": ID, "Base": {"properties": {"id": ID}}}
    built, _ = gateway(document)
    found = built["paths"]["/orders"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    found = {"": found, "property": found.get("properties", {}).get("p")}.get(nested, found.get(nested))

    assert found.get("required") == (required if version == "3.0.0" else schema["required"])


def test_a_component_is_relaxed_only_where_another_one_calls_the_property_read_only():
    schemas = {"Base": {"properties": {"id": ID}}, "Needs": {"required": ["id", "x"]}}
    both = [{"$ref": "#/components/schemas/Base"}, {"$ref": "#/components/schemas/Needs"}]
    document = changed(*SCHEMA, to={"allOf": both, "properties": {"other": {"$ref": "#/components/schemas/Needs"}}})
    document["components"]["schemas"] |= schemas
    built, _ = gateway(document)
    found = inlined(built["paths"]["/orders"]["post"]["requestBody"]["content"]["application/json"]["schema"], built)

    assert found["allOf"][1]["required"] == ["x"]
    assert found["properties"]["other"]["required"] == ["id", "x"]


def test_what_is_forbidden_is_not_widened():
    schema = {"properties": {"id": ID}, "not": {"required": ["id"]}}
    built, _ = gateway(changed(*SCHEMA, to=schema))
    found = built["paths"]["/orders"]["post"]["requestBody"]["content"]["application/json"]["schema"]

    assert found["not"] == {"required": ["id"]}


TUPLE = {"type": "array", "prefixItems": [{"type": "string"}], "min_items": 1}


def test_keywords_that_api_gateway_cannot_check_are_left_out_only_with_a_word():
    document = changed(*SCHEMA, to=TUPLE)
    found = problems(document)
    built, dropped = gateway(document, unchecked_keywords=["prefixItems", "min_items"])

    assert {each.rpartition(".")[2] for each in found} == {"prefixItems", "min_items"}
    assert built["paths"]["/orders"]["post"]["requestBody"]["content"]["application/json"]["schema"] == {
        "type": "array"
    }
    assert any("prefixItems (API Gateway cannot check it)" in each for each in dropped)


@pytest.mark.parametrize("keyword", ["pattern", "$ref", "title"])
def test_keywords_that_are_checked_or_mean_nothing_need_no_word(keyword):
    assert "openapi.unchecked_keywords[0]" in problems(PLAIN, unchecked_keywords=[keyword])


def test_one_segment_with_two_names_is_one_mistake():
    document = changed("paths", "/a/{id}", to={"get": {}, "put": {}})
    document["paths"] |= {"/a/{other}/b": {"get": {}}, "/a/{other}/c": {"get": {}, "put": {}}}

    assert len(problems(document)) == 1


NOTHING = {
    "request body": (*POST, "requestBody"),
    "media type": (*POST, "requestBody", "content", "application/json"),
    "schema": SCHEMA,
    "component": ("components", "schemas", "Order"),
    "properties": ("components", "schemas", "Order", "properties"),
    "operation": GET,
}


@pytest.mark.parametrize("name", NOTHING)
def test_what_has_no_value_is_refused_and_not_left_unchecked(name):
    """A key without a value, as YAML allows it, would leave a body unchecked."""
    found = problems(changed(*NOTHING[name], to=None))
    assert ["got nothing" in message for message in found.values()] == [True]


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_the_schema_of_a_parameter_has_a_value(version):
    parameter = {"name": "q", "in": "query", "schema": None}
    document = {**changed(*GET, "parameters", to=[parameter]), "openapi": version}
    (message,) = problems(document).values()
    assert message == "expected a schema, which is an object, got nothing"
