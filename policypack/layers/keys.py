"""Keys: no caller can use up what others need."""

from collections.abc import Iterator

from ..findings import Answer, Severity, Verdict
from ..model import Estate, Gateway
from ..rules import Layer, Settings

KEYS = Layer("keys", "API keys and usage plans")
_DOCS = "https://docs.aws.amazon.com/apigateway/latest/developerguide/"


@KEYS.rule(
    severity=Severity.HIGH,
    fix=(
        "Give the stage `MethodSettings` for `*/*` with positive throttling_rate_limit and throttling_burst_limit, or "
        "a usage plan with a throttle. SecureGateway does so unless `keys` is waived."
    ),
    references=("owasp-api-2023:API4", "nist-800-53-r5:SC-5", f"{_DOCS}api-gateway-request-throttling.html"),
)
def stages_throttled(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """Every stage is throttled.

    Without a limit of its own, one stage may use up the account's, and with it every other API of the region.
    """
    for stage in gateway.stages:
        yield stage.verdict(
            stage.throttled, no="is not throttled", not_yet="its throttling is known only after deployment"
        )


@KEYS.rule(
    severity=Severity.HIGH,
    fix="Add the stage to a usage plan, and the keys to that plan.",
    references=("owasp-api-2023:API4", f"{_DOCS}api-gateway-api-usage-plans.html"),
)
def keyed_stages_planned(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """A stage whose methods need a key has a usage plan.

    Without a plan no key is valid there: every call is refused, and the usual quick repair is to drop the key.
    """
    if any(route.api_key is Answer.YES for route in gateway.routes):
        for stage in gateway.stages:
            yield stage.verdict(
                stage.has_plan,
                no="has methods that need a key, and no usage plan",
                not_yet="its plans are known only later",
            )


@KEYS.estate_rule(
    severity=Severity.MEDIUM,
    fix="Attach the key to a usage plan with `UsagePlanKey`, or remove it.",
    references=("owasp-api-2023:API4", f"{_DOCS}api-gateway-create-usage-plans.html"),
)
def keys_planned(estate: Estate, _settings: Settings) -> Iterator[Verdict]:
    """Every API key belongs to a usage plan.

    A key outside every plan limits nothing, and is forgotten when clients leave.
    """
    for key in estate.api_keys:
        yield key.verdict(key.counted, no="belongs to no usage plan", not_yet="its usage plan is known only later")
