"""`deploy(program).ask(...)`: what happens to a request, in a user's own test."""

from types import SimpleNamespace

import pytest

from secure_gateway import SecureGateway
from secure_gateway.testing import Deployed, deploy


def program() -> None:
    SecureGateway(
        "orders",
        {
            "routes": [
                {"path": "/orders", "method": "GET"},
                {"path": "/orders/{id}", "method": "GET", "api_key": True},
                {"path": "/status", "method": "GET", "public": "monitoring reads it"},
            ],
            "default_integration": {"url": "https://backend.example.com"},
            "network": {"allow_cidrs": ["203.0.113.0/24"]},
            "waf": {"block_countries": ["KP"]},
            "keys": {"plans": {"gold": {"rate": 50, "burst": 100}}, "keys": {"acme": {"plan": "gold"}}},
        },
    )


@pytest.fixture(scope="module")
def deployed() -> Deployed:
    return deploy(program)


PRINCIPAL = "arn:aws:iam::123456789012:role/reader"


def test_the_layer_that_stops_a_request(deployed: Deployed) -> None:
    outside = deployed.ask("GET /status", ip="198.51.100.7", country="DE")
    assert (outside.result, outside.stopped_by, outside.status) == ("stopped", "network", 403)
    assert deployed.ask("GET /status", ip="203.0.113.7", country="KP").stopped_by == "waf"
    assert deployed.ask("GET /orders", ip="203.0.113.7", country="DE").stopped_by == "auth"
    assert deployed.ask("GET /nothing", ip="203.0.113.7", country="DE").stopped_by == "api"
    assert deployed.ask("GET /status", ip="203.0.113.7", country="DE", tls="1.1").stopped_by == "tls"
    signed = deployed.ask("GET /orders/7", ip="203.0.113.7", country="DE", principal=PRINCIPAL, identity="allow")
    assert (signed.stopped_by, signed.route) == ("keys", "GET /orders/{id}")


def test_a_request_that_reaches_the_integration(deployed: Deployed) -> None:
    found = deployed.ask("GET /status", ip="203.0.113.7", country="DE")
    assert (found.result, found.stopped_by, found.status, found.route) == ("reaches", "", None, "GET /status")
    assert "passes route: GET /status matches" in found.steps


def test_what_is_not_given_is_unknown(deployed: Deployed) -> None:
    found = deployed.ask("GET /status")
    assert found.result == "unknown"
    assert found.unknown


def test_a_question_that_is_not_valid(deployed: Deployed) -> None:
    with pytest.raises(ValueError, match='expected a method and a path, such as "GET /orders/7"'):
        deployed.ask("/orders")
    with pytest.raises(ValueError, match="--from: expected an IP address"):
        deployed.ask("GET /orders", ip="office")


def test_without_an_api_there_is_nothing_to_ask() -> None:
    with pytest.raises(LookupError, match="no REST or HTTP API"):
        deploy(lambda: None).ask("GET /orders")


def test_without_the_pack_one_sentence_says_so(deployed: Deployed, monkeypatch: pytest.MonkeyPatch) -> None:

    def missing(name: str) -> None:
        raise ModuleNotFoundError(name=name)

    monkeypatch.setattr("secure_gateway.testing.ask.importlib", SimpleNamespace(import_module=missing))
    with pytest.raises(LookupError, match="`ask` needs the policy pack"):
        deployed.ask("GET /orders")
