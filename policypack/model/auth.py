"""Routes, authorizers and Cognito user pools."""

from dataclasses import dataclass

from .fact import Fact, some
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
    """Whether a token needs a scope that not every token has, or, for a Cognito authorizer, must be issued to a listed
    app client; YES for other credentials."""
    writes: bool
    """Whether the HTTP method is POST, PUT, PATCH, DELETE or ANY."""
    is_preflight: bool
    """Whether API Gateway itself responds to this CORS preflight, which browsers send without credentials."""
    supports_authorization: bool
    """Whether the route can require credentials; of a WebSocket API, only `$connect` can."""
    scopes: tuple[str, ...] = ()
    """The known scopes of which a token must have one, in order."""
    authorizer_ids: frozenset[str] = frozenset()
    """The ids (`Authorizer.id`) of the authorizers that it uses and that are among the evaluated resources."""


@dataclass(frozen=True, kw_only=True, slots=True)
class IdentitySource:
    """A part of the request that an authorizer reads."""

    parameter: str
    """In lower case, such as `header.x-token`, `querystring.token`, `context.identity.sourceip` or `path`."""
    identifies_caller: Fact
    """Whether it can be a credential, so that no one else sends the same value."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Authorizer(Subject):
    """An authorizer of an API."""

    kind: str
    """`token` or `request` (both Lambda), `cognito`, `jwt` or `unknown`."""
    used: Fact
    """Whether a route uses it."""
    cache_ttl: float | None
    """For how many seconds the decisions of a Lambda authorizer are cached; 0 for never, None if unknown."""
    identity_sources: tuple[IdentitySource, ...] = ()
    """The parts of the request that it reads. For a Lambda authorizer, they are the key of cached decisions."""
    identity_sources_known: Fact = Fact.YES
    """Whether these are all: YES or UNKNOWN."""
    simple_responses: Fact = Fact.NO
    """Whether a Lambda authorizer of an HTTP API responds with yes or no, instead of a policy that names routes."""
    validates_token_format: Fact
    """Whether an `identity_validation_expression` rejects malformed tokens before the function is invoked."""
    token_expression: str = ""
    """The `identity_validation_expression` of a TOKEN authorizer, if it is known."""
    invocable: Fact
    """Whether API Gateway may invoke its Lambda function; YES if there is none, or it is external."""
    requires_audience: Fact
    """Whether a JWT authorizer accepts only tokens that were issued for a listed audience."""
    issuer_uses_https: Fact
    """Whether API Gateway fetches the issuer's public keys over HTTPS."""
    trusts_user_pool: Fact = Fact.NO
    """Whether a Cognito user pool issues the tokens that it accepts."""
    token_in_header: Fact
    """Whether the token comes in a header, and not in the query string, which is written to logs."""
    trusts: tuple[str, ...] = ()
    """Whose tokens or decisions it accepts, as far as it is known: user pools, issuers, audiences, a function."""
    id: str = ""
    """What routes refer to it by: the URN of the authorizer, or that of its document and the name of its scheme."""

    @property
    def caches(self) -> Fact:
        """Whether the decisions of a Lambda authorizer are cached."""
        return Fact.of(
            None if self.cache_ttl is None else self.cache_ttl != 0,
            unknown="whether it caches decisions is known only after deployment",
        )

    @property
    def cache_key_identifies_caller(self) -> Fact:
        """Whether at least one identity source, which together form the cache key, identifies the caller."""
        more = Fact.NO if self.identity_sources_known.is_yes else self.identity_sources_known
        return some(*(each.identifies_caller for each in self.identity_sources), more)

    @property
    def cache_key_contains_route(self) -> Fact:
        """Whether the route is part of the cache key."""
        more = Fact.NO if self.identity_sources_known.is_yes else self.identity_sources_known
        return some(*(Fact.YES for each in self.identity_sources if each.parameter == "context.routekey"), more)

    @property
    def parameters(self) -> frozenset[str]:
        """The known identity sources."""
        return frozenset(each.parameter for each in self.identity_sources)

    @property
    def credentials(self) -> frozenset[str]:
        """The identity sources that certainly identify the caller, such as `header.x-token`."""
        return frozenset(each.parameter for each in self.identity_sources if each.identifies_caller.is_yes)

    @property
    def possible_credentials(self) -> frozenset[str]:
        """The identity sources that identify the caller, or may do so."""
        return frozenset(each.parameter for each in self.identity_sources if not each.identifies_caller.is_no)


@dataclass(frozen=True, kw_only=True, slots=True)
class CallerRole(Subject):
    """An IAM role that may be a caller of a route with IAM authorization, and whose credentials others may get."""

    calls_gateway: Fact
    """Whether its policies, or those of an API, let it call such a route, or the connections of a WebSocket API."""
    callers_named: Fact
    """Whether only principals that its trust policy names get its credentials."""


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
