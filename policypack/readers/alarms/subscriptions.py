"""Reads whether a topic delivers to someone what an alarm publishes to it.

https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any, Final

from ...graph.graph import Graph, Resource
from ...graph.resource_types import TOPIC, TOPIC_SUBSCRIPTION
from ...graph.values import UNKNOWN, is_list, is_object, items, read, text
from ...model.fact import Fact, every, some
from ...model.observability import AlarmTopic
from .invocations import Invocations
from .topic_policies import TopicPolicies

_BODY: Final = "MessageBody"
_STATE: Final = "NewStateValue"
_NAME: Final = "AlarmName"
_FIELDS: Final = frozenset(
    {
        *(_NAME, _STATE, "AlarmDescription", "AWSAccountId", "AlarmConfigurationUpdatedTimestamp", "NewStateReason"),
        *("StateChangeTime", "Region", "AlarmArn", "OldStateValue", "OKActions", "AlarmActions"),
        *("InsufficientDataActions", "Trigger", "AlarmRule", "NewStateReasonData", "TriggeringChildren"),
        *("ActionsSuppressedBy", "ActionsSuppressedReason", "AlarmContributorId", "AlarmContributorAttributes"),
    }
)
"""The fields of the message that an alarm publishes. It has no message attributes."""
_SNS: Final = "sns.amazonaws.com"
_FILTERED: Final = "filters of its subscriptions select no alarm"


class Subscriptions:
    """The subscriptions of the topics of a graph."""

    def __init__(self, graph: Graph, policies: TopicPolicies, invocations: Invocations) -> None:
        """Sort them by topic, once."""
        self._policies = policies
        self._invocations = invocations
        self._by_topic: dict[str, list[Resource]] = defaultdict(list)
        self._of_unknown_topic = False
        self.missing: dict[str, AlarmTopic] = {}
        """The topics that were asked for and have no subscription, by URN."""
        for each in graph.of_type(TOPIC_SUBSCRIPTION):
            topic = graph.target(each, "topic", TOPIC)
            if isinstance(topic, Resource):
                self._by_topic[topic.urn].append(each)
            self._of_unknown_topic |= topic is UNKNOWN

    def deliver(self, topic: Resource, alarm: Resource) -> Fact:
        """Whether a subscription of a topic selects the messages of an alarm."""
        return self._delivered(topic, alarm.inputs.get("name", alarm.inputs.get("alarmName", UNKNOWN)))

    def deliver_something(self, topic: Resource) -> Fact:
        """The same for messages of any content, so that no filter can be evaluated."""
        return self._delivered(topic, None)

    def _none(self) -> Fact:
        """Whether a topic without a subscription delivers to someone."""
        if self._of_unknown_topic:
            return Fact.unknown("which subscriptions it has is known only after deployment")
        return Fact.unknown("alarms publish to it, and no subscription to it is among the evaluated resources")

    def _delivered(self, topic: Resource, alarm_name: Any) -> Fact:
        separate = self._by_topic.get(topic.urn, ())
        given = [*((each, "endpoint", each.inputs) for each in separate), *_inside(topic)]
        named = f"topic {text(topic.inputs.get('name')) or topic.name}"
        if not given:
            # Someone may subscribe by hand, and other stacks to its ARN. This is reported once, and not for each alarm.
            if not self._policies.name_subscribers(topic).is_yes:
                self.missing[topic.urn] = AlarmTopic(urn=topic.urn, label=named, delivers=self._none())
            return Fact.YES
        return some(*(self._reaches(*each, alarm_name) for each in given)).because(
            no=f"notifies no one: its {named} delivers nothing, because the {_FILTERED}",
            unknown=f"whether the filters of the subscriptions of its {named} select it is not known here",
        )

    def _reaches(self, resource: Resource, name: str, subscription: Any, alarm_name: Any) -> Fact:
        """Whether a subscription, which is in the input `name` of a resource, passes on the messages of an alarm."""
        selected = _selects(subscription, alarm_name)
        endpoint = read(subscription, "endpoint")
        function = self._invocations.function(endpoint, resource, name)
        if not function or text(read(subscription, "protocol")) != "lambda":
            return selected
        return every(
            selected,
            self._invocations.lets_in(function, _SNS).because(
                no=f"notifies no one: its topic delivers to function {function.rpartition('::')[2]}, which SNS has no "
                "permission to invoke"
            ),
        )


def _inside(topic: Resource) -> Iterator[tuple[Resource, str, Any]]:
    """The subscriptions that a topic of CloudFormation contains."""
    yield from ((topic, "subscription", each) for each in items(topic.inputs.get("subscription")))


def _selects(subscription: Any, alarm_name: Any) -> Fact:
    """Whether the filter policy of a subscription selects the messages of an alarm; None is a message of any form."""
    policy, scope = read(subscription, "filterPolicy"), read(subscription, "filterPolicyScope")
    if isinstance(policy, str):
        try:
            policy = json.loads(policy)
        except (ValueError, RecursionError):
            return Fact.UNKNOWN
    if policy is None or (is_object(policy) and not policy):
        return Fact.YES
    if not is_object(policy) or scope is UNKNOWN or alarm_name is None:
        return Fact.UNKNOWN
    has = _FIELDS if text(scope) == _BODY else frozenset[str]()
    values = {_STATE: "ALARM", _NAME: alarm_name}
    return every(*(_field_selects(str(name), listed, has, values) for name, listed in policy.items()))


def _field_selects(name: str, listed: Any, has: frozenset[str], values: Mapping[str, Any]) -> Fact:
    if name.startswith("$"):  # such as `$or`
        return Fact.UNKNOWN
    if name not in has:
        # What a message does not have is selected only by `{"exists": false}`.
        absent = any(read(each, "exists") in (False, UNKNOWN) for each in items(listed) if is_object(each))
        return Fact.of(True if absent else None if UNKNOWN in items(listed) else False)
    return some(*_matches(listed, values[name])) if name in values else Fact.UNKNOWN


def _matches(listed: Any, value: Any) -> Iterator[Fact]:
    for each in items(listed):
        if UNKNOWN in (each, value):
            yield Fact.UNKNOWN
        elif isinstance(each, str):
            yield Fact.of(each == value)
        else:
            yield _matcher(each, value)


def _matcher(matcher: Any, value: str) -> Fact:
    match matcher:
        case {"exists": bool() as exists}:
            return Fact.of(exists)
        case {"prefix": str() as start}:
            return Fact.of(value.startswith(start))
        case {"suffix": str() as end}:
            return Fact.of(value.endswith(end))
        case {"wildcard": str() as pattern}:
            return Fact.of(fnmatchcase(value, pattern.replace("[", "[[]").replace("?", "[?]")))
        case {"equals-ignore-case": str() as same}:
            return Fact.of(value.lower() == same.lower())
        case {"anything-but": excluded} if isinstance(excluded, str) or (is_list(excluded) and UNKNOWN not in excluded):
            return Fact.of(value not in items(excluded))
        case _:
            return Fact.UNKNOWN
