"""Reads alarms: which of them watch a stage or a web ACL, whether they can go off, and whether they notify someone."""

import math
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ...graph.graph import Graph, Resource
from ...graph.resource_types import APIS, METRIC_ALARM, STAGES, WEB_ACL
from ...graph.values import (
    UNKNOWN,
    is_object,
    items,
    read,
    text,
)
from ...model.fact import Fact, every, some
from ...model.observability import Alarm, AlarmTopic
from ..stage_index import StageIndex
from .alarm_state import (
    ABOVE,
    BELOW,
    BY_ID,
    BY_NAME,
    WAF_METRICS,
    MetricNames,
    can_breach,
    is_number,
    seconds,
    threshold_reachable,
)
from .math_alarms import math_can_breach
from .metrics import (
    DIMENSIONS,
    GATEWAY,
    WAF,
    Metric,
    metrics_of,
)
from .notifications import Notifications


@dataclass(frozen=True, kw_only=True, slots=True)
class Signals:
    """The metrics in which a kind of API reports problems."""

    errors: frozenset[str]
    """Metrics of server errors."""
    others: frozenset[str]
    """Metrics of latency, client errors and traffic."""
    dimension: str
    """The dimension that identifies the API."""
    dimensions: tuple[frozenset[str], ...]
    """The sets of dimensions under which a stage, or all stages of an API, are reported."""
    descriptions: tuple[str, str]
    """The two groups of metrics in messages."""


SIGNALS: Final[Mapping[str, Signals]] = {
    "REST": Signals(
        errors=frozenset({"5XXError"}),
        others=frozenset({"4XXError", "Latency", "IntegrationLatency", "Count"}),
        dimension="ApiName",
        dimensions=BY_NAME,
        descriptions=("server errors (5XXError)", "latency, client errors or traffic (Latency, 4XXError, Count)"),
    ),
    "HTTP": Signals(
        errors=frozenset({"5xx"}),
        others=frozenset({"4xx", "Latency", "IntegrationLatency", "Count"}),
        dimension="ApiId",
        dimensions=BY_ID,
        descriptions=("server errors (5xx)", "latency, client errors or traffic (Latency, 4xx, Count)"),
    ),
    "WEBSOCKET": Signals(
        errors=frozenset({"ExecutionError", "IntegrationError"}),
        others=frozenset({"ClientError", "ConnectCount", "MessageCount", "IntegrationLatency"}),
        dimension="ApiId",
        dimensions=BY_ID,
        descriptions=(
            "server errors (ExecutionError, IntegrationError)",
            "client errors or traffic (ClientError, ConnectCount, MessageCount)",
        ),
    ),
}


