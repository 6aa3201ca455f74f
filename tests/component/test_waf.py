"""WAF: every rule is in the web ACL, every web ACL logs, and the stage is behind it until it is gone."""

import json

import pulumi
import pytest
from pulumi_aws import apigateway, wafv2

from secure_gateway.layers.waf import Waf, WafArgs, WafSpec
from secure_gateway.layers.waf.catalogue import MANAGED_GROUPS
from secure_gateway.layers.waf.rule_specs import CAPACITY
from secure_gateway.testing import UNKNOWN, deploy, value
from secure_gateway.validation.problems import ArgsError, Problems, camel_case_paths
from secure_gateway.validation.reader import Reader

STAGE = "arn:aws:apigateway:eu-west-1::/restapis/a1b2c3/stages/live"
ACL = "arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/ours/11111111-2222-3333-4444-555555555555"
MADE_ACL = ACL.replace("ours", "made")
GROUP = "arn:aws:logs:eu-west-1:123456789012:log-group:aws-waf-logs-orders-dev"
KEY = "arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555"
OUTPUTS = {"WebAcl": {"arn": MADE_ACL}, "LogGroup": {"arn": GROUP}}
FEWER_GROUPS = {"exceptions": {"managed_groups": "a test"}}
COMMON = "AWSManagedRulesCommonRuleSet"
INPUTS = "AWSManagedRulesKnownBadInputsRuleSet"
REPUTATION = "AWSManagedRulesAmazonIpReputationList"
SECRETS = ("authorization", "cookie", "x-api-key")
COUNTED = ["NoUserAgent_HEADER", "SizeRestrictions_BODY"]


def attach(args=None, *, preview: bool = False, name: str = "orders", stack: str = "dev"):
    whole = {"stage_arn": STAGE, **(args or {})}
    return deploy(lambda: Waf(name, whole), outputs=OUTPUTS, preview=preview, stack=stack)


def parse(args) -> tuple[WafSpec, Problems]:
    problems = Problems()
    return WafSpec.parse(Reader(args, WafArgs, "", problems)), problems


def spec(args=None) -> WafSpec:
    parsed, problems = parse(args or {})
    problems.raise_any("waf")
    return parsed


def counting(*rules):
    return {"count": list(rules), "exceptions": {"count": "a test"}}


def of_group(group, settings):
    """Settings of a managed group, with a reason for each that the policy pack reports."""
    reported = [each for each in ("count", "path_prefixes") if each in settings]
    reasons = {f"managed_group_settings.{group}.{each}": "a test" for each in reported}
    return {"managed_group_settings": {group: settings}, **({"exceptions": reasons} if reasons else {})}


def parse_problems(args):
    return parse(args)[1].found


def names(recorded) -> list[str]:
    return sorted(f"{each.type.split(':')[-1]} {each.name}" for each in recorded.resources)


def rules(args=None) -> dict:
    """Rules by name; each ARN of an IP set is replaced by the name of the IP set in the program."""
    recorded = attach(args)
    text = json.dumps(recorded.one("WebAcl").inputs["rules"])
    for each in recorded.of("IpSet"):
        text = text.replace(each.outputs["arn"], each.name)
    return {each["name"]: each for each in json.loads(text)}


def visibility(metric: str) -> dict:
    return {"cloudwatchMetricsEnabled": True, "metricName": metric, "sampledRequestsEnabled": False}


def own(name: str, priority: int, statement: dict, action: str = "block") -> dict:
    return {
        "name": name,
        "priority": priority,
        "statement": statement,
        "action": {action: {}},
        "visibilityConfig": visibility(name),
    }


def managed(name: str, priority: int, override: str = "none", **settings) -> dict:
    return {
        "name": name,
        "priority": priority,
        "statement": {"managedRuleGroupStatement": {"vendorName": "AWS", "name": name, **settings}},
        "overrideAction": {override: {}},
        "visibilityConfig": visibility(name),
    }


def anywhere(match: str, oversize: str = "CONTINUE", **settings) -> dict:
    json_body = {
        "matchPattern": {"all": {}},
        "matchScope": "ALL",
        "invalidFallbackBehavior": "EVALUATE_AS_STRING",
        "oversizeHandling": oversize,
    }
    cookies = {"matchPatterns": [{"all": {}}], "matchScope": "ALL", "oversizeHandling": "MATCH"}
    decoded = [{"priority": 0, "type": "URL_DECODE"}, {"priority": 1, "type": "HTML_ENTITY_DECODE"}]
    parts = [{"uriPath": {}}, {"allQueryArguments": {}}, {"jsonBody": json_body}, {"cookies": cookies}]
    statements = [{match: {"fieldToMatch": part, "textTransformations": decoded, **settings}} for part in parts]
    return {"orStatement": {"statements": statements}}


SQL_INJECTION = own("sql-injection", 50, anywhere("sqliMatchStatement", sensitivityLevel="LOW"))
SCRIPTING = own("cross-site-scripting", 60, anywhere("xssMatchStatement"))


def rate_limit(requests: int = 1000, seconds: int = 300) -> dict:
    statement = {"aggregateKeyType": "IP", "limit": requests, "evaluationWindowSec": seconds}
    return own("rate-limit", 40, {"rateBasedStatement": statement})


def ip_set(name: str) -> dict:
    return {"ipSetReferenceStatement": {"arn": f"orders-{name}"}}


# What is made


def test_resources_by_default():
    assert names(attach()) == [
        "LogGroup orders-waf",
        "Waf orders",
        "WebAcl orders",
        "WebAclAssociation orders",
        "WebAclLoggingConfiguration orders",
    ]


def test_the_web_acl_by_default():
    counted = [{"name": each, "actionToUse": {"count": {}}} for each in ("NoUserAgent_HEADER", "SizeRestrictions_BODY")]

    assert attach().one("WebAcl").inputs == {
        "scope": "REGIONAL",
        "defaultAction": {"allow": {}},
        "rules": [
            rate_limit(),
            SQL_INJECTION,
            SCRIPTING,
            managed(REPUTATION, 100),
            managed(COMMON, 120, ruleActionOverrides=counted),
            managed(INPUTS, 130),
        ],
        "visibilityConfig": visibility("orders-dev"),
        "dataProtectionConfig": {
            "dataProtections": [
                {
                    "action": "SUBSTITUTION",
                    "field": {"fieldType": "SINGLE_HEADER", "fieldKeys": ["authorization", "cookie", "x-api-key"]},
                }
            ]
        },
    }


