"""Evaluates a graph: builds the model once, then runs every policy, isolated from the failures of the others."""

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import chain
from typing import Any, TypedDict, Unpack

from ..configuration.waivers import Waiver, WaiverLedger
from ..graph.drift import as_held
from ..graph.external_apis import completed
from ..graph.graph import Graph, Resource
from ..graph.harmless import is_of_api_gateway, is_read
from ..graph.normalised import normalised
from ..layers import POLICIES
from ..layers.pack import PACK
from ..layers.policy import Policy, Settings
from ..model.fact import Tristate
from ..model.findings import (
    Check,
    Checks,
    Config,
    Coverage,
    Finding,
    Report,
    Status,
)
from ..model.gateway import Gateway
from ..model.stack import IgnoredChanges, Stack, Verified
from ..model.verdict import Verdict
from ..readers.stack import build
from ..redaction.redact import Redactor
from .gateway_summary import summary

_STACK = "pulumi:pulumi:Stack"
_STATUS = {Tristate.YES: Status.PASS, Tristate.NO: Status.VIOLATION, Tristate.UNKNOWN: Status.UNDECIDED}


_RANK = {Tristate.YES: 0, Tristate.UNKNOWN: 1, Tristate.NO: 2}
_HELD = "in AWS at the last refresh; the program declares otherwise"


class Options(TypedDict, total=False):
    """Options that all functions of this module accept."""

    tag_waivers: Container[str]
    """The ids of the policies that a resource's own tags may waive. None by default."""
    policies: Sequence[Policy]
    """The policies to evaluate. All by default."""
    today: date | None
    """The day on which waivers must be valid. The current day in UTC by default."""
    verified: Sequence[Verified]
    """What was compared with AWS. Nothing by default."""


def evaluate(
    graph: Graph,
    config: Config | None = None,
    waivers: Sequence[Waiver] = (),
    **options: Unpack[Options],
) -> Report:
    """Evaluate a graph with every policy."""
    return evaluate_each([graph], config, waivers, **options)


def evaluate_each(
    graphs: Iterable[Graph],
    config: Config | None = None,
    waivers: Sequence[Waiver] = (),
    **options: Unpack[Options],
) -> Report:
    """Evaluate several graphs separately with one configuration; a waiver counts as used if any graph uses it."""
    ledger, policies = _ledger(waivers, options), options.get("policies", POLICIES)
    compared = options.get("verified", ())
    reports = [Evaluation(graph, config or {}, ledger, verified=compared).report(policies) for graph in graphs]
    return combined(reports, config or {}, ledger, policies)


def combined(
    reports: Sequence[Report], config: Config, ledger: WaiverLedger, policies: Sequence[Policy] = POLICIES
) -> Report:
    """One report of several, with what the policies about waivers find, once everything has used them."""
    about_pack = [policy for policy in policies if policy.layer == PACK.name]
    last = about_waivers(config, ledger).report(about_pack)
    checks = (check for check in last.checks if check.read)
    findings = [finding for each in (*reports, last) for finding in each.findings]
    return Report(
        gateways=tuple(gateway for each in reports for gateway in each.gateways),
        checks=Checks(chain(chain.from_iterable(each.checks for each in reports), checks)),
        coverage=_total([each.coverage for each in reports]),
        findings=tuple(sorted(findings, key=lambda each: (each.layer, each.policy, each.urn, each.message))),
        mistakes=tuple(ledger.mistakes()),
    )


def evaluate_resource(
    resource: Resource,
    config: Config | None = None,
    waivers: Sequence[Waiver] = (),
    **options: Unpack[Options],
) -> Report:
    """Evaluate one resource with the policies marked `single_resource`: their violations hold in every graph."""
    applicable = [policy for policy in options.get("policies", POLICIES) if policy.single_resource]
    report = Evaluation(Graph([resource], whole=False), config or {}, _ledger(waivers, options)).report(applicable)
    return Report(findings=tuple(each for each in report.findings if each.status is Status.VIOLATION))


def _total(coverages: Sequence[Coverage]) -> Coverage:
    return Coverage(
        read=sum(each.read for each in coverages),
        not_applicable=sum(each.not_applicable for each in coverages),
        not_read=sum(each.not_read for each in coverages),
        of_api_gateway=sum(each.of_api_gateway for each in coverages),
    )


def _ledger(waivers: Sequence[Waiver], options: Options) -> WaiverLedger:
    return WaiverLedger(waivers, options.get("tag_waivers", ()), options.get("today") or datetime.now(UTC).date())


