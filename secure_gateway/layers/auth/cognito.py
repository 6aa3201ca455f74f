"""Args of a Cognito authorizer: a hardened pool of its own, or pools that exist."""

import re
from dataclasses import dataclass
from typing import Required, TypedDict

import pulumi

from ...validation.arns import check_ses_identity, check_sign_in_certificate, check_user_pool
from ...validation.problems import join, listing, plural, spell
from ...validation.reader import Reader, is_object, matching

_DOMAIN = r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}"
_MADE_HERE = (
    *("clients", "domain_prefix", "domain", "tier", "threat_protection", "mfa", "sign_in", "password_length"),
    *("password_history", "temporary_password_days", "self_sign_up", "ses_identity_arn", "deletion_protection"),
)
"""What only a pool made here takes."""
_SCOPE = re.compile(r"[\x21\x23-\x2E\x30-\x5B\x5D-\x7E]{1,256}")


class CognitoClientArgs(TypedDict, total=False):
    """An application that obtains tokens from the pool: exactly one of `machine` and `callback_urls`."""

    machine: bool
    """A service: client credentials with a secret. It asks the token endpoint, so the pool needs a domain."""

    callback_urls: list[str]
    """An application that people sign in to: authorization code, with PKCE where it keeps no secret. Where Cognito
    returns to; `https`, `http` on localhost, or an application's own scheme. The pool needs a domain."""

    confidential: bool
    """Whether an application with `callback_urls` has a server that keeps a secret. Defaults to false: browser and
    mobile applications have none."""

    logout_urls: list[str]
    """Where Cognito returns to after signing out. Defaults to none."""

    scopes: list[str]
    """Scopes that the client may ask for, by their short names. Defaults to all of the authorizer's."""

    access_token_minutes: int
    """Minutes an access token is good for, 5 to 1,440. API Gateway takes it to its end, revoked or not. Defaults to
    60."""

    id_token_minutes: int
    """Minutes an ID token is good for, 5 to 1,440. Defaults to `access_token_minutes`."""

    refresh_token_hours: int
    """Hours a session may be renewed without signing in again, 1 to 87,600; longer than its tokens. Defaults to 720,
    30 days."""

    rotate_refresh_tokens: bool
    """Whether each refresh token is good for one renewal, with 10 seconds of grace. The application must then renew
    with `GetTokensFromRefreshToken` or the token endpoint. Defaults to false."""

    sign_in_minutes: int
    """Minutes that a sign-in may take from step to step, 3 to 15. Defaults to 3."""


class CognitoDomainArgs(TypedDict, total=False):
    """A domain of your own for sign-in and tokens. Cognito wants its parent domain to have an A record already."""

    name: Required[str]
    """The domain, such as `login.example.com`."""

    certificate_arn: Required[pulumi.Input[str]]
    """ACM certificate of the domain, in us-east-1 wherever the pool is (AWS serves it from CloudFront)."""

    zone_id: pulumi.Input[str]
    """Route 53 hosted zone in which to make the alias record. Defaults to none: then point the domain at the output
    `sign_in_targets` yourself."""


class CognitoArgs(TypedDict, total=False):
    """A Cognito authorizer: callers send `Authorization: Bearer <access token>`."""

    pool_arns: list[pulumi.Input[str]]
    """User pools that exist, in the gateway's account and region unless the ARN is known before deployment; then
    nothing is created. Defaults to a pool made for this authorizer."""

    id_token_clients: list[str]
    """Take ID tokens in place of access tokens, of these app clients only (ids, matched with the token's `aud`). For
    existing applications; ID tokens have no scopes. Only beside `pool_arns`. Defaults to access tokens."""

    identifier: str
    """Identifier of the resource server: scopes are `<identifier>/<scope>`. Defaults to the authorizer's name."""

    scopes: dict[str, str]
    """Scopes of the resource server, with what each allows. A route without scopes of its own takes any of them.
    Defaults to one, `call`, in a pool made here; adopted pools have their own."""

    clients: dict[str, CognitoClientArgs]
    """Applications, by a name of yours. Defaults to none."""

    domain_prefix: str
    """Prefix of the hosted sign-in and token endpoint, unique in the region. Defaults to none."""

    domain: CognitoDomainArgs
    """A domain of your own in place of `domain_prefix`. Defaults to none."""

    tier: str
    """Feature plan, which AWS bills by active user: `LITE`, `ESSENTIALS` or `PLUS`. Defaults to AWS's own choice for a
    new pool, `ESSENTIALS`, and to `PLUS` where `threat_protection` is on; to leave `PLUS` again, name another."""

    threat_protection: str
    """What Cognito does about leaked passwords and unusual sign-ins: `OFF`, `AUDIT` (record) or `ENFORCED` (refuse
    leaked passwords and high risk, ask for the second factor at medium risk). Needs tier `PLUS`. Defaults to `OFF`."""

    mfa: str
    """Second factor by authenticator app (TOTP): `OFF`, `OPTIONAL`, or `ON`, which asks everybody who signs in.
    Defaults to `ON`."""

    sign_in: str
    """What people sign in with: `USERNAME` or `EMAIL`. Changing it replaces the pool and its users. Defaults to
    `USERNAME`."""

    password_length: int
    """Least length of a password, 8 to 99, of upper and lower case, digits and symbols. Defaults to 12."""

    password_history: int
    """Earlier passwords that are refused, 0 to 24; not with tier `LITE`. Defaults to 0."""

    temporary_password_days: int
    """Days in which an invited user must sign in, 1 to 365. Defaults to 3."""

    self_sign_up: bool
    """Whether anybody may create an account. Defaults to false: an administrator does."""

    ses_identity_arn: pulumi.Input[str]
    """Verified SES identity that sends the pool's mail; it tells people of refused sign-ins where `threat_protection`
    is `ENFORCED`. Defaults to Cognito's own sender, at most 50 a day, which does not tell them."""

    deletion_protection: bool
    """Whether the pool refuses to be deleted; set it to false and deploy once before you destroy. Defaults to true."""