@pytest.mark.parametrize(
    ("args", "name", "expected"),
    [
        pytest.param(
            {"rate_limit": {"requests": 10.0, "window_seconds": 60.0}}, "rate-limit", rate_limit(10, 60), id="rate"
        ),
        pytest.param(
            {"oversize_handling": "MATCH"},
            "sql-injection",
            own("sql-injection", 50, anywhere("sqliMatchStatement", "MATCH", sensitivityLevel="LOW")),
            id="oversize-sql",
        ),
        pytest.param(
            {"oversize_handling": "MATCH"},
            "cross-site-scripting",
            own("cross-site-scripting", 60, anywhere("xssMatchStatement", "MATCH")),
            id="oversize-scripts",
        ),
        pytest.param(
            {"block_countries": ["KP", "BY"]},
            "blocked-countries",
            own("blocked-countries", 20, {"geoMatchStatement": {"countryCodes": ["BY", "KP"]}}),
            id="block-countries",
        ),
        pytest.param(
            {"allow_countries": ["DE", "AT"]},
            "other-countries",
            own(
                "other-countries",
                30,
                {"notStatement": {"statement": {"geoMatchStatement": {"countryCodes": ["AT", "DE"]}}}},
            ),
            id="allow-countries",
        ),
        pytest.param(
            {"block_cidrs": ["203.0.113.0/24"]},
            "blocked-addresses",
            own("blocked-addresses", 0, ip_set("blocked-ipv4")),
            id="block-one-family",
        ),
        pytest.param(
            {"block_cidrs": ["2001:db8::/32", "203.0.113.0/24"]},
            "blocked-addresses",
            own(
                "blocked-addresses",
                0,
                {"orStatement": {"statements": [ip_set("blocked-ipv4"), ip_set("blocked-ipv6")]}},
            ),
            id="block-both-families",
        ),
        pytest.param(
            {"allow_cidrs": ["2001:db8::/32"]},
            "other-addresses",
            own("other-addresses", 10, {"notStatement": {"statement": ip_set("admitted-ipv6")}}),
            id="allow-one-family",
        ),
        pytest.param(
            {"allow_cidrs": ["2001:db8::/32", "203.0.113.0/24"]},
            "other-addresses",
            own(
                "other-addresses",
                10,
                {
                    "notStatement": {
                        "statement": {"orStatement": {"statements": [ip_set("admitted-ipv4"), ip_set("admitted-ipv6")]}}
                    }
                },
            ),
            id="allow-both-families",
        ),
        pytest.param(
            {"managed_groups": ["AWSManagedRulesSQLiRuleSet"], **FEWER_GROUPS},
            "AWSManagedRulesSQLiRuleSet",
            managed("AWSManagedRulesSQLiRuleSet", 150),
            id="managed",
        ),
        pytest.param(counting("rate-limit"), "rate-limit", {**rate_limit(), "action": {"count": {}}}, id="count"),
        pytest.param(counting(INPUTS), INPUTS, managed(INPUTS, 130, override="count"), id="count-managed"),
    ],
)
def test_a_rule(args, name, expected):
    assert rules(args)[name] == expected


@pytest.mark.parametrize(
    ("args", "gone"),
    [
        ({"sql_injection": False}, {"sql-injection"}),
        ({"cross_site_scripting": False}, {"cross-site-scripting"}),
        ({"managed_groups": [], **FEWER_GROUPS}, {COMMON, INPUTS, REPUTATION}),
        ({"managed_groups": [COMMON], **FEWER_GROUPS}, {INPUTS, REPUTATION}),
        ({"block_cidrs": [], "block_countries": []}, set()),
    ],
)
def test_what_is_off_leaves_the_other_rules_alone(args, gone):
    assert rules(args) == {name: rule for name, rule in rules().items() if name not in gone}


def test_a_web_acl_is_never_empty():
    assert list(
        rules({"sql_injection": False, "cross_site_scripting": False, "managed_groups": [], **FEWER_GROUPS})
    ) == ["rate-limit"]


EVERYTHING = {
    "block_cidrs": ["203.0.113.0/24", "2001:db8::/32"],
    "allow_cidrs": ["198.51.100.0/24", "2001:db9::/32"],
    "block_countries": ["KP"],
    "managed_groups": list(MANAGED_GROUPS),
}


@pytest.mark.parametrize("args", [EVERYTHING, {"allow_countries": ["DE"]}])
def test_no_rule_lets_a_request_past_the_others(args):
    made = rules(args).values()

    assert {next(iter(each.get("action") or each["overrideAction"])) for each in made} == {"block", "none"}
    assert len({each["priority"] for each in made}) == len(made)


UPLOADS = "awswaf:managed:aws:core-rule-set:SizeRestrictions_Body"
RULE_GROUP = "arn:aws:wafv2:eu-west-1:123456789012:regional/rulegroup/ours/11111111-2222-3333-4444-555555555555"
PROXIES = {"proxies": ["192.0.2.0/24"]}


def begins(prefix: str) -> dict:
    return {
        "byteMatchStatement": {
            "fieldToMatch": {"uriPath": {}},
            "positionalConstraint": "STARTS_WITH",
            "searchString": prefix,
            "textTransformations": [{"priority": 0, "type": "URL_DECODE"}, {"priority": 1, "type": "NORMALIZE_PATH"}],
        }
    }


def either(*statements: dict) -> dict:
    return {"orStatement": {"statements": list(statements)}}


AS_IT_IS = [{"priority": 0, "type": "NONE"}]
FORWARDED = {"headerName": "X-Forwarded-For", "fallbackBehavior": "MATCH"}


@pytest.mark.parametrize(
    ("given", "statement"),
    [
        pytest.param({"requests": 100}, {"aggregateKeyType": "IP"}, id="address"),
        pytest.param(
            {"requests": 100, "keys": [], "path_prefixes": ["/live/login"]},
            {"aggregateKeyType": "CONSTANT", "scopeDownStatement": begins("/live/login")},
            id="all-together",
        ),
        pytest.param(
            {"requests": 100, "path_prefixes": ["/live/login", "/login"]},
            {"aggregateKeyType": "IP", "scopeDownStatement": either(begins("/live/login"), begins("/login"))},
            id="paths",
        ),
        *(
            pytest.param(
                {"requests": 100, "keys": [key]}, {"aggregateKeyType": "CUSTOM_KEYS", "customKeys": [custom]}, id=key
            )
            for key, custom in {
                "asn": {"asn": {}},
                "method": {"httpMethod": {}},
                "path": {"uriPath": {"textTransformations": AS_IT_IS}},
                "query-string": {"queryString": {"textTransformations": AS_IT_IS}},
                "header:x-tenant": {"header": {"name": "x-tenant", "textTransformations": AS_IT_IS}},
                "cookie:session": {"cookie": {"name": "session", "textTransformations": AS_IT_IS}},
                "query:tenant": {"queryArgument": {"name": "tenant", "textTransformations": AS_IT_IS}},
                "label:awswaf:clientip:": {"labelNamespace": {"namespace": "awswaf:clientip:"}},
            }.items()
        ),
        pytest.param(
            {"requests": 100, "keys": ["ip", "method"]},
            {"aggregateKeyType": "CUSTOM_KEYS", "customKeys": [{"ip": {}}, {"httpMethod": {}}]},
            id="several",
        ),
    ],
)
@pytest.mark.parametrize("window", [60, 120, 300, 600])
def test_a_rate_limit_of_the_callers(given, window, statement):
    made = rules({"rate_limits": {"logins": {**given, "window_seconds": window}}})

    expected = {"rateBasedStatement": {"limit": 100, "evaluationWindowSec": window, **statement}}
    assert made["rate-limit-logins"] == own("rate-limit-logins", 41, expected)
    assert made["rate-limit"] == rate_limit()


def test_rate_limits_are_asked_by_name_whatever_their_order():
    limits = {name: {"requests": 100} for name in ("b", "a")}

    assert {name: each["priority"] for name, each in rules({"rate_limits": limits}).items() if "rate" in name} == {
        "rate-limit": 40,
        "rate-limit-a": 41,
        "rate-limit-b": 42,
    }


