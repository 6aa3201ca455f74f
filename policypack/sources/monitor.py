# ruff: noqa: ARG002, N802 - the methods are the protocol's
"""A resource monitor: the part of Pulumi's engine that a program talks to, at the first preview of a stack.

The SDK's own stand-in for tests (`MockMonitor`) runs no transforms, keeps no dependencies, shortens URNs and has no
`Call`, so this implements the protocol itself, and the program reaches it as it reaches the engine. Its SDK is
whichever its environment holds: what a version may lack is asked for before it is used.
"""

from __future__ import annotations  # an older SDK lacks some of the messages that annotations name

import threading
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import unquote, urlparse

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import callback_pb2, provider_pb2, resource_pb2, source_pb2
from pulumi.runtime.proto.resource_pb2_grpc import ResourceMonitorServicer, add_ResourceMonitorServicer_to_server

from ..graph.values import UNKNOWN, UNKNOWNS, decode
from . import wire
from .invokes import Invokes
from .structs import to_plain, to_struct
from .transforms import (
    Callbacks,
    Goal,
    callbacks_of,
    transform_invoke,
    transform_resource,
)

WORKERS: Final = 32
"""As many calls at once as the SDK makes."""
STACK: Final = "pulumi:pulumi:Stack"
STACK_REFERENCE: Final = "pulumi:pulumi:StackReference"
GET_RESOURCE: Final = "pulumi:pulumi:getResource"
FEATURES: Final = frozenset(
    {
        "SECRETS",
        "RESOURCE_REFERENCES",
        "ALIAS_SPECS",
        "REPLACEMENT_TRIGGER",
        "DELETED_WITH",
        "REPLACE_WITH",
        "TRANSFORMS",
        "INVOKE_TRANSFORMS",
        "PARAMETERIZATION",
        "RESOURCE_HOOKS",
        "ERROR_HOOKS",
        "STATE_MIGRATIONS",
    }
)
"""What is offered to the SDK. Left out: output values (they add nothing that is read here), and the engine's own
wait for what an invoke depends on, so that the SDK does that."""


@dataclass
class Registered:
    """A resource as the program registered it, after transforms; values as they travel."""

    urn: str
    type: str
    name: str
    parent: str
    custom: bool
    remote: bool
    goal: Goal
    outputs: dict[str, Any]
    frames: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])
    """File and line of each call that led here, the nearest first."""


