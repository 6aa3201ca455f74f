"""Network: the compiled policy lets in exactly whom it should, and a private API has its endpoints."""

import ipaddress
import itertools
import json

import pulumi
import pytest
from outcomes import ALLOW, DENY, HOME, ROLE, SILENT, Call, passes

from secure_gateway import ArgsError, SecureGateway
from secure_gateway.layers.network import Network, NetworkArgs, NetworkSpec, policy
from secure_gateway.testing import UNKNOWN, deploy, value
from secure_gateway.validation.problems import Problems
from secure_gateway.validation.reader import Reader

OFFICE, ELSEWHERE = "203.0.113.7", "192.0.2.1"
DOOR, OTHER_DOOR = "vpce-0123456789abcdef0", "vpce-0fedcba9876543210"
VPC, OTHER_VPC = "vpc-0123456789abcdef0", "vpc-0fedcba9876543210"
STRANGER = "999999999999"


def parse(args):
    problems = Problems()
    return NetworkSpec.parse(Reader(args, NetworkArgs, "network", problems)), problems


def compiled(args, kinds):
    """The policy for routes that authenticate by `kinds`; `GET /orders` of each, where no routes are given."""
    spec, problems = parse(args)
    routes = kinds if isinstance(kinds, dict) else {kind: ["GET /orders", "OPTIONS /orders"] for kind in kinds}
    spec.check_auth(routes, problems)
    problems.raise_any("network")
    ids = list(spec.private.vpc_endpoint_ids) if spec.private else None
    return policy(spec, routes, ids)


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


# Every combination, against what its words promise.

ORG, OTHER_ORG = "o-abcdefghij", "o-zyxwvutsrq"
OTHER_ROLE = f"arn:aws:iam::{STRANGER}:role/reader"
CALLERS = {
    "accounts": {"allow_accounts": [STRANGER]},
    "own-account": {"allow_accounts": [HOME]},
    "roles": {"allow_roles": [ROLE, OTHER_ROLE]},
    "organization": {"allow_organizations": [ORG], "account": HOME},
    "accounts-and-organization": {"allow_accounts": [STRANGER], "allow_organizations": [ORG], "account": HOME},
    "not-accounts": {"deny_accounts": [STRANGER]},
    "not-roles": {"deny_roles": [ROLE]},
    "anybody": {},
}
PLACES = {
    "addresses": ADDRESSES,
    "endpoints": {"private": {"vpc_endpoint_ids": [DOOR]}, "allow_vpcs": [VPC], "account": HOME},
    "endpoints-and-addresses": {
        "private": {"vpc_endpoint_ids": [DOOR]},
        "deny_vpcs": [OTHER_VPC],
        "allow_cidrs": ["10.0.0.0/16"],
        "account": HOME,
    },
}
WHENCE = [
    {"aws:SourceIp": OFFICE},
    {"aws:SourceIp": "203.0.113.200"},
    {"aws:SourceIp": ELSEWHERE},
    {"aws:SourceVpce": DOOR, "aws:SourceVpc": VPC, "aws:VpcSourceIp": "10.0.1.2"},
    {"aws:SourceVpce": DOOR, "aws:SourceVpc": OTHER_VPC, "aws:VpcSourceIp": "10.0.1.2"},
    {"aws:SourceVpce": OTHER_DOOR, "aws:SourceVpc": VPC, "aws:VpcSourceIp": "10.9.1.2"},
    {"aws:SourceVpce": OTHER_DOOR, "aws:SourceVpc": OTHER_VPC, "aws:VpcSourceIp": "10.9.1.2"},
]
WHO = [
    {"account": HOME},
    {"account": HOME, "role": ROLE},
    {"account": HOME, "organization": ORG},
    {"account": STRANGER},
    {"account": STRANGER, "role": OTHER_ROLE, "organization": OTHER_ORG},
    {"account": "111111111111", "organization": ORG},
    {"account": "111111111111"},
]


