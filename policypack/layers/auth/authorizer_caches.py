"""Cached decisions of Lambda authorizers: for one caller, for the routes they name, and for a short time."""

from collections.abc import Iterator

from ...model.auth import Authorizer
from ...model.fact import Fact, negate, some
from ...model.gateway import Gateway
from ...model.verdict import Severity, Verdict
from ...model.wording import amount
from ..policy import Settings
from .authorizers import lambda_authorizers
from .layer import AUTH, DOCS


@AUTH.policy(
    severity=Severity.HIGH,
    fix_by_kind={
        kind: f"Use an identity source that identifies the caller, such as `{source}.header.Authorization`."
        for kind, source in {"REST": "method.request", "HTTP": "$request"}.items()
    },
    fix="Or set {authorizerResultTtlInSeconds} to 0.",
    references=("owasp-api-2023:API2", "cwe:524", f"{DOCS}configure-api-gateway-lambda-authorization.html"),
    single_resource=True,
)
def authorizer_cache_keyed_by_caller(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """A cached Lambda authorizer decision is never reused for another caller.

    The identity sources form the cache key. If none of them identifies the caller, for example if the only one is the
    path, a stage variable or the user agent, the decision about the first caller lets everyone in until it expires.
    A header or query parameter identifies the caller if it can be a credential, which its name shows: `Authorization`,
    `Cookie`, or one that ends in token, key, signature, session or the like. Any other name is undecided.
    """
    for each in lambda_authorizers(gateway):
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
    references=("owasp-api-2023:API5", "owasp-api-2023:API1", f"{DOCS}http-api-lambda-authorizer.html"),
)
def simple_responses_cached_by_route(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """A cached Allow of a Lambda authorizer applies only to the route that it was returned for.

    A simple response says only whether a request is allowed. If it is cached without the route, the permission for
    `GET /orders` also lets the same caller send `DELETE /orders` until it expires. An authorizer of a single route
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
    severity=Severity.LOW,
    fix="Set {authorizerResultTtlInSeconds} to 300 or less.",
    references=("owasp-api-2023:API2", "nist-800-53-r5:AC-12", f"{DOCS}apigateway-use-lambda-authorizer.html"),
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
    for each in lambda_authorizers(gateway):
        short = Fact.of(
            None if each.cache_ttl is None else each.cache_ttl <= most,
            no=f"caches decisions for more than {amount(most, 'second')}",
            unknown="for how long it caches decisions is known only after deployment",
        )
        yield each.verdict(short)
