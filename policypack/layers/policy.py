"""How a layer declares a policy: one small function, whose docstring is the title and the reason."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Required, TypedDict, Unpack

from ..model.gateway import Gateway
from ..model.languages import Language, spelled
from ..model.stack import Stack
from ..model.verdict import Severity, Verdict
from .frameworks import completed

Settings = Mapping[str, Any]
GatewayPolicy = Callable[[Gateway, Settings], Iterator[Verdict]]
StackPolicy = Callable[[Stack, Settings], Iterator[Verdict]]
_API_OF: Final = {"REST": "a REST", "HTTP": "an HTTP", "WEBSOCKET": "a WebSocket"}


class Declaration(TypedDict, total=False):
    """What a policy declares in addition to its docstring."""

    severity: Required[Severity]
    fix: str
    """How to fix a violation. Properties of resources are marked: `{throttlingRateLimit}`."""
    fix_by_kind: Mapping[str, str]
    """How to fix it in a `REST`, an `HTTP` or a `WEBSOCKET` API, where that differs; it comes before `fix`."""
    references: Sequence[str]
    """Tags such as `fsbp:APIGateway.4` and `owasp-api-2023:API4`, and documentation addresses."""
    config: Mapping[str, Any]
    """JSON schema of each setting, with its default."""
    single_resource: bool
    """Whether a violation that one resource shows by itself is a violation in every graph. The engine then blocks that
    resource before it is created."""
    since: str
    """The first version that has the policy. `0.1.0` by default."""


@dataclass(frozen=True, kw_only=True)
class Policy:
    """A policy: how it is evaluated, and everything a person needs to act on a violation."""

    id: str
    layer: str
    title: str
    rationale: str
    severity: Severity
    fix_text: str
    """How to fix a violation, with the properties to set marked: see `languages.spelled`."""
    fix_by_kind: Mapping[str, str]
    """The same, for one kind of API."""
    references: tuple[str, ...]
    config: Mapping[str, Any]
    single_resource: bool
    since: str
    """The first version that has it."""
    evaluate: GatewayPolicy | None = None
    """For each gateway; None if the policy is about the whole stack."""
    evaluate_stack: StackPolicy | None = None
    """For the whole stack; None if the policy is about a gateway."""

    @property
    def fix(self) -> str:
        """How to fix a violation in each kind of API, with properties as in the schemas of Pulumi's providers."""
        return self.fix_in(None)

    def fix_in(self, language: Language | None, kind: str = "") -> str:
        """How to fix a violation in a program in a language, for one kind of API or, if it is empty, for each."""
        return spelled(f"{self._fix_of(kind)} {self.fix_text}".strip(), language)

    def _fix_of(self, kind: str) -> str:
        by_kind = self.fix_by_kind
        if kind in by_kind:
            return by_kind[kind]
        apis: dict[str, list[str]] = {}
        for each, fix in by_kind.items():
            apis.setdefault(fix, []).append(_API_OF[each])
        return " ".join(f"For {' or '.join(named)} API: {fix}" for fix, named in apis.items())

    def is_newer_than(self, version: str) -> bool:
        """Whether a version, such as `0.1.0`, does not have it yet. Raises ValueError if that is no version."""
        return _numbers(self.since) > _numbers(version)

    def settings(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The configured settings over the defaults."""
        defaults = {name: schema["default"] for name, schema in self.config.items() if "default" in schema}
        return {**defaults, **given}


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


@dataclass(frozen=True)
class Layer:
    """A layer, or one of the groups `api` and `pack`, with its policies in reported order."""

    name: str
    title: str
    policies: list[Policy] = field(default_factory=list[Policy])

    def policy(self, **declaration: Unpack[Declaration]) -> Callable[[GatewayPolicy], GatewayPolicy]:
        """Declare a policy about one gateway. Its id is the layer's name and the function's."""

        def declare(function: GatewayPolicy) -> GatewayPolicy:
            self._add(function, declaration, evaluate=function)
            return function

        return declare

    def stack_policy(self, **declaration: Unpack[Declaration]) -> Callable[[StackPolicy], StackPolicy]:
        """Declare a policy about what may belong to no gateway, such as an API key without a usage plan."""

        def declare(function: StackPolicy) -> StackPolicy:
            self._add(function, declaration, evaluate_stack=function)
            return function

        return declare

    def _add(
        self,
        function: GatewayPolicy | StackPolicy,
        declaration: Declaration,
        *,
        evaluate: GatewayPolicy | None = None,
        evaluate_stack: StackPolicy | None = None,
    ) -> None:
        title, _, rationale = (function.__doc__ or "").partition("\n")
        self.policies.append(
            Policy(
                id=f"{self.name}-{getattr(function, '__name__', '').replace('_', '-')}",
                layer=self.name,
                title=title.strip(),
                rationale=" ".join(rationale.split()),
                severity=declaration["severity"],
                fix_text=declaration.get("fix", ""),
                fix_by_kind=declaration.get("fix_by_kind", {}),
                references=completed(declaration.get("references", ())),
                config=declaration.get("config", {}),
                single_resource=declaration.get("single_resource", False),
                since=declaration.get("since", "0.1.0"),
                evaluate=evaluate,
                evaluate_stack=evaluate_stack,
            )
        )
