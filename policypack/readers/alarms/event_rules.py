"""Reads the EventBridge rules that tell somebody of alarms.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
"""

import json
from collections.abc import Iterator
from typing import Any, Final

from ...graph.graph import Graph, Resource
from ...graph.resource_types import EVENT_RULE, EVENT_TARGET
from ...graph.values import (
    UNKNOWN,
    is_list,
    is_object,
    read,
    text,
)
from ...model.fact import Fact, every, some

_KIND: Final = "CloudWatch Alarm State Change"


class AlarmEvents:
    """The rules of a graph that have a target."""

    def __init__(self, graph: Graph) -> None:
        """Read the pattern of each."""
        aimed = {rule.urn for each in graph.of_type(EVENT_TARGET) for rule in _rules_of(graph, each)}
        rules = [each for each in graph.of_type(EVENT_RULE) if each.urn in aimed and _on(each)]
        self._patterns = [_parsed(each.inputs.get("eventPattern")) for each in rules]

    def tell(self, alarm: Resource) -> Fact:
        """Whether one of them passes on that an alarm went off."""
        return some(*(_matches(pattern, alarm) for pattern in self._patterns))


def _rules_of(graph: Graph, target: Resource) -> Iterator[Resource]:
    found = graph.target(target, "rule", EVENT_RULE)
    if isinstance(found, Resource):
        yield found


def _on(rule: Resource) -> bool:
    given = rule.inputs
    return given.get("isEnabled") is not False and text(given.get("state")).upper() != "DISABLED"


def _parsed(pattern: Any) -> Any:
    try:
        return json.loads(pattern) if isinstance(pattern, str) else pattern
    except (ValueError, RecursionError):
        return None


def _matches(pattern: Any, alarm: Resource) -> Fact:
    if pattern is UNKNOWN:
        return Fact.UNKNOWN
    if not is_object(pattern) or not pattern:
        return Fact.NO
    detail = pattern.get("detail")
    more = set(pattern) - {"source", "detail-type", "detail"}
    more |= (set(detail) if is_object(detail) else set()) - {"alarmName", "state"}
    return every(
        _one_of(pattern.get("source"), "aws.cloudwatch"),
        _one_of(pattern.get("detail-type"), _KIND),
        _one_of(read(detail, "state", "value"), "ALARM"),
        _one_of(read(detail, "alarmName"), alarm.inputs.get("name", alarm.outputs.get("name", UNKNOWN))),
        Fact.UNKNOWN if more else Fact.YES,
    )


def _one_of(allowed: Any, value: Any) -> Fact:
    """Whether a pattern's list holds a value; prefixes and the like are not read."""
    if allowed is None or (is_list(allowed) and value in allowed):
        return Fact.YES
    plain = is_list(allowed) and all(isinstance(each, str) for each in allowed)
    return Fact.NO if plain and value is not UNKNOWN else Fact.UNKNOWN
