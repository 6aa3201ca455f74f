"""Args of what a built-in authorizer checks, and their form in the function's configuration."""

import calendar
import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Required, TypedDict

import pulumi

from ...authorizer.config import ALGORITHMS, FINGERPRINT, HEADER, HOST, MOST_HOSTS, STALE_SECONDS, STORE, is_url
from ...validation.arns import check_user_pool
from ...validation.problems import alternatives, join
from ...validation.reader import Reader, is_list, is_object, matching


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

    require_at_jwt: bool
    """Whether the token's header must have `typ` `at+jwt` (RFC 9068). Not for ID tokens. Defaults to false."""

    required_claims: dict[str, list[Any]]
    """Claims that must be present, each with the values (strings or booleans) of which it must have one; an empty list
    accepts any value. Defaults to none."""

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
    """Seconds for which they are used longer while the issuer is down, 0 to 86,400. An issuer that publishes no key is
    not down: access then ends at the next fetch. Defaults to 3,600."""


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

    stale_seconds: int
    """Seconds for which the store's last document is used longer while the store is down, 0 to 86,400. A store that is
    deleted, forbidden or invalid is not down: access then ends at the next refresh. Defaults to 3,600."""


class SharedSecretValidatorArgs(TypedDict, total=False):
    """A secret that a CDN or a proxy in front adds as a header."""

    store: Required[pulumi.Input[str]]
    """ARN of a Secrets Manager secret, or of an SSM parameter: `{"secrets": ["current", "previous"]}`."""

    header: str
    """The header's name in lower case. Defaults to `x-origin-secret`."""

    refresh_seconds: int
    """Seconds after which the store is read again, 10 to 3,600. Defaults to 300."""

    stale_seconds: int
    """Seconds for which the store's last document is used longer while the store is down, 0 to 86,400. A store that is
    deleted, forbidden or invalid is not down: access then ends at the next refresh. Defaults to 3,600."""


class SignatureValidatorArgs(TypedDict, total=False):
    """Requests signed with HMAC-SHA256."""

    store: Required[pulumi.Input[str]]
    """ARN of a Secrets Manager secret, or of an SSM parameter: `{"clients": {"<id>": {"secrets": [...]}}}`."""

    header: str
    """The header's name in lower case. Defaults to `x-signature`."""

    refresh_seconds: int
    """Seconds after which the store is read again, 10 to 3,600. Defaults to 300."""

    stale_seconds: int
    """Seconds for which the store's last document is used longer while the store is down, 0 to 86,400. A store that is
    deleted, forbidden or invalid is not down: access then ends at the next refresh. Defaults to 3,600."""

    window_seconds: int
    """Seconds by which a signature's time may differ from ours, 10 to 900. Defaults to 300."""

    hosts: list[str]
    """Host names that clients may sign, at most five, such as the name of a CDN in front. Defaults to the host name
    that API Gateway received."""

    signed_headers: list[str]
    """Headers that a signature must cover if the request has them, in lower case. Defaults to none."""

    accept_v1_until: str
    """Last day (UTC, `YYYY-MM-DD`) on which signatures of version 1 are accepted, which cover neither host, API, stage
    nor headers. Defaults to never."""


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
        reader.problems.reject(reader.path, name, "is not a name of letters, digits and underscores")
    reader.exactly_one("jwt", "api_key", "shared_secret", "signature", "client_certificate")
    if jwt := reader.child("jwt", JwtValidatorArgs):
        issuers = [_issuer(each) for each in jwt.children("issuers", JwtIssuerArgs)]
        if not issuers and jwt.has("issuers"):
            jwt.add("issuers", "must list at least one issuer")
        return {"jwt": {"header": _header_name(jwt, "authorization"), "issuers": issuers}}
    if key := reader.child("api_key", ApiKeyValidatorArgs):
        return {"api_key": _stored(key, "x-api-key")}
    if secret := reader.child("shared_secret", SharedSecretValidatorArgs):
        return {"shared_secret": _stored(secret, "x-origin-secret")}
    if signature := reader.child("signature", SignatureValidatorArgs):
        return {"signature": _signature(signature)}
    certificate = reader.child("client_certificate", ClientCertificateValidatorArgs)
    return {"client_certificate": _certificates(certificate) if certificate else {}}


