"""One line of JSON for each decision: a log record that also holds metrics in CloudWatch's embedded metric format.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import json
import sys

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
_quoted = json.encoder.encode_basestring_ascii
_LONGEST = 256
"""Characters of a route or request id that are logged."""


def line(name: str, decision: Decision, *, at: float, seconds: float) -> str:
    """The line. It names the reason and the caller that was let in, and never holds a credential.

    `at` is the Unix time of the request, `seconds` how long the decision took.
    """
    allowed = 1 if decision.allowed else 0
    identity = decision.identity
    return (
        f'{{"_aws":{{"Timestamp":{int(at * 1_000)},"CloudWatchMetrics":{_METRICS}}},"Authorizer":{_quoted(name)},'
        f'"Reason":"{decision.reason}","Allowed":{allowed},"Denied":{1 - allowed},"Latency":{seconds * 1_000:.3f},'
        f'"status":{decision.status},"route":{_quoted(decision.route[:_LONGEST])},'
        f'"requestId":{_quoted(decision.request_id[:_LONGEST])},'
        f'"principal":{_quoted(identity.principal)},"tenant":{_quoted(identity.tenant)}}}\n'
    )


def write(name: str, decision: Decision, *, at: float, seconds: float) -> None:
    """Write the line to standard output, from where Lambda sends it to CloudWatch Logs."""
    sys.stdout.write(line(name, decision, at=at, seconds=seconds))
    sys.stdout.flush()
