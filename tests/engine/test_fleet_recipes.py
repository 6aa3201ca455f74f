"""The program of `examples/fleet` in a local AWS: deployed both ways, unchanged afterwards, and taken down.

The local AWS runs no container, so it does not show that the tasks run there.
"""

import json
import shutil

import pytest

import lab

pytestmark = pytest.mark.engine
IMAGE = f"123456789012.dkr.ecr.{lab.REGION}.amazonaws.com/fleet:1"


@pytest.mark.parametrize("way", ["batch", "map"])
def test_a_recipe_is_deployed_and_taken_down(tmp_path, cloud, way):
    copy = tmp_path / "fleet"
    shutil.copytree(lab.ROOT / "examples/fleet", copy, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "backend").mkdir()
    made = lab.Project(copy, "dev", lab.environment(tmp_path, cloud))
    made.run("stack", "init")
    for name, value in {"fan_out": way, "states": "my-states", "image": IMAGE, "aws:region": lab.REGION}.items():
        made.run("config", "set", name, value)

    made.up()
    made.run("preview", "--expect-no-changes")

    (machine,) = cloud.client("stepfunctions").list_state_machines()["stateMachines"]
    found = cloud.client("stepfunctions").describe_state_machine(stateMachineArn=machine["stateMachineArn"])
    assert {"Shards", "Join"} <= set(json.loads(found["definition"])["States"])
    (schedule,) = cloud.client("scheduler").list_schedules()["Schedules"]
    assert schedule["Target"]["Arn"] == machine["stateMachineArn"]
    if way == "batch":
        (queue,) = cloud.client("batch").describe_job_queues()["jobQueues"]
        (definition,) = cloud.client("batch").describe_job_definitions(status="ACTIVE")["jobDefinitions"]
        submitted = json.loads(found["definition"])["States"]["Shards"]["Parameters"]
        assert (submitted["JobQueue"], submitted["JobDefinition"]) == (
            queue["jobQueueArn"],
            definition["jobDefinitionArn"],
        )
    else:
        functions = {each["FunctionArn"] for each in cloud.client("lambda").list_functions()["Functions"]}
        assert len(functions) == 2
        assert all(each in found["definition"] for each in functions)

    made.destroy()
    assert made.resources() == []
