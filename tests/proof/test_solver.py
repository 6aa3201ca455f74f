"""A sample of `make differential`: the evaluators of resource policies, web ACLs and requests agree with a solver."""

import pytest
from solver.differential import QUESTIONS, run

SAMPLE = 120


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_pack_agrees_with_a_solver(question):
    reported = []

    found = run(question, SAMPLE, seed=20, report=reported.append)

    assert reported == []
    assert found["agreed"] > SAMPLE * 0.9
    assert min(found["open"], found["closed"]) > SAMPLE * 0.2  # the inputs are worth comparing
