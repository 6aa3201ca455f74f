"""The component: certificate, domain name, truststore, mapping and records, in that order."""

import pulumi
from pulumi_aws import acm, apigateway, route53

from ...problems import NOTHING, ArgsError, Problems
from ...reader import Reader
from .args import DomainSpec, TlsLayerArgs, TlsSpec
from .truststore import truststore


class Tls(pulumi.ComponentResource):
    """A domain name in front of one stage of a REST API, with its certificate, mutual TLS and records.

    Nothing leads to the stage (mapping, records) before all that the component's `depends_on` names.
    """

    domain_name: pulumi.Output[str]
    """The domain name, once it leads to the stage."""

    domain_target: pulumi.Output[str]
    """The AWS name that the domain's records must point to."""

    domain_zone_id: pulumi.Output[str]
    """Id of the hosted zone of `domain_target`, for alias records."""

    url: pulumi.Output[str]
    """Where callers reach the API."""

    truststore_uri: pulumi.Output[str]
    """S3 URI of the truststore; empty without mutual TLS."""

    certificate_arn: pulumi.Output[str]
    """ARN of the domain's certificate, issued."""

    def __init__(self, name: str, args: TlsLayerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the domain, or raise `ArgsError` with every mistake before anything is registered."""
        problems = Problems()
        reader = Reader(args, TlsLayerArgs, "", problems)
        spec = TlsSpec.parse(reader)
        for each in ("api_id", "stage_name"):
            reader.leaf(each)
        domain = spec.domain
        if domain is None and not problems.found:
            reader.refuse("domain", "a domain: without one there is nothing to make", given=NOTHING)
        if domain is None or problems.found:
            raise ArgsError(f"Tls {name!r}", problems.found)
        super().__init__("secure-gateway:index:Tls", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)

        self.certificate_arn = _certificate_arn(name, domain, child)
        trusted = truststore(name, spec.mutual_tls, child) if spec.mutual_tls else None
        made = apigateway.DomainName(
            name,
            domain_name=domain.name,
            regional_certificate_arn=self.certificate_arn,
            endpoint_configuration={"types": "REGIONAL"},
            security_policy=spec.security_policy,
            endpoint_access_mode=spec.endpoint_access_mode,
            mutual_tls_authentication=(
                {"truststore_uri": trusted.uri, "truststore_version": trusted.version} if trusted else None
            ),
            ownership_verification_certificate_arn=domain.ownership_certificate_arn,
            opts=child,
        )
        # What a component waits for is not among its children's dependencies: the door names it itself.
        mapping = apigateway.BasePathMapping(
            name,
            domain_name=made.domain_name,
            rest_api=args["api_id"],
            stage_name=args["stage_name"],
            base_path=domain.base_path or None,
            opts=pulumi.ResourceOptions(parent=self, depends_on=opts.depends_on if opts else None),
        )
        _records(name, domain, made, pulumi.ResourceOptions(parent=self, depends_on=[mapping]))

        self.domain_name = mapping.domain_name
        self.domain_target = made.regional_domain_name
        self.domain_zone_id = made.regional_zone_id
        self.url = pulumi.Output.from_input(domain.url)
        self.truststore_uri = trusted.uri if trusted else pulumi.Output.from_input("")
        self.register_outputs({each: getattr(self, each) for each in Tls.__annotations__})


def _certificate_arn(name: str, domain: DomainSpec, opts: pulumi.ResourceOptions) -> pulumi.Output[str]:
    """The certificate of the domain, given or requested; a requested one only once it is issued."""
    if domain.certificate_arn is not None or domain.zone_id is None:
        return pulumi.Output.from_input(domain.certificate_arn or "")
    certificate = acm.Certificate(name, domain_name=domain.name, validation_method="DNS", opts=opts)
    # One name asks for one record.
    proof = certificate.domain_validation_options.apply(lambda options: options[0])
    record = route53.Record(
        f"{name}-validation",
        zone_id=domain.zone_id,
        name=proof.apply(lambda each: each.resource_record_name or ""),
        type=proof.apply(lambda each: each.resource_record_type or ""),
        records=[proof.apply(lambda each: each.resource_record_value or "")],
        ttl=300,
        # The record is the same for every certificate of this name in the account, in any region.
        allow_overwrite=True,
        opts=opts,
    )
    issued = acm.CertificateValidation(
        name, certificate_arn=certificate.arn, validation_record_fqdns=[record.fqdn], opts=opts
    )
    return issued.certificate_arn


def _records(name: str, domain: DomainSpec, made: apigateway.DomainName, opts: pulumi.ResourceOptions) -> None:
    """Point the name at the domain, for IPv4 and IPv6."""
    if domain.zone_id is None:
        return
    for family in ("A", "AAAA"):
        route53.Record(
            f"{name}-{family.lower()}",
            zone_id=domain.zone_id,
            name=domain.name,
            type=family,
            aliases=[
                {"name": made.regional_domain_name, "zone_id": made.regional_zone_id, "evaluate_target_health": False}
            ],
            opts=opts,
        )
