"""The component: certificate, domain name, truststore, mapping and records, in that order."""

from dataclasses import dataclass

import pulumi
from pulumi_aws import acm, apigateway, route53

from ...validation.claims import claim
from ...validation.outputs import returned
from ...validation.problems import ArgsError, Problems, spell
from ...validation.reader import Reader
from .args import TlsLayerArgs
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
        domain = spec.domain
        if domain is None and not problems.found:
            reader.add("domain", "required: without a domain there is nothing to create")
        claim(f"Tls {name!r}", spec.claims("domain"), opts, problems)
        if domain is None or problems.found:
            raise ArgsError(f"Tls {name!r}", problems.found)
        self._create(name, spec, domain, args["api_id"], args["stage_name"], opts)

    @classmethod
    def from_spec(
        cls,
        name: str,
        spec: TlsSpec,
        domain: DomainSpec,
        api_id: pulumi.Input[str],
        stage_name: pulumi.Input[str],
        opts: pulumi.ResourceOptions,
    ) -> "Tls":
        """Create the layer from args that are parsed already; `domain` is the first one of the spec."""
        self = cls.__new__(cls)
        self._create(name, spec, domain, api_id, stage_name, opts)
        return self

    def _create(
        self,
        name: str,
        spec: TlsSpec,
        domain: DomainSpec,
        api_id: pulumi.Input[str],
        stage_name: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None,
    ) -> None:
        super().__init__("secure-gateway:index:Tls", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)

        trusted = _trusted(name, spec, self, child) if spec.mutual_tls else None
        # Children do not inherit their component's dependencies, so the mappings list them themselves.
        after = pulumi.ResourceOptions(parent=self, depends_on=opts.depends_on if opts else None)
        stage = _Stage(api_id, stage_name)
        domains = {
            each.name: _domain(name if each is domain else f"{name}-{each.name}", each, stage, trusted, child, after)
            for each in spec.domains
        }

        first = domains[domain.name]
        self.certificate_arn = first.certificate_arn
        self.domain_name = first.mapping.domain_name
        self.domain_target = first.target
        self.domain_zone_id = first.zone_id
        self.domain_targets = pulumi.Output.all(**{host: each.target for host, each in domains.items()})
        self.url = pulumi.Output.from_input(domain.url)
        self.truststore_uri = trusted.uri if trusted else pulumi.Output.from_input("")
        self.register_outputs({each: getattr(self, each) for each in Tls.__annotations__})


@dataclass(frozen=True)
class _Stage:
    """The stage to which the domains lead."""

    api_id: pulumi.Input[str]
    name: pulumi.Input[str]


@dataclass(frozen=True, kw_only=True)
class _Domain:
    """A domain that leads to the stage."""

    certificate_arn: pulumi.Output[str]
    mapping: apigateway.BasePathMapping
    target: pulumi.Output[str]
    zone_id: pulumi.Output[str]


def _domain(
    name: str,
    domain: DomainSpec,
    stage: _Stage,
    trusted: Truststore | None,
    opts: pulumi.ResourceOptions,
    after: pulumi.ResourceOptions,
) -> _Domain:
    """Create one domain: certificate, name, mappings, records."""
    certificate_arn = _certificate_arn(name, domain, opts)
    edge = domain.endpoint_type == EDGE
    made = apigateway.DomainName(
        name,
        domain_name=domain.name,
        certificate_arn=certificate_arn if edge else None,
        regional_certificate_arn=None if edge else certificate_arn,
        endpoint_configuration={"types": domain.endpoint_type},
        security_policy=domain.security_policy,
        endpoint_access_mode=domain.endpoint_access_mode,
        mutual_tls_authentication=(
            {"truststore_uri": trusted.uri, "truststore_version": trusted.version}
            if trusted and domain.mutual_tls
            else None
        ),
        ownership_verification_certificate_arn=(
            _public_certificate(f"{name}-ownership", domain, opts)
            if domain.requests_ownership
            else domain.ownership_certificate_arn
        ),
        opts=opts,
    )
    mappings = [
        apigateway.BasePathMapping(
            f"{name}-{path}" if position else name,
            domain_name=made.domain_name,
            rest_api=stage.api_id,
            stage_name=stage.name,
            base_path=path or None,
            opts=after,
        )
        for position, path in enumerate(domain.base_paths)
    ]
    target = made.cloudfront_domain_name if edge else made.regional_domain_name
    zone_id = made.cloudfront_zone_id if edge else made.regional_zone_id
    _records(
        name, domain, target, zone_id, pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=mappings))
    )
    return _Domain(certificate_arn=certificate_arn, mapping=mappings[0], target=target, zone_id=zone_id)


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
            pulumi.log.warn(f"{spell('mutual_tls')}: {each}, and AWS tells nobody", component)
    return truststore(name, mutual, opts)


def _certificate_arn(name: str, domain: DomainSpec, opts: pulumi.ResourceOptions) -> pulumi.Output[str]:
    """The certificate of the domain, given or requested. A requested one is returned once it is issued."""
    if domain.certificate_arn is not None:
        return pulumi.Output.from_input(domain.certificate_arn)
    if domain.private_ca_arn is None:
        return _public_certificate(name, domain, opts)
    return acm.Certificate(
        name,
        domain_name=domain.name,
        certificate_authority_arn=domain.private_ca_arn,
        key_algorithm=_key_algorithm(domain),
        region=_region(domain),
        opts=opts,
    ).arn


_PROOF = {"resourceRecordName": "_a.api.example.com.", "resourceRecordType": "CNAME", "resourceRecordValue": "_b."}
"""A validation record as AWS returns it."""


def _public_certificate(name: str, domain: DomainSpec, opts: pulumi.ResourceOptions) -> pulumi.Output[str]:
    """A public certificate, validated in the domain's zone. Names are generated, so a replacement can come first."""
    certificate = acm.Certificate(
        name,
        domain_name=domain.name,
        validation_method="DNS",
        key_algorithm=_key_algorithm(domain),
        region=_region(domain),
        opts=opts,
    )
    # A certificate for one name needs one validation record.
    options = returned(certificate, "domainValidationOptions", certificate.domain_validation_options, [_PROOF])
    proof = options.apply(lambda options: options[0])
    record = route53.Record(
        f"{name}-validation",
        zone_id=domain.zone_id or "",
        name=proof.apply(lambda each: each.resource_record_name or ""),
        type=proof.apply(lambda each: each.resource_record_type or ""),
        records=[proof.apply(lambda each: each.resource_record_value or "")],
        ttl=300,
        # The record is the same for every certificate of this name in the account, in any region.
        allow_overwrite=True,
        opts=opts,
    )
    issued = acm.CertificateValidation(
        name,
        certificate_arn=certificate.arn,
        validation_record_fqdns=[record.fqdn],
        region=_region(domain),
        opts=opts,
    )
    return issued.certificate_arn


def _key_algorithm(domain: DomainSpec) -> str | None:
    """AWS's default is left out, since an input that is not set cannot drift."""
    return None if domain.key_algorithm == "RSA_2048" else domain.key_algorithm


def _region(domain: DomainSpec) -> str | None:
    """The region where AWS looks for the certificate; None if it is the API's own."""
    return "us-east-1" if domain.endpoint_type == EDGE else None


def _records(
    name: str,
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
            f"{name}-{family.lower()}",
            zone_id=domain.zone_id,
            name=domain.name,
            type=family,
            aliases=[{"name": target, "zone_id": target_zone_id, "evaluate_target_health": False}],
            opts=opts,
        )
