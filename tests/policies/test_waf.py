"""WAF: every stage is behind a web ACL, and the web ACL blocks something."""

import json
from dataclasses import replace
from typing import Any

import pytest
from graphs import (
    ACL_ARN,
    ARN,
    BAD_INPUTS,
    BLOCKING,
    COMMON,
    UNDECIDED,
    VIOLATION,
    VISIBLE,
    api,
    association,
    changed,
    findings,
    made,
    managed,
    method,
    stage,
    statuses,
    waf_log,
    waf_rule,
    web_acl,
)
from native_graphs import SOUND, native_statuses
from provider_parts import CLASSIC, PROVIDERS, statuses_with

from policypack.graph.values import UNKNOWN
from policypack.layers import POLICIES

BEHIND, FILTERS = "waf-stages-have-web-acl", "waf-web-acls-block"
COUNTING = {"name": "rate", "action": {"count": {}}, "statement": BLOCKING["statement"]}
MANAGED = {"managedRuleGroupStatement": {"name": "AWSManagedRulesCommonRuleSet", "vendorName": "AWS"}}


@pytest.mark.parametrize("policy_id", [rule.id for rule in POLICIES if rule.layer == "waf"])
def test_a_well_filtered_stage_passes(policy_id):
    assert findings(policy_id, changed()) == []


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


def test_a_rule_of_an_acl_known_later_may_be_one_of_this():
    rule = made("wafv2/webAclRule:WebAclRule", "rate", webAclArn=UNKNOWN, action={"block": {}}, statement={})

    assert statuses(FILTERS, changed(rule, acl=web_acl())) == [UNDECIDED]


@pytest.mark.parametrize("rules", [UNKNOWN, [UNKNOWN]])
def test_rules_not_known_yet_are_undecided(rules):
    assert statuses(FILTERS, changed(acl=web_acl(rules=rules))) == [UNDECIDED]


def test_waf_classic_counts_as_a_web_acl():
    classic = made("wafregional/webAclAssociation:WebAclAssociation", "shop", resourceArn=ARN, webAclId="1-2-3")

    assert findings(BEHIND, changed(association=classic)) == []


@pytest.mark.parametrize(
    ("rules", "expected"),
    [([], [VIOLATION]), (UNKNOWN, [UNDECIDED]), ([BLOCKING], [])],
    ids=["blocks-nothing", "later", "blocks"],
)
def test_of_two_associations_the_weaker_may_be_in_force(rules, expected):
    arn = ACL_ARN.replace("shop", "second")
    acl = replace(web_acl(arn=arn, rules=rules), urn="urn:pulumi:dev::shop::aws:wafv2/webAcl:WebAcl::second")
    second = replace(association(acl=arn), urn="urn:pulumi:dev::shop::aws:wafv2/webAclAssociation:WebAclAssociation::2")
    sound = changed()

    for resources in ([*sound, acl, second], [second, acl, *sound]):
        assert statuses(FILTERS, resources) == expected
        assert statuses(BEHIND, resources) == []


def test_an_association_may_be_in_another_stack():
    assert statuses(BEHIND, changed(association=None), elsewhere=True) == [UNDECIDED]
    assert findings(BEHIND, changed(), elsewhere=True) == []


def test_a_web_acl_that_cannot_be_read_is_trusted_unless_told_otherwise():
    elsewhere = changed(acl=None, acl_log=None, association=association(acl=ACL_ARN.replace("shop", "platform")))

    assert findings(FILTERS, elsewhere) == []
    assert statuses(FILTERS, elsewhere, must_be_read=True) == [UNDECIDED]
    assert findings(FILTERS, changed(), must_be_read=True) == []


@pytest.mark.parametrize(
    "part",
    [
        {"acl": web_acl(BLOCKING, scope="CLOUDFRONT")},
        {"acl": None, "association": association(acl="arn:aws:wafv2:us-east-1:123456789012:global/webacl/edge/1")},
    ],
    ids=["judged", "elsewhere"],
)
def test_a_web_acl_for_cloudfront_protects_no_stage(part):
    ((status, message),) = findings(BEHIND, changed(**part))

    assert status == VIOLATION
    assert "CLOUDFRONT" in message


def test_two_stages_of_one_name_are_told_apart():
    # Two APIs, each with a stage `live`; the ACL stands before the first.
    other_api = made("apigateway/restApi:RestApi", "other", name="other")
    other = made("apigateway/stage:Stage", "other-live", restApi="other-id", stageName="live")

    assert findings(BEHIND, changed(other_api, other)) == [(VIOLATION, "stage live is reachable without a web ACL")]


def test_an_arn_written_by_hand_names_its_stage():
    # The stage knows no ARN of its own yet; the API's id is known.
    assert findings(BEHIND, changed(stage=replace(stage(), outputs={}))) == []


def test_an_arn_computed_from_a_load_balancer_leads_there():
    balancer = made("lb/loadBalancer:LoadBalancer", "web")
    elsewhere = association(UNKNOWN, edges=[("resourceArn", balancer)])

    assert statuses(BEHIND, changed(balancer, association=elsewhere)) == [VIOLATION]


def test_an_arn_computed_from_the_api_may_name_any_of_its_stages_and_no_other():
    api = changed()[0]
    other_api = made("apigateway/restApi:RestApi", "other", name="other")
    other = made("apigateway/stage:Stage", "other", restApi="other-id", stageName="prod")
    by_hand = association(UNKNOWN, edges=[("resourceArn", api)])

    assert sorted(statuses(BEHIND, changed(other_api, other, association=by_hand))) == [UNDECIDED, VIOLATION]


def group(*rules, **inputs):
    return made("wafv2/ruleGroup:RuleGroup", "own", arn="arn:own", rules=list(rules), **inputs)


