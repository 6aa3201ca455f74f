"""API keys, shared secrets, signed requests and client certificates: what is allowed and what is denied."""

import json
import ssl
from hashlib import sha256
from hmac import digest

import pytest
from clocks import NOW
from gateway_events import client_certificate, http_2, rest, token

from secure_gateway.authorizer import api_keys, handler, reasons
from secure_gateway.authorizer.config import read
from secure_gateway.authorizer.decide import Authorizer
from secure_gateway.authorizer.signatures import EMPTY_BODY_HASH, canonical, canonical_v1
from secure_gateway.authorizer_responses import Unauthorized

STORE = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:keys-AbCdEf"


@pytest.fixture
def make(clock):
    def make(kind, document, routes=None, **settings):
        own = {**({} if kind == "client_certificate" else {"store": STORE}), **settings}
        config = {
            "name": "a",
            "validators": {"v": {kind: own}},
            "routes": routes or {"GET /orders": {}},
            "cached": False,
        }
        loads = []

        def load(arn):
            loads.append(arn)
            if isinstance(document, Exception):
                raise document
            return document if isinstance(document, str) else json.dumps(document)

        made = Authorizer(read(json.dumps(config)), load=load, clock=clock)
        made.loads = loads
        return made

    return make


# API keys

KEY, KEY_ID, RECORD = api_keys.new("acme")


def key_reason(authorizer, key):
    return authorizer.decide(rest({"X-Api-Key": key})).reason


def test_a_key_identifies_its_owner(make):
    record = {**RECORD, "scopes": ["bulk"], "tenant": "t1", "usage_key": "plan-key-0123456789abcdef"}
    decision = make("api_key", {"keys": {KEY_ID: record}}, {"GET /orders": {"scopes": ["bulk"]}}).decide(
        rest({"X-Api-Key": KEY})
    )

    assert decision.allowed
    assert decision.response["principalId"] == "v||t1|acme"
    assert decision.response["usageIdentifierKey"] == "plan-key-0123456789abcdef"
    assert decision.response["context"]["tenant"] == "t1"


def test_the_store_does_not_contain_the_key():
    assert KEY[17:] not in json.dumps(RECORD)
    assert len({api_keys.new("acme")[0] for _ in range(50)}) == 50


def test_another_key_is_denied(make):
    one = make("api_key", {"keys": {KEY_ID: RECORD}})
    start, secret = KEY[:17], KEY[17:]
    others = {
        start + ("A" if secret[0] != "A" else "B") + secret[1:]: reasons.SECRET,
        api_keys.new("acme")[0]: reasons.SECRET,
        f"sgk_{'0' * 12}_{secret}": reasons.SECRET,
        KEY + "A": reasons.MALFORMED,
        KEY[:-1]: reasons.MALFORMED,
        f" {KEY}": reasons.MALFORMED,
        KEY.upper(): reasons.MALFORMED,
        f"{KEY},{KEY}": reasons.MALFORMED,
        RECORD["hash"]: reasons.MALFORMED,
        "": reasons.MISSING,
    }
    assert {key: key_reason(one, key) for key in others} == others


def test_an_unknown_id_costs_the_same_computation(make, monkeypatch):
    one, computed, unknown = make("api_key", {"keys": {KEY_ID: RECORD}}), [], api_keys.new("x")[0]
    real = api_keys._digest
    monkeypatch.setattr(api_keys, "_digest", lambda *given: computed.append(1) or real(*given))
    for key in (KEY, unknown):
        key_reason(one, key)

    assert len(computed) == 2


def test_two_keys_overlap_while_one_is_rotated(make, clock):
    new, new_id, record = api_keys.new("acme")
    one = make("api_key", {"keys": {KEY_ID: {**RECORD, "expires": NOW + 100}, new_id: record}})

    assert (key_reason(one, KEY), key_reason(one, new)) == (reasons.ALLOWED, reasons.ALLOWED)
    clock.ahead = 101
    assert (key_reason(one, KEY), key_reason(one, new)) == (reasons.EXPIRED, reasons.ALLOWED)


