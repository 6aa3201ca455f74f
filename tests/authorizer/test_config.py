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
}


def changed(path, value):
    """The document with another value at a path of names separated by `>`; `...` removes it."""
    document = copy.deepcopy(WHOLE)
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
    assert config.cached
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
        ("routes>GET /orders>require", [["keys"]]),
        ("responses", "other"),
        ("responses", "simple"),
        ("cached", 1),
    ],
)
def test_a_mistake_is_rejected(path, value):
    with pytest.raises(ConfigError, match=r"^[\w.\[\] /~*]+: \S"):
        read(changed(path, value))


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
