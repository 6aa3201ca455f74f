"""Reads the logging configurations of web ACLs: destination, logging filter and redacted fields."""

from collections.abc import Iterator
from typing import Any, Final

from ...graph.children import Children
from ...graph.graph import Graph, Resource
from ...graph.resource_types import BUCKET, DELIVERY_STREAM, LOG_GROUP, WEB_ACL, WEB_ACL_LOGGING
from ...graph.values import UNKNOWN, items, read, text
from ...model.fact import Fact
from ...model.waf import WafLog
from ..logs.log_groups import destination
from .rules import lower_keys

_PREFIX: Final = "aws-waf-logs-"
_NO_LOG: Final = WafLog(
    written=Fact.NO,
    drops_blocked=Fact.NO,
    redacted_headers=frozenset(),
    redaction_known=Fact.YES,
    destination_valid=Fact.YES,
    log_group=None,
)
_UNKNOWN_LOG: Final = WafLog(
    written=Fact.unknown("whether it writes a log is known only after deployment"),
    drops_blocked=Fact.UNKNOWN,
    redacted_headers=frozenset(),
    redaction_known=Fact.UNKNOWN,
    destination_valid=Fact.UNKNOWN,
    log_group=None,
)
_UNKNOWN_NAME: Final = Fact.unknown("the name of its log destination is known only after deployment")
_UNKNOWN_FILTER: Final = Fact.unknown("its logging filter is known only after deployment")


class WafLogs:
    """The logging configurations of a graph, by web ACL."""

    def __init__(self, graph: Graph) -> None:
        """Index the logging configurations."""
        self._graph = graph
        self._configurations = Children(graph, WEB_ACL_LOGGING, "resourceArn", WEB_ACL)

    def of(self, acl: Resource) -> WafLog:
        """The log of a web ACL."""
        found = self._configurations.of(acl)
        if found:
            return self._read(found[-1])
        return _UNKNOWN_LOG if self._configurations.of_unknown_parent else _NO_LOG

    def _read(self, logging: Resource) -> WafLog:
        destinations = logging.inputs.get("logDestinationConfigs")
        target = next(iter(items(destinations)), UNKNOWN)
        fields = logging.inputs.get("redactedFields")
        return WafLog(
            written=Fact.of(destinations is UNKNOWN or bool(items(destinations))),
            drops_blocked=_drops_blocked(logging.inputs.get("loggingFilter")),
            redacted_headers=frozenset(_headers(lower_keys(items(fields)))) if fields is not UNKNOWN else frozenset(),
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


def _headers(fields: Any) -> Iterator[str]:
    for each in items(fields):
        name = read(each, "singleheader", "name")
        if isinstance(name, str):
            yield name.lower()


def _redaction_known(fields: Any) -> Fact:
    """Whether the redacted fields are known, including the names of headers."""
    listed = lower_keys(items(fields)) if fields is not UNKNOWN else [UNKNOWN]
    unknown = any(UNKNOWN in (each, read(each, "singleheader"), read(each, "singleheader", "name")) for each in listed)
    return Fact.unknown("its redacted fields are known only after deployment") if unknown else Fact.YES


def _drops_blocked(configuration: Any) -> Fact:
    """Whether a logging filter drops blocked requests.

    The first filter that matches BLOCK decides; if there is none, the default behavior does.
    """
    if configuration is None:
        return Fact.NO
    logging_filter = lower_keys(configuration)
    if logging_filter is UNKNOWN or read(logging_filter, "filters") is UNKNOWN:
        return _UNKNOWN_FILTER
    for each in items(read(logging_filter, "filters")):
        conditions = items(read(each, "conditions"))
        actions = [read(condition, "actioncondition", "action") for condition in conditions]
        behavior = read(each, "behavior")
        if UNKNOWN in (*conditions, *actions, behavior):
            return _UNKNOWN_FILTER
        if "BLOCK" in actions:
            if behavior == "DROP":
                return Fact.YES
            if len(actions) == 1 or read(each, "requirement") == "MEETS_ANY":
                return Fact.NO
    default = read(logging_filter, "defaultbehavior")
    return _UNKNOWN_FILTER if default is UNKNOWN else Fact.of(default == "DROP")
