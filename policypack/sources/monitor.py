# ruff: noqa: ARG002, N802 - the methods are the protocol's
"""A resource monitor: the part of Pulumi's engine that a program calls, as at the first preview of a stack.

The monitor that the SDK has for tests (`MockMonitor`) runs no transforms, drops dependencies, shortens URNs and has no
`Call`. So this module implements the protocol itself, and the program connects to it as it connects to the engine.
The program may use any version of the SDK, so messages that older versions lack are checked for first.
"""

from __future__ import annotations  # an older SDK lacks some of the messages that annotations name

import threading
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeAlias

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import callback_pb2, provider_pb2, resource_pb2
from pulumi.runtime.proto.engine_pb2_grpc import add_EngineServicer_to_server
from pulumi.runtime.proto.resource_pb2_grpc import ResourceMonitorServicer, add_ResourceMonitorServicer_to_server

from ..graph.values import UNKNOWN, UNKNOWNS, decode
from . import wire
from .components import Providers, reason
from .engine import EngineLog
from .frames import frames_of
from .invokes import Invokes
from .structs import to_plain, to_struct
from .transforms import (
    Callbacks,
    Goal,
    callbacks_of,
    transform_invoke,
    transform_resource,
)

WORKERS: Final = 1000
"""How many calls are under way at most. One waits while its component is constructed or its transforms run, which make
further calls; a thread is started only if all others are busy."""
_UNLIMITED: Final = 2**31 - 1
STACK: Final = "pulumi:pulumi:Stack"
STACK_REFERENCE: Final = "pulumi:pulumi:StackReference"
GET_RESOURCE: Final = "pulumi:pulumi:getResource"
FEATURES: Final = frozenset(
    {
        "SECRETS",
        "RESOURCE_REFERENCES",
        "OUTPUT_VALUES",
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
"""The features that the SDK may use.

Waiting for the dependencies of an invoke is left out, so that the SDK waits for them itself.
"""


_OPTIONS: Final = (
    ("grpc.max_receive_message_length", -1),  # an OpenAPI document may be large
    # A program may register thousands of resources at once. By default, gRPC cancels calls beyond a thousand that wait,
    # and calls that have waited for 30 seconds. SDKs take that for the end of the engine, and end without an error.
    ("grpc.server.max_pending_requests", _UNLIMITED),
    ("grpc.server.max_pending_requests_hard_limit", _UNLIMITED),
    ("grpc.server_max_unrequested_time_in_server", _UNLIMITED),
)


@dataclass
class Registered:
    """A resource as the program registered it, after transforms, with values in wire format."""

    urn: str
    type: str
    name: str
    parent: str
    custom: bool
    remote: bool
    goal: Goal
    outputs: dict[str, Any]
    frames: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])
    """File and line of each call on the stack, innermost first."""


@dataclass(frozen=True, kw_only=True)
class Requested:
    """What the program alone knows of a component that a provider constructs."""

    transforms: list[callback_pb2.Callback]
    frames: list[tuple[str, int]]


Locate: TypeAlias = Callable[[resource_pb2.RegisterResourceRequest], list[tuple[str, int]]]
"""Determines file and line of each call that led to a registration, innermost first."""


