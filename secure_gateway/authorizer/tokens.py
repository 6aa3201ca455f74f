"""Checks JSON Web Tokens as RFC 8725 recommends.

joserfc verifies the signature and rejects `none`, symmetric algorithms and unknown critical headers. The claims are
checked here, so that no claim is read as another type or skipped.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final, TypeGuard

from joserfc.errors import BadSignatureError, JoseError, UnsupportedAlgorithmError
from joserfc.jws import CompactSignature, JWSRegistry, deserialize_compact

from . import reasons
from .config import LAST_SECOND, Issuer, Jwt, is_cognito
from .identity import Identity, is_name
from .jwks import Keys, PublicKey
from .reasons import Denied
from .requests import Request
from .shapes import is_list, is_object
from .strict_json import parse

_DPOP = "dpop "
_BEARER = re.compile(r"[Bb][Ee][Aa][Rr][Ee][Rr] ([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)")

_KEY_HEADERS: Final = frozenset({"jku", "jwk", "x5u", "x5c", "b64", "cty", "zip", "enc"})
"""Headers that bring the token's own key, or say that the token is not simply signed claims."""

_ACCESS_TOKEN_TYPES: Final = frozenset({"at+jwt", "application/at+jwt"})
_TYPES: Final = frozenset({None, "jwt", "application/jwt", *_ACCESS_TOKEN_TYPES})

_ID_TOKEN_CLAIMS: Final = ("at_hash", "c_hash", "s_hash")
"""Hashes of what was issued with an ID token: https://openid.net/specs/openid-connect-core-1_0.html#HybridIDToken"""

_SIGN_IN_CLAIMS: Final = ("acr", "amr", "auth_time")
"""Claims about a sign-in. An access token may have them (RFC 9068), but then it also has a scope or a client id."""

_ACCESS_CLAIMS: Final = ("scope", "client_id", "scp", "cid", "appid", "azpacr", "appidacr", "gty")
"""Scopes, client ids, and claims that some issuers write into access tokens alone (Microsoft Entra ID, Auth0)."""

_USES: Final = {"access": frozenset({"access", "bearer", "at+jwt"}), "id": frozenset({"id"})}


class Registry(JWSRegistry):
    """The allowed algorithms, without the library's warning that EdDSA has newer names."""

    def get_alg(self, name: str) -> Any:
        """An allowed algorithm."""
        if self.allowed is None or name not in self.allowed:
            raise UnsupportedAlgorithmError(name)
        return self.algorithms[name]


class JwtValidator:
    """Checks bearer tokens of the configured issuers."""

    def __init__(
        self, config: Jwt, keys: Callable[[Issuer], Keys], clock: Callable[[], float], *, cached: bool
    ) -> None:
        """Fetch no keys yet. `cached` says whether API Gateway caches decisions."""
        self._header, self._clock, self._cached = config.header, clock, cached
        self._issuers = {name: (issuer, keys(issuer)) for name, issuer in config.issuers.items()}
        algorithms = {each for issuer in config.issuers.values() for each in issuer.algorithms}
        self._registry = Registry(algorithms=sorted(algorithms), strict_check_header=False)

    def check(self, request: Request) -> Identity:
        """The caller that the token names.

        Raises `Denied`.
        """
        given = request.header(self._header)
        bearer = _BEARER.fullmatch(given)
        if bearer is None or not _is_canonical(bearer[1]):
            if given[: len(_DPOP)].lower() == _DPOP:
                raise Denied(reasons.PROOF, "DPoP")
            raise Denied(reasons.MALFORMED)
        if not _has_strict_header(bearer[1].partition(".")[0]):
            raise Denied(reasons.MALFORMED)
        parsed: list[tuple[Mapping[str, Any], Issuer, object]] = []

        def key(token: CompactSignature) -> PublicKey:
            # Until the signature is verified, the claims only select the issuer whose key is used.
            claims = _object(token.payload)
            issuer, keys = self._issuer(claims)
            header = token.headers()
            parsed.append((claims, issuer, header.get("typ")))
            return _key(header, issuer, keys, request)

        try:
            # joserfc calls the key function with its own signature object.
            deserialize_compact(bearer[1], key, registry=self._registry)  # pyright: ignore[reportArgumentType]
        except BadSignatureError:
            raise Denied(reasons.SIGNATURE) from None
        except UnsupportedAlgorithmError:
            raise Denied(reasons.ALGORITHM) from None
        except (JoseError, ValueError, TypeError, RecursionError):
            raise Denied(reasons.MALFORMED) from None
        claims, issuer, token_type = parsed[0]
        identity = _identity(claims, issuer, self._clock(), token_type)
        if "cnf" in claims:
            _check_binding(claims["cnf"], request, cached=self._cached)
        return identity

    def _issuer(self, claims: Mapping[str, Any]) -> tuple[Issuer, Keys]:
        name = claims.get("iss")
        if not isinstance(name, str) or name not in self._issuers:
            raise Denied(reasons.ISSUER)
        return self._issuers[name]


