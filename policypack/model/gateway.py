"""A gateway: an API with its stages and everything in front of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from .api import Handling
from .auth import Authorizer, Route
from .fact import Fact, every, some
from .network import ResourcePolicy
from .observability import AccessLog, LogGroup
from .tls import Domain, SecurityPolicy
from .verdict import Subject
from .waf import Distribution, WebAcl

_NO_HANDLING = Handling()


@dataclass(frozen=True, kw_only=True, slots=True)
class Stage(Subject):
    """A deployed stage."""

    name: str
    behind_web_acl: Fact
    """Whether a web ACL filters its requests, be it the stage's own or that of a CloudFront distribution."""
    distribution: Distribution | None
    """The CloudFront distribution whose web ACL it relies on, if it has none of its own."""
    web_acl: WebAcl | None
    """The web ACL, if it is among the evaluated resources."""
    web_acl_known: Fact
    """Whether it is known which web ACL that is."""
    access_log: AccessLog
    log_groups: tuple[LogGroup, ...]
    """The log groups that it writes to, if they are among the evaluated resources."""
    logging_role: Fact
    """Whether API Gateway has a role to write logs with; YES if another stack may set it."""
    traced: Fact
    """Whether X-Ray traces its requests."""
    has_detailed_metrics: Fact
    """Whether every method has metrics of its own."""
    execution_logged: Fact
    """Whether the errors of every method are logged."""
    data_traced: Fact
    """Whether any method logs whole requests and responses, including credentials."""
    throttled: Fact
    """Whether the stage itself limits both the rate and the burst of requests to every method."""
    limits: tuple[float, float] | None = None
    """The largest rate (requests per second) and burst that the stage lets through to any single method; None if one is
    unlimited or unknown."""
    throttled_by_usage_plan: Fact
    """Whether a usage plan limits the rate and burst of requests that carry an API key."""
    allows_requests: Fact
    """Whether none of its limits is zero. A limit of zero rejects every request."""
    has_usage_plan: Fact
    """Whether a usage plan applies to it."""
    alarms: Fact
    """Whether alarms watch its server errors and at least one other signal: latency, client errors or traffic."""
    secret_variables: tuple[str, ...]
    """Names of stage variables that hold what looks like a credential."""
    variables_read: Fact
    """Whether its variables are known."""
    variables: Mapping[str, str] = field(default_factory=dict[str, str])
    """Its stage variables, as far as they are known."""
    serves_declared_deployment: Fact = Fact.YES
    """Whether the deployment that it serves, and that of its canary, is among the evaluated resources."""
    summary: tuple[tuple[str, str], ...]
    """Layer and line, for the reports."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Gateway(Subject):
    """An API with everything that protects it."""

    name: str
    kind: str
    """`REST`, `HTTP` or `WEBSOCKET`."""
    external: bool = False
    """Whether the API is not among the evaluated resources, although parts of it are."""
    api: str = ""
    """What usage plans name it by: the URN of its API, and for an external API the id."""
    private: Fact
    endpoint_type: str = "REGIONAL"
    """`EDGE`, `REGIONAL` or `PRIVATE`; empty where it is known only after deployment."""
    routes_known: Fact
    """Whether all of its routes are known."""
    routes: tuple[Route, ...]
    authorizers: tuple[Authorizer, ...]
    resource_policy: ResourcePolicy
    security_policy: SecurityPolicy
    """The TLS versions that its execute-api endpoint accepts."""
    strict_access_mode: Fact
    """Whether that endpoint rejects requests whose Host header differs from the server name of their TLS handshake."""
    default_endpoint_off: Fact
    stages: tuple[Stage, ...]
    named_stages: tuple[Stage, ...] = ()
    """Stages that resources name, but that are not declared: only what these resources set for them is known."""
    handling: Handling = _NO_HANDLING
    domains: tuple[Domain, ...]
    """Those that lead to it."""
    key_source_is_authorizer: Fact
    """Whether API Gateway takes the API key from the response of a Lambda authorizer (key source AUTHORIZER)."""
    shows_certificate: Fact = Fact.NO
    """Whether every stage shows its backends a client certificate."""
    distributions: tuple[Distribution, ...] = ()
    """The CloudFront distributions in front of it."""
    more_distributions: Fact = Fact.NO
    """Whether there may be further ones: NO, or unknown if the origin of some distribution is unknown."""

    @property
    def any_route_requires_key(self) -> Fact:
        """Whether at least one route requires an API key."""
        more = Fact.NO if self.routes_known.is_yes and not self.external else Fact.UNKNOWN
        return some(more, *(each.requires_api_key for each in self.routes))

    @property
    def all_routes_require_keys(self) -> Fact:
        """Whether every route, except CORS preflights, requires an API key."""
        more = Fact.YES if self.routes_known.is_yes and not self.external else Fact.UNKNOWN
        return every(more, *(each.requires_api_key for each in self.routes if not each.is_preflight))

    def authorizers_of(self, route: Route) -> list[Authorizer]:
        """The authorizers that a route uses, if they are among the evaluated resources."""
        return [each for each in self.authorizers if each.id in route.authorizer_ids]

    def routes_with(self, authorizer: Authorizer) -> list[Route]:
        """The routes that certainly use an authorizer."""
        return [each for each in self.routes if authorizer.id in each.authorizer_ids]

    def requires_secret_header(self, distribution: Distribution) -> Fact:
        """Whether every route has a Lambda authorizer that reads the secret header of a distribution.

        That its function compares the header is assumed.
        """
        asked = [
            self._reads_secret_header(each, distribution)
            for each in self.routes
            if each.supports_authorization and not each.is_preflight
        ]
        unread = Fact.YES if self.routes_known.is_yes else Fact.UNKNOWN
        return every(unread, *asked) if asked or unread.is_unknown else Fact.NO

    def _reads_secret_header(self, route: Route, distribution: Distribution) -> Fact:
        if route.authorization not in {"lambda", "unknown"}:
            return Fact.NO
        used = self.authorizers_of(route) if route.authorization == "lambda" else []
        return every(*(_reads_secret_header(each, distribution) for each in used)) if used else Fact.UNKNOWN

    def caches_by_secret_header(self, distribution: Distribution) -> Fact:
        """Whether no cached decision of a Lambda authorizer lets a caller in without a distribution's secret header."""
        asked = [each for each in self.authorizers if each.kind in {"token", "request"} and not each.used.is_no]
        return every(*(_caches_by_secret_header(each, distribution) for each in asked))

    def most_requests(self, seconds: float) -> float | None:
        """How many requests its stages let through in a time; None if that is unlimited or unknown."""
        if not self.routes_known.is_yes or not self.routes or not self.stages:
            return None
        limits = [each.limits for each in self.stages]
        # A stage limits each method by itself.
        sums = [(rate * seconds + burst) * len(self.routes) for rate, burst in (each for each in limits if each)]
        return sum(sums) if len(sums) == len(limits) else None

    @property
    def modern_tls(self) -> Fact:
        """Whether TLS 1.2 is the least that its own endpoint speaks, or that endpoint is off."""
        return some(self.default_endpoint_off, self.security_policy.meets("1.2"))


def _reads_secret_header(authorizer: Authorizer, distribution: Distribution) -> Fact:
    """Whether a secret header of a distribution is among what an authorizer reads."""
    secret = {f"header.{each}" for each in distribution.secret_headers}
    if authorizer.parameters & secret:
        return Fact.YES
    # The function of a REQUEST authorizer gets all headers, and may compare one that is no identity source.
    known = authorizer.kind == "token" and authorizer.identity_sources_known.is_yes and bool(secret)
    return Fact.of(
        False if known else None,
        unknown=f"its {authorizer.label} does not name the secret header of {distribution.label} as an identity "
        "source, and what its function compares is not known here",
    )


def _caches_by_secret_header(authorizer: Authorizer, distribution: Distribution) -> Fact:
    """Whether an authorizer either caches nothing, or has a secret header of a distribution in its cache key."""
    secret = {f"header.{each}" for each in distribution.secret_headers}
    if authorizer.caches.is_no or authorizer.parameters & secret:
        return Fact.YES
    known = authorizer.caches.is_yes and authorizer.identity_sources_known.is_yes
    read = known and distribution.sends_secret_header.is_yes
    return Fact.NO if read and distribution.secret_headers else Fact.UNKNOWN
