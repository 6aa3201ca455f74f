"""Parses resource policies and evaluates which kinds of callers they let in."""

from .access import Access, Method, resource_paths
from .document import Document, PolicyError, parse
from .requests import MethodResource

__all__ = ["Access", "Document", "Method", "MethodResource", "PolicyError", "parse", "resource_paths"]
