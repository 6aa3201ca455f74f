"""The shards as a distributed map of Step Functions over a Lambda function, which also joins them."""

from typing import Any

import pulumi
import pulumi_aws as aws

import common

SECONDS = 900
"""The most that Lambda allows."""
MEMORY = {"shard": 1769, "join": 8192}
"""In MB. From 1,769 a function has a whole vCPU; the one that joins needs the memory for all findings."""


def machine(fleet: common.Fleet, results: aws.s3.Bucket) -> aws.sfn.StateMachine:
    """The state machine that evaluates all shards at once, joins them, and fails if something is violated."""
    role = common.role("task", "lambda.amazonaws.com")
    allowed = common.allow("task", role, common.task_statements(fleet, results))
    functions = {name: _function(name, fleet, results, role, allowed) for name in MEMORY}
    states = {
        "Numbers": {
            "Type": "Pass",
            "Parameters": {"shards.$": f"States.ArrayRange(1, {fleet.shards}, 1)"},
            "Next": "Shards",
        },
        "Shards": {
            "Type": "Map",
            "ItemsPath": "$.shards",
            "ItemSelector": {"shard.$": "$$.Map.Item.Value", "run.$": "$$.Execution.Name"},
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                "StartAt": "Shard",
                "States": {"Shard": {**_task(functions["shard"]), "End": True}},
            },
            "ResultPath": None,
            "Next": "Join",
        },
        "Join": {**_task(functions["join"]), "Parameters": {"run.$": "$$.Execution.Name"}, "Next": "Passed?"},
        "Passed?": {
            "Type": "Choice",
            "Choices": [{"Variable": "$", "NumericEquals": 0, "Next": "Passed"}],
            "Default": "Violated",
        },
        "Passed": {"Type": "Succeed"},
        "Violated": {"Type": "Fail", "Error": "Violated", "Cause": "The report is among the results."},
    }
    runner = common.role("machine", "states.amazonaws.com")
    made = aws.sfn.StateMachine(
        "fleet",
        role_arn=runner.arn,
        definition=pulumi.Output.json_dumps({"StartAt": "Numbers", "States": states}),
    )
    executions = made.arn.apply(lambda arn: f"{arn.replace(':stateMachine:', ':execution:')}*")
    common.allow(
        "machine",
        runner,
        [
            {
                "Effect": "Allow",
                "Action": "lambda:InvokeFunction",
                "Resource": [each.arn for each in functions.values()],
            },
            {"Effect": "Allow", "Action": "states:StartExecution", "Resource": made.arn},
            {"Effect": "Allow", "Action": ["states:DescribeExecution", "states:StopExecution"], "Resource": executions},
        ],
    )
    return made


def _task(function: aws.lambda_.Function) -> dict[str, Any]:
    """A step that invokes the function, and again if it fails."""
    retry = {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 5, "BackoffRate": 2, "MaxAttempts": 3}
    return {"Type": "Task", "Resource": function.arn, "Retry": [retry]}


def _function(
    name: str, fleet: common.Fleet, results: aws.s3.Bucket, role: aws.iam.Role, allowed: aws.iam.RolePolicy
) -> aws.lambda_.Function:
    logs = common.log_group(f"fleet-{name}")
    writes = {
        "Effect": "Allow",
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": logs.arn.apply(lambda arn: f"{arn}:*"),
    }
    logged = common.allow(f"logs-{name}", role, [writes])
    return aws.lambda_.Function(
        f"fleet-{name}",
        package_type="Image",
        image_uri=fleet.image,
        image_config={"entry_points": ["python", "-m", "awslambdaric"], "commands": ["task.handler"]},
        role=role.arn,
        timeout=SECONDS,
        memory_size=MEMORY[name],
        ephemeral_storage={"size": 2048},
        environment={"variables": common.variables(fleet, results)},
        logging_config={"log_format": "Text", "log_group": logs.name},
        opts=pulumi.ResourceOptions(depends_on=[allowed, logged]),
    )
