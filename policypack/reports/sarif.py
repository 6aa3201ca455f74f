"""The report as SARIF 2.1.0, for code scanning. Findings refer to lines of the program where these are known.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

import hashlib
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from ..configuration.manifest import PACK, version
from ..layers import POLICIES
from ..layers.policy import Policy
from ..model.findings import ATTENTION, SUPPRESSED, Finding, Status
from ..model.verdict import Severity
from ..redaction.escaping import visible
from ..sources.source import Source
from .run import ADVISORY, ExitCode, Run

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
ROOT: Final = "%SRCROOT%"
"""The base of relative paths; for code scanning it is the root of the repository."""
SCORES: Final = {Severity.CRITICAL: "9.5", Severity.HIGH: "8.0", Severity.MEDIUM: "5.5", Severity.LOW: "3.0"}
"""The score by which code scanning sorts findings: the middle of its range for each severity."""


def render(run: Run) -> str:
    """The log as JSON."""
    return json.dumps(document(run)) + "\n"


def document(run: Run) -> dict[str, Any]:
    """The log as an object: one run, with every policy and every finding."""
    statuses = [each for each in ATTENTION if run.shows_suppressed or each not in SUPPRESSED]
    indexes = {policy.id: index for index, policy in enumerate(POLICIES)}
    driver = {"name": PACK, "semanticVersion": version(), "rules": [_rule(run, policy) for policy in POLICIES]}
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "columnKind": "unicodeCodePoints",
                "invocations": [_invocation(run)],
                "results": [_result(run, each, indexes) for each in run.findings(*statuses)],
            }
        ],
    }


def _rule(run: Run, policy: Policy) -> dict[str, Any]:
    links = [each for each in policy.references if "://" in each]
    tags = [each for each in policy.references if "://" not in each]
    advisory = run.level(policy.id) == ADVISORY
    described = {
        "id": policy.id,
        "shortDescription": {"text": policy.title},
        "fullDescription": {"text": f"{policy.title} {policy.rationale}".strip()},
        "help": {"text": f"{policy.rationale}\n\n{policy.fix}", "markdown": f"{policy.rationale}\n\n{policy.fix}"},
        "defaultConfiguration": {"level": "warning" if advisory else "error"},
        "properties": {
            "tags": ["security", policy.layer, *tags],
            "security-severity": SCORES[policy.severity],
            "precision": "high",
        },
    }
    return described | ({"helpUri": links[0]} if links else {})


def _result(run: Run, finding: Finding, indexes: Mapping[str, int]) -> dict[str, Any]:
    fingerprint = hashlib.sha256("\n".join(finding.identity).encode(errors="replace")).hexdigest()
    result: dict[str, Any] = {
        "ruleId": finding.policy,
        "kind": "review" if finding.status is Status.UNDECIDED and not run.fails(finding) else "fail",
        "message": {"text": _plain(f"{finding.message}. {finding.fix}")},
        "locations": [_location(run, finding)],
        # Code scanning tells alerts apart by the first of these alone.
        "partialFingerprints": {
            "primaryLocationLineHash": f"{fingerprint[:16]}:1",
            "policyResourceSubject/v1": fingerprint,
        },
    }
    if finding.policy in indexes:
        result["ruleIndex"] = indexes[finding.policy]
    result["level"] = "none" if result["kind"] == "review" else "warning" if run.is_warning(finding) else "error"
    if finding.status in SUPPRESSED:
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": finding.waiver}]
    return result


def _location(run: Run, finding: Finding) -> dict[str, Any]:
    """The line of a finding. If it is unknown, the target, since code scanning shows nothing without a location."""
    source = run.source_of(finding)
    file, _, line = finding.location.rpartition(":")
    path = _path(source, file) if file else source.target if source else "Pulumi.yaml"
    physical = {
        "artifactLocation": _artifact(path, _repository(run.source_root)),
        "region": {"startLine": int(line) if file else 1},
    }
    logical = [{"fullyQualifiedName": finding.urn, "kind": "resource"}] if finding.urn else []
    return {"physicalLocation": physical} | ({"logicalLocations": logical} if logical else {})


def _path(source: Source | None, file: str) -> str:
    return str(Path(source.root if source else ".", file))


def _artifact(path: str, repository: Path) -> dict[str, str]:
    """A path relative to the repository; for a file outside it, a URI."""
    if "://" in path:
        return {"uri": quote(visible(path), safe="/:")}
    absolute = Path(os.path.abspath(visible(path)))  # noqa: PTH100 - removes `..` without following links
    if absolute.is_relative_to(repository) and absolute != repository:
        return {"uri": quote(absolute.relative_to(repository).as_posix()), "uriBaseId": ROOT}
    return {"uri": absolute.as_uri()}


def _repository(source_root: str) -> Path:
    """The given root; else the nearest folder with `.git`, from the working directory upwards; else that directory."""
    here = Path.cwd()
    if source_root:
        return Path(os.path.abspath(here / source_root))  # noqa: PTH100 - removes `..` without following links
    return next((each for each in (here, *here.parents) if (each / ".git").exists()), here)


def _plain(text: str) -> str:
    """A message with brackets escaped, since SARIF takes `[text](address)` for a link."""
    return re.sub(r"([\\\[\]])", r"\\\1", text)


def _invocation(run: Run) -> dict[str, Any]:
    notifications = [
        {"level": "error", "message": {"text": _plain(f"{target} could not be read: {reason}")}}
        for target, reason in run.failures
    ]
    return {
        "properties": {"configuration": run.configuration, "date": run.day},
        "executionSuccessful": run.exit_code is not ExitCode.NOT_EVALUATED,
        "exitCode": int(run.exit_code),
        "toolExecutionNotifications": notifications,
    }
