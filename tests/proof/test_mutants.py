"""A sample of the mutation proof: whatever weakens a compliant gateway is noticed. `make mutants` takes all."""

import re
from collections import Counter

import mutants
import pytest
import reasons
from equivalent import KINDS, TableError, every, explanations, parse

from policypack.evaluation.evaluate import evaluate
from policypack.graph.graph import Graph
from policypack.model.findings import Status

SAMPLE = 40
BY_HAND = [each for each in mutants.BASES if each.startswith(("by hand", "an ", "a "))]


@pytest.mark.parametrize("base", [*BY_HAND, "recommended, deployed"])
@pytest.mark.parametrize("beside", [False, True])
def test_the_gateways_are_compliant(base, beside):
    said = mutants.before(base, beside=beside)
    violated = {policy for policy, _, status in said if status is Status.VIOLATION}

    assert violated == mutants.WAIVED.get(base, set())


@pytest.mark.parametrize("base", [*BY_HAND, "recommended, deployed"])
def test_what_weakens_a_gateway_is_noticed(base):
    ends = [(mutant.kind, mutants.outcome(mutant, found)) for mutant, found in mutants.run(base, SAMPLE, seed=8)]

    assert [kind for kind, end in ends if end == "by another"] == []
    assert [kind for kind, end in ends if end == "unnoticed" and not explanations(base, kind)] == []
    assert sum(end == "caught" for _, end in ends) >= SAMPLE / 10


@pytest.mark.parametrize("base", [*BY_HAND, "recommended, deployed"])
def test_findings_about_one_resource_differ_in_their_subjects(base):
    """Else a waiver or a baseline entry of one would be one of the others."""
    for mutant, _ in mutants.run(base, SAMPLE, seed=18):
        found = Counter(each.identity for each in evaluate(Graph(mutant.resources)).findings)

        assert [identity for identity, count in found.items() if count > 1] == [], mutant.kind


@pytest.mark.parametrize("base", BY_HAND)
def test_what_is_known_only_later_is_no_violation(base):
    known = mutants.before(base, beside=False)
    unknown = [each for each in mutants.mutants(base) if each.operator == "unknown"]
    violated = {
        (each.kind, policy)
        for each in unknown
        for policy, urn, status in mutants.said(each.resources)
        if status is Status.VIOLATION and (policy, urn, status) not in known
    }

    assert len(unknown) > 50
    assert violated == set()


@pytest.mark.parametrize(
    "kind",
    [
        "RestApi.body METHOD[change].security dropped",
        "RestApi.body PREFLIGHT.x-integration.type other",
        "RestApi.body SCHEME[cognito].type other",
        "RestApi.securityPolicy weaker",
        "RestApi.policy.Statement[Deny] dropped",
        "RestApi.policy.Statement[Deny].Condition.NotIpAddress.aws:SourceIp[] weaker",
        "WebAcl.rules[rate] dropped",
        "WebAcl.rules[rate].action weaker",
        "WebAcl.rules[own].action weaker",
        "WebAcl.rules[AWSManagedRulesCommonRuleSet].overrideAction weaker",
        "WebAcl.visibilityConfig.sampledRequestsEnabled turned on",
        "WebAclAssociation. removed",
        "WebAclAssociation.webAclArn unknown",
        "WebAclAssociation.resourceArn<Stage> re-pointed",
        "Stage.restApi unknown",
        "MethodSettings[all].methodPath unknown",
        "MethodSettings[all].settings.throttlingRateLimit dropped",
        "MetricAlarm[5XXError].alarmActions dropped",
        "MetricAlarm[5XXError].dimensions.Stage other",
        "MetricAlarm[math].comparisonOperator weaker",
        "MetricAlarm[math].threshold huge",
        "Method[change].apiKeyRequired dropped",
        "Permission[authorizer].principal weaker",
        "Permission[other].sourceArn weaker",
        "Authorizer.authorizerUri<Function> re-pointed",
        "UserPoolClient.explicitAuthFlows[] weaker",
    ],
)
def test_no_explanation_hides_a_weakening(kind):
    assert explanations("a gateway of somebody else", kind) == []


