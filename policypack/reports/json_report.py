"""The report as JSON, for programs. Within a version of the format, fields may be added but not renamed or removed."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from ..configuration.manifest import version
from ..model.findings import ATTENTION, Finding, GatewaySummary, Status
from .run import GROUPS, Run

VERSION: Final = 1
_written: Final = json.JSONEncoder().encode
"""Encodes one value. `json.dumps` would look at its options again for each of the many lines."""


def render(run: Run) -> str:
    """The whole run as one object, with one line for each gateway, check and finding.

    Indentation throughout would need the JSON encoder written in Python, which takes longer than the whole evaluation.
    """
    fields = ",\n".join(f"{_written(name)}: {_field(value)}" for name, value in _document(run).items())
    return f"{{\n{fields}\n}}\n"


def _document(run: Run) -> dict[str, Any]:
    """The report as an object. Long lists are made item by item, since a fleet has millions of checks."""
    return {
        "version": VERSION,
        "pack_version": version(),
        "date": run.day,
        "configuration": run.configuration,
        "engine": run.engine,
        "gateways": (_gateway(run, gateway) for gateway in run.report.gateways),
        "checks": (check._asdict() for check in run.report.checks),
        "findings": (_finding(run, finding) for finding in run.findings(*ATTENTION)),
        "summary": _summary(run),
    }


def _field(value: Any) -> str:
    if not isinstance(value, Iterator):
        return _written(value)
    lines = ",\n".join(map(_written, cast("Iterator[Any]", value)))
    return f"[\n{lines}\n]" if lines else "[]"


def _gateway(run: Run, gateway: GatewaySummary) -> Mapping[str, Any]:
    return {
        "urn": gateway.urn,
        "name": gateway.name,
        "kind": gateway.kind,
        "routes": gateway.routes,
        "stages": list(gateway.stages),
        "domains": list(gateway.domains),
        "layers": {
            layer: {"status": run.status(gateway, layer).value, "in_force": list(gateway.layers.get(layer, ()))}
            for layer in GROUPS
        },
    }


def _finding(run: Run, finding: Finding) -> Mapping[str, Any]:
    return {
        "policy": finding.policy,
        "layer": finding.layer,
        "severity": finding.severity.value,
        "level": run.level(finding.policy, finding.urn),
        "status": finding.status.value,
        "urn": finding.urn,
        "subject": finding.subject,
        "message": finding.message,
        "fix": finding.fix,
        "location": finding.location,
        "gateway": finding.gateway,
        "component": finding.component,
        "waiver": finding.waiver,
        "owner": finding.owner,
    }


def _summary(run: Run) -> Mapping[str, Any]:
    return {
        "exit_code": int(run.exit_code),
        "gateways": len(run.report.gateways),
        "checks": run.checked,
        "violations": run.violations,
        "warnings": run.warnings,
        "undecided": run.report.count(Status.UNDECIDED),
        "known": run.report.count(Status.KNOWN),
        "waived": run.report.count(Status.WAIVED),
        "failures": [{"target": target, "reason": reason} for target, reason in run.failures],
        "resources": {
            "read": run.report.coverage.read,
            "not_applicable": run.report.coverage.not_applicable,
            "not_read": run.report.coverage.not_read,
        },
        "unseen": [resource.urn for resource in run.unseen],
        "targets": [
            {
                "target": source.target,
                "engine": source.engine.value,
                "project": source.project,
                "stack": source.stack,
                "resources": source.size,
                "notes": list(source.notes),
            }
            for source in run.sources
        ],
    }
