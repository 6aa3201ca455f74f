"""Reads the execute-api endpoint of an API: its type, its TLS, and whether it is there at all."""

import re
from collections.abc import Mapping
from typing import Any, Final

from ..graph.graph import Resource
from ..graph.values import (
    UNKNOWN,
    is_object,
    items,
    read,
    text,
)
from ..model.fact import Fact
from ..model.tls import Tls

_BODY_TLS: Final = "x-amazon-apigateway-security-policy"
_BODY_MODE: Final = "x-amazon-apigateway-endpoint-access-mode"
_BODY_ENDPOINT: Final = "x-amazon-apigateway-endpoint-configuration"
_ENHANCED: Final = re.compile(r"SecurityPolicy_TLS1([23])(?:_1_([23]))?((?:_[A-Za-z0-9]+)*)")
"""AWS names its newer policies after the newest version they speak, the oldest, and what else they have."""
_LEGACY: Final = {"TLS_1_0": "1.0", "TLS_1_2": "1.2"}
_TRAITS: Final = frozenset({"PFS", "FIPS", "PQ"})


def private(api: Resource) -> Fact:
    """Whether the API is reached through VPC endpoints only."""
    types = read(api.inputs.get("endpointConfiguration"), "types")
    if types is UNKNOWN or UNKNOWN in items(types):
        return Fact.UNKNOWN
    return Fact.YES if "PRIVATE" in items(types) else Fact.NO


def kind(api: Resource) -> str:
    """`EDGE`, which is AWS's default, `REGIONAL` or `PRIVATE`; empty where it is not known."""
    types = read(api.inputs.get("endpointConfiguration"), "types")
    return "EDGE" if types is None else text(next(iter(items(types)), "EDGE"))


def parse(policy: Any) -> Tls:
    """What a security policy takes.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies-list.html
    """
    if policy is UNKNOWN:
        return Tls(known=Fact.UNKNOWN)
    name = text(policy)
    if name in _LEGACY:
        return Tls(known=Fact.YES, version=_LEGACY[name])
    found = _ENHANCED.fullmatch(name)
    if found is None:
        return Tls(known=Fact.NO)
    newest, oldest, more = found.groups()
    return Tls(known=Fact.YES, version=f"1.{oldest or newest}", traits=_TRAITS.intersection(more.split("_")))


def tls(api: Resource, root: Mapping[str, Any], private_api: Fact, *, unread: bool) -> Tls:
    """What the endpoint speaks; AWS's default is TLS 1.0 for Regional and edge APIs, TLS 1.2 for private ones."""
    written = api.inputs.get("securityPolicy", root.get(_BODY_TLS))
    if written is not None:
        return parse(written)
    if private_api.is_yes:
        return parse("TLS_1_2")
    return parse(UNKNOWN if unread or private_api.is_unknown else "TLS_1_0")


def strict(resource: Resource, root: Mapping[str, Any] | None = None) -> Fact:
    """Whether an endpoint or domain with one of the newer policies is in the mode STRICT; the older ones know none."""
    within = root or {}
    policy = resource.inputs.get("securityPolicy", within.get(_BODY_TLS))
    mode = resource.inputs.get("endpointAccessMode", within.get(_BODY_MODE))
    if not text(policy).startswith("SecurityPolicy_"):
        return Fact.YES
    return Fact.UNKNOWN if mode is UNKNOWN else Fact.YES if mode == "STRICT" else Fact.NO


def off(api: Resource, root: Mapping[str, Any], *, unread: bool) -> Fact:
    """Whether the endpoint is switched off, by the API itself or in its body."""
    written = api.inputs.get("disableExecuteApiEndpoint")
    if written is None:
        servers = [each for each in items(root.get("servers")) if is_object(each)]
        configurations = [root.get(_BODY_ENDPOINT), *(read(each, _BODY_ENDPOINT) for each in servers)]
        written = next((read(each, "disableExecuteApiEndpoint") for each in configurations if each is not None), None)
    if written is UNKNOWN or (written is None and unread):
        return Fact.UNKNOWN
    return Fact.YES if written is True else Fact.NO
