"""An issuer's public keys, by id: only keys that sign with an allowed algorithm."""

from base64 import urlsafe_b64decode
from collections.abc import Callable, Collection, Mapping
from time import monotonic
from typing import Any

from joserfc.jwk import ECKey, OKPKey, RSAKey

from . import reasons
from .cached import Cached, Fetched, Notice, SourceError
from .config import Issuer, is_url
from .outages import is_outage, is_outage_status
from .reasons import Denied
from .shapes import is_list, is_object, is_strings
from .strict_json import parse_document

PublicKey = ECKey | OKPKey | RSAKey

SECONDS = 2.0
"""The time limit for discovery and keys together."""

DISCOVERY_SECONDS = 300
"""How long a discovered URL is used before it is discovered again, if keys are fetched then. It is not longer than the
shortest `keys_fresh_seconds`, so each fetch that is due begins with discovery, and fetches for unknown key ids seldom
do."""

_GONE = frozenset({401, 403, 410, 451})
"""Statuses that say that nobody may have the keys any more."""

_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth"})
"""Members of a private key (RFC 7518). An issuer that publishes one lets anyone sign."""

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
        self._url = self._last_url = ""
        """Where the issuer says that its keys are, and where the cached keys come from."""
        self._discovered_at = float("-inf")
        self._keys = Cached(issuer.issuer, self._load, fresh=issuer.keys_fresh, stale=issuer.keys_stale, clock=clock)

    def find(self, key_id: str, algorithm: str, notices: list[Notice]) -> PublicKey:
        """The key with an id, for an algorithm. An unknown id may mean that the issuer has new keys.

        Raises `Denied`.
        """
        attempts = self._keys.attempts
        found = self._keys.get(notices).get((key_id, algorithm))
        # One decision waits for one attempt.
        if found is None and self._keys.attempts == attempts and self._keys.renew(notices):
            # The keys may have become stale meanwhile.
            found = self._keys.get(notices, may_fetch=False).get((key_id, algorithm))
        if found is None:
            # If the issuer does not respond, nobody knows whether it has such a key.
            raise Denied(reasons.UNAVAILABLE if self._keys.failing else reasons.KEY, self._issuer.issuer)
        return found

    def _load(self, mistakes: list[str]) -> Fetched[Mapping[tuple[str, str], PublicKey]]:
        """The keys, within the time limit for everything together.

        Keys count from the time of the discovery that led to them: a URL that the issuer may have left proves nothing.
        """
        until = monotonic() + SECONDS
        if self._issuer.jwks_url:
            return Fetched(self._read(self._issuer.jwks_url, until), self._clock())
        if 0 <= self._clock() - self._discovered_at < DISCOVERY_SECONDS:
            known = self._url
            try:
                keys = self._read_discovered(until)
            except SourceError:
                self._discover(until, mistakes)
                if self._url == known:
                    raise
                keys = self._read_discovered(until)
        else:
            self._discover(until, mistakes)
            keys = self._read_discovered(until)
        self._last_url = self._url
        return Fetched(keys, self._discovered_at)

    def _discover(self, until: float, mistakes: list[str]) -> None:
        """Discover the URL of the keys. An outage leaves a known URL in use; a response without a URL ends its use."""
        if self._clock() < self._discovered_at:
            self._discovered_at = float("-inf")
        try:
            # A known URL must have its share of the time.
            self._url = self._jwks_uri(until - SECONDS / 2 if self._url else until)
        except SourceError as error:
            detail = f"discovery: {error.detail}"
            if error.reason == reasons.UNAVAILABLE and self._url:
                mistakes.append(f"{error.reason}: {detail}")
                return
            self._url, self._discovered_at = "", float("-inf")
            raise SourceError(error.reason, detail) from None
        self._discovered_at = self._clock()

    def _jwks_uri(self, until: float) -> str:
        issuer = self._issuer.issuer
        document = self._get(f"{issuer.rstrip('/')}/.well-known/openid-configuration", until)
        url = document.get("jwks_uri")
        if document.get("issuer") != issuer:
            raise SourceError(reasons.INVALID, "the document is of another issuer")
        if not isinstance(url, str) or not is_url(url, loopback=self._loopback):
            raise SourceError(reasons.INVALID, "the document has no https URL of keys (jwks_uri)")
        return url

    def _read_discovered(self, until: float) -> Mapping[tuple[str, str], PublicKey]:
        """The keys at the discovered URL. While a new URL is down, a withdrawal at the last one counts."""
        last = self._last_url
        if not last or last == self._url:
            return self._read(self._url, until)
        try:
            return self._read(self._url, (monotonic() + until) / 2)
        except SourceError as error:
            if error.reason != reasons.UNAVAILABLE:
                raise
            outage = error
        try:
            self._read(last, until)
        except SourceError as error:
            if error.reason != reasons.UNAVAILABLE:
                raise
        raise outage

    def _read(self, url: str, until: float) -> Mapping[tuple[str, str], PublicKey]:
        keys = self._get(url, until).get("keys")
        if not is_list(keys):
            raise SourceError(reasons.INVALID, "the key set has no list of keys")
        # Whatever `kty` says: a parser may ignore it.
        if any(is_object(each) and any(each.get(name) is not None for name in _PRIVATE) for each in keys):
            raise SourceError(reasons.INVALID, "the key set contains a private key")
        found = usable(keys, self._issuer.algorithms)
        if not found:
            raise SourceError(reasons.WITHDRAWN, f"none of {len(keys)} keys is usable")
        return found

    def _get(self, url: str, until: float) -> Mapping[str, Any]:
        try:
            body = self._fetch(url, until - monotonic())
        except Exception as error:  # noqa: BLE001 - whatever prevented a response
            raise _failed(error) from None
        try:
            document = parse_document(body)
        except (ValueError, RecursionError):
            raise SourceError(reasons.INVALID, "the response is not JSON, or repeats a name") from None
        if not is_object(document):
            raise SourceError(reasons.INVALID, "the response is not an object")
        return document


def _failed(error: Exception) -> SourceError:
    """What an exception of `fetch` means: an outage, a withdrawal, or a response that cannot be used."""
    status: int | None = getattr(error, "status", None)
    if status is None:
        return SourceError(reasons.UNAVAILABLE if is_outage(error) else reasons.INVALID, type(error).__name__)
    if is_outage_status(status):
        return SourceError(reasons.UNAVAILABLE, str(error))
    return SourceError(reasons.WITHDRAWN if status in _GONE else reasons.INVALID, str(error))


def usable(keys: Collection[Any], algorithms: Collection[str]) -> Mapping[tuple[str, str], PublicKey]:
    """Keys by id and algorithm, without those that are not public signature keys of an allowed algorithm."""
    found: dict[tuple[str, str], PublicKey] = {}
    repeated: set[tuple[str, str]] = set()
    for each in keys:
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
    if operations is not None and not (is_strings(operations) and "verify" in operations):
        return None
    parts = {name: given[name] for name in ("kty", "crv", "n", "e", "x", "y") if name in given}
    try:
        return key_type.import_key(parts) if key_type is not RSAKey or _bits(parts["n"]) in _RSA_BITS else None
    except Exception:  # noqa: BLE001 - whatever is wrong with one key must not take the other ones away
        return None


def _bits(number: str) -> int:
    return int.from_bytes(urlsafe_b64decode(f"{number}==")).bit_length()


_ALIASES: Mapping[str, tuple[str, ...]] = {"Ed25519": ("EdDSA",), "EdDSA": ("Ed25519",)}
"""RFC 9864 names the EdDSA algorithm by its curve."""
