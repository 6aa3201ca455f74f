"""Reading args: every mistake is found in one pass, with its path, and a usable value comes back."""

from typing import Required, TypedDict

import pulumi
import pytest

from secure_gateway.validation.json_values import normalised
from secure_gateway.validation.problems import ArgsError, Problems, camel_case_paths, join
from secure_gateway.validation.reader import Reader


class Inner(TypedDict, total=False):
    rate_limit: int
    colour: str


class Outer(TypedDict, total=False):
    name: Required[str]
    inner: Inner
    items: list[Inner]
    by_name: dict[str, Inner]
    addresses: list[str]
    ratio: float
    on: bool
    arn: pulumi.Input[str]
    waived: str


def read(value):
    problems = Problems()
    return Reader(value, Outer, "waf", problems), problems


def lines(problems):
    return [str(each) for each in problems.found]


def test_an_unknown_field_is_refused_with_the_nearest_name():
    _, problems = read({"name": "x", "adresses": []})

    assert len(problems.found) == 1
    assert problems.found[0].path == "waf.adresses"
    assert problems.found[0].message == "unknown field; did you mean 'addresses'?"


def test_a_missing_required_field_is_refused():
    _, problems = read({})

    assert lines(problems) == ["waf.name: this field is required"]


@pytest.mark.parametrize(
    ("value", "line"),
    [
        pytest.param(lambda: 12, "waf: expected an object, got 12", id="number"),
        pytest.param(
            lambda: pulumi.Output.from_input({}),
            "waf: expected an object, got an Output (known only after deployment)",
            id="output",
        ),
        pytest.param(list, "waf: expected an object, got a list", id="list"),
    ],
)
def test_only_an_object_is_an_object(value, line):
    _, problems = read(value())

    assert line in lines(problems)[0]


@pytest.mark.parametrize(
    ("value", "expected", "refused"),
    [
        pytest.param(5.0, 5, False, id="whole-float-from-the-wire"),
        pytest.param(5.5, 1, True, id="fraction"),
        pytest.param(True, 1, True, id="boolean"),
        pytest.param("5", 1, True, id="text"),
        pytest.param(0, 1, True, id="below"),
        pytest.param(11, 1, True, id="above"),
        pytest.param(10, 10, False, id="at-the-limit"),
    ],
)
def test_integers(value, expected, refused):
    reader, problems = read({"name": "x", "inner": {"rate_limit": value}})
    inner = reader.child("inner", Inner)

    assert inner.integer("rate_limit", 1, low=1, high=10) == expected
    assert bool(problems.found) is refused


def test_a_choice_names_what_is_allowed():
    reader, problems = read({"name": "x", "inner": {"colour": "gren"}})
    reader.child("inner", Inner).string("colour", "red", choices=("green", "red"))

    assert lines(problems) == ["waf.inner.colour: expected one of 'green', 'red', got 'gren'; did you mean 'green'?"]


def test_paths_of_lists_and_names():
    reader, problems = read({"name": "x", "items": [{}, {"colur": 1}], "by_name": {"GET /a": {"x": 1}}})
    reader.children("items", Inner)
    reader.child_map("by_name", Inner)

    assert [each.path for each in problems.found] == ["waf.items[1].colur", 'waf.by_name["GET /a"].x']


def test_paths_are_spelled_as_the_caller_spells():
    with camel_case_paths():
        reader, problems = read({"name": "x", "inner": {"rate_limit": "many"}})
        reader.child("inner", Inner).integer("rate_limit", 1, low=1, high=10)
        reader.child_map("by_name", Inner)

    assert problems.found[0].path == "waf.inner.rateLimit"


def test_an_output_stands_only_where_a_leaf_is():
    output = pulumi.Output.from_input("arn:x")
    reader, problems = read({"name": "x", "arn": output, "on": output})

    assert reader.leaf("arn") is output
    assert reader.boolean("on", default=True) is True
    assert [each.path for each in problems.found] == ["waf.on"]


def test_a_waiver_stands_alone():
    reader, problems = read({"name": "x", "waived": "later", "on": True})

    assert reader.waived() == "later"
    assert [each.path for each in problems.found] == ["waf.name", "waf.on"]


def test_a_waiver_says_why():
    reader, problems = read({"name": "", "waived": "  "})
    reader.waived()

    assert any(each.path == "waf.waived" for each in problems.found)


def test_all_mistakes_come_in_one_error():
    _, problems = read({"a": 1, "b": 2})

    with pytest.raises(ArgsError) as caught:
        problems.raise_any("Waf 'x'")
    assert str(caught.value).splitlines()[0] == "Waf 'x': 3 problems in the arguments"
    assert len(str(caught.value).splitlines()) == 4


def test_whole_floats_become_integers_at_every_depth():
    assert normalised({"a": [1.0, {"b": 2.5}], "c": True}) == {"a": [1, {"b": 2.5}], "c": True}


def test_keys_that_are_no_names_are_quoted():
    assert join("integrations", "GET /orders") == 'integrations["GET /orders"]'
    assert join("", "auth") == "auth"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1.5])
def test_what_is_no_whole_number_is_refused(value):
    problems = Problems()
    reader = Reader({"rate_limit": value}, Inner, "waf", problems)

    assert reader.integer("rate_limit", 7, low=1, high=9) == 7
    assert lines(problems) == [f"waf.rate_limit: expected a whole number from 1 to 9, got {value}"]


def test_a_text_in_place_of_an_object_is_not_shown():
    reader, problems = read({"name": "x", "by_name": {"client": "a secret that lacks its field"}})
    reader.child_map("by_name", Inner)

    assert lines(problems) == ["waf.by_name.client: expected an object, got a string"]


def test_keys_of_free_values_are_texts_as_in_json():
    assert normalised({1: [{2: 3.0}]}) == {"1": [{"2": 3}]}
