"""Reads the state file of a stack, as `pulumi stack export` writes it.

Inputs are what is declared, with the defaults that the provider filled in; outputs give identity. A secret is
known only in an export made with `--show-secrets`.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from ..graph.graph import Resource
from ..graph.values import decode, is_object
from .source import Engine, Source, SourceError

LIBRARIES: Final = frozenset({"..", "site-packages", "node_modules", "venv", ".venv"})
"""Parts of paths that lead out of the program."""
_LINE: Final = re.compile(r"[1-9][0-9]{0,8}")
ELSEWHERE: Final = ("delete", "external")
"""Marks of what is being deleted, and of what is somebody else's."""


def is_export(document: object) -> bool:
    """Whether a document is a state file."""
    return isinstance(document, dict) and isinstance(document.get("deployment"), dict)  # pyright: ignore[reportUnknownMemberType]


def read(target: str, document: Mapping[str, Any]) -> Source:
    """The resources that a state file says exist: not those being deleted, and not those of somebody else."""
    states: Sequence[Mapping[str, Any]] = document["deployment"].get("resources") or []
    if not states:
        raise SourceError(f"{target} is the state file of an empty stack; nothing is deployed")
    try:
        resources = [resource(state) for state in states if not any(state.get(each) is True for each in ELSEWHERE)]
        project, stack = place(states[0]["urn"])
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise SourceError(f"{target} is no state file this version can read: {error!r}") from error
    return Source(
        target=target,
        engine=Engine.STATE_FILE,
        project=project,
        stack=stack,
        resources=tuple(sorted(resources, key=lambda each: each.urn)),
    )


def place(urn: str) -> tuple[str, str]:
    """Project and stack of a URN."""
    stack, project, *_ = urn.removeprefix("urn:pulumi:").split("::")
    return project, stack


def resource(state: Mapping[str, Any]) -> Resource:
    """A resource as the engine writes its state."""
    edges: Mapping[str, Sequence[str] | None] = state.get("propertyDependencies") or {}
    secrets: set[str] = set()
    return Resource(
        urn=_text(state["urn"]),
        type=_text(state["type"]),
        name=state["urn"].rpartition("::")[2],
        inputs=_values(state.get("inputs"), secrets),
        outputs=_values(state.get("outputs"), secrets),
        id=state.get("id") if state.get("custom") else None,
        parent=_text(state.get("parent") or ""),
        dependencies=frozenset(state.get("dependencies") or ()),
        property_dependencies={key: frozenset(urns) for key, urns in edges.items() if urns},
        ignore_changes=tuple(map(str, state.get("ignoreChanges") or ())),
        location=_location(state),
        custom=bool(state.get("custom")),
        secrets=frozenset(secrets),
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("a name is no text")
    return value


def _values(written: Any, secrets: set[str]) -> dict[str, Any]:
    if not is_object(written or {}):
        raise TypeError("properties are no object")
    return decode(_without_marks(written or {}), secrets)


def _without_marks(value: Any) -> Any:
    """A value without the provider's own notes, such as `__defaults`."""
    match value:
        case {**fields}:
            return {key: _without_marks(item) for key, item in fields.items() if not str(key).startswith("__")}
        case [*items]:
            return [_without_marks(item) for item in items]
        case _:
            return value


def _location(state: Mapping[str, Any]) -> str:
    """The nearest line of the program itself, not of a library: `project:///file.py#12,4` as `file.py:12`."""
    for frame in (state, *(state.get("stackTrace") or ())):
        file, _, line = str(frame.get("sourcePosition") or "").removeprefix("project:///").partition("#")
        number = line.partition(",")[0]
        if file and _LINE.fullmatch(number) and LIBRARIES.isdisjoint(file.split("/")):
            return f"{file}:{number}"
    return ""
