"""Checks JSON Web Tokens as RFC 8725 recommends.

joserfc verifies the signature and refuses `none`, symmetric algorithms and unknown critical headers. The claims are
checked here, so that no claim is read as another type or skipped.
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
"""Larger numbers are not accepted as times."""

_KEY_HEADERS: Final = frozenset({"jku", "jwk", "x5u", "x5c", "b64", "cty", "zip", "enc"})
"""Headers that bring the token's own key, or say that the token is not simply signed claims."""

_TYPES: Final = frozenset({None, "jwt", "at+jwt", "application/jwt", "application/at+jwt"})
_ID_TOKEN_MARKS: Final = ("at_hash", "c_hash")
_USES: Final = {"access": frozenset({"access", "bearer", "at+jwt"}), "id": frozenset({"id"})}


class _Registry(JWSRegistry):
    """The allowed algorithms, without the library's warning that EdDSA has newer names."""

    def get_alg(self, name: str) -> Any:
        if self.allowed is None or name not in self.allowed:
            raise UnsupportedAlgorithmError(name)
        return self.algorithms[name]


class JwtValidator:
    """Checks bearer tokens of the configured issuers."""

    def __init__(self, config: Jwt, keys: Callable[[Issuer], Keys], clock: Callable[[], float]) -> None:
        """Fetch no keys yet."""
        self._header, self._clock = config.header, clock
        self._issuers = {name: (issuer, keys(issuer)) for name, issuer in config.issuers.items()}
        algorithms = {each for issuer in config.issuers.values() for each in issuer.algorithms}
        self._registry = _Registry(algorithms=sorted(algorithms), strict_check_header=False)

    def check(self, request: Request) -> Identity:
        """The caller that the token names.

        Raises `Refused`.
        """
        bearer = _BEARER.fullmatch(request.header(self._header))
        if bearer is None or not _is_canonical(bearer[1]):
            raise Refused(reasons.MALFORMED)
        parsed: list[tuple[Mapping[str, Any], Issuer]] = []

        def key(token: CompactSignature) -> PublicKey:
            # Until the signature is verified, the claims only select the issuer whose key is used.
            claims = _object(token.payload)
            issuer, keys = self._issuer(claims)
            parsed.append((claims, issuer))
            return _key(token.headers(), issuer, keys)

        try:
            # joserfc calls the key function with its own signature object.
            deserialize_compact(bearer[1], key, registry=self._registry)  # pyright: ignore[reportArgumentType]
        except BadSignatureError:
            raise Refused(reasons.SIGNATURE) from None
        except UnsupportedAlgorithmError:
            raise Refused(reasons.ALGORITHM) from None
        except (JoseError, ValueError, TypeError, RecursionError):
            raise Refused(reasons.MALFORMED) from None
        return _identity(*parsed[0], self._clock())

    def _issuer(self, claims: Mapping[str, Any]) -> tuple[Issuer, Keys]:
        name = claims.get("iss")
        if not isinstance(name, str) or name not in self._issuers:
            raise Refused(reasons.ISSUER)
        return self._issuers[name]


def _is_canonical(token: str) -> bool:
    """Whether the signature's last letter has no spare bits; otherwise the same token could be written in 16 ways."""
    rest = (len(token) - token.rindex(".") - 1) % 4
    return rest == 0 or (rest != 1 and token[-1] in _LAST_LETTERS[rest])


_LAST_LETTERS = ("", "", "AQgw", "AEIMQUYcgkosw048")


def _key(headers: Mapping[str, Any], issuer: Issuer, keys: Keys) -> PublicKey:
    algorithm, key_id, token_type = headers.get("alg"), headers.get("kid"), headers.get("typ")
    if not isinstance(algorithm, str) or algorithm not in issuer.algorithms:
        raise Refused(reasons.ALGORITHM)
    if not _KEY_HEADERS.isdisjoint(headers) or "crit" in headers:
        raise Refused(reasons.HEADER)
    if (token_type.lower() if isinstance(token_type, str) else token_type) not in _TYPES:
        raise Refused(reasons.TYPE)
    if not _is_name(key_id):
        raise Refused(reasons.KEY_ID)
    return keys.find(key_id, algorithm)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    unique = dict(pairs)
    if len(unique) != len(pairs):
        raise ValueError("a repeated name")
    return unique


def _no_constant(name: str) -> float:
    raise ValueError(name)


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant)


def _object(payload: bytes) -> Mapping[str, Any]:
    value = _DECODER.decode(payload.decode("utf-8"))
    if not is_object(value):
        raise Refused(reasons.MALFORMED)
    return value


def _identity(claims: Mapping[str, Any], issuer: Issuer, now: float) -> Identity:
    _check_times(claims, issuer.leeway, now)
    _check_audience(claims, issuer)
    _check_use(claims, issuer)
    for name, allowed in issuer.required_claims.items():
        value = claims.get(name)
        values = value if is_list(value) else [value]
        if value is None or (allowed and not any(isinstance(each, str) and each in allowed for each in values)):
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
    # In Python, a boolean is an int.
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
    """Distinguish access tokens from ID tokens by every sign of either; Cognito always names the use."""
    use, token_type = claims.get("token_use"), claims.get("typ")
    allowed = _USES[issuer.token_use]
    if use is None and is_cognito(issuer.issuer):
        raise Refused(reasons.USE)
    for named in (use, token_type):
        if named is not None and (not isinstance(named, str) or named.lower() not in allowed):
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


def _is_scope(value: str) -> bool:
    """Whether a string has only the characters that RFC 6749 allows in a scope."""
    return value.isascii() and _is_name(value) and not {" ", '"', "\\"} & set(value)


@lru_cache(maxsize=1_024)
def _split(scope: str) -> frozenset[str]:
    return frozenset(each for each in scope.split(" ") if _is_scope(each))
