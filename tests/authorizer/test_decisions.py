"""Answers: exact under API Gateway's cache, 401 or 403, of every event's form; and never anything but an answer."""

import json

import pytest
from answers_judge import passes
from gateway_events import API, http_1, http_2, rest, token

from secure_gateway.authorizer import reasons
from secure_gateway.authorizer.config import read
from secure_gateway.authorizer.decide import Authorizer


def bearer(issuer, **claims):
    return {"Authorization": f"Bearer {issuer.token(**claims)}"}


# The two pitfalls of kept answers (aws-facts 4.3).


def test_a_kept_answer_opens_the_callers_next_route_too(issuer, authorizer):
    answer = authorizer().decide(rest(bearer(issuer))).answer

    assert passes(answer, "GET /orders")
    assert passes(answer, "GET /orders/7")
    assert passes(answer, "GET /me")
    assert passes(answer, "DELETE /me")


def test_a_kept_answer_opens_no_route_of_another_scope(issuer, authorizer):
    answer = authorizer().decide(rest(bearer(issuer))).answer

    assert not passes(answer, "POST /orders")
    assert not passes(answer, "GET /orders/7/refunds")
    assert not passes(answer, "GET /elsewhere")


def test_the_answer_is_the_same_whichever_route_is_called_first(issuer, authorizer):
    one, headers = authorizer(), bearer(issuer)
    answers = [one.decide(rest(headers, route)).answer for route in ("GET /orders", "POST /orders", "GET /orders/{id}")]

    assert answers[0] == answers[1] == answers[2]


def test_a_refused_call_still_tells_the_cache_what_is_open(issuer, authorizer):
    decision = authorizer().decide(rest(bearer(issuer), "POST /orders"))

    assert (decision.status, decision.reason) == (403, reasons.SCOPE)
    assert not passes(decision.answer, "POST /orders")
    assert passes(decision.answer, "GET /orders/7")


def test_what_goes_wrong_on_our_side_is_not_kept(issuer, authorizer):
    """A kept deny would outlive the outage; API Gateway keeps no 401."""
    issuer.status = 500
    decision = authorizer().decide(rest(bearer(issuer)))

    assert (decision.status, decision.answer) == (401, None)


def test_an_answer_that_is_not_kept_opens_the_called_path_alone(issuer, authorizer):
    answer = authorizer(cached=False).decide(rest(bearer(issuer), "GET /orders/{id}")).answer

    assert answer["policyDocument"]["Statement"][0]["Resource"] == [f"{API}/GET/orders/7"]


@pytest.mark.parametrize("path", ["/orders/*", "/orders/?", "/orders/${aws:x}", "/orders/" + "x" * 500])
def test_a_path_that_is_a_wildcard_opens_nothing(issuer, authorizer, path):
    one, event = authorizer(cached=False), rest(bearer(issuer), "GET /orders/{id}", path)
    decision = one.decide(event)

    assert (decision.status, decision.reason) == (403, reasons.PATH)
    if len(path) < 500:
        assert not passes(decision.answer, "GET /orders/7")


# Events


@pytest.mark.parametrize("cached", [True, False])
@pytest.mark.parametrize("make", [rest, http_1, http_2])
def test_each_form_of_event_is_allowed_and_refused(issuer, authorizer, make, cached):
    one = authorizer(cached=cached)

    assert one.decide(make(bearer(issuer))).allowed
    assert one.decide(make(bearer(issuer, scope="x"))).status == 403
    assert one.decide(make(bearer(issuer, aud="x"))).status == (401 if make is rest else 403)
    assert one.decide(make({})).reason == reasons.MISSING
    assert one.decide(make(bearer(issuer), "GET /nowhere")).reason == reasons.ROUTE


def test_a_route_of_any_method_is_found(issuer, authorizer):
    assert authorizer().decide(rest(bearer(issuer), "PATCH /me")).allowed
    assert authorizer().decide(http_2(bearer(issuer), "ANY /me")).allowed


def test_a_token_event_is_answered_for_all_routes(issuer, authorizer):
    decision = authorizer(cached=False).decide(token(bearer(issuer)["Authorization"], "/orders", "POST"))

    assert passes(decision.answer, "GET /orders")
    assert not passes(decision.answer, "POST /orders")


def test_simple_answers_are_simple(issuer, clock):
    document = {
        "name": "u",
        "validators": {"u": {"jwt": {"issuers": [{"issuer": issuer.url, "audiences": ["orders-api"]}]}}},
        "routes": {"GET /orders": {"scopes": ["orders/read"]}, "$default": {}},
        "answers": "simple",
        "cached": False,
    }
    one = Authorizer(read(json.dumps(document), loopback=True), clock=clock, loopback=True)

    allowed = one.decide(http_2(bearer(issuer))).answer
    assert allowed["isAuthorized"] is True
    assert allowed["context"]["principal"] == "ada"
    assert one.decide(http_2(bearer(issuer, scope="x"))).answer == {"isAuthorized": False}
    assert one.decide(http_2({})).answer == {"isAuthorized": False}
    assert one.decide(http_2(bearer(issuer), "$default")).allowed
    # A REST API knows no simple answers.
    assert "policyDocument" in one.decide(rest(bearer(issuer))).answer


NEEDED = [
    *[(rest, name) for name in ("methodArn", "headers", "resource", "httpMethod")],
    *[(http_1, name) for name in ("methodArn", "headers", "resource", "httpMethod")],
    *[(http_2, name) for name in ("routeArn", "headers", "routeKey", "requestContext")],
]


@pytest.mark.parametrize(("make", "name"), NEEDED)
@pytest.mark.parametrize("value", [..., None, 1, "", [], {}, "*", {"http": []}])
def test_a_malformed_event_is_refused(issuer, authorizer, make, name, value):
    whole = {**make(bearer(issuer)), name: value}
    decision = authorizer().decide({key: each for key, each in whole.items() if each is not ...})

    assert not decision.allowed


@pytest.mark.parametrize("event", [None, [], "text", 1, {}, {"version": "2.0"}, {"methodArn": "arn:aws:execute-api:*"}])
def test_what_is_no_event_is_refused(authorizer, event):
    decision = authorizer().decide(event)

    assert (decision.allowed, decision.reason) == (False, reasons.EVENT)


def test_whatever_breaks_inside_is_a_refusal(issuer, authorizer, monkeypatch):
    one = authorizer()

    def broken(_):
        raise MemoryError

    monkeypatch.setitem(one._validators, "users", broken)
    decision = one.decide(rest(bearer(issuer)))
    assert (decision.status, decision.reason) == (401, reasons.INTERNAL)


def test_the_context_holds_texts_within_limits(issuer, authorizer):
    scopes = " ".join(["orders/read", *(f"scope-{number:04}" for number in range(450))])
    context = authorizer().decide(rest(bearer(issuer, scope=scopes))).answer["context"]

    assert all(isinstance(value, str) for value in context.values())
    assert len(context["scopes"]) <= 4_096
    assert set(context["scopes"].split(" ")) <= set(scopes.split(" "))
