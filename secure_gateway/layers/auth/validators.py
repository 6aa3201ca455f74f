"""Args of the validators of a built-in authorizer, and their form in the function's configuration."""

import calendar
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final, Required, TypedDict, get_args

import pulumi

from ...authorizer.config import ALGORITHMS, FINGERPRINT, HEADER, HOST, MOST_HOSTS, STALE_SECONDS, STORE, is_url
from ...choices import TokenAlgorithm, TokenUse
from ...validation.arns import check_user_pool
from ...validation.fields import (
    boolean,
    custom,
    leaf,
    leaves,
    options,
    parses,
    required_leaf,
    string,
    strings,
    whole_number,
)
from ...validation.outputs import given as given_output
from ...validation.problems import alternatives, join
from ...validation.reader import Reader, is_list, is_object, matching


def _check_url(url: str) -> str | None:
    return None if is_url(url) else "is not an https:// URL without a user, a query and a fragment"


_check_store = matching(STORE, "the ARN of a Secrets Manager secret or of an SSM parameter")
_check_print = matching(FINGERPRINT, "a SHA-256 digest of 64 lower-case hexadecimal digits")


class JwtIssuerArgs(TypedDict, total=False):
    """An issuer whose tokens are accepted: `issuer` or `user_pool_arn`, and `audiences`, `client_ids` or both."""

    issuer: pulumi.Input[str]
    """The `iss` claim of its tokens, which must match exactly: an `https` URL. Defaults to none."""

    user_pool_arn: pulumi.Input[str]
    """ARN of a Cognito user pool, instead of `issuer`. Defaults to none."""

    jwks_url: str
    """`https` URL of its keys. Defaults to the one in its discovery document; for Cognito, the pool's."""

    audiences: Sequence[pulumi.Input[str]]
    """Values of `aud` of which a token must have one. Cognito's access tokens have no `aud`: use `client_ids`. Defaults
    to none."""

    client_ids: Sequence[pulumi.Input[str]]
    """Values of which a token's `client_id` (or `azp`) must be one. Defaults to none."""

    token_use: TokenUse
    """Whether the issuer's access tokens or its ID tokens are accepted."""

    algorithms: Sequence[TokenAlgorithm]
    """Signature algorithms that are accepted."""

    require_at_jwt: bool
    """Whether the token's header must have `typ` `at+jwt` (RFC 9068). Not for ID tokens."""

    required_claims: Mapping[str, list[Any]]
    """Claims that must be present, each with the values (strings or booleans) of which it must have one; an empty list
    accepts any value. Defaults to none."""

    leeway_seconds: int
    """How much clocks may differ."""

    principal_claim: str
    """The claim that names the caller."""

    scope_claim: str
    """The claim with the scopes, such as `cognito:groups`. Defaults to `scope`, or else `scp`."""

    tenant_claim: str
    """A claim that is passed to the integration as `tenant`; the token must have it. Defaults to none."""

    keys_fresh_seconds: int
    """How long the keys are used before they are fetched again."""

    keys_stale_seconds: int
    """How long they may be used after that while the issuer is unavailable. An issuer that publishes no key does not
    count as unavailable: access then ends at the next fetch."""


class JwtValidatorArgs(TypedDict, total=False):
    """JSON Web Tokens: `Bearer <token>` in a header."""

    issuers: Required[Sequence[JwtIssuerArgs]]
    """The issuers whose tokens are accepted."""

    header: str
    """The header's name in lower case."""


class ApiKeyValidatorArgs(TypedDict, total=False):
    """API keys of `python -m secure_gateway.authorizer new-key`, stored as salted hashes."""

    store: Required[pulumi.Input[str]]
    """ARN of a Secrets Manager secret, or of an SSM parameter: `{"keys": {...}}`."""

    header: str
    """The header's name in lower case."""

    refresh_seconds: int
    """How long the store's document is used before it is read again."""

    stale_seconds: int
    """How long the store's last document may be used after that while the store is unavailable. A store that
    is deleted, forbidden or invalid does not count as unavailable: access then ends at the next refresh."""


class SharedSecretValidatorArgs(TypedDict, total=False):
    """A secret that a CDN or a proxy in front adds as a header."""

    store: Required[pulumi.Input[str]]
    """ARN of a Secrets Manager secret, or of an SSM parameter: `{"secrets": ["current", "previous"]}`."""

    header: str
    """The header's name in lower case."""

    refresh_seconds: int
    """How long the store's document is used before it is read again."""

    stale_seconds: int
    """How long the store's last document may be used after that while the store is unavailable. A store that
    is deleted, forbidden or invalid does not count as unavailable: access then ends at the next refresh."""


