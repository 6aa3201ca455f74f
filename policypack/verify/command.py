"""Reads the states that `gateway-policy verify` is asked about, and evaluates the comparison with AWS."""

import json
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from ..configuration.config import Configuration
from ..evaluation.evaluate import evaluate_each
from ..evaluation.fleet import Fleet
from ..graph.graph import Graph
from ..layers import LAYERS, POLICIES
from ..model.stack import Verified
from ..sources import export, project, target
from ..sources.source import Engine, Source, SourceError
from .aws import Ask
from .verify import verified

_IDS: Final = frozenset(f"{layer.name}-verified" for layer in LAYERS)
VERIFIED: Final = tuple(policy for policy in POLICIES if policy.id in _IDS)
"""The policies about what AWS holds."""


def evaluated(targets: Sequence[str], configuration: Configuration, ask: Ask, stack: str | None = None) -> Fleet:
    """Compare the stacks of targets with AWS. Raises SourceError if a target cannot be read, or AWS not be asked."""
    found: list[Verified] = []
    sources = [load(each, stack) for given in targets for each in target.expanded(given)]
    graphs = [Graph(source.resources) for source in sources]
    for index, graph in enumerate(graphs):
        result = verified(graph, ask, [*graphs[:index], *graphs[index + 1 :]])
        notes = tuple(
            f"not verified: {number} {'resource' if number == 1 else 'resources'} of type {type_}"
            for type_, number in result.not_compared.items()
        )
        sources[index] = replace(sources[index], notes=(*sources[index].notes, *notes))
        found += result.verified
    report = evaluate_each(
        graphs,
        configuration.settings,
        configuration.waivers,
        tag_waivers=configuration.tag_waivers,
        policies=VERIFIED,
        verified=found,
    )
    return Fleet(sources=tuple(sources), report=report, failures=())


def load(given: str, stack: str | None) -> Source:
    """The state of a target: a file, or what the CLI exports for a folder. Raises SourceError if there is none."""
    if given != target.STDIN and target.is_program(given):
        path = Path(given)
        found = project.find(path if path.is_dir() else path.parent)
        return replace(export.read(given, _exported(found.root, stack)), root=str(found.root))
    source = target.load(given)
    if source.engine is not Engine.STATE_FILE:
        raise SourceError(f"{given} is no state file: verify needs the output of `pulumi stack export`")
    return source


def _exported(folder: Path, stack: str | None) -> dict[str, object]:
    command = ["pulumi", "stack", "export", "--non-interactive", *(["--stack", stack] if stack else [])]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603
    except FileNotFoundError as error:
        raise SourceError(
            f"{folder}: the Pulumi CLI is not on PATH; give the output of `pulumi stack export` instead"
        ) from error
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["no message"]
        raise SourceError(f"{folder}: `pulumi stack export` failed: {lines[-1]}")
    return json.loads(done.stdout)
