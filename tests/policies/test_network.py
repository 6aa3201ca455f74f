"""Network: whom a resource policy keeps out."""

import json
from dataclasses import replace

import pytest
from graphs import (
    EVERYTHING,
    OFFICE,
    UNDECIDED,
    VIOLATION,
    api,
    changed,
    findings,
    made,
    policy,
    statuses,
)

from policypack.graph import UNKNOWN

RESTRICTED, BOUND, SURVIVES = (
    "network-callers-restricted",
    "network-private-apis-bound",
    "network-policy-survives-imports",
)
PRIVATE = {"types": "PRIVATE"}


def allow(condition=None, **changes):
    return {**EVERYTHING, **({"Condition": condition} if condition else {}), **changes}


def deny(condition, **changes):
    return {**EVERYTHING, "Effect": "Deny", "Condition": condition, **changes}


CLOSED = {
    "deny-outside": [EVERYTHING, OFFICE],
    "deny-outside-v6": [EVERYTHING, deny({"NotIpAddress": {"aws:SourceIp": "2001:db8::/32"}})],
    "allow-inside": [allow({"IpAddress": {"aws:SourceIp": ["203.0.113.0/24"]}})],
    "account": [allow(Principal={"AWS": "arn:aws:iam::123456789012:root"})],
    "organization": [EVERYTHING, deny({"StringNotEquals": {"aws:PrincipalOrgID": "o-1234567890"}})],
    "case-of-keys-does-not-count": [EVERYTHING, deny({"notipaddress": {"AWS:SOURCEIP": "203.0.113.0/24"}})],
    "a-lone-statement": EVERYTHING | {"Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.9/32"}}},
}


def written(statements):
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


@pytest.mark.parametrize("statements", CLOSED.values(), ids=CLOSED)
def test_a_policy_that_keeps_somebody_out_passes(statements):
    assert findings(RESTRICTED, changed(api=api(policy=written(statements)))) == []


