"""Openings in compliant gateways are noticed; `make mutants` inserts all of them in every spelling."""

import random

import mutants
import openings
import pytest

BY_HAND = [each for each in openings.BASES if each.startswith(("by hand", "an ", "a "))]
SAMPLE = 8
"""Openings that are inserted in each spelling."""


@pytest.mark.parametrize("base", BY_HAND)
def test_every_opening_is_noticed(base):
    found = dict(openings.insertions([base], [openings.PLAIN]))

    assert False not in found, found[False]


@pytest.mark.parametrize("spelling", openings.RESPELLINGS)
def test_an_opening_in_another_spelling_is_noticed(spelling):
    chosen = random.Random(spelling).sample(openings.table(), SAMPLE)  # noqa: S311 - a choice, not a secret
    silent = [
        (base, each.name) for base in BY_HAND for each in chosen if openings.noticed(base, each, spelling) is False
    ]

    assert silent == []


def test_the_table_has_a_reason_for_each_and_every_opening_fits_a_base():
    names = [each.name for each in openings.table()]

    assert len(names) == len(set(names)) > 100
    assert all(each.reason.endswith(".") and each.layers for each in openings.table())
    assert [
        each.name
        for each in openings.table()
        if all(openings.opened(mutants.base(base), each) is None for base in BY_HAND)
    ] == []
