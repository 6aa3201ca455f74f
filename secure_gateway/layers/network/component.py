"""The component: an interface endpoint for a private API, open only to its clients and only to that API."""

import json
from collections.abc import Iterable, Sequence
from typing import Any, get_args

import pulumi
import pulumi_aws
from pulumi_aws import apigateway, ec2, vpc

from ...choices import Authorization
from ...naming import former_name
from ...validation.names import check_names
from ...validation.outputs import returned
from ...validation.problems import Problems, spell
from ...validation.reader import Reader
from .args import NetworkLayerArgs, NetworkSpec, VpcSpec
from .policy import check_size, domain_policy, policy

AUTHORIZATIONS: tuple[str, ...] = get_args(Authorization)
_DEFAULT_AUTHORIZATIONS = ("cognito", "function", "iam", "none")


class Network(pulumi.ComponentResource):
    """The resource policy of an API; for a private one also its interface endpoint and access to its custom domains."""

    vpc_endpoint_ids: pulumi.Output[list[str]]
    """Ids of the interface endpoints, existing or created."""

    policy: pulumi.Output[str]
    """The resource policy as JSON, empty if the layer is waived: `x-amazon-apigateway-policy` of the API's document."""

    def __init__(self, name: str, args: NetworkLayerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Create the layer, or raise `ArgsError` with every mistake before anything is registered."""
        problems = Problems()
        reader = Reader(args, NetworkLayerArgs, "", problems)
        spec = NetworkSpec.parse(reader)
        execution_arn = reader.leaf("execution_arn")
        api_id = reader.leaf("api_id")
        if api_id is not None and execution_arn is None:
            reader.add("execution_arn", f"required with `{spell('api_id')}`")
        authorizations = reader.strings("auth_kinds", _DEFAULT_AUTHORIZATIONS, choices=AUTHORIZATIONS)
        if not spec.waived:
            spec.check_auth(authorizations, problems)
            check_size(spec, dict.fromkeys(authorizations, ()), problems)
        check_names(name, spec.names(name), problems)
        problems.raise_any(f"Network {name!r}")
        self._create(name, spec, authorizations, opts)
        if execution_arn is not None:
            self.admit(execution_arn)
        if not spec.waived and api_id is not None and execution_arn is not None:
            _attach(name, api_id, execution_arn, self.policy, self)
        self.register_outputs({each: getattr(self, each) for each in Network.__annotations__})

    @classmethod
    def from_spec(
        cls, name: str, spec: NetworkSpec, authorizations: Iterable[str], opts: pulumi.ResourceOptions
    ) -> "Network":
        """Create the layer from a spec; `admit` then restricts the endpoint to the API."""
        self = cls.__new__(cls)
        self._create(name, spec, authorizations, opts)
        self.register_outputs({each: getattr(self, each) for each in Network.__annotations__})
        return self

    def _create(
        self, name: str, spec: NetworkSpec, authorizations: Iterable[str], opts: pulumi.ResourceOptions | None
    ) -> None:
        super().__init__("secure-gateway:index:Network", name, {}, opts)
        self._name = name
        self._endpoint = _endpoint(name, spec.private.vpc, self) if spec.private and spec.private.vpc else None
        self.known_endpoint_ids: list[str] | None = _known(spec)
        """The ids, if all are known before deployment."""
        given = list(spec.private.vpc_endpoint_ids) if spec.private else []
        self.vpc_endpoint_ids = pulumi.Output.all(*([self._endpoint.id] if self._endpoint else given))
        self._endpoints: list[pulumi.Input[str]] = [self._endpoint.id] if self._endpoint else given
        self._domain_arns: list[pulumi.Input[str]] = list(spec.private.domain_arns.values()) if spec.private else []
        for key, arn in spec.private.domain_arns.items() if spec.private else ():
            self.associate(_domain(arn) or key, arn, key)
        ids = (self.known_endpoint_ids or self.vpc_endpoint_ids) if spec.private else None
        self.domain_policy: pulumi.Input[str] = (
            pulumi.Output.json_dumps(domain_policy(spec, ids), sort_keys=True) if spec.private else ""
        )
        """The resource policy of private domains as JSON; empty if the API is not private."""
        compiled = (
            None
            if spec.waived
            else pulumi.Output.json_dumps(policy(spec, dict.fromkeys(authorizations, ()), ids), sort_keys=True)
        )
        self.policy = pulumi.Output.from_input("") if compiled is None else compiled

    def associate(self, domain: str, arn: pulumi.Input[str], *former: str) -> None:
        """Give the endpoints access to a private custom domain; `former` are earlier names of it here."""
        for index, endpoint in enumerate(self._endpoints):
            which = endpoint if isinstance(endpoint, str) else str(index)
            suffix = "" if self._endpoint else f"-{which}"
            named = f"{self._name}-{domain}{suffix}"
            apigateway.DomainNameAccessAssociation(
                named,
                domain_name_arn=arn,
                access_association_source=endpoint,
                access_association_source_type="VPCE",
                opts=pulumi.ResourceOptions.merge(
                    former_name(named, *(f"{self._name}-{each}{suffix}" for each in former)),
                    pulumi.ResourceOptions(parent=self),
                ),
            )

    def admit(self, execution_arn: pulumi.Input[str], domain_arns: Sequence[pulumi.Input[str]] = ()) -> None:
        """Restrict the created endpoint to one API and its private domains, and to the domains of others in the args.

        AWS's default policy allows every API and every domain of the region.
        """
        if self._endpoint is None:
            return
        ec2.VpcEndpointPolicy(
            self._name,
            vpc_endpoint_id=self._endpoint.id,
            policy=pulumi.Output.all(
                api=execution_arn, own=pulumi.Output.all(*domain_arns), others=pulumi.Output.all(*self._domain_arns)
            ).apply(lambda known: _endpoint_policy(known["api"], known["own"], known["others"])),
            opts=pulumi.ResourceOptions(parent=self),
        )

    @property
    def creates_endpoint(self) -> bool:
        """Whether the endpoint is created here."""
        return self._endpoint is not None

    def target(self) -> pulumi.Output[tuple[str, str]]:
        """The DNS name of the first endpoint and the id of its hosted zone, for alias records."""
        if self._endpoint:
            entries = returned(self._endpoint, "dnsEntries", self._endpoint.dns_entries, [_DNS_ENTRY])
            return entries.apply(lambda found: (found[0].dns_name or "", found[0].hosted_zone_id or ""))
        found = ec2.get_vpc_endpoint_output(id=self._endpoints[0], opts=pulumi.InvokeOutputOptions(parent=self))
        return found.dns_entries.apply(lambda each: (each[0].dns_name, each[0].hosted_zone_id))


_DNS_ENTRY = {
    "dnsName": "vpce-0123456789abcdef0-1a2b3c4d.execute-api.eu-west-1.vpce.amazonaws.com",
    "hostedZoneId": "Z1",
}
"""The first DNS name of an endpoint as AWS returns it: the one of all its availability zones."""


def _domain(arn: pulumi.Input[str]) -> str:
    """The name and id of a domain in its ARN, which identify it whatever it is called in the args."""
    return arn.rpartition("/")[2] if isinstance(arn, str) else ""


def _attach(
    name: str,
    api_id: pulumi.Input[str],
    execution_arn: pulumi.Input[str],
    compiled: pulumi.Output[str],
    parent: Network,
) -> apigateway.RestApiPolicy:
    """Set the policy of an API that is built from resources, with full ARNs, since AWS returns it like that."""
    full = pulumi.Output.all(compiled, execution_arn).apply(
        lambda both: both[0].replace("execute-api:/", f"{both[1]}/")
    )
    return apigateway.RestApiPolicy(name, rest_api_id=api_id, policy=full, opts=pulumi.ResourceOptions(parent=parent))


def _known(spec: NetworkSpec) -> list[str] | None:
    ids = spec.private.vpc_endpoint_ids if spec.private else ()
    known = [each for each in ids if isinstance(each, str)]
    return known if known and len(known) == len(ids) else None


def _endpoint_policy(execution_arn: str, domain_arns: Sequence[str], other_domain_arns: Sequence[str]) -> str:
    """Allow the API with its domains, and whatever the owners of other domains have behind these.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-vpc-endpoint-policies.html
    """
    own = [f"{execution_arn}/*", *sorted(map(_invoked, domain_arns))]
    allow: dict[str, Any] = {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke"}
    statements = [{**allow, "Resource": own if domain_arns else own[0]}]
    if other_domain_arns:
        via = {"ArnEquals": {"execute-api:viaDomainArn": sorted(map(_invoked, other_domain_arns))}}
        statements.append({**allow, "Resource": "*", "Condition": via})
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, sort_keys=True)


def _invoked(domain_arn: str) -> str:
    """The ARN of a domain as policies about its callers name it."""
    return domain_arn.replace(":apigateway:", ":execute-api:", 1)


# The type is quoted because `ec2`, the largest service module, is imported only on first use.
def _endpoint(name: str, spec: VpcSpec, parent: Network) -> "ec2.VpcEndpoint":
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
        # A group that is known is known by its id, whatever it is called here.
        source = f"{name}-{client}" if isinstance(client, str) else f"{name}-{key}"
        vpc.SecurityGroupIngressRule(
            source,
            security_group_id=group.id,
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
            referenced_security_group_id=client,
            opts=pulumi.ResourceOptions.merge(child, former_name(source, f"{name}-{key}")),
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
            raise LookupError(
                "network.private.vpc.region: required, since the provider names no region; the mocks of a test must "
                "return it from aws:index/getRegion:getRegion, for example {'region': 'eu-west-1'}"
            )
        return f"com.amazonaws.{found}.execute-api"

    return pulumi_aws.get_region_output(opts=pulumi.InvokeOutputOptions(parent=parent)).region.apply(named)
