"""A gateway in another spelling gets the same findings: with a sample of its mutants, or all (RESPELLED=all)."""

import os
import random
from collections import Counter

import mutants
import pytest
from respelled import RESPELLINGS

from policypack.evaluation.evaluate import evaluate
from policypack.graph.graph import Graph

SAMPLE = None if os.environ.get("RESPELLED") == "all" else 6
BASES = [each for each in mutants.BASES if each.startswith(("by hand", "an ", "a ")) or each == "recommended, deployed"]
CHOSEN = BASES if SAMPLE else mutants.BASES


def verdicts(resources):
    """How many findings of each policy and status; URNs and messages may differ."""
    return Counter((each.policy, each.status.value) for each in evaluate(Graph(resources)).findings)


def same_gateways(base, name):
    """A compliant gateway and its mutants, as lists of resources."""
    yield "compliant", list(mutants.base(base))
    found = list(mutants.mutants(base))
    chosen = random.Random(name).sample(found, min(SAMPLE, len(found))) if SAMPLE else found  # noqa: S311 - no secret
    yield from (
        (each.kind, list(each.resources)) for each in chosen if each.operator != "dropped" or not differs(each, name)
    )


def differs(mutant, name):
    """Whether leaving an input out means another thing in another form.

    By its outputs alone, a resource cannot lack an input that AWS requires. What route settings leave out is zero in
    pulumi-aws, and unset in aws-native.
    """
    return name == "outputs" or ("native" in name and "RouteSettings" in mutant.path)


@pytest.mark.parametrize("name", RESPELLINGS)
@pytest.mark.parametrize("base", CHOSEN)
def test_another_spelling_gets_the_same_findings(base, name):
    differing = [
        kind for kind, each in same_gateways(base, name) if verdicts(each) != verdicts(RESPELLINGS[name](each))
    ]

    assert differing == []


@pytest.mark.parametrize("name", RESPELLINGS)
def test_each_respelling_changes_something(name):
    changed = [base for base in BASES if RESPELLINGS[name](list(mutants.base(base))) != list(mutants.base(base))]

    assert changed != []
