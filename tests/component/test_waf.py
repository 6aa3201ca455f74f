"""WAF: every rule is in the web ACL, every web ACL logs, and the stage is behind it until it is gone."""

import pulumi
import pytest
from pulumi_aws import apigateway, wafv2

from recorder import UNKNOWN, deploy, value
from secure_gateway.layers.waf import Waf, WafArgs, WafSpec
from secure_gateway.layers.waf.args import CAPACITY
from secure_gateway.layers.waf.catalogue import MANAGED_GROUPS
from secure_gateway.problems import ArgsError, Problems, camel_case_paths
from secure_gateway.reader import Reader

STAGE = "arn:aws:apigateway:eu-west-1::/restapis/a1b2c3/stages/live"
ACL = "arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/ours/11111111-2222-3333-4444-555555555555"
MADE_ACL = ACL.replace("ours", "made")
GROUP = "arn:aws:logs:eu-west-1:123456789012:log-group:aws-waf-logs-orders-dev"
KEY = "arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555"
OUTPUTS = {"WebAcl": {"arn": MADE_ACL}, "LogGroup": {"arn": GROUP}}
COMMON = "AWSManagedRulesCommonRuleSet"
INPUTS = "AWSManagedRulesKnownBadInputsRuleSet"
REPUTATION = "AWSManagedRulesAmazonIpReputationList"


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


def names(recorded) -> list[str]:
    return sorted(f"{each.type.split(':')[-1]} {each.name}" for each in recorded.made)


def rules(args=None) -> dict:
    return {each["name"]: each for each in attach(args).one("WebAcl").inputs["rules"]}


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
    return {"ipSetReferenceStatement": {"arn": f"arn:aws:ip-set:eu-west-1:123456789012:orders-{name}"}}


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
            {"managed_groups": ["AWSManagedRulesSQLiRuleSet"]},
            "AWSManagedRulesSQLiRuleSet",
            managed("AWSManagedRulesSQLiRuleSet", 150),
            id="managed",
        ),
        pytest.param({"count": ["rate-limit"]}, "rate-limit", {**rate_limit(), "action": {"count": {}}}, id="count"),
        pytest.param({"count": [INPUTS]}, INPUTS, managed(INPUTS, 130, override="count"), id="count-managed"),
    ],
)
def test_a_rule(args, name, expected):
    assert rules(args)[name] == expected


@pytest.mark.parametrize(
    ("args", "gone"),
    [
        ({"sql_injection": False}, {"sql-injection"}),
        ({"cross_site_scripting": False}, {"cross-site-scripting"}),
        ({"managed_groups": []}, {COMMON, INPUTS, REPUTATION}),
        ({"managed_groups": [COMMON]}, {INPUTS, REPUTATION}),
        ({"block_cidrs": [], "block_countries": []}, set()),
    ],
)
def test_what_is_off_leaves_the_other_rules_alone(args, gone):
    assert rules(args) == {name: rule for name, rule in rules().items() if name not in gone}


def test_a_web_acl_is_never_empty():
    assert list(rules({"sql_injection": False, "cross_site_scripting": False, "managed_groups": []})) == ["rate-limit"]


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


def test_the_order_of_the_args_changes_nothing():
    turned = {
        **EVERYTHING,
        **{name: EVERYTHING[name][::-1] for name in ("block_cidrs", "allow_cidrs", "managed_groups")},
    }

    made, other = attach(EVERYTHING), attach(turned)

    assert [(each.urn, each.inputs) for each in made.made] == [(each.urn, each.inputs) for each in other.made]


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
        pytest.param({"managed_groups": [], "sql_injection": False, "cross_site_scripting": False}, 2, id="least"),
        pytest.param(EVERYTHING, 2462, id="most"),
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
    request = attach().one("WebAclAssociation").request

    assert request.retainOnDelete is True
    assert request.deleteBeforeReplace is False


def test_everything_else_is_deleted():
    assert {each.type for each in attach(EVERYTHING).made if each.request.retainOnDelete} == {
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
            {"log_retention_days": 30.0, "kms_key_arn": KEY},
            {"name": "aws-waf-logs-orders-dev", "retentionInDays": 30, "kmsKeyId": KEY},
        ),
    ],
)
def test_the_log_group(args, expected):
    assert attach(args).one("LogGroup").inputs == expected


