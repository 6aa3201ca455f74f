"""The commands, end to end: real programs, real rules."""

import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path

import programs
import pytest
import yaml

import policypack
from policypack import cli
from policypack.layers import POLICIES

OPEN_API = """
    api = Made("apigateway/restApi:RestApi", "api", {"name": "shop"})
    place = Made("apigateway/resource:Resource", "orders", {"restApi": api.id, "parentId": "x", "pathPart": "orders"})
    method = Made("apigateway/method:Method", "list", {
        "restApi": api.id, "resourceId": place.id, "httpMethod": "GET", "authorization": "NONE",
    })
    deployment = Made("apigateway/deployment:Deployment", "d", {"restApi": api.id})
    Made("apigateway/stage:Stage", "live", {"restApi": api.id, "deployment": deployment.id, "stageName": "live"})
"""
REMOTE = """
    class Remote(pulumi.ComponentResource):
        def __init__(self, name):
            super().__init__("aws-apigateway:index:RestAPI", name, {}, None, True)
    Remote("front")
"""


@pytest.fixture
def project(tmp_path: Path):
    def write(program: str, folder: str = "project", **project) -> str:
        return str(programs.write(tmp_path / folder, program, **project))

    return write


def judged(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, dict]:
    code = cli.main(["check", *args, "--format", "json"])
    return code, json.loads(capsys.readouterr().out)


def test_an_open_api_is_caught(project, capsys) -> None:
    code, report = judged(capsys, project(OPEN_API))

    violations = [each for each in report["findings"] if each["status"] == "violation"]
    assert code == report["summary"]["exit_code"] == 1
    assert report["engine"] == "offline"
    assert [(each["name"], each["stages"]) for each in report["gateways"]] == [("shop", ["live"])]
    assert {"auth", "waf", "observability"} <= {each["layer"] for each in violations}
    (method,) = [each for each in violations if each["layer"] == "auth"]
    assert method["urn"] == "urn:pulumi:dev::shop::aws:apigateway/method:Method::list"
    assert method["location"].startswith("__main__.py:")


def test_a_stack_without_a_gateway_is_said_to_have_none(project, capsys) -> None:
    assert cli.main(["check", project('Made("sns/topic:Topic", "topic")')]) == 0
    assert "No gateway" in capsys.readouterr().out


def test_what_cannot_be_seen_into_is_not_judged(project, capsys) -> None:
    assert cli.main(["check", project(REMOTE)]) == 2
    assert "Could not evaluate" in capsys.readouterr().out


def test_a_state_file_is_judged(tmp_path: Path, capsys) -> None:
    api = "urn:pulumi:prod::shop::aws:apigateway/restApi:RestApi::api"
    resource = {
        "urn": api,
        "type": "aws:apigateway/restApi:RestApi",
        "custom": True,
        "id": "abc",
        "inputs": {"name": "shop"},
    }
    file = tmp_path / "state.json"
    file.write_text(json.dumps({"version": 3, "deployment": {"resources": [resource]}}))

    _, report = judged(capsys, str(file))

    assert report["engine"] == "state file"
    assert [each["urn"] for each in report["gateways"]] == [api]
    assert report["summary"]["targets"][0]["stack"] == "prod"


WAF = "waf-stages-have-web-acl"
STAGE_ARN = "arn:aws:apigateway:eu-west-1::/restapis/abc/stages/live"


def state(folder: Path, stack: str, **resources) -> str:
    """A state file of resources by name: their type, and their inputs."""
    exported = [
        {
            "urn": f"urn:pulumi:{stack}::shop::aws:{type_}::{name}",
            "type": f"aws:{type_}",
            "custom": True,
            "id": name,
            "inputs": inputs,
            "outputs": {"arn": STAGE_ARN} if type_.endswith("Stage") else {},
        }
        for name, (type_, inputs) in resources.items()
    ]
    file = folder / f"{stack}.json"
    file.write_text(json.dumps({"version": 3, "deployment": {"resources": exported}}))
    return str(file)


