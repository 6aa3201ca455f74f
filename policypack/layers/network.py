"""Network: the API is called only from where it should be."""

from collections.abc import Collection, Iterator, Mapping

from ..model.fact import Fact, Tristate, every, negate, some
from ..model.gateway import Gateway
from ..model.network import ResourcePolicy
from ..model.stack import Stack
from ..model.verdict import Severity, Verdict
from .policy import Layer, Settings

NETWORK = Layer("network", "Network protection")
_DOCS = "https://docs.aws.amazon.com/apigateway/latest/developerguide/"
_LAMBDA = "https://docs.aws.amazon.com/lambda/latest/dg/"
_NOT_YET = "its resource policy holds a value known only after deployment"
_PERHAPS_PRIVATE = "whether it is private, and open to any VPC endpoint, is known only after deployment"
_ACL_NOT_YET = "whether its web ACL lets in listed addresses only is known after deployment"
_SHOWN = 3
"""Routes that a message names."""


@NETWORK.policy(
    severity=Severity.HIGH,
    fix=(
        "Attach a resource policy that denies calls from outside (`Deny` with `NotIpAddress aws:SourceIp`), or make "
        "the API private. With SecureGateway, give `network` an allow list or `private`."
    ),
    references=("owasp-api-2023:API8", "nist-800-53-r5:SC-7", f"{_DOCS}apigateway-resource-policies.html"),
    config={
        "open": {
            "type": "array",
            "items": {"type": "string"},
            "default": [],
            "description": "Routes that may be called from anywhere, as `METHOD /path`; `*` for all of them.",
        }
    },
)
def callers_restricted(gateway: Gateway, settings: Settings) -> Iterator[Verdict]:
    """A public API has a resource policy that keeps strangers out.

    Without one, or with an `Allow *` that nothing narrows, any address on the internet may try its luck at the other
    layers. The policy is evaluated as AWS does, for callers that it does not name: a Deny with the operator of an Allow
    keeps out those inside, ranges that together hold more than a /8 of IPv4 (a /16 of IPv6) are the internet, and a
    condition on what the caller writes, such as `aws:Referer`, keeps out nobody. A web ACL before every stage that
    lets in listed addresses only does as well.
    """
    policy = gateway.resource_policy
    if gateway.kind != "REST" or gateway.private.is_yes:
        return
    if _are_open(gateway, settings["open"]):
        yield policy.verdict(Fact.YES, no="", unknown="")
        return
    listed = _behind_lists(gateway)
    if policy.written.is_no or listed.is_yes:
        broken = f"its policy cannot be read ({policy.problem})" if policy.problem else "it has no resource policy"
        yield policy.verdict(listed, no=f"may be called from anywhere: {broken}", unknown=_ACL_NOT_YET)
        return
    turned = (
        ", and a Deny of it keeps out the places it names instead of all others" if policy.shuts_out_insiders else ""
    )
    verdict = _about(policy, policy.from_anywhere, f"may be called from anywhere{turned}", but=settings["open"])
    unclear = listed.is_unknown and verdict.result is Tristate.NO
    yield policy.verdict(Fact.UNKNOWN, no="", unknown=_ACL_NOT_YET) if unclear else verdict


def _are_open(gateway: Gateway, named: Collection[str]) -> bool:
    """Whether every route may be called from anywhere, as somebody decided."""
    labels = {route.label for route in gateway.routes}
    return "*" in named or (gateway.routes_read.is_yes and bool(labels) and labels <= set(named))


def _behind_lists(gateway: Gateway) -> Fact:
    """Whether a web ACL before every stage lets in listed addresses only."""
    acls = [stage.web_acl for stage in gateway.stages]
    answers = (Fact.NO if each is None else each.admits_listed_only for each in acls)
    return every(*answers) if acls else Fact.NO


