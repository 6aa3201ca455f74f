"""Who may call: Cognito, IAM or a Lambda authorizer, by name."""

from .args import AuthArgs, AuthLayerArgs, AuthSpec
from .component import Auth
from .scheme import fragment

__all__ = ["Auth", "AuthArgs", "AuthLayerArgs", "AuthSpec", "fragment"]
