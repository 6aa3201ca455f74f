"""TLS: no weak policy, no second door, no certificate or truststore that is declared but not in force."""

import base64
import hashlib
import json
from datetime import timedelta

import pulumi
import pytest
from certificates import NOW, certificate, chain, key
from cryptography.hazmat.primitives import hashes
from pulumi_aws import Provider, acm, route53, wafv2

from secure_gateway.layers.tls import Tls, TlsArgs, TlsSpec, records_through
from secure_gateway.layers.tls.ca_bundle import expiring, mistake
from secure_gateway.testing import UNKNOWN, deploy, value
from secure_gateway.validation.problems import ArgsError, Problems, camel_case_paths
from secure_gateway.validation.reader import Reader

PFS = "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09"
ZONE = "Z0123456789ABC"
CERTIFICATE = "arn:aws:acm:eu-west-1:123456789012:certificate/11111111-2222-3333-4444-555555555555"
MADE_CERTIFICATE = "arn:aws:acm:eu-west-1:123456789012:certificate/made"
NAME = "api.example.com"
REQUESTED = {"name": NAME, "zone_id": ZONE}
GIVEN = {"name": NAME, "certificate_arn": CERTIFICATE}
OUTPUTS = {
    "Certificate": {
        "arn": MADE_CERTIFICATE,
        "domainValidationOptions": [
            {
                "domainName": NAME,
                "resourceRecordName": "_x.api.example.com.",
                "resourceRecordType": "CNAME",
                "resourceRecordValue": "_y.acm-validations.aws.",
            }
        ],
    },
    "DomainName": {
        "regionalDomainName": "d-1.execute-api.eu-west-1.amazonaws.com",
        "regionalZoneId": "Z0REGION",
        "cloudfrontDomainName": "d111.cloudfront.net",
        "cloudfrontZoneId": "Z2FDTNDATAQYW2",
    },
    "Bucket": {"arn": "arn:aws:s3:::trust-1a2b"},
    "BucketObjectv2": {"versionId": "v7"},
}


def block(label: str = "CERTIFICATE", content: bytes = b"\x30\x03\x02\x01\x05") -> str:
    return f"-----BEGIN {label}-----\n{base64.b64encode(content).decode()}\n-----END {label}-----\n"


CA = certificate()


def attach(args=None, *, preview: bool = False, opts: pulumi.ResourceOptions | None = None):
    whole = {"domain": REQUESTED, **(args or {}), "api_id": "a1b2c3", "stage_name": "live"}
    return deploy(lambda: Tls("orders", whole, opts), outputs=OUTPUTS, preview=preview)


def parse(args) -> tuple[TlsSpec, Problems]:
    problems = Problems()
    return TlsSpec.parse(Reader(args, TlsArgs, "", problems)), problems


def spec(args=None) -> TlsSpec:
    parsed, problems = parse(args or {})
    problems.raise_any("tls")
    return parsed


def names(recorded) -> list[str]:
    return sorted(f"{each.type.split(':')[-1]} {each.name}" for each in recorded.resources)


# Policy and doors: what the lead asks of the spec


@pytest.mark.parametrize(
    ("args", "policy", "mode"),
    [
        pytest.param({}, PFS, "BASIC", id="default"),
        pytest.param({"endpoint_access_mode": "STRICT"}, PFS, "STRICT", id="strict"),
        pytest.param({"security_policy": "TLS_1_2"}, "TLS_1_2", None, id="legacy"),
        pytest.param(
            {"security_policy": "SecurityPolicy_TLS13_1_3_2025_09"},
            "SecurityPolicy_TLS13_1_3_2025_09",
            "BASIC",
            id="tls13-only",
        ),
        pytest.param({"domain": GIVEN, "mutual_tls": {"ca_pem": CA}}, "TLS_1_2", None, id="mutual"),
    ],
)
def test_api_and_domain_have_one_policy(args, policy, mode):
    decided = spec(args)

    assert (decided.security_policy, decided.api_security_policy) == (policy, policy)
    assert decided.endpoint_access_mode == mode


@pytest.mark.parametrize(
    ("args", "closed"),
    [
        pytest.param({}, False, id="no-domain"),
        pytest.param({"domain": GIVEN}, True, id="domain"),
        pytest.param({"domain": GIVEN, "mutual_tls": {"ca_pem": CA}}, True, id="mutual"),
        pytest.param({"domain": GIVEN, "keep_default_endpoint": "migration"}, False, id="kept"),
    ],
)
def test_a_domain_closes_the_other_door(args, closed):
    assert spec(args).disable_execute_api_endpoint is closed


@pytest.mark.parametrize(
    ("args", "lines"),
    [
        ({}, (f"HTTPS only, TLS policy {PFS}, endpoint access BASIC", "execute-api endpoint on")),
        (
            {"domain": REQUESTED, "mutual_tls": {"ca_pem": CA}},
            (
                "HTTPS only, TLS policy TLS_1_2",
                "domain api.example.com, certificate requested",
                "execute-api endpoint off",
                "mutual TLS on the domain, truststore pinned to a version",
            ),
        ),
        (
            {"domain": GIVEN, "keep_default_endpoint": "until May", "endpoint_access_mode": "STRICT"},
            (
                f"HTTPS only, TLS policy {PFS}, endpoint access STRICT",
                "domain api.example.com, certificate given",
                "execute-api endpoint on: until May",
            ),
        ),
    ],
)
def test_posture_tells_what_is_in_force(args, lines):
    assert spec(args).posture() == lines


