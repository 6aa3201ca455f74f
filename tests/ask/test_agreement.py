"""A sample of `make agreement`: what a policy rules out reaches no backend."""

import agreement
import mutants
import pytest

from policypack.ask.callers import callers
from policypack.evaluation.asked import of_resources


@pytest.mark.parametrize("base", agreement.BASES)
def test_what_a_policy_rules_out_reaches_no_backend(base: str) -> None:
    count, found = agreement.compared(base, 12, seed=5)

    assert count == 12
    assert found == []


@pytest.mark.parametrize("base", [each for each in agreement.BASES if "WebSocket" not in each])
def test_callers_that_should_reach_the_gateways_do(base: str) -> None:
    rows = [each for api in of_resources(mutants.base(base)).apis for each in callers(api)]

    assert rows
    assert any(each.credentials for each in rows)
