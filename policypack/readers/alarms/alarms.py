"""Reads alarms: which of them watch a stage or a web ACL, whether they can go off, and whether they tell somebody."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ...graph.graph import Graph, Resource
from ...graph.resource_types import APIS, COMPOSITE_ALARM, METRIC_ALARM, STAGES, TOPIC, WEB_ACL
from ...graph.values import (
    UNKNOWN,
    is_object,
    items,
    read,
    text,
)
from ...model.fact import Fact, every, some
from ...model.observability import Alarm
from ..stage_index import StageIndex
from .alarm_state import (
    BELOW,
    BLOCKED,
    BY_ID,
    BY_NAME,
    Known,
    flaw,
    math_flaw,
    threshold_flaw,
)
from .composite_rules import Rule
from .event_rules import AlarmEvents
from .metrics import (
    DIMENSIONS,
    GATEWAY,
    WAF,
    Metric,
    metrics_of,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Signs:
    """What a kind of API reports when it is unwell."""

    errors: frozenset[str]
    others: frozenset[str]
    dimension: str
    """What its metrics name it by."""
    dimensions: tuple[frozenset[str], ...]
    words: tuple[str, str]
    """How messages name the two."""


SIGNS: Final[Mapping[str, Signs]] = {
    "REST": Signs(
        errors=frozenset({"5XXError"}),
        others=frozenset({"4XXError", "Latency", "IntegrationLatency", "Count"}),
        dimension="ApiName",
        dimensions=BY_NAME,
        words=("server errors (5XXError)", "latency, client errors or traffic (Latency, 4XXError, Count)"),
    ),
    "HTTP": Signs(
        errors=frozenset({"5xx"}),
        others=frozenset({"4xx", "Latency", "IntegrationLatency", "Count"}),
        dimension="ApiId",
        dimensions=BY_ID,
        words=("server errors (5xx)", "latency, client errors or traffic (Latency, 4xx, Count)"),
    ),
    "WEBSOCKET": Signs(
        errors=frozenset({"ExecutionError", "IntegrationError"}),
        others=frozenset({"ClientError", "ConnectCount", "MessageCount", "IntegrationLatency"}),
        dimension="ApiId",
        dimensions=BY_ID,
        words=(
            "server errors (ExecutionError, IntegrationError)",
            "client errors or traffic (ClientError, ConnectCount, MessageCount)",
        ),
    ),
}


class Alarms:
    """The alarms of a graph on API Gateway and AWS WAF."""

    def __init__(self, graph: Graph, stages: StageIndex) -> None:
        """Read every alarm once, and sort it by what it watches."""
        self._graph = graph
        self._metrics = {each.urn: list(metrics_of(each)) for each in graph.of_type(METRIC_ALARM)}
        self._of_value: dict[str, list[Metric]] = defaultdict(list)
        self._of_edge: dict[str, list[Metric]] = defaultdict(list)
        self._loose: list[Metric] = []
        self._insights = list(_insights(graph))
        self._told = _Composites(graph)
        self._known = Known(graph, stages)
        for metrics in self._metrics.values():
            for metric in metrics:
                if metric.alarm.inputs.get("actionsEnabled") is not False:
                    self._sort(metric)

    def _sort(self, metric: Metric) -> None:
        name = _names(metric)
        if isinstance(name, str):
            self._of_value[name].append(metric)
            return
        edges = self._edges(metric)
        for each in edges:
            self._of_edge[each.urn].append(metric)
        if not edges and UNKNOWN in (metric.dimensions, name):
            self._loose.append(metric)

    def _edges(self, metric: Metric) -> list[Resource]:
        """The APIs and web ACLs that the dimensions of a metric were computed from."""
        return self._graph.dependencies(metric.alarm, metric.source, *APIS, WEB_ACL)

    def of(self, kind: str, api: Resource, api_name: Any, stage: Resource, name: Any) -> tuple[Fact, tuple[str, ...]]:
        """Whether server errors and another sign of trouble raise alarms on a stage, and what is missing.

        `api_name` and `name` are the names of API and stage: UNKNOWN where they are given and not known yet.
        """
        signs = SIGNS[kind]
        named = api_name if signs.dimension == "ApiName" else api.id
        near = [
            *((each, Fact.YES) for each in (*self._of_value.get(text(named), ()), *self._of_edge.get(api.urn, ()))),
            *((each, Fact.UNKNOWN) for each in self._perhaps(signs.dimension, named)),
        ]
        answers = [
            some(
                *(every(meant, self._watches(each, signs, stage, name)) for each, meant in near if _is(each, names)),
                *self._selects(names, {signs.dimension: named, "Stage": name}),
            )
            for names in (signs.errors, signs.others)
        ]
        missing = tuple(words for answer, words in zip(answers, signs.words, strict=True) if not answer.is_yes)
        if any(each.is_no for each in answers):
            return Fact.NO, missing
        return (Fact.UNKNOWN if missing else Fact.YES), missing

    def _perhaps(self, dimension: str, name: Any) -> Iterator[Metric]:
        """The metrics that may be of what goes by a name: those of nothing known, and of strangers while it is none."""
        yield from self._loose
        for given, metrics in self._of_value.items() if name is UNKNOWN else ():
            strange = not self._known.taken(dimension, given)
            yield from (each for each in metrics if strange and read(each.dimensions, dimension) == given)

    def _watches(self, metric: Metric, signs: Signs, stage: Resource, name: Any) -> Fact:
        """Whether an alarm's metric is one of the stage, or of all stages of its API."""
        if metric.namespace not in (GATEWAY, UNKNOWN):
            return Fact.NO
        sure = Fact.UNKNOWN if UNKNOWN in (metric.namespace, metric.name) else Fact.YES
        if metric.dimensions is UNKNOWN:
            return every(sure, self._meant(metric, stage, Fact.YES))
        if not is_object(metric.dimensions) or frozenset(metric.dimensions) not in signs.dimensions:
            return Fact.NO
        given = metric.dimensions.get("Stage")
        if given is UNKNOWN:
            return every(sure, self._meant(metric, stage, Fact.UNKNOWN))
        if isinstance(given, str) and name is UNKNOWN:
            return every(sure, Fact.UNKNOWN)
        return Fact.NO if isinstance(given, str) and given != text(name) else sure

    def _meant(self, metric: Metric, stage: Resource, otherwise: Fact) -> Fact:
        """Whether a stage is the one that an unknown dimension was computed from, where it was from one."""
        stages = {each.urn for each in self._graph.dependencies(metric.alarm, metric.source, *STAGES)}
        return otherwise if not stages else Fact.YES if stage.urn in stages else Fact.NO

    def _selects(self, names: frozenset[str], wanted: Mapping[str, Any]) -> Iterator[Fact]:
        """Whether Metrics Insights queries on one of the metrics choose a stage, if they can go off."""
        for query in self._insights:
            if query.name in names and not threshold_flaw(query, query.name):
                yield every(*(_chosen(query.source, *each) for each in wanted.items()))

    def on_blocks(self, acl: Resource) -> Fact:
        """Whether an alarm watches what an ACL blocks, and goes off when that is much."""
        visibility = acl.inputs.get("visibilityConfig")
        metric = UNKNOWN if visibility is UNKNOWN else read(visibility, "metricName")
        sure = [*self._of_value.get(text(metric), ()), *self._of_edge.get(acl.urn, ())]
        answers = [
            *(self._counts_blocks(each) for each in sure),
            *(every(Fact.UNKNOWN, self._counts_blocks(each)) for each in self._perhaps("WebACL", metric)),
        ]
        return some(*answers)

    def _counts_blocks(self, metric: Metric) -> Fact:
        if metric.namespace not in (WAF, UNKNOWN) or not _is(metric, BLOCKED):
            return Fact.NO
        if metric.alone and text(metric.alarm.inputs.get("comparisonOperator")) in BELOW:
            return Fact.NO
        return flaw(metric, self._known)[0]

    def every(self) -> tuple[Alarm, ...]:
        """All of them, to be evaluated one by one."""
        found: list[Alarm] = []
        for alarm in self._graph.of_type(METRIC_ALARM):
            metrics = [each for each in self._metrics[alarm.urn] if self._concerns(each)]
            if metrics:
                found.append(self._alarm(alarm, metrics))
        return tuple(found)

    def _concerns(self, metric: Metric) -> bool:
        """Whether a metric is of API Gateway or AWS WAF; one of a namespace to come is by what it names."""
        return metric.namespace is not UNKNOWN or _names(metric) is not None or bool(self._edges(metric))

    def _alarm(self, alarm: Resource, metrics: Sequence[Metric]) -> Alarm:
        flaws = [flaw(each, self._known) for each in metrics]
        broken = [words for answer, words in flaws if answer.is_no]
        broken += [words for words in [math_flaw(alarm, metrics)] if words and not broken]
        unread = any(answer.is_unknown for answer, _ in flaws)
        return Alarm(
            urn=alarm.urn,
            label=f"alarm {text(alarm.inputs.get('name')) or alarm.name}",
            can_go_off=Fact.NO if broken else Fact.UNKNOWN if unread else Fact.YES,
            flaw="; ".join(broken),
            notifies=self._told.notifies(alarm),
            cries_in_silence=_cries(alarm),
        )