ASKING = waf_rule("own", {"ruleGroupReferenceStatement": {"arn": "arn:own"}}, overrideAction={"none": {}})
COUNTED = {"overrideAction": {"count": {}}}
ADDRESSES = {"ipSetReferenceStatement": {"arn": "arn:set"}}
ENFORCED, RULES_ENFORCED = "waf-rule-groups-block", "waf-group-rules-not-overridden"
KNOWN, LIMITED, EARLY = "waf-managed-rules-included", "waf-callers-rate-limited", "waf-allow-rules-last"


def ip_set(*addresses):
    return made("wafv2/ipSet:IpSet", "set", arn="arn:set", addresses=list(addresses))


def test_an_empty_ip_set_blocks_nothing():
    acl = web_acl(waf_rule("office", ADDRESSES))

    assert statuses(FILTERS, changed(ip_set(), acl=acl)) == [VIOLATION]
    assert findings(FILTERS, changed(ip_set("192.0.2.0/24"), acl=acl)) == []
    assert findings(FILTERS, changed(acl=acl)) == []  # a set of another stack is taken to hold something


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        pytest.param([managed("AWSManagedRulesCommonRuleSet", **COUNTED)], [VIOLATION], id="count"),
        pytest.param([managed("AWSManagedRulesCommonRuleSet", overrideAction=UNKNOWN)], [UNDECIDED], id="unknown"),
        pytest.param([{**ASKING, **COUNTED}], [VIOLATION], id="own-group-counts"),
        pytest.param([COMMON, BAD_INPUTS], [], id="enforced"),
    ],
)
def test_a_group_in_count_mode_is_found(rules, expected):
    assert statuses(ENFORCED, changed(group(BLOCKING), acl=web_acl(*rules))) == expected


def test_a_group_may_count_where_that_is_said():
    counting = changed(acl=web_acl(managed("AWSManagedRulesBotControlRuleSet", **COUNTED)))

    assert findings(ENFORCED, counting, may_count=["AWSManagedRulesBotControlRuleSet"]) == []


def test_an_empty_rule_group_blocks_nothing():
    assert statuses(ENFORCED, changed(group(), acl=web_acl(ASKING))) == [VIOLATION]
    assert findings(ENFORCED, changed(acl=web_acl(ASKING))) == []  # of another stack
    assert statuses(
        ENFORCED, changed(made("wafv2/ruleGroup:RuleGroup", "own", arn="arn:own", rules=UNKNOWN), acl=web_acl(ASKING))
    ) == [UNDECIDED]


SOFTENED = {
    "count": {"ruleActionOverrides": [{"name": "SQLi_BODY", "actionToUse": {"count": {}}}]},
    "allow": {"ruleActionOverrides": [{"name": "SQLi_BODY", "actionToUse": {"allow": {}}}]},
    "excluded": {"excludedRules": [{"name": "SQLi_BODY"}]},
}


@pytest.mark.parametrize("change", SOFTENED.values(), ids=SOFTENED)
def test_a_rule_of_a_group_turned_off_is_found(change):
    acl = web_acl(managed("AWSManagedRulesSQLiRuleSet", group=change))

    ((status, message),) = findings(RULES_ENFORCED, changed(acl=acl))
    assert status == VIOLATION
    assert "SQLi_BODY" in message
    assert findings(RULES_ENFORCED, changed(acl=acl), may_count=["SQLi_BODY"]) == []


def test_rules_that_break_honest_clients_may_be_counted():
    overrides = [{"name": "SizeRestrictions_BODY", "actionToUse": {"count": {}}}]
    acl = web_acl(managed("AWSManagedRulesCommonRuleSet", group={"ruleActionOverrides": overrides}))

    assert findings(RULES_ENFORCED, changed(acl=acl)) == []


@pytest.mark.parametrize(
    ("acl", "expected"),
    [
        pytest.param(web_acl(BLOCKING), [VIOLATION], id="none"),
        pytest.param(web_acl(COMMON), [VIOLATION], id="one-of-two"),
        pytest.param(
            web_acl(COMMON, managed("AWSManagedRulesKnownBadInputsRuleSet", **COUNTED)), [VIOLATION], id="off"
        ),
        pytest.param(web_acl(managed("ApiGuard", group={"vendorName": "Fortinet"})), [], id="another-vendor"),
        pytest.param(web_acl(ASKING), [UNDECIDED], id="group-elsewhere"),
        pytest.param(web_acl(rules=UNKNOWN), [UNDECIDED], id="unknown"),
    ],
)
def test_known_attacks_are_filtered(acl, expected):
    assert statuses(KNOWN, changed(acl=acl)) == expected


def rate(**statement):
    return waf_rule("rate", {"rateBasedStatement": {"limit": 1000, "aggregateKeyType": "IP", **statement}})


LISTED = made("wafv2/ipSet:IpSet", "office", arn="arn:set", addresses=["203.0.113.0/24"])
CONTRADICTION = {"andStatement": {"statements": [ADDRESSES, {"notStatement": {"statement": ADDRESSES}}]}}
WEAK = {
    "no-rule": (web_acl(COMMON), "no rate-based rule"),
    "counting": (web_acl({**rate(), "action": {"count": {}}}), "only counts"),
    "limit": (web_acl(rate(limit=2_000_000_000)), "2,000,000,000 requests"),
    "window": (web_acl(rate(limit=9_000, evaluationWindowSec=60)), "45,000 requests"),
    "forwarded-address": (web_acl(rate(aggregateKeyType="FORWARDED_IP")), "callers choose"),
    "header": (web_acl(rate(aggregateKeyType="CUSTOM_KEYS", customKeys=[{"header": {"name": "x"}}])), "callers choose"),
    "address-and-header": (
        web_acl(rate(aggregateKeyType="CUSTOM_KEYS", customKeys=[{"ip": {}}, {"header": {"name": "x"}}])),
        "callers choose",
    ),
    "narrowed-to-nothing": (web_acl(rate(scopeDownStatement=CONTRADICTION)), "nothing can match"),
}