# Domain and certificate


def test_a_requested_certificate_is_proved_before_it_is_used():
    recorded = attach()

    assert names(recorded) == [
        "BasePathMapping orders-api.example.com",
        "Certificate orders-api.example.com",
        "CertificateValidation orders-api.example.com",
        "DomainName orders-api.example.com",
        "Record orders-api.example.com-a",
        "Record orders-api.example.com-aaaa",
        "Record orders-api.example.com-validation",
        "Tls orders",
    ]
    assert recorded.one("Certificate").inputs == {
        "domainName": NAME,
        "validationMethod": "DNS",
        "keyAlgorithm": "RSA_2048",
    }
    assert recorded.one("Record", "orders-api.example.com-validation").inputs == {
        "zoneId": ZONE,
        "name": "_x.api.example.com.",
        "type": "CNAME",
        "records": ["_y.acm-validations.aws."],
        "ttl": 300,
        "allowOverwrite": True,
    }
    validation = recorded.one("CertificateValidation")
    assert validation.inputs["certificateArn"] == MADE_CERTIFICATE
    assert validation.depends_on(recorded.one("Record", "orders-api.example.com-validation"))
    # Through the validation, not beside it: AWS refuses a certificate that is not issued yet.
    assert recorded.one("DomainName").depends_on(validation)
    assert recorded.one("DomainName").inputs == {
        "domainName": NAME,
        "regionalCertificateArn": MADE_CERTIFICATE,
        "endpointConfiguration": {"types": "REGIONAL", "ipAddressType": "ipv4"},
        "routingMode": "BASE_PATH_MAPPING_ONLY",
        "securityPolicy": PFS,
        "endpointAccessMode": "BASIC",
    }


def test_a_given_certificate_is_used_as_it_is():
    recorded = attach({"domain": GIVEN})

    assert names(recorded) == [
        "BasePathMapping orders-api.example.com",
        "DomainName orders-api.example.com",
        "Tls orders",
    ]
    assert recorded.one("DomainName").inputs["regionalCertificateArn"] == CERTIFICATE


def test_a_given_certificate_with_a_zone_gets_records_only():
    recorded = attach({"domain": {**GIVEN, "zone_id": ZONE}})

    assert names(recorded) == [
        "BasePathMapping orders-api.example.com",
        "DomainName orders-api.example.com",
        "Record orders-api.example.com-a",
        "Record orders-api.example.com-aaaa",
        "Tls orders",
    ]


@pytest.mark.parametrize("family", ["A", "AAAA"])
def test_the_name_leads_to_the_domain(family):
    recorded = attach()

    record = recorded.one("Record", f"orders-api.example.com-{family.lower()}")
    assert record.inputs == {
        "zoneId": ZONE,
        "name": NAME,
        "type": family,
        "aliases": [
            {
                "name": "d-1.execute-api.eu-west-1.amazonaws.com",
                "zoneId": "Z0REGION",
                "evaluateTargetHealth": False,
            }
        ],
    }
    assert record.depends_on(recorded.one("BasePathMapping"))


@pytest.mark.parametrize("endpoint", ["REGIONAL", "EDGE"])
@pytest.mark.parametrize("kind", ["ipv4", "dualstack", None])
def test_a_domain_has_the_ip_address_type_that_is_given(endpoint, kind):
    arn = CERTIFICATE.replace("eu-west-1", "us-east-1") if endpoint == "EDGE" else CERTIFICATE
    domain = {"name": NAME, "certificate_arn": arn, "endpoint_type": endpoint}
    recorded = attach({"domain": {**domain, **({"ip_address_type": kind} if kind else {})}})
    configuration = recorded.one("DomainName").inputs["endpointConfiguration"]

    # Left out, it is given too: the provider would keep the old one.
    assert configuration == {"types": endpoint, "ipAddressType": kind or "ipv4"}


@pytest.mark.parametrize(
    ("domain", "path", "url"),
    [
        (REQUESTED, {}, "https://api.example.com"),
        ({**REQUESTED, "base_path": "orders-v1"}, {"basePath": "orders-v1"}, "https://api.example.com/orders-v1"),
    ],
)
def test_callers_cannot_choose_the_stage(domain, path, url):
    recorded = attach({"domain": domain})

    mapping = recorded.one("BasePathMapping")
    assert mapping.inputs == {"domainName": NAME, "restApi": "a1b2c3", "stageName": "live", **path}
    assert mapping.depends_on(recorded.one("DomainName"))
    assert value(recorded.result.url) == url


def test_nothing_leads_to_the_stage_before_its_protections():
    def program():
        acl = wafv2.WebAclAssociation("orders", resource_arn="arn:stage", web_acl_arn="arn:acl")
        attached = {"api_id": "a1b2c3", "stage_name": "live"}
        Tls("orders", {"domain": REQUESTED, **attached}, pulumi.ResourceOptions(depends_on=[acl]))

    recorded = deploy(program, outputs=OUTPUTS)

    protection = recorded.one("WebAclAssociation")
    assert recorded.one("BasePathMapping").depends_on(protection)
    for family in ("a", "aaaa"):
        assert recorded.one("Record", f"orders-api.example.com-{family}").depends_on(recorded.one("BasePathMapping"))


