"""Reads what web ACLs log: whether, where to, what they leave out and what they hide."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, Final

from ...graph.graph import Graph, Resource
from ...graph.values import UNKNOWN, items, read, text
from ...model.fact import Answer, some
from ...model.waf import WafLog
from ..logs.log_groups import LOG_GROUP, destination
from .rules import folded

LOGGING: Final = "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration"
_PREFIX: Final = "aws-waf-logs-"
_BUCKET: Final = "aws:s3/bucket:Bucket"
_STREAM: Final = "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream"
_UNWRITTEN: Final = WafLog(
    written=Answer.NO,
    drops_blocks=Answer.NO,
    redacted=frozenset(),
    redaction_read=Answer.YES,
    well_named=Answer.YES,
    group=None,
)


class WafLogs:
    """The logging configurations of a graph, by the ACL that they belong to."""

    def __init__(self, graph: Graph, acl_type: str) -> None:
        """Sort them once."""
        self._graph = graph
        self._by_acl: dict[str, list[Resource]] = defaultdict(list)
        self._loose = False
        for logging in graph.of_type(LOGGING):
            acl = graph.target(logging, "resourceArn", acl_type)
            if isinstance(acl, Resource):
                self._by_acl[acl.urn].append(logging)
            self._loose |= acl is UNKNOWN

    def of(self, acl: Resource) -> WafLog:
        """The log of an ACL."""
        found = self._by_acl.get(acl.urn)
        if found:
            return self._read(found[-1])
        if not self._loose:
            return _UNWRITTEN
        return WafLog(
            written=Answer.NOT_YET,
            drops_blocks=Answer.NOT_YET,
            redacted=frozenset(),
            redaction_read=Answer.NOT_YET,
            well_named=Answer.NOT_YET,
            group=None,
        )

    def _read(self, logging: Resource) -> WafLog:
        destinations = logging.inputs.get("logDestinationConfigs")
        target = next(iter(items(destinations)), UNKNOWN)
        fields = logging.inputs.get("redactedFields")
        return WafLog(
            written=Answer.YES if destinations is UNKNOWN or items(destinations) else Answer.NO,
            drops_blocks=drops_blocks(logging.inputs.get("loggingFilter")),
            redacted=frozenset(_headers(folded(items(fields)))) if fields is not UNKNOWN else frozenset(),
            redaction_read=_read_all(fields),
            well_named=self._well_named(logging, target),
            group=destination(self._graph, logging, "logDestinationConfigs", target),
        )

    def _well_named(self, logging: Resource, target: Any) -> Answer:
        """Whether the name begins as AWS asks; of a destination to come the name is known where it is declared."""
        if target is UNKNOWN:
            found = self._graph.dependencies(logging, "logDestinationConfigs", LOG_GROUP, _BUCKET, _STREAM)
            if len(found) != 1:
                return Answer.NOT_YET
            target = next((found[0].inputs[each] for each in ("name", "bucket") if each in found[0].inputs), UNKNOWN)
            if not isinstance(target, str):
                return Answer.NOT_YET
            return Answer.YES if target.startswith(_PREFIX) else Answer.NO
        name = text(target).removesuffix(":*").rpartition(":")[2].partition("/")[0 if "s3" in text(target) else 2]
        name = name or text(target).removesuffix(":*").rpartition(":")[2]
        return Answer.YES if name.startswith(_PREFIX) else Answer.NO


def _headers(fields: Any) -> Iterator[str]:
    for each in items(fields):
        name = read(each, "singleheader", "name")
        if isinstance(name, str):
            yield name.lower()


def _read_all(fields: Any) -> Answer:
    """Whether the redacted fields are known, down to the names of headers."""
    listed = folded(items(fields)) if fields is not UNKNOWN else [UNKNOWN]
    unknown = any(UNKNOWN in (each, read(each, "singleheader"), read(each, "singleheader", "name")) for each in listed)
    return Answer.NOT_YET if unknown else Answer.YES


def drops_blocks(configuration: Any) -> Answer:
    """Whether a filter leaves out blocked requests: its first filter that speaks of them decides, else its default."""
    if configuration is None:
        return Answer.NO
    logging_filter = folded(configuration)
    if logging_filter is UNKNOWN or read(logging_filter, "filters") is UNKNOWN:
        return Answer.NOT_YET
    for each in items(read(logging_filter, "filters")):
        conditions = items(read(each, "conditions"))
        actions = [read(condition, "actioncondition", "action") for condition in conditions]
        behavior = read(each, "behavior")
        if UNKNOWN in (*conditions, *actions, behavior):
            return Answer.NOT_YET
        if "BLOCK" in actions:
            if behavior == "DROP":
                return Answer.YES
            if len(actions) == 1 or read(each, "requirement") == "MEETS_ANY":
                return Answer.NO
    default = read(logging_filter, "defaultbehavior")
    return some(Answer.NOT_YET if default is UNKNOWN else Answer.YES if default == "DROP" else Answer.NO)
