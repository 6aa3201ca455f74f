"""The report as text: readable without colour, in 80 columns, the same for the same run."""

import textwrap
from collections.abc import Iterable, Sequence
from itertools import groupby, zip_longest
from typing import Final

from rich.color import ColorSystem
from rich.style import Style

from ..findings import Finding, GatewaySummary, Status
from ..redaction.escaping import visible
from .run import GROUPS, ExitCode, Run, count

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


GAP: Final = 2
"""Columns between the columns of a table."""

Cell = tuple[str, str]
"""A text and its style."""


def render(run: Run, *, colour: bool = False, width: int = WIDTH) -> str:
    """Gateway by gateway, layer by layer: the verdict and what is in force; then the findings; then the sum."""
    page = _Page(colour=colour, width=width)
    _tell_targets(page, run)
    for gateway in run.report.gateways:
        _tell_gateway(page, run, gateway)
    loose = run.findings(*WORDS, gateway="")
    if loose:
        page.wrapped("Not part of a gateway")
        _tell_findings(page, run, loose)
    for target, reason in run.failures:
        page.wrapped(f"{target} could not be read, so nothing in it was evaluated:")
        for line in reason.splitlines():
            page.line((line, ""), indent=INDENT)
        page.line()
    if len(run.sources) > 1:
        _tell_fleet(page, run)
    if not run.report.gateways:
        _tell_absence(page, run)
    elif run.unseen:
        page.line((f"Not seen into: {_listed(each.urn for each in run.unseen)}", ""))
        page.line()
    page.line((run.verdict, "bold" if run.exit_code is ExitCode.PASSED else "bold red"))
    return page.text()


class _Page:
    """Lines, as they are written. Everything that is written may hold names which programs and state files gave."""

    def __init__(self, *, colour: bool, width: int) -> None:
        self._colour = colour
        self._width = width
        self._lines: list[str] = []

    def line(self, *cells: Cell, indent: int = 0) -> None:
        """A line that is not wrapped: a name to be copied is not broken."""
        written = "".join(self._styled(visible(text), style) for text, style in cells)
        self._lines.append(f"{' ' * indent}{written}".rstrip())

    def wrapped(self, text: str, style: str = "", *, indent: int = 0) -> None:
        """A text that may take several lines."""
        for part in self._parts(text, indent):
            self.line((part, style), indent=indent)

    def table(self, rows: Sequence[Sequence[Cell]], *, indent: int = 0) -> None:
        """Columns as wide as they need; the last one holds lines, which are wrapped in what is left."""
        *widths, _ = [max(len(visible(text)) for text, _ in column) + GAP for column in zip(*rows, strict=True)]
        for *cells, (last, style) in rows:
            head = [(f"{visible(text):{width}}", style) for (text, style), width in zip(cells, widths, strict=True)]
            blank = [(" " * sum(widths), "")]
            parts = [part for each in last.split("\n") for part in self._parts(each, indent + sum(widths))]
            for part, lead in zip_longest(parts, [head], fillvalue=blank):
                self.line(*lead, (str(part), style), indent=indent)

    def text(self) -> str:
        """All that was written."""
        return "".join(f"{line}\n" for line in self._lines)

    def _parts(self, text: str, indent: int) -> list[str]:
        room = max(self._width - indent, 1)
        return textwrap.wrap(visible(text), room, break_long_words=False, break_on_hyphens=False) or [""]

    def _styled(self, text: str, style: str) -> str:
        if not (self._colour and style and text):
            return text
        return Style.parse(style).render(text, color_system=ColorSystem.STANDARD)


def _tell_targets(page: _Page, run: Run) -> None:
    for source in run.sources:
        size = count(len(source.resources), "resource", "resources")
        page.wrapped(
            f"{source.target}: stack {source.stack} of {source.project}, {size}, engine: {source.engine.value}"
        )
        for note in source.notes:
            page.wrapped(f"note: {note}", "dim", indent=INDENT)
    page.line()


def _tell_gateway(page: _Page, run: Run, gateway: GatewaySummary) -> None:
    facts = [f"{gateway.kind} API", count(gateway.routes, "route", "routes")]
    facts += [f"stages: {_listed(gateway.stages)}"] if gateway.stages else ["no stage"]
    facts += [f"domains: {_listed(gateway.domains)}"] if gateway.domains else []
    page.line((gateway.name, "bold"), (f"  {', '.join(facts)}", ""))
    rows: list[Sequence[Cell]] = []
    for layer in GROUPS:
        word = WARNING if run.only_warns(gateway, layer) else WORDS[run.status(gateway, layer)]
        rows.append([(layer, ""), word, ("\n".join(map(visible, gateway.layers.get(layer, ()))), "")])
    page.table(rows, indent=INDENT)
    page.line()
    _tell_findings(page, run, run.findings(*WORDS, gateway=gateway.urn))


def _tell_fleet(page: _Page, run: Run) -> None:
    """One line for each stack."""
    rows: list[Sequence[Cell]] = [
        [(title, "dim") for title in ("stack", "gateways", "violations", "warnings", "undecided", "waived")]
    ]
    for source in run.sources:
        found = run.of_source(source)
        violated = sum(each.status is Status.VIOLATION for each in found)
        warnings = sum(map(run.is_warning, found))
        others = [sum(each.status is status for each in found) for status in (Status.UNDECIDED, Status.WAIVED)]
        counts = (len(run.gateways_of(source)), violated - warnings, warnings, *others)
        style = "bold red" if any(map(run.fails, found)) else ""
        rows.append([(f"{source.project}/{source.stack}", style), *((str(each), "") for each in counts)])
    page.table(rows)
    page.line()


def _tell_findings(page: _Page, run: Run, findings: Iterable[Finding]) -> None:
    for (status, policy), group in groupby(findings, key=lambda finding: (finding.status, finding.policy)):
        alike = list(group)
        word = WARNING if run.is_warning(alike[0]) else WORDS[status]
        page.line(word, (f"  {policy} ({alike[0].severity.value})", ""), indent=INDENT)
        for finding in alike:
            where = ", ".join(filter(None, [finding.component and f"in {finding.component}", finding.location]))
            page.wrapped(f"{finding.message} ({where})" if where else finding.message, indent=2 * INDENT)
            if status is Status.WAIVED:
                page.wrapped(f"waived: {finding.waiver}", indent=3 * INDENT)
            page.line((finding.urn, "dim"), indent=3 * INDENT)
        if status is not Status.WAIVED:
            for fix in dict.fromkeys(finding.fix for finding in alike):
                page.wrapped(f"fix: {fix}", indent=2 * INDENT)
        page.line()


def _tell_absence(page: _Page, run: Run) -> None:
    if run.unseen:
        page.wrapped(
            "Could not evaluate: these components come from packages that an offline run cannot see into, and they may "
            "hold APIs. Use Pulumi's own engine: pulumi preview --policy-pack $(gateway-policy path)"
        )
        for component in run.unseen:
            page.line((component.urn, ""), indent=INDENT)
    else:
        page.wrapped("No gateway: nothing here is an API of API Gateway.")
    page.line()


def _listed(items: Iterable[str]) -> str:
    return ", ".join(items)
