"""The entry points of an API other than its execute-api endpoint: custom domains and CloudFront distributions."""

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TypeAlias

from ..model.fact import Fact
from ..model.tls import Domain
from ..model.waf import Distribution
from ..resource_policy import Document


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
    policy: Policy = field(default_factory=NoPolicy)
    """The resource policy of a private domain. AWS creates such a domain with one that denies everything."""
    endpoints: frozenset[str] = frozenset()
    """The VPC endpoints among the resources that have an access association with a private domain."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Behavior:
    """A cache behavior of a distribution."""

    pattern: str
    """Of the path, such as `/orders/*`; `*` for the default behavior."""
    leads_here: Fact
    """Whether its requests go to the API."""
    methods: frozenset[str] | None
    """The HTTP methods that it accepts; None if unknown."""
    runs_code: Fact
    """Whether functions may change its requests, or respond to them."""
    asks_for_signature: Fact
    """Whether viewers need a signed URL or a signed cookie."""
    forwards_credentials: Fact
    """Whether headers, cookies and the query string reach the API."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Distributed:
    """A distribution in front of an API, from the point of view of a request."""

    distribution: Distribution
    name: str
    """Its domain name, or an alias; empty if it is known only after deployment."""
    origin_path: str | None
    """What it puts before the path, without a slash at the end; None if it is unknown."""
    mapped: Mapped | None
    """The custom domain that is its origin; None for the execute-api endpoint."""
    behaviors: tuple[Behavior, ...]
    """In the order in which CloudFront compares them with the path."""
    headers: tuple[tuple[str, str], ...]
    """The headers that it adds, as far as their values are known."""
    requires_certificate: Fact
    """Whether viewers need a client certificate."""

    def behavior(self, path: str) -> Behavior | None:
        """The behavior for a path as the viewer writes it."""
        return next((each for each in self.behaviors if fnmatchcase(path, f"/{each.pattern.lstrip('/')}")), None)

    def viewer_path(self, at_origin: str) -> str | None:
        """The path that a viewer writes for a path at the origin; None if none leads there, or that is unknown."""
        if self.origin_path is None or not at_origin.startswith(f"{self.origin_path}/"):
            return None
        return at_origin.removeprefix(self.origin_path)

    def leads_to(self, at_origin: str) -> bool:
        """Whether a request may come to a path at the origin through the distribution."""
        path = self.viewer_path(at_origin)
        if path is None:
            return self.origin_path is None
        found = self.behavior(path)
        return found is not None and not found.leads_here.is_no
