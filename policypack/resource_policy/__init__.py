"""Reads resource policies and decides who can call from where, kind of caller by kind of caller."""

from .access import Access, Call, shapes
from .document import Document, PolicyError, parse
from .requests import Place

__all__ = ["Access", "Call", "Document", "Place", "PolicyError", "parse", "shapes"]
