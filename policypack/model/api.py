"""What belongs to an API, but to none of the six layers: validation, caches, CORS, integrations, deployments."""

from dataclasses import dataclass

from .auth import IdentitySource
from .fact import Fact
from .verdict import Subject


@dataclass(frozen=True, kw_only=True, slots=True)
class Cache(Subject):
    """The response cache of a stage for one method."""

    enabled: Fact
    """Whether the stage caches the responses of the method: YES or UNKNOWN, since there is no `Cache` otherwise."""
    method: str
    """The method and its path, such as `GET /orders`."""
    authenticated: Fact
    """Whether the method requires credentials."""
    key: tuple[IdentitySource, ...] = ()
    """What is part of the cache key in addition to the path, and whether its name is that of a credential."""
    key_known: Fact = Fact.YES
    """Whether that is all: YES or UNKNOWN."""
    encrypted: Fact
    """Whether cached responses are encrypted."""
    invalidation_authorized: Fact
    """Whether a caller needs a permission to invalidate a cache entry."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Validation(Subject):
    """A method that describes its requests or has a request validator."""

    checked: Fact
    """Whether API Gateway checks requests against all that the method describes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CorsResponse(Subject):
    """A response that allows browsers to send credentials across origins."""

    origins_named: Fact
    """Whether it allows that for named origins only."""


@dataclass(frozen=True, kw_only=True, slots=True)
class GatewayResponse(Subject):
    """What API Gateway itself returns on an error."""

    hides_details: Fact
    """Whether its templates contain no variable that reveals more than the denial."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Integration(Subject):
    """What connects methods to the backend that handles their requests."""

    http: bool
    """Whether it calls, or may call, a backend over HTTP, rather than an AWS service or a Lambda function."""
    private: bool
    """Whether it calls the backend through a VPC link."""
    encrypted: Fact
    """Whether it calls the backend over TLS."""
    verified: Fact
    """Whether it checks the backend's certificate."""
    methods: tuple[Subject, ...]
    """The methods whose requests it sends to its backend."""
    target_fixed: Fact
    """Whether no request decides which backend it calls: which host, bucket, queue, table or action."""
    variables_set: Fact
    """Whether every stage sets the stage variables of its address."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Transformation(Subject):
    """What an integration or a response adds to requests or responses: parameters, templates and an address."""

    without_credentials: Fact
    """Whether no credential is written into it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Deployment(Subject):
    """A deployment of an API, or a stage that deploys automatically."""

    follows_changes: Fact | None
    """Whether a change of the API creates a new deployment; None if the program cannot show that, as in aws-native."""
    waits_for_methods: Fact
    """Whether it is created after the methods and integrations that it contains."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Handling:
    """How an API handles requests and responses."""

    caches: tuple[Cache, ...] = ()
    validations: tuple[Validation, ...] = ()
    cors_responses: tuple[CorsResponse, ...] = ()
    gateway_responses: tuple[GatewayResponse, ...] = ()
    integrations: tuple[Integration, ...] = ()
    transformations: tuple[Transformation, ...] = ()
    deployments: tuple[Deployment, ...] = ()
