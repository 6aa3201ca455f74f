"""Reads the output of `pulumi preview --json`: the resources that the engine, with every provider, is about to deploy.

Values that exist only after deployment are unknown. So are secrets, which the engine leaves out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from ..graph.graph import Resource
from ..graph.values import UNKNOWN
from ..model.languages import Language
from . import export
from .source import Engine, Source, SourceError

GONE: Final = frozenset({"delete", "delete-replaced", "discard", "discard-replaced", "remove-pending-replace"})
"""Steps after which the resource does not exist or is no longer managed by Pulumi."""
SAME: Final = "same"
NOT_REPLACED: Final = frozenset({SAME, "update", "refresh", "read", "import"})
"""Steps that do not replace the resource: its id and outputs are in the old state only."""


def is_preview(document: object) -> bool:
    """Whether a document is the output of a preview."""
    return isinstance(document, dict) and isinstance(document.get("steps"), list)  # pyright: ignore[reportUnknownMemberType]


def read(target: str, document: Mapping[str, Any]) -> Source:
    """The resources that will exist. Raises SourceError if some are left out or the preview failed."""
    steps: Sequence[Mapping[str, Any]] = document["steps"]
    resources: dict[str, Resource] = {}
    try:
        _reject_failed(target, document.get("diagnostics") or ())
        _reject_partial(target, steps, document.get("changeSummary") or {})
        if not steps:
            raise SourceError(f"{target} is the preview of an empty stack")
        left = [step for step in steps if step["op"] not in GONE and step.get("newState")]
        language = export.language_of(step["newState"] for step in left)
        for step in left:
            resource = _resource(step, language)
            resources[resource.urn] = resource
        project, stack = export.project_and_stack(steps[0]["urn"])
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise SourceError(f"{target} is not a preview that this version can read: {error!r}") from error
    return Source(
        target=target,
        engine=Engine.PREVIEW,
        project=project,
        stack=stack,
        resources=tuple(resources[urn] for urn in sorted(resources)),
    )


def _reject_failed(target: str, diagnostics: Sequence[Mapping[str, Any]]) -> None:
    errors = [str(each.get("message") or "").strip() for each in diagnostics if each.get("severity") == "error"]
    if errors:
        raise SourceError(
            f"{target} is the output of a failed preview, so resources are missing from it:\n  {errors[0]}"
        )


def _reject_partial(target: str, steps: Sequence[Mapping[str, Any]], summary: Mapping[str, int]) -> None:
    """Without `--show-sames` the engine counts unchanged resources but leaves them out, except for the stack."""
    shown = sum(step.get("op") == SAME for step in steps)
    if shown < summary.get(SAME, 0):
        raise SourceError(
            f"{target} leaves out {summary[SAME] - shown} unchanged resources, which must be evaluated too; "
            "write it with: pulumi preview --json --show-sames"
        )


def _resource(step: Mapping[str, Any], language: Language | None) -> Resource:
    state: Mapping[str, Any] = step["newState"]
    before: Mapping[str, Any] = (step.get("oldState") or {}) if step["op"] in NOT_REPLACED else {}
    identity = {name: state.get(name) or before.get(name) for name in ("id", "outputs")}
    resource = export.resource({**state, **identity}, language)
    return replace(resource, id=UNKNOWN) if resource.custom and resource.id is None else resource
