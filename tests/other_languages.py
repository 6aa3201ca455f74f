"""The tools and SDKs of other languages, for tests that run programs in them. `make languages` installs the SDKs."""

import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
INSTALLED = ROOT / "build/languages"


def node_modules() -> Path:
    """The folder with the SDK for Node.js. Skips the test if Node.js or the SDK is not here."""
    if shutil.which("node") is None:
        pytest.skip("no `node` on PATH")
    if not (INSTALLED / "node_modules/@pulumi/pulumi").is_dir():
        pytest.skip("no Pulumi SDK for Node.js: `make languages` installs it")
    return INSTALLED / "node_modules"


def go_program() -> Path:
    """A compiled program in Go, and its folder. Skips the test if there is none."""
    if not (INSTALLED / "go/program").is_file():
        pytest.skip("no program in Go: `make languages` builds it")
    return INSTALLED / "go/program"


def yaml_host() -> Path:
    """The language host for YAML, which Pulumi's CLI contains. Skips the test if it is not on PATH."""
    found = shutil.which("pulumi-language-yaml")
    if found is None:
        pytest.skip("no `pulumi-language-yaml` on PATH")
    return Path(found)
