"""The repository: no credential in it, everything pinned by hash, workflows that may do no more than they must."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

from policypack.redaction.credentials import SHAPES

ROOT = Path(__file__).parents[2]
LOCKS = [
    "requirements.lock",
    "requirements-local.lock",
    "requirements-audit.lock",
    "requirements-site.lock",
    "requirements-oldest.lock",
    "secure_gateway/authorizer/requirements.lock",
]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
CREDENTIAL = re.compile(SHAPES, re.VERBOSE)
PRIVATE = re.compile(r"-----BEGIN (?:\w+ )?PRIVATE KEY-----\s+[A-Za-z0-9+/=]{40,}")


def tracked():
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [name for name in names.split("\0") if name and (ROOT / name).is_file()]


def test_no_file_holds_a_credential():
    """Tests of what finds credentials plant some of their own; even there no whole private key is kept."""
    if not (ROOT / ".git").exists():
        pytest.skip("no repository here")
    found = []
    for name in tracked():
        try:
            text = (ROOT / name).read_text("utf-8")
        except UnicodeDecodeError:
            continue
        planted = name.startswith("tests/") or name in {"policypack/redaction/credentials.py", "proof/openings.yaml"}
        if PRIVATE.search(text) or (not planted and CREDENTIAL.search(text)):
            found.append(name)

    assert found == []


@pytest.mark.parametrize("lock", LOCKS)
def test_every_dependency_is_pinned_by_hash(lock):
    text = (ROOT / lock).read_text("utf-8").replace("\\\n", " ")
    pinned = [line for line in text.splitlines() if line and line[0] not in "# "]

    assert pinned
    assert [line for line in pinned if not re.match(r"[\w.-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", line)] == []


@pytest.mark.parametrize(
    ("name", "vulnerable", "advisory"),
    [
        ("joserfc", "1.6.7", "CVE-2026-49852: an empty HMAC key was taken"),
        ("joserfc", "1.6.2", "CVE-2026-27932: PBES2 without a bound"),
        ("jinja2", "3.1.5", "CVE-2025-27516: a way out of the sandbox"),
        ("cryptography", "46.0.4", "CVE-2026-26007: points outside the subgroup"),
    ],
)
def test_no_version_with_a_known_hole_may_be_installed(name, vulnerable, advisory):
    """What a user of the wheel gets is up to the ranges, not to the locks."""
    projects = [
        tomllib.loads((ROOT / each / "pyproject.toml").read_text("utf-8"))["project"] for each in ("", "policypack")
    ]
    extras = [each for project in projects for each in project["optional-dependencies"].values()]
    declared = [each for given in (*(project["dependencies"] for project in projects), *extras) for each in given]
    asked = [each for each in map(Requirement, declared) if each.name == name]

    assert asked
    assert not any(vulnerable in each.specifier for each in asked), advisory


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda each: each.name)
def test_workflows_pin_what_they_use_and_may_only_read(workflow):
    text = workflow.read_text("utf-8")
    document = yaml.safe_load(text)
    used = re.findall(r"uses: (.*)", text)

    assert used
    assert [each for each in used if not re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", each)] == []
    assert document["permissions"] == {"contents": "read"}
    for job in document["jobs"].values():
        # A job that may write runs nothing of the repository: it only gets what a job without rights has built.
        commands = " ".join(step.get("run", step.get("uses", "")) for step in job["steps"])
        assert "permissions" not in job or not re.search(r"checkout|make |bash |\.venv|pip install", commands)
    assert "pull_request_target" not in text
    assert re.findall(r"run: .*\$\{\{", text) == []  # what a pull request is named is no command
    assert text.count("persist-credentials: false") == sum("actions/checkout@" in each for each in used)


def test_every_lock_is_audited():
    makefile = (ROOT / "Makefile").read_text("utf-8")

    assert re.search(r"^LOCKS := (.*)$", makefile, re.MULTILINE)[1].split() == LOCKS
    assert sorted(path.name for path in ROOT.glob("requirements*.lock")) == sorted(LOCKS[:5])
    assert "--strict" in makefile  # else what could not be asked about would pass
