"""Auth: nobody calls without credentials."""

from collections.abc import Iterator

from ..model.auth import Authorizer
from ..model.fact import Fact, every
from ..model.gateway import Gateway
from ..model.stack import Stack
from ..model.verdict import Severity, Verdict
from .policy import Layer, Settings

AUTH = Layer("auth", "Authentication and authorization")
_DOCS = "https://docs.aws.amazon.com/apigateway/latest/developerguide/"
_COGNITO = "https://docs.aws.amazon.com/cognito/latest/developerguide/"
_LATER = "is known only after deployment"


def _of_functions(gateway: Gateway) -> Iterator[Authorizer]:
    """The authorizers of a gateway that ask a Lambda function."""
    return (each for each in gateway.authorizers if each.kind in {"token", "request"})


@AUTH.policy(
    severity=Severity.CRITICAL,
    fix=(
        "Give the method `authorization` AWS_IAM, COGNITO_USER_POOLS or CUSTOM with an authorizer, the route of an "
        "HTTP API `authorization_type` AWS_IAM, JWT or CUSTOM; in an OpenAPI body give the operation its own "
        "`security` (REST import does not read the root's). Of a WebSocket API `$connect` carries the login. With "
        "SecureGateway, leave `public` out. A route that anybody may call belongs into the setting `public`."
    ),
    references=(
        "fsbp:APIGateway.8",
        "owasp-api-2023:API2",
        "nist-800-53-r5:AC-3",
        "pci-dss-4.0:7.2.1",
        f"{_DOCS}apigateway-control-access-to-api.html",
    ),
    config={
        "public": {
            "type": "array",
            "items": {"type": "string"},
            "default": [],
            "description": "Routes that anybody may call, as `METHOD /path`, `$default` or `$connect`.",
        }
    },
    single_resource=True,
)
def methods_authenticated(gateway: Gateway, settings: Settings) -> Iterator[Verdict]:
    """Every method requires credentials.

    A method without an authorizer answers anybody who finds it. Only CORS preflights that API Gateway answers itself go
    without, since browsers send them so; and routes that the setting `public` names. On a WebSocket API only `$connect`
    can ask for a login, and what comes over an open connection needs none.
    """
    public = set(settings["public"])
    if not gateway.routes_read.is_yes:
        yield gateway.verdict(gateway.routes_read, no=gateway.routes_unread, unknown=gateway.routes_unread)
    for route in gateway.routes:
        keyed = route.api_key.is_yes
        if route.entry and not route.preflight and not keyed and route.label not in public:
            yield route.verdict(route.authenticated, no=route.gap, unknown=route.gap)


