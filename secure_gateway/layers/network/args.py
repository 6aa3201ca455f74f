"""Args of the layer, and the spec that they are parsed into."""

import ipaddress
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Required, TypedDict

import pulumi

from ...validation.arns import check_private_domain, check_role_or_user
from ...validation.cidrs import cidrs, refuse_wide
from ...validation.problems import Problems, alternatives, join, listing, spell
from ...validation.reader import Check, Reader, matching
from .statements import of_principals, read_statements

_DECIDING = ("allow_accounts", "allow_cidrs", "allow_organizations", "allow_roles", "private", "waived")
"""Any of these says from where the API may be called."""


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

    domain_arns: dict[str, pulumi.Input[str]]
    """Private custom domain names, by a name of yours, to be reached through the endpoints; another account's must be
    shared with this one. An association of each endpoint is made. Defaults to none."""


class NetworkArgs(TypedDict, total=False):
    """From where the API may be called. All restrictions given hold together."""

    allow_cidrs: list[str]
    """Address ranges, IPv4 and IPv6, of the callers; nobody else is let in. It is the address that AWS sees: behind a
    proxy or NAT that is theirs. On a private API it is the caller's address inside the VPC."""

    deny_cidrs: list[str]
    """Address ranges that are never let in, whatever else is allowed. Defaults to none."""

    allow_accounts: list[str]
    """AWS accounts (12 digits) of the callers, the gateway's own included only if it is listed; nobody else is let in.
    Only where every route's auth is `iam`: for other callers AWS knows no account. Beside `allow_organizations` and
    `allow_roles`, a caller must be one of all these."""

    allow_organizations: list[str]
    """AWS Organizations (`o-...`) whose accounts may call; otherwise as `allow_accounts`. Needs `account`."""

    allow_roles: list[str]
    """ARNs of the IAM roles or users that may call; otherwise as `allow_accounts`. A session of a role counts as the
    role."""

    deny_accounts: list[str]
    """AWS accounts that are never let in. Only where some route's auth is `iam`. Defaults to none."""

    deny_roles: list[str]
    """ARNs of IAM roles or users that are never let in. Only where some route's auth is `iam`. Defaults to none."""

    account: str
    """The gateway's own account (12 digits), only beside `private` or `allow_organizations`: with it, callers of this
    account need an identity policy there too, such as `auth.invoke_policies` makes."""

    allow_vpcs: list[pulumi.Input[str]]
    """VPCs from which a private API may be called, through whatever endpoint; beside those of `private`."""

    allow_vpc_endpoints: list[pulumi.Input[str]]
    """Further VPC endpoints through which a private API may be called, such as another account's; beside those of
    `private`."""

    deny_vpcs: list[pulumi.Input[str]]
    """VPCs from which a private API is never called. Defaults to none."""

    deny_vpc_endpoints: list[pulumi.Input[str]]
    """VPC endpoints through which a private API is never called. Defaults to none."""

    private: PrivateArgs
    """Make the API private. Defaults to a Regional API on the internet."""

    ip_address_type: str
    """`ipv4` or `dualstack` (IPv6 too). It changes at once, without a deployment. Defaults to `ipv4`; a private API is
    always `dualstack`."""

    statements: list[Any]
    """Further statements of the resource policy: objects with `Effect`, and `Condition`, `Principal`, `Action`,
    `Resource` (such as `execute-api:/live/GET/orders`) and `Sid` where the default, everybody calling anything, is not
    meant. An Allow needs a condition or named principals. Defaults to none."""

    waived: str
    """The reason why the whole internet may call."""