@pytest.mark.parametrize(("acl", "words"), WEAK.values(), ids=WEAK)
def test_a_rate_limit_that_limits_nobody_is_found(acl, words):
    ((status, message),) = findings(LIMITED, changed(acl=acl))

    assert status == VIOLATION
    assert words in message


@pytest.mark.parametrize(
    "rule",
    [
        rate(limit=2_000, evaluationWindowSec=60),
        rate(aggregateKeyType="CUSTOM_KEYS", customKeys=[{"httpMethod": {}}, {"ip": {}}]),
        rate(scopeDownStatement={"notStatement": {"statement": ADDRESSES}}),
    ],
    ids=["window", "address-and-method", "all-but-some"],
)
def test_a_rate_limit_that_limits_callers_passes(rule):
    assert findings(LIMITED, changed(LISTED, acl=web_acl(rule))) == []


@pytest.mark.parametrize(
    ("addresses", "expected"),
    [
        (["203.0.113.0/24"], []),
        (["0.0.0.0/1", "128.0.0.0/1"], [VIOLATION]),
        (["0.0.0.0/2"], [VIOLATION]),
        ([], []),
        (UNKNOWN, [UNDECIDED]),
        (["203.0.113.0/24", UNKNOWN], [UNDECIDED]),
    ],
)
def test_addresses_without_a_rate_limit_are_few(addresses, expected):
    listed = made("wafv2/ipSet:IpSet", "office", arn="arn:set", addresses=addresses)
    limit = rate(scopeDownStatement={"notStatement": {"statement": ADDRESSES}})

    assert statuses(LIMITED, changed(listed, acl=web_acl(limit))) == expected
    assert statuses(LIMITED, changed(acl=web_acl(limit))) == [UNDECIDED]


FORWARDED = rate(aggregateKeyType="FORWARDED_IP", forwardedIpConfig={"headerName": "X-Forwarded-For"})


def other_senders(priority, *statements, **more):
    listed = statements[0] if len(statements) == 1 else {"orStatement": {"statements": list(statements)}}
    return waf_rule("other-senders", {"notStatement": {"statement": listed}}, priority=priority, **more)


CLAIMED = {"ipSetReferenceStatement": {"arn": "arn:set", "ipSetForwardedIpConfig": {"headerName": "X-Forwarded-For"}}}


@pytest.mark.parametrize(
    ("guard", "expected"),
    [
        (other_senders(-1, ADDRESSES), []),
        (other_senders(-1, ADDRESSES, {"ipSetReferenceStatement": {"arn": "arn:other"}}), []),
        (other_senders(1, ADDRESSES), [VIOLATION]),
        (other_senders(-1, CLAIMED), [VIOLATION]),
        (other_senders(-1, ADDRESSES, action={"count": {}}), [VIOLATION]),
        (other_senders(-1, ADDRESSES, action=UNKNOWN), [UNDECIDED]),
    ],
    ids=["one-family", "both-families", "asked-later", "believes-the-header", "only-counts", "later"],
)
def test_a_forwarded_address_counts_where_only_proxies_are_let_in(guard, expected):
    other = made("wafv2/ipSet:IpSet", "other", arn="arn:other", addresses=["2001:db8::/32"])

    assert statuses(LIMITED, changed(LISTED, other, acl=web_acl(guard, FORWARDED))) == expected


def path_begins(beginning):
    return {
        "byteMatchStatement": {
            "fieldToMatch": {"uriPath": {}},
            "positionalConstraint": "STARTS_WITH",
            "searchString": beginning,
            "textTransformations": [{"priority": 0, "type": "NONE"}],
        }
    }


def path_matches(pattern):
    return {"regexMatchStatement": {"fieldToMatch": {"uriPath": {}}, "regexString": pattern}}


def unless(statement):
    return {"notStatement": {"statement": statement}}


ABROAD = {"geoMatchStatement": {"countryCodes": ["KP"]}}


@pytest.mark.parametrize(
    ("narrowed", "expected"),
    [
        (path_begins("/"), []),
        (path_begins("/orders"), []),
        (path_begins("/live/orders"), []),
        (path_begins("/login"), [VIOLATION]),
        (ABROAD, [VIOLATION]),
        (unless(ABROAD), []),
        (unless(path_begins("/")), [VIOLATION]),
        (unless({"orStatement": {"statements": [ABROAD, path_begins("/")]}}), [VIOLATION]),
        (path_matches("^/"), []),
        (path_matches("^/login"), [VIOLATION]),
        ({"andStatement": {"statements": [unless(ABROAD), path_begins("/")]}}, []),
        ({"andStatement": {"statements": [unless(ABROAD), ABROAD]}}, [VIOLATION]),
        ({"orStatement": {"statements": [ABROAD, path_begins("/")]}}, []),
        ({"orStatement": {"statements": [ABROAD, path_begins("/login")]}}, [VIOLATION]),
        ({"labelMatchStatement": {"scope": "LABEL", "key": "bot"}}, [VIOLATION]),
        (UNKNOWN, [UNDECIDED]),
        (unless(UNKNOWN), [UNDECIDED]),
        ({"notStatement": UNKNOWN}, [UNDECIDED]),
    ],
)
def test_a_rate_limit_on_some_requests_leaves_the_others_unlimited(narrowed, expected):
    assert statuses(LIMITED, changed(acl=web_acl(rate(scopeDownStatement=narrowed)))) == expected


def by_label(namespace):
    return rate(aggregateKeyType="CUSTOM_KEYS", customKeys=[{"ip": {}}, {"labelNamespace": {"namespace": namespace}}])


