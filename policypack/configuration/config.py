"""Parses the pack's configuration, in the format of CrossGuard's `--policy-pack-config` file.

{"all": "advisory", "waf-stages-have-web-acl": {"enforcementLevel": "mandatory", "undecided": "mandatory",
 "waivers": [{"urn": "*::legacy", "reason": "behind a CDN", "owner": "platform team", "until": "2027-03-31"}]}}
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fnmatch import fnmatchcase
from typing import Any, Final

from ..graph.values import is_object
from ..layers import POLICIES
from ..layers.frameworks import FRAMEWORKS, cited
from ..layers.policy import Policy
from ..model.verdict import Severity
from .schema import mistakes, nearest
from .waivers import EVERY_POLICY, Waiver

ADVISORY: Final = "advisory"
MANDATORY: Final = "mandatory"
DISABLED: Final = "disabled"
LEVELS: Final = (ADVISORY, MANDATORY, "remediate", DISABLED)
ALL: Final = "all"
_LEVEL: Final = "enforcementLevel"
_UNDECIDED: Final = "undecided"
_WAIVERS: Final = "waivers"
_TAG_WAIVERS: Final = "tag_waivers"
PUBLIC: Final = "public"
"""The setting that lists routes which are meant to be public. Each entry is a waiver of the policy."""
ANYWHERE: Final = "*"
_STACKS: Final = "stacks"
_COMMON_SETTINGS: Final[Mapping[str, Mapping[str, Any]]] = {
    _UNDECIDED: {
        "type": "string",
        "enum": [ADVISORY, MANDATORY],
        "description": "The level of undecided facts; under `all`, for every policy. Advisory by default.",
    },
    _STACKS: {
        "type": "array",
        "default": [],
        "description": "Levels for some stacks. Of several entries that apply to a stack, the last one counts.",
        "items": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "project": {"type": "string", "minLength": 1, "description": "A glob pattern for the project."},
                "stack": {"type": "string", "minLength": 1, "description": "A glob pattern for the stack's name."},
                "tags": {
                    "type": "object",
                    "additionalProperties": {"type": "string"},
                    "description": "Stack tags, each with a glob pattern for its value; all must match.",
                },
                _LEVEL: {"type": "string", "enum": list(LEVELS)},
                _UNDECIDED: {"type": "string", "enum": [ADVISORY, MANDATORY]},
            },
        },
    },
    _WAIVERS: {
        "type": "array",
        "default": [],
        "description": "Resources for which the policy is waived.",
        "items": {
            "type": "object",
            "required": ["urn", "reason"],
            "additionalProperties": False,
            "properties": {
                "urn": {"type": "string", "minLength": 1, "description": "A glob pattern for the URNs."},
                "only": {
                    "type": "array",
                    "items": {"type": "string", "minLength": 1},
                    "description": (
                        "Glob patterns for the subjects, such as `GET /health`. Required where one resource has "
                        "several, as the routes of an OpenAPI document."
                    ),
                },
                "reason": {
                    "type": "string",
                    "minLength": 1,
                    "pattern": r"\S",
                    "title": "a reason",
                    "description": "Why the violation is acceptable.",
                },
                "owner": {"type": "string", "description": "Who accepted the violation."},
                "until": {
                    "type": "string",
                    "pattern": r"^\d{4}-\d\d-\d\d$",
                    "title": "a date in the form YYYY-MM-DD",
                    "description": "The last day on which the waiver is valid, as YYYY-MM-DD.",
                },
            },
        },
    },
    _TAG_WAIVERS: {
        "type": "boolean",
        "default": False,
        "description": (
            "Whether a resource may waive the policy for itself, with a tag `gateway-policy:<policy>`. The tag's value "
            "is the reason, which may end in `until YYYY-MM-DD`."
        ),
    },
}
"""Settings that every policy has in addition to its own."""
_SETTINGS_OF_ALL: Final = (_UNDECIDED, _STACKS, _WAIVERS)
"""Settings that `all` may have."""

RECOMMENDED: Final = "recommended"
_BY_SEVERITY: Final = {
    RECOMMENDED: (MANDATORY, MANDATORY, ADVISORY, ADVISORY),
    "strict": (MANDATORY, MANDATORY, MANDATORY, MANDATORY),
    "baseline": (MANDATORY, ADVISORY, DISABLED, DISABLED),
}
"""The levels of critical, high, medium and low policies, in this order."""
PRESETS: Final[Mapping[str, str]] = {
    RECOMMENDED: "critical and high policies are mandatory, the others advisory; the default",
    "strict": "every policy is mandatory, and so are undecided facts",
    "baseline": "critical policies are mandatory, high ones advisory, the others disabled; for a start",
    **{name: f"the policies that refer to {' '.join(of)} are mandatory" for name, of in FRAMEWORKS.items()},
}


class ConfigError(ValueError):
    """A configuration is not valid; the message lists every mistake."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StackLevels:
    """The levels of one policy, or of all, for some stacks."""

    project: str = ANYWHERE
    """A glob, as is `stack`."""
    stack: str = ANYWHERE
    tags: Mapping[str, str] = field(default_factory=dict[str, str])
    """Globs of the values of stack tags, by name."""
    level: str = ""
    """The level of violations; empty if it does not change."""
    undecided: str = ""
    """The level of undecided facts; empty if it does not change."""

    def applies(self, project: str, stack: str, tags: Mapping[str, str]) -> bool:
        """Whether it applies to a stack."""
        tagged = all(name in tags and fnmatchcase(tags[name], value) for name, value in self.tags.items())
        return tagged and fnmatchcase(project, self.project) and fnmatchcase(stack, self.stack)


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """Levels, settings and waivers, for every policy."""

    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])
    """By policy, its own settings, with their defaults filled in."""
    waivers: tuple[Waiver, ...] = ()
    tag_waivers: frozenset[str] = frozenset()
    """The policies that a resource may waive for itself with a tag."""
    levels: Mapping[str, str] = field(default_factory=dict[str, str])
    """By policy, the level of violations: `advisory`, `mandatory`, `remediate` or `disabled`."""
    undecided: Mapping[str, str] = field(default_factory=dict[str, str])
    """By policy, the level of undecided facts: `advisory` or `mandatory`."""
    stacks: Mapping[str, Sequence[StackLevels]] = field(default_factory=dict[str, Sequence[StackLevels]])
    """By policy, and under `all`, the levels for some stacks."""

    def restricted_to(self, policies: Container[str]) -> "Configuration":
        """The configuration with all other policies disabled."""
        return replace(
            self,
            levels={name: level if name in policies else DISABLED for name, level in self.levels.items()},
            stacks={name: each for name, each in self.stacks.items() if name == ALL or name in policies},
        )

    def of_stack(self, project: str, stack: str, tags: Mapping[str, str]) -> "Configuration":
        """The configuration with the levels of a stack.

        The entries of a policy override those of `all`, which override the levels for every stack. A policy that is
        disabled for every stack stays so, unless an entry of its own enables it.
        """
        levels, undecided = dict(self.levels), dict(self.undecided)
        for source in (ALL, *(name for name in self.stacks if name != ALL)):
            for each in self.stacks.get(source, ()):
                if each.applies(project, stack, tags):
                    named = [source] if source != ALL else [name for name in levels if self.levels[name] != DISABLED]
                    levels |= dict.fromkeys(named, each.level) if each.level else {}
                    undecided |= dict.fromkeys(named, each.undecided) if each.undecided else {}
        return replace(self, levels=levels, undecided=undecided)