@pytest.mark.parametrize(
    ("group", "settings", "statement"),
    [
        pytest.param(COMMON, {"count": ["GenericRFI_BODY"]}, {"counted": ["GenericRFI_BODY", *COUNTED]}, id="count"),
        pytest.param(COMMON, {"block": ["SizeRestrictions_BODY"]}, {"counted": ["NoUserAgent_HEADER"]}, id="block"),
        pytest.param(
            COMMON,
            {"version": "Version_1.20"},
            {"counted": COUNTED, "version": "Version_1.20"},
            id="version",
        ),
        pytest.param(INPUTS, {"path_prefixes": ["/a"]}, {"scopeDownStatement": begins("/a")}, id="scope"),
    ],
)
def test_settings_of_a_managed_group(group, settings, statement):
    counted = statement.pop("counted", None)
    if counted:
        statement["ruleActionOverrides"] = [{"name": each, "actionToUse": {"count": {}}} for each in counted]
    made = rules(of_group(group, settings))

    assert made[group]["statement"]["managedRuleGroupStatement"] == {"vendorName": "AWS", "name": group, **statement}


@pytest.mark.parametrize(
    ("group", "config"),
    [
        ("AWSManagedRulesBotControlRuleSet", {"awsManagedRulesBotControlRuleSet": {"inspectionLevel": "COMMON"}}),
        (
            "AWSManagedRulesAntiDDoSRuleSet",
            {
                "awsManagedRulesAntiDdosRuleSet": {
                    # A client of an API can solve no challenge.
                    "clientSideActionConfig": {"challenge": {"usageOfAction": "DISABLED"}},
                    "sensitivityToBlock": "LOW",
                }
            },
        ),
    ],
)
def test_groups_that_demand_settings_get_them(group, config):
    statement = rules({"managed_groups": [group], **FEWER_GROUPS})[group]["statement"]["managedRuleGroupStatement"]

    assert statement["managedRuleGroupConfigs"] == [config]


def test_every_rule_that_only_counts_by_default_is_one_of_its_group():
    for group in MANAGED_GROUPS.values():
        assert {*group.counted} <= {*group.rules}
        assert len({*group.rules}) == len(group.rules) > 0


def test_a_rule_group_of_the_callers():
    made = rules({"rule_groups": {"ours": {"arn": RULE_GROUP, "capacity": 50}}, **counting("group-ours")})

    assert made["group-ours"] == {
        "name": "group-ours",
        "priority": 1000,
        "statement": {"ruleGroupReferenceStatement": {"arn": RULE_GROUP}},
        "overrideAction": {"count": {}},
        "visibilityConfig": visibility("group-ours"),
    }
    assert spec({"rule_groups": {"ours": {"arn": RULE_GROUP, "capacity": 50}}}).capacity == 1457


LABELLED = {"labelMatchStatement": {"scope": "LABEL", "key": UPLOADS}}


@pytest.mark.parametrize(
    ("given", "statement"),
    [
        ({}, LABELLED),
        ({"path_prefixes": ["/a"]}, {"andStatement": {"statements": [LABELLED, begins("/a")]}}),
        (
            {"except_path_prefixes": ["/a", "/b"]},
            {
                "andStatement": {
                    "statements": [LABELLED, {"notStatement": {"statement": either(begins("/a"), begins("/b"))}}]
                }
            },
        ),
        (
            {"path_prefixes": ["/a"], "except_path_prefixes": ["/a/b"]},
            {
                "andStatement": {
                    "statements": [
                        LABELLED,
                        {
                            "andStatement": {
                                "statements": [begins("/a"), {"notStatement": {"statement": begins("/a/b")}}]
                            }
                        },
                    ]
                }
            },
        ),
    ],
)
def test_a_rule_on_a_label_comes_after_those_that_put_it(given, statement):
    made = rules({"label_rules": {"large": {"label": UPLOADS, **given}}})

    assert made["label-large"] == own("label-large", 2000, statement)
    assert list(made)[-1] == "label-large"


# Proxies


def test_behind_proxies_only_they_are_heard_and_only_with_an_address():
    made = rules({"forwarded_ip": PROXIES})

    assert made["other-proxies"] == own("other-proxies", 2, {"notStatement": {"statement": ip_set("proxies-ipv4")}})
    # AWS skips a rule that reads an address from a header that is absent: such requests would pass them all.
    assert made["no-forwarded-address"] == own(
        "no-forwarded-address",
        4,
        {
            "notStatement": {
                "statement": {
                    "sizeConstraintStatement": {
                        "fieldToMatch": {"singleHeader": {"name": "x-forwarded-for"}},
                        "comparisonOperator": "GE",
                        "size": 1,
                        "textTransformations": AS_IT_IS,
                    }
                }
            }
        },
    )


@pytest.mark.parametrize(
    ("args", "name", "inner", "fallback"),
    [
        pytest.param({"block_countries": ["KP"]}, "blocked-countries", (), "MATCH", id="block-countries"),
        pytest.param({"allow_countries": ["DE"]}, "other-countries", ("notStatement",), "NO_MATCH", id="countries"),
        pytest.param({"block_cidrs": ["203.0.113.7"]}, "blocked-addresses", (), "MATCH", id="block-addresses"),
        pytest.param({"allow_cidrs": ["203.0.113.7"]}, "other-addresses", ("notStatement",), "NO_MATCH", id="allow"),
        pytest.param({}, "rate-limit", (), "MATCH", id="rate"),
    ],
)
def test_behind_proxies_what_is_no_address_is_blocked(args, name, inner, fallback):
    statement = rules({**args, "forwarded_ip": {**PROXIES, "header": "True-Client-IP"}})[name]["statement"]
    for each in inner:
        statement = statement[each]["statement"]
    (body,) = statement.values()

    config = body.get("forwardedIpConfig") or body["ipSetForwardedIpConfig"]
    assert {k: v for k, v in config.items() if k != "position"} == {
        "headerName": "True-Client-IP",
        "fallbackBehavior": fallback,
    }
    assert config.get("position", "FIRST") == "FIRST"


def test_behind_proxies_rates_are_counted_by_the_address_in_the_header():
    args = {"forwarded_ip": PROXIES, "rate_limits": {"a": {"requests": 10, "keys": ["ip", "method"]}}}
    made = rules(args)

    assert made["rate-limit"]["statement"]["rateBasedStatement"]["aggregateKeyType"] == "FORWARDED_IP"
    custom = made["rate-limit-a"]["statement"]["rateBasedStatement"]
    assert custom["customKeys"] == [{"forwardedIp": {}}, {"httpMethod": {}}]
    assert custom["forwardedIpConfig"] == FORWARDED


# Answers


def test_a_blocked_caller_gets_the_answer_that_was_chosen():
    answer = {"status": 429, "body": '{"message": "slow down"}', "headers": {"Retry-After": "300"}}
    acl = attach({"responses": {"rate-limit": answer, "sql-injection": {"status": 400}}}).one("WebAcl").inputs

    made = {each["name"]: each["action"] for each in acl["rules"] if "action" in each}
    assert made["rate-limit"] == {
        "block": {
            "customResponse": {
                "responseCode": 429,
                "customResponseBodyKey": "rate-limit",
                "responseHeaders": [{"name": "Retry-After", "value": "300"}],
            }
        }
    }
    assert made["sql-injection"] == {"block": {"customResponse": {"responseCode": 400}}}
    assert made["cross-site-scripting"] == {"block": {}}
    assert acl["customResponseBodies"] == [
        {"key": "rate-limit", "content": '{"message": "slow down"}', "contentType": "APPLICATION_JSON"}
    ]


def test_everything_can_be_tried_out_at_once():
    made = rules({**EVERYTHING, "count_all": "first week", "rate_limits": {"a": {"requests": 10}}})

    assert {next(iter(each.get("action") or each["overrideAction"])) for each in made.values()} == {"count"}
    assert "nothing is blocked: first week" in spec({"count_all": "first week"}).posture()


