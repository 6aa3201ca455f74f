"""Resource policies, Lambda permissions, function URLs and VPC endpoints."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from .fact import Fact, negate, some
from .verdict import Subject


def _no_routes() -> Mapping[str, Fact]:
    return {}


@dataclass(frozen=True, kw_only=True, slots=True)
class ResourcePolicy(Subject):
    """The resource policy of an API, or its absence."""

    attached: Fact
    """Whether the API has a resource policy; NO, with a reason, for one that AWS rejects."""
    open_to_internet: Mapping[str, Fact] = field(default_factory=_no_routes)
    """By route: whether a caller that the policy does not name is let in from most of the internet."""
    open_to_any_account: Mapping[str, Fact] = field(default_factory=_no_routes)
    """By route with IAM authorization: whether every AWS account can call it from most of the internet."""
    allow_list_bypassed: Mapping[str, Fact] = field(default_factory=_no_routes)
    """By route with a Lambda authorizer or IAM: whether a caller outside the allow list is let in because the policy
    neither allows nor denies the request, so that the authorizer or the caller's own account decides alone."""
    open_to_any_vpc_endpoint: Mapping[str, Fact] = field(default_factory=_no_routes)
    """By route of a private API: whether a VPC endpoint that the policy does not name reaches it."""
    satisfiable: Mapping[str, Fact] = field(default_factory=_no_routes)
    """By route: whether any caller at all is let in."""
    has_inverted_deny: bool = False
    """Whether a Deny uses the operator of an Allow (`IpAddress` instead of `NotIpAddress`), and so denies exactly the
    callers that it should spare."""
    survives_imports: Fact = Fact.YES
    """Whether the next change of the API leaves the policy as it is."""
    deployed: Fact = Fact.YES
    """Whether every deployment is created after the policy."""

    @property
    def restricts(self) -> Fact:
        """Whether it denies callers that it does not name, on every route."""
        return negate(some(*self.open_to_internet.values()))


@dataclass(frozen=True, kw_only=True, slots=True)
class Permission(Subject):
    """A permission to invoke a function behind a gateway."""

    not_public: Fact
    """Whether it names who may invoke the function: a principal, or the account or resource that a service acts for."""
    names_api: Fact
    """Whether it names an API or at least an account, if it lets in API Gateway."""
    invoke_only: Fact
    """Whether it allows invoking the function and nothing else."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FunctionUrl(Subject):
    """The URL of a function."""

    requires_iam: Fact
    """Whether requests must be signed."""
    behind_gateway: Fact
    """Whether a gateway calls the same function."""


@dataclass(frozen=True, kw_only=True, slots=True)
class VpcEndpoint(Subject):
    """A VPC endpoint for API Gateway."""

    scoped: Fact
    """Whether its policy names the APIs that it leads to."""
    not_public: Fact
    """Whether its security groups accept connections only from part of the addresses of each IP version."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AgentGateway(Subject):
    """A gateway of Bedrock AgentCore that offers an evaluated API, or a function behind it, to AI agents."""

    callers_authorized: Fact
    """Whether only authorized callers reach the API with the credentials of this gateway."""
    has_web_acl: Fact
    hides_details: Fact
    """Whether its errors hide details from callers."""


@dataclass(frozen=True, kw_only=True, slots=True)
class EventSource(Subject):
    """A topic, queue, event bus or bucket whose events invoke a function or an API behind a gateway."""

    not_public: Fact
    """Whether only named senders may send it events."""
