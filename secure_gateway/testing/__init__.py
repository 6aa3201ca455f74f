"""Runs a Pulumi program inside a test, with no Pulumi CLI and no AWS, and shows what it registered.

    from secure_gateway.testing import deploy
    import infrastructure

    def test_callers_come_from_the_office():
        made = deploy(infrastructure.main)
        assert "203.0.113.0/24" in str(made.document["x-amazon-apigateway-policy"])

AWS's part is played by `AwsMocks`: ids, ARNs, host names and generated secrets have the form that AWS gives them, and
are the same in every run. It refuses nothing: that AWS takes what was registered, only a deployment shows.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

import pulumi
from pulumi.runtime import mocks, rpc
from pulumi.runtime.settings import get_root_resource

from ..validation.reader import is_list, is_object
from .aws import ACCOUNT, FUNCTIONS, REGION, answer

__all__ = ["ACCOUNT", "REGION", "UNKNOWN", "AwsMocks", "Deployed", "Resource", "deploy", "value"]


class _Unknown:
    def __repr__(self) -> str:
        return "unknown"

    def __bool__(self) -> bool:
        message = "an unknown value has no truth; compare with `is UNKNOWN`"
        raise TypeError(message)


UNKNOWN: Final = _Unknown()
"""Stands for what is known only after deployment."""


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A resource as the program registered it. Property names are those of the engine, in camel case."""

    type: str
    """Such as `aws:apigateway/restApi:RestApi`."""
    name: str
    """Its name in the program."""
    urn: str
    id: str
    """What AWS would call it; empty for components, and at a preview."""
    inputs: Mapping[str, Any]
    """What the program said, secrets in clear, `UNKNOWN` where it is known only after deployment."""
    outputs: Mapping[str, Any]
    """The inputs, and what AWS would add."""
    custom: bool
    """Whether a provider makes it; components are not custom."""
    parent: str
    """URN of its parent."""
    dependencies: frozenset[str]
    """URNs of all that it waits for."""
    property_dependencies: Mapping[str, frozenset[str]]
    """By input, URNs of the resources from which it was computed."""
    retain_on_delete: bool
    protect: bool

    def depends_on(self, other: "Resource") -> bool:
        """Whether it waits for another resource."""
        return other.urn in self.dependencies


@dataclass
class Deployed:
    """All that a program registered."""

    resources: list[Resource] = field(default_factory=list[Resource])
    """In the order of registration."""
    exports: dict[str, Any] = field(default_factory=dict[str, Any])
    """The stack's outputs; read them with `value`."""
    result: Any = None
    """What the program returned."""

    def of(self, type_: str) -> list[Resource]:
        """The resources of a type: a whole token, or its last part, such as `RestApi`."""
        return [each for each in self.resources if type_ in (each.type, each.type.split(":")[-1])]

    def one(self, type_: str, name: str = "") -> Resource:
        """The only resource of a type, or the one of a name. Raises `LookupError` where there is none, or several."""
        found = [each for each in self.of(type_) if name in ("", each.name)]
        if len(found) != 1:
            message = f"{len(found)} resources of {type_} {name}: {sorted(each.name for each in self.of(type_))}"
            raise LookupError(message)
        return found[0]

    @cached_property
    def document(self) -> dict[str, Any]:
        """The OpenAPI document of the only REST API."""
        body: object = self.one("aws:apigateway/restApi:RestApi").inputs.get("body", UNKNOWN)
        if body is UNKNOWN:
            message = "the API has no document that is known before deployment"
            raise LookupError(message)
        return json.loads(str(body))


