"""From where: the resource policy of the API, and private APIs behind interface VPC endpoints."""

from .args import NetworkArgs, NetworkLayerArgs, NetworkSpec
from .component import Network
from .policy import check_size, fragment, policy

__all__ = ["Network", "NetworkArgs", "NetworkLayerArgs", "NetworkSpec", "check_size", "fragment", "policy"]
