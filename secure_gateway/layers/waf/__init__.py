"""WAF: which requests may reach the stage at all."""

from .args import RateLimitArgs, RateLimitSpec, WafArgs, WafLayerArgs, WafSpec
from .component import Waf

__all__ = [
    "RateLimitArgs",
    "RateLimitSpec",
    "Waf",
    "WafArgs",
    "WafLayerArgs",
    "WafSpec",
]
