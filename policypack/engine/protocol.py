"""Converts policies and settings to and from messages of Pulumi's policy protocol."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

from google.protobuf import json_format
from pulumi.runtime.proto import analyzer_pb2 as proto

from ..configuration.manifest import FOLDER
from ..layers.frameworks import FRAMEWORKS, cited
from ..layers.policy import Policy
from ..model.verdict import Severity

Level: TypeAlias = proto.EnforcementLevel.ValueType

RUNTIME_TAG: Final = "pulumi:runtime"
"""The stack tag that names the runtime of the program."""
LEVELS: Final[Mapping[str, Level]] = {
    "advisory": proto.ADVISORY,
    "mandatory": proto.MANDATORY,
    "disabled": proto.DISABLED,
    "remediate": proto.MANDATORY,  # no policy remediates; the engine, too, then treats violations as mandatory
}
SEVERITIES: Final = {
    Severity.LOW: proto.POLICY_SEVERITY_LOW,
    Severity.MEDIUM: proto.POLICY_SEVERITY_MEDIUM,
    Severity.HIGH: proto.POLICY_SEVERITY_HIGH,
    Severity.CRITICAL: proto.POLICY_SEVERITY_CRITICAL,
}


def readme() -> str:
    """The page that Pulumi Cloud shows for a published pack."""
    return (FOLDER / "README.md").read_text("utf-8")


def given_settings(request: proto.ConfigureAnalyzerRequest) -> dict[str, dict[str, Any]]:
    """The settings in a request, in the format of a configuration file."""
    return {
        policy: {"enforcementLevel": proto.EnforcementLevel.Name(each.enforcementLevel).lower()}
        | json_format.MessageToDict(each.properties)
        for policy, each in request.policyConfig.items()
    }


def policy_info(policy: Policy, level: Level, schema: Mapping[str, Any]) -> proto.PolicyInfo:
    """Everything that the engine and Pulumi Cloud show of a policy. `schema` is the JSON schema of each setting."""
    links = [reference for reference in policy.references if "://" in reference]
    tags = [reference for reference in policy.references if "://" not in reference]
    info = proto.PolicyInfo(
        name=policy.id,
        displayName=policy.title.rstrip("."),
        description=f"{policy.title} {policy.rationale}".strip(),
        enforcementLevel=level,
        # AnalyzeStack evaluates every policy; Analyze only reports some of the violations earlier.
        policy_type=proto.POLICY_TYPE_STACK,
        severity=SEVERITIES[policy.severity],
        framework=_framework(tags),
        tags=[policy.layer, *tags],
        remediation_steps=policy.fix,
        url=links[0] if links else "",
    )
    info.configSchema.properties.update(schema)
    return info


def _framework(tags: Sequence[str]) -> proto.PolicyComplianceFramework | None:
    for family, reference in cited(tags):
        name, edition = FRAMEWORKS[family]
        return proto.PolicyComplianceFramework(name=name, version=edition, reference=reference)
    return None
