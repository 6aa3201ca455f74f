"""The report as text for a terminal, in 80 columns by default and readable without colour."""

import textwrap
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import groupby, zip_longest
from typing import Final

from rich.color import ColorSystem
from rich.style import Style

from ..model.findings import Finding, GatewaySummary, Status
from ..redaction.escaping import visible
from .run import GROUPS, ExitCode, Run, count

WIDTH: Final = 80
WARNING: Final = ("warn", "yellow")
LABELS: Final = {
    Status.PASS: ("pass", "green"),
    Status.VIOLATION: ("FAIL", "bold red"),
    Status.UNDECIDED: ("undecided", "cyan"),
    Status.KNOWN: ("known", "magenta"),
    Status.WAIVED: ("waived", "magenta"),
    Status.NOT_APPLICABLE: ("n/a", "dim"),
}
"""A label for each status, and its style."""
_COUNTED: Final = ("gateways", "critical", "high", "medium", "low", "warning", "undecided", "known", "waived")
INDENT: Final = 2
COLUMN_SPACING: Final = 2
"""Spaces between the columns of a table."""

Cell = tuple[str, str]
"""A string and its style."""


def render(run: Run, *, colour: bool = False, width: int = WIDTH, quiet: bool = False, statistics: bool = False) -> str:
    """For each gateway, what is in force in each layer and the findings; then the result in one line.

    `quiet` leaves out everything but failing findings and the result; `statistics` counts violations by policy.
    """
    page = _Page(colour=colour, width=width)
    if quiet:
        _write_findings(page, run, filter(run.fails, run.findings(*LABELS)))
    else:
        _write_all(page, run)
    if statistics:
        _write_statistics(page, run)
    page.line((run.summary, "bold" if run.exit_code is ExitCode.PASSED else "bold red"))
    return page.text()


def _write_all(page: "_Page", run: Run) -> None:
    _write_targets(page, run)
    for gateway in run.report.gateways:
        _write_gateway(page, run, gateway)
    without_gateway = run.findings(*LABELS, gateway="")
    if without_gateway:
        page.wrapped("Not part of a gateway")
        _write_findings(page, run, without_gateway)
    for target, reason in run.failures:
        page.wrapped(f"{target} could not be read, so nothing in it was evaluated:")
        for line in reason.splitlines():
            page.line((line, ""), indent=INDENT)
        page.line()
    if len(run.sources) > 1:
        _write_stacks(page, run)
    if not run.report.gateways:
        _write_no_gateway(page, run)
    elif run.unseen:
        page.line((f"Not evaluated: {_listed(each.urn for each in run.unseen)}", ""))
        page.line()


@lru_cache(maxsize=4096)
def _parts(text: str, width: int) -> list[str]:
    """The lines of a string. Many findings have the same fix."""
    return textwrap.wrap(visible(text), width, break_long_words=False, break_on_hyphens=False) or [""]


class _Page:
    """The lines of a report. They may contain names from programs and state files, so hidden characters are escaped."""

    def __init__(self, *, colour: bool, width: int) -> None:
        self._colour = colour
        self._width = width
        self._lines: list[str] = []

    def line(self, *cells: Cell, indent: int = 0) -> None:
        """Add a line that is not wrapped, so that names in it can be copied."""
        written = "".join(self._styled(visible(text), style) for text, style in cells)
        self._lines.append(f"{' ' * indent}{written}".rstrip())

    def wrapped(self, text: str, style: str = "", *, indent: int = 0) -> None:
        """Add a string that may need several lines."""
        for part in self._parts(text, indent):
            self.line((part, style), indent=indent)

    def table(self, rows: Sequence[Sequence[Cell]], *, indent: int = 0) -> None:
        """Add a table. Columns are as wide as their content; the last one may have several lines and is wrapped."""
        *widths, _ = [
            max(len(visible(text)) for text, _ in column) + COLUMN_SPACING for column in zip(*rows, strict=True)
        ]
        for *cells, (last, style) in rows:
            head = [(f"{visible(text):{width}}", style) for (text, style), width in zip(cells, widths, strict=True)]
            blank = [(" " * sum(widths), "")]
            parts = [part for each in last.split("\n") for part in self._parts(each, indent + sum(widths))]
            for part, lead in zip_longest(parts, [head], fillvalue=blank):
                self.line(*lead, (str(part), style), indent=indent)

    def text(self) -> str:
        """All lines."""
        return "".join(f"{line}\n" for line in self._lines)

    def _parts(self, text: str, indent: int) -> list[str]:
        return _parts(text, max(self._width - indent, 1))

    def _styled(self, text: str, style: str) -> str:
        if not (self._colour and style and text):
            return text
        return Style.parse(style).render(text, color_system=ColorSystem.STANDARD)


