"""The report as text: readable without colour, in 80 columns, the same for the same run."""

import io
from collections.abc import Iterable
from itertools import groupby
from typing import Final

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ..findings import Finding, GatewaySummary, Status
from .run import LAYERS, ExitCode, Run, count

WIDTH: Final = 80
WARNING: Final = ("warn", "yellow")
WORDS: Final = {
    Status.PASS: ("pass", "green"),
    Status.VIOLATION: ("FAIL", "bold red"),
    Status.UNDECIDED: ("undecided", "cyan"),
    Status.WAIVED: ("waived", "magenta"),
    Status.NOT_APPLICABLE: ("n/a", "dim"),
}
"""A word for each status, and its colour where there is colour."""
INDENT: Final = 2


def render(run: Run, *, colour: bool = False, width: int = WIDTH) -> str:
    """Gateway by gateway, layer by layer: the verdict and what is in force; then the findings; then the sum."""
    text = io.StringIO()
    system = "standard" if colour else None
    console = Console(file=text, width=width, force_terminal=colour, color_system=system, highlight=False, emoji=False)
    _print_targets(console, run)
    for gateway in run.report.gateways:
        _print_gateway(console, run, gateway)
    loose = run.findings(*WORDS, gateway="")
    if loose:
        console.print("Not part of a gateway")
        _print_findings(console, run, loose)
    for target, reason in run.failures:
        console.print(Text(f"{target} could not be read, so nothing in it was judged: {reason}"))
        console.print()
    if len(run.sources) > 1:
        _print_fleet(console, run)
    if not run.report.gateways:
        _print_absence(console, run)
    elif run.unseen:
        console.print(Text(f"Not seen into: {_listed(each.urn for each in run.unseen)}"), soft_wrap=True)
        console.print()
    style = "bold" if run.exit_code is ExitCode.PASSED else "bold red"
    console.print(Text(run.verdict, style=style), soft_wrap=True)
    return "".join(f"{line.rstrip()}\n" for line in text.getvalue().splitlines())


def _print_targets(console: Console, run: Run) -> None:
    for source in run.sources:
        size = count(len(source.resources), "resource", "resources")
        read = f"{source.target}: stack {source.stack} of {source.project}, {size}, engine: {source.engine.value}"
        console.print(Text(read))
        for note in source.notes:
            _print_at(console, INDENT, Text(f"note: {note}", style="dim"))
    console.print()


def _print_gateway(console: Console, run: Run, gateway: GatewaySummary) -> None:
    facts = [f"{gateway.kind} API", count(gateway.routes, "route", "routes")]
    facts += [f"stages: {_listed(gateway.stages)}"] if gateway.stages else ["no stage"]
    facts += [f"domains: {_listed(gateway.domains)}"] if gateway.domains else []
    console.print(Text.assemble((gateway.name, "bold"), "  ", ", ".join(facts)))
    table = Table.grid(padding=(0, 2, 0, 0))
    for layer in LAYERS:
        word, style = WARNING if run.only_warns(gateway, layer) else WORDS[run.status(gateway, layer)]
        table.add_row(Text(layer), Text(word, style=style), Text("\n".join(gateway.layers.get(layer, ()))))
    console.print(Padding(table, (0, 0, 0, INDENT)))
    console.print()
    _print_findings(console, run, run.findings(*WORDS, gateway=gateway.urn))


def _print_fleet(console: Console, run: Run) -> None:
    """One line for each stack."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_row("stack", "gateways", "violations", "warnings", "undecided", "waived", style="dim")
    for source in run.sources:
        found = run.of_source(source)
        violated = sum(each.status is Status.VIOLATION for each in found)
        warnings = sum(map(run.is_warning, found))
        others = [sum(each.status is status for each in found) for status in (Status.UNDECIDED, Status.WAIVED)]
        failing = any(map(run.fails, found))
        counts = map(str, (len(run.gateways_of(source)), violated - warnings, warnings, *others))
        table.add_row(Text(f"{source.project}/{source.stack}", style="bold red" if failing else ""), *counts)
    console.print(Padding(table, (0, 0, 1, 0)))


def _print_findings(console: Console, run: Run, findings: Iterable[Finding]) -> None:
    for (status, policy), group in groupby(findings, key=lambda finding: (finding.status, finding.policy)):
        alike = list(group)
        word, style = WARNING if run.is_warning(alike[0]) else WORDS[status]
        _print_at(console, INDENT, Text.assemble((word, style), f"  {policy} ({alike[0].severity.value})"))
        for finding in alike:
            where = ", ".join(filter(None, [finding.component and f"in {finding.component}", finding.location]))
            _print_at(console, 2 * INDENT, Text(f"{finding.message} ({where})" if where else finding.message))
            if status is Status.WAIVED:
                _print_at(console, 3 * INDENT, Text(f"waived: {finding.waiver}"))
            # A name to be copied is not broken.
            console.print(Text(f"{' ' * 3 * INDENT}{finding.urn}", style="dim"), soft_wrap=True)
        if status is not Status.WAIVED:
            for fix in dict.fromkeys(finding.fix for finding in alike):
                _print_at(console, 2 * INDENT, Text(f"fix: {fix}"))
        console.print()


def _print_at(console: Console, indent: int, text: Text) -> None:
    console.print(Padding(text, (0, 0, 0, indent)))


def _print_absence(console: Console, run: Run) -> None:
    if run.unseen:
        console.print(
            Text(
                "Could not judge: these components come from packages that an offline run cannot see into, and they "
                "may hold APIs. Use Pulumi's own engine: pulumi preview --policy-pack $(gateway-policy path)"
            )
        )
        for component in run.unseen:
            console.print(Text(f"{' ' * INDENT}{component.urn}"), soft_wrap=True)
    else:
        console.print(Text("No gateway: nothing here is an API of API Gateway."))
    console.print()


def _listed(items: Iterable[str]) -> str:
    return ", ".join(items)
