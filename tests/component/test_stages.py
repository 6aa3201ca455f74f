"""Several stages of one API: what is one for all, what each has for itself, and what one may not ask of another."""

import json

import pulumi
import pytest
from certificates import certificate

from secure_gateway import ArgsError, SecureGateway
from secure_gateway.testing import deploy, is_secret, value

MINIMAL = {
    "routes": [{"path": "/orders", "method": "GET"}],
    "default_integration": {"url": "https://backend.example.com"},
    "network": {"allow_cidrs": ["203.0.113.0/24"]},
}
KEYED = {
    "routes": [{"path": "/orders", "method": "GET", "api_key": True}],
    "keys": {"plans": {"gold": {"rate": 50, "burst": 100}}, "keys": {"acme": {"plan": "gold"}}},
}
ISSUED = {
    "Certificate": {
        "domainValidationOptions": [
            {"resourceRecordName": "_x", "resourceRecordType": "CNAME", "resourceRecordValue": "_y"}
        ]
    },
    "DomainName": {"regionalDomainName": "d-1"},
}
DOMAIN = {"domain": {"name": "api.example.com", "zone_id": "Z1"}}


def gateway(args=None, **kwargs):
    kwargs = {"outputs": ISSUED, **kwargs}
    return deploy(lambda: SecureGateway("api", {**MINIMAL, **(args or {})}), **kwargs)


def state(made):
    return {each.urn: each.inputs for each in made.resources}


def problems(args):
    with pytest.raises(ArgsError) as caught:
        gateway(args)
    return {each.path: each for each in caught.value.problems}


def of_stage(made, type_, stage):
    return next(each for each in made.of(type_) if each.inputs["stageName"] == stage)


def test_a_further_stage_changes_nothing_of_the_first():
    one, two = state(gateway(KEYED)), state(gateway({**KEYED, "stages": {"test": {}}}))

    assert one.items() <= two.items()


def test_a_further_stage_has_its_own_logs_alarms_plan_and_throttle():
    made = gateway({**KEYED, "stages": {"test": {"keys": {"rate": 5, "burst": 7}}}})
    live, test = of_stage(made, "Stage", "live"), of_stage(made, "Stage", "test")
    rates = {
        each.inputs["stageName"]: each.inputs["settings"]["throttlingRateLimit"] for each in made.of("MethodSettings")
    }
    watched = [each.inputs.get("dimensions", {}) for each in made.of("MetricAlarm")]
    dimensions = [each["Stage"] for each in watched if "Stage" in each]

    assert made.one("Deployment")
    assert made.one("RestApi")
    assert live.inputs["deployment"] == test.inputs["deployment"]
    assert live.inputs["accessLogSettings"]["destinationArn"] != test.inputs["accessLogSettings"]["destinationArn"]
    assert rates == {"live": 500, "test": 5}
    assert {each.inputs["apiStages"][0]["stage"] for each in made.of("UsagePlan")} == {"live", "test"}
    assert len(made.of("ApiKey")) == 2
    assert dimensions.count("live") == dimensions.count("test") > 0
    names = {each.inputs["name"] for each in made.of("LogGroup") if "waf" not in each.inputs["name"]}
    assert {name.rsplit("/", 1)[-1] for name in names} == {"access", "live", "test"}


def test_the_web_acl_is_shared_unless_the_stage_has_settings_of_its_own():
    shared = gateway({"stages": {"test": {}}})
    own = gateway({"stages": {"test": {"waf": {"rate_limit": {"requests": 100}}}}, "waf": {"block_countries": ["KP"]}})
    associated = {each.inputs["resourceArn"]: each.inputs["webAclArn"] for each in own.of("WebAclAssociation")}

    assert len(shared.of("WebAcl")) == 1
    assert len(shared.of("WebAclAssociation")) == 2
    assert all(each.retain_on_delete for each in shared.of("WebAclAssociation"))
    assert len(set(associated.values())) == len(associated) == 2
    # What the stage did not change is the gateway's.
    names = [{rule["name"] for rule in acl.inputs["rules"]} for acl in own.of("WebAcl")]
    assert all("blocked-countries" in rules for rules in names)


def test_a_change_in_one_stage_touches_no_other():
    before = state(gateway({"stages": {"test": {}, "demo": {}}}))
    stages = {"test": {"keys": {"rate": 5, "burst": 7}, "observability": {"retention_days": 180}}, "demo": {}}
    after = state(gateway({"stages": stages}))
    changed = {urn.rsplit("::", 1)[-1] for urn in before if before[urn] != after.get(urn)}

    assert changed
    assert all(name.startswith("api-test") for name in changed)


