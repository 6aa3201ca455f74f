"""Network: the API is called only from where it should be."""

from collections.abc import Iterator

from ..findings import Answer, Severity, Verdict
from ..model import Gateway
from ..rules import Layer, Settings

NETWORK = Layer("network", "Network protection")
_DOCS = "https://docs.aws.amazon.com/apigateway/latest/developerguide/"


@NETWORK.rule(
    severity=Severity.HIGH,
    fix=(
        "Attach a resource policy that denies calls from outside (`Deny` with `NotIpAddress aws:SourceIp`), or make "
        "the API private. With SecureGateway, give `network` an allow list or `private`."
    ),
    references=("owasp-api-2023:API8", "nist-800-53-r5:SC-7", f"{_DOCS}apigateway-resource-policies.html"),
)
def callers_restricted(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """A public API has a resource policy that keeps somebody out.

    Without one, or with an `Allow *` that nothing narrows, any address on the internet may try its luck at the other
    layers. A Deny with the wrong operator keeps out those inside.
    """
    if gateway.private is not Answer.YES:
        yield gateway.policy.verdict(
            gateway.policy.restricts,
            no="may be called from anywhere: no resource policy keeps anybody out",
            not_yet="its resource policy holds a value known only after deployment",
        )


@NETWORK.rule(
    severity=Severity.CRITICAL,
    fix="Deny what does not come through your endpoints: `StringNotEquals aws:SourceVpce` in the resource policy.",
    references=("owasp-api-2023:API8", "nist-800-53-r5:SC-7", f"{_DOCS}apigateway-private-apis.html"),
)
def private_apis_bound(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """A private API is reached only through named VPC endpoints or VPCs.

    Private alone means every VPC endpoint of every account in the region.
    """
    if gateway.private is Answer.YES:
        yield gateway.policy.verdict(
            gateway.policy.bound_to_endpoints,
            no="is private, but its policy names no VPC endpoint or VPC",
            not_yet="its resource policy holds a value known only after deployment",
        )


@NETWORK.rule(
    severity=Severity.HIGH,
    fix="Put the policy into the body as `x-amazon-apigateway-policy`, and drop the `RestApiPolicy` resource.",
    references=(
        "owasp-api-2023:API8",
        "https://github.com/hashicorp/terraform-provider-aws/issues/49672",
        f"{_DOCS}openapi-extensions-policy.html",
    ),
)
def policy_survives_imports(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """A resource policy is not wiped by the next change of the body.

    An import overwrites the API. A policy held by a separate resource is gone afterwards, and no preview shows it.
    """
    yield gateway.policy.verdict(
        gateway.policy.survives,
        no="has its policy in a separate resource beside a body: the next change of the body wipes it",
        not_yet="where its policy stands is known only later",
    )
