"""The options of the layer `tls`, with the domains of stages."""

from pathlib import Path

from change_matrix import ABSENT, PRESENT, Group, Option
from change_matrix.bases import API, PLAIN, REASON, SERVED, arn

CA = Path(__file__).parents[2] / "stacks/partner-ca.pem"
PEM = CA.read_text("utf-8")
OTHER_PEM = Path(__file__).with_name("other-ca.pem").read_text("utf-8")
FIRST = "domains/api.example.com"
OTHER = "domains/other.example.com"
ONE, TWO = (arn("acm", f"certificate/{digit * 8}") for digit in "12")
AUTHORITY = arn("acm-pca", "certificate-authority/{}")
D = "tls.domain"
M = "tls.more_domains.0"
REQUESTED = "certificates/api.example.com*"

OLD = {**PLAIN, "tls.security_policy": "TLS_1_2"}
"""The provider of the local AWS knows no newer policy of a domain."""

GROUPS = [
    Group(
        "tls-policy",
        PLAIN,
        [
            Option(
                "tls.security_policy",
                "SecurityPolicy_TLS13_1_3_2025_09",
                "SecurityPolicy_TLS13_1_2_PQ_2025_09",
                f"{SERVED}/x-amazon-apigateway-security-policy",
            ),
            Option("tls.endpoint_access_mode", "BASIC", "STRICT", f"{SERVED}/x-amazon-apigateway-endpoint-access-mode"),
        ],
    ),
    Group(
        "tls",
        OLD,
        [
            Option(f"{D}.certificate_arn", ONE, TWO, f"{FIRST}/regionalCertificateArn"),
            Option(f"{D}.zone_id", "$zone$", ABSENT, "records/api.example.com*/alias", (True, ABSENT)),
            Option(f"{D}.base_path", "v1", "v2", f"{FIRST}/paths/v2", (ABSENT, "<shop-minimal>/live")),
            Option(f"{D}.more_base_paths", ["a"], ["b"], f"{FIRST}/paths/b", (ABSENT, "<shop-minimal>/live")),
            Option(f"{M}.certificate_arn", ONE, TWO, f"{OTHER}/regionalCertificateArn"),
            Option(f"{M}.zone_id", ABSENT, "$zone$", "records/other.example.com*/alias", (ABSENT, True)),
            Option(f"{M}.base_path", "v1", "v2", f"{OTHER}/paths/v2", (ABSENT, "<shop-minimal>/live")),
            Option(f"{M}.more_base_paths", ["a"], ["b"], f"{OTHER}/paths/b", (ABSENT, "<shop-minimal>/live")),
            Option("tls.keep_default_endpoint", ABSENT, REASON, f"{API}/disableExecuteApiEndpoint", (True, False)),
        ],
        with_a={f"{D}.name": "api.example.com", f"{M}.name": "other.example.com"},
        with_b={f"{D}.name": "api.example.com", f"{M}.name": "other.example.com"},
    ),
    Group(
        "tls-shared",
        PLAIN,
        [
            Option(
                "tls.shared_domain.name",
                "first.example.com",
                "second.example.com",
                "domains/second.example.com/paths/*",
                (ABSENT, "<shop-minimal>/live"),
            ),
            Option(
                "tls.shared_domain.base_path",
                "v1",
                "v2",
                "domains/second.example.com/paths/v2",
                (ABSENT, "<shop-minimal>/live"),
            ),
        ],
    ),
    Group(
        "tls-closed", PLAIN, [Option("tls.disable_default_endpoint", False, True, f"{API}/disableExecuteApiEndpoint")]
    ),
    Group(
        "tls-names",
        OLD,
        [
            Option(
                f"{D}.name",
                "api.example.com",
                "new.example.com",
                "domains/*.example.com/domainName",
                (["api.example.com", "other.example.com"], ["new.example.com", "api.example.com"]),
            ),
            Option(
                f"{M}.name",
                "other.example.com",
                "api.example.com",
                f"{OTHER}/domainName",
                ("other.example.com", ABSENT),
            ),
        ],
        with_a={f"{D}.certificate_arn": ONE, f"{M}.certificate_arn": ONE},
        with_b={f"{D}.certificate_arn": ONE, f"{M}.certificate_arn": ONE},
    ),
    Group(
        "tls-requested",
        OLD,
        [
            Option(
                f"{D}.key_algorithm",
                "RSA_2048",
                "EC_prime256v1",
                f"{REQUESTED}/KeyAlgorithm",
            ),
            Option(
                f"{M}.key_algorithm",
                "RSA_2048",
                "EC_prime256v1",
                "certificates/other.example.com*/KeyAlgorithm",
            ),
        ],
        with_a={
            f"{D}.name": "api.example.com",
            f"{D}.zone_id": "$zone$",
            f"{M}.name": "other.example.com",
            f"{M}.zone_id": "$zone$",
        },
        with_b={
            f"{D}.name": "api.example.com",
            f"{D}.zone_id": "$zone$",
            f"{M}.name": "other.example.com",
            f"{M}.zone_id": "$zone$",
        },
    ),
    Group(
        "tls-mutual",
        PLAIN,
        [
            Option(
                "tls.mutual_tls.truststore_uri",
                "s3://trust/one.pem",
                "s3://trust/two.pem",
                f"{FIRST}/mutualTlsAuthentication/truststoreUri",
            ),
            Option("tls.mutual_tls.truststore_version", "1", "2", f"{FIRST}/mutualTlsAuthentication/truststoreVersion"),
            Option(
                f"{D}.private_ca_arn",
                AUTHORITY.format("one"),
                AUTHORITY.format("two"),
                f"{REQUESTED}/CertificateAuthorityArn",
            ),
            Option(f"{D}.ownership_certificate_arn", ONE, TWO, f"{FIRST}/ownershipVerificationCertificateArn"),
            Option(
                f"{M}.private_ca_arn",
                AUTHORITY.format("one"),
                AUTHORITY.format("two"),
                "certificates/other.example.com*/CertificateAuthorityArn",
            ),
            Option(f"{M}.ownership_certificate_arn", ONE, TWO, f"{OTHER}/ownershipVerificationCertificateArn"),
        ],
        with_a={f"{D}.name": "api.example.com", f"{M}.name": "other.example.com"},
        with_b={f"{D}.name": "api.example.com", f"{M}.name": "other.example.com"},
    ),
    Group(
        "tls-truststore",
        PLAIN,
        [
            Option("tls.mutual_tls.ca_file", str(CA), ABSENT, "buckets/*/objects/*", (len(PEM), len(OTHER_PEM))),
            Option("tls.mutual_tls.ca_pem", ABSENT, OTHER_PEM, "buckets/*/objects/*", (len(PEM), len(OTHER_PEM))),
            Option(
                f"{M}.without_mutual_tls",
                ABSENT,
                REASON,
                f"{OTHER}/mutualTlsAuthentication/truststoreUri",
                (PRESENT, ABSENT),
            ),
        ],
        stays={"domains/*/truststoreVersion": "every upload is a new version"},
        with_a={
            D: {"name": "api.example.com", "certificate_arn": ONE},
            M: {"name": "other.example.com", "certificate_arn": ONE},
        },
        with_b={
            D: {"name": "api.example.com", "certificate_arn": ONE},
            M: {"name": "other.example.com", "certificate_arn": ONE},
        },
    ),
    Group(
        "tls-edge",
        OLD,
        [
            Option(
                f"{D}.endpoint_type",
                "REGIONAL",
                "EDGE",
                f"{FIRST}/endpointConfiguration/types/*",
                (["REGIONAL"], ["EDGE"]),
            ),
            Option(f"{D}.ip_address_type", "ipv4", "dualstack", f"{FIRST}/endpointConfiguration/ipAddressType"),
            Option(f"{M}.ip_address_type", "dualstack", "ipv4", f"{OTHER}/endpointConfiguration/ipAddressType"),
            Option(
                f"{M}.endpoint_type",
                "REGIONAL",
                "EDGE",
                f"{OTHER}/endpointConfiguration/types/*",
                (["REGIONAL"], ["EDGE"]),
            ),
        ],
        with_a={
            D: {"name": "api.example.com", "certificate_arn": ONE},
            M: {"name": "other.example.com", "certificate_arn": ONE},
        },
        with_b={
            D: {"name": "api.example.com", "certificate_arn": ONE},
            M: {"name": "other.example.com", "certificate_arn": ONE},
        },
    ),
]
