"""The component package in a program of another language: added, type-checked, deployed, refused with paths.

What is copied is what git has, so that nothing of this machine helps.
"""

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

import lab

pytestmark = pytest.mark.engine

NODE = ("node", "npm", "pulumi-language-nodejs")


@pytest.fixture
def typescript(tmp_path, cloud):
    """The TypeScript example with the package added, in a copy of this repository."""
    if missing := [each for each in NODE if shutil.which(each) is None]:
        pytest.skip(f"no {missing[0]} on PATH")
    copy = tmp_path / "repository"
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=lab.ROOT, capture_output=True, text=True, check=True).stdout
    for name in tracked.split("\0")[:-1]:
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(lab.ROOT / name, copy / name)
    example = replace(lab.project(tmp_path, "minimal", cloud), folder=copy / "examples" / "typescript", stack="dev")
    example.run("stack", "init")
    example.run("config", "set", "aws:region", lab.REGION)
    subprocess.run(
        ["pulumi", "package", "add", "../../secure_gateway"], cwd=example.folder, env=example.environment, check=True
    )
    return example


def test_typescript_uses_the_package(typescript):
    subprocess.run(["npx", "tsc", "--noEmit", "-p", "."], cwd=typescript.folder, check=True)
    typescript.up()
    types = {each["type"] for each in typescript.resources()}
    assert {"secure-gateway:index:SecureGateway", "secure-gateway:index:Waf", "aws:apigateway/stage:Stage"} <= types
    outputs = json.loads(typescript.run("stack", "output", "--json"))
    assert outputs["posture"]["network"]["enforced"] == ["callers only from 203.0.113.0/24"]

    program = Path(typescript.folder, "index.ts")
    text = program.read_text()
    program.write_text(
        text.replace('scopes: ["orders/read"] }', 'scops: ["orders/read"] } as any').replace("/24", "/33")
    )
    refused = typescript.run("preview", code=1)
    assert "did you mean 'scopes'?" in refused
    assert "network.allowCidrs[0]: given '203.0.113.0/33'" in refused
    assert "with value" not in refused  # what stands there may be a secret

    program.write_text(text)
    typescript.destroy()
    assert typescript.resources() == []
