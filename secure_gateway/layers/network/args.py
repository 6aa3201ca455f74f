"""Arguments of the layer, and the spec that they are parsed into."""

import ipaddress
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Required, TypedDict, get_args

import pulumi

from ...choices import Authorization, IpAddressType
from ...validation.arns import check_private_domain, check_role_or_user
from ...validation.cidrs import cidrs, has_public_addresses, refuse_wide
from ...validation.fields import (
    boolean,
    custom,
    leaf_map,
    leaves,
    options,
    parses,
    required_leaf,
    string,
    strings,
)
from ...validation.problems import Problems, alternatives, join, listing, spell
from ...validation.reader import Check, Reader, matching
from .statements import of_principals, read_statements

_DECIDING = ("allow_accounts", "allow_cidrs", "allow_organizations", "allow_roles", "private", "waived")
"""Options of which at least one is required: each says from where the API may be called."""


class VpcEndpointArgs(TypedDict, total=False):
    """An interface endpoint that is created for the API."""

    vpc_id: Required[pulumi.Input[str]]
    """Id of the VPC from which the API is called. `private_dns` requires DNS support and DNS hostnames there."""

    subnet_ids: Required[Sequence[pulumi.Input[str]]]
    """Ids of the subnets of the endpoint, one for each availability zone."""

    client_cidrs: list[str]
    """Address ranges of the clients that may connect to the endpoint (HTTPS). At least one of this option and
    `client_security_groups` is required. Defaults to none."""

    client_security_groups: Mapping[str, pulumi.Input[str]]
    """Ids of the security groups whose members may connect to the endpoint (HTTPS), by a name of your choice. Defaults
    to none."""

    private_dns: bool
    """Whether the API's usual name resolves to the endpoint inside the VPC. *Public* APIs of the region are then not
    reachable from that VPC."""

    region: str
    """Region of the endpoint. Defaults to the region of the provider."""


class PrivateArgs(TypedDict, total=False):
    """A private API, reachable only through interface VPC endpoints: exactly one of `vpc_endpoint_ids` and `vpc`."""

    vpc_endpoint_ids: Sequence[pulumi.Input[str]]
    """Existing interface endpoints for `execute-api`; excludes `vpc`. Defaults to none."""

    vpc: VpcEndpointArgs
    """An interface endpoint that is created; excludes `vpc_endpoint_ids`. Defaults to none."""

    domain_arns: Mapping[str, pulumi.Input[str]]
    """ARNs of private custom domains of others, by a name of your choice, that must be reachable through the endpoints.
    A domain of another account must be shared with this one. An access association is created for each endpoint and
    domain. Defaults to none."""


class NetworkArgs(TypedDict, total=False):
    """From where the API may be called. A request must satisfy all the restrictions that are given."""

    waived: str
    """The reason why the whole internet may call; excludes all other options. Defaults to none."""

    allow_cidrs: list[str]
    """Address ranges, IPv4 and IPv6, of the callers; nobody else is let in. It is the address that AWS sees: behind a
    proxy or NAT that is theirs. On a private API it is the caller's address inside the VPC."""

    deny_cidrs: list[str]
    """Address ranges that are always denied, even within an allowed range. Defaults to none."""

    allow_accounts: list[str]
    """AWS accounts of the callers; all others are denied, and so is the gateway's own account unless it is listed.
    Requires that every route's auth is `iam`, since AWS knows no account of other callers. With `allow_organizations`
    or `allow_roles`, a caller must match one of these lists. Defaults to all."""

    allow_organizations: list[str]
    """AWS Organizations whose accounts may call, under the same conditions as `allow_accounts`; requires `account`.
    Defaults to all."""

    allow_roles: list[str]
    """Roles or users that may call, under the same conditions as `allow_accounts`; sessions of a role count as the
    role. Defaults to all."""

    deny_accounts: list[str]
    """AWS accounts that are always denied. Requires a route whose auth is `iam`. Defaults to none."""

    deny_roles: list[str]
    """Roles or users that are always denied. Requires a route whose auth is `iam`. Defaults to none."""

    account: str
    """The gateway's own account (12 digits); requires `private` or `allow_organizations`. Callers of that account then
    need an identity policy too, such as one that `auth.invoke_policies` creates. Defaults to none."""

    allow_vpcs: Sequence[pulumi.Input[str]]
    """VPCs from which a private API may be called through any endpoint, in addition to the endpoints of `private`.
    Defaults to none."""

    allow_vpc_endpoints: Sequence[pulumi.Input[str]]
    """Further VPC endpoints through which a private API may be called, in addition to those of `private`, such as the
    endpoints of another account. Defaults to none."""

    deny_vpcs: Sequence[pulumi.Input[str]]
    """VPCs from which a private API can never be called. Defaults to none."""

    deny_vpc_endpoints: Sequence[pulumi.Input[str]]
    """VPC endpoints through which a private API can never be called. Defaults to none."""

    private: PrivateArgs
    """Makes the API private. Defaults to a Regional API on the internet."""

    ip_address_type: IpAddressType
    """`ipv4`, or `dualstack` to accept IPv6 callers too. A change takes effect at once, without a deployment. Defaults
    to `ipv4`; a private API is always `dualstack`."""

    statements: list[Any]
    """Further statements of the resource policy: objects with an `Effect` and optionally `Condition`, `Principal`,
    `Action`, `Resource` (such as `execute-api:/live/GET/orders`) and `Sid`. By default a statement applies to everybody
    and to every request. An Allow requires a condition or named principals. Defaults to none."""


