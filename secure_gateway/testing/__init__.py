"""Runs a Pulumi program inside a test, without the Pulumi CLI and without AWS, and returns what it registered.

    from secure_gateway.testing import deploy
    import infrastructure

    def test_callers_come_from_the_office():
        made = deploy(infrastructure.main)
        assert "203.0.113.0/24" in str(made.document["x-amazon-apigateway-policy"])

`AwsMocks` replaces AWS: ids, ARNs, host names and generated secrets have the same form as in AWS, and are the
same in every run. It rejects nothing. Only a deployment shows whether AWS accepts what was registered.
"""

import json
from bisect import bisect
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from functools import cached_property
from inspect import isawaitable
from itertools import count
from threading import Lock
from typing import Any, Final, Unpack

import pulumi
from google.protobuf.json_format import MessageToDict
from pulumi.runtime import mocks, rpc
from pulumi.runtime.settings import ROOT, SETTINGS, get_root_resource

from ..validation.json_values import is_list, is_object
from ..validation.problems import nearest
from .ask import Asked, Question, asked
from .aws import ACCOUNT, FUNCTIONS, GET_REGION, REGION, created, described_region
from .event_loop import current_event_loop, isolated
from .secret_inputs import secret_paths
from .type_names import misspelt

__all__ = ["ACCOUNT", "REGION", "UNKNOWN", "Asked", "AwsMocks", "Deployed", "Resource", "deploy", "is_secret", "value"]


class _Unknown:
    def __repr__(self) -> str:
        return "unknown"

    def __bool__(self) -> bool:
        message = "an unknown value is neither true nor false; compare with `is UNKNOWN`"
        raise TypeError(message)


UNKNOWN: Final = _Unknown()
"""Stands for a value that is known only after deployment."""


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A resource as the program registered it. Properties have the engine's names, in camel case."""

    type: str
    """Type token, such as `aws:apigateway/restApi:RestApi`."""
    name: str
    """Name in the program."""
    urn: str
    id: str
    """Id that AWS would assign; empty for components, and at a preview."""
    inputs: Mapping[str, Any]
    """Inputs as the program gave them; secrets in plain text, `UNKNOWN` for values known only after deployment."""
    secret_inputs: frozenset[str]
    """Paths of the inputs that Pulumi encrypts in the state, such as `tags.owner` or `rules[0].value`."""
    outputs: Mapping[str, Any]
    """The inputs, and the properties that AWS would add."""
    additional_secret_outputs: frozenset[str]
    """Names of outputs that the program made secret with the resource option `additional_secret_outputs`."""
    custom: bool
    """Whether a provider creates it; false for components."""
    parent: str
    """URN of the parent."""
    provider: str
    """URN and id of the explicit provider, as `URN::ID`; empty for the default provider."""
    dependencies: frozenset[str]
    """URNs of all resources that it depends on."""
    property_dependencies: Mapping[str, frozenset[str]]
    """For each input, the URNs of the resources from which it was computed."""
    retain_on_delete: bool
    delete_before_replace: bool
    protect: bool

    def depends_on(self, other: "Resource") -> bool:
        """Whether this resource depends directly on another."""
        return other.urn in self.dependencies


@dataclass
class Deployed:
    """Everything that a program registered."""

    resources: list[Resource] = field(default_factory=list[Resource])
    """In the order of registration."""
    exports: dict[str, Any] = field(default_factory=dict[str, Any])
    """The stack's outputs; read them with `value`."""
    result: Any = None
    """What the program returned."""

    def of(self, type_: str) -> list[Resource]:
        """The resources of a type, given as a complete token or as its last part, such as `RestApi`.

        The inputs of a `RestApi` include the `body` that a `RestApiPut` imports into it, so that a test of the document
        does not depend on which of the two resources has it. Raises `LookupError` if no resource has the type and its
        name is a misspelt one.
        """
        found = [each for each in self.resources if type_ in (each.type, each.type.split(":")[-1])]
        if not found and (hint := misspelt(type_, {each.type for each in self.resources})):
            message = f"no resource has the type {type_!r}{hint}"
            raise LookupError(message)
        return [self._with_document(each) if each.type == "aws:apigateway/restApi:RestApi" else each for each in found]

    def _with_document(self, api: Resource) -> Resource:
        for each in self.resources:
            if api.urn in each.property_dependencies.get("restApiId", ()) and "body" in each.inputs:
                return replace(api, inputs={**api.inputs, "body": each.inputs["body"]})
        return api

    def one(self, type_: str, name: str = "") -> Resource:
        """The only resource of a type, or of a type and name. Raises `LookupError` unless there is exactly one."""
        every = self.of(type_)
        found = [each for each in every if name in ("", each.name)]
        if len(found) != 1:
            hint = "" if every else nearest(type_, {each.type.split(":")[-1] for each in self.resources})
            message = f"{len(found)} resources of {type_} {name}: {sorted(each.name for each in every)}{hint}"
            raise LookupError(message)
        return found[0]

    @cached_property
    def document(self) -> dict[str, Any]:
        """The OpenAPI document of the only REST API. Raises `LookupError` if it is unknown before deployment."""
        body: object = self.one("aws:apigateway/restApiPut:RestApiPut").inputs.get("body", UNKNOWN)
        if body is UNKNOWN:
            message = "the document of the API is unknown before deployment"
            raise LookupError(message)
        return json.loads(str(body))

    def ask(self, request: str, **question: Unpack[Question]) -> Asked:
        """What happens to a request such as `"GET /orders/7"`, and which layer stops it.

        It is evaluated by the policy pack, as `gateway-policy ask` does. Raises `LookupError` if the pack is not
        installed or if there is no REST or HTTP API with a stage, and `ValueError` if the request is not valid. Of
        several entry points, the result is that of the one which lets the request come furthest.
        """
        return asked([vars(each) for each in self.resources], request, question, unknown=UNKNOWN)


