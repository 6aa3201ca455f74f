"""Checks JSON Web Tokens, as RFC 8725 asks.

joserfc verifies the signature, and refuses `none`, symmetric and unknown critical headers; what a token must say is
decided here, so that no claim is taken as another type, nor left out.
"""

import json
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final, TypeGuard

from joserfc.errors import BadSignatureError, JoseError, UnsupportedAlgorithmError
from joserfc.jws import CompactSignature, JWSRegistry, deserialize_compact

from . import reasons
from .config import Issuer, Jwt, is_cognito
from .identity import Identity
from .jwks import Keys, PublicKey
from .reasons import Refused
from .requests import Request
from .shapes import is_list, is_object

_BEARER = re.compile(r"[Bb][Ee][Aa][Rr][Ee][Rr] ([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)")
_LONGEST_NAME = 256
_LAST_SECOND = 1e11
"""Numbers beyond are no times."""

_KEY_HEADERS: Final = frozenset({"jku", "jwk", "x5u", "x5c", "b64", "cty", "zip", "enc"})
"""Headers that bring a key of the token's own, or say that it is something else than signed claims."""

_TYPES: Final = frozenset({None, "jwt", "at+jwt", "application/jwt", "application/at+jwt"})
_ID_TOKEN_MARKS: Final = ("at_hash", "c_hash")
_USES: Final = {"access": frozenset({"access", "bearer", "at+jwt"}), "id": frozenset({"id"})}


class _Registry(JWSRegistry):
    """The allowed algorithms, and nothing said of EdDSA: that it has newer names makes it no weaker."""

    def get_alg(self, name: str) -> Any:
        if self.allowed is None or name not in self.allowed:
            raise UnsupportedAlgorithmError(name)
        return self.algorithms[name]


class JwtValidator:
    """Bearer tokens of the configured issuers."""

    def __init__(self, config: Jwt, keys: Callable[[Issuer], Keys], clock: Callable[[], float]) -> None:
        """Fetch no keys yet."""
        self._header, self._clock = config.header, clock
        self._issuers = {name: (issuer, keys(issuer)) for name, issuer in config.issuers.items()}
        algorithms = {each for issuer in config.issuers.values() for each in issuer.algorithms}
        self._registry = _Registry(algorithms=sorted(algorithms), strict_check_header=False)

    def check(self, request: Request) -> Identity:
        """Who the token speaks of.

        Raises `Refused`.
        """
        bearer = _BEARER.fullmatch(request.header(self._header))
        if bearer is None or not _is_canonical(bearer[1]):
            raise Refused(reasons.MALFORMED)
        read: list[tuple[Mapping[str, Any], Issuer]] = []

        def key(token: CompactSignature) -> PublicKey:
            # The payload is read to learn whose key to take; it counts for nothing before the signature holds.
            claims = _object(token.payload)
            issuer, keys = self._issuer(claims)
            read.append((claims, issuer))
            return _key(token.headers(), issuer, keys)

        try:
            # joserfc hands the key function its own signature object.
            deserialize_compact(bearer[1], key, registry=self._registry)  # pyright: ignore[reportArgumentType]
        except BadSignatureError:
            raise Refused(reasons.SIGNATURE) from None
        except UnsupportedAlgorithmError:
            raise Refused(reasons.ALGORITHM) from None
        except (JoseError, ValueError, TypeError, RecursionError):
            raise Refused(reasons.MALFORMED) from None
        return _identity(*read[0], self._clock())

    def _issuer(self, claims: Mapping[str, Any]) -> tuple[Issuer, Keys]:
        name = claims.get("iss")
        if not isinstance(name, str) or name not in self._issuers:
            raise Refused(reasons.ISSUER)
        return self._issuers[name]


def _is_canonical(token: str) -> bool:
    """Whether the signature's last letter has no bits to spare: else one token could be written in sixteen ways."""
    rest = (len(token) - token.rindex(".") - 1) % 4
    return rest == 0 or (rest != 1 and token[-1] in _LAST_LETTERS[rest])


_LAST_LETTERS = ("", "", "AQgw", "AEIMQUYcgkosw048")


