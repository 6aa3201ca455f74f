"""One line of JSON for each decision: a log record that also holds metrics in CloudWatch's embedded metric format.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import json
import sys
from collections.abc import Sequence

from .cached import Notice
from .decide import Decision

NAMESPACE = "SecureGateway/Authorizer"

_METRICS = json.dumps(
    [
        {
            "Namespace": NAMESPACE,
            "Dimensions": [["Authorizer"], ["Authorizer", "Reason"]],
            "Metrics": [
                {"Name": "Allowed", "Unit": "Count"},
                {"Name": "Denied", "Unit": "Count"},
                {"Name": "Latency", "Unit": "Milliseconds"},
            ],
        }
    ],
    separators=(",", ":"),
)
_NOTICE_METRICS = json.dumps(
    [
        {
            "Namespace": NAMESPACE,
            "Dimensions": [["Authorizer"]],
            "Metrics": [{"Name": "Stale", "Unit": "Count"}, {"Name": "SourceFailures", "Unit": "Count"}],
        }
    ],
    separators=(",", ":"),
)
"""Further metrics of a decision during which something happened to an issuer or a store."""
_METRICS_WITH_NOTICES = f"{_METRICS[:-1]},{_NOTICE_METRICS[1:]}"
_quoted = json.encoder.encode_basestring_ascii
_LONGEST = 256
"""Characters of a route or request id that are logged."""
_MOST_NOTICES = 20


def line(name: str, decision: Decision, *, at: float, seconds: float) -> str:
    """The line. It names the reason, the caller that was let in, and stale or failing sources, never a credential.

    `at` is the Unix time of the request, `seconds` how long the decision took.
    """
    allowed = 1 if decision.allowed else 0
    identity = decision.identity
    metrics, more = (_METRICS_WITH_NOTICES, _notices(decision.notices)) if decision.notices else (_METRICS, "")
    if decision.detail:
        more = f'{more},"detail":{_quoted(decision.detail)}'
    return (
        f'{{"_aws":{{"Timestamp":{int(at * 1_000)},"CloudWatchMetrics":{metrics}}},"Authorizer":{_quoted(name)},'
        f'"Reason":"{decision.reason}","Allowed":{allowed},"Denied":{1 - allowed},"Latency":{seconds * 1_000:.3f},'
        f'"status":{decision.status},"route":{_quoted(decision.route[:_LONGEST])},'
        f'"requestId":{_quoted(decision.request_id[:_LONGEST])},'
        f'"principal":{_quoted(identity.principal)},"issuer":{_quoted(identity.issuer)},'
        f'"tenant":{_quoted(identity.tenant)}{more}}}\n'
    )


def _notices(notices: Sequence[Notice]) -> str:
    # Both metrics count decisions, however many sources were stale or failed.
    stale = int(any(each.stale for each in notices))
    failed = int(any(not each.stale and not each.remembered for each in notices))
    described = [str(each) for each in notices[:_MOST_NOTICES]]
    return f',"Stale":{stale},"SourceFailures":{failed},"notices":{json.dumps(described)}'


def write(name: str, decision: Decision, *, at: float, seconds: float) -> None:
    """Write the line to standard output, from where Lambda sends it to CloudWatch Logs."""
    sys.stdout.write(line(name, decision, at=at, seconds=seconds))
    sys.stdout.flush()
