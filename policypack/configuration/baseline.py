"""A baseline: the known violations of a stack. Only new violations fail, and a baseline can only become smaller."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, TypeAlias

from ..findings import Check, Finding, Report, Status

VERSION: Final = 1
KNOWN: Final = "known: in the baseline"
"""The reason of a finding that the baseline waives."""

Key: TypeAlias = tuple[str, str, str]
"""Policy, URN and message of a violation."""


class BaselineError(Exception):
    """A baseline cannot be read; the message says why."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """The known violations."""

    known: Counter[Key]
    """How often each violation occurs."""

    def applied(self, report: Report) -> Report:
        """The report with the known violations waived."""
        left = Counter(self.known)
        findings: list[Finding] = []
        for each in report.findings:
            known = each.status is Status.VIOLATION and left[_key(each)] > 0
            left[_key(each)] -= known
            findings.append(replace(each, status=Status.WAIVED, waiver=KNOWN) if known else each)
        checks = tuple(_checked(each, findings) if each.status is Status.VIOLATION else each for each in report.checks)
        return replace(report, findings=tuple(findings), checks=checks)

    def without_fixed(self, report: Report) -> "Baseline":
        """The baseline without the violations that the report no longer contains."""
        return Baseline(self.known & of_report(report).known)


def of_report(report: Report) -> Baseline:
    """A baseline of all violations in a report."""
    return Baseline(Counter(_key(each) for each in report.findings if each.status is Status.VIOLATION))


def read(file: Path) -> Baseline:
    """The baseline in a file. Raises BaselineError."""
    try:
        document: Any = json.loads(file.read_text(encoding="utf-8"))
        keys = [(each["policy"], each["urn"], each["message"]) for each in document["violations"]]
    except FileNotFoundError as error:
        raise BaselineError(f"{file} does not exist; --update-baseline writes the first one") from error
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise BaselineError(f"{file} cannot be read as a baseline: {error!r}") from error
    return Baseline(Counter(keys))


def write(file: Path, baseline: Baseline) -> None:
    """Write a baseline with one violation on each line, so that a diff shows which ones were fixed."""
    lines = [
        json.dumps({"policy": policy, "urn": urn, "message": message})
        for policy, urn, message in sorted(baseline.known.elements())
    ]
    joined = ",\n  ".join(lines)
    text = f'{{"version": {VERSION}, "violations": [\n  {joined}\n]}}\n'
    file.write_text(text, encoding="utf-8")


def apply(file: Path, report: Report, *, update: bool) -> Report:
    """The report with the violations in a baseline file waived.

    `update` removes fixed violations from the file; if it does not exist, it is written with all violations. Raises
    BaselineError.
    """
    first = update and not file.exists()
    baseline = of_report(report) if first else read(file)
    if update:
        write(file, baseline.without_fixed(report))
    return baseline.applied(report)


def _checked(check: Check, findings: Sequence[Finding]) -> Check:
    """The check with the status that follows from its findings; a check for no gateway covers those of all gateways."""
    left = {each.status for each in findings if each.policy == check.policy and check.gateway in {"", each.gateway}}
    status = next(each for each in (Status.VIOLATION, Status.UNDECIDED, Status.WAIVED) if each in left)
    return replace(check, status=status)


def _key(finding: Finding) -> Key:
    return finding.policy, finding.urn, finding.message
