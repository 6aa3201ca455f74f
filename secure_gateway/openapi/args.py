"""Args of an own document, and what it becomes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypedDict, get_args

from ..choices import SecurityMeaning
from ..validation.fields import parses, string, strings
from .schemas import check_unchecked


class OperationArgs(TypedDict, total=False):
    """What is decided about one operation otherwise than the document says.

    Its backend is in `integrations`, its throttle in `keys.route_throttles`.
    """

    auth: str
    """Name of an authorizer, or `iam`, in place of what the document requires."""

    scopes: list[str]
    """Scopes of which an access token must hold one, in place of the document's."""

    public: str
    """The reason why anyone may call this operation. Without one, callers must authenticate."""

    api_key: bool
    """Whether the caller needs an API key of a usage plan, in addition to the authorizer."""

    target_from_request: str
    """The reason why callers may choose what the operation's own integration with an AWS service acts on: its action,
    table, bucket, queue or the like. Without one, they may not."""


class OpenApiArgs(TypedDict, total=False):
    """Your own OpenAPI 3.0 or 3.1 document: exactly one of `text`, `file` and `document`."""

    text: str
    """The document's text, JSON or YAML."""

    file: str
    """Path of the document's file, JSON or YAML, seen from the program's working directory."""

    document: Any
    """The document as an object."""

    security_schemes: Mapping[str, str]
    """Which authorizer each of the document's security schemes stands for. A scheme of an authorizer's own name needs
    no entry. Every scheme that an operation requires must be mapped."""

    security_meaning: SecurityMeaning
    """What `security` means where OpenAPI and API Gateway differ. `openapi`: the items of a list are alternatives, and
    all scopes of an item are required; what API Gateway cannot express is rejected. `aws`, as in documents that API
    Gateway exported: all items are required, and a token needs any one of the scopes."""

    function_scopes: list[str]
    """Security schemes that are mapped to a Lambda authorizer of yours and whose scopes its function checks, since API
    Gateway checks scopes of Cognito authorizers only. Defaults to none."""

    permitted_functions: list[str]
    """Lambda functions of the document's own integrations, as they are named there, that permit this API to invoke them
    already: a function of another account, for example. All others get a permission. Defaults to none."""

    unchecked_keywords: list[str]
    """Keywords of schemas that API Gateway cannot check and that the backend checks, such as `unevaluatedProperties`.
    They are left out; without an entry here, they are rejected. Defaults to none."""

    operations: Mapping[str, OperationArgs]
    """What is decided otherwise, by operationId or `METHOD /path`. Defaults to what the document says."""


@parses(OpenApiArgs)
@dataclass(frozen=True, kw_only=True)
class DocumentOptions:
    """How the document is read: the plain options of `OpenApiArgs`."""

    security_meaning: str = string("openapi", choices=get_args(SecurityMeaning))
    function_scopes: tuple[str, ...] = strings()
    permitted_functions: tuple[str, ...] = strings()
    unchecked_keywords: tuple[str, ...] = strings(check=check_unchecked)


@dataclass(frozen=True, kw_only=True)
class Operation:
    """An operation of the document, in the dialect that REST import takes."""

    path: str
    method: str
    """Upper case; ANY for `x-amazon-apigateway-any-method`."""
    operation_id: str | None
    args_path: str
    """Where it is in the document, for messages."""
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
    """The schemas that request bodies refer to, under names that AWS accepts."""
    permitted_functions: frozenset[str]
    """Functions of its own integrations that permit the API to invoke them already."""
    dropped: tuple[str, ...]
    """What had no meaning for a gateway and was left out, with its path."""
