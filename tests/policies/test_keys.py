"""Keys: no caller can use up what others need."""

import json
from dataclasses import replace

import native_graphs
import pytest
from graphs import UNDECIDED, VIOLATION, api, changed, findings, made, method, settings, stage, statuses
from native_graphs import native
from provider_parts import BARE_NATIVE_API

from policypack.evaluation.evaluate import evaluate
from policypack.graph.graph import Graph
from policypack.graph.values import UNKNOWN

THROTTLED, PLANNED, COUNTED = "keys-stages-throttled", "keys-stages-have-usage-plan", "keys-keys-in-usage-plan"
LIMIT = {"rateLimit": 10, "burstLimit": 20}
UNLIMITED = settings(throttlingRateLimit=None, throttlingBurstLimit=None)


def plan(stages=({"apiId": "shop-id", "stage": "live"},), throttle=None, **more):
    given = {"apiStages": stages if stages is UNKNOWN else list(stages), "throttleSettings": throttle}
    return made("apigateway/usagePlan:UsagePlan", "gold", **given, **more)


def lifted(throttles):
    return {"apiId": "shop-id", "stage": "live", "throttles": throttles}


LIFTED = lifted([{"path": "/orders/GET", "rateLimit": 1e9, "burstLimit": 1_000_000_000}])
KEYED = method(apiKeyRequired=True)
THROTTLES = {
    "settings": changed(),
    "plan": changed(plan(throttle=LIMIT), settings=UNLIMITED, method=KEYED),
    "zero": changed(settings=settings(throttlingRateLimit=0, throttlingBurstLimit=0)),
    "lower-on-one-route": changed(settings("orders/GET", throttlingRateLimit=1, throttlingBurstLimit=1)),
    "stage's-own-entry-for-one-route": changed(
        settings=None,
        stage=stage(
            methodSettings=[
                {"resourcePath": "/*", "httpMethod": "*", "throttlingRateLimit": 5, "throttlingBurstLimit": 5},
                {"resourcePath": "/orders", "httpMethod": "GET", "loggingLevel": "INFO"},
            ]
        ),
    ),
}


@pytest.mark.parametrize("resources", THROTTLES.values(), ids=THROTTLES)
def test_a_limited_stage_passes(resources):
    assert findings(THROTTLED, resources) == []


OPEN = {
    "no-settings": changed(settings=None),
    "no-limits": changed(settings=UNLIMITED),
    "minus-one": changed(settings=settings(throttlingRateLimit=-1)),
    "rate-alone": changed(settings=settings(throttlingBurstLimit=None)),
    "plan-that-lifts-its-limit": changed(plan([LIFTED], LIMIT), settings=UNLIMITED, method=KEYED),
    "settings-of-another-stage": changed(settings=settings(stage_name="test")),
    "plan-with-a-quota-alone": changed(plan(), settings=UNLIMITED),
    "plan-of-another-stage": changed(plan([{"apiId": "shop-id", "stage": "test"}], LIMIT), settings=UNLIMITED),
    "plan-of-another-api": changed(plan([{"apiId": "other-id", "stage": "live"}], LIMIT), settings=UNLIMITED),
}


@pytest.mark.parametrize("resources", OPEN.values(), ids=OPEN)
def test_an_unlimited_stage_is_found(resources):
    assert findings(THROTTLED, resources) == [(VIOLATION, "stage live is not throttled")]


LIMITED = {"throttlingRateLimit": 1, "throttlingBurstLimit": 1}
OF_ONE_METHOD = {
    "lifted": settings("orders/GET", throttlingRateLimit=-1, throttlingBurstLimit=-1),
    "left-out": settings("orders/GET", loggingLevel="INFO"),
    "burst-left-out": settings("orders/GET", throttlingRateLimit=1),
}


@pytest.mark.parametrize("single", OF_ONE_METHOD.values(), ids=OF_ONE_METHOD)
def test_a_method_without_limits_is_found(single):
    assert findings(THROTTLED, changed(single)) == [(VIOLATION, "stage live does not throttle GET /orders")]


