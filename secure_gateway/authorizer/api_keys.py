"""API keys: `sgk_<id>_<secret>`, where the secret is 32 random bytes.

A store's document: `{"keys": {"<id>": {"owner": "acme", "salt": "...", "hash": "..."}}}`, and beside these, as wanted,
`expires` (Unix seconds), `scopes`, `tenant`, and `usage_key`, the value of the API key in a usage plan. Two entries of
one owner overlap while a key is rotated.

The hash is HMAC-SHA256 under a salt of the key's own. A slow hash such as scrypt protects secrets that people choose;
2^256 random ones cannot be tried at any speed, and 50 ms a decision would only serve those who want us busy.
"""

import hmac
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from . import reasons, stores
from .config import ApiKey
from .identity import Identity
from .reasons import Refused
from .requests import Request
from .shapes import is_object, is_texts

_KEY = re.compile(r"sgk_([a-z0-9]{12})_([A-Za-z0-9_-]{43})")
_ID = re.compile(r"[a-z0-9]{12}")
_FIELDS = {"owner", "salt", "hash", "expires", "scopes", "tenant", "usage_key"}
_SALT_BYTES = 16


@dataclass(frozen=True, slots=True)
class Entry:
    """One key's record."""

    salt: bytes
    digest: bytes
    expires: float
    identity: Identity


_NOBODY = Entry(bytes(_SALT_BYTES), bytes(32), 0.0, Identity())
"""Stands in for an unknown id, so that the same is computed."""


class ApiKeyValidator:
    """Keys that a store knows by their hashes."""

    def __init__(self, config: ApiKey, load: Callable[[str], str], clock: Callable[[], float]) -> None:
        """Ask the store for nothing yet."""
        self._header, self._clock = config.header, clock
        self._entries = stores.kept(config.store, entries, config.refresh, load, clock)

    def check(self, request: Request) -> Identity:
        """Whose key it is.

        Raises `Refused`.
        """
        key = _KEY.fullmatch(request.header(self._header))
        if key is None:
            raise Refused(reasons.MALFORMED)
        entry: Entry | None = self._entries.get().get(key[1])
        known = entry or _NOBODY
        same = hmac.compare_digest(_digest(known.salt, key[2]), known.digest)
        if not same or entry is None:
            raise Refused(reasons.SECRET)
        if entry.expires <= self._clock():
            raise Refused(reasons.EXPIRED)
        return entry.identity


def _digest(salt: bytes, secret: str) -> bytes:
    return hmac.digest(salt, secret.encode(), sha256)


def entries(document: Mapping[str, Any]) -> dict[str, Entry]:
    """The records of a store's document.

    Raises `ValueError` for what is not exactly as described above: a misread record must open nothing.
    """
    keys = document.get("keys")
    if set(document) != {"keys"} or not is_object(keys):
        raise ValueError("allowed: {'keys': {...}}")
    return {key_id: _entry(key_id, each) for key_id, each in keys.items()}


def _entry(key_id: str, given: object) -> Entry:
    if not _ID.fullmatch(key_id) or not is_object(given) or not _FIELDS.issuperset(given):
        raise ValueError("a key's record is not as it must be")
    owner, tenant, usage_key = given.get("owner"), given.get("tenant", ""), given.get("usage_key", "")
    scopes: object = given.get("scopes", [])
    expires = given.get("expires", float("inf"))
    salt, digest = bytes.fromhex(given["salt"]), bytes.fromhex(given["hash"])
    if not owner or not is_texts([owner, tenant, usage_key]) or not is_texts(scopes):
        raise ValueError("owner, tenant, usage_key and scopes are texts")
    if isinstance(expires, bool) or not isinstance(expires, int | float):
        raise ValueError("expires is a number")  # noqa: TRY004 - one kind of error for every wrong value
    if len(salt) < _SALT_BYTES or len(digest) != sha256().digest_size:
        raise ValueError("salt or hash has another length")
    return Entry(salt, digest, float(expires), Identity(str(owner), "", frozenset(scopes), str(tenant), str(usage_key)))


def new(owner: str) -> tuple[str, str, dict[str, str]]:
    """A new key: what its owner gets, once, then its id and the record to store."""
    key_id = "".join(secrets.choice("abcdefghijklmnopqrstuvwxyz0123456789") for _ in range(12))
    secret, salt = secrets.token_urlsafe(32), secrets.token_bytes(_SALT_BYTES)
    record = {"owner": owner, "salt": salt.hex(), "hash": _digest(salt, secret).hex()}
    return f"sgk_{key_id}_{secret}", key_id, record
