"""Every method requires credentials and, for writing, a scope."""

from collections.abc import Iterator

from ...model.auth import Route
from ...model.fact import Fact, every, negate, some
from ...model.gateway import Gateway
from ...model.verdict import Severity, Verdict
from ..policy import Settings
from .layer import AUTH, DOCS

_AUTHORIZER_UNKNOWN = Fact.unknown("its authorizer, and with it the issuer of its tokens, is not evaluated here")


@AUTH.policy(
    severity=Severity.CRITICAL,
    fix_by_kind={
        "REST": (
            "Set the method's {authorization} to AWS_IAM, or to COGNITO_USER_POOLS or CUSTOM with an authorizer. In an "
            "OpenAPI body, give the operation its own `security`, because the import ignores the root's. With "
            "SecureGateway, leave `public` out."
        ),
        "HTTP": "Set the route's {authorizationType} to AWS_IAM, or to JWT or CUSTOM with an authorizer.",
        "WEBSOCKET": "Set the {authorizationType} of `$connect` to AWS_IAM, or to CUSTOM with an authorizer.",
    },
    fix="List a route that is meant to be public in the setting `public`.",
    references=(
        "fsbp:APIGateway.8",
        "owasp-api-2023:API2",
        "nist-800-53-r5:AC-3",
        "pci-dss-4.0:7.2.1",
        f"{DOCS}apigateway-control-access-to-api.html",
    ),
    config={
        "public": {
            "type": "array",
            "items": {
                "anyOf": [
                    {"type": "string", "minLength": 1},
                    {
                        "type": "object",
                        "required": ["route", "reason"],
                        "additionalProperties": False,
                        "properties": {
                            "route": {"type": "string", "minLength": 1},
                            "urn": {"type": "string", "minLength": 1, "description": "A glob pattern for the URNs."},
                            "reason": {"type": "string", "minLength": 1, "pattern": r"\S", "title": "a reason"},
                            "owner": {"type": "string"},
                            "until": {
                                "type": "string",
                                "pattern": r"^\d{4}-\d\d-\d\d$",
                                "title": "a date in the form YYYY-MM-DD",
                                "description": "The last day, as YYYY-MM-DD.",
                            },
                        },
                    },
                ]
            },
            "default": [],
            "description": (
                "Routes that are meant to be public, as `METHOD /path`, `$default` or `$connect`, or as an object with "
                "`route`, `reason`, `urn`, `owner` and `until`. Each is a waiver of this policy."
            ),
        }
    },
    single_resource=True,
)
def methods_authenticated(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """Every method requires credentials.

    A method without an authorizer is open to anyone who finds it. CORS preflights that API Gateway itself responds to
    with headers alone are exempt, because browsers send them without credentials. The routes that the setting `public`
    lists are reported as waived. In a WebSocket API only `$connect` can require credentials; messages over an open
    connection need none.
    """
    if not gateway.routes_known.is_yes and not gateway.external:
        yield gateway.verdict(gateway.routes_known)
    for route in gateway.routes:
        if route.supports_authorization and not route.is_preflight and not route.requires_api_key.is_yes:
            yield route.verdict(route.authenticated)


@AUTH.policy(
    severity=Severity.CRITICAL,
    fix=(
        "Give the method an authorizer or AWS_IAM in addition to the API key. With SecureGateway, set both `auth` and "
        "{apiKey} on the route."
    ),
    references=(
        "owasp-api-2023:API2",
        "nist-800-53-r5:IA-2",
        f"{DOCS}api-gateway-api-usage-plans.html",
    ),
    single_resource=True,
)
def keys_never_standalone(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """A method that requires an API key requires credentials too.

    An API key identifies a client, so that its requests can be counted. Clients send it with every request and rarely
    change it. AWS advises against using API keys for authentication.
    """
    for route in gateway.routes:
        if route.supports_authorization and route.requires_api_key.is_yes and not route.is_preflight:
            only_key = Fact.no("requires an API key and no credentials")
            yield route.verdict(only_key if route.authenticated.is_no else route.authenticated)


@AUTH.policy(
    severity=Severity.MEDIUM,
    fix=(
        "Set {authorizationScopes} on the method or route to scopes of a resource server of yours; it then accepts "
        "access tokens only. Or allow only certain app clients with the {identityValidationExpression} of a Cognito "
        "authorizer."
    ),
    references=("owasp-api-2023:API5", "nist-800-53-r5:AC-6", f"{DOCS}apigateway-integrate-with-cognito.html"),
)
def write_methods_require_scopes(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """Write methods (POST, PUT, PATCH, DELETE, ANY) that accept a user pool's tokens require a scope.

    Without scopes, the ID token of every user may call every method. This applies to Cognito authorizers and to JWT
    authorizers whose issuer is a user pool. The scopes of OpenID and of Cognito itself, such as `openid` and
    `aws.cognito.signin.user.admin`, do not count: users get them by signing in. A Cognito authorizer whose validation
    expression accepts only some app clients passes.
    """
    for route in gateway.routes:
        if route.writes and route.authorization in {"cognito", "jwt"}:
            yield route.verdict(some(_of_other_issuer(gateway, route), route.requires_scope))


def _of_other_issuer(gateway: Gateway, route: Route) -> Fact:
    """Whether a route with a JWT authorizer accepts tokens of other issuers than user pools only."""
    used = gateway.authorizers_of(route)
    if route.authorization == "cognito":
        return Fact.NO
    return every(*(negate(each.trusts_user_pool) for each in used)) if used else _AUTHORIZER_UNKNOWN
