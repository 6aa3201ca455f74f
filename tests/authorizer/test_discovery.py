"""An issuer that moves, withdraws or stalls: every combination of its discovery, its known and its new URL of keys."""

import json
import time
from itertools import product

import oidc_issuer
import pytest
from gateway_events import rest
from joserfc import jwt

from secure_gateway.authorizer import jwks, reasons
from secure_gateway.authorizer.cached import RENEW_SECONDS, RETRY_SECONDS
from secure_gateway.authorizer.config import read
from secure_gateway.authorizer.decide import Authorizer
from secure_gateway.authorizer.fetch import FetchError

URL = "https://issuer.example.com"
WELL_KNOWN, KNOWN, NEW = f"{URL}/.well-known/openid-configuration", f"{URL}/keys", f"{URL}/new"
KEY, OTHER = oidc_issuer.KINDS["ES256"]("k1"), oidc_issuer.KINDS["ES256"]("k2")
START = 1_800_000_000
FRESH, STALE = 900, 3_600


def published(*keys, private=False):
    return {"keys": [{**key.as_dict(private=private), "use": "sig"} for key in keys]}


class Issuer:
    """What an issuer publishes at each URL: a document, a status, or an exception in place of a response."""

    def __init__(self):
        self.at = {WELL_KNOWN: {"issuer": URL, "jwks_uri": KNOWN}, KNOWN: published(KEY)}
        self.now = START
        self.fetched = []
        self.seconds = 0

    def fetch(self, url, _seconds):
        self.fetched.append(url)
        self.now += self.seconds
        found = self.at.get(url, 410)
        if isinstance(found, Exception):
            raise found
        if isinstance(found, int):
            message = f"status {found}"
            raise FetchError(message, found)
        return json.dumps(found).encode() if not isinstance(found, bytes) else found

    def authorizer(self, **settings):
        own = {"issuer": URL, "audiences": ["api"], "algorithms": ["ES256"], **settings}
        document = {
            "name": "a",
            "validators": {"v": {"jwt": {"issuers": [own]}}},
            "routes": {"GET /orders": {}},
            "cached": False,
        }
        return Authorizer(read(json.dumps(document)), fetch=self.fetch, clock=lambda: self.now)


def token(key=KEY):
    claims = {"iss": URL, "sub": "ada", "aud": "api", "exp": START + 1_000_000, "scope": "x"}
    given = jwt.encode({"alg": "ES256", "kid": key.kid}, claims, key, algorithms=["ES256"])
    return rest({"authorization": f"Bearer {given}"})


TOKEN, OTHER_TOKEN = token(), token(OTHER)
OUTAGES = {"503": 503, "404": 404, "refused": ConnectionRefusedError(), "late": TimeoutError()}
WITHDRAWALS = {
    "no keys": {"keys": []},
    "gone": 410,
    "forbidden": 403,
    "a private key": published(KEY, private=True),
    "not JSON": b"<html>",
    "a redirect": 302,
    "no content": 204,
}
KEYS = {"the keys": published(KEY), **WITHDRAWALS, **OUTAGES}
DISCOVERIES = {
    "the same": {"issuer": URL, "jwks_uri": KNOWN},
    "gone": 410,
    "of another issuer": {"issuer": f"{URL}/", "jwks_uri": KNOWN},
    "without a URL": {"issuer": URL},
    "with an http URL": {"issuer": URL, "jwks_uri": KNOWN.replace("https", "http")},
    "not JSON": b"maintenance",
    **OUTAGES,
}
ALWAYS, BRIDGED, ENDED = "always", "for the stale time", "ended"


def expected(discovery, known, new=None):
    """How long a token of the first key is still allowed."""
    if discovery == "moved":
        if new in OUTAGES:
            return ENDED if known in WITHDRAWALS else BRIDGED
        return ALWAYS if new == "the keys" else ENDED
    if discovery == "the same":
        return ALWAYS if known == "the keys" else ENDED if known in WITHDRAWALS else BRIDGED
    return BRIDGED if discovery in OUTAGES and known not in WITHDRAWALS else ENDED


COMBINATIONS = [(discovery, known, None) for discovery, known in product(DISCOVERIES, KEYS)]
COMBINATIONS += [("moved", known, new) for known, new in product(KEYS, [*KEYS, "other keys"])]


@pytest.mark.parametrize(("discovery", "known", "new"), COMBINATIONS)
def test_access_ends_at_its_bound(discovery, known, new):
    issuer = Issuer()
    one = issuer.authorizer()
    assert one.decide(TOKEN).allowed
    issuer.at = {
        WELL_KNOWN: {"issuer": URL, "jwks_uri": NEW} if discovery == "moved" else DISCOVERIES[discovery],
        KNOWN: KEYS[known],
    }
    if new:
        issuer.at[NEW] = published(OTHER) if new == "other keys" else KEYS[new]
    outcome = expected(discovery, known, new)
    seen = []
    for after in (FRESH - 1, FRESH, FRESH + 400, FRESH + STALE - 1, FRESH + STALE, 100_000):
        issuer.now = START + after
        seen.append(one.decide(TOKEN).allowed)

    assert seen == [True] + {ALWAYS: [True] * 5, BRIDGED: [True] * 3 + [False] * 2, ENDED: [False] * 5}[outcome]
    if outcome == ENDED:
        # An outage afterwards neither restores access nor hides the cause.
        reason = one.decide(TOKEN).reason
        issuer.at = dict.fromkeys(issuer.at, 503)
        issuer.now += RETRY_SECONDS
        if reason != reasons.KEY:
            assert one.decide(TOKEN).reason == reason
    issuer.at = {WELL_KNOWN: {"issuer": URL, "jwks_uri": KNOWN}, KNOWN: published(KEY)}
    issuer.now += FRESH
    assert one.decide(TOKEN).allowed


