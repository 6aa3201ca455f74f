"""Resource policies, Lambda permissions, function URLs and VPC endpoints."""

from collections.abc import Mapping
from dataclasses import dataclass

from .fact import Answer, some
from .verdict import Subject


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy(Subject):
    """The resource policy of an API, or that there is none."""

    written: Answer
    """Whether there is one; NO where it is broken, too."""
    problem: str
    """Why it cannot be read, where it is broken."""
    from_anywhere: Mapping[str, Answer]
    """By route, whether it lets in a caller that nobody named, from most of the internet."""
    to_any_account: Mapping[str, Answer]
    """By route with IAM, whether it lets in the signed calls of every AWS account, from most of the internet."""
    past_its_list: Mapping[str, Answer]
    """By route, whether callers outside its list of allowed places get in by its silence, if their authorizer or their
    own account lets them."""
    through_any_endpoint: Mapping[str, Answer]
    """By route of a private API, whether a VPC endpoint that nobody named leads to it."""
    to_somebody: Mapping[str, Answer]
    """By route, whether anybody at all is let in."""
    shuts_out_insiders: bool
    """Whether a Deny names places that it should spare."""
    survives: Answer
    """Whether the next change of the API leaves it alone."""
    contested: str
    """By what it is overwritten, where it does not survive."""
    deployed: Answer
    """Whether every deployment comes after it."""

    @property
    def restricts(self) -> Answer:
        """Whether it keeps out callers that nobody named, from every route."""
        opened = some(*self.from_anywhere.values())
        return {Answer.YES: Answer.NO, Answer.NO: Answer.YES}.get(opened, Answer.NOT_YET)


@dataclass(frozen=True, kw_only=True, slots=True)
class Permission(Subject):
    """A permission to call a function behind a gateway."""

    closed: Answer
    """Whether it is not for everybody."""
    narrow: Answer
    """Whether, where API Gateway is let in, it names the API or at least the account."""
    modest: Answer
    """Whether it lets call the function, and nothing else."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FunctionUrl(Subject):
    """An address of a function's own."""

    authenticated: Answer
    """Whether a request needs a signature."""
    behind_gateway: Answer
    """Whether a gateway calls the same function."""


@dataclass(frozen=True, kw_only=True, slots=True)
class VpcEndpoint(Subject):
    """A VPC endpoint for API Gateway."""

    scoped: Answer
    """Whether its policy names the APIs that it leads to."""
    closed: Answer
    """Whether its security groups keep out the world."""