class _Composites:
    """Composite alarms, which notify for the alarms that make them go off."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._events = AlarmEvents(graph)
        self._rules: list[tuple[Rule, Fact, set[str]]] = []
        self._urns: dict[str, Fact] = {}
        self._loose = False
        """Whether one of them names alarms that are known only later."""
        for each in graph.of_type(COMPOSITE_ALARM):
            acts = some(_acts(graph, each), self._events.tell(each))
            if acts.is_no:
                continue
            rule = each.inputs.get("alarmRule")
            children = {child.urn for child in graph.dependencies(each, "alarmRule", METRIC_ALARM)}
            if isinstance(rule, str):
                self._rules.append((Rule(rule), acts, children))
            else:
                self._urns |= {urn: some(self._urns.get(urn, Fact.NO), acts) for urn in children}
            self._loose |= rule is UNKNOWN and not children

    def notifies(self, alarm: Resource) -> Fact:
        names = {text(alarm.inputs.get("name")), text(alarm.outputs.get("name")), text(alarm.outputs.get("arn"))}
        through = [self._urns.get(alarm.urn, Fact.NO)]
        for rule, acts, children in self._rules:
            told = any(rule.rises_with(each) for each in names & rule.names)
            through.append(acts if told or (alarm.urn in children and not names & rule.names) else Fact.NO)
        perhaps = self._loose or (alarm.inputs.get("name") is UNKNOWN and bool(self._rules))
        later = Fact.UNKNOWN if perhaps else Fact.NO
        return some(_acts(self._graph, alarm), self._events.tell(alarm), *through, later)


def _acts(graph: Graph, alarm: Resource) -> Fact:
    """Whether somebody is told; an action still to come is an action."""
    enabled, actions = alarm.inputs.get("actionsEnabled"), alarm.inputs.get("alarmActions")
    if enabled is False:
        return Fact.NO
    if actions is UNKNOWN or enabled is UNKNOWN:
        return Fact.UNKNOWN
    return Fact.YES if any(_heard(graph, alarm, each) for each in items(actions)) else Fact.NO


def _heard(graph: Graph, alarm: Resource, action: Any) -> bool:
    """Whether an action is none that fails: CloudWatch may not use the key that AWS keeps for topics."""
    edges = graph.dependencies(alarm, "alarmActions", TOPIC)
    sure = len(edges) == len(alarm.property_dependencies.get("alarmActions", ()))
    topics = graph.named(action, TOPIC) if isinstance(action, str) else edges if sure else []
    return not topics or any(text(each.inputs.get("kmsMasterKeyId")) != _DEAF for each in topics)


_DEAF: Final = "alias/aws/sns"


def _cries(alarm: Resource) -> Fact:
    """Whether an hour without requests alarms on errors: API Gateway reports nothing then."""
    treated, operator = alarm.inputs.get("treatMissingData"), text(alarm.inputs.get("comparisonOperator"))
    if treated is UNKNOWN:
        return Fact.UNKNOWN
    falling = operator.startswith("LessThan") and "Greater" not in operator
    return Fact.YES if treated == "breaching" and not falling else Fact.NO


def _names(metric: Metric) -> Any:
    """What a metric says of which API or web ACL it is: None where it says nothing."""
    given: Mapping[str, Any] = metric.dimensions if is_object(metric.dimensions) else {}
    return next((given[each] for each in DIMENSIONS if each in given), None)


def _is(metric: Metric, names: frozenset[str]) -> bool:
    # Case counts: an alarm on `5xxError` is accepted, and never goes off.
    return metric.name is UNKNOWN or text(metric.name) in names


_QUERY: Final = re.compile(r"""SELECT\s+(\w+)\(\s*["']?(\w+)["']?\s*\)""", re.IGNORECASE)
_STATISTICS: Final = {"SUM": "Sum", "COUNT": "SampleCount"}


def _insights(graph: Graph) -> Iterator[Metric]:
    """Metrics Insights queries on API Gateway's metrics; their source is the query."""
    for alarm in graph.of_type(METRIC_ALARM):
        for query in items(alarm.inputs.get("metricQueries", alarm.inputs.get("metrics"))):
            expression = text(read(query, "expression"))
            found = _QUERY.search(expression)
            if found and GATEWAY in expression and alarm.inputs.get("actionsEnabled") is not False:
                statistic, period = _STATISTICS.get(found[1].upper(), found[1]), read(query, "period")
                yield Metric(alarm, expression, GATEWAY, found[2], {}, statistic, period, alone=True)


def _chosen(query: str, dimension: str, name: Any) -> Fact:
    """Whether a query's condition lets a dimension have a value."""
    _, *condition = re.split(r"\bWHERE\b", query, maxsplit=1, flags=re.IGNORECASE)
    asked = re.findall(rf"""\b{dimension}["']?\s*(!?=)\s*(["'])(.*?)\2""", "".join(condition))
    if asked and not isinstance(name, str):
        return Fact.UNKNOWN
    equal = {value for sign, _, value in asked if sign == "="}
    chosen = name in equal if equal else name not in {value for _, _, value in asked}
    return Fact.YES if chosen else Fact.NO
