"""Policies of group `api`: requests, responses, caches, stage variables and deployments, which no layer covers."""

from collections.abc import Iterator

from ..model.api import Cache
from ..model.auth import Authorizer, IdentitySource, Route
from ..model.fact import Fact, every, negate, some
from ..model.gateway import Gateway
from ..model.stack import Stack
from ..model.verdict import Severity, Verdict
from .policy import Layer, Settings

API = Layer("api", "Requests, responses and deployments")
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
_DOCS = "https://docs.aws.amazon.com/apigateway/latest/developerguide/"


@API.policy(
    severity=Severity.MEDIUM,
    fix=(
        "Attach a request validator that checks body and parameters; in an OpenAPI body, name it in "
        "`x-amazon-apigateway-request-validator`."
    ),
    references=("owasp-api-2023:API8", "owasp-api-2023:API3", f"{_DOCS}api-gateway-method-request-validation.html"),
)
def requests_validated(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """API Gateway checks requests against what a method says about them, before they reach the backend.

    Without a validator, a model, a schema or a required parameter is mere documentation: every request passes. A
    validator with both flags off checks nothing. Methods that describe no requests need no validator. Validation
    complements the web ACL: both reject bad input before it reaches the backend.
    """
    for each in gateway.handling.validations:
        yield each.verdict(each.checked)


@API.policy(
    severity=Severity.HIGH,
    fix=(
        "Write host, bucket, queue, table and action into the integration's {uri} and request template. Let the "
        "request choose only path, query, key and data."
    ),
    references=("owasp-api-2023:API7", "cwe:918", f"{_DOCS}request-response-data-mappings.html"),
)
def integration_hosts_fixed(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """No request decides which backend the gateway calls.

    A placeholder in the host that is filled from the path, a query parameter or a header turns the gateway into a proxy
    to any host that a caller names, internal ones included. For an AWS service, the bucket, queue, table, stream, state
    machine or action is the host: the role of the integration may often reach more than one. A stage variable or a
    value of the authorizer is safe: no caller sets it. An integration that uses the caller's own AWS credentials
    passes.
    """
    for integration in gateway.handling.integrations:
        for method in integration.methods or (integration,):
            yield method.verdict(integration.target_fixed)


@API.policy(
    severity=Severity.LOW,
    fix=(
        "Remove these variables from templates and headers; AWS's own templates use `$context.error.messageString`, "
        "and `$context.requestId` is enough to find the request in the log."
    ),
    references=("owasp-api-2023:API8", "cwe:209", f"{_DOCS}supported-gateway-response-types.html"),
)
def gateway_responses_hide_details(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """Gateway responses reveal no internal details, neither in their bodies nor in their headers.

    `$context.error.validationErrorString` reveals the schema to anyone who tries inputs. An authorizer's context and
    the caller's identity belong in logs, and stage variables name backends and versions.
    """
    for each in gateway.handling.gateway_responses:
        yield each.verdict(each.hides_details)


@API.policy(
    severity=Severity.HIGH,
    fix="Name the origins that may send credentials, or do not allow credentials.",
    references=("owasp-api-2023:API8", "cwe:942", f"{_DOCS}how-to-cors.html"),
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


@API.policy(
    severity=Severity.MEDIUM,
    fix="Set {apiKeyRequired} to false on the OPTIONS method, or remove the key from its `security`.",
    references=(f"{_DOCS}how-to-cors.html",),
)
def preflights_without_key(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """No CORS preflight requires an API key.

    Browsers send preflights without an API key, so they are denied, and pages of other origins cannot call the API.
    """
    for route in gateway.routes:
        if route.is_preflight:
            yield route.verdict(
                negate(route.requires_api_key),
                no="requires an API key, which browsers do not send with preflights",
                unknown="whether it requires an API key is known only after deployment",
            )


@API.policy(
    severity=Severity.HIGH,
    fix=(
        "Add the header that identifies the caller to the integration's {cacheKeyParameters}, such as "
        "`method.request.header.Authorization`, or turn caching off for the method."
    ),
    references=("owasp-api-2023:API1", "cwe:524", f"{_DOCS}api-gateway-caching.html"),
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


@API.policy(
    severity=Severity.MEDIUM,
    fix="Set {cacheDataEncrypted} to true in the method settings.",
    references=("fsbp:APIGateway.5", "nist-800-53-r5:SC-28", "pci-dss-4.0:3.5.1", f"{_DOCS}api-gateway-caching.html"),
)
def response_cache_encrypted(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """Response caches are encrypted.

    A cache contains responses that only authenticated callers may see. A stage without a cache passes.
    """
    for cache in gateway.handling.caches:
        yield cache.verdict(_if(cache.enabled, cache.encrypted))


@API.policy(
    severity=Severity.LOW,
    fix="Leave {requireAuthorizationForCacheControl} at true, which is AWS's default.",
    references=("owasp-api-2023:API4", f"{_DOCS}api-gateway-caching.html"),
)
def response_cache_invalidation_authorized(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """Only callers with a permission can invalidate a cache.

    Otherwise any caller can send every request to the backend with a single header, `Cache-Control: max-age=0`.
    """
    for cache in gateway.handling.caches:
        yield cache.verdict(_if(cache.enabled, cache.invalidation_authorized))


@API.policy(
    severity=Severity.HIGH,
    fix="Store the secret in Secrets Manager or Parameter Store, and give the stage only its name.",
    references=("owasp-api-2023:API8", "cwe:312", f"{_DOCS}stage-variables.html"),
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


@API.policy(
    severity=Severity.HIGH,
    fix=(
        "Let the backend accept the integration's IAM role or client certificate, or let the backend itself read the "
        "secret from Secrets Manager."
    ),
    references=("owasp-api-2023:API8", "cwe:798", f"{_DOCS}request-response-data-mappings.html"),
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


@API.policy(
    severity=Severity.LOW,
    fix="Set the variable on every stage.",
    references=("owasp-api-2023:API9", f"{_DOCS}aws-api-gateway-stage-variables-reference.html"),
)
def stage_variables_set(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """Every stage sets the stage variables that the URIs of its integrations use.

    If a stage does not set such a variable, the URI is invalid, and every request to it fails with 500.
    """
    for integration in gateway.handling.integrations:
        for method in integration.methods:
            yield method.verdict(integration.variables_set)


@API.policy(
    severity=Severity.MEDIUM,
    fix=(
        "Set the {triggers} of `Deployment` to a hash of the OpenAPI body, or of methods, integrations, authorizers "
        "and resource policy."
    ),
    references=("owasp-api-2023:API9", f"{_DOCS}how-to-deploy-api.html"),
)
def deployments_follow_changes(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """Deployments have triggers, without which no change of an API reaches its stages.

    A deployment is a snapshot. Without triggers, no later change is ever deployed: a new authorizer, a stricter
    resource policy or the removal of a method is in the program and passes review, but never reaches the stage. A hash
    does not show whether triggers cover everything that matters. A deployment of aws-native has no triggers, and is not
    evaluated.
    """
    for each in gateway.handling.deployments:
        if each.follows_changes is not None:
            yield each.verdict(each.follows_changes)


@API.policy(
    severity=Severity.MEDIUM,
    fix="Make `Deployment` depend on every method and integration ({dependsOn}).",
    references=("owasp-api-2023:API9", f"{_DOCS}how-to-deploy-api.html"),
)
def deployments_depend_on_methods(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """A deployment is created after the methods and integrations of its API.

    Otherwise the snapshot silently contains only what was ready: a stage may serve outdated methods, or fail to deploy.
    """
    for each in gateway.handling.deployments:
        yield each.verdict(each.waits_for_methods)


@API.stack_policy(
    severity=Severity.LOW,
    fix="Leave out {exceptionLevel}.",
    references=("owasp-api-2023:API8", "cwe:209", "https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/"),
)
def agent_gateways_hide_details(stack: Stack, _settings: Settings) -> Iterator[Verdict]:
    """A gateway of Bedrock AgentCore that calls an API reveals no internal details in its errors.

    With the exception level DEBUG, errors contain what the target returned, which is meant for its developers.
    """
    for each in stack.agent_gateways:
        yield each.verdict(
            each.hides_details,
            no="reveals internal details in its errors (DEBUG)",
            unknown="its exception level is known only after deployment",
        )
