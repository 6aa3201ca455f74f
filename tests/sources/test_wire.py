import pytest

from policypack.sources import wire
from policypack.sources.structs import to_plain, to_struct
from policypack.sources.wire import UNKNOWN

SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"
OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"

VALUES = {
    "plain": ("a", "a"),
    "unknown": (UNKNOWN, {SIGNATURE: OUTPUT}),
    "secret": ({SIGNATURE: SECRET, "value": "a"}, {SIGNATURE: OUTPUT, "secret": True, "value": "a"}),
    "unknown secret": ({SIGNATURE: SECRET, "value": UNKNOWN}, {SIGNATURE: OUTPUT, "secret": True}),
    "secret object": (
        {SIGNATURE: SECRET, "value": {"a": UNKNOWN}},
        {SIGNATURE: OUTPUT, "secret": True, "value": {"a": {SIGNATURE: OUTPUT}}},
    ),
    "nested": ({"a": [UNKNOWN, 1.0, None, True]}, {"a": [{SIGNATURE: OUTPUT}, 1.0, None, True]}),
}


@pytest.mark.parametrize(("value", "upgraded"), VALUES.values(), ids=VALUES)
def test_values_survive_the_way_to_a_transform_and_back(value, upgraded) -> None:
    assert wire.upgrade({"x": value}, {}) == {"x": upgraded}
    assert wire.downgrade({"x": upgraded}) == {"x": value}
    assert to_plain(to_struct({"x": value})) == {"x": value}


def test_a_value_that_depends_on_a_resource_says_so() -> None:
    upgraded = wire.upgrade({"x": UNKNOWN, "y": ["a"], "z": 1}, {"x": {"urn:b", "urn:a"}, "y": {"urn:c"}})

    assert upgraded["x"] == {SIGNATURE: OUTPUT, "dependencies": ["urn:a", "urn:b"]}
    assert upgraded["y"] == {SIGNATURE: OUTPUT, "value": ["a"], "dependencies": ["urn:c"]}
    assert upgraded["z"] == 1
    assert wire.dependencies_of(upgraded) == {"urn:a", "urn:b", "urn:c"}
    assert wire.downgrade(upgraded) == {"x": UNKNOWN, "y": ["a"], "z": 1}


def test_text_around_an_unknown_is_unknown() -> None:
    assert wire.blurred({"a": f"Bearer {UNKNOWN}", "b": ["x", UNKNOWN]}) == {"a": UNKNOWN, "b": ["x", UNKNOWN]}


@pytest.mark.parametrize("value", [UNKNOWN, [UNKNOWN], {"a": [{"b": UNKNOWN}]}], ids=["itself", "list", "deep"])
def test_finds_an_unknown(value) -> None:
    assert wire.has_unknown(value)
    assert not wire.has_unknown([1, "a", None, {"b": f"x{UNKNOWN}"}])
