"""Resource policies, Lambda permissions, function URLs and VPC endpoints."""

from collections.abc import Mapping
from dataclasses import dataclass

from .fact import Fact, negate, some
from .verdict import Subject


@dataclass(frozen=True, kw_only=True, slots=True)
class ResourcePolicy(Subject):
    """The resource policy of an API, or that there is none."""

    written: Fact
    """Whether there is one; NO where it is broken, too."""
    problem: str
    """Why it cannot be read, where it is broken."""
    from_anywhere: Mapping[str, Fact]
    """By route, whether it lets in a caller that nobody named, from most of the internet."""
    to_any_account: Mapping[str, Fact]
    """By route with IAM, whether it lets in the signed calls of every AWS account, from most of the internet."""
    past_its_list: Mapping[str, Fact]
    """By route, whether callers outside its list of allowed places get in by its silence, if their authorizer or their
    own account lets them."""
    through_any_endpoint: Mapping[str, Fact]
    """By route of a private API, whether a VPC endpoint that nobody named leads to it."""
    to_somebody: Mapping[str, Fact]
    """By route, whether anybody at all is let in."""
    shuts_out_insiders: bool
    """Whether a Deny names places that it should spare."""
    survives: Fact
    """Whether the next change of the API leaves it alone."""
    contested: str
    """By what it is overwritten, where it does not survive."""
    deployed: Fact
    """Whether every deployment comes after it."""

    @property
    def restricts(self) -> Fact:
        """Whether it keeps out callers that nobody named, from every route."""
        opened = some(*self.from_anywhere.values())
        return negate(opened)


@dataclass(frozen=True, kw_only=True, slots=True)
class Permission(Subject):
    """A permission to call a function behind a gateway."""

    closed: Fact
    """Whether it is not for everybody."""
    narrow: Fact
    """Whether, where API Gateway is let in, it names the API or at least the account."""
    modest: Fact
    """Whether it lets call the function, and nothing else."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FunctionUrl(Subject):
    """An address of a function's own."""

    authenticated: Fact
    """Whether a request needs a signature."""
    behind_gateway: Fact
    """Whether a gateway calls the same function."""


@dataclass(frozen=True, kw_only=True, slots=True)
class VpcEndpoint(Subject):
    """A VPC endpoint for API Gateway."""

    scoped: Fact
    """Whether its policy names the APIs that it leads to."""
    closed: Fact
    """Whether its security groups keep out the world."""
