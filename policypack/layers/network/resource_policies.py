"""Resource policies restrict who can call an API, and stay in effect."""

from collections.abc import Collection, Iterator, Mapping

from ...model.fact import Fact, Tristate, every, negate, some
from ...model.gateway import Gateway
from ...model.network import ResourcePolicy
from ...model.verdict import Severity, Verdict
from ..policy import Settings
from .layer import ANY_VPC_ENDPOINT, DOCS, NETWORK, POLICY_UNKNOWN

_ACL_UNKNOWN = "whether its web ACL lets in listed addresses only is known after deployment"
_PRIVATE_UNKNOWN = "whether it is private, or may be called from anywhere, is unknown"
_SHOWN = 3
"""How many routes a message names."""


@NETWORK.policy(
    severity=Severity.HIGH,
    fix=(
        "Attach a resource policy that denies calls from other addresses (`Deny` with `NotIpAddress aws:SourceIp`), "
        "or make the API private. With SecureGateway, give `network` an allow list or `private`. Waive this policy for "
        "an API that is meant for everybody, with a reason and an owner."
    ),
    references=("owasp-api-2023:API8", "nist-800-53-r5:SC-7", f"{DOCS}apigateway-resource-policies.html"),
    config={
        "open": {
            "type": "array",
            "items": {"type": "string", "pattern": "^[A-Z]+ /", "title": "a route, as `METHOD /path`"},
            "default": [],
            "description": (
                "Routes that may be called from anywhere, as `METHOD /path`. An API that is meant for everybody gets a "
                "waiver instead, which has a reason and stays in the reports."
            ),
        }
    },
)
def callers_restricted(gateway: Gateway, settings: Settings) -> Iterator[Verdict]:
    """A public API restricts which addresses can call it.

    Without a resource policy, or with an `Allow *` that nothing narrows, any address on the internet can attack the
    other layers. The policy is evaluated the way AWS evaluates it, for callers that it does not name. A Deny with
    `IpAddress` (instead of `NotIpAddress`) blocks the listed ranges and nobody else. Ranges that together contain more
    than a /8 of IPv4 (a /16 of IPv6) count as the internet. A condition on a header that the caller chooses, such as
    `aws:Referer`, restricts nobody. It is also enough if every stage has a web ACL that lets in listed addresses only.
    """
    policy = gateway.resource_policy
    if gateway.kind != "REST" or gateway.private.is_yes:
        return
    if _all_exempt(gateway, settings["open"]):
        yield policy.verdict(Fact.YES)
        return
    listed = _behind_allow_lists(gateway)
    if policy.attached.is_no or listed.is_yes:
        no = f"may be called from anywhere: it {policy.attached.reason}"
        yield policy.verdict(listed, no=no, unknown=_ACL_UNKNOWN)
        return
    inverted = ", since a Deny blocks the listed addresses instead of all others" if policy.has_inverted_deny else ""
    no = f"may be called from anywhere{inverted}"
    verdict = _by_route(policy, policy.open_to_internet, no, exempt=settings["open"])
    if verdict.result is Tristate.NO and listed.is_unknown:
        verdict = policy.verdict(Fact.UNKNOWN, unknown=_ACL_UNKNOWN)
    elif verdict.result is Tristate.NO and gateway.private.is_unknown and not _open_if_private(policy):
        verdict = policy.verdict(Fact.UNKNOWN, unknown=_PRIVATE_UNKNOWN)
    yield verdict


def _open_if_private(policy: ResourcePolicy) -> bool:
    """Whether a policy lets in every VPC endpoint wherever it lets in the internet."""
    opened = [label for label, fact in policy.open_to_internet.items() if fact.is_yes]
    return all(policy.open_to_any_vpc_endpoint.get(each, Fact.UNKNOWN).is_yes for each in opened)


def _all_exempt(gateway: Gateway, named: Collection[str]) -> bool:
    """Whether the setting `open` names every route."""
    labels = {route.label for route in gateway.routes}
    return gateway.routes_known.is_yes and bool(labels) and labels <= set(named)


def _behind_allow_lists(gateway: Gateway) -> Fact:
    """Whether every stage has a web ACL that lets in listed addresses only."""
    acls = [stage.web_acl for stage in gateway.stages]
    facts = (Fact.NO if each is None else each.admits_listed_only for each in acls)
    # Without the reasons, which are about the web ACLs.
    return Fact(every(*facts).value) if acls else Fact.NO