def whence_allowed(args, keys):
    """What the options' own words say about places."""
    key = "aws:VpcSourceIp" if "private" in args else "aws:SourceIp"
    address = keys.get(key)
    inside = address is not None and any(
        ipaddress.ip_address(address) in ipaddress.ip_network(each) for each in args.get("allow_cidrs", [])
    )
    outside = address is not None and any(
        ipaddress.ip_address(address) in ipaddress.ip_network(each) for each in args.get("deny_cidrs", [])
    )
    door = keys.get("aws:SourceVpce") in args.get("private", {}).get("vpc_endpoint_ids", [])
    vpc = keys.get("aws:SourceVpc") in args.get("allow_vpcs", [])
    return (
        ("allow_cidrs" not in args or inside)
        and not outside
        and ("private" not in args or door or vpc)
        and keys.get("aws:SourceVpc") not in args.get("deny_vpcs", [])
    )


def who_allowed(args, call):
    """What the options' own words say about signed callers; and AWS asks strangers for the API's leave as well."""
    wanted = [args[name] for name in ("allow_accounts", "allow_organizations", "allow_roles") if name in args]
    named = {call.account, call.organization, call.signer} & {each for some in wanted for each in some}
    refused = call.account in args.get("deny_accounts", []) or call.signer in args.get("deny_roles", [])
    if call.account != HOME and not wanted:
        return False
    return (bool(named) or not wanted) and not refused


@pytest.mark.parametrize("callers", CALLERS)
@pytest.mark.parametrize("places", PLACES)
def test_signed_callers_get_in_exactly_as_the_options_say(callers, places):
    args = {**PLACES[places], **CALLERS[callers]}
    if "account" in args and "private" not in args and "allow_organizations" not in args:
        del args["account"]
    written = compiled(args, {"iam"})

    for keys, who, identity in itertools.product(WHENCE, WHO, (ALLOW, SILENT, DENY)):
        call = Call(by="iam", identity=identity, keys=keys, **who)
        expected = identity == ALLOW and whence_allowed(args, keys) and who_allowed(args, call)
        assert passes(written, call) is expected, (call, written)


@pytest.mark.parametrize("by", ["cognito", "function", "none"])
@pytest.mark.parametrize("beside", ["", "iam", "preflight", "cognito none"])
@pytest.mark.parametrize("places", PLACES)
def test_other_callers_get_in_exactly_as_the_options_say(by, beside, places):
    args = PLACES[places]
    written = compiled(args, {by, *beside.split()})

    for keys, identity in itertools.product(WHENCE, (ALLOW, DENY)):
        call = Call(by=by, identity=identity, keys=keys)
        expected = (identity == ALLOW or by == "none") and whence_allowed(args, keys)
        assert passes(written, call) is expected, (call, written)


@pytest.mark.parametrize("callers", [name for name in CALLERS if not name.startswith("not")])
def test_preflights_pass_whoever_may_sign(callers):
    written = compiled({**ADDRESSES, **CALLERS[callers]}, {"iam", "preflight"})

    assert passes(written, from_(OFFICE, by="preflight"))
    assert not passes(written, from_(ELSEWHERE, by="preflight"))
    assert not passes(written, from_(OFFICE, by="iam", account="111111111111"))


def test_a_silent_answer_of_a_lambda_authorizer_opens_nothing():
    routes = {"function": ["GET /partners"], "cognito": ["GET /orders/{id}"], "none": ["GET /health"]}

    assert not passes(compiled(ADDRESSES, {"function"}), from_(OFFICE, by="function", identity=SILENT))
    written = compiled(ADDRESSES, routes)
    assert not passes(written, from_(OFFICE, by="function", identity=SILENT, path="/partners"))
    assert passes(written, from_(OFFICE, by="function", identity=ALLOW, path="/partners"))
    assert passes(written, from_(OFFICE, by="cognito", path="/orders/7"))
    assert passes(written, from_(OFFICE, by="none", path="/health"))


# Statements of one's own


