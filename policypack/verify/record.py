"""The file that says when which stack was last compared with AWS, and what was found.

The component reads it for its posture (`verification_file`), so its form is public.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from ..model.findings import SUPPRESSED, Finding, Status
from ..sources.source import Source, SourceError

VERSION: Final = 1


def written(path: Path, sources: Sequence[Source], findings: Sequence[Finding], at: datetime) -> None:
    """Note the result for each stack, and keep what the file has of other stacks. Raises SourceError."""
    try:
        stacks = {**_others(path), **{f"{each.project}/{each.stack}": _result(each, findings, at) for each in sources}}
        text = json.dumps({"version": VERSION, "stacks": stacks}, indent=2, sort_keys=True)
        path.write_text(f"{text}\n", encoding="utf-8")
    except OSError as error:
        raise SourceError(f"the record {path} could not be written: {error.strerror}") from error


def _result(source: Source, findings: Sequence[Finding], at: datetime) -> Mapping[str, Any]:
    own = [each for each in findings if source.contains(each.urn) and each.status not in SUPPRESSED]
    return {
        "at": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "differences": sum(each.status is Status.VIOLATION for each in own),
        "undecided": sum(each.status is Status.UNDECIDED for each in own),
    }


def _others(path: Path) -> Mapping[str, Any]:
    if not path.exists():
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if found["version"] == VERSION and isinstance(found["stacks"], dict):
            return found["stacks"]
    except (ValueError, KeyError, TypeError):
        pass
    raise SourceError(f"{path} is no record of `gateway-policy verify`: name another file, or delete it")
