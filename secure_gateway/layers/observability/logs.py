"""Access and execution logs, and the key that encrypts them."""

import json
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws import cloudwatch, kms

from .args import ObservabilitySpec

# Only variables that AWS documents for REST access logs. What a client sends as a secret is never among them: the API
# key itself, tokens, certificates, whole claims. `extendedRequestId` stands beside `requestId` since a client can set
# the latter.
_ACCESS_LOG = {
    "requestId": "requestId",
    "extendedRequestId": "extendedRequestId",
    "xrayTraceId": "xrayTraceId",
    "requestTimeEpoch": "requestTimeEpoch",
    "apiId": "apiId",
    "stage": "stage",
    "domainName": "domainName",
    "basePathMatched": "customDomain.basePathMatched",
    "httpMethod": "httpMethod",
    "resourcePath": "resourcePath",
    "path": "path",
    "protocol": "protocol",
    "tlsVersion": "tlsVersion",
    "cipherSuite": "cipherSuite",
    "status": "status",
    "responseLength": "responseLength",
    "responseLatency": "responseLatency",
    "sourceIp": "identity.sourceIp",
    "userAgent": "identity.userAgent",
    "accountId": "identity.accountId",
    "caller": "identity.caller",
    "userArn": "identity.userArn",
    "principalOrgId": "identity.principalOrgId",
    "apiKeyId": "identity.apiKeyId",
    "clientCertSubject": "identity.clientCert.subjectDN",
    "clientCertSerial": "identity.clientCert.serialNumber",
    "principalId": "authorizer.principalId",
    "sub": "authorizer.claims.sub",
    "clientId": "authorizer.claims.client_id",
    "wafStatus": "waf.status",
    "wafError": "waf.error",
    "wafLatency": "waf.latency",
    "wafResponseCode": "wafResponseCode",
    "webaclArn": "webaclArn",
    "authenticateStatus": "authenticate.status",
    "authenticateError": "authenticate.error",
    "authorizeStatus": "authorize.status",
    "authorizeError": "authorize.error",
    "authorizerStatus": "authorizer.status",
    "authorizerError": "authorizer.error",
    "authorizerLatency": "authorizer.latency",
    "authorizerRequestId": "authorizer.requestId",
    "integrationStatus": "integration.status",
    "integrationServiceStatus": "integration.integrationStatus",
    "integrationLatency": "integration.latency",
    "integrationError": "integration.error",
    "integrationRequestId": "integration.requestId",
    "errorMessage": "error.message",
    "errorType": "error.responseType",
    "validationError": "error.validationErrorString",
}


def access_log_format() -> str:
    """The access log's template: one line of JSON, every value quoted, since AWS writes `-` for what is not set."""
    return json.dumps({name: f"$context.{variable}" for name, variable in _ACCESS_LOG.items()}, separators=(",", ":"))


@dataclass(frozen=True)
class Logs:
    """The log groups of a stage that is still to be made."""

    access: cloudwatch.LogGroup
    execution: cloudwatch.LogGroup | None
    """Only if execution logs are on. Its name is fixed by AWS: made by us, it is encrypted and expires; left to the
    service, which makes it with the first log line, it does neither."""

    @property
    def groups(self) -> list[pulumi.Resource]:
        """What must exist before the stage logs anything."""
        return [self.access, *([self.execution] if self.execution else [])]


def log_group_names(api_id: str, stage_name: str) -> tuple[str, str]:
    """Names of the access and execution log groups; neither is generated, since the key's policy names them."""
    return f"/aws/apigateway/{api_id}/{stage_name}/access", f"API-Gateway-Execution-Logs_{api_id}/{stage_name}"


def logs(
    name: str,
    spec: ObservabilitySpec,
    group_names: pulumi.Output[tuple[str, str]],
    key_arn: pulumi.Input[str] | None,
    opts: pulumi.ResourceOptions,
) -> Logs:
    """Make the log groups of a stage."""

    def group(what: str, group_name: pulumi.Output[str]) -> cloudwatch.LogGroup:
        return cloudwatch.LogGroup(
            f"{name}-{what}",
            name=group_name,
            retention_in_days=spec.retention_days,
            kms_key_id=key_arn,
            opts=opts,
        )

    execution = spec.execution_log_level != "OFF"
    return Logs(
        access=group("access", group_names.apply(lambda both: both[0])),
        execution=group("execution", group_names.apply(lambda both: both[1])) if execution else None,
    )


def key(
    name: str,
    spec: ObservabilitySpec,
    group_names: pulumi.Output[tuple[str, str]],
    execution_arn: pulumi.Output[str],
    opts: pulumi.ResourceOptions,
) -> kms.Key:
    """Make the key of the log groups, and of the alarm topic if it is made here too."""
    policy = pulumi.Output.all(execution_arn, group_names).apply(
        lambda both: json.dumps(_key_policy(both[0], both[1], with_topic=spec.makes_topic))
    )
    return kms.Key(
        f"{name}-observability",
        description=f"Logs and alarms of the API gateway {name}",
        enable_key_rotation=True,
        policy=policy,
        opts=opts,
    )


def _key_policy(execution_arn: str, group_names: tuple[str, str], *, with_topic: bool) -> dict[str, Any]:
    _, partition, _, region, account, *_ = execution_arn.split(":")
    groups = [f"arn:{partition}:logs:{region}:{account}:log-group:{each}" for each in group_names]
    statements: list[dict[str, Any]] = [
        {
            "Sid": "AccountAdministers",
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:{partition}:iam::{account}:root"},
            "Action": "kms:*",
            "Resource": "*",
        },
        {
            "Sid": "LogsEncrypt",
            "Effect": "Allow",
            "Principal": {"Service": f"logs.{region}.amazonaws.com"},
            "Action": ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
            "Resource": "*",
            "Condition": {"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": groups}},
        },
    ]
    if with_topic:
        # Without this CloudWatch cannot publish to the topic, and says so nowhere.
        statements.append(
            {
                "Sid": "AlarmsNotify",
                "Effect": "Allow",
                "Principal": {"Service": "cloudwatch.amazonaws.com"},
                "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
                "Resource": "*",
                "Condition": {"StringEquals": {"aws:SourceAccount": account}},
            }
        )
    return {"Version": "2012-10-17", "Statement": statements}
