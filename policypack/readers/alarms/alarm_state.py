"""Reads whether an alarm can go off. CloudWatch accepts an alarm on a metric that is never reported, and never warns.

Names are case-sensitive. A REST API reports under `ApiName`, an HTTP or WebSocket API under `ApiId`
(https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html).
"""

import re
from collections.abc import Mapping
from typing import Any, Final, TypeGuard

from ...graph.graph import Graph, Resource
from ...graph.resource_types import APIS, REST_API, WEB_ACL, WEB_ACL_RULE, WEB_ACL_RULE_GROUP
from ...graph.values import (
    UNKNOWN,
    is_object,
    read,
    text,
)
from ...model.fact import Fact, every
from ..stage_index import StageIndex
from ..waf.rules import declared_rules
from .metrics import NAMESPACES, WAF, Metric

REST_METRICS: Final = frozenset(
    {"4XXError", "5XXError", "Count", "Latency", "IntegrationLatency", "CacheHitCount", "CacheMissCount"}
)
HTTP_METRICS: Final = frozenset({"4xx", "5xx", "Count", "Latency", "IntegrationLatency", "DataProcessed"})
WEBSOCKET_METRICS: Final = frozenset(
    {"ConnectCount", "MessageCount", "IntegrationError", "ClientError", "ExecutionError", "IntegrationLatency"}
)
WAF_METRICS: Final = frozenset({"BlockedRequests", "CountedRequests", "CaptchaRequests", "ChallengeRequests"})
BY_NAME: Final = (frozenset({"ApiName"}), frozenset({"ApiName", "Stage"}))
BY_ID: Final = (frozenset({"ApiId"}), frozenset({"ApiId", "Stage"}))
ABOVE: Final = frozenset({"GreaterThanThreshold", "GreaterThanOrEqualToThreshold"})
BELOW: Final = frozenset({"LessThanThreshold", "LessThanOrEqualToThreshold"})
_DETAILED_BY_NAME: Final = frozenset({"ApiName", "Stage", "Resource", "Method"})
_DETAILED_BY_ID: Final = (frozenset({"ApiId", "Stage", "Route"}), frozenset({"ApiId", "Stage", "Resource", "Method"}))
RATES: Final = frozenset({"4XXError", "5XXError"})
"""Metrics of 0 or 1 for each request: their average is a share, their sum a number."""
LATENCIES: Final = frozenset({"Latency", "IntegrationLatency"})
ERRORS: Final = RATES | {"4xx", "5xx", "IntegrationError", "ClientError", "ExecutionError"}
MAX_LATENCY: Final = 900_000
"""Milliseconds that no request takes: API Gateway times out much earlier."""
_MAX_PERIOD: Final = 86_400
MAX_RATE: Final = 1_000_000
"""Requests per second that no API receives."""
COUNTS: Final = frozenset({"Sum", "SampleCount"})
_EVERY_RULE: Final = frozenset({"ALL", "Default_Action"})
_SEPARATE_RULES: Final = (
    WEB_ACL_RULE,
    WEB_ACL_RULE_GROUP,
)
_REGION: Final = 3
"""The index of the region in an ARN."""
_ACCOUNT: Final = 4
"""The index of the account in an ARN."""
NORMAL: Final = "which is the normal state"