@pytest.mark.parametrize("path", ["orders/GET", "/orders/GET", "~1orders/GET", "orders/get"])
def test_limits_of_single_methods_add_up(path):
    resources = changed(settings=settings(path, **LIMITED))

    assert findings(THROTTLED, resources) == []
    assert findings(THROTTLED, [*resources, method("POST")]) == [
        (VIOLATION, "stage live does not throttle POST /orders")
    ]
    # A method whose path or HTTP method is unknown may have no limits.
    unknown = replace(method("POST"), inputs={**method("POST").inputs, "httpMethod": UNKNOWN})
    assert statuses(THROTTLED, [*resources, unknown]) == [UNDECIDED]
    assert statuses(THROTTLED, changed(settings=settings(path, **LIMITED), api=api(body=UNKNOWN))) == [UNDECIDED]


def test_each_stage_counts():
    resources = changed(stage("test", accessLogSettings=None))

    assert findings(THROTTLED, resources) == [(VIOLATION, "stage test is not throttled")]


@pytest.mark.parametrize(
    "resources",
    [
        pytest.param(changed(settings=settings(throttlingRateLimit=UNKNOWN)), id="limit"),
        pytest.param(changed(plan(UNKNOWN, LIMIT), settings=UNLIMITED, method=KEYED), id="stages-of-a-plan"),
        pytest.param(
            changed(plan(throttle=LIMIT), settings=UNLIMITED, method=method(apiKeyRequired=UNKNOWN)), id="keyed"
        ),
        pytest.param(
            changed(plan(throttle=LIMIT), settings=UNLIMITED, method=KEYED, api=api(body=UNKNOWN)), id="routes"
        ),
    ],
)
def test_what_is_not_known_yet_is_undecided(resources):
    assert statuses(THROTTLED, resources) == [UNDECIDED]


def test_a_plan_known_by_its_edges_alone_is_found():
    whole = {each.name: each for each in changed()}
    entry = {"apiId": UNKNOWN, "stage": UNKNOWN}
    both = plan([entry], LIMIT)
    edges = {"apiStages": frozenset({whole["live"].urn, next(e.urn for e in changed() if e.type.endswith("RestApi"))})}
    from dataclasses import replace

    resources = changed(replace(both, property_dependencies=edges), settings=UNLIMITED, method=KEYED)

    assert findings(THROTTLED, resources) == []


def test_a_plan_limits_no_call_without_a_key():
    open_beside = changed(method("POST"), plan(throttle=LIMIT), settings=UNLIMITED, method=KEYED)

    assert findings(THROTTLED, open_beside) == [(VIOLATION, "stage live throttles only requests with an API key")]
    assert statuses(THROTTLED, changed(plan(throttle=LIMIT), settings=UNLIMITED)) == [VIOLATION]


ASKED = "keys-plans-have-routes-requiring-keys"


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (changed(plan(), method=KEYED), []),
        (changed(method("POST"), plan(), method=KEYED), []),
        (changed(plan()), [VIOLATION]),
        (changed(plan(), method=method(apiKeyRequired=UNKNOWN)), [UNDECIDED]),
        (changed(plan(), method=None, api=api(body=UNKNOWN)), [UNDECIDED]),
        (changed(plan([{"apiId": "of-another-stack", "stage": "live"}])), []),
        (changed(plan([{"apiId": "shop-id", "stage": "live"}, {"apiId": "of-another-stack", "stage": "live"}])), []),
        (changed(plan(UNKNOWN)), []),
    ],
)
def test_a_plan_that_no_method_asks_for_counts_nobody(resources, expected):
    assert statuses(ASKED, resources) == expected


@pytest.mark.parametrize(("keyed", "expected"), [(True, []), (False, [UNDECIDED]), (UNKNOWN, [UNDECIDED])])
def test_a_plan_of_an_api_of_another_stack(keyed, expected):
    external = made(
        "apigateway/method:Method",
        "external",
        restApi="of-another-stack",
        resourceId="r",
        httpMethod="GET",
        authorization="AWS_IAM",
        apiKeyRequired=keyed,
    )

    assert statuses(ASKED, [plan([{"apiId": "of-another-stack", "stage": "live"}]), external]) == expected


