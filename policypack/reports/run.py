"""One run: what was read, what was found, and what it comes to."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property
from typing import Final

from ..findings import Finding, GatewaySummary, Report, Status
from ..graph.graph import Resource
from ..model.verdict import Severity
from ..sources.source import Source

LAYERS: Final = ("auth", "keys", "network", "waf", "observability", "tls")
GROUPS: Final = (*LAYERS, "api")
"""The six layers, and what belongs to none of them: the groups that every gateway is checked in."""
ADVISORY: Final = "advisory"
DISABLED: Final = "disabled"
MANDATORY: Final = "mandatory"
NEVER: Final = "never"
WITHOUT_APIS: Final = frozenset({"awsx", "eks"})
"""Packages of components that are known to hold no API."""
_WORST_FIRST: Final = (Status.VIOLATION, Status.UNDECIDED, Status.WAIVED, Status.PASS, Status.NOT_APPLICABLE)
_GRAVEST_FIRST: Final = (Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW)


class ExitCode(IntEnum):
    """What the command line ends with."""

    PASSED = 0
    VIOLATED = 1
    NOT_JUDGED = 2
    """Nothing trustworthy was evaluated."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """The sources, evaluated together."""

    sources: tuple[Source, ...]
    report: Report
    """Of the policies in force."""
    levels: Mapping[str, str] = field(default_factory=dict[str, str])
    """By policy, in the words of the configuration."""
    undecided_levels: Mapping[str, str] = field(default_factory=dict[str, str])
    """The same for what a policy cannot decide; advisory where nothing is said."""
    failures: tuple[tuple[str, str], ...] = ()
    """Targets of several that could not be read, with the reason."""
    strict: bool = False
    """Whether what is undecided, not seen into or advisory fails as well."""

    @property
    def engine(self) -> str:
        """Who evaluated the programs."""
        return ", ".join(sorted({source.engine.value for source in self.sources}))

    @property
    def unseen(self) -> tuple[Resource, ...]:
        """Components of packages that may hold APIs, whose children no offline run can see."""
        resources = [each for source in self.sources for each in source.resources]
        return tuple(each for each in resources if each.remote and each.type.split(":")[0] not in WITHOUT_APIS)

    @property
    def exit_code(self) -> ExitCode:
        """The verdict."""
        if self.violations or self.undecided_failing:
            return ExitCode.VIOLATED
        if self.failures or (self.unseen and not self.report.gateways):
            return ExitCode.NOT_JUDGED
        doubtful = self.warnings or self.report.count(Status.UNDECIDED) or self.unseen
        return ExitCode.VIOLATED if self.strict and doubtful else ExitCode.PASSED

    @property
    def violations(self) -> int:
        """How many violations fail the run."""
        return self.report.count(Status.VIOLATION) - self.warnings

    @property
    def warnings(self) -> int:
        """How many violations of advisory policies are only told."""
        return sum(self.is_warning(finding) for finding in self.report.findings)

    @property
    def undecided_failing(self) -> int:
        """How many undecided findings fail the run."""
        return sum(self.fails(each) for each in self.report.findings if each.status is Status.UNDECIDED)

    @property
    def verdict(self) -> str:
        """What it comes to, in one line."""
        counts = [
            count(self.violations, "violation", "violations"),
            count(self.warnings, "warning", "warnings"),
            f"{self.report.count(Status.UNDECIDED)} undecided",
            f"{self.report.count(Status.WAIVED)} waived",
        ]
        read = [count(len(self.report.gateways), "gateway", "gateways"), count(self.checked, "check", "checks")]
        if len(self.sources) > 1:
            read.insert(0, count(len(self.sources), "stack", "stacks"))
        read += [f"{count(len(self.unseen), 'component', 'components')} not seen into"] if self.unseen else []
        read += [f"{count(len(self.failures), 'target', 'targets')} not read"] if self.failures else []
        return f"{', '.join(counts)}; {', '.join(read)} (engine: {self.engine})"

    @property
    def checked(self) -> int:
        """How many checks had something to evaluate."""
        return sum(check.status is not Status.NOT_APPLICABLE for check in self.report.checks)

    def level(self, policy: str) -> str:
        """Whether a violation of a policy fails the run (`mandatory`) or is only told (`advisory`)."""
        return ADVISORY if self.levels.get(policy) == ADVISORY else MANDATORY

    def is_warning(self, finding: Finding) -> bool:
        """Whether a finding is a violation that is only told."""
        return finding.status is Status.VIOLATION and self.level(finding.policy) == ADVISORY

    def fails(self, finding: Finding) -> bool:
        """Whether a finding fails the run."""
        if finding.status is Status.UNDECIDED:
            return self.undecided_levels.get(finding.policy) == MANDATORY
        return finding.status is Status.VIOLATION and self.level(finding.policy) == MANDATORY

    def of_source(self, source: Source) -> list[Finding]:
        """The findings on the resources of a stack."""
        return [each for each in self.report.findings if source.contains(each.urn)]

    def gateways_of(self, source: Source) -> list[GatewaySummary]:
        """The gateways of a stack."""
        return [each for each in self.report.gateways if source.contains(each.urn)]

    def source_of(self, finding: Finding) -> Source | None:
        """The stack that a finding is about."""
        return next((each for each in self.sources if each.contains(finding.urn)), None)

    def findings(self, *statuses: Status, gateway: str | None = None) -> list[Finding]:
        """The findings of some statuses, all or of one gateway (empty: of none), in the order to read them."""
        chosen = self._ordered if gateway is None else self._by_gateway.get(gateway, ())
        return [each for each in chosen if each.status in statuses]

    def status(self, gateway: GatewaySummary, layer: str) -> Status:
        """The worst that was found in a layer of a gateway."""
        read = (gateway.urn, layer) in self._read
        statuses = {Status.PASS if read else Status.NOT_APPLICABLE, *(e.status for e in self._found(gateway, layer))}
        return next(status for status in _WORST_FIRST if status in statuses)

    def only_warns(self, gateway: GatewaySummary, layer: str) -> bool:
        """Whether all that is violated in a layer of a gateway is advisory."""
        violated = [each for each in self._found(gateway, layer) if each.status is Status.VIOLATION]
        return bool(violated) and all(map(self.is_warning, violated))

    def _reading_order(self, finding: Finding) -> tuple[int, bool, int, int, str, str, str]:
        status, warns = _WORST_FIRST.index(finding.status), self.is_warning(finding)
        layer, grave = (*GROUPS, "pack").index(finding.layer), _GRAVEST_FIRST.index(finding.severity)
        return status, warns, layer, grave, finding.policy, finding.urn, finding.message

    def _found(self, gateway: GatewaySummary, layer: str) -> list[Finding]:
        return [each for each in self._by_gateway.get(gateway.urn, ()) if each.layer == layer]

    @cached_property
    def _ordered(self) -> list[Finding]:
        return sorted(self.report.findings, key=self._reading_order)

    @cached_property
    def _by_gateway(self) -> Mapping[str, list[Finding]]:
        found: dict[str, list[Finding]] = defaultdict(list)
        for each in self._ordered:
            found[each.gateway].append(each)
        return found

    @cached_property
    def _read(self) -> set[tuple[str, str]]:
        """Gateway and layer of all checks that had something to evaluate."""
        return {(check.gateway, check.layer) for check in self.report.checks if check.read}


def in_force(report: Report, levels: Mapping[str, str]) -> Report:
    """A report without the policies that are switched off."""
    return Report(
        gateways=report.gateways,
        checks=tuple(check for check in report.checks if levels.get(check.policy) != DISABLED),
        findings=tuple(finding for finding in report.findings if levels.get(finding.policy) != DISABLED),
    )


def failing_on(severity: str, levels: Mapping[str, str], severities: Mapping[str, Severity]) -> dict[str, str]:
    """Levels by severity: what is as grave fails, whatever its level was, unless it was switched off."""
    grave = () if severity == NEVER else _GRAVEST_FIRST[: _GRAVEST_FIRST.index(Severity(severity)) + 1]
    return {
        policy: DISABLED if level == DISABLED else MANDATORY if severities[policy] in grave else ADVISORY
        for policy, level in levels.items()
    }


def count(number: int, one: str, many: str) -> str:
    """A number of things, in words."""
    return f"{number} {one if number == 1 else many}"
