"""Reads the state file of a stack, as `pulumi stack export` writes it.

Inputs are what is declared, with the defaults that the provider filled in; outputs give identity. A secret is
known only in an export made with `--show-secrets`.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from ..graph import Resource, decode
from .source import Engine, Source, SourceError

STACK: Final = "pulumi:pulumi:Stack"


def is_export(document: object) -> bool:
    """Whether a document is a state file."""
    return isinstance(document, dict) and isinstance(document.get("deployment"), dict)  # pyright: ignore[reportUnknownMemberType]


def read(target: str, document: Mapping[str, Any]) -> Source:
    """The resources that a state file says exist: not those being deleted, and not those of somebody else."""
    states: Sequence[Mapping[str, Any]] = document["deployment"].get("resources") or []
    if not states:
        raise SourceError(f"{target} is the state file of an empty stack; nothing is deployed")
    try:
        resources = [_resource(state) for state in states if not state.get("delete") and not state.get("external")]
        _, _, stack, project, *_ = states[0]["urn"].replace("::", ":").split(":")
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise SourceError(f"{target} is no state file this version can read: {error!r}") from error
    return Source(
        target=target,
        engine=Engine.STATE_FILE,
        project=project,
        stack=stack,
        resources=tuple(sorted(resources, key=lambda each: each.urn)),
    )


def _resource(state: Mapping[str, Any]) -> Resource:
    edges: Mapping[str, Sequence[str] | None] = state.get("propertyDependencies") or {}
    return Resource(
        urn=state["urn"],
        type=state["type"],
        name=state["urn"].rpartition("::")[2],
        inputs=decode(_without_marks(state.get("inputs") or {})),
        outputs=decode(_without_marks(state.get("outputs") or {})),
        id=state.get("id") if state.get("custom") else None,
        parent=state.get("parent") or "",
        dependencies=frozenset(state.get("dependencies") or ()),
        property_dependencies={key: frozenset(urns) for key, urns in edges.items() if urns},
        ignore_changes=tuple(state.get("ignoreChanges") or ()),
        location=_location(state.get("sourcePosition") or ""),
        custom=bool(state.get("custom")),
    )


def _without_marks(value: Any) -> Any:
    """A value without the provider's own notes, such as `__defaults`."""
    match value:
        case {**fields}:
            return {key: _without_marks(item) for key, item in fields.items() if not str(key).startswith("__")}
        case [*items]:
            return [_without_marks(item) for item in items]
        case _:
            return value


def _location(position: str) -> str:
    """`project:///file.py#12,4` as `file.py:12`."""
    file, _, place = position.removeprefix("project:///").partition("#")
    return f"{file}:{place.partition(',')[0]}" if file and place else ""
