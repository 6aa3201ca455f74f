"""Runs a program of any language in a process of its own, against a monitor in this process."""

import json
import os
import re
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final

from .engine import EngineLog
from .job import Job
from .printed import SHOWN, show
from .program_run import Session

LIBRARY_FRAME: Final = re.compile(r"\s+at .*(?:node_modules/|\(node:|at node:)")
"""A line of a JavaScript stack trace that is not in the program."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Launch:
    """How the process of a program is started."""

    command: Sequence[str]
    directory: str
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    """What the process has in its environment besides ours."""


Launcher = Callable[[Job, str, Path], Launch]
"""Determines how to start a program, given the address of the monitor and the engine, and a folder for temporary files.
Raises SourceError if the program cannot be started."""


def run(job: Job, launcher: Launcher) -> dict[str, Any]:
    """Run the program of a job to its end. Returns what it registered, and why it failed if it did."""
    with Session(job) as session:
        launch = launcher(job, session.address, session.folder)
        failure = _run_to_the_end(launch, job, session.log)
        unfinished = "" if session.ended else "the program ended early, before all its resources were registered"
        return session.result(failure or unfinished)


def configuration(values: Mapping[str, str], secret_keys: Sequence[str]) -> dict[str, str]:
    """The variables in which every SDK expects the configuration."""
    return {
        "PULUMI_CONFIG": json.dumps(dict(values)),
        "PULUMI_CONFIG_SECRET_KEYS": json.dumps(sorted(secret_keys)),
    }


def _run_to_the_end(launch: Launch, job: Job, log: EngineLog) -> str:
    """Why the program failed; empty if it did not. What it prints is shown on our standard error."""
    environment = {
        **os.environ,
        **configuration(job.config, job.secret_keys),
        "no_grpc_proxy": "127.0.0.1",  # the monitor is on this machine
        **launch.environment,
    }
    process = subprocess.Popen(  # noqa: S603 - the user's program
        launch.command,
        cwd=launch.directory,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
    )
    last: deque[str] = deque(maxlen=SHOWN)
    printed: list[tuple[IO[str] | None, deque[str]]] = [(process.stdout, deque(maxlen=0)), (process.stderr, last)]
    readers = [threading.Thread(target=show, args=each, daemon=True) for each in printed]
    try:
        for reader in readers:
            reader.start()
        code = process.wait()
        for reader in readers:
            reader.join()
    finally:
        process.kill()
        process.wait()
    return _failure(code, log.errors, last)


def _failure(code: int, errors: Sequence[str], last: Sequence[str]) -> str:
    """The first lines of the errors that the program logged, else the last lines that it printed."""
    if errors:
        lines = [line for line in "\n".join(dict.fromkeys(errors)).splitlines() if not LIBRARY_FRAME.match(line)]
        return "\n".join(lines if len(lines) <= SHOWN else [*lines[:SHOWN], "..."])
    if code == 0:
        return ""
    ended = f"the program ended early (exit code {code})"
    return "\n".join([f"{ended}, after it printed:", *last]) if last else ended
