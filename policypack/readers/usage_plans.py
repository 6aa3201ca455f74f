"""Reads usage plans and API keys."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from ..graph.graph import Graph, Resource
from ..graph.resource_types import API_KEY, REST_API, USAGE_PLAN, USAGE_PLAN_KEY
from ..graph.values import UNKNOWN, items, read, text
from ..model.fact import Fact, every
from ..model.keys import ApiKey, UsagePlan
from . import method_settings

_ACCOUNT_RATE: Final = 10_000
"""Requests per second of an account, by default. A quota that is too high to be reached at this rate limits no one.

https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
"""
_DAY: Final = 86_400
_PERIODS: Final = {"DAY": _DAY, "WEEK": 7 * _DAY, "MONTH": 30 * _DAY}


def plans(graph: Graph) -> Iterator[UsagePlan]:
    """All usage plans."""
    for plan in graph.of_type(USAGE_PLAN):
        throttle, quota = plan.inputs.get("throttleSettings"), plan.inputs.get("quotaSettings")
        stages = plan.inputs.get("apiStages")
        limits = [read(throttle, "rateLimit"), read(throttle, "burstLimit"), read(quota, "limit")]
        limits += [
            read(each, name)
            for stage in items(stages)
            for each in items(read(stage, "throttles"))
            for name in ("rateLimit", "burstLimit")
        ]
        yield UsagePlan(
            urn=plan.urn,
            label=f"usage plan {text(plan.inputs.get('name')) or plan.name}",
            throttled=method_settings.plan_throttled(plan.inputs),
            has_quota=_has_quota(quota),
            has_stages=Fact.of(
                None if stages is UNKNOWN else bool(items(stages)),
                no="applies to no stage",
                unknown="its stages are known only after deployment",
            ),
            apis=_apis(graph, plan, items(stages)),
            allows_requests=every(*map(method_settings.is_not_zero, limits)),
        )


def _apis(graph: Graph, plan: Resource, stages: Sequence[Any]) -> frozenset[str]:
    found = [graph.follow(plan, "apiStages", read(each, "apiId"), REST_API) for each in stages]
    known = frozenset(each.urn for each in found if isinstance(each, Resource))
    return known if all(isinstance(each, Resource) for each in found) else frozenset()


def _has_quota(quota: Any) -> Fact:
    """Whether there is a quota low enough to be reached in its period."""
    given = read(quota, "period")
    periods = _PERIODS.values() if given is UNKNOWN else [_PERIODS.get(text(given), _DAY)]
    found = {method_settings.limit(read(quota, "limit"), _ACCOUNT_RATE * each) for each in periods}
    return found.pop() if len(found) == 1 else Fact.UNKNOWN


def keys(graph: Graph) -> Iterator[ApiKey]:
    """All API keys."""
    attached = [graph.target(each, "keyId", API_KEY) for each in graph.of_type(USAGE_PLAN_KEY)]
    urns = {each.urn for each in attached if isinstance(each, Resource)}
    any_unknown = any(each is UNKNOWN for each in attached)
    for key in graph.of_type(API_KEY):
        enabled = key.inputs.get("enabled", True)
        yield ApiKey(
            urn=key.urn,
            label=f"API key {text(key.inputs.get('name')) or key.name}",
            in_usage_plan=Fact.of(
                True if key.urn in urns else None if any_unknown else False,
                no="belongs to no usage plan",
                unknown="its usage plan is known only after deployment",
            ),
            value_generated=_value_generated(key),
            enabled=Fact.of(
                None if enabled is UNKNOWN else enabled is not False,
                no="is disabled",
                unknown="whether it is enabled is known only after deployment",
            ),
        )


def _value_generated(key: Resource) -> Fact:
    """Whether the value is not written in the program: AWS or another resource generates it, or it is a secret."""
    value = key.inputs.get("value")
    computed = bool(key.property_dependencies.get("value"))
    return Fact.of(
        not isinstance(value, str) or not value or computed, no="has a value that the program gives in plain text"
    )
