"""Withdrawn keys and secrets end at the next refresh; only an outage lets a cached value be used for a limited time."""

import json
import re
import socket
import ssl
import sys
import threading
from types import SimpleNamespace

import pytest
from gateway_events import rest

from secure_gateway.authorizer import api_keys, handler, jwks, reasons, stores
from secure_gateway.authorizer.cached import RENEW_SECONDS, RETRY_SECONDS
from secure_gateway.authorizer.config import read
from secure_gateway.authorizer.decide import Authorizer

STORE = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:keys-AbCdEf"
KEY, KEY_ID, RECORD = api_keys.new("acme")
OTHER, OTHER_ID, OTHER_RECORD = api_keys.new("other")
DOCUMENT = {"keys": {KEY_ID: RECORD, OTHER_ID: OTHER_RECORD}}
REFRESH, STALE = 60, 600


# botocore comes with Lambda's runtime and is no dependency of this project, so its exceptions are modelled here:
# https://github.com/boto/botocore/blob/develop/botocore/exceptions.py


class BotoCoreError(Exception):
    pass


class HTTPClientError(BotoCoreError):
    """Base of `ReadTimeoutError` and `ConnectionClosedError`."""


class BotoConnectionError(BotoCoreError):
    """Base of `EndpointConnectionError`, `ConnectTimeoutError`, `SSLError` and `ProxyConnectionError`."""


class IncompleteReadError(BotoCoreError):
    pass


class CredentialRetrievalError(BotoCoreError):
    pass


class NoCredentialsError(BotoCoreError):
    pass


class ClientError(Exception):
    def __init__(self, response):
        super().__init__(f"An error occurred ({response['Error']['Code']}): {response['Error']['Message']}")
        self.response = response


@pytest.fixture(autouse=True)
def _botocore(monkeypatch):
    exceptions = SimpleNamespace(
        HTTPClientError=HTTPClientError,
        ConnectionError=BotoConnectionError,
        IncompleteReadError=IncompleteReadError,
        CredentialRetrievalError=CredentialRetrievalError,
    )
    monkeypatch.setitem(sys.modules, "botocore.exceptions", exceptions)


