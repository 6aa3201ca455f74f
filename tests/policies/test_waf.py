"""WAF: every stage is behind a web ACL, and the web ACL blocks something."""

import json
from dataclasses import replace

import pytest
from graphs import (
    ACL_ARN,
    ARN,
    BLOCKING,
    UNDECIDED,
    VIOLATION,
    association,
    changed,
    findings,
    made,
    stage,
    statuses,
    web_acl,
)

from policypack.graph import UNKNOWN

BEHIND, FILTERS = "waf-stages-behind-acl", "waf-acls-filter"
COUNTING = {"name": "rate", "action": {"count": {}}, "statement": BLOCKING["statement"]}
MANAGED = {"managedRuleGroupStatement": {"name": "AWSManagedRulesCommonRuleSet", "vendorName": "AWS"}}


def test_a_stage_behind_a_web_acl_passes():
    assert findings(BEHIND, changed()) == []
    assert findings(FILTERS, changed()) == []


def test_a_web_acl_of_another_stack_counts():
    elsewhere = association(acl=ACL_ARN.replace("shop", "platform"))

    assert findings(BEHIND, changed(acl=None, association=elsewhere)) == []


def test_a_stage_without_one_is_found():
    assert findings(BEHIND, changed(association=None)) == [(VIOLATION, "stage live is reachable without a web ACL")]


def test_one_bare_stage_beside_a_protected_one_is_found():
    resources = changed(stage("test"))

    assert findings(BEHIND, resources) == [(VIOLATION, "stage test is reachable without a web ACL")]


@pytest.mark.parametrize(
    "resource",
    ["arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/x/1", ARN.replace("shop-id", "other-id")],
)
def test_a_web_acl_before_something_else_protects_nothing(resource):
    assert statuses(BEHIND, changed(association=association(resource))) == [VIOLATION]


def test_an_arn_composed_by_hand_is_the_stage():
    # At a first preview the stage knows no ARN of its own; the edge leads to it.
    bare = replace(stage(), outputs={})
    by_edge = association(UNKNOWN, edges=[("resourceArn", bare)])

    assert findings(BEHIND, changed(stage=bare, association=by_edge)) == []


def test_an_association_with_something_not_known_yet_is_undecided():
    assert statuses(BEHIND, changed(association=association(UNKNOWN))) == [UNDECIDED]


EMPTY = {
    "no-rules": web_acl(),
    "counting": web_acl(COUNTING),
    "counting-group": web_acl({"name": "common", "overrideAction": {"count": {}}, "statement": MANAGED}),
    "json-counting": web_acl(rules=None, ruleJson=json.dumps([{"Name": "a", "Action": {"Count": {}}}])),
    "json-broken": web_acl(rules=None, ruleJson="["),
    "allowing": web_acl({"name": "office", "action": {"allow": {}}, "statement": {}}),
}


@pytest.mark.parametrize("acl", EMPTY.values(), ids=EMPTY)
def test_a_web_acl_that_blocks_nothing_is_found(acl):
    assert findings(FILTERS, changed(acl=acl)) == [(VIOLATION, "web ACL shop blocks nothing")]


FILTERING = {
    "rule": web_acl(BLOCKING),
    "one-of-two": web_acl(COUNTING, BLOCKING),
    "captcha": web_acl({"name": "a", "action": {"captcha": {}}, "statement": {}}),
    "managed-group": web_acl({"name": "common", "overrideAction": {"none": {}}, "statement": MANAGED}),
    "default-block": web_acl(defaultAction={"block": {}}),
    "json": web_acl(rules=None, ruleJson=json.dumps([{"Name": "a", "Action": {"Block": {}}}])),
}


@pytest.mark.parametrize("acl", FILTERING.values(), ids=FILTERING)
def test_a_web_acl_that_blocks_passes(acl):
    assert findings(FILTERS, changed(acl=acl)) == []


def test_rules_of_their_own_resource_count():
    rule = made("wafv2/webAclRule:WebAclRule", "rate", webAclArn=ACL_ARN, action={"block": {}}, statement={})

    assert findings(FILTERS, changed(rule, acl=web_acl())) == []


@pytest.mark.parametrize("rules", [UNKNOWN, [UNKNOWN]])
def test_rules_not_known_yet_are_undecided(rules):
    assert statuses(FILTERS, changed(acl=web_acl(rules=rules))) == [UNDECIDED]


def test_waf_classic_counts_as_a_web_acl():
    classic = made("wafregional/webAclAssociation:WebAclAssociation", "shop", resourceArn=ARN, webAclId="1-2-3")

    assert findings(BEHIND, changed(association=classic)) == []
