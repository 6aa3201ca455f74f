"""Domains that several gateways or stages share, routing rules, and APIs without the execute-api endpoint."""

import judged
import pytest

from policypack.model.findings import Status
from secure_gateway import ArgsError, SecureGateway
from secure_gateway.layers.tls import Tls
from secure_gateway.parse import parse
from secure_gateway.testing import deploy, value

CERTIFICATE = "arn:aws:acm:eu-west-1:123456789012:certificate/11111111-1111-1111-1111-111111111111"
BASE = {
    "routes": [{"path": "/orders", "method": "GET", "integration": {"mock": {}}}],
    "network": {"allow_cidrs": ["203.0.113.0/24"]},
}
OWN = {"name": "api.example.com", "certificate_arn": CERTIFICATE}
RULES = {**OWN, "routing_mode": "ROUTING_RULE_THEN_BASE_PATH_MAPPING"}
RULE = {"priority": 10, "headers": {"X-Version": "2*"}}


def deployed(**more):
    return deploy(lambda: SecureGateway("shop", {**BASE, **more}))


def shared(**more):
    return {"tls": {"shared_domain": {"name": "api.example.com", **more}}}


@pytest.mark.parametrize(
    ("path", "url"), [("", "https://api.example.com"), ("shop", "https://api.example.com/shop")], ids=["root", "path"]
)
def test_a_shared_domain_leads_to_the_stage_and_closes_the_other_endpoint(path, url):
    made = deployed(**shared(**({"base_path": path} if path else {})))
    mapping = made.one("BasePathMapping")

    assert mapping.inputs["domainName"] == "api.example.com"
    assert mapping.inputs.get("basePath", "") == path
    assert mapping.inputs["stageName"] == "live"
    assert made.of("DomainName") == []
    assert made.one("RestApi").inputs["disableExecuteApiEndpoint"] is True
    assert made.document["servers"][0]["x-amazon-apigateway-endpoint-configuration"]["disableExecuteApiEndpoint"]
    assert value(made.result.url) == url
    assert value(made.result.domain_name) == "api.example.com"


def test_the_shared_domain_of_another_gateway_comes_first():
    def program():
        orders = SecureGateway("orders", {**BASE, "tls": {"domain": OWN}})
        return SecureGateway(
            "users", {**BASE, "tls": {"shared_domain": {"name": orders.domain_name, "base_path": "u"}}}
        )

    made = deploy(program)
    (mapping,) = [each for each in made.of("BasePathMapping") if each.inputs.get("basePath") == "u"]

    assert value(made.result.url) == "https://api.example.com/u"
    assert mapping.depends_on(made.one("DomainName")) or any(
        mapping.depends_on(each) for each in made.of("BasePathMapping") if each is not mapping
    )
    assert {each.policy for each in judged.findings(made, Status.VIOLATION)} == {
        each.policy for each in judged.findings(deployed(tls={"domain": OWN}), Status.VIOLATION)
    }


def test_nothing_leads_to_the_stage_before_its_protections():
    for more, kind in ((shared(), "BasePathMapping"), (shared(routing_rule=RULE), "RoutingRule")):
        made = deployed(**more)
        assert made.one(kind).depends_on(made.one("WebAclAssociation")), kind


def test_a_reason_keeps_the_endpoint_of_a_shared_domain():
    made = deployed(tls={**shared()["tls"], "keep_default_endpoint": "until clients have moved"})

    assert made.one("RestApi").inputs["disableExecuteApiEndpoint"] is False


def test_a_rule_leads_requests_with_a_header_to_a_stage():
    made = deployed(tls={"domain": RULES}, stages={"v2": {"routing_rule": {**RULE, "base_path": "shop"}}})
    rule = made.one("RoutingRule")

    assert made.one("DomainName").inputs["routingMode"] == "ROUTING_RULE_THEN_BASE_PATH_MAPPING"
    assert rule.inputs["domainName"] == "api.example.com"
    assert rule.inputs["priority"] == 10
    assert rule.inputs["conditions"] == [
        {"matchHeaders": {"anyOf": {"header": "X-Version", "valueGlob": "2*"}}},
        {"matchBasePaths": {"anyOfs": ["shop"]}},
    ]
    (action,) = rule.inputs["actions"]
    assert action["invokeApi"] == {"apiId": made.one("RestApi").id, "stage": "v2", "stripBasePath": True}
    assert value(made.result.stages)["v2"]["url"] == "https://api.example.com/shop"
    assert len(made.of("BasePathMapping")) == 1


def test_a_rule_on_a_shared_domain_leads_to_this_gateway():
    made = deployed(**shared(routing_rule=RULE))

    assert made.of("BasePathMapping") == []
    assert made.one("RoutingRule").inputs["actions"][0]["invokeApi"]["stage"] == "live"
    assert made.one("RoutingRule").inputs["actions"][0]["invokeApi"]["stripBasePath"] is False