SEEN = waf_rule("seen", ADDRESSES, action={"count": {}}, ruleLabels=[{"name": "seen:here"}], priority=-1)
BOTS = managed("AWSManagedRulesBotControlRuleSet", priority=-1)


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([by_label("seen:")], [VIOLATION]),
        ([SEEN, by_label("seen:")], []),
        ([{**SEEN, "priority": 1}, by_label("seen:")], [VIOLATION]),
        ([{**SEEN, "priority": UNKNOWN}, by_label("seen:")], [UNDECIDED]),
        ([BOTS, by_label("awswaf:managed:aws:bot-control:")], []),
        ([SEEN, by_label("awswaf:managed:aws:bot-control:")], [VIOLATION]),
        ([SEEN, by_label(UNKNOWN)], [UNDECIDED]),
        ([rate(aggregateKeyType="CUSTOM_KEYS", customKeys=UNKNOWN)], [UNDECIDED]),
    ],
)
def test_a_rate_limit_by_labels_needs_an_earlier_rule_that_sets_them(rules, expected):
    assert statuses(LIMITED, changed(acl=web_acl(*rules))) == expected


@pytest.mark.parametrize(
    ("narrowed", "expected"),
    [
        (path_begins("/"), []),
        (path_begins("/orders"), []),
        (path_begins("/never"), [VIOLATION]),
        (ADDRESSES, [VIOLATION]),
        (ABROAD, [VIOLATION]),
        (unless(ABROAD), []),
        (unless(path_begins("/")), [VIOLATION]),
        (UNKNOWN, [UNDECIDED]),
    ],
)
def test_a_group_that_is_asked_about_some_requests_alone_knows_no_attack(narrowed, expected):
    common = managed("AWSManagedRulesCommonRuleSet", group={"scopeDownStatement": narrowed})

    assert statuses(KNOWN, changed(LISTED, acl=web_acl(common, BAD_INPUTS))) == expected


def test_a_rate_limit_on_a_beginning_of_paths_is_undecided_while_the_routes_are():
    begins = web_acl(rate(scopeDownStatement=path_begins("/orders")))

    assert statuses(LIMITED, changed(acl=begins, api=api(body=UNKNOWN), method=None)) == [UNDECIDED]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (waf_rule("own", ADDRESSES), []),
        (waf_rule("own", ADDRESSES, action={"count": {}}), [VIOLATION]),
        (waf_rule("own", ADDRESSES, action={"count": {}}, ruleLabels=[{"name": "seen"}]), []),
        (waf_rule("measured", ADDRESSES, action={"count": {}}), []),
        (waf_rule("own", ADDRESSES, action=UNKNOWN), [UNDECIDED]),
        ({**rate(), "action": {"count": {}}}, [VIOLATION]),
        (managed("AWSManagedRulesCommonRuleSet", overrideAction={"count": {}}), []),
        (ASKING, []),
    ],
)
def test_a_rule_of_ones_own_that_only_counts_is_found(rule, expected):
    assert statuses("waf-own-rules-block", changed(acl=web_acl(rule)), may_count=["measured"]) == expected
    twin = replace(SOUND["acl"], inputs={**SOUND["acl"].inputs, "rules": [rule]})
    assert statuses("waf-own-rules-block", {**SOUND, "acl": twin}.values(), may_count=["measured"]) == expected


def test_a_web_acl_that_nothing_tells_of_is_undecided():
    known_by_edge = association(acl=UNKNOWN, edges=[("webAclArn", web_acl(BLOCKING))])

    assert statuses(FILTERS, changed(association=association(acl=UNKNOWN))) == [UNDECIDED]
    assert statuses(BEHIND, changed(association=association(acl=UNKNOWN))) == []
    assert statuses(FILTERS, changed(association=known_by_edge)) == []


def test_a_web_acl_of_a_scope_to_come_is_undecided():
    assert statuses(BEHIND, changed(acl=web_acl(BLOCKING, COMMON, BAD_INPUTS, scope=UNKNOWN))) == [UNDECIDED]


def test_a_rate_limit_known_later_is_undecided():
    assert statuses(LIMITED, changed(acl=web_acl(rate(limit=UNKNOWN)))) == [UNDECIDED]
    assert statuses(LIMITED, changed(acl=web_acl(ASKING))) == [UNDECIDED]  # a rule group elsewhere may hold one
    assert findings(LIMITED, changed(acl=web_acl(rate(limit=20_000))), requests=20_000) == []


def test_an_allow_rule_before_blocking_rules_is_found():
    office = waf_rule("office", ADDRESSES, action={"allow": {}}, priority=1)

    assert findings(EARLY, changed(acl=web_acl(BLOCKING, office, COMMON))) == [
        (VIOLATION, "rule office of web ACL shop allows requests before the rules that would block them")
    ]
    assert findings(EARLY, changed(acl=web_acl(BLOCKING, COMMON, {**office, "priority": 99}))) == []


BY_GROUP = [{**ASKING, "priority": -1}, BLOCKING]
OFFICE = waf_rule("office", ADDRESSES, action={"allow": {}})


def turned(action):
    """What asks the group, with its rule `rate` doing something else."""
    overrides = [{"name": "rate", "actionToUse": action}]
    statement = {"ruleGroupReferenceStatement": {"arn": "arn:own", "ruleActionOverrides": overrides}}
    return waf_rule("own", statement, priority=-1, overrideAction={"none": {}})


