"""API: what is written into integrations and responses, who may send credentials across origins, and preflights."""

import json

import pytest
from graphs import UNDECIDED, VIOLATION, api, changed, findings, made, method, statuses
from http_graphs import http_api

from policypack.graph.values import UNKNOWN
from policypack.readers.cors import settings_origins_named

CORS, SECRETS = "auth-cors-credentials-named-origins", "auth-integrations-without-secrets"
DETAILS, PREFLIGHT_KEYS = "api-gateway-responses-hide-details", "api-preflights-without-key"
AUTHENTICATED, KEYS = "auth-methods-authenticated", "auth-keys-never-standalone"
ORIGIN, CREDENTIALS = "Access-Control-Allow-Origin", "Access-Control-Allow-Credentials"
EVERY, PLAIN, STAR = "of every origin", "unencrypted origin", "browsers reject"


def part(kind, name, verb="GET", **inputs):
    where = {"restApi": "shop-id", "resourceId": "orders-id", "httpMethod": verb}
    return made(f"apigateway/{kind[0].lower()}{kind[1:]}:{kind}", name, **where, **inputs)


def responding(verb="OPTIONS", *, kind="MOCK", authorization="NONE", **response):
    """A method that responds so, as resources."""
    asked = {"apiKeyRequired": response.pop("apiKeyRequired")} if "apiKeyRequired" in response else {}
    return changed(
        part("Integration", "preflight", verb, type=kind),
        part("IntegrationResponse", "preflight", verb, statusCode="200", **response),
        method=method(verb, authorization, **asked),
    )


def document(verb="options", *, integration=None, **response):
    given = integration or {"type": "mock", "responses": {"default": response}}
    operation = {"x-amazon-apigateway-integration": given}
    return changed(api=api(body=json.dumps({"paths": {"/orders": {verb: operation}}})), method=None, path=None)


def refusing(**response):
    """A gateway response, as a resource and in a document."""
    kept = {"restApiId": "shop-id", "responseType": "DEFAULT_4XX"}
    whole = {"x-amazon-apigateway-gateway-responses": {"DEFAULT_4XX": response}}
    yield changed(made("apigateway/response:Response", "denied", **kept, **response))
    yield changed(api=api(body=json.dumps(whole)))


def template(source):
    return {"responseTemplates": {"application/json": source}}


def override(name, value):
    return f"#set($context.responseOverride.header.{name} = {value})\n"


ALLOWED = override(CREDENTIALS, "'true'")
REFLECTED = override(ORIGIN, "$input.params('origin')")
ASKED = "#set($origin = $input.params().header.get('Origin'))\n"
MINE = override(ORIGIN, "$origin")
A, B = '"https://a.example.com"', '"https://b.example.com"'
LISTED = f"#set($ours = [{A}, {B}])\n"
TEMPLATES = {
    "reflected": (REFLECTED + ALLOWED, EVERY),
    "reflected in brackets": (
        f'#set($context.responseOverride.header["{ORIGIN}"] = $input.params("origin"))\n{ALLOWED}',
        EVERY,
    ),
    "reflected by a variable": (ASKED + override(ORIGIN, "$origin") + ALLOWED, EVERY),
    "reflected if there is one": (f'{ASKED}#if($origin != ""){override(ORIGIN, "$origin")}#end{ALLOWED}', EVERY),
    "reflected in quotes": (f"{ASKED}{override(ORIGIN, chr(34) + '${origin}' + chr(34))}{ALLOWED}", EVERY),
    "every origin": (override(ORIGIN, "'*'") + ALLOWED, STAR),
    "over http": (override(ORIGIN, '"http://shop.example.com"') + ALLOWED, PLAIN),
    "a bucket of anyone": (override(ORIGIN, "'https://*.cloudfront.net'") + ALLOWED, EVERY),
    "compared with http": (
        f'{ASKED}#if($origin == "http://shop.example.com"){override(ORIGIN, "$origin")}#end{ALLOWED}',
        PLAIN,
    ),
    "named": (override(ORIGIN, '"https://shop.example.com"') + ALLOWED, None),
    "of the stage": (override(ORIGIN, "$stageVariables.origin") + ALLOWED, None),
    "of a list": (LISTED + ASKED + f"#if($ours.contains($origin)){MINE}#end" + ALLOWED, None),
    "compared": (ASKED + f"#if($origin == {A} || $origin == {B}){MINE}#end" + ALLOWED, None),
    "without credentials": (REFLECTED, None),
    "without credentials, said": (REFLECTED + override(CREDENTIALS, "'false'"), None),
    "in a comment": (f"## {REFLECTED}{ALLOWED}", None),
    "matched": (f'{ASKED}#if($origin.matches("https://.*")){override(ORIGIN, "$origin")}#end{ALLOWED}', "undecided"),
}


