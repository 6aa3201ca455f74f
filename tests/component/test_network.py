"""Network: the compiled policy lets in exactly whom it should, and a private API has its endpoints."""

import itertools
import json

import pulumi
import pytest
from outcomes import ALLOW, DENY, HOME, SILENT, Call, passes

from recorder import UNKNOWN, deploy
from secure_gateway import ArgsError, SecureGateway
from secure_gateway.layers.network import Network, NetworkArgs, NetworkSpec, policy
from secure_gateway.problems import Problems
from secure_gateway.reader import Reader

OFFICE, ELSEWHERE = "203.0.113.7", "192.0.2.1"
DOOR, OTHER_DOOR = "vpce-0123456789abcdef0", "vpce-0fedcba9876543210"
VPC, OTHER_VPC = "vpc-0123456789abcdef0", "vpc-0fedcba9876543210"
STRANGER = "999999999999"


def parse(args):
    problems = Problems()
    return NetworkSpec.parse(Reader(args, NetworkArgs, "network", problems)), problems


def compiled(args, kinds):
    spec, problems = parse(args)
    problems.raise_any("network")
    ids = list(spec.private.vpc_endpoint_ids) if spec.private else None
    return policy(spec, kinds, ids)


def refusals(args):
    return [str(each) for each in parse(args)[1].found]


def from_(address, **more):
    return Call(keys={"aws:SourceIp": address}, **more)


ADDRESSES = {"allow_cidrs": ["203.0.113.0/24", "2001:db8::/32"], "deny_cidrs": ["203.0.113.128/25"]}


@pytest.mark.parametrize("by", ["iam", "cognito", "function", "none"])
@pytest.mark.parametrize(
    ("address", "expected"),
    [(OFFICE, True), ("2001:db8::1", True), (ELSEWHERE, False), ("203.0.113.200", False), ("2001:db9::1", False)],
)
def test_only_the_ranges_get_in(by, address, expected):
    assert passes(compiled(ADDRESSES, {by}), from_(address, by=by)) is expected


@pytest.mark.parametrize("kinds", [{"iam"}, {"iam", "cognito"}, {"iam", "none"}, {"iam", "function"}])
def test_a_signed_call_of_the_own_account_still_needs_an_identity_policy(kinds):
    written = compiled(ADDRESSES, kinds)

    assert passes(written, from_(OFFICE, by="iam", identity=ALLOW))
    assert not passes(written, from_(OFFICE, by="iam", identity=SILENT))
    assert not passes(written, from_(OFFICE, by="iam", identity=DENY))


def test_a_refused_token_stays_refused_inside_the_range():
    written = compiled(ADDRESSES, {"function", "cognito"})

    for by in ("function", "cognito"):
        assert not passes(written, from_(OFFICE, by=by, identity=DENY))


def test_a_mixed_api_lets_in_callers_without_principal():
    written = compiled(ADDRESSES, {"iam", "cognito", "none"})

    assert passes(written, from_(OFFICE, by="cognito"))
    assert passes(written, from_(OFFICE, by="none"))


ACCOUNTS = {"allow_accounts": [STRANGER]}


@pytest.mark.parametrize(
    ("account", "identity", "expected"),
    [
        (STRANGER, ALLOW, True),
        (STRANGER, SILENT, False),
        (HOME, ALLOW, False),
        ("111111111111", ALLOW, False),
    ],
)
def test_only_the_accounts_get_in(account, identity, expected):
    call = Call(by="iam", account=account, identity=identity)

    assert passes(compiled(ACCOUNTS, {"iam"}), call) is expected


PRIVATE = {"private": {"vpc_endpoint_ids": [DOOR]}, "allow_vpcs": [VPC]}


@pytest.mark.parametrize(("door", "vpc"), list(itertools.product([DOOR, OTHER_DOOR, None], [VPC, OTHER_VPC, None])))
def test_a_private_api_opens_through_a_known_endpoint_or_vpc(door, vpc):
    keys = {"aws:SourceVpce": door, "aws:SourceVpc": vpc}
    call = Call(by="function", keys={key: item for key, item in keys.items() if item})

    assert passes(compiled(PRIVATE, {"function"}), call) is (door == DOOR or vpc == VPC)


