"""Which kinds of callers reach a route."""

import json
from dataclasses import replace
from typing import Any

import pytest
from graphs import (
    EVERYTHING,
    OFFICE,
    association,
    changed,
    made,
    mapping,
    method,
    policy,
    stage,
    usage_plan,
    waf_rule,
    web_acl,
)
from graphs import api as rest_api

from policypack.ask.callers import Callers, callers
from policypack.ask.differences import differences
from policypack.graph.graph import Graph
from policypack.patterns.addresses import described
from policypack.readers.asked import Asked
from policypack.readers.stack import build

ANY_PRINCIPAL = "the signature of any AWS principal"
OWN = "the signature of any principal of the API's account"


def reached(**parts: Any) -> list[Callers]:
    graph = Graph(changed(**parts))
    return [found for api in Asked(graph).of(build(graph)) for found in callers(api)]


def rows(**parts: Any) -> list[tuple[str, str, tuple[str, ...]]]:
    """Addresses, countries and credentials of those that certainly reach it."""
    return [
        (described(each.addresses, each.universe), each.countries, each.credentials)
        for each in reached(**parts)
        if each.certain
    ]


def test_addresses_are_those_of_the_resource_policy() -> None:
    assert rows(method=method(authorization="NONE")) == [("203.0.113.0/24", "", ())]


def test_without_a_condition_everyone_reaches_it() -> None:
    open_ = rest_api(policy=policy(EVERYTHING))
    assert rows(api=open_, method=method(authorization="NONE")) == [("every address", "", ())]


def test_excluded_addresses_are_named() -> None:
    deny = {**EVERYTHING, "Effect": "Deny", "Condition": {"IpAddress": {"aws:SourceIp": ["198.51.100.0/24"]}}}
    some = rest_api(policy=policy(EVERYTHING, deny))
    assert rows(api=some, method=method(authorization="NONE")) == [
        ("every address except 198.51.100.0/24", "", ()),
    ]


def test_with_iam_the_weakest_signature_is_named() -> None:
    found = rows(api=rest_api(policy=policy(EVERYTHING)))
    assert found == [("every address", "", (ANY_PRINCIPAL,))] or found[0][2] == (ANY_PRINCIPAL,)
    assert [each[2] for each in rows(api=rest_api(policy=None))] == [
        ("the signature of a principal of the API's account whose policies allow it",)
    ]


def test_a_listed_account_is_named() -> None:
    listed = {**EVERYTHING, "Principal": {"AWS": "111122223333"}}
    found = [each[2] for each in rows(api=rest_api(policy=policy(listed)))]
    assert ("the signature of a principal of account 111122223333, whose policies allow it",) in found
    assert (ANY_PRINCIPAL,) not in found


def test_a_domain_with_mutual_tls_needs_a_certificate() -> None:
    found = rows(method=method(authorization="NONE"), mapping=mapping())
    assert len(found) <= 2


def test_countries_are_those_of_the_web_acl() -> None:
    acl = web_acl(waf_rule("kp", {"geoMatchStatement": {"countryCodes": ["KP"]}}, priority=0, action={"block": {}}))
    assert rows(acl=acl, association=association(), method=method(authorization="NONE")) == [
        ("203.0.113.0/24", "every country except KP", ())
    ]


def test_a_key_and_a_token_are_named() -> None:
    keyed = method(authorization="NONE", apiKeyRequired=True)
    assert rows(method=keyed, plan=usage_plan()) == [("203.0.113.0/24", "", ("an API key of the stage",))]
    assert rows(method=keyed) == []  # without a usage plan, no key is valid


def test_a_difference_has_only_the_addresses_that_changed() -> None:
    wider = {**OFFICE, "Condition": {"NotIpAddress": {"aws:SourceIp": ["203.0.112.0/23"]}}}
    old = reached(method=method(authorization="NONE"))
    new = reached(method=method(authorization="NONE"), api=rest_api(policy=policy(EVERYTHING, wider)))

    (found,) = differences(old, new)
    assert (found.opened, described(found.callers.addresses, found.callers.universe)) == (True, "203.0.112.0/24")
    (back,) = differences(new, old)
    assert back == replace(found, opened=False)
    assert not list(differences(new, new))


@pytest.mark.parametrize("authorization", ["NONE", "AWS_IAM"])
def test_nobody_reaches_what_the_policy_denies(authorization: str) -> None:
    closed = rest_api(policy=policy({**EVERYTHING, "Effect": "Deny"}))
    assert not reached(api=closed, method=method(authorization=authorization))


POOL = "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/"


def protected(scopes: list[str], pools: list[str]) -> list[Callers]:
    authorizer = made(
        "apigateway/authorizer:Authorizer",
        "people",
        id_="a-id",
        restApi="shop-id",
        type="COGNITO_USER_POOLS",
        providerArns=pools,
    )
    method_ = method(authorization="COGNITO_USER_POOLS", authorizerId="a-id", authorizationScopes=scopes)
    return reached(method=method_, more=authorizer)


@pytest.mark.parametrize(
    ("scopes", "pools", "phrase"),
    [
        (
            ["shop/read"],
            [f"{POOL}eu-west-1_a"],
            "what authorizer people (user pool eu-west-1_a) accepts, with the scope shop/read",
        ),
        (
            ["shop/write", "shop/admin"],
            [f"{POOL}eu-west-1_a"],
            "what authorizer people (user pool eu-west-1_a) accepts, with the scope shop/admin or shop/write",
        ),
        ([], [f"{POOL}eu-west-1_b"], "what authorizer people (user pool eu-west-1_b) accepts"),
    ],
)
def test_what_an_authorizer_accepts_is_named_and_compared(scopes: list[str], pools: list[str], phrase: str) -> None:
    before, after = protected(["shop/old"], [f"{POOL}eu-west-1_a"]), protected(scopes, pools)

    assert {one for each in after for one in each.credentials} == {phrase}
    assert {(each.opened, each.callers.credentials) for each in differences(before, after)} == {
        (False, before[0].credentials),
        (True, after[0].credentials),
    }
    assert list(differences(after, protected(scopes, pools))) == []


def test_a_pool_that_a_stage_variable_names_is_shown_by_its_value() -> None:
    document = {
        "openapi": "3.0.1",
        "paths": {"/orders": {"get": {"security": [{"people": ["shop/read"]}]}}},
        "components": {
            "securitySchemes": {
                "people": {
                    "type": "apiKey",
                    "name": "Authorization",
                    "in": "header",
                    "x-amazon-apigateway-authtype": "cognito_user_pools",
                    "x-amazon-apigateway-authorizer": {
                        "type": "cognito_user_pools",
                        "providerARNs": ["arn:${AWS::Partition}:cognito-idp:x:1:userpool/${stageVariables.pool}"],
                    },
                }
            }
        },
    }
    found = reached(
        api=rest_api(body=json.dumps(document)), method=None, stage=stage(variables={"pool": "eu-west-1_c"})
    )

    assert {each.credentials for each in found} == {
        ("what authorizer people (user pool eu-west-1_c) accepts, with the scope shop/read",)
    }