@NETWORK.policy(
    severity=Severity.CRITICAL,
    fix=(
        "Name the accounts or roles that may call as the `Principal` of the Allow, or deny all others with "
        "`StringNotEquals aws:PrincipalAccount`. Callers of your own account need no Allow: their identity policies "
        "are enough."
    ),
    references=("owasp-api-2023:API2", "nist-800-53-r5:AC-3", f"{DOCS}apigateway-authorization-flow.html"),
)
def iam_accounts_restricted(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """A route with IAM authorization accepts calls from known accounts only.

    AWS lets in a signed call from another account if both the caller's identity policy and the API's resource policy
    allow it. The caller writes the former, and an `Allow` with `Principal *` is the latter. So every AWS account can
    call, and so can every principal of your own account that has no identity policy for it. An allow list of addresses
    that a Deny enforces is enough, too.
    """
    policy = gateway.resource_policy
    if policy.open_to_any_account:
        yield _by_route(policy, policy.open_to_any_account, "lets every AWS account sign calls")


@NETWORK.policy(
    severity=Severity.HIGH,
    fix=(
        "Deny all other addresses: add a `Deny` with `NotIpAddress aws:SourceIp` (of a private API, "
        "`StringNotEquals aws:SourceVpce`), and an `Allow` without condition."
    ),
    references=("owasp-api-2023:API8", "nist-800-53-r5:SC-7", f"{DOCS}apigateway-authorization-flow.html"),
)
def allow_lists_enforced(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """An allow list of addresses, or of VPC endpoints, also applies to routes with a Lambda authorizer or IAM.

    If no statement of the resource policy applies, AWS lets in callers whom the Lambda authorizer, or an identity
    policy of the API's own account, allows. An allow list that is only the condition of an Allow does not apply to
    other addresses, so a stolen token works from anywhere; for a private API, from every VPC endpoint.
    """
    policy = gateway.resource_policy
    if policy.allow_list_bypassed:
        others = "VPC endpoints" if gateway.private.is_yes else "addresses"
        no = f"has an allow list that authorized callers bypass, because no Deny blocks other {others}"
        yield _by_route(policy, policy.allow_list_bypassed, no)


@NETWORK.policy(
    severity=Severity.CRITICAL,
    fix="Deny calls that do not come through your endpoints: `StringNotEquals aws:SourceVpce` in the resource policy.",
    references=("owasp-api-2023:API8", "nist-800-53-r5:SC-7", f"{DOCS}apigateway-private-apis.html"),
)
def private_apis_restricted(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """A private API is reached only through named VPC endpoints or VPCs.

    A policy that names none lets in every VPC endpoint of every account in the region. Addresses inside a VPC
    (`aws:VpcSourceIp`) prove nothing, because the owner of a VPC chooses them. Without a policy AWS refuses to deploy
    the API, which `network-policy-satisfiable` reports.
    """
    policy = gateway.resource_policy
    if not gateway.private.is_no and not policy.attached.is_no:
        found = _by_route(policy, policy.open_to_any_vpc_endpoint, ANY_VPC_ENDPOINT)
        undecided = gateway.private.is_unknown and found.result is Tristate.NO
        unknown = "whether it is private, and reached from any VPC endpoint, is known only after deployment"
        yield policy.verdict(Fact.UNKNOWN, unknown=unknown) if undecided else found


@NETWORK.policy(
    severity=Severity.MEDIUM,
    fix=(
        "Allow the callers that you mean to let in. `aws:SourceVpce` and `aws:SourceVpc` exist on private APIs only, "
        "`aws:SourceIp` on public ones only, and a `Principal` other than `*` matches only on routes with IAM."
    ),
    references=(f"{DOCS}apigateway-resource-policies-aws-condition-keys.html",),
)
def policy_satisfiable(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """A resource policy lets in at least some callers.

    A policy that nobody can satisfy is noticed at the first call, and then replaced in a hurry by one that lets in
    everyone. Only a policy that certainly denies everyone is reported, and a private API without any, which AWS refuses
    to deploy.
    """
    policy = gateway.resource_policy
    if policy.attached.is_no and not gateway.private.is_no:
        yield policy.verdict(
            negate(gateway.private),
            no=f"is private, and AWS refuses to deploy it: it {policy.attached.reason}",
            unknown="whether it is private, and so needs a resource policy, is known only after deployment",
        )
    if policy.satisfiable:
        shut = {label: Fact.of(fact.is_no) for label, fact in policy.satisfiable.items()}
        yield _by_route(policy, shut, "has a resource policy that denies every caller")


@NETWORK.policy(
    severity=Severity.HIGH,
    fix="Put the policy into the body as `x-amazon-apigateway-policy`, and remove the `RestApiPolicy` resource.",
    references=(
        "owasp-api-2023:API8",
        "https://github.com/hashicorp/terraform-provider-aws/issues/49672",
        f"{DOCS}openapi-extensions-policy.html",
    ),
)
def policy_survives_imports(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """The next change of an API does not remove its resource policy.

    An import overwrites the API. It removes a policy that a separate resource attached, and no preview shows that. Of
    two policies for one API, the one that is written last is in effect.
    """
    yield gateway.resource_policy.verdict(gateway.resource_policy.survives_imports)


@NETWORK.policy(
    severity=Severity.MEDIUM,
    fix="Let the Deployment depend on the `RestApiPolicy`, and add a hash of the policy to its {triggers}.",
    references=(f"{DOCS}apigateway-resource-policies-create-attach.html",),
)
def policy_deployed(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """Every deployment is created after the resource policy is attached.

    A policy takes effect with the next deployment. If nothing orders the two, the deployment may come first, and the
    stage then runs without the policy until someone deploys again.
    """
    yield gateway.resource_policy.verdict(gateway.resource_policy.deployed)


def _by_route(
    policy: ResourcePolicy, violated: Mapping[str, Fact], no: str, *, exempt: Collection[str] = ()
) -> Verdict:
    """One verdict for all routes: a violation names those for which `violated` is YES."""
    evaluated = {label: fact for label, fact in violated.items() if label not in exempt and "*" not in exempt}
    found = [label for label, fact in evaluated.items() if fact.is_yes]
    fact = Fact.no(f"{no}{_routes(found, len(violated))}") if found else negate(some(*evaluated.values()))
    return policy.verdict(fact, unknown=POLICY_UNKNOWN)


def _routes(labels: list[str], of: int) -> str:
    """The names of the routes, unless they are all routes."""
    if len(labels) == of:
        return ""
    more = f" and {len(labels) - _SHOWN} more" if len(labels) > _SHOWN else ""
    return f": {', '.join(labels[:_SHOWN])}{more}"
