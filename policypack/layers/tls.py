"""TLS: data is encrypted on its way, and nobody gets round it."""

from collections.abc import Iterator

from ..findings import Answer, Severity, Verdict
from ..model import Estate, Gateway
from ..rules import Layer, Settings

TLS = Layer("tls", "TLS and custom domains")
_DOCS = "https://docs.aws.amazon.com/apigateway/latest/developerguide/"


@TLS.estate_rule(
    severity=Severity.HIGH,
    fix="Set the domain's security_policy to TLS_1_2 or one of the SecurityPolicy_TLS13_ family.",
    references=(
        "fsbp:APIGateway.11",
        "owasp-api-2023:API8",
        "nist-800-53-r5:SC-8",
        f"{_DOCS}apigateway-custom-domain-tls-version.html",
    ),
    alone=True,
)
def domains_modern(estate: Estate, _settings: Settings) -> Iterator[Verdict]:
    """Every custom domain speaks TLS 1.2 at least.

    TLS 1.0 and 1.1 have known breaks and are forbidden by most rules of the trade.
    """
    for domain in estate.domains:
        yield domain.verdict(
            domain.modern_tls, no="speaks TLS older than 1.2", not_yet="its security policy is known only later"
        )


@TLS.rule(
    severity=Severity.HIGH,
    fix="Set the API's security_policy (AWS's default takes TLS 1.0 on Regional APIs), or turn its endpoint off.",
    references=("owasp-api-2023:API8", "nist-800-53-r5:SC-8", f"{_DOCS}apigateway-security-policies-list.html"),
)
def endpoints_modern(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """The execute-api endpoint speaks TLS 1.2 at least, or is off.

    AWS's default for Regional and edge APIs still takes TLS 1.0.
    """
    yield gateway.verdict(
        gateway.modern_tls,
        no="speaks TLS older than 1.2 on its execute-api endpoint",
        not_yet="its security policy is known only after deployment",
    )


@TLS.rule(
    severity=Severity.HIGH,
    fix="Set disable_execute_api_endpoint to true: callers use the custom domain.",
    references=("owasp-api-2023:API9", f"{_DOCS}rest-api-disable-default-endpoint.html"),
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


@TLS.estate_rule(
    severity=Severity.MEDIUM,
    fix="Set truststore_version to the version of the truststore object.",
    references=("owasp-api-2023:API2", f"{_DOCS}rest-api-mutual-tls.html"),
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
