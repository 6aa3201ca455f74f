"""APIs, private domains and VPC endpoints are reached by the intended callers only."""

from collections.abc import Iterator

from ...model.fact import Fact, every, negate, some
from ...model.gateway import Gateway
from ...model.stack import Stack
from ...model.verdict import Severity, Verdict
from ..policy import Settings
from .layer import ANY_VPC_ENDPOINT, DOCS, NETWORK, POLICY_UNKNOWN


@NETWORK.policy(
    severity=Severity.MEDIUM,
    fix="Set the API's {endpointConfiguration} to one of the types that the setting `allowed` names.",
    references=("owasp-api-2023:API9", f"{DOCS}api-gateway-api-endpoint-types.html"),
    config={
        "allowed": {
            "type": "array",
            "items": {"type": "string", "enum": ["EDGE", "REGIONAL", "PRIVATE"]},
            "default": ["EDGE", "REGIONAL", "PRIVATE"],
            "description": "The endpoint types that an API may have; HTTP and WebSocket APIs are REGIONAL.",
        }
    },
    single_resource=True,
)
def endpoint_types_allowed(gateway: Gateway, settings: Settings) -> Iterator[Verdict]:
    """An API has one of the endpoint types that the organization allows.

    By default all are allowed. For accounts that must not contain a public API, set `allowed` to PRIVATE only.
    """
    kind, allowed = gateway.endpoint_type, settings["allowed"]
    fact = Fact.of(kind in allowed) if kind else Fact.UNKNOWN
    yield gateway.verdict(
        Fact.YES if len(set(allowed)) == _TYPES else fact,
        no=f"has the endpoint type {kind}, and only {', '.join(allowed)} is allowed",
        unknown="its endpoint type is known only after deployment",
    )


_TYPES = 3
"""How many endpoint types there are."""


@NETWORK.policy(
    severity=Severity.MEDIUM,
    fix=(
        "Disable the execute-api endpoint and require client certificates on every domain, let CloudFront add a "
        "secret header that a Lambda authorizer checks on every route, or use a REST API, which can have a resource "
        "policy and a web ACL."
    ),
    references=("owasp-api-2023:API8", "nist-800-53-r5:SC-7", f"{DOCS}http-api-vs-rest.html"),
)
def http_apis_not_public(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """An HTTP or WebSocket API is not open to the whole internet.

    These APIs cannot have a resource policy or a web ACL, and cannot be private; a VPC link is about their backends.
    Only client certificates restrict who reaches them, or an authorizer that lets in CloudFront alone. An API that is
    meant for the whole internet gets a waiver.
    """
    if gateway.kind != "REST":
        certificates = every(gateway.default_endpoint_off, *(each.mutual_tls for each in gateway.domains))
        secret = (
            every(each.sends_secret_header, gateway.requires_secret_header(each)) for each in gateway.distributions
        )
        kind = "a WebSocket API" if gateway.kind == "WEBSOCKET" else "an HTTP API"
        yield gateway.verdict(
            some(certificates, *secret, gateway.more_distributions),
            no=f"may be called from anywhere: {kind} has no resource policy, and nothing else restricts its callers",
            unknown="whether its callers need client certificates or come through CloudFront is not known here",
        )


@NETWORK.stack_policy(
    severity=Severity.HIGH,
    fix="Deny calls that do not come through your endpoints: `StringNotEquals aws:SourceVpce` in the domain's policy.",
    references=("owasp-api-2023:API8", f"{DOCS}apigateway-private-custom-domains.html"),
    single_resource=True,
)
def private_domains_restricted(stack: Stack, _settings: Settings) -> Iterator[Verdict]:
    """A private custom domain is reached only through named VPC endpoints or VPCs.

    A private domain has a resource policy of its own, in addition to those of its APIs.
    """
    for domain in stack.domains:
        if not domain.private.is_no:
            yield domain.verdict(
                negate(domain.open_to_any_vpc_endpoint),
                no=ANY_VPC_ENDPOINT,
                unknown=POLICY_UNKNOWN,
            )


@NETWORK.stack_policy(
    severity=Severity.LOW,
    fix="Give the VPC endpoint a policy that allows `execute-api:Invoke` on your APIs' ARNs only.",
    references=("owasp-api-2023:API8", f"{DOCS}apigateway-vpc-endpoint-policies.html"),
)
def vpc_endpoints_scoped(stack: Stack, _settings: Settings) -> Iterator[Verdict]:
    """A VPC endpoint for API Gateway leads to named APIs only.

    By default an endpoint leads to every private API of the region that lets it in, so data can leave through an API of
    another account.
    """
    for endpoint in stack.vpc_endpoints:
        yield endpoint.verdict(
            endpoint.scoped, no="leads to every API of the region", unknown="its policy is known only after deployment"
        )


@NETWORK.stack_policy(
    severity=Severity.LOW,
    fix="Let the security group of the VPC endpoint accept connections from your callers' ranges or groups only.",
    references=("owasp-api-2023:API8", f"{DOCS}apigateway-private-apis.html"),
)
def vpc_endpoints_not_public(stack: Stack, _settings: Settings) -> Iterator[Verdict]:
    """The security groups of a VPC endpoint for API Gateway do not accept connections from everywhere.

    Groups that are not among the evaluated resources are not evaluated.
    """
    for endpoint in stack.vpc_endpoints:
        yield endpoint.verdict(
            endpoint.not_public,
            no="accepts connections from any address",
            unknown="its security groups are known only after deployment",
        )
