"""Reads the logging configurations of web ACLs: destination, logging filter and redacted fields."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from ...graph.children_by_parent import Children
from ...graph.graph import Graph, Resource
from ...graph.resource_types import BUCKET, DELIVERY_STREAM, LOG_GROUP, WEB_ACL, WEB_ACL_LOGGING
from ...graph.values import UNKNOWN, items, read, text
from ...model.fact import Fact, some
from ...model.waf import WafLog, WafRule
from ..logs.log_groups import destination
from .rules import lower_keys

_PREFIX: Final = "aws-waf-logs-"
_NO_LOG: Final = WafLog(
    written=Fact.NO,
    drops_blocked=Fact.NO,
    redacted=frozenset(),
    redaction_known=Fact.YES,
    destination_valid=Fact.YES,
    log_group=None,
)
_UNKNOWN_LOG: Final = WafLog(
    written=Fact.unknown("whether it writes a log is known only after deployment"),
    drops_blocked=Fact.UNKNOWN,
    redacted=frozenset(),
    redaction_known=Fact.UNKNOWN,
    destination_valid=Fact.UNKNOWN,
    log_group=None,
)
_ACTION: Final = ("actioncondition", "action")
_LABEL: Final = ("labelnamecondition", "labelname")
_MANAGED: Final = "awswaf:managed:"
_OF_ANY_REQUEST: Final = (
    "awswaf:managed:token:",
    "awswaf:managed:captcha:",
    "awswaf:managed:aws:bot-control:bot:verified",
)
"""Labels that managed rule groups give to requests which they do not block."""
_UNKNOWN_NAME: Final = Fact.unknown("the name of its log destination is known only after deployment")
_UNKNOWN_FILTER: Final = Fact.unknown("its logging filter is known only after deployment")


class WafLogs:
    """The logging configurations of a graph, by web ACL."""

    def __init__(self, graph: Graph) -> None:
        """Index the logging configurations."""
        self._graph = graph
        self._configurations = Children(graph, WEB_ACL_LOGGING, "resourceArn", WEB_ACL)

    def of(self, acl: Resource, rules: Sequence[WafRule]) -> WafLog:
        """The log of a web ACL with certain rules."""
        found = self._configurations.of(acl)
        if found:
            return self._read(found[-1], [each for each in rules if not each.blocks.is_no])
        return _UNKNOWN_LOG if self._configurations.of_unknown_parent else _NO_LOG

    def _read(self, logging: Resource, blocking: Sequence[WafRule]) -> WafLog:
        destinations = logging.inputs.get("logDestinationConfigs")
        target = next(iter(items(destinations)), UNKNOWN)
        fields = logging.inputs.get("redactedFields")
        return WafLog(
            written=Fact.of(destinations is UNKNOWN or bool(items(destinations))),
            drops_blocked=_drops_blocked(logging.inputs.get("loggingFilter"), blocking),
            redacted=frozenset(_redacted(lower_keys(items(fields)))) if fields is not UNKNOWN else frozenset(),
            redaction_known=_redaction_known(fields),
            destination_valid=self._destination_valid(logging, target),
            log_group=destination(self._graph, logging, "logDestinationConfigs", target),
        )

    def _destination_valid(self, logging: Resource, target: Any) -> Fact:
        """Whether the destination's name has the required prefix; if its ARN is unknown, its resource has the name."""
        if target is UNKNOWN:
            found = self._graph.dependencies(logging, "logDestinationConfigs", LOG_GROUP, BUCKET, DELIVERY_STREAM)
            if len(found) != 1:
                return _UNKNOWN_NAME
            name = next((found[0].inputs[each] for each in ("name", "bucket") if each in found[0].inputs), UNKNOWN)
            return _has_prefix(name) if isinstance(name, str) else _UNKNOWN_NAME
        arn = text(target).removesuffix(":*")
        name = arn.rpartition(":")[2].partition("/")[0 if "s3" in arn else 2]
        return _has_prefix(name or arn.rpartition(":")[2])


def _has_prefix(name: str) -> Fact:
    return Fact.of(name.startswith(_PREFIX), no=f"logs to a destination whose name does not begin with {_PREFIX}")


def _redacted(fields: Any) -> Iterator[str]:
    for each in items(fields):
        name = read(each, "singleheader", "name")
        if isinstance(name, str):
            yield f"header.{name.lower()}"
        if read(each, "querystring") not in (None, UNKNOWN):
            yield "querystring"


def _redaction_known(fields: Any) -> Fact:
    """Whether the redacted fields are known, including the names of headers."""
    listed = lower_keys(items(fields)) if fields is not UNKNOWN else [UNKNOWN]
    unknown = any(UNKNOWN in (each, read(each, "singleheader"), read(each, "singleheader", "name")) for each in listed)
    return Fact.unknown("its redacted fields are known only after deployment") if unknown else Fact.YES


def _drops_blocked(configuration: Any, blocking: Sequence[WafRule]) -> Fact:
    """Whether a logging filter drops requests that one of the rules blocks.

    The first filter that matches a request decides; if there is none, the default behavior does.
    """
    if configuration is None:
        return Fact.NO
    logging_filter = lower_keys(configuration)
    filters, default = read(logging_filter, "filters"), read(logging_filter, "defaultbehavior")
    listed = [] if filters is UNKNOWN else items(filters)
    conditions = [one for each in listed for one in items(read(each, "conditions"))]
    values = [read(each, *path) for each in conditions for path in (_ACTION, _LABEL)]
    if UNKNOWN in (logging_filter, filters, default, *listed, *conditions, *values):
        return _UNKNOWN_FILTER
    if any(read(each, "behavior") is UNKNOWN for each in listed):
        return _UNKNOWN_FILTER
    labels = dict.fromkeys(text(read(each, *_LABEL)) for each in conditions if read(each, *_LABEL) is not None)
    blocked = [None, *(each for each in labels if _is_of_blocked(each, blocking))]
    return some(*(Fact.of(_behavior(listed, default, label) == "DROP") for label in blocked))


def _behavior(filters: Sequence[Any], default: Any, label: str | None) -> Any:
    """What happens to the log record of a blocked request, which may have a label."""
    for each in filters:
        met = [
            read(one, *_LABEL) == label if read(one, *_ACTION) is None else read(one, *_ACTION) == "BLOCK"
            for one in items(read(each, "conditions"))
        ]
        if any(met) if read(each, "requirement") == "MEETS_ANY" else met and all(met):
            return read(each, "behavior")
    return default


def _is_of_blocked(label: str, rules: Sequence[WafRule]) -> bool:
    """Whether rules that block requests give them a label; one of a managed rule group is for what it blocks."""
    if label.startswith(_MANAGED):
        return not label.startswith(_OF_ANY_REQUEST) and any(each.managed_group for each in rules)
    return any(label == own or label.endswith(f":{own}") for each in rules for own in each.blocked_labels if own)
