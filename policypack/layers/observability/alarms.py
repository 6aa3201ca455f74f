"""Alarms go off when something is wrong, and notify someone."""

from collections.abc import Iterator
from dataclasses import replace

from ...model.fact import Fact, every, negate
from ...model.gateway import Gateway
from ...model.observability import Alarm
from ...model.stack import Stack
from ...model.verdict import Severity, Verdict
from ...model.wording import amount
from ..policy import Settings
from .layer import DOCS, OBSERVABILITY

_CLOUDWATCH = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/"
_EXTERNAL_ALARMS = {
    "elsewhere": {
        "type": "boolean",
        "default": False,
        "description": "Whether another stack may declare alarms. A missing alarm is then undecided, not a violation.",
    }
}


@OBSERVABILITY.policy(
    severity=Severity.MEDIUM,
    fix_by_kind={
        "REST": (
            "Add CloudWatch alarms on 5XXError, and on Latency, 4XXError or Count, with the dimensions ApiName (the "
            "API's name) and Stage."
        ),
        "HTTP": ("Add CloudWatch alarms on 5xx, and on Latency, 4xx or Count, with the dimensions ApiId and Stage."),
        "WEBSOCKET": (
            "Add CloudWatch alarms on ExecutionError, and on ClientError or MessageCount, with the dimensions ApiId "
            "and Stage."
        ),
    },
    fix="The metrics are in the namespace AWS/ApiGateway. Their names are case-sensitive.",
    references=("nist-800-53-r5:SI-4", f"{DOCS}api-gateway-metrics-and-dimensions.html"),
    config=_EXTERNAL_ALARMS,
)
def stages_have_alarms(gateway: Gateway, settings: Settings) -> Iterator[Verdict]:
    """Every stage has alarms that go off when something is wrong.

    An alarm on dimensions that API Gateway does not report never goes off, and no error says so.
    """
    for stage in gateway.stages:
        yield stage.verdict(_unless_external(stage.alarms, settings))


@OBSERVABILITY.policy(
    severity=Severity.LOW,
    fix="Add an alarm on AWS/WAFV2 BlockedRequests (Sum), by WebACL (its metric's name), Rule and Region.",
    references=("nist-800-53-r5:SI-4", "https://docs.aws.amazon.com/waf/latest/developerguide/waf-metrics.html"),
    config=_EXTERNAL_ALARMS,
)
def web_acl_blocks_have_alarm(gateway: Gateway, settings: Settings) -> Iterator[Verdict]:
    """An alarm watches how many requests the web ACL blocks.

    A sudden increase means an attack, or a new rule that blocks customers. Both require attention.
    """
    acls = {stage.web_acl.urn: stage.web_acl for stage in gateway.stages if stage.web_acl is not None}
    for acl in acls.values():
        yield acl.verdict(_unless_external(acl.alarmed, settings))


def _unless_external(alarmed: Fact, settings: Settings) -> Fact:
    """UNKNOWN instead of NO, if another stack may declare the alarm."""
    external = alarmed.is_no and settings["elsewhere"]
    return Fact.unknown(f"it {alarmed.reason}, unless another stack declares one") if external else alarmed


@OBSERVABILITY.stack_policy(
    severity=Severity.MEDIUM,
    fix="Copy metric, dimensions and statistic from AWS's table. Names are case-sensitive.",
    references=(
        "nist-800-53-r5:SI-4",
        f"{DOCS}api-gateway-metrics-and-dimensions.html",
        f"{DOCS}http-api-metrics.html",
        "https://docs.aws.amazon.com/waf/latest/developerguide/waf-metrics.html",
    ),
    single_resource=True,
)
def alarms_can_go_off(stack: Stack, _settings: Settings) -> Iterator[Verdict]:
    """Every alarm on API Gateway or AWS WAF can go off.

    CloudWatch accepts an alarm on a metric that is never reported, or not in the alarm's region and account, on an
    expression whose value never changes, or with more errors than the limits of the stage let through. It shows such an
    alarm as healthy, and never warns.
    Expressions that search for metrics are not evaluated.
    """
    gateways = {gateway.urn: gateway for gateway in stack.gateways}
    for alarm in stack.alarms:
        yield alarm.verdict(every(alarm.can_go_off, _within_limits(alarm, gateways.get(alarm.api))))


def _within_limits(alarm: Alarm, gateway: Gateway | None) -> Fact:
    """Whether the limits of its stages let through as many requests as must fail for an alarm to go off."""
    if gateway is None:
        return Fact.YES
    stages = tuple(each for each in gateway.stages if alarm.stage in {"", each.name})
    most = replace(gateway, stages=stages).most_requests(alarm.seconds)
    if most is None or most >= alarm.errors_needed:
        return Fact.YES
    most_requests, period = amount(most, "request"), amount(alarm.seconds, "second")
    return Fact.no(f"never goes off: the stage lets at most {most_requests} through in {period}")


@OBSERVABILITY.stack_policy(
    severity=Severity.MEDIUM,
    fix="Set {alarmActions}, and {actionsEnabled} to true, or name the alarm in a composite alarm that has actions.",
    references=("nist-800-53-r5:IR-4", f"{_CLOUDWATCH}AlarmThatSendsEmail.html"),
)
def alarms_notify(stack: Stack, _settings: Settings) -> Iterator[Verdict]:
    """Every alarm on API Gateway or AWS WAF notifies someone.

    An alarm without actions is only a colour on a page that nobody looks at. The actions of a composite alarm count if
    the alarm makes it go off, and so does an EventBridge rule with a target that matches state changes of the alarm. A
    topic counts if CloudWatch may publish to it and use its key, which is not so of `alias/aws/sns`, and if the filter
    of a subscription selects alarms. A function counts if CloudWatch, or SNS for a subscription, may invoke it. A topic
    without any subscription is undecided, because people may subscribe by hand, unless its policy names principals that
    may subscribe in other stacks. So is what an `AlarmMuteRule` or the suppressor of a composite alarm silences.
    """
    for alarm in stack.alarms:
        yield alarm.verdict(alarm.notifies)
    for topic in stack.alarm_topics:
        yield topic.verdict(topic.delivers)


@OBSERVABILITY.stack_policy(
    severity=Severity.LOW,
    fix="Set {treatMissingData} to notBreaching.",
    references=(f"{_CLOUDWATCH}AlarmThatSendsEmail.html#alarms-and-missing-data",),
)
def alarms_missing_data_not_breaching(stack: Stack, _settings: Settings) -> Iterator[Verdict]:
    """No alarm on errors goes off because there are no requests.

    Without requests there are no metrics. If missing data is breaching, the alarm goes off in every quiet hour, and
    alarms that go off without cause are soon ignored.
    """
    for alarm in stack.alarms:
        yield alarm.verdict(negate(alarm.goes_off_without_requests), no="goes off when there are no requests")
