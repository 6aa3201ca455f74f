"""Observability: what is recorded of each request, and who is told when something is wrong."""

from .args import AlarmsArgs, AlarmsSpec, ObservabilityArgs, ObservabilityLayerArgs, ObservabilitySpec
from .component import Observability
from .logs import access_log_format

__all__ = [
    "AlarmsArgs",
    "AlarmsSpec",
    "Observability",
    "ObservabilityArgs",
    "ObservabilityLayerArgs",
    "ObservabilitySpec",
    "access_log_format",
]
