"""Converts findings to diagnostics of Pulumi's policy protocol."""

import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Final

from pulumi.runtime.proto import analyzer_pb2 as proto

from ..configuration.manifest import PACK, version
from ..model.findings import Finding, Status
from ..model.verdict import Severity
from ..redaction.escaping import visible
from .protocol import SEVERITIES, Level

DEFECT: Final = "policy-pack-defect"
"""The name under which a defect of the pack itself is reported."""
MAX_LISTED: Final = 20
"""How many findings one diagnostic lists; further ones are only counted."""
MAX_BYTES: Final = 3 << 20
"""Size of the diagnostics in one response: the proxy between engine and pack rejects responses over 4 MiB."""


def violation(finding: Finding, level: Level) -> proto.AnalyzeDiagnostic:
    """A diagnostic with what is wrong in the first line and how to fix it in the second."""
    text = f"{visible(finding.message)}\n{finding.fix}"
    return _diagnostic(finding.policy, level, text, urn=finding.urn, severity=finding.severity)


def undecided(findings: Iterable[Finding], level: Callable[[str], Level]) -> Iterator[proto.AnalyzeDiagnostic]:
    """One diagnostic for each policy, at its level, that lists its undecided findings."""
    for policy, group in _by_policy(findings, Status.UNDECIDED):
        lines = [f"- {_name(finding)}: {visible(finding.message)}" for finding in group]
        text = "\n".join([f"{len(group)} cannot be decided yet:", *_shortened(lines)])
        yield _diagnostic(policy, level(policy), text, severity=group[0].severity)


def waived(findings: Iterable[Finding]) -> Iterator[proto.AnalyzeDiagnostic]:
    """One advisory diagnostic for each policy that is waived, with the resources and the reasons."""
    for policy, group in _by_policy(findings, Status.WAIVED):
        names = [f"{_name(finding)} ({visible(finding.waiver)})" for finding in group]
        text = f"{len(group)} waived: {'; '.join(_shortened(names))}"
        yield _diagnostic(policy, proto.ADVISORY, text, severity=group[0].severity)


def defect(error: BaseException, urn: str = "") -> proto.AnalyzeDiagnostic:
    """A mandatory violation for a failure of the pack itself.

    It contains the type and the location of the error, but not its message, which may contain a secret.
    """
    frame = traceback.extract_tb(error.__traceback__)[-1]
    text = (
        f"The policy pack failed here and evaluated nothing: {type(error).__name__}"
        f" at {Path(frame.filename).name}:{frame.lineno}.\nThis is a defect of the pack, not of the stack: report it."
    )
    return _diagnostic(DEFECT, proto.MANDATORY, text, urn=urn, severity=Severity.CRITICAL)


def fitting(diagnostics: Iterable[proto.AnalyzeDiagnostic]) -> list[proto.AnalyzeDiagnostic]:
    """As many diagnostics as fit into one response, mandatory ones first, and a count of the others for each policy."""
    fitting: list[proto.AnalyzeDiagnostic] = []
    omitted = Counter[tuple[str, Level]]()
    free = MAX_BYTES
    for each in sorted(diagnostics, key=lambda each: each.enforcementLevel != proto.MANDATORY):
        free -= each.ByteSize()
        if free > 0:
            fitting.append(each)
        else:
            omitted[each.policyName, each.enforcementLevel] += 1
    for (policy, level), count in omitted.items():
        fitting.append(
            _diagnostic(
                policy, level, f"{count} more do not fit into one response; `gateway-policy check` lists them all."
            )
        )
    return fitting


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
    rest = len(items) - MAX_LISTED
    return [*items[:MAX_LISTED], f"and {rest} more"] if rest > 0 else list(items)


def _name(finding: Finding) -> str:
    name = finding.urn.rpartition("::")[2]
    return visible(f"{finding.subject} of {name}" if finding.subject else name)
