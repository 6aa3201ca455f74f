"""The way of a request as text and as JSON."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from ..ask.walk import Passage, Response, Step, Walk
from ..redaction.escaping import visible

_RESULTS: Final = {
    Passage.PASSES: "reaches",
    Passage.STOPPED: "stopped",
    Passage.UNKNOWN: "unknown",
}


def as_text(walks: Sequence[Walk], locations: Mapping[str, str]) -> str:
    """Each entry point with its steps; `locations` are those of the resources, by URN."""
    lines: list[str] = []
    for walk in walks:
        lines += [f"{walk.gateway}, {walk.entry.label}", f"  {walk.entry.url}"]
        for step in walk.steps:
            lines.append(f"  {step.passage.value:<8} {step.name}: {step.reason}{_located(step, locations)}")
            lines += [f"           {each}" for each in step.details]
        lines += [f"  {conclusion(walk)}", ""]
    return "\n".join(map(visible, lines)) + "\n" if lines else "There is no API of this kind with a stage.\n"


def as_json(walks: Sequence[Walk], locations: Mapping[str, str]) -> str:
    """The same as JSON."""
    return json.dumps({"walks": [_walk(each, locations) for each in walks]}, indent=2) + "\n"


def conclusion(walk: Walk) -> str:
    """Whether the request reaches the integration, and what the caller receives otherwise."""
    names = ", ".join(dict.fromkeys(each.name for each in walk.unless))
    if walk.stop is None:
        return "Result: it reaches the integration" + (f", unless this stops it: {names}." if names else ".")
    earlier = f" (unless this stops it earlier: {names})" if names else ""
    return f"Result: {walk.stop.name} stops it{earlier}. {_received(walk.stop.response)}"


def _received(response: Response | None) -> str:
    if response is None:
        return ""
    if response.status is None:
        return f"{response.note[:1].upper()}{response.note[1:]}." if response.note else ""
    received = f"The caller receives {response.status} {response.body}".rstrip()
    return f"{received} ({response.note})." if response.note else f"{received}."


def where(step: Step, locations: Mapping[str, str]) -> str:
    """The resource that decides a step, by its location if that is known, and its part; empty if none does."""
    found = locations.get(step.urn) or step.urn.rpartition("::")[2]
    return " ".join(filter(None, (found, step.subject)))


def _located(step: Step, locations: Mapping[str, str]) -> str:
    found = where(step, locations)
    return f" [{found}]" if found else ""


def _walk(walk: Walk, locations: Mapping[str, str]) -> dict[str, Any]:
    response = walk.response
    return {
        "gateway": {"name": walk.gateway, "urn": walk.gateway_urn},
        "entry_point": {"kind": walk.entry.kind, "label": walk.entry.label, "url": walk.entry.url},
        "route": walk.route,
        "result": _RESULTS[walk.passage],
        "stopped_by": walk.stop.layer if walk.stop else None,
        "integration": walk.integration,
        "response": None
        if response is None
        else {"status": response.status, "body": response.body, "type": response.kind, "note": response.note},
        "steps": [
            {
                "name": each.name,
                "layer": each.layer,
                "result": each.passage.value,
                "reason": each.reason,
                "urn": each.urn,
                "subject": each.subject,
                "location": locations.get(each.urn, ""),
                "details": list(each.details),
            }
            for each in walk.steps
        ],
    }
