"""Load balancers inside a VPC, reached through VPC links of version 2.

https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-private-integration.html
"""

import judged
import pulumi
import pytest
from aws_import import problems as import_problems
from pulumi_aws import lb

from secure_gateway import ArgsError, SecureGateway
from secure_gateway.parse import parse
from secure_gateway.testing import deploy, value

BALANCER = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/orders/0123456789abcdef"
SUBNETS = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]
CREATED = {"subnet_ids": SUBNETS, "vpc_id": "vpc-0123456789abcdef0", "target_cidrs": ["10.0.0.0/16"]}
GIVEN = {"subnet_ids": SUBNETS, "security_group_ids": ["sg-0123456789abcdef0"]}
URL = "https://orders.internal.example.com"


def args(links=None, integration=None, **more):
    linked = {"url": URL, "vpc_link": "internal", "target_arn": BALANCER}
    route = {"path": "/orders", "method": "GET", "integration": linked if integration is None else integration}
    links = {"internal": CREATED} if links is None else links
    return {"routes": [route], "network": {"waived": "a test"}, **({"vpc_links": links} if links else {}), **more}


def deployed(*given, **more):
    made = deploy(lambda: SecureGateway("shop", args(*given, **more)))
    assert import_problems(made.document) == []
    return made


def integration_of(made):
    return made.document["paths"]["/orders"]["get"]["x-amazon-apigateway-integration"]


def messages(*given, **more):
    with pytest.raises(ArgsError) as caught:
        parse("shop", args(*given, **more))
    return [(each.path, each.message) for each in caught.value.problems]


def test_a_created_link_reaches_the_load_balancer_through_a_stage_variable():
    made = deployed()
    link = made.one("VpcLink")
    integration = integration_of(made)

    assert link.inputs["subnetIds"] == SUBNETS
    assert integration["integrationTarget"] == BALANCER
    assert (integration["connectionType"], integration["uri"]) == ("VPC_LINK", f"{URL}/orders")
    assert integration["connectionId"] == "${stageVariables.vpc_link_internal}"
    assert made.one("Stage").inputs["variables"] == {"vpc_link_internal": link.id}
    assert value(made.result.vpc_link_ids) == {"internal": link.id}


def test_the_created_security_group_lets_out_connections_to_the_targets_alone():
    targets = {
        "target_cidrs": ["10.0.0.0/16", "2001:db8::/48"],
        "target_security_groups": {"web": "sg-0123456789abcdef1"},
    }
    made = deployed({"internal": {**CREATED, **targets, "port": 8443}}, {**LINKED, "url": f"{URL}:8443"})
    group = made.one("SecurityGroup")
    rules = [each.inputs for each in made.of("SecurityGroupEgressRule")]

    assert made.one("VpcLink").inputs["securityGroupIds"] == [group.id]
    assert not {"ingress", "egress"} & group.inputs.keys()
    assert {each["securityGroupId"] for each in rules} == {group.id}
    assert {(each["ipProtocol"], each["fromPort"], each["toPort"]) for each in rules} == {("tcp", 8443, 8443)}
    assert sorted(
        (name, each[name])
        for each in rules
        for name in ("cidrIpv4", "cidrIpv6", "referencedSecurityGroupId")
        if name in each
    ) == [
        ("cidrIpv4", "10.0.0.0/16"),
        ("cidrIpv6", "2001:db8::/48"),
        ("referencedSecurityGroupId", "sg-0123456789abcdef1"),
    ]
    assert value(made.result.vpc_link_security_group_ids) == {"internal": group.id}


LINKED = {"url": URL, "vpc_link": "internal", "target_arn": BALANCER}


def test_a_group_under_two_names_gets_one_rule():
    twice = {"a": "sg-0123456789abcdef1", "b": "sg-0123456789abcdef1"}
    made = deployed({"internal": {**CREATED, "target_cidrs": [], "target_security_groups": twice}})

    assert len(made.of("SecurityGroupEgressRule")) == 1


