"""Reads alarms: which of them watch a stage or a web ACL, and which can never go off.

CloudWatch accepts an alarm on a metric that nobody reports, and keeps silent for ever. Names are case-sensitive; a REST
API reports under `ApiName`, an HTTP or WebSocket API under `ApiId`
(https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html).
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from .findings import Answer
from .graph import UNKNOWN, Graph, Resource, is_list, is_object, items, read, text
from .model import Alarm, some

METRIC_ALARM: Final = "aws:cloudwatch/metricAlarm:MetricAlarm"
COMPOSITE: Final = "aws:cloudwatch/compositeAlarm:CompositeAlarm"
_GATEWAY: Final = "AWS/ApiGateway"
_WAF: Final = "AWS/WAFV2"
_NAMESPACES: Final = {name.lower(): name for name in (_GATEWAY, _WAF)}

_REST: Final = frozenset(
    {"4XXError", "5XXError", "Count", "Latency", "IntegrationLatency", "CacheHitCount", "CacheMissCount"}
)
_HTTP: Final = frozenset({"4xx", "5xx", "Count", "Latency", "IntegrationLatency", "DataProcessed"})
_SOCKET: Final = frozenset(
    {"ConnectCount", "MessageCount", "IntegrationError", "ClientError", "ExecutionError", "IntegrationLatency"}
)
_BY_NAME: Final = (frozenset({"ApiName"}), frozenset({"ApiName", "Stage"}))
_BY_NAME_IN_DETAIL: Final = frozenset({"ApiName", "Stage", "Resource", "Method"})
_BY_ID: Final = (frozenset({"ApiId"}), frozenset({"ApiId", "Stage"}))
_BY_ID_IN_DETAIL: Final = (frozenset({"ApiId", "Stage", "Route"}), frozenset({"ApiId", "Stage", "Resource", "Method"}))
_RATES: Final = frozenset({"4XXError", "5XXError"})
"""Metrics of 0 or 1 for each request: their average is a share, their sum a number."""
_TIMES: Final = frozenset({"Latency", "IntegrationLatency"})
_LONGEST: Final = 900_000
"""Milliseconds that no request takes: API Gateway gives up long before."""
_LONGEST_PERIOD: Final = 86_400
_MOST: Final = 1_000_000
"""Requests per second that no API takes."""
_ABOVE: Final = frozenset({"GreaterThanThreshold", "GreaterThanOrEqualToThreshold"})
_BELOW: Final = frozenset({"LessThanThreshold", "LessThanOrEqualToThreshold"})
_BLOCKED: Final = frozenset({"BlockedRequests", "CountedRequests", "CaptchaRequests", "ChallengeRequests"})


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
        dimensions=_BY_NAME,
        words=("server errors (5XXError)", "latency, client errors or traffic (Latency, 4XXError, Count)"),
    ),
    "HTTP": Signs(
        errors=frozenset({"5xx"}),
        others=frozenset({"4xx", "Latency", "IntegrationLatency", "Count"}),
        dimension="ApiId",
        dimensions=_BY_ID,
        words=("server errors (5xx)", "latency, client errors or traffic (Latency, 4xx, Count)"),
    ),
    "WEBSOCKET": Signs(
        errors=frozenset({"ExecutionError", "IntegrationError"}),
        others=frozenset({"ClientError", "ConnectCount", "MessageCount", "IntegrationLatency"}),
        dimension="ApiId",
        dimensions=_BY_ID,
        words=(
            "server errors (ExecutionError, IntegrationError)",
            "client errors or traffic (ClientError, ConnectCount, MessageCount)",
        ),
    ),
}


@dataclass(frozen=True, slots=True)
class _Metric:
    alarm: Resource
    source: str
    """The input that its dimensions stand in."""
    namespace: str
    name: Any
    dimensions: Any
    statistic: Any
    alone: bool
    """Whether the alarm compares this metric itself, and not what is computed from it."""


class Alarms:
    """The alarms of a graph on API Gateway and AWS WAF."""

    def __init__(self, graph: Graph, api_types: tuple[str, ...], acl_type: str) -> None:
        """Read every alarm once, and sort it by what it watches."""
        self._graph = graph
        self._api_types = api_types
        self._acl_type = acl_type
        self._metrics = {each.urn: list(_metrics(each)) for each in graph.of_type(METRIC_ALARM)}
        self._of_value: dict[str, list[_Metric]] = defaultdict(list)
        self._of_edge: dict[str, list[_Metric]] = defaultdict(list)
        self._loose: list[_Metric] = []
        self._insights = list(_insights(graph))
        self._told = _Composites(graph)
        self._api_ids = {each.id for each in graph.of_type(*api_types) if isinstance(each.id, str)}
        self._acls = _AclNames(graph.of_type(acl_type))
        for metrics in self._metrics.values():
            for metric in metrics:
                if metric.alarm.inputs.get("actionsEnabled") is not False:
                    self._sort(metric)

    def _sort(self, metric: _Metric) -> None:
        given: Mapping[str, Any] = metric.dimensions if is_object(metric.dimensions) else {}
        named = next((given[name] for name in ("ApiName", "ApiId", "WebACL") if name in given), None)
        if isinstance(named, str):
            self._of_value[named].append(metric)
            return
        edges = self._graph.dependencies(metric.alarm, metric.source, *self._api_types, self._acl_type)
        for each in edges:
            self._of_edge[each.urn].append(metric)
        if not edges and (metric.dimensions is UNKNOWN or named is UNKNOWN):
            self._loose.append(metric)

    def of(self, kind: str, api: Resource, api_name: Any, stage: str) -> tuple[Answer, tuple[str, ...]]:
        """Whether server errors and another sign of trouble raise alarms, and what is missing."""
        signs = SIGNS[kind]
        named = text(api_name if signs.dimension == "ApiName" else api.id)
        near = [
            *((each, False) for each in (*self._of_value.get(named, ()), *self._loose)),
            *((each, True) for each in self._of_edge.get(api.urn, ())),
        ]
        answers = [
            some(
                *(_watches(each, signs, stage, edge=edge) for each, edge in near if _is(each, names)),
                *(Answer.YES for _ in self._selects(names, named)),
            )
            for names in (signs.errors, signs.others)
        ]
        missing = tuple(words for answer, words in zip(answers, signs.words, strict=True) if answer is not Answer.YES)
        if Answer.NO in answers:
            return Answer.NO, missing
        return (Answer.NOT_YET if missing else Answer.YES), missing

    def _selects(self, names: frozenset[str], named: str) -> Iterator[str]:
        """Metrics Insights queries on one of the metrics, of this API or of all."""
        for expression in self._insights:
            if any(re.search(rf"\b{name}\b", expression) for name in names):
                condition = expression.partition("WHERE")[2]
                if not condition or (named and named in condition):
                    yield expression

    def on_blocks(self, acl: Resource, metric: str) -> Answer:
        """Whether an alarm watches what an ACL blocks."""
        near = [*(self._of_value.get(metric, ()) if metric else ()), *self._of_edge.get(acl.urn, ())]
        answers = [
            _flaw(each, self._api_ids, self._acls)[0] for each in near if each.namespace == _WAF and _is(each, _BLOCKED)
        ]
        loose = any(each.namespace == _WAF and _is(each, _BLOCKED) for each in self._loose)
        return some(*answers, Answer.NOT_YET if loose else Answer.NO)

    def every(self) -> tuple[Alarm, ...]:
        """All of them, to be judged one by one."""
        found: list[Alarm] = []
        for alarm in self._graph.of_type(METRIC_ALARM):
            metrics = self._metrics[alarm.urn]
            if metrics:
                found.append(self._alarm(alarm, metrics))
        return tuple(found)

    def _alarm(self, alarm: Resource, metrics: list[_Metric]) -> Alarm:
        flaws = [_flaw(each, self._api_ids, self._acls) for each in metrics]
        broken = [words for answer, words in flaws if answer is Answer.NO]
        unread = any(answer is Answer.NOT_YET for answer, _ in flaws)
        return Alarm(
            urn=alarm.urn,
            label=f"alarm {text(alarm.inputs.get('name')) or alarm.name}",
            can_go_off=Answer.NO if broken else Answer.NOT_YET if unread else Answer.YES,
            flaw="; ".join(broken),
            notifies=self._told.notifies(alarm),
            cries_in_silence=_cries(alarm, metrics),
        )


class _AclNames:
    """How the regional ACLs of a graph are called, and how their metrics are."""

    def __init__(self, acls: list[Resource]) -> None:
        regional = [each for each in acls if text(each.inputs.get("scope")).upper() != "CLOUDFRONT"]
        self.names = {text(each.inputs.get("name")) for each in regional} - {""}
        self.metrics = {text(read(each.inputs.get("visibilityConfig"), "metricName")) for each in regional} - {""}


class _Composites:
    """Composite alarms, which notify for the alarms that they name."""

    def __init__(self, graph: Graph) -> None:
        self._names: set[str] = set()
        self._urns: set[str] = set()
        for each in graph.of_type(COMPOSITE):
            if _acts(each) is Answer.NO:
                continue
            rule = each.inputs.get("alarmRule")
            if isinstance(rule, str):
                self._names |= set(re.findall(r"""ALARM\(\s*["']?([^"')]+?)["']?\s*\)""", rule))
            self._urns |= {child.urn for child in graph.dependencies(each, "alarmRule", METRIC_ALARM)}

    def notifies(self, alarm: Resource) -> Answer:
        names = {text(alarm.inputs.get("name")), text(alarm.outputs.get("name")), text(alarm.outputs.get("arn"))}
        if alarm.urn in self._urns or (names - {""}) & self._names:
            return Answer.YES
        return _acts(alarm)


def _acts(alarm: Resource) -> Answer:
    """Whether somebody is told; an action still to come is an action."""
    enabled, actions = alarm.inputs.get("actionsEnabled"), alarm.inputs.get("alarmActions")
    if enabled is False:
        return Answer.NO
    if actions is UNKNOWN or enabled is UNKNOWN:
        return Answer.NOT_YET
    return Answer.YES if items(actions) else Answer.NO


def _cries(alarm: Resource, metrics: list[_Metric]) -> Answer:
    """Whether an hour without requests alarms on errors: API Gateway reports nothing then."""
    treated, operator = alarm.inputs.get("treatMissingData"), text(alarm.inputs.get("comparisonOperator"))
    if treated is UNKNOWN:
        return Answer.NOT_YET
    falling = operator.startswith("LessThan") and "Greater" not in operator
    return Answer.YES if treated == "breaching" and metrics and not falling else Answer.NO


def _metrics(alarm: Resource) -> Iterator[_Metric]:
    given = alarm.inputs
    namespace = _NAMESPACES.get(text(given.get("namespace")).lower())
    if namespace:
        statistic = given.get("statistic", given.get("extendedStatistic"))
        written = text(given.get("namespace"))
        yield _Metric(
            alarm,
            "dimensions",
            written,
            given.get("metricName"),
            _named(given.get("dimensions")),
            statistic,
            alone=True,
        )
    queries = items(given.get("metricQueries", given.get("metrics")))
    for query in queries:
        metric = read(query, "metric")
        metric = metric if is_object(metric) and "namespace" in metric else read(query, "metricStat", "metric")
        if is_object(metric) and text(read(metric, "namespace")).lower() in _NAMESPACES:
            yield _Metric(
                alarm,
                "metricQueries" if "metricQueries" in given else "metrics",
                text(read(metric, "namespace")),
                read(metric, "metricName"),
                _named(read(metric, "dimensions")),
                read(metric, "stat") if "stat" in metric else read(query, "metricStat", "stat"),
                alone=len(queries) == 1,
            )


def _named(dimensions: Any) -> Any:
    """Dimensions by name; aws-native lists them as names and values."""
    if is_list(dimensions):
        pairs = [each for each in dimensions if is_object(each)]
        return {text(each.get("name")): each.get("value") for each in pairs}
    return dimensions


def _is(metric: _Metric, names: frozenset[str]) -> bool:
    # Case counts: an alarm on `5xxError` is accepted, and never goes off.
    return metric.name is UNKNOWN or text(metric.name) in names


def _watches(metric: _Metric, signs: Signs, stage: str, *, edge: bool) -> Answer:
    """Whether an alarm's metric is one of the stage, or of all stages of its API."""
    if metric.namespace != _GATEWAY:
        return Answer.NO
    if metric.dimensions is UNKNOWN:
        return Answer.YES if edge else Answer.NOT_YET
    if not is_object(metric.dimensions) or frozenset(metric.dimensions) not in signs.dimensions:
        return Answer.NO
    right_stage = metric.dimensions.get("Stage")
    if isinstance(right_stage, str) and stage and right_stage != stage:
        return Answer.NO
    return Answer.NOT_YET if metric.dimensions[signs.dimension] is UNKNOWN and not edge else Answer.YES