def test_a_waived_layer_of_the_gateway_may_be_on_in_a_stage_and_the_other_way_round():
    on = gateway({"waf": {"waived": "a load test"}, "stages": {"test": {"waf": {"block_countries": ["KP"]}}}})
    off = gateway({"stages": {"test": {"waf": {"waived": "a load test"}}}})

    assert [each.name for each in on.of("WebAclAssociation")] == ["api-test"]
    assert [each.name for each in off.of("WebAclAssociation")] == ["api-live"]


def functions(own, **stages):
    return {
        "functions": {"orders": own},
        "default_integration": {"function": "orders"},
        "routes": [{"path": "/orders", "method": "GET"}],
        **stages,
    }


def uri(made):
    document = json.loads(made.one("RestApiPut").inputs["body"])
    return document["paths"]["/orders"]["get"]["x-amazon-apigateway-integration"]["uri"]


def test_a_stage_may_call_another_version_of_a_function():
    made = gateway(functions("orders:live", stages={"test": {"functions": {"orders": "orders:test"}}}))
    variables = {each.inputs["stageName"]: each.inputs["variables"] for each in made.of("Stage")}
    allowed = {(each.inputs["qualifier"], each.inputs["sourceArn"].split("/")[1]) for each in made.of("Permission")}

    assert uri(made).endswith(":function:${stageVariables.function_orders}/invocations")
    assert {name: each["function_orders"] for name, each in variables.items()} == {
        "live": "orders:live",
        "test": "orders:test",
    }
    assert allowed == {("live", "live"), ("test", "test")}


def test_a_function_that_is_the_same_everywhere_stays_in_the_document():
    made = gateway(functions("orders:live", stages={"test": {"functions": {"orders": "orders:live"}}}))

    assert uri(made).endswith(":function:orders:live/invocations")


def test_a_canary_changes_backends_and_nothing_that_protects():
    canary = {"percent": 5, "functions": {"orders": "orders:next"}, "variables": {"flavour": "new"}}
    made = gateway({**functions("orders:live"), "variables": {"flavour": "old"}, "canary": canary})
    stage = made.one("Stage").inputs

    assert stage["canarySettings"] == {
        "deploymentId": stage["deployment"],
        "percentTraffic": 5,
        "stageVariableOverrides": {"flavour": "new", "function_orders": "orders:next"},
        "useStageCache": False,
    }
    assert stage["variables"] == {"flavour": "old", "function_orders": "orders:live"}
    assert {each.inputs["qualifier"] for each in made.of("Permission")} == {"live", "next"}
    assert all(made.one("Stage").depends_on(each) for each in made.of("Permission"))


def test_a_stage_is_reached_by_a_path_of_the_gateways_domain():
    made = gateway({"tls": DOMAIN, "stages": {"test": {"base_path": "test"}}})
    mappings = {each.inputs["stageName"]: each for each in made.of("BasePathMapping")}
    association = next(each for each in made.of("WebAclAssociation") if each.name == "api-test")

    assert made.one("RestApi").inputs["disableExecuteApiEndpoint"] is True
    assert mappings["test"].inputs["basePath"] == "test"
    assert mappings["test"].inputs["domainName"] == "api.example.com"
    assert mappings["test"].depends_on(association)
    assert made.one("DomainName")


def test_a_stage_may_have_a_domain_of_its_own_with_the_gateways_client_certificates():
    domain = {"name": "test.example.com", "zone_id": "Z1"}
    made = gateway({"tls": DOMAIN, "stages": {"test": {"tls": {"domain": domain}}}})
    names = {each.inputs["domainName"]: each.inputs["stageName"] for each in made.of("BasePathMapping")}

    assert names == {"api.example.com": "live", "test.example.com": "test"}


def test_outputs_are_told_by_stage_and_keys_stay_secret():
    api = gateway({**KEYED, "stages": {"test": {}}}).result
    stages = value(api.stages)

    assert set(value(api.api_key_values)) == {"acme", "test/acme"}
    assert is_secret(api.api_key_values)
    assert not is_secret(api.stages)
    assert stages["live"]["arn"] != stages["test"]["arn"]
    assert stages["test"]["posture"]["waf"]["enforced"]


