"""API definitions: what import makes of them, and that nothing hostile passes, crashes or takes for ever."""

import json

import pytest
import yaml
from graphs import EVERYTHING, OFFICE, VIOLATION, api, changed, findings, made, policy, policy_document
from hypothesis import given, settings
from hypothesis import strategies as st
from work import growth

from policypack.graph.graph import Graph
from policypack.graph.values import UNKNOWN
from policypack.model.fact import Fact
from policypack.readers import openapi as bodies
from policypack.readers.stack import build

AUTHENTICATED, EXIST = "auth-methods-authenticated", "auth-authorizers-exist"
SIGV4 = {"type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": "awsSigv4"}
KEY = {"type": "apiKey", "name": "x-api-key", "in": "header"}


def document(operation, root=None, **item):
    return {
        "openapi": "3.0.1",
        "paths": {"/orders": {"get": operation, **item}},
        "components": {"securitySchemes": {"sigv4": SIGV4, "key": KEY}},
        **(root or {}),
    }


def one(value, *, rest=True):
    body = bodies.parse(value, rest=rest)
    assert isinstance(body, bodies.Body)
    (operation,) = body.operations
    return operation


MEANT = {
    "required": ({"security": [{"sigv4": []}]}, Fact.YES, "iam"),
    "required-with-a-key": ({"security": [{"sigv4": [], "key": []}]}, Fact.YES, "iam"),
    "optional": ({"security": [{"sigv4": []}, {}]}, Fact.NO, "none"),
    "switched-off": ({"security": [{"sigv4": []}], "x-amazon-apigateway-auth": {"type": "none"}}, Fact.NO, "none"),
    "own-iam": ({"x-amazon-apigateway-auth": {"type": "AWS_IAM"}}, Fact.YES, "iam"),
    "own-none": ({"x-amazon-apigateway-auth": {"type": "NONE"}}, Fact.NO, "none"),
    "undefined-alone": ({"security": [{"nobody": []}]}, Fact.NO, "none"),
    "an-object": ({"security": {"sigv4": []}}, Fact.YES, "iam"),
    "a-text": ({"security": "sigv4"}, Fact.UNKNOWN, "unknown"),
    "later": ({"security": UNKNOWN}, Fact.UNKNOWN, "unknown"),
    "perhaps-optional": ({"security": [{"sigv4": []}, UNKNOWN]}, Fact.UNKNOWN, "unknown"),
    "nothing": (None, Fact.NO, "none"),
    "wrong": ("get", Fact.NO, "none"),
    "operation-later": (UNKNOWN, Fact.UNKNOWN, "unknown"),
}


@pytest.mark.parametrize(("operation", "answer", "how"), MEANT.values(), ids=MEANT)
def test_what_an_operation_asks_for(operation, answer, how):
    found = one(document(operation))

    assert (found.authenticated, found.authorization) == (answer, how)


def test_the_message_tells_why_the_root_does_not_protect():
    given_ = document({}, root={"security": [{"sigv4": []}]})
    ((status, message),) = findings(AUTHENTICATED, changed(api=api(body=json.dumps(given_)), method=None))

    assert status == VIOLATION
    assert "does not read the `security` of the document's root" in message


FORMS = {"json": json.dumps, "yaml": yaml.safe_dump, "object": lambda value: value}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("version", [{"openapi": "3.0.1"}, {"openapi": "3.1.0"}, {"swagger": "2.0"}])
def test_every_form_is_read(form, version):
    schemes = {"sigv4": SIGV4}
    where = {"securityDefinitions": schemes} if "swagger" in version else {"components": {"securitySchemes": schemes}}
    paths = {"/{proxy+}": {bodies.ANY_METHOD: {"security": [{"sigv4": []}]}}}
    found = one(form({**version, **where, "paths": paths}))

    assert (found.method, found.path, found.authorization) == ("ANY", "/{proxy+}", "iam")


def test_numbers_as_keys_do_no_harm():
    found = one("openapi: 3.0.1\npaths:\n  /x:\n    200: {}\n    get:\n      responses: {200: {}, default: {}}\n")

    assert found.authenticated.is_no


def test_path_items_elsewhere_in_the_document_are_followed():
    there = {
        "components": {"pathItems": {"a/b": {"post": {}}}},
        "paths": {"/x": {"$ref": "#/components/pathItems/a~1b"}},
    }

    assert one({"openapi": "3.1.0", **there}).method == "POST"


LOST = {
    "cycle": {"paths": {"/x": {"$ref": "#/paths/~1x"}}},
    "nowhere": {"paths": {"/x": {"$ref": "#/components/none"}}},
    "another-file": {"paths": {"/x": {"$ref": "other.yaml#/x"}}},
    "no-text": {"paths": {"/x": {"$ref": 5}}},
}


@pytest.mark.parametrize("given_", LOST.values(), ids=LOST)
def test_path_items_that_lead_nowhere_are_undecided(given_):
    assert one({"openapi": "3.0.1", **given_}).authenticated.is_unknown