def _flaw(metric: _Metric, api_ids: set[str], acls: _AclNames) -> tuple[Answer, str]:
    """Whether a metric can ever have the value that its alarm waits for, and why not."""
    right = _NAMESPACES[metric.namespace.lower()]
    if metric.namespace != right:
        return Answer.NO, f"the namespace is spelled {right}"
    if metric.name is UNKNOWN or metric.dimensions is UNKNOWN:
        return Answer.NOT_YET, ""
    name = text(metric.name)
    dimensions: Mapping[str, Any] = metric.dimensions if is_object(metric.dimensions) else {}
    words = (
        _waf_flaw(name, dimensions, acls)
        if right == _WAF
        else _gateway_flaw(name, dimensions, api_ids) or _statistic_flaw(metric, name)
    )
    words = words or _threshold_flaw(metric, name)
    if words:
        return Answer.NO, words
    compared = ("statistic", "threshold", "comparisonOperator") if metric.alone else ()
    unread = any(metric.alarm.inputs.get(each) is UNKNOWN for each in compared)
    return (Answer.NOT_YET if unread else Answer.YES), ""


def _gateway_flaw(name: str, dimensions: Mapping[str, Any], api_ids: set[str]) -> str:
    if name not in _REST | _HTTP | _SOCKET:
        meant = next((each for each in sorted(_REST | _HTTP | _SOCKET) if each.lower() == name.lower()), "")
        hint = f"; it is spelled {meant}" if meant else ""
        return f"API Gateway has no metric {name or 'without a name'}{hint}"
    by_name = [*_BY_NAME, _BY_NAME_IN_DETAIL] if name in _REST else []
    by_id = [*_BY_ID, *_BY_ID_IN_DETAIL] if name in _HTTP | _SOCKET else []
    if frozenset(dimensions) not in (*by_name, *by_id):
        right = " or ".join(
            each for each, kinds in (("ApiName (and Stage)", by_name), ("ApiId (and Stage)", by_id)) if kinds
        )
        given = ", ".join(sorted(dimensions)) or "no dimension"
        return f"{name} is reported under {right}, never under {given}"
    if text(dimensions.get("ApiName")) in api_ids:
        return "ApiName holds the API's id; metrics go by its name"
    return ""


