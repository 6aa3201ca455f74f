"""Observability: what is recorded about each request, and who is notified when something is wrong."""

from .access_log import access_log_format
from .args import AlarmsArgs, ObservabilityArgs, ObservabilityLayerArgs
from .component import Observability, ObservedStage
from .spec import AlarmsSpec, ObservabilitySpec

__all__ = [
    "AlarmsArgs",
    "AlarmsSpec",
    "Observability",
    "ObservabilityArgs",
    "ObservabilityLayerArgs",
    "ObservabilitySpec",
    "ObservedStage",
    "access_log_format",
]
