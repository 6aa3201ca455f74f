"""WAF: malicious requests are blocked before they reach a stage."""

from .layer import WAF

# The order of these imports is the order in which the policies are listed.
# isort: off
from . import associations
from . import rules
from . import managed_rules
from . import rate_limits
from . import logs

__all__ = ["WAF", "associations", "logs", "managed_rules", "rate_limits", "rules"]
