"""What both ways have in common: the results, the permissions of a task, and the schedule."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

DAYS = 30
"""How long reports, parts and logs are retained."""
Statement = Mapping[str, Any]


@dataclass(frozen=True)
class Fleet:
    """The configuration."""

    states: str
    """The bucket with the states, and the folder in it if there is one: `my-states/team`."""
    image: str
    """The URI of the container image."""
    shards: int
    """How many shards there are."""
    schedule: str
    """When it runs, as EventBridge Scheduler writes it."""


def results() -> aws.s3.Bucket:
    """The private bucket for what was found. You may put a `policy-config.json` into it."""
    bucket = aws.s3.Bucket("results")
    aws.s3.BucketPublicAccessBlock(
        "results",
        bucket=bucket.id,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
    )
    aws.s3.BucketLifecycleConfiguration(
        "results",
        bucket=bucket.id,
        rules=[
            {
                "id": "expire",
                "status": "Enabled",
                "filter": {"prefix": ""},
                "expiration": {"days": DAYS},
                "abort_incomplete_multipart_upload": {"days_after_initiation": 1},
            }
        ],
    )
    return bucket


def variables(fleet: Fleet, bucket: aws.s3.Bucket) -> dict[str, pulumi.Input[str]]:
    """The environment variables of a task."""
    return {
        "BACKEND": f"s3://{fleet.states}",
        "RESULTS": pulumi.Output.format("s3://{0}", bucket.bucket),
        "SHARDS": str(fleet.shards),
    }


def task_statements(fleet: Fleet, bucket: aws.s3.Bucket) -> list[Any]:
    """What a task may do: read the states, and read and write results."""
    states = f"arn:aws:s3:::{fleet.states}"
    listed = [f"arn:aws:s3:::{fleet.states.partition('/')[0]}", bucket.arn]
    return [
        {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": [f"{states}/.pulumi/*"]},
        {"Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": listed},
        {
            "Effect": "Allow",
            "Action": ["s3:GetObject", "s3:PutObject"],
            "Resource": [bucket.arn.apply(lambda a: f"{a}/*")],
        },
    ]


def role(name: str, service: str) -> aws.iam.Role:
    """A role for an AWS service."""
    trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return aws.iam.Role(name, assume_role_policy=json.dumps({"Version": "2012-10-17", "Statement": [trust]}))


def allow(name: str, to: aws.iam.Role, statements: Sequence[Any]) -> aws.iam.RolePolicy:
    """Give a role permissions."""
    document = pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": list(statements)})
    return aws.iam.RolePolicy(name, role=to.id, policy=document)


def log_group(name: str) -> aws.cloudwatch.LogGroup:
    """Where a task logs its progress."""
    return aws.cloudwatch.LogGroup(name, retention_in_days=DAYS)


def every_night(fleet: Fleet, machine: aws.sfn.StateMachine) -> None:
    """Start the state machine by schedule."""
    starter = role("schedule", "scheduler.amazonaws.com")
    allow("schedule", starter, [{"Effect": "Allow", "Action": "states:StartExecution", "Resource": machine.arn}])
    aws.scheduler.Schedule(
        "fleet",
        schedule_expression=fleet.schedule,
        flexible_time_window={"mode": "OFF"},
        target={"arn": machine.arn, "role_arn": starter.arn},
    )