class SignatureValidatorArgs(TypedDict, total=False):
    """Requests signed with HMAC-SHA256."""

    store: Required[pulumi.Input[str]]
    """ARN of a Secrets Manager secret, or of an SSM parameter: `{"clients": {"<id>": {"secrets": [...]}}}`."""

    header: str
    """The header's name in lower case."""

    refresh_seconds: int
    """How long the store's document is used before it is read again."""

    stale_seconds: int
    """How long the store's last document may be used after that while the store is unavailable. A store that
    is deleted, forbidden or invalid does not count as unavailable: access then ends at the next refresh."""

    window_seconds: int
    """How much a signature's time may differ from the authorizer's clock."""

    hosts: list[str]
    """Host names that clients may sign, such as the name of a CDN in front. Defaults to the host name that API Gateway
    received."""

    signed_headers: list[str]
    """Headers, in lower case, that a signature must cover if the request has them. Defaults to none."""

    accept_v1_until: str
    """Last day (UTC, `YYYY-MM-DD`) on which signatures of version 1 are accepted, which do not cover host, API,
    stage or headers. Defaults to never."""


class ClientCertificateValidatorArgs(TypedDict, total=False):
    """Client certificates of mutual TLS: `subjects`, `fingerprints` or both. Requires `tls.mutual_tls`."""

    subjects: list[str]
    """Distinguished names, as API Gateway writes them in `subjectDN`. Defaults to any."""

    issuers: list[str]
    """Distinguished names of the issuing authorities (`issuerDN`). Defaults to all of the truststore."""

    fingerprints: list[str]
    """SHA-256 digests of certificates (DER), 64 lower-case hexadecimal digits. Defaults to any."""


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


def _header_name(default: str) -> str:
    """Declare the name of the header that holds a credential."""
    return string(default, pattern=HEADER, expected="the name of a header in lower case")


_YEARS = range(2_000, 2_100)
"""A year outside is a typing error."""


def _end_of_day(reader: Reader, name: str) -> int | None:
    """Unix seconds at which a day ends in UTC; none if no day is given."""
    given = reader.string(name)
    try:
        day = date.fromisoformat(given) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", given, re.ASCII) else None
    except ValueError:
        day = None
    if day is not None and day.year in _YEARS:
        return calendar.timegm((day + timedelta(days=1)).timetuple())
    if given:
        reader.reject(name, "is not a date such as 2027-06-30")
    return None


def _url(reader: Reader, name: str) -> str:
    given = reader.string(name)
    if given and (wrong := _check_url(given)):
        reader.reject(name, wrong)
    return given


def _algorithms(reader: Reader, name: str) -> tuple[str, ...]:
    return reader.strings(name, _ALGORITHMS, choices=ALGORITHMS) or _ALGORITHMS


_ALGORITHMS = ("RS256",)


@parses(JwtIssuerArgs)
@dataclass(frozen=True, kw_only=True)
class IssuerSpec:
    """`JwtIssuerArgs`, validated, with defaults filled in."""

    issuer: pulumi.Input[str] | None = leaf(check=_check_url, values="`https` URL")
    user_pool_arn: pulumi.Input[str] | None = leaf(check=check_user_pool, values="ARN")
    jwks_url: str = custom("", values="`https` URL", reading=_url)
    audiences: tuple[pulumi.Input[str], ...] = leaves()
    client_ids: tuple[pulumi.Input[str], ...] = leaves()
    token_use: str = string("access", choices=get_args(TokenUse))
    require_at_jwt: bool = boolean(default=False)
    algorithms: tuple[str, ...] = custom(
        _ALGORITHMS, values=", ".join(f"`{each}`" for each in ALGORITHMS), reading=_algorithms
    )
    required_claims: Mapping[str, tuple[str | bool, ...]]
    leeway_seconds: int = whole_number(30, low=0, high=60, unit="seconds")
    principal_claim: str = string("sub")
    scope_claim: str = string()
    tenant_claim: str = string()
    keys_fresh_seconds: int = whole_number(900, low=300, high=7_200, unit="seconds")
    keys_stale_seconds: int = whole_number(STALE_SECONDS, low=0, high=86_400, unit="seconds")

    @classmethod
    def parse(cls, reader: Reader) -> "IssuerSpec":
        """Check that the issuer, and the applications that it issues tokens for, are named."""
        spec = cls(**options(cls, reader), required_claims=_claims(reader))
        reader.exactly_one("issuer", "user_pool_arn")
        if not spec.audiences and not spec.client_ids:
            who = alternatives(("audiences", "client_ids"))
            reader.problems.add(reader.path, f"requires {who}: otherwise a token for any application passes")
        if spec.require_at_jwt and spec.token_use != "access":  # noqa: S105 - the use of a token
            reader.add("require_at_jwt", "must be false for ID tokens, which have another type")
        return spec

    def document(self) -> Mapping[str, Any]:
        """The issuer in the function's configuration, without what the function assumes by default, to save space."""
        pool = self.user_pool_arn
        whole: dict[str, Any] = {
            "issuer": self.issuer if pool is None else _pool_issuer(pool),
            "audiences": list(self.audiences),
            "client_ids": list(self.client_ids),
            "algorithms": list(self.algorithms),
            "required_claims": {key: list(each) for key, each in self.required_claims.items()},
            **{name: getattr(self, name) for name in _ASSUMED if getattr(self, name) != getattr(type(self), name)},
        }
        return {key: each for key, each in whole.items() if isinstance(each, pulumi.Output) or each not in _EMPTY}