@pytest.mark.parametrize(("option", "expected"), [((), [WAF]), (("--together",), [])], ids=["each alone", "together"])
def test_targets_can_be_judged_together(tmp_path: Path, capsys, option, expected) -> None:
    link = {"resourceArn": STAGE_ARN, "webAclArn": "arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/edge/1"}
    service = state(
        tmp_path,
        "service",
        abc=("apigateway/restApi:RestApi", {"name": "shop"}),
        live=("apigateway/stage:Stage", {"restApi": "abc", "stageName": "live"}),
    )
    platform = state(tmp_path, "platform", link=("wafv2/webAclAssociation:WebAclAssociation", link))

    _, report = judged(capsys, service, platform, *option)

    assert [each["stack"] for each in report["summary"]["targets"]] == ["service", "platform"]
    assert [each["policy"] for each in report["findings"] if each["policy"] == WAF] == expected


def test_a_fleet_is_summed_up_stack_by_stack(project, capsys) -> None:
    one = project(OPEN_API, folder="one", manifest="name: one\nruntime: python\n")
    two = project('Made("sns/topic:Topic", "t")', folder="two", manifest="name: two\nruntime: python\n")

    assert cli.main(["check", one, two]) == 1
    lines = capsys.readouterr().out.splitlines()
    (first,), (second,) = (
        [line.split() for line in lines if line.startswith(f"{name}/dev")] for name in ("one", "two")
    )
    assert first[1] == "1"
    assert int(first[2]) + int(first[3]) > 3
    assert second[1:] == ["0"] * 9
    assert "2 stacks, 1 gateway" in lines[-1]


def test_one_broken_target_of_several_does_not_hide_the_others(project, capsys) -> None:
    two = project('Made("sns/topic:Topic", "t")', folder="two", manifest="name: two\nruntime: python\n")

    code, report = judged(capsys, "nothing.json", two)

    assert code == 2
    assert report["summary"]["failures"] == [{"target": "nothing.json", "reason": "nothing.json does not exist"}]
    assert cli.main(["check", "nothing.json", two]) == 2
    assert "nothing.json could not be read, so nothing in it was evaluated" in capsys.readouterr().out
    assert cli.main(["check", "nothing.json", two, "--together"]) == 2


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--preset", "owasp-api-2023"), 1),
        (("--fail-on", "never"), 0),
        (("--fail-on", "critical"), 1),
        (("--preset", "baseline", "--fail-on", "never"), 0),
    ],
    ids=["framework", "never", "critical", "preset and never"],
)
def test_presets_and_severities_decide_what_fails(project, capsys, options, code: int) -> None:
    found, report = judged(capsys, project(OPEN_API), *options)

    assert found == code
    assert report["findings"]


def test_failing_on_a_severity_fails_on_what_is_as_grave(project, capsys) -> None:
    _, report = judged(capsys, project(OPEN_API), "--fail-on", "medium")

    levels = {(each["severity"], each["level"]) for each in report["findings"] if each["status"] == "violation"}
    assert levels >= {("high", "mandatory"), ("medium", "mandatory")}
    assert ("low", "mandatory") not in levels


def test_undecided_can_fail(project, tmp_path: Path, capsys) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("all: {enforcementLevel: advisory, undecided: mandatory}\n")
    unknown = project('Made("apigateway/restApi:RestApi", "api", {"body": Made("sns/topic:Topic", "t").arn})')

    assert cli.main(["check", unknown, "--config", str(file)]) == 1
    file.write_text("all: advisory\n")
    assert cli.main(["check", unknown, "--config", str(file)]) == 0


def test_a_baseline_lets_only_new_violations_fail(project, tmp_path: Path, capsys) -> None:
    folder, file = project(OPEN_API), str(tmp_path / "baseline.json")

    assert cli.main(["check", folder, "--baseline", file]) == 2
    assert "--update-baseline" in capsys.readouterr().err
    assert cli.main(["check", folder, "--baseline", file, "--update-baseline"]) == 0
    assert cli.main(["check", folder, "--baseline", file]) == 0
    project(OPEN_API.replace("list", "other"))
    assert cli.main(["check", folder, "--baseline", file]) == 1
    assert cli.main(["check", folder, "--update-baseline"]) == 2


