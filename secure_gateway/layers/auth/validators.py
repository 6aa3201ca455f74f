"""Args of what a built-in authorizer checks, and their form in the function's configuration."""

import re
from collections.abc import Mapping
from typing import Any, Required, TypedDict

import pulumi

from ...authorizer.config import ALGORITHMS, FINGERPRINT, HEADER, STORE, is_url
from ...authorizer.shapes import is_strings
from ...validation.arns import check_user_pool
from ...validation.problems import Shown, join, spell
from ...validation.reader import Reader, described, is_object


class JwtIssuerArgs(TypedDict, total=False):
    """Whose tokens are taken: `issuer` or `user_pool_arn`, and `audiences`, `client_ids` or both."""

    issuer: pulumi.Input[str]
    """The `iss` of its tokens, letter by letter: an `https` URL."""

    user_pool_arn: pulumi.Input[str]
    """ARN of a Cognito user pool, in place of `issuer`."""

    jwks_url: str
    """Where its keys are, `https`. Defaults to what its discovery document says, and for Cognito to the pool's."""

    audiences: list[pulumi.Input[str]]
    """Values of `aud` of which a token must hold one. Cognito's access tokens have no `aud`: give `client_ids`."""

    client_ids: list[pulumi.Input[str]]
    """Values of which a token's `client_id` (or `azp`) must be one."""

    token_use: str
    """`access` or `id`. Defaults to `access`."""

    algorithms: list[str]
    """Signature algorithms: of `RS256`, `PS256`, `ES256`, `EdDSA`, `Ed25519`. Defaults to `RS256` alone."""

    required_claims: dict[str, list[str]]
    """Claims that must be there, each with the values of which it must hold one. Defaults to none."""

    leeway_seconds: int
    """Seconds by which clocks may differ, 0 to 60. Defaults to 30."""

    principal_claim: str
    """The claim that names the caller. Defaults to `sub`."""

    scope_claim: str
    """The claim with the scopes, such as `cognito:groups`. Defaults to `scope`, else `scp`."""

    tenant_claim: str
    """A claim that is handed to the integration as `tenant`; it must be there. Defaults to none."""

    keys_fresh_seconds: int
    """Seconds after which the keys are fetched again, 300 to 7,200. Defaults to 900."""

    keys_stale_seconds: int
    """Seconds longer that they are used while the issuer does not answer, 0 to 86,400. Defaults to 3,600."""


class JwtValidatorArgs(TypedDict, total=False):
    """JSON Web Tokens: `Bearer <token>` in a header."""

    issuers: Required[list[JwtIssuerArgs]]
    """Whose tokens are taken."""

    header: str
    """The header's name in lower case. Defaults to `authorization`."""


class ApiKeyValidatorArgs(TypedDict, total=False):
    """API keys of `python -m secure_gateway.authorizer new-key`, known by their salted hashes."""

    store: Required[pulumi.Input[str]]
    """ARN of a Secrets Manager secret, or of an SSM parameter: `{"keys": {...}}`."""

    header: str
    """The header's name in lower case. Defaults to `x-api-key`."""

    refresh_seconds: int
    """Seconds after which the store is read again, 10 to 3,600. Defaults to 300."""


class SharedSecretValidatorArgs(TypedDict, total=False):
    """A secret that a CDN or a proxy in front adds as a header."""

    store: Required[pulumi.Input[str]]
    """ARN of a Secrets Manager secret, or of an SSM parameter: `{"secrets": ["current", "previous"]}`."""

    header: str
    """The header's name in lower case. Defaults to `x-origin-secret`."""

    refresh_seconds: int
    """Seconds after which the store is read again, 10 to 3,600. Defaults to 300."""


class SignatureValidatorArgs(TypedDict, total=False):
    """Requests signed with HMAC-SHA256."""

    store: Required[pulumi.Input[str]]
    """ARN of a Secrets Manager secret, or of an SSM parameter: `{"clients": {"<id>": {"secrets": [...]}}}`."""

    header: str
    """The header's name in lower case. Defaults to `x-signature`."""

    refresh_seconds: int
    """Seconds after which the store is read again, 10 to 3,600. Defaults to 300."""

    window_seconds: int
    """Seconds by which a signature's time may differ from ours, 10 to 900. Defaults to 300."""


class ClientCertificateValidatorArgs(TypedDict, total=False):
    """Client certificates of mutual TLS: `subjects`, `fingerprints` or both. Needs `tls.mutual_tls`."""

    subjects: list[str]
    """Distinguished names, as API Gateway writes them in `subjectDN`. Defaults to any."""

    issuers: list[str]
    """Distinguished names of the issuing authorities (`issuerDN`). Defaults to all of the truststore."""

    fingerprints: list[str]
    """SHA-256 of certificates (DER), 64 lower-case hexadecimal digits. Defaults to any."""


class ValidatorArgs(TypedDict, total=False):
    """One credential that is checked: exactly one of these."""

    jwt: JwtValidatorArgs
    """JSON Web Tokens."""

    api_key: ApiKeyValidatorArgs
    """API keys of high entropy."""

    shared_secret: SharedSecretValidatorArgs
    """A header that only a proxy in front can set."""

    signature: SignatureValidatorArgs
    """Signed requests."""

    client_certificate: ClientCertificateValidatorArgs
    """Client certificates."""


