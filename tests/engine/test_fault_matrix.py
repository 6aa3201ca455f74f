"""Every call of an update that changes something fails once, and AWS is then compared with the program.

A round is one `up`, in which each call fails that no earlier round saw. The next round lets those pass and meets the
calls behind them. So a chain of rounds makes every call fail, and repeats each with a plain `up`. Wherever an `up` of a
new stack is green, AWS has what a deployment without faults has. `make test-changes` runs all of them.
"""

import json
import os

import pytest
from aws_side import changes, read

import lab

pytestmark = pytest.mark.engine

WHOLE = bool(os.environ.get("CHANGES"))
MOST = 30
"""Rounds after which a chain has no end."""
CREATED = [("minimal", "500 once"), *([("recommended", "500")] if WHOLE else [])]


def shot(cloud):
    return json.loads(json.dumps(read(cloud)))


@pytest.fixture
def without_faults(tmp_path):
    """What AWS has after a deployment in which nothing fails."""

    def made(stack, *edits):
        folder = tmp_path / "clean"
        folder.mkdir()
        with lab.cloud(folder / "aws.log") as aws:
            project = lab.project(folder, stack, aws)
            for old, new in edits:
                project.edit(old, new)
            project.up()
            return shot(aws)

    return made


def rounds(project, cloud, fault):
    """Update until nothing fails any more; the calls that failed, and what AWS has after each green update."""
    failed, green = [], []
    cloud.start_round(fault)
    for _ in range(MOST):
        process = project.start("up", "--yes", "--skip-preview")
        printed, _ = process.communicate(timeout=lab.LONGEST)
        now = cloud.start_round(fault)
        failed += now
        if process.returncode == 0:
            green.append(shot(cloud))
            if not now:
                return failed, green
        assert now, printed
    raise AssertionError(f"no end after {MOST} updates: {failed[-9:]}")


@pytest.mark.parametrize(("stack", "fault"), CREATED)
def test_a_deployment_whose_calls_all_fail_once_ends_in_the_program(project, cloud, without_faults, stack, fault):
    wanted = without_faults(stack)
    failed, green = rounds(project(stack), cloud, fault)
    assert len(failed) > 20
    assert [changes(wanted, each) for each in green] == [{} for _ in green]


CHANGES = {
    "recommended": [
        ('"write": "Place orders"', '"write": "Place and change orders"'),
        ('"rate": 200', '"rate": 100'),
        ('"198.51.100.0/24", ', ""),
        ('"requests": 1000', '"requests": 500'),
        ('"retention_days": 365', '"retention_days": 731'),
        ('{"path": "/reports"', '{"path": "/orders/{id}/items", "method": "GET"},\n        {"path": "/reports"'),
    ]
}


@pytest.mark.skipif(not WHOLE, reason="`make test-changes` runs it")
@pytest.mark.parametrize("fault", ["500", "500 once"])
def test_a_change_whose_calls_all_fail_ends_in_the_program_after_a_refresh(project, cloud, without_faults, fault):
    """A plain `up` repeats the creations, and of the updates none: docs/recovery.md says so."""
    edits = CHANGES["recommended"]
    wanted = without_faults("recommended", *edits)
    made = project("recommended")
    made.up()
    for old, new in edits:
        made.edit(old, new)
    failed, green = rounds(made, cloud, fault)
    cloud.start_round("")
    left = changes(wanted, green[-1])
    print(f"{fault}: {len(failed)} calls failed; green and different:", *left.items(), sep="\n  ")  # noqa: T201
    made.up("--refresh")
    assert failed
    assert changes(wanted, shot(cloud)) == {}
    if fault.endswith("once"):
        assert left == {}
