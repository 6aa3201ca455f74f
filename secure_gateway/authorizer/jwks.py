"""An issuer's public keys, by id: only keys that sign with an allowed algorithm."""

from base64 import urlsafe_b64decode
from collections.abc import Callable, Collection, Mapping
from time import monotonic
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

from . import reasons
from .cached import Cached, Notice, SourceError
from .config import Issuer, is_url
from .reasons import Denied
from .shapes import is_list, is_object
from .strict_json import parse

PublicKey = ECKey | OKPKey | RSAKey

SECONDS = 2.0
"""The time limit for discovery and keys together."""

DISCOVERY_SECONDS = 3_600
"""How long a discovered URL is used before it is discovered again."""

UNKNOWN_KEY_SECONDS = 300
"""The same while tokens have a key id that is not found at the URL."""

_GONE = 410
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth"})
"""Members of a private key (RFC 7518). An issuer that publishes one lets anyone sign."""

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
        fetch: Callable[[str, float], bytes],
        clock: Callable[[], float],
        *,
        loopback: bool = False,
    ) -> None:
        """Fetch nothing yet."""
        self._issuer, self._fetch, self._clock, self._loopback = issuer, fetch, clock, loopback
        self._url = issuer.jwks_url
        self._discovered_at = float("-inf")
        self._discover_after = 0
        self._keys = Cached(issuer.issuer, self._load, fresh=issuer.keys_fresh, stale=issuer.keys_stale, clock=clock)

    def find(self, key_id: str, algorithm: str, notices: list[Notice]) -> PublicKey:
        """The key with an id, for an algorithm. An unknown id may mean that the issuer has new keys.

        Raises `Denied`.
        """
        found = self._keys.get(notices).get((key_id, algorithm))
        if found is None:
            self._discover_after = min(self._discover_after, UNKNOWN_KEY_SECONDS)
            if self._keys.renew(notices):
                found = self._keys.get(notices).get((key_id, algorithm))
        if found is None:
            raise Denied(reasons.KEY, self._issuer.issuer)
        return found

    def _load(self, notices: list[Notice]) -> Mapping[tuple[str, str], PublicKey]:
        """The keys, within the time limit for everything together."""
        until = monotonic() + SECONDS
        if self._issuer.jwks_url:
            return self._read(self._issuer.jwks_url, until)
        if not self._url:
            self._discover(until)
            return self._read(self._url, until)
        fresh = 0 <= self._clock() - self._discovered_at < self._discover_after
        if not fresh:
            self._rediscover(until - SECONDS / 2, notices)
        try:
            return self._read(self._url, until)
        except SourceError:
            if not fresh or not self._rediscover(until, notices):
                # There may have been no time left for discovery, so the next attempt begins with it.
                self._discover_after = 0
                raise
        return self._read(self._url, until)

    def _rediscover(self, until: float, notices: list[Notice]) -> bool:
        """Discover the URL of the keys again; whether it is another one. A failure leaves the known URL in use."""
        known = self._url
        try:
            self._discover(until)
        except SourceError as error:
            self._discovered_at, self._discover_after = self._clock(), DISCOVERY_SECONDS
            notices.append(Notice(stale=False, source=self._issuer.issuer, detail=f"discovery: {error.detail}"))
        return self._url != known

    def _discover(self, until: float) -> None:
        issuer = self._issuer.issuer
        document = self._get(f"{issuer.rstrip('/')}/.well-known/openid-configuration", until)
        url = document.get("jwks_uri")
        if document.get("issuer") != issuer or not isinstance(url, str) or not is_url(url, loopback=self._loopback):
            raise SourceError(reasons.INVALID, "the discovery document is not this issuer's")
        self._url, self._discovered_at, self._discover_after = url, self._clock(), DISCOVERY_SECONDS

    def _read(self, url: str, until: float) -> Mapping[tuple[str, str], PublicKey]:
        keys = self._get(url, until).get("keys")
        if not is_list(keys):
            raise SourceError(reasons.INVALID, "the key set has no list of keys")
        if any(is_object(each) and each.get("kty") != "oct" and not _PRIVATE.isdisjoint(each) for each in keys):
            raise SourceError(reasons.INVALID, "the key set contains a private key")
        found = usable(keys, self._issuer.algorithms)
        if not found:
            raise SourceError(reasons.WITHDRAWN, f"none of {len(keys)} keys is usable")
        return found

    def _get(self, url: str, until: float) -> Mapping[str, Any]:
        try:
            document = parse(self._fetch(url, until - monotonic()))
        except (ValueError, RecursionError):
            raise SourceError(reasons.INVALID, "the response is not JSON, or repeats a name") from None
        except Exception as error:  # noqa: BLE001 - whatever prevented a response
            # A response that is too large has status 0. Any other status but 410 says nothing about the keys.
            status: int | None = getattr(error, "status", None)
            if status is None:
                raise SourceError(reasons.UNAVAILABLE, type(error).__name__) from None
            reason = {0: reasons.INVALID, _GONE: reasons.WITHDRAWN}.get(status, reasons.UNAVAILABLE)
            raise SourceError(reason, str(error)) from None
        if not is_object(document):
            raise SourceError(reasons.INVALID, "the response is not an object")
        return document


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