def _key(headers: Mapping[str, Any], issuer: Issuer, keys: Keys) -> PublicKey:
    algorithm, key_id, kind = headers.get("alg"), headers.get("kid"), headers.get("typ")
    if not isinstance(algorithm, str) or algorithm not in issuer.algorithms:
        raise Refused(reasons.ALGORITHM)
    if not _KEY_HEADERS.isdisjoint(headers) or "crit" in headers:
        raise Refused(reasons.HEADER)
    if (kind.lower() if isinstance(kind, str) else kind) not in _TYPES:
        raise Refused(reasons.TYPE)
    if not _is_name(key_id):
        raise Refused(reasons.KEY_ID)
    return keys.find(key_id, algorithm)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) != len(pairs):
        raise ValueError("a name twice")
    return read


def _no_constant(name: str) -> float:
    raise ValueError(name)


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant)


def _object(payload: bytes) -> Mapping[str, Any]:
    read = _DECODER.decode(payload.decode("utf-8"))
    if not is_object(read):
        raise Refused(reasons.MALFORMED)
    return read


def _identity(claims: Mapping[str, Any], issuer: Issuer, now: float) -> Identity:
    _check_times(claims, issuer.leeway, now)
    _check_audience(claims, issuer)
    _check_use(claims, issuer)
    for name, allowed in issuer.required_claims.items():
        value = claims.get(name)
        held = value if is_list(value) else [value]
        if value is None or (allowed and not any(isinstance(each, str) and each in allowed for each in held)):
            raise Refused(reasons.CLAIM)
    tenant = claims.get(issuer.tenant_claim) if issuer.tenant_claim else ""
    principal = claims.get(issuer.principal_claim)
    if not _is_name(principal) or (issuer.tenant_claim and not _is_name(tenant)):
        raise Refused(reasons.CLAIM)
    return Identity(principal, issuer.issuer, _scopes(claims, issuer.scope_claim), str(tenant))


def _is_name(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and 0 < len(value) <= _LONGEST_NAME and value.isprintable()


def _check_times(claims: Mapping[str, Any], leeway: int, now: float) -> None:
    expires = claims.get("exp")
    if not _is_time(expires):
        raise Refused(reasons.CLAIM)
    if expires <= now - leeway:
        raise Refused(reasons.EXPIRED)
    for name in ("nbf", "iat"):
        if name in claims:
            if not _is_time(claims[name]):
                raise Refused(reasons.CLAIM)
            if claims[name] > now + leeway:
                raise Refused(reasons.EARLY)


def _is_time(value: object) -> TypeGuard[float]:
    # A boolean is an int to Python.
    return isinstance(value, int | float) and value is not True and 0 < value < _LAST_SECOND


def _check_audience(claims: Mapping[str, Any], issuer: Issuer) -> None:
    if issuer.audiences:
        audience = claims.get("aud")
        several = audience if is_list(audience) else [audience]
        if not several or not all(isinstance(each, str) for each in several) or issuer.audiences.isdisjoint(several):
            raise Refused(reasons.AUDIENCE)
    if issuer.client_ids:
        client = claims.get("client_id", claims.get("azp"))
        if not isinstance(client, str) or client not in issuer.client_ids:
            raise Refused(reasons.CLIENT)


def _check_use(claims: Mapping[str, Any], issuer: Issuer) -> None:
    """Tell access tokens from ID tokens by all that tells them apart; Cognito always says it."""
    use, kind = claims.get("token_use"), claims.get("typ")
    allowed = _USES[issuer.token_use]
    if use is None and is_cognito(issuer.issuer):
        raise Refused(reasons.USE)
    for said in (use, kind):
        if said is not None and (not isinstance(said, str) or said.lower() not in allowed):
            raise Refused(reasons.USE)
    if "access" in allowed and any(mark in claims for mark in _ID_TOKEN_MARKS):
        raise Refused(reasons.USE)


def _scopes(claims: Mapping[str, Any], name: str) -> frozenset[str]:
    given = claims.get(name) if name else claims.get("scope", claims.get("scp"))
    if isinstance(given, str):
        return _split(given)
    if given is None:
        return frozenset()
    if not is_list(given):
        raise Refused(reasons.CLAIM)
    return frozenset(each for each in given if isinstance(each, str) and _is_scope(each))


def _is_scope(text: str) -> bool:
    """Whether a text has the letters of RFC 6749's scopes."""
    return text.isascii() and _is_name(text) and not {" ", '"', "\\"} & set(text)


@lru_cache(maxsize=1_024)
def _split(scope: str) -> frozenset[str]:
    return frozenset(each for each in scope.split(" ") if _is_scope(each))
