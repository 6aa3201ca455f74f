"""Args of an own document, and what it becomes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypedDict


class OperationArgs(TypedDict, total=False):
    """What is decided about one operation otherwise than the document says.

    Its backend stands in `integrations`, its throttle in `keys.route_throttles`.
    """

    auth: str
    """Name of an authorizer, or `iam`, in place of what the document requires."""

    scopes: list[str]
    """Scopes of which an access token must hold one, in place of the document's."""

    public: str
    """The reason why anybody may call this operation. Without one, every operation is authenticated."""

    api_key: bool
    """Whether the caller needs an API key of a usage plan, beside the authorizer."""


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

    operations: dict[str, OperationArgs]
    """What is decided otherwise, by operationId or `METHOD /path`. Defaults to what the document says."""


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
    public: str = ""
    """The reason why anybody may call it; only an override gives one."""
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
