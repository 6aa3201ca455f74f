"""TLS: data is encrypted in transit, and no way to an API bypasses its custom domains."""

from collections.abc import Iterator
from typing import Any, Final

from ..model.fact import every, some
from ..model.gateway import Gateway
from ..model.stack import Stack
from ..model.verdict import Severity, Verdict
from .policy import Layer, Settings

TLS = Layer("tls", "TLS and custom domains")
_DOCS = "https://docs.aws.amazon.com/apigateway/latest/developerguide/"
_CLOUDFRONT_DOCS = "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/"
_STRENGTH: Final[dict[str, Any]] = {
    "minimum": {
        "type": "string",
        "enum": ["1.2", "1.3"],
        "default": "1.2",
        "description": "The oldest TLS version that may be accepted.",
    },
    "traits": {
        "type": "array",
        "items": {"type": "string", "enum": ["PFS", "FIPS", "PQ"]},
        "default": [],
        "description": "What the security policy must have: forward secrecy, FIPS, post-quantum key exchange.",
    },
}


def _weaker(settings: Settings) -> str:
    traits = f" or lacks {' or '.join(settings['traits'])}" if settings["traits"] else ""
    return f"accepts TLS older than {settings['minimum']}{traits}"


@TLS.stack_policy(
    severity=Severity.HIGH,
    fix="Set the domain's {securityPolicy} to TLS_1_2 or one of the SecurityPolicy_TLS13_ family.",
    references=(
        "fsbp:APIGateway.11",
        "owasp-api-2023:API8",
        "nist-800-53-r5:SC-8",
        f"{_DOCS}apigateway-custom-domain-tls-version.html",
    ),
    config=_STRENGTH,
    single_resource=True,
)
def domains_minimum_version(stack: Stack, settings: Settings) -> Iterator[Verdict]:
    """Every custom domain accepts TLS 1.2 and newer only.

    TLS 1.0 and 1.1 have known weaknesses, and most security standards forbid them. The setting `minimum` can require a
    newer version, and `traits` the traits in the names of the enhanced security policies.
    """
    for domain in stack.domains:
        yield domain.verdict(
            domain.security_policy.meets(settings["minimum"], settings["traits"]),
            no=_weaker(settings),
        )


@TLS.policy(
    severity=Severity.HIGH,
    fix="Set the API's {securityPolicy} (AWS's default accepts TLS 1.0 on Regional APIs), or disable its endpoint.",
    references=("owasp-api-2023:API8", "nist-800-53-r5:SC-8", f"{_DOCS}apigateway-security-policies-list.html"),
    config=_STRENGTH,
)
def endpoints_minimum_version(gateway: Gateway, settings: Settings) -> Iterator[Verdict]:
    """The execute-api endpoint accepts TLS 1.2 and newer only, or is disabled.

    AWS's default for Regional and edge-optimized APIs still accepts TLS 1.0.
    """
    yield gateway.verdict(
        some(gateway.default_endpoint_off, gateway.security_policy.meets(settings["minimum"], settings["traits"])),
        no=f"{_weaker(settings)} on its execute-api endpoint",
        unknown="whether its execute-api endpoint is disabled is known only after deployment",
    )


@TLS.policy(
    severity=Severity.LOW,
    fix="Set {endpointAccessMode} to STRICT on the API and its domains, once no caller uses another host name.",
    references=("owasp-api-2023:API8", f"{_DOCS}apigateway-security-policies.html"),
    config={
        "required": {
            "type": "boolean",
            "default": False,
            "description": "Whether the mode STRICT is required. AWS advises BASIC until every caller is verified.",
        }
    },
)
def endpoint_access_mode_strict(gateway: Gateway, settings: Settings) -> Iterator[Verdict]:
    """Endpoints with an enhanced security policy use access mode STRICT: the Host header must match the TLS SNI.

    In the access mode BASIC, a request may name another host than its TLS handshake did. STRICT rejects such requests.
    It also rejects callers that use the name of a VPC endpoint, so only the setting `required` makes it mandatory.
    """
    if not settings["required"]:
        return
    unknown = "its access mode is known only after deployment"
    if not gateway.default_endpoint_off.is_yes:
        yield gateway.verdict(gateway.strict_access_mode, unknown=unknown)
    for domain in gateway.domains:
        yield domain.verdict(domain.strict_access_mode)


