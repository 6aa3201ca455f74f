"""One run of the command line: its sources, its findings and its result."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum
from functools import cached_property, lru_cache
from typing import Final

from ..configuration.manifest import PACK, version
from ..graph.graph import Resource
from ..model.findings import ATTENTION, Checks, Finding, GatewaySummary, Report, Status
from ..model.verdict import Severity
from ..sources.source import Source

LAYERS: Final = ("auth", "keys", "network", "waf", "observability", "tls")
GROUPS: Final = (*LAYERS, "api")
"""The groups of policies about a gateway: the six layers, and `api` for what belongs to no layer."""
ADVISORY: Final = "advisory"
DISABLED: Final = "disabled"
MANDATORY: Final = "mandatory"
NEVER: Final = "never"
WITHOUT_APIS: Final = frozenset({"awsx", "eks"})
"""Packages whose components contain no APIs."""
_WORST_FIRST: Final = (*ATTENTION, Status.PASS, Status.NOT_APPLICABLE)
_MOST_SEVERE_FIRST: Final = (Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW)


class ExitCode(IntEnum):
    """The exit code of the command line."""

    PASSED = 0
    VIOLATED = 1
    NOT_EVALUATED = 2
    """A target, or a component that may contain APIs, could not be evaluated."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """The sources and the result of their evaluation."""

    sources: tuple[Source, ...]
    report: Report
    """The result, without disabled policies."""
    levels: Mapping[str, str] = field(default_factory=dict[str, str])
    """By policy, the level of violations in the configuration."""
    undecided_levels: Mapping[str, str] = field(default_factory=dict[str, str])
    """By policy, the level of undecided facts; advisory if it is not given."""
    stack_levels: Mapping[str, tuple[Mapping[str, str], Mapping[str, str]]] = field(
        default_factory=dict[str, tuple[Mapping[str, str], Mapping[str, str]]]
    )
    """By stack, as `stack::project`, its own levels of violations and of undecided facts, if they differ."""
    failures: tuple[tuple[str, str], ...] = ()
    """The targets that could not be read, each with the reason."""
    day: str = ""
    """The day of the run, as YYYY-MM-DD."""
    configuration: str = ""
    """The presets and configuration files of the run, as reports name them."""
    shows_suppressed: bool = True
    """Whether SARIF contains known and waived findings."""
    source_root: str = ""
    """The folder that paths in reports are relative to; empty for that of the nearest Git repository."""
    verifies: bool = False
    """Whether AWS was asked: then what could not be asked is an error, and never passes."""
    strict: bool = False
    """Whether undecided facts, advisory violations and components that were not evaluated fail the run, too."""

    @property
    def engine(self) -> str:
        """What ran the programs; see `Engine`."""
        return ", ".join(sorted({source.engine.value for source in self.sources}))

    @property
    def about(self) -> str:
        """What made the report: version, day and configuration."""
        return ", ".join(filter(None, (f"{PACK} {version()}", self.day, self.configuration)))

    @property
    def unseen(self) -> tuple[Resource, ...]:
        """Components that may contain APIs, but are built by packages that an offline run cannot see into."""
        resources = [each for source in self.sources for each in source.resources]
        return tuple(each for each in resources if each.remote and each.type.split(":")[0] not in WITHOUT_APIS)

    @property
    def exit_code(self) -> ExitCode:
        """The exit code that follows from the findings."""
        if self.violations or self.undecided_failing:
            return ExitCode.VIOLATED
        if self.failures or (self.unseen and not self.report.gateways):
            return ExitCode.NOT_EVALUATED
        if self.verifies and self.report.count(Status.UNDECIDED):
            return ExitCode.NOT_EVALUATED
        failing_if_strict = self.warnings or self.report.count(Status.UNDECIDED) or self.unseen
        return ExitCode.VIOLATED if self.strict and failing_if_strict else ExitCode.PASSED

    @cached_property
    def violations(self) -> int:
        """How many violations fail the run."""
        return self.report.count(Status.VIOLATION) - self.warnings

    @cached_property
    def warnings(self) -> int:
        """How many violations are of advisory policies and do not fail the run."""
        return sum(self.is_warning(finding) for finding in self.report.findings)

    @property
    def undecided_failing(self) -> int:
        """How many undecided findings fail the run."""
        return sum(self.fails(each) for each in self.report.findings if each.status is Status.UNDECIDED)

    @property
    def summary(self) -> str:
        """The result in one line."""
        counts = [
            count(self.violations, "violation", "violations"),
            count(self.warnings, "warning", "warnings"),
            f"{self.report.count(Status.UNDECIDED)} undecided",
            *([f"{known} known"] if (known := self.report.count(Status.KNOWN)) else []),
            f"{self.report.count(Status.WAIVED)} waived",
        ]
        read = [count(len(self.report.gateways), "gateway", "gateways"), count(self.checked, "check", "checks")]
        if len(self.sources) > 1:
            read.insert(0, count(len(self.sources), "stack", "stacks"))
        read += [f"{count(len(self.unseen), 'component', 'components')} not evaluated"] if self.unseen else []
        not_read = self.report.coverage.not_read
        read += [f"{count(not_read, 'resource', 'resources')} not read"] if not_read else []
        read += [f"{count(len(self.failures), 'target', 'targets')} not read"] if self.failures else []
        return f"{', '.join(counts)}; {', '.join(read)} (engine: {self.engine})"

    @cached_property
    def checked(self) -> int:
        """How many checks evaluated something."""
        return sum(check.status is not Status.NOT_APPLICABLE for check in self.report.checks)

    def level(self, policy: str, urn: str = "") -> str:
        """`mandatory` if a violation of the policy fails the run, `advisory` if it is only reported.

        `urn` is that of the resource, since stacks may have levels of their own.
        """
        levels, _ = self.stack_levels.get(stack_of(urn), (self.levels, self.undecided_levels))
        return ADVISORY if levels.get(policy) == ADVISORY else MANDATORY

    def is_warning(self, finding: Finding) -> bool:
        """Whether a finding is a violation of an advisory policy."""
        return finding.status is Status.VIOLATION and self.level(finding.policy, finding.urn) == ADVISORY

    def label(self, finding: Finding) -> str:
        """The status of a finding as reports name it; `warning` for a violation that does not fail."""
        return "warning" if self.is_warning(finding) else finding.status.value

    def fails(self, finding: Finding) -> bool:
        """Whether a finding fails the run."""
        if finding.status is Status.UNDECIDED:
            _, levels = self.stack_levels.get(stack_of(finding.urn), (self.levels, self.undecided_levels))
            return levels.get(finding.policy) == MANDATORY
        return finding.status is Status.VIOLATION and self.level(finding.policy, finding.urn) == MANDATORY

    def of_source(self, source: Source) -> list[Finding]:
        """The findings about the resources of a stack."""
        return self._by_stack.get(_name(source), [])

    def gateways_of(self, source: Source) -> list[GatewaySummary]:
        """The gateways of a stack."""
        return self._gateways_by_stack.get(_name(source), [])

    def name_of(self, gateway: GatewaySummary) -> str:
        """The name of a gateway; with several stacks, followed by its project and stack."""
        source = self._sources.get(stack_of(gateway.urn))
        if source is None or len(self.sources) == 1:
            return gateway.name
        return f"{gateway.name} ({source.project}/{source.stack})"

    @cached_property
    def sources_by_severity(self) -> list[Source]:
        """The stacks, those with the most severe failing violations first."""
        return sorted(self.sources, key=self._rank)

    def counts(self, source: Source) -> dict[str, int]:
        """How many failing violations of each severity a stack has, and how many findings of each other kind."""
        found = self.of_source(source)
        failing = [each for each in found if each.status is Status.VIOLATION and not self.is_warning(each)]
        counts = {each.value: sum(one.severity is each for one in failing) for each in _MOST_SEVERE_FIRST}
        counts["warning"] = sum(map(self.is_warning, found))
        return counts | {each.value: sum(one.status is each for one in found) for each in ATTENTION[1:]}

    def _rank(self, source: Source) -> tuple[int, ...]:
        return tuple(-count for count in self.counts(source).values())

    def by_policy(self) -> list[tuple[str, int, int]]:
        """Each policy with violations, with how many there are in how many stacks, the most frequent first."""
        found: dict[str, list[str]] = defaultdict(list)
        for each in self.report.findings:
            if each.status is Status.VIOLATION:
                found[each.policy].append(stack_of(each.urn))
        counted = [(policy, len(stacks), len(set(stacks))) for policy, stacks in found.items()]
        return sorted(counted, key=lambda each: (-each[1], each[0]))

    def by_owner(self) -> list[tuple[str, int]]:
        """Each owner of waivers, with how many findings these waive; an empty name for waivers without an owner."""
        found = Counter(each.owner for each in self.report.findings if each.status is Status.WAIVED)
        return sorted(found.items(), key=lambda each: (-each[1], each[0]))

    def source_of(self, finding: Finding) -> Source | None:
        """The stack that a finding is about."""
        return self._sources.get(stack_of(finding.urn))

    def findings(self, *statuses: Status, gateway: str | None = None) -> list[Finding]:
        """The findings with one of the statuses, the most important first; of all gateways or of one (empty: none)."""
        chosen = self._ordered if gateway is None else self._by_gateway.get(gateway, ())
        return [each for each in chosen if each.status in statuses]

    def status(self, gateway: GatewaySummary, layer: str) -> Status:
        """The worst status of a gateway's checks in a layer or group."""
        read = (gateway.urn, layer) in self._read
        statuses = {Status.PASS if read else Status.NOT_APPLICABLE, *(e.status for e in self._found(gateway, layer))}
        return next(status for status in _WORST_FIRST if status in statuses)

    def only_warns(self, gateway: GatewaySummary, layer: str) -> bool:
        """Whether a gateway has violations in a layer or group, and all of them are advisory."""
        violated = [each for each in self._found(gateway, layer) if each.status is Status.VIOLATION]
        return bool(violated) and all(map(self.is_warning, violated))

    def _reading_order(self, finding: Finding) -> tuple[int, bool, int, int, str, str, str]:
        status, warns = _WORST_FIRST.index(finding.status), self.is_warning(finding)
        layer, severity = (*GROUPS, "pack").index(finding.layer), _MOST_SEVERE_FIRST.index(finding.severity)
        return status, warns, layer, severity, finding.policy, finding.urn, finding.message

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
    def _sources(self) -> Mapping[str, Source]:
        return {_name(each): each for each in reversed(self.sources)}

    @cached_property
    def _by_stack(self) -> Mapping[str, list[Finding]]:
        found: dict[str, list[Finding]] = defaultdict(list)
        for each in self.report.findings:
            found[stack_of(each.urn)].append(each)
        return found

    @cached_property
    def _gateways_by_stack(self) -> Mapping[str, list[GatewaySummary]]:
        found: dict[str, list[GatewaySummary]] = defaultdict(list)
        for each in self.report.gateways:
            found[stack_of(each.urn)].append(each)
        return found

    @cached_property
    def _read(self) -> set[tuple[str, str]]:
        """The gateway and layer of all checks that evaluated something."""
        return {(check.gateway, check.layer) for check in self.report.checks if check.read}