def test_values_of_other_resources_are_taken_with_their_dependencies():
    def program():
        zone = route53.Zone("example", name="example.com")
        given = acm.Certificate("given", domain_name=NAME, validation_method="DNS")
        domain = {"name": NAME, "zone_id": zone.zone_id, "certificate_arn": given.arn}
        Tls("orders", {"domain": domain, "api_id": "a1b2c3", "stage_name": "live"})

    recorded = deploy(program, outputs={**OUTPUTS, "Zone": {"zoneId": ZONE}})

    assert recorded.one("DomainName").depends_on(recorded.one("Certificate", "given"))
    for record in recorded.of("Record"):
        assert record.depends_on(recorded.one("Zone"))


def test_children_belong_to_the_component():
    component, *children = attach({"mutual_tls": {"ca_pem": CA}}).resources

    assert {each.parent for each in children} == {component.urn}


# Mutual TLS


def test_mutual_tls_takes_the_pinned_version_of_the_bundle():
    recorded = attach({"mutual_tls": {"ca_pem": CA}})

    domain, bucket = recorded.one("DomainName"), recorded.one("Bucket").id
    assert domain.inputs["mutualTlsAuthentication"] == {
        "truststoreUri": f"s3://{bucket}/truststore.pem",
        "truststoreVersion": "v7",
    }
    assert domain.inputs["securityPolicy"] == "TLS_1_2"
    assert "endpointAccessMode" not in domain.inputs
    bundle = recorded.one("BucketObjectv2")
    assert domain.depends_on(bundle)
    assert bundle.inputs == {
        "bucket": bucket,
        "key": "truststore.pem",
        "content": CA,
        "etag": hashlib.md5(CA.encode(), usedforsecurity=False).hexdigest(),
        "contentType": "application/x-pem-file",
    }
    assert value(recorded.result.truststore_uri) == f"s3://{bucket}/truststore.pem"


def test_the_bundle_is_read_from_a_file(tmp_path):
    file = tmp_path / "ca.pem"
    file.write_text(f"# Größe: eins\n{CA}", encoding="utf-8")

    recorded = attach({"mutual_tls": {"ca_file": str(file)}})

    assert recorded.one("BucketObjectv2").inputs["content"] == file.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("type_", "inputs"),
    [
        (
            "BucketPublicAccessBlock",
            {
                "blockPublicAcls": True,
                "blockPublicPolicy": True,
                "ignorePublicAcls": True,
                "restrictPublicBuckets": True,
            },
        ),
        ("BucketOwnershipControls", {"rule": {"objectOwnership": "BucketOwnerEnforced"}}),
        (
            "BucketServerSideEncryptionConfiguration",
            {"rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}]},
        ),
        ("BucketVersioning", {"versioningConfiguration": {"status": "Enabled"}}),
    ],
)
def test_the_bucket_is_private_before_it_holds_anything(type_, inputs):
    recorded = attach({"mutual_tls": {"ca_pem": CA}})

    setting = recorded.one(type_)
    assert setting.inputs == {"bucket": recorded.one("Bucket").id, **inputs}
    assert recorded.one("BucketObjectv2").depends_on(setting)


