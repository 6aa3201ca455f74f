"""How a layer declares a rule: one small function whose docstring is the promise."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..model.gateway import Gateway
from ..model.stack import Estate
from ..model.verdict import Severity, Verdict
from .frameworks import completed

Settings = Mapping[str, Any]
Judge = Callable[[Gateway, Settings], Iterator[Verdict]]
EstateJudge = Callable[[Estate, Settings], Iterator[Verdict]]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A promise, how it is judged, and all that a person needs to act on a violation."""

    id: str
    layer: str
    title: str
    why: str
    severity: Severity
    fix: str
    references: tuple[str, ...]
    """Tags such as `fsbp:APIGateway.4`, `owasp-api-2023:API4` and documentation addresses."""
    rows: tuple[str, ...]
    """What of others' catalogues it answers: `M12` is row 12 of the master table, `G7` item 7 of the list of gaps."""
    config: Mapping[str, Any]
    """JSON schema of each setting, with its default."""
    judge: Judge | None
    judge_estate: EstateJudge | None
    alone: bool
    """Whether a violation seen on one resource alone is a violation in every graph, so that it may block
    before that resource is created."""

    def settings(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The given settings over the defaults."""
        defaults = {name: schema["default"] for name, schema in self.config.items() if "default" in schema}
        return {**defaults, **given}


@dataclass(frozen=True)
class Layer:
    """One of the six rooms, and its rules in the order they are declared."""

    name: str
    title: str
    rules: list[Rule] = field(default_factory=list[Rule])

    def rule(
        self,
        *,
        severity: Severity,
        fix: str,
        references: Sequence[str] = (),
        rows: Sequence[str] = (),
        config: Mapping[str, Any] | None = None,
        alone: bool = False,
    ) -> Callable[[Judge], Judge]:
        """Declare a rule about one gateway. Its id is the layer and the function's name."""

        def declare(judge: Judge) -> Judge:
            self._add(judge, judge, None, severity, fix, references, rows, config or {}, alone=alone)
            return judge

        return declare

    def estate_rule(
        self,
        *,
        severity: Severity,
        fix: str,
        references: Sequence[str] = (),
        rows: Sequence[str] = (),
        config: Mapping[str, Any] | None = None,
        alone: bool = False,
    ) -> Callable[[EstateJudge], EstateJudge]:
        """Declare a rule about things that need not belong to a gateway, such as a loose API key."""

        def declare(judge: EstateJudge) -> EstateJudge:
            self._add(judge, None, judge, severity, fix, references, rows, config or {}, alone=alone)
            return judge

        return declare

    def _add(
        self,
        function: Callable[..., Iterable[Verdict]],
        judge: Judge | None,
        judge_estate: EstateJudge | None,
        severity: Severity,
        fix: str,
        references: Sequence[str],
        rows: Sequence[str],
        config: Mapping[str, Any],
        *,
        alone: bool,
    ) -> None:
        title, _, why = (function.__doc__ or "").partition("\n")
        self.rules.append(
            Rule(
                id=f"{self.name}-{function.__name__.replace('_', '-')}",
                layer=self.name,
                title=title.strip(),
                why=" ".join(why.split()),
                severity=severity,
                fix=fix,
                references=completed(references),
                rows=tuple(rows),
                config=config,
                judge=judge,
                judge_estate=judge_estate,
                alone=alone,
            )
        )
