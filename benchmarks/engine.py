"""What the pack adds to the time of the real Pulumi CLI, compared with an empty pack.

- `pulumi preview`: the first preview of a stack against a local emulation of AWS, with no pack, with an empty pack and
  with this pack.
- `pulumi policy analyze`: the engine passes the generated stacks of `stacks` to the pack. No program and no provider
  runs, so only the work of the engine and the pack remains.

The empty pack is a stock one (pulumi-policy) with one resource policy and one stack policy that return at once. It
costs what any pack in Python costs: a process, and a call for each resource.
"""

import importlib.util
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

from .measure import ROOT, Figures, Sample, in_turns, read, run, say, seconds, summary, table, times
from .stacks import HEAD, State, export, states

sys.path.append(str(ROOT / "local"))

import lab

STACKS: Final = ("minimal", "partner")
SIZES: Final = (100, 1_000, 10_000)
NONE, EMPTY, OURS = "no pack", "an empty pack", "this pack"
PACK: Final = """
from pulumi_policy import PolicyPack, ResourceValidationPolicy, StackValidationPolicy

PolicyPack(
    "nothing",
    policies=[
        ResourceValidationPolicy(name="resource", description="Nothing.", validate=lambda args, report: None),
        StackValidationPolicy(name="stack", description="Nothing.", validate=lambda args, report: None),
    ],
)
"""
PROVIDED: Final[list[State]] = [
    {"urn": f"{HEAD}pulumi:pulumi:Stack::shop-prod", "type": "pulumi:pulumi:Stack", "custom": False},
    {
        "urn": f"{HEAD}pulumi:providers:aws::default",
        "type": "pulumi:providers:aws",
        "custom": True,
        "id": "11111111-1111-4111-8111-111111111111",
        "inputs": {},
        "outputs": {},
    },
]
"""What the engine requires in a stack in addition to its resources."""


def missing() -> str:
    """The reason why this cannot be measured, or an empty string."""
    if shutil.which("pulumi") is None:
        return "no `pulumi` on PATH"
    if not lab.has_aws_plugin():
        return "the Pulumi CLI has no AWS provider"
    return "" if importlib.util.find_spec("moto") else "no moto"


def measure(rounds: int, sizes: Iterable[int] = SIZES) -> Figures:
    """The figures of each pack, by stack and by size."""
    found: Figures = {"stacks": {}, "sizes": {}}
    for size in sizes:
        say(f"engine: {size:,} resources")
        with _analyses(size) as analyses:
            found["sizes"][str(size)] = {name: summary(each) for name, each in in_turns(analyses, rounds).items()}
    for stack in STACKS:
        say(f"engine: {stack}")
        with _previews(stack) as (previews, resources):
            taken = in_turns(previews, rounds)
        found["stacks"][stack] = {
            "resources": resources,
            "packs": {name: summary(each) for name, each in taken.items()},
        }
    return found


@contextmanager
def _analyses(size: int) -> Iterator[dict[str, Callable[[], Sample]]]:
    """Runs of `pulumi policy analyze` on a state file."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        (folder / "state.json").write_text(export([*PROVIDED, *map(_provided, states(size))]))
        environment = {each: value for each, value in os.environ.items() if not each.startswith("PULUMI_")} | {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "PULUMI_HOME": str(folder / "home"),
            "PULUMI_BACKEND_URL": folder.as_uri(),
            "PULUMI_CONFIG_PASSPHRASE": "",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }
        command = ["pulumi", "policy", "analyze", "--file", folder / "state.json", "--json"]
        yield {
            which: partial(run, [*command, "--policy-pack", pack], codes=(0, 1, 255), cwd=folder, env=environment)
            for which, pack in ((EMPTY, _nothing(folder)), (OURS, ROOT / "policypack"))
        }


def _provided(state: State) -> State:
    return {**state, "parent": PROVIDED[0]["urn"], "provider": f"{PROVIDED[1]['urn']}::{PROVIDED[1]['id']}"}


def _nothing(folder: Path) -> Path:
    pack = folder / "nothing"
    pack.mkdir()
    (pack / "PulumiPolicy.yaml").write_text("runtime: python\n")
    (pack / "__main__.py").write_text(PACK)
    return pack


@contextmanager
def _previews(stack: str) -> Iterator[tuple[dict[str, Callable[[], Sample]], int]]:
    """Previews of a stack, and the number of its resources."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name, lab.cloud(Path(name, "aws.log")) as aws:
        folder = Path(name)
        project = lab.project(folder, stack, aws)
        previewed = partial(_preview, project)
        previewed()  # the first start of the provider takes longer and is not counted
        packs: dict[str, list[str | Path]] = {
            NONE: [],
            EMPTY: ["--policy-pack", _nothing(folder)],
            OURS: ["--policy-pack", ROOT / "policypack"],
        }
        yield {which: partial(previewed, *args) for which, args in packs.items()}, _resources(project)


def _preview(project: lab.Project, *args: str | Path) -> Sample:
    command = ["pulumi", "preview", "--stack", project.stack, "--non-interactive", *args]
    return run(command, cwd=project.folder, env=project.environment)


def _resources(project: lab.Project) -> int:
    from policypack.sources import target

    return len(target.load(str(project.folder), stack=project.stack).resources)


def report(found: Figures) -> str:
    """The tables."""
    sizes = {f"`policy analyze`, {int(size):,} resources": packs for size, packs in found["sizes"].items()}
    stacks = {
        f"`preview` of {name}, {each['resources']} resources": each["packs"] for name, each in found["stacks"].items()
    }
    rows: list[list[str]] = []
    for what, packs in {**stacks, **sizes}.items():
        base = read(packs[EMPTY])
        for name, written in packs.items():
            figure = read(written)
            ratios = (times(figure.shortest / base.shortest), times(figure.median / base.median))
            rows.append([what, name, seconds(figure.shortest), seconds(figure.median), *ratios])
    return table(["", "", "min s", "median s", "vs. an empty pack, min", "median"], rows)
