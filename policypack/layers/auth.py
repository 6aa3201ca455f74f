"""Auth: nobody calls without credentials."""

from collections.abc import Iterator

from ..model.auth import Authorizer
from ..model.fact import Answer, every
from ..model.gateway import Gateway
from ..model.stack import Estate
from ..model.verdict import Severity, Verdict
from .policy import Layer, Settings

AUTH = Layer("auth", "Authentication and authorization")
_DOCS = "https://docs.aws.amazon.com/apigateway/latest/developerguide/"
_COGNITO = "https://docs.aws.amazon.com/cognito/latest/developerguide/"
_LATER = "is known only after deployment"


def _of_functions(gateway: Gateway) -> Iterator[Authorizer]:
    """The authorizers of a gateway that ask a Lambda function."""
    return (each for each in gateway.authorizers if each.kind in {"token", "request"})


@AUTH.rule(
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
    rows=("M1", "M4", "M6", "M7", "M73", "M74", "M75", "G1", "G3", "G9", "G10", "G12"),
    config={
        "public": {
            "type": "array",
            "items": {"type": "string"},
            "default": [],
            "description": "Routes that anybody may call, as `METHOD /path`, `$default` or `$connect`.",
        }
    },
    alone=True,
)
def methods_authenticated(gateway: Gateway, settings: Settings) -> Iterator[Verdict]:
    """Every method requires credentials.

    A method without an authorizer answers anybody who finds it. Only CORS preflights that API Gateway answers itself go
    without, since browsers send them so; and routes that the setting `public` names. On a WebSocket API only `$connect`
    can ask for a login, and what comes over an open connection needs none.
    """
    public = set(settings["public"])
    if gateway.routes_read is not Answer.YES:
        yield gateway.verdict(gateway.routes_read, no=gateway.routes_unread, not_yet=gateway.routes_unread)
    for route in gateway.routes:
        keyed = route.api_key is Answer.YES
        if route.entry and not route.preflight and not keyed and route.label not in public:
            yield route.verdict(route.authenticated, no=route.gap, not_yet=route.gap)


