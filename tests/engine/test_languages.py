"""The component package in programs of other languages: installed, deployed, refused with paths, taken down.

What is copied is what git has, so that nothing of this machine helps.
"""

import json
import shutil
import subprocess
from dataclasses import dataclass, replace

import pytest

import lab

pytestmark = pytest.mark.engine


@dataclass(frozen=True)
class Language:
    """The example of a language, what runs it, and what its compiler lets through that the component refuses."""

    name: str
    tools: tuple[str, ...]
    program: str
    mistakes: dict[str, str]
    refusals: tuple[str, ...]


WRONG_RANGE = "network.allowCidrs[0]: '203.0.113.0/33' is not an address range"
LANGUAGES = (
    Language(
        "typescript",
        ("node", "npm", "pulumi-language-nodejs"),
        "index.ts",
        {'scopes: ["orders/read"] }': 'scops: ["orders/read"] } as any', "/24": "/33"},
        ("did you mean 'scopes'?", WRONG_RANGE),
    ),
    Language("go", ("go", "pulumi-language-go"), "main.go", {"/24": "/33"}, (WRONG_RANGE,)),
    Language("yaml", ("pulumi-language-yaml",), "Pulumi.yaml", {"/24": "/33"}, (WRONG_RANGE,)),
)


@pytest.fixture(params=LANGUAGES, ids=lambda language: language.name)
def language(request):
    """A language whose tools are here."""
    if missing := [each for each in request.param.tools if shutil.which(each) is None]:
        pytest.skip(f"no tools for {request.param.name}: {missing[0]} is not on PATH")
    return request.param


@pytest.fixture
def example(tmp_path, cloud, language):
    """The language's example with the package installed, in a copy of this repository."""
    copy = tmp_path / "repository"
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=lab.ROOT, capture_output=True, text=True, check=True).stdout
    for name in tracked.split("\0")[:-1]:
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(lab.ROOT / name, copy / name)
    made = replace(lab.project(tmp_path, "minimal", cloud), folder=copy / "examples" / language.name, stack="dev")
    made.run("stack", "init")
    made.run("config", "set", "aws:region", lab.REGION)
    subprocess.run(["pulumi", "install", "--no-plugins"], cwd=made.folder, env=made.environment, check=True)
    return made


def test_a_language_uses_the_package(example, language):
    if language.name == "typescript":
        subprocess.run(["npx", "tsc", "--noEmit", "-p", "."], cwd=example.folder, check=True)
    example.up()
    types = {each["type"] for each in example.resources()}
    assert {"secure-gateway:index:SecureGateway", "secure-gateway:index:Waf", "aws:apigateway/stage:Stage"} <= types
    outputs = json.loads(example.run("stack", "output", "--json"))
    assert outputs["url"].startswith("https://")
    assert outputs["posture"]["network"]["enforced"] == ["callers only from 203.0.113.0/24"]
    example.run("preview", "--expect-no-changes")

    program = example.folder / language.program
    text = program.read_text()
    wrong = text
    for right, mistake in language.mistakes.items():
        assert right in wrong
        wrong = wrong.replace(right, mistake)
    program.write_text(wrong)
    refused = example.run("preview", code=1)
    for each in language.refusals:
        assert each in refused
    assert "with value" not in refused  # what stands at a refused property may be a secret

    program.write_text(text)
    example.destroy()
    assert example.resources() == []
