"""Placeholder until the reader of own documents lands."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, TypedDict

from .reader import Reader


class OpenApiArgs(TypedDict, total=False):
    text: str


@dataclass(frozen=True, kw_only=True)
class Operation:
    path: str
    method: str
    operation_id: str | None
    place: str
    authorizer: str | None
    scopes: tuple[str, ...]
    api_key: bool
    definition: Mapping[str, Any]
    integration: Mapping[str, Any] | None


@dataclass(frozen=True, kw_only=True)
class OwnDocument:
    info: Mapping[str, Any]
    operations: tuple[Operation, ...]
    path_items: Mapping[str, Mapping[str, Any]]
    components: Mapping[str, Any]
    dropped: tuple[str, ...]


def read(reader: Reader, authorizers: Collection[str]) -> OwnDocument | None:
    return None
