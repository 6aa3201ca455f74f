import json

import oidc_issuer
import pytest
from clocks import Clock

from secure_gateway.authorizer import jwks, stores
from secure_gateway.authorizer.config import read
from secure_gateway.authorizer.decide import Authorizer


@pytest.fixture(autouse=True)
def _no_hurry(monkeypatch):
    """Time limits that no busy machine exceeds; a test about a limit sets a short one itself."""
    for module in (jwks, stores):
        monkeypatch.setattr(module, "SECONDS", 120.0)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture(scope="module")
def _shared_issuer():
    with oidc_issuer.running() as running:
        yield running


@pytest.fixture
def issuer(_shared_issuer, clock):
    """The issuer in its initial state. Its key `k1` is reused, because generating one is slow."""
    _shared_issuer.__init__(int(_shared_issuer.url.rsplit(":", 1)[1]), _shared_issuer.keys["k1"], clock)
    yield _shared_issuer
    _shared_issuer.released.set()


ROUTES = {
    "GET /orders": {"scopes": ["orders/read"]},
    "POST /orders": {"scopes": ["orders/write"]},
    "GET /orders/{id}": {"scopes": ["orders/read"]},
    "GET /orders/{id}/refunds": {"scopes": ["refunds"]},
    "ANY /me": {},
}


@pytest.fixture
def authorizer(issuer, clock):
    """Makes an authorizer with one JWT validator for the local issuer."""

    def make(routes=None, *, cached=True, **settings):
        own = {"issuer": issuer.url, "audiences": ["orders-api"], **settings}
        document = {
            "name": "users",
            "validators": {"users": {"jwt": {"issuers": [own]}}},
            "routes": routes or ROUTES,
            "cached": cached,
        }
        return Authorizer(read(json.dumps(document), loopback=True), clock=clock, loopback=True)

    return make
