"""Routes, authorizers and Cognito user pools."""

from dataclasses import dataclass

from .fact import Fact
from .verdict import Subject


@dataclass(frozen=True, kw_only=True, slots=True)
class Route(Subject):
    """An HTTP method on a path of a REST or HTTP API, or a route key of a WebSocket API."""

    authorization: str
    """What the route requires of its callers: `iam`, `cognito`, `lambda`, `jwt`, `none` or `unknown`."""
    authenticated: Fact
    """Whether a request needs credentials. An API key is not a credential."""
    requires_api_key: Fact
    """Whether a request needs an API key."""
    authorizer_exists: Fact
    """Whether the authorizer that the route requires exists, belongs to the same API and has the right type."""
    requires_scope: Fact
    """Whether a user pool's token needs a scope or must be issued to a listed app client; YES for other credentials."""
    writes: bool
    """Whether the HTTP method is POST, PUT, PATCH, DELETE or ANY."""
    is_preflight: bool
    """Whether API Gateway itself responds to this CORS preflight, which browsers send without credentials."""
    supports_authorization: bool
    """Whether the route can require credentials; of a WebSocket API, only `$connect` can."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Authorizer(Subject):
    """An authorizer of an API."""

    kind: str
    """`token` or `request` (both Lambda), `cognito`, `jwt` or `unknown`."""
    used: Fact
    """Whether a route uses it."""
    cache_ttl: float | None
    """For how many seconds the decisions of a Lambda authorizer are cached; 0 for never, None if unknown."""
    cache_key_identifies_caller: Fact
    """Whether at least one identity source, which together form the cache key, identifies the caller."""
    cache_key_headers: frozenset[str] | None
    """The headers among the identity sources, in lower case; None if some identity sources are unknown."""
    credential_parameters: frozenset[str] = frozenset()
    """The request parameters among the identity sources that identify the caller, such as `header.x-token`, in lower
    case."""
    validates_token_format: Fact
    """Whether an `identity_validation_expression` rejects malformed tokens before the function is invoked."""
    invocable: Fact
    """Whether API Gateway may invoke its Lambda function; YES if there is none, or it is external."""
    requires_audience: Fact
    """Whether a JWT authorizer accepts only tokens that were issued for a listed audience."""
    issuer_uses_https: Fact
    """Whether API Gateway fetches the issuer's public keys over HTTPS."""
    token_in_header: Fact
    """Whether the token comes in a header, and not in the query string, which is written to logs."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AppClient(Subject):
    """An app client of a user pool."""

    hardened: Fact
    """Whether it hides which users exist, revokes tokens, and allows neither plain passwords nor the implicit flow."""


@dataclass(frozen=True, kw_only=True, slots=True)
class UserPool(Subject):
    """A Cognito user pool that an authorizer trusts."""

    has_users: Fact
    """Whether people sign in; NO if every app client allows only the client credentials flow."""
    mfa_required: Fact
    """Whether every user must use a second factor."""
    mfa_available: Fact
    """Whether users can use a second factor."""
    minimum_password_length: float | None
    """In characters; None if unknown."""
    password_needs_all_character_types: Fact
    """Whether a password needs upper and lower case letters, digits and symbols."""
    temporary_password_days: float | None
    """For how many days a temporary password is valid; None if unknown."""
    threat_protection_enforced: Fact
    """Whether Cognito blocks sign-ins that look like attacks."""
    deletion_protected: Fact
    """Whether the pool must first be unprotected before it can be deleted."""
    clients: tuple[AppClient, ...]
    """Its app clients among the evaluated resources."""
