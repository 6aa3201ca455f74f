"""What describes a resource in a response, where AWS's form differs from that of the state."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ..graph.values import is_list, is_object, read, text
from .row import Recorded


def method_settings(recorded: Recorded, held: Any) -> Any:
    """The settings of a method; AWS escapes slashes in its path."""
    path = text(recorded.get("methodPath"))
    found: Mapping[str, Any] = read(held, "methodSettings") or {}
    return {"settings": found.get(path) or found.get("/" + path.replace("/", "~1", path.count("/") - 1)) or {}}


def alarm(_recorded: Recorded, held: Any) -> Any:
    """The only alarm of a response, which lists metric alarms and composite alarms separately."""
    return next(iter([*(held.get("MetricAlarms") or ()), *(held.get("CompositeAlarms") or ())]), None)


def queries(value: Any) -> Any:
    """The metrics of an alarm, each as one object without nesting."""
    if not is_list(value):
        return value
    flat: list[dict[str, Any]] = []
    for each in value:
        inner: Mapping[str, Any] = each.get("MetricStat") or each.get("metric") or {}
        metric: Mapping[str, Any] = inner.get("Metric") or {}
        outer = {name: one for name, one in each.items() if name not in {"MetricStat", "metric"}}
        flat.append({**outer, **{name: one for name, one in inner.items() if name != "Metric"}, **metric})
    return flat


def permission(recorded: Recorded, held: Any) -> Any:
    """The statement of a function's policy that a permission is."""
    document = read(held, "Policy")
    if not isinstance(document, str):
        return None
    for each in json.loads(document).get("Statement") or ():
        if each.get("Sid") == recorded.get("statementId"):
            given: Mapping[str, Mapping[str, Any]] = each.get("Condition") or {}
            conditions = {key.lower(): one for operator in given.values() for key, one in operator.items()}
            principal = each.get("Principal")
            return {
                "action": each.get("Action"),
                "principal": next(iter(principal.values()), None) if is_object(principal) else principal,
                "sourceArn": conditions.get("aws:sourcearn"),
                "sourceAccount": conditions.get("aws:sourceaccount"),
                "principalOrgId": conditions.get("aws:principalorgid"),
            }
    return None


def principal(value: Any) -> Any:
    """An account is the same as the ARN of its root."""
    return text(value).removeprefix("arn:aws:iam::").removesuffix(":root") if isinstance(value, str) else value


def http_domain(_recorded: Recorded, held: Any) -> Any:
    """A domain of HTTP APIs with its one configuration."""
    configurations: Sequence[Mapping[str, Any]] = held.get("DomainNameConfigurations") or ()
    return {**held, **(configurations[0] if configurations else {})}


def endpoint_types(value: Any) -> Any:
    """The types of an endpoint configuration, without the VPC endpoints and what else AWS adds."""
    return value.get("types") if is_object(value) else value
