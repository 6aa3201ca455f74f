"""Network: an API is called only from where it is meant to be, and calls only the backends that it is meant to."""

from .layer import NETWORK

# The order of these imports is the order in which the policies are listed.
# isort: off
from . import resource_policies
from . import endpoints
from . import backends

__all__ = ["NETWORK", "backends", "endpoints", "resource_policies"]