def test_an_explanation_is_of_one_kind():
    found = {
        (base, mutant.kind): {each.kind for each in explanations(base, mutant.kind)}
        for base in BY_HAND
        for mutant in mutants.mutants(base)
    }

    assert {key: kinds for key, kinds in found.items() if len(kinds) > 1} == {}


@pytest.mark.parametrize("base", [*BY_HAND, "recommended, deployed"])
def test_the_reasons_that_a_machine_can_check_hold(base):
    chosen = [(mutant, why) for mutant in mutants.mutants(base) for why in explanations(base, mutant.kind)[:1]]
    checked = [
        (mutant, why)
        for mutant, why in chosen
        if why.why == reasons.REQUIRED or (why.why in reasons.DEFAULTS and not mutants.said(mutant.resources))
    ]

    assert len(checked) > 5
    assert {mutant.kind: wrong for mutant, why in checked if (wrong := mutants.founded(mutant, why))} == {}


@pytest.mark.parametrize("base", [*BY_HAND, "recommended, deployed"])
def test_aws_has_no_such_word_or_number(base):
    pytest.importorskip("botocore", reason="AWS's models come with botocore, which `make local` installs")
    chosen = [(mutant, why) for mutant in mutants.mutants(base) for why in explanations(base, mutant.kind)[:1]]
    checked = [(mutant, why) for mutant, why in chosen if why.why in reasons.WORDS]

    assert len(checked) > 5
    assert {mutant.kind: wrong for mutant, why in checked if (wrong := mutants.founded(mutant, why))} == {}


def test_a_reason_that_does_not_hold_is_found():
    because = {why: next(each for each in every() if each.why == why) for why in {each.why for each in every()}}
    acl = "aws:wafv2/webAcl:WebAcl"

    assert reasons.unfounded(because[reasons.REQUIRED], acl, "name", "dropped") == "the provider does not require name"
    assert reasons.unfounded(because[reasons.REQUIRED], acl, "rules[own].name", "dropped") == ""
    if reasons.MODELS:
        assert "takes" in reasons.unfounded(because["AWS has no such number"], acl, "rules[rate].priority", "zero")
        assert "no words" in reasons.unfounded(because["AWS has no such value"], acl, "rules[rate].name", "other")


def test_the_page_is_what_make_mutants_wrote_of_these_explanations():
    page = (mutants.ROOT / "docs" / "proof.md").read_text(encoding="utf-8")
    header, *rows = [re.split(r"\s*\|\s*", line.strip("| ")) for line in page.splitlines() if line.startswith("|")]
    whole = dict(zip(header, rows[-1], strict=True))
    told = set(re.findall(r"^- [\d,]+: `(.+)`$", page, re.MULTILINE))

    assert {each.kind for each in every()} == set(KINDS)
    assert told == {each.pattern for each in every()}, "run `make mutants`: it shows which explanations are stale"
    assert [row[0] for row in rows[1:-1]] == list(mutants.BASES)
    assert (whole["missed"], whole["by another"]) == ("0", "0")


TABLE = {"gone": {"meaning": "nobody is served", "may_be_caught": True, "reasons": {"No stage": ["Stage. removed"]}}}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"meaning": ""}, "gone.meaning"),
        ({"may_be_caught": "no"}, "gone.may_be_caught"),
        ({"reasons": {}}, "gone.reasons"),
        ({"more": 1}, "its fields"),
        ({"reasons": {"No stage": []}}, "gone.reasons.No stage"),
        ({"reasons": {"No stage": ["Stage. removed", "Stage. removed"]}}, "there twice"),
        ({"reasons": {"No stage": ["{Stage. removed"]}}, "is not a pattern"),
        ({"reasons": {"No stage": ["Stage.restApi"]}}, "ends with no operator"),
    ],
)
def test_a_malformed_table_is_rejected(change, words):
    meanings, tight, (explanation,) = parse(TABLE)
    assert (meanings, tight, explanation.pattern) == ({"gone": "nobody is served"}, frozenset(), "Stage. removed")

    with pytest.raises(TableError, match=re.escape(words)):
        parse({"gone": {**TABLE["gone"], **change}})
