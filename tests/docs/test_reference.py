"""The reference is that of the code, and leaves nothing out."""

from option_tables import hints, shapes
from reference import AWS_PAGES, OPTION_PAGES, PAGE, SINCE, page, page_of

from secure_gateway.provider import bases

TEXT = PAGE.read_text("utf-8")


def test_the_reference_is_that_of_the_code():
    assert page() == TEXT, "run: make docs"


def test_every_option_of_every_class_is_there():
    sections = dict(each.split("\n", 1) for each in TEXT.split("\n## ")[1:])
    own = {name: set(hints(shape)) for name, shape in shapes().items()}

    assert set(own) <= set(sections)
    for name, shape in shapes().items():
        inherited = {each for base in bases(shape) for each in hints(base)}
        assert {each for each in own[name] - inherited if f"\n| `{each}` |" not in sections[name]} == set()


def test_every_class_has_a_page_of_aws_and_no_name_is_unknown():
    options = {f"{name}.{each}" for name, shape in shapes().items() for each in hints(shape)}

    assert all(page_of(shape).startswith("https://") for shape in shapes().values())
    assert AWS_PAGES.keys() - shapes().keys() == set()
    assert (OPTION_PAGES.keys() | SINCE.keys()) - options == set()
