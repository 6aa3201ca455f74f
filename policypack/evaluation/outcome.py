"""What is done with one of several stacks, and what remains of it: its resources are dropped once it is evaluated."""

import hashlib
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, Protocol

from ..configuration.config import Configuration
from ..configuration.waivers import WaiverLedger, WaiverUses
from ..graph.graph import Graph
from ..layers import POLICIES
from ..model.findings import Checks, Report
from ..sources.source import Source, SourceError, TooLargeError
from .evaluate import Evaluation

Order = tuple[int, str, int]
"""By which reports list stacks: the position of the target in the command, the address of the stack, and for a program
the position of the stack in the command."""
DEFECT: Final = "this is a defect of the pack, or the state is damaged in a way that it does not know"


class Load(Protocol):
    """Reads a stack."""

    def __call__(self, *, most: int | None = None) -> Source | None:
        """The stack; None if it turns out not to be asked for.

        Raises SourceError if it cannot be read, and TooLargeError if it has more than `most` bytes.
        """
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """A stack that is to be read and evaluated."""

    name: str
    """The target, as reports name it."""
    order: Order
    load: Load
    here: bool = False
    """Whether this process reads it: because only it can, or because a program runs in a process of its own anyway."""

    def in_shard(self, number: int, of: int) -> bool:
        """Whether it belongs to a shard, which depends on its address alone and so not on the other stacks."""
        digest = hashlib.sha256(f"{self.order[1]}\0{self.order[2]}".encode()).digest()
        return int.from_bytes(digest[:8], "big") % of == number - 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Evaluated:
    """An evaluated stack."""

    order: Order
    source: Source
    """Without the resources that reports do not name."""
    report: Report
    uses: WaiverUses


@dataclass(frozen=True, kw_only=True, slots=True)
class Failed:
    """A stack that could not be read or evaluated."""

    order: Order
    name: str
    reason: str


Outcome = Evaluated | Failed | None
"""None for a stack that turned out not to be asked for."""


def outcome(task: Task, configuration: Configuration, today: date, *, most: int | None = None) -> Outcome:
    """Read and evaluate a stack. Whatever goes wrong is the result for this stack alone.

    Raises TooLargeError if `most` is given and the stack has more bytes.
    """
    loaded = attempted(task, most)
    return of_source(task, loaded, configuration, today) if isinstance(loaded, Source) else loaded


def attempted(task: Task, most: int | None = None) -> Source | Failed | None:
    """Read a stack. Raises TooLargeError if `most` is given and the stack has more bytes."""
    try:
        return task.load(most=most)
    except TooLargeError as error:
        if most is not None:
            raise
        return Failed(order=task.order, name=task.name, reason=str(error))
    except SourceError as error:
        return Failed(order=task.order, name=task.name, reason=str(error))
    except Exception as error:  # noqa: BLE001 - one stack must not stop the others
        return _defect(task, "read", error)


def of_source(task: Task, source: Source, configuration: Configuration, today: date) -> Outcome:
    """Evaluate a stack that has been read."""
    ledger = WaiverLedger(configuration.waivers, configuration.tag_waivers, today)
    try:
        report = Evaluation(Graph(source.resources), configuration.settings, ledger).report(POLICIES)
    except Exception as error:  # noqa: BLE001 - one stack must not stop the others
        return _defect(task, "evaluated", error)
    packed = replace(report, checks=Checks(report.checks))
    return Evaluated(order=task.order, source=source.evaluated(), report=packed, uses=ledger.uses())


def _defect(task: Task, done: str, error: Exception) -> Failed:
    # Only the type: the error message may contain a secret value.
    reason = f"{task.name} could not be {done} ({type(error).__name__}): {DEFECT}"
    return Failed(order=task.order, name=task.name, reason=reason)