@pytest.mark.parametrize("fresh", [300, 900, 7_200])
@pytest.mark.parametrize("renewals", [[], [1], [250], [299, 590], [31, 350, 899]])
def test_moved_keys_end_the_old_ones_within_the_fresh_time_whatever_was_fetched_in_between(fresh, renewals):
    issuer = Issuer()
    one = issuer.authorizer(keys_fresh_seconds=fresh)
    assert one.decide(TOKEN).allowed
    issuer.at = {WELL_KNOWN: {"issuer": URL, "jwks_uri": NEW}, KNOWN: published(KEY), NEW: published(OTHER)}
    for after in (*renewals, fresh):
        issuer.now = START + after
        one.decide(token(oidc_issuer.KINDS["ES256"]("made-up")))

    assert one.decide(TOKEN).reason == reasons.KEY
    issuer.now += RENEW_SECONDS
    assert one.decide(OTHER_TOKEN).allowed


def test_a_decision_waits_for_one_attempt_although_the_keys_become_stale_in_it():
    issuer = Issuer()
    one = issuer.authorizer()
    assert one.decide(TOKEN).allowed
    issuer.at = dict.fromkeys(issuer.at, TimeoutError())
    issuer.now += FRESH - 1
    issuer.fetched.clear()
    issuer.seconds = 1

    assert one.decide(OTHER_TOKEN).reason == reasons.UNAVAILABLE
    assert issuer.fetched == [WELL_KNOWN, KNOWN]
    assert one.decide(TOKEN).allowed


def test_a_failed_discovery_does_not_delay_the_next_one():
    issuer = Issuer()
    one = issuer.authorizer()
    assert one.decide(TOKEN).allowed
    issuer.at[WELL_KNOWN] = 503
    issuer.now += FRESH
    assert one.decide(TOKEN).allowed
    issuer.at |= {WELL_KNOWN: {"issuer": URL, "jwks_uri": NEW}, NEW: published(OTHER)}
    issuer.now += RETRY_SECONDS

    assert one.decide(TOKEN).reason == reasons.KEY


def test_a_failed_fetch_for_an_unknown_key_does_not_delay_the_one_that_is_due():
    issuer = Issuer()
    one = issuer.authorizer()
    assert one.decide(TOKEN).allowed
    issuer.at[KNOWN] = 503
    issuer.now = START + FRESH - 1
    assert one.decide(OTHER_TOKEN).reason == reasons.UNAVAILABLE
    issuer.at[KNOWN] = {"keys": []}
    issuer.now = START + FRESH

    assert one.decide(TOKEN).reason == reasons.WITHDRAWN


def test_a_withdrawal_that_an_unknown_key_reveals_is_the_reason():
    issuer = Issuer()
    one = issuer.authorizer()
    assert one.decide(TOKEN).allowed
    issuer.at[KNOWN] = {"keys": []}
    issuer.now += RENEW_SECONDS

    assert [one.decide(each).reason for each in (OTHER_TOKEN, TOKEN)] == [reasons.WITHDRAWN] * 2


def test_every_denial_for_the_sake_of_an_issuer_says_why():
    issuer = Issuer()
    one = issuer.authorizer()
    issuer.at[KNOWN] = {"keys": []}
    first, second = one.decide(TOKEN), one.decide(TOKEN)

    assert [str(each) for each in first.notices] == [f"failed: {URL}: keys_withdrawn: none of 0 keys is usable"]
    assert [str(each) for each in second.notices] == [f"failed before: {URL}: keys_withdrawn: none of 0 keys is usable"]


def test_an_error_in_the_code_is_no_outage():
    issuer = Issuer()
    one = issuer.authorizer()
    assert one.decide(TOKEN).allowed
    issuer.at[WELL_KNOWN] = AttributeError("secret-value")
    issuer.now += FRESH
    decision = one.decide(TOKEN)

    assert decision.reason == reasons.INVALID
    assert [each.detail for each in decision.notices] == ["keys_invalid: discovery: AttributeError"]


def test_a_decision_asks_an_issuer_once():
    class Slow(Issuer):
        def fetch(self, url, seconds):
            self.now += RENEW_SECONDS
            return super().fetch(url, seconds)

    issuer = Slow()
    one = issuer.authorizer()
    assert one.decide(TOKEN).allowed
    issuer.now += FRESH
    issuer.at[KNOWN] = 503
    issuer.fetched.clear()

    assert one.decide(OTHER_TOKEN).reason == reasons.UNAVAILABLE
    assert issuer.fetched == [WELL_KNOWN, KNOWN]


def test_the_time_for_an_issuer_is_shared(monkeypatch):
    given = []

    class Slow(Issuer):
        def fetch(self, url, seconds):
            given.append((url, seconds))
            time.sleep(max(0.0, min(seconds, 0.3)))
            return super().fetch(url, seconds)

    monkeypatch.setattr(jwks, "SECONDS", 0.4)
    issuer = Slow()
    one = issuer.authorizer()
    assert one.decide(TOKEN).allowed
    issuer.at |= {WELL_KNOWN: TimeoutError()}
    issuer.now += FRESH
    given.clear()
    one.decide(TOKEN)

    # A discovery that hangs leaves the known URL its share of the time.
    assert [url for url, _ in given] == [WELL_KNOWN, KNOWN]
    assert given[0][1] <= 0.2
