"""WAF: which requests may reach the stage at all."""

from .args import WafArgs, WafLayerArgs
from .component import Waf
from .spec import WafSpec

__all__ = ["Waf", "WafArgs", "WafLayerArgs", "WafSpec"]