@pytest.mark.parametrize(
    ("inside", "asking", "expected"),
    [
        (group(OFFICE), BY_GROUP, [VIOLATION]),
        (group(BLOCKING), BY_GROUP, []),
        (group(BLOCKING), [turned({"allow": {}}), COMMON], [VIOLATION]),
        (group(OFFICE), [{**ASKING, **COUNTED, "priority": -1}, BLOCKING], []),
        (group(OFFICE), [{**ASKING, "priority": 1}, BLOCKING], []),
        (group({**OFFICE, "action": UNKNOWN}), BY_GROUP, [UNDECIDED]),
    ],
    ids=["allows", "blocks", "turned-to-allow", "counted", "asked-last", "later"],
)
def test_an_allow_rule_inside_a_group_ends_the_evaluation_too(inside, asking, expected):
    assert statuses(EARLY, changed(inside, acl=web_acl(*asking))) == expected


@pytest.mark.parametrize(
    ("action", "expected"),
    [({"count": {}}, [VIOLATION]), ({"captcha": {}}, []), (UNKNOWN, [UNDECIDED])],
    ids=["count", "captcha", "later"],
)
def test_a_group_of_ones_own_whose_rules_are_overridden_is_found(action, expected):
    resources = changed(group(BLOCKING), acl=web_acl(turned(action)))

    for policy_id in (ENFORCED, RULES_ENFORCED, FILTERS):
        assert statuses(policy_id, resources) == expected


LOGGED, REDACTED, KEEPS = "waf-logging-enabled", "waf-logs-redacted", "waf-logs-include-blocks"
NAMED, MEASURED, SAMPLES = "waf-log-destinations-valid", "waf-metrics-enabled", "waf-samples-redacted"


def test_a_web_acl_without_log_is_found():
    assert statuses(LOGGED, changed(acl_log=None)) == [VIOLATION]
    assert statuses(LOGGED, changed(acl_log=None), elsewhere=True) == [UNDECIDED]
    assert statuses(LOGGED, changed(acl_log=waf_log(resourceArn=UNKNOWN))) == [UNDECIDED]
    assert statuses(LOGGED, changed(acl_log=waf_log(resourceArn=ACL_ARN.replace("shop", "other")))) == [VIOLATION]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (None, [VIOLATION]),
        ([{"singleHeader": {"name": "Authorization"}}], [VIOLATION]),
        ([{"uriPath": {}}], [VIOLATION]),
        (UNKNOWN, [UNDECIDED]),
        ([{"singleHeader": {"name": UNKNOWN}}], [UNDECIDED]),
        ([{"singleHeader": UNKNOWN}, {"singleHeader": {"name": "cookie"}}], [UNDECIDED]),
    ],
)
def test_credentials_in_the_log_are_found(fields, expected):
    assert statuses(REDACTED, changed(acl_log=waf_log(redactedFields=fields))) == expected


KEYLESS = waf_log(redactedFields=[{"singleHeader": {"name": name}} for name in ("authorization", "cookie")])


@pytest.mark.parametrize(
    ("route", "expected"),
    [
        pytest.param(method(), [], id="no-keys"),
        pytest.param(method(apiKeyRequired=True), [VIOLATION], id="keys"),
        pytest.param(method(apiKeyRequired=UNKNOWN), [UNDECIDED], id="perhaps-keys"),
        pytest.param(method("GET", "CUSTOM", authorizerId="elsewhere"), [VIOLATION], id="read-by-an-authorizer"),
    ],
)
def test_keys_are_hidden_where_an_api_takes_them(route, expected):
    assert statuses(REDACTED, changed(method=route, acl_log=KEYLESS)) == expected


@pytest.mark.parametrize(("kind", "expected"), [("TOKEN", []), ("REQUEST", [VIOLATION])])
def test_an_authorizer_of_one_token_reads_no_key(kind, expected):
    reader = made("apigateway/authorizer:Authorizer", "tokens", restApi="shop-id", type=kind)
    route = method("GET", "CUSTOM", authorizerId="tokens-id")
    assert statuses(REDACTED, changed(reader, method=route, acl_log=KEYLESS)) == expected


READ = {
    # What an authorizer of a REST API reads, and what hides it.
    "header": ("method.request.header.X-Session-Token", {"singleHeader": {"name": "X-Session-Token"}}),
    "query": ("method.request.querystring.access_token", {"queryString": {}}),
    "several": ("method.request.header.Authorization, method.request.querystring.token", {"queryString": {}}),
    "every-value": ("method.request.multivalueheader.X-Session-Token", {"singleHeader": {"name": "x-session-token"}}),
}


@pytest.mark.parametrize(("source", "field"), READ.values(), ids=READ)
def test_what_an_authorizer_reads_is_hidden(source, field):
    reader = made(
        "apigateway/authorizer:Authorizer", "tokens", restApi="shop-id", type="REQUEST", identitySource=source
    )
    route = method("GET", "CUSTOM", authorizerId="tokens-id")
    redacted = waf_log().inputs["redactedFields"]

    assert statuses(REDACTED, changed(reader, method=route)) == [VIOLATION]
    assert findings(REDACTED, changed(reader, method=route, acl_log=waf_log(redactedFields=[*redacted, field]))) == []


def test_what_an_authorizer_reads_may_be_unknown():
    reader = made(
        "apigateway/authorizer:Authorizer", "tokens", restApi="shop-id", type="REQUEST", identitySource=UNKNOWN
    )

    assert statuses(REDACTED, changed(reader, method=method("GET", "CUSTOM", authorizerId="tokens-id"))) == [UNDECIDED]


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ({"fieldType": "SINGLE_QUERY_ARGUMENT", "fieldKeys": ["access_token"]}, []),
        ({"fieldType": "SINGLE_QUERY_ARGUMENT", "fieldKeys": ["other"]}, [VIOLATION]),
        ({"fieldType": "SINGLE_QUERY_ARGUMENT"}, []),
        ({"fieldType": "QUERY_STRING"}, []),
        ({"fieldType": "BODY"}, [VIOLATION]),
        ({"fieldType": UNKNOWN}, [UNDECIDED]),
    ],
)
def test_data_protection_hides_what_an_authorizer_reads(field, expected):
    source = "method.request.querystring.access_token"
    reader = made(
        "apigateway/authorizer:Authorizer", "tokens", restApi="shop-id", type="REQUEST", identitySource=source
    )
    route = method("GET", "CUSTOM", authorizerId="tokens-id")
    protection = {"dataProtections": [{"action": "HASH", "field": field}]}
    acl = web_acl(BLOCKING, COMMON, BAD_INPUTS, dataProtectionConfig=protection)

    assert statuses(REDACTED, changed(reader, method=route, acl=acl)) == expected