def deploy(
    program: Callable[[], Any],
    *,
    preview: bool = False,
    project: str = "shop",
    stack: str = "dev",
    config: Mapping[str, str] | None = None,
    outputs: Mapping[str, Mapping[str, Any]] | None = None,
    functions: Mapping[str, Mapping[str, Any]] | None = None,
    stacks: Mapping[str, Mapping[str, Any]] | None = None,
) -> Deployed:
    """Run a program to its end, and raise what it raises.

    The program may be an `async` function, or pass one to `pulumi.run`.

    At a `preview`, ids and all properties that AWS adds are unknown, as in the first preview of a stack. `config`
    contains settings by their full keys, such as `shop:domain`, where `shop` is the `project`. The region is
    eu-west-1, unless `config` has `aws:region`. `outputs` overrides the properties that AWS adds, by the last part of a
    resource type, such as `Queue`. `functions` contains the results of provider functions by their tokens, such as
    `aws:ec2/getVpc:getVpc`, and `stacks` the outputs of other stacks by their full names. If the program calls a
    function or reads a stack that is not given, `LookupError` is raised.
    """
    deployed = Deployed()
    region = (config or {}).get("aws:region", REGION)
    mock = AwsMocks(outputs, functions, stacks, preview=preview, region=region)

    def run() -> None:
        pulumi.runtime.set_all_config(dict(config or {}))
        _PROGRAM_RUNS.set(True)
        _separate()
        mocks.set_mocks(mock, project=project, stack=stack, preview=preview, monitor=_Monitor(mock, deployed))
        stack_resource: Any = get_root_resource()
        # The SDK's mocks let no program call `pulumi.run`, because they finish the stack before the program begins.
        stack_resource._async_program_registration_closed = False  # noqa: SLF001

        async def finish(awaitable: Awaitable[Any]) -> None:
            deployed.result = await awaitable

        async def finish_exported(asynchronous: Callable[[], Awaitable[Mapping[str, Any] | None]]) -> None:
            for name, exported in (await asynchronous() or {}).items():
                pulumi.export(name, exported)

        def begin() -> Awaitable[None] | None:
            deployed.result = program()
            asynchronous = getattr(stack_resource, "_async_program", None)
            if asynchronous is not None:
                return finish_exported(asynchronous)
            return finish(deployed.result) if isawaitable(deployed.result) else None

        _wait_for(begin)
        deployed.exports = dict(stack_resource.outputs)

    isolated(run)
    return deployed


_PROGRAM_RUNS: Final = ContextVar("_PROGRAM_RUNS", default=False)


def value(output: Any) -> Any:
    """The value of an output after the program has run; `UNKNOWN` if it is known only after deployment.

    Raises `RuntimeError` inside the program, where no output has a value yet.
    """
    found: list[Any] = []
    _read("value", lambda: pulumi.Output.from_input(output).apply(found.append))
    return found[0] if found else UNKNOWN


def is_secret(output: Any) -> bool:
    """Whether an output, or a part of it, is secret after the program has run.

    Raises `RuntimeError` inside the program.
    """
    found: list[bool] = []

    async def read() -> None:
        found.append(await pulumi.Output.from_input(output).is_secret())

    _read("is_secret", read)
    return found[0]


def _read(name: str, function: Callable[[], Any]) -> None:
    if _PROGRAM_RUNS.get():
        message = (
            f"`{name}` reads outputs after the program has run: return or export them, and read them after `deploy`"
        )
        raise RuntimeError(message)

    def run() -> None:
        _separate()
        mocks.set_mocks(AwsMocks())
        _wait_for(function)

    isolated(run)


def _separate() -> None:
    """Give this context a stack and outputs of its own, so that several programs can run at the same time."""
    ROOT.set(None)
    settings: Any = SETTINGS
    settings.lock = Lock()
    settings.outputs = set()


def _wait_for(function: Callable[[], Any]) -> None:
    """Run a function that creates resources or outputs, and wait for all of them."""
    mocks.test(function)()  # pyright: ignore[reportUnknownMemberType] - untyped in the SDK


