"""Fetches small documents within one deadline: https, no redirects, no proxies, limited size."""

import re
import socket
import ssl
import time
from functools import cache
from http.client import HTTPResponse
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

from .deadlines import within

SECONDS = 2.0
"""The time limit for name resolution, connection, TLS handshake and response together."""

MOST_BYTES = 160_000
"""The largest response, headers included. API Gateway's own JWT authorizer accepts 150,000 bytes of keys."""

_INFORMATIONAL = (b"HTTP/1.1 1", b"HTTP/1.0 1")
"""How responses begin that come before the one that counts."""


class FetchError(Exception):
    """The response cannot be used.

    `status` is its HTTP status, or 0 if the response is too large.
    """

    def __init__(self, message: str, status: int = 0) -> None:
        """Store the status."""
        super().__init__(message)
        self.status = status


def fetch(url: str, seconds: float = SECONDS, *, most: int = MOST_BYTES) -> bytes:
    """The body of a response with status 200, received within some seconds.

    URLs are checked when the configuration is read.

    Raises `FetchError` if the response cannot be used, `OSError` or `HTTPException` if there is none.
    """
    deadline = time.monotonic() + seconds
    parts = urlsplit(url)
    host, secure = parts.hostname or "", parts.scheme == "https"
    with _connect(host, parts.port or (443 if secure else 80), deadline) as plain:
        plain.settimeout(_remaining(deadline))
        connection = _tls().wrap_socket(plain, server_hostname=host) if secure else plain
        with connection:
            head = f"GET {parts.path or '/'} HTTP/1.1\r\nHost: {parts.netloc}\r\nAccept: application/json\r\n"
            connection.sendall(f"{head}User-Agent: secure-gateway\r\nConnection: close\r\n\r\n".encode("ascii"))
            received = _receive(connection, deadline, most)
    # The response is parsed once it is complete, so that the deadline also applies to a peer that sends byte by byte.
    response = HTTPResponse(_Received(received))  # pyright: ignore[reportArgumentType] - it only calls makefile
    response.begin()
    if response.status != 200:  # noqa: PLR2004 - HTTP's number for success
        message = f"status {response.status}"
        raise FetchError(message, response.status)
    return response.read()


def _connect(host: str, port: int, deadline: float) -> socket.socket:
    # The resolver of the operating system has no time limit.
    addresses = within(_remaining(deadline), lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    failure: OSError = OSError("no address")
    for index, (family, kind, protocol, _, address) in enumerate(addresses):
        connection = socket.socket(family, kind, protocol)
        try:
            # An address that does not respond leaves time for the others, and for the response.
            connection.settimeout(_remaining(deadline) / (len(addresses) - index + 1))
            connection.connect(address)
        except OSError as error:
            connection.close()
            failure = error
        else:
            return connection
    raise failure


def _receive(connection: socket.socket, deadline: float, most: int) -> bytes:
    received = bytearray()
    while True:
        connection.settimeout(_remaining(deadline))
        piece = connection.recv(65_536)
        if not piece:
            return bytes(received)
        received += piece
        if len(received) > most:
            raise FetchError("too large")
        if _is_complete(bytes(received)):
            # A server may leave the connection open although it was asked not to.
            return bytes(received)


def _is_complete(received: bytes) -> bool:
    """Whether a response has its whole body, as far as its headers say how long that is."""
    head, end, body = received.partition(b"\r\n\r\n")
    while end and head.startswith(_INFORMATIONAL):
        head, end, body = body.partition(b"\r\n\r\n")
    fields = [line.lower().partition(b":") for line in head.split(b"\r\n")[1:]]
    encodings = [value.strip() for name, _, value in fields if name == b"transfer-encoding"]
    lengths = [value.strip() for name, _, value in fields if name == b"content-length"]
    if encodings:
        return encodings == [b"chunked"] and body.endswith(b"\r\n0\r\n\r\n")
    if not end or len(lengths) != 1 or not re.fullmatch(rb"\d{1,9}", lengths[0]):
        return False
    return len(body) >= int(lengths[0])


def _remaining(deadline: float) -> float:
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise TimeoutError("too slow")
    return seconds


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


class _Received:
    """The part of a socket that `HTTPResponse` needs."""

    def __init__(self, received: bytes) -> None:
        self._received = received

    def makefile(self, *_: Any) -> BytesIO:
        return BytesIO(self._received)