def test_addresses_of_a_private_api_are_those_inside_the_vpc():
    written = compiled({**PRIVATE, "allow_cidrs": ["10.0.0.0/16"]}, {"function"})

    def call(address):
        return Call(by="function", keys={"aws:SourceVpce": DOOR, "aws:VpcSourceIp": address})

    assert passes(written, call("10.0.1.2"))
    assert not passes(written, call("10.1.1.2"))


def test_further_endpoints_are_let_in():
    args = {"private": {"vpc_endpoint_ids": [DOOR]}, "allow_vpc_endpoints": [OTHER_DOOR]}

    assert passes(compiled(args, {"function"}), Call(keys={"aws:SourceVpce": OTHER_DOOR}))


def test_the_policy_is_the_same_whatever_the_order():
    forth = compiled({"allow_cidrs": ["203.0.113.0/24", "198.51.100.0/24"]}, {"iam"})
    back = compiled({"allow_cidrs": ["198.51.100.0/24", "203.0.113.0/24"]}, {"iam"})

    assert forth == back


REFUSED = {
    "nothing": ({}, "network: given nothing; allowed: one of 'allow_accounts', 'allow_cidrs', 'private', 'waived'"),
    "empty": ({"allow_cidrs": []}, "network.allow_cidrs: given an empty list; allowed: at least one"),
    "host-bits": ({"allow_cidrs": ["203.0.113.7/24"]}, "did you mean '203.0.113.0/24'?"),
    "everything": (
        {"allow_cidrs": ["0.0.0.0/0"]},
        "network.allow_cidrs[0]: given '0.0.0.0/0'; allowed: a range smaller",
    ),
    "no-range": ({"allow_cidrs": ["office"]}, "an address range such as 203.0.113.0/24"),
    "twice": ({"allow_cidrs": ["203.0.113.0/24"] * 2}, "network.allow_cidrs[1]"),
    "shut-out": ({"allow_cidrs": ["10.0.0.0/24"], "deny_cidrs": ["10.0.0.0/8"]}, "that deny_cidrs leaves open"),
    "account": ({"allow_accounts": ["12345"]}, "an account id of 12 digits"),
    "endpoint": ({"private": {"vpc_endpoint_ids": ["vpc-1"]}}, "an id such as vpce-0123456789abcdef0"),
    "no-endpoint": ({"private": {"vpc_endpoint_ids": []}}, "at least one endpoint"),
    "neither": ({"private": {}}, "exactly one of 'vpc', 'vpc_endpoint_ids'"),
    "vpcs-without-private": ({"allow_cidrs": ["10.0.0.0/8"], "allow_vpcs": [VPC]}, "only beside private"),
    "waived-and-given": ({"waived": "x", "allow_cidrs": ["10.0.0.0/8"]}, "nothing beside network.waived"),
    "nobody-connects": ({"private": {"vpc": {"vpc_id": VPC, "subnet_ids": ["subnet-1"]}}}, "else nobody may connect"),
    "unknown-field": ({"allow_cidr": ["10.0.0.0/8"]}, "did you mean 'allow_cidrs'?"),
}