@TLS.policy(
    severity=Severity.HIGH,
    fix="Set {disableExecuteApiEndpoint} to true: callers use the custom domain.",
    references=("owasp-api-2023:API9", f"{_DOCS}rest-api-disable-default-endpoint.html"),
)
def default_endpoint_disabled(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """An API with a custom domain is reached through that domain only.

    What protects the domain, above all mutual TLS, does not protect the execute-api endpoint of the same stage.
    """
    if gateway.domains and not gateway.private.is_yes:
        mutual = any(domain.mutual_tls.is_yes for domain in gateway.domains)
        bypass = ", which bypasses mutual TLS" if mutual else ""
        yield gateway.verdict(
            gateway.default_endpoint_off,
            no=f"has a custom domain and leaves its execute-api endpoint enabled{bypass}",
            unknown="whether its execute-api endpoint is disabled is known only after deployment",
        )


@TLS.policy(
    severity=Severity.HIGH,
    fix="Require client certificates on every domain of the API, or give the other domains an API of their own.",
    references=("owasp-api-2023:API2", f"{_DOCS}rest-api-mutual-tls.html"),
    config={
        "required": {
            "type": "boolean",
            "default": False,
            "description": "Whether every domain of a public API must require client certificates.",
        }
    },
)
def mutual_tls_on_every_domain(gateway: Gateway, settings: Settings) -> Iterator[Verdict]:
    """An API with mutual TLS on one domain has it on all of its domains.

    A second domain that leads to the same API and requires no client certificate bypasses the first. A domain with an
    ownership verification certificate, which only mutual TLS uses, counts as meant to have mutual TLS. With the setting
    `required`, every domain must require client certificates.
    """
    required = settings["required"] and not gateway.private.is_yes
    if required or any(each.mutual_tls.is_yes or each.has_ownership_certificate for each in gateway.domains):
        for domain in gateway.domains:
            yield domain.verdict(
                domain.mutual_tls,
                no="does not require client certificates, although mutual TLS is meant",
                unknown="whether it requires client certificates is not known here",
            )


@TLS.stack_policy(
    severity=Severity.MEDIUM,
    fix="Set {truststoreVersion} to the version of the truststore object.",
    references=("owasp-api-2023:API2", f"{_DOCS}rest-api-mutual-tls.html"),
    single_resource=True,
)
def truststore_version_pinned(stack: Stack, _settings: Settings) -> Iterator[Verdict]:
    """Mutual TLS trusts one version of its truststore.

    API Gateway reads the truststore only when its version changes. Without a version, it goes on trusting a certificate
    that was removed from the file.
    """
    for domain in stack.domains:
        if not domain.mutual_tls.is_no:
            yield domain.verdict(domain.truststore_version_pinned)


@TLS.stack_policy(
    severity=Severity.MEDIUM,
    fix="Turn on versioning of the truststore's bucket, and block public access to it.",
    references=("owasp-api-2023:API8", f"{_DOCS}rest-api-mutual-tls.html"),
)
def truststore_bucket_protected(stack: Stack, _settings: Settings) -> Iterator[Verdict]:
    """The bucket of a truststore has versioning and blocks public access.

    Whoever can write the truststore decides whom the API trusts. A bucket that is not among the evaluated resources is
    not evaluated.
    """
    for domain in stack.domains:
        if domain.mutual_tls.is_yes:
            yield domain.verdict(
                every(domain.truststore_bucket_versioned, domain.truststore_bucket_not_public),
                unknown="how its truststore's bucket is protected is known only after deployment",
            )


@TLS.stack_policy(
    severity=Severity.MEDIUM,
    fix="Set {ownershipVerificationCertificateArn} to a public ACM certificate for the same name.",
    references=(f"{_DOCS}rest-api-mutual-tls.html",),
)
def mutual_tls_ownership_verified(stack: Stack, _settings: Settings) -> Iterator[Verdict]:
    """Mutual TLS with an imported or private certificate comes with an ownership verification certificate.

    AWS requires a public ACM certificate that proves who owns the domain name, and locks the domain without it.
    """
    for domain in stack.domains:
        if domain.mutual_tls.is_yes:
            yield domain.verdict(domain.ownership_verified)


@TLS.stack_policy(
    severity=Severity.MEDIUM,
    fix="Request an ACM certificate with RSA_2048 or EC_prime256v1, and leave its transparency logging enabled.",
    references=(
        "fsbp:ACM.2",
        "nist-800-53-r5:SC-12",
        "https://docs.aws.amazon.com/acm/latest/userguide/acm-certificate-characteristics.html",
    ),
)
def certificates_strong(stack: Stack, _settings: Settings) -> Iterator[Verdict]:
    """The certificate of a domain has a strong key and is in the certificate transparency logs.

    Only certificates among the evaluated resources are checked. Expiry is not checked, since ACM renews what it issued.
    """
    for domain in stack.domains:
        yield domain.verdict(
            domain.certificate_strong, unknown="the key of its certificate is known only after deployment"
        )


@TLS.policy(
    severity=Severity.HIGH,
    fix="Use an https:// address for the backend.",
    references=("owasp-api-2023:API10", "nist-800-53-r5:SC-8", f"{_DOCS}http-integrations.html"),
    single_resource=True,
)
def backends_encrypted(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """An API calls its backends over TLS.

    With http://, everything that the gateway protects crosses the internet unencrypted, credentials included.
    """
    for integration in gateway.handling.integrations:
        if integration.http and not integration.private:
            yield integration.verdict(integration.encrypted)


@TLS.policy(
    severity=Severity.MEDIUM,
    fix_by_kind={
        **dict.fromkeys(("REST", "WEBSOCKET"), "Use https:// through the VPC link."),
        "HTTP": "Give the integration {tlsConfig} with the server name to verify.",
    },
    references=(
        "fsbp:APIGateway.10",
        "owasp-api-2023:API8",
        "nist-800-53-r5:SC-8",
        f"{_DOCS}http-api-develop-integrations-private.html",
    ),
)
def private_backends_encrypted(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """An API also uses TLS for backends inside a VPC.

    Traffic inside a VPC can be mirrored or redirected, and requests contain the credentials of callers.
    """
    for integration in gateway.handling.integrations:
        if integration.http and integration.private:
            yield integration.verdict(integration.encrypted)


@TLS.policy(
    severity=Severity.HIGH,
    fix="Remove {insecureSkipVerification}; give the backend a certificate of a public certificate authority.",
    references=("owasp-api-2023:API10", f"{_DOCS}api-gateway-swagger-extensions-integration-tls-config.html"),
)
def backend_certificates_verified(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """An API verifies the certificates of its backends.

    With insecureSkipVerification, anyone on the network path can impersonate the backend.
    """
    for integration in gateway.handling.integrations:
        if integration.http:
            yield integration.verdict(integration.verified)


@TLS.policy(
    severity=Severity.LOW,
    fix="Set the stage's {clientCertificateId}, and let the backend accept connections with that certificate only.",
    references=(
        "fsbp:APIGateway.2",
        "nist-800-53-r5:SC-8",
        f"{_DOCS}getting-started-client-side-ssl-authentication.html",
    ),
    config={
        "required": {
            "type": "boolean",
            "default": False,
            "description": "Whether stages must present a client certificate to backends on the internet.",
        }
    },
)
def backends_client_certificate(gateway: Gateway, settings: Settings) -> Iterator[Verdict]:
    """Stages present a client certificate to backends on the internet.

    A backend that accepts connections from anyone can be called without the gateway by whoever finds it. There are
    other protections than a certificate, such as a secret header, which cannot be seen here. So a certificate is
    required only if the setting `required` says so. Functions and backends behind a VPC link need none.
    """
    reached = [each for each in gateway.handling.integrations if each.http and not each.private]
    if settings["required"] and reached and gateway.kind != "HTTP":
        yield gateway.verdict(
            gateway.shows_certificate,
            no="presents no client certificate to its backends",
            unknown="whether it presents a client certificate to its backends is known only after deployment",
        )


@TLS.policy(
    severity=Severity.MEDIUM,
    fix=(
        "Set {viewerProtocolPolicy} to redirect-to-https or https-only, and give the distribution a certificate with "
        "{minimumProtocolVersion} TLSv1.2_2021."
    ),
    references=(
        "fsbp:CloudFront.3",
        "owasp-api-2023:API8",
        "nist-800-53-r5:SC-8",
        f"{_CLOUDFRONT_DOCS}secure-connections-supported-viewer-protocols-ciphers.html",
    ),
)
def cloudfront_minimum_version(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """CloudFront in front of an API accepts TLS 1.2 and newer only, and no plain HTTP.

    Callers connect to the distribution and not to the API, so its settings apply. With CloudFront's default
    certificate it accepts TLS 1.0.
    """
    # A distribution with several origins in front of the API is listed once for each.
    by_urn = {each.urn: each for each in gateway.distributions}
    for urn, distribution in by_urn.items():
        origins = [each for each in gateway.distributions if each.urn == urn]
        yield distribution.verdict(every(*(fact for each in origins for fact in (each.https_only, each.modern_tls))))
