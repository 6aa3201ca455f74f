"""Reads the execute-api endpoint of an API: its type, its TLS, and whether it is there at all."""

from collections.abc import Mapping
from typing import Any, Final

from .findings import Answer
from .graph import UNKNOWN, Resource, is_object, items, read, text
from .model import some

_BODY_TLS: Final = "x-amazon-apigateway-security-policy"
_BODY_ENDPOINT: Final = "x-amazon-apigateway-endpoint-configuration"


def private(api: Resource) -> Answer:
    """Whether the API is reached through VPC endpoints only."""
    types = read(api.inputs.get("endpointConfiguration"), "types")
    if types is UNKNOWN or UNKNOWN in items(types):
        return Answer.NOT_YET
    return Answer.YES if "PRIVATE" in items(types) else Answer.NO


def modern_tls(api: Resource, root: Mapping[str, Any], private_api: Answer, *, unread: bool) -> Answer:
    """Whether TLS 1.2 is the least that it speaks, or it is off.

    AWS's default is TLS 1.0 for Regional and edge APIs, TLS 1.2 for private ones.
    """
    written = api.inputs.get("securityPolicy", root.get(_BODY_TLS))
    if written is None:
        written_elsewhere = Answer.NOT_YET if unread else Answer.NO
        return some(private_api, off(api, root, unread=unread), written_elsewhere)
    return some(modern(written), off(api, root, unread=unread))


def off(api: Resource, root: Mapping[str, Any], *, unread: bool) -> Answer:
    """Whether the endpoint is switched off, by the API itself or in its body."""
    written = api.inputs.get("disableExecuteApiEndpoint")
    if written is None:
        servers = [each for each in items(root.get("servers")) if is_object(each)]
        configurations = [root.get(_BODY_ENDPOINT), *(read(each, _BODY_ENDPOINT) for each in servers)]
        written = next((read(each, "disableExecuteApiEndpoint") for each in configurations if each is not None), None)
    if written is UNKNOWN or (written is None and unread):
        return Answer.NOT_YET
    return Answer.YES if written is True else Answer.NO


def modern(policy: Any) -> Answer:
    """Whether a security policy takes TLS 1.2 at least. AWS names its newer ones after the TLS version."""
    if policy is UNKNOWN:
        return Answer.NOT_YET
    name = text(policy)
    return (
        Answer.YES
        if name == "TLS_1_2" or name.startswith(("SecurityPolicy_TLS13", "SecurityPolicy_TLS12"))
        else Answer.NO
    )