@pytest.mark.parametrize(
    ("args", "path"),
    [
        pytest.param({"stages": {"live": {}}}, "stages.live", id="own-name"),
        pytest.param({"stages": {"a b": {}}}, 'stages["a b"]', id="name"),
        pytest.param(
            {**KEYED, "stages": {"a": {"keys": {"plans": {"b-gold": {"rate": 1, "burst": 1}}}}, "a-b": {}}},
            "stages.a-b",
            id="names-that-run-together",
        ),
        pytest.param({"stages": {"test": {"auth": {}}}}, "stages.test.auth", id="shared-layer"),
        pytest.param({"stages": {"test": {"keys": {"rate": 0}}}}, "stages.test.keys.rate", id="layer-path"),
        pytest.param(
            {"tls": DOMAIN, "routes": [{"path": "/test/a"}], "stages": {"test": {"base_path": "test"}}},
            "routes[0].path",
            id="path-hides-a-route",
        ),
        pytest.param({"stages": {"test": {"base_path": "test"}}}, "stages.test.base_path", id="path-without-domain"),
        pytest.param({"tls": DOMAIN, "stages": {"test": {}}}, "stages.test", id="unreachable"),
        pytest.param({"stages": {"test": {"tls": DOMAIN}}}, "tls", id="unreachable-own"),
        pytest.param(
            {"tls": DOMAIN, "stages": {"a": {"base_path": "x"}, "b": {"base_path": "x"}}},
            "stages.b.base_path",
            id="one-path-twice",
        ),
        pytest.param(
            {"stages": {"test": {"tls": {"security_policy": "TLS_1_2"}}}}, "stages.test.tls", id="another-tls-policy"
        ),
        pytest.param(
            {"stages": {"test": {"functions": {"orders": "x"}}}}, "stages.test.functions.orders", id="unknown-function"
        ),
        pytest.param({"variables": {"pool_users": "x"}}, "variables.pool_users", id="generated-variable"),
        pytest.param({"variables": {"a": "b c"}}, "variables.a", id="variable-value"),
        pytest.param({"canary": {"percent": 10}}, "canary", id="empty-canary"),
        pytest.param({"canary": {"variables": {"pool_x": "y"}}}, "canary.variables.pool_x", id="canary-of-authorizer"),
        pytest.param({"canary": {"percent": 0, "functions": {}}}, "canary.percent", id="no-percent"),
        pytest.param(
            {**functions("orders"), "canary": {"functions": {"orders": "orders:2"}}, "plain_arns": True},
            "plain_arns",
            id="plain-arns",
        ),
    ],
)
def test_what_is_refused(args, path):
    assert path in problems(args)


def test_tags_and_boundary_reach_every_layer():
    role = {"account": {"ensure": True}, "permissions_boundary_arn": "arn:aws:iam::123456789012:policy/bound"}
    made = gateway({**KEYED, **role, "tls": DOMAIN, "tags": {"team": pulumi.Output.from_input("shop")}})
    taggable = {"RestApi", "Stage", "WebAcl", "LogGroup", "Key", "Topic", "MetricAlarm", "UsagePlan", "ApiKey", "Role"}

    for each in made.resources:
        if each.type.split(":")[-1] in taggable | {"DomainName", "Certificate"}:
            assert each.inputs["tags"] == {"team": "shop"}, each.urn
    assert "tags" not in made.one("Deployment").inputs
    assert made.one("Role").inputs["permissionsBoundary"].endswith(":policy/bound")


OTHER_ACL = "arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/other/0123"


@pytest.mark.parametrize(
    ("args", "watched"),
    [
        pytest.param({}, {"api-live": "api-dev"}, id="own"),
        pytest.param({"stages": {"test": {}}}, {"api-live": "api-dev"}, id="shared-is-watched-once"),
        pytest.param(
            {"stages": {"test": {"waf": {"rate_limit": {"requests": 50}}}}},
            {"api-live": "api-dev", "api-test": "api-test-dev"},
            id="one-each",
        ),
        pytest.param({"waf": {"waived": "a test"}}, {}, id="waived"),
        pytest.param({"waf": {"acl_arn": OTHER_ACL}}, {}, id="given"),
        pytest.param(
            {"waf": {"acl_arn": OTHER_ACL, "acl_metric_name": "ours"}},
            {"api-live": "ours"},
            id="given-with-its-metric",
        ),
    ],
)
def test_what_a_web_acl_blocks_is_watched(args, watched):
    made = gateway(args)

    alarms = [each for each in made.of("MetricAlarm") if each.name.endswith("-waf-blocked")]
    assert {each.name.removesuffix("-waf-blocked"): each.inputs["dimensions"]["WebACL"] for each in alarms} == watched
    lines = value(made.result.posture)["observability"]["enforced"]
    assert ("alarm on more than 1,000 requests blocked in a period" in lines) is bool(watched)


