"""Auth, for responses and templates: caches, origins that may send credentials, and written credentials."""

from collections.abc import Iterator

from ...model.api import Cache
from ...model.auth import Authorizer, IdentitySource, Route
from ...model.fact import Fact, every, some
from ...model.gateway import Gateway
from ...model.verdict import Severity, Verdict
from ..policy import Settings
from .layer import AUTH, DOCS

_AUTHORIZATION = "header.authorization"
_SUBJECTS = frozenset(
    {"principalid", "sub", "username", "cognito:username", "email", "user", "userid", "user_id", "client_id", "oid"}
)
"""Values of an authorizer, in lower case, that identify one caller."""
_SIGNERS = frozenset(
    f"context.identity.{each}" for each in ("accesskey", "caller", "cognitoidentityid", "user", "userarn")
)
"""Context variables, in lower case, that identify who signed a request."""
_AUTHORIZER_UNKNOWN = Fact.unknown(
    "from where its authorizer, which is not evaluated here, reads the credential is unknown"
)
_MEANING_UNKNOWN = Fact.unknown("whether what its cache key contains is different for every caller cannot be evaluated")


@AUTH.policy(
    severity=Severity.HIGH,
    fix="Name the origins that may send credentials, or do not allow credentials.",
    references=("owasp-api-2023:API8", "cwe:942", f"{DOCS}how-to-cors.html"),
)
def cors_credentials_named_origins(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """Browsers send credentials from named origins only, to which connections are encrypted.

    If every origin is allowed, or the origin of the request is reflected, any page that a user visits can call the API
    in the user's name. Browsers accept `https://*` and a reflected origin with credentials; they reject `*`, so that no
    page can call the API. Whoever is on the network path of an `http://` origin can change its pages. `*` without
    credentials is fine. What a template sets by `$context.responseOverride` counts, too.
    """
    for each in gateway.handling.cors_responses:
        yield each.verdict(each.origins_named)


@AUTH.policy(
    severity=Severity.HIGH,
    fix=(
        "Add the header that identifies the caller to the integration's {cacheKeyParameters}, such as "
        "`method.request.header.Authorization`, or turn caching off for the method."
    ),
    references=("owasp-api-2023:API1", "cwe:524", f"{DOCS}api-gateway-caching.html"),
    config={
        "shared": {
            "type": "array",
            "default": [],
            "items": {"type": "string"},
            "description": "Methods, such as `GET /prices`, whose responses are the same for every caller.",
        }
    },
)
def response_cache_keyed_by_caller(gateway: Gateway, settings: Settings) -> Iterator[Verdict]:
    """A cached response is never returned to another caller.

    By default, the cache key is the path alone: every caller with access gets the response to the first caller. That
    undoes authentication. A parameter identifies the caller only if the authorizers of the method read the credential
    from it, which is `Authorization` for AWS_IAM, or if it comes from the authorizer, such as
    `context.authorizer.principalId`. What a caller writes freely, such as a user id in the path, does not.
    """
    shared = set(settings["shared"])
    for cache in gateway.handling.caches:
        if not cache.authenticated.is_no and cache.method not in shared:
            keyed = _keyed_by_caller(gateway, cache).because(
                no="returns one caller's responses to others",
                unknown="whether its cache key identifies the caller is known only after deployment",
            )
            yield cache.verdict(_if(every(cache.enabled, cache.authenticated), keyed))


def _keyed_by_caller(gateway: Gateway, cache: Cache) -> Fact:
    """Whether the cache key contains a credential that the method's authorizers read, or what they found."""
    more = Fact.NO if cache.key_known.is_yes else cache.key_known
    routes = [each for each in gateway.routes if each.label == cache.method]
    found = [every(*(_identified_by(gateway, route, each) for route in routes)) for each in cache.key]
    return some(*(found if routes else ()), more)


def _identified_by(gateway: Gateway, route: Route, key: IdentitySource) -> Fact:
    """Whether a part of a cache key identifies the callers of a route."""
    if key.parameter.startswith("context."):
        return _identified_by_context(route, key.parameter)
    if route.authorization == "iam":
        return Fact.of(key.parameter == _AUTHORIZATION)
    used = gateway.authorizers_of(route)
    if used:
        return every(*(_identified_by_source(each, key) for each in used))
    # The authorizer is not evaluated. By default, it reads this header.
    return every(key.identifies_caller, Fact.YES if key.parameter == _AUTHORIZATION else _AUTHORIZER_UNKNOWN)


def _identified_by_context(route: Route, parameter: str) -> Fact:
    """Whether a context variable, such as `context.authorizer.principalid`, identifies the callers of a route."""
    if parameter.startswith("context.authorizer."):
        return Fact.YES if parameter.rpartition(".")[2] in _SUBJECTS else _MEANING_UNKNOWN
    return Fact.of(route.authorization == "iam" and parameter in _SIGNERS)


def _identified_by_source(authorizer: Authorizer, key: IdentitySource) -> Fact:
    """Whether an authorizer reads the caller's credential from a part of a cache key."""
    if key.parameter in authorizer.parameters:
        # What a user pool or an issuer of tokens verifies is a token, whatever the name of its header.
        verified = authorizer.kind in {"cognito", "jwt"}
        sole = authorizer.kind == "token" and not key.identifies_caller.is_no
        return Fact.YES if verified or sole else key.identifies_caller
    if not authorizer.identity_sources_known.is_yes:
        return every(key.identifies_caller, authorizer.identity_sources_known)
    # If its decisions are not cached, a function may read any part of the request.
    reads_more = authorizer.kind == "request" and not authorizer.caches.is_yes and key.identifies_caller.is_yes
    return _MEANING_UNKNOWN if reads_more else Fact.NO


def _if(condition: Fact, fact: Fact) -> Fact:
    """A fact that matters only under a condition: as long as that is unknown, NO is unknown, too."""
    return fact if condition.is_yes or not fact.is_no else condition


@AUTH.policy(
    severity=Severity.MEDIUM,
    fix="Set {cacheDataEncrypted} to true in the method settings.",
    references=("fsbp:APIGateway.5", "nist-800-53-r5:SC-28", "pci-dss-4.0:3.5.1", f"{DOCS}api-gateway-caching.html"),
)
def response_cache_encrypted(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """Response caches are encrypted.

    A cache contains responses that only authenticated callers may see. A stage without a cache passes.
    """
    for cache in gateway.handling.caches:
        yield cache.verdict(_if(cache.enabled, cache.encrypted))


@AUTH.policy(
    severity=Severity.LOW,
    fix="Leave {requireAuthorizationForCacheControl} at true, which is AWS's default.",
    references=("owasp-api-2023:API4", f"{DOCS}api-gateway-caching.html"),
)
def response_cache_invalidation_authorized(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """Only callers with a permission can invalidate a cache.

    Otherwise any caller can send every request to the backend with a single header, `Cache-Control: max-age=0`.
    """
    for cache in gateway.handling.caches:
        yield cache.verdict(_if(cache.enabled, cache.invalidation_authorized))


@AUTH.policy(
    severity=Severity.HIGH,
    fix="Store the secret in Secrets Manager or Parameter Store, and give the stage only its name.",
    references=("owasp-api-2023:API8", "cwe:312", f"{DOCS}stage-variables.html"),
    single_resource=True,
)
def stage_variables_without_secrets(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """No stage variable contains a credential.

    Anyone who may read the API's configuration can read stage variables. This policy looks at names and at the shape of
    values; ARNs, URLs and paths of secrets are fine. A canary's overrides count, too.
    """
    for stage in gateway.stages:
        if stage.secret_variables or not stage.variables_read.is_yes:
            yield stage.verdict(
                Fact.NO if stage.secret_variables else Fact.UNKNOWN,
                no=f"has stage variables that look like credentials: {', '.join(stage.secret_variables)}",
                unknown="stage variables with the names of credentials are known only after deployment",
            )
        else:
            yield stage.verdict(Fact.YES, no="", unknown="")


@AUTH.policy(
    severity=Severity.HIGH,
    fix=(
        "Let the backend accept the integration's IAM role or client certificate, or let the backend itself read the "
        "secret from Secrets Manager."
    ),
    references=("owasp-api-2023:API8", "cwe:798", f"{DOCS}request-response-data-mappings.html"),
    single_resource=True,
)
def integrations_without_secrets(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """No credential is written into an integration or a response.

    Anyone who may read or export the API reads its templates, its constant headers and the addresses of its backends.
    This policy looks at the shape of constants and at the names of parameters and fields. Values that come from the
    request, the authorizer or a stage variable are not constants.
    """
    for each in gateway.handling.transformations:
        yield each.verdict(each.without_credentials)
