"""Where the program registers a resource."""

from pathlib import Path

import pytest

from policypack.sources import program_run
from policypack.sources.job import Job
from policypack.sources.monitor import Registered
from policypack.sources.transforms import Goal


@pytest.mark.parametrize(
    ("files", "location"),
    [
        (["lib.py", "main.py"], "program/lib.py:1"),
        (["node_modules/lib.js", "main.py"], "program/main.py:2"),
        (["../lib.py", "main.py"], "program/main.py:2"),
        (["node:internal/modules/esm/module_job", "main.py"], "program/main.py:2"),
        (["node:internal/modules/esm/module_job"], ""),
        ([], ""),
    ],
)
def test_the_innermost_line_of_the_program_itself(tmp_path: Path, files, location) -> None:
    program = tmp_path / "program"
    (program / "node_modules").mkdir(parents=True)
    for name in ("lib.py", "main.py", "node_modules/lib.js", "../lib.py"):
        (program / name).touch()
    job = Job(
        project="shop",
        stack="dev",
        organization="organization",
        root=str(tmp_path),
        directory=str(program),
        entry=".",
        region="",
        config={},
        secret_keys=(),
    )
    goal = Goal(properties={}, dependencies=frozenset(), property_dependencies={}, ignore_changes=[], import_id="")
    frames = [((program / name).resolve().as_posix(), line) for line, name in enumerate(files, 1)]
    made = Registered("urn", "a:b:C", "c", "", custom=True, remote=False, goal=goal, outputs={}, frames=frames)

    assert program_run.written(made, job)["location"] == location
