"""A baseline: the violations that a team starts from. Only new ones fail, and it can only shrink."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, TypeAlias

from ..findings import Check, Finding, Report, Status

VERSION: Final = 1
KNOWN: Final = "known: in the baseline"
"""What stands where a waiver's reason does."""

Key: TypeAlias = tuple[str, str, str]


class BaselineError(Exception):
    """A file that is no baseline; the message says why."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """Policy, URN and message of each known violation, and how often it stands there."""

    known: Counter[Key]

    def applied(self, report: Report) -> Report:
        """The report, with known violations waived."""
        left = Counter(self.known)
        findings: list[Finding] = []
        for each in report.findings:
            known = each.status is Status.VIOLATION and left[_key(each)] > 0
            left[_key(each)] -= known
            findings.append(replace(each, status=Status.WAIVED, waiver=KNOWN) if known else each)
        checks = tuple(_checked(each, findings) if each.status is Status.VIOLATION else each for each in report.checks)
        return replace(report, findings=tuple(findings), checks=checks)

    def shrunk(self, report: Report) -> "Baseline":
        """What of it is still found."""
        return Baseline(self.known & found(report).known)


def found(report: Report) -> Baseline:
    """The violations of a report."""
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
    """Write a baseline, one violation a line, so that a review shows what was mended."""
    lines = [
        json.dumps({"policy": policy, "urn": urn, "message": message})
        for policy, urn, message in sorted(baseline.known.elements())
    ]
    joined = ",\n  ".join(lines)
    text = f'{{"version": {VERSION}, "violations": [\n  {joined}\n]}}\n'
    file.write_text(text, encoding="utf-8")


def kept(file: Path, report: Report, *, update: bool) -> Report:
    """The report with the violations of a baseline waived; `update` lets the file shrink, or begins it.

    Raises BaselineError.
    """
    fresh = update and not file.exists()
    baseline = found(report) if fresh else read(file)
    if update:
        write(file, baseline.shrunk(report))
    return baseline.applied(report)


def _checked(check: Check, findings: Sequence[Finding]) -> Check:
    """A check by what is left of its findings; one of no gateway is about all."""
    left = {each.status for each in findings if each.policy == check.policy and check.gateway in {"", each.gateway}}
    status = next(each for each in (Status.VIOLATION, Status.UNDECIDED, Status.WAIVED) if each in left)
    return replace(check, status=status)


def _key(finding: Finding) -> Key:
    return finding.policy, finding.urn, finding.message
