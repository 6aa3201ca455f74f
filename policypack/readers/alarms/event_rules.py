"""Reads the EventBridge rules that forward state changes of alarms.

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

_DETAIL_TYPE: Final = "CloudWatch Alarm State Change"


class AlarmEvents:
    """The enabled EventBridge rules of a graph that have a target."""

    def __init__(self, graph: Graph) -> None:
        """Parse the event pattern of each rule."""
        with_target = {rule.urn for each in graph.of_type(EVENT_TARGET) for rule in _rules_of(graph, each)}
        rules = [each for each in graph.of_type(EVENT_RULE) if each.urn in with_target and _enabled(each)]
        self._patterns = [_pattern(each.inputs.get("eventPattern")) for each in rules]

    def forward(self, alarm: Resource) -> Fact:
        """Whether one of the rules forwards that an alarm went off."""
        return some(*(_matches(pattern, alarm) for pattern in self._patterns))


def _rules_of(graph: Graph, target: Resource) -> Iterator[Resource]:
    found = graph.target(target, "rule", EVENT_RULE)
    if isinstance(found, Resource):
        yield found


def _enabled(rule: Resource) -> bool:
    given = rule.inputs
    return given.get("isEnabled") is not False and text(given.get("state")).upper() != "DISABLED"


def _pattern(pattern: Any) -> Any:
    try:
        return json.loads(pattern) if isinstance(pattern, str) else pattern
    except (ValueError, RecursionError):
        return None


def _matches(pattern: Any, alarm: Resource) -> Fact:
    """Whether an event pattern matches that an alarm goes off."""
    if pattern is UNKNOWN:
        return Fact.UNKNOWN
    if not is_object(pattern) or not pattern:
        return Fact.NO
    detail = pattern.get("detail")
    other_keys = set(pattern) - {"source", "detail-type", "detail"}
    other_keys |= (set(detail) if is_object(detail) else set()) - {"alarmName", "state"}
    return every(
        _one_of(pattern.get("source"), "aws.cloudwatch"),
        _one_of(pattern.get("detail-type"), _DETAIL_TYPE),
        _one_of(read(detail, "state", "value"), "ALARM"),
        _one_of(read(detail, "alarmName"), alarm.inputs.get("name", alarm.outputs.get("name", UNKNOWN))),
        Fact.UNKNOWN if other_keys else Fact.YES,
    )


def _one_of(allowed: Any, value: Any) -> Fact:
    """Whether a list of a pattern contains a value; of matchers such as `prefix` this is unknown."""
    if allowed is None or (is_list(allowed) and value in allowed):
        return Fact.YES
    only_strings = is_list(allowed) and all(isinstance(each, str) for each in allowed)
    return Fact.NO if only_strings and value is not UNKNOWN else Fact.UNKNOWN
