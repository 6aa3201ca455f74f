"""Reads the execute-api endpoint of an API: its type, its TLS settings, and whether it is disabled."""

import re
from typing import Any, Final

from ..graph.graph import Resource
from ..graph.values import (
    UNKNOWN,
    items,
    read,
    text,
)
from ..model.fact import Fact
from ..model.tls import SecurityPolicy
from .routes import NO_DOCUMENTS, Documents

_BODY_SECURITY_POLICY: Final = "x-amazon-apigateway-security-policy"
_BODY_ACCESS_MODE: Final = "x-amazon-apigateway-endpoint-access-mode"
_BODY_ENDPOINT: Final = "x-amazon-apigateway-endpoint-configuration"
_ENHANCED: Final = re.compile(r"SecurityPolicy_TLS1([23])(?:_1_([23]))?((?:_[A-Za-z0-9]+)*)")
"""AWS names an enhanced security policy after the newest TLS version it accepts, the oldest one, and its traits."""
_LEGACY: Final = {"TLS_1_0": "1.0", "TLS_1_2": "1.2"}
_TRAITS: Final = frozenset({"PFS", "FIPS", "PQ"})


def private(api: Resource) -> Fact:
    """Whether an API or domain is reached through VPC endpoints only."""
    types = read(api.inputs.get("endpointConfiguration"), "types")
    if types is UNKNOWN or UNKNOWN in items(types):
        return Fact.UNKNOWN
    return Fact.of("PRIVATE" in items(types))


def endpoint_type(api: Resource) -> str:
    """`EDGE`, which is AWS's default, `REGIONAL` or `PRIVATE`; empty if it is unknown."""
    types = read(api.inputs.get("endpointConfiguration"), "types")
    return "EDGE" if types is None else text(next(iter(items(types)), "EDGE"))


def security_policy(name: Any) -> SecurityPolicy:
    """What the security policy of a name accepts.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies-list.html
    """
    if name is UNKNOWN:
        return SecurityPolicy(known=Fact.unknown("its security policy is known only after deployment"))
    if text(name) in _LEGACY:
        return SecurityPolicy(known=Fact.YES, minimum_version=_LEGACY[text(name)])
    found = _ENHANCED.fullmatch(text(name))
    if found is None:
        return SecurityPolicy(known=Fact.no("has a security policy of a name that API Gateway does not have"))
    newest, oldest, more = found.groups()
    traits = _TRAITS.intersection(more.split("_"))
    return SecurityPolicy(known=Fact.YES, minimum_version=f"1.{oldest or newest}", traits=traits)


def api_security_policy(api: Resource, documents: Documents, private_api: Fact) -> SecurityPolicy:
    """The endpoint's security policy; AWS's default is TLS 1.0 for Regional and edge APIs, TLS 1.2 for private ones."""
    written = documents.setting(api, "securityPolicy", documents.root.get(_BODY_SECURITY_POLICY))
    if written is not None:
        return security_policy(written)
    if private_api.is_yes:
        return security_policy("TLS_1_2")
    if documents.any_unknown:
        return SecurityPolicy(
            known=Fact.unknown("whether its body has a security policy is known only after deployment")
        )
    if private_api.is_unknown:
        # The default depends on it.
        return SecurityPolicy(known=Fact.unknown("whether it is private is known only after deployment"))
    return security_policy("TLS_1_0")


def strict_access_mode(resource: Resource, documents: Documents = NO_DOCUMENTS) -> Fact:
    """Whether an endpoint or domain has the access mode STRICT; YES for the older policies, which have no such mode."""
    policy = documents.setting(resource, "securityPolicy", documents.root.get(_BODY_SECURITY_POLICY))
    mode = documents.setting(resource, "endpointAccessMode", documents.root.get(_BODY_ACCESS_MODE))
    if not text(policy).startswith("SecurityPolicy_"):
        return Fact.YES
    if mode is UNKNOWN:
        return Fact.unknown("its access mode is known only after deployment")
    return Fact.of(mode == "STRICT", no="has the access mode BASIC")


def disabled(api: Resource, documents: Documents) -> Fact:
    """Whether the endpoint is disabled, by the API itself or in its body."""
    root = documents.root
    configurations = [root.get(_BODY_ENDPOINT), *(read(each, _BODY_ENDPOINT) for each in items(root.get("servers")))]
    within = next((read(each, "disableExecuteApiEndpoint") for each in configurations if each is not None), None)
    written = documents.setting(api, "disableExecuteApiEndpoint", within)
    if written is UNKNOWN or (written is None and documents.any_unknown):
        return Fact.UNKNOWN
    return Fact.of(written is True)