@pytest.mark.parametrize(
    "document",
    [
        "not json",
        "[]",
        {},
        {"keys": []},
        {"keys": {KEY_ID: RECORD}, "more": 1},
        {"keys": {"short": RECORD}},
        {"keys": {KEY_ID: {**RECORD, "owner": ""}}},
        {"keys": {KEY_ID: {**RECORD, "salt": ""}}},
        {"keys": {KEY_ID: {**RECORD, "hash": "00"}}},
        {"keys": {KEY_ID: {**RECORD, "hash": 1}}},
        {"keys": {KEY_ID: {**RECORD, "expires": True}}},
        {"keys": {KEY_ID: {**RECORD, "scopes": "admin"}}},
        {"keys": {KEY_ID: {**RECORD, "scopes": [1]}}},
        {"keys": {KEY_ID: {**RECORD, "other": 1}}},
        {"keys": {KEY_ID: {name: value for name, value in RECORD.items() if name != "salt"}}},
    ],
)
def test_a_store_that_cannot_be_read_allows_nothing(make, document):
    assert key_reason(make("api_key", document), KEY) in {reasons.INVALID, reasons.SECRET}


def test_the_store_is_cached(make, clock):
    one = make("api_key", {"keys": {KEY_ID: RECORD}}, refresh_seconds=60)
    for _ in range(5):
        assert key_reason(one, KEY) == reasons.ALLOWED
    assert len(one.loads) == 1
    clock.ahead = 61
    assert key_reason(one, KEY) == reasons.ALLOWED
    assert len(one.loads) == 2


# A shared secret

SECRETS = ["current-" + "c" * 32, "previous-" + "p" * 32]


def test_both_secrets_pass_while_one_is_rotated(make):
    one = make("shared_secret", {"secrets": SECRETS})

    assert all(one.decide(rest({"X-Origin-Secret": each})).allowed for each in SECRETS)
    assert one.decide(rest({"X-Origin-Secret": SECRETS[0]})).response["principalId"] == "v|||"
    for wrong in (SECRETS[0][:-1], SECRETS[0] + "c", SECRETS[0].upper(), "é", "\ud800", ",".join(SECRETS)):
        assert one.decide(rest({"X-Origin-Secret": wrong})).reason == reasons.SECRET
    assert one.decide(rest({})).reason == reasons.MISSING


@pytest.mark.parametrize("secrets", [[], ["short"], SECRETS * 3, "x" * 40, [1], [None], [["x" * 40]], None])
def test_weak_secrets_are_not_accepted(make, secrets):
    assert make("shared_secret", {"secrets": secrets}).decide(rest({"X-Origin-Secret": "x"})).reason == reasons.INVALID


# Signed requests

CLIENTS = {"clients": {"jobs": {"secrets": ["s" * 32, "t" * 32], "scopes": ["run"], "owner": "batch"}}}
HOST = "abc123.execute-api.eu-west-1.amazonaws.com"
TARGET = {"host": HOST, "api": "abc123", "stage": "live", "path": "/orders"}


def signed(
    secret="s" * 32, *, key="jobs", when=None, method="GET", query="", headers=(), body=EMPTY_BODY_HASH, **target
):
    when = str(NOW if when is None else when)
    string = canonical(when, method, **{**TARGET, **target}, query=query, headers=headers, body_hash=body)
    names = ",".join(name for name, _ in headers)
    signature = digest(secret.encode(), string.encode(), sha256).hex()
    return f"v2;key={key};time={when};headers={names};signature={signature}"


def signed_v1(secret="s" * 32, *, when=None, method="GET", path="/orders", query="", body=EMPTY_BODY_HASH):
    when = str(NOW if when is None else when)
    string = canonical_v1(when, method, path, query, body)
    return f"v1;key=jobs;time={when};signature={digest(secret.encode(), string.encode(), sha256).hex()}"


