"""Reads usage plans and API keys."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from ..graph.graph import Graph, Resource
from ..graph.resource_types import API_KEY, REST_API, USAGE_PLAN, USAGE_PLAN_KEY
from ..graph.values import UNKNOWN, items, read, text
from ..model.fact import Fact, every, some
from ..model.keys import ApiKey, UsagePlan
from . import method_settings

_ACCOUNT: Final = 10_000
"""Requests per second that AWS gives an account: a quota beyond what it can use up limits nobody."""
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
            throttles=method_settings.limits(plan.inputs),
            counts=_counts(quota),
            covers=Fact.UNKNOWN if stages is UNKNOWN else Fact.YES if items(stages) else Fact.NO,
            apis=_apis(graph, plan, items(stages)),
            lets_calls_in=every(*(_lets_in(each) for each in limits)),
        )


def _apis(graph: Graph, plan: Resource, stages: Sequence[Any]) -> frozenset[str]:
    found = [graph.follow(plan, "apiStages", read(each, "apiId"), REST_API) for each in stages]
    known = frozenset(each.urn for each in found if isinstance(each, Resource))
    return known if all(isinstance(each, Resource) for each in found) else frozenset()


def _counts(quota: Any) -> Fact:
    """Whether a quota can be used up in its period."""
    given = read(quota, "period")
    periods = _PERIODS.values() if given is UNKNOWN else [_PERIODS.get(text(given), _DAY)]
    answers = {method_settings.limit(read(quota, "limit"), _ACCOUNT * each) for each in periods}
    return answers.pop() if len(answers) == 1 else Fact.UNKNOWN


def _lets_in(value: Any) -> Fact:
    """Whether a limit, if it is one, is more than nothing."""
    if value is UNKNOWN:
        return Fact.UNKNOWN
    return Fact.NO if isinstance(value, int | float) and value == 0 else Fact.YES


def keys(graph: Graph) -> Iterator[ApiKey]:
    """All API keys."""
    links = [graph.target(each, "keyId", API_KEY) for each in graph.of_type(USAGE_PLAN_KEY)]
    linked = {each.urn for each in links if isinstance(each, Resource)}
    otherwise = some(*(Fact.UNKNOWN for each in links if each is UNKNOWN))
    for key in graph.of_type(API_KEY):
        enabled = key.inputs.get("enabled", True)
        yield ApiKey(
            urn=key.urn,
            label=f"API key {text(key.inputs.get('name')) or key.name}",
            counted=Fact.YES if key.urn in linked else otherwise,
            generated=_generated(key),
            enabled=Fact.UNKNOWN if enabled is UNKNOWN else Fact.NO if enabled is False else Fact.YES,
        )


def _generated(key: Resource) -> Fact:
    """Whether nobody wrote the value down: AWS makes it, another resource does, or it comes with the secrets."""
    value = key.inputs.get("value")
    computed = bool(key.property_dependencies.get("value"))
    return Fact.NO if isinstance(value, str) and value and not computed else Fact.YES
