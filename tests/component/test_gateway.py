"""The gateway as a whole: what it makes, in which order, and how the parts hang together."""

import json
from collections import Counter

import pulumi
import pytest

from secure_gateway import ArgsError, SecureGateway, SecureGatewayArgs
from secure_gateway.layers.auth import AuthSpec
from secure_gateway.layers.keys import KeysSpec
from secure_gateway.layers.network import NetworkSpec
from secure_gateway.layers.observability import ObservabilitySpec
from secure_gateway.layers.tls import TlsSpec
from secure_gateway.layers.waf import WafSpec
from secure_gateway.testing import UNKNOWN, deploy, value

MINIMAL = {
    "routes": [{"path": "/{proxy+}"}],
    "default_integration": {"url": "https://backend.example.com"},
    "network": {"allow_cidrs": ["203.0.113.0/24"]},
}


RECORD = {"resourceRecordName": "_x", "resourceRecordType": "CNAME", "resourceRecordValue": "_y"}
ISSUED = {"Certificate": {"domainValidationOptions": [RECORD]}, "DomainName": {"regionalDomainName": "d-1"}}


def gateway(args=None, **kwargs):
    return deploy(lambda: SecureGateway("api", {**MINIMAL, **(args or {})}), **kwargs)


def document(made):
    return json.loads(made.one("RestApiPut").inputs["body"])


def test_the_document_is_known_at_the_first_preview():
    made = gateway(preview=True)

    assert made.one("RestApiPut").inputs["body"] != UNKNOWN
    assert made.one("Deployment").inputs["triggers"]["redeployment"] != UNKNOWN
    assert document(made)["paths"]["/{proxy+}"]["x-amazon-apigateway-any-method"]["security"] == [{"sigv4": []}]


def test_functions_known_after_deployment_go_through_stage_variables():
    def program():
        from pulumi_aws import lambda_

        function = lambda_.Function("orders", role="arn:aws:iam::123456789012:role/x", runtime="python3.12")
        args = {**MINIMAL, "functions": {"orders": function.arn}, "default_integration": {"function": "orders"}}
        SecureGateway("api", args)

    arn = "arn:aws:lambda:eu-west-1:123456789012:function:orders-1a2b:live"
    made = deploy(program, outputs={"Function": {"arn": arn}})
    body = document(made)
    uri = body["paths"]["/{proxy+}"]["x-amazon-apigateway-any-method"]["x-amazon-apigateway-integration"]["uri"]

    assert uri.endswith(":function:${stageVariables.function_orders}/invocations")
    assert made.one("Stage").inputs["variables"]["function_orders"] == "orders-1a2b:live"
    permission = made.one("Permission", "api-live-orders").inputs
    assert permission["function"] == "arn:aws:lambda:eu-west-1:123456789012:function:orders-1a2b"
    assert permission["qualifier"] == "live"
    assert permission["sourceArn"] == f"{made.one('RestApi').outputs['executionArn']}/live/*/*"
    assert made.one("Stage").depends_on(made.one("Permission", "api-live-orders"))


def test_a_deployed_function_of_another_region_is_refused():
    import pulumi

    def program():
        other = pulumi.Output.from_input("arn:aws:lambda:us-east-1:123456789012:function:orders")
        args = {**MINIMAL, "functions": {"orders": other}, "default_integration": {"function": "orders"}}
        SecureGateway("api", args)

    with pytest.raises(ValueError, match="is not a function of eu-west-1:123456789012"):
        deploy(program)


def test_plain_arns_put_the_function_into_the_document():
    import pulumi

    arn = "arn:aws:lambda:eu-west-1:123456789012:function:orders"
    args = {
        "functions": {"orders": pulumi.Output.from_input(arn)},
        "default_integration": {"function": "orders"},
        "plain_arns": True,
    }
    made = gateway(args)

    assert f"functions/{arn}/invocations" in made.one("RestApiPut").inputs["body"]
    assert "variables" not in made.one("Stage").inputs


def routes(count):
    return {"routes": [{"path": f"/things/{n}", "method": "GET"} for n in range(count)]}


def test_the_number_of_resources_does_not_grow_with_the_routes():
    assert len(gateway(routes(3)).resources) == len(gateway(routes(200)).resources)


def test_a_new_route_exchanges_the_deployment_and_nothing_else():
    before, after = gateway(routes(3)), gateway(routes(4))
    old, new = ({each.urn: each.inputs for each in made.resources} for made in (before, after))

    assert old.keys() == new.keys()
    assert {urn.split("::")[2].split(":")[-1] for urn in old if old[urn] != new[urn]} == {"RestApiPut", "Deployment"}