NIGHT = {"Effect": "Deny", "Condition": {"DateGreaterThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}}}


def test_a_statement_of_ones_own_stands_behind_the_layers():
    *_, last = compiled({"allow_cidrs": ["203.0.113.0/24"], "statements": [NIGHT]}, {"cognito"})["Statement"]

    assert last == {
        "Sid": "Own0",
        "Action": "execute-api:Invoke",
        "Principal": "*",
        "Resource": "execute-api:/*",
        **NIGHT,
    }


def test_a_statement_narrows_one_route():
    closed = {"Effect": "Deny", "Resource": "execute-api:/*/GET/admin", "Condition": NIGHT["Condition"]}
    closed["Condition"] = {"NotIpAddress": {"aws:SourceIp": ["203.0.113.7/32"]}}
    written = compiled({"allow_cidrs": ["203.0.113.0/24"], "statements": [closed]}, {"cognito"})

    assert not passes(written, from_("203.0.113.8", by="cognito", path="/admin"))
    assert passes(written, from_("203.0.113.8", by="cognito"))
    assert passes(written, from_("203.0.113.7", by="cognito", path="/admin"))


WRONG_STATEMENTS = {
    "no-object": (["Deny"], "expected a policy statement, which is an object, got 'Deny'"),
    "no-list": ({"Effect": "Deny"}, "a list of policy statements"),
    "effect": ([{"Effect": "deny"}], "network.statements[0].Effect: expected 'Allow' or 'Deny', got 'deny'"),
    "everybody": (
        [{"Effect": "Allow"}],
        (
            "an Allow for everybody needs a Condition or named principals: otherwise callers "
            "need no identity policy (the layer itself adds the Allow statements that the "
            "routes need)"
        ),
    ),
    "everybody-by-name": ([{"Effect": "Allow", "Principal": {"AWS": "*"}}], "an Allow for everybody"),
    "everybody-over-https": (
        [{"Effect": "Allow", "Condition": {"Bool": {"aws:SecureTransport": "true"}}}],
        "an Allow for everybody",
    ),
    "everybody-on-no-condition": (
        [{"Effect": "Allow", "Condition": {"StringEquals": {}}}],
        "an Allow for everybody",
    ),
    "number-as-field": (
        [{**NIGHT, 1: "x"}],
        (
            "network.statements[0].1: unknown field; the known names are 'Action', "
            "'Condition', 'Effect', 'Principal', 'Resource', 'Sid'"
        ),
    ),
    "action": (
        [{**NIGHT, "Action": "s3:GetObject"}],
        (
            "network.statements[0].Action: expected one of 'execute-api:*', "
            "'execute-api:InvalidateCache', 'execute-api:Invoke', got 's3:GetObject'"
        ),
    ),
    "resource": ([{**NIGHT, "Resource": "*"}], "execute-api:/<stage>/<METHOD>/<path>"),
    "not-resource": ([{**NIGHT, "NotResource": "execute-api:/a"}], "is not supported: use `Resource`"),
    "condition": (
        [{"Effect": "Deny", "Condition": "x"}],
        "expected a map from operators to maps from condition keys to values",
    ),
    "unknown-field": ([{**NIGHT, "Efect": "Deny"}], "did you mean 'Effect'?"),
    "own-sid": (
        [{**NIGHT, "Sid": "Callers"}],
        "'Callers' must consist of letters and digits, be unique, and be none of the layer's own Sids",
    ),
    "same-sid": (
        [{**NIGHT, "Sid": "A"}, {**NIGHT, "Sid": "A"}],
        "'A' must consist of letters and digits, be unique, and be none of the layer's own Sids",
    ),
}


@pytest.mark.parametrize(("given", "words"), WRONG_STATEMENTS.values(), ids=WRONG_STATEMENTS)
def test_a_statement_that_is_wrong_or_opens_the_api_is_refused(given, words):
    found = refusals({"allow_cidrs": ["203.0.113.0/24"], "statements": given})

    assert any(words in each for each in found), found


def test_statements_about_principals_are_refused_where_others_call():
    about = {"Effect": "Deny", "Condition": {"StringNotEquals": {"aws:PrincipalOrgID": [ORG]}}}
    args = {"allow_cidrs": ["203.0.113.0/24"], "statements": [about]}

    with pytest.raises(
        ArgsError, match="which requests of the kinds 'cognito' do not have: all of these would be denied"
    ):
        compiled(args, {"iam", "cognito"})
    assert compiled(args, {"iam"})


REFUSED = {
    "nothing": (
        {},
        (
            "network: say from where the API may be called: give `allow_accounts`, "
            "`allow_cidrs`, `allow_organizations`, `allow_roles`,"
        ),
    ),
    "empty": ({"allow_cidrs": []}, "network.allow_cidrs: must not be empty: an empty list would let nobody in"),
    "host-bits": ({"allow_cidrs": ["203.0.113.7/24"]}, "did you mean '203.0.113.0/24'?"),
    "everything": (
        {"allow_cidrs": ["0.0.0.0/0"]},
        (
            "network.allow_cidrs[0]: '0.0.0.0/0' covers every address, and AWS accepts no /0: to "
            "let everybody in, waive the layer"
        ),
    ),
    "no-range": ({"allow_cidrs": ["office"]}, "an address range such as 203.0.113.0/24"),
    "twice": ({"allow_cidrs": ["203.0.113.0/24"] * 2}, "network.allow_cidrs[1]"),
    "shut-out": (
        {"allow_cidrs": ["10.0.0.0/24"], "deny_cidrs": ["10.0.0.0/8"]},
        "'10.0.0.0/24' is denied by `deny_cidrs` as a whole",
    ),
    "account": ({"allow_accounts": ["12345"]}, "an account id of 12 digits"),
    "endpoint": ({"private": {"vpc_endpoint_ids": ["vpc-1"]}}, "an id such as vpce-0123456789abcdef0"),
    "no-endpoint": ({"private": {"vpc_endpoint_ids": []}}, "at least one endpoint"),
    "neither": ({"private": {}}, "expected exactly one of `vpc_endpoint_ids` or `vpc`, got none of them"),
    "vpcs-without-private": (
        {"allow_cidrs": ["10.0.0.0/8"], "allow_vpcs": [VPC]},
        "requires `private`: a Regional API is not reached through VPC endpoints",
    ),
    "waived-and-given": ({"waived": "x", "allow_cidrs": ["10.0.0.0/8"]}, "cannot be combined with `network.waived`"),
    "nobody-connects": (
        {"private": {"vpc": {"vpc_id": VPC, "subnet_ids": ["subnet-1"]}}},
        "requires `client_cidrs` or `client_security_groups`: otherwise nobody may connect to the endpoint",
    ),
    "no-roles": ({"allow_roles": []}, "network.allow_roles: must not be empty: an empty list would let nobody in"),
    "role-with-wildcard": ({"allow_roles": ["arn:aws:iam::123456789012:role/*"]}, "without wildcards"),
    "organization": ({"allow_organizations": ["acme"], "account": HOME}, "requires `private` or `allow_organizations`"),
    "organization-alone": (
        {"allow_organizations": ["o-abcdefghij"]},
        "network.account: required with `allow_organizations`",
    ),
    "account-for-nothing": (
        {"allow_cidrs": ["10.0.0.0/8"], "account": HOME},
        "requires `private` or `allow_organizations`",
    ),
    "private-ipv4": (
        {"private": {"vpc_endpoint_ids": [DOOR]}, "ip_address_type": "ipv4"},
        "must be 'dualstack' with `private`: AWS offers nothing else",
    ),
    "dualstack-shuts-out": (
        {"allow_cidrs": ["10.0.0.0/8"], "ip_address_type": "dualstack"},
        "must list IPv6 ranges too, or all IPv6 callers are denied; or set `ip_address_type` to 'ipv4'",
    ),
    "dualstack-lets-past": (
        {"allow_cidrs": ["2001:db8::/32"], "deny_cidrs": ["10.0.0.0/8"], "ip_address_type": "dualstack"},
        "must list IPv6 ranges too, or all IPv6 callers are let in; or set `ip_address_type` to 'ipv4'",
    ),
    "denied-vpcs-without-private": (
        {"allow_cidrs": ["10.0.0.0/8"], "deny_vpcs": [VPC]},
        "requires `private`: a Regional API is not reached through VPC endpoints",
    ),
    "domain-arn": (
        {"private": {"vpc_endpoint_ids": [DOOR], "domain_arns": {"a": "api.example.com"}}},
        "the ARN of a private custom domain name",
    ),
    "most-addresses": (
        {"allow_cidrs": ["0.0.0.0/1", "128.0.0.0/2"]},
        (
            "network.allow_cidrs: the ranges contain 3,165,585,408 public IPv4 addresses; a list of known callers "
            "contains at most 16,777,216, a /8 (to let everybody in, waive the layer)"
        ),
    ),
    "half-of-all": ({"allow_cidrs": ["128.0.0.0/1"]}, "the ranges contain 1,609,433,088 public IPv4 addresses"),
    "half-of-ipv6": (
        {"allow_cidrs": ["10.0.0.0/8", "3000::/4"]},
        "public IPv6 addresses; a list of known callers contains at most",
    ),
    "every-address-in-halves": (
        {"allow_cidrs": ["0.0.0.0/1", "128.0.0.0/2", "192.0.0.0/2"]},
        (
            "the ranges contain 3,702,390,784 public IPv4 addresses; a list of known callers contains at most "
            "16,777,216, a /8 (to let everybody in, waive the layer)"
        ),
    ),
    "unknown-field": ({"allow_cidr": ["10.0.0.0/8"]}, "did you mean 'allow_cidrs'?"),
}


def test_a_long_list_of_known_callers_may_be_let_in():
    assert compiled({"allow_cidrs": ["16.0.0.0/9", "17.0.0.0/9", "10.0.0.0/8", "2a00::/17", "fc00::/7"]}, {"iam"})


@pytest.mark.parametrize(("args", "words"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused(args, words):
    assert any(words in each for each in refusals(args)), refusals(args)


BASE = {"routes": [{"path": "/a", "method": "GET"}], "default_integration": {"url": "https://backend.example.com"}}
USERS = {"authorizers": {"users": {"cognito": {}}}}


OPEN = {"routes": [{"path": "/a", "method": "GET", "public": "a test"}]}
PRINCIPALS = {
    "allow_accounts": ["999999999999"],
    "allow_roles": [ROLE],
    "allow_organizations": ["o-abcdefghij"],
}


@pytest.mark.parametrize("more", [{"auth": USERS}, OPEN], ids=["cognito", "public"])
@pytest.mark.parametrize("field", PRINCIPALS)
def test_principals_are_refused_beside_callers_without_one(field, more):
    own = {"account": HOME} if field == "allow_organizations" else {}

    with pytest.raises(ArgsError, match=rf"network\.{field}: requires every route's auth to be 'iam'"):
        deploy(lambda: SecureGateway("api", {**BASE, **more, "network": {field: PRINCIPALS[field], **own}}))


@pytest.mark.parametrize("given", [{"deny_accounts": [STRANGER]}, {"deny_roles": [ROLE]}])
def test_denied_principals_are_refused_where_nobody_signs(given):
    network = {"allow_cidrs": ["203.0.113.0/24"], **given}

    with pytest.raises(ArgsError, match="requires a route whose auth is 'iam'"):
        deploy(lambda: SecureGateway("api", {**BASE, "auth": USERS, "network": network}))


def test_invoke_policies_of_a_private_api_need_the_own_account():
    args = {**private(), "auth": {"invoke_policies": {"readers": ["GET /a"]}}}

    with pytest.raises(
        ArgsError, match=r"network\.account: required with `network\.private` and `auth\.invoke_policies`"
    ):
        deploy(lambda: SecureGateway("api", args))
    assert deploy(lambda: SecureGateway("api", {**args, "network": {**args["network"], "account": HOME}})).of("Policy")


def test_a_policy_beyond_the_quota_is_refused():
    many = {"allow_cidrs": [f"10.{n // 256}.{n % 256}.0/24" for n in range(600)]}

    with pytest.raises(
        ArgsError, match=r"network: the resource policy has about [\d,]+ characters, but AWS accepts at most 8,192"
    ):
        deploy(lambda: SecureGateway("api", {**BASE, "network": many}))


def document(made):
    return json.loads(made.one("RestApiPut").inputs["body"])


def test_a_waived_network_has_no_policy():
    made = deploy(lambda: SecureGateway("api", {**BASE, "network": {"waived": "a public API"}}))

    assert "x-amazon-apigateway-policy" not in document(made)
    assert made.of("Network") == []


def test_the_policy_stands_in_the_body_and_forces_a_deployment():
    def made(cidr):
        return deploy(lambda: SecureGateway("api", {**BASE, "network": {"allow_cidrs": [cidr]}}))

    one, other = made("203.0.113.0/24"), made("198.51.100.0/24")

    assert "203.0.113.0/24" in json.dumps(document(one)["x-amazon-apigateway-policy"])
    assert "policy" not in one.one("RestApi").inputs
    assert one.of("RestApiPolicy") == []
    assert one.one("Deployment").inputs["triggers"] != other.one("Deployment").inputs["triggers"]


def private(**more):
    return {**BASE, "network": {"private": {"vpc_endpoint_ids": [DOOR]}, **more}}


def test_a_private_api_names_its_endpoints_in_policy_body_and_configuration():
    made = deploy(lambda: SecureGateway("api", private()), preview=True)
    (server,) = document(made)["servers"]

    assert made.one("RestApi").inputs["endpointConfiguration"]["types"] == "PRIVATE"
    assert made.one("RestApi").inputs["endpointConfiguration"]["vpcEndpointIds"] == [DOOR]
    assert server["x-amazon-apigateway-endpoint-configuration"] == {
        "disableExecuteApiEndpoint": False,
        "vpcEndpointIds": [DOOR],
    }
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
    assert endpoint["securityGroupIds"] == [made.one("SecurityGroup").id]
    assert all((rule["fromPort"], rule["toPort"], rule["ipProtocol"]) == (443, 443, "tcp") for rule in rules)
    assert {rule.get("cidrIpv4") for rule in rules} == {"10.0.0.0/16", None}
    assert {rule.get("cidrIpv6") for rule in rules} == {"2001:db8::/32", None}
    assert {rule.get("referencedSecurityGroupId") for rule in rules} == {"sg-0123456789abcdef0", None}


def test_the_made_endpoint_leads_to_this_api_alone():
    made = deploy(lambda: SecureGateway("api", {**BASE, "network": {"private": MADE}}))
    attached = made.one("VpcEndpointPolicy").inputs
    (statement,) = json.loads(attached["policy"])["Statement"]

    endpoint = made.one("VpcEndpoint").id
    assert attached["vpcEndpointId"] == endpoint
    assert statement["Resource"] == f"{made.one('RestApi').outputs['executionArn']}/*"
    assert endpoint in json.dumps(document(made)["x-amazon-apigateway-policy"])


def test_the_id_of_a_made_endpoint_makes_the_first_document_unknown():
    made = deploy(lambda: SecureGateway("api", {**BASE, "network": {"private": MADE}}), preview=True)

    assert made.one("RestApiPut").inputs["body"] == UNKNOWN


def test_an_endpoint_id_to_come_reaches_the_policy():
    args = {**BASE, "network": {"private": {"vpc_endpoint_ids": [pulumi.Output.from_input(DOOR)]}}}
    made = deploy(lambda: SecureGateway("api", args))

    assert DOOR in json.dumps(document(made)["x-amazon-apigateway-policy"])


def test_the_address_type_reaches_the_api():
    network = {"allow_cidrs": ["203.0.113.0/24", "2001:db8::/32"], "ip_address_type": "dualstack"}
    made = deploy(lambda: SecureGateway("api", {**BASE, "network": network}))

    assert made.one("RestApi").inputs["endpointConfiguration"] == {"types": "REGIONAL", "ipAddressType": "dualstack"}


DOMAIN = "arn:aws:apigateway:eu-west-1:123456789012:/domainnames/stock.example.com+abc"


@pytest.mark.parametrize(
    ("where", "doors"),
    [(MADE, []), ({"vpc_endpoint_ids": [DOOR, OTHER_DOOR]}, [DOOR, OTHER_DOOR])],
    ids=["made", "given"],
)
def test_private_domains_are_reached_through_each_endpoint(where, doors):
    network = {"private": {**where, "domain_arns": {"stock": DOMAIN}}}
    made = deploy(lambda: SecureGateway("api", {**BASE, "network": network}))
    associations = [each.inputs for each in made.of("DomainNameAccessAssociation")]

    made_here = [each.id for each in made.of("VpcEndpoint")]
    assert {each["accessAssociationSource"] for each in associations} == {*made_here, *doors}
    assert {each["accessAssociationSourceType"] for each in associations} == {"VPCE"}
    assert {each["domainNameArn"] for each in associations} == {DOMAIN}


HOME_ARN = "arn:aws:execute-api:eu-west-1:123456789012:abc"


def test_the_layer_alone_sets_the_policy_of_an_api_made_of_resources():
    args = {"allow_cidrs": ["203.0.113.0/24"], "api_id": "abc", "execution_arn": HOME_ARN}
    made = deploy(lambda: Network("alone", args))
    attached = made.one("RestApiPolicy").inputs
    statements = json.loads(attached["policy"])["Statement"]

    assert attached["restApiId"] == "abc"
    assert {each["Resource"] for each in statements} == {f"{HOME_ARN}/*"}
    # Safe for every kind of route: signed callers still need an identity policy.
    assert json.loads(value(made.result.policy))["Statement"] == [
        {
            "Sid": "Callers",
            "Effect": "Allow",
            "Principal": "*",
            "Action": "execute-api:Invoke",
            "Resource": "execute-api:/*",
            "Condition": {"Null": {"aws:PrincipalAccount": "true"}},
        },
        {
            "Sid": "OnlyFromTheseAddresses",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "execute-api:Invoke",
            "Resource": "execute-api:/*",
            "Condition": {"NotIpAddress": {"aws:SourceIp": ["203.0.113.0/24"]}},
        },
    ]


def test_the_layer_alone_gives_the_policy_for_an_api_with_a_body():
    args = {"allow_accounts": [STRANGER], "auth_kinds": ["iam"]}
    made = deploy(lambda: Network("alone", args))

    assert made.of("RestApiPolicy") == []
    assert [each["Sid"] for each in json.loads(value(made.result.policy))["Statement"]] == [
        "Accounts",
        "OnlyThesePrincipals",
    ]


def test_the_layer_alone_needs_the_apis_arn_beside_its_id():
    with pytest.raises(ArgsError, match="execution_arn: required with `api_id`"):
        deploy(lambda: Network("alone", {"allow_cidrs": ["203.0.113.0/24"], "api_id": "abc"}))


def test_the_layer_alone_makes_the_same_endpoint():
    args = {"private": MADE, "execution_arn": "arn:aws:execute-api:eu-west-1:123456789012:abc"}
    made = deploy(lambda: Network("alone", args))

    assert made.one("VpcEndpointPolicy").inputs["policy"].count("123456789012:abc/*") == 1


def test_the_layer_alone_refuses_the_same():
    with pytest.raises(ArgsError, match="Network 'alone': 1 problem"):
        deploy(lambda: Network("alone", {"allow_cidrs": ["x"]}))


@pytest.mark.parametrize("family", ["dualstack", "ipv4"])
def test_an_api_that_the_whole_internet_may_call_has_an_address_type_too(family):
    network = {"waived": "partners call from everywhere", "ip_address_type": family}
    made = deploy(lambda: SecureGateway("api", {**BASE, "network": network}))

    assert made.one("RestApi").inputs["endpointConfiguration"] == {"types": "REGIONAL", "ipAddressType": family}