class PreviewMonitor(ResourceMonitorServicer):
    """Responds to a program as the engine would at the first preview, and stores what it registers."""

    def __init__(
        self,
        project: str,
        stack: str,
        invokes: Invokes,
        providers: Providers | None = None,
        *,
        locate: Locate | None = None,
    ) -> None:
        self.project = project
        self.stack = stack
        self.invokes = invokes
        self.registered: dict[str, Registered] = {}
        self._providers = providers
        self._locate: Locate = locate or frames_of
        self.seen: set[str] = set()
        """The URNs of what the program registers or reads."""
        self.ended = False
        """Whether the program has registered the outputs of the stack, which SDKs do at its end."""
        self._requested: dict[str, Requested] = {}
        self._transforms: dict[str, list[callback_pb2.Callback]] = {}
        self._stack_transforms: list[callback_pb2.Callback] = []
        self._invoke_transforms: list[callback_pb2.Callback] = []
        self._callbacks = Callbacks()
        self._lock = threading.Lock()

    def root(self) -> str:
        """The URN of the stack; empty if the program has not registered it yet."""
        return next((urn for urn, each in self.registered.items() if each.type == STACK), "")

    def urn(self, parent: str, type_: str, name: str) -> str:
        """The URN of a resource: its type is preceded by the types of its parents, without the stack."""
        parents = parent.split("::")[2] if parent else STACK
        qualified = type_ if parents == STACK else f"{parents}${type_}"
        return f"urn:pulumi:{self.stack}::{self.project}::{qualified}::{name}"

    def GetDeploymentInfo(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> resource_pb2.DeploymentInfo:
        """The features that the SDK may use, as far as its version knows them."""
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
        """Whether the SDK may use a feature. SDKs of other languages ask for each feature."""
        name = "".join(f"_{letter}" if letter.isupper() else letter.upper() for letter in request.id)
        return resource_pb2.SupportsFeatureResponse(hasSupport=name in FEATURES)

    def RegisterResource(
        self, request: resource_pb2.RegisterResourceRequest, context: grpc.ServicerContext
    ) -> resource_pb2.RegisterResourceResponse:
        """Run the transforms, store the resource, and return its inputs; its id and unset properties are unknown.

        Nothing is returned for a component. A local component registers its outputs afterwards. A remote component is
        constructed by its provider. If that does not run here, all its outputs are unknown.
        """
        urn = self._claim(self.urn(request.parent, request.type, request.name), context)
        requested = self._requested.get(urn)
        own = requested.transforms if requested else callbacks_of(request)
        with _errors_of_the_program(context):
            transforms = [*own, *self._transforms_of(request.parent)]
            goal = transform_resource(request, transforms, self._callbacks, own=bool(own))
        self._transforms[urn] = own
        if request.remote:
            if constructed := self._construct(urn, request, goal, context):
                return constructed
            goal = replace(goal, properties=wire.downgrade(goal.properties))
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
            frames=requested.frames if requested else [*self._locate(request), *self._frames_of(request.parent)],
        )
        return resource_pb2.RegisterResourceResponse(urn=urn, id=goal.import_id, object=to_struct(outputs))

    def RegisterResourceOutputs(
        self, request: resource_pb2.RegisterResourceOutputsRequest, context: grpc.ServicerContext
    ) -> empty_pb2.Empty:
        """Store the outputs of a component or of the stack."""
        self.ended = self.ended or request.urn == self.root()
        if request.urn in self.registered:  # a resource that the program only reads is not stored
            self.registered[request.urn].outputs.update(to_plain(request.outputs))
        return empty_pb2.Empty()

    def ReadResource(
        self, request: resource_pb2.ReadResourceRequest, context: grpc.ServicerContext
    ) -> resource_pb2.ReadResourceResponse:
        """Return a resource that exists already: its id and what the program says of it; the rest is unknown.

        The program does not declare it. So, as in the engine, it is not stored, and no policy evaluates it.
        """
        urn = self._claim(self.urn(request.parent, request.type, request.name), context)
        state = to_plain(request.properties)
        if request.type == STACK_REFERENCE:
            outputs = self.invokes.find(STACK_REFERENCE, {"name": request.id})
            state |= {} if outputs is None else {"outputs": outputs, "secretOutputNames": []}
        response = resource_pb2.ReadResourceResponse(urn=urn, properties=to_struct(state))
        if hasattr(response, "id"):  # older SDKs use the id of their request
            response.id = "" if request.id in UNKNOWNS else request.id
        return response

    def ExistsResource(
        self, request: resource_pb2.ExistsResourceRequest, context: grpc.ServicerContext
    ) -> resource_pb2.ExistsResourceResponse:
        """Report that a resource does not exist, since the stack is new."""
        return resource_pb2.ExistsResourceResponse(exists=False)

    def Invoke(
        self, request: resource_pb2.ResourceInvokeRequest, context: grpc.ServicerContext
    ) -> resource_pb2.ResourceInvokeResponse:
        """Return the result of a provider function. A missing result is recorded, and it is unknown.

        The SDK makes the call even if an argument is unknown, as long as that is deep enough inside a list.
        """
        if request.tok == GET_RESOURCE:
            return _invoke_result(self._state(to_plain(request.args)["urn"]))
        with _errors_of_the_program(context):
            args, provider = transform_invoke(request, self._invoke_transforms, self._callbacks)
        result = None
        if not wire.has_unknown(args):
            result = self.invokes.result(request.tok, decode(args), self._region_of(provider))
        if result is not None:
            return _invoke_result(result)
        response = _invoke_response()
        if not hasattr(response, "unknown"):
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, f"the result of {request.tok} is unknown")
        response.unknown = True
        return response

    def Call(
        self, request: resource_pb2.ResourceCallRequest, context: grpc.ServicerContext
    ) -> provider_pb2.CallResponse:
        """Call a method of a remote component. Its result is unknown if the provider does not run here."""
        provider = self._providers and self._providers.of_package(request.tok.split(":")[0], request.version)
        if self._providers and provider:
            with _errors_of_the_program(context):
                return self._providers.call(provider, request)
        response = provider_pb2.CallResponse()
        getattr(response, "return").CopyFrom(to_struct({"result": wire.UNKNOWN}))
        return response

    def RegisterStackTransform(self, request: callback_pb2.Callback, context: grpc.ServicerContext) -> empty_pb2.Empty:
        """Run a transform on every resource from now on."""
        self._stack_transforms.append(request)
        return empty_pb2.Empty()

    def RegisterStackInvokeTransform(
        self, request: callback_pb2.Callback, context: grpc.ServicerContext
    ) -> empty_pb2.Empty:
        """Run a transform on every call of a provider function from now on."""
        self._invoke_transforms.append(request)
        return empty_pb2.Empty()

    def RegisterResourceHook(
        self, request: resource_pb2.RegisterResourceHookRequest, context: grpc.ServicerContext
    ) -> empty_pb2.Empty:
        """Ignore a hook: hooks run during deployments, and nothing is deployed here."""
        return empty_pb2.Empty()

    def RegisterErrorHook(
        self, request: resource_pb2.RegisterErrorHookRequest, context: grpc.ServicerContext
    ) -> empty_pb2.Empty:
        """Ignore a hook: hooks run during deployments, and nothing is deployed here."""
        return empty_pb2.Empty()

    def RegisterPackage(
        self, request: resource_pb2.RegisterPackageRequest, context: grpc.ServicerContext
    ) -> resource_pb2.RegisterPackageResponse:
        """Accept a package; its provider runs once it is needed."""
        return resource_pb2.RegisterPackageResponse(ref=f"{request.name}@{request.version}")

    def SignalAndWaitForShutdown(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> empty_pb2.Empty:
        """Return at once: there is nothing to wait for."""
        return empty_pb2.Empty()

    def _claim(self, urn: str, context: grpc.ServicerContext) -> str:
        with self._lock:
            taken = urn in self.seen
            self.seen.add(urn)
        if taken:
            message = f"duplicate resource URN {urn}: give each resource of a type a name of its own"
            context.abort(grpc.StatusCode.ALREADY_EXISTS, message)
        return urn

    def _construct(
        self,
        urn: str,
        request: resource_pb2.RegisterResourceRequest,
        goal: Goal,
        context: grpc.ServicerContext,
    ) -> resource_pb2.RegisterResourceResponse | None:
        """Let the provider of a remote component construct it; None if the provider does not run here.

        The provider registers the component and its children with this monitor. What the program alone knows of the
        component, its transforms and its line, is stored for that.
        """
        provider = self._providers and self._providers.of_package(request.type.split(":")[0], request.version)
        if self._providers is None or provider is None:
            return None
        self._requested[urn] = Requested(transforms=callbacks_of(request), frames=self._locate(request))
        self.seen.discard(urn)
        try:
            made = self._providers.construct(provider, request, goal)
        except grpc.RpcError as error:
            context.abort(grpc.StatusCode.UNKNOWN, reason(error))
        state = to_plain(made.state)
        edges = {key: wire.dependencies_of(value) for key, value in state.items()}
        for key, each in made.stateDependencies.items():
            edges[key] = edges.get(key, frozenset()) | frozenset(each.urns)
        dependencies = resource_pb2.RegisterResourceResponse.PropertyDependencies
        return resource_pb2.RegisterResourceResponse(
            urn=made.urn,
            object=to_struct(wire.downgrade(state)),
            propertyDependencies={key: dependencies(urns=sorted(urns)) for key, urns in edges.items()},
        )

    def _frames_of(self, parent: str) -> list[tuple[str, int]]:
        """The calls of the program that led to a child of a component which a provider constructs; none for others."""
        while parent:
            if parent in self._requested:
                return self._requested[parent].frames
            parent = self.registered[parent].parent if parent in self.registered else ""
        return []

    def _transforms_of(self, parent: str) -> list[callback_pb2.Callback]:
        """The transforms of the parents of a resource and of the stack."""
        transforms: list[callback_pb2.Callback] = []
        while parent:
            transforms += self._transforms.get(parent, [])
            parent = self.registered[parent].parent if parent in self.registered else ""
        return transforms + self._stack_transforms

    def _region_of(self, provider: str) -> str | None:
        """The region of an explicit provider, given as `urn::id`: empty if it has none, None if it is unknown."""
        found = self.registered.get(provider.rpartition("::")[0])
        region: Any = decode(found.goal.properties.get("region", "")) if found else ""
        return None if region is UNKNOWN else str(region)

    def _state(self, urn: str) -> dict[str, Any]:
        found = self.registered[urn]
        return {"urn": urn, "id": found.goal.import_id, "state": found.outputs}


def serve(monitor: PreviewMonitor, log: EngineLog) -> tuple[grpc.Server, str]:
    """Serve a monitor and the engine's log on loopback, as long as the returned server is referenced.

    Also returns the address of both.
    """
    server = grpc.server(ThreadPoolExecutor(WORKERS), options=_OPTIONS)
    add_ResourceMonitorServicer_to_server(monitor, server)
    add_EngineServicer_to_server(log, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    return server, f"127.0.0.1:{port}"


@contextmanager
def _errors_of_the_program(context: grpc.ServicerContext) -> Generator[None]:
    """Report an error in one of the program's own callbacks to it, as the engine does."""
    try:
        yield
    except grpc.RpcError as error:
        context.abort(grpc.StatusCode.UNKNOWN, str(getattr(error, "details", str)()))


def _invoke_result(properties: Any) -> resource_pb2.ResourceInvokeResponse:
    response = _invoke_response()
    getattr(response, "return").CopyFrom(to_struct(properties))
    return response


def _invoke_response() -> resource_pb2.ResourceInvokeResponse:
    """An empty response to an invoke; older SDKs use the message of providers for it."""
    message: Any = getattr(resource_pb2, "ResourceInvokeResponse", None) or provider_pb2.InvokeResponse
    return message()
