"""Fetches small documents within one deadline: https, no redirects, no proxies, a cap on size."""

import socket
import ssl
import time
from functools import cache
from http.client import HTTPResponse
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

SECONDS = 2.0
"""For everything together: name, connection, TLS, answer."""

MOST_BYTES = 160_000
"""Of an answer with its headers. API Gateway's own JWT authorizer takes 150,000 bytes of keys."""


class FetchError(Exception):
    """The document could not be had."""


def fetch(url: str, *, seconds: float = SECONDS, most: int = MOST_BYTES) -> bytes:
    """The body of a 200 answer.

    Raises `FetchError` or `OSError`. Addresses are checked where the configuration is read.
    """
    until = time.monotonic() + seconds
    parts = urlsplit(url)
    host, secure = parts.hostname or "", parts.scheme == "https"
    with _connect(host, parts.port or (443 if secure else 80), until) as plain:
        link = _tls().wrap_socket(plain, server_hostname=host) if secure else plain
        with link:
            ask = f"GET {parts.path or '/'} HTTP/1.1\r\nHost: {parts.netloc}\r\nAccept: application/json\r\n"
            link.sendall(f"{ask}User-Agent: secure-gateway\r\nConnection: close\r\n\r\n".encode("ascii"))
            answer = _read(link, until, most)
    # The whole answer is here before it is parsed: a peer that drips bytes meets the deadline and not a parser.
    response = HTTPResponse(_Received(answer))  # pyright: ignore[reportArgumentType] - it only calls makefile
    response.begin()
    if response.status != 200:  # noqa: PLR2004 - HTTP's number for success
        message = f"status {response.status}"
        raise FetchError(message)
    return response.read()


def _connect(host: str, port: int, until: float) -> socket.socket:
    failed: Exception = FetchError("no address")
    for family, kind, protocol, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        link = socket.socket(family, kind, protocol)
        try:
            link.settimeout(_left(until))
            link.connect(address)
        except OSError as error:
            link.close()
            failed = error
        else:
            return link
    raise failed


def _read(link: socket.socket, until: float, most: int) -> bytes:
    received = bytearray()
    while True:
        link.settimeout(_left(until))
        piece = link.recv(65_536)
        if not piece:
            return bytes(received)
        received += piece
        if len(received) > most:
            raise FetchError("too large")


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise FetchError("too slow")
    return left


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


class _Received:
    """What `HTTPResponse` needs of a socket."""

    def __init__(self, answer: bytes) -> None:
        self._answer = answer

    def makefile(self, *_: Any) -> BytesIO:
        return BytesIO(self._answer)
