"""Tells whether an alarm can go off: CloudWatch takes one on a metric that nobody reports, and keeps silent for ever.

Names are case-sensitive; a REST API reports under `ApiName`, an HTTP or WebSocket API under `ApiId`
(https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html).
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeGuard

from ...graph.graph import Graph, Resource
from ...graph.resource_types import APIS, REST_API, WEB_ACL, WEB_ACL_RULE, WEB_ACL_RULE_GROUP
from ...graph.values import (
    UNKNOWN,
    is_object,
    items,
    read,
    text,
)
from ...model.fact import Fact
from ..stage_index import StageIndex
from ..waf.rules import written_rules
from .metric_math import Reach, reach
from .metrics import NAMESPACES, WAF, Metric

REST: Final = frozenset(
    {"4XXError", "5XXError", "Count", "Latency", "IntegrationLatency", "CacheHitCount", "CacheMissCount"}
)
HTTP: Final = frozenset({"4xx", "5xx", "Count", "Latency", "IntegrationLatency", "DataProcessed"})
SOCKET: Final = frozenset(
    {"ConnectCount", "MessageCount", "IntegrationError", "ClientError", "ExecutionError", "IntegrationLatency"}
)
BY_NAME: Final = (frozenset({"ApiName"}), frozenset({"ApiName", "Stage"}))
BY_ID: Final = (frozenset({"ApiId"}), frozenset({"ApiId", "Stage"}))
BLOCKED: Final = frozenset({"BlockedRequests", "CountedRequests", "CaptchaRequests", "ChallengeRequests"})
ABOVE: Final = frozenset({"GreaterThanThreshold", "GreaterThanOrEqualToThreshold"})
BELOW: Final = frozenset({"LessThanThreshold", "LessThanOrEqualToThreshold"})
_BY_NAME_IN_DETAIL: Final = frozenset({"ApiName", "Stage", "Resource", "Method"})
_BY_ID_IN_DETAIL: Final = (frozenset({"ApiId", "Stage", "Route"}), frozenset({"ApiId", "Stage", "Resource", "Method"}))
_RATES: Final = frozenset({"4XXError", "5XXError"})
"""Metrics of 0 or 1 for each request: their average is a share, their sum a number."""
_TIMES: Final = frozenset({"Latency", "IntegrationLatency"})
_ERRORS: Final = _RATES | {"4xx", "5xx", "IntegrationError", "ClientError", "ExecutionError"}
_LONGEST: Final = 900_000
"""Milliseconds that no request takes: API Gateway gives up long before."""
_LONGEST_PERIOD: Final = 86_400
_MOST: Final = 1_000_000
"""Requests per second that no API takes."""
_COUNTS: Final = frozenset({"Sum", "SampleCount"})
_EVERY_RULE: Final = frozenset({"ALL", "Default_Action"})
_SEPARATE_RULES: Final = (
    WEB_ACL_RULE,
    WEB_ACL_RULE_GROUP,
)


class Known:
    """What the APIs, stages and web ACLs of a graph are called by their metrics."""

    def __init__(self, graph: Graph, stages: StageIndex) -> None:
        """Collect the names, once."""
        self._stages = stages
        self._named: dict[str, list[Resource]] = {}
        apis = graph.of_type(*APIS)
        for each in apis:
            self._named.setdefault(text(_name(each)) if each.type == REST_API else text(each.id), []).append(each)
        self._dimensions = {"ApiName" if each.type == REST_API else "ApiId" for each in apis}
        self.api_ids = {each.id for each in apis if isinstance(each.id, str)}
        acls = graph.of_type(WEB_ACL)
        read_acls = [each for each in acls if metric_name(each.inputs)]
        self.acl_names = {text(each.inputs.get("name")) for each in read_acls} - {""}
        self._metrics = {metric_name(each.inputs) for each in acls}
        regional = [each for each in read_acls if text(each.inputs.get("scope")).upper() == "REGIONAL"]
        self.regional = {metric_name(each.inputs): each for each in regional}
        self._rules_apart = bool(graph.of_type(*_SEPARATE_RULES))

    def taken(self, dimension: str, name: str) -> bool:
        """Whether an API, or a web ACL, of the graph goes by a name."""
        return name in (self._metrics if dimension == "WebACL" else self._named)

    def strange(self, dimensions: Mapping[str, Any]) -> bool:
        """Whether an API or a web ACL is meant that is not among the evaluated resources, though others are."""
        acl = text(dimensions.get("WebACL"))
        if acl:
            return bool(self._metrics) and acl not in self._metrics
        given = [(each, text(dimensions.get(each))) for each in ("ApiName", "ApiId")]
        return any(name and key in self._dimensions and name not in self._named for key, name in given)

    def without_stage(self, dimensions: Mapping[str, Any]) -> tuple[Fact, str]:
        """Whether the API that is meant lacks the stage, and the words for it."""
        stage, name = dimensions.get("Stage"), text(dimensions.get("ApiName", dimensions.get("ApiId")))
        apis = self._named.get(name, [])
        names = self._stages.names.get(apis[0].urn, []) if len(apis) == 1 and name else []
        if not names or not isinstance(stage, str) or stage in names:
            return Fact.NO, ""
        unread = any(not isinstance(each, str) for each in names)
        return Fact.UNKNOWN if unread else Fact.YES, f"API {name} has no stage {stage}"

    def without_rule(self, dimensions: Mapping[str, Any]) -> str:
        """What of a web ACL's metric is never reported: a rule that it has not, or another region."""
        acl = self.regional.get(text(dimensions.get("WebACL")))
        if acl is None or set(dimensions) != {"WebACL", "Rule", "Region"}:
            return ""
        region, home = text(dimensions["Region"]), text(acl.outputs.get("arn")).split(":")
        if region and len(home) > _REGION and home[_REGION] != region:
            return f"its web ACL is in {home[_REGION]}, and reports nothing in {region}"
        rule, written = text(dimensions["Rule"]), written_rules(acl, "ruleJson")
        if not rule or rule in _EVERY_RULE or written is UNKNOWN or self._rules_apart:
            return ""
        names = [read(each, "visibilityconfig", "metricname") for each in written]
        return "" if UNKNOWN in names or rule in names else f"its web ACL has no rule with the metric {rule}"


