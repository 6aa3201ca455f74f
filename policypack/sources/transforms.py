"""Runs the transforms of a program: calls its callbacks as the engine does."""

from __future__ import annotations  # an older SDK lacks some of the messages that annotations name

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Final, TypeVar

import grpc
from google.protobuf.message import Message
from pulumi.runtime.proto import callback_pb2, callback_pb2_grpc, resource_pb2

from . import wire
from .structs import to_plain, to_struct

ResourceOptions = resource_pb2.TransformResourceOptions
Reply = TypeVar("Reply", bound=Message)
CHANNEL: Final = (("grpc.enable_http_proxy", 0), ("grpc.max_receive_message_length", -1))
"""The program runs on this machine, so no proxy is needed; an OpenAPI document may be large."""


@dataclass
class Callbacks:
    """Connections to the program's callback servers, by address."""

    stubs: dict[str, callback_pb2_grpc.CallbacksStub] = field(
        default_factory=dict[str, callback_pb2_grpc.CallbacksStub]
    )

    def call(self, callback: callback_pb2.Callback, request: Message, reply: type[Reply]) -> Reply:
        """Call a callback of the program. Raises grpc.RpcError if the callback fails."""
        if callback.target not in self.stubs:
            channel = grpc.insecure_channel(callback.target, options=CHANNEL)
            self.stubs[callback.target] = callback_pb2_grpc.CallbacksStub(channel)
        invoke = callback_pb2.CallbackInvokeRequest(token=callback.token, request=request.SerializeToString())
        # The generated stubs name the messages of other files by modules that are not there.
        return reply.FromString(self.stubs[callback.target].Invoke(invoke).response)  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]


@dataclass(frozen=True, slots=True)
class Goal:
    """The desired state of a resource: the parts of its registration that a transform may change."""

    properties: Mapping[str, object]
    dependencies: frozenset[str]
    property_dependencies: Mapping[str, frozenset[str]]
    ignore_changes: tuple[str, ...]
    import_id: str


def callbacks_of(request: resource_pb2.RegisterResourceRequest) -> list[callback_pb2.Callback]:
    """The transforms that the resource itself has."""
    return list(request.transforms)  # pyright: ignore[reportUnknownArgumentType, reportUnknownMemberType]


def goal_of(request: resource_pb2.RegisterResourceRequest) -> Goal:
    """The goal as the program registered it."""
    return Goal(
        properties=to_plain(request.object),
        dependencies=frozenset(request.dependencies),
        property_dependencies={
            key: frozenset(each.urns) for key, each in request.propertyDependencies.items() if each.urns
        },
        ignore_changes=tuple(request.ignoreChanges),
        import_id=request.importId,
    )


def transform_resource(
    request: resource_pb2.RegisterResourceRequest,
    transforms: Sequence[callback_pb2.Callback],
    callbacks: Callbacks,
    *,
    own: bool,
) -> Goal:
    """The goal after all transforms: first the resource's own, then those of its parents, then those of the stack.

    `own` is whether the resource has some of its own. The properties of a remote component keep their output values,
    which its provider receives.
    """
    goal = goal_of(request)
    if not transforms:
        return goal
    # The engine adds dependencies to the values, and reads them back, only if the resource has transforms of its own;
    # the Python SDK does not return them. So dependencies that the engine loses are lost here too.
    given: Mapping[str, AbstractSet[str]] = goal.property_dependencies if own else {}
    properties, options = _run(request, wire.upgrade(goal.properties, given), transforms, callbacks)
    found = {key: wire.dependencies_of(value) for key, value in properties.items()}
    declared: Mapping[str, frozenset[str]] = {} if own else goal.property_dependencies
    edges = {key: found.get(key, frozenset()) | declared.get(key, frozenset()) for key in {**found, **declared}}
    return Goal(
        properties=properties if request.remote else wire.downgrade(properties),
        dependencies=frozenset(options.depends_on).union(*edges.values()) if own else goal.dependencies,
        property_dependencies={key: urns for key, urns in edges.items() if urns},
        ignore_changes=tuple(options.ignore_changes),
        import_id=getattr(options, "import", goal.import_id),
    )


def _run(
    request: resource_pb2.RegisterResourceRequest,
    properties: wire.Properties,
    transforms: Sequence[callback_pb2.Callback],
    callbacks: Callbacks,
) -> tuple[wire.Properties, ResourceOptions]:
    struct = to_struct(properties)
    options = _options(request)
    for transform in transforms:
        sent = resource_pb2.TransformRequest(
            name=request.name,
            type=request.type,
            parent=request.parent,
            custom=request.custom,
            properties=struct,
            options=options,
        )
        reply = callbacks.call(transform, sent, resource_pb2.TransformResponse)
        struct = reply.properties if reply.HasField("properties") else struct
        options = reply.options if reply.HasField("options") else options
    return to_plain(struct), options


def _options(request: resource_pb2.RegisterResourceRequest) -> ResourceOptions:
    options = ResourceOptions(
        depends_on=request.dependencies,
        ignore_changes=request.ignoreChanges,
        replace_on_changes=request.replaceOnChanges,
        version=request.version,
        aliases=request.aliases,  # pyright: ignore[reportUnknownArgumentType, reportUnknownMemberType]
        provider=request.provider,
        providers=request.providers,
        custom_timeouts=request.customTimeouts if request.HasField("customTimeouts") else None,
        plugin_download_url=request.pluginDownloadURL,
        deleted_with=request.deletedWith,
        additional_secret_outputs=request.additionalSecretOutputs,
    )
    if hasattr(options, "import"):
        setattr(options, "import", request.importId)
    if request.deleteBeforeReplaceDefined:
        options.delete_before_replace = request.deleteBeforeReplace
    if request.HasField("protect"):
        options.protect = request.protect
    if request.HasField("retainOnDelete"):
        options.retain_on_delete = request.retainOnDelete
    return options


def transform_invoke(
    request: resource_pb2.ResourceInvokeRequest,
    transforms: Sequence[callback_pb2.Callback],
    callbacks: Callbacks,
) -> tuple[dict[str, object], str]:
    """The arguments of a provider function and its provider, after the transforms of the stack."""
    args = request.args
    options = resource_pb2.TransformInvokeOptions(
        provider=request.provider, version=request.version, plugin_download_url=request.pluginDownloadURL
    )
    for transform in transforms:
        sent = resource_pb2.TransformInvokeRequest(token=request.tok, args=args, options=options)
        reply = callbacks.call(transform, sent, resource_pb2.TransformInvokeResponse)
        args = reply.args if reply.HasField("args") else args
        options = reply.options if reply.HasField("options") else options
    return to_plain(args), options.provider
