"""Finds what may change how a gateway is protected, but cannot be read.

Every resource ends in one of three ways: a reader reads its type, its type is known to be harmless
(`graph/harmless.yaml`), or it is undecided, if it refers to a gateway. `inputs_not_read` says the same of inputs.
"""

import re
from collections.abc import Collection, Iterator
from typing import Final

from ..graph.graph import Graph, Resource
from ..graph.harmless import harmless, service_and_class
from ..graph.layers_of_types import EVERY_LAYER
from ..graph.resource_types import (
    APIS,
    DOMAINS,
    FUNCTION,
    LOG_GROUP,
    READ,
    REST_API,
    REST_STAGE,
    STAGES,
    USER_POOL,
    VPC_ENDPOINT,
    WEB_ACL,
)
from ..graph.values import items, read, text
from ..model.gateway import Gateway
from ..model.stack import NotRead, Stack
from .changed_in_aws import changed_in_aws
from .function_access import FunctionAccess
from .functions import strings
from .inputs_not_read import inputs_not_read
from .named_stages import UNKNOWN_NAME, NamedStage
from .other_providers import changes_gateway, may_change_gateway
from .stage_context import StageContext

_LAYERS_OF_STAGE: Final = frozenset({"keys", "waf", "observability"})
"""The layers that stages decide."""
_PROVIDERS: Final = ("aws:", "aws-native:")
_API_GATEWAY: Final = frozenset({"apigateway", "apigatewayv2"})
_CALLED: Final = frozenset({"auth", "network"})
"""The layers that another way to call a gateway bypasses."""
_LAYERS: Final = {
    **dict.fromkeys((*APIS, *STAGES, *DOMAINS), _CALLED),
    FUNCTION: frozenset({"network"}),
    WEB_ACL: frozenset({"waf"}),
    LOG_GROUP: frozenset({"observability"}),
    USER_POOL: frozenset({"auth"}),
    VPC_ENDPOINT: frozenset({"network"}),
}
"""The layers that a resource may change, by the type of what it refers to."""
_OF_SERVICES: Final = {
    WEB_ACL: frozenset({"wafv2"}),
    LOG_GROUP: frozenset({"cloudwatch", "logs"}),
    USER_POOL: frozenset({"cognito"}),
}
"""What only resources of its own service change."""
_API: Final = re.compile(
    r"([\w-]+)\.execute-api\.|:execute-api:[^:]*:[^:]*:([\w-]+)|/(?:restapis|apis)/([\w-]+)", re.IGNORECASE
)
"""The id of an API in URLs and ARNs."""
_HOST: Final = re.compile(r"https?://([\w.-]+)", re.IGNORECASE)