@NETWORK.policy(
    severity=Severity.CRITICAL,
    fix=(
        "Name the accounts or roles that may call as `Principal` of the Allow, or deny others by "
        "`StringNotEquals aws:PrincipalAccount`. For callers of your own account leave the Allow out: their identity "
        "policies suffice."
    ),
    references=("owasp-api-2023:API2", "nist-800-53-r5:AC-3", f"{_DOCS}apigateway-authorization-flow.html"),
)
def iam_accounts_restricted(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """A route with IAM authorization takes calls of known accounts only.

    AWS lets in a signed call of another account if the caller's policy and the API's both allow it. The caller writes
    the first; an `Allow` with `Principal *` is the second. So every AWS account in the world may call, and every
    principal of your own without a policy that says so.
    """
    policy = gateway.resource_policy
    if policy.to_any_account:
        yield _about(policy, policy.to_any_account, "lets every AWS account sign calls")


@NETWORK.policy(
    severity=Severity.HIGH,
    fix="Deny everybody else: `Deny` with `NotIpAddress aws:SourceIp`, beside an `Allow` without condition.",
    references=("owasp-api-2023:API8", "nist-800-53-r5:SC-7", f"{_DOCS}apigateway-authorization-flow.html"),
)
def allow_lists_enforced(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """A list of allowed addresses holds for routes with a Lambda authorizer or IAM, too.

    Where the resource policy is silent, AWS lets in whom the Lambda authorizer or an identity policy of the own account
    allows. A list that is the condition of an Allow is silent about all others, so a stolen token works from anywhere.
    """
    policy = gateway.resource_policy
    if not gateway.private.is_yes and policy.past_its_list:
        yield _about(
            policy,
            policy.past_its_list,
            "lists allowed places, and its silence lets in authorized callers from elsewhere",
        )


@NETWORK.policy(
    severity=Severity.CRITICAL,
    fix="Deny what does not come through your endpoints: `StringNotEquals aws:SourceVpce` in the resource policy.",
    references=("owasp-api-2023:API8", "nist-800-53-r5:SC-7", f"{_DOCS}apigateway-private-apis.html"),
)
def private_apis_restricted(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """A private API is reached only through named VPC endpoints or VPCs.

    Private alone means every VPC endpoint of every account in the region. Addresses inside a VPC (`aws:VpcSourceIp`)
    tell nothing: everybody numbers a VPC as they like.
    """
    policy = gateway.resource_policy
    if not gateway.private.is_no:
        no = "is private, and any VPC endpoint of any account leads to it"
        found = _about(policy, policy.through_any_endpoint, no)
        perhaps = gateway.private.is_unknown and found.result is Tristate.NO
        yield policy.verdict(Fact.UNKNOWN, no="", unknown=_PERHAPS_PRIVATE) if perhaps else found


@NETWORK.policy(
    severity=Severity.MEDIUM,
    fix=(
        "Allow what you mean to let in. `aws:SourceVpce` and `aws:SourceVpc` exist on private APIs only, "
        "`aws:SourceIp` on public ones only, and a `Principal` other than `*` only for routes with IAM."
    ),
    references=(f"{_DOCS}apigateway-resource-policies-aws-condition-keys.html",),
)
def policy_satisfiable(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """A resource policy lets somebody in.

    A policy that nobody can satisfy is found at the first call, and then replaced in a hurry by one that lets in all.
    Only what certainly shuts out everybody is reported.
    """
    policy = gateway.resource_policy
    if policy.to_somebody:
        shut = {label: Fact.YES if answer.is_no else Fact.NO for label, answer in policy.to_somebody.items()}
        yield _about(policy, shut, "has a policy that lets in nobody at all")


@NETWORK.policy(
    severity=Severity.HIGH,
    fix="Put the policy into the body as `x-amazon-apigateway-policy`, and drop the `RestApiPolicy` resource.",
    references=(
        "owasp-api-2023:API8",
        "https://github.com/hashicorp/terraform-provider-aws/issues/49672",
        f"{_DOCS}openapi-extensions-policy.html",
    ),
)
def policy_survives_imports(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """A resource policy is not wiped by the next change of the API.

    An import overwrites the API. A policy held by a separate resource is gone afterwards, and no preview shows it. Of
    two policies for one API, whichever is written last holds.
    """
    yield gateway.resource_policy.verdict(
        gateway.resource_policy.survives,
        no=gateway.resource_policy.contested,
        unknown="where its policy stands is known only later",
    )


@NETWORK.policy(
    severity=Severity.MEDIUM,
    fix="Let the Deployment depend on the `RestApiPolicy`, and hash the policy into its `triggers`.",
    references=(f"{_DOCS}apigateway-resource-policies-create-attach.html",),
)
def policy_deployed(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """A deployment is taken after the resource policy is attached.

    A policy holds from the next deployment on. One that is attached beside the deployment, in any order, may come too
    late, and the stage runs without it until somebody deploys again.
    """
    yield gateway.resource_policy.verdict(
        gateway.resource_policy.deployed,
        no="has a policy of its own resource that its deployment does not wait for",
        unknown="whether its deployment waits for its policy is known only later",
    )


@NETWORK.policy(
    severity=Severity.MEDIUM,
    fix="Set the API's endpoint_configuration to one of the types that the setting `allowed` names.",
    references=("owasp-api-2023:API9", f"{_DOCS}api-gateway-api-endpoint-types.html"),
    config={
        "allowed": {
            "type": "array",
            "items": {"type": "string", "enum": ["EDGE", "REGIONAL", "PRIVATE"]},
            "default": ["EDGE", "REGIONAL", "PRIVATE"],
            "description": "The endpoint types that an API may have; HTTP and WebSocket APIs are REGIONAL.",
        }
    },
)
def endpoint_types_allowed(gateway: Gateway, settings: Settings) -> Iterator[Verdict]:
    """An API has one of the endpoint types that the organisation allows.

    All, unless the setting `allowed` says otherwise: a pack for accounts that must hold no public API allows PRIVATE.
    """
    kind, allowed = gateway.endpoint_type, settings["allowed"]
    answer = Fact.YES if kind in allowed else Fact.NO if kind else Fact.UNKNOWN
    yield gateway.verdict(
        Fact.YES if len(set(allowed)) == _TYPES else answer,
        no=f"is {kind}, and only {', '.join(allowed)} is allowed",
        unknown="its endpoint type is known only after deployment",
    )


_TYPES = 3
"""All of them."""


@NETWORK.policy(
    severity=Severity.MEDIUM,
    fix=(
        "Turn the execute-api endpoint off and ask for client certificates on every domain, let CloudFront show a "
        "secret header that a Lambda authorizer checks on every route, or use a REST API, which takes a resource "
        "policy and a web ACL."
    ),
    references=("owasp-api-2023:API8", "nist-800-53-r5:SC-7", f"{_DOCS}http-api-vs-rest.html"),
)
def http_apis_not_public(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """An HTTP or WebSocket API is not open to the whole internet.

    These kinds take no resource policy, no web ACL, and cannot be private; a VPC link is about what they call. Only
    client certificates keep strangers from their address, or an authorizer that lets in CloudFront alone. One that is
    meant for the whole internet gets a waiver.
    """
    if gateway.kind != "REST":
        answers = (Fact.UNKNOWN if each.outside else each.mutual_tls for each in gateway.domains)
        asks = every(gateway.default_endpoint_off, *answers)
        later = Fact.UNKNOWN if gateway.perhaps_fronted else Fact.NO
        secret = some(*(each.proves_itself for each in gateway.fronts), later)
        yield gateway.verdict(
            some(asks, every(secret, gateway.checks_fronts)),
            no=f"may be called from anywhere: {_kind(gateway)} takes no resource policy, and nothing else closes it",
            unknown="whether its endpoint is off and its domains ask for certificates is known only later",
        )


def _kind(gateway: Gateway) -> str:
    return "a WebSocket API" if gateway.kind == "WEBSOCKET" else "an HTTP API"


@NETWORK.stack_policy(
    severity=Severity.HIGH,
    fix="Deny what does not come through your endpoints: `StringNotEquals aws:SourceVpce` in the domain's policy.",
    references=("owasp-api-2023:API8", f"{_DOCS}apigateway-private-custom-domains.html"),
)
def private_domains_restricted(stack: Stack, _settings: Settings) -> Iterator[Verdict]:
    """A private custom domain is reached only through named VPC endpoints or VPCs.

    It has a resource policy of its own, beside those of its APIs.
    """
    for domain in stack.domains:
        if not domain.private.is_no:
            yield domain.verdict(
                negate(domain.open_to_any_endpoint),
                no="is private, and any VPC endpoint of any account leads to it",
                unknown=_NOT_YET,
            )


@NETWORK.stack_policy(
    severity=Severity.CRITICAL,
    fix="Give the function URL `authorization_type` AWS_IAM, or drop it; give the permission a principal or source.",
    references=("fsbp:Lambda.1", "owasp-api-2023:API2", "nist-800-53-r5:AC-3", f"{_LAMBDA}urls-auth.html"),
)
def functions_not_public(stack: Stack, _settings: Settings) -> Iterator[Verdict]:
    """A function behind a gateway is not open to everybody beside it.

    A function URL without authorization, or a permission for everybody, goes round every layer of the gateway.
    """
    for permission in stack.permissions:
        yield permission.verdict(
            permission.closed,
            no="lets everybody call a function that a gateway guards",
            unknown="whom it lets in is known only later",
        )
    for url in stack.function_urls:
        # Signed calls are no hole, whatever the function.
        answer = some(url.authenticated, negate(url.behind_gateway))
        yield url.verdict(
            answer,
            no="answers anybody, round the gateway that calls the same function",
            unknown="whether a gateway calls the same function is known only later",
        )


@NETWORK.stack_policy(
    severity=Severity.HIGH,
    fix="Give the permission the `source_arn` of the API, such as `{execution_arn}/*/GET/orders`.",
    references=("owasp-api-2023:API8", f"{_LAMBDA}permissions-source-account.html"),
)
def lambda_permissions_name_api(stack: Stack, _settings: Settings) -> Iterator[Verdict]:
    """A function lets in API Gateway for one API only.

    API Gateway calls for whoever owns an API. A permission without a source, or whose source names no API, lets every
    AWS account put an API of its own before the function.
    """
    for permission in stack.permissions:
        yield permission.verdict(
            permission.narrow,
            no="lets in API Gateway for any API",
            unknown="for which API it lets in API Gateway is known only later",
        )


@NETWORK.stack_policy(
    severity=Severity.LOW,
    fix="Set the permission's `action` to lambda:InvokeFunction.",
    references=("nist-800-53-r5:AC-6", f"{_LAMBDA}access-control-resource-based.html"),
)
def lambda_permissions_invoke_only(stack: Stack, _settings: Settings) -> Iterator[Verdict]:
    """A permission lets call a function and nothing else.

    With `lambda:*` the caller may change the function's code.
    """
    for permission in stack.permissions:
        yield permission.verdict(
            permission.modest, no="gives more than calls of the function", unknown="its action is known only later"
        )


@NETWORK.stack_policy(
    severity=Severity.LOW,
    fix="Give the VPC endpoint a policy that allows `execute-api:Invoke` on your APIs' ARNs only.",
    references=("owasp-api-2023:API8", f"{_DOCS}apigateway-vpc-endpoint-policies.html"),
)
def vpc_endpoints_scoped(stack: Stack, _settings: Settings) -> Iterator[Verdict]:
    """A VPC endpoint for API Gateway leads to named APIs only.

    By default it leads to every private API of the region that lets it in, and so data may leave by an API of somebody
    else.
    """
    for endpoint in stack.vpc_endpoints:
        yield endpoint.verdict(
            endpoint.scoped, no="leads to every API of the region", unknown="its policy is known only after deployment"
        )


@NETWORK.stack_policy(
    severity=Severity.LOW,
    fix="Let the security group of the VPC endpoint take connections from your callers' ranges or groups only.",
    references=("owasp-api-2023:API8", f"{_DOCS}apigateway-private-apis.html"),
)
def vpc_endpoints_not_public(stack: Stack, _settings: Settings) -> Iterator[Verdict]:
    """The security groups of a VPC endpoint for API Gateway do not take connections from everywhere.

    Groups that are not among the evaluated resources are not evaluated.
    """
    for endpoint in stack.vpc_endpoints:
        yield endpoint.verdict(
            endpoint.closed,
            no="takes connections from any address",
            unknown="its security groups are known only after deployment",
        )


def _about(policy: ResourcePolicy, holes: Mapping[str, Fact], no: str, *, but: Collection[str] = ()) -> Verdict:
    """One verdict on the routes that a policy leaves a hole for."""
    asked = {label: answer for label, answer in holes.items() if label not in but and "*" not in but}
    found = [label for label, answer in asked.items() if answer.is_yes]
    unclear = any(each.is_unknown for each in asked.values())
    answer = Fact.NO if found else Fact.UNKNOWN if unclear else Fact.YES
    return policy.verdict(answer, no=f"{no}{_routes(found, len(holes))}", unknown=_NOT_YET)


def _routes(labels: list[str], of: int) -> str:
    """Which routes, unless it is all of them."""
    if len(labels) == of:
        return ""
    more = f" and {len(labels) - _SHOWN} more" if len(labels) > _SHOWN else ""
    return f": {', '.join(labels[:_SHOWN])}{more}"
