"""Keys: no caller can use up the capacity that others need."""

from collections.abc import Iterator

from ..model.fact import Fact, every, negate, some
from ..model.gateway import Gateway
from ..model.stack import Stack
from ..model.verdict import Severity, Verdict
from .policy import Layer, Settings

KEYS = Layer("keys", "API keys and usage plans")
_DOCS = "https://docs.aws.amazon.com/apigateway/latest/developerguide/"
_THROTTLING_UNKNOWN = "its throttling is known only after deployment"
_METHODS_UNKNOWN = Fact.unknown("it has no usage plan, and whether its methods require an API key is unknown")
_ZERO = "has a limit of zero, which rejects every request"


@KEYS.policy(
    severity=Severity.HIGH,
    fix_by_kind={
        "REST": (
            "Give the stage `MethodSettings` for `*/*` with positive {throttlingRateLimit} and {throttlingBurstLimit}; "
            "or, if every method requires an API key, give it a usage plan with a throttle. SecureGateway throttles "
            "every stage unless `keys` is waived."
        ),
        **dict.fromkeys(
            ("HTTP", "WEBSOCKET"),
            "Set positive {throttlingRateLimit} and {throttlingBurstLimit} in the stage's {defaultRouteSettings}.",
        ),
    },
    references=("owasp-api-2023:API4", "nist-800-53-r5:SC-5", f"{_DOCS}api-gateway-request-throttling.html"),
)
def stages_throttled(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """Every stage is throttled.

    A stage without limits of its own can use up the account's limits, and with them the capacity of every other API in
    the region. A limit of -1 means no limit; the provider sends -1 if `MethodSettings`, even those of a single method,
    leave a limit out. The limits of single methods or routes are enough if every one of them has some. A usage plan
    limits only requests with its API keys, so it is enough only if every method requires a key.
    """
    for stage in gateway.stages:
        by_usage_plan = every(stage.throttled_by_usage_plan, gateway.all_routes_require_keys)
        partly = stage.throttled_by_usage_plan.is_yes
        throttled = some(stage.throttled, by_usage_plan).because(
            no="throttles only requests with an API key" if partly else "is not throttled", unknown=_THROTTLING_UNKNOWN
        )
        yield stage.verdict(throttled)


@KEYS.policy(
    severity=Severity.MEDIUM,
    fix="Set the rate and the burst to what the stage's callers need. To close a stage, remove it.",
    references=("owasp-api-2023:API4", f"{_DOCS}api-gateway-request-throttling.html"),
    single_resource=True,
)
def stage_limits_not_zero(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """No limit of a stage is zero.

    Zero rejects every request with a 429. A hurried fix is then to remove the limit. The provider sends zero for a
    limit that a given `defaultRouteSettings` or `routeSettings` leaves out.
    """
    for stage in (*gateway.stages, *gateway.named_stages):
        yield stage.verdict(stage.allows_requests, no=_ZERO, unknown="its limits are known only after deployment")


@KEYS.policy(
    severity=Severity.HIGH,
    fix="Add the stage to a usage plan, and the API keys to that plan.",
    references=("owasp-api-2023:API4", f"{_DOCS}api-gateway-api-usage-plans.html"),
)
def stages_have_usage_plan(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """A stage whose methods require an API key has a usage plan.

    Without a plan no API key is valid for the stage, so every request is rejected. A hurried fix is then to drop the
    API key.
    """
    requires = gateway.any_route_requires_key
    if gateway.kind == "REST" and not requires.is_no:
        for stage in gateway.stages:
            yield stage.verdict(
                some(stage.has_usage_plan, Fact.NO if requires.is_yes else _METHODS_UNKNOWN),
                no="has methods that require an API key, but no usage plan",
                unknown="whether a usage plan applies to it is known only after deployment",
            )


@KEYS.policy(
    severity=Severity.MEDIUM,
    fix="Give the API a Lambda authorizer that returns `usageIdentifierKey`, or set the key source to HEADER.",
    references=(f"{_DOCS}api-gateway-api-key-source.html",),
)
def authorizer_key_source_has_authorizer(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """An API whose key source is AUTHORIZER has a Lambda authorizer that returns `usageIdentifierKey`.

    With the key source AUTHORIZER, API Gateway does not read `x-api-key`. Without a Lambda authorizer no request has an
    API key: methods that require one reject every request, and usage plans count nothing.
    """
    if not gateway.key_source_is_authorizer.is_no:
        kinds = {each.kind for each in gateway.authorizers}
        unknown = "unknown" in kinds or not gateway.routes_known.is_yes
        has_lambda_authorizer = Fact.of(
            True if kinds & {"token", "request"} else None if unknown else False,
            no="takes API keys from a Lambda authorizer, but has none",
            unknown="whether it has a Lambda authorizer is known only after deployment",
        )
        yield gateway.verdict(some(has_lambda_authorizer, negate(gateway.key_source_is_authorizer)))


@KEYS.stack_policy(
    severity=Severity.MEDIUM,
    fix="Add the API key to a usage plan with `UsagePlanKey`, or remove it.",
    references=("owasp-api-2023:API4", f"{_DOCS}api-gateway-create-usage-plans.html"),
)
def keys_in_usage_plan(stack: Stack, _settings: Settings) -> Iterator[Verdict]:
    """Every API key belongs to a usage plan.

    An API key without a usage plan limits nothing, and is easily forgotten when a client leaves.
    """
    for key in stack.api_keys:
        yield key.verdict(key.in_usage_plan)


@KEYS.stack_policy(
    severity=Severity.MEDIUM,
    fix=(
        "Leave {value} out: AWS then generates a random one. If you must give a value, take it from `RandomPassword` "
        "or a secret."
    ),
    references=("owasp-api-2023:API2", "cwe:798", f"{_DOCS}api-gateway-setup-api-keys.html"),
)
def key_values_generated(stack: Stack, _settings: Settings) -> Iterator[Verdict]:
    """No API key has a value that is written in the program or its configuration.

    Everyone who can read the program or its configuration can read such a value, and it remains valid after people
    leave. Findings never show the value.
    """
    for key in stack.api_keys:
        yield key.verdict(key.value_generated)


@KEYS.stack_policy(
    severity=Severity.LOW,
    fix="Enable the API key, or remove it. (aws-native creates API keys disabled unless {enabled} is set.)",
    references=(f"{_DOCS}api-gateway-setup-api-keys.html",),
    single_resource=True,
)
def keys_enabled(stack: Stack, _settings: Settings) -> Iterator[Verdict]:
    """Every declared API key is enabled.

    A disabled API key is rejected today, but a single click in the console enables it again without any review.
    """
    for key in stack.api_keys:
        yield key.verdict(key.enabled)


@KEYS.stack_policy(
    severity=Severity.MEDIUM,
    fix=(
        "Give the usage plan {throttleSettings} with {rateLimit} and {burstLimit}, and {quotaSettings} if clients "
        "pay for their use."
    ),
    references=("owasp-api-2023:API4", f"{_DOCS}api-gateway-api-usage-plans.html"),
    config={
        "quota": {
            "type": "boolean",
            "default": False,
            "description": "Whether a plan needs a quota in addition to a throttle.",
        }
    },
    single_resource=True,
)
def plans_have_limits(stack: Stack, settings: Settings) -> Iterator[Verdict]:
    """Every usage plan limits its clients.

    A plan with neither a throttle nor a quota counts requests but stops none. A throttle does not count if the plan
    lifts it for a method, and neither does a quota that is too high for an account to reach.
    """
    for plan in stack.usage_plans:
        limited = every(plan.throttled, plan.has_quota) if settings["quota"] else some(plan.throttled, plan.has_quota)
        yield plan.verdict(
            limited,
            no="does not have both a throttle and a quota"
            if settings["quota"]
            else "has neither a throttle nor a quota",
            unknown="its limits are known only after deployment",
        )


@KEYS.stack_policy(
    severity=Severity.MEDIUM,
    fix="Add the stages to the usage plan's {apiStages}, or remove the plan.",
    references=("owasp-api-2023:API4", f"{_DOCS}api-gateway-create-usage-plans.html"),
)
def plans_cover_stages(stack: Stack, _settings: Settings) -> Iterator[Verdict]:
    """Every usage plan applies to a stage.

    A plan without stages limits nothing, and its API keys are valid nowhere.
    """
    for plan in stack.usage_plans:
        yield plan.verdict(plan.has_stages)


@KEYS.stack_policy(
    severity=Severity.MEDIUM,
    fix="Set {apiKeyRequired} on the methods that the usage plan is meant for, or remove the plan.",
    references=("owasp-api-2023:API4", f"{_DOCS}api-gateway-setup-api-keys.html"),
)
def plans_have_routes_requiring_keys(stack: Stack, _settings: Settings) -> Iterator[Verdict]:
    """The stages of every usage plan have a method that requires an API key.

    API Gateway reads the API key of a request only if the method requires one. Without such a method the plan counts
    and stops no one, however low its limits are.
    """
    gateways = {gateway.api or gateway.urn: gateway for gateway in stack.gateways}
    for plan in stack.usage_plans:
        if plan.apis:
            yield plan.verdict(
                some(*(gateways[urn].any_route_requires_key for urn in plan.apis)),
                no="limits no one: no method of its stages requires an API key",
                unknown="which methods require an API key is known only after deployment, or in another stack",
            )


@KEYS.stack_policy(
    severity=Severity.MEDIUM,
    fix="Set the usage plan's limits to what its clients need. To shut a client out, remove its API key.",
    references=(f"{_DOCS}api-gateway-api-usage-plans.html",),
    single_resource=True,
)
def plan_limits_not_zero(stack: Stack, _settings: Settings) -> Iterator[Verdict]:
    """No limit of a usage plan is zero.

    Zero rejects every request of the plan's clients. A hurried fix is then to remove the limit.
    """
    for plan in stack.usage_plans:
        yield plan.verdict(plan.allows_requests, no=_ZERO, unknown="its limits are known only after deployment")
