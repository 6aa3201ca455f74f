"""Reads the log groups that gateways and web ACLs write to."""

import math
from typing import Any, Final

from ...graph.graph import Graph, Resource
from ...graph.resource_types import LOG_GROUP
from ...graph.values import UNKNOWN, text
from ...model.fact import Fact
from ...model.observability import LogGroup

_DELIVERY: Final = "DELIVERY"
_DELIVERY_DAYS: Final = 2
"""How long a log group of this class keeps events, whatever its retention says.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch_Logs_Log_Classes.html
"""


def log_group(group: Resource) -> LogGroup:
    """A log group. Without a retention its events never expire."""
    days, key = group.inputs.get("retentionInDays"), group.inputs.get("kmsKeyId")
    if text(group.inputs.get("logGroupClass")).upper() == _DELIVERY:
        days = _DELIVERY_DAYS
    never_expires = days is None or days == 0
    return LogGroup(
        urn=group.urn,
        label=f"log group {text(group.inputs.get('name')) or group.name}",
        retention_days=None if days is UNKNOWN else math.inf if never_expires else _days(days),
        # An unknown key is a key, too.
        encrypted=Fact.of(key is UNKNOWN or bool(text(key)), no="has no KMS key"),
    )


def _days(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def destination(graph: Graph, resource: Resource, name: str, value: Any) -> LogGroup | None:
    """The log group that an input refers to, if it is among the evaluated resources."""
    found = graph.follow(resource, name, value, LOG_GROUP)
    return log_group(found) if isinstance(found, Resource) else None
