"""Network: the API is called only from where it should be."""

from collections.abc import Collection, Iterator, Mapping

from ..findings import Answer, Severity, Verdict
from ..model import Gateway, Policy
from ..rules import Layer, Settings

NETWORK = Layer("network", "Network protection")
_DOCS = "https://docs.aws.amazon.com/apigateway/latest/developerguide/"
_NOT_YET = "its resource policy holds a value known only after deployment"
_SHOWN = 3
"""Routes that a message names."""


@NETWORK.rule(
    severity=Severity.HIGH,
    fix=(
        "Attach a resource policy that denies calls from outside (`Deny` with `NotIpAddress aws:SourceIp`), or make "
        "the API private. With SecureGateway, give `network` an allow list or `private`."
    ),
    references=("owasp-api-2023:API8", "nist-800-53-r5:SC-7", f"{_DOCS}apigateway-resource-policies.html"),
    rows=("M2", "M19", "M23", "G13"),
    config={
        "open": {
            "type": "array",
            "items": {"type": "string"},
            "default": [],
            "description": "Routes that may be called from anywhere, as `METHOD /path`.",
        }
    },
)
def callers_restricted(gateway: Gateway, settings: Settings) -> Iterator[Verdict]:
    """A public API has a resource policy that keeps strangers out.

    Without one, or with an `Allow *` that nothing narrows, any address on the internet may try its luck at the other
    layers. The policy is evaluated as AWS does, for callers that it does not name: a Deny with the operator of an Allow
    keeps out those inside, ranges that together hold more than a /8 of IPv4 (a /16 of IPv6) are the internet, and a
    condition on what the caller writes, such as `aws:Referer`, keeps out nobody.
    """
    policy = gateway.policy
    if gateway.kind != "REST" or gateway.private is Answer.YES:
        return
    if policy.written is Answer.NO:
        broken = f"its policy cannot be read ({policy.problem})" if policy.problem else "it has no resource policy"
        yield policy.verdict(Answer.NO, no=f"may be called from anywhere: {broken}", not_yet=_NOT_YET)
        return
    turned = (
        ", and a Deny of it keeps out the places it names instead of all others" if policy.shuts_out_insiders else ""
    )
    yield _about(policy, policy.from_anywhere, f"may be called from anywhere{turned}", but=settings["open"])


