"""Custom domains of private APIs: who may call them, through which VPC endpoints, and under which name.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-private-custom-domains.html
"""

import json

import judged
import pulumi
import pytest

from policypack.model.findings import Status
from secure_gateway import ArgsError, SecureGateway
from secure_gateway.layers.network import Network
from secure_gateway.parse import parse
from secure_gateway.testing import UNKNOWN, deploy, value

HOME = "eu-west-1:123456789012"
CERTIFICATE = f"arn:aws:acm:{HOME}:certificate/11111111-1111-1111-1111-111111111111"
AUTHORITY = f"arn:aws:acm-pca:{HOME}:certificate-authority/11111111-1111-1111-1111-111111111111"
DOOR, OTHER = "vpce-0123456789abcdef0", "vpce-0123456789abcdef1"
GIVEN = {"vpc_endpoint_ids": [DOOR, OTHER]}
MADE = {
    "vpc": {
        "vpc_id": "vpc-0123456789abcdef0",
        "subnet_ids": ["subnet-0123456789abcdef0"],
        "client_cidrs": ["10.0.0.0/16"],
    }
}
HOST = "stock.internal.example.com"
DOMAIN = {"name": HOST, "certificate_arn": CERTIFICATE}
THEIRS = f"arn:aws:apigateway:{HOME}:/domainnames/{HOST}+abc123"
INVOKED = THEIRS.replace("apigateway", "execute-api")
BASE = {"routes": [{"path": "/stock", "method": "GET", "integration": {"mock": {}}}]}


def args(private=GIVEN, network=None, **more):
    restricted = {"account": "123456789012", "private": private, **(network or {})}
    return {**BASE, "tls": {"domain": DOMAIN}, "network": restricted, **more}


def deployed(*given, preview=False, **more):
    return deploy(lambda: SecureGateway("shop", args(*given, **more)), preview=preview)


def statements(text):
    return {each.get("Sid", "Endpoint"): each for each in json.loads(text)["Statement"]}


@pytest.mark.parametrize("private", [GIVEN, MADE], ids=["given", "made"])
def test_the_domain_of_a_private_api_is_private_and_leads_to_its_stage(private):
    made = deployed(private)
    domain, mapping = made.one("DomainName"), made.one("BasePathMapping")

    assert domain.inputs["endpointConfiguration"] == {"types": "PRIVATE", "ipAddressType": "dualstack"}
    assert domain.inputs["certificateArn"] == CERTIFICATE
    assert "regionalCertificateArn" not in domain.inputs
    # AWS has one policy for private domains; that of the API is negotiated.
    assert domain.inputs["securityPolicy"] == "TLS_1_2"
    assert "endpointAccessMode" not in domain.inputs
    assert made.one("RestApi").inputs["securityPolicy"].startswith("SecurityPolicy_")
    assert mapping.inputs["domainNameId"] == domain.outputs["domainNameId"]
    assert mapping.depends_on(made.one("WebAclAssociation"))
    assert made.one("RestApi").inputs["disableExecuteApiEndpoint"] is True
    assert value(made.result.url) == f"https://{HOST}"
    assert value(made.result.domain_arn) == domain.outputs["arn"]
    assert "private" in str(value(made.result.posture)["tls"])
    assert [each for each in judged.findings(made) if each.status is Status.VIOLATION] == []


@pytest.mark.parametrize("private", [GIVEN, MADE], ids=["given", "made"])
def test_each_endpoint_gets_access_to_the_domain(private):
    made = deployed(private)
    endpoints = [each.id for each in made.of("VpcEndpoint")] or [DOOR, OTHER]
    found = [each.inputs for each in made.of("DomainNameAccessAssociation")]

    assert sorted(each["accessAssociationSource"] for each in found) == sorted(endpoints)
    assert {each["domainNameArn"] for each in found} == {made.one("DomainName").outputs["arn"]}
    assert {each["accessAssociationSourceType"] for each in found} == {"VPCE"}


