"""Runs a Pulumi program on Pulumi's own mocks and records what it registered, edges included."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi
from pulumi.runtime import mocks, rpc, set_mocks
from pulumi.runtime.settings import SETTINGS
from pulumi.runtime.sync_await import _sync_await

UNKNOWN = "<unknown>"
"""Stands for a value that the program does not know on preview."""
REGION = "eu-west-1"
ACCOUNT = "123456789012"

INVOKES: dict[str, dict[str, Any]] = {
    "aws:index/getRegion:getRegion": {
        "id": REGION,
        "name": REGION,
        "region": REGION,
        "description": "Europe (Ireland)",
    },
    "aws:index/getPartition:getPartition": {"id": "aws", "partition": "aws", "dnsSuffix": "amazonaws.com"},
    "aws:index/getCallerIdentity:getCallerIdentity": {
        "id": ACCOUNT,
        "accountId": ACCOUNT,
        "arn": "arn:aws:iam::1:root",
    },
}


@dataclass
class Made:
    """One registered resource."""

    type: str
    name: str
    urn: str
    inputs: dict[str, Any]
    request: Any

    def depends_on(self, other: "Made") -> bool:
        """Whether it waits for another resource."""
        return other.urn in self.request.dependencies


@dataclass
class Recorded:
    """All that a program registered, and what it returned."""

    made: list[Made] = field(default_factory=list)
    result: Any = None

    def of(self, type_: str) -> list[Made]:
        """The resources of a type, by its last part, such as `RestApi`."""
        return [each for each in self.made if each.type.split(":")[-1] == type_]

    def one(self, type_: str, name: str | None = None) -> Made:
        """The only resource of a type, or that of a name."""
        found = [each for each in self.of(type_) if name is None or each.name == name]
        assert len(found) == 1, f"{len(found)} of {type_} {name or ''}: {[each.name for each in self.of(type_)]}"
        return found[0]

    def order(self, made: Made) -> int:
        """Its place in the order of registration."""
        return self.made.index(made)


class _Monitor(mocks.MockMonitor):
    def __init__(self, recorded: Recorded, answers: "_Answers") -> None:
        super().__init__(answers)
        self.recorded = recorded

    def RegisterResource(self, request):  # noqa: N802 - the protocol's name
        if request.type != "pulumi:pulumi:Stack":
            inputs = rpc.deserialize_properties(request.object, keep_unknowns=True)
            urn = self.make_urn(request.parent, request.type, request.name)
            self.recorded.made.append(Made(request.type, request.name, urn, plain(inputs), request))
        return super().RegisterResource(request)


class _Answers(mocks.Mocks):
    def __init__(self, outputs: Mapping[str, Mapping[str, Any]], invokes: Mapping[str, Any], *, known: bool) -> None:
        self.outputs = outputs
        self.invokes = {**INVOKES, **invokes}
        self.known = known

    def new_resource(self, args):
        if not args.custom:
            return "", dict(args.inputs)
        if not self.known:
            return None, dict(args.inputs)
        short = args.typ.split(":")[-1]
        words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", short).lower()
        state = {
            "arn": f"arn:aws:{words}:{REGION}:{ACCOUNT}:{args.name}",
            "name": f"{args.name}-name",
            "executionArn": f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{args.name}-id",
            **args.inputs,
            **self.outputs.get(short, {}),
        }
        return f"{args.name}-id", state

    def call(self, args):
        if args.token not in self.invokes:
            raise AssertionError(f"no answer for {args.token}")
        return self.invokes[args.token]


def plain(value: Any) -> Any:
    """Inputs with secrets unwrapped and unknowns marked."""
    if isinstance(value, pulumi.output.Unknown):
        return UNKNOWN
    if rpc.is_rpc_secret(value):
        return plain(rpc.unwrap_rpc_secret(value))
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def deploy(
    program: Callable[[], Any],
    *,
    preview: bool = False,
    outputs: Mapping[str, Mapping[str, Any]] | None = None,
    invokes: Mapping[str, Any] | None = None,
    stack: str = "dev",
) -> Recorded:
    """Run a program; on `preview`, ids and computed outputs are unknown.

    `outputs` adds computed outputs by the last part of a type. Does not prove that AWS accepts anything.
    """
    recorded = Recorded()
    answers = _Answers(outputs or {}, invokes or {}, known=not preview)
    set_mocks(answers, project="shop", stack=stack, preview=preview, monitor=_Monitor(recorded, answers))
    SETTINGS.outputs = set()  # not those of a program that failed before

    def run() -> None:
        recorded.result = program()

    mocks.test(run)()
    return recorded


def value(output: pulumi.Output[Any]) -> Any:
    """The value of an output, None while unknown."""
    return _sync_await(output.future())


def secret(output: pulumi.Output[Any]) -> bool:
    """Whether an output is a secret."""
    return _sync_await(output.is_secret())
