"""The report as one self-contained page: the layers as a picture for whoever decides, the findings for whoever acts.

Everything that a program or a state file named is escaped by the template engine; nothing is loaded from elsewhere.
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

GATES: Final = ("tls", "waf", "network", "auth", "keys")
"""The layers in the order that a request meets them; observability watches them all."""
QUESTIONS: Final = {
    "tls": "Is it encrypted, and under our name?",
    "waf": "Is the request harmless?",
    "network": "Does it come from where it may?",
    "auth": "Who is calling?",
    "keys": "How much may they call?",
    "observability": "Would we know?",
    "api": "What does the API itself expose?",
}
WORDS: Final = {
    Status.PASS: "pass",
    Status.VIOLATION: "fail",
    Status.UNDECIDED: "undecided",
    Status.WAIVED: "waived",
    Status.NOT_APPLICABLE: "nothing to check",
}
SIGNS: Final = {"pass": "✓", "fail": "✕", "warning": "!", "undecided": "?", "waived": "/", "nothing to check": "·"}
"""A sign beside each word, so that no verdict is told by colour alone."""
STEP: Final = 156
"""Units of the picture from one gate to the next."""


@dataclass(frozen=True, kw_only=True)
class Room:
    """A layer of a gateway, as the page shows it."""

    name: str
    title: str
    question: str
    word: str
    sign: str
    x: int
    """Where its gate stands in the picture."""
    in_force: tuple[str, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, kw_only=True)
class Front:
    """A gateway, as the page shows it."""

    name: str
    facts: str
    verdict: str
    good: bool
    gates: tuple[Room, ...]
    observability: Room
    api: Room


def render(run: Run) -> str:
    """The page."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        finalize=_harmless,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    fronts = [_front(run, gateway) for gateway in run.report.gateways]
    return environment.get_template("page.html.j2").render(
        run=run,
        passed=run.exit_code is ExitCode.PASSED,
        headline=_headline(run, fronts),
        fronts=fronts,
        loose=run.findings(*WORDS, gateway=""),
        word=partial(_word, run),
        signs=SIGNS,
        titles={policy.id: policy.title for policy in POLICIES},
        count=count,
        step=STEP,
    )


def _harmless(value: object) -> object:
    return visible(value) if type(value) is str else value  # markup of our own is a kind of text, too


def _headline(run: Run, fronts: list[Front]) -> str:
    if not fronts:
        return "Could not evaluate" if run.unseen else "No gateway found"
    bad = [front for front in fronts if not front.good]
    if not bad:
        return f"{count(len(fronts), 'gateway keeps', 'gateways keep')} every promise"
    return f"{len(bad)} of {count(len(fronts), 'gateway', 'gateways')} left open"


def _front(run: Run, gateway: GatewaySummary) -> Front:
    violated = [each for each in run.findings(Status.VIOLATION, gateway=gateway.urn) if not run.is_warning(each)]
    facts = [f"{gateway.kind} API", count(gateway.routes, "route", "routes")]
    facts += [f"stages {', '.join(gateway.stages)}"] if gateway.stages else ["no stage"]
    facts += [f"domains {', '.join(gateway.domains)}"] if gateway.domains else []
    layers = sorted({each.layer for each in violated})
    return Front(
        name=gateway.name,
        facts=" · ".join(facts),
        verdict=f"{count(len(violated), 'hole', 'holes')} in {count(len(layers), 'layer', 'layers')}"
        if violated
        else "no violation",
        good=not violated,
        gates=tuple(_room(run, gateway, name, index) for index, name in enumerate(GATES)),
        observability=_room(run, gateway, "observability", 0),
        api=_room(run, gateway, "api", 0),
    )


def _room(run: Run, gateway: GatewaySummary, layer: str, index: int) -> Room:
    word = "warning" if run.only_warns(gateway, layer) else WORDS[run.status(gateway, layer)]
    return Room(
        name=layer,
        title=next(each.title for each in LAYERS if each.name == layer),
        question=QUESTIONS[layer],
        word=word,
        sign=SIGNS[word],
        x=140 + index * STEP,
        in_force=gateway.layers.get(layer, ()),
        findings=tuple(each for each in run.findings(*WORDS, gateway=gateway.urn) if each.layer == layer),
    )


def _word(run: Run, finding: Finding) -> str:
    return "warning" if run.is_warning(finding) else WORDS[finding.status]