def test_given_security_groups_are_used_and_none_is_created():
    made = deployed({"internal": GIVEN})

    assert made.one("VpcLink").inputs["securityGroupIds"] == GIVEN["security_group_ids"]
    assert made.of("SecurityGroup") == []
    assert value(made.result.vpc_link_security_group_ids) == {}


def test_an_existing_link_of_version_2_is_used_by_its_id():
    made = deployed({}, {"url": URL, "vpc_link_id": "bbb111", "target_arn": BALANCER})
    integration = integration_of(made)

    assert (integration["connectionId"], integration["integrationTarget"]) == ("bbb111", BALANCER)
    assert made.of("VpcLink") == []


def test_a_link_of_version_1_names_no_target():
    assert "integrationTarget" not in integration_of(deployed({}, {"url": URL, "vpc_link_id": "bbb111"}))


def test_routes_and_stages_share_a_link():
    routes = [{"path": f"/{name}", "integration": {**LINKED}} for name in ("a", "b")]
    made = deploy(
        lambda: SecureGateway(
            "shop", {**args(), "routes": routes, "stages": {"test": {}}, "keys": {"rate": 10, "burst": 10}}
        )
    )

    link = made.one("VpcLink")
    assert [each.inputs["variables"] for each in made.of("Stage")] == [{"vpc_link_internal": link.id}] * 2


def test_the_stage_waits_for_the_link_and_its_rules():
    made = deployed()
    waits = made.one("Stage").dependencies

    assert {made.one(each).urn for each in ("VpcLink", "SecurityGroupEgressRule")} <= set(waits)


def test_a_load_balancer_of_the_program_is_written_into_the_document_once_it_is_known():
    def program():
        balancer = lb.LoadBalancer("orders", internal=True, subnets=SUBNETS)
        SecureGateway("shop", args(None, {**LINKED, "target_arn": balancer.arn}))

    made = deploy(program)

    assert integration_of(made)["integrationTarget"] == made.one("LoadBalancer").outputs["arn"]


def test_a_deployed_target_that_is_no_load_balancer_is_reported():
    def program():
        SecureGateway("shop", args(None, {**LINKED, "target_arn": pulumi.Output.from_input("arn:aws:s3:::orders")}))

    with pytest.raises(ValueError, match="is not the ARN of an Application or Network Load Balancer"):
        deploy(program)


LISTENER = BALANCER.replace("loadbalancer/", "listener/") + "/0123456789abcdef"


