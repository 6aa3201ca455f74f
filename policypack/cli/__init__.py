"""The command line, `gateway-policy`."""

from .commands import main

__all__ = ["main"]
