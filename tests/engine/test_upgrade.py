"""Stacks that an older version of this package deployed, met by today's: their programs as they were, their states too.

`upgrade/` holds both: `recommended` as of the first commit that could deploy it, `stages` as of the last one that named
resources by their roles. A deployment is replaced by every change of the document, that is what it is for; nothing else
may be.
"""

import json
import shutil
from pathlib import Path

import pytest

pytestmark = pytest.mark.engine

OLD = Path(__file__).parent / "upgrade"
MAY_BE_REPLACED = {"aws:apigateway/deployment:Deployment"}
SETTINGS = {
    "recommended": {},
    "stages": {
        "zone_id": "Z7DE3GJ803Z4ZA5GS83Y0D",
        "function": "arn:aws:lambda:us-east-1:123456789012:function:orders",
        "key_id": "mcpr0lfxzl",
    },
}


@pytest.mark.parametrize("stack", list(SETTINGS))
def test_an_older_stack_is_upgraded_in_place(project, stack):
    made = project("recommended")
    if stack != made.stack:
        made.stack = stack
        shutil.copy(made.folder / "stacks/Pulumi.minimal.yaml", made.folder / f"stacks/Pulumi.{stack}.yaml")
        made.run("stack", "init")
    shutil.copy(OLD / f"{stack}.py", made.folder / "stacks")
    for name, value in SETTINGS[stack].items():
        made.run("config", "set", name, value)
    made.run("stack", "import", "--file", str(OLD / f"{stack}.json"))

    steps = json.loads(made.run("preview", "--json"))["steps"]
    gone = {
        step["urn"].split("::")[2].rpartition("$")[2]
        for step in steps
        if "replace" in step["op"] or step["op"] == "delete"
    }
    assert gone <= MAY_BE_REPLACED
    assert {step["op"] for step in steps} & {"same", "update"}
