"""API keys of the form `sgk_<id>_<secret>`, where the secret is 32 random bytes.

The store's document is `{"keys": {"<id>": {"owner": "acme", "salt": "...", "hash": "..."}}}`. A record may also have
`expires` (Unix seconds), `scopes`, `tenant`, and `usage_key`, the value of the API key in a usage plan. While a key is
rotated, its owner has two records.

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
from .config import ApiKey
from .identity import Identity
from .reasons import Refused
from .requests import Request
from .shapes import is_object, is_strings

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
        self._entries = stores.cached_document(config.store, entries, config.refresh, load, clock)

    def check(self, request: Request) -> Identity:
        """The owner of the key.

        Raises `Refused`.
        """
        key = _KEY.fullmatch(request.header(self._header))
        if key is None:
            raise Refused(reasons.MALFORMED)
        entry: Entry | None = self._entries.get().get(key[1])
        known = entry or _UNKNOWN
        same = hmac.compare_digest(_digest(known.salt, key[2]), known.digest)
        if not same or entry is None:
            raise Refused(reasons.SECRET)
        if entry.expires <= self._clock():
            raise Refused(reasons.EXPIRED)
        return entry.identity


def _digest(salt: bytes, secret: str) -> bytes:
    return hmac.digest(salt, secret.encode(), sha256)


def entries(document: Mapping[str, Any]) -> dict[str, Entry]:
    """The records of a store's document, by key id.

    Raises `ValueError` for a document of any other form: a misread record must not let anyone in.
    """
    keys = document.get("keys")
    if set(document) != {"keys"} or not is_object(keys):
        raise ValueError("the document must be {'keys': {...}}")
    return {key_id: _entry(key_id, each) for key_id, each in keys.items()}


def _entry(key_id: str, given: object) -> Entry:
    if not _ID.fullmatch(key_id) or not is_object(given) or not _FIELDS.issuperset(given):
        raise ValueError("a key's id or record does not have the right form")
    owner, tenant, usage_key = given.get("owner"), given.get("tenant", ""), given.get("usage_key", "")
    scopes: object = given.get("scopes", [])
    expires = given.get("expires", float("inf"))
    salt, digest = bytes.fromhex(given["salt"]), bytes.fromhex(given["hash"])
    if not owner or not is_strings([owner, tenant, usage_key]) or not is_strings(scopes):
        raise ValueError("owner, tenant, usage_key and each of scopes must be strings")
    if isinstance(expires, bool) or not isinstance(expires, int | float):
        raise ValueError("expires must be a number")  # noqa: TRY004 - one exception for every wrong value
    if len(salt) < _SALT_BYTES or len(digest) != sha256().digest_size:
        raise ValueError("salt or hash has the wrong length")
    return Entry(salt, digest, float(expires), Identity(str(owner), "", frozenset(scopes), str(tenant), str(usage_key)))


def new(owner: str) -> tuple[str, str, dict[str, str]]:
    """A new key: the value to hand to its owner, once; its id; and the record for the store."""
    key_id = "".join(secrets.choice("abcdefghijklmnopqrstuvwxyz0123456789") for _ in range(12))
    secret, salt = secrets.token_urlsafe(32), secrets.token_bytes(_SALT_BYTES)
    record = {"owner": owner, "salt": salt.hex(), "hash": _digest(salt, secret).hex()}
    return f"sgk_{key_id}_{secret}", key_id, record
