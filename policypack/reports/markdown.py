"""The report as Markdown, for a comment on a pull request or the summary of a pipeline."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Final

from ..model.findings import ATTENTION, Finding, Status
from ..redaction.escaping import code, markdown, visible
from .run import GROUPS, ExitCode, Run, count

LIMIT: Final = 65_000
"""How many characters the report may have: a comment on GitHub may have 65,536."""
LEFT_OUT: Final = (
    "*The report is cut here, since a comment cannot be longer. `gateway-policy check` shows all findings.*"
)
LABELS: Final = {
    Status.PASS: "pass",
    Status.VIOLATION: "**fail**",
    Status.UNDECIDED: "undecided",
    Status.KNOWN: "known",
    Status.WAIVED: "waived",
    Status.NOT_APPLICABLE: "",
}


def render(run: Run) -> str:
    """A headline, a table of gateways and layers, and the findings, beginning with those that fail the run."""
    text = _rendered(run)
    if len(text) <= LIMIT:
        return text
    kept = text[: text.rindex("\n", 0, LIMIT - 2 * len(LEFT_OUT))]
    opened = "\n\n</details>" if kept.count("<details>") > kept.count("</details>") else ""
    return f"{kept}{opened}\n\n{LEFT_OUT}\n"


def _rendered(run: Run) -> str:
    good = run.exit_code is ExitCode.PASSED
    lines = [
        f"### Gateway policy: {'passed' if good else 'not passed'}",
        "",
        markdown(run.summary),
        "",
        f"<sub>{markdown(run.about)}</sub>",
        "",
    ]
    for target, reason in run.failures:
        # An indented code block: unlike a fenced one, nothing in it can end it.
        lines += [
            f"{code(target)} could not be read:",
            "",
            *(f"    {visible(each)}" for each in reason.splitlines()),
            "",
        ]
    if run.report.gateways:
        lines += [f"| gateway | {' | '.join(GROUPS)} |", f"| --- |{' --- |' * len(GROUPS)}"]
    for gateway in run.report.gateways:
        labels = [
            "warning" if run.only_warns(gateway, layer) else LABELS[run.status(gateway, layer)] for layer in GROUPS
        ]
        lines.append(f"| {markdown(run.name_of(gateway))} | {' | '.join(labels)} |")
    findings = run.findings(*ATTENTION)
    failing = [each for each in findings if run.fails(each)]
    others = [each for each in findings if not run.fails(each)]
    lines += ["", *_listed(failing)]
    if others:
        lines += [
            "",
            f"<details><summary>{count(len(others), 'other finding', 'other findings')}</summary>",
            "",
            *_listed(others),
            "",
            "</details>",
        ]
    return "\n".join(lines).rstrip("\n") + "\n"


def _listed(findings: Iterable[Finding]) -> Iterator[str]:
    for (status, policy), group in groupby(findings, key=lambda each: (each.status, each.policy)):
        alike = list(group)
        attributes = [alike[0].severity.value, *([] if status is Status.VIOLATION else [status.value])]
        yield f"- **{policy}** ({', '.join(attributes)})"
        for each in alike:
            where = f" at {code(each.location)}" if each.location else ""
            reason = f"; {markdown(each.waiver)}" if each.waiver else ""
            yield f"  - {markdown(each.message)}{where}{reason}" + (f"<br>{code(each.urn)}" if each.urn else "")
        if status not in {Status.WAIVED, Status.KNOWN}:
            yield from (f"  - Fix: {fix}" for fix in dict.fromkeys(each.fix for each in alike))
