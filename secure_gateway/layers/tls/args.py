"""Arguments of the TLS layer."""

from collections.abc import Mapping, Sequence
from typing import Required, TypedDict

import pulumi

from ...choices import (
    AccessMode,
    DomainEndpointType,
    DomainSecurityPolicy,
    IpAddressType,
    KeyAlgorithm,
    RoutingMode,
    SecurityPolicy,
)


class RoutingRuleArgs(TypedDict, total=False):
    """Which requests to a domain lead to a stage. AWS evaluates the rules of a domain before its base paths.

    The domain must have the routing mode `ROUTING_RULE_THEN_BASE_PATH_MAPPING`.
    """

    priority: Required[int]
    """AWS evaluates the rules of a domain from the lowest priority to the highest. Each priority exists once."""

    headers: Mapping[str, str]
    """By the name of a header, the value that a request must have, such as `{"X-Version": "2*"}`: at most two, and all
    must match. `*` in a value stands for any text. At least one of this option and `base_path` is required. Defaults to
    any headers."""

    base_path: str
    """One path segment with which the path of a request must begin; the stage does not see it. Defaults to any path,
    which the stage sees as it is."""


class SharedDomainArgs(TypedDict, total=False):
    """A custom domain that exists already, or that another gateway creates: it leads to this stage too."""

    name: Required[pulumi.Input[str]]
    """The domain name, such as the output `domain_name` of the gateway that creates it."""

    arn: pulumi.Input[str]
    """ARN of a private domain, such as the output `domain_arn` of the gateway that creates it; required with
    `network.private`. An endpoint that is created in `network.private.vpc` gets access to the domain. Defaults to
    none."""

    base_path: str
    """One path segment under which the API is reachable on the domain; excludes `routing_rule`. Defaults to the
    root."""

    routing_rule: RoutingRuleArgs
    """The requests that lead to this stage, instead of those under a base path. Defaults to none."""


class DomainArgs(TypedDict, total=False):
    """A custom domain of the API, in the API's region unless it is edge-optimized. That of a private API is private."""

    name: Required[str]
    """Host name in lower case, such as `api.example.com`, without wildcard; at most 64 characters if a certificate is
    requested."""

    certificate_arn: pulumi.Input[str]
    """ARN of an issued ACM certificate for the name, in the API's region (`EDGE`: in us-east-1). Defaults to a
    certificate requested here: a public one, or one from `private_ca_arn`."""

    private_ca_arn: pulumi.Input[str]
    """ARN of the AWS Private CA, in the same region, that issues the requested certificate; no DNS validation is
    needed. Defaults to a public CA, with DNS validation in `validation_zone_id`."""

    key_algorithm: KeyAlgorithm
    """Key algorithm of a requested certificate. If you change it, a new certificate is requested, which the domain uses
    once it is issued."""

    zone_id: pulumi.Input[str]
    """Id of the Route 53 hosted zone for the alias records (A and AAAA): a public one, or a private one for a private
    API, whose records lead to the VPC endpoint. Defaults to no records: point the name at the output `domain_target`
    yourself."""

    validation_zone_id: pulumi.Input[str]
    """Id of the public Route 53 hosted zone for the DNS validation of a requested certificate. Defaults to `zone_id`; a
    private API, whose zone is private, has no default."""

    base_path: str
    """One path segment under which the API is reachable on the domain. Defaults to the root."""

    more_base_paths: list[str]
    """Further path segments that lead to the same stage. Defaults to none."""

    routing_mode: RoutingMode
    """`ROUTING_RULE_THEN_BASE_PATH_MAPPING` evaluates routing rules before base paths: those of other stages, of
    gateways that share the domain, and your own. `BASE_PATH_MAPPING_ONLY` evaluates no routing rules. A private domain
    has no other mode here."""

    endpoint_type: DomainEndpointType
    """`REGIONAL`, or `EDGE` (through CloudFront). `EDGE` supports neither mutual TLS nor access mode `STRICT`. Excludes
    `network.private`, with which the domain is private."""

    ip_address_type: IpAddressType
    """`ipv4`, or `dualstack` to accept IPv6 callers on this domain too. A change takes effect at once. Defaults to
    `ipv4`; a private domain is always `dualstack`."""

    security_policy: DomainSecurityPolicy
    """TLS policy of an edge domain: `SecurityPolicy_TLS13_2025_EDGE`, `SecurityPolicy_TLS12_PFS_2025_EDGE`,
    `SecurityPolicy_TLS12_2018_EDGE` or `TLS_1_2`. A Regional domain has the layer's policy, a private one `TLS_1_2`.
    Defaults to
    `SecurityPolicy_TLS12_PFS_2025_EDGE`, or `TLS_1_2` if that is the layer's policy."""

    ownership_certificate_arn: pulumi.Input[str]
    """ARN of a public ACM certificate that proves ownership of the name. AWS requires it with mutual TLS if the
    domain's certificate was imported or comes from a private CA, and locks the domain when it expires. Defaults to a
    certificate requested here for `private_ca_arn` with a zone to validate it, otherwise none."""


