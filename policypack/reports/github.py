"""The report as workflow commands, which GitHub Actions shows as annotations of the changed files.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

from pathlib import Path

from ..model.findings import SUPPRESSED, Finding, Status
from ..redaction.escaping import visible
from .run import Run


def render(run: Run) -> str:
    """One command for each finding that is new, and the result in one line."""
    found = run.findings(*(each for each in (Status.VIOLATION, Status.UNDECIDED) if each not in SUPPRESSED))
    lines = [_command(run, each) for each in found]
    lines += [f"::error title=not evaluated::{_data(f'{target}: {reason}')}" for target, reason in run.failures]
    return "\n".join([*lines, visible(run.summary)]) + "\n"


def _command(run: Run, finding: Finding) -> str:
    source = run.source_of(finding)
    file, _, line = finding.location.rpartition(":")
    stack = f" in {source.project}/{source.stack}" if source and len(run.sources) > 1 else ""
    properties = {"title": f"{finding.policy} ({finding.severity.value}){stack}"}
    if file:
        properties = {"file": str(Path(source.root if source else ".", file)), "line": line, **properties}
    kind = "error" if run.fails(finding) else "warning" if finding.status is Status.VIOLATION else "notice"
    written = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{kind} {written}::{_data(f'{finding.message}. {finding.fix}')}"


def _data(text: str) -> str:
    return visible(text).replace("%", "%25")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
