"""The user's own OpenAPI 3.0 or 3.1 document: read strictly, brought into the dialect that REST import takes."""

from .args import OpenApiArgs, Operation, OwnDocument
from .functions import InvokedFunction, invoked_by
from .reading import read
from .security import ScopeCheck

__all__ = ["InvokedFunction", "OpenApiArgs", "Operation", "OwnDocument", "ScopeCheck", "invoked_by", "read"]
