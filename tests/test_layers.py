"""The repository as a whole: each layer is found by its name, versions agree, nothing private is committed."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
LAYERS = ("auth", "keys", "network", "waf", "observability", "tls")


def tracked():
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).is_file()]


def module(folder, layer):
    return (folder / f"{layer}.py").exists() or (folder / layer / "__init__.py").exists()


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_is_found_by_its_name(layer):
    assert module(ROOT / "secure_gateway/layers", layer)
    assert module(ROOT / "policypack/layers", layer)
    assert (ROOT / f"tests/component/test_{layer}.py").exists()
    assert (ROOT / f"tests/policies/test_{layer}.py").exists()
    assert (ROOT / f"docs/layers/{layer}.md").exists()


RAW_PROPERTIES = {"inputs", "outputs"}
MEET_RAW_PROPERTIES = ("policypack/graph/", "policypack/readers/", "policypack/sources/")
"""Sources make the resources of a graph, from messages and files whose fields have the same names."""


def test_only_graph_and_readers_meet_raw_properties():
    found = [
        f"{name}:{node.lineno}"
        for path in sorted((ROOT / "policypack").rglob("*.py"))
        if not (name := path.relative_to(ROOT).as_posix()).startswith(MEET_RAW_PROPERTIES)
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in RAW_PROPERTIES and isinstance(node.ctx, ast.Load)
    ]

    assert not found, "read properties in policypack/readers or policypack/graph"


def test_top_level_modules_shadow_nothing_of_the_standard_library():
    names = {
        path.stem for folder in ("secure_gateway", "policypack", "stacks") for path in (ROOT / folder).glob("*.py")
    }

    assert not (names - {"__init__", "__main__"}) & sys.stdlib_module_names


def test_versions_agree():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    pack = yaml.safe_load((ROOT / "policypack/PulumiPolicy.yaml").read_text())["version"]
    newest = re.search(r"^## (\d+\.\d+\.\d+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)

    assert project == pack
    assert newest is not None
    assert newest[1] == project


def test_no_file_names_a_package_registry_or_a_path_of_one_machine():
    # Spelled in parts, so that this file does not find itself.
    hosts = ("pypi" + ".org", "python" + "hosted", "registry.npm" + "js", "proxy.gol" + "ang", "crates" + ".io")
    private = ("/wo" + "rk/", "/ro" + "ot/")
    found = [
        f"{path.relative_to(ROOT)}: {word}"
        for path in tracked()
        for word in (*hosts, *private)
        if word in path.read_text("utf-8", errors="ignore")
    ]

    assert found == []


def test_the_readme_shows_the_minimal_stack_as_it_is():
    readme, program = (ROOT / "README.md").read_text(), (ROOT / "stacks/minimal.py").read_text()

    assert f"```python\n{program}```" in readme
    assert len(program.splitlines()) <= 15


def test_every_local_link_of_the_documents_leads_somewhere():
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md"))
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text())
        if not (page.parent / target).exists()
    ]

    assert broken == []


def dependencies(project):
    of = tomllib.loads((ROOT / project).read_text())
    lists = [
        of["project"]["dependencies"],
        *of["project"].get("optional-dependencies", {}).values(),
        *of.get("dependency-groups", {}).values(),
    ]
    return {re.split(r"[\[<>=!~; ]", each)[0] for names in lists for each in names} - {"gateway-policy"}


@pytest.mark.parametrize("project", ["pyproject.toml", "policypack/pyproject.toml"])
def test_each_dependency_has_its_reason(project):
    page = (ROOT / "docs/contributing.md").read_text("utf-8")

    assert {name for name in dependencies(project) if f"`{name}" not in page} == set()
