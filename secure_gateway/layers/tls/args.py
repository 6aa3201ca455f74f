"""What a caller may write about TLS, a domain and mutual TLS, and what is decided from it."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Required, TypedDict

import pulumi

from ...problems import Shown, spell
from ...reader import Reader
from .ca_bundle import ALLOWED, is_ca_bundle

TLS_1_2 = "TLS_1_2"
"""The only policy of a domain with mutual TLS. It takes TLS 1.3 too."""

_ENHANCED = "SecurityPolicy_"

# Those of Regional and private endpoints, as CreateRestApi and CreateDomainName spell them; `TLS_1_0` is not offered.
SECURITY_POLICIES = (
    "SecurityPolicy_TLS13_1_2_2021_06",
    "SecurityPolicy_TLS13_1_2_Ext2_FIPS_PQ_2025_09",
    "SecurityPolicy_TLS13_1_2_Ext2_PQ_2025_09",
    "SecurityPolicy_TLS13_1_2_FIPS_PFS_PQ_2025_09",
    "SecurityPolicy_TLS13_1_2_FIPS_PQ_2025_09",
    "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09",
    "SecurityPolicy_TLS13_1_2_PQ_2025_09",
    "SecurityPolicy_TLS13_1_3_2025_09",
    "SecurityPolicy_TLS13_1_3_FIPS_2025_09",
    TLS_1_2,
)
_DEFAULT = "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09"

_HOST = r"(?=.{4,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)+"
_BASE_PATH = r"[A-Za-z0-9$_.+!*'()-]{1,300}"
_COMMON_NAME = 64


class DomainArgs(TypedDict, total=False):
    """A name of your own for the API, in the API's region (Regional endpoint)."""

    name: Required[str]
    """Host name in lower case, such as `api.example.com`; no wildcard."""

    certificate_arn: pulumi.Input[str]
    """ARN of an issued ACM certificate for the name, in the API's region. Defaults to one requested here, which
    `zone_id` must be able to prove."""

    zone_id: pulumi.Input[str]
    """Id of the public Route 53 hosted zone of the name, where alias records (A and AAAA) are made, and the record that
    proves a requested certificate. Defaults to no records: point the name at the output `domain_target` yourself."""

    base_path: str
    """First path segment under which the API stands on the domain. Defaults to the domain's root."""

    ownership_certificate_arn: pulumi.Input[str]
    """ARN of a public ACM certificate that proves that the name is yours; AWS wants one beside mutual TLS where
    `certificate_arn` was imported or comes from a private CA. Defaults to none."""


class MutualTlsArgs(TypedDict, total=False):
    """Which clients may connect: exactly one of `ca_file` and `ca_pem`."""

    ca_file: str
    """Path of a PEM file with the certificates of the CAs that issue client certificates, as seen by the program."""

    ca_pem: pulumi.Input[str]
    """Those certificates as PEM text: at most 1,000, at most 1 MB, no private key."""

    force_destroy: bool
    """Delete the truststore's bucket on destroy even if others have put objects into it. Defaults to false."""


class TlsArgs(TypedDict, total=False):
    """How requests are encrypted, and under which name the API stands. HTTPS only, always."""

    security_policy: str
    """AWS's TLS policy (minimum version and ciphers) of API and domain. Defaults to
    `SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09`, or to `TLS_1_2` with mutual TLS, which AWS has for that policy alone."""

    endpoint_access_mode: str
    """`BASIC`, or `STRICT`: requests must come by the API's own endpoint type, and TLS's host name must be that of the
    request. For `SecurityPolicy_*` policies only. Defaults to `BASIC`."""

    domain: DomainArgs
    """A name of your own. Defaults to the execute-api endpoint alone."""

    mutual_tls: MutualTlsArgs
    """Client certificates, on the domain. Defaults to none."""

    keep_default_endpoint: str
    """The reason why the execute-api endpoint stays open beside the domain. Defaults to closing it."""


class TlsLayerArgs(TlsArgs, total=False):
    """`TlsArgs` with a domain, and the stage that it leads to. The API's own endpoint is configured on the API."""

    api_id: Required[pulumi.Input[str]]
    """Id of the REST API."""

    stage_name: Required[pulumi.Input[str]]
    """Name of the stage; callers cannot choose another."""


@dataclass(frozen=True, kw_only=True)
class DomainSpec:
    """`DomainArgs`, decided."""

    name: str
    certificate_arn: pulumi.Input[str] | None
    zone_id: pulumi.Input[str] | None
    base_path: str
    ownership_certificate_arn: pulumi.Input[str] | None

    @classmethod
    def parse(cls, reader: Reader) -> "DomainSpec":
        """Decide where the certificate comes from, and who makes the records."""
        if not reader.given("certificate_arn", "zone_id"):
            allowed = f"{spell('certificate_arn')}, or {spell('zone_id')} to request and prove a certificate"
            reader.refuse("certificate_arn", allowed)
        name = reader.text("name", pattern=_HOST, allowed="a host name in lower case such as api.example.com")
        if len(name) > _COMMON_NAME and not reader.has("certificate_arn"):
            reader.refuse("name", f"at most {_COMMON_NAME} characters: ACM issues no certificate for a longer name")
        return cls(
            name=name,
            certificate_arn=reader.leaf("certificate_arn", check=_check_certificate),
            zone_id=reader.leaf("zone_id", check=_check_zone),
            base_path=reader.text("base_path", pattern=_BASE_PATH, allowed="one path segment, without slashes"),
            ownership_certificate_arn=reader.leaf("ownership_certificate_arn", check=_check_certificate),
        )

    @property
    def url(self) -> str:
        """Where callers reach the API."""
        return f"https://{self.name}/{self.base_path}".rstrip("/")


