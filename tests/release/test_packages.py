"""The two distributions, and the notes of a release."""

import subprocess
import sys
import tomllib
import zipfile
from email.message import Message
from email.parser import Parser
from pathlib import Path

import pytest
import release_notes
import yaml
from packaging.requirements import Requirement

from secure_gateway.provider import about

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module", params=["secure_gateway", "gateway_policy"])
def wheel(request, tmp_path_factory):
    """The wheel of one of the two, and its metadata."""
    folder = tmp_path_factory.mktemp(request.param)
    project = ROOT if request.param == "secure_gateway" else ROOT / "policypack"
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=project, check=True, capture_output=True)
    (made,) = folder.glob(f"{request.param}-*.whl")
    with zipfile.ZipFile(made) as opened:
        names = set(opened.namelist())
        (about,) = [name for name in names if name.endswith(".dist-info/METADATA")]
        return request.param, names, Parser().parsestr(opened.read(about).decode())


def sources(package):
    """The files of a package that git knows."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", package]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return {name for name in listed.split("\0") if name and (ROOT / name).is_file()}


def test_a_wheel_has_its_package_and_nothing_else(wheel):
    if not (ROOT / ".git").exists():
        pytest.skip("no repository here")
    name, content, _ = wheel
    package = {"secure_gateway": "secure_gateway", "gateway_policy": "policypack"}[name]
    build_files = {"policypack/pyproject.toml", "policypack/LICENSE"}

    assert {each for each in content if ".dist-info/" not in each} == sources(package) - build_files
    assert [each for each in content if each.endswith(".dist-info/licenses/LICENSE")]


def test_neither_needs_the_other(wheel):
    name, _, metadata = wheel
    required = {each.name for each in map(Requirement, metadata.get_all("Requires-Dist")) if not each.marker}

    assert required & {"secure-gateway", "gateway-policy", "pulumi-aws"} == (
        {"pulumi-aws"} if name == "secure_gateway" else set()
    )


def test_both_have_one_version_and_one_license(wheel):
    _, _, metadata = wheel
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]

    assert metadata["Version"] == project["version"]
    assert metadata["License-Expression"] == project["license"]
    assert (ROOT / "policypack/LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()


def test_what_the_published_pack_installs_is_what_the_package_requires():
    listed = (ROOT / "policypack/requirements.txt").read_text("utf-8").splitlines()
    project = tomllib.loads((ROOT / "policypack/pyproject.toml").read_text("utf-8"))["project"]

    assert {line for line in listed if line and line[0] != "#"} <= set(project["dependencies"])


CHANGELOG = """# Changelog

## 0.2.0 - 2027-01-31

Second.

### Added

- This.

## 0.1.0 - unreleased

First.
"""


def test_the_notes_are_the_section_of_the_tag():
    assert release_notes.notes("v0.2.0", CHANGELOG, {"0.2.0"}) == "Second.\n\n### Added\n\n- This.\n"


@pytest.mark.parametrize(
    ("tag", "versions", "words"),
    [
        ("v0.2.0", {"0.2.0", "0.1.0"}, "the packages' versions are 0.1.0, 0.2.0"),
        ("0.2.0", {"0.2.0"}, "the tag is 0.2.0"),
        ("v0.3.0", {"0.3.0"}, "no section about 0.3.0"),
        ("v0.1.0", {"0.1.0"}, "calls 0.1.0 unreleased"),
    ],
)
def test_a_tag_that_does_not_fit_is_refused(tag, versions, words):
    with pytest.raises(ValueError, match=words.replace(".", r"\.")):
        release_notes.notes(tag, CHANGELOG, versions)


def test_the_changelog_has_a_section_about_this_version():
    version = yaml.safe_load((ROOT / "policypack/PulumiPolicy.yaml").read_text("utf-8"))["version"]

    assert f"\n## {version}" in (ROOT / "CHANGELOG.md").read_text("utf-8")


def test_addresses_of_the_package_are_in_its_schema():
    package = Message()
    for name, value in (
        ("Author", "A"),
        ("Summary", "S"),
        ("License-Expression", "Apache-2.0"),
        ("Keywords", "aws,waf"),
        ("Project-URL", "Repository, https://example.com/repository"),
        ("Project-URL", "Issues, https://example.com/issues"),
    ):
        package[name] = value

    shown = about(package)

    assert shown["repository"] == "https://example.com/repository"
    assert shown["keywords"] == ["aws", "waf"]
    assert "homepage" not in shown
