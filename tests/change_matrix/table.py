"""Writes `proof/changes.md`: what `make test-changes` found for each option, and for each fault.

The tests store their results in `build/changes`, one file per group of options and per chain of faults.
`python tests/change_matrix/table.py` makes the page of them.
"""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).parents[2] / "build/changes"
STEPS: Final = ("A", "A to B", "B to A")
AS_WANTED: Final = "yes"
NOT_RUN: Final = "not run"

FAULTS: Final = ("500", "500 once", "429", "429 once", "lost")
STACKS: Final = ("partner", "recommended")
CHAINS: Final = (
    *(("minimal", "new", fault) for fault in ("500 once", "lost")),
    *((stack, update, fault) for stack in STACKS for update in ("change", "new") for fault in FAULTS),
)
"""The chains of faults: stack, update and fault."""

_HEAD = """# What AWS holds after every change and every fault

`make test-changes` writes this page. It deploys with the real Pulumi CLI to a local emulation of AWS, and asks the API
of AWS, not the state.

## Options

Every option of a group has its first value (A), then its second value (B), then its first value again. *yes*: AWS has
what the args say after that update. `tests/change_matrix` has the values, and where AWS holds them."""
_WITHOUT = """## Options without a row

Their change causes no call that the local emulation could show."""
_FAULTS = """## Calls that fail

Each call that changes something fails once. *500* and *429*: it fails in the whole update. *once*: only the first
attempt of the provider fails, which repeats it. *lost*: AWS carries it out, but the response is lost, and the provider
repeats the call. A plain `pulumi up` follows each failed update. *Green and different* is what AWS has otherwise than
the program after the last green plain `pulumi up`. *Not repeatable* are the calls that make something with a fixed
name: if the response is lost, every further update fails, until someone deletes or imports what AWS has made. The other
numbers are from an update in which these calls succeed."""


def record(kind: str, name: str, result: Mapping[str, Any]) -> None:
    """Store the result of one test, if the whole matrix runs."""
    if os.environ.get("CHANGES"):
        FOLDER.mkdir(parents=True, exist_ok=True)
        text = json.dumps({**result, "commit": _commit()}, indent=1)
        (FOLDER / f"{kind} {name}.json".replace("/", "-")).write_text(text, "utf-8")


def _commit() -> str:
    command = ["git", "rev-parse", "--short", "HEAD"]
    done = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def _results(kind: str) -> dict[str, dict[str, Any]]:
    paths = sorted(FOLDER.glob(f"{kind} *.json"))
    return {path.stem.removeprefix(f"{kind} "): json.loads(path.read_text("utf-8")) for path in paths}


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield ""
    for row in (head, ["---"] * len(head), *rows):
        yield f"| {' | '.join(each.replace('|', '&#124;') for each in row)} |"


def _options() -> Iterator[str]:
    from change_matrix.groups import GROUPS

    results = _results("group")
    rows: list[list[str]] = []
    for group in GROUPS:
        steps = results.get(group.name, {}).get("steps", {})
        for option in group.options:
            found = [steps.get(step, {}).get(option.path, AS_WANTED) if step in steps else NOT_RUN for step in STEPS]
            if "B to A" in steps and (reason := group.reason_to_stay(option)):
                found[-1] = f"stays as it is: {reason}"
            rows.append([group.name, f"`{option.path}`", *found])
    yield from _table(("group", "option", *STEPS), rows)
    left = [
        [name, f"`{path}`", str(reason)]
        for name, result in results.items()
        for path, reason in {**result.get("stays", {}), **result.get("left", {})}.items()
    ]
    if left:
        yield "\nDifferent in AWS after B to A:"
        yield from _table(("group", "path", "reason"), left)


def _without() -> Iterator[str]:
    from change_matrix.groups import NO_CALL

    yield from _table(("option", "reason"), [[f"`{owner}.{name}`", why] for (owner, name), why in NO_CALL.items()])


def _chain(result: Mapping[str, Any]) -> list[str]:
    return [
        str(result["failed"]),
        str(result["updates"]),
        ", ".join(f"`{path}`" for path in result["different"]) or "nothing",
        result["then"],
        ", ".join(f"`{call}`" for call in result.get("spared", ())) or "none",
    ]


def _faults() -> Iterator[str]:
    found = {(each["stack"], each["change"], each["fault"]): each for each in _results("faults").values()}
    rows = [[*chain, *(_chain(found[chain]) if chain in found else [NOT_RUN] * 5)] for chain in CHAINS]
    yield from _table(
        ("stack", "update", "fault", "calls that failed", "updates", "green and different", "then", "not repeatable"),
        rows,
    )


def _commits() -> Iterator[str]:
    """With which commits the results were found, if they are of several runs."""
    found = [each for kind in ("group", "faults") for each in _results(kind).values()]
    counts = Counter(each.get("commit", "") for each in found)
    if counts:
        yield ""
        yield f"Results by commit: {', '.join(f'{count} of {commit}' for commit, count in sorted(counts.items()))}."


def page() -> str:
    """The page."""
    return "\n".join([_HEAD, *_commits(), *_options(), "", _WITHOUT, *_without(), "", _FAULTS, *_faults(), ""])


if __name__ == "__main__":
    sys.stdout.write(page())
