"""Resource types: each is spelled in one place."""

import ast
import re
from collections import Counter
from pathlib import Path

PACK = Path(__file__).parents[2] / "policypack"
TYPES = PACK / "graph/resource_types.py"
TYPE = re.compile(r"aws:\w+/\w+:[A-Z]\w*")


def strings(module):
    """The string literals of a module that are no docstrings."""
    tree = ast.parse(module.read_text())
    docstrings = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in docstrings
    ]


def test_no_other_module_spells_a_resource_type():
    spelled = {
        f"{module.relative_to(PACK)}: {each}"
        for module in PACK.rglob("*.py")
        if module != TYPES
        for each in strings(module)
        if TYPE.search(each)
    }

    assert spelled == set()


def test_each_resource_type_has_one_name():
    counted = Counter(each for each in strings(TYPES) if each not in {"aws", "Sequence[object]"})

    assert len(counted) > 70
    assert all(TYPE.fullmatch(each) for each in counted)
    assert [each for each, times in counted.items() if times > 1] == []