@pytest.mark.parametrize("group", [UNKNOWN, {"name": UNKNOWN, "vendorName": "AWS"}])
def test_a_managed_group_to_come_is_undecided(group):
    rule = waf_rule("group", {"managedRuleGroupStatement": group}, overrideAction={"none": {}})

    assert statuses("waf-managed-rules-included", changed(acl=web_acl(BLOCKING, rule))) == [UNDECIDED]


def test_a_rate_limit_to_come_is_undecided():
    rule = waf_rule("rate", {"rateBasedStatement": UNKNOWN})

    assert statuses("waf-callers-rate-limited", changed(acl=web_acl(rule, COMMON))) == [UNDECIDED]


def test_data_protection_hides_what_redaction_leaves():
    field = {"fieldType": "SINGLE_HEADER", "fieldKeys": ["authorization", "cookie", "x-api-key"]}
    protection = {"dataProtections": [{"action": "SUBSTITUTION", "field": field}]}
    sampled = waf_rule("sampled", {}, visibilityConfig={**VISIBLE, "sampledRequestsEnabled": True})

    protected = changed(acl=web_acl(sampled, dataProtectionConfig=protection), acl_log=waf_log(redactedFields=None))
    assert findings(REDACTED, protected) == []
    assert findings(SAMPLES, protected) == []
    assert statuses(SAMPLES, changed(acl=web_acl(sampled))) == [VIOLATION]


def logging_filter(behavior, *actions, requirement="MEETS_ANY", default="KEEP"):
    conditions = [{"actionCondition": {"action": action}} for action in actions]
    kept = {"behavior": behavior, "requirement": requirement, "conditions": conditions}
    return {"defaultBehavior": default, "filters": [kept]}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param(None, [], id="none"),
        pytest.param(logging_filter("DROP", "ALLOW"), [], id="allowed-dropped"),
        pytest.param(logging_filter("KEEP", "BLOCK", default="DROP"), [], id="blocked-kept"),
        pytest.param(logging_filter("DROP", "BLOCK"), [VIOLATION], id="blocked-dropped"),
        pytest.param(logging_filter("KEEP", "ALLOW", default="DROP"), [VIOLATION], id="only-allowed-kept"),
        pytest.param({"defaultBehavior": "KEEP", "filters": UNKNOWN}, [UNDECIDED], id="unknown"),
    ],
)
def test_a_log_without_what_was_blocked_is_found(given, expected):
    assert statuses(KEEPS, changed(acl_log=waf_log(loggingFilter=given))) == expected


XSS = "awswaf:managed:aws:core-rule-set:CrossSiteScripting_Body"


def labelled_filter(*conditions, behavior="DROP", requirement="MEETS_ANY", default="KEEP"):
    def condition(each):
        return {"labelNameCondition": {"labelName": each}} if ":" in each else {"actionCondition": {"action": each}}

    listed = [{"behavior": behavior, "requirement": requirement, "conditions": list(map(condition, conditions))}]
    return {"defaultBehavior": default, "filters": listed}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param(labelled_filter(XSS), [VIOLATION], id="blocked-by-a-group"),
        pytest.param(labelled_filter(XSS, "ALLOW"), [VIOLATION], id="allowed-or-labelled"),
        pytest.param(labelled_filter(XSS, "BLOCK", requirement="MEETS_ALL"), [VIOLATION], id="both"),
        pytest.param(labelled_filter(XSS, "ALLOW", requirement="MEETS_ALL"), [], id="allowed-only"),
        pytest.param(labelled_filter(XSS, "BLOCK", behavior="KEEP", default="DROP"), [], id="kept"),
        pytest.param(labelled_filter(XSS, behavior="KEEP", default="DROP"), [VIOLATION], id="others-dropped"),
        pytest.param(labelled_filter("awswaf:123456789012:webacl:shop:sql"), [VIOLATION], id="own-blocking-rule"),
        pytest.param(labelled_filter("awswaf:123456789012:webacl:shop:health"), [], id="own-counting-rule"),
        pytest.param(labelled_filter("awswaf:managed:token:accepted"), [], id="no-blocking-label"),
        pytest.param({"filters": [{"conditions": [UNKNOWN]}]}, [UNDECIDED], id="unknown"),
    ],
)
def test_a_log_without_the_label_of_what_was_blocked_is_found(given, expected):
    blocks = waf_rule("sql", {"sqliMatchStatement": {}}, priority=2, ruleLabels=[{"name": "sql"}])
    counts = waf_rule("health", {}, priority=3, ruleLabels=[{"name": "health"}], action={"count": {}})
    acl = web_acl(BLOCKING, COMMON, BAD_INPUTS, blocks, counts)

    assert statuses(KEEPS, changed(acl=acl, acl_log=waf_log(loggingFilter=given))) == expected


