"""API keys of the form `sgk_<id>_<secret>`, where the secret is 32 random bytes.

The store's document is `{"keys": {"<id>": {"owner": "acme", "salt": "...", "hash": "..."}}}`. A record may also have
`expires` (Unix seconds), `scopes`, `tenant`, and `usage_key`, the value of the API key in a usage plan. While a key is
rotated, its owner has two records, which may share a `usage_key`; records of different owners may not.

The hash is HMAC-SHA256 with a salt of the key's own. A slow hash such as scrypt protects secrets that people choose.
Nobody can guess one of 2^256 random secrets at any speed, and 50 ms for each decision would help only an attacker who
wants to keep the function busy.
"""

import hmac
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from . import reasons, stores
from .config import LAST_SECOND, ApiKey
from .identity import Identity, is_name
from .reasons import Denied
from .requests import Request
from .shapes import is_object, is_strings
from .stores import MistakeError

_KEY = re.compile(r"sgk_([a-z0-9]{12})_([A-Za-z0-9_-]{43})")
_ID = re.compile(r"[a-z0-9]{12}")
_FIELDS = {"owner", "salt", "hash", "expires", "scopes", "tenant", "usage_key"}
_SALT_BYTES = 16


@dataclass(frozen=True, slots=True)
class Entry:
    """The record of one key."""

    salt: bytes
    digest: bytes
    expires: float
    """Unix seconds; infinity for a key that does not expire."""
    identity: Identity


_UNKNOWN = Entry(bytes(_SALT_BYTES), bytes(32), 0.0, Identity())
"""Used for an unknown id, so that the same hash is computed as for a known one."""


class ApiKeyValidator:
    """Checks API keys against the salted hashes in a store."""

    def __init__(self, config: ApiKey, load: Callable[[str], str], clock: Callable[[], float]) -> None:
        """Read nothing from the store yet."""
        self._header, self._clock = config.header, clock
        self._entries = stores.cached_document(config.store, entries, load, clock)

    def check(self, request: Request) -> Identity:
        """The owner of the key.

        Raises `Denied`.
        """
        key = _KEY.fullmatch(request.header(self._header))
        if key is None:
            raise Denied(reasons.MALFORMED)
        found = self._entries.get(request.notices)
        entry = found.get(key[1], _UNKNOWN)
        if isinstance(entry, str):
            self._entries.notice(request.notices, entry)
            raise Denied(reasons.INVALID)
        if not hmac.compare_digest(_digest(entry.salt, key[2]), entry.digest) or entry is _UNKNOWN:
            raise Denied(reasons.SECRET)
        if entry.expires <= self._clock():
            raise Denied(reasons.EXPIRED)
        return entry.identity


def _digest(salt: bytes, secret: str) -> bytes:
    return hmac.digest(salt, secret.encode(), sha256)


def entries(document: Mapping[str, Any], report: Callable[[str], str]) -> dict[str, Entry | str]:
    """The records of a store's document, by key id; of a record with a mistake, what was reported about it.

    Raises `MistakeError` for a document of any other form: a misread document must not let anyone in.
    """
    keys = document.get("keys")
    if set(document) != {"keys"} or not is_object(keys):
        raise MistakeError("the document must be {'keys': {...}}")
    found: dict[str, Entry | str] = {}
    owners: dict[str, set[tuple[str, str]]] = {}
    for number, (key_id, given) in enumerate(keys.items(), start=1):
        try:
            entry = _entry(key_id, given)
        except MistakeError as error:
            # An id is not logged: a mistake may have put a secret in its place.
            found[key_id] = report(f"keys: record {number}: {error}")
        else:
            found[key_id] = entry
            if entry.identity.usage_key:
                owner = (entry.identity.tenant, entry.identity.principal)
                owners.setdefault(entry.identity.usage_key, set()).add(owner)
    for number, (key_id, entry) in enumerate(found.items(), start=1):
        # Otherwise one owner's requests would use up another's quota.
        if isinstance(entry, Entry) and len(owners.get(entry.identity.usage_key or "", ())) > 1:
            found[key_id] = report(f"keys: record {number}: another owner has the same usage_key")
    return found


def _entry(key_id: str, given: object) -> Entry:
    if not _ID.fullmatch(key_id):
        raise MistakeError("the id must have 12 lower-case letters and digits")
    if not is_object(given) or not _FIELDS.issuperset(given):
        raise MistakeError(f"must be an object with some of {', '.join(sorted(_FIELDS))}")
    owner, tenant, usage_key = given.get("owner"), given.get("tenant", ""), given.get("usage_key", "")
    scopes: object = given.get("scopes", [])
    if not is_name(owner) or not (tenant == "" or is_name(tenant)):
        raise MistakeError("owner must be 1 to 256 printable characters, and tenant at most 256")
    if not isinstance(usage_key, str) or not is_strings(scopes):
        raise MistakeError("usage_key and each of scopes must be strings")
    salt, digest = _bytes(given, "salt"), _bytes(given, "hash")
    if len(salt) < _SALT_BYTES or len(digest) != sha256().digest_size:
        raise MistakeError("salt must have 16 bytes or more, and hash 32 bytes")
    return Entry(salt, digest, _expires(given), Identity(owner, "", frozenset(scopes), tenant, usage_key))


def _expires(given: Mapping[str, Any]) -> float:
    if "expires" not in given:
        return float("inf")
    expires = given["expires"]
    # Larger numbers are milliseconds, or mean that the key never expires, which is said by leaving `expires` out.
    if isinstance(expires, bool) or not isinstance(expires, int | float) or not expires < LAST_SECOND:
        raise MistakeError("expires must be a time in Unix seconds")
    return float(expires)


def _bytes(given: Mapping[str, Any], name: str) -> bytes:
    digits = given.get(name)
    if not isinstance(digits, str) or not re.fullmatch(r"(?:[0-9A-Fa-f]{2})*", digits):
        raise MistakeError(f"{name} must be hexadecimal digits")
    return bytes.fromhex(digits)


def new(owner: str) -> tuple[str, str, dict[str, str]]:
    """A new key: the value to hand to its owner, once; its id; and the record for the store."""
    key_id = "".join(secrets.choice("abcdefghijklmnopqrstuvwxyz0123456789") for _ in range(12))
    secret, salt = secrets.token_urlsafe(32), secrets.token_bytes(_SALT_BYTES)
    record = {"owner": owner, "salt": salt.hex(), "hash": _digest(salt, secret).hex()}
    return f"sgk_{key_id}_{secret}", key_id, record
