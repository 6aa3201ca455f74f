"""The component: an interface endpoint for a private API, open to its clients and leading to that API alone."""

import json

import pulumi
import pulumi_aws
from pulumi_aws import ec2, vpc

from ...problems import Problems
from ...reader import Reader
from .args import NetworkLayerArgs, NetworkSpec, VpcSpec


class Network(pulumi.ComponentResource):
    """The interface VPC endpoint of a private API; nothing where the endpoints exist or the API is public."""

    vpc_endpoint_ids: pulumi.Output[list[str]]
    """Ids of the interface endpoints, given or made."""

    def __init__(self, name: str, args: NetworkLayerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the layer, or raise `ArgsError` with every mistake before anything is registered."""
        problems = Problems()
        reader = Reader(args, NetworkLayerArgs, "", problems)
        spec = NetworkSpec.parse(reader)
        execution_arn = reader.leaf("execution_arn")
        problems.raise_any(f"Network {name!r}")
        super().__init__("secure-gateway:index:Network", name, {}, opts)
        self._name = name
        self._endpoint = _endpoint(name, spec.private.vpc, self) if spec.private and spec.private.vpc else None
        self.known_endpoint_ids: list[str] | None = _known(spec)
        """The ids, if all are known before deployment."""
        given = list(spec.private.vpc_endpoint_ids) if spec.private else []
        self.vpc_endpoint_ids = pulumi.Output.all(*([self._endpoint.id] if self._endpoint else given))
        if execution_arn is not None:
            self.admit(execution_arn)
        self.register_outputs({"vpc_endpoint_ids": self.vpc_endpoint_ids})

    def admit(self, execution_arn: pulumi.Input[str]) -> None:
        """Let the made endpoint lead to one API only; AWS's default is every API of the region."""
        if self._endpoint is None:
            return
        ec2.VpcEndpointPolicy(
            self._name,
            vpc_endpoint_id=self._endpoint.id,
            policy=pulumi.Output.from_input(execution_arn).apply(_endpoint_policy),
            opts=pulumi.ResourceOptions(parent=self),
        )


def _known(spec: NetworkSpec) -> list[str] | None:
    ids = spec.private.vpc_endpoint_ids if spec.private else ()
    known = [each for each in ids if isinstance(each, str)]
    return known if known and len(known) == len(ids) else None


def _endpoint_policy(execution_arn: str) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "execute-api:Invoke",
        "Resource": f"{execution_arn}/*",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, sort_keys=True)


def _endpoint(name: str, spec: VpcSpec, parent: Network) -> ec2.VpcEndpoint:
    child = pulumi.ResourceOptions(parent=parent)
    group = ec2.SecurityGroup(name, vpc_id=spec.vpc_id, description="Clients of a private API (HTTPS)", opts=child)
    for cidr in spec.client_cidrs:
        vpc.SecurityGroupIngressRule(
            f"{name}-{cidr}",
            security_group_id=group.id,
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
            cidr_ipv4=None if ":" in cidr else cidr,
            cidr_ipv6=cidr if ":" in cidr else None,
            opts=child,
        )
    for key, client in spec.client_security_groups.items():
        vpc.SecurityGroupIngressRule(
            f"{name}-{key}",
            security_group_id=group.id,
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
            referenced_security_group_id=client,
            opts=child,
        )
    return ec2.VpcEndpoint(
        name,
        vpc_id=spec.vpc_id,
        service_name=_service(spec.region, parent),
        vpc_endpoint_type="Interface",
        subnet_ids=list(spec.subnet_ids),
        security_group_ids=[group.id],
        private_dns_enabled=spec.private_dns,
        opts=child,
    )


def _service(region: str, parent: Network) -> pulumi.Input[str]:
    if region:
        return f"com.amazonaws.{region}.execute-api"

    def named(found: str | None) -> str:
        if not found:
            raise ValueError("network.private.vpc.region: given nothing, and the provider names no region")
        return f"com.amazonaws.{found}.execute-api"

    return pulumi_aws.get_region_output(opts=pulumi.InvokeOutputOptions(parent=parent)).region.apply(named)
