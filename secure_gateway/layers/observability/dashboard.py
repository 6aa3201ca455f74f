"""The dashboard of a REST stage: a row for each layer."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws import cloudwatch

from ...authorizer.log import NAMESPACE as AUTHORIZER_NAMESPACE
from .alarms import LOG_METRICS, LOG_NAMESPACE, NAMESPACE, WAF_NAMESPACE, Watched
from .queries import QUERIES

_WIDTH, _TITLE, _HEIGHT = 24, 1, 6
"""The width of a row, and the heights of its title and its widgets, in units of CloudWatch's grid."""


@dataclass(frozen=True, kw_only=True)
class Known:
    """What the dashboard shows, once deployment has made it known."""

    region: str
    stage: Mapping[str, str]
    log: Mapping[str, str] | None
    web_acl: Mapping[str, str] | None
    group: str
    """Name of the access log's group, or empty."""
    alarms: Sequence[str]
    authorizers: Sequence[str]
    """Names of the functions of built-in authorizers."""


def dashboard(
    name: str,
    api_id: pulumi.Input[str],
    execution_arn: pulumi.Input[str],
    watched: Watched,
    group_name: pulumi.Input[str],
    alarm_arns: Sequence[pulumi.Input[str]],
    *,
    authorizers: Sequence[pulumi.Input[str]] = (),
    opts: pulumi.ResourceOptions,
) -> cloudwatch.Dashboard:
    """Create the dashboard.

    Dashboards are global in an account, and creating one with a name that exists overwrites the other without warning.
    The API's id makes the name unique.
    """
    stack = pulumi.get_stack()
    body = pulumi.Output.all(
        region=pulumi.Output.from_input(execution_arn).apply(lambda arn: arn.split(":")[3]),
        stage=watched.stage,
        log=watched.log,
        web_acl=watched.web_acl,
        group=group_name,
        alarms=list(alarm_arns),
        authorizers=list(authorizers),
    ).apply(lambda known: json.dumps({"widgets": _widgets(Known(**known))}))
    return cloudwatch.Dashboard(
        name,
        dashboard_name=pulumi.Output.concat(re.sub(r"[^A-Za-z0-9_-]", "-", f"{name}-{stack}-"), api_id),
        dashboard_body=body,
        # Whoever has bookmarked it finds it there, whatever the stack or the gateway is called by now.
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(ignore_changes=["dashboardName"])),
    )


def _widgets(known: Known) -> list[dict[str, Any]]:
    """The widgets of all rows, with their coordinates in the grid."""
    widgets: list[dict[str, Any]] = []
    y = 0
    for title, row in _rows(known):
        if not row:
            continue
        text = {"type": "text", "x": 0, "y": y, "width": _WIDTH, "height": _TITLE}
        widgets.append({**text, "properties": {"markdown": f"## {title}"}})
        y += _TITLE
        width = _WIDTH // len(row)
        for column, widget in enumerate(row):
            widgets.append({**widget, "x": column * width, "y": y, "width": width, "height": _HEIGHT})
        y += _HEIGHT
    return widgets


def _rows(known: Known) -> list[tuple[str, list[dict[str, Any]]]]:
    refused = _counted(known, "auth-failures", "Denied with 401 or 403")
    throttled = _counted(known, "throttled", "Throttled with 429")
    return [
        ("Observability: is the API healthy", [*_state(known), *_health(known)]),
        ("Auth: who is denied", [*refused, *_table(known, "auth")]),
        *((f"Authorizer {name}: what it decides", _authorizer(known, name)) for name in known.authorizers),
        ("Keys: who calls too much", [*throttled, *_table(known, "keys")]),
        ("Network: who calls from other addresses", _table(known, "network")),
        ("WAF: what is blocked", [*_web_acl(known), *_table(known, "waf")]),
        ("TLS: how callers connect", _table(known, "tls")),
        ("Backend: what failed", [*_backend(known), *_table(known, "observability")]),
    ]


def _graph(known: Known, title: str, *lines: list[Any]) -> dict[str, Any]:
    properties = {"title": title, "metrics": list(lines), "region": known.region, "period": 300, "view": "timeSeries"}
    return {"type": "metric", "properties": properties}


def _line(namespace: str, metric: str, dimensions: Mapping[str, str], stat: str, label: str) -> list[Any]:
    pairs = [part for dimension in sorted(dimensions.items()) for part in dimension]
    return [namespace, metric, *pairs, {"stat": stat, "label": label}]


def _stage(known: Known, metric: str, stat: str, label: str) -> list[Any]:
    return _line(NAMESPACE, metric, known.stage, stat, label)


def _state(known: Known) -> list[dict[str, Any]]:
    properties = {"title": "Alarms", "alarms": list(known.alarms)}
    return [{"type": "alarm", "properties": properties}] if known.alarms else []


def _health(known: Known) -> list[dict[str, Any]]:
    return [
        _graph(known, "Requests", _stage(known, "Count", "Sum", "requests")),
        _graph(
            known,
            "Share of requests refused or failed",
            _stage(known, "5XXError", "Average", "5XX"),
            _stage(known, "4XXError", "Average", "4XX"),
        ),
    ]


def _counted(known: Known, what: str, title: str) -> list[dict[str, Any]]:
    if known.log is None:
        return []
    return [_graph(known, title, _line(LOG_NAMESPACE, LOG_METRICS[what][0], known.log, "Sum", "requests"))]


def _web_acl(known: Known) -> list[dict[str, Any]]:
    if known.web_acl is None:
        return []
    lines = [
        _line(WAF_NAMESPACE, f"{what}Requests", known.web_acl, "Sum", what.lower())
        for what in ("Blocked", "Counted", "Allowed")
    ]
    return [_graph(known, "Requests at the web ACL", *lines)]


def _authorizer(known: Known, name: str) -> list[dict[str, Any]]:
    """Decisions of a built-in authorizer, as its log line reports them."""

    def line(metric: str, stat: str, label: str) -> list[Any]:
        return _line(AUTHORIZER_NAMESPACE, metric, {"Authorizer": name}, stat, label)

    # The reasons are not known in advance, so the widget searches for them.
    found = f'{{{AUTHORIZER_NAMESPACE},Authorizer,Reason}} Authorizer="{name}" MetricName="Denied"'
    by_reason = {"expression": f"SEARCH('{found}', 'Sum', 300)", "id": "reasons", "label": "${PROP('Dim.Reason')}"}
    return [
        _graph(known, "Decisions", line("Allowed", "Sum", "allowed"), line("Denied", "Sum", "denied")),
        _graph(known, "Denied, by reason", [by_reason]),
        _graph(
            known,
            "Issuers and stores",
            line("Stale", "Sum", "decisions with stale values"),
            line("SourceFailures", "Sum", "decisions with failures"),
        ),
        _graph(known, "Time of a decision, ms", *(line("Latency", stat, stat) for stat in ("p50", "p99", "Maximum"))),
    ]


def _backend(known: Known) -> list[dict[str, Any]]:
    whole = [_stage(known, "Latency", stat, stat) for stat in ("p50", "p90", "p99")]
    backend = [_stage(known, "IntegrationLatency", stat, f"backend {stat}") for stat in ("p50", "p99")]
    return [_graph(known, "Latency, ms", *whole, *backend)]


def _table(known: Known, layer: str) -> list[dict[str, Any]]:
    if not known.group:
        return []
    title, query = QUERIES[layer]
    source = f"SOURCE '{known.group}' | {query}"
    return [{"type": "log", "properties": {"title": title, "query": source, "region": known.region, "view": "table"}}]
