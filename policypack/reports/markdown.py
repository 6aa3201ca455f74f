"""The report as Markdown, for the comment on a pull request or the summary of a pipeline."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Final

from ..findings import Finding, Status
from ..redaction.escaping import code, markdown, visible
from .run import GROUPS, ExitCode, Run

WORDS: Final = {
    Status.PASS: "pass",
    Status.VIOLATION: "**fail**",
    Status.UNDECIDED: "undecided",
    Status.WAIVED: "waived",
    Status.NOT_APPLICABLE: "",
}


def render(run: Run) -> str:
    """A headline, a table of gateways and layers, and the findings, those that fail first."""
    good = run.exit_code is ExitCode.PASSED
    lines = [f"### Gateway policy: {'passed' if good else 'not passed'}", "", markdown(run.verdict), ""]
    for target, reason in run.failures:
        # A block of code by its indent: nothing in it can end it.
        lines += [
            f"{code(target)} could not be read:",
            "",
            *(f"    {visible(each)}" for each in reason.splitlines()),
            "",
        ]
    if run.report.gateways:
        lines += [f"| gateway | {' | '.join(GROUPS)} |", f"| --- |{' --- |' * len(GROUPS)}"]
    for gateway in run.report.gateways:
        words = ["warning" if run.only_warns(gateway, layer) else WORDS[run.status(gateway, layer)] for layer in GROUPS]
        lines.append(f"| {markdown(gateway.name)} | {' | '.join(words)} |")
    findings = run.findings(Status.VIOLATION, Status.UNDECIDED, Status.WAIVED)
    failing = [each for each in findings if run.fails(each)]
    others = [each for each in findings if not run.fails(each)]
    lines += ["", *_told(failing)]
    if others:
        lines += [
            "",
            f"<details><summary>{len(others)} that do not fail</summary>",
            "",
            *_told(others),
            "",
            "</details>",
        ]
    return "\n".join(lines).rstrip("\n") + "\n"


def _told(findings: Iterable[Finding]) -> Iterator[str]:
    for (status, policy), group in groupby(findings, key=lambda each: (each.status, each.policy)):
        alike = list(group)
        words = [alike[0].severity.value, *([] if status is Status.VIOLATION else [status.value])]
        yield f"- **{policy}** ({', '.join(words)})"
        for each in alike:
            where = f" at {code(each.location)}" if each.location else ""
            reason = f"; {markdown(each.waiver)}" if each.waiver else ""
            yield f"  - {markdown(each.message)}{where}{reason}" + (f"<br>{code(each.urn)}" if each.urn else "")
        if status is not Status.WAIVED:
            yield f"  - Fix: {alike[0].fix}"
