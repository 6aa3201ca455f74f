"""Documents with keys of several owners: a mistake disables the record that contains it, and no other one."""

import json
from base64 import urlsafe_b64encode
from hashlib import sha256
from hmac import digest

import oidc_issuer
import pytest
from clocks import NOW, Clock
from gateway_events import HOST, rest
from joserfc import jwt

from secure_gateway.authorizer import api_keys, reasons
from secure_gateway.authorizer.cached import MOST_MISTAKES
from secure_gateway.authorizer.config import read
from secure_gateway.authorizer.decide import Authorizer
from secure_gateway.authorizer.log import line
from secure_gateway.authorizer.signatures import EMPTY_BODY_HASH, canonical

STORE = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:keys-AbCdEf"
URL = "https://issuer.example.com"
KEY = oidc_issuer.KINDS["RS256"]("good")
GOOD = {**KEY.as_dict(private=False), "use": "sig"}
ANY_JSON = [None, True, False, 0, -1, 1.5, 10**400, "", "x", "é", "\ud800", [], [[]], [{}], {}, {"x": 1}]
LITERALS = ["1e999", "-1e999", "1" + "0" * 5_000, "1E+400", "-" + "9" * 4_301]
"""Numbers that Python reads as infinity or refuses to read."""


def authorizer(validator, document, clock=None):
    config = {"name": "a", "validators": {"v": validator}, "routes": {"GET /orders": {}}, "cached": False}
    text = document if isinstance(document, str) else json.dumps(document)
    return Authorizer(
        read(json.dumps(config)),
        fetch=lambda _url, _seconds: text.encode("utf-8", "surrogatepass"),
        load=lambda _arn: text,
        clock=clock or Clock(),
    )


def with_keys(keys, *algorithms):
    own = {"issuer": URL, "jwks_url": f"{URL}/keys", "audiences": ["api"], "algorithms": algorithms or ["RS256"]}
    return authorizer({"jwt": {"issuers": [own]}}, keys if isinstance(keys, str) else {"keys": keys})


def bearer(key=KEY, alg="RS256"):
    claims = {"iss": URL, "sub": "ada", "aud": "api", "exp": NOW + 600, "scope": "x"}
    token = jwt.encode({"alg": alg, "kid": key.kid}, claims, key, algorithms=[alg])
    return rest({"authorization": f"Bearer {token}"})


# Key sets

MEMBERS = ["kty", "kid", "use", "alg", "key_ops", "n", "e", "crv", "x", "y", "x5c", "ext", "unknown"]


@pytest.mark.parametrize("member", MEMBERS)
def test_a_bad_key_beside_a_good_one_takes_nothing_away(member):
    for value in ANY_JSON:
        for bad in ({**GOOD, "kid": "bad", member: value}, {member: value}):
            assert with_keys([bad, GOOD, bad]).decide(bearer()).allowed, value
    text = json.dumps({"keys": [GOOD, {**GOOD, "kid": "bad", member: "LITERAL"}]})
    for literal in LITERALS:
        assert with_keys(text.replace('"LITERAL"', literal)).decide(bearer()).allowed


@pytest.mark.parametrize("value", [each for each in ANY_JSON if each != 10**400])
def test_what_is_no_key_takes_nothing_away(value):
    assert with_keys([value, GOOD]).decide(bearer()).allowed


@pytest.mark.parametrize("kty", ["RSA", "EC", "OKP", "oct", "Oct", "", None, 1, [], "unknown"])
@pytest.mark.parametrize("member", ["d", "p", "q", "dp", "dq", "qi", "oth"])
def test_a_private_key_is_one_whatever_its_type_says(kty, member):
    decision = with_keys([GOOD, {**GOOD, "kid": "other", "kty": kty, member: "AQAB"}]).decide(bearer())

    assert decision.reason == reasons.INVALID
    assert with_keys([GOOD, {**GOOD, "kid": "other", "kty": kty, member: None}]).decide(bearer()).allowed


@pytest.mark.parametrize("operations", ["verify", "no-verify-here", ["sign"], [], {"verify": 1}, [["verify"]], 5, True])
def test_a_key_for_another_operation_is_not_used(operations):
    assert with_keys([{**GOOD, "key_ops": operations}]).decide(bearer()).reason == reasons.WITHDRAWN
    assert with_keys([{**GOOD, "key_ops": ["encrypt", "verify"]}]).decide(bearer()).allowed


@pytest.mark.parametrize("place", [1, 50, 99, 100, 101, 250])
def test_every_key_of_a_large_set_counts(place):
    curve = oidc_issuer.KINDS["Ed25519"]("k").as_dict(private=False)
    many = [{**curve, "kid": f"k{number}"} for number in range(300)]
    many.insert(place, GOOD)

    assert with_keys(many, "RS256", "Ed25519").decide(bearer()).allowed
    # Of two keys with one id nobody can say which one signs, wherever the second one stands.
    twice = [*many, {**oidc_issuer.KINDS["RS256"]("good").as_dict(private=False)}]
    assert with_keys(twice, "RS256", "Ed25519").decide(bearer()).reason == reasons.KEY