@AUTH.policy(
    severity=Severity.CRITICAL,
    fix="Give the method an authorizer or AWS_IAM beside the key. A SecureGateway route has both `auth` and `api_key`.",
    references=(
        "owasp-api-2023:API2",
        "nist-800-53-r5:IA-2",
        f"{_DOCS}api-gateway-api-usage-plans.html",
    ),
    single_resource=True,
)
def keys_never_standalone(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """No method takes an API key for a login.

    A key names a client for counting. It is sent with every request, seldom changed, and AWS says not to authenticate
    with it.
    """
    for route in gateway.routes:
        if route.entry and route.api_key.is_yes:
            yield route.verdict(
                route.authenticated,
                no="takes an API key for a login",
                unknown="its authorization beside the key is known only later",
            )


@AUTH.policy(
    severity=Severity.HIGH,
    fix=(
        "Name the id of an authorizer of this API, of the kind that the method asks for, or define the security scheme "
        "that the operation requires."
    ),
    references=("owasp-api-2023:API2", f"{_DOCS}apigateway-use-lambda-authorizer.html"),
    single_resource=True,
)
def authorizers_exist(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """Every authorizer that a method needs exists and fits.

    A method of type CUSTOM, JWT or COGNITO_USER_POOLS without an authorizer, with one of another API or of another
    kind, or an operation that requires an undefined scheme, is declared safe and is not.
    """
    for route in gateway.routes:
        if route.entry and (route.how != "none" or not route.connected.is_yes):
            yield route.verdict(
                route.connected,
                no=route.fault,
                unknown="its authorizer is known only later",
            )


@AUTH.policy(
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
            authorizer.used, no="guards no method", unknown="whether a method uses it is known only later"
        )


@AUTH.policy(
    severity=Severity.HIGH,
    fix=(
        "Name what tells callers apart as identity source, such as `method.request.header.Authorization` (of an HTTP "
        "API `$request.header.Authorization`), or set `authorizer_result_ttl_in_seconds` to 0."
    ),
    references=("owasp-api-2023:API2", "cwe:524", f"{_DOCS}configure-api-gateway-lambda-authorization.html"),
    single_resource=True,
)
def authorizer_cache_keyed_by_caller(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """What a Lambda authorizer decided on one caller does not count for another.

    API Gateway keeps its answer under the identity sources. Where they hold nothing of the caller, such as the path or
    a stage variable alone, the first caller's answer lets in everybody until it expires.
    """
    for each in gateway.authorizers:
        if each.kind == "request":
            keeps = Fact.UNKNOWN if each.cache_seconds is None else Fact.YES if each.cache_seconds else Fact.NO
            apart = each.tells_callers_apart
            doubtful = not apart.is_yes and keeps.is_unknown
            yield each.verdict(
                Fact.YES if keeps.is_no else Fact.UNKNOWN if doubtful else apart,
                no="keeps its answers under a key that holds nothing of the caller",
                unknown=f"under what key it keeps its answers {_LATER}",
            )


@AUTH.policy(
    severity=Severity.LOW,
    fix="Set `authorizer_result_ttl_in_seconds` to 300 or less.",
    references=("owasp-api-2023:API2", "nist-800-53-r5:AC-12", f"{_DOCS}apigateway-use-lambda-authorizer.html"),
    config={
        "most_seconds": {"type": "number", "default": 300, "description": "How long an answer may be kept, in seconds."}
    },
    single_resource=True,
)
def authorizer_cache_ttl_limited(gateway: Gateway, settings: Settings) -> Iterator[Verdict]:
    """A Lambda authorizer's answer is not kept for long.

    Who is shut out by the function is let in until the answer kept expires. AWS's default is five minutes.
    """
    for each in _of_functions(gateway):
        most, kept = settings["most_seconds"], each.cache_seconds
        brief = Fact.UNKNOWN if kept is None else Fact.YES if kept <= most else Fact.NO
        yield each.verdict(
            brief, no=f"keeps its answers for more than {most:g} seconds", unknown=f"how long it keeps answers {_LATER}"
        )


@AUTH.policy(
    severity=Severity.LOW,
    fix="Set `identity_validation_expression`, such as `^Bearer [-0-9a-zA-Z._]+$`.",
    references=("owasp-api-2023:API4", f"{_DOCS}configure-api-gateway-lambda-authorization.html"),
    single_resource=True,
)
def token_validation_expression_set(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """Malformed tokens are refused before a function is asked.

    Without an expression every request with any header at all starts the TOKEN authorizer's function, at your cost.
    """
    for each in gateway.authorizers:
        if each.kind == "token":
            yield each.verdict(
                each.prefilters,
                no="asks its function whatever the token looks like",
                unknown=f"its expression {_LATER}",
            )


@AUTH.policy(
    severity=Severity.MEDIUM,
    fix=(
        "Give the authorizer credentials, or add a `lambda_.Permission` for `apigateway.amazonaws.com` whose "
        "`source_arn` covers `<execution arn>/authorizers/*`."
    ),
    references=(f"{_DOCS}apigateway-use-lambda-authorizer.html",),
)
def authorizers_invocable(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """API Gateway may ask every Lambda authorizer's function.

    Otherwise every call fails with 500, and no deployment says so; the usual quick repair is to leave the authorizer
    out. Evaluated where the function is among the evaluated resources.
    """
    for each in _of_functions(gateway):
        yield each.verdict(
            each.invocable,
            no="asks a function that API Gateway has no permission to invoke",
            unknown=f"whether API Gateway may invoke its function {_LATER}",
        )


@AUTH.policy(
    severity=Severity.HIGH,
    fix="List in the JWT configuration's `audiences` the clients whose tokens this API takes.",
    references=("owasp-api-2023:API2", "cwe:287", f"{_DOCS}http-api-jwt-authorizer.html"),
    single_resource=True,
)
def jwt_audience_named(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """A JWT authorizer names whom tokens must be made for.

    Without an audience it takes every token of the issuer, made for whichever other application.
    """
    for each in gateway.authorizers:
        if each.kind == "jwt":
            yield each.verdict(
                each.audience, no="takes tokens that were made for anybody", unknown=f"its audience {_LATER}"
            )


@AUTH.policy(
    severity=Severity.HIGH,
    fix="Give an `https://` issuer, and take the token from a header, such as `$request.header.Authorization`.",
    references=("owasp-api-2023:API2", "cwe:598", f"{_DOCS}http-api-jwt-authorizer.html"),
    single_resource=True,
)
def tokens_sent_securely(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """Tokens and the keys that verify them travel safely.

    A token in the address is kept by every log and browser history on its way. An issuer without HTTPS lets whoever
    stands in between hand out the keys.
    """
    for each in gateway.authorizers:
        if each.kind == "jwt":
            wrong = [
                *(["reads the token from the address"] if each.token_in_header.is_no else []),
                *(["has an issuer without HTTPS"] if each.issuer_encrypted.is_no else []),
            ]
            yield each.verdict(
                every(each.token_in_header, each.issuer_encrypted),
                no=" and ".join(wrong),
                unknown=f"where its tokens come from {_LATER}",
            )


@AUTH.policy(
    severity=Severity.MEDIUM,
    fix=(
        "Give the method `authorization_scopes`, which also makes it ask for access tokens; or pin the clients with "
        "the authorizer's `identity_validation_expression`."
    ),
    references=("owasp-api-2023:API5", "nist-800-53-r5:AC-6", f"{_DOCS}apigateway-integrate-with-cognito.html"),
)
def write_methods_require_scopes(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """What changes something asks a user pool's token for a scope.

    Without scopes the ID token of every user, from every client of the pool, may call every method. Only methods that
    change something are asked: POST, PUT, PATCH, DELETE and ANY.
    """
    for route in gateway.routes:
        if route.how == "cognito" and route.changes:
            yield route.verdict(
                route.scoped,
                no="takes any token of the user pool, of every client and without a scope",
                unknown=f"which scopes it asks for {_LATER}",
            )


@AUTH.stack_policy(
    severity=Severity.LOW,
    fix="Set the pool's `mfa_configuration` to ON, with `software_token_mfa_configuration`.",
    references=("owasp-api-2023:API2", "nist-800-53-r5:IA-2(1)", f"{_COGNITO}user-pool-settings-mfa.html"),
    config={
        "optional": {"type": "boolean", "default": False, "description": "A factor that users may leave out will do."}
    },
)
def user_pool_mfa(stack: Stack, settings: Settings) -> Iterator[Verdict]:
    """A user pool before an API asks people for a second factor.

    Passwords are reused and stolen. Pools whose clients are programs alone have no users to ask.
    """
    for pool in stack.user_pools:
        if not pool.for_people.is_no:
            asked = pool.offers_second_factor if settings["optional"] else pool.second_factor
            yield pool.verdict(asked, no="does not require a second factor", unknown=f"its second factor {_LATER}")


@AUTH.stack_policy(
    severity=Severity.MEDIUM,
    fix="Ask for 8 characters or more with upper and lower case, digits and symbols; temporary passwords for 7 days.",
    references=(
        "fsbp:Cognito.3",
        "owasp-api-2023:API2",
        "nist-800-53-r5:IA-5(1)",
        f"{_COGNITO}managing-users-passwords.html",
    ),
    config={
        "least_length": {"type": "number", "default": 8, "description": "The least characters of a password."},
        "most_days": {"type": "number", "default": 7, "description": "Days that a temporary password may hold."},
    },
)
def user_pool_passwords_strong(stack: Stack, settings: Settings) -> Iterator[Verdict]:
    """A user pool before an API asks for strong passwords.

    Left out as a whole, the password policy is AWS's own, which is strong; written in part, what it leaves out is not
    asked for. Pools whose clients are programs alone have no passwords.
    """
    for pool in stack.user_pools:
        if not pool.for_people.is_no:
            length, days = pool.password_length, pool.temporary_days
            checks = (
                Fact.UNKNOWN if length is None else Fact.YES if length >= settings["least_length"] else Fact.NO,
                Fact.UNKNOWN if days is None else Fact.YES if days <= settings["most_days"] else Fact.NO,
            )
            yield pool.verdict(
                every(pool.password_mixed, *checks),
                no="asks for weak passwords, or lets temporary ones hold for long",
                unknown=f"its password policy {_LATER}",
            )


@AUTH.stack_policy(
    severity=Severity.LOW,
    fix="Set `user_pool_add_ons.advanced_security_mode` to ENFORCED, which the tier PLUS has.",
    references=(
        "fsbp:Cognito.1",
        "owasp-api-2023:API6",
        f"{_COGNITO}cognito-user-pool-settings-threat-protection.html",
    ),
)
def user_pool_threat_protection(stack: Stack, _settings: Settings) -> Iterator[Verdict]:
    """A user pool before an API refuses logins that look like attacks.

    Threat protection knows leaked passwords and tells a robot's guesses from a user's. It costs per user.
    """
    for pool in stack.user_pools:
        if not pool.for_people.is_no:
            yield pool.verdict(
                pool.threats_met, no="does not enforce threat protection", unknown=f"its threat protection {_LATER}"
            )


@AUTH.stack_policy(
    severity=Severity.LOW,
    fix="Set the pool's `deletion_protection` to ACTIVE.",
    references=("nist-800-53-r5:CP-9", f"{_COGNITO}user-pool-settings-deletion-protection.html"),
)
def user_pool_deletion_protection(stack: Stack, _settings: Settings) -> Iterator[Verdict]:
    """A user pool before an API is protected from deletion.

    With the pool go all users, and nobody logs in any more; there is no backup.
    """
    for pool in stack.user_pools:
        yield pool.verdict(
            pool.deletion_protected, no="can be deleted at once", unknown=f"its deletion protection {_LATER}"
        )


@AUTH.stack_policy(
    severity=Severity.LOW,
    fix=(
        "Set `prevent_user_existence_errors` to ENABLED, leave `enable_token_revocation` on, and use neither "
        "ALLOW_USER_PASSWORD_AUTH nor the implicit flow."
    ),
    references=("owasp-api-2023:API2", "cwe:204", f"{_COGNITO}user-pool-settings-client-apps.html"),
)
def user_pool_clients_hardened(stack: Stack, _settings: Settings) -> Iterator[Verdict]:
    """A client of a user pool before an API hides who exists, revokes tokens, and takes no plain passwords.

    Each of these is a step for whoever guesses accounts, or keeps a stolen token.
    """
    for pool in stack.user_pools:
        for client in pool.clients:
            yield client.verdict(client.careful, no=", ".join(client.flaws), unknown=f"its settings {_LATER}")
