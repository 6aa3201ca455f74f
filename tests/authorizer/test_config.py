"""The configuration is read strictly: anything that is not exactly right is rejected, with its path."""

import copy
import json

import pytest

from secure_gateway.authorizer.config import ConfigError, read

STORE = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:keys-AbCdEf"
WHOLE = {
    "name": "users",
    "validators": {
        "users": {"jwt": {"issuers": [{"issuer": "https://issuer.example.com", "audiences": ["api"]}]}},
        "keys": {"api_key": {"store": STORE}},
        "cdn": {"shared_secret": {"store": "arn:aws:ssm:eu-west-1:123456789012:parameter/cdn/secret"}},
        "jobs": {"signature": {"store": STORE}},
        "devices": {"client_certificate": {"fingerprints": ["0" * 64]}},
    },
    "require": [["cdn", "users"], ["keys"], ["jobs"], ["devices"]],
    "routes": {"GET /orders": {"scopes": ["read"]}, "ANY /{proxy+}": {}},
    "cached": False,
}
CACHED = {
    **{name: value for name, value in WHOLE.items() if name != "cached"},
    "validators": {name: WHOLE["validators"][name] for name in ("users", "keys", "cdn")},
    "require": [["cdn", "users"], ["keys"]],
}
"""Decisions are cached unless the document says otherwise."""


def changed(path, value, document=WHOLE):
    """A document with another value at a path of names separated by `>`; `...` removes it."""
    document = copy.deepcopy(document)
    *steps, last = path.split(">")
    parent = document
    for step in steps:
        parent = parent[int(step)] if step.isdigit() else parent[step]
    if value is ...:
        del parent[last]
    else:
        parent[last] = value
    return json.dumps(document)


def test_the_whole_document_is_read():
    config = read(json.dumps(WHOLE))

    assert sorted(config.validators) == ["cdn", "devices", "jobs", "keys", "users"]
    assert config.routes["GET /orders"].scopes == {"read"}
    assert not config.cached
    assert read(json.dumps(CACHED)).cached
    assert config.validators["users"].issuers["https://issuer.example.com"].algorithms == {"RS256"}


def test_cognito_needs_no_discovery():
    issuer = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_abc"
    document = changed("validators>users>jwt>issuers", [{"issuer": issuer, "client_ids": ["x"]}])

    assert read(document).validators["users"].issuers[issuer].jwks_url == f"{issuer}/.well-known/jwks.json"