HOSTILE = {
    "deep-json": '{"a":' * 100_000,
    "deep-lists": '{"paths":' + "[" * 5_000 + "]" * 5_000 + "}",
    "deep-yaml": "paths: " + "[" * 5_000,
    "anchor-bomb": "b0: &b0 [x,x]\n" + "".join(f"b{n + 1}: &b{n + 1} [*b{n},*b{n}]\n" for n in range(30)),
    "six-megabytes": " " * (bodies.LARGEST + 1),
    "keys-twice": '{"paths": {"/x": {"get": {"security": [{}]}, "get": {}}}}',
    "keys-twice-in-yaml": "paths:\n  /x: {}\n  /x: {}\n",
    "paths-a-list": '{"paths": []}',
    "a-path-a-text": '{"paths": {"/x": "get"}}',
    "a-date-that-is-none": "paths: 2020-13-45\n",
    "a-huge-number": "[" + "9" * 5_000 + "]",
    "unhashable-key": "? {a: b}\n: c\n",
    "python-tag": "!!python/object/apply:os.system ['true']",
    "control-characters": "\x00\x01",
    "a-number": 5,
    "a-list": [],
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_documents_are_rejected(text):
    with pytest.raises(bodies.BodyError):
        bodies.parse(text)


def full(count):
    operation = {"security": [{"sigv4": []}], "description": "x" * 900}
    paths = {f"/orders/{n}": {"get": operation, "post": operation} for n in range(count)}
    return bodies.parse(json.dumps({**document({}), "paths": paths}))


def test_the_work_is_proportional_to_the_size_of_a_document():
    body = full(2_800)

    assert isinstance(body, bodies.Body)
    assert len(body.operations) == 5_600
    assert growth(full, 200) < 2.2


WORDS = st.sampled_from(
    [
        *("paths", "components", "securitySchemes", "securityDefinitions", "security", "$ref", "/x", "get", "options"),
        *(bodies.ANY_METHOD, bodies.AUTHORIZER, "x-amazon-apigateway-auth", "type", "in", "name", "sigv4"),
        *("x-amazon-apigateway-authtype", "awsSigv4", "#/paths/~1x", "identitySource", "jwtConfiguration", "issuer"),
    ]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS | st.text(max_size=5) | st.just(UNKNOWN),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=5),
    max_leaves=40,
)


@settings(max_examples=200, deadline=None)
@given(VALUES, st.booleans())
def test_no_document_breaks_the_reader(value, rest):
    try:
        body = bodies.parse(value, rest=rest)
    except bodies.BodyError:
        return
    assert body is None or body is UNKNOWN or isinstance(body, bodies.Body)


@settings(max_examples=40, deadline=None)
@given(VALUES)
def test_no_document_breaks_a_rule(value):
    for kind in ("apigateway/restApi:RestApi", "apigatewayv2/api:Api"):
        resources = [made(kind, "shop", name="shop", body={"openapi": "3.0.1", "paths": value})]
        assert all("failed here" not in message for _, message in findings(AUTHENTICATED, resources))
        assert all(
            "failed here" not in message for _, message in findings("auth-authorizer-cache-keyed-by-caller", resources)
        )


def test_a_separate_import_is_read_as_the_api_itself():
    put = made("apigateway/restApiPut:RestApiPut", "shop", restApiId="shop-id", body=json.dumps(document({})))
    ((status, message),) = findings(AUTHENTICATED, changed(put, method=None))

    assert (status, message) == (VIOLATION, "GET /orders accepts requests without credentials")


SETTINGS = {
    "endpoint": (
        {"disableExecuteApiEndpoint": True},
        {"servers": [{"url": "/", "x-amazon-apigateway-endpoint-configuration": {"disableExecuteApiEndpoint": False}}]},
        lambda gateway: gateway.default_endpoint_off.is_yes,
    ),
    "security policy": (
        {"securityPolicy": "TLS_1_2"},
        {"x-amazon-apigateway-security-policy": "TLS_1_0"},
        lambda gateway: gateway.security_policy.minimum_version == "1.2",
    ),
    "access mode": (
        {"securityPolicy": "SecurityPolicy_TLS13_2025_EDGE", "endpointAccessMode": "STRICT"},
        {"x-amazon-apigateway-endpoint-access-mode": "BASIC"},
        lambda gateway: gateway.strict_access_mode.is_yes,
    ),
    "key source": (
        {"apiKeySource": "AUTHORIZER"},
        {"x-amazon-apigateway-api-key-source": "HEADER"},
        lambda gateway: gateway.key_source_is_authorizer.is_yes,
    ),
    "resource policy": (
        {"policy": policy(EVERYTHING, OFFICE)},
        {"x-amazon-apigateway-policy": policy_document(EVERYTHING)},
        lambda gateway: not any(each.is_yes for each in gateway.resource_policy.open_to_internet.values()),
    ),
}


@pytest.mark.parametrize(("inputs", "root", "is_strict"), SETTINGS.values(), ids=SETTINGS)
def test_what_a_separate_import_sets_comes_after_the_inputs_of_the_api(inputs, root, is_strict):
    body = document({}, root)

    def gateway(**written):
        put = made("apigateway/restApiPut:RestApiPut", "shop", restApiId="shop-id", body=written.pop("put", {}))
        return build(Graph([api(**written), put] if put.inputs["body"] else [api(**written)])).gateways[0]

    assert is_strict(gateway(**inputs))
    assert is_strict(gateway(**inputs, body=body))
    assert is_strict(gateway(**inputs, put=document({})))
    assert not is_strict(gateway(**inputs, put=body))
