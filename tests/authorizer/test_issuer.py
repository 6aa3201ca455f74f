"""The keys of an issuer: fetched once, again after a rotation but not at a caller's will, cached in an outage."""

import contextlib
import socket
import threading
import time

import pytest
from gateway_events import rest

from secure_gateway.authorizer import fetch as fetching
from secure_gateway.authorizer import jwks, reasons
from secure_gateway.authorizer.cached import RENEW_SECONDS, RETRY_SECONDS
from secure_gateway.authorizer.config import is_url


def reason(authorizer, value):
    return authorizer.decide(rest({"authorization": f"Bearer {value}"})).reason


def test_a_rotated_key_is_found_without_a_restart(issuer, authorizer, clock):
    one = authorizer()
    assert reason(one, issuer.token()) == reasons.ALLOWED
    issuer.rotate("k2", "RS256")
    clock.ahead += RENEW_SECONDS

    assert reason(one, issuer.token(kid="k2")) == reasons.ALLOWED
    assert reason(one, issuer.token()) == reasons.ALLOWED


def test_made_up_key_ids_do_not_cause_fetches(issuer, authorizer, clock):
    one = authorizer()
    good, (header, payload, signature) = issuer.token(), issuer.token(header={"kid": "made-up"}).split(".")
    assert reason(one, good) == reasons.ALLOWED
    requested = issuer.count("/keys")
    for _ in range(50):
        assert reason(one, f"{header}.{payload}.{signature}") == reasons.KEY
    assert issuer.count("/keys") == requested

    clock.ahead += RENEW_SECONDS
    for _ in range(50):
        assert reason(one, f"{header}.{payload}.{signature}") == reasons.KEY
    assert issuer.count("/keys") == requested + 1


def test_a_withdrawn_key_is_denied_after_the_next_fetch(issuer, authorizer, clock):
    one, old = authorizer(keys_fresh_seconds=300), issuer.token(exp=int(issuer.clock()) + 9_999)
    assert reason(one, old) == reasons.ALLOWED
    issuer.rotate("k2", "ES256")
    issuer.keys["k1"], withdrawn = issuer.keys["k2"], issuer.keys["k1"]
    issuer.published = {"keys": [{**issuer.keys["k2"].as_dict(private=False), "kid": "k2"}]}
    issuer.rotate("k3")
    issuer.published = {"keys": [issuer.keys["k3"].as_dict(private=False)]}
    clock.ahead += 301

    assert reason(one, old) == reasons.KEY
    issuer.keys["k1"] = withdrawn


def test_an_outage_is_bridged_for_a_limited_time(issuer, authorizer, clock):
    one = authorizer(keys_fresh_seconds=300, keys_stale_seconds=600)
    good = issuer.token(exp=int(issuer.clock()) + 9_999)
    assert reason(one, good) == reasons.ALLOWED
    issuer.status = 503
    clock.ahead += 301
    assert reason(one, good) == reasons.ALLOWED

    requested = issuer.count("/keys")
    for _ in range(20):
        assert reason(one, good) == reasons.ALLOWED
    assert issuer.count("/keys") == requested, "an outage costs one fetch every few seconds, not one for each request"

    clock.ahead += 600
    assert reason(one, good) == reasons.UNAVAILABLE
    issuer.status = 200
    clock.ahead += RETRY_SECONDS
    assert reason(one, good) == reasons.ALLOWED


STATUSES = {
    **dict.fromkeys((404, 408, 425, 429, 500, 502, 503, 504, 520, 599), reasons.UNAVAILABLE),
    **dict.fromkeys((401, 403, 410, 451), reasons.WITHDRAWN),
    **dict.fromkeys((201, 202, 203, 204, 206, 301, 302, 304, 307, 308, 400, 402, 405, 406, 418), reasons.INVALID),
}
"""Every status but 200 is an outage, a withdrawal or a mistake."""


