"""Possible decisions on a request of which not everything is known: the real one is always among them."""

import itertools
import json
from hashlib import sha256
from hmac import digest

import oidc_issuer
import pytest
from clocks import NOW, Clock
from gateway_events import HOST, client_certificate, rest, token

from secure_gateway.authorizer import api_keys, shipped
from secure_gateway.authorizer.asked import ADDRESS, CERTIFICATE, asked
from secure_gateway.authorizer.config import read
from secure_gateway.authorizer.decide import Authorizer
from secure_gateway.authorizer.signatures import EMPTY_BODY_HASH, canonical

ISSUER = "https://login.example.com"
KEYS = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:keys-AbCdEf"
SECRETS = "arn:aws:ssm:eu-west-1:123456789012:parameter/cdn"
CLIENTS = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:clients-AbCdEf"
SECRET = "s" * 32
KEY, KEY_ID, RECORD = api_keys.new("acme")
VALIDATORS = {
    "people": {"jwt": {"issuers": [{"issuer": ISSUER, "audiences": ["orders-api"]}]}},
    "partners": {"api_key": {"store": KEYS}},
    "cdn": {"shared_secret": {"store": SECRETS}},
    "jobs": {"signature": {"store": CLIENTS}},
    "devices": {"client_certificate": {"subjects": ["CN=device"]}},
}
ISSUING = oidc_issuer.LocalIssuer(0, clock=Clock())
DOCUMENTS = {
    ISSUER: json.dumps(ISSUING.jwks()),
    KEYS: json.dumps({"keys": {KEY_ID: {**RECORD, "scopes": ["orders/read"]}}}),
    SECRETS: json.dumps({"secrets": [SECRET]}),
    CLIENTS: json.dumps({"clients": {"jobs": {"secrets": [SECRET], "scopes": ["orders/read"]}}}),
}


def bearer(**claims):
    return {"authorization": f"Bearer {ISSUING.token(**{'iss': ISSUER, **claims})}"}


def signature(path="/orders"):
    string = canonical(str(NOW), "GET", HOST, "abc123", "live", path, "", (), EMPTY_BODY_HASH)
    return f"v2;key=jobs;time={NOW};headers=;signature={digest(SECRET.encode(), string.encode(), sha256).hex()}"


def forged():
    head, payload, _ = bearer()["authorization"].split(".")
    return {"authorization": f"{head}.{payload}.{'A' * 342}"}


def document(require, scopes=(), **more):
    used = {name for each in require for name in each}
    return json.dumps(
        {
            "name": "callers",
            "validators": {name: VALIDATORS[name] for name in used},
            "require": [list(each) for each in require],
            "routes": {"GET /orders": {"scopes": list(scopes)} if scopes else {}},
            "cached": False,
            **more,
        }
    )


def question(configuration, event, **changes):
    own = {
        "configuration": configuration,
        "runtime": "python3.12",
        "architecture": "arm64",
        "bundled": False,
        "digest": shipped.digest("python3.12", "arm64"),
        "event": event,
        "documents": {},
        "at": NOW,
        "certificate_unknown": False,
        "address_known": True,
    }
    return {**own, **changes}


def possible(configuration, event, **changes):
    found = asked(question(configuration, event, **changes))
    return {(each["status"], each["reason"]) for each in found["decisions"]}, found["missing"]


def really(configuration, event, documents=DOCUMENTS):
    config = read(configuration)
    people = config.validators.get("people")
    if people:
        issuers = {name: each._replace(jwks_url=name) for name, each in people.issuers.items()}
        config = config._replace(validators={**config.validators, "people": people._replace(issuers=issuers)})
    decision = Authorizer(
        config, fetch=lambda url, _: documents[url].encode(), load=documents.__getitem__, clock=Clock()
    ).decide(event)
    return decision.status, decision.reason


CREDENTIALS = {
    "nothing": {},
    "a valid token": bearer(),
    "a forged token": forged(),
    "an expired token": bearer(exp=NOW - 3600),
    "another audience": bearer(aud="other"),
    "another issuer": bearer(iss="https://other.example.com"),
    "no scopes": bearer(scope="none"),
    "no token": {"authorization": "Basic abc"},
    "a key": {"x-api-key": KEY},
    "an unknown key": {"x-api-key": api_keys.new("other")[0]},
    "a malformed key": {"x-api-key": "abc"},
    "the secret": {"x-origin-secret": SECRET},
    "a wrong secret": {"x-origin-secret": "t" * 32},
    "a signature": {"x-signature": signature()},
    "a wrong signature": {"x-signature": signature(path="/other")},
    "a malformed signature": {"x-signature": "v2"},
    "two valid credentials": {**bearer(), "x-origin-secret": SECRET},
    "a token and a wrong secret": {**bearer(), "x-origin-secret": "t" * 32},
    "an expired token and a key": {**bearer(exp=1), "x-api-key": KEY},
}
REQUIRED = [
    *([[each]] for each in VALIDATORS),
    [["people"], ["partners"]],
    [["people", "cdn"]],
    [["people", "cdn"], ["jobs"]],
    [["devices", "people"], ["partners", "cdn"]],
]
PARTS = [names for size in range(len(DOCUMENTS)) for names in itertools.combinations(DOCUMENTS, size)]