def _write_statistics(page: _Page, run: Run) -> None:
    """Add how often each policy is violated, and how many findings each owner's waivers cover."""
    for title, rows in (
        (("violations", "stacks", "policy"), [(str(n), str(of), policy) for policy, n, of in run.by_policy()]),
        (("waived", "owner"), [(str(n), owner or "nobody") for owner, n in run.by_owner()]),
    ):
        if rows:
            page.table([[(each, "dim") for each in title], *([(cell, "") for cell in row] for row in rows)])
            page.line()


def _write_targets(page: _Page, run: Run) -> None:
    page.wrapped(run.about, "dim")
    for source in run.sources:
        size = count(source.size, "resource", "resources")
        page.wrapped(
            f"{source.target}: stack {source.stack} of {source.project}, {size}, engine: {source.engine.value}"
        )
        for note in source.notes:
            page.wrapped(f"note: {note}", "dim", indent=INDENT)
    page.line()


def _write_gateway(page: _Page, run: Run, gateway: GatewaySummary) -> None:
    facts = [f"{gateway.kind} API", count(gateway.routes, "route", "routes")]
    facts += [f"stages: {_listed(gateway.stages)}"] if gateway.stages else ["no stage"]
    facts += [f"domains: {_listed(gateway.domains)}"] if gateway.domains else []
    page.line((run.name_of(gateway), "bold"), (f"  {', '.join(facts)}", ""))
    rows: list[Sequence[Cell]] = []
    for layer in GROUPS:
        label = WARNING if run.only_warns(gateway, layer) else LABELS[run.status(gateway, layer)]
        rows.append([(layer, ""), label, ("\n".join(map(visible, gateway.layers.get(layer, ()))), "")])
    page.table(rows, indent=INDENT)
    page.line()
    _write_findings(page, run, run.findings(*LABELS, gateway=gateway.urn))


def _write_stacks(page: _Page, run: Run) -> None:
    """Add a table with one line for each stack, the most severe first."""
    rows: list[Sequence[Cell]] = [[(title, "dim") for title in ("stack", *_COUNTED)]]
    for source in run.sources_by_severity:
        counts = [len(run.gateways_of(source)), *run.counts(source).values()]
        style = "bold red" if any(map(run.fails, run.of_source(source))) else ""
        rows.append([(f"{source.project}/{source.stack}", style), *((str(each), "") for each in counts)])
    page.table(rows)
    page.line()


def _write_findings(page: _Page, run: Run, findings: Iterable[Finding]) -> None:
    for (status, policy), group in groupby(findings, key=lambda finding: (finding.status, finding.policy)):
        alike = list(group)
        label = WARNING if run.is_warning(alike[0]) else LABELS[status]
        page.line(label, (f"  {policy} ({alike[0].severity.value})", ""), indent=INDENT)
        for finding in alike:
            where = ", ".join(filter(None, [finding.component and f"in {finding.component}", finding.location]))
            page.wrapped(f"{finding.message} ({where})" if where else finding.message, indent=2 * INDENT)
            if status is Status.WAIVED:
                page.wrapped(f"waived: {finding.waiver}", indent=3 * INDENT)
            page.line((finding.urn, "dim"), indent=3 * INDENT)
        if status not in {Status.WAIVED, Status.KNOWN}:
            for fix in dict.fromkeys(finding.fix for finding in alike):
                page.wrapped(f"fix: {fix}", indent=2 * INDENT)
        page.line()


def _write_no_gateway(page: _Page, run: Run) -> None:
    if run.unseen:
        page.wrapped(
            "Could not evaluate: these components come from packages that an offline run cannot see into, and they may "
            "contain APIs. Use Pulumi's own engine: pulumi preview --policy-pack $(gateway-policy path)"
        )
        for component in run.unseen:
            page.line((component.urn, ""), indent=INDENT)
    elif run.report.coverage.of_api_gateway or run.report.coverage.not_read:
        page.wrapped(
            "No API: resources here belong to gateways, but their APIs are in other stacks or cannot be read. Evaluate "
            "the stacks together: gateway-policy check --together"
        )
    else:
        page.wrapped("No gateway: nothing here is an API of API Gateway.")
    page.line()


def _listed(items: Iterable[str]) -> str:
    return ", ".join(items)
