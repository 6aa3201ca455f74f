"""Args of a Cognito authorizer: a hardened pool of its own, or existing pools."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Required, TypedDict, get_args

import pulumi

from ...choices import Mfa, PoolTier, SignIn, ThreatProtection
from ...validation.arns import check_ses_identity, check_sign_in_certificate, check_user_pool
from ...validation.exceptions import Exceptions, listed
from ...validation.fields import boolean, leaf, leaves, options, parses, required_leaf, string, strings, whole_number
from ...validation.json_values import is_object
from ...validation.problems import join, listing, plural, spell
from ...validation.reader import Reader, matching

_DOMAIN = r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}"
_MADE_HERE = (
    *("clients", "domain_prefix", "domain", "tier", "threat_protection", "mfa", "sign_in", "password_length"),
    *("password_history", "temporary_password_days", "self_sign_up", "ses_identity_arn", "deletion_protection"),
)
"""Options that apply only to a pool created here."""
_SCOPE = re.compile(r"[\x21\x23-\x2E\x30-\x5B\x5D-\x7E]{1,256}")
_LONGEST_TEMPORARY_DAYS = 7
COGNITO_SCOPES = ("aws.cognito.signin.user.admin", "email", "openid", "phone", "profile")
"""Scopes of every user pool, which belong to no resource server: tokens contain them as they are.

https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-define-resource-servers.html
"""


_check_client = matching(r"[A-Za-z0-9]{1,128}", "the id of an app client")


def _check_url(url: str) -> str | None:
    if re.fullmatch(
        r"https://[^\s#]+|http://localhost(?::\d+)?(?:/[^\s#]*)?|(?!https?:)[a-z][a-z0-9+.-]*://[^\s#]*", url
    ):
        return None
    return "is not an https:// URL, http://localhost, or a URL with an application's own scheme"


class CognitoClientArgs(TypedDict, total=False):
    """An app client, which obtains tokens from the pool: exactly one of `machine` and `callback_urls`."""

    machine: bool
    """Whether the client is a service. It uses client credentials and always has a secret. The pool needs a domain."""

    callback_urls: list[str]
    """Where Cognito returns to after sign-in: `https`, `http` on localhost, or the application's own scheme. The client
    is then an application that users sign in to, with the authorization code flow. The pool needs a domain. Defaults to
    none."""

    confidential: bool
    """Whether an application with `callback_urls` has a server that can store a secret. Browser and mobile applications
    have none, and must use PKCE."""

    logout_urls: list[str]
    """Where Cognito returns to after signing out. Defaults to none."""

    scopes: list[str]
    """Short names of the scopes that the client can request, and Cognito's own scopes for a client that users sign in
    to, which always can request `openid` and `email`. Defaults to all of the authorizer's."""

    access_token_minutes: int
    """How long an access token is valid. API Gateway accepts a revoked token until it expires."""

    id_token_minutes: int
    """How long an ID token is valid, 5 to 1,440 minutes. Defaults to `access_token_minutes`."""

    refresh_token_hours: int
    """How long a session can be renewed without signing in again; must be longer than its tokens are valid."""

    rotate_refresh_tokens: bool
    """Whether each refresh token can be used only once, with a grace period of 10 seconds. The application must then
    renew with `GetTokensFromRefreshToken` or the token endpoint."""

    sign_in_minutes: int
    """How long each step of a sign-in may take."""


class CognitoDomainArgs(TypedDict, total=False):
    """A custom domain for sign-in and tokens. Cognito requires that its parent domain already has an A record."""

    name: Required[str]
    """The domain, such as `login.example.com`."""

    certificate_arn: Required[pulumi.Input[str]]
    """ACM certificate of the domain, in us-east-1 in whichever region the pool is, because AWS serves the domain from
    CloudFront."""

    zone_id: pulumi.Input[str]
    """Route 53 hosted zone in which the alias record is created. Without it, point the domain at the output
    `sign_in_targets` yourself. Defaults to none."""