def test_names_that_aws_would_refuse_are_adapted():
    recorded = attach(name="my.orders", stack="dev.eu")

    assert recorded.one("LogGroup").inputs["name"] == "aws-waf-logs-my-orders-dev-eu"
    assert recorded.one("WebAcl").inputs["visibilityConfig"]["metricName"] == "my-orders-dev-eu"


def test_children_belong_to_the_component():
    component, *children = attach(EVERYTHING).made

    assert {each.request.parent for each in children} == {component.urn}


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
    assert association.request.parent == recorded.one("Waf").urn


def test_without_a_stage_nothing_is_associated():
    recorded = deploy(lambda: Waf("orders", {}), outputs=OUTPUTS)

    assert recorded.of("WebAclAssociation") == []


# A web ACL of the caller's


def test_a_given_web_acl_is_only_associated():
    recorded = attach({"acl_arn": ACL})

    assert names(recorded) == ["Waf orders", "WebAclAssociation orders"]
    assert recorded.one("WebAclAssociation").inputs == {"resourceArn": STAGE, "webAclArn": ACL}
    assert recorded.one("WebAclAssociation").request.retainOnDelete is True
    assert recorded.result.resources == []
    assert value(recorded.result.web_acl_arn) == ACL
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
    assert value(waf.log_group_name) == "aws-waf-logs-orders-dev"


def test_a_first_preview_registers_the_same():
    recorded = attach(EVERYTHING, preview=True)

    assert {each.urn for each in recorded.made} == {each.urn for each in attach(EVERYTHING).made}
    assert recorded.one("WebAclAssociation").inputs == {"resourceArn": STAGE, "webAclArn": UNKNOWN}
    assert recorded.one("WebAclLoggingConfiguration").inputs["resourceArn"] == UNKNOWN
    acl = recorded.one("WebAcl").inputs
    assert [each["name"] for each in acl["rules"]] == list(spec(EVERYTHING).rules)


def test_posture_by_default():
    assert spec().posture() == (
        "web ACL: 6 rules, about 1,407 of 5,000 capacity units",
        "rate limit: 1,000 requests in 300 s from one address",
        "SQL injection blocked in path, query, body and cookies",
        "cross-site scripting blocked in path, query, body and cookies",
        "managed rule group AWSManagedRulesAmazonIpReputationList",
        "managed rule group AWSManagedRulesCommonRuleSet",
        "managed rule group AWSManagedRulesKnownBadInputsRuleSet",
        "web ACL log kept 365 days, without authorization, cookie and x-api-key",
    )


@pytest.mark.parametrize(
    ("args", "line"),
    [
        ({"block_cidrs": ["203.0.113.7"]}, "addresses blocked: 203.0.113.7/32"),
        ({"allow_cidrs": ["203.0.113.7"]}, "addresses blocked except 203.0.113.7/32"),
        ({"block_countries": ["KP", "BY"]}, "countries blocked: BY, KP"),
        ({"allow_countries": ["DE"]}, "countries blocked except DE"),
        ({"count": ["rate-limit"]}, "rate limit: 1,000 requests in 300 s from one address (only counted)"),
        ({"acl_arn": ACL}, "web ACL: one of yours, whose rules are not known here"),
    ],
)
def test_posture(args, line):
    assert line in spec(args).posture()


# Refusals