class Alarms:
    """The alarms of a graph on API Gateway and AWS WAF."""

    def __init__(self, graph: Graph, stages: StageIndex) -> None:
        """Read every alarm once, and index its metrics by what they watch."""
        self._graph = graph
        self._metrics = {each.urn: list(metrics_of(each)) for each in graph.of_type(METRIC_ALARM)}
        self._by_name: dict[str, list[Metric]] = defaultdict(list)
        self._by_dependency: dict[str, list[Metric]] = defaultdict(list)
        self._unknown: list[Metric] = []
        """Metrics that may watch any API or web ACL."""
        self._insights = list(_insights(graph))
        self._notifications = Notifications(graph)
        self._names = MetricNames(graph, stages)
        for metrics in self._metrics.values():
            for metric in metrics:
                if metric.alarm.inputs.get("actionsEnabled") is not False:
                    self._index(metric)

    def _index(self, metric: Metric) -> None:
        name = _watched(metric)
        if isinstance(name, str):
            self._by_name[name].append(metric)
            return
        dependencies = self._dependencies(metric)
        for each in dependencies:
            self._by_dependency[each.urn].append(metric)
        if not dependencies and UNKNOWN in (metric.dimensions, name):
            self._unknown.append(metric)

    def _dependencies(self, metric: Metric) -> list[Resource]:
        """The APIs and web ACLs that the dimensions of a metric were computed from."""
        return self._graph.dependencies(metric.alarm, metric.source, *APIS, WEB_ACL)

    def on_stage(self, kind: str, api: Resource, api_name: Any, stage: Resource, stage_name: Any) -> Fact:
        """Whether alarms watch the server errors of a stage and at least one other signal.

        `api_name` and `stage_name` are UNKNOWN if they become known only during deployment.
        """
        signals = SIGNALS[kind]
        identity = api_name if signals.dimension == "ApiName" else api.id
        certain = [*self._by_name.get(text(identity), ()), *self._by_dependency.get(api.urn, ())]
        candidates = [
            *((each, Fact.YES) for each in certain),
            *((each, Fact.UNKNOWN) for each in self._possible(signals.dimension, identity)),
        ]
        watched = [
            some(
                *(
                    every(of_api, self._watches(each, signals, stage, stage_name))
                    for each, of_api in candidates
                    if _is_any_of(each, metrics)
                ),
                *self._selects(metrics, {signals.dimension: identity, "Stage": stage_name}),
            )
            for metrics in (signals.errors, signals.others)
        ]
        missing = " and ".join(
            description for fact, description in zip(watched, signals.descriptions, strict=True) if not fact.is_yes
        )
        return Fact(every(*watched).value).because(
            no=f"has no alarm on {missing}",
            unknown=f"whether an alarm watches {missing} is known only after deployment, or in another stack",
        )

    def _possible(self, dimension: str, name: Any) -> Iterator[Metric]:
        """The metrics that may be of an API or web ACL: unknown ones and, if its name is unknown, external ones."""
        yield from self._unknown
        for given, metrics in self._by_name.items() if name is UNKNOWN else ():
            external = not self._names.contain(dimension, given)
            yield from (each for each in metrics if external and read(each.dimensions, dimension) == given)

    def _watches(self, metric: Metric, signals: Signals, stage: Resource, stage_name: Any) -> Fact:
        """Whether a metric of an alarm is of the stage, or of all stages of its API."""
        if metric.namespace not in (GATEWAY, UNKNOWN):
            return Fact.NO
        known = Fact.UNKNOWN if UNKNOWN in (metric.namespace, metric.name) else Fact.YES
        if metric.dimensions is UNKNOWN:
            return every(known, self._depends_on(metric, stage, Fact.YES))
        if not is_object(metric.dimensions) or frozenset(metric.dimensions) not in signals.dimensions:
            return Fact.NO
        given = metric.dimensions.get("Stage")
        if given is UNKNOWN:
            return every(known, self._depends_on(metric, stage, Fact.UNKNOWN))
        if isinstance(given, str) and stage_name is UNKNOWN:
            return every(known, Fact.UNKNOWN)
        return Fact.NO if isinstance(given, str) and given != text(stage_name) else known

    def _depends_on(self, metric: Metric, stage: Resource, otherwise: Fact) -> Fact:
        """Whether an unknown dimension was computed from a stage; `otherwise` if it was computed from none."""
        stages = {each.urn for each in self._graph.dependencies(metric.alarm, metric.source, *STAGES)}
        return Fact.of(stage.urn in stages) if stages else otherwise

    def _selects(self, metrics: frozenset[str], wanted: Mapping[str, Any]) -> Iterator[Fact]:
        """Whether Metrics Insights queries on one of the metrics select a stage, if their alarms can go off."""
        for query in self._insights:
            if query.name in metrics and not threshold_reachable(query, query.name).is_no:
                yield every(*(_selected(query.source, *each) for each in wanted.items()))

    def on_blocks(self, acl: Resource) -> Fact:
        """Whether an alarm watches the requests that an ACL blocks, and goes off if there are many."""
        visibility = acl.inputs.get("visibilityConfig")
        name = UNKNOWN if visibility is UNKNOWN else read(visibility, "metricName")
        certain = [*self._by_name.get(text(name), ()), *self._by_dependency.get(acl.urn, ())]
        watched = some(
            *(self._counts_blocks(each) for each in certain),
            *(every(Fact.UNKNOWN, self._counts_blocks(each)) for each in self._possible("WebACL", name)),
        )
        return Fact(watched.value).because(
            no="blocks requests without an alarm",
            unknown="whether an alarm watches it is known only after deployment, or in another stack",
        )

    def _counts_blocks(self, metric: Metric) -> Fact:
        if metric.namespace not in (WAF, UNKNOWN) or not _is_any_of(metric, WAF_METRICS):
            return Fact.NO
        if metric.compared_directly and text(metric.alarm.inputs.get("comparisonOperator")) in BELOW:
            return Fact.NO
        return can_breach(metric, self._names)

    def all(self) -> tuple[Alarm, ...]:
        """All alarms on API Gateway or AWS WAF."""
        found: list[Alarm] = []
        for alarm in self._graph.of_type(METRIC_ALARM):
            metrics = [each for each in self._metrics[alarm.urn] if self._is_relevant(each)]
            if metrics:
                found.append(self._alarm(alarm, metrics))
        return tuple(found)

    def topics_without_subscription(self) -> tuple[AlarmTopic, ...]:
        """The topics that alarms on API Gateway or AWS WAF publish to and to which no one subscribes."""
        return self._notifications.topics_without_subscription()

    def _is_relevant(self, metric: Metric) -> bool:
        """Whether a metric is of API Gateway or AWS WAF; with an unknown namespace, its dimensions decide."""
        return metric.namespace is not UNKNOWN or _watched(metric) is not None or bool(self._dependencies(metric))

    def _alarm(self, alarm: Resource, metrics: Sequence[Metric]) -> Alarm:
        api, counted = self._counts_errors(alarm, metrics)
        return Alarm(
            urn=alarm.urn,
            label=f"alarm {text(alarm.inputs.get('name')) or alarm.name}",
            can_go_off=self._can_go_off(alarm, metrics),
            api=api,
            stage=text(read(counted.dimensions, "Stage")) if counted else "",
            errors_needed=_errors_needed(alarm) if counted else 0,
            seconds=seconds(counted) if counted else 0,
            notifies=self._notifications.of(alarm),
            goes_off_without_requests=_goes_off_without_requests(alarm),
        )

    def _counts_errors(self, alarm: Resource, metrics: Sequence[Metric]) -> tuple[str, Metric | None]:
        """The API whose server errors an alarm compares with its threshold, and their metric."""
        operator, threshold = text(alarm.inputs.get("comparisonOperator")), alarm.inputs.get("threshold")
        if len(metrics) != 1 or operator not in ABOVE or not is_number(threshold):
            return "", None
        (metric,) = metrics
        counted = metric.compared_directly and text(metric.statistic) == "Sum" and is_number(metric.period)
        stage = read(metric.dimensions, "Stage")
        if not counted or text(metric.name) not in _SERVER_ERRORS or stage is UNKNOWN:
            return "", None
        api = self._names.api(metric.dimensions) or (self._dependencies(metric) or [None])[0]
        return (api.urn, metric) if api is not None else ("", None)

    def _can_go_off(self, alarm: Resource, metrics: Sequence[Metric]) -> Fact:
        facts = [can_breach(each, self._names) for each in metrics]
        if not any(each.is_no for each in facts):
            facts.append(math_can_breach(alarm, metrics))
        reasons = [each.reason for each in facts if each.is_no]
        return Fact.no(f"cannot detect a problem: {'; '.join(reasons)}") if reasons else every(*facts)