@pytest.mark.parametrize("where", ["/keys", "/.well-known/openid-configuration"])
@pytest.mark.parametrize(("status", "expected"), STATUSES.items())
def test_only_a_200_returns_keys(issuer, authorizer, clock, status, expected, where):
    one, good = authorizer(), issuer.token(exp=int(issuer.clock()) + 9_999)
    assert reason(one, good) == reasons.ALLOWED
    issuer.at = {where: status}
    clock.ahead = 901

    assert reason(authorizer(), good) == expected
    assert reason(one, good) == (reasons.ALLOWED if expected == reasons.UNAVAILABLE else expected)
    clock.ahead = 900 + 3_600 + 1
    assert reason(one, good) == expected


def test_redirects_are_not_followed(issuer, authorizer):
    issuer.redirect = f"{issuer.url}/other"

    assert reason(authorizer(), issuer.token()) == reasons.INVALID
    assert "/other" not in issuer.requested


@pytest.mark.parametrize("slow", [{"pause": 60.0}, {"drip": 0.1}])
def test_a_slow_issuer_costs_no_more_than_the_deadline(issuer, authorizer, monkeypatch, slow):
    """The issuer's response is right and takes a minute: whoever waits for it gets the keys."""
    monkeypatch.setattr(jwks, "SECONDS", 0.3)
    vars(issuer).update(slow)

    assert reason(authorizer(jwks_url=f"{issuer.url}/keys"), issuer.token()) == reasons.UNAVAILABLE


@pytest.mark.parametrize(
    ("published", "expected"),
    [
        ({"keys": []}, reasons.WITHDRAWN),
        ({"keys": {}}, reasons.INVALID),
        ({"keys": None}, reasons.INVALID),
        ({}, reasons.INVALID),
        ([], reasons.INVALID),
        ("text", reasons.INVALID),
        ("null", reasons.INVALID),
        ({"keys": [{"kty": "RSA", "kid": "k1", "padding": "x" * fetching.MOST_BYTES}]}, reasons.INVALID),
    ],
)
def test_malformed_or_oversized_keys_are_not_used(issuer, authorizer, published, expected):
    issuer.published = published

    assert reason(authorizer(), issuer.token()) == expected


@pytest.mark.parametrize("change", ["issuer", "scheme", "missing", "type"])
def test_a_discovery_document_of_another_issuer_is_denied(issuer, authorizer, change):
    changes = {
        "issuer": {"issuer": issuer.url + "/"},
        "scheme": {"jwks_uri": issuer.url.replace("http", "ftp")},
        "missing": {"jwks_uri": None},
        "type": {"jwks_uri": [issuer.url]},
    }
    issuer.discovery.update(changes[change])

    assert reason(authorizer(), issuer.token()) == reasons.INVALID
    assert "/keys" not in issuer.requested


def test_an_unreachable_issuer_denies(authorizer):
    one = authorizer(issuer="http://127.0.0.1:9", jwks_url="http://127.0.0.1:9/keys")
    from joserfc import jwk, jwt

    key = jwk.RSAKey.generate_key(2048, {"kid": "k1"})
    given = jwt.encode({"alg": "RS256", "kid": "k1"}, {"iss": "http://127.0.0.1:9", "exp": 9e9}, key)
    assert reason(one, given) == reasons.UNAVAILABLE


@pytest.mark.parametrize(
    "url",
    [
        "http://issuer.example.com",
        "http://127.0.0.1.evil.example",
        "file:///etc/passwd",
        "https://user@issuer.example.com",
        "https://issuer.example.com?x=1",
        "https://issuer.example.com#x",
        "https://issuer.example.com\\@evil.example",
        "https://issuer.example.com/a b",
        "https://issuer.example.com/\r\nX: y",
        "https://",
        "https://issuer.example.com:x",
        "https://issüer.example.com",
        "",
    ],
)
def test_keys_come_from_unambiguous_https_urls_only(url):
    assert not is_url(url, loopback=True)


def test_this_machine_is_allowed_only_for_tests():
    assert not is_url("http://127.0.0.1:8000")
    assert is_url("http://127.0.0.1:8000", loopback=True)
    assert is_url("https://issuer.example.com/tenant/")


