"""Responses: exact when API Gateway caches them, 401 or 403, for every type of event; never an exception."""

import json

import pytest
from answers_judge import passes
from gateway_events import API, http_1, http_2, rest, token

from secure_gateway.authorizer import reasons
from secure_gateway.authorizer.config import read
from secure_gateway.authorizer.decide import Authorizer


def bearer(issuer, **claims):
    return {"Authorization": f"Bearer {issuer.token(**claims)}"}


# The two pitfalls of cached decisions: https://docs.aws.amazon.com/apigateway/latest/developerguide/configure-api-gateway-lambda-authorization.html


def test_a_cached_decision_allows_the_callers_next_route(issuer, authorizer):
    response = authorizer().decide(rest(bearer(issuer))).response

    assert passes(response, "GET /orders")
    assert passes(response, "GET /orders/7")
    assert passes(response, "GET /me")
    assert passes(response, "DELETE /me")


def test_a_cached_decision_allows_no_route_with_another_scope(issuer, authorizer):
    response = authorizer().decide(rest(bearer(issuer))).response

    assert not passes(response, "POST /orders")
    assert not passes(response, "GET /orders/7/refunds")
    assert not passes(response, "GET /unknown")


def test_the_response_does_not_depend_on_the_route_that_is_called_first(issuer, authorizer):
    one, headers = authorizer(), bearer(issuer)
    responses = [
        one.decide(rest(headers, route)).response for route in ("GET /orders", "POST /orders", "GET /orders/{id}")
    ]

    assert responses[0] == responses[1] == responses[2]


def test_a_denied_call_still_caches_what_the_caller_may_use(issuer, authorizer):
    decision = authorizer().decide(rest(bearer(issuer), "POST /orders"))

    assert (decision.status, decision.reason) == (403, reasons.SCOPE)
    assert not passes(decision.response, "POST /orders")
    assert passes(decision.response, "GET /orders/7")


def test_an_outage_is_not_cached(issuer, authorizer):
    """A cached Deny would outlive the outage; API Gateway does not cache a 401."""
    issuer.status = 500
    decision = authorizer().decide(rest(bearer(issuer)))

    assert (decision.status, decision.response) == (401, None)


def test_a_decision_that_is_not_cached_allows_the_called_path_alone(issuer, authorizer):
    response = authorizer(cached=False).decide(rest(bearer(issuer), "GET /orders/{id}")).response

    assert response["policyDocument"]["Statement"][0]["Resource"] == [f"{API}/GET/orders/7"]


@pytest.mark.parametrize("path", ["/orders/*", "/orders/?", "/orders/${aws:x}", "/orders/" + "x" * 500])
def test_a_path_with_a_wildcard_allows_nothing(issuer, authorizer, path):
    one, event = authorizer(cached=False), rest(bearer(issuer), "GET /orders/{id}", path)
    decision = one.decide(event)

    assert (decision.status, decision.reason) == (403, reasons.PATH)
    if len(path) < 500:
        assert not passes(decision.response, "GET /orders/7")


# Events


@pytest.mark.parametrize("cached", [True, False])
@pytest.mark.parametrize("make", [rest, http_1, http_2])
def test_each_type_of_event_is_allowed_and_denied(issuer, authorizer, make, cached):
    one = authorizer(cached=cached)

    assert one.decide(make(bearer(issuer))).allowed
    assert one.decide(make(bearer(issuer, scope="x"))).status == 403
    assert one.decide(make(bearer(issuer, aud="x"))).status == (401 if make is rest else 403)
    assert one.decide(make({})).reason == reasons.MISSING
    assert one.decide(make(bearer(issuer), "GET /nowhere")).reason == reasons.ROUTE


def test_a_route_of_any_method_is_found(issuer, authorizer):
    assert authorizer().decide(rest(bearer(issuer), "PATCH /me")).allowed
    assert authorizer().decide(http_2(bearer(issuer), "ANY /me")).allowed


