# ruff: noqa: ARG002, N802 - names and parameters of the methods are the protocol's
"""Implements the pack as an analyzer that Pulumi's engine calls over the public policy protocol.

Each resource is decoded once. Analyze receives its inputs, which the program declares. AnalyzeStack adds dependencies
and outputs, which identify the resource, and every policy evaluates the whole graph once. Nothing passes silently:
undecided facts are reported as advisory, and a failure of the pack itself is reported as a mandatory violation.
"""

import os
import signal
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final

import grpc
from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime.proto import analyzer_pb2 as proto
from pulumi.runtime.proto import plugin_pb2
from pulumi.runtime.proto.analyzer_pb2_grpc import AnalyzerServicer, add_AnalyzerServicer_to_server

from ..configuration import config, manifest
from ..evaluation import evaluate as evaluation
from ..graph.gc_pause import paused
from ..graph.graph import Graph, Resource
from ..graph.recorded import deployed
from ..graph.values import UNKNOWN, decode
from ..layers import POLICIES
from ..model import languages
from ..model.findings import Finding, Report, Status
from ..model.languages import Language
from . import diagnostics, protocol

WORKERS: Final = 8
UNLIMITED: Final = -1
ORPHAN_CHECK: Final = 1.0
"""Seconds between two checks of whether the parent process still exists."""
GRACE_PERIOD: Final = 5.0
"""Seconds that running calls have to finish after Cancel."""


class Settings:
    """Levels and settings, by policy."""

    def __init__(self, given: config.Configuration) -> None:
        self.given = given
        self._levels = {policy: protocol.LEVELS[level] for policy, level in given.levels.items()}

    def of_stack(self, stack: "StackIdentity") -> "Settings":
        """The settings with the levels of a stack."""
        return Settings(self.given.of_stack(stack.project, stack.name, stack.tags)) if self.given.stacks else self

    def level(self, policy: str) -> protocol.Level:
        """The level of violations of a policy; mandatory if the policy is unknown."""
        return self._levels.get(policy, proto.MANDATORY)

    def level_undecided(self, policy: str) -> protocol.Level:
        """The level of undecided facts of a policy."""
        return protocol.LEVELS[self.given.undecided.get(policy, config.ADVISORY)]

    def in_force(self, findings: Iterable[Finding]) -> list[Finding]:
        """The findings of policies that are not disabled."""
        return [finding for finding in findings if self.level(finding.policy) != proto.DISABLED]


@dataclass(frozen=True, kw_only=True, slots=True)
class StackIdentity:
    """What the engine says about the stack."""

    project: str = ""
    name: str = ""
    tags: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass
class Run:
    """What the engine has sent during one operation."""

    declared: dict[str, Resource] = field(default_factory=dict[str, Resource])
    """The resources that Analyze received, by URN. They have inputs and no outputs."""
    reported: set[tuple[str, str, str]] = field(default_factory=set[tuple[str, str, str]])
    """The identity of each violation that Analyze reported."""
    language: Language | None = None
    """The language of the program; None if the engine does not name it."""
    stack: StackIdentity = field(default_factory=StackIdentity)


