"""The shards as an array job of AWS Batch on Fargate, and a job that joins them."""

from typing import Any

import pulumi
import pulumi_aws as aws

import common

VCPU, MEMORY = "2", "8192"
"""Of each job; Fargate has 4 to 16 GB for two vCPUs. The job that joins needs the memory for all findings."""


def machine(fleet: common.Fleet, results: aws.s3.Bucket) -> aws.sfn.StateMachine:
    """The state machine that submits the array job, waits for it, and then joins the shards."""
    queue, definition = _queue(), _definition(fleet, results)

    def submit(command: str, **more: Any) -> dict[str, Any]:
        overrides = {
            "Command": [command],
            "Environment": [{"Name": "RUN", "Value.$": "$$.Execution.Name"}],
        }
        parameters = {
            "JobName": f"fleet-{command}",
            "JobQueue": queue.arn,
            "JobDefinition": definition.arn,
            "ContainerOverrides": overrides,
            **more,
        }
        return {"Type": "Task", "Resource": "arn:aws:states:::batch:submitJob.sync", "Parameters": parameters}

    states = {
        "Shards": {**submit("shard", ArrayProperties={"Size": fleet.shards}), "ResultPath": None, "Next": "Join"},
        "Join": {**submit("join"), "End": True},
    }
    runner = common.role("machine", "states.amazonaws.com")
    events = ["events:PutTargets", "events:PutRule", "events:DescribeRule"]
    allowed = common.allow(
        "machine",
        runner,
        [
            {"Effect": "Allow", "Action": "batch:SubmitJob", "Resource": [queue.arn, _every_revision(definition)]},
            # These two accept no resource.
            {"Effect": "Allow", "Action": ["batch:DescribeJobs", "batch:TerminateJob"], "Resource": "*"},
            # How Step Functions waits for a job.
            {
                "Effect": "Allow",
                "Action": events,
                "Resource": "arn:aws:events:*:*:rule/StepFunctionsGetEventsForBatchJobsRule",
            },
        ],
    )
    return aws.sfn.StateMachine(
        "fleet",
        role_arn=runner.arn,
        definition=pulumi.Output.json_dumps({"StartAt": "Shards", "States": states}),
        opts=pulumi.ResourceOptions(depends_on=[allowed]),
    )


def _every_revision(definition: aws.batch.JobDefinition) -> pulumi.Output[str]:
    return definition.arn_prefix.apply(lambda arn: f"{arn}:*")


def _queue() -> aws.batch.JobQueue:
    """A queue on Fargate, in subnets of its own that reach AWS through an internet gateway and let nothing in."""
    vpc = aws.ec2.Vpc("fleet", cidr_block="10.0.0.0/24")
    gateway = aws.ec2.InternetGateway("fleet", vpc_id=vpc.id)
    table = aws.ec2.RouteTable("fleet", vpc_id=vpc.id, routes=[{"cidr_block": "0.0.0.0/0", "gateway_id": gateway.id}])
    subnet = aws.ec2.Subnet("fleet", vpc_id=vpc.id, cidr_block="10.0.0.0/24")
    routed = aws.ec2.RouteTableAssociation("fleet", route_table_id=table.id, subnet_id=subnet.id)
    group = aws.ec2.SecurityGroup(
        "fleet",
        description="HTTPS to AWS",
        vpc_id=vpc.id,
        egress=[{"protocol": "tcp", "from_port": 443, "to_port": 443, "cidr_blocks": ["0.0.0.0/0"]}],
    )
    environment = aws.batch.ComputeEnvironment(
        "fleet",
        type="MANAGED",
        compute_resources={
            "type": "FARGATE_SPOT",  # a job that is interrupted begins again
            "max_vcpus": 256,
            "subnets": [subnet.id],
            "security_group_ids": [group.id],
        },
        opts=pulumi.ResourceOptions(depends_on=[routed]),
    )
    return aws.batch.JobQueue(
        "fleet",
        state="ENABLED",
        priority=1,
        compute_environment_orders=[{"order": 1, "compute_environment": environment.arn}],
    )


def _definition(fleet: common.Fleet, results: aws.s3.Bucket) -> aws.batch.JobDefinition:
    job, starter, logs = (
        common.role("job", "ecs-tasks.amazonaws.com"),
        common.role("start", "ecs-tasks.amazonaws.com"),
        common.log_group("fleet"),
    )
    common.allow("job", job, common.task_statements(fleet, results))
    aws.iam.RolePolicyAttachment(
        "start",
        role=starter.name,
        policy_arn="arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy",
    )
    variables = common.variables(fleet, results)
    container = {
        "image": fleet.image,
        "command": ["shard"],
        "jobRoleArn": job.arn,
        "executionRoleArn": starter.arn,
        "resourceRequirements": [{"type": "VCPU", "value": VCPU}, {"type": "MEMORY", "value": MEMORY}],
        "networkConfiguration": {"assignPublicIp": "ENABLED"},
        "environment": [{"name": name, "value": value} for name, value in variables.items()],
        "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": logs.name}},
    }
    return aws.batch.JobDefinition(
        "fleet",
        type="container",
        platform_capabilities=["FARGATE"],
        container_properties=pulumi.Output.json_dumps(container),
        # A job that Fargate interrupts or cannot start begins again. One that ended does not: 1 is violations.
        retry_strategy={
            "attempts": 3,
            "evaluate_on_exits": [
                {"action": "RETRY", "on_status_reason": "Your Spot Task was interrupted*"},
                {"action": "EXIT", "on_exit_code": "*"},
            ],
        },
        timeout={"attempt_duration_seconds": 3600},
    )