def read_validator(reader: Reader, name: str) -> Mapping[str, Any]:
    """A validator as the configuration has it, Outputs at the leaves; mistakes are noted."""
    if not re.fullmatch(r"[A-Za-z0-9_]{1,64}", name):
        reader.problems.add(reader.path, given=name, allowed="a name of letters, digits and `_`")
    reader.exactly_one("jwt", "api_key", "shared_secret", "signature", "client_certificate")
    if jwt := reader.child("jwt", JwtValidatorArgs):
        issuers = [_issuer(each) for each in jwt.children("issuers", JwtIssuerArgs)]
        if not issuers and jwt.has("issuers"):
            jwt.refuse("issuers", "at least one")
        return {"jwt": {"header": _header_name(jwt, "authorization"), "issuers": issuers}}
    if key := reader.child("api_key", ApiKeyValidatorArgs):
        return {"api_key": _stored(key, "x-api-key")}
    if secret := reader.child("shared_secret", SharedSecretValidatorArgs):
        return {"shared_secret": _stored(secret, "x-origin-secret")}
    if signature := reader.child("signature", SignatureValidatorArgs):
        window = signature.integer("window_seconds", 300, low=10, high=900, unit="seconds")
        return {"signature": {**_stored(signature, "x-signature"), "window_seconds": window}}
    certificate = reader.child("client_certificate", ClientCertificateValidatorArgs)
    return {"client_certificate": _certificates(certificate) if certificate else {}}


def _issuer(reader: Reader) -> Mapping[str, Any]:
    reader.exactly_one("issuer", "user_pool_arn")
    pool = reader.leaf("user_pool_arn", check=check_user_pool)
    issuer = reader.leaf("issuer", check=_check_url)
    audiences, clients = reader.leaves("audiences"), reader.leaves("client_ids")
    if not audiences and not clients:
        given = Shown(f"no {spell('audiences')} and no {spell('client_ids')}")
        reader.problems.add(reader.path, given=given, allowed="one of them: else a token for any application passes")
    jwks = reader.text("jwks_url")
    if jwks and _check_url(jwks):
        reader.refuse("jwks_url", _URL)
    whole: dict[str, Any] = {
        "issuer": issuer if pool is None else _pool_issuer(pool),
        "jwks_url": jwks,
        "audiences": list(audiences),
        "client_ids": list(clients),
        "token_use": reader.text("token_use", "access", choices=("access", "id")),
        "algorithms": list(reader.texts("algorithms", ("RS256",), choices=ALGORITHMS)) or ["RS256"],
        "required_claims": {key: list(each) for key, each in _claims(reader).items()},
        "leeway_seconds": reader.integer("leeway_seconds", 30, low=0, high=60, unit="seconds"),
        "principal_claim": reader.text("principal_claim", "sub"),
        "scope_claim": reader.text("scope_claim"),
        "tenant_claim": reader.text("tenant_claim"),
        "keys_fresh_seconds": reader.integer("keys_fresh_seconds", 900, low=300, high=7_200, unit="seconds"),
        "keys_stale_seconds": reader.integer("keys_stale_seconds", 3_600, low=0, high=86_400, unit="seconds"),
    }
    # What is empty, or what the function takes for granted, needs no room in its environment.
    usual = {"token_use": "access", "leeway_seconds": 30, "principal_claim": "sub", "keys_fresh_seconds": 900}
    usual |= {"keys_stale_seconds": 3_600}
    return {key: each for key, each in whole.items() if isinstance(each, pulumi.Output) or _told(each, usual.get(key))}


def _told(value: Any, usual: Any) -> bool:
    return value != usual and value not in ("", [], {}, None)


def _claims(reader: Reader) -> Mapping[str, tuple[str, ...]]:
    """Claims with their values; an empty list asks for presence alone."""
    given, place = reader.free("required_claims"), reader.at("required_claims")
    if given is not None and not is_object(given):
        reader.refuse("required_claims", "an object by claim")
    read: dict[str, tuple[str, ...]] = {}
    for name, values in given.items() if is_object(given) else ():
        if is_strings(values) and "" not in values:
            read[name] = tuple(values)
        else:
            reader.problems.add(join(place, name), given=described(values), allowed="a list of texts")
    return read


def _pool_issuer(pool: pulumi.Input[str]) -> pulumi.Input[str]:
    def issuer(arn: str) -> str:
        _, partition, _, region, _, name = arn.split(":", 5)
        suffix = "amazonaws.com.cn" if partition == "aws-cn" else "amazonaws.com"
        return f"https://cognito-idp.{region}.{suffix}/{name.removeprefix('userpool/')}"

    return issuer(pool) if isinstance(pool, str) else pulumi.Output.from_input(pool).apply(issuer)


def _stored(reader: Reader, header: str) -> Mapping[str, Any]:
    return {
        "header": _header_name(reader, header),
        "store": reader.leaf("store", check=_check_store),
        "refresh_seconds": reader.integer("refresh_seconds", 300, low=10, high=3_600, unit="seconds"),
    }


def _certificates(reader: Reader) -> Mapping[str, Any]:
    prints = reader.texts("fingerprints", check=_check_print)
    lists = {"subjects": reader.texts("subjects"), "issuers": reader.texts("issuers"), "fingerprints": prints}
    if not lists["subjects"] and not prints:
        given = Shown(f"no {spell('subjects')} and no {spell('fingerprints')}")
        reader.problems.add(reader.path, given=given, allowed="one of them")
    return {key: list(each) for key, each in lists.items() if each}


def _header_name(reader: Reader, default: str) -> str:
    return reader.text("header", default, pattern=HEADER, allowed="a header's name in lower case")


_URL = "an https:// URL without user, query and fragment"


def _check_url(url: str) -> str | None:
    return None if is_url(url) else _URL


def _check_store(arn: str) -> str | None:
    return None if re.fullmatch(STORE, arn) else "the ARN of a Secrets Manager secret or of an SSM parameter"


def _check_print(text: str) -> str | None:
    return None if re.fullmatch(FINGERPRINT, text) else "SHA-256 as 64 lower-case hexadecimal digits"
