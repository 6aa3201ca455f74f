"""The spec that `TlsArgs` is parsed into."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import pulumi

from ...aws_facts import BASE_PATH
from ...choices import (
    AccessMode,
    DomainEndpointType,
    DomainSecurityPolicy,
    IpAddressType,
    KeyAlgorithm,
    RoutingMode,
    SecurityPolicy,
)
from ...fragment import Fragment
from ...validation.arns import check_certificate, check_private_ca, is_edge_certificate
from ...validation.claims import Claim
from ...validation.fields import boolean, leaf, options, parses, string
from ...validation.problems import alternatives, join, spell
from ...validation.reader import Reader, matching
from .args import DomainArgs, MoreDomainArgs, MutualTlsArgs, SharedDomainArgs, TlsArgs
from .sharing import HOST, NO_RULES, ONE_SEGMENT, SharedDomainSpec

TLS_1_2 = "TLS_1_2"
"""The only TLS policy of a domain with mutual TLS. It also accepts TLS 1.3."""

_ENHANCED = "SecurityPolicy_"

# Those of Regional and private endpoints, as CreateRestApi and CreateDomainName spell them; `TLS_1_0` is not offered.
SECURITY_POLICIES: tuple[str, ...] = get_args(SecurityPolicy)
_EDGE_POLICIES: tuple[str, ...] = get_args(DomainSecurityPolicy)
_EDGE_DEFAULT = "SecurityPolicy_TLS12_PFS_2025_EDGE"
_DEFAULT = "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09"

_COMMON_NAME = 64
EDGE = "EDGE"
PRIVATE = "PRIVATE"
RULES_FIRST = "ROUTING_RULE_THEN_BASE_PATH_MAPPING"
KEY_ALGORITHMS: tuple[str, ...] = get_args(KeyAlgorithm)

_check_truststore = matching(
    r"s3://[a-z0-9.-]{3,63}/\S{1,1024}", "the S3 URI of an object, such as s3://<bucket>/<key>"
)
_check_zone = matching(r"Z[A-Z0-9]{1,31}", "the id of a Route 53 hosted zone (Z...)")


def _check_edge_certificate(arn: str) -> str | None:
    predicate = "is not in us-east-1, where edge-optimized domains have their certificates"
    return check_certificate(arn) or (None if is_edge_certificate(arn) else predicate)


@parses(DomainArgs, MoreDomainArgs)
@dataclass(frozen=True, kw_only=True)
class DomainSpec:
    """`DomainArgs` or `MoreDomainArgs`, validated, with defaults filled in."""

    name: str = string(pattern=HOST, expected="a host name in lower case such as api.example.com")
    certificate_arn: pulumi.Input[str] | None
    private_ca_arn: pulumi.Input[str] | None = leaf(check=check_private_ca, values="ARN")
    key_algorithm: str = string("RSA_2048", choices=KEY_ALGORITHMS)
    zone_id: pulumi.Input[str] | None = leaf(check=_check_zone)
    validation_zone_id: pulumi.Input[str] | None = leaf(check=_check_zone)
    base_paths: tuple[str, ...]
    """At least one; the root is empty."""
    # Given even if they are AWS's defaults: the provider keeps the old value where it is given none.
    routing_mode: str = string("BASE_PATH_MAPPING_ONLY", choices=get_args(RoutingMode))
    endpoint_type: str = string("REGIONAL", choices=get_args(DomainEndpointType))
    """`PRIVATE` if the API is private."""
    ip_address_type: str
    security_policy: str
    endpoint_access_mode: str | None
    ownership_certificate_arn: pulumi.Input[str] | None = leaf(check=check_certificate, values="ARN")
    mutual_tls: bool
    without_mutual_tls: str = string(expected="the reason why callers need no client certificate")

    @classmethod
    def parse(cls, reader: Reader, layer: "_Layer") -> "DomainSpec":
        """Decide where the certificate comes from, who creates the records, and whether callers need a certificate."""
        plain = options(cls, reader)
        edge = plain["endpoint_type"] == EDGE and not layer.private
        waived = plain.get("without_mutual_tls", "")
        policy = layer.security_policy
        addresses = reader.string("ip_address_type", "ipv4", choices=get_args(IpAddressType))
        if layer.private:
            _check_private(reader)
            plain["endpoint_type"], policy, addresses = PRIVATE, TLS_1_2, "dualstack"
        elif edge:
            default = TLS_1_2 if policy == TLS_1_2 else _EDGE_DEFAULT
            policy = reader.string("security_policy", default, choices=_EDGE_POLICIES)
        elif reader.has("security_policy"):
            reader.add(
                "security_policy", f"has no effect on a Regional domain, which has the API's own policy, {policy}"
            )
        if waived and not layer.mutual_tls:
            reader.requires("without_mutual_tls", "mutual_tls")
        spec = cls(
            **plain,
            certificate_arn=reader.leaf(
                "certificate_arn", check=_check_edge_certificate if edge else check_certificate
            ),
            base_paths=_base_paths(reader),
            ip_address_type=addresses,
            security_policy=policy,
            endpoint_access_mode=layer.endpoint_access_mode if policy.startswith(_ENHANCED) else None,
            mutual_tls=layer.mutual_tls and not waived,
        )
        _check_domain(spec, layer, reader)
        return spec

    @property
    def base_path(self) -> str:
        """The first of its base paths."""
        return self.base_paths[0]

    @property
    def url(self) -> str:
        """The URL at which callers reach the API."""
        return f"https://{self.name}/{self.base_path}".rstrip("/")

    @property
    def private(self) -> bool:
        """Whether only VPC endpoints with an access association reach it."""
        return self.endpoint_type == PRIVATE

    @property
    def proof_zone_id(self) -> pulumi.Input[str] | None:
        """The public zone in which a requested certificate is validated."""
        return self.zone_id if self.validation_zone_id is None and not self.private else self.validation_zone_id

    @property
    def requests_ownership(self) -> bool:
        """Whether a public certificate is requested that proves who owns the name."""
        return self.mutual_tls and self.private_ca_arn is not None and self.ownership_certificate_arn is None

    def posture(self) -> str:
        """The domain in one line."""
        source = "given" if self.certificate_arn is not None else "requested"
        source += " from a private CA" if self.private_ca_arn is not None else ""
        edge = f", edge-optimized, TLS policy {self.security_policy}" if self.endpoint_type == EDGE else ""
        edge = ", private, reached through the API's VPC endpoints" if self.private else edge
        waived = f", without client certificates: {self.without_mutual_tls}" if self.without_mutual_tls else ""
        return f"domain {self.name}, certificate {source}{edge}{waived}"


@dataclass(frozen=True, kw_only=True)
class _Layer:
    """What the layer determines for its domains."""

    security_policy: str
    endpoint_access_mode: str
    mutual_tls: bool
    private: bool


def _check_private(reader: Reader) -> None:
    """Reject what AWS offers for public domains only.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-private-custom-domains.html
    """
    path = "network.private"
    if reader.has("endpoint_type"):
        reader.conflict("endpoint_type", path, "the domain of a private API is private")
    if reader.has("security_policy"):
        reader.conflict("security_policy", path, f"AWS has one policy for private domains, {TLS_1_2}")
    if reader.get("ip_address_type") == "ipv4":
        reader.add("ip_address_type", f"must be 'dualstack' or left out with `{path}`: AWS offers nothing else")
    if reader.get("routing_mode") == RULES_FIRST:
        reader.conflict("routing_mode", path, NO_RULES)


def _base_paths(reader: Reader) -> tuple[str, ...]:
    first = reader.string("base_path", pattern=BASE_PATH, expected=ONE_SEGMENT)
    more = reader.strings("more_base_paths", check=matching(BASE_PATH, ONE_SEGMENT))
    if first in more:
        reader.reject("more_base_paths", f"is `{reader.at('base_path')}` already", value=first)
    return (first, *(path for path in sorted(more) if path != first))


def _check_domain(spec: DomainSpec, layer: _Layer, reader: Reader) -> None:
    given = reader.has("certificate_arn")
    for name in reader.given("private_ca_arn", "key_algorithm"):
        if given:
            reader.conflict(name, reader.at("certificate_arn"), "no certificate is requested")
    zone = "validation_zone_id" if spec.private else "zone_id"
    if not given and not reader.has("private_ca_arn") and spec.proof_zone_id is None:
        why = ", since ACM validates nothing in the private zone of a private domain" if spec.private else ""
        message = f"required unless `{spell(zone)}` is given, to request and validate a certificate{why}"
        reader.add("certificate_arn", message)
    if reader.has("validation_zone_id"):
        if given:
            reader.conflict("validation_zone_id", reader.at("certificate_arn"), "no certificate is requested")
        elif reader.has("private_ca_arn") and not spec.requests_ownership:
            reader.conflict("validation_zone_id", reader.at("private_ca_arn"), "a private CA needs no DNS validation")
    if len(spec.name) > _COMMON_NAME and not given:
        reader.reject("name", f"is longer than {_COMMON_NAME} characters: ACM issues no certificate for such a name")
    if spec.endpoint_type == EDGE:
        if spec.mutual_tls:
            reader.add("endpoint_type", "must be 'REGIONAL': edge-optimized domains have no mutual TLS")
        if layer.endpoint_access_mode == "STRICT":
            message = (
                f"must be 'REGIONAL' with `{spell('endpoint_access_mode')}` 'STRICT': such an API takes no requests "
                "from another endpoint type"
            )
            reader.add("endpoint_type", message)
    if reader.has("ownership_certificate_arn") and not (
        spec.mutual_tls and reader.given("certificate_arn", "private_ca_arn")
    ):
        message = f"requires `{spell('mutual_tls')}`, and {alternatives(('certificate_arn', 'private_ca_arn'))}"
        reader.add("ownership_certificate_arn", message)
    if spec.requests_ownership and spec.proof_zone_id is None:
        message = (
            f"required unless `{spell('zone_id')}` is given: AWS demands a public certificate for the name for mutual "
            "TLS with a private CA"
        )
        reader.add("ownership_certificate_arn", message)


@parses(MutualTlsArgs)
@dataclass(frozen=True, kw_only=True)
class MutualTlsSpec:
    """`MutualTlsArgs`, validated, with defaults filled in. A bundle that is known has passed all checks."""

    ca_pem: pulumi.Input[str]
    truststore_uri: pulumi.Input[str] | None = leaf(check=_check_truststore)
    truststore_version: pulumi.Input[str] | None = leaf()
    force_destroy: bool = boolean(default=False)

    @classmethod
    def parse(cls, reader: Reader) -> "MutualTlsSpec":
        """Read the bundle and check it, without showing any of its content."""
        kind = reader.exactly_one("ca_file", "ca_pem", "truststore_uri")
        pem = _read_bundle(reader) if kind == "ca_file" else reader.leaf("ca_pem")
        if kind in ("ca_file", "ca_pem") and isinstance(pem, str) and pem:
            from .ca_bundle import mistake  # reading certificates takes a library that is slow to import

            if found := mistake(pem):
                reader.add(kind, found)
        if kind == "truststore_uri" and not reader.has("truststore_version"):
            message = f"required with `{spell('truststore_uri')}`: without it AWS does not read changed certificates"
            reader.add("truststore_version", message)
        for name in reader.given("truststore_version", "force_destroy"):
            if kind and (name == "truststore_version") != (kind == "truststore_uri"):
                reader.conflict(name, reader.at(kind))
        return cls(**options(cls, reader), ca_pem=pem or "")


def _read_bundle(reader: Reader) -> str:
    path = reader.string("ca_file")
    try:
        return Path(path).read_text(encoding="utf-8") if path else ""
    except (OSError, ValueError):
        # A path contains no line breaks; someone who pasted PEM here may have pasted a private key.
        if "\n" in path or "-----" in path:
            reader.add("ca_file", "expected the path of a PEM file, got a string that is no path")
        else:
            reader.reject("ca_file", "is not the path of a PEM file that can be read")
        return ""


@parses(TlsArgs)
@dataclass(frozen=True, kw_only=True)
class TlsSpec:
    """`TlsArgs`, validated, with defaults filled in."""

    security_policy: str
    endpoint_access_mode: str | None
    domain: DomainSpec | None
    more_domains: tuple[DomainSpec, ...]
    shared_domain: SharedDomainSpec | None
    mutual_tls: MutualTlsSpec | None
    keep_default_endpoint: str = string(expected="the reason why callers may bypass the domain")
    disable_default_endpoint: bool = boolean(default=False)
    private: bool
    """Whether the API is private, and its domains with it."""

    @classmethod
    def parse(cls, reader: Reader, *, private: bool = False, default_policy: str | None = None) -> "TlsSpec":
        """Check policy, names and client certificates; a further stage defaults to the gateway's policy."""
        domain = reader.child("domain", DomainArgs)
        mutual = reader.child("mutual_tls", MutualTlsArgs)
        default = TLS_1_2 if mutual else default_policy or _DEFAULT
        policy = reader.string("security_policy", default, choices=SECURITY_POLICIES)
        enhanced = policy.startswith(_ENHANCED)
        mode = reader.string("endpoint_access_mode", "BASIC", choices=get_args(AccessMode))
        layer = _Layer(
            security_policy=policy, endpoint_access_mode=mode, mutual_tls=mutual is not None, private=private
        )
        more = reader.children("more_domains", MoreDomainArgs)
        shared = reader.child("shared_domain", SharedDomainArgs)
        spec = cls(
            **options(cls, reader),
            security_policy=policy,
            endpoint_access_mode=mode if enhanced else None,
            domain=DomainSpec.parse(domain, layer) if domain else None,
            more_domains=tuple(DomainSpec.parse(each, layer) for each in more),
            shared_domain=SharedDomainSpec.parse(shared, private=private) if shared else None,
            mutual_tls=MutualTlsSpec.parse(mutual) if mutual else None,
            private=private,
        )
        spec._check(reader)
        seen: set[str] = {spec.domain.name} if spec.domain else set()
        for each, parsed in zip(more, spec.more_domains, strict=True):
            if parsed.name in seen:
                each.reject("name", "is the name of another domain too")
            seen.add(parsed.name)
        return spec

    def _check(self, reader: Reader) -> None:
        if self.endpoint_access_mode is None and reader.has("endpoint_access_mode"):
            reader.conflict("endpoint_access_mode", f"{reader.at('security_policy')} {self.security_policy}")
        if self.mutual_tls and self.private:
            reader.conflict("mutual_tls", "network.private", "AWS offers it for Regional domains only")
        elif self.mutual_tls and self.security_policy != TLS_1_2:
            message = f"must be {TLS_1_2!r} or left out: AWS offers mutual TLS with no other policy"
            reader.add("security_policy", message)
        if self.domain and self.shared_domain:
            reader.conflict("shared_domain", reader.at("domain"), "a stage has its own domains, or shares one")
        if self.has_domain and self.disable_default_endpoint:
            message = "has no effect: the domain disables the execute-api endpoint"
            reader.add("disable_default_endpoint", message)
        if self.domain is None:
            if self.mutual_tls:
                reader.add("domain", f"required with `{spell('mutual_tls')}`, which works on custom domains only")
            if self.more_domains:
                reader.requires("more_domains", "domain")
        if self.keep_default_endpoint and not self.has_domain:
            reader.requires("keep_default_endpoint", "domain", reason="there is no other endpoint")

    @property
    def has_domain(self) -> bool:
        """Whether callers reach the stage at a domain, of its own or shared."""
        return self.domain is not None or self.shared_domain is not None

    @property
    def domains(self) -> tuple[DomainSpec, ...]:
        """All domains, the first one first."""
        return (self.domain, *self.more_domains) if self.domain else ()

    def claims(self, path: str, endpoints: Collection[str] = ()) -> list[Claim]:
        """What AWS has once: the name of a public domain in a region, that of a private one behind a VPC endpoint.

        `path` is that of the args; `endpoints` are the VPC endpoints whose ids are known.
        """
        advice = (
            f"choose another name, or lead to this API under a base path of that domain (`{spell('shared_domain')}` "
            "with its domain name)"
        )
        claims: list[Claim] = []
        for each in self.domains:
            what = "private domain name" if self.private else "domain name"
            values = [f"{each.name} behind {endpoint}" for endpoint in endpoints] if self.private else [each.name]
            claims += [Claim(what=what, value=value, path=path, advice=advice) for value in values]
        shared = self.shared_domain
        if shared and shared.identity:
            what = "priority" if shared.routing_rule else "base path"
            value = (
                f"{shared.identity}: {shared.routing_rule.priority}"
                if shared.routing_rule
                else f"{shared.identity}/{shared.base_path}"
            )
            shared_path = join(path, spell("shared_domain"))
            claims.append(Claim(what=what, value=value, path=shared_path, advice=f"choose another {what}"))
        return claims

    @property
    def api_security_policy(self) -> str:
        """The TLS policy of the API itself. AWS negotiates with it on the domain too, so both have the same policy."""
        return self.security_policy

    @property
    def disable_execute_api_endpoint(self) -> bool:
        """Whether the API is reachable at its domains only. Always set, since AWS leaves an unset value as it was."""
        return self.disable_default_endpoint or (self.has_domain and not self.keep_default_endpoint)

    def names(self, prefix: str) -> list[tuple[str, str]]:
        """The resources that are named after the component, with their names in the program."""
        makes_bucket = self.mutual_tls and self.mutual_tls.truststore_uri is None
        return [("s3.Bucket", f"{prefix}-truststore")] if makes_bucket else []

    def posture(self) -> tuple[str, ...]:
        """How requests are encrypted, and at which endpoints they arrive."""
        mode = f", endpoint access {self.endpoint_access_mode}" if self.endpoint_access_mode else ""
        endpoints = ["execute-api endpoint on"]
        if self.disable_default_endpoint:
            endpoints = ["execute-api endpoint off: the API is reached at domains that are not declared here"]
        if self.has_domain:
            state = f"on: {self.keep_default_endpoint}" if self.keep_default_endpoint else "off"
            named = [*self.domains, *([self.shared_domain] if self.shared_domain else [])]
            endpoints = [*(each.posture() for each in named), f"execute-api endpoint {state}"]
        mutual = ["mutual TLS on the domain, truststore pinned to a version"] if self.mutual_tls else []
        return (f"HTTPS only, TLS policy {self.security_policy}{mode}", *endpoints, *mutual)


def fragment(spec: TlsSpec, *, disable_execute_api_endpoint: bool) -> Fragment:
    """The endpoint's settings, which an import resets where the document does not contain them."""
    settings = {
        "x-amazon-apigateway-security-policy": spec.api_security_policy,
        "x-amazon-apigateway-endpoint-access-mode": spec.endpoint_access_mode,
    }
    return Fragment(
        root={name: value for name, value in settings.items() if value is not None},
        endpoint={"disableExecuteApiEndpoint": disable_execute_api_endpoint},
    )