class NotReadResources:
    """What the readers of a graph cannot read."""

    def __init__(self, graph: Graph, context: StageContext, functions: FunctionAccess) -> None:
        """Remember where to look."""
        self._graph = graph
        self._context = context
        self._functions = functions
        self._parts: dict[str, Resource] = {}
        """What belongs to a gateway, by its URN, id, ARN and domain name."""

    def of(self, stack: Stack) -> Iterator[NotRead]:
        """Everything that may change a gateway of a stack."""
        for each in self._graph.not_readable:
            yield NotRead(urn=each.urn, label=each.label, layers=each.layers, reason=each.reason)
        yield from self._named_stages()
        yield from changed_in_aws(self._graph)
        yield from inputs_not_read(self._graph, stack, {each.urn for each in self._behind(stack)})
        for each in self._graph.resources:
            if not each.type.startswith(_PROVIDERS):
                yield from changes_gateway(each)
        ignored = [each for each in self._graph.resources if _is_ignored(each)]
        if ignored:
            self._parts = dict(self._named_parts(stack))
            for each in ignored:
                yield from self._of_unknown_type(each)

    def _named_stages(self) -> Iterator[NotRead]:
        for api in (*self._graph.of_type(*APIS), *self._graph.external):
            for each in self._context.named.of(api):
                yield self._stage(api, each)

    def _stage(self, api: Resource, stage: NamedStage) -> NotRead:
        kind = stage.by.type.rpartition(":")[2]
        named = Resource(urn="", type=REST_STAGE, name="", inputs={"restApi": api.id, "stageName": stage.name})
        associated = api.type == REST_API and self._context.acls.of(named).behind_web_acl.is_yes
        return NotRead(
            urn=stage.by.urn,
            label=f"stage {stage.name or UNKNOWN_NAME}",
            subject=f"stage {stage.name}",
            layers=_LAYERS_OF_STAGE - ({"waf"} if associated else set[str]()),
            reason=f"{kind} {stage.by.name} names it, and no evaluated resource declares it",
            gateway=api.urn,
        )

    def _of_unknown_type(self, resource: Resource) -> Iterator[NotRead]:
        service, class_ = service_and_class(resource.type)
        label = f"{resource.type.rpartition(':')[2]} {resource.name}"
        part = next(iter(self._references(resource, service)), None)
        if part is not None:
            name = text(part.inputs.get("name", part.inputs.get("domainName"))) or part.name
            yield NotRead(
                urn=resource.urn,
                label=label,
                layers=_LAYERS[part.type],
                reason=f"it refers to {part.type.rpartition(':')[2]} {name}, and resources of its type are not read",
                gateway=part.urn if part.type in APIS else "",
            )
        elif service in _API_GATEWAY:
            layers, reason = EVERY_LAYER, "resources of its type, which is one of API Gateway, are not read"
            yield NotRead(urn=resource.urn, label=label, layers=layers, reason=f"{reason} ({class_})")
        elif self._functions.calls_function_behind_gateway(resource):
            reason = "it refers to a function that is behind a gateway, and resources of its type are not read"
            yield NotRead(urn=resource.urn, label=label, layers=_LAYERS[FUNCTION], reason=reason)

    def _references(self, resource: Resource, service: str) -> Iterator[Resource]:
        """What a resource refers to that belongs to a gateway."""
        edges = resource.property_dependencies.values() or (resource.dependencies,)
        named = {urn for urns in edges for urn in urns}
        for written in strings(resource.inputs):
            named.add(written)
            named |= {token for found in _API.findall(written) for token in found if token}
            named |= {host.lower() for host in _HOST.findall(written)}
        for each in sorted(named & self._parts.keys()):
            part = self._parts[each]
            if service in _OF_SERVICES.get(part.type, (service,)):
                yield part

    def _named_parts(self, stack: Stack) -> Iterator[tuple[str, Resource]]:
        """What belongs to a gateway, by each of its names."""
        for part in (*self._graph.of_type(*APIS, *STAGES, *DOMAINS), *self._graph.external, *self._behind(stack)):
            yield part.urn, part
            names = (part.outputs.get("arn"), part.outputs.get("executionArn"), part.inputs.get("domainName"))
            for each in (*names, part.id if part.type in (*APIS, USER_POOL, VPC_ENDPOINT) else None):
                if isinstance(each, str) and each:
                    yield each, part
            if part.type == VPC_ENDPOINT:
                yield from ((each, part) for each in _addresses(part))

    def _behind(self, stack: Stack) -> Iterator[Resource]:
        """The web ACLs, log groups, user pools, functions and VPC endpoints of gateways."""
        endpoints = {each.urn for each in stack.vpc_endpoints}
        urns = {urn for gateway in stack.gateways for urn in _used(gateway)} | {each.urn for each in stack.user_pools}
        for urn in (*urns, *endpoints, *self._functions.behind):
            part = self._graph.by_urn(urn)
            if part is not None and part.type in _LAYERS:
                yield part


def _addresses(endpoint: Resource) -> Iterator[str]:
    """The network interfaces of a VPC endpoint, and their addresses."""
    yield from map(text, items(endpoint.outputs.get("networkInterfaceIds")))
    for each in items(endpoint.outputs.get("subnetConfigurations")):
        yield text(read(each, "ipv4"))


def _used(gateway: Gateway) -> Collection[str]:
    acls = {stage.web_acl.urn for stage in gateway.stages if stage.web_acl is not None}
    return acls | {group.urn for stage in gateway.stages for group in stage.log_groups}


def _is_ignored(resource: Resource) -> bool:
    """Whether a resource is neither read nor known to be harmless; other providers may change a gateway, too."""
    if not resource.type.startswith(_PROVIDERS):
        return may_change_gateway(resource)
    if resource.type in READ:
        return False
    return not harmless(resource.type)