class NetworkLayerArgs(NetworkArgs, total=False):
    """The layer on its own: the interface endpoint of a private API, and the resource policy of any API."""

    execution_arn: pulumi.Input[str]
    """Execution ARN of the only API that the created endpoint may reach. Defaults to any API until `admit` is
    called."""

    auth_kinds: Sequence[Authorization]
    """Which authorization the API's requests use: `iam`, `cognito`, `function` (a Lambda authorizer), `none` (anybody),
    `preflight` (CORS). Defaults to all except `preflight`, which is safe for each of them."""

    api_id: pulumi.Input[str]
    """Id of the REST API whose resource policy is set; requires `execution_arn`. Only for an API that is built from
    resources. The next import of an API with a `body` would remove the policy: there, write the output `policy` into
    the body. The policy takes effect with the next deployment, so add the output `policy` to the deployment's triggers.
    Defaults to none."""


_RANGES = "IPv4 and IPv6 ranges, no `/0`"
_ACCOUNTS = "account ids of 12 digits"
_ROLES = "ARNs of IAM roles or users"
_VPCS = "ids such as `vpc-0123456789abcdef0`"
_ENDPOINTS = "ids such as `vpce-0123456789abcdef0`"

_check_organization = matching(r"o-[a-z0-9]{10,32}", "the id of an organisation, such as o-a1b2c3d4e5")
_check_account = matching(r"\d{12}", "an account id of 12 digits")


def _identifier(prefix: str) -> Check:
    return matching(rf"{prefix}-[0-9a-f]{{8,17}}", f"an id such as {prefix}-0123456789abcdef0")


@parses(VpcEndpointArgs)
@dataclass(frozen=True, kw_only=True)
class VpcSpec:
    """`VpcEndpointArgs`, validated, with defaults filled in."""

    vpc_id: pulumi.Input[str] = required_leaf()
    subnet_ids: tuple[pulumi.Input[str], ...] = leaves()
    client_cidrs: tuple[str, ...] = custom((), values=_RANGES, reading=cidrs)
    client_security_groups: Mapping[str, pulumi.Input[str]] = leaf_map()
    private_dns: bool = boolean(default=True)
    region: str = string(pattern=r"[a-z]{2}(-[a-z]+)+-\d", expected="a region such as eu-west-1")

    @classmethod
    def parse(cls, reader: Reader) -> "VpcSpec":
        """Parse an endpoint; one to which nobody may connect is rejected."""
        if not reader.given("client_cidrs", "client_security_groups"):
            who = alternatives(("client_cidrs", "client_security_groups"))
            reader.problems.add(reader.path, f"requires {who}: otherwise nobody may connect to the endpoint")
        spec = cls(**options(cls, reader))
        refuse_wide(reader, "client_cidrs", spec.client_cidrs)
        if reader.has("subnet_ids") and not spec.subnet_ids:
            reader.add("subnet_ids", "must list at least one subnet")
        return spec


@parses(PrivateArgs)
@dataclass(frozen=True, kw_only=True)
class PrivateSpec:
    """`PrivateArgs`, validated: existing endpoints, or one that is created."""

    vpc_endpoint_ids: tuple[pulumi.Input[str], ...] = leaves(check=_identifier("vpce"), values=_ENDPOINTS)
    vpc: VpcSpec | None
    domain_arns: Mapping[str, pulumi.Input[str]] = leaf_map(check=check_private_domain)

    @classmethod
    def parse(cls, reader: Reader) -> "PrivateSpec":
        """Parse the endpoints; exactly one of the two options must be given."""
        reader.exactly_one("vpc_endpoint_ids", "vpc")
        vpc = reader.child("vpc", VpcEndpointArgs)
        spec = cls(**options(cls, reader), vpc=VpcSpec.parse(vpc) if vpc else None)
        if reader.has("vpc_endpoint_ids") and not spec.vpc_endpoint_ids:
            reader.add("vpc_endpoint_ids", "must list at least one endpoint")
        return spec