def test_a_configuration_for_the_engine_is_printed(tmp_path: Path, capsys) -> None:
    file = tmp_path / "config.json"
    file.write_text(f'{{"{POLICIES[0].id}": "disabled"}}')

    assert cli.main(["config", "--preset", "strict", "--config", str(file)]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert set(printed) == {rule.id for rule in POLICIES}
    assert printed[POLICIES[0].id] == {"enforcementLevel": "disabled", "undecided": "mandatory"}
    assert printed[POLICIES[1].id] == {"enforcementLevel": "mandatory", "undecided": "mandatory"}
    assert cli.main(["config", "--preset", "strickt"]) == 2
    assert "did you mean 'strict'?" in capsys.readouterr().err


FAILURES = {
    "failing program": ("raise ValueError('colour')", {}, (), "ValueError: colour"),
    "another language": ("", {"manifest": "name: shop\nruntime: dotnet\n"}, (), "pulumi preview --policy-pack"),
    "no answer": ("pulumi.runtime.invoke('a:b:c', {})", {}, (), "a:b:c"),
    "no data": ("", {}, ("--data", "nothing.yaml"), "nothing.yaml cannot be read"),
    "no configuration": ("", {}, ("--config", "nothing.yaml"), "nothing.yaml cannot be read"),
}


@pytest.mark.parametrize(("program", "files", "options", "said"), FAILURES.values(), ids=FAILURES)
def test_where_nothing_is_judged_the_exit_code_is_2(project, capsys, program, files, options, said) -> None:
    assert cli.main(["check", project(program, **files), *options]) == 2

    printed = capsys.readouterr()
    assert said in printed.err
    assert printed.out == ""


def test_the_same_stack_twice_is_refused(project, capsys) -> None:
    folder = project(OPEN_API)

    assert cli.main(["check", folder, folder]) == 2
    assert "are the same stack" in capsys.readouterr().err


def test_a_misspelt_policy_in_the_configuration_is_refused(project, tmp_path: Path, capsys) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(f"{POLICIES[0].id}x: disabled\n")

    assert cli.main(["check", project(""), "--config", str(file)]) == 2
    assert POLICIES[0].id in capsys.readouterr().err


@pytest.mark.parametrize(("level", "code"), [("disabled", 0), ("advisory", 0), ("mandatory", 1)])
def test_levels_decide_what_fails(project, tmp_path: Path, capsys, level: str, code: int) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(f"all: {level}\n")

    found, report = judged(capsys, project(OPEN_API), "--config", str(file))

    assert found == code
    assert {each["level"] for each in report["findings"]} == ({level} - {"disabled"})


def test_answers_come_from_the_data(project, tmp_path: Path, capsys) -> None:
    file = tmp_path / "data.json"
    file.write_text('{"a:b:c": {"name": "given"}}')

    assert cli.main(["check", project("print(pulumi.runtime.invoke('a:b:c', {}).value)"), "--data", str(file)]) == 0


def test_the_report_can_go_to_a_file(project, tmp_path: Path, capsys) -> None:
    file = tmp_path / "report.json"

    code = cli.main(["check", project(OPEN_API), "--format", "json", "--output", str(file)])

    assert code == json.loads(file.read_text())["summary"]["exit_code"] == 1
    first, second = capsys.readouterr().out.splitlines()
    assert "(engine: offline)" in first
    assert second == f"report: {file}"


def test_the_stack_can_be_chosen(project, capsys) -> None:
    _, report = judged(capsys, project("pulumi.export('x', 1)"), "--stack", "acme/prod")

    assert report["summary"]["targets"][0]["stack"] == "prod"


def test_list_names_every_policy(capsys) -> None:
    assert cli.main(["list"]) == 0
    told = capsys.readouterr().out
    assert cli.main(["list", "--format", "json"]) == 0
    listed = json.loads(capsys.readouterr().out)

    assert [each["policy"] for each in listed] == [rule.id for rule in POLICIES]
    assert all(f"  {rule.id}  ({rule.severity})" in told for rule in POLICIES)


def test_explain_says_why_and_how_to_fix(capsys) -> None:
    for rule in POLICIES:
        assert cli.main(["explain", rule.id]) == 0
        told = " ".join(capsys.readouterr().out.split())
        assert all(part in told for part in (rule.title, rule.rationale, rule.fix, *rule.config, *rule.references))


def test_explain_knows_a_misspelt_policy(capsys) -> None:
    assert cli.main(["explain", f"{POLICIES[0].id}s"]) == 2
    assert f"did you mean {POLICIES[0].id}?" in capsys.readouterr().err


def test_explain_of_a_layer_lists_its_policies(capsys) -> None:
    assert cli.main(["explain", "waf"]) == 0
    told = capsys.readouterr().out
    assert [rule.id for rule in POLICIES if f"  {rule.id}  (" in told] == [r.id for r in POLICIES if r.layer == "waf"]


def test_version(capsys) -> None:
    with pytest.raises(SystemExit) as left:
        cli.main(["--version"])
    assert left.value.code == 0
    assert re.fullmatch(r"gateway-policy \d+\.\d+\.\d+\n", capsys.readouterr().out)


PACK = Path(policypack.__file__).parent


@pytest.mark.parametrize("python", ["python3", "python"])
def test_path_is_the_folder_of_the_pack_in_an_active_environment(monkeypatch, tmp_path, capsys, python) -> None:
    interpreter = tmp_path / "venv/bin" / python
    interpreter.parent.mkdir(parents=True)
    interpreter.touch(mode=0o755)
    monkeypatch.setenv("PATH", str(interpreter.parent))
    monkeypatch.setattr(sys, "executable", str(interpreter))
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "venv"))

    assert cli.main(["path"]) == 0
    assert capsys.readouterr().out == f"{PACK}\n"