def test_a_stage_below_the_domain_of_mutual_tls_has_its_policy():
    args = {
        "tls": {
            "domain": {"name": "api.example.com", "zone_id": "Z1"},
            "mutual_tls": {"ca_pem": pulumi.Output.from_input(certificate())},
        },
        "stages": {"test": {"base_path": "test"}},
    }

    assert gateway(args).one("RestApi").inputs["securityPolicy"] == "TLS_1_2"


@pytest.mark.parametrize(
    ("own", "stage"),
    [
        ({}, {"acl_arn": None, "rate_limit": {"requests": 500}}),
        ({"waived": None}, {"rate_limit": {"requests": 500}}),
    ],
)
def test_none_takes_nothing_away_of_what_a_stage_takes_over(own, stage):
    made = gateway({"waf": {"block_cidrs": ["192.0.2.0/24"], **own}, "stages": {"test": {"waf": stage}}})

    assert "blocked-addresses" in {rule["name"] for rule in made.one("WebAcl", "api-test").inputs["rules"]}


def test_none_takes_no_mutual_tls_away():
    tls = {**DOMAIN, "mutual_tls": {"ca_pem": certificate()}}
    stage = {"domain": {"name": "test.example.com", "zone_id": "Z1"}, "mutual_tls": None}
    made = gateway({"tls": tls, "stages": {"test": {"tls": stage}}})

    assert all(each.inputs.get("mutualTlsAuthentication") for each in made.of("DomainName"))


def test_no_mutual_tls_by_none_changes_no_policy_of_a_stage():
    assert gateway({"tls": {"mutual_tls": None}, "stages": {"test": {}}}).of("Stage")


VALUE = "A1" * 15
TWO_FUNCTIONS = {
    "routes": [
        {"path": "/a", "method": "GET", "integration": {"function": "test"}},
        {"path": "/b", "method": "GET", "integration": {"function": "canary"}},
    ],
    "functions": {"test": "one", "canary": "two"},
}


@pytest.mark.parametrize(
    ("args", "path"),
    [
        (
            {**TWO_FUNCTIONS, "canary": {"functions": {"test": "one:2"}}, "stages": {"live-test": {}}},
            "stages.live-test",
        ),
        ({"tls": DOMAIN, "stages": {"test": {"tls": DOMAIN}}}, "stages.test.tls"),
        (
            {
                "routes": KEYED["routes"],
                "keys": {**KEYED["keys"], "keys": {"acme": {"plan": "gold", "value": VALUE}}},
                "stages": {"test": {}},
            },
            "stages.test.keys.keys.acme.value",
        ),
    ],
    ids=["permissions of one name", "one domain", "one key value"],
)
def test_what_would_collide_with_another_stage_is_refused(args, path):
    found = problems(args)

    assert path in found
    assert VALUE not in str(found[path])


def test_a_function_is_never_named_with_latest():
    assert "functions.test" in problems({**TWO_FUNCTIONS, "functions": {"test": "one:$LATEST", "canary": "two"}})


def test_a_shared_web_acl_is_watched_by_the_first_stage_that_alarms():
    quiet = {"alarms": {"waived": "a test"}}
    made = gateway({"observability": quiet, "stages": {"test": {"observability": {"alarms": {"period_seconds": 60}}}}})
    watching = [each.name for each in made.of("MetricAlarm") if each.inputs.get("namespace") == "AWS/WAFV2"]

    assert watching == ["api-test-waf-blocked"]


def test_a_stage_inherits_the_reasons_for_what_it_inherits():
    args = {
        "observability": {"tracing": False, "encrypt": False, "exceptions": {"tracing": "cost", "encrypt": "cost"}},
        "stages": {
            "same": {"observability": {"dashboard": False}},
            "stronger": {"observability": {"encrypt": True}},
            "weaker": {"observability": {"retention_days": 30, "exceptions": {"retention_days": "tests only"}}},
        },
    }
    posture = value(gateway(args).result.stages)

    def exceptions(stage):
        lines = posture[stage]["posture"]["observability"]["enforced"]
        return {line.split(":")[0].removeprefix("exception for ") for line in lines if line.startswith("exception")}

    assert exceptions("same") == {"tracing", "encrypt"}
    assert exceptions("stronger") == {"tracing"}
    assert exceptions("weaker") == {"tracing", "encrypt", "retention_days"}