def _issuer(reader: Reader) -> Mapping[str, Any]:
    reader.exactly_one("issuer", "user_pool_arn")
    pool = reader.leaf("user_pool_arn", check=check_user_pool)
    issuer = reader.leaf("issuer", check=_check_url)
    audiences, clients = reader.leaves("audiences"), reader.leaves("client_ids")
    if not audiences and not clients:
        who = alternatives(("audiences", "client_ids"))
        reader.problems.add(reader.path, f"requires {who}: otherwise a token for any application passes")
    jwks = reader.string("jwks_url")
    if jwks and (wrong := _check_url(jwks)):
        reader.reject("jwks_url", wrong)
    whole: dict[str, Any] = {
        "issuer": issuer if pool is None else _pool_issuer(pool),
        "jwks_url": jwks,
        "audiences": list(audiences),
        "client_ids": list(clients),
        "token_use": reader.string("token_use", "access", choices=("access", "id")),
        "require_at_jwt": reader.boolean("require_at_jwt", default=False),
        "algorithms": list(reader.strings("algorithms", ("RS256",), choices=ALGORITHMS)) or ["RS256"],
        "required_claims": {key: list(each) for key, each in _claims(reader).items()},
        "leeway_seconds": reader.integer("leeway_seconds", 30, low=0, high=60, unit="seconds"),
        "principal_claim": reader.string("principal_claim", "sub"),
        "scope_claim": reader.string("scope_claim"),
        "tenant_claim": reader.string("tenant_claim"),
        "keys_fresh_seconds": reader.integer("keys_fresh_seconds", 900, low=300, high=7_200, unit="seconds"),
        "keys_stale_seconds": reader.integer("keys_stale_seconds", STALE_SECONDS, low=0, high=86_400, unit="seconds"),
    }
    if whole["require_at_jwt"] and whole["token_use"] != "access":  # noqa: S105 - the use of a token
        reader.add("require_at_jwt", "must be false for ID tokens, which have another type")
    # What is empty, or what the function takes for granted, needs no room in its environment.
    usual = {
        "token_use": "access",
        "require_at_jwt": False,
        "leeway_seconds": 30,
        "principal_claim": "sub",
        "keys_fresh_seconds": 900,
    }
    usual |= {"keys_stale_seconds": STALE_SECONDS}
    return {key: each for key, each in whole.items() if isinstance(each, pulumi.Output) or _told(each, usual.get(key))}


def _told(value: Any, usual: Any) -> bool:
    return value != usual and value not in ("", [], {}, None)


def _claims(reader: Reader) -> Mapping[str, tuple[str | bool, ...]]:
    """Claims with their values; an empty list accepts any value."""
    given, place = reader.free("required_claims"), reader.at("required_claims")
    if given is not None and not is_object(given):
        reader.mismatch("required_claims", "a map from claims to lists of strings and booleans")
    read: dict[str, tuple[str | bool, ...]] = {}
    for name, values in given.items() if is_object(given) else ():
        if is_list(values) and all(type(each) is bool or (isinstance(each, str) and each) for each in values):
            read[name] = tuple(values)
        else:
            reader.problems.mismatch(join(place, name), "a list of strings and booleans", values)
    return read


def _pool_issuer(pool: pulumi.Input[str]) -> pulumi.Input[str]:
    def issuer(arn: str) -> str:
        _, partition, _, region, _, name = arn.split(":", 5)
        suffix = "amazonaws.com.cn" if partition == "aws-cn" else "amazonaws.com"
        return f"https://cognito-idp.{region}.{suffix}/{name.removeprefix('userpool/')}"

    return issuer(pool) if isinstance(pool, str) else pulumi.Output.from_input(pool).apply(issuer)


def _stored(reader: Reader, header: str) -> dict[str, Any]:
    stale = reader.integer("stale_seconds", STALE_SECONDS, low=0, high=86_400, unit="seconds")
    return {
        "header": _header_name(reader, header),
        "store": reader.leaf("store", check=_check_store),
        "refresh_seconds": reader.integer("refresh_seconds", 300, low=10, high=3_600, unit="seconds"),
        **({"stale_seconds": stale} if stale != STALE_SECONDS else {}),
    }


def _signature(reader: Reader) -> Mapping[str, Any]:
    hosts = reader.strings("hosts", check=matching(HOST, "a host name in lower case"))
    if len(hosts) > MOST_HOSTS:
        reader.add("hosts", f"lists {len(hosts)} host names, but at most {MOST_HOSTS} are allowed")
    headers = reader.strings("signed_headers", check=matching(HEADER, "the name of a header in lower case"))
    until = _end_of_day(reader, "accept_v1_until")
    optional = {"hosts": list(hosts), "signed_headers": list(headers), "v1_until": until}
    return {
        **_stored(reader, "x-signature"),
        "window_seconds": reader.integer("window_seconds", 300, low=10, high=900, unit="seconds"),
        **{name: each for name, each in optional.items() if each},
    }


_YEARS = range(2_000, 2_100)
"""A year outside is a typing error."""


def _end_of_day(reader: Reader, name: str) -> int:
    """Unix seconds at which a day ends in UTC; 0 if none is given."""
    given = reader.string(name)
    try:
        day = date.fromisoformat(given) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", given, re.ASCII) else None
    except ValueError:
        day = None
    if day is not None and day.year in _YEARS:
        return calendar.timegm((day + timedelta(days=1)).timetuple())
    if given:
        reader.reject(name, "is not a date such as 2027-06-30")
    return 0


def _certificates(reader: Reader) -> Mapping[str, Any]:
    prints = reader.strings("fingerprints", check=_check_print)
    lists = {"subjects": reader.strings("subjects"), "issuers": reader.strings("issuers"), "fingerprints": prints}
    if not lists["subjects"] and not prints:
        reader.problems.add(reader.path, f"requires {alternatives(('subjects', 'fingerprints'))}")
    return {key: list(each) for key, each in lists.items() if each}


def _header_name(reader: Reader, default: str) -> str:
    return reader.string("header", default, pattern=HEADER, expected="the name of a header in lower case")


def _check_url(url: str) -> str | None:
    return None if is_url(url) else "is not an https:// URL without a user, a query and a fragment"


_check_store = matching(STORE, "the ARN of a Secrets Manager secret or of an SSM parameter")
_check_print = matching(FINGERPRINT, "a SHA-256 digest of 64 lower-case hexadecimal digits")
