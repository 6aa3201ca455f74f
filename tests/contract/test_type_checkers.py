"""What type checkers say about programs: they accept the usual forms of args, and find what is misspelt in them.

`type_checked/typos.py` has thirty mistakes, one in each line that ends with a number.
"""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any, get_args

import option_tables
import pytest

import secure_gateway
from secure_gateway import choices
from secure_gateway.authorizer.config import ALGORITHMS
from secure_gateway.layers.waf.catalogue import MANAGED_GROUPS

PROGRAMS = Path(__file__).parent / "type_checked"
MYPY = PROGRAMS / "mypy.ini"
MISTAKES = {
    int(found[1]): line
    for line, text in enumerate((PROGRAMS / "typos.py").read_text("utf-8").splitlines(), 1)
    if (found := re.search(r"# (\d+)$", text))
}


def pyright() -> Collection[tuple[str, int]]:
    """File and line of each error."""
    command = [sys.executable, "-m", "basedpyright", "--outputjson", "--pythonpath", sys.executable, str(PROGRAMS)]
    run = subprocess.run(command, capture_output=True, text=True, check=False, cwd=PROGRAMS.parents[2], timeout=300)
    errors: list[Any] = json.loads(run.stdout)["generalDiagnostics"]
    found = (each for each in errors if each["severity"] == "error")
    return {(Path(each["file"]).name, each["range"]["start"]["line"] + 1) for each in found}


def mypy() -> Collection[tuple[str, int]]:
    """File and line of each error."""
    options = ["--strict", "--follow-imports", "silent", "--cache-dir", "/dev/null", "--config-file", str(MYPY)]
    command = [sys.executable, "-m", "mypy", *options, str(PROGRAMS)]
    run = subprocess.run(command, capture_output=True, text=True, check=False, cwd=PROGRAMS.parents[2], timeout=300)
    assert run.returncode in (0, 1), run.stdout + run.stderr
    errors = re.findall(r"^(\S+?):(\d+): error:", run.stdout, re.MULTILINE)
    return {(Path(file).name, int(line)) for file, line in errors}


@pytest.mark.parametrize("checker", [pyright, mypy])
def test_usual_forms_are_accepted_and_mistakes_are_found(checker: Callable[[], Collection[tuple[str, int]]]):
    errors = checker()
    assert [each for each in errors if each[0] != "typos.py"] == []
    lines = {line for _, line in errors}
    assert lines <= set(MISTAKES.values())
    assert len(MISTAKES) == 30
    assert [number for number, line in MISTAKES.items() if line not in lines] == []


def test_every_shape_of_args_can_be_imported_from_the_package():
    for name, shape in option_tables.shapes().items():
        assert name in secure_gateway.__all__
        assert getattr(secure_gateway, name) is shape


def test_every_public_name_can_be_imported():
    assert [name for name in secure_gateway.__all__ if getattr(secure_gateway, name).__name__ != name] == []


def test_an_unknown_name_is_no_attribute():
    with pytest.raises(AttributeError, match="RouteArg"):
        getattr(secure_gateway, "RouteArg")  # noqa: B009


def test_closed_sets_are_those_of_the_tables():
    assert get_args(choices.ManagedGroupName) == tuple(MANAGED_GROUPS)
    assert get_args(choices.TokenAlgorithm) == ALGORITHMS