def _is_canonical(token: str) -> bool:
    """Whether the signature's last letter has no spare bits; otherwise the same token could be written in 16 ways."""
    rest = (len(token) - token.rindex(".") - 1) % 4
    return rest == 0 or (rest != 1 and token[-1] in _LAST_LETTERS[rest])


_LAST_LETTERS = ("", "", "AQgw", "AEIMQUYcgkosw048")


@lru_cache(maxsize=128)
def _has_strict_header(header: str) -> bool:
    """Whether a header is JSON without repeated names or `NaN`, which joserfc accepts. Tokens of one key share it."""
    try:
        return is_object(parse(urlsafe_b64decode(f"{header}==")))
    except (ValueError, RecursionError):
        return False


def _key(headers: Mapping[str, Any], issuer: Issuer, keys: Keys, request: Request) -> PublicKey:
    algorithm, key_id, token_type = headers.get("alg"), headers.get("kid"), headers.get("typ")
    if not isinstance(algorithm, str) or algorithm not in issuer.algorithms:
        raise Denied(reasons.ALGORITHM)
    if not _KEY_HEADERS.isdisjoint(headers) or "crit" in headers:
        raise Denied(reasons.HEADER)
    allowed = _ACCESS_TOKEN_TYPES if issuer.require_at_jwt else _TYPES
    if (token_type.lower() if isinstance(token_type, str) else token_type) not in allowed:
        raise Denied(reasons.TYPE)
    if not is_name(key_id):
        raise Denied(reasons.KEY_ID)
    return keys.find(key_id, algorithm, request.notices)


def _object(payload: bytes) -> Mapping[str, Any]:
    value = parse(payload)
    if not is_object(value):
        raise Denied(reasons.MALFORMED)
    return value


def _identity(claims: Mapping[str, Any], issuer: Issuer, now: float, token_type: object) -> Identity:
    _check_times(claims, issuer.leeway, now)
    _check_audience(claims, issuer)
    _check_use(claims, issuer, token_type)
    for name, allowed in issuer.required_claims.items():
        value = claims.get(name)
        values = value if is_list(value) else [value]
        # A number is not a boolean, although 1 == True in Python.
        if value is None or (allowed and not any(type(each) in (str, bool) and each in allowed for each in values)):
            raise Denied(reasons.CLAIM, name)
    tenant = claims.get(issuer.tenant_claim) if issuer.tenant_claim else ""
    principal = claims.get(issuer.principal_claim)
    if not is_name(principal):
        raise Denied(reasons.CLAIM, issuer.principal_claim)
    if issuer.tenant_claim and not is_name(tenant):
        raise Denied(reasons.CLAIM, issuer.tenant_claim)
    return Identity(principal, issuer.issuer, _scopes(claims, issuer.scope_claim), str(tenant))


def _check_times(claims: Mapping[str, Any], leeway: int, now: float) -> None:
    expires = claims.get("exp")
    if not _is_time(expires) or expires == 0:
        raise Denied(reasons.CLAIM, "exp")
    if expires <= now - leeway:
        raise Denied(reasons.EXPIRED)
    for name in ("nbf", "iat"):
        if name in claims:
            if not _is_time(claims[name]):
                raise Denied(reasons.CLAIM, name)
            if claims[name] > now + leeway:
                raise Denied(reasons.EARLY, name)


def _is_time(value: object) -> TypeGuard[float]:
    # In Python, a boolean is an int. Some issuers write 0 for a time that they do not know.
    return (type(value) is int or type(value) is float) and 0 <= value < LAST_SECOND


def _check_audience(claims: Mapping[str, Any], issuer: Issuer) -> None:
    if issuer.audiences:
        audience = claims.get("aud")
        several = audience if is_list(audience) else [audience]
        if not several or not all(isinstance(each, str) for each in several) or issuer.audiences.isdisjoint(several):
            raise Denied(reasons.AUDIENCE)
    if issuer.client_ids:
        client = claims.get("client_id", claims.get("azp"))
        if not isinstance(client, str) or client not in issuer.client_ids:
            raise Denied(reasons.CLIENT)


