"""Runs what is compared in turns, each as a process of its own, and keeps what every run took."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[1]
PATIENCE: Final = 60.0
"""Seconds: what has taken so long altogether is not repeated once more."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One run of a process."""

    seconds: float
    """From its start to its end, or of the part that it timed itself."""
    processor: float
    """Seconds of processor time, its children's included: less moved by what else the machine does."""
    megabytes: float
    """The most memory that it, or one of the processes it started, held."""
    output: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """The runs of one thing."""

    seconds: list[float]
    processor: float
    """The least processor time."""
    megabytes: float

    @property
    def least(self) -> float:
        """The shortest run: nearest to what a quiet machine takes."""
        return min(self.seconds)

    @property
    def median(self) -> float:
        """The run in the middle."""
        return statistics.median(self.seconds)


Figures = dict[str, Any]
"""A section's figures as they are kept: JSON."""


class FailedError(Exception):
    """A process that is measured ended otherwise than it should; what it printed last."""


def run(
    command: Sequence[str | Path],
    *,
    codes: Sequence[int] = (0,),
    cwd: Path = ROOT,
    env: Mapping[str, str] | None = None,
) -> Sample:
    """Run a command to its end."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        begun = time.perf_counter()
        process = subprocess.Popen(command, cwd=cwd, env=env, stdout=out, stderr=err)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        if process.returncode not in codes:
            err.seek(0)
            printed = (out.read() + err.read()).decode(errors="replace")
            raise FailedError(f"{command[0]} ended with {process.returncode}:\n{printed[-2000:]}")
        used = usage.ru_utime + usage.ru_stime
        return Sample(seconds, used, usage.ru_maxrss / 1024, out.read().decode())


def module(name: str, *args: object) -> list[str]:
    """The command that runs a module of this package."""
    return [sys.executable, "-m", f"{__package__}.{name}", *map(str, args)]


def timed(command: Sequence[str | Path], *, env: Mapping[str, str] | None = None) -> Sample:
    """Run a command that times a part of itself, and prints `seconds` in an object."""
    sample = run(command, env=env)
    return replace(sample, seconds=json.loads(sample.output)["seconds"])


def in_turns(cases: Mapping[str, Callable[[], Sample]], rounds: int) -> dict[str, list[Sample]]:
    """Every case once, then every case again, and so on."""
    taken: dict[str, list[Sample]] = {name: [] for name in cases}
    for number in range(rounds):
        for name, case in cases.items():
            if sum(each.seconds for each in taken[name]) < PATIENCE:
                say(f"  {number + 1}/{rounds} {name}")
                taken[name].append(case())
    return taken


def kept(samples: Sequence[Sample]) -> Figures:
    """Samples as they are written into the file of figures."""
    return {
        "seconds": [round(each.seconds, 4) for each in samples],
        "processor": round(min(each.processor for each in samples), 4),
        "megabytes": round(max(each.megabytes for each in samples), 1),
    }


def read(written: Figures) -> Figure:
    """The same back."""
    return Figure(written["seconds"], written["processor"], written["megabytes"])


def say(text: str) -> None:
    """Tell who waits."""
    print(text, file=sys.stderr, flush=True)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table; all columns but the first are numbers."""
    lines = [head, ["---", *("--:" for _ in head[1:])], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def seconds(value: float) -> str:
    """Seconds in as many digits as mean something."""
    return f"{value:.3f}" if value < 1 else f"{value:.2f}" if value < 10 else f"{value:.1f}"  # noqa: PLR2004


def times(ratio: float) -> str:
    """A ratio."""
    return f"{ratio:.2f}x" if ratio < 10 else f"{ratio:,.0f}x"  # noqa: PLR2004
