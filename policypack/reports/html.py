"""The report as one self-contained HTML page: for each gateway a diagram of its layers, and the findings.

The template engine escapes all names from programs and state files. The page loads nothing from other addresses.
"""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ..layers import LAYERS, POLICIES
from ..model.findings import Finding, GatewaySummary, Status
from ..redaction.escaping import visible
from ..sources.source import Source
from .run import ExitCode, Run, count

_AROUND: Final = ("observability", "api")
_WORST_LABEL: Final = ("fail", "undecided", "warning", "known", "waived", "pass", "nothing to check")
_SCRIPT: Final = """
const text = document.getElementById("filter-text"), failing = document.getElementById("filter-failing");
const filter = () => {
  const words = text.value.toLowerCase();
  for (const each of document.querySelectorAll("[data-stack]"))
    each.hidden = !each.textContent.toLowerCase().includes(words) || (failing.checked && each.dataset.stack === "pass");
};
text.addEventListener("input", filter);
failing.addEventListener("change", filter);
document.getElementById("filter").hidden = false;
"""
"""Filters the stacks of the page. Without scripts, the page shows all of them."""
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
class StackView:
    """A stack, as the page shows it."""

    name: str
    anchor: str
    passed: bool
    counts: Mapping[str, int]
    """How many failing violations of each severity, and how many other findings of each kind."""
    layers: tuple[tuple[str, str], ...]
    """For each layer and group, its name and the worst label of the stack's gateways."""
    gateways: tuple["GatewayView", ...]
    without_gateway: tuple[Finding, ...]


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

    def label_of(self, group: str) -> str:
        """The label of a layer, or of the group `api`."""
        return next(each.label for each in (*self.request_path, self.observability, self.api) if each.name == group)


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
    gateways = {gateway.urn: _gateway(run, gateway) for gateway in run.report.gateways}
    several = len(run.sources) > 1
    stacks = [_stack(run, source, index, gateways) for index, source in enumerate(run.sources_by_severity)]
    of_stacks = {id(each) for stack in stacks for each in stack.without_gateway} if several else set[int]()
    return environment.get_template("page.html.j2").render(
        run=run,
        passed=run.exit_code is ExitCode.PASSED,
        headline=_headline(run, list(gateways.values())),
        gateways=list(gateways.values()),
        stacks=stacks if several else [],
        counted=[kind for kind in (stacks[0].counts if stacks else ()) if any(each.counts[kind] for each in stacks)],
        layer_names=(*REQUEST_PATH, *_AROUND),
        script=_SCRIPT if several else "",
        script_hash=base64.b64encode(hashlib.sha256(_SCRIPT.encode()).digest()).decode(),
        without_gateway=[each for each in run.findings(*LABELS, gateway="") if id(each) not in of_stacks],
        label=partial(_label, run),
        symbols=SYMBOLS,
        titles={policy.id: policy.title for policy in POLICIES},
        count=count,
        step=STEP,
    )


def _stack(run: Run, source: Source, index: int, gateways: Mapping[str, GatewayView]) -> StackView:
    own = run.gateways_of(source)
    labels = [(group, [gateways[each.urn].label_of(group) for each in own]) for group in (*REQUEST_PATH, *_AROUND)]
    return StackView(
        name=f"{source.project}/{source.stack}",
        anchor=f"stack-{index}",
        passed=not any(map(run.fails, run.of_source(source))),
        counts=run.counts(source),
        layers=tuple((group, min(found, key=_WORST_LABEL.index)) for group, found in labels if found),
        gateways=tuple(gateways[each.urn] for each in own),
        without_gateway=tuple(each for each in run.findings(*LABELS, gateway="") if source.contains(each.urn)),
    )


def _visible(value: object) -> object:
    return visible(value) if type(value) is str else value  # markup of the template is a subclass of str


def _headline(run: Run, gateways: list[GatewayView]) -> str:
    if not gateways:
        partly = run.report.coverage.of_api_gateway or run.report.coverage.not_read
        return "Could not evaluate" if run.unseen else "No API found" if partly else "No gateway found"
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