GROUP_ARN = "arn:aws:logs:eu-west-1:123456789012:log-group:"
DESTINATIONS = {
    "group": (GROUP_ARN + "aws-waf-logs-shop:*", []),
    "bucket": ("arn:aws:s3:::aws-waf-logs-shop", []),
    "stream": ("arn:aws:firehose:eu-west-1:123456789012:deliverystream/aws-waf-logs-shop", []),
    "other-group": (GROUP_ARN + "shop-waf", [VIOLATION]),
    "other-bucket": ("arn:aws:s3:::shop-logs", [VIOLATION]),
    "other-stream": ("arn:aws:firehose:eu-west-1:123456789012:deliverystream/shop", [VIOLATION]),
    "unknown": (UNKNOWN, [UNDECIDED]),
}


@pytest.mark.parametrize(("target", "expected"), DESTINATIONS.values(), ids=DESTINATIONS)
def test_a_log_goes_where_waf_can_write(target, expected):
    assert statuses(NAMED, changed(acl_log=waf_log(logDestinationConfigs=[target]))) == expected


def test_the_name_of_a_destination_to_come_is_read_where_it_is_declared():
    for name, expected in (("aws-waf-logs-shop", []), ("shop", [VIOLATION])):
        kept = made("cloudwatch/logGroup:LogGroup", "waf", name=name)
        log = waf_log(logDestinationConfigs=[UNKNOWN], edges=[("logDestinationConfigs", kept)])

        assert statuses(NAMED, changed(kept, acl_log=log)) == expected


def test_every_rule_reports_metrics():
    silent = {**VISIBLE, "cloudwatchMetricsEnabled": False}

    assert statuses(MEASURED, changed(acl=web_acl(BLOCKING, visibilityConfig=silent))) == [VIOLATION]
    assert statuses(MEASURED, changed(acl=web_acl({**BLOCKING, "visibilityConfig": silent}))) == [VIOLATION]
    assert statuses(MEASURED, changed(acl=web_acl({**BLOCKING, "visibilityConfig": UNKNOWN}))) == [UNDECIDED]


def test_a_body_too_long_for_inspection_is_not_waved_through():
    def inspects(handling):
        field = {"jsonBody": {"oversizeHandling": handling}}
        statement = {"orStatement": {"statements": [{"sqliMatchStatement": {"fieldToMatch": field}}]}}
        return changed(acl=web_acl(waf_rule("sql", statement)))

    oversized = "waf-oversized-bodies-handled"
    assert statuses(oversized, inspects("NO_MATCH")) == [VIOLATION]
    assert findings(oversized, inspects("CONTINUE")) == []
    assert statuses(oversized, inspects("CONTINUE"), beginning_suffices=False) == [VIOLATION]
    assert findings(oversized, inspects("MATCH"), beginning_suffices=False) == []


UNREADABLE = {
    # Each field with the setting for what AWS WAF cannot inspect.
    "body": ("body", "oversizeHandling"),
    "json-body": ("jsonBody", "oversizeHandling"),
    "invalid-json": ("jsonBody", "invalidFallbackBehavior"),
    "headers": ("headers", "oversizeHandling"),
    "cookies": ("cookies", "oversizeHandling"),
    "header-order": ("headerOrder", "oversizeHandling"),
    "ja3": ("ja3Fingerprint", "fallbackBehavior"),
    "ja4": ("ja4Fingerprint", "fallbackBehavior"),
    "fragment": ("uriFragment", "fallbackBehavior"),
}


@pytest.mark.parametrize(("field", "setting"), UNREADABLE.values(), ids=UNREADABLE)
@pytest.mark.parametrize("negated", [False, True], ids=["plain", "negated"])
@pytest.mark.parametrize("action", ["block", "allow", "count"])
def test_what_cannot_be_inspected_does_not_pass_a_rule(field, setting, negated, action):
    """A blocking rule must match it, and an allowing rule must not; below NOT it is the other way round."""
    policy_id = "waf-oversized-bodies-handled"
    for given in ("MATCH", "NO_MATCH", UNKNOWN):
        match = {"byteMatchStatement": {"fieldToMatch": {field: {setting: given}}}}
        statement = {"notStatement": {"statement": match}} if negated else match
        passes = {"block": "MATCH" if negated else "NO_MATCH", "allow": "NO_MATCH" if negated else "MATCH"}.get(action)
        expected = [] if action == "count" else [UNDECIDED] if given is UNKNOWN else [VIOLATION] * (given == passes)
        rule = waf_rule("own", statement, action={action: {}})
        assert statuses(policy_id, changed(acl=web_acl(rule))) == expected


def test_what_a_rule_group_of_ones_own_does_not_inspect_passes_it():
    match = {"sqliMatchStatement": {"fieldToMatch": {"headers": {"oversizeHandling": "NO_MATCH"}}}}
    arn = "arn:aws:wafv2:eu-west-1:123456789012:regional/rulegroup/own/1"
    own = made("wafv2/ruleGroup:RuleGroup", "own", arn=arn, rules=[waf_rule("sql", match)])
    uses = waf_rule("own", {"ruleGroupReferenceStatement": {"arn": arn}}, overrideAction={"none": {}})

    assert statuses("waf-oversized-bodies-handled", changed(own, acl=web_acl(uses))) == [VIOLATION]


@pytest.mark.parametrize("type_", ["wafregional/webAcl:WebAcl", "waf/webAcl:WebAcl"])
def test_waf_classic_is_found(type_):
    assert statuses("waf-classic-unused", changed(made(type_, "old"))) == [VIOLATION]


