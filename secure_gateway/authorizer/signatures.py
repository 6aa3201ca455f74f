"""Signed requests: HMAC-SHA256 over the request, with a secret that the client shares with the store."""

import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from . import reasons, stores
from .config import Signature
from .identity import Identity, is_name
from .reasons import Denied
from .requests import Request
from .shapes import is_object, is_strings
from .shared_secrets import SHORTEST, Secrets, any_equal, secrets_of
from .stores import MistakeError

_NAME = r"[a-z0-9!#$%&'*+.^_`|~-]{1,64}"
_KEY_AND_TIME = r"key=([\w.-]{1,64});time=(\d{1,11})"
_V1 = re.compile(rf"v1;{_KEY_AND_TIME};signature=([0-9a-f]{{64}})", re.ASCII)
_V2 = re.compile(rf"v2;{_KEY_AND_TIME};headers=((?:{_NAME}(?:,{_NAME}){{0,19}})?);signature=([0-9a-f]{{64}})", re.ASCII)
_BODY_HASH = re.compile(r"[0-9a-f]{64}")
BODY_HASH_HEADER = "x-content-sha256"
EMPTY_BODY_HASH = sha256(b"").hexdigest()


@dataclass(frozen=True, slots=True)
class Client:
    """A client that signs requests."""

    secrets: Secrets
    identity: Identity


_UNKNOWN = Client(Secrets([bytes(SHORTEST)], ""), Identity())
"""Used for an unknown id, so that a signature is computed as for a known one."""


class SignatureValidator:
    """Requests signed with HMAC-SHA256.

    `x-signature: v2;key=<id>;time=<Unix seconds>;headers=<names, separated by commas>;signature=<hexadecimal>`, where
    `canonical` is the string that is signed. Version 1 has no `headers`, and signs `canonical_v1`; it is accepted until
    a time that the configuration states. Store: `{"clients": {"<id>": {"secrets": ["current", "previous"]}}}`; a record
    may also have `owner` (default: the id), `scopes` and `tenant`.
    """

    def __init__(self, config: Signature, load: Callable[[str], str], clock: Callable[[], float]) -> None:
        """Read nothing from the store yet."""
        self._config, self._clock = config, clock
        self._clients = stores.cached_document(config.store, _clients, load, clock)

    def check(self, request: Request) -> Identity:
        """The signer.

        Raises `Denied`.
        """
        given = request.header(self._config.header)
        if request.token:
            raise Denied(reasons.MALFORMED)
        if v2 := _V2.fullmatch(given):
            key_id, time, names, signature = v2.groups()
        elif v1 := _V1.fullmatch(given):
            (key_id, time, signature), names = v1.groups(), None
            if self._clock() >= self._config.v1_until:
                raise Denied(reasons.VERSION)
        else:
            raise Denied(reasons.MALFORMED)
        if abs(self._clock() - int(time)) > self._config.window:
            raise Denied(reasons.TIMESTAMP)
        signed = self._signed(request, time, None if names is None else tuple(filter(None, names.split(","))))
        found = self._clients.get(request.notices)
        client = found.get(key_id, _UNKNOWN)
        if isinstance(client, str):
            self._clients.notice(request.notices, client)
            raise Denied(reasons.INVALID)
        expected = [hmac.digest(secret, each, sha256) for secret in client.secrets.values for each in signed]
        if not any_equal(bytes.fromhex(signature), expected) or client is _UNKNOWN:
            if client.secrets.mistake:
                self._clients.notice(request.notices, client.secrets.mistake)
            raise Denied(reasons.SIGNATURE)
        return client.identity

    def _signed(self, request: Request, time: str, names: tuple[str, ...] | None) -> list[bytes]:
        """The strings of which the client may have signed one: one for each host name that is accepted."""
        for name in self._config.signed_headers:
            if request.has_header(name) and name not in (names or ()):
                raise Denied(reasons.UNSIGNED, name)
        method, path, query, body = (
            request.method,
            request.called_path,
            request.query(by_value=names is None),
            _body_hash(request),
        )
        if names is None:
            strings = [canonical_v1(time, method, path, query, body)]
        else:
            headers = _covered(request, names)
            strings = [
                canonical(time, method, host, request.api, request.stage, path, query, headers, body)
                for host in self._config.hosts or (request.host,)
            ]
        if "\n" in f"{path}{query}" or "\r" in f"{path}{query}":
            raise Denied(reasons.MALFORMED, "line feed")
        return [each.encode("utf-8", "surrogatepass") for each in strings]


