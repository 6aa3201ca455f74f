"""A monitor that is served for one run of a program, with everything that it needs, and its result."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from . import wire
from .components import Providers
from .engine import EngineLog
from .invokes import Invokes
from .job import Job
from .monitor import Locate, PreviewMonitor, Registered, serve

LIBRARIES: Final = frozenset({"site-packages", "venv", ".venv", "node_modules"})
"""Folders inside a program's folder whose code is not the program's."""


class Session:
    """A served monitor. It is a context manager: at its end, everything that it started has ended."""

    def __init__(self, job: Job, locate: Locate | None = None) -> None:
        """Serve a monitor. `locate` determines where a resource is declared, if its SDK does not send that."""
        self.job = job
        self._temporary: tempfile.TemporaryDirectory[str] | None = None
        self._invokes = Invokes(job.function_results, job.region)
        self.providers = Providers(job, lambda: self.folder)
        self._monitor = PreviewMonitor(job.project, job.stack, self._invokes, self.providers, locate=locate)
        self.log = EngineLog(self._monitor)
        self._server, self.address = serve(self._monitor, self.log)
        self.providers.address = self.address

    @property
    def folder(self) -> Path:
        """A folder for temporary files, which exists once it is asked for."""
        if self._temporary is None:
            self._temporary = tempfile.TemporaryDirectory(prefix="gateway-policy-")
        return Path(self._temporary.name)

    @property
    def seen(self) -> set[str]:
        """The URNs of what the program registered or read."""
        return self._monitor.seen

    @property
    def ended(self) -> bool:
        """Whether the program came to its end."""
        return self._monitor.ended

    def __enter__(self) -> "Session":  # noqa: PYI034 - the program may run with Python 3.10
        """The session itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the providers and the server, and delete temporary files."""
        self.providers.stop()
        self._server.stop(grace=None)
        if self._temporary is not None:
            self._temporary.cleanup()

    def result(self, failure: str) -> dict[str, Any]:
        """What the program registered, what was assumed, missing and not run, and why it failed, as JSON values."""
        return {
            "failure": failure,
            "assumed": sorted(self._invokes.assumed),
            "missing": sorted(self._invokes.missing),
            "notRun": dict(sorted(self.providers.reasons.items())),
            "resources": [written(each, self.job) for each in self._monitor.registered.values()],
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
        # Older SDKs for Node.js name `node:internal/...` as if that were a file of the program.
        if file.is_relative_to(program) and LIBRARIES.isdisjoint(file.parts) and file.is_file():
            return f"{file.relative_to(root).as_posix()}:{line}"
    return ""
