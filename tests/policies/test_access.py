"""The evaluator of resource policies agrees with AWS's tables, which `outcomes` implements independently.

`outcomes` evaluates single requests; the evaluator here decides for whole kinds of callers. They must never disagree:
what is open must be open for a concrete caller that the policy does not name, what is closed must be closed for all.
"""

import ipaddress
import json

import outcomes
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from work import growth

from policypack.graph.values import UNKNOWN
from policypack.model.fact import Fact, Tristate
from policypack.patterns.addresses import INTERNET, Address, Ranges, partition_internet
from policypack.resource_policy import (
    Access,
    Document,
    Method,
    MethodResource,
    PolicyError,
    parse,
)

GET = MethodResource("live", "GET", "orders")
EVERYTHING = {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*"}


def access(*statements, how="none", resource=GET, arn=""):
    return Access(parse({"Statement": list(statements)}), [Method("GET /orders", how, resource)], arn)


def only(facts):
    (fact,) = facts.values()
    return fact


def anywhere(*statements, **more):
    return only(access(*statements, **more).open_to_internet())


def allow(condition=None, **changes):
    return {**EVERYTHING, **({"Condition": condition} if condition else {}), **changes}


def deny(condition=None, **changes):
    return {**allow(condition), "Effect": "Deny", **changes}


YES, NO, UNDECIDED = Fact.YES, Fact.NO, Fact.UNKNOWN
IN, V6 = "203.0.113.0/24", "2001:db8::/32"
HALVES = ["0.0.0.0/1", "128.0.0.0/1"]

PRINCIPALS = {
    "star": ("*", YES),
    "aws-star": ({"AWS": "*"}, YES),
    "list-with-star": ({"AWS": ["123456789012", "*"]}, YES),
    "every-root": ({"AWS": "arn:aws:iam::*:root"}, YES),
    "star-key": ({"*": "*"}, YES),
    "account": ({"AWS": "123456789012"}, NO),
    "arn": ({"AWS": ["arn:aws:iam::123456789012:role/app"]}, NO),
    "service": ({"Service": "events.amazonaws.com"}, NO),
    "federated": ({"Federated": "cognito-identity.amazonaws.com"}, NO),
    "unknown": ({"AWS": [UNKNOWN]}, UNDECIDED),
    "unknown-as-a-whole": (UNKNOWN, UNDECIDED),
}


@pytest.mark.parametrize(("principal", "expected"), PRINCIPALS.values(), ids=PRINCIPALS)
def test_principals_in_every_spelling(principal, expected):
    assert anywhere(allow(Principal=principal)) == expected
    reverse = {YES: NO, NO: YES}.get(expected, expected)
    left_out = {key: value for key, value in EVERYTHING.items() if key != "Principal"} | {"NotPrincipal": principal}
    assert anywhere(left_out) == reverse


ACTIONS = [
    ({"Action": "execute-api:Invoke"}, YES),
    ({"Action": ["s3:GetObject", "EXECUTE-API:invoke"]}, YES),
    ({"Action": "execute-api:*"}, YES),
    ({"Action": "*"}, YES),
    ({"Action": "execute-api:In?oke"}, YES),
    ({"Action": "execute-api:InvalidateCache"}, NO),
    ({"NotAction": "execute-api:InvalidateCache"}, YES),
    ({"NotAction": "execute-api:*"}, NO),
    ({"Action": UNKNOWN}, UNDECIDED),
    ({}, NO),
]


@pytest.mark.parametrize(("given", "expected"), ACTIONS)
def test_actions(given, expected):
    statement = {key: value for key, value in EVERYTHING.items() if key != "Action"} | given
    assert anywhere(statement) == expected


ARN = "arn:aws:execute-api:eu-west-1:123456789012:abc123"
RESOURCES = [
    ("*", YES),
    ("execute-api:/*", YES),
    ("execute-api:/live/*", YES),
    ("execute-api:/live/GET/orders", YES),
    ("execute-api:/*/GET/*", YES),
    ("execute-api:/test/*", NO),
    ("execute-api:/live/POST/orders", NO),
    ("execute-api:/live/GET/ord", NO),
    ("arn:aws:execute-api:*", YES),
    ("arn:aws:execute-api:*:*:*", YES),
    ("arn:aws:execute-api:*:*:*/live/GET/*", YES),
    (f"{ARN}/*", YES),
    (f"{ARN}/live/GET/orders", YES),
    (f"{ARN}/test/*", NO),
    ("arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:*/live/*", YES),
    (ARN, NO),
    ("arn:aws:s3:::bucket/*", NO),
    ("execute-api", NO),
    (["execute-api:/test/*", "execute-api:/live/*"], YES),
    (UNKNOWN, UNDECIDED),
]


@pytest.mark.parametrize(("resource", "expected"), RESOURCES)
def test_resources(resource, expected):
    for arn in ("", ARN):
        assert anywhere(allow(Resource=resource), arn=arn) == expected


def test_the_arn_of_another_api_speaks_of_another_api():
    other = allow(Resource="arn:aws:execute-api:eu-west-1:123456789012:zzz999/*")

    assert anywhere(other, arn=ARN) == NO
    assert anywhere(other) == YES  # unknown parts match


CONDITIONS = {
    # Conditions with which a Deny does, or does not, block callers that the policy does not name.
    "outside": ({"NotIpAddress": {"aws:SourceIp": IN}}, NO),
    "outside-both": ({"NotIpAddress": {"aws:SourceIp": [IN, V6]}}, NO),
    "inside": ({"IpAddress": {"aws:SourceIp": IN}}, YES),
    "outside-of-everything": ({"NotIpAddress": {"aws:SourceIp": ["0.0.0.0/0", "::/0"]}}, YES),
    "outside-of-two-halves": ({"NotIpAddress": {"aws:SourceIp": [*HALVES]}}, YES),
    "outside-of-most": ({"NotIpAddress": {"aws:SourceIp": ["0.0.0.0/1"]}}, YES),
    "outside-of-v6": ({"NotIpAddress": {"aws:SourceIp": [IN, "2000::/3"]}}, YES),
    "inside-of-everything": ({"IpAddress": {"aws:SourceIp": ["0.0.0.0/0", "::/0"]}}, NO),
    "inside-of-v4": ({"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}, YES),
    "outside-written-loosely": ({"NOTIPADDRESS": {"AWS:sourceIP": "203.0.113.77/24"}}, NO),
    "outside-one-address": ({"NotIpAddress": {"aws:SourceIp": "203.0.113.77"}}, NO),
    "outside-by-text": ({"StringNotEquals": {"aws:SourceIp": "203.0.113.77"}}, NO),
    "if-exists": ({"NotIpAddressIfExists": {"aws:SourceIp": IN}}, NO),
    "no-range": ({"NotIpAddress": {"aws:SourceIp": "the office"}}, NO),
    "absent-endpoint": ({"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}, NO),
    "absent-endpoint-positive": ({"StringEquals": {"aws:SourceVpce": "vpce-1"}}, YES),
    "absent-endpoint-if-exists": ({"StringEqualsIfExists": {"aws:SourceVpce": "vpce-1"}}, NO),
    "absent-for-all": ({"ForAllValues:StringEquals": {"aws:SourceVpce": "vpce-1"}}, NO),
    "absent-for-any": ({"ForAnyValue:StringNotEquals": {"aws:SourceVpce": "vpce-1"}}, YES),
    "null": ({"Null": {"aws:SourceVpce": "true"}}, NO),
    "not-null": ({"Null": {"aws:SourceVpce": False}}, YES),
    "organization": ({"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}, NO),
    "own-account-of-an-import": ({"StringNotEquals": {"aws:PrincipalAccount": "${AWS::AccountId}"}}, NO),
    "tag-of-the-caller": ({"StringEquals": {"aws:Referer": "${aws:PrincipalTag/site}"}}, YES),
    "own-organization": ({"StringNotEquals": {"aws:PrincipalOrgID": "${aws:ResourceOrgID}"}}, NO),
    "insecure": ({"Bool": {"aws:SecureTransport": "false"}}, YES),
    "agent": ({"StringEquals": {"aws:UserAgent": "curl"}}, YES),
    "not-agent": ({"StringNotEquals": {"aws:UserAgent": "ours"}}, YES),
    "any-agent": ({"StringNotLike": {"aws:Referer": "*"}}, YES),
    "past": ({"DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}, NO),
    "future": ({"DateGreaterThan": {"aws:CurrentTime": "2999-01-01T00:00:00Z"}}, YES),
    "epoch": ({"NumericGreaterThan": {"aws:EpochTime": 1577836800}}, NO),
    "two-that-both-hold": (
        {"NotIpAddress": {"aws:SourceIp": IN}, "StringNotEquals": {"aws:PrincipalAccount": "123456789012"}},
        NO,
    ),
    "two-that-narrow": (
        {"NotIpAddress": {"aws:SourceIp": IN}, "StringEquals": {"aws:PrincipalAccount": "123456789012"}},
        YES,
    ),
    "unknown-operator": ({"StringResembles": {"aws:SourceIp": IN}}, UNDECIDED),
    "unknown-key": ({"StringEquals": {"aws:Mood": "good"}}, UNDECIDED),
    "unknown-value": ({"NotIpAddress": {"aws:SourceIp": [IN, UNKNOWN]}}, UNDECIDED),
    "unknown-block": ({"NotIpAddress": UNKNOWN}, UNDECIDED),
    "unknown-account": ({"StringNotEquals": {"aws:PrincipalAccount": [UNKNOWN]}}, NO),
    "none": (None, NO),
}


@pytest.mark.parametrize(("condition", "expected"), CONDITIONS.values(), ids=CONDITIONS)
def test_a_deny_beside_an_allow_for_all(condition, expected):
    assert anywhere(EVERYTHING, deny(condition)) == expected


ALLOWED = {
    "inside": ({"IpAddress": {"aws:SourceIp": IN}}, NO),
    "two-halves": ({"IpAddress": {"aws:SourceIp": HALVES}}, YES),
    "half": ({"IpAddress": {"aws:SourceIp": HALVES[:1]}}, YES),
    "slash-eight": ({"IpAddress": {"aws:SourceIp": "52.0.0.0/8"}}, NO),
    "private-addresses": ({"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "192.168.0.0/16"]}}, NO),
    "all-v6": ({"IpAddress": {"aws:SourceIp": [IN, "::/0"]}}, YES),
    "absent": ({"StringEquals": {"aws:SourceVpc": "vpc-1"}}, NO),
    "absent-if-exists": ({"StringEqualsIfExists": {"aws:SourceVpc": "vpc-1"}}, YES),
    "referer": ({"StringLike": {"aws:Referer": "https://shop.example.com/*"}}, YES),
    "organization": ({"StringEquals": {"aws:PrincipalOrgID": "o-1"}}, NO),
    "like-everything": ({"StringLike": {"aws:SourceIp": "*"}}, YES),
    "source-arn": ({"ArnLike": {"aws:SourceArn": "arn:aws:cloudfront::*"}}, NO),
    "impossible": ({"IpAddress": {"aws:SourceIp": []}}, NO),
}


@pytest.mark.parametrize(("condition", "expected"), ALLOWED.values(), ids=ALLOWED)
def test_an_allow_alone(condition, expected):
    assert anywhere(allow(condition)) == expected


def test_several_statements_together_cover_everything():
    parts = [allow({"IpAddress": {"aws:SourceIp": f"{n}.0.0.0/8"}}) for n in range(1, 9)]

    assert anywhere(*parts) == YES
    assert anywhere(parts[0]) == NO


UNNAMED_ACCOUNTS = {
    "star": ([EVERYTHING], YES),
    "account": ([allow(Principal={"AWS": "123456789012"})], NO),
    "silence": ([deny({"NotIpAddress": {"aws:SourceIp": IN}})], NO),
    "account-by-condition": ([allow({"StringEquals": {"aws:PrincipalAccount": "123456789012"}})], NO),
    "others-denied": ([EVERYTHING, deny({"StringNotEquals": {"aws:PrincipalAccount": "123456789012"}})], NO),
    "unsigned-only": ([allow({"Null": {"aws:PrincipalAccount": "true"}})], NO),
    "role-of-any-account": ([allow({"StringLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/admin"}})], YES),
    "role-of-one": ([allow({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::123456789012:role/*"}})], NO),
    "tag": ([allow({"StringEquals": {"aws:PrincipalTag/team": "ours"}})], YES),
    "from-the-office": ([EVERYTHING, deny({"NotIpAddress": {"aws:SourceIp": IN}})], NO),
}


@pytest.mark.parametrize(("statements", "expected"), UNNAMED_ACCOUNTS.values(), ids=UNNAMED_ACCOUNTS)
def test_signed_calls_of_accounts_that_the_policy_does_not_name(statements, expected):
    found = access(*statements, how="iam")

    assert only(found.open_to_any_account()) == expected
    assert only(found.open_to_internet()) == expected


OWN = {"StringNotEquals": {"aws:PrincipalAccount": "${aws:ResourceAccount}"}}


def test_the_account_of_the_api_is_not_an_unnamed_account():
    found = access(EVERYTHING, deny(OWN), how="iam")

    assert only(found.satisfiable(NO)) == YES
    assert only(found.open_to_any_account()) == NO
    assert only(access(EVERYTHING, deny(OWN)).satisfiable(NO)) == NO  # unsigned calls are of no account


@pytest.mark.parametrize("operator", ["StringEquals", "StringEqualsIfExists"])
def test_unnamed_accounts_reach_a_private_api_through_endpoints(operator):
    named = access(allow({operator: {"aws:SourceVpce": "vpce-1"}}), how="iam")

    assert only(named.open_to_any_account(YES)) == NO
    assert only(access(EVERYTHING, how="iam").open_to_any_account(YES)) == YES


def test_routes_on_which_an_implicit_deny_bypasses_the_allow_list():
    narrow = allow({"IpAddress": {"aws:SourceIp": IN}})

    for how, expected in (
        ("lambda", {"GET /orders": YES}),
        ("iam", {"GET /orders": YES}),
        ("cognito", {}),
        ("none", {}),
    ):
        assert access(narrow, how=how).allow_list_bypassed() == expected
    closed = access(narrow, deny({"NotIpAddress": {"aws:SourceIp": IN}}), how="lambda")
    assert closed.allow_list_bypassed() == {"GET /orders": NO}
    assert access(allow(Principal={"AWS": "123456789012"}), how="iam").allow_list_bypassed() == {}
    # One role is allowed from anywhere; an implicit deny lets in all others of the account.
    role = allow(Principal={"AWS": "arn:aws:iam::123456789012:role/admin"})
    assert access(narrow, role, how="iam").allow_list_bypassed() == {"GET /orders": YES}


ENDPOINTS = {
    "star": ([EVERYTHING], YES),
    "nothing": ([deny()], NO),
    "named": ([EVERYTHING, deny({"StringNotEquals": {"aws:SourceVpce": "vpce-1"}})], NO),
    "vpc": ([allow({"StringEquals": {"aws:SourceVpc": "vpc-1"}})], NO),
    "either": ([EVERYTHING, deny({"StringNotEquals": {"aws:SourceVpce": "vpce-1", "aws:SourceVpc": "vpc-1"}})], NO),
    "wrong-operator": ([EVERYTHING, deny({"StringEquals": {"aws:SourceVpce": "vpce-1"}})], YES),
    "any-endpoint": ([allow({"StringLike": {"aws:SourceVpce": "vpce-*"}})], YES),
    "some-endpoint": ([allow({"Null": {"aws:SourceVpce": "false"}})], YES),
    "address-of-a-vpc": ([EVERYTHING, deny({"NotIpAddress": {"aws:VpcSourceIp": "10.0.0.0/8"}})], YES),
    "source-ip-is-absent": ([EVERYTHING, deny({"NotIpAddress": {"aws:SourceIp": IN}})], NO),
    "id-to-come": ([EVERYTHING, deny({"StringNotEquals": {"aws:SourceVpce": [UNKNOWN]}})], NO),
    "pattern-to-come": ([EVERYTHING, deny({"StringNotLike": {"aws:SourceVpce": [UNKNOWN]}})], UNDECIDED),
}


@pytest.mark.parametrize(("statements", "expected"), ENDPOINTS.values(), ids=ENDPOINTS)
def test_endpoints_that_the_policy_does_not_name(statements, expected):
    assert only(access(*statements).open_to_any_vpc_endpoint()) == expected


ENDPOINT = "vpce-0a1b2c3d4e5f60718"


def on(operator, key, *values):
    return {operator: {f"aws:{key}": list(values)}}


NAMED_BY_PATTERN = {
    "one-endpoint": (deny(on("StringNotLike", "SourceVpce", f"{ENDPOINT}*")), NO),
    "fifteen-of-sixteen": (deny(on("StringNotLike", "SourceVpce", *[f"vpce-0{each:x}*" for each in range(15)])), YES),
    "first-digits": (deny(on("StringNotLike", "SourceVpce", "vpce-0a*")), YES),
    "last-digit": (deny(on("StringNotLike", "SourceVpce", f"{ENDPOINT[:-1]}?")), YES),
    "no-id-is-like-that": (deny(on("StringNotLike", "SourceVpce", "vpce-0[ab]*")), NO),
    "excluded-by-another-condition": (
        allow({"StringLike": {"aws:SourceVpce": "vpce-0a*"}, "StringNotLike": {"aws:SourceVpce": "vpce-*"}}),
        NO,
    ),
    "account": (allow(on("StringEquals", "VpceAccount", "123456789012")), NO),
    "first-digits-of-accounts": (allow(on("StringLike", "VpceAccount", "1234*")), YES),
    "units-of-an-organization": (allow(on("StringLike", "VpceOrgPaths", "o-a1b2c3d4e5/*")), NO),
    "units-of-any-organization": (allow(on("StringLike", "VpceOrgPaths", "o-*/r-*/ou-*")), YES),
    "accounts-of-no-organization": (allow(on("StringEqualsIfExists", "VpceOrgID", "o-a1b2c3d4e5")), YES),
    "vpcs-of-an-account": (allow(on("ArnLike", "SourceVpcArn", "arn:aws:ec2:*:123456789012:vpc/*")), NO),
    "one-vpc": (allow(on("ArnLike", "SourceVpcArn", "arn:aws:ec2:*:*:vpc/vpc-0123456789abcdef0")), NO),
    "any-vpc": (allow(on("ArnLike", "SourceVpcArn", "arn:aws:ec2:*:*:vpc/*")), YES),
}


@pytest.mark.parametrize(("statement", "expected"), NAMED_BY_PATTERN.values(), ids=NAMED_BY_PATTERN)
def test_a_pattern_with_a_wildcard_inside_an_id_names_no_endpoint(statement, expected):
    statements = [statement] if statement["Effect"] == "Allow" else [EVERYTHING, statement]

    assert only(access(*statements).open_to_any_vpc_endpoint()) == expected


ACCOUNTS_BY_PATTERN = {
    "first-digits": (on("StringLike", "PrincipalArn", "arn:aws:iam::12345678*:role/x"), YES),
    "digits-in-the-name": (on("StringLike", "PrincipalArn", "arn:aws:iam::*:role/x-123456789012"), YES),
    "one": (on("StringLike", "PrincipalArn", "arn:aws:iam::123456789012:*"), NO),
    "any-arn": (on("StringLike", "PrincipalArn", "*"), YES),
    "any-account": (on("StringLike", "PrincipalAccount", "*"), YES),
    "any-organization": (on("StringLike", "PrincipalOrgID", "o-*"), YES),
    "units": (on("ForAnyValue:StringLike", "PrincipalOrgPaths", "o-a1b2c3d4e5/r-ab12/ou-*"), NO),
    "any-user": (on("StringEquals", "PrincipalType", "User"), YES),
}


@pytest.mark.parametrize(("condition", "expected"), ACCOUNTS_BY_PATTERN.values(), ids=ACCOUNTS_BY_PATTERN)
def test_a_pattern_with_a_wildcard_inside_an_account_names_no_account(condition, expected):
    assert only(access(allow(condition), how="iam").open_to_any_account()) == expected


LITERAL, LIKE = "https://*.example.com/?", "https://shop.example.com/*"
TOGETHER = {
    # Conditions of headers, which the caller chooses: some value must satisfy all of them.
    "literal-star": ([EVERYTHING, deny(on("StringNotEquals", "Referer", LITERAL))], YES),
    "literal-star-in-any-case": ([EVERYTHING, deny(on("StringNotEqualsIgnoreCase", "Referer", LITERAL))], YES),
    "literal-star-of-an-agent": ([EVERYTHING, deny(on("StringNotEquals", "UserAgent", "Mozilla?*"))], YES),
    "literal-star-allowed": ([allow(on("StringEquals", "Referer", LITERAL))], YES),
    "other-case": (
        [
            EVERYTHING,
            deny(on("StringNotEqualsIgnoreCase", "Referer", "ABC")),
            deny(on("StringEquals", "Referer", "ABC")),
        ],
        YES,
    ),
    "like-and-not-like": (
        [allow({"StringLike": {"aws:Referer": LIKE}, "StringNotLike": {"aws:Referer": LIKE}})],
        NO,
    ),
    "like-part-of-it": (
        [allow({"StringLike": {"aws:Referer": "a*"}, "StringNotLike": {"aws:Referer": "ab*"}})],
        YES,
    ),
    "like-nothing": ([allow({"StringLike": {"aws:Referer": "a*"}, "StringNotLike": {"aws:Referer": "?*"}})], NO),
    "literal-that-is-not-like": (
        [allow({"StringEquals": {"aws:Referer": "a*"}, "StringNotLike": {"aws:Referer": "a*"}})],
        NO,
    ),
    "both-ends": ([allow({"StringLike": {"aws:Referer": "a*"}}), deny({"StringLike": {"aws:Referer": "*z"}})], YES),
    "both-ends-denied": (
        [allow({"StringLike": {"aws:Referer": "a*z"}}), deny({"StringLike": {"aws:Referer": "*z"}})],
        NO,
    ),
    "allowed-and-denied": (
        [allow(on("StringEquals", "Referer", "a")), deny(on("StringEquals", "Referer", "a"))],
        NO,
    ),
    "present-and-absent": ([allow({"StringLike": {"aws:UserAgent": "*"}, "Null": {"aws:UserAgent": "true"}})], NO),
    "one-letter-but-not-that": (
        [allow({"StringLike": {"aws:UserAgent": "a?"}, "StringNotEquals": {"aws:UserAgent": "ab"}})],
        YES,
    ),
}


@pytest.mark.parametrize(("statements", "expected"), TOGETHER.values(), ids=TOGETHER)
def test_the_conditions_of_a_key_are_tried_together_and_by_the_rules_of_their_operators(statements, expected):
    assert anywhere(*statements) == expected


SHUT = {
    "deny-all": ([EVERYTHING, deny()], NO, YES),
    "no-allow": ([deny({"NotIpAddress": {"aws:SourceIp": IN}})], NO, NO),
    "endpoint-of-a-public-api": ([EVERYTHING, deny({"StringNotEquals": {"aws:SourceVpce": "vpce-1"}})], NO, YES),
    "both-sides": (
        [EVERYTHING, deny({"NotIpAddress": {"aws:SourceIp": IN}}), deny({"IpAddress": {"aws:SourceIp": IN}})],
        NO,
        YES,
    ),
    "accounts-of-unsigned-calls": ([allow(Principal={"AWS": "123456789012"})], NO, NO),
    "office": ([EVERYTHING, deny({"NotIpAddress": {"aws:SourceIp": IN}})], YES, NO),
}


@pytest.mark.parametrize(("statements", "open_route", "shut_to_iam"), SHUT.values(), ids=SHUT)
def test_whether_anybody_is_let_in(statements, open_route, shut_to_iam):
    assert only(access(*statements).satisfiable(NO)) is open_route
    reverse = {YES: NO, NO: YES}[shut_to_iam]
    assert only(access(*statements, how="iam").satisfiable(NO)) == reverse


@pytest.mark.parametrize(
    "broken",
    ["{", "[]", "1", '{"Statement": []}', '{"Statement": [1]}', '{"Statement": {"Effect": "Permit"}}', "[" * 10_000],
)
def test_malformed_policies_are_rejected(broken):
    with pytest.raises(PolicyError):
        parse(broken)


def many_ranges(count):
    """Whether a policy of so many statements, with ten times as many address ranges, is open."""
    ranges = [f"{n // 250 + 1}.{n % 250}.0.0/24" for n in range(10 * count)]
    many = [
        deny({"NotIpAddress": {"aws:SourceIp": each}, "StringNotLike": {"aws:Referer": "a*" * 50 + "b"}})
        for each in ranges[:count]
    ]
    return anywhere(EVERYTHING, deny({"NotIpAddress": {"aws:SourceIp": ranges}}), *many)


def test_the_work_grows_with_statements_and_ranges_and_not_with_their_combinations():
    assert many_ranges(150) == NO
    assert growth(many_ranges, 40) < 5
    with pytest.raises(PolicyError, match="more statements"):
        parse(json.dumps({"Statement": [EVERYTHING] * 300}))


LONG = {
    "stars": (30_000, 2.5, lambda n: on("StringLike", "Referer", "*" * n)),
    "searched-stars": (80, 5, lambda n: on("StringLike", "Referer", "a*" * n)),
    "many-stars": (3_200, 2.5, lambda n: on("StringLike", "Referer", "a*" * n)),
    "long-patterns": (
        100,
        2.5,
        lambda n: {"StringLike": {"aws:Referer": ["a*b*c*" * n]}, "StringNotLike": {"aws:Referer": "*x?y*" * n}},
    ),
    "endpoints": (250, 2.5, lambda n: on("StringNotLike", "SourceVpce", *[f"vpce-0{m:016x}" for m in range(n)])),
    "accounts": (
        300,
        5,
        lambda n: on("StringLike", "PrincipalArn", *[f"arn:aws:iam::{m:012d}:role/*" for m in range(n)]),
    ),
}
"""By what is long: a size, the growth that is permitted, and a condition of a size."""


@pytest.mark.parametrize(("size", "most", "condition"), LONG.values(), ids=LONG)
def test_the_work_grows_with_lists_and_patterns_and_not_with_their_combinations(size, most, condition):
    def decide(length):
        long = condition(length)
        for how in ("none", "iam"):
            found = access(EVERYTHING, allow(long), deny(long), how=how)
            for question in (found.open_to_internet, found.open_to_any_account, found.open_to_any_vpc_endpoint):
                question()

    assert growth(decide, size) < most


def test_hundreds_of_endpoints_are_a_list_of_ones_own():
    listed = [f"vpce-0{each:016x}" for each in range(300)]

    assert only(access(EVERYTHING, deny(on("StringNotEquals", "SourceVpce", *listed))).open_to_any_vpc_endpoint()) == NO
    found = access(EVERYTHING, deny(on("StringNotLike", "SourceVpce", *listed, "vpce-0a*")))
    assert only(found.open_to_any_vpc_endpoint()) == YES


def test_methods_beyond_the_limit_are_undecided():
    methods = [Method(f"GET /{n}", "none", MethodResource("live", "GET", str(n))) for n in range(20_001)]
    found = Access(parse({"Statement": [allow(Resource="execute-api:/live/GET/*")]}), methods).open_to_internet()

    assert (found["GET /0"], found["GET /20000"]) == (YES, UNDECIDED)


NAMES_OF_ELEMENTS = [
    "Version",
    "Statement",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "Resource",
    "Condition",
    "AWS",
]
WORDS = [
    "Allow",
    "Deny",
    "*",
    "execute-api:Invoke",
    "IpAddress",
    "aws:SourceIp",
    "203.0.113.0/24",
    "ForAnyValue:",
    "${x}",
]
wild = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.sampled_from(WORDS), st.text(), st.just(UNKNOWN)
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.one_of(st.sampled_from([*NAMES_OF_ELEMENTS, *WORDS]), st.integers(), st.text(max_size=3)),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=25,
)


@settings(max_examples=200, deadline=None)
@given(st.one_of(wild, wild.map(lambda value: {"Statement": [{**EVERYTHING, "Condition": value}, value]})))
def test_any_input_is_evaluated_or_rejected(value):
    try:
        document = parse(value)
    except PolicyError:
        return
    if isinstance(document, Document):
        found = [Access(document, [Method("GET /orders", how, GET)]) for how in ("none", "iam", "lambda", "unknown")]
        for each in found:
            assert {
                only(each.open_to_internet()).value,
                only(each.open_to_any_vpc_endpoint()).value,
                only(each.satisfiable(UNDECIDED)).value,
            } <= set(Tristate)
            each.open_to_any_account()
            each.allow_list_bypassed()


cidrs = st.one_of(
    st.builds(lambda address, length: f"{address}/{length}", st.ip_addresses(v=4), st.integers(0, 32)),
    st.builds(lambda address, length: f"{address}/{length}", st.ip_addresses(v=6), st.integers(0, 128)),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(cidrs, max_size=4), max_size=4), st.ip_addresses())
def test_address_groups_partition_the_whole_internet(lists, address):
    conditions = [Ranges(each) for each in lists]
    found = partition_internet(conditions)

    for version, spans in INTERNET.items():
        ours = [each for each in found if each.sample.version == version]
        assert sum(each.size for each in ours) == sum(last - first + 1 for first, last in spans)
        included_in = [tuple(each.sample in condition for condition in conditions) for each in ours]
        assert len(set(included_in)) == len(included_in)
    for each, written in zip(conditions, lists, strict=True):
        networks = [ipaddress.ip_network(one, strict=False) for one in written]
        expected = any(network.version == address.version and address in network for network in networks)
        assert (Address(address.version, int(address)) in each) == expected


ADDRESSES = ["203.0.113.9", "198.51.100.7", "52.1.2.3", "150.1.2.3", "2001:db8::9", "2a05::1"]
CIDRS = [
    "203.0.113.0/24",
    "198.51.0.0/16",
    "0.0.0.0/0",
    "0.0.0.0/1",
    "128.0.0.0/1",
    "2001:db8::/32",
    "::/0",
    "10.0.0.0/8",
]
NAMES = {"aws:SourceVpce": ["vpce-1", "vpce-2"], "aws:PrincipalAccount": ["123456789012", "210987654321"]}

conditions = st.one_of(
    st.none(),
    st.builds(
        lambda operator, ranges: {operator: {"aws:SourceIp": ranges}},
        st.sampled_from(["IpAddress", "NotIpAddress"]),
        st.lists(st.sampled_from(CIDRS), min_size=1, max_size=3),
    ),
    st.builds(
        lambda operator, key, n: {operator: {key: NAMES[key][:n]}},
        st.sampled_from(["StringEquals", "StringNotEquals"]),
        st.sampled_from(sorted(NAMES)),
        st.integers(1, 2),
    ),
    st.builds(
        lambda key, value: {"Null": {key: [value]}}, st.sampled_from(sorted(NAMES)), st.sampled_from(["true", "false"])
    ),
)
statements = st.builds(
    lambda effect, principal, condition: {
        **EVERYTHING,
        "Effect": effect,
        "Principal": principal,
        **({"Condition": condition} if condition else {}),
    },
    st.sampled_from(["Allow", "Deny"]),
    st.sampled_from(["*", {"AWS": ["123456789012"]}, {"AWS": ["999999999999"]}]),
    conditions,
)
KINDS = {"none": "none", "cognito": "cognito", "lambda": "function", "iam": "iam"}
UNNAMED = "555555555555"


@settings(max_examples=200, deadline=None)
@given(st.lists(statements, min_size=1, max_size=5), st.sampled_from(sorted(KINDS)))
def test_open_and_closed_agree_with_single_requests(policy, how):
    document = {"Statement": policy}
    found = Access(parse(document), [Method("GET /orders", how, GET)])
    # Nobody else's Lambda authorizer allows the call; the caller's own account does.
    identity = outcomes.SILENT if how == "lambda" else outcomes.ALLOW
    passed = [
        outcomes.passes(
            document,
            outcomes.Call(by=KINDS[how], identity=identity, account=UNNAMED, keys={"aws:SourceIp": address}),
        )
        for address in ADDRESSES
    ]
    wide = [ADDRESSES.index(each) for each in ("52.1.2.3", "150.1.2.3", "2a05::1")]

    # Each of these stands for more of the internet than anybody's own addresses, in every cut of these ranges.
    assert only(found.open_to_internet()) == (YES if any(passed[each] for each in wide) else NO)
    if any(passed):
        assert only(found.satisfiable(NO)) == YES


@settings(max_examples=200, deadline=None)
@given(st.lists(statements, min_size=1, max_size=5), st.sampled_from(["none", "cognito", "iam"]))
def test_endpoints_agree_with_single_requests(policy, how):
    document = {"Statement": policy}
    found = Access(parse(document), [Method("GET /orders", how, GET)])
    accounts = [outcomes.HOME, "210987654321", "999999999999", UNNAMED]
    passed = any(
        outcomes.outcome(document, outcomes.Call(by=KINDS[how], account=account, keys={"aws:SourceVpce": "vpce-9"}))
        == outcomes.ALLOW
        for account in accounts
    )

    fact = only(found.open_to_any_vpc_endpoint())
    assert not (passed and fact == NO)
    if how != "iam":
        assert fact == (YES if passed else NO)