# What is inspected, and what is told of it


@pytest.mark.parametrize(
    ("kb", "config"),
    [
        (16, None),
        *(
            (kb, {"requestBodies": [{"apiGateway": {"defaultSizeInspectionLimit": f"KB_{kb}"}}]})
            for kb in (32.0, 48, 64)
        ),
    ],
)
def test_how_much_of_a_body_is_inspected(kb, config):
    expected = json.loads(json.dumps(config).replace(".0", ""))

    assert attach({"body_inspection_kb": kb}).one("WebAcl").inputs.get("associationConfig") == expected


def test_secrets_of_the_callers_are_neither_logged_nor_sampled():
    recorded = attach({"secret_headers": ["x-session"], "secret_query_arguments": ["code"], "sampled_requests": True})

    acl = recorded.one("WebAcl").inputs
    hidden = ["authorization", "cookie", "x-api-key", "x-session"]
    assert acl["dataProtectionConfig"]["dataProtections"] == [
        {"action": "SUBSTITUTION", "field": {"fieldType": "SINGLE_HEADER", "fieldKeys": hidden}},
        {"action": "SUBSTITUTION", "field": {"fieldType": "SINGLE_QUERY_ARGUMENT", "fieldKeys": ["code"]}},
    ]
    assert acl["visibilityConfig"]["sampledRequestsEnabled"] is True
    assert {each["visibilityConfig"]["sampledRequestsEnabled"] for each in acl["rules"]} == {True}
    redacted = recorded.one("WebAclLoggingConfiguration").inputs["redactedFields"]
    assert redacted == [{"singleHeader": {"name": each}} for each in hidden]


def test_the_log_can_leave_out_what_no_rule_matched():
    conditions = [{"actionCondition": {"action": each}} for each in ("BLOCK", "COUNT", "EXCLUDED_AS_COUNT")]

    assert attach({"log_requests": "MATCHED"}).one("WebAclLoggingConfiguration").inputs["loggingFilter"] == {
        "defaultBehavior": "DROP",
        "filters": [{"behavior": "KEEP", "requirement": "MEETS_ANY", "conditions": conditions}],
    }


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:s3:::aws-waf-logs-ours",
        "arn:aws:firehose:eu-west-1:123456789012:deliverystream/aws-waf-logs-ours",
        "arn:aws-cn:s3:::aws-waf-logs-ours",
    ],
)
def test_the_log_can_go_to_a_destination_of_the_callers(arn):
    recorded = attach({"log_destination_arn": arn})

    assert recorded.of("LogGroup") == []
    assert recorded.one("WebAclLoggingConfiguration").inputs["logDestinationConfigs"] == [arn]
    assert value(recorded.result.log_group_name) == ""


# Several stages


def test_several_stages_share_a_web_acl():
    other = STAGE.replace("live", "next")
    recorded = attach({"stage_arns": {"next": other}})

    assert len(recorded.of("WebAcl")) == 1
    assert {each.name: each.inputs for each in recorded.of("WebAclAssociation")} == {
        "orders": {"resourceArn": STAGE, "webAclArn": MADE_ACL},
        "orders-next": {"resourceArn": other, "webAclArn": MADE_ACL},
    }
    for each in recorded.of("WebAclAssociation"):
        assert each.retain_on_delete is True
        assert each.depends_on(recorded.one("WebAclLoggingConfiguration"))


def test_stages_can_be_protected_one_by_one():
    def program():
        waf = Waf("orders", {})
        for stage in ("live", "next"):
            waf.protect(STAGE.replace("live", stage), f"orders-{stage}")

    recorded = deploy(program, outputs=OUTPUTS)

    assert {each.name for each in recorded.of("WebAclAssociation")} == {"orders-live", "orders-next"}


# Capacity, counted again from what is sent to AWS

BASE = {"sqliMatchStatement": {"LOW": 20, "HIGH": 30}, "xssMatchStatement": 40, "byteMatchStatement": 2}
ONE = {"ipSetReferenceStatement", "geoMatchStatement", "labelMatchStatement", "sizeConstraintStatement"}


def units(statement: dict) -> int:
    ((kind, body),) = statement.items()
    if kind in ONE:
        return 1
    if kind == "managedRuleGroupStatement":
        return MANAGED_GROUPS[body["name"]].capacity + sum(
            units(each) for each in [body.get("scopeDownStatement")] if each
        )
    if kind == "rateBasedStatement":
        inner = sum(units(each) for each in [body.get("scopeDownStatement")] if each)
        return 2 + 30 * len(body.get("customKeys", ())) + inner
    if kind in BASE:
        base = BASE[kind] if isinstance(BASE[kind], int) else BASE[kind][body["sensitivityLevel"]]
        field = next(iter(body["fieldToMatch"]))
        base = base * 2 if field == "jsonBody" else base + (10 if field == "allQueryArguments" else 0)
        return base + 10 * sum(each["type"] != "NONE" for each in body["textTransformations"])
    return sum(units(each) for each in body.get("statements", [body.get("statement")]))


@pytest.mark.parametrize(
    "args",
    [
        {},
        EVERYTHING,
        {"sql_injection_sensitivity": "HIGH"},
        {"forwarded_ip": PROXIES, "allow_countries": ["DE"]},
        {"rate_limits": {"a": {"requests": 10, "keys": ["ip", "method"], "path_prefixes": ["/a", "/b"]}}},
        {"label_rules": {"a": {"label": UPLOADS, "path_prefixes": ["/a"], "except_path_prefixes": ["/a/b"]}}},
        of_group(INPUTS, {"path_prefixes": ["/a"]}),
    ],
    ids=["default", "everything", "sensitive", "proxies", "rates", "labels", "scope"],
)
def test_capacity_is_that_of_the_statements(args):
    assert {name: units(each["statement"]) for name, each in rules(args).items()} == spec(args).capacities


def test_too_many_rules_are_refused_before_aws_does():
    large = {f"g{n}": {"arn": RULE_GROUP, "capacity": 2000} for n in range(2)}

    (problem,) = parse({"rule_groups": large})[1].found
    assert str(problem) == (
        "managed_groups: the rules need about 5,407 capacity units, but at most 5,000 are allowed; the largest are "
        "group-g0 (2,000), group-g1 (2,000), AWSManagedRulesCommonRuleSet (700)"
    )


def test_a_limit_of_the_callers_keeps_to_the_base_price():
    groups = [COMMON, INPUTS, REPUTATION, "AWSManagedRulesSQLiRuleSet"]

    assert spec({"max_capacity": 1500}).capacity == 1407
    (problem,) = parse({"max_capacity": 1500, "managed_groups": groups})[1].found
    assert problem.path == "max_capacity"
    assert problem.message.startswith("the rules need about 1,607 capacity units, but at most 1,500 are allowed")
    assert spec({"managed_groups": groups}).posture()[0] == (
        "web ACL: 7 rules, about 1,607 of 5,000 capacity units; AWS charges for those above 1,500"
    )


def test_the_order_of_the_args_changes_nothing():
    turned = {
        **EVERYTHING,
        **{name: EVERYTHING[name][::-1] for name in ("block_cidrs", "allow_cidrs", "managed_groups")},
    }

    made, other = attach(EVERYTHING), attach(turned)

    assert {each.urn: each.inputs for each in made.resources} == {each.urn: each.inputs for each in other.resources}


