"""An API as a request meets it: the gateway of the model, with the values that decide on a single request."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from ..model.gateway import Gateway, Stage
from ..model.tls import Domain
from ..resource_policy import Document
from .responses import GatewayResponses
from .validation import Described


class NoPolicy:
    """The API has no resource policy."""


class UnknownPolicy:
    """Whether the API has a resource policy, or what it contains, is unknown."""


Policy: TypeAlias = Document | NoPolicy | UnknownPolicy


@dataclass(frozen=True, kw_only=True, slots=True)
class Mapped:
    """A custom domain that leads to stages of an API."""

    domain: Domain
    name: str
    """Its domain name; empty if it is known only after deployment."""
    base_path: str | None
    """Without slashes; empty for the root, None if it is known only after deployment."""
    stage: str | None
    """The stage; empty if callers choose it by the path, None if it is known only after deployment."""
    by_rule: bool = False
    """Whether a routing rule with further conditions leads to it."""
    other_base_paths: frozenset[str | None] = frozenset()
    """The base paths of the other mappings of the domain, whichever API they lead to; None for one that is unknown."""


def _no_endpoints() -> Mapping[str, Policy]:
    return {}


def _nothing_described() -> Mapping[str, Described]:
    return {}


@dataclass(frozen=True, kw_only=True, slots=True)
class Api:
    """An API as a request meets it."""

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
    endpoint_policies: Mapping[str, Policy] = field(default_factory=_no_endpoints)
    """The policies of the VPC endpoints among the resources, by their ids; `NoPolicy` lets everything pass."""
    described: Mapping[str, Described] = field(default_factory=_nothing_described)
    """By the label of a route, what it requires of requests; an HTTP API validates nothing."""

    def stages(self, wanted: str = "") -> list[Stage]:
        """The stages, or the one of a name."""
        return [each for each in self.gateway.stages if wanted in ("", each.name)]
