"""Reports on standard error how far a run over several stacks is: a bar in a terminal, else lines from time to time."""

import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Final, TextIO

from ..model.findings import Finding, Status
from ..redaction.escaping import visible
from .outcome import Evaluated, Outcome, Task

EVERY: Final = 10.0
"""Seconds between two lines."""
Tick = Callable[[Task, Outcome], None]


@contextmanager
def progress(total: int, is_reported: Callable[[Finding], bool]) -> Generator[Tick]:
    """A function to call after each stack. Nothing is printed for a single stack.

    `is_reported` decides whether a finding counts, since levels may disable its policy.
    """
    if total == 1:
        yield lambda _task, _outcome: None
    elif sys.stderr.isatty():
        with _bar(total, is_reported) as tick:
            yield tick
    else:
        yield Lines(total, is_reported, sys.stderr, time.monotonic).tick


class Lines:
    """Prints the first violation at once, and then a line every ten seconds, for the log of a pipeline."""

    def __init__(
        self, total: int, is_reported: Callable[[Finding], bool], stream: TextIO, clock: Callable[[], float]
    ) -> None:
        self._total = total
        self._is_reported = is_reported
        self._stream = stream
        self._clock = clock
        self._begun = self._printed = clock()
        self._done = self._violations = 0

    def tick(self, task: Task, outcome: Outcome) -> None:
        """Count a stack."""
        self._done += 1
        found = violations(outcome, self._is_reported)
        now = self._clock()
        if found and not self._violations and self._total > EARLY:
            self._print(f"first violation: {task.name}: {found[0].policy}: {found[0].message}")
        self._violations += len(found)
        if now - self._printed >= EVERY:
            self._printed = now
            left = (now - self._begun) / self._done * (self._total - self._done)
            self._print(
                f"{self._done:,} of {self._total:,} stacks, {self._violations:,} violations and warnings so far, "
                f"about {duration(left)} left"
            )

    def _print(self, text: str) -> None:
        print(f"gateway-policy: {visible(text)}", file=self._stream, flush=True)


EARLY: Final = 20
"""Of more stacks than this, the first violation is printed at once; fewer are done in a moment."""


@contextmanager
def _bar(total: int, is_reported: Callable[[Finding], bool]) -> Generator[Tick]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("stacks, {task.fields[violations]:,} violations and warnings"),
        TimeRemainingColumn(elapsed_when_finished=True),
        TextColumn("{task.description}", markup=False),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        shown = bar.add_task("", total=total, violations=0)
        count = 0

        def tick(task: Task, outcome: Outcome) -> None:
            nonlocal count
            count += len(violations(outcome, is_reported))
            bar.update(shown, advance=1, violations=count, description=visible(task.name))

        yield tick


def violations(outcome: Outcome, is_reported: Callable[[Finding], bool]) -> list[Finding]:
    """The violations of a stack."""
    found = outcome.report.findings if isinstance(outcome, Evaluated) else ()
    return [each for each in found if each.status is Status.VIOLATION and is_reported(each)]


def duration(seconds: float) -> str:
    """A duration for people, such as `40 s` or `3 min`."""
    whole = round(seconds)
    return f"{whole} s" if whole < 90 else f"{round(whole / 60)} min"  # noqa: PLR2004
