"""Auth: nobody calls without credentials."""

from collections.abc import Iterator

from ..findings import Answer, Severity, Verdict
from ..model import Gateway
from ..rules import Layer, Settings

AUTH = Layer("auth", "Authentication and authorization")
_DOCS = "https://docs.aws.amazon.com/apigateway/latest/developerguide/"


@AUTH.rule(
    severity=Severity.CRITICAL,
    fix=(
        "Give the method `authorization` AWS_IAM, COGNITO_USER_POOLS or CUSTOM with an authorizer; in an OpenAPI body "
        "give the operation its own `security` (REST import does not read the root's). With SecureGateway, leave "
        "`public` out."
    ),
    references=("owasp-api-2023:API2", "nist-800-53-r5:AC-3", f"{_DOCS}apigateway-control-access-to-api.html"),
    config={
        "public": {
            "type": "array",
            "items": {"type": "string"},
            "default": [],
            "description": "Routes that anybody may call, as `METHOD /path`.",
        }
    },
    alone=True,
)
def methods_authenticated(gateway: Gateway, settings: Settings) -> Iterator[Verdict]:
    """Every method requires credentials.

    A method without an authorizer answers anybody who finds it. Only CORS preflights that API Gateway answers itself go
    without, since browsers send them so; and routes that the setting `public` names.
    """
    public = settings["public"]
    if gateway.routes_read is not Answer.YES:
        yield gateway.verdict(gateway.routes_read, no=gateway.routes_unread, not_yet=gateway.routes_unread)
    for route in gateway.routes:
        if route.preflight or route.api_key is Answer.YES or route.label in public:
            continue
        yield route.verdict(
            route.authenticated, no="takes calls without credentials", not_yet="its authorization is known only later"
        )


@AUTH.rule(
    severity=Severity.CRITICAL,
    fix="Give the method an authorizer or AWS_IAM beside the key. A SecureGateway route has both `auth` and `api_key`.",
    references=(
        "owasp-api-2023:API2",
        "nist-800-53-r5:IA-2",
        f"{_DOCS}api-gateway-api-usage-plans.html",
    ),
    alone=True,
)
def keys_never_standalone(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """No method takes an API key for a login.

    A key names a client for counting. It is sent with every request, seldom changed, and AWS says not to authenticate
    with it.
    """
    for route in gateway.routes:
        if route.api_key is Answer.YES:
            yield route.verdict(
                route.authenticated,
                no="takes an API key for a login",
                not_yet="its authorization beside the key is known only later",
            )


@AUTH.rule(
    severity=Severity.HIGH,
    fix="Name the authorizer's id on the method, or define the security scheme that the operation requires.",
    references=("owasp-api-2023:API2", f"{_DOCS}apigateway-use-lambda-authorizer.html"),
    alone=True,
)
def authorizers_exist(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """Every authorizer that a method names exists.

    A method of type CUSTOM or COGNITO_USER_POOLS without an authorizer, or an operation that requires an undefined
    scheme, is declared safe and is not.
    """
    for route in gateway.routes:
        if route.how != "none" or route.connected is not Answer.YES:
            yield route.verdict(
                route.connected,
                no="names an authorizer that does not exist",
                not_yet="its authorizer is known only later",
            )


@AUTH.rule(
    severity=Severity.MEDIUM,
    fix="Let a method use the authorizer, or remove it.",
    references=("owasp-api-2023:API5", f"{_DOCS}apigateway-control-access-to-api.html"),
)
def authorizers_used(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """Every authorizer guards at least one method.

    An authorizer that no method names looks like protection in a review and protects nothing.
    """
    for authorizer in gateway.authorizers:
        yield authorizer.verdict(
            authorizer.used, no="guards no method", not_yet="whether a method uses it is known only later"
        )