@dataclass(frozen=True, kw_only=True)
class ClientSpec:
    """`CognitoClientArgs`, validated, with defaults filled in."""

    machine: bool
    secret: bool
    callback_urls: tuple[str, ...]
    logout_urls: tuple[str, ...]
    scopes: tuple[str, ...]
    access_token_minutes: int
    id_token_minutes: int
    refresh_token_hours: int
    rotate_refresh_tokens: bool
    sign_in_minutes: int

    @classmethod
    def parse(cls, reader: Reader, known: tuple[str, ...]) -> "ClientSpec":
        """Check kinds, scopes, addresses and times."""
        machine = reader.boolean("machine", default=False)
        callbacks = reader.strings("callback_urls", check=_check_url)
        if machine == bool(callbacks):
            message = f"expected exactly one of `{spell('machine')}` true and `{spell('callback_urls')}`"
            reader.add("machine", message)
        if machine:
            of_people = ("confidential", "logout_urls", "id_token_minutes", "refresh_token_hours")
            for name in reader.given(*of_people, "rotate_refresh_tokens", "sign_in_minutes"):
                reader.requires(name, "callback_urls", reason="a machine gets access tokens only, always with a secret")
        access = reader.integer("access_token_minutes", 60, low=5, high=1_440, unit="minutes")
        identity = reader.integer("id_token_minutes", access, low=5, high=1_440, unit="minutes")
        refresh = reader.integer("refresh_token_hours", 720, low=1, high=87_600, unit="hours")
        if refresh * 60 <= max(access, identity):
            message = f"must be longer than the {plural(max(access, identity), 'minute')} of the other tokens"
            reader.add("refresh_token_hours", message)
        return cls(
            machine=machine,
            secret=machine or reader.boolean("confidential", default=False),
            callback_urls=callbacks,
            logout_urls=reader.strings("logout_urls", check=_check_url),
            scopes=reader.strings("scopes", known, choices=known),
            access_token_minutes=access,
            id_token_minutes=identity,
            refresh_token_hours=refresh,
            rotate_refresh_tokens=reader.boolean("rotate_refresh_tokens", default=False),
            sign_in_minutes=reader.integer("sign_in_minutes", 3, low=3, high=15, unit="minutes"),
        )


@dataclass(frozen=True, kw_only=True)
class DomainSpec:
    """`CognitoDomainArgs`, validated, with defaults filled in."""

    name: str
    certificate_arn: pulumi.Input[str]
    zone_id: pulumi.Input[str] | None

    @classmethod
    def parse(cls, reader: Reader) -> "DomainSpec":
        """Check the name, and the certificate's region where it is known."""
        return cls(
            name=reader.string("name", pattern=_DOMAIN, expected="a domain such as login.example.com"),
            certificate_arn=reader.leaf("certificate_arn", check=check_sign_in_certificate) or "",
            zone_id=reader.leaf("zone_id"),
        )


