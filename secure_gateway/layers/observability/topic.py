"""The topic that alarms notify."""

import json
from typing import Any

import pulumi
from pulumi_aws import sns

from .spec import ObservabilitySpec


def topic(
    name: str,
    spec: ObservabilitySpec,
    key_arn: pulumi.Input[str] | None,
    execution_arn: pulumi.Output[str],
    opts: pulumi.ResourceOptions,
) -> sns.Topic:
    """Create the topic, to which only alarms of this account may publish, and only the account itself may subscribe."""
    made = sns.Topic(f"{name}-alarms", kms_master_key_id=key_arn, opts=opts)
    policy = pulumi.Output.all(made.arn, execution_arn).apply(lambda both: json.dumps(_topic_policy(both[0], both[1])))
    sns.TopicPolicy(f"{name}-alarms", arn=made.arn, policy=policy, opts=opts)
    for address in spec.alarm_emails:
        sns.TopicSubscription(f"{name}-alarms-{address}", topic=made.arn, protocol="email", endpoint=address, opts=opts)
    return made


def _topic_policy(topic_arn: str, execution_arn: str) -> dict[str, Any]:
    _, partition, _, _, account, *_ = execution_arn.split(":")
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "AlarmsPublish",
                "Effect": "Allow",
                "Principal": {"Service": "cloudwatch.amazonaws.com"},
                "Action": "sns:Publish",
                "Resource": topic_arn,
                "Condition": {"StringEquals": {"aws:SourceAccount": account}},
            },
            {
                "Sid": "AccountSubscribes",
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:{partition}:iam::{account}:root"},
                "Action": "sns:Subscribe",
                "Resource": topic_arn,
            },
            {
                "Sid": "OnlyEncrypted",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "sns:Publish",
                "Resource": topic_arn,
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            },
        ],
    }