def _statistic_flaw(metric: _Metric, name: str) -> str:
    statistic, given = text(metric.statistic), metric.alarm.inputs
    threshold, operator = given.get("threshold"), text(given.get("comparisonOperator"))
    if name in _RATES and statistic == "SampleCount":
        return f"the SampleCount of {name} counts requests, not errors"
    if not metric.alone or operator not in _ABOVE or not isinstance(threshold, int | float) or not statistic:
        return ""
    unreachable = threshold > 1 or (threshold == 1 and operator == "GreaterThanThreshold")
    if unreachable and name in _RATES and statistic != "Sum":
        return f"the {statistic} of {name} is a share between 0 and 1, and never above {threshold:g}"
    if unreachable and name == "Count" and statistic not in {"Sum", "SampleCount"}:
        return f"the {statistic} of Count is always 1; requests are counted by Sum"
    return ""


def _threshold_flaw(metric: _Metric, name: str) -> str:
    """Whether the threshold is out of reach, or passed by every value: an alarm that is always on tells nothing new."""
    given, statistic = metric.alarm.inputs, text(metric.statistic)
    threshold, operator, period = given.get("threshold"), text(given.get("comparisonOperator")), given.get("period")
    if not metric.alone or isinstance(threshold, bool) or not isinstance(threshold, int | float):
        return ""
    if operator in _BELOW and name in _RATES | _TIMES:
        return f"it goes off when {name} is low, which is when all is well"
    if operator == "LessThanThreshold" and threshold <= 0:
        return f"{name} is never below {threshold:g}"
    if operator not in _ABOVE:
        return ""
    if threshold < 0 or (threshold == 0 and operator == "GreaterThanOrEqualToThreshold"):
        return f"{name} is always above {threshold:g}: the alarm is on all the time"
    seconds = period if isinstance(period, int | float) else _LONGEST_PERIOD
    most = _LONGEST if name in _TIMES and statistic not in {"Sum", "SampleCount"} else _MOST * seconds
    return f"{name} never reaches {threshold:g}" if threshold > most else ""


def _waf_flaw(name: str, dimensions: Mapping[str, Any], acls: _AclNames) -> str:
    if name not in _BLOCKED or "WebACL" not in dimensions:
        return ""
    acl = text(dimensions["WebACL"])
    if acl in acls.names and acl not in acls.metrics:
        return "WebACL holds the ACL's name; metrics go by its visibility_config.metric_name"
    missing = [each for each in ("Region", "Rule") if each not in dimensions]
    if missing and acl in acls.metrics and not set(dimensions) - {"WebACL", "Rule", "Region"}:
        return f"{name} of a regional web ACL is reported under WebACL, Rule and Region; {missing[0]} is missing"
    return ""


def _insights(graph: Graph) -> Iterator[str]:
    """Metrics Insights queries on API Gateway's metrics."""
    for alarm in graph.of_type(METRIC_ALARM):
        for query in items(alarm.inputs.get("metricQueries", alarm.inputs.get("metrics"))):
            expression = text(read(query, "expression"))
            if _GATEWAY in expression and alarm.inputs.get("actionsEnabled") is not False:
                yield expression
