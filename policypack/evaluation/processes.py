"""Evaluates stacks one after the other, and after a moment in several processes: read, evaluate, drop.

Only the stacks that are being evaluated are in memory, and a process that dies with one costs that stack alone.
"""

import gc
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, ThreadPoolExecutor, as_completed, wait
from concurrent.futures.process import BrokenProcessPool
from datetime import date
from itertools import islice
from typing import Final

from ..configuration.config import Configuration
from ..sources.source import Source, TooLargeError
from .outcome import Failed, Outcome, Task, attempted, of_source, outcome

ALONE: Final = 1.0
"""Seconds that this process works alone: small runs need no others, and the first finding does not wait for them."""
SMALL: Final = 8 << 20
"""How many bytes a stack may have that this process evaluates: memory that runs out must not end the whole run."""
AHEAD: Final = 4
"""How many stacks each process has in its queue."""


def outcomes(
    tasks: Sequence[Task], configuration: Configuration, today: date, jobs: int
) -> Iterator[tuple[Task, Outcome]]:
    """The outcome of each task, as soon as it is there."""
    yield from _here([each for each in tasks if each.here], configuration, today)
    others = [each for each in tasks if not each.here]
    alone = len(others) == 1 or jobs == 1
    begun = time.monotonic()
    left: list[Task] = []
    for number, task in enumerate(others):
        if not alone and time.monotonic() - begun >= ALONE:
            left += others[number:]
            break
        try:
            yield task, outcome(task, configuration, today, most=None if alone else SMALL)
        except TooLargeError:
            left.append(task)
    if left:
        yield from _Processes(configuration, today, jobs).outcomes(left)


def _here(tasks: Sequence[Task], configuration: Configuration, today: date) -> Iterator[tuple[Task, Outcome]]:
    """Programs run at the same time, in processes of their own; they are evaluated here."""
    for task, loaded in read(tasks):
        yield task, of_source(task, loaded, configuration, today) if isinstance(loaded, Source) else loaded


def read(tasks: Sequence[Task]) -> Iterator[tuple[Task, Source | Failed | None]]:
    """Only read stacks, several at the same time."""
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        loading = {pool.submit(attempted, each): each for each in tasks}
        for future in as_completed(dict(loading)):
            yield loading.pop(future), future.result()


class _Processes:
    """Processes that evaluate stacks, and are replaced when one of them dies."""

    def __init__(self, configuration: Configuration, today: date, jobs: int) -> None:
        self._begin = (configuration, today)
        self._jobs = jobs

    def outcomes(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Outcome]]:
        """The outcome of each task. A few are submitted ahead, so the results of a large fleet never pile up."""
        left = iter(tasks)
        while True:
            suspects: list[Task] = []
            with self._pool(self._jobs) as pool:
                running: dict[Future[Outcome], Task] = {}
                while not suspects:
                    running |= {
                        pool.submit(_evaluate, each): each for each in islice(left, AHEAD * self._jobs - len(running))
                    }
                    if not running:
                        return
                    done, _ = wait(running, return_when=FIRST_COMPLETED)
                    for future in done:
                        task = running.pop(future)
                        try:
                            yield task, future.result()
                        except BrokenProcessPool:
                            suspects.append(task)
                suspects += running.values()
            # A process died, and with it the pool. Which of these stacks it was shows when each is evaluated alone.
            for task in suspects:
                yield task, self._alone(task)

    def _alone(self, task: Task) -> Outcome:
        with self._pool(1) as pool:
            try:
                return pool.submit(_evaluate, task).result()
            except BrokenProcessPool:
                reason = f"{task.name} could not be evaluated: its process was killed, which happens if memory runs out"
                return Failed(order=task.order, name=task.name, reason=reason)

    def _pool(self, jobs: int) -> ProcessPoolExecutor:
        # Not forked: this process may have threads, which those that read from a bucket are.
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(jobs, mp_context=context, initializer=_begin, initargs=self._begin)


_given: list[tuple[Configuration, date]] = []
"""In a process of the pool, what every evaluation needs."""


def _begin(configuration: Configuration, today: date) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that started this one ends it
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _given.append((configuration, today))
    gc.disable()
    gc.freeze()  # what is loaded by now need not be looked at after each stack


def _end_with_parent() -> None:
    """End when the process that started this one is killed; a queue would wait for it forever."""
    if parent := multiprocessing.parent_process():
        parent.join()
        os._exit(1)


def _evaluate(task: Task) -> Outcome:
    found = outcome(task, *_given[0])
    gc.collect()
    return found