@pytest.mark.parametrize(("source", "expected"), TEMPLATES.values(), ids=TEMPLATES)
def test_origins_that_a_template_sets_are_read(source, expected):
    for resources in (
        responding(**template(source)),
        document(**template(source)),
        responding("GET", kind="HTTP", authorization="AWS_IAM", **template(source)),
    ):
        found = findings(CORS, resources)
        assert [status for status, _ in found] == (
            [] if expected is None else [UNDECIDED if expected == "undecided" else VIOLATION]
        )
        assert expected in {None, "undecided"} or expected in found[0][1]


@pytest.mark.parametrize("reflected", ["header.Origin", "multivalueheader.Origin", "header.Referer", "querystring.o"])
def test_an_origin_that_the_request_contains_is_every_origin(reflected):
    place = {
        f"gatewayresponse.header.{ORIGIN}": f"method.request.{reflected}",
        f"gatewayresponse.header.{CREDENTIALS}": "'true'",
    }
    for resources in refusing(responseParameters=place):
        assert statuses(CORS, resources) == [VIOLATION]


def test_origins_of_templates_and_of_parameters_add_up():
    parameters = {f"method.response.header.{CREDENTIALS}": "'true'"}

    for resources in (
        responding(responseParameters=parameters, **template(REFLECTED)),
        document(responseParameters=parameters, **template(REFLECTED)),
    ):
        assert statuses(CORS, resources) == [VIOLATION]
    assert statuses(CORS, responding(responseParameters=parameters, responseTemplates=UNKNOWN)) == [UNDECIDED]


ORIGINS = {
    "https://shop.example.com": None,
    "https://*.shop.example.com": None,
    "http://localhost:3000": None,
    "http://127.0.0.1:8080": None,
    "capacitor://localhost": None,
    "http://shop.example.com": PLAIN,
    "https://*": EVERY,
    "https://*.com": EVERY,
    "https://*.github.io": EVERY,
    "null": EVERY,
    "*": STAR,
}


@pytest.mark.parametrize(("origin", "expected"), ORIGINS.items())
def test_each_origin_is_judged_by_who_can_have_it(origin, expected):
    of_http = settings_origins_named(True, ["https://a.example.com", origin])  # noqa: FBT003 - as AWS spells it

    assert of_http.is_no == (expected is not None)
    assert expected is None or expected in of_http.reason
    parameters = {
        f"method.response.header.{ORIGIN}": f"'{origin}'",
        f"method.response.header.{CREDENTIALS}": "'true'",
    }
    assert statuses(CORS, responding(responseParameters=parameters)) == ([VIOLATION] if expected else [])


DATA = {
    "a stage variable": ('{"partner": "$stageVariables.partner"}', VIOLATION),
    "the authorizer's": ('{"who": "$context.authorizer.principalId"}', VIOLATION),
    "the source address": ('{"ip": "$context.identity.sourceIp"}', VIOLATION),
    "a constant": ('{"backend": "https://orders.internal:8443/v2"}', VIOLATION),
    "a list": ('["eu-west-1", "i-0123456789"]', VIOLATION),
    "a variable of a variable": ('#set($x = $stageVariables.partner)\n{"p": "$x"}', VIOLATION),
    "nothing": ("", None),
    "an empty object": ("{}", None),
    "a status": ('{"statusCode": 200}', None),
    "two words": ('{"message": "OK"}', None),
    "headers": (override(ORIGIN, "'https://shop.example.com'"), None),
    "a comment": ("## $stageVariables.partner", None),
}