class MoreDomainArgs(DomainArgs, total=False):
    """A further custom domain for the same stage."""

    without_mutual_tls: str
    """The reason why this domain requires no client certificate although the layer does. Defaults to requiring one."""


class MutualTlsArgs(TypedDict, total=False):
    """Which clients may connect: exactly one of `ca_file`, `ca_pem` and `truststore_uri`."""

    ca_file: str
    """Path of a PEM file with the certificates of the CAs that issue client certificates, relative to the program's
    directory (absolute if the program is not in Python). Defaults to none: one of the three is required."""

    ca_pem: pulumi.Input[str]
    """The same certificates as a string, which can be an output of another resource: at most 1,000 certificates and
    1 MB, no private key. Defaults to none: one of the three is required."""

    truststore_uri: pulumi.Input[str]
    """S3 URI of your own truststore, `s3://<bucket>/<key>`, in a versioned bucket of the same region. Defaults to none:
    one of the three is required."""

    truststore_version: pulumi.Input[str]
    """Version id of the object of `truststore_uri`, required with it: AWS reads changed certificates only if the
    version changes. Defaults to none."""

    force_destroy: bool
    """Delete the truststore's bucket on destroy even if it contains other objects."""


class TlsArgs(TypedDict, total=False):
    """How requests are encrypted, and under which domain names the API is reachable. Always HTTPS only."""

    security_policy: SecurityPolicy
    """AWS's `securityPolicy` of API and domain (minimum TLS version and ciphers): `TLS_1_2`, or one of the nine
    `SecurityPolicy_*` of Regional and private endpoints. `TLS_1_0` and the edge policies are rejected. Defaults to
    `SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09`, or `TLS_1_2` with mutual TLS, the only policy that AWS supports with
    it."""

    endpoint_access_mode: AccessMode
    """AWS's `endpointAccessMode`, for `SecurityPolicy_*` policies only: `BASIC` or `STRICT`. With `STRICT`, requests
    must arrive through the API's own endpoint type, with a `Host` header that matches the TLS server name. Defaults to
    `BASIC`."""

    domain: DomainArgs
    """A custom domain. Defaults to none: the API is reachable at the execute-api endpoint only."""

    more_domains: Sequence[MoreDomainArgs]
    """Further custom domains for the same stage, each with the options of `domain` and `without_mutual_tls`. Defaults
    to none."""

    shared_domain: SharedDomainArgs
    """A custom domain that exists already, or that another gateway creates; excludes `domain`. Defaults to none."""

    mutual_tls: MutualTlsArgs
    """Client certificates on every domain without `without_mutual_tls`; requires `domain`. Defaults to none."""

    keep_default_endpoint: str
    """The reason why the execute-api endpoint stays enabled in addition to the domain. It bypasses mutual TLS. Defaults
    to disabling it."""

    disable_default_endpoint: bool
    """Disable the execute-api endpoint without `domain` and `shared_domain`, because you lead domains of your own to
    the API's stages. Until you do, nobody can reach the API."""


class TlsLayerArgs(TlsArgs, total=False):
    """`TlsArgs` with a domain, and the stage that it leads to. The API's own endpoint is configured on the API."""

    api_id: Required[pulumi.Input[str]]
    """Id of the REST API."""

    stage_name: Required[pulumi.Input[str]]
    """Name of the stage; callers cannot choose another."""