def test_the_canonical_string_is_the_documented_one():
    headers = [("content-type", "application/json"), ("x-request-id", "7")]
    string = canonical(
        "1790000000", "POST", **{**TARGET, "path": "/shop/orders"}, query="a=1&b=%20", headers=headers, body_hash="ab"
    )

    assert string.split("\n") == [
        "secure-gateway",
        "v2",
        "1790000000",
        "POST",
        HOST,
        "abc123",
        "live",
        "/shop/orders",
        "a=1&b=%20",
        "content-type,x-request-id",
        "content-type:application/json",
        "x-request-id:7",
        "ab",
    ]


def test_a_signed_request_identifies_its_signer(make):
    one = make("signature", CLIENTS, {"GET /orders": {"scopes": ["run"]}})

    for secret in ("s" * 32, "t" * 32):
        decision = one.decide(rest({"X-Signature": signed(secret)}))
        assert decision.allowed
        assert decision.identity.principal == "batch"
    assert one.decide(http_2({"X-Signature": signed()})).allowed


def test_every_signed_part_is_checked(make):
    one = make("signature", CLIENTS, {"GET /orders": {}, "POST /orders": {}, "GET /other": {}})
    body = sha256(b"{}").hexdigest()
    query = "a=%20x&b=1&b="
    covered = [("content-type", "application/json")]
    right = {
        "X-Signature": signed(query=query, headers=covered, body=body),
        "X-Content-Sha256": body,
        "Content-Type": " application/json",
    }
    pairs = {"b": ["1", ""], "a": [" x"]}
    fine = rest(right, query=pairs)

    def with_context(**changes):
        return {**fine, "requestContext": {**fine["requestContext"], **changes}}

    assert one.decide(fine).allowed
    assert one.decide(http_2(right, query="b=1&a=%20x&b=")).allowed
    assert one.decide(with_context(domainName=HOST.upper())).allowed
    others = [
        {**fine, "httpMethod": "POST"},
        {**fine, "path": "/orders/"},
        {**fine, "resource": "/other", "path": "/other"},
        {**fine, "methodArn": fine["methodArn"].replace("abc123", "def456")},
        {**fine, "methodArn": fine["methodArn"].replace("/live/", "/test/")},
        with_context(domainName="other.example.com"),
        rest(right, query={"b": ["1"], "a": [" x"]}),
        rest(right, query={"b": ["", "1"], "a": [" x"]}),
        rest(right, query={"b": ["1", ""], "a": [" x&c=1"]}),
        rest({**right, "X-Content-Sha256": EMPTY_BODY_HASH}, query=pairs),
        rest({**right, "Content-Type": "text/plain"}, query=pairs),
        rest({name: each for name, each in right.items() if name != "Content-Type"}, query=pairs),
        rest({name: each for name, each in right.items() if name != "X-Content-Sha256"}, query=pairs),
        rest({**right, "X-Signature": right["X-Signature"].replace("content-type", "")}, query=pairs),
        rest({**right, "X-Signature": right["X-Signature"].replace("content-type", "host")}, query=pairs),
        rest(
            {**right, "X-Signature": right["X-Signature"].replace("content-type", "content-type,content-type")},
            query=pairs,
        ),
    ]
    assert [one.decide(each).reason for each in others] == [reasons.SIGNATURE] * len(others)


def test_a_header_that_must_be_signed_is_covered(make):
    one = make("signature", CLIENTS, signed_headers=["content-type"])
    fine = {"X-Signature": signed(headers=[("content-type", "text/plain")]), "Content-Type": "text/plain"}

    assert one.decide(rest(fine)).allowed
    # The request has no such header, so there is nothing to cover.
    assert one.decide(rest({"X-Signature": signed()})).allowed
    decision = one.decide(rest({"X-Signature": signed(), "Content-Type": "text/plain"}))
    assert (decision.status, decision.reason, decision.detail) == (401, reasons.UNSIGNED, "content-type")