def test_without_routing_mode_the_domain_gets_that_of_aws_so_that_no_other_one_stays():
    assert deployed(tls={"domain": OWN}).one("DomainName").inputs["routingMode"] == "BASE_PATH_MAPPING_ONLY"


def test_the_endpoint_can_be_closed_for_domains_that_are_not_declared():
    made = deployed(tls={"disable_default_endpoint": True}, stages={"test": {}})

    assert made.one("RestApi").inputs["disableExecuteApiEndpoint"] is True
    assert "not declared here" in str(value(made.result.posture)["tls"])
    assert [each.policy for each in judged.findings(made) if each.policy.startswith("tls")] == []


def test_the_layer_alone_leads_from_a_shared_domain():
    args = {"shared_domain": {"name": "api.example.com"}, "api_id": "abc", "stage_name": "live"}

    assert deploy(lambda: Tls("alone", args)).one("BasePathMapping").inputs["restApi"] == "abc"


def test_two_gateways_cannot_share_one_base_path():
    def program():
        for name in ("orders", "users"):
            SecureGateway(name, {**BASE, **shared(base_path="v1")})

    with pytest.raises(ArgsError, match="choose another base path"):
        deploy(program)


DOMAIN = {"domain": OWN}
STAGED = {"tls": {"domain": RULES}}


@pytest.mark.parametrize(
    ("more", "path", "message"),
    [
        ({"tls": {**DOMAIN, **shared()["tls"]}}, "tls.shared_domain", "cannot be combined with"),
        ({"tls": {**DOMAIN, "disable_default_endpoint": True}}, "tls.disable_default_endpoint", "has no effect"),
        (
            {"tls": {**shared()["tls"], "disable_default_endpoint": True}},
            "tls.disable_default_endpoint",
            "has no effect",
        ),
        ({"tls": {"keep_default_endpoint": "a reason"}}, "tls.keep_default_endpoint", "requires"),
        (
            {"stages": {"test": {"tls": {"disable_default_endpoint": True}}}},
            "stages.test.tls.disable_default_endpoint",
            "one execute-api endpoint",
        ),
        (shared(base_path="a/b"), "tls.shared_domain.base_path", "one path segment"),
        (
            shared(base_path="v1", routing_rule=RULE),
            "tls.shared_domain.base_path",
            "a rule has a base path of its own",
        ),
        (shared(routing_rule={"priority": 1}), "tls.shared_domain.routing_rule", "it would take every request"),
        (shared(routing_rule={**RULE, "priority": 0}), "tls.shared_domain.routing_rule.priority", "1 to 1,000,000"),
        (
            shared(routing_rule={"priority": 1, "headers": {"a": "1", "b": "1", "c": "1"}}),
            "tls.shared_domain.routing_rule.headers",
            "at most 2 headers",
        ),
        (
            shared(routing_rule={"priority": 1, "headers": {"a": "1", "A": "2"}}),
            "tls.shared_domain.routing_rule.headers",
            "case-insensitive",
        ),
        (
            shared(routing_rule={"priority": 1, "headers": {"X Version": "1"}}),
            "tls.shared_domain.routing_rule.headers",
            "name of a header",
        ),
        (
            shared(routing_rule={"priority": 1, "headers": {"X-Version": "1 2"}}),
            "tls.shared_domain.routing_rule.headers",
            "without spaces",
        ),
        ({"stages": {"v2": {"routing_rule": RULE}}}, "stages.v2.routing_rule", "requires `tls.domain`"),
        (
            {"tls": DOMAIN, "stages": {"v2": {"routing_rule": RULE}}},
            "stages.v2.routing_rule",
            "requires `tls.domain.routing_mode`",
        ),
        (
            {**STAGED, "stages": {"v2": {"routing_rule": RULE, "base_path": "v2"}}},
            "stages.v2.routing_rule",
            "cannot be combined with",
        ),
        (
            {**STAGED, "stages": {"v2": {"routing_rule": RULE}, "v3": {"routing_rule": RULE}}},
            "stages.v3.routing_rule.priority",
            "each priority of a domain once",
        ),
        (
            {**STAGED, "stages": {"v2": {"routing_rule": {"priority": 1, "base_path": "orders"}}}},
            "routes[0].path",
            "cannot be reached on the domain",
        ),
        (
            {**STAGED, "stages": {"v2": shared(base_path="v2")}},
            "stages.v2.tls.shared_domain.name",
            "is a domain of this gateway",
        ),
        (
            {**shared(), "network": {"private": {"vpc_endpoint_ids": ["vpce-0123456789abcdef0"]}}},
            "tls.shared_domain.arn",
            "required with `network.private`",
        ),
    ],
)
def test_what_could_not_work_is_rejected(more, path, message):
    with pytest.raises(ArgsError) as caught:
        parse("shop", {**BASE, **more})

    found = [(each.path, each.message) for each in caught.value.problems]
    assert any(each.startswith(path) and message in text for each, text in found), found
