"""Reads who is notified when an alarm goes off: by its actions, by composite alarms or by EventBridge rules."""

import re
from collections.abc import Iterator
from typing import Any, Final

from ...graph.graph import Graph, Resource
from ...graph.resource_types import ALARM_MUTE_RULE, COMPOSITE_ALARM, METRIC_ALARM, TOPIC
from ...graph.values import UNKNOWN, items, read, text
from ...model.fact import Fact, every, some
from ...model.observability import AlarmTopic
from .composite_rules import AlarmRule
from .event_rules import AlarmEvents
from .invocations import Invocations
from .subscriptions import Subscriptions
from .topic_keys import TopicKeys
from .topic_policies import TopicPolicies

_CHANGES_CAPACITY: Final = re.compile(r"arn:[\w-]+:(?:automate|autoscaling|swf):")
"""Actions that stop or scale instances, and notify no one."""
_ALARMS: Final = "lambda.alarms.cloudwatch.amazonaws.com"
"""As whom CloudWatch invokes the function that is an action of an alarm."""
_MUTED: Final = Fact.unknown("an `AlarmMuteRule` suppresses its actions at times that are not read")
_SNS, _REGION, _ACCOUNT = 2, 3, 4
"""The parts of an ARN."""


class Topics:
    """The topics of a graph, and whether they pass on what alarms publish."""

    def __init__(self, graph: Graph) -> None:
        """Read their policies, keys and subscriptions, once."""
        self._graph = graph
        self._policies = TopicPolicies(graph)
        self._keys = TopicKeys(graph)
        self._invocations = Invocations(graph)
        self.subscriptions = Subscriptions(graph, self._policies, self._invocations)

    def reached_by(self, alarm: Resource, action: Any) -> Fact:
        """Whether an action of an alarm notifies someone. A topic of another stack is assumed to."""
        if isinstance(action, str) and (not action or _CHANGES_CAPACITY.match(action)):
            return Fact.NO
        dependencies = self._graph.dependencies(alarm, "alarmActions", TOPIC)
        only_topics = len(dependencies) == len(alarm.property_dependencies.get("alarmActions", ()))
        topics = self._graph.named(action, TOPIC) if isinstance(action, str) else dependencies if only_topics else []
        if not topics:
            function = self._invocations.function(action, alarm, "alarmActions")
            return self._invoked(function) if function else _takes_alarms_of(text(action), alarm)
        return some(*(self._passes_on(each, alarm) for each in topics))

    def _invoked(self, function: str) -> Fact:
        return self._invocations.lets_in(function, _ALARMS).because(
            no=f"notifies no one: CloudWatch has no permission to invoke function {function.rpartition('::')[2]}"
        )

    def _passes_on(self, topic: Resource, alarm: Resource) -> Fact:
        return every(
            _takes_alarms_of(text(topic.outputs.get("arn")), alarm),
            self._policies.let_alarms_publish(topic),
            self._keys.let_alarms_encrypt(topic),
            self.subscriptions.deliver(topic, alarm),
        )


def _takes_alarms_of(topic_arn: str, alarm: Resource) -> Fact:
    """Whether a topic is in the region and account of an alarm; YES if that is unknown, or if it is no topic.

    CloudWatch rejects topics of other regions. Those of other accounts need a policy that names the account.
    """
    topic, own = topic_arn.split(":"), text(alarm.outputs.get("arn")).split(":")
    if len(topic) <= _ACCOUNT or topic[_SNS] != "sns":
        return Fact.YES
    of_arn = len(own) > _ACCOUNT
    region = text(alarm.inputs.get("region")) or (own[_REGION] if of_arn else "")
    if region and topic[_REGION] and region != topic[_REGION]:
        return Fact.no(
            f"notifies no one: its topic is in {topic[_REGION]}, and CloudWatch takes only topics of {region}"
        )
    if of_arn and own[_ACCOUNT] and topic[_ACCOUNT] and own[_ACCOUNT] != topic[_ACCOUNT]:
        return Fact.unknown("whether its topic, which is of another account, lets it publish is not known here")
    return Fact.YES