@dataclass(frozen=True, kw_only=True)
class MutualTlsSpec:
    """`MutualTlsArgs`, decided; a bundle that is known is a good one."""

    ca_pem: pulumi.Input[str]
    force_destroy: bool

    @classmethod
    def parse(cls, reader: Reader) -> "MutualTlsSpec":
        """Read the bundle and check it, never showing any of it."""
        kind = reader.exactly_one("ca_file", "ca_pem")
        pem = _read_bundle(reader) if kind == "ca_file" else reader.leaf("ca_pem")
        if isinstance(pem, str) and pem and not is_ca_bundle(pem):
            reader.refuse(kind or "ca_pem", ALLOWED, given=Shown(f"a text of {len(pem):,} characters"))
        return cls(ca_pem=pem or "", force_destroy=reader.flag("force_destroy", default=False))


def _read_bundle(reader: Reader) -> str:
    path = reader.text("ca_file")
    try:
        return Path(path).read_text(encoding="utf-8") if path else ""
    except (OSError, ValueError):
        # A path holds no line breaks; whoever pasted PEM here may have pasted a key.
        given = Shown("a text that is no path") if "\n" in path or "-----" in path else path
        reader.refuse("ca_file", "the path of a PEM file that can be read", given=given)
        return ""


@dataclass(frozen=True, kw_only=True)
class TlsSpec:
    """`TlsArgs`, decided."""

    security_policy: str
    endpoint_access_mode: str | None
    domain: DomainSpec | None
    mutual_tls: MutualTlsSpec | None
    keep_default_endpoint: str

    @classmethod
    def parse(cls, reader: Reader) -> "TlsSpec":
        """Decide policy, name and client certificates."""
        domain = reader.child("domain", DomainArgs)
        mutual = reader.child("mutual_tls", MutualTlsArgs)
        default = TLS_1_2 if mutual else _DEFAULT
        policy = reader.text("security_policy", default, choices=SECURITY_POLICIES)
        enhanced = policy.startswith(_ENHANCED)
        mode = reader.text("endpoint_access_mode", "BASIC", choices=("BASIC", "STRICT"))
        spec = cls(
            security_policy=policy,
            endpoint_access_mode=mode if enhanced else None,
            domain=DomainSpec.parse(domain) if domain else None,
            mutual_tls=MutualTlsSpec.parse(mutual) if mutual else None,
            keep_default_endpoint=reader.text(
                "keep_default_endpoint", allowed="the reason why callers may bypass the domain"
            ),
        )
        spec._check(reader)
        if domain and domain.has("ownership_certificate_arn") and not (mutual and domain.has("certificate_arn")):
            allowed = f"nothing without {reader.at('mutual_tls')} and {domain.at('certificate_arn')}"
            domain.refuse("ownership_certificate_arn", allowed, given=Shown("a value"))
        return spec

    def _check(self, reader: Reader) -> None:
        if self.endpoint_access_mode is None and reader.has("endpoint_access_mode"):
            allowed = f"nothing beside {reader.at('security_policy')} {self.security_policy}"
            reader.refuse("endpoint_access_mode", allowed)
        if self.mutual_tls and self.security_policy != TLS_1_2:
            allowed = f"{TLS_1_2!r} or nothing: AWS has mutual TLS on no domain with another policy"
            reader.refuse("security_policy", allowed)
        if self.domain is None:
            if self.mutual_tls:
                reader.refuse("domain", f"a domain: {spell('mutual_tls')} works on no other endpoint")
            if self.keep_default_endpoint:
                allowed = f"nothing without {reader.at('domain')}: there is no other endpoint"
                reader.refuse("keep_default_endpoint", allowed)

    @property
    def api_security_policy(self) -> str:
        """The policy of the API itself. AWS negotiates with it on the domain too, so both have the same."""
        return self.security_policy

    @property
    def disable_execute_api_endpoint(self) -> bool:
        """Whether the API answers under its domain only; never left unset, since unset keeps what was before."""
        return self.domain is not None and not self.keep_default_endpoint

    def public_only(self) -> tuple[tuple[str, object], ...]:
        """What was given that a private API cannot have, by field."""
        domain = [("domain", self.domain.name)] if self.domain else []
        mutual = [("mutual_tls", Shown("a value"))] if self.mutual_tls else []
        return (*domain, *mutual)

    def posture(self) -> tuple[str, ...]:
        """How requests are encrypted, and by which doors they come."""
        mode = f", endpoint access {self.endpoint_access_mode}" if self.endpoint_access_mode else ""
        doors = ["execute-api endpoint on"]
        if self.domain:
            kept = f"on: {self.keep_default_endpoint}" if self.keep_default_endpoint else "off"
            source = "given" if self.domain.certificate_arn is not None else "requested"
            doors = [f"domain {self.domain.name}, certificate {source}", f"execute-api endpoint {kept}"]
        mutual = ["mutual TLS on the domain, truststore pinned to a version"] if self.mutual_tls else []
        return (f"HTTPS only, TLS policy {self.security_policy}{mode}", *doors, *mutual)


def _check_certificate(arn: str) -> str | None:
    pattern = r"arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate/[A-Za-z0-9-]+"
    allowed = "the ARN of an ACM certificate, such as arn:aws:acm:<region>:<account>:certificate/<id>"
    return None if re.fullmatch(pattern, arn) else allowed


def _check_zone(zone: str) -> str | None:
    return None if re.fullmatch(r"Z[A-Z0-9]{1,31}", zone) else "the id of a Route 53 hosted zone (Z...)"
