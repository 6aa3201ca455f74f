"""Observability: requests and errors are logged, traced and measured, and alarms notify someone."""

from .layer import OBSERVABILITY

# The order of these imports is the order in which the policies are listed.
# isort: off
from . import access_logs
from . import log_groups
from . import stages
from . import alarms

__all__ = ["OBSERVABILITY", "access_logs", "alarms", "log_groups", "stages"]
