"""Describes the policies, for people and for programs."""

import json
import textwrap
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any, Final

from ..layers.policy import Policy
from . import snippets

WIDTH: Final = 80
LANGUAGES: Final = {
    snippets.PYTHON: "Python",
    snippets.TYPESCRIPT: "TypeScript",
    snippets.YAML: "YAML",
    snippets.CONFIG: "the pack's configuration",
}


OTHER_GROUPS: Final = {
    "api": "Policies that belong to no layer: requests, responses, caches, stage variables and deployments.",
    "pack": "Policies about waivers and `ignore_changes`, which decide whether the other results can be trusted.",
}
"""The groups that are not layers."""


def listed(policies: Sequence[Policy]) -> str:
    """The id, severity and title of each policy, layer by layer."""
    lines: list[str] = []
    for layer, group in groupby(policies, key=lambda policy: policy.layer):
        lines += ["", layer] if lines else [layer]
        for policy in group:
            lines.append(f"  {policy.id}  ({policy.severity.value})")
            lines += textwrap.wrap(
                policy.title, WIDTH, initial_indent="    ", subsequent_indent="    ", break_on_hyphens=False
            )
    return "\n".join(lines) + "\n"


def as_json(policies: Sequence[Policy]) -> str:
    """Everything about each policy, as JSON."""
    return json.dumps([_described(policy) for policy in policies], indent=2) + "\n"


def explained(policy: Policy) -> str:
    """Everything about one policy: how to fix a violation, and how to configure the policy."""
    parts = [f"{policy.id}  ({policy.layer}, {policy.severity.value})", _wrapped(policy.title)]
    if policy.rationale:
        parts.append(_wrapped(policy.rationale))
    parts.append(_wrapped(f"Fix: {policy.fix}"))
    for language, snippet in snippets.of(policy.id).items():
        parts.append(f"In {LANGUAGES[language]}:\n{textwrap.indent(snippet, '  ')}")
    if policy.config:
        parts.append("\n".join(["Settings:", *(_setting(name, policy.config[name]) for name in sorted(policy.config))]))
    if policy.references:
        parts.append("\n".join(["References:", *(f"  {reference}" for reference in policy.references)]))
    return "\n\n".join(parts) + "\n"


def presets(described: Mapping[str, str]) -> str:
    """The name of each preset, and what it sets."""
    width = max(map(len, described)) + 2
    lines = [
        textwrap.fill(text, WIDTH, initial_indent=f"{name:{width}}", subsequent_indent=" " * width)
        for name, text in described.items()
    ]
    return "\n".join(lines) + "\n"


def explained_preset(name: str, text: str, levels: Mapping[str, str]) -> str:
    """What a preset sets: the policies of each level."""
    parts = [f"{name}  (preset)", _wrapped(f"{text[0].upper()}{text[1:]}.")]
    for level in dict.fromkeys(levels.values()):
        named = [policy for policy, own in levels.items() if own == level]
        parts.append("\n".join([f"{level} ({len(named)}):", *(f"  {policy}" for policy in named)]))
    return "\n\n".join(parts) + "\n"


def _described(policy: Policy) -> dict[str, Any]:
    return {
        "policy": policy.id,
        "layer": policy.layer,
        "title": policy.title,
        "rationale": policy.rationale,
        "severity": policy.severity.value,
        "fix": policy.fix,
        "references": list(policy.references),
        "since": policy.since,
        "config": dict(policy.config),
        "snippets": snippets.of(policy.id),
    }


def _setting(name: str, schema: Any) -> str:
    text = f"{name} = {json.dumps(schema.get('default'))}  {schema.get('description', '')}".rstrip()
    return textwrap.fill(text, WIDTH, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False)


def _wrapped(text: str) -> str:
    return textwrap.fill(text, WIDTH, break_on_hyphens=False)


def as_markdown(policies: Sequence[Policy]) -> str:
    """A page with a section for each policy, layer by layer."""
    lines = [
        "# The policies",
        "",
        "`make policies` generates this page from the code. Critical and high policies are mandatory unless the",
        "configuration says otherwise; the others are advisory.",
    ]
    for layer, group in groupby(policies, key=lambda policy: policy.layer):
        lines += [
            "",
            f"## {layer}",
            "",
            OTHER_GROUPS.get(layer, f"How `SecureGateway` implements this layer: [{layer}](layers/{layer}.md)."),
        ]
        for policy in group:
            settings = [f"`{name}` ({schema.get('description', '')})" for name, schema in sorted(policy.config.items())]
            lines += [
                "",
                f"### `{policy.id}`",
                "",
                f"**{policy.title}** Severity: {policy.severity.value}.",
                "",
                policy.rationale,
                "",
            ]
            lines += [f"*Fix:* {policy.fix}"]
            lines += ["", f"*Settings:* {'; '.join(settings)}"] if settings else []
            lines += ["", f"*References:* {', '.join(_linked(each) for each in policy.references)}"]
    return "\n".join(lines).rstrip("\n") + "\n"


def _linked(reference: str) -> str:
    return f"<{reference}>" if reference.startswith("https://") else f"`{reference}`"
