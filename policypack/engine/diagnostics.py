"""What a report says, as diagnostics of Pulumi's policy protocol."""

import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Final

from pulumi.runtime.proto import analyzer_pb2 as proto

from ..findings import Finding, Status
from ..model.verdict import Severity
from ..redaction.escaping import visible
from .protocol import PACK, SEVERITIES, Level, version

DEFECT: Final = "policy-pack-defect"
"""The policy that a defect of the pack itself is reported under."""
SPELLED_OUT: Final = 20
"""How many findings one diagnostic names before it only counts the rest."""
LARGEST: Final = 3 << 20
"""Bytes of diagnostics in one answer: the proxy between engine and pack refuses answers over 4 MiB."""


def violation(finding: Finding, level: Level) -> proto.AnalyzeDiagnostic:
    """What is wrong on the first line, how to mend it on the next."""
    text = f"{visible(finding.message)}\n{finding.fix}"
    return _diagnostic(finding.policy, level, text, urn=finding.urn, severity=finding.severity)


def undecided(findings: Iterable[Finding], level: Callable[[str], Level]) -> Iterator[proto.AnalyzeDiagnostic]:
    """One diagnostic for each policy, at its level, naming the resources that it could not decide on."""
    for policy, group in _by_policy(findings, Status.UNDECIDED):
        lines = [f"- {_name(finding)}: {visible(finding.message)}" for finding in group]
        text = "\n".join([f"{len(group)} cannot be decided yet:", *_shortened(lines)])
        yield _diagnostic(policy, level(policy), text, severity=group[0].severity)


def waived(findings: Iterable[Finding]) -> Iterator[proto.AnalyzeDiagnostic]:
    """One line for each policy that somebody waived, with the reasons; it never blocks."""
    for policy, group in _by_policy(findings, Status.WAIVED):
        names = [f"{_name(finding)} ({visible(finding.waiver)})" for finding in group]
        text = f"{len(group)} waived: {'; '.join(_shortened(names))}"
        yield _diagnostic(policy, proto.ADVISORY, text, severity=group[0].severity)


def defect(error: BaseException, urn: str = "") -> proto.AnalyzeDiagnostic:
    """A mandatory violation for a failure of the pack itself.

    It says where the failure is and not the error's own text, which may hold a value.
    """
    frame = traceback.extract_tb(error.__traceback__)[-1]
    text = (
        f"The policy pack failed here and evaluated nothing: {type(error).__name__}"
        f" at {Path(frame.filename).name}:{frame.lineno}.\nThis is a defect of the pack, not of the stack: report it."
    )
    return _diagnostic(DEFECT, proto.MANDATORY, text, urn=urn, severity=Severity.CRITICAL)


def fitting(diagnostics: Iterable[proto.AnalyzeDiagnostic]) -> list[proto.AnalyzeDiagnostic]:
    """As many as one answer can hold, those that block first; of the rest, how many there are of each policy."""
    kept: list[proto.AnalyzeDiagnostic] = []
    left = Counter[tuple[str, Level]]()
    room = LARGEST
    for each in sorted(diagnostics, key=lambda each: each.enforcementLevel != proto.MANDATORY):
        room -= each.ByteSize()
        if room > 0:
            kept.append(each)
        else:
            left[each.policyName, each.enforcementLevel] += 1
    for (policy, level), count in left.items():
        kept.append(
            _diagnostic(policy, level, f"{count} more than one answer can hold; `gateway-policy check` lists them all.")
        )
    return kept


def _diagnostic(
    policy: str, level: Level, message: str, *, urn: str = "", severity: Severity | None = None
) -> proto.AnalyzeDiagnostic:
    return proto.AnalyzeDiagnostic(
        policyName=policy,
        policyPackName=PACK,
        policyPackVersion=version(),
        message=message,
        enforcementLevel=level,
        urn=urn,
        severity=proto.POLICY_SEVERITY_UNSPECIFIED if severity is None else SEVERITIES[severity],
    )


def _by_policy(findings: Iterable[Finding], status: Status) -> Iterator[tuple[str, list[Finding]]]:
    chosen = sorted(
        (finding for finding in findings if finding.status is status),
        key=lambda finding: (finding.policy, finding.urn, finding.message),
    )
    for policy, group in groupby(chosen, key=lambda finding: finding.policy):
        yield policy, list(group)


def _shortened(items: Sequence[str]) -> list[str]:
    rest = len(items) - SPELLED_OUT
    return [*items[:SPELLED_OUT], f"and {rest} more"] if rest > 0 else list(items)


def _name(finding: Finding) -> str:
    return visible(finding.urn.rpartition("::")[2])
