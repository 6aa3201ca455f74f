"""Reads the EventBridge rules that forward state changes of alarms.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, Final

from ...graph.graph import Graph, Resource
from ...graph.resource_types import EVENT_RULE, EVENT_TARGET, TOPIC
from ...graph.values import (
    UNKNOWN,
    is_list,
    is_object,
    items,
    read,
    text,
)
from ...model.fact import Fact, every, some
from .subscriptions import Subscriptions

_DETAIL_TYPE: Final = "CloudWatch Alarm State Change"


class AlarmEvents:
    """The enabled EventBridge rules of a graph that have a target."""

    def __init__(self, graph: Graph, subscriptions: Subscriptions) -> None:
        """Parse the event pattern of each rule, and find whether its targets notify someone."""
        self._graph = graph
        self._subscriptions = subscriptions
        targets: dict[str, list[Fact]] = defaultdict(list)
        for each in graph.of_type(EVENT_TARGET):
            for rule in _rules_of(graph, each):
                targets[rule.urn].append(self._notifies(each, "arn", each.inputs.get("arn")))
        # In CloudFormation, a rule contains its targets.
        for rule in (each for each in graph.of_type(EVENT_RULE) if each.native):
            targets[rule.urn] += [
                self._notifies(rule, "targets", read(each, "arn")) for each in items(rule.inputs.get("targets"))
            ]
        self._rules = [
            (_pattern(each.inputs.get("eventPattern")), some(*targets[each.urn]))
            for each in graph.of_type(EVENT_RULE)
            if targets[each.urn] and _enabled(each)
        ]

    def forward(self, alarm: Resource) -> Fact:
        """Whether one of the rules forwards that an alarm went off."""
        return some(*(every(_matches(pattern, alarm), notifies) for pattern, notifies in self._rules))

    def _notifies(self, target: Resource, name: str, value: Any) -> Fact:
        """Whether a target notifies someone. A target that is not a topic of the graph is assumed to."""
        topic = self._graph.follow(target, name, value, TOPIC)
        return self._subscriptions.deliver_something(topic) if isinstance(topic, Resource) else Fact.YES


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
