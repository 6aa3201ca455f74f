"""The component: certificate, domain name, truststore, mapping and records, in that order."""

from dataclasses import dataclass

import pulumi
from pulumi_aws import apigateway, apigatewayv2, route53

from ...validation.claims import claim
from ...validation.names import check_names
from ...validation.problems import Problems, spell
from ...validation.reader import Reader
from .args import TlsLayerArgs
from .certificates import certificate_arn, public_certificate
from .names import DomainNames, Names
from .private import PrivateAccess
from .sharing import RoutingRuleSpec, SharedDomainSpec
from .spec import EDGE, DomainSpec, TlsSpec
from .truststore import Truststore, truststore


class Tls(pulumi.ComponentResource):
    """Domain names in front of one stage of a REST API, with their certificates, mutual TLS and records.

    Mappings and records are created after everything in the component's `depends_on`.
    """

    domain_name: pulumi.Output[str]
    """The first domain name, once it leads to the stage."""

    domain_target: pulumi.Output[str]
    """The AWS name that the domain's records must point to."""

    domain_zone_id: pulumi.Output[str]
    """Id of the hosted zone of `domain_target`, for alias records."""

    domain_targets: pulumi.Output[dict[str, str]]
    """By domain name, the AWS name that its records must point to."""

    domain_arn: pulumi.Output[str]
    """ARN of the first domain. It identifies a private one, as AWS RAM and access associations need it."""

    url: pulumi.Output[str]
    """The URL at which callers reach the API."""

    truststore_uri: pulumi.Output[str]
    """S3 URI of the truststore; empty without mutual TLS."""

    certificate_arn: pulumi.Output[str]
    """ARN of the domain's certificate, issued."""

    def __init__(self, name: str, args: TlsLayerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Create the domains, or raise `ArgsError` with every mistake before anything is registered."""
        problems = Problems()
        reader = Reader(args, TlsLayerArgs, "", problems)
        spec = TlsSpec.parse(reader)
        for each in ("api_id", "stage_name"):
            reader.leaf(each)
        if spec.disable_default_endpoint:
            reader.add("disable_default_endpoint", "configures the API itself: set it there")
        if not spec.has_domain and not problems.found:
            reader.add(
                "domain", f"required, or `{spell('shared_domain')}`: without a domain there is nothing to create"
            )
        claim(f"Tls {name!r}", spec.claims("domain"), opts, problems)
        check_names(name, spec.names(name), problems)
        problems.raise_any(f"Tls {name!r}")
        stage = ServedStage(api_id=args["api_id"], name=args["stage_name"])
        self._create(name, spec, stage, DomainNames(gateway=name, former_prefix=name), opts)

    @classmethod
    def from_spec(
        cls,
        name: str,
        spec: TlsSpec,
        stage: "ServedStage",
        names: "DomainNames",
        opts: pulumi.ResourceOptions,
        access: PrivateAccess | None = None,
    ) -> "Tls":
        """Create the layer from args that are parsed already, and that have a domain; `access` if it is private."""
        self = cls.__new__(cls)
        self._create(name, spec, stage, names, opts, access)
        return self

    def _create(
        self,
        name: str,
        spec: TlsSpec,
        stage: "ServedStage",
        names: "DomainNames",
        opts: pulumi.ResourceOptions | None,
        access: PrivateAccess | None = None,
    ) -> None:
        super().__init__("secure-gateway:index:Tls", name, {}, opts)
        # Children do not inherit their component's dependencies, so the mappings list them themselves.
        after = pulumi.ResourceOptions(parent=self, depends_on=opts.depends_on if opts else None)
        self.private_domain_arns: list[pulumi.Output[str]] = []
        """ARNs of the private domains that lead here: the VPC endpoint must permit requests to them."""
        if spec.domain is None:
            self._share(names.gateway, spec.shared_domain, stage, after, access)
        else:
            self._create_domains(name, spec, spec.domain, stage, names, after, access)
        self.register_outputs({each: getattr(self, each) for each in Tls.__annotations__})

    def _share(
        self,
        name: str,
        shared: SharedDomainSpec | None,
        stage: "ServedStage",
        after: pulumi.ResourceOptions,
        access: PrivateAccess | None,
    ) -> None:
        """Lead from a domain of others to the stage."""
        if shared is None:
            raise ValueError("a layer without a domain has nothing to create")
        what = f"{name}-{shared.name}" if isinstance(shared.name, str) else f"{name}-shared"
        rule = shared.routing_rule
        empty = pulumi.Output.from_input("")
        self.domain_arn = empty if shared.arn is None else pulumi.Output.from_input(shared.arn)
        id_ = None if shared.arn is None else self.domain_arn.apply(lambda arn: arn.rpartition("+")[2])
        if access and shared.arn is not None:
            self.private_domain_arns.append(self.domain_arn)
            if access.creates_endpoint:
                host = shared.name if isinstance(shared.name, str) else "shared"
                access.associate(f"{host}-private", self.domain_arn)
        if rule is None:
            path = shared.base_path
            mapping = _mapping(what + (f"-{path}" if path else ""), shared.name, path, stage, after, id_)
            self.domain_name = mapping.domain_name
        else:
            self.domain_name = _routing_rule(f"{what}-{rule.priority}", shared.name, rule, stage, after).domain_name
        self.certificate_arn = self.domain_target = self.domain_zone_id = self.truststore_uri = empty
        self.domain_targets = pulumi.Output.from_input({})
        self.url = self.domain_name.apply(lambda host: f"https://{host}/{shared.path}".rstrip("/"))

    def _create_domains(
        self,
        name: str,
        spec: TlsSpec,
        domain: DomainSpec,
        stage: "ServedStage",
        names: "DomainNames",
        after: pulumi.ResourceOptions,
        access: PrivateAccess | None,
    ) -> None:
        child = pulumi.ResourceOptions(parent=self)
        trusted = _trusted(name, spec, self, child) if spec.mutual_tls else None
        domains = {
            each.name: _domain(names.of(each.name, first=each is domain), each, stage, trusted, child, after, access)
            for each in spec.domains
        }
        self._names = names.of(domain.name, first=True)

        first = domains[domain.name]
        self._id = first.id
        if access:
            for host, each in domains.items():
                self.private_domain_arns.append(each.arn)
                access.associate(f"{host}-private", each.arn)
        self.domain_arn = first.arn
        self.certificate_arn = first.certificate_arn
        self.domain_name = first.mapping.domain_name
        self.domain_target = first.target
        self.domain_zone_id = first.zone_id
        self.domain_targets = pulumi.Output.all(**{host: each.target for host, each in domains.items()})
        self.url = pulumi.Output.from_input(domain.url)
        self.truststore_uri = trusted.uri if trusted else pulumi.Output.from_input("")

    def route(
        self, rule: RoutingRuleSpec, stage: "ServedStage", opts: pulumi.ResourceOptions
    ) -> apigatewayv2.RoutingRule:
        """Lead requests to the first domain that match a rule to another stage."""
        own = pulumi.ResourceOptions.merge(pulumi.ResourceOptions(parent=self), opts)
        return _routing_rule(f"{self._names.name}-{rule.priority}", self.domain_name, rule, stage, own)

    def lead(
        self,
        base_path: str,
        stage: "ServedStage",
        former: str,
        former_parent: pulumi.Resource,
        opts: pulumi.ResourceOptions,
    ) -> apigateway.BasePathMapping:
        """Lead from a path of the first domain to another stage; `former` is the name that the mapping had."""
        alias = pulumi.ResourceOptions(parent=self, aliases=[pulumi.Alias(name=former, parent=former_parent)])
        where = pulumi.ResourceOptions.merge(self._names.options(f"-{base_path}"), alias)
        return _mapping(
            f"{self._names.name}-{base_path}",
            self.domain_name,
            base_path,
            stage,
            pulumi.ResourceOptions.merge(where, opts),
            self._id,
        )


@dataclass(frozen=True, kw_only=True)
class ServedStage:
    """The stage to which domains lead."""

    api_id: pulumi.Input[str]
    name: pulumi.Input[str]


@dataclass(frozen=True, kw_only=True)
class _Domain:
    """A domain that leads to the stage."""

    certificate_arn: pulumi.Output[str]
    arn: pulumi.Output[str]
    id: pulumi.Output[str] | None
    """Of a private domain, which its name alone does not identify."""
    mapping: apigateway.BasePathMapping
    target: pulumi.Output[str]
    zone_id: pulumi.Output[str]


def _domain(
    names: Names,
    domain: DomainSpec,
    stage: ServedStage,
    trusted: Truststore | None,
    opts: pulumi.ResourceOptions,
    after: pulumi.ResourceOptions,
    access: PrivateAccess | None,
) -> _Domain:
    """Create one domain: certificate, name, mappings, records."""
    certificate = certificate_arn(names, domain, opts)
    edge = domain.endpoint_type == EDGE
    # AWS does not make a public domain private, so a private one is another resource.
    suffix = "-private" if access else ""
    made = apigateway.DomainName(
        names.name + suffix,
        domain_name=domain.name,
        certificate_arn=certificate if edge or access else None,
        regional_certificate_arn=None if edge or access else certificate,
        endpoint_configuration={"types": domain.endpoint_type, "ip_address_type": domain.ip_address_type},
        policy=access.policy if access else None,
        routing_mode=domain.routing_mode,
        security_policy=domain.security_policy,
        endpoint_access_mode=domain.endpoint_access_mode,
        mutual_tls_authentication=(
            {"truststore_uri": trusted.uri, "truststore_version": trusted.version}
            if trusted and domain.mutual_tls
            else None
        ),
        ownership_verification_certificate_arn=(
            public_certificate(names, domain, opts, "-ownership")
            if domain.requests_ownership
            else domain.ownership_certificate_arn
        ),
        opts=pulumi.ResourceOptions.merge(opts, names.options(suffix)),
    )
    id_ = made.domain_name_id if access else None
    mappings = [
        _mapping(
            names.name + (f"-{path}" if path else ""),
            made.domain_name,
            path,
            stage,
            # The first path had no suffix.
            pulumi.ResourceOptions.merge(after, names.options(f"-{path}" if path else "", *([] if position else [""]))),
            id_,
        )
        for position, path in enumerate(domain.base_paths)
    ]
    target = made.cloudfront_domain_name if edge else access.target if access else made.regional_domain_name
    zone_id = made.cloudfront_zone_id if edge else access.target_zone_id if access else made.regional_zone_id
    _records(
        names, domain, target, zone_id, pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=mappings))
    )
    return _Domain(
        certificate_arn=certificate, arn=made.arn, id=id_, mapping=mappings[0], target=target, zone_id=zone_id
    )


def _mapping(
    name: str,
    domain_name: pulumi.Input[str],
    base_path: str,
    stage: ServedStage,
    opts: pulumi.ResourceOptions,
    domain_name_id: pulumi.Input[str] | None,
) -> apigateway.BasePathMapping:
    return apigateway.BasePathMapping(
        name,
        domain_name=domain_name,
        domain_name_id=domain_name_id,
        rest_api=stage.api_id,
        stage_name=stage.name,
        base_path=base_path or None,
        opts=opts,
    )


def _routing_rule(
    name: str,
    domain_name: pulumi.Input[str],
    rule: RoutingRuleSpec,
    stage: ServedStage,
    opts: pulumi.ResourceOptions,
) -> apigatewayv2.RoutingRule:
    conditions: list[apigatewayv2.RoutingRuleConditionArgsDict] = [
        {"match_headers": {"any_of": {"header": header, "value_glob": value}}}
        for header, value in sorted(rule.headers.items())
    ]
    if rule.base_path:
        conditions.append({"match_base_paths": {"any_ofs": [rule.base_path]}})
    return apigatewayv2.RoutingRule(
        name,
        domain_name=domain_name,
        priority=rule.priority,
        conditions=conditions,
        actions=[
            {"invoke_api": {"api_id": stage.api_id, "stage": stage.name, "strip_base_path": bool(rule.base_path)}}
        ],
        opts=opts,
    )


def _trusted(name: str, spec: TlsSpec, component: pulumi.Resource, opts: pulumi.ResourceOptions) -> Truststore | None:
    """The truststore, created here or given; warns about certificates that expire soon."""
    mutual = spec.mutual_tls
    if mutual is None:
        return None
    if mutual.truststore_uri is not None:
        return Truststore(
            uri=pulumi.Output.from_input(mutual.truststore_uri),
            version=pulumi.Output.from_input(mutual.truststore_version or ""),
        )
    if isinstance(mutual.ca_pem, str):
        from .ca_bundle import expiring  # slow to import, and only known bundles need it

        for each in expiring(mutual.ca_pem):
            pulumi.log.warn(f"{spell('mutual_tls')}: {each}; AWS sends no reminder", component)
    return truststore(name, mutual, opts)


def _records(
    names: Names,
    domain: DomainSpec,
    target: pulumi.Output[str],
    target_zone_id: pulumi.Output[str],
    opts: pulumi.ResourceOptions,
) -> None:
    """Create the alias records that point the name at the domain, for IPv4 and IPv6."""
    if domain.zone_id is None:
        return
    for family in ("A", "AAAA"):
        route53.Record(
            f"{names.name}-{family.lower()}",
            zone_id=domain.zone_id,
            name=domain.name,
            type=family,
            aliases=[{"name": target, "zone_id": target_zone_id, "evaluate_target_health": False}],
            opts=pulumi.ResourceOptions.merge(opts, names.options(f"-{family.lower()}")),
        )
