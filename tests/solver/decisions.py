"""Random REST APIs with one request each, and whether it reaches the backend: written from AWS's documentation alone.

The encoding combines those of the web ACL and of the resource policy with AWS's tables for each kind of authorization,
the API key and the throttle. It uses nothing of the pack; only `compare` does, to ask it what happens to the request.
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html
"""

import ipaddress
import json
import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import graphs

from policypack.ask.evaluate import walks
from policypack.ask.request import Given, Identity, Request
from policypack.ask.walk import Passage
from policypack.graph.graph import Graph, Resource
from policypack.patterns.addresses import Address
from policypack.readers.asked import Asked
from policypack.readers.stack import build
from solver import acls, policies

OWN: Final = "123456789012"
_ADDRESSES: Final = ("203.0.113.7", "198.51.100.7", "52.1.2.3", "9.9.9.9", "2001:db8::1", "2600::1")
_KINDS: Final = ("NONE", "NONE", "AWS_IAM", "AWS_IAM", "CUSTOM", "COGNITO_USER_POOLS")
_TEXTS: Final = ("a", "b", "ab", "aB", "/a", "Ab/", "bab", "A*", "zz")
_FUNCTION: Final = (
    "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/"
    "arn:aws:lambda:eu-west-1:123456789012:function:f/invocations"
)
_POOL: Final = "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_abc"


def random_case(pick: random.Random) -> dict[str, Any]:
    """An API and a request to it, as plain data."""
    signed = pick.random() < 0.9
    account = pick.choice([OWN, OWN, "998877665544"])
    headers = {name: pick.choice(_TEXTS) for name in ("x-a", "x-b", "user-agent", "referer") if pick.random() < 0.5}
    forwarded = pick.choice(["", "", "no address", *_ADDRESSES[:3]])
    return {
        "acl": acls.random_acl(pick) if pick.random() < 0.5 else None,
        "policy": policies.random_policy(pick) if pick.random() < 0.6 else None,
        "authorization": pick.choice(_KINDS),
        "requires_key": pick.random() < 0.2,
        "plan": pick.random() < 0.7,
        "throttled": pick.random() < 0.5,
        "address": pick.choice(_ADDRESSES),
        "country": pick.choice(["DE", "US", "KP", "FR"]),
        "headers": headers | ({"x-forwarded-for": forwarded} if forwarded else {}),
        "query": pick.choice(["", "", "a", "ab", "bB/"]),
        "principal": f"arn:aws:iam::{account}:role/{pick.choice(['a', 'zz'])}" if signed else "",
        "organization": pick.choice(["o-f1e2d3c4b5", "o-a1b2c3d4e5"]),
        "identity": pick.choice(["allow", "allow", "silent", "deny"]),
        "token": pick.choice(["valid"] * 4 + ["invalid"]),
        "key": pick.choice(["valid", "valid", "invalid", ""]),
        "over_limit": pick.random() < 0.1,
    }


def compare(case: Mapping[str, Any]) -> tuple[bool | None, bool | None]:
    """Whether the request reaches the backend, for the pack and for the solver."""
    return _of_pack(case), reaches(case)


def _of_pack(case: Mapping[str, Any]) -> bool | None:
    graph = Graph(_resources(case))
    found = [walk for api in Asked(graph).of(build(graph)) for walk in walks(api, _request(case))]
    (walk,) = [each for each in found if each.entry.kind == "execute-api"]
    return {Passage.PASSES: True, Passage.STOPPED: False}.get(walk.passage)


def _request(case: Mapping[str, Any]) -> Request:
    address = ipaddress.ip_address(case["address"])
    return Request(
        path="/orders",
        query=case["query"],
        headers=tuple(case["headers"].items()),
        address=Address(address.version, int(address)),
        country=case["country"],
        principal=case["principal"],
        organization=case["organization"],
        identity=Identity(case["identity"]),
        key=Given(case["key"]) if case["key"] else None,
        token=Given(case["token"]),
        ordinary=True,
        over_limit=case["over_limit"],
    )


