"""The pack under Pulumi's engine says of every stack of this repository what it says offline.

A verdict is policy, type, logical name and status. The real provider is asked, against a local AWS; it is a preview, so
this does not show what AWS would answer to a deployment.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from policypack.evaluation.evaluate import evaluate
from policypack.graph.graph import Graph
from policypack.model.findings import Status
from policypack.sources import target

pytestmark = pytest.mark.engine

PACK = Path(__file__).parents[2] / "policypack"
STACKS = ("minimal", "recommended", "partner", "internal", "unsafe")
FAILING = {"unsafe"}

Verdict = tuple[str, str, str, str]


def named(urn: str) -> tuple[str, str]:
    """Type and logical name."""
    return urn.split("::")[2].rpartition("$")[2], urn.rpartition("::")[2]


def told(printed: str) -> Iterator[Verdict]:
    """The verdicts in the events that the engine printed."""
    events = [json.loads(line) for line in printed.splitlines() if line.startswith("{")]
    for each in (event["policyEvent"] for event in events if "policyEvent" in event):
        first, *lines = each["message"].splitlines()
        if first.endswith("cannot be decided yet:"):
            yield from ((each["policyName"], "", line.removeprefix("- "), "undecided") for line in lines)
        else:
            yield (each["policyName"], *named(each["resourceUrn"]), "violation")


def offline(source: str, stack: str | None = None) -> Iterator[Verdict]:
    """The verdicts of an offline run, or on a file."""
    for each in evaluate(Graph(target.load(source, stack=stack).resources)).findings:
        if each.status is Status.VIOLATION:
            yield (each.policy, *named(each.urn), "violation")
        else:
            yield each.policy, "", f"{named(each.urn)[1]}: {each.message}", each.status.value


def judged(folder: Path) -> tuple[str, ...]:
    """The options for a run that is not cut short by the first violation of a mandatory policy."""
    config = folder / "config.json"
    config.write_text('{"all": "advisory"}')
    return "--policy-pack", str(PACK), "--policy-pack-config", str(config)


@pytest.mark.parametrize("stack", STACKS)
def test_preview_says_what_an_offline_run_says(project, stack: str, tmp_path: Path) -> None:
    made = project(stack)
    made.environment["PULUMI_ENABLE_STREAMING_JSON_PREVIEW"] = "true"

    printed = made.run("preview", *judged(tmp_path), "--json")

    assert sorted(told(printed)) == sorted(offline(str(made.folder), stack))


@pytest.mark.parametrize("stack", STACKS)
def test_what_is_deployed_is_judged_alike_in_three_ways(project, stack: str, tmp_path: Path) -> None:
    """By the engine (`policy analyze`), from the state file, and from a preview that changes nothing."""
    made = project(stack)
    made.up()
    state, preview = tmp_path / "state.json", tmp_path / "preview.json"
    made.run("stack", "export", "--show-secrets", "--file", str(state))
    preview.write_text(made.run("preview", "--json", "--show-sames"))

    printed = made.run("policy", "analyze", *judged(tmp_path), "--json")

    assert sorted(told(printed)) == sorted(offline(str(state)))
    found = {each for each in offline(str(preview)) if each[-1] == "violation"}
    assert found == {each for each in offline(str(state)) if each[-1] == "violation"}
    assert bool(found) == (stack in FAILING)
