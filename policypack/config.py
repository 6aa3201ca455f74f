"""The pack's configuration, as CrossGuard's `--policy-pack-config` file has it.

{"all": "advisory", "waf-stages-behind-acl": {"enforcementLevel": "disabled", "waivers": [{"urn": "…", "reason": "…"}]}}
"""

import difflib
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final

from .findings import Config, Severity
from .graph import is_list, is_object
from .layers import RULES
from .rules import Rule
from .waivers import Waiver

LEVELS: Final = ("advisory", "mandatory", "remediate", "disabled")
_LEVEL: Final = "enforcementLevel"
_WAIVERS: Final = "waivers"
_DEFAULT: Final = {
    Severity.CRITICAL: "mandatory",
    Severity.HIGH: "mandatory",
    Severity.MEDIUM: "advisory",
    Severity.LOW: "advisory",
}
_WAIVER_SCHEMA: Final[Mapping[str, Any]] = {
    "type": "array",
    "default": [],
    "description": "Resources for which the policy is waived.",
    "items": {
        "type": "object",
        "required": ["urn", "reason"],
        "additionalProperties": False,
        "properties": {
            "urn": {"type": "string", "description": "Glob of the URNs."},
            "reason": {"type": "string", "minLength": 1, "description": "Why this is acceptable."},
            "owner": {"type": "string", "description": "Who decided."},
            "until": {"type": "string", "description": "The last day it holds, YYYY-MM-DD."},
        },
    },
}
_TYPES: Final[Mapping[str, type | tuple[type, ...]]] = {
    "array": list,
    "string": str,
    "boolean": bool,
    "number": (int, float),
    "integer": (int, float),
    "object": dict,
}


class ConfigError(ValueError):
    """A configuration that cannot be meant; the message lists every mistake."""


def schema(rule: Rule) -> dict[str, Any]:
    """The JSON schema of each setting of a rule, its waivers included."""
    return {**rule.config, _WAIVERS: _WAIVER_SCHEMA}


def parse(raw: Mapping[str, Any], rules: Iterable[Rule] = RULES) -> tuple[Config, tuple[Waiver, ...], dict[str, str]]:
    """Settings, waivers, and the level of every policy.

    Raises ConfigError, with the nearest name for each misspelt one.
    """
    by_id = {rule.id: rule for rule in rules}
    unknown = [name for name in raw if name != "all" and name not in by_id]
    problems = [f"{name}: no policy of this pack{_nearest(name, by_id)}" for name in unknown]
    everywhere = _level(raw.get("all"), "all", problems)
    config: dict[str, dict[str, Any]] = {}
    waivers: list[Waiver] = []
    levels: dict[str, str] = {}
    for name, rule in by_id.items():
        given = raw.get(name, {})
        level = _level(given, name, problems)
        levels[name] = level or everywhere or _DEFAULT[rule.severity]
        settings = {key: value for key, value in given.items() if key != _LEVEL} if is_object(given) else {}
        _check(settings, rule, problems)
        config[name] = rule.settings({key: value for key, value in settings.items() if key != _WAIVERS})
        waivers += _waivers(name, settings.get(_WAIVERS) or [], problems)
    if problems:
        raise ConfigError("\n".join(problems))
    return config, tuple(waivers), levels


def _level(given: Any, name: str, problems: list[str]) -> str:
    level = given.get(_LEVEL) if is_object(given) else given
    if level is None:
        return ""
    if level not in LEVELS:
        problems.append(f"{name}.{_LEVEL}: given {level!r}; allowed: {', '.join(LEVELS)}{_nearest(str(level), LEVELS)}")
        return ""
    return str(level)


def _check(settings: Mapping[str, Any], rule: Rule, problems: list[str]) -> None:
    known = schema(rule)
    for key, value in settings.items():
        if key not in known:
            problems.append(f"{rule.id}.{key}: no setting of this policy{_nearest(key, known)}")
        elif not isinstance(value, _TYPES.get(known[key].get("type", ""), object)):
            problems.append(f"{rule.id}.{key}: allowed: {known[key]['type']}")


def _waivers(policy: str, given: Any, problems: list[str]) -> list[Waiver]:
    read: list[Waiver] = []
    names: list[str] = list(_WAIVER_SCHEMA["items"]["properties"])
    for index, each in enumerate(given if is_list(given) else []):
        place = f"{policy}.{_WAIVERS}[{index}]"
        if not is_object(each):
            problems.append(f"{place}: allowed: an object of {', '.join(names)}")
            continue
        problems += [
            f"{place}.{key}: no field of a waiver{_nearest(str(key), names)}" for key in each if key not in names
        ]
        fields: dict[str, str] = {key: str(each.get(key) or "").strip() for key in names}
        for key in ("urn", "reason"):
            if not fields[key]:
                problems.append(f"{place}.{key}: given nothing; allowed: a text")
        until = _day(fields["until"], f"{place}.until", problems)
        read.append(
            Waiver(policy=policy, urn=fields["urn"], reason=fields["reason"], owner=fields["owner"], until=until)
        )
    return read


def _day(given: str, place: str, problems: list[str]) -> date | None:
    if not given:
        return None
    try:
        return date.fromisoformat(given)
    except ValueError:
        problems.append(f"{place}: given {given!r}; allowed: a day as YYYY-MM-DD")
        return None


def _nearest(name: str, names: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, list(names), n=1, cutoff=0.6)
    return f"; did you mean {close[0]!r}?" if close else ""
