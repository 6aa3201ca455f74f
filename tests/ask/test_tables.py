"""AWS's published tables of how a resource policy and the authorization of a method combine."""

import json
from typing import Any

import pytest

from policypack.ask.tables import Says, admits, outcomes, possible
from policypack.graph.values import UNKNOWN
from policypack.model.fact import Fact
from policypack.patterns.addresses import Address
from policypack.resource_policy import Document, MethodResource, parse
from policypack.resource_policy.candidates import ABSENT
from policypack.resource_policy.decide import Caller, decide

A, D, S = Says.ALLOW, Says.DENY, Says.SILENT
TABLE_A = [
    (A, A, True),
    (A, S, True),
    (A, D, False),
    (S, A, True),
    (S, S, False),
    (S, D, False),
    (D, A, False),
    (D, S, False),
    (D, D, False),
]
"""The caller's policies, the resource policy, and whether a call within one account is allowed."""
TABLE_B = [(caller, policy, caller is policy is A) for caller, policy, _ in TABLE_A]
"""The same for a call from another account."""
METHOD = MethodResource("live", "GET", "orders")
ROLE = "arn:aws:iam::111122223333:role/team/reader"
SESSION = "arn:aws:sts::111122223333:assumed-role/reader/tuesday"


@pytest.mark.parametrize("authorization", ["iam", "lambda"])
@pytest.mark.parametrize(("caller", "policy", "allowed"), TABLE_A)
def test_within_one_account_either_may_allow(authorization: str, caller: Says, policy: Says, *, allowed: bool):
    assert admits(authorization, caller, policy) is allowed


@pytest.mark.parametrize(("caller", "policy", "allowed"), TABLE_B)
def test_from_another_account_both_must_allow(caller: Says, policy: Says, *, allowed: bool):
    assert admits("iam", caller, policy, same_account=False) is allowed


@pytest.mark.parametrize("authorization", ["none", "cognito"])
@pytest.mark.parametrize(("policy", "allowed"), [(None, True), (A, True), (S, False), (D, False)])
def test_without_a_policy_of_the_caller_the_resource_policy_must_allow(
    authorization: str, policy: Says, *, allowed: bool
):
    assert admits(authorization, A, policy) is allowed


def test_what_is_unknown_leaves_every_result_possible():
    assert possible(Fact.UNKNOWN, Fact.NO) == {A, S}
    assert possible(Fact.YES, Fact.UNKNOWN) == {A, D}
    assert possible(Fact.YES, Fact.YES) == {D}
    assert outcomes("none", [A], possible(Fact.UNKNOWN, Fact.NO)) == {True, False}
    assert outcomes("lambda", [A], possible(Fact.UNKNOWN, Fact.NO)) == {True}


def statement(effect: str = "Allow", condition: Any = None, **more: Any) -> dict[str, Any]:
    given = {"Effect": effect, "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*", **more}
    return given | ({"Condition": condition} if condition else {})


def said(*statements: Any, **keys: Any) -> set[str]:
    document = parse({"Version": "2012-10-17", "Statement": list(statements)})
    assert isinstance(document, Document)
    principal = keys.pop("principal", "")
    account = principal.split(":")[4] if principal else ""
    found = decide(document, Caller(principal=principal, account=account, keys=keys.pop("keys", {})), METHOD)
    return {each.value for each in possible(found.allows, found.denies)}


OFFICE = {"NotIpAddress": {"aws:SourceIp": ["203.0.113.0/24"]}}
INSIDE, OUTSIDE = Address(4, 0xCB007107), Address(4, 0xC6336407)


@pytest.mark.parametrize(
    ("address", "expected"), [(INSIDE, {"allow"}), (OUTSIDE, {"deny"}), (UNKNOWN, {"allow", "deny"})]
)
def test_an_address_decides(address: Any, expected: set[str]):
    assert said(statement(), statement("Deny", OFFICE), keys={"aws:sourceip": address}) == expected


@pytest.mark.parametrize(
    ("listed", "principal", "expected"),
    [
        ("111122223333", ROLE, {"allow"}),
        ("arn:aws:iam::111122223333:root", SESSION, {"allow"}),
        (ROLE, ROLE, {"allow"}),
        (ROLE, SESSION, {"allow"}),
        (ROLE, "arn:aws:iam::111122223333:user/reader", {"silent"}),
        (ROLE, SESSION.replace("111122223333", "444455556666"), {"silent"}),
        (ROLE, "", {"silent"}),
        (UNKNOWN, ROLE, {"allow", "silent"}),
    ],
)
def test_a_listed_principal_is_the_caller(listed: Any, principal: str, expected: set[str]):
    assert said(statement(Principal={"AWS": [listed]}), principal=principal) == expected


def test_keys_of_a_signature_are_absent_without_one():
    other_organization = {"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}
    assert said(statement(), statement("Deny", other_organization)) == {"deny"}
    assert said(statement(), statement("Deny", other_organization), principal=ROLE) == {"allow", "deny"}
    assert said(
        statement(), statement("Deny", other_organization), principal=ROLE, keys={"aws:principalorgid": "o-1"}
    ) == {"allow"}


@pytest.mark.parametrize(
    ("endpoint", "expected"),
    [("vpce-1", {"allow"}), ("vpce-2", {"deny"}), (ABSENT, {"deny"}), (UNKNOWN, {"allow", "deny"})],
)
def test_a_vpc_endpoint_decides(endpoint: Any, expected: set[str]):
    others = {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}
    assert said(statement(), statement("Deny", others), keys={"aws:sourcevpce": endpoint}) == expected


def test_a_value_known_only_after_deployment_decides_nothing():
    others = {"StringNotEquals": {"aws:SourceVpce": UNKNOWN}}
    assert said(statement(), statement("Deny", others), keys={"aws:sourcevpce": "vpce-1"}) == {"allow", "deny"}


def test_the_deciding_statement_is_named():
    document = parse(json.dumps({"Version": "2012-10-17", "Statement": [statement(), statement("Deny", OFFICE)]}))
    assert isinstance(document, Document)
    found = decide(document, Caller(keys={"aws:sourceip": OUTSIDE}), METHOD)
    assert (found.allowing, found.denying) == (0, 1)
