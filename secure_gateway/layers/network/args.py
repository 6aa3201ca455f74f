"""Args of the layer, and what was decided from them."""

import ipaddress
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Required, TypedDict

import pulumi

from ...problems import NOTHING, Problems, Shown, join, listing, spell
from ...reader import Check, Reader


class VpcEndpointArgs(TypedDict, total=False):
    """An interface endpoint to make for the API."""

    vpc_id: Required[pulumi.Input[str]]
    """The VPC from which the API is called. For `private_dns` it needs DNS support and DNS hostnames."""

    subnet_ids: Required[list[pulumi.Input[str]]]
    """Subnets to put the endpoint into, one for each availability zone."""

    client_cidrs: list[str]
    """Address ranges, IPv4 or IPv6, that may open a connection to the endpoint (HTTPS)."""

    client_security_groups: dict[str, pulumi.Input[str]]
    """Security groups, by a name of yours, whose members may open a connection to the endpoint (HTTPS)."""

    private_dns: bool
    """Whether the API's usual name leads to the endpoint inside the VPC. Then every *public* API of the region is out
    of reach from there. Defaults to true."""

    region: str
    """Region of the endpoint. Defaults to the provider's."""


class PrivateArgs(TypedDict, total=False):
    """A private API, reached only through interface VPC endpoints: exactly one of the two."""

    vpc_endpoint_ids: list[pulumi.Input[str]]
    """Endpoints for `execute-api` that exist."""

    vpc: VpcEndpointArgs
    """An endpoint to make."""


class NetworkArgs(TypedDict, total=False):
    """From where the API may be called. All restrictions given hold together."""

    allow_cidrs: list[str]
    """Address ranges, IPv4 and IPv6, of the callers; nobody else is let in. It is the address that AWS sees: behind a
    proxy or NAT that is theirs. On a private API it is the caller's address inside the VPC."""

    deny_cidrs: list[str]
    """Address ranges that are never let in, whatever else is allowed. Defaults to none."""

    allow_accounts: list[str]
    """AWS accounts (12 digits) of the callers, the gateway's own included only if it is listed; nobody else is let in.
    Only where every route's auth is `iam`: for other callers AWS knows no account."""

    allow_vpcs: list[pulumi.Input[str]]
    """VPCs from which a private API may be called, through whatever endpoint; beside those of `private`."""

    allow_vpc_endpoints: list[pulumi.Input[str]]
    """Further VPC endpoints through which a private API may be called, such as another account's; beside those of
    `private`."""

    private: PrivateArgs
    """Make the API private. Defaults to a Regional API on the internet."""

    waived: str
    """The reason why the whole internet may call."""


class NetworkLayerArgs(NetworkArgs, total=False):
    """The layer alone: an interface endpoint for private APIs."""

    execution_arn: pulumi.Input[str]
    """Execution ARN of the only API that the made endpoint may reach. Defaults to any, until `admit` is called."""


@dataclass(frozen=True, kw_only=True)
class VpcSpec:
    """`VpcEndpointArgs`, decided."""

    vpc_id: pulumi.Input[str]
    subnet_ids: tuple[pulumi.Input[str], ...]
    client_cidrs: tuple[str, ...]
    client_security_groups: dict[str, pulumi.Input[str]]
    private_dns: bool
    region: str

    @classmethod
    def parse(cls, reader: Reader) -> "VpcSpec":
        """Refuse an endpoint that nobody could connect to."""
        if not reader.given("client_cidrs", "client_security_groups"):
            allowed = f"{spell('client_cidrs')} or {spell('client_security_groups')}: else nobody may connect"
            reader.problems.add(reader.path, given=NOTHING, allowed=allowed)
        subnets = reader.leaves("subnet_ids")
        if reader.has("subnet_ids") and not subnets:
            reader.refuse("subnet_ids", "at least one subnet")
        return cls(
            vpc_id=reader.leaf("vpc_id") or "",
            subnet_ids=subnets,
            client_cidrs=cidrs(reader, "client_cidrs"),
            client_security_groups=reader.named_leaves("client_security_groups"),
            private_dns=reader.flag("private_dns", default=True),
            region=reader.text("region", pattern=r"[a-z]{2}(-[a-z]+)+-\d", allowed="a region such as eu-west-1"),
        )


@dataclass(frozen=True, kw_only=True)
class PrivateSpec:
    """`PrivateArgs`, decided: one of the two."""

    vpc_endpoint_ids: tuple[pulumi.Input[str], ...]
    vpc: VpcSpec | None

    @classmethod
    def parse(cls, reader: Reader) -> "PrivateSpec":
        """Decide between endpoints that exist and one made here."""
        reader.exactly_one("vpc_endpoint_ids", "vpc")
        vpc = reader.child("vpc", VpcEndpointArgs)
        ids = reader.leaves("vpc_endpoint_ids", check=_identifier("vpce"))
        if reader.has("vpc_endpoint_ids") and not ids:
            reader.refuse("vpc_endpoint_ids", "at least one endpoint")
        return cls(vpc_endpoint_ids=ids, vpc=VpcSpec.parse(vpc) if vpc else None)