@pytest.mark.parametrize(("args", "words"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused(args, words):
    assert any(words in each for each in refusals(args)), refusals(args)


BASE = {"routes": [{"path": "/a", "method": "GET"}], "default_integration": {"url": "https://backend.example.com"}}
USERS = {"authorizers": {"users": {"cognito": {}}}}


@pytest.mark.parametrize("more", [{"auth": USERS}, {"cors": {"allow_origins": ["https://app.example.com"]}}])
def test_accounts_are_refused_beside_callers_without_one(more):
    with pytest.raises(ArgsError, match=r"network\.allow_accounts: .*only where every route's auth is 'iam'"):
        deploy(lambda: SecureGateway("api", {**BASE, **more, "network": ACCOUNTS}))


def test_a_policy_beyond_the_quota_is_refused():
    many = {"allow_cidrs": [f"10.{n // 256}.{n % 256}.0/24" for n in range(600)]}

    with pytest.raises(ArgsError, match=r"network: given about [\d,]+ characters of policy; allowed: .* 8,192"):
        deploy(lambda: SecureGateway("api", {**BASE, "network": many}))


def document(made):
    return json.loads(made.one("RestApi").inputs["body"])


def test_a_waived_network_has_no_policy():
    made = deploy(lambda: SecureGateway("api", {**BASE, "network": {"waived": "a public API"}}))

    assert "x-amazon-apigateway-policy" not in document(made)
    assert made.of("Network") == []


def private(**more):
    return {**BASE, "network": {"private": {"vpc_endpoint_ids": [DOOR]}, **more}}


def test_a_private_api_names_its_endpoints_in_policy_body_and_configuration():
    made = deploy(lambda: SecureGateway("api", private()), preview=True)
    (server,) = document(made)["servers"]

    assert made.one("RestApi").inputs["endpointConfiguration"]["types"] == "PRIVATE"
    assert made.one("RestApi").inputs["endpointConfiguration"]["vpcEndpointIds"] == [DOOR]
    assert server["x-amazon-apigateway-endpoint-configuration"] == {"vpcEndpointIds": [DOOR]}
    assert DOOR in json.dumps(document(made)["x-amazon-apigateway-policy"])
    assert made.of("VpcEndpoint") == []


MADE = {
    "vpc": {
        "vpc_id": VPC,
        "subnet_ids": ["subnet-1", "subnet-2"],
        "client_cidrs": ["10.0.0.0/16", "2001:db8::/32"],
        "client_security_groups": {"app": "sg-0123456789abcdef0"},
        "region": "eu-west-1",
    }
}


def test_an_endpoint_is_made_open_to_its_clients_alone():
    made = deploy(lambda: SecureGateway("api", {**BASE, "network": {"private": MADE}}))
    endpoint = made.one("VpcEndpoint").inputs
    rules = [each.inputs for each in made.of("SecurityGroupIngressRule")]

    assert endpoint["serviceName"] == "com.amazonaws.eu-west-1.execute-api"
    assert endpoint["privateDnsEnabled"] is True
    assert endpoint["subnetIds"] == ["subnet-1", "subnet-2"]
    assert endpoint["securityGroupIds"] == ["api-id"]
    assert all((rule["fromPort"], rule["toPort"], rule["ipProtocol"]) == (443, 443, "tcp") for rule in rules)
    assert {rule.get("cidrIpv4") for rule in rules} == {"10.0.0.0/16", None}
    assert {rule.get("cidrIpv6") for rule in rules} == {"2001:db8::/32", None}
    assert {rule.get("referencedSecurityGroupId") for rule in rules} == {"sg-0123456789abcdef0", None}


def test_the_made_endpoint_leads_to_this_api_alone():
    made = deploy(lambda: SecureGateway("api", {**BASE, "network": {"private": MADE}}))
    attached = made.one("VpcEndpointPolicy").inputs
    (statement,) = json.loads(attached["policy"])["Statement"]

    assert attached["vpcEndpointId"] == "api-id"
    assert statement["Resource"] == "arn:aws:execute-api:eu-west-1:123456789012:api-id/*"
    assert "api-id" in json.dumps(document(made)["x-amazon-apigateway-policy"])


def test_the_id_of_a_made_endpoint_makes_the_first_document_unknown():
    made = deploy(lambda: SecureGateway("api", {**BASE, "network": {"private": MADE}}), preview=True)

    assert made.one("RestApi").inputs["body"] == UNKNOWN


def test_an_endpoint_id_to_come_reaches_the_policy():
    args = {**BASE, "network": {"private": {"vpc_endpoint_ids": [pulumi.Output.from_input(DOOR)]}}}
    made = deploy(lambda: SecureGateway("api", args))

    assert DOOR in json.dumps(document(made)["x-amazon-apigateway-policy"])


def test_the_layer_alone_makes_the_same_endpoint():
    args = {"private": MADE, "execution_arn": "arn:aws:execute-api:eu-west-1:123456789012:abc"}
    made = deploy(lambda: Network("alone", args))

    assert made.one("VpcEndpointPolicy").inputs["policy"].count("123456789012:abc/*") == 1


def test_the_layer_alone_refuses_the_same():
    with pytest.raises(ArgsError, match="Network 'alone': 1 problem"):
        deploy(lambda: Network("alone", {"allow_cidrs": ["x"]}))


def test_what_is_only_public_is_refused_beside_private():
    with pytest.raises(ArgsError, match=r"tls\..*nothing beside network\.private"):
        deploy(
            lambda: SecureGateway("api", {**private(), "tls": {"domain": {"name": "a.example.com", "zone_id": "Z1"}}})
        )