class PreviewMonitor(ResourceMonitorServicer):
    """Answers a program as the engine would at the first preview, and keeps what it registers."""

    def __init__(self, project: str, stack: str, invokes: Invokes) -> None:
        self.project = project
        self.stack = stack
        self.invokes = invokes
        self.registered: dict[str, Registered] = {}
        self._seen: set[str] = set()
        self._transforms: dict[str, list[callback_pb2.Callback]] = {}
        self._stack_transforms: list[callback_pb2.Callback] = []
        self._invoke_transforms: list[callback_pb2.Callback] = []
        self._callbacks = Callbacks()
        self._lock = threading.Lock()

    def urn(self, parent: str, type_: str, name: str) -> str:
        """The engine's name of a resource: the types of its parents, of which the stack is not one, lead its own."""
        parents = parent.split("::")[2] if parent else STACK
        qualified = type_ if parents == STACK else f"{parents}${type_}"
        return f"urn:pulumi:{self.stack}::{self.project}::{qualified}::{name}"

    def GetDeploymentInfo(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> resource_pb2.DeploymentInfo:
        """What the SDK may use, of what its version knows."""
        features = resource_pb2.ResourceMonitorFeature
        known = {name.removeprefix("RESOURCE_MONITOR_FEATURE_"): value for name, value in features.items()}
        return resource_pb2.DeploymentInfo(
            project=self.project,
            stack=self.stack,
            dryRun=True,
            supportedFeatures=[value for name, value in known.items() if name in FEATURES],
        )

    def SupportsFeature(
        self, request: resource_pb2.SupportsFeatureRequest, context: grpc.ServicerContext
    ) -> resource_pb2.SupportsFeatureResponse:
        """The same, one by one, as SDKs of other languages ask."""
        name = "".join(f"_{letter}" if letter.isupper() else letter.upper() for letter in request.id)
        return resource_pb2.SupportsFeatureResponse(hasSupport=name in FEATURES)

    def RegisterResource(
        self, request: resource_pb2.RegisterResourceRequest, context: grpc.ServicerContext
    ) -> resource_pb2.RegisterResourceResponse:
        """Run the transforms, keep the resource, and echo its inputs; ids and what is not set are unknown.

        A local component is echoed nothing, since its outputs come later; a remote one would have been built by
        its package, which is not run, so nothing of it is known.
        """
        urn = self._claim(self.urn(request.parent, request.type, request.name), context)
        with _errors_of_the_program(context):
            goal = transform_resource(request, self._transforms_of(request), self._callbacks)
        self._transforms[urn] = callbacks_of(request)
        outputs = dict(goal.properties) if request.custom else {}
        self.registered[urn] = Registered(
            urn=urn,
            type=request.type,
            name=request.name,
            parent=request.parent,
            custom=request.custom,
            remote=request.remote,
            goal=goal,
            outputs=outputs,
            frames=_frames(request),
        )
        return resource_pb2.RegisterResourceResponse(urn=urn, id=goal.import_id, object=to_struct(outputs))

    def RegisterResourceOutputs(
        self, request: resource_pb2.RegisterResourceOutputsRequest, context: grpc.ServicerContext
    ) -> empty_pb2.Empty:
        """Keep the outputs of a component, or of the stack."""
        if request.urn in self.registered:  # a resource that was only looked up is not ours
            self.registered[request.urn].outputs.update(to_plain(request.outputs))
        return empty_pb2.Empty()

    def ReadResource(
        self, request: resource_pb2.ReadResourceRequest, context: grpc.ServicerContext
    ) -> resource_pb2.ReadResourceResponse:
        """Fact for a resource that exists already: its id is known, and nothing else that the program does not say.

        The program does not declare it, so, as in the engine, it is no subject of policies and is not kept.
        """
        urn = self._claim(self.urn(request.parent, request.type, request.name), context)
        state = to_plain(request.properties)
        if request.type == STACK_REFERENCE:
            outputs = self.invokes.find(STACK_REFERENCE, {"name": request.id})
            state |= {} if outputs is None else {"outputs": outputs, "secretOutputNames": []}
        response = resource_pb2.ReadResourceResponse(urn=urn, properties=to_struct(state))
        if hasattr(response, "id"):  # older SDKs keep the id they asked with
            response.id = "" if request.id in UNKNOWNS else request.id
        return response

    def ExistsResource(
        self, request: resource_pb2.ExistsResourceRequest, context: grpc.ServicerContext
    ) -> resource_pb2.ExistsResourceResponse:
        """Nothing that this run could look at exists."""
        return resource_pb2.ExistsResourceResponse(exists=False)

    def Invoke(
        self, request: resource_pb2.ResourceInvokeRequest, context: grpc.ServicerContext
    ) -> resource_pb2.ResourceInvokeResponse:
        """Fact a provider function; where there is no answer it is noted, and its result unknown.

        The SDK asks even where an argument is unknown, if it lies deep enough inside a list.
        """
        if request.tok == GET_RESOURCE:
            return _result(self._state(to_plain(request.args)["urn"]))
        with _errors_of_the_program(context):
            args, provider = transform_invoke(request, self._invoke_transforms, self._callbacks)
        answer = None
        if not wire.has_unknown(args):
            answer = self.invokes.answer(request.tok, decode(args), self._region_of(provider))
        if answer is not None:
            return _result(answer)
        response = _invoke_response()
        if not hasattr(response, "unknown"):
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, f"the result of {request.tok} is not known yet")
        response.unknown = True
        return response

    def Call(
        self, request: resource_pb2.ResourceCallRequest, context: grpc.ServicerContext
    ) -> provider_pb2.CallResponse:
        """Fact a method of a remote component: unknown, since its package is not run."""
        response = provider_pb2.CallResponse()
        getattr(response, "return").CopyFrom(to_struct({"result": wire.UNKNOWN}))
        return response

    def RegisterStackTransform(self, request: callback_pb2.Callback, context: grpc.ServicerContext) -> empty_pb2.Empty:
        """Run this on every resource from now on."""
        self._stack_transforms.append(request)
        return empty_pb2.Empty()

    def RegisterStackInvokeTransform(
        self, request: callback_pb2.Callback, context: grpc.ServicerContext
    ) -> empty_pb2.Empty:
        """Run this on every provider function from now on."""
        self._invoke_transforms.append(request)
        return empty_pb2.Empty()

    def RegisterResourceHook(
        self, request: resource_pb2.RegisterResourceHookRequest, context: grpc.ServicerContext
    ) -> empty_pb2.Empty:
        """Hooks act on what is deployed; nothing is deployed here."""
        return empty_pb2.Empty()

    def RegisterErrorHook(
        self, request: resource_pb2.RegisterErrorHookRequest, context: grpc.ServicerContext
    ) -> empty_pb2.Empty:
        """Hooks act on what is deployed; nothing is deployed here."""
        return empty_pb2.Empty()

    def RegisterPackage(
        self, request: resource_pb2.RegisterPackageRequest, context: grpc.ServicerContext
    ) -> resource_pb2.RegisterPackageResponse:
        """Take note of a package; providers are not run."""
        return resource_pb2.RegisterPackageResponse(ref=f"{request.name}@{request.version}")

    def SignalAndWaitForShutdown(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> empty_pb2.Empty:
        """There is nothing to wait for."""
        return empty_pb2.Empty()

    def _claim(self, urn: str, context: grpc.ServicerContext) -> str:
        with self._lock:
            taken = urn in self._seen
            self._seen.add(urn)
        if taken:
            message = f"duplicate resource URN {urn}; give each resource of a type its own name"
            context.abort(grpc.StatusCode.ALREADY_EXISTS, message)
        return urn

    def _transforms_of(self, request: resource_pb2.RegisterResourceRequest) -> list[callback_pb2.Callback]:
        transforms = callbacks_of(request)
        parent = request.parent
        while parent:
            transforms += self._transforms.get(parent, [])
            parent = self.registered[parent].parent if parent in self.registered else ""
        return transforms + self._stack_transforms

    def _region_of(self, provider: str) -> str | None:
        """The region of an explicit provider, by reference (`urn::id`): empty if it has none, None if not known."""
        found = self.registered.get(provider.rpartition("::")[0])
        region: Any = decode(found.goal.properties.get("region", "")) if found else ""
        return None if region is UNKNOWN else str(region)

    def _state(self, urn: str) -> dict[str, Any]:
        found = self.registered[urn]
        return {"urn": urn, "id": found.goal.import_id, "state": found.outputs}


def serve(monitor: PreviewMonitor) -> tuple[grpc.Server, str]:
    """Serve a monitor on loopback, for as long as the server is kept; with its address."""
    options = (("grpc.max_receive_message_length", -1),)  # an API's document may be large
    server = grpc.server(ThreadPoolExecutor(WORKERS), options=options)
    add_ResourceMonitorServicer_to_server(monitor, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    return server, f"127.0.0.1:{port}"


@contextmanager
def _errors_of_the_program(context: grpc.ServicerContext) -> Generator[None]:
    """Tell the program of an error in a callback of its own as the engine does."""
    try:
        yield
    except grpc.RpcError as error:
        context.abort(grpc.StatusCode.UNKNOWN, str(getattr(error, "details", str)()))


def _result(answer: Any) -> resource_pb2.ResourceInvokeResponse:
    response = _invoke_response()
    getattr(response, "return").CopyFrom(to_struct(answer))
    return response


def _invoke_response() -> resource_pb2.ResourceInvokeResponse:
    """An empty answer; in older SDKs it is the message that providers use."""
    message: Any = getattr(resource_pb2, "ResourceInvokeResponse", None) or provider_pb2.InvokeResponse
    return message()


def _frames(request: resource_pb2.RegisterResourceRequest) -> list[tuple[str, int]]:
    # The generated stubs name the messages of other files by modules that are not there.
    trace: source_pb2.StackTrace | None = getattr(request, "stackTrace", None)
    frames: list[source_pb2.StackFrame] = list(trace.frames) if trace else []  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
    positions: list[source_pb2.SourcePosition] = [frame.pc for frame in frames]
    return [(unquote(urlparse(each.uri).path), each.line) for each in positions if each.uri]
