"""Where a program registers a resource, as its SDK sends it."""

from __future__ import annotations  # an older SDK lacks some of the messages that annotations name

from urllib.parse import unquote, urlparse

from pulumi.runtime.proto import resource_pb2, source_pb2


def frames_of(request: resource_pb2.RegisterResourceRequest) -> list[tuple[str, int]]:
    """File and line of each call that led to a registration, innermost first."""
    # The generated stubs name the messages of other files by modules that are not there.
    trace: source_pb2.StackTrace | None = getattr(request, "stackTrace", None)
    frames: list[source_pb2.StackFrame] = list(trace.frames) if trace else []  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
    positions: list[source_pb2.SourcePosition] = [frame.pc for frame in frames]
    # Older SDKs send the line of the registration alone.
    positions = positions or [request.sourcePosition]  # pyright: ignore[reportUnknownMemberType]
    return [(unquote(urlparse(each.uri).path), each.line) for each in positions if each.uri]
