"""TLS: data is encrypted on its way, and nobody gets round it."""

from collections.abc import Iterator
from typing import Any, Final

from ..model.fact import Fact, every, some
from ..model.gateway import Gateway
from ..model.stack import Stack
from ..model.verdict import Severity, Verdict
from .policy import Layer, Settings

TLS = Layer("tls", "TLS and custom domains")
_DOCS = "https://docs.aws.amazon.com/apigateway/latest/developerguide/"
_FRONT = "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/"
_STRENGTH: Final[dict[str, Any]] = {
    "minimum": {
        "type": "string",
        "enum": ["1.2", "1.3"],
        "default": "1.2",
        "description": "The oldest version of TLS that may be spoken.",
    },
    "traits": {
        "type": "array",
        "items": {"type": "string", "enum": ["PFS", "FIPS", "PQ"]},
        "default": [],
        "description": "What the security policy must have: forward secrecy, FIPS, post-quantum key exchange.",
    },
}


def _wanted(settings: Settings) -> str:
    return " with ".join([settings["minimum"], *([" and ".join(settings["traits"])] if settings["traits"] else [])])


@TLS.stack_policy(
    severity=Severity.HIGH,
    fix="Set the domain's security_policy to TLS_1_2 or one of the SecurityPolicy_TLS13_ family.",
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
    """Every custom domain speaks TLS 1.2 at least.

    TLS 1.0 and 1.1 have known breaks and are forbidden by most rules of the trade. The setting `minimum` asks for more,
    `traits` for what the newer policies have by name.
    """
    for domain in stack.domains:
        yield domain.verdict(
            domain.tls.meets(settings["minimum"], settings["traits"]),
            no=f"speaks TLS older than {_wanted(settings)}",
            unknown="its security policy is known only later",
        )


@TLS.policy(
    severity=Severity.HIGH,
    fix="Set the API's security_policy (AWS's default takes TLS 1.0 on Regional APIs), or turn its endpoint off.",
    references=("owasp-api-2023:API8", "nist-800-53-r5:SC-8", f"{_DOCS}apigateway-security-policies-list.html"),
    config=_STRENGTH,
)
def endpoints_minimum_version(gateway: Gateway, settings: Settings) -> Iterator[Verdict]:
    """The execute-api endpoint speaks TLS 1.2 at least, or is off.

    AWS's default for Regional and edge APIs still takes TLS 1.0.
    """
    yield gateway.verdict(
        some(gateway.default_endpoint_off, gateway.tls.meets(settings["minimum"], settings["traits"])),
        no=f"speaks TLS older than {_wanted(settings)} on its execute-api endpoint",
        unknown="its security policy is known only after deployment",
    )


@TLS.policy(
    severity=Severity.LOW,
    fix="Set endpoint_access_mode to STRICT on the API and on its domains, once no caller comes by another host name.",
    references=("owasp-api-2023:API8", f"{_DOCS}apigateway-security-policies.html"),
    config={
        "required": {
            "type": "boolean",
            "default": False,
            "description": "Whether the mode STRICT is asked for. AWS advises BASIC until every caller is verified.",
        }
    },
)
def endpoint_access_mode_strict(gateway: Gateway, settings: Settings) -> Iterator[Verdict]:
    """An endpoint with one of the newer security policies refuses requests under a name of somebody else.

    In the mode BASIC the host of a request need not be the one of its TLS handshake. STRICT closes that, and shuts out
    callers who come by the name of a VPC endpoint, so it is asked for only where the setting `required` says so.
    """
    if not settings["required"]:
        return
    no, not_yet = "has the access mode BASIC", "its access mode is known only later"
    if not gateway.default_endpoint_off.is_yes:
        yield gateway.verdict(gateway.strict, no=no, unknown=not_yet)
    for domain in gateway.domains:
        yield domain.verdict(domain.strict, no=no, unknown=not_yet)


@TLS.policy(
    severity=Severity.HIGH,
    fix="Set disable_execute_api_endpoint to true: callers use the custom domain.",
    references=("owasp-api-2023:API9", f"{_DOCS}rest-api-disable-default-endpoint.html"),
)
def default_endpoint_disabled(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """An API with a custom domain is reached under that domain only.

    What guards the domain, mutual TLS before all, does not guard the execute-api address of the same stage.
    """
    if gateway.domains and not gateway.private.is_yes:
        mutual = any(domain.mutual_tls.is_yes for domain in gateway.domains)
        way_round = ", a way round mutual TLS" if mutual else ""
        yield gateway.verdict(
            gateway.default_endpoint_off,
            no=f"has a custom domain and leaves its execute-api endpoint open{way_round}",
            unknown="whether its execute-api endpoint is off is known only after deployment",
        )


@TLS.policy(
    severity=Severity.HIGH,
    fix="Ask for client certificates on every domain of the API, or keep the other domains to an API of their own.",
    references=("owasp-api-2023:API2", f"{_DOCS}rest-api-mutual-tls.html"),
    config={
        "required": {
            "type": "boolean",
            "default": False,
            "description": "Whether every domain of a public API asks for client certificates.",
        }
    },
)
def mutual_tls_on_every_domain(gateway: Gateway, settings: Settings) -> Iterator[Verdict]:
    """An API with mutual TLS on one domain has it on all.

    A second domain that leads to the same API and asks for no certificate is a way round the first. A domain that
    proves its ownership for mutual TLS, and has none, counts as meant to. The setting `required` asks for certificates
    in any case.
    """
    required = settings["required"] and not gateway.private.is_yes
    if required or any(each.mutual_tls.is_yes or each.means_mutual_tls.is_yes for each in gateway.domains):
        for domain in gateway.domains:
            answer = Fact.UNKNOWN if domain.outside else domain.mutual_tls
            yield domain.verdict(
                answer,
                no="asks for no client certificate, where mutual TLS is meant",
                unknown="whether it asks for client certificates is not shown here",
            )


@TLS.stack_policy(
    severity=Severity.MEDIUM,
    fix="Set truststore_version to the version of the truststore object.",
    references=("owasp-api-2023:API2", f"{_DOCS}rest-api-mutual-tls.html"),
    single_resource=True,
)
def truststore_version_pinned(stack: Stack, _settings: Settings) -> Iterator[Verdict]:
    """Mutual TLS trusts one version of its truststore.

    API Gateway reads the file only when the version changes: without one, a certificate taken out is trusted on.
    """
    for domain in stack.domains:
        if not domain.mutual_tls.is_no:
            yield domain.verdict(
                domain.truststore_pinned,
                no="trusts a truststore without a version",
                unknown="its truststore is known only after deployment",
            )


@TLS.stack_policy(
    severity=Severity.MEDIUM,
    fix="Turn on versioning of the truststore's bucket, and block public access to it.",
    references=("owasp-api-2023:API8", f"{_DOCS}rest-api-mutual-tls.html"),
)
def truststore_bucket_protected(stack: Stack, _settings: Settings) -> Iterator[Verdict]:
    """The bucket of a truststore keeps old versions and is closed to the public.

    Who writes the truststore decides who gets in. A bucket that is not among the evaluated resources is not evaluated.
    """
    for domain in stack.domains:
        if domain.mutual_tls.is_yes:
            yield domain.verdict(
                every(domain.truststore_versioned, domain.truststore_closed),
                no="trusts a truststore in a bucket that keeps no versions or is open to the public",
                unknown="how its truststore's bucket is guarded is known only after deployment",
            )


@TLS.stack_policy(
    severity=Severity.MEDIUM,
    fix="Set ownership_verification_certificate_arn to a public certificate of ACM for the same name.",
    references=(f"{_DOCS}rest-api-mutual-tls.html",),
)
def mutual_tls_ownership_verified(stack: Stack, _settings: Settings) -> Iterator[Verdict]:
    """Mutual TLS with an imported or private certificate has a public one beside it.

    AWS asks for a certificate of ACM that proves who owns the name, and locks the domain without it.
    """
    for domain in stack.domains:
        if domain.mutual_tls.is_yes:
            yield domain.verdict(
                domain.owned,
                no="has mutual TLS with a certificate that ACM did not issue, and none that proves ownership",
                unknown="its certificates are known only after deployment",
            )


@TLS.stack_policy(
    severity=Severity.MEDIUM,
    fix="Ask ACM for a certificate with RSA_2048 or EC_prime256v1, and leave its transparency logging on.",
    references=(
        "fsbp:ACM.2",
        "nist-800-53-r5:SC-12",
        "https://docs.aws.amazon.com/acm/latest/userguide/acm-certificate-characteristics.html",
    ),
)
def certificates_strong(stack: Stack, _settings: Settings) -> Iterator[Verdict]:
    """A domain's certificate has a key of today's strength, and stands in the public logs.

    Only certificates among the evaluated resources are checked. ACM renews what it issued, so expiry is not checked.
    """
    for domain in stack.domains:
        yield domain.verdict(
            domain.certificate_sound,
            no="has a certificate with a weak key, or one kept out of the transparency logs",
            unknown="its certificate's key is known only later",
        )


@TLS.policy(
    severity=Severity.HIGH,
    fix="Call the backend by https://.",
    references=("owasp-api-2023:API10", "nist-800-53-r5:SC-8", f"{_DOCS}http-integrations.html"),
)
def backends_encrypted(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """An API calls its backends over TLS.

    With http:// whatever the gateway has guarded goes over the internet in plain text, credentials included.
    """
    for integration in gateway.handling.integrations:
        if integration.http and not integration.private:
            yield integration.verdict(integration.encrypted)


@TLS.policy(
    severity=Severity.MEDIUM,
    fix="Call https:// through the VPC link; on an HTTP API set tls_config with the server name to verify.",
    references=(
        "fsbp:APIGateway.10",
        "owasp-api-2023:API8",
        "nist-800-53-r5:SC-8",
        f"{_DOCS}http-api-develop-integrations-private.html",
    ),
)
def private_backends_encrypted(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """An API calls its backends over TLS inside a VPC, too."""
    for integration in gateway.handling.integrations:
        if integration.http and integration.private:
            yield integration.verdict(integration.encrypted)


@TLS.policy(
    severity=Severity.HIGH,
    fix="Drop insecureSkipVerification; give the backend a certificate of a public authority.",
    references=("owasp-api-2023:API10", f"{_DOCS}api-gateway-swagger-extensions-integration-tls-config.html"),
)
def backend_certificates_verified(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """An API checks the certificates of its backends.

    With insecureSkipVerification anybody on the way may answer in the backend's place.
    """
    for integration in gateway.handling.integrations:
        if integration.http:
            yield integration.verdict(integration.verified)


@TLS.policy(
    severity=Severity.LOW,
    fix="Set the stage's client_certificate_id, and let the backend take connections with that certificate only.",
    references=(
        "fsbp:APIGateway.2",
        "nist-800-53-r5:SC-8",
        f"{_DOCS}getting-started-client-side-ssl-authentication.html",
    ),
    config={
        "required": {
            "type": "boolean",
            "default": False,
            "description": "Whether backends on the internet are shown a client certificate.",
        }
    },
)
def backends_client_certificate(gateway: Gateway, settings: Settings) -> Iterator[Verdict]:
    """A backend on the internet can tell its gateway from everybody else.

    One that does not is called round the gateway by whoever finds it. There are other ways than a certificate, such as
    a secret header, which are not seen here, so this is asked for only where the setting `required` says so. Functions
    and backends behind a VPC link need none.
    """
    reached = [each for each in gateway.handling.integrations if each.http and not each.private]
    if settings["required"] and reached and gateway.kind != "HTTP":
        yield gateway.verdict(
            gateway.shows_certificate,
            no="shows its backends no client certificate",
            unknown="whether it shows its backends a client certificate is known only later",
        )


@TLS.policy(
    severity=Severity.MEDIUM,
    fix=(
        "Set viewer_protocol_policy to redirect-to-https or https-only, and give the distribution a certificate with "
        "minimum_protocol_version TLSv1.2_2021."
    ),
    references=(
        "fsbp:CloudFront.3",
        "owasp-api-2023:API8",
        "nist-800-53-r5:SC-8",
        f"{_FRONT}secure-connections-supported-viewer-protocols-ciphers.html",
    ),
)
def cloudfront_minimum_version(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """CloudFront in front of an API speaks TLS 1.2 at least, and nothing without TLS.

    Callers meet the distribution, not the API: what it takes, they may send. Under CloudFront's own certificate it
    takes TLS 1.0.
    """
    for front in gateway.fronts:
        yield front.verdict(
            every(front.encrypted, front.modern_tls),
            no="speaks plain HTTP or TLS older than 1.2 to an API's callers",
            unknown="its certificate or its behaviors are known only later",
        )
