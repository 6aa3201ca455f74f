"""A secure Amazon API Gateway from one typed args class: six layers, each on unless waived with a reason."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .args import SecureGatewayArgs
    from .gateway import SecureGateway
    from .validation.problems import ArgsError

__all__ = ["ArgsError", "SecureGateway", "SecureGatewayArgs"]

_HOMES = {"ArgsError": ".validation.problems", "SecureGateway": ".gateway", "SecureGatewayArgs": ".args"}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for: inside Lambda this package is here without Pulumi."""
    if name not in _HOMES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(_HOMES[name], __name__), name)
