"""A secure Amazon API Gateway from one typed args class: six layers, each on unless waived with a reason."""

from .args import SecureGatewayArgs
from .gateway import SecureGateway
from .problems import ArgsError

__all__ = ["ArgsError", "SecureGateway", "SecureGatewayArgs"]
