"""Network: whom a resource policy keeps out."""

import json

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
    "deny-of-one-route": [EVERYTHING, {**OFFICE, "Resource": "execute-api:/live/GET/orders"}],
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