def test_priorities_are_the_same_whatever_else_is_on():
    every = {name: rule["priority"] for name, rule in rules(EVERYTHING).items()}

    assert {name: every[name] for name in rules()} == {name: rule["priority"] for name, rule in rules().items()}
    assert list(every) == sorted(every, key=every.__getitem__)


def test_address_ranges_are_written_in_one_way():
    recorded = attach({"block_cidrs": ["203.0.113.7", "2001:DB8:0::/32", "203.0.113.7/32", "198.51.100.0/24"]})

    assert {each.name: each.inputs for each in recorded.of("IpSet")} == {
        "orders-blocked-ipv4": {
            "scope": "REGIONAL",
            "ipAddressVersion": "IPV4",
            "addresses": ["198.51.100.0/24", "203.0.113.7/32"],
        },
        "orders-blocked-ipv6": {"scope": "REGIONAL", "ipAddressVersion": "IPV6", "addresses": ["2001:db8::/32"]},
    }
    for each in recorded.of("IpSet"):
        assert recorded.one("WebAcl").depends_on(each)


@pytest.mark.parametrize(
    ("args", "capacity"),
    [
        pytest.param({}, 1407, id="default-within-the-base-price"),
        pytest.param({"block_cidrs": ["203.0.113.7", "2001:db8::/32"], "allow_countries": ["DE"]}, 1410, id="lists"),
        pytest.param(
            {"managed_groups": [], **FEWER_GROUPS, "sql_injection": False, "cross_site_scripting": False}, 2, id="least"
        ),
        pytest.param(EVERYTHING, 2562, id="most"),
    ],
)
def test_capacity(args, capacity):
    assert spec(args).capacity == capacity <= CAPACITY


# Connections


def test_the_stage_is_behind_the_web_acl():
    recorded = attach()

    association = recorded.one("WebAclAssociation")
    assert association.inputs == {"resourceArn": STAGE, "webAclArn": MADE_ACL}
    assert association.depends_on(recorded.one("WebAcl"))
    assert association.depends_on(recorded.one("WebAclLoggingConfiguration"))


def test_deleting_an_old_association_never_uncovers_the_stage():
    association = attach().one("WebAclAssociation")

    assert association.retain_on_delete is True
    assert association.delete_before_replace is False


def test_everything_else_is_deleted():
    assert {each.type for each in attach(EVERYTHING).resources if each.retain_on_delete} == {
        "aws:wafv2/webAclAssociation:WebAclAssociation"
    }


def test_the_web_acl_logs_without_secrets():
    recorded = attach()

    logging = recorded.one("WebAclLoggingConfiguration")
    assert logging.inputs == {
        "resourceArn": MADE_ACL,
        "logDestinationConfigs": [GROUP],
        "redactedFields": [{"singleHeader": {"name": each}} for each in ("authorization", "cookie", "x-api-key")],
    }
    assert logging.depends_on(recorded.one("WebAcl"))
    assert logging.depends_on(recorded.one("LogGroup"))


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        ({}, {"name": "aws-waf-logs-orders-dev", "retentionInDays": 365}),
        (
            {"log_retention_days": 30.0, "exceptions": {"log_retention_days": "a test"}, "kms_key_arn": KEY},
            {"name": "aws-waf-logs-orders-dev", "retentionInDays": 30, "kmsKeyId": KEY},
        ),
    ],
)
def test_the_log_group(args, expected):
    assert attach(args).one("LogGroup").inputs == expected


def test_names_that_aws_would_refuse_are_adapted():
    recorded = attach(name="my-orders", stack="dev.eu")

    assert recorded.one("LogGroup").inputs["name"] == "aws-waf-logs-my-orders-dev-eu"
    assert recorded.one("WebAcl").inputs["visibilityConfig"]["metricName"] == "my-orders-dev-eu"


def test_children_belong_to_the_component():
    component, *children = attach(EVERYTHING).resources

    assert {each.parent for each in children} == {component.urn}


def test_a_stage_that_is_protected_later_goes_before_the_web_acl():
    def program():
        waf = Waf("orders", {})
        depends = pulumi.ResourceOptions(depends_on=waf.resources)
        stage = apigateway.Stage("live", rest_api="a1b2c3", deployment="d1", stage_name="live", opts=depends)
        return waf.protect(stage.arn)

    recorded = deploy(program, outputs={**OUTPUTS, "Stage": {"arn": STAGE}})

    assert isinstance(recorded.result, wafv2.WebAclAssociation)
    stage, association = recorded.one("Stage"), recorded.one("WebAclAssociation")
    assert stage.depends_on(recorded.one("WebAcl"))
    assert stage.depends_on(recorded.one("WebAclLoggingConfiguration"))
    assert association.depends_on(stage)
    assert association.inputs == {"resourceArn": STAGE, "webAclArn": MADE_ACL}
    assert association.parent == recorded.one("Waf").urn


def test_without_a_stage_nothing_is_associated():
    recorded = deploy(lambda: Waf("orders", {}), outputs=OUTPUTS)

    assert recorded.of("WebAclAssociation") == []


# A web ACL of the caller's


def test_a_given_web_acl_is_only_associated():
    recorded = attach({"acl_arn": ACL})

    assert names(recorded) == ["Waf orders", "WebAclAssociation orders"]
    assert recorded.one("WebAclAssociation").inputs == {"resourceArn": STAGE, "webAclArn": ACL}
    assert recorded.one("WebAclAssociation").retain_on_delete is True
    assert recorded.result.resources == []
    assert value(recorded.result.web_acl_arn) == ACL
    assert value(recorded.result.metric_name) == ""
    assert value(recorded.result.log_group_name) == ""


def test_a_given_web_acl_of_the_same_program_comes_first():
    def program():
        acl = wafv2.WebAcl(
            "ours",
            scope="REGIONAL",
            default_action={"allow": {}},
            visibility_config={
                "cloudwatch_metrics_enabled": True,
                "metric_name": "ours",
                "sampled_requests_enabled": False,
            },
        )
        Waf("orders", {"acl_arn": acl.arn, "stage_arn": STAGE})

    recorded = deploy(program, outputs=OUTPUTS)

    assert recorded.one("WebAclAssociation").depends_on(recorded.one("WebAcl", "ours"))


# Outputs, preview, posture


def test_outputs():
    waf = attach().result

    assert value(waf.web_acl_arn) == MADE_ACL
    assert value(waf.metric_name) == "orders-dev"
    assert value(waf.log_group_name) == "aws-waf-logs-orders-dev"


def test_a_first_preview_registers_the_same():
    recorded = attach(EVERYTHING, preview=True)

    assert {each.urn for each in recorded.resources} == {each.urn for each in attach(EVERYTHING).resources}
    assert recorded.one("WebAclAssociation").inputs == {"resourceArn": STAGE, "webAclArn": UNKNOWN}
    assert recorded.one("WebAclLoggingConfiguration").inputs["resourceArn"] == UNKNOWN
    acl = recorded.one("WebAcl").inputs
    assert [each["name"] for each in acl["rules"]] == list(spec(EVERYTHING).rules)


def test_posture_by_default():
    assert spec().posture() == (
        "web ACL: 6 rules, about 1,407 of 5,000 capacity units",
        "rate limit: 1,000 requests in 300 s from one address",
        "SQL injection blocked in path, query, body and cookies, sensitivity LOW",
        "cross-site scripting blocked in path, query, body and cookies",
        "managed rule group AWSManagedRulesAmazonIpReputationList",
        f"managed rule group {COMMON}, of which NoUserAgent_HEADER, SizeRestrictions_BODY only count",
        "managed rule group AWSManagedRulesKnownBadInputsRuleSet",
        "web ACL log retained 365 days, without authorization, cookie, x-api-key",
    )


