"""A signature stands for one request: two requests that someone could read differently never share one."""

import json
from hashlib import sha256
from hmac import digest

import pytest
from clocks import NOW, Clock
from gateway_events import API, HOST, http_1, http_2, rest
from hypothesis import given
from hypothesis import strategies as st

from secure_gateway.authorizer import reasons
from secure_gateway.authorizer.config import read
from secure_gateway.authorizer.decide import Authorizer
from secure_gateway.authorizer.reasons import Denied
from secure_gateway.authorizer.requests import Request
from secure_gateway.authorizer.signatures import EMPTY_BODY_HASH, canonical, canonical_v1

STORE = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:keys-AbCdEf"
SECRET = "s" * 32
ROUTES = ("GET /orders", "GET /orders/{id}", "GET /live/orders", "GET /{path+}", "GET /", "$default")


def authorizer(**settings):
    config = {
        "name": "a",
        "validators": {"v": {"signature": {"store": STORE, **settings}}},
        "routes": {key: {} for key in ROUTES},
        "cached": False,
    }
    return Authorizer(
        read(json.dumps(config)), load=lambda _: json.dumps({"clients": {"jobs": {"secrets": [SECRET]}}}), clock=Clock()
    )


def signature(*, path="/orders", query="", headers=(), stage="live"):
    when = str(NOW)
    string = canonical(when, "GET", HOST, "abc123", stage, path, query, headers, EMPTY_BODY_HASH)
    names = ",".join(name for name, _ in headers)
    return f"v2;key=jobs;time={when};headers={names};signature={digest(SECRET.encode(), string.encode(), sha256).hex()}"


def decide(event, sign, **settings):
    return authorizer(**settings).decide(
        {**event, "headers": {**event["headers"], "x-signature": sign}, "multiValueHeaders": None}
    )


# The query

RAW = {
    "": "",
    "a=1": "a=1",
    "a=": "a=",
    "b=2&a=1": "a=1&b=2",
    "a=b%20c": "a=b%20c",
    "a=b%2Bc": "a=b%2Bc",
    "a=%C3%A9": "a=%C3%A9",
    "a=%c3%a9": "a=%C3%A9",
    "a=é": "a=%C3%A9",
    "a=~-._": "a=~-._",
    "a=%7E": "a=~",
    "a=1=2": "a=1%3D2",
    "a=2&a=1": "a=2&a=1",
    "a=;": "a=%3B",
    "a=%EF%BF%BD": "a=%EF%BF%BD",
}
AMBIGUOUS = ["a=b+c", "a+b=c", "a", "a&b=1", "&a=1", "a=1&", "a=1&&b=2", "=1", "&", "=", "a=%ff", "a=%fe%80", "a=%80"]
AMBIGUOUS += ["a=%C0%AF", "a=%ED%A0%80", "a=%", "a=%4", "a=%zz", "a=%u0041", "%ff=1"]


@pytest.mark.parametrize(("raw", "signed"), RAW.items())
def test_a_query_has_one_canonical_form(raw, signed):
    assert decide(http_2(query=raw), signature(query=signed)).allowed


@pytest.mark.parametrize("raw", AMBIGUOUS)
def test_an_ambiguous_query_is_denied(raw):
    decision = decide(http_2(query=raw), signature(query="a=b%20c"))

    assert (decision.reason, decision.detail) == (reasons.MALFORMED, "query")


def form(raw):
    try:
        return Request(http_2(query=raw)).query()
    except Denied:
        return None


PIECES = st.lists(st.sampled_from([*"ab=&+%", "%20", "%2B", "%2b", "%ff", "%EF%BF%BD", "é", "%C3%A9", "%26", "%3D"]))


@given(PIECES.map("".join))
def test_the_canonical_form_of_a_canonical_form_is_itself(raw):
    canonical_form = form(raw)
    if canonical_form is not None:
        assert form(canonical_form) == canonical_form


