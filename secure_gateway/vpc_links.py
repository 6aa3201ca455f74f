"""VPC links that are created for integrations, through which a gateway reaches load balancers inside a VPC.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-vpc-links-v2.html
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Required, TypedDict

import pulumi

from .validation.cidrs import cidrs
from .validation.fields import custom, leaf, leaf_map, leaves, options, parses, whole_number
from .validation.problems import alternatives, join, spell
from .validation.reader import Reader

_HTTPS = 443


class VpcLinkArgs(TypedDict, total=False):
    """A VPC link (version 2) that is created: a connection to the Application and Network Load Balancers of a VPC."""

    subnet_ids: Required[Sequence[pulumi.Input[str]]]
    """Ids of the subnets in which the VPC link has network interfaces, one for each availability zone. A change
    replaces the VPC link."""

    security_group_ids: Sequence[pulumi.Input[str]]
    """Ids of your own security groups, which must permit connections to the load balancers. A change replaces the VPC
    link. Defaults to a security group that is created."""

    vpc_id: pulumi.Input[str]
    """Id of the VPC in which the security group is created. Required unless `security_group_ids` is given, which
    excludes it."""

    target_cidrs: list[str]
    """Address ranges of the load balancers to which the created security group permits connections. At least one of
    this option and `target_security_groups` is required with `vpc_id`. Defaults to none."""

    target_security_groups: Mapping[str, pulumi.Input[str]]
    """Ids of security groups, by a name of your choice, to whose members the created security group permits
    connections: those of the load balancers. Defaults to none."""

    port: int
    """Port of the load balancers to which the created security group permits connections."""


@parses(VpcLinkArgs)
@dataclass(frozen=True, kw_only=True)
class VpcLinkSpec:
    """`VpcLinkArgs`, validated, with defaults filled in."""

    subnet_ids: tuple[pulumi.Input[str], ...] = leaves()
    security_group_ids: tuple[pulumi.Input[str], ...] = leaves()
    """Empty if a security group is created."""
    vpc_id: pulumi.Input[str] | None = leaf()
    target_cidrs: tuple[str, ...] = custom((), values="IPv4 and IPv6 ranges, no `/0`", reading=cidrs)
    target_security_groups: Mapping[str, pulumi.Input[str]] = leaf_map()
    port: int = whole_number(_HTTPS, low=1, high=65_535)

    @classmethod
    def parse(cls, reader: Reader) -> "VpcLinkSpec":
        """Parse a VPC link; one that could reach nothing is rejected."""
        spec = cls(**options(cls, reader))
        for name in ("subnet_ids", "security_group_ids"):
            if reader.has(name) and reader.is_empty(name):
                reader.add(name, f"must list at least one {'subnet' if name == 'subnet_ids' else 'security group'}")
        targets = ("target_cidrs", "target_security_groups")
        if reader.has("security_group_ids"):
            for name in reader.given("vpc_id", *targets, "port"):
                reader.conflict(name, reader.at("security_group_ids"), "no security group is created")
            return spec
        if not reader.has("vpc_id"):
            message = f"required unless `{spell('security_group_ids')}` is given: a security group is created there"
            reader.add("vpc_id", message)
        if not reader.given(*targets):
            message = f"requires {alternatives(targets)}: otherwise the security group permits no connection"
            reader.problems.add(reader.path, message)
        return spec

    def accepts(self, url: pulumi.Input[str] | None) -> bool:
        """Whether the security group permits connections to the port of a backend's URL, as far as that is known."""
        if self.security_group_ids or not isinstance(url, str):
            return True
        found = re.match(r"https://[^/:]+:(\d+)", url)
        return (int(found[1]) if found else _HTTPS) == self.port


def read_vpc_links(reader: Reader) -> dict[str, VpcLinkSpec]:
    """The VPC links by their names, which name stage variables."""
    found = {name: VpcLinkSpec.parse(child) for name, child in reader.child_map("vpc_links", VpcLinkArgs).items()}
    for name in found:
        if not re.fullmatch(r"[A-Za-z0-9_]{1,64}", name):
            path = join(spell("vpc_links"), name)
            reader.problems.reject(path, name, "is not a name of at most 64 letters, digits and underscores")
    return found
