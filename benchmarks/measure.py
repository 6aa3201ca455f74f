"""Runs the commands under comparison alternately, each as a separate process, and records what every run took."""

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
"""Seconds: a case whose runs have taken this long in total is not repeated again."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One run of a process."""

    seconds: float
    """Wall-clock time of the whole process, or of the part that the process timed itself."""
    processor: float
    """Seconds of processor time, including child processes; less affected by other load on the machine."""
    megabytes: float
    """Peak memory of the process, or of the largest process that it started."""
    output: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """All runs of one case."""

    seconds: list[float]
    processor: float
    """The shortest processor time."""
    megabytes: float

    @property
    def shortest(self) -> float:
        """The shortest run, which is closest to the time on an idle machine."""
        return min(self.seconds)

    @property
    def median(self) -> float:
        """The median of the runs."""
        return statistics.median(self.seconds)


Figures = dict[str, Any]
"""The figures of a section, as stored in the JSON file."""


class FailedError(Exception):
    """A measured process ended with an unexpected exit code; contains the end of its output."""


def run(
    command: Sequence[str | Path],
    *,
    codes: Sequence[int] = (0,),
    cwd: Path = ROOT,
    env: Mapping[str, str] | None = None,
) -> Sample:
    """Run a command until it ends."""
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
    """Run a command that times a part of itself and prints a JSON object with `seconds`."""
    sample = run(command, env=env)
    return replace(sample, seconds=json.loads(sample.output)["seconds"])


def in_turns(cases: Mapping[str, Callable[[], Sample]], rounds: int) -> dict[str, list[Sample]]:
    """Run every case once, then every case again, and so on."""
    taken: dict[str, list[Sample]] = {name: [] for name in cases}
    for number in range(rounds):
        for name, case in cases.items():
            if sum(each.seconds for each in taken[name]) < PATIENCE:
                say(f"  {number + 1}/{rounds} {name}")
                taken[name].append(case())
    return taken


def summary(samples: Sequence[Sample]) -> Figures:
    """The figures of some samples, as stored in the file."""
    return {
        "seconds": [round(each.seconds, 4) for each in samples],
        "processor": round(min(each.processor for each in samples), 4),
        "megabytes": round(max(each.megabytes for each in samples), 1),
    }


def read(written: Figures) -> Figure:
    """The inverse of `summary`."""
    return Figure(written["seconds"], written["processor"], written["megabytes"])


def say(text: str) -> None:
    """Print progress."""
    print(text, file=sys.stderr, flush=True)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table; all columns except the first are right-aligned."""
    lines = [head, ["---", *("--:" for _ in head[1:])], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def seconds(value: float) -> str:
    """Seconds, with three significant digits."""
    return f"{value:.3f}" if value < 1 else f"{value:.2f}" if value < 10 else f"{value:.1f}"  # noqa: PLR2004


def times(ratio: float) -> str:
    """A ratio, such as `1.25x`."""
    return f"{ratio:.2f}x" if ratio < 10 else f"{ratio:,.0f}x"  # noqa: PLR2004