OPEN = {
    "allow-all": [EVERYTHING],
    "no-statement": [],
    # The wrong operator keeps out those inside, and lets in everybody else.
    "deny-inside": [EVERYTHING, deny({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}})],
    "allow-outside": [allow({"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}})],
    "the-whole-internet": [allow({"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}})],
    "the-whole-internet-in-a-list": [allow({"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "::/0"]}})],
    "deny-of-another-route": [EVERYTHING, {**OFFICE, "Resource": "execute-api:/live/GET/stock"}],
    "deny-of-another-action": [EVERYTHING, {**OFFICE, "Action": "s3:GetObject"}],
    "deny-of-one-principal": [EVERYTHING, {**OFFICE, "Principal": {"AWS": "arn:aws:iam::123456789012:root"}}],
    # Both conditions must hold, so a caller of another agent passes the Deny.
    "deny-narrowed": [
        EVERYTHING,
        deny({"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}, "StringEquals": {"aws:UserAgent": "bot"}}),
    ],
    "one-open-allow-beside-a-narrow-one": [allow({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}), EVERYTHING],
    "everybody-spelled-out": [allow(Principal={"AWS": "*"})],
    "condition-on-what-callers-choose": [allow({"StringEquals": {"aws:UserAgent": "ours"}})],
    "like-a-star": [EVERYTHING, deny({"StringNotLike": {"aws:PrincipalArn": "*"}})],
}


@pytest.mark.parametrize("statements", OPEN.values(), ids=OPEN)
def test_a_policy_that_keeps_nobody_out_is_found(statements):
    assert statuses(RESTRICTED, changed(api=api(policy=written(statements)))) == [VIOLATION]


@pytest.mark.parametrize("text", [None, "", "{", "[]", '"x"'])
def test_no_policy_at_all_is_found(text):
    assert statuses(RESTRICTED, changed(api=api(policy=text))) == [VIOLATION]


def test_the_policy_may_stand_in_the_body():
    document = {"openapi": "3.0.1", "paths": {}, "x-amazon-apigateway-policy": json.loads(policy(EVERYTHING, OFFICE))}

    assert findings(RESTRICTED, changed(api=api(policy=None, body=json.dumps(document)))) == []


def attached(text, **more):
    return made("apigateway/restApiPolicy:RestApiPolicy", "shop", restApiId="shop-id", policy=text, **more)


def test_the_policy_may_be_a_resource_of_its_own():
    assert findings(RESTRICTED, changed(attached(policy(EVERYTHING, OFFICE)), api=api(policy=None))) == []
    assert statuses(RESTRICTED, changed(attached(policy(EVERYTHING)), api=api(policy=None))) == [VIOLATION]


UNREADABLE = {
    "policy": UNKNOWN,
    "statement": {"Statement": [EVERYTHING, UNKNOWN]},
    "condition": {"Statement": [EVERYTHING, {**OFFICE, "Condition": UNKNOWN}]},
    "value": {"Statement": [EVERYTHING, deny({"NotIpAddress": {"aws:SourceIp": [UNKNOWN]}})]},
}


@pytest.mark.parametrize("given", UNREADABLE.values(), ids=UNREADABLE)
def test_what_is_not_known_yet_is_undecided(given):
    assert statuses(RESTRICTED, changed(api=api(policy=given))) == [UNDECIDED]


ENDPOINT = deny({"StringNotEquals": {"aws:SourceVpce": "vpce-0123456789abcdef0"}})


def private(*statements, **changes):
    return changed(api=api(endpointConfiguration=PRIVATE, policy=policy(*statements), **changes))


def test_a_private_api_is_bound_to_its_endpoints():
    vpc = allow({"StringEquals": {"aws:SourceVpc": "vpc-0123456789abcdef0"}})

    assert findings(BOUND, private(EVERYTHING, ENDPOINT)) == []
    assert findings(BOUND, private(vpc)) == []
    # A private API has no need of addresses beside.
    assert findings(RESTRICTED, private(EVERYTHING, ENDPOINT)) == []


def test_a_private_api_open_to_every_endpoint_is_found():
    address = deny({"NotIpAddress": {"aws:VpcSourceIp": "10.0.0.0/8"}})

    assert statuses(BOUND, private(EVERYTHING)) == [VIOLATION]
    assert statuses(BOUND, private(EVERYTHING, address)) == [VIOLATION]
    assert statuses(BOUND, changed(api=api(endpointConfiguration=PRIVATE, policy=None))) == [VIOLATION]


def test_an_api_that_may_be_private_must_still_restrict_its_callers():
    resources = changed(api=api(endpointConfiguration={"types": UNKNOWN}, policy=None))

    assert statuses(RESTRICTED, resources) == [VIOLATION]


def test_a_policy_beside_a_body_does_not_survive():
    beside = attached(policy(EVERYTHING, OFFICE))

    assert statuses(SURVIVES, changed(beside, api=api(policy=None, body='{"paths": {}}'))) == [VIOLATION]
    assert findings(SURVIVES, changed(beside, api=api(policy=None))) == []
    assert findings(SURVIVES, changed()) == []


def test_a_route_may_be_open_on_purpose():
    webhook = made(
        "apigateway/method:Method",
        "hook",
        restApi="shop-id",
        resourceId="orders-id",
        httpMethod="POST",
        authorization="CUSTOM",
    )
    statements = [{**EVERYTHING, "Resource": "execute-api:/live/POST/*"}, allow(OFFICE_ONLY)]
    resources = changed(webhook, api=api(policy=written(statements)))

    assert findings(RESTRICTED, resources) == [(VIOLATION, "API shop may be called from anywhere: POST /orders")]
    assert findings(RESTRICTED, resources, open=["POST /orders"]) == []


OFFICE_ONLY = {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
STRANGERS, LISTS = "network-iam-callers-known", "network-allow-lists-hold"
SOMEBODY, DEPLOYED = "network-somebody-let-in", "network-policy-deployed"


def test_the_turned_operator_is_named():
    ((_, message),) = findings(RESTRICTED, changed(api=api(policy=policy(EVERYTHING, deny(OFFICE_ONLY)))))

    assert message.endswith("a Deny of it keeps out the places it names instead of all others")


def test_a_broken_policy_is_no_policy():
    ((_, message),) = findings(RESTRICTED, changed(api=api(policy="{")))

    assert message == "API shop may be called from anywhere: its policy cannot be read (it is no JSON)"


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([EVERYTHING], [VIOLATION]),
        ([EVERYTHING, OFFICE], []),
        ([allow(Principal={"AWS": "123456789012"})], []),
        ([EVERYTHING, deny({"StringNotLike": {"aws:PrincipalAccount": [UNKNOWN]}})], [UNDECIDED]),
    ],
)
def test_iam_routes_know_whose_calls_they_take(statements, expected):
    given = {"Statement": statements}

    assert statuses(STRANGERS, changed(api=api(policy=given))) == expected
    cognito = made(
        "apigateway/method:Method",
        "orders-get",
        restApi="shop-id",
        resourceId="orders-id",
        httpMethod="GET",
        authorization="COGNITO_USER_POOLS",
        authorizerId="users",
    )
    assert statuses(STRANGERS, changed(api=api(policy=given), method=cognito)) == []


def test_iam_without_a_policy_takes_calls_of_the_own_account_alone():
    assert findings(STRANGERS, changed(api=api(policy=None))) == []


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([allow(OFFICE_ONLY)], [VIOLATION]),
        ([EVERYTHING, OFFICE], []),
        ([allow(OFFICE_ONLY), OFFICE], []),
        (
            [allow(OFFICE_ONLY), {"Effect": UNKNOWN, **{k: v for k, v in EVERYTHING.items() if k != "Effect"}}],
            [UNDECIDED],
        ),
    ],
)
def test_a_list_of_addresses_holds_for_authorized_callers(statements, expected):
    assert statuses(LISTS, changed(api=api(policy={"Statement": statements}))) == expected


def test_a_policy_that_nobody_satisfies_is_found():
    endpoint = policy(EVERYTHING, ENDPOINT)

    assert statuses(SOMEBODY, changed(api=api(policy=endpoint))) == [VIOLATION]
    assert findings(SOMEBODY, private(EVERYTHING, ENDPOINT)) == []
    assert statuses(SOMEBODY, private(OFFICE)) == [VIOLATION]
    assert findings(SOMEBODY, changed(api=api(policy=UNKNOWN))) == []


PUT = made("apigateway/restApiPut:RestApiPut", "shop", restApiId="shop-id", body="{}")
CONTESTED = {
    "body": ([attached(policy(EVERYTHING))], {"policy": None, "body": "{}"}),
    "body-to-come": ([attached(policy(EVERYTHING))], {"policy": None, "body": UNKNOWN}),
    "import": ([attached(policy(EVERYTHING)), PUT], {"policy": None}),
    "import-beside-an-argument": ([PUT], {}),
    "argument": ([attached(policy(EVERYTHING))], {}),
    "twice": ([attached(policy(EVERYTHING)), replace(attached(policy(OFFICE)), urn="other")], {"policy": None}),
}


@pytest.mark.parametrize(("more", "inputs"), CONTESTED.values(), ids=CONTESTED)
def test_a_policy_is_written_in_one_place(more, inputs):
    assert statuses(SURVIVES, changed(*more, api=api(**inputs))) == [VIOLATION]


def test_a_merged_body_leaves_a_separate_policy_alone():
    given = api(policy=None, body="{}", putRestApiMode="merge")

    assert findings(SURVIVES, changed(attached(policy(EVERYTHING)), api=given)) == []


def test_a_deployment_waits_for_a_separate_policy():
    beside = attached(policy(EVERYTHING, OFFICE))
    early = made("apigateway/deployment:Deployment", "shop", restApi="shop-id")
    late = replace(early, dependencies=frozenset({beside.urn}))
    through = made("apigateway/deployment:Deployment", "shop", restApi="shop-id", edges=[("triggers", beside)])

    assert statuses(DEPLOYED, changed(beside, early, api=api(policy=None))) == [VIOLATION]
    for each in (late, through):
        assert findings(DEPLOYED, changed(beside, each, api=api(policy=None))) == []
    assert findings(DEPLOYED, changed(early)) == []
