"""Logs are retained and encrypted."""

from collections.abc import Iterator

from ...model.fact import Fact
from ...model.gateway import Gateway
from ...model.verdict import Severity, Verdict
from ..policy import Settings
from .layer import OBSERVABILITY


@OBSERVABILITY.policy(
    severity=Severity.MEDIUM,
    fix="Set the log group's {retentionInDays}.",
    references=(
        "nist-800-53-r5:AU-11",
        "pci-dss-4.0:10.5.1",
        "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html",
    ),
    config={
        "days": {
            "type": "number",
            "default": 90,
            "description": (
                "The minimum retention in days. PCI DSS requires 90 to be immediately available; FSBP checks for 365."
            ),
        },
        "must_expire": {
            "type": "boolean",
            "default": False,
            "description": "Whether logs that never expire are a violation, as data protection rules may require.",
        },
    },
)
def log_retention_sufficient(gateway: Gateway, settings: Settings) -> Iterator[Verdict]:
    """Logs are retained long enough to investigate an incident.

    Intruders are often discovered weeks after they came in. Without a retention setting, logs in CloudWatch never
    expire.
    """
    waf = [stage.web_acl.log.log_group for stage in gateway.stages if stage.web_acl and stage.web_acl.log.log_group]
    groups = {each.urn: each for stage in gateway.stages for each in (*stage.log_groups, *waf)}
    for group in groups.values():
        yield group.verdict(_retention_sufficient(group.retention_days, settings))


def _retention_sufficient(days: float | None, settings: Settings) -> Fact:
    if days is None:
        return Fact.unknown("its retention is known only after deployment")
    if days == float("inf"):
        return Fact.of(not settings["must_expire"], no="retains logs indefinitely")
    short = days < settings["days"]
    return Fact.of(not short, no=f"retains logs for {days:g} {'day' if days == 1 else 'days'}")


@OBSERVABILITY.policy(
    severity=Severity.LOW,
    fix="Set the log group's {kmsKeyId} to a key whose policy allows CloudWatch Logs to use it.",
    references=(
        "nist-800-53-r5:SC-28",
        "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html",
    ),
)
def logs_encrypted(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """The logs of a stage are encrypted with a KMS key of the account.

    CloudWatch Logs encrypts them in any case. With your own key, reading them requires a second permission, which can
    be revoked.
    """
    groups = {each.urn: each for stage in gateway.stages for each in stage.log_groups}
    for group in groups.values():
        yield group.verdict(group.encrypted)
