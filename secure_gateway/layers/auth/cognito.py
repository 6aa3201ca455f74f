"""Args of a Cognito authorizer: a hardened pool of its own, or pools that exist."""

import re
from dataclasses import dataclass
from typing import TypedDict

import pulumi

from ...problems import join, listing
from ...reader import Reader, is_object

_POOL_ARN = re.compile(r"arn:aws[a-z-]*:cognito-idp:[a-z0-9-]+:\d{12}:userpool/[\w-]+")
_SCOPE = re.compile(r"[\x21\x23-\x2E\x30-\x5B\x5D-\x7E]{1,256}")


class CognitoClientArgs(TypedDict, total=False):
    """An application that obtains tokens from the pool: exactly one of the two kinds."""

    machine: bool
    """A service: client credentials with a secret. Needs `domain_prefix`, whose token endpoint it calls."""

    callback_urls: list[str]
    """A browser or mobile application: authorization code with PKCE, no secret. Where Cognito returns to; `https`, or
    `http` on localhost. Needs `domain_prefix`."""

    logout_urls: list[str]
    """Where Cognito returns to after signing out. Defaults to none."""

    scopes: list[str]
    """Scopes that the client may ask for, by their short names. Defaults to all of the authorizer's."""

    access_token_minutes: int
    """Minutes an access token is good for, 5 to 1,440. It cannot be called back. Defaults to 60."""

    refresh_token_days: int
    """Days a session may be renewed without signing in again, 1 to 3,650. Defaults to 30."""


class CognitoArgs(TypedDict, total=False):
    """A Cognito authorizer: callers send `Authorization: Bearer <access token>`."""

    pool_arns: list[pulumi.Input[str]]
    """User pools that exist, in the gateway's account and region unless the ARN is known before deployment; then
    nothing is created. Defaults to a pool made for this authorizer."""

    identifier: str
    """Identifier of the resource server: scopes are `<identifier>/<scope>`. Defaults to the authorizer's name."""

    scopes: dict[str, str]
    """Scopes of the resource server, with what each allows. A route without scopes of its own takes any of them.
    Defaults to one, `call`."""

    clients: dict[str, CognitoClientArgs]
    """Applications, by a name of yours. Defaults to none."""

    domain_prefix: str
    """Prefix of the hosted sign-in and token endpoint, unique in the region. Defaults to none."""

    mfa: str
    """Second factor by authenticator app: `OFF`, `OPTIONAL` or `ON`. Defaults to `OPTIONAL`."""

    password_length: int
    """Least length of a password, 8 to 99. Defaults to 12."""

    self_sign_up: bool
    """Whether anybody may create an account. Defaults to false: an administrator does."""

    deletion_protection: bool
    """Whether the pool refuses to be deleted; set it to false and deploy once before you destroy. Defaults to true."""


@dataclass(frozen=True, kw_only=True)
class ClientSpec:
    """`CognitoClientArgs`, decided."""

    machine: bool
    callback_urls: tuple[str, ...]
    logout_urls: tuple[str, ...]
    scopes: tuple[str, ...]
    access_token_minutes: int
    refresh_token_days: int

    @classmethod
    def parse(cls, reader: Reader, known: tuple[str, ...]) -> "ClientSpec":
        """Check kinds, scopes and addresses."""
        machine = reader.flag("machine", default=False)
        callbacks = reader.texts("callback_urls", check=_check_url)
        if machine == bool(callbacks):
            reader.refuse("machine", "exactly one of machine=true and callback_urls", given=machine)
        return cls(
            machine=machine,
            callback_urls=callbacks,
            logout_urls=reader.texts("logout_urls", check=_check_url),
            scopes=reader.texts("scopes", known, choices=known),
            access_token_minutes=reader.integer("access_token_minutes", 60, low=5, high=1_440, unit="minutes"),
            refresh_token_days=reader.integer("refresh_token_days", 30, low=1, high=3_650, unit="days"),
        )


@dataclass(frozen=True, kw_only=True)
class CognitoSpec:
    """`CognitoArgs`, decided."""

    pool_arns: tuple[pulumi.Input[str], ...]
    """Empty where a pool is made."""
    identifier: str
    scopes: dict[str, str]
    clients: dict[str, ClientSpec]
    domain_prefix: str
    mfa: str
    password_length: int
    self_sign_up: bool
    deletion_protection: bool

    @classmethod
    def parse(cls, reader: Reader, name: str) -> "CognitoSpec":
        """Decide between adopted pools, which bring everything, and one made here."""
        adopted = reader.leaves("pool_arns", check=_check_pool)
        if adopted:
            made_here = ("clients", "domain_prefix", "mfa", "password_length", "self_sign_up", "deletion_protection")
            for each in reader.given(*made_here):
                reader.refuse(each, f"nothing beside {reader.at('pool_arns')}: an adopted pool has its own")
        elif reader.has("pool_arns"):
            reader.refuse("pool_arns", "at least one pool")
        scopes = _scopes(reader)
        domain = reader.text("domain_prefix", pattern=r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", allowed="a DNS label")
        clients = {
            key: ClientSpec.parse(each, tuple(scopes))
            for key, each in reader.named("clients", CognitoClientArgs).items()
        }
        if clients and not domain:
            reader.refuse(
                "domain_prefix", f"a prefix: {listing(clients)} could obtain no token without the hosted endpoint"
            )
        return cls(
            pool_arns=adopted,
            identifier=reader.text(
                "identifier", name, pattern=r"[\x21\x23-\x5B\x5D-\x7E]{1,256}", allowed="printable, without spaces"
            ),
            scopes=scopes,
            clients=clients,
            domain_prefix=domain,
            mfa=reader.text("mfa", "OPTIONAL", choices=("OFF", "OPTIONAL", "ON")),
            password_length=reader.integer("password_length", 12, low=8, high=99, unit="characters"),
            self_sign_up=reader.flag("self_sign_up", default=False),
            deletion_protection=reader.flag("deletion_protection", default=True),
        )

    @property
    def full_scopes(self) -> tuple[str, ...]:
        """The scopes as tokens hold them."""
        return tuple(sorted(f"{self.identifier}/{scope}" for scope in self.scopes))


def _scopes(reader: Reader) -> dict[str, str]:
    """The API's own scopes: a method without any would take every ID token of every client of the pool."""
    given = reader.get("scopes")
    if given is None:
        return {"call": "Call the API"}
    if not is_object(given) or not given:
        reader.refuse("scopes", "an object of at least one scope, with what each allows")
        return {"call": "Call the API"}
    read: dict[str, str] = {}
    for scope, meaning in given.items():
        path = join(reader.at("scopes"), str(scope))
        if not _SCOPE.fullmatch(str(scope)):
            reader.problems.add(path, given=scope, allowed="a scope's name, without `/`")
        elif not isinstance(meaning, str) or not meaning:
            reader.problems.add(path, given=meaning, allowed="a text: what the scope allows")
        else:
            read[str(scope)] = meaning
    return read


def _check_pool(arn: str) -> str | None:
    return None if _POOL_ARN.fullmatch(arn) else "the ARN of a user pool"


def _check_url(url: str) -> str | None:
    if re.fullmatch(
        r"https://[^\s#]+|http://localhost(?::\d+)?(?:/[^\s#]*)?|(?!https?:)[a-z][a-z0-9+.-]*://[^\s#]*", url
    ):
        return None
    return "an https:// address, http://localhost, or an application's own scheme"