def _check_use(claims: Mapping[str, Any], issuer: Issuer, token_type: object) -> None:
    """Distinguish access tokens from ID tokens by the signs of either; Cognito always names the use.

    `token_type` is the `typ` of the token's header, which may name the use of an access token.
    """
    if "events" in claims:
        # A logout token or another security event: https://openid.net/specs/openid-connect-backchannel-1_0.html
        raise Denied(reasons.USE, "events")
    use, claimed_type = claims.get("token_use"), claims.get("typ")
    allowed = _USES[issuer.token_use]
    if use is None and is_cognito(issuer.issuer):
        raise Denied(reasons.USE)
    for named in (use, claimed_type):
        if named is not None and (not isinstance(named, str) or named.lower() not in allowed):
            raise Denied(reasons.USE)
    is_named = use is not None or claimed_type is not None
    if "access" in allowed:
        _check_no_id_token(claims, issuer, is_named=is_named or _is_access_type(token_type))
    elif _is_access_type(token_type):
        raise Denied(reasons.USE, "typ")
    elif not is_named:
        # The claim from which the operator reads scopes is no sign.
        for name in _ACCESS_CLAIMS:
            if claims.get(name) and name != issuer.scope_claim:
                raise Denied(reasons.USE, name)


def _is_access_type(token_type: object) -> bool:
    return isinstance(token_type, str) and token_type.lower() in _ACCESS_TOKEN_TYPES


def _check_no_id_token(claims: Mapping[str, Any], issuer: Issuer, *, is_named: bool) -> None:
    for name in _ID_TOKEN_CLAIMS:
        if name in claims:
            raise Denied(reasons.USE, name)
    # Some issuers copy the nonce into access tokens, and then name the use.
    if "nonce" in claims and not is_named:
        raise Denied(reasons.USE, "nonce")
    if _has_access_claim(claims, issuer):
        return
    for name in _SIGN_IN_CLAIMS:
        if name in claims:
            raise Denied(reasons.USE, name)
    # An ID token is issued to its own audience (`azp`).
    if not is_named and "azp" in claims and claims["azp"] in _listed(claims.get("aud")):
        raise Denied(reasons.USE, "azp")


def _has_access_claim(claims: Mapping[str, Any], issuer: Issuer) -> bool:
    """Whether a token has a scope, a client id, or another claim of access tokens. An empty one is no sign."""
    for name in _ACCESS_CLAIMS:
        if claims.get(name):
            return True
    return bool(claims.get(issuer.scope_claim))


def _listed(value: object) -> list[Any]:
    return value if is_list(value) else [value]


def _check_binding(confirmation: object, request: Request, *, cached: bool) -> None:
    """Check that a token bound to a client certificate comes over a connection with that certificate (RFC 8705).

    A token bound in another way (RFC 7800), such as DPoP, is denied. So is every bound token if API Gateway caches
    decisions: the certificate is not part of the cache's key, so another caller could use the cached decision.
    """
    if not is_object(confirmation) or set(confirmation) != {"x5t#S256"} or cached or request.token:
        raise Denied(reasons.PROOF, "cnf")
    from .client_certificates import fingerprint  # imported here because few tokens are bound

    try:
        sent = fingerprint(str(request.certificate().get("clientCertPem")))
    except Denied:
        raise Denied(reasons.BINDING) from None
    if confirmation["x5t#S256"] != urlsafe_b64encode(sent).rstrip(b"=").decode():
        raise Denied(reasons.BINDING)


def _scopes(claims: Mapping[str, Any], name: str) -> frozenset[str]:
    given = claims.get(name) if name else claims.get("scope", claims.get("scp"))
    if isinstance(given, str):
        return _split(given)
    if given is None:
        return frozenset()
    if not is_list(given):
        raise Denied(reasons.CLAIM, name or "scope")
    return frozenset(each for each in given if isinstance(each, str) and _is_scope(each))


def _is_scope(value: str) -> bool:
    """Whether a string has only the characters that RFC 6749 allows in a scope."""
    return value.isascii() and is_name(value) and not {" ", '"', "\\"} & set(value)


@lru_cache(maxsize=1_024)
def _split(scope: str) -> frozenset[str]:
    return frozenset(each for each in scope.split(" ") if _is_scope(each))