def client_error(code, status=400):
    response = {"Error": {"Code": code, "Message": "secret-value"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(response)


def shown(error):
    return type(error).__name__ + ":" + str(getattr(error, "response", {}).get("Error", {}).get("Code", ""))


BUSY = [
    # https://github.com/boto/botocore/blob/develop/botocore/retries/standard.py
    *("Throttling", "ThrottlingException", "ThrottledException", "RequestThrottledException", "RequestThrottled"),
    *("TooManyRequestsException", "ProvisionedThroughputExceededException", "TransactionInProgressException"),
    *("RequestLimitExceeded", "BandwidthLimitExceeded", "LimitExceededException", "SlowDown"),
    *("PriorRequestNotComplete", "EC2ThrottledException", "RequestTimeout", "RequestTimeoutException"),
    # Of Secrets Manager, Parameter Store and KMS.
    *("InternalServiceError", "InternalServerError", "InternalFailure", "KMSInternalException", "InternalError"),
    *("ServiceUnavailable", "ServiceUnavailableException", "KeyUnavailableException", "DependencyTimeoutException"),
]
"""Error codes with which AWS says that it cannot respond now."""

OUTAGES = [
    TimeoutError("too slow"),
    ConnectionRefusedError(),
    ConnectionResetError(),
    socket.gaierror(-3, "Temporary failure in name resolution"),
    HTTPClientError("secret-value"),
    BotoConnectionError("secret-value"),
    *(client_error("SomethingException", status) for status in (500, 502, 503, 504)),
    *(client_error("408", status) for status in (408, 425, 429)),
    *(client_error(code) for code in BUSY),
    client_error("RequestThrottled", 403),
    IncompleteReadError("secret-value"),
    CredentialRetrievalError("secret-value"),
    RuntimeError("can't start new thread"),
    MemoryError(),
    ssl.SSLCertVerificationError("secret-value"),
]
WITHDRAWALS = [
    *(
        client_error(code)
        for code in (
            "ResourceNotFoundException",
            "AccessDeniedException",
            "InvalidRequestException",  # a secret that is marked for deletion
            "DecryptionFailure",
            "ParameterNotFound",
            "InvalidKeyId",
            "UnrecognizedClientException",
            "ExpiredTokenException",
        )
    ),
    client_error("NoSuchEntity", 404),
    client_error("InternalAccessDenied", 403),
    client_error("UnavailableInRegion"),
    client_error("DisabledException"),
    NoCredentialsError("secret-value"),
    RuntimeError("secret-value"),
]
MISTAKES = {
    "nothing": "",
    "a string": "secret-value",
    "a list": "[]",
    "null": "null",
    "keys of another type": '{"keys": []}',
    "another document": '{"secrets": []}',
    "a further name": json.dumps({**DOCUMENT, "more": "secret-value"}),
    "a repeated name": f'{{"keys": {{}}, {json.dumps(DOCUMENT)[1:]}',
    "too many levels": "[" * 100_000,
    "a binary secret": KeyError("SecretString"),
}
ENDINGS = {
    **{f"{number}-{shown(each)}": (each, reasons.WITHDRAWN) for number, each in enumerate(WITHDRAWALS)},
    **{name: (each, reasons.INVALID) for name, each in MISTAKES.items()},
}


@pytest.fixture
def held():
    """A store whose content a test replaces, and its authorizer."""

    class Held:
        content = json.dumps(DOCUMENT)

        def load(self, _arn):
            if isinstance(self.content, Exception):
                raise self.content
            return self.content

    return Held()


@pytest.fixture
def keys(held, clock):
    config = {
        "name": "a",
        "validators": {"v": {"api_key": {"store": STORE, "refresh_seconds": REFRESH, "stale_seconds": STALE}}},
        "routes": {"GET /orders": {}},
        "cached": False,
    }
    return Authorizer(read(json.dumps(config)), load=held.load, clock=clock)


def decide(authorizer, key=KEY):
    return authorizer.decide(rest({"x-api-key": key}))


@pytest.mark.parametrize("outage", OUTAGES, ids=shown)
def test_an_outage_of_a_store_is_bridged_for_its_bound(held, keys, clock, outage):
    assert decide(keys).allowed
    held.content = outage
    for clock.ahead in (REFRESH + 1, REFRESH + STALE - 1):
        decision = decide(keys)
        assert decision.allowed
        assert any(each.stale and each.source == STORE for each in decision.notices)
    clock.ahead = REFRESH + STALE + 1

    assert decide(keys).reason == reasons.UNAVAILABLE
    held.content = json.dumps(DOCUMENT)
    clock.ahead += RETRY_SECONDS
    assert decide(keys).allowed


@pytest.mark.parametrize(("response", "reason"), ENDINGS.values(), ids=ENDINGS)
def test_a_response_without_the_document_ends_access_at_the_next_refresh(held, keys, clock, response, reason):
    assert decide(keys).allowed
    held.content = response
    clock.ahead = REFRESH - 1
    assert decide(keys).allowed
    clock.ahead = REFRESH + 1
    decision = decide(keys)

    assert (decision.reason, decision.detail) == (reason, STORE)
    assert [each.detail.partition(":")[0] for each in decision.notices] == [reason]
    assert "secret-value" not in json.dumps(decision.notices)
    # It ended; an outage afterwards does not bring it back.
    held.content = TimeoutError()
    clock.ahead += RETRY_SECONDS
    assert not decide(keys).allowed


def test_a_withdrawal_during_an_outage_ends_access_when_the_store_responds(held, keys, clock):
    assert decide(keys).allowed
    held.content = TimeoutError()
    clock.ahead = REFRESH + 1
    assert decide(keys).allowed
    held.content = client_error("ResourceNotFoundException")
    clock.ahead += RETRY_SECONDS

    assert decide(keys).reason == reasons.WITHDRAWN


BROKEN = [
    {},
    {**RECORD, "owner": ""},
    {**RECORD, "salt": "secret-value"},
    {**RECORD, "hash": "00"},
    {**RECORD, "expires": "secret-value"},
    {**RECORD, "scopes": "secret-value"},
    {**RECORD, "secret-value": 1},
    "secret-value",
    None,
]


@pytest.mark.parametrize("record", BROKEN, ids=range(len(BROKEN)))
def test_a_mistake_in_one_record_denies_that_key_alone(held, keys, clock, record):
    held.content = json.dumps({"keys": {KEY_ID: record, OTHER_ID: OTHER_RECORD}})
    decision = decide(keys)

    assert decision.reason == reasons.INVALID
    (notice,) = decision.notices
    assert notice.detail.startswith(f"{reasons.INVALID}: keys: record 1: ")
    assert "secret-value" not in notice.detail
    # The next decision says it too.
    assert [(each.detail, each.remembered) for each in decide(keys).notices] == [(notice.detail, True)]
    assert decide(keys, OTHER).allowed


def test_an_id_that_is_not_an_id_is_not_logged(held, keys):
    held.content = json.dumps({"keys": {KEY: RECORD, OTHER_ID: OTHER_RECORD}})
    decision = decide(keys, OTHER)

    assert decision.allowed
    assert [each.detail for each in decision.notices] == [
        "keys_invalid: keys: record 1: the id must have 12 lower-case letters and digits"
    ]


def test_a_mistake_does_not_extend_the_life_of_a_withdrawn_record(held, keys, clock):
    assert decide(keys).allowed
    held.content = json.dumps({"keys": {OTHER_ID: {**OTHER_RECORD, "salt": "x"}}})
    clock.ahead = REFRESH + 1

    assert decide(keys).reason == reasons.SECRET


def test_signers_are_withdrawn_alike(clock):
    config = {
        "name": "a",
        "validators": {"v": {"signature": {"store": STORE, "refresh_seconds": REFRESH}}},
        "routes": {"GET /orders": {}},
        "cached": False,
    }
    held = json.dumps({"clients": {"jobs": {"secrets": ["short-secret-value"]}, "other": {"secrets": ["s" * 32]}}})
    one = Authorizer(read(json.dumps(config)), load=lambda _: held, clock=clock)
    given = f"v2;key=jobs;time={int(clock())};headers=;signature={'0' * 64}"
    decision = one.decide(rest({"x-signature": given}))

    assert decision.reason == reasons.INVALID
    (notice,) = decision.notices
    assert notice.detail.startswith("keys_invalid: clients: record 1: each secret must be a string of at least 32 ")


def test_a_clock_that_is_set_back_does_not_extend_the_life_of_a_value(held, keys, clock):
    clock.ahead = 10_000
    assert decide(keys).allowed
    held.content = json.dumps({"keys": {}})
    clock.ahead = 0

    assert not decide(keys).allowed


# Issuers


def bearer(authorizer, value):
    return authorizer.decide(rest({"authorization": f"Bearer {value}"}))


def long_lived(issuer, **more):
    return issuer.token(exp=int(issuer.clock()) + 90_000, **more)


FRESH = 300


@pytest.mark.parametrize(
    ("published", "reason"),
    [
        ({"keys": []}, reasons.WITHDRAWN),
        ({"keys": [{"kty": "oct", "kid": "k1", "k": "c2VjcmV0"}]}, reasons.WITHDRAWN),
        ({"keys": {}}, reasons.INVALID),
        ({}, reasons.INVALID),
        ([], reasons.INVALID),
        ("maintenance", reasons.INVALID),
    ],
)
def test_an_issuer_that_publishes_no_key_ends_access_at_the_next_fetch(issuer, authorizer, clock, published, reason):
    one, token = authorizer(keys_fresh_seconds=FRESH), long_lived(issuer)
    assert bearer(one, token).allowed
    issuer.published = published
    clock.ahead = FRESH - 1
    assert bearer(one, token).allowed
    clock.ahead = FRESH + 1
    decision = bearer(one, token)

    assert (decision.reason, decision.detail) == (reason, issuer.url)
    issuer.status = 503
    clock.ahead += RETRY_SECONDS
    assert not bearer(one, token).allowed
    issuer.status, issuer.published = 200, None
    clock.ahead += RETRY_SECONDS
    assert bearer(one, token).allowed


def test_an_unknown_key_id_also_reveals_a_withdrawal(issuer, authorizer, clock):
    one, token = authorizer(keys_fresh_seconds=7_200), long_lived(issuer)
    assert bearer(one, token).allowed
    issuer.published = {"keys": []}
    clock.ahead = RENEW_SECONDS
    header, payload, signature = issuer.token(header={"kid": "unknown"}).split(".")
    bearer(one, f"{header}.{payload}.{signature}")

    assert bearer(one, token).reason == reasons.WITHDRAWN


@pytest.mark.parametrize("status", [404, 408, 429, 500, 502, 503])
def test_an_outage_of_an_issuer_is_bridged_for_its_bound(issuer, authorizer, clock, status):
    one, token = authorizer(keys_fresh_seconds=FRESH, keys_stale_seconds=STALE), long_lived(issuer)
    assert bearer(one, token).allowed
    issuer.status = status
    clock.ahead = FRESH + STALE - 1
    decision = bearer(one, token)
    assert decision.allowed
    assert [each.stale for each in decision.notices] == [False, False, True]
    clock.ahead = FRESH + STALE + 1

    assert bearer(one, token).reason == reasons.UNAVAILABLE


def test_keys_that_are_gone_for_good_are_withdrawn(issuer, authorizer, clock):
    one, token = authorizer(keys_fresh_seconds=FRESH), long_lived(issuer)
    assert bearer(one, token).allowed
    issuer.status = 410
    clock.ahead = FRESH + 1

    assert bearer(one, token).reason == reasons.WITHDRAWN


@pytest.mark.parametrize("member", ["d", "p", "q", "dp", "dq", "qi", "oth"])
def test_a_key_set_with_a_private_key_is_denied_as_a_whole(issuer, authorizer, member):
    good = issuer.jwks()["keys"][0]
    issuer.published = {"keys": [good, {**good, "kid": "k2", member: "AQAB"}]}
    decision = bearer(authorizer(), issuer.token())

    assert decision.reason == reasons.INVALID
    assert "private key" in decision.notices[0].detail


def test_a_repeated_name_in_a_key_set_is_denied(issuer, authorizer):
    good = json.dumps(issuer.jwks()["keys"])
    issuer.raw = f'{{"keys": [], "keys": {good}}}'

    assert bearer(authorizer(), issuer.token()).reason == reasons.INVALID


# Discovery


def move(issuer, *, old):
    """The issuer moves its keys; whether the old URL still serves its `old` keys, an empty set or nothing."""
    issuer.discovery = {**issuer.discovery, "jwks_uri": f"{issuer.url}/moved"}
    issuer.at = {"/keys": old}


@pytest.mark.parametrize("old", [404, 410, 500, {"keys": []}, {}, "text"])
def test_moved_keys_are_found_at_once_where_the_old_url_has_none(issuer, authorizer, clock, old):
    one = authorizer()
    assert bearer(one, long_lived(issuer)).allowed
    move(issuer, old=old)
    clock.ahead = 901

    assert bearer(one, long_lived(issuer)).allowed
    assert issuer.count("/moved") == 1


def test_moved_keys_are_found_where_the_old_url_still_has_the_old_ones(issuer, authorizer, clock):
    one = authorizer(keys_fresh_seconds=7_200)
    assert bearer(one, long_lived(issuer)).allowed
    move(issuer, old=issuer.jwks())
    issuer.rotate("k2", "RS256")
    clock.ahead = jwks.DISCOVERY_SECONDS + 1

    assert bearer(one, long_lived(issuer, kid="k2")).allowed


def test_a_hanging_url_does_not_prevent_discovery(issuer, authorizer, clock):
    one = authorizer()
    assert bearer(one, long_lived(issuer)).allowed
    move(issuer, old=404)
    issuer.slow = {"/keys": 600.0}
    clock.ahead = 901
    bearer(one, long_lived(issuer))
    clock.ahead += RETRY_SECONDS
    second = bearer(one, long_lived(issuer))

    assert not second.notices
    assert second.allowed


def test_a_broken_discovery_does_not_prevent_the_use_of_a_known_url(issuer, authorizer, clock):
    one = authorizer()
    assert bearer(one, long_lived(issuer)).allowed
    issuer.at = {"/.well-known/openid-configuration": 500}
    issuer.rotate("k2", "RS256")
    clock.ahead = 901
    decision = bearer(one, long_lived(issuer, kid="k2"))

    assert decision.allowed
    failure = "keys_unavailable: discovery: status 500"
    failed, stale = decision.notices
    assert (failed.stale, failed.detail, stale.stale) == (False, failure, True)
    assert re.fullmatch(rf"the cached value is 9\d\d s old; {failure}", stale.detail)
    # Nobody confirms that the URL is still the issuer's.
    clock.ahead = 900 + 3_600
    assert bearer(one, long_lived(issuer, kid="k2")).reason == reasons.UNAVAILABLE


def test_made_up_key_ids_cause_few_discoveries(issuer, authorizer, clock):
    one = authorizer()
    header, payload, signature = issuer.token(header={"kid": "made-up"}).split(".")
    for _ in range(40):
        clock.ahead += RENEW_SECONDS
        bearer(one, f"{header}.{payload}.{signature}")

    assert issuer.count("/.well-known/openid-configuration") <= 1 + 40 * RENEW_SECONDS / jwks.DISCOVERY_SECONDS


@pytest.fixture
def ended():
    """Set at the end of a test: what hangs in it waits for this, or a minute."""
    event = threading.Event()
    yield event
    event.set()


def test_name_resolution_is_inside_the_time_limit(issuer, authorizer, monkeypatch, ended):
    real = socket.getaddrinfo

    def slow(*given, **more):
        ended.wait(60)
        return real(*given, **more)

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    monkeypatch.setattr(jwks, "SECONDS", 0.3)

    assert bearer(authorizer(), issuer.token()).reason == reasons.UNAVAILABLE


def test_discovery_and_keys_share_one_time_limit(issuer, authorizer, monkeypatch):
    issuer.pause = 0.6
    monkeypatch.setattr(jwks, "SECONDS", 1.0)

    assert bearer(authorizer(), issuer.token()).reason == reasons.UNAVAILABLE


# What is logged


def test_each_use_of_a_stale_value_is_logged_and_counted(held, keys, clock, capsys):
    call = handler.make(keys)
    call(rest({"x-api-key": KEY}), None)
    held.content = TimeoutError()
    clock.ahead = REFRESH + 1
    for _ in range(3):
        call(rest({"x-api-key": KEY}), None)
    lines = [json.loads(each) for each in capsys.readouterr().out.splitlines()]

    assert [line.get("Stale") for line in lines] == [None, 1, 1, 1]
    assert [line.get("SourceFailures") for line in lines] == [None, 1, 0, 0]
    failed, stale = lines[1]["notices"]
    assert failed == f"failed: {STORE}: keys_unavailable: TimeoutError"
    assert re.fullmatch(rf"stale: {STORE}: the cached value is \d\d s old; keys_unavailable: TimeoutError", stale)
    metrics = [each["Name"] for part in lines[1]["_aws"]["CloudWatchMetrics"] for each in part["Metrics"]]
    assert metrics == ["Allowed", "Denied", "Latency", "Stale", "SourceFailures"]
    assert [part["Dimensions"] for part in lines[1]["_aws"]["CloudWatchMetrics"]][1] == [["Authorizer"]]


def test_the_service_is_called_within_the_time_limit(monkeypatch, ended):
    class Slow:
        def get_secret_value(self, **_):
            ended.wait(60)
            return {"SecretString": "{}"}

    monkeypatch.setattr(stores, "_client", lambda *_: Slow())
    monkeypatch.setattr(stores, "SECONDS", 0.1)
    with pytest.raises(TimeoutError):
        stores.load(STORE)
