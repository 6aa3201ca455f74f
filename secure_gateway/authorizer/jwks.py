"""An issuer's public keys: only such as sign with an allowed algorithm, by their ids."""

import json
from base64 import urlsafe_b64decode
from collections.abc import Callable, Collection, Mapping
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

from . import reasons
from .config import Issuer, is_url
from .kept import Kept
from .reasons import Refused
from .shapes import is_object

PublicKey = ECKey | OKPKey | RSAKey

_MOST_KEYS = 100
_RSA_BITS = range(2_048, 8_193)
"""Shorter ones can be broken, longer ones cost more time than an authorizer has."""

_KINDS: Mapping[str, tuple[type[PublicKey], Mapping[str, str | None]]] = {
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
        self._kept = Kept(self._load, fresh=issuer.keys_fresh, stale=issuer.keys_stale, clock=clock)

    def find(self, key_id: str, algorithm: str) -> PublicKey:
        """The key of an id, for an algorithm; an unknown id may mean that the issuer has new keys.

        Raises `Refused`.
        """
        found = self._kept.get().get((key_id, algorithm))
        if found is None and self._kept.renew():
            found = self._kept.get().get((key_id, algorithm))
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
    """Keys by id and algorithm; what is no public signature key of an allowed algorithm is left out."""
    read: dict[tuple[str, str], PublicKey] = {}
    repeated: set[tuple[str, str]] = set()
    for each in list(keys)[:_MOST_KEYS]:
        if not is_object(each):
            continue
        for algorithm in algorithms:
            key, place = _key(each, algorithm), (str(each.get("kid")), algorithm)
            if key is not None:
                repeated |= {place} & read.keys()
                read[place] = key
    # Two keys of one id: which of them signs is not told, so neither does.
    return {place: key for place, key in read.items() if place not in repeated}


def _key(given: Mapping[str, Any], algorithm: str) -> PublicKey | None:
    kind, marks = _KINDS[algorithm]
    key_id, operations = given.get("kid"), given.get("key_ops")
    if not isinstance(key_id, str) or not key_id or any(given.get(name) != value for name, value in marks.items()):
        return None
    if given.get("use", "sig") != "sig" or given.get("alg", algorithm) not in (algorithm, *_ALIASES.get(algorithm, ())):
        return None
    if operations is not None and "verify" not in operations:
        return None
    parts = {name: given[name] for name in ("kty", "crv", "n", "e", "x", "y") if name in given}
    try:
        return kind.import_key(parts) if kind is not RSAKey or _bits(parts["n"]) in _RSA_BITS else None
    except (JoseError, ValueError, TypeError, KeyError):
        return None


def _bits(number: str) -> int:
    return int.from_bytes(urlsafe_b64decode(f"{number}==")).bit_length()


_ALIASES: Mapping[str, tuple[str, ...]] = {"Ed25519": ("EdDSA",), "EdDSA": ("Ed25519",)}
"""RFC 9864 names EdDSA by its curve."""