def test_path_names_the_environment_that_python3_on_path_is_not(monkeypatch, tmp_path, capsys) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "venv"))

    assert cli.main(["path"]) == 0
    folder = Path(capsys.readouterr().out.strip())
    manifest = yaml.safe_load((folder / "PulumiPolicy.yaml").read_text())

    assert manifest["runtime"] == {"name": "python", "options": {"virtualenv": str(tmp_path / "venv")}}
    assert manifest | {"runtime": ...} == yaml.safe_load((PACK / "PulumiPolicy.yaml").read_text()) | {"runtime": ...}
    assert sorted(each.name for each in folder.iterdir()) == ["PulumiPolicy.yaml", "__main__.py"]
    assert cli.main(["path"]) == 0
    assert capsys.readouterr().out == f"{folder}\n"


def test_path_says_why_there_is_none(monkeypatch, tmp_path, capsys) -> None:
    (tmp_path / "cache").touch()
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "venv"))

    assert cli.main(["path"]) == 2
    assert "cannot write the folder that names this environment" in capsys.readouterr().err


def test_a_report_that_cannot_be_written_is_refused_at_once(monkeypatch, capsys) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *_: None if name == "jinja2" else found(name))
    with pytest.raises(SystemExit) as left:
        cli.main(["check", "missing", "--format", "html"])

    assert left.value.code == 2
    assert "html needs jinja2: pip install 'gateway-policy[html]'" in capsys.readouterr().err


@pytest.mark.parametrize("args", [[], ["check"], ["check", "x", "--format", "xml"], ["explain"]], ids=" ".join)
def test_a_wrong_command_is_an_exit_code_of_2(args, capsys) -> None:
    with pytest.raises(SystemExit) as left:
        cli.main(args)
    assert left.value.code == 2


