"""The component: certificate, domain name, truststore, mapping and records, in that order."""

from dataclasses import dataclass

import pulumi
from pulumi_aws import acm, apigateway, apigatewayv2, route53

from ...naming import former_name
from ...validation.claims import claim
from ...validation.names import check_names
from ...validation.outputs import returned
from ...validation.problems import Problems, spell
from ...validation.reader import Reader
from .args import TlsLayerArgs
from .spec import EDGE, DomainSpec, RoutingRuleSpec, SharedDomainSpec, TlsSpec
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
    ) -> "Tls":
        """Create the layer from args that are parsed already, and that have a domain."""
        self = cls.__new__(cls)
        self._create(name, spec, stage, names, opts)
        return self

    def _create(
        self,
        name: str,
        spec: TlsSpec,
        stage: "ServedStage",
        names: "DomainNames",
        opts: pulumi.ResourceOptions | None,
    ) -> None:
        super().__init__("secure-gateway:index:Tls", name, {}, opts)
        # Children do not inherit their component's dependencies, so the mappings list them themselves.
        after = pulumi.ResourceOptions(parent=self, depends_on=opts.depends_on if opts else None)
        if spec.domain is None:
            self._share(names.gateway, spec.shared_domain, stage, after)
        else:
            self._create_domains(name, spec, spec.domain, stage, names, after)
        self.register_outputs({each: getattr(self, each) for each in Tls.__annotations__})

    def _share(
        self, name: str, shared: SharedDomainSpec | None, stage: "ServedStage", after: pulumi.ResourceOptions
    ) -> None:
        """Lead from a domain of others to the stage."""
        if shared is None:
            raise ValueError("a layer without a domain has nothing to create")
        what = f"{name}-{shared.name}" if isinstance(shared.name, str) else f"{name}-shared"
        rule = shared.routing_rule
        if rule is None:
            path = shared.base_path
            mapping = _mapping(what + (f"-{path}" if path else ""), shared.name, path, stage, after)
            self.domain_name = mapping.domain_name
        else:
            self.domain_name = _routing_rule(f"{what}-{rule.priority}", shared.name, rule, stage, after).domain_name
        empty = pulumi.Output.from_input("")
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
    ) -> None:
        child = pulumi.ResourceOptions(parent=self)
        trusted = _trusted(name, spec, self, child) if spec.mutual_tls else None
        domains = {
            each.name: _domain(names.of(each.name, first=each is domain), each, stage, trusted, child, after)
            for each in spec.domains
        }
        self._names = names.of(domain.name, first=True)

        first = domains[domain.name]
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
        )


@dataclass(frozen=True, kw_only=True)
class ServedStage:
    """The stage to which domains lead."""

    api_id: pulumi.Input[str]
    name: pulumi.Input[str]


@dataclass(frozen=True, kw_only=True)
class DomainNames:
    """How the resources of domains are named: after the gateway and the domain, whichever stage it leads to."""

    gateway: str
    former_gateways: tuple[str, ...] = ()
    """Former names of the gateway."""
    former_prefix: str
    """What the resources of the layer's first domain were named after in earlier versions, with today's gateway."""

    def of(self, domain: str, *, first: bool) -> "_Names":
        """The names of one domain's resources."""
        former = {f"{each}-{domain}" for each in self.former_gateways}
        for gateway in (self.gateway, *self.former_gateways):
            old = f"{gateway}{self.former_prefix.removeprefix(self.gateway)}"
            former.add(old if first else f"{old}-{domain}")
        return _Names(name=f"{self.gateway}-{domain}", former=tuple(sorted(former)))


@dataclass(frozen=True, kw_only=True)
class _Names:
    """The name of a domain's resources, and their former ones; some have a suffix."""

    name: str
    former: tuple[str, ...]

    def options(self, suffix: str = "", *former_suffixes: str) -> pulumi.ResourceOptions:
        """The options that carry a resource over from its former names, whose suffixes may have differed."""
        suffixes = (suffix, *former_suffixes)
        return former_name(self.name + suffix, *(each + old for each in self.former for old in suffixes))


@dataclass(frozen=True, kw_only=True)
class _Domain:
    """A domain that leads to the stage."""

    certificate_arn: pulumi.Output[str]
    mapping: apigateway.BasePathMapping
    target: pulumi.Output[str]
    zone_id: pulumi.Output[str]