def test_the_domain_lets_in_whom_the_network_of_the_api_lets_in():
    network = {
        "allow_cidrs": ["10.1.0.0/16"],
        "deny_cidrs": ["10.1.9.0/24"],
        "allow_vpcs": ["vpc-0123456789abcdef1"],
        "allow_vpc_endpoints": ["vpce-0123456789abcdef9"],
        "deny_vpcs": ["vpc-0123456789abcdef2"],
        "deny_vpc_endpoints": ["vpce-0123456789abcdef8"],
    }
    made = deployed(network=network)
    own = statements(made.one("DomainName").inputs["policy"])
    of_api = {each["Sid"]: each for each in made.document["x-amazon-apigateway-policy"]["Statement"]}

    assert {sid: each for sid, each in own.items() if sid != "Callers"} == {
        sid: each for sid, each in of_api.items() if each["Effect"] == "Deny"
    }
    assert own["OnlyThroughTheseEndpoints"]["Condition"]["StringNotEquals"]["aws:SourceVpce"] == [
        DOOR,
        OTHER,
        "vpce-0123456789abcdef9",
    ]
    assert own["Callers"]["Principal"] == "*"
    assert "Condition" not in own["Callers"]


def test_what_concerns_callers_and_routes_stays_in_the_policy_of_the_api():
    route = {"path": "/stock", "method": "GET", "auth": "iam", "integration": {"mock": {}}}
    statement = {"Effect": "Deny", "Resource": "execute-api:/live/GET/stock", "Condition": {"Bool": {"x:y": "true"}}}
    network = {"allow_accounts": ["123456789012"], "deny_roles": ["arn:aws:iam::123456789012:role/x"]}
    made = deployed(network={**network, "statements": [statement]}, routes=[route])

    assert set(statements(made.one("DomainName").inputs["policy"])) == {"Callers", "OnlyThroughTheseEndpoints"}
    assert "OnlyThesePrincipals" in str(made.document["x-amazon-apigateway-policy"])


@pytest.mark.parametrize("private", [GIVEN, MADE], ids=["given", "made"])
def test_records_of_a_private_zone_lead_to_the_endpoint(private):
    made = deployed(private, tls={"domain": {**DOMAIN, "zone_id": "Z0PRIVATE"}})
    records = made.of("Record")
    (alias,) = {json.dumps(each.inputs["aliases"]) for each in records}

    assert {(each.inputs["zoneId"], each.inputs["name"], each.inputs["type"]) for each in records} == {
        ("Z0PRIVATE", HOST, "A"),
        ("Z0PRIVATE", HOST, "AAAA"),
    }
    assert ".execute-api.eu-west-1.vpce.amazonaws.com" in alias
    assert value(made.result.domain_target) == json.loads(alias)[0]["name"]


def test_a_certificate_is_validated_in_a_public_zone():
    made = deployed(tls={"domain": {"name": HOST, "zone_id": "Z0PRIVATE", "validation_zone_id": "Z0PUBLIC"}})
    zones = {each.inputs["type"]: each.inputs["zoneId"] for each in made.of("Record")}

    assert zones == {"A": "Z0PRIVATE", "AAAA": "Z0PRIVATE", "CNAME": "Z0PUBLIC"}
    assert made.one("DomainName").depends_on(made.one("CertificateValidation"))


def test_a_public_domain_may_be_validated_in_another_zone_too():
    domain = {"name": "api.example.com", "zone_id": "Z0ALIAS", "validation_zone_id": "Z0PUBLIC"}
    given = {**BASE, "network": {"allow_cidrs": ["203.0.113.0/24"]}, "tls": {"domain": domain}}
    made = deploy(lambda: SecureGateway("shop", given))

    assert {each.inputs["zoneId"] for each in made.of("Record") if each.inputs["type"] == "CNAME"} == {"Z0PUBLIC"}


def test_the_made_endpoint_leads_to_the_api_and_its_domains_only():
    made = deployed(MADE, stages={"beta": {"tls": {"domain": {**DOMAIN, "name": "beta.example.com"}}}})
    allowed = statements(made.one("VpcEndpointPolicy").inputs["policy"])["Endpoint"]["Resource"]
    arns = [each.outputs["arn"].replace("apigateway", "execute-api") for each in made.of("DomainName")]

    assert allowed == [f"{value(made.result.execution_arn)}/*", *sorted(arns)]
    assert len(arns) == 2


def test_the_made_endpoint_leads_to_whatever_is_behind_the_domains_of_others():
    made = deployed({**MADE, "domain_arns": {"stock": THEIRS}}, tls={})
    own, others = json.loads(made.one("VpcEndpointPolicy").inputs["policy"])["Statement"]

    assert own["Resource"] == f"{value(made.result.execution_arn)}/*"
    assert others["Condition"] == {"ArnEquals": {"execute-api:viaDomainArn": [INVOKED]}}
    assert [each.policy for each in judged.findings(made) if each.status is Status.VIOLATION] == []