@pytest.mark.parametrize(("source", "expected"), DATA.values(), ids=DATA)
def test_a_preflight_responds_with_headers_alone(source, expected):
    for resources in (responding(**template(source)), document(**template(source))):
        found = findings(AUTHENTICATED, resources)
        assert [status for status, _ in found] == ([expected] if expected else [])
        assert not expected or "OPTIONS /orders" in found[0][1]


def test_headers_of_a_preflight_are_data_too():
    parameters = {"method.response.header.X-Backend": "stageVariables.backend"}

    assert statuses(AUTHENTICATED, responding(responseParameters=parameters)) == [VIOLATION]
    assert statuses(AUTHENTICATED, responding(responseTemplates=UNKNOWN)) == [UNDECIDED]


def test_a_preflight_that_asks_for_a_key_only_fails():
    asking = responding(apiKeyRequired=True)
    schemes = {"key": {"type": "apiKey", "name": "x-api-key", "in": "header"}}
    operation = {"security": [{"key": []}], "x-amazon-apigateway-integration": {"type": "mock"}}
    whole = {"paths": {"/orders": {"options": operation}}, "components": {"securitySchemes": schemes}}
    for resources in (asking, changed(api=api(body=json.dumps(whole)), method=None, path=None)):
        assert findings(PREFLIGHT_KEYS, resources) == [
            (VIOLATION, "OPTIONS /orders requires an API key, which browsers do not send with preflights")
        ]
        assert findings(KEYS, resources) == findings(AUTHENTICATED, resources) == []
    assert statuses(KEYS, responding(apiKeyRequired=True, **template('{"a": "$stageVariables.b"}'))) == [VIOLATION]
    assert findings(PREFLIGHT_KEYS, responding()) == []


REVEALED = {
    "context.identity.apiKey": VIOLATION,
    "context.authorizer.principalId": VIOLATION,
    "context.authorizer.claims.email": VIOLATION,
    "context.error.validationErrorString": VIOLATION,
    "context.webaclArn": VIOLATION,
    "stageVariables.backend": VIOLATION,
    "context.requestId": None,
    "context.extendedRequestId": None,
    "context.error.responseType": None,
    "context.identity.sourceIp": None,
}


@pytest.mark.parametrize(("variable", "expected"), REVEALED.items())
def test_a_gateway_response_reveals_nothing_in_headers_or_body(variable, expected):
    wanted = [expected] if expected else []
    for resources in refusing(responseParameters={"gatewayresponse.header.X-Info": variable}):
        assert statuses(DETAILS, resources) == wanted
    for spelled in (f"${variable}", f"${{{variable}}}", f"$!{variable}"):
        for resources in refusing(responseTemplates={"application/json": f'{{"info": "{spelled}"}}'}):
            assert statuses(DETAILS, resources) == wanted


@pytest.mark.parametrize(
    "source", ["$stageVariables", "$stageVariables.get('x')", "$stageVariables['x']", "$context.identity"]
)
def test_a_gateway_response_reveals_no_whole_map(source):
    for resources in refusing(responseTemplates={"application/json": f'{{"info": "{source}"}}'}):
        assert statuses(DETAILS, resources) == [VIOLATION]


def test_a_gateway_response_returns_no_credential_of_the_request():
    for name, wanted in (("Authorization", [VIOLATION]), ("x-api-key", [VIOLATION]), ("X-Request-Id", [])):
        for resources in refusing(responseParameters={"gatewayresponse.header.X": f"method.request.header.{name}"}):
            assert statuses(DETAILS, resources) == wanted