def _domain(
    names: _Names,
    domain: DomainSpec,
    stage: ServedStage,
    trusted: Truststore | None,
    opts: pulumi.ResourceOptions,
    after: pulumi.ResourceOptions,
) -> _Domain:
    """Create one domain: certificate, name, mappings, records."""
    certificate_arn = _certificate_arn(names, domain, opts)
    edge = domain.endpoint_type == EDGE
    made = apigateway.DomainName(
        names.name,
        domain_name=domain.name,
        certificate_arn=certificate_arn if edge else None,
        regional_certificate_arn=None if edge else certificate_arn,
        endpoint_configuration=(
            {"types": domain.endpoint_type, "ip_address_type": domain.ip_address_type}
            if domain.ip_address_type
            else {"types": domain.endpoint_type}
        ),
        routing_mode=domain.routing_mode or None,
        security_policy=domain.security_policy,
        endpoint_access_mode=domain.endpoint_access_mode,
        mutual_tls_authentication=(
            {"truststore_uri": trusted.uri, "truststore_version": trusted.version}
            if trusted and domain.mutual_tls
            else None
        ),
        ownership_verification_certificate_arn=(
            _public_certificate(names, domain, opts, "-ownership")
            if domain.requests_ownership
            else domain.ownership_certificate_arn
        ),
        opts=pulumi.ResourceOptions.merge(opts, names.options()),
    )
    mappings = [
        _mapping(
            names.name + (f"-{path}" if path else ""),
            made.domain_name,
            path,
            stage,
            # The first path had no suffix.
            pulumi.ResourceOptions.merge(after, names.options(f"-{path}" if path else "", *([] if position else [""]))),
        )
        for position, path in enumerate(domain.base_paths)
    ]
    target = made.cloudfront_domain_name if edge else made.regional_domain_name
    zone_id = made.cloudfront_zone_id if edge else made.regional_zone_id
    _records(
        names, domain, target, zone_id, pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=mappings))
    )
    return _Domain(certificate_arn=certificate_arn, mapping=mappings[0], target=target, zone_id=zone_id)


def _mapping(
    name: str,
    domain_name: pulumi.Input[str],
    base_path: str,
    stage: ServedStage,
    opts: pulumi.ResourceOptions,
) -> apigateway.BasePathMapping:
    return apigateway.BasePathMapping(
        name,
        domain_name=domain_name,
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


def _certificate_arn(names: _Names, domain: DomainSpec, opts: pulumi.ResourceOptions) -> pulumi.Output[str]:
    """The certificate of the domain, given or requested. A requested one is returned once it is issued."""
    if domain.certificate_arn is not None:
        return pulumi.Output.from_input(domain.certificate_arn)
    if domain.private_ca_arn is None:
        return _public_certificate(names, domain, opts)
    return acm.Certificate(
        names.name,
        domain_name=domain.name,
        certificate_authority_arn=domain.private_ca_arn,
        # Given even if it is AWS's default: the provider keeps the old algorithm of a certificate that gives none.
        key_algorithm=domain.key_algorithm,
        region=_region(domain),
        opts=pulumi.ResourceOptions.merge(opts, names.options()),
    ).arn


_PROOF = {"resourceRecordName": "_a.api.example.com.", "resourceRecordType": "CNAME", "resourceRecordValue": "_b."}
"""A validation record as AWS returns it."""


def _public_certificate(
    names: _Names, domain: DomainSpec, opts: pulumi.ResourceOptions, suffix: str = ""
) -> pulumi.Output[str]:
    """A public certificate, validated in the domain's zone. Names are generated, so a replacement can come first."""
    own = pulumi.ResourceOptions.merge(opts, names.options(suffix))
    certificate = acm.Certificate(
        names.name + suffix,
        domain_name=domain.name,
        validation_method="DNS",
        key_algorithm=domain.key_algorithm,
        region=_region(domain),
        opts=own,
    )
    # A certificate for one name needs one validation record.
    options = returned(certificate, "domainValidationOptions", certificate.domain_validation_options, [_PROOF])
    proof = options.apply(lambda options: options[0])
    record = route53.Record(
        f"{names.name}{suffix}-validation",
        zone_id=domain.zone_id or "",
        name=proof.apply(lambda each: each.resource_record_name or ""),
        type=proof.apply(lambda each: each.resource_record_type or ""),
        records=[proof.apply(lambda each: each.resource_record_value or "")],
        ttl=300,
        # The record is the same for every certificate of this name in the account, in any region.
        allow_overwrite=True,
        opts=pulumi.ResourceOptions.merge(opts, names.options(f"{suffix}-validation")),
    )
    issued = acm.CertificateValidation(
        names.name + suffix,
        certificate_arn=certificate.arn,
        validation_record_fqdns=[record.fqdn],
        region=_region(domain),
        opts=own,
    )
    return issued.certificate_arn


def _region(domain: DomainSpec) -> str | None:
    """The region where AWS looks for the certificate; None if it is the API's own."""
    return "us-east-1" if domain.endpoint_type == EDGE else None


def _records(
    names: _Names,
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
