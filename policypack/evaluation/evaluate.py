"""Evaluates a graph: the model is built once, each policy runs behind a fence of its own."""

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

from ..configuration.waivers import Waiver, WaiverLedger
from ..findings import (
    Check,
    Config,
    Finding,
    Report,
    Status,
)
from ..graph.aws_native import translated
from ..graph.graph import Graph, Resource
from ..layers import POLICIES
from ..layers.pack import PACK
from ..layers.policy import Policy
from ..model.fact import Tristate
from ..model.gateway import Gateway
from ..model.stack import IgnoredChanges, Stack
from ..model.verdict import Verdict
from ..readers.stack import build
from ..redaction.redact import Redactor
from .gateway_summary import summary

_STACK = "pulumi:pulumi:Stack"
_DEEPEST = 100
"""Ancestors that are looked at: a state file may be wrong, and its parents a circle."""
_STATUS = {Tristate.YES: Status.PASS, Tristate.NO: Status.VIOLATION, Tristate.UNKNOWN: Status.UNDECIDED}


def evaluate(
    graph: Graph,
    config: Config | None = None,
    waivers: Sequence[Waiver] = (),
    *,
    tag_waivers: Container[str] = (),
    policies: Sequence[Policy] = POLICIES,
    today: date | None = None,
) -> Report:
    """Evaluate everything in a graph, by every policy.

    `tag_waivers` are the policies that a resource's own tags may waive.
    """
    return evaluate_each([graph], config, waivers, tag_waivers=tag_waivers, policies=policies, today=today)


def evaluate_each(
    graphs: Iterable[Graph],
    config: Config | None = None,
    waivers: Sequence[Waiver] = (),
    *,
    tag_waivers: Container[str] = (),
    policies: Sequence[Policy] = POLICIES,
    today: date | None = None,
) -> Report:
    """Evaluate several graphs, each on its own, under one configuration: a waiver is used if any of them uses it."""
    ledger = WaiverLedger(waivers, tag_waivers, today or datetime.now(UTC).date())
    reports = [_Run(graph, config or {}, ledger).report(policies) for graph in graphs]
    of_waivers = replace(_read(Graph(()), ledger), waivers=tuple(ledger.given()))
    own = [policy for policy in policies if policy.layer == PACK.name]
    last = _Run(Graph(()), config or {}, ledger, of_waivers).report(own)
    checks = tuple(check for check in last.checks if check.read)
    findings = [finding for each in (*reports, last) for finding in each.findings]
    return Report(
        gateways=tuple(gateway for each in reports for gateway in each.gateways),
        checks=(*(check for each in reports for check in each.checks), *checks),
        findings=tuple(sorted(findings, key=lambda each: (each.layer, each.policy, each.urn, each.message))),
    )


def evaluate_resource(
    resource: Resource,
    config: Config | None = None,
    waivers: Sequence[Waiver] = (),
    *,
    tag_waivers: Container[str] = (),
    policies: Sequence[Policy] = POLICIES,
    today: date | None = None,
) -> Report:
    """Evaluate one resource by the policies whose violations hold in whatever graph it stands."""
    alone = [policy for policy in policies if policy.single_resource]
    ledger = WaiverLedger(waivers, tag_waivers, today or datetime.now(UTC).date())
    report = _Run(Graph([resource], whole=False), config or {}, ledger).report(alone)
    return Report(findings=tuple(each for each in report.findings if each.status is Status.VIOLATION))


