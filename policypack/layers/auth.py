"""Auth: every caller presents credentials, and they are checked."""

from collections.abc import Iterator
from dataclasses import dataclass

from ..model.auth import Authorizer, Route, UserPool
from ..model.fact import Fact, every, every_listed, negate, some
from ..model.gateway import Gateway
from ..model.stack import Stack
from ..model.verdict import Severity, Verdict
from ..model.waf import Distribution
from ..model.wording import amount
from .policy import Layer, Settings

AUTH = Layer("auth", "Authentication and authorization")
_AGENTS = "https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/"
_DOCS = "https://docs.aws.amazon.com/apigateway/latest/developerguide/"
_COGNITO = "https://docs.aws.amazon.com/cognito/latest/developerguide/"


_AUTHORIZER_UNKNOWN = Fact.unknown("its authorizer, and with it the issuer of its tokens, is not evaluated here")


def _lambda_authorizers(gateway: Gateway) -> Iterator[Authorizer]:
    return (each for each in gateway.authorizers if each.kind in {"token", "request"})


@AUTH.policy(
    severity=Severity.CRITICAL,
    fix=(
        "Set the method's {authorization} to AWS_IAM, or to COGNITO_USER_POOLS or CUSTOM with an authorizer. For a "
        "route of an HTTP API, set {authorizationType} to AWS_IAM, or to JWT or CUSTOM with an authorizer. In an "
        "OpenAPI body, give the operation its own `security`, because the import of a REST API ignores the root's. For "
        "a WebSocket API, set it on `$connect`. With SecureGateway, leave `public` out. List a route that is meant to "
        "be public in the setting `public`."
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
                            "reason": {"type": "string", "minLength": 1, "pattern": r"\S"},
                            "owner": {"type": "string"},
                            "until": {
                                "type": "string",
                                "pattern": r"^\d{4}-\d\d-\d\d$",
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
        f"{_DOCS}api-gateway-api-usage-plans.html",
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
    severity=Severity.HIGH,
    fix=(
        "Set {authorizerId} to an authorizer of the same API whose type matches the method's authorization. In an "
        "OpenAPI body, define the security scheme that the operation requires."
    ),
    references=("owasp-api-2023:API2", f"{_DOCS}apigateway-use-lambda-authorizer.html"),
    single_resource=True,
)
def authorizers_exist(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """Every authorizer that a method refers to exists and has the right type.

    A method can look protected although it is not: its authorization is CUSTOM, JWT or COGNITO_USER_POOLS, but it
    refers to no authorizer, or to one of another API or another type. The same goes for an operation that requires an
    undefined security scheme.
    """
    for route in gateway.routes:
        if route.supports_authorization and (route.authorization != "none" or not route.authorizer_exists.is_yes):
            yield route.verdict(route.authorizer_exists)


@AUTH.policy(
    severity=Severity.MEDIUM,
    fix="Use the authorizer in a method, or remove it.",
    references=("owasp-api-2023:API5", f"{_DOCS}apigateway-control-access-to-api.html"),
)
def authorizers_used(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """Every authorizer protects at least one method.

    An authorizer that no method uses looks like protection in a review, but protects nothing.
    """
    for authorizer in gateway.authorizers:
        yield authorizer.verdict(authorizer.used)


@AUTH.policy(
    severity=Severity.HIGH,
    fix=(
        "Use an identity source that identifies the caller, such as `method.request.header.Authorization` "
        "(`$request.header.Authorization` for an HTTP API), or set {authorizerResultTtlInSeconds} to 0."
    ),
    references=("owasp-api-2023:API2", "cwe:524", f"{_DOCS}configure-api-gateway-lambda-authorization.html"),
    single_resource=True,
)
def authorizer_cache_keyed_by_caller(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """A cached Lambda authorizer decision is never reused for another caller.

    The identity sources form the cache key. If none of them identifies the caller, for example if the only one is the
    path, a stage variable or the user agent, the decision about the first caller lets everyone in until it expires.
    A header or query parameter identifies the caller if it can be a credential, which its name shows: `Authorization`,
    `Cookie`, or one that ends in token, key, signature, session or the like. Of other names it is undecided.
    """
    for each in _lambda_authorizers(gateway):
        keyed = each.cache_key_identifies_caller.because(
            no="caches decisions under a key that does not identify the caller"
        )
        yield each.verdict(_unless_not_cached(each, keyed))


def _unless_not_cached(authorizer: Authorizer, fact: Fact) -> Fact:
    """A fact that matters only if decisions are cached: as long as that is unknown, NO is unknown, too."""
    return fact if authorizer.caches.is_yes or fact.is_yes else some(negate(authorizer.caches), fact)


@AUTH.policy(
    severity=Severity.HIGH,
    fix=(
        "Add `$context.routeKey` to the {identitySources}, set {authorizerResultTtlInSeconds} to 0, or respond with a "
        "policy ({enableSimpleResponses} false) that names the routes it allows."
    ),
    references=("owasp-api-2023:API5", "owasp-api-2023:API1", f"{_DOCS}http-api-lambda-authorizer.html"),
)
def simple_responses_cached_by_route(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """A cached Allow of a Lambda authorizer applies only to the route that it was returned for.

    A simple response says only whether a request is allowed. If it is cached without the route, the yes to
    `GET /orders` also allows the same caller `DELETE /orders`, until it expires. An authorizer of a single route
    passes.
    """
    for each in gateway.authorizers:
        if each.kind == "request" and not each.simple_responses.is_no:
            single = Fact.NO if len(gateway.routes_with(each)) > 1 else gateway.routes_known
            separate = some(negate(each.caches), negate(each.simple_responses), single, each.cache_key_contains_route)
            yield each.verdict(
                Fact(separate.value).because(
                    no="caches a simple yes without the route: it then opens every route of the authorizer",
                    unknown="whether it caches simple responses without the route is known only after deployment",
                )
            )


@AUTH.policy(
    severity=Severity.CRITICAL,
    fix=(
        "Remove the header from the origin's {customHeaders}, and let viewers send their own credentials. To show that "
        "a request came through the distribution, add another secret header, and let the authorizer require both."
    ),
    references=(
        "owasp-api-2023:API2",
        "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/add-origin-custom-headers.html",
    ),
)
def credentials_sent_by_callers(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """No CloudFront distribution adds the credential that the API requires of its callers.

    A custom header of the origin is the same for every viewer. If it is all that an authorizer reads, everyone who
    finds the distribution is let in. A secret header in addition to the caller's credential is fine, and so is a
    distribution that authenticates its viewers with signed URLs, signed cookies or client certificates. If one of its
    functions sets that header, or if the code of a function cannot be read, it is undecided.
    """
    for distribution in gateway.distributions:
        lent = some(*(_lends(gateway, route, distribution) for route in gateway.routes))
        own = some(negate(lent), distribution.authenticates_viewers)
        yield distribution.verdict(
            Fact(own.value).because(
                no="adds the credential that its API requires, so that its viewers need none",
                unknown="whether it adds the credential that its API requires of its viewers cannot be evaluated",
            )
        )


def _lends(gateway: Gateway, route: Route, distribution: Distribution) -> Fact:
    """Whether a distribution adds all that the authorizer of a route reads."""
    if route.authorization == "none":
        return Fact.NO
    added = {f"header.{each}" for each in distribution.secret_headers}
    by_code = {f"header.{each}" for each in distribution.code_headers}
    set_by_code = _Added(added | by_code, any_header="*" in distribution.code_headers)
    computed = distribution.code_read.is_unknown or set_by_code.provides(gateway, route).is_yes
    lent = _Added(added).provides(gateway, route)
    return Fact.UNKNOWN if computed and lent.is_no else lent


@dataclass(frozen=True, slots=True)
class _Added:
    """The headers that a distribution adds."""

    parameters: set[str]
    any_header: bool = False

    def provides(self, gateway: Gateway, route: Route) -> Fact:
        """Whether they are all that the authorizer of a route reads."""
        if route.authorization == "iam":
            return Fact.of(self.any_header or "header.authorization" in self.parameters)
        if not self.parameters or route.authorization not in {"cognito", "jwt", "lambda"}:
            return Fact.NO
        if self.any_header:
            return Fact.YES
        used = gateway.authorizers_of(route)
        usual = Fact.of(None if "header.authorization" in self.parameters else False)
        if not used:
            return usual
        return every(*(_adds_credentials(each, self.parameters, usual) for each in used))


def _adds_credentials(authorizer: Authorizer, added: set[str], usual: Fact) -> Fact:
    read = authorizer.parameters if authorizer.kind in {"cognito", "jwt"} else authorizer.possible_credentials
    if not authorizer.identity_sources_known.is_yes or not read:
        return usual
    return Fact.of(read <= added)


@AUTH.policy(
    severity=Severity.LOW,
    fix="Set {authorizerResultTtlInSeconds} to 300 or less.",
    references=("owasp-api-2023:API2", "nist-800-53-r5:AC-12", f"{_DOCS}apigateway-use-lambda-authorizer.html"),
    config={
        "most_seconds": {
            "type": "number",
            "default": 300,
            "description": "The longest time, in seconds, for which a decision may be cached.",
        }
    },
    single_resource=True,
)
def authorizer_cache_ttl_limited(gateway: Gateway, settings: Settings) -> Iterator[Verdict]:
    """A Lambda authorizer's decisions are cached for a short time only.

    A caller whose access was revoked keeps it until the cached policy expires. AWS's default is five minutes.
    """
    most = settings["most_seconds"]
    for each in _lambda_authorizers(gateway):
        short = Fact.of(
            None if each.cache_ttl is None else each.cache_ttl <= most,
            no=f"caches decisions for more than {amount(most, 'second')}",
            unknown="for how long it caches decisions is known only after deployment",
        )
        yield each.verdict(short)


@AUTH.policy(
    severity=Severity.LOW,
    fix="Set {identityValidationExpression}, such as `^Bearer [-0-9a-zA-Z._]+$`.",
    references=("owasp-api-2023:API4", f"{_DOCS}configure-api-gateway-lambda-authorization.html"),
    single_resource=True,
)
def token_validation_expression_set(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """Malformed tokens are rejected before a TOKEN authorizer's function is invoked.

    Without a validation expression, every request that has the header invokes the function, at your expense. The same
    goes for one that lets every string through, such as `.*`.
    """
    for each in gateway.authorizers:
        if each.kind == "token":
            yield each.verdict(each.validates_token_format)


@AUTH.policy(
    severity=Severity.MEDIUM,
    fix=(
        "Give the authorizer credentials, or add an `aws.lambda.Permission` for `apigateway.amazonaws.com` whose "
        "{sourceArn} covers `<execution arn>/authorizers/*`."
    ),
    references=(f"{_DOCS}apigateway-use-lambda-authorizer.html",),
)
def authorizers_invocable(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """API Gateway has permission to invoke the function of every Lambda authorizer.

    Without it every request fails with a 500, although the deployment succeeds. A hurried fix is then to remove the
    authorizer. This is evaluated only if the function is among the evaluated resources.
    """
    for each in _lambda_authorizers(gateway):
        yield each.verdict(each.invocable)


@AUTH.policy(
    severity=Severity.HIGH,
    fix="List in the JWT configuration's {audiences} the clients whose tokens this API accepts.",
    references=("owasp-api-2023:API2", "cwe:287", f"{_DOCS}http-api-jwt-authorizer.html"),
    single_resource=True,
)
def jwt_audience_named(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """Every JWT authorizer lists the audiences that it accepts.

    Without an audience it accepts every token of the issuer, including those issued for other applications.
    """
    for each in gateway.authorizers:
        if each.kind == "jwt":
            yield each.verdict(each.requires_audience)


@AUTH.policy(
    severity=Severity.HIGH,
    fix="Use an `https://` issuer, and take the token from a header, such as `$request.header.Authorization`.",
    references=("owasp-api-2023:API2", "cwe:598", f"{_DOCS}http-api-jwt-authorizer.html"),
    single_resource=True,
)
def tokens_sent_securely(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """JWT authorizers read tokens from headers and fetch the issuer's keys over HTTPS.

    A token in the URL ends up in logs and in the browser history. If the issuer's address is not HTTPS, an attacker on
    the network path can substitute the keys that verify tokens.
    """
    for each in gateway.authorizers:
        if each.kind == "jwt":
            yield each.verdict(every_listed(each.token_in_header, each.issuer_uses_https))


@AUTH.policy(
    severity=Severity.MEDIUM,
    fix=(
        "Set {authorizationScopes} on the method or route to scopes of a resource server of yours; it then accepts "
        "access tokens only. Or allow only certain app clients with the {identityValidationExpression} of a Cognito "
        "authorizer."
    ),
    references=("owasp-api-2023:API5", "nist-800-53-r5:AC-6", f"{_DOCS}apigateway-integrate-with-cognito.html"),
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


@AUTH.stack_policy(
    severity=Severity.LOW,
    fix="Set the pool's {mfaConfiguration} to ON, with {softwareTokenMfaConfiguration}.",
    references=("owasp-api-2023:API2", "nist-800-53-r5:IA-2(1)", f"{_COGNITO}user-pool-settings-mfa.html"),
    config={
        "optional": {
            "type": "boolean",
            "default": False,
            "description": "Whether a second factor that users may leave out is enough.",
        }
    },
)
def user_pool_mfa(stack: Stack, settings: Settings) -> Iterator[Verdict]:
    """User pools that an API trusts require a second factor.

    Passwords are reused and stolen. Pools in which every app client is a program are exempt: they have no users.
    """
    for pool in stack.user_pools:
        if not pool.has_users.is_no:
            yield pool.verdict(pool.mfa_available if settings["optional"] else pool.mfa_required)


@AUTH.stack_policy(
    severity=Severity.MEDIUM,
    fix=(
        "Require at least 8 characters with upper and lower case letters, digits and symbols. Let temporary passwords "
        "expire after 7 days."
    ),
    references=(
        "fsbp:Cognito.3",
        "owasp-api-2023:API2",
        "nist-800-53-r5:IA-5(1)",
        f"{_COGNITO}managing-users-passwords.html",
    ),
    config={
        "least_length": {
            "type": "number",
            "default": 8,
            "description": "The smallest minimum length of passwords, in characters.",
        },
        "most_days": {
            "type": "number",
            "default": 7,
            "description": "The longest time, in days, for which a temporary password may be valid.",
        },
    },
)
def user_pool_passwords_strong(stack: Stack, settings: Settings) -> Iterator[Verdict]:
    """User pools that an API trusts require strong passwords.

    A pool without a password policy has AWS's own, which is strong. A password policy that is only partly given does
    not require what it leaves out. Pools in which every app client is a program are exempt: they have no passwords.
    """
    for pool in stack.user_pools:
        if not pool.has_users.is_no:
            yield pool.verdict(_strong_passwords(pool, settings["least_length"], settings["most_days"]))


def _strong_passwords(pool: UserPool, least_length: float, most_days: float) -> Fact:
    length, days = pool.minimum_password_length, pool.temporary_password_days
    return every_listed(
        pool.password_needs_all_character_types,
        Fact.of(
            None if length is None else length >= least_length,
            no=f"accepts passwords of fewer than {amount(least_length, 'character')}",
            unknown="its minimum password length is known only after deployment",
        ),
        Fact.of(
            None if days is None else days <= most_days,
            no=f"lets temporary passwords live longer than {amount(most_days, 'day')}",
            unknown="for how long its temporary passwords are valid is known only after deployment",
        ),
    )


@AUTH.stack_policy(
    severity=Severity.LOW,
    fix="Set {userPoolAddOns.advancedSecurityMode} to ENFORCED. This needs the feature plan PLUS.",
    references=(
        "fsbp:Cognito.1",
        "owasp-api-2023:API6",
        f"{_COGNITO}cognito-user-pool-settings-threat-protection.html",
    ),
)
def user_pool_threat_protection(stack: Stack, _settings: Settings) -> Iterator[Verdict]:
    """User pools that an API trusts block sign-ins that look like attacks.

    Threat protection detects leaked passwords and automated guessing. It is billed per user.
    """
    for pool in stack.user_pools:
        if not pool.has_users.is_no:
            yield pool.verdict(pool.threat_protection_enforced)


@AUTH.stack_policy(
    severity=Severity.LOW,
    fix="Set the pool's {deletionProtection} to ACTIVE.",
    references=("nist-800-53-r5:CP-9", f"{_COGNITO}user-pool-settings-deletion-protection.html"),
)
def user_pool_deletion_protection(stack: Stack, _settings: Settings) -> Iterator[Verdict]:
    """User pools that an API trusts are protected from deletion.

    Deleting a pool deletes all its users, so no one can sign in any more. There is no backup.
    """
    for pool in stack.user_pools:
        yield pool.verdict(pool.deletion_protected)


@AUTH.stack_policy(
    severity=Severity.LOW,
    fix=(
        "Set {preventUserExistenceErrors} to ENABLED, leave {enableTokenRevocation} on, and use neither "
        "ALLOW_USER_PASSWORD_AUTH nor the implicit flow."
    ),
    references=("owasp-api-2023:API2", "cwe:204", f"{_COGNITO}user-pool-settings-client-apps.html"),
)
def user_pool_clients_hardened(stack: Stack, _settings: Settings) -> Iterator[Verdict]:
    """App clients hide which users exist, revoke tokens, and allow neither plain passwords nor the implicit flow.

    Each of these makes it harder to guess accounts or to use a stolen token. Evaluated are the app clients of user
    pools that an API trusts.
    """
    for pool in stack.user_pools:
        for client in pool.clients:
            yield client.verdict(client.hardened)


@AUTH.stack_policy(
    severity=Severity.CRITICAL,
    fix="Set {authorizerType} to CUSTOM_JWT or AWS_IAM, or let the targets use the credentials of the caller.",
    references=("owasp-api-2023:API2", "nist-800-53-r5:AC-3", f"{_AGENTS}gateway-inbound-auth.html"),
)
def agent_gateways_authorized(stack: Stack, _settings: Settings) -> Iterator[Verdict]:
    """A gateway of Bedrock AgentCore authorizes its callers before it calls an API with its own credentials.

    The API sees the role or key of that gateway, and lets the request in. Without an authorizer, everyone on the
    internet calls the API that way; with AUTHENTICATE_ONLY, everyone who has any identity, unless a policy engine
    enforces who may.
    """
    for each in stack.agent_gateways:
        yield each.verdict(each.callers_authorized)


@AUTH.stack_policy(
    severity=Severity.CRITICAL,
    fix=(
        "Name the principals in the role's trust policy: accounts or roles; for an OpenID Connect provider, a "
        "condition on the subject (`token.actions.githubusercontent.com:sub`); for an identity pool, its id and "
        "`authenticated`. Or take `execute-api:Invoke` from the role."
    ),
    references=(
        "owasp-api-2023:API2",
        "nist-800-53-r5:AC-3",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_oidc_secure-by-default.html",
    ),
)
def caller_roles_restricted(stack: Stack, _settings: Settings) -> Iterator[Verdict]:
    """Only named principals get the credentials of a role that may call a route with IAM authorization.

    IAM authorization proves which role signed a request, and not who assumed the role. If its trust policy lets in
    every AWS account, every repository of a public CI service, or the guests of an identity pool, everyone can sign.
    Evaluated are the roles among the resources whose policies, or the resource policy of the API, allow the call.
    """
    for each in stack.caller_roles:
        yield each.verdict(some(negate(each.calls_gateway), each.callers_named))