@NETWORK.rule(
    severity=Severity.CRITICAL,
    fix=(
        "Name the accounts or roles that may call as `Principal` of the Allow, or deny others by "
        "`StringNotEquals aws:PrincipalAccount`. For callers of your own account leave the Allow out: their identity "
        "policies suffice."
    ),
    references=("owasp-api-2023:API2", "nist-800-53-r5:AC-3", f"{_DOCS}apigateway-authorization-flow.html"),
    rows=("G11",),
)
def iam_callers_known(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """A route with IAM authorization takes calls of known accounts only.

    AWS lets in a signed call of another account if the caller's policy and the API's both allow it. The caller writes
    the first; an `Allow` with `Principal *` is the second. So every AWS account in the world may call, and every
    principal of your own without a policy that says so.
    """
    policy = gateway.policy
    if policy.to_any_account:
        yield _about(policy, policy.to_any_account, "lets every AWS account sign calls")


@NETWORK.rule(
    severity=Severity.HIGH,
    fix="Deny everybody else: `Deny` with `NotIpAddress aws:SourceIp`, beside an `Allow` without condition.",
    references=("owasp-api-2023:API8", "nist-800-53-r5:SC-7", f"{_DOCS}apigateway-authorization-flow.html"),
    rows=("G13",),
)
def allow_lists_hold(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """A list of allowed addresses holds for routes with a Lambda authorizer or IAM, too.

    Where the resource policy is silent, AWS lets in whom the Lambda authorizer or an identity policy of the own account
    allows. A list that is the condition of an Allow is silent about all others, so a stolen token works from anywhere.
    """
    policy = gateway.policy
    if gateway.private is not Answer.YES and policy.past_its_list:
        yield _about(
            policy,
            policy.past_its_list,
            "lists allowed places, and its silence lets in authorized callers from elsewhere",
        )


@NETWORK.rule(
    severity=Severity.CRITICAL,
    fix="Deny what does not come through your endpoints: `StringNotEquals aws:SourceVpce` in the resource policy.",
    references=("owasp-api-2023:API8", "nist-800-53-r5:SC-7", f"{_DOCS}apigateway-private-apis.html"),
    rows=("M22", "G14"),
)
def private_apis_bound(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """A private API is reached only through named VPC endpoints or VPCs.

    Private alone means every VPC endpoint of every account in the region. Addresses inside a VPC (`aws:VpcSourceIp`)
    tell nothing: everybody numbers a VPC as they like.
    """
    policy = gateway.policy
    if gateway.private is Answer.YES:
        no = "is private, and any VPC endpoint of any account leads to it"
        yield _about(policy, policy.through_any_endpoint, no)


@NETWORK.rule(
    severity=Severity.MEDIUM,
    fix=(
        "Allow what you mean to let in. `aws:SourceVpce` and `aws:SourceVpc` exist on private APIs only, "
        "`aws:SourceIp` on public ones only, and a `Principal` other than `*` only for routes with IAM."
    ),
    references=(f"{_DOCS}apigateway-resource-policies-aws-condition-keys.html",),
    rows=("G13",),
)
def somebody_let_in(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """A resource policy lets somebody in.

    A policy that nobody can satisfy is found at the first call, and then replaced in a hurry by one that lets in all.
    Only what certainly shuts out everybody is reported.
    """
    policy = gateway.policy
    if policy.to_somebody:
        shut = {label: Answer.YES if answer is Answer.NO else Answer.NO for label, answer in policy.to_somebody.items()}
        yield _about(policy, shut, "has a policy that lets in nobody at all")


@NETWORK.rule(
    severity=Severity.HIGH,
    fix="Put the policy into the body as `x-amazon-apigateway-policy`, and drop the `RestApiPolicy` resource.",
    references=(
        "owasp-api-2023:API8",
        "https://github.com/hashicorp/terraform-provider-aws/issues/49672",
        f"{_DOCS}openapi-extensions-policy.html",
    ),
    rows=("G15",),
)
def policy_survives_imports(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """A resource policy is not wiped by the next change of the API.

    An import overwrites the API. A policy held by a separate resource is gone afterwards, and no preview shows it. Of
    two policies for one API, whichever is written last holds.
    """
    yield gateway.policy.verdict(
        gateway.policy.survives, no=gateway.policy.contested, not_yet="where its policy stands is known only later"
    )


@NETWORK.rule(
    severity=Severity.MEDIUM,
    fix="Let the Deployment depend on the `RestApiPolicy`, and hash the policy into its `triggers`.",
    references=(f"{_DOCS}apigateway-resource-policies-create-attach.html",),
    rows=("G16",),
)
def policy_deployed(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """A deployment is taken after the resource policy is attached.

    A policy holds from the next deployment on. One that is attached beside the deployment, in any order, may come too
    late, and the stage runs without it until somebody deploys again.
    """
    yield gateway.policy.verdict(
        gateway.policy.deployed,
        no="has a policy of its own resource that its deployment does not wait for",
        not_yet="whether its deployment waits for its policy is known only later",
    )


def _about(policy: Policy, holes: Mapping[str, Answer], no: str, *, but: Collection[str] = ()) -> Verdict:
    """One verdict on the routes that a policy leaves a hole for."""
    found = [label for label, answer in holes.items() if answer is Answer.YES and label not in but]
    unclear = any(answer is Answer.NOT_YET for label, answer in holes.items() if label not in but)
    answer = Answer.NO if found else Answer.NOT_YET if unclear else Answer.YES
    return policy.verdict(answer, no=f"{no}{_routes(found, len(holes))}", not_yet=_NOT_YET)


def _routes(labels: list[str], of: int) -> str:
    """Which routes, unless it is all of them."""
    if len(labels) == of:
        return ""
    more = f" and {len(labels) - _SHOWN} more" if len(labels) > _SHOWN else ""
    return f": {', '.join(labels[:_SHOWN])}{more}"