class NetworkLayerArgs(NetworkArgs, total=False):
    """The layer alone: an interface endpoint for private APIs, and the resource policy of an API that someone built."""

    execution_arn: pulumi.Input[str]
    """Execution ARN of the only API that the made endpoint may reach. Defaults to any, until `admit` is called."""

    auth_kinds: list[str]
    """How the API's requests authenticate: `iam`, `cognito`, `function` (a Lambda authorizer), `none` (anybody),
    `preflight` (CORS). Defaults to all but `preflight`, which is safe for each."""

    api_id: pulumi.Input[str]
    """Id of the REST API whose policy to set; needs `execution_arn`. Only for an API made of resources: the next import
    of an API with a `body` wipes it, so there the output `policy` belongs into the body. It counts from the next
    deployment on: put the output `policy` among its triggers."""


@dataclass(frozen=True, kw_only=True)
class VpcSpec:
    """`VpcEndpointArgs`, validated, with defaults filled in."""

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
            who = alternatives(("client_cidrs", "client_security_groups"))
            reader.problems.add(reader.path, f"requires {who}: otherwise nobody may connect to the endpoint")
        subnets = reader.leaves("subnet_ids")
        clients = cidrs(reader, "client_cidrs")
        refuse_wide(reader, "client_cidrs", clients)
        if reader.has("subnet_ids") and not subnets:
            reader.add("subnet_ids", "must list at least one subnet")
        return cls(
            vpc_id=reader.leaf("vpc_id") or "",
            subnet_ids=subnets,
            client_cidrs=clients,
            client_security_groups=reader.leaf_map("client_security_groups"),
            private_dns=reader.boolean("private_dns", default=True),
            region=reader.string("region", pattern=r"[a-z]{2}(-[a-z]+)+-\d", expected="a region such as eu-west-1"),
        )


@dataclass(frozen=True, kw_only=True)
class PrivateSpec:
    """`PrivateArgs`, decided: one of the two."""

    vpc_endpoint_ids: tuple[pulumi.Input[str], ...]
    vpc: VpcSpec | None
    domain_arns: dict[str, pulumi.Input[str]]

    @classmethod
    def parse(cls, reader: Reader) -> "PrivateSpec":
        """Decide between endpoints that exist and one made here."""
        reader.exactly_one("vpc_endpoint_ids", "vpc")
        vpc = reader.child("vpc", VpcEndpointArgs)
        ids = reader.leaves("vpc_endpoint_ids", check=_identifier("vpce"))
        if reader.has("vpc_endpoint_ids") and not ids:
            reader.add("vpc_endpoint_ids", "must list at least one endpoint")
        return cls(
            vpc_endpoint_ids=ids,
            vpc=VpcSpec.parse(vpc) if vpc else None,
            domain_arns=reader.leaf_map("domain_arns", check=check_private_domain),
        )


