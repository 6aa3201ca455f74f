"""A backend in a local S3, written by the real CLI, and read without a change."""

import json
import subprocess

import pytest

import lab
from benchmarks import stacks
from policypack import cli

BUCKET = "states"
FORMS = {"plain": {}, "gzip": {"PULUMI_DIY_BACKEND_GZIP": "true"}, "zstd": {"PULUMI_DIY_BACKEND_ZSTD": "true"}}


@pytest.mark.engine
def test_reads_a_bucket_and_changes_nothing(tmp_path, cloud, monkeypatch, capsys) -> None:
    pytest.importorskip("s3fs", reason="no s3fs: pip install s3fs zstandard")
    pytest.importorskip("zstandard", reason="no zstandard: pip install s3fs zstandard")
    cloud.client("s3").create_bucket(Bucket=BUCKET)
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "")
    for name, value in {**lab.NO_ACCOUNT, "AWS_ENDPOINT_URL": cloud.endpoint}.items():
        monkeypatch.setenv(name, value)
    url = f"s3://{BUCKET}/team?region={lab.REGION}&endpoint={cloud.endpoint}&s3ForcePathStyle=true"
    for number, (name, environment) in enumerate(FORMS.items()):
        _deploy(tmp_path / name, url, name, number, environment, monkeypatch)
    keys = [each["Key"] for each in cloud.client("s3").list_objects_v2(Bucket=BUCKET)["Contents"]]
    called = len(cloud.calls())

    assert cli.main(["check", "--backend", url, "--match", "shop/*", "--format", "json"]) == 1

    report = json.loads(capsys.readouterr().out)
    assert report["summary"]["failures"] == []
    assert {each["stack"]: each["resources"] for each in report["summary"]["targets"]} == dict.fromkeys(
        FORMS, stacks.EACH + 1
    )
    assert {each["urn"].split("::")[0].rpartition(":")[2] for each in report["findings"] if "::" in each["urn"]} == {
        *FORMS
    }
    assert any(each.endswith(".json.gz") for each in keys)
    calls = cloud.calls()[called:]
    assert calls
    assert [each for each in calls if each.split()[0] not in {"GET", "HEAD"}] == []


def _deploy(folder, url, stack, number, environment, monkeypatch) -> None:
    """A stack as the CLI stores it: its state is imported, which needs neither a program nor a provider."""
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    with monkeypatch.context() as patch:
        for name, value in {**environment, "PULUMI_BACKEND_URL": url}.items():
            patch.setenv(name, value)
        run(folder, "stack", "init", stack)
        run(folder, "stack", "tag", "set", "tier", "edge")
        exported = json.loads(run(folder, "stack", "export"))
        written = json.dumps(list(stacks.gateway(number))).replace(stacks.HEAD, f"urn:pulumi:{stack}::shop::")
        root = {"urn": f"urn:pulumi:{stack}::shop::pulumi:pulumi:Stack::shop-{stack}", "type": "pulumi:pulumi:Stack"}
        exported["deployment"]["resources"] = [{**root, "custom": False}, *json.loads(written)]
        (folder / "state.json").write_text(json.dumps(exported))
        run(folder, "stack", "import", "--file", "state.json")


def run(folder, *args) -> str:
    command = ["pulumi", *args, "--non-interactive"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=lab.LONGEST, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