def test_the_order_of_routes_changes_nothing():
    forth = gateway({"routes": [{"path": "/a"}, {"path": "/b"}]})
    back = gateway({"routes": [{"path": "/b"}, {"path": "/a"}]})

    assert {each.urn: each.inputs for each in forth.resources} == {each.urn: each.inputs for each in back.resources}


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"network": {"allow_cidrs": ["198.51.100.0/24"]}}, id="policy"),
        pytest.param({"routes": [{"path": "/{proxy+}", "public": "a test"}]}, id="auth"),
        pytest.param({"default_integration": {"url": "https://other.example.com"}}, id="integration"),
        pytest.param({"tls": {"security_policy": "SecurityPolicy_TLS13_1_3_2025_09"}}, id="tls-policy"),
        pytest.param({"cors": {"allow_origins": ["https://app.example.com"]}}, id="cors"),
    ],
)
def test_what_a_deployment_snapshots_forces_a_new_one(change):
    old, new = gateway(), gateway(change)

    assert old.one("Deployment").inputs["triggers"] != new.one("Deployment").inputs["triggers"]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"keys": {"rate": 10, "burst": 20}}, id="throttle"),
        pytest.param({"observability": {"retention_days": 180}}, id="retention"),
        pytest.param({"waf": {"rate_limit": {"requests": 500}}}, id="waf"),
    ],
)
def test_stage_settings_need_no_new_deployment(change):
    assert gateway().one("Deployment").inputs == gateway(change).one("Deployment").inputs


def test_the_policy_stands_in_the_body_and_nowhere_else():
    made = gateway()

    assert "x-amazon-apigateway-policy" in document(made)
    assert "policy" not in made.one("RestApi").inputs
    assert made.of("RestApiPolicy") == []


def test_nothing_exposes_the_stage_before_it_is_protected():
    args = {"tls": {"domain": {"name": "api.example.com", "zone_id": "Z1"}}}
    made = gateway(args, outputs=ISSUED)
    mapping, stage = made.one("BasePathMapping"), made.one("Stage")

    assert mapping.depends_on(made.one("WebAclAssociation"))
    assert mapping.depends_on(made.one("MethodSettings"))
    assert mapping.depends_on(stage)
    assert stage.depends_on(made.one("WebAcl"))
    assert all(stage.depends_on(group) for group in made.of("LogGroup") if "waf" not in group.inputs["name"])
    assert made.one("RestApi").inputs["disableExecuteApiEndpoint"] is True


def test_the_association_survives_its_own_replacement():
    made = gateway()
    association = made.one("WebAclAssociation")

    assert association.retain_on_delete
    assert not association.delete_before_replace
    assert association.inputs["resourceArn"] == made.one("Stage").outputs["arn"]


def test_the_stage_writes_to_the_log_group_it_is_given():
    made = gateway()
    settings = made.one("Stage").inputs["accessLogSettings"]
    fields = json.loads(settings["format"])

    assert settings["destinationArn"] in {each.outputs["arn"] for each in made.of("LogGroup")}
    assert {"requestId", "extendedRequestId", "sourceIp"} <= set(fields)
    assert made.one("Stage").inputs["xrayTracingEnabled"] is True


def test_all_methods_are_measured_logged_and_throttled():
    made = gateway({"keys": {"rate": 5, "burst": 7}})
    settings = made.one("MethodSettings").inputs

    assert settings["methodPath"] == "*/*"
    assert settings["settings"]["metricsEnabled"] is True
    assert settings["settings"]["loggingLevel"] in {"ERROR", "INFO"}
    assert settings["settings"]["dataTraceEnabled"] is False
    assert settings["settings"]["throttlingRateLimit"] == 5
    assert settings["settings"]["throttlingBurstLimit"] == 7


def test_a_route_with_its_own_throttle_keeps_the_rest():
    args = {
        "routes": [{"path": "/a/{id}", "method": "GET"}, {"path": "/", "method": "GET"}],
        "keys": {"route_throttles": {"GET /a/{id}": {"rate": 1, "burst": 2}, "GET /": {"rate": 3, "burst": 4}}},
    }
    by_path = {each.inputs["methodPath"]: each.inputs["settings"] for each in gateway(args).of("MethodSettings")}

    assert set(by_path) == {"*/*", "a/{id}/GET", "~1/GET"}
    assert by_path["a/{id}/GET"]["throttlingRateLimit"] == 1
    assert by_path["a/{id}/GET"]["loggingLevel"] == by_path["*/*"]["loggingLevel"]


def test_posture_tells_what_is_off_and_why():
    made = deploy(lambda: SecureGateway("api", {**MINIMAL, "waf": {"waived": "an ALB in front has one"}}))
    posture = value(made.result.posture) if made.result else None
    assert made.of("WebAcl") == []
    assert posture is None or posture["waf"]["waived"]


