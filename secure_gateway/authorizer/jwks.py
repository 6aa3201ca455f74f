"""An issuer's public keys, by id: only keys that sign with an allowed algorithm."""

import json
from base64 import urlsafe_b64decode
from collections.abc import Callable, Collection, Mapping
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

from . import reasons
from .cached import Cached
from .config import Issuer, is_url
from .reasons import Refused
from .shapes import is_object

PublicKey = ECKey | OKPKey | RSAKey

_MOST_KEYS = 100
_RSA_BITS = range(2_048, 8_193)
"""Shorter RSA keys can be broken; longer ones take more time than an authorizer has."""

_KEY_TYPES: Mapping[str, tuple[type[PublicKey], Mapping[str, str | None]]] = {
    "ES256": (ECKey, {"kty": "EC", "crv": "P-256"}),
    "Ed25519": (OKPKey, {"kty": "OKP", "crv": "Ed25519"}),
    "EdDSA": (OKPKey, {"kty": "OKP", "crv": "Ed25519"}),
    "PS256": (RSAKey, {"kty": "RSA"}),
    "RS256": (RSAKey, {"kty": "RSA"}),
}


class Keys:
    """The keys of one issuer, fetched when they are first needed."""

    def __init__(
        self,
        issuer: Issuer,
        fetch: Callable[[str], bytes],
        clock: Callable[[], float],
        *,
        loopback: bool = False,
    ) -> None:
        """Fetch nothing yet."""
        self._issuer, self._fetch, self._loopback = issuer, fetch, loopback
        self._url = issuer.jwks_url
        self._keys = Cached(self._load, fresh=issuer.keys_fresh, stale=issuer.keys_stale, clock=clock)

    def find(self, key_id: str, algorithm: str) -> PublicKey:
        """The key with an id, for an algorithm. An unknown id may mean that the issuer has new keys.

        Raises `Refused`.
        """
        found = self._keys.get().get((key_id, algorithm))
        if found is None and self._keys.renew():
            found = self._keys.get().get((key_id, algorithm))
        if found is None:
            raise Refused(reasons.KEY)
        return found

    def _load(self) -> Mapping[tuple[str, str], PublicKey]:
        if not self._url:
            self._url = self._discover()
        document = json.loads(self._fetch(self._url))
        keys = usable(document["keys"], self._issuer.algorithms)
        if not keys:
            raise ValueError("no usable key")
        return keys

    def _discover(self) -> str:
        issuer = self._issuer.issuer
        document = json.loads(self._fetch(f"{issuer.rstrip('/')}/.well-known/openid-configuration"))
        url = document["jwks_uri"]
        if document["issuer"] != issuer or not isinstance(url, str) or not is_url(url, loopback=self._loopback):
            raise ValueError("the discovery document is not this issuer's")
        return url


def usable(keys: Collection[Any], algorithms: Collection[str]) -> Mapping[tuple[str, str], PublicKey]:
    """Keys by id and algorithm, without those that are not public signature keys of an allowed algorithm."""
    found: dict[tuple[str, str], PublicKey] = {}
    repeated: set[tuple[str, str]] = set()
    for each in list(keys)[:_MOST_KEYS]:
        if not is_object(each):
            continue
        for algorithm in algorithms:
            key, name = _key(each, algorithm), (str(each.get("kid")), algorithm)
            if key is not None:
                repeated |= {name} & found.keys()
                found[name] = key
    # Of two keys with the same id nobody can say which one signs, so neither is used.
    return {name: key for name, key in found.items() if name not in repeated}


def _key(given: Mapping[str, Any], algorithm: str) -> PublicKey | None:
    key_type, marks = _KEY_TYPES[algorithm]
    key_id, operations = given.get("kid"), given.get("key_ops")
    if not isinstance(key_id, str) or not key_id or any(given.get(name) != value for name, value in marks.items()):
        return None
    if given.get("use", "sig") != "sig" or given.get("alg", algorithm) not in (algorithm, *_ALIASES.get(algorithm, ())):
        return None
    if operations is not None and "verify" not in operations:
        return None
    parts = {name: given[name] for name in ("kty", "crv", "n", "e", "x", "y") if name in given}
    try:
        return key_type.import_key(parts) if key_type is not RSAKey or _bits(parts["n"]) in _RSA_BITS else None
    except (JoseError, ValueError, TypeError, KeyError):
        return None


def _bits(number: str) -> int:
    return int.from_bytes(urlsafe_b64decode(f"{number}==")).bit_length()


_ALIASES: Mapping[str, tuple[str, ...]] = {"Ed25519": ("EdDSA",), "EdDSA": ("Ed25519",)}
"""RFC 9864 names the EdDSA algorithm by its curve."""
