"""The certificates of domains: given, or requested and validated."""

import pulumi
from pulumi_aws import acm, route53

from ...validation.outputs import returned
from .names import Names
from .spec import EDGE, DomainSpec


def certificate_arn(names: Names, domain: DomainSpec, opts: pulumi.ResourceOptions) -> pulumi.Output[str]:
    """The certificate of the domain, given or requested. A requested one is returned once it is issued."""
    if domain.certificate_arn is not None:
        return pulumi.Output.from_input(domain.certificate_arn)
    if domain.private_ca_arn is None:
        return public_certificate(names, domain, opts)
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


def public_certificate(
    names: Names, domain: DomainSpec, opts: pulumi.ResourceOptions, suffix: str = ""
) -> pulumi.Output[str]:
    """A public certificate, validated in a public zone. Names are generated, so a replacement can come first."""
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
        zone_id=domain.proof_zone_id or "",
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
