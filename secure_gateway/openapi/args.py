"""Args of an own document, and what it becomes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypedDict


class OpenApiArgs(TypedDict, total=False):
    """Your own OpenAPI 3.0 or 3.1 document: exactly one of `text`, `file` and `document`."""

    text: str
    """The document's text, JSON or YAML."""

    file: str
    """Path of the document's file, JSON or YAML, seen from the program's working directory."""

    document: Any
    """The document as an object."""

    security_schemes: dict[str, str]
    """Which authorizer each of the document's security schemes stands for. A scheme of an authorizer's own name needs
    no entry. Every scheme that an operation requires must be mapped."""


@dataclass(frozen=True, kw_only=True)
class Operation:
    """An operation of the document, in the dialect that REST import takes."""

    path: str
    method: str
    """Upper case; ANY for `x-amazon-apigateway-any-method`."""
    operation_id: str | None
    place: str
    """Where it stands, for messages."""
    authorizer: str | None
    """None where the document requires nothing: the gateway's default then guards it."""
    scopes: tuple[str, ...]
    api_key: bool
    definition: Mapping[str, Any]
    """The operation without `security` and integration."""
    integration: Mapping[str, Any] | None
    """Its own `x-amazon-apigateway-integration`."""


@dataclass(frozen=True, kw_only=True)
class OwnDocument:
    """The document, converted."""

    info: Mapping[str, Any]
    operations: tuple[Operation, ...]
    components: Mapping[str, Any]
    """The schemas that request bodies refer to, under names that AWS takes."""
    dropped: tuple[str, ...]
    """What had no meaning for a gateway and was left out, with its place."""