def test_rules_are_read_in_every_spelling():
    written = [
        {
            "Name": "common",
            "Priority": "1",
            "OverrideAction": {"Count": {}},
            "Statement": {"ManagedRuleGroupStatement": {"Name": "AWSManagedRulesCommonRuleSet", "VendorName": "AWS"}},
            "VisibilityConfig": {"CloudWatchMetricsEnabled": True, "SampledRequestsEnabled": False},
        }
    ]
    from_text = changed(acl=web_acl(rules=None, ruleJson=json.dumps(written)))
    by_itself = made(
        "wafv2/webAclRuleGroupAssociation:WebAclRuleGroupAssociation",
        "common",
        webAclArn=ACL_ARN,
        ruleName="common",
        overrideAction="count",
        managedRuleGroup={"name": "AWSManagedRulesCommonRuleSet", "vendorName": "AWS"},
        visibilityConfig=VISIBLE,
    )

    for resources in (from_text, changed(by_itself, acl=web_acl())):
        assert findings(ENFORCED, resources) == [
            (
                VIOLATION,
                "rule common of web ACL shop only counts the requests that AWSManagedRulesCommonRuleSet matches",
            )
        ]
        assert findings(MEASURED, resources) == []


# Defects that other tools were measured to miss; the numbers are those of the list of probed defects.
REDACTED_HEADERS = ("authorization", "cookie", "x-api-key")


def plain_rule(name: str, statement: Any, **more: Any) -> dict[str, Any]:
    return {"name": name, "priority": 1, "statement": statement, "visibilityConfig": VISIBLE, **more}


def common_rules(override: str) -> dict[str, Any]:
    group = {"vendorName": "AWS", "name": "AWSManagedRulesCommonRuleSet"}
    return plain_rule("common", {"managedRuleGroupStatement": group}, overrideAction={override: {}})


def rate_limit(limit: int, action: str) -> dict[str, Any]:
    statement = {"rateBasedStatement": {"limit": limit, "aggregateKeyType": "IP"}}
    return plain_rule("rate", statement, action={action: {}})


DEFECTS = {
    "04-common-rules-in-count": (
        "waf-rule-groups-block",
        lambda p: p.acl(common_rules("count")),
        lambda p: p.acl(common_rules("none")),
    ),
    "05-rate-of-two-billion": (
        "waf-callers-rate-limited",
        lambda p: p.acl(rate_limit(2_000_000_000, "block")),
        lambda p: p.acl(rate_limit(1_000, "block")),
    ),
    "05-rate-in-count": (
        "waf-callers-rate-limited",
        lambda p: p.acl(rate_limit(1_000, "count")),
        lambda p: p.acl(rate_limit(1_000, "block")),
    ),
    "23-second-stage-bare": (
        "waf-stages-have-web-acl",
        lambda p: [*p.acl(rate_limit(1_000, "block")), *p.stage("test")],
        lambda p: p.acl(rate_limit(1_000, "block")),
    ),
    "30-web-acl-log-unredacted": (
        "waf-logs-redacted",
        lambda p: [*p.acl(), p.log(())],
        lambda p: [*p.acl(), p.log(REDACTED_HEADERS)],
    ),
}


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda each: each.name)
@pytest.mark.parametrize(("policy_id", "defect", "fixed"), DEFECTS.values(), ids=DEFECTS)
def test_a_defect_is_found_and_gone_when_fixed(provider, policy_id, defect, fixed):
    assert statuses_with(provider, policy_id, defect) == [VIOLATION]
    assert statuses_with(provider, policy_id, fixed) == []


# False alarms of other tools.
FALSE_ALARMS = {
    # CKV2_AWS_77 fails every stage whose web ACL is in another stack.
    "acl-of-another-stack": ("waf-stages-have-web-acl", CLASSIC.acl(rate_limit(1_000, "block"))[1:]),
}


@pytest.mark.parametrize(("policy_id", "parts"), FALSE_ALARMS.values(), ids=FALSE_ALARMS)
def test_a_false_alarm_of_other_tools_is_not_repeated(policy_id, parts):
    assert statuses_with(CLASSIC, policy_id, lambda _: parts) == []


MISSED = {
    # HashiCorp's plain_rule walks associations, and passes a stage that has none.
    "no-association-at-all": ("waf-stages-have-web-acl", []),
    # CKV_AWS_342 takes a managed group for an action, whatever its override.
    "counting-group": ("waf-web-acls-block", CLASSIC.acl(common_rules("count"))),
    # cfn-guard's plain_rule for WAF logs is an empty file.
    "no-waf-log": ("waf-logging-enabled", CLASSIC.acl(rate_limit(1_000, "block"))),
}


@pytest.mark.parametrize(("policy_id", "parts"), MISSED.values(), ids=MISSED)
def test_what_other_tools_miss_is_found(policy_id, parts):
    assert statuses_with(CLASSIC, policy_id, lambda _: parts) == [VIOLATION]


# Found by mutation of the pack: without this test a weaker policy passed unnoticed.
def visible_with_samples(sampled):
    return {"cloudwatchMetricsEnabled": True, "metricName": "shop", "sampledRequestsEnabled": sampled}


@pytest.mark.parametrize(("sampled", "expected"), [(False, []), (True, [VIOLATION]), (UNKNOWN, [UNDECIDED])])
def test_samples_of_what_no_rule_matches_count_too(sampled, expected):
    discreet, acl = (
        "waf-samples-redacted",
        web_acl(BLOCKING, COMMON, BAD_INPUTS, visibilityConfig=visible_with_samples(sampled)),
    )

    assert statuses(discreet, changed(acl=acl)) == expected
    twin = replace(SOUND["acl"], inputs={**SOUND["acl"].inputs, "visibilityConfig": visible_with_samples(sampled)})
    assert native_statuses(discreet, acl=twin) == expected


def test_an_association_of_a_stage_to_come_is_undecided():
    behind = "waf-stages-have-web-acl"

    assert statuses(behind, changed(stage=replace(stage(UNKNOWN), outputs={}))) == [UNDECIDED]
    assert statuses(behind, changed(stage=replace(stage(restApi=UNKNOWN), outputs={}))) == [UNDECIDED]
    assert statuses(behind, changed(stage=replace(stage(restApi="another-id"), outputs={}))) == [VIOLATION]
