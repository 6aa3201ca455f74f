"""Different callers never have the same name: not of another validator, issuer or tenant, whatever their names are."""

import json
from hashlib import sha256
from hmac import digest
from itertools import permutations, product
from urllib.parse import unquote

import oidc_issuer
import pytest
from clocks import NOW, Clock
from gateway_events import HOST, client_certificate, http_2, rest
from hypothesis import given
from hypothesis import strategies as st

from secure_gateway.authorizer import api_keys
from secure_gateway.authorizer.config import read
from secure_gateway.authorizer.decide import Authorizer
from secure_gateway.authorizer.identity import LONGEST_CALLER, Identity, caller
from secure_gateway.authorizer.signatures import EMPTY_BODY_HASH, canonical

PARTS = st.text(alphabet=st.sampled_from("|%ab27C5:/ é"), max_size=6)


def named(validator, issuer, tenant, principal):
    return caller(validator, Identity(principal, issuer, frozenset(), tenant))


@given(st.tuples(*[PARTS] * 4), st.tuples(*[PARTS] * 4))
def test_names_are_equal_only_if_all_parts_are(one, other):
    assert (named(*one) == named(*other)) == (one == other)


@given(st.tuples(*[st.text(max_size=60)] * 4), st.tuples(*[st.text(max_size=60)] * 4))
def test_long_names_are_bounded_and_still_different(one, other):
    assert max(len(named(*one)), len(named(*other))) <= LONGEST_CALLER
    assert (named(*one) == named(*other)) == (one == other)


def test_a_hash_is_not_a_name():
    long = named("people", "https://issuer.example.com/" + "x" * 100, "", "ada")

    assert long.startswith("sha256|")
    assert long != named(*long.split("|"), "", "")


@given(st.tuples(*[PARTS] * 4))
def test_a_name_can_be_taken_apart_again(parts):
    assert tuple(map(unquote, named(*parts).split("|"))) == parts


@pytest.fixture(scope="module")
def issuers():
    with oidc_issuer.running() as one, oidc_issuer.running() as other:
        one.clock = other.clock = Clock()
        yield one, other


STORE = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:{}-AbCdEf"
KEY, KEY_ID, RECORD = api_keys.new("ada")


def everyone(issuers):
    """An authorizer with two validators of tokens for two issuers, and keys, and certificates."""
    own = [{"issuer": each.url, "audiences": ["orders-api"], "tenant_claim": "org"} for each in issuers]
    validators = {
        "people": {"jwt": {"issuers": own}},
        "staff": {"jwt": {"issuers": own, "header": "x-staff"}},
        "partners": {"api_key": {"store": STORE.format("partners")}},
        "suppliers": {"api_key": {"store": STORE.format("suppliers"), "header": "x-supplier-key"}},
        "devices": {"client_certificate": {"subjects": ["CN=ada"]}},
        "cdn": {"shared_secret": {"store": STORE.format("cdn")}},
    }
    config = {
        "name": "a",
        "validators": validators,
        "require": [[name] for name in validators],
        "routes": {"GET /orders": {}},
        "cached": False,
    }
    documents = {
        "partners": {"keys": {KEY_ID: RECORD}},
        "suppliers": {"keys": {KEY_ID: {**RECORD, "tenant": "acme"}}},
        "cdn": {"secrets": ["c" * 40]},
    }

    def load(arn):
        return json.dumps(next(each for name, each in documents.items() if f":{name}-" in arn))

    return Authorizer(read(json.dumps(config), loopback=True), load=load, clock=Clock(), loopback=True)


def test_one_name_at_every_validator_issuer_and_tenant_is_another_caller(issuers):
    authorizer = everyone(issuers)
    requests = [
        rest({header: f"Bearer {issuer.token(sub='ada', org=tenant)}"})
        for header, issuer, tenant in product(("authorization", "x-staff"), issuers, ("acme", "other"))
    ]
    requests += [rest({"x-api-key": KEY}), rest({"x-supplier-key": KEY}), rest({"x-origin-secret": "c" * 40})]
    requests += [rest(certificate=client_certificate("ada"))]
    decisions = [authorizer.decide(each) for each in requests]

    assert all(each.allowed for each in decisions)
    assert len({each.response["principalId"] for each in decisions}) == len(requests)
    assert all(each.response["context"]["caller"] == each.response["principalId"] for each in decisions)