def test_runs_as_a_module(project) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "policypack", "check", project('print("hello")\nMade("sns/topic:Topic", "t")')],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(policypack.__file__).parent.parent,
    )

    assert (done.returncode, done.stderr) == (0, "hello\n")
    assert done.stdout.splitlines()[-1].endswith("(engine: offline)")


def test_a_folder_of_state_files_is_evaluated_file_by_file(project, tmp_path: Path, capsys) -> None:
    folder = tmp_path / "exports"
    folder.mkdir()
    for name in ("shop", "billing"):
        urn = f"urn:pulumi:dev::{name}::pulumi:pulumi:Stack::{name}-dev"
        state = {"version": 3, "deployment": {"resources": [{"urn": urn, "type": "pulumi:pulumi:Stack"}]}}
        (folder / f"{name}.json").write_text(json.dumps(state))

    _, report = judged(capsys, str(folder))

    assert [each["target"] for each in report["summary"]["targets"]] == [
        str(folder / "billing.json"),
        str(folder / "shop.json"),
    ]


def test_later_configurations_override_earlier_ones(project, tmp_path: Path, capsys) -> None:
    first, second = tmp_path / "first.json", tmp_path / "second.json"
    first.write_text('{"all": "advisory", "environments": ["x"]}')
    second.write_text('{"auth-methods-authenticated": "mandatory"}')
    program = project(OPEN_API)

    assert judged(capsys, program, "--config", str(first))[0] == 0
    code, report = judged(capsys, program, "--config", str(first), "--config", str(second))
    assert code == 1
    assert {each["policy"] for each in report["findings"] if each["level"] == "mandatory"} == {
        "auth-methods-authenticated"
    }


@pytest.mark.parametrize(("tag", "code"), [("team=labs", 0), ("team=shop", 1)])
def test_levels_follow_the_tags_of_the_stack(project, tmp_path: Path, capsys, tag: str, code: int) -> None:
    file = tmp_path / "config.json"
    entry = {"tags": {"team": "labs"}, "enforcementLevel": "advisory"}
    file.write_text(json.dumps({"all": {"enforcementLevel": "mandatory", "stacks": [entry]}}))

    found, report = judged(capsys, project(OPEN_API), "--config", str(file), "--stack-tag", tag)

    assert found == code
    assert {each["level"] for each in report["findings"]} == {"advisory" if code == 0 else "mandatory"}


def test_a_report_that_cannot_be_written_is_one_error(project, tmp_path: Path, capsys) -> None:
    for output in (tmp_path / "missing" / "report.json", tmp_path):
        assert cli.main(["check", project(""), "--output", str(output)]) == 2
        assert "the report could not be written" in capsys.readouterr().err


def test_a_closed_pipe_is_one_error(project) -> None:
    command = [sys.executable, "-m", "policypack", "check", project(OPEN_API), "--format", "json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        error = process.stderr.read()
        assert process.wait() == 2
    assert error.splitlines() == ["gateway-policy: the report could not be written: its reader closed the pipe"]


@pytest.mark.parametrize("command", ["list", "check"])
def test_only_the_policies_of_later_versions(project, capsys, command: str) -> None:
    more = [project(OPEN_API)] if command == "check" else []

    assert cli.main([command, *more, "--since", "99.0.0"]) == 0
    assert "auth-methods-authenticated" not in capsys.readouterr().out
    assert cli.main([command, *more, "--since", "0.0.1"]) == bool(more)
    assert "auth-methods-authenticated" in capsys.readouterr().out
    assert cli.main([command, *more, "--since", "new"]) == 2
    assert "--since: expected a version such as 0.1.0, got 'new'" in capsys.readouterr().err


def test_presets_are_listed_and_explained(capsys) -> None:
    assert cli.main(["list", "--presets"]) == 0
    assert "pci-dss-4.0  " in capsys.readouterr().out
    assert cli.main(["explain", "baseline"]) == 0
    assert "  auth-methods-authenticated\n" in capsys.readouterr().out