@pytest.mark.parametrize("scopes", [(), ("orders/read",)], ids=["", "scopes"])
@pytest.mark.parametrize("require", REQUIRED, ids=str)
def test_the_real_decision_is_among_the_possible_ones(require, scopes):
    configuration = document(require, scopes)
    for name, headers in CREDENTIALS.items():
        event = rest(headers)
        real = really(configuration, event)
        assert possible(configuration, event, documents=DOCUMENTS) == ({real}, []), name
        for names in PARTS:
            found, missing = possible(configuration, event, documents={each: DOCUMENTS[each] for each in names})
            assert real[0] in {status for status, _ in found}, (name, names)
            assert set(missing) <= DOCUMENTS.keys() - set(names), (name, names)


@pytest.mark.parametrize(
    ("credentials", "outcome"),
    [
        ("a valid token", {(401, "signature_wrong"), (200, "allowed")}),
        ("a forged token", {(401, "signature_wrong"), (200, "allowed")}),
        ("no scopes", {(401, "signature_wrong"), (403, "scope_missing")}),
        ("an expired token", {(401, "signature_wrong"), (401, "expired")}),
        ("another audience", {(401, "signature_wrong"), (401, "audience_wrong")}),
        ("another issuer", {(401, "issuer_unknown")}),
        ("no token", {(401, "credential_malformed")}),
        ("nothing", {(401, "credential_missing")}),
    ],
)
def test_without_the_keys_everything_but_the_signature_is_checked(credentials, outcome):
    configuration = document([["people"]], ["orders/read"])
    found, missing = possible(configuration, rest(CREDENTIALS[credentials]))

    assert found == outcome
    assert missing == ([ISSUER] if len(outcome) > 1 else [])


def test_what_another_credential_decides_needs_no_store():
    configuration = document([["people", "cdn"]])
    found, missing = possible(configuration, rest(CREDENTIALS["an expired token and a key"]))

    assert {status for status, _ in found} == {401}
    assert missing == [ISSUER]
    allowed, _ = possible(
        document([["people"], ["partners"]]),
        rest({**bearer(), "x-api-key": KEY}),
        documents={ISSUER: DOCUMENTS[ISSUER]},
    )
    assert allowed == {(200, "allowed")}


def test_the_clock_is_that_of_the_question():
    configuration, event = document([["people"]]), rest(bearer(exp=NOW + 600))

    assert possible(configuration, event, documents=DOCUMENTS)[0] == {(200, "allowed")}
    assert possible(configuration, event, documents=DOCUMENTS, at=NOW + 3600)[0] == {(401, "expired")}


def test_a_certificate_whose_contents_are_unknown_may_be_on_the_list_or_not():
    configuration = document([["devices"]])
    found, missing = possible(configuration, rest(), certificate_unknown=True)

    assert {status for status, _ in found} == {200, 401}
    assert missing == [CERTIFICATE]
    given = rest(certificate=client_certificate("device"))
    assert possible(configuration, given)[0] == {(200, "allowed")}


def test_a_bound_token_needs_the_certificate():
    bound = bearer(cnf={"x5t#S256": "A" * 43})
    configuration = document([["people"]])

    assert possible(configuration, rest(bound), documents=DOCUMENTS)[0] == {(401, "certificate_binding_wrong")}
    found, missing = possible(configuration, rest(bound), documents=DOCUMENTS, certificate_unknown=True)
    assert ({status for status, _ in found}, missing) == ({200, 401}, [CERTIFICATE])


def test_a_signature_covers_the_address_of_the_api():
    configuration, event = document([["jobs"]]), rest(CREDENTIALS["a signature"])
    found, missing = possible(configuration, event, documents=DOCUMENTS, address_known=False)

    assert ({status for status, _ in found}, missing) == ({200, 401}, [ADDRESS])
    late, missing = possible(configuration, event, documents=DOCUMENTS, address_known=False, at=NOW + 3600)
    assert (late, missing) == ({(401, "timestamp_outside_window")}, [])


def test_token_authorizers_are_asked_too():
    configuration = document([["people"]], cached=True)
    value = bearer()["authorization"]

    assert possible(configuration, token(value), documents=DOCUMENTS)[0] == {(200, "allowed")}
    assert possible(configuration, token(value, "/other"), documents=DOCUMENTS)[0] == {(403, "route_unknown")}


def test_other_code_is_not_asked():
    event, configuration = rest(bearer()), document([["people"]])

    assert asked(question(configuration, event, digest="0" * 64)) == {"other_code": True}
    assert asked(question(configuration, event, bundled=True)) == {"other_code": True}
    bundled = shipped.digest("python3.12", "arm64", configuration)
    assert asked(question(configuration, event, bundled=True, digest=bundled))["decisions"]
