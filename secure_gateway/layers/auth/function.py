"""The function of a built-in authorizer: its code, its role, its key, its log."""

import json
from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi_aws import cloudwatch, iam, kms, lambda_

from ...authorizer.config import VARIABLE
from .archive import Archive
from .builtin import BuiltinSpec

_HANDLER = "secure_gateway.authorizer.handler.handler"
_NETWORK = (
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
)
_TRACES = ("xray:PutTraceSegments", "xray:PutTelemetryRecords")


def authorizer_function(
    name: str,
    spec: BuiltinSpec,
    routes: Mapping[str, tuple[str, ...]],
    execution_arn: pulumi.Output[str],
    opts: pulumi.ResourceOptions,
) -> lambda_.Function:
    """Create the function, for routes with the scopes that each requires."""
    key_arn = spec.kms_key_arn or _key(name, spec, execution_arn, opts).arn
    log = cloudwatch.LogGroup(
        name,
        name=f"/aws/lambda/{spec.function_name}",
        retention_in_days=spec.retention_days,
        kms_key_id=key_arn,
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(delete_before_replace=True)),
    )
    role = iam.Role(name, assume_role_policy=json.dumps(_ASSUMED_BY_LAMBDA, sort_keys=True), opts=opts)
    allowed = iam.RolePolicy(name, role=role.name, policy=_role_policy(spec, execution_arn, key_arn), opts=opts)
    configuration = pulumi.Output.json_dumps(spec.document(routes), sort_keys=True, separators=(",", ":"))
    bundled = spec.bundled(routes)
    # If the function existed before its role's permissions or its log, it would create a log that never expires.
    after = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[log, allowed]))
    return lambda_.Function(
        name,
        name=spec.function_name,
        description=f"Decides who may call the API ({spec.name})",
        runtime=spec.runtime,
        architectures=[spec.architecture],
        handler=_HANDLER,
        code=configuration.apply(lambda text: _archive(spec, text).code()) if bundled else _archive(spec).code(),
        role=role.arn,
        memory_size=spec.memory_mb,
        timeout=spec.timeout_seconds,
        reserved_concurrent_executions=spec.reserved_concurrency,
        environment=None if bundled else {"variables": {VARIABLE: configuration}},
        kms_key_arn=key_arn,
        tracing_config={"mode": "Active"},
        vpc_config={"subnet_ids": list(spec.vpc.subnet_ids), "security_group_ids": list(spec.vpc.security_group_ids)}
        if spec.vpc
        else None,
        opts=after,
    )


def _archive(spec: BuiltinSpec, config: str = "") -> Archive:
    return Archive(runtime=spec.runtime, architecture=spec.architecture, config=config)


_ASSUMED_BY_LAMBDA = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


def _key(name: str, spec: BuiltinSpec, execution_arn: pulumi.Output[str], opts: pulumi.ResourceOptions) -> kms.Key:
    return kms.Key(
        name,
        description=f"Environment and log of the Lambda authorizer {spec.function_name}",
        enable_key_rotation=True,
        policy=execution_arn.apply(lambda arn: json.dumps(_key_policy(spec, arn), sort_keys=True)),
        opts=opts,
    )


def _key_policy(spec: BuiltinSpec, execution_arn: str) -> dict[str, Any]:
    _, partition, _, region, account, *_ = execution_arn.split(":")
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "AccountAdministers",
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:{partition}:iam::{account}:root"},
                "Action": "kms:*",
                "Resource": "*",
            },
            {
                "Sid": "LogEncrypts",
                "Effect": "Allow",
                "Principal": {"Service": f"logs.{region}.amazonaws.com"},
                "Action": ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
                "Resource": "*",
                "Condition": {"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": _log_arn(spec, execution_arn)}},
            },
        ],
    }


def _log_arn(spec: BuiltinSpec, execution_arn: str) -> str:
    _, partition, _, region, account, *_ = execution_arn.split(":")
    return f"arn:{partition}:logs:{region}:{account}:log-group:/aws/lambda/{spec.function_name}"


def _role_policy(
    spec: BuiltinSpec, execution_arn: pulumi.Output[str], key_arn: pulumi.Input[str]
) -> pulumi.Output[str]:
    """What the function may do: write its log and traces, read its stores, decrypt, and nothing else."""

    def document(known: list[Any]) -> str:
        arn, key, stores, store_keys = known
        statements = [
            _allow(["logs:CreateLogStream", "logs:PutLogEvents"], [f"{_log_arn(spec, arn)}:*"]),
            _allow(_TRACES, ["*"]),
            _allow(["kms:Decrypt"], [key, *store_keys]),
            _allow(["secretsmanager:GetSecretValue"], [each for each in stores if ":secretsmanager:" in each]),
            _allow(["ssm:GetParameter"], [each for each in stores if ":ssm:" in each]),
            _allow(_NETWORK, ["*"] if spec.vpc else []),
        ]
        return json.dumps({"Version": "2012-10-17", "Statement": [each for each in statements if each["Resource"]]})

    both = pulumi.Output.all(execution_arn, key_arn, list(spec.stores), list(spec.store_key_arns))
    return both.apply(document)


def _allow(actions: Any, resources: list[str]) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": sorted(set(resources))}
