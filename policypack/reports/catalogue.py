"""The rules, for people and for programs."""

import json
import textwrap
from collections.abc import Sequence
from itertools import groupby
from typing import Any, Final

from ..layers.policy import Rule
from . import coverage, snippets

WIDTH: Final = 80
LANGUAGES: Final = {
    snippets.PYTHON: "Python",
    snippets.TYPESCRIPT: "TypeScript",
    snippets.CONFIG: "the pack's configuration",
}


def listed(rules: Sequence[Rule]) -> str:
    """One line for each rule, layer by layer."""
    lines: list[str] = []
    for layer, group in groupby(rules, key=lambda rule: rule.layer):
        lines += ["", layer] if lines else [layer]
        for rule in group:
            lines.append(f"  {rule.id}  ({rule.severity.value})")
            lines += textwrap.wrap(
                rule.title, WIDTH, initial_indent="    ", subsequent_indent="    ", break_on_hyphens=False
            )
    return "\n".join(lines) + "\n"


def as_json(rules: Sequence[Rule]) -> str:
    """Every rule with all that is known of it."""
    return json.dumps([_described(rule) for rule in rules], indent=2) + "\n"


def explained(rule: Rule) -> str:
    """All that a person needs to act on a violation of a rule, or to change how it judges."""
    parts = [f"{rule.id}  ({rule.layer}, {rule.severity.value})", _wrapped(rule.title)]
    if rule.why:
        parts.append(_wrapped(rule.why))
    parts.append(_wrapped(f"Fix: {rule.fix}"))
    for language, snippet in snippets.of(rule.id).items():
        parts.append(f"In {LANGUAGES[language]}:\n{textwrap.indent(snippet, '  ')}")
    if rule.config:
        parts.append("\n".join(["Settings:", *(_setting(name, rule.config[name]) for name in sorted(rule.config))]))
    if rule.references:
        parts.append("\n".join(["References:", *(f"  {reference}" for reference in rule.references)]))
    return "\n\n".join(parts) + "\n"


def _described(rule: Rule) -> dict[str, Any]:
    return {
        "policy": rule.id,
        "layer": rule.layer,
        "title": rule.title,
        "why": rule.why,
        "severity": rule.severity.value,
        "fix": rule.fix,
        "references": list(rule.references),
        "rows": list(rule.rows),
        "config": dict(rule.config),
        "snippets": snippets.of(rule.id),
    }


def _setting(name: str, schema: Any) -> str:
    text = f"{name} = {json.dumps(schema.get('default'))}  {schema.get('description', '')}".rstrip()
    return textwrap.fill(text, WIDTH, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False)


def _wrapped(text: str) -> str:
    return textwrap.fill(text, WIDTH, break_on_hyphens=False)


def as_markdown(rules: Sequence[Rule]) -> str:
    """Every rule as a section of a page, layer by layer."""
    lines = [
        "# The policies",
        "",
        "Written by `make policies` from the rules themselves. Critical and high ones are mandatory unless the pack's",
        "configuration says otherwise, the others advisory.",
    ]
    for layer, group in groupby(rules, key=lambda rule: rule.layer):
        link = f"What `SecureGateway` does about it: [{layer}](layers/{layer}.md)."
        lines += ["", f"## {layer}", "", link if layer != "pack" else "Whether the judgement itself can be trusted."]
        for rule in group:
            settings = [f"`{name}` ({schema.get('description', '')})" for name, schema in sorted(rule.config.items())]
            lines += [
                "",
                f"### `{rule.id}`",
                "",
                f"**{rule.title}** Severity: {rule.severity.value}.",
                "",
                rule.why,
                "",
            ]
            lines += [f"*Fix:* {rule.fix}"]
            lines += ["", f"*Settings:* {'; '.join(settings)}"] if settings else []
            lines += ["", f"*References:* {', '.join(_linked(each) for each in rule.references)}"]
    lines += [
        "",
        "## What others check, and where it is answered here",
        "",
        "The rows marked M are what the catalogues of other tools check; those marked G are what none of them does.",
        "",
        coverage.as_markdown(rules),
    ]
    return "\n".join(lines).rstrip("\n") + "\n"


def _linked(reference: str) -> str:
    return f"<{reference}>" if reference.startswith("https://") else f"`{reference}`"