@pytest.mark.parametrize("make", [rest, http_1])
@pytest.mark.parametrize(
    "changes",
    [
        {"queryStringParameters": {"amount": "9"}, "multiValueQueryStringParameters": None},
        {"queryStringParameters": {"amount": "9"}, "multiValueQueryStringParameters": {}},
        {"queryStringParameters": {"amount": "9"}, "multiValueQueryStringParameters": {"other": ["1"]}},
        {"queryStringParameters": {"amount": "9"}, "multiValueQueryStringParameters": {"amount": ["1"]}},
        {"queryStringParameters": [], "multiValueQueryStringParameters": [1]},
        {"queryStringParameters": {"amount": 9}, "multiValueQueryStringParameters": {"amount": [9]}},
        {"queryStringParameters": {"amount": "9"}, "multiValueQueryStringParameters": {"amount": "9"}},
    ],
)
def test_a_parameter_outside_the_signed_ones_is_denied(make, changes):
    assert decide({**make(), **changes}, signature()).reason == reasons.EVENT


@pytest.mark.parametrize("value", ["\ud800", "a\ud83d"])
def test_half_a_character_in_the_query_is_malformed(value):
    decision = decide(rest(query={"a": [value]}), signature(query="a="))

    assert (decision.reason, decision.detail) == (reasons.MALFORMED, "query")


def test_the_order_of_the_values_of_one_name_is_signed():
    assert decide(rest(query={"b": ["2", "1"], "a": ["x"]}), signature(query="a=x&b=2&b=1")).allowed
    assert decide(rest(query={"b": ["1", "2"], "a": ["x"]}), signature(query="a=x&b=2&b=1")).reason == reasons.SIGNATURE
    assert decide(http_2(query="b=2&a=x&b=1"), signature(query="a=x&b=2&b=1")).allowed


def test_version_1_still_sorts_the_values_of_one_name():
    when = str(NOW)
    string = canonical_v1(when, "GET", "/orders", "a=1&a=2", EMPTY_BODY_HASH)
    given_ = f"v1;key=jobs;time={when};signature={digest(SECRET.encode(), string.encode(), sha256).hex()}"

    assert decide(rest(query={"a": ["2", "1"]}), given_, v1_until=int(when) + 100).allowed


# Covered headers


@pytest.mark.parametrize("space", ["\u00a0", "\u2003", "\u3000", "\x0b", "\x0c", "\x1c", "\x85", "\u200b", "\ufeff"])
def test_only_the_spaces_of_http_are_no_part_of_a_value(space):
    sign = signature(headers=[("content-type", "a")])

    assert decide(rest({"content-type": " \ta\t "}), sign).allowed
    for value in (f"{space}a", f"a{space}", f"{space}a{space}"):
        assert decide(rest({"content-type": value}), sign).reason == reasons.SIGNATURE
        assert decide(rest({"content-type": value}), signature(headers=[("content-type", value)])).allowed


def test_a_covered_header_may_be_empty():
    for value in ("", " "):
        assert decide(rest({"x-empty": value}), signature(headers=[("x-empty", "")])).allowed
    assert decide(rest({"x-empty": "1"}), signature(headers=[("x-empty", "")])).reason == reasons.SIGNATURE
    uncovered = decide(rest({"x-empty": ""}), signature(), signed_headers=["x-empty"])
    assert (uncovered.reason, uncovered.detail) == (reasons.UNSIGNED, "x-empty")


def test_an_empty_hash_of_the_body_is_no_missing_one():
    assert decide(rest(), signature()).allowed
    assert decide(rest({"x-content-sha256": ""}), signature()).reason == reasons.MALFORMED


def test_cookies_are_a_header_in_every_format():
    sign = signature(headers=[("cookie", "a=1; b=2")])
    two = {**http_2(), "cookies": ["a=1", "b=2"]}

    assert decide(rest({"cookie": "a=1; b=2"}), sign, signed_headers=["cookie"]).allowed
    assert decide(two, sign, signed_headers=["cookie"]).allowed
    assert decide({**two, "cookies": ["a=1"]}, sign, signed_headers=["cookie"]).reason == reasons.SIGNATURE
    assert decide(two, signature(), signed_headers=["cookie"]).reason == reasons.UNSIGNED
    assert decide({**http_2(), "cookies": []}, signature(), signed_headers=["cookie"]).allowed
    both = {**two, "headers": {"cookie": "a=1"}}
    assert decide(both, sign, signed_headers=["cookie"]).reason == reasons.DUPLICATE
    for broken in ("a=1", [1], {"a": 1}):
        assert decide({**two, "cookies": broken}, sign, signed_headers=["cookie"]).reason == reasons.EVENT


