"""A sample of what `make fuzz` does a million times."""

import json

import pytest
from clocks import NOW, Clock
from gateway_events import rest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jwk, jwt
from joserfc.jws import serialize_compact
from mutations import dumps, mutated_claims, mutated_event, mutated_token
from token_oracle import is_acceptable

from secure_gateway.authorizer import handler, reasons
from secure_gateway.authorizer.config import read
from secure_gateway.authorizer.decide import Authorizer

ISSUER = "https://issuer.example.com"
KEY = jwk.RSAKey.generate_key(2048, {"kid": "k1"})
CONFIG = {
    "name": "users",
    "validators": {
        "users": {"jwt": {"issuers": [{"issuer": ISSUER, "jwks_url": f"{ISSUER}/keys", "audiences": ["api"]}]}}
    },
    "routes": {"GET /orders": {"scopes": ["read"]}, "ANY /me": {}},
}
AUTHORIZER = Authorizer(
    read(json.dumps(CONFIG)),
    fetch=lambda _url, _seconds: json.dumps({"keys": [KEY.as_dict(private=False)]}).encode(),
    clock=Clock(),
)
CLAIMS = {"iss": ISSUER, "sub": "ada", "aud": "api", "exp": NOW + 86_400, "scope": "read"}
GOOD = jwt.encode({"alg": "RS256", "kid": "k1"}, CLAIMS, KEY)
EXPIRED = jwt.encode({"alg": "RS256", "kid": "k1"}, {**CLAIMS, "exp": 1}, KEY)
HANDLER = handler.make(AUTHORIZER)


@pytest.fixture(scope="module", autouse=True)
def _good_is_good():
    assert AUTHORIZER.decide(rest({"authorization": f"Bearer {GOOD}"})).allowed


def respond(event):
    """The handler's response; 401 for the only exception that it may raise."""
    try:
        return HANDLER(event, None)
    except handler.Unauthorized:
        return 401


def allows(response):
    if response == 401 or "isAuthorized" in response:
        return response != 401 and response["isAuthorized"]
    return any(each["Effect"] == "Allow" for each in response["policyDocument"]["Statement"])


@settings(max_examples=400)
@given(st.data())
def test_no_mutated_token_is_accepted(data):
    def choose(below):
        return data.draw(st.integers(0, below - 1))

    given_ = mutated_token(choose, GOOD)
    response = respond(rest({"authorization": f"Bearer {given_}"}))
    assert given_ == GOOD or not allows(response)


@settings(max_examples=400)
@given(st.data())
def test_no_mutated_event_lets_an_expired_token_pass(data):
    def choose(below):
        return data.draw(st.integers(0, below - 1))

    assert not allows(respond(mutated_event(choose, f"Bearer {EXPIRED}")))


@settings(max_examples=400)
@given(st.data())
def test_a_mutated_event_allows_no_more_than_the_token(data):
    def choose(below):
        return data.draw(st.integers(0, below - 1))

    response = respond(mutated_event(choose, f"Bearer {GOOD}"))
    if allows(response):
        assert response["principalId"] == f"users|{ISSUER}||ada"
        assert all(isinstance(each, str) for each in response["context"].values())
        for statement in response["policyDocument"]["Statement"]:
            assert all(each.split("/", 2)[2].removesuffix("/") in ALLOWED for each in statement["Resource"])


ALLOWED = {"GET/orders", *(f"{each}/me" for each in ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"))}


FAST_KEY = jwk.OKPKey.generate_key("Ed25519", {"kid": "k2"})
SIGNED = Authorizer(
    read(
        json.dumps(
            {
                **CONFIG,
                "validators": {
                    "users": {
                        "jwt": {
                            "issuers": [
                                {
                                    "issuer": ISSUER,
                                    "jwks_url": f"{ISSUER}/keys",
                                    "audiences": ["api"],
                                    "algorithms": ["Ed25519"],
                                }
                            ]
                        }
                    }
                },
                "routes": {"GET /orders": {}},
            }
        )
    ),
    fetch=lambda _url, _seconds: json.dumps({"keys": [FAST_KEY.as_dict(private=False)]}).encode(),
    clock=Clock(),
)


@settings(max_examples=600)
@given(st.data())
def test_signed_claims_are_allowed_exactly_if_a_second_description_allows_them(data):
    def choose(below):
        return data.draw(st.integers(0, below - 1))

    claims = mutated_claims(choose, CLAIMS)
    token = serialize_compact({"alg": "Ed25519", "kid": "k2"}, dumps(claims), FAST_KEY, ["Ed25519"])
    decision = SIGNED.decide(rest({"authorization": f"Bearer {token}"}))

    assert decision.reason != reasons.INTERNAL
    assert decision.allowed == (len(token) < 8_000 and is_acceptable(claims, ISSUER, "api", NOW))
