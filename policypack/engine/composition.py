"""The policies as policies of Pulumi's own SDK, for a pack of your own.

The SDK calls each policy by itself. The model of a stack is therefore built at the first call and reused by the others.
Three things differ from this pack's own analyzer. Every report of a policy has the policy's level, so undecided and
waived findings are reported by two advisory policies of their own. Secrets arrive as plain strings, so messages hide
only what looks like a credential. And levels cannot depend on stack tags.
"""

import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyComplianceFramework,
    PolicyConfigSchema,
    PolicyResource,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    Severity,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.deserialize import serialize_properties

from ..configuration import config as configurations
from ..configuration.waivers import WaiverLedger
from ..evaluation.evaluate import Evaluation, about_waivers, evaluate_resource
from ..graph.graph import Graph, Resource
from ..graph.recorded import deployed
from ..graph.values import UNKNOWN, decode
from ..layers import POLICIES
from ..layers.frameworks import FRAMEWORKS, cited
from ..layers.pack import PACK
from ..layers.policy import Policy as GatewayPolicy
from ..model import languages
from ..model.findings import Finding, Report, Status
from ..model.languages import Language
from ..redaction.escaping import visible
from .protocol import RUNTIME_TAG

UNDECIDED: Final = "gateway-undecided"
"""The advisory policy that lists what the other policies cannot decide."""
WAIVED: Final = "gateway-waived"
"""The advisory policy that lists what is waived."""
_PROVIDERS: Final = "pulumi:providers:"


def gateway_policies(
    *, preset: str | Sequence[str] = configurations.RECOMMENDED, config: Mapping[str, Any] | None = None
) -> list[Policy]:
    """The policies, for `PolicyPack(..., policies=[*gateway_policies(), ...])`.

    `preset` is one preset or several, and `config` overrides it, in the format of a configuration file. What the
    engine's `--policy-pack-config` sets for a policy overrides both. Raises ConfigError with every mistake.
    """
    presets = [preset] if isinstance(preset, str) else preset
    shared = _Shared(configurations.merged(configurations.preset(presets), config or {}))
    policies: list[Policy] = [
        _ResourceAndStackPolicy(policy, shared) if policy.single_resource else _stack_policy(policy, shared)
        for policy in POLICIES
    ]
    return [
        *policies,
        StackValidationPolicy(
            UNDECIDED,
            "What the gateway policies cannot decide yet, such as values that are known only after deployment.",
            lambda _args, report: shared.report_listed(Status.UNDECIDED, report),
            EnforcementLevel.ADVISORY,
        ),
        StackValidationPolicy(
            WAIVED,
            "What the gateway policies do not report because it is waived, with the reasons.",
            lambda _args, report: shared.report_listed(Status.WAIVED, report),
            EnforcementLevel.ADVISORY,
        ),
    ]


class _Operation:
    """What one preview or update has shown so far."""

    def __init__(self) -> None:
        self.declared: dict[str, Resource] = {}
        """The resources that resource policies received, by URN. They have inputs and no outputs."""
        self.reported: set[tuple[str, str, str]] = set()
        """The identities of the violations that resource policies reported."""
        self.ledger: WaiverLedger | None = None
        self.evaluation: Evaluation | None = None
        self.evaluated: set[str] = set()
        """The policies that have evaluated the stack."""
        self.findings: list[Finding] = []


class _Shared:
    """What the policies of one pack share: the configuration and the current operation."""

    def __init__(self, written: Mapping[str, Any]) -> None:
        self._written = written
        configuration = configurations.parse(written)
        tagged = [name for name, entries in configuration.stacks.items() if any(each.tags for each in entries)]
        if tagged:
            raise configurations.ConfigError(
                f"{', '.join(tagged)}: levels by stack tag need the analyzer of gateway-policy, since policies of "
                "Pulumi's SDK have one level from the start"
            )
        environment = os.environ  # the engine starts a pack with the names of project and stack
        self.configuration = configuration.of_stack(
            environment.get("PULUMI_PROJECT", ""), environment.get("PULUMI_STACK", ""), {}
        )
        self._operation = _Operation()

    def of_policy(self, policy: GatewayPolicy, given: Mapping[str, Any]) -> configurations.Configuration:
        """The configuration with what the engine sets for one policy."""
        if not given:
            return self.configuration
        return configurations.parse(configurations.merged(self._written, {policy.id: dict(given)}))

    def report_resource(self, policy: GatewayPolicy, args: ResourceValidationArgs, report: ReportViolation) -> None:
        """Report what one resource shows by itself."""
        if self._operation.evaluated:  # the stack was evaluated: this resource is of the next operation
            self._operation = _Operation()
        resource = self._operation.declared.setdefault(args.urn, _declared(args))
        given = self.of_policy(policy, args.get_config())
        found = evaluate_resource(
            resource, given.settings, given.waivers, tag_waivers=given.tag_waivers, policies=[policy]
        )
        for each in found.findings:
            self._operation.reported.add(each.identity)
            report(_text(each), each.urn)

    def report_stack(self, policy: GatewayPolicy, args: StackValidationArgs, report: ReportViolation) -> None:
        """Report what the whole stack shows."""
        given = self.of_policy(policy, args.get_config())
        found = self._evaluated(policy, given, args)
        if not any(each.read for each in found.checks):
            args.not_applicable("this stack contains nothing that the policy evaluates")
        must_decide = given.undecided.get(policy.id) == configurations.MANDATORY
        for each in found.findings:
            if each.status is Status.VIOLATION and each.identity not in self._operation.reported:
                report(_text(each), each.urn or None)
            elif each.status is Status.UNDECIDED and must_decide:
                report(f"cannot be decided yet: {_text(each)}", each.urn or None)
            else:
                self._operation.findings.append(each)

    def report_listed(self, status: Status, report: ReportViolation) -> None:
        """Report the findings of all policies that are undecided or waived."""
        for each in self._operation.findings:
            if each.status is status:
                reason = f" ({visible(each.waiver)})" if each.waiver else ""
                report(f"{each.policy}: {visible(each.message)}{reason}", each.urn or None)

    def _evaluated(
        self, policy: GatewayPolicy, given: configurations.Configuration, args: StackValidationArgs
    ) -> Report:
        """The result of one policy, with the model that the first policy of this operation has built."""
        if policy.id in self._operation.evaluated:  # no policy is called twice for one stack
            self._operation = _Operation()
        operation = self._operation
        if operation.ledger is None or operation.evaluation is None:
            today = datetime.now(UTC).date()
            operation.ledger = WaiverLedger(self.configuration.waivers, self.configuration.tag_waivers, today)
            operation.evaluation = Evaluation(self._graph(args), self.configuration.settings, operation.ledger)
        operation.evaluated.add(policy.id)
        operation.ledger.add(given.waivers, given.tag_waivers)
        evaluation = operation.evaluation
        if policy.layer == PACK.name and policy.evaluate_stack is not None:
            waivers = about_waivers(given.settings, operation.ledger).report([policy])
            if any(each.read for each in waivers.checks):
                return waivers
        return evaluation.report([policy], given.settings)

    def _graph(self, args: StackValidationArgs) -> Graph:
        language = languages.of_runtime(args.stack_tags.get(RUNTIME_TAG, ""))
        declared = self._operation.declared
        resources = sorted(args.resources, key=lambda each: each.urn)
        return Graph([_deployed(each, declared.get(each.urn), language) for each in resources])


