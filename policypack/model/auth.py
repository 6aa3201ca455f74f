"""Routes, authorizers and Cognito user pools."""

from dataclasses import dataclass

from .fact import Answer
from .verdict import Subject


@dataclass(frozen=True, kw_only=True, slots=True)
class Route(Subject):
    """A method on a path."""

    authenticated: Answer
    """Whether a request needs credentials; an API key is none."""
    gap: str
    """Why it needs none, where it does; what would tell, where that is not known."""
    how: str
    """`iam`, `cognito`, `lambda`, `jwt`, `none` or `unknown`."""
    api_key: Answer
    """Whether it needs an API key."""
    connected: Answer
    """Whether the authorizer that it needs exists, belongs to this API and is of its kind."""
    fault: str
    """What is wrong with that authorizer, where something is."""
    scoped: Answer
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

    used: Answer
    """Whether some route names it."""
    kind: str
    """`token` and `request` (Lambda), `cognito`, `jwt` or `unknown`."""
    cache_seconds: float | None
    """How long a Lambda authorizer's answer is kept, 0 for never; None where it is known only later."""
    tells_callers_apart: Answer
    """Whether something of the caller is part of the key that an answer is kept under."""
    key_headers: frozenset[str] | None
    """The headers, in lower case, that are part of that key; None where some are known only later."""
    prefilters: Answer
    """Whether an expression refuses malformed tokens before the function is asked."""
    invocable: Answer
    """Whether API Gateway may ask its function; YES where there is none to judge."""
    audience: Answer
    """Whether a JWT authorizer names whom tokens must be made for."""
    issuer_encrypted: Answer
    """Whether its issuer's keys come over HTTPS."""
    token_in_header: Answer
    """Whether the token comes in a header, and not in the address that every log keeps."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PoolClient(Subject):
    """An app client of a user pool."""

    careful: Answer
    flaws: tuple[str, ...]
    """What it does that it should not."""


@dataclass(frozen=True, kw_only=True, slots=True)
class UserPool(Subject):
    """A Cognito user pool that an authorizer trusts."""

    for_people: Answer
    """Whether users log in, and not only programs."""
    second_factor: Answer
    """Whether every user must have one."""
    offers_second_factor: Answer
    password_length: float | None
    """The least; None where it is known only later."""
    password_mixed: Answer
    """Whether upper and lower case, digits and symbols are asked for."""
    temporary_days: float | None
    """Days that a temporary password holds; None where it is known only later."""
    threats_met: Answer
    """Whether logins that look like attacks are refused."""
    deletion_protected: Answer
    clients: tuple[PoolClient, ...]