def _name(source: Source) -> str:
    return f"{source.stack}::{source.project}"


@lru_cache(maxsize=4096)
def stack_of(urn: str) -> str:
    """The stack of a resource, as `stack::project`; empty without a URN."""
    return "::".join(urn.removeprefix("urn:pulumi:").split("::", 2)[:2]) if urn else ""


def in_force(
    report: Report, levels: Mapping[str, str], of_stacks: Mapping[str, Mapping[str, str]] | None = None
) -> Report:
    """The report without disabled policies. `of_stacks` are the levels of the stacks that have their own."""

    def enabled(policy: str, urn: str) -> bool:
        return (of_stacks or {}).get(stack_of(urn), levels).get(policy) != DISABLED

    if not any(DISABLED in each.values() for each in (levels, *(of_stacks or {}).values())):
        return replace(report, checks=report.checks if isinstance(report.checks, Checks) else Checks(report.checks))
    return replace(
        report,
        checks=Checks(each for each in report.checks if enabled(each.policy, each.gateway)),
        findings=tuple(each for each in report.findings if enabled(each.policy, each.urn or each.gateway)),
    )


def failing_on(severity: str, levels: Mapping[str, str], severities: Mapping[str, Severity]) -> dict[str, str]:
    """Levels that make policies mandatory from a severity on, and others advisory. Disabled policies stay disabled."""
    failing = () if severity == NEVER else _MOST_SEVERE_FIRST[: _MOST_SEVERE_FIRST.index(Severity(severity)) + 1]
    return {
        policy: DISABLED if level == DISABLED else MANDATORY if severities[policy] in failing else ADVISORY
        for policy, level in levels.items()
    }


def count(number: int, one: str, many: str) -> str:
    """A count with its noun, such as `1 route` and `2 routes`."""
    return f"{number} {one if number == 1 else many}"