class CognitoArgs(TypedDict, total=False):
    """A Cognito authorizer: callers send `Authorization: Bearer <access token>`."""

    pool_arns: Sequence[pulumi.Input[str]]
    """Existing user pools, in the gateway's account and region unless the ARN is known before deployment; then nothing
    is created. Defaults to a pool that is created for this authorizer."""

    id_token_clients: list[str]
    """Accept ID tokens of these app clients (ids, compared with the token's `aud`) instead of access tokens. For
    existing applications; ID tokens have no scopes. Only together with `pool_arns`. Defaults to access tokens."""

    identifier: str
    """Identifier of the resource server, printable characters without spaces: scopes are `<identifier>/<scope>`.
    Defaults to the authorizer's name."""

    scopes: Mapping[str, str]
    """Scopes of the resource server, each with a description of what it allows. A route without scopes of its own
    accepts any of them. Cognito's own scopes (`openid`, `email`, `phone`, `profile`, `aws.cognito.signin.user.admin`)
    belong to no resource server: routes and clients name them as they are. Defaults to `call` in a pool that is created
    here; existing pools have their own."""

    clients: Mapping[str, CognitoClientArgs]
    """App clients, by a name of your choice. Defaults to none."""

    domain_prefix: str
    """Prefix of the hosted sign-in and token endpoint, unique in the region. Clients require this or `domain`. Defaults
    to none."""

    domain: CognitoDomainArgs
    """A custom domain for that endpoint, instead of `domain_prefix`. Defaults to none."""

    tier: PoolTier
    """Feature plan, which AWS bills by active user: `LITE`, `ESSENTIALS` or `PLUS`. To leave `PLUS` later, name another
    tier. Defaults to `ESSENTIALS`, as AWS itself does; `PLUS` if `threat_protection` is on."""

    threat_protection: ThreatProtection
    """What Cognito does about leaked passwords and unusual sign-ins: `OFF` does nothing, `AUDIT` records them, and
    `ENFORCED` blocks leaked passwords and high risk, and asks for the second factor at medium risk. Requires the tier
    `PLUS`; AWS bills `ENFORCED` by user. Without `ENFORCED` the policy `auth-user-pool-threat-protection` (low) reports
    a violation."""

    mfa: Mfa
    """Second factor by authenticator app (TOTP); `ON` requires it from everyone who signs in."""

    sign_in: SignIn
    """What users sign in with. Changing it replaces the pool and its users."""

    password_length: int
    """Minimum length of a password. Upper case, lower case, digits and symbols are always required."""

    password_history: int
    """How many earlier passwords cannot be reused; not with tier `LITE`."""

    temporary_password_days: int
    """Days within which an invited user must sign in."""

    self_sign_up: bool
    """Whether anyone can create an account. If not, an administrator does."""

    ses_identity_arn: pulumi.Input[str]
    """Verified SES identity that sends the pool's email. With `threat_protection` `ENFORCED`, it also notifies users of
    blocked sign-ins. Defaults to Cognito's own sender, at most 50 emails a day, which does not notify them."""

    exceptions: Mapping[str, str]
    """Reasons for values that the policy pack reports, by option: `mfa` other than `ON`,
    `temporary_password_days` above 7. Required for such a value, and shown in the posture. `deletion_protection` false
    may have one. Defaults to none."""

    deletion_protection: bool
    """Whether the pool cannot be deleted. To delete it, set this to false and deploy once before you destroy."""


@parses(CognitoClientArgs)
@dataclass(frozen=True, kw_only=True)
class ClientSpec:
    """`CognitoClientArgs`, validated, with defaults filled in."""

    machine: bool = boolean(default=False)
    callback_urls: tuple[str, ...] = strings(check=_check_url, values="URLs")
    confidential: bool = boolean(default=False)
    logout_urls: tuple[str, ...] = strings(check=_check_url, values="URLs")
    scopes: tuple[str, ...]
    access_token_minutes: int = whole_number(60, low=5, high=1_440, unit="minutes")
    id_token_minutes: int
    refresh_token_hours: int = whole_number(720, low=1, high=87_600, unit="hours")
    rotate_refresh_tokens: bool = boolean(default=False)
    sign_in_minutes: int = whole_number(3, low=3, high=15, unit="minutes")

    @classmethod
    def parse(cls, reader: Reader, known: tuple[str, ...]) -> "ClientSpec":
        """Check the kind of client, its scopes and its times."""
        plain = options(cls, reader)
        access = plain["access_token_minutes"]
        spec = cls(
            **plain,
            id_token_minutes=reader.integer("id_token_minutes", access, low=5, high=1_440, unit="minutes"),
            scopes=reader.strings("scopes", known, choices=(*known, *COGNITO_SCOPES)),
        )
        if spec.machine == bool(spec.callback_urls):
            message = f"expected exactly one of `{spell('machine')}` true and `{spell('callback_urls')}`"
            reader.add("machine", message)
        if spec.machine:
            of_people = ("confidential", "logout_urls", "id_token_minutes", "refresh_token_hours")
            for name in reader.given(*of_people, "rotate_refresh_tokens", "sign_in_minutes"):
                reader.requires(name, "callback_urls", reason="a machine gets access tokens only, always with a secret")
            for scope in spec.scopes:
                if scope in COGNITO_SCOPES:
                    predicate = "is a scope of users, which Cognito issues to no machine"
                    reader.reject("scopes", predicate, value=scope)
        longest = max(spec.access_token_minutes, spec.id_token_minutes)
        if spec.refresh_token_hours * 60 <= longest:
            reader.add(
                "refresh_token_hours", f"must be longer than the {plural(longest, 'minute')} of the other tokens"
            )
        return spec

    @property
    def secret(self) -> bool:
        """Whether the client has a secret."""
        return self.machine or self.confidential


