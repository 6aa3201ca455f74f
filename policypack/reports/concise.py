"""The report with one line for each finding, for `grep` and for editors that jump to `file:line`."""

from ..model.findings import ATTENTION
from ..redaction.escaping import visible
from .run import Run


def render(run: Run) -> str:
    """The findings, beginning with those that fail, and the result in one line."""
    lines = [
        f"{visible(each.location or each.urn)}: {each.severity.value} {run.label(each)} {each.policy}: "
        f"{visible(each.message)}"
        for each in run.findings(*ATTENTION)
    ]
    lines += [f"{visible(target)}: could not be read: {visible(reason)}" for target, reason in run.failures]
    return "\n".join([*lines, run.summary]) + "\n"
