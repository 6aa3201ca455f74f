"""What a caller may write about TLS, domains and mutual TLS."""

from typing import Required, TypedDict

import pulumi


class DomainArgs(TypedDict, total=False):
    """A name of your own for the API, in the API's region unless it is an edge-optimized one."""

    name: Required[str]
    """Host name in lower case, such as `api.example.com`; no wildcard."""

    certificate_arn: pulumi.Input[str]
    """ARN of an issued ACM certificate for the name, in the API's region (`EDGE`: in us-east-1). Defaults to one
    requested here: a public one, which `zone_id` must be able to prove, or one of `private_ca_arn`."""

    private_ca_arn: pulumi.Input[str]
    """ARN of a private CA of AWS in the same region that issues the certificate. Defaults to a public one."""

    key_algorithm: str
    """Key of a requested certificate: `RSA_2048`, `EC_prime256v1` or `EC_secp384r1`. Changing it requests another,
    which the domain takes once it is issued. Defaults to `RSA_2048`."""

    zone_id: pulumi.Input[str]
    """Id of the public Route 53 hosted zone of the name, where alias records (A and AAAA) are made, and the record that
    proves a requested certificate. Defaults to no records: point the name at the output `domain_target` yourself."""

    base_path: str
    """First path segment under which the API stands on the domain. Defaults to the domain's root."""

    more_base_paths: list[str]
    """Further first path segments that lead to the same stage. Defaults to none."""

    endpoint_type: str
    """`REGIONAL`, or `EDGE`: callers enter AWS's network at CloudFront. Not with mutual TLS. Defaults to `REGIONAL`."""

    security_policy: str
    """TLS policy of an `EDGE` domain: `SecurityPolicy_TLS13_2025_EDGE`, `SecurityPolicy_TLS12_PFS_2025_EDGE`,
    `SecurityPolicy_TLS12_2018_EDGE` or `TLS_1_2`. Defaults to `SecurityPolicy_TLS12_PFS_2025_EDGE`, or to `TLS_1_2`
    where the layer has that. A `REGIONAL` domain has the layer's policy."""

    ownership_certificate_arn: pulumi.Input[str]
    """ARN of a public ACM certificate that proves that the name is yours; AWS wants one beside mutual TLS where
    `certificate_arn` was imported or comes from a private CA, and locks the domain when it expires. Defaults to one
    requested here with `private_ca_arn` and `zone_id`, else to none."""


class MoreDomainArgs(DomainArgs, total=False):
    """A further name, which leads to the same stage."""

    without_mutual_tls: str
    """The reason why callers need no client certificate under this name, although the layer demands one. Defaults to
    demanding it."""


class MutualTlsArgs(TypedDict, total=False):
    """Which clients may connect: exactly one of `ca_file`, `ca_pem` and `truststore_uri`."""

    ca_file: str
    """Path of a PEM file with the certificates of the CAs that issue client certificates, as seen by the program."""

    ca_pem: pulumi.Input[str]
    """Those certificates as PEM text: at most 1,000, at most 1 MB, no private key."""

    truststore_uri: pulumi.Input[str]
    """S3 URI of a truststore of yours, `s3://<bucket>/<key>`, in a versioned bucket of the same region."""

    truststore_version: pulumi.Input[str]
    """Version id of the object of `truststore_uri`, required beside it: AWS reads changed certificates only where the
    version changes."""

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

    more_domains: list[MoreDomainArgs]
    """Further names that lead to the same stage. Defaults to none."""

    mutual_tls: MutualTlsArgs
    """Client certificates, on every domain that does not say why not. Defaults to none."""

    keep_default_endpoint: str
    """The reason why the execute-api endpoint stays open beside the domain. Defaults to closing it."""


class TlsLayerArgs(TlsArgs, total=False):
    """`TlsArgs` with a domain, and the stage that it leads to. The API's own endpoint is configured on the API."""

    api_id: Required[pulumi.Input[str]]
    """Id of the REST API."""

    stage_name: Required[pulumi.Input[str]]
    """Name of the stage; callers cannot choose another."""
