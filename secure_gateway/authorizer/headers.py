"""Credentials other than tokens and keys: a proxy's shared secret, signed requests, client certificates."""

import hmac
import re
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from . import reasons, stores
from .config import ClientCertificate, SharedSecret, Signature
from .identity import Identity
from .reasons import Refused
from .requests import Request
from .shapes import is_object, is_strings

_SHORTEST_SECRET = 32
_MOST_SECRETS = 5
_SIGNATURE = re.compile(r"v1;key=([\w.-]{1,64});time=(\d{1,11});signature=([0-9a-f]{64})", re.ASCII)
_BODY_HASH = re.compile(r"[0-9a-f]{64}")
BODY_HASH_HEADER = "x-content-sha256"
EMPTY_BODY_HASH = sha256(b"").hexdigest()


class SharedSecretValidator:
    """A header that a proxy in front of the API adds. Store: `{"secrets": ["current", "previous"]}`."""

    def __init__(self, config: SharedSecret, load: Callable[[str], str], clock: Callable[[], float]) -> None:
        """Read nothing from the store yet."""
        self._header = config.header
        self._secrets = stores.cached_document(config.store, _shared, config.refresh, load, clock)

    def check(self, request: Request) -> Identity:
        """An identity without a principal: the secret does not name a caller.

        Raises `Refused`.
        """
        # Hashes are compared because the time to compare two strings depends on their lengths.
        given = sha256(request.header(self._header).encode("utf-8", "surrogatepass")).digest()
        if not _any_equal(given, self._secrets.get()):
            raise Refused(reasons.SECRET)
        return Identity()


def _shared(document: Mapping[str, Any]) -> list[bytes]:
    if set(document) != {"secrets"}:
        raise ValueError("the document must be {'secrets': [...]}")
    return [sha256(each).digest() for each in _secrets(document["secrets"])]


def _secrets(given: object) -> list[bytes]:
    if not is_strings(given) or not 0 < len(given) <= _MOST_SECRETS or min(map(len, given)) < _SHORTEST_SECRET:
        raise ValueError("secrets must be one to five strings of at least 32 characters")
    return [each.encode() for each in given]


def _any_equal(given: bytes, known: list[bytes]) -> bool:
    """Whether one of them is equal; compares all of them, so that the time does not depend on which one is."""
    equal = [hmac.compare_digest(given, each) for each in known]
    return any(equal)


@dataclass(frozen=True, slots=True)
class Client:
    """A client that signs requests."""

    secrets: list[bytes]
    identity: Identity


_UNKNOWN = Client([bytes(_SHORTEST_SECRET)], Identity())
"""Used for an unknown id, so that a signature is computed as for a known one."""


class SignatureValidator:
    """Requests signed with HMAC-SHA256, `x-signature: v1;key=<id>;time=<Unix seconds>;signature=<hexadecimal>`.

    `canonical` is the string that is signed. Store: `{"clients": {"<id>": {"secrets": ["current", "previous"]}}}`; a
    record may also have `owner` (default: the id), `scopes` and `tenant`.
    """

    def __init__(self, config: Signature, load: Callable[[str], str], clock: Callable[[], float]) -> None:
        """Read nothing from the store yet."""
        self._header, self._window, self._clock = config.header, config.window, clock
        self._clients = stores.cached_document(config.store, _clients, config.refresh, load, clock)

    def check(self, request: Request) -> Identity:
        """The signer.

        Raises `Refused`.
        """
        signed = _SIGNATURE.fullmatch(request.header(self._header))
        if signed is None or request.token:
            raise Refused(reasons.MALFORMED)
        if abs(self._clock() - int(signed[2])) > self._window:
            raise Refused(reasons.TIMESTAMP)
        string = canonical(signed[2], request.method, request.path, request.query(), _body_hash(request)).encode(
            "utf-8", "surrogatepass"
        )
        client: Client | None = self._clients.get().get(signed[1])
        known = client or _UNKNOWN
        expected = [hmac.digest(secret, string, sha256) for secret in known.secrets]
        same = _any_equal(bytes.fromhex(signed[3]), expected)
        if not same or client is None:
            raise Refused(reasons.SIGNATURE)
        return client.identity


def canonical(time: str, method: str, path: str, query: str, body_hash: str) -> str:
    """The string that is signed: seven lines, joined by line feeds, without one at the end.

    The lines are the scheme (two lines), the time, the method, the path without the stage (with the base path of a
    custom domain), the query in canonical form, and the SHA-256 of the body. A Lambda authorizer does not see the body.
    It takes the hash from the header `x-content-sha256` (without it, the hash of an empty body), and the backend must
    compare that header with the body.
    """
    return f"secure-gateway\nv1\n{time}\n{method}\n{path}\n{query}\n{body_hash}"


def _body_hash(request: Request) -> str:
    try:
        given = request.header(BODY_HASH_HEADER)
    except Refused as refused:
        if refused.reason == reasons.MISSING:
            return EMPTY_BODY_HASH
        raise
    if not _BODY_HASH.fullmatch(given):
        raise Refused(reasons.MALFORMED)
    return given


def _clients(document: Mapping[str, Any]) -> dict[str, Client]:
    clients = document.get("clients")
    if set(document) != {"clients"} or not is_object(clients):
        raise ValueError("the document must be {'clients': {...}}")
    return {name: _client(name, each) for name, each in clients.items()}


def _client(name: str, given: object) -> Client:
    if not is_object(given) or not {"secrets", "owner", "scopes", "tenant"}.issuperset(given):
        raise ValueError("a client's record does not have the right form")
    owner, tenant = given.get("owner", name), given.get("tenant", "")
    scopes: object = given.get("scopes", [])
    if not owner or not is_strings([owner, tenant]) or not is_strings(scopes):
        raise ValueError("owner, tenant and each of scopes must be strings")
    return Client(_secrets(given.get("secrets")), Identity(str(owner), "", frozenset(scopes), str(tenant)))


class ClientCertificateValidator:
    """Client certificates on a list. API Gateway has already verified chain, dates and possession of the key."""

    def __init__(self, config: ClientCertificate) -> None:
        """Store the lists."""
        self._config = config

    def check(self, request: Request) -> Identity:
        """The certificate's subject.

        Raises `Refused`.
        """
        certificate, config = request.certificate(), self._config
        subject, issuer, pem = (certificate.get(name) for name in ("subjectDN", "issuerDN", "clientCertPem"))
        if not isinstance(subject, str) or not subject or not isinstance(issuer, str) or not isinstance(pem, str):
            raise Refused(reasons.EVENT)
        allowed = (
            (not config.subjects or subject in config.subjects)
            and (not config.issuers or issuer in config.issuers)
            and (not config.fingerprints or _fingerprint(pem) in config.fingerprints)
        )
        if not allowed:
            raise Refused(reasons.CERTIFICATE)
        return Identity(subject, issuer)


def _fingerprint(pem: str) -> str:
    try:
        return sha256(ssl.PEM_cert_to_DER_cert(pem.strip())).hexdigest()
    except ValueError:
        raise Refused(reasons.EVENT) from None
