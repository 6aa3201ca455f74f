"""Reads what web ACLs log: whether, where to, what they leave out and what they hide."""

from collections.abc import Iterator
from typing import Any, Final

from ...graph.children import Children
from ...graph.graph import Graph, Resource
from ...graph.resource_types import BUCKET, DELIVERY_STREAM, LOG_GROUP, WEB_ACL, WEB_ACL_LOGGING
from ...graph.values import UNKNOWN, items, read, text
from ...model.fact import Fact, some
from ...model.waf import WafLog
from ..logs.log_groups import destination
from .rules import folded

_PREFIX: Final = "aws-waf-logs-"
_UNWRITTEN: Final = WafLog(
    written=Fact.NO,
    drops_blocks=Fact.NO,
    redacted=frozenset(),
    redaction_read=Fact.YES,
    well_named=Fact.YES,
    group=None,
)


class WafLogs:
    """The logging configurations of a graph, by the ACL that they belong to."""

    def __init__(self, graph: Graph) -> None:
        """Sort them once."""
        self._graph = graph
        self._configurations = Children(graph, WEB_ACL_LOGGING, "resourceArn", WEB_ACL)

    def of(self, acl: Resource) -> WafLog:
        """The log of an ACL."""
        found = self._configurations.of(acl)
        if found:
            return self._read(found[-1])
        if not self._configurations.of_unknown_parent:
            return _UNWRITTEN
        return WafLog(
            written=Fact.UNKNOWN,
            drops_blocks=Fact.UNKNOWN,
            redacted=frozenset(),
            redaction_read=Fact.UNKNOWN,
            well_named=Fact.UNKNOWN,
            group=None,
        )

    def _read(self, logging: Resource) -> WafLog:
        destinations = logging.inputs.get("logDestinationConfigs")
        target = next(iter(items(destinations)), UNKNOWN)
        fields = logging.inputs.get("redactedFields")
        return WafLog(
            written=Fact.YES if destinations is UNKNOWN or items(destinations) else Fact.NO,
            drops_blocks=drops_blocks(logging.inputs.get("loggingFilter")),
            redacted=frozenset(_headers(folded(items(fields)))) if fields is not UNKNOWN else frozenset(),
            redaction_read=_read_all(fields),
            well_named=self._well_named(logging, target),
            group=destination(self._graph, logging, "logDestinationConfigs", target),
        )

    def _well_named(self, logging: Resource, target: Any) -> Fact:
        """Whether the name begins as AWS asks; of a destination to come the name is known where it is declared."""
        if target is UNKNOWN:
            found = self._graph.dependencies(logging, "logDestinationConfigs", LOG_GROUP, BUCKET, DELIVERY_STREAM)
            if len(found) != 1:
                return Fact.UNKNOWN
            target = next((found[0].inputs[each] for each in ("name", "bucket") if each in found[0].inputs), UNKNOWN)
            if not isinstance(target, str):
                return Fact.UNKNOWN
            return Fact.YES if target.startswith(_PREFIX) else Fact.NO
        name = text(target).removesuffix(":*").rpartition(":")[2].partition("/")[0 if "s3" in text(target) else 2]
        name = name or text(target).removesuffix(":*").rpartition(":")[2]
        return Fact.YES if name.startswith(_PREFIX) else Fact.NO


def _headers(fields: Any) -> Iterator[str]:
    for each in items(fields):
        name = read(each, "singleheader", "name")
        if isinstance(name, str):
            yield name.lower()


def _read_all(fields: Any) -> Fact:
    """Whether the redacted fields are known, down to the names of headers."""
    listed = folded(items(fields)) if fields is not UNKNOWN else [UNKNOWN]
    unknown = any(UNKNOWN in (each, read(each, "singleheader"), read(each, "singleheader", "name")) for each in listed)
    return Fact.UNKNOWN if unknown else Fact.YES


def drops_blocks(configuration: Any) -> Fact:
    """Whether a filter leaves out blocked requests: its first filter that speaks of them decides, else its default."""
    if configuration is None:
        return Fact.NO
    logging_filter = folded(configuration)
    if logging_filter is UNKNOWN or read(logging_filter, "filters") is UNKNOWN:
        return Fact.UNKNOWN
    for each in items(read(logging_filter, "filters")):
        conditions = items(read(each, "conditions"))
        actions = [read(condition, "actioncondition", "action") for condition in conditions]
        behavior = read(each, "behavior")
        if UNKNOWN in (*conditions, *actions, behavior):
            return Fact.UNKNOWN
        if "BLOCK" in actions:
            if behavior == "DROP":
                return Fact.YES
            if len(actions) == 1 or read(each, "requirement") == "MEETS_ANY":
                return Fact.NO
    default = read(logging_filter, "defaultbehavior")
    return some(Fact.UNKNOWN if default is UNKNOWN else Fact.YES if default == "DROP" else Fact.NO)