@pytest.mark.parametrize(("keyed", "expected"), [(True, []), (False, ["violation"]), (UNKNOWN, ["undecided"])])
def test_a_plan_of_aws_native_that_no_method_asks_for_counts_nobody(keyed, expected):
    gold = native("apigateway:UsagePlan", "gold", apiStages=[{"apiId": "shop-id", "stage": "live"}])
    asking = native_graphs.method(apiKeyRequired=keyed)
    report = evaluate(Graph([*{**native_graphs.SOUND, "method": asking}.values(), gold]))

    assert [each.status.value for each in report.findings if each.policy == ASKED] == expected


def test_a_stage_whose_methods_need_a_key_has_a_plan():
    assert findings(PLANNED, changed(plan(), method=KEYED)) == []
    assert findings(PLANNED, changed()) == []
    assert statuses(PLANNED, changed(method=KEYED)) == [VIOLATION]
    assert statuses(PLANNED, changed(plan([{"apiId": "other-id", "stage": "live"}]), method=KEYED)) == [VIOLATION]
    assert statuses(PLANNED, changed(plan(UNKNOWN), method=KEYED)) == [UNDECIDED]


@pytest.mark.parametrize("parts", [{"method": method(apiKeyRequired=UNKNOWN)}, {"api": api(body=UNKNOWN)}])
def test_methods_that_may_require_keys_need_a_plan(parts):
    message = "stage live: it has no usage plan, and whether its methods require an API key is unknown"
    assert findings(PLANNED, changed(**parts)) == [(UNDECIDED, message)]
    assert findings(PLANNED, changed(plan(), **parts)) == []


def key(name="acme"):
    return made("apigateway/apiKey:ApiKey", name)


def link(key_id="acme-id", **more):
    return made("apigateway/usagePlanKey:UsagePlanKey", "acme", keyId=key_id, usagePlanId="gold-id", **more)


def test_every_key_belongs_to_a_plan():
    assert findings(COUNTED, changed(key(), link())) == []
    assert findings(COUNTED, changed(key(), link(UNKNOWN, edges=[("keyId", key())]))) == []
    assert findings(COUNTED, changed(key())) == [(VIOLATION, "API key acme belongs to no usage plan")]
    assert findings(COUNTED, [key()]) == [(VIOLATION, "API key acme belongs to no usage plan")]
    assert statuses(COUNTED, changed(key(), link("other-id"))) == [VIOLATION]
    assert statuses(COUNTED, changed(key(), link(UNKNOWN))) == [UNDECIDED]


LIMITS, COVERS, USABLE = "keys-plans-have-limits", "keys-plans-cover-stages", "keys-plan-limits-not-zero"
STAGE_USABLE, SOURCE = "keys-stage-limits-not-zero", "keys-authorizer-key-source-has-authorizer"
GENERATED, ENABLED = "keys-key-values-generated", "keys-keys-enabled"
QUOTA = {"limit": 1000, "period": "DAY"}


def test_every_plan_limits_something():
    assert findings(LIMITS, changed(plan(throttle=LIMIT))) == []
    assert findings(LIMITS, changed(plan(quotaSettings=QUOTA))) == []
    assert statuses(LIMITS, changed(plan())) == [VIOLATION]
    assert statuses(LIMITS, changed(plan(throttle={"rateLimit": 5}))) == [VIOLATION]
    assert statuses(LIMITS, changed(plan(throttle=UNKNOWN))) == [UNDECIDED]


def test_a_limit_that_a_plan_lifts_for_a_method_is_none():
    lower = lifted([{"path": "/orders/GET", "rateLimit": 1}])
    assert findings(LIMITS, changed(plan([lower], LIMIT))) == []
    assert statuses(LIMITS, changed(plan([LIFTED], LIMIT))) == [VIOLATION]
    assert statuses(LIMITS, changed(plan([lifted([{"path": "/orders/GET", "burstLimit": -1}])], LIMIT))) == [VIOLATION]
    assert statuses(LIMITS, changed(plan([lifted(UNKNOWN)], LIMIT))) == [UNDECIDED]


@pytest.mark.parametrize(
    ("period", "expected"), [("DAY", [VIOLATION]), ("WEEK", []), ("MONTH", []), (UNKNOWN, [UNDECIDED])]
)
def test_a_quota_that_nobody_can_use_up_is_none(period, expected):
    quota = {"limit": 2_000_000_000, "period": period}
    assert statuses(LIMITS, changed(plan(quotaSettings=quota))) == expected


