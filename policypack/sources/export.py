"""Reads the state of a stack: what `pulumi stack export` writes, or the checkpoint in a self-managed backend.

Inputs are what the program declares, with the defaults that the provider filled in. Outputs identify resources, and
show what AWS held at the last update or refresh (`graph/drift.py`). Secrets are known only in an export that was made
with `--show-secrets`.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from ..graph.drift import with_held
from ..graph.graph import Resource
from ..graph.values import decode, is_object
from ..model import languages
from ..model.languages import Language
from .source import Engine, Source, SourceError

LIBRARIES: Final = frozenset({"..", "site-packages", "node_modules", "venv", ".venv"})
"""Folder names in the path of a file that is not part of the program."""
_LINE: Final = re.compile(r"[1-9][0-9]{0,8}")
LATEST: Final = 4
"""The latest version of states; Pulumi 3 writes it if a stack uses newer features (`DeploymentSchemaVersionLatest`)."""
PENDING: Final = 3
"""How many pending operations a note names."""
NOT_MANAGED: Final = ("delete", "external")
"""Flags of resources that are being deleted, and of resources that the stack only reads."""


def is_export(document: object) -> bool:
    """Whether a document is a state file, as an export or as a checkpoint."""
    return _deployment(document) is not None


def read(target: str, document: Mapping[str, Any]) -> Source:
    """The resources that a stack manages: neither those being deleted nor those that it only reads.

    Raises SourceError if the stack is empty or the file is damaged.
    """
    found = read_state(target, document)
    if found is None:
        raise SourceError(f"{target} is the state file of an empty stack: nothing is deployed")
    return found


def read_state(target: str, document: object) -> Source | None:
    """The same, but None if the stack is empty."""
    deployment = _deployment(document)
    if deployment is None:
        raise SourceError(f"{target} is not a state file: it has neither a deployment nor a checkpoint")
    if (version := _version(document)) > LATEST:
        raise SourceError(
            f"{target} is from a newer Pulumi: its state has version {version}, and this pack reads up to {LATEST}"
        )
    states: Any = deployment.get("resources") or []
    if not states:
        return None
    try:
        language = language_of(states)
        resources = [
            with_held(resource(state, language))
            for state in states
            if not any(state.get(each) is True for each in NOT_MANAGED)
        ]
        project, stack = project_and_stack(states[0]["urn"])
        notes = _pending(deployment)
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise SourceError(f"{target} is not a state file that this version can read: {error!r}") from error
    return Source(
        target=target,
        engine=Engine.STATE_FILE,
        project=project,
        stack=stack,
        resources=tuple(sorted(resources, key=lambda each: each.urn)),
        notes=notes,
    )


def _version(document: Any) -> int:
    """The version of a state; 0 without one. What a later version means, or where it has its resources, is unknown."""
    version = document.get("version")
    return version if isinstance(version, int) else 0


def _deployment(document: Any) -> Mapping[str, Any] | None:
    """The deployment in an export or in a checkpoint; None if the document is neither.

    A checkpoint has a version, unless the CLI that wrote it is from before 2018. That of a new stack has no deployment.
    """
    match document:
        case {"deployment": {**deployment}}:
            return deployment
        case {"version": int(), "checkpoint": {**checkpoint}}:
            latest: Any = checkpoint.get("latest")
        case {"stack": str(), "latest": latest}:
            pass
        case _:
            return None
    return {} if latest is None else latest if is_object(latest) else None


def _pending(deployment: Mapping[str, Any]) -> tuple[str, ...]:
    """A note that names the operations which an interrupted update began, so that their result is not known."""
    operations: Sequence[Mapping[str, Any]] = deployment.get("pending_operations") or ()
    named = sorted(f"{each.get('type') or 'changing'} {each['resource']['urn']}" for each in operations)
    shown = ", ".join(named[:PENDING]) + (f" and {len(named) - PENDING} more" if len(named) > PENDING else "")
    return (f"an interrupted update left operations whose result is not known: {shown}",) if named else ()


def project_and_stack(urn: str) -> tuple[str, str]:
    """The project and the stack that a URN names."""
    stack, project, *_ = urn.removeprefix("urn:pulumi:").split("::")
    return project, stack


def language_of(states: Iterable[Mapping[str, Any]]) -> Language | None:
    """The language of the program, by the first file of it that an entry of a state file names; None if none does."""
    files = (_location(state).rpartition(":")[0] for state in states)
    return next(filter(None, map(languages.of_file, files)), None)


def resource(state: Mapping[str, Any], language: Language | None) -> Resource:
    """The resource that an entry of a state file describes. Raises KeyError or TypeError if the entry is damaged."""
    edges: Mapping[str, Sequence[str] | None] = state.get("propertyDependencies") or {}
    secrets: set[str] = set()
    return Resource(
        urn=_string(state["urn"]),
        type=_string(state["type"]),
        name=state["urn"].rpartition("::")[2],
        inputs=_values(state.get("inputs"), secrets),
        outputs=_values(state.get("outputs"), secrets),
        id=state.get("id") if state.get("custom") else None,
        parent=_string(state.get("parent") or ""),
        dependencies=frozenset(state.get("dependencies") or ()),
        property_dependencies={key: frozenset(urns) for key, urns in edges.items() if urns},
        ignore_changes=tuple(map(str, state.get("ignoreChanges") or ())),
        location=_location(state),
        custom=bool(state.get("custom")),
        secrets=frozenset(secrets),
        language=language,
    )


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("a name is not a string")
    return value


def _values(written: Any, secrets: set[str]) -> dict[str, Any]:
    if not is_object(written or {}):
        raise TypeError("properties are not an object")
    return decode(_without_marks(written or {}), secrets)


def _without_marks(value: Any) -> Any:
    """A value without the fields that providers add for themselves, such as `__defaults`."""
    match value:
        case {**fields}:
            return {key: _without_marks(item) for key, item in fields.items() if not str(key).startswith("__")}
        case [*items]:
            return [_without_marks(item) for item in items]
        case _:
            return value


def _location(state: Mapping[str, Any]) -> str:
    """The innermost line of the program itself, outside libraries: `file.py:12` for `project:///file.py#12,4`."""
    for frame in (state, *(state.get("stackTrace") or ())):
        file, _, line = str(frame.get("sourcePosition") or "").removeprefix("project:///").partition("#")
        number = line.partition(",")[0]
        if file and _LINE.fullmatch(number) and LIBRARIES.isdisjoint(file.split("/")):
            return f"{file}:{number}"
    return ""