_SERVER_ERRORS: Final = frozenset(each for signals in SIGNALS.values() for each in signals.errors)


def _errors_needed(alarm: Resource) -> float:
    """With how many errors in a period an alarm goes off."""
    threshold = alarm.inputs["threshold"]
    exact = text(alarm.inputs.get("comparisonOperator")) == "GreaterThanOrEqualToThreshold"
    return threshold if exact else math.floor(threshold) + 1


def _goes_off_without_requests(alarm: Resource) -> Fact:
    """Whether missing data is breaching in an alarm on high values: without requests, API Gateway reports nothing."""
    missing_data, operator = alarm.inputs.get("treatMissingData"), text(alarm.inputs.get("comparisonOperator"))
    if missing_data is UNKNOWN:
        return Fact.unknown("its treatment of missing data is known only after deployment")
    on_low_values = operator.startswith("LessThan") and "Greater" not in operator
    return Fact.of(missing_data == "breaching" and not on_low_values)


def _watched(metric: Metric) -> Any:
    """The API or web ACL in the dimensions of a metric; None if there is none."""
    given: Mapping[str, Any] = metric.dimensions if is_object(metric.dimensions) else {}
    return next((given[each] for each in DIMENSIONS if each in given), None)


def _is_any_of(metric: Metric, names: frozenset[str]) -> bool:
    # Names are case-sensitive: an alarm on `5xxError` is accepted, and never goes off.
    return metric.name is UNKNOWN or text(metric.name) in names


_QUERY: Final = re.compile(r"""SELECT\s+(\w+)\(\s*["']?(\w+)["']?\s*\)""", re.IGNORECASE)
_STATISTICS: Final = {"SUM": "Sum", "COUNT": "SampleCount"}


def _insights(graph: Graph) -> Iterator[Metric]:
    """Metrics Insights queries on metrics of API Gateway; `source` is the query."""
    for alarm in graph.of_type(METRIC_ALARM):
        for query in items(alarm.inputs.get("metricQueries")):
            expression = text(read(query, "expression"))
            found = _QUERY.search(expression)
            if found and GATEWAY in expression and alarm.inputs.get("actionsEnabled") is not False:
                statistic, period = _STATISTICS.get(found[1].upper(), found[1]), read(query, "period")
                yield Metric(alarm, expression, GATEWAY, found[2], {}, statistic, period, compared_directly=True)


def _selected(query: str, dimension: str, name: Any) -> Fact:
    """Whether the condition of a query allows a dimension to have a value."""
    _, *condition = re.split(r"\bWHERE\b", query, maxsplit=1, flags=re.IGNORECASE)
    compared = re.findall(rf"""\b{dimension}["']?\s*(!?=)\s*(["'])(.*?)\2""", "".join(condition))
    if compared and not isinstance(name, str):
        return Fact.UNKNOWN
    equal = {value for sign, _, value in compared if sign == "="}
    return Fact.of(name in equal if equal else name not in {value for _, _, value in compared})
