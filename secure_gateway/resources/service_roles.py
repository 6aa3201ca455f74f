"""Roles that API Gateway assumes to call AWS services."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import iam

from ..spec import GatewaySpec


@dataclass(frozen=True)
class Roles:
    """What API Gateway is while it calls AWS services."""

    arns: Mapping[str, pulumi.Output[str]]
    """By the stem of their stage variables."""
    variables: Mapping[str, pulumi.Input[str]]
    """Stage variables that name the roles."""
    resources: Sequence[pulumi.Resource]
    """What must exist before a stage takes requests."""


_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "apigateway.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}


def create_service_roles(name: str, spec: GatewaySpec, opts: pulumi.ResourceOptions) -> Roles:
    """Make a role for each integration with an AWS service, which may do what that integration does, and no more."""
    arns: dict[str, pulumi.Output[str]] = {}
    variables: dict[str, pulumi.Input[str]] = {}
    policies: list[pulumi.Resource] = []
    for variable, service in sorted(spec.services.items()):
        role = iam.Role(
            f"{name}-{variable}",
            description=f"API Gateway calls one service for {spec.api_name}",
            assume_role_policy=json.dumps(_TRUST),
            opts=opts,
        )
        document = pulumi.Output.all(service.arn, service.kms_key_arn or "").apply(
            lambda both, service=service: json.dumps(
                {"Version": "2012-10-17", "Statement": service.statements(both[0], both[1])}, sort_keys=True
            )
        )
        policies.append(iam.RolePolicy(f"{name}-{variable}", role=role.name, policy=document, opts=opts))
        arns[variable] = role.arn
        variables[f"role_{variable}"] = pulumi.Output.concat("role/", role.name)
    return Roles(arns, variables, policies)
