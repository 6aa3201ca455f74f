"""Keys: no caller can use up what others need."""

from collections.abc import Iterator

from ..model.fact import Fact, every, some
from ..model.gateway import Gateway
from ..model.stack import Stack
from ..model.verdict import Severity, Verdict
from .policy import Layer, Settings

KEYS = Layer("keys", "API keys and usage plans")
_DOCS = "https://docs.aws.amazon.com/apigateway/latest/developerguide/"


@KEYS.policy(
    severity=Severity.HIGH,
    fix=(
        "Give the stage `MethodSettings` for `*/*` with positive throttling_rate_limit and throttling_burst_limit, or, "
        "where every method needs a key, a usage plan with a throttle; of an HTTP or WebSocket API set both in "
        "`default_route_settings`. SecureGateway does so unless `keys` is waived."
    ),
    references=("owasp-api-2023:API4", "nist-800-53-r5:SC-5", f"{_DOCS}api-gateway-request-throttling.html"),
)
def stages_throttled(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """Every stage is throttled.

    Without a limit of its own, one stage may use up the account's, and with it every other API of the region. A limit
    of -1 is AWS's word for none, and what the provider sends where `MethodSettings`, of one method too, leaves a limit
    out. A usage plan limits calls with its keys alone: it does where every method needs one.
    """
    for stage in gateway.stages:
        planned = every(stage.plan_throttled, gateway.asks_all_for_keys)
        partly = stage.plan_throttled.is_yes
        yield stage.verdict(
            some(stage.throttled, planned),
            no="is throttled for calls with a key alone" if partly else "is not throttled",
            unknown="its throttling is known only after deployment",
        )


@KEYS.policy(
    severity=Severity.MEDIUM,
    fix="Set rate and burst to what the stage's callers need; to close a stage, remove it.",
    references=("owasp-api-2023:API4", f"{_DOCS}api-gateway-request-throttling.html"),
)
def stage_limits_not_zero(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """No limit of a stage is zero.

    Zero refuses every call with 429, and the usual quick repair is to take the limit away.
    """
    for stage in gateway.stages:
        yield stage.verdict(
            stage.lets_calls_in,
            no="has a limit of zero, which refuses every call",
            unknown="its limits are known only after deployment",
        )


@KEYS.policy(
    severity=Severity.HIGH,
    fix="Add the stage to a usage plan, and the keys to that plan.",
    references=("owasp-api-2023:API4", f"{_DOCS}api-gateway-api-usage-plans.html"),
)
def stages_have_usage_plan(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """A stage whose methods need a key has a usage plan.

    Without a plan no key is valid there: every call is refused, and the usual quick repair is to drop the key.
    """
    if gateway.kind == "REST" and any(route.api_key.is_yes for route in gateway.routes):
        for stage in gateway.stages:
            yield stage.verdict(
                stage.has_plan,
                no="has methods that need a key, and no usage plan",
                unknown="its plans are known only later",
            )


@KEYS.policy(
    severity=Severity.MEDIUM,
    fix="Give the API a Lambda authorizer that answers `usageIdentifierKey`, or set the key source to HEADER.",
    references=(f"{_DOCS}api-gateway-api-key-source.html",),
)
def authorizer_key_source_has_authorizer(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """Keys that an authorizer should tell have a Lambda authorizer to tell them.

    With the key source AUTHORIZER API Gateway reads no `x-api-key`. Without such an authorizer no call has a key: those
    that need one are refused, and no other is counted.
    """
    if not gateway.takes_keys_from_authorizer.is_no:
        kinds = {each.kind for each in gateway.authorizers}
        told = kinds & {"token", "request"}
        unsure = "unknown" in kinds or not gateway.routes_read.is_yes
        unsure = unsure or gateway.takes_keys_from_authorizer.is_unknown
        yield gateway.verdict(
            Fact.YES if told else Fact.UNKNOWN if unsure else Fact.NO,
            no="takes API keys from a Lambda authorizer and has none",
            unknown="where its API keys come from is known only later",
        )


@KEYS.stack_policy(
    severity=Severity.MEDIUM,
    fix="Attach the key to a usage plan with `UsagePlanKey`, or remove it.",
    references=("owasp-api-2023:API4", f"{_DOCS}api-gateway-create-usage-plans.html"),
)
def keys_in_usage_plan(stack: Stack, _settings: Settings) -> Iterator[Verdict]:
    """Every API key belongs to a usage plan.

    A key outside every plan limits nothing, and is forgotten when clients leave.
    """
    for key in stack.api_keys:
        yield key.verdict(key.counted, no="belongs to no usage plan", unknown="its usage plan is known only later")


@KEYS.stack_policy(
    severity=Severity.MEDIUM,
    fix="Leave `value` out: AWS makes a random one. One that must be given comes from `RandomPassword` or a secret.",
    references=("owasp-api-2023:API2", "cwe:798", f"{_DOCS}api-gateway-setup-api-keys.html"),
)
def key_values_generated(stack: Stack, _settings: Settings) -> Iterator[Verdict]:
    """The value of an API key is not written down.

    A value in the program or its configuration is read by everybody who reads those, and stays when people leave. The
    value itself is never repeated here.
    """
    for key in stack.api_keys:
        yield key.verdict(
            key.generated,
            no="has a value that the program gives in plain text",
            unknown="its value is known only later",
        )


@KEYS.stack_policy(
    severity=Severity.LOW,
    fix="Remove the key, or enable it (aws-native makes keys disabled unless `enabled` is set).",
    references=(f"{_DOCS}api-gateway-setup-api-keys.html",),
    single_resource=True,
)
def keys_enabled(stack: Stack, _settings: Settings) -> Iterator[Verdict]:
    """A declared API key is enabled.

    A disabled key is refused today, and one click away from being let in again; nobody reviews it then.
    """
    for key in stack.api_keys:
        yield key.verdict(key.enabled, no="is disabled", unknown="whether it is enabled is known only later")


@KEYS.stack_policy(
    severity=Severity.MEDIUM,
    fix="Give the plan `throttle_settings` with rate_limit and burst_limit, and `quota_settings` where use is paid.",
    references=("owasp-api-2023:API4", f"{_DOCS}api-gateway-api-usage-plans.html"),
    config={
        "quota": {"type": "boolean", "default": False, "description": "A throttle alone will not do: ask for a quota."}
    },
    single_resource=True,
)
def plans_have_limits(stack: Stack, settings: Settings) -> Iterator[Verdict]:
    """Every usage plan limits its clients.

    A plan with neither throttle nor quota counts calls and stops none. A throttle that the plan lifts for a method does
    not count, nor does a quota beyond what an account can use up.
    """
    for plan in stack.usage_plans:
        limits = every(plan.throttles, plan.counts) if settings["quota"] else some(plan.throttles, plan.counts)
        missing = "a throttle and a quota" if settings["quota"] else "a throttle or a quota"
        yield plan.verdict(limits, no=f"limits nothing: it lacks {missing}", unknown="its limits are known only later")


@KEYS.stack_policy(
    severity=Severity.MEDIUM,
    fix="Add the stages to the plan's `api_stages`, or remove the plan.",
    references=("owasp-api-2023:API4", f"{_DOCS}api-gateway-create-usage-plans.html"),
)
def plans_cover_stages(stack: Stack, _settings: Settings) -> Iterator[Verdict]:
    """Every usage plan holds for a stage.

    A plan without stages limits nothing, and its keys open nothing.
    """
    for plan in stack.usage_plans:
        yield plan.verdict(plan.covers, no="holds for no stage", unknown="its stages are known only later")


@KEYS.stack_policy(
    severity=Severity.MEDIUM,
    fix="Let the methods that the plan is for need a key (`api_key_required`), or remove the plan.",
    references=("owasp-api-2023:API4", f"{_DOCS}api-gateway-setup-api-keys.html"),
)
def plans_have_routes_requiring_keys(stack: Stack, _settings: Settings) -> Iterator[Verdict]:
    """The stages of a usage plan have a method that needs a key.

    API Gateway reads the key of a call only where the method needs one. Without such a method a plan counts nobody and
    stops nobody, however low its limits are.
    """
    gateways = {gateway.urn: gateway for gateway in stack.gateways}
    for plan in stack.usage_plans:
        if plan.apis:
            yield plan.verdict(
                some(*(gateways[urn].asks_for_keys for urn in plan.apis)),
                no="counts nobody: no method of its stages needs a key",
                unknown="which methods need a key is known only later",
            )


@KEYS.stack_policy(
    severity=Severity.MEDIUM,
    fix="Set the plan's limits to what its clients need; to shut a client out, remove its key.",
    references=(f"{_DOCS}api-gateway-api-usage-plans.html",),
    single_resource=True,
)
def plan_limits_not_zero(stack: Stack, _settings: Settings) -> Iterator[Verdict]:
    """No limit of a usage plan is zero.

    Zero refuses every call of its clients, and the usual quick repair is to take the limit away.
    """
    for plan in stack.usage_plans:
        yield plan.verdict(
            plan.lets_calls_in,
            no="has a limit of zero, which refuses every call",
            unknown="its limits are known only later",
        )
