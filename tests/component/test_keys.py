"""Keys: the stage is throttled, each key counts against a plan, and no key stands for a login."""

import json

import pulumi
import pytest

from secure_gateway import ArgsError, SecureGateway
from secure_gateway.layers.keys import Keys
from secure_gateway.testing import deploy, is_secret, value

BASE = {"default_integration": {"url": "https://backend.example.com"}, "network": {"waived": "a test"}}
KEYED = [{"path": "/orders", "method": "POST", "api_key": True}, {"path": "/orders/{id}", "method": "GET"}]
GOLD = {"rate": 20, "burst": 40, "quota": {"limit": 10_000, "period": "DAY"}}
SOUND = {"plans": {"gold": GOLD}, "keys": {"acme": {"plan": "gold"}}}
SECRET = "a-planted-secret-0123456789"


def gateway(keys=None, routes=None):
    args = {**BASE, "routes": routes or [{"path": "/orders", "method": "POST"}], **({"keys": keys} if keys else {})}
    return deploy(lambda: SecureGateway("api", args), outputs={"ApiKey": {"value": "generated"}})


def document(made):
    return json.loads(made.one("RestApiPut").inputs["body"])


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

    assert plan.inputs["apiStages"] == [{"apiId": made.one("RestApi").id, "stage": "live"}]
    assert plan.inputs["throttleSettings"] == {"rateLimit": 20, "burstLimit": 40}
    assert plan.inputs["quotaSettings"] == {"limit": 10_000, "period": "DAY", "offset": 0}
    assert plan.depends_on(made.one("Stage"))


def test_a_key_hangs_on_its_plan():
    made = gateway(SOUND, KEYED)
    link, key, plan = made.one("UsagePlanKey"), made.one("ApiKey"), made.one("UsagePlan")

    assert link.inputs == {"keyId": key.id, "keyType": "API_KEY", "usagePlanId": plan.id}
    assert link.depends_on(key)
    assert link.depends_on(plan)


def test_the_values_of_keys_are_secret():
    values = gateway(SOUND, KEYED).result.api_key_values

    assert value(values) == {"acme": "generated"}
    assert is_secret(values)


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