class MetricNames:
    """The names under which the APIs, stages and web ACLs of a graph report their metrics."""

    def __init__(self, graph: Graph, stages: StageIndex) -> None:
        """Collect the names, once."""
        self._stages = stages
        self._apis: dict[str, list[Resource]] = {}
        apis = graph.of_type(*APIS)
        for each in apis:
            self._apis.setdefault(text(_api_name(each)) if each.type == REST_API else text(each.id), []).append(each)
        self._dimensions = {"ApiName" if each.type == REST_API else "ApiId" for each in apis}
        self.api_ids = {each.id for each in apis if isinstance(each.id, str)}
        acls = graph.of_type(WEB_ACL)
        named_acls = [each for each in acls if metric_name(each.inputs)]
        self.acl_names = {text(each.inputs.get("name")) for each in named_acls} - {""}
        self._acl_metrics = {metric_name(each.inputs) for each in acls}
        regional = [each for each in named_acls if text(each.inputs.get("scope")).upper() == "REGIONAL"]
        self.regional_acls = {metric_name(each.inputs): each for each in regional}
        self._separate_rules = bool(graph.of_type(*_SEPARATE_RULES))

    def contain(self, dimension: str, name: str) -> bool:
        """Whether an API, or a web ACL, of the graph has a name."""
        return name in (self._acl_metrics if dimension == "WebACL" else self._apis)

    def api(self, dimensions: Any) -> Resource | None:
        """The API of a metric, if it is the only one of that name."""
        given: Mapping[str, Any] = dimensions if is_object(dimensions) else {}
        name = text(given.get("ApiName", given.get("ApiId")))
        found = self._apis.get(name, []) if name else []
        return found[0] if len(found) == 1 else None

    def evaluated(self, dimensions: Mapping[str, Any]) -> Fact:
        """Whether the API or web ACL of a metric is evaluated: UNKNOWN if others are, and this one is external."""
        acl = text(dimensions.get("WebACL"))
        external = f"web ACL {acl}" if acl and self._acl_metrics and acl not in self._acl_metrics else ""
        for key in () if acl else ("ApiName", "ApiId"):
            name = text(dimensions.get(key))
            if name and key in self._dimensions and name not in self._apis:
                external = f"API {name}"
        if not external:
            return Fact.YES
        return Fact.unknown(f"it watches {external}, which is not among the evaluated resources")

    def has_stage(self, dimensions: Mapping[str, Any]) -> Fact:
        """Whether the API of a metric has its stage; YES if the API or its stages are external."""
        stage, name = dimensions.get("Stage"), text(dimensions.get("ApiName", dimensions.get("ApiId")))
        apis = self._apis.get(name, [])
        names = self._stages.names.get(apis[0].urn, []) if len(apis) == 1 and name else []
        if not names or not isinstance(stage, str) or stage in names:
            return Fact.YES
        if any(not isinstance(each, str) for each in names):
            return Fact.unknown(f"whether API {name} has a stage {stage} is known only after deployment")
        return Fact.no(f"API {name} has no stage {stage}")

    def reports_to(self, metric: Metric, dimensions: Mapping[str, Any]) -> Fact:
        """Whether the API of a metric is in the region and account that the alarm watches; YES if one is unknown."""
        api, alarm = self.api(dimensions), metric.alarm
        arn = text(api.outputs.get("executionArn")).split(":") if api is not None else []
        if len(arn) <= _ACCOUNT:
            return Fact.YES
        own = text(alarm.outputs.get("arn")).split(":")
        region = text(alarm.inputs.get("region")) or (own[_REGION] if len(own) > _REGION else "")
        if region and region != arn[_REGION]:
            return Fact.no(f"its API is in {arn[_REGION]} and reports nothing in {region}")
        account = text(metric.account)
        return Fact.of(account in ("", arn[_ACCOUNT]), no="its API is in another account than the metric")

    def has_rule(self, dimensions: Mapping[str, Any]) -> Fact:
        """Whether a regional web ACL reports under the rule and the region of a metric; YES if that is unknown."""
        acl = self.regional_acls.get(text(dimensions.get("WebACL")))
        if acl is None or set(dimensions) != {"WebACL", "Rule", "Region"}:
            return Fact.YES
        region, arn = text(dimensions["Region"]), text(acl.outputs.get("arn")).split(":")
        if region and len(arn) > _REGION and arn[_REGION] != region:
            return Fact.no(f"its web ACL is in {arn[_REGION]} and reports nothing in {region}")
        rule, written = text(dimensions["Rule"]), declared_rules(acl, "ruleJson")
        if not rule or rule in _EVERY_RULE or written is UNKNOWN or self._separate_rules:
            return Fact.YES
        names = [read(each, "visibilityconfig", "metricname") for each in written]
        return Fact.of(UNKNOWN in names or rule in names, no=f"its web ACL has no rule with the metric {rule}")


