"""TLS: data is encrypted on its way, and nobody gets round it."""

from collections.abc import Iterator
from typing import Any, Final

from ..model.fact import Answer, every, some
from ..model.gateway import Gateway
from ..model.stack import Estate
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


@TLS.estate_rule(
    severity=Severity.HIGH,
    fix="Set the domain's security_policy to TLS_1_2 or one of the SecurityPolicy_TLS13_ family.",
    references=(
        "fsbp:APIGateway.11",
        "owasp-api-2023:API8",
        "nist-800-53-r5:SC-8",
        f"{_DOCS}apigateway-custom-domain-tls-version.html",
    ),
    rows=("M27", "M28", "M29", "G19"),
    config=_STRENGTH,
    alone=True,
)
def domains_modern(estate: Estate, settings: Settings) -> Iterator[Verdict]:
    """Every custom domain speaks TLS 1.2 at least.

    TLS 1.0 and 1.1 have known breaks and are forbidden by most rules of the trade. The setting `minimum` asks for more,
    `traits` for what the newer policies have by name.
    """
    for domain in estate.domains:
        yield domain.verdict(
            domain.tls.meets(settings["minimum"], settings["traits"]),
            no=f"speaks TLS older than {_wanted(settings)}",
            not_yet="its security policy is known only later",
        )


@TLS.rule(
    severity=Severity.HIGH,
    fix="Set the API's security_policy (AWS's default takes TLS 1.0 on Regional APIs), or turn its endpoint off.",
    references=("owasp-api-2023:API8", "nist-800-53-r5:SC-8", f"{_DOCS}apigateway-security-policies-list.html"),
    rows=("G18", "G19"),
    config=_STRENGTH,
)
def endpoints_modern(gateway: Gateway, settings: Settings) -> Iterator[Verdict]:
    """The execute-api endpoint speaks TLS 1.2 at least, or is off.

    AWS's default for Regional and edge APIs still takes TLS 1.0.
    """
    yield gateway.verdict(
        some(gateway.default_endpoint_off, gateway.tls.meets(settings["minimum"], settings["traits"])),
        no=f"speaks TLS older than {_wanted(settings)} on its execute-api endpoint",
        not_yet="its security policy is known only after deployment",
    )


@TLS.rule(
    severity=Severity.LOW,
    fix="Set endpoint_access_mode to STRICT on the API and on its domains, once no caller comes by another host name.",
    references=("owasp-api-2023:API8", f"{_DOCS}apigateway-security-policies.html"),
    rows=("G18",),
    config={
        "required": {
            "type": "boolean",
            "default": False,
            "description": "Whether the mode STRICT is asked for. AWS advises BASIC until every caller is verified.",
        }
    },
)
def endpoints_strict(gateway: Gateway, settings: Settings) -> Iterator[Verdict]:
    """An endpoint with one of the newer security policies refuses requests under a name of somebody else.

    In the mode BASIC the host of a request need not be the one of its TLS handshake. STRICT closes that, and shuts out
    callers who come by the name of a VPC endpoint, so it is asked for only where the setting `required` says so.
    """
    if not settings["required"]:
        return
    no, not_yet = "has the access mode BASIC", "its access mode is known only later"
    if gateway.default_endpoint_off is not Answer.YES:
        yield gateway.verdict(gateway.strict, no=no, not_yet=not_yet)
    for domain in gateway.domains:
        yield domain.verdict(domain.strict, no=no, not_yet=not_yet)