@pytest.mark.parametrize(
    ("args", "line"),
    [
        ({"block_cidrs": ["203.0.113.7"]}, "addresses blocked: 203.0.113.7/32"),
        ({"allow_cidrs": ["203.0.113.7"]}, "addresses blocked except 203.0.113.7/32"),
        ({"block_countries": ["KP", "BY"]}, "countries blocked: BY, KP"),
        ({"allow_countries": ["DE"]}, "countries blocked except DE"),
        (counting("rate-limit"), "rate limit: 1,000 requests in 300 s from one address (only counted)"),
        ({"acl_arn": ACL}, "web ACL: one of yours, whose rules are not known here"),
        (
            {"forwarded_ip": {"proxies": ["192.0.2.0/24"]}},
            "rate limit: 1,000 requests in 300 s from one address, read from X-Forwarded-For",
        ),
        ({"forwarded_ip": {"proxies": ["192.0.2.0/24"]}}, "senders blocked except 192.0.2.0/24"),
        ({"forwarded_ip": {"proxies": ["192.0.2.0/24"]}}, "requests without a forwarded address blocked"),
        (
            {"rate_limits": {"a": {"requests": 10, "keys": ["header:x"], "path_prefixes": ["/a"]}}},
            "rate limit a: 10 requests in 300 s by header:x on /a",
        ),
        (
            {"rate_limits": {"a": {"requests": 10, "keys": [], "path_prefixes": ["/a"]}}},
            "rate limit a: 10 requests in 300 s from all together on /a",
        ),
        ({"rule_groups": {"ours": {"arn": RULE_GROUP, "capacity": 5}}}, "rule group ours of yours"),
        (
            {"label_rules": {"a": {"label": "x:y", "except_path_prefixes": ["/a"]}}},
            "label x:y blocked except on /a",
        ),
        (
            of_group(INPUTS, {"version": "Version_1.2", "path_prefixes": ["/a"]}),
            f"managed rule group {INPUTS} Version_1.2 on /a",
        ),
        ({"sampled_requests": True}, "sampled requests stored for three hours"),
        (
            {"log_requests": "MATCHED", "log_destination_arn": "arn:aws:s3:::aws-waf-logs-ours"},
            f"web ACL log at a destination of yours, blocked and counted requests only, without {', '.join(SECRETS)}",
        ),
    ],
)
def test_posture(args, line):
    assert line in spec(args).posture()


# Refusals