@AUTH.rule(
    severity=Severity.CRITICAL,
    fix="Give the method an authorizer or AWS_IAM beside the key. A SecureGateway route has both `auth` and `api_key`.",
    references=(
        "owasp-api-2023:API2",
        "nist-800-53-r5:IA-2",
        f"{_DOCS}api-gateway-api-usage-plans.html",
    ),
    rows=("M1", "M3", "G2"),
    alone=True,
)
def keys_never_standalone(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """No method takes an API key for a login.

    A key names a client for counting. It is sent with every request, seldom changed, and AWS says not to authenticate
    with it.
    """
    for route in gateway.routes:
        if route.entry and route.api_key is Answer.YES:
            yield route.verdict(
                route.authenticated,
                no="takes an API key for a login",
                not_yet="its authorization beside the key is known only later",
            )


@AUTH.rule(
    severity=Severity.HIGH,
    fix=(
        "Name the id of an authorizer of this API, of the kind that the method asks for, or define the security scheme "
        "that the operation requires."
    ),
    references=("owasp-api-2023:API2", f"{_DOCS}apigateway-use-lambda-authorizer.html"),
    rows=("M76", "G4"),
    alone=True,
)
def authorizers_exist(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """Every authorizer that a method needs exists and fits.

    A method of type CUSTOM, JWT or COGNITO_USER_POOLS without an authorizer, with one of another API or of another
    kind, or an operation that requires an undefined scheme, is declared safe and is not.
    """
    for route in gateway.routes:
        if route.entry and (route.how != "none" or route.connected is not Answer.YES):
            yield route.verdict(
                route.connected,
                no=route.fault,
                not_yet="its authorizer is known only later",
            )


@AUTH.rule(
    severity=Severity.HIGH,
    fix=(
        "Add the header that tells callers apart to the integration's cache_key_parameters, such as "
        "`method.request.header.Authorization`, or switch caching off for the method."
    ),
    references=("owasp-api-2023:API1", "cwe:524", f"{_DOCS}api-gateway-caching.html"),
    rows=("G35",),
    config={
        "shared": {
            "type": "array",
            "default": [],
            "items": {"type": "string"},
            "description": "Methods, as `GET /prices`, whose answers are the same for every caller.",
        }
    },
)
def cached_answers_apart(gateway: Gateway, settings: Settings) -> Iterator[Verdict]:
    """An answer cached for one caller is not given to another.

    API Gateway looks into its cache by path alone unless told otherwise: whoever may call at all gets what the first
    caller was answered. It stands under authentication since it undoes it.
    """
    shared = set(settings["shared"])
    for cache in gateway.handling.caches:
        if cache.authenticated is not Answer.NO and cache.method not in shared:
            sure = cache.on is Answer.YES and cache.authenticated is Answer.YES
            unsafe = cache.tells_callers_apart is Answer.NO
            yield cache.verdict(
                Answer.NOT_YET if unsafe and not sure else cache.tells_callers_apart,
                no="gives one caller's answers to others",
                not_yet="whether it tells callers apart is known only later",
            )


@AUTH.rule(
    severity=Severity.MEDIUM,
    fix="Set cache_data_encrypted to true in the method settings.",
    references=("fsbp:APIGateway.5", "nist-800-53-r5:SC-28", "pci-dss-4.0:3.5.1", f"{_DOCS}api-gateway-caching.html"),
    rows=("M64", "G35"),
)
def caches_encrypted(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """A cache is encrypted.

    It holds answers that a login was asked for. Without a cache there is nothing to encrypt, and nothing is asked.
    """
    for cache in gateway.handling.caches:
        yield cache.verdict(
            Answer.NOT_YET if cache.encrypted is Answer.NO and cache.on is not Answer.YES else cache.encrypted,
            no="is not encrypted",
            not_yet="its settings are known only later",
        )


@AUTH.rule(
    severity=Severity.LOW,
    fix="Leave require_authorization_for_cache_control at true, which is AWS's default.",
    references=("owasp-api-2023:API4", f"{_DOCS}api-gateway-caching.html"),
    rows=("G35",),
)
def cache_control_authorized(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """Only callers with a permission empty a cache.

    Otherwise one header, `Cache-Control: max-age=0`, sends every request to the backend.
    """
    for cache in gateway.handling.caches:
        guarded = cache.invalidation_guarded
        yield cache.verdict(
            Answer.NOT_YET if guarded is Answer.NO and cache.on is not Answer.YES else guarded,
            no="can be emptied by any caller",
            not_yet="its settings are known only later",
        )


@AUTH.rule(
    severity=Severity.HIGH,
    fix="Name the origins that may send credentials, or leave credentials out.",
    references=("owasp-api-2023:API8", "cwe:942", f"{_DOCS}how-to-cors.html"),
    rows=("M68", "G37"),
)
def cors_credentials_bound(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """Browsers send credentials from named origins only.

    With every origin allowed, or whichever asks, any page that a user visits calls the API in the user's name. Browsers
    refuse `*` itself with credentials; `https://*` and a reflected origin they take. `*` without credentials is fine.
    """
    for each in gateway.handling.cors_answers:
        yield each.verdict(
            {Answer.YES: Answer.NO, Answer.NO: Answer.YES}.get(each.open_to_all, Answer.NOT_YET),
            no="lets pages of every origin call with the user's credentials",
            not_yet="which origins may send credentials is known only later",
        )


@AUTH.rule(
    severity=Severity.HIGH,
    fix="Keep the secret in Secrets Manager or Parameter Store, and give the stage its name alone.",
    references=("owasp-api-2023:API8", "cwe:312", f"{_DOCS}stage-variables.html"),
    rows=("M69", "G39"),
    alone=True,
)
def stage_variables_public(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """No stage variable holds a credential.

    Whoever may read the API's configuration reads stage variables, and backends log them. Names and shapes are
    compared; ARNs, addresses and paths of secrets are fine. A canary's overrides count too.
    """
    for stage in gateway.stages:
        if stage.secret_variables or stage.variables_read is not Answer.YES:
            yield stage.verdict(
                Answer.NO if stage.secret_variables else Answer.NOT_YET,
                no=f"has stage variables that look like credentials: {', '.join(stage.secret_variables)}",
                not_yet="stage variables with the names of credentials are known only later",
            )
        else:
            yield stage.verdict(Answer.YES, no="", not_yet="")


@AUTH.rule(
    severity=Severity.MEDIUM,
    fix="Let a method use the authorizer, or remove it.",
    references=("owasp-api-2023:API5", f"{_DOCS}apigateway-control-access-to-api.html"),
    rows=("M4", "M7"),
)
def authorizers_used(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """Every authorizer guards at least one method.

    An authorizer that no method names looks like protection in a review and protects nothing.
    """
    for authorizer in gateway.authorizers:
        yield authorizer.verdict(
            authorizer.used, no="guards no method", not_yet="whether a method uses it is known only later"
        )


@AUTH.rule(
    severity=Severity.HIGH,
    fix=(
        "Name what tells callers apart as identity source, such as `method.request.header.Authorization` (of an HTTP "
        "API `$request.header.Authorization`), or set `authorizer_result_ttl_in_seconds` to 0."
    ),
    references=("owasp-api-2023:API2", "cwe:524", f"{_DOCS}configure-api-gateway-lambda-authorization.html"),
    rows=("G5",),
    alone=True,
)
def cached_decisions_own(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """What a Lambda authorizer decided on one caller does not count for another.

    API Gateway keeps its answer under the identity sources. Where they hold nothing of the caller, such as the path or
    a stage variable alone, the first caller's answer lets in everybody until it expires.
    """
    for each in gateway.authorizers:
        if each.kind == "request":
            keeps = Answer.NOT_YET if each.cache_seconds is None else Answer.YES if each.cache_seconds else Answer.NO
            apart = each.tells_callers_apart
            doubtful = apart is not Answer.YES and keeps is Answer.NOT_YET
            yield each.verdict(
                Answer.YES if keeps is Answer.NO else Answer.NOT_YET if doubtful else apart,
                no="keeps its answers under a key that holds nothing of the caller",
                not_yet=f"under what key it keeps its answers {_LATER}",
            )


@AUTH.rule(
    severity=Severity.LOW,
    fix="Set `authorizer_result_ttl_in_seconds` to 300 or less.",
    references=("owasp-api-2023:API2", "nist-800-53-r5:AC-12", f"{_DOCS}apigateway-use-lambda-authorizer.html"),
    rows=("G5",),
    config={
        "most_seconds": {"type": "number", "default": 300, "description": "How long an answer may be kept, in seconds."}
    },
    alone=True,
)
def cached_decisions_brief(gateway: Gateway, settings: Settings) -> Iterator[Verdict]:
    """A Lambda authorizer's answer is not kept for long.

    Who is shut out by the function is let in until the answer kept expires. AWS's default is five minutes.
    """
    for each in _of_functions(gateway):
        most, kept = settings["most_seconds"], each.cache_seconds
        brief = Answer.NOT_YET if kept is None else Answer.YES if kept <= most else Answer.NO
        yield each.verdict(
            brief, no=f"keeps its answers for more than {most:g} seconds", not_yet=f"how long it keeps answers {_LATER}"
        )


@AUTH.rule(
    severity=Severity.LOW,
    fix="Set `identity_validation_expression`, such as `^Bearer [-0-9a-zA-Z._]+$`.",
    references=("owasp-api-2023:API4", f"{_DOCS}configure-api-gateway-lambda-authorization.html"),
    rows=("G5",),
    alone=True,
)
def tokens_prefiltered(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """Malformed tokens are refused before a function is asked.

    Without an expression every request with any header at all starts the TOKEN authorizer's function, at your cost.
    """
    for each in gateway.authorizers:
        if each.kind == "token":
            yield each.verdict(
                each.prefilters,
                no="asks its function whatever the token looks like",
                not_yet=f"its expression {_LATER}",
            )


@AUTH.rule(
    severity=Severity.MEDIUM,
    fix=(
        "Give the authorizer credentials, or add a `lambda_.Permission` for `apigateway.amazonaws.com` whose "
        "`source_arn` covers `<execution arn>/authorizers/*`."
    ),
    references=(f"{_DOCS}apigateway-use-lambda-authorizer.html",),
    rows=("G6",),
)
def authorizers_invocable(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """API Gateway may ask every Lambda authorizer's function.

    Otherwise every call fails with 500, and no deployment says so; the usual quick repair is to leave the authorizer
    out. Judged where the function is among the judged resources.
    """
    for each in _of_functions(gateway):
        yield each.verdict(
            each.invocable,
            no="asks a function that API Gateway has no permission to invoke",
            not_yet=f"whether API Gateway may invoke its function {_LATER}",
        )


@AUTH.rule(
    severity=Severity.HIGH,
    fix="List in the JWT configuration's `audiences` the clients whose tokens this API takes.",
    references=("owasp-api-2023:API2", "cwe:287", f"{_DOCS}http-api-jwt-authorizer.html"),
    rows=("G7",),
    alone=True,
)
def jwt_audience_named(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """A JWT authorizer names whom tokens must be made for.

    Without an audience it takes every token of the issuer, made for whichever other application.
    """
    for each in gateway.authorizers:
        if each.kind == "jwt":
            yield each.verdict(
                each.audience, no="takes tokens that were made for anybody", not_yet=f"its audience {_LATER}"
            )


@AUTH.rule(
    severity=Severity.HIGH,
    fix="Give an `https://` issuer, and take the token from a header, such as `$request.header.Authorization`.",
    references=("owasp-api-2023:API2", "cwe:598", f"{_DOCS}http-api-jwt-authorizer.html"),
    rows=("G7",),
    alone=True,
)
def tokens_carried_safely(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """Tokens and the keys that verify them travel safely.

    A token in the address is kept by every log and browser history on its way. An issuer without HTTPS lets whoever
    stands in between hand out the keys.
    """
    for each in gateway.authorizers:
        if each.kind == "jwt":
            wrong = [
                *(["reads the token from the address"] if each.token_in_header is Answer.NO else []),
                *(["has an issuer without HTTPS"] if each.issuer_encrypted is Answer.NO else []),
            ]
            yield each.verdict(
                every(each.token_in_header, each.issuer_encrypted),
                no=" and ".join(wrong),
                not_yet=f"where its tokens come from {_LATER}",
            )


@AUTH.rule(
    severity=Severity.MEDIUM,
    fix=(
        "Give the method `authorization_scopes`, which also makes it ask for access tokens; or pin the clients with "
        "the authorizer's `identity_validation_expression`."
    ),
    references=("owasp-api-2023:API5", "nist-800-53-r5:AC-6", f"{_DOCS}apigateway-integrate-with-cognito.html"),
    rows=("G8",),
)
def changes_need_scopes(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """What changes something asks a user pool's token for a scope.

    Without scopes the ID token of every user, from every client of the pool, may call every method. Only methods that
    change something are asked: POST, PUT, PATCH, DELETE and ANY.
    """
    for route in gateway.routes:
        if route.how == "cognito" and route.changes:
            yield route.verdict(
                route.scoped,
                no="takes any token of the user pool, of every client and without a scope",
                not_yet=f"which scopes it asks for {_LATER}",
            )


@AUTH.estate_rule(
    severity=Severity.LOW,
    fix="Set the pool's `mfa_configuration` to ON, with `software_token_mfa_configuration`.",
    references=("owasp-api-2023:API2", "nist-800-53-r5:IA-2(1)", f"{_COGNITO}user-pool-settings-mfa.html"),
    rows=("M14",),
    config={
        "optional": {"type": "boolean", "default": False, "description": "A factor that users may leave out will do."}
    },
)
def pools_ask_second_factor(estate: Estate, settings: Settings) -> Iterator[Verdict]:
    """A user pool before an API asks people for a second factor.

    Passwords are reused and stolen. Pools whose clients are programs alone have no users to ask.
    """
    for pool in estate.user_pools:
        if pool.for_people is not Answer.NO:
            asked = pool.offers_second_factor if settings["optional"] else pool.second_factor
            yield pool.verdict(asked, no="does not require a second factor", not_yet=f"its second factor {_LATER}")


@AUTH.estate_rule(
    severity=Severity.MEDIUM,
    fix="Ask for 8 characters or more with upper and lower case, digits and symbols; temporary passwords for 7 days.",
    references=(
        "fsbp:Cognito.3",
        "owasp-api-2023:API2",
        "nist-800-53-r5:IA-5(1)",
        f"{_COGNITO}managing-users-passwords.html",
    ),
    rows=("M15", "M18"),
    config={
        "least_length": {"type": "number", "default": 8, "description": "The least characters of a password."},
        "most_days": {"type": "number", "default": 7, "description": "Days that a temporary password may hold."},
    },
)
def pool_passwords_strong(estate: Estate, settings: Settings) -> Iterator[Verdict]:
    """A user pool before an API asks for strong passwords.

    Left out as a whole, the password policy is AWS's own, which is strong; written in part, what it leaves out is not
    asked for. Pools whose clients are programs alone have no passwords.
    """
    for pool in estate.user_pools:
        if pool.for_people is not Answer.NO:
            length, days = pool.password_length, pool.temporary_days
            checks = (
                Answer.NOT_YET if length is None else Answer.YES if length >= settings["least_length"] else Answer.NO,
                Answer.NOT_YET if days is None else Answer.YES if days <= settings["most_days"] else Answer.NO,
            )
            yield pool.verdict(
                every(pool.password_mixed, *checks),
                no="asks for weak passwords, or lets temporary ones hold for long",
                not_yet=f"its password policy {_LATER}",
            )


@AUTH.estate_rule(
    severity=Severity.LOW,
    fix="Set `user_pool_add_ons.advanced_security_mode` to ENFORCED, which the tier PLUS has.",
    references=(
        "fsbp:Cognito.1",
        "owasp-api-2023:API6",
        f"{_COGNITO}cognito-user-pool-settings-threat-protection.html",
    ),
    rows=("M16",),
)
def pools_meet_threats(estate: Estate, _settings: Settings) -> Iterator[Verdict]:
    """A user pool before an API refuses logins that look like attacks.

    Threat protection knows leaked passwords and tells a robot's guesses from a user's. It costs per user.
    """
    for pool in estate.user_pools:
        if pool.for_people is not Answer.NO:
            yield pool.verdict(
                pool.threats_met, no="does not enforce threat protection", not_yet=f"its threat protection {_LATER}"
            )


@AUTH.estate_rule(
    severity=Severity.LOW,
    fix="Set the pool's `deletion_protection` to ACTIVE.",
    references=("nist-800-53-r5:CP-9", f"{_COGNITO}user-pool-settings-deletion-protection.html"),
    rows=("M18",),
)
def pools_undeletable(estate: Estate, _settings: Settings) -> Iterator[Verdict]:
    """A user pool before an API is protected from deletion.

    With the pool go all users, and nobody logs in any more; there is no backup.
    """
    for pool in estate.user_pools:
        yield pool.verdict(
            pool.deletion_protected, no="can be deleted at once", not_yet=f"its deletion protection {_LATER}"
        )


@AUTH.estate_rule(
    severity=Severity.LOW,
    fix=(
        "Set `prevent_user_existence_errors` to ENABLED, leave `enable_token_revocation` on, and use neither "
        "ALLOW_USER_PASSWORD_AUTH nor the implicit flow."
    ),
    references=("owasp-api-2023:API2", "cwe:204", f"{_COGNITO}user-pool-settings-client-apps.html"),
    rows=("M17",),
)
def pool_clients_careful(estate: Estate, _settings: Settings) -> Iterator[Verdict]:
    """A client of a user pool before an API hides who exists, revokes tokens, and takes no plain passwords.

    Each of these is a step for whoever guesses accounts, or keeps a stolen token.
    """
    for pool in estate.user_pools:
        for client in pool.clients:
            yield client.verdict(client.careful, no=", ".join(client.flaws), not_yet=f"its settings {_LATER}")