ISSUER = "validators>users>jwt>issuers>0"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("unknown", 1),
        ("name", ...),
        ("name", ""),
        ("name", "a b"),
        ("validators", {}),
        ("validators", []),
        ("validators>users", {}),
        ("validators>users", {"jwt": {"issuers": []}}),
        ("validators>users", {"other": {}}),
        ("validators>keys>shared_secret", {"store": STORE}),
        ("validators>unused", {"api_key": {"store": STORE}}),
        ("validators>keys>api_key>store", ...),
        ("validators>keys>api_key>store", "https://store"),
        ("validators>keys>api_key>store", "arn:aws:s3:::keys"),
        ("validators>keys>api_key>header", "X-Api-Key"),
        ("validators>keys>api_key>refresh_seconds", 0),
        ("validators>keys>api_key>refresh_seconds", True),
        ("validators>keys>api_key>refresh_seconds", 60.0),
        ("validators>jobs>signature>window_seconds", 901),
        ("validators>devices>client_certificate", {}),
        ("validators>devices>client_certificate>fingerprints", ["AB" * 32]),
        (f"{ISSUER}>issuer", "http://issuer.example.com"),
        (f"{ISSUER}>issuer", ...),
        (f"{ISSUER}>jwks_url", "http://127.0.0.1/keys"),
        (f"{ISSUER}>jwks_url", "file:///keys"),
        (f"{ISSUER}>audiences", []),
        (f"{ISSUER}>audiences", ["api", ""]),
        (f"{ISSUER}>audiences", "api"),
        (f"{ISSUER}>algorithms", []),
        (f"{ISSUER}>algorithms", ["HS256"]),
        (f"{ISSUER}>algorithms", ["none"]),
        (f"{ISSUER}>algorithms", ["RS256", "rs256"]),
        (f"{ISSUER}>leeway_seconds", 61),
        (f"{ISSUER}>leeway_seconds", -1),
        (f"{ISSUER}>token_use", "both"),
        (f"{ISSUER}>keys_fresh_seconds", 10),
        (f"{ISSUER}>keys_stale_seconds", 90_000),
        (f"{ISSUER}>required_claims", {"groups": "staff"}),
        (f"{ISSUER}>required_claims", {"groups": [1]}),
        (f"{ISSUER}>required_claims", {"groups": [None]}),
        (f"{ISSUER}>required_claims", {"groups": [""]}),
        (f"{ISSUER}>required_claims", {"groups": [[]]}),
        (f"{ISSUER}>require_at_jwt", "yes"),
        (f"{ISSUER}>require_at_jwt", 1),
        (f"{ISSUER}>verify", False),
        ("validators>keys>api_key>stale_seconds", -1),
        ("validators>keys>api_key>stale_seconds", 86_401),
        ("validators>keys>api_key>stale_seconds", False),
        ("validators>jobs>signature>hosts", ["API.example.com"]),
        ("validators>jobs>signature>hosts", ["api.example.com/"]),
        ("validators>jobs>signature>hosts", [f"{each}.example.com" for each in "abcdef"]),
        ("validators>jobs>signature>signed_headers", ["Content-Type"]),
        ("validators>jobs>signature>signed_headers", ["a b"]),
        ("validators>jobs>signature>v1_until", -1),
        ("validators>jobs>signature>v1_until", "2027-01-01"),
        ("require", ...),
        ("require", []),
        ("require", [[]]),
        ("require", ["users"]),
        ("require", [["nobody"]]),
        ("require", [["users", "users"], ["keys"], ["cdn"], ["jobs"], ["devices"]]),
        ("routes", {}),
        ("routes>GET orders", {}),
        ("routes>get ~1", {}),
        ("routes>GET /orders*", {}),
        ("routes>GET /orders", {"scope": []}),
        ("routes>GET /orders", []),
        ("responses", "other"),
        ("cached", 1),
    ],
)
def test_a_mistake_is_rejected(path, value):
    with pytest.raises(ConfigError, match=r"^[\w.\[\] /~*]+: \S"):
        read(changed(path, value))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("responses", "simple"),
        ("routes>GET /orders>require", [["keys"]]),
        ("routes>$default", {}),
        ("validators>keys", WHOLE["validators"]["jobs"]),
        ("validators>cdn", WHOLE["validators"]["devices"]),
    ],
)
def test_what_cached_decisions_cannot_cover_is_rejected(path, value):
    with pytest.raises(ConfigError, match=r"^cached: must be false "):
        read(changed(path, value, CACHED))
    read(changed(path, value, {**CACHED, "cached": False}))


@pytest.mark.parametrize("document", ["", "null", "[]", "{", "1", '"x"'])
def test_anything_but_a_document_is_rejected(document):
    with pytest.raises(ConfigError):
        read(document)


def test_id_tokens_have_no_at_jwt():
    text = changed(f"{ISSUER}>token_use", "id")
    assert read(text)
    with pytest.raises(ConfigError, match="require_at_jwt"):
        read(text.replace('"token_use": "id"', '"token_use": "id", "require_at_jwt": true'))


def objects(value, path=()):
    """The paths of all objects of a document."""
    if isinstance(value, dict):
        yield path
    for key, each in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from objects(each, (*path, key))


@pytest.mark.parametrize("path", list(objects(WHOLE)), ids=repr)
def test_a_repeated_name_is_rejected_in_every_object(path):
    document = copy.deepcopy(WHOLE)
    parent = document
    for step in path:
        parent = parent[step]
    name = next(iter(parent), "scopes")
    parent.setdefault(name, [])
    parent["REPEATED"] = parent[name]
    repeated = json.dumps(document).replace('"REPEATED"', json.dumps(name))

    with pytest.raises(ConfigError, match="is repeated") as raised:
        read(repeated)
    assert name in str(raised.value)


