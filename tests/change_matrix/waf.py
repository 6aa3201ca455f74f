"""The options of the layer `waf`."""

from change_matrix import ABSENT, PRESENT, Containing, Group, Option
from change_matrix.bases import CORE, INPUTS, PLAIN, REASON, STAGE, WATCHED, arn

ACL = "waf/acls/shop"
RULES = f"{ACL}/Rules"
RATE = f"{RULES}/rate-limit/Statement/RateBasedStatement"
LOGIN = f"{RULES}/rate-limit-login/Statement/RateBasedStatement"
KEYS = f"{LOGIN}/CustomKeys"
REDACTED = f"{ACL}/log/RedactedFields/*/SingleHeader/Name"
PROTECTED = f"{ACL}/DataProtectionConfig/DataProtections/*/Field/FieldKeys/*"
MANAGED = f"{RULES}/{CORE}/Statement/ManagedRuleGroupStatement"
SETTINGS = f"waf.managed_group_settings.{CORE}"
LABEL = "awswaf:managed:aws:core-rule-set:SizeRestrictions_Body"
OTHER_LABEL = "awswaf:managed:aws:known-bad-inputs:Log4JRCE_Body"
STREAM = arn("firehose", "deliverystream/aws-waf-logs-central")
HEADERS = ["authorization", "cookie", "x-amz-security-token", "x-api-key"]
QUERY = ["x-amz-credential", "x-amz-security-token", "x-amz-signature"]
BLOCKED = f"{RULES}/rate-limit/Action/Block/CustomResponse"
BODY = f"{ACL}/CustomResponseBodies/rate-limit"


def rule_group(name: str) -> str:
    return arn("wafv2", f"regional/rulegroup/{name}/11111111-2222-3333-4444-555555555555")