def test_stages_have_base_paths_of_the_private_domain():
    made = deployed(stages={"beta": {"base_path": "beta"}})
    ids = {each.inputs.get("basePath"): each.inputs["domainNameId"] for each in made.of("BasePathMapping")}

    assert ids == dict.fromkeys((None, "beta"), made.one("DomainName").outputs["domainNameId"])


@pytest.mark.parametrize(("private", "associated"), [(GIVEN, 0), (MADE, 1)], ids=["given", "made"])
def test_a_shared_private_domain_is_identified_by_its_arn(private, associated):
    made = deployed(private, tls={"shared_domain": {"name": HOST, "arn": THEIRS, "base_path": "shop"}})

    assert made.one("BasePathMapping").inputs["domainNameId"] == "abc123"
    assert made.of("DomainName") == []
    # Who owns the domain gives access to endpoints that exist; nobody else knows one that is created here.
    assert len(made.of("DomainNameAccessAssociation")) == associated
    if associated:
        assert INVOKED in made.one("VpcEndpointPolicy").inputs["policy"]


def test_a_gateway_leads_from_the_private_domain_of_another_one():
    def program():
        owner = SecureGateway("owner", args())
        shared = {"name": owner.domain_name, "arn": owner.domain_arn, "base_path": "users"}
        return SecureGateway("users", args(tls={"shared_domain": shared}))

    made = deploy(program)
    ids = {each.inputs["domainNameId"] for each in made.of("BasePathMapping")}

    assert ids == {made.one("DomainName").outputs["domainNameId"]}
    assert value(made.result.url) == f"https://{HOST}/users"


def test_a_first_preview_registers_the_same():
    for private in (GIVEN, MADE):
        made, previewed = deployed(private), deployed(private, preview=True)

        assert {each.urn for each in previewed.resources} == {each.urn for each in made.resources}
        assert previewed.one("BasePathMapping").inputs["domainNameId"] == UNKNOWN


def test_a_public_domain_is_not_made_private_in_place():
    public = {**BASE, "network": {"allow_cidrs": ["203.0.113.0/24"]}, "tls": {"domain": DOMAIN}}
    before, after = deploy(lambda: SecureGateway("shop", public)), deployed()

    assert before.one("DomainName").urn != after.one("DomainName").urn


@pytest.mark.parametrize(
    ("first", "second"),
    [(GIVEN, {"vpc_endpoint_ids": ["vpce-0123456789abcdef7"]}), (MADE, MADE), (GIVEN, None)],
    ids=["other-endpoints", "made", "public"],
)
def test_two_domains_may_have_one_name_behind_different_endpoints(first, second):
    public = {**BASE, "network": {"allow_cidrs": ["203.0.113.0/24"]}, "tls": {"domain": DOMAIN}}

    def program():
        SecureGateway("one", args(first))
        SecureGateway("two", args(second) if second else public)

    assert len(deploy(program).of("DomainName")) == 2


def test_one_endpoint_leads_to_one_domain_of_a_name():
    def program():
        SecureGateway("one", args({"vpc_endpoint_ids": [DOOR]}))
        SecureGateway("two", args())

    with pytest.raises(ArgsError, match=f"'{HOST} behind {DOOR}' belongs to SecureGateway 'one' already"):
        deploy(program)


@pytest.mark.parametrize(
    ("request_", "stopped_by"),
    [
        ({"via": DOOR, "ip": "10.0.0.1"}, ""),
        ({"via": "vpce-0fedcba9876543210", "ip": "10.0.0.1"}, "network"),
        ({"via": DOOR, "ip": "192.168.0.1"}, "network"),
        ({"ip": "10.0.0.1"}, "network"),
    ],
)
def test_requests_come_through_the_endpoints_only(request_, stopped_by):
    route = {**BASE["routes"][0], "public": "a test"}
    made = deployed(network={"allow_cidrs": ["10.0.0.0/8"]}, routes=[route])

    assert made.ask("GET /stock", **request_).stopped_by == stopped_by


