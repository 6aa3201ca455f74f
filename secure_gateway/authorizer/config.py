"""The authorizer's configuration: one JSON document, read strictly.

An unknown name, a wrong type or a validator that no route requires is an error, and the function then denies every
request. The document holds no secrets, only the ARNs of the stores that do.
"""

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from .fields import ConfigError, Fields, wrong
from .shapes import is_strings
from .strict_json import parse

ALGORITHMS = ("ES256", "Ed25519", "EdDSA", "PS256", "RS256")
"""Signature algorithms that may be allowed. All are asymmetric, because an issuer's keys are public."""

VARIABLE = "SECURE_GATEWAY_AUTHORIZER"
"""Environment variable that holds the document inside Lambda; without it, the bundled `config.json` is read."""

METHODS = ("ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
VALIDATORS = ("jwt", "api_key", "shared_secret", "signature", "client_certificate")

# Strings rather than compiled patterns: a cold start would wait for the compilation of patterns that it does not need.
NAME = r"[\w-]{1,64}"
STORE = (
    r"arn:aws[a-z-]*:(?:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]+|"
    r"ssm:[a-z0-9-]+:\d{12}:parameter/[\w./-]+)"
)
COGNITO = r"https://(?:issuer-)?cognito-idp\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?/[\w-]+"
HEADER = r"[a-z0-9!#$%&'*+.^_`|~-]{1,64}"
HOST = r"[a-z0-9](?:[a-z0-9.-]{0,252}[a-z0-9])?"
FINGERPRINT = r"[0-9a-f]{64}"
STALE_SECONDS = 3_600
"""How long a cached value is used longer while its source is down, unless the configuration says otherwise."""

MOST_HOSTS = 5
LAST_SECOND = 100_000_000_000
"""Larger numbers are not accepted as times."""

_STORE = ("store", "refresh_seconds", "stale_seconds")
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Store(NamedTuple):
    """A document in Secrets Manager or Parameter Store."""

    arn: str
    refresh: int
    """Seconds after which it is read again."""
    stale: int
    """Seconds for which its last document is used longer while the service is down."""


class Issuer(NamedTuple):
    """An issuer whose tokens are accepted, and which of its tokens."""

    issuer: str
    jwks_url: str
    """Empty: found by OpenID discovery."""
    audiences: frozenset[str]
    client_ids: frozenset[str]
    token_use: str
    require_at_jwt: bool
    """Whether the header's `typ` must be `at+jwt` (RFC 9068)."""
    algorithms: frozenset[str]
    required_claims: Mapping[str, frozenset[str | bool]]
    """Claims that must be present, with the values of which each must have one; empty: any value."""
    leeway: int
    principal_claim: str
    scope_claim: str
    """Empty: `scope`, else `scp`."""
    tenant_claim: str
    keys_fresh: int
    keys_stale: int


class Jwt(NamedTuple):
    """Bearer tokens of one or several issuers."""

    header: str
    issuers: Mapping[str, Issuer]


class ApiKey(NamedTuple):
    """Keys of high entropy, stored as salted hashes."""

    header: str
    store: Store


class SharedSecret(NamedTuple):
    """A header that only a proxy in front of the API can set."""

    header: str
    store: Store


class Signature(NamedTuple):
    """Requests signed with HMAC-SHA256."""

    header: str
    store: Store
    window: int
    hosts: tuple[str, ...]
    """Host names that clients may sign; empty: the one of the request."""
    signed_headers: frozenset[str]
    """Headers that a signature must cover if the request has them."""
    v1_until: int
    """Unix seconds until which signatures of version 1 are accepted; 0: never."""


class ClientCertificate(NamedTuple):
    """Client certificates that API Gateway has verified for mutual TLS."""

    subjects: frozenset[str]
    issuers: frozenset[str]
    fingerprints: frozenset[str]


WithStore = ApiKey | SharedSecret | Signature
Validator = Jwt | WithStore | ClientCertificate
Require = tuple[tuple[str, ...], ...]
"""Alternatives, each a set of validators that must all pass."""


class Route(NamedTuple):
    """What a route requires."""

    require: Require
    scopes: frozenset[str]
    """The caller must have one of them; empty: none is required."""


class Config(NamedTuple):
    """The whole document."""

    name: str
    validators: Mapping[str, Validator]
    routes: Mapping[str, Route]
    simple: bool
    """Whether an HTTP API expects simple responses."""
    cached: bool
    """Whether API Gateway caches decisions: each then covers every route that the caller may use."""


def read(document: str, *, loopback: bool = False) -> Config:
    """Read a document; `loopback` allows issuers over plain http on this machine, for tests.

    Raises `ConfigError`.
    """
    try:
        value = parse(document)
    except (ValueError, RecursionError) as error:
        message = f"not JSON: {error}"
        raise ConfigError(message) from None
    root = Fields(value, "", ("name", "validators", "require", "routes", "responses", "cached"))
    validators = {
        name: _validator(fields, loopback=loopback) for name, fields in root.named("validators", VALIDATORS).items()
    }
    default = _require(root, validators, None if len(validators) != 1 else ((next(iter(validators)),),))
    routes = {
        key: Route(require=_require(fields, validators, default) or (), scopes=fields.strings("scopes"))
        for key, fields in root.named("routes", ("require", "scopes")).items()
    }
    config = Config(
        name=root.string("name", pattern=NAME),
        validators=validators,
        routes=routes,
        simple=root.choice("responses", ("policy", "simple")) == "simple",
        cached=root.flag("cached", default=True),
    )
    _check(config)
    return config


def is_cognito(issuer: str) -> bool:
    """Whether an issuer is a Cognito user pool, in either form of its URL."""
    return "cognito-idp." in issuer and re.fullmatch(COGNITO, issuer) is not None


def _is_route(key: str) -> bool:
    method, _, path = key.partition(" ")
    plain = path.startswith("/") and path.isprintable() and not set(" *?$") & set(path)
    # Braces stand around the name of a parameter, which is a whole segment.
    literal = re.sub(r"/\{[^{}/+]+\}(?=/|$)", "", re.sub(r"/\{[^{}/+]+\+\}$", "", path)) if "{" in path else path
    return key == "$default" or (method in METHODS and plain and not {"{", "}"} & set(literal))


def _check(config: Config) -> None:
    used = {name for route in config.routes.values() for each in route.require for name in each}
    for name in config.validators:
        if name not in used:
            raise wrong(f"validators.{name}", "no route requires this validator")
    for key, route in config.routes.items():
        if not _is_route(key):
            raise wrong(f"routes.{key}", "a route is written METHOD /path, with parameters such as {id} or {path+}")
        if not route.require:
            raise wrong("require", "required, because there are several validators")
    if config.cached and config.simple:
        raise wrong("cached", "must be false with simple responses, since a cached one would allow every route")
    if config.cached and "$default" in config.routes:
        raise wrong("cached", "must be false with the route $default, since no policy can name its requests")
    for name, validator in config.validators.items():
        if config.cached and isinstance(validator, Signature | ClientCertificate):
            raise wrong("cached", f"must be false with {name}, since what it checks is not part of the cache's key")
    if config.cached and len({route.require for route in config.routes.values()}) > 1:
        raise wrong("cached", "must be false if routes require different validators: a cached decision covers them all")


def _require(fields: Fields, validators: Mapping[str, Validator], default: Require | None) -> Require | None:
    given = fields.get("require", list)
    if given is None:
        return default
    if not given:
        raise wrong(fields.at("require"), "must have at least one list of validators")
    alternatives: list[tuple[str, ...]] = []
    for index, each in enumerate(given):
        path = f"{fields.at('require')}[{index}]"
        if not is_strings(each) or not validators.keys() >= set(each):
            raise wrong(path, f"must be a list of names of validators ({', '.join(sorted(validators))})")
        if not each or len(set(each)) != len(each):
            raise wrong(path, "must have at least one validator, and each only once")
        alternatives.append(tuple(each))
    return tuple(alternatives)


def _validator(fields: Fields, *, loopback: bool) -> Validator:
    kinds = [kind for kind in VALIDATORS if kind in fields.value]
    if len(kinds) != 1:
        raise wrong(fields.path, f"must have exactly one of {', '.join(VALIDATORS)}")
    return _READ[kinds[0]](fields, loopback)


def _jwt(fields: Fields, loopback: bool) -> Jwt:  # noqa: FBT001 - the same signature for all kinds
    own = fields.child("jwt", ("header", "issuers"))
    issuers = [_issuer(each, loopback) for each in own.children("issuers", _ISSUER)]
    if not issuers or len({each.issuer for each in issuers}) != len(issuers):
        raise wrong(own.at("issuers"), "must have at least one issuer, and each only once")
    return Jwt(header=_header(own, "authorization"), issuers={each.issuer: each for each in issuers})


_ISSUER = (
    "issuer",
    "jwks_url",
    "audiences",
    "client_ids",
    "token_use",
    "require_at_jwt",
    "algorithms",
    "required_claims",
    "leeway_seconds",
    "principal_claim",
    "scope_claim",
    "tenant_claim",
    "keys_fresh_seconds",
    "keys_stale_seconds",
)


def _issuer(fields: Fields, loopback: bool) -> Issuer:  # noqa: FBT001 - as above
    issuer, jwks = fields.string("issuer"), fields.string("jwks_url", "")
    for name, url in (("issuer", issuer), ("jwks_url", jwks)):
        if url and not is_url(url, loopback=loopback):
            raise wrong(fields.at(name), "must be an https:// URL without user, query and fragment")
    audiences, clients = fields.strings("audiences"), fields.strings("client_ids")
    if not audiences and not clients:
        raise wrong(
            fields.path, "audiences or client_ids is required, since otherwise a token for any application would pass"
        )
    algorithms = fields.strings("algorithms", ("RS256",))
    if not algorithms or not algorithms <= set(ALGORITHMS):
        raise wrong(fields.at("algorithms"), f"must be some of {', '.join(ALGORITHMS)}")
    use, at_jwt = fields.choice("token_use", ("access", "id")), fields.flag("require_at_jwt", default=False)
    if at_jwt and use != "access":
        raise wrong(fields.at("require_at_jwt"), "must be false for ID tokens, which have another typ")
    return Issuer(
        issuer=issuer,
        jwks_url=jwks or (f"{issuer}/.well-known/jwks.json" if is_cognito(issuer) else ""),
        audiences=audiences,
        client_ids=clients,
        token_use=use,
        require_at_jwt=at_jwt,
        algorithms=algorithms,
        required_claims=fields.claims("required_claims"),
        leeway=fields.integer("leeway_seconds", 30, low=0, high=60),
        principal_claim=fields.string("principal_claim", "sub"),
        scope_claim=fields.string("scope_claim", ""),
        tenant_claim=fields.string("tenant_claim", ""),
        keys_fresh=fields.integer("keys_fresh_seconds", 900, low=300, high=7_200),
        keys_stale=fields.integer("keys_stale_seconds", STALE_SECONDS, low=0, high=86_400),
    )


def is_url(url: str, *, loopback: bool = False) -> bool:
    """Whether keys may be fetched from a URL: it must be https and unambiguous."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    plain = loopback and parts.scheme == "http" and parts.hostname in _LOOPBACK
    return (
        (parts.scheme == "https" or plain)
        and bool(parts.hostname)
        and port != 0
        and "@" not in parts.netloc
        and not {"?", "#", "\\"} & set(url)
        and url.isascii()
        and url.isprintable()
        and " " not in url
    )


def _header(fields: Fields, default: str) -> str:
    return fields.string("header", default, pattern=HEADER)


def _store(fields: Fields) -> Store:
    return Store(
        arn=fields.string("store", pattern=STORE),
        refresh=fields.integer("refresh_seconds", 300, low=10, high=3_600),
        stale=fields.integer("stale_seconds", STALE_SECONDS, low=0, high=86_400),
    )


def _api_key(fields: Fields, _loopback: bool) -> ApiKey:  # noqa: FBT001 - as above
    own = fields.child("api_key", ("header", *_STORE))
    return ApiKey(header=_header(own, "x-api-key"), store=_store(own))


def _shared_secret(fields: Fields, _loopback: bool) -> SharedSecret:  # noqa: FBT001 - as above
    own = fields.child("shared_secret", ("header", *_STORE))
    return SharedSecret(header=_header(own, "x-origin-secret"), store=_store(own))


def _signature(fields: Fields, _loopback: bool) -> Signature:  # noqa: FBT001 - as above
    names = ("header", *_STORE, "window_seconds", "hosts", "signed_headers", "v1_until")
    own = fields.child("signature", names)
    hosts, signed = own.strings("hosts"), own.strings("signed_headers")
    if any(not re.fullmatch(HOST, each) for each in hosts) or len(hosts) > MOST_HOSTS:
        raise wrong(own.at("hosts"), f"must be at most {MOST_HOSTS} host names in lower case")
    if any(not re.fullmatch(HEADER, each) for each in signed):
        raise wrong(own.at("signed_headers"), "must be names of headers in lower case")
    return Signature(
        header=_header(own, "x-signature"),
        store=_store(own),
        window=own.integer("window_seconds", 300, low=10, high=900),
        hosts=tuple(sorted(hosts)),
        signed_headers=signed,
        v1_until=own.integer("v1_until", 0, low=0, high=LAST_SECOND),
    )


def _client_certificate(fields: Fields, _loopback: bool) -> ClientCertificate:  # noqa: FBT001 - as above
    own = fields.child("client_certificate", ("subjects", "issuers", "fingerprints"))
    subjects, prints = own.strings("subjects"), own.strings("fingerprints")
    if not subjects and not prints:
        raise wrong(own.path, "subjects or fingerprints is required")
    if any(not re.fullmatch(FINGERPRINT, each) for each in prints):
        raise wrong(
            own.at("fingerprints"), "must be SHA-256 hashes of certificates (DER): 64 lower-case hexadecimal digits"
        )
    return ClientCertificate(subjects=subjects, issuers=own.strings("issuers"), fingerprints=prints)


_READ: Mapping[str, Callable[[Fields, bool], Validator]] = {
    "jwt": _jwt,
    "api_key": _api_key,
    "shared_secret": _shared_secret,
    "signature": _signature,
    "client_certificate": _client_certificate,
}
