"""Queries on the access log, one for each layer: who was denied, by what, and how often."""

import re

import pulumi
from pulumi_aws import cloudwatch

_MOST = "| sort requests desc | limit 20"

QUERIES = {
    "auth": (
        "who is refused by authorizers",
        (
            'filter status in ["401", "403"] and wafResponseCode != "WAF_BLOCK" '
            f"| stats count(*) as requests by errorType, authorizerError, sourceIp {_MOST}"
        ),
    ),
    "keys": (
        "who is throttled or has no key",
        (
            'filter status = "429" or errorType = "INVALID_API_KEY" '
            f"| stats count(*) as requests by errorType, apiKeyId, httpMethod, resourcePath {_MOST}"
        ),
    ),
    "network": (
        "who is denied by policy",
        (
            'filter errorType = "ACCESS_DENIED" and wafResponseCode != "WAF_BLOCK" '
            f"| stats count(*) as requests by sourceIp, userArn, domainName {_MOST}"
        ),
    ),
    "waf": (
        "who is blocked by the web ACL",
        'filter wafResponseCode = "WAF_BLOCK" | stats count(*) as requests by sourceIp, httpMethod, path ' + _MOST,
    ),
    "observability": (
        "what failed",
        (
            "filter status like /^5/ | fields @timestamp, extendedRequestId, httpMethod, resourcePath, status, "
            "integrationStatus, integrationLatency, errorType, errorMessage, integrationError "
            "| sort @timestamp desc | limit 50"
        ),
    ),
    "tls": (
        "how callers connect",
        f"stats count(*) as requests by tlsVersion, cipherSuite, domainName, clientCertSubject {_MOST}",
    ),
}
"""By layer: a title, and the query in the query language of CloudWatch Logs Insights."""


def saved_queries(
    name: str,
    stage_name: pulumi.Input[str],
    group_name: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> list[cloudwatch.QueryDefinition]:
    """Save the queries in a folder of the stage."""
    folder = re.sub(r"[:*/]", "-", f"{name}-{pulumi.get_stack()}")
    return [
        cloudwatch.QueryDefinition(
            f"{name}-{layer}",
            name=pulumi.Output.concat(folder, "/", stage_name, "/", layer, " - ", title),
            query_string=query,
            log_group_names=[group_name],
            opts=opts,
        )
        for layer, (title, query) in QUERIES.items()
    ]
