"""Keys: the stage is throttled, each key counts against a plan, and no key stands for a login."""

import json

import pulumi
import pytest

from recorder import deploy, secret, value
from secure_gateway import ArgsError, SecureGateway
from secure_gateway.layers.keys import Keys

BASE = {"default_integration": {"url": "https://backend.example.com"}, "network": {"waived": "a test"}}
KEYED = [{"path": "/orders", "method": "POST", "api_key": True}, {"path": "/orders/{id}", "method": "GET"}]
GOLD = {"rate": 20, "burst": 40, "quota": {"limit": 10_000, "period": "DAY"}}
SOUND = {"plans": {"gold": GOLD}, "keys": {"acme": {"plan": "gold"}}}
SECRET = "a-planted-secret-0123456789"


def gateway(keys=None, routes=None):
    args = {**BASE, "routes": routes or [{"path": "/orders", "method": "POST"}], **({"keys": keys} if keys else {})}
    return deploy(lambda: SecureGateway("api", args), outputs={"ApiKey": {"value": "generated"}})


def document(made):
    return json.loads(made.one("RestApi").inputs["body"])


def settings(made):
    return {each.inputs["methodPath"]: each.inputs["settings"] for each in made.of("MethodSettings")}


def test_left_out_means_a_throttled_stage_and_nothing_else():
    made = gateway()

    assert settings(made)["*/*"]["throttlingRateLimit"] == 500
    assert settings(made)["*/*"]["throttlingBurstLimit"] == 1000
    assert made.of("UsagePlan") + made.of("ApiKey") == []
    assert "api_key" not in document(made)["components"]["securitySchemes"]


def test_a_waived_layer_throttles_nothing_and_keeps_the_logs():
    made = gateway({"waived": "throttled by the backend"})

    assert "throttlingRateLimit" not in settings(made)["*/*"]
    assert settings(made)["*/*"]["loggingLevel"] == "ERROR"
    assert value(made.result.posture)["keys"] == {"enforced": [], "waived": "throttled by the backend"}


def test_a_keyed_route_needs_its_authorizer_too():
    made = gateway(SOUND, KEYED)
    paths = document(made)["paths"]

    assert paths["/orders"]["post"]["security"] == [{"sigv4": []}, {"api_key": []}]
    assert paths["/orders/{id}"]["get"]["security"] == [{"sigv4": []}]
    assert document(made)["components"]["securitySchemes"]["api_key"] == {
        "type": "apiKey",
        "name": "x-api-key",
        "in": "header",
    }
    assert document(made)["x-amazon-apigateway-api-key-source"] == "HEADER"


def test_a_plan_counts_on_this_stage_with_all_its_limits():
    made = gateway(SOUND, KEYED)
    plan = made.one("UsagePlan")

    assert plan.inputs["apiStages"] == [{"apiId": "api-id", "stage": "live"}]
    assert plan.inputs["throttleSettings"] == {"rateLimit": 20, "burstLimit": 40}
    assert plan.inputs["quotaSettings"] == {"limit": 10_000, "period": "DAY", "offset": 0}
    assert plan.depends_on(made.one("Stage"))


def test_a_key_hangs_on_its_plan():
    made = gateway(SOUND, KEYED)
    link = made.one("UsagePlanKey")

    assert link.inputs == {"keyId": "api-acme-id", "keyType": "API_KEY", "usagePlanId": "api-gold-id"}
    assert link.depends_on(made.one("ApiKey"))
    assert link.depends_on(made.one("UsagePlan"))


def test_the_values_of_keys_are_secret():
    values = gateway(SOUND, KEYED).result.api_key_values

    assert value(values) == {"acme": "generated"}
    assert secret(values)


def test_an_existing_key_is_linked_and_none_is_made():
    made = gateway({**SOUND, "keys": {"acme": {"plan": "gold", "existing_key_id": "k-1"}}}, KEYED)

    assert made.of("ApiKey") == []
    assert made.one("UsagePlanKey").inputs["keyId"] == "k-1"


def test_a_route_with_a_throttle_of_its_own_keeps_the_stages_logs_and_metrics():
    made = gateway({"route_throttles": {"POST /orders": {"rate": 5, "burst": 5}}})
    whole, own = settings(made)["*/*"], settings(made)["orders/POST"]

    assert own == {**whole, "throttlingRateLimit": 5, "throttlingBurstLimit": 5}


def test_a_plan_may_limit_single_routes():
    plan = {**GOLD, "route_throttles": {"GET /orders/{id}": {"rate": 1, "burst": 2}}}
    made = gateway({**SOUND, "plans": {"gold": plan}}, KEYED)
    (stage,) = made.one("UsagePlan").inputs["apiStages"]

    assert stage["throttles"] == [{"path": "/orders/{id}/GET", "rateLimit": 1, "burstLimit": 2}]


REFUSED = {
    "no-plan": ({**SOUND, "keys": {"acme": {}}}, "keys.keys.acme.plan: given nothing"),
    "unknown-plan": ({**SOUND, "keys": {"acme": {"plan": "glod"}}}, "did you mean 'gold'?"),
    "plan-without-keys": (
        {**SOUND, "plans": {"gold": GOLD, "idle": GOLD}},
        "keys.plans.idle: given a plan without keys",
    ),
    "limitless": ({**SOUND, "plans": {"gold": {}}}, "keys.plans.gold: given no limit"),
    "rate-alone": ({**SOUND, "plans": {"gold": {"rate": 1}}}, "keys.plans.gold.burst: given nothing"),
    "zero": ({**SOUND, "rate": 0}, "more than 0 to 10,000 requests per second"),
    "too-much": ({**SOUND, "burst": 6000}, "keys.burst: given 6000; allowed: a whole number from 1 to 5,000"),
    "period": ({**SOUND, "plans": {"gold": {"quota": {"limit": 1, "period": "YEAR"}}}}, "'DAY', 'MONTH', 'WEEK'"),
    "throttle-of-no-route": ({**SOUND, "route_throttles": {"POST /order": {"rate": 1, "burst": 1}}}, "'POST /orders'?"),
    "waived-and-given": ({**SOUND, "waived": "x"}, "nothing beside keys.waived"),
    "short-value": ({**SOUND, "keys": {"acme": {"plan": "gold", "value": SECRET}}}, "20 to 128 letters and digits"),
}


@pytest.mark.parametrize(("keys", "words"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused(keys, words):
    with pytest.raises(ArgsError) as refused:
        gateway(keys, KEYED)

    assert words in str(refused.value)
    assert SECRET not in str(refused.value)


def test_a_keyed_route_without_plan_is_refused():
    with pytest.raises(ArgsError, match=r"routes\[0\]\.api_key: .* else every call is refused"):
        gateway(routes=KEYED)


def test_plans_that_no_route_counts_against_are_refused():
    with pytest.raises(ArgsError, match=r"keys\.plans: .*no request would be counted"):
        gateway(SOUND)


def test_the_layer_alone_stands_on_a_stage_of_someone_else():
    made = deploy(lambda: Keys("alone", {**SOUND, "api_id": "abc", "stage_name": "prod"}))

    assert made.one("UsagePlan").inputs["apiStages"] == [{"apiId": "abc", "stage": "prod"}]


def test_a_value_of_ones_own_is_passed_on():
    mine = pulumi.Output.secret("0123456789abcdefghij")
    made = gateway({**SOUND, "keys": {"acme": {"plan": "gold", "value": mine}}}, KEYED)

    assert made.one("ApiKey").inputs["value"] == "0123456789abcdefghij"