@parses(CognitoDomainArgs)
@dataclass(frozen=True, kw_only=True)
class DomainSpec:
    """`CognitoDomainArgs`, validated, with defaults filled in."""

    name: str = string(pattern=_DOMAIN, expected="a domain such as login.example.com")
    certificate_arn: pulumi.Input[str] = required_leaf(check=check_sign_in_certificate, values="ARN")
    zone_id: pulumi.Input[str] | None = leaf()

    @classmethod
    def parse(cls, reader: Reader) -> "DomainSpec":
        """Check the name, and the certificate's region if it is known."""
        return cls(**options(cls, reader))


@parses(CognitoArgs)
@dataclass(frozen=True, kw_only=True)
class CognitoSpec:
    """`CognitoArgs`, validated, with defaults filled in."""

    pool_arns: tuple[pulumi.Input[str], ...] = leaves(check=check_user_pool, values="ARNs")
    """Empty if a pool is created."""
    id_token_clients: tuple[str, ...] = strings(check=_check_client, values="client ids")
    identifier: str
    scopes: dict[str, str]
    clients: dict[str, ClientSpec]
    domain_prefix: str = string(
        pattern=r"(?!-)[a-z0-9-]{1,63}(?<!-)", expected="a prefix of lower-case letters, digits and hyphens"
    )
    domain: DomainSpec | None
    tier: str
    threat_protection: str = string("OFF", choices=get_args(ThreatProtection))
    mfa: str = string("ON", choices=get_args(Mfa))
    sign_in: str = string("USERNAME", choices=get_args(SignIn))
    password_length: int = whole_number(12, low=8, high=99, unit="characters")
    password_history: int = whole_number(0, low=0, high=24, unit="passwords")
    temporary_password_days: int = whole_number(3, low=1, high=365, unit="days")
    self_sign_up: bool = boolean(default=False)
    ses_identity_arn: pulumi.Input[str] | None = leaf(check=check_ses_identity, values="ARN")
    deletion_protection: bool = boolean(default=True)
    exceptions: Mapping[str, str] = field(default_factory=dict[str, str])
    """Why options have values that the policy pack reports."""

    @classmethod
    def parse(cls, reader: Reader, name: str) -> "CognitoSpec":
        """Parse an authorizer by its name: existing pools, which have settings of their own, or one created here."""
        plain = options(cls, reader)
        scopes = _scopes(reader, made=not plain["pool_arns"])
        domain = reader.child("domain", CognitoDomainArgs)
        clients = {
            key: ClientSpec.parse(each, tuple(sorted(scopes)))
            for key, each in reader.child_map("clients", CognitoClientArgs).items()
        }
        usual = "ESSENTIALS" if plain["threat_protection"] == "OFF" else "PLUS"
        spec = cls(
            **plain,
            clients=clients,
            identifier=reader.string(
                "identifier",
                name,
                pattern=r"[\x21\x23-\x5B\x5D-\x7E]{1,256}",
                expected="a string of printable characters without spaces",
            ),
            scopes=scopes,
            domain=DomainSpec.parse(domain) if domain else None,
            tier=reader.string("tier", usual, choices=get_args(PoolTier)),
        )
        spec._check_pools(reader)
        spec._check_settings(reader)
        return replace(spec, exceptions=spec._exceptions(reader))

    def _check_pools(self, reader: Reader) -> None:
        """Reject settings that existing pools cannot take, and ID tokens of a pool created here."""
        if self.pool_arns:
            for each in reader.given(*_MADE_HERE):
                reader.conflict(each, reader.at("pool_arns"), "an adopted pool has its own settings")
        elif reader.has("pool_arns"):
            reader.add("pool_arns", "must list at least one pool")
        if self.id_token_clients:
            for each in reader.given("identifier", "scopes"):
                reader.conflict(each, reader.at("id_token_clients"), "ID tokens have no scopes")
            if not self.pool_arns:
                reader.requires("id_token_clients", "pool_arns", reason="a pool created here issues access tokens")

    def _exceptions(self, reader: Reader) -> Mapping[str, str]:
        exceptions = Exceptions(reader)
        if self.pool_arns:
            return exceptions.checked()
        people = _has_people(self.clients)
        if self.mfa != "ON" and people:
            exceptions.require(reader, "mfa", "lets users sign in with a password alone")
        if self.temporary_password_days > _LONGEST_TEMPORARY_DAYS and people:
            message = f"lets temporary passwords be valid for more than {_LONGEST_TEMPORARY_DAYS} days"
            exceptions.require(reader, "temporary_password_days", message)
        if not self.deletion_protection:
            exceptions.allow(reader, "deletion_protection")
        return exceptions.checked()

    def _check_settings(self, reader: Reader) -> None:
        """Reject settings of a new pool that contradict each other."""
        if self.threat_protection != "OFF" and self.tier != "PLUS":
            reader.add("tier", f"must be 'PLUS' with `{reader.at('threat_protection')}`, or left out")
        if self.password_history and self.tier == "LITE":
            reader.add("password_history", "must be 0 with the tier 'LITE', which keeps no history")
        if self.threat_protection == "ENFORCED" and self.mfa == "OFF":
            message = f"must be 'OPTIONAL' or 'ON' with `{spell('threat_protection')}` 'ENFORCED', which asks for it"
            reader.add("mfa", message)
        if self.domain and reader.has("domain_prefix"):
            reader.conflict("domain_prefix", reader.at("domain"), "a pool has one of them")
        if self.clients and not self.domain_prefix and self.domain is None:
            listed = listing(self.clients)
            message = f"required: without the hosted endpoint the clients {listed} could obtain no token"
            reader.add("domain_prefix", message)

    def full_scope(self, scope: str) -> str:
        """A scope as it appears in tokens: Cognito's own ones as they are, others after their resource server."""
        return scope if scope in COGNITO_SCOPES or "/" in scope else f"{self.identifier}/{scope}"

    @property
    def full_scopes(self) -> tuple[str, ...]:
        """The authorizer's scopes as they appear in tokens."""
        return tuple(sorted(map(self.full_scope, self.scopes)))

    @property
    def known_scopes(self) -> tuple[str, ...]:
        """All scopes that a token can have, if the pool is created here."""
        return (*self.full_scopes, *COGNITO_SCOPES)

    def posture(self) -> str:
        """What is in force."""
        if self.pool_arns:
            taken = f"ID tokens of {len(self.id_token_clients)} clients" if self.id_token_clients else "access tokens"
            return f"Cognito, {taken} of adopted pools"
        threats = "" if self.threat_protection == "OFF" else f", threat protection {self.threat_protection.lower()}"
        exceptions = "".join(f", {line}" for line in listed(self.exceptions))
        sign_up = ", anyone can sign up" if self.self_sign_up else ""
        deletion = "" if self.deletion_protection else ", the pool can be deleted"
        return f"Cognito, access tokens of its own pool, MFA {self.mfa.lower()}{threats}{sign_up}{deletion}{exceptions}"


def _has_people(clients: Mapping[str, ClientSpec]) -> bool:
    """Whether people sign in to the pool; without clients of the gateway, other clients may let them."""
    return not clients or any(not client.machine for client in clients.values())


def _scopes(reader: Reader, *, made: bool) -> dict[str, str]:
    """The API's own scopes: a method without any would accept every ID token of every client of the pool."""
    given = reader.get("scopes")
    if given is None:
        return {"call": "Call the API"} if made else {}
    if not is_object(given) or not given:
        reader.add("scopes", "expected a map of at least one scope, each with what it allows")
        return {"call": "Call the API"}
    read: dict[str, str] = {}
    for scope, meaning in given.items():
        path = join(reader.at("scopes"), str(scope))
        if not _SCOPE.fullmatch(str(scope)):
            reader.problems.reject(path, str(scope), "is not the name of a scope (without '/')")
        elif made and scope in COGNITO_SCOPES:
            predicate = "is a scope of Cognito itself, which no resource server has: routes and clients can name it"
            reader.problems.reject(path, str(scope), predicate)
        elif not isinstance(meaning, str) or not meaning:
            reader.problems.mismatch(path, "a string that says what the scope allows", meaning)
        else:
            read[str(scope)] = meaning
    return read