@pytest.mark.parametrize(
    ("args", "path", "message"),
    [
        (
            {"acl_arn": "arn:x"},
            "acl_arn",
            (
                "'arn:x' is not the ARN of a regional web ACL, such as "
                "arn:aws:wafv2:<region>:<account>:regional/webacl/<name>/<id>"
            ),
        ),
        (
            {"acl_arn": "arn:aws:wafv2:us-east-1:123456789012:global/webacl/cdn/1"},
            "acl_arn",
            (
                "'arn:aws:wafv2:us-east-1:123456789012:global/webacl/cdn/1' is not the ARN of a "
                "regional web ACL, such as "
                "arn:aws:wafv2:<region>:<account>:regional/webacl/<name>/<id>"
            ),
        ),
        *(
            ({"acl_arn": ACL, name: given}, name, "cannot be combined with `acl_arn`")
            for name, given in {
                "rate_limit": {"requests": 50},
                "sql_injection": True,
                "cross_site_scripting": True,
                "oversize_handling": "MATCH",
                "managed_groups": [COMMON],
                "block_countries": ["KP"],
                "allow_countries": ["DE"],
                "block_cidrs": ["203.0.113.7"],
                "allow_cidrs": ["203.0.113.7"],
                "count": ["rate-limit"],
                "log_retention_days": 30,
                "kms_key_arn": KEY,
                "rate_limits": {"a": {"requests": 10}},
                "label_rules": {"a": {"label": "a:b"}},
                "forwarded_ip": {"proxies": ["192.0.2.0/24"]},
                "responses": {"rate-limit": {}},
                "count_all": "a test",
                "body_inspection_kb": 32,
                "sampled_requests": True,
                "max_capacity": 1500,
            }.items()
        ),
        ({"waived": "internal", "sql_injection": True}, "sql_injection", "cannot be combined with `waived`"),
        ({"waived": ""}, "waived", "expected the reason why the layer is off, got an empty string"),
        (
            {"rate_limit": {"requests": 9}},
            "rate_limit.requests",
            "expected a whole number from 10 to 2,000,000,000 requests, got 9",
        ),
        (
            {"rate_limit": {"requests": 2_000_000_001}},
            "rate_limit.requests",
            "expected a whole number from 10 to 2,000,000,000 requests, got 2000000001",
        ),
        (
            {"rate_limit": {"requests": 10.5}},
            "rate_limit.requests",
            "expected a whole number from 10 to 2,000,000,000 requests, got 10.5",
        ),
        (
            {"rate_limit": {"window_seconds": 90}},
            "rate_limit.window_seconds",
            "expected one of 60, 120, 300, 600 seconds, got 90",
        ),
        (
            {"rate_limit": {"window_seconds": 601}},
            "rate_limit.window_seconds",
            "expected one of 60, 120, 300, 600 seconds, got 601",
        ),
        (
            {"rate_limit": {"limit": 50}},
            "rate_limit.limit",
            "unknown field; the fields are 'requests', 'window_seconds'",
        ),
        ({"rate_limit": 50}, "rate_limit", "expected an object, got 50"),
        ({"sql_injection": "no"}, "sql_injection", "expected true or false, got 'no'"),
        ({"cross_site_scripting": 0}, "cross_site_scripting", "expected true or false, got 0"),
        (
            {"oversize_handling": "NO_MATCH"},
            "oversize_handling",
            "expected one of 'CONTINUE', 'MATCH', got 'NO_MATCH'; did you mean 'MATCH'?",
        ),
        (
            {"oversize_handling": "MATCH", "sql_injection": False, "cross_site_scripting": False},
            "oversize_handling",
            "requires `sql_injection` or `cross_site_scripting`",
        ),
        (
            {"managed_groups": ["CommonRuleSet"]},
            "managed_groups[0]",
            (
                "'CommonRuleSet' is unknown; did you mean 'AWSManagedRulesCommonRuleSet'? "
                "Expected one of 'AWSManagedRulesAdminProtectionRuleSet',"
            ),
        ),
        (
            {"managed_groups": ["AWSManagedRulesATPRuleSet"]},
            "managed_groups[0]",
            "'AWSManagedRulesATPRuleSet' is unknown; did you mean 'AWSManagedRulesPHPRuleSet'? Expected one of",
        ),
        (
            {"managed_groups": [COMMON, COMMON]},
            "managed_groups[1]",
            "'AWSManagedRulesCommonRuleSet' is listed more than once",
        ),
        (
            {"block_countries": ["UK"]},
            "block_countries[0]",
            "'UK' is not an ISO 3166 alpha-2 country code, such as 'DE' or 'GB'",
        ),
        (
            {"allow_countries": ["de"]},
            "allow_countries[0]",
            "'de' is not an ISO 3166 alpha-2 country code, such as 'DE' or 'GB'; did you mean 'DE'?",
        ),
        (
            {"allow_countries": ["DE"], "block_countries": ["KP"]},
            "block_countries",
            "cannot be combined with `allow_countries`",
        ),
        ({"allow_countries": []}, "allow_countries", "must not be empty: leave it out to allow all"),
        ({"allow_cidrs": []}, "allow_cidrs", "must not be empty: leave it out to allow all"),
        (
            {"block_cidrs": ["example.com"]},
            "block_cidrs[0]",
            "'example.com' is not an address range such as 203.0.113.0/24 or 2001:db8::/32",
        ),
        (
            {"block_cidrs": ["203.0.113.7/24"]},
            "block_cidrs[0]",
            "'203.0.113.7/24' does not begin with the first address of its range; did you mean '203.0.113.0/24'?",
        ),
        (
            {"block_cidrs": ["fe80::1%eth0"]},
            "block_cidrs[0]",
            "'fe80::1%eth0' is not an address range such as 203.0.113.0/24 or 2001:db8::/32: zones are not allowed",
        ),
        (
            {"allow_cidrs": ["0.0.0.0/0"]},
            "allow_cidrs[0]",
            "'0.0.0.0/0' covers every address, and AWS accepts no /0: to let everybody in, waive the layer",
        ),
        (
            {"allow_cidrs": ["::/0"]},
            "allow_cidrs[0]",
            "'::/0' covers every address, and AWS accepts no /0: to let everybody in, waive the layer",
        ),
        (
            {"count": ["rate_limit"]},
            "count[0]",
            (
                "'rate_limit' is unknown; did you mean 'rate-limit'? Expected one of "
                "'AWSManagedRulesAmazonIpReputationList',"
            ),
        ),
        (
            {"count": ["sql-injection"], "sql_injection": False},
            "count[0]",
            (
                "expected one of 'AWSManagedRulesAmazonIpReputationList', "
                "'AWSManagedRulesCommonRuleSet', 'AWSManagedRulesKnownBadInputsRuleSet',"
            ),
        ),
        (
            {"rate_limits": {"a": {"requests": 10, "keys": []}}},
            "rate_limits.a.keys",
            (
                "must not be empty unless `path_prefixes` is given: one limit would apply to all "
                "callers of the API together"
            ),
        ),
        ({"rate_limits": {"a": {}}}, "rate_limits.a.requests", "this field is required"),
        (
            {"rate_limits": {"a": {"requests": 9}}},
            "rate_limits.a.requests",
            "expected a whole number from 10 to 2,000,000,000 requests, got 9",
        ),
        (
            {"rate_limits": {"a": {"requests": 10, "window_seconds": 61}}},
            "rate_limits.a.window_seconds",
            "expected one of 60, 120, 300, 600 seconds, got 61",
        ),
        (
            {"rate_limits": {"a": {"requests": 10, "keys": ["ja3"]}}},
            "rate_limits.a.keys[0]",
            (
                "'ja3' is neither one of 'asn', 'ip', 'method', 'path', 'query-string' nor one of "
                "header, cookie, query, label with a name, such as 'header:x-tenant'"
            ),
        ),
        (
            {"rate_limits": {"a": {"requests": 10, "keys": ["header:"]}}},
            "rate_limits.a.keys[0]",
            (
                "'header:' is neither one of 'asn', 'ip', 'method', 'path', 'query-string' nor "
                "one of header, cookie, query, label with a name, such as 'header:x-tenant'"
            ),
        ),
        (
            {"rate_limits": {"a": {"requests": 10, "keys": ["label:ns"]}}},
            "rate_limits.a.keys[0]",
            "'label:ns' must end with ':', as a namespace does",
        ),
        (
            {"rate_limits": {"a": {"requests": 10, "keys": [f"header:h{n}" for n in range(6)]}}},
            "rate_limits.a.keys",
            "lists 6 keys, but AWS accepts at most 5",
        ),
        (
            {"rate_limits": {"a": {"requests": 10, "path_prefixes": ["login"]}}},
            "rate_limits.a.path_prefixes[0]",
            "'login' is not the beginning of a path, such as '/live/login'",
        ),
        (
            {"rate_limits": {"a b": {"requests": 10}}},
            'rate_limits["a b"]',
            "'a b' is not a name of letters, digits, hyphens and underscores",
        ),
        (
            {"rate_limits": {f"a{n}": {"requests": 10} for n in range(10)}},
            "rate_limits",
            "has 10 rate limits, but at most 9 are allowed: AWS's quota is 10 rate-based rules in a web ACL",
        ),
        (
            {"managed_group_settings": {COMMON: {"count": ["SizeRestriction_BODY"]}}},
            f"managed_group_settings.{COMMON}.count[0]",
            (
                "'SizeRestriction_BODY' is unknown; did you mean 'SizeRestrictions_BODY'? Expected "
                "one of 'CrossSiteScripting_BODY',"
            ),
        ),
        (
            {"managed_group_settings": {COMMON: {"block": ["GenericLFI_BODY"]}}},
            f"managed_group_settings.{COMMON}.block",
            (
                "'GenericLFI_BODY' blocks by default: only 'NoUserAgent_HEADER', "
                "'SizeRestrictions_BODY' can be listed here"
            ),
        ),
        (
            {"managed_group_settings": {COMMON: {"block": COUNTED, "count": ["SizeRestrictions_BODY"]}}},
            f"managed_group_settings.{COMMON}.count",
            "'SizeRestrictions_BODY' is in `managed_group_settings.AWSManagedRulesCommonRuleSet.block` too",
        ),
        (
            {"managed_group_settings": {"AWSManagedRulesSQLiRuleSet": {}}},
            "managed_group_settings.AWSManagedRulesSQLiRuleSet",
            (
                "'AWSManagedRulesSQLiRuleSet' is not listed in `managed_groups`; did you mean "
                "'AWSManagedRulesCommonRuleSet'?"
            ),
        ),
        (
            {"rule_groups": {"a": {"arn": ACL, "capacity": 1}}},
            "rule_groups.a.arn",
            (
                "'arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/ours/11111111-2222-3333... "
                "is not the ARN of a regional rule group, such as"
            ),
        ),
        ({"rule_groups": {"a": {"arn": RULE_GROUP}}}, "rule_groups.a.capacity", "this field is required"),
        (
            {"label_rules": {"a": {"label": "a b"}}},
            "label_rules.a.label",
            "'a b' is not a label, such as awswaf:managed:aws:core-rule-set:SizeRestrictions_Body",
        ),
        (
            {"forwarded_ip": {"proxies": []}},
            "forwarded_ip.proxies",
            "must list at least one range: otherwise anybody could write the header",
        ),
        ({"forwarded_ip": {}}, "forwarded_ip.proxies", "this field is required"),
        ({"forwarded_ip": {**PROXIES, "header": "a b"}}, "forwarded_ip.header", "'a b' is not the name of a header"),
        ({"count_all": True}, "count_all", "expected the reason why nothing is blocked, got true"),
        ({"count_all": "x", "count": ["rate-limit"]}, "count", "cannot be combined with `count_all`: no rule blocks"),
        (
            {"responses": {"rate_limit": {}}},
            "responses.rate_limit",
            "'rate_limit' is not a rule that itself blocks requests; did you mean 'rate-limit'?",
        ),
        (
            {"responses": {COMMON: {}}},
            f"responses.{COMMON}",
            (
                "'AWSManagedRulesCommonRuleSet' is not a rule that itself blocks requests; the "
                "known names are 'cross-site-scripting', 'rate-limit', 'sql-injection'"
            ),
        ),
        (
            {"responses": {"rate-limit": {}}, **counting("rate-limit")},
            "responses.rate-limit",
            "'rate-limit' is in `count`: a rule that only counts blocks nobody",
        ),
        (
            {"responses": {"rate-limit": {"status": 418}}},
            "responses.rate-limit.status",
            (
                "expected one of 400, 401, 403, 404, 405, 408, 409, 411, 412, 413, 414, 415, 416, "
                "421, 429, 500, 501, 502, 503, 504, 505, got 418"
            ),
        ),
        (
            {"responses": {"rate-limit": {"status": 200}}},
            "responses.rate-limit.status",
            (
                "expected one of 400, 401, 403, 404, 405, 408, 409, 411, 412, 413, 414, 415, "
                "416, 421, 429, 500, 501, 502, 503, 504, 505, got 200"
            ),
        ),
        (
            {"responses": {"rate-limit": {"body": "no"}}},
            "responses.rate-limit.body",
            "is not JSON: correct it, or choose another `content_type`",
        ),
        (
            {"responses": {"rate-limit": {"body": "n" * 4097, "content_type": "TEXT_PLAIN"}}},
            "responses.rate-limit.body",
            "has 4,097 bytes, but AWS accepts at most 4,096",
        ),
        (
            {"responses": {"rate-limit": {"content_type": "TEXT_PLAIN"}}},
            "responses.rate-limit.content_type",
            "requires `body`",
        ),
        (
            {"responses": {"rate-limit": {"headers": {"Content-Type": "x"}}}},
            "responses.rate-limit.headers.Content-Type",
            "'Content-Type' is not the name of a header that may be set (for Content-Type use `content_type`)",
        ),
        ({"secret_headers": ["cookie"]}, "secret_headers[0]", "'cookie' is never logged anyway: leave it out"),
        (
            {"secret_headers": ["X-Session"]},
            "secret_headers[0]",
            "'X-Session' is not the name of a header in lower case",
        ),
        (
            {"secret_query_arguments": ["Code"]},
            "secret_query_arguments[0]",
            "'Code' is not the name of a query argument in lower case",
        ),
        ({"body_inspection_kb": 20}, "body_inspection_kb", "expected one of 16, 32, 48, 64 KB, got 20"),
        ({"log_requests": "BLOCKED"}, "log_requests", "expected one of 'ALL', 'MATCHED', got 'BLOCKED'"),
        (
            {"log_destination_arn": "arn:aws:s3:::logs"},
            "log_destination_arn",
            (
                "'arn:aws:s3:::logs' is not the ARN of an S3 bucket or a Firehose stream whose name "
                "begins with 'aws-waf-logs-'"
            ),
        ),
        (
            {"log_destination_arn": "arn:aws:s3:::aws-waf-logs-ours", "log_retention_days": 30},
            "log_retention_days",
            "cannot be combined with `log_destination_arn`: configure that destination itself",
        ),
        (
            {"acl_metric_name": "ours"},
            "acl_metric_name",
            "requires `acl_arn`: the metric name of the web ACL that is created here is known",
        ),
        ({"max_capacity": 5001}, "max_capacity", "expected a whole number from 1 to 5,000 capacity units, got 5001"),
        (
            {"sql_injection": False, "sql_injection_sensitivity": "HIGH"},
            "sql_injection_sensitivity",
            "requires `sql_injection`",
        ),
        (
            {"log_retention_days": 31},
            "log_retention_days",
            (
                "expected one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, "
                "1096, 1827, 2192, 2557, 2922, 3288, 3653 days, got 31"
            ),
        ),
        (
            {"log_retention_days": 0},
            "log_retention_days",
            (
                "expected one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, "
                "1096, 1827, 2192, 2557, 2922, 3288, 3653 days, got 0"
            ),
        ),
        (
            {"kms_key_arn": "alias/logs"},
            "kms_key_arn",
            "'alias/logs' is not the ARN of a KMS key, such as arn:aws:kms:<region>:<account>:key/<id>",
        ),
        ({"stage_arn": STAGE}, "stage_arn", "unknown field; did you mean 'acl_arn'?"),
    ],
)
def test_mistakes_are_refused(args, path, message):
    _, problems = parse(args)

    assert [each.path for each in problems.found] == [path]
    assert problems.found[0].message.startswith(message)


