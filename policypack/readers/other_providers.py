"""Finds resources of other providers than AWS's that change a gateway: controllers, commands and dynamic providers.

Most of them call a gateway as any client does, and are not reported.
"""

import re
from collections.abc import Iterator
from typing import Final

from ..graph.graph import Resource
from ..graph.layers_of_types import EVERY_LAYER, layers_of
from ..model.stack import NotRead
from .functions import strings

_CONTROLLER: Final = re.compile(
    r"kubernetes:(\w+)\.(?:services\.k8s\.aws|aws\.(?:m\.)?(?:upbound|crossplane)\.io)/", re.IGNORECASE
)
"""A resource in Kubernetes from which ACK or Crossplane makes one in AWS, with the service."""
_GATEWAY_SERVICES: Final = frozenset({"apigateway", "apigatewayv2"})
_DYNAMIC: Final = re.compile(r"pulumi-(?:nodejs|python):dynamic[:/]")
_COMMAND: Final = re.compile(r"command:(?:local|remote):")
_RUNS: Final = ("create", "update", "stdin")
"""The inputs of a command that run when a stack is updated."""
_CHANGES: Final = re.compile(
    r"\baws(?:\.exe)?\s(?:[^|;&\n]*\s)?(apigateway|apigatewayv2|wafv2|cognito-idp|lambda|logs|cloudwatch)\s+"
    r"((?:create|update|put|delete|import|add|remove|associate|disassociate|set|disable|reset)-[\w-]+)"
)
"""A call of AWS's command line that changes something, with the service and the operation."""
_SERVICES: Final = {"cognito-idp": "cognito"}
_OF_FUNCTIONS: Final = frozenset(
    {"add-permission", "create-function-url-config", "update-function-url-config", "create-event-source-mapping"}
)
"""The operations of AWS Lambda that let someone invoke a function."""


def changes_gateway(resource: Resource) -> Iterator[NotRead]:
    """What a resource of another provider changes of API Gateway, or of what protects a gateway."""
    controller = _CONTROLLER.match(resource.type)
    if controller and controller[1].lower() in _GATEWAY_SERVICES:
        yield _not_read(resource, EVERY_LAYER, "a controller in Kubernetes makes a resource of API Gateway from it")
    elif _COMMAND.match(resource.type):
        for service, operation in sorted(set(_operations(resource))):
            layers = layers_of(f"aws:{_SERVICES.get(service, service)}")
            yield _not_read(resource, layers, f"it runs `aws {service} {operation}`, whose effect is not read")


def may_change_gateway(resource: Resource) -> bool:
    """Whether a resource of another provider may change a gateway that it refers to."""
    return bool(_CONTROLLER.match(resource.type) or _DYNAMIC.match(resource.type))


def _operations(command: Resource) -> Iterator[tuple[str, str]]:
    for name in _RUNS:
        for written in strings(command.inputs.get(name)):
            for service, operation in _CHANGES.findall(written.replace("\\\n", " ")):
                if service != "lambda" or operation in _OF_FUNCTIONS:
                    yield service, operation


def _not_read(resource: Resource, layers: frozenset[str], reason: str) -> NotRead:
    label = f"{resource.type.rpartition(':')[2]} {resource.name}"
    return NotRead(urn=resource.urn, label=label, subject=reason, layers=layers, reason=reason)