_REGION: Final = 3
"""Of an ARN, the part that names the region."""


def _name(api: Resource) -> Any:
    return api.inputs.get("name", api.outputs.get("name"))


def metric_name(inputs: Mapping[str, Any]) -> str:
    """How the metrics of a web ACL call it."""
    return text(read(inputs.get("visibilityConfig"), "metricName"))


def flaw(metric: Metric, known: Known) -> tuple[Fact, str]:
    """Whether a metric can ever have the value that its alarm waits for, and why not."""
    if UNKNOWN in (metric.namespace, metric.name, metric.dimensions):
        return Fact.UNKNOWN, ""
    right, name = NAMESPACES[metric.namespace.lower()], text(metric.name)
    if metric.namespace != right:
        return Fact.NO, f"the namespace is spelled {right}"
    dimensions: Mapping[str, Any] = metric.dimensions if is_object(metric.dimensions) else {}
    if right == WAF:
        words = _waf_flaw(name, dimensions, known)
    else:
        words = _gateway_flaw(name, dimensions, known.api_ids) or _statistic_flaw(metric, name)
    words = words or _unit_flaw(metric, name) or threshold_flaw(metric, name)
    lacks, which = known.without_stage(dimensions)
    if words or lacks.is_yes:
        return Fact.NO, words or which
    compared = ("threshold", "comparisonOperator")
    unread = metric.statistic is UNKNOWN or any(metric.alarm.inputs.get(each) is UNKNOWN for each in compared)
    doubtful = unread or lacks.is_unknown or known.strange(dimensions)
    return (Fact.UNKNOWN if doubtful else Fact.YES), ""


def math_flaw(alarm: Resource, metrics: Sequence[Metric]) -> str:
    """Why what an alarm computes from metrics never passes its threshold, or passes it when all is well."""
    queries = list(items(alarm.inputs.get("metricQueries", alarm.inputs.get("metrics"))))
    told = [text(read(each, "expression")) for each in queries if read(each, "returnData") is not False]
    given, operator = alarm.inputs.get("threshold"), text(alarm.inputs.get("comparisonOperator"))
    if len(told) != 1 or not told[0] or not _is_number(given):
        return ""
    found = reach(told[0], {each.id: _reach_of(each) for each in metrics if each.id and each.statistic is not UNKNOWN})
    if found is None:
        return ""
    bad = _ERRORS | _TIMES
    rising, falling = found.rises - found.falls, found.falls - found.rises
    wrong = rising if operator in BELOW else falling if operator in ABOVE else found.rises & found.falls
    if wrong and wrong <= bad and operator in ABOVE | BELOW:
        return f"it goes off when {' and '.join(sorted(wrong))} {'is' if len(wrong) == 1 else 'are'} low, {_WELL}"
    if operator in ABOVE:
        never, always = found.high, found.low
    elif operator in BELOW:
        never, always = found.low, found.high
    else:
        return ""
    sign = 1 if operator in ABOVE else -1
    out_of_reach = sign * (given - never)
    if out_of_reach > 0 or (out_of_reach == 0 and "OrEqual" not in operator):
        return f"what it computes is never {'above' if sign > 0 else 'below'} {given:g}"
    passed = sign * (always - given)
    if passed > 0 or (passed == 0 and "OrEqual" in operator):
        return f"what it computes is always {'above' if sign > 0 else 'below'} {given:g}: it is on all the time"
    return ""


