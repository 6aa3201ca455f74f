"""Reads and evaluates one or many stacks: each on its own, several at a time, or all together as one graph."""

import os
import sys
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from ..configuration.config import Configuration
from ..findings import Report
from ..graph.graph import Graph
from ..sources import target
from ..sources.invokes import FunctionResult
from ..sources.source import Source, SourceError
from .evaluate import evaluate_each


@dataclass(frozen=True, kw_only=True)
class Evaluated:
    """The stacks that could be read, what was found in them, and the targets that could not be read."""

    sources: tuple[Source, ...]
    report: Report
    failures: tuple[tuple[str, str], ...]


def evaluated(
    targets: Sequence[str],
    configuration: Configuration,
    *,
    stacks: Sequence[str] = (),
    function_results: Sequence[FunctionResult] = (),
    together: bool = False,
) -> Evaluated:
    """Evaluate targets; programs once for each of the stacks.

    Raises SourceError where the only target, or all of them, or one of those to be evaluated together cannot be read.
    """
    files = [each for given in targets for each in target.expanded(given)]
    wanted = [(each, stack) for each in files for stack in (stacks if stacks and target.is_program(each) else [None])]
    loads = [partial(target.load, each, stack=stack, function_results=function_results) for each, stack in wanted]
    done = list(_all_done(loads, [each for each, _ in wanted]))
    sources = tuple(each for each in done if isinstance(each, Source))
    failures = tuple(
        (name, str(each)) for (name, _), each in zip(wanted, done, strict=True) if isinstance(each, SourceError)
    )
    if failures and (together or not sources):
        raise SourceError("\n".join(dict.fromkeys(message for _, message in failures)))
    _refuse_overlap(sources)
    graphs = [[each for source in sources for each in source.resources]] if together else [s.resources for s in sources]
    report = evaluate_each(
        map(Graph, graphs),
        configuration.settings,
        configuration.waivers,
        tag_waivers=configuration.tag_waivers,
    )
    return Evaluated(sources=sources, report=report, failures=failures)


def _all_done(loads: Sequence[Callable[[], Source]], names: Sequence[str]) -> list[Source | SourceError]:
    """The source of each target, or the error, in the order of the targets. Programs run in parallel."""
    with _progress(len(loads)) as tick, ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        futures = {pool.submit(_attempted, load): name for load, name in zip(loads, names, strict=True)}
        for future in as_completed(futures):
            tick(futures[future])
    return [future.result() for future in futures]


def _attempted(load: Callable[[], Source]) -> Source | SourceError:
    try:
        return load()
    except SourceError as error:
        return error


@contextmanager
def _progress(total: int) -> Generator[Callable[[str], None]]:
    """A progress bar on standard error, if there are several targets and standard error is a terminal."""
    if total == 1 or not sys.stderr.isatty():
        yield lambda _name: None
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("reading", total=total)
        yield lambda name: bar.update(task, advance=1, description=f"read {escape(name)}")


def _refuse_overlap(sources: Sequence[Source]) -> None:
    """Every report is by URN, so each stack is evaluated once."""
    seen: dict[str, str] = {}
    for source in sources:
        for resource in source.resources:
            if resource.urn in seen:
                raise SourceError(f"{seen[resource.urn]} and {source.target} are the same stack: {resource.urn}")
        seen |= {resource.urn: source.target for resource in source.resources}
