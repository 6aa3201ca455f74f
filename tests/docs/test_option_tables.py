"""The option tables of the pages are those of the code, and no docstring repeats what a declaration says."""

import re

import pytest
from option_tables import PAGES, declared, docstring, hints, shapes, written

from secure_gateway.validation import fields

MARKED = [path for path in PAGES if "<!-- options of " in path.read_text("utf-8")]
DECLARED = [(shape, name) for shape in shapes().values() for name in hints(shape) if fields.declared(shape, name)]


@pytest.mark.parametrize("path", MARKED, ids=lambda path: path.name)
def test_option_tables_are_those_of_the_code(path):
    assert path.read_text("utf-8") == written(path.read_text("utf-8")), "run: make docs"


@pytest.mark.parametrize(("shape", "name"), DECLARED, ids=lambda each: getattr(each, "__name__", each))
def test_no_docstring_repeats_a_declaration(shape, name):
    option, text = declared(shape, name), docstring(shape, name)

    if fields.default_text(option):
        assert "Defaults to" not in text
    bounds = [getattr(option, each, None) for each in ("low", "high")]
    assert not [each for each in bounds if each is not None and re.search(rf"(?<![\d,]){each:,}(?![\d,])", text)]


def test_some_options_are_declared():
    assert len(DECLARED) > 30
    assert MARKED
