"""Network: an API is called only from where it is meant to be, and calls only the backends that it is meant to."""

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
_POLICY_UNKNOWN = "its resource policy contains a value known only after deployment"
_ACL_UNKNOWN = "whether its web ACL lets in listed addresses only is known after deployment"
_PRIVATE_UNKNOWN = "whether it is private, or may be called from anywhere, is unknown"
_SHOWN = 3
"""How many routes a message names."""


@NETWORK.policy(
    severity=Severity.HIGH,
    fix=(
        "Attach a resource policy that denies calls from other addresses (`Deny` with `NotIpAddress aws:SourceIp`), "
        "or make the API private. With SecureGateway, give `network` an allow list or `private`."
    ),
    references=("owasp-api-2023:API8", "nist-800-53-r5:SC-7", f"{_DOCS}apigateway-resource-policies.html"),
    config={
        "open": {
            "type": "array",
            "items": {"type": "string"},
            "default": [],
            "description": "Routes that may be called from anywhere, as `METHOD /path`; `*` means all routes.",
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
    return "*" in named or (gateway.routes_known.is_yes and bool(labels) and labels <= set(named))


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
    references=("owasp-api-2023:API2", "nist-800-53-r5:AC-3", f"{_DOCS}apigateway-authorization-flow.html"),
)
def iam_accounts_restricted(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """A route with IAM authorization accepts calls from known accounts only.

    AWS lets in a signed call from another account if both the caller's identity policy and the API's resource policy
    allow it. The caller writes the former, and an `Allow` with `Principal *` is the latter. So every AWS account can
    call, and so can every principal of your own account that has no identity policy for it.
    """
    policy = gateway.resource_policy
    if policy.open_to_any_account:
        yield _by_route(policy, policy.open_to_any_account, "lets every AWS account sign calls")


@NETWORK.policy(
    severity=Severity.HIGH,
    fix="Deny all other addresses: add a `Deny` with `NotIpAddress aws:SourceIp`, and an `Allow` without condition.",
    references=("owasp-api-2023:API8", "nist-800-53-r5:SC-7", f"{_DOCS}apigateway-authorization-flow.html"),
)
def allow_lists_enforced(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """An allow list of addresses also applies to routes with a Lambda authorizer or IAM.

    If no statement of the resource policy applies, AWS lets in callers whom the Lambda authorizer, or an identity
    policy of the API's own account, allows. An allow list that is only the condition of an Allow does not apply to
    other addresses, so a stolen token works from anywhere.
    """
    policy = gateway.resource_policy
    if not gateway.private.is_yes and policy.allow_list_bypassed:
        no = "has an allow list that authorized callers bypass, because no Deny blocks other addresses"
        yield _by_route(policy, policy.allow_list_bypassed, no)


@NETWORK.policy(
    severity=Severity.CRITICAL,
    fix="Deny calls that do not come through your endpoints: `StringNotEquals aws:SourceVpce` in the resource policy.",
    references=("owasp-api-2023:API8", "nist-800-53-r5:SC-7", f"{_DOCS}apigateway-private-apis.html"),
)
def private_apis_restricted(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """A private API is reached only through named VPC endpoints or VPCs.

    A policy that names none lets in every VPC endpoint of every account in the region. Addresses inside a VPC
    (`aws:VpcSourceIp`) prove nothing, because the owner of a VPC chooses them. Without a policy AWS refuses to deploy
    the API, which `network-policy-satisfiable` reports.
    """
    policy = gateway.resource_policy
    if not gateway.private.is_no and not policy.attached.is_no:
        found = _by_route(policy, policy.open_to_any_vpc_endpoint, _ANY_VPC_ENDPOINT)
        undecided = gateway.private.is_unknown and found.result is Tristate.NO
        unknown = "whether it is private, and reached from any VPC endpoint, is known only after deployment"
        yield policy.verdict(Fact.UNKNOWN, unknown=unknown) if undecided else found


_ANY_VPC_ENDPOINT = "is private, and any VPC endpoint of any account reaches it"


@NETWORK.policy(
    severity=Severity.MEDIUM,
    fix=(
        "Allow the callers that you mean to let in. `aws:SourceVpce` and `aws:SourceVpc` exist on private APIs only, "
        "`aws:SourceIp` on public ones only, and a `Principal` other than `*` matches only on routes with IAM."
    ),
    references=(f"{_DOCS}apigateway-resource-policies-aws-condition-keys.html",),
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
        f"{_DOCS}openapi-extensions-policy.html",
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
    references=(f"{_DOCS}apigateway-resource-policies-create-attach.html",),
)
def policy_deployed(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """Every deployment is created after the resource policy is attached.

    A policy takes effect with the next deployment. If nothing orders the two, the deployment may come first, and the
    stage then runs without the policy until someone deploys again.
    """
    yield gateway.resource_policy.verdict(gateway.resource_policy.deployed)


@NETWORK.policy(
    severity=Severity.MEDIUM,
    fix="Set the API's {endpointConfiguration} to one of the types that the setting `allowed` names.",
    references=("owasp-api-2023:API9", f"{_DOCS}api-gateway-api-endpoint-types.html"),
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
    references=("owasp-api-2023:API8", "nist-800-53-r5:SC-7", f"{_DOCS}http-api-vs-rest.html"),
)
def http_apis_not_public(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """An HTTP or WebSocket API is not open to the whole internet.

    These APIs cannot have a resource policy or a web ACL, and cannot be private; a VPC link is about their backends.
    Only client certificates restrict who reaches them, or an authorizer that lets in CloudFront alone. An API that is
    meant for the whole internet gets a waiver.
    """
    if gateway.kind != "REST":
        certificates = every(gateway.default_endpoint_off, *(each.mutual_tls for each in gateway.domains))
        secret = some(*(each.sends_secret_header for each in gateway.distributions), gateway.more_distributions)
        kind = "a WebSocket API" if gateway.kind == "WEBSOCKET" else "an HTTP API"
        yield gateway.verdict(
            some(certificates, every(secret, gateway.lambda_authorizer_everywhere)),
            no=f"may be called from anywhere: {kind} has no resource policy, and nothing else restricts its callers",
            unknown="whether its callers need client certificates or come through CloudFront is not known here",
        )


@NETWORK.stack_policy(
    severity=Severity.HIGH,
    fix="Deny calls that do not come through your endpoints: `StringNotEquals aws:SourceVpce` in the domain's policy.",
    references=("owasp-api-2023:API8", f"{_DOCS}apigateway-private-custom-domains.html"),
    single_resource=True,
)
def private_domains_restricted(stack: Stack, _settings: Settings) -> Iterator[Verdict]:
    """A private custom domain is reached only through named VPC endpoints or VPCs.

    It has a resource policy of its own, in addition to those of its APIs.
    """
    for domain in stack.domains:
        if not domain.private.is_no:
            yield domain.verdict(
                negate(domain.open_to_any_vpc_endpoint),
                no=_ANY_VPC_ENDPOINT,
                unknown=_POLICY_UNKNOWN,
            )


@NETWORK.stack_policy(
    severity=Severity.CRITICAL,
    fix=(
        "Set the URL's {authorizationType} to AWS_IAM, or remove the URL; give the permission a principal, or "
        "{sourceAccount} or {sourceArn} if it is for an AWS service."
    ),
    references=("fsbp:Lambda.1", "owasp-api-2023:API2", "nist-800-53-r5:AC-3", f"{_LAMBDA}urls-auth.html"),
)
def functions_not_public(stack: Stack, _settings: Settings) -> Iterator[Verdict]:
    """A function behind a gateway cannot be invoked by everyone without the gateway.

    A function URL without authorization, or a permission for everyone, bypasses every layer of the gateway. So does a
    permission for an AWS service without a source: S3, SNS or EventBridge invoke the function for every AWS account.
    """
    for permission in stack.permissions:
        yield permission.verdict(
            permission.not_public,
            no="lets everyone invoke a function that is behind a gateway",
            unknown="whom it lets in is known only after deployment",
        )
    for url in stack.function_urls:
        # A URL that requires signatures is fine, whatever its function.
        yield url.verdict(
            some(url.requires_iam, negate(url.behind_gateway)),
            no="accepts unsigned requests and bypasses the gateway that calls the same function",
            unknown="whether a gateway calls the same function is known only after deployment",
        )


@NETWORK.stack_policy(
    severity=Severity.CRITICAL,
    fix=(
        "Name the senders in the {policy} of the topic, queue, event bus or bucket: accounts or roles as `Principal`, "
        "or `aws:SourceArn` or `aws:SourceAccount` as a condition on an AWS service."
    ),
    references=(
        "owasp-api-2023:API2",
        "nist-800-53-r5:AC-3",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html",
    ),
)
def event_sources_not_public(stack: Stack, _settings: Settings) -> Iterator[Verdict]:
    """Not everyone may send events that invoke a function or API behind a gateway.

    A topic, queue, event bus or bucket that everyone may write to invokes its target for everyone, and bypasses every
    layer of the gateway. So does one that lets in an AWS service without saying for which account.
    """
    for source in stack.event_sources:
        yield source.verdict(source.not_public)


@NETWORK.stack_policy(
    severity=Severity.HIGH,
    fix="Give the permission the {sourceArn} of the API, such as `<execution arn>/*/GET/orders`.",
    references=("owasp-api-2023:API8", f"{_LAMBDA}permissions-source-account.html"),
    single_resource=True,
)
def lambda_permissions_name_api(stack: Stack, _settings: Settings) -> Iterator[Verdict]:
    """A permission for API Gateway names the API.

    API Gateway invokes functions for whoever owns an API. A permission without a source, or whose source names no API,
    lets every AWS account put an API of its own in front of the function.
    """
    for permission in stack.permissions:
        yield permission.verdict(
            permission.names_api,
            no="lets in API Gateway for any API",
            unknown="for which API it lets in API Gateway is known only after deployment",
        )


@NETWORK.stack_policy(
    severity=Severity.LOW,
    fix="Set the permission's {action} to lambda:InvokeFunction.",
    references=("nist-800-53-r5:AC-6", f"{_LAMBDA}access-control-resource-based.html"),
    single_resource=True,
)
def lambda_permissions_invoke_only(stack: Stack, _settings: Settings) -> Iterator[Verdict]:
    """A permission allows invoking a function and nothing else.

    With `lambda:*` the caller can change the function's code.
    """
    for permission in stack.permissions:
        yield permission.verdict(
            permission.invoke_only,
            no="allows more than invoking the function",
            unknown="its action is known only after deployment",
        )


@NETWORK.stack_policy(
    severity=Severity.LOW,
    fix="Give the VPC endpoint a policy that allows `execute-api:Invoke` on your APIs' ARNs only.",
    references=("owasp-api-2023:API8", f"{_DOCS}apigateway-vpc-endpoint-policies.html"),
)
def vpc_endpoints_scoped(stack: Stack, _settings: Settings) -> Iterator[Verdict]:
    """A VPC endpoint for API Gateway leads to named APIs only.

    By default it leads to every private API of the region that lets it in, so data can leave through an API of another
    account.
    """
    for endpoint in stack.vpc_endpoints:
        yield endpoint.verdict(
            endpoint.scoped, no="leads to every API of the region", unknown="its policy is known only after deployment"
        )


@NETWORK.stack_policy(
    severity=Severity.LOW,
    fix="Let the security group of the VPC endpoint accept connections from your callers' ranges or groups only.",
    references=("owasp-api-2023:API8", f"{_DOCS}apigateway-private-apis.html"),
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


@NETWORK.policy(
    severity=Severity.HIGH,
    fix=(
        "Write host, bucket, queue, table and action into the integration's {uri} and request template. Let the "
        "request choose only path, query, key and data."
    ),
    references=("owasp-api-2023:API7", "cwe:918", f"{_DOCS}request-response-data-mappings.html"),
)
def integration_hosts_fixed(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """No request decides which backend the gateway calls.

    A placeholder in the host that is filled from the path, a query parameter or a header turns the gateway into a proxy
    to any host that a caller names, internal ones included. For an AWS service, the bucket, queue, table, stream, state
    machine or action is the host: the role of the integration may often reach more than one. A stage variable or a
    value of the authorizer is safe: no caller sets it. An integration that uses the caller's own AWS credentials
    passes.
    """
    for integration in gateway.handling.integrations:
        for method in integration.methods or (integration,):
            yield method.verdict(integration.target_fixed)


def _by_route(
    policy: ResourcePolicy, violated: Mapping[str, Fact], no: str, *, exempt: Collection[str] = ()
) -> Verdict:
    """One verdict for all routes: a violation names those for which `violated` is YES."""
    evaluated = {label: fact for label, fact in violated.items() if label not in exempt and "*" not in exempt}
    found = [label for label, fact in evaluated.items() if fact.is_yes]
    fact = Fact.no(f"{no}{_routes(found, len(violated))}") if found else negate(some(*evaluated.values()))
    return policy.verdict(fact, unknown=_POLICY_UNKNOWN)


def _routes(labels: list[str], of: int) -> str:
    """The names of the routes, unless they are all routes."""
    if len(labels) == of:
        return ""
    more = f" and {len(labels) - _SHOWN} more" if len(labels) > _SHOWN else ""
    return f": {', '.join(labels[:_SHOWN])}{more}"
