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
class Backend(Subject):
    """Where a method sends requests."""

    chosen_by_request: Fact
    """Whether the request decides on the host."""
    variables_set: Fact
    """Whether every stage sets the stage variables of its address."""
    missing: tuple[str, ...]
    """Those that a stage does not set."""


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
    backends: tuple[Backend, ...] = ()
    deployments: tuple[Deployment, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Link(Subject):
    """The way from a method to its backend over HTTP."""

    private: bool
    """Whether through a VPC link."""
    encrypted: Fact
    verified: Fact
    """Whether the backend's certificate is checked."""
