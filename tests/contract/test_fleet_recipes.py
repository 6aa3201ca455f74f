"""The recipes of `examples/fleet` run shards as they say: the program, the tasks, the workflow and the container file.

It does not prove that AWS or GitHub accepts them; `tests/engine/test_fleet_recipes.py` deploys the program to a local
AWS.
"""

import importlib
import json
import re
import runpy
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
import yaml

from benchmarks import stacks
from policypack import cli
from policypack.cli.arguments import parser
from secure_gateway.testing import deploy

ROOT = Path(__file__).parents[2]
FLEET = ROOT / "examples/fleet"
CONFIG = {
    "fleet:states": "my-states/team",
    "fleet:image": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/fleet:1",
    "fleet:schedule": "cron(0 2 * * ? *)",
}
WAYS = ("batch", "map")
MODULES = ("batch", "common", "distributed_map", "task")


@pytest.fixture
def program(monkeypatch):
    """Runs the program of the recipes with a way and a number of shards."""
    monkeypatch.syspath_prepend(str(FLEET))

    def run(way, shards=8):
        config = {**CONFIG, "fleet:fan_out": way, "fleet:shards": str(shards)}
        try:
            return deploy(lambda: runpy.run_path(str(FLEET / "__main__.py")), project="fleet", config=config)
        finally:
            for name in MODULES:
                sys.modules.pop(name, None)

    return run


def definition(made):
    return json.loads(made.one("StateMachine").inputs["definition"])


def steps(states):
    """All states, also those inside of maps."""
    for each in states["States"].values():
        yield each
        yield from steps(each["ItemProcessor"]) if "ItemProcessor" in each else ()


@pytest.mark.parametrize("way", WAYS)
def test_the_program_runs_offline_and_the_pack_finds_nothing(tmp_path, capsys, way):
    folder = tmp_path / "fleet"
    shutil.copytree(FLEET, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "Pulumi.dev.yaml").write_text(yaml.safe_dump({"config": {**CONFIG, "fleet:fan_out": way}}))

    assert cli.main(["check", str(folder), "--stack", "dev", "--strict"]) == 0
    assert "0 violations, 0 warnings, 0 undecided" in capsys.readouterr().out


@pytest.mark.parametrize("way", WAYS)
def test_every_step_leads_to_one_that_exists(program, way):
    found = definition(program(way))

    named = set(found["States"])
    assert found["StartAt"] in named
    for each in found["States"].values():
        leads = [each.get("Next"), each.get("Default"), *(one["Next"] for one in each.get("Choices", ()))]
        assert {one for one in leads if one} <= named
        assert each["Type"] in {"Succeed", "Fail"} or each.get("End") or any(leads)


def test_the_array_job_has_a_child_for_each_shard(program):
    made = program("batch", 12)

    states = definition(made)["States"]
    assert states["Shards"]["Parameters"]["ArrayProperties"] == {"Size": 12}
    container = json.loads(made.one("JobDefinition").inputs["containerProperties"])
    variables = {each["name"]: each["value"] for each in container["environment"]}
    assert (variables["BACKEND"], variables["SHARDS"]) == ("s3://my-states/team", "12")
    # A job that ended by itself, such as one that found violations, does not begin again.
    last = made.one("JobDefinition").inputs["retryStrategy"]["evaluateOnExits"][-1]
    assert last == {"action": "EXIT", "onExitCode": "*"}


def test_the_map_has_an_item_for_each_shard_and_fails_if_one_fails(program):
    states = definition(program("map", 12))["States"]

    assert states["Numbers"]["Parameters"] == {"shards.$": "States.ArrayRange(1, 12, 1)"}
    assert states["Shards"]["ItemProcessor"]["ProcessorConfig"]["Mode"] == "DISTRIBUTED"
    assert not any("Tolerated" in key or "Catch" in key for each in steps({"States": states}) for key in each)


@pytest.mark.parametrize("way", WAYS)
def test_a_task_may_only_read_states(program, way):
    made = program(way)

    documents = [json.loads(each.inputs["policy"]) for each in made.of("RolePolicy")]
    statements = [each for document in documents for each in document["Statement"]]
    states = {
        action
        for each in statements
        if "my-states" in json.dumps(each["Resource"])
        for action in ([each["Action"]] if isinstance(each["Action"], str) else each["Action"])
    }
    assert states == {"s3:GetObject", "s3:ListBucket"}
    wide = [each["Action"] for each in statements if each["Resource"] == "*"]
    assert wide == ([["batch:DescribeJobs", "batch:TerminateJob"]] if way == "batch" else [])


@pytest.mark.parametrize(("way", "shards"), [("map", 1001), ("map", 1), ("batch", 10_001), ("batch", 0), ("other", 8)])
def test_mistakes_in_the_configuration_are_rejected_before_anything_is_made(program, way, shards):
    with pytest.raises(ValueError, match="fleet:"):
        program(way, shards)


# -- The tasks -------------------------------------------------------------------------------------------------------


class Storage:
    """The part of fsspec that the tasks use, with folders for buckets."""

    def put_file(self, file, address):
        Path(address).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, address)

    def get_file(self, address, file):
        shutil.copy(address, file)

    def exists(self, address):
        return Path(address).exists()


