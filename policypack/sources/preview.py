"""Reads what `pulumi preview --json` wrote: the resources as the engine, with every provider, is about to make them.

Values that exist only after deployment are unknown, and secrets are left out by the engine; both are undecided.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from ..graph.graph import Resource
from ..graph.values import UNKNOWN
from . import export
from .source import Engine, Source, SourceError

GONE: Final = frozenset({"delete", "delete-replaced", "discard", "discard-replaced", "remove-pending-replace"})
"""Steps after which the resource is not there, or no longer Pulumi's."""
SAME: Final = "same"
KEPT: Final = frozenset({SAME, "update", "refresh", "read", "import"})
"""Steps after which a resource is still the one that it was; its identity stands in the old state only."""


def is_preview(document: object) -> bool:
    """Whether a document is the outcome of a preview."""
    return isinstance(document, dict) and isinstance(document.get("steps"), list)  # pyright: ignore[reportUnknownMemberType]


def read(target: str, document: Mapping[str, Any]) -> Source:
    """The resources that will exist. Raises SourceError where some of them are left out, or the preview failed."""
    steps: Sequence[Mapping[str, Any]] = document["steps"]
    found: dict[str, Resource] = {}
    try:
        _refuse_failed(target, document.get("diagnostics") or ())
        _refuse_partial(target, steps, document.get("changeSummary") or {})
        if not steps:
            raise SourceError(f"{target} is the preview of an empty stack")
        for step in steps:
            if step["op"] not in GONE and step.get("newState"):
                made = _resource(step)
                found[made.urn] = made
        project, stack = export.place(steps[0]["urn"])
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise SourceError(f"{target} is no preview this version can read: {error!r}") from error
    return Source(
        target=target,
        engine=Engine.PREVIEW,
        project=project,
        stack=stack,
        resources=tuple(found[urn] for urn in sorted(found)),
    )


def _refuse_failed(target: str, diagnostics: Sequence[Mapping[str, Any]]) -> None:
    errors = [str(each.get("message") or "").strip() for each in diagnostics if each.get("severity") == "error"]
    if errors:
        raise SourceError(f"{target} is a preview that failed, so resources are missing from it:\n  {errors[0]}")


def _refuse_partial(target: str, steps: Sequence[Mapping[str, Any]], summary: Mapping[str, int]) -> None:
    """Without `--show-sames` the engine counts unchanged resources and leaves them out, all but the stack."""
    told = sum(step.get("op") == SAME for step in steps)
    if told < summary.get(SAME, 0):
        raise SourceError(
            f"{target} leaves out {summary[SAME] - told} unchanged resources, which must be evaluated too; "
            "write it with: pulumi preview --json --show-sames"
        )


def _resource(step: Mapping[str, Any]) -> Resource:
    state: Mapping[str, Any] = step["newState"]
    before: Mapping[str, Any] = (step.get("oldState") or {}) if step["op"] in KEPT else {}
    identity = {name: state.get(name) or before.get(name) for name in ("id", "outputs")}
    resource = export.resource({**state, **identity})
    return replace(resource, id=UNKNOWN) if resource.custom and resource.id is None else resource
