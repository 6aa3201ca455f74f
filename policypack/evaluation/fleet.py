"""Reads and evaluates one or many stacks: each on its own, several at a time, or all together as one graph."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial

from ..configuration.config import Configuration
from ..configuration.waivers import WaiverLedger
from ..graph.graph import Graph
from ..model.findings import Finding, Report
from ..sources import backend, target
from ..sources.invokes import FunctionResult
from ..sources.source import Source, SourceError
from .evaluate import combined, evaluate
from .outcome import Evaluated, Failed, Task
from .processes import outcomes, read
from .progress import progress


@dataclass(frozen=True, kw_only=True)
class Fleet:
    """The stacks that could be read, what was found in them, and the targets that could not be read."""

    sources: tuple[Source, ...]
    report: Report
    failures: tuple[tuple[str, str], ...]


def tasks(
    targets: Sequence[str],
    *,
    backends: Sequence[str] = (),
    patterns: Sequence[str] = (),
    stacks: Sequence[str] = (),
    function_results: Sequence[FunctionResult] = (),
) -> list[Task]:
    """The stacks of targets and of self-managed backends; programs once for each of `stacks`.

    Raises SourceError if a backend cannot be listed.
    """
    found: list[Task] = []
    for position, given in enumerate(targets):
        for each in target.expanded(given):
            program = target.is_program(each)
            for index, stack in enumerate(stacks if stacks and program else [None]):
                load = partial(target.load, each, stack=stack, function_results=function_results)
                here = program or target.is_stream(each)
                found.append(Task(name=each, order=(position, each, index), load=load, here=here))
    for position, url in enumerate(backends, len(targets)):
        for stack in backend.stacks(url, tuple(patterns)):
            load = partial(backend.load, stack, tuple(patterns))
            found.append(Task(name=stack.target, order=(position, stack.key, 0), load=load))
    return found


def evaluated(
    given: Sequence[Task],
    configuration: Configuration,
    *,
    today: date | None = None,
    jobs: int = 0,
    is_reported: Callable[[Finding], bool] = lambda _finding: True,
) -> Iterator[Evaluated | Failed]:
    """Evaluate stacks, each on its own, and report progress. `jobs` is how many at a time; by default one a core."""
    day = today or datetime.now(UTC).date()
    with progress(len(given), is_reported) as tick:
        for task, outcome in outcomes(given, configuration, day, jobs or os.cpu_count() or 1):
            tick(task, outcome)
            if outcome is not None:
                yield outcome


def fleet(found: Iterable[Evaluated | Failed], configuration: Configuration, today: date | None = None) -> Fleet:
    """The report of evaluated stacks, in the order of the targets, whatever the order in which they were evaluated.

    Raises SourceError if none could be read, or if one is there twice.
    """
    ordered = sorted(found, key=lambda each: each.order)
    stacks = [each for each in ordered if isinstance(each, Evaluated)]
    failed = [each for each in ordered if isinstance(each, Failed)]
    if not stacks:
        raise SourceError("\n".join(dict.fromkeys(each.reason for each in failed)) or "no stack matches")
    stacks, twice = _without_overlap(stacks)
    failed = sorted([*failed, *twice], key=lambda each: each.order)
    ledger = WaiverLedger(configuration.waivers, configuration.tag_waivers, today or datetime.now(UTC).date())
    for each in stacks:
        ledger.count(each.uses)
    return Fleet(
        sources=tuple(each.source for each in stacks),
        report=combined([each.report for each in stacks], configuration.settings, ledger),
        failures=tuple((each.name, each.reason) for each in failed),
    )


def together(given: Sequence[Task], configuration: Configuration) -> Fleet:
    """Evaluate all stacks as one graph. Raises SourceError if one of them cannot be read."""
    found = sorted(read(given), key=lambda each: each[0].order)
    failures = [each.reason for _, each in found if isinstance(each, Failed)]
    if failures:
        raise SourceError("\n".join(dict.fromkeys(failures)))
    sources = [each for _, each in found if isinstance(each, Source)]
    seen: dict[str, str] = {}
    for source in sources:
        for resource in source.resources:
            if resource.urn in seen:
                raise SourceError(_same(seen[resource.urn], source.target, resource.urn))
        seen |= {resource.urn: source.target for resource in source.resources}
    report = evaluate(
        Graph(resource for source in sources for resource in source.resources),
        configuration.settings,
        configuration.waivers,
        tag_waivers=configuration.tag_waivers,
    )
    return Fleet(sources=tuple(each.evaluated() for each in sources), report=report, failures=())


def _without_overlap(stacks: Sequence[Evaluated]) -> tuple[list[Evaluated], list[Failed]]:
    """Every report is by URN, so each stack is there once. An empty stack has no resource that shows its project.

    In one backend, the second one fails; raises SourceError if the command names the stack twice.
    """
    seen: dict[str, Evaluated] = {}
    twice: list[Failed] = []
    for each in stacks:
        source = each.source
        name = f"{source.project}/{source.stack}" if source.size else source.target
        first = seen.setdefault(name, each)
        if first is not each:
            reason = _same(first.source.target, source.target, name)
            if first.order[0] != each.order[0]:
                raise SourceError(reason)
            twice.append(Failed(order=each.order, name=source.target, reason=reason))
    return list(seen.values()), twice


def _same(one: str, other: str, name: str) -> str:
    return f"{one} and {other} are the same stack: {name}"