@pytest.mark.parametrize(
    ("links", "integration", "path", "message"),
    [
        (None, {**LINKED, "vpc_link": "internl"}, "routes[0].integration.vpc_link", "did you mean 'internal'"),
        (None, {**LINKED, "vpc_link": 1}, "routes[0].integration.vpc_link", "a name that is declared in `vpc_links`"),
        ({}, LINKED, "routes[0].integration.vpc_link", "is not declared in `vpc_links`"),
        (None, {"url": URL, "vpc_link": "internal"}, "routes[0].integration.target_arn", "required with `vpc_link`"),
        ({}, {"url": URL, "target_arn": BALANCER}, "routes[0].integration.target_arn", "`vpc_link` or `vpc_link_id`"),
        (None, {**LINKED, "vpc_link_id": "a"}, "routes[0].integration.vpc_link_id", "one VPC link"),
        ({}, {"mock": {}, "target_arn": BALANCER, "vpc_link_id": "a"}, "routes[0].integration.target_arn", "`url`"),
        (None, {**LINKED, "target_arn": LISTENER}, "routes[0].integration.target_arn", "of a listener"),
        (None, {**LINKED, "target_arn": "orders"}, "routes[0].integration.target_arn", "is not the ARN of an Appl"),
        (
            None,
            {**LINKED, "target_arn": BALANCER.replace("/app/", "/gwy/")},
            "routes[0].integration.target_arn",
            "is not the ARN of an Appl",
        ),
        (None, {**LINKED, "url": f"{URL}:8443"}, "routes[0].integration.url", "`vpc_links.internal.port`"),
        (None, {"mock": {}}, "vpc_links.internal", "no route's integration uses this VPC link"),
        ({"in-ternal": GIVEN}, {"mock": {}}, "vpc_links.in-ternal", "letters, digits and underscores"),
        ({"internal": {**GIVEN, "subnet_ids": []}}, LINKED, "vpc_links.internal.subnet_ids", "at least one subnet"),
        (
            {"internal": {**GIVEN, "security_group_ids": []}},
            LINKED,
            "vpc_links.internal.security_group_ids",
            "at least one security group",
        ),
        ({"internal": {"subnet_ids": SUBNETS}}, LINKED, "vpc_links.internal.vpc_id", "required unless"),
        (
            {"internal": {"subnet_ids": SUBNETS, "vpc_id": "vpc-0123456789abcdef0"}},
            LINKED,
            "vpc_links.internal",
            "requires `target_cidrs` or `target_security_groups`",
        ),
        ({"internal": {**GIVEN, "port": 443}}, LINKED, "vpc_links.internal.port", "cannot be combined with"),
        ({"internal": {**GIVEN, **CREATED}}, LINKED, "vpc_links.internal.vpc_id", "cannot be combined with"),
        ({"internal": {**CREATED, "port": 0}}, LINKED, "vpc_links.internal.port", "from 1 to 65,535"),
        ({"internal": {**CREATED, "target_cidrs": ["0.0.0.0/0"]}}, LINKED, "vpc_links.internal.target_cidrs", "/0"),
        ({"internal": {**CREATED, "subnets": SUBNETS}}, LINKED, "vpc_links.internal.subnets", "subnet_ids"),
    ],
)
def test_what_could_not_work_is_rejected(links, integration, path, message):
    found = messages(links, integration)

    assert any(each.startswith(path) and message in text for each, text in found), found


def own(**integration):
    written = {"type": "http_proxy", "httpMethod": "GET", "uri": f"{URL}/orders", **integration}
    operation = {"responses": {}, "x-amazon-apigateway-integration": written}
    document = {"openapi": "3.0.1", "info": {"title": "a", "version": "1"}, "paths": {"/orders": {"get": operation}}}
    return {"openapi": {"document": document}, "network": {"waived": "a test"}}


LINK = {"connectionType": "VPC_LINK", "connectionId": "bbb111"}


def test_a_document_may_name_a_link_and_its_target():
    made = deploy(lambda: SecureGateway("shop", own(**LINK, integrationTarget=BALANCER)))

    assert integration_of(made)["integrationTarget"] == BALANCER


@pytest.mark.parametrize(
    ("integration", "member", "message"),
    [
        ({"connectionType": "VPC_LINK"}, "connectionId", "required with"),
        ({**LINK, "connectionType": "INTERNET"}, "connectionId", "requires the `connectionType` 'VPC_LINK'"),
        ({"integrationTarget": BALANCER}, "integrationTarget", "requires the `connectionType` 'VPC_LINK'"),
        ({**LINK, "integrationTarget": LISTENER}, "integrationTarget", "of a listener"),
        ({**LINK, "integrationTarget": ["a"]}, "integrationTarget", "the ARN of a load balancer"),
        ({**LINK, "type": "mock"}, "connectionType", "requires the type http or http_proxy"),
    ],
)
def test_a_document_whose_link_could_not_work_is_rejected(integration, member, message):
    with pytest.raises(ArgsError) as caught:
        parse("shop", own(**integration))

    found = {each.path.rpartition(".")[2]: each.message for each in caught.value.problems}
    assert message in found[member]


@pytest.mark.parametrize("links", [{"internal": CREATED}, {"internal": GIVEN}], ids=["created", "given"])
def test_the_pack_passes_a_gateway_behind_which_a_vpc_link_leads_to_its_backends(links):
    plain = deploy(lambda: SecureGateway("shop", args({}, {"url": URL})))

    assert {each.policy for each in judged.findings(deployed(links))} == {
        each.policy for each in judged.findings(plain)
    }
