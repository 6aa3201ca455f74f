"""The resource policy of the API, as part of its document.

Restrictions are Deny statements, never conditions of an Allow: for a signed call from the API's own account one of
identity and resource policy suffices, so a narrow Allow restricts nobody there
(https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html).
"""

import json
from collections.abc import Collection
from typing import Any

import pulumi

from ...fragment import Fragment
from ...problems import Problems, Shown
from .args import NetworkSpec

_EVERYTHING = "execute-api:/*"
"""Short form of the API's own ARN, which import writes out."""
_EXPANSION = 50
"""Characters that writing out one ARN adds."""
_LIMIT = 8_192
_AN_ID = "vpce-0123456789abcdef0"


def policy(spec: NetworkSpec, kinds: Collection[str], endpoints: pulumi.Input[list[str]] | None) -> dict[str, Any]:
    """Compile the policy for an API whose routes authenticate by `kinds` (`iam`, `cognito`, `function`, `none`)."""
    source_ip = "aws:VpcSourceIp" if spec.private else "aws:SourceIp"
    statements = _allow(spec, frozenset(kinds))
    if spec.allow_cidrs:
        statements.append(_deny("OnlyFromTheseAddresses", {"NotIpAddress": {source_ip: list(spec.allow_cidrs)}}))
    if spec.deny_cidrs:
        statements.append(_deny("NeverFromTheseAddresses", {"IpAddress": {source_ip: list(spec.deny_cidrs)}}))
    if spec.allow_accounts:
        accounts = sorted(spec.allow_accounts)
        statements.append(_deny("OnlyTheseAccounts", {"StringNotEquals": {"aws:PrincipalAccount": accounts}}))
    if spec.private:
        statements.append(_deny("OnlyThroughTheseEndpoints", {"StringNotEquals": _doors(spec, endpoints)}))
    return {"Version": "2012-10-17", "Statement": statements}


def _allow(spec: NetworkSpec, kinds: frozenset[str]) -> list[dict[str, Any]]:
    """What the Denies leave over is allowed, but never more than the routes' own authentication needs."""
    statement: dict[str, Any] = {
        "Sid": "Callers",
        "Effect": "Allow",
        "Principal": "*",
        "Action": "execute-api:Invoke",
        "Resource": _EVERYTHING,
    }
    if spec.allow_accounts:
        # An account as principal delegates to it: its callers still need an identity policy.
        return [{**statement, "Principal": {"AWS": sorted(spec.allow_accounts)}}]
    if spec.private or "iam" not in kinds:
        return [statement]
    if kinds == frozenset({"iam"}):
        # Silence: an Allow would let every principal of the account call without an identity policy.
        return []
    # The same beside other authorizers, whose requests have no principal and need an Allow.
    return [{**statement, "Condition": {"Null": {"aws:PrincipalAccount": "true"}}}]


def _doors(spec: NetworkSpec, endpoints: pulumi.Input[list[str]] | None) -> dict[str, Any]:
    """One Deny for both keys: a request is shut out only if neither its endpoint nor its VPC is known."""
    further = list(spec.allow_vpc_endpoints)
    known: Any = endpoints if endpoints is not None else []
    both: list[Any] = [known, further]
    ids: Any = pulumi.Output.all(*both).apply(_merged) if _computed(known, further) else _merged(both)
    doors: dict[str, Any] = {"aws:SourceVpce": ids}
    if spec.allow_vpcs:
        doors["aws:SourceVpc"] = list(spec.allow_vpcs)
    return doors


def _computed(known: Any, further: list[pulumi.Input[str]]) -> bool:
    return isinstance(known, pulumi.Output) or any(isinstance(each, pulumi.Output) for each in [*known, *further])


def _merged(both: Any) -> list[str]:
    return sorted({*both[0], *both[1]})


def _deny(sid: str, condition: dict[str, Any]) -> dict[str, Any]:
    return {
        "Sid": sid,
        "Effect": "Deny",
        "Principal": "*",
        "Action": "execute-api:Invoke",
        "Resource": _EVERYTHING,
        "Condition": condition,
    }


def check_size(spec: NetworkSpec, kinds: Collection[str], problems: Problems) -> None:
    """Refuse what AWS would refuse: the policy counts with its short ARNs written out."""
    text = policy(spec, kinds, [_AN_ID] * len(spec.private.vpc_endpoint_ids) if spec.private else None)
    plain = json.dumps(text, default=lambda _: _AN_ID, separators=(",", ":"))
    length = len(plain) + len(text["Statement"]) * _EXPANSION
    if length > _LIMIT:
        allowed = f"fewer ranges: at most {_LIMIT:,} characters of policy (AWS's quota)"
        problems.add(spec.place, given=Shown(f"about {length:,} characters of policy"), allowed=allowed)


def fragment(spec: NetworkSpec, kinds: Collection[str], endpoints: pulumi.Input[list[str]] | None) -> Fragment:
    """The policy, and the endpoints of a private API: an import clears what the document does not hold."""
    root: dict[str, Any] = {"x-amazon-apigateway-policy": policy(spec, kinds, endpoints)}
    if spec.private:
        configuration = {"vpcEndpointIds": endpoints}
        root["servers"] = [{"url": "/", "x-amazon-apigateway-endpoint-configuration": configuration}]
    return Fragment(root=root)