@dataclass(frozen=True, kw_only=True)
class NetworkSpec:
    """`NetworkArgs`, validated, with defaults filled in."""

    waived: str | None
    allow_cidrs: tuple[str, ...]
    deny_cidrs: tuple[str, ...]
    allow_accounts: tuple[str, ...]
    allow_organizations: tuple[str, ...]
    allow_roles: tuple[str, ...]
    deny_accounts: tuple[str, ...]
    deny_roles: tuple[str, ...]
    account: str
    allow_vpcs: tuple[pulumi.Input[str], ...]
    allow_vpc_endpoints: tuple[pulumi.Input[str], ...]
    deny_vpcs: tuple[pulumi.Input[str], ...]
    deny_vpc_endpoints: tuple[pulumi.Input[str], ...]
    private: PrivateSpec | None
    ip_address_type: str
    """Empty where AWS decides."""
    statements: tuple[dict[str, Any], ...]
    place: str

    @classmethod
    def parse(cls, reader: Reader) -> "NetworkSpec":
        """Refuse a network that nobody decided about: there is no safe guess."""
        private = reader.child("private", PrivateArgs)
        spec = cls(
            waived=reader.waived(),
            allow_cidrs=cidrs(reader, "allow_cidrs"),
            deny_cidrs=cidrs(reader, "deny_cidrs"),
            allow_accounts=_texts(reader, "allow_accounts", _check_account),
            allow_organizations=_texts(reader, "allow_organizations", _check_organization),
            allow_roles=_texts(reader, "allow_roles", check_role_or_user),
            deny_accounts=_texts(reader, "deny_accounts", _check_account),
            deny_roles=_texts(reader, "deny_roles", check_role_or_user),
            account=reader.string("account", pattern=r"\d{12}", expected="an account id of 12 digits"),
            allow_vpcs=reader.leaves("allow_vpcs", check=_identifier("vpc")),
            allow_vpc_endpoints=reader.leaves("allow_vpc_endpoints", check=_identifier("vpce")),
            deny_vpcs=reader.leaves("deny_vpcs", check=_identifier("vpc")),
            deny_vpc_endpoints=reader.leaves("deny_vpc_endpoints", check=_identifier("vpce")),
            private=PrivateSpec.parse(private) if private else None,
            ip_address_type=reader.string(
                "ip_address_type", "dualstack" if private else "", choices=("dualstack", "ipv4")
            ),
            statements=read_statements(reader, "statements"),
            place=reader.path,
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
    def principals(self) -> bool:
        """Whether only some signed callers are let in."""
        return bool(self.allow_accounts or self.allow_organizations or self.allow_roles)

    @property
    def delegated_accounts(self) -> tuple[str, ...]:
        """The accounts whose own identity policies decide, within what the Denies leave."""
        own = {self.account} if self.private and self.account and not self.principals else set[str]()
        return tuple(sorted({*own, *self.allow_accounts, *(role.split(":")[4] for role in self.allow_roles)}))

    def check_auth(self, kinds: Collection[str], problems: Problems) -> None:
        """Refuse what speaks of signed callers where there are others, whom the policy would shut out, or none."""
        others = sorted(set(kinds) - {"iam", "preflight"})
        for name in ("allow_accounts", "allow_organizations", "allow_roles"):
            given: tuple[str, ...] = getattr(self, name)
            if given and (others or "iam" not in kinds):
                message = f"requires every route's auth to be 'iam'; the routes' kinds are {listing(kinds)}"
                problems.add(join(self.place, spell(name)), message)
        for name in ("deny_accounts", "deny_roles"):
            given = getattr(self, name)
            if given and "iam" not in kinds:
                message = "requires a route whose auth is 'iam': AWS knows no account of other callers"
                problems.add(join(self.place, spell(name)), message)
        for sid in of_principals(self.statements) if others else ():
            predicate = (
                f"refers to principals, which requests of the kinds {listing(others)} do not have: all of these would "
                "be denied"
            )
            problems.reject(join(self.place, "statements"), sid, predicate)

    def posture(self) -> tuple[str, ...]:
        """What is in force."""
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
    """Dual stack counts at once: IPv4 ranges alone would shut IPv6 callers out, or let them past."""
    if spec.private and spec.ip_address_type == "ipv4":
        reader.add("ip_address_type", "must be 'dualstack' with `private`: AWS offers nothing else")
    if spec.private or spec.ip_address_type != "dualstack":
        return
    for name in ("allow_cidrs", "deny_cidrs"):
        ranges: tuple[str, ...] = getattr(spec, name)
        if ranges and not any(":" in each for each in ranges):
            what = "denied" if name == "allow_cidrs" else "let in"
            kind = spell("ip_address_type")
            reader.add(name, f"must list IPv6 ranges too, or all IPv6 callers are {what}; or set `{kind}` to 'ipv4'")


def _texts(reader: Reader, name: str, check: Check) -> tuple[str, ...]:
    return tuple(sorted(reader.strings(name, check=check)))


_check_organization = matching(r"o-[a-z0-9]{10,32}", "the id of an organisation, such as o-a1b2c3d4e5")


_check_account = matching(r"\d{12}", "an account id of 12 digits")


def _identifier(prefix: str) -> Check:
    return matching(rf"{prefix}-[0-9a-f]{{8,17}}", f"an id such as {prefix}-0123456789abcdef0")