def test_the_bucket_answers_over_tls_only():
    recorded = attach({"mutual_tls": {"ca_pem": CA}})

    policy = recorded.one("BucketPolicy")
    assert json.loads(policy.inputs["policy"])["Statement"] == [
        {
            "Sid": "OnlyEncrypted",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": ["arn:aws:s3:::trust-1a2b", "arn:aws:s3:::trust-1a2b/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    ]
    assert policy.depends_on(recorded.one("BucketPublicAccessBlock"))
    assert recorded.one("BucketObjectv2").depends_on(policy)


@pytest.mark.parametrize(("args", "expected"), [({}, False), ({"force_destroy": True}, True)])
def test_what_others_left_in_the_bucket_stays_unless_told(args, expected):
    recorded = attach({"mutual_tls": {"ca_pem": CA, **args}})

    assert recorded.one("Bucket").inputs == {"forceDestroy": expected}


def test_a_bundle_that_becomes_known_is_used():
    recorded = attach({"mutual_tls": {"ca_pem": pulumi.Output.from_input(CA)}})

    assert recorded.one("BucketObjectv2").inputs["content"] == CA


def test_a_bundle_that_becomes_known_is_checked_and_not_shown():
    key = block("PRIVATE KEY", b"\x30secret")

    with pytest.raises(
        Exception, match=r"mutual_tls.ca_pem: expected 1 to .*, got a string of \d+ characters"
    ) as refused:
        attach({"mutual_tls": {"ca_pem": pulumi.Output.from_input(key)}})

    assert key.splitlines()[1] not in str(refused.value)


def test_a_truststore_of_the_callers_is_pinned_too():
    given = {"truststore_uri": "s3://ours/ca.pem", "truststore_version": "v1"}
    recorded = attach({"domain": GIVEN, "mutual_tls": given})

    assert recorded.one("DomainName").inputs["mutualTlsAuthentication"] == {
        "truststoreUri": "s3://ours/ca.pem",
        "truststoreVersion": "v1",
    }
    assert recorded.of("Bucket") == recorded.of("BucketObjectv2") == []


def test_a_changed_bundle_changes_only_object_and_pin():
    def inputs(pem):
        return {each.urn: each.inputs for each in attach({"mutual_tls": {"ca_pem": pem}}).resources}

    before, after = inputs(CA), inputs(CA + certificate("next"))

    # The domain takes the new version in place: its pin is the object's, unknown until that is written.
    assert {urn.split(":")[-3] for urn in before if before[urn] != after[urn]} == {"BucketObjectv2"}
    assert before.keys() == after.keys()


PRIVATE_CA = "arn:aws:acm-pca:eu-west-1:123456789012:certificate-authority/11111111-2222-3333-4444-555555555555"


def test_a_certificate_of_a_private_ca_needs_no_proof():
    recorded = attach({"domain": {"name": NAME, "private_ca_arn": PRIVATE_CA}})

    assert recorded.one("Certificate").inputs == {
        "domainName": NAME,
        "certificateAuthorityArn": PRIVATE_CA,
        "keyAlgorithm": "RSA_2048",
    }
    assert recorded.of("CertificateValidation") == []
    assert recorded.one("DomainName").inputs["regionalCertificateArn"] == MADE_CERTIFICATE


def test_beside_mutual_tls_a_private_cas_certificate_gets_a_public_one_that_proves_the_name():
    domain = {"name": NAME, "private_ca_arn": PRIVATE_CA, "zone_id": ZONE}
    recorded = attach({"domain": domain, "mutual_tls": {"ca_pem": CA}})

    proof = recorded.one("Certificate", "orders-api.example.com-ownership")
    assert proof.inputs == {"domainName": NAME, "validationMethod": "DNS", "keyAlgorithm": "RSA_2048"}
    made = recorded.one("DomainName")
    assert made.inputs["ownershipVerificationCertificateArn"] == MADE_CERTIFICATE
    assert made.depends_on(recorded.one("CertificateValidation", "orders-api.example.com-ownership"))


@pytest.mark.parametrize("algorithm", ["EC_prime256v1", "EC_secp384r1"])
def test_another_key_is_another_certificate_under_the_same_name(algorithm):
    recorded = attach({"domain": {**REQUESTED, "key_algorithm": algorithm}})

    certificate_ = recorded.one("Certificate")
    assert certificate_.inputs["keyAlgorithm"] == algorithm
    # It is replaced: the new one is made and proved first, the domain takes it in place, the old one goes last.
    assert certificate_.delete_before_replace is False
    assert recorded.one("DomainName").depends_on(recorded.one("CertificateValidation"))


# Edge


EDGE_CERTIFICATE = CERTIFICATE.replace("eu-west-1", "us-east-1")
EDGE = {"name": NAME, "endpoint_type": "EDGE"}


@pytest.mark.parametrize(
    ("args", "policy", "mode"),
    [
        ({}, "SecurityPolicy_TLS12_PFS_2025_EDGE", "BASIC"),
        ({"domain": {"security_policy": "SecurityPolicy_TLS13_2025_EDGE"}}, "SecurityPolicy_TLS13_2025_EDGE", "BASIC"),
        ({"security_policy": "TLS_1_2"}, "TLS_1_2", None),
    ],
)
def test_an_edge_domain_has_its_own_kind_of_policy_and_certificate(args, policy, mode):
    whole = {**args, "domain": {**EDGE, "certificate_arn": EDGE_CERTIFICATE, **args.get("domain", {})}}
    made = attach(whole).one("DomainName").inputs

    assert made["endpointConfiguration"] == {"types": "EDGE", "ipAddressType": "ipv4"}
    assert made["certificateArn"] == EDGE_CERTIFICATE
    assert "regionalCertificateArn" not in made
    assert (made["securityPolicy"], made.get("endpointAccessMode")) == (policy, mode)


def test_the_certificate_of_an_edge_domain_is_requested_where_aws_looks_for_it():
    recorded = attach({"domain": {**EDGE, "zone_id": ZONE}})

    assert recorded.one("Certificate").inputs["region"] == "us-east-1"
    assert recorded.one("CertificateValidation").inputs["region"] == "us-east-1"
    assert recorded.one("Record", "orders-api.example.com-a").inputs["aliases"][0]["name"] == "d111.cloudfront.net"
    assert value(recorded.result.domain_target) == "d111.cloudfront.net"


# Several names


OTHER = {"name": "shop.example.com", "zone_id": ZONE}


def test_several_names_lead_to_one_stage():
    recorded = attach({"more_domains": [OTHER]})

    assert {each.name: each.inputs for each in recorded.of("BasePathMapping")} == {
        "orders-api.example.com": {"domainName": NAME, "restApi": "a1b2c3", "stageName": "live"},
        "orders-shop.example.com": {"domainName": "shop.example.com", "restApi": "a1b2c3", "stageName": "live"},
    }
    assert {each.inputs["domainName"] for each in recorded.of("Certificate")} == {NAME, "shop.example.com"}
    assert len({each.inputs["regionalCertificateArn"] for each in recorded.of("DomainName")}) == 1
    for name in ("orders-api.example.com", "orders-shop.example.com"):
        assert recorded.one("DomainName", name).depends_on(recorded.one("CertificateValidation", name))
        for family in ("a", "aaaa"):
            assert recorded.one("Record", f"{name}-{family}").depends_on(recorded.one("BasePathMapping", name))
    assert set(value(recorded.result.domain_targets)) == {NAME, "shop.example.com"}


def test_names_are_known_by_themselves_not_by_position():
    third = {"name": "third.example.com", "zone_id": ZONE}

    def state(*more):
        return {each.urn: each.inputs for each in attach({"more_domains": list(more)}).resources}

    assert state(OTHER, third) == state(third, OTHER)


def test_several_base_paths_lead_to_one_stage():
    recorded = attach({"domain": {**REQUESTED, "base_path": "v2", "more_base_paths": ["v1", "v0"]}})

    assert {each.name: each.inputs["basePath"] for each in recorded.of("BasePathMapping")} == {
        "orders-api.example.com-v2": "v2",
        "orders-api.example.com-v0": "v0",
        "orders-api.example.com-v1": "v1",
    }
    assert value(recorded.result.url) == f"https://{NAME}/v2"


def test_client_certificates_are_demanded_under_every_name_that_does_not_say_why_not():
    more = [OTHER, {"name": "open.example.com", "zone_id": ZONE, "without_mutual_tls": "browsers"}]
    recorded = attach({"more_domains": more, "mutual_tls": {"ca_pem": CA}})

    assert {
        each.inputs["domainName"]: "mutualTlsAuthentication" in each.inputs for each in recorded.of("DomainName")
    } == {
        NAME: True,
        "shop.example.com": True,
        "open.example.com": False,
    }
    assert len(recorded.of("BucketObjectv2")) == 1
    lines = spec({"domain": REQUESTED, "more_domains": more, "mutual_tls": {"ca_pem": CA}}).posture()
    assert "domain open.example.com, certificate requested, without client certificates: browsers" in lines


def test_a_zone_of_another_account_is_reached_through_another_provider():
    def program():
        dns = Provider("dns", region="eu-west-1", profile="dns")
        opts = pulumi.ResourceOptions(transformations=[records_through(dns)])
        attached = {"api_id": "a1b2c3", "stage_name": "live"}
        Tls("orders", {"domain": REQUESTED, "mutual_tls": {"ca_pem": CA}, **attached}, opts)

    recorded = deploy(program, outputs=OUTPUTS)

    with_dns = {each.type.split(":")[-1] for each in recorded.resources if "::dns::" in each.provider}
    assert with_dns == {"Record"}
    assert all("::dns::" in each.provider for each in recorded.of("Record"))


def test_ownership_is_proved_by_a_certificate_of_its_own():
    other = CERTIFICATE.replace("1111", "9999")
    recorded = attach({"domain": {**GIVEN, "ownership_certificate_arn": other}, "mutual_tls": {"ca_pem": CA}})

    assert recorded.one("DomainName").inputs["ownershipVerificationCertificateArn"] == other


# Outputs and preview


def test_outputs():
    tls = attach().result

    assert value(tls.domain_name) == NAME
    assert value(tls.domain_target) == "d-1.execute-api.eu-west-1.amazonaws.com"
    assert value(tls.domain_zone_id) == "Z0REGION"
    assert value(tls.truststore_uri) == ""
    assert value(tls.certificate_arn) == MADE_CERTIFICATE


def test_a_first_preview_registers_the_same():
    args = {"mutual_tls": {"ca_pem": CA}}

    recorded = attach(args, preview=True)

    assert {each.urn for each in recorded.resources} == {each.urn for each in attach(args).resources}
    assert recorded.one("DomainName").inputs["mutualTlsAuthentication"]["truststoreVersion"] == UNKNOWN
    assert recorded.one("BasePathMapping").inputs["stageName"] == "live"


# Refusals

MUTUAL = {"domain": GIVEN, "mutual_tls": {"ca_pem": CA}}


@pytest.mark.parametrize(
    ("args", "path", "message"),
    [
        (
            {"security_policy": "TLS_1_0"},
            "security_policy",
            "'TLS_1_0' is unknown; did you mean 'TLS_1_2'? Expected one of 'SecurityPolicy_TLS13_1_2_2021_06',",
        ),
        (
            {"security_policy": "SecurityPolicy_TLS13_2025_EDGE"},
            "security_policy",
            (
                "'SecurityPolicy_TLS13_2025_EDGE' is unknown; did you mean "
                "'SecurityPolicy_TLS13_1_3_2025_09'? Expected one of"
            ),
        ),
        (
            {"endpoint_access_mode": "strict"},
            "endpoint_access_mode",
            "expected one of 'BASIC', 'STRICT', got 'strict'; did you mean 'STRICT'?",
        ),
        (
            {"security_policy": "TLS_1_2", "endpoint_access_mode": "BASIC"},
            "endpoint_access_mode",
            "cannot be combined with `security_policy TLS_1_2`",
        ),
        (
            {**MUTUAL, "security_policy": PFS},
            "security_policy",
            "must be 'TLS_1_2' or left out: AWS offers mutual TLS with no other policy",
        ),
        (
            {**MUTUAL, "endpoint_access_mode": "STRICT"},
            "endpoint_access_mode",
            "cannot be combined with `security_policy TLS_1_2`",
        ),
        ({"mutual_tls": {"ca_pem": CA}}, "domain", "required with `mutual_tls`, which works on custom domains only"),
        ({"keep_default_endpoint": "x"}, "keep_default_endpoint", "requires `domain`: there is no other endpoint"),
        (
            {"domain": GIVEN, "keep_default_endpoint": True},
            "keep_default_endpoint",
            "expected the reason why callers may bypass the domain, got true",
        ),
        ({"domain": {"certificate_arn": CERTIFICATE}}, "domain.name", "this field is required"),
        (
            {"domain": {"name": NAME}},
            "domain.certificate_arn",
            "required unless `zone_id` is given, to request and validate a certificate",
        ),
        (
            {"domain": {**GIVEN, "name": "API.example.com"}},
            "domain.name",
            "'API.example.com' is not a host name in lower case such as api.example.com",
        ),
        (
            {"domain": {**GIVEN, "name": "https://a.example.com"}},
            "domain.name",
            "'https://a.example.com' is not a host name in lower case such as api.example.com",
        ),
        (
            {"domain": {**GIVEN, "name": "*.example.com"}},
            "domain.name",
            "'*.example.com' is not a host name in lower case such as api.example.com",
        ),
        (
            {"domain": {**GIVEN, "name": "localhost"}},
            "domain.name",
            "'localhost' is not a host name in lower case such as api.example.com",
        ),
        (
            {"domain": {**REQUESTED, "name": f"{'a' * 60}.example.com"}},
            "domain.name",
            (
                "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example.com' is "
                "longer than 64 characters: ACM issues no certificate for such a name"
            ),
        ),
        (
            {"domain": {**GIVEN, "certificate_arn": "arn:x"}},
            "domain.certificate_arn",
            "'arn:x' is not the ARN of an ACM certificate, such as arn:aws:acm:<region>:<account>:certificate/<id>",
        ),
        (
            {"domain": {**GIVEN, "zone_id": "example.com"}},
            "domain.zone_id",
            "'example.com' is not the id of a Route 53 hosted zone (Z...)",
        ),
        (
            {"domain": {**GIVEN, "base_path": "/v1"}},
            "domain.base_path",
            "'/v1' is not one path segment without slashes",
        ),
        (
            {"domain": {**GIVEN, "ownership_certificate_arn": CERTIFICATE}},
            "domain.ownership_certificate_arn",
            "requires `mutual_tls`, and `certificate_arn` or `private_ca_arn`",
        ),
        (
            {"domain": {**REQUESTED, "ownership_certificate_arn": CERTIFICATE}, "mutual_tls": {"ca_pem": CA}},
            "domain.ownership_certificate_arn",
            "requires `mutual_tls`, and `certificate_arn` or `private_ca_arn`",
        ),
        (
            {"domain": GIVEN, "mutual_tls": {}},
            "mutual_tls",
            "expected exactly one of `ca_file`, `ca_pem` or `truststore_uri`, got none of them",
        ),
        (
            {"domain": GIVEN, "mutual_tls": {"ca_file": "a", "ca_pem": CA}},
            "mutual_tls",
            "expected exactly one of `ca_file`, `ca_pem` or `truststore_uri`, got 'ca_file', 'ca_pem'",
        ),
        (
            {"domain": GIVEN, "mutual_tls": {"ca_file": "no/such.pem"}},
            "mutual_tls.ca_file",
            "'no/such.pem' is not the path of a PEM file that can be read",
        ),
        (
            {"domain": {**EDGE, "certificate_arn": EDGE_CERTIFICATE}, "mutual_tls": {"ca_pem": CA}},
            "domain.endpoint_type",
            "must be 'REGIONAL': edge-optimized domains have no mutual TLS",
        ),
        (
            {"domain": {**EDGE, "certificate_arn": EDGE_CERTIFICATE}, "endpoint_access_mode": "STRICT"},
            "domain.endpoint_type",
            (
                "must be 'REGIONAL' with `endpoint_access_mode` 'STRICT': such an API takes no "
                "requests from another endpoint type"
            ),
        ),
        (
            {"domain": {**EDGE, "certificate_arn": CERTIFICATE}},
            "domain.certificate_arn",
            (
                "'arn:aws:acm:eu-west-1:123456789012:certificate/11111111-2222-3333-4444-55555... "
                "is not in us-east-1, where edge-optimized domains have their certificates"
            ),
        ),
        (
            {"domain": {**EDGE, "zone_id": ZONE, "security_policy": PFS}},
            "domain.security_policy",
            (
                "'SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09' is unknown; did you mean "
                "'SecurityPolicy_TLS12_PFS_2025_EDGE'? Expected one of"
            ),
        ),
        (
            {"domain": {**REQUESTED, "security_policy": "TLS_1_2"}},
            "domain.security_policy",
            (
                "has no effect on a Regional domain, which has the API's own policy, "
                "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09"
            ),
        ),
        (
            {"domain": {**REQUESTED, "endpoint_type": "PRIVATE"}},
            "domain.endpoint_type",
            "expected one of 'EDGE', 'REGIONAL', got 'PRIVATE'",
        ),
        (
            {"domain": {**REQUESTED, "key_algorithm": "RSA_1024"}},
            "domain.key_algorithm",
            "expected one of 'EC_prime256v1', 'EC_secp384r1', 'RSA_2048', got 'RSA_1024'; did you mean 'RSA_2048'?",
        ),
        (
            {"domain": {**GIVEN, "key_algorithm": "RSA_2048"}},
            "domain.key_algorithm",
            "cannot be combined with `domain.certificate_arn`: no certificate is requested",
        ),
        (
            {"domain": {**GIVEN, "private_ca_arn": PRIVATE_CA}},
            "domain.private_ca_arn",
            "cannot be combined with `domain.certificate_arn`: no certificate is requested",
        ),
        (
            {"domain": {"name": NAME, "private_ca_arn": PRIVATE_CA}, "mutual_tls": {"ca_pem": CA}},
            "domain.ownership_certificate_arn",
            (
                "required unless `zone_id` is given: AWS demands a public certificate for the name "
                "for mutual TLS with a private CA"
            ),
        ),
        (
            {"domain": {**GIVEN, "base_path": "v1", "more_base_paths": ["v1"]}},
            "domain.more_base_paths",
            "'v1' is `domain.base_path` already",
        ),
        (
            {"domain": {**GIVEN, "more_base_paths": ["/a"]}},
            "domain.more_base_paths[0]",
            "'/a' is not one path segment without slashes",
        ),
        (
            {"domain": GIVEN, "more_domains": [GIVEN]},
            "more_domains[0].name",
            "'api.example.com' is the name of another domain too",
        ),
        ({"more_domains": [GIVEN]}, "more_domains", "requires `domain`"),
        (
            {"domain": GIVEN, "more_domains": [{**OTHER, "without_mutual_tls": "x"}]},
            "more_domains[0].without_mutual_tls",
            "requires `mutual_tls`",
        ),
        (
            {"domain": {**GIVEN, "without_mutual_tls": "x"}, "mutual_tls": {"ca_pem": CA}},
            "domain.without_mutual_tls",
            (
                "unknown field; the fields are 'base_path', 'certificate_arn', 'endpoint_type', "
                "'ip_address_type', 'key_algorithm', 'more_base_paths', 'name',"
            ),
        ),
        (
            {"domain": GIVEN, "mutual_tls": {"truststore_uri": "s3://ours/ca.pem"}},
            "mutual_tls.truststore_version",
            "required with `truststore_uri`: without it AWS does not read changed certificates",
        ),
        (
            {"domain": GIVEN, "mutual_tls": {"truststore_uri": "ours", "truststore_version": "v1"}},
            "mutual_tls.truststore_uri",
            "'ours' is not the S3 URI of an object, such as s3://<bucket>/<key>",
        ),
        (
            {"domain": GIVEN, "mutual_tls": {"ca_pem": CA, "truststore_version": "v1"}},
            "mutual_tls.truststore_version",
            "cannot be combined with `mutual_tls.ca_pem`",
        ),
        (
            {"waived": "why not"},
            "waived",
            (
                "cannot be waived; the fields are 'disable_default_endpoint', 'domain', 'endpoint_access_mode', "
                "'keep_default_endpoint', 'more_domains', 'mutual_tls', 'security_policy', 'shared_domain'"
            ),
        ),
    ],
)
def test_mistakes_are_refused(args, path, message):
    _, problems = parse(args)

    assert [each.path for each in problems.found] == [path]
    assert problems.found[0].message.startswith(message)


SECRET = "MIIsecretsecret"


@pytest.mark.parametrize(
    "pem",
    [
        pytest.param(block("PRIVATE KEY"), id="key-alone"),
        pytest.param(CA + block("RSA PRIVATE KEY"), id="key-beside"),
        pytest.param(CA + block("CERTIFICATE REQUEST"), id="request"),
        pytest.param(CA + f"-----BEGIN ENCRYPTED PRIVATE KEY-----\n{SECRET}\n", id="half-a-key"),
        pytest.param(f"-----BEGIN CERTIFICATE-----\n{SECRET}", id="half-a-certificate"),
        pytest.param("-----BEGIN CERTIFICATE-----\nMII*\n-----END CERTIFICATE-----\n", id="no-base64"),
        pytest.param(SECRET, id="no-pem"),
        pytest.param(CA * 1001, id="too-many"),
        pytest.param(block(content=bytes(1_000_000)), id="too-big"),
    ],
)
@pytest.mark.parametrize("source", ["ca_pem", "ca_file"])
def test_a_bundle_holds_certificates_only_and_is_never_shown(pem, source, tmp_path):
    file = tmp_path / "bundle.pem"
    file.write_text(pem)

    _, problems = parse({"domain": GIVEN, "mutual_tls": {source: pem if source == "ca_pem" else str(file)}})

    (problem,) = problems.found
    assert problem.path == f"mutual_tls.{source}"
    assert problem.message.endswith(f"no private key, 1 MB at most, got a string of {len(pem):,} characters")


WEAK = certificate(own_key=key("rsa", 1024))
CLIENT = certificate("client", issuer="CA", own_key=key(which=9), issuer_key=key(), ca=False)


@pytest.mark.parametrize(
    ("pem", "place", "message"),
    [
        pytest.param(
            block(content=b"no certificate"), "1 of 1", "is not an X.509 certificate", id="no-certificate-inside"
        ),
        pytest.param(
            block(content=b"\x30\x03\x02\x01\x05"), "1 of 1", "is not an X.509 certificate", id="der-of-something-else"
        ),
        pytest.param(CA + certificate(age=900, days=-1), "2 of 2", "expired on 2", id="expired"),
        pytest.param(certificate(age=-5), "1 of 1", "is not valid before 2", id="not-yet-valid"),
        pytest.param(certificate(ca=False), "1 of 1", "is not the certificate of a CA", id="no-ca"),
        pytest.param(certificate(ca=None), "1 of 1", "is not the certificate of a CA", id="no-constraint"),
        pytest.param(certificate(signs=False), "1 of 1", "is not the certificate of a CA", id="may-not-sign"),
        pytest.param(CA + CLIENT, "2 of 2", "is not the certificate of a CA", id="client"),
        pytest.param(WEAK, "1 of 1", "has an RSA key of 1,024 bits: AWS needs RSA with 2,048 bits", id="short-rsa"),
        pytest.param(certificate(own_key=key("ec", 192)), "1 of 1", "has a key of another kind or size", id="short-ec"),
        pytest.param(
            certificate(own_key=key("ed25519")), "1 of 1", "has a key of another kind or size", id="other-key"
        ),
        pytest.param(
            certificate(digest=hashes.SHA224),
            "1 of 1",
            "has a signature with sha224: AWS needs SHA-256",
            id="weak-digest",
        ),
        pytest.param(CA + CA, "2 of 2", "is number 1 again", id="twice"),
        pytest.param(chain(2)[1], "1 of 1", "needs all its issuers in the bundle", id="issuer-missing"),
        pytest.param(
            certificate("0", own_key=key(which=7)) + chain(2)[1],
            "2 of 2",
            "needs all its issuers in the bundle",
            id="issuer-of-name",
        ),
        pytest.param(
            "".join(chain(5)), "5 of 5", "has a chain of 5 certificates, but AWS accepts at most 4", id="long-chain"
        ),
    ],
)
def test_a_bundle_that_aws_would_only_warn_of_is_refused(pem, place, message):
    _, problems = parse({"domain": GIVEN, "mutual_tls": {"ca_pem": pem}})

    (problem,) = problems.found
    assert problem.path == "mutual_tls.ca_pem"
    assert problem.message.startswith(f"certificate {place} {message}")


@pytest.mark.parametrize(
    "pem",
    [
        pytest.param("".join(chain(4)), id="chain"),
        pytest.param("".join(reversed(chain(4))), id="any-order"),
        pytest.param(certificate(own_key=key("rsa", 2048)), id="rsa"),
        pytest.param(certificate(own_key=key("ec", 384), digest=hashes.SHA384, signs=True), id="p384"),
        pytest.param("".join(certificate(f"CA {n}") for n in range(300)), id="many"),
    ],
)
def test_a_good_bundle_is_taken(pem):
    assert spec({"domain": GIVEN, "mutual_tls": {"ca_pem": pem}}).mutual_tls is not None


def test_a_good_bundle_is_refused_once_it_has_expired():
    later = NOW + timedelta(days=4000)

    assert mistake(CA) is None
    assert mistake(CA, later) is not None


def test_what_expires_within_a_month_is_told():
    ends = f"{NOW + timedelta(days=20):%Y-%m-%d}"

    assert expiring(CA + certificate("other", days=20)) == [f"certificate 2 of 2 expires on {ends}"]


def test_a_key_pasted_as_a_path_is_not_shown():
    _, problems = parse({"domain": GIVEN, "mutual_tls": {"ca_file": block("PRIVATE KEY")}})

    assert [str(each) for each in problems.found] == [
        "mutual_tls.ca_file: expected the path of a PEM file, got a string that is no path"
    ]


def test_paths_are_spelt_as_the_caller_wrote_them():
    with camel_case_paths():
        _, problems = parse({"keep_default_endpoint": "x", "mutual_tls": {"ca_pem": CA}})

    assert [str(each) for each in problems.found] == [
        "domain: required with `mutualTls`, which works on custom domains only",
        "keepDefaultEndpoint: requires `domain`: there is no other endpoint",
    ]


@pytest.mark.parametrize(
    ("args", "paths"),
    [
        pytest.param({"api_id": "a", "stage_name": "live"}, {"domain"}, id="no-domain"),
        pytest.param({"domain": GIVEN, "api_id": 7}, {"api_id", "stage_name"}, id="no-stage"),
        pytest.param({"domain": {"name": NAME}, "stage_name": "live"}, {"api_id", "domain.certificate_arn"}, id="all"),
    ],
)
def test_nothing_is_registered_when_something_is_wrong(args, paths):
    refused = []

    def program():
        with pytest.raises(ArgsError) as error:
            Tls("orders", args)
        refused.append({each.path for each in error.value.problems})

    assert deploy(program).resources == []
    assert refused == [paths]
