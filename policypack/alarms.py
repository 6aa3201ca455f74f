"""Reads alarms: which of them watch a stage, under the name that API Gateway reports it by."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from .findings import Answer
from .graph import UNKNOWN, Graph, Resource, is_object, items, read, text
from .model import some

_ALARM: Final = "aws:cloudwatch/metricAlarm:MetricAlarm"
_NAMESPACE: Final = "AWS/ApiGateway"
_ERRORS: Final = "5XXError"
_SIGNS: Final = frozenset({"4XXError", "Latency", "IntegrationLatency", "Count"})


@dataclass(frozen=True, slots=True)
class _Metric:
    alarm: Resource
    source: str
    """The input that its dimensions stand in."""
    name: Any
    dimensions: Any


class Alarms:
    """The alarms of a graph on metrics of API Gateway."""

    def __init__(self, graph: Graph, api_type: str) -> None:
        """Read every alarm once."""
        self._graph = graph
        self._api_type = api_type
        self._metrics = [metric for alarm in graph.of_type(_ALARM) for metric in _metrics(alarm)]

    def of(self, api: Resource, api_name: Any, stage: str) -> tuple[Answer, tuple[str, ...]]:
        """Whether server errors and another sign of trouble raise alarms, and what is missing."""
        errors = some(*(self._watches(each, api, api_name, stage) for each in self._of_name({_ERRORS})))
        signs = some(*(self._watches(each, api, api_name, stage) for each in self._of_name(_SIGNS)))
        missing = [
            *(["server errors (5XXError)"] if errors is not Answer.YES else []),
            *(["latency, client errors or traffic (Latency, 4XXError, Count)"] if signs is not Answer.YES else []),
        ]
        if Answer.NO in (errors, signs):
            return Answer.NO, tuple(missing)
        return (Answer.NOT_YET if missing else Answer.YES), tuple(missing)

    def _of_name(self, names: set[str] | frozenset[str]) -> Iterator[_Metric]:
        # Case counts: an alarm on `5xxError` is accepted, and never goes off.
        return (each for each in self._metrics if each.name is UNKNOWN or each.name in names)

    def _watches(self, metric: _Metric, api: Resource, api_name: Any, stage: str) -> Answer:
        if metric.dimensions is UNKNOWN:
            return self._by_edge(metric, api)
        if not is_object(metric.dimensions) or set(metric.dimensions) - {"ApiName", "Stage"}:
            return Answer.NO
        named = read(metric.dimensions, "ApiName")
        right_stage = read(metric.dimensions, "Stage")
        if isinstance(right_stage, str) and stage and right_stage != stage:
            return Answer.NO
        if isinstance(named, str) and isinstance(api_name, str):
            return Answer.YES if named == api_name else Answer.NO
        if named is None:
            return Answer.NO
        return self._by_edge(metric, api)

    def _by_edge(self, metric: _Metric, api: Resource) -> Answer:
        found = self._graph.dependencies(metric.alarm, metric.source, self._api_type)
        if not found:
            return Answer.NOT_YET
        return Answer.YES if api in found else Answer.NO


def _metrics(alarm: Resource) -> Iterator[_Metric]:
    if alarm.inputs.get("actionsEnabled") is False:
        return
    if text(alarm.inputs.get("namespace")) == _NAMESPACE:
        yield _Metric(alarm, "dimensions", alarm.inputs.get("metricName"), alarm.inputs.get("dimensions"))
    for query in items(alarm.inputs.get("metricQueries")):
        metric = read(query, "metric")
        if is_object(metric) and text(read(metric, "namespace")) == _NAMESPACE:
            yield _Metric(alarm, "metricQueries", read(metric, "metricName"), read(metric, "dimensions"))
