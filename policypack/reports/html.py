"""The report as one self-contained HTML page: for each gateway a diagram of its layers, and the findings.

The template engine escapes all names from programs and state files. The page loads nothing from other addresses.
"""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ..findings import Finding, GatewaySummary, Status
from ..layers import LAYERS, POLICIES
from ..redaction.escaping import visible
from .run import ExitCode, Run, count

REQUEST_PATH: Final = ("tls", "waf", "network", "auth", "keys")
"""The layers in the order in which a request passes them; observability covers all of them."""
QUESTIONS: Final = {
    "tls": "Are connections encrypted, and only under your own domain names?",
    "waf": "Are malicious requests blocked?",
    "network": "Which networks may call?",
    "auth": "Who may call?",
    "keys": "How many requests may each client send?",
    "observability": "Are attacks and errors logged, and do they raise alarms?",
    "api": "Are requests, responses and deployments configured safely?",
}
LABELS: Final = {
    Status.PASS: "pass",
    Status.VIOLATION: "fail",
    Status.UNDECIDED: "undecided",
    Status.KNOWN: "known",
    Status.WAIVED: "waived",
    Status.NOT_APPLICABLE: "nothing to check",
}
SYMBOLS: Final = {
    "pass": "✓",
    "fail": "✕",
    "warning": "!",
    "undecided": "?",
    "known": "=",
    "waived": "/",
    "nothing to check": "·",
}
"""A symbol for each label, so that colour is not the only difference."""
STEP: Final = 156
"""Horizontal distance from one layer to the next in the diagram, in its units."""


@dataclass(frozen=True, kw_only=True)
class LayerView:
    """A layer of a gateway, or its group `api`, as the page shows it."""

    name: str
    title: str
    question: str
    label: str
    symbol: str
    x: int
    """Its left edge in the diagram."""
    in_force: tuple[str, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, kw_only=True)
class GatewayView:
    """A gateway, as the page shows it."""

    name: str
    facts: str
    summary: str
    passed: bool
    request_path: tuple[LayerView, ...]
    observability: LayerView
    api: LayerView


def render(run: Run) -> str:
    """The page as HTML."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        finalize=_visible,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    gateways = [_gateway(run, gateway) for gateway in run.report.gateways]
    return environment.get_template("page.html.j2").render(
        run=run,
        passed=run.exit_code is ExitCode.PASSED,
        headline=_headline(run, gateways),
        gateways=gateways,
        without_gateway=run.findings(*LABELS, gateway=""),
        label=partial(_label, run),
        symbols=SYMBOLS,
        titles={policy.id: policy.title for policy in POLICIES},
        count=count,
        step=STEP,
    )


def _visible(value: object) -> object:
    return visible(value) if type(value) is str else value  # markup of the template is a subclass of str


def _headline(run: Run, gateways: list[GatewayView]) -> str:
    if not gateways:
        return "Could not evaluate" if run.unseen else "No gateway found"
    failed = sum(not gateway.passed for gateway in gateways)
    total = count(len(gateways), "gateway", "gateways")
    if not failed:
        return f"{total} without violations"
    which = total if failed == len(gateways) else f"{failed} of {total}"
    return f"{which} {'has' if failed == 1 else 'have'} violations"


def _gateway(run: Run, gateway: GatewaySummary) -> GatewayView:
    violated = [each for each in run.findings(Status.VIOLATION, gateway=gateway.urn) if not run.is_warning(each)]
    facts = [f"{gateway.kind} API", count(gateway.routes, "route", "routes")]
    facts += [f"stages {', '.join(gateway.stages)}"] if gateway.stages else ["no stage"]
    facts += [f"domains {', '.join(gateway.domains)}"] if gateway.domains else []
    layers = [group for group in (*REQUEST_PATH, "observability", "api") if group in {each.layer for each in violated}]
    return GatewayView(
        name=run.name_of(gateway),
        facts=" · ".join(facts),
        summary=f"{count(len(violated), 'violation', 'violations')} in {', '.join(layers)}"
        if violated
        else "no violations",
        passed=not violated,
        request_path=tuple(_layer(run, gateway, name, index) for index, name in enumerate(REQUEST_PATH)),
        observability=_layer(run, gateway, "observability"),
        api=_layer(run, gateway, "api"),
    )


def _layer(run: Run, gateway: GatewaySummary, layer: str, index: int = 0) -> LayerView:
    label = "warning" if run.only_warns(gateway, layer) else LABELS[run.status(gateway, layer)]
    return LayerView(
        name=layer,
        title=next(each.title for each in LAYERS if each.name == layer),
        question=QUESTIONS[layer],
        label=label,
        symbol=SYMBOLS[label],
        x=140 + index * STEP,
        in_force=gateway.layers.get(layer, ()),
        findings=tuple(each for each in run.findings(*LABELS, gateway=gateway.urn) if each.layer == layer),
    )


def _label(run: Run, finding: Finding) -> str:
    return "warning" if run.is_warning(finding) else LABELS[finding.status]