def canonical(
    time: str,
    method: str,
    host: str,
    api: str,
    stage: str,
    path: str,
    query: str,
    headers: Sequence[tuple[str, str]],
    body_hash: str,
) -> str:
    """The string that is signed, version 2: lines joined by line feeds, without one at the end.

    The lines are the scheme (two lines), the time, the method, the host name in lower case, the id of the API, the name
    of the stage, the path without the stage (with the base path of a custom domain), the query in canonical form, the
    names of the covered headers joined by commas, a line `name:value` for each of them, and the SHA-256 of the body. A
    Lambda authorizer does not see the body. It takes the hash from the header `x-content-sha256` (without it, the hash
    of an empty body), and the backend must compare that header with the body.
    """
    names = ",".join(name for name, _ in headers)
    values = "".join(f"{name}:{value}\n" for name, value in headers)
    target = f"{host}\n{api}\n{stage}\n{path}\n{query}"
    return f"secure-gateway\nv2\n{time}\n{method}\n{target}\n{names}\n{values}{body_hash}"


def canonical_v1(time: str, method: str, path: str, query: str, body_hash: str) -> str:
    """The string that is signed, version 1: without host, API, stage and headers."""
    return f"secure-gateway\nv1\n{time}\n{method}\n{path}\n{query}\n{body_hash}"


def _covered(request: Request, names: tuple[str, ...]) -> list[tuple[str, str]]:
    """The headers that a signature covers, with their values: each must be in the request exactly once."""
    if len(set(names)) != len(names) or not all(map(request.has_header, names)):
        raise Denied(reasons.SIGNATURE, "headers")
    # Only the spaces that HTTP allows around a value are no part of it.
    headers = [(name, request.header(name, empty=True).strip(" \t")) for name in names]
    if any("\n" in value or "\r" in value for _, value in headers):
        raise Denied(reasons.MALFORMED, "line feed")
    return headers


def _body_hash(request: Request) -> str:
    if not request.has_header(BODY_HASH_HEADER):
        return EMPTY_BODY_HASH
    given = request.header(BODY_HASH_HEADER, empty=True)
    if not _BODY_HASH.fullmatch(given):
        raise Denied(reasons.MALFORMED, BODY_HASH_HEADER)
    return given


def _clients(document: Mapping[str, Any], report: Callable[[str], str]) -> dict[str, Client | str]:
    """The records by client id; of a record with a mistake, what was reported about it."""
    clients = document.get("clients")
    if set(document) != {"clients"} or not is_object(clients):
        raise MistakeError("the document must be {'clients': {...}}")
    found: dict[str, Client | str] = {}
    for number, (name, given) in enumerate(clients.items(), start=1):

        def say(mistake: str, number: int = number) -> str:
            # An id is not logged: a mistake may have put a secret in its place.
            return report(f"clients: record {number}: {mistake}")

        try:
            found[name] = _client(name, given, say)
        except MistakeError as error:
            found[name] = say(str(error))
    return found


def _client(name: str, given: object, report: Callable[[str], str]) -> Client:
    if not is_object(given) or not {"secrets", "owner", "scopes", "tenant"}.issuperset(given):
        raise MistakeError("must be an object with secrets, and perhaps owner, scopes and tenant")
    owner, tenant = given.get("owner", name), given.get("tenant", "")
    scopes: object = given.get("scopes", [])
    if not is_name(owner) or not (tenant == "" or is_name(tenant)):
        raise MistakeError("owner must be 1 to 256 printable characters, and tenant at most 256")
    if not is_strings(scopes):
        raise MistakeError("each of scopes must be a string")
    return Client(secrets_of(given.get("secrets"), report), Identity(owner, "", frozenset(scopes), tenant))
