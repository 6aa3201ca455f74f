"""Every option changes there and back, and AWS is asked after each update: its API, not the state.

`change_matrix` has the options. `make test-changes` runs all groups; a sample runs always.
"""

import os

import pytest
from change_matrix import table
from change_matrix.deploying import Deployment, changed
from change_matrix.groups import GROUPS

pytestmark = pytest.mark.engine

SAMPLE = ("auth-function", "network", "stages")
CHOSEN = [group for group in GROUPS if os.environ.get("CHANGES") or group.name in SAMPLE]


@pytest.mark.parametrize("group", CHOSEN, ids=lambda group: group.name)
def test_aws_has_what_the_args_say_there_and_back(tmp_path, cloud, group):
    deployment = Deployment(tmp_path, cloud)
    shots, steps, left = [], {}, {}
    try:
        for step, which in zip(table.STEPS, "aba", strict=True):
            steps[step] = {option.path: "the update failed" for option in group.options}
            deployment.up(group.args(which))
            shots.append(deployment.flat())
            steps[step] = group.wrong(which, shots[-1], again=len(shots) > 2)
        left = changed(shots[0], shots[2], group.stays)
    finally:
        table.record("group", group.name, {"steps": steps, "stays": group.stays, "left": left})
    assert {step: wrong for step, wrong in steps.items() if wrong} == {}
    assert left == {}
