"""What belongs to an API and to none of the six layers: validation, caches, CORS, integrations, deployments."""

from dataclasses import dataclass

from .fact import Fact
from .verdict import Subject


@dataclass(frozen=True, kw_only=True, slots=True)
class Cache(Subject):
    """A method that a stage may answer from its cache."""

    on: Fact
    """Whether it surely does."""
    method: str
    """Such as `GET /orders`."""
    authenticated: Fact
    tells_callers_apart: Fact
    """Whether something of the caller is part of the cache's key."""
    encrypted: Fact
    invalidation_guarded: Fact
    """Whether only a permission lets a caller empty it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Validation(Subject):
    """A method that says what its requests must be."""

    checked: Fact
    """Whether API Gateway checks what is said."""
    gap: str
    """What it does not check."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CorsResponse(Subject):
    """An answer that lets browsers send credentials across origins."""

    open_to_all: Fact
    """Whether to every origin."""


@dataclass(frozen=True, kw_only=True, slots=True)
class GatewayResponse(Subject):
    """What API Gateway answers itself."""

    discreet: Fact
    tells: tuple[str, ...]
    """The variables that tell more than that a request is refused."""


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
    """The methods whose requests it sends to an address of its own; empty if its address is unknown."""
    host_fixed: Fact
    """Whether no request decides which host it calls."""
    variables_set: Fact
    """Whether every stage sets the stage variables of its address."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Deployment(Subject):
    """A snapshot of an API, or a stage that makes its own."""

    follows: Fact
    """Whether a change of the API makes a new one."""
    gap: str
    """Why not."""
    waits: Fact
    """Whether it is made after the methods that it should hold."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Handling:
    """How an API handles requests and answers, by what there is to evaluate."""

    caches: tuple[Cache, ...] = ()
    validations: tuple[Validation, ...] = ()
    cors_responses: tuple[CorsResponse, ...] = ()
    gateway_responses: tuple[GatewayResponse, ...] = ()
    integrations: tuple[Integration, ...] = ()
    deployments: tuple[Deployment, ...] = ()
