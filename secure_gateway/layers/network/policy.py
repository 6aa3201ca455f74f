"""The resource policy of the API, as part of its document.

Restrictions are Deny statements, never conditions of an Allow. For a signed request from the API's own account, either
the identity policy or the resource policy is enough. There a narrow Allow restricts nobody, and a wide Allow admits
every principal of the account. Lambda authorizers are evaluated in the same way: if the authorizer's policy does not
mention the route, a wide Allow admits the request
(https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html).
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

import pulumi

from ...authorizer_responses import resources
from ...fragment import Fragment
from ...validation.problems import Problems, spell
from .args import NetworkSpec

Authorizations = Mapping[str, Collection[str]]
"""Routes (`METHOD /path`) by their authorization: `iam`, `cognito`, `function`, `none` (anybody), `preflight` (CORS).
An empty list stands for unknown routes."""

_SHORT = "execute-api:"
"""Abbreviates the API's own ARN, which an import writes out."""
_EVERYTHING = f"{_SHORT}/*"
_EXPANSION = 50
"""Characters that are added when one ARN is written out."""
_LIMIT = 8_192
_AN_ID = "vpce-0123456789abcdef0"
_SIGNED = "aws:PrincipalAccount"
"""A condition key that all signed requests have and no others."""


def policy(
    spec: NetworkSpec, authorizations: Authorizations, endpoints: pulumi.Input[list[str]] | None
) -> dict[str, Any]:
    """Compile the policy for an API with these routes."""
    source_ip = "aws:VpcSourceIp" if spec.private else "aws:SourceIp"
    denies = (
        ("OnlyFromTheseAddresses", {"NotIpAddress": {source_ip: list(spec.allow_cidrs)}}, spec.allow_cidrs),
        ("NeverFromTheseAddresses", {"IpAddress": {source_ip: list(spec.deny_cidrs)}}, spec.deny_cidrs),
        ("OnlyThesePrincipals", _others(spec, authorizations), spec.principals),
        ("NeverTheseAccounts", {"StringEquals": {_SIGNED: list(spec.deny_accounts)}}, spec.deny_accounts),
        ("NeverTheseRoles", {"ArnLike": {"aws:PrincipalArn": list(spec.deny_roles)}}, spec.deny_roles),
        ("OnlyThroughTheseEndpoints", {"StringNotEquals": _endpoints_and_vpcs(spec, endpoints)}, spec.private),
        ("NeverFromTheseVpcs", {"StringEquals": {"aws:SourceVpc": list(spec.deny_vpcs)}}, spec.deny_vpcs),
        (
            "NeverThroughTheseEndpoints",
            {"StringEquals": {"aws:SourceVpce": list(spec.deny_vpc_endpoints)}},
            spec.deny_vpc_endpoints,
        ),
    )
    statements = [*_allows(spec, authorizations), *(_deny(sid, condition) for sid, condition, given in denies if given)]
    return {"Version": "2012-10-17", "Statement": [*statements, *spec.statements]}


def domain_policy(spec: NetworkSpec, endpoints: pulumi.Input[list[str]] | None) -> dict[str, Any]:
    """Compile the policy of the private domains of an API: the same addresses, VPC endpoints and VPCs.

    AWS evaluates it in addition to that of the API, "regardless of the caller and method configuration"
    (https://docs.aws.amazon.com/apigateway/latest/api/API_CreateDomainName.html), so what concerns callers and routes
    stays in the policy of the API.
    """
    everybody = replace(
        spec,
        allow_accounts=(),
        allow_organizations=(),
        allow_roles=(),
        deny_accounts=(),
        deny_roles=(),
        account="",
        statements=(),
    )
    return policy(everybody, {}, endpoints)


