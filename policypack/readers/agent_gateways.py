"""Reads the gateways of Bedrock AgentCore, which offer APIs and functions as tools to AI agents.

Such a gateway calls its targets with credentials of its own, so whoever may call the gateway may call the target.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/gateway-target-api-gateway.html
"""

import re
from collections.abc import Iterator
from typing import Final

from ..graph.children_by_parent import Children
from ..graph.graph import Graph, Resource
from ..graph.resource_types import (
    AGENT_GATEWAY,
    AGENT_GATEWAY_TARGET,
    APIS,
    DOMAINS,
    STAGES,
    WEB_ACL_ASSOCIATION,
)
from ..graph.values import UNKNOWN, read, text
from ..model.fact import Fact, some
from ..model.network import AgentGateway
from .function_access import FunctionAccess
from .functions import strings
from .public_issuers import chooses_audience

_HOST: Final = re.compile(r"https://([\w.-]+)", re.IGNORECASE)
_EXECUTE_API: Final = ".execute-api."
_LENT: Final = ("gatewayIamRole", "apiKey", "oauth")
"""The kinds of credentials of the gateway itself; others are those of the caller."""
_EXTERNAL: Final = "it is not among the evaluated resources"
_JWT: Final = "CUSTOM_JWT"
_AUTHORIZED: Final = frozenset({_JWT, "AWS_IAM"})
_AUDIENCES: Final = ("allowedAudiences", "allowedAudience")
_NARROWS: Final = ("allowedClients", "allowedScopes", "customClaims", "allowedWorkloadConfiguration")
"""The settings, next to the audiences, that say which of the issuer's tokens are accepted."""


class AgentGateways:
    """The gateways of AgentCore whose targets are evaluated APIs, or functions behind them."""

    def __init__(self, graph: Graph, functions: FunctionAccess) -> None:
        """Sort targets by gateway, and find the domains, once."""
        self._graph = graph
        self._functions = functions
        self._targets = Children(graph, AGENT_GATEWAY_TARGET, "gatewayIdentifier", AGENT_GATEWAY)
        self._domains = {text(each.inputs.get("domainName")).lower(): each for each in graph.of_type(*DOMAINS)}
        associations = graph.of_type(WEB_ACL_ASSOCIATION)
        self._protected = [graph.target(each, "resourceArn", AGENT_GATEWAY) for each in associations]

    def all(self) -> Iterator[AgentGateway]:
        """All of them."""
        for gateway in self._graph.of_type(AGENT_GATEWAY):
            targets = [
                (each, led_to) for each in self._targets.of(gateway) if (led_to := self._leads_to(each)) is not None
            ]
            if targets:
                yield self._gateway(gateway, targets)
        for target in self._targets.without_parent:
            led_to = self._leads_to(target)
            if led_to is not None:
                lent = _lends(target)
                yield AgentGateway(
                    urn=target.urn,
                    label=f"the AgentCore gateway of target {text(target.inputs.get('name')) or target.name}",
                    callers_authorized=Fact.YES if lent.is_no else Fact.unknown(f"{_EXTERNAL}, and it calls {led_to}"),
                    has_web_acl=Fact.unknown(_EXTERNAL),
                    hides_details=Fact.unknown(_EXTERNAL),
                )

    def _gateway(self, gateway: Resource, targets: list[tuple[Resource, str]]) -> AgentGateway:
        lends = some(*(_lends(target) for target, _ in targets))
        level = gateway.inputs.get("exceptionLevel")
        return AgentGateway(
            urn=gateway.urn,
            label=f"AgentCore gateway {text(gateway.inputs.get('name')) or gateway.name}",
            callers_authorized=_authorized(gateway, lends, targets[0][1]),
            has_web_acl=self._has_web_acl(gateway),
            hides_details=Fact.of(None if level is UNKNOWN else not text(level)),
        )

    def _leads_to(self, target: Resource) -> str | None:
        """The evaluated API, domain or function that a target calls, as messages name it; None if it calls another."""
        configuration = target.inputs.get("targetConfiguration")
        named = read(configuration, "mcp", "apiGateway", "restApiId")
        api = self._graph.follow(target, "targetConfiguration", named, *APIS)
        if isinstance(api, Resource):
            return _api_label(api)
        for host in (each.lower() for written in strings(configuration) for each in _HOST.findall(written)):
            if host in self._domains:
                return f"domain {host}"
            for each in self._graph.named(host.partition(_EXECUTE_API)[0], *APIS) if _EXECUTE_API in host else ():
                return _api_label(each)
        for each in self._graph.dependencies(target, "targetConfiguration", *APIS, *STAGES, *DOMAINS):
            return _api_label(each) if each.type in APIS else f"{each.type.rpartition(':')[2]} {each.name}"
        behind = self._functions.calls_function_behind_gateway(target, "targetConfiguration")
        return "a function that is behind a gateway" if behind else None

    def _has_web_acl(self, gateway: Resource) -> Fact:
        if any(each is gateway for each in self._protected):
            return Fact.YES
        return Fact.of(None if UNKNOWN in self._protected else False)


def _api_label(api: Resource) -> str:
    return f"API {text(api.inputs.get('name')) or api.name}"


def _lends(target: Resource) -> Fact:
    """Whether a target is called with credentials of the gateway, and not with those of its caller."""
    given = target.inputs.get("credentialProviderConfiguration")
    found = [read(given, name) for name in _LENT]
    return some(*(Fact.of(None if each is UNKNOWN else each is not None) for each in found))


def _authorized(gateway: Resource, lends: Fact, target: str) -> Fact:
    """Whether only authorized callers reach the targets with credentials of the gateway."""
    kind = gateway.inputs.get("authorizerType")
    if kind is UNKNOWN:
        return Fact.unknown("its authorizer is known only after deployment")
    if lends.is_no:
        return Fact.YES
    if text(kind) in _AUTHORIZED:
        return _tokens_named(gateway) if kind == _JWT else Fact.YES
    mode = read(gateway.inputs.get("policyEngineConfiguration"), "mode")
    if kind == "AUTHENTICATE_ONLY":
        enforced = Fact.of(None if mode is UNKNOWN else mode == "ENFORCE")
        reason = f"lets in every caller who authenticates, and calls {target} with credentials of its own"
    else:
        enforced = Fact.NO
        reason = f"accepts requests without credentials, and calls {target} with credentials of its own"
    unknown = "whether it calls its targets with credentials of its own is known only after deployment"
    return some(enforced, Fact.no(reason) if lends.is_yes else Fact.unknown(unknown))


def _tokens_named(gateway: Resource) -> Fact:
    """Whether only some of its issuer's tokens are accepted."""
    given = read(gateway.inputs.get("authorizerConfiguration"), "customJwtAuthorizer")
    if given is UNKNOWN:
        return Fact.unknown("which tokens it accepts is known only after deployment")
    host = chooses_audience(read(given, "discoveryUrl"))
    named = [read(given, each) for each in (*_NARROWS, *(() if host else _AUDIENCES))]
    if given is None or any(each is UNKNOWN or each for each in named):
        return Fact.YES  # AWS rejects one without a configuration
    return Fact.no(
        f"accepts tokens that everyone gets from {host} for every audience"
        if host
        else "accepts every token of its issuer: it names neither audiences, clients, scopes nor claims"
    )
