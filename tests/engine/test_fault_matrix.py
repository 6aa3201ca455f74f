"""Every call of an update that changes something fails once, and AWS is then compared with the program.

A round is one `up`, in which each call fails that no earlier round saw. The next round lets those pass and meets the
calls behind them. So a chain of rounds makes every call fail, and repeats each with a plain `up`. Wherever an `up` of a
new stack is green, AWS has what a deployment without faults has. `make test-changes` runs all of them, and writes what
it found to `proof/changes.md`.
"""

import json
import os
import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path

import pytest
from aws_side import changes, read
from change_matrix import table

import lab

pytestmark = pytest.mark.engine

WHOLE = bool(os.environ.get("CHANGES"))
MOST = 40
"""Rounds after which a chain has no end."""
OTHER_CA = Path(__file__).parents[1] / "change_matrix/other-ca.pem"
CHANGES = {
    "recommended": [
        ('"write": "Place orders"', '"write": "Place and change orders"'),
        ('"rate": 200', '"rate": 100'),
        ('"198.51.100.0/24", ', ""),
        ('"requests": 1000', '"requests": 500'),
        ('"retention_days": 365', '"retention_days": 731'),
        ('{"path": "/reports"', '{"path": "/orders/{id}/items", "method": "GET"},\n        {"path": "/reports"'),
    ],
    "partner": [
        ('"rate": 10,', '"rate": 15,'),
        ('"limit": 5_000', '"limit": 6_000'),
        ('"acme": {"plan": "standard"}', '"acme": {"plan": "premium"}, "initech": {"plan": "standard"}'),
        ('"192.0.2.0/25", ', ""),
        ('str(Path(__file__).with_name("partner-ca.pem"))', repr(str(OTHER_CA))),
        (
            '{"path": "/orders/{id}"',
            '{"path": "/items", "method": "GET", "api_key": True},\n            {"path": "/orders/{id}"',
        ),
    ],
}
"""A change in each layer that the program has."""
NUMBER = re.compile(r" \d+>")
EVERY_UPLOAD = "domains/*/mutualTlsAuthentication/truststoreVersion"
"""Every upload is a new version, so two deployments differ."""
SAMPLE = [("minimal", "500 once"), ("minimal", "lost")]
EVERY = [(stack, fault) for stack in CHANGES for fault in table.FAULTS] if WHOLE else []


def shot(cloud):
    return json.loads(json.dumps(read(cloud)))


@contextmanager
def deployed(folder, stack, *edits):
    """The project of a stack in an AWS of its own."""
    folder.mkdir()
    with lab.cloud(folder / "aws.log") as aws:
        made = lab.project(folder, stack, aws)
        for old, new in edits:
            made.edit(old, new)
        yield made, aws


@pytest.fixture
def without_faults(tmp_path):
    """What AWS has after a deployment in which nothing fails."""

    def made(stack, *edits):
        with deployed(tmp_path / "clean", stack, *edits) as (project, aws):
            project.up()
            return shot(aws)

    return made


@dataclass
class Chain:
    """What happened in a chain of rounds."""

    failed: list[str] = field(default_factory=list)
    updates: int = 0
    green: list[object] = field(default_factory=list)
    """What AWS had after each green update."""
    rejected: set[str] = field(default_factory=set)
    """The kinds of calls that every further update repeats, and that AWS rejects."""


def chain(project, cloud, fault, spared=()):
    """Update until nothing fails any more, or until updates fail although no call does."""
    made = Chain()
    cloud.start_round(fault, spared)
    for _ in range(MOST):
        process = project.start("up", "--yes", "--skip-preview")
        printed, _ = process.communicate(timeout=4 * lab.LONGEST)
        now = cloud.start_round(fault, spared)
        made.updates += 1
        made.failed += now["failed"]
        print(process.returncode, now, [line for line in printed.splitlines() if "error:" in line])  # noqa: T201
        if process.returncode == 0:
            made.green.append(shot(cloud))
            if not now["failed"]:
                return made
        elif not now["failed"]:
            made.rejected = set(now["rejected"])
            assert made.rejected, printed
            return made
    raise AssertionError(f"no end after {MOST} updates: {made.failed[-9:]}")


def differences(wanted, found, fault):
    """What AWS has that the program does not say, or has not.

    A call whose response was lost and that is repeated makes two of what AWS gives an id. Nothing refers to the first,
    so these families are not compared, nor the numbers that tell two of a name apart.
    """
    lost = fault == "lost"
    return {
        path: (before, after)
        for path, (before, after) in changes(wanted, found).items()
        if not (lost and path.startswith(("kms/", "certificates/")))
        and not (lost and NUMBER.sub(">", str(before)) == NUMBER.sub(">", str(after)))
        and not fnmatch(path, EVERY_UPLOAD)
    }


def note(stack, change, fault, found, different, then, spared):
    result = {
        "stack": stack,
        "change": change,
        "fault": fault,
        "failed": len(found.failed),
        "updates": found.updates,
        "different": sorted(different),
        "then": then,
        "spared": sorted(spared),
    }
    table.record("faults", f"{stack} {change} {fault}", result)


@pytest.mark.parametrize(("stack", "fault"), [*SAMPLE, *EVERY])
def test_a_deployment_whose_calls_all_fail_once_ends_in_the_program(tmp_path, without_faults, stack, fault):
    """If the response to a creation is lost, and what AWS made has a fixed name, no update can repeat it."""
    wanted = without_faults(stack)
    spared, different = set(), {}
    while True:
        with deployed(tmp_path / f"without-{len(spared)}", stack) as (made, cloud):
            found = chain(made, cloud, fault, spared)
        for each in found.green:
            different |= differences(wanted, each, fault)
        if found.rejected <= spared:
            break
        spared |= found.rejected
    note(stack, "new", fault, found, different, "different" if different else "equal", spared)
    assert different == {}
    assert not found.rejected
    assert len(found.failed) > 15
    assert fault == "lost" or not spared


@pytest.mark.parametrize(("stack", "fault"), EVERY)
def test_a_change_whose_calls_all_fail_ends_in_the_program_after_a_refresh(tmp_path, without_faults, stack, fault):
    """A plain `up` repeats creations and deletions, and of the updates few: docs/green.md says which."""
    edits = CHANGES[stack]
    wanted = without_faults(stack, *edits)
    spared = set()
    while True:
        with deployed(tmp_path / f"changed-{len(spared)}", stack) as (made, cloud):
            made.up()
            for old, new in edits:
                made.edit(old, new)
            found = chain(made, cloud, fault, spared)
            cloud.start_round("")
            if found.rejected <= spared:
                left = differences(wanted, found.green[-1], fault)
                made.up("--refresh")
                after = differences(wanted, shot(cloud), fault)
                break
        spared |= found.rejected
    then = "different" if after else "equal"
    note(stack, "change", fault, found, left, f"`pulumi up --refresh`: {then}" if left else then, spared)
    assert found.failed
    assert after == {}
    assert left == {} or not fault.endswith("once")
    assert fault == "lost" or not spared