class _Run:
    """One graph under every policy."""

    def __init__(self, graph: Graph, config: Config, ledger: "WaiverLedger", stack: Stack | None = None) -> None:
        self._graph = graph
        self._config = config
        self._ledger = ledger
        self._stack = _read(graph, ledger) if stack is None else stack
        self._discreet = Redactor(text for each in graph.resources for text in each.secrets)
        self._owner = {urn: gateway.urn for gateway in self._stack.gateways for urn in _subjects(gateway)}

    def report(self, policies: Sequence[Policy]) -> Report:
        checks: list[Check] = []
        findings: list[Finding] = []
        for policy in policies:
            for gateway, verdicts in self._verdicts(policy):
                found = [self._finding(policy, gateway, each) for each in verdicts if each.result is not Tristate.YES]
                findings += found
                checks.append(self._check(policy, gateway, len(verdicts), [each.status for each in found]))
        return Report(
            gateways=tuple(summary(gateway, self._discreet) for gateway in self._stack.gateways),
            checks=tuple(checks),
            findings=tuple(findings),
        )

    def _verdicts(self, policy: Policy) -> Iterator[tuple[str, list[Verdict]]]:
        """By gateway, what the policy says; a policy that fails says so itself, and the others go on."""
        settings = policy.settings(self._config.get(policy.id, {}))
        if policy.evaluate_stack is not None:
            yield "", _fenced(policy, "", lambda: _of_stack(policy, self._stack, settings))
        for gateway in self._stack.gateways if policy.evaluate is not None else ():
            yield gateway.urn, _fenced(policy, gateway.urn, lambda each=gateway: _of_gateway(policy, each, settings))

    @staticmethod
    def _check(policy: Policy, gateway: str, read: int, found: Iterable[Status]) -> Check:
        statuses = set(found)
        worst = next((s for s in (Status.VIOLATION, Status.UNDECIDED, Status.WAIVED) if s in statuses), Status.PASS)
        status = Status.NOT_APPLICABLE if not read else worst
        return Check(policy=policy.id, layer=policy.layer, gateway=gateway, status=status, read=read)

    def _finding(self, policy: Policy, gateway: str, verdict: Verdict) -> Finding:
        status, message, reason = _STATUS[verdict.result], verdict.message, ""
        resource = self._graph.by_urn(verdict.urn)
        found = self._ledger.waiver(policy.id, resource) if resource else None  # what is no resource is not waived
        if found is not None and found.expired(self._ledger.today):
            message = f"{message} (its waiver expired on {found.until})"
        elif found is not None:
            status, reason = Status.WAIVED, str(found)
        return Finding(
            policy=policy.id,
            layer=policy.layer,
            severity=policy.severity,
            status=status,
            urn=verdict.urn,
            message=self._discreet(message),
            fix=policy.fix_in(resource.language if resource else None),
            gateway=gateway or self._owner.get(verdict.urn, ""),
            location=resource.location if resource else "",
            component=self._component(resource),
            waiver=self._discreet(reason),
        )

    def _component(self, resource: Resource | None) -> str:
        """The outermost component around a resource; the stack is none."""
        found, around = "", resource
        for _ in range(_DEEPEST):
            around = self._graph.by_urn(around.parent) if around else None
            if around is None or around.type == _STACK:
                break
            if not around.custom:
                found = f"{around.type.rpartition(':')[2]} {around.name}"
        return found


def _read(graph: Graph, ledger: WaiverLedger) -> Stack:
    """The model of a graph, with what is known of the policy pack itself."""
    ledger.stacks.update("::".join(urn.removeprefix("urn:pulumi:").split("::", 2)[:2]) for urn in graph.urns())
    graph = translated(graph)
    stack = build(graph)
    followed = tuple(
        IgnoredChanges(urn=each.urn, label=f"{each.type.rpartition(':')[2]} {each.name}", ignored=ignored)
        for each, ignored in graph.ignored()
    )
    return replace(stack, followed=followed, today=ledger.today)


def _of_stack(policy: Policy, stack: Stack, settings: dict[str, object]) -> list[Verdict]:
    return list(policy.evaluate_stack(stack, settings)) if policy.evaluate_stack else []


def _of_gateway(policy: Policy, gateway: Gateway, settings: dict[str, object]) -> list[Verdict]:
    return list(policy.evaluate(gateway, settings)) if policy.evaluate else []


def _fenced(policy: Policy, urn: str, run: Callable[[], list[Verdict]]) -> list[Verdict]:
    try:
        return run()
    except Exception as error:  # noqa: BLE001 - a broken policy must not silence the others
        # Only the type: the error's text may hold a value.
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