def test_clients_may_sign_the_name_of_a_proxy(make):
    one = make("signature", CLIENTS, hosts=["api.example.com", "www.example.com"])

    for host in ("api.example.com", "www.example.com"):
        assert one.decide(rest({"X-Signature": signed(host=host)})).allowed
    assert one.decide(rest({"X-Signature": signed()})).reason == reasons.SIGNATURE


def test_version_1_is_accepted_until_the_stated_time(make, clock):
    until = NOW + 3_600
    one = make("signature", CLIENTS, v1_until=until)

    assert make("signature", CLIENTS).decide(rest({"X-Signature": signed_v1()})).reason == reasons.VERSION
    assert one.decide(rest({"X-Signature": signed_v1()})).allowed
    assert one.decide(rest({"X-Signature": signed_v1(path="/other")})).reason == reasons.SIGNATURE
    clock.ahead = 3_600
    assert one.decide(rest({"X-Signature": signed_v1(when=until)})).reason == reasons.VERSION
    assert one.decide(rest({"X-Signature": signed(when=until)})).allowed


def test_a_signature_of_one_version_is_not_one_of_the_other(make):
    one = make("signature", CLIENTS, v1_until=NOW + 3_600)
    v1, v2 = signed_v1(), signed()
    mixed = [
        v1.replace("v1;", "v2;").replace(";signature", ";headers=;signature"),
        v2.replace("v2;", "v1;").replace(";headers=", ""),
    ]

    assert {one.decide(rest({"X-Signature": each})).reason for each in mixed} == {reasons.SIGNATURE}


def test_a_signature_is_valid_within_its_window(make):
    one = make("signature", CLIENTS, window_seconds=60)

    for off, expected in (
        (-60, reasons.ALLOWED),
        (60, reasons.ALLOWED),
        (-61, reasons.TIMESTAMP),
        (61, reasons.TIMESTAMP),
    ):
        assert one.decide(rest({"X-Signature": signed(when=NOW + off)})).reason == expected


def test_a_wrong_signature_is_denied(make):
    one, right = make("signature", CLIENTS), signed()
    others = [
        signed(key="other"),
        signed("x" * 32),
        signed("\0" * 32, key="other"),
        right.replace("v2", "v3"),
        right.replace(";", "; "),
        right.upper(),
        right + ";",
        right.rsplit("=", 1)[0] + "=",
        right.replace("time=", "time=-"),
        right.replace("time=", "time=\u0661"),
        right.replace("headers=", "headers=,"),
        right.replace("headers=", "headers=Content-Type"),
        right.replace("headers=;", ""),
    ]
    for value in others:
        decision = one.decide(rest({"X-Signature": value}))
        assert decision.reason in {reasons.SIGNATURE, reasons.MALFORMED}, value
        assert decision.status == 401


@pytest.mark.parametrize("change", [{"path": "/orders\nx"}, {"path": "/orders\r"}])
def test_a_line_feed_cannot_move_the_signed_lines(make, change):
    one = make("signature", CLIENTS)
    event = {**rest({"X-Signature": signed(**change)}), **change}

    assert one.decide(event).reason == reasons.MALFORMED


def test_a_token_event_cannot_be_signed(make):
    assert make("signature", CLIENTS).decide(token(signed())).reason == reasons.MALFORMED


# Client certificates


def certificate(common_name):
    made = client_certificate(common_name)
    return made, sha256(ssl.PEM_cert_to_DER_cert(made["clientCertPem"])).hexdigest()


ACME, ACME_PRINT = certificate("acme")
EVE, EVE_PRINT = certificate("eve")


def test_listed_certificates_pass(make):
    by_subject = make("client_certificate", None, subjects=["CN=acme"], issuers=["CN=ca"])
    by_print = make("client_certificate", None, fingerprints=[ACME_PRINT])

    for one in (by_subject, by_print):
        assert one.decide(rest(certificate=ACME)).identity.principal == "CN=acme"
        assert one.decide(rest(certificate=EVE)).reason == reasons.CERTIFICATE
        assert one.decide(rest()).reason == reasons.MISSING
    assert by_subject.decide(rest(certificate={**ACME, "issuerDN": "CN=other"})).reason == reasons.CERTIFICATE
    assert by_print.decide(rest(certificate={**EVE, "subjectDN": "CN=acme"})).reason == reasons.CERTIFICATE
    second = http_2()
    second["requestContext"]["authentication"] = {"clientCert": ACME}
    assert by_print.decide(second).allowed