_EMPTY: Final[tuple[object, ...]] = ("", [], {}, None)
_ASSUMED = (
    *("jwks_url", "token_use", "require_at_jwt", "leeway_seconds", "principal_claim", "scope_claim", "tenant_claim"),
    *("keys_fresh_seconds", "keys_stale_seconds"),
)
"""Fields of an issuer whose defaults the function assumes."""


@parses(JwtValidatorArgs)
@dataclass(frozen=True, kw_only=True)
class JwtSpec:
    """`JwtValidatorArgs`, validated, with defaults filled in."""

    issuers: tuple[IssuerSpec, ...]
    header: str = _header_name("authorization")

    @classmethod
    def parse(cls, reader: Reader) -> "JwtSpec":
        """Parse the issuers, of which there must be one."""
        issuers = tuple(IssuerSpec.parse(each) for each in reader.children("issuers", JwtIssuerArgs))
        if not issuers and reader.has("issuers"):
            reader.add("issuers", "must list at least one issuer")
        return cls(**options(cls, reader), issuers=issuers)

    def document(self) -> Mapping[str, Any]:
        """The validator in the function's configuration."""
        return {"header": self.header, "issuers": [each.document() for each in self.issuers]}


@dataclass(frozen=True, kw_only=True)
class _Stored:
    """A validator that reads a store."""

    header: str
    store: pulumi.Input[str] = required_leaf(check=_check_store, values="ARN")
    refresh_seconds: int = whole_number(300, low=10, high=3_600, unit="seconds")
    stale_seconds: int = whole_number(STALE_SECONDS, low=0, high=86_400, unit="seconds")

    def document(self) -> dict[str, Any]:
        """The validator in the function's configuration."""
        stale = {} if self.stale_seconds == STALE_SECONDS else {"stale_seconds": self.stale_seconds}
        return {"header": self.header, "store": self.store or None, "refresh_seconds": self.refresh_seconds, **stale}


def _stored(cls: type[_Stored], reader: Reader) -> dict[str, Any]:
    """The options of a validator that reads a store."""
    plain = options(cls, reader)
    store: pulumi.Input[str] = plain["store"]
    if isinstance(store, pulumi.Output):
        plain["store"] = given_output(store, reader.at("store"), "arn", _A_STORE)
    return plain


_A_STORE = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:partners-a1b2c3"


@parses(ApiKeyValidatorArgs)
@dataclass(frozen=True, kw_only=True)
class ApiKeySpec(_Stored):
    """`ApiKeyValidatorArgs`, validated, with defaults filled in."""

    header: str = _header_name("x-api-key")


@parses(SharedSecretValidatorArgs)
@dataclass(frozen=True, kw_only=True)
class SharedSecretSpec(_Stored):
    """`SharedSecretValidatorArgs`, validated, with defaults filled in."""

    header: str = _header_name("x-origin-secret")


