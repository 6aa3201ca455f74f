"""A baseline: the known violations of one or more stacks. Only new ones fail, and a baseline never grows."""

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from ..model.findings import Check, Checks, Finding, Report, Status

VERSION: Final = 2
KNOWN: Final = "in the baseline"
"""Why a finding in the baseline does not fail."""


class BaselineError(Exception):
    """A baseline cannot be read or written; the message says why."""


@dataclass(frozen=True, order=True, slots=True)
class Entry:
    """A known violation: the identity of its finding."""

    policy: str
    urn: str
    subject: str = ""
    message: str = ""
    """Only in files of version 1, which had messages instead of subjects."""

    @property
    def stack(self) -> str:
        """The stack and the project of the resource, as `stack::project`; empty if it is about no resource."""
        return "::".join(self.urn.removeprefix("urn:pulumi:").split("::", 2)[:2])

    def moved(self, renamed: Mapping[str, str]) -> "Entry":
        """The entry after stacks were renamed."""
        stack, separator, rest = self.urn.removeprefix("urn:pulumi:").partition("::")
        if not separator or stack not in renamed:
            return self
        return replace(self, urn=f"urn:pulumi:{renamed[stack]}::{rest}")


@dataclass(frozen=True, slots=True)
class Baseline:
    """The known violations."""

    known: Counter[Entry]
    """How often each violation occurs."""

    def applied(self, report: Report) -> Report:
        """The report with the known violations marked."""
        left = Counter(self.known)
        findings: list[Finding] = []
        for each in report.findings:
            entry = _entry(each, left) if each.status is Status.VIOLATION else None
            if entry is not None:
                left[entry] -= 1
            findings.append(each if entry is None else replace(each, status=Status.KNOWN, waiver=KNOWN))
        left_of: dict[tuple[str, str], set[Status]] = defaultdict(set)
        for each in findings:
            left_of[each.policy, each.gateway].add(each.status)
            left_of[each.policy, ""].add(each.status)
        checks = Checks(_checked(each, left_of) if each.status is Status.VIOLATION else each for each in report.checks)
        return replace(report, findings=tuple(findings), checks=checks)

    def without_fixed(self, report: Report, stacks: Collection[str]) -> "Baseline":
        """The baseline without the violations that the report no longer contains.

        Entries of stacks other than `stacks`, each `stack::project`, stay: nothing is known of them.
        """
        kept = Counter(
            {entry: count for entry, count in self.known.items() if entry.stack and entry.stack not in stacks}
        )
        left = self.known - kept
        for each in report.findings:
            if each.status is Status.VIOLATION and (entry := _entry(each, left)) is not None:
                left[entry] -= 1
                kept[Entry(*each.identity)] += 1
        return Baseline(kept)


def of_report(report: Report) -> Baseline:
    """A baseline of all violations in a report."""
    return Baseline(Counter(Entry(*each.identity) for each in report.findings if each.status is Status.VIOLATION))


def read(file: Path) -> Baseline:
    """The baseline in a file, in any version of the format. Raises BaselineError."""
    try:
        document: Any = json.loads(file.read_text(encoding="utf-8"))
        entries = Counter(map(_read, document["violations"]))
    except FileNotFoundError as error:
        raise BaselineError(f"{file} does not exist; --update-baseline writes the first one") from error
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise BaselineError(f"{file} cannot be read as a baseline: {error!r}") from error
    return Baseline(entries)


def _read(written: Mapping[str, str]) -> Entry:
    known = {key: written[key] for key in ("subject", "message") if key in written}
    if not known:
        raise KeyError("subject")
    return Entry(written["policy"], written["urn"], **known)


def write(file: Path, baseline: Baseline) -> None:
    """Write a baseline with one violation on each line, so that a diff shows which ones were fixed.

    Raises BaselineError.
    """
    lines = [json.dumps(_written(each)) for each in sorted(baseline.known.elements())]
    joined = ",\n  ".join(lines)
    text = f'{{"version": {VERSION}, "violations": [\n  {joined}\n]}}\n'
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise BaselineError(f"{file} cannot be written: {error.strerror}") from error


def _written(entry: Entry) -> dict[str, str]:
    last = {"message": entry.message} if entry.message else {"subject": entry.subject}
    return {"policy": entry.policy, "urn": entry.urn, **last}


def apply(
    file: Path,
    report: Report,
    *,
    update: bool,
    stacks: Iterable[str] = (),
    renamed: Mapping[str, str] | None = None,
) -> Report:
    """The report with the violations in a baseline file marked as known.

    `update` removes the fixed violations of the evaluated `stacks`, each `stack::project`, from the file; if it does
    not exist, it is written with all violations. `renamed` has the new names of renamed stacks. Raises BaselineError.
    """
    if update and not file.exists():
        baseline = of_report(report)
    else:
        known = read(file).known
        baseline = Baseline(Counter(entry.moved(renamed or {}) for entry in known.elements()))
    if update:
        write(file, baseline.without_fixed(report, frozenset(stacks)))
    return baseline.applied(report)


def _entry(finding: Finding, left: Mapping[Entry, int]) -> Entry | None:
    """The entry that makes a finding known, by its identity or, in a file of version 1, by its message."""
    policy, urn, subject = finding.identity
    for entry in (Entry(policy, urn, subject), Entry(policy, urn, message=finding.message)):
        if left.get(entry, 0) > 0:
            return entry
    return None


def _checked(check: Check, left_of: Mapping[tuple[str, str], Collection[Status]]) -> Check:
    """The check with the status that follows from its findings; a check for no gateway covers those of all gateways."""
    left = left_of[check.policy, check.gateway]
    order = (Status.VIOLATION, Status.UNDECIDED, Status.KNOWN, Status.WAIVED)
    return check._replace(status=next(each for each in order if each in left))
