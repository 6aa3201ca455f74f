# ruff: noqa: ARG002, N802 - the methods are the protocol's
"""The service of Pulumi's engine that programs and providers log to."""

from __future__ import annotations  # an older SDK lacks some of the messages that annotations name

import sys
from typing import TYPE_CHECKING

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import engine_pb2
from pulumi.runtime.proto.engine_pb2_grpc import EngineServicer

if TYPE_CHECKING:
    from .monitor import PreviewMonitor


class EngineLog(EngineServicer):
    """Shows what a program logs, and stores the errors: a program that logs one has failed, whatever its exit code."""

    def __init__(self, monitor: PreviewMonitor) -> None:
        self.errors: list[str] = []
        self._monitor = monitor
        self._root = ""

    def Log(self, request: engine_pb2.LogRequest, context: grpc.ServicerContext) -> empty_pb2.Empty:
        """Show a message on standard error; errors are shown at the end. Debug messages are dropped."""
        if request.severity == engine_pb2.ERROR:
            self.errors.append(request.message.rstrip())
        elif request.severity == engine_pb2.WARNING:
            sys.stderr.write(f"warning: {request.message.rstrip()}\n")
        elif request.severity == engine_pb2.INFO and not request.ephemeral:
            sys.stderr.write(f"{request.message.rstrip()}\n")
        return empty_pb2.Empty()

    def GetRootResource(
        self, request: engine_pb2.GetRootResourceRequest, context: grpc.ServicerContext
    ) -> engine_pb2.GetRootResourceResponse:
        """The stack, which is the parent of every resource that names none."""
        return engine_pb2.GetRootResourceResponse(urn=self._root or self._monitor.root())

    def SetRootResource(
        self, request: engine_pb2.SetRootResourceRequest, context: grpc.ServicerContext
    ) -> engine_pb2.SetRootResourceResponse:
        """Store the stack; older SDKs name it themselves."""
        self._root = request.urn
        return engine_pb2.SetRootResourceResponse()

    def RequirePulumiVersion(
        self, request: engine_pb2.RequirePulumiVersionRequest, context: grpc.ServicerContext
    ) -> engine_pb2.RequirePulumiVersionResponse:
        """Accept every version that a program requires: there is no CLI here."""
        return engine_pb2.RequirePulumiVersionResponse()
