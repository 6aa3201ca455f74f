"""Arguments of the WAF layer."""

from collections.abc import Mapping, Sequence
from typing import Required, TypedDict

import pulumi

from ...choices import (
    BlockedResponseStatus,
    BlockedResponseType,
    BodyInspectionKb,
    Country,
    LoggedRequests,
    ManagedGroupName,
    OversizeHandling,
    RetentionDays,
    Sensitivity,
    WindowSeconds,
)


class RateLimitArgs(TypedDict, total=False):
    """How many requests each source address may send, to any path."""

    requests: int
    """Requests of one source address in each window above which it is blocked (AWS's `limit`)."""

    window_seconds: WindowSeconds
    """Length of the window (AWS's `evaluationWindowSec`)."""


class RateRuleArgs(TypedDict, total=False):
    """How many requests callers who have certain properties in common may send to certain paths."""

    requests: Required[int]
    """Requests in each window above which they are blocked (AWS's `limit`)."""

    window_seconds: WindowSeconds
    """Length of the window (AWS's `evaluationWindowSec`)."""

    keys: list[str]
    """What distinguishes callers, at most five keys. AWS does not count a request that lacks one of them. An empty list
    counts all requests to `path_prefixes` together."""

    path_prefixes: list[str]
    """Only requests to paths that begin like this, as the client sends them: `/live/login` at the execute-api endpoint
    of the stage `live`, `/login` under a domain. Defaults to all."""


class ManagedGroupArgs(TypedDict, total=False):
    """Settings of one managed rule group of `managed_groups`."""

    version: str
    """Version of the group, such as `Version_1.20`; AWS lets pinned versions expire. Defaults to AWS's default version,
    which AWS changes."""

    count: list[str]
    """Names of its rules that only count, in addition to those that do so by default. Defaults to none."""

    block: list[str]
    """Names of its rules that block although they only count here by default. Defaults to none."""

    path_prefixes: list[str]
    """Only requests to paths that begin like this, as the client sends them. Defaults to all."""


class RuleGroupArgs(TypedDict, total=False):
    """A rule group of your own or of a seller, for anything that this layer has no option for."""

    arn: Required[pulumi.Input[str]]
    """ARN of a regional rule group in the same region."""

    capacity: Required[int]
    """Its capacity in web ACL capacity units, as it was created."""


class LabelRuleArgs(TypedDict, total=False):
    """Blocks requests with a label that an earlier rule has added. Evaluated after all managed groups."""

    label: Required[str]
    """The label, such as `awswaf:managed:aws:core-rule-set:SizeRestrictions_Body`."""

    path_prefixes: list[str]
    """Only requests to paths that begin like this, as the client sends them. Defaults to all."""

    except_path_prefixes: list[str]
    """Not requests to paths that begin like this. Defaults to none."""


class ForwardedIpArgs(TypedDict, total=False):
    """Requests come through proxies that send the caller's address in a header.

    Rate limits, countries and addresses then apply to the first address in the header. Requests without the header, and
    requests of other senders, are blocked.
    """

    proxies: Required[list[str]]
    """Address ranges of the proxies, which are the only senders that are let in, since anybody can write a header: at
    most a `/8` of public IPv4 and a `/16` of public IPv6 addresses together. Each proxy must replace the header instead
    of adding to it."""

    header: str
    """Name of the header."""


class ResponseArgs(TypedDict, total=False):
    """The response to a blocked request, instead of 403 and the gateway response `WAF_FILTERED`."""

    status: BlockedResponseStatus
    """HTTP status."""

    body: str
    """Body, at most 4,096 bytes. Defaults to none."""

    content_type: BlockedResponseType
    """Type of the body."""

    headers: Mapping[str, pulumi.Input[str]]
    """Headers by name, such as `Retry-After`; not `Content-Type`. CORS headers are not added. Defaults to none."""


