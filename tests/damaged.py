"""Args and documents with something wrong in one place, wherever it is."""

import copy
import math
from collections.abc import Iterator, Mapping
from typing import Any

import valid_args
from hypothesis import strategies as st

SECRET = "sk-live-4eC39HqLyJWDarjtT1zdp7dc"
"""What must never be repeated."""


TEXTS = (
    *(
        "",
        " ",
        "\x00",
        "a\nb",
        "\x1b[31m",
        "\u202e",
        "\ud800",
        "é" * 3,
        "${jndi:ldap://x}",
        "'); DROP",
        "../../etc/passwd",
    ),
    *("x" * 100_000, "*", "$default", "{", "%s %(a)s {0}", "null", SECRET, f"https://user:{SECRET}@example.com"),
)
NUMBERS = (0, -1, 1.5, 10**400, math.nan, math.inf, -math.inf, 2**63, True)
GARBAGE = st.one_of(
    st.sampled_from(TEXTS),
    st.text(max_size=20),
    st.sampled_from(NUMBERS),
    st.sampled_from([None, b"bytes", object(), {1, 2}, (1,), {"a": {}}, {1: 2}, [[]], [None], [{}], {None: 1}]),
    st.sampled_from([{}, []]).map(copy.copy),
    st.sampled_from([30, 150, 5_000]).map(valid_args.Deep),
    st.just(valid_args.Later("an Output")),
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=5,
    ),
)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of everything inside."""
    children = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    for key, item in children:
        yield (*path, key)
        yield from places(item, (*path, key))


@st.composite
def damaged(draw: Any, whole: st.SearchStrategy[Any], *, times: int = 1) -> Any:
    """One of these values, with so many places replaced, removed, renamed or given a neighbour."""
    value = copy.deepcopy(draw(whole))
    for _ in range(draw(st.integers(1, times))):
        found = list(places(value))
        if found:
            _damage(draw, value, draw(st.sampled_from(found)))
    return value


def _damage(draw: Any, value: Any, path: tuple[Any, ...]) -> None:
    holder = value
    for key in path[:-1]:
        holder = holder[key]
    key = path[-1]
    match draw(st.sampled_from(["replace", "replace", "replace", "remove", "rename", "add", "swap"])):
        case "replace":
            holder[key] = draw(GARBAGE)
        case "remove":
            del holder[key]
        case "rename" if isinstance(holder, dict):
            holder[draw(st.sampled_from(TEXTS[:-2]) | st.sampled_from([None, 7, key]))] = holder.pop(key)
        case "add" if isinstance(holder, dict):
            holder[draw(st.sampled_from(["extra", "waived", "type", "__class__", "", "ratee"]))] = draw(GARBAGE)
        case "add" if isinstance(holder, list):
            holder.append(draw(GARBAGE))
        case _:
            holder[key] = [holder[key]] if draw(st.booleans()) else {"value": holder[key]}
