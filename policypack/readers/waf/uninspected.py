"""What a rule does not inspect: parts of a request that are too long or malformed, and how the rule treats them.

https://docs.aws.amazon.com/waf/latest/developerguide/waf-oversize-request-components.html
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from ...graph.values import UNKNOWN, is_list, is_object, text
from ...model.fact import Fact

_NO_MATCH: Final = "no_match"
_MATCH: Final = "match"
_CONTINUE: Final = "continue"
_FALLBACKS: Final = (
    ("body", "oversizehandling", _CONTINUE, "a body that is too long"),
    ("jsonbody", "oversizehandling", _CONTINUE, "a body that is too long"),
    ("jsonbody", "invalidfallbackbehavior", "", "a body that is not valid JSON"),
    ("headers", "oversizehandling", "", "headers that are too long"),
    ("cookies", "oversizehandling", "", "cookies that are too long"),
    ("headerorder", "oversizehandling", "", "headers that are too long"),
    ("headerorders", "oversizehandling", "", "headers that are too long"),
    ("ja3fingerprint", "fallbackbehavior", "", "a request without a JA3 fingerprint"),
    ("ja4fingerprint", "fallbackbehavior", "", "a request without a JA4 fingerprint"),
    ("urifragment", "fallbackbehavior", _NO_MATCH, "a request without a URI fragment"),
)
"""Field, setting, AWS's default for it, and what it decides about."""


@dataclass(frozen=True, slots=True)
class Uninspected:
    """What a rule lets through although it cannot inspect it."""

    passed: tuple[str, ...]
    """What a blocking rule does not match, or an allowing rule matches, without having inspected it."""
    truncated: tuple[str, ...]
    """Of what it inspects only the beginning."""
    known: Fact
    """Whether all of these settings are known."""


def uninspected(statement: Any, *, allows: bool) -> Uninspected:
    """What a rule with a statement lets through; `allows` says that it allows what it matches instead of blocking."""
    found = list(_settings(statement, negated=allows))
    settings = [(value, negated, what) for value, negated, what in found if value is not UNKNOWN]
    return Uninspected(
        passed=_each(what for value, negated, what in settings if value == (_MATCH if negated else _NO_MATCH)),
        truncated=_each(what for value, _, what in settings if value == _CONTINUE),
        known=Fact.of(
            None if len(settings) < len(found) else True,
            unknown="how it treats what it cannot inspect is known only after deployment",
        ),
    )


def _each(found: Iterator[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(found))


def _settings(value: Any, *, negated: bool) -> Iterator[tuple[Any, bool, str]]:
    """Each setting inside a statement, and whether the statement is negated there."""
    if is_object(value):
        for key, item in value.items():
            if key == "fieldtomatch":
                yield from ((setting, negated, what) for setting, what in _of_field(item))
            else:
                yield from _settings(item, negated=negated is not (key == "notstatement"))
    elif is_list(value):
        for item in value:
            yield from _settings(item, negated=negated)


def _of_field(field: Any) -> Iterator[tuple[Any, str]]:
    for name, setting, default, what in _FALLBACKS:
        component = field.get(name) if is_object(field) else None
        if is_object(component):
            given = component.get(setting)
            yield (UNKNOWN if given is UNKNOWN else text(given).lower() or default), what