@pytest.mark.parametrize("document", ["NaN", '{"name": Infinity}', "[" * 100_000])
def test_what_json_does_not_have_is_rejected(document):
    with pytest.raises(ConfigError, match="not JSON"):
        read(document)


FULL = {
    "name": "users",
    "validators": {
        "users": {
            "jwt": {
                "header": "authorization",
                "issuers": [
                    {
                        "issuer": "https://issuer.example.com",
                        "jwks_url": "https://issuer.example.com/keys",
                        "audiences": ["api"],
                        "client_ids": ["web"],
                        "token_use": "access",
                        "require_at_jwt": True,
                        "algorithms": ["RS256"],
                        "required_claims": {"groups": ["staff", True]},
                        "leeway_seconds": 1,
                        "principal_claim": "sub",
                        "scope_claim": "scope",
                        "tenant_claim": "tenant",
                        "keys_fresh_seconds": 300,
                        "keys_stale_seconds": 0,
                    }
                ],
            }
        },
        "keys": {"api_key": {"header": "x-api-key", "store": STORE, "refresh_seconds": 10, "stale_seconds": 0}},
        "cdn": {"shared_secret": {"header": "x-origin-secret", "store": STORE}},
        "jobs": {
            "signature": {
                "header": "x-signature",
                "store": STORE,
                "window_seconds": 10,
                "hosts": ["api.example.com"],
                "signed_headers": ["content-type"],
                "v1_until": 0,
            }
        },
        "devices": {"client_certificate": {"subjects": ["CN=a"], "issuers": ["CN=b"], "fingerprints": ["0" * 64]}},
    },
    "require": [["cdn", "users"], ["keys"], ["jobs"], ["devices"]],
    "routes": {"GET /orders": {"scopes": ["read"], "require": [["keys"]]}},
    "responses": "policy",
    "cached": False,
}
ANY_JSON = [
    None,
    True,
    0,
    -1,
    1.5,
    10**400,
    "",
    "x",
    "\ud800",
    "a\n",
    [],
    [[]],
    [{}],
    [[[]]],
    [[{}]],
    [[None]],
    {},
    {"x": 1},
]
ANY_JSON += [{"": {}}, {"x": {}}, [{"x": 1}], [["x"]], [["x", {}]]]


def places(value, path=()):
    """The paths of everything in a document."""
    yield path
    for key, each in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(each, (*path, key))


@pytest.mark.parametrize("path", list(places(FULL)), ids=repr)
def test_anything_in_any_place_is_read_or_rejected_with_its_path(path):
    for value in ANY_JSON:
        document = copy.deepcopy(FULL)
        parent = document
        for step in path[:-1]:
            parent = parent[step]
        if path:
            parent[path[-1]] = value
        else:
            document = value
        try:
            read(json.dumps(document))
        except ConfigError as error:
            assert ": " in str(error)  # noqa: PT017 - most values are rejected, some are right


@pytest.mark.parametrize(
    "require", [[[{}]], [[[]]], [[["users"]]], [[None]], [[1]], [["users", {}]], [{}], ["users"], {}, "x"]
)
def test_what_is_required_are_names(require):
    with pytest.raises(ConfigError, match=r"^require"):
        read(changed("require", require))


@pytest.mark.parametrize(
    "route", ["GET /{a", "GET /a}", "GET /a{b}", "GET /{a}b", "GET /{}", "GET /{a+}/b", "GET /{{a}}"]
)
def test_a_parameter_is_a_whole_segment(route):
    with pytest.raises(ConfigError, match="routes"):
        read(changed("routes", {route: {}}))


@pytest.mark.parametrize("route", ["GET /", "GET /a/{b}", "ANY /{a}/b/{c+}", "GET /{proxy+}", "GET /a.b_c-d~e:f/é"])
def test_routes_of_every_form_are_read(route):
    assert read(changed("routes", {route: {}})).routes[route]
