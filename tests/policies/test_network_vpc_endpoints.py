"""Network: which APIs a VPC endpoint leads to, and who may reach it."""

from dataclasses import replace

import pytest
from graphs import EVERYTHING, UNDECIDED, VIOLATION, api, changed, made, policy, policy_document, statuses
from native_graphs import native

from policypack.graph.values import UNKNOWN

OUR_ARN = "arn:aws:execute-api:eu-west-1:123456789012:shop-id/*/GET/orders"
SCOPED, SHUT = "network-vpc-endpoints-scoped", "network-vpc-endpoints-not-public"


def vpc_endpoint(service="com.amazonaws.eu-west-1.execute-api", edges=(), **inputs):
    return made("ec2/vpcEndpoint:VpcEndpoint", "door", serviceName=service, edges=edges, **inputs)


OURS = {**EVERYTHING, "Resource": OUR_ARN}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        ([vpc_endpoint()], [VIOLATION]),
        ([vpc_endpoint(policy=policy({**EVERYTHING, "Action": "*", "Resource": "*"}))], [VIOLATION]),
        ([vpc_endpoint(policy=policy(OURS))], []),
        ([vpc_endpoint(policy=UNKNOWN)], [UNDECIDED]),
        ([vpc_endpoint(policy=UNKNOWN, edges=[("policy", api())])], []),
        (
            [
                vpc_endpoint(),
                made("ec2/vpcEndpointPolicy:VpcEndpointPolicy", "p", vpcEndpointId="door-id", policy=policy(OURS)),
            ],
            [],
        ),
        ([vpc_endpoint("com.amazonaws.eu-west-1.s3")], []),
    ],
)
def test_a_vpc_endpoint_leads_to_named_apis(resources, expected):
    assert statuses(SCOPED, changed(*resources)) == expected


def group(**inputs):
    return made("ec2/securityGroup:SecurityGroup", "clients", **inputs)


def ingress(**inputs):
    kept = {"securityGroupId": "clients-id", **inputs}
    return made("vpc/securityGroupIngressRule:SecurityGroupIngressRule", "rule", **kept)


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        ([group()], []),
        ([group(ingress=[{"cidrBlocks": ["0.0.0.0/0"]}])], [VIOLATION]),
        ([group(ingress=[{"cidrBlocks": ["10.0.0.0/8"]}])], []),
        ([group(ingress=[{"cidrBlocks": ["10.0.0.0/8"], "prefixListIds": []}])], []),
        ([group(ingress=[{"prefixListIds": ["pl-1"]}])], [UNDECIDED]),
        ([group(ingress=[{"sourcePrefixListId": "pl-1"}])], [UNDECIDED]),
        ([group(ingress=[{"prefixListIds": ["pl-1"]}, {"cidrBlocks": ["0.0.0.0/0"]}])], [VIOLATION]),
        ([group(), ingress(cidrIpv6="::/0")], [VIOLATION]),
        ([group(), ingress(cidrIpv4="10.0.0.0/8")], []),
        ([group(), ingress(cidrIpv4=UNKNOWN)], [UNDECIDED]),
        ([group(ingress=[{"cidrBlocks": ["0.0.0.0/1", "128.0.0.0/1"]}])], [VIOLATION]),
        ([group(ingress=[{"cidrBlocks": ["::/1"]}]), ingress(cidrIpv6="8000::/1")], [VIOLATION]),
        ([group(ingress=[{"cidrBlocks": ["0.0.0.0/1", "no address"]}])], []),
        ([], []),
    ],
)
def test_the_groups_of_a_vpc_endpoint_keep_out_the_world(resources, expected):
    assert statuses(SHUT, changed(vpc_endpoint(securityGroupIds=["clients-id"]), *resources)) == expected
    later = vpc_endpoint(securityGroupIds=UNKNOWN, edges=[("securityGroupIds", group())])
    assert statuses(SHUT, changed(later, *resources)) == expected
    apart = made(
        "ec2/securityGroupAssociation:SecurityGroupAssociation",
        "a",
        securityGroupId="clients-id",
        vpcEndpointId="door-id",
    )
    assert statuses(SHUT, changed(vpc_endpoint(), apart, *resources)) == expected


def test_a_group_to_come_of_a_vpc_endpoint_is_undecided():
    apart = made(
        "ec2/securityGroupAssociation:SecurityGroupAssociation", "a", securityGroupId=UNKNOWN, vpcEndpointId="door-id"
    )
    assert statuses(SHUT, changed(vpc_endpoint(), apart)) == [UNDECIDED]


# Defects that no other tool finds, with their compliant counterparts.
def native_endpoint(**inputs):
    return native("ec2:VpcEndpoint", "door", serviceName="com.amazonaws.eu-west-1.execute-api", **inputs)


def native_group(cidr):
    return native("ec2:SecurityGroup", "g", outputs={"groupId": "sg-1"}, securityGroupIngress=[{"cidrIp": cidr}])


IN_AWS_NATIVE = {
    "network-vpc-endpoints-scoped": (
        [native_endpoint()],
        [native_endpoint(policyDocument=policy_document({**EVERYTHING, "Resource": OUR_ARN}))],
    ),
    "network-vpc-endpoints-not-public": (
        [native_endpoint(securityGroupIds=["sg-1"]), native_group("0.0.0.0/0")],
        [native_endpoint(securityGroupIds=["sg-1"]), native_group("10.0.0.0/8")],
    ),
}


@pytest.mark.parametrize("rule", IN_AWS_NATIVE)
def test_a_native_defect_is_found_and_its_counterpart_is_not(rule):
    broken, sound = IN_AWS_NATIVE[rule]

    assert statuses(rule, broken) == [VIOLATION]
    assert statuses(rule, sound) == []


# Found by mutation of the pack: without this test a weaker policy passed unnoticed.
def test_a_vpc_endpoint_of_a_service_to_come_is_known_by_the_api_that_names_it():
    door = made("ec2/vpcEndpoint:VpcEndpoint", "door", serviceName=UNKNOWN)
    private = api(endpointConfiguration={"types": "PRIVATE"}, edges=[("endpointConfiguration", door)])
    scoped = "network-vpc-endpoints-scoped"

    assert statuses(scoped, changed(door, api=private)) == [VIOLATION]
    assert statuses(scoped, changed(door)) == []


def test_groups_to_come_of_a_vpc_endpoint_are_undecided():
    door = made("ec2/vpcEndpoint:VpcEndpoint", "door", serviceName="com.amazonaws.eu-west-1.execute-api")
    group = made("ec2/securityGroup:SecurityGroup", "clients", ingress=[])
    closed = "network-vpc-endpoints-not-public"

    def with_groups(ids, **more):
        return changed(replace(door, inputs={**door.inputs, "securityGroupIds": ids}, **more), group)

    assert statuses(closed, with_groups(UNKNOWN)) == [UNDECIDED]
    assert statuses(closed, with_groups([UNKNOWN])) == [UNDECIDED]
    assert statuses(closed, with_groups(["clients-id"])) == []
    edge = {"property_dependencies": {"securityGroupIds": frozenset({group.urn})}}
    assert statuses(closed, with_groups([UNKNOWN], **edge)) == []
