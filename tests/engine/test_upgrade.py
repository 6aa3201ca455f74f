"""A stack that an older version of this package deployed, met by today's: its program as it was, its state as it was.

`upgrade/` holds both, as of the first commit that could deploy `recommended`. A deployment is replaced by every change
of the document, that is what it is for; nothing else may be.
"""

import json
import shutil
from pathlib import Path

import pytest

pytestmark = pytest.mark.engine

OLD = Path(__file__).parent / "upgrade"


def test_an_older_stack_is_upgraded_in_place(project):
    made = project("recommended")
    shutil.copy(OLD / "recommended.py", made.folder / "stacks")
    made.run("stack", "import", "--file", str(OLD / "recommended.json"))

    steps = json.loads(made.run("preview", "--json"))["steps"]
    gone = {
        step["urn"].split("::")[2].rpartition("$")[2]
        for step in steps
        if "replace" in step["op"] or step["op"] == "delete"
    }
    assert gone <= {"aws:apigateway/deployment:Deployment"}
    assert {step["op"] for step in steps} & {"same", "update"}