def schema(policy: Policy) -> dict[str, Any]:
    """The JSON schema of each setting of a policy, including the settings that every policy has."""
    return {**policy.config, **_COMMON_SETTINGS}


def file_schema(policies: Iterable[Policy] = POLICIES) -> dict[str, Any]:
    """The JSON schema of a configuration file, by which editors complete and check it."""
    common = {name: {"$ref": f"#/$defs/{name}"} for name in _COMMON_SETTINGS}
    of_all = {name: common[name] for name in _SETTINGS_OF_ALL}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Configuration of gateway-policy",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "$schema": {"type": "string"},
            "environments": {"type": "array", "description": "Pulumi's own key; it has no effect on the policies."},
            ALL: _entry_schema("Every policy, unless it has an entry of its own.", of_all),
            **{policy.id: _entry_schema(policy.title, {**policy.config, **common}) for policy in policies},
        },
        "$defs": {_LEVEL: {"enum": list(LEVELS)}, **_COMMON_SETTINGS},
    }


def _entry_schema(description: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    level = {"$ref": f"#/$defs/{_LEVEL}"}
    fields = {_LEVEL: level, **settings}
    entry = {"type": "object", "additionalProperties": False, "properties": fields}
    return {"description": description, "anyOf": [level, entry]}


def preset(names: Iterable[str], policies: Iterable[Policy] = POLICIES) -> dict[str, dict[str, Any]]:
    """A configuration that sets the level of every policy. Of several presets, the strictest level counts.

    Raises ConfigError for unknown names, and suggests the nearest one.
    """
    chosen = list(dict.fromkeys(names))
    unknown = [f"there is no preset {each!r}{nearest(each, PRESETS)}" for each in chosen if each not in PRESETS]
    if unknown:
        raise ConfigError("\n".join(unknown))
    undecided = {_UNDECIDED: MANDATORY} if "strict" in chosen else {}
    order = (DISABLED, ADVISORY, MANDATORY)
    return {
        policy.id: {_LEVEL: max((_preset_level(each, policy) for each in chosen), key=order.index), **undecided}
        for policy in policies
    }


def _preset_level(name: str, policy: Policy) -> str:
    if name in FRAMEWORKS:
        own = _default(policy) if policy.layer == "pack" else DISABLED  # the pack evaluates itself in every preset
        return MANDATORY if name in {prefix for prefix, _ in cited(policy.references)} else own
    return _BY_SEVERITY[name][list(reversed(Severity)).index(policy.severity)]


def _default(policy: Policy) -> str:
    return _preset_level(RECOMMENDED, policy)


def merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """A configuration overridden by another, policy by policy.

    `all` in `over` sets the level of every policy in `base`.
    """
    level = _written_level(over.get(ALL))
    below = {
        name: {**_written(entry), **({_LEVEL: level} if level is not None else {})} for name, entry in base.items()
    }
    return {**below, **{name: {**below.get(name, {}), **_written(entry)} for name, entry in over.items()}}


def _written(entry: Any) -> dict[str, Any]:
    return dict(entry) if is_object(entry) else {_LEVEL: entry}


def _written_level(entry: Any) -> Any:
    return entry.get(_LEVEL) if is_object(entry) else entry


def parse(raw: Mapping[str, Any], policies: Iterable[Policy] = POLICIES) -> Configuration:
    """Parse a configuration.

    Raises ConfigError with all mistakes, and suggests the nearest name for each unknown one.
    """
    by_id = {policy.id: policy for policy in policies}
    unknown = [name for name in raw if name != ALL and name not in by_id]
    problems = [f"{name}: no policy of this pack{nearest(name, by_id)}" for name in unknown]
    everywhere = _entry(raw.get(ALL), ALL, {name: _COMMON_SETTINGS[name] for name in _SETTINGS_OF_ALL}, problems)
    waivers = _waivers(EVERY_POLICY, everywhere.get(_WAIVERS), ALL, problems)
    settings: dict[str, dict[str, Any]] = {}
    levels: dict[str, str] = {}
    undecided: dict[str, str] = {}
    tag_waivers: set[str] = set()
    stacks = {ALL: _stack_levels(everywhere.get(_STACKS), ALL, problems)}
    for name, policy in by_id.items():
        given = _entry(raw.get(name), name, schema(policy), problems)
        levels[name] = given.get(_LEVEL) or everywhere.get(_LEVEL) or _default(policy)
        undecided[name] = given.get(_UNDECIDED) or everywhere.get(_UNDECIDED) or ADVISORY
        waivers += _waivers(name, given.get(_WAIVERS), name, problems)
        waivers += _public(name, given.get(PUBLIC), name, problems)
        stacks[name] = _stack_levels(given.get(_STACKS), name, problems)
        tag_waivers |= {name} if given.get(_TAG_WAIVERS) else set()
        settings[name] = policy.settings({key: value for key, value in given.items() if key in policy.config})
    if problems:
        raise ConfigError("\n".join(problems))
    return Configuration(
        settings=settings,
        waivers=tuple(waivers),
        tag_waivers=frozenset(tag_waivers),
        levels=levels,
        undecided=undecided,
        stacks={name: each for name, each in stacks.items() if each},
    )


def _stack_levels(given: Any, name: str, problems: list[str]) -> tuple[StackLevels, ...]:
    written: Sequence[Mapping[str, Any]] = given or ()
    for index, each in enumerate(written):
        path = f"{name}.{_STACKS}[{index}]"
        if not each.keys() & {"project", "stack", "tags"}:
            problems.append(f"{path}: must name a project, a stack or tags")
        if not each.keys() & {_LEVEL, _UNDECIDED}:
            problems.append(f"{path}: must set {_LEVEL} or {_UNDECIDED}")
    return tuple(
        StackLevels(
            project=each.get("project", ANYWHERE),
            stack=each.get("stack", ANYWHERE),
            tags=each.get("tags", {}),
            level=each.get(_LEVEL, ""),
            undecided=each.get(_UNDECIDED, ""),
        )
        for each in written
    )


def _entry(given: Any, name: str, known: Mapping[str, Any], problems: list[str]) -> dict[str, Any]:
    """The settings given for a policy. Mistakes are added to `problems`, and settings with mistakes are left out."""
    fields = {key: value for key, value in _written(given).items() if value is not None}
    allowed = {_LEVEL: {"type": "string", "enum": list(LEVELS)}, **known}
    valid: dict[str, Any] = {}
    for key, value in fields.items():
        if key not in allowed:
            problems.append(f"{name}.{key}: no setting of this policy{nearest(key, allowed)}")
            continue
        found = list(mistakes(allowed[key], value, f"{name}.{key}"))
        problems += found
        valid |= {} if found else {key: value}
    return valid


def _waivers(policy: str, given: Any, path: str, problems: list[str]) -> list[Waiver]:
    read: list[Waiver] = []
    written: Sequence[Mapping[str, Any]] = given or ()
    for index, each in enumerate(written):
        only = tuple(map(str, each.get("only", ())))
        fields: dict[str, str] = {key: str(value).strip() for key, value in each.items() if key != "only"}
        until = _day(fields.pop("until", ""), f"{path}.{_WAIVERS}[{index}].until", problems)
        read.append(Waiver(policy=policy, only=only, until=until, **fields))
    return read


def _public(policy: str, given: Any, path: str, problems: list[str]) -> list[Waiver]:
    """The routes that are meant to be public, as waivers of the policy."""
    read: list[Waiver] = []
    written: Sequence[Any] = given or ()
    for index, each in enumerate(written):
        entry: Mapping[str, Any] = {"route": each} if isinstance(each, str) else each
        until = _day(str(entry.get("until", "")).strip(), f"{path}.{PUBLIC}[{index}].until", problems)
        read.append(
            Waiver(
                policy=policy,
                urn=str(entry.get("urn", ANYWHERE)),
                only=(str(entry["route"]).strip(),),
                reason=str(entry.get("reason", "meant to be public")).strip(),
                owner=str(entry.get("owner", "")).strip(),
                until=until,
            )
        )
    return read


def _day(given: str, path: str, problems: list[str]) -> date | None:
    if not given:
        return None
    try:
        return date.fromisoformat(given)
    except ValueError:
        problems.append(f"{path}: expected a date in the form YYYY-MM-DD, got {given!r}")
        return None