KEY, SHORT = "9f8e7d6c5b4a39281706f5e4d3c2b1a0", "correct-horse-1"
HTTPS = "https://backend.example.com/orders"
WRITTEN = {
    "an access key": {"requestTemplates": {"application/json": '{"key": "AKIAABCDEFGHIJKLMNOP"}'}},
    "a field": {"requestTemplates": {"application/json": f'{{"clientSecret": "{SHORT}"}}'}},
    "a form": {"requestTemplates": {"application/x-www-form-urlencoded": f"user=shop&password={SHORT}"}},
    "a variable": {"requestTemplates": {"application/json": f'#set($apiKey = "{KEY}")\n{{"k": "$apiKey"}}'}},
    "an override": {
        "requestTemplates": {
            "application/json": f'#set($context.requestOverride.header.Authorization = "Bearer {KEY}")'
        }
    },
    "a bearer token": {"requestParameters": {"integration.request.header.Authorization": f"'Bearer {KEY}'"}},
    "a user": {"requestParameters": {"integration.request.header.Authorization": "'Basic c2hvcDpob3JzZS0x'"}},
    "a key": {"requestParameters": {"integration.request.header.X-Api-Key": f"'{KEY}'"}},
    "a key in the query": {"requestParameters": {"integration.request.querystring.api_key": f"'{KEY}'"}},
    "a key in the address": {"uri": f"{HTTPS}?api_key={KEY}"},
    "a user in the address": {"uri": f"https://shop:{SHORT}@backend.example.com"},
}
UNWRITTEN = {
    "the caller's": {
        "requestParameters": {"integration.request.header.Authorization": "method.request.header.Authorization"}
    },
    "the authorizer's": {"requestTemplates": {"application/json": '{"token": "$context.authorizer.token"}'}},
    "the stage's": {"requestParameters": {"integration.request.header.X-Api-Key": "stageVariables.key"}},
    "an example": {"requestTemplates": {"application/json": '{"token": "example-token-1"}'}},
    "a type of token": {"requestTemplates": {"application/json": '{"tokenType": "urn:ietf:params:oauth:jwt-2"}'}},
    "a scheme": {"requestParameters": {"integration.request.header.WWW-Authenticate": "'Bearer realm=\"shop\"'"}},
    "a header's name": {"requestTemplates": {"application/json": '{"auth": "Authorization"}'}},
    "a stage variable in the address": {"uri": HTTPS + "?api_key=${stageVariables.key}"},
    "an identifier": {"requestTemplates": {"application/json": '{"requestId": "$context.requestId", "v": "2024-10"}'}},
}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        *(pytest.param(each, [VIOLATION], id=name) for name, each in WRITTEN.items()),
        *(pytest.param(each, [], id=name) for name, each in UNWRITTEN.items()),
    ],
)
def test_a_credential_written_into_an_integration_is_found_and_never_repeated(given, expected):
    whole = {"type": "HTTP", "uri": HTTPS, **given}
    socket = made(
        "apigatewayv2/integration:Integration", "i", apiId="h-id", **{**whole, "integrationUri": whole["uri"]}
    )
    for resources in (
        changed(part("Integration", "backend", **whole)),
        document("get", integration={**whole, "type": "http"}),
        [http_api("WEBSOCKET"), socket],
    ):
        found = findings(SECRETS, resources)
        assert [status for status, _ in found] == expected
        assert not any(KEY in message or SHORT in message or "AKIA" in message for _, message in found)


def test_a_credential_in_a_response_is_found():
    written = template(f'{{"accessToken": "{KEY}"}}')

    assert statuses(SECRETS, responding("GET", kind="HTTP", authorization="AWS_IAM", **written)) == [VIOLATION]
    assert statuses(SECRETS, document("get", **written)) == [VIOLATION]
    for resources in refusing(**written):
        assert statuses(SECRETS, resources) == [VIOLATION]


@pytest.mark.parametrize("form", [dict, list])
def test_a_credential_that_an_http_api_adds_is_found(form):
    requests = {"append:header.x-api-key": KEY}
    mappings = {"append:header.x-upstream": f"Bearer {KEY}"}
    responses = {"200": mappings} if form is dict else [{"statusCode": "200", "mappings": mappings}]
    for given in ({"requestParameters": requests}, {"responseParameters": responses}):
        declared = made("apigatewayv2/integration:Integration", "i", apiId="h-id", integrationUri=HTTPS, **given)
        assert statuses(SECRETS, [http_api(), declared]) == [VIOLATION]
    asked = {"requestParameters": {"append:header.x-api-key": "$request.header.x-api-key"}}
    declared = made("apigatewayv2/integration:Integration", "i", apiId="h-id", integrationUri=HTTPS, **asked)
    assert findings(SECRETS, [http_api(), declared]) == []


def test_a_credential_known_only_later_is_undecided():
    given = {"type": "HTTP", "uri": HTTPS, "requestParameters": {"integration.request.header.X-Api-Key": UNKNOWN}}

    assert statuses(SECRETS, changed(part("Integration", "backend", **given))) == [UNDECIDED]