_WELL: Final = "which is when all is well"


def _reach_of(metric: Metric) -> Reach:
    """What values a metric has, by its statistic."""
    name, statistic = text(metric.name), text(metric.statistic)
    seconds = metric.period if _is_number(metric.period) else _LONGEST_PERIOD
    counted = statistic in _COUNTS
    high = _MOST * seconds
    if not counted and name in _RATES:
        high = 1
    elif not counted and name in _TIMES:
        high = _LONGEST
    rises = frozenset({name})
    return Reach(0, high, rises, part=float(statistic == "Sum" and name in _ERRORS), whole=counted and name == "Count")


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _gateway_flaw(name: str, dimensions: Mapping[str, Any], api_ids: set[str]) -> str:
    if name not in REST | HTTP | SOCKET:
        meant = next((each for each in sorted(REST | HTTP | SOCKET) if each.lower() == name.lower()), "")
        hint = f"; it is spelled {meant}" if meant else ""
        return f"API Gateway has no metric {name or 'without a name'}{hint}"
    by_name = [*BY_NAME, _BY_NAME_IN_DETAIL] if name in REST else []
    by_id = [*BY_ID, *_BY_ID_IN_DETAIL] if name in HTTP | SOCKET else []
    if frozenset(dimensions) not in (*by_name, *by_id):
        right = " or ".join(
            each for each, kinds in (("ApiName (and Stage)", by_name), ("ApiId (and Stage)", by_id)) if kinds
        )
        given = ", ".join(sorted(dimensions)) or "no dimension"
        return f"{name} is reported under {right}, never under {given}"
    if text(dimensions.get("ApiName")) in api_ids:
        return "ApiName holds the API's id; metrics go by its name"
    return ""


def _statistic_flaw(metric: Metric, name: str) -> str:
    statistic, given = text(metric.statistic), metric.alarm.inputs
    threshold, operator = given.get("threshold"), text(given.get("comparisonOperator"))
    if name in _RATES and statistic == "SampleCount":
        return f"the SampleCount of {name} counts requests, not errors"
    if not metric.alone or operator not in ABOVE or not isinstance(threshold, int | float) or not statistic:
        return ""
    unreachable = threshold > 1 or (threshold == 1 and operator == "GreaterThanThreshold")
    if unreachable and name in _RATES and statistic != "Sum":
        return f"the {statistic} of {name} is a share between 0 and 1, and never above {threshold:g}"
    if unreachable and name == "Count" and statistic not in _COUNTS:
        return f"the {statistic} of Count is always 1; requests are counted by Sum"
    return ""


def _unit_flaw(metric: Metric, name: str) -> str:
    """Whether a unit is asked for that the metric never has; nothing is ever found then."""
    right = "Milliseconds" if name in _TIMES else "Bytes" if name == "DataProcessed" else "Count"
    unit = text(metric.unit)
    return f"{name} is never in {unit}; leave unit out" if unit not in {"", "None", right} else ""


def threshold_flaw(metric: Metric, name: str) -> str:
    """Whether the threshold is out of reach, or passed by every value: an alarm that is always on tells nothing new."""
    given, statistic = metric.alarm.inputs, text(metric.statistic)
    threshold, operator = given.get("threshold"), text(given.get("comparisonOperator"))
    if not metric.alone or not _is_number(threshold):
        return ""
    if operator in BELOW and name in _ERRORS | _TIMES:
        return f"it goes off when {name} is low, {_WELL}"
    if operator == "LessThanThreshold" and threshold <= 0:
        return f"{name} is never below {threshold:g}"
    if operator not in ABOVE:
        return ""
    if threshold < 0 or (threshold == 0 and operator == "GreaterThanOrEqualToThreshold"):
        return f"{name} is always above {threshold:g}: the alarm is on all the time"
    seconds = metric.period if _is_number(metric.period) else _LONGEST_PERIOD
    most = _LONGEST if name in _TIMES and statistic not in _COUNTS else _MOST * seconds
    return f"{name} never reaches {threshold:g}" if threshold > most else ""


def _waf_flaw(name: str, dimensions: Mapping[str, Any], known: Known) -> str:
    if name not in BLOCKED or "WebACL" not in dimensions:
        return ""
    acl = text(dimensions["WebACL"])
    if acl in known.acl_names and not known.taken("WebACL", acl):
        return "WebACL holds the ACL's name; metrics go by its visibility_config.metric_name"
    plain = not set(dimensions) - {"WebACL", "Rule", "Region"}  # others may stand in a rule's place
    missing = [each for each in ("Region", "Rule") if each not in dimensions and (each == "Region" or plain)]
    if missing and acl in known.regional:
        return f"{name} of a regional web ACL is reported under WebACL, Rule and Region; {missing[0]} is missing"
    return known.without_rule(dimensions)
