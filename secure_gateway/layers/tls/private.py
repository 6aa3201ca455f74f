"""What the domains of a private API need of the layer that knows its VPC endpoints."""

from collections.abc import Callable
from dataclasses import dataclass

import pulumi


@dataclass(frozen=True, kw_only=True)
class PrivateAccess:
    """Through what callers reach private domains, and which callers may."""

    policy: pulumi.Input[str]
    """The resource policy of the domains, as JSON. Without one, a private domain denies everybody."""
    target: pulumi.Output[str]
    """The DNS name of the first VPC endpoint, to which the records of the domains lead."""
    target_zone_id: pulumi.Output[str]
    """Id of the hosted zone of `target`."""
    associate: Callable[[str, pulumi.Input[str]], object]
    """Gives the VPC endpoints access to the domain of a name and an ARN."""
    creates_endpoint: bool
    """Whether the VPC endpoint is created here, so that nobody else gives it access to shared domains."""
