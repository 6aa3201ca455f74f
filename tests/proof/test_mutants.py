"""A sample of the mutation proof: whatever weakens a compliant gateway is noticed. `make mutants` takes all."""

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[2] / "proof"))

import mutants
from equivalent import reason

SAMPLE = 40


@pytest.mark.parametrize("base", ["recommended, deployed", "by hand", "by hand, aws-native"])
def test_what_weakens_a_gateway_is_noticed(base):
    ends = [(mutant.kind, mutants.outcome(mutant, found)) for mutant, found in mutants.run(base, SAMPLE, seed=8)]

    missed = [kind for kind, end in ends if end == "unnoticed" and not reason(base, kind)]
    assert missed == []
    assert sum(end == "caught" for _, end in ends) >= SAMPLE / 10


@pytest.mark.parametrize(
    "kind",
    [
        "RestApi.body METHOD.security dropped",
        "RestApi.body PREFLIGHT.x-integration.type other",
        "RestApi.securityPolicy weaker",
        "RestApi.policy.Statement[Deny] dropped",
        "WebAcl.rules[rate] dropped",
        "WebAcl.rules[AWSManagedRulesCommonRuleSet].overrideAction weaker",
        "WebAclAssociation. removed",
        "Stage.restApi unknown",
        "MethodSettings.methodPath unknown",
        "MetricAlarm.alarmActions dropped",
    ],
)
def test_no_explanation_hides_a_weakening(kind):
    assert reason("by hand", kind) == ""