def deploy(
    program: Callable[[], Any],
    *,
    preview: bool = False,
    project: str = "shop",
    stack: str = "dev",
    config: Mapping[str, str] | None = None,
    outputs: Mapping[str, Mapping[str, Any]] | None = None,
    answers: Mapping[str, Mapping[str, Any]] | None = None,
    stacks: Mapping[str, Mapping[str, Any]] | None = None,
) -> Deployed:
    """Run a program to its end, and raise what it raises.

    On `preview`, ids and all that AWS adds are unknown, as when a stack is previewed for the first time. `config` holds
    settings by their whole keys, such as `shop:domain`, where `shop` is the `project`. `outputs` adds what AWS answers,
    by the last part of a type; `answers` holds what functions answer, such as `aws:ec2/getVpc:getVpc`, and `stacks` the
    outputs of other stacks by their whole names. Whatever the program asks and nobody answered raises `LookupError`.
    """
    deployed = Deployed()
    mock = AwsMocks(outputs, answers, stacks, preview=preview)
    pulumi.runtime.set_all_config(dict(config or {}))
    mocks.set_mocks(mock, project=project, stack=stack, preview=preview, monitor=_Monitor(mock, deployed))

    def run() -> None:
        # The stack outlives a run of the mocks.
        stack_resource: Any = get_root_resource()
        stack_resource.outputs.clear()
        deployed.result = program()

    _run(run)
    stack_resource: Any = get_root_resource()
    deployed.exports = dict(stack_resource.outputs)
    return deployed


def value(output: Any) -> Any:
    """What an output of a program that has run holds: `UNKNOWN` where that is known only after deployment."""
    found: list[Any] = []
    _run(lambda: pulumi.Output.from_input(output).apply(found.append))
    return found[0] if found else UNKNOWN


def _run(function: Callable[[], Any]) -> None:
    """Run what makes resources or outputs, and wait for all of them."""
    mocks.test(function)()  # pyright: ignore[reportUnknownMemberType] - the SDK leaves it untyped


class _Monitor(mocks.MockMonitor):
    def __init__(self, mock: "AwsMocks", deployed: Deployed) -> None:
        super().__init__(mock)
        self._deployed = deployed

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 - the protocol's name
        response: Any = super().RegisterResource(request)  # pyright: ignore[reportUnknownMemberType]
        if request.type != "pulumi:pulumi:Stack":
            inputs = rpc.deserialize_properties(request.object, keep_unknowns=True)
            outputs = rpc.deserialize_properties(response.object, keep_unknowns=True)
            made = Resource(
                type=request.type,
                name=request.name,
                urn=response.urn,
                id=response.id,
                inputs=_plain(inputs),
                outputs=_plain(outputs),
                custom=request.custom,
                parent=request.parent,
                dependencies=frozenset(request.dependencies),
                property_dependencies={key: frozenset(each.urns) for key, each in request.propertyDependencies.items()},
                retain_on_delete=request.retainOnDelete,
                protect=request.protect,
            )
            self._deployed.resources.append(made)
        return response


def _plain(value: Any) -> Any:
    """Values as the program wrote them: secrets unwrapped, unknowns marked, assets by what they hold."""
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
    """AWS's part in a test; `deploy` uses it, and `pulumi.runtime.set_mocks` takes it too.

    A resource that is not known here gets a random-looking id and an ARN of its service.
    """

    def __init__(
        self,
        outputs: Mapping[str, Mapping[str, Any]] | None = None,
        answers: Mapping[str, Mapping[str, Any]] | None = None,
        stacks: Mapping[str, Mapping[str, Any]] | None = None,
        *,
        preview: bool = False,
    ) -> None:
        """Take what AWS answers otherwise than here, as `deploy` does."""
        self._outputs = outputs or {}
        self._answers = {**FUNCTIONS, **(answers or {})}
        self._stacks = stacks or {}
        self._preview = preview

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        """The id and state of a resource that is made, or of one that exists and is read."""
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
        id_, state = answer(args.typ, args.name, inputs)
        given = {key: each for key, each in inputs.items() if each is not None}
        return args.resource_id or id_, {**state, **given, **self._outputs.get(args.typ.split(":")[-1], {})}

    def _of_stack(self, name: str) -> dict[str, Any]:
        """Unknown at a preview, unless somebody said."""
        if name in self._stacks:
            return {"outputs": dict(self._stacks[name]), "secretOutputNames": []}
        if self._preview:
            return {}
        message = f"the program reads the outputs of stack {name}: say in `stacks` what they are"
        raise LookupError(message)

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        """What a function of a provider answers. Raises `LookupError` where nobody said."""
        if args.token not in self._answers:
            untyped: Any = args
            message = f"the program asks {args.token} with {untyped.args}: say in `answers` what it answers"
            raise LookupError(message)
        return dict(self._answers[args.token]), []
