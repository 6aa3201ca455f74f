"""What a caller may write about the web ACL."""

from typing import Required, TypedDict

import pulumi


class RateLimitArgs(TypedDict, total=False):
    """How often one address may call, whatever it calls."""

    requests: int
    """Requests of one source address in each window above which it is blocked (AWS's `limit`), 10 to 2,000,000,000.
    Defaults to 1,000."""

    window_seconds: int
    """Seconds that are looked back (AWS's `evaluationWindowSec`): 60, 120, 300 or 600. Defaults to 300."""


class RateRuleArgs(TypedDict, total=False):
    """How often who shares certain features may call certain paths, beside the rate limit of each address."""

    requests: Required[int]
    """Requests in each window above which they are blocked (AWS's `limit`), 10 to 2,000,000,000."""

    window_seconds: int
    """Seconds that are looked back (AWS's `evaluationWindowSec`): 60, 120, 300 or 600. Defaults to 300."""

    keys: list[str]
    """What callers are told apart by, at most five: `ip`, `asn`, `method`, `path`, `query-string`, `header:NAME`,
    `cookie:NAME`, `query:NAME`, `label:NAMESPACE:`. AWS does not count a request that lacks one of them. An empty list
    counts all requests to `path_prefixes` together. Defaults to `ip`."""

    path_prefixes: list[str]
    """Only requests to paths that begin so, as the client sends them: `/live/login` at the execute-api endpoint of the
    stage `live`, `/login` under a domain. Defaults to all."""


class ManagedGroupArgs(TypedDict, total=False):
    """Settings of one managed rule group of `managed_groups`."""

    version: str
    """Version of the group, such as `Version_1.20`. AWS lets pinned versions expire. Defaults to the one that AWS has
    as its default, which AWS changes."""

    count: list[str]
    """Names of its rules that only count, beside those that do so by default. Defaults to none."""

    block: list[str]
    """Names of its rules that block although they would only count here by default. Defaults to none."""

    path_prefixes: list[str]
    """Only requests to paths that begin so, as the client sends them. Defaults to all."""


class RuleGroupArgs(TypedDict, total=False):
    """A rule group of yours or of a seller: rules that this layer has no word for."""

    arn: Required[pulumi.Input[str]]
    """ARN of a regional rule group, in the same region."""

    capacity: Required[int]
    """Its capacity in web ACL capacity units, 1 to 5,000, as it was made with."""


class LabelRuleArgs(TypedDict, total=False):
    """Block requests that an earlier rule has labelled. Asked after all managed groups."""

    label: Required[str]
    """A label as a rule puts it, such as `awswaf:managed:aws:core-rule-set:SizeRestrictions_Body`."""

    path_prefixes: list[str]
    """Only requests to paths that begin so, as the client sends them. Defaults to all."""

    except_path_prefixes: list[str]
    """Not requests to paths that begin so. Defaults to none."""


class ForwardedIpArgs(TypedDict, total=False):
    """Callers come through proxies that tell their addresses in a header.

    Rate limits, countries and addresses then hold for the first address in the header. Requests without it, and those
    of other senders, are blocked.
    """

    proxies: Required[list[str]]
    """Address ranges, IPv4 or IPv6, of the proxies: the only senders that are let in, since anybody can write a header.
    Each must replace the header, not add to it."""

    header: str
    """Name of the header. Defaults to `X-Forwarded-For`."""


class ResponseArgs(TypedDict, total=False):
    """What a blocked caller is answered, instead of 403 and the gateway response `WAF_FILTERED`."""

    status: int
    """HTTP status: 400, 401, 403 to 405, 408, 409, 411 to 416, 421, 429, 500 to 505. Defaults to 403."""

    body: str
    """Body, at most 4,096 bytes. Defaults to none."""

    content_type: str
    """What the body is: `APPLICATION_JSON`, `TEXT_PLAIN` or `TEXT_HTML`. Defaults to `APPLICATION_JSON`."""

    headers: dict[str, pulumi.Input[str]]
    """Headers by name, such as `Retry-After`; not `Content-Type`. Those of CORS are not added. Defaults to none."""


