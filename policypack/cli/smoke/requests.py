"""One request to a gateway, with some of a caller's credentials."""

import http.client
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from typing import Final
from urllib.parse import urlsplit

from .signing import Keys, signed

TIMEOUT_SECONDS: Final = 30
_MOST_BYTES: Final = 65_536


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """The files of a client certificate and its private key, in PEM."""

    chain: str
    key: str = ""


@dataclass(frozen=True, kw_only=True)
class Caller:
    """What a request is sent with."""

    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    """Headers that prove nothing, such as `Accept`."""
    credentials: Mapping[str, str] = field(default_factory=dict[str, str])
    """Headers that prove who calls, by name."""
    keys: Keys | None = None
    certificate: Certificate | None = None

    @property
    def has_credentials(self) -> bool:
        """Whether there is anything that proves who calls."""
        return bool(self.credentials or self.keys or self.certificate)

    def anonymous(self) -> "Caller":
        """The same request without credentials, but with the certificate: without it there is no connection."""
        return replace(self, credentials={}, keys=None)

    def without(self, name: str) -> "Caller":
        """The same request without one of the headers."""
        return replace(self, credentials={key: value for key, value in self.credentials.items() if key != name})

    def having(self, name: str, value: str) -> "Caller":
        """The same request with another value of one header."""
        return replace(self, credentials={**self.credentials, name: value})


@dataclass(frozen=True, kw_only=True)
class Response:
    """A response, or the reason why there is none."""

    status: int = 0
    """0 if there is none."""
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    """By name in lower case."""
    error: str = ""
    tls: str = ""
    """The version of TLS that was negotiated."""

    @property
    def served(self) -> bool:
        """Whether the request was served."""
        return 200 <= self.status < 300  # noqa: PLR2004 - HTTP's own numbers

    @property
    def denied(self) -> bool:
        """Whether the caller was not authenticated or not authorized."""
        return self.status in {401, 403}

    def __str__(self) -> str:
        """The status, or why there is none."""
        return str(self.status) if self.status else self.error


def send(url: str, caller: Caller, *, context: ssl.SSLContext | None = None) -> Response:
    """The response to a GET request. Redirects are not followed, and an error is a response without a status."""
    parts = urlsplit(url)
    target = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
    headers = {"User-Agent": "gateway-policy smoke", **caller.headers, **caller.credentials}
    if caller.keys:
        headers |= signed("GET", url, caller.keys, datetime.now(UTC))
    connection: http.client.HTTPConnection | None = None
    try:
        connection = _connection(url, context, caller.certificate)
        connection.request("GET", target, headers=headers)
        socket = connection.sock
        version = socket.version() if isinstance(socket, ssl.SSLSocket) else ""
        received = connection.getresponse()
        return Response(
            status=received.status,
            body=received.read(_MOST_BYTES).decode("utf-8", "replace"),
            headers={name.lower(): value for name, value in received.getheaders()},
            tls=version or "",
        )
    except (OSError, http.client.HTTPException) as error:
        return Response(error=_reason(error))
    finally:
        if connection:
            connection.close()


def tls_context(certificate: Certificate | None = None) -> ssl.SSLContext:
    """TLS as a client has it by default, with the client certificate if there is one. Raises OSError."""
    context = ssl.create_default_context()
    if certificate:
        context.load_cert_chain(certificate.chain, certificate.key or None)
    return context


_usual_context = cache(tls_context)
"""Reading the certificates of the authorities takes long, so a flood does it once."""


def _connection(
    url: str, context: ssl.SSLContext | None, certificate: Certificate | None
) -> http.client.HTTPConnection:
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme == "https":
        return http.client.HTTPSConnection(
            host, parts.port, timeout=TIMEOUT_SECONDS, context=context or _usual_context(certificate)
        )
    return http.client.HTTPConnection(host, parts.port, timeout=TIMEOUT_SECONDS)


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLError):
        return f"TLS: {(error.reason or 'failed').lower().replace('_', ' ')}"
    if isinstance(error, TimeoutError):
        return f"no response in {TIMEOUT_SECONDS} seconds"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return type(error).__name__