@parses(NetworkArgs)
@dataclass(frozen=True, kw_only=True)
class NetworkSpec:
    """`NetworkArgs`, validated, with defaults filled in."""

    waived: str | None
    allow_cidrs: tuple[str, ...] = custom(
        (),
        values=f"{_RANGES}, at most a `/8` of public IPv4 and a `/16` of public IPv6 addresses in total",
        reading=cidrs,
    )
    deny_cidrs: tuple[str, ...] = custom((), values=_RANGES, reading=cidrs)
    allow_accounts: tuple[str, ...] = strings(check=_check_account, values=_ACCOUNTS, ordered=False)
    allow_organizations: tuple[str, ...] = strings(
        check=_check_organization, values="ids such as `o-a1b2c3d4e5`", ordered=False
    )
    allow_roles: tuple[str, ...] = strings(check=check_role_or_user, values=_ROLES, ordered=False)
    deny_accounts: tuple[str, ...] = strings(check=_check_account, values=_ACCOUNTS, ordered=False)
    deny_roles: tuple[str, ...] = strings(check=check_role_or_user, values=_ROLES, ordered=False)
    account: str = string(pattern=r"\d{12}", expected="an account id of 12 digits")
    allow_vpcs: tuple[pulumi.Input[str], ...] = leaves(check=_identifier("vpc"), values=_VPCS)
    allow_vpc_endpoints: tuple[pulumi.Input[str], ...] = leaves(check=_identifier("vpce"), values=_ENDPOINTS)
    deny_vpcs: tuple[pulumi.Input[str], ...] = leaves(check=_identifier("vpc"), values=_VPCS)
    deny_vpc_endpoints: tuple[pulumi.Input[str], ...] = leaves(check=_identifier("vpce"), values=_ENDPOINTS)
    private: PrivateSpec | None
    ip_address_type: str
    statements: tuple[dict[str, Any], ...]
    path: str
    """The path of the args, for messages."""

    @classmethod
    def parse(cls, reader: Reader) -> "NetworkSpec":
        """Parse the restrictions; args without any are rejected, since there is no safe default."""
        private = reader.child("private", PrivateArgs)
        spec = cls(
            **options(cls, reader),
            waived=reader.waived(except_for=["ip_address_type"]),
            private=PrivateSpec.parse(private) if private else None,
            ip_address_type=reader.string(
                # Given even if it is AWS's default: the provider keeps the old value where it is given none.
                "ip_address_type",
                "dualstack" if private else "ipv4",
                choices=get_args(IpAddressType),
            ),
            statements=read_statements(reader, "statements"),
            path=reader.path,
        )
        if not reader.given(*_DECIDING):
            message = (
                f"say from where the API may be called: give {alternatives(_DECIDING)} (the reason why the whole "
                "internet may call)"
            )
            reader.problems.add(reader.path, message)
        for name in ("allow_cidrs", "allow_accounts", "allow_organizations", "allow_roles"):
            if reader.is_empty(name):
                reader.add(name, "must not be empty: an empty list would let nobody in")
        if private is None:
            for name in reader.given("allow_vpcs", "allow_vpc_endpoints", "deny_vpcs", "deny_vpc_endpoints"):
                reader.requires(name, "private", reason="a Regional API is not reached through VPC endpoints")
        refuse_wide(reader, "allow_cidrs", spec.allow_cidrs)
        if private is None and spec.allow_cidrs and not any(map(has_public_addresses, spec.allow_cidrs)):
            message = (
                "contains no public address, but a Regional API is called from public addresses: list those of your "
                "NAT gateways or proxies, or make the API `private`"
            )
            reader.add("allow_cidrs", message)
        _check_overlap(spec, reader)
        _check_families(spec, reader)
        if spec.allow_organizations and not spec.account:
            reader.add("account", f"required with `{spell('allow_organizations')}`")
        if spec.account and not private and not spec.allow_organizations:
            reader.requires("account", "private", "allow_organizations")
        return spec

    @property
    def endpoint_type(self) -> str:
        """`PRIVATE` or `REGIONAL`."""
        return "PRIVATE" if self.private else "REGIONAL"

    @property
    def without_ipv6(self) -> Mapping[str, str]:
        """The address lists that know no IPv6 callers, and whether these are then denied or let in."""
        fates = {"allow_cidrs": "denied", "deny_cidrs": "let in"}
        return {
            name: fate
            for name, fate in fates.items()
            if getattr(self, name) and not any(":" in each for each in getattr(self, name))
        }

    @property
    def principals(self) -> bool:
        """Whether only certain signed callers may call."""
        return bool(self.allow_accounts or self.allow_organizations or self.allow_roles)

    @property
    def delegated_accounts(self) -> tuple[str, ...]:
        """Accounts whose identity policies decide about requests that no Deny matches."""
        own = {self.account} if self.private and self.account and not self.principals else set[str]()
        return tuple(sorted({*own, *self.allow_accounts, *(role.split(":")[4] for role in self.allow_roles)}))

    def check_auth(self, authorizations: Collection[str], problems: Problems) -> None:
        """Reject restrictions of signed callers if other callers would be denied, or if no caller signs requests.

        `authorizations` are those of the routes: `iam`, `cognito`, `function`, `none` and `preflight`.
        """
        others = sorted(set(authorizations) - {"iam", "preflight"})
        for name in ("allow_accounts", "allow_organizations", "allow_roles"):
            given: tuple[str, ...] = getattr(self, name)
            if given and (others or "iam" not in authorizations):
                message = f"requires every route's auth to be 'iam'; the routes' kinds are {listing(authorizations)}"
                problems.add(join(self.path, spell(name)), message)
        for name in ("deny_accounts", "deny_roles"):
            given = getattr(self, name)
            if given and "iam" not in authorizations:
                message = "requires a route whose auth is 'iam': AWS knows no account of other callers"
                problems.add(join(self.path, spell(name)), message)
        for sid in of_principals(self.statements) if others else ():
            predicate = (
                f"refers to principals, which requests of the kinds {listing(others)} do not have: all of these would "
                "be denied"
            )
            problems.reject(join(self.path, "statements"), sid, predicate)

    def names(self, prefix: str) -> list[tuple[str, str]]:
        """The resources that are named after the component, with their names in the program."""
        return [("ec2.SecurityGroup", prefix)] if self.private and self.private.vpc else []

    def posture(self) -> tuple[str, ...]:
        """What is in force, in sentences for the output `posture`."""
        lines = ["private API, reached through interface VPC endpoints"] if self.private else []
        if self.allow_cidrs:
            lines.append(f"callers only from {', '.join(self.allow_cidrs)}")
        if self.deny_cidrs:
            lines.append(f"never from {', '.join(self.deny_cidrs)}")
        callers = [*self.allow_accounts, *self.allow_organizations, *self.allow_roles]
        if callers:
            lines.append(f"signed callers only of {', '.join(callers)}")
        refused = [*self.deny_accounts, *self.deny_roles]
        if refused:
            lines.append(f"signed callers never of {', '.join(refused)}")
        if self.deny_vpcs or self.deny_vpc_endpoints:
            lines.append(f"never through {len(self.deny_vpcs) + len(self.deny_vpc_endpoints)} VPCs or endpoints")
        if self.statements:
            lines.append(f"{len(self.statements)} further statements of the resource policy")
        return tuple(lines)


def _check_overlap(spec: NetworkSpec, reader: Reader) -> None:
    denied = [ipaddress.ip_network(each) for each in spec.deny_cidrs]
    for cidr in spec.allow_cidrs:
        allowed = ipaddress.ip_network(cidr)
        if any(allowed.version == each.version and allowed.subnet_of(each) for each in denied):  # pyright: ignore[reportArgumentType]
            reader.reject("allow_cidrs", f"is denied by `{spell('deny_cidrs')}` as a whole", value=cidr)


def _check_families(spec: NetworkSpec, reader: Reader) -> None:
    """Reject lists of IPv4 ranges only on a dual-stack API: they would deny all IPv6 callers, or none of them."""
    if spec.private and spec.ip_address_type == "ipv4":
        reader.add("ip_address_type", "must be 'dualstack' with `private`: AWS offers nothing else")
    if spec.private or spec.ip_address_type != "dualstack":
        return
    kind = spell("ip_address_type")
    for name, what in spec.without_ipv6.items():
        reader.add(name, f"must list IPv6 ranges too, or all IPv6 callers are {what}; or set `{kind}` to 'ipv4'")