class _Monitor(mocks.MockMonitor):
    def __init__(self, mock: "AwsMocks", deployed: Deployed) -> None:
        super().__init__(mock)
        self._deployed = deployed
        self._lock, self._begun, self._order = Lock(), count(), list[int]()

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 - the name in the protocol
        # Registrations overlap, so the order is that in which they begin.
        begun = next(self._begun)
        # The SDK calls this in a thread of its own, and needs an event loop in it.
        with current_event_loop():
            response: Any = super().RegisterResource(request)  # pyright: ignore[reportUnknownMemberType]
            inputs = rpc.deserialize_properties(request.object, keep_unknowns=True)
            outputs = rpc.deserialize_properties(response.object, keep_unknowns=True)
        if request.type != "pulumi:pulumi:Stack":
            made = Resource(
                type=request.type,
                name=request.name,
                urn=response.urn,
                id=response.id,
                inputs=_plain(inputs),
                secret_inputs=frozenset(secret_paths(MessageToDict(request.object))),
                outputs=_plain(outputs),
                additional_secret_outputs=frozenset(request.additionalSecretOutputs),
                custom=request.custom,
                parent=request.parent,
                provider=request.provider,
                dependencies=frozenset(request.dependencies),
                property_dependencies={key: frozenset(each.urns) for key, each in request.propertyDependencies.items()},
                retain_on_delete=request.retainOnDelete,
                delete_before_replace=request.deleteBeforeReplace,
                protect=request.protect,
            )
            with self._lock:
                at = bisect(self._order, begun)
                self._order.insert(at, begun)
                self._deployed.resources.insert(at, made)
        return response

    def ReadResource(self, request: Any) -> Any:  # noqa: N802 - the name in the protocol
        with current_event_loop():
            return super().ReadResource(request)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]

    def Invoke(self, request: Any) -> Any:  # noqa: N802 - the name in the protocol
        with current_event_loop():
            return super().Invoke(request)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]


def _plain(value: Any) -> Any:
    """Plain values: secrets unwrapped, unknown values as `UNKNOWN`, assets as their contents."""
    if isinstance(value, pulumi.output.Unknown):
        return UNKNOWN
    if rpc.is_rpc_secret(value):
        return _plain(rpc.unwrap_rpc_secret(value))
    if isinstance(value, pulumi.Asset | pulumi.Archive):
        return _plain(vars(value))
    if is_object(value):
        return {key: _plain(item) for key, item in value.items()}
    if is_list(value):
        return [_plain(item) for item in value]
    return value


class AwsMocks(mocks.Mocks):
    """Replaces AWS in a test. `deploy` uses it, and you can pass it to `pulumi.runtime.set_mocks`.

    A resource of an unknown type gets a generated id, and an ARN of its service.
    """

    def __init__(
        self,
        outputs: Mapping[str, Mapping[str, Any]] | None = None,
        functions: Mapping[str, Mapping[str, Any]] | None = None,
        stacks: Mapping[str, Mapping[str, Any]] | None = None,
        *,
        preview: bool = False,
        region: str = REGION,
    ) -> None:
        """Take outputs, results of functions and outputs of other stacks, in the form of `deploy`."""
        self._outputs = outputs or {}
        self._functions = {**FUNCTIONS, GET_REGION: described_region(region), **(functions or {})}
        self._region = str(
            self._functions[GET_REGION].get("region") or self._functions[GET_REGION].get("name") or region
        )
        self._stacks = stacks or {}
        self._preview = preview

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        """The id and the state of a resource that is created, or of an existing one that is read."""
        untyped: Any = args
        inputs: dict[str, Any] = untyped.inputs
        if args.typ == "pulumi:pulumi:StackReference":
            return args.resource_id, {**inputs, **self._of_stack(str(args.resource_id))}
        if args.resource_id and not args.custom:
            return args.resource_id, inputs
        if not args.custom:
            return "", dict(inputs)
        if self._preview:
            return None, dict(inputs)
        id_, state = created(args.typ, args.name, inputs, self._region)
        given = {key: each for key, each in inputs.items() if each is not None}
        return args.resource_id or id_, {**state, **given, **self._outputs.get(args.typ.split(":")[-1], {})}

    def _of_stack(self, name: str) -> dict[str, Any]:
        """The outputs of another stack; unknown at a preview unless they are given."""
        if name in self._stacks:
            return {"outputs": dict(self._stacks[name]), "secretOutputNames": []}
        if self._preview:
            return {}
        message = f"the program reads the outputs of stack {name}: give them in `stacks`"
        raise LookupError(message)

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        """The result of a provider function. Raises `LookupError` if it is not given."""
        if args.token not in self._functions:
            untyped: Any = args
            message = f"the program calls {args.token} with {untyped.args}: give the result in `functions`"
            raise LookupError(message)
        return dict(self._functions[args.token]), []
