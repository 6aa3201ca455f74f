import json
import time

import oidc_issuer
import pytest

from secure_gateway.authorizer.config import read
from secure_gateway.authorizer.decide import Authorizer


class Clock:
    """A clock that tests can move forward."""

    def __init__(self):
        self.ahead = 0.0

    def __call__(self):
        return time.time() + self.ahead


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture(scope="module")
def _shared_issuer():
    with oidc_issuer.running() as running:
        yield running


@pytest.fixture
def issuer(_shared_issuer):
    """The issuer in its initial state. Its key `k1` is reused, because generating one is slow."""
    _shared_issuer.__init__(int(_shared_issuer.url.rsplit(":", 1)[1]), _shared_issuer.keys["k1"])
    return _shared_issuer


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