def test_a_quota_beside_the_throttle_may_be_asked_for():
    assert statuses(LIMITS, changed(plan(throttle=LIMIT)), quota=True) == [VIOLATION]
    assert findings(LIMITS, changed(plan(throttle=LIMIT, quotaSettings=QUOTA)), quota=True) == []


def test_every_plan_holds_for_a_stage():
    assert findings(COVERS, changed(plan(throttle=LIMIT))) == []
    assert statuses(COVERS, changed(plan([], LIMIT))) == [VIOLATION]
    assert statuses(COVERS, changed(plan(UNKNOWN, LIMIT))) == [UNDECIDED]


def test_no_limit_is_zero():
    per_method = [{"apiId": "shop-id", "stage": "live", "throttles": [{"path": "/orders/GET", "rateLimit": 0}]}]

    assert findings(USABLE, changed(plan(throttle=LIMIT))) == []
    assert statuses(USABLE, changed(plan(throttle={"rateLimit": 0, "burstLimit": 5}))) == [VIOLATION]
    assert statuses(USABLE, changed(plan(quotaSettings={**QUOTA, "limit": 0}))) == [VIOLATION]
    assert statuses(USABLE, changed(plan(per_method, LIMIT))) == [VIOLATION]
    assert statuses(USABLE, changed(plan(throttle=UNKNOWN))) == [UNDECIDED]
    assert findings(STAGE_USABLE, changed()) == []
    assert statuses(STAGE_USABLE, changed(settings=settings(throttlingRateLimit=0))) == [VIOLATION]
    assert statuses(STAGE_USABLE, changed(settings("orders/GET", throttlingBurstLimit=0))) == [VIOLATION]
    assert statuses(STAGE_USABLE, changed(settings=settings(throttlingRateLimit=UNKNOWN))) == [UNDECIDED]


def tokens(kind="TOKEN"):
    return made("apigateway/authorizer:Authorizer", "tokens", restApi="shop-id", type=kind)


def test_keys_told_by_an_authorizer_have_one_that_tells_them():
    asked = api(apiKeySource="AUTHORIZER")

    assert findings(SOURCE, changed()) == []
    assert findings(SOURCE, changed(tokens(), api=asked)) == []
    assert statuses(SOURCE, changed(api=asked)) == [VIOLATION]
    assert statuses(SOURCE, changed(tokens("COGNITO_USER_POOLS"), api=asked)) == [VIOLATION]
    assert statuses(SOURCE, changed(api=api(apiKeySource=UNKNOWN))) == [UNDECIDED]
    assert statuses(SOURCE, changed(api=api(apiKeySource="AUTHORIZER", body=UNKNOWN))) == [UNDECIDED]


def test_the_value_of_a_key_is_not_written_down():
    made_elsewhere = made("random/randomPassword:RandomPassword", "value")
    kind = "apigateway/apiKey:ApiKey"

    assert findings(GENERATED, [made(kind, "acme")]) == []
    assert findings(GENERATED, [made(kind, "acme", value=UNKNOWN)]) == []
    assert findings(GENERATED, [made(kind, "acme", value="x" * 20, edges=[("value", made_elsewhere)])]) == []
    assert statuses(GENERATED, [made(kind, "acme", value="x" * 20)]) == [VIOLATION]


def test_a_declared_key_is_enabled():
    kind = "apigateway/apiKey:ApiKey"

    assert findings(ENABLED, [made(kind, "acme")]) == []
    assert statuses(ENABLED, [made(kind, "acme", enabled=False)]) == [VIOLATION]
    assert statuses(ENABLED, [made(kind, "acme", enabled=UNKNOWN)]) == [UNDECIDED]


