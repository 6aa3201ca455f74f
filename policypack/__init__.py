"""Policies for Amazon API Gateway in six layers, for every stack, however its APIs are declared."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .engine.composition import gateway_policies

__all__ = ["gateway_policies"]


def __getattr__(name: str) -> Any:
    """Import `gateway_policies` when it is used: the commands and the analyzer do without Pulumi's policy SDK."""
    if name != "gateway_policies":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from .engine.composition import gateway_policies

    return gateway_policies
