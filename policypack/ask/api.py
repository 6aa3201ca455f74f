"""An API from the point of view of a request: the gateway of the model, with the values that decide it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..model.fact import Fact
from ..model.gateway import Gateway, Stage
from .entry_points import Distributed, Mapped, Policy
from .responses import GatewayResponses
from .shipped import Shipped
from .validation import Described


def _no_endpoints() -> Mapping[str, Policy]:
    return {}


def _none_shipped() -> Mapping[str, Shipped]:
    return {}


def _nothing_described() -> Mapping[str, Described]:
    return {}


@dataclass(frozen=True, kw_only=True, slots=True)
class Api:
    """An API from the point of view of a request."""

    gateway: Gateway
    id: str
    """Empty if it is known only after deployment."""
    arn: str
    """The execute-api ARN, or the id, or empty."""
    account: str
    """The account of the API; empty if it is unknown."""
    policy: Policy
    responses: GatewayResponses
    mapped: tuple[Mapped, ...] = ()
    distributed: tuple[Distributed, ...] = ()
    endpoint_policies: Mapping[str, Policy] = field(default_factory=_no_endpoints)
    """The policies of the VPC endpoints among the resources, by their ids; `NoPolicy` lets everything pass."""
    described: Mapping[str, Described] = field(default_factory=_nothing_described)
    """By the label of a route, what it requires of requests; an HTTP API validates nothing."""

    preflights: Fact = Fact.NO
    """Whether an HTTP API itself responds to CORS preflights, even if it has no OPTIONS routes."""
    shipped: Mapping[str, Shipped] = field(default_factory=_none_shipped)
    """The functions of its built-in authorizers, by `Authorizer.id`."""

    def stages(self, wanted: str = "") -> list[Stage]:
        """The stages, or the one of a name."""
        return [each for each in self.gateway.stages if wanted in ("", each.name)]