@pytest.mark.parametrize(
    "change", [{"clientCertPem": "x"}, {"clientCertPem": None}, {"subjectDN": ""}, {"issuerDN": 1}]
)
def test_a_malformed_certificate_is_denied(make, change):
    decision = make("client_certificate", None, fingerprints=[ACME_PRINT]).decide(rest(certificate={**ACME, **change}))

    assert decision.reason == reasons.EVENT


# Several validators


def both(clock, require, routes=None):
    validators = {
        "cdn": {"shared_secret": {"store": STORE}},
        "partners": {"api_key": {"store": STORE.replace("keys", "partners")}},
    }
    config = {"name": "a", "validators": validators, "require": require, "routes": routes or {"GET /orders": {}}}
    documents = {"keys": {"secrets": SECRETS}, "partners": {"keys": {KEY_ID: RECORD}}}
    return Authorizer(
        read(json.dumps({**config, "cached": False})),
        load=lambda arn: json.dumps(documents["keys" if "keys" in arn else "partners"]),
        clock=clock,
    )


CDN, PARTNER = {"X-Origin-Secret": SECRETS[0]}, {"X-Api-Key": KEY}


def test_every_validator_of_a_set_must_pass(clock):
    one = both(clock, [["cdn", "partners"]])

    assert one.decide(rest({**CDN, **PARTNER})).identity.principal == "acme"
    assert one.decide(rest(CDN)).reason == reasons.MISSING
    assert one.decide(rest(PARTNER)).reason == reasons.MISSING
    assert one.decide(rest({**CDN, "X-Api-Key": "wrong"})).reason == reasons.MALFORMED


def test_any_set_may_pass(clock):
    one = both(clock, [["partners"], ["cdn"]])

    assert one.decide(rest(CDN)).allowed
    assert one.decide(rest({**PARTNER, "X-Origin-Secret": "wrong"})).allowed
    assert one.decide(rest({"X-Api-Key": "wrong", **CDN})).allowed
    assert one.decide(rest({"X-Api-Key": "wrong"})).reason == reasons.MALFORMED
    assert one.decide(rest({})).reason == reasons.MISSING


def test_a_route_may_have_its_own_requirement(clock):
    routes = {"GET /orders": {}, "GET /health": {"require": [["cdn"]]}}
    one = both(clock, [["partners"]], routes)

    assert one.decide(rest(CDN, "GET /health")).allowed
    assert one.decide(rest(CDN, "GET /orders")).status == 401
    assert one.decide(rest(PARTNER, "GET /health")).status == 401


PLANTED = "pl4nted-0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize("kind", ["api_key", "shared_secret", "signature"])
@pytest.mark.parametrize(
    "document",
    [
        {"keys": {"acme": PLANTED}, "secrets": [PLANTED], "clients": {"acme": {"secrets": [PLANTED]}}},
        {"keys": PLANTED, "secrets": PLANTED, "clients": PLANTED},
        {PLANTED: PLANTED},
        f"{{broken: {PLANTED}",
        ValueError(PLANTED),
    ],
)
def test_no_response_and_no_log_contains_what_a_store_holds(make, capfd, kind, document):
    authorizer = make(kind, document)
    call = handler.make(authorizer)
    responses = []
    for header in ("x-api-key", "x-origin-secret", "x-signature"):
        for value in ("sg_acme_0", PLANTED, f'keyId="acme",signature="{PLANTED}"', ""):
            try:
                responses.append(call(rest({header: value}), None))
            except Unauthorized as error:
                responses.append(str(error))
    output = capfd.readouterr()

    assert len(output.out.splitlines()) == len(responses)
    assert PLANTED not in output.out + output.err + json.dumps(responses)