@pytest.mark.parametrize(
    ("layer", "gone"),
    [
        pytest.param({"waf": {"waived": "x"}}, {"WebAcl", "WebAclAssociation"}, id="waf"),
        pytest.param({"observability": {"waived": "x"}}, {"MetricAlarm", "Dashboard"}, id="observability"),
    ],
)
def test_a_waived_layer_makes_nothing(layer, gone):
    made = {each.type.split(":")[-1] for each in gateway(layer).resources}

    assert not gone & made


def test_bad_args_register_nothing():
    seen = []

    def program():
        try:
            SecureGateway("api", {"routes": [{"path": "no-slash", "auth": "nobody"}], "netwrk": {}})
        except ArgsError as error:
            seen.append(error)

    made = deploy(program)

    assert made.resources == []
    assert len(seen) == 1
    assert {each.path for each in seen[0].problems} >= {"netwrk", "routes[0].path", "routes[0].auth", "network"}


PARSED = {AuthSpec: 1, NetworkSpec: 1, KeysSpec: 2, WafSpec: 2, ObservabilitySpec: 2, TlsSpec: 3}
"""How often a gateway with two further stages parses each layer; one of these stages gives all its layers itself."""


@pytest.mark.parametrize(
    ("timeout", "threshold", "refused"),
    [(29_000, 58_999, False), (29_000, 59_000, True), (1_000, 31_000, True), (1_000, 30_999, False)],
)
def test_an_alarm_on_a_latency_that_no_request_has_is_refused(timeout, threshold, refused):
    args = {
        "routes": [{"path": "/", "method": "GET"}],
        "default_integration": {"url": "https://backend.example.com", "timeout_ms": timeout},
        "network": {"allow_cidrs": ["203.0.113.0/24"]},
        "observability": {"alarms": {"latency_p99_ms": threshold}},
    }
    if not refused:
        deploy(lambda: SecureGateway("orders", args))
        return
    with pytest.raises(ArgsError) as error:
        deploy(lambda: SecureGateway("orders", args))
    assert [each.path for each in error.value.problems] == ["observability.alarms.latency_p99_ms"]


def test_each_layer_is_parsed_once_for_the_gateway_and_for_each_stage_that_gives_it(monkeypatch):
    parsed = Counter()

    def counting(shape):
        parse = shape.parse

        def counted(*args, **kwargs):
            parsed[shape] += 1
            return parse(*args, **kwargs)

        return counted

    for shape in PARSED:
        monkeypatch.setattr(shape, "parse", counting(shape))
    layers = {"keys": {"rate": 5, "burst": 5}, "waf": {"sampled_requests": True}, "observability": {"dashboard": False}}
    gateway({"stages": {"test": {**layers, "tls": {"endpoint_access_mode": "BASIC"}}, "next": {}}})

    assert parsed == PARSED


def registered(program):
    return {(each.type, each.name): each.inputs for each in deploy(program).resources}


def test_args_mean_the_same_as_keywords_and_as_an_object():
    assert registered(lambda: SecureGateway("api", **MINIMAL)) == registered(lambda: SecureGateway("api", MINIMAL))


def test_resource_options_are_given_by_name_next_to_keywords():
    made = deploy(lambda: SecureGateway("api", **MINIMAL, opts=pulumi.ResourceOptions(protect=True)))
    assert made.one("SecureGateway").protect


@pytest.mark.parametrize(
    ("program", "message"),
    [
        (lambda: SecureGateway("api", MINIMAL, tags={"a": "b"}), "args: cannot be combined with 'tags' as keywords"),
        (lambda: SecureGateway("api", pulumi.ResourceOptions(), **MINIMAL), "args: expected an object, got resource"),
        (lambda: SecureGateway("api", **MINIMAL, netwrok={}), "netwrok: unknown field; did you mean 'network'"),
        (
            lambda: SecureGateway("api", **MINIMAL, auth={"waived": "x"}),
            "auth.waived: cannot be waived; the fields are",
        ),
        (
            lambda: SecureGateway("api", **MINIMAL, waf=False),
            'got false; to switch it off, give a reason: {"waived": "WHY"}',
        ),
        (lambda: SecureGateway("api"), "network: say from where the API may be called"),
    ],
)
def test_args_are_given_in_one_way(program, message):
    with pytest.raises(ArgsError, match=message):
        deploy(program)


def test_no_option_is_named_like_a_parameter():
    assert SecureGatewayArgs.__annotations__.keys().isdisjoint({"self", "name", "args", "opts", "options"})
