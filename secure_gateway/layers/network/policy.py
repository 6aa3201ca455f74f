"""The resource policy of the API, as part of its document.

Restrictions are Deny statements, never conditions of an Allow: for a signed call from the API's own account one of
identity and resource policy suffices, so a narrow Allow restricts nobody there, and a wide one lets in every principal
of the account. The same holds of a Lambda authorizer: where its answer is silent, a wide Allow lets the call through
(https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html).
"""

import json
from collections.abc import Collection, Mapping
from typing import Any

import pulumi

from ...authorizer_responses import resources
from ...fragment import Fragment
from ...validation.problems import Problems, spell
from .args import NetworkSpec

Kinds = Mapping[str, Collection[str]]
"""Routes (`METHOD /path`) by how their requests authenticate: `iam`, `cognito`, `function`, `none` (anybody) and
`preflight` (CORS). No routes stand for unknown ones."""

_SHORT = "execute-api:"
"""Stands for the API's own ARN, which import writes out."""
_EVERYTHING = f"{_SHORT}/*"
_EXPANSION = 50
"""Characters that writing out one ARN adds."""
_LIMIT = 8_192
_AN_ID = "vpce-0123456789abcdef0"
_SIGNED = "aws:PrincipalAccount"
"""A key that every signed request has, and no other."""


def policy(spec: NetworkSpec, kinds: Kinds, endpoints: pulumi.Input[list[str]] | None) -> dict[str, Any]:
    """Compile the policy for an API with these routes."""
    source_ip = "aws:VpcSourceIp" if spec.private else "aws:SourceIp"
    denies = (
        ("OnlyFromTheseAddresses", {"NotIpAddress": {source_ip: list(spec.allow_cidrs)}}, spec.allow_cidrs),
        ("NeverFromTheseAddresses", {"IpAddress": {source_ip: list(spec.deny_cidrs)}}, spec.deny_cidrs),
        ("OnlyThesePrincipals", _others(spec, kinds), spec.principals),
        ("NeverTheseAccounts", {"StringEquals": {_SIGNED: list(spec.deny_accounts)}}, spec.deny_accounts),
        ("NeverTheseRoles", {"ArnLike": {"aws:PrincipalArn": list(spec.deny_roles)}}, spec.deny_roles),
        ("OnlyThroughTheseEndpoints", {"StringNotEquals": _doors(spec, endpoints)}, spec.private),
        ("NeverFromTheseVpcs", {"StringEquals": {"aws:SourceVpc": list(spec.deny_vpcs)}}, spec.deny_vpcs),
        (
            "NeverThroughTheseEndpoints",
            {"StringEquals": {"aws:SourceVpce": list(spec.deny_vpc_endpoints)}},
            spec.deny_vpc_endpoints,
        ),
    )
    statements = [*_allows(spec, kinds), *(_deny(sid, condition) for sid, condition, given in denies if given)]
    return {"Version": "2012-10-17", "Statement": [*statements, *spec.statements]}


def _allows(spec: NetworkSpec, kinds: Kinds) -> list[dict[str, Any]]:
    """What the Denies leave over is allowed, but never more than the routes' own authentication needs."""
    signed: list[dict[str, Any]] = []
    if spec.delegated_accounts and "iam" in kinds:
        # An account as principal delegates to it: its callers still need an identity policy.
        signed.append(_allow("Accounts", principal={"AWS": list(spec.delegated_accounts)}))
    if spec.allow_organizations:
        # The own account is a member too; without this exception its callers would need no identity policy.
        member = {"StringEquals": {"aws:PrincipalOrgID": list(spec.allow_organizations)}}
        signed.append(_allow("Organization", {**member, "StringNotEquals": {_SIGNED: [spec.account]}}))
    if spec.private and not spec.account and not spec.principals:
        # A private API answers nobody whom its policy does not let in.
        return [_allow("Callers")]
    needing = _needing(kinds, private=spec.private is not None)
    if not needing:
        # Silence: nothing else needs an Allow, and one would stand in for identity policies and answers.
        return signed
    condition = {"Null": {_SIGNED: "true"}} if "iam" in kinds else None
    return [*signed, _allow("Callers", condition, resource=needing)]


def _needing(kinds: Kinds, *, private: bool) -> list[str]:
    """What needs an Allow although nobody signs: routes of Cognito, of anybody, and preflights.

    It is named by path where a Lambda authorizer guards others, whose silent answers an Allow would turn into a yes.
    """
    open_ended = sorted(set(kinds) - {"iam"} if private else set(kinds) - {"iam", "function"})
    by_path = "function" in kinds or open_ended == ["preflight"]
    if not open_ended:
        return []
    if "function" in open_ended or not by_path or not all(kinds[kind] for kind in open_ended):
        return [_EVERYTHING]
    return sorted({f"{_SHORT}/*/{each}" for kind in open_ended for key in kinds[kind] for each in resources(key)})


def _others(spec: NetworkSpec, kinds: Kinds) -> dict[str, Any]:
    """Signed callers who are none of the allowed: one Deny, since the conditions of one hold together."""
    equal = {_SIGNED: list(spec.allow_accounts), "aws:PrincipalOrgID": list(spec.allow_organizations)}
    condition: dict[str, Any] = {"StringNotEquals": {key: values for key, values in equal.items() if values}}
    if spec.allow_roles:
        condition["ArnNotLike"] = {"aws:PrincipalArn": list(spec.allow_roles)}
    if "preflight" in kinds:
        # A browser signs no preflight; the routes behind it refuse what is not signed.
        condition["Null"] = {_SIGNED: "false"}
    return {operator: block for operator, block in condition.items() if block}


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


def _allow(
    sid: str, condition: dict[str, Any] | None = None, *, principal: Any = "*", resource: list[str] | None = None
) -> dict[str, Any]:
    statement: dict[str, Any] = {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": principal,
        "Action": "execute-api:Invoke",
        "Resource": _EVERYTHING if resource in (None, [_EVERYTHING]) else resource,
    }
    return {**statement, "Condition": condition} if condition else statement


def _deny(sid: str, condition: dict[str, Any]) -> dict[str, Any]:
    return {**_allow(sid, condition), "Effect": "Deny"}


def check_size(spec: NetworkSpec, kinds: Kinds, problems: Problems) -> None:
    """Refuse what AWS would refuse: the policy counts with its short ARNs written out."""
    text = policy(spec, kinds, [_AN_ID] * len(spec.private.vpc_endpoint_ids) if spec.private else None)
    plain = json.dumps(text, default=lambda _: _AN_ID, separators=(",", ":"))
    length = len(plain) + plain.count(_SHORT + "/") * _EXPANSION
    if length > _LIMIT:
        message = (
            f"the resource policy has about {length:,} characters, but AWS takes at most {_LIMIT:,}: join neighbouring "
            f"ranges, move `{spell('deny_cidrs')}` to `waf.{spell('block_cidrs')}` (10,000 ranges), or use one kind of "
            "authorizer for all routes"
        )
        problems.add(spec.place or "args", message)


def fragment(spec: NetworkSpec, kinds: Kinds, endpoints: pulumi.Input[list[str]] | None) -> Fragment:
    """The policy, and the endpoints of a private API: an import clears what the document does not hold."""
    root: dict[str, Any] = {"x-amazon-apigateway-policy": policy(spec, kinds, endpoints)}
    if spec.private:
        configuration = {"vpcEndpointIds": endpoints}
        root["servers"] = [{"url": "/", "x-amazon-apigateway-endpoint-configuration": configuration}]
    return Fragment(root=root)
