"""The options of the layer `network`."""

from change_matrix import ABSENT, Among, Containing, Group, Option
from change_matrix.bases import API, BACKEND, REASON, ROUTE, arn

ONLY = f"{API}/policy/Statement/OnlyThesePrincipals/Condition/*"
POLICY = f"{API}/policy/Statement/*"
BARE = {
    "routes": [ROUTE],
    "default_integration": BACKEND,
    "observability": {"waived": REASON},
    "waf": {"waived": REASON},
}
V6, DENIED_V6 = "2001:db8::/48", "2001:db8:1::/64"
ROLE = "arn:aws:iam::123456789012:role/{}"
VPC = "network.private.vpc"
ENDPOINT = "network/endpoint"
GROUP = "network/group shop*"
DOMAIN = arn("apigateway", "/domainnames/{}.internal+abc")
BAD, WORSE = (
    {"Effect": "Deny", "Sid": "Agents", "Condition": {"StringLike": {"aws:UserAgent": agent}}}
    for agent in ("bad*", "worse*")
)

GROUPS = [
    Group(
        "network",
        BARE,
        [
            Option(
                "network.allow_cidrs",
                ["203.0.113.0/24", V6],
                ["203.0.113.0/25", V6],
                f"{POLICY}/Condition/NotIpAddress/aws:SourceIp*",
                (["203.0.113.0/24", V6], ["203.0.113.0/25", V6]),
            ),
            Option(
                "network.deny_cidrs",
                ["192.0.2.0/24", DENIED_V6],
                ["192.0.2.0/25", DENIED_V6],
                f"{POLICY}/Condition/IpAddress/aws:SourceIp*",
                (["192.0.2.0/24", DENIED_V6], ["192.0.2.0/25", DENIED_V6]),
            ),
            Option(
                "network.deny_accounts",
                ["333333333333"],
                ["444444444444"],
                f"{POLICY}/Condition/*/aws:PrincipalAccount*",
                (["333333333333"], ["444444444444"]),
            ),
            Option(
                "network.deny_roles",
                [ROLE.format("one")],
                [ROLE.format("two")],
                f"{POLICY}/Condition/*/aws:PrincipalArn*",
                ([ROLE.format("one")], [ROLE.format("two")]),
            ),
            Option(
                "network.statements", [BAD], [WORSE], f"{POLICY}/Condition/StringLike/aws:UserAgent", ("bad*", "worse*")
            ),
            Option("network.ip_address_type", "ipv4", "dualstack", f"{API}/endpointConfiguration/ipAddressType"),
        ],
    ),
    Group(
        "network-callers",
        {**BARE, "network.account": "123456789012"},
        [
            Option(
                "network.allow_accounts",
                ["123456789012"],
                ["210987654321"],
                f"{ONLY}/aws:PrincipalAccount*",
                (["123456789012"], ["210987654321"]),
            ),
            Option(
                "network.allow_organizations",
                ["o-aaaaaaaaaa"],
                ["o-bbbbbbbbbb"],
                f"{ONLY}/aws:PrincipalOrgID*",
                (["o-aaaaaaaaaa"], ["o-bbbbbbbbbb"]),
            ),
            Option(
                "network.allow_roles",
                [ROLE.format("one")],
                [ROLE.format("two")],
                f"{ONLY}/aws:PrincipalArn*",
                ([ROLE.format("one")], [ROLE.format("two")]),
            ),
        ],
    ),
    Group(
        "network-private",
        {**BARE, "network.account": "123456789012"},
        [
            Option(f"{VPC}.vpc_id", "$vpc$", "$other_vpc$", f"{ENDPOINT}/VpcId"),
            Option(
                f"{VPC}.subnet_ids",
                ["$vpc_subnet_a$"],
                ["$other_vpc_subnet_a$"],
                f"{ENDPOINT}/SubnetIds/*",
                (["$vpc_subnet_a$"], ["$other_vpc_subnet_a$"]),
            ),
            Option(
                f"{VPC}.client_cidrs",
                ["10.0.0.0/16"],
                ["10.1.0.0/16"],
                f"{GROUP}/*/CidrIp",
                (["10.0.0.0/16"], ["10.1.0.0/16"]),
            ),
            Option(
                f"{VPC}.client_security_groups",
                {"web": "$vpc_group_a$"},
                {"web": "$other_vpc_group_a$"},
                f"{GROUP}/*/from/*",
                (["<vpc-a>"], ["<other_vpc-a>"]),
            ),
            Option(f"{VPC}.private_dns", True, False, f"{ENDPOINT}/PrivateDnsEnabled"),
            Option(
                "network.allow_vpcs",
                ["vpc-0123456789abcdef0"],
                ["vpc-0123456789abcdef1"],
                f"{POLICY}/Condition/StringNotEquals/aws:SourceVpc/*",
                (["vpc-0123456789abcdef0"], ["vpc-0123456789abcdef1"]),
            ),
            Option(
                "network.allow_vpc_endpoints",
                ["vpce-0123456789abcdef0"],
                ["vpce-0123456789abcdef1"],
                f"{POLICY}/Condition/StringNotEquals/aws:SourceVpce/*",
                (Among("vpce-0123456789abcdef0"), Among("vpce-0123456789abcdef1")),
            ),
            Option(
                "network.deny_vpcs",
                ["vpc-0fedcba9876543210"],
                ["vpc-0fedcba9876543211"],
                f"{POLICY}/Condition/StringEquals/aws:SourceVpc/*",
                (["vpc-0fedcba9876543210"], ["vpc-0fedcba9876543211"]),
            ),
            Option(
                "network.deny_vpc_endpoints",
                ["vpce-0fedcba9876543210"],
                ["vpce-0fedcba9876543211"],
                f"{POLICY}/Condition/StringEquals/aws:SourceVpce/*",
                (["vpce-0fedcba9876543210"], ["vpce-0fedcba9876543211"]),
            ),
        ],
    ),
    Group(
        "network-private-existing",
        BARE,
        [
            Option(
                "network.account",
                ABSENT,
                "123456789012",
                f"{POLICY}/Principal/AWS*",
                (ABSENT, Containing("123456789012")),
            ),
            Option(
                "network.private.vpc_endpoint_ids",
                ["vpce-0123456789abcdef0"],
                ["vpce-0123456789abcdef1"],
                f"{API}/endpointConfiguration/vpcEndpointIds/*",
                (["vpce-0123456789abcdef0"], ["vpce-0123456789abcdef1"]),
            ),
        ],
    ),
    Group(
        "network-waived",
        BARE,
        [Option("network.waived", ABSENT, REASON, f"{API}/policy/Statement/*/Effect", ("Deny", ABSENT))],
        with_a={"network.allow_cidrs": ["203.0.113.0/24"]},
    ),
]