def about_waivers(config: Config, ledger: WaiverLedger) -> "Evaluation":
    """The evaluation of the waivers themselves, after everything else has used them."""
    waivers_only = replace(_model(Graph(()), ledger), waivers=tuple(ledger.given()))
    return Evaluation(Graph(()), config, ledger, waivers_only)


class Evaluation:
    """The evaluation of one graph, whose model is built once for all policies."""

    def __init__(
        self,
        graph: Graph,
        config: Config,
        ledger: WaiverLedger,
        stack: Stack | None = None,
        *,
        verified: Sequence[Verified] = (),
    ) -> None:
        """Build the model, with those of the subjects that were compared with AWS that are in the graph."""
        self._graph = graph
        self._config = config
        self._ledger = ledger
        form = normalised(graph) if stack is None else graph
        self._form = form
        model = _model(form, ledger) if stack is None else stack
        own = tuple(each for each in verified if graph.by_urn(each.urn) is not None)
        self._stack = replace(model, verified=own) if own else model
        held = as_held(graph) if stack is None else None
        self._held = None if held is None else _model(normalised(held), ledger)
        """The model of what AWS held, if that is not what the program declares."""
        self._declared_in = {each.urn: each for each in form.resources if each.declared_in}
        """The resources that a template declares, by the URNs that they have in the model alone."""
        self._redacted = Redactor(text for each in form.resources for text in each.secrets)
        gateways = (*(self._held.gateways if self._held else ()), *self._stack.gateways)
        self._owner = {urn: gateway.urn for gateway in gateways for urn in _subjects(gateway)}
        self._kind_of = {gateway.urn: gateway.kind for gateway in gateways}
        self._owner.update((each.urn, each.gateway) for each in self._stack.not_read if each.gateway)

    def report(self, policies: Sequence[Policy], config: Config | None = None) -> Report:
        """The result of the policies, with another configuration than at first if it is given."""
        self._config = self._config if config is None else config
        checks: list[Check] = []
        findings: list[Finding] = []
        for policy in policies:
            for gateway, verdicts in self._verdicts(policy):
                found = [self._finding(policy, gateway, each) for each in verdicts if each.result is not Tristate.YES]
                findings += found
                status = _worst(found) if found else Status.PASS if verdicts else Status.NOT_APPLICABLE
                checks.append(Check(policy.id, policy.layer, gateway, status, len(verdicts)))
        return Report(
            gateways=tuple(summary(gateway, self._redacted) for gateway in self._stack.gateways),
            checks=tuple(checks),
            findings=tuple(findings),
            coverage=self._coverage(),
        )

    def _coverage(self) -> Coverage:
        not_read = {each.urn for each in self._stack.not_read}
        types = [each.type for each in self._form.resources if each.urn not in not_read]
        read = sum(map(is_read, types))
        return Coverage(
            read=read,
            not_applicable=len(types) - read,
            not_read=len(not_read),
            of_api_gateway=sum(map(is_of_api_gateway, types)),
        )

    def _verdicts(self, policy: Policy) -> Iterator[tuple[str, list[Verdict]]]:
        """The verdicts of a policy, by the URN of the gateway (empty for the whole stack)."""
        settings = policy.settings(self._config.get(policy.id, {}))
        held = self._held if policy.layer != PACK.name else None
        of_held = {} if held is None else dict(_verdicts_of(policy, held, settings))
        for urn, verdicts in _verdicts_of(policy, self._stack, settings):
            yield urn, _worse(verdicts, of_held[urn]) if urn in of_held else verdicts

    def _finding(self, policy: Policy, gateway: str, verdict: Verdict) -> Finding:
        gateway = gateway or self._owner.get(verdict.urn, "")
        inner = self._declared_in.get(verdict.urn)
        if inner:
            verdict = _in_stack(verdict, inner)
        status, message, reason = _STATUS[verdict.result], verdict.message, ""
        resource = self._graph.by_urn(verdict.urn)
        found = self._ledger.waiver(policy.id, resource, verdict) if resource else None  # only resources can be waived
        if found is None and resource and (advice := self._ledger.advice(policy.id, resource, verdict)):
            message = f"{message} ({advice})"
        elif found is not None and found.expired(self._ledger.today):
            message = f"{message} (its waiver expired on {found.until})"
        elif found is not None:
            status, reason = Status.WAIVED, found.described(self._ledger.today)
        if not self._graph.whole and resource and self._ledger.may_be_waived(policy.id, resource, verdict):
            status = Status.UNDECIDED
        return Finding(
            policy=policy.id,
            layer=policy.layer,
            severity=policy.severity,
            status=status,
            urn=verdict.urn,
            message=self._redacted(message),
            subject=self._redacted(verdict.subject),
            fix=policy.fix_in(resource.language if resource else None, self._kind_of.get(gateway, "")),
            gateway=gateway,
            location=resource.location if resource else "",
            component=self._component(resource),
            waiver=self._redacted(reason),
            owner=self._redacted(found.owner) if found and status is Status.WAIVED else "",
        )

    def _component(self, resource: Resource | None) -> str:
        """The outermost component that contains a resource; empty if only the stack contains it."""
        inside = [
            each
            for each in (self._graph.ancestors(resource) if resource else ())
            if not each.custom and each.type != _STACK
        ]
        return f"{inside[-1].type.rpartition(':')[2]} {inside[-1].name}" if inside else ""


