"""What is logged: the reason that the caller meets, what is wrong with sources, and the place of an error."""

import io
import json
import sys

import pytest
from gateway_events import API, http_2, rest, token

from secure_gateway.authorizer import handler, log, reasons, stores
from secure_gateway.authorizer.cached import Notice
from secure_gateway.authorizer.config import read
from secure_gateway.authorizer.decide import Authorizer, Decision
from secure_gateway.authorizer_responses import Unauthorized

STORE = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:keys-AbCdEf"


def written(decision):
    return json.loads(log.line("a", decision, at=1, seconds=1))


# TOKEN events: the policy decides, so it also says what is logged

SCOPED = {
    "GET /orders": {"scopes": ["orders/read"]},
    "GET /admin": {"scopes": ["admin"]},
    "ANY /me": {},
    "GET /x/{y}": {},
}
CALLED = {
    "/orders": reasons.ALLOWED,
    "/orders/": reasons.ALLOWED,
    "/admin": reasons.SCOPE,
    "/admin/": reasons.SCOPE,
    "/me": reasons.ALLOWED,
    "/x/1": reasons.ALLOWED,
    "/x": reasons.ROUTE,
    "/other": reasons.ROUTE,
    "/orders/1": reasons.ROUTE,
}


@pytest.mark.parametrize(("path", "expected"), CALLED.items())
@pytest.mark.parametrize("cached", [True, False])
def test_a_token_event_is_logged_as_its_policy_decides(issuer, authorizer, path, expected, cached):
    one = authorizer(SCOPED, cached=cached)
    decision = one.decide(token(f"Bearer {issuer.token()}", path))

    assert decision.reason == expected
    assert decision.status == (200 if expected == reasons.ALLOWED else 403)
    # The policy is the same for every path.
    first = one.decide(token(f"Bearer {issuer.token()}", "/orders"))
    assert decision.response["policyDocument"] == first.response["policyDocument"]
    assert (written(decision)["Allowed"], written(decision)["Reason"]) == (int(decision.allowed), expected)


def test_a_caller_without_any_route_is_denied_and_logged_so(issuer, authorizer):
    decision = authorizer({"GET /orders": {"scopes": ["admin"]}}).decide(token(f"Bearer {issuer.token()}"))

    assert (decision.reason, decision.status) == (reasons.SCOPE, 403)
    assert [each["Effect"] for each in decision.response["policyDocument"]["Statement"]] == ["Deny"]


def test_a_slash_at_the_end_of_an_allowed_path_is_allowed_by_a_cached_policy(issuer, authorizer):
    decision = authorizer(SCOPED).decide(rest({"authorization": f"Bearer {issuer.token()}"}, path="/orders/"))
    (allowed,) = (each for each in decision.response["policyDocument"]["Statement"] if each["Effect"] == "Allow")

    assert decision.allowed
    assert f"{API}/GET/orders/" in allowed["Resource"]


# An error inside the authorizer


def test_an_internal_error_names_its_type_and_place(authorizer):
    def fail(_request):
        raise ZeroDivisionError("secret-value")

    one = authorizer()
    one._validators["users"] = fail
    decision = one.decide(rest({}))

    assert decision.reason == reasons.INTERNAL
    assert decision.detail.startswith("ZeroDivisionError in test_log.py:")
    assert "secret-value" not in log.line("a", decision, at=1, seconds=1)


def test_a_decision_that_cannot_be_logged_says_so_if_it_can(issuer, authorizer, monkeypatch, capsys):
    real, failures = log.line, iter([True])

    def line(*given, **more):
        if next(failures, False):
            raise UnicodeError("secret-value")
        return real(*given, **more)

    monkeypatch.setattr(log, "line", line)
    with pytest.raises(Unauthorized):
        handler.make(authorizer())(rest({"authorization": f"Bearer {issuer.token()}"}), None)
    (shown,) = map(json.loads, capsys.readouterr().out.splitlines())

    assert shown["Reason"] == reasons.INTERNAL
    assert shown["detail"].startswith("log: UnicodeError in test_log.py:")


def test_nothing_is_carried_out_while_the_log_is_closed(issuer, authorizer, monkeypatch):
    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr(sys, "stdout", closed)

    with pytest.raises(Unauthorized):
        handler.make(authorizer())(rest({"authorization": f"Bearer {issuer.token()}"}), None)
    assert handler.make(authorizer())(http_2({}), None) == {"isAuthorized": False}


