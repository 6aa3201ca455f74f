"""Runs the providers of packages of components, which construct their components against the monitor.

A provider is a process, started when a program registers the first component of its package. What cannot be run is
stored with its reason, and its components stay without children.
"""

from __future__ import annotations  # an older SDK lacks some of the messages that annotations name

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import grpc
from google.protobuf.message import Message
from pulumi.runtime.proto import errors_pb2, provider_pb2, provider_pb2_grpc, resource_pb2, status_pb2

from . import wire
from .packages import Command, NotRunError, command
from .plugin import Plugin
from .structs import to_struct
from .transforms import Goal

if TYPE_CHECKING:
    from .job import Job

PARALLEL: Final = 16
DETAILS: Final = "grpc-status-details-bin"
"""The key of the metadata with which a provider names the properties that it rejects."""
Sent = TypeVar("Sent", bound=Message)


class Provider(Plugin):
    """A running provider of components."""

    def __init__(self, started: Command, address: str, directory: str) -> None:
        """Start the process. Raises NotRunError if it ends before it can be asked."""
        super().__init__("its provider", started, address, directory)
        self.stub: Any = provider_pb2_grpc.ResourceProviderStub(self.channel)
        self.accepts_output_values: bool = False

    def configure(self, settings: dict[str, str]) -> None:
        """Give the provider its configuration. Raises NotRunError if it rejects that."""
        request = provider_pb2.ConfigureRequest(args=to_struct(settings), acceptSecrets=True, acceptResources=True)
        try:
            self.accepts_output_values = self.stub.Configure(request).acceptOutputs
        except grpc.RpcError as error:
            if error.code() != grpc.StatusCode.UNIMPLEMENTED:
                raise NotRunError(f"its provider rejects its configuration: {error.details()}") from error


class Providers:
    """The providers of the packages whose components a program registers."""

    def __init__(self, job: Job, folder: Callable[[], Path]) -> None:
        self.reasons: dict[str, str] = {}
        """Why the provider of a package cannot be run, by its name."""
        self.address = ""
        """Where the monitor and the engine's log are served."""
        self._job = job
        self._folder = folder
        self._running: dict[str, Provider] = {}
        self._lock = threading.Lock()

    def of_package(self, name: str, version: str) -> Provider | None:
        """The provider of a package, which is started if it does not run yet; None if it cannot be run."""
        with self._lock:
            if name in self.reasons:
                return None
            if name not in self._running:
                try:
                    started = command(name, version, self._job.packages, self._folder())
                    provider = Provider(started, self.address, self._job.directory)
                    self._running[name] = provider
                    provider.configure(self._settings(name))
                except NotRunError as error:
                    self.reasons[name] = str(error)
                    return None
            return self._running[name]

    def schema(self, provider: Provider) -> bytes:
        """The schema of a provider's package, as JSON. Raises grpc.RpcError if it has none."""
        return provider.stub.GetSchema(provider_pb2.GetSchemaRequest()).schema.encode()

    def construct(
        self, provider: Provider, request: resource_pb2.RegisterResourceRequest, goal: Goal
    ) -> provider_pb2.ConstructResponse:
        """Let a provider construct a component, whose resources it registers. Raises grpc.RpcError if it rejects it."""
        properties = goal.properties if provider.accepts_output_values else wire.downgrade(goal.properties)
        edges = {
            key: provider_pb2.ConstructRequest.PropertyDependencies(urns=sorted(urns))
            for key, urns in goal.property_dependencies.items()
        }
        return provider.stub.Construct(
            _message(
                provider_pb2.ConstructRequest,
                **self._stack(),
                type=request.type,
                name=request.name,
                parent=request.parent,
                inputs=to_struct(properties),
                inputDependencies=edges,
                dependencies=sorted(goal.dependencies),
                providers=request.providers,
                aliases=request.aliases,  # pyright: ignore[reportUnknownArgumentType, reportUnknownMemberType]
                protect=request.protect,
                ignoreChanges=goal.ignore_changes,
            )
        )

    def call(self, provider: Provider, request: resource_pb2.ResourceCallRequest) -> provider_pb2.CallResponse:
        """Call a method of a component. Raises grpc.RpcError if it fails."""
        edges = {
            key: provider_pb2.CallRequest.ArgumentDependencies(urns=each.urns)
            for key, each in request.argDependencies.items()
        }
        return provider.stub.Call(
            _message(
                provider_pb2.CallRequest, **self._stack(), tok=request.tok, args=request.args, argDependencies=edges
            )
        )

    def stop(self) -> None:
        """End all processes."""
        for each in self._running.values():
            each.stop()

    def _settings(self, name: str) -> dict[str, str]:
        prefix = f"{name}:"
        return {key.removeprefix(prefix): value for key, value in self._job.config.items() if key.startswith(prefix)}

    def _stack(self) -> dict[str, Any]:
        return {
            "project": self._job.project,
            "stack": self._job.stack,
            "organization": self._job.organization,
            "config": dict(self._job.config),
            "configSecretKeys": list(self._job.secret_keys),
            "dryRun": True,
            "parallel": PARALLEL,
            "monitorEndpoint": self.address,
            "accepts_output_values": True,
        }


def reason(error: grpc.RpcError) -> str:
    """Why a provider rejects a component, with the properties that it names."""
    given: Any = error.trailing_metadata() or ()
    metadata: dict[str, bytes] = dict(given)
    found = errors_pb2.InputPropertiesError()
    status: Any = status_pb2.Status.FromString(metadata.get(DETAILS, b""))
    for packed in status.details:
        packed.Unpack(found)
    named = [f"  {each.property_path}: {each.reason}" for each in found.errors]
    return "\n".join([str(error.details()), *named])


def _message(kind: type[Sent], **fields: Any) -> Sent:
    """A message without the fields that an older SDK lacks."""
    known = kind.DESCRIPTOR.fields_by_name
    return kind(**{name: value for name, value in fields.items() if name in known})