@dataclass(frozen=True, kw_only=True)
class CognitoSpec:
    """`CognitoArgs`, validated, with defaults filled in."""

    pool_arns: tuple[pulumi.Input[str], ...]
    """Empty where a pool is made."""
    id_token_clients: tuple[str, ...]
    identifier: str
    scopes: dict[str, str]
    clients: dict[str, ClientSpec]
    domain_prefix: str
    domain: DomainSpec | None
    tier: str
    """Empty where AWS decides."""
    threat_protection: str
    mfa: str
    sign_in: str
    password_length: int
    password_history: int
    temporary_password_days: int
    self_sign_up: bool
    ses_identity_arn: pulumi.Input[str] | None
    deletion_protection: bool

    @classmethod
    def parse(cls, reader: Reader, name: str) -> "CognitoSpec":
        """Decide between adopted pools, which bring everything, and one made here."""
        adopted = reader.leaves("pool_arns", check=check_user_pool)
        if adopted:
            for each in reader.given(*_MADE_HERE):
                reader.conflict(each, reader.at("pool_arns"), "an adopted pool has its own settings")
        elif reader.has("pool_arns"):
            reader.add("pool_arns", "must list at least one pool")
        by_id = reader.strings("id_token_clients", check=_check_client)
        if by_id:
            for each in reader.given("identifier", "scopes"):
                reader.conflict(each, reader.at("id_token_clients"), "ID tokens have no scopes")
            if not adopted:
                reader.requires("id_token_clients", "pool_arns", reason="a pool created here issues access tokens")
        scopes = _scopes(reader, made=not adopted)
        threats = reader.string("threat_protection", "OFF", choices=("AUDIT", "ENFORCED", "OFF"))
        tier = reader.string(
            "tier", "ESSENTIALS" if threats == "OFF" else "PLUS", choices=("ESSENTIALS", "LITE", "PLUS")
        )
        if threats != "OFF" and tier != "PLUS":
            reader.add("tier", f"must be 'PLUS' with `{reader.at('threat_protection')}`, or left out")
        history = reader.integer("password_history", 0, low=0, high=24, unit="passwords")
        if history and tier == "LITE":
            reader.add("password_history", "must be 0 with the tier 'LITE', which keeps no history")
        mfa = reader.string("mfa", "ON", choices=("OFF", "ON", "OPTIONAL"))
        if threats == "ENFORCED" and mfa == "OFF":
            message = f"must be 'OPTIONAL' or 'ON' with `{spell('threat_protection')}` 'ENFORCED', which asks for it"
            reader.add("mfa", message)
        domain = reader.child("domain", CognitoDomainArgs)
        clients = {
            key: ClientSpec.parse(each, tuple(sorted(scopes)))
            for key, each in reader.child_map("clients", CognitoClientArgs).items()
        }
        prefix = reader.string(
            "domain_prefix",
            pattern=r"(?!-)[a-z0-9-]{1,63}(?<!-)",
            expected="a prefix of lower-case letters, digits and hyphens",
        )
        if domain and reader.has("domain_prefix"):
            reader.conflict("domain_prefix", reader.at("domain"), "a pool has one of them")
        if clients and not prefix and domain is None:
            message = f"required: without the hosted endpoint the clients {listing(clients)} could obtain no token"
            reader.add("domain_prefix", message)
        return cls(
            pool_arns=adopted,
            id_token_clients=by_id,
            identifier=reader.string(
                "identifier",
                name,
                pattern=r"[\x21\x23-\x5B\x5D-\x7E]{1,256}",
                expected="a string of printable characters without spaces",
            ),
            scopes=scopes,
            clients=clients,
            domain_prefix=prefix,
            domain=DomainSpec.parse(domain) if domain else None,
            tier=tier,
            threat_protection=threats,
            mfa=mfa,
            sign_in=reader.string("sign_in", "USERNAME", choices=("EMAIL", "USERNAME")),
            password_length=reader.integer("password_length", 12, low=8, high=99, unit="characters"),
            password_history=history,
            temporary_password_days=reader.integer("temporary_password_days", 3, low=1, high=365, unit="days"),
            self_sign_up=reader.boolean("self_sign_up", default=False),
            ses_identity_arn=reader.leaf("ses_identity_arn", check=check_ses_identity),
            deletion_protection=reader.boolean("deletion_protection", default=True),
        )

    @property
    def full_scopes(self) -> tuple[str, ...]:
        """The scopes as tokens hold them."""
        return tuple(sorted(f"{self.identifier}/{scope}" for scope in self.scopes))

    def posture(self) -> str:
        """What is in force."""
        if self.pool_arns:
            taken = f"ID tokens of {len(self.id_token_clients)} clients" if self.id_token_clients else "access tokens"
            return f"Cognito, {taken} of adopted pools"
        threats = "" if self.threat_protection == "OFF" else f", threat protection {self.threat_protection.lower()}"
        return f"Cognito, access tokens of its own pool, MFA {self.mfa.lower()}{threats}"


def _scopes(reader: Reader, *, made: bool) -> dict[str, str]:
    """The API's own scopes: a method without any would take every ID token of every client of the pool."""
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
        elif not isinstance(meaning, str) or not meaning:
            reader.problems.mismatch(path, "a string that says what the scope allows", meaning)
        else:
            read[str(scope)] = meaning
    return read


_check_client = matching(r"[A-Za-z0-9]{1,128}", "the id of an app client")


def _check_url(url: str) -> str | None:
    if re.fullmatch(
        r"https://[^\s#]+|http://localhost(?::\d+)?(?:/[^\s#]*)?|(?!https?:)[a-z][a-z0-9+.-]*://[^\s#]*", url
    ):
        return None
    return "is not an https:// URL, http://localhost, or a URL with an application's own scheme"
