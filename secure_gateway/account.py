"""The role with which API Gateway writes logs: one for all REST and WebSocket APIs of an account and region.

It is shared, so by default a gateway does not create it: changing or removing it affects every API of the region.
"""

import json
from dataclasses import dataclass
from typing import TypedDict

import pulumi
from pulumi_aws import apigateway, iam

from .validation.fields import boolean, options, parses
from .validation.outputs import returned
from .validation.problems import Problems
from .validation.reader import Reader

MISSING = "CloudWatch Logs role ARN must be set in account settings to enable logging"
"""AWS's error for a stage with logs in a region whose role was never set."""


class AccountArgs(TypedDict, total=False):
    """The region's API Gateway logging role."""

    ensure: bool
    """Create the role and make it the region's. It replaces the role that is set, for every REST and WebSocket API of
    this account and region, and is retained when the stack is destroyed. Not needed if the account already has one."""


@parses(AccountArgs)
@dataclass(frozen=True, kw_only=True)
class AccountSpec:
    """`AccountArgs`, validated, with defaults filled in."""

    ensure: bool = boolean(default=False)

    @classmethod
    def parse(cls, reader: Reader) -> "AccountSpec":
        """Parse the args: without `ensure`, the role that the region has is used."""
        return cls(**options(cls, reader))

    def posture(self) -> tuple[str, ...]:
        """Which role writes the logs, and how AWS reports that it is missing."""
        if self.ensure:
            return ("logging role of the region: created here, retained on destroy",)
        return (f"logging role of the region: the account's own (if AWS reports {MISSING!r}: account ensure = true)",)


class GatewayAccount(pulumi.ComponentResource):
    """Creates the region's API Gateway logging role and sets it. Use it once per account and region."""

    role_arn: pulumi.Output[str]
    """ARN of the role that API Gateway assumes to write logs; known once the role is set."""

    def __init__(self, name: str, args: AccountArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Create the role and set it. Raises `ArgsError` if `ensure` is not true, since nothing would be created."""
        problems = Problems()
        reader = Reader(args, AccountArgs, "", problems)
        if not AccountSpec.parse(reader).ensure and not problems.found:
            reader.add("ensure", "must be true: otherwise there is nothing to create")
        problems.raise_any(f"GatewayAccount {name!r}")
        super().__init__("secure-gateway:index:GatewayAccount", name, {}, opts)

        # All three are retained: otherwise the region would refer to a deleted role, and resetting the setting (which
        # deleting an Account does since pulumi-aws 7) would end the logs of every other API of the region.
        retained = pulumi.ResourceOptions(parent=self, retain_on_delete=True)
        role = iam.Role(
            name,
            description="API Gateway writes its access and execution logs to CloudWatch Logs",
            assume_role_policy=json.dumps(_TRUST),
            opts=retained,
        )
        attachment = iam.RolePolicyAttachment(
            name,
            role=role.name,
            policy_arn=returned(role, "arn", role.arn, "arn:aws:iam::123456789012:role/logs").apply(
                _push_to_cloudwatch_logs
            ),
            opts=retained,
        )
        # AWS tries to write with the role before it accepts it.
        account = apigateway.Account(
            name,
            cloudwatch_role_arn=role.arn,
            opts=pulumi.ResourceOptions(parent=self, retain_on_delete=True, depends_on=[attachment]),
        )
        self.role_arn = account.cloudwatch_role_arn.apply(lambda arn: arn or "")
        self.register_outputs({"role_arn": self.role_arn})


_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "apigateway.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}


def _push_to_cloudwatch_logs(role_arn: str) -> str:
    """AWS's managed policy for this role, in the role's own partition."""
    partition = role_arn.split(":")[1]
    return f"arn:{partition}:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"