def _worst(findings: Iterable[Finding]) -> Status:
    """The status of a check with findings."""
    found = {each.status for each in findings}
    return next(each for each in (Status.VIOLATION, Status.UNDECIDED, Status.WAIVED) if each in found)


def _in_stack(verdict: Verdict, resource: Resource) -> Verdict:
    """The verdict on a resource of a template, at the stack that declares it."""
    message = f"{verdict.message} ({resource.name} in the template)"
    subject = f"{resource.name} {verdict.subject}".strip()
    return replace(verdict, urn=resource.declared_in, message=message, subject=subject)


def _model(graph: Graph, ledger: WaiverLedger) -> Stack:
    """The model of a normalised graph, including what the group `pack` evaluates."""
    ledger.note(graph.urns())
    graph = completed(graph)
    stack = build(graph)
    return replace(stack, ignored_changes=tuple(_ignored_changes(graph)), today=ledger.today)


def _ignored_changes(graph: Graph) -> Iterator[IgnoredChanges]:
    """The ignored changes of the resources of a graph; of a template they are those of its stack, once."""
    stacks: set[str] = set()
    for each, properties in graph.ignored():
        label = f"{each.type.rpartition(':')[2]} {each.name}"
        if not each.declared_in:
            yield IgnoredChanges(urn=each.urn, label=label, properties=properties)
        elif properties and each.declared_in not in stacks:
            stacks.add(each.declared_in)
            yield IgnoredChanges(
                urn=each.declared_in, label="Stack " + each.declared_in.rpartition("::")[2], properties=properties
            )


def _verdicts_of(policy: Policy, stack: Stack, settings: Settings) -> Iterator[tuple[str, list[Verdict]]]:
    """The verdicts of a policy on a model, by the URN of the gateway (empty for the whole stack)."""
    if policy.evaluate_stack is not None:
        yield "", _isolated(policy, "", policy.evaluate_stack, stack, settings)
    if policy.evaluate is not None:
        for gateway in stack.gateways:
            yield gateway.urn, _isolated(policy, gateway.urn, policy.evaluate, gateway, settings)


def _worse(declared: Sequence[Verdict], held: Iterable[Verdict]) -> list[Verdict]:
    """The verdicts on what the program declares, and those on what AWS held that are worse."""
    known = {(each.urn, each.subject): each.result for each in declared}
    worse = {
        (each.urn, each.subject): replace(each, message=f"{each.message} ({_HELD})")
        for each in held
        if _RANK[each.result] > _RANK[known.get((each.urn, each.subject), Tristate.YES)]
    }
    return [*(each for each in declared if (each.urn, each.subject) not in worse), *worse.values()]


def _isolated(
    policy: Policy,
    urn: str,
    run: Callable[[Any, Settings], Iterator[Verdict]],
    model: Stack | Gateway,
    settings: Settings,
) -> list[Verdict]:
    try:
        return list(run(model, settings))
    except Exception as error:  # noqa: BLE001 - a broken policy must not silence the others
        # Only the type: the error message may contain a secret value.
        return [
            Verdict(
                urn,
                Tristate.NO,
                f"{policy.id} failed here ({type(error).__name__}); this is a defect of the pack",
            )
        ]


def _subjects(gateway: Gateway) -> Iterator[str]:
    yield from (gateway.urn, gateway.resource_policy.urn)
    for group in (gateway.routes, gateway.authorizers, gateway.stages, gateway.domains):
        yield from (each.urn for each in group)
    yield from (stage.web_acl.urn for stage in gateway.stages if stage.web_acl)
