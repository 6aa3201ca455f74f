"""Every row of others' catalogues is answered by a rule or by the pack, or decided against with a reason."""

from pathlib import Path

import coverage
import pytest

from policypack.layers import POLICIES
from policypack.reports import catalogue

ROOT = Path(__file__).parents[2]
CLAIMED = {row for rows in coverage.CLAIMED.values() for row in rows}


def test_every_row_is_answered() -> None:
    assert coverage.unanswered(POLICIES) == []


@pytest.mark.parametrize(
    "numbers",
    [CLAIMED, coverage.MACHINERY.keys(), coverage.DECIDED_AGAINST.keys()],
    ids=["claimed", "machinery", "decided against"],
)
def test_no_row_is_named_that_does_not_exist(numbers) -> None:
    assert set(numbers) <= set(coverage.ROWS)


def test_the_rows_are_those_of_both_lists() -> None:
    assert list(coverage.ROWS) == [*(f"M{n}" for n in range(1, 80)), *(f"G{n}" for n in range(1, 47))]


def test_the_page_of_the_policies_is_what_make_policies_writes() -> None:
    assert (ROOT / "docs/policies.md").read_text() == catalogue.as_markdown(POLICIES), "run `make policies`"


def test_every_claim_is_of_a_policy() -> None:
    assert coverage.CLAIMED.keys() <= {rule.id for rule in POLICIES}