def _api_name(api: Resource) -> Any:
    return api.inputs.get("name", api.outputs.get("name"))


def metric_name(inputs: Mapping[str, Any]) -> str:
    """The name of a web ACL in its metrics."""
    return text(read(inputs.get("visibilityConfig"), "metricName"))


def can_breach(metric: Metric, names: MetricNames) -> Fact:
    """Whether a metric is reported and can have the values that its alarm waits for.

    The reason of NO is a clause, since an alarm may have several.
    """
    if UNKNOWN in (metric.namespace, metric.name, metric.dimensions):
        return Fact.unknown("its metric is known only after deployment")
    namespace, name = NAMESPACES[metric.namespace.lower()], text(metric.name)
    if metric.namespace != namespace:
        return Fact.no(f"the namespace is spelled {namespace}")
    dimensions: Mapping[str, Any] = metric.dimensions if is_object(metric.dimensions) else {}
    if namespace == WAF:
        reported = _waf_reports(name, dimensions, names)
    else:
        reported = every(_gateway_reports(name, dimensions, names.api_ids), _statistic_fits(metric, name))
    return every(
        reported,
        _unit_fits(metric, name),
        threshold_reachable(metric, name),
        names.has_stage(dimensions),
        names.reports_to(metric, dimensions),
        _comparison_known(metric),
        names.evaluated(dimensions),
    )


def _comparison_known(metric: Metric) -> Fact:
    compared = (metric.statistic, *(metric.alarm.inputs.get(each) for each in ("threshold", "comparisonOperator")))
    unknown = any(each is UNKNOWN for each in compared)
    return Fact.unknown("what it compares is known only after deployment") if unknown else Fact.YES


def seconds(metric: Metric) -> float:
    """The period of a metric in seconds; the longest one if it is unknown."""
    return metric.period if is_number(metric.period) else _MAX_PERIOD