def test_the_same_caller_has_the_same_name_each_time(issuers):
    authorizer, (issuer, _) = everyone(issuers), issuers
    requests = [
        make({"authorization": f"Bearer {issuer.token(org='acme', **claims)}"})
        for make, claims in product((rest, http_2), ({}, {"scope": "other"}, {"client_id": "mobile"}))
    ]

    assert {authorizer.decide(each).response["principalId"] for each in requests} == {f"people|{issuer.url}|acme|ada"}


def test_a_shared_secret_beside_a_token_does_not_rename_the_caller(issuers):
    issuer, _ = issuers
    validators = {
        "cdn": {"shared_secret": {"store": STORE.format("cdn")}},
        "people": {"jwt": {"issuers": [{"issuer": issuer.url, "audiences": ["orders-api"]}]}},
    }
    config = {"name": "a", "validators": validators, "routes": {"GET /orders": {}}, "cached": False}
    names = set()
    for require in (["cdn", "people"], ["people", "cdn"]):
        one = Authorizer(
            read(json.dumps({**config, "require": [require]}), loopback=True),
            load=lambda _: json.dumps({"secrets": ["c" * 40]}),
            clock=Clock(),
            loopback=True,
        )
        given = rest({"authorization": f"Bearer {issuer.token()}", "x-origin-secret": "c" * 40})
        names.add(one.decide(given).response["principalId"])

    assert names == {f"people|{issuer.url}||ada"}


NAMES = {"first": ("api_key", "x-first"), "second": ("api_key", "x-second"), "signer": ("signature", "x-signature")}


def several(order, records):
    """An authorizer that requires several validators in an order, with a record for each."""
    config = {
        "name": "a",
        "validators": {
            name: {NAMES[name][0]: {"store": STORE.format(name), "header": NAMES[name][1]}} for name in order
        },
        "require": [list(order)],
        "routes": {"GET /orders": {}},
        "cached": False,
    }

    def load(arn):
        name = next(each for each in order if f":{each}-" in arn)
        kind = NAMES[name][0]
        return json.dumps(
            {"keys" if kind == "api_key" else "clients": {KEY_ID if kind == "api_key" else "jobs": records[name]}}
        )

    return Authorizer(read(json.dumps(config)), load=load, clock=Clock())


@pytest.mark.parametrize("order", list(permutations(NAMES)) + list(permutations(NAMES, 2)), ids="-".join)
@pytest.mark.parametrize("tenants", list(product(("", "acme"), repeat=3)), ids=repr)
def test_the_first_validator_with_a_name_is_the_whole_caller(order, tenants):
    tenant = dict(zip(NAMES, tenants, strict=True))
    secret = "s" * 32
    records = {
        "first": {**RECORD, "owner": "one", "tenant": tenant["first"], "usage_key": "key-one", "scopes": ["a"]},
        "second": {**RECORD, "owner": "two", "tenant": tenant["second"], "scopes": ["b"]},
        "signer": {"secrets": [secret], "owner": "three", "tenant": tenant["signer"], "scopes": ["c"]},
    }
    when = str(NOW)
    string = canonical(when, "GET", HOST, "abc123", "live", "/orders", "", [], EMPTY_BODY_HASH)
    signature = digest(secret.encode(), string.encode(), sha256).hex()
    headers = {
        "x-first": KEY,
        "x-second": KEY,
        "x-signature": f"v2;key=jobs;time={when};headers=;signature={signature}",
    }
    decision = several(order, records).decide(rest(headers))
    owner = {"first": "one", "second": "two", "signer": "three"}[order[0]]
    scope = {"first": "a", "second": "b", "signer": "c"}
    # A signer cannot have a usage key, so the next API key has; a key without one has none.
    usage = next((each for each in order if each != "signer"), "")

    assert decision.response["principalId"] == f"{order[0]}||{tenant[order[0]]}|{owner}"
    assert decision.response["context"]["tenant"] == tenant[order[0]]
    assert decision.response["context"]["scopes"] == " ".join(sorted(scope[each] for each in order))
    assert decision.response.get("usageIdentifierKey") == ("key-one" if usage == "first" else None)