def _allows(spec: NetworkSpec, authorizations: Authorizations) -> list[dict[str, Any]]:
    """The Allow statements: they never allow more than the authorization of the routes requires."""
    signed: list[dict[str, Any]] = []
    if spec.delegated_accounts and "iam" in authorizations:
        # An account as the principal only delegates to that account: its callers still need an identity policy.
        signed.append(_allow("Accounts", principal={"AWS": list(spec.delegated_accounts)}))
    if spec.allow_organizations:
        # The gateway's account is a member too; without this exception its callers would need no identity policy.
        member = {"StringEquals": {"aws:PrincipalOrgID": list(spec.allow_organizations)}}
        signed.append(_allow("Organization", {**member, "StringNotEquals": {_SIGNED: [spec.account]}}))
    if spec.private and not spec.account and not spec.principals:
        # A private API denies everybody whom its policy does not allow.
        return [_allow("Callers")]
    needing = _needing(authorizations, private=spec.private is not None)
    if not needing:
        # Nothing else needs an Allow, and an Allow would replace identity policies and policies of authorizers.
        return signed
    condition = {"Null": {_SIGNED: "true"}} if "iam" in authorizations else None
    return [*signed, _allow("Callers", condition, resource=needing)]


def _needing(authorizations: Authorizations, *, private: bool) -> list[str]:
    """Resources of unsigned requests that need an Allow: those of Cognito routes, public routes and preflight requests.

    If other routes have a Lambda authorizer, the resources are listed path by path: a wider Allow would also admit
    requests that the authorizer's policy does not mention.
    """
    open_ended = sorted(set(authorizations) - {"iam"} if private else set(authorizations) - {"iam", "function"})
    by_path = "function" in authorizations or open_ended == ["preflight"]
    if not open_ended:
        return []
    if "function" in open_ended or not by_path or not all(authorizations[kind] for kind in open_ended):
        return [_EVERYTHING]
    return sorted(
        {f"{_SHORT}/*/{each}" for kind in open_ended for key in authorizations[kind] for each in resources(key)}
    )


def _others(spec: NetworkSpec, authorizations: Authorizations) -> dict[str, Any]:
    """The condition that matches all signed callers except the allowed ones.

    One statement contains all of it, since the conditions of one statement apply together.
    """
    equal = {_SIGNED: list(spec.allow_accounts), "aws:PrincipalOrgID": list(spec.allow_organizations)}
    condition: dict[str, Any] = {"StringNotEquals": {key: values for key, values in equal.items() if values}}
    if spec.allow_roles:
        condition["ArnNotLike"] = {"aws:PrincipalArn": list(spec.allow_roles)}
    if "preflight" in authorizations:
        # Browsers never sign preflight requests; the routes themselves reject unsigned requests.
        condition["Null"] = {_SIGNED: "false"}
    return {operator: block for operator, block in condition.items() if block}


def _endpoints_and_vpcs(spec: NetworkSpec, endpoints: pulumi.Input[list[str]] | None) -> dict[str, Any]:
    """The keys of one Deny: a request is denied only if neither its endpoint nor its VPC is allowed."""
    further = list(spec.allow_vpc_endpoints)
    known: Any = endpoints if endpoints is not None else []
    both: list[Any] = [known, further]
    ids: Any = pulumi.Output.all(*both).apply(_merged) if _computed(known, further) else _merged(both)
    allowed: dict[str, Any] = {"aws:SourceVpce": ids}
    if spec.allow_vpcs:
        allowed["aws:SourceVpc"] = list(spec.allow_vpcs)
    return allowed


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


def check_size(spec: NetworkSpec, authorizations: Authorizations, problems: Problems) -> None:
    """Reject a policy that AWS would reject as too long. AWS counts its characters with full ARNs."""
    text = policy(spec, authorizations, [_AN_ID] * len(spec.private.vpc_endpoint_ids) if spec.private else None)
    plain = json.dumps(text, default=lambda _: _AN_ID, separators=(",", ":"))
    length = len(plain) + plain.count(_SHORT + "/") * _EXPANSION
    if length > _LIMIT:
        message = (
            f"the resource policy has about {length:,} characters, but AWS accepts at most {_LIMIT:,}: join "
            f"neighbouring ranges, move `{spell('deny_cidrs')}` to `waf.{spell('block_cidrs')}` (10,000 ranges), or "
            "use one kind of authorizer for all routes"
        )
        problems.add(spec.path or "args", message)


def fragment(spec: NetworkSpec, authorizations: Authorizations, endpoints: pulumi.Input[list[str]] | None) -> Fragment:
    """The policy and the endpoints of a private API, since an import removes what the document does not contain."""
    return Fragment(
        root={"x-amazon-apigateway-policy": policy(spec, authorizations, endpoints)},
        endpoint={"vpcEndpointIds": endpoints} if spec.private else {},
    )