def is_number(value: Any) -> TypeGuard[float]:
    """Whether a value is a number, and no boolean."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _gateway_reports(name: str, dimensions: Mapping[str, Any], api_ids: set[str]) -> Fact:
    """Whether API Gateway reports a metric under these dimensions."""
    known = REST_METRICS | HTTP_METRICS | WEBSOCKET_METRICS
    if name not in known:
        meant = next((each for each in sorted(known) if each.lower() == name.lower()), "")
        hint = f"; it is spelled {meant}" if meant else ""
        return Fact.no(f"API Gateway has no metric {name or 'without a name'}{hint}")
    by_name = [*BY_NAME, _DETAILED_BY_NAME] if name in REST_METRICS else []
    by_id = [*BY_ID, *_DETAILED_BY_ID] if name in HTTP_METRICS | WEBSOCKET_METRICS else []
    if frozenset(dimensions) not in (*by_name, *by_id):
        allowed = (("ApiName (and Stage)", by_name), ("ApiId (and Stage)", by_id))
        right = " or ".join(written for written, sets in allowed if sets)
        given = f"under {', '.join(sorted(map(str, dimensions)))}" if dimensions else "without a dimension"
        return Fact.no(f"{name} is reported under {right}, never {given}")
    return Fact.of(
        text(dimensions.get("ApiName")) not in api_ids,
        no="ApiName contains the API's id, and metrics are reported under its name",
    )


def _statistic_fits(metric: Metric, name: str) -> Fact:
    """Whether a statistic of a metric says something about the threshold."""
    statistic, given = text(metric.statistic), metric.alarm.inputs
    threshold, operator = given.get("threshold"), text(given.get("comparisonOperator"))
    if name in RATES and statistic == "SampleCount":
        return Fact.no(f"the SampleCount of {name} counts requests, not errors")
    numeric = isinstance(threshold, int | float)
    if not metric.compared_directly or operator not in ABOVE or not numeric or not statistic:
        return Fact.YES
    unreachable = threshold > 1 or (threshold == 1 and operator == "GreaterThanThreshold")
    if unreachable and name in RATES and statistic != "Sum":
        return Fact.no(f"the {statistic} of {name} is a share between 0 and 1, and never above {threshold:g}")
    if name in RATES and _is_of_the_lowest(statistic) and threshold >= 0:
        return Fact.no(f"the {statistic} of {name} stays 0 unless most requests fail; use Sum or Average")
    if unreachable and name == "Count" and statistic not in COUNTS:
        return Fact.no(f"the {statistic} of Count is always 1; Sum counts the requests")
    return Fact.YES


_LOW_PERCENTILE: Final = re.compile(r"p([0-4]?\d(?:\.\d+)?|50)", re.IGNORECASE)


def _is_of_the_lowest(statistic: str) -> bool:
    """Whether a statistic is the lowest value, or a percentile up to the median."""
    return statistic == "Minimum" or bool(_LOW_PERCENTILE.fullmatch(statistic))


def _unit_fits(metric: Metric, name: str) -> Fact:
    """Whether a metric has the unit that an alarm gives; with any other, CloudWatch finds no data."""
    right = "Milliseconds" if name in LATENCIES else "Bytes" if name == "DataProcessed" else "Count"
    unit = text(metric.unit)
    return Fact.of(unit in {"", "None", right}, no=f"{name} is never in {unit}; leave unit out")


def threshold_reachable(metric: Metric, name: str) -> Fact:
    """Whether a metric can be on both sides of the threshold, and is beyond it if there is a problem."""
    given, statistic = metric.alarm.inputs, text(metric.statistic)
    threshold, operator = given.get("threshold"), text(given.get("comparisonOperator"))
    if not metric.compared_directly or not is_number(threshold):
        return Fact.YES
    if operator in BELOW and name in ERRORS | LATENCIES:
        return Fact.no(f"it goes off when {name} is low, {NORMAL}")
    if operator == "LessThanThreshold" and threshold <= 0:
        return Fact.no(f"{name} is never below {threshold:g}")
    if operator not in ABOVE:
        return Fact.YES
    if threshold < 0 or (threshold == 0 and operator == "GreaterThanOrEqualToThreshold"):
        comparison = "above" if threshold < 0 else "at least"
        return Fact.no(f"{name} is always {comparison} {threshold:g}, so the alarm is always on")
    highest = MAX_LATENCY if name in LATENCIES and statistic not in COUNTS else MAX_RATE * seconds(metric)
    return Fact.no(f"{name} never reaches {threshold:g}") if threshold > highest else Fact.YES


def _waf_reports(name: str, dimensions: Mapping[str, Any], names: MetricNames) -> Fact:
    """Whether AWS WAF reports a metric under these dimensions; YES of what is not read."""
    if name not in WAF_METRICS or "WebACL" not in dimensions:
        return Fact.YES
    acl = text(dimensions["WebACL"])
    if acl in names.acl_names and not names.contain("WebACL", acl):
        return Fact.no("WebACL contains the ACL's name, and metrics are reported under visibility_config.metric_name")
    plain = not set(dimensions) - {"WebACL", "Rule", "Region"}  # other dimensions may replace Rule
    missing = [each for each in ("Region", "Rule") if each not in dimensions and (each == "Region" or plain)]
    if missing and acl in names.regional_acls:
        return Fact.no(
            f"{name} of a regional web ACL is reported under WebACL, Rule and Region; {missing[0]} is missing"
        )
    return names.has_rule(dimensions)
