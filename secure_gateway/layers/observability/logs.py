"""Access and execution logs, and the key that encrypts them."""

import json
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws import cloudwatch, kms

from .spec import ObservabilitySpec


@dataclass(frozen=True)
class Logs:
    """The log groups of a stage, which are created before it."""

    access: cloudwatch.LogGroup | None
    """None if the access log goes to a Firehose stream."""
    execution: cloudwatch.LogGroup | None
    """None if execution logs are off. AWS fixes its name, and creates it with the first entry if it does not exist. The
    group that is created here is encrypted and expires; AWS's own is not encrypted and never expires."""

    @property
    def groups(self) -> list[pulumi.Resource]:
        """The log groups, which must exist before the stage logs anything."""
        return [each for each in (self.access, self.execution) if each]


def log_group_names(api_id: str, stage_name: str, log_class: str) -> tuple[str, str]:
    """Names of the access and execution log groups; the provider generates neither, since the key policy names them.

    A group's class is fixed, and the provider keeps it if the class is left out again. So another class is another
    group, with a name of its own.
    """
    access = f"/aws/apigateway/{api_id}/{stage_name}/access{'' if log_class == 'STANDARD' else '-infrequent'}"
    return access, f"API-Gateway-Execution-Logs_{api_id}/{stage_name}"


def logs(
    name: str,
    spec: ObservabilitySpec,
    group_names: pulumi.Output[tuple[str, str]],
    key_arn: pulumi.Input[str] | None,
    opts: pulumi.ResourceOptions,
) -> Logs:
    """Create the log groups of a stage."""

    def group(what: str, group_name: pulumi.Output[str], log_class: str | None = None) -> cloudwatch.LogGroup:
        return cloudwatch.LogGroup(
            f"{name}-{what}",
            name=group_name,
            retention_in_days=spec.retention_days,
            kms_key_id=key_arn,
            log_group_class=log_class,
            # AWS has one group of a name.
            opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(delete_before_replace=True)),
        )

    access = group_names.apply(lambda both: both[0])
    execution = group_names.apply(lambda both: both[1])
    # AWS's default is left out, since an input that is not set cannot drift.
    log_class = None if spec.log_class == "STANDARD" else spec.log_class
    return Logs(
        access=group("access", access, log_class) if spec.firehose_arn is None else None,
        execution=group("execution", execution) if spec.execution_log_level != "OFF" else None,
    )


def key(
    name: str,
    spec: ObservabilitySpec,
    group_names: pulumi.Output[tuple[str, str]],
    execution_arn: pulumi.Output[str],
    opts: pulumi.ResourceOptions,
) -> kms.Key:
    """Create the key of the log groups, and of the alarm topic if that is created here too."""
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
        # Without this CloudWatch cannot publish to the topic, and reports no error.
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