def _resources(case: Mapping[str, Any]) -> list[Resource]:
    kind, policy = case["authorization"], case["policy"]
    api = graphs.api(policy=json.dumps(policy) if policy else None)
    api = Resource(**{**_fields(api), "outputs": {"executionArn": f"arn:aws:execute-api:eu-west-1:{OWN}:shop-id"}})
    authorizer = {
        "CUSTOM": {"type": "TOKEN", "authorizerUri": _FUNCTION},
        "COGNITO_USER_POOLS": {"type": "COGNITO_USER_POOLS", "providerArns": [_POOL]},
    }.get(kind)
    method = graphs.method(
        authorization=kind, apiKeyRequired=case["requires_key"], **({"authorizerId": "a-id"} if authorizer else {})
    )
    source = {"identitySource": "method.request.header.Authorization"}
    limits = {} if case["throttled"] else {"throttlingRateLimit": -1, "throttlingBurstLimit": -1}
    more = [graphs.usage_plan()] if case["plan"] else []
    if authorizer:
        more.append(
            graphs.made("apigateway/authorizer:Authorizer", "a", id_="a-id", restApi="shop-id", **source, **authorizer)
        )
    acl = graphs.web_acl(**case["acl"]) if case["acl"] else None
    association = {} if case["acl"] else {"association": None}
    return graphs.changed(
        *more,
        *acls.ip_sets(),
        api=api,
        method=method,
        acl=acl,
        settings=graphs.settings("*/*", **limits),
        **association,
    )


def _fields(resource: Resource) -> dict[str, Any]:
    return {name: getattr(resource, name) for name in Resource.__dataclass_fields__}


def reaches(case: Mapping[str, Any]) -> bool | None:
    """Whether AWS lets the request through to the backend; None if the solver gives up."""
    if case["over_limit"] and (case["throttled"] or (case["requires_key"] and case["plan"])):
        return False
    if case["requires_key"] and not (case["key"] == "valid" and case["plan"]):
        return False
    authorized = _authorized(case)
    if authorized is not True or case["acl"] is None:
        return authorized
    return acls.passes(case["acl"], _sent(case))


def _sent(case: Mapping[str, Any]) -> acls.Sent:
    return acls.Sent(
        address=case["address"],
        country=case["country"],
        path="/live/orders",
        query=case["query"],
        headers=case["headers"],
        over_limit=case["over_limit"],
    )


def _authorized(case: Mapping[str, Any]) -> bool | None:
    """AWS's tables: authorizer or signature, together with the resource policy."""
    kind, policy = case["authorization"], case["policy"]
    if kind in {"CUSTOM", "COGNITO_USER_POOLS"} and case["token"] != "valid":
        return False
    if kind == "AWS_IAM" and not case["principal"]:
        return False
    own = f":{OWN}:" in case["principal"]
    if policy is None:
        return kind != "AWS_IAM" or (own and case["identity"] == "allow")
    caller = _Signer(case["principal"], case["organization"]) if kind == "AWS_IAM" else None
    found = policies.says(policy, _Fixed(case, caller))
    if found is None:
        return None
    allows, denies = found
    if denies:
        return False
    if kind == "CUSTOM":
        return True
    if kind != "AWS_IAM":
        return allows
    if case["identity"] == "deny":
        return False
    return allows or case["identity"] == "allow" if own else allows and case["identity"] == "allow"


@dataclass(frozen=True)
class _Signer:
    arn: str
    organization: str

    @property
    def account(self) -> str:
        return self.arn.split(":")[4]


class _Fixed(policies.FixedRequest):
    """The request as a resource policy sees it."""

    def __init__(self, case: Mapping[str, Any], signer: _Signer | None) -> None:
        keys = {"aws:referer": case["headers"].get("referer"), "aws:useragent": case["headers"].get("user-agent")}
        if signer is not None:
            keys |= {
                "aws:principalaccount": signer.account,
                "aws:principalorgid": signer.organization,
                "aws:principalarn": signer.arn,
            }
        super().__init__(ipaddress.ip_address(case["address"]), keys, signer.account if signer else "")