@TLS.rule(
    severity=Severity.HIGH,
    fix="Set disable_execute_api_endpoint to true: callers use the custom domain.",
    references=("owasp-api-2023:API9", f"{_DOCS}rest-api-disable-default-endpoint.html"),
    rows=("M24", "G17", "G20"),
)
def default_endpoint_off(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """An API with a custom domain is reached under that domain only.

    What guards the domain, mutual TLS before all, does not guard the execute-api address of the same stage.
    """
    if gateway.domains and gateway.private is not Answer.YES:
        mutual = any(domain.mutual_tls is Answer.YES for domain in gateway.domains)
        way_round = ", a way round mutual TLS" if mutual else ""
        yield gateway.verdict(
            gateway.default_endpoint_off,
            no=f"has a custom domain and leaves its execute-api endpoint open{way_round}",
            not_yet="whether its execute-api endpoint is off is known only after deployment",
        )


@TLS.rule(
    severity=Severity.HIGH,
    fix="Ask for client certificates on every domain of the API, or keep the other domains to an API of their own.",
    references=("owasp-api-2023:API2", f"{_DOCS}rest-api-mutual-tls.html"),
    rows=("M30", "G20"),
    config={
        "required": {
            "type": "boolean",
            "default": False,
            "description": "Whether every domain of a public API asks for client certificates.",
        }
    },
)
def mutual_tls_everywhere(gateway: Gateway, settings: Settings) -> Iterator[Verdict]:
    """An API with mutual TLS on one domain has it on all.

    A second domain that leads to the same API and asks for no certificate is a way round the first. A domain that
    proves its ownership for mutual TLS, and has none, counts as meant to. The setting `required` asks for certificates
    in any case.
    """
    required = settings["required"] and gateway.private is not Answer.YES
    if required or any(Answer.YES in (each.mutual_tls, each.means_mutual_tls) for each in gateway.domains):
        for domain in gateway.domains:
            answer = Answer.NOT_YET if domain.outside else domain.mutual_tls
            yield domain.verdict(
                answer,
                no="asks for no client certificate, where mutual TLS is meant",
                not_yet="whether it asks for client certificates is not shown here",
            )


@TLS.estate_rule(
    severity=Severity.MEDIUM,
    fix="Set truststore_version to the version of the truststore object.",
    references=("owasp-api-2023:API2", f"{_DOCS}rest-api-mutual-tls.html"),
    rows=("G20",),
    alone=True,
)
def truststores_pinned(estate: Estate, _settings: Settings) -> Iterator[Verdict]:
    """Mutual TLS trusts one version of its truststore.

    API Gateway reads the file only when the version changes: without one, a certificate taken out is trusted on.
    """
    for domain in estate.domains:
        if domain.mutual_tls is not Answer.NO:
            yield domain.verdict(
                domain.truststore_pinned,
                no="trusts a truststore without a version",
                not_yet="its truststore is known only after deployment",
            )


@TLS.estate_rule(
    severity=Severity.MEDIUM,
    fix="Turn on versioning of the truststore's bucket, and block public access to it.",
    references=("owasp-api-2023:API8", f"{_DOCS}rest-api-mutual-tls.html"),
    rows=("G20",),
)
def truststores_guarded(estate: Estate, _settings: Settings) -> Iterator[Verdict]:
    """The bucket of a truststore keeps old versions and is closed to the public.

    Who writes the truststore decides who gets in. A bucket that is not among the judged resources is not judged.
    """
    for domain in estate.domains:
        if domain.mutual_tls is Answer.YES:
            yield domain.verdict(
                every(domain.truststore_versioned, domain.truststore_closed),
                no="trusts a truststore in a bucket that keeps no versions or is open to the public",
                not_yet="how its truststore's bucket is guarded is known only after deployment",
            )


@TLS.estate_rule(
    severity=Severity.MEDIUM,
    fix="Set ownership_verification_certificate_arn to a public certificate of ACM for the same name.",
    references=(f"{_DOCS}rest-api-mutual-tls.html",),
    rows=("G20",),
)
def ownership_proven(estate: Estate, _settings: Settings) -> Iterator[Verdict]:
    """Mutual TLS with an imported or private certificate has a public one beside it.

    AWS asks for a certificate of ACM that proves who owns the name, and locks the domain without it.
    """
    for domain in estate.domains:
        if domain.mutual_tls is Answer.YES:
            yield domain.verdict(
                domain.owned,
                no="has mutual TLS with a certificate that ACM did not issue, and none that proves ownership",
                not_yet="its certificates are known only after deployment",
            )


@TLS.estate_rule(
    severity=Severity.MEDIUM,
    fix="Ask ACM for a certificate with RSA_2048 or EC_prime256v1, and leave its transparency logging on.",
    references=(
        "fsbp:ACM.2",
        "nist-800-53-r5:SC-12",
        "https://docs.aws.amazon.com/acm/latest/userguide/acm-certificate-characteristics.html",
    ),
    rows=("M33",),
)
def certificates_sound(estate: Estate, _settings: Settings) -> Iterator[Verdict]:
    """A domain's certificate has a key of today's strength, and stands in the public logs.

    Judged where the certificate is among the judged resources. ACM renews what it issued, so there is no end to watch.
    """
    for domain in estate.domains:
        yield domain.verdict(
            domain.certificate_sound,
            no="has a certificate with a weak key, or one kept out of the transparency logs",
            not_yet="its certificate's key is known only later",
        )


@TLS.rule(
    severity=Severity.HIGH,
    fix="Call the backend by https://.",
    references=("owasp-api-2023:API10", "nist-800-53-r5:SC-8", f"{_DOCS}http-integrations.html"),
    rows=("M77", "G21"),
)
def backends_encrypted(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """An API calls its backends over TLS.

    With http:// whatever the gateway has guarded goes over the internet in plain text, credentials included.
    """
    for link in gateway.links:
        if not link.private:
            yield link.verdict(
                link.encrypted, no="calls its backend without TLS", not_yet="its address is known only later"
            )


@TLS.rule(
    severity=Severity.MEDIUM,
    fix="Call https:// through the VPC link; on an HTTP API set tls_config with the server name to verify.",
    references=(
        "fsbp:APIGateway.10",
        "owasp-api-2023:API8",
        "nist-800-53-r5:SC-8",
        f"{_DOCS}http-api-develop-integrations-private.html",
    ),
    rows=("M32", "G21"),
)
def private_backends_encrypted(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """An API calls its backends over TLS inside a VPC, too."""
    for link in gateway.links:
        if link.private:
            yield link.verdict(
                link.encrypted,
                no="calls its backend through a VPC link without TLS",
                not_yet="its address is known only later",
            )


@TLS.rule(
    severity=Severity.HIGH,
    fix="Drop insecureSkipVerification; give the backend a certificate of a public authority.",
    references=("owasp-api-2023:API10", f"{_DOCS}api-gateway-swagger-extensions-integration-tls-config.html"),
    rows=("G21",),
)
def backends_verified(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """An API checks the certificates of its backends.

    With insecureSkipVerification anybody on the way may answer in the backend's place.
    """
    for link in gateway.links:
        yield link.verdict(
            link.verified,
            no="does not check its backend's certificate",
            not_yet="whether it checks its backend's certificate is known only later",
        )


@TLS.rule(
    severity=Severity.LOW,
    fix="Set the stage's client_certificate_id, and let the backend take connections with that certificate only.",
    references=(
        "fsbp:APIGateway.2",
        "nist-800-53-r5:SC-8",
        f"{_DOCS}getting-started-client-side-ssl-authentication.html",
    ),
    rows=("M31", "G21"),
    config={
        "required": {
            "type": "boolean",
            "default": False,
            "description": "Whether backends on the internet are shown a client certificate.",
        }
    },
)
def backends_know_gateway(gateway: Gateway, settings: Settings) -> Iterator[Verdict]:
    """A backend on the internet can tell its gateway from everybody else.

    One that does not is called round the gateway by whoever finds it. There are other ways than a certificate, such as
    a secret header, which are not seen here, so this is asked for only where the setting `required` says so. Functions
    and backends behind a VPC link need none.
    """
    reached = [each for each in gateway.links if not each.private]
    if settings["required"] and reached and gateway.kind != "HTTP":
        yield gateway.verdict(
            gateway.shows_certificate,
            no="shows its backends no client certificate",
            not_yet="whether it shows its backends a client certificate is known only later",
        )


@TLS.rule(
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
    rows=("G22",),
)
def fronts_modern(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """CloudFront in front of an API speaks TLS 1.2 at least, and nothing without TLS.

    Callers meet the distribution, not the API: what it takes, they may send. Under CloudFront's own certificate it
    takes TLS 1.0.
    """
    for front in gateway.fronts:
        yield front.verdict(
            every(front.encrypted, front.modern_tls),
            no="speaks plain HTTP or TLS older than 1.2 to an API's callers",
            not_yet="its certificate or its behaviors are known only later",
        )