# Metrics and notices

NOTICES = {
    "nothing": ([], None, None),
    "a stale source": ([(True, False)], 1, 0),
    "two stale sources": ([(True, False)] * 2, 1, 0),
    "a failure": ([(False, False)], 0, 1),
    "many failures": ([(False, False)] * 3_000, 0, 1),
    "a failure found before": ([(False, True)], 0, 0),
    "all of them": ([(True, False), (False, False), (False, True)], 1, 1),
}


@pytest.mark.parametrize(("notices", "stale", "failed"), NOTICES.values(), ids=NOTICES)
def test_the_metrics_of_sources_count_decisions(notices, stale, failed):
    given = [
        Notice(stale=is_stale, source=STORE, detail="d" * 256, remembered=remembered)
        for is_stale, remembered in notices
    ]
    line = log.line("a", Decision(reasons.ALLOWED, {}, notices=given), at=1, seconds=1)

    assert (json.loads(line).get("Stale"), json.loads(line).get("SourceFailures")) == (stale, failed)
    assert len(line) < 10_000


def test_two_stale_stores_are_one_stale_decision(clock):
    documents = {"keys": {}, "secrets": ["s" * 32]}

    def load(arn):
        if clock.ahead:
            raise TimeoutError
        return json.dumps({"keys": {}} if "keys" in arn else {"secrets": documents["secrets"]})

    validators = {
        "one": {"shared_secret": {"store": STORE.replace("keys", "one")}},
        "two": {"shared_secret": {"store": STORE.replace("keys", "two"), "header": "x-two"}},
    }
    config = {"name": "a", "validators": validators, "require": [["one", "two"]], "routes": {"GET /orders": {}}}
    one = Authorizer(read(json.dumps({**config, "cached": False})), load=load, clock=clock)
    request = rest({"x-origin-secret": "s" * 32, "x-two": "s" * 32})
    assert one.decide(request).allowed
    clock.ahead = 301
    decision = one.decide(request)

    assert decision.allowed
    assert written(decision)["Stale"] == 1
    assert len([each for each in written(decision)["notices"] if each.startswith("stale: ")]) == 2


# The start of the function


def start(monkeypatch, config):
    monkeypatch.setenv("SECURE_GATEWAY_AUTHORIZER", json.dumps(config))
    return handler._authorizer()


VALIDATORS = {
    "jwt": {"jwt": {"issuers": [{"issuer": "https://issuer.example.com", "audiences": ["a"]}]}},
    "api_key": {"api_key": {"store": STORE}},
    "shared_secret": {"shared_secret": {"store": STORE}},
    "signature": {"signature": {"store": "arn:aws:ssm:eu-west-2:123456789012:parameter/x"}},
    "client_certificate": {"client_certificate": {"subjects": ["CN=a"]}},
}


@pytest.mark.parametrize("kind", VALIDATORS)
def test_the_clients_of_stores_are_made_while_the_function_starts(monkeypatch, kind):
    made = []
    monkeypatch.setattr(stores, "_client", lambda *given: made.append(given))
    config = {"name": "a", "validators": {"v": VALIDATORS[kind]}, "routes": {"GET /orders": {}}, "cached": False}

    assert start(monkeypatch, config)
    arn = next(iter(VALIDATORS[kind].values())).get("store")
    assert made == ([tuple(arn.split(":")[2:4])] if arn else [])


def test_a_client_that_cannot_be_made_is_reported_by_the_decision(monkeypatch):
    def fail(*_):
        raise ModuleNotFoundError("boto3")

    monkeypatch.setattr(stores, "_client", fail)
    config = {"name": "a", "validators": {"v": VALIDATORS["api_key"]}, "routes": {"GET /orders": {}}, "cached": False}
    one = start(monkeypatch, config)
    decision = one.decide(rest({"x-api-key": f"sgk_{'a' * 12}_{'b' * 43}"}))

    assert decision.reason == reasons.WITHDRAWN
    assert [each.detail for each in decision.notices] == ["keys_withdrawn: ModuleNotFoundError"]


@pytest.mark.parametrize("config", [{}, [], None, {"name": "a", "require": [[{}]]}, {"name": "a", "validators": []}])
def test_an_invalid_configuration_never_fails_the_start(monkeypatch, capsys, config):
    assert start(monkeypatch, config) is None
    assert capsys.readouterr().out.startswith("the configuration is invalid, so every request is denied: ")