class Analyzer(AnalyzerServicer):
    """Handles the calls of the engine, which may come from several threads."""

    def __init__(self) -> None:
        self.cancelled = threading.Event()
        self._settings = Settings(config.parse({}))
        self._lock = threading.Lock()
        self._run = Run()

    def GetAnalyzerInfo(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> proto.AnalyzerInfo:
        """Describe every policy under its own name, so that each has its own level and settings."""
        return proto.AnalyzerInfo(
            name=manifest.PACK,
            displayName="Gateway policy",
            description=manifest.manifest()["description"],
            readme=protocol.readme(),
            version=manifest.version(),
            provider="aws",
            supportsConfig=True,
            policies=[
                protocol.policy_info(policy, self._settings.level(policy.id), config.schema(policy))
                for policy in POLICIES
            ],
        )

    def GetPluginInfo(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> plugin_pb2.PluginInfo:
        """Return the pack's version."""
        return plugin_pb2.PluginInfo(version=manifest.version())

    def Handshake(
        self, request: proto.AnalyzerHandshakeRequest, context: grpc.ServicerContext
    ) -> proto.AnalyzerHandshakeResponse:
        """Accept the connection; the pack makes no calls to the engine."""
        return proto.AnalyzerHandshakeResponse()

    def ConfigureStack(
        self, request: proto.AnalyzerStackConfigureRequest, context: grpc.ServicerContext
    ) -> proto.AnalyzerStackConfigureResponse:
        """Begin an operation: everything from an earlier one is dropped."""
        tags: Mapping[str, str] = getattr(request, "tags", {})  # older SDKs lack it
        with self._lock:
            self._run = Run(
                language=languages.of_runtime(tags.get(protocol.RUNTIME_TAG, "")),
                stack=StackIdentity(project=request.project, name=request.stack, tags=dict(tags)),
            )
        return proto.AnalyzerStackConfigureResponse()

    def Configure(self, request: proto.ConfigureAnalyzerRequest, context: grpc.ServicerContext) -> empty_pb2.Empty:
        """Set levels and settings. A mistake in them aborts the operation before it begins."""
        try:
            self._settings = Settings(config.parse(protocol.given_settings(request)))
        except config.ConfigError as error:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
        return empty_pb2.Empty()

    def Remediate(self, request: proto.AnalyzeRequest, context: grpc.ServicerContext) -> proto.RemediateResponse:
        """Change nothing: no policy remediates resources."""
        return proto.RemediateResponse()

    def Cancel(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> empty_pb2.Empty:
        """Finish the running calls, then exit."""
        self.cancelled.set()
        return empty_pb2.Empty()

    def Analyze(self, request: proto.AnalyzeRequest, context: grpc.ServicerContext) -> proto.AnalyzeResponse:
        """Store a resource, and report the violations that it shows whatever the rest of the stack contains."""
        try:
            return self._analyze(request)
        except Exception as error:  # noqa: BLE001 - the engine would show the pack as passed
            return proto.AnalyzeResponse(diagnostics=[diagnostics.defect(error, request.urn)])

    def AnalyzeStack(self, request: proto.AnalyzeStackRequest, context: grpc.ServicerContext) -> proto.AnalyzeResponse:
        """Evaluate the whole stack, and report what Analyze did not."""
        try:
            return self._analyze_stack(request)
        except Exception as error:  # noqa: BLE001 - the engine would show the pack as passed
            return proto.AnalyzeResponse(diagnostics=[diagnostics.defect(error)])

    def _analyze(self, request: proto.AnalyzeRequest) -> proto.AnalyzeResponse:
        settings, given = self._settings.of_stack(self._run.stack), self._settings.given
        resource = _declared(request, self._run.language)
        with self._lock:
            self._run.declared[resource.urn] = resource
        report = evaluation.evaluate_resource(resource, given.settings, given.waivers, tag_waivers=given.tag_waivers)
        found = [each for each in settings.in_force(report.findings) if each.status is Status.VIOLATION]
        with self._lock:
            self._run.reported.update(each.identity for each in found)
        return proto.AnalyzeResponse(
            diagnostics=diagnostics.fitting(diagnostics.violation(each, settings.level(each.policy)) for each in found)
        )

    @paused()
    def _analyze_stack(self, request: proto.AnalyzeStackRequest) -> proto.AnalyzeResponse:
        settings, given = self._settings.of_stack(self._run.stack), self._settings.given
        with self._lock:
            declared, reported, language = dict(self._run.declared), set(self._run.reported), self._run.language
        messages = sorted(request.resources, key=lambda message: message.urn)  # the engine sends them in any order
        graph = Graph([_deployed(message, declared.get(message.urn), language) for message in messages])
        report = evaluation.evaluate(graph, given.settings, given.waivers, tag_waivers=given.tag_waivers)
        findings = settings.in_force(report.findings)
        new = [each for each in findings if each.status is Status.VIOLATION and each.identity not in reported]
        found = [
            *(diagnostics.violation(each, settings.level(each.policy)) for each in new),
            *diagnostics.undecided(findings, settings.level_undecided),
            *diagnostics.waived(findings),
        ]
        return proto.AnalyzeResponse(
            diagnostics=diagnostics.fitting(found),
            not_applicable=_not_applicable(report, findings, {each.policyName for each in found}),
        )


def _not_applicable(
    report: Report, findings: Sequence[Finding], reporting: set[str]
) -> Iterator[proto.PolicyNotApplicable]:
    """The policies that the engine must not count as passed: it does so for every policy without a diagnostic."""
    evaluated = {check.policy for check in report.checks if check.status is not Status.NOT_APPLICABLE}
    known = {finding.policy for finding in findings}
    for policy in POLICIES:
        if policy.id in known - reporting:
            yield proto.PolicyNotApplicable(policy_name=policy.id, reason="reported on the resource itself")
        elif policy.id not in evaluated | known:
            yield proto.PolicyNotApplicable(
                policy_name=policy.id, reason="this stack contains nothing that the policy evaluates"
            )


def _declared(request: proto.AnalyzeRequest, language: Language | None) -> Resource:
    secrets: set[str] = set()
    return Resource(
        urn=request.urn,
        type=request.type,
        name=request.name,
        inputs=_values(request.properties, secrets),
        id=UNKNOWN,
        parent=request.options.parent,
        ignore_changes=tuple(request.options.ignoreChanges),
        custom=_is_custom(request),
        secrets=frozenset(secrets),
        language=language,
    )


def _deployed(message: proto.AnalyzerResource, declared: Resource | None, language: Language | None) -> Resource:
    """A resource with its dependencies and its outputs, and with the inputs that Analyze received."""
    secrets: set[str] = set()
    found = Resource(
        urn=message.urn,
        type=message.type,
        name=message.name,
        outputs=_values(message.properties, secrets),
        parent=message.parent,
        dependencies=frozenset(message.dependencies),
        property_dependencies={key: frozenset(each.urns) for key, each in message.propertyDependencies.items()},
        ignore_changes=tuple(message.options.ignoreChanges),
        custom=_is_custom(message),
        secrets=frozenset(secrets),
        language=language,
    )
    return deployed(found, declared)


def _is_custom(message: proto.AnalyzeRequest | proto.AnalyzerResource) -> bool:
    """Whether a provider manages the resource. The protocol does not say so, but only then it has a provider."""
    return message.HasField("provider") or message.type.startswith("pulumi:providers:")


def _values(properties: struct_pb2.Struct, secrets: set[str]) -> dict[str, Any]:
    return decode(json_format.MessageToDict(properties), secrets)


def serve() -> None:
    """Serve the engine until it cancels or exits.

    The protocol requires the port as the first line of standard output. Ctrl-C reaches every process of the terminal,
    but only the engine decides what it means, so it is ignored here.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = os.getppid()
    analyzer = Analyzer()
    server = grpc.server(
        ThreadPoolExecutor(max_workers=WORKERS),
        options=[("grpc.max_receive_message_length", UNLIMITED), ("grpc.max_send_message_length", UNLIMITED)],
    )
    add_AnalyzerServicer_to_server(analyzer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)  # noqa: T201 - required by the protocol
    while not analyzer.cancelled.wait(ORPHAN_CHECK) and os.getppid() == parent:
        pass
    server.stop(GRACE_PERIOD).wait()
