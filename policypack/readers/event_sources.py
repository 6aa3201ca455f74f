"""Reads who may send the events that invoke a function, or an API, behind a gateway.

A topic, queue, stream, event bus or bucket that everyone may write to invokes its target for everyone, without the
gateway.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, Final

from ..graph.graph import Graph, Resource
from ..graph.policy_statements import EVERYONE, Statement, names_everyone, statements
from ..graph.resource_types import (
    APIS,
    BUCKET,
    BUCKET_ACLS,
    BUCKET_NOTIFICATION,
    BUCKET_POLICY,
    BUCKET_PUBLIC_ACCESS_BLOCK,
    BUCKETS,
    DATA_STREAM,
    DATA_STREAM_POLICY,
    DOMAINS,
    EVENT_API_DESTINATION,
    EVENT_BUS,
    EVENT_BUS_POLICY,
    EVENT_PERMISSION,
    EVENT_RULE,
    EVENT_SOURCE_MAPPING,
    EVENT_TARGET,
    PIPE,
    QUEUE,
    QUEUE_POLICY,
    STAGES,
    TOPIC,
    TOPIC_POLICY,
    TOPIC_SUBSCRIPTION,
)
from ..graph.values import UNKNOWN, is_object, items, text
from ..model.fact import Fact, every, some
from ..model.network import EventSource
from .function_access import FunctionAccess

_SENDS: Final = {
    TOPIC: "sns:Publish",
    QUEUE: "sqs:SendMessage",
    DATA_STREAM: "kinesis:PutRecord",
    EVENT_BUS: "events:PutEvents",
    **dict.fromkeys(BUCKETS, "s3:PutObject"),
}
"""What puts an event into a source of a type."""
_LEADS: Final = (*_SENDS, EVENT_API_DESTINATION)
"""What an event may pass on its way to a function or API."""
_API_HOST: Final = re.compile(r"https?://(?:([\w-]+)\.execute-api\.)?([\w.-]+)", re.IGNORECASE)
_POLICIES: Final = {
    TOPIC_POLICY: ("arn", TOPIC),
    QUEUE_POLICY: ("queueUrl", QUEUE),
    DATA_STREAM_POLICY: ("resourceArn", DATA_STREAM),
    EVENT_BUS_POLICY: ("eventBusName", EVENT_BUS),
    BUCKET_POLICY: ("bucket", *BUCKETS),
}
"""The input by which a policy names what it belongs to."""
_NARROWS: Final = frozenset(
    {
        *("aws:sourcearn", "aws:sourceaccount", "aws:sourceowner", "aws:sourceorgid", "aws:sourceorgpaths"),
        *("aws:principalorgid", "aws:principalaccount", "aws:principalarn", "aws:principalorgpaths"),
        *("aws:sourceip", "aws:sourcevpc", "aws:sourcevpce"),
    }
)
_INSIDE: Final = {TOPIC: "subscription", EVENT_RULE: "targets", BUCKET: "notificationConfiguration"}
"""The inputs of CloudFormation that say what a source leads to, where pulumi-aws has a resource of its own."""
_NEGATIVE: Final = ("not", "null", "ifexists")
_PUBLIC_ACLS: Final = frozenset({"public-read-write"})
_INVOKES: Final = "invokes a function or API that is behind a gateway, and everyone may send it events"
_UNKNOWN: Final = Fact.unknown(
    "who may send it events, which invoke a function or API behind a gateway, is not known here"
)
_MOST_HOPS: Final = 4
_Names = tuple[str, ...]


class EventSources:
    """What sends events of others to what is behind a gateway: topics, queues, streams, event buses and buckets."""

    def __init__(self, graph: Graph, functions: FunctionAccess) -> None:
        """Remember where to look; most graphs contain nothing that leads to a function."""
        self._graph = graph
        self._functions = functions
        self._policies: dict[str, list[Any]] = defaultdict(list)
        self._leads: dict[str, set[str]] = defaultdict(set)
        """By the URN of a source, the URNs of the sources that it feeds; empty for what is behind a gateway."""

    def all(self) -> tuple[EventSource, ...]:
        """All of them."""
        self._read_edges()
        if not self._leads:
            return ()
        self._read_policies()
        found = {urn for urn in self._leads if self._invokes(urn, _MOST_HOPS)}
        sources = [each for each in map(self._graph.by_urn, sorted(found)) if each is not None and each.type in _SENDS]
        return tuple(self._source(each) for each in sources)

    def _invokes(self, urn: str, hops: int) -> bool:
        led = self._leads.get(urn, ())
        return "" in led or (hops > 0 and any(self._invokes(each, hops - 1) for each in led))

    def _source(self, source: Resource) -> EventSource:
        kind = source.type.rpartition(":")[2]
        name = text(source.inputs.get("name", source.inputs.get("bucket"))) or source.name
        return EventSource(urn=source.urn, label=f"{kind} {name}", not_public=self._not_public(source))

    def _read_edges(self) -> None:
        for each in self._graph.of_type(TOPIC_SUBSCRIPTION):
            self._edge(each, "topic", (TOPIC,), ("endpoint",))
        for each in self._graph.of_type(EVENT_SOURCE_MAPPING):
            self._edge(each, "eventSourceArn", (QUEUE, DATA_STREAM), ("functionName",))
        for each in self._graph.of_type(PIPE):
            self._edge(each, "source", (QUEUE, DATA_STREAM), ("target", "enrichment"))
        for each in self._graph.of_type(EVENT_API_DESTINATION):
            if self._calls_api(each):
                self._leads[each.urn].add("")
        for each in self._graph.of_type(EVENT_TARGET):
            self._edge(each, "eventBusName", (EVENT_BUS,), ("arn",), default=self._bus_of_rule(each))
        for each in self._graph.of_type(BUCKET_NOTIFICATION):
            self._edge(each, "bucket", BUCKETS, ("lambdaFunctions", "queues", "topics"))

        for type_, name in _INSIDE.items():
            for each in (one for one in self._graph.of_type(type_) if one.native):
                source = self._bus_of_rule_itself(each) if type_ == EVENT_RULE else each
                if source is not None and each.inputs.get(name) is not None:
                    self._lead(source, each, name)

    def _lead(self, source: Resource, resource: Resource, name: str) -> None:
        led = set(self._led_to(resource, name))
        if led:
            self._leads[source.urn] |= led

    def _bus_of_rule_itself(self, rule: Resource) -> Resource | None:
        bus = self._graph.target(rule, "eventBusName", EVENT_BUS)
        return bus if isinstance(bus, Resource) else None

    def _bus_of_rule(self, target: Resource) -> Resource | None:
        rule = self._graph.target(target, "rule", EVENT_RULE)
        return self._bus_of_rule_itself(rule) if isinstance(rule, Resource) else None

    def _edge(
        self, resource: Resource, name: str, types: _Names, targets: _Names, *, default: Resource | None = None
    ) -> None:
        source = self._graph.target(resource, name, *types)
        source = source if isinstance(source, Resource) else default
        if source is None:
            return
        for each in targets:
            self._lead(source, resource, each)

    def _led_to(self, resource: Resource, name: str) -> Iterator[str]:
        value = resource.inputs.get(name)
        if value is None:
            return
        named = isinstance(value, str) and self._functions.names_function_behind_gateway(resource, name)
        if named or self._functions.calls_function_behind_gateway(resource, name):
            yield ""
        for written in _strings(value):
            parts = written.split(":")
            api = parts[-1].partition("/")[0] if ":execute-api:" in written else ""
            if api and self._graph.named(api, *APIS):
                yield ""
            yield from (each.urn for each in self._graph.named(written, *_LEADS))
        yield from (each.urn for each in self._graph.dependencies(resource, name, *_LEADS))
        if value is UNKNOWN and self._graph.dependencies(resource, name, *APIS, *STAGES):
            yield ""

    def _calls_api(self, destination: Resource) -> bool:
        """Whether an API destination calls an evaluated API, at its own endpoint or at a domain."""
        name = "invocationEndpoint"
        host = _API_HOST.match(text(destination.inputs.get(name)))
        if host is None:
            return bool(self._graph.dependencies(destination, name, *APIS, *STAGES, *DOMAINS))
        domains = {text(each.inputs.get("domainName")).lower() for each in self._graph.of_type(*DOMAINS)}
        return bool(host[1] and self._graph.named(host[1], *APIS)) or host[2].lower() in domains

    def _read_policies(self) -> None:
        for type_, (name, *types) in _POLICIES.items():
            for policy in self._graph.of_type(type_):
                owners = [self._graph.follow(policy, name, each, *types) for each in items(policy.inputs.get(name))]
                for owner in owners:
                    if isinstance(owner, Resource):
                        self._policies[owner.urn].append(policy.inputs.get("policy"))

    def _not_public(self, source: Resource) -> Fact:
        own = source.inputs.get("policy")
        # A policy of its own replaces the one among the inputs.
        documents = self._policies.get(source.urn) or ([] if own is None else [own])
        named = every(*(_closed(each, _SENDS[source.type]) for each in documents))
        if source.type in BUCKETS:
            return some(self._blocks_public(source), every(named, self._acl(source)))
        if source.type == EVENT_BUS:
            return every(named, *(_permitted(each) for each in self._permissions(source)))
        return named

    def _permissions(self, bus: Resource) -> Iterator[Resource]:
        for each in self._graph.of_type(EVENT_PERMISSION):
            if self._graph.target(each, "eventBusName", EVENT_BUS) is bus:
                yield each

    def _blocks_public(self, bucket: Resource) -> Fact:
        blocks = [
            each
            for each in self._graph.of_type(BUCKET_PUBLIC_ACCESS_BLOCK)
            if self._graph.target(each, "bucket", *BUCKETS) is bucket
        ]
        facts = [
            Fact.of(None if UNKNOWN is value else value is True)
            for each in blocks
            for value in (each.inputs.get("restrictPublicBuckets"),)
        ]
        return some(*facts)

    def _acl(self, bucket: Resource) -> Fact:
        acls = [
            each for each in self._graph.of_type(*BUCKET_ACLS) if self._graph.target(each, "bucket", *BUCKETS) is bucket
        ]
        given = [each.inputs.get("acl") for each in (bucket, *acls)]
        return every(
            *(Fact.of(None if each is UNKNOWN else text(each) not in _PUBLIC_ACLS, no=_INVOKES) for each in given)
        )


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for each in items(value) if not isinstance(value, str) else ():
        yield from (one for one in (each.values() if is_object(each) else (each,)) if isinstance(one, str))


def _permitted(permission: Resource) -> Fact:
    """Whether a permission of an event bus is for an account or an organization."""
    principal, condition = permission.inputs.get("principal"), permission.inputs.get("condition")
    if principal is UNKNOWN or condition is UNKNOWN:
        return _UNKNOWN
    return Fact.of(principal != EVERYONE or condition is not None, no=_INVOKES)


def _closed(policy: Any, action: str) -> Fact:
    """Whether a policy lets only named senders use an action."""
    found = statements(policy)
    if not isinstance(found, list):
        return _UNKNOWN
    denies = any(not each.allows and each.covers(action) is not False for each in found)
    opened = [_open_to(each, action) for each in found if each.allows]
    if denies and any(opened):
        return _UNKNOWN
    return Fact.no(_INVOKES) if True in opened else Fact.of(None if None in opened else True, unknown=_UNKNOWN.reason)


def _open_to(statement: Statement, action: str) -> bool | None:
    """Whether a statement lets everyone use an action; None if that is unknown."""
    covers = statement.covers(action)
    if covers is False:
        return False
    if statement.principal is UNKNOWN or covers is None or not statement.conditions_known:
        return None
    everyone = statement.principal == EVERYONE
    if not everyone and not statement.is_service:
        return False
    if _narrowed(statement.conditions):
        return False
    if statement.conditions:
        return None
    # A service sends on behalf of every account, unless the policy says of which.
    return True


def _narrowed(conditions: Mapping[str, tuple[str, tuple[Any, ...]]]) -> bool:
    return any(
        not any(each in operator for each in _NEGATIVE) and values and not any(names_everyone(each) for each in values)
        for key, (operator, values) in conditions.items()
        if key in _NARROWS
    )