# Defects that other tools were measured to miss; the numbers are those of the list of probed defects.
PLAIN_KEY = "abcdefghij0123456789"
DEFECTS = {
    "14-plan-that-limits-nothing": (
        "keys-plans-have-limits",
        [made("apigateway/usagePlan:UsagePlan", "gold", apiStages=[{"apiId": "shop-id", "stage": "live"}])],
        [native("apigateway:UsagePlan", "gold", apiStages=[{"apiId": "shop-id", "stage": "live"}])],
    ),
    "15-key-without-plan": (
        "keys-keys-in-usage-plan",
        [made("apigateway/apiKey:ApiKey", "acme", value=PLAIN_KEY)],
        [native("apigateway:ApiKey", "acme", value=PLAIN_KEY, enabled=True)],
    ),
    "15-key-written-down": (
        "keys-key-values-generated",
        [made("apigateway/apiKey:ApiKey", "acme", value=PLAIN_KEY)],
        [native("apigateway:ApiKey", "acme", value=PLAIN_KEY, enabled=True)],
    ),
    "27-throttling-off": (
        "keys-stages-throttled",
        [api(), stage(), settings(throttlingRateLimit=-1, throttlingBurstLimit=-1)],
        [
            BARE_NATIVE_API,
            native(
                "apigateway:Stage",
                "live",
                restApiId="shop-id",
                stageName="live",
                methodSettings=[
                    {
                        "httpMethod": "*",
                        "resourcePath": "/*",
                        "throttlingRateLimit": -1,
                        "throttlingBurstLimit": -1,
                    }
                ],
            ),
        ],
    ),
}
DEFECTS_BY_PROVIDER = {
    f"{name}-{provider}": (policy, resources)
    for name, (policy, classic, twin) in DEFECTS.items()
    for provider, resources in (("aws", classic), ("aws-native", twin))
}


@pytest.mark.parametrize(("policy", "resources"), DEFECTS_BY_PROVIDER.values(), ids=DEFECTS_BY_PROVIDER)
def test_a_defect_is_found_whichever_provider_declares_it(policy, resources):
    assert statuses(policy, resources) == [VIOLATION]


def test_the_value_of_a_key_is_never_repeated():
    from policypack.evaluation.evaluate import evaluate
    from policypack.graph.graph import Graph

    report = evaluate(Graph([made("apigateway/apiKey:ApiKey", "acme", value=PLAIN_KEY)]))

    assert report.findings
    assert PLAIN_KEY not in str(report)


# Mistakes that other tools are known for, each with the rule that shows it.
MISTAKES = {
    # A limit of -1, which is none, taken for a limit (cdk-nag, serverless-rules).
    "limit-of-minus-one": (THROTTLED, changed(settings=settings(throttlingRateLimit=-1)), [VIOLATION]),
    # A usage plan asked for where nothing needs a key (cfn_nag W64, KICS b3a59b8e).
    "no-plan-without-keys": ("keys-stages-have-usage-plan", changed(), []),
}


@pytest.mark.parametrize(("policy", "resources", "wanted"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_of_other_tools_is_not_repeated(policy, resources, wanted):
    assert statuses(policy, resources) == wanted


# Found by mutation of the pack: without this test a weaker policy passed unnoticed.
def test_settings_find_the_stage_of_an_api_from_elsewhere():
    of = {"restApi": "another-stacks"}
    limits = settings()
    limits.inputs.update(of)

    assert statuses("keys-stages-throttled", [stage(**of), limits]) == []
    assert statuses("keys-stages-throttled", [stage(**of)]) == [VIOLATION]


def test_settings_for_a_path_still_to_come_decide_nothing():
    assert statuses("keys-stages-throttled", changed(settings=settings(UNKNOWN, throttlingRateLimit=1))) == [UNDECIDED]


def test_a_limit_that_no_api_reaches_is_none():
    assert statuses("keys-stages-throttled", changed(settings=settings(throttlingRateLimit=2_000_000_000))) == [
        VIOLATION
    ]


@pytest.mark.parametrize(("place", "expected"), [("header", []), ("query", [VIOLATION])])
def test_a_key_comes_in_a_header(place, expected):
    key = {"type": "apiKey", "name": "x-api-key", "in": place}
    document = {
        "openapi": "3.0.1",
        "paths": {"/orders": {"get": {"security": [{"key": []}], "x-amazon-apigateway-auth": {"type": "AWS_IAM"}}}},
        "components": {"securitySchemes": {"key": key}},
    }
    plan = made("apigateway/usagePlan:UsagePlan", "gold", apiStages=[{"apiId": "shop-id", "stage": "live"}])

    assert (
        statuses(
            "keys-plans-have-routes-requiring-keys", changed(plan, api=api(body=json.dumps(document)), method=None)
        )
        == expected
    )