OPEN = {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*"}


def test_the_pack_finds_a_domain_policy_that_is_opened():
    def opened(given):
        if given.type_ != "aws:apigateway/domainName:DomainName":
            return None
        policy = json.dumps({"Version": "2012-10-17", "Statement": [OPEN]})
        return pulumi.ResourceTransformationResult({**given.props, "policy": policy}, given.opts)

    opts = pulumi.ResourceOptions(transformations=[opened])
    made = deploy(lambda: SecureGateway("shop", args(), opts))

    assert [each.policy for each in judged.findings(made, Status.VIOLATION)] == ["network-private-domains-restricted"]


def test_the_layer_alone_knows_the_policy_of_private_domains():
    made = deploy(lambda: Network("alone", {"private": GIVEN}))

    assert statements(value(made.result.domain_policy)).keys() == {"Callers", "OnlyThroughTheseEndpoints"}


RULES = "ROUTING_RULE_THEN_BASE_PATH_MAPPING"
RULE = {"priority": 1, "headers": {"X-Version": "2"}}
PUBLIC = {"network": {"allow_cidrs": ["203.0.113.0/24"]}}


@pytest.mark.parametrize(
    ("more", "path", "message"),
    [
        ({"tls": {"domain": {**DOMAIN, "endpoint_type": "REGIONAL"}}}, "tls.domain.endpoint_type", "is private"),
        ({"tls": {"domain": {**DOMAIN, "endpoint_type": "EDGE"}}}, "tls.domain.endpoint_type", "is private"),
        ({"tls": {"domain": {**DOMAIN, "ip_address_type": "ipv4"}}}, "tls.domain.ip_address_type", "'dualstack'"),
        ({"tls": {"domain": {**DOMAIN, "security_policy": "TLS_1_2"}}}, "tls.domain.security_policy", "one policy"),
        ({"tls": {"domain": {**DOMAIN, "routing_mode": RULES}}}, "tls.domain.routing_mode", "routing rules"),
        (
            {"tls": {"domain": {**DOMAIN, "ownership_certificate_arn": CERTIFICATE}}},
            "tls.domain.ownership_certificate_arn",
            "requires `mutual_tls`",
        ),
        (
            {
                "tls": {
                    "domain": DOMAIN,
                    "mutual_tls": {"truststore_uri": "s3://trust/a.pem", "truststore_version": "1"},
                }
            },
            "tls.mutual_tls",
            "for Regional domains only",
        ),
        ({"tls": {"domain": {"name": HOST}}}, "tls.domain.certificate_arn", "unless `validation_zone_id`"),
        (
            {"tls": {"domain": {"name": HOST, "zone_id": "Z0PRIVATE"}}},
            "tls.domain.certificate_arn",
            "validates nothing in the private zone",
        ),
        (
            {"tls": {"domain": {**DOMAIN, "validation_zone_id": "Z0PUBLIC"}}},
            "tls.domain.validation_zone_id",
            "no certificate is requested",
        ),
        (
            {"tls": {"domain": {"name": HOST, "private_ca_arn": AUTHORITY, "validation_zone_id": "Z0PUBLIC"}}},
            "tls.domain.validation_zone_id",
            "needs no DNS validation",
        ),
        ({"tls": {"domain": {**DOMAIN, "name": "*.example.com"}}}, "tls.domain.name", "host name"),
        ({"tls": {"shared_domain": {"name": HOST}}}, "tls.shared_domain.arn", "required with `network.private`"),
        (
            {"tls": {"shared_domain": {"name": "x.example.com", "arn": THEIRS}}},
            "tls.shared_domain.arn",
            "another domain",
        ),
        (
            {"tls": {"shared_domain": {"name": HOST, "arn": THEIRS.partition("+")[0]}}},
            "tls.shared_domain.arn",
            "ARN of a private custom domain",
        ),
        (
            {"tls": {"shared_domain": {"name": HOST, "arn": THEIRS, "routing_rule": RULE}}},
            "tls.shared_domain.routing_rule",
            "routing rules",
        ),
        (
            {**PUBLIC, "tls": {"shared_domain": {"name": HOST, "arn": THEIRS}}},
            "tls.shared_domain.arn",
            "requires `network.private`",
        ),
        (
            {"stages": {"beta": {"routing_rule": RULE}}},
            "stages.beta.routing_rule",
            "requires `tls.domain.routing_mode`",
        ),
        ({"routes": [{**BASE["routes"][0], "path": "/ping"}]}, "routes[0].path", "is reserved"),
    ],
)
def test_what_aws_offers_for_public_domains_only_is_rejected(more, path, message):
    with pytest.raises(ArgsError) as caught:
        parse("shop", args(**more) if "network" not in more else {**args(), **more})

    found = [(each.path, each.message) for each in caught.value.problems]
    assert any(each == path and message in text for each, text in found), found