class WafArgs(TypedDict, total=False):
    """Which requests may reach the API. A request that matches a rule is blocked with 403; all others pass."""

    waived: str
    """The reason why there is no web ACL; excludes all other options. Defaults to none."""

    acl_arn: pulumi.Input[str]
    """ARN of your own regional web ACL in the same region and account, with its own rules and log; excludes all other
    options except `acl_metric_name`. Defaults to a web ACL that is created."""

    acl_metric_name: str
    """Name under which the web ACL of `acl_arn` reports to CloudWatch (`visibilityConfig.metricName`), for alarm and
    dashboard. Defaults to none: then neither shows it."""

    rate_limit: RateLimitArgs
    """How many requests each source address may send."""

    rate_limits: Mapping[str, RateRuleArgs]
    """Further rate limits by a name of your choice (letters, digits, `-` and `_`), at most nine, since AWS's quota is
    ten; the rule is called `rate-limit-<name>`. Defaults to none."""

    sql_injection: bool
    """Block requests that look like SQL injection in path, query arguments, body or cookies."""

    sql_injection_sensitivity: Sensitivity
    """AWS's `sensitivityLevel`; `HIGH` detects more, with more false positives."""

    cross_site_scripting: bool
    """Block requests that look like cross-site scripting in path, query arguments, body or cookies."""

    oversize_handling: OversizeHandling
    """What these two rules do with a body that is longer than AWS inspects: `CONTINUE` inspects its beginning, `MATCH`
    blocks the request."""

    body_inspection_kb: BodyInspectionKb
    """How much of a body AWS inspects (`defaultSizeInspectionLimit`), for every rule of the web ACL; AWS charges more
    above 16 KB."""

    managed_groups: Sequence[ManagedGroupName]
    """Names of AWS's managed rule groups. Defaults to `AWSManagedRulesCommonRuleSet`,
    `AWSManagedRulesKnownBadInputsRuleSet` and `AWSManagedRulesAmazonIpReputationList`."""

    exceptions: Mapping[str, str]
    """Reasons for values that the policy pack reports, by option: `rate_limit.requests` above 10,000 in five minutes,
    `managed_groups` without the common rules or the known bad inputs, `count`, the `count` or `path_prefixes` of a
    group in `managed_group_settings`, `log_retention_days` below 90. Required for such a value, and shown in the
    posture. Defaults to none."""

    managed_group_settings: Mapping[ManagedGroupName, ManagedGroupArgs]
    """Settings of managed groups that are on, by the group's name. Defaults to none."""

    rule_groups: Mapping[str, RuleGroupArgs]
    """Your own rule groups, by a name of your choice; the rule is called `group-<name>`. Defaults to none."""

    label_rules: Mapping[str, LabelRuleArgs]
    """Rules on labels, by a name of your choice; the rule is called `label-<name>`. Defaults to none."""

    block_countries: Sequence[Country]
    """Countries whose addresses are blocked. Defaults to none."""

    allow_countries: Sequence[Country]
    """The only countries whose addresses may call, at least one; excludes `block_countries`. Defaults to all."""

    block_cidrs: list[str]
    """Address ranges that are blocked. Defaults to none."""

    allow_cidrs: list[str]
    """The only address ranges that may call: at least one, and together at most a `/8` of public IPv4 and a `/16` of
    public IPv6 addresses. The other rules apply to them too. Defaults to all."""

    forwarded_ip: ForwardedIpArgs
    """Where the caller's address is if all requests come through proxies. Defaults to the sender's address."""

    count: list[str]
    """Names of rules that only count what they would block, to try them out. Defaults to none."""

    count_all: str
    """The reason why every rule only counts: the web ACL then blocks nothing, and the policy pack reports that.
    Defaults to blocking."""

    responses: Mapping[str, ResponseArgs]
    """The response to a request that a rule blocks, by the rule's name; the rules of a group have their own responses.
    Defaults to 403."""

    secret_headers: list[str]
    """Headers whose values are neither logged nor sampled, in addition to `authorization`, `cookie`, `x-api-key`, and
    those from which the gateway's authorizers read credentials. Defaults to none."""

    secret_query_arguments: list[str]
    """Query arguments whose values are neither logged nor sampled, in addition to those from which the gateway's
    authorizers read credentials. Defaults to none."""

    sampled_requests: bool
    """AWS WAF stores a sample of requests, with their query strings, for three hours."""

    log_requests: LoggedRequests
    """Which requests are logged: `ALL`, or only those `MATCHED` by a rule that blocks or counts."""

    log_destination_arn: pulumi.Input[str]
    """ARN of your own S3 bucket or Firehose stream for the log, in the same region; AWS requires that its name begins
    with `aws-waf-logs-`. Defaults to a CloudWatch log group that is created."""

    log_retention_days: RetentionDays
    """How many days the web ACL's log is stored."""

    kms_key_arn: pulumi.Input[str]
    """ARN of your own symmetric KMS key for the log, in the same region. Its key policy must admit
    `logs.<region>.amazonaws.com`. Defaults to a key that AWS owns."""

    max_capacity: int
    """Maximum capacity units of the rules: more is rejected at preview, and the message names the largest rules. AWS
    charges more above 1,500."""


class WafLayerArgs(WafArgs, total=False):
    """`WafArgs`, and the stages that are protected."""

    stage_arn: pulumi.Input[str]
    """ARN of the stage of a REST API. Defaults to none: `protect` attaches the web ACL to a stage later."""

    stage_arns: Mapping[str, pulumi.Input[str]]
    """ARNs of several stages that share the web ACL, by a name of your choice. Defaults to none."""