def test_a_token_event_gets_a_policy_for_all_routes(issuer, authorizer):
    decision = authorizer(cached=False).decide(token(bearer(issuer)["Authorization"], "/orders", "POST"))

    assert passes(decision.response, "GET /orders")
    assert not passes(decision.response, "POST /orders")


def test_simple_responses_are_simple(issuer, clock):
    document = {
        "name": "u",
        "validators": {"u": {"jwt": {"issuers": [{"issuer": issuer.url, "audiences": ["orders-api"]}]}}},
        "routes": {"GET /orders": {"scopes": ["orders/read"]}, "$default": {}},
        "responses": "simple",
        "cached": False,
    }
    one = Authorizer(read(json.dumps(document), loopback=True), clock=clock, loopback=True)

    allowed = one.decide(http_2(bearer(issuer))).response
    assert allowed["isAuthorized"] is True
    assert allowed["context"]["principal"] == "ada"
    assert one.decide(http_2(bearer(issuer, scope="x"))).response == {"isAuthorized": False}
    assert one.decide(http_2({})).response == {"isAuthorized": False}
    assert one.decide(http_2(bearer(issuer), "$default")).allowed
    # A REST API has no simple responses.
    assert "policyDocument" in one.decide(rest(bearer(issuer))).response


NEEDED = [
    *[(rest, name) for name in ("methodArn", "headers", "resource", "httpMethod")],
    *[(http_1, name) for name in ("methodArn", "headers", "resource", "httpMethod")],
    *[(http_2, name) for name in ("routeArn", "headers", "routeKey", "requestContext")],
]


@pytest.mark.parametrize(("make", "name"), NEEDED)
@pytest.mark.parametrize("value", [..., None, 1, "", [], {}, "*", {"http": []}])
def test_a_malformed_event_is_denied(issuer, authorizer, make, name, value):
    whole = {**make(bearer(issuer)), name: value}
    decision = authorizer().decide({key: each for key, each in whole.items() if each is not ...})

    assert not decision.allowed


@pytest.mark.parametrize("place", ["aws", "eu-west-1", "123456789012", "abc123", "live"])
@pytest.mark.parametrize("wildcard", ["*", "?", "$", "{}*", "{}?"])
@pytest.mark.parametrize(("make", "name"), [(rest, "methodArn"), (http_1, "methodArn"), (http_2, "routeArn")])
def test_a_policy_is_never_written_for_more_than_one_stage(issuer, authorizer, make, name, place, wildcard):
    event = make(bearer(issuer))
    wild = event[name].replace(place, wildcard.format(place), 1)

    assert authorizer().decide({**event, name: wild}).reason == reasons.EVENT
    assert authorizer().decide({**event, name: event[name].replace("live", "$default")}).allowed


@pytest.mark.parametrize("event", [None, [], "text", 1, {}, {"version": "2.0"}, {"methodArn": "arn:aws:execute-api:*"}])
def test_anything_but_an_event_is_denied(authorizer, event):
    decision = authorizer().decide(event)

    assert (decision.allowed, decision.reason) == (False, reasons.EVENT)


def test_an_internal_error_is_a_refusal(issuer, authorizer, monkeypatch):
    one = authorizer()

    def broken(_):
        raise MemoryError

    monkeypatch.setitem(one._validators, "users", broken)
    decision = one.decide(rest(bearer(issuer)))
    assert (decision.status, decision.reason) == (401, reasons.INTERNAL)


def test_the_context_holds_strings_within_limits(issuer, authorizer):
    scopes = " ".join(["orders/read", *(f"scope-{number:04}" for number in range(450))])
    context = authorizer().decide(rest(bearer(issuer, scope=scopes))).response["context"]

    assert all(isinstance(value, str) for value in context.values())
    assert len(context["scopes"]) <= 4_096
    assert set(context["scopes"].split(" ")) <= set(scopes.split(" "))