@pytest.mark.parametrize(
    ("args", "path", "given", "allowed"),
    [
        ({"acl_arn": "arn:x"}, "acl_arn", "'arn:x'", "the ARN of a regional web ACL"),
        (
            {"acl_arn": "arn:aws:wafv2:us-east-1:123456789012:global/webacl/cdn/1"},
            "acl_arn",
            "",
            "regional/webacl/<name>/<id>",
        ),
        *(
            ({"acl_arn": ACL, name: given}, name, "a value", "nothing beside acl_arn")
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
            }.items()
        ),
        ({"waived": "internal", "sql_injection": True}, "sql_injection", "True", "nothing beside waived"),
        ({"waived": ""}, "waived", "''", "the reason why the layer is off"),
        ({"rate_limit": {"requests": 9}}, "rate_limit.requests", "9", "from 10 to 2,000,000,000 requests"),
        ({"rate_limit": {"requests": 2_000_000_001}}, "rate_limit.requests", "2000000001", "from 10 to"),
        ({"rate_limit": {"requests": 10.5}}, "rate_limit.requests", "10.5", "a whole number"),
        ({"rate_limit": {"window_seconds": 90}}, "rate_limit.window_seconds", "90", "one of 60, 120, 300, 600"),
        ({"rate_limit": {"window_seconds": 601}}, "rate_limit.window_seconds", "601", "from 60 to 600 seconds"),
        ({"rate_limit": {"limit": 50}}, "rate_limit.limit", "an unknown field", "'requests', 'window_seconds'"),
        ({"rate_limit": 50}, "rate_limit", "50", "an object"),
        ({"sql_injection": "no"}, "sql_injection", "'no'", "true or false"),
        ({"cross_site_scripting": 0}, "cross_site_scripting", "0", "true or false"),
        ({"oversize_handling": "NO_MATCH"}, "oversize_handling", "'NO_MATCH'", "'CONTINUE', 'MATCH'"),
        (
            {"oversize_handling": "MATCH", "sql_injection": False, "cross_site_scripting": False},
            "oversize_handling",
            "'MATCH'",
            "nothing without sql_injection or cross_site_scripting",
        ),
        ({"managed_groups": ["CommonRuleSet"]}, "managed_groups[0]", "'CommonRuleSet'", f"did you mean '{COMMON}'?"),
        ({"managed_groups": ["AWSManagedRulesATPRuleSet"]}, "managed_groups[0]", "", "AWSManagedRules"),
        ({"managed_groups": [COMMON, COMMON]}, "managed_groups[1]", "", "each value once"),
        ({"block_countries": ["UK"]}, "block_countries[0]", "'UK'", "ISO 3166 alpha-2 has it, such as 'DE' or 'GB'"),
        ({"allow_countries": ["de"]}, "allow_countries[0]", "'de'", "did you mean 'DE'?"),
        (
            {"allow_countries": ["DE"], "block_countries": ["KP"]},
            "block_countries",
            "a list",
            "nothing beside allow_countries",
        ),
        ({"allow_countries": []}, "allow_countries", "an empty list", "at least one, or leave it out"),
        ({"allow_cidrs": []}, "allow_cidrs", "an empty list", "at least one, or leave it out"),
        ({"block_cidrs": ["example.com"]}, "block_cidrs[0]", "'example.com'", "an address range such as"),
        ({"block_cidrs": ["203.0.113.7/24"]}, "block_cidrs[0]", "", "did you mean '203.0.113.0/24'?"),
        ({"block_cidrs": ["fe80::1%eth0"]}, "block_cidrs[0]", "", "an address range such as"),
        ({"allow_cidrs": ["0.0.0.0/0"]}, "allow_cidrs[0]", "'0.0.0.0/0'", "AWS takes no /0"),
        ({"allow_cidrs": ["::/0"]}, "allow_cidrs[0]", "'::/0'", "AWS takes no /0"),
        ({"count": ["rate_limit"]}, "count[0]", "'rate_limit'", "did you mean 'rate-limit'?"),
        ({"count": ["sql-injection"], "sql_injection": False}, "count[0]", "'sql-injection'", "'rate-limit'"),
        ({"log_retention_days": 31}, "log_retention_days", "31", "a retention that CloudWatch Logs takes: 1, 3, 5"),
        ({"log_retention_days": 0}, "log_retention_days", "0", "from 1 to 3,653 days"),
        ({"kms_key_arn": "alias/logs"}, "kms_key_arn", "'alias/logs'", "the ARN of a KMS key"),
        ({"stage_arn": STAGE}, "stage_arn", "an unknown field", "'acl_arn'"),
    ],
)
def test_mistakes_are_refused(args, path, given, allowed):
    _, problems = parse(args)

    assert [each.path for each in problems.found] == [path]
    assert problems.found[0].given == given or not given
    assert allowed in problems.found[0].allowed


def test_more_ranges_than_an_ip_set_holds(monkeypatch):
    monkeypatch.setattr("secure_gateway.layers.waf.args._MAX_RANGES", 2)
    two = ["203.0.113.1", "203.0.113.2"]

    assert parse({"block_cidrs": [*two, "2001:db8::1"]})[1].found == []
    (problem,) = parse({"block_cidrs": [*two, "203.0.113.3"]})[1].found
    assert str(problem).startswith("block_cidrs: given 3; allowed: at most 2 ipv4 ranges")


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

    assert deploy(program).made == []
    assert refused == [paths]
