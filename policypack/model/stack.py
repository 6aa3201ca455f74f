"""Everything that is evaluated together."""

from dataclasses import dataclass
from datetime import date

from .auth import UserPool
from .fact import Fact
from .gateway import Gateway
from .keys import ApiKey, UsagePlan
from .network import FunctionUrl, Permission, VpcEndpoint
from .observability import Alarm
from .tls import Domain
from .verdict import Subject


@dataclass(frozen=True, kw_only=True, slots=True)
class IgnoredChanges(Subject):
    """A resource whose program tells Pulumi to ignore some changes."""

    ignored: tuple[str, ...]
    """Those of its ignored properties that policies evaluate."""


@dataclass(frozen=True, kw_only=True, slots=True)
class WaiverUse(Subject):
    """A waiver of the configuration."""

    used: Fact
    """Whether it waived something."""
    owner: str
    until: date | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Stack:
    """All that is evaluated together."""

    gateways: tuple[Gateway, ...]
    domains: tuple[Domain, ...]
    """All custom domains, wherever they lead."""
    permissions: tuple[Permission, ...] = ()
    function_urls: tuple[FunctionUrl, ...] = ()
    vpc_endpoints: tuple[VpcEndpoint, ...] = ()
    api_keys: tuple[ApiKey, ...]
    usage_plans: tuple[UsagePlan, ...]
    user_pools: tuple[UserPool, ...]
    """Those that an authorizer trusts."""
    alarms: tuple[Alarm, ...]
    """On API Gateway and AWS WAF."""
    classic_acls: tuple[Subject, ...]
    """What there is of WAF Classic."""
    followed: tuple[IgnoredChanges, ...] = ()
    waivers: tuple[WaiverUse, ...] = ()
    """Those that may concern the evaluated stacks."""
    today: date = date.max
    """The day of the evaluation."""
