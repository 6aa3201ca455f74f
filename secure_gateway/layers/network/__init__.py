"""From where an API may be called: its resource policy, and interface VPC endpoints for private APIs."""

from .args import NetworkArgs, NetworkLayerArgs, NetworkSpec
from .component import Network
from .policy import check_size, fragment, policy

__all__ = ["Network", "NetworkArgs", "NetworkLayerArgs", "NetworkSpec", "check_size", "fragment", "policy"]
