"""The files that other services run: their own commands, executed as far as that is possible without the services."""

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
EXPORT = ROOT / "tests/engine/upgrade/recommended.json"
OPEN = {
    "version": 3,
    "deployment": {
        "resources": [
            {"urn": "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev", "type": "pulumi:pulumi:Stack"},
            {
                "urn": "urn:pulumi:dev::shop::aws:apigateway/restApi:RestApi::api",
                "custom": True,
                "id": "a1",
                "type": "aws:apigateway/restApi:RestApi",
                "inputs": {"name": "shop"},
                "outputs": {"name": "shop"},
            },
        ]
    },
}


@pytest.fixture
def action(tmp_path):
    """Run the steps of action.yml but the installation, and return the outputs, the summary and the last exit code."""
    document = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
    steps = {each["name"]: each for each in document["runs"]["steps"]}

    def run(**given):
        inputs = {name: each.get("default", "") for name, each in document["inputs"].items()} | given
        files = {name: tmp_path / name.lower() for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_PATH")}
        base = os.environ | {name: str(file) for name, file in files.items()}
        base |= {"RUNNER_TEMP": str(tmp_path), "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}

        def step(name, known):
            filled = {
                key: re.sub(r"\$\{\{ (.*?) \}\}", lambda found: known[found[1]], value)
                for key, value in steps[name].get("env", {}).items()
            }
            shell = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", steps[name]["run"]]
            return subprocess.run(shell, cwd=tmp_path, env=base | filled, capture_output=True, text=True, check=False)

        checked = step("check", {f"inputs.{name}": value for name, value in inputs.items()})
        assert checked.returncode == 0, checked.stderr
        outputs = dict(line.split("=", 1) for line in files["GITHUB_OUTPUT"].read_text().splitlines())
        last = step("result", {"steps.check.outputs.exit-code": outputs["exit-code"]})
        return checked.stdout, files["GITHUB_STEP_SUMMARY"].read_text(), last.returncode

    run.folder = tmp_path
    return run


def test_the_action_reports_a_violation_in_every_place(action):
    state = action.folder / "state.json"
    state.write_text(json.dumps(OPEN))
    printed, summary, code = action(targets=str(state))

    assert code == 1
    assert "::error" in printed
    assert "network-callers-restricted" in summary
    assert json.loads((action.folder / "gateway.sarif").read_text())["version"] == "2.1.0"


def test_the_action_passes_arguments_on_and_shows_what_a_change_opens(action):
    state = action.folder / "state.json"
    state.write_text(json.dumps(OPEN))
    _, summary, code = action(targets=str(EXPORT), arguments="--fail-on critical", previous=str(state))

    assert code == 0
    assert "```diff" in summary


def test_what_a_user_writes_is_no_command_of_the_action(action):
    _, _, code = action(targets="'; touch hacked; $(touch hacked)", arguments="`touch hacked`")

    assert code == 2
    assert not (action.folder / "hacked").exists()


def test_no_step_of_the_action_has_an_expression_in_its_command():
    steps = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))["runs"]["steps"]

    assert [each["name"] for each in steps if "${{" in each["run"]] == []


def test_the_pre_commit_hook_is_a_command_that_the_pack_has(tmp_path):
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    state = tmp_path / "state.json"
    state.write_text(json.dumps(OPEN))
    command, *arguments = hook["entry"].split()
    done = subprocess.run(
        [Path(sys.executable).parent / command, *arguments, state], capture_output=True, text=True, check=False
    )

    assert done.returncode == 1
    assert "network-callers-restricted" in done.stdout
    assert [
        ROOT / each for each in hook["additional_dependencies"] if not (ROOT / each / "pyproject.toml").exists()
    ] == []
    assert all(re.search(hook["files"], name) for name in ("Pulumi.yaml", "a/__main__.py", "state.json"))


def test_the_container_file_copies_and_installs_what_exists():
    text = (ROOT / "Dockerfile").read_text("utf-8")
    extras = tomllib.loads((ROOT / "policypack/pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]

    assert [name for name in re.findall(r"^COPY (?!--)(\S+)", text, re.MULTILINE) if not (ROOT / name).exists()] == []
    assert set(re.search(r"\[([\w,]+)\]", text)[1].split(",")) <= set(extras)
    assert "USER runner" in text