@pytest.mark.parametrize("name", ["X-To\u212aen", "x-to\u212aen"])
def test_a_name_that_only_looks_like_a_header_is_another_one(name):
    config = {
        "name": "a",
        "validators": {"v": {"shared_secret": {"store": STORE, "header": "x-token"}}},
        "routes": {"GET /orders": {}},
    }
    one = Authorizer(read(json.dumps(config)), load=lambda _: json.dumps({"secrets": [SECRET]}), clock=Clock())

    assert one.decide(rest({"X-Token": SECRET})).allowed
    assert one.decide(rest({name: SECRET})).reason == reasons.MISSING
    assert one.decide(rest({name: "x", "X-Token": SECRET})).allowed


@pytest.mark.parametrize("host", ["ABC123.execute-api.eu-west-1.amazonaws.com", HOST])
def test_the_host_is_compared_in_lower_case(host):
    event = rest()
    assert decide({**event, "requestContext": {**event["requestContext"], "domainName": host}}, signature()).allowed
    kelvin = {**event["requestContext"], "domainName": host.replace("a", "\u212a")}
    assert decide({**event, "requestContext": kelvin}, signature()).reason == reasons.EVENT


# The stage in the path: https://github.com/aws-powertools/powertools-lambda-python/issues/621


def called(route, path, arn_path, stage="live"):
    """An event of an HTTP API, in either payload format."""
    arn = f"{API.rpartition('/')[0]}/{stage}/GET{arn_path}"
    two = http_2(route=route, path=path, routeArn=arn)
    one = http_1(route="GET /x", resource=route, path=path, methodArn=arn)
    return two, one


STAGES = [
    # route, path in the event, path in the ARN, path that is signed
    ("GET /orders", "/live/orders", "/orders", "/orders"),
    ("GET /orders", "/orders", "/orders", "/orders"),
    ("GET /orders/{id}", "/live/orders/7", "/orders/7", "/orders/7"),
    ("GET /orders/{id}", "/live/orders/a%20b", "/orders/a b", "/orders/a%20b"),
    ("GET /live/orders", "/live/live/orders", "/live/orders", "/live/orders"),
    ("GET /live/orders", "/live/orders", "/live/orders", "/live/orders"),
    ("GET /{path+}", "/live/a/b", "/a/b", "/a/b"),
    ("GET /{path+}", "/live/a/b", "/live/a/b", "/live/a/b"),
    ("$default", "/live/a", "/a", "/a"),
    ("$default", "/live/a", "/live/a", "/live/a"),
    ("$default", "/liver", "/liver", "/liver"),
    ("GET /", "/live", "/", "/"),
    ("GET /", "/live/", "/", "/"),
]


@pytest.mark.parametrize(("route", "path", "arn_path", "signed_path"), STAGES)
def test_the_stage_is_no_part_of_the_signed_path(route, path, arn_path, signed_path):
    for event in called(route, path, arn_path):
        assert decide(event, signature(path=signed_path)).allowed
        for other in {"/orders", "/live/orders", "/live/a", "/a", path} - {signed_path}:
            assert decide(event, signature(path=other)).reason == reasons.SIGNATURE


def test_the_default_stage_and_rest_apis_have_no_stage_in_the_path():
    for event in called("$default", "/live/a", "/live/a", "$default"):
        assert decide(event, signature(path="/live/a", stage="$default")).allowed
    event = rest(path="/live/orders")
    assert decide(event, signature(path="/live/orders")).allowed
    assert decide(event, signature()).reason == reasons.SIGNATURE