@parses(SignatureValidatorArgs)
@dataclass(frozen=True, kw_only=True)
class SignatureSpec(_Stored):
    """`SignatureValidatorArgs`, validated, with defaults filled in."""

    header: str = _header_name("x-signature")
    window_seconds: int = whole_number(300, low=10, high=900, unit="seconds")
    hosts: tuple[str, ...] = strings(
        check=matching(HOST, "a host name in lower case"), values=f"at most {MOST_HOSTS} host names"
    )
    signed_headers: tuple[str, ...] = strings(check=matching(HEADER, "the name of a header in lower case"))
    accept_v1_until: int | None = custom(None, values="date", reading=_end_of_day)
    """In Unix seconds; none if they are never accepted."""

    @classmethod
    def parse(cls, reader: Reader) -> "SignatureSpec":
        """Check what clients sign."""
        spec = cls(**_stored(cls, reader))
        if len(spec.hosts) > MOST_HOSTS:
            reader.add("hosts", f"lists {len(spec.hosts)} host names, but at most {MOST_HOSTS} are allowed")
        return spec

    def document(self) -> dict[str, Any]:
        """The validator in the function's configuration."""
        optional = {
            "hosts": list(self.hosts),
            "signed_headers": list(self.signed_headers),
            "v1_until": self.accept_v1_until,
        }
        given = {name: each for name, each in optional.items() if each}
        return {**super().document(), "window_seconds": self.window_seconds, **given}


@parses(ClientCertificateValidatorArgs)
@dataclass(frozen=True, kw_only=True)
class CertificateSpec:
    """`ClientCertificateValidatorArgs`, validated, with defaults filled in."""

    subjects: tuple[str, ...] = strings()
    issuers: tuple[str, ...] = strings()
    fingerprints: tuple[str, ...] = strings(check=_check_print)

    @classmethod
    def parse(cls, reader: Reader) -> "CertificateSpec":
        """Check that certificates are named, not only their issuers."""
        spec = cls(**options(cls, reader))
        if not spec.subjects and not spec.fingerprints:
            reader.problems.add(reader.path, f"requires {alternatives(('subjects', 'fingerprints'))}")
        return spec

    def document(self) -> Mapping[str, Any]:
        """The validator in the function's configuration."""
        return {name: list(each) for name in ("subjects", "issuers", "fingerprints") if (each := getattr(self, name))}


def read_validator(reader: Reader, name: str) -> Mapping[str, Any]:
    """A validator in the function's configuration, with Outputs as values; mistakes are recorded."""
    if not re.fullmatch(r"[A-Za-z0-9_]{1,64}", name):
        reader.problems.reject(reader.path, name, "is not a name of letters, digits and underscores")
    reader.exactly_one("jwt", "api_key", "shared_secret", "signature", "client_certificate")
    if jwt := reader.child("jwt", JwtValidatorArgs):
        return {"jwt": JwtSpec.parse(jwt).document()}
    if key := reader.child("api_key", ApiKeyValidatorArgs):
        return {"api_key": ApiKeySpec(**_stored(ApiKeySpec, key)).document()}
    if secret := reader.child("shared_secret", SharedSecretValidatorArgs):
        return {"shared_secret": SharedSecretSpec(**_stored(SharedSecretSpec, secret)).document()}
    if signature := reader.child("signature", SignatureValidatorArgs):
        return {"signature": SignatureSpec.parse(signature).document()}
    certificate = reader.child("client_certificate", ClientCertificateValidatorArgs)
    return {"client_certificate": CertificateSpec.parse(certificate).document() if certificate else {}}


def _claims(reader: Reader) -> Mapping[str, tuple[str | bool, ...]]:
    """Claims with their values; an empty list accepts any value."""
    given, path = reader.free("required_claims"), reader.at("required_claims")
    if given is not None and not is_object(given):
        reader.mismatch("required_claims", "a map from claims to lists of strings and booleans")
    read: dict[str, tuple[str | bool, ...]] = {}
    for name, values in given.items() if is_object(given) else ():
        if is_list(values) and all(type(each) is bool or (isinstance(each, str) and each) for each in values):
            read[name] = tuple(values)
        else:
            reader.problems.mismatch(join(path, name), "a list of strings and booleans", values)
    return read


def _pool_issuer(pool: pulumi.Input[str]) -> pulumi.Input[str]:
    def issuer(arn: str) -> str:
        _, partition, _, region, _, name = arn.split(":", 5)
        suffix = "amazonaws.com.cn" if partition == "aws-cn" else "amazonaws.com"
        return f"https://cognito-idp.{region}.{suffix}/{name.removeprefix('userpool/')}"

    return issuer(pool) if isinstance(pool, str) else pulumi.Output.from_input(pool).apply(issuer)
