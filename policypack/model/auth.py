"""Routes, authorizers and Cognito user pools."""

from dataclasses import dataclass

from .fact import Fact
from .verdict import Subject


@dataclass(frozen=True, kw_only=True, slots=True)
class Route(Subject):
    """A method on a path."""

    authenticated: Fact
    """Whether a request needs credentials; an API key is none."""
    gap: str
    """Why it needs none, where it does; what would tell, where that is not known."""
    how: str
    """`iam`, `cognito`, `lambda`, `jwt`, `none` or `unknown`."""
    api_key: Fact
    """Whether it needs an API key."""
    connected: Fact
    """Whether the authorizer that it needs exists, belongs to this API and is of its kind."""
    fault: str
    """What is wrong with that authorizer, where something is."""
    scoped: Fact
    """Whether a user pool's token must carry a scope, or be made for a named client; YES for other credentials."""
    changes: bool
    """Whether its verb changes something."""
    preflight: bool
    """A CORS preflight that API Gateway answers itself: browsers send it without credentials."""
    entry: bool
    """Whether callers may begin with it; on an open WebSocket connection they only go on."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Authorizer(Subject):
    """An authorizer of an API."""

    used: Fact
    """Whether some route names it."""
    kind: str
    """`token` and `request` (Lambda), `cognito`, `jwt` or `unknown`."""
    cache_seconds: float | None
    """How long a Lambda authorizer's answer is kept, 0 for never; None where it is known only later."""
    tells_callers_apart: Fact
    """Whether something of the caller is part of the key that an answer is kept under."""
    key_headers: frozenset[str] | None
    """The headers, in lower case, that are part of that key; None where some are known only later."""
    prefilters: Fact
    """Whether an expression refuses malformed tokens before the function is asked."""
    invocable: Fact
    """Whether API Gateway may ask its function; YES where there is none to evaluate."""
    audience: Fact
    """Whether a JWT authorizer names whom tokens must be made for."""
    issuer_encrypted: Fact
    """Whether its issuer's keys come over HTTPS."""
    token_in_header: Fact
    """Whether the token comes in a header, and not in the address that every log keeps."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PoolClient(Subject):
    """An app client of a user pool."""

    careful: Fact
    flaws: tuple[str, ...]
    """What it does that it should not."""


@dataclass(frozen=True, kw_only=True, slots=True)
class UserPool(Subject):
    """A Cognito user pool that an authorizer trusts."""

    for_people: Fact
    """Whether users log in, and not only programs."""
    second_factor: Fact
    """Whether every user must have one."""
    offers_second_factor: Fact
    password_length: float | None
    """The least; None where it is known only later."""
    password_mixed: Fact
    """Whether upper and lower case, digits and symbols are asked for."""
    temporary_days: float | None
    """Days that a temporary password holds; None where it is known only later."""
    threats_met: Fact
    """Whether logins that look like attacks are refused."""
    deletion_protected: Fact
    clients: tuple[PoolClient, ...]