class _ResourceAndStackPolicy(ResourceValidationPolicy, StackValidationPolicy):
    """A policy whose violations one resource may show by itself, so that the engine can block that resource.

    The SDK asks every resource policy about each resource and every stack policy about the stack; this one is both.
    """

    def __init__(self, policy: GatewayPolicy, shared: _Shared) -> None:
        Policy.__init__(self, **_described(policy, shared))
        self._policy = policy
        self._shared = shared

    def validate(self, args: ResourceValidationArgs | StackValidationArgs, report_violation: ReportViolation) -> None:
        """Evaluate a resource or a stack."""
        if isinstance(args, StackValidationArgs):
            self._shared.report_stack(self._policy, args, report_violation)
        else:
            self._shared.report_resource(self._policy, args, report_violation)

    def has_validation(self) -> bool:
        """Whether the policy validates resources: always."""
        return True

    def has_remediation(self) -> bool:
        """Whether the policy changes resources: never."""
        return False


def _stack_policy(policy: GatewayPolicy, shared: _Shared) -> StackValidationPolicy:
    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        shared.report_stack(policy, args, report)

    return StackValidationPolicy(validate=validate, **_described(policy, shared))


def _described(policy: GatewayPolicy, shared: _Shared) -> dict[str, Any]:
    """What the SDK's policies have in addition to what they do."""
    links = [each for each in policy.references if "://" in each]
    tags = [each for each in policy.references if "://" not in each]
    frameworks = [
        PolicyComplianceFramework(*FRAMEWORKS[family], reference=reference) for family, reference in cited(tags)
    ]
    return {
        "name": policy.id,
        "description": f"{policy.title} {policy.rationale}".strip(),
        "enforcement_level": EnforcementLevel(shared.configuration.levels[policy.id]),
        "config_schema": PolicyConfigSchema({name: dict(each) for name, each in configurations.schema(policy).items()}),
        "display_name": policy.title.rstrip("."),
        "severity": Severity(policy.severity.value),
        "framework": frameworks[0] if frameworks else None,
        "tags": [policy.layer, *tags],
        "remediation_steps": policy.fix,
        "url": links[0] if links else None,
    }


def _text(finding: Finding) -> str:
    return f"{visible(finding.message)}\n{finding.fix}"


def _declared(args: ResourceValidationArgs) -> Resource:
    return Resource(
        urn=args.urn,
        type=args.resource_type,
        name=args.name,
        inputs=decode(serialize_properties(args.props)),
        id=UNKNOWN,
        parent=args.opts.parent or "",
        ignore_changes=tuple(args.opts.ignore_changes),
        custom=args.provider is not None or args.resource_type.startswith(_PROVIDERS),
        language=languages.of_runtime(args.stack_tags.get(RUNTIME_TAG, "")),
    )


def _deployed(resource: PolicyResource, declared: Resource | None, language: Language | None) -> Resource:
    """A resource of the stack, with the inputs that a resource policy received."""
    found = Resource(
        urn=resource.urn,
        type=resource.resource_type,
        name=resource.name,
        outputs=decode(serialize_properties(resource.props)),
        parent=resource.parent.urn if resource.parent else "",
        dependencies=frozenset(each.urn for each in resource.dependencies),
        property_dependencies={
            name: frozenset(each.urn for each in of) for name, of in resource.property_dependencies.items()
        },
        ignore_changes=tuple(resource.opts.ignore_changes),
        custom=resource.provider is not None or resource.resource_type.startswith(_PROVIDERS),
        language=language,
    )
    return deployed(found, declared)
