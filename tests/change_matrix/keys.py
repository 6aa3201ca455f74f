"""The options of the layer `keys`."""

from change_matrix import ABSENT, Group, Option
from change_matrix.bases import API, PLAIN, REASON, STAGE

SETTINGS = f"{STAGE}/methodSettings"
PLAN = "plans/plans/shop-live-gold"
KEY = "plans/keys/shop-live-acme"
KEYED = {
    **PLAIN,
    "routes": [{"path": "/orders", "method": "GET", "api_key": True}],
    "auth": {"authorizers": {"own": {"function": {"function": "tokens"}}}},
}
NEXT_TO = {
    "keys.plans.silver": {"rate": 5, "burst": 9},
    "keys.keys.globex.plan": "gold",
    "keys.keys.globex.exceptions": {"value": REASON},
    "keys.keys.initech.plan": "silver",
}
GOLD = "keys.plans.gold"
ACME = "keys.keys.acme"

GROUPS = [
    Group(
        "keys",
        KEYED,
        [
            Option("keys.rate", 200, 100, f"{SETTINGS}/[*]/[*]/throttlingRateLimit"),
            Option("keys.burst", 400, 300, f"{SETTINGS}/[*]/[*]/throttlingBurstLimit"),
            Option("keys.route_throttles.GET /orders.rate", 50, 40, f"{SETTINGS}/orders/GET/throttlingRateLimit"),
            Option("keys.route_throttles.GET /orders.burst", 90, 80, f"{SETTINGS}/orders/GET/throttlingBurstLimit"),
            Option("keys.source", "HEADER", "AUTHORIZER", f"{API}/apiKeySource"),
            Option(
                "auth.authorizers.own.function.returns_api_key",
                False,
                True,
                f"{API}/apiKeySource",
                ("HEADER", "AUTHORIZER"),
            ),
            Option(f"{GOLD}.rate", 20, 30, f"{PLAN}/throttle/rateLimit"),
            Option(f"{GOLD}.burst", 40, 60, f"{PLAN}/throttle/burstLimit"),
            Option(f"{GOLD}.description", "Gold", "Best", f"{PLAN}/description"),
            Option(f"{GOLD}.quota.limit", 1000, 2000, f"{PLAN}/quota/limit"),
            Option(f"{GOLD}.quota.period", "WEEK", "MONTH", f"{PLAN}/quota/period"),
            Option(f"{GOLD}.quota.offset", 2, 5, f"{PLAN}/quota/offset"),
            Option(
                f"{GOLD}.route_throttles.GET /orders.rate", 10, 15, f"{PLAN}/apiStages/*/throttle//orders/GET/rateLimit"
            ),
            Option(
                f"{GOLD}.route_throttles.GET /orders.burst",
                20,
                25,
                f"{PLAN}/apiStages/*/throttle//orders/GET/burstLimit",
            ),
            Option(f"{ACME}.enabled", True, False, f"{KEY}/enabled"),
            Option(f"{ACME}.description", "Acme", "Acme Ltd", f"{KEY}/description"),
            Option(
                f"{ACME}.plan",
                "gold",
                "silver",
                "plans/plans/shop-live-silver/keys/*",
                (["shop-live-initech"], ["shop-live-acme", "shop-live-initech"]),
            ),
            Option("keys.keys.globex.value", "a" * 20, "b" * 20, "plans/values/*"),
        ],
        with_a=NEXT_TO,
        with_b={**NEXT_TO, f"{ACME}.exceptions": {"enabled": REASON}},
    ),
    Group(
        "keys-existing",
        {**KEYED, "keys.plans.gold": {"rate": 5, "burst": 9}, "keys.keys.acme.plan": "gold"},
        [Option(f"{ACME}.existing_key_id", "$key_one$", "$key_two$", f"{PLAN}/keys/*", (["one"], ["two"]))],
    ),
    Group(
        "keys-waived",
        PLAIN,
        [Option("keys.waived", ABSENT, REASON, f"{SETTINGS}/[*]/[*]/throttlingRateLimit", (500, ABSENT))],
        with_a={"keys": {}},
        with_b={"keys": {}},
    ),
]