def test_an_any_route_is_throttled_method_by_method():
    routes = [{"path": "/all"}, {"path": "/", "method": "GET"}]
    limit = {"rate": 5, "burst": 5}
    made = gateway({"route_throttles": {"ANY /all": limit, "GET /": limit}}, routes)

    assert set(settings(made)) == {
        "*/*",
        "~1/GET",
        *(f"all/{method}" for method in ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")),
    }


def test_a_plan_names_the_root_and_any_route_as_aws_does():
    routes = [{"path": "/all", "api_key": True}, {"path": "/", "method": "GET"}]
    plan = {**GOLD, "route_throttles": {"ANY /all": {"rate": 1, "burst": 2}, "GET /": {"rate": 1, "burst": 2}}}
    (stage,) = gateway({**SOUND, "plans": {"gold": plan}}, routes).one("UsagePlan").inputs["apiStages"]
    paths = {each["path"] for each in stage["throttles"]}

    assert {"/all/GET", "/all/PUT", "//GET"} < paths
    assert len(paths) == 8


def test_a_quota_may_begin_with_requests_taken():
    plan = {"quota": {"limit": 100, "period": "MONTH", "offset": 20}}
    made = gateway({**SOUND, "plans": {"gold": plan}}, KEYED)

    assert made.one("UsagePlan").inputs["quotaSettings"] == {"limit": 100, "period": "MONTH", "offset": 20}
    assert "throttleSettings" not in made.one("UsagePlan").inputs


DISABLED = {"enabled": False, "exceptions": {"enabled": "a test"}}
SEVERAL = {
    "plans": {"free": {"rate": 1, "burst": 2}, "gold": GOLD},
    "keys": {"acme": {"plan": "gold"}, "acme_next": {"plan": "gold"}, "globex": {"plan": "free", **DISABLED}},
}


def urns(made):
    return {each.urn: each.inputs for type_ in ("UsagePlan", "ApiKey", "UsagePlanKey") for each in made.of(type_)}


def test_each_key_counts_against_its_own_plan():
    made = gateway(SEVERAL, KEYED)
    names = {each.id: each.name for type_ in ("UsagePlan", "ApiKey") for each in made.of(type_)}
    links = [each.inputs for each in made.of("UsagePlanKey")]

    assert {names[each["keyId"]]: names[each["usagePlanId"]] for each in links} == {
        "api-live-acme": "api-live-gold",
        "api-live-acme_next": "api-live-gold",
        "api-live-globex": "api-live-free",
    }
    assert {each.name: each.inputs["enabled"] for each in made.of("ApiKey")} == {
        "api-live-acme": True,
        "api-live-acme_next": True,
        "api-live-globex": False,
    }


def backwards(mapping):
    return dict(reversed(mapping.items()))


def test_the_order_of_plans_and_keys_means_nothing():
    other = {"keys": backwards(SEVERAL["keys"]), "plans": backwards(SEVERAL["plans"])}

    assert urns(gateway(SEVERAL, KEYED)) == urns(gateway(other, KEYED))


@pytest.mark.parametrize("gone", ["acme", "acme_next"])
def test_a_key_taken_away_leaves_its_neighbours_as_they_are(gone):
    whole = urns(gateway(SEVERAL, KEYED))
    left = {key: each for key, each in SEVERAL["keys"].items() if key != gone}
    fewer = urns(gateway({**SEVERAL, "keys": left}, KEYED))

    assert all(whole[urn] == inputs for urn, inputs in fewer.items())
    assert {urn.rsplit("::", 1)[-1] for urn in whole.keys() - fewer.keys()} == {f"api-live-{gone}"}


def test_a_changed_plan_leaves_the_others_as_they_are():
    changed = {**SEVERAL, "plans": {**SEVERAL["plans"], "free": {"rate": 2, "burst": 2}}}
    before, after = urns(gateway(SEVERAL, KEYED)), urns(gateway(changed, KEYED))

    assert before.keys() == after.keys()
    assert {urn.rsplit("::", 1)[-1] for urn in before if before[urn] != after[urn]} == {"api-live-free"}


BY_AUTHORIZER = {"authorizers": {"partners": {"function": {"function": "verify", "returns_api_key": True}}}}


def test_the_authorizers_answer_may_hold_the_key():
    args = {**BASE, "routes": KEYED, "auth": BY_AUTHORIZER, "keys": {**SOUND, "source": "AUTHORIZER"}}
    made = deploy(lambda: SecureGateway("api", args))

    assert document(made)["x-amazon-apigateway-api-key-source"] == "AUTHORIZER"
    assert document(made)["paths"]["/orders"]["post"]["security"] == [{"partners": []}, {"api_key": []}]


BY_IAM = {**BASE, "routes": KEYED, "keys": {**SOUND, "source": "AUTHORIZER"}}
SOURCES_REFUSED = {
    "iam": (
        BY_IAM,
        (
            "routes[0].auth: 'iam' returns no API key, but `keys.source` is 'AUTHORIZER': use a "
            "Lambda authorizer with `returns_api_key`; there are none"
        ),
    ),
    "silent-function": (
        {**BY_IAM, "auth": {"authorizers": {"partners": {"function": {"function": "verify"}}}}},
        (
            "routes[0].auth: 'partners' returns no API key, but `keys.source` is 'AUTHORIZER': "
            "use a Lambda authorizer with `returns_api_key`; there are none"
        ),
    ),
    "no-keyed-route": (
        {**BASE, "routes": [{"path": "/a", "method": "GET"}], "keys": {"source": "AUTHORIZER"}},
        "keys.source: 'AUTHORIZER' requires a route with `api_key` true",
    ),
    "another-source-in-a-stage": (
        {**BASE, "routes": KEYED, "keys": SOUND, "stages": {"next": {"keys": {"source": "AUTHORIZER"}}}},
        "stages.next.keys.source: 'AUTHORIZER' differs from 'HEADER' in `keys.source`: an API has one source of keys",
    ),
}


@pytest.mark.parametrize(("args", "words"), SOURCES_REFUSED.values(), ids=SOURCES_REFUSED)
def test_a_key_source_that_gives_no_key_is_refused(args, words):
    with pytest.raises(ArgsError) as refused:
        deploy(lambda: SecureGateway("api", args))

    assert words in str(refused.value)


ZERO = {"rate": 0, "burst": 0}
REFUSED = {
    "zero-in-a-plan": (
        {**SOUND, "plans": {"gold": ZERO}},
        "keys.plans.gold.burst: expected a whole number from 1 to 5,000 requests, got 0",
    ),
    "zero-on-a-route": (
        {**SOUND, "route_throttles": {"POST /orders": ZERO}},
        "expected a number more than 0 and at most 10,000 requests per second, got 0",
    ),
    "zero-burst": (
        {**SOUND, "plans": {"gold": {"rate": 1, "burst": 0}}},
        "keys.plans.gold.burst: expected a whole number from 1 to 5,000 requests, got 0",
    ),
    "zero-quota": (
        {**SOUND, "plans": {"gold": {"quota": {"limit": 0, "period": "DAY"}}}},
        "keys.plans.gold.quota.limit: expected a whole number from 1 to 2,147,483,647 requests, got 0",
    ),
    "offset-takes-all": (
        {**SOUND, "plans": {"gold": {"quota": {"limit": 5, "period": "WEEK", "offset": 5}}}},
        "keys.plans.gold.quota.offset: 5 is more than the 4 that AWS accepts with this limit in a WEEK",
    ),
    "offset-in-a-day": (
        {**SOUND, "plans": {"gold": {"quota": {"limit": 5, "period": "DAY", "offset": 1}}}},
        "keys.plans.gold.quota.offset: 1 is more than the 0 that AWS accepts with this limit in a DAY",
    ),
    "quota-never-reached": (
        {"plans": {"gold": {"quota": {"limit": 864_000_001, "period": "DAY"}}}, "keys": {"acme": {"plan": "gold"}}},
        "keys.plans.gold.quota.limit: 864,000,001 is never reached: at 10,000 requests per second, a day has",
    ),
    "existing-and-value": (
        {**SOUND, "keys": {"acme": {"plan": "gold", "existing_key_id": "k", "enabled": False}}},
        "cannot be combined with `keys.keys.acme.existing_key_id`",
    ),
    "three-any-routes": (
        {
            **SOUND,
            "plans": {"gold": {**GOLD, "route_throttles": {f"ANY /{n}": {"rate": 1, "burst": 1} for n in range(3)}}},
        },
        "keys.plans.gold.route_throttles: throttles 21 methods (ANY is 7), but AWS's quota is 20",
    ),
    "no-method": (
        {**SOUND, "route_throttles": {"/orders": {"rate": 1, "burst": 1}}},
        "'/orders' is not a route of the form METHOD /path",
    ),
    "no-plan": ({**SOUND, "keys": {"acme": {}}}, "keys.keys.acme.plan: this field is required"),
    "unknown-plan": ({**SOUND, "keys": {"acme": {"plan": "glod"}}}, "did you mean 'gold'?"),
    "plan-without-keys": (
        {**SOUND, "plans": {"gold": GOLD, "idle": GOLD}},
        "keys.plans.idle: no key in `keys.keys` uses this plan",
    ),
    "limitless": (
        {**SOUND, "plans": {"gold": {}}},
        "keys.plans.gold: limits nothing: give `rate` and `burst`, `quota`, or all of them",
    ),
    "rate-alone": ({**SOUND, "plans": {"gold": {"rate": 1}}}, "keys.plans.gold.burst: required when `rate` is set"),
    "zero": ({**SOUND, "rate": 0}, "expected a number more than 0 and at most 10,000 requests per second, got 0"),
    "too-much": ({**SOUND, "burst": 6000}, "keys.burst: expected a whole number from 1 to 5,000 requests, got 6000"),
    "period": ({**SOUND, "plans": {"gold": {"quota": {"limit": 1, "period": "YEAR"}}}}, "'DAY', 'MONTH', 'WEEK'"),
    "throttle-of-no-route": ({**SOUND, "route_throttles": {"POST /order": {"rate": 1, "burst": 1}}}, "'POST /orders'?"),
    "waived-and-given": ({**SOUND, "waived": "x"}, "cannot be combined with `keys.waived`"),
    "short-value": ({**SOUND, "keys": {"acme": {"plan": "gold", "value": SECRET}}}, "20 to 128 letters and digits"),
}


@pytest.mark.parametrize(("keys", "words"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused(keys, words):
    with pytest.raises(ArgsError) as refused:
        gateway(keys, KEYED)

    assert words in str(refused.value)
    assert SECRET not in str(refused.value)


def test_a_keyed_route_without_plan_is_refused():
    with pytest.raises(ArgsError, match=r"routes\[0\]\.api_key: .* without one every request gets 403"):
        gateway(routes=KEYED)


def test_plans_that_no_route_counts_against_are_refused():
    with pytest.raises(ArgsError, match=r"keys\.plans: .*no request is counted against these plans"):
        gateway(SOUND)


def test_the_layer_alone_stands_on_a_stage_of_someone_else():
    made = deploy(lambda: Keys("alone", {**SOUND, "api_id": "abc", "stage_name": "prod"}))

    assert made.one("UsagePlan").inputs["apiStages"] == [{"apiId": "abc", "stage": "prod"}]
    assert made.of("MethodSettings") == []


def test_the_layer_alone_sets_the_throttling_that_is_given():
    given = {"rate": 50, "burst": 100, "route_throttles": {"GET /a": {"rate": 5, "burst": 5}}}
    made = deploy(lambda: Keys("alone", {**given, "api_id": "abc", "stage_name": "prod"}))

    assert settings(made) == {
        "*/*": {"throttlingRateLimit": 50, "throttlingBurstLimit": 100},
        "a/GET": {"throttlingRateLimit": 5, "throttlingBurstLimit": 5},
    }
    assert {each.inputs["restApi"] for each in made.of("MethodSettings")} == {"abc"}


def test_a_value_of_ones_own_is_passed_on():
    mine = pulumi.Output.secret("0123456789abcdefghij")
    made = gateway({**SOUND, "keys": {"acme": {"plan": "gold", "value": mine}}}, KEYED)

    assert made.one("ApiKey").inputs["value"] == "0123456789abcdefghij"


def test_one_key_has_one_plan():
    plans = {"gold": GOLD, "silver": GOLD}
    same = {name: {"plan": plan, "existing_key_id": "k-1"} for name, plan in (("a", "gold"), ("b", "silver"))}
    with pytest.raises(ArgsError) as caught:
        gateway({"plans": plans, "keys": same}, KEYED)

    assert [each.path for each in caught.value.problems] == ["keys.keys.b.existing_key_id"]