def test_an_issuer_cannot_sign_for_another(issuer, clock):
    import json

    import oidc_issuer

    from secure_gateway.authorizer.config import read
    from secure_gateway.authorizer.decide import Authorizer

    with oidc_issuer.running() as other:
        other.clock = clock
        issuers = [{"issuer": each.url, "audiences": ["orders-api"]} for each in (issuer, other)]
        document = {"name": "u", "validators": {"u": {"jwt": {"issuers": issuers}}}, "routes": {"GET /orders": {}}}
        one = Authorizer(read(json.dumps(document), loopback=True), clock=clock, loopback=True)

        assert reason(one, issuer.token()) == reasons.ALLOWED
        assert reason(one, other.token()) == reasons.ALLOWED
        # Both use the same key id: a token of one issuer that names the other.
        assert reason(one, issuer.token(iss=other.url)) == reasons.SIGNATURE


@pytest.fixture
def serving():
    """Starts servers on this machine that treat each connection as a function says; returns the port."""
    opened = []

    def start(respond):
        server = socket.create_server(("127.0.0.1", 0))
        opened.append(server)

        def run():
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    opened.append(connection)
                    connection.recv(4_096)
                    respond(connection)

        threads.append(threading.Thread(target=run, daemon=True))
        threads[-1].start()
        return server.getsockname()[1]

    threads = []
    yield start
    for each in opened[:]:
        with contextlib.suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
        each.close()
    for each in threads:
        each.join()


LENGTH = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
OPEN = {
    "a length": [LENGTH + b"{}"],
    "a length, in pieces": [LENGTH[:10], LENGTH[10:], b"{", b"}"],
    "a length in capitals": [b"HTTP/1.1 200 OK\r\nCONTENT-LENGTH:2\r\n\r\n{}"],
    "chunks": [CHUNKED + b"1\r\n{\r\n1\r\n}\r\n0\r\n\r\n"],
    "chunks, in pieces": [CHUNKED, b"2\r\n", b"{}", b"\r\n0\r\n\r\n"],
    "an early response first": [b"HTTP/1.1 100 Continue\r\nContent-Length: 0\r\n\r\n", LENGTH + b"{}"],
}


@pytest.mark.parametrize("pieces", OPEN.values(), ids=OPEN)
def test_a_server_that_leaves_the_connection_open_has_responded(serving, pieces):
    def respond(connection):
        for piece in pieces:
            connection.sendall(piece)
            time.sleep(0.01)

    assert fetching.fetch(f"http://127.0.0.1:{serving(respond)}/", 120.0) == b"{}"


@pytest.mark.parametrize(
    "pieces",
    [
        [LENGTH + b"{"],
        [CHUNKED + b"2\r\n{}\r\n"],
        [b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}"],
        [b"HTTP/1.1 200 OK\r\n\r\n{}"],
        [],
    ],
)
def test_an_open_connection_without_the_whole_response_is_an_outage(serving, pieces):
    port = serving(lambda connection: connection.sendall(b"".join(pieces)))

    with pytest.raises(TimeoutError):
        fetching.fetch(f"http://127.0.0.1:{port}/", 0.3)


def test_an_address_that_does_not_respond_leaves_time_for_the_others(serving, monkeypatch):
    port = serving(lambda connection: connection.sendall(LENGTH + b"{}"))
    kind = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
    silent, given = ("192.0.2.1", 80), []

    class Socket(socket.socket):
        """A socket to which one address does not respond, however long it waits."""

        def connect(self, address):
            if address == silent:
                given.append(self.gettimeout())
                raise TimeoutError
            super().connect(address)

    monkeypatch.setattr(socket, "socket", Socket)
    addresses = [(*kind, silent), (*kind, ("127.0.0.1", port))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: addresses)

    assert fetching.fetch("http://issuer.example.com/", 90.0) == b"{}"
    # A third is left for the second address, and a third for its response.
    assert 0 < given[0] <= 30.0
