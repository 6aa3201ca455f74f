"""The resources that are evaluated together."""

from dataclasses import dataclass
from datetime import date

from .auth import CallerRole, UserPool
from .fact import Fact
from .gateway import Gateway
from .keys import ApiKey, UsagePlan
from .network import AgentGateway, EventSource, FunctionUrl, Permission, VpcEndpoint
from .observability import Alarm, AlarmTopic
from .tls import Domain
from .verdict import Subject


@dataclass(frozen=True, kw_only=True, slots=True)
class IgnoredChanges(Subject):
    """A resource with the option `ignore_changes`."""

    properties: tuple[str, ...]
    """Those of the ignored properties that policies evaluate."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NotRead(Subject):
    """Something that may change how a gateway is protected, but that the pack cannot read."""

    layers: frozenset[str]
    """The layers that it may change."""
    reason: str
    """What cannot be read, as a clause about the subject."""
    gateway: str = ""
    """The URN of the gateway; empty if that is unknown."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Verified(Subject):
    """A resource, or a part of one, of a deployed stack, and whether AWS holds what the state contains."""

    layer: str
    """The layer, or the group `api`, that it belongs to."""
    same: Fact
    """Unknown if AWS could not be asked, or if the state has an encrypted secret."""


@dataclass(frozen=True, kw_only=True, slots=True)
class WaiverUse(Subject):
    """A waiver of the configuration, and whether it was needed."""

    used: Fact
    """Whether it waived something."""
    owner: str
    """Empty if none is given."""
    until: date | None
    """The last day on which it applies; None if it has no end."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Stack:
    """All resources that are evaluated together."""

    gateways: tuple[Gateway, ...]
    domains: tuple[Domain, ...]
    """All custom domains, whichever API they lead to."""
    permissions: tuple[Permission, ...] = ()
    function_urls: tuple[FunctionUrl, ...] = ()
    event_sources: tuple[EventSource, ...] = ()
    """Those whose events invoke what is behind a gateway."""
    vpc_endpoints: tuple[VpcEndpoint, ...] = ()
    agent_gateways: tuple[AgentGateway, ...] = ()
    """Those whose targets are evaluated APIs or functions behind them."""
    caller_roles: tuple[CallerRole, ...] = ()
    """Those that may call a route with IAM authorization, unless only named principals get their credentials."""
    api_keys: tuple[ApiKey, ...]
    usage_plans: tuple[UsagePlan, ...]
    user_pools: tuple[UserPool, ...]
    """Those that an authorizer trusts."""
    alarms: tuple[Alarm, ...]
    """Those on metrics of API Gateway and AWS WAF."""
    alarm_topics: tuple[AlarmTopic, ...] = ()
    """Those that alarms publish to and that have no subscription."""
    classic_acls: tuple[Subject, ...]
    """Web ACLs of WAF Classic and their associations."""
    not_read: tuple[NotRead, ...] = ()
    """What may change how the gateways are protected, but cannot be read."""
    ignored_changes: tuple[IgnoredChanges, ...] = ()
    verified: tuple[Verified, ...] = ()
    """What was compared with AWS; nothing unless the command `verify` does so."""
    waivers: tuple[WaiverUse, ...] = ()
    """Those that may concern the evaluated stacks."""
    today: date = date.max
    """The day of the evaluation."""