class Notifications:
    """Who is notified by the alarms of a graph."""

    def __init__(self, graph: Graph) -> None:
        """Read the topics, composite alarms, mute rules and EventBridge rules, once."""
        self._topics = Topics(graph)
        self._events = AlarmEvents(graph, self._topics.subscriptions)
        mutes = graph.of_type(ALARM_MUTE_RULE)
        self._muted = {name for each in mutes for name in items(read(each.inputs.get("muteTargets"), "alarmNames"))}
        self._muted |= {
            alarm.urn
            for each in mutes
            for alarm in graph.dependencies(each, "muteTargets", METRIC_ALARM, COMPOSITE_ALARM)
        }
        self._composites: list[tuple[AlarmRule, Fact, set[str]]] = []
        """Rule, whether the composite alarm notifies someone, and the URNs of the alarms that the rule depends on."""
        self._by_dependency: dict[str, Fact] = {}
        """Whether a composite alarm with an unknown rule, computed from an alarm, notifies someone."""
        self._unknown_rules = False
        """Whether a composite alarm may name any alarm."""
        for each in graph.of_type(COMPOSITE_ALARM):
            notifies = self._notified(each)
            if notifies.is_no:
                continue
            rule = each.inputs.get("alarmRule")
            children = {child.urn for child in graph.dependencies(each, "alarmRule", METRIC_ALARM)}
            if isinstance(rule, str):
                self._composites.append((AlarmRule(rule), notifies, children))
            else:
                self._by_dependency |= {urn: some(self._by_dependency.get(urn, Fact.NO), notifies) for urn in children}
            self._unknown_rules |= rule is UNKNOWN and not children

    def of(self, alarm: Resource) -> Fact:
        """Whether someone is notified when an alarm goes off."""
        return self._notified(alarm, *self._through_composites(alarm)).because(
            no="notifies no one", unknown="whether it notifies someone is known only after deployment"
        )

    def topics_without_subscription(self) -> tuple[AlarmTopic, ...]:
        """The topics of the alarms that were asked for, and of composite alarms, that have no subscription."""
        return tuple(self._topics.subscriptions.missing.values())

    def _through_composites(self, alarm: Resource) -> Iterator[Fact]:
        yield self._by_dependency.get(alarm.urn, Fact.NO)
        names = _names(alarm)
        for rule, notifies, children in self._composites:
            named = names & rule.names
            goes_off = any(rule.goes_off_with(each) for each in named)
            yield notifies if goes_off or (alarm.urn in children and not named) else Fact.NO
        maybe_named = self._unknown_rules or (alarm.inputs.get("name") is UNKNOWN and bool(self._composites))
        yield Fact.UNKNOWN if maybe_named else Fact.NO

    def _notified(self, alarm: Resource, *otherwise: Fact) -> Fact:
        """Whether a metric or composite alarm notifies someone by itself, or in another way that is given."""
        found = some(self._by_actions(alarm), self._events.forward(alarm), *otherwise)
        return every(found, _MUTED) if self._muted & {*_names(alarm), alarm.urn} else found

    def _by_actions(self, alarm: Resource) -> Fact:
        """Whether an alarm has an action that works; an unknown action counts as one."""
        enabled, actions = alarm.inputs.get("actionsEnabled"), alarm.inputs.get("alarmActions")
        if enabled is False:
            return Fact.NO
        if actions is UNKNOWN or enabled is UNKNOWN:
            return Fact.UNKNOWN
        reached = some(*(self._topics.reached_by(alarm, each) for each in items(actions)))
        suppressor = alarm.inputs.get("actionsSuppressor")
        suppressed = suppressor is not None and suppressor != ""
        return every(reached, Fact.unknown(_suppressed_by(alarm))) if suppressed else reached


def _suppressed_by(alarm: Resource) -> str:
    name = text(alarm.inputs.get("alarmName")) or alarm.name
    return f"another alarm suppresses the actions of composite alarm {name} at times that are not read"


def _names(alarm: Resource) -> set[str]:
    given = (alarm.inputs.get("name"), alarm.inputs.get("alarmName"), *map(alarm.outputs.get, ("name", "arn")))
    return set(map(text, given)) - {""}
