"""Credentials that are not the caller's own: those of a distribution, an agent gateway or a role."""

from collections.abc import Iterator
from dataclasses import dataclass

from ...model.auth import Authorizer, Route
from ...model.fact import Fact, every, negate, some
from ...model.gateway import Gateway
from ...model.stack import Stack
from ...model.verdict import Severity, Verdict
from ...model.waf import Distribution
from ..policy import Settings
from .layer import AUTH

_AGENTS = "https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/"


@AUTH.policy(
    severity=Severity.CRITICAL,
    fix=(
        "Remove the header from the origin's {customHeaders}, and let viewers send their own credentials. To show that "
        "a request came through the distribution, add another secret header, and let the authorizer require both."
    ),
    references=(
        "owasp-api-2023:API2",
        "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/add-origin-custom-headers.html",
    ),
)
def credentials_sent_by_callers(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """No CloudFront distribution adds the credential that the API requires of its callers.

    A custom header of the origin is the same for every viewer. If it is all that an authorizer reads, everyone who
    finds the distribution is let in. A secret header in addition to the caller's credential is fine, and so is a
    distribution that authenticates its viewers with signed URLs, signed cookies or client certificates. If one of its
    functions sets that header, or if the code of a function cannot be read, it is undecided.
    """
    for distribution in gateway.distributions:
        lent = some(*(_lends(gateway, route, distribution) for route in gateway.routes))
        own = some(negate(lent), distribution.authenticates_viewers)
        yield distribution.verdict(
            Fact(own.value).because(
                no="adds the credential that its API requires, so that its viewers need none",
                unknown="whether it adds the credential that its API requires of its viewers cannot be evaluated",
            )
        )


def _lends(gateway: Gateway, route: Route, distribution: Distribution) -> Fact:
    """Whether a distribution adds all that the authorizer of a route reads."""
    if route.authorization == "none":
        return Fact.NO
    added = {f"header.{each}" for each in distribution.added_headers}
    by_code = {f"header.{each}" for each in distribution.code_headers}
    set_by_code = _Added(added | by_code, any_header="*" in distribution.code_headers)
    computed = distribution.code_read.is_unknown or set_by_code.provides(gateway, route).is_yes
    lent = _Added(added).provides(gateway, route)
    return Fact.UNKNOWN if computed and lent.is_no else lent


@dataclass(frozen=True, slots=True)
class _Added:
    """The headers that a distribution adds."""

    parameters: set[str]
    any_header: bool = False

    def provides(self, gateway: Gateway, route: Route) -> Fact:
        """Whether they are all that the authorizer of a route reads."""
        if route.authorization == "iam":
            return Fact.of(self.any_header or "header.authorization" in self.parameters)
        if not self.parameters or route.authorization not in {"cognito", "jwt", "lambda"}:
            return Fact.NO
        if self.any_header:
            return Fact.YES
        used = gateway.authorizers_of(route)
        usual = Fact.of(None if "header.authorization" in self.parameters else False)
        if not used:
            return usual
        return every(*(_adds_credentials(each, self.parameters, usual) for each in used))


def _adds_credentials(authorizer: Authorizer, added: set[str], usual: Fact) -> Fact:
    read = authorizer.parameters if authorizer.kind in {"cognito", "jwt"} else authorizer.possible_credentials
    if not authorizer.identity_sources_known.is_yes or not read:
        return usual
    return Fact.of(read <= added)


@AUTH.stack_policy(
    severity=Severity.CRITICAL,
    fix="Set {authorizerType} to CUSTOM_JWT or AWS_IAM, or let the targets use the credentials of the caller.",
    references=("owasp-api-2023:API2", "nist-800-53-r5:AC-3", f"{_AGENTS}gateway-inbound-auth.html"),
)
def agent_gateways_authorized(stack: Stack, _settings: Settings) -> Iterator[Verdict]:
    """A gateway of Bedrock AgentCore authorizes its callers before it calls an API with its own credentials.

    The API sees the role or key of that gateway, and lets the request in. Without an authorizer, everyone on the
    internet calls the API that way; with AUTHENTICATE_ONLY, everyone who has any identity, unless a policy engine
    enforces who may; and with CUSTOM_JWT, everyone who has any token of the issuer, unless it names audiences, clients,
    scopes or claims.
    """
    for each in stack.agent_gateways:
        yield each.verdict(each.callers_authorized)


@AUTH.stack_policy(
    severity=Severity.CRITICAL,
    fix=(
        "Name the principals in the role's trust policy: accounts or roles; for an OpenID Connect provider, a "
        "condition on the subject (`token.actions.githubusercontent.com:sub`); for an identity pool, its id and "
        "`authenticated`. Or remove `execute-api:Invoke` from the policies of the role."
    ),
    references=(
        "owasp-api-2023:API2",
        "nist-800-53-r5:AC-3",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_oidc_secure-by-default.html",
    ),
)
def caller_roles_restricted(stack: Stack, _settings: Settings) -> Iterator[Verdict]:
    """Only named principals get the credentials of a role that may call a route with IAM authorization.

    IAM authorization proves which role signed a request, and not who assumed the role. If its trust policy lets in
    every AWS account, every repository of a public CI service, or the guests of an identity pool, everyone can sign.
    The same holds for `execute-api:ManageConnections`, which sends messages to the clients of a WebSocket API.
    A role among the resources is evaluated if its own policies, or the resource policy of the API, allow the call.
    """
    for each in stack.caller_roles:
        yield each.verdict(some(negate(each.calls_gateway), each.callers_named))
