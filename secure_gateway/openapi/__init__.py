"""The user's own OpenAPI 3.0 or 3.1 document: read strictly, brought into the dialect that REST import takes."""

from .args import OpenApiArgs, Operation, OwnDocument
from .reading import read

__all__ = ["OpenApiArgs", "Operation", "OwnDocument", "read"]
