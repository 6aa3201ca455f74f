"""The specs that the args of the built-in authorizer's validators are parsed into."""

import calendar
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final, get_args

import pulumi

from ...authorizer.config import ALGORITHMS, FINGERPRINT, HEADER, HOST, MOST_HOSTS, STALE_SECONDS, STORE, is_url
from ...choices import TokenUse
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
from ...validation.json_values import is_list, is_object
from ...validation.outputs import given as given_output
from ...validation.problems import alternatives, join
from ...validation.reader import Reader, matching
from .validator_args import (
    ApiKeyValidatorArgs,
    ClientCertificateValidatorArgs,
    JwtIssuerArgs,
    JwtValidatorArgs,
    SharedSecretValidatorArgs,
    SignatureValidatorArgs,
)


def _check_url(url: str) -> str | None:
    return None if is_url(url) else "is not an https:// URL without a user, a query and a fragment"


_check_store = matching(STORE, "the ARN of a Secrets Manager secret or of an SSM parameter")
_check_print = matching(FINGERPRINT, "a SHA-256 digest of 64 lower-case hexadecimal digits")


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