@pytest.fixture
def task(tmp_path, monkeypatch):
    """The module of the tasks, with a backend of nine stacks and a configuration."""
    folder = tmp_path / "store/.pulumi/stacks/shop"
    folder.mkdir(parents=True)
    for number in range(9):
        state = stacks.export(list(stacks.gateway(number)))
        (folder / f"s{number}.json").write_text(state.replace(stacks.HEAD, f"urn:pulumi:s{number}::shop::"))
    fsspec = ModuleType("fsspec")
    vars(fsspec)["url_to_fs"] = lambda address: (Storage(), address)
    monkeypatch.setitem(sys.modules, "fsspec", fsspec)
    monkeypatch.syspath_prepend(str(FLEET))
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:/usr/bin:/bin")
    environment = {"BACKEND": f"file://{tmp_path}/store", "RESULTS": str(tmp_path / "results"), "SHARDS": "3"}
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "results").mkdir()
    (tmp_path / "results/policy-config.json").write_text('{"all": "advisory", "waf-stages-have-web-acl": "mandatory"}')
    yield SimpleNamespace(module=importlib.import_module("task"), environment=environment, folder=tmp_path)
    sys.modules.pop("task", None)


def test_the_tasks_of_batch_and_of_the_map_join_to_one_report(task, capfd):
    for index in range(3):
        child = {**task.environment, "RUN": "one", "AWS_BATCH_JOB_ARRAY_INDEX": str(index)}
        assert task.module.main(["shard"], child) == 0
        assert task.module.handler({"shard": index + 1, "run": "two"}, None) == 0
    assert task.module.main(["join"], {**task.environment, "RUN": "one"}) == 1
    assert task.module.handler({"run": "two"}, None) == 1
    capfd.readouterr()

    results = task.folder / "results"
    whole = task.folder / "whole.html"
    options = ["--config", str(results / "policy-config.json"), "--format", "html", "--output", str(whole)]
    assert cli.main(["check", "--backend", task.environment["BACKEND"], *options]) == 1
    # The reports name the configuration by its path, which is another one in each task.
    reports = [(results / f"{run}/fleet.html").read_text() for run in ("one", "two")] + [whole.read_text()]
    assert len({re.sub(r"configuration [^<]*policy-config.json", "", each) for each in reports}) == 1


def test_a_task_that_fails_leaves_no_part_and_is_reported(task, capfd):
    (task.folder / "results/policy-config.json").write_text("{")

    with pytest.raises(RuntimeError, match="exit code 2"):
        task.module.handler({"shard": 1, "run": "one"}, None)
    assert task.module.main(["shard"], {**task.environment, "RUN": "one", "AWS_BATCH_JOB_ARRAY_INDEX": "0"}) == 2
    assert not (task.folder / "results/one").exists()
    with pytest.raises(FileNotFoundError):
        task.module.handler({"run": "one"}, None)
    capfd.readouterr()


# -- The workflow and the container file -----------------------------------------------------------------------------


def workflow():
    return yaml.safe_load((FLEET / "github.yml").read_text("utf-8"))


def uses(text):
    return dict(re.findall(r"uses: (\S+)@(\S+ # \S+)", text))


def test_the_workflow_pins_the_same_actions_as_this_repository():
    own = {}
    for file in (ROOT / ".github/workflows").iterdir():
        own |= uses(file.read_text("utf-8"))
    found = uses((FLEET / "github.yml").read_text("utf-8"))

    assert all(re.fullmatch(r"[0-9a-f]{40} # v[\d.]+", each) for each in found.values())
    assert {name: own[name] for name in found if name in own} == {n: pin for n, pin in found.items() if n in own}
    assert len(found) == 5


def test_the_workflow_runs_every_shard_once_and_joins_what_they_uploaded():
    jobs = workflow()["jobs"]
    shards = jobs["shard"]["strategy"]["matrix"]["shard"]
    assert shards == list(range(1, len(shards) + 1))
    assert len(shards) <= 256  # the most that GitHub runs for a matrix
    assert jobs["join"]["needs"] == "shard"

    (upload,) = (each["with"] for each in jobs["shard"]["steps"] if "upload-artifact" in each.get("uses", ""))
    (download,) = (each["with"] for each in jobs["join"]["steps"] if "download-artifact" in each.get("uses", ""))
    assert upload["name"].startswith(download["pattern"].rstrip("*"))
    commands = [each for job in jobs.values() for each in job["steps"] if "gateway-policy" in each.get("run", "")]
    values = {"BACKEND": "file:///srv/states", "SHARD": "8", "SHARDS": str(len(shards)), "PACK": "x"}
    given = [
        parser().parse_args(shlex.split(re.sub(r"\$(\w+)", lambda found: values[found[1]], each["run"]))[1:])
        for each in commands
    ]
    assert [each.command for each in given] == ["check", "join"]
    assert given[0].shard == f"8/{len(shards)}"
    assert given[0].output.name == "part-8.json" == upload["path"].replace("${{ matrix.shard }}", "8")
    assert given[0].config == given[1].config


def test_no_command_of_the_workflow_has_an_expression():
    steps = [each for job in workflow()["jobs"].values() for each in job["steps"]]

    assert [each for each in steps if "${{" in each.get("run", "")] == []
    assert workflow()["permissions"] == {"contents": "read"}


def test_the_container_file_copies_and_installs_what_exists():
    text = (FLEET / "Dockerfile").read_text("utf-8")
    extras = tomllib.loads((ROOT / "policypack/pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]

    assert [name for name in re.findall(r"^COPY (\S+)", text, re.MULTILINE) if not (ROOT / name).exists()] == []
    for source in (text, (FLEET / "github.yml").read_text("utf-8")):
        assert set(re.search(r"\[([\w,]+)\]", source[source.index("html") - 1 :])[1].split(",")) <= set(extras)
    assert "USER runner" in text
    assert subprocess.run([sys.executable, "-m", "py_compile", FLEET / "task.py"], check=False).returncode == 0
