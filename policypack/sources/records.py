"""What a monitor recorded of a program, as JSON values."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from . import wire
from .invokes import Invokes
from .job import Job
from .monitor import PreviewMonitor, Registered

LIBRARIES: Final = frozenset({"site-packages", "venv", ".venv", "node_modules"})
"""Folders inside a program's folder whose code is not the program's."""


def result(job: Job, monitor: PreviewMonitor, invokes: Invokes, failure: str) -> dict[str, Any]:
    """What a program registered, which results of provider functions were assumed or missing, and why it failed."""
    return {
        "failure": failure,
        "assumed": sorted(invokes.assumed),
        "missing": sorted(invokes.missing),
        "resources": [written(each, job) for each in monitor.registered.values()],
    }


def written(each: Registered, job: Job) -> dict[str, Any]:
    """A resource as JSON values."""
    return {
        "urn": each.urn,
        "type": each.type,
        "name": each.name,
        "parent": each.parent,
        "custom": each.custom,
        "remote": each.remote,
        "inputs": wire.blurred(each.goal.properties),
        "outputs": wire.blurred(each.outputs),
        "id": each.goal.import_id,
        "dependencies": sorted(each.goal.dependencies),
        "propertyDependencies": {key: sorted(urns) for key, urns in each.goal.property_dependencies.items()},
        "ignoreChanges": each.goal.ignore_changes,
        "location": _location(each.frames, Path(job.directory), Path(job.root)),
    }


def _location(frames: Sequence[tuple[str, int]], program: Path, root: Path) -> str:
    """The innermost line of the program itself, outside libraries in its folder; relative to the project's folder."""
    for name, line in frames:
        file = Path(name)
        if file.is_relative_to(program) and LIBRARIES.isdisjoint(file.parts):
            return f"{file.relative_to(root).as_posix()}:{line}"
    return ""