def test_a_byte_order_mark_is_skipped():
    assert with_keys("\ufeff" + json.dumps({"keys": [GOOD]})).decide(bearer()).allowed


# API keys

KEY_TEXT, KEY_ID, RECORD = api_keys.new("acme")
BAD_TEXT, BAD_ID, BAD_RECORD = api_keys.new("bad")


def key(text):
    return rest({"x-api-key": text})


@pytest.mark.parametrize("name", ["owner", "salt", "hash", "expires", "scopes", "tenant", "usage_key", "unknown"])
def test_a_bad_record_of_a_key_disables_that_key_alone(name):
    allowed = {"expires": [10**9 * 2], "scopes": [[]], "tenant": ["", "x", "é"], "usage_key": ["", "x", "é", "\ud800"]}
    for value in [*ANY_JSON, 2 * 10**9]:
        for bad in ({**BAD_RECORD, name: value}, value):
            one = authorizer({"api_key": {"store": STORE}}, {"keys": {BAD_ID: bad, KEY_ID: RECORD}})
            assert one.decide(key(KEY_TEXT)).allowed
            decision = one.decide(key(BAD_TEXT))
            good = bad == {**BAD_RECORD, name: value} and (
                value in allowed.get(name, []) or (name == "owner" and value in ("x", "é"))
            )
            good = good and not isinstance(value, bool)
            assert decision.allowed == good or decision.reason == reasons.EXPIRED, (name, value)
            assert decision.reason in {reasons.ALLOWED, reasons.INVALID, reasons.EXPIRED}
    text = json.dumps({"keys": {BAD_ID: {**BAD_RECORD, name: "LITERAL"}, KEY_ID: RECORD}})
    for literal in LITERALS:
        one = authorizer({"api_key": {"store": STORE}}, text.replace('"LITERAL"', literal))
        assert one.decide(key(KEY_TEXT)).allowed
        assert one.decide(key(BAD_TEXT)).reason in {reasons.INVALID, reasons.EXPIRED}


@pytest.mark.parametrize(
    ("expires", "expected"),
    [
        ("1999999999", reasons.ALLOWED),
        ("1999999999.5", reasons.ALLOWED),
        ("1.9e9", reasons.ALLOWED),
        ("1700000000", reasons.EXPIRED),
        ("0", reasons.EXPIRED),
        ("-1", reasons.EXPIRED),
        ("-1e999", reasons.EXPIRED),
        ("1577836800000", reasons.INVALID),
        ("1999999999000", reasons.INVALID),
        ("1e999", reasons.INVALID),
        ("1" + "0" * 400, reasons.INVALID),
        ("1" + "0" * 5_000, reasons.INVALID),
        ("null", reasons.INVALID),
        ("true", reasons.INVALID),
        ('"1999999999"', reasons.INVALID),
    ],
)
def test_no_time_means_never(expires, expected):
    text = json.dumps({"keys": {KEY_ID: {**RECORD, "expires": "LITERAL"}}}).replace('"LITERAL"', expires)
    one = authorizer({"api_key": {"store": STORE}}, text, clock=lambda: 1.8e9)

    assert one.decide(key(KEY_TEXT)).reason == expected


USAGE = {
    "one owner, while the key is rotated": ({}, {}, reasons.ALLOWED),
    "another owner": ({}, {"owner": "bad"}, reasons.INVALID),
    "another tenant": ({"tenant": "a"}, {"tenant": "b"}, reasons.INVALID),
    "no tenant": ({"tenant": "a"}, {}, reasons.INVALID),
}


@pytest.mark.parametrize(("one", "other", "expected"), USAGE.values(), ids=USAGE)
def test_a_usage_key_has_one_owner(one, other, expected):
    records = {
        KEY_ID: {**RECORD, "usage_key": "u" * 20, **one},
        BAD_ID: {**BAD_RECORD, "owner": "acme", "usage_key": "u" * 20, **other},
    }
    decides = authorizer({"api_key": {"store": STORE}}, {"keys": records})

    assert [decides.decide(key(each)).reason for each in (KEY_TEXT, BAD_TEXT)] == [expected] * 2
    assert "u" * 20 not in json.dumps(decides.decide(key(KEY_TEXT)).notices)


# Secrets

SECRET, WEAK = (
    "s" * 32,
    ["", "short", " " * 40, f" {'s' * 40}", f"{'s' * 40}\n", "\t" * 33, 1, None, True, [], ["s" * 40]],
)


def signed(name):
    when = str(NOW)
    string = canonical(when, "GET", HOST, "abc123", "live", "/orders", "", [], EMPTY_BODY_HASH)
    signature = digest(SECRET.encode(), string.encode(), sha256).hex()
    return rest({"x-signature": f"v2;key={name};time={when};headers=;signature={signature}"})


