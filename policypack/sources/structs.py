"""Converts properties from and to protobuf messages."""

from typing import Any

from google.protobuf import json_format, struct_pb2

from .wire import Properties


def to_plain(struct: struct_pb2.Struct) -> dict[str, Any]:
    """The properties in a message, as plain values."""
    return json_format.MessageToDict(struct)


def to_struct(properties: Properties) -> struct_pb2.Struct:
    """The message that contains properties."""
    return json_format.ParseDict(dict(properties), struct_pb2.Struct())
