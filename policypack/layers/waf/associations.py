"""Web ACLs are in front of every stage, and callers cannot bypass them."""

from collections.abc import Iterator

from ...model.fact import Fact, every, some
from ...model.gateway import Gateway
from ...model.stack import Stack
from ...model.verdict import Severity, Verdict
from ..policy import Settings
from .layer import DOCS, MAY_BE_EXTERNAL, WAF


@WAF.policy(
    severity=Severity.HIGH,
    fix_by_kind={
        "REST": (
            "Associate a regional web ACL with the stage (`WebAclAssociation`). SecureGateway does so unless `waf` is "
            "waived."
        ),
        **dict.fromkeys(
            ("HTTP", "WEBSOCKET"),
            "Put the API behind a CloudFront distribution with {webAclId}. It cannot have a web ACL itself.",
        ),
    },
    references=(
        "fsbp:APIGateway.4",
        "owasp-api-2023:API4",
        "nist-800-53-r5:AC-4(21)",
        "pci-dss-4.0:6.4.2",
        "https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-control-access-aws-waf.html",
    ),
    config=MAY_BE_EXTERNAL,
)
def stages_have_web_acl(gateway: Gateway, settings: Settings) -> Iterator[Verdict]:
    """Every stage is behind a web ACL.

    Without a web ACL, injection attempts and floods reach the API unfiltered. One stage without a web ACL lets callers
    bypass those of the other stages. A web ACL in another stack counts: its association shows that it exists, although
    its rules cannot be evaluated. AWS WAF does not support HTTP and WebSocket APIs; they need a CloudFront distribution
    with a web ACL in front of them.
    """
    for stage in gateway.stages:
        behind = stage.behind_web_acl
        if behind.is_no and settings["elsewhere"]:
            behind = Fact.unknown("a web ACL in another stack may be in front of it")
        yield stage.verdict(
            behind,
            no="is reachable without a web ACL",
            unknown="whether a web ACL is in front of it is known only after deployment",
        )


@WAF.stack_policy(
    severity=Severity.MEDIUM,
    fix="Move to AWS WAF (`wafv2`); AWS has a migration that recreates the rules.",
    references=("owasp-api-2023:API8", f"{DOCS}waf-classic-migration.html"),
    single_resource=True,
)
def classic_unused(stack: Stack, _settings: Settings) -> Iterator[Verdict]:
    """Nothing uses WAF Classic.

    AWS ended its support in September 2025. It has neither AWS's managed rule groups nor tokens.
    """
    for each in stack.classic_acls:
        yield each.verdict(Fact.NO, no="is no longer supported by AWS, and must move to AWS WAF")


@WAF.policy(
    severity=Severity.MEDIUM,
    fix=(
        "Let the distribution send a secret header ({customHeaders} of the origin) that a Lambda authorizer of the "
        "API requires. A REST API may instead allow only CloudFront's addresses in its resource policy."
    ),
    references=(
        "owasp-api-2023:API8",
        "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/add-origin-custom-headers.html",
    ),
)
def cloudfront_not_bypassable(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """Callers cannot bypass the CloudFront distribution whose web ACL protects an API.

    AWS WAF does not support HTTP and WebSocket APIs, so CloudFront filters their requests. The API's own endpoint, and
    a custom domain that is the origin, stay open to everybody who knows their address, unless a Lambda authorizer
    has the secret header of the distribution among its identity sources. A value of fewer than 16 characters is no
    secret. That the authorizer compares the header is assumed, because its code is not evaluated; without that identity
    source, it is undecided. If the cache key of its decisions lacks the header, a cached decision lets in callers who
    bypass the distribution.
    """
    for stage in gateway.stages:
        if stage.distribution is not None:
            restricted = gateway.resource_policy.restricts if gateway.kind == "REST" else Fact.NO
            required = every(
                stage.distribution.sends_secret_header,
                gateway.requires_secret_header(stage.distribution),
                gateway.caches_by_secret_header(stage.distribution),
            )
            yield stage.verdict(
                some(gateway.private, restricted, required if required.is_unknown else Fact(required.value)),
                no=f"relies on the web ACL of {stage.distribution.label}, and accepts callers who bypass it",
                unknown="whether callers can bypass its distribution is known only after deployment",
            )


@WAF.stack_policy(
    severity=Severity.MEDIUM,
    fix="Associate a regional web ACL with the gateway of AgentCore (`WebAclAssociation`).",
    references=(
        "owasp-api-2023:API4",
        "https://docs.aws.amazon.com/waf/latest/developerguide/how-aws-waf-works-resources.html",
    ),
)
def agent_gateways_have_web_acl(stack: Stack, _settings: Settings) -> Iterator[Verdict]:
    """A gateway of Bedrock AgentCore that calls an API has a web ACL of its own.

    The API's web ACL sees the addresses of AgentCore instead of those of the callers, so it can neither limit the rate
    of one caller nor know its address.
    """
    for each in stack.agent_gateways:
        yield each.verdict(
            each.has_web_acl,
            no="calls an API, and is reachable without a web ACL",
            unknown="whether a web ACL is associated with it is known only after deployment",
        )