@pytest.mark.parametrize("weak", WEAK, ids=repr)
def test_a_weak_secret_is_not_used_and_takes_nothing_away(weak):
    for secrets in ([SECRET, weak], [weak, SECRET], [weak, weak, SECRET]):
        proxy = authorizer({"shared_secret": {"store": STORE}}, {"secrets": secrets})
        assert proxy.decide(rest({"x-origin-secret": SECRET})).allowed
        if isinstance(weak, str) and weak:
            denied = proxy.decide(rest({"x-origin-secret": weak}))
            assert denied.reason == reasons.SECRET
            assert ["secrets are not used" in each.detail for each in denied.notices] == [True]
        signers = authorizer({"signature": {"store": STORE}}, {"clients": {"jobs": {"secrets": secrets}}})
        decision = signers.decide(signed("jobs"))
        assert decision.allowed
        (notice,) = decision.notices
        assert "secrets are not used" in notice.detail
        wrong = signed("jobs")
        wrong["headers"]["x-signature"] = wrong["headers"]["x-signature"][:-64] + "0" * 64
        wrong["multiValueHeaders"] = None
        again = signers.decide(wrong)
        assert (again.reason, [each.detail for each in again.notices]) == (reasons.SIGNATURE, [notice.detail])
    alone = authorizer({"shared_secret": {"store": STORE}}, {"secrets": [weak]})
    assert alone.decide(rest({"x-origin-secret": SECRET})).reason == reasons.INVALID


@pytest.mark.parametrize("name", ["secrets", "owner", "scopes", "tenant", "unknown"])
def test_a_bad_record_of_a_client_disables_that_client_alone(name):
    for value in ANY_JSON:
        for bad in ({"secrets": ["t" * 32], name: value}, value):
            one = authorizer({"signature": {"store": STORE}}, {"clients": {"bad": bad, "jobs": {"secrets": [SECRET]}}})
            assert one.decide(signed("jobs")).allowed
            assert one.decide(signed("bad")).reason in {reasons.INVALID, reasons.SIGNATURE}


# What is logged about them


def test_no_part_of_a_record_is_logged():
    planted = ["passw0rd1234", KEY_TEXT, "sgk_planted", "planted value"]
    for text in planted:
        keys = {text: RECORD, KEY_ID: {text: text}, BAD_ID: {**BAD_RECORD, "owner": text, "scopes": text}}
        one = authorizer({"api_key": {"store": STORE}}, {"keys": keys})
        for _ in range(2):
            shown = line("a", one.decide(key(KEY_TEXT)), at=1, seconds=1)
            assert text not in shown


@pytest.mark.parametrize("count", [1, MOST_MISTAKES, MOST_MISTAKES + 1, 3_000])
def test_many_mistakes_make_one_short_line(count):
    keys = {f"aaaaaaaa{number:04}": 1 for number in range(count)}
    one = authorizer({"api_key": {"store": STORE}}, {"keys": {**keys, KEY_ID: RECORD}})
    shown = line("a", one.decide(key(KEY_TEXT)), at=1, seconds=1)
    written = json.loads(shown)

    assert len(shown) < 8_000
    assert written["SourceFailures"] == 1
    assert len(written["notices"]) == min(count, MOST_MISTAKES + 1)
    if count > MOST_MISTAKES:
        assert written["notices"][-1].endswith(f"and {count - MOST_MISTAKES:,} more mistakes")


# Headers of tokens

HEADERS = {
    "a repeated kid": '{"alg":"RS256","kid":"other","kid":"good"}',
    "a repeated alg": '{"alg":"none","alg":"RS256","kid":"good"}',
    "a repeated typ": '{"typ":"logout+jwt","typ":"JWT","alg":"RS256","kid":"good"}',
    "a repeated name behind an escape": '{"alg":"RS256","k\\u0069d":"other","kid":"good"}',
    "a repeated name inside": '{"alg":"RS256","kid":"good","x":{"a":1,"a":2}}',
    "NaN": '{"alg":"RS256","kid":"good","x":NaN}',
    "Infinity": '{"alg":"RS256","kid":"good","x":-Infinity}',
    "a number that is too large": '{"alg":"RS256","kid":"good","x":1e999}',
    "a byte order mark": '\ufeff{"alg":"RS256","kid":"good"}',
    "a list": '[{"alg":"RS256","kid":"good"}]',
}


@pytest.mark.parametrize("header", HEADERS.values(), ids=HEADERS)
def test_a_header_that_can_be_read_in_two_ways_is_denied(header):
    def b64(raw):
        return urlsafe_b64encode(raw).rstrip(b"=").decode()

    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.hashes import SHA256

    claims = {"iss": URL, "sub": "ada", "aud": "api", "exp": NOW + 600, "scope": "x"}

    def signed_with(text):
        start = f"{b64(text.encode())}.{b64(json.dumps(claims).encode())}"
        return rest(
            {"authorization": f"Bearer {start}.{b64(KEY.private_key.sign(start.encode(), PKCS1v15(), SHA256()))}"}
        )

    one = with_keys([GOOD])
    assert one.decide(signed_with('{"alg":"RS256","kid":"good"}')).allowed
    assert one.decide(signed_with(header)).reason == reasons.MALFORMED