GROUPS = [
    Group(
        "waf",
        {**PLAIN, "waf": {}},
        [
            Option("waf.rate_limit.requests", 1000, 500, f"{RATE}/Limit"),
            Option("waf.rate_limit.window_seconds", 300, 600, f"{RATE}/EvaluationWindowSec"),
            Option("waf.rate_limits.login.requests", 20, 30, f"{LOGIN}/Limit"),
            Option("waf.rate_limits.login.window_seconds", 60, 120, f"{LOGIN}/EvaluationWindowSec"),
            Option(
                "waf.rate_limits.login.keys",
                ["ip", "header:x-tenant"],
                ["ip", "header:x-client"],
                f"{KEYS}/*/Header/Name",
                ("x-tenant", "x-client"),
            ),
            Option(
                "waf.rate_limits.login.path_prefixes",
                ["/login"],
                ["/sign-in"],
                f"{LOGIN}/*/SearchString",
                (Containing("/login"), Containing("/sign-in")),
            ),
            Option("waf.cross_site_scripting", True, False, f"{RULES}/cross-*/Name", ("cross-site-scripting", ABSENT)),
            Option("waf.sql_injection_sensitivity", "LOW", "HIGH", f"{RULES}/sql-injection/*/SensitivityLevel"),
            Option(
                "waf.oversize_handling",
                "CONTINUE",
                "MATCH",
                f"{RULES}/sql-injection/*/JsonBody/OversizeHandling",
            ),
            Option(
                "waf.body_inspection_kb",
                16,
                64,
                f"{ACL}/AssociationConfig/RequestBody/API_GATEWAY/DefaultSizeInspectionLimit",
                (ABSENT, "KB_64"),
            ),
            Option(
                "waf.managed_groups",
                [CORE, INPUTS],
                [CORE, INPUTS, "AWSManagedRulesLinuxRuleSet"],
                f"{RULES}/AWSManagedRulesLinuxRuleSet/Priority",
                (ABSENT, PRESENT),
            ),
            Option(f"{SETTINGS}.version", ABSENT, "Version_1.20", f"{MANAGED}/Version"),
            Option(
                f"{SETTINGS}.count",
                ABSENT,
                ["NoUserAgent_HEADER", "GenericLFI_BODY"],
                f"{MANAGED}/RuleActionOverrides/GenericLFI_BODY/ActionToUse/*",
                (ABSENT, {}),
            ),
            Option(
                f"{SETTINGS}.block",
                ABSENT,
                ["SizeRestrictions_BODY"],
                f"{MANAGED}/RuleActionOverrides/SizeRestrictions_BODY/ActionToUse/*",
                ({}, ABSENT),
            ),
            Option(
                f"{SETTINGS}.path_prefixes",
                ABSENT,
                ["/live"],
                f"{MANAGED}/ScopeDownStatement/*/SearchString",
                (ABSENT, Containing("/live")),
            ),
            Option(
                "waf.rule_groups.own.arn",
                rule_group("one"),
                rule_group("two"),
                f"{RULES}/group-own/Statement/RuleGroupReferenceStatement/ARN",
            ),
            Option("waf.label_rules.big.label", LABEL, OTHER_LABEL, f"{RULES}/label-big/*/LabelMatchStatement/Key"),
            Option(
                "waf.label_rules.big.path_prefixes",
                ["/upload"],
                ["/import"],
                f"{RULES}/label-big/Statement/AndStatement/Statements/*/ByteMatchStatement/SearchString",
                (Containing("/upload"), Containing("/import")),
            ),
            Option(
                "waf.label_rules.small.except_path_prefixes",
                ["/upload"],
                ["/import"],
                f"{RULES}/label-small/*/NotStatement/*/SearchString",
                (Containing("/upload"), Containing("/import")),
            ),
            Option(
                "waf.block_countries",
                ["KP"],
                ["KP", "RU"],
                f"{RULES}/blocked-countries/*/CountryCodes/*",
                (["KP"], ["KP", "RU"]),
            ),
            Option("waf.secret_headers", ["x-one"], ["x-two"], REDACTED, ([*HEADERS, "x-one"], [*HEADERS, "x-two"])),
            Option(
                "waf.secret_query_arguments",
                ["one"],
                ["two"],
                PROTECTED,
                ([*HEADERS, *QUERY, "x-one", "one"], [*HEADERS, *QUERY, "x-two", "two"]),
            ),
            Option("waf.sampled_requests", False, True, f"{RULES}/*/VisibilityConfig/SampledRequestsEnabled"),
            Option("waf.log_requests", "ALL", "MATCHED", f"{ACL}/log/LoggingFilter/DefaultBehavior", (ABSENT, "DROP")),
            Option("waf.log_retention_days", 365, 731, "logs/groups/aws-waf-logs-*/retentionInDays"),
            Option("waf.kms_key_arn", ABSENT, arn("kms", "key/one"), "logs/groups/aws-waf-logs-*/kmsKeyId"),
            Option("waf.responses.rate-limit.status", 429, 503, f"{BLOCKED}/ResponseCode"),
            Option("waf.responses.rate-limit.body", "Slow down", "Too many requests", f"{BODY}/Content"),
            Option("waf.responses.rate-limit.content_type", "TEXT_PLAIN", "TEXT_HTML", f"{BODY}/ContentType"),
            Option(
                "waf.responses.rate-limit.headers",
                {"Retry-After": "60"},
                {"Retry-After": "90"},
                f"{BLOCKED}/ResponseHeaders/Retry-After/Value",
                ("60", "90"),
            ),
        ],
        with_a={"waf.rule_groups.own.capacity": 10, "waf.label_rules.small.label": LABEL},
        with_b={
            "waf.rule_groups.own.capacity": 10,
            "waf.label_rules.small.label": LABEL,
            "waf.exceptions": {
                f"managed_group_settings.{CORE}.count": REASON,
                f"managed_group_settings.{CORE}.path_prefixes": REASON,
            },
        },
    ),
    Group(
        "waf-addresses",
        {**PLAIN, "waf": {}},
        [
            Option(
                "waf.block_cidrs",
                ["192.0.2.0/24"],
                ["192.0.2.0/25"],
                "waf/sets/shop-blocked-*4/Addresses/*",
                (["192.0.2.0/24"], ["192.0.2.0/25"]),
            ),
            Option(
                "waf.allow_cidrs",
                ["203.0.113.0/24"],
                ["203.0.113.0/25"],
                "waf/sets/shop-admitted-*4/Addresses/*",
                (["203.0.113.0/24"], ["203.0.113.0/25"]),
            ),
            Option(
                "waf.forwarded_ip.proxies",
                ["198.51.100.1/32"],
                ["198.51.100.2/32"],
                "waf/sets/shop-prox*/Addresses/*",
                (["198.51.100.1/32"], ["198.51.100.2/32"]),
            ),
            Option("waf.forwarded_ip.header", "X-Real-IP", "X-Client-IP", f"{RATE}/ForwardedIPConfig/HeaderName"),
            Option(
                "waf.allow_countries",
                ["DE"],
                ["DE", "GB"],
                f"{RULES}/other-countries/*/CountryCodes/*",
                (["DE"], ["DE", "GB"]),
            ),
            Option("waf.count", ABSENT, ["sql-injection"], f"{RULES}/sql-injection/Action/Count", (ABSENT, {})),
        ],
        with_b={"waf.exceptions": {"count": REASON}},
    ),
    Group(
        "waf-log",
        {**PLAIN, "waf": {}},
        [
            Option(
                "waf.log_destination_arn",
                ABSENT,
                STREAM,
                f"{ACL}/log/LogDestinationConfigs/*",
                ([arn("logs", "log-group:aws-waf-logs-shop-minimal")], [STREAM]),
            ),
            Option("waf.sql_injection", True, False, f"{RULES}/sql-injection/Name", ("sql-injection", ABSENT)),
            Option("waf.count_all", ABSENT, REASON, f"{RULES}/rate-limit/Action/Count", (ABSENT, {})),
        ],
    ),
    Group(
        "waf-own",
        {**WATCHED},
        [
            Option(
                "waf.acl_arn",
                ABSENT,
                "$acl$",
                f"{STAGE}/webAclArn",
                (Containing("/webacl/shop/"), Containing("/webacl/own/")),
            ),
            Option(
                "waf.acl_metric_name",
                ABSENT,
                "own-metric",
                "alarms/alarms/*waf-blocked/Dimensions/WebACL/Value",
                ("shop-minimal", "own-metric"),
            ),
        ],
    ),
    Group(
        "waf-waived",
        {**PLAIN},
        [Option("waf.waived", ABSENT, REASON, f"{STAGE}/acl", ("shop", ABSENT))],
        with_a={"waf": {}},
        with_b={"waf": {}},
    ),
]