class WafArgs(TypedDict, total=False):
    """Which requests may reach the API. What a rule matches is blocked with 403, all else passes on."""

    waived: str
    """The reason why there is no web ACL."""

    acl_arn: pulumi.Input[str]
    """ARN of a regional web ACL of yours, in the same region and account, with rules and logs of its own; beside it
    only `acl_metric_name`. Defaults to a web ACL made here."""

    acl_metric_name: str
    """Name under which the web ACL of `acl_arn` reports to CloudWatch (`visibilityConfig.metricName`), for alarm and
    dashboard. Defaults to none: then neither shows it."""

    rate_limit: RateLimitArgs
    """How often one address may call. Defaults to 1,000 requests in 300 seconds."""

    rate_limits: dict[str, RateRuleArgs]
    """Further rate limits, at most nine, by a name of yours (letters, digits, `-` and `_`); the rule is called
    `rate-limit-<name>`. Defaults to none."""

    sql_injection: bool
    """Block what looks like SQL in path, query arguments, body or cookies. Defaults to true."""

    sql_injection_sensitivity: str
    """AWS's `sensitivityLevel`: `LOW`, or `HIGH`, which finds more and is wrong more often. Defaults to `LOW`."""

    cross_site_scripting: bool
    """Block what looks like a script in path, query arguments, body or cookies. Defaults to true."""

    oversize_handling: str
    """What the two rules above do with a body longer than AWS inspects: `CONTINUE` inspects its beginning, `MATCH`
    blocks it. Defaults to `CONTINUE`."""

    body_inspection_kb: int
    """How much of a body AWS inspects, in KB (AWS's `defaultSizeInspectionLimit`): 16, 32, 48 or 64; above 16 AWS
    charges more. Defaults to 16."""

    managed_groups: list[str]
    """Names of AWS's managed rule groups. Defaults to AWSManagedRulesCommonRuleSet,
    AWSManagedRulesKnownBadInputsRuleSet and AWSManagedRulesAmazonIpReputationList."""

    managed_group_settings: dict[str, ManagedGroupArgs]
    """Settings of managed groups that are on, by the group's name. Defaults to none."""

    rule_groups: dict[str, RuleGroupArgs]
    """Rule groups of yours, by a name of yours; the rule is called `group-<name>`. Defaults to none."""

    label_rules: dict[str, LabelRuleArgs]
    """Rules on labels, by a name of yours; the rule is called `label-<name>`. Defaults to none."""

    block_countries: list[str]
    """Countries whose addresses are blocked, ISO 3166 alpha-2 in upper case. Defaults to none."""

    allow_countries: list[str]
    """The only countries whose addresses may call; not together with `block_countries`. Defaults to all."""

    block_cidrs: list[str]
    """Address ranges, IPv4 or IPv6, that are blocked. Defaults to none."""

    allow_cidrs: list[str]
    """The only address ranges, IPv4 or IPv6, that may call; the other rules hold for them too. Defaults to all."""

    forwarded_ip: ForwardedIpArgs
    """Where the callers' addresses stand if all of them come through proxies. Defaults to the sender's address."""

    count: list[str]
    """Names of rules that only count what they would block, to try them out. Defaults to none."""

    count_all: str
    """The reason why every rule only counts, so that the web ACL blocks nothing. Defaults to blocking."""

    responses: dict[str, ResponseArgs]
    """What a caller is answered that a rule blocks, by the rule's name; a group's rules have answers of their own.
    Defaults to 403."""

    secret_headers: list[str]
    """Headers whose values are neither logged nor sampled, in lower case, beside `authorization`, `cookie` and
    `x-api-key`. Defaults to none."""

    secret_query_arguments: list[str]
    """Query arguments whose values are neither logged nor sampled, in lower case. Defaults to none."""

    sampled_requests: bool
    """Keep a sample of requests in AWS WAF for three hours, with their query strings. Defaults to false."""

    log_requests: str
    """Which requests are logged: `ALL`, or `MATCHED` by a rule that blocks or counts. Defaults to `ALL`."""

    log_destination_arn: pulumi.Input[str]
    """ARN of an S3 bucket or a Firehose stream of yours for the log, in the same region; AWS demands that its name
    begins with `aws-waf-logs-`. Defaults to a CloudWatch log group made here."""

    log_retention_days: int
    """Days that the web ACL's log is kept, one of those that CloudWatch Logs takes (1 to 3,653). Defaults to 365."""

    kms_key_arn: pulumi.Input[str]
    """ARN of a symmetric KMS key of yours for the log, in the same region. Its policy must admit
    `logs.<region>.amazonaws.com`. Defaults to a key that AWS owns."""

    max_capacity: int
    """Web ACL capacity units that the rules may take, at most 5,000. AWS charges more above 1,500. Defaults to
    5,000."""


class WafLayerArgs(WafArgs, total=False):
    """`WafArgs`, and the stages that are protected."""

    stage_arn: pulumi.Input[str]
    """ARN of the stage of a REST API. Defaults to none: `protect` puts the web ACL before a stage later."""

    stage_arns: dict[str, pulumi.Input[str]]
    """ARNs of several stages that share the web ACL, by a name of yours. Defaults to none."""