def test_more_ranges_than_an_ip_set_holds(monkeypatch):
    monkeypatch.setattr("secure_gateway.layers.waf.rule_specs.IP_SET_RANGES", 2)
    two = ["203.0.113.1", "203.0.113.2"]

    assert parse({"block_cidrs": [*two, "2001:db8::1"]})[1].found == []
    (problem,) = parse({"block_cidrs": [*two, "203.0.113.3"]})[1].found
    assert str(problem).startswith("block_cidrs: has 3 ipv4 ranges; AWS accepts at most 2")


def test_values_that_become_known_later_are_taken():
    later = pulumi.Output.from_input("later")

    assert spec({"acl_arn": later}).acl_arn is later
    assert spec({"kms_key_arn": later}).kms_key_arn is later


def test_paths_are_spelt_as_the_caller_wrote_them():
    with camel_case_paths():
        _, problems = parse({"allow_cidrs": [], "rate_limit": {"window_seconds": 61}})

    assert {each.path for each in problems.found} == {"allowCidrs", "rateLimit.windowSeconds"}


@pytest.mark.parametrize(
    ("args", "paths"),
    [
        pytest.param({"stage_arn": "live"}, {"stage_arn"}, id="no-arn"),
        pytest.param({"stage_arn": STAGE.replace("restapis", "apis")}, {"stage_arn"}, id="http-api"),
        pytest.param({"waived": "internal"}, {"waived"}, id="nothing-to-make"),
        pytest.param(
            {"stage_arn": 7, "count": ["x"], "allow_cidrs": []}, {"stage_arn", "count[0]", "allow_cidrs"}, id="all"
        ),
    ],
)
def test_nothing_is_registered_when_something_is_wrong(args, paths):
    refused = []

    def program():
        with pytest.raises(ArgsError) as error:
            Waf("orders", args)
        refused.append({each.path for each in error.value.problems})

    assert deploy(program).resources == []
    assert refused == [paths]


@pytest.mark.parametrize(
    ("args", "path", "message"),
    [
        ({"rate_limit": {"requests": 10_001}}, "rate_limit.requests", "allows 10,001 requests in five minutes"),
        (
            {"rate_limit": {"requests": 5_000, "window_seconds": 60}},
            "rate_limit.requests",
            "allows 25,000 requests in five minutes, more than 10,000",
        ),
        ({"managed_groups": [INPUTS]}, "managed_groups", f"lacks {COMMON}, which block current attacks"),
        ({"log_retention_days": 60}, "log_retention_days", "is less than the 90 days"),
    ],
)
def test_what_the_policy_pack_reports_takes_a_reason(args, path, message):
    (problem,) = parse_problems(args)
    assert problem.path == path
    assert message in problem.message
    assert f'add {{"{path}": "<the reason>"}} to `exceptions`' in problem.message

    reason = {"exceptions": {path: "a load test"}}
    assert f"exception for {path}: a load test" in spec({**args, **reason}).posture()


def test_a_reason_that_nothing_needs_is_refused():
    (problem,) = parse_problems({"exceptions": {"log_retention_days": "a habit"}})
    assert problem.path == "exceptions.log_retention_days"
    assert "no reason is needed" in problem.message
