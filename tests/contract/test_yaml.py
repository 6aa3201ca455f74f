"""The component and the pack read YAML alike, each with a reader of its own: what one builds, the other evaluates."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policypack.readers import openapi as bodies
from secure_gateway.openapi import OpenApiArgs, loading
from secure_gateway.validation.json_values import normalised
from secure_gateway.validation.problems import Problems
from secure_gateway.validation.reader import Reader

REFUSED = object()
ANCHORED = "x: &x {b: 1}\ny: &y {b: 2, d: 3}\na: "
TEXTS = {
    # Scalars that YAML 1.1 takes for something else than a string.
    **{each: (f"a: {each}", {"a": each}) for each in ("on", "off", "no", "yes", "y", "N", "=", "12:30", "12:30:00")},
    **{each: (f"a: {each}", {"a": each}) for each in ("2024-01-01", "2024-01-01T00:00:00Z", "1_000", "0x1F", "0b11")},
    **{each: (f"a: {each}", {"a": each}) for each in ("0o17", "1.2.3", "3.0.3", ".", "50%", "b:c", "~x", "nUll")},
    # Scalars of JSON, and the numbers that people write like them.
    **{each: (f"a: {each}", {"a": True}) for each in ("true", "True", "TRUE")},
    **{f"<{each}>": (f"a: {each}", {"a": None}) for each in ("null", "Null", "NULL", "~", "")},
    **{
        each: (f"a: {each}", {"a": float(each)})
        for each in ("12", "+1", "-0", "017", "08", "1.5", ".5", "1e3", "1.5E-3")
    },
    "not-a-number": ("a: .nan", REFUSED),
    "infinite": ("a: -.inf", REFUSED),
    "too-long-a-number": (f"a: {'9' * 5_000}", REFUSED),
    # Quotes, blocks, escapes.
    "quoted": ("a: '12'", {"a": "12"}),
    "double-quoted": ('a: "\\u0041"', {"a": "A"}),
    "block": ("a: |\n  x\n  y", {"a": "x\ny"}),
    "folded": ("a: >\n  x\n  y", {"a": "x y"}),
    # Keys.
    **{f"key-{each}": (f"{each}: a", {each: "a"}) for each in ("200", "on", "true", "~", "2024-01-01", "1.0", "=")},
    "list-as-key": ("? [1]\n: b", REFUSED),
    "twice": ("a: 1\na: 2", REFUSED),
    "twice-in-two-forms": ('200: 1\n"200": 2', REFUSED),
    "twice-below": ("x: {a: 1, a: 2}", REFUSED),
    # Anchors and merge keys.
    "alias": ("x: &x [1]\na: *x", {"x": [1], "a": [1]}),
    "alias-of-a-scalar": ("x: &x on\na: *x", {"x": "on", "a": "on"}),
    "merge": (f"{ANCHORED}{{<<: *x, c: 2}}", {"x": {"b": 1}, "y": {"b": 2, "d": 3}, "a": {"b": 1, "c": 2}}),
    "merge-overridden": (f"{ANCHORED}{{<<: *x, b: 2}}", {"x": {"b": 1}, "y": {"b": 2, "d": 3}, "a": {"b": 2}}),
    "merge-of-many": (f"{ANCHORED}{{<<: [*x, *y]}}", {"x": {"b": 1}, "y": {"b": 2, "d": 3}, "a": {"b": 1, "d": 3}}),
    "merge-twice": (f"{ANCHORED}{{<<: *x, <<: *y}}", REFUSED),
    "merge-of-no-map": ("a: {<<: 1}", REFUSED),
    "merge-in-quotes": ("a: {'<<': {b: 1}}", {"a": {"<<": {"b": 1}}}),
    "of-itself": ("a: &x [*x]", REFUSED),
    "unknown-alias": ("a: *x", REFUSED),
    "bomb": ("b0: &b0 [x,x]\n" + "".join(f"b{n + 1}: &b{n + 1} [*b{n},*b{n}]\n" for n in range(30)), REFUSED),
    # Tags.
    "string-by-tag": ("a: !!str 12", {"a": "12"}),
    "integer-by-tag": ("a: !!int '12'", {"a": 12}),
    "float-by-tag": ("a: !!float 12", {"a": 12}),
    "wrong-tag": ("a: !!int x", REFUSED),
    "boolean-of-1.1": ("a: !!bool on", REFUSED),
    "binary": ("a: !!binary aGk=", REFUSED),
    "set": ("a: !!set {b}", REFUSED),
    "date-by-tag": ("a: !!timestamp 2024-01-01", REFUSED),
    "python": ("a: !!python/object/apply:os.getcwd []", REFUSED),
    "own-tag": ("a: !Ref x", REFUSED),
    "own-tag-of-a-map": ("a: !x {b: 1}", REFUSED),
    # Documents.
    "directive": ("%YAML 1.1\n---\na: on", {"a": "on"}),
    "two": ("a: 1\n---\nb: 2", REFUSED),
    "json": ('{"a": [1, true, null]}', {"a": [1, True, None]}),
    "flow": ("{a: 1, b: [x, y]}", {"a": 1, "b": ["x", "y"]}),
    "json-twice": ('{"a": 1, "a": 2}', REFUSED),
    "tab": ("a:\n\t- b", REFUSED),
    "control-character": ("a: \x00", REFUSED),
    "deep": ("a: " + "[" * 1_000, REFUSED),
    "deep-block": ("".join(f"{' ' * n}a:\n" for n in range(1_000)), REFUSED),
}


def of_the_component(text):
    """What `openapi.text` becomes."""
    problems = Problems()
    document = loading.load(Reader({"text": text}, OpenApiArgs, "openapi", problems))
    return REFUSED if problems.found or document is None else document


def of_the_pack(text):
    try:
        body = bodies.parse(text)
    except bodies.BodyError:
        return REFUSED
    # A number that JSON cannot hold is none for AWS either.
    return REFUSED if body is None or "inf" in repr(body.root) or "nan" in repr(body.root) else body.root


def exact(value):
    """A value in which `True` is not 1, but 1.0 is."""
    return value if value is REFUSED else json.dumps(normalised(value), sort_keys=True)


@pytest.mark.parametrize(("text", "expected"), TEXTS.values(), ids=TEXTS)
def test_both_read_the_same(text, expected):
    component, pack = of_the_component(text), of_the_pack(text)

    assert exact(component) == exact(expected)
    assert exact(pack) == exact(expected)


SCALARS = st.sampled_from(
    [
        "on",
        "no",
        "12",
        "017",
        "1e3",
        ".5",
        "~",
        "'a'",
        '"b"',
        "2024-01-01",
        "12:30",
        "!!str 1",
        "true",
        "0x1F",
        "a b",
        "",
    ]
)
FLOWS = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda each: f"[{', '.join(each)}]")
        | st.dictionaries(SCALARS.filter(bool), inner, max_size=3).map(
            lambda each: "{" + ", ".join(f"{key}: {item}" for key, item in each.items()) + "}"
        )
    ),
    max_leaves=6,
)


@given(FLOWS)
def test_both_read_any_text_alike(text):
    component, pack = of_the_component(f"a: {text}"), of_the_pack(f"a: {text}")

    assert exact(component) == exact(pack)


@given(st.text(alphabet="ab:-[]{},&*!|>'\"#\n 0.<~?", max_size=25))
def test_both_read_or_refuse_any_text(text):
    component, pack = of_the_component(text), of_the_pack(text)

    assert exact(component) == exact(pack)
