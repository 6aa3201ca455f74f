"""Secrets planted in a program that the real CLI deploys: ciphertext in the state, and nothing printed tells one."""

import json

import pytest

from policypack import cli, reports

import lab  # isort: skip - of this repository's `local/`

pytestmark = pytest.mark.engine

KEY, HOOK, TAG = (f"pl4nted{each}0123456789" for each in ("Key", "Hook", "Tag"))
PLANTED = (KEY, HOOK, TAG)
PROGRAM = f"""
import pulumi
from secure_gateway import SecureGateway

config = pulumi.Config()
gateway = SecureGateway(
    "minimal",
    {{
        "routes": [{{"path": "/orders", "method": "GET", "api_key": True}}],
        "default_integration": {{"url": config.require_secret("hook")}},
        "keys": {{
            "plans": {{"gold": {{"rate": 5, "burst": 10}}}},
            "keys": {{"acme": {{"plan": "gold", "value": "{KEY}", "exceptions": {{"value": "planted"}}}}}},
        }},
        "network": {{"allow_cidrs": ["203.0.113.0/24"]}},
        "tags": {{"owner": pulumi.Output.secret("{TAG}")}},
    }},
)
for name, value in vars(gateway).items():
    if isinstance(value, pulumi.Output):
        pulumi.export(name, value)
"""


def test_no_planted_secret_is_in_state_or_print(project, tmp_path, capfd):
    stack = project("minimal")
    (stack.folder / "stacks" / "minimal.py").write_text(PROGRAM)
    stack.run("config", "set", "--secret", "hook", f"https://{HOOK}.example.com")
    preview = stack.run("preview", "--json", "--show-sames")
    said = {
        "preview": preview,
        "diff": stack.run("preview", "--diff", "--policy-pack", str(lab.ROOT / "policypack")),
        "up": stack.up("--diff", "--policy-pack", str(lab.ROOT / "policypack")),
        "export": stack.run("stack", "export"),
        "outputs": stack.run("stack", "output", "--json"),
        "same": stack.run("preview", "--diff"),
    }
    known = stack.run("stack", "export", "--show-secrets")
    for name, content in {"export": said["export"], "known": known, "preview": preview[preview.index("{") :]}.items():
        file = tmp_path / f"{name}.json"
        file.write_text(content)
        for form in reports.MODULES:
            assert cli.main(["check", str(file), "--format", form]) in {0, 1}
            told = capfd.readouterr()
            said[f"check {name} {form}"] = told.out + told.err
    stack.destroy()

    assert [each for each in PLANTED if each.lower() not in known.lower()] == []
    assert [(each, name) for each in PLANTED for name, text in said.items() if each.lower() in text.lower()] == []


WRONG = ('"plan": "gold", "value"', '"plan": "gold", "vaule"')


def test_a_refused_program_tells_no_secret(project):
    stack = project("minimal")
    (stack.folder / "stacks" / "minimal.py").write_text(PROGRAM.replace(*WRONG))
    stack.run("config", "set", "--secret", "hook", f"https://{HOOK}.example.com")
    refused = stack.run("preview", code=1)

    assert "keys.keys.acme.vaule: unknown field" in refused
    assert [each for each in PLANTED if each in refused] == []
    assert json.loads(stack.run("stack", "export"))["deployment"].get("resources", []) == []
