"""The feature table keeps its word: rows without a gap, each with a state, and every test that it names exists."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROWS = [
    [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
    for line in (ROOT / "docs/features.md").read_text("utf-8").splitlines()
    if re.match(r"\| \d+ \|", line)
]


def names_in(path):
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


def test_the_rows_are_in_order():
    assert [int(row[0]) for row in ROWS] == list(range(1, len(ROWS) + 1))
    assert len(ROWS) >= 64
    assert {len(row) for row in ROWS} == {4}


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_a_row_is_shown_by_tests_or_has_its_reason(row):
    _, _, state, shown = row
    named = re.findall(r"`([^`]+)`", shown)

    for each in named:
        path, _, name = each.partition("::")
        assert (ROOT / path).is_file(), each
        assert name in names_in(path), each
    if state == "works":
        assert named
    else:
        assert state == "open" or re.fullmatch(r"decided against: \S.{20,}", state)