@dataclass(frozen=True, kw_only=True)
class NetworkSpec:
    """`NetworkArgs`, decided."""

    waived: str | None
    allow_cidrs: tuple[str, ...]
    deny_cidrs: tuple[str, ...]
    allow_accounts: tuple[str, ...]
    allow_vpcs: tuple[pulumi.Input[str], ...]
    allow_vpc_endpoints: tuple[pulumi.Input[str], ...]
    private: PrivateSpec | None
    place: str

    @classmethod
    def parse(cls, reader: Reader) -> "NetworkSpec":
        """Refuse a network that nobody decided about: there is no safe guess."""
        private = reader.child("private", PrivateArgs)
        spec = cls(
            waived=reader.waived(),
            allow_cidrs=cidrs(reader, "allow_cidrs"),
            deny_cidrs=cidrs(reader, "deny_cidrs"),
            allow_accounts=reader.texts("allow_accounts", check=_check_account),
            allow_vpcs=reader.leaves("allow_vpcs", check=_identifier("vpc")),
            allow_vpc_endpoints=reader.leaves("allow_vpc_endpoints", check=_identifier("vpce")),
            private=PrivateSpec.parse(private) if private else None,
            place=reader.path,
        )
        deciding = ("allow_accounts", "allow_cidrs", "private", "waived")
        if not reader.given(*deciding):
            names = listing(spell(name) for name in deciding)
            allowed = f"one of {names}; waived takes the reason why the whole internet may call"
            reader.problems.add(reader.path, given=NOTHING, allowed=allowed)
        for name in ("allow_cidrs", "allow_accounts"):
            if reader.get(name) in ([], ()):
                reader.refuse(name, "at least one", given=Shown("an empty list"))
        if private is None:
            for name in reader.given("allow_vpcs", "allow_vpc_endpoints"):
                reader.refuse(name, "only beside private: a Regional API is not reached through VPC endpoints")
        _check_overlap(spec, reader)
        return spec

    @property
    def endpoint_type(self) -> str:
        """`PRIVATE` or `REGIONAL`."""
        return "PRIVATE" if self.private else "REGIONAL"

    def check_auth(self, kinds: Collection[str], problems: Problems) -> None:
        """Refuse accounts where a route's callers have none: the policy would shut them out."""
        others = sorted(set(kinds) - {"iam"})
        if self.allow_accounts and others:
            allowed = (
                f"only where every route's auth is 'iam'; here some are {listing(others)} (CORS preflights are 'none')"
            )
            problems.add(join(self.place, spell("allow_accounts")), given=listing(self.allow_accounts), allowed=allowed)

    def posture(self) -> tuple[str, ...]:
        """What is in force."""
        lines = ["private API, reached through interface VPC endpoints"] if self.private else []
        if self.allow_cidrs:
            lines.append(f"callers only from {', '.join(self.allow_cidrs)}")
        if self.deny_cidrs:
            lines.append(f"never from {', '.join(self.deny_cidrs)}")
        if self.allow_accounts:
            lines.append(f"callers only of accounts {', '.join(self.allow_accounts)}")
        return tuple(lines)


def cidrs(reader: Reader, name: str) -> tuple[str, ...]:
    """Address ranges in their one spelling, sorted."""
    return tuple(sorted(str(ipaddress.ip_network(each)) for each in reader.texts(name, check=_check_cidr)))


def _check_cidr(cidr: str) -> str | None:
    try:
        network = ipaddress.ip_network(cidr)
    except ValueError:
        try:
            meant = f"; did you mean {str(ipaddress.ip_network(cidr, strict=False))!r}?"
        except ValueError:
            meant = ""
        return f"an address range such as 203.0.113.0/24 or 2001:db8::/32{meant}"
    return "a range smaller than every address (a layer that lets all in is waived)" if network.prefixlen == 0 else None


def _check_overlap(spec: NetworkSpec, reader: Reader) -> None:
    denied = [ipaddress.ip_network(each) for each in spec.deny_cidrs]
    for cidr in spec.allow_cidrs:
        allowed = ipaddress.ip_network(cidr)
        if any(allowed.version == each.version and allowed.subnet_of(each) for each in denied):  # pyright: ignore[reportArgumentType]
            reader.refuse("allow_cidrs", f"a range that {spell('deny_cidrs')} leaves open", given=cidr)


def _check_account(account: str) -> str | None:
    return None if re.fullmatch(r"\d{12}", account) else "an account id of 12 digits"


def _identifier(prefix: str) -> Check:
    def check(value: str) -> str | None:
        return (
            None if re.fullmatch(rf"{prefix}-[0-9a-f]{{8,17}}", value) else f"an id such as {prefix}-0123456789abcdef0"
        )

    return check
