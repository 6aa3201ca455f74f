"""VPC links, each with a security group of its own unless it is given."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import pulumi
from pulumi_aws import apigatewayv2, ec2, vpc

from ..naming import former_name
from ..spec import GatewaySpec
from ..vpc_links import VpcLinkSpec


@dataclass(frozen=True)
class VpcLinks:
    """The VPC links that were created."""

    ids: Mapping[str, pulumi.Output[str]]
    """By name."""
    security_group_ids: Mapping[str, pulumi.Output[str]]
    """The created security groups, by the name of their VPC link."""
    resources: Sequence[pulumi.Resource]
    """What must exist before a stage takes requests."""

    def outputs(self) -> tuple[pulumi.Output[dict[str, str]], pulumi.Output[dict[str, str]]]:
        """The ids of the VPC links and of the security groups, each by the name of the VPC link."""
        return _by_name(self.ids), _by_name(self.security_group_ids)


def _by_name(ids: Mapping[str, pulumi.Output[str]]) -> pulumi.Output[dict[str, str]]:
    return pulumi.Output.all(**ids) if ids else pulumi.Output.from_input({})


class _Target(NamedTuple):
    """To whom a security group permits connections."""

    resource: str
    former: str
    cidr: str = ""
    security_group: pulumi.Input[str] | None = None


def create_vpc_links(name: str, spec: GatewaySpec, opts: pulumi.ResourceOptions) -> VpcLinks:
    """Create the VPC links of a gateway, with security groups that permit nothing but connections to their targets."""
    ids: dict[str, pulumi.Output[str]] = {}
    groups: dict[str, pulumi.Output[str]] = {}
    resources: list[pulumi.Resource] = []
    for key, vpc_link in sorted(spec.vpc_links.items()):
        prefix = f"{name}-{key}"
        given = list(vpc_link.security_group_ids)
        if not given:
            group, rules = _security_group(prefix, vpc_link, spec.api_name, opts)
            groups[key], given = group.id, [group.id]
            resources += rules
        made = apigatewayv2.VpcLink(prefix, subnet_ids=list(vpc_link.subnet_ids), security_group_ids=given, opts=opts)
        ids[key] = made.id
        resources.append(made)
    return VpcLinks(ids, groups, resources)


# The types are quoted because `ec2`, the largest service module, is imported only on first use.
def _security_group(
    prefix: str, vpc_link: VpcLinkSpec, api: str, opts: pulumi.ResourceOptions
) -> "tuple[ec2.SecurityGroup, list[vpc.SecurityGroupEgressRule]]":
    group = ec2.SecurityGroup(
        prefix, vpc_id=vpc_link.vpc_id, description=f"VPC link of {api} to its load balancers", opts=opts
    )
    rules = [
        vpc.SecurityGroupEgressRule(
            each.resource,
            security_group_id=group.id,
            ip_protocol="tcp",
            from_port=vpc_link.port,
            to_port=vpc_link.port,
            cidr_ipv4=each.cidr if each.cidr and ":" not in each.cidr else None,
            cidr_ipv6=each.cidr if ":" in each.cidr else None,
            referenced_security_group_id=each.security_group,
            opts=pulumi.ResourceOptions.merge(opts, former_name(each.resource, each.former)),
        )
        for each in {target.resource: target for target in _targets(prefix, vpc_link)}.values()
    ]
    return group, rules


def _targets(prefix: str, vpc_link: VpcLinkSpec) -> Iterator[_Target]:
    for cidr in vpc_link.target_cidrs:
        yield _Target(f"{prefix}-{cidr}", f"{prefix}-{cidr}", cidr=cidr)
    for key, group in vpc_link.target_security_groups.items():
        # A group that is known is known by its id, whatever it is called here.
        known = f"{prefix}-{group}" if isinstance(group, str) else f"{prefix}-{key}"
        yield _Target(known, f"{prefix}-{key}", security_group=group)
